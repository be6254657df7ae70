import { InputError } from "../failure.ts";
import type { MigrationFile } from "./migration-files.ts";
import { type AloneRule, ruleFor } from "./statement-rule.ts";
import { lexSql, lineAndColumn, type Statement } from "./statements.ts";

/** A migration that may be applied: its SQL is understood as far as running it asks for. */
export interface MigrationScript extends MigrationFile {
  readonly statements: readonly Statement[];
  /** What is sent to the server; offsets are the file's own. */
  readonly body: string;
  /** The statements one by one, when they cannot run inside a transaction; undefined for one transaction. */
  readonly alone: readonly AloneStatement[] | undefined;
}

/** A statement that runs by itself; without a rule it is a SET for those after it. */
export interface AloneStatement {
  readonly statement: Statement;
  readonly rule: AloneRule | undefined;
}

/**
 * Reads a file's SQL the way it will be run.
 *
 * Throws `InputError`, with the place, for what cannot be applied as one unit: transaction control, psql commands, or a
 * statement such as CREATE INDEX CONCURRENTLY beside statements that need a transaction.
 */
export function parseScript(file: MigrationFile): MigrationScript {
  const { sql, path } = file;
  const { statements, metaCommands, unterminated } = lexSql(sql);
  const refuse = (offset: number, why: string): never => {
    const { line, column } = lineAndColumn(sql, offset);
    throw new InputError(`${path}:${line}:${column}: ${why}`, { file: path, line, column });
  };
  const [metaCommand] = metaCommands;
  if (unterminated !== undefined) refuse(unterminated, "a string, quoted name or comment begins here and never ends.");
  if (metaCommand !== undefined) refuse(metaCommand, "commands of psql are not SQL; the server cannot run them.");

  const wrapped = ownTransaction(statements);
  const inner = wrapped ? statements.slice(1, -1) : statements;
  const rules = inner.map((statement) => ({ statement, rule: ruleFor(statement) }));
  for (const { statement, rule } of rules) if (rule.rule === "refused") refuse(statement.start, rule.why);
  const outside = rules.flatMap(({ statement, rule }) => (rule.rule === "alone" ? [{ statement, rule }] : []));
  const [first] = outside;
  const body = wrapped ? withoutEnds(sql, statements) : sql;
  if (first === undefined) return { ...file, statements: inner, body, alone: undefined };

  const beside = rules.find(({ statement, rule }) => rule.rule !== "alone" && !isSetting(statement));
  if (wrapped || beside !== undefined)
    refuse(
      first.statement.start,
      "this statement cannot run inside a transaction. Put it alone into a file of its own.",
    );
  if (outside.length > 1 && outside.some(({ rule }) => !rule.repeatable))
    refuse(
      first.statement.start,
      "several statements here cannot run inside a transaction, and not all of them can be repeated after an " +
        "interruption. Put each alone into a file of its own.",
    );
  const alone = rules.map(({ statement, rule }) => ({ statement, rule: rule.rule === "alone" ? rule : undefined }));
  return { ...file, statements: inner, body, alone };
}

/** Whether an interrupted run of this file may simply be repeated. */
export const isRepeatable = (script: MigrationScript): boolean =>
  script.alone?.every(({ rule }) => rule?.repeatable !== false) ?? false;

const isSetting = ({ words }: Statement) => words[0] === "SET" || words[0] === "RESET";

/** A file that begins and commits one transaction around everything is what we do anyway. */
function ownTransaction(statements: readonly Statement[]): boolean {
  const first = statements[0]?.words ?? [];
  const last = statements.at(-1)?.words ?? [];
  const begins = first[0] === "BEGIN" && (first.length === 1 || ["TRANSACTION", "WORK"].includes(first[1] ?? ""));
  const commits = ["COMMIT", "END"].includes(last[0] ?? "") && last.length <= 2 && last[1] !== "PREPARED";
  return statements.length >= 2 && begins && first.length <= 2 && commits;
}

/** The SQL with the outer BEGIN and COMMIT blanked out, so that positions stay what they are in the file. */
function withoutEnds(sql: string, statements: readonly Statement[]): string {
  const blank = (text: string, { start, end }: Statement) =>
    text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
  const [first] = statements;
  const last = statements.at(-1);
  return first === undefined || last === undefined ? sql : blank(blank(sql, first), last);
}
