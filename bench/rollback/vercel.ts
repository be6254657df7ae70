import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startVercelTwin } from "../../src/rehearsal/vercel-twin.ts";
import type { BenchPlatform } from "../rollback.ts";

const server = `import { createServer } from "node:http";
createServer((_, response) => response.end("hello")).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Vercel's twin with two deployments; a move of the domains takes it 0.2 s. */
export async function vercelPlatform(): Promise<BenchPlatform> {
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-bench-vercel-"));
  const project = { id: "prj_bench4711", name: "shop" };
  const team = { id: "team_bench0815", slug: "bench" };
  const twin = await startVercelTwin({
    directory,
    project,
    team,
    domains: ["shop.example"],
    checkout: (_, into) => writeFile(path.join(into, "server.mjs"), server).then(() => true),
    command: ["node", "server.mjs"],
    aliasMs: 100,
    rateLimit: 1_000_000,
  });
  const stable = await twin.serve("1".repeat(40));
  const other = await twin.deploy("2".repeat(40));
  let seen = 0;
  return {
    name: "vercel",
    target: `vercel: { project: ${project.id}, team: ${team.id}, domain: shop.example }`,
    secrets: `VERCEL_TOKEN=${twin.issueToken()}\n`,
    env: { SLUICE_VERCEL_API: twin.url },
    stable,
    async spoil() {
      twin.traffic.promote(other);
      await twin.settled();
      seen = twin.exchanges.length;
    },
    orderedAt: () => twin.exchanges.slice(seen).find(({ path: asked }) => asked.includes("/rollback/"))?.at,
    restored: () => twin.traffic.state.pointed.get("shop.example") === stable,
    async stop() {
      await twin.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
