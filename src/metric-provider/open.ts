import type { MetricShape } from "../gate/limit-test.ts";
import type { MetricProvider } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import type { MetricSpec } from "../runbook.ts";
import { expositionProvider } from "./exposition.ts";

/** The adapter for what a runbook declares as one metric. */
export const openMetric = (spec: MetricSpec, ports: Ports): MetricProvider =>
  expositionProvider(spec.exposition, ports);

/** What kind of numbers a declared metric gives. */
export function shapeOf({ exposition }: MetricSpec): MetricShape {
  if ("bad" in exposition) return { kind: "counts" };
  return "histogram" in exposition ? { kind: "histogram", dimension: "time" } : { kind: "value" };
}
