import type { Client } from "pg";

/** What a table's content comes to, whatever the order of its rows. */
export interface TableFingerprint {
  /** `schema.table`, quoted where SQL needs it. */
  readonly name: string;
  readonly rows: number;
  /** Sum of a 64-bit hash of every row's text, as decimal digits. */
  readonly hash: string;
  /** The server's number of the table, by which an archive names its rows, and its size; older manifests have neither. */
  readonly oid?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Content and shape of a database, as one transaction sees it. */
export interface Fingerprint {
  readonly tables: readonly TableFingerprint[];
  /** How many objects of each kind there are, such as `{ indexes: 12, policies: 4 }`. */
  readonly objects: Readonly<Record<string, number>>;
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
  const objects = Object.entries(expected.objects)
    .filter(([kind, count]) => found.objects[kind] !== count)
    .map(([kind, count]) => `there are ${found.objects[kind] ?? 0} ${kind} instead of ${count}`);
  return [...tables, ...added, ...objects];
}

/** Settings that decide how a row reads as text, fixed so that two servers agree; none may filter or cut anything. */
const sameText = `
  set local search_path = ''; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';
  set local lc_monetary = 'C'; set local xmloption = 'content'; set local row_security = off;
  set local lock_timeout = '30s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

const ofNoExtension = (catalog: string, alias: string) => `not exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;

const ofUsers = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;

const tableNames = `
  select format('%I.%I', n.nspname, c.relname) as name, c.oid::int8::float8 as oid
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
  order by 1`;

const relations = (kinds: string) => `
  select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

/** Not-null constraints are left out: PostgreSQL 18 began to list them, so the count depends on the version. */
const objectCounts = `
  select (${relations("'v', 'm'")})::int as views,
         (${relations("'i', 'I'")})::int as indexes,
         (${relations("'S'")})::int as sequences,
         (select count(*) from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace
          where c.contype <> 'n' and ${ofUsers} and ${ofNoExtension("pg_constraint", "c")})::int as constraints,
         (select count(*) from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where ${ofUsers} and ${ofNoExtension("pg_proc", "p")})::int as functions,
         (select count(*) from pg_catalog.pg_trigger t where not t.tgisinternal)::int as triggers,
         (select count(*) from pg_catalog.pg_policy)::int as policies`;

/**
 * Counts and hashes every table inside the transaction that `client` has open; its cost is one read of all rows.
 *
 * Temporary and foreign tables and what extensions bring are left out, as pg_dump leaves their rows out; so are tables
 * that are not among `only`, where it is given.
 */
export async function fingerprint(client: Client, only?: ReadonlySet<string>): Promise<Fingerprint> {
  await client.query(sameText);
  const { rows: names } = await client.query<{ name: string; oid: number }>(tableNames);
  const tables: TableFingerprint[] = [];
  for (const { name, oid } of names) {
    if (only?.has(name) === false) continue;
    const { rows } = await client.query<{ rows: string; hash: string; bytes: number }>(
      `select count(*) as rows, pg_catalog.pg_table_size(${oid}::oid)::float8 as bytes,
              coalesce(sum(hashtextextended((t.*)::text collate "C", 0)), 0)::text as hash
       from only ${name} t`,
    );
    tables.push({ name, rows: Number(rows[0]?.rows), hash: rows[0]?.hash ?? "", oid, bytes: rows[0]?.bytes });
  }
  const { rows } = await client.query<Record<string, number>>(objectCounts);
  return { tables, objects: rows[0] ?? {} };
}
