import path from "node:path";
import { type Linted, lintFiles } from "./lint-migrations.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import { type SqlFile, unread } from "./migration/lint.ts";
import { readCatalog } from "./migration/read-catalog.ts";
import { readSqlFile, transactionUnder } from "./migration/sql-files.ts";
import { sqlParser } from "./migration/sql-parser.ts";
import type { MigrationEngine, MigrationPlan } from "./migration-engine.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";

/**
 * Lints exactly what a plan would apply, knowing the database's version, its columns and its tables' sizes. A migration
 * that nobody can read beforehand is a finding of its own.
 */
export async function lintPending(
  step: NonNullable<Stage["migrate"]>,
  engine: Pick<MigrationEngine, "readSql">,
  { pending }: Pick<MigrationPlan, "pending">,
  workspace: string,
  ports: Ports,
): Promise<Linted> {
  const made = await engine.readSql?.(pending);
  const read =
    made ?? pendingFiles(step, pending, workspace) ?? pending.map(({ name }) => ({ name, unread: onlyTool }));
  const files = read.flatMap((each) => ("sql" in each ? [each] : []));
  const promise = step["old-version"] === "works" ? "the runbook says `old-version: works`." : undefined;
  const dark = read.flatMap((each) => ("unread" in each ? [unread(each.name, each.unread, promise)] : []));
  const address = parseDatabaseUrl(step.url, "Reading what the database holds");
  // The parser is loaded while the database answers.
  const [catalog] =
    files.length === 0
      ? []
      : await Promise.all([withConnection(address, "sluice lint", ports, readCatalog), sqlParser()]);
  const generated = made !== undefined;
  const transaction = transactionUnder(step);
  // Prisma's URL says where its tables are; our engine sets the path of its session to that.
  const schema = step.prisma === undefined ? undefined : (new URL(step.url).searchParams.get("schema") ?? "public");
  return lintFiles({ histories: [{ files, transaction }], unread: dark, catalog, schema, generated }, ports);
}

const onlyTool = "Only the command itself knows what it does";

/** In the order in which they will run, which is what the linter takes one file to know of the others. */
function pendingFiles(
  { sql, supabase, prisma }: NonNullable<Stage["migrate"]>,
  pending: MigrationPlan["pending"],
  workspace: string,
): readonly SqlFile[] | undefined {
  const folder = sql ?? supabase ?? prisma;
  if (folder === undefined) return undefined;
  // A file is called by its own name, or by its folder's: `20260101_note/migration.sql`.
  const within = prisma === undefined ? "" : "migration.sql";
  return pending.map(({ name }) => readSqlFile(path.posix.join(folder.directory, name, within), workspace));
}
