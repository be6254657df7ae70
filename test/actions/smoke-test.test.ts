import assert from "node:assert/strict";
import { after, test } from "node:test";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { openShop } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

test("alone it asks the address it is given", async () => {
  const url = (await shop.target.address(shop.stable)) ?? "";
  const inputs = { record: "none", url };
  assert.equal((await shop.run("smoke-test", { inputs })).code, 0);
  const checks = "- { get: /nowhere, status: 200 }\n- { get: /health, status: 200 }\n";
  const run = await shop.run("smoke-test", { inputs: { ...inputs, checks } });
  assert.equal(run.code, 1);
  assert.equal(run.outputs["verdict"], "fail");
  assert.match(run.visible, /1 of 2 checks passed\. GET \/nowhere answers 200: it does not/);
});

test("alone and without an address there is nothing to probe", async () => {
  const run = await shop.run("smoke-test", { inputs: { record: "none" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /There is no version to probe: give `url`/);
});

test("a version that does not answer fails; silence is never a pass", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const checks = "- { get: /health, status: 200 }\n";
  const run = await shop.run("smoke-test", { inputs: { record: "none", url, checks } });
  assert.notEqual(run.code, 0);
  assert.notEqual(run.outputs["verdict"], "pass");
});

test("in a release it probes the candidate that the record names, and refuses to come before the deploy", async () => {
  const common = { inputs: { ...shop.inputs, environment: "probes" }, runId: 5 };
  const read = { ...common, inputs: { ...common.inputs, record: "read" }, permissions: { contents: "read" } } as const;
  await shop.run("plan", common);
  const early = await shop.run("smoke-test", read);
  assert.equal(early.code, 4);
  assert.equal(early.outputs["reason"], "out-of-order");

  const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });
  const deploy = await shop.run("deploy", { ...common, inputs: { ...common.inputs, needs } });
  assert.equal(deploy.code, 0, deploy.visible);
  assert.equal(deploy.outputs["version"], shop.commit);
  const run = await shop.run("smoke-test", read);
  assert.equal(run.code, 0, run.visible);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});
