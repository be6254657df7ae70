import type { BasicExpressionToken } from "@actions/workflow-parser/templates/tokens/basic-expression-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from "@actions/workflow-parser/templates/tokens/type-guards";
import { asText, evaluate, isObject, type Json, type Scope } from "./expression.ts";

/** A value of a workflow file in which expressions still stand: GitHub's token tree as plain data. */
export type Template = string | number | boolean | null | Expression | readonly Template[] | Mapping;

export interface Expression {
  readonly kind: "expression";
  /** Without `${{ }}`; text around an expression has become `format(...)`. */
  readonly expression: string;
  /** As a person wrote it. */
  readonly source: string;
}

export interface Mapping {
  readonly kind: "mapping";
  readonly entries: readonly Entry[];
}

/** Lines and columns count from 1. */
export interface Entry {
  /** `undefined` stands for `${{ insert }}`. */
  readonly key: string | Expression | undefined;
  readonly value: Template;
  readonly line: number;
  readonly column: number;
}

export function templateOf(token: TemplateToken): Template {
  if (isMapping(token)) {
    return {
      kind: "mapping",
      entries: [...token].map(({ key, value }) => ({
        key: keyOf(key),
        value: templateOf(value),
        line: key.range?.start.line ?? 1,
        column: key.range?.start.column ?? 1,
      })),
    };
  }
  if (isSequence(token)) return [...token].map(templateOf);
  if (isBasicExpression(token)) {
    return { kind: "expression", expression: token.expression, source: sourceOf(token) };
  }
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  return null;
}

/** The parser keeps the quotes of a quoted scalar; `if: a == b` without braces it keeps as it is. */
function sourceOf(token: BasicExpressionToken): string {
  const written = token.source ?? `\${{ ${token.expression} }}`;
  return /^(["'])([\s\S]*)\1$/.exec(written)?.[2] ?? written;
}

function keyOf(token: TemplateToken): Entry["key"] {
  const key = templateOf(token);
  if (isExpression(key)) return key;
  // An insert token is neither a literal nor a basic expression.
  return key === null ? undefined : asText(plain(key));
}

export function isExpression(template: Template | undefined): template is Expression {
  return kindOf(template) === "expression";
}

export function isMappingTemplate(template: Template | undefined): template is Mapping {
  return kindOf(template) === "mapping";
}

function kindOf(template: Template | undefined): string | undefined {
  return typeof template === "object" && template !== null && "kind" in template ? template.kind : undefined;
}

/** The entries of a mapping; none when the template is something else. */
export function entriesOf(template: Template | undefined): readonly Entry[] {
  return isMappingTemplate(template) ? template.entries : [];
}

/** The value at a path of literal keys. */
export function at(template: Template | undefined, ...path: readonly string[]): Template | undefined {
  return path.reduce<Template | undefined>(
    (inner, name) => entriesOf(inner).find((entry) => entry.key === name)?.value,
    template,
  );
}

/** Name and value of every entry with a literal key. */
export function namedEntries(template: Template | undefined): readonly (readonly [string, Template])[] {
  return entriesOf(template).flatMap((entry) => (typeof entry.key === "string" ? [[entry.key, entry.value]] : []));
}

/** What the file says, expressions as a person wrote them. */
export function plain(template: Template): Json {
  if (typeof template !== "object" || template === null) return template;
  if (isExpression(template)) return template.source;
  if (isMappingTemplate(template)) {
    return Object.fromEntries(template.entries.map(({ key, value }) => [keySource(key), plain(value)]));
  }
  return listOf(template).map(plain);
}

function keySource(key: Entry["key"]): string {
  return key === undefined ? "${{ insert }}" : typeof key === "string" ? key : key.source;
}

function listOf(template: Template): readonly Template[] {
  return Array.isArray(template) ? template : [];
}

/** The template's items when it is a list. */
export function itemsOf(template: Template | undefined): readonly Template[] {
  return template === undefined ? [] : listOf(template);
}

/** Every expression in the template, outermost first. */
export function expressionsIn(template: Template | undefined): readonly Expression[] {
  if (template === undefined) return [];
  if (isExpression(template)) return [template];
  if (isMappingTemplate(template)) {
    return template.entries.flatMap(({ key, value }) => [
      ...(typeof key === "object" ? [key] : []),
      ...expressionsIn(value),
    ]);
  }
  return listOf(template).flatMap(expressionsIn);
}

/** The template's value in a scope. */
export function fill(template: Template, scope: Scope): Json {
  if (typeof template !== "object" || template === null) return template;
  if (isExpression(template)) return evaluate(template.expression, scope);
  if (!isMappingTemplate(template)) return listOf(template).map((item) => fill(item, scope));
  const filled: Record<string, Json> = {};
  for (const { key, value } of template.entries) {
    const inner = fill(value, scope);
    if (key !== undefined) filled[typeof key === "string" ? key : asText(evaluate(key.expression, scope))] = inner;
    else if (isObject(inner)) Object.assign(filled, inner);
  }
  return filled;
}

/** The template as a string; empty when it is not there. */
export function fillText(template: Template | undefined, scope: Scope): string {
  return template === undefined ? "" : asText(fill(template, scope));
}

/** A mapping whose values are strings, such as `env:` and `with:`. */
export function fillTexts(template: Template | undefined, scope: Scope): Record<string, string> {
  const filled = template === undefined ? null : fill(template, scope);
  if (!isObject(filled)) return {};
  return Object.fromEntries(Object.entries(filled).map(([name, value]) => [name, asText(value)]));
}
