import type { Node, RangeVar, WithClause } from "libpg-query";
import { relationName, shown } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import { isInUse, isKnownSmall, type Scope } from "../scope.ts";

/** What changes or removes rows that are there. */
export function dataHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("TruncateStmt" in node) return truncate(node.TruncateStmt, scope);
  return writesOf(node).flatMap((each) => {
    if ("InsertStmt" in each) return inRounds("INSERT", relationName(each.InsertStmt.relation), scope);
    if ("UpdateStmt" in each) return update(each.UpdateStmt, scope);
    if ("DeleteStmt" in each)
      return write("DELETE", { ...each.DeleteStmt, everyRow: isAlways(each.DeleteStmt) }, scope);
    return "MergeStmt" in each ? merge(each.MergeStmt, scope) : [];
  });
}

/** The statement, and those in its WITH, or those that it prepares, explains or copies from. */
function writesOf(node: Node): readonly Node[] {
  const [body] = Object.values(node) as readonly { readonly query?: Node; readonly withClause?: WithClause }[];
  const { query, withClause } = body ?? {};
  const inner = (withClause?.ctes ?? []).flatMap((each) =>
    "CommonTableExpr" in each ? (each.CommonTableExpr.ctequery ?? []) : [],
  );
  return [node, ...[...inner, ...(query === undefined ? [] : [query])].flatMap(writesOf)];
}

/** No WHERE, or one that says nothing. */
const isAlways = ({ whereClause }: { whereClause?: Node }): boolean =>
  whereClause === undefined || ("A_Const" in whereClause && whereClause.A_Const.boolval?.boolval === true);

function update(statement: Extract<Node, { UpdateStmt: unknown }>["UpdateStmt"], scope: Scope): readonly Hazard[] {
  const { relation, targetList = [] } = statement;
  const table = relationName(relation);
  // Of a column that these files add nothing is lost.
  const losesNothing = targetList.every(
    (node) => "ResTarget" in node && scope.newColumns.has(`${table}/${node.ResTarget.name ?? ""}`),
  );
  return write("UPDATE", { relation, everyRow: isAlways(statement), losesNothing }, scope);
}

/** MERGE takes out what its source does not have. */
function merge(
  { relation, mergeWhenClauses = [] }: Extract<Node, { MergeStmt: unknown }>["MergeStmt"],
  scope: Scope,
): readonly Hazard[] {
  const everyRow = mergeWhenClauses.some((each) => {
    if (!("MergeWhenClause" in each)) return false;
    const { matchKind, commandType, condition } = each.MergeWhenClause;
    return matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" && commandType === "CMD_DELETE" && condition === undefined;
  });
  return write("MERGE", { relation, everyRow }, scope);
}

function truncate(
  { relations = [], behavior }: Extract<Node, { TruncateStmt: unknown }>["TruncateStmt"],
  scope: Scope,
): readonly Hazard[] {
  const used = relations
    .flatMap((node) => ("RangeVar" in node ? [relationName(node.RangeVar)] : []))
    .filter((name) => isInUse(scope, name));
  if (used.length === 0) return [];
  const names = used.map((name) => `\`${shown(name)}\``).join(", ");
  if (behavior === "DROP_CASCADE")
    return hazard(
      "truncate-cascade",
      `TRUNCATE ... CASCADE empties ${names} and every table that refers to them, whatever it is called.`,
      "Name every table that is to be emptied, without CASCADE.",
    );
  return hazard("truncate", `All rows of ${names} are gone for good.`, "Say in a comment why nobody needs them.");
}

interface Write {
  readonly relation?: RangeVar | undefined;
  readonly everyRow: boolean;
  readonly losesNothing?: boolean;
}

const told = {
  UPDATE: "UPDATE without WHERE writes every row of",
  DELETE: "DELETE without WHERE removes every row of",
  MERGE: "MERGE removes every row that its source does not have from",
};

function write(
  verb: keyof typeof told,
  { relation, everyRow, losesNothing = false }: Write,
  scope: Scope,
): readonly Hazard[] {
  const table = relationName(relation);
  const isSmall = isKnownSmall(scope, table);
  if (!isInUse(scope, table)) return [];
  const of = shown(table);
  const found: Hazard[] = everyRow ? [] : [...inRounds(verb, table, scope)];
  if (everyRow && !(isSmall && losesNothing))
    found.push({
      rule: "whole-table-write",
      effects: [...(losesNothing ? [] : (["loses-data"] as const)), ...(isSmall ? [] : (["stalls"] as const))],
      message: isSmall
        ? `${told[verb]} \`${of}\`: what was there is gone for good.`
        : `${told[verb]} \`${of}\` in one transaction; whoever writes one of them waits until it ends.`,
      rewrite: isSmall
        ? "Say in a comment why nobody needs what was there."
        : "Do it in batches of a few thousand rows, outside of the release.",
    });
  if (!isSmall && scope.file.inTransaction && scope.file.altered.has(table))
    found.push({
      rule: "backfill-under-lock",
      message: `The file changed \`${of}\` before, so its lock stops reads and writes for as long as this ${verb} runs.`,
      rewrite: `Put the ${verb} into a file of its own.`,
    });
  return found;
}

/** What the rounds of a loop write stays locked as long as what one statement writes. */
function inRounds(verb: string, table: string, scope: Scope): readonly Hazard[] {
  if (!scope.file.isLoop || !isInUse(scope, table) || isKnownSmall(scope, table)) return [];
  return hazard(
    "whole-table-write",
    `All rounds of the loop are one transaction: what each ${verb} writes of \`${shown(table)}\` stays locked until the last one, and whoever writes one of them waits until then.`,
    "Do it in batches of a few thousand rows, each in a transaction of its own, outside of the release.",
    { effects: ["stalls"] as const },
  );
}
