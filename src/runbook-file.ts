import type * as z from "zod";
import { type Path, type Problem, problemAt, sortProblems } from "./problem.ts";
import { type Runbook, runbookSchema } from "./runbook.ts";
import { runbookRules } from "./runbook-rules.ts";
import { schemaProblems } from "./schema-problem.ts";
import { pathKey, readYaml, type YamlText } from "./yaml-text.ts";

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

function ruleProblems(yaml: YamlText): Problem[] {
  const wasRefused = (path: Path) => path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
  return runbookRules(yaml.data)
    .filter(({ path }) => !wasRefused(path))
    .map(({ path, refusal }) => {
      const { within, atKey } = refusal;
      const range = within && yaml.inside(path, within.at, within.length);
      return problemAt(yaml.source, range ?? (atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
    });
}

/** The user's runbook, or everything that is wrong with it, in the order of the file. Reads no file and no variable. */
export const readRunbook = (text: string, file: string): Read<Runbook> =>
  readBySchema(text, file, runbookSchema, ruleProblems);
