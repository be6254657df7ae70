import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test } from "node:test";
import * as z from "zod";
import { type Patience, restClient } from "../../src/deploy-target/rest.ts";
import { ProviderError } from "../../src/failure.ts";
import { swiftPorts } from "../swift-ports.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const token = "tok_hidden_5f1c";
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const fine = json(200, { id: "a" });
const cut: Answer = (request) => void request.socket.destroy();
const half: Answer = (request, response) => {
  response.writeHead(200, { "content-length": "100" }).write('{"id":');
  setImmediate(() => request.socket.destroy());
};
const silent: Answer = () => undefined;
const page: Answer = (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>");

/** A platform that answers as it is told, one answer after the other, and the last one for ever. */
async function platform(answers: readonly Answer[], patience: Partial<Patience> = {}) {
  const seen: { method: string; url: string; authorization: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, authorization: headers.authorization ?? "", body });
    answers[Math.min(seen.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const ports = swiftPorts();
  const client = restClient(
    {
      provider: "vercel",
      base: new URL(`http://127.0.0.1:${port}/api`),
      token,
      query: { teamId: "team_1" },
      mend: ({ status }) => (status === 403 ? "Use a token of this team." : ""),
      patience,
    },
    ports,
  );
  return {
    client,
    seen,
    slept: ports.slept,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const call = { to: "read the project", path: "/v9/projects/p", schema: z.object({ id: z.string() }) };
const move = { to: "promote", method: "POST", path: "/promote", body: { a: 1 } } as const;

test("a request carries the token in its header alone, and what every request says", async () => {
  await using small = await platform([fine]);
  assert.deepEqual(await small.client.read({ ...call, query: { a: "b c" } }), { id: "a" });
  const [sent] = small.seen;
  assert.equal(sent?.url, "/api/v9/projects/p?teamId=team_1&a=b+c");
  assert.equal(sent?.authorization, `Bearer ${token}`);
});

/** Long enough for an answer on a busy machine, on a clock that runs fast. */
const lasting = { requestMs: 30_000, totalMs: 600_000 };

const repeated: readonly [string, Answer][] = [
  ["503", json(503, {})],
  ["a cut connection", cut],
  ["half an answer", half],
  ["no answer", silent],
];
for (const [name, answer] of repeated) {
  test(`a read is repeated after ${name}; a write is not, and its outcome is unknown`, async () => {
    await using small = await platform([answer, fine], lasting);
    assert.deepEqual(await small.client.read(call), { id: "a" });
    assert.equal(small.seen.length, 2);
    await using other = await platform([answer, fine], lasting);
    const written = await other.client.write(move);
    assert.equal(written.outcome, "unknown");
    assert.equal(other.seen.length, 1);
  });
}

test("a rate limit is waited for as long as it asks, for writes too: nothing has happened yet", async () => {
  await using small = await platform([json(429, {}, { "retry-after": "7" }), fine]);
  assert.equal((await small.client.write(move)).outcome, "accepted");
  assert.equal(small.seen.length, 2);
  assert.ok(small.slept.includes(7_000));
});

test("a whole minute of a rate limit is waited for", async () => {
  await using small = await platform([json(429, {}, { "retry-after": "60" }), fine], { requestMs: 30_000 });
  assert.equal((await small.client.write(move)).outcome, "accepted");
  assert.ok(small.slept.includes(60_000));
});

test("a rate limit beyond the patience is told with the time to wait, and nothing is tried again", async () => {
  await using small = await platform([json(429, {}, { "retry-after": "3600" })]);
  const written = await small.client.write(move);
  assert.ok(written.outcome === "refused");
  assert.match(written.error.message, /rate limit .*Run it again after 3600 s\./);
  assert.equal(small.seen.length, 1);
});

const unreadable: readonly [string, Answer, RegExp][] = [
  ["a web page", page, /with a page that is not JSON/],
  ["another shape", json(200, { id: 5 }), /without a readable id/],
  ["a redirect", json(302, {}, { location: "https://elsewhere.example/" }), /failed to read the project \(302\)/],
  [
    "an endless body",
    (_, response) => void response.writeHead(200).end("x".repeat(5 * 1_048_576)),
    /larger than 4 MiB/,
  ],
  ["an error page", (_, response) => void response.writeHead(502).end("<html>"), /502: a web page, not JSON/],
];
for (const [name, answer, message] of unreadable) {
  test(`${name} is a clear error without the token`, async () => {
    await using small = await platform([answer], { attempts: 1 });
    await assert.rejects(small.client.read(call), (error: unknown) => {
      assert.ok(error instanceof ProviderError);
      assert.match(error.message, message);
      assert.equal(error.retryable, true);
      assert.ok(!`${error.message} ${error.stack}`.includes(token));
      return true;
    });
  });
}

test("a refusal is told in the platform's words and with what to do; 404 of a read is undefined", async () => {
  const refusal = { error: { code: "forbidden", message: "Not\u001b[31m yours.\n::error::x" } };
  await using small = await platform([json(404, {}), json(403, refusal)]);
  assert.equal(await small.client.read(call), undefined);
  await assert.rejects(small.client.read(call), {
    message: "Vercel refused to read the project (403: Not yours. · ::error::x). Use a token of this team.",
    status: 403,
    retryable: false,
  });
});

test("a write whose accepted answer cannot be read is unknown, and never sent again", async () => {
  await using small = await platform([page]);
  const written = await small.client.write({ ...move, schema: call.schema });
  assert.equal(written.outcome, "unknown");
  assert.equal(small.seen.length, 1);
});

test("the platform's clock is what its answers say", async () => {
  const ahead = Date.now() + 3_600_000;
  await using small = await platform([json(200, { id: "a" }, { date: new Date(ahead).toUTCString() })]);
  await small.client.read(call);
  assert.ok(Math.abs(small.client.now() - ahead) < 600_000);
});
