import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { commits, hastyClock, vercelScene } from "./vercel-scene.ts";

const binaries = path.resolve(import.meta.dirname, "../parts/vercel/node_modules/.bin");
const skip = existsSync(path.join(binaries, "vercel"))
  ? false
  : "Vercel's command line is not installed: npm install --no-save --prefix test/parts/vercel";

/** Unpacks what was uploaded and serves its static part; what was not uploaded says hello. */
const serve = `
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const uploaded = existsSync(".vercel/source.tgz.part1");
if (uploaded) execFileSync("tar", ["-xzf", ".vercel/source.tgz.part1"]);
require("node:http").createServer((request, response) => {
  response.setHeader("x-version", process.env.VERSION);
  response.end(uploaded ? readFileSync(".vercel/output/static/index.html") : "hello");
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

test("a local build by Vercel's own command line, 60.1.3, is staged without traffic and serves what was built", {
  skip,
}, async () => {
  await using small = await vercelScene({ command: ["node", "-e", serve] });
  small.twin.variables.put({ key: "API_KEY", value: "pulled-hunter2", type: "encrypted", target: ["production"] });
  const workspace = await mkdtemp(path.join(tmpdir(), "sluice-vercel-build-"));
  try {
    await mkdir(path.join(workspace, "public"));
    await writeFile(path.join(workspace, "public", "index.html"), "<h1>built here</h1>");
    await writeFile(path.join(workspace, "package.json"), JSON.stringify({ name: "shop", private: true }));
    const env = { ...process.env, PATH: `${binaries}:${process.env["PATH"]}`, SLUICE_VERCEL_API: small.twin.url };
    const target = small.targetWith({ build: "local" }, { env, clock: hastyClock() });
    const { version, url } = await target.stage({ commit: commits.two, directory: workspace, env: {} });
    assert.equal(await (await fetch(url)).text(), "<h1>built here</h1>");
    assert.deepEqual(await small.users(10), { [small.stable]: 10 }, "no domain was taken");
    const made = small.twin.deployments.find(({ id }) => id === version);
    assert.deepEqual([made?.source, made?.autoAssignCustomDomains], ["cli", false]);
    assert.equal(made?.meta["sluiceCommit"], commits.two);
    assert.ok(!existsSync(path.join(workspace, ".vercel")), "what was pulled does not stay");
    assert.deepEqual(readdirSync(workspace).sort(), ["package.json", "public"]);
    const spoken = small.twin.exchanges.map(({ method, path: asked }) => `${method} ${asked}`).join("\n");
    assert.doesNotMatch(spoken, /promote|rollback|approve-stage|\/aliases/, "it moves nothing");
    assert.equal((await target.stage({ commit: commits.two, directory: workspace, env: {} })).version, version);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});
