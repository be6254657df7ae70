import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { bucketMs, type GroundTruthLine, type GroundTruthSecond, isFailure } from "./ground-truth.ts";

export interface TrafficOptions {
  /** Production, as users reach it. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  /** A request that is due while so many are without an answer is dropped, and counted. */
  readonly maxInFlight: number;
  /** Milliseconds after which a request without an answer has failed. */
  readonly answerWithinMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Takes the ground truth, line by line as it becomes known. */
  readonly record: (line: GroundTruthLine) => void;
}

export interface Traffic {
  /** Sends nothing new, waits for what is under way, and records the end. */
  stop(): Promise<void>;
}

/** The part of requests that goes to the page that reads the database. */
const notesShare = 0.1;
const everyMs = 2;

interface VersionTally {
  latencies: number[];
  failures: number;
  undelivered: number;
  first: number;
  last: number;
  firstFailure: number | undefined;
}

/**
 * An open-loop driver: requests leave at a constant rate whether or not earlier ones were answered, and latency counts
 * from the time a request was due. A closed loop would send less exactly when production is in trouble, and hide it
 * (G. Tene, "How NOT to Measure Latency": coordinated omission).
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { hostname, port } = new URL(options.url);
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxInFlight, maxFreeSockets: options.maxInFlight });
  // Monotonic, and yet comparable with the times other processes of this machine write down.
  const now = (): number => performance.timeOrigin + performance.now();
  const startedAt = now();
  const tally = createTally(startedAt);
  let due = 0;
  let inFlight = 0;
  let seconds = 0;
  let idle = (): void => undefined;
  options.record({ kind: "start", url: options.url, rate: options.rate, startedAt });

  const settle = (dueAt: number, status: number, headers: IncomingHttpHeaders): void => {
    inFlight -= 1;
    tally.answer(now(), dueAt, status, headers);
    if (inFlight === 0) idle();
  };

  const send = (dueAt: number): void => {
    if (inFlight >= options.maxInFlight) {
      tally.dropped += 1;
      return;
    }
    inFlight += 1;
    tally.sent += 1;
    // Drawn and not counted off: "every tenth" would fall in step with the router and reach one version only.
    const path = options.random() < notesShare ? "/api/notes" : "/";
    const outgoing = request({ host: hostname, port, path, agent, timeout: options.answerWithinMs });
    let answered = false;
    outgoing.on("response", (answer) => {
      answered = true;
      answer.on("close", () => settle(dueAt, answer.complete ? (answer.statusCode ?? 0) : 0, answer.headers));
      answer.resume();
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => {
      if (!answered) settle(dueAt, 0, {});
    });
    outgoing.end();
  };

  const closeSecond = (): void => {
    options.record(tally.second(seconds, inFlight));
    seconds += 1;
  };

  const timer = setInterval(() => {
    const elapsed = now() - startedAt;
    const dueNow = Math.floor((elapsed * options.rate) / 1000);
    for (; due < dueNow; due += 1) send(startedAt + (due * 1000) / options.rate);
    if (elapsed >= (seconds + 1) * 1000) closeSecond();
  }, everyMs);

  return {
    async stop() {
      clearInterval(timer);
      if (inFlight > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      closeSecond();
      options.record({ kind: "end", endedAt: now() });
      agent.destroy();
    },
  };
}

interface Tally {
  sent: number;
  dropped: number;
  answer(at: number, dueAt: number, status: number, headers: IncomingHttpHeaders): void;
  /** What was seen since the last call. */
  second(second: number, inFlight: number): GroundTruthSecond;
}

function createTally(startedAt: number): Tally {
  let versions = new Map<string, VersionTally>();
  let buckets = new Map<string, GroundTruthSecond["buckets"][number]>();

  const versionTally = (version: string, at: number): VersionTally => {
    const known = versions.get(version);
    if (known !== undefined) return known;
    const fresh = { latencies: [], failures: 0, undelivered: 0, first: at, last: at, firstFailure: undefined };
    versions.set(version, fresh);
    return fresh;
  };

  return {
    sent: 0,
    dropped: 0,

    answer(at, dueAt, status, headers) {
      const own = headerOf(headers, "x-version");
      const delivered = own !== undefined && status !== 0;
      const version = own ?? headerOf(headers, "x-served-by") ?? "none";
      const seen = versionTally(version, at);
      seen.latencies.push(at - dueAt);
      seen.last = at;
      if (!delivered) seen.undelivered += 1;
      if (isFailure(status)) {
        seen.failures += 1;
        seen.firstFailure ??= at;
      }
      const step = Math.floor((at - startedAt) / bucketMs);
      const key = `${step} ${version} ${status} ${delivered}`;
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, { at: step, version, status, delivered, count: 1 });
      else bucket.count += 1;
    },

    second(second, inFlight) {
      const all = [...versions.values()].flatMap(({ latencies }) => latencies);
      const line: GroundTruthSecond = {
        kind: "second",
        second,
        sent: this.sent,
        dropped: this.dropped,
        inFlight,
        ...percentiles(all),
        versions: Object.fromEntries([...versions].map(([version, seen]) => [version, versionSecond(seen)])),
        buckets: [...buckets.values()],
      };
      versions = new Map();
      buckets = new Map();
      this.sent = 0;
      this.dropped = 0;
      return line;
    },
  };
}

function versionSecond(seen: VersionTally): GroundTruthSecond["versions"][string] {
  const { latencies, failures, undelivered, first, last, firstFailure } = seen;
  return {
    answers: latencies.length,
    failures,
    undelivered,
    ...percentiles(latencies),
    first,
    last,
    ...(firstFailure === undefined ? {} : { firstFailure }),
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Nearest rank, in milliseconds with one decimal; 0 when nothing was answered. */
function percentiles(latencies: readonly number[]): { readonly p50: number; readonly p95: number } {
  const sorted = Float64Array.from(latencies).sort();
  const at = (part: number): number => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  const rounded = (value: number): number => Math.round(value * 10) / 10;
  return { p50: rounded(at(0.5)), p95: rounded(at(0.95)) };
}
