import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget } from "../../src/deploy-target.ts";
import { applied, commits, domain, sharesOf, vercelScene } from "./vercel-scene.ts";

const shares = [5, 25, 100];
const stageTwo = (target: DeployTarget, more: { shares?: readonly number[] } = {}) =>
  target.stage({ commit: commits.two, directory: "/nowhere", env: {}, ...more });

test("a rolling release goes up share by share and back, and every step reads what production says", async () => {
  await using small = await vercelScene();
  const { target, stable } = small;
  const first = await target.observe();
  assert.deepEqual(sharesOf(first), { [stable]: 100 });
  const { version: candidate, url } = await stageTwo(target, { shares });
  assert.equal((await fetch(url)).headers.get("x-version"), candidate);
  assert.equal((await target.observe()).generation, first.generation, "staging moves nothing");
  let before = first;
  for (const weight of [5, 25]) {
    const after = applied(await target.shift({ candidate, stable, weight, ifGeneration: before.generation }));
    assert.deepEqual(sharesOf(after), { [stable]: 100 - weight, [candidate]: weight });
    assert.notEqual(after.generation, before.generation);
    assert.deepEqual(await small.users(), { [stable]: 100 - weight, [candidate]: weight });
    before = after;
  }
  const back = applied(await target.restore({ to: stable, ifGeneration: before.generation }));
  assert.deepEqual(sharesOf(back), { [stable]: 100 });
  assert.ok(![first.generation, before.generation].includes(back.generation));
  assert.deepEqual(await small.users(20), { [stable]: 20 });
});

test("the last share completes the rolling release, and the way back is then an instant rollback", async () => {
  await using small = await vercelScene();
  const { target, stable, twin } = small;
  const { version: candidate } = await stageTwo(target, { shares: [10, 100] });
  let { generation } = await target.observe();
  for (const weight of [10, 100])
    ({ generation } = applied(await target.shift({ candidate, stable, weight, ifGeneration: generation })));
  assert.equal(twin.traffic.state.rollout?.state, "COMPLETE");
  assert.deepEqual(await small.users(20), { [candidate]: 20 });
  applied(await target.restore({ to: stable, ifGeneration: generation }));
  assert.deepEqual(await small.users(20), { [stable]: 20 });
});

test("without shares a tested deployment gets all traffic at once, on a plan without rolling releases too", async () => {
  await using small = await vercelScene({ plan: "hobby" });
  const { target, stable } = small;
  const { version: candidate } = await stageTwo(target);
  const { generation } = await target.observe();
  const after = applied(await target.shift({ candidate, stable, weight: 100, ifGeneration: generation }));
  assert.deepEqual(sharesOf(after), { [candidate]: 100 });
  assert.deepEqual(await small.users(20), { [candidate]: 20 });
  const back = applied(await target.restore({ to: stable, ifGeneration: after.generation }));
  assert.deepEqual(sharesOf(back), { [stable]: 100 });
});

test("an older generation moves nothing", async () => {
  await using small = await vercelScene();
  const { target, stable, twin } = small;
  const { version: candidate } = await stageTwo(target);
  const { generation } = await target.observe();
  const third = await twin.deploy(commits.three);
  twin.traffic.promote(third);
  await twin.settled();
  for (const outcome of [
    await target.shift({ candidate, stable, weight: 100, ifGeneration: generation }),
    await target.restore({ to: stable, ifGeneration: generation }),
  ])
    assert.ok(outcome.outcome === "not-applied" && outcome.reason === "generation-differs");
  assert.deepEqual(await small.users(10), { [third]: 10 });
});

test("a commit is built once; after a variable changed it is built again", async () => {
  await using small = await vercelScene();
  const { target, twin } = small;
  const first = await stageTwo(target);
  assert.equal((await stageTwo(target)).version, first.version);
  await target.configure?.({ GREETING: "good evening" });
  const second = await stageTwo(target);
  assert.notEqual(second.version, first.version);
  assert.equal(await (await fetch(second.url)).text(), "good evening");
  assert.equal(twin.deployments.length, 3);
});

test("variables are set for production alone, read back where Vercel shows them, and keep their kind", async () => {
  await using small = await vercelScene();
  const { target, twin } = small;
  twin.variables.put({ key: "MODE", value: "old", type: "plain", target: ["production"] });
  twin.variables.put({ key: "API_KEY", value: "old", type: "sensitive", target: ["production"] });
  twin.variables.put({ key: "SAME", value: "1", type: "encrypted", target: ["production"] });
  const configured = await target.configure?.({ MODE: "new", API_KEY: "k-2", SAME: "1", FRESH: "hunter2" });
  assert.deepEqual(configured, { changed: ["MODE", "API_KEY", "FRESH"], unreadable: ["API_KEY", "FRESH"] });
  assert.deepEqual(twin.variables.production(), { MODE: "new", API_KEY: "k-2", SAME: "1", FRESH: "hunter2" });
});

test("a flag is a variable that Vercel shows again, and that is removed where there was none", async () => {
  await using small = await vercelScene();
  const { target, twin } = small;
  twin.variables.put({ key: "VOICE", value: "off", type: "plain", target: ["production", "preview"] });
  await target.configure?.({ BETA: "everybody" }, { shown: true });
  assert.deepEqual((await target.variables?.())?.values["BETA"], "everybody");
  await target.unset?.(["BETA", "NEVER_SET"]);
  assert.deepEqual(twin.variables.production(), { VOICE: "off" });
  await assert.rejects(async () => target.unset?.(["VOICE"]), /shared by production and preview/);
});

test("the variables of production are read for the contract; sensitive ones are known to be set and no more", async () => {
  await using small = await vercelScene();
  small.twin.variables.put({ key: "MODE", value: "new", type: "encrypted", target: ["production", "preview"] });
  small.twin.variables.put({ key: "API_KEY", value: "hunter2", type: "sensitive", target: ["production"] });
  small.twin.variables.put({ key: "PREVIEW", value: "1", type: "plain", target: ["preview"] });
  assert.deepEqual(await small.target.variables?.(), { values: { MODE: "new" }, unreadable: ["API_KEY"] });
});

test("a variable's mark is another one once it was set anew, and tells nothing of its value", async () => {
  let at = Date.now();
  await using small = await vercelScene({ now: () => ++at });
  const put = (value: string) =>
    small.twin.variables.put({ key: "API_KEY", value, type: "sensitive", target: ["production"] });
  const marks = async () => (await small.target.marks?.(["API_KEY", "ABSENT"])) ?? {};
  put("hunter2");
  const before = await marks();
  assert.deepEqual(Object.keys(before), ["API_KEY"]);
  assert.deepEqual(await marks(), before);
  put("hunter3");
  const after = await marks();
  assert.notEqual(after["API_KEY"], before["API_KEY"]);
  assert.match(after["API_KEY"] ?? "", /^set:\d+$/);
});

test("a variable that previews share is not changed", async () => {
  await using small = await vercelScene();
  small.twin.variables.put({ key: "MODE", value: "old", type: "plain", target: ["production", "preview"] });
  await assert.rejects(async () => small.target.configure?.({ MODE: "new" }), /shared by production and preview/);
  assert.deepEqual(small.twin.variables.production(), { MODE: "old" });
});

test("a 201 with failures in it is a failure, told without the value", async () => {
  await using small = await vercelScene();
  small.twin.variables.failing = new Set(["API_KEY"]);
  await assert.rejects(
    async () => small.target.configure?.({ API_KEY: "hunter2" }),
    (error: Error) =>
      /did not set 1 of the variables \(API_KEY: ENV_FAILED\)/.test(error.message) && !/hunter2/.test(error.message),
  );
});

const settings: readonly [string, Parameters<typeof vercelScene>[0], readonly number[], readonly string[]][] = [
  ["a project that ships pushes by itself", { autoAssign: true }, [100], ["auto-assign-on"]],
  ["one without a repository cannot", { autoAssign: true, linked: false }, [100], []],
  ["a plan without rolling releases where shares are asked for", { plan: "hobby" }, shares, ["no-rolling-releases"]],
  ["and the same plan without shares is fine", { plan: "hobby" }, [100], []],
  ["all is well", {}, shares, []],
];
for (const [name, options, wanted, reasons] of settings) {
  test(`settings: ${name}`, async () => {
    await using small = await vercelScene(options);
    const findings = (await small.target.findings?.({ shares: wanted })) ?? [];
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      reasons,
    );
    for (const { message } of findings) assert.match(message, /\.$/);
  });
}

test("settings: rolling releases the runbook does not know, and one that is under way", async () => {
  await using small = await vercelScene();
  const { twin, target } = small;
  twin.traffic.configure([10, 100]);
  const reasons = async () => (await target.findings?.({ shares: [100] }))?.map(({ reason }) => reason);
  assert.deepEqual(await reasons(), ["rolling-releases-on"]);
  twin.traffic.start(await twin.deploy(commits.three));
  assert.deepEqual(await reasons(), ["rolling-release-active", "rolling-releases-on"]);
});

test("what served and can serve again is the history, newest first, with its commit", async () => {
  await using small = await vercelScene();
  const { twin, target, stable } = small;
  const second = await twin.deploy(commits.two);
  twin.traffic.promote(second);
  await twin.settled();
  await twin.deploy(commits.three);
  const known = (await target.history?.()) ?? [];
  assert.deepEqual(
    known.map(({ version, commit }) => [version, commit]),
    [[stable, commits.one]],
  );
  const named = (await target.history?.(second)) ?? [];
  assert.deepEqual(named[0]?.version, second);
});

test("health is asked at the deployment's own address, through its protection", async () => {
  await using small = await vercelScene({ bypass: ["open-sesame"] });
  const { target, targetWith, stable, twin } = small;
  const closed = await target.health(stable);
  assert.equal(closed.healthy, true);
  assert.match(closed.message, /protected, so \/ was not asked/);
  const open = await targetWith({ bypass: "open-sesame" }).health(stable);
  assert.match(open.message, /answered 200/);
  const wrong = await targetWith({ bypass: "wrong" }).health(stable);
  assert.match(wrong.message, /refused the bypass secret/);
  await twin.deploy(commits.two);
  assert.deepEqual(await target.health("dpl_gone"), {
    healthy: false,
    message: "Deployment dpl_gone does not exist any more.",
  });
});

test("cleanup removes what Sluice staged and nobody needs, never what serves, served or is somebody else's", async () => {
  await using small = await vercelScene();
  const { target, twin, stable } = small;
  const kept = await stageTwo(target);
  const superfluous = await target.stage({ commit: commits.three, directory: "/nowhere", env: {} });
  const theirs = await twin.deploy(commits.three);
  assert.deepEqual(await target.cleanup([kept.version]), [superfluous.version]);
  assert.deepEqual(twin.deployments.map(({ id }) => id).sort(), [kept.version, stable, theirs].sort());
});

test("every production domain is read when none is named, and a domain of another project is refused", async () => {
  await using small = await vercelScene({ domains: [domain, "www.shop.example"] });
  const target = small.targetWith({ domain: undefined });
  const second = await small.twin.deploy(commits.two);
  small.twin.traffic.point("www.shop.example", second);
  assert.deepEqual(sharesOf(await target.observe()), { [small.stable]: 50, [second]: 50 });
  await assert.rejects(
    small.targetWith({ domain: "elsewhere.example" }).observe(),
    /No deployment answers at elsewhere/,
  );
});
