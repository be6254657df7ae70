import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { usable } from "../../src/gate/usable.ts";
import { openMetric, shapeOf } from "../../src/metric-provider/open.ts";
import type { Ports } from "../../src/ports.ts";
import { formatProblems } from "../../src/problem.ts";
import { resolveReferences } from "../../src/resolve-references.ts";
import { readRunbook } from "../../src/runbook-file.ts";
import { realPorts } from "./real-part.ts";

const log = () => undefined;
const ports: Ports = {
  ...realPorts(),
  random: Math.random,
  log: { info: log, notice: log, warn: log, error: log },
  mask: log,
};

const variables = {
  PROMETHEUS_URL: "https://prometheus.example.com",
  REDIS_URL: "redis://:secret@cache.example.com:6379",
  DATABASE_MONITOR_URL: "postgresql://reader:secret@db.example.com:5432/shop",
  DOCKER_HOST: "ssh://deploy@host.example.com",
};
const secrets = [
  "PROMETHEUS_TOKEN",
  "HAPROXY_LOGIN",
  "SENTRY_AUTH_TOKEN",
  "VERCEL_TOKEN",
  "RENDER_API_KEY",
  "DD_API_KEY",
  "DD_APP_KEY",
].concat(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NEW_RELIC_API_KEY"]);
const known = { ...variables, ...Object.fromEntries(secrets.map((name) => [name, "s3cret-value"])) };

const LOCAL = "local: { admin: http://127.0.0.1:1, start: node server.mjs, health: /healthz }";
const HOSTS = `compose: { hosts: { web: local }, project: shop, service: web, image: shop, slots: { blue: 8101, green: 8102 },
  haproxy: { socket: /run/haproxy.sock, backend: web, state-file: /var/lib/haproxy/state } }`;

const runbookWith = (metrics: string, limits = "error-rate < 1%") => `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { ${metrics.includes("via: target") ? HOSTS : LOCAL} }
metrics:
${metrics.replace(/^(?=.)/gm, "  ")}
stages:
  - name: release
    deploy: {}
    canary:
      shifts: [{ traffic: 5%, hold: 10m, every: 1m, limits: [${limits}] }, { traffic: 100% }]
      on-fail: rollback
`;

function metricsOf(text: string) {
  const read = readRunbook(text, "runbook.yml");
  assert.ok(read.ok, read.ok ? "" : formatProblems(read.problems));
  const resolved = resolveReferences(read, known, ["metrics"]);
  assert.ok(resolved.ok, resolved.ok ? "" : formatProblems(resolved.problems));
  return resolved.value.metrics ?? {};
}

const guide = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
const chapters = guide.split(/^#+ /m).flatMap((chapter) => {
  const [, yaml] = /^```yaml\n([\s\S]*?)^```$/m.exec(chapter) ?? [];
  return yaml === undefined ? [] : [{ title: chapter.split("\n", 1)[0] ?? "", yaml }];
});

/** What each example of the guide is limited by, and what it must give. */
const expected: Readonly<Record<string, readonly [provider: string, limits: string]>> = {
  "Before the release": ["prometheus", "error-rate vs before <= 2x"],
  exposition: ["exposition", "error-rate < 1%, p95 < 250ms"],
  prometheus: ["prometheus", "error-rate < 1%, p95 < 250ms, memory < 500MB"],
  json: ["json", "error-rate < 1%, queue < 10, slowest-job < 20s"],
  probe: ["probe", "error-rate < 1%, p95 < 250ms"],
  haproxy: ["haproxy", "error-rate < 1%"],
  redis: ["redis", "cache-misses < 20%"],
  sql: ["sql", "failed-jobs < 2%, backlog < 100"],
  logs: ["logs", "log-errors < 5, bad-lines < 1%"],
  "container-logs": ["container-logs", "log-errors < 5"],
  "vercel-logs": ["vercel-logs", "failed-payments < 1%"],
  "render-logs": ["render-logs", "crashes = 0"],
  docker: ["docker", "memory < 90%, restarts <= 2"],
  sentry: ["sentry", "new-issues = 0, error-events < 10"],
  vercel: ["vercel", "error-rate < 1%, function-duration < 500ms"],
  render: ["render", "error-rate < 1%, p95-latency < 500ms"],
  page: ["page", "page-lcp < 2500ms, page-shift < 0.1"],
  command: ["command", "error-rate < 1%"],
  Datadog: ["command", "error-rate < 1%"],
  CloudWatch: ["command", "error-rate < 1%"],
  "New Relic": ["command", "error-rate < 1%"],
};

const hosts = { kind: "compose", askContainers: async () => [] };

for (const [name, [provider, limits]] of Object.entries(expected))
  test(`the guide's example of ${name} is accepted with its limits, and opens`, async () => {
    const chapter = chapters.find(({ title }) => title.split(":")[0] === name);
    assert.ok(chapter, `docs/metrics.md has a chapter ${name}`);
    const metrics = Object.values(metricsOf(runbookWith(chapter.yaml, limits)));
    assert.ok(metrics.length > 0);
    for (const metric of metrics) {
      assert.equal((await openMetric(metric, ports, hosts)).kind, provider);
      assert.match(shapeOf(metric).kind, /^(counts|histogram|value)$/);
    }
  });

test("every chapter of the guide is tried", () => {
  assert.deepEqual(chapters.map(({ title }) => title.split(":")[0] ?? "").sort(), Object.keys(expected).sort());
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["two sources", "a: { probe: { get: / }, page: { path: /, measure: load } }", /unknown key/],
  ["an unknown source", "a: { statsd: { host: x } }", /unknown key "statsd"/],
  ["a written token", "a: { prometheus: { url: 'https://p.example.com', token: abc, by: v, value: x } }", /RB052/],
  ["an http address elsewhere", "a: { prometheus: { url: 'http://p.example.com', by: v, value: x } }", /RB050/],
  ["a written password", "a: { redis: { url: 'redis://:pw@host:6379', measure: misses } }", /RB052/],
  ["counts without their window", "a: { sql: { counts: select 0 as bad, 1 as total } }", /RB/],
  ["an expression for a selector", "a: { prometheus: { url: $PROMETHEUS_URL, by: v, value: 'rate(x[5m])' } }", /RB029/],
  ["buckets without a unit", "a: { prometheus: { url: $PROMETHEUS_URL, by: v, histogram: latency } }", /RB029/],
  ["a pattern that may take forever", "a: { logs: { run: x, value: '(a+)+$' } }", /RB029/],
  ["no container", "a: { docker: { measure: memory } }", /RB029/],
  ["a router of one's own and the target's", "a: { haproxy: { via: target, backend: web } }", /RB029/],
  ["a router nowhere", "a: { haproxy: { backend: web } }", /RB029/],
  ["a router without a backend", "a: { haproxy: { url: https://proxy.example.com/stats } }", /RB029/],
  ["a container and the target", "a: { docker: { container: a, via: target, measure: memory } }", /RB029/],
  ["two places of HAProxy", "a: { haproxy: { url: $PROMETHEUS_URL, socket: /s, backend: web } }", /RB029/],
  ["a written key of a command", "a: { command: { run: x, gives: value, env: { KEY: abc } } }", /RB052/],
];
for (const [name, metrics, problem] of refused)
  test(`${name}: refused where it is written`, () => {
    const read = readRunbook(runbookWith(`${metrics}\nerror-rate: { probe: { get: / } }`), "runbook.yml");
    assert.match(read.ok ? "accepted" : formatProblems(read.problems), problem);
  });

const minute = 60_000;
const dated: readonly (readonly [string, number, number, string])[] = [
  ["of now", 0, -minute, "counts"],
  ["of an hour ago", -60 * minute, -61 * minute, "stale"],
  ["of the future", 10 * minute, -minute, "future"],
  ["of before the share began", 0, -30 * minute, "before-start"],
];
for (const [name, observed, began, expected] of dated)
  test(`numbers ${name} are ${expected} to the gate`, async () => {
    const now = Date.now();
    const iso = (offset: number) => new Date(now + offset).toISOString();
    const to = Math.min(observed, 0);
    const answer = { version: "v2", observedAt: iso(observed), from: iso(began), to: iso(to), bad: 0, total: 5 };
    const provider = await openMetric({ command: { run: `echo '${JSON.stringify(answer)}'`, gives: "counts" } }, ports);
    const measured = await provider.measure({ from: now - minute, to: now }, { version: "v2" });
    const expectation = { metric: "error-rate", shape: { kind: "counts" }, version: "v2" } as const;
    const times = { startedAt: now - (expected === "stale" ? 90 : 10) * minute, staleAfter: 3 * minute };
    const found = usable(measured, { ...expectation, ...times }, now);
    assert.equal(found.kind === "no-data" ? found.reason : found.kind, expected);
  });

const units: readonly (readonly [metric: string, limit: string, expected: RegExp])[] = [
  ["json: { path: /m, value: p95 }", "slowest < 500ms", /RB106.*nothing says in which unit "slowest" is/s],
  ["json: { path: /m, value: p95, unit: seconds }", "slowest < 500ms", /accepted/],
  ["json: { path: /m, value: p95_seconds }", "slowest < 500ms", /accepted/],
  ["json: { path: /m, value: p95, unit: seconds }", "slowest < 512MB", /RB106/],
  ["json: { path: /m, value: hits }", "slowest > 90%", /RB106/],
  ["json: { path: /m, value: p95 }", "slowest < 500", /accepted/],
  ["json: { path: /m, value: p95 }", "slowest vs stable <= 1.5x", /accepted/],
  ["json: { path: /m, value: heap }", "slowest growth < 2%/h", /accepted/],
  ["exposition: { path: /m, value: p95 }", "slowest < 500ms", /RB106/],
  ["exposition: { path: /m, value: p95, unit: seconds }", "slowest < 500ms", /accepted/],
  ["exposition: { path: /m, histogram: slow, unit: seconds }", "slowest p95 < 500ms", /accepted/],
  ["exposition: { path: /m, histogram: slow }", "slowest p95 < 500ms", /RB029/],
  ["sql: { value: select 1 }", "slowest < 500ms", /RB106/],
  ["sql: { value: select 1, unit: milliseconds }", "slowest < 500ms", /accepted/],
  ["command: { run: x, gives: value }", "slowest < 90%", /RB106/],
  ["command: { run: x, gives: value, unit: percent }", "slowest < 90%", /accepted/],
  ["command: { run: x, gives: counts, unit: percent }", "slowest < 90%", /RB029/],
  ["probe: { get: /, measure: latency }", "slowest p95 < 20s", /RB106.*its last bucket ends at 10000 ms/s],
  ["probe: { get: /, measure: latency }", "slowest p95 < 10s", /accepted/],
  [
    "exposition: { path: /m, histogram: slow_seconds, last-bucket: 2s }",
    "slowest p95 < 3s",
    /RB106.*its last bucket ends at 2000 ms/s,
  ],
  ["exposition: { path: /m, histogram: slow_seconds, last-bucket: 2s }", "slowest p95 < 2s", /accepted/],
  [
    "prometheus: { url: $PROMETHEUS_URL, by: version, histogram: slow_seconds, last-bucket: 2s }",
    "slowest p95 < 3s",
    /RB106/,
  ],
  ["logs: { run: x, value: ERROR }", "slowest < 5ms", /the metric is a number, the limit a time/],
];
for (const [metric, limit, expected] of units)
  test(`B94 the unit of \`${metric}\` limited by \`${limit}\``, () => {
    const read = readRunbook(runbookWith(`slowest: { ${metric} }`, limit), "r.yml");
    assert.match(read.ok ? "accepted" : formatProblems(read.problems), expected);
  });

test("B94 numbers of a command and of a query are scaled from their unit", async () => {
  const run = `echo '{"version":"v2","observedAt":"2026-01-01T00:00:00Z","value":0.4}'`;
  const provider = await openMetric({ command: { run, gives: "value", unit: "seconds" } }, ports);
  const measured = await provider.measure({ from: 0, to: 1 }, { version: "v2" });
  assert.equal(measured.kind === "value" ? measured.value : measured.kind, 400);
});

test("a limit in the wrong dimension is refused where it is written", () => {
  const read = readRunbook(
    runbookWith("memory: { docker: { container: a, measure: memory } }", "memory < 500MB"),
    "r.yml",
  );
  assert.match(read.ok ? "accepted" : formatProblems(read.problems), /RB106/);
});
