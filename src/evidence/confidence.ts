import { logBeta, xLogY } from "./log-space.ts";

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const ARCSINE = logBeta(0.5, 0.5);

/** ln of the Beta(1/2, 1/2) mixture likelihood ratio against share `p` after `bad` of `total`. */
function logMixture(bad: number, total: number, p: number): number {
  const evidence = logBeta(bad + 0.5, total - bad + 0.5) - ARCSINE;
  return evidence - xLogY(bad, p) - (total === bad ? 0 : (total - bad) * Math.log1p(-p));
}

/** Where a monotone condition changes between `inside` and `outside`, by bisection to the last bits. */
function edge(inside: number, outside: number, holds: (p: number) => boolean): number {
  let [good, bad] = [inside, outside];
  for (let i = 0; i < 200 && Math.abs(bad - good) > 1e-15 * Math.abs(good); i++) {
    const middle = (good + bad) / 2;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return (good + bad) / 2;
}

/**
 * The shares that `bad` of `total` do not exclude, valid at every look: all p whose mixture likelihood ratio stays below
 * 1/alpha (Robbins 1970; Howard & Ramdas, "Sequential estimation of quantiles", Bernoulli 2022, for the beta-binomial form).
 */
export function shareInterval(bad: number, total: number, alpha: number): Interval {
  if (!(total > 0)) return { lower: 0, upper: 1 };
  const holds = (p: number) => logMixture(bad, total, p) < Math.log(1 / alpha);
  const seen = bad / total;
  return { lower: bad === 0 ? 0 : edge(seen, 0, holds), upper: bad === total ? 1 : edge(seen, 1, holds) };
}

/**
 * Candidate's risk over stable's at a constant split, valid at every look: of all bad events the candidate's part is a
 * share, and `ratio = share / (1 - share) * n_b / n_c`.
 */
export function ratioInterval(
  candidate: { readonly bad: number; readonly total: number },
  stable: { readonly bad: number; readonly total: number },
  alpha: number,
): Interval {
  const { lower, upper } = shareInterval(candidate.bad, candidate.bad + stable.bad, alpha);
  const ratio = (share: number) => (share / (1 - share)) * (stable.total / candidate.total);
  return { lower: ratio(lower), upper: ratio(upper) };
}

/**
 * Which order statistics (from 1) of `total` values bound the quantile at `p`, valid at every look; undefined means
 * unbounded on that side (Howard & Ramdas 2022).
 */
export function quantileInterval(
  total: number,
  p: number,
  alpha: number,
): { readonly lower: number | undefined; readonly upper: number | undefined } {
  const holds = (count: number) => logMixture(count, total, p) < Math.log(1 / alpha);
  let least = Math.round(total * p);
  let most = least;
  while (least > 0 && holds(least - 1)) least--;
  while (most < total && holds(most + 1)) most++;
  return { lower: least > 0 ? least : undefined, upper: most < total ? most + 1 : undefined };
}
