import { type Plan, planOf } from "../plan.ts";
import type { NewCommitPolicy } from "../release/admit.ts";
import type { Bounds } from "./moves.ts";
import { provenPlan, stagedRunbook } from "./proven-runbooks.ts";

export interface Harness {
  readonly name: string;
  readonly plan: Plan;
  readonly bounds: Bounds;
  /** What a second push does while the first release is under way; it waits in line when absent. */
  readonly onNewCommit?: NewCommitPolicy | undefined;
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
  words: 0,
};

const shift = (weight: number, judged: boolean) => ({ weight, holdMs: 500, everyMs: 100, judged });

/** All traffic at once, unjudged: what a runbook without a canary comes to. */
export const atOncePlan: Plan = {
  service: "shop",
  stages: [{ name: "release", steps: ["deploy", "canary"], shifts: [shift(100, false)], maxHoldMs: 1000 }],
};

const people = { people: { cto: ["ada"] }, service: "shop" };
const canaryOf = (changes: Partial<Plan["stages"][number]>): Plan["stages"][number] => ({
  name: "release",
  steps: ["deploy", "canary"],
  shifts: [shift(5, true), shift(25, true), shift(100, true)],
  maxHoldMs: 1000,
  decideWithinMs: 500,
  ...changes,
});

/** A person agrees before anything is deployed, and signs at the end. */
export const agreedPlan: Plan = {
  ...people,
  stages: [
    canaryOf({
      steps: ["approve", "deploy", "canary"],
      approve: { by: { cto: ["ada"] }, minimum: 1 },
      shifts: [shift(100, true)],
    }),
    { name: "final", steps: ["sign-off"], signOff: [{ role: "final", by: ["cto"] }], shifts: [], maxHoldMs: 0 },
  ],
};
export const steppingPlan: Plan = { ...people, stages: [canaryOf({ onFail: "step-back" })] };
export const askingPlan: Plan = {
  ...people,
  stages: [canaryOf({ onFail: "ask", onShort: "approve", shifts: [shift(5, true), shift(100, true)] })],
};
/** All traffic at once, watched by the stage and again at the end. */
export const watchedPlan: Plan = {
  ...people,
  stages: [
    canaryOf({
      steps: ["deploy", "canary", "watch"],
      shifts: [shift(100, false)],
      watch: { paces: [{ everyMs: 100, untilMs: 200 }], coverage: 0.9, onFail: "ask", decideWithinMs: 300 },
    }),
    {
      name: "final",
      steps: ["watch"],
      watch: { paces: [{ everyMs: 100, untilMs: 100 }], coverage: 0.9 },
      shifts: [],
      maxHoldMs: 0,
    },
  ],
};
/** A page is up and workers stand still while the database changes. */
export const maintainedPlan: Plan = {
  ...people,
  maintenance: { around: ["migrate"], page: { on: "up", off: "down" }, workers: { on: "stop", off: "start" } },
  stages: [canaryOf({ steps: ["migrate", "deploy", "canary"], shifts: [shift(100, false)] })],
};

/** Two commits, one after the other, each with flags of its own; the second one goes back to the first. */
const commits: Readonly<Record<string, string>> = { first: "1".repeat(40), second: "2".repeat(40) };
const staged = planOf(stagedRunbook);
export const twoCommitsPlan: Plan = {
  ...staged,
  stages: staged.stages.map((stage) => ({ ...stage, commit: commits[stage.name] ?? "" })),
};

const harness = (
  name: string,
  bounds: Partial<Bounds>,
  plan: Plan = provenPlan,
  onNewCommit?: NewCommitPolicy,
): Harness => ({ name, plan, bounds: { ...none, ...bounds }, onNewCommit });

/**
 * Each is exhausted within its bounds. The first has every bound of the promise at once; the others pair each kind of
 * trouble with faults, for every sort of plan. In all of them any process may die at any moment.
 */
export const harnesses: readonly Harness[] = [
  harness("all of it at once", { faults: 2, reruns: 2, humans: 1, releases: 1 }),
  harness("faults", { faults: 3, verdicts: 2, waits: 1 }),
  harness("re-run beside the living", { faults: 2, reruns: 1, verdicts: 1 }),
  harness("second line", { faults: 2, rollbacks: 1, verdicts: 1 }),
  harness("second line beside a re-run", { faults: 1, rollbacks: 1, reruns: 1 }),
  harness("second line beside a re-run of what was held", { rollbacks: 1, reruns: 1, waits: 1, verdicts: 1 }),
  harness("cancelled", { faults: 1, cancels: 1, rollbacks: 1, verdicts: 1 }),
  harness("ticks", { faults: 1, ticks: 1, waits: 1, verdicts: 1 }),
  harness("two ticks", { faults: 1, ticks: 2 }),
  harness("a person moves traffic", { faults: 3, humans: 1, verdicts: 1 }),
  harness("a person moves traffic beside a re-run", { faults: 2, humans: 1, verdicts: 1, reruns: 1 }),
  harness("a person rolls back", { faults: 2, dispatches: 1, verdicts: 1 }),
  harness("a person rolls back beside a re-run", { faults: 1, dispatches: 1, reruns: 1 }),
  harness("a person rolls back between releases", { faults: 1, dispatches: 1, releases: 1 }, atOncePlan),
  harness("two releases", { faults: 2, releases: 1, humans: 1, verdicts: 1 }),
  harness("a release waits in line", { faults: 1, releases: 2, verdicts: 1 }),
  harness("without a canary", { faults: 1, reruns: 1, humans: 1, releases: 1, verdicts: 1 }, atOncePlan),
  harness("approved and signed", { faults: 2, words: 2, reruns: 1 }, agreedPlan),
  harness("step back", { faults: 2, words: 1, verdicts: 2 }, steppingPlan),
  harness("step back beside a re-run", { faults: 2, reruns: 1, verdicts: 1 }, steppingPlan),
  harness("step back beside the second line", { faults: 1, rollbacks: 1, verdicts: 1 }, steppingPlan),
  harness("step back, and a person moves traffic", { faults: 2, humans: 1, verdicts: 1 }, steppingPlan),
  harness("a person is asked", { faults: 2, words: 1, verdicts: 1, waits: 1 }, askingPlan),
  harness("watched", { faults: 2, words: 1, verdicts: 1 }, watchedPlan),
  harness("watched, and a person moves traffic", { faults: 2, humans: 1, verdicts: 1 }, watchedPlan),
  harness("a newer push replaces", { faults: 1, releases: 1, verdicts: 1 }, provenPlan, "replace"),
  harness("maintenance", { faults: 3, verdicts: 2, cancels: 1 }, maintainedPlan),
  harness("maintenance, and a release in line", { faults: 2, verdicts: 1, releases: 1 }, maintainedPlan),
  // Commands carry no generation: what one of them does behind others is undone by whoever relies on it, and nobody else.
  harness("maintenance beside a re-run", { faults: 2, reruns: 1, verdicts: 1 }, maintainedPlan),
  harness("maintenance beside two re-runs", { faults: 1, reruns: 2 }, maintainedPlan),
  harness("maintenance beside the second line", { faults: 1, rollbacks: 1, cancels: 1 }, maintainedPlan),
  harness("two commits with flags", { faults: 3, verdicts: 3, cancels: 1 }, twoCommitsPlan),
  harness("flags, and a person rolls back", { faults: 1, verdicts: 1, dispatches: 1 }, twoCommitsPlan),
  harness("flags beside the second line", { rollbacks: 1, verdicts: 1 }, twoCommitsPlan),
  harness("flags beside a re-run", { faults: 2, reruns: 1, verdicts: 1 }, twoCommitsPlan),
  harness("flags beside two re-runs", { faults: 1, reruns: 2 }, twoCommitsPlan),
];

/** For the night: more of the same than the promise is made for. */
export const nightHarnesses: readonly Harness[] = [
  harness("two re-runs, and a judge that errs", { faults: 2, reruns: 2, verdicts: 1 }),
  harness("all of it, and a judge that errs", { faults: 1, reruns: 1, humans: 1, releases: 1, verdicts: 1 }),
  harness("all of it without a canary", { faults: 2, reruns: 2, humans: 1, releases: 1, verdicts: 1 }, atOncePlan),
  harness("a re-run of what was held, and a fault", { faults: 1, rollbacks: 1, reruns: 1, waits: 1, verdicts: 1 }),
  harness("cancelled, and two faults", { faults: 2, cancels: 1, rollbacks: 1, verdicts: 1 }),
  harness("a person rolls back between releases", { faults: 2, dispatches: 1, releases: 1 }, atOncePlan),
  harness("a release waits in line", { faults: 2, releases: 2, verdicts: 1 }),
  harness("step back, a person and a re-run", { faults: 2, humans: 1, verdicts: 1, reruns: 1 }, steppingPlan),
  harness("step back beside the second line", { faults: 2, rollbacks: 1, verdicts: 1 }, steppingPlan),
  harness("watched beside a re-run", { faults: 2, words: 1, verdicts: 1, reruns: 1 }, watchedPlan),
  harness("a newer push replaces", { faults: 2, releases: 1, verdicts: 1 }, provenPlan, "replace"),
  harness("maintenance beside two re-runs", { faults: 2, reruns: 2, verdicts: 1 }, maintainedPlan),
  harness("maintenance beside a re-run and the second line", { faults: 1, rollbacks: 1, reruns: 1 }, maintainedPlan),
  harness("flags beside the second line", { faults: 1, rollbacks: 1, verdicts: 1 }, twoCommitsPlan),
  harness("flags beside two re-runs", { faults: 2, reruns: 2, verdicts: 1 }, twoCommitsPlan),
];

/** The same with less trouble, for the test suite. Deaths are counted for the plain search, which they are moves of. */
export const smallHarnesses: readonly Harness[] = [
  harness("faults and crash", { faults: 1, crashes: 1, verdicts: 1, waits: 1 }),
  harness("re-run beside the living", { faults: 1, crashes: 0, reruns: 1, verdicts: 1 }),
  harness("second line", { faults: 1, crashes: 0, rollbacks: 1, verdicts: 1 }),
  harness("cancelled", { crashes: 1, cancels: 1, rollbacks: 1 }),
  harness("a person moves traffic", { faults: 1, crashes: 1, humans: 1, verdicts: 1 }),
  harness("a person rolls back", { faults: 1, dispatches: 1, verdicts: 1 }),
  harness("two releases", { faults: 1, crashes: 1, releases: 1, humans: 1, verdicts: 1 }),
  harness("a release waits in line", { releases: 2, verdicts: 1 }),
  harness("without a canary", { faults: 1, crashes: 1, reruns: 1, verdicts: 1 }, atOncePlan),
  harness("approved and signed", { crashes: 1, words: 2 }, agreedPlan),
  harness("step back", { crashes: 1, words: 1, verdicts: 1 }, steppingPlan),
  harness("step back without a record", { faults: 1, crashes: 1, verdicts: 1 }, steppingPlan),
  harness("a person is asked", { crashes: 1, words: 1, verdicts: 1, waits: 1 }, askingPlan),
  harness("watched", { crashes: 1, words: 1, verdicts: 1 }, watchedPlan),
  harness("maintenance", { faults: 1, crashes: 1, verdicts: 1 }, maintainedPlan),
  harness("a newer push replaces", { releases: 1 }, atOncePlan, "replace"),
  harness("two commits with flags", { crashes: 1, verdicts: 1 }, twoCommitsPlan),
  harness("maintenance, and a second line", { rollbacks: 1 }, maintainedPlan),
  harness("maintenance, and a re-run", { faults: 1, crashes: 1, reruns: 1 }, maintainedPlan),
  harness("two commits with flags, and a re-run", { faults: 1, reruns: 1 }, twoCommitsPlan),
];
