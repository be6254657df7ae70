import type { Node, RangeVar } from "libpg-query";
import { concurrently, hasOption } from "../concurrently.ts";
import { droppedName, qualified, relationName, shown } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import { isInUse, type Scope } from "../scope.ts";
import { callsOf } from "../timeouts.ts";

/**
 * What takes away the bound on how long others wait: a lock that is asked for without the engine's timeout, and calls
 * that keep the locks of the transaction for as long as they like.
 */
export function waitHazards(node: Node, scope: Scope): readonly Hazard[] {
  return [...callsOf(node).flatMap(({ name }) => callHazards(name)), ...loosened(node, scope)];
}

function callHazards(name: string): readonly Hazard[] {
  if (/^pg_sleep/.test(name))
    return hazard(
      "explicit-lock",
      `\`${name}\` keeps every lock of the transaction while it sleeps, and everybody waits behind them.`,
      "Leave it away; or wait between two releases.",
    );
  if (/^pg_(?:try_)?advisory_(?:xact_)?lock/.test(name))
    return hazard(
      "explicit-lock",
      `\`${name}\` takes a lock that whoever asks for the same one waits for.`,
      "Leave it away: only one migration runs at a time anyway.",
    );
  return [];
}

/** Told once, at the first statement that locks a table in use. */
function loosened(node: Node, scope: Scope): readonly Hazard[] {
  if (scope.loosened.size === 0) return [];
  const table = lockedTable(node, scope);
  if (table === undefined) return [];
  const of = table === "" ? "tables in use" : `\`${shown(table)}\``;
  if (scope.loosened.has("lock_timeout"))
    return hazard(
      "explicit-lock",
      `\`lock_timeout\` was taken away or made longer than a second, so this may wait as long for ${of}, and everybody waits behind it.`,
      "Leave `lock_timeout` as the engine sets it: what does not get its lock is tried again.",
    );
  return hazard(
    "explicit-lock",
    `\`statement_timeout\` was taken away, so nothing ends this if it keeps its lock of ${of} for long.`,
    "Leave `statement_timeout` as the engine sets it; `migrate` takes another one.",
    { tier: "note" as const },
  );
}

/** Kinds whose one relation is locked so that nobody can write it, or read it. */
const locking = new Set(
  "AlterTable Rename AlterObjectSchema Index CreateTrig CreatePolicy AlterPolicy Rule Cluster Reindex RefreshMatView"
    .split(" ")
    .map((name) => `${name}Stmt`),
);
const dropped = new Set(["OBJECT_TABLE", "OBJECT_INDEX", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"]);
/** Named by their table, which is locked. */
const partsOfTables = new Set(["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"]);

/** A table in use that a statement locks; "" where it names none. */
export function lockedTable(node: Node, scope: Scope): string | undefined {
  if (concurrently(node) !== undefined) return undefined;
  return locked(node)?.find((name) => isInUse(scope, name));
}

function locked(node: Node): readonly string[] | undefined {
  if ("LockStmt" in node) return relations(node.LockStmt.relations);
  if ("TruncateStmt" in node) return relations(node.TruncateStmt.relations);
  if ("DropStmt" in node) {
    const { removeType = "", objects = [] } = node.DropStmt;
    if (partsOfTables.has(removeType))
      return objects.map((each) => ("List" in each ? qualified(each.List.items?.slice(0, -1)) : ""));
    return dropped.has(removeType) ? objects.map(droppedName) : undefined;
  }
  if ("VacuumStmt" in node) return hasOption(node.VacuumStmt.options, "full") ? [""] : undefined;
  if ("CreateStmt" in node) {
    const { inhRelations, tableElts = [] } = node.CreateStmt;
    const within = tableElts.flatMap((each) => ("ColumnDef" in each ? (each.ColumnDef.constraints ?? []) : [each]));
    const referred = within.flatMap((each) =>
      "Constraint" in each && each.Constraint.pktable !== undefined ? [relationName(each.Constraint.pktable)] : [],
    );
    return [...relations(inhRelations), ...referred];
  }
  const [kind = ""] = Object.keys(node);
  if (!locking.has(kind)) return undefined;
  const [body] = Object.values(node) as readonly { readonly relation?: RangeVar; readonly table?: RangeVar }[];
  return [relationName(body?.relation ?? body?.table)];
}

const relations = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).flatMap((each) => ("RangeVar" in each ? [relationName(each.RangeVar)] : []));
