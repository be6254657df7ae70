import { addToDispersion, carefulFactor } from "../evidence/dispersion.ts";
import { type Arm, type Batch, NOBODY } from "../evidence/increment.ts";
import { isOutage } from "../evidence/outage.ts";
import { type Buckets, beyond, quantileBound, slowRequests } from "../evidence/slow-requests.ts";
import { gather, gatherBet, increment, NO_EVIDENCE, type Sums } from "../evidence.ts";
import { noData } from "../metric-provider/no-data.ts";
import type { NoData } from "../metric-provider.ts";
import type { EvidenceTest } from "./limit-test.ts";
import type { KnownDispersion, Looked, Pace, Pair } from "./look.ts";
import { pairSpans } from "./pair-spans.ts";
import { candidateOf, type EvidenceState, type Seen, type Span, stableOf } from "./state.ts";
import type { Usable } from "./usable.ts";

type Bounds = NonNullable<EvidenceState["bounds"]>;
interface Arms {
  readonly fail?: Arm | undefined;
  readonly pass?: Arm | undefined;
}

const NOTHING: Seen = [0, 0, 0, 0];
/** Requests of stable that must be seen before a bound is chosen from them. */
const ENOUGH_FOR_BOUND = 20;
/** A limit so many times outside of all buckets is more likely in another unit than meant. */
const SUSPICIOUS = 20;

export const newEvidenceState = (test: EvidenceTest): EvidenceState => ({
  kind: "evidence",
  plan: test.mark,
  seen: NOTHING,
  fail: NO_EVIDENCE,
  pass: NO_EVIDENCE,
  world: NO_EVIDENCE,
  outages: 0,
  run: { since: 0, score: 0, seen: NOTHING },
});

/** What one look adds to one limit. */
interface Added {
  readonly fail?: Batch | undefined;
  readonly pass?: Batch | undefined;
  /** Both versions over the same time, of an absolute limit. */
  readonly world?: Required<Batch> | undefined;
  readonly outage?: boolean;
}

/** Adds what one look saw to everything one limit knows. */
export function lookForEvidence(test: EvidenceTest, old: EvidenceState, pair: Pair, pace: Pace): Looked<EvidenceState> {
  const odd =
    pair.candidate.kind === "no-data"
      ? pair.candidate
      : (suspiciousScale(test, pair.candidate) ?? saturated(test, pair.candidate));
  const candidate = odd ? undefined : spanOf(test, pair.candidate, old.bounds, "candidate");
  const stable = spanOf(test, pair.stable, old.bounds, "stable");
  const { waiting, pair: both } = pairSpans(old.waiting, candidate, stable, pace.every / 2);
  const added = test.relative ? addedRelative(test, both) : addedAbsolute(test, candidate, both);
  const state = add(test, old, added, pace, both !== undefined);
  if (waiting) state.waiting = waiting;
  const bounds = old.bounds ?? boundsFor(test, pair.stable);
  if (bounds) state.bounds = bounds;
  const blind = (candidate && blindZone(test, pair.candidate)) ?? old.blind;
  if (blind) state.blind = blind;
  return { state, missing: odd ?? missingHere(test, pair, candidate, both !== undefined) };
}

function addedAbsolute(
  test: EvidenceTest,
  candidate: Span | undefined,
  both: { readonly candidate: Span; readonly stable: Span } | undefined,
): Added {
  const fail = candidate?.fail && { candidate: candidate.fail };
  const pass = candidate?.pass === candidate?.fail ? fail : candidate?.pass && { candidate: candidate.pass };
  if (!both?.candidate.fail || !both.stable.fail) return { fail, pass };
  const world = { candidate: both.candidate.fail, stable: both.stable.fail };
  return { fail, pass, world, outage: test.counts === "bad" && isOutage(world) };
}

function addedRelative(
  test: EvidenceTest,
  both: { readonly candidate: Span; readonly stable: Span } | undefined,
): Added {
  if (!both) return {};
  const { candidate, stable } = both;
  const fail = candidate.fail && stable.fail && { candidate: candidate.fail, stable: stable.fail };
  const same = candidate.pass === candidate.fail && stable.pass === stable.fail;
  const pass = same ? fail : candidate.pass && stable.pass && { candidate: candidate.pass, stable: stable.pass };
  if (!isCounted(fail ?? pass)) return {};
  if (test.counts !== "mean") return { fail, pass, outage: test.counts === "bad" && !!fail && isOutage(fail) };
  const slower = fail && slowerMean(test, fail);
  return { fail: slower, pass: slower };
}

const isCounted = (batch: Batch | undefined): boolean =>
  batch !== undefined && batch.candidate.total > 0 && (batch.stable?.total ?? 0) > 0;

/** The state after a look; sums move on at every look, so that its number is the clock of them all. */
function add(test: EvidenceTest, old: EvidenceState, added: Added, pace: Pace, paired: boolean): EvidenceState {
  const { look, dispersion } = pace;
  const { fail, pass, world } = added;
  const shown = fail ?? pass;
  const estimated = typeof dispersion !== "number";
  const factor = estimated ? carefulFactor(dispersionOf(old, dispersion)) : dispersion;
  const stable = test.relative ? shown?.stable : world?.stable;
  const state: EvidenceState = {
    kind: "evidence",
    plan: old.plan,
    seen: shown || stable ? plus(old.seen, shown?.candidate ?? NOBODY, stable ?? NOBODY) : old.seen,
    fail: gather(test.fail, old.fail, look, fail, factor),
    pass: gather(test.pass, old.pass, look, pass, factor),
    world: test.world ? gatherWorld(test.world, old.world, look, world, factor) : old.world,
    outages: paired ? (added.outage ? old.outages + 1 : 0) : old.outages,
    run: fail ? extendRun(test, old.run, fail, pace) : old.run,
  };
  if (estimated) state.spread = nextSpread(old, dispersion, shown);
  return state;
}

const dispersionOf = (
  { seen, spread = [0, 0] }: EvidenceState,
  { prior, weight }: Exclude<KnownDispersion, number>,
) => ({
  prior,
  weight,
  chiSquare: spread[0],
  batches: spread[1],
  candidate: candidateOf(seen),
  stable: stableOf(seen),
});

/** Only after its batch was gathered, so that the factor never depends on what it divides. */
function nextSpread(
  old: EvidenceState,
  known: Exclude<KnownDispersion, number>,
  batch: Batch | undefined,
): readonly [number, number] {
  const before = dispersionOf(old, known);
  if (batch?.stable === undefined) return [before.chiSquare, before.batches];
  const { chiSquare, batches } = addToDispersion(before, batch.candidate, batch.stable);
  return [Math.round(chiSquare * 1e4) / 1e4, batches];
}

/** Whether stable breaks the same limit, and whether the candidate is worse than stable: one bet each. */
function gatherWorld(
  { stableBreaks, candidateWorse }: NonNullable<EvidenceTest["world"]>,
  old: Sums,
  look: number,
  batch: Required<Batch> | undefined,
  factor: number,
): Sums {
  const counted = batch && batch.stable.total > 0 ? batch : undefined;
  const alone = counted && { candidate: counted.stable };
  return [
    gatherBet(stableBreaks, old[0], look, alone, factor),
    gatherBet(candidateWorse, old[1], look, counted, factor),
  ];
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
    return noData("no-traffic", `${metric} saw no ${test.unit} of the candidate.`);
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

/** Beyond the last bucket no request could ever be seen to be too slow: such a limit would only ever pass. */
function saturated(test: EvidenceTest, measured: Usable): NoData | undefined {
  if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return undefined;
  const last = measured.buckets.findLast(({ le }) => Number.isFinite(le))?.le;
  if (last === undefined || test.bound <= last) return undefined;
  const message = `${test.metric} has no bucket beyond ${last} ms, so \`${test.text}\` could never be seen to break; add buckets, or limit it at ${last}ms at most.`;
  return noData("saturated-histogram", message);
}

/** Where the buckets cannot tell slow from fast; nothing when the limit is one of their bounds. */
function blindZone(test: EvidenceTest, measured: Usable | NoData): EvidenceState["blind"] {
  if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return undefined;
  const { from, to } = slowRequests(measured.buckets, test.bound).blind;
  if (from === to) return undefined;
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function spanOf(
  test: EvidenceTest,
  measured: Usable | NoData | undefined,
  bounds: Bounds | undefined,
  who: "candidate" | "stable",
): Span | undefined {
  if (measured === undefined || measured.kind === "no-data") return undefined;
  const { from, to } = measured.window;
  if (measured.kind === "counts") {
    const arm = { total: measured.total, bad: measured.bad };
    return { from, to, fail: arm, pass: arm };
  }
  const arms = armsOf(test, measured, bounds, who);
  if (arms === undefined) return undefined;
  const { fail, pass } = arms;
  return { from, to, ...(fail && { fail }), ...(pass && { pass }) };
}

/** What a look's buckets count against and for this version; undefined when they cannot be counted yet. */
function armsOf(
  test: EvidenceTest,
  measured: Usable,
  bounds: Bounds | undefined,
  who: "candidate" | "stable",
): Arms | undefined {
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
function boundsFor(test: EvidenceTest, stable: Pair["stable"]): Bounds | undefined {
  if (test.counts !== "slow" || !test.relative || stable?.kind !== "histogram") return undefined;
  return chooseBounds(test, stable.buckets);
}

function chooseBounds(test: EvidenceTest, buckets: Buckets): Bounds | undefined {
  if ((buckets.at(-1)?.count ?? 0) < ENOUGH_FOR_BOUND) return undefined;
  const at = quantileBound(buckets, test.quantile);
  if (at === undefined) return undefined;
  const { blind } = slowRequests(buckets, at * test.bound);
  return { at, pass: blind.from ?? at, ...(blind.to !== undefined && { fail: blind.to }) };
}

const plus = (seen: Seen, candidate: Arm, stable: Arm): Seen => [
  seen[0] + candidate.total,
  seen[1] + candidate.bad,
  seen[2] + stable.total,
  seen[3] + stable.bad,
];

/** One look in which the candidate's mean was more than `factor` times stable's, or not. */
function slowerMean(test: EvidenceTest, { candidate, stable = NOBODY }: Batch): Batch {
  if (candidate.total === 0 || stable.total === 0) return { candidate: NOBODY };
  const slower = candidate.bad / candidate.total > (test.bound * stable.bad) / stable.total;
  return { candidate: { total: 1, bad: slower ? 1 : 0 } };
}

/** The bet that the run of bad looks is scored with: a doubled risk. */
const RUN_BET = 1;

function extendRun(
  test: EvidenceTest,
  run: EvidenceState["run"],
  batch: Batch,
  { now, startedAt }: Pace,
): EvidenceState["run"] {
  const score = run.score + increment(test.fail, batch, RUN_BET);
  if (!(score > 0)) return { since: now - startedAt, score: 0, seen: NOTHING };
  const rounded = Math.round(score * 1e3) / 1e3;
  return { since: run.since, score: rounded, seen: plus(run.seen, batch.candidate, batch.stable ?? NOBODY) };
}
