/** The runner's waits, in milliseconds; tests shorten them. */
export interface Timing {
  /** From SIGINT to SIGTERM. */
  readonly interrupt: number;
  /** From SIGTERM to SIGKILL of the process group. */
  readonly terminate: number;
  /** How long output may still come after the process ended while something else holds its pipes. */
  readonly drain: number;
  /** What `timeout-minutes` counts. */
  readonly minute: number;
}

/** actions/runner, ProcessInvoker.cs. */
export const runnerTiming: Timing = { interrupt: 7500, terminate: 2500, drain: 5000, minute: 60_000 };
