import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import * as z from "zod";
import { openShop } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());
afterEach(() => shop.reset());

const rollback = (environment: string, inputs: Readonly<Record<string, string>> = {}, runId = 900) =>
  shop.run("rollback", { runId, inputs: { ...shop.inputs, environment, ...inputs } });

const passedJobs = JSON.stringify({
  preflight: { result: "success", outputs: { preflight: "pass" } },
  probe: { result: "success", outputs: { "smoke-test": "pass", "load-test": "pass" } },
});

/** Releases the work tree's commit to all traffic. */
async function released(environment: string, runId: number): Promise<void> {
  const options = { runId, inputs: { ...shop.inputs, environment, needs: passedJobs } };
  for (const name of ["plan", "deploy", "canary-gate"]) {
    const run = await shop.run(name, options);
    assert.equal(run.code, 0, run.visible);
  }
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
}

/** Traffic on the commit although no record tells of it. */
async function servingUnrecorded(): Promise<void> {
  await shop.target.stage({ commit: shop.commit, directory: shop.workspace, env: {} });
  await shop.target.restore({ to: shop.commit });
}

test("with a record it returns to what served before the newest release, and writes that down", async () => {
  await released("recorded", 1);
  const run = await rollback("recorded", { reason: "customers complain" });
  assert.equal(run.code, 0, run.visible);
  assert.equal(run.outputs["reason"], "rolled-back");
  assert.equal(run.outputs["version"], shop.stable);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  const { release, rejected } = await shop.record("recorded");
  assert.equal(release?.ended?.as, "rolled-back");
  assert.deepEqual(
    rejected.map(({ commit }) => commit),
    [shop.commit],
  );
});

test("asked twice, it finds nothing to do the second time", async () => {
  await released("twice", 2);
  await rollback("twice");
  const run = await rollback("twice", { to: shop.stable }, 901);
  assert.equal(run.code, 0);
  assert.equal(run.outputs["reason"], "nothing-to-do");
});

test("F33: without a record a person names the target; without either it says what the platform knows", async () => {
  await servingUnrecorded();
  const lost = await rollback("unrecorded");
  assert.equal(lost.code, 1);
  assert.equal(lost.outputs["reason"], "no-target");
  assert.match(lost.visible, new RegExp(`Name one yourself with .*${shop.stable}`));
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });

  const named = await rollback("unrecorded", { to: shop.stable.slice(0, 12) });
  assert.equal(named.code, 0, named.visible);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});

test("F33: a record that somebody reset moves nothing by itself; a person who names the version does", async () => {
  for (const name of ["plan", "deploy"]) {
    const inputs = { ...shop.inputs, environment: "tampered", needs: passedJobs };
    assert.equal((await shop.run(name, { runId: 3, inputs })).code, 0);
  }
  await shop.target.restore({ to: shop.commit });
  const [head, before] = await shop.heads("tampered");
  const ref = `${shop.twin.url}/repos/octo/shop/git/refs/sluice/tampered`;
  const token = shop.twin.issueToken({ permissions: { contents: "write" }, jobId: "intruder" });
  const reset = await fetch(ref, {
    method: "PATCH",
    headers: { authorization: `token ${token}` },
    body: JSON.stringify({ sha: before, force: true }),
  });
  assert.equal(reset.status, 200);

  const next = await shop.run("plan", { runId: 902, inputs: { ...shop.inputs, environment: "tampered" } });
  assert.equal(next.code, 3);
  assert.match(next.visible, new RegExp(`tampered with: .* bears witness to ${head}`));
  const unnamed = await rollback("tampered", {}, 903);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.visible, new RegExp(`release 3 says that ${shop.stable} served before it`));
  const second = await rollback("tampered", { release: "3", reason: "job-failed" }, 3);
  assert.equal(second.outputs["reason"], "record-differs");
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
  const named = await rollback("tampered", { to: shop.stable }, 904);
  assert.equal(named.code, 0, named.visible);
  assert.match(named.visible, /git push --force origin/);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});

test("a target that does not exist is refused with those that do", async () => {
  const run = await rollback("missing", { to: "feedbeef" });
  assert.equal(run.code, 1);
  assert.equal(run.outputs["reason"], "target-missing");
  assert.match(run.visible, new RegExp(shop.stable));
});

test("F40: it needs neither the runbook nor GitHub: the platform comes first", async () => {
  await servingUnrecorded();
  const [admin = ""] = /http:\S+/.exec(shop.inputs["runbook-vars"] ?? "") ?? [];
  const target = `local: { admin: "${admin}", token: $LOCAL_TOKEN, start: node server.mjs, health: /health }`;
  const run = await shop.run("rollback", {
    env: { GITHUB_WORKSPACE: "/nowhere" },
    permissions: {},
    inputs: { ...shop.inputs, "runbook-vars": "", environment: "bare", target, to: shop.stable },
  });
  assert.equal(run.code, 0, run.visible);
  assert.ok(run.commands.some(({ name, value }) => name === "warning" && value.includes("record cannot be read")));
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
});

/** Somebody appends to the record what no version of Sluice can read, while something is done. */
async function recordUnreadable<T>(environment: string, work: () => Promise<T>): Promise<T> {
  const token = shop.twin.issueToken({ permissions: { contents: "write" }, jobId: "intruder" });
  const send = async (method: string, place: string, body: object): Promise<string> => {
    const headers = { authorization: `token ${token}` };
    const answer = await fetch(`${shop.twin.url}/repos/octo/shop/git/${place}`, {
      ...{ method, headers, body: JSON.stringify(body) },
    });
    assert.ok(answer.ok, `${method} ${place}: ${answer.status}`);
    return z.looseObject({ sha: z.string().optional() }).parse(await answer.json()).sha ?? "";
  };
  const [head = ""] = await shop.heads(environment);
  const tree = await send("POST", "trees", {
    tree: [{ path: "record.json", mode: "100644", type: "blob", content: "{}" }],
  });
  const commit = await send("POST", "commits", { message: "odd", tree, parents: [head] });
  const ref = `refs/sluice/${environment}`;
  await send("PATCH", ref, { sha: commit });
  return work().finally(() => send("PATCH", ref, { sha: head, force: true }));
}

/** Takes a release to its first share, in jobs of its own. */
async function staged(environment: string, runId: number): Promise<void> {
  for (const name of ["plan", "deploy"]) {
    const inputs = { ...shop.inputs, environment, needs: passedJobs };
    assert.equal((await shop.run(name, { runId, inputs })).code, 0);
  }
  await shop.target.restore({ to: shop.commit });
}

test("F33, F34: the second line needs no record: GitHub's deployment names the candidate and the way back", async () => {
  await staged("down", 40);
  const asked = (release: number) => rollback("down", { release: `${release}`, reason: "job-failed" }, release);
  const run = await recordUnreadable("down", () => asked(40));
  assert.equal(run.code, 0, run.visible);
  assert.equal(run.outputs["reason"], "rolled-back");
  assert.match(run.visible, /deployment of release 40 says that it served before/);
  assert.match(run.visible, /sluice rollback --only-record/);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  // Once the record can be read, the same job brings the release to its end.
  assert.equal((await asked(40)).code, 0);
  assert.equal((await shop.record("down")).release?.ended?.as, "failed");
  const other = await recordUnreadable("down", () => asked(39));
  assert.deepEqual([other.code, other.outputs["reason"]], [4, "superseded"]);
});

test("F33, F34: a person who names nothing while the record is unreadable gets what served before", async () => {
  await released("unnamed", 41);
  const run = await recordUnreadable("unnamed", () => rollback("unnamed", {}, 941));
  assert.equal(run.code, 0, run.visible);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  assert.match(run.visible, /chosen because the record cannot be read, and GitHub's deployment of release 41/);
});

test("as the second line it acts for its own release only", async () => {
  await released("second-line", 10);
  const run = await rollback("second-line", { release: "9", reason: "job-failed" }, 9);
  assert.equal(run.code, 0);
  assert.equal(run.outputs["reason"], "not-started");
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
});

test("as the second line it leaves a release alone that ended well", async () => {
  await released("finished", 11);
  const run = await rollback("finished", { release: "11", reason: "job-failed" }, 11);
  assert.equal(run.code, 0);
  assert.equal(run.outputs["reason"], "done");
  assert.deepEqual(await shop.shares(), { [shop.commit]: 100 });
});

test("a release that is not a number is a mistake of the caller, not a release that never started", async () => {
  const run = await rollback("no-number", { release: "latest" });
  assert.equal(run.code, 2, run.visible);
});

test("where versions run must be known, and is asked for by name", async () => {
  const absent = await rollback("unknown", { runbook: "absent.yml" });
  assert.equal(absent.code, 2);
  assert.match(absent.visible, /absent\.yml/);
  const odd = await rollback("unknown", { target: "heroku: { app: shop }" });
  assert.equal(odd.code, 2);
  assert.match(odd.visible, /heroku/);
});

test("a platform that cannot be reached is exit code 3", async () => {
  const vars = "LOCAL_ADMIN=http://127.0.0.1:9\nAPP_URL=http://127.0.0.1:9\n";
  const run = await rollback("unreachable", { "runbook-vars": vars, to: shop.stable });
  assert.equal(run.code, 3, run.visible);
});

test("what serves again is proven with the runbook's own smoke tests, after the write; a failed proof is told", async () => {
  await released("proven", 30);
  const well = await rollback("proven", { reason: "customers complain" }, 930);
  assert.equal(well.code, 0, well.visible);
  assert.match(well.visible, /Users are served again: Every smoke test passed/);
  assert.equal((await shop.record("proven")).release?.recovery?.healthy, true);

  await released("unproven", 31);
  // The address people use answers nothing: what serves cannot be reached by them.
  const vars = (shop.inputs["runbook-vars"] ?? "").replace(/APP_URL=\S+/, "APP_URL=http://127.0.0.1:9");
  const badly = await rollback("unproven", { "runbook-vars": vars }, 931);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 }, "traffic is back whatever the proof says");
  assert.equal((await shop.record("unproven")).release?.ended?.as.startsWith("rolled-back"), true);
  assert.notEqual(badly.outputs["reason"], "defect");
});

test("it asks GitHub a handful of times: the record and its witness before the write, its entries after it", async () => {
  await released("counted", 32);
  const before = shop.twin.state().requests.length;
  const run = await rollback("counted", { to: shop.stable }, 932);
  assert.equal(run.code, 0, run.visible);
  const calls = shop.twin
    .state()
    .requests.slice(before)
    .map(({ method }) => method);
  const reads = calls.indexOf("POST");
  assert.ok(reads >= 1 && reads <= 4, `${reads} calls before the first thing is written: ${calls.join(" ")}`);
  assert.ok(calls.length <= 16, `${calls.length} calls: ${calls.join(" ")}`);
});
