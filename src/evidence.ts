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
import { oneArmLaw, spareEvidence, twoArmLaw } from "./evidence/overshoot.ts";

/**
 * What is asked of the candidate: that its bad share stays below an absolute limit, or below a boundary set by stable.
 * `worse` gathers evidence that it does not (FAIL), `better` that it does (PASS).
 */
export type Question = { readonly limit: number } | Boundary;
export type Side = "worse" | "better";

/** How a running e-value is mixed, whatever its bets are about. */
export interface Mixture {
  /** Everything the bound depends on, in one line: evidence gathered under one plan proves nothing under another. */
  readonly id: string;
  /** How many bets share the evidence, each with the same weight. */
  readonly size: number;
  /** Number of looks over which the start of a defect is spread; 1 is the plain e-process. */
  readonly looks: number;
  /** Share of the bet laid on "from the first look on". */
  readonly fromStart: number;
  /** Looks from one start that is bet on to the next. */
  readonly startsEvery: number;
  /** The most one batch may add, natural log. */
  readonly cap: number;
  /** 10^decimals when sums are rounded down, else 0. */
  readonly grain: number;
}

export interface EvidencePlan extends Mixture {
  readonly question: Question;
  /** The question's, where it is about two arms. */
  readonly boundary: Boundary | undefined;
  readonly side: Side;
  /** Bets of the grid mixture: relative risks for two arms, shares for one. */
  readonly bets: readonly number[];
  /** Per bet, what one bad event adds: ln R for two arms, ln(q/p) for one. */
  readonly perBad: readonly number[];
  /** Per bet, what one good event adds; used for one arm only. */
  readonly perGood: readonly number[];
  /** ln of the e-value that decides, beyond which evidence would be wasted; Infinity when nothing is to be won back. */
  readonly decides: number;
}

export interface MixtureOptions {
  /** Default 1. Planned looks of the whole gate when defects that begin later shall be found soon. */
  readonly looks?: number;
  /** Default 0.5; ignored when `looks` is 1. */
  readonly fromStart?: number;
  /**
   * Default 1: a defect may begin at any look. With 5, bets are on every fifth look alone: each is five times as large,
   * which is worth ln 5, and comes two looks late on average.
   */
  readonly startsEvery?: number;
  /** At least so many batches decide, however bad one is: needs `level`. Default 1, no cap. */
  readonly batches?: number;
  /** The error bound that `batches` refers to, such as 0.01. */
  readonly level?: number;
  /** Rounds sums down to so many decimals, so that they stay short as JSON. Less evidence keeps the bound. */
  readonly decimals?: number;
}

export interface PlanOptions extends MixtureOptions {
  /** Relative risks to bet on; default the grid of the side. */
  readonly risks?: readonly number[];
  /** ln of the e-value that decides: evidence beyond it is won back (`spareEvidence`). Default: none is. */
  readonly decides?: number;
}

/** A running e-value as plain JSON: ln of the product per bet; empty before the first look. */
export type Sums = readonly number[];

export const NO_EVIDENCE: Sums = [];

/**
 * Fixes how a running e-value is mixed; `about` names its bets.
 *
 * The cap is `(ln(1/level) + ln K) / batches` for K bets: clipping an e-value from above keeps it valid.
 */
export function planMixture(about: string, size: number, options: MixtureOptions): Mixture {
  const { looks = 1, fromStart = 0.5, startsEvery = 1, batches = 1, level = 1, decimals } = options;
  const weight = looks > startsEvery ? fromStart : 1;
  const spaced = startsEvery > 1 ? ` e=${startsEvery}` : "";
  const capped = batches > 1 ? ` m=${batches} a=${level}` : "";
  const rounded = decimals === undefined ? "" : ` d=${decimals}`;
  return {
    id: `${about} T=${looks} w=${weight}${spaced}${capped}${rounded}`,
    size,
    looks,
    fromStart: weight,
    startsEvery,
    cap: batches > 1 ? (Math.log(1 / level) + Math.log(size)) / batches : Number.POSITIVE_INFINITY,
    grain: decimals === undefined ? 0 : 10 ** decimals,
  };
}

/** Fixes everything the guarantee depends on. */
export function planEvidence(question: Question, side: Side, options: PlanOptions = {}): EvidencePlan {
  const { risks, decides = Number.POSITIVE_INFINITY } = options;
  const grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS);
  const limit = "limit" in question ? question.limit : undefined;
  const bets = limit === undefined ? grid : oneArmBets(limit, grid);
  const about = "limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`;
  const wonBack = Number.isFinite(decides) ? ` c=${decides}` : "";
  return {
    ...planMixture(`${side} ${about} R=${grid.join(",")}${wonBack}`, grid.length, options),
    question,
    boundary: "limit" in question ? undefined : question,
    side,
    bets,
    perBad: bets.map((bet) => Math.log(limit === undefined ? bet : bet / limit)),
    perGood: limit === undefined ? [] : bets.map((bet) => Math.log1p(-bet) - Math.log1p(-limit)),
    decides,
  };
}

/** ln of the e-value of one batch under bet number `k` of the plan. */
export function increment(plan: EvidencePlan, { candidate, stable }: Batch, k: number): number {
  const perBad = plan.perBad[k] ?? 0;
  const { boundary } = plan;
  if (boundary === undefined) return oneArmIncrement(candidate, perBad, plan.perGood[k] ?? 0);
  return stable === undefined ? 0 : twoArmIncrement(candidate, stable, boundary, plan.bets[k] ?? 1, perBad);
}

/** Later starts up to look number `look`. */
const startsUpTo = ({ looks, startsEvery }: Mixture, look: number): number =>
  Math.floor((Math.min(look, looks) - 1) / startsEvery);

/** Weight of a defect that starts exactly at look number `look`, from 1. */
function weightOf(mixture: Mixture, look: number): number {
  const { looks, fromStart, startsEvery } = mixture;
  if (look === 1) return fromStart;
  return look <= looks && (look - 1) % startsEvery === 0 ? (1 - fromStart) / startsUpTo(mixture, looks) : 0;
}

/** Weight of a defect that starts after look number `look`. */
function weightAfter(mixture: Mixture, look: number): number {
  const all = startsUpTo(mixture, mixture.looks);
  const left = all - startsUpTo(mixture, look);
  return left > 0 ? ((1 - mixture.fromStart) * left) / all : 0;
}

/** The sums with the bets on a defect that starts at this very look. */
function withStart(mixture: Mixture, sums: Sums, look: number): number[] {
  const weight = weightOf(mixture, look);
  // A copy of the sums alone is most of a quiet look.
  if (weight === 0 && sums.length === mixture.size) return sums.slice();
  const logWeight = weight > 0 ? Math.log(weight) : Number.NEGATIVE_INFINITY;
  const started: number[] = [];
  for (let k = 0; k < mixture.size; k++) started.push(logAdd(sums[k] ?? Number.NEGATIVE_INFINITY, logWeight));
  return started;
}

const rounded = ({ grain }: Mixture, sum: number): number => (grain === 0 ? sum : Math.floor(sum * grain) / grain);

/**
 * What look number `look` (from 1, no number left out) adds: a mixture over bets (Robbins' method of mixtures) and over
 * the look at which a defect starts. Without increments the look only passes.
 *
 * Per bet `S <- logadd(S, ln w) + min(increment / dispersion, cap)`. Each start is an e-process that is 1 before it, so
 * the mixture is one (weighted averages of e-values are e-values: Vovk & Wang, "E-values: calibration, combination and
 * applications", Annals of Statistics 2021; the finite-horizon form of Shin, Ramdas & Rinaldo, "E-detectors", 2023).
 *
 * `dispersion` is the variance of the counts relative to independent requests, at least 1.
 */
export function addIncrements(
  mixture: Mixture,
  sums: Sums,
  look: number,
  increments: readonly number[] | undefined,
  dispersion = 1,
): Sums {
  const next = withStart(mixture, sums, look);
  for (let k = 0; k < next.length; k++) {
    const added = increments === undefined ? 0 : Math.min((increments[k] ?? 0) / dispersion, mixture.cap);
    next[k] = rounded(mixture, (next[k] ?? 0) + added);
  }
  return next;
}

/**
 * `addIncrements` for a batch of counts. Where the plan says at which e-value it decides, and this batch could reach it,
 * what would lie beyond is won back (`spareEvidence`).
 */
export function gather(plan: EvidencePlan, sums: Sums, look: number, batch: Batch | undefined, dispersion = 1): Sums {
  const next = withStart(plan, sums, look);
  const spare = batch && dispersion === 1 && mayDecide(plan, next, batch) ? spareOf(plan, next, look, batch) : 0;
  for (let k = 0; k < next.length; k++)
    next[k] = rounded(plan, (next[k] ?? 0) + clipped(plan, batch, k, dispersion) + spare);
  return next;
}

/** `gather` for a plan of one bet that wins nothing back, whose evidence is one number; undefined before the first look. */
export function gatherBet(
  plan: EvidencePlan,
  sum: number | undefined,
  look: number,
  batch: Batch | undefined,
  dispersion = 1,
): number {
  const weight = weightOf(plan, look);
  const started = weight === 0 && sum !== undefined ? sum : logAdd(sum ?? Number.NEGATIVE_INFINITY, Math.log(weight));
  return rounded(plan, started + clipped(plan, batch, 0, dispersion));
}

/** What one batch adds to one bet. */
function clipped(plan: EvidencePlan, batch: Batch | undefined, k: number, dispersion: number): number {
  if (batch === undefined) return 0;
  const added = increment(plan, batch, k) / dispersion;
  return added < plan.cap ? added : plan.cap;
}

/** Whether this batch could decide, if all that is bad in it were the candidate's, and none has: most are far from it. */
function mayDecide(
  { decides, cap, perBad, boundary }: EvidencePlan,
  started: readonly number[],
  batch: Batch,
): boolean {
  if (decides === Number.POSITIVE_INFINITY) return false;
  const { candidate, stable } = batch;
  const events = boundary === undefined ? candidate.total : candidate.bad + (stable?.bad ?? 0);
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < started.length; k++) {
    const reached = (started[k] ?? 0) + Math.min(cap, events * (perBad[k] ?? 0));
    if (reached > most) most = reached;
  }
  // Later starts are no more than 1 together, and half of what decides suffices to look more closely.
  return most + Math.LN2 >= decides;
}

function spareOf(plan: EvidencePlan, started: readonly number[], look: number, batch: Batch): number {
  const { question, cap, decides } = plan;
  const law = "limit" in question ? oneArmLaw(question.limit, batch) : twoArmLaw(question, batch);
  if (law === undefined) return 0;
  const mixed = (bad: number): number => {
    const seen = law.batchWith(bad);
    let sum = 0;
    for (let k = 0; k < started.length; k++)
      sum += Math.exp((started[k] ?? 0) + Math.min(increment(plan, seen, k), cap));
    return sum / started.length;
  };
  const before = started.reduce((sum, start) => sum + Math.exp(start), 0) / started.length;
  return spareEvidence(law, mixed, { before, rest: weightAfter(plan, look), decides: Math.exp(decides) });
}

/**
 * ln of the e-value after look number `look`: `logadd(logsumexp(S) - ln K, ln rest)`, where `rest` is the weight of
 * starts still to come. By Ville's inequality P(e^logE ever >= 1/alpha) <= alpha under the null.
 */
export function logEValue(plan: Mixture, sums: Sums, look: number): number {
  if (sums.length === 0) return 0;
  const mixed = logSumExp(sums) - Math.log(sums.length);
  const rest = weightAfter(plan, look);
  return rest > 0 ? logAdd(mixed, Math.log(rest)) : mixed;
}

/** Whether sums read back from JSON can be continued under this plan. */
export const areWhole = (plan: Mixture, sums: Sums, looks: number): boolean =>
  sums.length === (looks === 0 ? 0 : plan.size) && sums.every(Number.isFinite);

/**
 * A short name of plans, to refuse evidence that was gathered under others: FNV-1a (Fowler, Noll & Vo), 32 bits in
 * base 36. It guards against changed parameters, not against forgers.
 */
export function planMark(plans: readonly Mixture[]): string {
  let hash = 0x811c9dc5;
  for (const character of plans.map(({ id }) => id).join("\n")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** p-value that stays valid however often one looks: `min(1, 1/E)` for the largest e-value reached. */
export const anytimePValue = (largestLogE: number): number => Math.min(1, Math.exp(-largestLogE));
