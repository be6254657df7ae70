import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { migrate } from "../src/database-spec.ts";
import { migrateDatabase, prepareMigration } from "../src/migrate-database.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { eventually, type Files, startDatabases } from "./migration-engine/database.ts";

const databases = await startDatabases("migrate-database");
after(() => databases.stop());

async function project(files: Files, keys: Record<string, unknown> = {}) {
  const made = await databases.project(files);
  // The schema takes the secret's name; by now it stands for the address.
  const step = { ...migrate.parse({ sql: { directory: path.basename(made.directory) }, ...keys }), url: made.url };
  const request = { step, workspace: path.dirname(made.directory), ports: quietPorts() };
  const planned = async () => {
    const prepared = await prepareMigration(request);
    return "verdict" in prepared ? assert.fail(prepared.message) : prepared;
  };
  return { ...made, planned, migrated: (more: object = {}) => migrateDatabase({ ...request, ...more }) };
}

const files: Files = { "0001_a.sql": "create table a (id int);", "0002_b.sql": "create table b (id int);" };

test("a plan that people agreed to is the plan that is applied: another file, and nothing is", async () => {
  const { planned, migrated, add, query } = await project(files);
  const { plan } = await planned();
  await add({ "0003_c.sql": "create table c (id int);" });
  const { verdict, reason, message } = await migrated({ agreed: plan.hash });
  assert.deepEqual([verdict, reason], ["fail", "plan-changed"]);
  assert.match(message, /Nothing was applied/);
  assert.deepEqual(await query("select to_regclass('a') is null"), [true]);
});

test("an apply that was killed in the middle goes on under the agreement it began with, and so does its re-run", async () => {
  const { planned, migrated, query, remove, add } = await project(files);
  const { plan } = await planned();
  await remove("0002_b.sql");
  assert.equal((await migrated()).reason, "migrated");
  await add(files);
  assert.equal((await migrated({ agreed: plan.hash })).reason, "migrated");
  assert.equal((await migrated({ agreed: plan.hash })).reason, "nothing-pending");
  assert.deepEqual(await query("select count(*)::int from sluice_migrations"), [2]);
});

test("it is announced before anything is applied, and when that cannot be written nothing is applied", async () => {
  const { migrated, query, add } = await project(files, { expect: { "rows-kept": ["b"] } });
  await migrated();
  await add({ "0003_c.sql": "-- sluice: allow drop-table because nobody reads it\ndrop table a;" });
  const announced: string[] = [];
  const announce = async (reason: string) => {
    announced.push(reason);
    throw new Error("the record is away");
  };
  await assert.rejects(migrated({ announce }), /the record is away/);
  assert.deepEqual(announced, ["schema-moves-on"]);
  assert.deepEqual(await query("select to_regclass('a') is null"), [false]);
  assert.deepEqual(await query("select to_regclass('sluice_rows_kept') is null"), [true], "the next run counts anew");
  // What is counted is counted first: where that fails, nobody reads that the schema moved.
  await query("revoke select on b from app");
  await assert.rejects(migrated({ announce }), /permission denied for table b/);
  assert.deepEqual(announced, ["schema-moves-on"]);
});

const breaking = (after: string) => ({
  "0003_c.sql": `-- sluice: allow drop-table because nobody reads it\ndrop table a;\n${after}`,
});
const attempts: readonly [title: string, more: Files, given: object, announced: readonly string[]][] = [
  ["a file that was rolled back", breaking("select 1 / 0;"), {}, ["schema-moves-on", "schema-stays"]],
  ["one behind a file that stays", { ...breaking(""), "0004_d.sql": "select 1 / 0;" }, {}, ["schema-moves-on"]],
  ["one of a release that had begun to move", breaking("select 1 / 0;"), { schemaMoves: true }, ["schema-moves-on"]],
];
for (const [title, more, given, expected] of attempts)
  test(`a breaking migration that fails: ${title}`, async () => {
    const { migrated, add } = await project(files);
    await migrated();
    await add(more);
    const announced: string[] = [];
    const announce = async (reason: string) => void announced.push(reason);
    assert.equal((await migrated({ announce, ...given })).reason, "migration-failed");
    assert.deepEqual(announced, expected);
  });

test("rows that a migration takes from a table it was to leave alone are counted and named", async () => {
  const keys = { expect: { "rows-kept": ["a", "b"] } };
  const { migrated, query, add } = await project(files, keys);
  assert.equal((await migrated()).verdict, "pass");
  await query("insert into a select generate_series(1, 5); insert into b values (1)");
  await add({ "0003_more.sql": "insert into b values (2);" });
  const { verdict, message } = await migrated();
  assert.equal(verdict, "pass");
  assert.match(message, /All 2 expectations hold/);
  await add({ "0004_less.sql": "delete from a where id > 3;" });
  const lost = await migrated();
  assert.deepEqual([lost.verdict, lost.reason], ["fail", "expectation-broken"]);
  assert.match(lost.message, /rows of public\.a: 2 of 5 rows are gone/);
});

test("F30: a run after a killed one compares with the rows that there were before both, until somebody accepts what is gone", async () => {
  const { migrated, query, add } = await project(files, { expect: { "rows-kept": "all" } });
  assert.equal((await migrated()).verdict, "pass");
  await query("insert into a select generate_series(1, 5)");
  const answer = "-- sluice: allow explicit-lock because nobody waits for a";
  await add({ "0003_less.sql": "delete from a where id > 3;", "0004_slow.sql": `${answer}\nselect pg_sleep(60);` });
  const job = new AbortController();
  const applying = migrated({ ports: quietPorts({ cancelled: job.signal }) });
  await eventually("the fourth file runs", async () => {
    const asleep = "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
    return (await query(asleep)).length === 1;
  });
  job.abort();
  assert.equal((await applying).reason, "cancelled");
  await add({ "0004_slow.sql": "select 1;" });
  const again = await migrated();
  assert.deepEqual([again.verdict, again.reason], ["fail", "expectation-broken"]);
  assert.match(
    again.message,
    /rows of public\.a: 2 of 5 rows \(counted .*before an attempt that did not end well\) are gone/,
  );
  const idle = await migrated();
  assert.deepEqual([idle.verdict, idle.reason], ["fail", "expectation-broken"], "though nothing is pending any more");
  await query(/drop table public\.sluice_rows_kept;/.exec(idle.message)?.[0] ?? assert.fail(idle.message));
  assert.equal((await migrated()).verdict, "pass");
});

test("F30: a table that a killed run took away is told as gone, also where it was named", async () => {
  const { migrated, query } = await project(files, { expect: { "rows-kept": ["a"] } });
  assert.equal((await migrated()).verdict, "pass");
  await query(`create table sluice_rows_kept (name text primary key, rows bigint, counted_at timestamptz default now());
    insert into sluice_rows_kept values ('public.a', 5); drop table a`);
  const { message } = await migrated();
  assert.match(message, /rows of public\.a: The table is gone; it had 5 rows/);
  assert.doesNotMatch(message, /Correct the name/);
});

test("an apply that failed and took no row leaves no counts behind for users' own deletions to be held against", async () => {
  const { migrated, query, add } = await project(files, { expect: { "rows-kept": ["a"] } });
  await migrated();
  await query("insert into a select generate_series(1, 5)");
  await add({ "0003_fails.sql": "select 1 / 0;" });
  assert.equal((await migrated()).reason, "migration-failed");
  await query("delete from a where id = 1");
  await add({ "0003_fails.sql": "select 1;" });
  assert.equal((await migrated()).verdict, "pass");
  assert.deepEqual(await query("select to_regclass('sluice_rows_kept') is null"), [true]);
});

test("the rows of a partitioned table are those of its partitions, and a name that no table has keeps nothing", async () => {
  const { migrated, query, add } = await project(files, { expect: { "rows-kept": ["logs", "a"] } });
  await query(
    "create table logs (d int) partition by list (d); create table logs_1 partition of logs for values in (1)",
  );
  await query("insert into logs values (1), (1)");
  assert.equal((await migrated()).verdict, "pass");
  await add({ "0003_less.sql": "delete from logs where ctid in (select ctid from logs limit 1);" });
  assert.match((await migrated()).message, /rows of public\.logs: 1 of 2 rows are gone/);
  const written = await project(files, { expect: { "rows-kept": ["public.Orders"] } });
  await written.query('create table "Orders" (); create table orders ()');
  assert.match((await written.migrated()).message, /All 1 expectations hold/);
  await written.add({ "0003_drop.sql": '-- sluice: allow drop-table because nobody reads it\ndrop table "Orders";' });
  assert.match((await written.migrated()).message, /rows of public\."Orders": The table is gone/);
  const odd = await project(files, { expect: { "rows-kept": ["custmers"] } });
  const { verdict, message } = await odd.migrated();
  assert.equal(verdict, "fail");
  assert.match(message, /There is no table custmers, so nothing was counted/);
});

test("every table there is keeps its rows, and one that is gone has lost them", async () => {
  const { migrated, query, add } = await project(files, { expect: { "rows-kept": "all" } });
  await migrated();
  await query("insert into a values (1)");
  await add({ "0003_drop.sql": "-- sluice: allow drop-table because nobody reads it\ndrop table a;" });
  assert.match((await migrated()).message, /rows of public\.a: The table is gone; it had 1 rows/);
});
