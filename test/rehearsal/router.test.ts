import assert from "node:assert/strict";
import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { after, test } from "node:test";
import fc from "fast-check";
import { createRouter, endToEndHeaders, type Router, weightedRoundRobin } from "../../src/rehearsal/router.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { eventually } from "./tiny-commit.ts";

const open: (() => Promise<unknown> | unknown)[] = [];
after(() => Promise.all(open.map((close) => close())));

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return portOf(server);
}

async function version(answer: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(answer);
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return listening(server);
}

async function router(answerWithinMs = 2_000): Promise<{ router: Router; origin: string }> {
  const made = createRouter({ answerWithinMs });
  open.push(made.close);
  return { router: made, origin: `http://127.0.0.1:${await listening(made.server)}` };
}

test("over any full cycle the split is exact, and on the way nobody is ahead or behind by more than the others' number", () => {
  const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 3 }), (given, cycles) => {
      const total = given.reduce((sum, weight) => sum + weight, 0);
      const pick = weightedRoundRobin(given.map((weight, index) => ({ weight, index })));
      const counts = given.map(() => 0);
      for (let n = 1; n <= total * cycles; n += 1) {
        const picked = pick();
        assert.ok(picked !== undefined);
        counts[picked.index] = (counts[picked.index] ?? 0) + 1;
        const due = (picked.weight * n) / total;
        assert.ok(Math.abs((counts[picked.index] ?? 0) - due) < given.length);
      }
      assert.deepEqual(
        counts,
        given.map((weight) => weight * cycles),
      );
      if (total === 0) assert.equal(pick(), undefined);
    }),
    { numRuns: 100 },
  );
});

test("headers that speak about one connection do not travel on", () => {
  const headers = {
    host: "quickstart.test",
    connection: "keep-alive, X-Private",
    "keep-alive": "timeout=5",
    te: "trailers",
    trailer: "expires",
    "transfer-encoding": "chunked",
    upgrade: "websocket",
    "proxy-authorization": "Basic abc",
    "x-private": "1",
    "x-public": "2",
    "set-cookie": ["a=1", "b=2"],
  };
  assert.deepEqual(endToEndHeaders(headers), {
    host: "quickstart.test",
    "x-public": "2",
    "set-cookie": ["a=1", "b=2"],
  });
});

test("a request reaches the version with its method, path, headers and body, and the answer comes back whole", async () => {
  const port = await version((incoming, outgoing) => {
    outgoing.writeHead(201, {
      "x-version": "v1",
      "set-cookie": ["a=1", "b=2"],
      "x-saw": incoming.headers["x-client"] ?? "",
    });
    outgoing.write(`${incoming.method} ${incoming.url} `);
    incoming.pipe(outgoing);
  });
  const { router: front, origin } = await router();
  front.serve([{ version: "v1", port, weight: 100 }]);

  const body = "x".repeat(200_000);
  for (const method of ["POST", "PUT", "DELETE"]) {
    const chunked = new Blob([body]).stream();
    const answer = await fetch(`${origin}/a?b=c%20d`, {
      method,
      body: chunked,
      duplex: "half",
      headers: { "x-client": "me" },
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("x-saw"), "me");
    assert.equal(answer.headers.get("x-served-by"), "v1");
    assert.deepEqual(answer.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(await answer.text(), `${method} /a?b=c%20d ${body}`);
  }
  const head = await fetch(origin, { method: "HEAD" });
  assert.equal(head.status, 201);
});

test("without a version that serves the answer is 503", async () => {
  const { origin } = await router();
  const answer = await fetch(origin);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /No version serves/);
});

test("a version nobody listens for gives 502, names the version and is counted", async () => {
  const { router: front, origin } = await router();
  front.serve([{ version: "gone", port: await freePort(), weight: 100 }]);
  const answer = await fetch(origin);
  assert.equal(answer.status, 502);
  assert.equal(answer.headers.get("x-served-by"), "gone");
  assert.match(await answer.text(), /gone did not answer: ECONNREFUSED/);
  assert.deepEqual(front.counts(), { gone: { requests: 1, undelivered: 1 } });
});

test("a version that stays silent gives 504 instead of a request that hangs", async () => {
  const port = await version(() => undefined);
  const { router: front, origin } = await router(100);
  front.serve([{ version: "mute", port, weight: 100 }]);
  const answer = await fetch(origin);
  assert.equal(answer.status, 504);
  assert.match(await answer.text(), /nothing came for 100 ms/);
  assert.deepEqual(front.counts(), { mute: { requests: 1, undelivered: 1 } });
});

test("an answer that breaks off breaks off for the client too, and is never passed on as whole", async () => {
  const port = await version((_, outgoing) => {
    outgoing.writeHead(200, { "content-length": "1000" });
    outgoing.write("half", () => outgoing.destroy());
  });
  const { router: front, origin } = await router();
  front.serve([{ version: "torn", port, weight: 100 }]);
  await assert.rejects(async () => (await fetch(origin, { signal: AbortSignal.timeout(5_000) })).text());
  assert.deepEqual(front.counts(), { torn: { requests: 1, undelivered: 1 } });
});

test("an answer that cannot be passed on is a 502 and not the end of the router", async () => {
  const server = createTcpServer((socket) =>
    socket.on("data", () => socket.write("HTTP/1.1 099 odd\r\n\r\n")).on("error", () => undefined),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => server.close());
  const { router: front, origin } = await router();
  front.serve([{ version: "odd", port: portOf(server), weight: 100 }]);
  for (let n = 1; n <= 2; n += 1) {
    assert.equal((await fetch(origin)).status, 502);
    assert.deepEqual(front.counts(), { odd: { requests: n, undelivered: n } });
  }
});

test("a connection the version closed while it was idle costs no request", async () => {
  let connections = 0;
  const server = createServer((_, outgoing) => outgoing.end("ok"));
  server.on("connection", () => {
    connections += 1;
  });
  // Answers one request on a connection and resets the connection when the next one arrives on it.
  const seen = new WeakSet<object>();
  server.prependListener("request", (incoming: IncomingMessage) => {
    if (seen.has(incoming.socket)) incoming.socket.resetAndDestroy();
    seen.add(incoming.socket);
  });
  const port = await listening(server);
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { router: front, origin } = await router();
  front.serve([{ version: "v1", port, weight: 100 }]);
  for (let n = 0; n < 6; n += 1) {
    const answer = await fetch(origin);
    assert.equal(answer.status, 200);
    await answer.text();
  }
  assert.ok(connections > 1);
  assert.equal(front.counts()["v1"]?.undelivered, 0);
});

test("a client that leaves takes its request to the version with it", async () => {
  let arrived = false;
  let left = false;
  const port = await version((incoming) => {
    arrived = true;
    incoming.socket.once("close", () => {
      left = true;
    });
  });
  const { router: front, origin } = await router(60_000);
  front.serve([{ version: "v1", port, weight: 100 }]);
  const client = connect(Number(new URL(origin).port), "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await eventually("the request reached the version", () => arrived);
  client.destroy();
  await eventually("the request was taken back", () => left);
  assert.equal(front.counts()["v1"]?.undelivered, 0);
});

test("new weights hold from the very next request on, also on a connection that is already open", async () => {
  const one = await version((_, outgoing) => outgoing.end("v1"));
  const two = await version((_, outgoing) => outgoing.end("v2"));
  const { router: front, origin } = await router();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  open.push(() => agent.destroy());
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const outgoing = request(origin, { agent }, (answer) => answer.setEncoding("utf8").once("data", resolve));
      outgoing.once("error", reject).end();
    });
  for (const [wanted, weight] of [
    ["v1", 0],
    ["v2", 100],
    ["v1", 0],
    ["v2", 100],
  ] as const) {
    front.serve([
      { version: "v1", port: one, weight: 100 - weight },
      { version: "v2", port: two, weight },
    ]);
    for (let n = 0; n < 5; n += 1) assert.equal(await ask(), wanted);
  }
});
