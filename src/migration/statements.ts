/** One SQL statement of a file, as far as a lexer can know it. */
export interface Statement {
  /** Offsets into the text, from the first token to the last before the semicolon. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Upper-cased keywords and unquoted names outside of parentheses, at most the first 40. */
  readonly words: readonly string[];
}

/** What a file contains besides statements that a server would run. */
export interface LexedSql {
  readonly statements: readonly Statement[];
  /** Offsets of backslashes outside of any quotes: commands of psql, which no server knows. */
  readonly metaCommands: readonly number[];
  /** Offsets of the semicolons that end statements, also empty ones. */
  readonly semicolons: readonly number[];
  /** Where a string, quoted name or comment begins that never ends. */
  readonly unterminated: number | undefined;
}

const maxWords = 40;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
/** Numbers and parameters swallow following letters and dollars so that `$1$` or `1e5` open no quotes. */
const numberOrParameter = /\$?[0-9][A-Za-z0-9_.$]*/y;

/**
 * Splits SQL into statements by the rules of PostgreSQL's own scanners (psql's psqlscan.l): quotes, dollar quotes,
 * nested comments, parentheses, and the bodies of SQL-standard functions (`BEGIN ATOMIC ... END`).
 */
export function lexSql(sql: string): LexedSql {
  const statements: Statement[] = [];
  const metaCommands: number[] = [];
  const semicolons: number[] = [];
  let start = -1;
  let end = 0;
  let words: string[] = [];
  let parentheses = 0;
  let bodies = 0;
  let unterminated: number | undefined;
  let at = 0;

  const token = (from: number, to: number) => {
    if (start < 0) start = from;
    end = to;
  };
  const finish = () => {
    if (start >= 0) statements.push({ start, end, text: sql.slice(start, end), words });
    start = -1;
    words = [];
    parentheses = 0;
    bodies = 0;
  };

  while (at < sql.length) {
    const char = sql.charAt(at);
    if (isSpace(char)) {
      at += 1;
      continue;
    }
    if (sql.startsWith("--", at) || sql.startsWith("/*", at)) {
      const after = char === "-" ? endOfLine(sql, at) : endOfBlockComment(sql, at);
      if (after === undefined) unterminated ??= at;
      at = after ?? sql.length;
      continue;
    }
    const after = endOfQuoted(sql, at);
    if (after !== "not-quoted") {
      if (after === undefined) unterminated ??= at;
      token(at, after ?? sql.length);
      at = after ?? sql.length;
      continue;
    }
    const name = matchAt(word, sql, at);
    if (name !== undefined) {
      const upper = name.toUpperCase();
      if (parentheses === 0) {
        bodies = bodyDepth(bodies, upper, words);
        if (words.length < maxWords) words.push(upper);
      }
      token(at, at + name.length);
      at += name.length;
      continue;
    }
    if (char === ";" && parentheses === 0 && bodies === 0) {
      finish();
      semicolons.push(at);
      at += 1;
      continue;
    }
    if (char === "(") parentheses += 1;
    if (char === ")") parentheses = Math.max(0, parentheses - 1);
    if (char === "\\") metaCommands.push(at);
    const length = matchAt(numberOrParameter, sql, at)?.length ?? 1;
    token(at, at + length);
    at += length;
  }
  finish();
  return { statements, metaCommands, semicolons, unterminated };
}

/** One-based line and column of an offset into a text. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** psql's rule: only in a CREATE FUNCTION or PROCEDURE do BEGIN, CASE and END nest. */
function bodyDepth(depth: number, next: string, words: readonly string[]): number {
  const created = words[1] === "OR" && words[2] === "REPLACE" ? words[3] : words[1];
  if (words[0] !== "CREATE" || (created !== "FUNCTION" && created !== "PROCEDURE")) return 0;
  if (next === "BEGIN" || (next === "CASE" && depth > 0)) return depth + 1;
  return next === "END" && depth > 0 ? depth - 1 : depth;
}

function isSpace(char: string): boolean {
  return char === " " || (char >= "\t" && char <= "\r");
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function endOfLine(sql: string, at: number): number {
  const end = sql.indexOf("\n", at);
  return end < 0 ? sql.length : end;
}

function endOfBlockComment(sql: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith("/*", i)) {
      depth += 1;
      i += 1;
    } else if (sql.startsWith("*/", i)) {
      depth -= 1;
      i += 1;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}

/** Offset after the quoted thing at `at`; undefined when it never ends. */
function endOfQuoted(sql: string, at: number): number | undefined | "not-quoted" {
  const char = sql.charAt(at);
  if (char === "'" || char === '"') return endOfQuotes(sql, at, char, false);
  if (/[eE]/.test(char) && sql.charAt(at + 1) === "'") return endOfQuotes(sql, at + 1, "'", true);
  if (char !== "$") return "not-quoted";
  const tag = matchAt(dollarTag, sql, at);
  if (tag === undefined) return "not-quoted";
  const close = sql.indexOf(tag, at + tag.length);
  return close < 0 ? undefined : close + tag.length;
}

function endOfQuotes(sql: string, open: number, quote: string, backslashEscapes: boolean): number | undefined {
  for (let close = open + 1; ; close += 2) {
    close = backslashEscapes ? unescaped(sql, close, quote) : sql.indexOf(quote, close);
    if (close < 0) return undefined;
    if (sql.charAt(close + 1) !== quote) return close + 1;
  }
}

function unescaped(sql: string, from: number, quote: string): number {
  for (let i = from; i < sql.length; i++) {
    const char = sql.charAt(i);
    if (char === "\\") i += 1;
    else if (char === quote) return i;
  }
  return -1;
}
