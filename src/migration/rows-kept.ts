import type { Client } from "pg";
import type { MigrationExpectation } from "../database-spec.ts";
import { ofMigrators, ofNoExtension, ofUsers } from "./users-objects.ts";
import type { Verified } from "./verify.ts";

/** Rows of each table, by its name with the schema. */
type RowCounts = ReadonlyMap<string, number>;

/** What the tables had before anything was applied. */
export interface RowsBefore {
  readonly counts: RowCounts;
  /** When an attempt that did not end counted them; undefined when this one did. */
  readonly countedBy: Date | undefined;
}

/**
 * Holds the counts from before a migration until they were compared, so that the run after a killed one compares with
 * what there was before both. Gone once nothing is missing.
 */
const memory = "public.sluice_rows_kept";

type Kept = NonNullable<MigrationExpectation["rows-kept"]>;

const everyTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
    and c.relname not in (${ofMigrators.map((name) => `'${name}'`).join(", ")})`;
/** The table of a name as it is written, which is how Prisma names them, else as SQL reads it without quotes. */
const meant =
  "coalesce(to_regclass((select string_agg(quote_ident(part), '.') from unnest(string_to_array(wanted, '.')) part)), to_regclass(wanted))";
/** A table that is named keeps the rows of its partitions too: a partitioned one has none of its own. */
const namedTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from unnest($1::text[]) wanted join pg_class c on c.oid = ${meant}
    join pg_namespace n on n.oid = c.relnamespace`;

/** Counts the rows of the tables that are to keep theirs, all as one moment saw them. Writes nothing. */
async function countRows(client: Client, kept: Kept): Promise<RowCounts> {
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

/**
 * The counts to compare with. Before something is applied they are taken and written down; an attempt that was killed
 * had written down its own, which count. Undefined when there is nothing to compare: nothing is applied, and every
 * attempt before ended.
 */
export async function rowsBefore(client: Client, kept: Kept, { applies }: { readonly applies: boolean }) {
  const earlier = await recall(client);
  if (!applies && earlier === undefined) return undefined;
  const now = await countRows(client, kept);
  // The memory itself would be the first table of an empty database, which a tool may ask for.
  if (applies && now.size > 0) await remember(client, now);
  const known = [...(earlier?.counts ?? [])].filter(([name]) => kept === "all" || now.has(name) || isNamed(name, kept));
  return { counts: new Map([...now, ...known]), countedBy: earlier?.countedBy };
}

/** Whether a runbook names a table that may be gone by now, so that the server cannot be asked. */
function isNamed(table: string, kept: readonly string[]): boolean {
  const plain = table.replaceAll('"', "");
  return kept.some((name) => [name, name.toLowerCase()].some((one) => plain === one || plain.endsWith(`.${one}`)));
}

async function recall(client: Client): Promise<RowsBefore | undefined> {
  if (!(await isRemembered(client))) return undefined;
  const { rows } = await client.query<{ name: string; rows: string; at: Date }>(
    `select name, rows, min(counted_at) over () as at from ${memory}`,
  );
  const counts = new Map(rows.map((row) => [row.name, Number(row.rows)]));
  return { counts, countedBy: rows[0]?.at };
}

async function isRemembered(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [memory]);
  return rows[0]?.there === true;
}

/** Counts that are there already are those of an earlier attempt, and stay. */
async function remember(client: Client, counts: RowCounts): Promise<void> {
  if (!(await isRemembered(client)))
    await client.query(`
      create table if not exists ${memory} (
        name text primary key, rows bigint not null, counted_at timestamptz not null default clock_timestamp());
      alter table ${memory} enable row level security;
      comment on table ${memory} is 'Rows that Sluice counted before migrations; dropped once they were found to be there still.'`);
  await client.query(
    `insert into ${memory} (name, rows) select * from unnest($1::text[], $2::bigint[]) on conflict (name) do nothing`,
    [[...counts.keys()], [...counts.values()]],
  );
}

/** Every row was found to be there still. */
export async function forgetRows(client: Client): Promise<void> {
  if (await isRemembered(client)) await client.query(`drop table ${memory}`);
}

/** Whether a table has lost rows since they were counted. Users may have deleted some meanwhile: a person has to know. */
export async function verifyRowsKept(client: Client, kept: Kept, before: RowsBefore): Promise<readonly Verified[]> {
  const now = await countRows(client, kept);
  const unknown = kept === "all" ? [] : await unknownTables(client, kept);
  const gone = [...before.counts.keys()].filter((name) => !now.has(name));
  const missing = unknown
    .filter((name) => !gone.some((table) => isNamed(table, [name])))
    .map((name) => ({
      what: `rows of ${name}`,
      holds: false,
      found: `There is no table ${name}, so nothing was counted. Correct the name under \`rows-kept\`.`,
    }));
  const { counts, countedBy } = before;
  const when =
    countedBy === undefined ? "" : ` (counted ${countedBy.toISOString()}, before an attempt that did not end well)`;
  const accept = `Every run says so until somebody accepts it: drop table ${memory};`;
  const compared = [...counts].map(([name, rows]) => {
    const found = now.get(name);
    const what = `rows of ${name}`;
    if (found === undefined)
      return { what, holds: false, found: `The table is gone; it had ${rows} rows${when}. ${accept}` };
    if (found >= rows) return { what, holds: true, found: `${found}, before the migrations ${rows}${when}` };
    const lost = `${rows - found} of ${rows} rows${when} are gone.`;
    const mend = "If users delete there, name the other tables under `rows-kept`; else look at what the files did.";
    return { what, holds: false, found: `${lost} ${mend} ${accept}` };
  });
  return [...compared, ...missing];
}

/** Names that no table has: one that is mistyped would keep its rows for ever. */
async function unknownTables(client: Client, names: readonly string[]): Promise<readonly string[]> {
  const asked = `select wanted as name from unnest($1::text[]) wanted where ${meant} is null`;
  const { rows } = await client.query<{ name: string }>(asked, [names]);
  return rows.map(({ name }) => name);
}
