import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOf } from "../../src/check/check-of.ts";
import type { EnvContract } from "../../src/check-spec.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

const context = { directory: ".", commit: "d".repeat(40) };
const judge = (env: EnvContract, variables: Record<string, string>) =>
  checkOf({ env }, { ports: quietPorts(), variables }).then((check) => check.run(context));

test("variables that keep the contract pass", async () => {
  const contract: EnvContract = {
    SITE: { url: "https" },
    DATABASE_URL: { url: "postgres", secret: true },
    KEY: { secret: true, "min-length": 8, "differs-from": "STAGING_KEY" },
    NODE_ENV: { equals: "production" },
    ANY: {},
  };
  const verdict = await judge(contract, {
    SITE: "https://shop.example.com",
    DATABASE_URL: "postgresql://app:x@db.example.com/shop",
    KEY: "12345678",
    STAGING_KEY: "87654321",
    NODE_ENV: "production",
    ANY: "x",
  });
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "env-as-agreed"], verdict.message);
});

const broken: readonly (readonly [EnvContract[string], value: string | undefined, says: RegExp])[] = [
  [{}, undefined, /KEY is not set \(there is KEYS\)/],
  [{}, "  ", /KEY is empty/],
  [{ url: "https" }, "http://hunter2.example.com", /KEY is no https address/],
  [{ url: "https" }, "hunter2", /KEY is no https address/],
  [{ url: "postgres" }, "mysql://app:hunter2@db/x", /KEY is no postgres address/],
  [{ "min-length": 64 }, "hunter2", /KEY has 7 characters, at least 64 are needed/],
  [{ equals: "production" }, "hunter2", /KEY is not "production"/],
  [{ "differs-from": "KEYS" }, "hunter2hunter2", /KEY has the same value as KEYS/],
  [{ "differs-from": "OTHER" }, "hunter2", /OTHER, from which KEY must differ, is not set, so nothing is proven/],
];
for (const [rule, value, says] of broken) {
  test(`${JSON.stringify(rule)} over ${value === undefined ? "nothing" : JSON.stringify(value)} fails without the value`, async () => {
    const verdict = await judge({ KEY: rule }, { KEYS: "hunter2hunter2", ...(value !== undefined && { KEY: value }) });
    assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "env-broken"]);
    assert.match(verdict.message, says);
    assert.doesNotMatch(JSON.stringify(verdict), /hunter2/);
  });
}

test("everything that is broken is told at once", async () => {
  const verdict = await judge({ A: {}, B: { equals: "1" } }, { B: "2" });
  assert.match(verdict.message, /A is not set.*; B is not "1"/);
});
