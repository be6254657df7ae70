import type { Constraint, Node } from "libpg-query";
import type { LintOptions } from "../lint.ts";
import { isSmall, type KnownTable } from "./catalog.ts";
import { isRepeatable } from "./concurrently.ts";
import { droppedName, nameParts, qualified, relationName } from "./names.ts";

/** Oldest major version that is supported; what is true of it is true of every other. */
const oldestMajor = 14;

/** What is known at one statement of a set of files: everything the statements before it did. */
export interface Scope {
  readonly serverMajor: number;
  /** How the engine runs each file. */
  readonly transaction: LintOptions["transaction"];
  readonly catalog: LintOptions["catalog"];
  /** Tables, types and other objects that these files created: nobody uses them yet. */
  readonly created: Set<string>;
  /** Checks of the form `column IS NOT NULL`, by `table/constraint`. */
  readonly notNullChecks: Map<string, string>;
  /** Constraints that were validated, by `table/constraint`. */
  readonly validated: Set<string>;
  /** Tables with a policy from these files. */
  readonly policies: Set<string>;
  /** Of the present file. */
  file: {
    /** How many statements count: SET and transaction statements do not. */
    readonly statements: number;
    /** Whether each of them runs outside of a transaction only and may be repeated. */
    readonly allRepeatable: boolean;
    readonly hasPolicyFor: ReadonlySet<string>;
    inTransaction: boolean;
    /** Opened by the file itself. */
    opened: boolean;
    /** Tables altered and constraints added since the transaction began. */
    altered: Set<string>;
    added: Set<string>;
  };
}

export function startScope({ serverMajor, transaction, catalog }: LintOptions): Scope {
  return {
    serverMajor: serverMajor ?? catalog?.serverMajor ?? oldestMajor,
    transaction,
    catalog,
    created: new Set(),
    notNullChecks: new Map(),
    validated: new Set(),
    policies: new Set(),
    file: newFile([], transaction === "file"),
  };
}

const counted = (nodes: readonly Node[]): readonly Node[] =>
  nodes.filter((node) => !("VariableSetStmt" in node) && !("TransactionStmt" in node));

const newFile = (nodes: readonly Node[], inTransaction: boolean): Scope["file"] => ({
  statements: counted(nodes).length,
  allRepeatable: counted(nodes).every(isRepeatable),
  hasPolicyFor: new Set(
    nodes.flatMap((node) => ("CreatePolicyStmt" in node ? [relationName(node.CreatePolicyStmt.table)] : [])),
  ),
  inTransaction,
  opened: false,
  altered: new Set(),
  added: new Set(),
});

export function openFile(scope: Scope, nodes: readonly Node[]): void {
  scope.file = newFile(nodes, scope.transaction === "file");
}

/** A table that exists and may be in use: not one the files created. */
export const isInUse = (scope: Scope, table: string): boolean => !scope.created.has(table);

export const knownTable = ({ catalog }: Scope, table: string): KnownTable | undefined => catalog?.tables[table];

/** A table whose scan or rewrite nobody notices, because the database was asked. */
export function isKnownSmall(scope: Scope, table: string): boolean {
  const known = knownTable(scope, table);
  return known !== undefined && isSmall(known);
}

/** The column a check says is not null: `CHECK (email IS NOT NULL)`. */
function notNullColumn({ raw_expr }: Constraint): string | undefined {
  if (raw_expr === undefined || !("NullTest" in raw_expr) || raw_expr.NullTest.nulltesttype !== "IS_NOT_NULL")
    return undefined;
  const { arg } = raw_expr.NullTest;
  return arg !== undefined && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : undefined;
}

/** Whether a validated check already proves the column: then SET NOT NULL reads nothing (PostgreSQL 12). */
export function isProvenNotNull({ notNullChecks, validated }: Scope, table: string, column: string): boolean {
  return [...validated].some((key) => {
    const [owner, constraint] = key.split("/");
    if (owner !== table) return false;
    const proves = notNullChecks.get(key);
    // A constraint of an earlier release is known by its name alone; whoever validates it right here means this column.
    return proves === undefined ? `_${constraint}_`.includes(`_${column}_`) : proves === column;
  });
}

/** Takes in what a statement did. */
export function observe(scope: Scope, node: Node): void {
  const { created, file } = scope;
  if ("CreateStmt" in node) observeTable(scope, node.CreateStmt);
  else if ("CreateTableAsStmt" in node) created.add(relationName(node.CreateTableAsStmt.into?.rel));
  else if ("CreateForeignTableStmt" in node) created.add(relationName(node.CreateForeignTableStmt.base?.relation));
  else if ("ViewStmt" in node) created.add(relationName(node.ViewStmt.view));
  else if ("CreateEnumStmt" in node) created.add(qualified(node.CreateEnumStmt.typeName));
  else if ("CreateDomainStmt" in node) created.add(qualified(node.CreateDomainStmt.domainname));
  else if ("CompositeTypeStmt" in node) created.add(relationName(node.CompositeTypeStmt.typevar));
  else if ("CreateFunctionStmt" in node) created.add(qualified(node.CreateFunctionStmt.funcname));
  else if ("CreateSchemaStmt" in node) created.add(`public.${node.CreateSchemaStmt.schemaname ?? ""}`);
  else if ("IndexStmt" in node) created.add(`public.${node.IndexStmt.idxname ?? ""}`);
  else if ("CreatePolicyStmt" in node) scope.policies.add(relationName(node.CreatePolicyStmt.table));
  else if ("DropStmt" in node) for (const object of node.DropStmt.objects ?? []) created.delete(droppedName(object));
  else if ("RenameStmt" in node) observeRename(scope, node.RenameStmt);
  else if ("TransactionStmt" in node) observeTransaction(file, node.TransactionStmt.kind ?? "");
  else if ("AlterTableStmt" in node) observeAlter(scope, node.AlterTableStmt);
}

/** `if not exists` makes nothing of a table that the database has: what follows meets the one that is in use. */
function observeTable(
  scope: Scope,
  { relation, if_not_exists }: { relation?: Parameters<typeof relationName>[0]; if_not_exists?: boolean },
) {
  const name = relationName(relation);
  if (if_not_exists !== true || knownTable(scope, name) === undefined) scope.created.add(name);
}

function observeRename(
  scope: Scope,
  {
    renameType,
    relation,
    newname,
  }: { renameType?: string; relation?: Parameters<typeof relationName>[0]; newname?: string },
) {
  if (renameType !== "OBJECT_TABLE" || newname === undefined) return;
  const from = relationName(relation);
  if (scope.created.has(from)) scope.created.add(`${from.slice(0, from.indexOf("."))}.${newname}`);
}

function observeTransaction(file: Scope["file"], kind: string): void {
  const begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
  const ends = kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK";
  if (!begins && !ends) return;
  file.inTransaction = begins;
  file.opened = begins;
  file.altered = new Set();
  file.added = new Set();
}

function observeAlter(
  scope: Scope,
  { relation, cmds = [] }: { relation?: Parameters<typeof relationName>[0]; cmds?: Node[] },
): void {
  const table = relationName(relation);
  scope.file.altered.add(table);
  for (const node of cmds) {
    if (!("AlterTableCmd" in node)) continue;
    const { subtype, name, def } = node.AlterTableCmd;
    if (subtype === "AT_ValidateConstraint" && name !== undefined) scope.validated.add(`${table}/${name}`);
    if (subtype !== "AT_AddConstraint" || def === undefined || !("Constraint" in def)) continue;
    const { Constraint: constraint } = def;
    if (constraint.conname === undefined) continue;
    const key = `${table}/${constraint.conname}`;
    scope.file.added.add(key);
    if (constraint.contype !== "CONSTR_CHECK") continue;
    scope.notNullChecks.set(key, notNullColumn(constraint) ?? "");
    if (constraint.skip_validation !== true) scope.validated.add(key);
  }
}
