import * as z from "zod";
import { InputError } from "../../failure.ts";
import type { MetricShape } from "../../gate/limit-test.ts";
import { quote } from "../../source-text.ts";
import {
  type Batch,
  type Complaints,
  oddSample,
  type PlacedBatch,
  readTime,
  type Sample,
  type SeriesOptions,
} from "./batch.ts";
import { readCsv } from "./csv.ts";
import { readPrometheus } from "./prometheus.ts";

export interface Series {
  readonly shapes: Readonly<Record<string, MetricShape>>;
  readonly batches: readonly Batch[];
}

const longestFile = 50 * 1024 * 1024;
const mostTold = 20;

/**
 * Reads a series of batches: a JSON array or JSON lines, CSV with a header, or the answer of Prometheus to query_range.
 * Throws `InputError` with every bad row and its line.
 */
export function readSeries(text: string, file: string, options: SeriesOptions): Series {
  if (text.length > longestFile) throw new InputError(`${file} is larger than 50 MB; thin it out first.`);
  const problems: string[] = [];
  const complaints = { add: (line: number, message: string) => void problems.push(`${file}:${line}: ${message}`) };
  const batches = readBatches(text.replace(/^\ufeff/, ""), options, complaints);
  checkOrder(batches, complaints);
  const shapes = shapesOf(batches, complaints);
  if (batches.length === 0 && problems.length === 0) complaints.add(1, "there is no batch in it");
  if (problems.length === 0) return { shapes, batches };
  const more = problems.length > mostTold ? `\n… and ${problems.length - mostTold} more.` : "";
  throw new InputError(`${problems.slice(0, mostTold).join("\n")}${more}`);
}

function readBatches(text: string, options: SeriesOptions, complaints: Complaints): readonly PlacedBatch[] {
  const start = text.trimStart().charAt(0);
  if (start === "[") return readRows(arrayRows(text, complaints), options, complaints);
  if (start !== "{") return readCsv(text, options, complaints);
  const whole = parseJson(text);
  if (whole !== undefined && typeof whole === "object" && whole !== null && "status" in whole)
    return readPrometheus(whole, options, complaints);
  return readRows(lineRows(text, complaints), options, complaints);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Row {
  readonly line: number;
  readonly value: unknown;
}

function lineRows(text: string, complaints: Complaints): readonly Row[] {
  return text.split("\n").flatMap((line, i): readonly Row[] => {
    if (line.trim() === "") return [];
    const value = parseJson(line);
    if (value === undefined) complaints.add(i + 1, `${quote(line)} is not JSON`);
    return value === undefined ? [] : [{ line: i + 1, value }];
  });
}

function arrayRows(text: string, complaints: Complaints): readonly Row[] {
  const whole = parseJson(text);
  if (!Array.isArray(whole)) {
    const line = text.split("\n").length;
    complaints.add(line, "this is not whole JSON: a bracket or a comma is missing or too much");
    return [];
  }
  const lines = elementLines(text);
  return whole.map((value: unknown, i) => ({ line: lines[i] ?? 1, value }));
}

/** The lines on which the elements of a JSON array begin. */
function elementLines(text: string): readonly number[] {
  const lines: number[] = [];
  let [line, depth, inText, awaited] = [1, 0, false, false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\n") line += 1;
    if (inText) {
      if (char === "\\") at += 1;
      else if (char === '"') inText = false;
      continue;
    }
    if (awaited && !/[\s\],]/.test(char)) {
      lines.push(line);
      awaited = false;
    }
    if (char === '"') inText = true;
    else if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") depth -= 1;
    if ((char === "[" || char === ",") && depth === 1) awaited = true;
  }
  return lines;
}

const count = z.number().nonnegative();
const bound = z.union([z.number(), z.literal("+Inf").transform(() => Number.POSITIVE_INFINITY)]);
const sampleSchema = z.union([
  z.strictObject({ total: count, bad: count }).transform((counts) => ({ kind: "counts" as const, ...counts })),
  z
    .strictObject({ buckets: z.array(z.tuple([bound, count])).min(1), sum: count })
    .transform((histogram) => ({ kind: "histogram" as const, ...histogram })),
  z.strictObject({ value: count }).transform((value) => ({ kind: "value" as const, ...value })),
]);
const rowSchema = z.looseObject({ at: z.union([z.number(), z.string()]) });
const armNames = new Set(["candidate", "stable"]);

function readRows(rows: readonly Row[], options: SeriesOptions, complaints: Complaints): readonly PlacedBatch[] {
  return rows.flatMap(({ line, value }): readonly PlacedBatch[] => {
    const row = rowSchema.safeParse(value);
    if (!row.success) {
      complaints.add(line, "a batch is a map such as { at, candidate: { total, bad }, stable: { total, bad } }");
      return [];
    }
    const { at, ...arms } = row.data;
    const time = readTime(at);
    if (typeof time === "string") complaints.add(line, time);
    for (const name of Object.keys(arms))
      if (!armNames.has(name)) complaints.add(line, `${quote(name)} is neither at, candidate nor stable`);
    const metrics: Record<string, { candidate?: Sample; stable?: Sample }> = {};
    for (const arm of ["candidate", "stable"] as const)
      for (const [metric, sample] of readArm(arms[arm], options.metric, (message) =>
        complaints.add(line, `${arm}: ${message}`),
      ))
        metrics[metric] = { ...metrics[metric], [arm]: sample };
    return typeof time === "string" ? [] : [{ line, at: time, metrics }];
  });
}

/** One version's numbers: of the metric of the limits, or of several by name. Nothing at all is no data. */
function readArm(value: unknown, metric: string, complain: (message: string) => void): readonly [string, Sample][] {
  if (value === undefined || value === null) return [];
  const isMap = typeof value === "object" && !Array.isArray(value);
  const one = isMap && ["total", "bad", "buckets", "sum", "value"].some((key) => key in value);
  const named: [string, unknown][] = one || !isMap ? [[metric, value]] : Object.entries(value);
  return named.flatMap(([name, found]): [string, Sample][] => {
    if (found === null) return [];
    const sample = sampleSchema.safeParse(found);
    const problem = sample.success ? oddSample(sample.data) : "must be { total, bad }, { buckets, sum } or { value }";
    if (problem !== undefined) complain(one ? problem : `${name} ${problem}`);
    return sample.success && problem === undefined ? [[name, sample.data]] : [];
  });
}

function checkOrder(batches: readonly PlacedBatch[], complaints: Complaints): void {
  for (const [i, { at, line }] of batches.entries()) {
    const before = batches[i - 1];
    if (before !== undefined && at <= before.at)
      complaints.add(line, "this batch is not later than the one before it; times must ascend");
  }
}

/** What each metric gives; two kinds under one name cannot be judged. */
function shapesOf(batches: readonly PlacedBatch[], complaints: Complaints): Readonly<Record<string, MetricShape>> {
  const shapes: Record<string, MetricShape> = {};
  for (const { line, metrics } of batches)
    for (const [name, { candidate, stable }] of Object.entries(metrics))
      for (const sample of [candidate, stable]) {
        if (sample === undefined) continue;
        const known = shapes[name];
        if (known !== undefined && known.kind !== sample.kind)
          complaints.add(line, `${name} gives ${sample.kind} here and ${known.kind} before`);
        shapes[name] ??= sample.kind === "histogram" ? { kind: "histogram", dimension: "time" } : { kind: sample.kind };
      }
  return shapes;
}
