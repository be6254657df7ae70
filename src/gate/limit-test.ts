import { type EvidencePlan, planEvidence, type Question } from "../evidence.ts";
import { type Comparison, formatLimit, type Limit } from "../limit.ts";
import type { Dimension } from "../quantity.ts";

/** What one declared metric gives at every look. */
export interface MetricShape {
  readonly kind: "counts" | "histogram" | "value";
  /** What a value, or a histogram's bound, measures; unknown is allowed and cannot be checked against a limit. */
  readonly dimension?: Dimension;
}

/** The gate's parameters that the guarantees depend on. */
export interface Terms {
  readonly alpha: number;
  readonly beta: number;
  /** Planned looks of the whole hold. */
  readonly looks: number;
  /** At least so many bad batches decide. */
  readonly batches: number;
  /** Extra bad share that PASS of a comparison by ratio or `not worse` leaves room for. */
  readonly margin: number;
  readonly hasStable: boolean;
  readonly maxHold: number;
}

interface TestOf {
  readonly limit: Limit;
  readonly text: string;
  readonly metric: string;
  readonly shape: MetricShape;
}

/** A limit the sequential test decides. */
export interface EvidenceTest extends TestOf {
  readonly kind: "evidence";
  /** What a batch counts: bad events, requests slower than a bound, or looks whose mean was too high. */
  readonly counts: "bad" | "slow" | "mean";
  readonly fail: EvidencePlan;
  readonly pass: EvidencePlan;
  /** Whether the candidate is compared with stable. */
  readonly relative: boolean;
  /** Bound of `slow` and `mean`, or the factor between the two versions when relative. */
  readonly bound: number;
  /** The quantile of `slow`, such as 0.95. */
  readonly quantile: number;
  /** Tells a broken candidate from a broken world; only for absolute limits while stable serves. */
  readonly world?: { readonly stableBreaks: EvidencePlan; readonly candidateWorse: EvidencePlan };
}

/** A limit that plain comparison decides: `for`, values and rates. */
export interface StreakTest extends TestOf {
  readonly kind: "streak";
  /** Milliseconds of bad time in a row that break it; 0 when one sample does. */
  readonly for: number;
}

export type LimitTest = EvidenceTest | StreakTest;
export type Compiled = { readonly test: LimitTest } | { readonly problem: string };

/** Bets for "an interval was slower": at most 55 % of them may be by chance, since the arms differ in size. */
const SIGN_LIMIT = 0.55;
const SIGN_RISKS = [1.1, 1.3, 1.55, 1.75] as const;

const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };

export const quantileOf = (limit: Limit): number | undefined => QUANTILES[limit.aggregate ?? ""];

/** The measured metric a limit is about: availability is the other side of the error rate. */
function measuredName(limit: Limit, metrics: Readonly<Record<string, MetricShape>>): string | undefined {
  if (Object.hasOwn(metrics, limit.metric)) return limit.metric;
  return limit.metric === "availability" && Object.hasOwn(metrics, "error-rate") ? "error-rate" : undefined;
}

/** Makes a limit decidable, or says why it cannot be decided. */
export function compileLimit(limit: Limit, metrics: Readonly<Record<string, MetricShape>>, terms: Terms): Compiled {
  const text = formatLimit(limit);
  const metric = measuredName(limit, metrics);
  const shape = metric === undefined ? undefined : metrics[metric];
  if (metric === undefined || shape === undefined) {
    const message = `\`${text}\` limits ${limit.metric}, which nothing measures; declare \`${limit.metric}\` under \`metrics\`.`;
    return { problem: message };
  }
  const problem = unfit(limit, shape, terms);
  if (problem !== undefined) return { problem: `\`${text}\` cannot be judged here: ${problem}` };
  const about = { limit, text, metric, shape };
  if (limit.for !== undefined || shape.kind === "value" || isThroughput(limit)) {
    return { test: { kind: "streak", ...about, for: limit.for ?? 0 } };
  }
  return { test: { kind: "evidence", ...about, ...planTest(limit, shape, terms) } };
}

/** A rate of events, which is no share of anything: compared plainly. */
const isThroughput = ({ demand }: Limit): boolean =>
  demand.op !== "not-worse" && demand.quantity.dimension === "per-second";

/** Why the limit and what is measured do not go together. */
function unfit(limit: Limit, shape: MetricShape, terms: Terms): string | undefined {
  if (limit.aggregate === "growth") return "growth needs hours of history.";
  if (limit.versus === "before") return "no measurements from before the release are kept; compare `vs stable`.";
  if (limit.versus === "stable" && !terms.hasStable) return "no stable version serves beside the candidate.";
  if ((limit.for ?? 0) > terms.maxHold) return "so much bad time in a row does not fit into the longest hold.";
  if (shape.kind === "counts") return unfitCounts(limit);
  if (shape.kind === "histogram") return unfitHistogram(limit, shape);
  return limit.aggregate === undefined ? unfitDimension(limit, shape) : "a value has no aggregate; limit it alone.";
}

function unfitCounts(limit: Limit): string | undefined {
  if (limit.aggregate !== undefined) return `counts of events have no ${limit.aggregate}.`;
  if (limit.demand.op === "not-worse" || limit.versus || isThroughput(limit)) return undefined;
  const { op, quantity } = limit.demand;
  if (quantity.dimension !== "share") return "counts of bad events are limited by a share, such as `1%`.";
  if (op === "=") return "a share is never proven to be exactly a number; write `<` or `>=`.";
  const share = badShare(op, quantity.value);
  if (share > 0 && share < 1) return undefined;
  return "no number of requests proves it; write the largest share you accept, such as `0.1%`.";
}

function unfitHistogram(limit: Limit, shape: MetricShape): string | undefined {
  if (limit.aggregate === "max") return "buckets do not show the maximum; limit `p99`.";
  if (limit.aggregate === undefined) return "say which aggregate, such as `p95` or `mean`.";
  if (limit.demand.op === "not-worse") return undefined;
  const { op, quantity } = limit.demand;
  if (!op.startsWith("<")) return "a slow-down is limited from above; write `<` or `<=`.";
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

type Planned = Omit<EvidenceTest, keyof TestOf | "kind">;

function planTest(limit: Limit, shape: MetricShape, terms: Terms): Planned {
  const quantile = quantileOf(limit) ?? 0;
  const value = limit.demand.op === "not-worse" ? 1 : limit.demand.quantity.value;
  const relative = limit.versus === "stable";
  const bound = { bound: value, quantile, relative };
  if (shape.kind === "histogram" && limit.aggregate === "mean") {
    return { counts: "mean", ...bound, ...plans({ limit: SIGN_LIMIT }, { limit: SIGN_LIMIT }, terms, SIGN_RISKS) };
  }
  if (shape.kind === "histogram") {
    const absolute = { limit: 1 - quantile };
    const [fail, pass] = relative ? [NOT_WORSE, { ...NOT_WORSE, margin: terms.margin }] : [absolute, absolute];
    return { counts: "slow", ...bound, ...plans(fail, pass, terms), ...(relative ? {} : world(absolute.limit, terms)) };
  }
  if (relative) return { counts: "bad", ...bound, ...plans(...boundaries(limit, terms), terms) };
  const share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
  return { counts: "bad", ...bound, ...plans({ limit: share }, { limit: share }, terms), ...world(share, terms) };
}

const NOT_WORSE = { ratio: 1, margin: 0 } as const;

/** Boundaries of FAIL and PASS. A ratio of nothing is nothing: PASS needs the margin, or no errors would prove nothing. */
function boundaries({ demand }: Limit, { margin }: Terms): readonly [Question, Question] {
  if (demand.op === "not-worse") return [NOT_WORSE, { ratio: 1, margin }];
  const { dimension, value } = demand.quantity;
  if (dimension === "points")
    return [
      { ratio: 1, margin: value },
      { ratio: 1, margin: value > 0 ? value : margin },
    ];
  return [
    { ratio: value, margin: 0 },
    { ratio: value, margin },
  ];
}

function plans(fail: Question, pass: Question, terms: Terms, risks?: readonly number[]) {
  const { alpha, beta, looks, batches } = terms;
  const betting = risks === undefined ? {} : { risks };
  return {
    fail: planEvidence(fail, "worse", { looks, batches, level: alpha, ...betting }),
    pass: planEvidence(pass, "better", { looks: 1, level: beta }),
  };
}

/** One bet each: they only decide whether the candidate or the world around it is broken. */
function world(share: number, { hasStable, looks }: Terms): Pick<EvidenceTest, "world"> {
  if (!hasStable) return {};
  const options = { looks, risks: [2] };
  return {
    world: {
      stableBreaks: planEvidence({ limit: share }, "worse", options),
      candidateWorse: planEvidence(NOT_WORSE, "worse", options),
    },
  };
}
