import type { Histogram, NoData } from "../metric-provider.ts";
import { scaled } from "../metric-spec/series-unit.ts";
import { noData } from "./no-data.ts";

/** Whether a label `le` is a bound, as Prometheus writes them. */
export const isBound = (le: string): boolean => le === "+Inf" || /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(le);

/** What was added per bound, and to the sum, in the series' own unit; `scale` makes milliseconds of it. */
export function histogramOf(
  perBound: Iterable<readonly [le: string, count: number]>,
  sum: number,
  scale: number,
  stamp: Omit<Histogram, "kind" | "buckets" | "sum">,
): Histogram | NoData {
  const buckets = [...perBound]
    .map(([le, count]) => ({ le: le === "+Inf" ? Number.POSITIVE_INFINITY : scaled(Number(le), scale), count }))
    .sort((a, b) => a.le - b.le);
  const falls = buckets.some(({ count }, i) => count < (buckets[i - 1]?.count ?? 0));
  if (falls || buckets.some(({ le }) => Number.isNaN(le)))
    return noData("odd-histogram", `${stamp.source} has buckets that cannot be.`);
  return { kind: "histogram", buckets, sum: sum * scale, ...stamp };
}
