import type { Client } from "pg";
import { type History, type HistoryRow, quoted } from "../history.ts";
import type { MigrationFile } from "../migration-files.ts";
import { splitAsSupabase } from "../supabase-statements.ts";

const table = "supabase_migrations.schema_migrations";
/** Beside the CLI's table, which has no place for what was begun and not finished; empty but for such files. */
const begun = "supabase_migrations.sluice_begun";

/** The timestamp that a file's name begins with: all that the CLI knows a migration by. */
export const versionOf = (name: string): string => /^\d+/.exec(name)?.[0] ?? name;

/** What stands between a file's version and its ending. */
const titleOf = (name: string): string => /^\d+_(.*)\.sql$/s.exec(name)?.[1] ?? "";

/** The Supabase CLI's history table, with the rows the CLI itself would write: version, name and split statements. */
export function supabaseHistory(): History {
  const isThere = async (client: Client, name: string) => {
    const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [name]);
    return rows[0]?.found === true;
  };
  /** SQL rather than the CLI's `migration repair`, whose options changed between its versions. */
  const where = (name: string) => `where version = ${quoted(versionOf(name))};`;
  const forgetBegun = async (client: Client, { name }: MigrationFile) => {
    if (await isThere(client, begun)) await client.query(`delete from ${begun} where version = $1`, [versionOf(name)]);
  };
  return {
    table,
    repairs: {
      accept: (file) => `update ${table} set statements = null ${where(file.name)}`,
      forget: (name) => `delete from ${table} ${where(name)}`,
      finished: ({ name }) =>
        `insert into ${table} (version, name) values (${quoted(versionOf(name))}, ${quoted(titleOf(name))});`,
      again: (name) => `delete from ${begun} ${where(name)}`,
      reorder:
        "Rename it to a newer timestamp (git mv), or write `out-of-order: apply`, which is the CLI's --include-all.",
    },
    read: async (client, files) => {
      const nameOf = new Map(files.map(({ name }) => [versionOf(name), name]));
      const rows: HistoryRow[] = [];
      if (await isThere(client, table)) {
        const found = await client.query<{ version: string; name: string | null; statements: string[] | null }>(
          // Tables of the CLI's first years have no such columns; of a row they would be null.
          `select version, to_jsonb(m) ->> 'name' as name,
                  case jsonb_typeof(to_jsonb(m) -> 'statements') when 'array'
                  then array(select jsonb_array_elements_text(to_jsonb(m) -> 'statements')) end as statements
           from ${table} m order by version`,
        );
        for (const { version, name, statements } of found.rows) {
          rows.push({
            name: nameOf.get(version) ?? `${version}_${name ?? ""}.sql`,
            state: "applied",
            fits: ({ sql }) => statements === null || sameSql(statements.join(" "), sql),
          });
        }
      }
      if (!(await isThere(client, begun))) return rows;
      const open = await client.query<{ version: string; name: string; checksum: string }>(
        `select version, name, checksum from ${begun} b
         where not exists (select from ${table} m where m.version = b.version) order by version`,
      );
      for (const { version, name, checksum } of open.rows) {
        const known = nameOf.get(version) ?? name;
        rows.push({ name: known, state: "begun", fits: (file) => file.checksum === checksum });
      }
      return rows;
    },
    create: async (client) => {
      await client.query(`
        create schema if not exists supabase_migrations;
        create table if not exists ${table} (version text not null primary key);
        alter table ${table} add column if not exists statements text[];
        alter table ${table} add column if not exists name text;`);
    },
    begin: async (client, file) => {
      await client.query(
        `create table if not exists ${begun} (
           version text primary key, name text not null, checksum text not null,
           started_at timestamptz not null default clock_timestamp())`,
      );
      await client.query(
        `insert into ${begun} (version, name, checksum) values ($1, $2, $3)
         on conflict (version) do update set checksum = excluded.checksum, started_at = clock_timestamp()`,
        [versionOf(file.name), file.name, file.checksum],
      );
    },
    wasBegun: async (client, file) => {
      if (!(await isThere(client, begun))) return false;
      const { rowCount } = await client.query(`select from ${begun} where version = $1 and checksum = $2`, [
        versionOf(file.name),
        file.checksum,
      ]);
      return rowCount === 1;
    },
    finish: (file) => {
      const [version, title] = [quoted(versionOf(file.name)), quoted(titleOf(file.name))];
      const statements = splitAsSupabase(file.sql).map(quoted).join(", ");
      return `insert into ${table} (version, name, statements) values (${version}, ${title}, array[${statements}]::text[])`;
    },
    forget: forgetBegun,
  };
}

/** Splitting takes only semicolons and white space away, in whatever version of the CLI it was done. */
const sameSql = (a: string, b: string) => bare(a) === bare(b);
const bare = (sql: string) => sql.replaceAll(/[\s;\ufeff]+/g, "");
