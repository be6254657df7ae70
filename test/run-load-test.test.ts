import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { parseLimit } from "../src/limit.ts";
import type { LoadResult } from "../src/load-driver.ts";
import { leastSample } from "../src/load-limit.ts";
import { loadTest } from "../src/load-test-spec.ts";
import type { Ports } from "../src/ports.ts";
import { readBySchema } from "../src/read-by-schema.ts";
import { judgeRun, runLoadTest } from "../src/run-load-test.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { runnerPorts } from "../src/runner/ports.ts";

const ports: Ports = {
  ...runnerPorts(new AbortController().signal),
  log: { info() {}, notice() {}, warn() {}, error() {} },
};

function limitOf(text: string) {
  const { limit, problems } = parseLimit(text, []);
  assert.ok(limit, JSON.stringify(problems));
  return limit;
}

function stepOf(text: string) {
  const read = readBySchema(text, "step", loadTest);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const run: LoadResult = {
  kind: "result",
  source: "the open-loop driver",
  seconds: 10,
  offered: { due: 2000, dropped: 0 },
  requests: { total: 2000, bad: 10 },
  checks: { total: 2000, bad: 10 },
  latency: { mean: 12, p50: 8, p75: 9, p90: 20, p95: 40, p99: 900, max: 1200 },
  throughput: 199,
  statuses: { 200: 1990, 503: 10 },
  versions: { v2: 2000 },
  late: 0,
};

const judged = (limits: readonly string[], changes: Partial<LoadResult> = {}) =>
  judgeRun({ limits: limits.map(limitOf) }, { ...run, ...changes });

const rows: readonly (readonly [string, readonly string[], Partial<LoadResult>, string, string, RegExp])[] = [
  [
    "limits that hold",
    ["error-rate < 1%", "p99 < 1s", "throughput > 150/s"],
    {},
    "pass",
    "limits-hold",
    /`error-rate < 1%` holds: error-rate 0\.5% of 2,000 requests; `p99 < 1s` holds: p99 900 ms/,
  ],
  [
    "a broken percentile",
    ["p99 < 500ms"],
    {},
    "fail",
    "limit-broken",
    /`p99 < 500ms` is broken: p99 900 ms of 2,000 requests/,
  ],
  ["a value at the limit of `<`", ["p99 < 900ms"], {}, "fail", "limit-broken", /p99 900 ms/],
  ["a value at the limit of `<=`", ["p99 <= 900ms"], {}, "pass", "limits-hold", /p99 900 ms/],
  [
    "every broken limit is told",
    ["checks = 100%", "latency max < 1s"],
    {},
    "fail",
    "limit-broken",
    /checks 99\.5% of 2,000 checks; `latency max < 1s` is broken: max 1\.2 s/,
  ],
  [
    "99.99 % is not 100 %",
    ["checks = 100%"],
    { checks: { total: 20_000, bad: 2 } },
    "fail",
    "limit-broken",
    /checks 99\.9900% of 20,000 checks/,
  ],
  ["availability", ["availability >= 99%"], {}, "pass", "limits-hold", /99\.5%/],
  [
    "too few for the limit",
    ["error-rate < 1%"],
    { requests: { total: 299, bad: 0 } },
    "hold",
    "not-enough-data",
    /needs 300 of them: error-rate 0% of 299 requests/,
  ],
  [
    "too few, and looking bad",
    ["error-rate < 1%"],
    { requests: { total: 40, bad: 1 } },
    "hold",
    "not-enough-data",
    /needs 300/,
  ],
  [
    "one bad of few where none is allowed",
    ["checks = 100%"],
    { checks: { total: 3, bad: 1 } },
    "fail",
    "limit-broken",
    /66\.7% of 3 checks/,
  ],
  [
    "nothing was sent",
    ["p95 < 1s"],
    { requests: { total: 0, bad: 0 }, latency: {} },
    "hold",
    "no-data",
    /does not report it/,
  ],
  [
    "a percentile that was not exported",
    ["p99 < 1s"],
    { latency: { p95: 3 } },
    "hold",
    "no-data",
    /does not report it/,
  ],
  [
    "more than 1 % dropped",
    ["p99 < 1s"],
    { offered: { due: 2000, dropped: 21 } },
    "hold",
    "load-not-offered",
    /21 of 2,000 were dropped, more than 1%/,
  ],
  ["1 % dropped", ["p99 < 1s"], { offered: { due: 2000, dropped: 20 } }, "pass", "limits-hold", /20 dropped/],
  [
    "broken although much was dropped",
    ["error-rate < 0.1%"],
    { offered: { due: 2000, dropped: 900 }, requests: { total: 3100, bad: 10 } },
    "fail",
    "limit-broken",
    /900 dropped/,
  ],
  [
    "a low throughput because it was not offered",
    ["throughput > 300/s"],
    { offered: { due: 4000, dropped: 2000 } },
    "hold",
    "load-not-offered",
    /2,000 of 4,000/,
  ],
  [
    "slow because the driver was late",
    ["p99 < 500ms"],
    { late: 21 },
    "hold",
    "driver-late",
    /21 requests left this machine late/,
  ],
  ["a late driver that still shows good latencies", ["p99 < 1s"], { late: 21 }, "pass", "limits-hold", /p99 900 ms/],
  ["a late driver does not excuse errors", ["error-rate < 0.2%"], { late: 2000 }, "fail", "limit-broken", /error-rate/],
];
for (const [name, limits, changes, verdict, reason, message] of rows) {
  test(`judged: ${name}`, () => {
    const found = judged(limits, changes);
    assert.deepEqual([found.verdict, found.reason], [verdict, reason], found.message);
    assert.match(found.message, message);
  });
}

test("judged: a script without checks", () => {
  const { checks: _, ...unchecked } = run;
  const found = judgeRun({ limits: [limitOf("checks = 100%")] }, unchecked);
  assert.deepEqual([found.verdict, found.reason], ["hold", "no-data"]);
});

test("a share needs three divided by it, a percentile as many as its share of slower requests", () => {
  const table = {
    "error-rate < 5%": 60,
    "error-rate < 0.1%": 3000,
    "p99 < 1s": 300,
    "p95 < 1s": 60,
    "latency mean < 1s": 30,
    "checks = 100%": 30,
    "availability > 99%": 300,
  };
  for (const [text, needed] of Object.entries(table)) assert.equal(leastSample(limitOf(text)), needed, text);
});

let hits = 0;
const server = createServer((request, response) => {
  hits += 1;
  response.writeHead(request.headers["x-key"] === "wrong" ? 401 : 200, { "x-version": "v2" }).end();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
after(() => {
  server.close();
  server.closeAllConnections();
});

const small = "requests: [{ path: / }]\nrate: 200/s\nfor: 500ms\nlimits: [checks = 100%, p95 < 2s]\n";

test("a real run of the candidate passes and names what it saw", async () => {
  const verdict = await runLoadTest(stepOf(small), { url, allowed: [undefined, url], directory: "." }, ports);
  assert.equal(verdict.verdict, "pass", verdict.message);
  assert.match(verdict.message, /answers 200: 100; versions v2: 100; 0 dropped/);
});

test("a real run that is answered wrongly fails", async () => {
  const step = stepOf(small.replace("path: /", "path: /, headers: { x-key: wrong }"));
  const verdict = await runLoadTest(step, { url, allowed: [url], directory: "." }, ports);
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "limit-broken"]);
  assert.doesNotMatch(JSON.stringify(verdict), /wrong/, "what was sent is nowhere repeated");
});

test("no other host than the runbook's or the candidate's is ever asked", async () => {
  const step = stepOf(small);
  hits = 0;
  const aims = [
    url,
    `${url}@shop.example.com`,
    url.replace("127.0.0.1", "localhost"),
    "http://shop.example.com",
    "https://user:pw@shop.example.com",
    `${url}0`,
    "file:///etc/passwd",
    "nonsense",
  ];
  for (const aim of aims) {
    const target = { url: aim, allowed: ["https://shop.example.com", undefined], directory: "." };
    await assert.rejects(runLoadTest(step, target, ports), /may aim at https:\/\/shop\.example\.com, not at/, aim);
  }
  const nobody = { url: undefined, allowed: [url], directory: "." };
  await assert.rejects(runLoadTest(step, nobody, ports), /There is no version to load/);
  assert.equal(hits, 0);
});

const runbook = (step: string, deploy = "deploy: {}") => `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /healthz } }
stages:
  - name: release
    migrate: { sql: { directory: migrations } }
    ${deploy}
    load-test: ${step}
`;

const requests = "requests: [{ path: / }]";
const refused: readonly (readonly [string, string, string])[] = [
  ["no load", "{ limits: [p95 < 1s] }", "RB048 stages[0].load-test: neither `requests` nor a `k6` script"],
  [
    "requests without a rate",
    `{ ${requests}, limits: [p95 < 1s] }`,
    "RB048 stages[0].load-test: requests without `rate` and `for`, or `ramps`",
  ],
  [
    "a rate without a unit",
    `{ ${requests}, rate: 50, for: 30s, limits: [p95 < 1s] }`,
    "RB038 stages[0].load-test.rate: expected a rate such as 50/s, got the number 50",
  ],
  [
    "a rate beyond any driver",
    `{ ${requests}, rate: 900000/s, for: 30s, limits: [p95 < 1s] }`,
    'RB038 stages[0].load-test.rate: expected a rate such as 50/s, got "900000/s"',
  ],
  [
    "a script with a rate",
    "{ k6: load.js, rate: 50/s, limits: [p95 < 1s] }",
    "RB048 stages[0].load-test: `rate` says nothing beside `k6`: the script has its own",
  ],
  [
    "a constant rate and ramps",
    `{ ${requests}, rate: 50/s, for: 30s, ramps: [{ rate: 1/s, for: 1m }], limits: [p95 < 1s] }`,
    "RB048 stages[0].load-test: both `ramps` and a constant `rate` or `for`",
  ],
  [
    "a script outside of the repository",
    "{ k6: ../load.js, limits: [p95 < 1s] }",
    'RB025 stages[0].load-test.k6: expected a path inside the repository, got "../load.js"',
  ],
  [
    "another host",
    `{ requests: [{ path: //evil.example.com/ }], rate: 50/s, for: 30s, limits: [p95 < 1s] }`,
    'RB029 stages[0].load-test.requests[0].path: expected a path that begins with one slash, such as /api/health, got "//evil.example.com/"',
  ],
  [
    "a variable inside of a longer header",
    `{ requests: [{ path: /, headers: { authorization: Bearer $TOKEN } }], rate: 50/s, for: 30s, limits: [p95 < 1s] }`,
    "RB052 stages[0].load-test.requests[0].headers.authorization: expected a header's value in one line, or a variable such as $API_KEY by itself",
  ],
  [
    "too few requests for the limit",
    `{ ${requests}, rate: 5/s, for: 10s, limits: [p99 < 1s] }`,
    "RB108 stages[0].load-test.limits[0]: 50 requests cannot answer `p99 < 1s`, which needs 300",
  ],
  [
    "a throughput that is never offered",
    `{ ${requests}, rate: 50/s, for: 30s, limits: [throughput > 60/s] }`,
    "RB108 stages[0].load-test.limits[0]: a load of 50/s cannot show `throughput > 60/s`",
  ],
  [
    "a metric no load test has",
    `{ k6: load.js, limits: [restarts = 0] }`,
    "RB108 stages[0].load-test.limits[0]: a load test does not measure restarts",
  ],
  [
    "a comparison",
    `{ k6: load.js, limits: [p95 vs stable <= 1.2x] }`,
    "RB108 stages[0].load-test.limits[0]: a load test runs against one version, so there is nobody to compare with",
  ],
  [
    "a duration in a limit",
    `{ k6: load.js, limits: [p95 < 1s for 5m] }`,
    "RB108 stages[0].load-test.limits[0]: a load test is judged once, when it has ended",
  ],
  ["no limits", `{ k6: load.js, limits: [] }`, "RB060 stages[0].load-test.limits: expected at least one entry"],
];
for (const [name, step, expected] of refused) {
  test(`refused in a runbook: ${name}`, () => {
    const read = readRunbook(runbook(step), "runbook.yml");
    assert.ok(!read.ok, "it was accepted");
    const told = read.problems.map((problem) => `${problem.code} ${problem.path}: ${problem.message}`);
    assert.ok(
      told.some((line) => line.startsWith(expected)),
      told.join("\n"),
    );
  });
}

test("a load test without a deploy is refused where it stands", () => {
  const read = readRunbook(runbook("{ k6: load.js, limits: [p95 < 1s] }", "backup: {}"), "runbook.yml");
  assert.ok(!read.ok && read.problems.some(({ code, path }) => code === "RB105" && path === "stages[0].load-test"));
});
