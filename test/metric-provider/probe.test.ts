import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { after, test } from "node:test";
import { type ProbeConfig, probeProvider } from "../../src/metric-provider/probe.ts";
import { realPorts, told } from "./real-part.ts";

let answer: (response: ServerResponse, nth: number) => void = () => undefined;
let asked = 0;
const server = createServer((_, response) => answer(response, asked++));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const bound = server.address();
assert.ok(typeof bound === "object" && bound !== null);
const address = `http://127.0.0.1:${bound.port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

const probe = (answers: typeof answer, config: Partial<ProbeConfig> = {}) => {
  answer = answers;
  asked = 0;
  const whole = { get: "/health", status: 200, requests: 5, within: 1_000, measure: "failures", ...config } as const;
  return probeProvider(whole, realPorts()).measure({ from: 0, to: 1 }, { version: "v2", address });
};

test("five good answers are five good requests, marked as synthetic", async () => {
  const from = Date.now();
  const measured = await probe((response) => response.end("ok"));
  assert.equal(told(measured), "counts 0/5");
  assert.equal(asked, 5);
  assert.ok(measured.kind === "counts" && measured.window.from >= from && measured.window.to <= Date.now() + 1);
  assert.equal(measured.source, `synthetic requests to ${address}/health`);
});

test("another status, a redirect, a cached answer and a broken connection are failures", async () => {
  const measured = await probe((response, nth) => {
    if (nth === 0) response.writeHead(500).end();
    else if (nth === 1) response.writeHead(302, { location: "/login" }).end();
    else if (nth === 2) response.writeHead(200, { age: "5" }).end();
    else if (nth === 3) response.destroy();
    else response.end();
  });
  assert.equal(told(measured), "counts 4/5");
});

test("an answer that never ends is a failure at the deadline", async () => {
  const measured = await probe((response) => void response.write("a"), { within: 100, requests: 2 });
  assert.equal(told(measured), "counts 2/2");
});

test("a server nobody reaches fails every request: that is a finding, not missing data", async () => {
  const config = { get: "/", status: 200, requests: 2, within: 500, measure: "failures" } as const;
  const nowhere = { version: "v2", address: "http://127.0.0.1:1" };
  assert.equal(told(await probeProvider(config, realPorts()).measure({ from: 0, to: 1 }, nowhere)), "counts 2/2");
});

test("requests leave on time though the server answers none of them yet: an open loop", async () => {
  const waiting: ServerResponse[] = [];
  const measured = await probe((response) => {
    waiting.push(response);
    if (waiting.length === 5) for (const each of waiting) each.end();
  });
  assert.equal(told(measured), "counts 0/5");
});

test("requests are due 50 ms apart, whatever the ones before do", async () => {
  const waits: number[] = [];
  const clock = { now: () => 1, monotonic: () => 0, sleep: async (ms: number) => void waits.push(ms) };
  answer = (response) => void response.end();
  const config = { get: "/", status: 200, requests: 4, within: 1_000, measure: "failures" } as const;
  await probeProvider(config, { ...realPorts(), clock }).measure({ from: 0, to: 1 }, { version: "v2", address });
  assert.deepEqual(waits, [50, 100, 150]);
});

test("latency counts from when a request was due; a failure is slower than every bound", async () => {
  const measured = await probe((response, nth) => void (nth === 0 ? response.writeHead(500) : response).end(), {
    measure: "latency",
  });
  assert.ok(measured.kind === "histogram");
  const [last, before] = [measured.buckets.at(-1), measured.buckets.at(-2)];
  assert.deepEqual([last?.count, before?.count], [5, 4]);
  for (const [i, { le }] of measured.buckets.entries()) assert.ok(i === 0 || le > (measured.buckets[i - 1]?.le ?? 0));
});

test("a version without an address is no data", async () => {
  const config = { get: "/", status: 200, requests: 1, within: 500, measure: "failures" } as const;
  assert.equal(
    told(await probeProvider(config, realPorts()).measure({ from: 0, to: 1 }, { version: "v2" })),
    "no-address",
  );
});
