import { createHash } from "node:crypto";
import type { Client } from "pg";
import { type History, type HistoryRow, quoted, timingOf } from "../history.ts";
import type { MigrationFile } from "../migration-files.ts";

interface PrismaRow {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly logged: boolean;
}

/**
 * Prisma's own `_prisma_migrations`, read and written as its schema engine does: one row per attempt, the sha256 of the
 * file, `rolled_back_at` for attempts that no longer count. A row without `finished_at` stops every later deployment
 * (P3009). https://github.com/prisma/prisma-engines, sql_migration_persistence
 *
 * `schema` is the one that the database URL names.
 */
export function prismaHistory(schema: string): History {
  const table = `${identifier(schema)}."_prisma_migrations"`;
  const resolve = (how: "applied" | "rolled-back", name: string) => `npx prisma migrate resolve --${how} ${name}`;
  const isThere = async (client: Client) => {
    const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
    return rows[0]?.found === true;
  };
  return {
    table,
    repairs: {
      accept: (file) =>
        `update ${table} set checksum = ${quoted(file.checksum)} where migration_name = ${quoted(file.name)} and rolled_back_at is null;`,
      forget: (name) => `delete from ${table} where migration_name = ${quoted(name)};`,
      finished: ({ name }) => resolve("applied", name),
      again: (name) => resolve("rolled-back", name),
      reorder:
        "Rename its folder to a newer timestamp (git mv), or write `out-of-order: apply`, which is what prisma migrate deploy does.",
    },
    read: async (client) => {
      if (!(await isThere(client))) return [];
      const { rows } = await client.query<PrismaRow>(
        `select migration_name as name, checksum, finished_at is not null as finished, coalesce(logs, '') <> '' as logged
         from ${table} where rolled_back_at is null order by started_at, migration_name`,
      );
      return newestByName(rows).map(
        (row): HistoryRow => ({
          name: row.name,
          state: row.finished ? "applied" : row.logged ? "failed" : "begun",
          fits: (file) => fits(file, row.checksum),
        }),
      );
    },
    refusal: async (client) => {
      if (await isThere(client)) return undefined;
      const { rows } = await client.query<{ name: string }>(
        `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind in ('r', 'p')
           and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
         order by 1 limit 3`,
        [schema],
      );
      if (rows.length === 0) return undefined;
      const message =
        `The schema "${schema}" has tables (${rows.map(({ name }) => name).join(", ")}) but no _prisma_migrations: ` +
        "nothing says which migrations made them. Record those that did (npx prisma migrate resolve --applied NAME, " +
        "once each), then run again: https://pris.ly/d/migrate-baseline";
      return { reason: "migration-baseline", message };
    },
    create: async (client) => {
      if (await isThere(client)) return;
      await client.query(`create schema if not exists ${identifier(schema)}`);
      await client.query(`
        create table ${table} (
          id varchar(36) primary key not null,
          checksum varchar(64) not null,
          finished_at timestamptz,
          migration_name varchar(255) not null,
          logs text,
          rolled_back_at timestamptz,
          started_at timestamptz not null default now(),
          applied_steps_count integer not null default 0
        )`);
    },
    begin: async (client, file) => {
      // An attempt with another text of the file does not count any more; Prisma would stop at its row for ever.
      await client.query(
        `update ${table} set rolled_back_at = clock_timestamp() where migration_name = $1 and checksum <> $2
         and finished_at is null and rolled_back_at is null`,
        [file.name, file.checksum],
      );
      await client.query(
        `insert into ${table} (id, checksum, migration_name, started_at)
         select gen_random_uuid()::text, $1::varchar, $2::varchar, clock_timestamp()
         where not exists (select from ${table} where migration_name = $2::varchar and checksum = $1::varchar
                           and finished_at is null and rolled_back_at is null)`,
        [file.checksum, file.name],
      );
    },
    wasBegun: async (client, file) => {
      const { rowCount } = await client.query(
        `select from ${table} where migration_name = $1 and checksum = $2 and finished_at is null
         and rolled_back_at is null`,
        [file.name, file.checksum],
      );
      return (rowCount ?? 0) > 0;
    },
    finish: (file, details) => {
      const [name, checksum] = [quoted(file.name), quoted(file.checksum)];
      return `with begun as (
           update ${table} set finished_at = clock_timestamp(), applied_steps_count = 1
           where migration_name = ${name} and checksum = ${checksum} and finished_at is null and rolled_back_at is null
           returning 1)
         insert into ${table} (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
         select gen_random_uuid()::text, ${checksum}, clock_timestamp(), ${name}, ${timingOf(details).startedAt}, 1
         where not exists (select from begun)`;
    },
    forget: async (client, file) => {
      await client.query(
        `delete from ${table} where migration_name = $1 and finished_at is null and rolled_back_at is null`,
        [file.name],
      );
    },
  };
}

/** A migration that failed and then succeeded counts as applied; one that only failed counts as it ended last. */
function newestByName(rows: readonly PrismaRow[]): readonly PrismaRow[] {
  const byName = new Map<string, PrismaRow>();
  for (const row of rows) if (byName.get(row.name)?.finished !== true) byName.set(row.name, row);
  return [...byName.values()];
}

/** As Prisma compares: line ends may have been changed by git on another system. */
function fits(file: MigrationFile, checksum: string): boolean {
  if (file.checksum === checksum) return true;
  const unix = file.sql.replaceAll("\r\n", "\n");
  return [unix, unix.replaceAll("\n", "\r\n")].some(
    (text) => createHash("sha256").update(text).digest("hex") === checksum,
  );
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
