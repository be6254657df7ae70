import type { EvidencePlan, Sums } from "../evidence.ts";
import { xLogY } from "./log-space.ts";

/** What the true shares might be, and how many requests stable gets per request of the candidate. */
export interface Expectation {
  readonly candidate: number;
  readonly stable?: number;
  readonly stablePerCandidate?: number;
}

interface Drift {
  /** Mean and variance of the evidence that one request of the candidate brings, natural log. */
  readonly growth: number;
  readonly variance: number;
}

function oneArmDrift(limit: number, bet: number, share: number): Drift {
  const bad = Math.log(bet / limit);
  const good = Math.log1p(-bet) - Math.log1p(-limit);
  const growth = share * bad + (1 - share) * good;
  return { growth, variance: share * (1 - share) * (bad - good) ** 2 };
}

function twoArmDrift(ratio: number, margin: number, bet: number, expected: Expectation): Drift {
  const { candidate, stable = 0, stablePerCandidate: s = 1 } = expected;
  const scale = (ratio + s) / (bet * ratio + s);
  const a = bet * scale;
  const growth = xLogY(candidate, a) + s * xLogY(stable, scale) - margin * (a - 1);
  return { growth, variance: candidate * Math.log(a) ** 2 + s * stable * Math.log(scale) ** 2 };
}

const drift = ({ question }: EvidencePlan, bet: number, expected: Expectation): Drift =>
  "limit" in question
    ? oneArmDrift(question.limit, bet, expected.candidate)
    : twoArmDrift(question.ratio, question.margin, bet, expected);

/** Standard normal quantile of 80 %: the power that plans are made for. */
const Z80 = 0.8416212335729143;

export interface TrafficNeeded {
  /** Requests of the candidate after which a gate has decided in four of five cases; Infinity when it never will. */
  readonly requests: number;
  /** The bet that decides soonest; undefined when none grows. */
  readonly bet: number | undefined;
}

/**
 * How many requests of the candidate a decision needs: over bets whose evidence grows, the least
 * `N = ((z sqrt v + sqrt(z^2 v + 4 g H)) / 2g)^2` with growth g and variance v per request and `H = phi ln(K / level)`,
 * the first-passage quantile of a random walk with drift (Wald 1947; Siegmund, "Sequential Analysis", 1985).
 */
export function trafficNeeded(
  plan: EvidencePlan,
  expected: Expectation,
  options: { readonly level: number; readonly dispersion?: number },
): TrafficNeeded {
  const { level, dispersion = 1 } = options;
  const height = dispersion * Math.log(plan.bets.length / level);
  let best: TrafficNeeded = { requests: Number.POSITIVE_INFINITY, bet: undefined };
  for (const bet of plan.bets) {
    const { growth, variance } = drift(plan, bet, expected);
    if (!(growth > 0)) continue;
    const spread = Z80 * Math.sqrt(dispersion * variance);
    const requests = ((spread + Math.sqrt(spread ** 2 + 4 * growth * height)) / (2 * growth)) ** 2;
    if (requests < best.requests) best = { requests, bet };
  }
  return best;
}

/**
 * Further requests of the candidate until `sums` reach 1/level if shares stay as expected; Infinity when no bet
 * grows. Each bet alone decides once its sum reaches `ln(K / level)`.
 */
export function requestsLeft(
  plan: EvidencePlan,
  sums: Sums,
  expected: Expectation,
  options: { readonly level: number; readonly dispersion?: number },
): number {
  const height = Math.log(plan.bets.length / options.level);
  let least = Number.POSITIVE_INFINITY;
  plan.bets.forEach((bet, k) => {
    const growth = drift(plan, bet, expected).growth / (options.dispersion ?? 1);
    if (growth > 0) least = Math.min(least, Math.max(0, height - (sums[k] ?? 0)) / growth);
  });
  return Math.ceil(least);
}

/** Minutes that `requests` of the candidate take at its share of the traffic. */
export const minutesFor = (requests: number, requestsPerMinute: number, weight: number): number =>
  requests / (requestsPerMinute * (weight / 100));
