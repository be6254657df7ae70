import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startRenderTwin } from "../../src/rehearsal/render-twin.ts";
import type { BenchPlatform } from "../rollback.ts";

const server = `import { createServer } from "node:http";
createServer((_, response) => response.end("hello")).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Render's twin with two commits; a rollback starts the old version anew, which takes it a process' start and 0.1 s. */
export async function renderPlatform(): Promise<BenchPlatform> {
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-bench-render-"));
  const app = await mkdtemp(path.join(directory, "app-"));
  await writeFile(path.join(app, "server.mjs"), server);
  const service = "srv-bench00000000000000";
  const key = "rnd_bench";
  const twin = await startRenderTwin({
    directory: path.join(directory, "render"),
    key,
    limits: { reads: 1_000_000, writes: 1_000_000 },
    services: [
      { id: service, name: "shop", checkout: async () => app, command: ["node", "server.mjs"], updateMs: 100 },
    ],
  });
  const production = twin.service(service);
  const stable = "1".repeat(40);
  const deploy = async (commit: string) => {
    production.trigger({ commit, trigger: "manual" });
    await production.settled();
  };
  await deploy(stable);
  let seen = 0;
  return {
    name: "render",
    target: `render: { service: ${service} }`,
    secrets: `RENDER_API_KEY=${key}\n`,
    env: { SLUICE_RENDER_API: twin.url },
    stable,
    async spoil() {
      await deploy("2".repeat(40));
      seen = twin.exchanges.length;
    },
    orderedAt: () => twin.exchanges.slice(seen).find(({ path: asked }) => asked.endsWith("/rollback"))?.at,
    restored: () => production.live()?.commit === stable,
    async stop() {
      await twin.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
