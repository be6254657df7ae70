import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../src/failure.ts";
import { provenBy } from "../src/job-results.ts";

const needs = (results: Readonly<Record<string, string>>, outputs: Readonly<Record<string, string>> = {}) =>
  JSON.stringify(Object.fromEntries(Object.entries(results).map(([job, result]) => [job, { result, outputs }])));

test("jobs that run the user's code are believed in one thing: how GitHub says they ended", () => {
  assert.deepEqual(provenBy(undefined), {});
  const proven = provenBy(needs({ preflight: "success", probe: "failure" }, { preflight: "pass" }));
  assert.equal(proven.preflight, "passed");
  assert.equal(proven["smoke-test"], "failed");
});

test("a job that ended well because its step was not to run yet proves nothing", () => {
  const outputs = { preflight: "hold", "smoke-test": "pass", "load-test": "" };
  const proven = provenBy(needs({ preflight: "success", probe: "success" }, outputs));
  assert.deepEqual(proven, { preflight: "held", "smoke-test": "passed", "load-test": "held" });
  assert.deepEqual(provenBy(needs({ preflight: "success" })), { preflight: "held" });
});

test("F36: a job that was skipped or cancelled proves nothing, and other jobs are not asked", () => {
  assert.deepEqual(
    provenBy(needs({ preflight: "skipped", probe: "cancelled", deploy: "success", database: "failure" })),
    {},
  );
});

for (const odd of ["", "preflight", "[]", '"success"', '{"preflight":"success"}', "null"]) {
  test(`F36, B74: needs given as ${JSON.stringify(odd)} is refused: nothing may look proven by accident`, () => {
    assert.throws(() => provenBy(odd), InputError);
  });
}
