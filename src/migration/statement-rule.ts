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
}

/** The index a CREATE INDEX CONCURRENTLY builds. */
export interface ConcurrentIndex {
  /** As in the catalog: unquoted names folded to lower case. */
  readonly name: string;
  /** As written, for `to_regclass`. */
  readonly table: string;
}

const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const concurrentIndex = new RegExp(
  String.raw`\bconcurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\s*\.\s*${identifier})?)`,
  "iu",
);

/** How one statement of a migration has to be run. */
export function ruleFor(statement: Statement): StatementRule {
  const [first = "", second = "", third = ""] = statement.words;
  const refusal = refused(statement, first, second);
  if (refusal !== undefined) return { rule: "refused", why: refusal };
  const concurrently = statement.words.includes("CONCURRENTLY");
  if (first === "CREATE" && concurrently && (second === "INDEX" || third === "INDEX")) return createIndex(statement);
  if (first === "DROP" && second === "INDEX" && concurrently) return alone({ repeatable: true, waitsPolitely: true });
  if (first === "REINDEX") return reindex(statement, second);
  if (first === "VACUUM") return alone({ repeatable: true, waitsPolitely: !/\bfull\b/i.test(statement.text) });
  if (first === "CLUSTER" && second === "") return alone({ repeatable: true });
  if (first === "ALTER" && statement.words.includes("DETACH") && concurrently) return alone({ waitsPolitely: true });
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

function createIndex(statement: Statement): StatementRule {
  const [, name, table] = concurrentIndex.exec(statement.text) ?? [];
  if (name === undefined || table === undefined) {
    return {
      rule: "refused",
      why: "CREATE INDEX CONCURRENTLY needs an index name: without one, what a failed attempt leaves cannot be found.",
    };
  }
  return alone({ repeatable: true, waitsPolitely: true, index: { name: catalogName(name), table } });
}

function reindex(statement: Statement, second: string): StatementRule {
  const concurrently = /^reindex\s*(?:\([^)]*\bconcurrently\b|[^(]*?\bconcurrently\b)/i.test(statement.text);
  if (concurrently) return alone({ repeatable: true, waitsPolitely: true });
  return ["SCHEMA", "DATABASE", "SYSTEM"].includes(second) ? alone({ repeatable: true }) : { rule: "in-transaction" };
}

/** Commands that call PreventInTransactionBlock: https://www.postgresql.org/docs/current/sql-commands.html */
function neverInTransaction(words: readonly string[]): boolean {
  const [first = "", second = ""] = words;
  if (first === "ALTER") return second === "SYSTEM" || (second === "DATABASE" && words.includes("TABLESPACE"));
  return ["CREATE", "DROP"].includes(first) && ["DATABASE", "TABLESPACE", "SUBSCRIPTION"].includes(second);
}

function catalogName(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
