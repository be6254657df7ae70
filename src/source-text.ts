import type { Place } from "./failure.ts";
import { hiddenIn, mergeRanges, type Range } from "./secret-shape.ts";

/** A file a person wrote, with the ranges of it that must not be shown. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly hidden: readonly Range[];
}

/** One line of the source as it may be shown, and where to put the caret in it. */
export interface Excerpt {
  readonly text: string;
  readonly caretAt: number;
  readonly caretLength: number;
}

/** Most characters of input that a problem repeats. */
const longestExcerpt = 80;
const longestQuote = 40;

const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;

/** One character as a terminal may see it: what is invisible or would steer it is named by its code point. */
function visible(text: string, at: number): string {
  const char = text.charAt(at);
  if (char === "\t") return " ";
  if (invisible.test(char)) return `<U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
  // The runner takes `##[` anywhere in a line for a command.
  if (char === "[" && text.slice(Math.max(0, at - 2), at) === "##") return " [";
  return char;
}

function cells(text: string, from: number, to: number, hidden: readonly Range[]): string[] {
  const shown: string[] = [];
  const secrets = mergeRanges(hidden);
  for (let at = from; at < to; at++) {
    const secret = secrets.find((range) => at >= range.from && at < range.to);
    if (secret === undefined) shown.push(visible(text, at));
    else shown.push(at === Math.max(secret.from, from) ? "***" : "");
  }
  return shown;
}

/** A piece of untrusted text inside quotes: printable, without secrets, at most 40 characters of it. */
export function quote(text: string): string {
  const shown = cells(text, 0, Math.min(text.length, longestQuote), hiddenIn(text.slice(0, 2000))).join("");
  return `"${shown}${text.length > longestQuote ? "…" : ""}"`;
}

/** Line and column, from 1, of an offset; an offset past the end means the end. */
export function placeOf({ file, text }: SourceText, offset: number): Place {
  const at = Math.min(Math.max(0, offset), text.length);
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { file, line: before.split("\n").length, column: at - lineStart + 1 };
}

/** The line around a range, cut to 80 characters, with secrets hidden and the caret under what is visible of the range. */
export function excerptOf({ text, hidden }: SourceText, range: Range): Excerpt {
  const at = Math.min(range.from, text.length);
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const next = text.indexOf("\n", at);
  const end = next === -1 ? text.length : text.endsWith("\r\n", next + 1) ? Math.max(at, next - 1) : next;
  const from = Math.max(start, Math.min(at - longestExcerpt / 2, end - longestExcerpt));
  const to = Math.min(end, from + longestExcerpt);
  const line = cells(text, from, to, hidden);
  const caretEnd = Math.min(Math.max(range.to, at + 1), to);
  const width = (parts: readonly string[]) => parts.join("").length;
  const lead = from > start ? "…" : "";
  return {
    text: lead + line.join("") + (to < end ? "…" : ""),
    caretAt: lead.length + width(line.slice(0, at - from)),
    caretLength: Math.max(1, width(line.slice(at - from, caretEnd - from))),
  };
}
