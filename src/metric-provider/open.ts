import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import { type MetricSpec, shapeOfMetric } from "../metric-spec.ts";
import type { Ports } from "../ports.ts";
import { commandProvider } from "./command.ts";
import { expositionProvider } from "./exposition.ts";
import { jsonProvider } from "./json.ts";
import { probeProvider } from "./probe.ts";
import { prometheusProvider } from "./prometheus.ts";

/** The adapter for what a runbook declares as one metric, its references resolved. */
export function openMetric(spec: MetricSpec, ports: Ports): MetricProvider {
  if ("exposition" in spec) return expositionProvider(spec.exposition, ports);
  if ("prometheus" in spec) return prometheusProvider(spec.prometheus, ports);
  if ("json" in spec) return jsonProvider(spec.json, ports);
  if ("probe" in spec) return probeProvider(spec.probe, ports);
  return commandProvider(spec.command, ports);
}

/** What kind of numbers a declared metric gives. */
export function shapeOf(spec: MetricSpec): MetricShape {
  const shape = shapeOfMetric(spec);
  if (shape === undefined) throw new Error("A metric that was accepted says nothing about what it gives.");
  return shape;
}
