import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../failure.ts";
import type { Runbook } from "../runbook.ts";
import type { Stage } from "../step.ts";
import type { LintOptions, SqlFile } from "./lint.ts";
import { readBytes } from "./migration-files.ts";

/** Far above any migration somebody wrote; a dump that got among them is named instead of read. */
const largestFile = 8 * 1024 * 1024;

/**
 * The SQL files of a migrations folder in the order engines apply them: `0001_name.sql` (plain, Supabase) or
 * `20260101_name/migration.sql` (Prisma). Names are paths below `workspace`, as people see them.
 *
 * Throws `InputError` when the folder cannot be read or holds none.
 */
export async function readSqlFiles(directory: string, workspace: string): Promise<readonly SqlFile[]> {
  const entries = await readdir(path.join(workspace, directory), { withFileTypes: true }).catch(() => {
    throw new InputError(`The migrations directory ${directory} cannot be read. Check its path.`);
  });
  const names = entries
    .flatMap((entry) => {
      if (entry.isDirectory()) return [`${entry.name}/migration.sql`];
      return entry.isFile() && entry.name.endsWith(".sql") ? [entry.name] : [];
    })
    .sort(asTheyRun);
  const files = names.flatMap((name) => {
    const file = path.posix.join(directory, name);
    return existsSync(path.join(workspace, file)) ? [readSqlFile(file, workspace)] : [];
  });
  if (files.length === 0)
    throw new InputError(`${directory} holds no .sql file and no folder with a migration.sql. Check its path.`);
  return files;
}

/** By their numbers where they have them, `2_b.sql` before `10_a.sql`; padded numbers and times read alike as text. */
function asTheyRun(a: string, b: string): number {
  const [first, second] = [a, b].map((name) => BigInt(/^\d+/.exec(name)?.[0] ?? -1));
  if (first !== undefined && second !== undefined && first !== second) return first < second ? -1 : 1;
  return a < b ? -1 : 1;
}

/** One file, by its path below `workspace`. Throws `InputError` for what cannot be read, or is no migration. */
export function readSqlFile(file: string, workspace: string): SqlFile {
  const bytes = readBytes(path.join(workspace, file));
  if (bytes.length > largestFile)
    throw new InputError(`${file} has ${bytes.length} bytes, which is no migration. Move it elsewhere.`);
  return { name: file, sql: Buffer.from(bytes).toString("utf8") };
}

/** Folders from which the stages of a runbook migrate with SQL files, each once, and how their engine runs a file. */
export const migrationFolders = ({ stages }: Runbook): ReadonlyMap<string, LintOptions["transaction"]> =>
  new Map(
    stages.flatMap(({ migrate }) => {
      const folder = migrate?.sql ?? migrate?.supabase ?? migrate?.prisma;
      return migrate === undefined || folder === undefined ? [] : [[folder.directory, transactionUnder(migrate)]];
    }),
  );

/** How the engine that a runbook names runs a file; what Alembic prints for a revision says itself where a transaction begins and ends. */
export function transactionUnder({ prisma, alembic }: NonNullable<Stage["migrate"]>): LintOptions["transaction"] {
  if (alembic !== undefined) return "none";
  return prisma?.run === undefined ? "file" : "message";
}

/** What is safe to believe of files whose engine is not named: Prisma itself sends one as one message. */
export const transactionOf = (files: readonly SqlFile[]): LintOptions["transaction"] =>
  files.some(({ name }) => name.endsWith("/migration.sql")) ? "message" : "file";
