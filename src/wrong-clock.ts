import { formatDuration } from "./duration.ts";
import type { Verdict } from "./verdict.ts";

/** From this difference on people are told, milliseconds. */
const noticedMs = 30_000;
/** More than this and a process does nothing that rests on a time. */
const refusedMs = 5 * 60_000;

/**
 * What is to be said of a clock that differs from GitHub's; undefined when it is right, or not known yet. Holds, looks
 * and watches are told from the record's times, which other machines wrote: with a wrong clock a share would be raised
 * too early, or go back too late. Giving traffic back needs no clock and is never refused for it.
 */
export function wrongClock(skewMs: number | undefined): Verdict | undefined {
  if (skewMs === undefined || Math.abs(skewMs) < noticedMs) return undefined;
  const off = `This machine's clock is ${formatDuration(Math.round(Math.abs(skewMs) / 1000) * 1000)} ${skewMs > 0 ? "behind" : "ahead of"} GitHub's.`;
  if (Math.abs(skewMs) <= refusedMs)
    return { verdict: "pass", reason: "clock-differs", message: `${off} Times in the record are off by as much.` };
  return {
    verdict: "error",
    reason: "clock-differs",
    message: `${off} Nothing moves, because how long a share was held could not be told: at most ${formatDuration(refusedMs)} are allowed. Set the clock of the runner, then run the job again.`,
  };
}
