import { createHash } from "node:crypto";
import type { Client } from "pg";
import { InputError } from "../failure.ts";
import type { Migration, MigrationPlan, MigrationStatus } from "../migration-engine.ts";
import type { MigrationFile } from "./migration-files.ts";

/** One row of the history table. */
export interface HistoryRow {
  readonly name: string;
  readonly checksum: string;
  /** Null while a file that runs outside of a transaction has been begun but not finished. */
  readonly applied_at: Date | null;
}

/** The history table's name, safe to stand in SQL. */
export type HistoryTable = string & { readonly brand: "HistoryTable" };

const tableName = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;

/** Accepts `schema.table` in lower case; throws `InputError` for anything else. */
export function historyTable(name: string): HistoryTable {
  if (!isHistoryTable(name)) {
    throw new InputError(`"${name}" cannot be the history table: write schema.table in lower case letters.`);
  }
  return name;
}

function isHistoryTable(name: string): name is HistoryTable {
  return tableName.test(name);
}

/** All rows, oldest first; none when the table does not exist yet. Writes nothing. */
export async function readHistory(client: Client, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
  if (rows[0]?.found !== true) return [];
  const history = await client.query<HistoryRow>(
    `select name, checksum, applied_at from ${table} order by started_at, name`,
  );
  return history.rows;
}

/**
 * Creates the history table when it is missing.
 *
 * Row security without a policy keeps it from web roles where the schema is served as an API; its owner still sees it.
 */
export async function createHistory(client: Client, table: HistoryTable): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
  if (rows[0]?.found === true) return;
  await client.query(`
    create table ${table} (
      name text primary key,
      checksum text not null,
      started_at timestamptz not null default clock_timestamp(),
      applied_at timestamptz,
      seconds double precision,
      release text
    );
    alter table ${table} enable row level security;
    comment on table ${table} is 'Migrations applied by Sluice; a row without applied_at was begun and not finished.'`);
}

/** Says that a file was begun, for files whose effect cannot share a transaction with their row. */
export async function recordStarted(client: Client, table: HistoryTable, file: MigrationFile): Promise<void> {
  await client.query(
    `insert into ${table} (name, checksum) values ($1, $2)
     on conflict (name) do update set checksum = excluded.checksum, started_at = clock_timestamp()
     where ${table}.applied_at is null`,
    [file.name, file.checksum],
  );
}

/** Says that a file was applied; inside the file's own transaction where it has one. */
export async function recordApplied(
  client: Client,
  table: HistoryTable,
  file: MigrationFile,
  details: { readonly seconds: number; readonly release: string | undefined },
): Promise<void> {
  await client.query(
    `insert into ${table} (name, checksum, applied_at, seconds, release) values ($1, $2, clock_timestamp(), $3, $4)
     on conflict (name) do update
       set applied_at = excluded.applied_at, seconds = excluded.seconds, release = excluded.release
       where ${table}.applied_at is null`,
    [file.name, file.checksum, details.seconds, details.release ?? null],
  );
}

/** Removes the row of a file that was begun and left nothing. */
export async function forgetStarted(client: Client, table: HistoryTable, file: MigrationFile): Promise<void> {
  await client.query(`delete from ${table} where name = $1 and applied_at is null`, [file.name]);
}

/** Compares files with the history: what is applied, what is left, and why nothing may be applied. */
export function compareWithHistory(
  files: readonly MigrationFile[],
  history: readonly HistoryRow[],
  options: { readonly directory: string; readonly table: HistoryTable },
): MigrationStatus {
  const byName = new Map(files.map((file) => [file.name, file]));
  const recorded = new Set(history.map((row) => row.name));
  const lastApplied = files.findLast((file) =>
    history.some((row) => row.name === file.name && row.applied_at !== null),
  );
  const migrations: Migration[] = [];
  const problems: { reason: string; message: string }[] = [];
  const add = (name: string, checksum: string | undefined, state: Migration["state"], message?: string) => {
    migrations.push({ name, checksum, state });
    if (message !== undefined) problems.push({ reason: `migration-${state}`, message });
  };
  for (const row of history) {
    const file = byName.get(row.name);
    if (file === undefined) add(row.name, undefined, "missing", missing(row, options));
    else if (row.applied_at === null) {
      if (file.alone?.repeatable === true) add(file.name, file.checksum, "pending");
      else add(file.name, file.checksum, "failed", failed(file, options.table));
    } else if (row.checksum !== file.checksum)
      add(file.name, file.checksum, "edited", edited(row, file, options.table));
    else add(file.name, file.checksum, "applied");
  }
  for (const file of files) {
    if (recorded.has(file.name)) continue;
    if (lastApplied === undefined || file.number > lastApplied.number) add(file.name, file.checksum, "pending");
    else add(file.name, file.checksum, "out-of-order", outOfOrder(file, lastApplied));
  }
  return { migrations, problems };
}

/** The pending files in the order in which they will run. */
export function pendingFiles(files: readonly MigrationFile[], status: MigrationStatus): readonly MigrationFile[] {
  const pending = new Set(status.migrations.filter(({ state }) => state === "pending").map(({ name }) => name));
  return files.filter((file) => pending.has(file.name));
}

/** `target` identifies the database, so that a plan for one is not applied to another. */
export function planFor(pending: readonly MigrationFile[], target: string): MigrationPlan {
  const hash = createHash("sha256").update(`${target}\n`);
  for (const { name, checksum } of pending) hash.update(`${checksum} ${name}\n`);
  return {
    pending: pending.map(({ name, checksum }) => ({ name, checksum, state: "pending" })),
    hash: hash.digest("hex"),
  };
}

/**
 * Whether the files left are what remains of the plan with this hash: all of it, or its end when another release or an
 * interrupted run has applied the beginning.
 */
export function remainsOfPlan(
  hash: string,
  files: readonly MigrationFile[],
  pending: readonly MigrationFile[],
  target: string,
): boolean {
  for (let from = files.length - pending.length; from >= 0; from--) {
    if (planFor(files.slice(from), target).hash === hash) return true;
  }
  return false;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function edited(row: HistoryRow, file: MigrationFile, table: HistoryTable): string {
  return (
    `${file.path} was changed after it was applied (recorded sha256 ${row.checksum.slice(0, 12)}, ` +
    `now ${file.checksum.slice(0, 12)}). Bring the applied version back and put the change into a new file. ` +
    "Only if the change has no effect, accept it: " +
    `update ${table} set checksum = ${quoted(file.checksum)} where name = ${quoted(file.name)};`
  );
}

function missing(row: HistoryRow, options: { readonly directory: string; readonly table: HistoryTable }): string {
  return (
    `${row.name} is recorded in ${options.table} but is not in ${options.directory}. Bring the file back ` +
    "(git log --diff-filter=D --name-only finds it). Only if it was removed on purpose, forget it: " +
    `delete from ${options.table} where name = ${quoted(row.name)};`
  );
}

function failed(file: MigrationFile, table: HistoryTable): string {
  return (
    `${file.path} cannot run inside a transaction, was begun and did not finish. Look whether it took effect. ` +
    `If it did: update ${table} set applied_at = now() where name = ${quoted(file.name)}; ` +
    `if not, let it run again: delete from ${table} where name = ${quoted(file.name)};`
  );
}

function outOfOrder(file: MigrationFile, last: MigrationFile): string {
  return (
    `${file.path} was added below ${last.name}, which is already applied, so the two would run in another order ` +
    "here than elsewhere. Rename it to a number above all others (git mv)."
  );
}
