import type { Client } from "pg";
import { readSequences, type SequenceValue, sequenceDifferences } from "./sequence-values.ts";
import { readShapes, type Shapes, shapeDifferences } from "./shape.ts";
import { isDumped, ofNoExtension, ofUsers } from "./users-objects.ts";

/** What a table's content comes to, whatever the order of its rows. */
export interface TableFingerprint {
  /** `schema.table`, quoted where SQL needs it. */
  readonly name: string;
  readonly rows: number;
  /** Sum of a 64-bit hash of every row, as decimal digits. */
  readonly hash: string;
  /** The server's number of the table, by which an archive names its rows, and its size; older manifests have neither. */
  readonly oid?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Content and shape of a database, as one transaction sees it. */
export interface Fingerprint {
  /** What a row's hash is made of: its columns one by one, or, in manifests without this, the text of the whole row. */
  readonly hashedBy?: "columns" | undefined;
  readonly tables: readonly TableFingerprint[];
  /** How many objects of each kind there are, such as `{ indexes: 12, policies: 4 }`. */
  readonly objects: Readonly<Record<string, number>>;
  /** What each object is; older manifests have only how many there are. */
  readonly shapes?: Shapes | undefined;
  /** Where each sequence stood, by its name; older manifests have none. */
  readonly sequences?: Readonly<Record<string, SequenceValue>> | undefined;
  /** Large objects, how many and what they come to; older manifests have none. */
  readonly largeObjects?: { readonly count: number; readonly hash: string } | undefined;
}

/** What a fingerprint differs in from another, as sentences; empty when they are equal. */
export function differences(expected: Fingerprint, found: Fingerprint): readonly string[] {
  const byName = new Map(found.tables.map((table) => [table.name, table]));
  const expectedNames = new Set(expected.tables.map(({ name }) => name));
  const tables = expected.tables.flatMap((table) => {
    const restored = byName.get(table.name);
    if (restored === undefined) return [`${table.name} is missing`];
    if (restored.rows !== table.rows) return [`${table.name} has ${restored.rows} rows instead of ${table.rows}`];
    return restored.hash === table.hash ? [] : [`${table.name} has other content in its ${table.rows} rows`];
  });
  const added = found.tables.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => `${name} is too many`);
  return [...tables, ...added, ...objectDifferences(expected, found), ...otherDifferences(expected, found)];
}

function objectDifferences(expected: Fingerprint, found: Fingerprint): readonly string[] {
  if (expected.shapes !== undefined && found.shapes !== undefined)
    return shapeDifferences(expected.shapes, found.shapes);
  return Object.entries(expected.objects)
    .filter(([kind, count]) => found.objects[kind] !== count)
    .map(([kind, count]) => `there are ${found.objects[kind] ?? 0} ${kind} instead of ${count}`);
}

function otherDifferences(expected: Fingerprint, found: Fingerprint): readonly string[] {
  const behind = sequenceDifferences(expected.sequences ?? {}, found.sequences ?? {});
  const { count, hash } = expected.largeObjects ?? {};
  if (count === undefined || (count === found.largeObjects?.count && hash === found.largeObjects.hash)) return behind;
  return count === found.largeObjects?.count
    ? [...behind, `the ${count} large objects have other content`]
    : [...behind, `there are ${found.largeObjects?.count ?? 0} large objects instead of ${count}`];
}

/** Settings that decide how a row reads as text, fixed so that two servers agree; none may filter or cut anything. */
const sameText = `
  set local search_path = ''; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';
  set local lc_monetary = 'C'; set local xmloption = 'content'; set local row_security = off;
  set local lock_timeout = '30s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

/** Types whose values are equal only when their texts are, and whose hash is the same on every version of the server. */
const asTheyAre = ["bool", "int2", "int4", "int8", "bytea", "uuid", "date", "timestamp", "timestamptz"];
/** Compared byte by byte, whatever their collation says. */
const texts = ["text", "varchar"];
/** Equal where their texts are not, such as 1.0 and 1.00: hashed as text, which is all of the value. */
const asText = ["numeric", "float4", "float8", "json", "jsonb", "interval", "time", "timetz", "inet", "cidr"];

const types = (names: readonly string[]) => `(${names.map((name) => `'pg_catalog.${name}'::regtype`).join(", ")})`;

/**
 * Every table, and the row of its columns that is hashed. What is not one of the types above, such as an enumeration or an
 * array, is text as a row of its own: the way to text that no cast of anybody's changes.
 */
const tableNames = `
  select format('%I.%I', n.nspname, c.relname) as name, c.oid::int8::float8 as oid,
         (select coalesce(string_agg(case
              when a.atttypid in ${types(asTheyAre)} then format('t.%I', a.attname)
              when a.atttypid in ${types(texts)} then format('t.%I collate "C"', a.attname)
              when a.atttypid in ${types(asText)} then format('t.%I::text collate "C"', a.attname)
              else format('row(t.%I)::text collate "C"', a.attname) end, ', ' order by a.attnum), '')
          from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
  order by 1`;

const relations = (kinds: string) => `
  select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

/** Not-null constraints are left out: PostgreSQL 18 began to list them, so the count depends on the version. */
const objectCounts = `
  select (${relations("'v', 'm'")})::int as views,
         (select count(*) from pg_catalog.pg_index x join pg_catalog.pg_class c on c.oid = x.indexrelid
            join pg_catalog.pg_class t on t.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where c.relpersistence <> 't' and ${isDumped} and ${ofUsers} and ${ofNoExtension("pg_class", "c")})::int as indexes,
         (${relations("'S'")})::int as sequences,
         (select count(*) from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace
          where c.contype <> 'n' and ${ofUsers} and ${ofNoExtension("pg_constraint", "c")})::int as constraints,
         (select count(*) from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where ${ofUsers} and ${ofNoExtension("pg_proc", "p")})::int as functions,
         (select count(*) from pg_catalog.pg_trigger t where not t.tgisinternal)::int as triggers,
         (select count(*) from pg_catalog.pg_policy)::int as policies`;

interface Asked {
  /** Tables besides which none is looked at. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly hashedBy: Fingerprint["hashedBy"];
}

/**
 * Counts and hashes every table inside the transaction that `client` has open; its cost is one read of all rows, and the
 * text of those columns whose values need it.
 *
 * Temporary and foreign tables and what extensions bring are left out, as pg_dump leaves their rows out.
 */
export async function fingerprint(client: Client, { only, hashedBy }: Asked): Promise<Fingerprint> {
  await client.query(sameText);
  const { rows: names } = await client.query<{ name: string; oid: number; columns: string }>(tableNames);
  const tables: TableFingerprint[] = [];
  for (const { name, oid, columns } of names) {
    if (only?.has(name) === false) continue;
    const hash =
      hashedBy === "columns"
        ? `hash_record_extended(row(${columns}), 0)`
        : 'hashtextextended((t.*)::text collate "C", 0)';
    const { rows } = await client.query<{ rows: string; hash: string; bytes: number }>(
      `select count(*) as rows, coalesce(sum(${hash}), 0)::text as hash,
              pg_catalog.pg_table_size(${oid}::oid)::float8 as bytes
       from only ${name} t`,
    );
    tables.push({ name, rows: Number(rows[0]?.rows), hash: rows[0]?.hash ?? "", oid, bytes: rows[0]?.bytes });
  }
  const { rows } = await client.query<Record<string, number>>(objectCounts);
  return {
    hashedBy,
    tables,
    objects: rows[0] ?? {},
    shapes: await readShapes(client),
    sequences: await readSequences(client),
    largeObjects: await readLargeObjects(client),
  };
}

/** A piece at a time, for a large object may be larger than what a server gives at once; 262144 opens it for reading. */
const largeObjects = `
  select count(distinct o.oid)::int as count,
    coalesce(sum(hash_record_extended(row(o.oid, piece, lo_get(o.oid, piece * 1048576, 1048576)), 0)), 0)::text as hash
  from (select oid, lo_lseek64(lo_open(oid, 262144), 0, 2) as bytes from pg_largeobject_metadata) o,
    generate_series(0, o.bytes / 1048576) piece`;

async function readLargeObjects(client: Client): Promise<Fingerprint["largeObjects"]> {
  const { rows } = await client.query<{ count: number; hash: string }>(largeObjects);
  return rows[0];
}
