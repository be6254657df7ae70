import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type LocalState, localRefusal, localState } from "../../src/deploy-target/local.ts";
import { type LocalHost, startLocalHost } from "../../src/rehearsal/local-host.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { eventually, processExists, tinyCommit } from "./tiny-commit.ts";

const token = "a-token-of-the-test";
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function ask(host: LocalHost, method: string, path: string, body?: unknown): Promise<Reply> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  const answer = await fetch(host.admin + path, init);
  return { status: answer.status, body: await answer.json() };
}

const stateOf = async (host: LocalHost): Promise<LocalState> =>
  localState.parse((await ask(host, "GET", "/state")).body);

interface World extends AsyncDisposable {
  readonly host: LocalHost;
  stage(version: string, env?: Record<string, string>, more?: object): Promise<Reply>;
  weigh(weights: Record<string, number>, more?: object): Promise<Reply>;
  readonly directory: string;
  readonly scratch: string;
}

async function world(choosePort?: () => Promise<number>): Promise<World> {
  const commit = await tinyCommit();
  const host = await startLocalHost({
    directory: join(commit.scratch, "host"),
    token,
    ...(choosePort === undefined ? {} : { chooseVersionPort: choosePort }),
  });
  return {
    host,
    directory: commit.directory,
    scratch: commit.scratch,
    stage: (version, env = {}, more = {}) =>
      ask(host, "POST", "/versions", {
        version,
        directory: commit.directory,
        command: ["node", "server.mjs"],
        env,
        health: { path: "/health", withinMs: 8_000 },
        ...more,
      }),
    weigh: (weights, more = {}) => ask(host, "PUT", "/weights", { weights, ...more }),
    async [Symbol.asyncDispose]() {
      await host.close();
      await commit[Symbol.asyncDispose]();
    },
  };
}

const refusalIn = (reply: Reply): { status: number; reason: string; message: string; output: readonly string[] } => {
  const { reason, message, output = [] } = localRefusal.parse(reply.body);
  return { status: reply.status, reason, message, output };
};

test("a staged version runs from its own copy, with nothing in its environment but what was given", async () => {
  await using small = await world();
  await mkdir(join(small.directory, ".git"));
  await writeFile(join(small.directory, ".git", "config"), "extraheader = AUTHORIZATION: basic abc");
  process.env["SLUICE_TEST_LEAK"] = "must not be seen";
  const staged = await small.stage("v1", { COLOUR: "blue" });
  delete process.env["SLUICE_TEST_LEAK"];
  assert.equal(staged.status, 200);

  const state = await stateOf(small.host);
  const [only] = state.versions;
  assert.deepEqual(state.serving, [{ version: "v1", weight: 0 }]);
  assert.equal(only?.state, "running");
  assert.deepEqual(staged.body, { version: "v1", url: only?.url });

  const env: unknown = await (await fetch(`${only?.url}/env`)).json();
  assert.ok(typeof env === "object" && env !== null && "PATH" in env);
  assert.deepEqual(
    { ...env, PATH: "-" },
    { COLOUR: "blue", PATH: "-", PORT: new URL(only?.url ?? "").port, VERSION: "v1" },
  );
  assert.deepEqual(await readdir(join(small.scratch, "host", "releases")), ["v1"]);
  assert.deepEqual(await readdir(join(small.scratch, "host", "releases", "v1")), ["server.mjs"]);
});

test("staging the same version again, also at the same time, is the same process", async () => {
  await using small = await world();
  const replies = [...(await Promise.all([small.stage("v1"), small.stage("v1")])), await small.stage("v1")];
  for (const reply of replies) assert.deepEqual(reply, replies[0]);
  assert.equal((await stateOf(small.host)).versions.length, 1);
});

test("nine shifts under traffic: the split is exact and no request fails", async () => {
  await using small = await world();
  await small.stage("v1");
  await small.stage("v2");
  await small.weigh({ v1: 100 });

  const failures: string[] = [];
  let asked = 0;
  let driving = true;
  const drive = async (): Promise<void> => {
    while (driving) {
      asked += 1;
      const answer = await fetch(small.host.production).catch((error: unknown) => String(error));
      if (typeof answer === "string") failures.push(answer);
      else if (answer.status !== 200) failures.push(String(answer.status));
      else await answer.text();
    }
  };
  const drivers = Array.from({ length: 8 }, drive);

  // The answer to a shift carries the counts of its very moment, so two answers bound the requests between them.
  const shift = async (weight: number): Promise<LocalState> =>
    localState.parse((await small.weigh({ v1: 100 - weight, v2: weight })).body);
  const requests = (state: LocalState, version: string): number =>
    state.versions.find((known) => known.version === version)?.requests ?? 0;
  try {
    let before = await shift(0);
    for (const [index, weight] of [5, 25, 50, 100, 0, 10, 75, 100, 0].entries()) {
      const from = await shift(weight);
      assert.notEqual(from.generation, before.generation);
      const target = asked + 200;
      await eventually(`200 requests after shift ${index + 1}`, () => asked >= target);
      before = await stateOf(small.host);
      const candidate = requests(before, "v2") - requests(from, "v2");
      const all = candidate + requests(before, "v1") - requests(from, "v1");
      assert.ok(all >= 150, `${all} requests were routed`);
      assert.ok(Math.abs(candidate - (all * weight) / 100) <= 1, `${candidate} of ${all} at ${weight} %`);
    }
  } finally {
    driving = false;
    await Promise.all(drivers);
  }
  assert.deepEqual(failures, []);
  assert.deepEqual(
    (await stateOf(small.host)).versions.map(({ undelivered }) => undelivered),
    [0, 0],
  );
});

test("weights are refused, with the present state, when production changed since it was read", async () => {
  await using small = await world();
  await small.stage("v1");
  await small.stage("v2");
  const { generation } = await stateOf(small.host);
  assert.equal((await small.weigh({ v1: 100 }, { ifGeneration: generation })).status, 200);
  const late = await small.weigh({ v2: 100 }, { ifGeneration: generation });
  assert.equal(late.status, 409);
  const refused = localRefusal.parse(late.body);
  assert.equal(refused.reason, "generation-differs");
  assert.deepEqual(refused.state, await stateOf(small.host));
  assert.deepEqual(refused.state?.serving, [
    { version: "v1", weight: 100 },
    { version: "v2", weight: 0 },
  ]);
});

test("of many writes on the same generation exactly one is taken", async () => {
  await using small = await world();
  await small.stage("v1");
  const { generation } = await stateOf(small.host);
  const writes = Array.from({ length: 10 }, () => small.weigh({ v1: 100 }, { ifGeneration: generation }));
  const statuses = (await Promise.all(writes)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, ...Array<number>(9).fill(409)]);
});

for (const [what, weights, status, reason] of [
  ["do not sum to 100", { v1: 99 }, 400, "bad-request"],
  ["are negative", { v1: 150, v2: -50 }, 400, "bad-request"],
  ["name a version that does not exist", { v1: 50, v9: 50 }, 422, "unknown-version"],
] as const) {
  test(`weights that ${what} are refused and change nothing`, async () => {
    await using small = await world();
    await small.stage("v1");
    await small.weigh({ v1: 100 });
    const before = await stateOf(small.host);
    const reply = refusalIn(await small.weigh(weights));
    assert.equal(reply.status, status);
    assert.equal(reply.reason, reason);
    assert.deepEqual(await stateOf(small.host), before);
  });
}

const password = "p@ss-word-of-the-database";
const failures = {
  "exits at its start": {
    env: {
      EXIT_CODE: "7",
      PRINT: `postgres://me:${encodeURIComponent(password)}@db/x and ${password}`,
      DATABASE_URL: `postgres://me:${encodeURIComponent(password)}@db/x`,
    },
    reason: "exited-at-start",
    message: /Version broken ended with exit code 7 before it was healthy/,
  },
  "never becomes healthy": {
    env: { UNHEALTHY: "1" },
    health: { path: "/health", withinMs: 600 },
    reason: "never-healthy",
    message: /did not become healthy within 600 ms: (status 503|no connection was accepted|no answer came) at \/health/,
  },
  "has a command nobody knows": {
    command: ["no-such-program"],
    reason: "command-not-found",
    message: /"no-such-program" of version broken could not be started \(ENOENT\)/,
  },
  "has no folder": {
    directory: "/nowhere/at/all",
    reason: "bad-request",
    message: /folder \/nowhere\/at\/all.*does not exist/,
  },
} as const;

for (const [what, { reason, message, ...request }] of Object.entries(failures)) {
  test(`a version that ${what} is refused with its reason, and nothing of it stays`, async () => {
    await using small = await world();
    await small.stage("v1");
    await small.weigh({ v1: 100 });
    const before = await stateOf(small.host);
    const { env, ...more } = { env: {}, ...request };
    const refused = refusalIn(await small.stage("broken", env, more));
    assert.equal(refused.status, 422);
    assert.equal(refused.reason, reason);
    assert.match(refused.message, message);
    if (reason === "exited-at-start") {
      // Its own words are shown, without the colours, without the password and without the whole address.
      assert.deepEqual(refused.output, ["hello from broken", "bad ***"]);
    }
    assert.deepEqual(await stateOf(small.host), before);
    // The next commit under the same name is not taken for the broken one.
    assert.equal((await small.stage("broken")).status, 200);
  });
}

test("a port that is taken is told apart from a version that cannot start", async () => {
  const stranger = createServer((_, answer) => answer.end("healthy, but not yours"));
  const port = await freePort();
  await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
  try {
    await using small = await world(async () => port);
    const refused = refusalIn(await small.stage("v1"));
    assert.equal(refused.reason, "port-taken");
    assert.match(refused.message, new RegExp(`Port ${port} on 127.0.0.1.*is taken`));
  } finally {
    stranger.close();
  }
});

test("a version that is killed shows: 502 for its share, its end and last lines in the state, no traffic any more", async () => {
  await using small = await world();
  await small.stage("v1");
  await small.stage("v2");
  await small.weigh({ v1: 50, v2: 50 });
  const pid = (await stateOf(small.host)).versions.find(({ version }) => version === "v2")?.pid;
  assert.ok(pid !== undefined);
  process.kill(pid, "SIGKILL");
  await eventually("v2 is reported as exited", async () =>
    (await stateOf(small.host)).versions.some(({ version, state }) => version === "v2" && state === "exited"),
  );
  const dead = (await stateOf(small.host)).versions.find(({ version }) => version === "v2");
  assert.deepEqual(dead?.output, ["hello from v2", "(it was ended by SIGKILL)"]);

  const answers = [];
  for (let n = 0; n < 10; n += 1) answers.push(await fetch(small.host.production));
  const bad = answers.filter(({ status }) => status === 502);
  assert.equal(bad.length, 5);
  for (const answer of bad) assert.equal(answer.headers.get("x-served-by"), "v2");

  const refused = refusalIn(await small.weigh({ v2: 100 }));
  assert.equal(refused.reason, "not-running");
  assert.equal((await small.weigh({ v1: 100 })).status, 200);
  assert.equal((await stateOf(small.host)).serving.length, 1);
  // Staged again it comes back to life.
  assert.equal((await small.stage("v2")).status, 200);
  assert.equal((await small.weigh({ v2: 100 })).status, 200);
  assert.equal(await (await fetch(small.host.production)).text(), "v2");
});

test("a version is removed only when it neither serves nor is the way back", async () => {
  await using small = await world();
  await small.stage("v1");
  await small.stage("v2");
  await small.weigh({ v1: 0, v2: 100 }, { wayBack: "v1" });
  assert.equal(refusalIn(await ask(small.host, "DELETE", "/versions/v2")).reason, "serving");
  assert.equal(refusalIn(await ask(small.host, "DELETE", "/versions/v1")).reason, "way-back");
  assert.equal(refusalIn(await ask(small.host, "DELETE", "/versions/v9")).status, 404);
  await small.weigh({ v2: 100 });
  const pid = (await stateOf(small.host)).versions.find(({ version }) => version === "v1")?.pid;
  assert.ok(pid !== undefined);
  assert.equal((await ask(small.host, "DELETE", "/versions/v1")).status, 200);
  assert.equal(processExists(pid), false);
  assert.deepEqual(await readdir(join(small.scratch, "host", "releases")), ["v2"]);
});

test("a wrong token, a body that is no JSON and an unknown route are refused", async () => {
  await using small = await world();
  for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${token}`]) {
    assert.equal((await fetch(`${small.host.admin}/state`, { headers: { authorization } })).status, 401);
  }
  assert.equal((await fetch(`${small.host.admin}/weights`, { method: "PUT", headers, body: "{" })).status, 422);
  assert.equal((await ask(small.host, "GET", "/nothing")).status, 404);
  const escaping = await small.stage("../../escape");
  assert.equal(escaping.status, 400);
});

test("the process prints its addresses, refuses a taken port with exit code 2, and ends its versions with itself", async () => {
  await using commit = await tinyCommit();
  const main = fileURLToPath(new URL("../../src/rehearsal/local-host-main.ts", import.meta.url));
  const env = { LOCAL_HOST_DIRECTORY: join(commit.scratch, "host"), LOCAL_HOST_TOKEN: token };
  for (const end of ["SIGTERM", "end of input"]) {
    const child = spawn(process.execPath, [main], { env, stdio: ["pipe", "pipe", "inherit"] });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
    const addresses: unknown = JSON.parse(line);
    assert.ok(typeof addresses === "object" && addresses !== null);
    assert.ok("production" in addresses && "admin" in addresses);
    const host = {
      production: String(addresses.production),
      admin: String(addresses.admin),
      close: async () => undefined,
    };
    const health = { path: "/health", withinMs: 8_000 };
    const command = ["node", "server.mjs"];
    const staged = await ask(host, "POST", "/versions", {
      version: "v1",
      directory: commit.directory,
      command,
      env: {},
      health,
    });
    assert.equal(staged.status, 200);
    const pid = (await stateOf(host)).versions[0]?.pid;
    assert.ok(pid !== undefined);

    const port = new URL(host.production).port;
    const second = spawn(process.execPath, [main], {
      env: { ...env, LOCAL_HOST_PORT: port },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const code = new Promise((resolve) => second.once("exit", resolve));
    assert.match(await text(second.stderr), new RegExp(`Port ${port} on 127.0.0.1, wanted for production, is taken`));
    assert.equal(await code, 2);

    if (end === "SIGTERM") child.kill("SIGTERM");
    else child.stdin.end();
    assert.equal(await exited, 0);
    assert.equal(processExists(pid), false);
  }
});
