import type { Buckets } from "./slow-requests.ts";

/**
 * A bet on how much more often the candidate's requests fall among the slow ones of stable's: by odds, everywhere
 * (`F / (F + odds (1 - F))` is then the candidate's distribution where F is stable's), or `times` as often beyond
 * stable's quantile `beyond`, and as often as stable's below it.
 */
export type SlowerBet = { readonly odds: number } | { readonly beyond: number; readonly times: number };

/** From a shift of a third of a standard deviation to requests that time out; `npm run bench -- gate` measures it. */
export const SLOWER_BETS: readonly SlowerBet[] = [
  { odds: 1.7 },
  { odds: 4 },
  { beyond: 0.9, times: 2 },
  { beyond: 0.97, times: 4 },
];

/** A bucket bound of stable, and the candidate's that it is compared at. */
export type Cut = readonly [stable: number, candidate: number];

/** Stable's quantiles near which its buckets are cut: enough cells to see a shift anywhere, few enough to be kept. */
const QUANTILES = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.99];

/**
 * Where to cut, from what stable showed before: at the first bucket bounds that hold these quantiles. The candidate is
 * cut at the least bound of at least `factor` times stable's, since `P(candidate > factor t) <= P(stable > t)` is what
 * a candidate at most `factor` times slower keeps. Of cuts that would share a candidate's bound the highest is sharpest.
 */
export function cutsOf(buckets: Buckets, factor: number): readonly Cut[] {
  const total = buckets.at(-1)?.count ?? 0;
  const cuts = new Map<number, number>();
  for (const quantile of QUANTILES) {
    const own = buckets.find(({ count }) => count >= quantile * total)?.le ?? Number.POSITIVE_INFINITY;
    const other = buckets.find(({ le }) => le >= own * factor)?.le ?? Number.POSITIVE_INFINITY;
    if (other < Number.POSITIVE_INFINITY) cuts.set(other, own);
  }
  return [...cuts].map(([candidate, stable]) => [stable, candidate]);
}

/** Requests per cell between the cuts of one version; undefined when its buckets lack one of them. */
export function cellsOf(buckets: Buckets, cuts: readonly Cut[], version: 0 | 1): readonly number[] | undefined {
  const cells: number[] = [];
  let [at, below] = [0, 0];
  for (const cut of cuts) {
    while (at < buckets.length && (buckets[at]?.le ?? 0) < cut[version]) at++;
    const bucket = buckets[at];
    if (bucket?.le !== cut[version]) return undefined;
    cells.push(bucket.count - below);
    below = bucket.count;
  }
  cells.push((buckets.at(-1)?.count ?? 0) - below);
  return cells;
}

/** Added to every cell of the reference, so that an empty one is no certainty. */
const SMOOTHING = 0.5;

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** How many times more often the candidate would be in each cell; never less often in a slower cell than in a faster. */
function ratiosOf(bet: SlowerBet, reference: readonly number[]): readonly number[] {
  const total = sumOf(reference) + SMOOTHING * reference.length;
  let below = 0;
  return reference.map((count) => {
    const from = below / total;
    below += count + SMOOTHING;
    const to = below / total;
    if ("odds" in bet) return bet.odds / ((from + bet.odds * (1 - from)) * (to + bet.odds * (1 - to)));
    return (from + to) / 2 >= bet.beyond ? bet.times : 1;
  });
}

/**
 * Per bet, ln of the e-value of one batch: `sum over cells of e_c ln a + e_b ln b` with `a = R n / (R n_c + n_b)` and
 * `b = n / (R n_c + n_b)`, R being the cell's ratio and n = n_c + n_b: `twoArmIncrement`, cell by cell.
 *
 * Its expectation is at most 1 if the candidate is not slower, whatever stable's distribution is: a grows with R, and R
 * with the cells, so that `E[a(candidate)] <= E[a(stable)]` by stochastic order; and `n_c (a - 1) + n_b (b - 1) = 0` in
 * every cell, so that `E <= exp(n_c E[a - 1] + n_b E[b - 1]) <= 1`. It also holds for requests divided at random, of
 * whatever latency. The ratios come from what stable showed in earlier looks (`reference`), so that a bet never depends
 * on what it is about; a bad guess costs power and nothing else.
 *
 * For odds, `(F_c(v) - F_c(u)) / (v - u) = odds / ((u + odds (1 - u)) (v + odds (1 - v)))` for a cell from share u to v.
 */
export function slowerIncrements(
  bets: readonly SlowerBet[],
  reference: readonly number[],
  candidate: readonly number[],
  stable: readonly number[],
): readonly number[] {
  const [own, others] = [sumOf(candidate), sumOf(stable)];
  if (own === 0 || others === 0) return bets.map(() => 0);
  return bets.map((bet) =>
    ratiosOf(bet, reference).reduce((sum, ratio, cell) => {
      const [bad, good] = [candidate[cell] ?? 0, stable[cell] ?? 0];
      if (ratio === 1 || bad + good === 0) return sum;
      return sum + bad * Math.log(ratio) + (bad + good) * Math.log((own + others) / (ratio * own + others));
    }, 0),
  );
}

/**
 * By how many standard errors the candidate's mean rank among stable's requests exceeds stable's own (ridits: Bross,
 * Biometrics 1958; the two-sample statistic of Wilcoxon). Undefined where nothing can be said.
 */
export function rankDifference(
  reference: readonly number[],
  candidate: readonly number[],
  stable: readonly number[],
): number | undefined {
  const total = sumOf(reference);
  const [own, others] = [sumOf(candidate), sumOf(stable)];
  let below = 0;
  let [spread, mine, theirs] = [0, 0, 0];
  reference.forEach((count, cell) => {
    const rank = (below + count / 2) / total - 0.5;
    below += count;
    spread += (count / total) * rank * rank;
    mine += (candidate[cell] ?? 0) * rank;
    theirs += (stable[cell] ?? 0) * rank;
  });
  if (!(spread > 0 && own > 0 && others > 0)) return undefined;
  return (mine / own - theirs / others) / Math.sqrt(spread * (1 / own + 1 / others));
}
