import { shareInterval } from "../evidence/confidence.ts";
import { type Arm, type Boundary, NOBODY } from "../evidence/increment.ts";
import { beyond, quantileBound } from "../evidence/slow-requests.ts";
import { SLOWER_BETS } from "../evidence/slower.ts";
import { type EvidencePlan, type Mixture, planEvidence, planMark, planMixture, type Question } from "../evidence.ts";
import { type Comparison, formatLimit, type Limit } from "../limit.ts";
import type { Counts, Histogram, NoData, Value } from "../metric-provider.ts";
import type { Dimension } from "../quantity.ts";

/** What one declared metric gives at every look. */
export interface MetricShape {
  readonly kind: "counts" | "histogram" | "value";
  /** What a value, or a histogram's bound, measures; unknown is allowed and cannot be checked against a limit. */
  readonly dimension?: Dimension;
  /**
   * What one event is; requests by default. Where a user's requests stay on one version they are not independent, and
   * only users counted once each, as failed or not, keep the error bounds.
   */
  readonly count?: "requests" | "users";
  /** Whether its events are what the router divided and nothing else, so that their split shows the router's. */
  readonly divided?: boolean;
  /** Milliseconds of the largest bucket bound, where it is known beforehand. */
  readonly reach?: number;
}

/** What was measured of one metric before the release, or why nothing was. */
export type Baseline =
  | Pick<Counts, "kind" | "bad" | "total">
  | Pick<Histogram, "kind" | "buckets">
  | Pick<Value, "kind" | "value">
  | NoData;

/** What a broken limit does: ends the release, asks a person, keeps it waiting, or is only reported. */
export type Level = "fail" | "page" | "hold" | "warn";

/** The gate's parameters that the guarantees depend on. */
export interface Terms {
  readonly alpha: number;
  readonly beta: number;
  /** How many limits share alpha. */
  readonly limits: number;
  /** Planned looks of the whole hold. */
  readonly looks: number;
  /** At least so many bad batches decide. */
  readonly batches: number;
  /** Extra bad share that PASS of a comparison by ratio or `not worse` leaves room for. */
  readonly margin: number;
  readonly hasStable: boolean;
  readonly maxHold: number;
  readonly before: Readonly<Record<string, Baseline>>;
}

interface TestOf {
  readonly limit: Limit;
  readonly text: string;
  readonly metric: string;
  readonly shape: MetricShape;
  readonly level: Level;
}

/** A limit the sequential test decides. */
export interface EvidenceTest extends TestOf {
  readonly kind: "evidence";
  /** What a batch counts: bad events, requests slower than a bound, or looks whose mean was too high. */
  readonly counts: "bad" | "slow" | "mean";
  readonly unit: "request" | "user" | "look";
  readonly fail: EvidencePlan;
  readonly pass: EvidencePlan;
  /** What both e-values must exceed besides, natural log: ln 2 where half of the error went into the baseline. */
  readonly handicap: number;
  /** Whether the candidate is compared with stable. */
  readonly relative: boolean;
  /** Bound of `slow` and `mean`, or the factor between the two versions when relative. */
  readonly bound: number;
  /** The quantile of `slow`, such as 0.95. */
  readonly quantile: number;
  /** Tells a broken candidate from a broken world; only for absolute limits while stable serves. */
  readonly world?: { readonly stableBreaks: EvidencePlan; readonly candidateWorse: EvidencePlan };
  /** `planMark` of all the plans. */
  readonly mark: string;
}

/** A limit on all of the latency beside stable's: by where requests lie, and by the mean of each look. */
export interface LatencyTest extends TestOf {
  readonly kind: "latency";
  /** How many times slower the candidate may be. */
  readonly bound: number;
  /** That the candidate's requests lie further up among stable's: `SLOWER_BETS`. */
  readonly fail: Mixture;
  /** Where PASS compares how many are slower. */
  readonly thresholds: readonly { readonly quantile: number; readonly pass: EvidencePlan }[];
  readonly sign: EvidencePlan;
  readonly mark: string;
}

/** A limit that plain comparison decides: `for`, values and rates. */
export interface StreakTest extends TestOf {
  readonly kind: "streak";
  /** Milliseconds of bad time in a row that break it; 0 when one sample does. */
  readonly for: number;
  /** The value before the release, when it is compared with that. */
  readonly before?: number;
}

/** A limit on how fast a value grows, decided once by the slope over the whole hold. */
export interface GrowthTest extends TestOf {
  readonly kind: "growth";
  /** Share of the first value per hour. */
  readonly bound: number;
}

/** A limit whose baseline is missing: nothing it sees can prove it. */
export interface BaselessTest extends TestOf {
  readonly kind: "baseless";
  readonly missing: NoData;
}

export type LimitTest = EvidenceTest | LatencyTest | StreakTest | GrowthTest | BaselessTest;
export type Compiled = { readonly test: LimitTest } | { readonly problem: string };

/** Bets for "an interval was slower": at most 55 % of them may be by chance, since the arms differ in size. */
const SIGN_LIMIT = 0.55;
const SIGN_RISKS = [1.1, 1.3, 1.55, 1.75] as const;

/** What the sign of the means weighs beside the buckets: enough to find in a dozen looks what they do not show. */
export const SIGN_WEIGHT = 0.1;

/** Where PASS compares two latencies, and the bet that a candidate like stable wins soonest. */
const THRESHOLDS = [
  { quantile: 0.5, better: [0.9] },
  { quantile: 0.9, better: [0.8] },
  { quantile: 0.99, better: [0.6] },
] as const;

/**
 * How many more requests PASS leaves room for beyond stable's quantile: a fifth more than there are, 0.5 to 5 points.
 * To prove less takes hundreds of thousands of requests, and a gate that never passes is of no use.
 */
const roomBeyond = (quantile: number, { margin }: Terms): Boundary => ({
  ratio: 1,
  margin: Math.max(margin, Math.min(0.05, 0.2 * (1 - quantile))),
});

/** Most regressions are there from the first request on; the rest of the bet is spread over later starts. */
const FROM_START = 0.9;
/** In a long gate bets are on every fifth look: a look in which nothing starts costs a third less, too. */
const startsEvery = (looks: number): number => (looks < 100 ? 1 : 5);
/** Sums are kept to five decimals: all of a limit fit into a short line of JSON, and a day of looks loses 0.01. */
const DECIMALS = 5;

const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };

export const quantileOf = (limit: Limit): number | undefined => QUANTILES[limit.aggregate ?? ""];

/** The measured metric a limit is about: availability is the other side of the error rate. */
function measuredName(limit: Limit, metrics: Readonly<Record<string, MetricShape>>): string | undefined {
  if (Object.hasOwn(metrics, limit.metric)) return limit.metric;
  return limit.metric === "availability" && Object.hasOwn(metrics, "error-rate") ? "error-rate" : undefined;
}

/** Makes a limit decidable, or says why it cannot be decided. */
export function compileLimit(
  limit: Limit,
  wanted: "fail" | "page" | "warn",
  metrics: Readonly<Record<string, MetricShape>>,
  terms: Terms,
): Compiled {
  const text = formatLimit(limit);
  const metric = measuredName(limit, metrics);
  const shape = metric === undefined ? undefined : metrics[metric];
  if (metric === undefined || shape === undefined) {
    const message = `\`${text}\` limits ${limit.metric}, which nothing measures; declare \`${limit.metric}\` under \`metrics\`.`;
    return { problem: message };
  }
  const before = limit.versus === "before" && Object.hasOwn(terms.before, metric) ? terms.before[metric] : undefined;
  const problem = unfit(limit, shape, terms, before);
  if (problem !== undefined) return { problem: `\`${text}\` cannot be judged here: ${problem}` };
  // Before and after differ in more than the version: such a comparison never sends traffic back by itself.
  const level: Level = wanted === "fail" && limit.versus === "before" ? "hold" : wanted;
  const about = { limit, text, metric, shape, level };
  if (before?.kind === "no-data") return { test: { kind: "baseless", ...about, missing: before } };
  if (isWholeLatency(limit, shape)) return { test: { kind: "latency", ...about, ...planLatency(limit, terms) } };
  if (limit.aggregate === "growth") return { test: { kind: "growth", ...about, bound: amountOf(limit) } };
  if (limit.for !== undefined || shape.kind === "value" || isThroughput(limit)) {
    const known = before?.kind === "value" ? { before: before.value } : {};
    return { test: { kind: "streak", ...about, for: limit.for ?? 0, ...known } };
  }
  const planned = before ? planAgainst(before, limit, shape, terms) : planTest(limit, shape, terms);
  const { fail, pass, world } = planned;
  const mark = planMark([fail, pass, ...(world ? [world.stableBreaks, world.candidateWorse] : [])]);
  return { test: { kind: "evidence", ...about, ...planned, mark } };
}

const isWholeLatency = ({ aggregate, versus, for: lasting }: Limit, { kind }: MetricShape): boolean =>
  kind === "histogram" && aggregate === undefined && versus === "stable" && lasting === undefined;

function planLatency(limit: Limit, terms: Terms): Omit<LatencyTest, keyof TestOf | "kind"> {
  const { beta, looks, batches } = terms;
  const thresholds = THRESHOLDS.map(({ quantile, better }) => {
    const options = { level: beta, risks: better, decimals: DECIMALS };
    return { quantile, pass: planEvidence(roomBeyond(quantile, terms), "better", options) };
  });
  const mixed = { looks, fromStart: FROM_START, startsEvery: startsEvery(looks), decimals: DECIMALS };
  const fail = planMixture(`slower ${JSON.stringify(SLOWER_BETS)} s=${SIGN_WEIGHT}`, SLOWER_BETS.length, {
    ...mixed,
    batches,
    level: levelOf(terms),
  });
  const decides = decidingAt(terms) - Math.log(SIGN_WEIGHT);
  const sign = planEvidence({ limit: SIGN_LIMIT }, "worse", { ...mixed, risks: SIGN_RISKS, decides });
  const mark = planMark([fail, ...thresholds.map(({ pass }) => pass), sign]);
  return { bound: amountOf(limit), fail, thresholds, sign, mark };
}

const amountOf = ({ demand }: Limit): number => (demand.op === "not-worse" ? 1 : demand.quantity.value);

/** A rate of events, which is no share of anything: compared plainly. */
const isThroughput = ({ demand }: Limit): boolean =>
  demand.op !== "not-worse" && demand.quantity.dimension === "per-second";

/** Why the limit and what is measured do not go together. */
function unfit(limit: Limit, shape: MetricShape, terms: Terms, before: Baseline | undefined): string | undefined {
  if (limit.aggregate === "growth") return unfitGrowth(limit, shape);
  if (limit.versus === "before") {
    const problem = unfitBaseline(limit, shape, before);
    if (problem !== undefined) return problem;
  }
  if (limit.metric === "throughput" && (limit.versus === "stable" || (limit.versus && shape.kind === "counts")))
    return "each version gets its own share of the traffic; limit the rate itself, such as `throughput > 5/s`.";
  if (limit.versus === "stable" && !terms.hasStable) return "no stable version serves beside the candidate.";
  if ((limit.for ?? 0) > terms.maxHold) return "so much bad time in a row does not fit into the longest hold.";
  if (shape.kind === "counts") return unfitCounts(limit);
  if (shape.kind === "histogram") return unfitHistogram(limit, shape);
  return limit.aggregate === undefined ? unfitDimension(limit, shape) : "a value has no aggregate; limit it alone.";
}

function unfitGrowth({ versus, demand, for: lasting }: Limit, shape: MetricShape): string | undefined {
  if (shape.kind !== "value") return "only a value grows; limit the share or the percentile itself.";
  if (versus !== undefined || lasting !== undefined) return "a slope is limited alone, without `vs` and `for`.";
  if (demand.op === "<" || demand.op === "<=") return undefined;
  return "growth is limited from above; write `<` or `<=`.";
}

function unfitBaseline(limit: Limit, shape: MetricShape, before: Baseline | undefined): string | undefined {
  if (before === undefined) return "no measurements from before the release are kept; compare `vs stable`.";
  if (before.kind === "no-data") return unfitAgainst(limit, shape);
  if (before.kind !== shape.kind) return `what was kept from before the release is a ${before.kind}.`;
  if (before.kind === "counts" && !(before.total > 0)) return "nothing was served before the release.";
  return unfitAgainst(limit, shape) ?? (before.kind === "histogram" ? unshown(limit, before) : undefined);
}

/** What no baseline could help with. */
function unfitAgainst(limit: Limit, shape: MetricShape): string | undefined {
  if (limit.for !== undefined && shape.kind !== "value") return "`for` compares with `stable`, not with before.";
  if (limit.aggregate === "mean" && shape.kind === "histogram")
    return "a mean from before the release says too little; limit a percentile.";
  return undefined;
}

const unshown = (limit: Limit, before: Pick<Histogram, "buckets">): string | undefined =>
  quantileBound(before.buckets, quantileOf(limit) ?? 0) === undefined
    ? "the buckets from before the release do not show this percentile."
    : undefined;

function unfitCounts(limit: Limit): string | undefined {
  if (limit.aggregate !== undefined) return `counts of events have no ${limit.aggregate}.`;
  if (limit.demand.op === "not-worse" || isThroughput(limit)) return undefined;
  const { op, quantity } = limit.demand;
  if (limit.versus !== undefined)
    return op.startsWith("<") ? undefined : "two shares of bad events are compared from above; write `<` or `<=`.";
  if (quantity.dimension !== "share") return "counts of bad events are limited by a share, such as `1%`.";
  if (op === "=") return "a share is never proven to be exactly a number; write `<` or `>=`.";
  const share = badShare(op, quantity.value);
  if (share > 0 && share < 1) return undefined;
  return "no number of requests proves it; write the largest share you accept, such as `0.1%`.";
}

function unfitHistogram(limit: Limit, shape: MetricShape): string | undefined {
  if (limit.aggregate === "max") return "buckets do not show the maximum; limit `p99`.";
  const whole = limit.versus === "stable" && limit.for === undefined;
  if (limit.aggregate === undefined && !whole) return "say which aggregate, such as `p95` or `mean`.";
  if (limit.demand.op === "not-worse") return undefined;
  const { op, quantity } = limit.demand;
  if (!op.startsWith("<")) return "a slow-down is limited from above; write `<` or `<=`.";
  const { reach = Number.POSITIVE_INFINITY } = shape;
  if (limit.versus === undefined && limit.aggregate !== "mean" && quantity.value > reach)
    return `its last bucket ends at ${reach} ms, so nothing could be seen to break it; limit it there or below.`;
  if (quantity.dimension === "points") return "compare by a factor, such as `1.2x`.";
  return unfitDimension(limit, shape);
}

function unfitDimension({ demand, versus }: Limit, { dimension }: MetricShape): string | undefined {
  if (demand.op === "not-worse" || versus !== undefined || dimension === undefined) return undefined;
  const found = demand.quantity.dimension;
  return found === dimension ? undefined : `the metric is a ${dimension}, the limit a ${found}.`;
}

/** The share of bad events that a limit from above, or a success share from below, allows. */
const badShare = (op: Comparison, share: number): number => (op.startsWith(">") ? 1 - share : share);

type Planned = Omit<EvidenceTest, keyof TestOf | "kind" | "mark">;

function planTest(limit: Limit, shape: MetricShape, terms: Terms): Planned {
  const quantile = quantileOf(limit) ?? 0;
  const value = amountOf(limit);
  const relative = limit.versus === "stable";
  const unit = shape.count === "users" ? "user" : "request";
  const about = { unit, bound: value, quantile, relative } as const;
  if (shape.kind === "histogram" && limit.aggregate === "mean") {
    const sign = { limit: SIGN_LIMIT };
    return { ...about, counts: "mean", unit: "look", ...plans(sign, sign, terms, 0, SIGN_RISKS) };
  }
  if (shape.kind === "histogram") {
    const absolute = { limit: 1 - quantile };
    const [fail, pass] = relative ? [NOT_WORSE, roomBeyond(quantile, terms)] : [absolute, absolute];
    return {
      ...about,
      counts: "slow",
      ...plans(fail, pass, terms, 0),
      ...(relative ? {} : world(absolute.limit, terms)),
    };
  }
  if (relative) return { ...about, counts: "bad", ...plans(...boundaries(limit, terms), terms, 0) };
  const share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
  return { ...about, counts: "bad", ...plans({ limit: share }, { limit: share }, terms, 0), ...world(share, terms) };
}

const NOT_WORSE = { ratio: 1, margin: 0 } as const;

/** Boundaries of FAIL and PASS. A ratio of nothing is nothing: PASS needs the margin, or no errors would prove nothing. */
function boundaries({ demand }: Limit, { margin }: Terms): readonly [Boundary, Boundary] {
  if (demand.op === "not-worse") return [NOT_WORSE, { ratio: 1, margin }];
  const { dimension, value } = demand.quantity;
  if (dimension === "points") {
    return [
      { ratio: 1, margin: value },
      { ratio: 1, margin: value > 0 ? value : margin },
    ];
  }
  return [
    { ratio: value, margin: 0 },
    { ratio: value, margin },
  ];
}

/** A share that no bet can reach, and one that none can fall below, would make plans that never decide. */
const asShare = (share: number): number => Math.min(0.999, Math.max(1e-6, share));

/**
 * Against what was recorded: the shares that the baseline does not exclude at half of the error, FAIL from their upper
 * end and PASS from their lower; the other half of the error is the e-value's, hence the handicap of ln 2.
 */
function planAgainst(before: Baseline, limit: Limit, shape: MetricShape, terms: Terms): Planned {
  const quantile = quantileOf(limit) ?? 0;
  const unit = shape.count === "users" ? ("user" as const) : ("request" as const);
  const about = { unit, quantile, relative: false };
  const margins =
    before.kind === "counts" ? boundaries(limit, terms) : ([NOT_WORSE, roomBeyond(quantile, terms)] as const);
  const [highest, lowest] = [terms.alpha, terms.beta].map((error) => {
    const { bad, total } = baselineArm(before, quantile);
    return shareInterval(bad, total, error / 2);
  });
  const [fail, pass] = margins;
  const questions = [
    { limit: asShare(fail.ratio * (highest?.upper ?? 1) + fail.margin) },
    { limit: asShare(pass.ratio * (lowest?.lower ?? 0) + pass.margin) },
  ] as const;
  if (before.kind !== "histogram")
    return { ...about, counts: "bad", bound: 1, ...plans(...questions, terms, Math.LN2) };
  const bound = (quantileBound(before.buckets, quantile) ?? 0) * amountOf(limit);
  return { ...about, counts: "slow", bound, ...plans(...questions, terms, Math.LN2) };
}

/** The events before the release, and how many of them were bad or beyond the quantile's bound. */
function baselineArm(before: Baseline, quantile: number): Arm {
  if (before.kind === "counts") return before;
  if (before.kind !== "histogram") return NOBODY;
  return beyond(before.buckets, quantileBound(before.buckets, quantile) ?? 0) ?? NOBODY;
}

/** So many batches are to suffice when one limit of several, begun from the start, is broken as badly as can be. */
const levelOf = ({ alpha, limits }: Terms): number => (alpha / limits) * FROM_START;

/** ln of the e-value at which one limit decides, whatever the others of its family say. */
const decidingAt = ({ alpha, limits }: Terms): number => Math.log(limits / alpha);

function plans(fail: Question, pass: Question, terms: Terms, handicap: number, risks?: readonly number[]) {
  const { beta, looks, batches } = terms;
  const mixed = { looks, fromStart: FROM_START, startsEvery: startsEvery(looks), decimals: DECIMALS };
  const capped = { batches, level: levelOf(terms) };
  const decides = decidingAt(terms) + handicap;
  return {
    handicap,
    fail: planEvidence(fail, "worse", { ...mixed, ...capped, decides, ...(risks !== undefined && { risks }) }),
    pass: planEvidence(pass, "better", { looks: 1, level: beta, decimals: DECIMALS }),
  };
}

/** One bet each: they only decide whether the candidate or the world around it is broken. */
function world(share: number, { hasStable, looks }: Terms): Pick<EvidenceTest, "world"> {
  if (!hasStable) return {};
  const options = { looks, startsEvery: startsEvery(looks), risks: [2], decimals: DECIMALS };
  return {
    world: {
      stableBreaks: planEvidence({ limit: share }, "worse", options),
      candidateWorse: planEvidence(NOT_WORSE, "worse", options),
    },
  };
}
