import { planOf } from "../plan.ts";
import type { Runbook } from "../runbook.ts";
import { type MenuItem, menu } from "./fault-menu.ts";
import { type Baseline, baselineOf, type Played, playSchedule, type Simulation } from "./play-schedule.ts";

export interface Wanted {
  readonly runbook: Runbook;
  readonly schedules: number;
  readonly seed: number;
  /** How often ticks come, milliseconds. */
  readonly tickEveryMs: number;
  /** Ids of the menu; all when empty. */
  readonly only: readonly string[];
}

/** What came of all schedules under one fault. Times are milliseconds, shares percent. */
export interface FaultRow {
  readonly id: string;
  readonly name: string;
  readonly schedules: number;
  /** How the release ended, and how often. */
  readonly ends: Readonly<Record<string, number>>;
  /** Schedules in which a bad version still had traffic when nobody was left to take it. */
  readonly leftBad: number;
  /** Bad traffic until the last of it was gone: median, 99th percentile and longest. */
  readonly badMs: { readonly median: number; readonly p99: number; readonly longest: number };
  /** The schedule in which most users met a bad version, in minutes in which everybody would have met it. */
  readonly worst: Pick<Played, "badMinutes" | "badShare" | "seed" | "ended">;
  /** The longest time an unproven share stayed with nobody at work on it. */
  readonly alone: { readonly ms: number; readonly share: number; readonly seed: number };
}

export interface Simulated {
  readonly schedules: number;
  readonly seed: number;
  readonly baseline: Baseline;
  readonly rows: readonly FaultRow[];
  /** Faults that are not played, and where they are proven instead. */
  readonly notPlayed: readonly { readonly id: string; readonly name: string; readonly why: string }[];
  /** Schedules that broke a promise: defects of Sluice. */
  readonly broken: readonly { readonly id: string; readonly seed: number; readonly seen: string }[];
  /** How many schedules left bad traffic for how long: upper ends of the classes in milliseconds. */
  readonly histogram: readonly { readonly upTo: number | null; readonly count: number }[];
}

/** How often the example's schedule looks. */
export const usualTickMs = 15 * 60_000;

const classes = [0, 10_000, 60_000, 5 * 60_000, 15 * 60_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000];

/** Plays a runbook under so many fault schedules. Deterministic: the same seed gives the same numbers. */
export async function simulate({ runbook: written, schedules, seed, tickEveryMs, only }: Wanted): Promise<Simulated> {
  const runbook = answeredAtOnce(written);
  const simulation: Simulation = { runbook, plan: planOf(runbook), environment: runbook.environment, tickEveryMs };
  const steps = new Set(simulation.plan.stages.flatMap((stage) => stage.steps));
  const absent = ({ trouble }: MenuItem) => trouble?.kind === "step-fails" && !steps.has(trouble.step);
  const wanted = menu.filter(({ id }) => only.length === 0 || only.includes(id));
  const played = wanted.filter((item) => item.trouble !== undefined && !absent(item));
  const baseline = await baselineOf(simulation);
  const results = new Map<string, Played[]>(played.map(({ id }) => [id, []]));
  for (let number = 0; number < schedules && played.length > 0; number++) {
    const item = played[number % played.length];
    if (item !== undefined) results.get(item.id)?.push(await playSchedule(simulation, baseline, item, seed + number));
  }
  const all = [...results.values()].flat();
  return {
    schedules: all.length,
    seed,
    baseline,
    rows: played.flatMap((item) => rowOf(item, results.get(item.id) ?? [])),
    notPlayed: wanted
      .filter((item) => !played.includes(item))
      .map((item) => ({ id: item.id, name: item.name, why: item.why ?? "the runbook has no such step" })),
    broken: all.flatMap(({ fault, seed: at, broken }) =>
      broken === undefined ? [] : [{ id: fault, seed: at, seen: broken }],
    ),
    histogram: histogramOf(all.filter(({ badShare }) => badShare > 0)),
  };
}

/** People are not played: what a runbook asks of them is taken as answered. */
function answeredAtOnce({ "sign-off": _, ...runbook }: Runbook): Runbook {
  return { ...runbook, stages: runbook.stages.map(({ approve: _a, pause: _p, ...stage }) => stage) };
}

function rowOf({ id, name }: MenuItem, played: readonly Played[]): readonly FaultRow[] {
  const [first] = played;
  if (first === undefined) return [];
  const bad = played.filter(({ badShare }) => badShare > 0);
  const times = bad.flatMap(({ badMs }) => badMs ?? []).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  const worst = played.reduce((most, one) => (one.badMinutes > most.badMinutes ? one : most), first);
  const alone = played.reduce((most, one) => (one.aloneMs > most.aloneMs ? one : most), first);
  const { badMinutes, badShare, seed, ended } = worst;
  return [
    {
      id,
      name,
      schedules: played.length,
      ends: Object.fromEntries(
        Array.from(
          Map.groupBy(played, (one) => one.ended),
          ([end, ones]): [string, number] => [end, ones.length],
        ).sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
      leftBad: bad.filter(({ badMs }) => badMs === null).length,
      badMs: { median: at(0.5), p99: at(0.99), longest: times.at(-1) ?? 0 },
      worst: { badMinutes, badShare, seed, ended },
      alone: { ms: alone.aloneMs, share: alone.aloneShare, seed: alone.seed },
    },
  ];
}

function histogramOf(bad: readonly Played[]): Simulated["histogram"] {
  const counts = classes.map((upTo, index) => ({
    upTo,
    count: bad.filter(({ badMs }) => badMs !== null && badMs <= upTo && badMs > (classes[index - 1] ?? -1)).length,
  }));
  const longer = bad.filter(({ badMs }) => badMs !== null && badMs > (classes.at(-1) ?? 0)).length;
  const left = bad.filter(({ badMs }) => badMs === null).length;
  return [...counts, { upTo: null, count: longer + left }];
}
