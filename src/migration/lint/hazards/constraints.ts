import type { Constraint } from "libpg-query";
import { relationName, shown } from "../names.ts";
import { hazard } from "../rules.ts";
import { isRequired, knownTable, type Scope } from "../scope.ts";
import type { OnTable } from "./locks.ts";

interface NewColumn {
  readonly name: string;
  /** Whether old rows get a value, so that they are looked at. */
  readonly isFilled: boolean;
}

/** A constraint of a table in use, or of a column that is added to it: which rows are read for it, under which lock. */
export function addConstraint(
  constraint: Constraint,
  table: string,
  scope: Scope,
  column?: NewColumn,
): readonly OnTable[] {
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
