import type { Node, ParseResult } from "libpg-query";

/** One statement of a block, or the statements of a branch, which may be passed by. */
export type BlockPart =
  | {
      readonly node: Node;
      /** As it stands in the block; an expression counts as the SELECT that the server makes of it. */
      readonly text: string;
    }
  | {
      readonly branch: readonly BlockPart[];
      /** Whether it is what a loop does in each round. */
      readonly isLoop?: boolean;
    };

export interface BlockParsers {
  readonly parse: (sql: string) => ParseResult;
  /** PL/pgSQL's own parser; throws for what is none. */
  readonly parseBlock: (sql: string) => unknown;
}

/** What runs SQL as it is written, or decides about it; not EXECUTE, CALL, cursors and COMMIT. */
const readable = new Set(
  "assert assign block case execsql exit foreach_a fori fors getdiag if loop perform raise return while".split(" "),
);
const loops = new Set("foreach_a fori fors loop while".split(" "));
const statement = "PLpgSQL_stmt_";

/**
 * What a DO block runs, in its order, as PostgreSQL's own parser of PL/pgSQL reads it; undefined for a block that makes
 * its SQL while it runs, or is written in another language.
 */
export function readBlock(
  node: Node,
  sql: string,
  { parse, parseBlock }: BlockParsers,
): readonly BlockPart[] | undefined {
  if (!("DoStmt" in node) || languageOf(node.DoStmt.args) !== "plpgsql") return undefined;
  /** Whether a RETURN or EXIT was met: what stands behind it may not run. */
  let left = false;
  const walk = (value: unknown, mayPass: boolean, isLoop = false): BlockPart[] => {
    if (Array.isArray(value)) return mayPass ? [{ branch: list(value), isLoop }] : list(value);
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
      if (key === "PLpgSQL_expr") return [read(part as Expression)];
      if (!key.startsWith(statement)) return walk(part, mayPass, isLoop);
      const kind = key.slice(statement.length);
      const has = (name: string) => name in (part as object);
      if (!readable.has(kind)) throw new Error(`${kind} makes its SQL while it runs`);
      // The RETURN that every block ends with stands in no line.
      if (kind === "exit" || (kind === "return" && has("lineno"))) left = true;
      return walk(part, kind !== "block" || has("exceptions"), loops.has(kind));
    });
  };
  const list = (values: readonly unknown[]): BlockPart[] => {
    const parts: BlockPart[] = [];
    for (const [i, value] of values.entries()) {
      if (left) return [...parts, { branch: values.slice(i).flatMap((one) => walk(one, true)) }];
      parts.push(...walk(value, true));
    }
    return parts;
  };
  const read = ({ query, parseMode }: Expression): BlockPart => {
    const text = parseMode === 0 ? query : query.replace(parseMode === 2 ? /^/ : /^.*?:?=/s, "select ");
    const [first] = parse(text).stmts ?? [];
    if (first?.stmt === undefined) throw new Error("nothing stands here");
    return { node: first.stmt, text: query };
  };
  try {
    return walk(parseBlock(sql), false);
  } catch {
    // What its parser does not take either is for the server to refuse.
    return undefined;
  }
}

interface Expression {
  readonly query: string;
  /** 0 is a statement, 2 an expression, and what is above an assignment with its target. */
  readonly parseMode: number;
}

function languageOf(args: readonly Node[] | undefined): string | undefined {
  const said = args?.find((arg) => "DefElem" in arg && arg.DefElem.defname === "language");
  if (said === undefined || !("DefElem" in said)) return "plpgsql";
  const { arg } = said.DefElem;
  return arg !== undefined && "String" in arg ? arg.String.sval : undefined;
}
