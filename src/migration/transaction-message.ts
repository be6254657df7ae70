import type { Client } from "pg";
import type { ApplyContext } from "./apply-file.ts";
import type { ServerError } from "./connection.ts";
import type { MigrationScript } from "./migration-script.ts";

/** Why an attempt did not apply its file. */
export interface Failure {
  readonly error: ServerError;
  /** Statements of the file that had finished before the error; they were rolled back with it. */
  readonly finishedStatements: number;
  /** Whether the error came from the file itself rather than from the engine's own bookkeeping. */
  readonly inFile: boolean;
  /**
   * What is left of a file that is one transaction: `nothing` where the server rolled it back, `something` where the file
   * ended the transaction itself, `unknown` where the answer was lost. Of a file that is none: of the statement that failed.
   */
  readonly left?: "nothing" | "something" | "unknown";
  /** What else a person must know, in a sentence. */
  readonly note?: string | undefined;
}

/** A file as the server gets it, and what of the message stands in front of the file's own text. */
export interface FileMessage {
  readonly text: string;
  readonly statementsBefore: number;
  /** Code points, as the server counts. */
  readonly charactersBefore: number;
}

/** Where a file stands in a row of files whose messages are sent before those in front were answered. */
export interface PlaceInRow {
  /** What the message in front leaves when it has committed; undefined for the first of a row. */
  readonly after: string | undefined;
  /** What this one leaves; undefined for the last of a row. */
  readonly leaves: string | undefined;
}

/**
 * The whole file is one message, from BEGIN over its statements and its row to COMMIT: a round trip to a server far away
 * is longer than most migrations, and each one made while a lock is held is waited for by live traffic.
 *
 * In a row each message first takes away what only a commit of the one in front leaves in the session, a prepared
 * statement: behind a file that failed, in whatever way, nothing runs. It does so in a transaction of its own, because it
 * takes a snapshot, behind which a file may not choose its isolation level any more. All but the last of a row are made durable by those behind them: a crash of the server loses the newest
 * files, whole and each with its row. https://www.postgresql.org/docs/current/wal-async-commit.html
 */
export function messageOf(
  { settings, history, release }: Pick<ApplyContext, "settings" | "history" | "release">,
  file: MigrationScript,
  { after, leaves }: PlaceInRow = { after: undefined, leaves: undefined },
): FileMessage {
  const opening = [
    ...(after === undefined ? [] : ["begin", `deallocate ${after}`, "commit"]),
    "begin",
    ...settings,
    ours,
    ...(leaves === undefined ? [] : ["set local synchronous_commit to off"]),
  ];
  const finish = history.finish(file, { took: undefined, release });
  const closing = [
    stillOurs,
    ...(finish === "" ? [] : [finish]),
    // Deferred constraints are checked here: an error leaves nothing either.
    "commit",
    ...(leaves === undefined ? [] : [`prepare ${leaves} as select`]),
  ];
  const before = `${opening.join(";\n")};\n`;
  return {
    text: `${before}${["", ...closing].map((each, i) => (i === 0 ? file.body : each)).join("\n;\n")}`,
    statementsBefore: opening.length,
    charactersBefore: [...before].length,
  };
}

/** A setting that lasts as long as the transaction, and no longer. */
const ours = "set local sluice.transaction to 'open'";
/** Fails where it is gone: what the server took for a COMMIT, our lexer did not see. */
const stillOurs = "select 1 / (current_setting('sluice.transaction', true) is not distinct from 'open')::int";

const syntaxError = "42601";
const divisionByZero = "22012";

/** Says what a failed message means for the file within it; `finished` counts all statements of the message that ended. */
export function failureIn(
  file: MigrationScript,
  error: ServerError,
  message: Pick<FileMessage, "statementsBefore" | "charactersBefore"> & { readonly finished: number },
): Failure {
  const finished = message.finished - message.statementsBefore;
  const all = file.statements.length;
  if (finished >= all && error.code === divisionByZero)
    return {
      error: { ...error, message: "the file ended the transaction it runs in", code: undefined, position: undefined },
      finishedStatements: all,
      inFile: false,
      left: "something",
    };
  // What cannot be parsed fails before anything ran, perhaps only at the statements of ours that follow it.
  const unparsed = finished < 0 && error.code === syntaxError;
  const { position } = error;
  return {
    error: {
      ...error,
      position: position === undefined ? undefined : Math.max(1, position - message.charactersBefore),
    },
    finishedStatements: Math.min(all, Math.max(0, finished)),
    inFile: unparsed || (finished >= 0 && finished < all),
    left: isRefusal(error) ? "nothing" : "unknown",
  };
}

/**
 * Whether the server refused a statement, and so rolled the transaction back. An error of the network says nothing about
 * it, and a session may be ended (57P) behind its COMMIT too.
 */
export const isRefusal = ({ code = "" }: ServerError): boolean => /^(?!08|57P)[0-9FHPX][0-9A-Z]{4}$/.test(code);

/**
 * The wire says one CommandComplete per statement: the only sign of how far a failed script came. Messages are counted
 * from 0, in the order in which they were sent since this was called.
 */
export function countStatements(client: Client): { finished(message: number): number; stop(): void } {
  const counts = [0];
  const onComplete = () => {
    counts.push((counts.pop() ?? 0) + 1);
  };
  const onAnswered = () => {
    counts.push(0);
  };
  client.connection.on("commandComplete", onComplete);
  client.connection.on("readyForQuery", onAnswered);
  return {
    finished: (message) => counts[message] ?? 0,
    stop: () => {
      client.connection.off("commandComplete", onComplete);
      client.connection.off("readyForQuery", onAnswered);
    },
  };
}
