import type { DeployTarget } from "./deploy-target.ts";
import type { GateConfig } from "./gate/config.ts";
import { assess, newGate } from "./gate.ts";
import type { Limit } from "./limit.ts";
import { countedShape, measure, openedMetrics } from "./measuring.ts";
import { finalStage } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import type { Runbook } from "./runbook.ts";
import { hold, type Verdict } from "./verdict.ts";

/** Somebody waits for the answer: looks are no rarer than this, and all is said by then. */
const rarestLookMs = 5_000;
const longestMs = 50_000;

export interface MeasuringAgain {
  /** With the references of its metrics resolved. */
  readonly runbook: Runbook;
  readonly target: DeployTarget;
  readonly release: ReleaseState;
}

/**
 * Whether every limit of the share or watch that sent a release back, also those that were kept, holds of the version
 * that serves again: a fault that stays was not the release's, and the rollback did not help. Judged like a share, by looks in quick succession over what comes in from
 * now on, until proven, broken or a minute is almost over; `hold` when that was not enough. Undefined when no limit
 * sent the release back, or none that says anything of one version alone.
 */
export async function measureAgain(
  { runbook, target, release }: MeasuringAgain,
  ports: Ports,
): Promise<Verdict | undefined> {
  const { limits, everyMs } = brokenShare(runbook, release);
  const alone = limits.filter(({ versus }) => versus === undefined);
  if (alone.length === 0) return undefined;
  const { serving } = await target.observe();
  const version = serving.find(({ weight }) => weight === 100)?.version;
  if (version === undefined) return hold("not-proven", "No version has all traffic, so its limits were not measured.");
  const every = Math.min(everyMs, rarestLookMs);
  const config: GateConfig = {
    limits: alone,
    metrics: Object.fromEntries(
      Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, countedShape(spec)]),
    ),
    candidate: version,
    startedAt: ports.clock.now(),
    hold: every,
    every,
    maxHold: longestMs,
  };
  const providers = await openedMetrics(runbook, ports, target);
  let gate = newGate(config);
  for (;;) {
    const batch = await measure({ gate, providers }, target, ports);
    const now = ports.clock.now();
    const { state, decision } = assess(gate, batch, now);
    gate = state;
    const verdict = decision.explain();
    if (verdict.verdict === "pass") return { ...verdict, message: withoutPermission(verdict.message) };
    if (verdict.verdict === "fail" || now - config.startedAt >= longestMs || ports.cancelled.aborted) return verdict;
    await ports.clock.sleep(every, ports.cancelled).catch(() => undefined);
  }
}

/** The gate speaks of a candidate; what serves again needs no leave to go on. */
const withoutPermission = (message: string): string => message.replace(/: candidate \S+ may go on\.$/, ".");

/** The limits of the share or the watch that failed, and how often they were looked at. */
function brokenShare(
  runbook: Runbook,
  { verdict, watch, plan }: ReleaseState,
): { readonly limits: readonly Limit[]; readonly everyMs: number } {
  const none = { limits: [], everyMs: 0 };
  if (watch?.verdict === "fail") {
    const watched = watch.stage === finalStage ? runbook.watch : stageOf(runbook, watch.stage)?.watch;
    const planned = plan.stages.find(({ name }) => name === watch.stage)?.watch;
    return watched === undefined ? none : { limits: watched.limits ?? [], everyMs: planned?.paces[0]?.everyMs ?? 0 };
  }
  if (verdict?.verdict !== "fail") return none;
  const shift = stageOf(runbook, verdict.stage)?.canary?.shifts[verdict.shift];
  return shift === undefined ? none : { limits: shift.limits ?? [], everyMs: shift.every ?? rarestLookMs };
}

const stageOf = ({ stages }: Runbook, stage: string) => stages.find(({ name }) => name === stage);
