import type { Node } from "libpg-query";
import { relationName, shown } from "../names.ts";
import type { Hazard } from "../rules.ts";
import { isInUse, isKnownSmall, type Scope } from "../scope.ts";

/** What changes or removes rows that are there. */
export function dataHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("TruncateStmt" in node) return truncate(node.TruncateStmt, scope);
  if ("UpdateStmt" in node) return write("UPDATE", node.UpdateStmt, scope);
  if ("DeleteStmt" in node) return write("DELETE", node.DeleteStmt, scope);
  return [];
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
    return [
      {
        rule: "truncate-cascade",
        message: `TRUNCATE ... CASCADE empties ${names} and every table that refers to them, whatever it is called.`,
        rewrite: "Name every table that is to be emptied, without CASCADE.",
      },
    ];
  return [
    {
      rule: "truncate",
      message: `All rows of ${names} are gone for good.`,
      rewrite: "Say in a comment why nobody needs them.",
    },
  ];
}

function write(
  verb: "UPDATE" | "DELETE",
  { relation, whereClause }: { relation?: Parameters<typeof relationName>[0]; whereClause?: Node },
  scope: Scope,
): readonly Hazard[] {
  const table = relationName(relation);
  if (!isInUse(scope, table) || isKnownSmall(scope, table)) return [];
  const of = shown(table);
  const found: Hazard[] = [];
  if (whereClause === undefined)
    found.push({
      rule: "whole-table-write",
      message: `${verb} without WHERE ${verb === "UPDATE" ? "writes" : "removes"} every row of \`${of}\` in one transaction; whoever writes one of them waits until it ends.`,
      rewrite: "Do it in batches of a few thousand rows, outside of the release.",
    });
  if (scope.file.inTransaction && scope.file.altered.has(table))
    found.push({
      rule: "backfill-under-lock",
      message: `The file changed \`${of}\` before, so its lock stops reads and writes for as long as this ${verb} runs.`,
      rewrite: `Put the ${verb} into a file of its own.`,
    });
  return found;
}
