import type { Breach } from "./runbook-rules.ts";

type Plain = Record<string, unknown>;
const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};

/** Metrics of containers are asked over the session to compose hosts; no other target has one. */
export function containerRules(runbook: Plain): Breach[] {
  if ("compose" in mapOf(runbook["target"])) return [];
  return Object.entries(mapOf(runbook["metrics"])).flatMap(([name, metric]): Breach[] =>
    ["docker", "container-logs"].flatMap((source): Breach[] => {
      if (mapOf(mapOf(metric)[source])["via"] !== "target") return [];
      return [
        {
          path: ["metrics", name, source, "via"],
          refusal: {
            code: "RB129",
            message: "`via: target` without containers to ask",
            why: "The metric is read over the session to the hosts of `target.compose`.",
            fix: "Use `docker: { container: … }` or `logs: { run: … }`, or release to `target.compose`.",
          },
        },
      ];
    }),
  );
}
