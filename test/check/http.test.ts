import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { checkOf } from "../../src/check/check-of.ts";
import type { CheckSpec } from "../../src/check-spec.ts";
import { InputError } from "../../src/failure.ts";
import type { Ports } from "../../src/ports.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const commit = "a".repeat(40);
const run = (spec: CheckSpec, url: string | undefined, ports: Ports = quietPorts(), site?: string) =>
  checkOf(spec, { ports, variables: {}, site }).then((check) => check.run({ directory: ".", url, commit }));

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
const healthy = json({ status: "ok", services: { database: true, queue: [{ depth: 0 }] } });
const html: RequestListener = (_, response) => response.end("<!doctype html><title>Sign in</title>");

const health = { get: "/api/health", status: 200, json: { "services.database": true } } as const;

test("a healthy answer passes, and the message says what was seen", async (t) => {
  const verdict = await run(
    { ...health, json: { ...health.json, "services.queue.0.depth": 0 }, headers: { "content-type": "present" } },
    await serve(t, healthy),
  );
  assert.equal(verdict.verdict, "pass");
  assert.match(
    verdict.message,
    /GET \/api\/health answers 200: it answered 200 in \d+ ms and services\.database is true/,
  );
});

const failures: readonly (readonly [
  what: string,
  spec: CheckSpec,
  listener: RequestListener,
  reason: string,
  says: RegExp,
])[] = [
  ["a 503", health, json({}, 503), "unexpected-status", /answered 503, expected 200/],
  [
    "a degraded body",
    health,
    json({ services: { database: false } }),
    "unexpected-body",
    /services\.database is "false", expected true/,
  ],
  [
    "a text where true is expected",
    health,
    json({ services: { database: "true" } }),
    "unexpected-body",
    /database is "\\?"true/,
  ],
  ["a missing value", health, json({}), "unexpected-body", /services\.database is missing/],
  [
    "an inherited name",
    { ...health, json: { "services.__proto__.length": 0 } },
    json({ services: [] }),
    "unexpected-body",
    /services\.__proto__\.length is missing/,
  ],
  ["a sign-in page", health, html, "unexpected-body", /should be JSON and is an HTML page/],
  ["an empty body", health, (_, response) => response.end(), "unexpected-body", /should be JSON and is nothing/],
  [
    "a redirect",
    health,
    (_, response) => response.writeHead(302, { location: "https://login.example.com/" }).end(),
    "redirected",
    /redirect to "https:\/\/login\.example\.com\/", which is not followed/,
  ],
  [
    "a missing header",
    { get: "/", status: 200, headers: { "x-frame-options": "present" } },
    healthy,
    "unexpected-header",
    /x-frame-options is missing/,
  ],
  [
    "another header",
    { get: "/", status: 200, headers: { "content-type": "text/html" } },
    healthy,
    "unexpected-header",
    /content-type is "application\/json", expected "text\/html"/,
  ],
  [
    "an answer of a cache",
    health,
    (request, response) => {
      response.setHeader("age", "120");
      healthy(request, response);
    },
    "cached-answer",
    /true some time ago/,
  ],
  [
    "a body beyond 1 MiB",
    { get: "/", status: 200 },
    (_, response) => {
      const flood = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", flood);
      flood();
    },
    "unexpected-body",
    /larger than 1 MiB/,
  ],
  [
    "a slow answer",
    { get: "/", status: 200, within: 20 },
    (_, response) => setTimeout(() => response.end("late"), 60),
    "too-slow",
    /took \d+ ms, and 20ms are allowed/,
  ],
];

for (const [what, spec, listener, reason, says] of failures) {
  test(`${what} fails`, async (t) => {
    const verdict = await run(spec, await serve(t, listener));
    assert.deepEqual([verdict.verdict, verdict.reason], ["fail", reason], verdict.message);
    assert.match(verdict.message, says);
  });
}

test("a refused connection fails after the retries and names the system's code", async (t) => {
  const url = await serve(t, healthy);
  const gone = new URL(url);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  gone.port = String((other.address() as AddressInfo).port);
  await new Promise((resolve) => other.close(resolve));
  const verdict = await run({ ...health, retry: 600 }, gone.origin);
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "unreachable"]);
  assert.match(verdict.message, /after [2-9] attempts in 600ms.*ECONNREFUSED/);
});

test("a service that becomes ready while it is asked again passes", async (t) => {
  let asked = 0;
  const url = await serve(t, (request, response) => (++asked < 3 ? json({}, 503) : healthy)(request, response));
  const verdict = await run({ ...health, retry: 10_000 }, url);
  assert.equal(verdict.verdict, "pass");
  assert.equal(asked, 3);
});

test("a cancelled job ends the asking as unproven", async (t) => {
  const cancel = new AbortController();
  const url = await serve(t, (request, response) => {
    json({}, 503)(request, response);
    cancel.abort();
  });
  const verdict = await run({ ...health, retry: 60_000 }, url, quietPorts({ cancelled: cancel.signal }));
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "cancelled"]);
});

test("a check asks the runbook's site and the candidate, nobody else", async (t) => {
  const url = await serve(t, healthy);
  const spec = { http: { url: `${url}/api/health`, status: 200 } };
  assert.equal((await run(spec, undefined, quietPorts(), url)).verdict, "pass");
  assert.equal((await run(spec, url)).verdict, "pass");
  await assert.rejects(run(spec, undefined, quietPorts(), "https://shop.example.com"), InputError);
  await assert.rejects(run(health, undefined), InputError);
});

test("a failure that is not required is told and stops nothing", async (t) => {
  const verdict = await run({ ...health, must: false }, await serve(t, json({}, 503)));
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "failed-but-not-required"]);
  assert.match(verdict.message, /Not required, and failed: .*503/);
});
