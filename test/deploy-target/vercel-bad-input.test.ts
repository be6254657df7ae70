import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget, Outcome } from "../../src/deploy-target.ts";
import { InputError, ProviderError } from "../../src/failure.ts";
import type { Permission } from "../../src/rehearsal/vercel-twin/tokens.ts";
import type { VercelTarget } from "../../src/target-spec.ts";
import { applied, commits, hastyClock, sharesOf, type VercelScene, vercelScene } from "./vercel-scene.ts";

const stageTwo = async (target: DeployTarget, shares?: readonly number[]) =>
  (await target.stage({ commit: commits.two, directory: "/nowhere", env: {}, shares })).version;

/** Whatever went wrong, users get what they got before. */
const untouched = async (small: VercelScene) => assert.deepEqual(await small.users(10), { [small.stable]: 10 });

const credentials: readonly [
  string,
  (small: VercelScene) => Partial<VercelTarget>,
  RegExp,
  typeof InputError | typeof ProviderError,
][] = [
  [
    "a wrong token",
    () => ({ token: "vcp_wrong" }),
    /The token is wrong or has expired: create one for team team_acme0815/,
    ProviderError,
  ],
  [
    "a token of another account",
    ({ twin }) => ({ token: twin.issueToken({ team: null }) }),
    /may not do this in team team_acme0815.*use a token whose scope is that team/,
    ProviderError,
  ],
  [
    "another team's project",
    () => ({ project: "prj_somebodyelse" }),
    /knows no project prj_somebodyelse in team team_acme0815/,
    InputError,
  ],
  [
    "a project that is looked for without its team",
    () => ({ team: undefined }),
    /knows no project .* in the token's own account/,
    InputError,
  ],
  ["an empty token", () => ({ token: "" }), /`target.vercel.token` is empty/, InputError],
];
for (const [name, spec, message, kind] of credentials) {
  test(`${name}: a clear error that says what to do, and nothing moves`, async () => {
    await using small = await vercelScene();
    const given = spec(small);
    await assert.rejects(
      async () => small.targetWith(given).observe(),
      (error: unknown) => {
        assert.ok(error instanceof kind, String(error));
        assert.match(error.message, message);
        assert.ok(given.token === undefined || given.token === "" || !error.message.includes(given.token));
        return true;
      },
    );
    await untouched(small);
  });
}

const weak: readonly [
  string,
  readonly Permission[],
  (target: DeployTarget, small: VercelScene) => Promise<unknown>,
  RegExp,
][] = [
  [
    "to build",
    ["read", "variables"],
    (target) => stageTwo(target),
    /needs the project role Project Developer or higher, or the permission Full Production Deployment/,
  ],
  [
    "to set shares",
    ["read", "deploy", "variables"],
    (target) => stageTwo(target, [5, 100]),
    /needs the project role Project Administrator/,
  ],
  [
    "to set variables",
    ["read", "deploy"],
    async (target) => target.configure?.({ A: "b" }),
    /needs the permission Environment Variable Manager/,
  ],
];
for (const [name, may, act, message] of weak) {
  test(`a token too weak ${name}: the error names the permission to add`, async () => {
    await using small = await vercelScene();
    const target = small.targetWith({ token: small.twin.issueToken({ may }) });
    await assert.rejects(act(target, small), message);
    await untouched(small);
  });
}

test("a token that may not promote moves nothing, and is told what it needs", async () => {
  await using small = await vercelScene();
  const candidate = await stageTwo(small.target);
  const { generation } = await small.target.observe();
  const target = small.targetWith({ token: small.twin.issueToken({ may: ["read"] }) });
  const { stable } = small;
  const outcome = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
  assert.ok(outcome.outcome === "not-applied" && /Full Production Deployment/.test(outcome.message));
  await untouched(small);
});

const names: readonly [string, (small: VercelScene) => Promise<string>, RegExp][] = [
  ["a deleted deployment", async () => "dpl_gone", /does not exist, or was deleted, or belongs to another team/],
  ["a project's id", async () => "prj_shop4711", /is a project, not a deployment.*begins with dpl_/],
  ["an address", async () => "https://shop-x.vercel.app", /is no deployment's id; one begins with dpl_/],
  ["a preview", ({ twin }) => twin.deploy(commits.two, "preview"), /is a preview, not a production build/],
  ["one that never served", ({ twin }) => twin.deploy(commits.two), /never served production/],
];
for (const [name, id, message] of names) {
  test(`${name} named as the way back is refused with the reason`, async () => {
    await using small = await vercelScene();
    const named = await id(small);
    await assert.rejects(
      async () => small.target.history?.(named),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
    await untouched(small);
  });
}

test("another project's deployment named as the way back is refused, also when the token may see it", async () => {
  await using small = await vercelScene();
  const second = await small.twin.deploy(commits.two);
  const edit = (body: unknown) => ({ ...(body as object), projectId: "prj_other" });
  small.twin.inject({ kind: "edit", path: new RegExp(`/v13/deployments/${second}`), edit });
  await assert.rejects(async () => small.target.history?.(second), /belongs to project prj_other, not to prj_shop4711/);
});

test("a restore to what does not exist is not applied", async () => {
  await using small = await vercelScene();
  await small.twin.deploy(commits.two);
  const outcome = await small.target.restore({ to: "dpl_gone" });
  assert.ok(outcome.outcome === "not-applied" && /It does not exist \(any more\)/.test(outcome.message));
  await untouched(small);
});

test("a commit the repository does not have, and a project without a repository", async () => {
  await using small = await vercelScene();
  const stage = (commit: string) => small.target.stage({ commit, directory: "/nowhere", env: {} });
  await assert.rejects(stage(commits.none), /GIT_SHA_NOT_FOUND/);
  await using bare = await vercelScene({ linked: false });
  await assert.rejects(stageTwo(bare.target), /not connected to a GitHub repository.*`build: local`/);
  await untouched(small);
});

test("a deployment that takes traffic by itself is no candidate", async () => {
  await using small = await vercelScene();
  small.twin.misbehave("takes-traffic");
  await assert.rejects(stageTwo(small.target), /took production traffic by itself.*Auto-assign/);
});

test("the API's address may only be a twin on this machine", async () => {
  await using small = await vercelScene();
  for (const address of ["https://api.vercel.com.evil.example", "http://10.0.0.1:80", "http://u:p@127.0.0.1", "x"])
    assert.throws(
      () => small.targetWith({}, { env: { SLUICE_VERCEL_API: address } }),
      /may only be an http address of this machine/,
    );
});

const unreadable: readonly [string, Parameters<VercelScene["twin"]["inject"]>[0], RegExp][] = [
  ["a web page", { kind: "page", times: 9 }, /with a page that is not JSON/],
  ["5xx", { kind: "status", status: 500, times: 99 }, /Vercel failed to .* \(500/],
  ["429 for long", { kind: "status", status: 429, retryAfter: 3600, times: 9 }, /because of a rate limit/],
  ["half an answer", { kind: "half", times: 99 }, /did not answer/],
  ["a cut connection", { kind: "reset", times: 99 }, /did not answer/],
  [
    "a state of the rolling release nobody knows",
    { kind: "edit", path: /\/rolling-release$/, times: 9, edit: () => ({ rollingRelease: { state: "SIDEWAYS" } }) },
    /"SIDEWAYS", a state this version of Sluice does not know/,
  ],
  [
    "an active rolling release without its sides",
    { kind: "edit", path: /\/rolling-release$/, times: 9, edit: () => ({ rollingRelease: { state: "ACTIVE" } }) },
    /not which deployments share production/,
  ],
  [
    "a project without a name",
    { kind: "edit", path: /\/projects\/[^/]+$/, times: 9, edit: () => ({ id: "prj_shop4711" }) },
    /without a readable name/,
  ],
];
for (const [name, fault, message] of unreadable) {
  test(`${name} while production is read: an error that may pass, and nothing moves`, async () => {
    await using small = await vercelScene();
    small.twin.inject(fault);
    await assert.rejects(
      small.target.observe(),
      (error: unknown) => error instanceof ProviderError && error.retryable && message.test(error.message),
    );
    small.twin.clearFaults();
    await untouched(small);
  });
}

test("B81: values Vercel adds to its enumerations do not stop a rollback", async () => {
  await using small = await vercelScene();
  const candidate = await stageTwo(small.target);
  const { generation } = await small.target.observe();
  const { target, stable } = small;
  applied(await target.shift({ candidate, stable, weight: 100, ifGeneration: generation }));
  small.twin.inject({
    kind: "edit",
    path: /\/v13\/deployments\//,
    times: 99,
    edit: (body) => ({ ...(body as object), plan: "galactic", readySubstate: "SHINING", source: "telepathy" }),
  });
  small.twin.inject({
    kind: "edit",
    path: /\/projects\/[^/]+$/,
    times: 99,
    edit: (body) => ({ ...(body as object), framework: "next-next", nodeVersion: "99.x" }),
  });
  assert.deepEqual(sharesOf(applied(await target.restore({ to: stable }))), { [stable]: 100 });
});

const writes: readonly [string, Parameters<VercelScene["twin"]["inject"]>[0], Outcome["outcome"]][] = [
  ["429 with a short wait", { kind: "status", status: 429, retryAfter: 2 }, "applied"],
  ["an answer that is lost", { kind: "reset-after-apply" }, "applied"],
  ["an answer that never comes", { kind: "silent-after-apply" }, "applied"],
  ["half an answer", { kind: "half" }, "applied"],
  ["an effect that comes late", { kind: "late-effect", delayMs: 400 }, "applied"],
  ["a cut connection", { kind: "reset" }, "unknown"],
  ["a web page instead", { kind: "page", status: 502 }, "unknown"],
  ["403", { kind: "status", status: 403 }, "not-applied"],
  ["409", { kind: "status", status: 409 }, "not-applied"],
];
for (const [name, fault, expected] of writes) {
  test(`a promotion that meets ${name} is ${expected}, by what production shows`, async () => {
    await using small = await vercelScene();
    const candidate = await stageTwo(small.target);
    const { generation } = await small.target.observe();
    small.twin.inject({ ...fault, method: "POST", path: /\/promote\// });
    const { target, stable } = small;
    const outcome = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
    assert.equal(outcome.outcome, expected, JSON.stringify(outcome));
    assert.deepEqual(await small.users(10), { [expected === "applied" ? candidate : stable]: 10 });
  });
}

test("F07: a raise that comes late after it was given up is taken back: nothing is written for nothing, so it is waited for", async () => {
  await using small = await vercelScene();
  const { target, stable, twin } = small;
  const candidate = await stageTwo(target);
  const { generation } = await target.observe();
  twin.inject({ kind: "late-effect", method: "POST", path: /\/promote\//, delayMs: 400 });
  const raise = fetch(`${twin.url}/v10/projects/prj_shop4711/promote/${candidate}?teamId=team_acme0815`, {
    method: "POST",
    headers: { authorization: `Bearer ${twin.issueToken()}` },
  }).catch(() => undefined);
  await raise;
  // The looks of the quiet time are 2 s apart; here they last as long as they say.
  const patient = small.targetWith({}, { clock: hastyClock(0) });
  const back = applied(await patient.restore({ to: stable, ifGeneration: generation }));
  assert.notEqual(back.generation, generation);
  await twin.settled();
  await untouched(small);
});

test("with nothing to write and nothing on its way, the old generation counts once it was quiet", async () => {
  await using small = await vercelScene();
  const { generation } = await small.target.observe();
  const outcome = await small.target.restore({ to: small.stable, ifGeneration: generation });
  assert.ok(outcome.outcome === "applied" && outcome.settled === true && outcome.production.generation === generation);
});

test("a promotion that moves only some of the domains is taken back and not called done", async () => {
  await using small = await vercelScene({ domains: ["shop.example", "www.shop.example"] });
  const target = small.targetWith({ domain: undefined });
  const { twin, stable } = small;
  const candidate = await stageTwo(target);
  const { generation } = await target.observe();
  twin.traffic.failing = new Set(["www.shop.example"]);
  const outcome = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
  assert.ok(
    outcome.outcome === "unknown" && /could not move every production domain/.test(outcome.message),
    JSON.stringify(outcome),
  );
  await twin.settled();
  assert.deepEqual(sharesOf(await target.observe()), { [stable]: 100 });
});

test("stages somebody changed after the deploy are not approved", async () => {
  await using small = await vercelScene();
  const { target, stable, twin } = small;
  const candidate = await stageTwo(target, [5, 25, 100]);
  const { generation } = await target.observe();
  twin.traffic.configure([50, 100]);
  const first = await target.shift({ candidate, stable, weight: 5, ifGeneration: generation });
  assert.ok(first.outcome === "not-applied" && first.reason === "rolling-release-stages-differ");
  twin.traffic.configure([5, 50, 100]);
  const at5 = applied(await target.shift({ candidate, stable, weight: 5, ifGeneration: generation }));
  const second = await target.shift({ candidate, stable, weight: 25, ifGeneration: at5.generation });
  assert.ok(second.outcome === "not-applied" && /its stages: 5%, 50%, 100%/.test(second.message));
  assert.deepEqual(sharesOf(await target.observe()), { [stable]: 95, [candidate]: 5 });
});

test("F06: an alias job that is under way is waited for, one that is stuck for minutes is not", async () => {
  await using small = await vercelScene();
  const { target, twin, stable } = small;
  const second = await twin.deploy(commits.two);
  twin.traffic.aliasMs = 300;
  twin.traffic.promote(second);
  assert.deepEqual(sharesOf(await target.observe()), { [second]: 100 });
  const stuck = (requestedAt: number) => (body: unknown) => ({
    ...(body as object),
    lastAliasRequest: { toDeploymentId: stable, jobStatus: "in-progress", requestedAt, type: "rollback" },
  });
  const path = /\/projects\/[^/]+$/;
  twin.inject({ kind: "edit", path, times: 1, edit: stuck(Date.now() - 10 * 60_000) });
  assert.deepEqual(sharesOf(await target.observe()), { [second]: 100 });
  twin.inject({ kind: "edit", path, times: 999, edit: stuck(Date.now() + 60_000) });
  await assert.rejects(target.observe(), /moving the production domains to .* and has not finished/);
});

test("on a plan that only knows the last deployment, an older one is promoted instead", async () => {
  await using small = await vercelScene({ plan: "hobby" });
  const { target, twin, stable } = small;
  for (const sha of [commits.two, commits.three]) {
    twin.traffic.promote(await twin.deploy(sha));
    await twin.settled();
  }
  assert.deepEqual(sharesOf(applied(await target.restore({ to: stable }))), { [stable]: 100 });
});
