import type { ParseResult, RawStmt, SqlError } from "libpg-query";
import { type BlockParsers, type BlockPart, readBlock } from "./do-block.ts";

/** One statement as PostgreSQL's own parser reads it, and where it begins and ends in the text. */
export interface ParsedStatement {
  readonly node: NonNullable<RawStmt["stmt"]>;
  /** Offset of its first token, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** What a DO block runs, where it can be read. */
  readonly runs?: readonly BlockPart[] | undefined;
}

export type ParsedSql =
  | { readonly ok: true; readonly statements: readonly ParsedStatement[] }
  /** `at` is the offset where the parser gave up. */
  | { readonly ok: false; readonly message: string; readonly at: number };

export type ParseSql = (sql: string) => ParsedSql;

/**
 * PostgreSQL 18's grammar as WebAssembly (libpg-query); loaded when somebody lints, about 60 ms.
 *
 * V8 would optimise the grammar in the background once it is warm: as much work as all the rest of a thousand files, no
 * faster for twenty thousand, and a process does not end before it is through.
 */
export async function sqlParser(): Promise<ParseSql> {
  const { setFlagsFromString } = await import("node:v8");
  for (const flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
  const { loadModule, parseSync, parsePlPgSQLSync } = await import("libpg-query");
  await loadModule();
  const parsers = { parse: parseSync, parseBlock: parsePlPgSQLSync };
  return (sql) => {
    if (sql.trim() === "") return { ok: true, statements: [] };
    try {
      return { ok: true, statements: placed(sql, parseSync(sql), parsers) };
    } catch (problem) {
      const { message, sqlDetails } = problem as SqlError;
      // The parser's position is a character count that begins at 0 here, and it counts code points.
      const at = Math.min(sql.length, unitsOf(sql, Math.max(0, sqlDetails?.cursorPosition ?? 0)));
      return { ok: false, message, at };
    }
  };
}

/** UTF-16 offset of the n-th code point. */
const unitsOf = (sql: string, points: number): number => [...sql.slice(0, 2 * points)].slice(0, points).join("").length;

function placed(sql: string, { stmts = [] }: ParseResult, parsers: BlockParsers): readonly ParsedStatement[] {
  const units = unitsOfBytes(sql);
  return stmts.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    if (stmt === undefined) return [];
    const from = units(stmt_location);
    const end = stmt_len === undefined ? sql.length : units(stmt_location + stmt_len);
    const start = from + lengthOfBlank(sql.slice(from, end));
    return [
      { node: stmt, start, end, ...("DoStmt" in stmt && { runs: readBlock(stmt, sql.slice(start, end), parsers) }) },
    ];
  });
}

/** The parser counts bytes of UTF-8; where a text is plain ASCII that is the same as units. */
function unitsOfBytes(sql: string): (bytes: number) => number {
  if (Buffer.byteLength(sql) === sql.length) return (bytes) => bytes;
  const encoded = Buffer.from(sql);
  return (bytes) => encoded.subarray(0, bytes).toString("utf8").length;
}

/** Length of the spaces and comments a statement's text begins with. */
function lengthOfBlank(text: string): number {
  let at = 0;
  for (;;) {
    const blank = /^(?:\s+|--[^\n]*(?:\n|$))/.exec(text.slice(at));
    if (blank !== null) at += blank[0].length;
    else if (text.startsWith("/*", at)) at = endOfComment(text, at);
    else return at;
  }
}

/** Block comments nest. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
