import { randomFrom } from "../../src/seeded-random.ts";

/** Uniform in (0, 1): logarithms of it are taken. */
export function seeded(seed: number): () => number {
  const random = randomFrom(seed);
  return () => random() + 1e-12;
}

export type Random = () => number;

/** Events of n at share p, by the gaps between them: cheap where p is small. */
export function binomial(n: number, p: number, random: Random): number {
  if (!(p > 0) || n <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  const log = Math.log1p(-p);
  let events = 0;
  for (let at = Math.floor(Math.log(random()) / log); at < n; at += 1 + Math.floor(Math.log(random()) / log)) events++;
  return events;
}

/** Standard normal: Box and Muller, one of the pair. */
export const normal = (random: Random): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

/** Poisson by multiplying uniforms; a rounded normal above 60, where nobody can tell. */
export function poisson(mean: number, random: Random): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const floor = Math.exp(-mean);
  let events = 0;
  for (let product = random(); product > floor; product *= random()) events++;
  return events;
}

/** Gamma of this shape and scale 1 (Marsaglia & Tsang 2000). */
export function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

export function beta(a: number, b: number, random: Random): number {
  const x = gamma(a, random);
  return x / (x + gamma(b, random));
}
