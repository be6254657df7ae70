import { i as parseDatabaseUrl } from "./connection.js";
import { m as InputError } from "./words.js";
import { i as quoted, o as timingOf } from "./history.js";
import { i as readNumberedFiles } from "./migration-files.js";
import { t as filesEngine } from "./files.js";
const tableName = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;
function isTableName(name) {
return tableName.test(name);
}
function numberedHistory(name) {
if (!isTableName(name)) throw new InputError(`"${name}" cannot be the history table: write schema.table in lower case letters.`);
let table = name, isThere = async (client) => {
let { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
return rows[0]?.found === !0;
}, creation = `create table ${table} (name text primary key, checksum text not null, started_at timestamptz not null default clock_timestamp(), applied_at timestamptz, seconds double precision, release text); alter table ${table} enable row level security; comment on table ${table} is 'Migrations applied by Sluice; a row without applied_at was begun and not finished.';`;
return {
table,
repairs: {
accept: (file) => `update ${table} set checksum = ${quoted(file.checksum)} where name = ${quoted(file.name)};`,
forget: (name) => `delete from ${table} where name = ${quoted(name)};`,
finished: ({ name, checksum }) => `insert into ${table} (name, checksum, applied_at) values (${quoted(name)}, ${quoted(checksum ?? "")}, now()) on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at;`,
again: (name) => `delete from ${table} where name = ${quoted(name)};`,
reorder: "Rename it to a number above all others (git mv)."
},
read: async (client) => {
if (!await isThere(client)) return [];
let { rows } = await client.query(`select name, checksum, applied_at is not null as applied from ${table} order by started_at, name`);
return rows.map(({ name, checksum, applied }) => ({
name,
state: applied ? "applied" : "begun",
fits: (file) => file.checksum === checksum
}));
},
creation,
create: async (client) => {
await isThere(client) || await client.query(creation);
},
begin: async (client, file) => {
await client.query(`insert into ${table} (name, checksum) values ($1, $2)
         on conflict (name) do update set checksum = excluded.checksum, started_at = clock_timestamp()
         where ${table}.applied_at is null`, [file.name, file.checksum]);
},
wasBegun: async (client, file) => {
let { rowCount } = await client.query(`select from ${table} where name = $1 and checksum = $2 and applied_at is null`, [file.name, file.checksum]);
return rowCount === 1;
},
finish: (file, details) => {
let { startedAt, seconds } = timingOf(details), release = details.release === void 0 ? "null" : quoted(details.release);
return `insert into ${table} (name, checksum, started_at, applied_at, seconds, release)
         values (${quoted(file.name)}, ${quoted(file.checksum)}, ${startedAt}, clock_timestamp(), ${seconds}, ${release})
         on conflict (name) do update
           set applied_at = excluded.applied_at, seconds = excluded.seconds, release = excluded.release
           where ${table}.applied_at is null`;
},
forget: async (client, file) => {
await client.query(`delete from ${table} where name = $1 and applied_at is null`, [file.name]);
}
};
}
function sqlEngine({ directory, url, historyTable, ...options }, ports) {
let address = parseDatabaseUrl(url, "Applying migrations"), history = numberedHistory(historyTable ?? "public.sluice_migrations");
return filesEngine({
kind: "sql",
address,
directory,
read: () => readNumberedFiles(directory),
history,
options
}, ports);
}
export { sqlEngine };
