import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf, planSchema } from "../src/plan.ts";
import { runbookSchema } from "../src/runbook.ts";

const limits = ["error-rate < 1%"];

const planned = (...stages: readonly object[]) =>
  planOf(
    runbookSchema.parse({
      runbook: 1,
      service: "shop",
      environment: "production",
      url: "https://shop.example",
      target: { local: { admin: "http://127.0.0.1:4001", start: "node server.mjs", health: "/health" } },
      metrics: { "error-rate": { exposition: { path: "/metrics", bad: "bad_total", total: "all_total" } } },
      stages,
    }),
  );

test("steps come in their canonical order, whatever order they are written in", () => {
  const [stage] = planned({
    name: "release",
    canary: { shifts: [{ traffic: "100%" }] },
    deploy: {},
    migrate: { sql: { directory: "migrations" } },
    preflight: [{ run: "npm test" }],
  }).stages;
  assert.deepEqual(stage?.steps, ["preflight", "migrate", "deploy", "canary"]);
});

test("a deploy without a canary gives all traffic at once, unjudged", () => {
  const [stage] = planned({ name: "release", deploy: {} }).stages;
  assert.deepEqual(stage?.steps, ["deploy", "canary"]);
  assert.deepEqual(stage?.shifts, [{ weight: 100, holdMs: 0, everyMs: 1000, judged: false }]);
  assert.equal(stage?.maxHoldMs, 0);
});

test("a stage without a deploy moves no traffic", () => {
  const [stage] = planned({ name: "database", migrate: { sql: { directory: "migrations" } } }).stages;
  assert.deepEqual([stage?.steps, stage?.shifts], [["migrate"], []]);
});

test("a shift with limits is judged as often as it says, one without looks once a minute", () => {
  const shifts = [
    { traffic: "5%", hold: "5m", every: "30s", limits },
    { traffic: "25%", hold: "10m", every: "1m", limits },
    { traffic: "100%" },
  ];
  const [stage] = planned({ name: "release", deploy: {}, canary: { shifts } }).stages;
  assert.deepEqual(stage?.shifts, [
    { weight: 5, holdMs: 300_000, everyMs: 30_000, judged: true },
    { weight: 25, holdMs: 600_000, everyMs: 60_000, judged: true },
    { weight: 100, holdMs: 0, everyMs: 60_000, judged: false },
  ]);
});

test("the longest hold is twice the longest shift, unless the runbook says it", () => {
  const shifts = [
    { traffic: "5%", hold: "5m", every: "1m", limits },
    { traffic: "100%", hold: "1m", every: "1m", limits },
  ];
  const maxHold = (canary: object) => planned({ name: "release", deploy: {}, canary }).stages[0]?.maxHoldMs;
  assert.equal(maxHold({ shifts }), 600_000);
  assert.equal(maxHold({ shifts, "max-hold": "7m" }), 420_000);
});

test("a plan is what the record accepts", () => {
  assert(planSchema.safeParse(planned({ name: "release", deploy: {} })).success);
});
