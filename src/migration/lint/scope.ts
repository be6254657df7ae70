import type { Constraint, Node, RangeVar } from "libpg-query";
import type { LintOptions } from "../lint.ts";
import { isSmall, type KnownTable } from "./catalog.ts";
import { isRepeatable } from "./concurrently.ts";
import { droppedName, nameParts, qualified, relationName } from "./names.ts";
import { type Timeout, timeoutChanges } from "./timeouts.ts";

/** Oldest major version that is supported; what is true of it is true of every other. */
const oldestMajor = 14;

/** What is known at one statement of a set of files: everything the statements before it did. */
export interface Scope {
  readonly serverMajor: number;
  /** How the engine runs each file. */
  readonly transaction: LintOptions["transaction"];
  readonly catalog: LintOptions["catalog"];
  /** Where names without a schema are looked up when a file begins. */
  readonly schema: string;
  /** Tables, types and other objects that these files created: nobody uses them yet. */
  readonly created: Set<string>;
  /** Tables that IF NOT EXISTS made, or found: no database was asked. */
  readonly maybeNew: Set<string>;
  /** Checks of the form `column IS NOT NULL`, by `table/constraint`. */
  readonly notNullChecks: Map<string, string>;
  /** Constraints that were validated, by `table/constraint`. */
  readonly validated: Set<string>;
  /** Columns of the indexes these files build. */
  readonly indexes: Map<string, readonly string[]>;
  /** Columns that were made NOT NULL, and columns that were added, by `table/column`. */
  readonly required: Set<string>;
  readonly newColumns: Set<string>;
  /** Tables with a policy from these files. */
  readonly policies: Set<string>;
  /** Timeouts of the engine that were taken away, and whether only until the transaction ends. */
  readonly loosened: Map<Timeout, { readonly isLocal: boolean }>;
  /** Of the present file. */
  file: {
    /** How many statements count: SET and transaction statements do not. */
    readonly statements: number;
    /** Whether each of them runs outside of a transaction only and may be repeated. */
    readonly allRepeatable: boolean;
    /** The BEGIN and the COMMIT around all of it, which our engines take for the transaction they make anyway. */
    readonly ends: ReadonlySet<Node>;
    /** Where names without a schema are looked up. */
    schema: string;
    readonly hasPolicyFor: ReadonlySet<string>;
    /** Names of the statements it prepared, which are read where they stand. */
    readonly prepared: Set<string>;
    inTransaction: boolean;
    /** Opened by the file itself. */
    opened: boolean;
    /** Whether it may be passed by. */
    readonly isBranch: boolean;
    /** Whether it is done again and again. */
    readonly isLoop: boolean;
    /** Tables altered and constraints added since the transaction began. */
    altered: Set<string>;
    added: Set<string>;
  };
}

export function startScope({ serverMajor, transaction, catalog, schema: named }: LintOptions): Scope {
  const schema = named ?? catalog?.schema ?? "public";
  return {
    serverMajor: serverMajor ?? catalog?.serverMajor ?? oldestMajor,
    transaction,
    catalog,
    schema,
    created: new Set(),
    maybeNew: new Set(),
    notNullChecks: new Map(),
    validated: new Set(),
    indexes: new Map(),
    required: new Set(),
    newColumns: new Set(),
    policies: new Set(),
    loosened: new Map(),
    file: newFile([], transaction === "file", schema),
  };
}

/** As `ownTransaction` of the engines reads it: a plain BEGIN in front, a plain COMMIT or END behind. */
function transactionAround(nodes: readonly Node[]): ReadonlySet<Node> {
  const [first] = nodes;
  const last = nodes.at(-1);
  if (first === undefined || last === undefined || !("TransactionStmt" in first) || !("TransactionStmt" in last))
    return new Set();
  const { kind: begins, options = [] } = first.TransactionStmt;
  const { kind: ends, chain } = last.TransactionStmt;
  const isPlain = options.length === 0 && chain !== true;
  return new Set(begins === "TRANS_STMT_BEGIN" && ends === "TRANS_STMT_COMMIT" && isPlain ? [first, last] : []);
}

const counted = (nodes: readonly Node[]): readonly Node[] =>
  nodes.filter((node) => !("VariableSetStmt" in node) && !("TransactionStmt" in node));

const newFile = (
  nodes: readonly Node[],
  inTransaction: boolean,
  schema: string,
  within: readonly Node[] = [],
): Scope["file"] => ({
  schema,
  ends: transactionAround(nodes),
  statements: counted(nodes).length,
  allRepeatable: counted(nodes).every(isRepeatable),
  hasPolicyFor: new Set(
    [...nodes, ...within].flatMap((node) =>
      "CreatePolicyStmt" in node ? [relationName(node.CreatePolicyStmt.table)] : [],
    ),
  ),
  prepared: new Set(),
  inTransaction,
  opened: false,
  isBranch: false,
  isLoop: false,
  altered: new Set(),
  added: new Set(),
});

/** `within` are the statements of its DO blocks. */
export function openFile(scope: Scope, nodes: readonly Node[], within: readonly Node[]): void {
  scope.file = newFile(nodes, scope.transaction === "file", scope.schema, within);
  for (const [timeout, { isLocal }] of scope.loosened)
    if (isLocal || scope.transaction === "file") scope.loosened.delete(timeout);
}

/** The file within a DO block, which is in a transaction whoever runs it. */
export const withinBlock = (file: Scope["file"]): Scope["file"] => ({
  ...file,
  opened: true,
  ...(!file.inTransaction && { inTransaction: true, altered: new Set(), added: new Set() }),
});

/**
 * What a branch that may be passed by does counts within it; behind it only which tables it may have locked, and which
 * timeouts it may have taken away.
 */
export const branchOf = (scope: Scope, isLoop: boolean): Scope => ({
  ...scope,
  created: new Set(scope.created),
  maybeNew: new Set(scope.maybeNew),
  notNullChecks: new Map(scope.notNullChecks),
  validated: new Set(scope.validated),
  indexes: new Map(scope.indexes),
  required: new Set(scope.required),
  newColumns: new Set(scope.newColumns),
  policies: new Set(scope.policies),
  file: { ...scope.file, isBranch: true, isLoop: scope.file.isLoop || isLoop },
});

/** A table that exists and may be in use: not one the files created. */
export const isInUse = (scope: Scope, table: string): boolean => !scope.created.has(table);

/** Whether a statement is about a table that may be new; the one that makes it is not. */
export function isAboutMaybeNew({ maybeNew }: Scope, node: Node): boolean {
  const [body] = Object.values(node) as readonly { readonly relation?: RangeVar; readonly table?: RangeVar }[];
  return maybeNew.size > 0 && maybeNew.has(relationName(body?.relation ?? body?.table));
}

export const knownTable = ({ catalog }: Scope, table: string): KnownTable | undefined => catalog?.tables[table];

/** A table whose scan or rewrite nobody notices, because the database was asked. */
export function isKnownSmall(scope: Scope, table: string): boolean {
  const known = knownTable(scope, table);
  return known !== undefined && isSmall(known);
}

/** Whether a column is NOT NULL already, by what the database or these files say. */
export const isRequired = (scope: Scope, table: string, column: string): boolean =>
  scope.required.has(`${table}/${column}`) || knownTable(scope, table)?.required?.includes(column) === true;

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
  for (const { timeout, isLocal, isLoosened } of timeoutChanges(node))
    if (isLoosened) scope.loosened.set(timeout, { isLocal });
    else if (!file.isBranch) scope.loosened.delete(timeout);
  if ("CreateStmt" in node) observeTable(scope, node.CreateStmt);
  else if ("CreateTableAsStmt" in node)
    observeTable(scope, { ...node.CreateTableAsStmt, relation: node.CreateTableAsStmt.into?.rel });
  else if ("SelectStmt" in node) observeInto(scope, node.SelectStmt.intoClause?.rel);
  else if ("CreateForeignTableStmt" in node) observeTable(scope, { ...node.CreateForeignTableStmt.base });
  else if ("ViewStmt" in node) observeReplaceable(scope, relationName(node.ViewStmt.view), node.ViewStmt.replace);
  else if ("CreateEnumStmt" in node) created.add(qualified(node.CreateEnumStmt.typeName));
  else if ("CreateDomainStmt" in node) created.add(qualified(node.CreateDomainStmt.domainname));
  else if ("CompositeTypeStmt" in node) created.add(relationName(node.CompositeTypeStmt.typevar));
  else if ("CreateFunctionStmt" in node)
    observeReplaceable(scope, qualified(node.CreateFunctionStmt.funcname), node.CreateFunctionStmt.replace);
  else if ("CreateSchemaStmt" in node) observeNew(scope, node.CreateSchemaStmt.schemaname, node.CreateSchemaStmt);
  else if ("IndexStmt" in node) observeIndex(scope, node.IndexStmt);
  else if ("CreatePolicyStmt" in node) scope.policies.add(relationName(node.CreatePolicyStmt.table));
  else if ("DropStmt" in node) for (const object of node.DropStmt.objects ?? []) created.delete(droppedName(object));
  else if ("VariableSetStmt" in node) observeSetting(scope, node.VariableSetStmt);
  else if ("PrepareStmt" in node) file.prepared.add(node.PrepareStmt.name ?? "");
  else if ("RenameStmt" in node) observeRename(scope, node.RenameStmt);
  else if ("TransactionStmt" in node) observeTransaction(file, node.TransactionStmt.kind ?? "");
  else if ("AlterTableStmt" in node) observeAlter(scope, node.AlterTableStmt);
}

/**
 * `if not exists` makes nothing of a table that the database has: what follows meets the one that is in use. Where no
 * database was asked, it may be there.
 */
export const mayBeThere = ({ catalog }: Scope, table: string): boolean =>
  catalog === undefined || catalog.tables[table] !== undefined;

function observeTable(
  scope: Scope,
  { relation, if_not_exists }: { relation?: RangeVar | undefined; if_not_exists?: boolean },
): void {
  const name = relationName(relation);
  if (if_not_exists !== true || !mayBeThere(scope, name)) scope.created.add(name);
  else if (scope.catalog === undefined) scope.maybeNew.add(name);
}

function observeInto(scope: Scope, relation: RangeVar | undefined): void {
  if (relation !== undefined) scope.created.add(relationName(relation));
}

/** Indexes and schemas, which no catalog of ours lists. */
function observeNew(scope: Scope, name: string | undefined, { if_not_exists }: { if_not_exists?: boolean }): void {
  if (name !== undefined && if_not_exists !== true) scope.created.add(`public.${name}`);
}

function observeIndex(scope: Scope, index: Extract<Node, { IndexStmt: unknown }>["IndexStmt"]): void {
  observeNew(scope, index.idxname, index);
  const columns = (index.indexParams ?? []).flatMap((node) => ("IndexElem" in node ? (node.IndexElem.name ?? []) : []));
  if (index.idxname !== undefined) scope.indexes.set(`public.${index.idxname}`, columns);
}

/** Whether CREATE OR REPLACE of this view or function may change one that is in use. */
export const mayReplace = ({ catalog, created }: Scope, name: string): boolean =>
  !created.has(name) && catalog?.others?.has(name) !== false;

function observeReplaceable(scope: Scope, name: string, replace: boolean | undefined): void {
  if (replace !== true || !mayReplace(scope, name)) scope.created.add(name);
}

function observeRename(
  scope: Scope,
  { renameType, relation, newname }: { renameType?: string; relation?: RangeVar; newname?: string },
) {
  if (renameType !== "OBJECT_TABLE" || newname === undefined) return;
  const from = relationName(relation);
  if (scope.created.has(from)) scope.created.add(`${from.slice(0, from.indexOf("."))}.${newname}`);
}

/** `set search_path` counts until the file ends: the engine takes it back. */
function observeSetting(
  scope: Scope,
  { name, kind, args }: Extract<Node, { VariableSetStmt: unknown }>["VariableSetStmt"],
): void {
  if (name !== "search_path") return;
  const [first] = args ?? [];
  const schema = first !== undefined && "A_Const" in first ? first.A_Const.sval?.sval : undefined;
  if (kind !== "VAR_SET_VALUE") scope.file.schema = scope.schema;
  else if (schema !== undefined && schema !== "") scope.file.schema = schema;
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

function observeAlter(scope: Scope, { relation, cmds = [] }: { relation?: RangeVar; cmds?: Node[] }): void {
  const table = relationName(relation);
  scope.file.altered.add(table);
  for (const node of cmds) {
    if (!("AlterTableCmd" in node)) continue;
    const { subtype, name, def } = node.AlterTableCmd;
    if (subtype === "AT_SetNotNull" && name !== undefined) scope.required.add(`${table}/${name}`);
    if (subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def)
      scope.newColumns.add(`${table}/${def.ColumnDef.colname ?? ""}`);
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
