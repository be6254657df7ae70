import { h as ProviderError, m as InputError } from "./words.js";
import { i as parseDatabaseUrl } from "./connection.js";
import { i as quoted, o as timingOf } from "./history.js";
import { n as migrationFile, r as readBytes, t as entriesOf } from "./migration-files.js";
import { a as lockedEngine, f as prepareSession, n as limitsOf, o as applyFile, p as guardSessions, r as lookingAtFiles, t as filesEngine } from "./files.js";
import { t as filesByToolEngine } from "./files-by-tool.js";
import { n as parseScript } from "./migration-script.js";
import { createRequire } from "node:module";
import path, { join } from "node:path";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
function prismaHistory(schema) {
let table = `${identifier(schema)}."_prisma_migrations"`, resolve = (how, name) => `npx prisma migrate resolve --${how} ${name}`, isThere = async (client) => {
let { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
return rows[0]?.found === !0;
};
return {
table,
repairs: {
accept: (file) => `update ${table} set checksum = ${quoted(file.checksum)} where migration_name = ${quoted(file.name)} and rolled_back_at is null;`,
forget: (name) => `delete from ${table} where migration_name = ${quoted(name)};`,
finished: ({ name }) => resolve("applied", name),
again: (name) => resolve("rolled-back", name),
reorder: "Rename its folder to a newer timestamp (git mv), or write `out-of-order: apply`, which is what prisma migrate deploy does."
},
read: async (client) => {
if (!await isThere(client)) return [];
let { rows } = await client.query(`select migration_name as name, checksum, finished_at is not null as finished, coalesce(logs, '') <> '' as logged
         from ${table} where rolled_back_at is null order by started_at, migration_name`);
return newestByName(rows).map((row) => ({
name: row.name,
state: row.finished ? "applied" : row.logged ? "failed" : "begun",
fits: (file) => fits(file, row.checksum)
}));
},
refusal: async (client) => {
if (await isThere(client)) return;
let { rows } = await client.query("select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace\n         where n.nspname = $1 and c.relkind in ('r', 'p')\n           and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')\n         order by 1 limit 3", [schema]);
if (rows.length !== 0) return {
reason: "migration-baseline",
message: `The schema "${schema}" has tables (${rows.map(({ name }) => name).join(", ")}) but no _prisma_migrations: nothing says which migrations made them. Record those that did (npx prisma migrate resolve --applied NAME, once each), then run again: https://pris.ly/d/migrate-baseline`
};
},
create: async (client) => {
await isThere(client) || (await client.query(`create schema if not exists ${identifier(schema)}`), await client.query(`
        create table ${table} (
          id varchar(36) primary key not null,
          checksum varchar(64) not null,
          finished_at timestamptz,
          migration_name varchar(255) not null,
          logs text,
          rolled_back_at timestamptz,
          started_at timestamptz not null default now(),
          applied_steps_count integer not null default 0
        )`));
},
begin: async (client, file) => {
await client.query(`update ${table} set rolled_back_at = clock_timestamp() where migration_name = $1 and checksum <> $2
         and finished_at is null and rolled_back_at is null`, [file.name, file.checksum]), await client.query(`insert into ${table} (id, checksum, migration_name, started_at)
         select gen_random_uuid()::text, $1::varchar, $2::varchar, clock_timestamp()
         where not exists (select from ${table} where migration_name = $2::varchar and checksum = $1::varchar
                           and finished_at is null and rolled_back_at is null)`, [file.checksum, file.name]);
},
wasBegun: async (client, file) => {
let { rowCount } = await client.query(`select from ${table} where migration_name = $1 and checksum = $2 and finished_at is null
         and rolled_back_at is null`, [file.name, file.checksum]);
return (rowCount ?? 0) > 0;
},
finish: (file, details) => {
let [name, checksum] = [quoted(file.name), quoted(file.checksum)];
return `with begun as (
           update ${table} set finished_at = clock_timestamp(), applied_steps_count = 1
           where migration_name = ${name} and checksum = ${checksum} and finished_at is null and rolled_back_at is null
           returning 1)
         insert into ${table} (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
         select gen_random_uuid()::text, ${checksum}, clock_timestamp(), ${name}, ${timingOf(details).startedAt}, 1
         where not exists (select from begun)`;
},
forget: async (client, file) => {
await client.query(`delete from ${table} where migration_name = $1 and finished_at is null and rolled_back_at is null`, [file.name]);
}
};
}
function newestByName(rows) {
let byName = new Map();
for (let row of rows) byName.get(row.name)?.finished !== !0 && byName.set(row.name, row);
return [...byName.values()];
}
function fits(file, checksum) {
if (file.checksum === checksum) return !0;
let unix = file.sql.replaceAll("\r\n", "\n");
return [unix, unix.replaceAll("\n", "\r\n")].some((text) => createHash("sha256").update(text).digest("hex") === checksum);
}
const identifier = (name) => `"${name.replaceAll("\"", "\"\"")}"`;
function schemaEngine(engine, prisma, ports) {
let { address, options, searchPath } = engine, limits = limitsOf(options), { alsoLock: _, ...seeing } = lookingAtFiles(engine), apply = async (client, { all, pending }) => {
let settings = await prepareSession(client, limits, searchPath), { rows } = await client.query("select pg_backend_pid() as pid"), guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports), applied = [], failed, next = 0, execute = async (sql) => {
let file = pending[next];
if (file === void 0 || file.sql !== sql) throw Error("the schema engine sent a script that is not the next pending one");
let kept = {
...keptElsewhere,
repairs: engine.history.repairs
}, outcome = await applyFile({
client,
settings,
history: kept,
limits,
release: void 0,
ports
}, parseScript(file));
if (outcome.outcome === "failed") throw failed = {
name: file.name,
outcome
}, Error(outcome.message);
next += 1, applied.push(outcome.applied), ports.log.info(`Applied ${file.name} in ${(outcome.applied.seconds ?? 0).toFixed(3)} s.`);
};
try {
let opened = await openEngine(prisma, address.url, execute);
try {
let list = migrationsList(all, engine.directory);
await opened.engine.applyMigrations({
migrationsList: list,
filters: noFilters
});
} finally {
await opened.close();
}
return {
outcome: "applied",
applied,
longestStallMs: (await guard.stalls()).longestMs
};
} catch (error) {
if (error instanceof InputError) throw error;
if (failed === void 0) throw new ProviderError("prisma", `Prisma's schema engine failed: ${firstLine(error)}`, { cause: error });
let { name, outcome } = failed, { again, finished } = engine.history.repairs, repair = outcome.leftNothing ? `nothing of it is left, so: ${again(name)}` : `look how much of it took effect. If all of it did, or you completed it by hand: ${finished({ name })} If nothing of it is left: ${again(name)}`, message = `${outcome.message} Prisma recorded it as failed and will refuse everything after it (P3009); ${repair}`;
return {
...outcome,
message,
applied,
failed: name
};
} finally {
await guard.release();
}
};
return lockedEngine({
...seeing,
apply
}, ports);
}
const keptElsewhere = {
begin: async () => {},
wasBegun: async () => !1,
finish: () => "",
forget: async () => {}
}, noFilters = {
externalTables: [],
externalEnums: []
};
async function openEngine({ project, schema }, url, executeScript) {
let find = createRequire(path.resolve(project, "package.json")), load = async (name) => import(pathToFileURL(resolved(find, name, project)).href), glue = await instantiated(resolved(find, "@prisma/schema-engine-wasm/schema_engine_bg", project)), { PrismaPg } = await load("@prisma/adapter-pg"), utils = await load("@prisma/driver-adapter-utils"), factory = new PrismaPg({
connectionString: url,
application_name: "sluice prisma",
idleTimeoutMillis: 0,
options: `-c search_path=${schema.replaceAll(/[\\ "]/g, "\\$&")}`
}, { schema }), connect = factory.connect.bind(factory), adapters = [];
factory.connect = async () => {
let adapter = Object.assign(await connect(), { executeScript });
return adapters.push(adapter), adapter;
}, factory.connectToShadowDb = () => Promise.reject(Error("a shadow database is never used to apply migrations"));
let bound = utils.bindMigrationAwareSqlAdapterFactory(factory);
return {
engine: await glue.SchemaEngine.new({ datamodels: [["schema.prisma", "datasource db {\n  provider = \"postgresql\"\n}\n"]] }, () => {}, bound),
close: async () => {
for (let adapter of adapters) await adapter.dispose().catch(() => {});
}
};
}
const instances = new Map();
function instantiated(file) {
let known = instances.get(file);
if (known !== void 0) return known;
let loading = (async () => {
let glue = await import(pathToFileURL(file).href), wasm = await readFile(path.join(path.dirname(file), "schema_engine_bg.wasm")), { instantiate } = Reflect.get(globalThis, "WebAssembly"), { instance } = await instantiate(wasm, { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
let start = instance.exports.__wbindgen_start;
return typeof start == "function" && start(), glue;
})();
return instances.set(file, loading), loading;
}
function resolved(find, name, project) {
try {
return find.resolve(name);
} catch {
let wanted = name.split("/").slice(0, 2).join("/");
throw new InputError(`${wanted} is not installed in ${project}. Install the project's dependencies before this step, or write \`engine: native\`, which needs no Prisma.`);
}
}
function migrationsList(files, directory) {
return {
baseDir: directory,
lockfile: {
path: "migration_lock.toml",
content: "provider = \"postgresql\"\n"
},
shadowDbInitScript: "",
migrationDirectories: files.map(({ name, sql }) => ({
path: name,
migrationFile: {
path: "migration.sql",
content: {
tag: "ok",
value: sql
}
}
}))
};
}
const firstLine = (error) => String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
function prismaEngine(options, ports) {
let { directory, url, engine: keeper = "native", project = ".", run, workspace = ".", ...limits } = options, address = parseDatabaseUrl(url, "Applying migrations"), schema = new URL(url).searchParams.get("schema") ?? "public", engine = {
kind: "prisma",
address,
directory,
read: () => readPrismaFiles(directory),
history: prismaHistory(schema),
searchPath: `"${schema.replaceAll("\"", "\"\"")}"`,
alsoLock: [72707369n],
options: limits
};
return run === void 0 ? keeper === "native" ? filesEngine(engine, ports) : schemaEngine(engine, {
project,
schema
}, ports) : filesByToolEngine(engine, {
command: run,
workspace
}, ports);
}
async function readPrismaFiles(directory) {
let files = [];
for (let name of await entriesOf(directory)) {
let path = join(directory, name, "migration.sql");
if (name === "migration_lock.toml" && refuseOtherDatabases(join(directory, name)), existsSync(path)) files.push(migrationFile(name, path, readBytes(path)));
else if (/^\d+_/.test(name) && statSync(join(directory, name)).isDirectory()) throw new InputError(`${join(directory, name)} has no migration.sql. Bring the file back, or remove the folder if it was never applied.`);
}
return files;
}
function refuseOtherDatabases(path) {
let provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(Buffer.from(readBytes(path)).toString("utf8"))?.[1];
if (provider !== void 0 && provider !== "postgresql" && provider !== "cockroachdb") throw new InputError(`${path} says provider = "${provider}"; only PostgreSQL is migrated here.`);
}
export { prismaEngine };
