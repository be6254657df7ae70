import { InputError } from "../failure.ts";
import type { Counts, Histogram, Measurement, MetricProvider, NoData, Subject } from "../metric-provider.ts";
import { probeBounds } from "../metric-spec/probe-bounds.ts";
import type { Ports } from "../ports.ts";
import { isRemembered } from "../remembered.ts";
import { below } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf } from "./read-page.ts";

export interface ProbeConfig {
  readonly get: string;
  readonly status: number;
  /** Requests per look. */
  readonly requests: number;
  /** Milliseconds after which an answer counts as failed. */
  readonly within: number;
  readonly measure: "failures" | "latency";
}

/** Milliseconds between two requests: they leave on time whether or not the ones before were answered. */
const SPACING = 50;

/**
 * Asks a version itself, a few times per look, and says so: the numbers are synthetic, no user's. The requests form an
 * open loop: latency counts from when a request was due, so a stalled server cannot slow down its own measurement.
 */
export function probeProvider(
  config: ProbeConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): MetricProvider {
  if (config.requests * SPACING > 10_000) throw new InputError("A probe sends at most 200 requests per look.");
  return { kind: "probe", measure: (_window, subject) => probe(config, subject, ports) };
}

const probe = async (
  config: ProbeConfig,
  subject: Subject,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<Measurement> => {
  const asked = await askVersion(config, subject, ports);
  return isNoData(asked) ? asked : asked[config.measure];
};

/** The same requests counted in both ways, or why nobody could be asked. */
export async function askVersion(
  config: Omit<ProbeConfig, "measure">,
  { address, version }: Subject,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<{ readonly failures: Counts; readonly latency: Histogram } | NoData> {
  if (address === undefined) return noData("no-address", `Version ${version} has no address of its own to probe.`);
  const url = below(new URL(address), config.get);
  const source = `synthetic requests to ${placeOf(url)}`;
  const from = ports.clock.now();
  const begun = ports.clock.monotonic();
  const latencies = await Promise.all(
    Array.from({ length: config.requests }, (_, i) => request(url, config, begun + i * SPACING, ports)),
  );
  if (ports.cancelled.aborted) return noData("cancelled", `The job was cancelled while ${placeOf(url)} was probed.`);
  const to = Math.max(from + 1, ports.clock.now());
  const stamp = { window: { from, to }, observedAt: to, version, source };
  const total = latencies.length;
  const good = latencies.filter((latency) => latency <= config.within);
  const buckets = probeBounds.map((le) => ({ le, count: latencies.filter((latency) => latency <= le).length }));
  // A failed request took at least as long as it was waited for.
  const sum = latencies.reduce((all, latency) => all + Math.min(latency, config.within), 0);
  return {
    failures: { kind: "counts", bad: total - good.length, total, ...stamp },
    latency: { kind: "histogram", buckets, sum, ...stamp },
  };
}

/** Milliseconds from when the request was due to the end of its answer; infinite when the answer was not the right one. */
async function request(
  url: URL,
  { status, within }: Pick<ProbeConfig, "status" | "within">,
  due: number,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<number> {
  const early = due - ports.clock.monotonic();
  if (early > 0) await ports.clock.sleep(early, ports.cancelled).catch(() => undefined);
  try {
    const response = await ports.fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([ports.cancelled, AbortSignal.timeout(within)]),
      headers: { "user-agent": "sluice-probe", "cache-control": "no-cache" },
    });
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > 1_048_576) return Number.POSITIVE_INFINITY;
    }
    if (isRemembered(response.headers)) return Number.POSITIVE_INFINITY;
    return response.status === status ? ports.clock.monotonic() - due : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
