import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import { InputError } from "../../src/failure.ts";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, type Files, failure, names, reasons, startDatabases, states } from "./database.ts";

const databases = await startDatabases("prisma");
after(() => databases.stop());

const body = 'create table "User" (id int primary key, email text);\n';
const project = async (files: Files) => {
  const made = await databases.project({ "migration_lock.toml": 'provider = "postgresql"\n' });
  const add = (more: Files) =>
    made.add(Object.fromEntries(Object.entries(more).map(([name, sql]) => [`${name}/migration.sql`, sql])));
  await add(files);
  const engine = (options = {}) => prismaEngine({ directory: made.directory, url: made.url, ...options }, quietPorts());
  return { ...made, add, engine };
};
const first = { "20240101000000_user": body };
const insertRow = (columns: string, values: string) =>
  `insert into _prisma_migrations (id, checksum, migration_name, ${columns}) values (gen_random_uuid()::text, 'x', ${values})`;

test("rows are Prisma's own: checksum, one step, finished, nothing rolled back", async () => {
  const { engine, rows } = await project(first);
  assert.deepEqual(names(await applyAll(engine())), ["20240101000000_user"]);
  const [row] = await rows("select *, finished_at >= started_at as ordered from _prisma_migrations");
  assert.deepEqual(
    { ...row, id: undefined, finished_at: undefined, started_at: undefined },
    {
      id: undefined,
      checksum: createHash("sha256").update(body).digest("hex"),
      finished_at: undefined,
      migration_name: "20240101000000_user",
      logs: null,
      rolled_back_at: null,
      started_at: undefined,
      applied_steps_count: 1,
      ordered: true,
    },
  );
  assert.match(String(row?.["id"]), /^[0-9a-f-]{36}$/);
});

test("a body with $$;$$, which adapter-pg splits, is applied whole; a failing file leaves neither tables nor a row", async () => {
  const { engine, add, query } = await project({
    ...first,
    "20240102000000_body": "create function f() returns int language plpgsql as $$ begin perform 1; return 1; end; $$;",
  });
  assert.equal(names(await applyAll(engine())).length, 2);
  await add({ "20240103000000_fails": "create table half (id int);\nselect 1/0;\n" });
  const result = failure(await applyAll(engine()));
  assert.match(result.message, /20240103000000_fails\/migration\.sql:2:1: .*22012/);
  assert.deepEqual(await query("select to_regclass('half') is null"), [true]);
  assert.deepEqual(await reasons(engine()), [], "no failed row stops the next release (P3009)");
});

test("B98: a failed row of Prisma's stops everything until it is resolved, also when its file is gone (P3009)", async () => {
  const { engine, add, remove, query } = await project(first);
  names(await applyAll(engine()));
  await add({ "20240102000000_bad": "select 1", "20240103000000_next": "create table next (id int)" });
  await query(insertRow("logs", "'20240102000000_bad', 'a database error'"));
  const result = failure(await applyAll(engine()));
  assert.equal(result.reason, "migration-failed");
  assert.match(result.message, /npx prisma migrate resolve --rolled-back 20240102000000_bad/);
  await remove("20240102000000_bad");
  assert.equal(failure(await applyAll(engine())).reason, "migration-failed");
  // What `resolve --rolled-back` does: the attempt no longer counts, and the migration is pending again.
  await query("update _prisma_migrations set rolled_back_at = now() where logs is not null");
  await add({ "20240102000000_bad": "select 1" });
  assert.deepEqual(names(await applyAll(engine())), ["20240102000000_bad", "20240103000000_next"]);
});

test("a row begun and never finished needs a person, unless its file can be repeated", async () => {
  const { engine, add, query } = await project(first);
  names(await applyAll(engine()));
  await add({ "20240102000000_table": "create table t (id int)" });
  await query(insertRow("started_at", "'20240102000000_table', now()"));
  const { reason, message } = failure(await applyAll(engine()));
  assert.equal(reason, "migration-failed");
  assert.match(message, /did not finish.*resolve --applied 20240102000000_table.*resolve --rolled-back/);
  await add({ "20240102000000_table": 'create index concurrently user_email on "User" (email)' });
  assert.deepEqual(names(await applyAll(engine())), ["20240102000000_table"]);
  const open = "select count(*)::int from _prisma_migrations where finished_at is null and rolled_back_at is null";
  assert.deepEqual(await query(open), [0], "nothing is left that Prisma itself would stop at");
});

test("edited, missing and late files are refused; line ends that git changed are not an edit", async () => {
  const { engine, add, remove, query } = await project({ ...first, "20240103000000_two": "select 2;\n" });
  names(await applyAll(engine()));
  await add({ "20240103000000_two": "select 2;\r\n" });
  assert.deepEqual(await reasons(engine()), []);
  await add({ "20240103000000_two": "select 3;\n", "20240102000000_late": "select 1" });
  await remove("20240101000000_user");
  const { problems } = await engine().status();
  assert.deepEqual(problems.map(({ reason }) => reason).sort(), [
    "migration-edited",
    "migration-missing",
    "migration-out-of-order",
  ]);
  for (const { message } of problems)
    for (const [command] of message.matchAll(/(?:update|delete from) .*?;/g)) await query(command);
  assert.deepEqual(await reasons(engine({ outOfOrder: "apply" })), []);
});

test("a database with tables and without a history is not touched (P3005)", async () => {
  const { engine, query } = await project(first);
  await query("create table somebodys (id int)");
  const { reason, message } = failure(await applyAll(engine()));
  assert.equal(reason, "migration-baseline");
  assert.match(message, /somebodys.*resolve --applied/);
  assert.deepEqual(await query("select to_regclass('_prisma_migrations') is null"), [true]);
});

test("the schema of the URL is Prisma's: created, searched first, and holding the history", async () => {
  const { directory, url, query } = await project({ "20240101000000_a": "create table here (id int)" });
  const engine = prismaEngine({ directory, url: `${url}?schema=shop` }, quietPorts());
  assert.deepEqual(names(await applyAll(engine)), ["20240101000000_a"]);
  assert.deepEqual(await query("select schemaname from pg_tables where tablename in ('here', '_prisma_migrations')"), [
    "shop",
    "shop",
  ]);
  assert.deepEqual(await states(engine), { "20240101000000_a": "applied" });
});

test("whoever runs prisma migrate by hand makes us wait, by Prisma's own lock", async () => {
  const { engine, url } = await project(first);
  const { default: pg } = await import("pg");
  const other = new pg.Client({ connectionString: url, application_name: "prisma by hand" });
  await other.connect();
  await other.query("select pg_advisory_lock(72707369)");
  const result = failure(await applyAll(engine({ waitForLockMs: 300 })));
  assert.equal(result.reason, "migration-locked");
  assert.match(result.message, /prisma by hand/);
  await other.end();
  assert.equal(names(await applyAll(engine())).length, 1);
});

test("a folder without its file and a project of another database are refused by name", async () => {
  const { engine, add, directory, made } = await project(first).then((one) => ({ ...one, made: one }));
  await made.add({ "20240102000000_x": "" });
  await made.remove("20240102000000_x/migration.sql");
  await assert.rejects(
    engine().status(),
    (error) => error instanceof InputError && /no migration\.sql/.test(error.message),
  );
  await add({ "20240102000000_x": "select 1" });
  const { writeFile } = await import("node:fs/promises");
  await writeFile(`${directory}/migration_lock.toml`, 'provider = "mysql"\n');
  await assert.rejects(
    engine().status(),
    (error) => error instanceof InputError && /provider = "mysql"/.test(error.message),
  );
});
