import type { AppliedMigration } from "../migration-engine.ts";
import { type ApplyContext, applyFile } from "./apply-file.ts";
import { describeError, type ServerError } from "./connection.ts";
import type { MigrationScript } from "./migration-script.ts";
import { cancelledBefore } from "./refusal.ts";
import { countStatements, type Failure, type FileMessage, failureIn, messageOf } from "./transaction-message.ts";

/** How far messages run ahead of their answers: far enough that a server far away has always one to work on. */
const mostFiles = 32;
const mostCharacters = 1024 * 1024;

/** Why the files from `failed` on were not applied. */
export interface Stopped {
  readonly failed: string;
  readonly reason: string;
  readonly message: string;
  /** Whether nothing of `failed` is left, by the server's word. */
  readonly leftNothing: boolean;
  /** The connection was lost before the newest files were known to be on the server's disk. */
  readonly mayBeLost?: boolean;
}

/**
 * Applies files in their order and tells each as soon as the server has committed it; those told are durable once this
 * returns, unless it says otherwise. Undefined when all were applied.
 *
 * Files that are transactions are sent ahead, without waiting for the answer to the one in front. One that did not get
 * its lock is repeated by itself, and the row goes on behind it.
 */
export async function applyFiles(
  context: ApplyContext,
  files: readonly MigrationScript[],
  onApplied: (applied: AppliedMigration) => void,
): Promise<Stopped | undefined> {
  let durable = true;
  const stopped = await applyInOrder(context, files, (applied, isDurable) => {
    durable = isDurable;
    onApplied(applied);
  });
  if (stopped === undefined || durable || (await makeDurable(context))) return stopped;
  // A session that was ended leaves a server that writes out in a moment what it has committed.
  return context.ports.cancelled.aborted ? stopped : { ...stopped, mayBeLost: true };
}

async function applyInOrder(
  context: ApplyContext,
  files: readonly MigrationScript[],
  onApplied: (applied: AppliedMigration, isDurable: boolean) => void,
): Promise<Stopped | undefined> {
  let next = 0;
  const told = (applied: AppliedMigration, isDurable: boolean) => {
    next += 1;
    onApplied(applied, isDurable);
  };
  for (;;) {
    const first = files[next];
    if (first === undefined) return undefined;
    if (context.ports.cancelled.aborted) return { ...cancelledBefore(first.name), leftNothing: true };
    const row = rowFrom(files, next);
    const failure = row.length > 1 ? await applyRow(context, row, told) : undefined;
    if (row.length > 1 && failure === undefined) continue;
    const file = files[next] ?? first;
    const outcome = await applyFile(context, file, failure);
    if (outcome.outcome === "failed") return { ...outcome, failed: file.name };
    told(outcome.applied, true);
  }
}

/** The files from `start` on that are one transaction each, without one that is not between them. */
function rowFrom(files: readonly MigrationScript[], start: number): readonly MigrationScript[] {
  const end = files.findIndex(({ alone }, i) => i >= start && alone !== undefined);
  return files.slice(start, end < 0 ? files.length : Math.max(end, start + 1));
}

interface Sent {
  readonly file: MigrationScript;
  readonly message: FileMessage;
  readonly isLast: boolean;
  readonly at: number;
  /** Undefined once the server has committed it; never rejects. */
  readonly answer: Promise<ServerError | undefined>;
}

/** Why the first file that was not told failed; undefined when all were applied, or the job was cancelled between two. */
async function applyRow(
  context: ApplyContext,
  row: readonly MigrationScript[],
  onApplied: (applied: AppliedMigration, isDurable: boolean) => void,
): Promise<Failure | undefined> {
  const { client } = context;
  const { clock, cancelled } = context.ports;
  const progress = countStatements(client);
  const sent: Sent[] = [];
  let ahead = 0;
  const sendMore = (answered: number) => {
    while (!cancelled.aborted && sent.length < answered + mostFiles && ahead < mostCharacters) {
      const file = row[sent.length];
      if (file === undefined) return;
      const isLast = sent.length === row.length - 1;
      const place = {
        after: sent.length === 0 ? undefined : mark(sent.length - 1),
        leaves: isLast ? undefined : mark(sent.length),
      };
      const message = messageOf(context, file, place);
      const answer = client.query(message.text).then(() => undefined, describeError);
      ahead += message.text.length;
      sent.push({ file, message, isLast, at: clock.monotonic(), answer });
    }
  };
  try {
    let before = 0;
    for (let answered = 0; ; answered++) {
      sendMore(answered);
      const now = sent[answered];
      if (now === undefined) return undefined;
      const error = await now.answer;
      if (error !== undefined) {
        await Promise.all(sent.map(({ answer }) => answer));
        await client.query("rollback").catch(() => {});
        return failureIn(now.file, error, { ...now.message, finished: progress.finished(answered) });
      }
      ahead -= now.message.text.length;
      const ended = clock.monotonic();
      const seconds = (ended - Math.max(before, now.at)) / 1000;
      before = ended;
      onApplied({ name: now.file.name, seconds, lockRetries: 0 }, now.isLast);
    }
  } finally {
    progress.stop();
  }
}

/** What the message of the n-th file of a row leaves in the session. */
const mark = (n: number): string => `sluice_applied_${n}`;

/** A transaction that writes something is waited for until it is on the disk, and with it all that were before it. */
async function makeDurable({ client }: ApplyContext): Promise<boolean> {
  const written = client.query("select pg_logical_emit_message(true, 'sluice', 'migrations')");
  return written.then(
    () => true,
    () => false,
  );
}
