import {
  type Batch,
  BETTER_BETS,
  type Boundary,
  oneArmBets,
  oneArmIncrement,
  twoArmIncrement,
  WORSE_BETS,
} from "./evidence/increment.ts";
import { logAdd, logSumExp } from "./evidence/log-space.ts";

/**
 * What is asked of the candidate: that its bad share stays below an absolute limit, or below a boundary set by stable.
 * `worse` gathers evidence that it does not (FAIL), `better` that it does (PASS).
 */
export type Question = { readonly limit: number } | Boundary;
export type Side = "worse" | "better";

export interface EvidencePlan {
  readonly question: Question;
  readonly side: Side;
  /** Everything the bound depends on, in one line: evidence gathered under one plan proves nothing under another. */
  readonly id: string;
  /** Bets of the grid mixture: relative risks for two arms, shares for one. */
  readonly bets: readonly number[];
  /** Number of batches over which the start of a defect is spread; 1 is the plain e-process. */
  readonly looks: number;
  /** Share of the bet laid on "from the first batch on". */
  readonly fromStart: number;
  /** The most one batch may add, natural log. */
  readonly cap: number;
}

export interface PlanOptions {
  /** Default 1. Planned looks of the whole gate when defects that begin later shall be found soon. */
  readonly looks?: number;
  /** Default 0.5; ignored when `looks` is 1. */
  readonly fromStart?: number;
  /** At least so many batches decide, however bad one is: needs `level`. Default 1, no cap. */
  readonly batches?: number;
  /** The error bound that `batches` refers to, such as 0.01. */
  readonly level?: number;
  /** Relative risks to bet on; default the grid of the side. */
  readonly risks?: readonly number[];
}

/** A running e-value as plain JSON. By Ville's inequality P(e^logE ever >= 1/alpha) <= alpha under the null. */
export interface Evidence {
  /** The plan's `id`. */
  readonly plan: string;
  /** Batches gathered. */
  readonly looks: number;
  /** ln of the running product per bet; empty before the first batch. */
  readonly sums: readonly number[];
  readonly logE: number;
  /** The largest `logE` so far; `min(1, e^-max)` is a p-value valid at any time. */
  readonly maxLogE: number;
}

/**
 * Fixes everything the guarantee depends on.
 *
 * The cap is `(ln(1/level) + ln K) / batches` for K bets: clipping an e-value from above keeps it valid.
 */
export function planEvidence(question: Question, side: Side, options: PlanOptions = {}): EvidencePlan {
  const { looks = 1, fromStart = 0.5, batches = 1, level = 1, risks } = options;
  const grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS);
  const bets = "limit" in question ? oneArmBets(question.limit, grid) : grid;
  const cap = batches > 1 ? (Math.log(1 / level) + Math.log(grid.length)) / batches : Number.POSITIVE_INFINITY;
  const weight = looks > 1 ? fromStart : 1;
  const about = "limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`;
  const capped = batches > 1 ? ` m=${batches} a=${level}` : "";
  const betting = risks ? ` R=${risks.join(",")}` : "";
  const id = `${side} ${about} T=${looks} w=${weight}${capped}${betting}`;
  return { question, side, id, bets, looks, fromStart: weight, cap };
}

export const newEvidence = (plan: EvidencePlan): Evidence => ({
  plan: plan.id,
  looks: 0,
  sums: [],
  logE: 0,
  maxLogE: 0,
});

/** ln of the e-value of one batch under one bet of the plan. */
export function increment(plan: EvidencePlan, { candidate, stable }: Batch, bet: number): number {
  if ("limit" in plan.question) return oneArmIncrement(candidate, plan.question.limit, bet);
  return stable === undefined ? 0 : twoArmIncrement(candidate, stable, plan.question, bet);
}

/** Weight of a defect that starts exactly at batch `look`, and of all later starts together. */
function startWeights(
  { looks, fromStart }: EvidencePlan,
  look: number,
): { readonly now: number; readonly later: number } {
  if (looks === 1) return { now: look === 1 ? 1 : 0, later: 0 };
  const each = (1 - fromStart) / (looks - 1);
  return { now: look === 1 ? fromStart : look <= looks ? each : 0, later: Math.max(0, looks - look) * each };
}

/**
 * One more batch: a mixture over bets (Robbins' method of mixtures) and over the batch at which a defect starts.
 *
 * Per bet `S <- logadd(S, ln w) + min(increment / dispersion, cap)`, then
 * `logE = logadd(logsumexp(S) - ln K, ln rest)`, where `rest` is the weight of starts still to come. Each start is an
 * e-process that is 1 before it, so the mixture is one (weighted averages of e-values are e-values: Vovk & Wang,
 * "E-values: calibration, combination and applications", Annals of Statistics 2021; the finite-horizon form of Shin,
 * Ramdas & Rinaldo, "E-detectors", 2023).
 *
 * `dispersion` is the variance of the counts relative to independent requests, at least 1.
 */
export function gather(plan: EvidencePlan, evidence: Evidence, batch: Batch, dispersion = 1): Evidence {
  const looks = evidence.looks + 1;
  const weight = startWeights(plan, looks);
  const logNow = Math.log(weight.now);
  const sums = plan.bets.map((bet, k) => {
    const added = Math.min(increment(plan, batch, bet) / dispersion, plan.cap);
    return logAdd(evidence.sums[k] ?? Number.NEGATIVE_INFINITY, logNow) + added;
  });
  const logE = logAdd(logSumExp(sums) - Math.log(sums.length), Math.log(weight.later));
  return { plan: plan.id, looks, sums, logE, maxLogE: Math.max(evidence.maxLogE, logE) };
}

/** Evidence read back from JSON, or why it cannot be continued: other parameters or odd numbers void the bound. */
export function resumeEvidence(
  plan: EvidencePlan,
  saved: Evidence,
): { readonly evidence: Evidence } | { readonly refused: string } {
  if (saved.plan !== plan.id) {
    return { refused: `The evidence was gathered under "${saved.plan}" and cannot be continued under "${plan.id}".` };
  }
  const numbers = [saved.looks, saved.logE, saved.maxLogE, ...saved.sums];
  const expected = saved.looks === 0 ? 0 : plan.bets.length;
  if (saved.sums.length !== expected || !numbers.every(Number.isFinite)) {
    return { refused: `The saved evidence for "${plan.id}" is not whole.` };
  }
  return { evidence: saved };
}

/** p-value that stays valid however often one looks: `min(1, e^-maxLogE)`. */
export const anytimePValue = ({ maxLogE }: Evidence): number => Math.min(1, Math.exp(-maxLogE));
