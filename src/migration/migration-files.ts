import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../failure.ts";
import { type AloneRule, ruleFor } from "./statement-rule.ts";
import { lexSql, lineAndColumn, type Statement } from "./statements.ts";

/** A migration file that may be applied. */
export interface MigrationFile {
  /** Such as `0002_add_note.sql`. */
  readonly name: string;
  /** Path as the directory was given, for messages. */
  readonly path: string;
  /** The number its name begins with; decides the order. */
  readonly number: bigint;
  /** sha256 of the file's bytes, hexadecimal. */
  readonly checksum: string;
  readonly sql: string;
  readonly statements: readonly Statement[];
  /** Set when its only statement cannot run inside a transaction. */
  readonly alone: AloneRule | undefined;
}

const fileName = /^(\d+)[_-][\w.-]*\.sql$/;

/**
 * Reads the numbered `.sql` files of a directory, in order.
 *
 * Throws `InputError` for a name without a number, two files with one number, and content that cannot be applied as
 * one unit: transaction control, psql commands, or a statement such as CREATE INDEX CONCURRENTLY beside others.
 */
export async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = await readdir(directory).catch(() => {
    throw new InputError(`The migrations directory ${directory} cannot be read. Check its path in the runbook.`);
  });
  const files: MigrationFile[] = [];
  for (const name of names.filter((entry) => entry.endsWith(".sql")).toSorted()) {
    const path = join(directory, name);
    files.push(parseMigrationFile(name, path, await readFile(path)));
  }
  const ordered = files.toSorted((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  for (const [i, file] of ordered.entries()) {
    const previous = ordered[i - 1];
    if (previous?.number === file.number) {
      throw new InputError(`${previous.path} and ${file.path} have the same number: rename the newer one.`);
    }
  }
  return ordered;
}

/** Checks one file's name and content; `bytes` are what its checksum is taken over. */
export function parseMigrationFile(name: string, path: string, bytes: Uint8Array): MigrationFile {
  const number = fileName.exec(name)?.[1];
  if (number === undefined) {
    throw new InputError(
      `${path} does not begin with its number. Name it like 0007_add_index.sql (letters, digits, "_", "-", ".").`,
    );
  }
  const sql = decode(bytes, path);
  const { statements, metaCommands, unterminated } = lexSql(sql);
  const refuse = (offset: number, why: string): never => {
    const { line, column } = lineAndColumn(sql, offset);
    throw new InputError(`${path}:${line}:${column}: ${why}`, { file: path, line, column });
  };
  const [metaCommand] = metaCommands;
  if (unterminated !== undefined) refuse(unterminated, "a string, quoted name or comment begins here and never ends.");
  if (metaCommand !== undefined) refuse(metaCommand, "commands of psql are not SQL; the server cannot run them.");
  let alone: AloneRule | undefined;
  for (const statement of statements) {
    const rule = ruleFor(statement);
    if (rule.rule === "refused") refuse(statement.start, rule.why);
    if (rule.rule !== "alone") continue;
    if (statements.length > 1) {
      refuse(statement.start, "this statement cannot run inside a transaction. Put it alone into a file of its own.");
    }
    alone = rule;
  }
  const checksum = createHash("sha256").update(bytes).digest("hex");
  return { name, path, number: BigInt(number), checksum, sql, statements, alone };
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Falls through to the same refusal.
  }
  throw new InputError(`${path} is not UTF-8 text. Save it as UTF-8 without NUL characters.`);
}
