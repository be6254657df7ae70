import type { Refusal } from "./expectation.ts";
import type { Place } from "./failure.ts";
import { hiddenIn, mergeRanges, type Range } from "./secret-shape.ts";
import { type Excerpt, excerptOf, placeOf, type SourceText } from "./source-text.ts";

/** One thing wrong with a file. Plain data: a terminal text or an annotation is made from it; it holds no secret. */
export interface Problem extends Place {
  /** End of the range, exclusive; lines and columns count from 1. */
  readonly endLine: number;
  readonly endColumn: number;
  /** Stable; scripts and documentation refer to it. */
  readonly code: string;
  /** Where in the document: `stages[0].canary.shifts[0].traffic`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly excerpt: Excerpt;
  readonly why: string;
  readonly fix: string;
}

export type Path = readonly (string | number)[];

/** A path as a key of a map or a set. */
export const pathKey = (path: Path): string => JSON.stringify(path);

/** More than this nobody reads; the last one says how many were left away. */
export const mostProblems = 50;

const longestSentence = 240;

/** `stages[0].name`, with odd keys made harmless. */
export function formatPath(path: Path): string {
  const shown = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    if (hiddenIn(key.slice(0, 2000)).length > 0) return ".***";
    return `.${key.slice(0, 40).replaceAll(/[^\w./$ -]/g, "?")}`;
  });
  return shown.join("").replace(/^\./, "").slice(0, 160);
}

function sentence(text: string): string {
  let shown = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "?");
  for (const { from, to } of mergeRanges(hiddenIn(shown)).reverse()) {
    shown = `${shown.slice(0, from)}***${shown.slice(to)}`;
  }
  // A long word can only be input; what we say ourselves is made of short ones.
  shown = shown.replaceAll(/\S{61,}/g, (word) => `${word.slice(0, 60)}…`).replaceAll("##[", "## [");
  return shown.length > longestSentence ? `${shown.slice(0, longestSentence)}…` : shown;
}

/** The problem that a refusal means at a range of the source. */
export function problemAt(source: SourceText, range: Range, path: Path, refusal: Refusal): Problem {
  const end = placeOf(source, Math.max(range.from, range.to));
  return {
    ...placeOf(source, range.from),
    endLine: end.line,
    endColumn: end.column,
    code: refusal.code,
    path: formatPath(path),
    message: sentence(refusal.message),
    excerpt: excerptOf(source, range),
    why: sentence(refusal.why),
    fix: sentence(refusal.fix),
  };
}

/** In the order of the file, without repetition. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const key = (p: Problem) => `${p.line}:${p.column} ${p.code} ${p.path} ${p.message}`;
  const unique = new Map(problems.map((problem) => [key(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}

function formatProblem({ file, line, column, code, path, message, excerpt, why, fix }: Problem): string {
  const gutter = String(line).padStart(4);
  const margin = " ".repeat(gutter.length);
  return [
    `${file}:${line}:${column} error[${code}] ${path === "" ? "" : `${path}: `}${message}`,
    `${gutter} | ${excerpt.text}`,
    `${margin} | ${" ".repeat(excerpt.caretAt)}${"^".repeat(excerpt.caretLength)}`,
    `  why: ${why}`,
    `  fix: ${fix}`,
  ].join("\n");
}

/** The terminal text of all problems (at most 50), each with its line, a caret, the reason and the mend. */
export function formatProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, mostProblems).map(formatProblem);
  const left = problems.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more. Mend these first; the others may follow from them.`);
  return shown.join("\n\n");
}
