import { join } from "node:path";
import { InputError } from "../failure.ts";
import { parseDatabaseUrl } from "../migration/connection.ts";
import { supabaseHistory, versionOf } from "../migration/history/supabase.ts";
import { entriesOf, type MigrationFile, migrationFile, readBytes } from "../migration/migration-files.ts";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type ApplyOptions, type FilesEngine, filesEngine } from "./files.ts";
import { filesByToolEngine } from "./files-by-tool.ts";

export interface SupabaseEngineOptions extends ApplyOptions {
  /** Folder of the CLI's files such as `20240101000000_create_users.sql`. */
  readonly directory: string;
  /** Session pooler or direct connection. */
  readonly url: string;
  /** Shell text that applies what is pending in our place, run in `workspace`. */
  readonly run?: string | undefined;
  readonly workspace?: string;
}

/**
 * The Supabase CLI's files and history, without the CLI: `supabase migration list` and `db push` see what they would
 * have written themselves. Throws `InputError` for a URL that cannot work.
 */
export function supabaseEngine(options: SupabaseEngineOptions, ports: Ports): MigrationEngine {
  const { directory, url, run, workspace = ".", ...limits } = options;
  const engine: FilesEngine = {
    kind: "supabase",
    address: parseDatabaseUrl(url, "Applying migrations"),
    directory,
    read: () => readSupabaseFiles(directory, ports),
    history: supabaseHistory(),
    options: limits,
  };
  return run === undefined ? filesEngine(engine, ports) : filesByToolEngine(engine, { command: run, workspace }, ports);
}

const pattern = /^\d+_.*\.sql$/s;
/** The CLI itself skips the first file of projects begun before this day. */
const oldestInit = 20211209000000n;

/** The files the CLI would take, in its order; what it would skip is skipped, and said. */
export async function readSupabaseFiles(directory: string, ports: Ports): Promise<readonly MigrationFile[]> {
  const files: MigrationFile[] = [];
  for (const [i, name] of (await entriesOf(directory)).entries()) {
    const oldInit = i === 0 && /^\d{14}_init\.sql$/.test(name) && BigInt(versionOf(name)) < oldestInit;
    if (!pattern.test(name) || oldInit) {
      if (name.endsWith(".sql"))
        ports.log.warn(
          `${join(directory, name)} is skipped, as the Supabase CLI skips it: name it <timestamp>_name.sql.`,
        );
      continue;
    }
    const path = join(directory, name);
    const previous = files.at(-1);
    if (previous !== undefined && versionOf(previous.name) === versionOf(name))
      throw new InputError(`${previous.path} and ${path} have the same version: rename the newer one.`);
    files.push(migrationFile(name, path, readBytes(path)));
  }
  return files;
}
