import type { DeployTarget } from "../deploy-target.ts";
import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import { type MetricSpec, shapeOfMetric } from "../metric-spec.ts";
import type { Ports } from "../ports.ts";

/** The target that versions run on, for metrics that are asked over its session. */
type Target = Pick<DeployTarget, "kind" | "askContainers">;

/** The adapter for what a runbook declares as one metric, its references resolved; only its own code is loaded. */
export async function openMetric(spec: MetricSpec, ports: Ports, target?: Target): Promise<MetricProvider> {
  if ("exposition" in spec) return (await import("./exposition.ts")).expositionProvider(spec.exposition, ports);
  if ("prometheus" in spec) return (await import("./prometheus.ts")).prometheusProvider(spec.prometheus, ports);
  if ("json" in spec) return (await import("./json.ts")).jsonProvider(spec.json, ports);
  if ("probe" in spec) return (await import("./probe.ts")).probeProvider(spec.probe, ports);
  if ("command" in spec) return (await import("./command.ts")).commandProvider(spec.command, ports);
  if ("haproxy" in spec) return (await import("./haproxy.ts")).haproxyProvider(spec.haproxy, ports);
  if ("redis" in spec) return (await import("./redis.ts")).redisProvider(spec.redis, ports);
  if ("sql" in spec) return (await import("./sql.ts")).sqlProvider(spec.sql, ports);
  if ("logs" in spec) return (await import("./logs.ts")).logsProvider(spec.logs, ports);
  if ("docker" in spec) {
    const ask = spec.docker.container === undefined ? await askTarget(target) : undefined;
    return (await import("./docker.ts")).dockerProvider(spec.docker, ports, ask);
  }
  if ("container-logs" in spec)
    return (await import("./container-logs.ts")).containerLogsProvider(spec["container-logs"], await askTarget(target));
  if ("render-logs" in spec) return (await import("./render-logs.ts")).renderLogsProvider(spec["render-logs"], ports);
  if ("vercel-logs" in spec) return (await import("./vercel-logs.ts")).vercelLogsProvider(spec["vercel-logs"], ports);
  if ("sentry" in spec) return (await import("./sentry.ts")).sentryProvider(spec.sentry, ports);
  if ("vercel" in spec) return (await import("./vercel.ts")).vercelMetricsProvider(spec.vercel, ports);
  if ("render" in spec) return (await import("./render.ts")).renderMetricsProvider(spec.render, ports);
  return (await import("./page.ts")).pageProvider(spec.page, ports);
}

const askTarget = async (target: Target | undefined) => (await import("./containers.ts")).containersOf(target);

/** What kind of numbers a declared metric gives. */
export function shapeOf(spec: MetricSpec): MetricShape {
  const shape = shapeOfMetric(spec);
  if (shape === undefined) throw new Error("A metric that was accepted says nothing about what it gives.");
  return shape;
}
