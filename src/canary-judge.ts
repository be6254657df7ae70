import type { Advance } from "./advance.ts";
import type { Shift } from "./canary-spec.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import { type GateConfig, gateWarnings } from "./gate/config.ts";
import { keptReplay, newReplay, type Replay, withLook } from "./gate/replay.ts";
import { assess, type GateState, newGate, nextLook, resumeGate } from "./gate.ts";
import type { Limit } from "./limit.ts";
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
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import { routingOf } from "./routing.ts";
import type { Runbook } from "./runbook.ts";
import { throughProtection } from "./through-protection.ts";
import type { Verdict } from "./verdict.ts";

export interface CanaryJudge {
  readonly ports: Ports;
  readonly target: DeployTarget;
  readonly runbook: Runbook;
}

interface Sitting {
  /** The share being judged; another weight or generation begins a new sitting. */
  readonly share: string;
  readonly providers: Providers;
  gate: GateState;
  /** When the answered question was asked that the gate knows of. */
  waivedAt?: number;
  /** What the next verdict can be computed from again. */
  replay?: Replay;
}

/** Judges one share after the other: waits for the next look, measures both versions, assesses. */
export function canaryJudge({ ports, target, runbook }: CanaryJudge): NonNullable<Advance["judge"]> {
  let sitting: Sitting | undefined;
  const synthetic = async (gate: GateState, verdict: Verdict, stage: string): Promise<Verdict> => {
    const { judgeSynthetically, probesOf } = await import("./synthetic-evidence.ts");
    const probes = probesOf(runbook.stages.find(({ name }) => name === stage));
    const address = (version: string) => target.address(version);
    return judgeSynthetically({ gate, verdict, probes, address }, throughProtection(target, ports));
  };

  return async (effect, release) => {
    const { weight, generation } = effect;
    const share = `${effect.stage}/${effect.shift}/${weight}/${generation}`;
    const { candidate } = release;
    const shift = runbook.stages.find(({ name }) => name === effect.stage)?.canary?.shifts[effect.shift];
    const { limits = [] } = shift ?? {};
    if (candidate === null || shift === undefined || limits.length === 0)
      throw new InputError(
        `Shift ${effect.shift + 1} of stage ${effect.stage} has no limits, so nothing can judge it. Check out the commit of the release.`,
      );
    if (sitting?.share !== share) {
      const providers = await openedMetrics(runbook, ports, target, savedGateOf(release, effect));
      sitting = { share, providers, gate: await openGate({ effect, release, runbook, shift, limits, target }, ports) };
      for (const warning of gateWarnings(sitting.gate.config)) ports.log.warn(warning);
    }
    const { question } = release.people;
    if (question?.answered === true && question.at !== sitting.waivedAt && question.generation === generation) {
      sitting.waivedAt = question.at;
      sitting.gate = waivedBy(sitting.gate, question);
    }
    await ports.clock
      .sleep(Math.max(0, nextLook(sitting.gate) - ports.clock.now()), ports.cancelled)
      .catch(() => undefined);
    const batch = await measure(sitting, target, ports);
    const now = ports.clock.now();
    sitting.replay = withLook(sitting.replay ?? newReplay(sitting.gate), batch, now);
    const { state, decision } = assess(sitting.gate, batch, now);
    sitting.gate = state;
    const said = decision.explain();
    const isShort = said.reason === "inconclusive" && state.config.onShort === "synthetic";
    const verdict = isShort ? await synthetic(state, said, effect.stage) : said;
    ports.log.info(`look ${state.looks} at ${weight}%: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
    const evidence = Object.assign({ replay: keptReplay(sitting.replay) }, verdict.evidence);
    return {
      ...verdict,
      evidence,
      ...noticesIn(verdict),
      gate: savedState(state, sitting.providers),
      stage: effect.stage,
      shift: effect.shift,
      weight,
      generation,
    };
  };
}

interface Opening {
  readonly target: DeployTarget;
  readonly effect: Parameters<NonNullable<Advance["judge"]>>[0];
  readonly release: ReleaseState;
  readonly runbook: Runbook;
  readonly shift: Shift;
  readonly limits: readonly Limit[];
}

/**
 * The gate of one share. One that another process began is gone on with from what it wrote down, with the same error
 * bounds and the same numbers from before the release.
 */
async function openGate(
  { effect, release, runbook, shift, limits, target }: Opening,
  ports: Ports,
): Promise<GateState> {
  const { weight, planned } = effect;
  const { candidate, stable, plan, traffic, startedAt: releasedAt } = release;
  const stage = plan.stages.find(({ name }) => name === effect.stage);
  const pageLimits = shift["page-limits"]?.limits ?? [];
  const warnLimits = shift["warn-limits"] ?? [];
  const startedAt = traffic?.since ?? ports.clock.now();
  const saved = savedGateOf(release, effect);
  const { metrics = {} } = runbook;
  const asked = {
    limits: [...limits, ...pageLimits, ...warnLimits],
    metrics,
    stable: stable.version,
    target,
    releasedAt,
    sharedAt: startedAt,
    hold: planned.holdMs,
  };
  const routing = routingOf(runbook.target);
  const config: GateConfig = {
    limits,
    pageLimits,
    warnLimits,
    before: await baselinesOf(asked, saved, ports),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, spec]) => [name, countedShape(spec)])),
    // Synthetic requests get the other half of both error bounds.
    alpha: shareOfAlpha(release) / (stage?.onShort === "synthetic" ? 2 : 1),
    ...(stage?.onShort === "synthetic" && { beta: BETA / 2 }),
    candidate: candidate?.version ?? "",
    ...(weight < 100 ? { stable: stable.version } : {}),
    startedAt,
    hold: planned.holdMs,
    every: planned.everyMs,
    maxHold: stage?.maxHoldMs ?? planned.holdMs,
    ...((stage?.onShort === "fail" || stage?.onShort === "synthetic") && { onShort: stage.onShort }),
    ...(routing !== undefined && { routing }),
    // Where users stay on one version, the shares of users and of requests differ.
    ...(weight < 100 && routing !== "sticky" && { split: weight / 100 }),
  };
  return saved === undefined ? newGate(config) : resumeGate(config, saved);
}

/** How often a candidate at its limit may pass. */
const BETA = 0.05;

/** What another process wrote down of the gate of this very share. */
function savedGateOf({ verdict }: ReleaseState, share: Opening["effect"]): unknown {
  const same =
    verdict !== null &&
    verdict.stage === share.stage &&
    verdict.shift === share.shift &&
    verdict.weight === share.weight &&
    verdict.generation === share.generation;
  return same ? verdict.gate : undefined;
}
