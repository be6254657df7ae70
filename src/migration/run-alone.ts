import type { Client } from "pg";
import type { ApplyContext } from "./apply-file.ts";
import { describeError, type ServerError } from "./connection.ts";
import { setting } from "./migrating-session.ts";
import type { AloneStatement, MigrationScript } from "./migration-script.ts";
import type { ConcurrentIndex } from "./statement-rule.ts";
import type { Failure } from "./transaction-message.ts";

const undefinedObject = "42704";

/**
 * Runs a file whose statements cannot share a transaction, one by one, between a row that says it was begun and one
 * that says it is done. An interrupted attempt is taken up where it stopped: indexes that are there and usable are
 * kept, those that were left unusable are dropped and built again.
 */
export async function applyAlone(
  context: ApplyContext,
  file: MigrationScript,
  began: number,
): Promise<Failure | undefined> {
  const { client, history } = context;
  await client.query(context.settings.join("; "));
  const resumed = await history.wasBegun(client, file);
  let finished = 0;
  for (const each of file.alone ?? []) {
    const failure = await runOne(context, file, { each, finished, resumed });
    if (failure !== undefined) return failure;
    finished += 1;
  }
  const { clock } = context.ports;
  const ms = clock.monotonic() - began;
  const took = { startedAt: new Date(clock.now() - ms), seconds: ms / 1000 };
  await client.query(history.finish(file, { took, release: context.release }));
  // Where that it was begun stands apart from that it was finished.
  await history.forget(client, file);
  return undefined;
}

interface Step {
  readonly each: AloneStatement;
  /** Statements of the file before this one; they stay. */
  readonly finished: number;
  readonly resumed: boolean;
}

async function runOne(context: ApplyContext, file: MigrationScript, step: Step): Promise<Failure | undefined> {
  const { client, history } = context;
  const { rule } = step.each;
  if (rule === undefined) return set(context, file, step);
  const left = rule.index === undefined ? undefined : await findIndex(client, rule.index);
  if (left?.builtBy !== undefined) return stillBuilding(left, step.finished);
  if (left?.usable === false) await dropIndex(context, left, "left by an attempt that did not finish");
  await history.begin(client, file);
  if (step.resumed && left?.usable === true) return undefined;
  const error = await send(context, file, step.each);
  // What it was to drop is gone: the interrupted attempt had done it.
  const droppedBefore = step.resumed && error?.code === undefinedObject && rule.repeatable && rule.index === undefined;
  return error === undefined || droppedBefore ? undefined : cleanUp(context, file, step, error);
}

/** A SET for the statements after it. */
async function set(
  { client }: ApplyContext,
  file: MigrationScript,
  { each, finished }: Step,
): Promise<Failure | undefined> {
  try {
    await client.query(each.statement.text);
    return undefined;
  } catch (thrown) {
    return { error: inFile(file, each, describeError(thrown)), finishedStatements: finished, inFile: true };
  }
}

/** The server counts from the statement's beginning, in characters. */
function inFile({ sql }: MigrationScript, { statement }: AloneStatement, error: ServerError): ServerError {
  if (error.position === undefined) return error;
  return { ...error, position: error.position + [...sql.slice(0, statement.start)].length };
}

async function send(
  { client, limits }: ApplyContext,
  file: MigrationScript,
  each: AloneStatement,
): Promise<ServerError | undefined> {
  const { statement, rule } = each;
  try {
    if (rule?.waitsPolitely === true) await client.query(setting("lock_timeout", 0));
    await client.query(statement.text);
    return undefined;
  } catch (thrown) {
    return inFile(file, each, describeError(thrown));
  } finally {
    await client.query(setting("lock_timeout", limits.lockTimeoutMs)).catch(() => {});
  }
}

/** After a statement the server refused: removes the invalid index it left and, when nothing stays, the row. */
async function cleanUp(
  context: ApplyContext,
  file: MigrationScript,
  { each: { rule }, finished }: Step,
  error: ServerError,
): Promise<Failure> {
  const failure: Failure = { error, finishedStatements: finished, inFile: true };
  if (context.ports.cancelled.aborted) return failure;
  try {
    const left = rule?.index === undefined ? undefined : await findIndex(context.client, rule.index);
    if (left?.usable === false) await dropIndex(context, left, "left by this attempt");
    if (finished === 0) await context.history.forget(context.client, file);
    return failure;
  } catch (thrown) {
    const note = `What it left could not be removed now (${describeError(thrown).message}); the next run does it.`;
    return { ...failure, note };
  }
}

/** An index of the name that a file wants to build. */
export interface FoundIndex {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly usable: boolean;
  /** Session that is building it right now. */
  readonly builtBy: number | undefined;
}

/** pg_indexes also lists indexes that a failed build left unusable; only pg_index tells. */
export async function findIndex(client: Client, index: ConcurrentIndex): Promise<FoundIndex | undefined> {
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

async function dropIndex({ client, limits, ports }: ApplyContext, index: FoundIndex, why: string): Promise<void> {
  await client.query(setting("lock_timeout", 0));
  await client.query(`drop index concurrently if exists ${index.name}`);
  await client.query(setting("lock_timeout", limits.lockTimeoutMs));
  ports.log.notice(`Dropped the invalid index ${index.name}, ${why}.`);
}

function stillBuilding(index: FoundIndex, finishedStatements: number): Failure {
  const message = `session ${index.builtBy} is building the index ${index.name} right now`;
  return {
    error: { code: undefined, message, detail: undefined, hint: undefined, position: undefined },
    finishedStatements,
    inFile: true,
    note: "Wait until that session is done, then run again.",
  };
}
