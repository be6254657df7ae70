import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alembicProject, python, revision, skip as withoutAlembic } from "../migration-engine/alembic-project.ts";
import { eventually, query, startDatabases } from "../migration-engine/database.ts";
import { part } from "../migration-engine/parts.ts";
import { openShop, runbook } from "./shop.ts";

/* Every engine once as its users have it: the built action, in a workflow of theirs, on a real server. */

const databases = await startDatabases("engines");
const shop = await openShop();
after(async () => {
  await shop.stop();
  await databases.stop();
});

const sql = "create table users (id int primary key);";
const script = `#!/usr/bin/env bash
set -euo pipefail
case "$1" in
  status) [ -f done ] && echo "applied 1" || echo "pending 1" ;;
  migrate) touch done ;;
esac
`;
const prisma = part("prisma");
const cli = part("supabase");

interface Engine {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly skip?: string | false;
  readonly env?: Readonly<Record<string, string>>;
  /** A query that gives true once it was applied; the table is looked for unless given. */
  readonly applied?: string;
}

const engines: readonly Engine[] = [
  { name: "sql", inputs: { sql: "{ directory: plain }" }, files: { "plain/0001_users.sql": sql } },
  {
    name: "supabase",
    inputs: { supabase: "{ directory: supabase/migrations }" },
    files: { "supabase/migrations/20240101000000_users.sql": sql },
  },
  {
    name: "supabase, by its own CLI",
    inputs: {
      supabase: `{ directory: supabase/migrations, run: '${cli.folder}node_modules/.bin/supabase db push --yes --remote "$DATABASE_ADDRESS"' }`,
    },
    files: {},
    skip: cli.skip,
    applied: "select count(*) = 1 from supabase_migrations.schema_migrations",
  },
  {
    name: "prisma",
    inputs: { prisma: "{ directory: prisma/migrations }" },
    files: { "prisma/migrations/20240101000000_users/migration.sql": sql },
  },
  {
    name: "prisma, by its own schema engine",
    inputs: { prisma: "{ directory: prisma/migrations, engine: schema-engine }" },
    files: {},
    skip: prisma.skip,
    env: { NODE_PATH: `${prisma.folder}node_modules` },
    applied: "select count(*) = 1 from _prisma_migrations where finished_at is not null",
  },
  {
    name: "alembic",
    inputs: { alembic: `{ config: alembic.ini, python: ${python} }` },
    files: { ...alembicProject, ...revision("aaa", undefined, `op.execute("""${sql}""")`) },
    skip: withoutAlembic,
  },
  {
    name: "command",
    inputs: { command: "bash ./migrate-database.sh", "old-version": "works" },
    files: { "migrate-database.sh": script },
    applied: "select true",
  },
];

for (const { name, inputs, files, skip = false, env = {}, applied } of engines)
  test(`${name}: the action applies what is pending, and finds nothing more the next time`, { skip }, async () => {
    for (const [file, text] of Object.entries(files)) shop.write(file, text);
    const { url } = await databases.project();
    const run = () => shop.run("migrate", { inputs: { record: "none", "database-url": url, ...inputs }, env });
    const first = await run();
    assert.deepEqual([first.code, first.outputs["reason"]], [0, "migrated"], first.visible);
    assert.deepEqual(await query(url, applied ?? "select to_regclass('users') is not null"), [true]);
    const second = await run();
    assert.deepEqual([second.code, second.outputs["reason"]], [0, "nothing-pending"], second.visible);
    assert.doesNotMatch(first.visible + second.visible, new RegExp(new URL(url).password));
  });

test("whoever approves a command reads what becomes of the way back, where the release begins and where they are asked", async () => {
  const { url } = await databases.project();
  shop.write("migrate-database.sh", script);
  const stage = "    approve: { by: [cto] }\n    migrate: { command: bash ./migrate-database.sh }\n    deploy:";
  shop.write(
    ".github/asking.yml",
    runbook.replace("stages:", "people: { cto: [ada] }\nstages:").replace("    deploy:", stage),
  );
  const inputs = { ...shop.inputs, environment: "asks", runbook: ".github/asking.yml", "database-url": url };
  const said =
    /Stage release applies what `bash \.\/migrate-database\.sh migrate` says is pending then, .* no way back: nobody can read/;
  const planned = await shop.run("plan", { runId: 5, inputs });
  assert.equal(planned.code, 0, planned.visible);
  const needs = JSON.stringify({ preflight: { result: "success", outputs: { preflight: "pass" } } });
  const asked = await shop.run("watch", { runId: 5, inputs: { ...inputs, needs } });
  assert.deepEqual([asked.code, asked.outputs["reason"]], [5, "awaiting-approval"], asked.visible);
  for (const { outputs } of [planned, asked]) assert.match(JSON.parse(outputs["evidence"] ?? "{}").message, said);
});

test("what a release brought is taken back by the input `revert`; cancelled in the middle, it is still there", {
  skip: withoutAlembic,
}, async () => {
  const { url } = await databases.project();
  const write = (seconds: number) => {
    const down = `op.execute("drop table users"); op.execute("select pg_sleep(${seconds})")`;
    const files = { ...alembicProject, ...revision("aaa", undefined, `op.execute("""${sql}""")`, down) };
    for (const [file, text] of Object.entries(files)) shop.write(`back/${file}`, text);
  };
  const given = { record: "none", "database-url": url, alembic: `{ config: back/alembic.ini, python: ${python} }` };
  const run = (inputs = {}, more = {}) => shop.run("migrate", { inputs: { ...given, ...inputs }, ...more });
  write(600);
  const applied = await run();
  assert.equal(JSON.parse(applied.outputs["evidence"] ?? "{}").evidence.result.before, "base", applied.visible);

  const asleep = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
  const cancelAfter = () => eventually("the table is taken back", async () => (await query(url, asleep)).length > 0);
  const cancelled = await run({ revert: "base" }, { cancelAfter });
  assert.deepEqual([cancelled.code, cancelled.outputs["reason"]], [1, "cancelled"], cancelled.visible);
  assert.match(cancelled.visible, /cancelled while migrations were applied or taken back/);
  const state = "select version_num || coalesce(to_regclass('users')::text, '') from alembic_version";
  assert.deepEqual([await query(url, state), await query(url, asleep)], [["aaausers"], []]);

  // Edited since, which a migration would refuse and a way back does not ask.
  write(0);
  const back = await run({ revert: "base" });
  assert.deepEqual([back.code, back.outputs["reason"]], [0, "reverted"], back.visible);
  assert.match(back.visible, /The database is back at base; it stood at aaa\./);
  assert.deepEqual(await query(url, "select to_regclass('users')::text"), [null]);
});

const unfit: readonly [title: string, inputs: Readonly<Record<string, string>>, said: RegExp][] = [
  ["a step back", { revert: "-1", alembic: "{ config: alembic.ini }" }, /takes the revision from before the release/],
  ["files that cannot go back", { revert: "aaa", sql: "{ directory: plain }" }, /The sql engine cannot go back/],
  ["no engine of its own", { revert: "aaa" }, /counts only where the step runs alone/],
  ["a release", { revert: "aaa", record: "", sql: "{ directory: plain }" }, /record: none/],
];
for (const [title, inputs, said] of unfit)
  test(`the input \`revert\` is refused for ${title}`, async () => {
    const given = { record: "none", "database-url": "postgres://nobody@127.0.0.1:1/none", ...inputs };
    const run = await shop.run("migrate", { inputs: { ...shop.inputs, ...given } });
    assert.equal(run.code, 2, run.visible);
    assert.match(run.visible, said);
  });
