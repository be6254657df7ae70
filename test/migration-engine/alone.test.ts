import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import { type SqlEngineOptions, sqlEngine } from "../../src/migration-engine/sql.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, type Files, failure, names, reasons, startDatabases } from "./database.ts";

const databases = await startDatabases("alone");
after(() => databases.stop());

/** A project whose first file is applied, and what somebody did by hand behind it. */
async function project(files: Files, byHand = "select") {
  const first = "create table users (id int primary key, email text); create table other (id int, email text);";
  const made = await databases.project({ "1_users.sql": first });
  const engine = (options: Partial<SqlEngineOptions> = {}, ports = quietPorts()) =>
    sqlEngine({ directory: made.directory, url: made.url, ...options }, ports);
  names(await applyAll(engine()));
  for (const statement of byHand.split(";;")) await made.query(statement).catch(() => {});
  await made.add(files);
  return { ...made, engine };
}

/** A session that has seen the table and does not end: whoever waits for all of them waits for it. */
async function reader(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`begin; ${sql}`);
  return client;
}

const partitioned =
  "create table part (id int) partition by range (id);; create table part_1 partition of part for values from (0) to (10)";
const detach = "alter table part detach partition part_1 concurrently;";
const recorded = "select count(*)::int from sluice_migrations where name like '2%' and applied_at is null";
const finished = (message: string) => /insert into public\.sluice_migrations [^;]+;/.exec(message)?.[0];

test("F30: DETACH PARTITION CONCURRENTLY that fails between its two transactions is half applied, and the printed repair works", async () => {
  const { engine, url, query } = await project({ "2_detach.sql": detach }, partitioned);
  const waitedFor = await reader(url, "select * from part");
  const result = failure(await applyAll(engine({ statementTimeoutMs: 300 })));
  await waitedFor.end();
  assert.match(result.message, /SQLSTATE 57014.*part of it took effect.*part_1 is half detached from part/);
  assert.equal(result.leftNothing, false);
  assert.deepEqual(await query(recorded), [1], "it is remembered");
  assert.deepEqual(await reasons(engine()), ["migration-failed", "migration-half-applied"]);
  const again = failure(await applyAll(engine()));
  await query(
    /alter table part detach partition part_1 finalize/.exec(again.message)?.[0] ?? assert.fail(again.message),
  );
  await query(finished(again.message) ?? assert.fail(again.message));
  assert.deepEqual(await reasons(engine()), []);
  assert.deepEqual(await query("select count(*)::int from pg_inherits where inhrelid = 'part_1'::regclass"), [0]);
});

test("DETACH PARTITION CONCURRENTLY that the server refuses at once leaves nothing, and is not remembered", async () => {
  const files = { "2_detach.sql": detach };
  const { engine, query } = await project(files, `${partitioned};; create table part_d partition of part default`);
  const result = failure(await applyAll(engine()));
  assert.match(result.message, /SQLSTATE 55000.*nothing of it was left/);
  assert.deepEqual(await query(recorded), [0]);
  await query("alter table part detach partition part_d");
  assert.deepEqual(names(await applyAll(engine())), ["2_detach.sql"]);
});

test("one that somebody else left half detached is named by the plan", async () => {
  const { engine, url } = await project({ "2_detach.sql": detach }, partitioned);
  const waitedFor = await reader(url, "select * from part");
  const impatient = new pg.Client({ connectionString: url, statement_timeout: 300 });
  await impatient.connect();
  await assert.rejects(impatient.query(detach));
  await Promise.all([impatient.end(), waitedFor.end()]);
  assert.deepEqual(await reasons(engine()), ["migration-half-applied"]);
});

const build = "create index concurrently if not exists users_email on users (lower(email)) where id > 5;";
const kept: readonly [title: string, byHand: string, said: RegExp | undefined][] = [
  [
    "as the file writes it is kept",
    "create index users_email on users using btree (LOWER(email)) where (id) > 5",
    undefined,
  ],
  [
    "on other columns is refused",
    "create index users_email on users (id)",
    /is another one: CREATE INDEX .*USING btree \(id\)/,
  ],
  [
    "that is unique is refused",
    "create unique index users_email on users (lower(email)) where id > 5",
    /is another one/,
  ],
  [
    "on another table is refused",
    "create index users_email on other (email)",
    /an index \(public\.users_email\) of other has that name/,
  ],
  ["that is a table is refused", "create table users_email ()", /the relation public\.users_email has that name/],
];
for (const [title, byHand, said] of kept)
  test(`IF NOT EXISTS does not record without a look: what has the name, ${title}`, async () => {
    const { engine, query } = await project({ "2_index.sql": build }, byHand);
    const result = await applyAll(engine());
    if (said === undefined) assert.deepEqual(names(result), ["2_index.sql"]);
    else assert.match(failure(result).message, said);
    assert.deepEqual(await query(recorded), [0]);
    assert.deepEqual(await query("select count(*)::int from pg_class where relname = 'sluice_as_written'"), [0]);
  });

test("a name longer than 63 bytes is found under the name that the server cut it to", async () => {
  const long = `users_${"é".repeat(40)}_email`;
  const file = `create unique index concurrently if not exists ${long} on users (email);`;
  const byHand = `insert into users values (1, 'a'), (2, 'a');; ${file}`;
  const { engine, query } = await project({ "2_index.sql": file }, byHand);
  const invalid = "select count(*)::int from pg_index where not indisvalid";
  assert.deepEqual(await query(invalid), [1]);
  assert.match(failure(await applyAll(engine())).message, /SQLSTATE 23505/);
  assert.deepEqual(await query(invalid), [0], "neither the old one nor the new one is left");
  await query("delete from users where id = 2");
  assert.deepEqual(names(await applyAll(engine())), ["2_index.sql"]);
});

test("F30: what a failed REINDEX CONCURRENTLY leaves is taken away, and the next run builds it anew", async () => {
  const byHand = "create index users_email on users (email)";
  const { engine, url, query } = await project({ "2_reindex.sql": "reindex table concurrently users;" }, byHand);
  const waitedFor = await reader(url, "insert into users values (1)");
  const { message } = failure(await applyAll(engine({ statementTimeoutMs: 300 })));
  await waitedFor.end();
  const copies =
    "select count(*)::int from pg_index where not indisvalid and indexrelid::regclass::text ~ '^users.*_cc(new|old)'";
  assert.match(message, /57014.*what it left is not known.*the next run does it/);
  assert.notDeepEqual(await query(copies), [0], "whoever kept it waiting kept the clean-up waiting too");
  assert.deepEqual(await query(recorded), [1]);
  assert.deepEqual(names(await applyAll(engine())), ["2_reindex.sql"]);
  assert.deepEqual(await query(copies), [0]);
});

test("copies that another's REINDEX left are not passed over, and the printed repair works", async () => {
  const { engine, url, query } = await project({ "2_reindex.sql": "reindex table concurrently users;" });
  const waitedFor = await reader(url, "insert into users values (1)");
  const impatient = new pg.Client({ connectionString: url, statement_timeout: 300 });
  await impatient.connect();
  await assert.rejects(impatient.query("reindex table concurrently users"));
  await Promise.all([impatient.end(), waitedFor.end()]);
  const { message, leftNothing } = failure(await applyAll(engine()));
  assert.match(message, /an earlier REINDEX failed and left public\.users_pkey_ccnew/);
  assert.equal(leftNothing, true);
  for (const [repair] of message.matchAll(/drop index concurrently [^;]+;/g)) await query(repair);
  assert.deepEqual(names(await applyAll(engine())), ["2_reindex.sql"]);
});

test("REINDEX INDEX CONCURRENTLY is judged by its own index: two invalid ones are repaired one after the other", async () => {
  const byHand =
    "insert into users values (1, 'a'), (2, 'a');; create unique index concurrently users_email on users (email);; create unique index concurrently users_one on users ((1));; create unique index concurrently users_pkey_ccnew on users ((2));; delete from users";
  const files = { "2_reindex.sql": "reindex index concurrently users_email; reindex index concurrently users_one;" };
  const { engine, query } = await project(files, byHand);
  assert.deepEqual(names(await applyAll(engine())), ["2_reindex.sql"]);
  const invalid = "select indexrelid::regclass::text from pg_index where not indisvalid";
  assert.deepEqual(await query(invalid), ["users_pkey_ccnew"], "what another's REINDEX left stands in nobody's way");
});

test("an index whose text the server cannot build is shown beside the one that is there", async () => {
  const written = "create index concurrently if not exists users_email on users (lower(mail));";
  const { engine } = await project({ "2_index.sql": written }, "create index users_email on users (lower(email))");
  const { message } = failure(await applyAll(engine()));
  assert.match(
    message,
    /could not be compared \(column "mail" does not exist\): CREATE INDEX .*asks for \(\(lower\(mail\)\)\)/s,
  );
});

for (const name of ["users", "public.users", 'PUBLIC . "users"'])
  test(`an index that calls its table by name is compared under that name: ${name}`, async () => {
    const byName = `create index concurrently if not exists users_email on users (lower(${name}.email)) where ${name}.id > 5;`;
    const files = { "2_index.sql": byName };
    const same = await project(files, "create index users_email on users (lower(email)) where id > 5");
    assert.deepEqual(names(await applyAll(same.engine())), ["2_index.sql"]);
    const other = await project(files, "create index users_email on users (lower(email)) where id > 6");
    assert.match(failure(await applyAll(other.engine())).message, /is another one/);
  });

test("an index whose strings look like a column of its table is compared as written", async () => {
  const where = `email <> 'public.users.email' and email <> $q$public.users.email$q$ and public.users.email <> e'it''s \\' public.users.email'`;
  const written = `create index concurrently if not exists users_email on users (email) where ${where};`;
  const { engine } = await project(
    { "2_index.sql": written },
    `create index users_email on users (email) where ${where}`,
  );
  assert.deepEqual(names(await applyAll(engine())), ["2_index.sql"]);
});

test("an invalid index that REINDEX TABLE passes over is told, not recorded as built anew", async () => {
  const byHand =
    "insert into users values (1, 'a'), (2, 'a');; create unique index concurrently users_email on users (email);; delete from users";
  const { engine, query } = await project({ "2_reindex.sql": "reindex table concurrently users;" }, byHand);
  assert.match(failure(await applyAll(engine())).message, /left them invalid.*public\.users_email of public\.users/);
  await query("reindex index concurrently users_email");
  assert.deepEqual(names(await applyAll(engine())), ["2_reindex.sql"]);
});

test("DROP INDEX CONCURRENTLY that stopped within: no query uses the index any more, it says so, and the next run goes on", async () => {
  const byHand = "create index users_email on users (email)";
  const { engine, url, query } = await project({ "2_drop.sql": "drop index concurrently users_email;" }, byHand);
  const waitedFor = await reader(url, "select * from users");
  const { message } = failure(await applyAll(engine({ statementTimeoutMs: 300 })));
  await waitedFor.end();
  assert.match(message, /57014.*users_email is half dropped/);
  assert.deepEqual(names(await applyAll(engine())), ["2_drop.sql"]);
  assert.deepEqual(await query("select to_regclass('users_email') is null"), [true]);
});

test("a file of indexes of which another tool built the first is half applied; both printed ways out work", async () => {
  const file =
    "create index concurrently users_email on users (email);\ncreate index concurrently users_id on users (id);";
  const one = await project({ "2_indexes.sql": file }, "create index users_email on users (email)");
  const { reason, message } = failure(await applyAll(one.engine()));
  assert.equal(reason, "migration-half-applied");
  await one.query("create index users_id on users (id)");
  await one.query(finished(message) ?? assert.fail(message));
  assert.deepEqual(names(await applyAll(one.engine())), []);
  const other = await project({ "2_indexes.sql": file }, "create index users_email on users (email)");
  const said = failure(await applyAll(other.engine())).message;
  await other.query(/drop index concurrently [^;]+;/.exec(said)?.[0] ?? assert.fail(said));
  assert.deepEqual(names(await applyAll(other.engine())), ["2_indexes.sql"]);
});

test("the printed record works in a database that has no history yet", async () => {
  const file = "create index concurrently users_email on users (email);";
  const { directory, url, query } = await databases.project({ "2_index.sql": file });
  await query("create table users (email text); create index users_email on users (email)");
  const engine = sqlEngine({ directory, url }, quietPorts());
  const { message } = failure(await applyAll(engine));
  await query(
    /create table public\.sluice_migrations.*?excluded\.applied_at;/.exec(message)?.[0] ?? assert.fail(message),
  );
  assert.deepEqual(names(await applyAll(engine)), []);
});

const lenient = "create unique index if not exists users_email on users (email);";
const tenant = "create schema tenant_2; create table tenant_2.users (email text);";
const takes: readonly (readonly [what: string, sql: string, told?: RegExp])[] = [
  ["is refused", lenient, /2_index\.sql: The index public\.users_email of public\.users is invalid/],
  ["is refused in a DO block", `do $$ begin ${lenient} end $$;`, /users_email of public\.users is invalid/],
  ["that drops it first builds it", `drop index if exists other_id, public."users_email"; ${lenient}`],
  ["that drops its table first builds it", `drop table users; create table users (email text); ${lenient}`],
  ["behind a REINDEX finds it repaired", `reindex (verbose) index users_email; ${lenient}`],
  [
    "behind a drop in a function's body, in a comment on a table and in a block's branch is refused",
    `create function mend() returns void language sql as 'drop index users_email';
     comment on table users is 'drop index users_email';
     do $$ begin if false then drop index users_email; reindex index users_email; end if; end $$; ${lenient}`,
    /users_email of public\.users is invalid/,
  ],
  [
    "in a DO block behind a string like a comment is refused",
    `do $$ begin raise notice '-- is it there?'; ${lenient} end $$;`,
    /users_email of public\.users is invalid/,
  ],
  ["behind a drop that is a comment is refused", `-- drop index users_email;\n${lenient}`, /is invalid/],
  [
    "behind a drop of the name in another schema is refused",
    `${tenant} create index users_email on tenant_2.users (email); drop index tenant_2.users_email; ${lenient}`,
    /users_email of public\.users is invalid/,
  ],
  [
    "for a table of another schema builds another index",
    `${tenant} ${lenient.replace("on users", "on tenant_2.users")}`,
  ],
  [
    "where the file looks names up elsewhere is refused",
    `${tenant} set local search_path to tenant_2; drop index if exists users_email; ${lenient}`,
    /users_email of public\.users is invalid/,
  ],
];
for (const [what, sql, told] of takes)
  test(`invalid unique index: a plain CREATE INDEX IF NOT EXISTS ${what}`, async () => {
    const byHand =
      "insert into users values (1, 'a'), (2, 'a');; create unique index concurrently users_email on users (email);; delete from users";
    const { engine } = await project({ "2_index.sql": sql }, byHand);
    const result = await applyAll(engine());
    if (told === undefined) return assert.deepEqual(names(result), ["2_index.sql"]);
    assert.equal(failure(result).reason, "index-invalid");
    assert.match(failure(result).message, told);
  });

test("an invalid index that a file which we began will build anew stops no file behind it", async () => {
  const built = lenient.replace("if not exists", "").replace("index", "index concurrently");
  const { engine, url, add, query } = await project({ "2_index.sql": built });
  const waitedFor = await reader(url, "insert into users values (1)");
  assert.match(failure(await applyAll(engine({ statementTimeoutMs: 300 }))).message, /57014/);
  await waitedFor.end();
  assert.deepEqual(await query("select indexrelid::regclass::text from pg_index where not indisvalid"), [
    "users_email",
  ]);
  await add({ "3_again.sql": lenient });
  assert.deepEqual(names(await applyAll(engine())), ["2_index.sql", "3_again.sql"]);
});
