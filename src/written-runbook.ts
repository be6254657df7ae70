import path from "node:path";
import { InputError } from "./failure.ts";
import { formatProblems, type Problem } from "./problem.ts";
import type { Read } from "./read-by-schema.ts";
import { type Forms, resolveReferences, runbookForms } from "./resolve-references.ts";
import type { Runbook } from "./runbook.ts";
import type { Variables } from "./variables.ts";

/** What was read, with its text, so that what is found wrong later still has its line and column. */
export type Written<T> = Extract<Read<T>, { ok: true }>;
export type WrittenRunbook = Written<Runbook>;

/** Reads the runbook of the checked-out commit. The reader, the largest part of all, is loaded with it. */
export async function loadRunbook(file: string, workspace: string): Promise<WrittenRunbook> {
  const text = await readInside(file, workspace);
  const { readRunbook } = await import("./runbook-file.ts");
  return accept(readRunbook(text, file));
}

/** What was read, or an InputError that tells every problem. */
export function accept<T>(read: Read<T>): Written<T> {
  return read.ok ? read : refuse(read.problems);
}

/** One error that tells all of them: whole in its message, and each with its place for whoever annotates. */
export function refuse(problems: readonly Problem[]): never {
  const places = problems.map(({ file, line, column, code, path: where, message, fix }) => ({
    file,
    line,
    column,
    message: `${code} ${where === "" ? "" : `${where}: `}${message}. ${fix}`,
  }));
  throw new InputError(formatProblems(problems), problems[0], places);
}

/** The text of a file inside the repository: not a folder, not a link that leads out of it. */
export async function readInside(file: string, workspace: string): Promise<string> {
  const { lstat, readFile, realpath } = await import("node:fs/promises");
  const root = await realpath(workspace);
  const full = path.resolve(root, file);
  const found = await lstat(full).catch(() => undefined);
  if (found === undefined)
    throw new InputError(
      `There is no runbook at ${file}. Check out the repository before this step, or name another path with \`runbook\`.`,
    );
  if (found.isDirectory())
    throw new InputError(
      `${file} is a folder; name the runbook inside of it, such as ${path.join(file, "runbook.yml")}.`,
    );
  const inside = path.relative(root, await realpath(full));
  if (inside.startsWith("..") || path.isAbsolute(inside))
    throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
  return readFile(full, "utf8");
}

/** What was read with the references in `parts`, or all of them, replaced; a missing variable is an InputError at its place. */
export function resolveParts<T>(
  written: Written<T>,
  variables: Variables,
  parts: readonly string[] | undefined,
  forms: Forms = runbookForms,
): T {
  const resolved = resolveReferences(written, variables, parts, forms);
  return resolved.ok ? resolved.value : refuse(resolved.problems);
}

/** Where people reach the service; undefined in a job that is not told. */
export function siteOf(written: WrittenRunbook, variables: Variables): string | undefined {
  const resolved = resolveReferences(written, variables, ["url"]);
  return resolved.ok ? resolved.value.url : undefined;
}
