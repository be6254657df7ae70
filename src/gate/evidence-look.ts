import type { Arm, Batch } from "../evidence/increment.ts";
import { isOutage } from "../evidence/outage.ts";
import { type Buckets, beyond, quantileBound, slowRequests } from "../evidence/slow-requests.ts";
import { type EvidencePlan, gather, increment, newEvidence } from "../evidence.ts";
import type { NoData } from "../metric-provider.ts";
import type { EvidenceTest } from "./limit-test.ts";
import { pairSpans } from "./pair-spans.ts";
import type { EvidenceState, Span } from "./state.ts";
import type { Usable } from "./usable.ts";

/** One look's measurements of both versions. */
export interface Pair {
  readonly candidate: Usable | NoData;
  readonly stable: Usable | NoData | undefined;
}

export interface Pace {
  readonly now: number;
  readonly every: number;
  readonly dispersion: number;
}

export interface Looked<State> {
  readonly state: State;
  /** Why this look proves nothing by itself. */
  readonly missing?: NoData;
}

type Bounds = NonNullable<EvidenceState["bounds"]>;
interface Arms {
  readonly fail?: Arm | undefined;
  readonly pass?: Arm | undefined;
}

const NOBODY: Arm = { total: 0, bad: 0 };
/** Requests of stable that must be seen before a bound is chosen from them. */
const ENOUGH_FOR_BOUND = 20;
/** A limit so many times outside of all buckets is more likely in another unit than meant. */
const SUSPICIOUS = 20;

const noData = (reason: string, message: string): NoData => ({ kind: "no-data", reason, message });

export const newEvidenceState = (test: EvidenceTest, startedAt: number): EvidenceState => ({
  kind: "evidence",
  candidate: NOBODY,
  stable: NOBODY,
  fail: newEvidence(test.fail),
  pass: newEvidence(test.pass),
  ...(test.world && {
    stableBreaks: newEvidence(test.world.stableBreaks),
    candidateWorse: newEvidence(test.world.candidateWorse),
  }),
  waiting: {},
  outages: 0,
  run: { since: startedAt, score: 0, candidate: NOBODY, stable: NOBODY },
});

/** Adds what one look saw to everything one limit knows. */
export function lookForEvidence(test: EvidenceTest, old: EvidenceState, pair: Pair, pace: Pace): Looked<EvidenceState> {
  const odd = pair.candidate.kind === "no-data" ? pair.candidate : suspiciousScale(test, pair.candidate);
  const candidate = odd ? undefined : spanOf(test, pair.candidate, old.bounds, "candidate");
  const stable = spanOf(test, pair.stable, old.bounds, "stable");
  const { waiting, pair: both } = pairSpans(old.waiting, { candidate, stable }, pace.every / 2);
  let state = withBounds(test, { ...old, waiting, ...(candidate && blindZone(test, pair.candidate)) }, pair.stable);
  if (candidate && !test.relative) state = addOneArm(test, state, candidate, pace);
  if (both) state = addPair(test, state, both, pace);
  const missing = odd ?? missingHere(test, pair, candidate, both !== undefined);
  return missing === undefined ? { state } : { state, missing };
}

function missingHere(
  test: EvidenceTest,
  { stable }: Pair,
  span: Span | undefined,
  paired: boolean,
): NoData | undefined {
  const { metric } = test;
  if (span === undefined)
    return noData("first-look", `${metric} chose its bounds at this look and counts from the next.`);
  if ((span.fail ?? span.pass ?? NOBODY).total === 0)
    return noData("no-traffic", `${metric} saw no request of the candidate.`);
  if (!test.relative) return undefined;
  if (stable?.kind === "no-data") return stable;
  return paired ? undefined : noData("windows-differ", `${metric} does not cover the same time for both versions yet.`);
}

/** A bound in seconds read as milliseconds, or the other way round, must not decide anything. */
function suspiciousScale(test: EvidenceTest, measured: Usable): NoData | undefined {
  if (measured.kind !== "histogram" || test.relative) return undefined;
  const finite = measured.buckets.filter(({ le }) => Number.isFinite(le));
  const [first, last] = [finite[0]?.le, finite.at(-1)?.le];
  if (first === undefined || last === undefined) return noData("odd-histogram", `${test.metric} has no bucket bounds.`);
  if (test.bound < last * SUSPICIOUS && test.bound * SUSPICIOUS > first) return undefined;
  const range = `bucket bounds from ${first} to ${last}`;
  return noData("suspicious-scale", `${test.metric} has ${range}, far from the limit; declare the metric's unit.`);
}

/** Where the buckets cannot tell slow from fast; nothing when the limit is one of their bounds. */
function blindZone(test: EvidenceTest, measured: Usable | NoData): Pick<EvidenceState, "blind"> | undefined {
  if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return undefined;
  const { from, to } = slowRequests(measured.buckets, test.bound).blind;
  if (from === to) return undefined;
  return { blind: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) } };
}

function spanOf(
  test: EvidenceTest,
  measured: Usable | NoData | undefined,
  bounds: Bounds | undefined,
  who: "candidate" | "stable",
): Span | undefined {
  if (measured === undefined || measured.kind === "no-data") return undefined;
  const arms = armsOf(test, measured, bounds, who);
  if (arms === undefined) return undefined;
  const { fail, pass } = arms;
  return { ...measured.window, ...(fail && { fail }), ...(pass && { pass }) };
}

/** What the look counts against and for this version; undefined when it cannot be counted yet. */
function armsOf(
  test: EvidenceTest,
  measured: Usable,
  bounds: Bounds | undefined,
  who: "candidate" | "stable",
): Arms | undefined {
  if (measured.kind === "counts") {
    const arm = { total: measured.total, bad: measured.bad };
    return { fail: arm, pass: arm };
  }
  if (measured.kind !== "histogram") return undefined;
  const { buckets, sum } = measured;
  if (test.counts === "mean") return meanArms(test, { total: buckets.at(-1)?.count ?? 0, bad: sum });
  if (!test.relative) {
    const { certainly, possibly } = slowRequests(buckets, test.bound);
    return { fail: certainly, pass: possibly };
  }
  if (bounds === undefined) return undefined;
  if (who === "stable") return { fail: beyond(buckets, bounds.at), pass: beyond(buckets, bounds.at) };
  return {
    fail: bounds.fail === undefined ? undefined : beyond(buckets, bounds.fail),
    pass: beyond(buckets, bounds.pass),
  };
}

/** Absolute: one look whose mean was too high or not. Relative: the sum, since the means are compared when paired. */
function meanArms(test: EvidenceTest, sums: Arm): Arms {
  if (test.relative) return { fail: sums, pass: sums };
  const arm = sums.total === 0 ? NOBODY : { total: 1, bad: sums.bad > test.bound * sums.total ? 1 : 0 };
  return { fail: arm, pass: arm };
}

/**
 * Chooses where to compare slow requests: at stable's quantile as first seen, against the bounds around `factor` times
 * it. If the candidate is at most `factor` times slower then P(candidate > factor t) <= P(stable > t) at every t.
 */
function withBounds(test: EvidenceTest, state: EvidenceState, stable: Pair["stable"]): EvidenceState {
  if (test.counts !== "slow" || !test.relative || state.bounds || stable?.kind !== "histogram") return state;
  const bounds = chooseBounds(test, stable.buckets);
  return bounds === undefined ? state : { ...state, bounds };
}

function chooseBounds(test: EvidenceTest, buckets: Buckets): Bounds | undefined {
  if ((buckets.at(-1)?.count ?? 0) < ENOUGH_FOR_BOUND) return undefined;
  const at = quantileBound(buckets, test.quantile);
  if (at === undefined) return undefined;
  const { blind } = slowRequests(buckets, at * test.bound);
  return { at, pass: blind.from ?? at, ...(blind.to !== undefined && { fail: blind.to }) };
}

const plus = (a: Arm, b: Arm | undefined): Arm =>
  b === undefined ? a : { total: a.total + b.total, bad: a.bad + b.bad };

function addOneArm(test: EvidenceTest, state: EvidenceState, { fail, pass, to }: Span, pace: Pace): EvidenceState {
  const { dispersion } = pace;
  const shown = fail ?? pass ?? NOBODY;
  if (shown.total === 0) return state;
  return {
    ...state,
    candidate: plus(state.candidate, shown),
    fail: fail ? gather(test.fail, state.fail, { candidate: fail }, dispersion) : state.fail,
    pass: pass ? gather(test.pass, state.pass, { candidate: pass }, dispersion) : state.pass,
    run: fail ? extendRun(test.fail, state.run, { candidate: fail }, to) : state.run,
  };
}

function addPair(
  test: EvidenceTest,
  state: EvidenceState,
  both: { readonly candidate: Span; readonly stable: Span },
  pace: Pace,
): EvidenceState {
  const { candidate, stable } = both;
  const fail = candidate.fail && stable.fail && { candidate: candidate.fail, stable: stable.fail };
  const pass = candidate.pass && stable.pass && { candidate: candidate.pass, stable: stable.pass };
  if (test.relative) return addRelative(test, state, fail, pass, candidate.to, pace.dispersion);
  if (fail === undefined) return state;
  const outage = test.counts === "bad" && isOutage(fail);
  return { ...addWorld(test, state, fail, pace.dispersion), outages: outage ? state.outages + 1 : 0 };
}

function addRelative(
  test: EvidenceTest,
  state: EvidenceState,
  fail: Batch | undefined,
  pass: Batch | undefined,
  to: number,
  dispersion: number,
): EvidenceState {
  const against = test.counts === "mean" && fail ? slowerMean(test, fail) : fail;
  const shown = against ?? pass;
  if (!shown || shown.candidate.total === 0 || shown.stable?.total === 0) return state;
  const inFavour = test.counts === "mean" ? against : pass;
  const outage = test.counts === "bad" && isOutage(shown);
  return {
    ...state,
    candidate: plus(state.candidate, shown.candidate),
    stable: plus(state.stable, shown.stable),
    fail: against ? gather(test.fail, state.fail, against, dispersion) : state.fail,
    pass: inFavour ? gather(test.pass, state.pass, inFavour, dispersion) : state.pass,
    run: against ? extendRun(test.fail, state.run, against, to) : state.run,
    outages: outage ? state.outages + 1 : 0,
  };
}

/** One look in which the candidate's mean was more than `factor` times stable's, or not. */
function slowerMean(test: EvidenceTest, { candidate, stable = NOBODY }: Batch): Batch {
  if (candidate.total === 0 || stable.total === 0) return { candidate: NOBODY };
  const slower = candidate.bad / candidate.total > (test.bound * stable.bad) / stable.total;
  return { candidate: { total: 1, bad: slower ? 1 : 0 } };
}

/** Whether stable breaks the same limit, and whether the candidate is worse than stable. */
function addWorld(test: EvidenceTest, state: EvidenceState, batch: Required<Batch>, dispersion: number): EvidenceState {
  const { stableBreaks, candidateWorse } = state;
  if (!test.world || !stableBreaks || !candidateWorse || batch.stable.total === 0) return state;
  return {
    ...state,
    stable: plus(state.stable, batch.stable),
    stableBreaks: gather(test.world.stableBreaks, stableBreaks, { candidate: batch.stable }, dispersion),
    candidateWorse: gather(test.world.candidateWorse, candidateWorse, batch, dispersion),
  };
}

function extendRun(plan: EvidencePlan, run: EvidenceState["run"], batch: Batch, to: number): EvidenceState["run"] {
  const score = run.score + increment(plan, batch, plan.bets[2] ?? 0);
  if (!(score > 0)) return { since: to, score: 0, candidate: NOBODY, stable: NOBODY };
  return {
    since: run.since,
    score,
    candidate: plus(run.candidate, batch.candidate),
    stable: plus(run.stable, batch.stable),
  };
}
