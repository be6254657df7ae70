import * as z from "zod";
import type { Measurement, MetricProvider, Window } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";
import { wholeMinutes } from "./whole-minutes.ts";

export interface RenderMetricsConfig {
  readonly token: string;
  /** The service: `srv-…`. */
  readonly service: string;
  /** Answers with 5xx among all, a percentile of their latency, or what the service uses. */
  readonly measure: "errors" | "latency-p50" | "latency-p95" | "latency-p99" | "memory" | "cpu";
}

const API = "https://api.render.com/v1";
const MINUTE = 60_000;

const collection = z.array(
  z.object({
    labels: z.array(z.object({ field: z.string(), value: z.string() })),
    values: z.array(z.object({ timestamp: z.iso.datetime({ offset: true }), value: z.number().nonnegative() })),
    unit: z.string(),
  }),
);
type Series = z.infer<typeof collection>;

/** Milliseconds of Render's units of time; anything else is no latency. */
const TIME: Readonly<Record<string, number>> = { s: 1000, seconds: 1000, ms: 1, milliseconds: 1 };

/**
 * What Render counted of a service over whole minutes that have ended (https://api-docs.render.com). Render tells of
 * services and not of deploys: the numbers are those of whatever served, which is one version at a time there.
 */
export function renderMetricsProvider(
  config: RenderMetricsConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  api = API,
): MetricProvider {
  const { token, service, measure } = config;
  const source = `Render's ${measure} of ${service}`;
  const closed = wholeMinutes();

  async function ask(metric: string, window: Window, more: Readonly<Record<string, string>>) {
    const url = below(apiAddress(api, token), `/metrics/${metric}`, {
      resource: service,
      startTime: new Date(window.from).toISOString(),
      endTime: new Date(window.to).toISOString(),
      resolutionSeconds: String(MINUTE / 1000),
      ...more,
    });
    const found = await askJson(ports, { provider: "render", url, headers: bearer(token) });
    if (isNoData(found)) return found;
    const parsed = collection.safeParse(found.json);
    return parsed.success ? parsed.data : noData("unparsable", `${source}: Render did not answer as documented.`);
  }

  async function count(window: Window, version: string): Promise<Measurement> {
    const series = await ask("http-requests", window, { aggregateBy: "statusCode" });
    if (isNoData(series)) return series;
    let [bad, total] = [0, 0];
    for (const one of series) {
      const status = one.labels.find(({ field }) => field === "statusCode")?.value;
      if (status === undefined || !/^[1-5]\d\d$/.test(status))
        return noData("unparsable", `${source}: a series names no status.`);
      const sum = inside(one, window).reduce((all, { value }) => all + value, 0);
      total += sum;
      if (status.startsWith("5")) bad += sum;
    }
    if (total === 0) return noData("no-series", `${source} saw no request in these minutes.`);
    return { kind: "counts", bad, total, window, observedAt: window.to, version, source };
  }

  async function value(window: Window, version: string): Promise<Measurement> {
    const [metric, quantile] = measure.split("-p");
    const series =
      quantile === undefined
        ? await ask(measure, window, {})
        : await ask(`http-${metric}`, window, { quantile: `0.${quantile}` });
    if (isNoData(series)) return series;
    const found = series.flatMap((one) => inside(one, window).map(({ value: amount }) => ({ amount, unit: one.unit })));
    if (found.length === 0) return noData("no-series", `${source} has no number of these minutes.`);
    const factor = quantile === undefined ? 1 : TIME[found[0]?.unit ?? ""];
    if (factor === undefined || found.some(({ unit }) => unit !== found[0]?.unit))
      return noData("odd-number", `${source} is in the unit ${JSON.stringify(found[0]?.unit)}, which is no time.`);
    // Several instances, or several minutes: the worst of them counts.
    const worst = Math.max(...found.map(({ amount }) => amount)) * factor;
    return { kind: "value", value: worst, window, observedAt: window.to, version, source };
  }

  return {
    kind: "render",
    async measure(window, { version }) {
      const minutes = closed.of(window, version, ports.clock.now());
      if (isNoData(minutes)) return minutes;
      const measured = await (measure === "errors" ? count(minutes, version) : value(minutes, version));
      if (measured.kind !== "no-data") closed.counted(minutes, version);
      return measured;
    },
  };
}

/** Only what lies inside of the minutes asked for: an answer may begin earlier or end later. */
const inside = ({ values }: Series[number], { from, to }: Window) =>
  values.filter(({ timestamp }) => Date.parse(timestamp) >= from && Date.parse(timestamp) < to);
