import * as z from "zod";
import { command, duration, name, secretReference, sourceAddress, textLike, urlPath, variableName } from "./field.ts";
import { parseSelector } from "./metric-spec/exposition-selector.ts";
import { lineProblem } from "./metric-spec/line-pattern.ts";
import { type SeriesUnit, scaleOf, seriesUnits } from "./metric-spec/series-unit.ts";

/*
 * Where numbers come from: one schema per provider, keyed by its name. Every provider says what it gives by the same
 * keys: `bad` and `total` give counts, `histogram` buckets, `value` a number.
 */

const series = textLike("series", /^[a-zA-Z_:][\s\S]{0,499}$/).refine(
  (text) => parseSelector(text).selector !== undefined,
  { error: "series", abort: true },
);
const label = textLike("label", /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/);
const jsonPath = textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/);
const unit = z
  .enum(seriesUnits)
  .optional()
  .meta({ description: "What the numbers measure, where the name does not end in its unit." });

const nameIn = (selector: string) => parseSelector(selector).selector?.name ?? "";

/** Buckets of which nobody says the unit cannot be held against a limit. */
const hasUnit = ({ histogram, unit }: { readonly histogram: string; readonly unit?: SeriesUnit | undefined }) =>
  scaleOf(nameIn(histogram), unit) !== undefined;
const noUnit = { error: "series-unit", path: ["histogram"] };

const lastBucket = duration.optional().meta({
  description: "The largest bound of the histogram's buckets but infinity: limits beyond are refused when checked.",
});

const textPage = {
  path: urlPath.meta({ description: "Path of the metrics page." }),
  by: label.optional().meta({ description: "The label that tells versions apart." }),
};

/** Numbers read from the metrics page that a version serves itself (Prometheus text format). */
const exposition = z.union([
  z.strictObject({ ...textPage, bad: series, total: series }),
  z.strictObject({ ...textPage, histogram: series, unit, "last-bucket": lastBucket }).refine(hasUnit, noUnit),
  z.strictObject({ ...textPage, value: series, unit }),
]);

const server = {
  url: sourceAddress.meta({ description: "Where the Prometheus server answers." }),
  token: secretReference.optional().meta({ description: "The secret sent as bearer token." }),
  by: label.meta({ description: "The label that tells versions apart." }),
};

/** Numbers from a Prometheus server's HTTP API. */
const prometheus = z.union([
  z.strictObject({ ...server, bad: series, total: series }),
  z.strictObject({ ...server, histogram: series, unit, "last-bucket": lastBucket }).refine(hasUnit, noUnit),
  z.strictObject({ ...server, value: series, unit }),
]);

const jsonPage = {
  path: urlPath.meta({ description: "Path of the JSON page on the version itself." }),
  version: jsonPath.optional().meta({ description: "Where the answer says which version it is about." }),
  instance: jsonPath.optional().meta({ description: "Where the answer says which process counted." }),
  instances: z.number().int().min(1).max(20).optional().meta({ description: "How many processes answer; 1." }),
};

/** Numbers read by path from a JSON page that a version serves itself. */
const json = z.union([
  z.strictObject({ ...jsonPage, bad: jsonPath, total: jsonPath }),
  z.strictObject({ ...jsonPage, value: jsonPath, unit }),
]);

/** Requests of our own to the version itself. */
const probe = z.strictObject({
  get: urlPath.meta({ description: "A path on the version that is measured." }),
  status: z
    .number()
    .int()
    .min(200, { error: "status" })
    .max(599, { error: "status" })
    .default(200)
    .meta({ description: "The status it must answer with." }),
  requests: z.number().int().min(1).max(200).default(5).meta({ description: "Requests per look." }),
  within: duration.prefault("5s").meta({ description: "Longest time an answer may take." }),
  measure: z.enum(["failures", "latency"]).default("failures").meta({ description: "What is counted." }),
});

const program = {
  run: command.meta({ description: "A command as one would type it; it learns the question from SLUICE_VERSION." }),
  env: z
    .record(variableName, secretReference)
    .optional()
    .meta({ description: "Variables of the command: `DD_API_KEY: $DD_API_KEY`." }),
  within: duration.optional().meta({ description: "Longest time the command may take; 30s if not given." }),
};

/** Numbers from a command that prints JSON. */
const commandMetric = z
  .strictObject({
    ...program,
    gives: z.enum(["counts", "histogram", "value"]).meta({ description: "What the JSON it prints holds." }),
    unit,
  })
  .refine(({ gives, unit }) => unit === undefined || gives === "value", { error: "unit-of-value", path: ["unit"] });

const versioned = z.string().min(1).max(500);

/** Requests and errors of one server, from HAProxy's own counters. */
const haproxy = z
  .strictObject({
    url: sourceAddress.optional().meta({ description: "The statistics page." }),
    login: secretReference.optional().meta({ description: "The secret with `user:password` of the page." }),
    socket: z
      .string()
      .regex(/^\/[^\0\s]{1,100}$/)
      .optional()
      .meta({ description: "Instead of `url`: the statistics socket on this machine." }),
    via: z.literal("target").optional().meta({
      description:
        "Instead of `url` and `backend`: the version's slot in the HAProxy of every host of `target.compose`.",
    }),
    backend: name.optional().meta({ description: "The backend that has a server per version." }),
    server: versioned
      .optional()
      .meta({ description: "The server's name, `$version` if not given; `$version` stands for the version." }),
  })
  .refine(({ url, socket, via }) => [url, socket, via].filter((place) => place !== undefined).length === 1, {
    error: "one-place",
  })
  .refine(({ via, login, backend, server }) => (via ? !(login ?? backend ?? server) : backend !== undefined), {
    error: "backend-or-target",
  });

/** What a Redis server, shared by all versions, says of itself. */
const redis = z.strictObject({
  url: secretReference.meta({ description: "The secret with the address: redis://user:password@host:6379." }),
  via: z
    .literal("target")
    .optional()
    .meta({ description: "With `target` the server is reached through the target's first host." }),
  measure: z.enum(["misses", "memory", "clients"]).meta({ description: "What is measured." }),
});

const question = {
  database: secretReference
    .default("$DATABASE_MONITOR_URL")
    .meta({ description: "The secret with the address of a login that may only read." }),
  via: z
    .literal("target")
    .optional()
    .meta({ description: "With `target` the database is reached through the target's first host." }),
  within: duration.optional().meta({ description: "Longest time the query may take; 10s if not given." }),
};
const query = z.string().min(1).max(4000);

/** The answer to a query on PostgreSQL. */
const sql = z.union([
  z.strictObject({ ...question, value: query.meta({ description: "Gives one row with one number." }), unit }),
  z.strictObject({
    ...question,
    counts: query
      .regex(/\$from\b[\s\S]*\$to\b|\$to\b[\s\S]*\$from\b/, { error: "sql-window" })
      .meta({ description: "Gives one row with `bad` and `total` of `$from` to `$to`." }),
  }),
  z.strictObject({
    ...question,
    totals: query.meta({
      description:
        "Gives one row with `bad` and `total` that only ever grow; what was added since the last look counts.",
    }),
  }),
]);

const log = {
  ...program,
  lines: versioned.optional().meta({ description: "Only lines with this text; `$version` stands for the version." }),
};
const pattern = z
  .string()
  .min(1)
  .refine((text) => lineProblem(text) === undefined, { error: "line-pattern" });

/** A log's own keys, with what is looked for in its lines. */
const linesOf = <Place extends z.ZodRawShape>(place: Place) =>
  z.union([
    z.strictObject({ ...place, value: pattern.meta({ description: "Lines that match are counted." }) }),
    z.strictObject({
      ...place,
      bad: pattern.meta({ description: "Lines that match are bad." }),
      total: pattern.meta({ description: "Among the lines that match this." }),
    }),
  ]);

/** Log lines that a command prints. */
const logs = linesOf(log);

/** Log lines of a version's containers, over the target's session. */
const containerLogs = linesOf({ via: z.literal("target").meta({ description: "Where the containers run." }) });

/** What the Docker daemon says about a version's container. */
const docker = z
  .strictObject({
    container: versioned.optional().meta({ description: "The container's name; `$version` stands for the version." }),
    via: z.literal("target").optional().meta({
      description: "Instead of `container`: the version's containers on all hosts of `target.compose`.",
    }),
    host: secretReference.optional().meta({ description: "The variable with DOCKER_HOST: ssh://user@host." }),
    measure: z.enum(["memory", "memory-bytes", "cpu", "restarts"]).meta({ description: "What is measured." }),
  })
  .refine(({ container, via, host }) => (via === undefined ? container !== undefined : !(container ?? host)), {
    error: "one-container",
  });

/** What Sentry knows of one release. */
const sentry = z.strictObject({
  url: sourceAddress
    .default("https://sentry.io")
    .meta({ description: "Where Sentry answers; a region's, or your own." }),
  token: secretReference.default("$SENTRY_AUTH_TOKEN").meta({ description: "The secret with a token that may read." }),
  organization: name.meta({ description: "The organization's slug." }),
  project: name.meta({ description: "The project's slug." }),
  release: versioned
    .default("$version")
    .meta({ description: "The release's name at Sentry; `$version` stands for the version." }),
  environment: name.optional().meta({ description: "Only this environment of Sentry's." }),
  query: z.string().min(1).max(1000).optional().meta({ description: "What counts, in Sentry's search language." }),
  measure: z
    .enum(["errors", "new-issues", "crash-free-sessions"])
    .meta({ description: "What is measured, since the share of traffic began." }),
});

/** One page, loaded in a real browser. */
const page = z.strictObject({
  path: urlPath.meta({ description: "A path on the version that is measured." }),
  measure: z.enum(["load", "fcp", "lcp", "tti", "cls"]).meta({ description: "What is measured." }),
});

/** What Vercel counted for a deployment. */
const vercel = z.strictObject({
  token: secretReference.default("$VERCEL_TOKEN").meta({ description: "The secret with a token that may read." }),
  project: textLike("name", /^prj_[A-Za-z0-9]{5,60}$/).meta({ description: "The project's id." }),
  team: textLike("name", /^team_[A-Za-z0-9]{5,60}$/)
    .optional()
    .meta({ description: "The team's id; the token's own account if not given." }),
  measure: z
    .enum(["errors", "duration-p50", "duration-p95", "duration-p99"])
    .default("errors")
    .meta({ description: "Answers with 5xx among all, or how long functions ran." }),
});

/** What Render counted of a service. */
const render = z.strictObject({
  token: secretReference.default("$RENDER_API_KEY").meta({ description: "The secret with an API key." }),
  service: textLike("name", /^srv-[a-z0-9]{10,40}$/).meta({ description: "The service." }),
  measure: z
    .enum(["errors", "latency-p50", "latency-p95", "latency-p99", "memory", "cpu"])
    .default("errors")
    .meta({ description: "Answers with 5xx among all, their latency, or what the service uses." }),
});

/** Requests to a deployment on Vercel, with what its functions logged. */
const vercelLogs = linesOf({
  token: secretReference.default("$VERCEL_TOKEN").meta({ description: "The secret with a token that may read." }),
  project: textLike("name", /^prj_[A-Za-z0-9]{5,60}$/).meta({ description: "The project's id." }),
  team: textLike("name", /^team_[A-Za-z0-9]{5,60}$/)
    .optional()
    .meta({ description: "The team's id; the token's own account if not given." }),
});

/** Log lines of a service on Render. */
const renderLogs = linesOf({
  token: secretReference.default("$RENDER_API_KEY").meta({ description: "The secret with an API key." }),
  workspace: textLike("name", /^(?:tea|own|usr)-[a-z0-9]{10,40}$/).meta({ description: "The workspace's id." }),
  service: textLike("name", /^srv-[a-z0-9]{10,40}$/).meta({ description: "The service." }),
});

/** What every metric may say besides its source. */
export const every = {
  count: z.enum(["requests", "users"]).optional().meta({ description: "What one event of the metric is." }),
  before: z
    .union([z.literal("last-week"), duration])
    .optional()
    .meta({
      description: "What `vs before` means: so long before the release, or the same hours last week; 1h if not given.",
    }),
};

/** Where one metric's numbers come from: the single source key names the provider. */
export const metric = z.union([
  z.strictObject({ exposition, ...every }),
  z.strictObject({ prometheus, ...every }),
  z.strictObject({ json, ...every }),
  z.strictObject({ probe, ...every }),
  z.strictObject({ command: commandMetric, ...every }),
  z.strictObject({ haproxy, ...every }),
  z.strictObject({ redis, ...every }),
  z.strictObject({ sql, ...every }),
  z.strictObject({ logs, ...every }),
  z.strictObject({ docker, ...every }),
  z.strictObject({ sentry, ...every }),
  z.strictObject({ page, ...every }),
  z.strictObject({ vercel, ...every }),
  z.strictObject({ render, ...every }),
  z.strictObject({ "container-logs": containerLogs, ...every }),
  z.strictObject({ "vercel-logs": vercelLogs, ...every }),
  z.strictObject({ "render-logs": renderLogs, ...every }),
]);
export type MetricSpec = z.infer<typeof metric>;
