import { assess, newGate } from "../../src/gate.ts";
import type { Histogram } from "../../src/metric-provider.ts";
import { crossingScore } from "./kayenta.ts";
import { limitOf } from "./methods.ts";
import { normal, poisson, type Random, seeded } from "./random.ts";

/** Latency of both versions, lognormal around a level they share; times in milliseconds. */
export interface LatencyScenario {
  readonly perMinute: number;
  readonly share: number;
  /** How many times slower the candidate is; 1 is an A/A run. */
  readonly slower: number;
  /** Standard deviation of each version's own level from minute to minute. */
  readonly noise: number;
}

const MEDIAN = 120;
const SPREAD = 0.6;
/** The shared level wanders by so much, and keeps so much of itself from minute to minute. */
const WANDER = 0.05;
const KEPT = 0.9;
/** Bounds that Prometheus' client libraries have by default. */
const BOUNDS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000, Number.POSITIVE_INFINITY];
const MINUTE = 60_000;

interface Seen {
  readonly total: number;
  readonly sum: number;
  readonly counts: readonly number[];
}

/** Ends of the cells of the lognormal's logarithm, so that no request needs an exponential of its own for its bucket. */
const LOG_BOUNDS = BOUNDS.map(Math.log);

function arm(mean: number, level: number, random: Random): Seen {
  const total = poisson(mean, random);
  const counts = BOUNDS.map(() => 0);
  let sum = 0;
  for (let i = 0; i < total; i++) {
    const log = level + SPREAD * normal(random);
    sum += Math.exp(log);
    let cell = 0;
    while (log > (LOG_BOUNDS[cell] ?? Number.POSITIVE_INFINITY)) cell++;
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return { total, sum, counts };
}

export function latencyOf({ perMinute, share, slower, noise }: LatencyScenario, random: Random) {
  let level = WANDER * normal(random);
  return (): { readonly candidate: Seen; readonly stable: Seen } => {
    level = KEPT * level + Math.sqrt(1 - KEPT ** 2) * WANDER * normal(random);
    const own = () => Math.log(MEDIAN) + level + noise * normal(random);
    return {
      candidate: arm(perMinute * share, own() + Math.log(slower), random),
      stable: arm(perMinute * (1 - share), own(), random),
    };
  };
}

function histogramOf(minute: number, version: string, { sum, counts }: Seen): Histogram {
  let count = 0;
  return {
    kind: "histogram",
    buckets: BOUNDS.map((le, i) => {
      count += counts[i] ?? 0;
      return { le, count };
    }),
    sum,
    window: { from: minute * MINUTE, to: (minute + 1) * MINUTE },
    observedAt: (minute + 1) * MINUTE,
    version,
    source: "simulation",
  };
}

export interface LatencyRun {
  /** The minute at which Sluice's gate failed, per limit. */
  readonly sluice: readonly (number | undefined)[];
  /** Per minute, the confidence (as a standard normal quantile) that Kayenta's judge would have needed to fail. */
  readonly kayenta: readonly number[];
}

/** One run seen by everybody: Sluice under each limit, and Kayenta on the means of the minutes. */
export function latencyRun(
  scenario: LatencyScenario,
  limits: readonly string[],
  minutes: number,
  seed: number,
): LatencyRun {
  const next = latencyOf(scenario, seeded(seed));
  const gates = limits.map((text) => ({
    state: newGate({
      limits: [limitOf(text)],
      metrics: { latency: { kind: "histogram", dimension: "time" } },
      candidate: "candidate",
      stable: "stable",
      startedAt: 0,
      hold: 1440 * MINUTE,
      every: MINUTE,
    }),
    failed: undefined as number | undefined,
  }));
  const [experiment, control, kayenta]: [number[], number[], number[]] = [[], [], []];
  for (let minute = 0; minute < minutes; minute++) {
    const { candidate, stable } = next();
    if (candidate.total > 0) experiment.push(candidate.sum / candidate.total);
    if (stable.total > 0) control.push(stable.sum / stable.total);
    kayenta.push(experiment.length < 5 ? 0 : crossingScore(experiment, control));
    for (const gate of gates) {
      if (gate.failed !== undefined) continue;
      const measured = {
        candidate: histogramOf(minute, "candidate", candidate),
        stable: histogramOf(minute, "stable", stable),
      };
      const { state, decision } = assess(gate.state, { latency: measured }, (minute + 1) * MINUTE);
      gate.state = state;
      if (decision.verdict === "fail") gate.failed = minute + 1;
    }
  }
  return { sluice: gates.map(({ failed }) => failed), kayenta };
}

/** The first minute at which Kayenta's judge fails when it asks for this quantile. */
export function kayentaFailsAt(scores: readonly number[], quantile: number): number | undefined {
  const at = scores.findIndex((score) => score > quantile);
  return at < 0 ? undefined : at + 1;
}
