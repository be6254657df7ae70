import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from "@actions/expressions/ast";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { type Token, TokenType } from "@actions/expressions/lexer";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What `success()`, `failure()` and `cancelled()` answer where the expression stands. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

/** Everything an expression may look at; a context that is not given is null. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly status: Status;
  /** The folder `hashFiles` looks in. */
  readonly workspace?: string;
}

export const allWell: Status = { success: true, failure: false, cancelled: false };

const contextNames = [
  ...["github", "env", "vars", "secrets", "inputs", "needs", "jobs"],
  ...["steps", "job", "matrix", "strategy", "runner"],
];

const runnerFunctions = ["always", "success", "failure", "cancelled", "hashFiles"].map((name) => ({
  name,
  minArgs: name === "hashFiles" ? 1 : 0,
  maxArgs: 255,
}));

const parsed = new Map<string, Expr>();

function parse(expression: string): Expr {
  const known = parsed.get(expression);
  if (known) return known;
  const tree = new Parser(tokensOf(expression), contextNames, runnerFunctions).parse();
  parsed.set(expression, tree);
  return tree;
}

/** The official lexer resolves only the first `''` of a string literal; a script with two apostrophes would break. */
function tokensOf(expression: string): Token[] {
  return new Lexer(expression)
    .lex()
    .tokens.map((token) =>
      token.type === TokenType.STRING ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") } : token,
    );
}

/** The value of one expression, without its `${{ }}`. Throws when a function refuses its arguments. */
export function evaluate(expression: string, scope: Scope): Json {
  return toJson(evaluateToData(expression, scope));
}

/** Whether a condition holds, by the rules of GitHub's expressions: null, false, 0, NaN and "" do not. */
export function holds(condition: string, scope: Scope): boolean {
  const value = evaluateToData(condition, scope);
  if (value instanceof data.Null) return false;
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return value.value !== 0 && !Number.isNaN(value.value);
  return value instanceof data.StringData ? value.value !== "" : true;
}

/** The names read as `<context>.name` or `<context>['name']`, for checks that the official parser does not make. */
export function membersRead(expression: string, context: string): readonly string[] {
  return nodesOf(parse(expression)).flatMap((node) =>
    node instanceof IndexAccess && isContext(node.expr, context) && node.index instanceof Literal
      ? [node.index.literal.coerceString()]
      : [],
  );
}

const statusFunctions = ["success", "failure", "cancelled", "always"];

/** Whether a condition calls a status function itself; one that does not is joined by `success()`. */
export function asksForStatus(condition: string): boolean {
  return nodesOf(parse(condition)).some(
    (node) => node instanceof FunctionCall && statusFunctions.includes(node.functionName.lexeme.toLowerCase()),
  );
}

function nodesOf(node: Expr): readonly Expr[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)];
}

function childrenOf(node: Expr): readonly Expr[] {
  if (node instanceof IndexAccess) return [node.expr, node.index];
  if (node instanceof FunctionCall || node instanceof Logical) return node.args;
  if (node instanceof Grouping) return [node.group];
  if (node instanceof Unary) return [node.expr];
  return node instanceof Binary ? [node.left, node.right] : [];
}

function isContext(node: Expr, name: string): boolean {
  return node instanceof ContextAccess && node.name.lexeme.toLowerCase() === name;
}

function evaluateToData(expression: string, scope: Scope): data.ExpressionData {
  const contexts = new data.Dictionary();
  const text = expression.toLowerCase();
  // Turning an event payload into expression data costs more than evaluating; only what the text names is turned.
  for (const name of contextNames) if (text.includes(name)) contexts.add(name, toData(scope.contexts[name] ?? null));
  return new Evaluator(parse(expression), contexts, functionsOf(scope)).evaluate();
}

function functionsOf(scope: Scope): Map<string, FunctionDefinition> {
  const { status } = scope;
  const answers: Record<string, FunctionDefinition["call"]> = {
    always: () => new data.BooleanData(true),
    success: () => new data.BooleanData(status.success),
    failure: () => new data.BooleanData(status.failure),
    cancelled: () => new data.BooleanData(status.cancelled),
    hashfiles: (...patterns) =>
      new data.StringData(
        hashFiles(
          scope.workspace ?? "",
          patterns.map((pattern) => pattern.coerceString()),
        ),
      ),
  };
  return new Map(Object.entries(answers).map(([name, call]) => [name, { name, minArgs: 0, maxArgs: 255, call }]));
}

function hashFiles(workspace: string, patterns: readonly string[]): string {
  if (workspace === "") return "";
  const files = globSync([...patterns], { cwd: workspace }).sort();
  const digests = files
    .map((file) => join(workspace, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => createHash("sha256").update(readFileSync(file)).digest());
  return digests.length === 0 ? "" : createHash("sha256").update(Buffer.concat(digests)).digest("hex");
}

function toData(value: Json): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (isList(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, item]) => ({ key, value: toData(item) })));
}

function toJson(value: data.ExpressionData): Json {
  if (value instanceof data.Null) return null;
  if (value instanceof data.Array) return value.values().map(toJson);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, toJson(pair.value)]));
  }
  return value.value;
}

/** `Array.isArray` does not narrow read-only lists. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How GitHub writes a value into a string: null is empty, a number in its shortest form, a structure by its kind. */
export function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return isList(value) ? "Array" : "Object";
  return String(value);
}
