import type { Client } from "pg";
import type { MigrationExpectation } from "../database-spec.ts";
import type { Verified } from "./verify.ts";

/** Rows of each table, by its name with the schema. */
export type RowCounts = ReadonlyMap<string, number>;

type Kept = NonNullable<MigrationExpectation["rows-kept"]>;

const everyTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname !~ '^pg_(toast|temp)' and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;
/** The table of a name as it is written, which is how Prisma names them, else as SQL reads it without quotes. */
const meant =
  "coalesce(to_regclass((select string_agg(quote_ident(part), '.') from unnest(string_to_array(wanted, '.')) part)), to_regclass(wanted))";
/** A table that is named keeps the rows of its partitions too: a partitioned one has none of its own. */
const namedTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from unnest($1::text[]) wanted join pg_class c on c.oid = ${meant}
    join pg_namespace n on n.oid = c.relnamespace`;

/** Counts the rows of the tables that are to keep theirs, all as one moment saw them. Writes nothing. */
export async function countRows(client: Client, kept: Kept): Promise<RowCounts> {
  await client.query("begin isolation level repeatable read read only");
  try {
    const { rows } = await (kept === "all"
      ? client.query<{ name: string }>(everyTable)
      : client.query<{ name: string }>(namedTable, [kept]));
    const counts = new Map<string, number>();
    const from = kept === "all" ? "from only" : "from";
    for (const { name } of rows) {
      const counted = await client.query<{ rows: string }>(`select count(*) as rows ${from} ${name}`);
      counts.set(name, Number(counted.rows[0]?.rows));
    }
    return counts;
  } finally {
    await client.query("rollback");
  }
}

/** Whether a table has lost rows since they were counted. Users may have deleted some meanwhile: a person has to know. */
export async function verifyRowsKept(client: Client, kept: Kept, before: RowCounts): Promise<readonly Verified[]> {
  const now = await countRows(client, kept);
  const unknown = kept === "all" ? [] : await unknownTables(client, kept);
  const missing = unknown.map((name) => ({
    what: `rows of ${name}`,
    holds: false,
    found: `There is no table ${name}, so nothing was counted. Correct the name under \`rows-kept\`.`,
  }));
  const compared = [...before].map(([name, rows]) => {
    const found = now.get(name);
    const what = `rows of ${name}`;
    if (found === undefined) return { what, holds: false, found: `The table is gone; it had ${rows} rows.` };
    if (found >= rows) return { what, holds: true, found: `${found}, before the migrations ${rows}` };
    const lost = `${rows - found} of ${rows} rows are gone.`;
    const mend = "If users delete there, name the other tables under `rows-kept`; else look at what the files did.";
    return { what, holds: false, found: `${lost} ${mend}` };
  });
  return [...compared, ...missing];
}

/** Names that no table has: one that is mistyped would keep its rows for ever. */
async function unknownTables(client: Client, names: readonly string[]): Promise<readonly string[]> {
  const asked = `select wanted as name from unnest($1::text[]) wanted where ${meant} is null`;
  const { rows } = await client.query<{ name: string }>(asked, [names]);
  return rows.map(({ name }) => name);
}
