import * as z from "zod";
import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData, Window } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";

export interface SentryConfig {
  /** `https://sentry.io`, a region's address, or an own server's. */
  readonly url: string;
  readonly token: string;
  readonly organization: string;
  /** The project's slug. */
  readonly project: string;
  /** The release's name at Sentry; `$version` stands for the version. */
  readonly release: string;
  readonly environment?: string | undefined;
  /** Narrows what counts, in Sentry's own search language. */
  readonly query?: string | undefined;
  readonly measure: "errors" | "new-issues" | "crash-free-sessions";
}

type Query = Readonly<Record<string, string>>;

/** What is known of the project and the release before anything is counted. */
interface About {
  readonly project: string;
  readonly release: string;
  readonly since: Window;
}

const HOUR = 3_600_000;
const MOST_PAGES = 10;

const projectAnswer = z.object({ id: z.string().regex(/^\d+$/), slug: z.string() });
const releaseAnswer = z.object({ version: z.string() });
const issuesAnswer = z.array(z.object({ id: z.string() }));
const eventsAnswer = z.object({ data: z.tuple([z.object({ "count()": z.number().int().nonnegative() })]) });
const sessionsAnswer = z.object({
  groups: z.array(
    z.object({
      totals: z.object({
        "sum(session)": z.number().nonnegative(),
        "crash_free_rate(session)": z.number().min(0).max(1).nullable(),
      }),
    }),
  ),
});

/**
 * What Sentry knows of one release (https://docs.sentry.io/api/): error events, issues first seen in it, or the share of
 * sessions without a crash, all since the share of traffic began. Events that arrive late are thus counted later, not
 * lost. A release Sentry does not know is no data: nothing was sent, or under another name.
 */
export function sentryProvider(
  config: SentryConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): MetricProvider {
  const api = below(apiAddress(config.url, config.token), "/api/0");
  const source = `Sentry's ${config.measure} of ${config.project}`;
  const starts = new Map<string, number>();

  async function ask<T>(path: string, query: Query, shape: z.ZodType<T>, missing?: NoData) {
    const url = below(api, path, query);
    const answer = await askJson(ports, { provider: "sentry", url, headers: bearer(config.token) }, missing);
    if (isNoData(answer)) return answer;
    const parsed = shape.safeParse(answer.json);
    if (!parsed.success) return noData("unparsable", `${source}: ${url.pathname} did not answer as documented.`);
    return { found: parsed.data, headers: answer.headers };
  }

  async function count(about: About): Promise<number | NoData> {
    if (config.measure === "new-issues") return newIssues(about);
    return config.measure === "errors" ? errors(about) : crashFree(about);
  }

  const organization = `/organizations/${encodeURIComponent(config.organization)}`;
  const filters = ({ project }: About): Query => ({
    project,
    ...(config.environment !== undefined && { environment: config.environment }),
  });
  const search = (field: string, { release }: About) =>
    `${field}:"${release}"${config.query === undefined ? "" : ` ${config.query}`}`;
  const span = ({ since }: About): Query => ({
    start: new Date(since.from).toISOString(),
    end: new Date(since.to).toISOString(),
  });

  async function errors(about: About): Promise<number | NoData> {
    const query = { dataset: "errors", field: "count()", query: search("release", about), ...span(about) };
    const answer = await ask(`${organization}/events/`, { ...filters(about), ...query }, eventsAnswer);
    return isNoData(answer) ? answer : answer.found.data[0]["count()"];
  }

  async function newIssues(about: About): Promise<number | NoData> {
    let total = 0;
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = { query: search("firstRelease", about), sort: "new", limit: "100" };
      const at = { ...filters(about), ...query, ...(cursor !== undefined && { cursor }) };
      const answer = await ask(`${organization}/issues/`, at, issuesAnswer);
      if (isNoData(answer)) return answer;
      total += answer.found.length;
      cursor = nextCursor(answer.headers.get("link"));
      if (cursor === undefined) break;
    }
    return total;
  }

  async function crashFree(about: About): Promise<number | NoData> {
    if (about.since.to - about.since.from < HOUR)
      return noData("window-too-short", `${source} are counted by the hour, and this share began less than one ago.`);
    const url = below(api, `${organization}/sessions/`, {
      ...filters(about),
      ...span(about),
      query: `release:"${about.release}"`,
      interval: "1h",
    });
    // A name twice is how this API takes lists.
    for (const field of ["crash_free_rate(session)", "sum(session)"]) url.searchParams.append("field", field);
    const answer = await askJson(ports, { provider: "sentry", url, headers: bearer(config.token) });
    if (isNoData(answer)) return answer;
    const parsed = sessionsAnswer.safeParse(answer.json);
    if (!parsed.success) return noData("unparsable", `${source}: the sessions are not as documented.`);
    const [group, second] = parsed.data.groups;
    const rate = group?.totals["crash_free_rate(session)"];
    if (second !== undefined) return noData("ambiguous", `${source} come in several groups.`);
    if (rate === undefined || rate === null || group?.totals["sum(session)"] === 0)
      return noData("no-traffic", `${source}: there was no session of this release yet.`);
    return rate;
  }

  async function aboutOf(release: string, since: Window): Promise<About | NoData> {
    const slug = encodeURIComponent(config.project);
    const project = await ask(`/projects/${encodeURIComponent(config.organization)}/${slug}/`, {}, projectAnswer);
    if (isNoData(project)) return project;
    const unknown = noData(
      "no-release",
      `Sentry knows no release ${release}; set this name as the application's release, or give \`release\`.`,
    );
    const found = await ask(`${organization}/releases/${encodeURIComponent(release)}/`, {}, releaseAnswer, unknown);
    if (isNoData(found)) return found;
    return { project: project.found.id, release, since };
  }

  return {
    kind: "sentry",
    async measure(window, { version }): Promise<Measurement> {
      const release = config.release.replaceAll("$version", version);
      if (/["\\\n*]/.test(release))
        throw new InputError(`The release's name ${release} cannot be searched for at Sentry.`);
      const from = starts.get(version) ?? window.from;
      starts.set(version, from);
      const at = ports.clock.now();
      const about = await aboutOf(release, { from, to: Math.max(at, from + 1_000) });
      if (isNoData(about)) return about;
      const value = await count(about);
      if (typeof value !== "number") return value;
      return { kind: "value", value, window: { from: at, to: at }, observedAt: at, version, source };
    },
  };
}

/** `<...>; rel="next"; results="true"; cursor="0:100:0"`: only the cursor is taken, never the address. */
function nextCursor(link: string | null): string | undefined {
  const next = link?.split(",").find((part) => /rel="next"/.test(part) && /results="true"/.test(part));
  return /cursor="([\w:.-]{1,100})"/.exec(next ?? "")?.[1];
}
