import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { InputError } from "../../src/failure.ts";
import { type HaproxyConfig, haproxyProvider } from "../../src/metric-provider/haproxy.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { type Part, realPorts, startPart, told, without } from "./real-part.ts";

const window = { from: 0, to: 1 };

describe("a real HAProxy before two versions", { skip: without("haproxy") }, () => {
  const app = createServer((request, response) => {
    if (request.url === "/die") response.destroy();
    else response.writeHead(request.url === "/fail" ? 500 : 200).end();
  });
  let proxy: Part | undefined;
  let [front, page] = [0, 0];

  before(async () => {
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const bound = app.address();
    assert.ok(typeof bound === "object" && bound !== null);
    [front, page] = [await freePort(), await freePort()];
    proxy = await startPart(
      "haproxy",
      async (directory) => {
        const config = path.join(directory, "haproxy.cfg");
        await writeFile(
          config,
          `global
  stats socket ${directory}/stats.sock mode 600 level operator
defaults
  mode http
  retries 0
  option httpclose
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend users
  bind 127.0.0.1:${front}
  use_backend gone if { path /gone }
  default_backend web
frontend numbers
  bind 127.0.0.1:${page}
  stats enable
  stats uri /stats
  stats auth sluice:secret
backend web
  server v1 127.0.0.1:${bound.port} weight 0
  server v2 127.0.0.1:${bound.port} weight 100
backend gone
  server v2 127.0.0.1:1
`,
        );
        return ["-db", "-f", config];
      },
      async () => (await fetch(`http://127.0.0.1:${page}/stats`)).status === 401,
    );
  });
  after(async () => {
    await proxy?.stop();
    app.closeAllConnections();
    app.close();
  });

  const ways = (): readonly (readonly [string, Partial<HaproxyConfig>])[] => [
    ["page", { url: `http://127.0.0.1:${page}/stats`, login: "sluice:secret" }],
    ["socket", { socket: path.join(proxy?.directory ?? "", "stats.sock") }],
  ];
  const open = (config: Partial<HaproxyConfig>) =>
    haproxyProvider({ backend: "web", server: "$version", ...config }, realPorts());
  const hit = async (path: string, times: number) => {
    for (let i = 0; i < times; i++) await (await fetch(`http://127.0.0.1:${front}${path}`)).arrayBuffer();
  };

  for (const [i, way] of (["page", "socket"] as const).entries())
    test(`requests, 5xx and broken connections of one version, from the ${way}`, async () => {
      const provider = open(ways()[i]?.[1] ?? {});
      assert.equal(told(await provider.measure(window, { version: "v2" })), "first-look");
      assert.equal(told(await provider.measure(window, { version: "v1" })), "first-look");
      await hit("/", 5);
      await hit("/fail", 2);
      await hit("/die", 3);
      assert.equal(told(await provider.measure(window, { version: "v2" })), "counts 5/10");
      assert.equal(told(await provider.measure(window, { version: "v1" })), "counts 0/0");
    });

  test("a server nobody reaches has bad requests, though it never answered one", async () => {
    const provider = open({ ...ways()[1]?.[1], backend: "gone" });
    await provider.measure(window, { version: "v2" });
    await hit("/gone", 2);
    assert.equal(told(await provider.measure(window, { version: "v2" })), "counts 2/2");
  });

  test("a version without a server is no data", async () => {
    assert.equal(told(await open(ways()[1]?.[1] ?? {}).measure(window, { version: "v3" })), "no-series");
  });

  test("cleared counters are a reset, not a negative number", async () => {
    const provider = open(ways()[0]?.[1] ?? {});
    await provider.measure(window, { version: "v2" });
    await proxy?.stop();
    assert.equal(told(await provider.measure(window, { version: "v2" })), "unreachable");
  });
});

describe("what stands in HAProxy's place", () => {
  const head = "# pxname,svname,econ,eresp,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,";
  const row = (ok: number | string, bad: number) => `web,v2,0,0,0,${ok},0,0,${bad},0,`;
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ["a web page", ["<html></html>", "<html></html>"], "unparsable"],
    ["an empty page", ["", ""], "unparsable"],
    ["two servers of one name", [`${head}\n${row(1, 0)}\n${row(1, 0)}\n`], "ambiguous"],
    ["empty counts: the backend is in tcp mode", [`${head}\n${row("", 0)}\n`], "odd-number"],
    ["a text with a unit", [`${head}\n${row("12k", 0)}\n`], "odd-number"],
    ["totals that went down", [`${head}\n${row(9, 1)}\n`, `${head}\n${row(2, 0)}\n`], "counter-reset"],
    ["totals that went up", [`${head}\n${row(9, 1)}\n`, `${head}\n${row(12, 2)}\n`], "counts 1/4"],
  ];
  for (const [name, pages, expected] of rows)
    test(`${name}: ${expected}`, async () => {
      let page = "";
      const server = createServer((_, response) => response.end(page));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const bound = server.address();
      assert.ok(typeof bound === "object" && bound !== null);
      const url = `http://127.0.0.1:${bound.port}/stats`;
      const provider = haproxyProvider({ url, backend: "web", server: "$version" }, realPorts());
      const seen: string[] = [];
      for (page of pages) seen.push(told(await provider.measure(window, { version: "v2" })));
      server.closeAllConnections();
      server.close();
      assert.equal(seen.at(-1), expected);
    });

  test("one place to read from, and only one", () => {
    const config = { backend: "web", server: "$version" };
    assert.throws(() => haproxyProvider(config, realPorts()), InputError);
    assert.throws(
      () => haproxyProvider({ ...config, url: "https://a.example", socket: "/s" }, realPorts()),
      InputError,
    );
  });
});
