import { formatDuration } from "./duration.ts";
import type { TickSource } from "./hand-over.ts";
import type { Plan, PlannedShift } from "./plan.ts";

/** A job waits this long for evidence before it leaves the rest to ticks. */
const inJobMs = 60 * 60_000;
const minuteMs = 60_000;
/** How often the schedule in the example's watch.yml looks. */
const cronMs = 15 * 60_000;

/** What the ticks of one release cost with one source of them. */
export interface TickCost {
  readonly source: TickSource;
  readonly ticks: number;
  /** Minutes GitHub bills: every job counts as whole minutes, at least one. */
  readonly minutes: number;
}

/**
 * What each source of ticks costs for one release that is never held longer than it has to be. GitHub rounds every job
 * up to a whole minute (docs.github.com, "About billing for GitHub Actions"); waiting in a job is billed, waiting for a
 * wait timer is not. Empty when the canary job itself can wait for all of it.
 */
export function tickCosts(plan: Plan): readonly TickCost[] {
  const shifts = plan.stages.flatMap((stage) => stage.shifts).filter(({ judged }) => judged);
  const holdMs = shifts.reduce((sum, shift) => sum + shift.holdMs, 0);
  const leftMs = Math.max(0, holdMs - inJobMs);
  if (leftMs === 0) return [];
  // Ticks stay for at most an hour; each begins with a look of its own, which the job's first minute holds.
  const chain = Math.ceil(leftMs / inJobMs);
  const looks = looksIn(shifts, leftMs / holdMs);
  const scheduled = Math.ceil(leftMs / cronMs);
  return [
    { source: "chain", ticks: chain, minutes: Math.ceil(leftMs / minuteMs) + chain },
    // One job waits for the timer, one looks.
    { source: "wait-timer", ticks: looks, minutes: 2 * looks },
    { source: "cron", ticks: scheduled, minutes: scheduled },
    { source: "external", ticks: looks, minutes: looks },
  ];
}

/** Looks at all shares, of which only the part beyond the canary's own job is left to ticks. */
const looksIn = (shifts: readonly PlannedShift[], part: number): number =>
  Math.ceil(part * shifts.reduce((sum, { holdMs, everyMs }) => sum + holdMs / everyMs, 0));

/** What waiting costs, a line each, for people; the source in use is marked. */
export function tickCostText(plan: Plan, used: TickSource): readonly string[] {
  const costs = tickCosts(plan);
  if (costs.length === 0) return [];
  const idle = Math.round((30 * 24 * 60 * minuteMs) / cronMs);
  return [
    "Waiting longer than an hour is left to ticks. GitHub bills for each release, depending on `ticks`:",
    ...costs.map(({ source, ticks, minutes }) => {
      const also =
        source === "cron" ? `; the schedule itself ${idle} minutes a month, also when nothing is released` : "";
      return `   ${source.padEnd(10)} ${minutes} minutes, ${ticks} ticks${also}${source === used ? "  <- in use" : ""}`;
    }),
    `   (a private repository; a job counts as whole minutes, waiting for ${formatDuration(inJobMs)} in the canary's job comes on top)`,
  ];
}
