import * as z from "zod";
import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData, Subject, Window } from "../metric-provider.ts";
import { parseSelector } from "../metric-spec/exposition-selector.ts";
import { type SeriesUnit, scaled, scaleOf } from "../metric-spec/series-unit.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { histogramOf, isBound } from "./buckets.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf } from "./read-page.ts";
import { addScrapes, beginOf, type Counted, type Increments, type Series } from "./scrapes.ts";

interface Server {
  /** Where the server, or what answers like one, is: `https://prometheus.example.com`. */
  readonly url: string;
  readonly token?: string | undefined;
  /** The label that tells versions apart. */
  readonly by: string;
}

export type PrometheusConfig = Server &
  (
    | { readonly bad: string; readonly total: string }
    | { readonly histogram: string; readonly unit?: SeriesUnit | undefined }
    | { readonly value: string; readonly unit?: SeriesUnit | undefined }
  );

/** A selector of the user's, taken apart so that the version can be added. */
interface Chosen {
  readonly name: string;
  readonly labels: readonly string[];
  readonly inside: string;
}

interface Look {
  readonly window: Window;
  readonly subject: Subject;
}

/** Some minutes of a few dozen series; more is a query nobody meant. */
const MOST_BYTES = 16 * 1_048_576;

const sample = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
/** https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats */
const answer = z.object({
  status: z.literal("success"),
  warnings: z.array(z.string()).optional(),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labels, value: sample })) }),
    z.object({
      resultType: z.literal("matrix"),
      result: z.array(z.object({ metric: labels, values: z.array(sample) })),
    }),
  ]),
});

/**
 * Numbers of one version from a Prometheus server's HTTP API. Totals are read as raw samples and become increments from
 * scrape to scrape, over all instances; what happened since the share began counts at the first look already.
 *
 * Throws `InputError` for an address or selector that cannot be used, `ProviderError` when the server refuses the query.
 */
export function prometheusProvider(
  config: PrometheusConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): MetricProvider {
  const api = apiAddress(config.url, config.token);
  const ask = (query: string, at: number) => askServer(ports, api, config.token, query, at);
  const take = taker(config, ask, placeOf(api));
  return { kind: "prometheus", measure: (window, subject) => take({ window, subject }) };
}

type Ask = (query: string, at: number) => Promise<readonly Series[] | NoData>;
type Take = (look: Look) => Promise<Measurement>;

async function askServer(
  ports: Pick<Ports, "fetch" | "cancelled">,
  api: URL,
  token: string | undefined,
  query: string,
  at: number,
): Promise<readonly Series[] | NoData> {
  const url = below(api, "/api/v1/query", { query, time: (at / 1000).toFixed(3), timeout: "8s" });
  const page = await askJson(ports, { provider: "prometheus", url, headers: bearer(token), mostBytes: MOST_BYTES });
  if (isNoData(page)) return page;
  const parsed = answer.safeParse(page.json);
  if (!parsed.success) return noData("unparsable", `${placeOf(url)} did not answer as Prometheus does.`);
  const { data, warnings = [] } = parsed.data;
  const [warning] = warnings;
  if (warning !== undefined) return noData("partial", `${placeOf(url)} answered in part only: ${quote(warning)}.`);
  const series =
    data.resultType === "vector"
      ? data.result.map(({ metric, value }) => seriesOf(metric, [value]))
      : data.result.map(({ metric, values }) => seriesOf(metric, values));
  const odd = series.find(({ samples }) => samples.some(({ value }) => !Number.isFinite(value) || value < 0));
  if (odd !== undefined)
    return noData(
      "odd-number",
      `${placeOf(url)} has a sample of ${shown(odd)} that counts for nothing (NaN, infinite or negative).`,
    );
  return series;
}

const seriesOf = (
  metric: Readonly<Record<string, string>>,
  values: readonly (readonly [number, string])[],
): Series => ({
  labels: metric,
  samples: values.map(([seconds, text]) => ({ at: Math.round(seconds * 1000), value: numberOf(text) })),
});

/** Numbers come as text, in Go's spelling; what is none of them becomes NaN, which nothing counts. */
const numberOf = (text: string): number => (/^-?\d/.test(text) ? Number(text) : Number.NaN);

function taker(config: PrometheusConfig, ask: Ask, source: string): Take {
  if ("bad" in config)
    return takeCounts(chosen(config.bad, config.by), chosen(config.total, config.by), config.by, ask, source);
  if ("histogram" in config) return takeHistogram(chosen(config.histogram, config.by), config, ask, source);
  return takeValue(chosen(config.value, config.by), config, ask, source);
}

function chosen(text: string, by: string): Chosen {
  const { selector, problem } = parseSelector(text);
  if (selector === undefined) throw new InputError(problem);
  if (selector.labels.includes(by))
    throw new InputError(`\`${text}\` names \`${by}\` itself; leave it out, each version is asked for by \`by\`.`);
  const inside = /\{(.*)\}/s.exec(text)?.[1] ?? "";
  return { name: selector.name, labels: selector.labels, inside: inside.trim().replace(/,$/, "") };
}

const escaped = (value: string) => value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");

/** A selector of one version's series; `by` must at least be there when all versions are meant. */
function queryOf(name: string, inside: string, by: string, { version, everyone }: Subject): string {
  const whose = everyone === true ? `${by}!=""` : `${by}="${escaped(version)}"`;
  return `${name}{${inside === "" ? "" : `${inside},`}${whose}}`;
}

/** Counts scrapes once, per version, over the life of one gate. */
function scrapeReader(ask: Ask, source: string) {
  const starts = new Map<string, number>();
  const memory = new Map<string, Counted>();
  return async (queries: readonly string[], { window, subject }: Look): Promise<Read | NoData> => {
    const { version } = subject;
    const start = starts.get(version) ?? window.from;
    starts.set(version, start);
    const known = memory.get(version);
    // A second more than needed: at which end a range is open differs between releases of Prometheus.
    const range = Math.max(1_000, Math.ceil(window.to - beginOf(known, start)) + 1_000);
    const answers = await Promise.all(queries.map((query) => ask(`${query}[${range}ms]`, window.to)));
    const missing = answers.find((found) => isNoData(found));
    if (missing !== undefined && isNoData(missing)) return missing;
    const groups = answers.map((found) => (isNoData(found) ? [] : found));
    const about = `${source}, version ${version}`;
    if ((groups.at(-1) ?? []).length === 0)
      return noData("no-series", `${about}: nothing answers \`${queries.at(-1)}\`; expose it from the start, at 0.`);
    const result = addScrapes(groups.flat(), start, known);
    if (isNoData(result)) return { ...result, message: `${about}: ${result.message}` };
    memory.set(version, result.counted);
    const { added } = result;
    return isNoData(added) ? { ...added, message: `${about}: ${added.message}` } : { groups, added, range };
  };
}

interface Read {
  readonly groups: readonly (readonly Series[])[];
  readonly added: Increments;
  readonly range: number;
}

function stampOf({ from, to }: Increments, subject: Subject, source: string) {
  return { window: { from, to }, observedAt: to, version: subject.version, source };
}

const gained = (series: readonly Series[], { of }: Increments) =>
  series.reduce((sum, one) => sum + (of.get(one) ?? 0), 0);

function takeCounts(bad: Chosen, total: Chosen, by: string, ask: Ask, source: string): Take {
  const read = scrapeReader(ask, source);
  return async (look) => {
    const { subject } = look;
    const queries = [bad, total].map(({ name, inside }) => queryOf(name, inside, by, subject));
    const found = await read(queries, look);
    if (isNoData(found)) return found;
    const [badSeries = [], totalSeries = []] = found.groups;
    if (badSeries.length === 0) {
      const doubt = await whyNoBad(bad, by, look, found.range, ask, source);
      if (doubt !== undefined) return doubt;
    }
    const counts = { bad: gained(badSeries, found.added), total: gained(totalSeries, found.added) };
    return { kind: "counts", ...counts, ...stampOf(found.added, subject, source) };
  };
}

/** No bad series may mean no bad event, or a label that nothing has: only the first is zero. */
async function whyNoBad(
  { name, labels: wanted }: Chosen,
  by: string,
  { window, subject }: Look,
  range: number,
  ask: Ask,
  source: string,
): Promise<NoData | undefined> {
  const present = wanted.map((label) => `${label}!=""`).join(",");
  const query = queryOf(name, present, by, subject);
  const found = await ask(`${query}[${range}ms]`, window.to);
  if (isNoData(found)) return found;
  if (found.length > 0) return undefined;
  return noData(
    "no-series",
    `${source} has no \`${query}\`, so no bad event could ever show; check the names in \`bad\`.`,
  );
}

function takeHistogram(
  selector: Chosen,
  { by, unit }: Server & { unit?: SeriesUnit | undefined },
  ask: Ask,
  source: string,
): Take {
  const scale = scaleOf(selector.name, unit);
  if (scale === undefined)
    throw new InputError(
      `\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`,
    );
  const read = scrapeReader(ask, source);
  return async (look) => {
    const { subject } = look;
    const parts = ["sum", "bucket"].map((part) => queryOf(`${selector.name}_${part}`, selector.inside, by, subject));
    const found = await read(parts, look);
    if (isNoData(found)) return found;
    const [sums = [], buckets = []] = found.groups;
    const perBound = gainsPerBound(buckets, found.added);
    if (perBound === undefined || sums.length === 0)
      return noData("odd-histogram", `${source} has buckets of \`${selector.name}\` that do not fit together.`);
    return histogramOf(perBound, gained(sums, found.added), scale, stampOf(found.added, subject, source));
  };
}

/** Sums per bound; undefined when a series lacks a bound that another has, or the one for everything. */
function gainsPerBound(buckets: readonly Series[], added: Increments): ReadonlyMap<string, number> | undefined {
  const sets = new Map<string, string[]>();
  const gains = new Map<string, number>();
  for (const one of buckets) {
    const { le = "", ...rest } = one.labels;
    if (!isBound(le)) return undefined;
    const set = JSON.stringify(Object.entries(rest).sort());
    sets.set(set, [...(sets.get(set) ?? []), le]);
    gains.set(le, (gains.get(le) ?? 0) + (added.of.get(one) ?? 0));
  }
  const whole = gains.has("+Inf") && [...sets.values()].every((bounds) => bounds.length === gains.size);
  return whole ? gains : undefined;
}

function takeValue(
  selector: Chosen,
  { by, unit }: Server & { unit?: SeriesUnit | undefined },
  ask: Ask,
  source: string,
): Take {
  const scale = scaleOf(selector.name, unit) ?? 1;
  return async ({ window, subject }) => {
    const query = queryOf(selector.name, selector.inside, by, subject);
    // An instant query is dated at the time asked for; only `timestamp` tells when the number was scraped.
    const [found, times] = [await ask(query, window.to), await ask(`timestamp(${query})`, window.to)];
    if (isNoData(found)) return found;
    if (isNoData(times)) return times;
    const [only, second] = found;
    if (only === undefined) return noData("no-series", `${source} has no \`${query}\` now.`);
    if (second !== undefined) return noData("ambiguous", tooMany(found, query, source));
    const [value, time] = [only.samples[0]?.value, times[0]?.samples[0]?.value];
    if (value === undefined || time === undefined || times.length !== 1)
      return noData("no-series", `${source} has no \`${query}\` now.`);
    const observedAt = Math.round(time * 1000);
    return {
      kind: "value",
      value: scaled(value, scale),
      ...stampOf({ from: observedAt, to: observedAt, of: new Map() }, subject, source),
    };
  };
}

function tooMany(found: readonly Series[], query: string, source: string): string {
  const some = found.slice(0, 3).map(shown).join(", ");
  const many = `${source} has ${found.length} series where \`${query}\` should mean one: ${some}`;
  return `${many}. Add matchers, or a recording rule that sums them.`;
}

/** A series by its labels, as far as they are fit to show. */
const shown = ({ labels: own }: Series): string =>
  quote(
    Object.entries(own)
      .filter(([name]) => name !== "__name__")
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
  );
