import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import { InputError, ProviderError } from "../failure.ts";
import { applyFile, type FileOutcome } from "../migration/apply-file.ts";
import type { History } from "../migration/history.ts";
import { prepareSession } from "../migration/migrating-session.ts";
import type { MigrationFile } from "../migration/migration-files.ts";
import { parseScript } from "../migration/migration-script.ts";
import { guardSessions } from "../migration/session-guard.ts";
import type { AppliedMigration, ApplyResult, MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type FilesEngine, type FilesLook, limitsOf, lookingAtFiles } from "./files.ts";
import { lockedEngine } from "./locked.ts";

export interface ProjectsPrisma {
  /** Folder whose node_modules have @prisma/schema-engine-wasm and @prisma/adapter-pg. */
  readonly project: string;
  readonly schema: string;
}

/**
 * Prisma's own schema engine as WebAssembly, from the project's dependencies, keeps the history; each script runs on our
 * session as one transaction with our bounds. Prisma's adapter would cut a script at every semicolon and so break
 * bodies such as `$$ ...; $$`, and lose the file's atomicity. There is no shadow database: with a connection string the
 * adapter's shadow is the very database that is migrated.
 */
export function schemaEngine(engine: FilesEngine, prisma: ProjectsPrisma, ports: Ports): MigrationEngine {
  const { address, options, searchPath } = engine;
  const limits = limitsOf(options);
  // The engine takes Prisma's lock itself, on a session of its own.
  const { alsoLock: _, ...seeing } = lookingAtFiles(engine);

  const apply = async (client: Client, { all, pending }: FilesLook): Promise<ApplyResult> => {
    const settings = await prepareSession(client, limits, searchPath);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
    const applied: AppliedMigration[] = [];
    let failed: { readonly name: string; readonly outcome: Extract<FileOutcome, { outcome: "failed" }> } | undefined;
    let next = 0;
    const execute = async (sql: string) => {
      const file = pending[next];
      if (file === undefined || file.sql !== sql)
        throw new Error("the schema engine sent a script that is not the next pending one");
      const kept = { ...keptElsewhere, repairs: engine.history.repairs };
      const context = { client, settings, history: kept, limits, release: undefined, ports };
      const outcome = await applyFile(context, parseScript(file));
      if (outcome.outcome === "failed") {
        failed = { name: file.name, outcome };
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
        await opened.engine.applyMigrations({ migrationsList: list, filters: noFilters });
      } finally {
        await opened.close();
      }
      return { outcome: "applied", applied, longestStallMs: (await guard.stalls()).longestMs };
    } catch (error) {
      if (error instanceof InputError) throw error;
      if (failed === undefined)
        throw new ProviderError("prisma", `Prisma's schema engine failed: ${firstLine(error)}`, { cause: error });
      const { name, outcome } = failed;
      const { again, finished } = engine.history.repairs;
      const repair = outcome.leftNothing
        ? `nothing of it is left, so: ${again(name)}`
        : `look how much of it took effect. If all of it did, or you completed it by hand: ${finished({ name })} If nothing of it is left: ${again(name)}`;
      const message = `${outcome.message} Prisma recorded it as failed and will refuse everything after it (P3009); ${repair}`;
      return { ...outcome, message, applied, failed: name };
    } finally {
      await guard.release();
    }
  };
  return lockedEngine({ ...seeing, apply }, ports);
}

/** The schema engine writes the rows. */
const keptElsewhere: Pick<History, "begin" | "wasBegun" | "finish" | "forget"> = {
  begin: async () => {},
  wasBegun: async () => false,
  finish: () => "",
  forget: async () => {},
};

const noFilters = { externalTables: [], externalEnums: [] };

interface SchemaEngine {
  applyMigrations(request: object): Promise<unknown>;
}

interface Glue {
  readonly SchemaEngine: {
    new: (options: object, log: (line: string) => void, adapter: object) => Promise<SchemaEngine>;
  };
  __wbg_set_wasm(exports: Readonly<Record<string, unknown>>): void;
}

/** The part of the platform's WebAssembly that is used; Node's types leave it to the browser's. */
interface WebAssemblyApi {
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, object>>,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
}

interface Adapter {
  executeScript(script: string): Promise<void>;
  dispose(): Promise<void>;
}
interface AdapterFactory {
  connect(): Promise<Adapter>;
  connectToShadowDb(): Promise<Adapter>;
}

async function openEngine(
  { project, schema }: ProjectsPrisma,
  url: string,
  executeScript: (sql: string) => Promise<void>,
): Promise<{ readonly engine: SchemaEngine; close(): Promise<void> }> {
  const find = createRequire(path.resolve(project, "package.json"));
  const load = async (name: string): Promise<unknown> => import(pathToFileURL(resolved(find, name, project)).href);
  const glue = await instantiated(resolved(find, "@prisma/schema-engine-wasm/schema_engine_bg", project));
  const { PrismaPg } = (await load("@prisma/adapter-pg")) as {
    PrismaPg: new (config: object, options: object) => AdapterFactory;
  };
  const utils = (await load("@prisma/driver-adapter-utils")) as {
    bindMigrationAwareSqlAdapterFactory(factory: AdapterFactory): object;
  };
  const searchPath = `-c search_path=${schema.replaceAll(/[\\ "]/g, "\\$&")}`;
  // No connection is closed for being idle: the engine's lock belongs to one of them.
  const config = {
    connectionString: url,
    application_name: "sluice prisma",
    idleTimeoutMillis: 0,
    options: searchPath,
  };
  const factory = new PrismaPg(config, { schema });
  const connect = factory.connect.bind(factory);
  const adapters: Adapter[] = [];
  factory.connect = async () => {
    const adapter = Object.assign(await connect(), { executeScript });
    adapters.push(adapter);
    return adapter;
  };
  factory.connectToShadowDb = () => Promise.reject(new Error("a shadow database is never used to apply migrations"));
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n';
  const bound = utils.bindMigrationAwareSqlAdapterFactory(factory);
  const engine = await glue.SchemaEngine.new({ datamodels: [["schema.prisma", datamodel]] }, () => {}, bound);
  return {
    engine,
    close: async () => {
      for (const adapter of adapters) await adapter.dispose().catch(() => {});
    },
  };
}

/** The glue keeps one instance: a second one would be called with the closures of the first. */
const instances = new Map<string, Promise<Glue>>();

function instantiated(file: string): Promise<Glue> {
  const known = instances.get(file);
  if (known !== undefined) return known;
  const loading = (async () => {
    const glue = (await import(pathToFileURL(file).href)) as Glue;
    const wasm = await readFile(path.join(path.dirname(file), "schema_engine_bg.wasm"));
    const { instantiate } = Reflect.get(globalThis, "WebAssembly") as WebAssemblyApi;
    const { instance } = await instantiate(wasm, { "./schema_engine_bg.js": glue });
    glue.__wbg_set_wasm(instance.exports);
    const start = instance.exports["__wbindgen_start"];
    if (typeof start === "function") start();
    return glue;
  })();
  instances.set(file, loading);
  return loading;
}

function resolved(find: NodeJS.Require, name: string, project: string): string {
  try {
    return find.resolve(name);
  } catch {
    const wanted = name.split("/").slice(0, 2).join("/");
    throw new InputError(
      `${wanted} is not installed in ${project}. Install the project's dependencies before this step, or write ` +
        "`engine: native`, which needs no Prisma.",
    );
  }
}

function migrationsList(files: readonly MigrationFile[], directory: string): object {
  return {
    baseDir: directory,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: files.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
    })),
  };
}

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
