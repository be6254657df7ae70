import { createHash } from "node:crypto";
import type { Client } from "pg";
import type { Migration, MigrationStatus } from "../migration-engine.ts";
import type { MigrationFile } from "./migration-files.ts";

/** What the database remembers of one migration. */
export interface HistoryRow {
  /** The name of the file it stands for, also when that file is gone. */
  readonly name: string;
  /** `begun`: a file that runs outside of a transaction did not finish; `failed`: its tool says it failed. */
  readonly state: "applied" | "begun" | "failed";
  /** Whether the file still is what was applied. */
  readonly fits: (file: MigrationFile) => boolean;
}

/** Repair commands, as a person would type them. */
export interface Repairs {
  /** The edited file is as good as the one that was applied. */
  accept(file: MigrationFile): string;
  /** The migration is not to be known any more. */
  forget(name: string): string;
  /** It took effect although nothing says so; without a checksum only its row is known, which is there. */
  finished(file: { readonly name: string; readonly checksum?: string }): string;
  /** It did not take effect and may run again. */
  again(name: string): string;
  /** How a file that came too late is put behind the others. */
  readonly reorder: string;
}

/** A tool's own memory, kept in the database, of what was applied. */
export interface History {
  /** As messages and SQL name it. */
  readonly table: string;
  readonly repairs: Repairs;
  /** All rows, oldest first; none when nothing was ever recorded. Writes nothing. */
  read(client: Client, files: readonly MigrationFile[]): Promise<readonly HistoryRow[]>;
  /** Why this database must not be touched although nothing is recorded in it. Writes nothing. */
  refusal?(client: Client): Promise<{ readonly reason: string; readonly message: string } | undefined>;
  /** The SQL that creates it, for a person who has to record before we did; absent where its tool does it. */
  readonly creation?: string;
  /** Creates what is needed to record; does nothing when it is there. */
  create(client: Client): Promise<void>;
  /** Says that a file was begun whose effect cannot share a transaction with its row. */
  begin(client: Client, file: MigrationFile): Promise<void>;
  /** Whether exactly this file was begun before and not finished. */
  wasBegun(client: Client, file: MigrationFile): Promise<boolean>;
  /** One statement of SQL that says a file was applied, to be run in the file's own transaction where it has one. */
  finish(file: MigrationFile, details: AppliedDetails): string;
  /** Removes what says that a file was begun which left nothing. */
  forget(client: Client, file: MigrationFile): Promise<void>;
}

export interface AppliedDetails {
  /** When the file was begun and how long it took; undefined for what the transaction's own clock says. */
  readonly took: { readonly startedAt: Date; readonly seconds: number } | undefined;
  readonly release: string | undefined;
}

/** When a file was begun and its seconds, as SQL. */
export const timingOf = ({ took }: AppliedDetails): { readonly startedAt: string; readonly seconds: string } =>
  took === undefined
    ? {
        startedAt: "transaction_timestamp()",
        seconds: "extract(epoch from clock_timestamp() - transaction_timestamp())",
      }
    : { startedAt: `${quoted(took.startedAt.toISOString())}::timestamptz`, seconds: String(took.seconds) };

export interface Comparison {
  readonly directory: string;
  readonly history: History;
  /** What a file below the newest applied one means: `refuse`, or `apply` as the tool itself would. */
  readonly outOfOrder: "refuse" | "apply";
  /** Whether an interrupted run of the file may be repeated. */
  readonly repeatable: (file: MigrationFile) => boolean;
}

/** Compares files with the history: what is applied, what is left, and why nothing may be applied. */
export function compareWithHistory(
  files: readonly MigrationFile[],
  rows: readonly HistoryRow[],
  how: Comparison,
): MigrationStatus {
  const byName = new Map(files.map((file) => [file.name, file]));
  const recorded = new Set(rows.map((row) => row.name));
  const appliedNames = new Set(rows.filter(({ state }) => state === "applied").map(({ name }) => name));
  const lastApplied = files.findLastIndex((file) => appliedNames.has(file.name));
  const migrations: Migration[] = [];
  const problems: { reason: string; message: string }[] = [];
  const add = (name: string, checksum: string | undefined, state: Migration["state"], message?: string) => {
    migrations.push({ name, checksum, state });
    if (message !== undefined) problems.push({ reason: `migration-${state}`, message });
  };
  for (const row of rows) {
    const file = byName.get(row.name);
    if (file === undefined) {
      if (row.state === "failed") add(row.name, undefined, "failed", failed(row.name, row.name, how.history.repairs));
      else add(row.name, undefined, "missing", missing(row.name, how));
    } else if (row.state === "failed")
      add(file.name, file.checksum, "failed", failed(file.path, file.name, how.history.repairs));
    else if (row.state === "begun") {
      if (how.repeatable(file)) add(file.name, file.checksum, "pending");
      else add(file.name, file.checksum, "failed", unfinished(file, how.history.repairs));
    } else if (row.fits(file)) add(file.name, file.checksum, "applied");
    else add(file.name, file.checksum, "edited", edited(file, how.history));
  }
  for (const [i, file] of files.entries()) {
    if (recorded.has(file.name)) continue;
    const last = files[lastApplied];
    if (last === undefined || i > lastApplied || how.outOfOrder === "apply") add(file.name, file.checksum, "pending");
    else add(file.name, file.checksum, "out-of-order", outOfOrder(file, last, how.history.repairs));
  }
  return { migrations, problems };
}

/** The pending files in the order in which they will run. */
export function pendingFiles(files: readonly MigrationFile[], status: MigrationStatus): readonly MigrationFile[] {
  const pending = new Set(status.migrations.filter(({ state }) => state === "pending").map(({ name }) => name));
  return files.filter((file) => pending.has(file.name));
}

type Planned = Pick<Migration, "name" | "checksum">;

/** `target` identifies the database, so that a plan for one is not applied to another. */
export function planHash(pending: readonly Planned[], target: string): string {
  const hash = createHash("sha256").update(`${target}\n`);
  for (const { name, checksum } of pending) hash.update(`${checksum ?? "-"} ${name}\n`);
  return hash.digest("hex");
}

/**
 * Whether what is left is what remains of the plan with this hash: all of it, or its end when another release or an
 * interrupted run has applied the beginning.
 */
export function remainsOfPlan(
  hash: string,
  all: readonly Planned[],
  pending: readonly Planned[],
  target: string,
): boolean {
  const names = new Set(pending.map(({ name }) => name));
  const first = all.findIndex(({ name }) => names.has(name));
  const before = first < 0 ? all : all.slice(0, first);
  for (let from = before.length; from >= 0; from--) {
    if (planHash([...before.slice(from), ...pending], target) === hash) return true;
  }
  return false;
}

/** Text as a literal of SQL, whatever the session thinks of backslashes. */
export const quoted = (text: string): string => {
  const inside = text.replaceAll("'", "''");
  return inside.includes("\\") ? `E'${inside.replaceAll("\\", "\\\\")}'` : `'${inside}'`;
};

function edited(file: MigrationFile, { table, repairs }: History): string {
  return (
    `${file.path} was changed after it was applied (it is not what ${table} recorded; its sha256 is now ` +
    `${file.checksum.slice(0, 12)}). Bring the applied version back and put the change into a new file. ` +
    `Only if the change has no effect, accept it: ${repairs.accept(file)}`
  );
}

function missing(name: string, { directory, history }: Comparison): string {
  return (
    `${name} is recorded in ${history.table} but is not in ${directory}. Bring the file back ` +
    "(git log --diff-filter=D --name-only finds it). Only if it was removed on purpose, forget it: " +
    history.repairs.forget(name)
  );
}

function unfinished(file: MigrationFile, repairs: Repairs): string {
  return (
    `${file.path} was begun and did not finish. Look whether it took effect. ` +
    `If it did: ${repairs.finished(file)} If not, let it run again: ${repairs.again(file.name)}`
  );
}

function failed(path: string, name: string, repairs: Repairs): string {
  return (
    `${path} is recorded as failed, and its tool refuses everything after it. Look how much of it took effect. ` +
    `If all of it did, or you completed it by hand: ${repairs.finished({ name })} ` +
    `If nothing of it is left: ${repairs.again(name)}`
  );
}

function outOfOrder(file: MigrationFile, last: MigrationFile, repairs: Repairs): string {
  return (
    `${file.path} was added below ${last.name}, which is already applied, so the two would run in another order ` +
    `here than elsewhere. ${repairs.reorder}`
  );
}
