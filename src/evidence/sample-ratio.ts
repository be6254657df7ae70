import { logGamma } from "./log-space.ts";

/**
 * ln Bayes factor that counts per arm do not follow the planned shares, valid at every look; 1/0.001 is a usual alarm.
 * `lnG(A) - lnG(A+N) + sum(lnG(a_i+S_i) - lnG(a_i) - S_i ln share_i)` with `a_i = k share_i`: Lindon & Malek,
 * "Anytime-valid inference for multinomial count data" (arXiv 2011.03567). A wrong split voids comparisons.
 */
export function sampleRatioLogE(counts: readonly number[], shares: readonly number[], concentration = 100): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (sum, count, i) => {
      const share = shares[i] ?? 0;
      return sum + logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
    },
    logGamma(concentration) - logGamma(concentration + total),
  );
}
