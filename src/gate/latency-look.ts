import { familyLogE } from "../evidence/family.ts";
import { beyond, quantileBound, slowRequests } from "../evidence/slow-requests.ts";
import { areWhole, gather, logEValue, NO_EVIDENCE } from "../evidence.ts";
import type { Histogram, NoData } from "../metric-provider.ts";
import type { Looked, Pace, Pair } from "./evidence-look.ts";
import type { LatencyTest } from "./limit-test.ts";
import type { LatencyState } from "./state.ts";

/** Requests of stable that must be seen before bounds are chosen from them. */
const ENOUGH_FOR_BOUNDS = 20;
/** Where the candidate's bound would lie beyond the last bucket. */
const BEYOND = -1;

const noData = (reason: string, message: string): NoData => ({ kind: "no-data", reason, message });

export const newLatencyState = (test: LatencyTest): LatencyState => ({
  kind: "latency",
  plan: test.mark,
  seen: [0, 0, 0, 0],
  bounds: [],
  fail: test.thresholds.map(() => NO_EVIDENCE),
  pass: test.thresholds.map(() => NO_EVIDENCE),
  sign: NO_EVIDENCE,
});

/** Both versions' latency over the same time; anything else is not compared. */
function pairOf({ candidate, stable }: Pair, slack: number): readonly [Histogram, Histogram] | NoData {
  if (candidate.kind === "no-data") return candidate;
  if (stable?.kind === "no-data") return stable;
  if (candidate.kind !== "histogram" || stable?.kind !== "histogram") {
    return noData("wrong-kind", "Latency is compared between two histograms.");
  }
  const apart = Math.max(
    Math.abs(candidate.window.from - stable.window.from),
    Math.abs(candidate.window.to - stable.window.to),
  );
  return apart > slack ? noData("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
}

/** Adds one look: requests beyond each threshold, and whether the candidate's mean was the slower one. */
export function lookForLatency(test: LatencyTest, old: LatencyState, pair: Pair, pace: Pace): Looked<LatencyState> {
  const pairing = pairOf(pair, pace.every / 2);
  if ("kind" in pairing) return { state: add(test, old, undefined, pace.look), missing: pairing };
  const [candidate, stable] = pairing;
  if (old.bounds.length === 0) {
    const state = { ...add(test, old, undefined, pace.look), bounds: chooseBounds(test, stable) };
    return {
      state,
      missing: noData("first-look", `${test.metric} chose its bounds at this look and counts from the next.`),
    };
  }
  const state = add(test, old, pairing, pace.look);
  const total = candidate.buckets.at(-1)?.count ?? 0;
  if (total > 0) return { state };
  return { state, missing: noData("no-traffic", `${test.metric} saw no request of the candidate.`) };
}

/** At stable's quantiles as first seen; none until enough was seen. */
function chooseBounds(test: LatencyTest, { buckets }: Histogram): LatencyState["bounds"] {
  if ((buckets.at(-1)?.count ?? 0) < ENOUGH_FOR_BOUNDS) return [];
  const bounds = test.thresholds.map(({ quantile }) => {
    const at = quantileBound(buckets, quantile) ?? buckets.findLast(({ le }) => Number.isFinite(le))?.le;
    const { blind } = slowRequests(buckets, (at ?? 0) * test.bound);
    return [at ?? 0, blind.to ?? BEYOND, blind.from ?? at ?? 0] as const;
  });
  return bounds.some(([at]) => at === 0) ? [] : bounds;
}

/** The state after a look; without a pair the look only passes. */
function add(
  test: LatencyTest,
  old: LatencyState,
  pair: readonly [Histogram, Histogram] | undefined,
  look: number,
): LatencyState {
  const arms = (threshold: number, which: 1 | 2) => {
    const bounds = old.bounds[threshold];
    if (!pair || !bounds) return undefined;
    const [candidate, stable] = [beyond(pair[0].buckets, bounds[which]), beyond(pair[1].buckets, bounds[0])];
    return candidate && stable && { candidate, stable };
  };
  const slower = pair && isSlower(test, pair);
  const sign = slower === undefined ? undefined : { candidate: { total: 1, bad: slower ? 1 : 0 } };
  return {
    kind: "latency",
    plan: old.plan,
    seen: pair ? nextSeen(old.seen, pair, slower) : old.seen,
    bounds: old.bounds,
    fail: test.thresholds.map(({ fail }, i) => gather(fail, old.fail[i] ?? NO_EVIDENCE, look, arms(i, 1))),
    pass: test.thresholds.map(({ pass }, i) => gather(pass, old.pass[i] ?? NO_EVIDENCE, look, arms(i, 2))),
    sign: gather(test.sign, old.sign, look, sign),
  };
}

/** Whether the candidate's mean was more than `bound` times stable's; undefined where somebody served nothing. */
function isSlower({ bound }: LatencyTest, [candidate, stable]: readonly [Histogram, Histogram]): boolean | undefined {
  const [n, m] = [candidate.buckets.at(-1)?.count ?? 0, stable.buckets.at(-1)?.count ?? 0];
  return n > 0 && m > 0 ? candidate.sum / n > (bound * stable.sum) / m : undefined;
}

const nextSeen = (
  [candidate, stable, slower, looks]: LatencyState["seen"],
  pair: readonly [Histogram, Histogram],
  isMore: boolean | undefined,
): LatencyState["seen"] => [
  candidate + (pair[0].buckets.at(-1)?.count ?? 0),
  stable + (pair[1].buckets.at(-1)?.count ?? 0),
  slower + (isMore === true ? 1 : 0),
  looks + (isMore === undefined ? 0 : 1),
];

/**
 * FAIL averages the three thresholds with the sign of the means, half and half: one is better for many requests, the
 * other where the requests of a look depend on each other. PASS needs every threshold.
 */
export function weighLatency(test: LatencyTest, state: LatencyState, looks: number) {
  const thresholds = test.thresholds.map(({ fail }, i) => ({
    logE: logEValue(fail, state.fail[i] ?? NO_EVIDENCE, looks),
    weight: 0.5 / test.thresholds.length,
  }));
  const sign = { logE: logEValue(test.sign, state.sign, looks), weight: 0.5 };
  const passes = test.thresholds.map(({ pass }, i) => logEValue(pass, state.pass[i] ?? NO_EVIDENCE, looks));
  return { fail: familyLogE([...thresholds, sign]), pass: Math.min(...passes) };
}

export const isWholeLatencyState = (test: LatencyTest, state: LatencyState, looks: number): boolean =>
  areWhole(test.sign, state.sign, looks) &&
  state.fail.length === test.thresholds.length &&
  state.pass.length === test.thresholds.length &&
  test.thresholds.every(
    ({ fail, pass }, i) =>
      areWhole(fail, state.fail[i] ?? NO_EVIDENCE, looks) && areWhole(pass, state.pass[i] ?? NO_EVIDENCE, looks),
  );
