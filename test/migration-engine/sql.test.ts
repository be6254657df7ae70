import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { InputError, ProviderError } from "../../src/failure.ts";
import { type SqlEngineOptions, sqlEngine } from "../../src/migration-engine/sql.ts";
import type { Ports } from "../../src/ports.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, eventually, type Files, failure, names, query, startDatabases } from "./database.ts";

const databases = await startDatabases("sql-engine");
after(() => databases.stop());

/** A fresh database and a folder of migrations. */
async function project(files: Files) {
  const made = await databases.project(files);
  const { directory, url } = made;
  const engine = (options: Partial<SqlEngineOptions> = {}, ports: Ports = quietPorts()) =>
    sqlEngine({ directory, url, ...options }, ports);
  return {
    ...made,
    engine,
    applyAll: (options: Partial<SqlEngineOptions> = {}, ports?: Ports) => applyAll(engine(options, ports)),
  };
}

const users: Files = { "0001_users.sql": "create table users (id int primary key, email text not null);" };
const history = "select name from sluice_migrations where applied_at is not null order by name";

test("applies pending files once, in the order of their numbers, and records them", async () => {
  const { applyAll, add, query } = await project({
    ...users,
    "0010_third.sql": "alter table users add column nick text;",
    "9_second.sql": "insert into users values (1, 'a@example.org');",
  });
  assert.deepEqual(names(await applyAll({ release: "77" })), ["0001_users.sql", "9_second.sql", "0010_third.sql"]);
  assert.deepEqual(await query("select distinct release from sluice_migrations"), ["77"]);
  assert.deepEqual(names(await applyAll()), []);
  await add({ "0011_fourth.sql": "" });
  assert.deepEqual(names(await applyAll()), ["0011_fourth.sql"]);
});

test("looking at a database writes nothing to it", async () => {
  const { engine, query } = await project(users);
  const { migrations, problems } = await engine().status();
  assert.deepEqual(
    migrations.map(({ name, state }) => [name, state]),
    [["0001_users.sql", "pending"]],
  );
  assert.deepEqual(problems, []);
  await engine().plan();
  assert.deepEqual(await query("select count(*)::int from pg_tables where schemaname = 'public'"), [0]);
});

test("F29: a file that fails is rolled back as a whole; files before it stay", async () => {
  const { applyAll, query, directory } = await project({
    ...users,
    "0002_fails.sql":
      "create table half (id int);\ninsert into users values (1, 'a');\n\n  insert into users values (1, 'b');",
    "0003_never.sql": "create table never (id int);",
  });
  const result = failure(await applyAll());
  assert.equal(result.failed, "0002_fails.sql");
  assert.equal(result.reason, "migration-failed");
  assert.deepEqual(
    result.applied.map(({ name }) => name),
    ["0001_users.sql"],
  );
  // The server gives no position for a broken key: the statement's own place is named.
  assert.ok(result.message.startsWith(`${join(directory, "0002_fails.sql")}:4:3: `), result.message);
  assert.match(result.message, /SQLSTATE 23505.*rolled back/);
  assert.deepEqual(await query("select tablename from pg_tables where schemaname = 'public' order by 1"), [
    "sluice_migrations",
    "users",
  ]);
  assert.deepEqual(await query("select count(*)::int from users"), [0]);
  assert.deepEqual(await query(history), ["0001_users.sql"]);
});

test("an error's position counts characters, not bytes or UTF-16 units", async () => {
  const { applyAll } = await project({ "1_a.sql": "select '😀é';\nselect '😀é', nothing_here;" });
  assert.match(failure(await applyAll()).message, /1_a\.sql:2:15: .*nothing_here.*42703/);
});

test("a deferred constraint that breaks at commit is a failure that leaves nothing", async () => {
  const { applyAll, query } = await project({
    "1_a.sql":
      "create table a (id int primary key, parent int references a deferrable initially deferred);" +
      "insert into a values (1, 2);",
  });
  assert.match(failure(await applyAll()).message, /SQLSTATE 23503/);
  assert.deepEqual(await query("select to_regclass('a') is null"), [true]);
});

test("a file whose end cannot be read is refused at its end, and nothing of it ran", async () => {
  const { applyAll, query, directory } = await project({ "1_a.sql": "create table a ();\nselect (1" });
  const { message } = failure(await applyAll());
  assert.ok(message.startsWith(`${join(directory, "1_a.sql")}:2:`), message);
  assert.match(message, /SQLSTATE 42601/);
  assert.deepEqual(await query("select to_regclass('a') is null"), [true]);
});

test("a file may choose its isolation level", async () => {
  const { applyAll, query } = await project({
    "1_a.sql":
      "set transaction isolation level serializable; create table a as select current_setting('transaction_isolation') as level;",
  });
  names(await applyAll());
  assert.deepEqual(await query("select level from a"), ["serializable"]);
});

test("a COMMIT that only the server sees is found before the file is recorded", async () => {
  const { applyAll, query, url } = await project({
    "1_a.sql": "create table a (); select 'x\\' '; commit; -- '\nselect 1;",
  });
  await query(`alter database "${new URL(url).pathname.slice(1)}" set standard_conforming_strings to off`);
  assert.match(failure(await applyAll()).message, /the file ended the transaction it runs in/);
  assert.deepEqual(await query(history), []);
});

test("settings of one file do not reach the next", async () => {
  const { applyAll, query } = await project({
    "1_a.sql": "create schema other; set search_path = other; set lock_timeout = 0;",
    "2_b.sql":
      "create table here (timeout text default current_setting('lock_timeout')); insert into here default values;",
  });
  names(await applyAll());
  assert.deepEqual(await query("select timeout from public.here"), ["100ms"]);
});

test("concurrent push: two migrators at once apply each file once", async () => {
  const { engine, query } = await project({
    ...users,
    "0002_slow.sql": "select pg_sleep(0.3); create table slow (id int);",
  });
  const { hash } = await engine().plan();
  const results = await Promise.all([engine().apply(hash), engine().apply(hash)]);
  assert.deepEqual(results.flatMap(names).toSorted(), ["0001_users.sql", "0002_slow.sql"]);
  assert.deepEqual(await query(history), ["0001_users.sql", "0002_slow.sql"]);
});

test("a lock that is not freed in time is reported with its holder", async () => {
  const { engine, url } = await project({ "1_slow.sql": "select pg_sleep(1)" });
  const { hash } = await engine().plan();
  const first = engine().apply(hash);
  await eventually("the first migrator holds the lock", async () => {
    const held = await query(url, "select 1 from pg_locks where locktype = 'advisory'");
    return held.length === 1;
  });
  const second = failure(await engine({ waitForLockMs: 1 }).apply(hash));
  assert.equal(second.reason, "migration-locked");
  assert.match(second.message, /session \d+ \(sluice, connected since/);
  names(await first);
});

test("nothing is applied under a plan that is not the approved one", async () => {
  const { engine, add, query } = await project(users);
  const { hash } = await engine().plan();
  await add({ "0002_more.sql": "create table more ()" });
  assert.equal(failure(await engine().apply(hash)).reason, "plan-changed");
  assert.deepEqual(await query("select to_regclass('users') is null"), [true]);
  const other = await project(users);
  assert.notEqual((await other.engine().plan()).hash, hash, "another database has another plan");
});

const problems: readonly [
  reason: string,
  change: (one: Awaited<ReturnType<typeof project>>) => Promise<void>,
  repair: RegExp,
][] = [
  [
    "migration-edited",
    ({ add }) => add({ "0001_users.sql": "create table people ();" }),
    /update public\.sluice_migrations set checksum/,
  ],
  ["migration-missing", ({ remove }) => remove("0001_users.sql"), /delete from public\.sluice_migrations/],
  ["migration-out-of-order", ({ add }) => add({ "0000_late.sql": "select 1" }), /Rename it to a number above/],
];

for (const [reason, change, repair] of problems) {
  test(`B97: ${reason}: nothing is applied, and the message says how to mend it`, async () => {
    const one = await project(users);
    names(await one.applyAll());
    await change(one);
    await one.add({ "0005_next.sql": "create table next ()" });
    const status = await one.engine().status();
    assert.deepEqual(
      status.problems.map((problem) => problem.reason),
      [reason],
    );
    assert.match(status.problems[0]?.message ?? "", repair);
    assert.equal(failure(await one.applyAll()).reason, reason);
    assert.deepEqual(await one.query("select to_regclass('next') is null"), [true]);
  });
}

test("the repair command for an edited file works as printed", async () => {
  const one = await project(users);
  names(await one.applyAll());
  await one.add({ "0001_users.sql": `-- said better\n${users["0001_users.sql"]}` });
  const [problem] = (await one.engine().status()).problems;
  await one.query(problem?.message.match(/update .*;/)?.[0] ?? assert.fail("no command"));
  assert.deepEqual((await one.engine().status()).problems, []);
});

test("behind a reader it gives way again and again, and others wait no longer than the lock timeout", async () => {
  const { applyAll, add, url } = await project(users);
  names(await applyAll());
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("begin; select count(*) from users");
  const traffic = new pg.Client({ connectionString: url });
  await traffic.connect();
  let stopped = false;
  const requests = (async () => {
    while (!stopped) {
      await traffic.query("select count(*) from users");
      await delay(5);
    }
  })();
  await add({ "0002_alter.sql": "alter table users add column note text;" });
  const applying = applyAll();
  await delay(2_000);
  await reader.query("commit");
  const result = await applying;
  stopped = true;
  await requests;
  await Promise.all([reader.end(), traffic.end()]);
  assert.equal(result.outcome, "applied");
  assert.ok((result.applied[0]?.lockRetries ?? 0) > 0, "the reader made it give way");
  assert.ok((result.longestStallMs ?? 0) > 0, "the traffic behind it was seen waiting");
});

test("lock timeout: gives up after its time, says who to look for, and leaves nothing", async () => {
  const { applyAll, add, url } = await project(users);
  names(await applyAll());
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("begin; select count(*) from users");
  await add({ "0002_alter.sql": "alter table users add column note text;" });
  const result = failure(await applyAll({ retryForMs: 300, lockTimeoutMs: 20 }));
  await reader.end();
  assert.equal(result.reason, "lock-not-available");
  assert.match(result.message, /attempts of 20 ms.*pg_stat_activity/);
  names(await applyAll());
});

const createIndex = "create unique index concurrently users_email on users (email);";

test("an index is built concurrently, outside of a transaction", async () => {
  const { applyAll, query } = await project({ ...users, "0002_index.sql": `-- quick lookup\n${createIndex}` });
  assert.deepEqual(names(await applyAll()), ["0001_users.sql", "0002_index.sql"]);
  assert.deepEqual(await query("select indisvalid from pg_index where indexrelid = 'users_email'::regclass"), [true]);
});

test("a SET in front of an index build that the server refuses is the file's failure, with its place", async () => {
  const { applyAll } = await project({ ...users, "0002_index.sql": `set no_such_setting = 1;\n${createIndex}` });
  assert.match(failure(await applyAll()).message, /0002_index\.sql:1:1: .*SQLSTATE 42704/);
});

test("an index that fails to build is removed again, and built by the next run once the data allow", async () => {
  const { applyAll, add, query } = await project({
    ...users,
    "0002_rows.sql": "insert into users values (1, 'a'), (2, 'a');",
  });
  await add({ "0003_index.sql": createIndex });
  assert.match(failure(await applyAll()).message, /SQLSTATE 23505/);
  assert.deepEqual(await query("select to_regclass('users_email') is null"), [true]);
  await query("delete from users where id = 2");
  assert.deepEqual(names(await applyAll()), ["0003_index.sql"]);
});

test("invalid unique index: one left by somebody else's attempt is replaced, not taken for the real one", async () => {
  const { applyAll, query, add } = await project({
    ...users,
    "0002_rows.sql": "insert into users values (1, 'a'), (2, 'a');",
  });
  names(await applyAll());
  await assert.rejects(query(createIndex));
  await query("delete from users where id = 2");
  await add({ "0003_index.sql": createIndex.replace("concurrently", "concurrently if not exists") });
  const ports = quietPorts();
  assert.deepEqual(names(await applyAll({}, ports)), ["0003_index.sql"]);
  assert.ok(ports.lines.some((line) => /Dropped the invalid index public\.users_email/.test(line)));
  assert.deepEqual(await query("select indisvalid from pg_index where indexrelid = 'users_email'::regclass"), [true]);
});

test("an index of that name that is there already is an error, not a success", async () => {
  const { applyAll, query, add, engine } = await project(users);
  names(await applyAll());
  await query("create index users_email on users (id)");
  await add({ "0002_note.sql": "comment on table users is 'people';", "0003_index.sql": createIndex });
  // What stands in front might drop it, so there only the server can say.
  assert.match(failure(await applyAll()).message, /SQLSTATE 42P07.*nothing of it was left/);
  const [problem] = (await engine().plan()).problems;
  assert.equal(problem?.reason, "migration-half-applied");
  assert.match(problem?.message ?? "", /public\.users_email is there already \(CREATE INDEX .*\(id\)\)/);
});

test("$$;$$ bodies: semicolons in bodies, strings and comments are left alone", async () => {
  const { applyAll, query } = await project({
    "1_bodies.sql": `
      create table log (line text);
      do $$ begin insert into log values ('a;b'); insert into log values ('commit;'); end $$;;
      create function f() returns text language plpgsql as $body$ begin return '$$;$$'; end; $body$;
      create function g() returns int begin atomic select 1; select case when true then 2 end; end;
      /* commit; /* nested; */ rollback; */ -- begin;
      insert into log values (E'it\\'s; begin'), ('b\\'), (f()), (g()::text);
      create view "odd;name" as select $tag$ ; $$ ; $tag$::text as t;`,
  });
  names(await applyAll());
  assert.deepEqual(await query("select line from log"), ["a;b", "commit;", "it's; begin", "b\\", "$$;$$", "2"]);
});

const refusedFiles: readonly [title: string, file: string, sql: string, place: string][] = [
  ["COMMIT of its own", "1_a.sql", "create table a ();\n  commit;", ":2:3: COMMIT"],
  ["BEGIN of its own", "1_a.sql", "begin;\nselect 1;", ":1:1: BEGIN"],
  ["psql command", "1_a.sql", "select 1;\n\\copy a from b", ":2:1: "],
  ["COPY FROM STDIN", "1_a.sql", "copy a from stdin;\n1\n\\.", ":1:1: |:3:1: "],
  ["a command on the server's machine", "1_a.sql", "copy a from program 'id'", ":1:1: COPY ... PROGRAM"],
  ["a command in psql's way", "1_a.sql", "\\! id", ":1:1: "],
  ["a body without an end", "1_a.sql", "select 1;\ndo $$ begin", ":2:4: "],
  ["CONCURRENTLY beside another statement", "1_a.sql", `select 1;\n${createIndex}`, ":2:1: "],
  ["index without a name", "1_a.sql", "create index concurrently on users (email)", ":1:1: "],
  ["string without an end", "1_a.sql", "select\n 'open", ":2:2: "],
  ["no number", "first.sql", "", "does not begin with its number"],
  ["two files with one number", "01_b.sql", "", "have the same number"],
];

for (const [title, file, sql, place] of refusedFiles) {
  test(`B97: refused before the database is touched: ${title}`, async () => {
    const { applyAll, query } = await project({ [file]: sql, ...(file === "01_b.sql" && users) });
    await assert.rejects(applyAll(), (error) => error instanceof InputError && new RegExp(place).test(error.message));
    assert.deepEqual(await query("select count(*)::int from pg_tables where schemaname = 'public'"), [0]);
  });
}

test("B97: an empty file, one of comments only and one with a byte order mark are applied and recorded", async () => {
  const { applyAll, query } = await project({
    "1_empty.sql": "",
    "2_comments.sql": "-- nothing yet\n/* ; */\n;;",
    "3_mark.sql": "\ufeffcreate table marked ();",
  });
  assert.deepEqual(names(await applyAll()), ["1_empty.sql", "2_comments.sql", "3_mark.sql"]);
  assert.deepEqual(await query(history), ["1_empty.sql", "2_comments.sql", "3_mark.sql"]);
  assert.deepEqual(await query("select to_regclass('marked') is not null"), [true]);
});

test("B97: ALTER TYPE ... ADD VALUE is applied; a file that uses the value at once leaves nothing, and names the place", async () => {
  const { applyAll, add, query } = await project({ "1_type.sql": "create type mood as enum ('sad');" });
  names(await applyAll());
  await add({ "2_value.sql": "alter type mood add value 'calm';\nselect 'calm'::mood;" });
  assert.match(failure(await applyAll()).message, /2_value\.sql:2:8: .*SQLSTATE 55P04.*rolled back as a whole/);
  const values = "select enumlabel from pg_enum order by enumsortorder";
  assert.deepEqual(await query(values), ["sad"]);
  await add({ "2_value.sql": "alter type mood add value 'calm';", "3_use.sql": "select 'calm'::mood;" });
  assert.deepEqual(names(await applyAll()), ["2_value.sql", "3_use.sql"]);
});

test("savepoints are a file's own business", async () => {
  const { applyAll } = await project({
    "1_a.sql": "create table a (); savepoint s; drop table a; rollback to savepoint s; release s;",
  });
  names(await applyAll());
});

const refusedUrls: readonly [url: string, message: RegExp][] = [
  ["postgresql://u:p@db.example.org:6543/app", /transaction pooler.*port 5432/],
  ["postgresql://u:p@db.example.org/app?pgbouncer=true", /transaction pooler/],
  ["mysql://u:p@db.example.org/app", /starts with mysql:/],
  ["db.example.org/app", /is not a URL/],
  ["postgresql://u:p@db.example.org", /names no database/],
];

for (const [url, message] of refusedUrls) {
  test(`B73: refused address: ${url}`, () => {
    assert.throws(
      () => sqlEngine({ directory: databases.scratch, url }, quietPorts()),
      (error) => {
        return error instanceof InputError && message.test(error.message);
      },
    );
  });
}

test("a wrong password and a server that is away are told apart, and neither shows the password", async () => {
  const wrong = new URL(databases.server.url);
  wrong.password = "not-this-one";
  const away = new URL(wrong);
  away.port = "1";
  const ask = async (url: URL) => {
    const error = await sqlEngine({ directory: databases.scratch, url: url.href }, quietPorts())
      .status()
      .catch((e: unknown) => e);
    assert.ok(error instanceof ProviderError, String(error));
    assert.doesNotMatch(error.message, /not-this-one/);
    return [error.status, error.retryable];
  };
  assert.deepEqual(await ask(wrong), ["28P01", false]);
  assert.deepEqual(await ask(away), ["ECONNREFUSED", true]);
});

test("cancelling ends the session that migrates; nothing of the file is left", async () => {
  const { applyAll, query, url } = await project({
    ...users,
    "0002_long.sql": "create table half (); select pg_sleep(30);",
  });
  const cancel = new AbortController();
  const applying = applyAll({}, quietPorts({ cancelled: cancel.signal }));
  const sleeping = "select 1 from pg_stat_activity where application_name = 'sluice' and wait_event = 'PgSleep'";
  await eventually("the second file runs", async () => (await query(sleeping)).length === 1);
  cancel.abort();
  const result = failure(await applying);
  assert.equal(result.reason, "cancelled");
  assert.equal(result.failed, "0002_long.sql");
  const sessions = `select pid from pg_stat_activity where application_name like 'sluice%' and datname = '${new URL(url).pathname.slice(1)}'`;
  assert.deepEqual(await query(sessions), []);
  assert.deepEqual(await query("select to_regclass('half') is null"), [true]);
  assert.deepEqual(await query(history), ["0001_users.sql"]);
});

test("F30: a statement that cannot be repeated blindly stays failed until a person looked", async () => {
  const { applyAll, add, engine, query } = await project(users);
  names(await applyAll());
  await add({ "0002_db.sql": "create database elsewhere" });
  await query("insert into sluice_migrations (name, checksum) values ('0002_db.sql', 'x')");
  const { problems } = await engine().status();
  assert.equal(problems[0]?.reason, "migration-failed");
  assert.match(problems[0]?.message ?? "", /Look whether it took effect.*insert into public\.sluice_migrations/);
});
