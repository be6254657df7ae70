import { areWhole } from "./evidence.ts";
import { InputError } from "./failure.ts";
import { compiled, type GateConfig, gateProblems, type Settled, settle } from "./gate/config.ts";
import { type Looked, lookForEvidence, newEvidenceState, type Pace, type Pair } from "./gate/evidence-look.ts";
import { lookForGrowth, newGrowthState } from "./gate/growth-look.ts";
import { brokenPages, type Decision, judge, type Look, type Standing, weigh } from "./gate/judgement.ts";
import { isWholeLatencyState, lookForLatency, newLatencyState } from "./gate/latency-look.ts";
import type { LimitTest } from "./gate/limit-test.ts";
import { type LimitState, type SavedGate, savedGate } from "./gate/state.ts";
import { lookForStreak, newStreakState } from "./gate/streak-look.ts";
import { countedUpTo, usable } from "./gate/usable.ts";
import type { Measurement } from "./metric-provider.ts";

/** Everything a later process needs to go on: plain JSON. */
export type GateState = Omit<SavedGate, "config"> & { readonly config: Settled };

/** Measurements of one look, per declared metric. */
export type MetricBatch = Readonly<Record<string, { readonly candidate?: Measurement; readonly stable?: Measurement }>>;

export interface Assessment {
  readonly state: GateState;
  readonly decision: Decision;
}

/** A gate that has seen nothing yet. Throws `InputError` for one that could never decide. */
export function newGate(config: GateConfig): GateState {
  const [problem] = gateProblems(config);
  if (problem !== undefined) throw new InputError(problem);
  const settled = settle(config);
  return { version: 1, config: settled, looks: 0, limits: compiled(settled).map(newState), counted: {} };
}

function newState(test: LimitTest): LimitState {
  if (test.kind === "evidence") return newEvidenceState(test);
  if (test.kind === "latency") return newLatencyState(test);
  if (test.kind === "baseless") return { kind: "baseless" };
  return test.kind === "growth" ? newGrowthState() : newStreakState();
}

/**
 * Goes on from saved JSON. Throws `InputError` when any parameter differs from those the gate began with, since the
 * error bounds hold only for parameters fixed before the data, or when the state is not whole.
 */
export function resumeGate(config: GateConfig, saved: unknown): GateState {
  const parsed = savedGate.safeParse(saved);
  if (!parsed.success) throw new InputError("The saved state of the gate is not whole; begin the hold again.");
  const fresh = newGate(config);
  const changed = differing(fresh.config, parsed.data.config);
  if (changed !== undefined) {
    throw new InputError(`The gate began with another \`${changed}\`; keep it, or begin the hold again.`);
  }
  const tests = compiled(fresh.config);
  if (tests.length !== parsed.data.limits.length) throw new InputError("The saved gate has other limits; begin again.");
  for (const [i, test] of tests.entries()) requireSameEvidence(test, parsed.data.limits[i], parsed.data.looks);
  return { ...parsed.data, config: fresh.config };
}

/** The first key in which a saved config differs. */
function differing(config: Settled, saved: unknown): string | undefined {
  const [now, then] = [config, saved].map((side) => new Map<string, unknown>(Object.entries(side ?? {})));
  const keys = new Set([...(now?.keys() ?? []), ...(then?.keys() ?? [])]);
  return [...keys].find((key) => JSON.stringify(now?.get(key)) !== JSON.stringify(then?.get(key)));
}

const notWhole = ({ text }: LimitTest) =>
  new InputError(`The saved state of \`${text}\` is not whole; begin the hold again.`);

function requireSameEvidence(test: LimitTest, state: LimitState | undefined, looks: number): void {
  if (state?.kind !== test.kind) throw notWhole(test);
  if ("plan" in state && "mark" in test && state.plan !== test.mark) {
    const message = `The evidence on \`${test.text}\` was gathered under other parameters and proves nothing under these`;
    throw new InputError(`${message}; begin the hold again.`);
  }
  if (!isWhole(test, state, looks)) throw notWhole(test);
}

function isWhole(test: LimitTest, state: LimitState, looks: number): boolean {
  if (test.kind === "latency" && state.kind === "latency") return isWholeLatencyState(test, state, looks);
  if (test.kind !== "evidence" || state.kind !== "evidence") return true;
  const worlds = test.world && looks > 0 ? 2 : 0;
  const whole = areWhole(test.fail, state.fail, looks) && areWhole(test.pass, state.pass, looks);
  return whole && state.world.length === worlds;
}

/** When to look next: at once at first, since running totals need a beginning. */
export const nextLook = ({ lastLook, config }: GateState): number =>
  lastLook === undefined ? config.startedAt : lastLook + config.every;

export const due = (state: GateState, now: number): boolean => now >= nextLook(state);

export interface Wanted {
  readonly metric: string;
  readonly version: string;
  readonly of: "candidate" | "stable";
}

const wantedOf = new WeakMap<Settled, readonly Wanted[]>();

/** Which metrics a look needs, and of whom. Stable is measured beside, to tell a broken candidate from a broken world. */
export function toMeasure({ config }: GateState): readonly Wanted[] {
  const known = wantedOf.get(config);
  if (known) return known;
  const metrics = [...new Set(compiled(config).map(({ metric }) => metric))];
  const wanted = metrics.flatMap((metric): readonly Wanted[] => [
    { metric, version: config.candidate, of: "candidate" },
    ...(config.stable === undefined ? [] : [{ metric, version: config.stable, of: "stable" as const }]),
  ]);
  wantedOf.set(config, wanted);
  return wanted;
}

/**
 * Judges one look. Protective first: outage, then evidence of a broken limit; then a world broken for both versions;
 * then pass, when the hold is over and every limit is proven at this very look; else hold with what is still needed.
 */
export function assess(state: GateState, batch: MetricBatch, now: number): Assessment {
  const { config } = state;
  const looks = state.looks + 1;
  const { startedAt, every, dispersion } = config;
  const measured = believe(state, batch, now);
  const pace: Pace = { look: looks, now, startedAt, every, dispersion };
  const standings = compiled(config).map((test, i): Standing => {
    const pair = measured.pairs.get(test.metric);
    const old = state.limits[i];
    if (!pair || !old) throw new Error(`The gate has no state for ${test.text}.`);
    const { state: limit, missing } = look(test, old, pair, pace);
    return { test, state: limit, missing, logE: weigh(test, limit, looks) };
  });
  const limits = standings.map((standing) => standing.state);
  const { counted } = measured;
  const next: GateState = { ...state, looks, lastLook: now, limits, counted };
  return { state: next, decision: judge({ config, looks, standings, now, waived: state.waived ?? [] }) };
}

/**
 * A person said to go on in spite of the page-limits that are broken now: from here on these only warn. Others that
 * break later ask again.
 */
export function waivePages(state: GateState): GateState {
  const { config, looks, lastLook = config.startedAt, waived = [] } = state;
  const standings = compiled(config).flatMap((test, i): readonly Standing[] => {
    const limit = state.limits[i];
    return limit === undefined ? [] : [{ test, state: limit, missing: undefined, logE: weigh(test, limit, looks) }];
  });
  const look: Look = { config, looks, standings, now: lastLook, waived };
  return { ...state, waived: [...waived, ...brokenPages(look)] };
}

function look(test: LimitTest, old: LimitState, pair: Pair, pace: Pace): Looked<LimitState> {
  if (test.kind === "evidence" && old.kind === "evidence") return lookForEvidence(test, old, pair, pace);
  if (test.kind === "streak" && old.kind === "streak") return lookForStreak(test, old, pair, pace);
  if (test.kind === "latency" && old.kind === "latency") return lookForLatency(test, old, pair, pace);
  if (test.kind === "growth" && old.kind === "growth") return lookForGrowth(test, old, pair, pace);
  if (test.kind === "baseless") return { state: old, missing: test.missing };
  throw new Error(`The gate's state for ${test.text} is of another kind.`);
}

/** Each metric's measurements, or why they cannot be believed, and how far they count. */
function believe(state: GateState, batch: MetricBatch, now: number) {
  const { config } = state;
  const pairs = new Map<string, Pair>();
  const counted: Record<string, { candidate?: number; stable?: number }> = { ...state.counted };
  for (const { metric, version, of } of toMeasure(state)) {
    const shape = config.metrics[metric];
    if (shape === undefined) continue;
    const measured = usable(batch[metric]?.[of], {
      metric,
      shape,
      version,
      startedAt: config.startedAt,
      now,
      staleAfter: config.staleAfter,
      countedUntil: state.counted[metric]?.[of],
    });
    const pair = pairs.get(metric);
    if (of === "candidate") pairs.set(metric, { candidate: measured, stable: undefined });
    else if (pair) pairs.set(metric, { candidate: pair.candidate, stable: measured });
    if (measured.kind !== "no-data") counted[metric] = { ...counted[metric], [of]: countedUpTo(measured) };
  }
  return { pairs, counted };
}
