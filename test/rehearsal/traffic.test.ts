import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { InputError } from "../../src/failure.ts";
import {
  answersIn,
  failuresIn,
  firstAnswerAt,
  firstFailureAt,
  type GroundTruth,
  type GroundTruthLine,
  lastAnswerAt,
  readGroundTruth,
  sentIn,
  trafficShare,
  versionsIn,
} from "../../src/rehearsal/ground-truth.ts";
import { startTraffic, type Traffic, type TrafficOptions } from "../../src/rehearsal/traffic.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { eventually, tinyCommit } from "./tiny-commit.ts";

interface Production extends AsyncDisposable {
  readonly url: string;
  readonly requests: { readonly path: string; readonly at: number }[];
}

async function production(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<Production> {
  const requests: Production["requests"] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push({ path: incoming.url ?? "", at: Date.now() });
    answer(incoming, outgoing);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function record(url: string, more: Partial<TrafficOptions> = {}): { traffic: Traffic; truth: () => GroundTruth } {
  const lines: GroundTruthLine[] = [];
  const traffic = startTraffic({
    url,
    rate: 500,
    maxInFlight: 200,
    answerWithinMs: 5_000,
    random: Math.random,
    record: (line) => lines.push(line),
    ...more,
  });
  return { traffic, truth: () => readGroundTruth(lines.map((line) => `${JSON.stringify(line)}\n`).join("")) };
}

test("every answer is recorded once, with its status, under the version that gave it", async () => {
  let n = 0;
  const statuses = [200, 200, 500, 302, 404];
  await using site = await production((_, outgoing) => {
    n += 1;
    outgoing.writeHead(statuses[n % 5] ?? 200, { "x-version": n % 2 === 0 ? "even" : "odd" }).end("ok");
  });
  const { traffic, truth } = record(site.url);
  await eventually("600 requests arrived", () => site.requests.length >= 600);
  await traffic.stop();
  const seen = truth();
  assert.equal(answersIn(seen), n);
  assert.deepEqual(sentIn(seen), { sent: n, dropped: 0 });
  assert.deepEqual([...versionsIn(seen)].sort(), ["even", "odd"]);
  assert.equal(answersIn(seen, { version: "even" }), Math.floor(n / 2));
  const perStatus = (remainder: number): number => Math.floor((n - remainder) / 5) + (remainder === 0 ? 0 : 1);
  assert.equal(failuresIn(seen), perStatus(2) + perStatus(4));
  assert.equal(failuresIn(seen, { delivered: false }), 0);
  assert.ok(seen.endedAt !== undefined);
  const buckets = seen.seconds.flatMap(({ versions }) => Object.values(versions));
  assert.equal(
    buckets.reduce((sum, { answers }) => sum + answers, 0),
    n,
  );
});

test("one request in ten asks for the page that reads the database", async () => {
  await using site = await production((_, outgoing) => outgoing.end("ok"));
  let draws = 0;
  const { traffic } = record(site.url, { rate: 1_000, random: () => (draws++ % 10) / 10 });
  await eventually("500 requests arrived", () => site.requests.length >= 500);
  await traffic.stop();
  const notes = site.requests.filter(({ path }) => path === "/api/notes").length;
  assert.equal(notes, Math.ceil(draws / 10));
  assert.ok(site.requests.every(({ path }) => path === "/" || path === "/api/notes"));
});

test("a stall of production does not slow the driver down, and counts against every request that was due in it", async () => {
  let stalled: ServerResponse[] | undefined = [];
  await using site = await production((_, outgoing) => {
    if (stalled === undefined) outgoing.end("ok");
    else stalled.push(outgoing);
  });
  const { traffic, truth } = record(site.url, { rate: 200, maxInFlight: 1_000 });
  // A closed loop would have sent its few and then waited.
  await eventually("100 requests wait", () => (stalled?.length ?? 0) >= 100);
  const held = stalled;
  stalled = undefined;
  for (const outgoing of held) outgoing.end("late");
  await eventually("200 requests arrived", () => site.requests.length >= 200);
  await traffic.stop();
  const slow = Math.max(...truth().seconds.map(({ p95 }) => p95));
  assert.ok(slow > 300, `p95 ${slow} ms`);
  assert.equal(failuresIn(truth()), 0);
});

test("requests beyond the cap are dropped and counted, and never sent", async () => {
  await using site = await production(() => undefined);
  const { traffic, truth } = record(site.url, { maxInFlight: 5, answerWithinMs: 400 });
  await eventually("five requests wait", () => site.requests.length >= 5);
  await eventually("requests were dropped", () => truth().seconds.some(({ dropped }) => dropped > 0));
  await traffic.stop();
  const { sent, dropped } = sentIn(truth());
  assert.equal(sent, site.requests.length);
  assert.ok(dropped > 0);
  // Nobody answered them, so they failed, and no version is to blame.
  assert.equal(failuresIn(truth(), { version: "none", delivered: false }), sent);
});

test("an answer of the router is told apart from an answer of the version, and a broken one from a whole one", async () => {
  let n = 0;
  await using site = await production((_, outgoing) => {
    n += 1;
    if (n % 3 === 0) outgoing.writeHead(502, { "x-served-by": "v2" }).end("bad gateway");
    else if (n % 3 === 1) outgoing.writeHead(500, { "x-version": "v2", "x-served-by": "v2" }).end("oops");
    else {
      outgoing.writeHead(200, { "x-version": "v2", "content-length": "100" });
      outgoing.write("half", () => outgoing.destroy());
    }
  });
  const { traffic, truth } = record(site.url);
  await eventually("300 requests arrived", () => site.requests.length >= 300);
  await traffic.stop();
  assert.equal(failuresIn(truth(), { version: "v2" }), n);
  assert.equal(failuresIn(truth(), { version: "v2", delivered: true }), Math.ceil(n / 3));
});

test("first and last answers are exact, and windows select by time", async () => {
  let serving = "v1";
  await using site = await production((_, outgoing) => {
    outgoing.writeHead(serving === "v2" ? 500 : 200, { "x-version": serving }).end("ok");
  });
  const { traffic, truth } = record(site.url);
  await eventually("150 requests for v1", () => site.requests.length >= 150);
  const switchedAt = Date.now();
  serving = "v2";
  await eventually("150 requests for v2", () => site.requests.length >= 300);
  await traffic.stop();
  const seen = truth();
  const tolerance = 100;
  const near = (time: number | undefined): boolean => Math.abs((time ?? 0) - switchedAt) < tolerance;
  assert.ok(near(lastAnswerAt(seen, "v1")));
  assert.ok(near(firstAnswerAt(seen, "v2")));
  assert.equal(firstFailureAt(seen), firstAnswerAt(seen, "v2"));
  assert.equal(firstFailureAt(seen, "v1"), undefined);
  assert.equal(lastAnswerAt(seen, "v9"), undefined);
  const after = { from: switchedAt + tolerance, to: Date.now() };
  assert.equal(trafficShare(seen, "v2", after)?.share, 1);
  assert.equal(answersIn(seen, { version: "v1", ...after }), 0);
  assert.equal(trafficShare(seen, "v2", { from: 0, to: 1 }), undefined);
});

test("the record of a driver that was killed still holds, without its unfinished line", () => {
  const start = JSON.stringify({ kind: "start", url: "http://x", rate: 1, startedAt: 5 });
  const cut = readGroundTruth(`${start}\n{"kind":"second","sec`);
  assert.equal(cut.endedAt, undefined);
  assert.deepEqual(cut.seconds, []);
  for (const [broken, message] of [
    ["", /begins with nothing instead of its start line/],
    [`${start}\nnonsense\n`, /^Line 2 of the ground truth is not JSON/],
    [`${start}\n{"kind":"minute"}\n`, /^Line 2 of the ground truth cannot be read/],
  ] as const) {
    assert.throws(
      () => readGroundTruth(broken),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
});

test("the process records to its file and to standard output alike, and completes both when it is asked to end", async () => {
  await using commit = await tinyCommit();
  await using site = await production((_, outgoing) => outgoing.writeHead(200, { "x-version": "v1" }).end("ok"));
  const main = fileURLToPath(new URL("../../src/rehearsal/traffic-main.ts", import.meta.url));
  const file = join(commit.scratch, "truth.ndjson");
  for (const end of ["SIGTERM", "end of input"]) {
    const before = site.requests.length;
    const child = spawn(process.execPath, [main, "--url", site.url, "--record", file, "--rate", "200"]);
    const printed = text(child.stdout);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await eventually("requests arrive", () => site.requests.length >= before + 100);
    if (end === "SIGTERM") child.kill("SIGTERM");
    else child.stdin.end();
    assert.equal(await exited, 0);
    assert.equal(await printed, await readFile(file, "utf8"));
    const truth = readGroundTruth(await printed);
    assert.equal(answersIn(truth, { version: "v1" }), site.requests.length - before);
    assert.ok(truth.endedAt !== undefined);
  }
  const wrong = spawn(process.execPath, [main, "--url", site.url, "--record", file, "--rate", "many"]);
  assert.match(await text(wrong.stderr), /--rate is "many" and must be a number/);
  assert.equal(wrong.exitCode ?? (await new Promise((resolve) => wrong.once("exit", resolve))), 2);
});
