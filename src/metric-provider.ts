/** A half-open interval of wall time, milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Whose numbers are wanted: one version, and where it answers directly if it does. */
export interface Subject {
  readonly version: string;
  readonly address?: string | undefined;
  /** What answers there, where the address of another process would be another one. */
  readonly place?: string | undefined;
  /** All versions together, where the source can tell: last week another one served. */
  readonly everyone?: boolean | undefined;
}

interface Stamp {
  /** The window the numbers really cover; it may be shorter than the one asked for. */
  readonly window: Window;
  /** When the source said so, milliseconds since the epoch. */
  readonly observedAt: number;
  readonly version: string;
  /** Where the numbers were read, for the message. */
  readonly source: string;
}

export interface Counts extends Stamp {
  readonly kind: "counts";
  /** Bad events and all events inside the window: increments, not running totals. */
  readonly bad: number;
  readonly total: number;
}

export interface Histogram extends Stamp {
  readonly kind: "histogram";
  /** Cumulative increments per upper bound, ascending, the last bound being Infinity. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
}

export interface Value extends Stamp {
  readonly kind: "value";
  readonly value: number;
}

/** Missing, stale, unparsable or odd: never zero, never a pass. */
export interface NoData {
  readonly kind: "no-data";
  readonly reason: string;
  readonly message: string;
}

export type Measurement = Counts | Histogram | Value | NoData;

/** A source of numbers for one declared metric. */
export interface MetricProvider {
  readonly kind: string;
  /**
   * What happened to `subject` inside `window`. Providers that read running totals answer `no-data` at the first look.
   * Throws `ProviderError` when the question itself is refused (wrong credential, wrong query).
   */
  measure(window: Window, subject: Subject): Promise<Measurement>;
  /** Running totals as plain JSON, by which a later process goes on; absent where the source itself knows the past. */
  readonly totals?: (() => unknown) | undefined;
}
