/** One line of a text exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite: the format allows both. */
  readonly value: number;
  /** Milliseconds since the epoch, when the line says so. */
  readonly timestamp?: number;
}

export type Exposition =
  | { readonly samples: readonly Sample[]; readonly problem?: undefined }
  | { readonly samples?: undefined; readonly problem: string };

interface Cursor {
  readonly line: string;
  at: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const SPACES = /[ \t]*/y;
const WORD = /[^ \t]+/y;
const PLAIN = /[^"\\]*/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

/** Takes what matches at the cursor; undefined when nothing does. */
function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.line)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function skip(cursor: Cursor, character: string): boolean {
  take(cursor, SPACES);
  if (cursor.line[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

/** A number as Go writes it: JavaScript's own `Number` knows neither `+Inf` nor refuses an empty text. */
function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case "nan":
      return Number.NaN;
    case "inf":
    case "+inf":
      return Number.POSITIVE_INFINITY;
    case "-inf":
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

function readQuoted(cursor: Cursor): string | undefined {
  if (!skip(cursor, '"')) return undefined;
  let text = "";
  for (;;) {
    text += take(cursor, PLAIN) ?? "";
    const next = cursor.line[cursor.at];
    if (next === '"') {
      cursor.at++;
      return text;
    }
    const escaped = ESCAPED[cursor.line[cursor.at + 1] ?? ""];
    if (next !== "\\" || escaped === undefined) return undefined;
    text += escaped;
    cursor.at += 2;
  }
}

/** `{a="1",b="2"}`, a comma at the end allowed; undefined when it is anything else. */
function readLabels(cursor: Cursor): Map<string, string> | undefined {
  const labels = new Map<string, string>();
  if (!skip(cursor, "{")) return labels;
  while (!skip(cursor, "}")) {
    if (labels.size > 0 && !skip(cursor, ",")) return undefined;
    if (skip(cursor, "}")) return labels;
    take(cursor, SPACES);
    const name = take(cursor, LABEL);
    if (name === undefined || labels.has(name) || !skip(cursor, "=")) return undefined;
    const value = readQuoted(cursor);
    if (value === undefined) return undefined;
    labels.set(name, value);
  }
  return labels;
}

/** Everything after the value: nothing, a timestamp, and in OpenMetrics an exemplar. */
function readTimestamp(cursor: Cursor, openMetrics: boolean): { readonly timestamp?: number } | undefined {
  take(cursor, SPACES);
  const rest = cursor.line.slice(cursor.at).trimEnd();
  const [stamp = ""] = openMetrics ? rest.split(/[ \t]*#/, 1) : [rest];
  if (stamp === "") return {};
  if (!openMetrics) return /^-?\d{1,16}$/.test(stamp) ? { timestamp: Number(stamp) } : undefined;
  return NUMBER.test(stamp) ? { timestamp: Number(stamp) * 1000 } : undefined;
}

function readSample(line: string, openMetrics: boolean): Sample | undefined {
  const cursor: Cursor = { line, at: 0 };
  take(cursor, SPACES);
  const name = take(cursor, NAME);
  const labels = name === undefined ? undefined : readLabels(cursor);
  take(cursor, SPACES);
  const value = parseNumber(take(cursor, WORD) ?? "");
  const time = readTimestamp(cursor, openMetrics);
  if (name === undefined || labels === undefined || value === undefined || time === undefined) return undefined;
  return { name, labels, value, ...time };
}

const seriesOf = ({ name, labels }: Sample): string => JSON.stringify([name, ...[...labels].sort()]);

/**
 * Reads the Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), and OpenMetrics
 * text as far as the two agree. All or nothing: one odd line makes the whole text unbelievable.
 */
export function parseExposition(text: string): Exposition {
  if (/^\s*</.test(text)) return { problem: "is a web page, not metrics" };
  if (!text.endsWith("\n")) return { problem: "does not end with a line feed, so it may be cut off" };
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  const end = lines.findIndex((line) => line.trimEnd() === "# EOF");
  if (end !== -1 && lines.slice(end + 1).some((line) => line.trim() !== ""))
    return { problem: "goes on after its `# EOF`" };
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const sample = readSample(line, end !== -1);
    if (sample === undefined) return { problem: `is no metrics text in line ${index + 1}` };
    const series = seriesOf(sample);
    if (seen.has(series)) return { problem: `says line ${index + 1} twice` };
    seen.add(series);
    samples.push(sample);
  }
  return samples.length === 0 ? { problem: "is empty" } : { samples };
}
