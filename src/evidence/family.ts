import { logSumExp } from "./log-space.ts";

/**
 * ln of the weighted average of e-values, weights summing to 1: itself an e-value under any dependence, and never
 * weaker than Bonferroni's correction (Vovk & Wang, "E-values: calibration, combination and applications", 2021).
 */
export const familyLogE = (members: readonly { readonly logE: number; readonly weight: number }[]): number =>
  logSumExp(members.map(({ logE, weight }) => logE + Math.log(weight)));
