import type { Client } from "pg";
import type { AppliedMigration } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { describeError, noticeWhenGone, type ServerError } from "./connection.ts";
import type { AppliedDetails, History } from "./history.ts";
import type { MigrationScript } from "./migration-script.ts";
import { applyAlone } from "./run-alone.ts";
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
  readonly history: Pick<History, "begin" | "wasBegun" | "finish" | "forget">;
  readonly limits: ApplyLimits;
  readonly release: string | undefined;
  readonly ports: Ports;
}

const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";
const idleInTransactionMs = 60_000;

/** Gives the session its limits, and takes back what an earlier file set in it. */
export async function prepareSession(client: Client, limits: ApplyLimits, searchPath?: string): Promise<void> {
  await client.query("reset all; reset session authorization");
  if (searchPath !== undefined) await client.query("select set_config('search_path', $1, false)", [searchPath]);
  await setting(client, "lock_timeout", limits.lockTimeoutMs);
  await setting(client, "statement_timeout", limits.statementTimeoutMs);
  await setting(client, "idle_in_transaction_session_timeout", idleInTransactionMs);
  await noticeWhenGone(client);
}

/** Sets a time limit of the session. */
export async function setting(client: Client, name: string, milliseconds: number): Promise<void> {
  await client.query("select set_config($1, $2, false)", [name, `${milliseconds}ms`]);
}

/** Applies one file together with its history row, repeating attempts that did not get their lock in time. */
export async function applyFile(context: ApplyContext, file: MigrationScript): Promise<FileOutcome> {
  const attempt = file.alone === undefined ? applyInTransaction : applyAlone;
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

/** Why an attempt did not apply its file. */
export interface Failure {
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
  file: MigrationScript,
  began: number,
): Promise<Failure | undefined> {
  const { client, history } = context;
  const progress = countStatements(client);
  let inFile = false;
  try {
    await client.query("begin");
    progress.reset();
    inFile = true;
    await client.query(file.body);
    inFile = false;
    if (client.getTransactionStatus() !== "T") throw new Error("the file ended the transaction it runs in");
    await history.finish(client, file, details(context, file, began));
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

/** What the history may keep of an attempt that began at `began`, monotonic milliseconds. */
export function details(
  { ports: { clock }, release }: ApplyContext,
  { statements }: MigrationScript,
  began: number,
): AppliedDetails {
  const ms = clock.monotonic() - began;
  return { startedAt: new Date(clock.now() - ms), seconds: ms / 1000, statements: statements.length, release };
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

function failed(context: ApplyContext, file: MigrationScript, failure: Failure, retries: number): FileOutcome {
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
      : failure.finishedStatements > 0
        ? `The ${failure.finishedStatements} statements before it took effect and stay; the next run goes on after them.`
        : "The statement runs outside of a transaction; nothing of it was left.";
  const repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
  return { outcome: "failed", reason: "migration-failed", message: `${place}: ${said} ${undone} ${repair}` };
}

/** `file:line:column` of the error, or of the statement in which it came up. */
function placeOf(file: MigrationScript, failure: Failure): string {
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
