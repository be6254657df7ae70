import type { ExpectationName, Refusal } from "./expectation.ts";
import { expectations } from "./expectation.ts";
import { isAdminAddress, isHostName, isSite, isVercelProject, isVercelTeam, referencePattern } from "./field.ts";
import { nearName } from "./near-name.ts";
import { type Path, type Problem, problemAt, sortProblems } from "./problem.ts";
import type { YamlText } from "./yaml-text.ts";

export type Resolved<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const commandKeys: ReadonlySet<string> = new Set(["run", "start"]);

/** Values that are shell text: what a dollar sign means there is the shell's business, and no secret belongs in argv. */
const isShellText = (path: Path): boolean => commandKeys.has(String(path.at(-1))) || path.at(-2) === "command";

/** What a value must be once it is known, by path; it could not be judged while it was only a name. */
export type Forms = Readonly<
  Record<string, { readonly expectation: ExpectationName; readonly fits: (value: string) => boolean }>
>;

/** For a target that stands alone, as in the rollback's own input. */
export const targetForms: Forms = {
  "local.admin": { expectation: "admin-address", fits: isAdminAddress },
  "vercel.project": { expectation: "vercel-project", fits: isVercelProject },
  "vercel.team": { expectation: "vercel-team", fits: isVercelTeam },
  "vercel.domain": { expectation: "host-name", fits: isHostName },
};

export const runbookForms: Forms = {
  url: { expectation: "site", fits: isSite },
  ...Object.fromEntries(Object.entries(targetForms).map(([path, form]) => [`target.${path}`, form])),
};

function judge(
  name: string,
  value: string | undefined,
  path: Path,
  known: readonly string[],
  forms: Forms,
): Refusal | undefined {
  if (value === undefined || value === "") {
    const near = nearName(name, known);
    return {
      code: "RB063",
      message: `the variable ${name} is ${value === "" ? "empty" : "not set"}`,
      why: "This job needs its value, and nothing may be guessed in its place.",
      fix:
        near === undefined || near === name
          ? `Add ${name} to the environment's variables or secrets, or to RUNBOOK_ENV.`
          : `There is a variable ${near}: did you mean that one? Otherwise add ${name}.`,
    };
  }
  const form = forms[path.join(".")];
  if (form === undefined || form.fits(value)) return undefined;
  const { code, expected, why, fix } = expectations[form.expectation];
  const plain = expected.replace(/, or a variable .*$/, "");
  return { code, message: `the value of ${name} (not shown) is not ${plain}`, why, fix };
}

/**
 * What was read, a runbook or a part of one, with every `$NAME` replaced by that variable's value; pure.
 *
 * `parts` narrows it to what a job needs, such as `["url", "target"]` or `["stages.0.migrate"]`: jobs do not see each
 * other's secrets. Values outside of these parts stay names. Every missing variable is reported with its place.
 */
export function resolveReferences<T>(
  { value, yaml }: { readonly value: T; readonly yaml: YamlText },
  variables: Readonly<Record<string, string | undefined>>,
  parts?: readonly string[],
  forms: Forms = runbookForms,
): Resolved<T> {
  const problems: Problem[] = [];
  const known = Object.keys(variables).filter((name) => variables[name] !== undefined && variables[name] !== "");
  const isWanted = (path: Path) => {
    const dotted = path.join(".");
    return parts === undefined || parts.some((part) => dotted === part || dotted.startsWith(`${part}.`));
  };
  function resolveText(text: string, path: Path): string {
    if (!referencePattern.test(text) || isShellText(path) || !isWanted(path)) return text;
    const name = text.slice(1);
    const value = variables[name];
    const refusal = judge(name, value, path, known, forms);
    if (refusal !== undefined) problems.push(problemAt(yaml.source, yaml.at(path), path, refusal));
    return value ?? text;
  }
  const resolved = mapTexts(value, [], resolveText);
  return problems.length === 0 ? { ok: true, value: resolved } : { ok: false, problems: sortProblems(problems) };
}

/** The same structure with each text replaced; nothing else changes, so the type stays. */
function mapTexts<T>(value: T, path: Path, replace: (text: string, path: Path) => string): T {
  if (typeof value === "string") return replace(value, path) as T;
  if (Array.isArray(value)) return value.map((inner, i) => mapTexts(inner, [...path, i], replace)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]),
  ) as T;
}
