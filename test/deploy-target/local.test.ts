import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type LocalTargetOptions, localTarget } from "../../src/deploy-target/local.ts";
import type { DeployTarget, Outcome, Production } from "../../src/deploy-target.ts";
import { InputError, ProviderError } from "../../src/failure.ts";
import { startLocalHost } from "../../src/rehearsal/local-host.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { tinyCommit } from "../rehearsal/tiny-commit.ts";

const token = "a-token-of-the-test";

const ports = {
  fetch: globalThis.fetch,
  clock: {
    now: Date.now,
    monotonic: () => performance.now(),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      signal === undefined ? sleep(ms) : sleep(ms, undefined, { signal }),
  },
  cancelled: new AbortController().signal,
};

interface World extends AsyncDisposable {
  readonly target: DeployTarget;
  readonly targetWith: (more: Partial<LocalTargetOptions>, morePorts?: Partial<typeof ports>) => DeployTarget;
  stage(commit: string, env?: Record<string, string>): Promise<string>;
  break(faults: { delayMs?: number; refuseWrites?: number; loseAnswers?: number }): Promise<void>;
  end(): Promise<void>;
}

async function world(): Promise<World> {
  const commit = await tinyCommit();
  const host = await startLocalHost({ directory: join(commit.scratch, "host"), token });
  const options: LocalTargetOptions = {
    admin: host.admin,
    token,
    command: ["node", "server.mjs"],
    health: { path: "/health", withinMs: 8_000 },
    answerWithinMs: 1_000,
  };
  const target = localTarget(options, ports);
  return {
    target,
    targetWith: (more, morePorts = {}) => localTarget({ ...options, ...more }, { ...ports, ...morePorts }),
    stage: async (sha, env = {}) => (await target.stage({ commit: sha, directory: commit.directory, env })).url,
    async break(faults) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${host.admin}/faults`, { method: "PUT", headers, body: JSON.stringify(faults) });
      assert.equal(answer.status, 200);
    },
    end: host.close,
    async [Symbol.asyncDispose]() {
      await host.close();
      await commit[Symbol.asyncDispose]();
    },
  };
}

function applied(outcome: Outcome): Production {
  assert.equal(outcome.outcome, "applied", JSON.stringify(outcome));
  assert.ok(outcome.outcome === "applied");
  return outcome.production;
}

function notApplied(outcome: Outcome): { readonly reason: string; readonly production?: Production } {
  assert.ok(outcome.outcome === "not-applied", JSON.stringify(outcome));
  return outcome;
}

/** v1 serves everything, v2 is staged. */
async function twoVersions(small: World): Promise<Production> {
  await small.stage("v1");
  await small.stage("v2");
  return applied(await small.target.restore({ to: "v1" }));
}

test("a release goes up step by step and back, and every step reads what production says", async () => {
  await using small = await world();
  let { generation } = await twoVersions(small);
  for (const weight of [5, 25, 100]) {
    const request = { candidate: "v2", stable: "v1", weight, ifGeneration: generation };
    const production = applied(await small.target.shift(request));
    assert.notEqual(production.generation, generation);
    assert.deepEqual(production, await small.target.observe());
    assert.deepEqual(production.serving, [
      { version: "v1", weight: 100 - weight },
      { version: "v2", weight },
    ]);
    generation = production.generation;
  }
  const back = applied(await small.target.restore({ to: "v1", ifGeneration: generation }));
  assert.equal(back.serving.find(({ version }) => version === "v1")?.weight, 100);
});

test("staging answers where the version is reached without traffic, and is idempotent", async () => {
  await using small = await world();
  const url = await small.stage("v1", { COLOUR: "blue" });
  assert.equal(await (await fetch(url)).text(), "v1");
  assert.equal(await small.stage("v1", { COLOUR: "blue" }), url);
  assert.equal(await small.target.address("v1"), url);
  assert.equal(await small.target.address("v9"), undefined);
});

test("a shift is refused when somebody moved traffic since production was read, and says what is true now", async () => {
  await using small = await world();
  const { generation } = await twoVersions(small);
  applied(await small.target.restore({ to: "v2" }));
  const late = await small.target.shift({ candidate: "v2", stable: "v1", weight: 5, ifGeneration: generation });
  const refused = notApplied(late);
  assert.equal(refused.reason, "generation-differs");
  assert.deepEqual(refused.production, await small.target.observe());
  assert.equal(
    notApplied(await small.target.restore({ to: "v1", ifGeneration: generation })).reason,
    "generation-differs",
  );
});

test("a write whose answer is lost is recognised as applied from what production shows", async () => {
  await using small = await world();
  const { generation } = await twoVersions(small);
  await small.break({ loseAnswers: 1 });
  const target = small.targetWith({ answerWithinMs: 300 });
  const production = applied(
    await target.shift({ candidate: "v2", stable: "v1", weight: 25, ifGeneration: generation }),
  );
  assert.deepEqual(
    production.serving.map(({ weight }) => weight),
    [75, 25],
  );
});

test("a write that was answered 503 is known not to be applied, and may be sent again", async () => {
  await using small = await world();
  const { generation } = await twoVersions(small);
  await small.break({ refuseWrites: 1 });
  const request = { candidate: "v2", stable: "v1", weight: 25, ifGeneration: generation };
  const refused = notApplied(await small.target.shift(request));
  assert.equal(refused.reason, "unavailable");
  assert.equal(refused.production?.generation, generation);
  applied(await small.target.shift(request));
});

test("a write that got no answer and does not show is unknown: it may still arrive", async () => {
  await using small = await world();
  const { generation } = await twoVersions(small);
  const fetchThatLosesWrites: typeof fetch = async (input, init) => {
    if (init?.method === "PUT")
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
    return fetch(input, init);
  };
  const target = small.targetWith({}, { fetch: fetchThatLosesWrites });
  const outcome = await target.shift({ candidate: "v2", stable: "v1", weight: 25, ifGeneration: generation });
  assert.equal(outcome.outcome, "unknown");
  assert.match(outcome.message, /ECONNRESET/);
});

test("a host that is gone makes a write unknown and a read an error that may be asked again", async () => {
  await using small = await world();
  const { generation } = await twoVersions(small);
  await small.end();
  const outcome = await small.target.shift({ candidate: "v2", stable: "v1", weight: 25, ifGeneration: generation });
  assert.equal(outcome.outcome, "unknown");
  await assert.rejects(small.target.observe(), (error) => error instanceof ProviderError && error.retryable);
});

test("a slow answer is waited for up to the deadline, and no longer", async () => {
  await using small = await world();
  await twoVersions(small);
  await small.break({ delayMs: 300 });
  await small.target.observe();
  const hasty = small.targetWith({ answerWithinMs: 50 });
  await assert.rejects(hasty.observe(), /no answer came within 50 ms/);
});

test("a wrong token is an error that names it, for reads and for writes, and is not asked again", async () => {
  await using small = await world();
  await twoVersions(small);
  const stranger = small.targetWith({ token: "wrong" });
  const refused = (error: unknown): boolean =>
    error instanceof ProviderError && error.status === 401 && !error.retryable;
  await assert.rejects(stranger.observe(), refused);
  await assert.rejects(stranger.restore({ to: "v2" }), refused);
  await assert.rejects(stranger.stage({ commit: "v3", directory: "/nowhere", env: {} }), refused);
});

test("a version that cannot start is the user's to mend: the error shows why and its last lines", async () => {
  await using small = await world();
  await assert.rejects(small.stage("v1", { EXIT_CODE: "3" }), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /exit code 3 before it was healthy.*\nIts last lines:\n {2}hello from v1$/s);
    return true;
  });
});

test("a version whose answer was lost while it was staged is found running", async () => {
  await using small = await world();
  await using commit = await tinyCommit();
  const fetchThatLosesAnswers: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (init?.method !== "POST") return answer;
    await answer.text();
    throw new TypeError("fetch failed");
  };
  const target = small.targetWith({}, { fetch: fetchThatLosesAnswers });
  const staged = await target.stage({ commit: "v1", directory: commit.directory, env: {} });
  assert.equal(await (await fetch(staged.url)).text(), "v1");
});

test("health tells a version that answers from one that fails, one that ended and one that is gone", async () => {
  await using small = await world();
  await twoVersions(small);
  assert.equal((await small.target.health("v1")).healthy, true);
  const wrongPath = small.targetWith({ health: { path: "/silent", withinMs: 1_000 }, answerWithinMs: 200 });
  assert.match((await wrongPath.health("v1")).message, /did not answer .*no answer came within 200 ms/);
  assert.deepEqual(await small.target.health("v9"), { healthy: false, message: "Version v9 does not exist any more." });
});

test("cleanup removes what neither serves nor is kept nor is the way back", async () => {
  await using small = await world();
  for (const version of ["v1", "v2", "v3", "v4"]) await small.stage(version);
  const { generation } = applied(await small.target.restore({ to: "v1" }));
  applied(await small.target.shift({ candidate: "v2", stable: "v1", weight: 100, ifGeneration: generation }));
  assert.deepEqual(await small.target.cleanup(["v3"]), ["v4"]);
  const { serving } = await small.target.observe();
  assert.deepEqual(
    serving.map(({ version }) => version),
    ["v1", "v2", "v3"],
  );
});

test("a cancelled job starts no new version, and still returns traffic", async () => {
  await using small = await world();
  await twoVersions(small);
  const cancelled = small.targetWith({}, { cancelled: AbortSignal.abort() });
  await using commit = await tinyCommit();
  await assert.rejects(cancelled.stage({ commit: "v3", directory: commit.directory, env: {} }));
  assert.equal(await small.target.address("v3"), undefined);
  applied(await cancelled.restore({ to: "v2" }));
});

test("an address where nobody listens is an error with the address", async () => {
  const admin = `http://127.0.0.1:${await freePort()}`;
  const options = { admin, token, command: ["node"], health: { path: "/", withinMs: 1 } } satisfies LocalTargetOptions;
  await assert.rejects(localTarget(options, ports).observe(), new RegExp(`${admin} cannot be reached: ECONNREFUSED`));
});
