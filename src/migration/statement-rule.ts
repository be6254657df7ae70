import type { Statement } from "./statements.ts";

/** What running a statement asks of the engine. */
export type StatementRule =
  | { readonly rule: "in-transaction" }
  /** The engine owns the transaction; a file that ends it would part its statements from its history row. */
  | { readonly rule: "refused"; readonly why: string }
  | AloneRule;

/** A statement PostgreSQL refuses inside a transaction block. */
export interface AloneRule {
  readonly rule: "alone";
  /** Whether it may simply be run again after it was interrupted. */
  readonly repeatable: boolean;
  /** Whether it waits in a way that makes nobody else wait, so that no lock timeout is needed. */
  readonly waitsPolitely: boolean;
  readonly index?: ConcurrentIndex;
  /** The index that a DROP INDEX CONCURRENTLY takes away, as written. */
  readonly drops?: string;
  readonly rebuilds?: Reindexed;
  readonly detaches?: DetachedPartition;
}

/** The index a CREATE INDEX CONCURRENTLY builds. */
export interface ConcurrentIndex {
  /** As in the catalog, but for its length: unquoted names folded to lower case. */
  readonly name: string;
  /** As written, for `to_regclass`. */
  readonly table: string;
  readonly unique: boolean;
  /** Whether the server keeps what has the name already, whatever it is. */
  readonly ifNotExists: boolean;
  /** What follows the table: method, columns and all else. */
  readonly definition: string;
}

/** What a REINDEX CONCURRENTLY builds anew, by copies that it leaves when it fails. */
export interface Reindexed {
  readonly what: "INDEX" | "TABLE" | "SCHEMA" | "DATABASE";
  /** As written; a database may be named or not. */
  readonly name: string | undefined;
}

/** Both as written, for `to_regclass`. */
export interface DetachedPartition {
  readonly parent: string;
  readonly partition: string;
}

/** Patterns of a name, and of one that may have its schema in front. */
export const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
export const qualified = String.raw`${identifier}(?:\s*\.\s*${identifier})?`;
/** Patterns of a string in quotes, and of a comment. */
export const quotedText = String.raw`(?<![\w$])[eE]'(?:\\[\s\S]|''|[^'\\])*'|'[^']*'`;
export const comment = String.raw`--[^\n]*|/\*[\s\S]*?\*/`;
const relation = `(${qualified})`;
const concurrentIndex = new RegExp(
  String.raw`^create\s+(unique\s+)?index\s+concurrently\s+(if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?${relation}`,
  "iu",
);
const droppedIndex = new RegExp(String.raw`\bconcurrently\s+(?:if\s+exists\s+)?${relation}`, "iu");
const reindexed = new RegExp(
  String.raw`^reindex\s*(?:\([^)]*\)\s*)?(index|table|schema|database)\b\s*(?:concurrently\b\s*)?${relation}?`,
  "iu",
);
const detachedPartition = new RegExp(
  String.raw`^alter\s+table\s+(?:if\s+exists\s+)?${relation}\s+detach\s+partition\s+${relation}\s+concurrently\b`,
  "iu",
);

/** How one statement of a migration has to be run. */
export function ruleFor(statement: Statement): StatementRule {
  const [first = "", second = "", third = ""] = statement.words;
  const refusal = refused(statement, first, second);
  if (refusal !== undefined) return { rule: "refused", why: refusal };
  const concurrently = statement.words.includes("CONCURRENTLY");
  if (first === "CREATE" && concurrently && (second === "INDEX" || third === "INDEX")) return createIndex(statement);
  if (first === "DROP" && second === "INDEX" && concurrently) return dropIndex(statement);
  if (first === "REINDEX") return reindex(statement, second);
  if (first === "VACUUM") return alone({ repeatable: true, waitsPolitely: !/\bfull\b/i.test(statement.text) });
  if (first === "CLUSTER" && second === "") return alone({ repeatable: true });
  if (first === "ALTER" && statement.words.includes("DETACH") && concurrently) return detach(statement);
  return neverInTransaction(statement.words) ? alone({}) : { rule: "in-transaction" };
}

function alone(rule: Partial<Omit<AloneRule, "rule">>): AloneRule {
  return { rule: "alone", repeatable: false, waitsPolitely: false, ...rule };
}

function refused(statement: Statement, first: string, second: string): string | undefined {
  const endsTransaction =
    ["BEGIN", "COMMIT", "END", "ABORT"].includes(first) ||
    (first === "START" && second === "TRANSACTION") ||
    (first === "PREPARE" && second === "TRANSACTION") ||
    (first === "ROLLBACK" && !statement.words.includes("TO"));
  if (endsTransaction) {
    return `${first} is not for a migration file: each file already runs in one transaction. Remove it.`;
  }
  if (first === "COPY" && statement.words.includes("FROM") && statement.words.includes("STDIN")) {
    return "COPY FROM STDIN needs psql to send the rows. Write them as INSERT.";
  }
  if (first === "COPY" && statement.words.includes("PROGRAM")) {
    return "COPY ... PROGRAM runs a command on the database's own machine, which is not for a migration. Remove it.";
  }
  return undefined;
}

function createIndex({ text }: Statement): StatementRule {
  const found = concurrentIndex.exec(text);
  const [whole = "", unique, ifNotExists, name, table] = found ?? [];
  if (name === undefined || table === undefined) {
    return {
      rule: "refused",
      why:
        "CREATE INDEX CONCURRENTLY needs an index name, with no comment in front of the table: without one, what a failed " +
        "attempt leaves cannot be found.",
    };
  }
  const index: ConcurrentIndex = {
    name: catalogName(name),
    table,
    unique: unique !== undefined,
    ifNotExists: ifNotExists !== undefined,
    definition: text.slice(whole.length).trim(),
  };
  return alone({ repeatable: true, waitsPolitely: true, index });
}

function dropIndex({ text }: Statement): StatementRule {
  const [, drops] = droppedIndex.exec(text) ?? [];
  return alone({ repeatable: true, waitsPolitely: true, ...(drops !== undefined && { drops }) });
}

function reindex({ text }: Statement, second: string): StatementRule {
  const concurrently = /^reindex\s*(?:\([^)]*\bconcurrently\b|[^(]*?\bconcurrently\b)/i.test(text);
  if (!concurrently)
    return ["SCHEMA", "DATABASE", "SYSTEM"].includes(second) ? alone({ repeatable: true }) : { rule: "in-transaction" };
  const [, what, name] = reindexed.exec(text) ?? [];
  const kind = what?.toUpperCase();
  if (kind !== "INDEX" && kind !== "TABLE" && kind !== "SCHEMA" && kind !== "DATABASE")
    return {
      rule: "refused",
      why: "This REINDEX CONCURRENTLY is not understood, so what a failed attempt leaves could not be found. Write it without comments.",
    };
  return alone({ repeatable: true, waitsPolitely: true, rebuilds: { what: kind, name } });
}

function detach({ text }: Statement): StatementRule {
  const [, parent, partition] = detachedPartition.exec(text) ?? [];
  if (parent === undefined || partition === undefined)
    return {
      rule: "refused",
      why:
        "This DETACH PARTITION CONCURRENTLY is not understood, so what a failed attempt leaves could not be found. Write it as " +
        "ALTER TABLE parent DETACH PARTITION partition CONCURRENTLY, without comments.",
    };
  return alone({ waitsPolitely: true, detaches: { parent, partition } });
}

/** Commands that call PreventInTransactionBlock: https://www.postgresql.org/docs/current/sql-commands.html */
function neverInTransaction(words: readonly string[]): boolean {
  const [first = "", second = ""] = words;
  if (first === "ALTER") return second === "SYSTEM" || (second === "DATABASE" && words.includes("TABLESPACE"));
  return ["CREATE", "DROP"].includes(first) && ["DATABASE", "TABLESPACE", "SUBSCRIPTION"].includes(second);
}

/** A name as the catalog has it, but for its length. */
export function catalogName(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : asciiLower(written);
}

/** The server folds no other letters in an encoding of several bytes. */
const asciiLower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
