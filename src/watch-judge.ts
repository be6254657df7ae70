import type { Advance } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import type { GateConfig } from "./gate/config.ts";
import type { GateEvidence } from "./gate/judgement.ts";
import { assess, type GateState, newGate, resumeGate } from "./gate.ts";
import { noticesIn, waivedBy } from "./limit-notices.ts";
import {
  baselinesOf,
  countedShape,
  measure,
  openedMetrics,
  type Providers,
  savedState,
  shareOfAlpha,
} from "./measuring.ts";
import { finalStage } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { WatchState } from "./record/watching.ts";
import type { ReleaseState } from "./record.ts";
import type { Look } from "./release.ts";
import type { Runbook } from "./runbook.ts";
import type { Verdict } from "./verdict.ts";
import type { Watch } from "./watch-spec.ts";

export interface WatchJudge {
  readonly ports: Ports;
  readonly target: DeployTarget;
  readonly runbook: Runbook;
}

interface Sitting {
  /** What is watched; another generation, or a person's word, begins a new sitting. */
  readonly of: string;
  readonly providers: Providers;
  gate: GateState;
  seenMs: number;
  largestGapMs: number;
  seenAt: number;
  lookedAt: number;
  /** The end of the last window the record knows of: what is counted here is what came after it. */
  knownUntil: number;
  waivedAt?: number;
}

/** Looks at what serves production, one look after the other, and adds up how much of the time was seen. */
export function watchJudge({ ports, target, runbook }: WatchJudge): NonNullable<Advance["watch"]> {
  let sitting: Sitting | undefined;

  return async ({ stage, generation }, release) => {
    const { watch } = release;
    if (watch === null) throw new Error("a look was decided for a watch that never began");
    const of = `${stage}/${generation}/${watch.judgedFrom}`;
    if (sitting?.of !== of) sitting = await open(of, { release, watch, runbook, stage }, target, ports);
    if (sitting.knownUntil !== watch.lookedAt) forget(sitting, watch);
    const { question } = release.people;
    if (question?.answered === true && question.at !== sitting.waivedAt && question.generation === generation) {
      sitting.waivedAt = question.at;
      sitting.gate = waivedBy(sitting.gate, question);
    }
    const batch = await measure(sitting, target, ports);
    const now = ports.clock.now();
    const { state, decision } = assess(sitting.gate, batch, now);
    sitting.gate = state;
    const verdict = decision.explain();
    addUp(sitting, verdict, now);
    ports.log.info(`watch, look ${state.looks}: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
    const { seenMs, largestGapMs, seenAt, knownUntil: from } = sitting;
    const saved = savedState(state, sitting.providers);
    const look: Look = { ...verdict, stage, generation, from, to: now, seenMs, largestGapMs, seenAt, gate: saved };
    return { ...look, ...noticesIn(verdict) };
  };
}

/** Only what the record does not know yet is told again. */
function forget(sitting: Sitting, { lookedAt, seenAt }: WatchState): void {
  Object.assign(sitting, { knownUntil: lookedAt, lookedAt: Math.max(sitting.lookedAt, lookedAt), seenMs: 0 });
  sitting.seenAt = Math.max(sitting.seenAt, seenAt);
  sitting.largestGapMs = 0;
}

/** A window counts as seen when every limit had numbers at its end. */
function addUp(sitting: Sitting, { evidence }: Verdict, now: number): void {
  const { limits = [] } = (evidence ?? {}) as Partial<GateEvidence>;
  const seen = limits.length > 0 && limits.every(({ standing }) => standing !== "no-data");
  sitting.largestGapMs = Math.max(sitting.largestGapMs, now - sitting.seenAt);
  if (seen) {
    sitting.seenMs += now - sitting.lookedAt;
    sitting.seenAt = now;
  }
  sitting.lookedAt = now;
}

interface Opening {
  readonly release: ReleaseState;
  readonly watch: WatchState;
  readonly runbook: Runbook;
  readonly stage: string;
}

async function open(of: string, opening: Opening, target: DeployTarget, ports: Ports): Promise<Sitting> {
  const { release, watch, runbook } = opening;
  const { limits = [], "page-limits": page, "warn-limits": warnLimits = [] } = watchOf(opening);
  const planned = release.plan.stages.find(({ name }) => name === opening.stage)?.watch;
  const lasting = planned?.paces.at(-1)?.untilMs ?? 0;
  const every = planned?.paces[0]?.everyMs ?? 60_000;
  const hold = Math.max(every, watch.since + lasting - watch.judgedFrom);
  const { metrics = {} } = runbook;
  const asked = {
    limits: [...limits, ...(page?.limits ?? []), ...warnLimits],
    metrics,
    stable: release.before,
    target,
    releasedAt: release.startedAt,
    sharedAt: watch.judgedFrom,
    hold,
  };
  const config: GateConfig = {
    limits,
    pageLimits: page?.limits ?? [],
    warnLimits,
    before: await baselinesOf(asked, watch.gate, ports),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, spec]) => [name, countedShape(spec)])),
    alpha: shareOfAlpha(release),
    candidate: release.stable.version,
    startedAt: watch.judgedFrom,
    hold,
    every,
    maxHold: 2 * hold + every,
    // Looks become rarer, and each measures everything since the one before it.
    staleAfter: 3 * Math.max(...(planned?.paces ?? []).map(({ everyMs }) => everyMs), every),
  };
  const providers = await openedMetrics(runbook, ports, target, watch.gate);
  const gate = watch.gate === undefined ? newGate(config) : resumeGate(config, watch.gate);
  const { lookedAt, seenAt } = watch;
  return { of, providers, gate, seenMs: 0, largestGapMs: 0, seenAt, lookedAt, knownUntil: lookedAt };
}

/** The watch of a stage, or of the whole release. */
function watchOf({ runbook, stage }: Opening): Watch {
  const found = stage === finalStage ? runbook.watch : runbook.stages.find(({ name }) => name === stage)?.watch;
  if (found === undefined)
    throw new InputError(`The runbook has no watch for stage ${stage}. Check out the commit of the release.`);
  return found;
}
