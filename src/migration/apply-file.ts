import type { Client } from "pg";
import type { AppliedMigration } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { describeError, type ServerError } from "./connection.ts";
import type { History } from "./history.ts";
import type { ApplyLimits } from "./migrating-session.ts";
import type { MigrationScript } from "./migration-script.ts";
import { applyAlone } from "./run-alone.ts";
import { lineAndColumn } from "./statements.ts";

export type FileOutcome =
  | { readonly outcome: "applied"; readonly applied: AppliedMigration }
  | { readonly outcome: "failed"; readonly reason: string; readonly message: string };

export interface ApplyContext {
  /** The session that holds the migration lock. */
  readonly client: Client;
  /** Statements that give the session its limits, and take back what an earlier file set in it. */
  readonly settings: readonly string[];
  readonly history: Pick<History, "begin" | "wasBegun" | "finish" | "forget">;
  readonly limits: ApplyLimits;
  readonly release: string | undefined;
  readonly ports: Ports;
}

const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";
const syntaxError = "42601";
const divisionByZero = "22012";
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

/**
 * The whole file is one message, from BEGIN over its statements and its row to COMMIT: a round trip to a server far away
 * is longer than most migrations, and each one made while a lock is held is waited for by live traffic.
 */
async function applyInTransaction(context: ApplyContext, file: MigrationScript): Promise<Failure | undefined> {
  const { client, settings, history, release } = context;
  const opening = `${[...settings, "begin", ours].join(";\n")};\n`;
  const finish = history.finish(file, { took: undefined, release });
  const closing = ["", stillOurs, ...(finish === "" ? [] : [finish]), "commit"].join("\n;\n");
  const before = settings.length + 2;
  const progress = countStatements(client);
  try {
    // Deferred constraints are checked at COMMIT: an error there leaves nothing either.
    await client.query(`${opening}${file.body}${closing}`);
    return undefined;
  } catch (thrown) {
    const finished = progress.finished() - before;
    const error = describeError(thrown);
    await client.query("rollback").catch(() => {});
    return failureIn(file, error, { finished, prefix: [...opening].length });
  } finally {
    progress.stop();
  }
}

/** A setting that lasts as long as the transaction, and no longer. */
const ours = "set local sluice.transaction to 'open'";
/** Fails where it is gone: what the server took for a COMMIT, our lexer did not see. */
const stillOurs = "select 1 / (current_setting('sluice.transaction', true) is not distinct from 'open')::int";

/** Says what a failed message means for the file within it: `finished` counts the file's statements, `prefix` characters. */
function failureIn(
  file: MigrationScript,
  error: ServerError,
  { finished, prefix }: { readonly finished: number; readonly prefix: number },
): Failure {
  const all = file.statements.length;
  if (finished >= all && error.code === divisionByZero)
    return {
      error: { ...error, message: "the file ended the transaction it runs in", code: undefined, position: undefined },
      finishedStatements: all,
      inFile: false,
    };
  // What cannot be parsed fails before anything ran, perhaps only at the statements of ours that follow it.
  const unparsed = finished < 0 && error.code === syntaxError;
  const { position } = error;
  return {
    error: { ...error, position: position === undefined ? undefined : Math.max(1, position - prefix) },
    finishedStatements: Math.min(all, Math.max(0, finished)),
    inFile: unparsed || (finished >= 0 && finished < all),
  };
}

/** The wire says one CommandComplete per statement: the only sign of how far a failed script came. */
function countStatements(client: Client): { finished(): number; stop(): void } {
  let count = 0;
  const onComplete = () => {
    count += 1;
  };
  client.connection.on("commandComplete", onComplete);
  return { finished: () => count, stop: () => client.connection.off("commandComplete", onComplete) };
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
