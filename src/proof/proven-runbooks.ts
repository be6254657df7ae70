import { type Plan, planOf } from "../plan.ts";
import { type Runbook, runbookSchema } from "../runbook.ts";

const baseOfRunbook = {
  runbook: 1,
  service: "shop",
  environment: "production",
  url: "https://shop.example",
  "on-new-commit": "wait-latest",
  target: { local: { admin: "http://127.0.0.1:4001", start: "node server.mjs", health: "/health" } },
  metrics: { "error-rate": { exposition: { path: "/metrics", bad: "bad_total", total: "all_total" } } },
};
const twoShares = {
  shifts: [
    { traffic: "5%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] },
    { traffic: "100%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] },
  ],
  "max-hold": "1s",
};

/** A release of one stage: deploy, then a canary of two judged shares. */
export const provenRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  stages: [{ name: "release", deploy: {}, canary: twoShares }],
});
export const provenPlan: Plan = planOf(provenRunbook);

/** The same where a newer push ends what is under way. */
export const replacingRunbook: Runbook = { ...provenRunbook, "on-new-commit": "replace" };

/** Three shares, and a broken limit takes the candidate one share down. */
export const steppingRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  stages: [
    {
      name: "release",
      deploy: {},
      canary: {
        shifts: ["5%", "25%", "100%"].map((traffic) => ({ ...twoShares.shifts[0], traffic })),
        "max-hold": "1s",
        "on-fail": "step-back",
      },
    },
  ],
});

const atOnce = { shifts: [{ traffic: "100%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] }] };

/**
 * Two stages, each with a version and flags of its own. The second one is watched: what its watch sends back went to all
 * traffic before, and the flags of the first stage stay with what that one brought.
 */
export const stagedRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  flags: { beta: { set: "set", read: "read" } },
  stages: [
    { name: "first", flags: { beta: "few" }, deploy: {}, canary: { ...atOnce, "max-hold": "1s" } },
    {
      name: "second",
      flags: { beta: "all" },
      deploy: {},
      canary: { ...atOnce, "max-hold": "1s" },
      watch: { for: "200ms", every: "100ms", limits: ["error-rate < 1%"] },
    },
  ],
});

/** The same with people, maintenance and watches: everything that waits for somebody, or is turned on besides traffic. */
export const attendedRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  people: { cto: ["ada"] },
  maintenance: { around: ["migrate"], page: { on: "up", off: "down" }, jobs: { stop: "stop", start: "start" } },
  stages: [
    {
      name: "release",
      approve: { by: ["cto"], minimum: 1 },
      migrate: { sql: { directory: "migrations" } },
      deploy: {},
      canary: { ...twoShares, "on-fail": "ask", "on-short-evidence": "approve", "decide-within": "500ms" },
      watch: { for: "200ms", every: "100ms", limits: ["error-rate < 1%"], "on-fail": "ask", "decide-within": "300ms" },
    },
  ],
  watch: { for: "100ms", every: "100ms", limits: ["error-rate < 1%"] },
  "sign-off": { order: ["final"], final: { by: ["cto"] } },
});
