import { InputError } from "../failure.ts";
import type { Counts, Measurement, Value } from "../metric-provider.ts";
import { lineProblem } from "../metric-spec/line-pattern.ts";
import { noData } from "./no-data.ts";

/** What is looked for in log lines. */
export interface LinePatterns {
  /** Lines that match are counted: the number of them since the last look. */
  readonly value?: string | undefined;
  /** Or: lines that match are bad, among those that match `total`. */
  readonly bad?: string | undefined;
  readonly total?: string | undefined;
}

type Stamp = Pick<Value, keyof Value & keyof Counts & ("window" | "observedAt" | "version" | "source")>;

/** Backtracking stays short on lines so short; what is cut off is rarely the level or the version. */
const LONGEST_LINE = 2_000;

/**
 * Counts lines of one version and window. No line at all is no data, since a log that cannot be read looks the same.
 * Throws `InputError` for a pattern that is none, or could take forever on a hostile line.
 */
export function matchingLines({ value, bad, total }: LinePatterns) {
  const [wanted, among] = [compile(value ?? bad ?? ""), total === undefined ? undefined : compile(total)];
  return (lines: readonly string[], stamp: Stamp): Measurement => {
    const own = lines.filter((line) => line.trim() !== "").map((line) => line.slice(0, LONGEST_LINE));
    if (own.length === 0) {
      const message = `The log has no line of version ${stamp.version} since the last look, good or bad.`;
      return noData("no-lines", message);
    }
    if (among === undefined) {
      return { kind: "value", value: own.filter((line) => wanted.test(line)).length, ...stamp };
    }
    const all = own.filter((line) => among.test(line));
    return { kind: "counts", bad: all.filter((line) => wanted.test(line)).length, total: all.length, ...stamp };
  };
}

function compile(pattern: string): RegExp {
  const problem = lineProblem(pattern);
  if (problem !== undefined) throw new InputError(`The pattern \`${pattern}\` ${problem}.`);
  return new RegExp(pattern, "u");
}
