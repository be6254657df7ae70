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

function sumOf(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** Requests of stable in the reference at most: older ones count half again and again, and the numbers stay short. */
const MOST_REFERENCE = 20_000;

/** The reference after one more look. */
export function withStable(reference: readonly number[], stable: readonly number[]): readonly number[] {
  const sums = reference.map((count, cell) => count + (stable[cell] ?? 0));
  let total = sumOf(sums);
  let halvings = 0;
  for (; total > MOST_REFERENCE; total /= 2) halvings++;
  return halvings === 0 ? sums : sums.map((count) => Math.round(count / 2 ** halvings));
}

/**
 * How many times more often the candidate would be in a cell of stable that reaches from one share of the requests to
 * another: never less often in a slower cell than in a faster one.
 */
function ratioIn(bet: SlowerBet, from: number, to: number): number {
  if ("odds" in bet) return bet.odds / ((from + bet.odds * (1 - from)) * (to + bet.odds * (1 - to)));
  return (from + to) / 2 >= bet.beyond ? bet.times : 1;
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
  const increments = bets.map(() => 0);
  if (own === 0 || others === 0) return increments;
  const total = sumOf(reference) + SMOOTHING * reference.length;
  let [from, below] = [0, 0];
  for (let cell = 0; cell < reference.length; cell++) {
    below += (reference[cell] ?? 0) + SMOOTHING;
    const to = below / total;
    const [slow, fast] = [candidate[cell] ?? 0, stable[cell] ?? 0];
    for (let k = 0; k < bets.length && slow + fast > 0; k++) {
      const ratio = ratioIn(bets[k] ?? { odds: 1 }, from, to);
      if (ratio === 1) continue;
      const scale = (own + others) / (ratio * own + others);
      const here = (slow + fast) * Math.log(scale) + (slow === 0 ? 0 : slow * Math.log(ratio));
      increments[k] = (increments[k] ?? 0) + here;
    }
    from = to;
  }
  return increments;
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
