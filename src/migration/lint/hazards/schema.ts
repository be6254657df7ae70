import type { Node } from "libpg-query";
import { droppedName, qualified, relationName, shown } from "../names.ts";
import { dropLater, type Hazard, hazard } from "../rules.ts";
import { isInUse, mayReplace, type Scope } from "../scope.ts";
import { attributeHazards, foreignColumn, typeHazards } from "./domains.ts";

/** What the version that serves now cannot live with: it still asks for what is gone or called otherwise. */
export function schemaHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("AlterTableStmt" in node) return alterHazards(node.AlterTableStmt, scope);
  if ("DropStmt" in node) return dropHazards(node.DropStmt, scope);
  if ("DropdbStmt" in node)
    return hazard(
      "drop-database",
      `DROP DATABASE \`${node.DropdbStmt.dbname ?? ""}\` is nothing a release does.`,
      "Remove it.",
    );
  if ("RenameStmt" in node) return renameHazards(node.RenameStmt, scope);
  if ("AlterObjectSchemaStmt" in node) {
    const name = relationName(node.AlterObjectSchemaStmt.relation);
    if (name !== "" && !isInUse(scope, name)) return [];
    return hazard(
      "set-schema",
      `${name === "" ? "The object" : `\`${shown(name)}\``} moves to schema \`${node.AlterObjectSchemaStmt.newschema ?? ""}\`, where the version that serves now does not look.`,
      "Leave a view of the old name behind, in the same file, until the old version is gone.",
    );
  }
  if ("ViewStmt" in node && node.ViewStmt.replace === true)
    return replaced("View", relationName(node.ViewStmt.view), scope);
  if ("CreateFunctionStmt" in node && node.CreateFunctionStmt.replace === true)
    return replaced("Function", qualified(node.CreateFunctionStmt.funcname), scope);
  if ("CreateStmt" in node && node.CreateStmt.if_not_exists === true)
    return maybeNew(relationName(node.CreateStmt.relation), scope);
  if ("CreateTrigStmt" in node) {
    const table = relationName(node.CreateTrigStmt.relation);
    if (!isInUse(scope, table)) return [];
    return [triggers(table)];
  }
  if ("DropRoleStmt" in node)
    return hazard(
      "drop-object",
      "The version that serves now may still log in as this role, or have its rights through it.",
      dropLater,
    );
  if ("DropOwnedStmt" in node)
    return hazard(
      "drop-owned",
      "DROP OWNED drops whatever the role owns in this database, whatever it is called, and all its rights.",
      "Name what is to be dropped, each with a DROP of its own.",
    );
  return typeHazards(node, scope);
}

const triggers = (table: string): Hazard => ({
  rule: "trigger",
  message: `The trigger also runs for the writes of the version that serves now to \`${shown(table)}\`, and can refuse them.`,
  rewrite: "Make sure that it refuses nothing the old version writes.",
});
const enabled = new Set<string>(["AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableAlwaysTrig"]);

/** GENERATED ALWAYS, as ADD writes it or SET GENERATED does. */
function isAlwaysGenerated(def: Node | undefined): boolean {
  if (def === undefined) return false;
  if ("Constraint" in def) return def.Constraint.generated_when === "a";
  return (
    "List" in def &&
    (def.List.items ?? []).some(
      (option) =>
        "DefElem" in option &&
        option.DefElem.defname === "generated" &&
        option.DefElem.arg !== undefined &&
        "Integer" in option.DefElem.arg &&
        option.DefElem.arg.Integer.ival === "a".charCodeAt(0),
    )
  );
}

function replaced(what: "View" | "Function", name: string, scope: Scope): readonly Hazard[] {
  if (!mayReplace(scope, name)) return [];
  const there = scope.catalog === undefined ? ", where it is there already," : "";
  return hazard(
    "replaced",
    `${what} \`${shown(name)}\`${there} does something else from this moment on, also for the version that serves now.`,
    `Write CREATE ${what.toUpperCase()} if it is new; if not, answer only if that version can work with what it does now.`,
  );
}

const maybeNew = (table: string, scope: Scope): readonly Hazard[] =>
  scope.catalog === undefined && isInUse(scope, table)
    ? hazard(
        "maybe-new",
        `\`${shown(table)}\` may be there already. What follows is told as if it were in use; the migrate step asks the database, and insists if it is.`,
        "Write CREATE TABLE without IF NOT EXISTS if it is new.",
      )
    : [];

function alterHazards(
  { relation, cmds = [], objtype }: Extract<Node, { AlterTableStmt: unknown }>["AlterTableStmt"],
  scope: Scope,
): readonly Hazard[] {
  const table = relationName(relation);
  if (!isInUse(scope, table)) return [];
  const of = shown(table);
  return cmds.flatMap((command): readonly Hazard[] => {
    if (!("AlterTableCmd" in command)) return [];
    const { subtype, name = "", def } = command.AlterTableCmd;
    if (objtype === "OBJECT_TYPE") return attributeHazards(subtype, `${of}.${name}`);
    if (objtype === "OBJECT_FOREIGN_TABLE" && (subtype === "AT_DropColumn" || subtype === "AT_AlterColumnType"))
      return [foreignColumn(subtype, `${of}.${name}`)];
    if (subtype === "AT_DropColumn")
      return hazard(
        "drop-column",
        `The version that serves now may still read \`${of}.${name}\`, and its values are gone for good.`,
        dropLater,
      );
    if (subtype === "AT_ColumnDefault" && def === undefined)
      return hazard(
        "drop-default",
        `The version that serves now may insert into \`${of}\` without naming \`${name}\`.`,
        "Release a version that always names it first.",
      );
    if (subtype === "AT_DropIdentity" || subtype === "AT_DropExpression")
      return hazard(
        "drop-default",
        `\`${of}.${name}\` gets no value of itself any more, and the version that serves now does not write one.`,
        "Release a version that always writes it first.",
      );
    if ((subtype === "AT_AddIdentity" || subtype === "AT_SetIdentity") && isAlwaysGenerated(def))
      return hazard(
        "new-constraint",
        `A row that names a value for \`${of}.${name}\` is refused from now on, also from the version that serves now.`,
        "Write GENERATED BY DEFAULT, or make sure that no version that serves names one.",
      );
    if (subtype !== undefined && enabled.has(subtype)) return [triggers(table)];
    if (subtype === "AT_DropNotNull")
      return hazard(
        "drop-not-null",
        `The version that serves now may not expect a null in \`${of}.${name}\`.`,
        "Write nulls only once every version that serves can read them.",
      );
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
      rewrite: dropLater,
    }));
  if (removeType === undefined || !droppedKinds.has(removeType)) return [];
  return used.map((name) => ({
    rule: "drop-object",
    message: `The version that serves now may still use \`${shown(name)}\`.`,
    rewrite: dropLater,
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
  return hazard(
    "rename",
    `\`${what}\` is called \`${newname ?? ""}\` from this moment on, and the version that serves now asks for the old name.`,
    "Add the new name beside the old one (a column kept in step, or a view), and remove the old one in a later release.",
  );
}
