import { beta, binomial, poisson, type Random } from "./random.ts";

/** One minute of both versions: requests and bad ones. */
export interface Minute {
  readonly candidate: { readonly total: number; readonly bad: number };
  readonly stable: { readonly total: number; readonly bad: number };
}

export type Model = "binomial" | "diurnal" | "drift" | "shared outages" | "overdispersed" | "clustered" | "own bursts";

export interface Scenario {
  readonly model: Model;
  /** Requests a minute of both versions together, and the candidate's share of them. */
  readonly perMinute: number;
  readonly share: number;
  /** Share of bad requests without a regression. */
  readonly bad: number;
  /** What the candidate does to that share, from minute `onset` on; nothing in an A/A run. */
  readonly regression?: (bad: number) => number;
  readonly onset?: number;
}

export const DAY = 1440;
const BURST_MINUTES = 3;
const BURST_FACTOR = 10;
/** Bad requests come in groups of this size on average, each group at one version. */
const CLUSTER = 3;
/** Variance of overdispersed counts relative to binomial ones. */
const DISPERSION = 3;

/** Minutes inside of a burst, for `perDay` bursts at random times. */
function bursts(perDay: number, random: Random): ReadonlySet<number> {
  const starts = Array.from({ length: poisson(perDay, random) }, () => Math.floor(random() * DAY));
  return new Set(starts.flatMap((start) => Array.from({ length: BURST_MINUTES }, (_, i) => start + i)));
}

/** Yields minute after minute, reproducibly. */
export function trafficOf(scenario: Scenario, random: Random): (minute: number) => Minute {
  const { model, perMinute, share, regression = (bad: number) => bad, onset = 0 } = scenario;
  const shared = model === "shared outages" ? bursts(6, random) : new Set<number>();
  const own = [0, 1].map(() => (model === "own bursts" ? bursts(3, random) : new Set<number>()));
  return (minute) => {
    const wave = Math.sin((2 * Math.PI * minute) / DAY);
    const rate = perMinute * (model === "diurnal" ? 1 + 0.75 * wave : 1);
    const drifted = scenario.bad * (model === "drift" ? 3 ** wave : 1) * (shared.has(minute) ? BURST_FACTOR : 1);
    const bad = [drifted, drifted].map((p, arm) => p * (own[arm]?.has(minute) ? BURST_FACTOR : 1));
    const candidateBad = Math.min(1, minute >= onset ? regression(bad[0] ?? 0) : (bad[0] ?? 0));
    const stableBad = Math.min(1, bad[1] ?? 0);
    const [candidate, stable] = [poisson(rate * share, random), poisson(rate * (1 - share), random)];
    return {
      candidate: { total: candidate, bad: badOf(model, candidate, candidateBad, random) },
      stable: { total: stable, bad: badOf(model, stable, stableBad, random) },
    };
  };
}

function badOf(model: Model, total: number, share: number, random: Random): number {
  if (model === "clustered") return clustered(total, share, random);
  if (model !== "overdispersed" || total < 2) return binomial(total, share, random);
  const rho = (DISPERSION - 1) / Math.max(DISPERSION, total - 1);
  const size = (1 - rho) / rho;
  return binomial(total, beta(share * size, (1 - share) * size, random), random);
}

function clustered(total: number, share: number, random: Random): number {
  let bad = 0;
  for (let left = poisson((total * share) / CLUSTER, random); left > 0; left--) {
    bad += 1 + Math.floor(Math.log(random()) / Math.log1p(-1 / CLUSTER));
  }
  return Math.min(total, bad);
}
