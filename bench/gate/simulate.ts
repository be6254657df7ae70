import type { Method } from "./methods.ts";
import { seeded } from "./random.ts";
import { type Scenario, trafficOf } from "./traffic.ts";

/** At which minute each run sent traffic back, from 1; undefined for never. */
export type Alarms = readonly (number | undefined)[];

/** The same seeds for every method: run number i sees the same traffic whoever judges it. */
export function simulate(method: Method, scenario: Scenario, minutes: number, runs: number, seed: number): Alarms {
  return Array.from({ length: runs }, (_, run) => {
    const random = seeded(seed + 7919 * run);
    const healthy = trafficOf({ ...scenario, regression: (bad) => bad }, random);
    const history = Array.from({ length: 120 }, (_, minute) => healthy(minute));
    const traffic = trafficOf(scenario, random);
    const fails = method.begin(history);
    for (let minute = 0; minute < Math.min(minutes, method.runs); minute++) {
      if (fails(minute, traffic(minute))) return minute + 1;
    }
    return undefined;
  });
}

export const alarmsIn = (alarms: Alarms): number => alarms.filter((alarm) => alarm !== undefined).length;

/** The median time to an alarm; runs without one count as longer than any. */
export function medianTime(alarms: Alarms): number {
  const sorted = alarms.map((alarm) => alarm ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** The largest share that `events` of `runs` do not exclude at 95 %, one-sided (Clopper & Pearson 1934). */
export function upperLimit(events: number, runs: number): number {
  const below = (p: number) => {
    let term = (1 - p) ** runs;
    let sum = term;
    for (let k = 1; k <= events; k++) {
      term *= ((runs - k + 1) / k) * (p / (1 - p));
      sum += term;
    }
    return sum;
  };
  if (events >= runs) return 1;
  let [low, high] = [events / runs, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
