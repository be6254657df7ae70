import assert from "node:assert/strict";
import { after, test } from "node:test";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

/** Written and decoded forms of every secret of this file; none may ever be seen. */
const forbidden = [
  "p%40ss%2Fw0rd%25",
  "p@ss/w0rd%",
  "key-of-the-shop-9",
  "second-line-of-key",
  "local-host-token-3f9a",
];
const databaseUrl = `postgres://app:p%40ss%2Fw0rd%25@127.0.0.1:${await freePort()}/shop`;
const secrets = `${shop.inputs["runbook-env"]}KEY="key-of-the-shop-9\nsecond-line-of-key"\n`;
const inputs = { ...shop.inputs, "runbook-env": secrets, "database-url": databaseUrl };

shop.write("migrations/0001_notes.sql", "create table notes (id int);\n");
shop.write(
  "database.yml",
  runbook.replace(
    "    deploy: {}\n",
    "    backup: {}\n    migrate: { sql: { directory: migrations } }\n    deploy: {}\n",
  ),
);
shop.write("loud.yml", runbook.replace("run: test -f server.mjs", "run: env; exit 1"));
shop.write(
  "contract.yml",
  `${runbook}env:\n  KEY: { min-length: 500, secret: true }\n  DATABASE_URL: { url: https }\n`,
);

const runs: readonly (readonly [what: string, action: string, given: Readonly<Record<string, string>>])[] = [
  ["a plan", "plan", { environment: "a" }],
  ["a contract that is broken", "plan", { environment: "b", runbook: "contract.yml" }],
  ["a backup that cannot reach its database", "backup", { record: "none", runbook: "database.yml" }],
  ["a migration that cannot reach its database", "migrate", { record: "none", runbook: "database.yml" }],
  ["a preflight that prints its environment", "preflight", { record: "none", runbook: "loud.yml" }],
  [
    "a smoke test of an address with a login",
    "smoke-test",
    { record: "none", url: "http://app:p%40ss%2Fw0rd%25@127.0.0.1:9", checks: "- { get: /, status: 200 }" },
  ],
  ["a whole release in one job", "advance", { environment: "c" }],
  ["a rollback", "rollback", { environment: "c" }],
  ["inputs that are wrong", "deploy", { record: "what?", stage: "none" }],
];

for (const [what, action, given] of runs) {
  test(`${what} shows no secret in any form`, async () => {
    const run = await shop.run(action, { inputs: { ...inputs, ...given }, runId: 3 });
    for (const secret of forbidden) assert.ok(!run.visible.includes(secret), `${secret} is visible:\n${run.visible}`);
    assert.doesNotMatch(run.visible, /ghs_[0-9a-f]+/, "the job's token");
  });
}

test("the runner is told every form in which a secret may come out", async () => {
  const run = await shop.run("backup", { inputs: { ...inputs, record: "none", runbook: "database.yml" } });
  for (const secret of [...forbidden, databaseUrl]) assert.ok(run.masks.includes(secret), `${secret} is not masked`);
});

test("what is no secret is not masked: it would blank out ordinary output", async () => {
  const plain = { ...inputs, "runbook-env": `${secrets}DEBUG=true\nWORKERS=12\nAPI=http://127.0.0.1:9\n` };
  const run = await shop.run("plan", { inputs: { ...plain, environment: "d" } });
  for (const value of ["true", "12", "http://127.0.0.1:9"]) assert.ok(!run.masks.includes(value), value);
});

test("secrets are masked before any input is judged, the job's token too", async () => {
  const token = shop.twin.issueToken({ permissions: {}, jobId: "masks" });
  const run = await shop.run("deploy", { inputs: { ...inputs, record: "what?", "github-token": token } });
  assert.equal(run.code, 2);
  for (const secret of [token, databaseUrl, "p@ss/w0rd%"]) assert.ok(run.masks.includes(secret), secret);
});
