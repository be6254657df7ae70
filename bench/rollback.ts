import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import * as z from "zod";
import { startGitHubTwin } from "../src/rehearsal/github-twin.ts";
import { missingForHosts } from "../src/rehearsal/host-twin.ts";
import { createRunnerFiles } from "../src/rehearsal/workflow/runner-files.ts";
import { composePlatform } from "./rollback/compose.ts";
import { renderPlatform } from "./rollback/render.ts";
import { vercelPlatform } from "./rollback/vercel.ts";
import { table } from "./table.ts";

/** A platform on this machine whose production a rollback gives back. */
export interface BenchPlatform {
  readonly name: string;
  /** Input `target` of the action, its references, and the machine's variables. */
  readonly target: string;
  readonly secrets: string;
  readonly env: Readonly<Record<string, string>>;
  /** The version to go back to. */
  readonly stable: string;
  /** Gives all traffic to another version. */
  spoil(): Promise<void>;
  /** When the platform took the newest order to go back; undefined before it did. */
  orderedAt(): number | undefined;
  /** Milliseconds between two moments in which we waited for what stands in for the platform's own programs. */
  standInMs?(from: number, to: number): number;
  /** Whether `stable` serves everything. */
  restored(): boolean;
  stop(): Promise<void>;
}

const platforms = [
  vercelPlatform,
  renderPlatform,
  // A host's twin needs programs of Debian's.
  ...(missingForHosts() === undefined ? [composePlatform] : []),
];
const root = path.resolve(import.meta.dirname, "..");
const repository = "octo/shop";

/**
 * `npm run bench -- rollback [times] [platform]`: the built rollback action, once for each rollback, as a person dispatches it.
 * What counts is the time until the platform has the order; how long it then takes to follow is its own.
 */
export async function run(args: readonly string[]): Promise<void> {
  const times = Number(args[0] ?? "20");
  const rows: string[][] = [];
  const only = args[1];
  for (const start of platforms)
    if (only === undefined || start.name === `${only}Platform`) rows.push(...(await measure(await start(), times)));
  process.stdout.write(table([`${times} rollbacks`, "p50", "p95", "p99", "longest"], rows));
}

async function measure(platform: BenchPlatform, times: number): Promise<string[][]> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-bench-rollback-"));
  const { bare, workspace, commit } = createRepository(directory);
  const twin = await startGitHubTwin({ repository, bareRepository: bare, rateLimit: 1_000_000 });
  const before: number[] = [];
  const standIn: number[] = [];
  const platformTime: number[] = [];
  const proof: number[] = [];
  try {
    for (let i = 1; i <= times; i++) {
      await platform.spoil();
      const began = Date.now();
      let restoredAt: number | undefined;
      const watching = setInterval(() => {
        if (platform.orderedAt() !== undefined && platform.restored()) restoredAt ??= Date.now();
      }, 2);
      const token = twin.issueToken({ permissions: { contents: "write", deployments: "write" }, jobId: "rollback" });
      const { code, output } = await rollback(platform, { directory, workspace, commit, api: twin.url, token, run: i });
      const ended = Date.now();
      await sleep(5);
      clearInterval(watching);
      const orderedAt = platform.orderedAt();
      if (code !== 0 || orderedAt === undefined || restoredAt === undefined)
        throw new Error(`Rollback ${i} on ${platform.name} ended with ${code}:\n${output}`);
      before.push(orderedAt - began);
      if (platform.standInMs !== undefined) standIn.push(platform.standInMs(began, orderedAt));
      platformTime.push(restoredAt - orderedAt);
      proof.push(ended - restoredAt);
    }
  } finally {
    await twin.stop();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
  return [
    [`${platform.name}: from start to order`, ...quantiles(before)],
    ...(standIn.length === 0
      ? []
      : [
          [`${platform.name}: of that, waiting for the stand-in`, ...quantiles(standIn)],
          [`${platform.name}: without it`, ...quantiles(before.map((ms, i) => ms - (standIn[i] ?? 0)))],
        ]),
    [`${platform.name}: the platform's own`, ...quantiles(platformTime)],
    [`${platform.name}: from restored to proved`, ...quantiles(proof)],
  ];
}

function quantiles(values: readonly number[]): readonly string[] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return [at(0.5), at(0.95), at(0.99), at(1)].map((ms) => `${(ms / 1000).toFixed(2)} s`);
}

const metadata = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  runs: z.object({ main: z.string() }),
});

interface Job {
  readonly directory: string;
  readonly workspace: string;
  readonly commit: string;
  readonly api: string;
  readonly token: string;
  readonly run: number;
}

/** The action the way a step of a workflow runs it. */
async function rollback(platform: BenchPlatform, job: Job): Promise<{ code: number | null; output: string }> {
  const folder = path.join(root, "actions/rollback");
  const { inputs, runs } = metadata.parse(parse(readFileSync(path.join(folder, "action.yml"), "utf8")));
  const given: Readonly<Record<string, string>> = {
    to: platform.stable,
    reason: "bench",
    target: platform.target,
    "runbook-env": platform.secrets,
    "github-token": job.token,
  };
  const files = createRunnerFiles(job.directory);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: job.directory,
    RUNNER_TEMP: job.directory,
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKSPACE: job.workspace,
    GITHUB_ACTOR: "ada",
    GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_REF_TYPE: "branch",
    GITHUB_REF_NAME: "main",
    GITHUB_RUN_ID: String(job.run),
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SHA: job.commit,
    GITHUB_API_URL: job.api,
    ...files.env,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { default: usual = "" }]) => [
        `INPUT_${name.toUpperCase()}`,
        given[name] ?? usual,
      ]),
    ),
    ...platform.env,
  };
  const child = spawn(process.execPath, [path.join(folder, runs.main)], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  files.collect();
  return { code, output };
}

function createRepository(directory: string) {
  const workspace = path.join(directory, "work");
  const bare = path.join(directory, "bare.git");
  mkdirSync(workspace);
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: workspace, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  writeFileSync(path.join(workspace, "README.md"), "The shop\n");
  git("init", "--quiet", "--bare", "--initial-branch=main", bare);
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "The shop");
  git("push", "--quiet", bare, "main");
  return { bare, workspace, commit: git("rev-parse", "HEAD") };
}
