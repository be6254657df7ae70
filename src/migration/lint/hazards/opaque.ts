import type { Node } from "libpg-query";
import { nameParts } from "../names.ts";
import { type Hazard, hazard } from "../rules.ts";
import type { Scope } from "../scope.ts";
import { type Call, callsOf } from "../timeouts.ts";

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
  const called = strangers(node);
  if (called !== undefined) return `What function \`${called}\` does is not read`;
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

/** PostgreSQL's own functions that a migration asks without a table and that do nothing but what is judged. */
const known = new Set(
  (
    "abs array_agg array_length array_position array_to_string avg bool_and bool_or btrim ceil char_length col_description " +
    "concat concat_ws count currval current_database current_schema current_setting date_part date_trunc extract floor " +
    "format gen_random_uuid generate_series greatest has_schema_privilege has_table_privilege is_normalized json_agg " +
    "json_build_object jsonb_agg jsonb_build_object lastval least length like_escape lower ltrim max md5 min mod nextval " +
    "normalize now obj_description octet_length overlaps overlay position power quote_ident quote_literal random replace " +
    "round row_number rank rtrim set_config setval similar_to_escape string_agg substring sum timezone to_char to_json " +
    "to_jsonb to_regclass to_regnamespace to_regproc to_regprocedure to_regrole to_regtype to_timestamp trim " +
    "txid_current unnest upper version"
  ).split(" "),
);
/** Those that only say what is there; others of these names end sessions, read files or write the catalog. */
const asking =
  /^pg_(?:get_\w+|stat_get_\w+|\w+_is_visible|\w+_has_property|(?:\w+_)?size(?:_\w+)?|partition_\w+|current_\w+|typeof|has_role|backend_pid|blocking_pids|is_in_recovery|encoding_to_char|client_encoding|collation_for|tablespace_location|options_to_table|identify_object|describe_object|relation_filenode|input_is_valid|sequence_\w+|my_temp_schema|notify)$/;
/** Told as what keeps others waiting. */
const waiting = /^pg_(?:sleep|(?:try_)?advisory_(?:xact_)?lock|advisory_unlock)/;
/** They run what they are given, or end what others do; wherever they are called. */
const running =
  /^(?:(?:query|cursor)_to_xml|(?:table|schema|database)_to_xml|ts_stat$|pg_(?:terminate|cancel)_backend$)/;

/** The first function that a statement calls and of which it is not known what it does. */
function strangers(node: Node): string | undefined {
  const isOpaque = ({ name }: Call) =>
    running.test(name) || ("SelectStmt" in node && !known.has(name) && !asking.test(name) && !waiting.test(name));
  return callsOf(node).find(isOpaque)?.name;
}
