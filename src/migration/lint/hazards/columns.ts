import type { Constraint, Node, TypeName } from "libpg-query";
import { nameParts, shown } from "../names.ts";
import { hazard } from "../rules.ts";
import { knownTable, type Scope } from "../scope.ts";
import { addConstraint } from "./constraints.ts";
import type { OnTable } from "./locks.ts";

/** A column that is added: whether old rows are written for it, and what its constraints ask of them. */
export function addColumn(
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
      addConstraint(constraint, table, scope, { name, isFilled: (fallback ?? generated) !== undefined || serial }),
    ),
  ];
}

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

/** A column that gets another type: whether PostgreSQL writes every row anew for it. */
export function typeChange(
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
