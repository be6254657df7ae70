import type { Refusal } from "./expectation.ts";
import type { MetricShape } from "./gate/limit-test.ts";
import { formatLimit, type Limit } from "./limit.ts";
import type { Breach } from "./runbook-rules.ts";
import { quote } from "./source-text.ts";

type Plain = Record<string, unknown>;
const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};

/** Metrics of containers and of their router are asked over the session to compose hosts; no other target has one. */
export function containerRules(runbook: Plain): Breach[] {
  if ("compose" in mapOf(runbook["target"])) return [];
  return Object.entries(mapOf(runbook["metrics"])).flatMap(([name, metric]): Breach[] =>
    ["docker", "container-logs", "haproxy"].flatMap((source): Breach[] => {
      if (mapOf(mapOf(metric)[source])["via"] !== "target") return [];
      return [
        {
          path: ["metrics", name, source, "via"],
          refusal: {
            code: "RB129",
            message: "`via: target` without hosts to ask",
            why: "The metric is read over the session to the hosts of `target.compose`.",
            fix: "Use `docker: { container: … }`, `logs: { run: … }` or `haproxy: { url: … }`, or release to `target.compose`.",
          },
        },
      ];
    }),
  );
}

/** 0.4 s kept below 500 would pass as 0.4 ms, and 45 % kept above 0.9 as 45 times everything. */
export function unitInDoubt(limit: Limit, shape: MetricShape | undefined): Refusal | undefined {
  const { demand, versus } = limit;
  if (shape?.kind !== "value" || shape.dimension !== undefined || versus !== undefined) return undefined;
  if (demand.op === "not-worse" || !["time", "size", "share"].includes(demand.quantity.dimension)) return undefined;
  return {
    code: "RB106",
    message: `nothing says in which unit ${quote(limit.metric)} is, and \`${formatLimit(limit)}\` has one`,
    why: "A number in another unit than the limit's would pass, or break the limit, by mistake.",
    fix: "Add `unit: seconds`, `milliseconds`, `bytes`, `ratio` or `percent` to the metric, or limit it by a plain number.",
  };
}
