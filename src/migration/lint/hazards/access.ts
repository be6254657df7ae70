import type { GrantStmt, Node } from "libpg-query";
import { droppedName, relationName, shown } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import { isInUse, type Scope } from "../scope.ts";

/** Roles behind which anybody can stand: PUBLIC, and Supabase's role of who has not logged in. */
const everybody = new Set(["public", "anon"]);

/** Who may read and write what. */
export function accessHazards(node: Node, scope: Scope): readonly Hazard[] {
  if ("AlterTableStmt" in node) return rowSecurity(node.AlterTableStmt, scope);
  if ("CreatePolicyStmt" in node) return newPolicy(node.CreatePolicyStmt);
  if ("AlterPolicyStmt" in node) {
    const table = relationName(node.AlterPolicyStmt.table);
    if (!isInUse(scope, table)) return [];
    return [
      policyChange(
        `Policy \`${node.AlterPolicyStmt.policy_name ?? ""}\` of \`${shown(table)}\` lets other rows through from now on`,
      ),
    ];
  }
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY")
    return [policyChange("Without this policy other rows are let through, or none")];
  if ("GrantStmt" in node) return grant(node.GrantStmt, scope);
  // What exists keeps its rights; these are for what is created from now on.
  if ("AlterDefaultPrivilegesStmt" in node && node.AlterDefaultPrivilegesStmt.action?.is_grant === true)
    return grant(node.AlterDefaultPrivilegesStmt.action, scope);
  if ("GrantRoleStmt" in node) return grantRole(node.GrantRoleStmt);
  if ("ReassignOwnedStmt" in node) return [ownerChange("What the role owned")];
  if ("AlterOwnerStmt" in node) {
    const { relation, object } = node.AlterOwnerStmt;
    const name = relation === undefined ? (object === undefined ? "" : droppedName(object)) : relationName(relation);
    return isInUse(scope, name) ? [ownerChange(`\`${shown(name)}\``)] : [];
  }
  return [];
}

const ownerChange = (what: string): Hazard => ({
  rule: "owner-change",
  message: `${what} gets another owner: whoever owned it before has only the rights that were granted.`,
  rewrite: "Grant the role of the version that serves what it needs first.",
});

function grantRole({
  granted_roles = [],
  grantee_roles = [],
  is_grant,
}: Extract<Node, { GrantRoleStmt: unknown }>["GrantRoleStmt"]): readonly Hazard[] {
  const names = granted_roles.flatMap((node) =>
    "AccessPriv" in node ? [`\`${node.AccessPriv.priv_name ?? ""}\``] : [],
  );
  if (is_grant !== true) return [revoke];
  if (!grantee_roles.some(isEverybody)) return [];
  return hazard(
    "open-grant",
    `Everybody may do what ${names.join(", ")} may from now on.`,
    "Grant it to the role that needs it.",
  );
}

const revoke: Hazard = {
  rule: "revoke",
  message: "The version that serves now may need what is taken away here.",
  rewrite: "Release a version that does not need it first.",
};

const policyChange = (what: string): Hazard => ({
  rule: "policy-change",
  message: `${what}, also for the version that serves now.`,
  rewrite: "Prove it with the behavioural probe of `verify`, and say in a comment what changes.",
});

function rowSecurity(
  { relation, cmds = [], objtype }: Extract<Node, { AlterTableStmt: unknown }>["AlterTableStmt"],
  scope: Scope,
): readonly Hazard[] {
  const table = relationName(relation);
  const of = shown(table);
  const used = isInUse(scope, table);
  return cmds.flatMap((command): readonly Hazard[] => {
    if (!("AlterTableCmd" in command)) return [];
    const { subtype, def } = command.AlterTableCmd;
    const hasPolicy = scope.policies.has(table) || scope.file.hasPolicyFor.has(table);
    if (subtype === "AT_EnableRowSecurity" && !hasPolicy)
      return [
        {
          rule: "row-security-without-policy",
          ...(!used && { effects: [] }),
          message: `With row level security and no policy every query of \`${of}\` gives no row and no error, except for its owner.`,
          rewrite: "Create the policies in the same file.",
        },
      ];
    if (subtype === "AT_ForceRowSecurity" && used)
      return hazard(
        "row-security-forced",
        `The policies of \`${of}\` count for its owner too: a version that serves and logs in as the owner finds fewer rows, or none.`,
        "Let the application log in as another role first, or add a policy for the owner in the same file.",
      );
    if (subtype === "AT_NoForceRowSecurity" && used)
      return hazard(
        "row-security-off",
        `Whoever logs in as the owner of \`${of}\` reads every row of it from now on.`,
        "Change the policies instead.",
      );
    if (subtype === "AT_ChangeOwner" && used) return [ownerChange(`\`${of}\``)];
    if (objtype === "OBJECT_VIEW" && used && setsInvoker(def))
      return [policyChange(`Whoever reads the view \`${of}\` is let through by other rights and policies from now on`)];
    if (subtype === "AT_DisableRowSecurity")
      return hazard(
        "row-security-off",
        `Whoever may read \`${of}\` at all reads every row of it from now on.`,
        "Change the policies instead.",
      );
    return [];
  });
}

function newPolicy({
  policy_name,
  table,
  qual,
  with_check,
  roles = [],
  cmd_name,
  permissive,
}: Extract<Node, { CreatePolicyStmt: unknown }>["CreatePolicyStmt"]): readonly Hazard[] {
  const open = (clause: Node | undefined) =>
    clause !== undefined && "A_Const" in clause && clause.A_Const.boolval?.boolval === true;
  if (permissive !== true || !roles.some(isEverybody) || !(open(qual) || open(with_check))) return [];
  // A public catalogue that anybody reads is common; that anybody writes is not.
  const reads = cmd_name === "select";
  return [
    {
      rule: "open-policy",
      ...(reads && { tier: "note" as const }),
      message: `Policy \`${policy_name ?? ""}\` lets everybody ${reads ? "read" : "read or write"} every row of \`${shown(relationName(table))}\`.`,
      rewrite: "Name the role it is for, or a condition that holds for some rows only.",
    },
  ];
}

const isEverybody = (node: Node): boolean =>
  "RoleSpec" in node && (node.RoleSpec.roletype === "ROLESPEC_PUBLIC" || everybody.has(node.RoleSpec.rolename ?? ""));

const setsInvoker = (def: Node | undefined): boolean =>
  def !== undefined &&
  "List" in def &&
  (def.List.items ?? []).some((option) => "DefElem" in option && option.DefElem.defname === "security_invoker");

function grant(
  { is_grant, grantees = [], privileges = [], objects = [], targtype }: GrantStmt,
  scope: Scope,
): readonly Hazard[] {
  if (is_grant !== true) {
    // From what these files create nobody takes anything that somebody had.
    const names = objects.map((node) => ("RangeVar" in node ? relationName(node.RangeVar) : droppedName(node)));
    const isNew = targtype === "ACL_TARGET_OBJECT" && names.every((name) => !isInUse(scope, name));
    return isNew ? [] : [revoke];
  }
  const names = privileges.flatMap((node) => ("AccessPriv" in node ? [node.AccessPriv.priv_name ?? "all"] : []));
  const writes = names.length === 0 || names.some((name) => !["select", "usage", "execute"].includes(name));
  if (!grantees.some(isEverybody) || !writes) return [];
  return hazard(
    "open-grant",
    "Everybody may write here from now on; only row level security stands before it.",
    "Grant it to the role that needs it.",
  );
}
