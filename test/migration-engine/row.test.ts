import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { supabaseEngine } from "../../src/migration-engine/supabase.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, eventually, type Files, failure, names, startDatabases } from "./database.ts";

const databases = await startDatabases("row");
after(() => databases.stop());

async function project(files: Files) {
  const made = await databases.project(files);
  return { ...made, engine: sqlEngine({ directory: made.directory, url: made.url }, quietPorts()) };
}

/** So many files that all of them are on their way before the first is answered. */
const six: Files = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`${n}_t.sql`, `create table t${n} ();`]));
const tables = "select relname from pg_class where relname ~ '^t[0-9]$' order by 1";

const failures: readonly [title: string, sql: string, place: string, code: string][] = [
  ["a statement that fails", "create table t3 ();\nselect 1 / 0;", "3_t.sql:2:1: ", "22012"],
  ["a statement that nobody can read", "create table t3 ();\nselect from where;", "3_t.sql:2:13: ", "42601"],
  [
    "a constraint that breaks at the commit",
    "create table t3 (id int primary key, up int references t3 deferrable initially deferred); insert into t3 values (1, 2);",
    "3_t.sql: ",
    "23503",
  ],
];
for (const [title, sql, place, code] of failures)
  test(`${title}: nothing behind it runs, though it was sent already`, async () => {
    const { engine, query, add, directory } = await project({ ...six, "3_t.sql": sql });
    const result = failure(await applyAll(engine));
    assert.deepEqual(
      result.applied.map(({ name }) => name),
      ["1_t.sql", "2_t.sql"],
    );
    assert.equal(result.failed, "3_t.sql");
    assert.ok(result.message.startsWith(join(directory, place)), result.message);
    assert.match(result.message, new RegExp(`SQLSTATE ${code}.*rolled back as a whole`));
    assert.deepEqual(await query(tables), ["t1", "t2"]);
    assert.deepEqual(await query("select name from sluice_migrations order by name"), ["1_t.sql", "2_t.sql"]);
    await add({ "3_t.sql": "create table t3 ();" });
    assert.equal(names(await applyAll(engine)).length, 4);
    assert.deepEqual(await query(tables), ["t1", "t2", "t3", "t4", "t5", "t6"]);
  });

test("a COMMIT that only the server sees: nothing behind it runs, and what it left is told", async () => {
  const { engine, query, url } = await project({
    ...six,
    "3_t.sql": "create table t3 (); select 'x\\' '; commit; -- '\n",
  });
  await query(`alter database "${new URL(url).pathname.slice(1)}" set standard_conforming_strings to off`);
  const result = failure(await applyAll(engine));
  assert.match(
    result.message,
    /3_t\.sql: the file ended the transaction it runs in.*took effect and is recorded nowhere/,
  );
  assert.deepEqual(await query(tables), ["t1", "t2", "t3"]);
});

test("one that does not get its lock is repeated by itself, and those behind it follow in their order", async () => {
  const { engine, url, query, add } = await project({ "0_users.sql": "create table users (id int);" });
  names(await applyAll(engine));
  await add({ ...six, "3_t.sql": "create table t3 (); alter table users add column note text;" });
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("begin; select from users");
  const applying = applyAll(engine);
  const waits = "select from pg_locks where not granted and locktype = 'relation'";
  await eventually("the third file waits", async () => (await query(waits)).length > 0);
  await eventually("it gives way", async () => (await query(waits)).length === 0);
  assert.deepEqual(await query(tables), ["t1", "t2"]);
  await reader.end();
  const result = await applying;
  assert.deepEqual(names(result), Object.keys(six));
  assert.deepEqual(
    result.applied.map(({ lockRetries }) => lockRetries > 0),
    [false, false, true, false, false, false],
  );
  assert.deepEqual(await query("select name from sluice_migrations order by started_at"), [
    "0_users.sql",
    ...Object.keys(six),
  ]);
});

test("a session that somebody ended: what became of its file is not claimed, and the next run goes on", async () => {
  const { engine, query, add } = await project({ ...six, "3_t.sql": "create table t3 (); select pg_sleep(60);" });
  const applying = applyAll(engine);
  const asleep = "from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
  await eventually("the third file runs", async () => (await query(`select ${asleep}`)).length === 1);
  await query(`select pg_terminate_backend(pid) ${asleep}`);
  const result = failure(await applying);
  assert.deepEqual([result.failed, result.applied.length, result.leftNothing], ["3_t.sql", 2, false]);
  assert.match(result.message, /57P01.*Whether it was applied .* the next run reads from the history/);
  await add({ "3_t.sql": "create table t3 ();" });
  assert.equal(names(await applyAll(engine)).length, 4);
});

test("each file has its own time, its own settings and its own isolation level", async () => {
  const seen =
    "create table SEEN as select now() as at, current_setting('lock_timeout') as lock, current_setting('transaction_isolation') as level;";
  const { engine, rows } = await project({
    "1_a.sql": `${seen.replace("SEEN", "one")} select pg_sleep(0.2); set lock_timeout to 0; deallocate all;`,
    "2_b.sql": `set transaction isolation level serializable; ${seen.replace("SEEN", "two")}`,
    "3_c.sql": seen.replace("SEEN", "three"),
  });
  names(await applyAll(engine));
  const [found] = await rows(
    "select two.at - one.at >= '0.2 s' as apart, two.lock, three.lock as again, two.level, three.level as usual from one, two, three",
  );
  assert.deepEqual(found, {
    apart: true,
    lock: "100ms",
    again: "100ms",
    level: "serializable",
    usual: "read committed",
  });
});

test("an index built concurrently stands between two rows", async () => {
  const index = "create index concurrently built on t2 ((1));";
  const { engine, query } = await project({ ...six, "3_t.sql": index });
  assert.deepEqual(names(await applyAll(engine)), Object.keys(six));
  assert.deepEqual(await query("select indisvalid from pg_index where indexrelid = 'built'::regclass"), [true]);
});

const engines = {
  supabase: { engine: supabaseEngine, name: (n: number) => `2024010${n}000000_t.sql` },
  prisma: { engine: prismaEngine, name: (n: number) => `2024010${n}000000_t/migration.sql` },
} as const;
for (const [kind, { engine, name }] of Object.entries(engines))
  test(`${kind}: a row that fails in the middle is recorded as far as it came`, async () => {
    const files = Object.fromEntries(
      [1, 2, 3, 4].map((n) => [name(n), n === 3 ? "select 1 / 0;" : `create table t${n} ();`]),
    );
    const { directory, url, query } = await databases.project(files);
    const result = failure(await applyAll(engine({ directory, url }, quietPorts())));
    assert.equal(result.applied.length, 2);
    assert.deepEqual(await query(tables), ["t1", "t2"]);
  });
