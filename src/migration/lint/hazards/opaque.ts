import type { Node } from "libpg-query";
import { nameParts } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import type { Scope } from "../scope.ts";

/**
 * What cannot be read before it runs, and every statement that no rule here knows: nobody has proven that the version
 * that serves can work with what it leaves, so it never counts as if somebody had.
 */
export function opaqueHazards(node: Node, scope: Scope): readonly Hazard[] {
  const what = unread(node, scope);
  if (what === undefined) return [];
  return hazard(
    "opaque",
    `${what}, so it is not known whether the version that serves now can work with what it leaves.`,
    "Write it as plain SQL; or read it yourself, and answer only if that version can work with it.",
  );
}

function unread(node: Node, { file }: Scope): string | undefined {
  if ("DoStmt" in node)
    return "A DO block that makes its SQL while it runs, or in another language than plpgsql, is not read";
  if ("CallStmt" in node) return `What procedure \`${calledName(node.CallStmt.funccall?.funcname)}\` does is not read`;
  if ("ExecuteStmt" in node)
    return file.prepared.has(node.ExecuteStmt.name ?? "")
      ? undefined
      : `What \`${node.ExecuteStmt.name ?? ""}\` executes stands in no statement of this file`;
  if ("SelectStmt" in node) {
    const called = strangers(node.SelectStmt);
    return called === undefined ? undefined : `What function \`${called}\` does is not read`;
  }
  if ("AlterTableStmt" in node) {
    const odd = (node.AlterTableStmt.cmds ?? []).find(
      (command) => !("AlterTableCmd" in command) || !isJudged(command.AlterTableCmd.subtype ?? ""),
    );
    return odd === undefined ? undefined : "This form of ALTER is none that is judged here";
  }
  if ("AlterSeqStmt" in node) {
    const options = node.AlterSeqStmt.options ?? [];
    const harmless = options.every((option) => "DefElem" in option && option.DefElem.defname === "owned_by");
    return harmless ? undefined : "Numbers come otherwise from this sequence";
  }
  if ("AlterPublicationStmt" in node && node.AlterPublicationStmt.action === "AP_AddObjects") return undefined;
  const [kind = ""] = Object.keys(node);
  return judged.has(kind) ? undefined : `${inWords(kind)} is no statement that is judged here`;
}

const calledName = (name: readonly Node[] | undefined): string => nameParts(name).join(".");

/** Statements that a rule knows, or that leave alone what a version that serves can know of. */
const judged = new Set(
  (
    "AlterDefaultPrivileges AlterDomain AlterEnum AlterObjectSchema AlterOwner AlterPolicy AlterStats AlterTable " +
    "AlterTableMoveAll CheckPoint ClosePortal Cluster Comment CompositeType ConstraintsSet Copy Create CreateCast " +
    "CreateConversion CreateDomain CreateEnum CreateExtension CreateFdw CreateForeignServer CreateForeignTable " +
    "CreateFunction CreateOpClass CreateOpFamily CreatePolicy CreatePublication CreateRange CreateRole CreateSchema " +
    "CreateSeq CreateStats CreateTableAs CreateTrig CreateUserMapping Createdb Deallocate DeclareCursor Define Delete " +
    "Discard Drop DropOwned DropRole Dropdb Explain Fetch Grant GrantRole ImportForeignSchema Index Insert Listen Lock " +
    "Merge Notify Prepare ReassignOwned RefreshMatView Reindex Rename Select Transaction Truncate Unlisten Update Vacuum " +
    "VariableSet VariableShow View"
  )
    .split(" ")
    .map((name) => `${name}Stmt`),
);

/** Forms of ALTER TABLE and its like that a rule knows, or that change nothing a query gives. */
const judgedForms = new Set(
  (
    "AddColumn AddConstraint AddIdentity AlterColumnType AlterConstraint AttachPartition ChangeOwner ClusterOn " +
    "ColumnDefault DetachPartition DetachPartitionFinalize DisableRowSecurity DropCluster DropColumn DropConstraint " +
    "DropExpression DropIdentity DropInherit DropNotNull DropOf EnableRowSecurity EnableTrig EnableTrigAll " +
    "EnableTrigUser EnableAlwaysTrig ForceRowSecurity NoForceRowSecurity ReplicaIdentity ResetOptions ResetRelOptions " +
    "SetAccessMethod SetCompression SetExpression SetIdentity SetLogged SetNotNull SetOptions SetRelOptions " +
    "SetStatistics SetStorage SetTableSpace SetUnLogged ValidateConstraint"
  ).split(" "),
);
const isJudged = (subtype: string): boolean => judgedForms.has(subtype.slice("AT_".length));

/** `AlterRoleSetStmt` is ALTER ROLE SET. */
const inWords = (kind: string): string =>
  kind
    .replace(/Stmt$/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();

/** PostgreSQL's own functions that a migration asks without a table; all of `pg_catalog` and `pg_...` are its own too. */
const known = new Set(
  (
    "abs array_agg array_length array_to_string avg bool_and bool_or ceil char_length concat concat_ws count currval " +
    "current_database current_schema current_setting date_part date_trunc extract floor format gen_random_uuid " +
    "generate_series greatest has_table_privilege json_agg json_build_object jsonb_agg jsonb_build_object lastval least " +
    "length lower max md5 min mod nextval now obj_description octet_length power quote_ident quote_literal random replace " +
    "round row_number rank set_config setval string_agg substring sum timezone to_char to_json to_jsonb to_regclass " +
    "to_regproc to_regtype to_timestamp trim txid_current unnest upper version"
  ).split(" "),
);

/** The first function a query calls that is not PostgreSQL's own. */
function strangers(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("FuncCall" in value) {
    const name = nameParts((value as Extract<Node, { FuncCall: unknown }>).FuncCall.funcname);
    const own = name.length === 1 ? known.has(name[0] ?? "") || name[0]?.startsWith("pg_") : name[0] === "pg_catalog";
    if (own !== true) return name.join(".");
  }
  for (const part of Object.values(value)) {
    const found = strangers(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
