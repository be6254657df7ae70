import { m as ProviderError, p as InputError } from "./words.js";
import { i as parseDatabaseUrl } from "./connection.js";
import { f as timingOf, u as quoted } from "./refusal.js";
import { n as migrationFile, r as readBytes, t as entriesOf } from "./migration-files.js";
import { a as guardSessions, c as applyFile, i as lockedEngine, l as prepareSession, n as limitsOf, r as lookingAtFiles, s as parseScript, t as filesEngine } from "./files.js";
import { t as filesByToolEngine } from "./files-by-tool.js";
import { createRequire } from "node:module";
import path, { join } from "node:path";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
function prismaHistory(schema) {
	const table = `${identifier(schema)}."_prisma_migrations"`;
	const resolve = (how, name) => `npx prisma migrate resolve --${how} ${name}`;
	const isThere = async (client) => {
		const { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
		return rows[0]?.found === true;
	};
	return {
		table,
		repairs: {
			accept: (file) => `update ${table} set checksum = ${quoted(file.checksum)} where migration_name = ${quoted(file.name)} and rolled_back_at is null;`,
			forget: (name) => `delete from ${table} where migration_name = ${quoted(name)};`,
			finished: (name) => resolve("applied", name),
			again: (name) => resolve("rolled-back", name),
			reorder: "Rename its folder to a newer timestamp (git mv), or write `out-of-order: apply`, which is what prisma migrate deploy does."
		},
		read: async (client) => {
			if (!await isThere(client)) return [];
			const { rows } = await client.query(`select migration_name as name, checksum, finished_at is not null as finished, coalesce(logs, '') <> '' as logged
         from ${table} where rolled_back_at is null order by started_at, migration_name`);
			return newestByName(rows).map((row) => ({
				name: row.name,
				state: row.finished ? "applied" : row.logged ? "failed" : "begun",
				fits: (file) => fits(file, row.checksum)
			}));
		},
		refusal: async (client) => {
			if (await isThere(client)) return void 0;
			const { rows } = await client.query(`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind in ('r', 'p')
           and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
         order by 1 limit 3`, [schema]);
			if (rows.length === 0) return void 0;
			return {
				reason: "migration-baseline",
				message: `The schema "${schema}" has tables (${rows.map(({ name }) => name).join(", ")}) but no _prisma_migrations: nothing says which migrations made them. Record those that did (npx prisma migrate resolve --applied NAME, once each), then run again: https://pris.ly/d/migrate-baseline`
			};
		},
		create: async (client) => {
			if (await isThere(client)) return;
			await client.query(`create schema if not exists ${identifier(schema)}`);
			await client.query(`
        create table ${table} (
          id varchar(36) primary key not null,
          checksum varchar(64) not null,
          finished_at timestamptz,
          migration_name varchar(255) not null,
          logs text,
          rolled_back_at timestamptz,
          started_at timestamptz not null default now(),
          applied_steps_count integer not null default 0
        )`);
		},
		begin: async (client, file) => {
			await client.query(`update ${table} set rolled_back_at = clock_timestamp() where migration_name = $1 and checksum <> $2
         and finished_at is null and rolled_back_at is null`, [file.name, file.checksum]);
			await client.query(`insert into ${table} (id, checksum, migration_name, started_at)
         select gen_random_uuid()::text, $1::varchar, $2::varchar, clock_timestamp()
         where not exists (select from ${table} where migration_name = $2::varchar and checksum = $1::varchar
                           and finished_at is null and rolled_back_at is null)`, [file.checksum, file.name]);
		},
		wasBegun: async (client, file) => {
			const { rowCount } = await client.query(`select from ${table} where migration_name = $1 and checksum = $2 and finished_at is null
         and rolled_back_at is null`, [file.name, file.checksum]);
			return (rowCount ?? 0) > 0;
		},
		finish: (file, details) => {
			const [name, checksum] = [quoted(file.name), quoted(file.checksum)];
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
	const byName = new Map();
	for (const row of rows) if (byName.get(row.name)?.finished !== true) byName.set(row.name, row);
	return [...byName.values()];
}
function fits(file, checksum) {
	if (file.checksum === checksum) return true;
	const unix = file.sql.replaceAll("\r\n", "\n");
	return [unix, unix.replaceAll("\n", "\r\n")].some((text) => createHash("sha256").update(text).digest("hex") === checksum);
}
const identifier = (name) => `"${name.replaceAll("\"", "\"\"")}"`;
function schemaEngine(engine, prisma, ports) {
	const { address, options, searchPath } = engine;
	const limits = limitsOf(options);
	const { alsoLock: _, ...seeing } = lookingAtFiles(engine);
	const apply = async (client, { all, pending }) => {
		const settings = await prepareSession(client, limits, searchPath);
		const { rows } = await client.query("select pg_backend_pid() as pid");
		const guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
		const applied = [];
		let failed;
		let next = 0;
		const execute = async (sql) => {
			const file = pending[next];
			if (file === void 0 || file.sql !== sql) throw new Error("the schema engine sent a script that is not the next pending one");
			const outcome = await applyFile({
				client,
				settings,
				history: keptElsewhere,
				limits,
				release: void 0,
				ports
			}, parseScript(file));
			if (outcome.outcome === "failed") {
				failed = {
					name: file.name,
					outcome
				};
				throw new Error(outcome.message);
			}
			next += 1;
			applied.push(outcome.applied);
			ports.log.info(`Applied ${file.name} in ${(outcome.applied.seconds ?? 0).toFixed(3)} s.`);
		};
		try {
			const opened = await openEngine(prisma, address.url, execute);
			try {
				const list = migrationsList(all, engine.directory);
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
			const { name, outcome } = failed;
			const again = engine.history.repairs.again(name);
			const message = `${outcome.message} Prisma recorded it as failed and will refuse everything after it (P3009); nothing of it is left, so: ${again}`;
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
	wasBegun: async () => false,
	finish: () => "",
	forget: async () => {}
};
const noFilters = {
	externalTables: [],
	externalEnums: []
};
async function openEngine({ project, schema }, url, executeScript) {
	const find = createRequire(path.resolve(project, "package.json"));
	const load = async (name) => import(pathToFileURL(resolved(find, name, project)).href);
	const glue = await instantiated(resolved(find, "@prisma/schema-engine-wasm/schema_engine_bg", project));
	const { PrismaPg } = await load("@prisma/adapter-pg");
	const utils = await load("@prisma/driver-adapter-utils");
	const factory = new PrismaPg({
		connectionString: url,
		application_name: "sluice prisma",
		idleTimeoutMillis: 0,
		options: `-c search_path=${schema.replaceAll(/[\\ "]/g, "\\$&")}`
	}, { schema });
	const connect = factory.connect.bind(factory);
	const adapters = [];
	factory.connect = async () => {
		const adapter = Object.assign(await connect(), { executeScript });
		adapters.push(adapter);
		return adapter;
	};
	factory.connectToShadowDb = () => Promise.reject(new Error("a shadow database is never used to apply migrations"));
	const datamodel = "datasource db {\n  provider = \"postgresql\"\n}\n";
	const bound = utils.bindMigrationAwareSqlAdapterFactory(factory);
	return {
		engine: await glue.SchemaEngine.new({ datamodels: [["schema.prisma", datamodel]] }, () => {}, bound),
		close: async () => {
			for (const adapter of adapters) await adapter.dispose().catch(() => {});
		}
	};
}
const instances = new Map();
function instantiated(file) {
	const known = instances.get(file);
	if (known !== void 0) return known;
	const loading = (async () => {
		const glue = await import(pathToFileURL(file).href);
		const wasm = await readFile(path.join(path.dirname(file), "schema_engine_bg.wasm"));
		const { instantiate } = Reflect.get(globalThis, "WebAssembly");
		const { instance } = await instantiate(wasm, { "./schema_engine_bg.js": glue });
		glue.__wbg_set_wasm(instance.exports);
		const start = instance.exports["__wbindgen_start"];
		if (typeof start === "function") start();
		return glue;
	})();
	instances.set(file, loading);
	return loading;
}
function resolved(find, name, project) {
	try {
		return find.resolve(name);
	} catch {
		const wanted = name.split("/").slice(0, 2).join("/");
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
const prismaLock = 72707369n;
function prismaEngine(options, ports) {
	const { directory, url, engine: keeper = "native", project = ".", run, workspace = ".", ...limits } = options;
	const schema = new URL(url).searchParams.get("schema") ?? "public";
	const engine = {
		kind: "prisma",
		address: parseDatabaseUrl(url, "Applying migrations"),
		directory,
		read: () => readPrismaFiles(directory),
		history: prismaHistory(schema),
		searchPath: `"${schema.replaceAll("\"", "\"\"")}"`,
		alsoLock: [prismaLock],
		options: limits
	};
	if (run !== void 0) return filesByToolEngine(engine, {
		command: run,
		workspace
	}, ports);
	return keeper === "native" ? filesEngine(engine, ports) : schemaEngine(engine, {
		project,
		schema
	}, ports);
}
async function readPrismaFiles(directory) {
	const files = [];
	for (const name of await entriesOf(directory)) {
		const path = join(directory, name, "migration.sql");
		if (name === "migration_lock.toml") refuseOtherDatabases(join(directory, name));
		if (existsSync(path)) files.push(migrationFile(name, path, readBytes(path)));
		else if (/^\d+_/.test(name) && statSync(join(directory, name)).isDirectory()) throw new InputError(`${join(directory, name)} has no migration.sql. Bring the file back, or remove the folder if it was never applied.`);
	}
	return files;
}
function refuseOtherDatabases(path) {
	const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(Buffer.from(readBytes(path)).toString("utf8"))?.[1];
	if (provider === void 0 || provider === "postgresql" || provider === "cockroachdb") return;
	throw new InputError(`${path} says provider = "${provider}"; only PostgreSQL is migrated here.`);
}
export { prismaEngine };
