import type { Node } from "libpg-query";
import { hasOption } from "../concurrently.ts";
import { droppedName, relationName, shown } from "../names.ts";
import { type Hazard, hazard, type RuleName, rules } from "../rules.ts";
import { isInUse, isKnownSmall, isProvenNotNull, isRequired, type Scope } from "../scope.ts";
import { addColumn, typeChange } from "./columns.ts";
import { addConstraint } from "./constraints.ts";
import { newPartition, partitionHazards } from "./partitions.ts";

/**
 * What makes live traffic wait while a table is read or rewritten. Lock modes: PostgreSQL's documentation, "Explicit
 * Locking" and the notes of ALTER TABLE. On a table known to be small nobody waits; what else they do stays.
 */
export function lockHazards(node: Node, scope: Scope): readonly Hazard[] {
  const found = [...tableHazards(node, scope), ...indexHazards(node, scope), ...wholeHazards(node, scope)];
  return found.map(({ table, ...hazard }) =>
    table !== undefined && isKnownSmall(scope, table) ? withoutStall(hazard) : hazard,
  );
}

/** Nothing beside them says what the version that serves loses: a constraint has the note of one that is added apart. */
const stillAnswered: ReadonlySet<string> = new Set<RuleName>(["not-null-scan", "type-change"]);

function withoutStall(hazard: Hazard): Hazard {
  const { rule, message, tier, effects = rules[rule].effects } = hazard;
  return {
    ...hazard,
    tier: tier === "note" || !stillAnswered.has(rule) ? "note" : "acknowledge",
    effects: effects.filter((effect) => effect !== "stalls"),
    message: `${message} The table is small, so it takes no time.`,
  };
}

export interface OnTable extends Hazard {
  readonly table?: string;
}

function tableHazards(node: Node, scope: Scope): readonly OnTable[] {
  if (!("AlterTableStmt" in node)) return [];
  const { relation, cmds = [], objtype } = node.AlterTableStmt;
  const table = relationName(relation);
  if (objtype !== "OBJECT_TABLE" || !isInUse(scope, table)) return [];
  return cmds.flatMap((command) =>
    "AlterTableCmd" in command ? commandHazards(command.AlterTableCmd, table, scope) : [],
  );
}

export type Command = Extract<Node, { AlterTableCmd: unknown }>["AlterTableCmd"];

function commandHazards(command: Command, table: string, scope: Scope): readonly OnTable[] {
  const { subtype, name, def } = command;
  const of = shown(table);
  switch (subtype) {
    case "AT_AddColumn":
      return def !== undefined && "ColumnDef" in def ? addColumn(def.ColumnDef, table, scope) : [];
    case "AT_AddConstraint":
      return def !== undefined && "Constraint" in def ? addConstraint(def.Constraint, table, scope) : [];
    case "AT_ValidateConstraint":
      if (!scope.file.inTransaction || !scope.file.added.has(`${table}/${name}`)) return [];
      return hazard(
        "validate-under-lock",
        `\`${name}\` is validated in the transaction that added it, whose lock on \`${of}\` is held all the while.`,
        "Validate it in a later file: then only the reading happens, under a lock nobody waits for.",
        { table },
      );
    case "AT_SetNotNull":
      if (name === undefined || isRequired(scope, table, name) || isProvenNotNull(scope, table, name)) return [];
      return hazard(
        "not-null-scan",
        `SET NOT NULL reads all of \`${of}\` under a lock that stops reads and writes.`,
        `First \`ALTER TABLE ${of} ADD CONSTRAINT ${name}_not_null CHECK (${name} IS NOT NULL) NOT VALID\`, in a later file \`VALIDATE CONSTRAINT ${name}_not_null\`, then SET NOT NULL, which reads nothing any more.`,
        { table },
      );
    case "AT_AlterColumnType":
      return def !== undefined && "ColumnDef" in def && name !== undefined
        ? typeChange(name, def.ColumnDef.typeName, def.ColumnDef.raw_default !== undefined, table, scope)
        : [];
    case "AT_AttachPartition":
    case "AT_DetachPartition":
    case "AT_DropInherit":
      return partitionHazards(command, table, scope);
    case "AT_SetExpression":
      return [
        {
          rule: "table-rewrite",
          table,
          effects: ["stalls", "breaks-reads"],
          message: `\`${name}\` is computed anew for every row of \`${of}\` under a lock that stops reads and writes, and the version that serves now reads other values.`,
          rewrite: "Add a column with the new expression beside it, and drop the old one in a later release.",
        },
      ];
    case "AT_SetLogged":
    case "AT_SetUnLogged":
    case "AT_SetAccessMethod":
      return hazard(
        "full-rewrite",
        `This writes all of \`${of}\` anew under a lock that stops reads and writes.`,
        "Create a new table beside it, copy in batches, and swap the names.",
        { table },
      );
    default:
      return [];
  }
}

function indexHazards(node: Node, scope: Scope): readonly OnTable[] {
  if ("IndexStmt" in node) {
    const { relation, concurrent, unique, idxname } = node.IndexStmt;
    const table = relationName(relation);
    if (!isInUse(scope, table)) return [];
    const of = shown(table);
    const promise: readonly OnTable[] =
      unique === true
        ? hazard(
            "unique-index",
            `The version that serves now must not write the same value twice into \`${of}\`.`,
            "Look for duplicates before; the build stops at the first one.",
          )
        : [];
    if (concurrent === true) return promise;
    return [
      ...promise,
      {
        rule: "index-build",
        table,
        message: `Nobody can write \`${of}\` while ${idxname === undefined ? "the index" : `\`${idxname}\``} is built.`,
        rewrite: "Write CREATE INDEX CONCURRENTLY in a file of its own.",
      },
    ];
  }
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX" && node.DropStmt.concurrent !== true) {
    const used = (node.DropStmt.objects ?? []).map(droppedName).filter((name) => isInUse(scope, name));
    return used.map((name) => ({
      rule: "index-drop",
      message: `Dropping \`${shown(name)}\` waits for every query of its table, and every new one waits behind it.`,
      rewrite: "Write DROP INDEX CONCURRENTLY in a file of its own.",
    }));
  }
  if ("ReindexStmt" in node) {
    const { kind, params } = node.ReindexStmt;
    // The system catalogs cannot be built concurrently.
    if (hasOption(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM") return [];
    return hazard(
      "reindex",
      "Nobody can write the table, and often nobody can read it, while its indexes are built again.",
      "Write REINDEX ... CONCURRENTLY in a file of its own.",
    );
  }
  return [];
}

function wholeHazards(node: Node, scope: Scope): readonly OnTable[] {
  if ("CreateStmt" in node) return newPartition(node.CreateStmt, scope);
  if ("AlterTableMoveAllStmt" in node)
    return hazard(
      "full-rewrite",
      "Every table, index or view of the tablespace is copied under a lock that stops reads and writes of it.",
      "Move them one by one, outside of a release.",
    );
  if ("AlterTableStmt" in node) return movedHazards(node.AlterTableStmt, scope);
  if ("VacuumStmt" in node && hasOption(node.VacuumStmt.options, "full"))
    return [{ rule: "full-rewrite", ...rewritten("VACUUM FULL") }];
  // CLUSTER without a table does all of them.
  if ("ClusterStmt" in node) return [{ rule: "full-rewrite", ...rewritten("CLUSTER") }];
  if ("RefreshMatViewStmt" in node && node.RefreshMatViewStmt.concurrent !== true) {
    const view = relationName(node.RefreshMatViewStmt.relation);
    if (!isInUse(scope, view)) return [];
    return hazard(
      "full-rewrite",
      `Nobody can read \`${shown(view)}\` while it is refreshed.`,
      "Give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY.",
    );
  }
  if ("LockStmt" in node)
    return hazard(
      "explicit-lock",
      "LOCK TABLE holds its lock until the file ends, and everybody waits behind it.",
      "Leave it away; statements take the locks they need.",
    );
  return [];
}

/** Tables, indexes and materialized views are copied to another tablespace as a whole. */
function movedHazards(
  { relation, cmds = [] }: Extract<Node, { AlterTableStmt: unknown }>["AlterTableStmt"],
  scope: Scope,
): readonly OnTable[] {
  const table = relationName(relation);
  const moves = cmds.some((each) => "AlterTableCmd" in each && each.AlterTableCmd.subtype === "AT_SetTableSpace");
  if (!moves || !isInUse(scope, table)) return [];
  return hazard(
    "full-rewrite",
    `SET TABLESPACE copies all of \`${shown(table)}\` under a lock that stops reads and writes.`,
    "Move it outside of a release; an index can be moved by REINDEX (TABLESPACE ...) CONCURRENTLY.",
    { table },
  );
}

const rewritten = (what: string) => ({
  message: `${what} writes the whole table anew while nobody can read or write it.`,
  rewrite: "Leave it out of a release; plain VACUUM, or a tool that copies beside the table, does it without a stop.",
});
