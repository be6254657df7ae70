import type { Client } from "pg";
import type { Ports } from "../ports.ts";
import type { Reindexed } from "./statement-rule.ts";

/** An index that no query uses and no constraint can rely on: a failed concurrent build leaves one. */
export interface InvalidIndex {
  /** Quoted, with its schema. */
  readonly name: string;
  /** Its table, in the same way. */
  readonly table: string;
}

/**
 * Indexes that a failed CREATE INDEX, REINDEX or DROP INDEX CONCURRENTLY left and nobody is building now. `pg_indexes`
 * lists them like any other, and `if not exists` takes them for the real ones; only pg_index tells.
 *
 * Those of the server's own tables for long values are left out: only a superuser may drop them, and nothing relies on
 * them. So are those of other roles, which this login could not drop. What another role builds shows only that it builds something, so there the lock on the table counts.
 */
export async function invalidIndexes(client: Client): Promise<readonly InvalidIndex[]> {
  return (await client.query<InvalidIndex>(`${everyInvalid} order by 1`)).rows;
}

/** Names of the copies of a REINDEX CONCURRENTLY, of which one is built at a time. */
const copies = "c.relname ~ '_cc(new|old)[0-9]*$'";
const everyInvalid = `
     select format('%I.%I', n.nspname, c.relname) as name,
            (select format('%I.%I', tn.nspname, t.relname) from pg_class t join pg_namespace tn on tn.oid = t.relnamespace
             where t.oid = i.indrelid) as table
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where not (i.indisvalid and i.indisready) and c.relkind = 'i' and n.nspname !~ '^pg_'
       and pg_has_role(c.relowner, 'usage')
       and not exists (select from pg_constraint k where k.conindid = c.oid)
       and not exists (
         select from pg_stat_progress_create_index p
         where p.index_relid = c.oid or p.relid = i.indrelid and p.command = 'REINDEX CONCURRENTLY' and ${copies}
           or p.relid is null and exists (
             select from pg_locks l where l.pid = p.pid and l.relation = i.indrelid and l.granted
               and l.mode = 'ShareUpdateExclusiveLock'))`;

/** Those of the tables that a REINDEX goes over, with their partitions. */
export async function invalidIndexesOf(client: Client, { what, name }: Reindexed): Promise<readonly InvalidIndex[]> {
  const { rows } = await client.query<InvalidIndex>(
    `with named as (
       select to_regclass($2)::oid as oid where $1 in ('INDEX', 'TABLE')
       union select relid from pg_partition_tree(to_regclass($2)) where $1 in ('INDEX', 'TABLE')),
     tables as (
       select i.indrelid as oid from pg_index i join named on named.oid = i.indexrelid where $1 = 'INDEX'
       union select oid from named where $1 = 'TABLE'
       union select oid from pg_class where $1 = 'DATABASE' or $1 = 'SCHEMA' and relnamespace = to_regnamespace($2))
     ${everyInvalid} and i.indrelid in (select oid from tables)
       and ($1 <> 'INDEX' or exists (
         select from named join pg_class k using (oid), regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') base
         where oid = c.oid or ${copies} and (base = k.relname
           -- The server cuts a long name to make room for the ending.
           or octet_length(c.relname) > 59 and starts_with(k.relname, base)))) order by 1`,
    [what, name],
  );
  return rows;
}

/** Whether it is the copy, or what the copy took the place of, that a REINDEX CONCURRENTLY leaves when it fails. */
export const isCopy = ({ name }: InvalidIndex): boolean => /_cc(?:new|old)\d*"?$/.test(name);

/**
 * Why a tool may not be let loose on this database: it would take an index that is there and invalid for the one it
 * wants, and nothing says whether it was there before an attempt that was killed.
 */
export async function invalidIndexProblems(
  client: Client,
): Promise<readonly { readonly reason: string; readonly message: string }[]> {
  return (await invalidIndexes(client)).map((index) => ({ reason: "index-invalid", message: told(index) }));
}

/** The index, what it is worth, and the way out. */
export const told = ({ name, table }: InvalidIndex): string =>
  `The index ${name} of ${table} is invalid: an attempt to build it did not finish, no query uses it, and a unique one ` +
  "keeps nothing apart. A migration that says IF NOT EXISTS would take it for the real one. Take it away: " +
  `drop index concurrently ${name}; Then run again; if a migration that counts as applied was to build it, build it by hand.`;

/** Drops what an attempt left, so that the next one can build it. */
export async function dropIndexes(
  client: Client,
  indexes: readonly InvalidIndex[],
  ports: Pick<Ports, "log">,
): Promise<void> {
  for (const { name } of indexes) {
    await client.query(`drop index concurrently if exists ${name}`);
    ports.log.notice(`Dropped the invalid index ${name}, left by an attempt that did not finish.`);
  }
}

/** Those of the names given that are no index, or none that can be used. */
export async function notBuilt(client: Client, names: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select wanted as name from unnest($1::text[]) wanted
     where not exists (select from pg_index where indexrelid = to_regclass(wanted) and indisvalid and indisready)`,
    [names],
  );
  return rows.map(({ name }) => name);
}
