import assert from "node:assert/strict";
import { test } from "node:test";
import { gateText } from "../src/gate-text.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { accept } from "../src/written-runbook.ts";

const told = (stage: string, end = "") =>
  gateText(
    accept(
      readRunbook(
        `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, token: $LOCAL_TOKEN, start: node app.mjs, health: /health } }
metrics:
  error-rate: { exposition: { path: /metrics, bad: errors_total, total: requests_total } }
  latency: { exposition: { path: /metrics, histogram: duration_seconds } }
stages:
  - name: release
    deploy: {}
${stage}${end}`,
        "runbook.yml",
      ),
    ).value,
  );

const watch = (times: string, limits: string) => `    watch: { ${times}, limits: [${limits}] }\n`;

test("a watch says beforehand how much it needs, a share of a canary as much", () => {
  const { lines, warnings } = told(
    "    canary: { shifts: [{ traffic: 50%, hold: 10m, every: 1m, limits: [error-rate < 1%] }, { traffic: 100% }] }\n" +
      watch("for: 10s, every: 1s", "error-rate < 1%"),
  );
  assert.match(
    lines[0] ?? "",
    /^50%: `error-rate < 1%` needs about 1,456 requests .*: 292 requests a minute in all for 10m$/,
  );
  assert.match(lines[1] ?? "", /^watch of stage release: .*: 1,456 requests in all within 10s$/);
  assert.equal(lines.length, 2);
  assert.deepEqual(warnings, []);
});

test("a mean that more looks are needed for than will ever be made is warned of; enough looks are not", () => {
  const few = told(watch("for: 2s, every: 500ms", "latency mean < 100ms"));
  assert.deepEqual(few.lines, [
    "watch of stage release: `latency mean < 100ms` needs about 17 looks to pass, if it is seldom slower",
  ]);
  assert.match(
    few.warnings.join(),
    /^watch of stage release: .* needs about 17 looks, but at most 8 are made, .*longer\.$/,
  );
  assert.deepEqual(told(watch("for: 1h, every: 5m", "latency mean < 100ms")).warnings, []);
  const shares = (hold: string) =>
    told(
      `    canary: { shifts: [{ traffic: 50%, hold: ${hold}, every: 1m, limits: [latency mean < 100ms] }, { traffic: 100% }] }\n`,
    ).warnings.length;
  assert.deepEqual([shares("5m"), shares("10m")], [1, 0]);
});

test("the watch over the whole release counts its looks at every pace", () => {
  const final = (schedule: string) =>
    told("", `watch: { schedule: [${schedule}], limits: [latency mean < 100ms] }\n`).warnings.length;
  assert.deepEqual([final("every 1m for 5m"), final("every 1m for 5m, every 5m until 1h")], [1, 0]);
});
