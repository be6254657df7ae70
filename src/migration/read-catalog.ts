import type { Client } from "pg";
import * as z from "zod";
import type { Catalog } from "./lint/catalog.ts";

const rows = z.array(
  z.object({
    name: z.string(),
    rows: z.coerce.number(),
    bytes: z.coerce.number(),
    columns: z.record(z.string(), z.string()),
    required: z.array(z.string()),
    indexes: z.record(z.string(), z.array(z.string())),
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
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}'::json) as columns,
    array(select a.attname::text from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (a.attnotnull or exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.convalidated
          and pg_get_expr(k.conbin, k.conrelid) = format('(%I IS NOT NULL)', a.attname)))) as required,
    coalesce((select json_object_agg(x.relname, array(
        select a.attname from pg_attribute a where a.attrelid = x.oid order by a.attnum))
      from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid), '{}'::json) as indexes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join sizes s on s.root = c.oid
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'`;

/** The server, and what CREATE OR REPLACE could meet. */
const about = `
  select current_setting('server_version_num')::int / 10000 as major, coalesce(current_schema(), 'public') as schema, array(
    select n.nspname || '.' || name from (
      select relnamespace as schema, relname as name from pg_class where relkind = 'v'
      union select pronamespace, proname from pg_proc) each join pg_namespace n on n.oid = each.schema
    where n.nspname not in ('pg_catalog', 'information_schema')) as others`;

const facts = z.object({ major: z.number(), schema: z.string(), others: z.array(z.string()) });

/** What a linter may know of the database. */
export async function readCatalog(client: Client): Promise<Catalog> {
  const { rows: found } = await client.query(query);
  const { rows: answer } = await client.query(about);
  const tables = rows.parse(found).map(({ name, ...table }) => [name, table] as const);
  const { major, schema, others } = facts.parse(answer[0]);
  return { serverMajor: major, schema, tables: Object.fromEntries(tables), others: new Set(others) };
}
