import type { Constraint, Node, TypeName } from "libpg-query";
import { hasOption } from "../concurrently.ts";
import { droppedName, nameParts, relationName, shown } from "../names.ts";
import { type Hazard, hazard, type RuleName, rules } from "../rules.ts";
import { isInUse, isKnownSmall, isProvenNotNull, isRequired, knownTable, type Scope } from "../scope.ts";
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

function addColumn(
  column: Extract<Node, { ColumnDef: unknown }>["ColumnDef"],
  table: string,
  scope: Scope,
): readonly OnTable[] {
  const name = column.colname ?? "";
  const of = shown(table);
  const constraints = (column.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
  const has = (type: Constraint["contype"]) => constraints.find(({ contype }) => contype === type);
  const found: OnTable[] = [];
  const fallback = has("CONSTR_DEFAULT")?.raw_expr;
  const generated = has("CONSTR_GENERATED");
  const serial = /^(?:big|small)?serial[248]?$/.test(nameParts(column.typeName?.names).at(-1) ?? "");
  if ((fallback !== undefined && !isFixed(fallback)) || serial || has("CONSTR_IDENTITY") !== undefined)
    found.push({
      rule: "table-rewrite",
      table,
      message: `\`${name}\` gets another value in every row, so all of \`${of}\` is written anew under a lock that stops reads and writes.`,
      rewrite: `Add \`${name}\` without a default, set the default in a second statement (it counts for new rows), and fill the old rows in batches.`,
    });
  // `generated_kind` is `v` for a virtual column, which stores nothing (PostgreSQL 18).
  if (generated !== undefined && generated.generated_kind !== "v")
    found.push({
      rule: "table-rewrite",
      table,
      message: `The stored column \`${name}\` is computed for every row of \`${of}\` under a lock that stops reads and writes.`,
      rewrite: `Add an ordinary column, fill it in batches, and keep it current by a trigger or by the application.`,
    });
  if (
    has("CONSTR_NOTNULL") !== undefined &&
    fallback === undefined &&
    generated === undefined &&
    !serial &&
    has("CONSTR_IDENTITY") === undefined
  )
    found.push({
      rule: "required-column",
      message: `\`${name}\` must not be null and has no default: PostgreSQL refuses it as soon as \`${of}\` has a row, and the version that serves now cannot insert any more.`,
      rewrite: `Add it with a constant default, or nullable, fill it, and set NOT NULL in a later release.`,
    });
  return [
    ...found,
    ...constraints.flatMap((constraint) =>
      addConstraint(constraint, table, scope, { name, isFilled: fallback !== undefined }),
    ),
  ];
}

interface NewColumn {
  readonly name: string;
  /** Whether old rows get a value, so that they are looked at. */
  readonly isFilled: boolean;
}

function addConstraint(constraint: Constraint, table: string, scope: Scope, column?: NewColumn): readonly OnTable[] {
  const { contype, indexname, skip_validation, conname } = constraint;
  const of = shown(table);
  const named = conname ?? (column === undefined ? "the constraint" : `${column.name}'s constraint`);
  if (contype === "CONSTR_PRIMARY" && indexname !== undefined) return keyOf(indexname, table, scope);
  if (contype === "CONSTR_PRIMARY")
    return hazard(
      "primary-key-build",
      `The primary key builds its index while nobody can read or write \`${of}\`.`,
      `First \`CREATE UNIQUE INDEX CONCURRENTLY\` in a file of its own, then \`ADD CONSTRAINT ... PRIMARY KEY USING INDEX ...\`.`,
      { table },
    );
  if ((contype === "CONSTR_UNIQUE" || contype === "CONSTR_EXCLUSION") && indexname === undefined)
    return hazard(
      "unique-build",
      `\`${named}\` builds its index while nobody can read or write \`${of}\`.`,
      `First \`CREATE UNIQUE INDEX CONCURRENTLY\` in a file of its own, then \`ADD CONSTRAINT ... UNIQUE USING INDEX ...\`.`,
      { table },
    );
  if (contype === "CONSTR_FOREIGN") {
    const other = shown(relationName(constraint.pktable));
    if (skip_validation === true) return [addedLater(`\`${named}\` refuses new rows without a match in \`${other}\``)];
    if (column?.isFilled === false)
      return [
        {
          rule: "foreign-key-scan",
          tier: "note",
          effects: [],
          table,
          message: `\`${named}\` reads no row, since the new column is null; it locks \`${of}\` and \`${other}\` for a moment.`,
          rewrite: "Nothing has to be done.",
        },
      ];
    return hazard(
      "foreign-key-scan",
      `\`${named}\` reads all of \`${of}\` while nobody can write \`${of}\` or \`${other}\`.`,
      "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file.",
      { table },
    );
  }
  if (contype !== "CONSTR_CHECK") return [];
  if (skip_validation === true) return [addedLater(`\`${named}\` refuses new rows that do not meet it`)];
  return hazard(
    "check-scan",
    `\`${named}\` reads all of \`${of}\` under a lock that stops reads and writes.`,
    "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file.",
    // What nobody writes yet, nobody is refused; but every row is read.
    { table, ...(column !== undefined && { effects: ["stalls"] as const }) },
  );
}

/** Making an index the primary key makes its columns NOT NULL: where one of them is not, every row is read. */
function keyOf(index: string, table: string, scope: Scope): readonly OnTable[] {
  const columns = scope.indexes.get(`public.${index}`) ?? knownTable(scope, table)?.indexes?.[index];
  const nullable = columns?.filter((column) => !isRequired(scope, table, column));
  if (nullable?.length === 0) return [];
  const which =
    nullable === undefined ? "a column of it that may be null" : nullable.map((each) => `\`${each}\``).join(", ");
  return [
    {
      rule: "not-null-scan",
      ...(nullable === undefined && { tier: "acknowledge" as const }),
      table,
      message: `The primary key makes ${which} NOT NULL, and for that reads all of \`${shown(table)}\` under a lock that stops reads and writes.`,
      rewrite:
        "Make its columns NOT NULL first: add CHECK (... IS NOT NULL) NOT VALID, in a later file VALIDATE CONSTRAINT, then SET NOT NULL.",
    },
  ];
}

const addedLater = (what: string): OnTable => ({
  rule: "new-constraint",
  message: `${what}, also those of the version that serves now.`,
  rewrite: "Make sure that the version that serves now writes only what meets it.",
});

/** Functions that give one value for the whole statement, so that no row has to be written. */
const steady = new Set([
  ...["now", "transaction_timestamp", "statement_timestamp", "current_setting", "current_user", "session_user"],
  ...["to_timestamp", "make_interval", "make_date", "date_trunc", "timezone", "lower", "upper", "coalesce"],
  ...["jsonb_build_object", "jsonb_build_array", "json_build_object", "json_build_array", "array_fill", "md5"],
]);
const withoutArguments = new Set(["now", "transaction_timestamp", "statement_timestamp"]);

/** Whether a default is the same for every row: then it is kept in the catalog, and nothing is rewritten. */
function isFixed(node: Node): boolean {
  if ("A_Const" in node || "SQLValueFunction" in node) return true;
  if ("TypeCast" in node) return node.TypeCast.arg !== undefined && isFixed(node.TypeCast.arg);
  if ("A_ArrayExpr" in node) return (node.A_ArrayExpr.elements ?? []).every(isFixed);
  if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).every(isFixed);
  if ("A_Expr" in node)
    return [node.A_Expr.lexpr, node.A_Expr.rexpr].every((side) => side === undefined || isFixed(side));
  if (!("FuncCall" in node)) return false;
  const name = nameParts(node.FuncCall.funcname).at(-1) ?? "";
  const { args = [] } = node.FuncCall;
  return steady.has(name) && args.every(isFixed) && !(withoutArguments.has(name) && args.length > 0);
}

function typeChange(
  column: string,
  typeName: TypeName | undefined,
  converted: boolean,
  table: string,
  scope: Scope,
): readonly OnTable[] {
  const present = knownTable(scope, table)?.columns[column];
  const wanted = typeText(typeName);
  const of = shown(table);
  if (present !== undefined && !converted && isWidening(present, wanted))
    return [
      {
        rule: "type-change",
        tier: "note",
        effects: [],
        message: `\`${of}.${column}\` goes from ${present} to ${wanted}, which changes no row.`,
        rewrite: "Nothing has to be done.",
      },
    ];
  const from = present === undefined ? "" : ` from ${present}`;
  return hazard(
    "type-change",
    `\`${of}.${column}\`${from} becomes ${wanted}: the whole table may be written anew while nobody can read or write it, and the version that serves now may read something it does not expect.`,
    `Add a new column of the new type, write both, fill it in batches, read the new one, and drop the old one in a later release.`,
    { table },
  );
}

/** A type as `format_type` writes it, as far as lengths and the few renamed types go. */
function typeText(typeName: TypeName | undefined): string {
  const name = nameParts(typeName?.names).at(-1) ?? "another type";
  const lengths = (typeName?.typmods ?? []).flatMap((node) =>
    "A_Const" in node ? [node.A_Const.ival?.ival ?? 0] : [],
  );
  const long = { varchar: "character varying", bpchar: "character", int4: "integer", int8: "bigint", int2: "smallint" };
  const spelled = Object.hasOwn(long, name) ? long[name as keyof typeof long] : name;
  const arrays = "[]".repeat(typeName?.arrayBounds?.length ?? 0);
  return `${spelled}${lengths.length === 0 ? "" : `(${lengths.join(",")})`}${arrays}`;
}

/**
 * Changes for which PostgreSQL rewrites nothing: text and varchar are stored alike, and only a smaller limit has to be
 * checked (ATColumnChangeRequiresRewrite in tablecmds.c, varchar_support in varchar.c).
 */
function isWidening(present: string, wanted: string): boolean {
  const limit = (type: string): number | undefined => {
    if (type === "text" || type === "character varying") return Number.POSITIVE_INFINITY;
    const found = /^character varying\((\d+)\)$/.exec(type);
    return found === null ? undefined : Number(found[1]);
  };
  const [from, to] = [limit(present), limit(wanted)];
  return present === wanted || (from !== undefined && to !== undefined && to >= from);
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
