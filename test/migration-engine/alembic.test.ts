import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import { migrate } from "../../src/database-spec.ts";
import { InputError } from "../../src/failure.ts";
import { migrateDatabase } from "../../src/migrate-database.ts";
import { alembicEngine } from "../../src/migration-engine/alembic.ts";
import { revertMigrations } from "../../src/revert-migrations.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { alembicProject, python, revision, skip } from "./alembic-project.ts";
import { applyAll, eventually, type Files, failure, names, reasons, startDatabases, states } from "./database.ts";

const databases = await startDatabases("alembic");
after(() => databases.stop());

const table = (id: string, after: string | undefined, name: string) =>
  revision(
    id,
    after,
    `op.execute("create table ${name} (id int primary key, note text)")`,
    `op.execute("drop table ${name}")`,
  );

const autocommit = (sql: string) => `with op.get_context().autocommit_block(): op.execute("${sql}")`;

async function project(files: Files) {
  const made = await databases.project({ ...alembicProject, ...files });
  const { directory, url } = made;
  const engine = (options = {}, ports = quietPorts()) =>
    alembicEngine({ config: `${directory}/alembic.ini`, python, url, ...options }, ports);
  return { ...made, engine };
}

test("revisions are applied in order, and a downgrade means before this release, not one step", { skip }, async () => {
  const { directory, url, engine, add, query } = await project({ ...table("aaa", undefined, "one") });
  assert.deepEqual(await states(engine()), { aaa: "pending" });
  assert.deepEqual(names(await applyAll(engine())), ["aaa"]);
  await add({ ...table("bbb", "aaa", "two"), ...table("ccc", "bbb", "three") });
  const result = await applyAll(engine({ release: "77" }));
  assert.deepEqual(names(result), ["bbb", "ccc"]);
  assert.equal(result.before, "aaa");
  assert.deepEqual(await query("select version_num from alembic_version"), ["ccc"]);
  assert.deepEqual(await query("select before from sluice_alembic order by revision"), ["base", "aaa", "aaa"]);
  const step = { ...migrate.parse({ alembic: { config: "alembic.ini", python } }), url };
  const back = (before: string) => revertMigrations({ step, before, workspace: directory, ports: quietPorts() });
  await assert.rejects(back("-1"), /takes the revision from before the release/);
  const short = await back("aa");
  assert.match(short.message, /has no revision aa\. Write it whole.*Nothing was changed/);
  assert.match((await back("base+aaa")).message, /has no revision base\. .*Nothing was changed/);
  const reverted = await back(result.before ?? "");
  assert.deepEqual([reverted.verdict, reverted.reason], ["pass", "reverted"], reverted.message);
  assert.equal(reverted.message, "The database is back at aaa; it stood at ccc.");
  assert.deepEqual(await query("select version_num from alembic_version"), ["aaa"]);
  assert.deepEqual(await query("select to_regclass('two') is null and to_regclass('three') is null"), [true]);
  assert.deepEqual(await states(engine()), { aaa: "applied", bbb: "pending", ccc: "pending" });
});

test("a failing revision is named with the server's word; those before it stay, and the way back is printed", {
  skip,
}, async () => {
  const { engine, query } = await project({
    ...table("aaa", undefined, "one"),
    ...revision("bbb", "aaa", 'op.execute("create table half (id int)"); op.execute("select 1/0")'),
  });
  const result = failure(await applyAll(engine()));
  assert.equal(result.reason, "migration-failed");
  assert.equal(result.failed, "bbb");
  assert.match(result.message, /Revision bbb: division by zero \(SQLSTATE 22012\).*alembic downgrade base/);
  assert.deepEqual(await query("select to_regclass('half') is null and to_regclass('one') is not null"), [true]);
});

test("F30: what a failed or killed attempt wrote down says where its release began, also for the run that goes on", {
  skip,
}, async () => {
  const { engine, add, query } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  await add({ ...table("bbb", "aaa", "two"), ...revision("ccc", "bbb", 'op.execute("select 1/0")') });
  const first = failure(await applyAll(engine({ release: "7" })));
  assert.match(first.message, /To go back to before this release: alembic downgrade aaa$/);
  // As a killed attempt leaves it: nobody saw what Alembic applied.
  await query("update sluice_alembic set applied_at = null where revision = 'bbb'");
  const again = failure(await applyAll(engine({ release: "7" })));
  assert.deepEqual([again.applied.length, again.before], [0, "aaa"]);
  assert.match(again.message, /To go back to before this release: alembic downgrade aaa$/);
  await add(table("ccc", "bbb", "three"));
  const done = await applyAll(engine({ release: "8" }));
  assert.deepEqual([names(done), done.before], [["ccc"], "aaa"], "the release of before never ended");
  await add(table("ddd", "ccc", "four"));
  assert.equal((await applyAll(engine({ release: "9" }))).before, "ccc", "that one did");
});

test("B98: a database with two heads that a merge joins: the way back leads to both of them", { skip }, async () => {
  const { engine, add, query } = await project({ ...table("aaa", undefined, "one"), ...table("bbb", "aaa", "two") });
  names(await applyAll(engine()));
  // What a colleague's branch had applied before the two were merged.
  await query("create table three (id int); insert into alembic_version values ('ccc')");
  const merge = revision("mmm", undefined, 'op.execute("create table four ()")', 'op.execute("drop table four")');
  const joined = Object.entries(merge).map(([path, text]) => [
    path,
    text.replace("down_revision = None", 'down_revision = ("bbb", "ccc")'),
  ]);
  await add({ ...table("ccc", "aaa", "three"), ...Object.fromEntries(joined) });
  // Where nobody has applied either yet, each revision says its own SQL once.
  await query("delete from alembic_version; insert into alembic_version values ('aaa')");
  const all = await engine().plan();
  const said = (await engine().readSql?.(all.pending)) ?? [];
  assert.deepEqual(
    said.map((each) => ("sql" in each ? each.sql.match(/create table \w+/gi) : each.unread)),
    said.map(({ name }) => [
      `create table ${name.startsWith("mmm") ? "four" : name.startsWith("bbb") ? "two" : "three"}`,
    ]),
  );
  assert.equal(said.length, 3);
  await query("delete from alembic_version; insert into alembic_version values ('bbb'), ('ccc')");
  const plan = await engine().plan();
  assert.match(JSON.stringify(await engine().readSql?.(plan.pending)), /create table four/);
  const result = await engine().apply(plan.hash);
  assert.deepEqual([names(result), result.before], [["mmm"], "bbb+ccc"]);
  const reverted = await engine().revert?.("bbb+ccc");
  assert.equal(reverted?.outcome, "applied", JSON.stringify(reverted));
  assert.deepEqual(await query("select version_num from alembic_version order by 1"), ["bbb", "ccc"]);
  assert.deepEqual(await query("select to_regclass('four') is null"), [true]);
});

test("B98: two heads are refused with the command that merges them; edited and missing revisions with theirs", {
  skip,
}, async () => {
  const { engine, add, remove, query } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  await add({ ...table("bbb", "aaa", "two"), ...table("ccc", "aaa", "three") });
  const heads = failure(await applyAll(engine()));
  assert.equal(heads.reason, "migration-heads");
  assert.match(heads.message, /2 heads.*alembic merge -m "merge heads" (?:bbb ccc|ccc bbb)/);
  await remove("migrations/versions/ccc_change.py");
  await add(table("aaa", undefined, "other"));
  const edited = failure(await applyAll(engine()));
  assert.equal(edited.reason, "migration-edited");
  await query(edited.message.match(/update .*;/)?.[0] ?? assert.fail(edited.message));
  assert.deepEqual(await reasons(engine()), []);
  await query("update alembic_version set version_num = 'zzz'");
  assert.deepEqual(await reasons(engine()), ["migration-missing"]);
});

test("behind a reader it gives way and tries again; traffic waits no longer than the lock timeout", {
  skip,
}, async () => {
  const { engine, add, url } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  await add(revision("bbb", "aaa", 'op.execute("alter table one add column more text")'));
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("begin; select * from one");
  const watcher = new pg.Client({ connectionString: url });
  await watcher.connect();
  const applying = applyAll(engine());
  const waiting =
    "select 1 from pg_stat_activity where application_name like 'sluice tool %' and wait_event_type = 'Lock'";
  await eventually("Alembic waits for its lock", async () => (await watcher.query(waiting)).rowCount === 1);
  await eventually("it gives way", async () => (await watcher.query(waiting)).rowCount === 0);
  await reader.query("commit");
  await Promise.all([reader.end(), watcher.end()]);
  const result = await applying;
  assert.deepEqual(names(result), ["bbb"]);
  assert.notEqual(result.outcome === "applied" && result.longestStallMs, undefined, "its sessions were seen");
});

test("an invalid index of a failed concurrent build is dropped, and built by the next run", { skip }, async () => {
  const { engine, add, query } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  await query("insert into one values (1, 'x'), (2, 'x')");
  await add(
    revision(
      "bbb",
      "aaa",
      'with op.get_context().autocommit_block(): op.execute("create unique index concurrently one_note on one (note)")',
    ),
  );
  assert.match(failure(await applyAll(engine())).message, /23505/);
  assert.deepEqual(await query("select count(*)::int from pg_index where not indisvalid"), [0]);
  await query("delete from one where id = 2");
  assert.deepEqual(names(await applyAll(engine())), ["bbb"]);
});

test("an env.py that connects elsewhere is found out before anything is applied", { skip }, async () => {
  const other = await databases.project();
  const { engine } = await project({
    ...table("aaa", undefined, "one"),
    "migrations/env.py": (alembicProject["migrations/env.py"] ?? "").replace(
      'os.environ["DATABASE_URL"]',
      JSON.stringify(other.url),
    ),
  });
  await assert.rejects(
    applyAll(engine()),
    (error) => error instanceof InputError && /connects to another database/.test(error.message),
  );
});

test("cancelling ends Alembic and its session; nothing of the revision is left", { skip }, async () => {
  const cancel = new AbortController();
  const { engine, query } = await project(
    revision("aaa", undefined, 'op.execute("create table half (id int)"); op.execute("select pg_sleep(60)")'),
  );
  const applying = applyAll(engine({}, quietPorts({ cancelled: cancel.signal })));
  const asleep =
    "select 1 from pg_stat_activity where application_name like 'sluice tool %' and wait_event = 'PgSleep'";
  await eventually("the revision runs", async () => (await query(asleep)).length === 1);
  cancel.abort();
  assert.equal(failure(await applying).reason, "cancelled");
  assert.deepEqual(await query(asleep), []);
  assert.deepEqual(await query("select to_regclass('half') is null"), [true]);
});

test("F30: cancelled in mid index build: the invalid index is named with its repair, and refused until it is gone", {
  skip,
}, async () => {
  const cancel = new AbortController();
  const { engine, add, url, query } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  const build = "create index concurrently if not exists one_note on one (note)";
  await add(revision("bbb", "aaa", `with op.get_context().autocommit_block(): op.execute("${build}")`));
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  await writer.query("begin; insert into one values (1)");
  const applying = applyAll(engine({ lockTimeoutMs: 20_000 }, quietPorts({ cancelled: cancel.signal })));
  const invalid = "select from pg_index where not indisvalid and indexrelid = to_regclass('one_note')";
  await eventually("the index is being built", async () => (await query(invalid)).length === 1);
  cancel.abort();
  const result = failure(await applying);
  await writer.end();
  assert.equal(result.reason, "cancelled");
  const repair = /drop index concurrently [^;]+/.exec(result.message)?.[0] ?? assert.fail(result.message);
  assert.deepEqual(await reasons(engine()), ["index-invalid"]);
  await query(repair);
  assert.deepEqual(await reasons(engine()), []);
});

test("what a revision does to the version that serves is read before it runs; one that asks the database first is told apart", {
  skip,
}, async () => {
  const project = await databases.project({ ...alembicProject, ...table("aaa", undefined, "users") });
  const ports = quietPorts();
  const keys = { alembic: { config: "alembic.ini", python } };
  const migrated = (more: object = {}) => {
    const step = { ...migrate.parse({ ...keys, ...more }), url: project.url };
    return migrateDatabase({ step, workspace: project.directory, ports });
  };
  assert.equal((await migrated()).reason, "migrated");
  const check =
    "alter table users add constraint known check (id > 0) not valid; alter table users validate constraint known";
  await project.add(revision("bbb", "aaa", `op.drop_column("users", "note"); op.execute("${check}")`));
  const moved = await migrated();
  assert.deepEqual([moved.verdict, moved.reason], ["pass", "schema-moved-on"], moved.message);
  for (const told of [/bbb_change\.py: drop-column/, /bbb_change\.py: validate-under-lock/])
    assert.ok(ports.lines.some((line) => told.test(line)));
  const asks = 'assert op.get_bind().exec_driver_sql("select count(*) from users").scalar() == 0';
  await project.add(revision("ccc", "bbb", asks));
  const unknown = await migrated();
  assert.deepEqual([unknown.verdict, unknown.reason], ["pass", "schema-moved-on"], unknown.message);
  assert.ok(ports.lines.some((line) => /ccc_change\.py: opaque: .*cannot be read before it runs/.test(line)));
  await project.add(revision("ddd", "ccc", asks));
  const promised = await migrated({ "old-version": "works" });
  assert.deepEqual([promised.verdict, promised.reason], ["pass", "migrated"], promised.message);
});

test("a way back that a revision does not have leaves the database where it was, and no file of SQL has one", {
  skip,
}, async () => {
  const { directory, url, engine, query } = await project({
    ...table("aaa", undefined, "one"),
    ...revision("bbb", "aaa", "pass", 'op.execute("drop table one"); op.execute("select 1/0")'),
  });
  names(await applyAll(engine()));
  const step = { ...migrate.parse({ alembic: { config: "alembic.ini", python } }), url };
  const back = { before: "aaa", workspace: directory, ports: quietPorts() };
  const failed = await revertMigrations({ step, ...back });
  assert.equal(failed.reason, "migration-not-reverted");
  assert.match(failed.message, /left the database at bbb: .*division by zero/);
  assert.deepEqual(await query("select to_regclass('one') is not null"), [true]);
  const files = { ...migrate.parse({ sql: { directory: "migrations" } }), url };
  await assert.rejects(revertMigrations({ step: files, ...back }), /The sql engine cannot go back/);
});

test("revisions are rehearsed as the SQL they say; one that asks the database first is not, and says why", {
  skip,
}, async () => {
  const { engine, add, query } = await project({ ...table("aaa", undefined, "one") });
  names(await applyAll(engine()));
  const alter = 'op.execute("alter table one alter column id type bigint")';
  await add({
    ...revision("bbb", "aaa", alter),
    ...revision("ccc", "bbb", 'op.execute("create index note on one (note)")'),
    ...revision("eee", "ccc", `${autocommit("create index concurrently id on one (id)")}\n    ${alter}`),
  });
  const rehearsal = await engine().rehearse?.(databases.server.adminUrl);
  if (rehearsal?.outcome !== "rehearsed") assert.fail(JSON.stringify(rehearsal));
  assert.equal(rehearsal.failure, undefined);
  assert.deepEqual(
    rehearsal.files.map(({ name, locks }) => [name, locks.map((lock) => [lock.relation, lock.mode, lock.rewritten])]),
    [
      ["bbb_change.py", [["public.one", "AccessExclusiveLock", true]]],
      ["ccc_change.py", [["public.one", "ShareLock", false]]],
      ["eee_change.py", []],
      ["eee_change.py", [["public.one", "AccessExclusiveLock", false]]],
    ],
  );
  assert.deepEqual(await query("select version_num from alembic_version"), ["aaa"], "production is where it was");
  await add(revision("ddd", "eee", 'op.get_bind().execute(text("select 1")).scalar()'));
  const unread = await engine().rehearse?.(databases.server.adminUrl);
  assert.match(JSON.stringify(unread), /"not-rehearsed","why":"ddd_change\.py: It cannot be read before it runs/);
});
