import { noData } from "../metric-provider/no-data.ts";
import type { NoData } from "../metric-provider.ts";
import type { GrowthTest } from "./limit-test.ts";
import type { Looked, Pace, Pair } from "./look.ts";
import type { GrowthState } from "./state.ts";

const HOUR = 3_600_000;
/** A line through fewer points says little about its own error. */
export const ENOUGH_SAMPLES = 10;
/** Standard errors that the slope must lie beyond the limit, or below it. */
const ERRORS = 3;

export const newGrowthState = (): GrowthState => ({ kind: "growth", fit: [0, 0, 0, 0, 0, 0], covered: 0 });

/** Adds the newest sample to the line through all of them (Welford, Technometrics 1962): constant memory. */
export function lookForGrowth(test: GrowthTest, old: GrowthState, pair: Pair, pace: Pace): Looked<GrowthState> {
  const { candidate } = pair;
  if (candidate.kind === "no-data") return { state: old, missing: candidate };
  if (candidate.kind !== "value") return { state: old, missing: notValue(test) };
  const { observedAt, value } = candidate;
  const seen = old.sampledAt === undefined ? pace.every : Math.min(observedAt - old.sampledAt, 2 * pace.every);
  const [count, time, level, timeSquares, products, levelSquares] = old.fit;
  const hours = (observedAt - pace.startedAt) / HOUR;
  const [timeOff, levelOff] = [hours - time, value - level];
  const newTime = time + timeOff / (count + 1);
  const newLevel = level + levelOff / (count + 1);
  return {
    state: {
      kind: "growth",
      fit: [
        count + 1,
        newTime,
        newLevel,
        timeSquares + timeOff * (hours - newTime),
        products + timeOff * (value - newLevel),
        levelSquares + levelOff * (value - newLevel),
      ],
      covered: old.covered + seen,
      sampledAt: observedAt,
    },
  };
}

const notValue = ({ metric }: GrowthTest): NoData =>
  noData("wrong-kind", `${metric} gave no value, and only a value grows.`);

export interface Growth {
  /** Share of the level at the start per hour, and its standard error. */
  readonly perHour: number;
  readonly error: number;
}

/** Slope of the least-squares line; undefined for too few samples or a level of nothing. */
export function growthOf({
  fit: [count, time, level, timeSquares, products, levelSquares],
}: GrowthState): Growth | undefined {
  if (count < ENOUGH_SAMPLES || !(timeSquares > 0)) return undefined;
  const slope = products / timeSquares;
  const start = level - slope * time;
  if (!(start > 0)) return undefined;
  const left = Math.max(0, levelSquares - slope * products);
  return { perHour: slope / start, error: Math.sqrt(left / (count - 2) / timeSquares) / start };
}

/** The share of the hold that samples must cover for a pass: what grew while nobody looked is not seen. */
const ENOUGH_COVERED = 0.75;

/**
 * Whether the slope lies beyond the limit by three standard errors, below it by as much and over most of the `hold`
 * (milliseconds), or neither. Asked once, when the hold is over: a slope over minutes says nothing, and asking again and
 * again would find one by chance.
 */
export function growthStanding({ bound }: GrowthTest, state: GrowthState, hold: number): "broken" | "proven" | "open" {
  const growth = growthOf(state);
  if (growth === undefined) return "open";
  if (growth.perHour - ERRORS * growth.error > bound) return "broken";
  const proven = growth.perHour + ERRORS * growth.error <= bound && state.covered >= ENOUGH_COVERED * hold;
  return proven ? "proven" : "open";
}
