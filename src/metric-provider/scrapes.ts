import type { NoData } from "../metric-provider.ts";
import { noData } from "./no-data.ts";

/** Raw samples of one series, oldest first; times in milliseconds. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

/** Until when one version's scrapes are counted. Plain data, replaced at every look. */
export interface Counted {
  /** Time of the newest scrape counted. */
  readonly until: number;
  /** The same per scraped instance: instances are scraped at different times. */
  readonly instances: ReadonlyMap<string, number>;
}

export interface Added {
  readonly counted: Counted;
  /** What was added, or why nothing can be said about this stretch. */
  readonly added: Increments | NoData;
}

export interface Increments {
  readonly from: number;
  readonly to: number;
  /** Per series, in the order given. */
  readonly of: ReadonlyMap<Series, number>;
}

/** An instance unseen for so long is forgotten; when it comes back its totals have no beginning. */
const FORGOTTEN_AFTER = 300_000;

const instanceOf = ({ labels }: Series): string => JSON.stringify([labels["job"], labels["instance"]]);

/** Where reading must begin so that no scrape is missed. */
export const beginOf = (counted: Counted | undefined, start: number): number =>
  counted === undefined ? start : Math.min(counted.until, ...counted.instances.values());

/**
 * What running totals gained between scrapes, each scrape counted in exactly one look.
 *
 * Increments are taken between neighbouring raw samples, never extrapolated as `increase()` does, and never across
 * `start`: before it traffic had another split. A series that first appears while its instance was being scraped began
 * at zero, or the first errors of a version would never count. A total that went down means a restart: nothing of this
 * look counts, since what was counted before the crash, likely the worst part, is lost.
 */
export function addScrapes(series: readonly Series[], start: number, before: Counted | undefined): Added | NoData {
  const scrapes = scrapesOf(series, start);
  const newest = Math.max(...[...scrapes.values()].map((times) => times.at(-1) ?? Number.NEGATIVE_INFINITY));
  if (!Number.isFinite(newest)) return noData("not-scraped", "Nothing was scraped since this share began.");
  const stretches = series.flatMap((one) => {
    const times = scrapes.get(instanceOf(one)) ?? [];
    const since = before?.instances.get(instanceOf(one)) ?? before?.until ?? start;
    return stretchesOf(one, times).filter(({ to }) => to > since);
  });
  const counted = countedAfter(scrapes, newest, before);
  if (stretches.length === 0) {
    if (before !== undefined && newest <= before.until)
      return noData("not-scraped", "Nothing was scraped since the last look; look less often than it is scraped.");
    return { counted, added: noData("first-look", "One scrape only; the next one compares.") };
  }
  const fell = stretches.find(({ gain }) => gain < 0);
  if (fell !== undefined)
    return {
      counted,
      added: noData("counter-reset", "Its totals went down, so a process restarted; nothing of this look counts."),
    };
  const of = new Map(series.map((one) => [one, 0]));
  for (const { series: one, gain } of stretches) of.set(one, (of.get(one) ?? 0) + gain);
  const from = before?.until ?? Math.min(...stretches.map((stretch) => stretch.from));
  return { counted, added: { from, to: newest, of } };
}

/** When each instance was scraped, ascending. */
function scrapesOf(series: readonly Series[], start: number): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, Set<number>>();
  for (const one of series) {
    const seen = times.get(instanceOf(one)) ?? new Set();
    for (const { at } of one.samples) if (at >= start) seen.add(at);
    times.set(instanceOf(one), seen);
  }
  return new Map([...times].map(([instance, seen]) => [instance, [...seen].sort((a, b) => a - b)]));
}

interface Stretch {
  readonly series: Series;
  readonly from: number;
  readonly to: number;
  readonly gain: number;
}

function stretchesOf(series: Series, times: readonly number[]): readonly Stretch[] {
  const samples = series.samples.filter(({ at }) => at >= (times[0] ?? Number.POSITIVE_INFINITY));
  return samples.flatMap(({ at: to, value }, i): Stretch[] => {
    const last = samples[i - 1];
    if (last !== undefined) return [{ series, from: last.at, to, gain: value - last.value }];
    const from = times.filter((time) => time < to).at(-1);
    return from === undefined ? [] : [{ series, from, to, gain: value }];
  });
}

function countedAfter(
  scrapes: ReadonlyMap<string, readonly number[]>,
  until: number,
  before: Counted | undefined,
): Counted {
  const instances = new Map(before?.instances);
  for (const [instance, times] of scrapes) {
    const newest = times.at(-1);
    if (newest !== undefined) instances.set(instance, newest);
  }
  for (const [instance, at] of instances) if (at < until - FORGOTTEN_AFTER) instances.delete(instance);
  return { until, instances };
}
