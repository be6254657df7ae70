import * as z from "zod";
import type { Measurement, MetricProvider, NoData, Subject, Window } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";
import { wholeMinutes } from "./whole-minutes.ts";

export interface VercelMetricsConfig {
  readonly token: string;
  readonly project: string;
  readonly team?: string | undefined;
  /** Answers with 5xx among all, or a percentile of how long functions ran. */
  readonly measure: "errors" | "duration-p50" | "duration-p95" | "duration-p99";
}

const API = "https://api.vercel.com";
const REQUESTS = "vercel.request.count";
const DURATION = "vercel.function_invocation.function_duration_ms";
const MINUTE = 60_000;

/** As Vercel CLI 60 reads it; `POST /metrics/v1` is no published interface, so anything else is no data. */
const answer = z.object({
  summary: z.array(
    z.object({ dimensions: z.record(z.string(), z.unknown()), values: z.object({ value: z.number().nullish() }) }),
  ),
});

/**
 * What Vercel counted for one deployment, over whole minutes that have ended. Needs Observability Plus: without it
 * Vercel answers 402, which is no data. A deployment without a row was not seen, and that is no data too; no row of
 * errors beside a row of requests is zero.
 */
export function vercelMetricsProvider(
  config: VercelMetricsConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  api = API,
): MetricProvider {
  const { token, project, team, measure } = config;
  const url = below(apiAddress(api, token), "/metrics/v1", team === undefined ? {} : { teamId: team });
  const source = `Vercel's metrics of ${project}`;
  const closed = wholeMinutes();

  async function ask(
    metric: string,
    aggregation: string,
    { from, to }: Window,
    filter: string,
  ): Promise<ReadonlyMap<string, number> | NoData> {
    const body = {
      scope: { ...(team !== undefined && { ownerId: team }), projectIds: [project] },
      timeRange: { start: new Date(from).toISOString(), end: new Date(to).toISOString() },
      bucketSeconds: MINUTE / 1000,
      groupBy: ["deploymentId"],
      filter,
      metrics: { value: { metric, aggregation } },
      outputs: ["value"],
      seriesSelection: { limit: 100, mode: "exact", rankBy: [{ metric: "value", direction: "desc" }] },
    };
    const found = await askJson(ports, { provider: "vercel", url, headers: bearer(token), body });
    if (isNoData(found)) return found;
    const parsed = answer.safeParse(found.json);
    if (!parsed.success) return noData("unparsable", `${source}: Vercel did not answer as its own command reads it.`);
    const rows = new Map<string, number>();
    for (const { dimensions, values } of parsed.data.summary) {
      const { deploymentId } = dimensions;
      if (typeof deploymentId !== "string") return noData("unparsable", `${source}: a row names no deployment.`);
      if (rows.has(deploymentId)) return noData("ambiguous", `${source}: two rows of ${deploymentId}.`);
      if (typeof values.value === "number") rows.set(deploymentId, values.value);
    }
    return rows;
  }

  async function count(window: Window, subject: Subject): Promise<Measurement> {
    const production = "environment:production";
    const all = await ask(REQUESTS, "sum", window, production);
    if (isNoData(all)) return all;
    const failed = await ask(REQUESTS, "sum", window, `(httpStatus >= 500) AND (${production})`);
    if (isNoData(failed)) return failed;
    const total = of(all, subject);
    if (total === undefined) return unseen(subject);
    return { kind: "counts", bad: of(failed, subject) ?? 0, total, ...stamp(window, subject) };
  }

  async function duration(window: Window, subject: Subject): Promise<Measurement> {
    const rows = await ask(DURATION, measure.slice("duration-".length), window, "environment:production");
    if (isNoData(rows)) return rows;
    const value = rows.get(subject.version);
    return value === undefined ? unseen(subject) : { kind: "value", value, ...stamp(window, subject) };
  }

  const of = (rows: ReadonlyMap<string, number>, { version, everyone }: Subject): number | undefined => {
    if (everyone !== true) return rows.get(version);
    return rows.size === 0 ? undefined : [...rows.values()].reduce((sum, value) => sum + value, 0);
  };
  const unseen = ({ version }: Subject): NoData =>
    noData(
      "no-series",
      `${source} has no row of ${version} in these minutes; nobody asked it, or it is not known yet.`,
    );
  const stamp = (window: Window, { version }: Subject) => ({ window, observedAt: window.to, version, source });

  return {
    kind: "vercel",
    async measure(window, subject) {
      const minutes = closed.of(window, subject.version, ports.clock.now());
      if (isNoData(minutes)) return minutes;
      const measured = await (measure === "errors" ? count(minutes, subject) : duration(minutes, subject));
      if (measured.kind !== "no-data") closed.counted(minutes, subject.version);
      return measured;
    },
  };
}
