import { m as InputError } from "./words.js";
import { i as parseDatabaseUrl } from "./connection.js";
import { i as quoted } from "./history.js";
import { t as lexSql } from "./statements.js";
import { n as migrationFile, r as readBytes, t as entriesOf } from "./migration-files.js";
import { t as filesEngine } from "./files.js";
import { t as filesByToolEngine } from "./files-by-tool.js";
import { join } from "node:path";
function splitAsSupabase(sql) {
let { semicolons } = lexSql(sql);
return [0, ...semicolons.map((at) => at + 1)].map((start, i) => sql.slice(start, semicolons[i] ?? sql.length).trim()).filter((text) => text !== "");
}
const table = "supabase_migrations.schema_migrations", begun = "supabase_migrations.sluice_begun", versionOf = (name) => /^\d+/.exec(name)?.[0] ?? name, titleOf = (name) => /^\d+_(.*)\.sql$/s.exec(name)?.[1] ?? "";
function supabaseHistory() {
let isThere = async (client, name) => {
let { rows } = await client.query("select to_regclass($1) is not null as found", [name]);
return rows[0]?.found === !0;
}, where = (name) => `where version = ${quoted(versionOf(name))};`;
return {
table,
repairs: {
accept: (file) => `update ${table} set statements = null ${where(file.name)}`,
forget: (name) => `delete from ${table} ${where(name)}`,
finished: ({ name }) => `insert into ${table} (version, name) values (${quoted(versionOf(name))}, ${quoted(titleOf(name))});`,
again: (name) => `delete from ${begun} ${where(name)}`,
reorder: "Rename it to a newer timestamp (git mv), or write `out-of-order: apply`, which is the CLI's --include-all."
},
read: async (client, files) => {
let nameOf = new Map(files.map(({ name }) => [versionOf(name), name])), rows = [];
if (await isThere(client, table)) {
let found = await client.query(`select version, to_jsonb(m) ->> 'name' as name,
                  case jsonb_typeof(to_jsonb(m) -> 'statements') when 'array'
                  then array(select jsonb_array_elements_text(to_jsonb(m) -> 'statements')) end as statements
           from ${table} m order by version`);
for (let { version, name, statements } of found.rows) rows.push({
name: nameOf.get(version) ?? `${version}_${name ?? ""}.sql`,
state: "applied",
fits: ({ sql }) => statements === null || sameSql(statements.join(" "), sql)
});
}
if (!await isThere(client, begun)) return rows;
let open = await client.query(`select version, name, checksum from ${begun} b
         where not exists (select from ${table} m where m.version = b.version) order by version`);
for (let { version, name, checksum } of open.rows) {
let known = nameOf.get(version) ?? name;
rows.push({
name: known,
state: "begun",
fits: (file) => file.checksum === checksum
});
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
await client.query(`create table if not exists ${begun} (
           version text primary key, name text not null, checksum text not null,
           started_at timestamptz not null default clock_timestamp())`), await client.query(`insert into ${begun} (version, name, checksum) values ($1, $2, $3)
         on conflict (version) do update set checksum = excluded.checksum, started_at = clock_timestamp()`, [
versionOf(file.name),
file.name,
file.checksum
]);
},
wasBegun: async (client, file) => {
if (!await isThere(client, begun)) return !1;
let { rowCount } = await client.query(`select from ${begun} where version = $1 and checksum = $2`, [versionOf(file.name), file.checksum]);
return rowCount === 1;
},
finish: (file) => {
let [version, title] = [quoted(versionOf(file.name)), quoted(titleOf(file.name))], statements = splitAsSupabase(file.sql).map(quoted).join(", ");
return `insert into ${table} (version, name, statements) values (${version}, ${title}, array[${statements}]::text[])`;
},
forget: async (client, { name }) => {
await isThere(client, begun) && await client.query(`delete from ${begun} where version = $1`, [versionOf(name)]);
}
};
}
const sameSql = (a, b) => bare(a) === bare(b), bare = (sql) => sql.replaceAll(/[\s;\ufeff]+/g, "");
function supabaseEngine(options, ports) {
let { directory, url, run, workspace = ".", ...limits } = options, engine = {
kind: "supabase",
address: parseDatabaseUrl(url, "Applying migrations"),
directory,
read: () => readSupabaseFiles(directory, ports),
history: supabaseHistory(),
options: limits
};
return run === void 0 ? filesEngine(engine, ports) : filesByToolEngine(engine, {
command: run,
workspace
}, ports);
}
const pattern = /^\d+_.*\.sql$/s;
async function readSupabaseFiles(directory, ports) {
let files = [];
for (let [i, name] of (await entriesOf(directory)).entries()) {
let oldInit = i === 0 && /^\d{14}_init\.sql$/.test(name) && BigInt(versionOf(name)) < 20211209000000n;
if (!pattern.test(name) || oldInit) {
name.endsWith(".sql") && ports.log.warn(`${join(directory, name)} is skipped, as the Supabase CLI skips it: name it <timestamp>_name.sql.`);
continue;
}
let path = join(directory, name), previous = files.at(-1);
if (previous !== void 0 && versionOf(previous.name) === versionOf(name)) throw new InputError(`${previous.path} and ${path} have the same version: rename the newer one.`);
files.push(migrationFile(name, path, readBytes(path)));
}
return files;
}
export { supabaseEngine };
