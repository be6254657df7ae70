import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import type { HostAnswer } from "../../src/deploy-target.ts";
import { InputError, ProviderError } from "../../src/failure.ts";
import { containerLogsProvider } from "../../src/metric-provider/container-logs.ts";
import { type AskContainers, containersOf } from "../../src/metric-provider/containers.ts";
import { dockerProvider } from "../../src/metric-provider/docker.ts";
import { renderLogsProvider } from "../../src/metric-provider/render-logs.ts";
import { vercelLogsProvider } from "../../src/metric-provider/vercel-logs.ts";
import { realPorts, told } from "./real-part.ts";

const MINUTE = 60_000;
const start = Date.UTC(2026, 2, 1, 12);
const SERVICE = "srv-cukd2nd6l47c73f2v3t0";
const WORKSPACE = "tea-cukd2nd6l47c73f2v3t0";

/** A line every five seconds for ten minutes; every tenth is an error. */
const entries = Array.from({ length: 120 }, (_, i) => ({
  at: start + i * 5_000,
  id: `line-${i}`,
  message: i % 10 === 0 ? `ERROR request ${i} failed` : `INFO request ${i} done`,
}));

let refusal: { readonly status: number; readonly body: string } | undefined;
let oddRow: object | undefined;

/** Both services' logs as their documentation (Render) and their own command (Vercel) have them, strictly. */
const server = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://twin");
  const ask = (name: string) => url.searchParams.get(name) ?? "";
  const give = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (refusal !== undefined) {
    response.writeHead(refusal.status).end(refusal.body);
    return;
  }
  if (request.headers.authorization !== "Bearer key") return void give(401, { message: "unauthorized" });
  if (url.pathname === "/logs") {
    const types = url.searchParams.getAll("type").join();
    if (ask("ownerId") !== WORKSPACE || ask("resource") !== SERVICE || types !== "app,request")
      return void give(400, { message: "invalid ownerId" });
    const limit = Number(ask("limit"));
    const [from, to] = [Date.parse(ask("startTime")), Date.parse(ask("endTime"))];
    const found = entries.filter(({ at }) => at >= from && at <= to);
    const page = found.slice(0, limit);
    const next = found[limit];
    // The line that ends a page begins the next one, too.
    const edge = next && new Date(page.at(-1)?.at ?? 0).toISOString();
    return void give(200, {
      hasMore: next !== undefined,
      ...(next && { nextStartTime: edge, nextEndTime: ask("endTime") }),
      logs: page.map(({ at, id, message }) => ({ id, message, timestamp: new Date(at).toISOString(), labels: [] })),
    });
  }
  const [from, to, page] = [Number(ask("startDate")), Number(ask("endDate")), Number(ask("page"))];
  if (url.pathname !== "/api/logs/request-logs" || ask("projectId") !== "prj_abcdef") return void give(404, {});
  const found = entries.filter(({ at }) => at >= from && at <= to);
  const rows = found.slice(page * 20, (page + 1) * 20).map(({ at, id, message }) => ({
    requestId: id,
    timestamp: new Date(at).toISOString(),
    deploymentId: ask("deploymentId"),
    requestMethod: "GET",
    requestPath: "/api/pay",
    statusCode: message.startsWith("ERROR") ? 500 : 200,
    logs: message.startsWith("ERROR")
      ? [
          { level: "error", message },
          { level: "info", message: "retried\nonce" },
        ]
      : [],
    ...oddRow,
  }));
  give(200, { rows, hasMoreRows: found.length > (page + 1) * 20 });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
after(() => server.close());
const twin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function portsAt(now: number) {
  const real = realPorts();
  return { ...real, clock: { ...real.clock, now: () => now } };
}
const now = start + 12 * MINUTE;
const whole = { from: start, to: now };

type Patterns = { readonly value: string } | { readonly bad: string; readonly total: string };
const render = (patterns: Patterns, token = "key") =>
  renderLogsProvider({ token, workspace: WORKSPACE, service: SERVICE, ...patterns }, portsAt(now), twin);
const vercel = (patterns: Patterns, token = "key") =>
  vercelLogsProvider({ token, project: "prj_abcdef", team: "team_abcdef", ...patterns }, portsAt(now), twin);

test("Render: matching lines of whole minutes, over several pages, each line once", async () => {
  const provider = render({ value: "ERROR" });
  const measured = await provider.measure(whole, { version: "dep-1" });
  assert.equal(told(measured), "value 12");
  assert.deepEqual(measured.kind === "value" && measured.window, { from: start, to: start + 10 * MINUTE });
  assert.equal(told(await provider.measure(whole, { version: "dep-1" })), "first-look", "nothing is counted twice");
  assert.equal(
    told(await render({ bad: "ERROR", total: "request" }).measure(whole, { version: "d" })),
    "counts 12/120",
  );
});

test("Vercel: requests to the deployment with what its functions logged, one line per message", async () => {
  assert.equal(told(await vercel({ value: "^error .*failed" }).measure(whole, { version: "dpl_1" })), "value 12");
  const server = { bad: " 5\\d\\d ", total: "^(error|info) GET /api/pay \\d+" };
  assert.equal(told(await vercel(server).measure(whole, { version: "dpl_1" })), "counts 24/132");
});

const providers = [
  ["Render", render],
  ["Vercel", vercel],
] as const;
for (const [name, open] of providers) {
  const measure = () => open({ value: "ERROR" }).measure(whole, { version: "dpl_1" }).then(told);

  test(`${name}: a failed read is no data, and a refused one an error`, async () => {
    try {
      refusal = { status: 503, body: "" };
      assert.equal(await measure(), "unreachable");
      refusal = { status: 429, body: "" };
      assert.equal(await measure(), "rate-limited");
      refusal = { status: 200, body: "<html>sign in</html>" };
      assert.equal(await measure(), "unparsable");
      refusal = { status: 200, body: '{"logs":[{"text":"ERROR"}],"rows":[{}]}' };
      assert.equal(await measure(), "unparsable");
    } finally {
      refusal = undefined;
    }
    const wrong = open({ value: "ERROR" }, "wrong").measure(whole, { version: "dpl_1" });
    await assert.rejects(wrong, ProviderError);
  });

  test(`${name}: minutes without any line are no data: a log that cannot be read looks the same`, async () => {
    const early = { from: start - 60 * MINUTE, to: start - 30 * MINUTE };
    assert.equal(told(await open({ value: "ERROR" }).measure(early, { version: "dpl_1" })), "no-lines");
  });

  test(`${name}: a pattern that could take forever is refused`, () => {
    assert.throws(() => open({ value: "(a+)+$" }), InputError);
  });
}

test("Vercel: requests to another deployment count for nobody", async () => {
  try {
    oddRow = { deploymentId: "dpl_other" };
    assert.equal(told(await vercel({ value: "ERROR" }).measure(whole, { version: "dpl_1" })), "version-changed");
    oddRow = { timestamp: "yesterday" };
    assert.equal(told(await vercel({ value: "ERROR" }).measure(whole, { version: "dpl_1" })), "unparsable");
  } finally {
    oddRow = undefined;
  }
});

/** Hosts that answer every question about version v2 like this. */
const hosts =
  (...answers: readonly Partial<HostAnswer>[]): AskContainers =>
  (version, question) =>
    containersOf({
      kind: "compose",
      askContainers: async () =>
        version === "v2"
          ? answers.map((answer, i) => ({
              host: `web-${i + 1}`,
              code: 0,
              stdout: "",
              stderr: "",
              ...answer,
            }))
          : [],
    })(version, question);
const lines = (ask: AskContainers, version = "v2") =>
  containerLogsProvider({ value: "ERROR" }, ask).measure(whole, { version }).then(told);

test("container logs: both streams of all hosts, and one host that does not answer is no data", async () => {
  const first = { stdout: "INFO fine\nERROR one\n", stderr: "ERROR two\n" };
  assert.equal(await lines(hosts(first, { stdout: "ERROR three\n" })), "value 3");
  assert.equal(await lines(hosts(first, { code: 1, stderr: "Error response from daemon: dead" })), "unreachable");
  assert.equal(await lines(hosts({ stdout: "" })), "no-lines");
  assert.equal(await lines(hosts(first), "v3"), "no-series");
  assert.equal(await lines(hosts({ stdout: "x".repeat(1_048_576) })), "too-large");
  const lost: AskContainers = containersOf({
    kind: "compose",
    askContainers: () => Promise.reject(new ProviderError("host", "The connection to host web-1 was lost.", {})),
  });
  assert.equal(await lines(lost), "unreachable");
});

test("docker over the target: the worst of all hosts, restarts added up, and any host without numbers is no data", async () => {
  const usage = (cpu: string) => ({
    stdout: JSON.stringify({ Name: "c", CPUPerc: cpu, MemPerc: "26.25%", MemUsage: "26MiB / 100MiB" }),
  });
  const measure = (of: "cpu" | "restarts", ask: AskContainers) =>
    dockerProvider({ measure: of }, portsAt(now), ask).measure(whole, { version: "v2" }).then(told);
  assert.equal(await measure("cpu", hosts(usage("12.5%"), usage("50%"))), "value 0.5");
  assert.equal(await measure("cpu", hosts(usage("12.5%"), usage("--"))), "odd-number");
  const restarts = (count: number) => ({ stdout: JSON.stringify({ RestartCount: count, State: { Running: true } }) });
  assert.equal(await measure("restarts", hosts(restarts(1), restarts(2))), "value 3");
});

test("a target without containers is refused by name", () => {
  assert.throws(() => containersOf({ kind: "vercel" }), /needs `target.compose`; `vercel` has none/);
  assert.throws(() => containersOf(undefined), InputError);
});
