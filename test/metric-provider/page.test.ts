import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";
import { type PageConfig, pageProvider } from "../../src/metric-provider/page.ts";
import type { Measurement } from "../../src/metric-provider.ts";
import { realPorts, told, without } from "./real-part.ts";

const window = { from: 0, to: 1 };
const profiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sluice-page-")).length;

describe("a real Chromium", { skip: without("chromium") }, () => {
  const page = (response: ServerResponse, html: string, status = 200) =>
    response.writeHead(status, { "content-type": "text/html" }).end(`<!doctype html><body>${html}</body>`);
  const server = createServer((request, response) => {
    if (request.url === "/broken") return void page(response, "<h1>It broke</h1>", 500);
    if (request.url === "/away") return void response.writeHead(302, { location: `${elsewhere}/` }).end();
    if (request.url === "/empty") return void page(response, "");
    // The first paint is early; the large text comes 300 ms later and pushes everything down.
    page(
      response,
      `<p id=p>Small</p><script>
        addEventListener("load", () => setTimeout(() => {
          p.insertAdjacentHTML("beforebegin", "<h1 style='font-size:90px;height:300px'>Large and late</h1>");
        }, 300));
      </script>`,
    );
  });
  const other = createServer((_, response) => page(response, "<h1>Sign in</h1>"));
  let address = "";
  let elsewhere = "";
  const listen = async (each: typeof server) => {
    await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
    const bound = each.address();
    return typeof bound === "object" && bound !== null ? `http://127.0.0.1:${bound.port}` : "";
  };
  before(async () => {
    [address, elsewhere] = [await listen(server), await listen(other)];
  });
  after(() => {
    for (const each of [server, other]) {
      each.closeAllConnections();
      each.close();
    }
  });

  const measure = (path: string, measure: PageConfig["measure"]): Promise<Measurement> =>
    pageProvider({ path, measure }, realPorts()).measure(window, { version: "v2", address });
  const value = async (path: string, what: PageConfig["measure"]) => {
    const measured = await measure(path, what);
    assert.ok(measured.kind === "value", told(measured));
    return measured.value;
  };

  test("the large late text is what lcp waits for, and what shifts the layout", async () => {
    const before = profiles();
    assert.ok((await value("/", "lcp")) >= 300);
    assert.ok((await value("/", "cls")) > 0.01);
    assert.ok((await value("/", "fcp")) > 0);
    assert.equal(profiles(), before);
  });

  test("a page is interactive once it was quiet for five seconds", async () => {
    const measured = await measure("/", "tti");
    assert.ok(measured.kind === "value" && measured.value > 0, told(measured));
    assert.equal(measured.source, `synthetic load of ${address}/ in Chromium`);
  });

  test("an error page, another site, an empty page and no server are no data, however fast", async () => {
    assert.equal(told(await measure("/broken", "load")), "unreachable");
    assert.equal(told(await measure("/away", "load")), "redirected");
    assert.equal(told(await measure("/empty", "lcp")), "no-paint");
    const nowhere = { version: "v2", address: "http://127.0.0.1:9" };
    assert.equal(
      told(await pageProvider({ path: "/", measure: "load" }, realPorts()).measure(window, nowhere)),
      "unreachable",
    );
  });
});

test("no browser is no data", async () => {
  const provider = pageProvider({ path: "/", measure: "load" }, realPorts({ PATH: "/nowhere" }));
  const measured = await provider.measure(window, { version: "v2", address: "http://127.0.0.1:9" });
  assert.equal(told(measured), "no-browser");
});
