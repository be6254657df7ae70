import { quote } from "../../source-text.ts";
import { type Complaints, oddSample, type PlacedBatch, readTime, type Sample, type SeriesOptions } from "./batch.ts";

type Arm = "candidate" | "stable";

interface Column {
  readonly arm: Arm;
  readonly what: "total" | "bad" | "value" | "sum" | { readonly le: number };
}

const expected =
  "the header must begin with `at`, then columns such as candidate_total, candidate_bad, stable_total, stable_bad, " +
  "or candidate_value, or candidate_le_250, candidate_le_inf and candidate_sum";

/** One batch per line; the first line names the columns. An empty cell is no data. */
export function readCsv(text: string, { metric }: SeriesOptions, complaints: Complaints): readonly PlacedBatch[] {
  const [header = "", ...lines] = text.split(/\r?\n/);
  const [first, ...names] = header.split(",").map((cell) => cell.trim());
  const columns = names.map(columnOf);
  if (first !== "at" || columns.length === 0 || columns.includes(undefined)) {
    complaints.add(1, text.trimStart().startsWith("<") ? "this is HTML, not a series" : expected);
    return [];
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    complaints.add(1, `the column ${twice} stands there twice`);
    return [];
  }
  return lines.flatMap((line, i): readonly PlacedBatch[] => {
    if (line.trim() === "") return [];
    const complain = (message: string) => complaints.add(i + 2, message);
    const cells = line.split(",").map((cell) => cell.trim());
    if (cells.length !== columns.length + 1) {
      complain(`${cells.length} cells, and the header has ${columns.length + 1}`);
      return [];
    }
    const [when = "", ...rest] = cells;
    const at = readTime(/^[\d.]+$/.test(when) ? Number(when) : when);
    if (typeof at === "string") complain(at);
    const candidate = readSample("candidate", columns, rest, complain);
    const stable = readSample("stable", columns, rest, complain);
    return typeof at === "string" ? [] : [{ line: i + 2, at, metrics: { [metric]: { candidate, stable } } }];
  });
}

function columnOf(name: string): Column | undefined {
  const [, arm, what, le] = /^(candidate|stable)_(?:(total|bad|value|sum)|le_(\d+(?:\.\d+)?|inf))$/.exec(name) ?? [];
  if (arm !== "candidate" && arm !== "stable") return undefined;
  if (what === "total" || what === "bad" || what === "value" || what === "sum") return { arm, what };
  return { arm, what: { le: le === "inf" ? Number.POSITIVE_INFINITY : Number(le) } };
}

function readSample(
  arm: Arm,
  columns: readonly (Column | undefined)[],
  cells: readonly string[],
  complain: (message: string) => void,
): Sample | undefined {
  const numbers = new Map<string, number>();
  const buckets: [number, number][] = [];
  for (const [i, column] of columns.entries()) {
    const cell = cells[i] ?? "";
    if (column?.arm !== arm || cell === "") continue;
    const value = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(cell) ? Number(cell) : Number.NaN;
    if (!Number.isFinite(value)) {
      complain(`${quote(cell)} is not a number that is zero or more, without a unit`);
      return undefined;
    }
    if (typeof column.what === "string") numbers.set(column.what, value);
    else buckets.push([column.what.le, value]);
  }
  const sample = sampleOf(numbers, buckets);
  if (typeof sample !== "string" && sample !== undefined) {
    const odd = oddSample(sample);
    if (odd === undefined) return sample;
    complain(`${arm} ${odd}`);
  } else if (sample !== undefined) complain(`${arm} ${sample}`);
  return undefined;
}

/** The numbers of one version in one row; a text says what is missing, undefined that there are none. */
function sampleOf(
  numbers: ReadonlyMap<string, number>,
  buckets: readonly [number, number][],
): Sample | string | undefined {
  const [total, bad, value, sum] = ["total", "bad", "value", "sum"].map((name) => numbers.get(name));
  const kinds = [
    total !== undefined || bad !== undefined,
    value !== undefined,
    sum !== undefined || buckets.length > 0,
  ];
  if (kinds.filter(Boolean).length > 1) return "has counts, a histogram and a value mixed";
  if (value !== undefined) return { kind: "value", value };
  if (kinds[0])
    return total === undefined || bad === undefined ? "needs both total and bad" : { kind: "counts", total, bad };
  if (!kinds[2]) return undefined;
  return sum === undefined || buckets.length === 0
    ? "needs both buckets and their sum"
    : { kind: "histogram", buckets: buckets.toSorted(([a], [b]) => a - b), sum };
}
