import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

const load = (path: string) => `
    load-test:
      requests: [{ path: ${path} }]
      rate: 200/s
      for: 500ms
      limits: [checks = 100%, p95 < 2s]
`;

const inputs = { requests: "[{ path: /health }]", rate: "200/s", for: "500ms", limits: "[checks = 100%]" };

test("alone it loads the site of the runbook, and nobody else", async () => {
  const url = /APP_URL=(\S+)/.exec(shop.inputs["runbook-vars"] ?? "")?.[1] ?? "";
  const alone = { ...shop.inputs, record: "none", ...inputs };
  const run = await shop.run("load-test", { inputs: { ...alone, url } });
  assert.equal(run.code, 0, run.visible);
  assert.match(run.visible, /`checks = 100%` holds: checks 100% of 100 checks/);
  const broken = await shop.run("load-test", { inputs: { ...alone, url, requests: "[{ path: /nowhere }]" } });
  assert.equal(broken.code, 1);
  assert.equal(broken.outputs["reason"], "limit-broken");
  const stranger = await shop.run("load-test", { inputs: { ...alone, url: "https://shop.example.com" } });
  assert.equal(stranger.code, 2);
  assert.match(stranger.visible, /may aim at http:\/\/127\.0\.0\.1:\d+, not at "shop\.example\.com"/);
});

test("in a release it comes after the smoke test of the same job, and the next job records both", async () => {
  shop.write(".github/runbook.yml", runbook.trimEnd() + load("/health"));
  const common = { inputs: { ...shop.inputs, environment: "loads" }, runId: 7 };
  const read = { ...common, inputs: { ...common.inputs, record: "read" }, permissions: { contents: "read" } } as const;
  await shop.run("plan", common);
  const early = await shop.run("load-test", read);
  assert.equal(early.outputs["reason"], "out-of-order");
  const passed = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });
  const deploy = await shop.run("deploy", { ...common, inputs: { ...common.inputs, needs: passed } });
  assert.equal(deploy.code, 0, deploy.visible);
  const run = await shop.run("load-test", read);
  assert.equal(run.code, 0, run.visible);
  assert.match(run.visible, /answers 200: 100/);

  const needs = JSON.stringify({
    preflight: { result: "success", outputs: { preflight: "pass" } },
    probe: { result: "success", outputs: { "smoke-test": "pass", "load-test": "pass" } },
  });
  const gate = await shop.run("canary-gate", { ...common, inputs: { ...common.inputs, needs } });
  assert.equal(gate.code, 0, gate.visible);
  const { release } = await shop.record("loads");
  assert.equal(release?.steps["release/load-test"]?.outcome, "passed");
  assert.equal(release?.ended?.as, "done");
  await shop.reset();
});

test("in one job a broken limit ends the release before anybody is served by it", async () => {
  shop.write(".github/runbook.yml", runbook.trimEnd() + load("/nowhere"));
  const run = await shop.run("advance", { inputs: { ...shop.inputs, environment: "one-job" }, runId: 8 });
  assert.equal(run.code, 1, run.visible);
  const { release } = await shop.record("one-job");
  assert.equal(release?.steps["release/load-test"]?.reason, "limit-broken");
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});
