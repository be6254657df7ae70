import type { Shift } from "./canary-spec.ts";
import { formatDuration } from "./duration.ts";
import { asCount, asPercent } from "./figures.ts";
import { type GateConfig, gateWarnings } from "./gate/config.ts";
import { trafficOf } from "./gate/traffic-needed.ts";
import { shapeOfMetric } from "./metric-spec.ts";
import { routingOf } from "./routing.ts";
import type { Runbook } from "./runbook.ts";
import { LATER } from "./runbook-rules.ts";

/** What people should know about the gates of a runbook before they run. */
export interface GateText {
  /** How much traffic every judged share needs, a line each. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the runbook alone: how much traffic there is, nobody knows yet. */
export function gateText(runbook: Runbook): GateText {
  const shifts = runbook.stages.flatMap(({ canary }) => canary?.shifts ?? []);
  const judged = shifts.flatMap((shift) => {
    const config = configOf(shift, runbook);
    return config === undefined ? [] : [{ shift, config }];
  });
  return {
    lines: judged.flatMap(({ shift, config }) => linesOf(shift, config)),
    warnings: [...new Set(judged.flatMap(({ config }) => gateWarnings(config)))],
  };
}

function configOf(shift: Shift, { metrics = {}, target }: Runbook): GateConfig | undefined {
  const { limits, hold, every, traffic } = shift;
  if (limits === undefined || hold === undefined || every === undefined) return undefined;
  const routing = routingOf(target);
  const shapes = Object.entries(metrics).flatMap(([name, spec]) => {
    const shape = shapeOfMetric(spec);
    return shape === undefined ? [] : [[name, { ...shape, ...(spec.count && { count: spec.count }) }] as const];
  });
  return {
    limits,
    pageLimits: shift["page-limits"]?.limits ?? [],
    before: Object.fromEntries(shapes.map(([name]) => [name, LATER])),
    metrics: Object.fromEntries(shapes),
    candidate: "candidate",
    ...(traffic < 100 && { stable: "stable" }),
    startedAt: 0,
    hold,
    every,
    ...(routing !== undefined && { routing }),
  };
}

function linesOf({ traffic, hold = 0 }: Shift, config: GateConfig): readonly string[] {
  return trafficOf(config, traffic / 100).map(({ limit, requests, unit, share }) => {
    const needed = `${traffic}%: \`${limit}\` needs about ${asCount(requests)} ${unit}s of the candidate to pass`;
    if (unit === "look") return `${needed}, if it is seldom slower`;
    const all = Math.ceil((requests * 100) / traffic / Math.max(1, hold / 60_000));
    const pace = `${asCount(all)} ${unit}s a minute in all for ${formatDuration(hold)}`;
    const supposed = share === undefined ? "if it is as fast as stable" : `if at most ${asPercent(share)} are bad`;
    return `${needed}, ${supposed}: ${pace}`;
  });
}
