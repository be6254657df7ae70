import type { Client } from "pg";
import { InputError } from "../failure.ts";
import { type FoundIndex, findIndex } from "./built-concurrently.ts";
import { detachment, halfDetached } from "./half-detached.ts";
import type { History, HistoryRow } from "./history.ts";
import type { MigrationFile } from "./migration-files.ts";
import { parseScript } from "./migration-script.ts";
import { type ConcurrentIndex, ruleFor } from "./statement-rule.ts";
import { lexSql, type Statement } from "./statements.ts";
import { takenForReal } from "./taken-for-real.ts";

interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** Everything that is not recorded as applied, in order, and what is recorded. */
export interface NotApplied {
  readonly files: readonly MigrationFile[];
  readonly rows: readonly HistoryRow[];
  readonly history: History;
  /** Schemas in which unqualified names are looked up, as SQL; the login's own when undefined. */
  readonly searchPath: string | undefined;
}

/**
 * Whether somebody began a file that cannot be one transaction and stopped in it: statements that run outside of one are
 * committed one by one and recorded at the end, so all that is left to see is what they made.
 *
 * What we take up ourselves is no problem: an index of a file that we began, one that is invalid and will be built anew,
 * and one that the file itself would keep, which is compared with it then. Undefined when there is none.
 */
export async function halfApplied(client: Client, seen: NotApplied): Promise<Problem | undefined> {
  const { files, rows, history, searchPath } = seen;
  const begun = new Set(rows.filter(({ state }) => state === "begun").map(({ name }) => name));
  // Nearly every file: reading a thousand of them twice would be felt.
  const suspects = files.filter(({ sql }) => /concurrently/i.test(sql));
  const lenient = files.some(({ sql }) => /\bindex\s+if\s+not\s+exists\b/i.test(sql));
  if ((suspects.length > 0 || lenient) && searchPath !== undefined)
    await client.query(`set search_path to ${searchPath}`);
  const texts = suspects.length === 0 ? [] : files.map(({ sql }) => sql.toLowerCase());
  for (const file of suspects) {
    const looked = { file, ours: begun.has(file.name), inFront: texts.slice(0, files.indexOf(file)), history };
    const { statements } = lexSql(file.sql);
    for (const [i, statement] of statements.entries()) {
      const problem = await left(client, { ...looked, statement, above: statements.slice(0, i) });
      if (problem !== undefined) return { reason: "migration-half-applied", message: problem };
    }
  }
  return lenient ? takenForReal(client, files) : undefined;
}

interface Looked {
  readonly file: MigrationFile;
  readonly statement: Statement;
  /** Whether we began the file ourselves. */
  readonly ours: boolean;
  /** The files that run before it and are not applied either, in lower case. */
  readonly inFront: readonly string[];
  /** The statements of the file that run before it. */
  readonly above: readonly Statement[];
  readonly history: History;
}

async function left(client: Client, looked: Looked): Promise<string | undefined> {
  const { file, statement, ours, history } = looked;
  const rule = ruleFor(statement);
  if (rule.rule !== "alone") return undefined;
  if (rule.detaches !== undefined && (await detachment(client, rule.detaches)) === "half")
    return `${file.path}: ${halfDetached(rule.detaches, await recordIt(client, file, history))}`;
  if (rule.index === undefined || ours || mayChangeBefore(rule.index, looked)) return undefined;
  const found = await findIndex(client, rule.index);
  if (found === undefined || found.builtBy !== undefined) return undefined;
  const weCan = canBeApplied(file);
  if (weCan && (!found.usable || rule.index.ifNotExists)) return undefined;
  return halfBuilt(file, found, weCan, await recordIt(client, file, history));
}

/** Whether something in front may take away what is there now, so that the file has to build it. */
function mayChangeBefore({ name, table }: ConcurrentIndex, { inFront, above }: Looked): boolean {
  const index = name.toLowerCase();
  const bare = table.split(".").at(-1)?.replaceAll('"', "").trim().toLowerCase() ?? table;
  return (
    inFront.some((text) => text.includes(index) || text.includes(bare)) ||
    above.some(({ text }) => text.toLowerCase().includes(index))
  );
}

function halfBuilt(file: MigrationFile, found: FoundIndex, weCan: boolean, record: string): string {
  const state = found.usable ? "is there already" : "is there already, and invalid: it speeds up and protects nothing";
  const after = weCan
    ? "and run again."
    : "and split the file, with each statement that cannot run inside a transaction in a file of its own.";
  return (
    `${file.path} is not recorded, but its index ${found.name} ${state} (${found.definition}). An earlier attempt ran this ` +
    "file statement by statement and stopped within, or somebody built the index by hand. Complete by hand what is missing " +
    `of the file and record it: ${record} Or take back what is there (drop index concurrently ${found.name};) ${after}`
  );
}

/** The SQL that records a file, with the table for it where there is none yet. */
async function recordIt(client: Client, file: MigrationFile, { table, creation, repairs }: History): Promise<string> {
  const record = repairs.finished(file);
  if (creation === undefined) return record;
  const { rows } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [table]);
  return rows[0]?.there === true ? record : `${creation} ${record}`;
}

function canBeApplied(file: MigrationFile): boolean {
  try {
    parseScript(file);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
