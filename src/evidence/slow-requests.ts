import type { Arm } from "./increment.ts";

/** Cumulative counts per upper bound, ascending, the last bound being Infinity. */
export type Buckets = readonly { readonly le: number; readonly count: number }[];

/** Requests of one batch that were slower than a limit, seen through buckets. */
export interface SlowRequests {
  /** Certainly slow: beyond the smallest bound at or above the limit. Undefined beyond the last finite bound. */
  readonly certainly: Arm | undefined;
  /** Possibly slow: not below the largest bound at or below the limit. Undefined below the first bound. */
  readonly possibly: Arm | undefined;
  /** Between these bounds the buckets cannot tell slow from fast. */
  readonly blind: { readonly from: number | undefined; readonly to: number | undefined };
}

/**
 * "p95 <= L" is the same as "at most 5 % are slower than L": latency becomes counts, and no quantile is estimated.
 * Evidence against the candidate takes only what is certainly slow, evidence for it everything that may be.
 */
export function slowRequests(buckets: Buckets, limit: number): SlowRequests {
  const total = buckets.at(-1)?.count ?? 0;
  const above = buckets.find(({ le }) => le >= limit && Number.isFinite(le));
  const below = buckets.findLast(({ le }) => le <= limit);
  return {
    certainly: above && { total, bad: total - above.count },
    possibly: below && { total, bad: total - below.count },
    blind: { from: below?.le, to: above?.le },
  };
}

/** Smallest finite bound that holds the quantile `p`; undefined for no requests or beyond the last finite bound. */
export function quantileBound(buckets: Buckets, p: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (!(total > 0)) return undefined;
  const bound = buckets.find(({ count }) => count >= p * total)?.le;
  return bound !== undefined && Number.isFinite(bound) ? bound : undefined;
}

/** Requests beyond `bound`, one of the buckets' own; undefined when it is none of them. */
export function beyond(buckets: Buckets, bound: number): Arm | undefined {
  const bucket = buckets.find(({ le }) => le === bound);
  const total = buckets.at(-1)?.count ?? 0;
  return bucket && { total, bad: total - bucket.count };
}
