import type { Sample } from "./exposition-text.ts";

interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

/** Which series are meant: `http_requests_total{code=~"5.."}`. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
  matches(sample: Sample): boolean;
}

export type ParsedSelector =
  | { readonly selector: Selector; readonly problem?: undefined }
  | { readonly selector?: undefined; readonly problem: string };

const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*$/s;
const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/y;

const LONGEST_PATTERN = 200;
/** With so few repetitions over values so short, backtracking stays below a moment. */
const MOST_REPETITIONS = 3;
const LONGEST_VALUE = 256;

/** Why a pattern is refused: Prometheus' RE2 never backtracks, JavaScript's engine does. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
  const plain = pattern.replace(/\\./gs, "_").replace(/\[[^\]]*\]/g, "_");
  if (/\(\?(?!:)/.test(plain) || /\\[1-9k]/.test(pattern)) return "uses look-around, flags or back-references";
  if (/\)[*+{]/.test(plain)) return "repeats a group, which can take forever; write it without the group";
  if ((plain.match(/[*+]|\{/g)?.length ?? 0) > MOST_REPETITIONS) return `repeats more than ${MOST_REPETITIONS} times`;
  return undefined;
}

function compilePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, "su");
  } catch {
    return undefined;
  }
}

function compileMatcher(label: string, operator: string, value: string): Matcher | string {
  if (operator === "=") return { label, matches: (found) => found === value };
  if (operator === "!=") return { label, matches: (found) => found !== value };
  const problem = patternProblem(value);
  const pattern = problem === undefined ? compilePattern(value) : undefined;
  if (pattern === undefined) return `The pattern of \`${label}\` ${problem ?? "is not a regular expression"}.`;
  const found = (text: string) => text.length <= LONGEST_VALUE && pattern.test(text);
  return { label, matches: operator === "=~" ? found : (text) => !found(text) };
}

const unescaped = (text: string) => text.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));

/**
 * Reads a selector as PromQL writes it (https://prometheus.io/docs/prometheus/latest/querying/basics/): matchers `=`, `!=`,
 * `=~`, `!~`; patterns match the whole value; a label that is absent counts as empty.
 */
export function parseSelector(text: string): ParsedSelector {
  const [, name, inside = ""] = SELECTOR.exec(text) ?? [];
  if (name === undefined)
    return { problem: `\`${text}\` is no metric name with matchers, such as \`requests{code=~"5.."}\`.` };
  const matchers: Matcher[] = [];
  MATCHER.lastIndex = 0;
  for (let at = 0; inside.slice(at).trim() !== ""; at = MATCHER.lastIndex) {
    MATCHER.lastIndex = at;
    const [, label, operator, value] = MATCHER.exec(inside) ?? [];
    if (label === undefined || operator === undefined || value === undefined) {
      return { problem: `\`${text}\` has a matcher that is not \`label="value"\`, \`!=\`, \`=~\` or \`!~\`.` };
    }
    const matcher = compileMatcher(label, operator, unescaped(value));
    if (typeof matcher === "string") return { problem: matcher };
    matchers.push(matcher);
  }
  return { selector: newSelector(name, matchers) };
}

const newSelector = (name: string, matchers: readonly Matcher[]): Selector => ({
  name,
  labels: matchers.map(({ label }) => label),
  matches: (sample) =>
    sample.name === name && matchers.every(({ label, matches }) => matches(sample.labels.get(label) ?? "")),
});
