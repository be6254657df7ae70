import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(async () => {
  // Also where nobody wanted the test that waits for it.
  await blind;
  await shop.stop();
});
afterEach(() => shop.reset());

// Nobody visits this shop, so no limit can ever be proven.
const metrics =
  "metrics:\n  error-rate: { exposition: { path: /metrics, bad: 'http_requests_total{code=~\"5..\"}', total: http_requests_total, by: version } }\n";
const canary =
  "    canary:\n      shifts:\n        - { traffic: 10%, hold: 1s, every: 1s, limits: [error-rate < 2%] }\n        - { traffic: 100% }\n      max-hold: 2s\n";
shop.write("canary.yml", `${runbook}${canary}${metrics}`);

const needs = JSON.stringify({
  preflight: { result: "success", outputs: { preflight: "pass" } },
  probe: { result: "success", outputs: { "smoke-test": "pass", "load-test": "pass" } },
});
const inputsFor = (environment: string) => ({ ...shop.inputs, environment, runbook: "canary.yml", needs });

async function deployed(environment: string, runId: number): Promise<void> {
  for (const name of ["plan", "deploy"]) {
    const run = await shop.run(name, { runId, inputs: inputsFor(environment) });
    assert.equal(run.code, 0, run.visible);
  }
}

await deployed("blind", 5);
const nowhere = {
  ...inputsFor("blind"),
  "runbook-vars": "LOCAL_ADMIN=http://127.0.0.1:9\nAPP_URL=http://127.0.0.1:9\n",
};
/** Patient with a platform that does not answer, so it runs beside the other tests. */
const blind = Promise.all([
  shop.run("canary-gate", { runId: 5, inputs: nowhere }),
  shop.run("canary-gate", { runId: 5, inputs: { ...nowhere, "allow-hold": "true" } }),
]);
await shop.reset();

test("a share that nobody proves goes back to stable: held for good, exit code 5, whatever a hold may do", async () => {
  await deployed("unproven", 1);
  const inputs = { ...inputsFor("unproven"), "allow-hold": "true" };
  const run = await shop.run("canary-gate", { runId: 1, inputs });
  assert.equal(run.code, 5, run.visible);
  assert.equal(run.outputs["verdict"], "hold");
  assert.equal(run.outputs["reason"], "max-hold");
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  assert.equal((await shop.record("unproven")).release?.ended?.as, "held");
  const deployment = shop.twin.state().deployments.find(({ environment }) => environment === "unproven");
  assert.equal(deployment?.statuses.at(-1)?.state, "inactive");
});

test("a gate before its smoke test is out of order", async () => {
  await deployed("early", 2);
  const inputs = {
    ...inputsFor("early"),
    needs: JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } }),
  };
  const run = await shop.run("canary-gate", { runId: 2, inputs });
  assert.equal(run.code, 4);
  assert.equal(run.outputs["reason"], "out-of-order");
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});

test("a probe that failed is on record as failed, and the candidate never takes traffic", async () => {
  await deployed("red", 3);
  const failed = JSON.stringify({
    preflight: { result: "success", outputs: { preflight: "pass" } },
    probe: { result: "failure" },
  });
  const run = await shop.run("canary-gate", { runId: 3, inputs: { ...inputsFor("red"), needs: failed } });
  assert.equal(run.code, 1, run.visible);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  assert.equal((await shop.record("red")).release?.ended?.as, "failed");
});

test("F32: traffic that a person moved is left alone: halted, exit code 4", async () => {
  await deployed("moved", 4);
  await shop.target.restore({ to: shop.commit });
  const run = await shop.run("canary-gate", { runId: 4, inputs: inputsFor("moved") });
  assert.equal(run.code, 4);
  assert.equal(run.outputs["reason"], "drift");
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
});

test("a platform that cannot be read holds; only `allow-hold` makes that a good end", async () => {
  const [strict, lenient] = await blind;
  assert.equal(strict.outputs["reason"], "platform-unreadable", strict.visible);
  assert.equal(strict.code, 5);
  assert.equal(lenient.outputs["verdict"], "hold");
  assert.equal(lenient.code, 0);
});

test("a tick has nothing to do when no release is under way", async () => {
  const inputs = { ...inputsFor("idle"), needs: "", steps: "canary", "allow-hold": "true" };
  const run = await shop.run("advance", { inputs });
  assert.equal(run.code, 0, run.visible);
  assert.equal(run.outputs["reason"], "nothing-under-way");
});

test("a needs context that is none is the caller's mistake", async () => {
  await deployed("odd-needs", 6);
  for (const odd of ["preflight", '["preflight"]', '{"preflight":{}}']) {
    const run = await shop.run("canary-gate", { runId: 6, inputs: { ...inputsFor("odd-needs"), needs: odd } });
    assert.equal(run.code, 2, run.visible);
  }
});

test("F34: with the record down a step back reaches production first, and the record after", async () => {
  const limits = "limits: [queue < 5]";
  const steps = ["10%", "50%"].map((traffic) => `        - { traffic: ${traffic}, hold: 1s, every: 1s, ${limits} }\n`);
  shop.write(
    "stepping.yml",
    `${runbook}    canary:\n      shifts:\n${steps.join("")}        - { traffic: 100% }\n      on-fail: step-back\n      max-hold: 20s\n` +
      `metrics:\n  queue: { command: { run: sh ${shop.workspace}/queue.sh, gives: value } }\n`,
  );
  // The version that serves has one thing in its queue, the candidate what the file says.
  shop.write(
    "queue.sh",
    `[ "$SLUICE_VERSION" = ${shop.stable} ] && n=1 || n=$(cat ${shop.workspace}/queue)\n` +
      `printf '{"version":"%s","observedAt":"%s","value":%s}' "$SLUICE_VERSION" "$SLUICE_TO" "$n"\n`,
  );
  shop.write("queue", "1");
  const inputs = { ...inputsFor("stepping"), runbook: "stepping.yml" };
  for (const name of ["plan", "deploy"]) assert.equal((await shop.run(name, { runId: 7, inputs })).code, 0);

  let ended: Awaited<ReturnType<typeof shop.run>> | undefined;
  const seen = async (happens: () => Promise<boolean>) => {
    while (!(await happens())) {
      assert.ok(ended === undefined, ended?.visible);
      await delay(20);
    }
  };
  const onRecord = async () => (await shop.record("stepping")).release?.traffic?.weight;
  const share = async () => (await shop.shares())[shop.commit] ?? 0;
  const gate = shop.run("canary-gate", { runId: 7, inputs });
  void gate.then((run) => {
    ended = run;
  });
  await seen(async () => (await onRecord()) === 50);
  // As often as one entry is tried, and a little of the next one.
  shop.twin.faults.inject({ kind: "503", match: { method: "POST", path: /git\/trees$/ }, times: 7 });
  shop.write("queue", "9");
  await seen(async () => (await share()) === 10);
  assert.equal(await onRecord(), 50);
  const run = await gate;
  assert.equal(run.outputs["verdict"], "fail", run.visible);
  assert.match(run.visible, /The record could not be written; the candidate is taken down to 10%/);
  const { release } = await shop.record("stepping");
  assert.deepEqual([release?.people.steppedBack?.shift, release?.ended?.as], [1, "rolled-back"]);
});
