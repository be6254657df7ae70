import type { Advance } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import type { GateConfig } from "./gate/config.ts";
import type { MetricShape } from "./gate/limit-test.ts";
import { keptReplay, newReplay, type Replay, withLook } from "./gate/replay.ts";
import { assess, type GateState, type MetricBatch, newGate, nextLook, resumeGate, toMeasure } from "./gate.ts";
import { openMetric, shapeOf } from "./metric-provider/open.ts";
import type { MetricProvider } from "./metric-provider.ts";
import type { MetricSpec } from "./metric-spec.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import type { Runbook } from "./runbook.ts";

export interface CanaryJudge {
  readonly ports: Ports;
  readonly target: DeployTarget;
  readonly runbook: Runbook;
}

interface Sitting {
  /** The share being judged; another weight or generation begins a new sitting. */
  readonly share: string;
  readonly providers: ReadonlyMap<string, MetricProvider>;
  gate: GateState;
  /** What the next verdict can be computed from again. */
  replay?: Replay;
}

/** Judges one share after the other: waits for the next look, measures both versions, assesses. */
export function canaryJudge({ ports, target, runbook }: CanaryJudge): NonNullable<Advance["judge"]> {
  let sitting: Sitting | undefined;

  return async (effect, release) => {
    const { weight, generation } = effect;
    const share = `${effect.stage}/${effect.shift}/${weight}/${generation}`;
    const { candidate, stable } = release;
    const limits = runbook.stages.find(({ name }) => name === effect.stage)?.canary?.shifts[effect.shift]?.limits;
    if (candidate === null || limits === undefined || limits.length === 0)
      throw new InputError(
        `Shift ${effect.shift + 1} of stage ${effect.stage} has no limits, so nothing can judge it. Check out the commit of the release.`,
      );
    const stage = release.plan.stages.find(({ name }) => name === effect.stage);
    if (sitting?.share !== share) {
      sitting = {
        share,
        providers: await openedMetrics(runbook, ports),
        gate: gateOf(release, effect, {
          limits,
          metrics: Object.fromEntries(
            Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, countedShape(spec)]),
          ),
          alpha: shareOfAlpha(release),
          candidate: candidate.version,
          ...(weight < 100 ? { stable: stable.version } : {}),
          startedAt: release.traffic?.since ?? ports.clock.now(),
          hold: effect.planned.holdMs,
          every: effect.planned.everyMs,
          maxHold: stage?.maxHoldMs ?? effect.planned.holdMs,
          ...(stage?.onShort !== undefined && { onShort: stage.onShort }),
        }),
      };
    }
    await ports.clock
      .sleep(Math.max(0, nextLook(sitting.gate) - ports.clock.now()), ports.cancelled)
      .catch(() => undefined);
    const batch = await measure(sitting, target, ports);
    const now = ports.clock.now();
    sitting.replay = withLook(sitting.replay ?? newReplay(sitting.gate), batch, now);
    const { state, decision } = assess(sitting.gate, batch, now);
    sitting.gate = state;
    const verdict = decision.explain();
    ports.log.info(`look ${state.looks} at ${weight}%: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
    const evidence = Object.assign({}, verdict.evidence, { replay: keptReplay(sitting.replay) });
    return { ...verdict, evidence, gate: state, stage: effect.stage, shift: effect.shift, weight, generation };
  };
}

async function openedMetrics({ metrics = {} }: Runbook, ports: Ports): Promise<Sitting["providers"]> {
  return new Map(
    await Promise.all(
      Object.entries(metrics).map(async ([name, spec]) => [name, await openMetric(spec, ports)] as const),
    ),
  );
}

/** What a metric gives, and what one event of it is. */
const countedShape = (spec: MetricSpec): MetricShape => ({
  ...shapeOf(spec),
  ...(spec.count !== undefined && { count: spec.count }),
});

/** The largest part of healthy releases that may be sent back, over all of a release's shares together. */
const RELEASE_ALPHA = 0.01;

/** The shares divide the error bound evenly, so that it holds for the whole release (Bonferroni). */
function shareOfAlpha({ plan }: ReleaseState): number {
  const judged = plan.stages.flatMap(({ shifts }) => shifts).filter((shift) => shift.judged);
  return RELEASE_ALPHA / Math.max(1, judged.length);
}

/** A share that another process began to judge is judged on from what it wrote down, with the same error bounds. */
function gateOf(
  { verdict }: ReleaseState,
  share: Parameters<NonNullable<Advance["judge"]>>[0],
  config: GateConfig,
): GateState {
  const same =
    verdict !== null &&
    verdict.stage === share.stage &&
    verdict.shift === share.shift &&
    verdict.weight === share.weight &&
    verdict.generation === share.generation;
  return same && verdict.gate !== undefined ? resumeGate(config, verdict.gate) : newGate(config);
}

/** Everything the gate wants to know at this look, of both versions at once. */
async function measure({ gate, providers }: Sitting, target: DeployTarget, ports: Ports): Promise<MetricBatch> {
  const window = { from: gate.lastLook ?? gate.config.startedAt, to: ports.clock.now() };
  const wanted = toMeasure(gate);
  const addresses = new Map(
    await Promise.all(
      [...new Set(wanted.map(({ version }) => version))].map(
        async (version) => [version, await target.address(version)] as const,
      ),
    ),
  );
  const batch: Record<
    string,
    {
      candidate?: Awaited<ReturnType<MetricProvider["measure"]>>;
      stable?: Awaited<ReturnType<MetricProvider["measure"]>>;
    }
  > = {};
  await Promise.all(
    wanted.map(async ({ metric, version, of }) => {
      const provider = providers.get(metric);
      if (provider === undefined) return;
      const measured = await provider.measure(window, { version, address: addresses.get(version) });
      batch[metric] = { ...batch[metric], [of]: measured };
    }),
  );
  return batch;
}
