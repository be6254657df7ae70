import * as z from "zod";
import { quote } from "../../source-text.ts";
import { type Complaints, oddSample, type PlacedBatch, readTime, type Sample, type SeriesOptions } from "./batch.ts";

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
const answer = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** The label by which a query says which of its series are bad events and which are all of them. */
const roleLabel = "sluice";
/** Prometheus counts time in seconds. */
const milliseconds = 1000;

interface Gathered {
  total?: number;
  bad?: number;
  sum?: number;
  value?: number;
  readonly buckets: [number, number][];
}

/**
 * The answer to a query over `increase(...)`, which gives what happened since the step before: per version one series
 * labelled `sluice="total"` and one `sluice="bad"`, or one per bucket (`le`) and one labelled `sluice="sum"`, or a
 * single one, which is a value.
 */
export function readPrometheus(whole: unknown, options: SeriesOptions, complaints: Complaints): readonly PlacedBatch[] {
  const parsed = answer.safeParse(whole);
  if (!parsed.success) {
    complaints.add(1, "this is no successful answer of Prometheus to query_range (status success, resultType matrix)");
    return [];
  }
  const times = new Map<number, Record<"candidate" | "stable", Gathered>>();
  for (const { metric, values } of parsed.data.data.result) {
    const arm = armOf(metric, options);
    if (arm === undefined) continue;
    for (const [seconds, text] of values) {
      const at = readTime(Math.round(seconds * milliseconds));
      if (typeof at === "string") {
        complaints.add(1, at);
        continue;
      }
      const gathered = times.get(at) ?? { candidate: { buckets: [] }, stable: { buckets: [] } };
      times.set(at, gathered);
      const problem = gather(gathered[arm], metric, text);
      const where = `series ${quote(JSON.stringify(metric))} at ${new Date(at).toISOString()}`;
      if (problem !== undefined) complaints.add(1, `${where}: ${problem}`);
    }
  }
  if (times.size === 0)
    complaints.add(
      1,
      `no series has ${options.by}=${quote(options.candidate)}; name label and versions with --by, --candidate and --stable`,
    );
  return [...times]
    .sort(([a], [b]) => a - b)
    .map(([at, gathered]) => {
      const samples = { candidate: sampleOf(gathered.candidate), stable: sampleOf(gathered.stable) };
      for (const [arm, sample] of Object.entries(samples)) {
        const odd = sample && oddSample(sample);
        if (odd !== undefined) complaints.add(1, `${arm} at ${new Date(at).toISOString()} ${odd}`);
      }
      return { line: 1, at, metrics: { [options.metric]: samples } };
    });
}

function armOf(metric: Readonly<Record<string, string>>, { by, candidate, stable }: SeriesOptions) {
  const version = metric[by];
  if (version === candidate) return "candidate";
  return version !== undefined && version === stable ? "stable" : undefined;
}

/** Numbers come as text in Go's spelling; JavaScript's own reading makes zero of an empty one. */
const numberOf = (text: string): number => (/^[\d.]+(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN);

/** Takes one number of one series; a text says why it cannot be taken. NaN is what an empty division gives: no data. */
function gather(into: Gathered, metric: Readonly<Record<string, string>>, text: string): string | undefined {
  if (text === "NaN") return undefined;
  const value = numberOf(text);
  if (!Number.isFinite(value)) return `${quote(text)} is not a number that is zero or more`;
  const { le, [roleLabel]: role } = metric;
  if (le !== undefined) {
    const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : numberOf(le) * milliseconds;
    if (Number.isNaN(bound)) return `${quote(le)} is no bound`;
    if (into.buckets.some(([known]) => known === bound))
      return "two series give one bucket; sum them by version and le";
    into.buckets.push([bound, value]);
    return undefined;
  }
  const key = role === "total" || role === "bad" || role === "sum" ? role : "value";
  if (into[key] !== undefined) return "two series where one is expected; sum them by version";
  into[key] = key === "sum" ? value * milliseconds : value;
  return undefined;
}

/** Without its series of bad events a version is not free of them: nobody counted. */
function sampleOf({ total, bad, sum, value, buckets }: Gathered): Sample | undefined {
  if (buckets.length > 0 && sum !== undefined)
    return { kind: "histogram", buckets: buckets.toSorted(([a], [b]) => a - b), sum };
  if (total !== undefined && bad !== undefined) return { kind: "counts", total, bad };
  return value === undefined ? undefined : { kind: "value", value };
}
