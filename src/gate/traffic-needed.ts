import { trafficNeeded } from "../evidence/planner.ts";
import { compiled, type GateConfig, settle } from "./config.ts";

/** What a pass needs of one limit, if the candidate is well. */
export interface Need {
  /** The limit, as it is written. */
  readonly limit: string;
  /** Requests (or users) of the candidate after which it is proven in four of five cases. */
  readonly requests: number;
  readonly unit: "request" | "user" | "look";
  /** The bad share that this supposes. */
  readonly share: number;
}

/** A candidate that is well is supposed to be bad in so much of what a limit allows. */
const OF_THE_LIMIT = 0.2;

/**
 * How much traffic of the candidate the limits of a gate need for a pass, told before it begins; limits that time
 * decides, and not traffic, are left out. `split` is the candidate's share of the traffic, 0 to 1.
 */
export function trafficOf(config: GateConfig, split: number): readonly Need[] {
  const settled = settle(config);
  return compiled(settled).flatMap((test): readonly Need[] => {
    if (test.kind !== "evidence" || test.level === "warn") return [];
    const { question } = test.pass;
    const share = OF_THE_LIMIT * ("limit" in question ? question.limit : question.margin);
    const expected = { candidate: share, stable: share, stablePerCandidate: (1 - split) / split };
    const level = settled.beta * Math.exp(-test.handicap);
    const { requests } = trafficNeeded(test.pass, expected, { level });
    return Number.isFinite(requests)
      ? [{ limit: test.text, requests: Math.ceil(requests), unit: test.unit, share }]
      : [];
  });
}
