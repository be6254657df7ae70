/**
 * Kayenta's judge for one metric, written anew from its tested behaviour (spinnaker/kayenta at a69573b,
 * `MannWhitneyClassifier.scala`, Apache-2.0), to compare with: a Mann-Whitney interval of the shift between two series,
 * and the ratio of their means. Not used by Sluice.
 */
export type Classification = "Pass" | "High" | "Low" | "Nodata";

export interface KayentaOptions {
  readonly tolerance: number;
  readonly confidence: number;
  readonly direction: "increase" | "decrease" | "either";
  readonly nan: "remove" | "replace";
  readonly effect: "meanRatio" | "cles";
  readonly allowedIncrease: number;
  readonly allowedDecrease: number;
}

/** What the judge itself uses. */
export const JUDGE: KayentaOptions = {
  tolerance: 0.25,
  confidence: 0.98,
  direction: "increase",
  nan: "remove",
  effect: "meanRatio",
  allowedIncrease: 1,
  allowedDecrease: 1,
};

const sortedOf = (values: readonly number[]) => Float64Array.from(values).sort();

interface Ranked {
  /** Pairs in which x is larger, ties counting half. */
  readonly u: number;
  /** Sum of t^3 - t over groups of t equal values. */
  readonly ties: number;
}

/** Ranks two sorted series together, the first shifted by -mu. */
function rank(x: Float64Array, y: Float64Array, mu: number): Ranked {
  let [i, j, u, ties] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const [a, b] = [i < x.length ? (x[i] ?? 0) - mu : Infinity, j < y.length ? (y[j] ?? 0) : Infinity];
    const value = Math.min(a, b);
    let [m, n] = [0, 0];
    while (i < x.length && (x[i] ?? 0) - mu === value) {
      m++;
      i++;
    }
    const below = j;
    while (j < y.length && y[j] === value) {
      n++;
      j++;
    }
    u += m * (below + n / 2);
    ties += (m + n) ** 3 - (m + n);
  }
  return { u, ties };
}

/** R's `wdiff`: the standardised statistic at shift `mu`, with corrections for continuity and ties. */
function statistic(x: Float64Array, y: Float64Array, mu: number, corrected = true): number {
  const [m, n] = [x.length, y.length];
  const { u, ties } = rank(x, y, mu);
  const z = u - (m * n) / 2;
  const sigma = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))));
  return (corrected ? z - Math.sign(z) * 0.5 : z) / sigma;
}

export const wilcoxonDifference = (x: readonly number[], y: readonly number[], mu: number, quantile: number): number =>
  statistic(sortedOf(x), sortedOf(y), mu) - quantile;

/** Quantile of the standard normal (Acklam 2003, one Newton step with the complementary error function). */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(Z < z): the series of Marsaglia (Journal of Statistical Software 2004), exact to double precision for |z| < 8. */
export function normalBelow(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let [sum, term, i] = [0, z, 3];
  while (sum + term !== sum) {
    sum += term;
    term *= (z * z) / i;
    i += 2;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.918_938_533_204_672_8);
}

/** R and Kayenta stop their search this near to the root, which decides cases full of ties. */
const TOLERANCE = 1e-4;

/** A root of `f` between `from` and `to`: Brent, "Algorithms for Minimization without Derivatives", 1973, as R has it. */
function root(f: (at: number) => number, from: number, to: number): number {
  let [a, b, fa, fb] = [from, to, f(from), f(to)];
  let [c, fc] = [a, fa];
  for (let i = 0; i < 1000; i++) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) [a, b, c, fa, fb, fc] = [b, c, b, fb, fc, fb];
    const enough = 2 * Number.EPSILON * Math.abs(b) + TOLERANCE / 2;
    let step = (c - b) / 2;
    if (Math.abs(step) <= enough || fb === 0) return b;
    if (Math.abs(previous) >= enough && Math.abs(fa) > Math.abs(fb)) {
      const [p, q] = interpolated(a, b, c, fa, fb, fc);
      if (p < 0.75 * (c - b) * q - Math.abs(enough * q) / 2 && p < Math.abs((previous * q) / 2)) step = p / q;
    }
    if (Math.abs(step) < enough) step = step > 0 ? enough : -enough;
    [a, fa] = [b, fb];
    b += step;
    fb = f(b);
    if (fb > 0 === fc > 0) [c, fc] = [a, fa];
  }
  return b;
}

/** The step to the root of the line or parabola through the points, as a fraction with positive numerator. */
function interpolated(a: number, b: number, c: number, fa: number, fb: number, fc: number): readonly [number, number] {
  const span = c - b;
  let [p, q] = [0, 0];
  if (a === c) {
    [p, q] = [(span * fb) / fa, 1 - fb / fa];
  } else {
    const [r, s, t] = [fa / fc, fb / fc, fb / fa];
    [p, q] = [t * (span * r * (r - s) - (b - a) * (s - 1)), (r - 1) * (s - 1) * (t - 1)];
  }
  return p > 0 ? [p, -q] : [-p, q];
}

/** Where the falling statistic crosses `level`, between the smallest and the largest possible shift. */
function crossing(x: Float64Array, y: Float64Array, level: number, corrected = true): number {
  const low = (x[0] ?? 0) - (y.at(-1) ?? 0);
  const high = (x.at(-1) ?? 0) - (y[0] ?? 0);
  const f = (mu: number) => statistic(x, y, mu, corrected) - level;
  if (f(low) <= 0) return low;
  return f(high) >= 0 ? high : root(f, low, high);
}

/** Interval and estimate of the shift of `experiment` over `control`. */
export function shiftInterval(experiment: readonly number[], control: readonly number[], confidence: number) {
  const [x, y] = [sortedOf(experiment), sortedOf(control)];
  const z = normalQuantile(1 - (1 - confidence) / 2);
  return { lower: crossing(x, y, z), upper: crossing(x, y, -z), estimate: crossing(x, y, 0, false) };
}

/**
 * The quantile of the standard normal above which the judge would call the experiment high, at its own tolerance: the
 * lower end of its interval exceeds a bound just when the statistic there exceeds the quantile. 0 for never.
 */
export function crossingScore(experiment: readonly number[], control: readonly number[]): number {
  const [x, y] = [sortedOf(experiment), sortedOf(control)];
  // Below the judge's own confidence nobody asks for the estimate.
  if (statistic(x, y, 0) < 2.3 || effectOf(experiment, control, JUDGE) < JUDGE.allowedIncrease) return 0;
  return statistic(x, y, JUDGE.tolerance * Math.abs(crossing(x, y, 0, false)));
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** NaN where a mean is 0: the effect is not asked for then. */
function effectOf(experiment: readonly number[], control: readonly number[], { effect }: KayentaOptions): number {
  if (effect === "cles") {
    const { u } = rank(sortedOf(experiment), sortedOf(control), 0);
    return u / (experiment.length * control.length);
  }
  const [a, b] = [meanOf(experiment), meanOf(control)];
  return a === 0 || b === 0 ? Number.NaN : a / b;
}

export function classify(
  experiment: readonly number[],
  control: readonly number[],
  options: KayentaOptions = JUDGE,
): Classification {
  const { direction, tolerance, confidence, allowedIncrease, allowedDecrease } = options;
  if (experiment.length === 0 || control.length === 0) return options.nan === "remove" ? "Nodata" : "Pass";
  const [x, y] = [sortedOf(experiment), sortedOf(control)];
  if (x.length === y.length && x.every((value, i) => value === y[i])) return "Pass";
  if (x[0] === x.at(-1) && y[0] === y.at(-1) && x[0] === y[0]) return "Pass";
  const effect = effectOf(experiment, control, options);
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const estimate = () => Math.abs(crossing(x, y, 0, false));
  const [rises, falls] = [direction !== "decrease", direction !== "increase"];
  if (rises && !(effect < allowedIncrease) && crossing(x, y, z) > tolerance * estimate()) return "High";
  if (falls && !(effect > allowedDecrease) && crossing(x, y, -z) < -tolerance * estimate()) return "Low";
  return "Pass";
}
