/** New requests (or users) of one version since the last batch, and how many of them were bad. */
export interface Arm {
  readonly total: number;
  readonly bad: number;
}

export const NOBODY: Arm = { total: 0, bad: 0 };

export const addArms = (a: Arm, b: Arm): Arm => ({ total: a.total + b.total, bad: a.bad + b.bad });

/** One look's new counts. `stable` is absent where nobody serves beside the candidate. */
export interface Batch {
  readonly candidate: Arm;
  readonly stable?: Arm;
}

/** The boundary `p(candidate) = ratio * p(stable) + margin` that a two-arm bet is about. */
export interface Boundary {
  readonly ratio: number;
  readonly margin: number;
}

/**
 * Bets on "worse": how many times riskier than the boundary the candidate might be. Four suffice from a doubled risk to
 * a total outage, and each more would cost everybody a share of the evidence; `npm run bench -- gate` measures it.
 */
export const WORSE_BETS: readonly number[] = [1.5, 2.5, 5, 12];
/** Bets on "better than the boundary". */
export const BETTER_BETS: readonly number[] = [0.02, 0.2, 0.4, 0.6, 0.75, 0.9];

/**
 * ln of the two-arm e-value of one batch: `e_c ln a + e_b ln b - n_c d (a - 1)` with `A = r n_c`, `D = R A + n_b`,
 * `a = R (A + n_b) / D`, `b = (A + n_b) / D`.
 *
 * Its expectation is at most 1 for every risk of stable, every split and any random outage that both arms share, if
 * the candidate is not beyond the boundary (R > 1: above it; R < 1: below it). Proof: for independent binomials
 * `E[a^e_c b^e_b] <= exp(n_c p_c (a - 1) + n_b p_b (b - 1))` since `1 + x <= e^x`; at the boundary the terms in `p_b`
 * cancel and `exp(n_c d (a - 1))` is left. It extends Lindon & Malek, "Anytime-valid inference for multinomial count
 * data" (arXiv 2011.03567), by the margin and by changing splits.
 *
 * A batch in which an arm saw nothing carries no evidence: 0. `logBet` is `ln bet`, given by whoever has it already.
 */
export function twoArmIncrement(
  candidate: Arm,
  stable: Arm,
  { ratio, margin }: Boundary,
  bet: number,
  logBet = Math.log(bet),
): number {
  if (!(candidate.total > 0 && stable.total > 0)) return 0;
  const exposed = ratio * candidate.total;
  const scale = (exposed + stable.total) / (bet * exposed + stable.total);
  const bad = candidate.bad + stable.bad;
  const counted = bad === 0 ? 0 : candidate.bad * logBet + bad * Math.log(scale);
  return margin === 0 ? counted : counted - candidate.total * margin * (bet * scale - 1);
}

/**
 * ln of the likelihood ratio of share q against share p for one batch: `e ln(q/p) + (n-e) ln((1-q)/(1-p))` (Wald,
 * "Sequential tests of statistical hypotheses", 1945), given the two logarithms. Its expectation is at most 1 for every
 * true share on the other side of p from q.
 */
export const oneArmIncrement = ({ bad, total }: Arm, perBad: number, perGood: number): number =>
  bad * perBad + (total - bad) * perGood;

/** The shares that bets of relative risk `bets` mean at this limit, kept below 1. */
export const oneArmBets = (limit: number, bets: readonly number[]): readonly number[] =>
  bets.map((bet) => Math.min(bet * limit, limit + 0.95 * (1 - limit)));
