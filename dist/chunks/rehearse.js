import { a as withConnection, n as describeError } from "./connection.js";
import { n as lineAndColumn } from "./statements.js";
import { a as chooseDumpTool, n as restoreScript, r as openScratch, s as dumpNatively, u as restoreArchive } from "./restore-script.js";
import path from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
const relations = `
  select c.oid::text, format('%I.%I', n.nspname, c.relname) as name, c.relfilenode::text as filenode
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and c.relkind in ('r', 'p', 'm')`;
const modes = [
	"ShareLock",
	"ShareRowExclusiveLock",
	"ExclusiveLock",
	"AccessExclusiveLock"
];
const heldLocks = `
  select l.relation::text as oid, l.mode, c.relfilenode::text as filenode
  from pg_locks l join pg_class c on c.oid = l.relation
  where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
    and l.mode in (${modes.map((mode) => `'${mode}'`).join(", ")})`;
async function traceLocks(client, scripts, clock) {
	const { rows } = await client.query(relations);
	const before = new Map(rows.map(({ oid, name, filenode }) => [oid, {
		name,
		filenode
	}]));
	const files = [];
	for (const script of scripts) {
		const began = clock();
		const taken = [];
		const failure = await traceFile({
			client,
			script,
			before,
			clock
		}, taken);
		const ended = clock();
		files.push({
			name: script.name,
			seconds: (ended - began) / 1e3,
			locks: taken.map(({ since, ...lock }) => ({
				...lock,
				heldMs: ended - since
			})),
			...failure !== void 0 && { failure }
		});
		if (failure !== void 0) break;
	}
	return files;
}
async function traceFile({ client, script, before, clock }, locks) {
	const inTransaction = script.alone === void 0;
	let place = script.path;
	try {
		await client.query(inTransaction ? "begin" : "select 1");
		const seen = new Set();
		for (const statement of script.statements) {
			const { line, column } = lineAndColumn(script.sql, statement.start);
			place = `${script.path}:${line}:${column}`;
			const since = clock();
			await client.query(statement.text);
			if (!inTransaction) continue;
			locks.push(...(await newLocks(client, before, seen, place)).map((lock) => ({
				...lock,
				since
			})));
		}
		if (inTransaction) await client.query("commit");
		return;
	} catch (error) {
		const { message, code } = describeError(error);
		if (inTransaction) await client.query("rollback").catch(() => {});
		return `${place}: ${message}${code === void 0 ? "" : ` (SQLSTATE ${code})`}.`;
	}
}
async function newLocks(client, before, seen, place) {
	const { rows } = await client.query(heldLocks);
	const strongest = new Map();
	for (const { oid, mode, filenode } of rows) {
		const relation = before.get(oid);
		if (relation === void 0) continue;
		const rewritten = relation.filenode !== filenode || strongest.get(oid)?.rewritten === true;
		const key = `${oid} ${mode}`;
		if (seen.has(key) && !rewritten) continue;
		seen.add(key);
		before.set(oid, {
			...relation,
			filenode
		});
		const held = strongest.get(oid);
		const stronger = held === void 0 || modes.indexOf(mode) > modes.indexOf(held.mode) ? mode : held.mode;
		const blocks = stronger === "AccessExclusiveLock" ? "reads and writes" : "writes";
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
	const folder = await mkdtemp(path.join(tmpdir(), "sluice-rehearsal-"));
	try {
		const file = path.join(folder, "schema");
		return await withConnection(request.address, "sluice rehearsal", ports, async (client) => {
			const production = await describe(client);
			const scratch = await openScratch({
				url: request.scratchUrl,
				major: production.major,
				roles: production.roles
			}, ports);
			if (typeof scratch === "string") return {
				outcome: "not-rehearsed",
				why: scratch
			};
			try {
				const absent = production.extensions.filter((name) => !scratch.extensions.has(name));
				if (absent.length > 0) return {
					outcome: "not-rehearsed",
					why: `The scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. Give a scratch server that has them.`
				};
				const files = await withConnection(scratch.address, "sluice rehearsal", ports, async (copy) => {
					await copySchema({
						client,
						address: request.address,
						major: production.major,
						file
					}, {
						...scratch,
						copy
					}, ports);
					if (request.searchPath !== void 0) await copy.query("select set_config('search_path', $1, false)", [request.searchPath]);
					else await copy.query("reset search_path");
					return traceLocks(copy, request.scripts, ports.clock.monotonic);
				});
				const failure = files.find((each) => each.failure !== void 0)?.failure;
				const locked = new Set(files.flatMap(({ locks }) => locks.map(({ relation }) => relation)));
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
			recursive: true,
			force: true
		});
	}
}
async function describe(client) {
	const { rows } = await client.query(`select current_setting('server_version_num')::int / 10000 as major,
            array(select rolname::text from pg_roles where rolname !~ '^pg_') as roles,
            array(select extname::text from pg_extension where extname <> 'plpgsql') as extensions`);
	const [found] = rows;
	if (found === void 0) throw new Error("the server answered with no row");
	return found;
}
async function copySchema({ client, address, major, file }, scratch, ports) {
	const tool = await chooseDumpTool({
		major,
		bytes: 0
	}, { wasmLimitBytes: 1 }, ports);
	await client.query("begin isolation level repeatable read read only");
	try {
		const { rows } = await client.query("select pg_export_snapshot() as snapshot");
		const dump = {
			address,
			snapshot: rows[0]?.snapshot ?? "",
			file,
			schemaOnly: true
		};
		if (tool.kind === "native") {
			await dumpNatively({
				...dump,
				binaries: tool.binaries
			}, ports);
			const copy = {
				binaries: tool.binaries,
				address: scratch.address,
				file,
				ownership: "drop",
				jobs: 1
			};
			await restoreArchive(copy, ports);
			return;
		}
		const { dumpWithWasm } = await import("./wasm-dump2.js");
		await dumpWithWasm(dump, ports);
		await restoreScript(scratch.copy, file, scratch.major, "drop");
	} finally {
		await client.query("rollback").catch((error) => ports.log.warn(describeError(error).message));
	}
}
async function sizesOf(client, names) {
	const { rows } = await client.query(`select name, greatest(c.reltuples, 0)::float8 as rows, pg_total_relation_size(c.oid)::float8 as bytes
     from unnest($1::text[]) name join pg_class c on c.oid = to_regclass(name)`, [names]);
	return Object.fromEntries(rows.map(({ name, rows: count, bytes }) => [name, {
		rows: count,
		bytes
	}]));
}
function rehearsalLines(rehearsal) {
	const locks = rehearsal.files.flatMap((file) => file.locks);
	const weight = ({ rewritten, blocks }) => (rewritten ? 2 : 0) + (blocks === "writes" ? 0 : 1);
	return locks.toSorted((a, b) => weight(b) - weight(a)).map(({ relation, mode, blocks, rewritten, heldMs, place }) => {
		const size = rehearsal.sizes[relation];
		return `${place}: ${mode} on ${relation}${size === void 0 ? "" : ` (${Math.round(size.rows)} rows, ${Math.ceil(size.bytes / 1024 / 1024)} MB in production)`} keeps ${blocks} waiting${rewritten ? ", and writes every row anew" : ""} (${Math.ceil(heldMs)} ms without rows).`;
	});
}
export { rehearsalLines, rehearse };
