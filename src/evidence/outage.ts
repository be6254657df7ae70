import type { Batch } from "./increment.ts";

const REQUESTS = 20;
const CANDIDATE_BAD = 0.5;
const STABLE_BAD = 0.25;

/** Consecutive batches that are outages before traffic leaves the candidate. */
export const OUTAGE_BATCHES = 2;

/**
 * A batch so bad that no long good run may outvote it: at least 20 requests, half of them bad, while stable is well.
 * By the binomial tail P(10 or more bad of 20) is 1.1e-8 at a true share of 5 %.
 */
export function isOutage({ candidate, stable }: Batch): boolean {
  if (stable === undefined || !(stable.total > 0) || candidate.total < REQUESTS) return false;
  return candidate.bad >= CANDIDATE_BAD * candidate.total && stable.bad < STABLE_BAD * stable.total;
}

/** P(at least `k` bad of `n`) at share `p`, the binomial tail that justifies the thresholds. */
export function binomialTail(n: number, k: number, p: number): number {
  let term = p ** k;
  for (let i = 0; i < k; i++) term *= (n - i) / (i + 1);
  let tail = 0;
  for (let i = k; i <= n; i++) {
    tail += term * (1 - p) ** (n - i);
    term *= (p * (n - i)) / (i + 1);
  }
  return tail;
}
