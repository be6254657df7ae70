import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, type StartResult, startVersion } from "../../src/rehearsal/version-process.ts";

const run = promisify(execFile);
const example = fileURLToPath(new URL("../../examples/quickstart", import.meta.url));
const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));
const changes = await readdir(join(example, "changes"));

interface Checkout extends AsyncDisposable {
  readonly directory: string;
  start(healthPath: string, withinMs: number): Promise<StartResult>;
}

/** The example with one change laid over it, as the rehearsal commits it. No database listens. */
async function checkout(change?: string): Promise<Checkout> {
  const scratch = await mkdtemp(join(tmpdir(), "sluice-quickstart-"));
  const directory = join(scratch, "commit");
  await cp(example, directory, { recursive: true });
  if (change !== undefined) await cp(join(example, "changes", change), directory, { recursive: true });
  await symlink(packages, join(scratch, "node_modules"), "dir");
  const databaseUrl = `postgres://nobody:secret-password@127.0.0.1:${await freePort()}/none`;
  return {
    directory,
    start: (path, withinMs) =>
      startVersion({
        version: "0123456789abcdef0123456789abcdef01234567",
        directory,
        command: [process.execPath, "app/server.mjs"],
        env: { DATABASE_URL: databaseUrl },
        searchPath: "",
        choosePort: freePort,
        health: { path, withinMs },
      }),
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}

for (const change of [undefined, ...changes]) {
  test(`the unit tests of ${change ?? "the first version"} pass: only production can tell what is wrong with it`, async () => {
    await using commit = await checkout(change);
    // Inside a test run Node would report to the outer one instead of failing by its exit code.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    await run(process.execPath, ["--test"], { cwd: commit.directory, env });
  });
}

test("without its database a version is alive, labels every answer with its commit, and is not healthy", async () => {
  await using commit = await checkout();
  const result = await commit.start("/metrics", 8_000);
  assert.ok(result.started);
  const { url, stop } = result.process;
  try {
    const health = await fetch(`${url}/api/health`);
    assert.equal(health.status, 503);
    const version = "0123456789abcdef0123456789abcdef01234567";
    assert.deepEqual(await health.json(), { status: "unavailable", version, services: { database: false } });
    const expected = { "/": 200, "/?a=b": 200, "/api/notes": 500, "/nowhere": 404, "/constructor": 404 };
    for (const [path, status] of Object.entries(expected)) {
      const answer = await fetch(url + path);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get("x-version"), version);
      assert.doesNotMatch(await answer.text(), /secret-password/);
    }
    const metrics = await (await fetch(`${url}/metrics`)).text();
    // Health checks, the scrape itself and unknown pages are not the traffic a gate judges.
    for (const line of [
      `http_requests_total{version="${version}",code="200"} 2`,
      `http_requests_total{version="${version}",code="500"} 1`,
      `http_request_duration_seconds_bucket{version="${version}",le="+Inf"} 3`,
      `http_request_duration_seconds_count{version="${version}"} 3`,
    ]) {
      assert.ok(metrics.split("\n").includes(line), `${line}\nis not in\n${metrics}`);
    }
  } finally {
    await stop(5_000);
  }
  assert.equal(result.process.ending(), "ended with exit code 0");
});

test("without its database a version never becomes healthy", async () => {
  await using commit = await checkout();
  const result = await commit.start("/api/health", 1_000);
  assert.ok(!result.started);
  assert.equal(result.reason, "never-healthy");
  assert.match(result.message, /status 503 at \/api\/health/);
});

test("the change that cannot start says what it misses", async () => {
  await using commit = await checkout("cannot-start");
  const result = await commit.start("/metrics", 8_000);
  assert.ok(!result.started);
  assert.equal(result.reason, "exited-at-start");
  assert.match(result.output.join("\n"), /GREETING_SIGNING_KEY is not set/);
});

test("the faulty change fails eight visitors in a hundred, and no other change fails any", async () => {
  for (const change of changes) {
    await using commit = await checkout(change);
    const module: unknown = await import(join(commit.directory, "app/greeting.mjs"));
    assert.ok(typeof module === "object" && module !== null && "greeting" in module);
    const { greeting } = module;
    assert.ok(typeof greeting === "function");
    const visitors = Array.from({ length: 100 }, (_, visitor) => Promise.resolve(greeting(visitor)));
    const failed = (await Promise.allSettled(visitors)).filter(({ status }) => status === "rejected").length;
    assert.equal(failed, change === "errors" ? 8 : 0, change);
  }
});
