import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import { readFastClock } from "./fast-clock.ts";

/*
 * Loaded before an action by a rehearsal whose clock runs fast. The wall clock and the monotonic clock run fast; sleeps
 * of a minute and longer are shortened by as much. Shorter ones are deadlines and pauses between retries, which wait
 * for real servers and take their real time.
 */
const shortestScaledMs = 60_000;

const clock = readFastClock(process.env["REHEARSAL_CLOCK"] ?? "");
if (clock !== undefined) {
  const { began, factor } = clock;
  const realNow = Date.now;
  const realMonotonic = performance.now.bind(performance);
  const start = realMonotonic();
  Date.now = () => began + (realNow() - began) * factor;
  performance.now = () => start + (realMonotonic() - start) * factor;
  const sleep = timers.setTimeout;
  timers.setTimeout = ((ms, value, options) =>
    sleep(ms !== undefined && ms >= shortestScaledMs ? ms / factor : ms, value, options)) as typeof sleep;
  syncBuiltinESMExports();
}
