import path from "node:path";
import { type Linted, lintFiles } from "./lint-migrations.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import { readCatalog } from "./migration/read-catalog.ts";
import { readSqlFiles } from "./migration/sql-files.ts";
import type { MigrationPlan } from "./migration-engine.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";

/** Lints exactly the files that a plan would apply, knowing the database's version, its columns and its tables' sizes. */
export async function lintPending(
  step: NonNullable<Stage["migrate"]>,
  { pending }: MigrationPlan,
  workspace: string,
  ports: Ports,
): Promise<Linted | undefined> {
  const folder = step.sql ?? step.supabase ?? step.prisma;
  if (folder === undefined) return undefined;
  // A file is called by its own name, or by its folder's: `20260101_note/migration.sql`.
  const wanted = new Set(pending.map(({ name }) => path.posix.join(folder.directory, name)));
  const files = (await readSqlFiles(folder.directory, workspace)).filter(
    ({ name }) => wanted.has(name) || wanted.has(path.posix.dirname(name)),
  );
  const address = parseDatabaseUrl(step.url, "Reading what the database holds");
  const catalog = await withConnection(address, "sluice lint", ports, readCatalog);
  return lintFiles({ files, catalog, transaction: "file" }, ports);
}
