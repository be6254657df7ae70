import { areWhole } from "./evidence.ts";
import { InputError } from "./failure.ts";
import {
  compiled,
  type GateConfig,
  gateProblems,
  type Measured,
  prepared,
  type Settled,
  settle,
} from "./gate/config.ts";
import { lookForEvidence, newEvidenceState } from "./gate/evidence-look.ts";
import { lookForGrowth, newGrowthState } from "./gate/growth-look.ts";
import { brokenPages, type Decision, judge, type Look, type Standing } from "./gate/judgement.ts";
import { isWholeLatencyState, lookForLatency, newLatencyState } from "./gate/latency-look.ts";
import type { LimitTest } from "./gate/limit-test.ts";
import type { Looked, Pace, Pair } from "./gate/look.ts";
import { type LimitState, type SavedGate, savedGate } from "./gate/state.ts";
import { lookForStreak, newStreakState } from "./gate/streak-look.ts";
import { countedUpTo, type Usable, usable } from "./gate/usable.ts";
import { type Weights, weigh, weighForDecision } from "./gate/weights.ts";
import { formatLimit } from "./limit.ts";
import type { Measurement, NoData } from "./metric-provider.ts";

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

/** When to look next: at once at first, since running totals need a beginning, and at the latest when time is over. */
export const nextLook = ({ lastLook, config: { startedAt, every, maxHold } }: GateState): number =>
  lastLook === undefined ? startedAt : Math.min(lastLook + every, startedAt + maxHold);

export const due = (state: GateState, now: number): boolean => now >= nextLook(state);

export interface Wanted {
  readonly metric: string;
  readonly version: string;
  readonly of: "candidate" | "stable";
}

/** Which metrics a look needs, and of whom. Stable is measured beside, to tell a broken candidate from a broken world. */
export const toMeasure = ({ config }: GateState): readonly Wanted[] =>
  prepared(config).metrics.flatMap(({ name: metric }): readonly Wanted[] => [
    { metric, version: config.candidate, of: "candidate" },
    ...(config.stable === undefined ? [] : [{ metric, version: config.stable, of: "stable" as const }]),
  ]);

/**
 * Judges one look. Protective first: outage, then evidence of a broken limit; then a world broken for both versions;
 * then pass, when the hold is over and every limit is proven at this very look; else hold with what is still needed.
 */
export function assess(state: GateState, batch: MetricBatch, now: number): Assessment {
  const { config } = state;
  const { tests, metrics, metricOf, needed } = prepared(config);
  const looks = state.looks + 1;
  const { startedAt, every, dispersion } = config;
  const { pairs, counted } = believe(metrics, state.counted, batch, now);
  const pace: Pace = { look: looks, now, startedAt, every, dispersion };
  const looked = tests.map((test, i) => {
    const old = state.limits[i];
    const pair = pairs[metricOf[i] ?? -1];
    if (!old || !pair) throw new Error(`The gate has no state for ${test.text}.`);
    return look(test, old, pair, pace);
  });
  const limits = looked.map((each) => each.state);
  const weights = weighForDecision(tests, limits, looks, needed);
  const standings = tests.map((test, i) => standingOf(test, looked[i], weights[i]));
  const { version, waived } = state;
  // Written out, since a copy by spreading takes a tenth of a quiet look.
  const next: GateState = { version, config, looks, lastLook: now, limits, counted, ...(waived && { waived }) };
  return { state: next, decision: judge({ config, needed, looks, standings, now, waived: waived ?? NOTHING_WAIVED }) };
}

function standingOf(test: LimitTest, looked: Looked<LimitState> | undefined, logE: Weights | undefined): Standing {
  if (!looked || !logE) throw new Error(`The gate did not look at ${test.text}.`);
  return { test, state: looked.state, missing: looked.missing, logE };
}

const NOTHING_WAIVED: readonly string[] = [];

/**
 * A person said to go on in spite of the page-limit that was asked about, and of those that are broken now: from here on
 * these only warn, even if the one that was asked about holds again by now. Others that break later ask again.
 */
export function waivePages(state: GateState, asked: string): GateState {
  const { config, looks, lastLook = config.startedAt, waived = [] } = state;
  const { tests, needed } = prepared(config);
  const standings = tests.flatMap((test, i): readonly Standing[] => {
    const limit = state.limits[i];
    return limit === undefined ? [] : [{ test, state: limit, missing: undefined, logE: weigh(test, limit, looks) }];
  });
  const look: Look = { config, needed, looks, standings, now: lastLook, waived };
  const known = config.pageLimits.some((limit) => formatLimit(limit) === asked);
  return { ...state, waived: [...new Set([...waived, ...(known ? [asked] : []), ...brokenPages(look)])] };
}

function look(test: LimitTest, old: LimitState, pair: Pair, pace: Pace): Looked<LimitState> {
  if (test.kind === "evidence" && old.kind === "evidence") return lookForEvidence(test, old, pair, pace);
  if (test.kind === "streak" && old.kind === "streak") return lookForStreak(test, old, pair, pace);
  if (test.kind === "latency" && old.kind === "latency") return lookForLatency(test, old, pair, pace);
  if (test.kind === "growth" && old.kind === "growth") return lookForGrowth(test, old, pair, pace);
  if (test.kind === "baseless") return { state: old, missing: test.missing };
  throw new Error(`The gate's state for ${test.text} is of another kind.`);
}

/** Each metric's measurements, or why they cannot be believed, in the metrics' order; and how far they count. */
function believe(metrics: readonly Measured[], before: GateState["counted"], batch: MetricBatch, now: number) {
  const pairs: Pair[] = [];
  const counted: Record<string, GateState["counted"][string]> = {};
  for (const { name, candidate: own, stable: others } of metrics) {
    const until = before[name];
    const measured = batch[name];
    const candidate = usable(measured?.candidate, own, now, until?.candidate);
    const stable = others && usable(measured?.stable, others, now, until?.stable);
    pairs.push({ candidate, stable });
    counted[name] = nowCounted(until, candidate, stable);
  }
  return { pairs, counted };
}

/** Until when either version's numbers are counted, after this look. */
function nowCounted(
  before: GateState["counted"][string] | undefined,
  candidate: Usable | NoData,
  stable: Usable | NoData | undefined,
): GateState["counted"][string] {
  const own = candidate.kind === "no-data" ? before?.candidate : countedUpTo(candidate);
  const others = stable === undefined || stable.kind === "no-data" ? before?.stable : countedUpTo(stable);
  if (own !== undefined && others !== undefined) return { candidate: own, stable: others };
  return { ...(own !== undefined && { candidate: own }), ...(others !== undefined && { stable: others }) };
}
