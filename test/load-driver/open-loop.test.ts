import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { InputError } from "../../src/failure.ts";
import { type OpenLoopPlan, openLoopDriver, type PlannedRequest } from "../../src/load-driver/open-loop.ts";
import type { LoadResult, NoResult } from "../../src/load-driver.ts";
import type { Ports } from "../../src/ports.ts";
import { exec, runnerPorts } from "../../src/runner/ports.ts";

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Logged extends Ports {
  readonly lines: readonly string[];
}

function loggedPorts(changes: Partial<Ports> = {}): Logged {
  const lines: string[] = [];
  const silent = { info: (line: string) => void lines.push(line), notice() {}, warn() {}, error() {} };
  return { ...runnerPorts(new AbortController().signal), exec, log: silent, ...changes, lines };
}

const get: PlannedRequest = { method: "GET", path: "/", weight: 1 };
const plan = (changes: Partial<OpenLoopPlan> = {}): OpenLoopPlan => ({
  schedule: { rate: 100, for: 500 },
  requests: [get],
  within: 5_000,
  inFlight: 500,
  versionHeader: "x-version",
  ...changes,
});

function finished(outcome: LoadResult | NoResult): LoadResult {
  assert.equal(outcome.kind, "result", JSON.stringify(outcome));
  if (outcome.kind !== "result") throw new Error("no result");
  return outcome;
}

const near = (found: number | undefined, truth: number) => {
  assert.ok(found !== undefined && Math.abs(found - truth) <= 0.05 * truth, `${found} ms, truth ${truth} ms`);
};

test("a server that stalls for 2 s in 10 s shows its true p95 and p99", async () => {
  const stall = { from: 4_000, to: 6_000 };
  const answeredAt: number[] = [];
  let first: number | undefined;
  const url = await serve((_request, response) => {
    const arrived = performance.now();
    first ??= arrived;
    const at = answeredAt.push(Number.NaN) - 1;
    const into = arrived - first;
    const answer = () => {
      answeredAt[at] = performance.now();
      response.end("ok");
    };
    if (into >= stall.from && into < stall.to) setTimeout(answer, stall.to - into);
    else answer();
  });
  // The schedule begins when the driver first looks at the clock.
  let begun: number | undefined;
  const ports = loggedPorts();
  const clock = {
    ...ports.clock,
    monotonic: () => {
      begun ??= performance.now();
      return performance.now();
    },
  };
  const rate = 200;
  const result = finished(
    await openLoopDriver(plan({ schedule: { rate, for: 10_000 } }), { ...ports, clock }).run(url),
  );
  assert.deepEqual(result.offered, { due: 2_000, dropped: 0 });
  assert.deepEqual(result.statuses, { 200: 2_000 });
  const truth = answeredAt.map((at, i) => at - ((begun ?? 0) + ((i + 1) * 1000) / rate)).sort((a, b) => a - b);
  const exact = (quantile: number) => truth[Math.ceil(quantile * truth.length) - 1] ?? Number.NaN;
  assert.ok(exact(0.95) > 1_000, `the stall is in the truth: ${exact(0.95)} ms`);
  near(result.latency.p95, exact(0.95));
  near(result.latency.p99, exact(0.99));
  assert.match(ports.lines.join("\n"), /load test, 5s of 10s: \d+ of 2000 requests sent, 0 dropped, 0 failed, p95/);
});

test("requests that are due while too many have no answer are dropped and counted, never delayed", async () => {
  const url = await serve((_request, response) => void setTimeout(() => response.end(), 400));
  const result = finished(await openLoopDriver(plan({ inFlight: 10 }), loggedPorts()).run(url));
  const { due, dropped } = result.offered;
  assert.equal(due, 50);
  assert.ok(dropped >= 25, `${dropped} dropped`);
  assert.equal(result.requests.total, due - dropped);
});

test("answers are counted by status and by version; what was not expected is bad", async () => {
  let seen = 0;
  const url = await serve((_request, response) => {
    seen += 1;
    response.writeHead(seen % 5 === 0 ? 503 : 200, { "x-version": seen % 2 === 0 ? "v2" : "v1" }).end();
  });
  const result = finished(await openLoopDriver(plan(), loggedPorts()).run(url));
  assert.deepEqual(result.statuses, { 200: 40, 503: 10 });
  assert.deepEqual(result.versions, { v1: 25, v2: 25 });
  assert.deepEqual(result.requests, { total: 50, bad: 10 });
});

test("method, headers and body are sent as written; paths by their weights", async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${request.headers["x-key"] ?? ""} ${Buffer.concat(chunks)}`.trim());
      response.writeHead(request.method === "POST" ? 201 : 200).end();
    });
  });
  const requests: readonly PlannedRequest[] = [
    { ...get, weight: 3 },
    { method: "POST", path: "/tasks?a=1", headers: { "x-key": "k" }, body: "{}", weight: 1, status: 201 },
  ];
  let turn = 0;
  const random = () => (turn++ % 4) / 4;
  const result = finished(await openLoopDriver(plan({ requests }), loggedPorts({ random })).run(url));
  assert.equal(result.requests.bad, 0);
  assert.equal(seen.filter((line) => line === "POST /tasks?a=1 k {}").length, 12);
  assert.equal(seen.filter((line) => line === "GET /").length, 38);
});

test("a variable whose value cannot be a header is told by name, before anything is sent", async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  const requests: readonly PlannedRequest[] = [{ ...get, headers: { "x-key": "secret\r\nx-other: 1" } }];
  await assert.rejects(openLoopDriver(plan({ requests }), loggedPorts()).run(url), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /The header x-key .*mend the value/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  assert.equal(asked, 0);
});

test("a redirect is an answer and is not followed", async () => {
  let strays = 0;
  const stranger = await serve((_request, response) => {
    strays += 1;
    response.end();
  });
  const url = await serve((_request, response) => void response.writeHead(302, { location: stranger }).end());
  const result = finished(await openLoopDriver(plan(), loggedPorts()).run(url));
  assert.deepEqual(result.statuses, { 302: 50 });
  assert.equal(strays, 0);
});

test("no answer in time, a refused connection and half an answer are bad, each by its name", async () => {
  const silent = await serve(() => undefined);
  const late = finished(await openLoopDriver(plan({ within: 150 }), loggedPorts()).run(silent));
  assert.deepEqual(late.statuses, { timeout: 50 });
  assert.deepEqual(late.requests, { total: 50, bad: 50 });
  assert.ok((late.latency.p50 ?? 0) >= 150, "a request without an answer is as slow as its deadline");
  assert.equal(late.throughput, 0);

  const refused = finished(await openLoopDriver(plan(), loggedPorts()).run("http://127.0.0.1:1"));
  assert.deepEqual(refused.statuses, { "no answer": 50 });

  const half = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half");
    setTimeout(() => response.destroy(), 5);
  });
  const cut = finished(await openLoopDriver(plan(), loggedPorts()).run(half));
  assert.deepEqual(cut.statuses, { "no answer": 50 });
});

test("a cancelled job ends the test at once and proves nothing", async () => {
  const url = await serve(() => undefined);
  const cancel = new AbortController();
  const ports = { ...loggedPorts(), cancelled: cancel.signal };
  const running = openLoopDriver(plan({ schedule: { rate: 100, for: 60_000 } }), ports).run(url);
  setTimeout(() => cancel.abort(), 100);
  const outcome = await running;
  assert.equal(outcome.kind, "no-result");
  if (outcome.kind === "no-result") assert.deepEqual([outcome.verdict, outcome.reason], ["hold", "cancelled"]);
});
