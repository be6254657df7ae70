import { lexSql, type Statement } from "./statements.ts";

/** What Alembic printed for one revision (`alembic upgrade --sql`). */
export interface PrintedRevision {
  readonly sql: string;
  /** Alembic's own table as it prints it, such as `alembic_version` or `audit."my versions"`. */
  readonly table: string;
  /** Whether Alembic runs all of a revision in transactions (`transactional_ddl`). */
  readonly transactional: boolean;
}

/**
 * The revision's SQL as the server meets it: Alembic's own rows are left out, its transaction stays, and ends and begins
 * again around an `autocommit_block()`. An env.py whose offline part begins none has one when it is connected; and where
 * a revision ends the transaction by hand, Alembic's last COMMIT finds none, as it does then.
 */
export function revisionSql({ sql, table, transactional }: PrintedRevision): string {
  const whole = transactional && !begins(lexSql(sql).statements[0]) ? `BEGIN;\n\n${sql}\n\nCOMMIT;` : sql;
  const { statements } = lexSql(whole);
  const last = statements.at(-1);
  const idle = transactional && !isOpenBehind(statements.slice(0, -1)) ? last : undefined;
  const without = statements.filter((one) => isOf(table, one) || (one === idle && commits(one)));
  return without.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), whole);
}

/** Each transaction that does something by itself, and each statement that stands in none. */
export function transactionsIn(sql: string): readonly string[] {
  const found: string[] = [];
  let from: number | undefined;
  let isEmpty = true;
  for (const one of lexSql(sql).statements) {
    if (from === undefined && !begins(one)) found.push(one.text);
    else if (from === undefined) {
      from = one.start;
      isEmpty = true;
    } else if (!commits(one)) isEmpty = false;
    else {
      if (!isEmpty) found.push(sql.slice(from, one.end));
      from = undefined;
    }
  }
  return from === undefined ? found : [...found, sql.slice(from)];
}

/** As SQLAlchemy writes the four statements with which Alembic keeps its table. */
const isOf = (table: string, { text }: Statement): boolean =>
  ["CREATE TABLE", "INSERT INTO", "UPDATE", "DELETE FROM"].some((verb) => text.startsWith(`${verb} ${table} `));

const begins = (statement: Statement | undefined): boolean => statement?.text.toUpperCase() === "BEGIN";
const commits = ({ text }: Statement): boolean => text.toUpperCase() === "COMMIT";

function isOpenBehind(statements: readonly Statement[]): boolean {
  const last = statements.findLast(({ words: [first = "", ...others] }) =>
    first === "ROLLBACK" ? !others.includes("TO") : ["BEGIN", "START", "COMMIT", "END", "ABORT"].includes(first),
  );
  return ["BEGIN", "START"].includes(last?.words[0] ?? "");
}
