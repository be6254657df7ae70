/** Beyond this difference the smaller term is below the last bit of the larger. */
const NEGLIGIBLE = 40;

/** ln(e^a + e^b) without overflow; -Infinity is ln 0. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  const low = Math.min(a, b);
  return !(high - low < NEGLIGIBLE) ? high : high + Math.log1p(Math.exp(low - high));
}

/** ln of the sum of e^x over all x; ln 0 for none. */
export function logSumExp(values: readonly number[]): number {
  let high = -Infinity;
  for (const value of values) if (value > high) high = value;
  if (high === -Infinity) return high;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - high);
  return high + Math.log(sum);
}

/** x ln y, with 0 ln 0 = 0. */
export const xLogY = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(y));

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** ln Γ(x) for x > 0: Stirling's series after shifting x above 10 (Abramowitz & Stegun 6.1.41 and 6.1.15). */
export function logGamma(x: number): number {
  let shift = 1;
  let y = x;
  for (; y < 10; y++) shift *= y;
  const z = 1 / (y * y);
  const series = (1 / 12 + z * (-1 / 360 + z * (1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 - (z * 691) / 360360))))) / y;
  return (y - 0.5) * Math.log(y) - y + HALF_LOG_TWO_PI + series - Math.log(shift);
}

/** ln B(a, b), Euler's beta function. */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
