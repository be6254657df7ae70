import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { InputError, ProviderError } from "../../src/failure.ts";
import { exchange } from "../../src/metric-provider/exchange.ts";
import { redisProvider } from "../../src/metric-provider/redis.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { type Part, realPorts, startPart, told, without } from "./real-part.ts";

const window = { from: 0, to: 1 };
const subject = { version: "v2" };

describe("a real Redis server", { skip: without("redis-server") }, () => {
  let server: Part | undefined;
  let port = 0;
  before(async () => {
    port = await freePort();
    server = await startPart(
      "redis-server",
      (directory) => [
        "--port",
        `${port}`,
        "--bind",
        "127.0.0.1",
        "--dir",
        directory,
        "--save",
        "",
        "--requirepass",
        "pa%ss",
      ],
      async () => (await send("PING")).includes("PONG"),
    );
  });
  after(() => server?.stop());

  const send = async (...lines: readonly string[]) => {
    const sent = ["AUTH pa%ss", ...lines, "QUIT", ""].join("\r\n");
    const at = { host: "127.0.0.1", port, tls: false };
    return (await exchange({ at }, sent, () => false, new AbortController().signal)).toString();
  };
  const open = (measure: "misses" | "memory" | "clients", login = ":pa%25ss") =>
    redisProvider({ url: `redis://${login}@127.0.0.1:${port}`, measure }, realPorts());

  test("misses among lookups since the last look", async () => {
    const provider = open("misses");
    assert.equal(told(await provider.measure(window, subject)), "first-look");
    await send("SET a 1", "GET a", "GET a", "GET a", "GET b");
    const measured = await provider.measure(window, subject);
    assert.equal(told(measured), "counts 1/4");
    assert.match(
      measured.kind === "counts" ? measured.source : "",
      /^Redis at 127\.0\.0\.1:\d+, shared by all versions$/,
    );
  });

  test("statistics that are reset are no data", async () => {
    const provider = open("misses");
    await send("GET b");
    await provider.measure(window, subject);
    await send("CONFIG RESETSTAT");
    assert.equal(told(await provider.measure(window, subject)), "counter-reset");
  });

  test("memory and clients are values", async () => {
    assert.match(told(await open("memory").measure(window, subject)), /^value \d{5,}$/);
    assert.match(told(await open("clients").measure(window, subject)), /^value [1-9]\d*$/);
  });

  test("a wrong password is an error that does not repeat it", async () => {
    await assert.rejects(
      open("misses", ":wrong-password").measure(window, subject),
      (error) => error instanceof ProviderError && !error.message.includes("wrong-password"),
    );
    await assert.rejects(open("misses", "").measure(window, subject), ProviderError);
  });
});

const answers: readonly (readonly [string, string, string])[] = [
  ["a server that loads its data", "-LOADING Redis is loading the dataset in memory\r\n", "unreachable"],
  ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", "unparsable"],
  ["nothing", "", "unreachable"],
  ["half an answer", "$100\r\nkeyspace_hits:1\r\n", "unreachable"],
  ["an answer without the numbers", "$8\r\n# Stats\n\r\n", "no-series"],
  ["a number with a unit", "$38\r\nkeyspace_hits:12k\r\nkeyspace_misses:1\r\n\r\n", "no-series"],
];
for (const [name, answer, reason] of answers)
  test(`${name} is no data`, async () => {
    const server: Server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume().end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    assert.ok(typeof bound === "object" && bound !== null);
    const provider = redisProvider({ url: `redis://127.0.0.1:${bound.port}`, measure: "misses" }, realPorts());
    try {
      assert.equal(told(await provider.measure(window, subject)), reason);
    } finally {
      server.close();
    }
  });

test("nobody there is no data, and an address of something else is refused", async () => {
  const provider = redisProvider({ url: "redis://127.0.0.1:1", measure: "misses" }, realPorts());
  assert.equal(told(await provider.measure(window, subject)), "unreachable");
  assert.throws(() => redisProvider({ url: "http://127.0.0.1", measure: "misses" }, realPorts()), InputError);
});
