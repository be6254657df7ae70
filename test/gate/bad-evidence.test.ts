import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { checkOf } from "../../src/check/check-of.ts";
import { InputError } from "../../src/failure.ts";
import type { MetricShape } from "../../src/gate/limit-test.ts";
import { readK6Summary } from "../../src/load-driver/k6-summary.ts";
import { expositionProvider } from "../../src/metric-provider/exposition.ts";
import { jsonProvider } from "../../src/metric-provider/json.ts";
import { probeProvider } from "../../src/metric-provider/probe.ts";
import { prometheusProvider } from "../../src/metric-provider/prometheus.ts";
import { redisProvider } from "../../src/metric-provider/redis.ts";
import { sentryProvider } from "../../src/metric-provider/sentry.ts";
import type { Measurement, MetricProvider } from "../../src/metric-provider.ts";
import { alone, CANDIDATE, histogram, run, SECOND, stamp } from "../gate-world.ts";
import { realPorts, told } from "../metric-provider/real-part.ts";
import { startSentryTwin } from "../metric-provider/twins/sentry.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

/*
 * Bad evidence, by the identifiers of the catalogue of bad input: whatever a source says, none of it ever becomes a
 * pass. Most of it is no data; what is refused outright is an error.
 */

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const says =
  (body: string | Uint8Array, type = "text/plain", headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-type": type, ...headers }).end(body);
  };

/** What a gate makes of a source that says this at every look, in spite of all time it has. */
function verdictOf(measured: Measurement, limit: string, shape: MetricShape): string {
  const gate = { ...alone([limit], { maxHold: 30 * SECOND }), metrics: { [metricOf(limit)]: shape } };
  const { verdict } = run(gate, (now) => {
    const times = { window: { from: now - SECOND, to: now }, observedAt: now, version: CANDIDATE };
    return { [metricOf(limit)]: { candidate: measured.kind === "no-data" ? measured : { ...measured, ...times } } };
  });
  return verdict.verdict;
}

const metricOf = (limit: string) => (limit.startsWith("p") ? "latency" : (limit.split(" ")[0] ?? ""));
const counts: MetricShape = { kind: "counts" };

/** Two looks, so that running totals have a beginning; no data, and never a pass. */
async function neverPasses(provider: MetricProvider, address: string, reason: string, limit = "error-rate < 50%") {
  const look = (from: number) => provider.measure({ from, to: Date.now() }, { version: CANDIDATE, address });
  await look(Date.now() - 60_000);
  const measured = await look(Date.now() - 30_000);
  assert.equal(told(measured), reason, JSON.stringify(measured));
  assert.notEqual(verdictOf(measured, limit, counts), "pass");
}

const exposition = (total = "requests_total") =>
  expositionProvider({ path: "/metrics", bad: "errors_total", total, by: "version" }, realPorts());
const version = `version="${CANDIDATE}"`;

test("B89 health answers 200 while its body says degraded, or no database", async (t) => {
  for (const body of [
    { status: "degraded", database: true },
    { status: "ok", database: false },
    { status: "ok" },
    [],
  ]) {
    const url = await serve(t, says(JSON.stringify(body), "application/json"));
    const spec = { get: "/api/health", status: 200, json: { status: "ok", database: true } } as const;
    const check = await checkOf(spec, { ports: quietPorts(), variables: {} });
    const verdict = await check.run({ directory: ".", url, commit: "a".repeat(40) });
    assert.equal(verdict.verdict, "fail", JSON.stringify(body));
  }
});

test("B90 an answer from a cache, or of another build", async (t) => {
  const page = JSON.stringify({ version: CANDIDATE, bad: 0, total: 9 });
  const cached = await serve(t, says(page, "application/json", { age: "30" }));
  const config = { path: "/m", version: "version", bad: "bad", total: "total" };
  await neverPasses(jsonProvider(config, realPorts()), cached, "stale");
  for (const age of ["5, 7", "a while"]) {
    const odd = await serve(t, says(page, "application/json", { age }));
    await neverPasses(jsonProvider(config, realPorts()), odd, "stale");
  }
  const metrics = `errors_total{${version}} 0\nrequests_total{${version}} 5\n`;
  await neverPasses(exposition(), await serve(t, says(metrics, "text/plain", { age: "30" })), "stale");
  const other = await serve(t, says(page.replace(CANDIDATE, "other"), "application/json"));
  await neverPasses(jsonProvider(config, realPorts()), other, "other-version");
  const probe = probeProvider({ get: "/", status: 200, requests: 2, within: 5_000, measure: "failures" }, realPorts());
  const measured = await probe.measure({ from: 0, to: Date.now() }, { version: CANDIDATE, address: cached });
  assert.equal(told(measured), "counts 2/2", "a cached answer is a bad one");
});

test("B91 bodies of 50 MB, without an end, or binary", async (t) => {
  const huge = await serve(t, says(Buffer.alloc(50 * 1_048_576, "requests_total 1\n")));
  await neverPasses(exposition(), huge, "too-large");
  const endless = await serve(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    const more = (): void => {
      while (response.write("requests_total 1\n".repeat(1_000)));
      response.once("drain", more);
    };
    more();
  });
  await neverPasses(exposition(), endless, "too-large");
  const binary = await serve(t, says(Uint8Array.from({ length: 4_096 }, (_, i) => (i * 37) % 256)));
  const measured = await exposition().measure({ from: 0, to: 1 }, { version: CANDIDATE, address: binary });
  assert.equal(measured.kind, "no-data");
});

test("B91 a few bytes that unfold to 200 MB, and an answer that trickles", async (t) => {
  const bomb = gzipSync(Buffer.alloc(200 * 1_048_576, 32));
  const folded = await serve(t, says(bomb, "application/json", { "content-encoding": "gzip" }));
  await neverPasses(exposition(), folded, "too-large");
  await neverPasses(jsonProvider({ path: "/m", bad: "bad", total: "total" }, realPorts()), folded, "too-large");
  const dripping = await serve(t, (_, response) => {
    const drops = setInterval(() => response.write("requests_total 1\n"), 20);
    response.on("close", () => clearInterval(drops));
  });
  const patient = { path: "/metrics", bad: "errors_total", total: "requests_total" };
  await neverPasses(expositionProvider(patient, realPorts(), { deadline: 300 }), dripping, "unreachable");
});

test("a credential that no header can carry, or that is encoded wrongly, is an error without its text", async (t) => {
  const url = await serve(t, says("{}"));
  const bare = { url, by: "version", bad: "errors_total", total: "requests_total" };
  for (const token of ["se\ncret", "secret…", "Bearer secret", " "]) {
    const provider = prometheusProvider({ ...bare, token }, realPorts());
    await assert.rejects(provider.measure({ from: 0, to: 1 }, { version: CANDIDATE }), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /store it again/);
      assert.doesNotMatch(error.message, /cret/);
      return true;
    });
  }
  assert.throws(
    () => redisProvider({ url: "redis://user:se%zzcret@127.0.0.1:6379", measure: "misses" }, realPorts()),
    (error) => error instanceof InputError && /%25/.test(error.message) && !error.message.includes("cret"),
  );
});

const texts: readonly (readonly [string, string])[] = [
  ["a web page", "<!doctype html><html><title>Sign in</title></html>"],
  ["the same series twice", `errors_total{${version}} 0\nrequests_total{${version}} 5\nrequests_total{${version}} 6\n`],
  ["NaN", `errors_total{${version}} 0\nrequests_total{${version}} NaN\n`],
  ["+Inf", `errors_total{${version}} 0\nrequests_total{${version}} +Inf\n`],
  ["a negative total", `errors_total{${version}} 0\nrequests_total{${version}} -4\n`],
  ["a number with a unit", `errors_total{${version}} 0\nrequests_total{${version}} 5ms\n`],
  ["a sample of the future", `errors_total{${version}} 0\nrequests_total{${version}} 5 ${Date.now() + 3_600_000}\n`],
  ["a label that is never closed", `errors_total{${version}} 0\nrequests_total{${version} 5\n`],
  ["labels that changed", `errors_total{build="${CANDIDATE}"} 0\nrequests_total{build="${CANDIDATE}"} 5\n`],
  ["nothing", ""],
];
for (const [name, body] of texts)
  test(`B92 a metrics page that says ${name}`, async (t) => {
    const address = await serve(t, says(body));
    const provider = exposition();
    const look = () => provider.measure({ from: Date.now() - 60_000, to: Date.now() }, { version: CANDIDATE, address });
    for (const measured of [await look(), await look(), await look()])
      assert.notEqual(verdictOf(measured, "error-rate < 50%", counts), "pass", told(measured));
  });

test("B92 counters that go down, and a page without its type lines or its end", async (t) => {
  let total = 100;
  const page = () => `errors_total{${version}} 0\nrequests_total{${version}} ${total}\n`;
  const address = await serve(t, (_, response) => void response.end(page()));
  const provider = exposition();
  const look = async () => told(await provider.measure({ from: 0, to: Date.now() }, { version: CANDIDATE, address }));
  assert.match(await look(), /first-look/);
  total = 7;
  assert.match(await look(), /counter-reset/);
  total = 9;
  assert.equal(await look(), "counts 0/2", "untyped pages without # EOF are read");
});

const prometheusAnswers: readonly (readonly [string, unknown, string])[] = [
  ["no series", { status: "success", data: { resultType: "matrix", result: [] } }, "no-series"],
  ["a string", { status: "success", data: { resultType: "string", result: [1, "yes"] } }, "unparsable"],
  ["a scalar", { status: "success", data: { resultType: "scalar", result: [1, "NaN"] } }, "unparsable"],
  ["a null", null, "unparsable"],
  ["an empty list", [], "unparsable"],
  ["an error in a 200", { status: "error", error: "parse error" }, "unparsable"],
];
for (const [name, body, reason] of prometheusAnswers)
  test(`B93 a query that answers ${name}`, async (t) => {
    const url = await serve(t, says(JSON.stringify(body), "application/json"));
    const config = { url, by: "version", bad: "errors_total", total: "requests_total" };
    await neverPasses(prometheusProvider(config, realPorts()), "", reason);
  });

test("B93 a query that answers two series where one is expected", async (t) => {
  const value = [Date.now() / 1000, "0.5"];
  const result = ["a", "b"].map((instance) => ({ metric: { instance, version: CANDIDATE }, value }));
  const body = { status: "success", data: { resultType: "vector", result } };
  const url = await serve(t, says(JSON.stringify(body), "application/json"));
  const provider = prometheusProvider({ url, by: "version", value: "memory_ratio" }, realPorts());
  const measured = await provider.measure({ from: 0, to: Date.now() }, { version: CANDIDATE });
  assert.equal(told(measured), "ambiguous");
});

const latency: MetricShape = { kind: "histogram", dimension: "time" };
const INF = Number.POSITIVE_INFINITY;

test("B94 buckets in seconds where milliseconds are limited, and the other way round", () => {
  const seconds = [0.1, 0.25, 0.5, 1].map((le): [number, number] => [le, 900]);
  const microseconds = [100_000, 250_000, 500_000].map((le): [number, number] => [le, 900]);
  for (const buckets of [seconds, microseconds]) {
    const measured = histogram(0, CANDIDATE, [...buckets, [INF, 1_000]]);
    assert.equal(verdictOf(measured, "p95 < 500ms", latency), "hold");
  }
});

test("B94 a limit beyond the last bucket could never be seen to break, so it never passes", () => {
  const measured = histogram(0, CANDIDATE, [
    [100, 900],
    [1_000, 1_000],
    [INF, 1_000],
  ]);
  assert.equal(verdictOf(measured, "p95 < 1s", latency), "pass");
  assert.equal(verdictOf(measured, "p95 < 2s", latency), "hold");
});

const oddNumbers: readonly (readonly [string, Measurement, MetricShape, string])[] = (
  [
    ["NaN", Number.NaN],
    ["an infinity", INF],
    ["a negative number", -1],
  ] as const
).flatMap(([name, odd]): readonly (readonly [string, Measurement, MetricShape, string])[] => [
  [
    `${name} of bad events`,
    { kind: "counts", bad: odd, total: 50, ...stamp(0, CANDIDATE) },
    counts,
    "error-rate < 50%",
  ],
  [`${name} of events`, { kind: "counts", bad: 0, total: odd, ...stamp(0, CANDIDATE) }, counts, "error-rate < 50%"],
  [`${name} as a value`, { kind: "value", value: odd, ...stamp(0, CANDIDATE) }, { kind: "value" }, "queue < 9"],
  [
    `${name} in a bucket`,
    histogram(0, CANDIDATE, [
      [100, odd],
      [INF, 1_000],
    ]),
    latency,
    "p95 < 100ms",
  ],
]);
for (const [name, measured, shape, limit] of oddNumbers)
  test(`B92 ${name} reaches the gate`, () => assert.equal(verdictOf(measured, limit, shape), "hold"));

const summaries: readonly (readonly [string, string])[] = [
  ["missing: the run crashed", ""],
  ["cut off", '{"metrics": {'],
  ["without metrics", '{"root_group": {}, "metrics": {}}'],
  ["of another form", '{"results": []}'],
  ["a list", "[]"],
  ["a null", "null"],
];
for (const [name, text] of summaries)
  test(`B95 a k6 summary that is ${name}`, () => {
    let read: unknown;
    try {
      read = readK6Summary(text);
    } catch (error) {
      assert.ok(error instanceof InputError || error instanceof Error);
      return;
    }
    assert.doesNotMatch(JSON.stringify(read), /"total":[1-9]/, "nothing is made up");
  });

test("B96 Sentry: a rate limit, a wrong project and an unknown release are no data or an error, never zero errors", async (t) => {
  const sentry = await startSentryTwin();
  t.after(() => sentry.stop());
  const open = (project: string) =>
    sentryProvider(
      {
        url: sentry.url,
        token: "sntrys_secret",
        organization: "acme",
        project,
        release: "$version",
        measure: "errors",
      },
      realPorts(),
    );
  const window = { from: Date.now() - 60_000, to: Date.now() };
  const look = (project = "shop") => open(project).measure(window, { version: CANDIDATE });
  const unknown = await look();
  assert.equal(unknown.kind, "no-data");
  sentry.releases.add(CANDIDATE);
  assert.equal(told(await look()), "value 0", "known, and nothing happened");
  sentry.instead = { status: 429, body: "{}" };
  const limited = await look();
  assert.equal(told(limited), "rate-limited");
  await assert.rejects(look("wrong-project"));
  for (const measured of [unknown, limited])
    assert.notEqual(verdictOf(measured, "queue < 9", { kind: "value" }), "pass");
});
