import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import pg from "pg";
import { InputError } from "../../src/failure.ts";
import { supabaseEngine } from "../../src/migration-engine/supabase.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, type Files, failure, names, reasons, startDatabases, states, writeFiles } from "./database.ts";
import { part } from "./parts.ts";

const databases = await startDatabases("supabase");
after(() => databases.stop());

async function project(files: Files) {
  const made = await databases.project(files);
  const engine = (options = {}) =>
    supabaseEngine({ directory: made.directory, url: made.url, ...options }, quietPorts());
  return { ...made, engine };
}

const first: Files = {
  "20240101000000_first.sql": "create table a (id int);\nalter table a enable row level security;\n",
};
const history = "select version, name, statements from supabase_migrations.schema_migrations order by version";

/** Every way the CLI's split could differ from ours. */
const odd: Files = {
  "20240101000000_first.sql":
    "-- lead; comment\ncreate table a (id int primary key, t text default 'x;y');\n\n\ncreate function f() returns int " +
    "language plpgsql as $$ begin return 1; end; $$;\ncreate function g(a int) returns int language sql begin atomic " +
    "select case when a > 1 then 2 else 3 end; select 4; end;\ninsert into a values (1, E'it\\'s; ok');\n" +
    "/* block ; /* nested ; */ */ select 1;;\n ;\nselect (1);\n-- trailing comment\n",
  "20240102000000_bom.sql": "\ufeffselect 1; select $tag$;$tag$",
  "20240103000000_comment.sql": "-- only a comment\n",
  "20240104000000_empty.sql": "",
  "20240105000000_begin.sql": "begin;\ncreate table tx (id int);\ncommit;\n",
  "20240106000000_quotes.sql":
    '/* x */ ;\ncreate table "odd;name" (id int); -- after; it\ninsert into "odd;name" select (1); ' +
    "select U&'d\\0061t;a', B'01', E'\\\\', '\\';\ncreate policy p on \"odd;name\" using ((select true) or (id > (1)));\n",
  "20240107000000_crlf.sql": "create table crlf (id int);\r\n\r\nselect 1;\r\n-- end\r\n",
  "20240108000000_body.sql": "do $body$ begin perform '$$;$$'; end $body$",
  "20240109000000_index.sql": "create index concurrently a_t on a (t);",
};

const cli = part("supabase");

test("the history is, byte for byte, the one the Supabase CLI writes", { skip: cli.skip }, async () => {
  const ours = await project(odd);
  const theirs = await databases.project();
  assert.equal(names(await applyAll(ours.engine())).length, Object.keys(odd).length);
  await supabase(["db", "push", "--yes"], odd, theirs.url);
  assert.deepEqual(await ours.rows(history), await theirs.rows(history));
  const columns =
    "select column_name, data_type, is_nullable from information_schema.columns where table_name = 'schema_migrations' order by ordinal_position";
  assert.deepEqual(await ours.rows(columns), await theirs.rows(columns));
  // Each takes the other's history for its own.
  assert.match(await supabase(["db", "push", "--yes"], odd, ours.url), /up to date/i);
  const seen = supabaseEngine({ directory: ours.directory, url: theirs.url }, quietPorts());
  assert.deepEqual(new Set(Object.values(await states(seen))), new Set(["applied"]));
  assert.deepEqual(await reasons(seen), []);
});

/** Runs the real CLI on a project of its own. */
async function supabase(args: readonly string[], files: Files, url: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-supabase-cli-"));
  try {
    await writeFiles(path.join(folder, "supabase/migrations"), files);
    const env = { PATH: process.env["PATH"], HOME: folder, SUPABASE_TELEMETRY_DISABLED: "1", CI: "1" };
    const program = `${cli.folder}node_modules/.bin/supabase`;
    const { stdout, stderr } = await promisify(execFile)(program, [...args, "--remote", url], { cwd: folder, env });
    return stdout + stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("concurrent push, which applies one file twice with the CLI: each file is applied once", async () => {
  const { engine, query } = await project({
    ...first,
    "20240102000000_next.sql": "create table b (id int); select pg_sleep(0.3)",
  });
  const results = await Promise.all([applyAll(engine()), applyAll(engine())]);
  assert.deepEqual(results.flatMap((result) => names(result)).sort(), [
    "20240101000000_first.sql",
    "20240102000000_next.sql",
  ]);
  assert.deepEqual(await query("select count(*)::int from supabase_migrations.schema_migrations"), [2]);
});

test("an edited file, which the CLI calls up to date, is refused; the printed command accepts it", async () => {
  const { engine, add, query } = await project(first);
  names(await applyAll(engine()));
  await add({ "20240101000000_first.sql": "create table other (id int);" });
  const result = failure(await applyAll(engine()));
  assert.equal(result.reason, "migration-edited");
  await query(result.message.match(/update .*;/)?.[0] ?? assert.fail(result.message));
  assert.deepEqual(await reasons(engine()), []);
});

test("only white space and semicolons changed is not an edit; a row without statements says nothing", async () => {
  const { engine, add, query } = await project(first);
  names(await applyAll(engine()));
  await add({
    "20240101000000_first.sql": "create table a (id int)\n;\n\n\nalter table a   enable row level security",
  });
  assert.deepEqual(await reasons(engine()), []);
  await query("update supabase_migrations.schema_migrations set statements = null");
  await add({ "20240101000000_first.sql": "something else entirely" });
  assert.deepEqual(await reasons(engine()), []);
});

test("a history of the CLI's first years, without names and statements, is read and grows", async () => {
  const { engine, query, add } = await project(first);
  await query(
    "create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key); " +
      "insert into supabase_migrations.schema_migrations values ('20240101000000')",
  );
  await add({ "20240102000000_next.sql": "create table b (id int)" });
  assert.deepEqual(await states(engine()), {
    "20240101000000_first.sql": "applied",
    "20240102000000_next.sql": "pending",
  });
  assert.deepEqual(names(await applyAll(engine())), ["20240102000000_next.sql"]);
  assert.deepEqual(await query("select name from supabase_migrations.schema_migrations order by version"), [
    null,
    "next",
  ]);
});

for (const [reason, change, repaired] of [
  ["migration-missing", "remove", "migration-missing"],
  ["migration-out-of-order", "older", "applied"],
] as const) {
  test(`${reason}: refused, with the command that mends it`, async () => {
    const { engine, add, remove, query } = await project({
      ...first,
      "20240102000000_next.sql": "create table b (id int)",
    });
    names(await applyAll(engine()));
    if (change === "remove") await remove("20240101000000_first.sql");
    else await add({ "20240101120000_late.sql": "create table late (id int)" });
    const { message, reason: found } = failure(await applyAll(engine()));
    assert.equal(found, reason);
    if (repaired === "applied")
      assert.deepEqual(names(await applyAll(engine({ outOfOrder: "apply" }))), ["20240101120000_late.sql"]);
    else {
      await query(message.match(/delete from .*;/)?.[0] ?? assert.fail(message));
      assert.deepEqual(await reasons(engine()), []);
    }
  });
}

test("a file half-applied by the CLI (CONCURRENTLY beside others) is named, and the printed ways out work", async () => {
  const { engine, add, query } = await project({
    ...first,
    "20240101500000_rows.sql": "insert into a values (1), (1)",
  });
  names(await applyAll(engine()));
  await add({
    "20240102000000_mixed.sql":
      "create index concurrently a_id on a (id);\ncreate unique index concurrently a_one on a (id);\nselect 1;",
  });
  // What the CLI leaves: its first statement committed, no row.
  await query("create index concurrently a_id on a (id)");
  const { reason, message } = failure(await applyAll(engine()));
  assert.equal(reason, "migration-half-applied");
  assert.match(message, /20240102000000_mixed\.sql.*public\.a_id is there already/);
  await query(message.match(/insert into .*?\);/)?.[0] ?? assert.fail(message));
  assert.equal((await states(engine()))["20240102000000_mixed.sql"], "applied");
});

test("several indexes in one file: what was built stays, the next run goes on after it", async () => {
  const { engine, add, query } = await project({
    ...first,
    "20240101500000_rows.sql": "insert into a values (1), (1)",
  });
  names(await applyAll(engine()));
  await add({
    "20240102000000_indexes.sql":
      "set maintenance_work_mem = '8MB';\ncreate index concurrently a_id on a (id);\ncreate unique index concurrently a_one on a (id);",
  });
  const result = failure(await applyAll(engine()));
  assert.match(result.message, /_indexes\.sql:3:1: .*23505.*statements before it took effect and stay/);
  assert.deepEqual(await query("select count(*)::int from pg_index where not indisvalid"), [0]);
  assert.deepEqual(await query("select version from supabase_migrations.sluice_begun"), ["20240102000000"]);
  await query("delete from a");
  const built = await query("select oid from pg_class where relname = 'a_id'");
  assert.deepEqual(names(await applyAll(engine())), ["20240102000000_indexes.sql"]);
  assert.deepEqual(await query("select oid from pg_class where relname = 'a_id'"), built, "it was not built twice");
  assert.deepEqual(await query("select version from supabase_migrations.sluice_begun"), []);
});

test("files the CLI would skip are skipped, and said; two of one version are refused", async () => {
  const { engine, add } = await project({ ...first, "notes.sql": "broken (", "README.md": "x" });
  assert.deepEqual(names(await applyAll(engine())), ["20240101000000_first.sql"]);
  await add({ "20240101000000_again.sql": "" });
  await assert.rejects(engine().status(), InputError);
});

test("what only the project's own tool can run is not rehearsed, and no reason to refuse it", async () => {
  const { engine, add } = await project(first);
  names(await applyAll(engine()));
  await add({ "20240102000000_both.sql": "create index concurrently i on a (id); create table b ();" });
  const rehearsal = await engine({ run: "supabase db push" }).rehearse?.(databases.server.adminUrl);
  assert.match(JSON.stringify(rehearsal), /"not-rehearsed","why":".*cannot run inside a transaction/);
});

test("F30: a tool of the project's own (`run`) is not let loose on an index that a killed run left invalid", async () => {
  const { engine, add, query, url } = await project(first);
  names(await applyAll(engine()));
  await query("insert into a values (1), (1)");
  const build = "create unique index concurrently if not exists a_one on a (id)";
  await assert.rejects(query(build));
  await add({ "20240102000000_index.sql": build });
  const byTool = engine({ run: "echo it ran; exit 1" });
  assert.deepEqual(await reasons(byTool), ["index-invalid"]);
  const { reason, message } = failure(await applyAll(byTool));
  assert.equal(reason, "index-invalid");
  assert.doesNotMatch(message, /it ran/);
  await query(/drop index concurrently [^;]+/.exec(message)?.[0] ?? assert.fail(message));
  assert.deepEqual(await reasons(byTool), []);
  // One of another role's is nothing that this login could mend.
  const admin = new pg.Client({
    connectionString: databases.server.adminUrl.replace(/[^/]*$/, new URL(url).pathname.slice(1)),
  });
  await admin.connect();
  await admin.query("create table others as select 1 as x from generate_series(1, 2)");
  await assert.rejects(admin.query("create unique index concurrently others_x on others (x)"));
  await admin.end();
  assert.deepEqual(await reasons(byTool), []);
});
