import { revisionSql } from "./revision-sql.ts";

/**
 * The SQL of a revision of Alembic that is nothing but SQL, read as text: an `upgrade()` of `op.execute("...")` with plain
 * strings, and of autocommit blocks of these. Undefined where any Python would have to run to know it, as with
 * `op.add_column(...)`, a variable, or a bind parameter.
 */
export function revisionText(python: string): string | undefined {
  const text = python.replaceAll("\r\n", "\n");
  const [opening, second] = [...text.matchAll(/^def upgrade\(\)(?:[ \t]*->[ \t]*None)?:[ \t]*(?:#.*)?\n/gm)];
  const isPlain = /^from alembic import op[ \t]*(?:#.*)?$/m.test(text) && !/^(?:op|upgrade)\b.*=/m.test(text);
  if (opening === undefined || second !== undefined || !isPlain) return undefined;
  let at = opening.index + opening[0].length;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const run: string[] = [];
  /** How far the `with` of an open autocommit block stands from the margin. */
  let block: number | undefined;
  const closeBlock = (indent: number) => {
    if (block === undefined || indent > block) return;
    run.push("BEGIN");
    block = undefined;
  };
  for (;;) {
    next(blank);
    if (at >= text.length || !/[ \t]/.test(text.charAt(at))) break;
    const [, indent = "", , ...strings] = next(execute) ?? next(executeText) ?? [];
    const sql = strings.find((one) => one !== undefined);
    if (sql !== undefined) {
      if (bound.test(sql)) return undefined;
      closeBlock(indent.length);
      run.push(sql.trim());
      continue;
    }
    const opened = next(autocommit);
    if (opened === null && next(pass) === null) return undefined;
    if (opened === null) continue;
    const [, margin = ""] = opened;
    closeBlock(margin.length);
    run.push("COMMIT");
    block = margin.length;
  }
  closeBlock(0);
  const sql = run.map((one) => `${one};`).join("\n\n");
  return revisionSql({ sql, table: "alembic_version", transactional: true });
}

const end = String.raw`[ \t]*;?[ \t]*(?:#.*)?(?:\n|$)`;
const blank = /(?:[ \t]*(?:#.*)?\n)*/y;
const pass = new RegExp(`[ \\t]+pass${end}`, "y");
const autocommit = /([ \t]+)with op\.get_context\(\)\.autocommit_block\(\):[ \t]*(?:#.*)?\n/y;
/** Without a backslash, which would mean something else. */
const string = String.raw`r?()(?:"""((?:(?!""")[^\\])*)"""|'''((?:(?!''')[^\\])*)'''|"([^"\\\n]*)"|'([^'\\\n]*)')`;
const execute = new RegExp(String.raw`([ \t]+)op\.execute\(\s*${string}\s*,?\s*\)${end}`, "y");
const executeText = new RegExp(
  String.raw`([ \t]+)op\.execute\(\s*(?:sa\.)?text\(\s*${string}\s*,?\s*\)\s*,?\s*\)${end}`,
  "y",
);
/** SQLAlchemy takes a name behind one colon for a parameter. */
const bound = /(?<![:\w]):\w/;
