import type { slowRequests } from "../evidence/slow-requests.ts";
import { keeps } from "../limit.ts";
import { noData } from "../metric-provider/no-data.ts";
import type { NoData } from "../metric-provider.ts";
import { quantileOf, type StreakTest } from "./limit-test.ts";
import type { Looked, Pace, Pair } from "./look.ts";
import type { StreakState } from "./state.ts";
import type { Usable } from "./usable.ts";

export const newStreakState = (): StreakState => ({
  kind: "streak",
  breaks: false,
  shared: false,
  badFor: 0,
  covered: 0,
});

/** Compares the newest sample with the limit and counts the bad time in a row. */
export function lookForStreak(test: StreakTest, old: StreakState, pair: Pair, pace: Pace): Looked<StreakState> {
  const { candidate, stable } = pair;
  if (candidate.kind === "no-data") return { state: old, missing: candidate };
  const compared = compare(test, candidate, stable);
  if ("kind" in compared) return { state: old, missing: compared };
  const shared = compared.breaks && compared.stableBreaks === true;
  const seen = timeSeen(candidate, old.sampledAt, pace.every);
  const alone = compared.breaks && !shared;
  return {
    state: {
      kind: "streak",
      value: compared.value,
      ...(compared.stableValue !== undefined && { stableValue: compared.stableValue }),
      breaks: alone,
      shared,
      // A look at which stable breaks the same limit says nothing about the candidate either way.
      badFor: alone ? old.badFor + seen : shared ? old.badFor : 0,
      covered: old.covered + seen,
      sampledAt: candidate.observedAt,
    },
  };
}

/** Counts cover their window; a single value speaks for the time since the one before, at most two looks of it. */
function timeSeen(measured: Usable, sampledAt: number | undefined, every: number): number {
  if (measured.kind !== "value") return measured.window.to - measured.window.from;
  return sampledAt === undefined ? every : Math.min(measured.observedAt - sampledAt, 2 * every);
}

interface Compared {
  readonly value: number;
  readonly breaks: boolean;
  readonly stableValue?: number;
  readonly stableBreaks?: boolean;
}

function compare(test: StreakTest, candidate: Usable, stable: Pair["stable"]): Compared | NoData {
  const own = readingOf(test, candidate);
  if (own === undefined) return noData("no-traffic", `${test.metric} saw no request of the candidate.`);
  const beside = stable === undefined || stable.kind === "no-data" ? undefined : readingOf(test, stable);
  if (test.before !== undefined) return { value: own.shown, breaks: breaksBeside(test, own.shown, test.before) };
  if (test.limit.versus === undefined) return compareAbsolute(test, own, beside);
  if (beside !== undefined) return compareBeside(test, own, beside);
  return stable?.kind === "no-data" ? stable : noData("no-traffic", `${test.metric} saw no request of stable.`);
}

/** Breaks, or holds, only when it does wherever in their buckets the two values lie. */
function compareBeside(test: StreakTest, own: Reading, beside: Reading): Compared | NoData {
  const [lowest, highest] = [breaksBeside(test, own.least, beside.most), breaksBeside(test, own.most, beside.least)];
  if (lowest === highest) return { value: own.shown, breaks: lowest, stableValue: beside.shown };
  const message = `${test.metric}'s buckets are too coarse to tell whether \`${test.text}\` holds; add bucket bounds, or leave \`for\` away.`;
  return noData("between-buckets", message);
}

/** A value, or the range it lies in when buckets do not show it exactly. */
interface Reading {
  readonly least: number;
  readonly most: number;
  readonly shown: number;
}

function compareAbsolute(test: StreakTest, own: Reading, beside: Reading | undefined): Compared | NoData {
  const breaks = breaksLimit(test, own);
  if (breaks === undefined)
    return noData("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
  const stableBreaks = beside && breaksLimit(test, beside);
  return {
    value: own.shown,
    breaks,
    ...(beside && { stableValue: beside.shown }),
    ...(stableBreaks !== undefined && { stableBreaks }),
  };
}

const exactly = (value: number): Reading => ({ least: value, most: value, shown: value });

function readingOf(test: StreakTest, measured: Usable): Reading | undefined {
  if (measured.kind === "value") return exactly(measured.value);
  const seconds = (measured.window.to - measured.window.from) / 1000;
  if (measured.kind === "counts") return countsValue(test, measured.bad, measured.total, seconds);
  const total = measured.buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const quantile = quantileOf(test.limit);
  if (quantile === undefined) return exactly(measured.sum / total);
  return quantileRange(measured.buckets, quantile, total);
}

function countsValue(
  { limit: { demand } }: StreakTest,
  bad: number,
  total: number,
  seconds: number,
): Reading | undefined {
  if (demand.op !== "not-worse" && demand.quantity.dimension === "per-second") {
    return seconds > 0 ? exactly(total / seconds) : undefined;
  }
  if (total === 0) return undefined;
  return exactly(demand.op === ">" || demand.op === ">=" ? 1 - bad / total : bad / total);
}

/** The bucket the quantile lies in. */
function quantileRange(buckets: Parameters<typeof slowRequests>[0], quantile: number, total: number): Reading {
  const index = buckets.findIndex(({ count }) => count >= quantile * total);
  const [least, most] = [buckets[index - 1]?.le ?? 0, buckets[index]?.le ?? Number.POSITIVE_INFINITY];
  return { least, most, shown: Number.isFinite(most) ? most : least };
}

/** Undefined when the reading's range lies on both sides of the limit. */
function breaksLimit({ limit: { demand } }: StreakTest, { least, most }: Reading): boolean | undefined {
  if (demand.op === "not-worse") return undefined;
  const holds = keeps[demand.op];
  const bound = demand.quantity.value;
  if (least === most) return !holds(most, bound);
  // A quantile in (least, most] is above the limit for certain only when `least` reaches it.
  if (least >= bound) return true;
  return most <= bound ? false : undefined;
}

function breaksBeside({ limit: { demand, metric } }: StreakTest, own: number, beside: number): boolean {
  if (demand.op === "not-worse") return metric === "throughput" ? own < beside : own > beside;
  const { dimension, value } = demand.quantity;
  return !keeps[demand.op](own, dimension === "points" ? beside + value : beside * value);
}
