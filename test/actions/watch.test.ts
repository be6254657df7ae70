import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

const asking = runbook
  .replace("stages:", "people: { cto: [ada] }\nstages:")
  .replace("    deploy:", "    approve: { by: [cto] }\n    deploy:");
shop.write(".github/asking.yml", asking);
const inputs = { ...shop.inputs, environment: "asks", runbook: ".github/asking.yml" };
const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });

test("where people have to agree it writes down that they are asked, once, and waits without failing the release", async () => {
  const planned = await shop.run("plan", { runId: 5, inputs });
  assert.equal(planned.code, 0, planned.visible);
  const early = await shop.run("watch", { runId: 5, inputs });
  assert.deepEqual([early.code, early.outputs["reason"]], [5, "dispatch"], "the preflight is another job's");

  const asked = await shop.run("watch", { runId: 5, inputs: { ...inputs, needs } });
  assert.deepEqual([asked.code, asked.outputs["reason"]], [5, "awaiting-approval"], asked.visible);
  assert.match(asked.visible, /cto/);
  const { release, entries } = await shop.record("asks");
  assert.equal(release?.steps["release/preflight"]?.outcome, "passed");
  assert.equal(release?.steps["release/approve"]?.outcome, "held");

  const again = await shop.run("watch", { runId: 5, inputs: { ...inputs, needs, "allow-hold": "true" } });
  assert.deepEqual([again.code, again.outputs["verdict"]], [0, "hold"]);
  assert.equal((await shop.record("asks")).entries, entries, "nobody is asked twice");
});

test("it takes part in a release or does nothing", async () => {
  const run = await shop.run("watch", { inputs: { ...inputs, record: "none" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /leave `record` at `append`/);
});
