import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import { InputError } from "../../src/failure.ts";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, eventually, failure, names, reasons, startDatabases, states } from "./database.ts";
import { part } from "./parts.ts";

const prisma = part("prisma");
const { skip } = prisma;

const databases = await startDatabases("schema-engine");
after(() => databases.stop());

async function project(files: Readonly<Record<string, string>>) {
  const made = await databases.project();
  const add = (more: Readonly<Record<string, string>>) =>
    made.add(Object.fromEntries(Object.entries(more).map(([name, sql]) => [`${name}/migration.sql`, sql])));
  await add(files);
  const engine = (keeper: "native" | "schema-engine", options = {}) =>
    prismaEngine(
      { directory: made.directory, url: made.url, engine: keeper, project: prisma.folder, ...options },
      quietPorts(),
    );
  return { ...made, add, engine };
}

const files = {
  "20240101000000_user": 'create table "User" (id int primary key, email text);\n',
  "20240102000000_body":
    "create function f() returns int language plpgsql as $$ begin perform 1; return 1; end; $$;\ncreate table after_body (id int);",
  "20240103000000_index": 'create index concurrently user_email on "User" (email);\n',
};
const rows =
  "select migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at is not null as finished from _prisma_migrations order by started_at";

test("Prisma's engine and ours write the same rows, and each takes the other's for its own", { skip }, async () => {
  const theirs = await project(files);
  const ours = await project(files);
  assert.deepEqual(names(await applyAll(theirs.engine("schema-engine"))), Object.keys(files));
  assert.deepEqual(names(await applyAll(ours.engine("native"))), Object.keys(files));
  assert.deepEqual(await theirs.rows(rows), await ours.rows(rows));
  const columns =
    "select column_name, data_type, character_maximum_length, is_nullable, column_default from information_schema.columns " +
    "where table_name = '_prisma_migrations' order by ordinal_position";
  assert.deepEqual(await theirs.rows(columns), await ours.rows(columns));
  // A further migration by the other one: nothing before it is taken for pending, edited or failed.
  for (const [one, other] of [
    [theirs, "native"],
    [ours, "schema-engine"],
  ] as const) {
    await one.add({ "20240104000000_more": "create table more (id int);" });
    assert.deepEqual(names(await applyAll(one.engine(other))), ["20240104000000_more"]);
  }
});

test("a failing script leaves Prisma's failed row, which both refuse with the command that resolves it", {
  skip,
}, async () => {
  const { engine, query } = await project({
    ...files,
    "20240104000000_bad": "create table half (id int);\nselect 1/0;",
  });
  const result = failure(await applyAll(engine("schema-engine")));
  assert.match(result.message, /20240104000000_bad\/migration\.sql:2:1: .*22012.*prisma migrate resolve --rolled-back/);
  assert.deepEqual(await query("select to_regclass('half') is null"), [true]);
  for (const keeper of ["native", "schema-engine"] as const) {
    assert.deepEqual(await reasons(engine(keeper)), ["migration-failed"]);
    assert.equal(failure(await applyAll(engine(keeper))).reason, "migration-failed");
  }
});

test("behind a reader its script gives way and tries again, which Prisma itself does not", { skip }, async () => {
  const { engine, add, url, query } = await project({ "20240101000000_user": files["20240101000000_user"] });
  names(await applyAll(engine("schema-engine")));
  await add({ "20240102000000_alter": 'alter table "User" add column more text' });
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query('begin; select * from "User"');
  const waiting = "select 1 from pg_stat_activity where application_name = 'sluice' and wait_event_type = 'Lock'";
  const applying = applyAll(engine("schema-engine"));
  await eventually("the script waits for its lock", async () => (await query(waiting)).length === 1);
  await eventually("it gives way", async () => (await query(waiting)).length === 0);
  await reader.query("commit");
  await reader.end();
  assert.deepEqual(names(await applying), ["20240102000000_alter"]);
});

test("the target is never its own shadow: applying neither asks for a shadow nor touches what is there", {
  skip,
}, async () => {
  const { engine, query } = await project(files);
  names(await applyAll(engine("schema-engine")));
  await query("insert into \"User\" values (1, 'kept')");
  assert.deepEqual(names(await applyAll(engine("schema-engine"))), []);
  assert.deepEqual(await query('select email from "User"'), ["kept"]);
  assert.deepEqual(new Set(Object.values(await states(engine("schema-engine")))), new Set(["applied"]));
});

test("a project without Prisma's packages is told which, and what needs none", { skip }, async () => {
  const { engine, directory } = await project(files);
  await assert.rejects(applyAll(engine("schema-engine", { project: directory })), (error) => {
    return (
      error instanceof InputError && /@prisma\/schema-engine-wasm is not installed.*engine: native/.test(error.message)
    );
  });
});
