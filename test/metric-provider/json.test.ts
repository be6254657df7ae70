import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import { InputError, ProviderError } from "../../src/failure.ts";
import { type JsonConfig, jsonProvider } from "../../src/metric-provider/json.ts";
import { realPorts, told, until } from "./real-part.ts";
import { type App, startApp } from "./start-app.ts";

const window = () => ({ from: Date.now() - 1_000, to: Date.now() });
const errorRate: JsonConfig = {
  path: "/metrics.json",
  version: "build.version",
  bad: "http.bad",
  total: "http.total",
};

describe("two real processes", () => {
  const apps: App[] = [];
  /** Gives each connection to the next process, as a platform's balancer does. */
  let turn = 0;
  const balancer = createServer((request, response) => {
    const app = apps[turn++ % apps.length];
    fetch(`${app?.address}${request.url}`).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      () => response.writeHead(502).end(),
    );
  });
  let balanced = "";

  before(async () => {
    apps.push(...(await Promise.all([startApp("v2", "a"), startApp("v2", "b")])));
    await new Promise<void>((resolve) => balancer.listen(0, "127.0.0.1", resolve));
    const bound = balancer.address();
    assert.ok(typeof bound === "object" && bound !== null);
    balanced = `http://127.0.0.1:${bound.port}`;
  });
  after(async () => {
    balancer.closeAllConnections();
    balancer.close();
    await Promise.all(apps.map((app) => app.stop()));
  });

  test("one process: totals become what was added between two looks", async () => {
    const [app] = apps;
    assert.ok(app);
    const provider = jsonProvider(errorRate, realPorts());
    const subject = { version: "v2", address: app.address };
    assert.equal(told(await provider.measure(window(), subject)), "first-look");
    await app.hit("/", 4);
    await app.hit("/fail", 2);
    const measured = await provider.measure(window(), subject);
    assert.equal(told(measured), "counts 2/6");
    assert.equal(measured.kind === "counts" && measured.version, "v2");
  });

  test("several behind one address: all of them are met, or nothing counts", async () => {
    const provider = jsonProvider({ ...errorRate, instance: "instance", instances: 2 }, realPorts());
    const subject = { version: "v2", address: balanced };
    assert.equal(told(await provider.measure(window(), subject)), "first-look");
    await Promise.all(apps.map((app) => app.hit("/", 10)));
    await apps[1]?.hit("/fail", 1);
    assert.equal(told(await provider.measure(window(), subject)), "counts 1/21");
    const third = jsonProvider({ ...errorRate, instance: "instance", instances: 3 }, realPorts());
    assert.equal(told(await third.measure(window(), subject)), "instances-missing");
  });

  test("several without saying so: their totals disagree, and no look is negative", async () => {
    const provider = jsonProvider(errorRate, realPorts());
    const subject = { version: "v2", address: balanced };
    const seen = new Set<string>();
    await until(async () => {
      seen.add(told(await provider.measure(window(), subject)));
      return seen.has("counter-reset");
    }, "totals that go down");
  });

  test("a page about another version is no data", async () => {
    const measured = await jsonProvider(errorRate, realPorts()).measure(window(), { version: "v3", address: balanced });
    assert.equal(told(measured), "other-version");
  });
});

describe("what a page may answer instead of numbers", () => {
  let answer: (response: ServerResponse) => void = () => undefined;
  const server = createServer((_, response) => answer(response));
  let address = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    assert.ok(typeof bound === "object" && bound !== null);
    address = `http://127.0.0.1:${bound.port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const value = async (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200) => {
    answer = (response) => response.writeHead(status, headers).end(body);
    const provider = jsonProvider({ path: "/m", value: "memory.used" }, realPorts());
    return told(await provider.measure(window(), { version: "v2", address }));
  };

  const odd: readonly (readonly [string, string, string])[] = [
    ["null", '{"memory":{"used":null}}', "odd-number"],
    ["NaN, which is no JSON", '{"memory":{"used":NaN}}', "unparsable"],
    ["a number beyond all numbers", '{"memory":{"used":1e999}}', "odd-number"],
    ["a negative number", '{"memory":{"used":-1}}', "odd-number"],
    ["a text", '{"memory":{"used":"12"}}', "odd-number"],
    ["a text with a unit", '{"memory":{"used":"12 MB"}}', "odd-number"],
    ["an empty text", '{"memory":{"used":""}}', "odd-number"],
    ["an empty list", '{"memory":{"used":[]}}', "odd-number"],
    ["true", '{"memory":{"used":true}}', "odd-number"],
    ["nothing at the path", '{"memory":{}}', "no-series"],
    ["a list", "[]", "no-series"],
    ["an empty answer", "", "unparsable"],
    ["a web page", "<html>Sign in</html>", "unparsable"],
    ["half an answer", '{"memory":{"used":1', "unparsable"],
  ];
  for (const [name, body, reason] of odd)
    test(`F22: ${name} is no data`, async () => assert.equal(await value(body), reason));

  test("zero is a value", async () => assert.equal(await value('{"memory":{"used":0}}'), "value 0"));
  test("F23: what a cache remembers is no data", async () =>
    assert.equal(await value('{"memory":{"used":1}}', { age: "30" }), "stale"));
  test("B80: a redirect is no data", async () =>
    assert.equal(await value("", { location: "/login" }, 302), "unreachable"));
  test("a missing page is no data", async () => assert.equal(await value("{}", {}, 404), "unreachable"));
  test("a refusal is an error", async () => assert.rejects(value("{}", {}, 403), ProviderError));
  test("bytes that are no text are no data", async () =>
    assert.equal(await value(new Uint8Array([0xff, 0xfe, 0])), "unparsable"));
  test("50 MB are not read", async () => assert.equal(await value(Buffer.alloc(50_000_000, 32)), "too-large"));
  test("several instances need an id", () =>
    assert.throws(() => jsonProvider({ path: "/m", value: "a", instances: 2 }, realPorts()), InputError));
});
