import * as http from "node:http";
import * as https from "node:https";
import { createHistogram } from "node:perf_hooks";
import { formatDuration } from "../duration.ts";
import { InputError } from "../failure.ts";
import type { LatencyFigures, LoadDriver, LoadResult, NoResult } from "../load-driver.ts";
import type { Ports } from "../ports.ts";
import { arrivals, arrivalsOf, durationOf, type Schedule } from "./arrivals.ts";

export interface PlannedRequest {
  readonly method: string;
  /** Path and query on the service under test. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** How often it is sent in proportion to the others. */
  readonly weight: number;
  /** The status it must answer with; any from 200 to 399 when absent. */
  readonly status?: number | undefined;
}

export interface OpenLoopPlan {
  readonly schedule: Schedule;
  readonly requests: readonly PlannedRequest[];
  /** Milliseconds from the scheduled time until an answer must be whole. */
  readonly within: number;
  /** A request that is due while so many have no answer yet is dropped, and counted. */
  readonly inFlight: number;
  /** Header of an answer that names the version. */
  readonly versionHeader: string;
}

/** Milliseconds between two looks at what is under way, so that a late answer is given up in time. */
const longestRest = 20;
/** Requests sent without letting answers in. */
const mostInOneGo = 50;
/** Milliseconds a request may leave after its time before it counts as late. */
const lateAfter = 100;
const progressEvery = 5_000;
/** Values a header names that are counted one by one; a server that makes them up must not fill our memory. */
const mostVersions = 50;

/**
 * Sends at the scheduled times whether or not earlier requests were answered, and counts latency from the scheduled
 * time: a closed loop sends less exactly when the server stalls, and hides the stall (G. Tene, "How NOT to Measure
 * Latency": coordinated omission). Redirects are answers, never followed.
 */
export function openLoopDriver(plan: OpenLoopPlan, ports: Ports): LoadDriver {
  return { kind: "open-loop", run: (url) => run(plan, new URL(url), ports) };
}

async function run(plan: OpenLoopPlan, url: URL, ports: Ports): Promise<LoadResult | NoResult> {
  for (const { headers = {} } of plan.requests) for (const entry of Object.entries(headers)) checkHeader(entry);
  const { clock, log, cancelled } = ports;
  const board = newScoreboard();
  const wire = openWire(plan, url, ports, board);
  const total = arrivalsOf(plan.schedule);
  const whole = durationOf(plan.schedule);
  const begun = clock.monotonic();
  let told = 0;
  const rest = async (ms: number) => {
    await clock.sleep(ms, cancelled).catch(() => undefined);
    wire.giveUpLate();
    const elapsed = clock.monotonic() - begun;
    if (elapsed < told + progressEvery || cancelled.aborted) return;
    told = Math.floor(elapsed / progressEvery) * progressEvery;
    log.info(`load test, ${formatDuration(told)} of ${formatDuration(whole)}: ${board.progress(total)}`);
  };

  let inOneGo = 0;
  for (const at of arrivals(plan.schedule)) {
    const due = begun + at;
    // A driver that fell behind must still read the answers that came meanwhile.
    if (++inOneGo >= mostInOneGo) await rest(0);
    if (inOneGo >= mostInOneGo || clock.monotonic() < due) inOneGo = 0;
    while (clock.monotonic() < due && !cancelled.aborted)
      await rest(Math.max(0, Math.min(due - clock.monotonic(), longestRest)));
    if (cancelled.aborted) break;
    wire.send(due);
  }
  while (wire.underWay() > 0 && !cancelled.aborted) await rest(longestRest);
  const seconds = Math.max(whole, clock.monotonic() - begun) / 1000;
  wire.close();
  if (!cancelled.aborted) return board.result(total, seconds);
  const message = `The job was cancelled after ${board.progress(total)}; run it again.`;
  return { kind: "no-result", verdict: "hold", reason: "cancelled", message };
}

/** The requests that are under way. */
interface Wire {
  /** Sends one request that was due at this monotonic time, or drops it. */
  send(due: number): void;
  /** Ends what has had its time. */
  giveUpLate(): void;
  underWay(): number;
  close(): void;
}

interface Exchange {
  readonly planned: PlannedRequest;
  readonly due: number;
  outgoing?: http.ClientRequest;
}

function openWire(plan: OpenLoopPlan, url: URL, { clock, random }: Ports, board: Scoreboard): Wire {
  const { request, Agent } = url.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: plan.inFlight, maxFreeSockets: plan.inFlight });
  const choose = weighted(plan.requests, random);
  // In the order of their times, since all have equally long.
  const underWay = new Set<Exchange>();

  function end(exchange: Exchange, status: number | "timeout" | "no answer", version?: string): void {
    if (!underWay.delete(exchange)) return;
    board.answer(clock.monotonic() - exchange.due, status, isExpected(exchange.planned, status), version);
  }

  function begin(exchange: Exchange): void {
    const { planned } = exchange;
    const outgoing = request(new URL(planned.path, url), {
      agent,
      method: planned.method,
      headers: { "user-agent": "sluice-load-test", ...planned.headers },
    });
    exchange.outgoing = outgoing;
    outgoing.on("response", (answer) => {
      const version = answer.headers[plan.versionHeader];
      answer.on("close", () =>
        answer.complete
          ? end(exchange, answer.statusCode ?? 0, typeof version === "string" ? version : undefined)
          : end(exchange, "no answer"),
      );
      answer.resume();
    });
    outgoing.on("error", (problem) => {
      // The server closed an idle connection just as it was used again: Node's documentation asks to repeat those.
      const closedIdle = outgoing.reusedSocket && "code" in problem && problem.code === "ECONNRESET";
      if (closedIdle && isRepeatable(planned) && underWay.has(exchange)) begin(exchange);
      else end(exchange, "no answer");
    });
    outgoing.end(planned.body);
  }

  return {
    send(due) {
      if (underWay.size >= plan.inFlight) return board.drop();
      board.sent(clock.monotonic() - due);
      const exchange = { planned: choose(), due };
      underWay.add(exchange);
      begin(exchange);
    },
    giveUpLate() {
      for (const exchange of underWay) {
        if (exchange.due + plan.within > clock.monotonic()) return;
        end(exchange, "timeout");
        exchange.outgoing?.destroy();
      }
    },
    underWay: () => underWay.size,
    close() {
      for (const { outgoing } of underWay) outgoing?.destroy();
      underWay.clear();
      agent.destroy();
    },
  };
}

/** Throws `InputError` for a header that cannot be sent: a variable's value is known only here. */
function checkHeader([name, value]: readonly [string, string]): void {
  try {
    http.validateHeaderValue(name, value);
  } catch {
    throw new InputError(
      `The header ${name} of the load test (its value is not shown) holds a line break or another character that ` +
        "cannot be sent; mend the value, or the variable it comes from.",
    );
  }
}

const isRepeatable = ({ method }: PlannedRequest): boolean => method === "GET" || method === "HEAD";

const isExpected = ({ status }: PlannedRequest, found: number | string): boolean =>
  typeof found === "number" && (status === undefined ? found >= 200 && found < 400 : found === status);

function weighted(requests: readonly PlannedRequest[], random: () => number): () => PlannedRequest {
  const all = requests.reduce((sum, { weight }) => sum + weight, 0);
  const last = requests.at(-1);
  if (last === undefined) throw new Error("a load test without a request");
  return () => {
    let left = random() * all;
    for (const request of requests) {
      left -= request.weight;
      if (left < 0) return request;
    }
    return last;
  };
}

interface Scoreboard {
  sent(lateBy: number): void;
  drop(): void;
  answer(ms: number, status: number | string, expected: boolean, version: string | undefined): void;
  progress(total: number): string;
  result(total: number, seconds: number): LoadResult;
}

function newScoreboard(): Scoreboard {
  // Three figures are kept over the whole range, from a microsecond to an hour.
  const latencies = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  const statuses = new Map<string, number>();
  const versions = new Map<string, number>();
  let [sent, dropped, late, answered, bad, sum] = [0, 0, 0, 0, 0, 0];
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const milliseconds = (quantile: number) => latencies.percentile(quantile * 100) / 1000;
  return {
    sent(lateBy) {
      sent += 1;
      if (lateBy > lateAfter) late += 1;
    },
    drop() {
      dropped += 1;
    },
    answer(ms, status, expected, version) {
      latencies.record(Math.min(3_600_000_000, Math.max(1, Math.round(ms * 1000))));
      sum += ms;
      if (!expected) bad += 1;
      count(statuses, String(status));
      if (typeof status !== "number") return;
      answered += 1;
      const name = version?.slice(0, 60) ?? "unknown";
      count(versions, versions.size < mostVersions || versions.has(name) ? name : "others");
    },
    progress: (total) =>
      `${sent} of ${total} requests sent, ${dropped} dropped, ${bad} failed, p95 ${Math.round(milliseconds(0.95))} ms`,
    result: (total, seconds) => ({
      kind: "result",
      source: "the open-loop driver",
      seconds,
      offered: { due: total, dropped },
      requests: { total: sent, bad },
      checks: { total: sent, bad },
      latency: sent === 0 ? {} : figuresOf(milliseconds, sum / sent, latencies.max / 1000),
      throughput: answered / seconds,
      statuses: Object.fromEntries(statuses),
      versions: Object.fromEntries(versions),
      late,
    }),
  };
}

const figuresOf = (at: (quantile: number) => number, mean: number, max: number): LatencyFigures => ({
  mean,
  p50: at(0.5),
  p75: at(0.75),
  p90: at(0.9),
  p95: at(0.95),
  p99: at(0.99),
  max,
});
