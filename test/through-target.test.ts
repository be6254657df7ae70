import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget } from "../src/deploy-target.ts";
import { InputError } from "../src/failure.ts";
import { parseDatabaseUrl } from "../src/migration/connection.ts";
import { notThroughTarget, reachedThroughTarget } from "../src/through-target.ts";

const absent = async (): Promise<never> => assert.fail("it was not asked for");
const asked: string[] = [];
const target: DeployTarget = {
  kind: "compose",
  capabilities: { shifts: "traffic", compareAndSet: true },
  forward: async (host, port) => {
    asked.push(`${host}:${port}`);
    return { host: "127.0.0.1", port: 20_001 };
  },
  observe: absent,
  stage: absent,
  shift: absent,
  restore: absent,
  health: absent,
  address: absent,
  cleanup: absent,
};
const step = (url: string) => ({ url, via: "target" as const, kept: true });

test("the database's host and port are looked up at the target; the rest of its address stays", async () => {
  const table = [
    [
      "postgres://user:p%40ss@db.internal:6432/shop?sslmode=disable",
      "db.internal:6432",
      "postgres://user:p%40ss@127.0.0.1:20001/shop?sslmode=disable",
    ],
    ["postgresql://user:secret@prod-db/shop", "prod-db:5432", "postgresql://user:secret@127.0.0.1:20001/shop"],
    ["redis://default:secret@cache", "cache:6379", "redis://default:secret@127.0.0.1:20001"],
  ] as const;
  for (const [url, place, reached] of table) {
    assert.deepEqual(await reachedThroughTarget(step(url), async () => target), { ...step(url), url: reached });
    assert.equal(asked.at(-1), place);
    if (url.startsWith("postgres")) parseDatabaseUrl(reached, "The test");
  }
});

test("without `via` the target is not even opened", async () => {
  const direct = { url: "postgres://user:secret@db/shop" };
  assert.equal(await reachedThroughTarget(direct, absent), direct);
  assert.equal(await reachedThroughTarget(undefined, absent), undefined);
  assert.equal(notThroughTarget(direct), direct);
});

test("what cannot be gone through is refused, and no password is told", async () => {
  const { forward: _forward, ...without } = target;
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof InputError && message.test(error.message) && !error.message.includes("secret");
  const url = "postgres://user:secret@db/shop";
  await assert.rejects(
    reachedThroughTarget(step(url), async () => without),
    refused(/needs a target that is reached over SSH/),
  );
  const odd = "postgres://user:secret@one,two:x/shop";
  await assert.rejects(
    reachedThroughTarget(step(odd), async () => target),
    refused(/cannot be read/),
  );
  assert.throws(() => notThroughTarget(step(url)), refused(/only in a runbook/));
});
