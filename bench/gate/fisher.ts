import { logGamma } from "../../src/evidence/log-space.ts";

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Fisher's exact test, one-sided: P(the candidate has so many of all bad events or more), given the totals. */
export function fisherGreater(candidate: number, candidateBad: number, stable: number, stableBad: number): number {
  const bad = candidateBad + stableBad;
  const all = logChoose(candidate + stable, bad);
  let tail = 0;
  for (let k = candidateBad; k <= Math.min(bad, candidate); k++) {
    const term = Math.exp(logChoose(candidate, k) + logChoose(stable, bad - k) - all);
    tail += term;
    if (term < tail * 1e-16 && k > candidateBad) break;
  }
  return Math.min(1, tail);
}

/**
 * Half-width of GrowthBook's asymptotic confidence sequence (Waudby-Smith et al., arXiv 2103.06476), for the variance
 * `s2` of one observation after n of them, tuned to be narrowest at `tuning`.
 */
export function asymptoticHalfWidth(s2: number, n: number, tuning: number, alpha: number, sides: 1 | 2): number {
  const a = sides === 1 ? 2 * alpha : alpha;
  const rho = Math.sqrt((-2 * Math.log(a) + Math.log(-2 * Math.log(a) + 1)) / tuning);
  const root = Math.sqrt(n * rho ** 2 + 1);
  const log = sides === 1 ? Math.log(1 + root / (2 * alpha)) : Math.log(root / alpha);
  return (Math.sqrt(s2) * Math.sqrt(2 * (n * rho ** 2 + 1) * log)) / (n * rho);
}
