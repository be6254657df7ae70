import { a as withConnection, n as describeError } from "./connection.js";
import { n as lineAndColumn } from "./statements.js";
import { c as dumpNatively, d as restoreArchive, n as restoreScript, o as chooseDumpTool, r as openScratch } from "./restore-script.js";
import path from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
const modes = [
"ShareLock",
"ShareRowExclusiveLock",
"ExclusiveLock",
"AccessExclusiveLock"
], heldLocks = `
  select l.relation::text as oid, l.mode, c.relfilenode::text as filenode
  from pg_locks l join pg_class c on c.oid = l.relation
  where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
    and l.mode in (${modes.map((mode) => `'${mode}'`).join(", ")})`;
async function traceLocks(client, scripts, clock) {
let { rows } = await client.query("\n  select c.oid::text, format('%I.%I', n.nspname, c.relname) as name, c.relfilenode::text as filenode\n  from pg_class c join pg_namespace n on n.oid = c.relnamespace\n  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'\n    and c.relkind in ('r', 'p', 'm')"), before = new Map(rows.map(({ oid, name, filenode }) => [oid, {
name,
filenode
}])), files = [];
for (let script of scripts) {
let began = clock(), taken = [], failed = await traceFile({
client,
script,
before,
clock
}, taken), ended = clock();
if (files.push({
name: script.name,
seconds: (ended - began) / 1e3,
locks: taken.map(({ since, ...lock }) => ({
...lock,
heldMs: ended - since
})),
...failed
}), failed !== void 0) break;
}
return files;
}
async function traceFile({ client, script, before, clock }, locks) {
let inTransaction = script.alone === void 0, place = script.path;
try {
await client.query(inTransaction ? "begin" : "select 1");
let seen = new Set();
for (let statement of script.statements) {
let { line, column } = lineAndColumn(script.sql, statement.start);
place = `${script.path}:${line}:${column}`;
let since = clock();
await client.query(statement.text), inTransaction && locks.push(...(await newLocks(client, before, seen, place)).map((lock) => ({
...lock,
since
})));
}
inTransaction && await client.query("commit");
return;
} catch (error) {
let { message, code } = describeError(error);
return inTransaction && await client.query("rollback").catch(() => {}), {
failure: `${place}: ${message}${code === void 0 ? "" : ` (SQLSTATE ${code})`}.`,
forWantOfRows: [
"23503",
"P0001",
"P0002"
].includes(code ?? "")
};
}
}
async function newLocks(client, before, seen, place) {
let { rows } = await client.query(heldLocks), strongest = new Map();
for (let { oid, mode, filenode } of rows) {
let relation = before.get(oid);
if (relation === void 0) continue;
let rewritten = relation.filenode !== filenode || strongest.get(oid)?.rewritten === !0, key = `${oid} ${mode}`;
if (seen.has(key) && !rewritten) continue;
seen.add(key), before.set(oid, {
...relation,
filenode
});
let held = strongest.get(oid), stronger = held === void 0 || modes.indexOf(mode) > modes.indexOf(held.mode) ? mode : held.mode, blocks = stronger === "AccessExclusiveLock" ? "reads and writes" : "writes";
strongest.set(oid, {
relation: relation.name,
mode: stronger,
blocks,
rewritten,
place
});
}
return [...strongest.values()];
}
async function rehearse(request, ports) {
let folder = await mkdtemp(path.join(ports.env.RUNNER_TEMP ?? tmpdir(), "sluice-rehearsal-"));
try {
let file = path.join(folder, "schema");
return await withConnection(request.address, "sluice rehearsal", ports, async (client) => {
let production = await describe(client), scratch = await openScratch({
url: request.scratchUrl,
major: production.major,
roles: production.roles
}, ports);
if (typeof scratch == "string") return {
outcome: "not-rehearsed",
why: scratch
};
try {
let absent = production.extensions.filter((name) => !scratch.extensions.has(name));
if (absent.length > 0) return {
outcome: "not-rehearsed",
why: `The scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. Give a scratch server that has them.`
};
let files = await withConnection(scratch.address, "sluice rehearsal", ports, async (copy) => (await copySchema({
client,
address: request.address,
major: production.major,
file
}, {
...scratch,
copy
}, ports), request.searchPath === void 0 ? await copy.query("reset search_path") : await copy.query("select set_config('search_path', $1, false)", [request.searchPath]), traceLocks(copy, request.scripts, ports.clock.monotonic))), { failure, forWantOfRows } = files.at(-1) ?? {};
if (forWantOfRows === !0) return {
outcome: "not-rehearsed",
why: `the copy has no rows, and ${failure}`
};
let locked = new Set(files.flatMap(({ locks }) => locks.map(({ relation }) => relation)));
return {
outcome: "rehearsed",
origin: scratch.origin,
sameMajor: scratch.major === production.major,
files,
sizes: await sizesOf(client, [...locked]),
...failure !== void 0 && { failure }
};
} finally {
await scratch.remove();
}
});
} finally {
await rm(folder, {
recursive: !0,
force: !0
});
}
}
async function describe(client) {
let { rows } = await client.query("select current_setting('server_version_num')::int / 10000 as major,\n            array(select rolname::text from pg_roles where rolname !~ '^pg_') as roles,\n            array(select extname::text from pg_extension where extname <> 'plpgsql') as extensions"), [found] = rows;
if (found === void 0) throw Error("the server answered with no row");
return found;
}
async function copySchema({ client, address, major, file }, scratch, ports) {
let tool = await chooseDumpTool({
major,
bytes: 0
}, { wasmLimitBytes: 1 }, ports);
await client.query("begin isolation level repeatable read read only");
try {
let { rows } = await client.query("select pg_export_snapshot() as snapshot"), dump = {
address,
snapshot: rows[0]?.snapshot ?? "",
file,
schemaOnly: !0
};
if (tool.kind === "native") {
await dumpNatively({
...dump,
binaries: tool.binaries
}, ports);
let copy = {
binaries: tool.binaries,
address: scratch.address,
file,
ownership: "drop",
jobs: 1
};
await restoreArchive(copy, ports);
return;
}
let { dumpWithWasm } = await import("./wasm-dump2.js");
await dumpWithWasm(dump, ports), await restoreScript(scratch.copy, file, scratch.major, "drop");
} finally {
await client.query("rollback").catch((error) => ports.log.warn(describeError(error).message));
}
}
async function sizesOf(client, names) {
let { rows } = await client.query("select name, greatest(c.reltuples, 0)::float8 as rows, pg_total_relation_size(c.oid)::float8 as bytes\n     from unnest($1::text[]) name join pg_class c on c.oid = to_regclass(name)", [names]);
return Object.fromEntries(rows.map(({ name, rows: count, bytes }) => [name, {
rows: count,
bytes
}]));
}
function rehearsalLines(rehearsal) {
let locks = rehearsal.files.flatMap((file) => file.locks), weight = ({ rewritten, blocks }) => (rewritten ? 2 : 0) + (blocks === "writes" ? 0 : 1);
return locks.toSorted((a, b) => weight(b) - weight(a)).map(({ relation, mode, blocks, rewritten, heldMs, place }) => {
let size = rehearsal.sizes[relation];
return `${place}: ${mode} on ${relation}${size === void 0 ? "" : ` (${Math.round(size.rows)} rows, ${Math.ceil(size.bytes / 1024 / 1024)} MB in production)`} keeps ${blocks} waiting${rewritten ? ", and writes every row anew" : ""} (${Math.ceil(heldMs)} ms without rows).`;
});
}
export { rehearsalLines, rehearse };
