import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../failure.ts";
import { parseDatabaseUrl } from "../migration/connection.ts";
import { prismaHistory } from "../migration/history/prisma.ts";
import { entriesOf, type MigrationFile, migrationFile, readBytes } from "../migration/migration-files.ts";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type ApplyOptions, type FilesEngine, filesEngine } from "./files.ts";
import { filesByToolEngine } from "./files-by-tool.ts";
import { schemaEngine } from "./prisma-schema-engine.ts";

export interface PrismaEngineOptions extends ApplyOptions {
  /** Prisma's folder of migrations, each a folder with a `migration.sql`. */
  readonly directory: string;
  /** The project's direct URL; its `schema` parameter counts as Prisma counts it. */
  readonly url: string;
  /** Who keeps the history: we do, or the schema engine in the node_modules of `project`. */
  readonly engine?: "native" | "schema-engine";
  readonly project?: string;
  /** Shell text that applies what is pending in our place, run in `workspace`. */
  readonly run?: string | undefined;
  readonly workspace?: string;
}

/** The lock that `prisma migrate` takes: held too, so that a developer's own run waits for ours and ours for theirs. */
const prismaLock = 72707369n;

/**
 * Prisma's files and history, without Prisma: each file is one transaction together with its row, which the schema
 * engine does not do. Throws `InputError` for a URL that cannot work.
 */
export function prismaEngine(options: PrismaEngineOptions, ports: Ports): MigrationEngine {
  const { directory, url, engine: keeper = "native", project = ".", run, workspace = ".", ...limits } = options;
  const address = parseDatabaseUrl(url, "Applying migrations");
  const schema = new URL(url).searchParams.get("schema") ?? "public";
  const engine: FilesEngine = {
    kind: "prisma",
    address,
    directory,
    read: () => readPrismaFiles(directory),
    history: prismaHistory(schema),
    searchPath: `"${schema.replaceAll('"', '""')}"`,
    alsoLock: [prismaLock],
    options: limits,
  };
  if (run !== undefined) return filesByToolEngine(engine, { command: run, workspace }, ports);
  return keeper === "native" ? filesEngine(engine, ports) : schemaEngine(engine, { project, schema }, ports);
}

/** The migrations of a Prisma project in the order of their names. */
export async function readPrismaFiles(directory: string): Promise<readonly MigrationFile[]> {
  const files: MigrationFile[] = [];
  for (const name of await entriesOf(directory)) {
    const path = join(directory, name, "migration.sql");
    if (name === "migration_lock.toml") refuseOtherDatabases(join(directory, name));
    if (existsSync(path)) files.push(migrationFile(name, path, readBytes(path)));
    else if (/^\d+_/.test(name) && statSync(join(directory, name)).isDirectory())
      throw new InputError(
        `${join(directory, name)} has no migration.sql. Bring the file back, or remove the folder if it was never applied.`,
      );
  }
  return files;
}

function refuseOtherDatabases(path: string): void {
  const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(Buffer.from(readBytes(path)).toString("utf8"))?.[1];
  if (provider === undefined || provider === "postgresql" || provider === "cockroachdb") return;
  throw new InputError(`${path} says provider = "${provider}"; only PostgreSQL is migrated here.`);
}
