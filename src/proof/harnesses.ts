import type { Plan } from "../plan.ts";
import type { Bounds } from "./explore.ts";
import { provenPlan } from "./schedules.ts";

export interface Harness {
  readonly name: string;
  readonly plan: Plan;
  readonly bounds: Bounds;
}

const none: Bounds = {
  faults: 0,
  crashes: 0,
  reruns: 0,
  rollbacks: 0,
  ticks: 0,
  dispatches: 0,
  humans: 0,
  releases: 0,
  cancels: 0,
  verdicts: 0,
  waits: 0,
};

const shift = (weight: number, judged: boolean) => ({ weight, holdMs: 500, everyMs: 100, judged });

/** All traffic at once, unjudged: what a runbook without a canary comes to. */
export const atOncePlan: Plan = {
  service: "shop",
  stages: [{ name: "release", steps: ["deploy", "canary"], shifts: [shift(100, false)], maxHoldMs: 1000 }],
};

const harness = (name: string, bounds: Partial<Bounds>, plan: Plan = provenPlan): Harness => ({
  name,
  plan,
  bounds: { ...none, ...bounds },
});

/** Each is exhausted within its bounds; together they pair every kind of trouble with faults and a crash. */
export const harnesses: readonly Harness[] = [
  harness("faults and crash", { faults: 2, crashes: 1, verdicts: 2, waits: 1 }),
  harness("re-run beside the living", { faults: 2, crashes: 1, reruns: 1, verdicts: 1 }),
  harness("two re-runs", { faults: 1, crashes: 1, reruns: 2 }),
  harness("second line", { faults: 2, crashes: 1, rollbacks: 1, verdicts: 1 }),
  harness("cancelled", { faults: 1, crashes: 1, cancels: 1, rollbacks: 1, verdicts: 1 }),
  harness("ticks", { faults: 1, crashes: 1, ticks: 1, waits: 1, verdicts: 1 }),
  harness("a person moves traffic", { faults: 2, crashes: 1, humans: 1, verdicts: 1, reruns: 0 }),
  harness("a person and a re-run", { faults: 1, crashes: 0, humans: 1, verdicts: 1, reruns: 1 }),
  harness("a person rolls back", { faults: 2, crashes: 1, dispatches: 1, verdicts: 1 }),
  harness("two releases", { faults: 2, crashes: 1, releases: 1, humans: 1, verdicts: 1 }),
  harness("two releases and a re-run", { faults: 1, crashes: 1, releases: 1, reruns: 1 }),
  harness("without a canary", { faults: 2, crashes: 1, reruns: 1, verdicts: 1 }, atOncePlan),
];

/** The same with less trouble, for the test suite. */
export const smallHarnesses: readonly Harness[] = [
  harness("faults and crash", { faults: 1, crashes: 1, verdicts: 1, waits: 1 }),
  harness("re-run beside the living", { faults: 1, crashes: 0, reruns: 1, verdicts: 1 }),
  harness("second line", { faults: 1, crashes: 0, rollbacks: 1, verdicts: 1 }),
  harness("cancelled", { crashes: 1, cancels: 1, rollbacks: 1 }),
  harness("a person moves traffic", { faults: 1, crashes: 1, humans: 1, verdicts: 1 }),
  harness("a person rolls back", { faults: 1, dispatches: 1, verdicts: 1 }),
  harness("two releases", { faults: 1, crashes: 1, releases: 1, humans: 1, verdicts: 1 }),
  harness("without a canary", { faults: 1, crashes: 1, reruns: 1, verdicts: 1 }, atOncePlan),
];
