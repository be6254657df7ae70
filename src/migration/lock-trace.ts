import type { Client } from "pg";
import type { TracedFile, TracedLock } from "../migration-engine.ts";
import { describeError } from "./connection.ts";
import type { MigrationScript } from "./migration-script.ts";
import { lineAndColumn } from "./statements.ts";

interface Relation {
  readonly name: string;
  readonly filenode: string;
}

const relations = `
  select c.oid::text, format('%I.%I', n.nspname, c.relname) as name, c.relfilenode::text as filenode
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and c.relkind in ('r', 'p', 'm')`;

/** Modes that live traffic conflicts with, weakest first: https://www.postgresql.org/docs/current/explicit-locking.html */
const modes = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];
const heldLocks = `
  select l.relation::text as oid, l.mode, c.relfilenode::text as filenode
  from pg_locks l join pg_class c on c.oid = l.relation
  where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
    and l.mode in (${modes.map((mode) => `'${mode}'`).join(", ")})`;

/**
 * Runs files on a database that nobody else uses, statement by statement, and says which locks each takes on relations
 * that were there before the first of them. Ends with the first file that fails; `clock` gives milliseconds.
 */
export async function traceLocks(
  client: Client,
  scripts: readonly MigrationScript[],
  clock: () => number,
): Promise<readonly TracedFile[]> {
  const { rows } = await client.query<Relation & { oid: string }>(relations);
  const before = new Map(rows.map(({ oid, name, filenode }) => [oid, { name, filenode }]));
  const files: TracedFile[] = [];
  for (const script of scripts) {
    const began = clock();
    const taken: TakenLock[] = [];
    const failed = await traceFile({ client, script, before, clock }, taken);
    const ended = clock();
    files.push({
      name: script.name,
      seconds: (ended - began) / 1000,
      locks: taken.map(({ since, ...lock }) => ({ ...lock, heldMs: ended - since })),
      ...failed,
    });
    if (failed !== undefined) break;
  }
  return files;
}

interface TakenLock extends Omit<TracedLock, "heldMs"> {
  /** When the statement that took it began. */
  readonly since: number;
}

interface Traced {
  readonly client: Client;
  readonly script: MigrationScript;
  readonly before: Map<string, Relation>;
  readonly clock: () => number;
}

type Failed = Required<Pick<TracedFile, "failure" | "forWantOfRows">>;

async function traceFile({ client, script, before, clock }: Traced, locks: TakenLock[]): Promise<Failed | undefined> {
  const inTransaction = script.alone === undefined;
  let place = script.path;
  try {
    await client.query(inTransaction ? "begin" : "select 1");
    const seen = new Set<string>();
    for (const statement of script.statements) {
      const { line, column } = lineAndColumn(script.sql, statement.start);
      place = `${script.path}:${line}:${column}`;
      const since = clock();
      await client.query(statement.text);
      if (!inTransaction) continue;
      locks.push(...(await newLocks(client, before, seen, place)).map((lock) => ({ ...lock, since })));
    }
    if (inTransaction) await client.query("commit");
    return undefined;
  } catch (error) {
    const { message, code } = describeError(error);
    if (inTransaction) await client.query("rollback").catch(() => {});
    const failure = `${place}: ${message}${code === undefined ? "" : ` (SQLSTATE ${code})`}.`;
    // A foreign key to a row that is there in production, or a block of the file's own that misses one.
    return { failure, forWantOfRows: ["23503", "P0001", "P0002"].includes(code ?? "") };
  }
}

async function newLocks(
  client: Client,
  before: Map<string, Relation>,
  seen: Set<string>,
  place: string,
): Promise<readonly Omit<TracedLock, "heldMs">[]> {
  const { rows } = await client.query<{ oid: string; mode: string; filenode: string }>(heldLocks);
  const strongest = new Map<string, Omit<TracedLock, "heldMs">>();
  for (const { oid, mode, filenode } of rows) {
    const relation = before.get(oid);
    if (relation === undefined) continue;
    const rewritten = relation.filenode !== filenode || strongest.get(oid)?.rewritten === true;
    const key = `${oid} ${mode}`;
    if (seen.has(key) && !rewritten) continue;
    seen.add(key);
    // Seen once, a rewrite is not told again for the statements after it.
    before.set(oid, { ...relation, filenode });
    const held = strongest.get(oid);
    const stronger = held === undefined || modes.indexOf(mode) > modes.indexOf(held.mode) ? mode : held.mode;
    const blocks = stronger === "AccessExclusiveLock" ? ("reads and writes" as const) : ("writes" as const);
    strongest.set(oid, { relation: relation.name, mode: stronger, blocks, rewritten, place });
  }
  return [...strongest.values()];
}
