import * as z from "zod";
import type { LatencyFigures, LoadResult, Tally } from "../load-driver.ts";

/*
 * k6 writes its results in three shapes. The one of `--summary-export` has the numbers right under each metric; the
 * data of `handleSummary()` has them under `values`; the machine-readable one (version 1.0.0, opt-in in k6 2) has lists.
 * https://grafana.com/docs/k6/latest/results-output/end-of-test/
 */

const numbers = z.record(z.string(), z.unknown());
/** Of a threshold `true` means here that it was crossed, and under `ok` that it was not. */
const exported = z.object({ root_group: z.unknown(), metrics: z.record(z.string(), numbers) });
const crossedThere = z.object({ thresholds: z.record(z.string(), z.boolean()) });
const handled = z.object({
  metrics: z.record(
    z.string(),
    z.object({ values: numbers, thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional() }),
  ),
  state: z.object({ testRunDurationMs: z.number().nonnegative() }),
});
const machineReadable = z.object({
  version: z.string(),
  config: z.object({ duration: z.number().nonnegative().optional() }).optional(),
  metadata: z.object({ generatedAt: z.string().optional(), k6Version: z.string().optional() }).optional(),
  results: z.object({
    checks: z
      .object({ results: z.array(z.object({ passes: z.number().nonnegative(), fails: z.number().nonnegative() })) })
      .optional(),
    metrics: z.array(z.object({ name: z.string(), values: numbers })),
  }),
});

/** One finished run of k6, whichever shape told it. */
export interface K6Summary {
  readonly form: "summary-export" | "handleSummary" | "machine-readable";
  readonly result: LoadResult;
  /** Thresholds of the script that were crossed, as far as the shape tells. */
  readonly crossed: readonly string[];
  /** When k6 wrote it, milliseconds since the epoch; only the machine-readable shape says so. */
  readonly generatedAt?: number;
}

type Metrics = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Reads a summary; a text says why it is none. */
export function readK6Summary(text: string): K6Summary | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const machine = machineReadable.safeParse(document);
  if (machine.success) return fromMachineReadable(machine.data);
  const handle = handled.safeParse(document);
  if (handle.success) {
    const metrics = new Map(Object.entries(handle.data.metrics).map(([name, { values }]) => [name, values]));
    const crossed = Object.entries(handle.data.metrics).flatMap(([name, { thresholds = {} }]) =>
      Object.entries(thresholds).flatMap(([text, { ok }]) => (ok ? [] : [`${name} ${text}`])),
    );
    return summaryOf("handleSummary", metrics, { seconds: handle.data.state.testRunDurationMs / 1000, crossed });
  }
  const legacy = exported.safeParse(document);
  if (legacy.success) {
    const metrics = Object.entries(legacy.data.metrics);
    const crossed = metrics.flatMap(([name, metric]) =>
      Object.entries(crossedThere.safeParse(metric).data?.thresholds ?? {}).flatMap(([text, isCrossed]) =>
        isCrossed ? [`${name} ${text}`] : [],
      ),
    );
    return summaryOf("summary-export", new Map(metrics), { crossed });
  }
  return "it has none of the three shapes that k6 writes";
}

function fromMachineReadable({ results, metadata, config }: z.infer<typeof machineReadable>): K6Summary | string {
  const metrics = new Map<string, Record<string, unknown>>(results.metrics.map(({ name, values }) => [name, values]));
  if (!metrics.has("checks") && results.checks !== undefined)
    metrics.set("checks", {
      passes: results.checks.results.reduce((sum, { passes }) => sum + passes, 0),
      fails: results.checks.results.reduce((sum, { fails }) => sum + fails, 0),
    });
  const summary = summaryOf("machine-readable", metrics, { seconds: config?.duration, crossed: [] });
  const generatedAt = Date.parse(metadata?.generatedAt ?? "");
  return typeof summary === "string" || Number.isNaN(generatedAt) ? summary : { ...summary, generatedAt };
}

interface Ended {
  readonly seconds?: number | undefined;
  readonly crossed: readonly string[];
}

function summaryOf(form: K6Summary["form"], metrics: Metrics, { seconds, crossed }: Ended): K6Summary | string {
  const total = numberOf(metrics, "http_reqs", "count");
  const rate = numberOf(metrics, "http_reqs", "rate");
  const duration = seconds ?? (total !== undefined && rate !== undefined && rate > 0 ? total / rate : undefined);
  if (total === undefined || total === 0 || duration === undefined || duration <= 0)
    return "it counts no HTTP requests";
  const failed = failedOf(metrics, total);
  if (failed === undefined) return "it does not say how many requests failed";
  const iterations = numberOf(metrics, "iterations", "count") ?? 0;
  if (iterations === 0) return "no iteration of the script was completed";
  const dropped = numberOf(metrics, "dropped_iterations", "count") ?? 0;
  const checks = checksOf(metrics);
  return {
    form,
    crossed,
    result: {
      kind: "result",
      source: `k6 (${form})`,
      seconds: duration,
      offered: { due: iterations + dropped, dropped },
      requests: { total, bad: failed },
      ...(checks !== undefined && { checks }),
      latency: latencyOf(metrics),
      throughput: rate ?? total / duration,
    },
  };
}

function numberOf(metrics: Metrics, metric: string, ...names: readonly string[]): number | undefined {
  const values = metrics.get(metric);
  const found = names.map((name) => values?.[name]).find((value) => typeof value === "number");
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : undefined;
}

/** `http_req_failed` is a rate of failures: what it calls `passes` are the requests that failed. */
function failedOf(metrics: Metrics, total: number): number | undefined {
  const counted = numberOf(metrics, "http_req_failed", "passes", "matches");
  if (counted !== undefined) return Math.min(total, counted);
  const rate = numberOf(metrics, "http_req_failed", "rate", "value");
  return rate === undefined || rate > 1 ? undefined : Math.round(rate * total);
}

function checksOf(metrics: Metrics): Tally | undefined {
  const passes = numberOf(metrics, "checks", "passes", "matches");
  const fails = numberOf(metrics, "checks", "fails");
  const total = numberOf(metrics, "checks", "total");
  if (passes === undefined) return undefined;
  if (fails !== undefined) return { total: passes + fails, bad: fails };
  return total === undefined || total < passes ? undefined : { total, bad: total - passes };
}

/** Milliseconds. The newest shape spells percentiles both `p(95)` and `p95`. */
function latencyOf(metrics: Metrics): LatencyFigures {
  const figures: readonly (readonly [keyof LatencyFigures, readonly string[]])[] = [
    ["mean", ["avg"]],
    ["p50", ["med", "p(50)", "p50"]],
    ["p75", ["p(75)", "p75"]],
    ["p90", ["p(90)", "p90"]],
    ["p95", ["p(95)", "p95"]],
    ["p99", ["p(99)", "p99"]],
    ["max", ["max"]],
  ];
  return Object.fromEntries(
    figures.flatMap(([figure, names]) => {
      const value = numberOf(metrics, "http_req_duration", ...names);
      return value === undefined ? [] : [[figure, value]];
    }),
  );
}
