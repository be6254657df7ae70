import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import { type MetricSpec, shapeOfMetric } from "../metric-spec.ts";
import type { Ports } from "../ports.ts";

/** The adapter for what a runbook declares as one metric, its references resolved; only its own code is loaded. */
export async function openMetric(spec: MetricSpec, ports: Ports): Promise<MetricProvider> {
  if ("exposition" in spec) return (await import("./exposition.ts")).expositionProvider(spec.exposition, ports);
  if ("prometheus" in spec) return (await import("./prometheus.ts")).prometheusProvider(spec.prometheus, ports);
  if ("json" in spec) return (await import("./json.ts")).jsonProvider(spec.json, ports);
  if ("probe" in spec) return (await import("./probe.ts")).probeProvider(spec.probe, ports);
  if ("command" in spec) return (await import("./command.ts")).commandProvider(spec.command, ports);
  if ("haproxy" in spec) return (await import("./haproxy.ts")).haproxyProvider(spec.haproxy, ports);
  if ("redis" in spec) return (await import("./redis.ts")).redisProvider(spec.redis, ports);
  if ("sql" in spec) return (await import("./sql.ts")).sqlProvider(spec.sql, ports);
  if ("logs" in spec) return (await import("./logs.ts")).logsProvider(spec.logs, ports);
  if ("docker" in spec) return (await import("./docker.ts")).dockerProvider(spec.docker, ports);
  if ("sentry" in spec) return (await import("./sentry.ts")).sentryProvider(spec.sentry, ports);
  if ("vercel" in spec) return (await import("./vercel.ts")).vercelMetricsProvider(spec.vercel, ports);
  if ("render" in spec) return (await import("./render.ts")).renderMetricsProvider(spec.render, ports);
  return (await import("./page.ts")).pageProvider(spec.page, ports);
}

/** What kind of numbers a declared metric gives. */
export function shapeOf(spec: MetricSpec): MetricShape {
  const shape = shapeOfMetric(spec);
  if (shape === undefined) throw new Error("A metric that was accepted says nothing about what it gives.");
  return shape;
}
