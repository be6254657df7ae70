import { patternProblem } from "./exposition-selector.ts";

/** Why a pattern cannot be looked for in log lines: it is none, or could take forever on a hostile line. */
export function lineProblem(pattern: string): string | undefined {
  const problem = patternProblem(pattern);
  if (problem !== undefined) return problem;
  try {
    new RegExp(pattern, "u");
    return undefined;
  } catch {
    return "is not a regular expression";
  }
}
