import { _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { _ as pass, g as hold, h as fail, m as ProviderError, p as InputError, r as plainText, w as formatDuration } from "./words.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError, r as noticeWhenGone } from "./connection.js";
import { a as chooseDumpTool, c as listArchive, i as archiveTools, l as readArchive, n as restoreScript, r as openScratch, s as dumpNatively, t as readScript, u as restoreArchive } from "./restore-script.js";
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
		let why = problem instanceof Error ? problem.message : String(problem);
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
function differences(expected, found) {
	let byName = new Map(found.tables.map((table) => [table.name, table])), expectedNames = new Set(expected.tables.map(({ name }) => name)), tables = expected.tables.flatMap((table) => {
		let restored = byName.get(table.name);
		return restored === void 0 ? [`${table.name} is missing`] : restored.rows === table.rows ? restored.hash === table.hash ? [] : [`${table.name} has other content in its ${table.rows} rows`] : [`${table.name} has ${restored.rows} rows instead of ${table.rows}`];
	}), added = found.tables.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => `${name} is too many`), objects = Object.entries(expected.objects).filter(([kind, count]) => found.objects[kind] !== count).map(([kind, count]) => `there are ${found.objects[kind] ?? 0} ${kind} instead of ${count}`);
	return [
		...tables,
		...added,
		...objects
	];
}
const ofNoExtension = (catalog, alias) => `not exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`, ofUsers = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'", asTheyAre = [
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
         (${relations("'i', 'I'")})::int as indexes,
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
		objects: rows[0] ?? {}
	};
}
function sampleOf(tables, bytes) {
	let bySize = tables.toSorted((a, b) => (a.bytes ?? 0) - (b.bytes ?? 0)), room = bytes, taken = bySize.findIndex((table) => (room -= table.bytes ?? 0, room < 0));
	if (!(taken < 0 || bySize.some(({ oid }) => oid === void 0))) return {
		tables: bySize.slice(0, taken),
		left: bySize.slice(taken).reverse()
	};
}
function expectedOf({ objects, hashedBy }, { tables }) {
	let { constraints: _, ...counted } = objects;
	return {
		hashedBy,
		tables,
		objects: counted
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
		let only = sample && new Set(sample.tables.map(({ name }) => name)), found = differences(sample === void 0 ? manifest : expectedOf(manifest, sample), await fingerprint(client, {
			only,
			hashedBy: manifest.hashedBy
		}));
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
			throw await discard(scratch, ports), error;
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
		await discard(scratch, ports);
	}
}
function scratchFor(verify, request, ports) {
	if (verify === "read") return;
	let opening = openScratch(request, ports);
	return opening.catch(() => {}), opening;
}
async function discard(scratch, { log }) {
	let opened = await scratch?.catch(() => void 0);
	typeof opened == "object" && await opened.remove().catch((error) => {
		log.warn(`The scratch database on ${opened.origin} could not be removed: ${describeError(error).message}`);
	});
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
		let { snapshot, lsn } = await exportSnapshot(client), giveUp = () => void client.connection.stream.destroy();
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
			...taken
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
	let folder = directory ?? path.join(ports.env.RUNNER_TEMP ?? os.tmpdir(), "sluice-backup");
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
	return step.encrypt !== void 0 && await encryptFile(plain, file, step.encrypt), {
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
	let { seconds } = verified;
	return seconds === void 0 ? fail("restore-untimed", "`restore-within` needs a whole restore (`verify: restore`, and no more than `sample-above`): only one that was tried has a time.", verdict.evidence) : seconds * 1e3 <= longest ? verdict : fail("restore-too-slow", `Restoring and comparing took ${seconds.toFixed(1)} s, and ${formatDuration(longest)} is the longest it may take. Make the database smaller, or the promise larger.`, verdict.evidence);
}
async function store({ store: command, keep }, { file, manifest, workspace }, ports) {
	if (command === void 0) return;
	let failed = await runBackupCommand(command, {
		SLUICE_BACKUP_FILE: file,
		SLUICE_BACKUP_MANIFEST: manifest,
		...keep !== void 0 && { SLUICE_BACKUP_KEEP_DAYS: String(Math.ceil(keep / 864e5)) }
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
