import type { Client } from "pg";
import type { ApplyContext } from "./apply-file.ts";
import { type FoundIndex, findIndex, otherThanWritten, whoHasTheName } from "./built-concurrently.ts";
import { describeError, type ServerError } from "./connection.ts";
import { detachment, halfDetached } from "./half-detached.ts";
import { setting } from "./migrating-session.ts";
import type { AloneStatement, MigrationScript } from "./migration-script.ts";
import type { AloneRule, ConcurrentIndex } from "./statement-rule.ts";
import { type Failure, isRefusal } from "./transaction-message.ts";
import { type InvalidIndex, invalidIndexesOf, isCopy, told } from "./unusable-indexes.ts";

const undefinedObject = "42704";
/**
 * Classes of errors that come up while a statement is looked at, before it does anything: what cannot be repeated may be
 * called clean behind these alone. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const refusedAtOnce = ({ code = "" }: ServerError): boolean => /^(?:0A|22|25|28|2B|3D|3F|42|55000|55006)/.test(code);

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
  let left: FoundIndex | undefined;
  try {
    left = rule.index && (await findIndex(client, rule.index));
    if (left?.builtBy !== undefined) return stillBuilding(left, step);
    if (left?.usable === true && rule.index !== undefined && (step.resumed || rule.index.ifNotExists)) {
      const kept = await keep(context, left, rule.index, step);
      if (kept !== "as written") return kept;
    }
    const copies = await copiesLeft(client, rule);
    if (copies.length > 0 && !step.resumed) return copiesInTheWay(copies, step);
    if (left?.usable === false) await dropIndex(context, left, "left by an attempt that did not finish");
    for (const copy of copies) await dropIndex(context, copy, "left by an attempt that did not finish");
    await history.begin(client, file);
    if (left?.usable === true && step.resumed) return undefined;
  } catch (thrown) {
    return { ...failure(describeError(thrown), step), inFile: false, left: "nothing" };
  }
  const error = await send(context, file, step.each);
  if (error === undefined) return lookAfter(context, file, step, rule);
  // What it was to drop is gone: the interrupted attempt had done it.
  if (step.resumed && error.code === undefinedObject && rule.drops !== undefined) return undefined;
  return cleanUp(context, file, step, error);
}

const failure = (error: ServerError, { finished }: Step): Failure => ({
  error,
  finishedStatements: finished,
  inFile: true,
});

/** A failure that we found rather than the server. */
function found(message: string, step: Step, rest: Pick<Failure, "left" | "note">): Failure {
  const error = { code: undefined, message, detail: undefined, hint: undefined, position: undefined };
  return { ...failure(error, step), ...rest };
}

/** Whether an index that is there and usable is the one the file asks for. */
async function keep(
  { client, ports }: ApplyContext,
  left: FoundIndex,
  index: ConcurrentIndex,
  step: Step,
): Promise<Failure | "as written"> {
  const other = await otherThanWritten(client, left, index);
  const is = other?.why === undefined ? "is another one" : `could not be compared (${other.why})`;
  if (other !== undefined)
    return found(`the index ${left.name} is there already and ${is}: ${left.definition}`, step, {
      left: "nothing",
      note:
        `The file asks for (${other.wanted}). Give the index of the file another name, or take the other away if nothing needs ` +
        `it (drop index concurrently ${left.name};), then run again.`,
    });
  ports.log.notice(`The index ${left.name} was there already, usable and as the file writes it.`);
  return "as written";
}

/** Copies that an earlier REINDEX left: this one would go over the table, leave them as they are and say nothing. */
const copiesLeft = async (client: Client, { rebuilds }: AloneRule) =>
  rebuilds === undefined ? [] : (await invalidIndexesOf(client, rebuilds)).filter(isCopy);

function copiesInTheWay(copies: readonly InvalidIndex[], step: Step): Failure {
  const names = copies.map(({ name }) => name).join(", ");
  const repair = copies.map(({ name }) => `drop index concurrently ${name};`).join(" ");
  return found(`an earlier REINDEX failed and left ${names}, which no query uses`, step, {
    left: "nothing",
    note: `Take that away, then run again: ${repair}`,
  });
}

/** Whether a statement that the server accepted did what it says: IF NOT EXISTS and REINDEX pass over what they find. */
async function lookAfter(
  { client, history }: ApplyContext,
  file: MigrationScript,
  step: Step,
  { index, rebuilds }: AloneRule,
): Promise<Failure | undefined> {
  if (index === undefined && rebuilds === undefined) return undefined;
  if (index !== undefined && (await findIndex(client, index))?.usable !== true) {
    const other = (await whoHasTheName(client, index)) ?? "nothing";
    if (step.finished === 0) await history.forget(client, file);
    return found(`the server built no index ${index.name} on ${index.table}, because ${other} has that name`, step, {
      left: "nothing",
      note: "Give the index of the file another name, then run again.",
    });
  }
  const invalid = rebuilds === undefined ? [] : await invalidIndexesOf(client, rebuilds);
  if (invalid.length === 0) return undefined;
  return found("the server went over the invalid indexes of the table and left them invalid", step, {
    left: "something",
    note: `${invalid.map(told).join(" ")} What is valid was built anew, and the next run does it again.`,
  });
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
    const error = inFile(file, each, describeError(thrown));
    return { error, finishedStatements: finished, inFile: true, left: "nothing" };
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

/**
 * After a statement that failed: takes away what it left where that is possible, and forgets that the file was begun only
 * once nothing is left of it.
 */
async function cleanUp(context: ApplyContext, file: MigrationScript, step: Step, error: ServerError): Promise<Failure> {
  const { client, history } = context;
  const { rule } = step.each;
  const failed = failure(error, step);
  if (context.ports.cancelled.aborted || rule === undefined) return failed;
  const record = history.repairs.finished(file);
  try {
    if (rule.detaches !== undefined) {
      const state = await detachment(client, rule.detaches);
      if (state === "half") return { ...failed, left: "something", note: halfDetached(rule.detaches, record) };
      if (state === "detached")
        return { ...failed, left: "something", note: `But the partition is detached. Record the file: ${record}` };
    } else if (!(rule.repeatable ? isRefusal(error) : refusedAtOnce(error)))
      return { ...failed, left: "unknown", note: rule.repeatable ? undefined : lookYourself(file, context) };
    const left = rule.index === undefined ? undefined : await findIndex(client, rule.index);
    if (left?.usable === false) await dropIndex(context, left, "left by this attempt");
    for (const copy of await copiesLeft(client, rule)) await dropIndex(context, copy, "left by this attempt");
    if (rule.drops !== undefined && (await isInvalid(client, rule.drops)))
      return {
        ...failed,
        left: "something",
        note: `The index ${rule.drops} is half dropped: no query uses it any more. Run again, which drops it, or build it anew: reindex index concurrently ${rule.drops};`,
      };
    if (step.finished === 0) await history.forget(client, file);
    return { ...failed, left: "nothing" };
  } catch (thrown) {
    const why = `What it left could not be looked at or removed now (${describeError(thrown).message})`;
    const note = rule.repeatable ? `${why}; the next run does it.` : `${why}. ${lookYourself(file, context)}`;
    return { ...failed, left: "unknown", note };
  }
}

const lookYourself = (file: MigrationScript, { history: { repairs } }: ApplyContext): string =>
  `It cannot simply be repeated: look whether it took effect. If it did: ${repairs.finished(file)} If not, let it run again: ${repairs.again(file.name)}`;

async function isInvalid(client: Client, index: string): Promise<boolean> {
  const asked = "select from pg_index where indexrelid = to_regclass($1) and not (indisvalid and indisready)";
  return (await client.query(asked, [index])).rowCount === 1;
}

async function dropIndex(
  { client, limits, ports }: ApplyContext,
  { name }: { readonly name: string },
  why: string,
): Promise<void> {
  await client.query(setting("lock_timeout", 0));
  await client.query(`drop index concurrently if exists ${name}`);
  await client.query(setting("lock_timeout", limits.lockTimeoutMs));
  ports.log.notice(`Dropped the invalid index ${name}, ${why}.`);
}

const stillBuilding = (index: FoundIndex, step: Step): Failure =>
  found(`session ${index.builtBy} is building the index ${index.name} right now`, step, {
    left: "nothing",
    note: "Wait until that session is done, then run again.",
  });
