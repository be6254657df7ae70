import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());
afterEach(() => shop.reset());

const plan = (environment: string, options: Parameters<typeof shop.run>[1] = {}) =>
  shop.run("plan", { ...options, inputs: { ...shop.inputs, environment, ...options.inputs } });

test("a release begins: the plan is pinned in the record with its way back", async () => {
  const run = await plan("begins", { runId: 41 });
  assert.equal(run.code, 0, run.visible);
  assert.deepEqual(JSON.parse(run.outputs["stages"] ?? ""), [
    { name: "release", commit: shop.commit, steps: ["preflight", "deploy", "smoke-test", "canary"] },
  ]);
  assert.equal(run.outputs["release"], "41");
  assert.equal(run.outputs["commit"], shop.commit);
  const { release } = await shop.record("begins");
  assert.equal(release?.id, 41);
  assert.equal(release?.stable.version, shop.stable);
});

test("F15: an older run that comes late is superseded", async () => {
  await plan("late", { runId: 50 });
  const run = await plan("late", { runId: 49 });
  assert.equal(run.code, 4);
  assert.equal(run.outputs["reason"], "superseded");
  assert.equal(run.outputs["stages"], undefined);
});

test("F17: a release does not begin beside another one", async () => {
  await plan("beside", { runId: 60 });
  const run = await plan("beside", { runId: 61 });
  assert.equal(run.code, 4);
  assert.equal(run.outputs["reason"], "busy");
  assert.match(run.visible, /Release 60 of commit/);
  assert.equal((await shop.record("beside")).release?.id, 60);
});

test("on-new-commit: a push that finds a release under way waits in line, and begins in its own name when that has ended", async () => {
  await plan("line", { runId: 63 });
  shop.write(".github/waiting.yml", `${runbook}on-new-commit: wait-latest\n`);
  const env = { GITHUB_TRIGGERING_ACTOR: "grace" };
  const queued = await plan("line", { runId: 64, env, inputs: { runbook: ".github/waiting.yml" } });
  assert.deepEqual([queued.code, queued.outputs["reason"], queued.outputs["stages"]], [0, "queued", undefined]);
  const before = await shop.record("line");
  assert.deepEqual([before.release?.id, before.queued?.release], [63, 64]);

  await shop.run("rollback", { runId: 63, inputs: { ...shop.inputs, environment: "line", release: "63" } });
  const begun = await plan("line", { runId: 65, inputs: { resume: "64" } });
  assert.deepEqual([begun.outputs["reason"], begun.outputs["release"]], ["started", "64"], begun.visible);
  const { release, queued: none } = await shop.record("line");
  assert.deepEqual([release?.id, release?.run, release?.actor, none], [64, 65, "grace", null]);
});

test("after another environment: a commit waits in line until it is done there, and a tick looks whether it is", async () => {
  shop.write(".github/after.yml", `${runbook}after: { environment: upstream }\n`);
  const waits = await plan("downstream", { runId: 66, inputs: { runbook: ".github/after.yml" } });
  assert.deepEqual([waits.code, waits.outputs["reason"], waits.outputs["stages"]], [0, "queued", undefined]);
  const { release, queued } = await shop.record("downstream");
  assert.deepEqual([release, queued?.release, queued?.after?.environment], [null, 66, "upstream"]);

  const successors = { "release-workflow": "release.yml", "watch-workflow": "watch.yml" };
  const looks = await shop.run("advance", {
    runId: 67,
    inputs: { ...shop.inputs, ...successors, environment: "downstream", steps: "canary" },
  });
  assert.equal(looks.code, 0, looks.visible);
  assert.match(looks.visible, /Nothing is started: .*waits for upstream: no release was ever recorded there/);
});

test("F14: a re-run takes the release up where it stopped", async () => {
  await plan("again", { runId: 70 });
  const run = await plan("again", { runId: 70, attempt: 2 });
  assert.equal(run.code, 0);
  assert.equal(run.outputs["reason"], "resumed");
  assert.equal((await shop.record("again")).release?.attempt, 2);
});

test("F42: a commit that was rolled back is rejected until somebody says otherwise", async () => {
  const environment = "rejected";
  const common = { inputs: { ...shop.inputs, environment } };
  await plan(environment, { runId: 80 });
  const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });
  await shop.run("deploy", { runId: 80, inputs: { ...common.inputs, needs } });
  const probed = JSON.stringify({
    preflight: { result: "success", outputs: { preflight: "pass" } },
    probe: { result: "success", outputs: { "smoke-test": "pass", "load-test": "pass" } },
  });
  const gate = await shop.run("canary-gate", { runId: 80, inputs: { ...common.inputs, needs: probed } });
  assert.equal(gate.code, 0, gate.visible);
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
  const back = await shop.run("rollback", { runId: 81, ...common });
  assert.equal(back.code, 0, back.visible);

  const refused = await plan(environment, { runId: 82 });
  assert.equal(refused.code, 4);
  assert.equal(refused.outputs["reason"], "rejected");
  const overridden = await plan(environment, { runId: 83, inputs: { "override-rejected": "true" } });
  assert.equal(overridden.code, 0, overridden.visible);

  // Said of a release that has to wait in line, it still counts when that begins.
  shop.write(".github/waiting.yml", `${runbook}on-new-commit: wait-latest\n`);
  const inputs = { runbook: ".github/waiting.yml", "override-rejected": "true" };
  assert.equal((await plan(environment, { runId: 84, inputs })).outputs["reason"], "queued");
  await shop.run("rollback", { runId: 83, inputs: { ...common.inputs, release: "83" } });
  const begun = await plan(environment, { runId: 85, inputs: { resume: "84" } });
  assert.equal(begun.outputs["reason"], "started", begun.visible);
});

test("nothing is released onto a platform that serves nothing or is shared: held, exit code 5", async () => {
  const other = "0f".repeat(20);
  await shop.target.stage({ commit: other, directory: shop.workspace, env: {} });
  const { generation } = await shop.target.observe();
  await shop.target.shift({ candidate: other, stable: shop.stable, weight: 30, ifGeneration: generation });
  const run = await plan("shared");
  assert.equal(run.code, 5);
  assert.equal(run.outputs["verdict"], "hold");
  assert.equal(run.outputs["reason"], "shared-production");
  assert.equal((await shop.record("shared")).release, null);

  const allowed = await plan("shared", { inputs: { "allow-hold": "true" } });
  assert.equal(allowed.code, 0);
  assert.equal(allowed.outputs["verdict"], "hold");
});

test("the contract over the variables is checked before anything is written", async () => {
  shop.write("contract.yml", `${runbook}env:\n  SIGNING_KEY: { min-length: 20 }\n  APP_URL: { url: https }\n`);
  const given = `${shop.inputs["runbook-env"]}SIGNING_KEY=too-short-key\n`;
  const run = await plan("contract", { inputs: { runbook: "contract.yml", "runbook-env": given } });
  assert.equal(run.code, 1);
  assert.match(run.visible, /SIGNING_KEY has 13 characters, at least 20/);
  assert.match(run.visible, /APP_URL is no https address/);
  assert.doesNotMatch(run.visible, /too-short-key/);
  assert.equal((await shop.record("contract")).release, null);
});

test("B87: a token without the right to write is GitHub's refusal, exit code 3, and nothing is begun", async () => {
  const run = await plan("forbidden", { permissions: { contents: "read" } });
  assert.equal(run.code, 3, run.visible);
  assert.match(run.outputs["reason"] ?? "", /^github-/);
  assert.equal((await shop.record("forbidden")).release, null);
});

test("a platform that cannot be reached is exit code 3", async () => {
  const run = await plan("unreachable", {
    inputs: { "runbook-vars": "LOCAL_ADMIN=http://127.0.0.1:9\nAPP_URL=http://127.0.0.1:9\n" },
  });
  assert.equal(run.code, 3, run.visible);
  assert.match(run.outputs["reason"] ?? "", /^local-/);
});

test("what the runbook refers to and nobody set is named, all of it at once", async () => {
  const run = await plan("unset", { inputs: { "runbook-vars": "", "runbook-env": "" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /target\.local\.admin: the variable LOCAL_ADMIN is not set/);
  assert.match(run.visible, /target\.local\.token: the variable LOCAL_TOKEN is not set/);
});

test("F36: stages that GitHub would drop, because they hold the value of a secret, begin nothing; the variable is named", async () => {
  const secrets = `${shop.inputs["runbook-env"]}ROLE=smoke-test\nKIND=release\n`;
  const run = await plan("dropped", { inputs: { "runbook-env": secrets } });
  assert.equal(run.code, 2, run.visible);
  assert.match(run.visible, /hold the value of KIND, ROLE, and GitHub drops every output that holds a secret/);
  assert.equal((await shop.record("dropped")).release, null);
  const told = await plan("dropped", {
    inputs: { "runbook-vars": `${shop.inputs["runbook-vars"]}ROLE=smoke-test\nKIND=release\n` },
  });
  assert.equal(told.code, 0, told.visible);
});

test("a release that waits is taken up by a run of its own, at its own commit, and by no run of a smaller number", async () => {
  const inputs = { ...shop.inputs, environment: "taken-up" };
  const begun = await shop.run("plan", { runId: 40, inputs });
  assert.equal(begun.code, 0, begun.visible);
  // Whatever the branch holds by now: the runbook and the commit are the release's.
  const other = { runId: 45, sha: "d".repeat(40), inputs: { ...inputs, resume: "40" } };
  const taken = await shop.run("plan", other);
  assert.equal(taken.outputs["reason"], "resumed", taken.visible);
  assert.deepEqual([taken.outputs["release"], taken.outputs["commit"]], ["40", shop.commit]);
  assert.notEqual(taken.outputs["stages"], "");
  const { release } = await shop.record("taken-up");
  assert.deepEqual([release?.id, release?.run, release?.attempt], [40, 45, 501]);
  // The first run is no longer the one that acts.
  const first = await shop.run("deploy", { runId: 40, inputs });
  assert.equal(first.outputs["reason"], "superseded", first.visible);
});

test("what is not under way is not taken up, and nothing is begun by mistake", async () => {
  const inputs = { ...shop.inputs, environment: "never-begun", resume: "7" };
  const unknown = await shop.run("plan", { runId: 46, inputs });
  assert.equal(unknown.outputs["reason"], "not-under-way", unknown.visible);
  assert.equal((await shop.record("never-begun")).release, null);
  const odd = await shop.run("plan", { runId: 46, inputs: { ...inputs, resume: "seven" } });
  assert.match(odd.visible, /Input `resume` is not usable: write a whole number/);
});
