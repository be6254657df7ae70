import type { Client } from "pg";
import * as z from "zod";
import type { Catalog } from "./lint/catalog.ts";

const rows = z.array(
  z.object({
    name: z.string(),
    rows: z.coerce.number(),
    bytes: z.coerce.number(),
    columns: z.record(z.string(), z.string()),
  }),
);

/**
 * Every ordinary and partitioned table outside of the system's schemas; one query, about 30 ms for 200 tables. A parent is
 * as large as all that stands behind it, since by itself it holds nothing; what lies on another server counts as large.
 */
const query = `
  with recursive tree as (
    select oid as root, oid from pg_class where relkind in ('r', 'p')
    union all select tree.root, i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid),
  sizes as (
    select root, sum(greatest(t.reltuples, 0)) as rows,
      sum(case when t.relkind = 'f' then 1e15 else pg_total_relation_size(t.oid) end) as bytes
    from tree join pg_class t on t.oid = tree.oid group by root)
  select n.nspname || '.' || c.relname as name, s.rows, s.bytes,
    coalesce((select json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}'::json) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join sizes s on s.root = c.oid
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'`;

/** What a linter may know of the database. */
export async function readCatalog(client: Client): Promise<Catalog> {
  const { rows: found } = await client.query(query);
  const version = await client.query("show server_version_num");
  const tables = rows.parse(found).map(({ name, ...table }) => [name, table] as const);
  const number = z.object({ server_version_num: z.coerce.number() }).parse(version.rows[0]);
  return { serverMajor: Math.floor(number.server_version_num / 10_000), tables: Object.fromEntries(tables) };
}
