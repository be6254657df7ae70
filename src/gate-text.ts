import { formatDuration } from "./duration.ts";
import { asCount, asPercent } from "./figures.ts";
import { type GateConfig, gateWarnings } from "./gate/config.ts";
import { type Need, trafficOf } from "./gate/traffic-needed.ts";
import type { Limit } from "./limit.ts";
import { shapeOfMetric } from "./metric-spec/metric-shape.ts";
import { routingOf } from "./routing.ts";
import type { Runbook } from "./runbook.ts";
import { LATER } from "./runbook-rules.ts";
import { pacesOf, type Watch } from "./watch-spec.ts";

/** What people should know about the gates of a runbook before they run. */
export interface GateText {
  /** How much traffic every judged share needs, a line each. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** A share of a canary, or a watch: what is judged, how long, and how often it may look before people are asked. */
interface Judged {
  /** `50%`, or `watch of stage performance`. */
  readonly name: string;
  readonly traffic: number;
  readonly hold: number;
  readonly every: number;
  readonly mostLooks: number;
  readonly limits: readonly Limit[];
  readonly pageLimits: readonly Limit[];
}

/** Reads the runbook alone: how much traffic there is, nobody knows yet. */
export function gateText(runbook: Runbook): GateText {
  const judged = [...sharesIn(runbook), ...watchesIn(runbook)].map((judged) => ({
    judged,
    config: configOf(judged, runbook),
  }));
  const needs = judged.map(({ judged, config }) => ({ judged, needs: trafficOf(config, judged.traffic / 100) }));
  return {
    lines: [...new Set(needs.flatMap(({ judged, needs }) => needs.map((need) => lineOf(need, judged))))],
    warnings: [
      ...new Set([
        ...judged.flatMap(({ config }) => gateWarnings(config)),
        ...needs.flatMap(({ judged, needs }) => needs.flatMap((need) => tooFewLooks(need, judged))),
      ]),
    ],
  };
}

function sharesIn({ stages }: Runbook): readonly Judged[] {
  return stages.flatMap(({ canary }) => {
    const { shifts = [] } = canary ?? {};
    const longest = canary?.["max-hold"] ?? 2 * Math.max(0, ...shifts.map(({ hold = 0 }) => hold));
    return shifts.flatMap((shift) => {
      const { limits, hold, every, traffic } = shift;
      if (limits === undefined || hold === undefined || every === undefined) return [];
      const mostLooks = Math.floor(longest / every);
      const pageLimits = shift["page-limits"]?.limits ?? [];
      return [{ name: `${traffic}%`, traffic, hold, every, mostLooks, limits, pageLimits }];
    });
  });
}

function watchesIn({ stages, watch }: Runbook): readonly Judged[] {
  const named = stages.map((stage) => ({ name: `watch of stage ${stage.name}`, watch: stage.watch }));
  return [...named, { name: "watch of the release", watch }].flatMap(({ name, watch }) =>
    watch === undefined ? [] : judgedIn(watch, name),
  );
}

function judgedIn(watch: Watch, name: string): readonly Judged[] {
  const paces = pacesOf(watch);
  const [first, last] = [paces[0], paces.at(-1)];
  if (first === undefined || last === undefined) return [];
  // What is still unproven is looked at for as long again, at the last pace.
  const planned = paces.map(({ everyMs, untilMs }, i) => (untilMs - (paces[i - 1]?.untilMs ?? 0)) / everyMs);
  const again = last.untilMs / last.everyMs;
  const mostLooks = Math.floor(planned.reduce((sum, looks) => sum + looks, again));
  const { limits = [], "page-limits": page } = watch;
  return [
    {
      name,
      traffic: 100,
      hold: last.untilMs,
      every: first.everyMs,
      mostLooks,
      limits,
      pageLimits: page?.limits ?? [],
    },
  ];
}

function configOf({ limits, pageLimits, hold, every, traffic }: Judged, { metrics = {}, target }: Runbook): GateConfig {
  const routing = routingOf(target);
  const shapes = Object.entries(metrics).flatMap(([name, spec]) => {
    const shape = shapeOfMetric(spec);
    return shape === undefined ? [] : [[name, { ...shape, ...(spec.count && { count: spec.count }) }] as const];
  });
  return {
    limits,
    pageLimits,
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

function lineOf({ limit, requests, unit, share }: Need, { name, traffic, hold }: Judged): string {
  const needed = `${name}: \`${limit}\` needs about ${asCount(requests)}`;
  if (unit === "look") return `${needed} looks to pass, if it is seldom slower`;
  const minutes = hold / 60_000;
  const all = Math.ceil((requests * 100) / traffic / Math.max(1, minutes));
  const pace = `${asCount(all)} ${unit}s ${minutes > 1 ? "a minute in all for" : "in all within"} ${formatDuration(hold)}`;
  const supposed = share === undefined ? "if it is as fast as stable" : `if at most ${asPercent(share)} are bad`;
  return `${needed} ${unit}s of the candidate to pass, ${supposed}: ${pace}`;
}

/** A limit that is judged look by look is known beforehand to end without a verdict. */
function tooFewLooks({ limit, requests, unit }: Need, { name, mostLooks }: Judged): readonly string[] {
  if (unit !== "look" || mostLooks >= requests) return [];
  return [
    `${name}: \`${limit}\` is judged look by look and needs about ${asCount(requests)} looks, but at most ${asCount(mostLooks)} are made, ` +
      "so it is likely to end with a question or a hold instead of a verdict. Look more often, or longer.",
  ];
}
