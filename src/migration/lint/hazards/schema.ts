import type { Node } from "libpg-query";
import { droppedName, qualified, relationName, shown } from "../names.ts";
import type { Hazard } from "../rules.ts";
import { isInUse, type Scope } from "../scope.ts";

/** What the version that serves now cannot live with: it still asks for what is gone or called otherwise. */
export function schemaHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("AlterTableStmt" in node) return alterHazards(node.AlterTableStmt, scope);
  if ("DropStmt" in node) return dropHazards(node.DropStmt, scope);
  if ("DropdbStmt" in node)
    return [
      {
        rule: "drop-database",
        message: `DROP DATABASE \`${node.DropdbStmt.dbname ?? ""}\` is nothing a release does.`,
        rewrite: "Remove it.",
      },
    ];
  if ("RenameStmt" in node) return renameHazards(node.RenameStmt, scope);
  if ("AlterObjectSchemaStmt" in node) {
    const name = relationName(node.AlterObjectSchemaStmt.relation);
    if (name !== "" && !isInUse(scope, name)) return [];
    return [
      {
        rule: "set-schema",
        message: `${name === "" ? "The object" : `\`${shown(name)}\``} moves to schema \`${node.AlterObjectSchemaStmt.newschema ?? ""}\`, where the version that serves now does not look.`,
        rewrite: "Leave a view of the old name behind, in the same file, until the old version is gone.",
      },
    ];
  }
  if ("AlterEnumStmt" in node) return enumHazards(node.AlterEnumStmt, scope);
  if ("AlterDomainStmt" in node && node.AlterDomainStmt.subtype === "C")
    return [domainConstraint(qualified(node.AlterDomainStmt.typeName))];
  if ("CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0)
    return [domainConstraint(qualified(node.CreateDomainStmt.domainname))];
  if ("CreateTrigStmt" in node) {
    const table = relationName(node.CreateTrigStmt.relation);
    if (!isInUse(scope, table)) return [];
    return [
      {
        rule: "trigger",
        message: `The trigger also runs for the writes of the version that serves now to \`${shown(table)}\`, and can refuse them.`,
        rewrite: "Make sure that it refuses nothing the old version writes.",
      },
    ];
  }
  return [];
}

const domainConstraint = (name: string): Hazard => ({
  rule: "domain-constraint",
  message: `A constraint of domain \`${shown(name)}\` can never be added without reading every table that uses it under lock.`,
  rewrite: "Put the check on the tables, NOT VALID first.",
});

function alterHazards(
  { relation, cmds = [], objtype }: Extract<Node, { AlterTableStmt: unknown }>["AlterTableStmt"],
  scope: Scope,
): readonly Hazard[] {
  const table = relationName(relation);
  if (objtype !== "OBJECT_TABLE" || !isInUse(scope, table)) return [];
  const of = shown(table);
  return cmds.flatMap((command): readonly Hazard[] => {
    if (!("AlterTableCmd" in command)) return [];
    const { subtype, name = "", def } = command.AlterTableCmd;
    if (subtype === "AT_DropColumn")
      return [
        {
          rule: "drop-column",
          message: `The version that serves now may still read \`${of}.${name}\`, and its values are gone for good.`,
          rewrite: "Release a version that does not use it first, and drop it in a later release.",
        },
      ];
    if (subtype === "AT_ColumnDefault" && def === undefined)
      return [
        {
          rule: "drop-default",
          message: `The version that serves now may insert into \`${of}\` without naming \`${name}\`.`,
          rewrite: "Release a version that always names it first.",
        },
      ];
    if (subtype === "AT_DropNotNull")
      return [
        {
          rule: "drop-not-null",
          message: `The version that serves now may not expect a null in \`${of}.${name}\`.`,
          rewrite: "Write nulls only once every version that serves can read them.",
        },
      ];
    return [];
  });
}

function dropHazards(
  { objects = [], removeType }: Extract<Node, { DropStmt: unknown }>["DropStmt"],
  scope: Scope,
): readonly Hazard[] {
  const used = objects.map(droppedName).filter((name) => isInUse(scope, name));
  if (removeType === "OBJECT_TABLE" || removeType === "OBJECT_FOREIGN_TABLE")
    return used.map((name) => ({
      rule: "drop-table",
      message: `The version that serves now may still use \`${shown(name)}\`, and its rows are gone for good.`,
      rewrite: "Release a version that does not use it first, and drop it in a later release.",
    }));
  if (removeType === undefined || !droppedKinds.has(removeType)) return [];
  return used.map((name) => ({
    rule: "drop-object",
    message: `The version that serves now may still use \`${shown(name)}\`.`,
    rewrite: "Release a version that does not use it first, and drop it in a later release.",
  }));
}

const droppedKinds = new Set<string>([
  ...["OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_TYPE"],
  ...["OBJECT_DOMAIN", "OBJECT_SCHEMA", "OBJECT_SEQUENCE", "OBJECT_EXTENSION", "OBJECT_AGGREGATE"],
]);

/** Renames of what queries name; an index or a constraint may be called anything. */
const renamedKinds = new Set<string>([
  ...["OBJECT_TABLE", "OBJECT_COLUMN", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_TYPE", "OBJECT_ATTRIBUTE"],
  ...["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_SCHEMA", "OBJECT_SEQUENCE", "OBJECT_DOMAIN", "OBJECT_ROLE"],
]);

function renameHazards(
  { renameType, relation, subname, newname, object }: Extract<Node, { RenameStmt: unknown }>["RenameStmt"],
  scope: Scope,
): readonly Hazard[] {
  if (renameType === undefined || !renamedKinds.has(renameType)) return [];
  const name = relation === undefined ? (object === undefined ? "" : droppedName(object)) : relationName(relation);
  if (name !== "" && !isInUse(scope, name)) return [];
  const what = subname === undefined ? shown(name) : `${shown(name)}${name === "" ? "" : "."}${subname}`;
  return [
    {
      rule: "rename",
      message: `\`${what}\` is called \`${newname ?? ""}\` from this moment on, and the version that serves now asks for the old name.`,
      rewrite:
        "Add the new name beside the old one (a column kept in step, or a view), and remove the old one in a later release.",
    },
  ];
}

function enumHazards(
  { typeName, oldVal, newVal, newValNeighbor }: Extract<Node, { AlterEnumStmt: unknown }>["AlterEnumStmt"],
  scope: Scope,
): readonly Hazard[] {
  const name = qualified(typeName);
  if (!isInUse(scope, name)) return [];
  if (oldVal !== undefined)
    return [
      {
        rule: "rename",
        message: `Value \`${oldVal}\` of \`${shown(name)}\` is called \`${newVal ?? ""}\` from this moment on, and the version that serves now writes the old one.`,
        rewrite: "Add the new value beside the old one, and change the rows in batches.",
      },
    ];
  if (newValNeighbor !== undefined) return [];
  return [
    {
      rule: "enum-order",
      message: `\`${newVal ?? ""}\` sorts behind every other value of \`${shown(name)}\`.`,
      rewrite: "Say BEFORE or AFTER which value, if its order means anything.",
    },
  ];
}
