import { h as ProviderError, m as InputError, y as pass } from "./chunks/words.js";
import { _ as object, b as string, g as number, h as looseObject, l as array, m as literal, n as datetime, s as _enum, u as boolean, v as record } from "./chunks/zod.js";
import { a as decryptFile, i as fingerprint, n as runBackupCommand, r as differences, t as backupDatabase } from "./chunks/backup-database.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError } from "./chunks/connection.js";
import { a as archiveTools, d as restoreArchive, i as dropDatabase, n as restoreScript } from "./chunks/restore-script.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret, r as oneOf, t as flag } from "./chunks/input.js";
import { l as stageOf, o as sessionInputs } from "./chunks/session.js";
import { i as variablesOf } from "./chunks/release.js";
import { a as resolveParts, n as loadRunbook } from "./chunks/runbook-keys.js";
import path from "node:path";
import { createReadStream } from "node:fs";
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import os from "node:os";
const timeColumns = [
"updated_at",
"created_at",
"inserted_at",
"updatedAt",
"createdAt"
];
async function estimateLoss(client, manifest) {
let { rows: present } = await client.query("select format('%I.%I', n.nspname, c.relname) as name,\n       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped\n         and a.attname = any($1) and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)) as columns\n     from pg_class c join pg_namespace n on n.oid = c.relnamespace\n     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'", [timeColumns]), now = new Map(present.map(({ name, columns }) => [name, columns])), then = new Map(manifest.tables.map(({ name, rows }) => [name, rows])), losses = [];
for (let name of [...new Set([...then.keys(), ...now.keys()])].sort()) {
let columns = now.get(name);
losses.push({
name,
rowsInBackup: then.get(name) ?? 0,
rowsNow: columns === void 0 ? void 0 : await count(client, name),
newer: columns === void 0 || columns.length === 0 ? void 0 : await newerRows(client, name, columns, manifest.takenAt)
});
}
return losses;
}
async function count(client, name) {
let { rows } = await client.query(`select count(*) as rows from only ${name}`);
return Number(rows[0]?.rows);
}
async function newerRows(client, name, columns, since) {
let later = columns.map((column) => `${client.escapeIdentifier(column)} > $1`).join(" or "), { rows } = await client.query(`select count(*) as rows from only ${name} where ${later}`, [since]);
return Number(rows[0]?.rows);
}
function lossInWords(losses) {
let size = ({ rowsInBackup, rowsNow, newer }) => Math.max(newer ?? 0, Math.abs((rowsNow ?? 0) - rowsInBackup));
return losses.filter((loss) => size(loss) > 0).toSorted((a, b) => size(b) - size(a)).map(({ name, rowsInBackup, rowsNow, newer }) => rowsNow === void 0 ? `${name}: dropped since, ${rowsInBackup} rows come back` : `${name}: ${rowsInBackup} rows in the backup, ${rowsNow} now, ${newer === void 0 ? "no column says which are newer" : `${newer} of them newer than the backup`}`);
}
async function readDatabaseItself(client, name) {
let { rows } = await client.query("select jsonb_build_object(\n       'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),\n       'connectionLimit', d.datconnlimit, 'collate', d.datcollate, 'ctype', d.datctype,\n       'provider', to_jsonb(d)->>'datlocprovider',\n       'locale', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'),\n       'settings', (select coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'setting', one) order by r.rolname, one), '[]')\n                    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) one\n                    where s.setdatabase = d.oid))\n       || case when d.datacl is null then '{}'::jsonb else jsonb_build_object('grants',\n            (select coalesce(jsonb_agg(jsonb_build_object('grantee', g.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)\n                                       order by g.rolname, a.privilege_type), '[]')\n             from aclexplode(d.datacl) a left join pg_roles g on g.oid = a.grantee)) end as itself\n     from pg_database d where d.datname = $1", [name]);
return rows[0]?.itself ?? void 0;
}
function createStatement(name, itself, quote) {
let literal = (text) => quote.escapeLiteral(text), locale = literal(itself.locale ?? ""), providers = {
b: ` locale_provider builtin builtin_locale ${locale}`,
c: " locale_provider libc",
i: ` locale_provider icu icu_locale ${locale}`
}, provider = itself.provider === null ? "" : providers[itself.provider];
return `create database ${quote.escapeIdentifier(name)} template template0 encoding ${literal(itself.encoding)} lc_collate ${literal(itself.collate)} lc_ctype ${literal(itself.ctype)}${provider} owner ${quote.escapeIdentifier(itself.owner)} connection limit ${itself.connectionLimit}`;
}
const lists = new Set([
"local_preload_libraries",
"search_path",
"session_preload_libraries",
"temp_tablespaces"
]);
function likeItself(name, { owner, settings, grants }, quote) {
let id = (text) => quote.escapeIdentifier(text), set = settings.map(({ role, setting }) => {
let [variable = ""] = setting.split("=", 1), value = setting.slice(variable.length + 1), parts = lists.has(variable) ? namesIn(value) : [value], whose = role === null ? `alter database ${id(name)}` : `alter role ${id(role)} in database ${id(name)}`, to = parts.map((part) => quote.escapeLiteral(part)).join(", ");
return {
statement: `${whose} set ${variable.split(".").map(id).join(".")} to ${to}`,
what: `the setting ${variable}${role === null ? "" : ` of ${role}`}`
};
});
if (grants === void 0) return set;
let granted = grants.filter(({ grantee }) => grantee !== owner).map(({ grantee, privilege, grantable }) => ({
statement: `grant ${privilege} on database ${id(name)} to ${grantee === null ? "public" : id(grantee)}${grantable ? " with grant option" : ""}`,
what: `${privilege} of ${grantee ?? "everybody"}`
})), closed = {
statement: `revoke all on database ${id(name)} from public`,
what: "what everybody may not do"
};
return [
...set,
closed,
...granted
];
}
function namesIn(list) {
let found = list.matchAll(/"((?:[^"]|"")*)"|[^",\s]+/g), names = Array.from(found, ([whole, quoted]) => quoted?.replaceAll("\"\"", "\"") ?? whole);
return names.length === 0 ? [""] : names;
}
async function restoreDatabase({ url, file, manifest, swap }, ports) {
let present = parseDatabaseUrl(url, "Restoring"), began = ports.clock.monotonic(), stamp = new Date(ports.clock.now()).toISOString().replace(/\D/g, "").slice(0, 14), fresh = suffixed(present.database, `_restored_${stamp}`), kept = suffixed(present.database, `_before_${stamp}`);
return withConnection(onDatabase(present, "postgres"), "sluice restore", ports, async (admin) => {
let found = await readDatabaseItself(admin, present.database);
if (found === void 0) throw new ProviderError("postgres", `${present.name} is gone.`);
await admin.query(createStatement(fresh, found, admin)).catch((problem) => {
throw new ProviderError("postgres", `No database could be made beside ${present.database}: ${describeError(problem).message}. Nothing was changed. Restore as the login that owns the database and may create others (\`alter role NAME createdb\`).`);
});
try {
await fill(onDatabase(present, fresh), file, manifest, ports), await liken(admin, fresh, found, ports);
} catch (problem) {
throw await dropDatabase(admin, fresh).catch((left) => {
ports.log.warn(`${fresh} could not be removed again: ${describeError(left).message}. Drop it by hand.`);
}), problem;
}
let seconds = () => (ports.clock.monotonic() - began) / 1e3;
if (!swap) return {
database: fresh,
kept: void 0,
outageMs: void 0,
seconds: seconds()
};
let outageMs = await swapNames(admin, {
present: present.database,
fresh,
kept
}, ports);
return {
database: present.database,
kept,
outageMs,
seconds: seconds()
};
});
}
const prefixOf = (name, suffix) => `${name.slice(0, 63 - suffix.length - 14)}${suffix}`, suffixed = (name, suffix) => `${name.slice(0, 63 - suffix.length)}${suffix}`;
function onDatabase(address, database) {
let url = new URL(address.url);
return url.pathname = `/${encodeURIComponent(database)}`, parseDatabaseUrl(url.href, "Restoring");
}
async function refuseHalfSwapped(url, ports) {
let address = parseDatabaseUrl(url, "Restoring"), { database } = address;
await withConnection(onDatabase(address, "postgres"), "sluice restore", ports, async (admin) => {
let { rows } = await admin.query("select datname as name, datallowconn as open from pg_database order by 1"), id = (name) => admin.escapeIdentifier(name), reopen = `alter database ${id(database)} allow_connections true;`, present = rows.find(({ name }) => name === database), fresh = rows.filter(({ name }) => name.startsWith(prefixOf(database, "_restored_")));
if (present?.open === !0) {
fresh.length > 0 && ports.log.warn(`An earlier restore left ${fresh.map(({ name }) => name).join(", ")} beside ${database}; drop it when nobody needs it any more.`);
return;
}
if (present !== void 0) throw new ProviderError("postgres", `Nobody may connect to ${database}: a restore was stopped before its renames. Nothing is lost. Run: ${reopen} Then restore again.`);
let before = rows.find(({ name }) => name.startsWith(prefixOf(database, "_before_")))?.name, restored = fresh[0]?.name;
if (before === void 0) throw new InputError(`There is no database ${database} on ${address.host}:${address.port} to replace.`);
let rename = (from) => `alter database ${id(from)} rename to ${id(database)};`;
throw new ProviderError("postgres", `A restore of ${database} was stopped between its two renames, so no database has that name. Nothing is lost. ${restored === void 0 ? "" : `To finish it: ${rename(restored)} `}To undo it: ${rename(before)} ${reopen}`);
});
}
async function fill(address, file, manifest, ports) {
let ownership = "keep";
await withConnection(address, "sluice restore", ports, async (client) => {
try {
if (manifest.format === "plain") {
let { rows } = await client.query("select current_setting('server_version_num')::int / 10000 as major");
await restoreScript(client, file, rows[0]?.major ?? 0, ownership);
} else {
let binaries = await archiveTools(manifest, ports);
if (binaries === void 0) throw new InputError(`No pg_restore here can read ${manifest.file}, which ${manifest.dumpedWith} wrote. Install postgresql-client of that major version or a newer one. Nothing was changed.`);
await restoreArchive({
binaries,
address,
file,
ownership,
jobs: 1
}, ports);
}
} catch (problem) {
throw problem instanceof InputError || problem instanceof ProviderError ? problem : new ProviderError("postgres", `The backup could not be restored: ${describeError(problem).message}. The present database was not touched.`);
}
await client.query("begin isolation level repeatable read read only");
let found = differences(manifest, await fingerprint(client, { hashedBy: manifest.hashedBy }));
if (await client.query("commit"), found.length > 0) throw new InputError(`What was restored is not what the manifest says: ${found.slice(0, 5).join("; ")}. The present database was not touched.`);
});
}
async function liken(admin, fresh, itself, ports) {
for (let { statement, what } of likeItself(fresh, itself, admin)) await admin.query(statement).catch((problem) => {
let { message } = describeError(problem);
ports.log.warn(`The restored database lacks ${what}, which belongs to the database itself: ${message}. Set it by hand, as a superuser.`);
});
}
async function swapNames(admin, { present, fresh, kept }, ports) {
let id = (name) => admin.escapeIdentifier(name), began = ports.clock.monotonic();
await admin.query(`alter database ${id(present)} allow_connections false`);
try {
await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()", [present]), await admin.query(`alter database ${id(present)} rename to ${id(kept)}`);
try {
await admin.query(`alter database ${id(fresh)} rename to ${id(present)}`);
} catch (problem) {
throw await admin.query(`alter database ${id(kept)} rename to ${id(present)}`), problem;
}
} catch (problem) {
throw await admin.query(`alter database ${id(present)} allow_connections true`), new ProviderError("postgres", `The names could not be swapped: ${describeError(problem).message}. ${present} serves as before, and ${fresh} holds the backup.`);
}
return ports.clock.monotonic() - began;
}
async function restoreBackup(request) {
let { step, database, directory, ports, mode, swap } = request, address = parseDatabaseUrl(step.url, "Restoring");
if (address.database !== database) throw new InputError(`The database is called ${address.database}, and ${JSON.stringify(database)} was typed. Type the name of the database that is to be replaced.`);
await refuseHalfSwapped(step.url, ports), await mkdir(directory, {
recursive: !0,
mode: 448
});
try {
let { file, manifest } = await bring(request);
manifest.database !== address.name && ports.log.warn(`The backup is of ${manifest.database}, and ${address.name} is to be replaced.`);
let losses = await withConnection(address, "sluice restore", ports, async (client) => (await client.query("begin isolation level repeatable read read only"), estimateLoss(client, manifest))), words = lossInWords(losses), lost = words.length === 0 ? "No table differs in its number of rows from the backup; rows that were only changed are not seen." : `What was written since ${manifest.takenAt} would be lost, as far as it can be counted: ${words.slice(0, 20).join("; ")}.`;
ports.log.info(lost);
let evidence = {
backup: manifest.file,
takenAt: manifest.takenAt,
losses
};
if (mode === "estimate") return pass("loss-estimated", `${lost} Nothing was changed. Run it again with mode restore to go back.`, evidence);
let safety = await backupDatabase({
step: {
...step,
verify: "read",
supabase: void 0,
"restore-within": void 0
},
workspace: request.workspace,
directory: path.join(directory, "safety"),
ports
});
if (safety.verdict.verdict !== "pass") return safety.verdict;
let restored = await restoreDatabase({
url: step.url,
file,
manifest,
swap
}, ports), outage = `Nobody could connect for ${Math.round(restored.outageMs ?? 0)} ms.`, message = restored.kept === void 0 ? `The backup is in database ${restored.database}, compared table by table; ${address.database} was not touched. Point the application at it, or drop it.` : `${address.database} is the backup of ${manifest.takenAt} now, compared table by table. ${outage} What was there before is kept as ${restored.kept}, closed to connections; drop it when nobody needs it any more.`;
return pass("restored", `${message} ${lost}`, {
...evidence,
restored
});
} finally {
await rm(directory, {
recursive: !0,
force: !0
});
}
}
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
async function bring({ step, backup, identity, directory, workspace, ports }) {
if (!plainName.test(backup) || backup.endsWith(".json")) throw new InputError(`${JSON.stringify(backup)} is no backup's file name; write it as it was stored, such as app-20261127T101500000Z.dump.age.`);
if (step.fetch === void 0) throw new InputError("The runbook's `backup` has no `fetch` command that brings a backup back. Add one.");
let told = {
SLUICE_BACKUP_NAME: backup,
SLUICE_BACKUP_DIRECTORY: directory
}, failed = await runBackupCommand(step.fetch, told, workspace, ports);
if (failed !== void 0) throw new InputError(`The command that brings the backup back ${failed}. Nothing was changed.`);
let there = await readdir(directory), name = backup.replace(/\.age(\.\d)?$/, ""), file = path.join(directory, name);
identity !== void 0 && ports.mask(identity);
for (let open of [name, `${name}.json`]) {
if (there.includes(open)) continue;
let encrypted = `${open}.age`;
if (!there.includes(encrypted)) throw new InputError(`\`backup.fetch\` ended well and left neither ${open} nor ${encrypted} in SLUICE_BACKUP_DIRECTORY. Nothing was changed.`);
if (identity === void 0) throw new InputError(`${encrypted} is encrypted: give its age key in the secret BACKUP_KEY, or let \`backup.fetch\` bring ${open} too. Nothing was changed.`);
await decryptFile(path.join(directory, encrypted), path.join(directory, open), identity);
}
let manifest = readManifest(await readFile(`${file}.json`, "utf8"), name), hash = createHash("sha256");
for await (let chunk of createReadStream(file)) hash.update(chunk);
if (hash.digest("hex") !== manifest.sha256) throw new InputError(`${name} is not the file its manifest was written for: its sha256 differs. Nothing was changed.`);
return {
file,
manifest
};
}
const manifestSchema = object({
file: string(),
format: _enum(["custom", "plain"]),
sha256: string(),
bytes: number(),
seconds: number(),
takenAt: datetime(),
database: string(),
serverVersion: string(),
dumpedWith: string(),
lsn: string(),
snapshot: string(),
extensions: array(string()),
roles: array(string()),
hashedBy: literal("columns").optional(),
tables: array(object({
name: string(),
rows: number(),
hash: string()
})),
objects: record(string(), number()),
shapes: record(string(), string()).optional(),
sequences: record(string(), object({
last: string().nullable(),
grows: boolean().optional()
})).optional(),
largeObjects: object({
count: number(),
hash: string()
}).optional(),
verified: looseObject({
level: _enum([
"restored",
"sampled",
"read-only",
"none"
]),
damaged: boolean(),
message: string(),
differences: array(string())
})
});
function readManifest(text, name) {
let json;
try {
json = JSON.parse(text);
} catch {
json = void 0;
}
let read = manifestSchema.safeParse(json);
if (!read.success || read.data.file !== name) throw new InputError(`${name}.json is not the manifest that was written beside ${name}. Nothing was changed.`);
return read.data;
}
var restore_default = defineAction({
name: "restore",
description: "Bring a backup back: say what would be lost, dump what is there, restore beside it, compare, and swap the names; what was there is kept.",
inputs: {
environment: sessionInputs.environment,
runbook: sessionInputs.runbook,
"runbook-vars": sessionInputs["runbook-vars"],
"runbook-env": sessionInputs["runbook-env"],
"database-url": sessionInputs["database-url"],
stage: text("Stage whose backup it is; the only one that has a backup when empty.").optional(),
backup: text("File name of the backup, as it was stored.").prefault(""),
database: text("Name of the database that is to be replaced, typed by whoever asks.").prefault(""),
mode: oneOf(["estimate", "restore"], "`estimate` says what would be lost and changes nothing; `restore` goes back.").prefault("estimate"),
swap: flag("Whether the restored database takes the name of the present one; else it is left beside it.").prefault("true"),
"backup-key": secret("The age key that opens the backup.").optional()
},
outputs: {},
async run(inputs, ports, workflow) {
let written = await loadRunbook(inputs.runbook, workflow.workspace), found = written.value.stages.indexOf(stageOf(written.value, inputs.stage, "backup")), { stages } = resolveParts(written, variablesOf(inputs, ports), [`stages.${found}.backup`]), step = stages[found]?.backup;
if (step === void 0) throw new InputError("The stage has no backup.");
return { verdict: await restoreBackup({
step,
database: inputs.database,
backup: inputs.backup,
identity: inputs.backupKey,
mode: inputs.mode,
swap: inputs.swap,
workspace: workflow.workspace,
directory: path.join(ports.env.RUNNER_TEMP ?? os.tmpdir(), `sluice-restore-${workflow.runId}-${workflow.attempt}`),
ports
}) };
}
});
await main(restore_default);
export {};
