import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alembicProject, python, revision, skip as withoutAlembic } from "../migration-engine/alembic-project.ts";
import { query, startDatabases } from "../migration-engine/database.ts";
import { part } from "../migration-engine/parts.ts";
import { openShop } from "./shop.ts";

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
