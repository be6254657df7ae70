import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { localTarget } from "../../src/deploy-target/local.ts";
import type { DeployTarget } from "../../src/deploy-target.ts";
import type { Entry, EnvironmentRecord } from "../../src/record.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import { startLocalHost } from "../../src/rehearsal/local-host.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { type BareFixture, bareRepository } from "../rehearsal/twin-repository.ts";

const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");
const token = "local-host-token-3f9a";

const runbook = `runbook: 1
service: shop
environment: production
url: https://shop.example
target:
  local: { admin: $LOCAL_ADMIN, token: $LOCAL_TOKEN, start: node server.mjs, health: /health }
stages:
  - { name: release, deploy: {} }
notify:
  webhook: { url: $HOOK }
`;

const server = `import { createServer } from "node:http";
createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end())
  .listen(Number(process.env.PORT), "127.0.0.1");
`;

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A person's machine: a clone of a repository, and a platform with two versions that really run. */
export interface LaptopWorld extends AsyncDisposable {
  readonly bare: BareFixture;
  /** Folder of the clone. */
  readonly clone: string;
  /** An empty folder that is no repository. */
  readonly elsewhere: string;
  readonly target: DeployTarget;
  /** The target as YAML, for `--target`. */
  readonly targetYaml: string;
  /** What the target's variables stand for, as dotenv lines. */
  readonly variables: string;
  readonly stable: string;
  readonly candidate: string;
  sluice(
    args: readonly string[],
    options?: { cwd?: string; env?: Readonly<Record<string, string>> },
  ): Promise<CommandRun>;
  record(): Promise<EnvironmentRecord>;
  /** Appends as a job of a release would. */
  append(...entries: readonly Entry[]): Promise<void>;
  shares(): Promise<Readonly<Record<string, number>>>;
  /** GitHub goes down: nobody listens where the remote points to; the answer brings it back. */
  gitHubDown(): () => void;
}

export async function openLaptopWorld(): Promise<LaptopWorld> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), "sluice-laptop-"));
  const [clone, elsewhere, app] = ["clone", "elsewhere", "app"].map((name) => path.join(scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [elsewhere, app]) mkdirSync(folder);
  writeFileSync(path.join(app, "server.mjs"), server);
  const bare = bareRepository({ ".github/runbook.yml": runbook });
  const git = (...args: string[]) => execFileSync("git", args, { cwd: scratch, stdio: "ignore" });
  git("clone", "--quiet", bare.directory, clone);
  git("-C", clone, "config", "user.name", "Ada Lovelace");
  git("-C", clone, "config", "user.email", "ada@example.org");

  const host = await startLocalHost({ directory: path.join(scratch, "host"), token });
  const health = { path: "/health", withinMs: 20_000 };
  const ports = runnerPorts(new AbortController().signal);
  const target = localTarget({ admin: host.admin, token, command: ["node", "server.mjs"], health }, ports);
  const [stable, candidate] = ["57ab1e".padEnd(40, "0"), "ca4d1da7e".padEnd(40, "0")];
  for (const commit of [stable, candidate]) await target.stage({ commit, directory: app, env: {} });
  await target.restore({ to: stable });
  const store = localGitStore(bare.directory, ports);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: elsewhere,
    LOCAL_ADMIN: host.admin,
    LOCAL_TOKEN: token,
  };

  return {
    bare,
    clone,
    elsewhere,
    target,
    targetYaml: "local: { admin: $LOCAL_ADMIN, token: $LOCAL_TOKEN, start: node server.mjs, health: /health }",
    variables: `LOCAL_ADMIN=${host.admin}\nLOCAL_TOKEN=${token}\n`,
    stable,
    candidate,
    sluice: (args, options = {}) => spawned(args, options.cwd ?? clone, { ...env, ...options.env }),
    record: async () => (await store.read("production")).record,
    async append(...entries) {
      const done = await store.append("production", await store.read("production"), entries);
      if (!done.appended) throw new Error("somebody else appended first");
    },
    shares: async () =>
      Object.fromEntries(
        (await target.observe()).serving.filter(({ weight }) => weight > 0).map((one) => [one.version, one.weight]),
      ),
    gitHubDown() {
      git("-C", clone, "remote", "set-url", "origin", "http://127.0.0.1:1/octo/shop.git");
      return () => git("-C", clone, "remote", "set-url", "origin", bare.directory);
    },
    async [Symbol.asyncDispose]() {
      await host.close();
      bare[Symbol.dispose]();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function spawned(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
