/** The runner's waits, in milliseconds; tests shorten them. */
export interface Timing {
  /** From SIGINT to SIGTERM. */
  readonly interrupt: number;
  /** From SIGTERM to SIGKILL of the process group. */
  readonly terminate: number;
  /** How long output may still come after the process ended while something else holds its pipes. */
  readonly drain: number;
  /** What `timeout-minutes` and wait timers count. */
  readonly minute: number;
  /** Until a job that may run has found its machine; 0 when left away. Hosted runners take 0 to 15 seconds and more. */
  readonly start?: number;
}

/** actions/runner, ProcessInvoker.cs. */
export const runnerTiming: Timing = { interrupt: 7500, terminate: 2500, drain: 5000, minute: 60_000 };
