import { type Path, type Problem, pathKey, problemAt } from "./problem.ts";
import { type Read, readBySchema } from "./read-by-schema.ts";
import { type Runbook, runbookSchema } from "./runbook.ts";
import { runbookRules } from "./runbook-rules.ts";
import type { YamlText } from "./yaml-text.ts";

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
