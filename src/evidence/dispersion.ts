import { type Arm, addArms, NOBODY } from "./increment.ts";

/** Running estimate of how much more the counts vary than independent requests would. Plain JSON. */
export interface Dispersion {
  /** What was known before: the estimate from history (or 2 without any) and its weight in batches (120, or 20). */
  readonly prior: number;
  readonly weight: number;
  /** Sum of Pearson's statistic over `batches` batches. */
  readonly chiSquare: number;
  readonly batches: number;
  readonly candidate: Arm;
  readonly stable: Arm;
}

export const newDispersion = (prior: number, weight: number): Dispersion => ({
  prior,
  weight,
  chiSquare: 0,
  batches: 0,
  candidate: NOBODY,
  stable: NOBODY,
});

/** The factor to divide increments by: quasi-likelihood (Wedderburn 1974), shrunk towards the prior, at least 1. */
export const dispersionFactor = ({ prior, weight, chiSquare, batches }: Dispersion): number =>
  Math.max(1, (weight * prior + chiSquare) / (weight + batches));

/**
 * The factor with one standard error of its estimate added, `sqrt(2 / batches)` of it for Pearson's statistic: too small
 * a factor raises false alarms faster than too large a one delays true ones.
 */
export const carefulFactor = (state: Dispersion): number =>
  dispersionFactor(state) * (1 + Math.sqrt(2 / (state.weight + state.batches)));

/**
 * Adds a batch after its increment was taken with the factor from before it: only then does the factor not depend on
 * what it divides. Pearson's statistic is taken of the candidate's part of all bad events, given the ratio of risks seen
 * in earlier batches.
 */
export function addToDispersion(state: Dispersion, candidate: Arm, stable: Arm): Dispersion {
  const sums = { candidate: addArms(state.candidate, candidate), stable: addArms(state.stable, stable) };
  const bad = candidate.bad + stable.bad;
  if (!(state.candidate.bad > 0 && state.stable.bad > 0 && bad > 0 && candidate.total > 0 && stable.total > 0)) {
    return { ...state, ...sums };
  }
  const risk = ({ bad: count, total }: Arm) => (count + 0.5) / total;
  const exposed = (risk(state.candidate) / risk(state.stable)) * candidate.total;
  const share = exposed / (exposed + stable.total);
  const chiSquare = state.chiSquare + (candidate.bad - bad * share) ** 2 / (bad * share * (1 - share));
  return { ...state, ...sums, chiSquare, batches: state.batches + 1 };
}
