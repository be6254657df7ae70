import { addToDispersion, dispersionFactor, newDispersion } from "../../src/evidence/dispersion.ts";
import type { KnownDispersion } from "../../src/gate/look.ts";
import { assess, newGate } from "../../src/gate.ts";
import { parseLimit } from "../../src/limit.ts";
import type { Measurement } from "../../src/metric-provider.ts";
import { overLimit } from "./argo.ts";
import { fisherGreater } from "./fisher.ts";
import { classify } from "./kayenta.ts";
import { DAY, type Minute } from "./traffic.ts";

/** A gate under test: told minute after minute, it says at which it sends traffic back. */
export interface Method {
  readonly name: string;
  /** Minutes it is meant to run; a longer run would be unfair to it. */
  readonly runs: number;
  /** Begins one run; `history` is what an A/A day before looked like. */
  begin(history: readonly Minute[]): (minute: number, seen: Minute) => boolean;
}

const MINUTE = 60_000;
/** Version names and start of every simulated gate. */
const CANDIDATE = "candidate";
const STABLE = "stable";

export function limitOf(text: string, metrics: readonly string[] = ["error-rate", "latency"]) {
  const { limit } = parseLimit(text, metrics);
  if (limit === undefined) throw new Error(`${text} is no limit.`);
  return limit;
}

export const countsOf = (minute: number, version: string, arm: Minute["candidate"]): Measurement => ({
  kind: "counts",
  ...arm,
  window: { from: minute * MINUTE, to: (minute + 1) * MINUTE },
  observedAt: (minute + 1) * MINUTE,
  version,
  source: "simulation",
});

/**
 * The gate as it ships, over a hold of so many looks, one a minute. `calibrate` begins the estimate of dispersion at
 * what two hours of history showed; without it requests are taken as independent.
 */
export const sluice = (text: string, { calibrate = false, perUser = false, looks = DAY } = {}): Method => ({
  name: "Sluice",
  runs: DAY,
  begin(history) {
    const dispersion: KnownDispersion = calibrate ? { prior: dispersionIn(history), weight: 120 } : 1;
    let gate = newGate({
      limits: [limitOf(text)],
      metrics: { "error-rate": { kind: "counts", ...(perUser && { count: "users" }) } },
      candidate: CANDIDATE,
      stable: STABLE,
      startedAt: 0,
      hold: looks * MINUTE,
      every: MINUTE,
      dispersion,
    });
    return (minute, seen) => {
      const measured = {
        candidate: countsOf(minute, CANDIDATE, seen.candidate),
        stable: countsOf(minute, STABLE, seen.stable),
      };
      const { state, decision } = assess(gate, { "error-rate": measured }, (minute + 1) * MINUTE);
      gate = state;
      return decision.verdict === "fail";
    };
  },
});

/** Pearson's statistic of 120 minutes of history, at least 1. */
function dispersionIn(history: readonly Minute[]): number {
  let state = newDispersion(1, 0);
  for (const { candidate, stable } of history.slice(0, 120)) state = addToDispersion(state, candidate, stable);
  return state.batches === 0 ? 1 : dispersionFactor(state);
}

const rateOf = ({ candidate: { bad, total } }: Minute) => (total === 0 ? undefined : bad / total);

/** Argo Rollouts: an error rate above 1 % in a minute fails, `failureLimit: 3`; no traffic is an error. */
export const argo: Method = {
  name: "Argo",
  runs: DAY,
  begin() {
    let [failed, consecutiveError] = [0, 0];
    return (_, seen) => {
      const rate = rateOf(seen);
      consecutiveError = rate === undefined ? consecutiveError + 1 : 0;
      failed += rate !== undefined && rate > 0.01 ? 1 : 0;
      const phase = overLimit({ failureLimit: 3 }, { failed, consecutiveError });
      return phase === "Failed" || phase === "Error";
    };
  },
};

/** Flagger: a success rate below 99 % in a minute is a failed check, and so is none; `threshold: 5`. */
export const flagger: Method = {
  name: "Flagger",
  runs: DAY,
  begin() {
    let failed = 0;
    return (_, seen) => {
      const rate = rateOf(seen);
      if (rate === undefined || rate > 0.01) failed++;
      return failed >= 5;
    };
  },
};

/** Points that Kayenta needs before anybody would look at its answer. */
const FEWEST_POINTS = 5;

/** Kayenta's judge on the error rates of the minutes so far, asked again every minute for an hour. */
export const kayenta: Method = {
  name: "Kayenta",
  runs: 60,
  begin() {
    const [experiment, control]: [number[], number[]] = [[], []];
    return (_, { candidate, stable }) => {
      if (candidate.total > 0) experiment.push(candidate.bad / candidate.total);
      if (stable.total > 0) control.push(stable.bad / stable.total);
      return experiment.length >= FEWEST_POINTS && classify(experiment, control) === "High";
    };
  },
};

/** Fisher's exact test on the totals so far at 1 %, asked again every minute as if each were the only time. */
export const fisher: Method = {
  name: "Fisher",
  runs: DAY,
  begin() {
    let [n, e, m, f] = [0, 0, 0, 0];
    return (_, { candidate, stable }) => {
      n += candidate.total;
      e += candidate.bad;
      m += stable.total;
      f += stable.bad;
      // More than its part of all bad events, or there is nothing to ask.
      return e * m > f * n && fisherGreater(n, e, m, f) < 0.01;
    };
  },
};
