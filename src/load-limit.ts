import { asPercent, asTime } from "./figures.ts";
import { formatLimit, keeps, type Limit } from "./limit.ts";
import { type LoadResult, type Quantile, quantiles } from "./load-driver.ts";

/** Why a limit cannot be judged by one finished run, and what to write instead. */
export interface Unfit {
  readonly message: string;
  readonly fix: string;
}

const judged = ["error-rate", "availability", "checks", "throughput", "latency"] as const;
const isQuantile = (aggregate: string | undefined): aggregate is Quantile =>
  aggregate !== undefined && Object.hasOwn(quantiles, aggregate);

/** Undefined when a finished run can answer the limit. */
export function unfitForLoad(limit: Limit): Unfit | undefined {
  const { metric, aggregate, versus, demand } = limit;
  if (!judged.some((known) => known === metric))
    return {
      message: `a load test does not measure ${metric}`,
      fix: `Limit ${judged.slice(0, -1).join(", ")} or a percentile such as \`p99\`.`,
    };
  if (versus !== undefined || demand.op === "not-worse")
    return {
      message: "a load test runs against one version, so there is nobody to compare with",
      fix: "Write the value it must keep, or compare in the canary's limits.",
    };
  if (limit.for !== undefined)
    return {
      message: "a load test is judged once, when it has ended",
      fix: "Leave `for` away here; how long the test takes is its own `for`.",
    };
  if (aggregate === "growth")
    return { message: "a slope needs hours, not one test", fix: "Limit a percentile such as `p99`." };
  return undefined;
}

/** Requests that say anything about a mean, a maximum or a rate at all. */
const leastOfAll = 30;

/**
 * Requests a limit needs before it is judged. A share needs so many that a run without a single bad one rules the
 * limit out at 95 %: 3 / share, the rule of three (Hanley and Lippman-Hand, JAMA 249:1743, 1983). A percentile is a
 * limit on the share of slower requests.
 */
export function leastSample(limit: Limit): number {
  const share = shareAllowed(limit);
  return share === undefined || share <= 0 ? leastOfAll : Math.max(leastOfAll, Math.ceil(3 / share - 1e-9));
}

function shareAllowed({ metric, aggregate, demand }: Limit): number | undefined {
  if (isQuantile(aggregate)) return 1 - quantiles[aggregate];
  if (metric === "latency" || metric === "throughput" || demand.op === "not-worse") return undefined;
  return metric === "error-rate" ? demand.quantity.value : 1 - demand.quantity.value;
}

/** How one limit stands after the run. */
export interface LoadStanding {
  readonly limit: string;
  readonly standing: "holds" | "broken" | "not-enough-data" | "no-data" | "driver-late";
  /** Base unit of the limit: share, milliseconds or answers a second. */
  readonly value?: number;
  readonly sample: number;
  /** A sentence without its full stop: value, limit and sample. */
  readonly said: string;
}

/** A plain comparison of the finished run with one limit. */
export function standingOf(limit: Limit, result: LoadResult): LoadStanding {
  const text = formatLimit(limit);
  const { value, sample } = reading(limit, result);
  const of = `${sample.toLocaleString("en")} ${limit.metric === "checks" ? "checks" : "requests"}`;
  if (value === undefined || limit.demand.op === "not-worse")
    return { limit: text, standing: "no-data", sample, said: `\`${text}\`: ${result.source} does not report it` };
  const about = { limit: text, value, sample };
  const seen = `${named(limit)} ${shown(limit, value)} of ${of}`;
  const { op, quantity } = limit.demand;
  const holds = keeps[op](value, quantity.value);
  // One bad request breaks a limit that allows none, however few there were.
  const certain = !holds && shareAllowed(limit) === 0;
  const needed = leastSample(limit);
  if (sample < needed && !certain)
    return { ...about, standing: "not-enough-data", said: `\`${text}\` needs ${needed} of them: ${seen}` };
  if (holds) return { ...about, standing: "holds", said: `\`${text}\` holds: ${seen}` };
  if (limit.metric === "latency" && blamesServerForDriver(limit, result))
    return {
      ...about,
      standing: "driver-late",
      said: `\`${text}\` seems broken (${seen}), but ${result.late} requests left this machine late`,
    };
  return { ...about, standing: "broken", said: `\`${text}\` is broken: ${seen}` };
}

/** Requests that left late look slow: they may be all that the limit's slow share consists of. */
function blamesServerForDriver({ aggregate }: Limit, { late = 0, requests }: LoadResult): boolean {
  const slow = isQuantile(aggregate) ? 1 - quantiles[aggregate] : 0.01;
  return late > slow * requests.total;
}

function reading(limit: Limit, result: LoadResult): { readonly value: number | undefined; readonly sample: number } {
  const { requests, checks, latency, throughput } = result;
  switch (limit.metric) {
    case "checks":
      return { value: checks && share(checks.total - checks.bad, checks.total), sample: checks?.total ?? 0 };
    case "error-rate":
      return { value: share(requests.bad, requests.total), sample: requests.total };
    case "availability":
      return { value: share(requests.total - requests.bad, requests.total), sample: requests.total };
    case "throughput":
      return { value: throughput, sample: requests.total };
    default: {
      const { aggregate } = limit;
      const figure = aggregate === undefined || aggregate === "growth" ? undefined : latency[aggregate];
      return { value: figure, sample: requests.total };
    }
  }
}

const share = (part: number, total: number): number | undefined => (total > 0 ? part / total : undefined);

const named = ({ metric, aggregate }: Limit): string => (metric === "latency" ? `${aggregate}` : metric);

function shown({ metric }: Limit, value: number): string {
  if (metric === "latency") return asTime(value);
  if (metric === "throughput") return `${Number(value.toPrecision(4))}/s`;
  // 99.99 % must not be shown as the 100 % it is not.
  const percent = asPercent(value);
  return percent === "100%" && value < 1 ? `${(Math.floor(value * 1e6) / 1e4).toFixed(4)}%` : percent;
}
