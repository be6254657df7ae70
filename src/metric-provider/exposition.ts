import { InputError } from "../failure.ts";
import type { Counts, Histogram, Measurement, MetricProvider, NoData, Subject, Value } from "../metric-provider.ts";
import { parseSelector, type Selector } from "../metric-spec/exposition-selector.ts";
import { parseExposition, type Sample } from "../metric-spec/exposition-text.ts";
import { type SeriesUnit, scaleOf } from "../metric-spec/series-unit.ts";
import type { Ports } from "../ports.ts";
import { histogramOf, isBound } from "./buckets.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf, readPage } from "./read-page.ts";
import { type Increase, type RunningTotals, runningTotals } from "./running-totals.ts";

interface Page {
  /** Path of the metrics page below the version's own address. */
  readonly path: string;
  /** The label that tells versions apart; without it the address alone says whose page it is. */
  readonly by?: string | undefined;
}

export type ExpositionConfig = Page &
  (
    | { readonly bad: string; readonly total: string }
    | { readonly histogram: string; readonly unit?: SeriesUnit | undefined }
    | { readonly value: string; readonly unit?: SeriesUnit | undefined }
  );

export interface ExpositionOptions {
  /** Sent with every read, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What `totals()` gave an earlier process. */
  readonly totals?: unknown;
  /** Milliseconds per read. Default 5 s. */
  readonly deadline?: number;
}

/** Clocks of two machines may differ so much, milliseconds. */
const CLOCK_SKEW = 5_000;

/** The samples of one version on one page, read at one time. */
interface Reading {
  readonly samples: readonly Sample[];
  readonly at: number;
  readonly observedAt: number;
  readonly subject: Subject;
  readonly source: string;
  readonly processStart?: number;
}

type Take = (reading: Reading, totals: RunningTotals) => Measurement;

/**
 * Reads a version's own metrics page in the Prometheus text format. Totals become increments between two reads of the
 * same process and version, so the first look gives no data. Times come out in milliseconds.
 *
 * Throws `InputError` for a selector, path or unit that cannot be used.
 */
export function expositionProvider(
  config: ExpositionConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  options: ExpositionOptions = {},
): MetricProvider {
  if (!/^\/(?!\/)/.test(config.path)) throw new InputError(`\`${config.path}\` is no path; begin it with one slash.`);
  const take = taker(config);
  const totals = runningTotals(JSON.stringify(config), options.totals);
  return {
    kind: "exposition",
    totals: totals.save,
    async measure(_window, subject) {
      const reading = await read(config, subject, ports, options);
      return "kind" in reading ? reading : take(reading, totals);
    },
  };
}

function taker(config: ExpositionConfig): Take {
  if ("bad" in config) return takeCounts(selectorOf(config.bad), selectorOf(config.total));
  if ("histogram" in config) return takeHistogram(selectorOf(config.histogram), config.unit);
  return takeValue(selectorOf(config.value), config.unit);
}

function selectorOf(text: string): Selector {
  const { selector, problem } = parseSelector(text);
  if (selector === undefined) throw new InputError(problem);
  return selector;
}

async function read(
  { path, by }: Page,
  subject: Subject,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  { headers, deadline }: ExpositionOptions,
): Promise<Reading | NoData> {
  const { address, version } = subject;
  if (address === undefined) return noData("no-address", `Version ${version} has no address of its own to read from.`);
  const url = new URL(`${address.replace(/\/+$/, "")}${path}`);
  // Before the request: what happens while it is answered may be counted by the next read, but never twice.
  const at = ports.clock.now();
  const page = await readPage(ports, {
    provider: "exposition",
    url,
    ...(headers && { headers }),
    ...(deadline && { deadline }),
  });
  if ("kind" in page) return page;
  const source = placeOf(url);
  const { samples, problem } = parseExposition(page.text);
  if (samples === undefined) return noData("unparsable", `${source} ${problem}.`);
  const own = by === undefined ? samples : samples.filter(({ labels }) => labels.get(by) === version);
  if (by !== undefined && own.length === 0) return noData("other-version", otherVersions(samples, by, version, source));
  const processStart = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
  const reading = { samples: own, at, subject, source, ...(processStart !== undefined && { processStart }) };
  return dated(reading, ports.clock.now());
}

/** Names from outside are shown only as far as they look like versions. */
function otherVersions(samples: readonly Sample[], by: string, version: string, source: string): string {
  const found = [...new Set(samples.flatMap(({ labels }) => labels.get(by) ?? []))];
  if (found.length === 0)
    return `${source} has no series with the label \`${by}\`; add it to the application's metrics.`;
  const shown = found.slice(0, 5).map((name) => `\`${name.slice(0, 40).replace(/[^\w.+-]/g, "?")}\``);
  return `${source} is about ${by} ${shown.join(", ")}, not \`${version}\`.`;
}

/** Lines may carry their own time: the oldest one counts, and none may lie ahead. */
function dated(reading: Omit<Reading, "observedAt">, now: number): Reading | NoData {
  const stamps = reading.samples.flatMap(({ timestamp }) => timestamp ?? []);
  const newest = stamps.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (newest > now + CLOCK_SKEW) return noData("future", `${reading.source} is dated in the future.`);
  return { ...reading, observedAt: stamps.reduce((a, b) => Math.min(a, b), now) };
}

/** The series a selector means, or why none can be believed. */
function chosen(selector: Selector, { samples, source, subject }: Reading): readonly Sample[] | NoData {
  const named = samples.filter(({ name }) => name === selector.name);
  if (named.length === 0) {
    const message = `${source} has no series \`${selector.name}\` of version ${subject.version}; expose it from the start, at 0.`;
    return noData("no-series", message);
  }
  const label = selector.labels.find((wanted) => named.every(({ labels }) => !labels.has(wanted)));
  if (label !== undefined)
    return noData("no-label", `${source} has no \`${selector.name}\` with the label \`${label}\`.`);
  const matching = named.filter((sample) => selector.matches(sample));
  const odd = matching.find(({ value }) => !Number.isFinite(value) || value < 0);
  if (odd)
    return noData("odd-number", `${source} says ${odd.value} for \`${selector.name}\`, which counts for nothing.`);
  return matching;
}

const sumOf = (samples: readonly Sample[]) => samples.reduce((sum, { value }) => sum + value, 0);

/** What was added since the last read, or why that cannot be said. */
function increaseOf(
  reading: Reading,
  totals: RunningTotals,
  named: Readonly<Record<string, number>>,
): Extract<Increase, { readonly from: number }> | NoData {
  const { at, observedAt, subject, processStart, source } = reading;
  const key = JSON.stringify([subject.version, subject.place ?? subject.address]);
  // A page that carries its own times repeats itself when they stand still: time passes only as it says.
  const time = Math.min(at, observedAt);
  const increase = totals.add(key, { at: time, totals: named, ...(processStart !== undefined && { processStart }) });
  if (increase.from !== undefined && increase.from < time) return increase;
  if (increase.from !== undefined) return noData("stale", `${source} has not changed its time since the last look.`);
  if (increase.reason === "first-look")
    return noData("first-look", `${source} was read for the first time; the next look compares.`);
  return noData(
    "counter-reset",
    `${source} counts from anew, so its process restarted; the time since the last look is not counted.`,
  );
}

function stampOf({ at, observedAt, subject, source }: Reading, from: number) {
  const to = Math.min(at, observedAt);
  return { window: { from, to }, observedAt: to, version: subject.version, source };
}

function takeCounts(bad: Selector, total: Selector): Take {
  return (reading, totals): Counts | NoData => {
    const [badSeries, totalSeries] = [chosen(bad, reading), chosen(total, reading)];
    if (isNoData(badSeries)) return badSeries;
    if (isNoData(totalSeries)) return totalSeries;
    if (totalSeries.length === 0)
      return noData("no-series", `${reading.source} has no series that \`${total.name}\` means.`);
    const increase = increaseOf(reading, totals, { bad: sumOf(badSeries), total: sumOf(totalSeries) });
    if ("kind" in increase) return increase;
    const { bad: moreBad = 0, total: more = 0 } = increase.totals;
    return { kind: "counts", bad: moreBad, total: more, ...stampOf(reading, increase.from) };
  };
}

function takeValue(selector: Selector, unit: SeriesUnit | undefined): Take {
  const scale = scaleOf(selector.name, unit) ?? 1;
  return (reading): Value | NoData => {
    const series = chosen(selector, reading);
    if (isNoData(series)) return series;
    const [only, second] = series;
    if (only === undefined)
      return noData("no-series", `${reading.source} has no series that \`${selector.name}\` means.`);
    if (second)
      return noData(
        "ambiguous",
        `${reading.source} has ${series.length} series that \`${selector.name}\` means; add matchers.`,
      );
    return { kind: "value", value: only.value * scale, ...stampOf(reading, Math.min(reading.at, reading.observedAt)) };
  };
}

function takeHistogram(selector: Selector, unit: SeriesUnit | undefined): Take {
  const scale = scaleOf(selector.name, unit);
  if (scale === undefined) {
    throw new InputError(
      `\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`,
    );
  }
  const part = (suffix: string): Selector => ({
    ...selector,
    name: `${selector.name}_${suffix}`,
    matches: (sample) =>
      sample.name === `${selector.name}_${suffix}` && selector.matches({ ...sample, name: selector.name }),
  });
  const [bucket, sum] = [part("bucket"), part("sum")];
  return (reading, totals): Histogram | NoData => {
    const [buckets, sums] = [chosen(bucket, reading), chosen(sum, reading)];
    if (isNoData(buckets)) return buckets;
    if (isNoData(sums)) return sums;
    const perBound = bucketTotals(buckets, sums.length);
    if (perBound === undefined)
      return noData("odd-histogram", `${reading.source} has buckets of \`${selector.name}\` that do not fit together.`);
    const increase = increaseOf(reading, totals, { ...Object.fromEntries(perBound), sum: sumOf(sums) });
    if ("kind" in increase) return increase;
    const { sum: spent = 0, ...added } = increase.totals;
    return histogramOf(Object.entries(added), spent, scale, stampOf(reading, increase.from));
  };
}

/** Sums over series per bound; undefined when a series lacks a bound that another has, or the one for everything. */
function bucketTotals(buckets: readonly Sample[], series: number): ReadonlyMap<string, number> | undefined {
  const perBound = new Map<string, readonly Sample[]>();
  for (const sample of buckets) {
    const bound = sample.labels.get("le") ?? "";
    if (!isBound(bound)) return undefined;
    perBound.set(bound, [...(perBound.get(bound) ?? []), sample]);
  }
  const whole = perBound.has("+Inf") && [...perBound.values()].every((samples) => samples.length === series);
  return whole ? new Map([...perBound].map(([bound, samples]) => [bound, sumOf(samples)])) : undefined;
}
