import type { Batch, Boundary } from "./increment.ts";

/**
 * How many bad events a batch has under the null's boundary: `P(i) = terms of Binomial(size, share)`, of which any true
 * distribution allowed by the null has at most `excess` times as much at every i, and none has more in its upper end.
 */
export interface Law {
  readonly size: number;
  readonly share: number;
  readonly excess: number;
  /** The batch as it would be with so many bad events of the candidate. */
  batchWith(bad: number): Batch;
}

/** Beyond this the binomial is no good likeness of drawing without replacement, and nothing is won back. */
const MOST_EXCESS = 1.5;

/** One arm at its limit: Binomial(n, limit). Undefined for counts that are not whole. */
export function oneArmLaw(limit: number, { candidate }: Batch): Law | undefined {
  const { total } = candidate;
  if (!Number.isInteger(total) || !Number.isInteger(candidate.bad) || total === 0) return undefined;
  return { size: total, share: limit, excess: 1, batchWith: (bad) => ({ candidate: { total, bad } }) };
}

/**
 * Two arms that must not differ: given all e bad events of a batch, the candidate's part is hypergeometric, whatever
 * risk both share, for independent requests and for requests (however clustered) that are divided at random; and it is
 * Binomial(e, n_c / n) for events of Poisson processes. The hypergeometric term is at most `n^e / (n (n-1) … (n-e+1))`
 * times the binomial one (Diaconis & Freedman, "Finite exchangeable sequences", 1980), so that `excess` covers both.
 * Undefined for other boundaries, whose part depends on the unknown risk.
 */
export function twoArmLaw({ ratio, margin }: Boundary, { candidate, stable }: Batch): Law | undefined {
  if (ratio !== 1 || margin !== 0 || stable === undefined) return undefined;
  const [n, size] = [candidate.total + stable.total, candidate.bad + stable.bad];
  const whole = [candidate.total, candidate.bad, stable.total, stable.bad].every(Number.isInteger);
  if (!whole || size === 0 || candidate.total === 0 || stable.total === 0) return undefined;
  let excess = 1;
  for (let drawn = 1; drawn < size; drawn++) {
    excess /= 1 - drawn / n;
    if (!(excess < MOST_EXCESS)) return undefined;
  }
  const batchWith = (bad: number): Batch => ({
    candidate: { total: candidate.total, bad },
    stable: { total: stable.total, bad: size - bad },
  });
  return { size, share: candidate.total / n, excess, batchWith };
}

/** An e-value before a batch: its running part, what is laid on later starts, and where it decides. */
interface Standing {
  readonly before: number;
  readonly rest: number;
  readonly decides: number;
}

/** Probability of everything not enumerated, when the enumeration stops early. */
const NEGLIGIBLE = 1e-13;

/**
 * ln of the factor b >= 1 that a batch's evidence may be multiplied by because an e-value is not needed beyond where it
 * decides: the largest b with `excess E[min(b M(i) + rest, decides)] <= before + rest`, M(i) being the running part with i bad
 * events. The process with b in place is a supermartingale under the null until it decides, so that Ville's inequality
 * holds for it as it does without; M grows with i, and the null's boundary is its worst case. It wins back what a test
 * loses by jumping over its threshold (Fischer & Ramdas, "Improving Wald's (approximate) sequential probability ratio
 * test by avoiding overshoot", arXiv 2410.16076), at every look and with no horizon to be fixed beforehand.
 */
export function spareEvidence(law: Law, mixed: (bad: number) => number, standing: Standing): number {
  const { size, share, excess } = law;
  const { before, rest, decides } = standing;
  if (before + rest >= decides) return 0;
  const [probability, running]: [number[], number[]] = [[], []];
  let logTerm = size * Math.log1p(-share);
  let left = 1;
  for (let i = 0; i <= size && left > NEGLIGIBLE; i++) {
    const [p, value] = [Math.exp(logTerm), mixed(i)];
    if (value + rest >= decides) break;
    probability.push(p);
    running.push(value);
    left -= p;
    logTerm += Math.log((size - i) / (i + 1)) + Math.log(share) - Math.log1p(-share);
  }
  // What is beyond the enumeration decides, or is so improbable that it may as well.
  let cut = excess * Math.max(0, left) * decides;
  let kept = 0;
  let waiting = 0;
  probability.forEach((p, i) => {
    kept += excess * p * (running[i] ?? 0);
    waiting += excess * p * rest;
  });
  for (let last = running.length - 1; last >= 0; last--) {
    const [p, value] = [excess * (probability[last] ?? 0), running[last] ?? 0];
    const factor = (before + rest - cut - waiting) / kept;
    if (!(factor > 1)) return 0;
    if (factor * value + rest <= decides) return Math.log(factor);
    // With such a factor this many bad events would decide, too.
    kept -= p * value;
    waiting -= p * rest;
    cut += p * decides;
  }
  return 0;
}
