import type { Client } from "pg";
import type { AppliedMigration } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { describeError } from "./connection.ts";
import type { History } from "./history.ts";
import type { ApplyLimits } from "./migrating-session.ts";
import { isRepeatable, type MigrationScript } from "./migration-script.ts";
import { applyAlone } from "./run-alone.ts";
import { lineAndColumn } from "./statements.ts";
import { countStatements, type Failure, failureIn, messageOf } from "./transaction-message.ts";

export type FileOutcome =
  | { readonly outcome: "applied"; readonly applied: AppliedMigration }
  | {
      readonly outcome: "failed";
      readonly reason: string;
      readonly message: string;
      /** Whether the server said that all of it was rolled back. */
      readonly leftNothing: boolean;
    };

export interface ApplyContext {
  /** The session that holds the migration lock. */
  readonly client: Client;
  /** Statements that give the session its limits, and take back what an earlier file set in it. */
  readonly settings: readonly string[];
  readonly history: Pick<History, "begin" | "wasBegun" | "finish" | "forget" | "repairs">;
  readonly limits: ApplyLimits;
  readonly release: string | undefined;
  readonly ports: Ports;
}

const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";

/**
 * Applies one file together with its history row, repeating attempts that did not get their lock in time. `before` is
 * how an attempt that somebody else made ended.
 */
export async function applyFile(
  context: ApplyContext,
  file: MigrationScript,
  before?: Failure | undefined,
): Promise<FileOutcome> {
  const attempt = file.alone === undefined ? applyInTransaction : applyAlone;
  const { clock, random, cancelled } = context.ports;
  const began = clock.monotonic();
  for (let retries = 0; ; retries++) {
    const attemptBegan = clock.monotonic();
    const failure = retries === 0 && before !== undefined ? before : await attempt(context, file, attemptBegan);
    if (failure === undefined) {
      const seconds = (clock.monotonic() - attemptBegan) / 1000;
      return { outcome: "applied", applied: { name: file.name, seconds, lockRetries: retries } };
    }
    const { code } = failure.error;
    const mayGoAgain = failure.left === "nothing" || isRepeatable(file);
    const gaveWay = mayGoAgain && (code === lockNotAvailable || code === deadlockDetected);
    const pause = Math.min(2_000, context.limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (0.5 + random() / 2);
    const timeLeft = context.limits.retryForMs - (clock.monotonic() - began) - pause;
    if (!gaveWay || timeLeft <= 0 || cancelled.aborted) return failed(context, file, failure, retries);
    await clock.sleep(pause, cancelled).catch(() => {});
  }
}

async function applyInTransaction(context: ApplyContext, file: MigrationScript): Promise<Failure | undefined> {
  const { client } = context;
  const message = messageOf(context, file);
  const progress = countStatements(client);
  try {
    await client.query(message.text);
    return undefined;
  } catch (thrown) {
    await client.query("rollback").catch(() => {});
    return failureIn(file, describeError(thrown), { ...message, finished: progress.finished(0) });
  } finally {
    progress.stop();
  }
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
  const leftNothing = failure.left === "nothing" && statementsDone(file, failure) === 0;
  if (context.ports.cancelled.aborted) {
    const message =
      `${file.path} was interrupted because the job was cancelled. ` +
      (file.alone === undefined
        ? "It is applied as a whole or not at all; the next run reads from the history which it is."
        : isRepeatable(file)
          ? "It cannot run inside a transaction; the next run looks at what it left and repairs it."
          : "It can neither run inside a transaction nor be repeated blindly; the next run stops at it and says what to look at.");
    return { outcome: "failed", reason: "cancelled", message, leftNothing };
  }
  const repeated = leftNothing || isRepeatable(file);
  if (repeated && (error.code === lockNotAvailable || error.code === deadlockDetected)) {
    const message =
      `${place} did not get its lock: ${retries + 1} attempts of ${context.limits.lockTimeoutMs} ms each within ` +
      `${Math.round(context.limits.retryForMs / 1000)} s all gave way to other sessions. ${said} ` +
      `${fateOf(file, failure)} Find the long transaction (select pid, xact_start, query from pg_stat_activity order by ` +
      "xact_start), end it or wait, and run again.";
    return { outcome: "failed", reason: "lock-not-available", message, leftNothing };
  }
  const repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
  const message = `${place}: ${said} ${fateOf(file, failure)} ${repair}`;
  return { outcome: "failed", reason: "migration-failed", message, leftNothing };
}

/** What is left of a file that failed, as a sentence or two. */
function fateOf(file: MigrationScript, failure: Failure): string {
  const { left } = failure;
  if (file.alone !== undefined) {
    const done = statementsDone(file, failure);
    const before = `The ${done} statements before it took effect and stay; the next run goes on after them.`;
    return done === 0 ? ofStatement[left ?? "unknown"] : `${ofStatement[left ?? "unknown"]} ${before}`;
  }
  if (left === "nothing") return "The file was rolled back as a whole; nothing of it is applied.";
  if (left === "something")
    return "What stands in front of that took effect and is recorded nowhere: look at it first.";
  return "Whether it was applied before the connection was lost, the next run reads from the history.";
}

const ofStatement = {
  nothing: "The statement runs outside of a transaction; nothing of it was left.",
  something: "The statement runs outside of a transaction, and part of it took effect.",
  unknown: "The statement runs outside of a transaction, and what it left is not known.",
} as const;

/** Of a file that is no transaction: the statements that took effect, which a SET does not. */
const statementsDone = ({ alone = [] }: MigrationScript, { finishedStatements }: Failure): number =>
  alone.slice(0, finishedStatements).filter(({ rule }) => rule !== undefined).length;

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
