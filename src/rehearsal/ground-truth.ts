import { z } from "zod";
import { InputError } from "../failure.ts";

/** Answers are counted in steps of this many milliseconds; first and last times are exact besides. */
export const bucketMs = 100;

const milliseconds = z.number();
const count = z.int().min(0);

const bucket = z.object({
  /** Steps of `bucketMs` since the start of the traffic, by the time the answer was complete. */
  at: count,
  /** The version that gave the answer or owed it; `none` when the router named none. */
  version: z.string(),
  /** HTTP status; 0 when no whole answer came. */
  status: z.int().min(0),
  /** Whether the version itself answered. Otherwise the router had to, or nobody did. */
  delivered: z.boolean(),
  count,
});

const versionSecond = z.object({
  answers: count,
  failures: count,
  undelivered: count,
  p50: milliseconds,
  p95: milliseconds,
  /** Epoch milliseconds. */
  first: milliseconds,
  last: milliseconds,
  firstFailure: milliseconds.optional(),
});

const start = z.object({
  kind: z.literal("start"),
  url: z.string(),
  /** Requests a second, sent on time whether or not earlier ones were answered. */
  rate: z.number(),
  /** Epoch milliseconds. */
  startedAt: milliseconds,
});

const second = z.object({
  kind: z.literal("second"),
  second: count,
  sent: count,
  /** Requests that were due and not sent, because too many were still without an answer. */
  dropped: count,
  inFlight: count,
  /** Latency in milliseconds, from the time a request was due: waiting behind a stall counts. */
  p50: milliseconds,
  p95: milliseconds,
  versions: z.record(z.string(), versionSecond),
  buckets: z.array(bucket),
});

const end = z.object({ kind: z.literal("end"), endedAt: milliseconds });

const line = z.discriminatedUnion("kind", [start, second, end]);

export type GroundTruthStart = z.infer<typeof start>;
export type GroundTruthSecond = z.infer<typeof second>;
export type GroundTruthEnd = z.infer<typeof end>;
export type GroundTruthLine = z.infer<typeof line>;

/** Every answer users got, as the traffic driver saw it: what a rehearsal is judged by. */
export interface GroundTruth {
  readonly start: GroundTruthStart;
  readonly seconds: readonly GroundTruthSecond[];
  /** Undefined when the driver was killed: what came before still holds. */
  readonly endedAt: number | undefined;
}

/** Which answers are meant. Times are epoch milliseconds; `from` is included, `to` is not. */
export interface AnswersWanted {
  readonly version?: string;
  readonly from?: number;
  readonly to?: number;
  /** `true`: answers of the version itself; `false`: those the path to it failed to deliver. */
  readonly delivered?: boolean;
}

/** The driver asks only for pages that exist, so whatever is not a success or a redirection has failed a user. */
export const isFailure = (status: number): boolean => status < 200 || status >= 400;

/**
 * Reads a ground-truth file (one JSON object per line). A last line that was cut off, because the driver was killed
 * in the middle of it, is left out; anything else that cannot be read is an InputError with its line number.
 */
export function readGroundTruth(text: string): GroundTruth {
  const rows = text.split("\n");
  const unfinished = rows.pop();
  const lines = rows.map((row, index) => parsedLine(row, index + 1));
  const [first, ...rest] = lines;
  if (first?.kind !== "start") {
    const found = first?.kind ?? (unfinished ? "an unfinished line" : "nothing");
    throw new InputError(`The ground truth begins with ${found} instead of its start line: no traffic was recorded.`);
  }
  return {
    start: first,
    seconds: rest.filter((row) => row.kind === "second"),
    endedAt: rest.find((row) => row.kind === "end")?.endedAt,
  };
}

function parsedLine(row: string, number: number): GroundTruthLine {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch {
    throw new InputError(`Line ${number} of the ground truth is not JSON.`);
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(`Line ${number} of the ground truth cannot be read: ${z.prettifyError(parsed.error)}`);
}

export const versionsIn = (truth: GroundTruth): readonly string[] => [
  ...new Set(truth.seconds.flatMap(({ versions }) => Object.keys(versions))),
];

/** Requests sent, and those dropped because too many were waiting. */
export function sentIn(truth: GroundTruth): { readonly sent: number; readonly dropped: number } {
  return truth.seconds.reduce((sum, { sent, dropped }) => ({ sent: sum.sent + sent, dropped: sum.dropped + dropped }), {
    sent: 0,
    dropped: 0,
  });
}

/** Answers users got, good and bad. A bucket counts when any part of it lies within the wanted time. */
export const answersIn = (truth: GroundTruth, wanted: AnswersWanted = {}): number => sum(bucketsIn(truth, wanted));

/** Failed requests; with `from` and `to` around a shift and `delivered: false`, those the shift itself broke. */
export const failuresIn = (truth: GroundTruth, wanted: AnswersWanted = {}): number =>
  sum(bucketsIn(truth, wanted).filter(({ status }) => isFailure(status)));

/** When the first failed answer came, exactly. */
export const firstFailureAt = (truth: GroundTruth, version?: string): number | undefined =>
  lowest(versionSeconds(truth, version).flatMap(({ firstFailure }) => firstFailure ?? []));

/** When the first and the last answer of a version came, exactly. */
export const firstAnswerAt = (truth: GroundTruth, version: string): number | undefined =>
  lowest(versionSeconds(truth, version).map(({ first }) => first));
export const lastAnswerAt = (truth: GroundTruth, version: string): number | undefined =>
  lowest(
    versionSeconds(truth, version).map(({ last }) => -last),
    -1,
  );

/** The version's share of all answers, and how many answers that rests on; undefined when there was none. */
export function trafficShare(
  truth: GroundTruth,
  version: string,
  between: { readonly from: number; readonly to: number },
): { readonly share: number; readonly answers: number } | undefined {
  const all = answersIn(truth, between);
  return all === 0 ? undefined : { share: answersIn(truth, { ...between, version }) / all, answers: all };
}

function bucketsIn(truth: GroundTruth, wanted: AnswersWanted): GroundTruthSecond["buckets"] {
  const { version, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, delivered } = wanted;
  return truth.seconds
    .flatMap(({ buckets }) => buckets)
    .filter((one) => {
      const begins = truth.start.startedAt + one.at * bucketMs;
      return (
        begins + bucketMs > from &&
        begins < to &&
        (version === undefined || one.version === version) &&
        (delivered === undefined || one.delivered === delivered)
      );
    });
}

const versionSeconds = (truth: GroundTruth, version?: string): readonly GroundTruthSecond["versions"][string][] =>
  truth.seconds.flatMap(({ versions }) =>
    Object.entries(versions).flatMap(([name, seen]) => (version === undefined || name === version ? [seen] : [])),
  );

const sum = (buckets: GroundTruthSecond["buckets"]): number => buckets.reduce((total, one) => total + one.count, 0);

const lowest = (times: readonly number[], sign = 1): number | undefined =>
  times.length === 0 ? undefined : sign * times.reduce((a, b) => Math.min(a, b));
