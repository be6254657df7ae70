import type { Node } from "libpg-query";
import { nameParts } from "./names.ts";

/** The settings that bound how long a migration stands in everybody's way; the engine sets both. */
export type Timeout = "lock_timeout" | "statement_timeout";

/** A longer wait in a lock queue than this is felt by whoever stands behind it; milliseconds. */
const bearableMs = 1000;

/** What a statement does to one of them. */
export interface TimeoutChange {
  readonly timeout: Timeout;
  /** Whether it ends with the transaction. */
  readonly isLocal: boolean;
  /** Whether it is gone or longer than is bearable, or not known; else it is bounded again. */
  readonly isLoosened: boolean;
}

const both: readonly Timeout[] = ["lock_timeout", "statement_timeout"];

/** SET, RESET, DISCARD ALL and set_config. A RESET takes back what the engine has set. */
export function timeoutChanges(node: Node): readonly TimeoutChange[] {
  const gone = (timeout: Timeout): TimeoutChange => ({ timeout, isLocal: false, isLoosened: true });
  if ("DiscardStmt" in node) return node.DiscardStmt.target === "DISCARD_ALL" ? both.map(gone) : [];
  if ("VariableSetStmt" in node) {
    const { kind, name, args, is_local } = node.VariableSetStmt;
    if (kind === "VAR_RESET_ALL") return both.map(gone);
    const value = kind === "VAR_SET_VALUE" ? constant(args?.[0]) : undefined;
    return both.flatMap((timeout) => (named(timeout, name) ? [change(timeout, value, is_local === true)] : []));
  }
  return callsOf(node).flatMap(({ name, args }) => {
    if (name !== "set_config") return [];
    const [setting, value, local] = args;
    const wanted = constant(setting);
    // Which setting it is may come from elsewhere.
    return both.flatMap((timeout) =>
      wanted === undefined || named(timeout, wanted)
        ? [change(timeout, constant(value), constant(local) === "true")]
        : [],
    );
  });
}

const named = (timeout: Timeout, name: string | undefined): boolean => name?.toLowerCase() === timeout;

function change(timeout: Timeout, value: string | undefined, isLocal: boolean): TimeoutChange {
  const ms = value === undefined ? undefined : milliseconds(value);
  const isBounded = ms !== undefined && ms > 0 && (timeout === "statement_timeout" || ms <= bearableMs);
  return { timeout, isLocal, isLoosened: !isBounded };
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** As the server reads the value of such a setting; undefined for what is none. */
function milliseconds(value: string): number | undefined {
  const [, number, unit = "ms"] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)?\s*$/.exec(value) ?? [];
  const factor = units[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** A constant as text, also one with a cast; undefined for everything else. */
function constant(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ("TypeCast" in node) return constant(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (boolval !== undefined) return String(boolval.boolval === true);
  // The parser leaves a zero away.
  return ival === undefined ? (sval?.sval ?? fval?.fval) : String(ival.ival ?? 0);
}

/** A function that a statement calls while it runs. */
export interface Call {
  /** As written, in lower case where it is not quoted; without `pg_catalog`, where PostgreSQL's own are. */
  readonly name: string;
  readonly args: readonly Node[];
}

const running = [
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CreateTableAsStmt",
  "CopyStmt",
  "ExplainStmt",
  "PrepareStmt",
];

/** What a statement that reads or writes rows calls, however deep; none of what is only defined. */
export function callsOf(node: Node): readonly Call[] {
  const [kind = ""] = Object.keys(node);
  return running.includes(kind) ? calls(node) : [];
}

function calls(value: unknown): readonly Call[] {
  if (typeof value !== "object" || value === null) return [];
  const within = Object.values(value).flatMap(calls);
  if (!("FuncCall" in value)) return within;
  const { funcname, args = [] } = (value as Extract<Node, { FuncCall: unknown }>).FuncCall;
  const parts = nameParts(funcname);
  const name = (parts.length === 2 && parts[0] === "pg_catalog" ? parts.slice(1) : parts).join(".");
  return [{ name, args }, ...within];
}
