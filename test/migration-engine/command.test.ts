import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import { InputError } from "../../src/failure.ts";
import { commandEngine } from "../../src/migration-engine/command.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, eventually, failure, names, reasons, startDatabases, states } from "./database.ts";

const databases = await startDatabases("command");
after(() => databases.stop());

/** A small migrator such as a team writes itself: its state is a table, its migrations are lines. */
const script = `
const pg = require(process.argv[2]);
const all = { one: "create table one (id int)", two: process.env.TWO || "alter table one add column note text" };
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
(async () => {
  await client.connect();
  await client.query("create table if not exists done (name text)");
  const done = new Set((await client.query("select name from done")).rows.map((row) => row.name));
  if (process.argv[3] === "status") {
    for (const name of Object.keys(all)) console.log(done.has(name) ? "applied" : "pending", name);
  } else {
    for (const [name, sql] of Object.entries(all))
      if (done.has(name)) continue;
      else if (process.env.CARELESS) {
        await client.query(sql).catch((error) => console.error(error.message));
        await client.query("insert into done values ('" + name + "')");
      } else await client.query("begin;" + sql + ";insert into done values ('" + name + "');commit");
  }
  await client.end();
})().catch((error) => { console.error("migrator: " + error.message); process.exit(1); });
`;

async function project(two?: string, how = "") {
  const made = await databases.project({ "migrate.cjs": script });
  const node = `${how}${two === undefined ? "" : `TWO='${two}' `}'${process.execPath}' migrate.cjs '${require.resolve("pg")}'`;
  const engine = (options = {}, ports = quietPorts()) =>
    commandEngine({ command: node, directory: made.directory, url: made.url, ...options }, ports);
  return { ...made, engine };
}
const require = {
  resolve: (name: string) => new URL(import.meta.resolve(name)).pathname.replace(/esm\/index\.mjs$/, "lib/index.js"),
};

test("a command of the project's own is asked for its status before and after; only that counts", async () => {
  const { engine } = await project();
  assert.deepEqual(await states(engine()), { one: "pending", two: "pending" });
  assert.deepEqual(names(await applyAll(engine())), ["one", "two"]);
  assert.deepEqual(names(await applyAll(engine())), []);
});

test("what it says last is shown when it fails, and what it applied before stays", async () => {
  const { engine } = await project("select 1/0");
  const result = failure(await applyAll(engine()));
  assert.equal(result.reason, "migration-failed");
  assert.match(result.message, /ended with 1.*migrator: division by zero.*Still pending: two/);
  assert.deepEqual(
    result.applied.map(({ name }) => name),
    ["one"],
  );
});

test("behind a reader its session gives way by our lock timeout, and it is run again", async () => {
  const { engine, url, query } = await project();
  names(await applyAll(engine()));
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("delete from done where name = 'two'; alter table one drop column note");
  await reader.query("begin; select * from one");
  const waiting = "select 1 from pg_stat_activity where application_name like 'sluice %' and wait_event_type = 'Lock'";
  const applying = applyAll(engine());
  await eventually("it waits for its lock", async () => (await query(waiting)).length === 1);
  await eventually("it gives way", async () => (await query(waiting)).length === 0);
  await reader.query("commit");
  await reader.end();
  const result = await applying;
  assert.deepEqual(names(result), ["two"]);
  assert.ok((result.applied[0]?.lockRetries ?? 0) > 0);
});

for (const [title, command, said] of [
  ["prints what it was not asked for", "echo all is well #", /printed "all is well".*not understood/],
  ["fails", "exit 3 #", /ended with 3/],
] as const)
  test(`a status that ${title} is refused before anything is applied`, async () => {
    const { engine } = await project();
    await assert.rejects(
      engine({ command }).status(),
      (error) => error instanceof InputError && said.test(error.message),
    );
  });

test("a failed migration stops everything, with the command's own advice", async () => {
  const { engine } = await project();
  const failing = engine({ command: "echo 'failed three run ./repair.sh three' #" });
  assert.deepEqual(await reasons(failing), ["migration-failed"]);
  assert.match(failure(await applyAll(failing)).message, /three failed\. run \.\/repair\.sh three/);
});

test("a command that ends well and applied nothing did not migrate", async () => {
  const { engine } = await project();
  const lazy = engine({ command: 'case "$1" in status) echo pending one;; esac #' });
  assert.equal(failure(await applyAll(lazy)).reason, "migration-left-pending");
});

test("a command that says it is done and leaves an invalid index is not done, and neither is the run after it", async () => {
  const { engine, query } = await project("create unique index concurrently one_id on one (id)", "CARELESS=1 ");
  await query("create table one (id int); insert into one values (1), (1)");
  const result = failure(await applyAll(engine()));
  assert.deepEqual([result.reason, result.applied.length], ["index-invalid", 2]);
  assert.match(result.message, /everything is applied, but.*public\.one_id of public\.one is invalid/);
  assert.deepEqual(await reasons(engine()), ["index-invalid"], "though nothing is pending any more");
  await query(/drop index concurrently [^;]+/.exec(result.message)?.[0] ?? assert.fail(result.message));
  assert.deepEqual(await reasons(engine()), []);
});

test("F30: cancelled in mid index build: the session is ended and the invalid index is named with its repair", async () => {
  const cancel = new AbortController();
  const { engine, url, query } = await project("create index concurrently one_id on one (id)", "CARELESS=1 ");
  await query("create table one (id int)");
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  await writer.query("begin; insert into one values (1)");
  const applying = applyAll(engine({ lockTimeoutMs: 20_000 }, quietPorts({ cancelled: cancel.signal })));
  const invalid = "select from pg_index where not indisvalid and indexrelid = to_regclass('one_id')";
  await eventually("the index is being built", async () => (await query(invalid)).length === 1);
  cancel.abort();
  const result = failure(await applying);
  await writer.end();
  assert.equal(result.reason, "cancelled");
  assert.match(result.message, /public\.one_id of public\.one is invalid.*drop index concurrently public\.one_id;/);
  assert.deepEqual(await reasons(engine()), ["index-invalid"]);
});

test("another's index that is being built now is no problem", async () => {
  const { engine, url, query } = await project();
  names(await applyAll(engine()));
  const [writer, builder] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  await Promise.all([writer.connect(), builder.connect()]);
  await writer.query("begin; insert into one values (1)");
  const building = builder.query("create index concurrently one_id on one (id)");
  const invalid = "select from pg_index where not indisvalid and indexrelid = to_regclass('one_id')";
  await eventually("the index is being built", async () => (await query(invalid)).length === 1);
  assert.deepEqual(await reasons(engine()), []);
  await writer.query("rollback");
  await building;
  await Promise.all([writer.end(), builder.end()]);
});
