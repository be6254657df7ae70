import assert from "node:assert/strict";
import { after, test } from "node:test";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { startArtifactStore } from "../artifact-store.ts";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());
const steps = "    backup: {}\n    migrate: { sql: { directory: migrations } }\n    deploy: {}\n";
shop.write("database.yml", runbook.replace("    deploy: {}\n", steps));
shop.write("migrations/0001_notes.sql", "create table notes (id int);\n");
/** Nobody listens there. */
const databaseUrl = `postgres://app:p%40ss%2Fw0rd@127.0.0.1:${await freePort()}/shop`;
const inputs = { ...shop.inputs, runbook: "database.yml", "database-url": databaseUrl };
const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });

test("F31: a migration before its backup is out of order: nothing is run", async () => {
  const options = { runId: 1, inputs: { ...inputs, environment: "early" } };
  assert.equal((await shop.run("plan", options)).code, 0);
  for (const given of [{}, { needs }]) {
    const run = await shop.run("migrate", { ...options, inputs: { ...options.inputs, ...given } });
    assert.equal(run.code, 4);
    assert.equal(run.outputs["reason"], "out-of-order");
  }
  const { release } = await shop.record("early");
  assert.equal(release?.steps["release/migrate"], undefined);
});

test("without a release there is nothing to migrate for", async () => {
  const run = await shop.run("migrate", { runId: 9, inputs: { ...inputs, environment: "nobody" } });
  assert.equal(run.code, 4);
  assert.equal(run.outputs["reason"], "not-started");
});

for (const name of ["backup", "migrate"]) {
  test(`${name}: a database that cannot be reached is exit code 3, named without its password`, async () => {
    const run = await shop.run(name, { inputs: { ...inputs, record: "none" } });
    assert.equal(run.code, 3, run.visible);
    assert.match(run.outputs["reason"] ?? "", /^postgres-/);
    assert.match(run.visible, /127\.0\.0\.1/);
    assert.doesNotMatch(run.visible, /p%40ss|p@ss|w0rd/);
    assert.ok(run.masks.includes("p@ss/w0rd"), "the decoded password is masked");
  });

  test(`${name}: an address that is none is exit code 2 and is not shown`, async () => {
    const run = await shop.run(name, { inputs: { ...inputs, record: "none", "database-url": "my-secret-database" } });
    assert.equal(run.code, 2, run.visible);
    assert.match(run.visible, /DATABASE_URL/);
    assert.doesNotMatch(run.visible, /my-secret-database/);
  });

  test(`${name}: an address that nobody gave is named with its place`, async () => {
    const run = await shop.run(name, { inputs: { ...inputs, record: "none", "database-url": "" } });
    assert.equal(run.code, 2, run.visible);
    assert.match(run.visible, /the variable DATABASE_URL is not set/);
  });
}

test("backup: an artifact is asked for where there is a store for it, before the database is", async () => {
  const encrypt = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const given = { inputs: { ...inputs, record: "none", store: "artifact", encrypt } };
  const nowhere = await shop.run("backup", given);
  assert.equal(nowhere.code, 2, nowhere.visible);
  assert.match(nowhere.visible, /needs a job on GitHub/);
  await using store = await startArtifactStore();
  assert.equal((await shop.run("backup", { ...given, env: store.env })).code, 3, "now the database does not answer");
  const open = await shop.run("backup", { inputs: { ...given.inputs, encrypt: "" }, env: store.env });
  assert.equal(open.code, 2);
  assert.match(open.visible, /RB145.*`store: artifact` without `encrypt`/s);
});

test("a failed backup leaves traffic alone, and the release can be ended", async () => {
  const options = { runId: 3, inputs: { ...inputs, environment: "unreachable", needs } };
  assert.equal((await shop.run("plan", options)).code, 0);
  assert.equal((await shop.run("backup", options)).code, 3);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 });
  const end = {
    ...shop.inputs,
    environment: "unreachable",
    runbook: "database.yml",
    release: "3",
    reason: "job-failed",
  };
  const back = await shop.run("rollback", { runId: 3, inputs: end });
  assert.equal(back.code, 0, back.visible);
  assert.equal((await shop.record("unreachable")).release?.ended?.as, "failed");
});
