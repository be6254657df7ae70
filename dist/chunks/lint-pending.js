import { _ as object, b as string, g as number$1, l as array, t as number, v as record } from "./zod.js";
import { a as transactionUnder, n as readSqlFile, o as lintFiles, s as sqlParser } from "./sql-files.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { i as unread } from "./lint.js";
import path from "node:path";
const rows = array(object({
name: string(),
rows: number(),
bytes: number(),
columns: record(string(), string()),
required: array(string()),
indexes: record(string(), array(string()))
})), facts = object({
major: number$1(),
schema: string(),
others: array(string())
});
async function readCatalog(client) {
let { rows: found } = await client.query("\n  with recursive tree as (\n    select oid as root, oid from pg_class where relkind in ('r', 'p')\n    union all select tree.root, i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid),\n  sizes as (\n    select root, sum(greatest(t.reltuples, 0)) as rows,\n      sum(case when t.relkind = 'f' then 1e15 else pg_total_relation_size(t.oid) end) as bytes\n    from tree join pg_class t on t.oid = tree.oid group by root)\n  select n.nspname || '.' || c.relname as name, s.rows, s.bytes,\n    coalesce((select json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))\n      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}'::json) as columns,\n    array(select a.attname::text from pg_attribute a\n      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (a.attnotnull or exists (\n        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.convalidated\n          and pg_get_expr(k.conbin, k.conrelid) = format('(%I IS NOT NULL)', a.attname)))) as required,\n    coalesce((select json_object_agg(x.relname, array(\n        select a.attname from pg_attribute a where a.attrelid = x.oid order by a.attnum))\n      from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid), '{}'::json) as indexes\n  from pg_class c join pg_namespace n on n.oid = c.relnamespace join sizes s on s.root = c.oid\n  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'"), { rows: answer } = await client.query("\n  select current_setting('server_version_num')::int / 10000 as major, coalesce(current_schema(), 'public') as schema, array(\n    select n.nspname || '.' || name from (\n      select relnamespace as schema, relname as name from pg_class where relkind = 'v'\n      union select pronamespace, proname from pg_proc) each join pg_namespace n on n.oid = each.schema\n    where n.nspname not in ('pg_catalog', 'information_schema')) as others"), tables = rows.parse(found).map(({ name, ...table }) => [name, table]), { major, schema, others } = facts.parse(answer[0]);
return {
serverMajor: major,
schema,
tables: Object.fromEntries(tables),
others: new Set(others)
};
}
async function lintPending(step, engine, { pending }, workspace, ports) {
let made = await engine.readSql?.(pending), read = made ?? pendingFiles(step, pending, workspace) ?? pending.map(({ name }) => ({
name,
unread: onlyTool
})), files = read.flatMap((each) => "sql" in each ? [each] : []), promise = step["old-version"] === "works" ? "the runbook says `old-version: works`." : void 0, dark = read.flatMap((each) => "unread" in each ? [unread(each.name, each.unread, promise)] : []), address = parseDatabaseUrl(step.url, "Reading what the database holds"), [catalog] = files.length === 0 ? [] : await Promise.all([withConnection(address, "sluice lint", ports, readCatalog), sqlParser()]), generated = made !== void 0, transaction = transactionUnder(step), schema = step.prisma === void 0 ? void 0 : new URL(step.url).searchParams.get("schema") ?? "public";
return lintFiles({
histories: [{
files,
transaction
}],
unread: dark,
catalog,
schema,
generated
}, ports);
}
const onlyTool = "Only the command itself knows what it does";
function pendingFiles({ sql, supabase, prisma }, pending, workspace) {
let folder = sql ?? supabase ?? prisma;
if (folder === void 0) return;
let within = prisma === void 0 ? "" : "migration.sql";
return pending.map(({ name }) => readSqlFile(path.posix.join(folder.directory, name, within), workspace));
}
export { lintPending as t };
