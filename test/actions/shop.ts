import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { localTarget } from "../../src/deploy-target/local.ts";
import type { DeployTarget } from "../../src/deploy-target.ts";
import type { EnvironmentRecord } from "../../src/record.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import type { Permissions } from "../../src/rehearsal/github-twin/tokens.ts";
import { type GitHubTwin, startGitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { startLocalHost } from "../../src/rehearsal/local-host.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { type Command, readCommand } from "../../src/rehearsal/workflow/command.ts";
import { createRunnerFiles } from "../../src/rehearsal/workflow/runner-files.ts";
import { swiftPorts } from "../swift-ports.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** What a release of the shop is; tests write others beside it. */
export const runbook = `runbook: 1
service: shop
environment: production
url: $APP_URL
target:
  local: { admin: $LOCAL_ADMIN, token: $LOCAL_TOKEN, start: node server.mjs, health: /health }
stages:
  - name: release
    preflight:
      - run: test -f server.mjs
    deploy: {}
    smoke-test:
      - { get: /health, status: 200, retry: 2s }
`;

const server = `import { createServer } from "node:http";
if (process.env.BROKEN) { console.error("BROKEN is set: " + process.env.SIGNING_KEY); process.exit(7); }
createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end())
  .listen(Number(process.env.PORT), "127.0.0.1");
`;

/** A repository, GitHub's twin and a platform with one version that serves: all that the built actions talk to. */
export interface Shop {
  readonly workspace: string;
  /** Commit that the work tree holds. */
  readonly commit: string;
  /** Version that serves everything. */
  readonly stable: string;
  readonly twin: GitHubTwin;
  readonly target: DeployTarget;
  /** What the runbook's variables and secrets stand for, as inputs of an action. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Runs an action the way a step of a workflow does. */
  run(name: string, options?: RunOptions): Promise<ActionRun>;
  record(environment: string): Promise<EnvironmentRecord>;
  /** The commits of an environment's record, newest first. */
  heads(environment: string): Promise<readonly string[]>;
  /** Shares of production, by version. */
  shares(): Promise<Readonly<Record<string, number>>>;
  write(file: string, content: string): void;
  /** Gives all traffic to the first version again. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly runId?: number;
  readonly attempt?: number;
  readonly permissions?: Permissions;
  readonly sha?: string;
  /** When it ends well, the job is cancelled the way a runner does it: by SIGINT. */
  readonly cancelAfter?: () => Promise<void>;
}

/** What a step left behind. */
export interface ActionRun {
  readonly code: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Workflow commands on standard output, without masks. */
  readonly commands: readonly Command[];
  /** Values that the runner was told to mask. */
  readonly masks: readonly string[];
  /** Everything a person or a later step can read: the log without its masking commands, outputs and summary. */
  readonly visible: string;
}

const versionNamed = (name: string) => name.padEnd(40, "0");

/** `choosePort` decides where the next version listens. */
export async function openShop(choosePort: () => Promise<number> = freePort): Promise<Shop> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-shop-"));
  const { workspace, bare, commit } = createRepository(directory);
  const token = "local-host-token-3f9a";
  const host = await startLocalHost({ directory, token, chooseVersionPort: choosePort });
  const command = ["node", "server.mjs"] as const;
  const health = { path: "/health", withinMs: 20_000 };
  // Waits for processes, so the clock must not run ahead of them.
  const ports = swiftPorts();
  const clock = { ...ports.clock, sleep: (ms: number, signal?: AbortSignal) => ports.clock.sleep(ms * 50, signal) };
  const target = localTarget({ admin: host.admin, token, command, health }, { ...ports, clock });
  const stable = versionNamed("57ab1e");
  await target.stage({ commit: stable, directory: workspace, env: {} });
  await target.restore({ to: stable });
  const twin = await startGitHubTwin({ repository: "octo/shop", bareRepository: bare, rateLimit: 100_000 });
  const inputs = {
    "runbook-vars": `LOCAL_ADMIN=${host.admin}\nAPP_URL=${host.production}\n`,
    "runbook-env": `LOCAL_TOKEN=${token}\n`,
  };

  return {
    workspace,
    commit,
    stable,
    twin,
    target,
    inputs,
    run: (name, options = {}) => runAction(name, { directory, workspace, commit, twin }, options),
    record: async (environment) => (await localGitStore(bare, ports).read(environment)).record,
    heads: async (environment) =>
      execFileSync("git", ["--git-dir", bare, "rev-list", `refs/sluice/${environment}`], { encoding: "utf8" }).split(
        "\n",
      ),
    shares: async () =>
      Object.fromEntries(
        (await target.observe()).serving.filter(({ weight }) => weight > 0).map((one) => [one.version, one.weight]),
      ),
    write: (file, content) => {
      mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
      writeFileSync(path.join(workspace, file), content);
    },
    async reset() {
      await target.restore({ to: stable });
      await target.cleanup([stable]);
    },
    async stop() {
      await twin.stop();
      await host.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function createRepository(directory: string) {
  const workspace = path.join(directory, "work");
  const bare = path.join(directory, "bare.git");
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: workspace, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  mkdirSync(path.join(workspace, ".github"), { recursive: true });
  writeFileSync(path.join(workspace, ".github/runbook.yml"), runbook);
  writeFileSync(path.join(workspace, "server.mjs"), server);
  git("init", "--quiet", "--bare", "--initial-branch=main", bare);
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "The shop");
  git("push", "--quiet", bare, "main");
  return { workspace, bare, commit: git("rev-parse", "HEAD") };
}

const metadata = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  runs: z.object({ main: z.string() }),
});

/** Name and entry file of every action. */
export function actionFile(name: string) {
  const folder = path.join(root, "actions", name);
  const { inputs, runs } = metadata.parse(parse(readFileSync(path.join(folder, "action.yml"), "utf8")));
  return { inputs, main: path.join(folder, runs.main) };
}

interface Scene {
  readonly directory: string;
  readonly workspace: string;
  readonly commit: string;
  readonly twin: GitHubTwin;
}

function inputEnv(name: string, given: Readonly<Record<string, string>>, token: string): Record<string, string> {
  const values = Object.entries(actionFile(name).inputs).map(([input, { default: usual = "" }]) => {
    const value = given[input] ?? usual;
    return [`INPUT_${input.toUpperCase()}`, value === "${{ github.token }}" ? token : value];
  });
  return Object.fromEntries(values);
}

async function runAction(name: string, scene: Scene, options: RunOptions): Promise<ActionRun> {
  const { inputs = {}, runId = 1, attempt = 1, sha = scene.commit } = options;
  const permissions = options.permissions ?? { contents: "write", deployments: "write" };
  const files = createRunnerFiles(scene.directory);
  const env: Record<string, string | undefined> = {
    ...runnerEnv(scene),
    GITHUB_RUN_ID: String(runId),
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_SHA: sha,
    GITHUB_API_URL: scene.twin.url,
    ...files.env,
    ...inputEnv(name, inputs, scene.twin.issueToken({ permissions, jobId: name })),
    ...options.env,
  };
  const { code, stdout, stderr } = await spawned(actionFile(name).main, env, options.cancelAfter);
  const left = files.collect();
  assert.deepEqual(left.faults, [], "the runner can read what the action left");
  const lines = stdout.split("\n");
  const commands = lines.flatMap((line) => readCommand(line) ?? []);
  const isMask = (line: string) => readCommand(line)?.name === "add-mask";
  const outputs = Object.fromEntries(left.outputs);
  const run = {
    code,
    outputs,
    summary: left.summary,
    commands: commands.filter((command) => command.name !== "add-mask"),
    masks: commands.filter((command) => command.name === "add-mask").map(({ value }) => value),
    visible: [...lines.filter((line) => !isMask(line)), stderr, JSON.stringify(outputs), left.summary].join("\n"),
  };
  holdsTheContract(name, run);
  return run;
}

/** What every action promises, whatever happened. */
function holdsTheContract(name: string, { code, outputs, summary, visible }: ActionRun): void {
  const { verdict = "", reason = "", evidence = "{}" } = outputs;
  assert.match(verdict, /^(pass|fail|hold|error)$/, visible);
  assert.match(reason, /^[a-z0-9][a-zA-Z0-9-]*$/, visible);
  const read: unknown = JSON.parse(evidence);
  assert.ok(typeof read === "object" && read !== null && "schema-version" in read && "reason" in read, evidence);
  assert.equal(read["schema-version"], 1);
  assert.equal(read.reason, reason);
  assert.ok(code !== null && code >= 0 && code <= 5, `exit code ${code}\n${visible}`);
  if (verdict === "pass") assert.equal(code, 0, visible);
  if (verdict === "fail" || verdict === "error") assert.notEqual(code, 0, visible);
  assert.match(summary, new RegExp(`\\*\\*${name}\\*\\*: ${verdict}`));
  assert.notEqual(reason, "defect", visible);
}

const runnerEnv = ({ directory, workspace }: Pick<Scene, "directory" | "workspace">) => ({
  PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`,
  HOME: directory,
  RUNNER_TEMP: directory,
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "octo/shop",
  GITHUB_WORKSPACE: workspace,
  GITHUB_ACTOR: "ada",
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF_TYPE: "branch",
  GITHUB_REF_NAME: "main",
});

/** Runs a program on this Node with exactly the environment given; after `cancelAfter` it is interrupted. */
export function spawned(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  cancelAfter?: () => Promise<void>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", reject);
    cancelAfter?.().then(() => child.kill("SIGINT"), reject);
    child.once("close", (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
