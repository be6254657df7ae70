import type { Client } from "pg";
import { InputError } from "../failure.ts";
import type { History, HistoryRow } from "./history.ts";
import type { MigrationFile } from "./migration-files.ts";
import { parseScript } from "./migration-script.ts";
import { findIndex } from "./run-alone.ts";
import { ruleFor } from "./statement-rule.ts";
import { lexSql } from "./statements.ts";

/**
 * Whether another tool began a pending file that cannot be one transaction and died in it: such files are committed
 * statement by statement and recorded at the end, so all that is left to see is an index nobody recorded.
 *
 * Files that we can take up ourselves are no problem. Undefined when there is none.
 */
export async function halfApplied(
  client: Client,
  pending: readonly MigrationFile[],
  rows: readonly HistoryRow[],
  history: History,
): Promise<{ readonly reason: string; readonly message: string } | undefined> {
  const begun = new Set(rows.filter(({ state }) => state === "begun").map(({ name }) => name));
  for (const file of pending) {
    // Nearly every file: reading a thousand of them twice would be felt.
    if (!/concurrently/i.test(file.sql) || begun.has(file.name) || canBeApplied(file)) continue;
    for (const statement of lexSql(file.sql).statements) {
      const rule = ruleFor(statement);
      if (rule.rule !== "alone" || rule.index === undefined) continue;
      const found = await findIndex(client, rule.index);
      if (found === undefined) continue;
      const state = found.usable
        ? "is there already"
        : "is there already, and invalid: it speeds up and protects nothing";
      const message =
        `${file.path} is not recorded in ${history.table}, but its index ${found.name} ${state}. An earlier attempt ran ` +
        "this file statement by statement and stopped within. Complete by hand what is missing of it and record it: " +
        `${history.repairs.finished(file.name)} Or take back what is there (drop index concurrently ${found.name};) and ` +
        "split the file, with each statement that cannot run inside a transaction in a file of its own.";
      return { reason: "migration-half-applied", message };
    }
  }
  return undefined;
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
