import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vercelTarget } from "../../src/deploy-target/vercel.ts";
import type { DeployTarget, Outcome, Production } from "../../src/deploy-target.ts";
import type { Ports } from "../../src/ports.ts";
import { startVercelTwin, type VercelTwin, type VercelTwinOptions } from "../../src/rehearsal/vercel-twin.ts";
import { exec } from "../../src/runner/ports.ts";
import type { VercelTarget } from "../../src/target-spec.ts";

export const project = { id: "prj_shop4711", name: "shop" };
export const team = { id: "team_acme0815", slug: "acme" };
export const domain = "shop.example";

export const commits = { one: "1".repeat(40), two: "2".repeat(40), three: "3".repeat(40), none: "f".repeat(40) };

const server = `import { createServer } from "node:http";
createServer((request, response) => {
  response.writeHead(200, { "x-version": process.env.VERSION, "content-type": "text/plain" });
  response.end(process.env.GREETING ?? "hello");
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Any commit but \`none\` has one small program. */
async function checkout(sha: string, into: string): Promise<boolean> {
  if (sha === commits.none) return false;
  await writeFile(join(into, "server.mjs"), server);
  return true;
}

export interface VercelScene extends AsyncDisposable {
  readonly twin: VercelTwin;
  readonly target: DeployTarget;
  readonly directory: string;
  /** The deployment that serves everything when the scene begins. */
  readonly stable: string;
  /** Everything that was logged or masked. */
  readonly said: { readonly level: string; readonly message: string }[];
  /** Another client of the same twin. */
  targetWith(spec: Partial<VercelTarget>, ports?: Partial<Ports>): DeployTarget;
  /** How often each version answers users in a row of requests. */
  users(requests?: number): Promise<Readonly<Record<string, number>>>;
}

/** How many of its milliseconds pass in one real one: fast, but never faster than a request on a busy machine. */
const haste = 8;

/** The pause between two looks at something slow. It is over at once, and this much time has passed. */
const slowLookMs = 2_000;

export function hastyClock(slowLookTakesMs = slowLookMs): Ports["clock"] {
  const started = performance.now();
  const begun = Date.now();
  let skipped = 0;
  const monotonic = () => (performance.now() - started) * haste + skipped;
  return {
    now: () => begun + monotonic(),
    monotonic,
    sleep(ms, signal) {
      const looks = ms === slowLookMs;
      if (looks) skipped += slowLookTakesMs;
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const end = () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        const timer = setTimeout(end, looks ? 2 : ms / haste);
        signal?.addEventListener("abort", stop, { once: true });
      });
    },
  };
}

/** A project with one version that serves, on a twin whose deployments are real processes. */
export async function vercelScene(options: Partial<VercelTwinOptions> = {}): Promise<VercelScene> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-vercel-scene-"));
  const twin = await startVercelTwin({
    directory,
    project,
    team,
    checkout,
    command: ["node", "server.mjs"],
    domains: [domain],
    ...options,
  });
  const stable = await twin.serve(commits.one);
  const said: { level: string; message: string }[] = [];
  const log = (level: string) => (message: string) => void said.push({ level, message });
  const ports: Ports = {
    clock: hastyClock(),
    random: () => 0.5,
    fetch: globalThis.fetch,
    exec,
    env: { ...process.env, SLUICE_VERCEL_API: twin.url },
    log: { info: log("info"), notice: log("notice"), warn: log("warn"), error: log("error") },
    cancelled: new AbortController().signal,
    mask: log("mask"),
  };
  const spec: VercelTarget = {
    project: project.id,
    team: team.id,
    token: twin.issueToken(),
    build: "remote",
    domain,
    health: "/",
  };
  return {
    twin,
    directory,
    stable,
    said,
    target: vercelTarget(spec, ports),
    targetWith: (more, morePorts = {}) => vercelTarget({ ...spec, ...more }, { ...ports, ...morePorts }),
    async users(requests = 100) {
      const seen: Record<string, number> = {};
      for (let i = 0; i < requests; i++) {
        const version = (await fetch(twin.production)).headers.get("x-version") ?? "none";
        seen[version] = (seen[version] ?? 0) + 1;
      }
      return seen;
    },
    async [Symbol.asyncDispose]() {
      await twin.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export function applied(outcome: Outcome): Production {
  if (outcome.outcome !== "applied") throw new Error(`not applied: ${JSON.stringify(outcome)}`);
  return outcome.production;
}

export const sharesOf = ({ serving }: Production): Readonly<Record<string, number>> =>
  Object.fromEntries(serving.map(({ version, weight }) => [version, weight]));
