import { logEValue, type Mixture, type Sums } from "../evidence.ts";
import type { Needed } from "./config.ts";
import { weighLatency } from "./latency-look.ts";
import type { LimitTest } from "./limit-test.ts";
import { type LimitState, sumsOf } from "./state.ts";

/** The e-values of one limit after a look, natural logarithms; 0 where nothing is weighed. */
export interface Weights {
  readonly fail: number;
  readonly pass: number;
  /** That stable breaks the limit too, and that the candidate is worse than stable. */
  readonly stableBreaks: number;
  readonly candidateWorse: number;
}

const WEIGHTLESS: Weights = { fail: 0, pass: 0, stableBreaks: 0, candidateWorse: 0 };

/** The e-values of one limit's state after so many looks. */
export function weigh(test: LimitTest, state: LimitState | undefined, looks: number): Weights {
  if (test.kind === "latency" && state?.kind === "latency") {
    return { ...WEIGHTLESS, ...weighLatency(test, state, looks) };
  }
  if (test.kind !== "evidence" || state?.kind !== "evidence") return WEIGHTLESS;
  const { fail, pass, world, handicap } = test;
  const [breaks, worse] = state.world;
  return {
    fail: logEValue(fail, state.fail, looks) - handicap,
    pass: logEValue(pass, state.pass, looks) - handicap,
    stableBreaks: world ? logEValue(world.stableBreaks, sumsOf(breaks), looks) : 0,
    candidateWorse: world ? logEValue(world.candidateWorse, sumsOf(worse), looks) : 0,
  };
}

/** No less than ln of the e-value, without an exponential: bets and later starts, each at most the larger of two. */
function most({ looks }: Mixture, sums: Sums): number {
  let high = looks > 1 ? 0 : Number.NEGATIVE_INFINITY;
  for (let k = 0; k < sums.length; k++) {
    const sum = sums[k] ?? high;
    if (sum > high) high = sum;
  }
  return looks > 1 ? high + Math.LN2 : high;
}

/** Whether an e-value that speaks against the candidate, or against the world around it, might matter. */
function mayMatter(test: LimitTest, state: LimitState | undefined, least: number): boolean {
  if (test.kind === "latency" && state?.kind === "latency") {
    return Math.max(most(test.fail, state.fail), most(test.sign, state.sign)) >= least;
  }
  if (test.kind !== "evidence" || state?.kind !== "evidence") return false;
  const { fail, world, handicap } = test;
  if (most(fail, state.fail) - handicap >= least) return true;
  const breaks = state.world[0];
  return world !== undefined && breaks !== undefined && Math.max(0, breaks) + Math.LN2 >= least;
}

/** ln of the e-value of PASS as a decision needs it: 0 far below what is needed, and a lower bound far above. */
function passForDecision(test: LimitTest, state: LimitState | undefined, looks: number, needed: number): number {
  if (test.kind === "latency" && state?.kind === "latency") {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < test.thresholds.length; i++) {
      const plan = test.thresholds[i]?.pass;
      const here = plan === undefined ? 0 : planPass(plan, state.pass[i] ?? [], looks, needed);
      if (here < least) least = here;
    }
    return least;
  }
  if (test.kind !== "evidence" || state?.kind !== "evidence") return 0;
  const { handicap } = test;
  return planPass(test.pass, state.pass, looks, needed + handicap) - handicap;
}

function planPass(plan: Mixture, sums: Sums, looks: number, needed: number): number {
  const high = most(plan, sums);
  if (high < needed) return 0;
  const low = high - Math.log(plan.size);
  return plan.looks === 1 && low >= needed ? low : logEValue(plan, sums, looks);
}

/**
 * The e-values as a decision needs them, which most looks get without an exponential: all are exact as soon as one of
 * them may matter, and none is more than it is.
 */
export function weighForDecision(
  tests: readonly LimitTest[],
  states: readonly LimitState[],
  looks: number,
  needed: Needed,
): readonly Weights[] {
  const least = Math.min(needed.fail, needed.pass);
  const exact = tests.some((test, i) => mayMatter(test, states[i], least));
  return tests.map((test, i) =>
    exact ? weigh(test, states[i], looks) : onlyPass(passForDecision(test, states[i], looks, needed.pass)),
  );
}

const onlyPass = (pass: number): Weights =>
  pass === 0 ? WEIGHTLESS : { fail: 0, pass, stableBreaks: 0, candidateWorse: 0 };
