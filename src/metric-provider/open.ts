import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import { type MetricSpec, shapeOfMetric } from "../metric-spec.ts";
import type { Ports } from "../ports.ts";
import { commandProvider } from "./command.ts";
import { dockerProvider } from "./docker.ts";
import { expositionProvider } from "./exposition.ts";
import { haproxyProvider } from "./haproxy.ts";
import { jsonProvider } from "./json.ts";
import { logsProvider } from "./logs.ts";
import { pageProvider } from "./page.ts";
import { probeProvider } from "./probe.ts";
import { prometheusProvider } from "./prometheus.ts";
import { redisProvider } from "./redis.ts";
import { sentryProvider } from "./sentry.ts";
import { sqlProvider } from "./sql.ts";

/** The adapter for what a runbook declares as one metric, its references resolved. */
export function openMetric(spec: MetricSpec, ports: Ports): MetricProvider {
  if ("exposition" in spec) return expositionProvider(spec.exposition, ports);
  if ("prometheus" in spec) return prometheusProvider(spec.prometheus, ports);
  if ("json" in spec) return jsonProvider(spec.json, ports);
  if ("probe" in spec) return probeProvider(spec.probe, ports);
  if ("command" in spec) return commandProvider(spec.command, ports);
  if ("haproxy" in spec) return haproxyProvider(spec.haproxy, ports);
  if ("redis" in spec) return redisProvider(spec.redis, ports);
  if ("sql" in spec) return sqlProvider(spec.sql, ports);
  if ("logs" in spec) return logsProvider(spec.logs, ports);
  if ("docker" in spec) return dockerProvider(spec.docker, ports);
  if ("sentry" in spec) return sentryProvider(spec.sentry, ports);
  return pageProvider(spec.page, ports);
}

/** What kind of numbers a declared metric gives. */
export function shapeOf(spec: MetricSpec): MetricShape {
  const shape = shapeOfMetric(spec);
  if (shape === undefined) throw new Error("A metric that was accepted says nothing about what it gives.");
  return shape;
}
