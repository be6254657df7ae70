import { familyLogE } from "../evidence/family.ts";
import { beyond, quantileBound, slowRequests } from "../evidence/slow-requests.ts";
import {
  type Cut,
  cellsOf,
  cutsOf,
  rankDifference,
  SLOWER_BETS,
  slowerIncrements,
  withStable,
} from "../evidence/slower.ts";
import { addIncrements, areWhole, gather, logEValue, NO_EVIDENCE } from "../evidence.ts";
import { noData } from "../metric-provider/no-data.ts";
import type { Histogram, NoData } from "../metric-provider.ts";
import { type LatencyTest, SIGN_WEIGHT } from "./limit-test.ts";
import type { Looked, Pace, Pair } from "./look.ts";
import type { LatencyState } from "./state.ts";

/** Requests of stable that must be seen before bounds are chosen from them. */
const ENOUGH_FOR_BOUNDS = 20;
/** Looks that weigh as much as the run's own estimate of how much the two versions vary by themselves. */
const CALM_LOOKS = 20;

export const newLatencyState = (test: LatencyTest): LatencyState => ({
  kind: "latency",
  plan: test.mark,
  seen: [0, 0, 0, 0],
  cuts: [],
  reference: [],
  spread: [0, 0],
  bounds: [],
  fail: NO_EVIDENCE,
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

/** One look at both versions: requests per cell between the cuts, and what was measured. */
interface Compared {
  readonly candidate: Histogram;
  readonly stable: Histogram;
  readonly own: readonly number[];
  readonly others: readonly number[];
}

/** Adds one look: where the candidate's requests lie among stable's, and whether its mean was the slower one. */
export function lookForLatency(test: LatencyTest, old: LatencyState, pair: Pair, pace: Pace): Looked<LatencyState> {
  const pairing = pairOf(pair, pace.every / 2);
  const idle = (missing: NoData, change: Partial<LatencyState> = {}): Looked<LatencyState> => ({
    state: { ...add(test, old, undefined, pace.look), ...change },
    missing,
  });
  if ("kind" in pairing) return idle(pairing);
  const [candidate, stable] = pairing;
  if (old.cuts.length === 0) {
    const message = `${test.metric} chose its bounds at this look and counts from the next.`;
    return idle(noData("first-look", message), chosen(test, stable));
  }
  const [own, others] = [cellsOf(candidate.buckets, old.cuts, 1), cellsOf(stable.buckets, old.cuts, 0)];
  if (own === undefined || others === undefined) {
    return idle(noData("buckets-changed", `${test.metric} lost bucket bounds that it was compared at.`));
  }
  const state = add(test, old, { candidate, stable, own, others }, pace.look);
  if (totalOf(candidate) > 0) return { state };
  return { state, missing: noData("no-traffic", `${test.metric} saw no request of the candidate.`) };
}

const totalOf = ({ buckets }: Histogram): number => buckets.at(-1)?.count ?? 0;

/** Where the two versions are compared, from what stable showed first; nothing until enough was seen. */
function chosen(test: LatencyTest, stable: Histogram): Partial<LatencyState> {
  if (totalOf(stable) < ENOUGH_FOR_BOUNDS) return {};
  const cuts = cutsOf(stable.buckets, test.bound);
  const reference = cellsOf(stable.buckets, cuts, 0);
  if (cuts.length === 0 || reference === undefined) return {};
  return { cuts, reference, bounds: boundsOf(test, stable) };
}

/** Per threshold of PASS stable's bound and the candidate's, which is not above `bound` times stable's. */
function boundsOf(test: LatencyTest, { buckets }: Histogram): LatencyState["bounds"] {
  return test.thresholds.map(({ quantile }): Cut => {
    const at = quantileBound(buckets, quantile) ?? buckets.findLast(({ le }) => Number.isFinite(le))?.le ?? 0;
    return [at, slowRequests(buckets, at * test.bound).blind.from ?? at];
  });
}

/** The state after a look; without a comparison the look only passes. */
function add(test: LatencyTest, old: LatencyState, seen: Compared | undefined, look: number): LatencyState {
  const arms = (threshold: number) => {
    const bounds = old.bounds[threshold];
    if (!seen || !bounds) return undefined;
    const [candidate, stable] = [beyond(seen.candidate.buckets, bounds[1]), beyond(seen.stable.buckets, bounds[0])];
    return candidate && stable && { candidate, stable };
  };
  const slower = seen && isSlower(test, seen);
  const sign = slower === undefined ? undefined : { candidate: { total: 1, bad: slower ? 1 : 0 } };
  const increments = seen && slowerIncrements(SLOWER_BETS, old.reference, seen.own, seen.others);
  return {
    ...old,
    seen: seen ? nextSeen(old.seen, seen, slower) : old.seen,
    reference: seen ? withStable(old.reference, seen.others) : old.reference,
    spread: seen ? nextSpread(old, seen) : old.spread,
    fail: addIncrements(test.fail, old.fail, look, increments, factorOf(old)),
    pass: test.thresholds.map(({ pass }, i) => gather(pass, old.pass[i] ?? NO_EVIDENCE, look, arms(i))),
    sign: gather(test.sign, old.sign, look, sign),
  };
}

/**
 * How much more the two versions' latencies differ from look to look than independent requests would make them, at
 * least 1: what increments are divided by. From differences of successive looks (von Neumann, Annals of Mathematical
 * Statistics 1941), which a lasting slow-down does not raise; taken before the look is added.
 */
const factorOf = ({ spread: [squares, looks] }: LatencyState): number =>
  Math.max(1, (CALM_LOOKS + squares) / (CALM_LOOKS + looks));

function nextSpread(old: LatencyState, { own, others }: Compared): LatencyState["spread"] {
  const [squares, looks, before] = old.spread;
  const difference = rankDifference(old.reference, own, others);
  if (difference === undefined) return old.spread;
  const now = Math.round(difference * 1e3) / 1e3;
  if (before === undefined) return [squares, looks, now];
  return [Math.round((squares + (now - before) ** 2 / 2) * 1e3) / 1e3, looks + 1, now];
}

/** Whether the candidate's mean was more than `bound` times stable's; undefined where somebody served nothing. */
function isSlower({ bound }: LatencyTest, { candidate, stable }: Compared): boolean | undefined {
  const [n, m] = [totalOf(candidate), totalOf(stable)];
  return n > 0 && m > 0 ? candidate.sum / n > (bound * stable.sum) / m : undefined;
}

const nextSeen = (
  [total, stableTotal, slower, looks]: LatencyState["seen"],
  { candidate, stable }: Compared,
  isMore: boolean | undefined,
): LatencyState["seen"] => [
  total + totalOf(candidate),
  stableTotal + totalOf(stable),
  slower + (isMore === true ? 1 : 0),
  looks + (isMore === undefined ? 0 : 1),
];

/**
 * FAIL averages where the requests lie with the sign of the means of the looks: the first sees almost everything that
 * buckets show, the other what buckets too coarse hide. PASS needs every threshold.
 */
export function weighLatency(test: LatencyTest, state: LatencyState, looks: number) {
  const passes = test.thresholds.map(({ pass }, i) => logEValue(pass, state.pass[i] ?? NO_EVIDENCE, looks));
  const fail = familyLogE([
    { logE: logEValue(test.fail, state.fail, looks), weight: 1 - SIGN_WEIGHT },
    { logE: logEValue(test.sign, state.sign, looks), weight: SIGN_WEIGHT },
  ]);
  return { fail, pass: Math.min(...passes) };
}

export const isWholeLatencyState = (test: LatencyTest, state: LatencyState, looks: number): boolean =>
  areWhole(test.fail, state.fail, looks) &&
  areWhole(test.sign, state.sign, looks) &&
  state.reference.length === (state.cuts.length === 0 ? 0 : state.cuts.length + 1) &&
  state.bounds.length === (state.cuts.length === 0 ? 0 : test.thresholds.length) &&
  state.pass.length === test.thresholds.length &&
  test.thresholds.every(({ pass }, i) => areWhole(pass, state.pass[i] ?? NO_EVIDENCE, looks));
