import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptAt } from "../src/attempt.ts";
import { InputError } from "../src/failure.ts";
import type { Runbook } from "../src/runbook.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { stageOf } from "../src/session.ts";

const text = `runbook: 1
service: shop
environment: production
url: https://shop.example
target: { local: { admin: "http://127.0.0.1:4001", start: node server.mjs, health: /health } }
env: { KEY: { min-length: 8 } }
stages:
  - name: database
    preflight: [{ run: npm test }]
    migrate: { sql: { directory: migrations } }
  - name: release
    preflight: [{ run: npm run lint }]
    deploy: {}
`;

function runbook(): Runbook {
  const read = readRunbook(text, "runbook.yml");
  assert.ok(read.ok);
  return read.value;
}

test("the only stage with a step need not be named", () => {
  assert.equal(stageOf(runbook(), undefined, "migrate").name, "database");
  assert.equal(stageOf(runbook(), undefined, "deploy").name, "release");
  assert.equal(stageOf(runbook(), undefined, "canary").name, "release", "a deploy always ends in a canary");
});

test("a stage is asked for when several have the step, and a wrong one is answered with those there are", () => {
  assert.throws(() => stageOf(runbook(), undefined, "preflight"), /say which with `stage`: database, release/);
  assert.throws(() => stageOf(runbook(), "databse", "migrate"), /no stage databse; it has database, release/);
});

test("a step that the stage, or any stage, does not have is said so", () => {
  assert.throws(
    () => stageOf(runbook(), undefined, "backup"),
    (problem) => {
      assert.ok(problem instanceof InputError);
      assert.doesNotMatch(problem.message, /Several/);
      return true;
    },
  );
  assert.throws(() => stageOf(runbook(), "database", "deploy"), InputError);
});

test("attempts at a release are ordered: those of its own run, then those of runs that took it up, however often run again", () => {
  const at = (runId: number, attempt: number) => attemptAt(16_000_000_001, { run: runId, attempt });
  assert.equal(at(16_000_000_001, 1), 1, "the run's own number where nobody took it up");
  const inOrder = [
    at(16_000_000_001, 1),
    at(16_000_000_001, 50),
    at(16_000_000_002, 1),
    at(16_000_000_002, 2),
    at(99_000_000_000, 1),
  ];
  assert.deepEqual(
    inOrder.toSorted((a, b) => a - b),
    inOrder,
  );
  assert.ok(inOrder.every(Number.isSafeInteger));
});
