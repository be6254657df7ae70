import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as z from "zod";
import { InputError, ProviderError } from "../../src/failure.ts";
import { assertAsDescribed } from "./render-contract.ts";
import { applied, ids, key, notApplied, promote, renderWorld, unknownCommit, v1, v2 } from "./render-world.ts";

const staging = (commit = v2) => ({ commit, directory: ".", env: {} });
const raise = (ifGeneration: string, weight = 100) => ({ candidate: v2, stable: v1, weight, ifGeneration });

test("a version goes to the second service first, then to production, and back: users meet what was reported", async () => {
  await using world = await renderWorld();
  const { target } = world;
  const before = await target.observe();
  assert.deepEqual(before.serving, [{ version: v1, weight: 100 }]);
  const staged = await target.stage(staging());
  assert.deepEqual(staged, { version: v2, url: world.candidate.url });
  assert.equal(await (await fetch(staged.url)).text(), v2);
  assert.deepEqual(await target.observe(), before, "staging moves no traffic and no generation");

  const promoted = await promote(world);
  assert.deepEqual(promoted.serving, [{ version: v2, weight: 100 }]);
  assert.notEqual(promoted.generation, before.generation);
  assert.equal(await world.served(), v2);

  const back = applied(await target.restore({ to: v1, ifGeneration: promoted.generation }));
  assert.deepEqual(back.serving, [{ version: v1, weight: 100 }]);
  assert.equal(await world.served(), v1);
  assert.equal(world.production.live()?.trigger, "rollback", "what was built once is not built again");
  // Once more is a new deploy all the same: a raise that is still on its way was made for an older generation.
  const again = applied(await target.restore({ to: v1, ifGeneration: back.generation }));
  assert.notEqual(again.generation, back.generation);
  assertAsDescribed(world.twin.exchanges);
});

test("variables are set one by one, take effect with the next deploy, and go back to what they were", async () => {
  await using world = await renderWorld({ service: { env: { NODE_ENV: "development", KEPT: "yes" } } });
  const { target } = world;
  const known = { NODE_ENV: "development", KEPT: "yes" };
  assert.deepEqual(await target.variables?.(), { values: known, unreadable: [] });
  const configured = await target.configure?.({ NODE_ENV: "production", SENTRY_DSN: "https://k@sentry.io/1" });
  assert.deepEqual(configured?.changed, ["NODE_ENV", "SENTRY_DSN"]);
  assert.doesNotMatch(configured?.before ?? "", /development|production|sentry/);
  assert.equal(await world.inProcess("NODE_ENV"), "development", "what serves keeps running as it is");
  await promote(world);
  assert.equal(await world.inProcess("NODE_ENV"), "production");
  assert.equal(await world.inProcess("KEPT"), "yes");

  await target.unconfigure?.(configured?.before ?? "");
  assert.deepEqual(Object.fromEntries(world.production.variables), { NODE_ENV: "development", KEPT: "yes" });
  assert.deepEqual(Object.fromEntries(world.candidate.variables), { NODE_ENV: "development", KEPT: "yes" });
  assert.equal(world.twin.groups.size, 0, "nothing is left of what was kept");
  assert.deepEqual(await target.configure?.({ KEPT: "yes" }), { changed: [], unreadable: [], before: undefined });
  assertAsDescribed(world.twin.exchanges);
  for (const { method, path } of world.twin.exchanges)
    assert.ok(!(method === "PUT" && path.endsWith("/env-vars")), "all at once");
});

test("a service runs with the variables of its groups too: its own win, and two groups that differ cannot be told", async () => {
  await using world = await renderWorld({ service: { env: { OWN: "service" } } });
  world.twin.linkGroup(ids.production, { OWN: "group", LENT: "group", BOTH: "one", SAME: "x" });
  world.twin.linkGroup(ids.production, { BOTH: "two", SAME: "x" });
  world.twin.linkGroup(ids.candidate, { ELSEWHERE: "yes" });
  assert.deepEqual(await world.target.variables?.(), {
    values: { OWN: "service", LENT: "group", SAME: "x" },
    unreadable: ["BOTH"],
  });
  assertAsDescribed(world.twin.exchanges);
});

test("a variable's mark is another one once its value is, and cannot be tried without Render's key", async () => {
  await using world = await renderWorld({ service: { env: { API_KEY: "hunter2" } } });
  const marks = async () => (await world.target.marks?.(["API_KEY", "ABSENT"])) ?? {};
  const before = await marks();
  assert.deepEqual(Object.keys(before), ["API_KEY"]);
  assert.deepEqual(await marks(), before);
  world.production.variables.set("API_KEY", "hunter3");
  const after = await marks();
  assert.notEqual(after["API_KEY"], before["API_KEY"]);
  assert.match(after["API_KEY"] ?? "", /^[0-9a-f]{8}:[0-9a-f]{32}$/);
  assert.equal(after["API_KEY"]?.split(":")[0], before["API_KEY"]?.split(":")[0]);
  const plain = createHash("sha256").update("API_KEY=hunter3").digest("hex");
  assert.ok(!plain.startsWith(after["API_KEY"]?.split(":")[1] ?? ""), "a digest without the key could be guessed");
});

test("a variable that cannot be set leaves none of the others changed", async () => {
  await using world = await renderWorld({ service: { env: { A: "1", B: "1" } }, candidate: false });
  world.twin.inject({ kind: "status", status: 400, method: "PUT", path: /env-vars\/B$/ });
  await assert.rejects(
    world.target.configure?.({ A: "2", B: "2" }) ?? Promise.resolve(),
    /Render refused to set B of srv-a+ \(400/,
  );
  assert.deepEqual(Object.fromEntries(world.production.variables), { A: "1", B: "1" });
  assert.equal(world.twin.groups.size, 0);
});

test("a service that runs images: the digest that was tested is the digest that serves", async () => {
  const imagePath = "ghcr.io/octo/shop";
  await using world = await renderWorld({ service: { imagePath }, spec: { image: `${imagePath}:$commit` } });
  const { target } = world;
  const { version } = await target.stage(staging());
  assert.match(version, /^[0-9a-f]{64}$/);
  const { generation } = await target.observe();
  const production = applied(await target.shift({ ...raise(generation), candidate: version }));
  assert.equal(production.serving[0]?.version, version);
  assert.equal(world.production.live()?.image?.ref, `${imagePath}@sha256:${version}`);
  assert.equal(world.candidate.live()?.image?.sha, world.production.live()?.image?.sha);
  assertAsDescribed(world.twin.exchanges);
});

test("a push's own deploy between reading and writing is a refusal", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  world.production.trigger({ commit: "3".repeat(40), trigger: "new_commit" });
  await world.production.settled();
  const refused = notApplied(await world.target.shift(raise(generation)));
  assert.equal(refused.reason, "generation-differs");
  assert.equal(refused.production?.serving[0]?.version, "3".repeat(40));
  assert.equal(
    notApplied(await world.target.restore({ to: v1, ifGeneration: generation })).reason,
    "generation-differs",
  );
});

test("a deploy that another one overtakes is not ours, even when it was live for a moment", async () => {
  await using world = await renderWorld({ service: { updateMs: 200 } });
  const { generation } = await world.target.observe();
  const shifting = world.target.shift(raise(generation));
  while (world.production.deploys[0]?.commit !== v2) await new Promise((resolve) => setTimeout(resolve, 5));
  world.production.trigger({ commit: "3".repeat(40), trigger: "new_commit" });
  await assert.rejects(shifting, /did not become live: it was canceled/);
  await world.production.settled();
  assert.equal(await world.served(), "3".repeat(40));
});

test("202 without a body: the deploy that waited behind another one is found and followed", async () => {
  await using world = await renderWorld({ service: { overlap: "wait", buildMs: 150 } });
  const { generation } = await world.target.observe();
  const other = world.production.trigger({ commit: v1, trigger: "manual" });
  const shifting = world.target.shift(raise(generation));
  while (!world.twin.exchanges.some(({ status }) => status === 202))
    await new Promise((resolve) => setTimeout(resolve, 5));
  const production = applied(await shifting);
  assert.equal(production.serving[0]?.version, v2);
  assert.notEqual(world.production.live()?.id, other?.id);
  assertAsDescribed(world.twin.exchanges);
});

test("F06: 202 without a body and no deploy ever: unknown, with traffic where it was", async () => {
  await using world = await renderWorld({ service: { overlap: "wait" } });
  const { generation } = await world.target.observe();
  world.production.misbehave("stuck");
  world.production.trigger({ commit: v1, trigger: "manual" });
  const outcome = await world.target.shift(raise(generation));
  assert.ok(outcome.outcome === "unknown", JSON.stringify(outcome));
  assert.match(
    outcome.message,
    /Render answered that it was queued\), and no such deploy shows in the list after 60 s/,
  );
  assert.equal(await world.served(), v1);
});

for (const [how, words] of [
  ["build_failed", "the build failed"],
  ["update_failed", "the new instances never became healthy"],
  ["pre_deploy_failed", "the pre-deploy command failed"],
] as const)
  test(`${how} is said with its cause, at once and once, and traffic stays`, async () => {
    await using world = await renderWorld();
    world.candidate.misbehave(how);
    await assert.rejects(world.target.stage(staging()), (problem) => {
      assert.ok(problem instanceof InputError);
      assert.ok(
        problem.message.includes(words) && problem.message.includes("Production was not touched"),
        problem.message,
      );
      return true;
    });
    world.production.misbehave(how);
    const { generation } = await world.target.observe();
    await assert.rejects(world.target.shift(raise(generation)), (problem) => {
      assert.ok(problem instanceof ProviderError && !problem.retryable);
      assert.ok(problem.message.includes(`${words}. Production still serves ${v1.slice(0, 12)}`), problem.message);
      return true;
    });
    assert.equal(world.production.deploys.filter(({ commit }) => commit === v2).length, 1);
    assert.equal(await world.served(), v1);
  });

for (const how of ["stuck", "unknown-status"] as const)
  test(`a deploy that is ${how} is canceled at its deadline, so that it cannot become live later`, async () => {
    await using world = await renderWorld();
    const target = world.targetWith({ within: 5_000 });
    world.production.misbehave(how);
    const { generation } = await target.observe();
    await assert.rejects(target.shift(raise(generation)), /it is still \w+[\w ]* after 5 s\. Production still serves/);
    assert.equal(world.production.deploys[0]?.status, "canceled");
    assert.equal(await world.served(), v1);
  });

const lost = [
  ["the answer is lost after the deploy began", { kind: "reset-after-apply" }],
  ["500 is answered after the deploy began", { kind: "500-after-apply" }],
  ["half an answer arrives", { kind: "half" }],
  ["the connection is cut and the deploy begins later", { kind: "late-effect", delayMs: 100 }],
] as const;
for (const [what, fault] of lost)
  test(`${what}: the deploy is found in the list and followed, and not asked for twice`, async () => {
    await using world = await renderWorld();
    const { generation } = await world.target.observe();
    world.twin.inject({ ...fault, method: "POST", path: /\/deploys$/ });
    applied(await world.target.shift(raise(generation)));
    assert.equal(world.production.deploys.filter(({ commit }) => commit === v2).length, 1);
    assert.equal(await world.served(), v2);
  });

test("an earlier deploy of the same commit is not taken for the one whose answer was lost", async () => {
  await using world = await renderWorld();
  await promote(world);
  applied(await world.target.restore({ to: v1 }));
  const { generation } = await world.target.observe();
  world.twin.inject({ kind: "late-effect", delayMs: 150, method: "POST", path: /\/deploys$/ });
  applied(await world.target.shift(raise(generation)));
  assert.equal(await world.served(), v2);
});

test("a deploy that is live beside a newer one is not the one that serves", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  const newer = { id: "dep-0", status: "live", createdAt: "2099-01-01T00:00:00Z", commit: { id: "3".repeat(40) } };
  const besides: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const asksForDeploys = String(input).includes("/deploys?") && world.production.live()?.commit === v2;
    return asksForDeploys
      ? Response.json([{ deploy: newer, cursor: "" }, ...z.array(z.unknown()).parse(await answer.json())])
      : answer;
  };
  const outcome = await world.targetWith({}, { fetch: besides }).shift(raise(generation));
  assert.equal(notApplied(outcome).reason, "superseded");
});

test("a rollback whose answer is lost is recognised from what production shows", async () => {
  await using world = await renderWorld();
  const { generation } = await promote(world);
  world.twin.inject({ kind: "reset-after-apply", method: "POST", path: /\/rollback$/ });
  applied(await world.target.restore({ to: v1, ifGeneration: generation }));
  assert.equal(await world.served(), v1);
});

test("a request that never arrived is unknown, and traffic is where it was", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  world.twin.inject({ kind: "reset", method: "POST", path: /\/deploys$/ });
  const outcome = await world.target.shift(raise(generation));
  assert.ok(outcome.outcome === "unknown", JSON.stringify(outcome));
  assert.equal(await world.served(), v1);
});

test("autodeploy is found before a release, and switched off and read back before a rollback", async () => {
  await using world = await renderWorld({ service: { autoDeploy: "yes" } });
  const reasons = (await world.target.findings?.({ shares: [100] }))?.map(({ reason }) => reason);
  assert.deepEqual(reasons, ["auto-deploy-on", "auto-deploy-on"]);
  const { generation } = await promote(world);
  applied(await world.target.restore({ to: v1, ifGeneration: generation }));
  assert.equal(world.production.autoDeploy, "no");
  assert.match(world.said.join(" "), /Autodeploy of shop was on and is off now/);
  const asked = world.twin.exchanges.map(
    ({ method, path }) => `${method} ${path.replace(ids.production, "production")}`,
  );
  assert.ok(asked.indexOf("PATCH /services/production") < asked.indexOf("POST /services/production/rollback"));
  // The push that brought the bad version would otherwise bring it back.
  world.twin.push(ids.production, v2);
  await world.production.settled();
  assert.equal(await world.served(), v1);
});

test("autodeploy that cannot be switched off is no obstacle to a rollback, and is said", async () => {
  await using world = await renderWorld({ service: { autoDeploy: "yes" } });
  const { generation } = await promote(world);
  world.twin.inject({ kind: "status", status: 403, method: "PATCH" });
  applied(await world.target.restore({ to: v1, ifGeneration: generation }));
  assert.match(world.said.join(" "), /could not be switched off.*Switch it off by hand/);
});

test("a rollback does not wait behind a bad deploy that is still under way", async () => {
  await using world = await renderWorld({ service: { overlap: "wait" } });
  const { generation } = await promote(world);
  world.production.misbehave("stuck");
  const stuck = world.production.trigger({ commit: v2, trigger: "manual" });
  applied(await world.target.restore({ to: v1, ifGeneration: generation }));
  assert.equal(stuck?.status, "canceled");
  assert.equal(await world.served(), v1);
});

test("a build Render does not keep any more is built anew, and that is said", async () => {
  await using world = await renderWorld();
  const first = world.production.live();
  const { generation } = await promote(world);
  world.production.artifacts.delete(first?.id ?? "");
  applied(await world.target.restore({ to: v1, ifGeneration: generation }));
  assert.equal(world.production.live()?.trigger, "api");
  assert.match(world.said.join(" "), /is not available.*deployed anew instead/);
});

test("what is wrong with the services is found before a release begins, each with its mend", async () => {
  await using world = await renderWorld();
  assert.deepEqual(await world.target.findings?.({ shares: [100] }), []);
  world.production.suspended = "suspended";
  world.candidate.misbehave("stuck");
  world.production.trigger({ commit: v1, trigger: "manual" });
  const image = world.targetWith({ image: "ghcr.io/octo/shop:$commit" });
  const found = (await image.findings?.({ shares: [100] })) ?? [];
  assert.deepEqual(
    found.map(({ reason }) => reason),
    ["suspended", "other-source", "deploy-under-way", "other-source"],
  );
  for (const { message } of found) assert.match(message, /[.!]$/);
  assert.deepEqual((await world.target.observe()).serving, [], "a suspended service serves nothing");
  const { generation } = await world.target.observe();
  await assert.rejects(world.target.shift(raise(generation)), /shop is suspended/);
  await world.production.settled();
});

test("without a second service staging prepares nothing, and says where production is", async () => {
  await using world = await renderWorld({ candidate: false });
  assert.deepEqual(await world.target.stage(staging()), { version: v2, url: world.production.url });
  assert.equal(world.candidate.deploys.length, 0);
  assert.equal(await world.served(), v1);
});

test("a version that runs and is not well on the second service never reaches production", async () => {
  await using world = await renderWorld({ service: { healthCheckPath: "/" }, spec: { health: "/health" } });
  world.candidate.variables.set("UNHEALTHY", "1");
  await assert.rejects(
    world.target.stage(staging()),
    /runs on shop-candidate and is not well: .*\/health answered 503/,
  );
  assert.equal(world.production.deploys.length, 1);
});

test("health and history: what served can be gone back to, what never did cannot, and a deploy's id is told apart", async () => {
  await using world = await renderWorld();
  const { target } = world;
  await promote(world);
  world.production.misbehave("build_failed");
  const broken = world.production.trigger({ commit: "4".repeat(40), trigger: "manual" });
  await world.production.settled();
  assert.deepEqual(
    (await target.history?.())?.map(({ version }) => version),
    [v2, v1],
  );
  assert.match((await target.health(v2)).message, /\/health answered 200/);
  assert.deepEqual([(await target.health(v1)).healthy, (await target.health("4".repeat(40))).healthy], [true, false]);
  const first = world.production.deploys.at(-1)?.id;
  await assert.rejects(
    target.history?.(first) ?? Promise.resolve(),
    new RegExp(`is a deploy; name the version it served: ${v1}`),
  );
  await assert.rejects(
    target.history?.(ids.production) ?? Promise.resolve(),
    new RegExp(`is a service; name a version it served: one of ${v2}`),
  );
  await assert.rejects(target.history?.(broken?.id) ?? Promise.resolve(), /never served production \(build_failed\)/);
  assert.equal(await target.address(v2), world.production.url);
  assert.equal(await target.address(unknownCommit), undefined);
});

test("a share between none and all is refused", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  await assert.rejects(world.target.shift(raise(generation, 5)), /cannot give a version 5% of traffic/);
});

/** Nothing of these moves traffic; each message says what to mend. */
const refusals: readonly (readonly [
  string,
  Parameters<Awaited<ReturnType<typeof renderWorld>>["targetWith"]>[0],
  RegExp,
])[] = [
  ["a wrong key", { key: "rnd_wrong" }, /\(401: unauthorized\)\. The API key is wrong or was revoked/],
  [
    "another workspace's service",
    { service: "srv-cccccccccccccccccccc" },
    /\(404\)\. It does not exist, or the key belongs to another workspace/,
  ],
];
for (const [what, spec, message] of refusals)
  test(`${what} is a clear error, traffic unchanged`, async () => {
    await using world = await renderWorld();
    const target = world.targetWith(spec);
    for (const ask of [() => target.observe(), () => target.shift(raise("x")), () => target.restore({ to: v1 })])
      await assert.rejects(ask(), (problem) => {
        assert.ok(problem instanceof ProviderError);
        assert.match(problem.message, message);
        assert.ok(!problem.message.includes(key));
        return true;
      });
    assert.equal(await world.served(), v1);
    assert.equal(world.production.deploys.length, 1);
  });

test("a key that may read and not write says whose key is needed, and traffic is unchanged", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  for (const [method, ask] of [
    ["POST", () => world.target.shift(raise(generation))],
    ["POST", () => world.target.restore({ to: v2 })],
    ["POST", () => world.target.stage(staging())],
    ["PUT", () => world.target.configure?.({ NODE_ENV: "production" })],
  ] as const) {
    world.twin.inject({ kind: "status", status: 403, method });
    await assert.rejects(Promise.resolve(ask()), (problem) => {
      assert.ok(problem instanceof ProviderError && problem.status === 403 && !problem.retryable, String(problem));
      assert.match(problem.message, /use a key of somebody who may change the service/);
      return true;
    });
  }
  assert.equal(await world.served(), v1);
  assert.equal(world.production.deploys.length, 1);
});

test("a page instead of JSON is an error, passing trouble is waited for, and lasting trouble is told", async () => {
  await using world = await renderWorld();
  world.twin.inject({ kind: "page", path: /\/deploys$/ });
  await assert.rejects(world.target.observe(), /list the deploys of srv-a+ with a page that is not JSON/);
  world.twin.inject({ kind: "half", path: /\/deploys$/ });
  await assert.rejects(world.target.observe(), /that is not JSON/);
  world.twin.inject({ kind: "status", status: 503, times: 3 });
  world.twin.inject({ kind: "reset", times: 2 });
  assert.deepEqual((await world.target.observe()).serving, [{ version: v1, weight: 100 }]);
  world.twin.inject({ kind: "status", status: 503, times: 20 });
  await assert.rejects(world.target.observe(), /Render failed to .* \(503.*status page/);
});

test("the rate limit is kept: a 429 is waited for as long as it asks, for writes too", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  world.twin.inject({ kind: "status", status: 429, retryAfter: 2, method: "POST" });
  applied(await world.target.shift(raise(generation)));
  assert.equal(world.production.deploys.filter(({ commit }) => commit === v2).length, 1);
  await using strict = await renderWorld({ limits: { reads: 2, writes: 1 } });
  await strict.target.observe();
  await assert.rejects(strict.target.observe(), /because of a rate limit \(429.*again after \d+ s/);
});

test("an API that is not there is said with its cause, and the key travels to Render or to this machine only", async () => {
  await using world = await renderWorld();
  const env = (address: string) => ({ env: { SLUICE_RENDER_API: address } });
  const gone = world.targetWith({}, env("http://127.0.0.1:65535/v1"));
  await assert.rejects(gone.observe(), /Render did not answer the request to read .*: ECONNREFUSED/);
  for (const address of ["https://api.render.example/v1", "http://198.51.100.1/v1", "nowhere"])
    assert.throws(() => world.targetWith({}, env(address)), /SLUICE_RENDER_API is for rehearsals/);
});

test("an unknown commit is refused by Render, with its own words and traffic unchanged", async () => {
  await using world = await renderWorld();
  const { generation } = await world.target.observe();
  await assert.rejects(world.target.stage(staging(unknownCommit)), /\(400: invalid commit/);
  await assert.rejects(world.target.shift({ ...raise(generation), candidate: unknownCommit }), /\(400: invalid commit/);
  assert.equal(await world.served(), v1);
});
