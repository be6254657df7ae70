import type { Client } from "pg";
import type { AppliedMigration } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { describeError, noticeWhenGone, type ServerError } from "./connection.ts";
import { forgetStarted, type HistoryTable, recordApplied, recordStarted } from "./history.ts";
import type { MigrationFile } from "./migration-files.ts";
import type { AloneRule, ConcurrentIndex } from "./statement-rule.ts";
import { lineAndColumn } from "./statements.ts";

export type FileOutcome =
  | { readonly outcome: "applied"; readonly applied: AppliedMigration }
  | { readonly outcome: "failed"; readonly reason: string; readonly message: string };

export interface ApplyLimits {
  /** How long one attempt may stand in the lock queue, and so make others wait behind it. */
  readonly lockTimeoutMs: number;
  /** How long attempts that gave way are repeated. */
  readonly retryForMs: number;
  readonly statementTimeoutMs: number;
}

export interface ApplyContext {
  /** The session that holds the migration lock. */
  readonly client: Client;
  readonly table: HistoryTable;
  readonly limits: ApplyLimits;
  readonly release: string | undefined;
  readonly ports: Ports;
}

const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";
const undefinedObject = "42704";
const idleInTransactionMs = 60_000;

/** Gives the session its limits, and takes back what an earlier file set in it. */
export async function prepareSession(client: Client, limits: ApplyLimits): Promise<void> {
  await client.query("reset all; reset session authorization");
  await setting(client, "lock_timeout", limits.lockTimeoutMs);
  await setting(client, "statement_timeout", limits.statementTimeoutMs);
  await setting(client, "idle_in_transaction_session_timeout", idleInTransactionMs);
  await noticeWhenGone(client);
}

async function setting(client: Client, name: string, milliseconds: number): Promise<void> {
  await client.query("select set_config($1, $2, false)", [name, `${milliseconds}ms`]);
}

/** Applies one file together with its history row, repeating attempts that did not get their lock in time. */
export async function applyFile(context: ApplyContext, file: MigrationFile): Promise<FileOutcome> {
  const attempt = file.alone === undefined ? applyInTransaction : applyAlone(file.alone);
  const { clock, random, cancelled } = context.ports;
  const began = clock.monotonic();
  for (let retries = 0; ; retries++) {
    const attemptBegan = clock.monotonic();
    const failure = await attempt(context, file, attemptBegan);
    if (failure === undefined) {
      const seconds = (clock.monotonic() - attemptBegan) / 1000;
      return { outcome: "applied", applied: { name: file.name, seconds, lockRetries: retries } };
    }
    const { code } = failure.error;
    const gaveWay = code === lockNotAvailable || code === deadlockDetected;
    const pause = Math.min(2_000, context.limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (0.5 + random() / 2);
    const timeLeft = context.limits.retryForMs - (clock.monotonic() - began) - pause;
    if (!gaveWay || timeLeft <= 0 || cancelled.aborted) return failed(context, file, failure, retries);
    await clock.sleep(pause, cancelled).catch(() => {});
  }
}

interface Failure {
  readonly error: ServerError;
  /** Statements of the file that had finished before the error; they were rolled back with it. */
  readonly finishedStatements: number;
  /** Whether the error came from the file itself rather than from the engine's own bookkeeping. */
  readonly inFile: boolean;
  /** What else a person must know, in a sentence. */
  readonly note?: string;
}

async function applyInTransaction(
  context: ApplyContext,
  file: MigrationFile,
  began: number,
): Promise<Failure | undefined> {
  const { client, table, release, ports } = context;
  const progress = countStatements(client);
  let inFile = false;
  try {
    await client.query("begin");
    progress.reset();
    inFile = true;
    await client.query(file.sql);
    inFile = false;
    if (client.getTransactionStatus() !== "T") throw new Error("the file ended the transaction it runs in");
    await recordApplied(client, table, file, { seconds: (ports.clock.monotonic() - began) / 1000, release });
    // Deferred constraints are checked here: an error is still the file's.
    await client.query("commit");
    return undefined;
  } catch (error) {
    const failure = { error: describeError(error), finishedStatements: progress.finished(), inFile };
    await client.query("rollback").catch(() => {});
    return failure;
  } finally {
    progress.stop();
  }
}

/** The wire says one CommandComplete per statement: the only sign of how far a failed script came. */
function countStatements(client: Client): { reset(): void; finished(): number; stop(): void } {
  let count = 0;
  const onComplete = () => {
    count += 1;
  };
  client.connection.on("commandComplete", onComplete);
  return {
    reset: () => {
      count = 0;
    },
    finished: () => count,
    stop: () => client.connection.off("commandComplete", onComplete),
  };
}

const applyAlone =
  (rule: AloneRule) =>
  async (context: ApplyContext, file: MigrationFile, began: number): Promise<Failure | undefined> => {
    const { client, table, release, ports } = context;
    const resumed = await wasStarted(client, table, file);
    const left = rule.index === undefined ? undefined : await findIndex(client, rule.index);
    if (left?.builtBy !== undefined) return stillBuilding(left);
    if (left?.usable === false) await dropIndex(context, left, "left by an attempt that did not finish");
    await recordStarted(client, table, file);
    const alreadyDone = resumed && left?.usable === true;
    const error = alreadyDone ? undefined : await runAlone(context, file, rule);
    // What it was to drop is gone: the interrupted attempt had done it.
    const droppedBefore = resumed && error?.code === undefinedObject && rule.repeatable && rule.index === undefined;
    if (error !== undefined && !droppedBefore) return cleanUp(context, file, rule, error);
    await recordApplied(client, table, file, { seconds: (ports.clock.monotonic() - began) / 1000, release });
    return undefined;
  };

async function runAlone(context: ApplyContext, file: MigrationFile, rule: AloneRule): Promise<ServerError | undefined> {
  const { client, limits } = context;
  try {
    if (rule.waitsPolitely) await setting(client, "lock_timeout", 0);
    await client.query(file.sql);
    return undefined;
  } catch (thrown) {
    return describeError(thrown);
  } finally {
    await setting(client, "lock_timeout", limits.lockTimeoutMs).catch(() => {});
  }
}

async function wasStarted(client: Client, table: HistoryTable, file: MigrationFile): Promise<boolean> {
  const { rowCount } = await client.query(`select from ${table} where name = $1 and checksum = $2`, [
    file.name,
    file.checksum,
  ]);
  return rowCount === 1;
}

/** After a statement the server refused: removes the invalid index it left and the row that says it was begun. */
async function cleanUp(
  context: ApplyContext,
  file: MigrationFile,
  rule: AloneRule,
  error: ServerError,
): Promise<Failure> {
  const failure: Failure = { error, finishedStatements: 0, inFile: true };
  if (context.ports.cancelled.aborted) return failure;
  try {
    const left = rule.index === undefined ? undefined : await findIndex(context.client, rule.index);
    if (left?.usable === false) await dropIndex(context, left, "left by this attempt");
    await forgetStarted(context.client, context.table, file);
    return failure;
  } catch (thrown) {
    const note = `What it left could not be removed now (${describeError(thrown).message}); the next run does it.`;
    return { ...failure, note };
  }
}

interface FoundIndex {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly usable: boolean;
  /** Session that is building it right now. */
  readonly builtBy: number | undefined;
}

/** pg_indexes also lists indexes that a failed build left unusable; only pg_index tells. */
async function findIndex(client: Client, index: ConcurrentIndex): Promise<FoundIndex | undefined> {
  const { rows } = await client.query<{ name: string; usable: boolean; builder: number | null }>(
    `select format('%I.%I', n.nspname, c.relname) as name, i.indisvalid and i.indisready as usable,
            (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid) as builder
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relname = $1 and i.indrelid = to_regclass($2)`,
    [index.name, index.table],
  );
  const [found] = rows;
  return found && { name: found.name, usable: found.usable, builtBy: found.builder ?? undefined };
}

async function dropIndex(context: ApplyContext, index: FoundIndex, why: string): Promise<void> {
  await setting(context.client, "lock_timeout", 0);
  await context.client.query(`drop index concurrently if exists ${index.name}`);
  await setting(context.client, "lock_timeout", context.limits.lockTimeoutMs);
  context.ports.log.notice(`Dropped the invalid index ${index.name}, ${why}.`);
}

function stillBuilding(index: FoundIndex): Failure {
  const message = `session ${index.builtBy} is building the index ${index.name} right now`;
  return {
    error: { code: undefined, message, detail: undefined, hint: undefined, position: undefined },
    finishedStatements: 0,
    inFile: true,
    note: "Wait until that session is done, then run again.",
  };
}

function failed(context: ApplyContext, file: MigrationFile, failure: Failure, retries: number): FileOutcome {
  const { error } = failure;
  const place = failure.inFile ? placeOf(file, failure) : file.path;
  const server = [
    `${error.message}${error.code === undefined ? "" : ` (SQLSTATE ${error.code})`}.`,
    error.detail,
    error.hint,
  ];
  const said = server.filter((sentence) => sentence !== undefined).join(" ");
  if (context.ports.cancelled.aborted) {
    const message =
      `${file.path} was interrupted because the job was cancelled. ` +
      (file.alone === undefined
        ? "It was rolled back; nothing of it is left."
        : "It cannot run inside a transaction; the next run looks at what it left and repairs it.");
    return { outcome: "failed", reason: "cancelled", message };
  }
  if (error.code === lockNotAvailable || error.code === deadlockDetected) {
    const message =
      `${place} did not get its lock: ${retries + 1} attempts of ${context.limits.lockTimeoutMs} ms each within ` +
      `${Math.round(context.limits.retryForMs / 1000)} s all gave way to other sessions. ${said} Nothing of the file ` +
      "was applied. Find the long transaction (select pid, xact_start, query from pg_stat_activity order by " +
      "xact_start), end it or wait, and run again.";
    return { outcome: "failed", reason: "lock-not-available", message };
  }
  const undone =
    file.alone === undefined
      ? "The file was rolled back as a whole; nothing of it is applied."
      : "The statement runs outside of a transaction; look at what it did before running it again.";
  const repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
  return { outcome: "failed", reason: "migration-failed", message: `${place}: ${said} ${undone} ${repair}` };
}

/** `file:line:column` of the error, or of the statement in which it came up. */
function placeOf(file: MigrationFile, failure: Failure): string {
  const { position } = failure.error;
  const offset =
    position === undefined ? file.statements[failure.finishedStatements]?.start : utf16Offset(file.sql, position - 1);
  if (offset === undefined) return file.path;
  const { line, column } = lineAndColumn(file.sql, offset);
  return `${file.path}:${line}:${column}`;
}

/** The server counts characters, JavaScript counts UTF-16 units. */
function utf16Offset(text: string, characters: number): number {
  return [...text].slice(0, characters).join("").length;
}
