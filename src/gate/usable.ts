import { noData } from "../metric-provider/no-data.ts";
import type { Measurement, NoData } from "../metric-provider.ts";
import type { MetricShape } from "./limit-test.ts";

export type Usable = Exclude<Measurement, NoData>;

/** What a measurement must match to count. */
export interface Expected {
  readonly metric: string;
  readonly shape: MetricShape;
  readonly version: string;
  /** The gate's own start: earlier traffic had another split. */
  readonly startedAt: number;
  /** Milliseconds after which a number says nothing about now. */
  readonly staleAfter: number;
}

/** Clocks of two machines may differ so much, milliseconds. */
const CLOCK_SKEW = 5_000;

/** Until when a counted measurement reaches: a later one must begin there or after. */
export const countedUpTo = ({ kind, window, observedAt }: Usable): number =>
  kind === "value" ? observedAt : window.to;

/** Beyond this, sums lose single events, or all of them. */
const isCount = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;

/**
 * The measurement if every number in it can be believed at `now`, else why not. Anything odd is no data: never zero.
 * `countedUntil` is the end of the newest window that was counted already for this metric and version.
 */
export function usable(
  measurement: Measurement | undefined,
  expected: Expected,
  now: number,
  countedUntil?: number,
): Usable | NoData {
  const { metric, shape, version } = expected;
  if (measurement === undefined) return noData("not-measured", `${metric} was not measured for ${version}.`);
  if (measurement.kind === "no-data") return measurement;
  if (measurement.kind !== shape.kind) {
    return noData("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
  }
  if (measurement.version !== version) {
    return noData("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`);
  }
  return wrongTime(measurement, expected, now, countedUntil) ?? wrongNumbers(measurement, metric) ?? measurement;
}

function wrongTime(
  { kind, window, observedAt }: Usable,
  { metric, startedAt, staleAfter }: Expected,
  now: number,
  countedUntil: number | undefined,
): NoData | undefined {
  const { from, to } = window;
  // What happened in no time at all could be counted again and again: such a window never overlaps the one before.
  const isEmpty = kind === "value" ? from > to : from >= to;
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(observedAt) || isEmpty) {
    return noData("odd-window", `${metric} covers no sensible window.`);
  }
  if (observedAt > now + CLOCK_SKEW || to > now + CLOCK_SKEW) {
    return noData(
      "future",
      `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1000)} s in the future.`,
    );
  }
  if (observedAt < now - staleAfter || to < now - staleAfter) {
    return noData("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1000)} s old.`);
  }
  const begin = kind === "value" ? observedAt : from;
  if (begin < startedAt) return noData("before-start", `${metric} covers time from before this gate began.`);
  if (countedUntil === undefined || begin > countedUntil || (kind !== "value" && begin === countedUntil))
    return undefined;
  return noData("counted-already", `${metric} covers time that was counted already.`);
}

function wrongNumbers(measurement: Usable, metric: string): NoData | undefined {
  switch (measurement.kind) {
    case "counts": {
      const { bad, total } = measurement;
      if (isCount(bad) && isCount(total) && bad <= total) return undefined;
      return noData("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
    }
    case "histogram":
      return wrongBuckets(measurement.buckets, measurement.sum)
        ? noData("odd-histogram", `${metric} has buckets that cannot be.`)
        : undefined;
    case "value":
      if (isCount(measurement.value)) return undefined;
      return noData("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
  }
}

function wrongBuckets(buckets: readonly { readonly le: number; readonly count: number }[], sum: number): boolean {
  let [bound, count] = [Number.NEGATIVE_INFINITY, 0];
  for (const bucket of buckets) {
    if (!(bucket.le > bound) || !isCount(bucket.count) || bucket.count < count) return true;
    bound = bucket.le;
    count = bucket.count;
  }
  return bound !== Number.POSITIVE_INFINITY || !isCount(sum);
}
