/** How many there were, and how many of them were bad. */
export interface Tally {
  readonly total: number;
  readonly bad: number;
}

export const quantiles = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
export type Quantile = keyof typeof quantiles;

/** Milliseconds; a driver that was not asked for a number leaves it out. */
export type LatencyFigures = { readonly [Figure in Quantile | "mean" | "max"]?: number };

/** What a finished load test saw, whoever ran it. */
export interface LoadResult {
  readonly kind: "result";
  /** Who offered the load, for messages. */
  readonly source: string;
  readonly seconds: number;
  /** What was due (requests, or iterations of a script), and what of it was never begun. */
  readonly offered: { readonly due: number; readonly dropped: number };
  /** Bad is a request without an answer, or with one that was not expected. */
  readonly requests: Tally;
  /** Statements of a script about its answers; for the own driver, that each answer was as expected. */
  readonly checks?: Tally;
  readonly latency: LatencyFigures;
  /** Answers a second. */
  readonly throughput?: number;
  /** Answers by status; `timeout` and `no answer` stand beside the numbers. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Answers by the version that gave them; `unknown` where the answer does not say. */
  readonly versions?: Readonly<Record<string, number>>;
  /** Requests that left late because this machine was busy: their latencies blame the server for it. */
  readonly late?: number;
}

/** The test did not get far enough to be judged by its limits. */
export interface NoResult {
  readonly kind: "no-result";
  readonly verdict: "fail" | "hold" | "error";
  readonly reason: string;
  readonly message: string;
}

/** Offers load to one version of a service. */
export interface LoadDriver {
  readonly kind: string;
  /**
   * Runs the whole test against `url` (scheme and host).
   * Throws `InputError` for a test that cannot be run at all, such as by a program that is not installed.
   */
  run(url: string): Promise<LoadResult | NoResult>;
}
