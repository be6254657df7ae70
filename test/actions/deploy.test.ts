import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { openShop, runbook } from "./shop.ts";

let nextPort: number | undefined;
const shop = await openShop(async () => nextPort ?? freePort());
after(() => shop.stop());

/** Begins a release and gives what its deploy step is run with. */
async function beginRelease(environment: string, runId: number, inputs: Readonly<Record<string, string>> = {}) {
  const options = { runId, inputs: { ...shop.inputs, environment, ...inputs } };
  const plan = await shop.run("plan", options);
  assert.equal(plan.code, 0, plan.visible);
  const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });
  return { ...options, inputs: { ...options.inputs, needs } };
}

/** What a failed release must leave behind: traffic where it was, and a record that the second line can end. */
async function isLeftSafe(environment: string, runId: number): Promise<void> {
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  const inputs = { ...shop.inputs, environment, release: String(runId), reason: "job-failed" };
  const back = await shop.run("rollback", { runId, inputs });
  assert.equal(back.code, 0, back.visible);
  assert.equal((await shop.record(environment)).release?.ended?.as, "failed");
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
}

test("F13: a work tree that holds another commit than the release's is refused", async () => {
  const options = await beginRelease("other", 1);
  const other = await shop.run("plan", {
    runId: 2,
    sha: "ab".repeat(20),
    inputs: { ...options.inputs, environment: "other2" },
  });
  assert.equal(other.code, 0, other.visible);
  const run = await shop.run("deploy", { runId: 2, inputs: { ...options.inputs, environment: "other2" } });
  assert.equal(run.code, 1);
  assert.equal(run.outputs["reason"], "other-commit");
  assert.match(
    run.visible,
    new RegExp(`The workspace holds ${shop.commit.slice(0, 12)}, stage release releases abababababab`),
  );
  await isLeftSafe("other2", 2);
});

test("F13, F39: another runbook than the release was started with is refused", async () => {
  const options = await beginRelease("edited", 3);
  shop.write("edited.yml", runbook.replace("retry: 2s", "retry: 1s"));
  const run = await shop.run("deploy", { ...options, inputs: { ...options.inputs, runbook: "edited.yml" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /The runbook here is not the one release 3 was started with/);
  await isLeftSafe("edited", 3);
});

test("a version that cannot start is said with its last lines and without its secrets, exit code 2", async () => {
  const secrets = `${shop.inputs["runbook-env"]}BROKEN=yes-it-is\nSIGNING_KEY=hush-hush-hush\n`;
  const options = await beginRelease("broken", 4, { "runbook-env": secrets });
  const run = await shop.run("deploy", options);
  assert.equal(run.code, 2, run.visible);
  assert.match(run.visible, /ended with exit code 7 before it was healthy/);
  assert.match(run.visible, /is set: \*\*\*/);
  assert.doesNotMatch(run.visible, /hush-hush-hush/);
  await isLeftSafe("broken", 4);
});

test("a port that is taken is the platform's trouble, exit code 3", async () => {
  const options = await beginRelease("taken", 5);
  const stranger = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const address = stranger.address();
  assert.ok(typeof address === "object" && address !== null);
  nextPort = address.port;
  const run = await shop.run("deploy", options);
  nextPort = undefined;
  await new Promise((resolve) => stranger.close(resolve));
  assert.equal(run.code, 3, run.visible);
  assert.match(run.visible, new RegExp(`Port ${address.port} on 127\\.0\\.0\\.1.* is taken by another program`));
  await isLeftSafe("taken", 5);
});

test("F14: a re-run finds the version deployed and neither starts nor shows it again", async () => {
  const options = await beginRelease("twice", 6);
  assert.equal((await shop.run("deploy", options)).code, 0);
  const again = await shop.run("deploy", options);
  assert.equal(again.code, 0, again.visible);
  assert.equal(again.outputs["version"], shop.commit);
  const [deployment, ...others] = shop.twin.state().deployments.filter(({ environment }) => environment === "twice");
  assert.equal(deployment?.sha, shop.commit);
  assert.equal(deployment?.statuses.at(-1)?.state, "in_progress");
  assert.deepEqual(others, []);
});

test("it cannot stand outside of a release", async () => {
  const run = await shop.run("deploy", { inputs: { ...shop.inputs, record: "none" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /A deployment is part of a release/);
});
