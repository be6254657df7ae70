import { revisionSql } from "./revision-sql.ts";

/**
 * The SQL of a revision of Alembic that is nothing but SQL, read as text: an `upgrade()` of `op.execute("...")` with plain
 * strings, and of autocommit blocks of these. Undefined where any Python would have to run to know it, as with
 * `op.add_column(...)`, a variable, or a bind parameter, and where a name may mean something else than it does by itself.
 */
export function revisionText(python: string): string | undefined {
  const text = python.replaceAll("\r\n", "\n");
  const code = withoutStrings(text);
  const opening = /^def upgrade\(\)(?:[ \t]*->[ \t]*None)?:[ \t]*\n/m.exec(code);
  if (opening === null || !isPlain(code)) return undefined;
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
    if (opened === null && next(nothing) === null) return undefined;
    if (opened === null) continue;
    const [, margin = ""] = opened;
    closeBlock(margin.length);
    run.push("COMMIT");
    block = margin.length;
  }
  closeBlock(0);
  // A comment at the end of a text would swallow the semicolon.
  const sql = run.map((one) => `${one}\n;`).join("\n\n");
  return revisionSql({ sql, table: "alembic_version", transactional: true });
}

const end = String.raw`[ \t]*;?[ \t]*(?:#.*)?(?:\n|$)`;
const blank = /(?:[ \t]*(?:#.*)?\n)*/y;
const autocommit = /([ \t]+)with op\.get_context\(\)\.autocommit_block\(\):[ \t]*(?:#.*)?\n/y;
/** Without a backslash, which would mean something else. */
const string = String.raw`r?()(?:"""((?:(?!""")[^\\])*)"""|'''((?:(?!''')[^\\])*)'''|"([^"\\\n]*)"|'([^'\\\n]*)')`;
/** Also the text that newer templates put below `def upgrade()`. */
const nothing = new RegExp(`[ \\t]+(?:pass|${string})${end}`, "y");
const execute = new RegExp(String.raw`([ \t]+)op\.execute\(\s*${string}\s*,?\s*\)${end}`, "y");
const executeText = new RegExp(
  String.raw`([ \t]+)op\.execute\(\s*(?:sa\.)?text\(\s*${string}\s*,?\s*\)\s*,?\s*\)${end}`,
  "y",
);
/** SQLAlchemy takes a name behind one colon for a parameter. */
const bound = /(?<![:\w]):\w/;

/** As long as the text, with `_` for what stands in strings, and blanks for comments. */
function withoutStrings(text: string): string {
  const inside = /#[^\n]*|("""|''')(?:[^\\]|\\[\s\S])*?\1|(["'])(?:(?!\2)[^\\\n]|\\[\s\S])*\2/g;
  return text.replace(inside, (one) => one.replaceAll(/[^\n]/g, one.startsWith("#") ? " " : "_"));
}

/**
 * Whether `upgrade`, `op`, `sa` and `text` are what they look like. This is against mistakes: who wants to hide something
 * can do it in env.py.
 */
function isPlain(code: string): boolean {
  // Characters that begin a line for Python and not here, decorators, f-strings (which nest), and names nobody sees.
  if (/[\f\v\r]|^\s*@|\b[rR]?[fF][rR]?__|\bimport[\s\\]*\*/m.test(code)) return false;
  if (code.match(/\bupgrade\b/g)?.length !== 1 || !importOp.test(code)) return false;
  return (
    !/\bop\b(?!\.\w+\()/.test(code.replace(importOp, "")) &&
    !/\bsa\b(?!\.[\w.]+(?![\w.]|\s*[=:]))/.test(code.replace(/^import sqlalchemy as sa[ \t]*$/m, "")) &&
    !/\b(?:def|class)\s+text\b|\btext\b(?!\()/.test(code.replace(importText, ""))
  );
}
const importOp = /^from alembic import op[ \t]*$/m;
const importText = /^from sqlalchemy(?:\.sql)? import (?:\w+, )*text(?:, \w+)*[ \t]*$/m;
