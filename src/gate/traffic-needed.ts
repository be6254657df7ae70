import { trafficNeeded } from "../evidence/planner.ts";
import type { EvidencePlan } from "../evidence.ts";
import { compiled, type GateConfig, settle } from "./config.ts";

/** What a pass needs of one limit, if the candidate is well. */
export interface Need {
  /** The limit, as it is written. */
  readonly limit: string;
  /** Requests (or users) of the candidate after which it is proven in four of five cases. */
  readonly requests: number;
  readonly unit: "request" | "user" | "look";
  /** The bad share that this supposes; absent where it supposes that the candidate is like stable. */
  readonly share?: number;
}

/** A candidate that is well is supposed to be bad in so much of what a limit allows. */
const OF_THE_LIMIT = 0.2;

/**
 * How much traffic of the candidate the limits of a gate need for a pass, told before it begins; limits that time
 * decides, and not traffic, are left out. `split` is the candidate's share of the traffic, 0 to 1.
 */
export function trafficOf(config: GateConfig, split: number): readonly Need[] {
  const settled = settle(config);
  const stablePerCandidate = (1 - split) / split;
  return compiled(settled).flatMap((test): readonly Need[] => {
    if (test.level === "warn") return [];
    const { beta: level } = settled;
    const likeStable = (quantile: number, pass: EvidencePlan) => {
      const beyond = 1 - quantile;
      return trafficNeeded(pass, { candidate: beyond, stable: beyond, stablePerCandidate }, { level }).requests;
    };
    if (test.kind === "latency") {
      const each = test.thresholds.map(({ quantile, pass }) => likeStable(quantile, pass));
      return finite({ limit: test.text, requests: Math.max(...each), unit: "request" });
    }
    if (test.kind !== "evidence") return [];
    if (test.counts === "slow" && test.relative) {
      return finite({ limit: test.text, requests: likeStable(test.quantile, test.pass), unit: test.unit });
    }
    const { question } = test.pass;
    const share = OF_THE_LIMIT * ("limit" in question ? question.limit : question.margin);
    const expected = { candidate: share, stable: share, stablePerCandidate };
    const { requests } = trafficNeeded(test.pass, expected, { level: level * Math.exp(-test.handicap) });
    return finite({ limit: test.text, requests, unit: test.unit, share });
  });
}

const finite = (need: Need): readonly Need[] =>
  Number.isFinite(need.requests) ? [{ ...need, requests: Math.ceil(need.requests) }] : [];
