import * as z from "zod";
import { expectations, isExpectation, type Refusal } from "./expectation.ts";
import { nearName } from "./near-name.ts";
import { type Path, type Problem, pathKey, problemAt } from "./problem.ts";
import { quote } from "./source-text.ts";
import type { YamlText } from "./yaml-text.ts";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodTypes;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (Array.isArray(value) && typeof key === "number") value = value[key];
    else if (isMap(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

const pathOf = (path: readonly PropertyKey[]): Path => path.map((key) => (typeof key === "number" ? key : String(key)));

const isMissing = (issue: Issue, data: unknown) =>
  (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union") &&
  valueAt(data, pathOf(issue.path)) === undefined;

/** Of the members of a union, the one the value was most likely meant to be. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const strangeness = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => {
      // A key that is strange here speaks against the member; one deeper inside is a slip of the pen.
      if (issue.code === "unrecognized_keys") return sum + (issue.path.length === 0 ? 100 : 2) * issue.keys.length;
      if (issue.path.length === 0 && issue.code === "invalid_type") return sum + 10_000;
      // A word that is not the one, or a map in its place: a member for maps is the nearer one then.
      if (issue.path.length === 0 && issue.code === "invalid_value") return sum + 1_000;
      return sum + 1;
    }, 0);
  return [...branches].sort((a, b) => strangeness(a) - strangeness(b))[0] ?? [];
}

/** Issues inside of unions, with the path from the document's root. */
function flatten(issues: readonly Issue[], prefix: readonly PropertyKey[]): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ ...issue, path }];
    const wrongType = issue.errors.every((branch) =>
      branch.some((inner) => inner.path.length === 0 && inner.code === "invalid_type"),
    );
    return wrongType ? [{ ...issue, path }] : flatten(likeliest(issue.errors), path);
  });
}

/** A schema without what only wraps it, and what the wrapping says it is for. */
interface Bare {
  readonly schema: Schema;
  readonly description: string | undefined;
}

function unwrapped(schema: Schema, said?: string): Bare {
  const description = said ?? z.globalRegistry.get(schema)?.description;
  const { def } = schema._zod;
  if (def.type === "pipe") return unwrapped(def.in as Schema, description);
  return "innerType" in def ? unwrapped(def.innerType as Schema, description) : { schema, description };
}

/** The keys that a map may have, each with its schema; undefined where the schema is for something else. */
function keysOf(schema: Schema | undefined): Readonly<Record<string, Schema>> | undefined {
  const def = schema?._zod.def;
  if (def?.type === "object") return def.shape as Readonly<Record<string, Schema>>;
  return def?.type === "record" ? {} : undefined;
}

/** What the schema allows at a path, for suggestions; of several possibilities, the one that shares most keys. */
function schemaAt(root: z.ZodType, data: unknown, path: Path): Bare | undefined {
  const settle = (wrapped: Schema, value: unknown): Bare => {
    const { schema, description } = unwrapped(wrapped);
    if (schema._zod.def.type !== "union") return { schema, description };
    const shared = (keys: object) =>
      isMap(value) ? Object.keys(value).filter((key) => Object.hasOwn(keys, key)).length : 0;
    const members = schema._zod.def.options.flatMap((option) => {
      const member = unwrapped(option as Schema);
      const keys = keysOf(member.schema);
      return keys === undefined ? [] : [{ member, shared: shared(keys) }];
    });
    return members.toSorted((a, b) => b.shared - a.shared)[0]?.member ?? { schema, description };
  };
  let found = settle(root as z.core.$ZodType as Schema, data);
  for (const [i, key] of path.entries()) {
    const { def } = found.schema._zod;
    const others = def.type === "array" ? def.element : def.type === "record" ? def.valueType : undefined;
    const inner = def.type === "object" ? (def.shape[key] ?? def.catchall) : others;
    if (inner === undefined) return undefined;
    found = settle(inner as Schema, valueAt(data, path.slice(0, i + 1)));
  }
  return found;
}

const sorts: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map (keys with values)",
  record: "a map (keys with values)",
  array: "a list (lines that begin with a dash)",
};

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return quote(value);
  return `the ${typeof value} ${String(value)}`;
}

const switches: Record<string, string> = { yes: "true", on: "true", y: "true", no: "false", off: "false", n: "false" };

/** A mend that follows from what was found, where one does. */
function mendOf(expected: string, value: unknown): Pick<Refusal, "code" | "why" | "fix"> {
  if (expected === "boolean" && typeof value === "string" && Object.hasOwn(switches, value.toLowerCase()))
    return {
      code: "RB028",
      why: "YAML 1.2 reads yes, no, on and off as texts.",
      fix: `Write ${switches[value.toLowerCase()]}.`,
    };
  if ((expected === "number" || expected === "int") && typeof value === "string" && /^[\d.]+$/.test(value))
    return { code: "RB029", why: "Quotes make it a text.", fix: "Remove the quotes." };
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean"))
    return { code: "RB029", why: "Without quotes it is not a text.", fix: "Put it into quotes." };
  return {
    code: "RB029",
    why: "Only this kind of value has a meaning here.",
    fix: `Write ${sorts[expected] ?? expected}${value === null ? ", or remove the key" : ""}.`,
  };
}

/** Turns what zod found wrong with a document into problems with places. */
export function schemaProblems(yaml: YamlText, schema: z.ZodType, error: z.ZodError): Problem[] {
  const { data, source } = yaml;
  const issues = flatten(error.issues, []).filter((issue) => {
    const path = pathOf(issue.path);
    return !path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
  });
  const found = (path: Path, value: unknown) =>
    yaml.isHidden(path) && !isMap(value) ? "a value that is not shown" : describe(value);

  function expectation(issue: Issue, path: Path): Problem | undefined {
    if (!isExpectation(issue.message)) return undefined;
    const { code, expected, why, fix } = expectations[issue.message];
    const message = `expected ${expected}, got ${found(path, valueAt(data, path))}`;
    return problemAt(source, yaml.at(path), path, { code, message, why, fix });
  }

  function carried(issue: Issue, path: Path): Problem | undefined {
    if (issue.code !== "custom") return undefined;
    const refusal = issue.params?.["refusal"] as Refusal | undefined;
    if (refusal === undefined) return undefined;
    const range = refusal.within && yaml.inside(path, refusal.within.at, refusal.within.length);
    return problemAt(source, range ?? (refusal.atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
  }

  function wrongValue(issue: Issue, path: Path): Problem {
    const value = valueAt(data, path);
    const at = yaml.at(path);
    if (issue.code === "invalid_value") {
      const allowed = issue.values.map(String);
      const near = typeof value === "string" ? nearName(value, allowed) : undefined;
      return problemAt(source, at, path, {
        code: "RB029",
        message: `expected ${allowed.join(" or ")}, got ${found(path, value)}`,
        why: "Only these values have a meaning here.",
        fix: near === undefined ? `Write ${allowed.join(" or ")}.` : `Did you mean \`${near}\`?`,
      });
    }
    if (issue.code === "invalid_type")
      return problemAt(source, at, path, {
        ...mendOf(issue.expected, value),
        message: `expected ${sorts[issue.expected] ?? issue.expected}, got ${found(path, value)}`,
      });
    if (issue.code === "too_small" || issue.code === "too_big") {
      const least = issue.code === "too_small";
      const bound = `${least ? "at least" : "at most"} ${least ? issue.minimum : issue.maximum}`;
      const unit = issue.origin === "string" ? " characters" : "";
      return problemAt(source, at, path, {
        code: "RB029",
        message: `expected ${bound}${unit}, got ${found(path, value)}`,
        why: "The value is out of bounds.",
        fix: `Write ${bound}${unit}.`,
      });
    }
    return problemAt(source, at, path, {
      code: "RB029",
      message: `got ${found(path, value)}, which has no meaning here`,
      why: "The value does not have the form this key needs.",
      fix: "See the example in the documentation of this key.",
    });
  }

  function wrongKey(issue: Extract<Issue, { code: "invalid_key" }>, path: Path): Problem {
    const name = issue.issues[0]?.message ?? "";
    const { code, expected, why, fix } = isExpectation(name)
      ? expectations[name]
      : {
          code: "RB029" as const,
          expected: "another name",
          why: "The name does not have the form needed.",
          fix: "Rename it.",
        };
    const message = `expected ${expected}, got ${quote(String(path.at(-1)))}`;
    return problemAt(source, yaml.atKey(path), path, { code, message, why, fix });
  }

  const rest = issues.filter((issue) => issue.code !== "unrecognized_keys" && !isMissing(issue, data));
  return [
    ...keyProblems(yaml, schema, issues),
    ...rest.map((issue) => {
      const path = pathOf(issue.path);
      if (issue.code === "invalid_key") return wrongKey(issue, path);
      return carried(issue, path) ?? expectation(issue, path) ?? wrongValue(issue, path);
    }),
  ];
}

/** Unknown and missing keys; a misspelled key that is needed is one problem, not two. */
function keyProblems(yaml: YamlText, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  const { data, source } = yaml;
  const missing = new Map(
    issues.filter((issue) => isMissing(issue, data)).map((issue) => [pathKey(pathOf(issue.path)), pathOf(issue.path)]),
  );
  const problems: Problem[] = [];
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const around = pathOf(issue.path);
    const present = Object.keys((valueAt(data, around) as object | undefined) ?? {});
    const known = Object.keys(keysOf(schemaAt(schema, data, around)?.schema) ?? {});
    for (const key of issue.keys) {
      const needed = known.filter((name) => missing.has(pathKey([...around, name])));
      const near =
        nearName(key, needed) ??
        nearName(
          key,
          known.filter((name) => !present.includes(name)),
        );
      const alone = issue.keys.length === 1 && present.length === 1 && needed.length === 1 ? needed[0] : undefined;
      const meant = near ?? alone;
      if (meant !== undefined) missing.delete(pathKey([...around, meant]));
      const names = known.map((name) => `\`${name}\``).join(", ");
      problems.push(
        problemAt(source, yaml.atKey([...around, key]), [...around, key], {
          code: "RB026",
          message: `unknown key ${quote(key)}${near === undefined ? "" : `, did you mean \`${near}\`?`}`,
          why: names === "" ? "No key has a meaning here." : `Known keys here are ${names}.`,
          fix: meant === undefined ? "Remove the key, or write one of the known keys." : `Write \`${meant}\`.`,
        }),
      );
    }
  }
  for (const path of missing.values()) {
    const name = String(path.at(-1));
    problems.push(
      problemAt(source, yaml.atKey(path), path.slice(0, -1), {
        code: "RB027",
        message: `missing key \`${name}\``,
        why: schemaAt(schema, data, path)?.description ?? "A runbook cannot do without it.",
        fix: `Add \`${name}:\` with its value here.`,
      }),
    );
  }
  return problems;
}
