import type * as z from "zod";
import { type Problem, sortProblems } from "./problem.ts";
import { schemaProblems } from "./schema-problem.ts";
import { readYaml, type YamlText } from "./yaml-text.ts";

/** What was read with the text it came from, for the places of later problems; or everything that is wrong. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly yaml: YamlText }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads any YAML text by a schema: the runbook, or one structured input of an action. All problems come at once. */
export function readBySchema<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  rules: (yaml: YamlText) => readonly Problem[] = () => [],
): Read<T> {
  const yaml = readYaml(text, file);
  if (yaml.data === undefined) return { ok: false, problems: sortProblems(yaml.problems) };
  const parsed = schema.safeParse(yaml.data);
  const problems = [
    ...yaml.problems,
    ...(parsed.success ? [] : schemaProblems(yaml, schema, parsed.error)),
    ...rules(yaml),
  ];
  if (parsed.success && problems.length === 0) return { ok: true, value: parsed.data, yaml };
  return { ok: false, problems: sortProblems(problems) };
}
