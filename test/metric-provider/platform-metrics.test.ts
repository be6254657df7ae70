import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ProviderError } from "../../src/failure.ts";
import { renderMetricsProvider } from "../../src/metric-provider/render.ts";
import { vercelMetricsProvider } from "../../src/metric-provider/vercel.ts";
import { realPorts, told } from "./real-part.ts";
import { type Served, startRenderMetricsTwin, startVercelMetricsTwin } from "./twins/platform-metrics.ts";

const MINUTE = 60_000;
const start = Date.UTC(2026, 2, 1, 12);
const OLD = "dpl_stable";
const NEW = "dpl_candidate";

/** Ten requests a minute each; every fifth of the candidate fails from the third minute on. */
const served: readonly Served[] = Array.from({ length: 20 }, (_, minute) =>
  Array.from({ length: 10 }, (__, i): readonly Served[] => {
    const at = start - 5 * MINUTE + minute * MINUTE + i * 5_000;
    const fails = minute >= 8 && i % 5 === 0;
    return [
      { at, version: OLD, status: 200, took: 100 },
      { at, version: NEW, status: fails ? 503 : 200, took: 100 + 10 * i },
    ];
  }).flat(),
).flat();

/** The real network on a clock that a test sets. */
function ports(now: number) {
  const real = realPorts();
  return { ...real, clock: { ...real.clock, now: () => now } };
}

const account = { observability: true };
const vercelTwin = await startVercelMetricsTwin(served, account);
const renderTwin = await startRenderMetricsTwin(served);
after(() => {
  vercelTwin.stop();
  renderTwin.stop();
});

const vercel = (now: number, measure: "errors" | "duration-p95" = "errors", token = "vercel-token") =>
  vercelMetricsProvider({ token, project: "prj_abcdef", team: "team_abcdef", measure }, ports(now), vercelTwin.url);
const render = (now: number, measure: "errors" | "latency-p95" | "memory" = "errors", token = "render-key") =>
  renderMetricsProvider({ token, service: "srv-cukd2nd6l47c73f2v3t0", measure }, ports(now), renderTwin.url);

test("Vercel: whole minutes that have settled, each counted once, of the deployment that is meant", async () => {
  const clock = { now: start + 5 * MINUTE + 10_000 };
  const real = realPorts();
  const provider = vercelMetricsProvider(
    { token: "vercel-token", project: "prj_abcdef", team: "team_abcdef", measure: "errors" },
    { ...real, clock: { ...real.clock, now: () => clock.now } },
    vercelTwin.url,
  );
  const measure = (version: string) => provider.measure({ from: start + 1_000, to: clock.now }, { version });
  const first = await measure(NEW);
  assert.equal(told(first), "counts 0/20", "minutes 1 and 2; the third has not settled");
  assert.deepEqual(first.kind === "counts" && first.window, { from: start + MINUTE, to: start + 3 * MINUTE });
  assert.equal(told(await measure(NEW)), "first-look", "nothing is counted twice");
  assert.equal(told(await measure(OLD)), "counts 0/20", "each version has its own minutes");
  clock.now += 2 * MINUTE;
  assert.equal(told(await measure(NEW)), "counts 4/20");
});

test("Vercel: how long functions ran, and all deployments together last week", async () => {
  const window = { from: start, to: start + 4 * MINUTE };
  assert.equal(told(await vercel(start + 9 * MINUTE, "duration-p95").measure(window, { version: NEW })), "value 190");
  const everyone = await vercel(start + 9 * MINUTE).measure(window, { version: OLD, everyone: true });
  assert.equal(told(everyone), "counts 2/80");
});

test("Vercel: without Observability Plus, without a row, and without a settled minute there is no data", async () => {
  const window = { from: start, to: start + 4 * MINUTE };
  const now = start + 9 * MINUTE;
  account.observability = false;
  assert.equal(told(await vercel(now).measure(window, { version: NEW })), "payment-required");
  account.observability = true;
  assert.equal(told(await vercel(now).measure(window, { version: "dpl_unknown" })), "no-series");
  assert.equal(told(await vercel(start + 30_000).measure(window, { version: NEW })), "first-look");
});

const odd: readonly (readonly [string, { status: number; body: unknown }, string])[] = [
  ["a web page", { status: 200, body: "<html>login</html>" }, "unparsable"],
  ["an error in a 200", { status: 200, body: { error: { code: "x" } } }, "unparsable"],
  ["a null", { status: 200, body: "null" }, "unparsable"],
  [
    "a number as text",
    { status: 200, body: { summary: [{ dimensions: { deploymentId: NEW }, values: { value: "9" } }] } },
    "unparsable",
  ],
  ["a row of nobody", { status: 200, body: { summary: [{ dimensions: {}, values: { value: 9 } }] } }, "unparsable"],
  [
    "two rows of one deployment",
    {
      status: 200,
      body: { summary: [1, 2].map((value) => ({ dimensions: { deploymentId: NEW }, values: { value } })) },
    },
    "ambiguous",
  ],
  ["a rate limit", { status: 429, body: {} }, "rate-limited"],
  ["a timeout of theirs", { status: 504, body: {} }, "unreachable"],
];
for (const [name, instead, reason] of odd)
  test(`Vercel: ${name} is no data`, async () => {
    vercelTwin.instead = instead;
    const measured = await vercel(start + 9 * MINUTE).measure(
      { from: start, to: start + 4 * MINUTE },
      { version: NEW },
    );
    assert.equal(told(measured), reason);
  });

test("Render: answers by status over whole minutes, and only those inside of the window", async () => {
  const window = { from: start + 1_000, to: start + 5 * MINUTE };
  const measured = await render(start + 9 * MINUTE).measure(window, { version: "v2" });
  assert.equal(told(measured), "counts 4/80", "minutes 1 to 4, of all that the service served");
  assert.deepEqual(measured.kind === "counts" && measured.window, { from: start + MINUTE, to: start + 5 * MINUTE });
});

test("Render: latency in milliseconds whatever its unit, memory in bytes", async () => {
  const window = { from: start, to: start + 4 * MINUTE };
  assert.equal(told(await render(start + 9 * MINUTE, "latency-p95").measure(window, { version: "v2" })), "value 180");
  assert.equal(told(await render(start + 9 * MINUTE, "memory").measure(window, { version: "v2" })), "value 123456789");
});

const oddRender: readonly (readonly [string, { status: number; body: unknown }, string])[] = [
  ["nothing at all", { status: 200, body: [] }, "no-series"],
  ["a web page", { status: 200, body: "<html></html>" }, "unparsable"],
  ["a series without a status", { status: 200, body: [{ labels: [], values: [], unit: "requests" }] }, "unparsable"],
  [
    "a negative number",
    {
      status: 200,
      body: [
        {
          labels: [{ field: "statusCode", value: "200" }],
          values: [{ timestamp: new Date(start).toISOString(), value: -1 }],
          unit: "",
        },
      ],
    },
    "unparsable",
  ],
  ["a rate limit", { status: 429, body: { message: "slow down" } }, "rate-limited"],
  ["a failure of theirs", { status: 500, body: {} }, "unreachable"],
];
for (const [name, instead, reason] of oddRender)
  test(`Render: ${name} is no data`, async () => {
    renderTwin.instead = instead;
    const measured = await render(start + 9 * MINUTE).measure(
      { from: start, to: start + 4 * MINUTE },
      { version: "v2" },
    );
    assert.equal(told(measured), reason);
  });

test("Render: a latency in an unknown unit is no data", async () => {
  renderTwin.instead = {
    status: 200,
    body: [{ labels: [], values: [{ timestamp: new Date(start).toISOString(), value: 3 }], unit: "parsecs" }],
  };
  const measured = await render(start + 9 * MINUTE, "latency-p95").measure(
    { from: start, to: start + 4 * MINUTE },
    { version: "v2" },
  );
  assert.equal(told(measured), "odd-number");
});

test("a wrong credential is an error on both platforms, and is not shown", async () => {
  const window = { from: start, to: start + 4 * MINUTE };
  for (const provider of [
    vercel(start + 9 * MINUTE, "errors", "wrong-token"),
    render(start + 9 * MINUTE, "errors", "wrong-token"),
  ])
    await assert.rejects(
      provider.measure(window, { version: NEW }),
      (error: unknown) => error instanceof ProviderError && !error.message.includes("wrong-token"),
    );
});
