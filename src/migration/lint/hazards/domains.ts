import type { Node } from "libpg-query";
import { qualified, shown } from "../names.ts";
import { dropLater, type Hazard, hazard } from "../rules.ts";
import { isInUse, type Scope } from "../scope.ts";

/** Domains, composite types and enums: what columns and queries are made of. */
export function typeHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("AlterEnumStmt" in node) return enumHazards(node.AlterEnumStmt, scope);
  if ("AlterDomainStmt" in node) return domainHazards(node.AlterDomainStmt, scope);
  if ("CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0)
    // Nobody uses it yet: it is what comes later that will be hard.
    return [{ ...domainConstraint(qualified(node.CreateDomainStmt.domainname)), effects: [] }];
  return [];
}

const domainConstraint = (name: string): Hazard => ({
  rule: "domain-constraint",
  message: `A constraint of domain \`${shown(name)}\` is checked in every table that uses it, while nobody can write them.`,
  rewrite: "Add it NOT VALID and VALIDATE it in a later file, or put the check on the tables.",
});

/** Subtypes as gram.y names them: C adds a constraint, V validates one, O sets NOT NULL, N takes it away, T is the default. */
function domainHazards(
  { subtype, typeName, def }: Extract<Node, { AlterDomainStmt: unknown }>["AlterDomainStmt"],
  scope: Scope,
): readonly Hazard[] {
  const name = qualified(typeName);
  if (!isInUse(scope, name)) return [];
  const of = shown(name);
  if (subtype === "C" && def !== undefined && "Constraint" in def && def.Constraint.skip_validation === true)
    return hazard(
      "new-constraint",
      `Domain \`${of}\` refuses new values that do not meet it, also those of the version that serves now.`,
      "Make sure that the version that serves now writes only what meets it.",
    );
  if (subtype === "C") return [domainConstraint(name)];
  if (subtype === "O")
    return [
      {
        rule: "not-null-scan",
        tier: "acknowledge",
        message: `SET NOT NULL of domain \`${of}\` reads every table that uses it, while nobody can write them, and the version that serves now may write nulls.`,
        rewrite: "Add CHECK (VALUE IS NOT NULL) NOT VALID to the domain instead, and VALIDATE it in a later file.",
      },
    ];
  if (subtype === "T" && def === undefined)
    return hazard(
      "drop-default",
      `The version that serves now may rely on the default of domain \`${of}\`.`,
      "Release a version that always names a value first.",
    );
  if (subtype === "N")
    return hazard(
      "drop-not-null",
      `The version that serves now may not expect a null where a column is a \`${of}\`.`,
      "Write nulls only once every version that serves can read them.",
    );
  return [];
}

/** Attributes of a composite type; `attribute` is `type.attribute`. */
export function attributeHazards(subtype: string | undefined, attribute: string): readonly Hazard[] {
  if (subtype === "AT_DropColumn")
    return hazard(
      "drop-column",
      `The version that serves now may still read \`${attribute}\`, and its values are gone for good.`,
      dropLater,
    );
  if (subtype !== "AT_AddColumn" && subtype !== "AT_AlterColumnType") return [];
  return [
    {
      rule: "type-change",
      tier: "acknowledge",
      effects: ["breaks-reads", "breaks-writes"],
      message: `\`${attribute}\` is made otherwise from this moment on: values that the version that serves now reads or writes as a row have other fields.`,
      rewrite: "Create a new type beside it, and drop the old one in a later release.",
    },
  ];
}

/** A column of a foreign table: only its description here changes, what it describes stays on its server. */
export const foreignColumn = (subtype: "AT_DropColumn" | "AT_AlterColumnType", column: string): Hazard => ({
  rule: subtype === "AT_DropColumn" ? "drop-column" : "type-change",
  tier: "acknowledge",
  effects: ["breaks-reads", "breaks-writes"],
  message: `The version that serves now may still use \`${column}\` as it was.`,
  rewrite: "Release a version that does not use it first.",
});

function enumHazards(
  { typeName, oldVal, newVal, newValNeighbor }: Extract<Node, { AlterEnumStmt: unknown }>["AlterEnumStmt"],
  scope: Scope,
): readonly Hazard[] {
  const name = qualified(typeName);
  if (!isInUse(scope, name)) return [];
  if (oldVal !== undefined)
    return hazard(
      "rename",
      `Value \`${oldVal}\` of \`${shown(name)}\` is called \`${newVal ?? ""}\` from this moment on, and the version that serves now writes the old one.`,
      "Add the new value beside the old one, and change the rows in batches.",
    );
  if (newValNeighbor !== undefined) return [];
  return hazard(
    "enum-order",
    `\`${newVal ?? ""}\` sorts behind every other value of \`${shown(name)}\`.`,
    "Say BEFORE or AFTER which value, if its order means anything.",
  );
}
