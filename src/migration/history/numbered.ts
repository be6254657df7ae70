import type { Client } from "pg";
import { InputError } from "../../failure.ts";
import { type History, type HistoryRow, quoted, timingOf } from "../history.ts";

/** A table's name that is safe to stand in SQL. */
type TableName = string & { readonly brand: "TableName" };

const tableName = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;

function isTableName(name: string): name is TableName {
  return tableName.test(name);
}

/**
 * Our own history of numbered files, in `schema.table`, with a row for files that were begun and not finished.
 *
 * Accepts lower case names; throws `InputError` for anything else.
 */
export function numberedHistory(name: string): History {
  if (!isTableName(name)) {
    throw new InputError(`"${name}" cannot be the history table: write schema.table in lower case letters.`);
  }
  const table = name;
  const isThere = async (client: Client) => {
    const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
    return rows[0]?.found === true;
  };
  // Row security without a policy keeps it from web roles where the schema is served as an API; its owner sees it.
  const creation =
    `create table ${table} (name text primary key, checksum text not null, started_at timestamptz not null default ` +
    "clock_timestamp(), applied_at timestamptz, seconds double precision, release text); " +
    `alter table ${table} enable row level security; ` +
    `comment on table ${table} is 'Migrations applied by Sluice; a row without applied_at was begun and not finished.';`;
  return {
    table,
    repairs: {
      accept: (file) => `update ${table} set checksum = ${quoted(file.checksum)} where name = ${quoted(file.name)};`,
      forget: (name) => `delete from ${table} where name = ${quoted(name)};`,
      // A file that another tool ran has no row yet.
      finished: ({ name, checksum }) =>
        `insert into ${table} (name, checksum, applied_at) values (${quoted(name)}, ${quoted(checksum ?? "")}, now()) ` +
        "on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at;",
      again: (name) => `delete from ${table} where name = ${quoted(name)};`,
      reorder: "Rename it to a number above all others (git mv).",
    },
    read: async (client) => {
      if (!(await isThere(client))) return [];
      const { rows } = await client.query<{ name: string; checksum: string; applied: boolean }>(
        `select name, checksum, applied_at is not null as applied from ${table} order by started_at, name`,
      );
      return rows.map(
        ({ name, checksum, applied }): HistoryRow => ({
          name,
          state: applied ? "applied" : "begun",
          fits: (file) => file.checksum === checksum,
        }),
      );
    },
    creation,
    create: async (client) => {
      if (await isThere(client)) return;
      await client.query(creation);
    },
    begin: async (client, file) => {
      await client.query(
        `insert into ${table} (name, checksum) values ($1, $2)
         on conflict (name) do update set checksum = excluded.checksum, started_at = clock_timestamp()
         where ${table}.applied_at is null`,
        [file.name, file.checksum],
      );
    },
    wasBegun: async (client, file) => {
      const { rowCount } = await client.query(
        `select from ${table} where name = $1 and checksum = $2 and applied_at is null`,
        [file.name, file.checksum],
      );
      return rowCount === 1;
    },
    finish: (file, details) => {
      const { startedAt, seconds } = timingOf(details);
      const release = details.release === undefined ? "null" : quoted(details.release);
      return `insert into ${table} (name, checksum, started_at, applied_at, seconds, release)
         values (${quoted(file.name)}, ${quoted(file.checksum)}, ${startedAt}, clock_timestamp(), ${seconds}, ${release})
         on conflict (name) do update
           set applied_at = excluded.applied_at, seconds = excluded.seconds, release = excluded.release
           where ${table}.applied_at is null`;
    },
    forget: async (client, file) => {
      await client.query(`delete from ${table} where name = $1 and applied_at is null`, [file.name]);
    },
  };
}
