import { parseDuration } from "../duration.ts";
import type { MetricShape } from "../gate/limit-test.ts";
import { every } from "../metric-spec.ts";
import { parseSelector } from "./exposition-selector.ts";
import { probeReach } from "./probe-bounds.ts";
import { dimensionOf, seriesUnits } from "./series-unit.ts";

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Sources that can be asked about time long gone; the others count from look to look. */
const remembering = ["prometheus", "sql", "logs", "command", "vercel", "render", "vercel-logs", "render-logs"];
/** Those that can also be asked about all versions together. */
const remembersEveryone = ["prometheus", "vercel", "render", "render-logs"];

/**
 * Why a declared metric has nothing from before the release, for limits `vs before`; undefined when its source keeps
 * it. Judged on plain data, which may be broken elsewhere.
 */
export function forgetsBefore(declared: unknown): string | undefined {
  if (!isPlain(declared)) return undefined;
  const source = Object.keys(declared).find((key) => !Object.hasOwn(every, key)) ?? "";
  const query = declared[source];
  if (!remembering.includes(source) || (source === "sql" && isPlain(query) && !("counts" in query)))
    return `\`${source}\` only tells what is now, so nothing is known from before the release`;
  if (declared["before"] !== "last-week" || remembersEveryone.includes(source)) return undefined;
  return `\`${source}\` tells of one version only, and another one served last week`;
}

const shapeOfSource: Readonly<Record<string, (source: Plain) => MetricShape | undefined>> = {
  probe: ({ measure }) =>
    measure === "latency" ? { ...shapeGiven("histogram"), reach: probeReach } : { kind: "counts" },
  command: ({ gives, unit }) => {
    if (gives === "value") return valueIn("", unit);
    return gives === "histogram" || gives === "counts" ? shapeGiven(gives) : undefined;
  },
  haproxy: () => ({ kind: "counts", divided: true }),
  redis: ({ measure }) => {
    if (measure === "misses") return { kind: "counts" };
    return { kind: "value", dimension: measure === "memory" ? "size" : "number" };
  },
  sentry: ({ measure }) => ({ kind: "value", dimension: measure === "crash-free-sessions" ? "share" : "number" }),
  page: ({ measure }) => ({ kind: "value", dimension: measure === "cls" ? "number" : "time" }),
  vercel: ({ measure = "errors" }) =>
    measure === "errors" ? { kind: "counts" } : { kind: "value", dimension: "time" },
  render: ({ measure = "errors" }) => {
    if (measure === "errors") return { kind: "counts" };
    if (measure === "memory") return { kind: "value", dimension: "size" };
    return { kind: "value", dimension: measure === "cpu" ? "number" : "time" };
  },
  sql: (source) => ("value" in source ? valueIn("", source["unit"]) : { kind: "counts" }),
  logs: linesShape,
  "container-logs": linesShape,
  "render-logs": linesShape,
  "vercel-logs": linesShape,
  docker: ({ measure }) => ({
    kind: "value",
    dimension: measure === "restarts" ? "number" : measure === "memory-bytes" ? "size" : "share",
  }),
};

function linesShape(source: Plain): MetricShape {
  return "total" in source ? { kind: "counts" } : { kind: "value", dimension: "number" };
}

/** A value in the unit that is declared, or that its name ends in. */
function valueIn(name: string, unit: unknown): MetricShape {
  const dimension = dimensionOf(
    name,
    seriesUnits.find((known) => known === unit),
  );
  return { kind: "value", ...(dimension && { dimension }) };
}

const shapeGiven = (kind: MetricShape["kind"]): MetricShape =>
  kind === "histogram" ? { kind, dimension: "time" } : { kind };

/** Milliseconds up to which the buckets tell requests apart, where the declaration says so: as written, or as read. */
function reachOf(lastBucket: unknown): Pick<MetricShape, "reach"> {
  const reach = typeof lastBucket === "string" ? parseDuration(lastBucket) : lastBucket;
  return typeof reach === "number" ? { reach } : {};
}

function shapeByKeys(source: Plain): MetricShape | undefined {
  if ("total" in source) return { kind: "counts" };
  if ("histogram" in source) return { ...shapeGiven("histogram"), ...reachOf(source["last-bucket"]) };
  if (typeof source["value"] !== "string") return undefined;
  return valueIn(parseSelector(source["value"]).selector?.name ?? source["value"], source["unit"]);
}

/** What kind of numbers a declared metric gives; undefined when the declaration is broken, so it may be any data. */
export function shapeOfMetric(declared: unknown): MetricShape | undefined {
  if (!isPlain(declared)) return undefined;
  for (const [name, source] of Object.entries(declared)) {
    if (Object.hasOwn(every, name) || !isPlain(source)) continue;
    return (shapeOfSource[name] ?? shapeByKeys)(source);
  }
  return undefined;
}
