import { quote } from "../../source-text.ts";

/** What one version did since the batch before. */
export type Sample =
  | { readonly kind: "counts"; readonly total: number; readonly bad: number }
  /** Cumulative counts per upper bound in milliseconds, the last bound being Infinity. */
  | { readonly kind: "histogram"; readonly buckets: readonly (readonly [number, number])[]; readonly sum: number }
  | { readonly kind: "value"; readonly value: number };

export interface Samples {
  readonly candidate?: Sample | undefined;
  readonly stable?: Sample | undefined;
}

export interface Batch {
  /** Milliseconds; the batch covers the time since the one before. */
  readonly at: number;
  readonly metrics: Readonly<Record<string, Samples>>;
}

export interface SeriesOptions {
  /** What the numbers are of where the file does not say: the metric of the limits. */
  readonly metric: string;
  /** The label that tells versions apart in a Prometheus answer, and the two versions in it. */
  readonly by: string;
  readonly candidate: string;
  readonly stable: string | undefined;
}

/** A batch with the line it stands on. */
export interface PlacedBatch extends Batch {
  readonly line: number;
}

/** Everything wrong is collected, then told at once. */
export interface Complaints {
  add(line: number, message: string): void;
}

/** Why numbers cannot be; undefined when they can. */
export function oddSample(sample: Sample): string | undefined {
  switch (sample.kind) {
    case "counts":
      if (sample.total > Number.MAX_SAFE_INTEGER) return `counts ${sample.total}, more than can be counted`;
      return sample.bad <= sample.total ? undefined : `counts ${sample.bad} bad of ${sample.total}, which cannot be`;
    case "value":
      return undefined;
    case "histogram": {
      const { buckets } = sample;
      const ascends = buckets.every(([le, count], i) => {
        const [before, fewer] = buckets[i - 1] ?? [Number.NEGATIVE_INFINITY, 0];
        return le > before && count >= fewer;
      });
      if (!ascends) return "has buckets whose bounds or counts do not ascend";
      return buckets.at(-1)?.[0] === Number.POSITIVE_INFINITY ? undefined : 'has no last bucket "+Inf"';
    }
  }
}

/** What a date can say at most, milliseconds (ECMA-262, 21.4.1.1). */
const LATEST = 8.64e15;

/** Milliseconds, or why it is no time. */
export function readTime(at: number | string): number | string {
  if (typeof at === "string") {
    const time = /^\d{4}-\d\d-\d\dT/.test(at) ? Date.parse(at) : Number.NaN;
    return Number.isNaN(time) ? `${quote(at)} is no time such as 2026-03-01T12:00:00Z` : time;
  }
  if (!(at >= 0 && at <= LATEST)) return `${at} is no time`;
  // From 2001 to 2286 in seconds; in milliseconds, 1970.
  if (at >= 1e9 && at < 1e10) return `${at} is a time in seconds; give milliseconds or a date`;
  return at;
}
