import type { DeployTarget } from "../deploy-target.ts";
import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import { shapeOfMetric } from "../metric-spec/metric-shape.ts";
import type { MetricSpec } from "../metric-spec.ts";
import type { Ports } from "../ports.ts";

/** The target that versions run on, for metrics that are asked over its session. */
type Target = Pick<DeployTarget, "kind" | "askContainers" | "askRouter" | "forward">;

/**
 * The adapter for what a runbook declares as one metric, its references resolved; only its own code is loaded. `totals`
 * is what the provider of another process ended with.
 */
export async function openMetric(
  spec: MetricSpec,
  ports: Ports,
  target?: Target,
  totals?: unknown,
): Promise<MetricProvider> {
  if ("exposition" in spec)
    return (await import("./exposition.ts")).expositionProvider(spec.exposition, ports, { totals });
  if ("prometheus" in spec) return (await import("./prometheus.ts")).prometheusProvider(spec.prometheus, ports);
  if ("json" in spec) return (await import("./json.ts")).jsonProvider(spec.json, ports, totals);
  if ("probe" in spec) return (await import("./probe.ts")).probeProvider(spec.probe, ports);
  if ("command" in spec) return (await import("./command.ts")).commandProvider(spec.command, ports);
  if ("haproxy" in spec) {
    const { via, backend = "", ...place } = spec.haproxy;
    const { haproxyProvider, routerProvider } = await import("./haproxy.ts");
    return via === undefined
      ? haproxyProvider({ ...place, backend }, ports, totals)
      : routerProvider(target, ports, totals);
  }
  if ("redis" in spec) {
    const { url, via, ...redis } = spec.redis;
    const server = { ...redis, via, url: await reached(url, via, target) };
    return (await import("./redis.ts")).redisProvider(server, ports, totals);
  }
  if ("sql" in spec) {
    const { database, via, ...sql } = spec.sql;
    const question = { ...sql, via, database: await reached(database, via, target) };
    return (await import("./sql.ts")).sqlProvider(question, ports, totals);
  }
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

/** An address as it is reached from here; through the target's session where the metric says so. */
async function reached(url: string, via: "target" | undefined, target: Target | undefined): Promise<string> {
  if (via === undefined) return url;
  const { reachedThroughTarget } = await import("../through-target.ts");
  return (await reachedThroughTarget({ url, via }, async () => target))?.url ?? url;
}

const askTarget = async (target: Target | undefined) => (await import("./containers.ts")).containersOf(target);

/** What kind of numbers a declared metric gives. */
export function shapeOf(spec: MetricSpec): MetricShape {
  const shape = shapeOfMetric(spec);
  if (shape === undefined) throw new Error("A metric that was accepted says nothing about what it gives.");
  return shape;
}
