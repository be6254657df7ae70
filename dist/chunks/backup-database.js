import { _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { E as formatDuration, _ as fail, g as messageOf, h as ProviderError, m as InputError, r as plainText, v as hold, y as pass } from "./words.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError, r as noticeWhenGone } from "./connection.js";
import { i as ofUsers, r as ofNoExtension, t as isDumped } from "./users-objects.js";
import { a as archiveTools, c as dumpNatively, d as restoreArchive, l as listArchive, n as restoreScript, o as chooseDumpTool, r as openScratch, t as readScript, u as readArchive } from "./restore-script.js";
import { t as minimalEnv } from "./minimal-env.js";
import path, { basename, join } from "node:path";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import os, { availableParallelism } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
async function encryptFile(file, encrypted, recipient) {
let { Encrypter } = await import("./dist.js"), encrypter = new Encrypter();
try {
encrypter.addRecipient(recipient);
} catch {
throw new InputError("`backup.encrypt` is no age public key; it begins with age1 (`age-keygen -y key.txt` prints it).");
}
await through(file, encrypted, (source) => encrypter.encrypt(source));
}
async function decryptFile(file, plain, identity) {
let { Decrypter } = await import("./dist.js"), decrypter = new Decrypter(), key = identity.split("\n").find((line) => line.trim().startsWith("AGE-SECRET-KEY-1"));
try {
decrypter.addIdentity((key ?? "").trim());
} catch {
throw new InputError("The key of the backup is no age private key; it begins with AGE-SECRET-KEY-1 (age-keygen makes one).");
}
try {
await through(file, plain, (source) => decrypter.decrypt(source));
} catch (problem) {
let why = messageOf(problem);
throw new InputError(`${file} cannot be opened with this key: ${why}. Give the key it was encrypted for, and the whole file.`);
}
}
async function through(from, to, change) {
await (await open(to, "wx", 384)).close();
try {
let changed = await change(Readable.toWeb(createReadStream(from)));
await pipeline(Readable.fromWeb(changed), createWriteStream(to, { flags: "r+" }));
} catch (problem) {
throw await rm(to, { force: !0 }), problem;
}
}
async function readSequences(client) {
let { rows } = await client.query(`select format('%I.%I', n.nspname, c.relname) as name, pg_sequence_last_value(c.oid)::text as last,
       case when not s.seqcycle then s.seqincrement > 0 end as grows
     from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")} order by 1`);
return Object.fromEntries(rows.map(({ name, last, grows }) => [name, grows === null ? { last } : {
last,
grows
}]));
}
function sequenceDifferences(expected, found) {
return Object.entries(expected).flatMap(([name, { last, grows }]) => {
let restored = found[name];
return last === null || grows === void 0 || restored === void 0 || restored.last !== null && (grows ? BigInt(restored.last) >= BigInt(last) : BigInt(restored.last) <= BigInt(last)) ? [] : [`the sequence ${name} stands at ${restored.last ?? "its beginning"} instead of ${last}`];
});
}
const yes = (condition) => `case when ${condition} then '+' else '-' end`, inSchema = (kind, name) => `format('%s %I.%I', ${kind}, n.nspname, ${name})`, onTable = (kind, name) => `format('${kind} %I of %s', ${name}, c.oid::regclass)`, shape = (...parts) => `concat_ws(E'\\n', ${parts.join(", ")}) as shape`, columns = (relation, numbers, order = "place") => `
  (select string_agg(coalesce(attname::text, '(expression)'), ', ' order by ${order})
   from unnest((${numbers})::int2[]) with ordinality number(attnum, place)
     left join pg_attribute on attrelid = ${relation} and pg_attribute.attnum = number.attnum and number.attnum > 0)`, options = (of) => `(select string_agg(one, ', ' order by one) from unnest(${of}.reloptions) one)`, everyColumn = `
  (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), ${yes("a.attnotnull")}, a.attidentity,
            a.attgenerated, ${yes("a.atthasdef")}, nullif(o.collname, 'default')), ', ' order by a.attname)
   from pg_attribute a left join pg_collation o on o.oid = a.attcollation
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)`, everyObject = [
`
  select ${inSchema("case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'\n  when 'c' then 'type' else 'table' end", "c.relname")} as object,
    ${shape("c.relkind", "c.relpersistence", "c.relreplident", yes("c.relrowsecurity"), yes("c.relforcerowsecurity"), yes("c.relispopulated"), everyColumn, options("c"), "pg_get_expr(c.relpartbound, c.oid)", "(select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)", `(select concat_ws(' ', k.partstrat, ${columns("k.partrelid", "k.partattrs::int2[]")})
        from pg_partitioned_table k where k.partrelid = c.oid)`)}
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and c.relpersistence <> 't'
    and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`,
`
  select ${inSchema("'sequence'", "c.relname")},
    ${shape("format_type(s.seqtypid, null)", "concat_ws(' ', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache)", yes("s.seqcycle"))}
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`,
`
  select ${inSchema("'index'", "c.relname")},
    ${shape("x.indrelid::regclass::text", "m.amname", yes("x.indisunique"), yes("x.indisprimary"), yes("x.indisexclusion"), yes("x.indisvalid"), columns("x.indrelid", "x.indkey::int2[]"), "x.indoption::text", "(select string_agg(o.opcname, ', ' order by place)\n        from unnest(x.indclass::oid[]) with ordinality used(oid, place) join pg_opclass o on o.oid = used.oid)", yes("x.indpred is not null"), options("c"))}
  from pg_index x join pg_class c on c.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join pg_am m on m.oid = c.relam join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and ${isDumped} and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`,
`
  select case when k.contypid <> 0 then format('constraint %I of %s', k.conname, k.contypid::regtype)
         else ${onTable("constraint", "k.conname")} end,
    ${shape("k.contype", yes("k.convalidated"), yes("k.condeferrable"), yes("k.condeferred"), "case when k.contype = 'f' then concat(k.confupdtype, k.confdeltype, k.confmatchtype) end", `case when k.contype = 'c' then ${columns("k.conrelid", "k.conkey", "attname")} else ${columns("k.conrelid", "k.conkey")} end`, "nullif(k.confrelid, 0)::regclass::text", columns("k.confrelid", "k.confkey"))}
  from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_class c on c.oid = k.conrelid
  where k.contype not in ('n', 't') and k.conparentid = 0 and (k.contypid <> 0 or k.conislocal)
    and ${ofUsers} and ${ofNoExtension("pg_constraint", "k")}`,
`
  select format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    ${shape("p.prokind", "l.lanname", "format_type(p.prorettype, null)", "concat(p.provolatile, p.proparallel)", yes("p.proretset"), yes("p.prosecdef"), yes("p.proleakproof"), yes("p.proisstrict"), "p.prosrc", "p.probin", "(select string_agg(one, ', ' order by one) from unnest(p.proconfig) one)")}
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  where ${ofUsers} and ${ofNoExtension("pg_proc", "p")}`,
`
  select ${onTable("trigger", "g.tgname")},
    ${shape("g.tgtype::text", "g.tgenabled", "g.tgfoid::regprocedure::text", "encode(g.tgargs, 'hex')", yes("g.tgdeferrable"), yes("g.tginitdeferred"), columns("g.tgrelid", "g.tgattr::int2[]", "attname"), "g.tgoldtable", "g.tgnewtable", yes("g.tgqual is not null"))}
  from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not g.tgisinternal and g.tgparentid = 0 and ${ofUsers} and ${ofNoExtension("pg_trigger", "g")}`,
`
  select ${onTable("policy", "p.polname")},
    ${shape("p.polcmd", yes("p.polpermissive"), yes("p.polqual is not null"), yes("p.polwithcheck is not null"), "(select string_agg(coalesce(r.rolname, 'public'), ', ' order by r.rolname)\n        from unnest(p.polroles) whom left join pg_roles r on r.oid = whom)")}
  from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ofUsers}`,
`
  select ${inSchema("case y.typtype when 'e' then 'enum' when 'd' then 'domain' else 'range' end", "y.typname")},
    ${shape("format_type(nullif(y.typbasetype, 0), y.typtypmod)", yes("y.typnotnull"), yes("y.typdefault is not null"), "(select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = y.oid)", "(select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = y.oid)")}
  from pg_type y join pg_namespace n on n.oid = y.typnamespace
  where y.typtype in ('e', 'd', 'r') and ${ofUsers} and ${ofNoExtension("pg_type", "y")}`,
`
  select ${onTable("rule", "r.rulename")}, ${shape("r.ev_type::text", "r.ev_enabled", yes("r.is_instead"))}
  from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
  where r.rulename <> '_RETURN' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`
].join(" union all ");
async function readShapes(client) {
let { rows } = await client.query(`select object, md5(convert_to(shape, 'UTF8')) as shape from (${everyObject}) found order by object collate "C", 2`);
return Object.fromEntries(rows.map(({ object, shape }) => [object, shape]));
}
function shapeDifferences(expected, found) {
let changed = Object.entries(expected).flatMap(([object, shape]) => found[object] === void 0 ? [`the ${object} is missing`] : found[object] === shape ? [] : [`the ${object} is another one`]), added = Object.keys(found).filter((object) => expected[object] === void 0);
return [...changed, ...added.map((object) => `the ${object} is too many`)];
}
function differences(expected, found) {
let byName = new Map(found.tables.map((table) => [table.name, table])), expectedNames = new Set(expected.tables.map(({ name }) => name)), tables = expected.tables.flatMap((table) => {
let restored = byName.get(table.name);
return restored === void 0 ? [`${table.name} is missing`] : restored.rows === table.rows ? restored.hash === table.hash ? [] : [`${table.name} has other content in its ${table.rows} rows`] : [`${table.name} has ${restored.rows} rows instead of ${table.rows}`];
}), added = found.tables.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => `${name} is too many`);
return [
...tables,
...added,
...objectDifferences(expected, found),
...otherDifferences(expected, found)
];
}
function objectDifferences(expected, found) {
return expected.shapes !== void 0 && found.shapes !== void 0 ? shapeDifferences(expected.shapes, found.shapes) : Object.entries(expected.objects).filter(([kind, count]) => found.objects[kind] !== count).map(([kind, count]) => `there are ${found.objects[kind] ?? 0} ${kind} instead of ${count}`);
}
function otherDifferences(expected, found) {
let behind = sequenceDifferences(expected.sequences ?? {}, found.sequences ?? {}), { count, hash } = expected.largeObjects ?? {};
return count === void 0 || count === found.largeObjects?.count && hash === found.largeObjects.hash ? behind : count === found.largeObjects?.count ? [...behind, `the ${count} large objects have other content`] : [...behind, `there are ${found.largeObjects?.count ?? 0} large objects instead of ${count}`];
}
const asTheyAre = [
"bool",
"int2",
"int4",
"int8",
"bytea",
"uuid",
"date",
"timestamp",
"timestamptz"
], texts = ["text", "varchar"], asText = [
"numeric",
"float4",
"float8",
"json",
"jsonb",
"interval",
"time",
"timetz",
"inet",
"cidr"
], types = (names) => `(${names.map((name) => `'pg_catalog.${name}'::regtype`).join(", ")})`, tableNames = `
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
  order by 1`, relations = (kinds) => `
  select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`, objectCounts = `
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
async function fingerprint(client, { only, hashedBy }) {
await client.query("\n  set local search_path = ''; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';\n  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';\n  set local lc_monetary = 'C'; set local xmloption = 'content'; set local row_security = off;\n  set local lock_timeout = '30s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
let { rows: names } = await client.query(tableNames), tables = [];
for (let { name, oid, columns } of names) {
if (only?.has(name) === !1) continue;
let hash = hashedBy === "columns" ? `hash_record_extended(row(${columns}), 0)` : "hashtextextended((t.*)::text collate \"C\", 0)", { rows } = await client.query(`select count(*) as rows, coalesce(sum(${hash}), 0)::text as hash,
              pg_catalog.pg_table_size(${oid}::oid)::float8 as bytes
       from only ${name} t`);
tables.push({
name,
rows: Number(rows[0]?.rows),
hash: rows[0]?.hash ?? "",
oid,
bytes: rows[0]?.bytes
});
}
let { rows } = await client.query(objectCounts);
return {
hashedBy,
tables,
objects: rows[0] ?? {},
shapes: await readShapes(client),
sequences: await readSequences(client),
largeObjects: await readLargeObjects(client)
};
}
async function readLargeObjects(client) {
let { rows } = await client.query("\n  select count(distinct o.oid)::int as count,\n    coalesce(sum(hash_record_extended(row(o.oid, piece, lo_get(o.oid, piece * 1048576, 1048576)), 0)), 0)::text as hash\n  from (select oid, lo_lseek64(lo_open(oid, 262144), 0, 2) as bytes from pg_largeobject_metadata) o,\n    generate_series(0, o.bytes / 1048576) piece");
return rows[0];
}
function sampleOf(tables, bytes) {
let bySize = tables.toSorted((a, b) => (a.bytes ?? 0) - (b.bytes ?? 0)), room = bytes, taken = bySize.findIndex((table) => (room -= table.bytes ?? 0, room < 0));
if (!(taken < 0 || bySize.some(({ oid }) => oid === void 0))) return {
tables: bySize.slice(0, taken),
left: bySize.slice(taken).reverse()
};
}
const expectedOf = (whole, { tables }) => ({
...comparable(whole),
tables
});
function comparable({ hashedBy, tables, objects, sequences, shapes }) {
let { constraints: _, ...counted } = objects, kept = Object.entries(shapes ?? {}).filter(([object]) => !/^(constraint|materialized view) /.test(object));
return {
hashedBy,
tables,
objects: counted,
sequences,
shapes: shapes && Object.fromEntries(kept)
};
}
function listOfSample(list, { left }) {
let rowsOf = new Set(left.map(({ oid }) => `0 ${oid}`));
return list.split("\n").filter((line) => {
let [, object = "", what = ""] = /^\d+; (\d+ \d+) ((?:[A-Z]+ ?)+)/.exec(line) ?? [];
return /^(FK CONSTRAINT|MATERIALIZED VIEW DATA|BLOB)/.test(what) ? !1 : !what.startsWith("TABLE DATA") || !rowsOf.has(object);
}).join("\n");
}
const megabytes = (bytes) => `${Math.ceil(bytes / 1e6)} MB`, bytesOf = (tables) => tables.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
function toldOf({ tables, left }) {
let named = left.slice(0, 5).map(({ name }) => name), others = left.length > 5 ? ` and ${left.length - 5} more` : "";
return `the structure without its foreign keys, and rows and hashes of ${tables.length} of ${tables.length + left.length} tables (${megabytes(bytesOf(tables))} of ${megabytes(bytesOf([...tables, ...left]))}) equal the snapshot's. Read to their end only, because of \`sample-above\`: ${named.join(", ")}${others}.`;
}
async function verifyDump(manifest, dump, ports) {
let tools = manifest.format === "custom" ? await archiveTools(manifest, ports) : void 0;
if (manifest.format === "custom" && tools === void 0) return nothing("No pg_restore that can read it was found.");
let whole = async (otherwise) => {
let read = await readDump(dump.file, tools, ports);
return read === void 0 ? readOnly(`It was read to its end${otherwise}`) : damaged(read, []);
};
if (dump.scratch === void 0) return whole("; it was not restored.");
let scratch;
try {
scratch = await dump.scratch;
} catch (error) {
return whole(`, but there is no scratch database: ${describeError(error).message}`);
}
if (typeof scratch == "string") return whole(`, but not restored. ${scratch}`);
let absent = manifest.extensions.filter((name) => !scratch.extensions.has(name));
if (absent.length > 0) return whole(`, but not restored: the scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. Give a scratch server that has them.`);
let sample = tools === void 0 || dump.sampleAbove === void 0 ? void 0 : sampleOf(manifest.tables, dump.sampleAbove), read = sample === void 0 ? void 0 : await readDump(dump.file, tools, ports);
return read === void 0 ? restoreAndCompare(manifest, {
file: dump.file,
tools,
sample
}, scratch, ports) : damaged(read, []);
}
async function restoreAndCompare(manifest, dump, scratch, ports) {
let began = ports.clock.monotonic(), { file, tools, sample } = dump;
return withConnection(scratch.address, "sluice restore", ports, async (client) => {
try {
tools === void 0 ? await restoreScript(client, file, scratch.major, "drop") : await restoreInto(scratch.address, {
file,
tools,
sample
}, ports);
} catch (error) {
let why = await readDump(file, tools, ports);
if (why !== void 0) return damaged(why, []);
let { code, message } = describeError(error);
return lacksMeans(code, message) ? readOnly(`It was read to its end, and where it was to be restored, ${scratch.origin}, lacked the means: ${message}. Give it more space, or name a larger server as \`scratch\`, and run the step again.`) : damaged(`It could not be restored into ${scratch.origin}: ${message}.`, []);
}
await client.query("begin isolation level repeatable read read only");
let restored = await fingerprint(client, {
only: sample && new Set(sample.tables.map(({ name }) => name)),
hashedBy: manifest.hashedBy
}), found = sample === void 0 ? differences(manifest, restored) : differences(expectedOf(manifest, sample), comparable(restored));
if (await client.query("commit"), found.length > 0) return damaged(`Restored into ${scratch.origin} it differs from its snapshot: ${list(found)}.`, found);
let same = {
damaged: !1,
differences: [],
scratch: scratch.origin
};
return sample === void 0 ? {
...same,
level: "restored",
message: `restored into ${scratch.origin}; rows and hashes of all ${manifest.tables.length} tables equal the snapshot's.`,
seconds: (ports.clock.monotonic() - began) / 1e3
} : {
...same,
level: "sampled",
message: `restored into ${scratch.origin} in part: ${toldOf(sample)}`
};
});
}
const lacksMeans = (code, message) => /^(?:08|53|57|58)...$/.test(code ?? "") || /No space left on device|[Oo]ut of (?:shared )?memory|server closed the connection|terminating connection/.test(message);
async function restoreInto(address, { file, tools, sample }, ports) {
let request = {
binaries: tools,
address,
file,
ownership: "drop",
jobs: Math.min(4, availableParallelism())
};
if (sample === void 0) return restoreArchive(request, ports);
let list = `${file}.list`;
try {
await listArchive({
binaries: tools,
file,
into: list
}, ports), await writeFile(list, listOfSample(await readFile(list, "utf8"), sample)), await restoreArchive({
...request,
list
}, ports);
} finally {
await rm(list, { force: !0 });
}
}
async function readDump(file, tools, ports) {
if (tools === void 0) return readScript(file);
try {
await readArchive({
binaries: tools,
file
}, ports);
return;
} catch (error) {
return `It cannot be read to its end: ${describeError(error).message}`;
}
}
function list(found) {
let shown = found.slice(0, 5).join("; ");
return found.length > 5 ? `${shown}; and ${found.length - 5} more` : shown;
}
function damaged(message, found) {
return {
level: "none",
damaged: !0,
message,
differences: found
};
}
function readOnly(message) {
return {
level: "read-only",
damaged: !1,
message,
differences: []
};
}
function nothing(message) {
return {
level: "none",
damaged: !1,
message,
differences: []
};
}
async function backup(options, ports) {
let address = parseDatabaseUrl(options.url, "A backup"), { directory, verify, sampleAbove } = options, { dumped, scratch } = await withConnection(address, "sluice backup", ports, async (client) => {
let server = await describeServer(client), limits = { wasmLimitBytes: options.wasmLimitBytes ?? 268435456 }, tool = await chooseDumpTool(server, limits, ports), scratch = scratchFor(verify, {
url: options.scratchUrl,
major: server.major,
roles: server.roles
}, ports);
try {
return {
dumped: await dumpSnapshot(client, {
address,
server,
tool,
directory
}, ports),
scratch
};
} catch (error) {
throw await discard(scratch), error;
}
});
try {
let file = join(directory, dumped.file), summing = checksum(file);
summing.catch(() => {});
let verified = await verifyDump(dumped, {
file,
scratch,
sampleAbove
}, ports), { file: name, format, ...rest } = dumped, manifest = {
file: name,
format,
sha256: await summing,
...rest,
verified
};
return await writeFile(`${file}.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 384 }), {
verdict: judge$1(manifest, verify),
manifest
};
} finally {
await discard(scratch);
}
}
function scratchFor(verify, request, ports) {
if (verify === "read") return;
let opening = openScratch(request, ports);
return opening.catch(() => {}), opening;
}
async function discard(scratch) {
let opened = await scratch?.catch(() => void 0);
typeof opened == "object" && await opened.remove();
}
async function describeServer(client) {
let { rows } = await client.query("select current_setting('server_version') as version,\n            current_setting('server_version_num')::int / 10000 as major,\n            pg_database_size(current_database())::text as bytes,\n            array(select extname::text from pg_extension where extname <> 'plpgsql' order by 1) as extensions,\n            array(select rolname::text from pg_roles where rolname !~ '^pg_' order by 1) as roles"), [facts] = rows;
if (facts === void 0) throw new ProviderError("postgres", "The server did not describe itself.");
return {
...facts,
bytes: Number(facts.bytes)
};
}
async function dumpSnapshot(client, request, ports) {
let { address, server, tool, directory } = request, began = ports.clock.monotonic(), takenAt = new Date(ports.clock.now()).toISOString(), format = tool.kind === "native" ? "custom" : "plain", name = `${address.database.replaceAll(/[^\w-]/g, "_")}-${takenAt.replaceAll(/\W/g, "")}`, file = join(directory, `${name}.${format === "custom" ? "dump" : "sql"}`);
await createPrivately(directory, file);
try {
let { snapshot, lsn } = await exportSnapshot(client), sequences = await readSequences(client), giveUp = () => void client.connection.stream.destroy();
ports.cancelled.addEventListener("abort", giveUp, { once: !0 });
let cause, dumping = dumpWith(tool, {
address,
snapshot,
file
}, ports).catch((error) => {
cause ??= error, giveUp();
}), reading = fingerprint(client, { hashedBy: "columns" }).catch((error) => {
cause ??= unreadable(error);
}), [dumpedWith, taken] = await Promise.all([dumping, reading]);
if (ports.cancelled.removeEventListener("abort", giveUp), dumpedWith === void 0 || taken === void 0) throw cause;
return await client.query("commit"), {
file: basename(file),
format,
bytes: (await stat(file)).size,
seconds: (ports.clock.monotonic() - began) / 1e3,
takenAt,
database: address.name,
serverVersion: server.version,
dumpedWith,
lsn,
snapshot,
extensions: server.extensions,
roles: server.roles,
...taken,
sequences
};
} catch (error) {
throw await rm(file, { force: !0 }), error;
}
}
async function createPrivately(directory, file) {
await mkdir(directory, {
recursive: !0,
mode: 448
}), await (await open(file, "wx", 384)).close();
}
async function exportSnapshot(client) {
await noticeWhenGone(client), await client.query("begin isolation level repeatable read read only");
let { rows } = await client.query("select pg_export_snapshot() as snapshot,\n            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn"), [exported] = rows;
if (exported === void 0) throw new ProviderError("postgres", "The server exported no snapshot.");
return exported;
}
async function dumpWith(tool, request, ports) {
if (tool.kind === "native") return dumpNatively({
...request,
binaries: tool.binaries
}, ports);
let { dumpWithWasm } = await import("./wasm-dump2.js");
return dumpWithWasm(request, ports);
}
function unreadable(error) {
let { code, message } = describeError(error), what = `The tables could not be counted and hashed: ${message}. The backup's login must be able to read all of them.`;
return new ProviderError("postgres", what, {
...code !== void 0 && { status: code },
cause: error
});
}
async function checksum(file) {
let hash = createHash("sha256");
for await (let chunk of createReadStream(file)) hash.update(chunk);
return hash.digest("hex");
}
function judge$1(manifest, asked) {
let { verified } = manifest, rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0), what = `Backup ${manifest.file} (${manifest.bytes} bytes, ${manifest.tables.length} tables, ${rows} rows)`;
return verified.damaged ? fail("backup-damaged", `${what} is not usable. ${verified.message} Make another one.`, manifest) : verified.level === "restored" ? pass("backup-restored", `${what}: ${verified.message}`, manifest) : verified.level === "sampled" ? pass("backup-sampled", `${what}: ${verified.message}`, manifest) : verified.level === "read-only" && asked === "read" ? pass("backup-read", `${what}: ${verified.message}`, manifest) : hold("backup-unverified", `${what} is written but not proven. ${verified.message}`, manifest);
}
const answer = object({
pitr_enabled: boolean(),
backups: array(object({
status: string(),
inserted_at: string()
})),
physical_backup_data: object({ latest_physical_backup_date_unix: number().optional() }).optional()
});
async function supabaseBackups({ project, token, within, api = "https://api.supabase.com" }, ports) {
ports.mask(token);
let url = new URL(`/v1/projects/${project}/database/backups`, api), response = await ports.fetch(url, {
headers: {
authorization: `Bearer ${token}`,
accept: "application/json"
},
signal: AbortSignal.timeout(15e3),
redirect: "error"
}).catch(() => void 0);
if (response === void 0 || response.status >= 500 || response.status === 429) return hold("no-data", `Supabase did not say which backups there are (${response?.status ?? "no answer"}). Run the step again.`);
if (response.status === 401 || response.status === 403) throw new ProviderError("supabase", "Supabase refused the token. Make an access token that may read the project's backups.", { status: response.status });
if (response.status === 404) throw new InputError(`Supabase knows no project ${project}. Correct \`backup.supabase.project\`.`);
let read = answer.safeParse(await response.json().catch(() => void 0));
return !response.ok || !read.success ? hold("no-data", `Supabase's answer about its backups cannot be read (${response.status}). Run the step again.`) : judge(read.data, within, ports.clock.now());
}
function judge({ pitr_enabled, backups, physical_backup_data }, within, now) {
let done = backups.filter(({ status }) => status === "COMPLETED").map(({ inserted_at }) => Date.parse(inserted_at)), physical = physical_backup_data?.latest_physical_backup_date_unix, newest = Math.max(...done.filter(Number.isFinite), pitr_enabled && physical !== void 0 ? physical * 1e3 : -Infinity), evidence = {
pitr: pitr_enabled,
newest: Number.isFinite(newest) ? new Date(newest).toISOString() : null
};
if (!Number.isFinite(newest)) return fail("no-backup", "Supabase has no completed backup of this project. Turn backups on, or take one, before the release.", evidence);
let age = now - newest, how = pitr_enabled ? "point-in-time recovery" : "backup";
return age > within ? fail("backup-too-old", `Supabase's newest ${how} is ${formatDuration(Math.round(age / 6e4) * 6e4)} old, and it may be ${formatDuration(within)}. Take one before the release.`, evidence) : age < -864e5 ? hold("odd-clock", "Supabase's newest backup is said to be from the future.", evidence) : pass("platform-backup", `Supabase's newest ${how} is from ${evidence.newest}.`, evidence);
}
async function backupDatabase({ step, ports, workspace, directory }) {
if (step === void 0) throw new InputError("The runbook has no backup step in this stage.");
let days = step.keep === void 0 ? void 0 : Math.ceil(step.keep / dayMs), artifacts = step.store === "artifact" ? (await import("./artifact.js")).openArtifacts(days, ports) : void 0, folder = directory ?? path.join(ports.env.RUNNER_TEMP ?? os.tmpdir(), "sluice-backup");
if (step.supabase !== void 0) {
let platform = await supabaseBackups(step.supabase, ports);
if (platform.verdict !== "pass") return {
verdict: platform,
file: "",
manifest: ""
};
ports.log.info(platform.message);
}
let { verdict: proven, manifest } = await backup({
url: step.url,
directory: folder,
verify: step.verify,
sampleAbove: step["sample-above"],
...step.scratch === void 0 ? {} : { scratchUrl: step.scratch }
}, ports), plain = path.join(folder, manifest.file), verdict = withinTime(proven, manifest, step["restore-within"]), described = {
file: plain,
manifest: await readFile(`${plain}.json`, "utf8")
};
if (verdict.verdict !== "pass") return {
verdict,
...described
};
let file = step.encrypt === void 0 ? plain : `${plain}.age`;
step.encrypt !== void 0 && await encryptFile(plain, file, step.encrypt);
let files = {
file,
manifest: `${plain}.json`,
workspace,
days
};
return {
verdict: (artifacts === void 0 ? await store(step, files, ports) : await upload(step, files, artifacts)) ?? verdict,
...described,
file
};
}
function withinTime(verdict, { verified }, longest) {
if (longest === void 0 || verdict.verdict !== "pass") return verdict;
let { seconds } = verified;
return seconds === void 0 ? fail("restore-untimed", "`restore-within` needs a whole restore (`verify: restore`, and no more than `sample-above`): only one that was tried has a time.", verdict.evidence) : seconds * 1e3 <= longest ? verdict : fail("restore-too-slow", `Restoring and comparing took ${seconds.toFixed(1)} s, and ${formatDuration(longest)} is the longest it may take. Make the database smaller, or the promise larger.`, verdict.evidence);
}
const dayMs = 864e5;
async function upload({ encrypt }, { file, manifest }, artifacts) {
if (encrypt === void 0) throw new InputError("`backup.store: artifact` needs `encrypt`.");
await encryptFile(manifest, `${manifest}.age`, encrypt);
let why = await artifacts.keep(path.basename(file), [file, `${manifest}.age`]);
if (why !== void 0) return fail("backup-not-stored", `The backup is proven, but not kept as an artifact: ${why}. Run the step again, or write a command for \`backup.store\`.`);
}
async function store({ store: command }, { file, manifest, workspace, days }, ports) {
if (command === void 0 || command === "artifact") return;
let failed = await runBackupCommand(command, {
SLUICE_BACKUP_FILE: file,
SLUICE_BACKUP_MANIFEST: manifest,
...days !== void 0 && { SLUICE_BACKUP_KEEP_DAYS: String(days) }
}, workspace, ports);
if (failed !== void 0) return fail("backup-not-stored", `The backup is proven, but the command that keeps it ${failed}. Correct \`backup.store\`.`);
}
async function runBackupCommand({ run, env, within = 18e5 }, told, workspace, ports) {
let { code, signal, stderr } = await ports.exec("bash", [
"--noprofile",
"--norc",
"-eo",
"pipefail",
"-c",
run
], {
cwd: workspace,
env: {
...minimalEnv(ports.env),
...env,
...told
},
timeoutMs: within,
onLine: (line) => ports.log.info(`  | ${plainText(line).replaceAll("\n", " ")}`)
});
if (code === 0) return;
let last = plainText(stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
return `${code === null ? `was ended by ${signal}` : `ended with ${code}`}${last === "" ? "" : `: ${last.slice(0, 200)}`}`;
}
export { decryptFile as a, fingerprint as i, runBackupCommand as n, differences as r, backupDatabase as t };
