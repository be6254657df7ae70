import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { migrate } from "../../src/database-spec.ts";
import { migrateDatabase } from "../../src/migrate-database.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { applyAll, type Files, names, startDatabases } from "../migration-engine/database.ts";
import { quietPorts } from "./quiet-ports.ts";

const databases = await startDatabases("rehearse");
after(() => databases.stop());

const first: Files = {
  "1_users.sql":
    "create table users (id int primary key, email text not null); create table orders (id int primary key, who int);",
};

/** A database that has rows and the first migration, and a folder with more. */
async function project(more: Files) {
  const made = await databases.project(first);
  const engine = () => sqlEngine({ directory: made.directory, url: made.url }, quietPorts());
  names(await applyAll(engine()));
  await made.query("insert into users select n, 'u' || n from generate_series(1, 1000) n");
  await made.query("analyze users");
  await made.add(more);
  return { ...made, engine };
}

test("says which locks pending files take on what is there, which rewrite it, and how large it is", async () => {
  const { engine, query } = await project({
    "2_add.sql": "alter table users add column note text;\ncreate table fresh (id int references users);",
    "3_widen.sql": "select 1;\nalter table users alter column id type bigint;",
    "4_index.sql": "create index orders_who on orders (who);",
    "5_own.sql": "alter table fresh add column more text;",
    "6_polite.sql": "create index concurrently users_email on users (email);",
  });
  const rehearsal = await engine().rehearse?.(databases.server.adminUrl);
  if (rehearsal?.outcome !== "rehearsed") assert.fail(JSON.stringify(rehearsal));
  const told = rehearsal.files.map(({ name, locks }) => [
    name,
    ...locks.map(
      (lock) =>
        `${lock.relation} ${lock.blocks}${lock.rewritten ? " rewritten" : ""} ${lock.place.split(":").slice(1).join(":")}`,
    ),
  ]);
  assert.deepEqual(told, [
    ["2_add.sql", "public.users reads and writes 1:1", "public.users writes 2:1"],
    ["3_widen.sql", "public.users reads and writes rewritten 2:1"],
    ["4_index.sql", "public.orders writes 1:1"],
    ["5_own.sql"],
    ["6_polite.sql"],
  ]);
  const held = rehearsal.files[0]?.locks.map(({ heldMs }) => heldMs) ?? [];
  assert.ok(
    (held[0] ?? 0) > (held[1] ?? 0) && (held[1] ?? 0) > 0,
    "both end with the file, and the first began before",
  );
  assert.equal(rehearsal.sizes["public.users"]?.rows, 1000);
  assert.ok(rehearsal.sameMajor);
  assert.deepEqual(await query("select to_regclass('fresh') is null"), [true], "production was only read");
  assert.deepEqual(
    await query("select datname from pg_database where datname like 'sluice_scratch_%'"),
    [],
    "the scratch database is gone",
  );
});

/** As the runbook has it, with the references resolved. */
const step = (directory: string, resolved: object) => ({
  ...migrate.parse({ sql: { directory: path.basename(directory) }, rehearse: true, lint: "report" }),
  ...resolved,
});

test("a file that fails on the copy is never tried on production", async () => {
  const { directory, url, query } = await project({ "2_fails.sql": "create table half (id int);\nselect broken();" });
  const scratch = databases.server.adminUrl;
  const verdict = await migrateDatabase({
    step: step(directory, { url, scratch }),
    workspace: path.dirname(directory),
    ports: quietPorts(),
  });
  assert.equal(verdict.reason, "rehearsal-failed", verdict.message);
  assert.match(verdict.message, /2_fails\.sql:2:1: .*broken.*42883.*Nothing was applied/);
  assert.deepEqual(await query("select name from sluice_migrations"), ["1_users.sql"]);
});

test("a file that asks for rows of production says nothing on a copy that has none", async () => {
  const { directory, url, engine, query } = await project({
    "2_role.sql": "alter table orders add foreign key (who) references users;\ninsert into orders values (7, 1);",
  });
  const rehearsal = await engine().rehearse?.(databases.server.adminUrl);
  assert.match(
    JSON.stringify(rehearsal),
    /"not-rehearsed","why":"the copy has no rows, and .*2_role\.sql:2:1: .*23503/,
  );
  const verdict = await migrateDatabase({
    step: step(directory, { url, scratch: databases.server.adminUrl }),
    workspace: path.dirname(directory),
    ports: quietPorts(),
  });
  assert.equal(verdict.verdict, "pass", verdict.message);
  assert.deepEqual(await query("select who from orders"), [1]);
});

test("without a scratch server given, one is started; the locks stand in the log and in the evidence", async () => {
  const { directory, url } = await project({ "2_add.sql": "alter table users add column note text" });
  const ports = quietPorts();
  const verdict = await migrateDatabase({ step: step(directory, { url }), workspace: path.dirname(directory), ports });
  assert.equal(verdict.reason, "migrated", verdict.message);
  assert.ok(
    ports.lines.some((line) =>
      /AccessExclusiveLock on public\.users \(1000 rows, 1 MB in production\) keeps reads and writes waiting \(\d+ ms without rows\)/.test(
        line,
      ),
    ),
    ports.lines.join("\n"),
  );
  assert.match(JSON.stringify(verdict.evidence), /"rehearsal":\{"outcome":"rehearsed"/);
});
