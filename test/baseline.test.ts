import assert from "node:assert/strict";
import { test } from "node:test";
import { type BaselineRequest, measureBaselines, pastWindow } from "../src/baseline.ts";
import { newGate } from "../src/gate.ts";
import { parseLimit } from "../src/limit.ts";
import type { MetricSpec } from "../src/metric-spec.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { alone, assess, run, SECOND, traffic } from "./gate-world.ts";
import { swiftPorts } from "./swift-ports.ts";

const HOUR = 3_600_000;
const releasedAt = Date.UTC(2026, 2, 8, 12);

const limitOf = (text: string) => {
  const { limit } = parseLimit(text, ["memory"]);
  assert.ok(limit);
  return limit;
};

/** Prints an object in which the window stands, so that a test sees what was asked. */
const asking = (gives: "counts" | "value", object: string, before?: MetricSpec["before"]): MetricSpec => ({
  command: {
    gives,
    run: `from=$(date -d "$SLUICE_FROM" +%s); to=$(date -d "$SLUICE_TO" +%s)
      printf '{"version":"%s","observedAt":"%s",${object}}' "$SLUICE_VERSION" "$SLUICE_TO"`,
  },
  ...(before !== undefined && { before }),
});

const request = (limits: readonly string[], metrics: Record<string, MetricSpec>): BaselineRequest => ({
  limits: limits.map(limitOf),
  metrics,
  stable: "v1",
  releasedAt,
  sharedAt: releasedAt + 10 * 60_000,
  hold: 2 * HOUR,
});

const seconds = `"bad":3,"total":'$((to - from))'`;

test("before is the hour before the release, or as long as the metric says, of the version that served", async () => {
  const limits = ["error-rate vs before <= 2x"];
  for (const [before, total] of [
    [undefined, 3600],
    [15 * 60_000, 900],
  ] as const) {
    const metrics = { "error-rate": asking("counts", seconds, before) };
    assert.deepEqual(await measureBaselines(request(limits, metrics), swiftPorts()), {
      "error-rate": { kind: "counts", bad: 3, total },
    });
  }
});

test("the same hours last week are as many as the share is held, seven days before it", () => {
  const window = pastWindow("last-week", request([], {}));
  assert.deepEqual(
    [new Date(window.from).toISOString(), new Date(window.to).toISOString()],
    ["2026-03-01T12:10:00.000Z", "2026-03-01T14:10:00.000Z"],
  );
});

test("a value is the mean of samples over the time before; only metrics with such a limit are read", async () => {
  // Grows from 0 to 1 over the hour: the mean of the ends of twelve parts is 13/24.
  const begin = (releasedAt - HOUR) / 1000;
  const grows = `"value":'$(((to - ${begin}) * 1000000 / 3600))'e-6`;
  const metrics = {
    memory: asking("value", grows),
    "error-rate": asking("counts", '"none": 1'),
  };
  const { memory, ...others } = await measureBaselines(
    request(["memory vs before <= 1.2x", "error-rate < 1%"], metrics),
    swiftPorts(),
  );
  assert.equal(memory?.kind === "value" && Math.abs(memory.value - 13 / 24) < 1e-5, true, JSON.stringify(memory));
  assert.deepEqual(others, {});
});

const missing: readonly (readonly [string, string])[] = [
  ["a source that fails", '"bad":1,"total":0}\'; exit 3; echo \''],
  ["nothing served", '"bad":0,"total":0'],
  ["more bad than all", '"bad":9,"total":3'],
  ["another version", '"bad":1,"total":10,"version":"v9"'],
];
for (const [name, object] of missing)
  test(`${name} before the release holds for ever, and neither passes nor sends anything back`, async () => {
    const metrics = { "error-rate": asking("counts", object) };
    const before = await measureBaselines(request(["error-rate vs before <= 2x"], metrics), swiftPorts());
    assert.equal(before["error-rate"]?.kind, "no-data");
    const gate = alone(["error-rate vs before <= 2x"], { before, maxHold: 20 * SECOND });
    const { verdict } = run(gate, traffic(0.5, 0.9, 0, 1));
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "inconclusive"]);
    assert.match(verdict.message, /cannot be compared with before the release/);
    const first = assess(newGate(gate), traffic(0.5, 0, 0, 1)(SECOND), SECOND).verdict;
    assert.deepEqual([first.verdict, first.reason], ["hold", "no-data"]);
  });

test("among warn-limits a missing baseline delays nothing", async () => {
  const before = { "error-rate": { kind: "no-data", reason: "no-baseline", message: "Nothing." } } as const;
  const gate = alone(["error-rate < 10%"], { before, warnLimits: [limitOf("error-rate vs before <= 2x")] });
  assert.equal(run(gate, traffic(0.5, 0, 0, 1)).verdict.verdict, "pass");
});

/** A runbook with this metric and this limit. */
const runbook = (metric: string, limit = "error-rate vs before <= 2x", key = "limits") => `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node app.mjs, health: / } }
metrics:
  error-rate: ${metric}
stages:
  - name: release
    deploy: {}
    canary:
      shifts:
        - { traffic: 5%, hold: 5m, every: 1m, limits: [error-rate < 1%], ${key}: [${limit}] }
        - { traffic: 100% }
`;
const problemsOf = (text: string) => {
  const read = readRunbook(text.replace("limits: [error-rate < 1%], limits:", "limits:"), "runbook.yml");
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
};
const prometheus =
  "{ prometheus: { url: https://p.example.com, by: version, bad: http_errors_total, total: http_total }";

test("a limit `vs before` is accepted at every level where the source keeps its past", () => {
  for (const key of ["limits", "warn-limits", "page-limits"])
    for (const more of ["", ", before: 2h", ", before: last-week"])
      assert.deepEqual(problemsOf(runbook(`${prometheus}${more} }`, undefined, key)), []);
});

const refused: readonly (readonly [string, RegExp])[] = [
  [
    "{ exposition: { path: /metrics, bad: errors_total, total: requests_total } }",
    /`exposition` only tells what is now/,
  ],
  ["{ haproxy: { url: https://p.example.com, backend: web } }", /`haproxy` only tells what is now/],
  ["{ probe: { get: / } }", /`probe` only tells what is now/],
  ["{ command: { run: ./ask.sh, gives: counts }, before: last-week }", /`command` tells of one version only/],
];
for (const [metric, message] of refused)
  test(`\`vs before\` on ${metric} is refused when it is written`, () => {
    const [problem, ...others] = problemsOf(runbook(metric, undefined, "warn-limits"));
    assert.match(problem ?? "", message);
    assert.deepEqual(others, []);
  });
