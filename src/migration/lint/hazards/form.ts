import type { Node } from "libpg-query";
import { concurrently } from "../concurrently.ts";
import { text } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import type { Scope } from "../scope.ts";

/** What cannot be applied the way it is written. */
export function formHazards(node: Node, scope: Scope): readonly Hazard[] {
  return [...transactionHazards(node, scope), ...concurrentHazards(node, scope), ...duplicateHazards(node)];
}

function transactionHazards(node: Node, { file, transaction }: Scope): readonly Hazard[] {
  const wrapped = transaction === "file";
  if (!("TransactionStmt" in node) || (wrapped && file.ends.has(node))) return [];
  const { kind } = node.TransactionStmt;
  const begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
  const ends = kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK";
  const rewrite = wrapped
    ? "Remove it: every file already runs in one transaction, together with its row in the history. Only a plain BEGIN and COMMIT around all of it may stay."
    : "Remove one of the two.";
  if (begins && (wrapped || file.inTransaction))
    return [
      { rule: "nested-transaction", message: "A transaction is open already, so this BEGIN does nothing.", rewrite },
    ];
  if (ends && (wrapped || !file.inTransaction))
    return [
      {
        rule: "nested-transaction",
        message: wrapped
          ? "This ends the transaction the file runs in, and parts what was done from its row in the history."
          : "No transaction is open here.",
        rewrite,
      },
    ];
  return [];
}

/** A transaction that the file opened and never ended. */
export const unfinishedTransaction = ({ file }: Scope): Hazard | undefined =>
  file.opened
    ? {
        rule: "open-transaction",
        message: "The file opens a transaction and does not end it, so nothing of it would last.",
        rewrite: "End it with COMMIT, or remove BEGIN.",
      }
    : undefined;

function concurrentHazards(node: Node, { file, transaction }: Scope): readonly Hazard[] {
  const what = concurrently(node);
  // A file of nothing but statements that may be repeated is run one by one by our engines; one message is not.
  const apart = file.statements === 1 || (transaction === "file" && file.allRepeatable);
  const inside = file.opened || (transaction !== "none" && (file.inTransaction || transaction === "message") && !apart);
  if (what === undefined || !inside) return [];
  return hazard(
    "concurrently-in-transaction",
    `${what} cannot run inside a transaction.`,
    "Move it into a file of its own; a file with nothing else, or only such indexes, runs without a transaction.",
  );
}

function duplicateHazards(node: Node): readonly Hazard[] {
  const twice = firstTwice(namedColumns(node));
  if (twice === undefined) return [];
  return hazard(
    "duplicate-column",
    `Column \`${twice}\` stands here twice, which PostgreSQL refuses.`,
    "Keep one of the two.",
  );
}

/** Lists of columns in which none may stand twice. */
function namedColumns(node: Node): readonly (readonly string[])[] {
  if ("UpdateStmt" in node) return [assigned(node.UpdateStmt.targetList)];
  if ("InsertStmt" in node)
    return [assigned(node.InsertStmt.cols), assigned(node.InsertStmt.onConflictClause?.targetList)];
  if ("MergeStmt" in node)
    return (node.MergeStmt.mergeWhenClauses ?? []).map((clause) => {
      if (!("MergeWhenClause" in clause)) return [];
      const { targetList } = clause.MergeWhenClause;
      return assigned(targetList);
    });
  if ("CreateStmt" in node) return [defined(node.CreateStmt.tableElts)];
  if ("CreateForeignTableStmt" in node) return [defined(node.CreateForeignTableStmt.base?.tableElts)];
  if ("ViewStmt" in node) {
    const named = (node.ViewStmt.aliases ?? []).flatMap((alias) => text(alias) ?? []);
    return [named.length > 0 ? named : selected(node.ViewStmt.query)];
  }
  if ("CreateTableAsStmt" in node) return [selected(node.CreateTableAsStmt.query)];
  if ("SelectStmt" in node && node.SelectStmt.intoClause !== undefined) return [selected(node)];
  return [];
}

const firstTwice = (lists: readonly (readonly string[])[]): string | undefined =>
  lists.map((names) => names.find((name, i) => names.indexOf(name) < i)).find((name) => name !== undefined);

/**
 * Columns an UPDATE or INSERT writes. A field or an element of a column may be set beside another one of it, so those count only
 * together with the whole column.
 */
function assigned(nodes: readonly Node[] | undefined): readonly string[] {
  const whole: string[] = [];
  const parts = new Set<string>();
  for (const node of nodes ?? []) {
    if (!("ResTarget" in node) || node.ResTarget.name === undefined) continue;
    const { name, indirection } = node.ResTarget;
    if (indirection === undefined || indirection.length === 0) whole.push(name);
    else parts.add(name);
  }
  return [...whole, ...parts];
}

const defined = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).flatMap((node) => ("ColumnDef" in node ? (node.ColumnDef.colname ?? []) : []));

/** Names of what a query gives; a value without a name of its own is called `?column?`. */
function selected(query: Node | undefined): readonly string[] {
  if (query === undefined || !("SelectStmt" in query)) return [];
  return (query.SelectStmt.targetList ?? []).flatMap((node) => {
    if (!("ResTarget" in node)) return [];
    const { name, val } = node.ResTarget;
    if (name !== undefined) return [name];
    return val !== undefined && "A_Const" in val ? ["?column?"] : [];
  });
}
