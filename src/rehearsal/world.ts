import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as z from "zod";
import { InputError } from "../failure.ts";
import { openEngine } from "../migration-engine/open.ts";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import type { Runbook } from "../runbook.ts";
import { readRunbook } from "../runbook-file.ts";
import { readVariables } from "../variables.ts";
import { accept } from "../written-runbook.ts";
import type { OnDispatch } from "./github-twin/workflow-runs.ts";
import { type GitHubTwin, startGitHubTwin } from "./github-twin.ts";
import type { GroundTruthSecond } from "./ground-truth.ts";
import { type HostPlaces, hostPlaces } from "./host-places.ts";
import { type Platform, type SentryPlace, startPlatform } from "./platform.ts";
import type { Saying } from "./play.ts";
import { startRegistryTwin } from "./registry-twin.ts";
import { startSentryTwin } from "./sentry-twin.ts";
import { startSlackTwin } from "./slack-twin.ts";

export interface WorldOptions {
  /** Folder of the consumer repository, such as `examples/quickstart`; `changes/` holds its next commits. */
  readonly consumer: string;
  /** Work tree of the toolkit itself. */
  readonly toolkit: string;
  /** Node 24 that runs the application, the router and the traffic. */
  readonly node: string;
  /** Requests a second; 0 sends none. */
  readonly rate: number;
  readonly onSecond: (second: GroundTruthSecond) => void;
  /** Starts a run that the GitHub twin's API was asked for. */
  readonly onDispatch?: OnDispatch | undefined;
  /** The twin's clock; the machine's own when absent. */
  readonly now?: (() => number) | undefined;
}

/** A small production, for real: application processes behind a router, a database, users, and a repository. */
export interface World {
  readonly directory: string;
  /** Work tree of the consumer repository, with `main` checked out. */
  readonly repository: string;
  readonly bare: string;
  readonly platform: Platform;
  readonly twin: GitHubTwin;
  readonly groundTruthFile: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Commits the named change on `main`, or on another branch, and pushes it; answers the new commit. */
  push(change: string, branch?: string): string;
  /** Number of the issue on which people talk about releases. */
  readonly issue: number;
  /** What people say when a release waits for them, one after the other: `rehearsal.people` of the consumer. */
  readonly people: readonly Saying[];
  /** What stands in the channel, oldest first; undefined when the runbook tells nobody. */
  readonly messages: readonly string[] | undefined;
  /** Names of the migrations the database's history holds, in order. */
  appliedMigrations(): Promise<readonly string[]>;
  /** What maintenance left turned on, as the host itself shows it. */
  leftOnHost(): readonly string[];
  /** Ends the traffic, so that the ground truth is whole. */
  stopTraffic(): Promise<void>;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

const postgresAddress = z.object({ url: z.string(), monitorUrl: z.string(), adminUrl: z.string() });

export const repositoryName = "octo/quickstart";

export async function startWorld(options: WorldOptions, ports: Ports): Promise<World> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-rehearsal-"));
  const ends: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    return await build(options, ports, directory, ends, stop);
  } catch (problem) {
    await stop();
    throw problem;
  }
}

async function build(
  options: WorldOptions,
  ports: Ports,
  directory: string,
  ends: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<World> {
  // The database server runs as another user and has to reach its folder.
  execFileSync("chmod", ["755", directory]);
  // Stands in for the application's own `npm ci`: versions run below this folder and find `pg` in it.
  symlinkSync(path.join(options.toolkit, "node_modules"), path.join(directory, "node_modules"));
  const written = readConsumerRunbook(options.consumer);
  const { target } = written;
  const host = "compose" in target ? await hostPlaces(target.compose, path.join(directory, "host")) : undefined;
  const registry = await startRegistry(written, ends);
  const { repository, bare, commit } = createRepository(options.consumer, directory, { host, registry });

  const postgres = await startPart(
    options.node,
    "postgres-main.ts",
    { POSTGRES_DIRECTORY: path.join(directory, "postgres") },
    postgresAddress,
  );
  ends.push(postgres.end);
  const runbook = readConsumerRunbook(repository);
  const engine = await engineOf(runbook, { repository, url: postgres.url }, ports);
  const prepared = await engine.apply((await engine.plan()).hash);
  if (prepared.outcome === "failed")
    throw new InputError(`The first version's migrations do not apply: ${prepared.message}`);

  const platform = await startPlatform(
    runbook.target,
    {
      directory,
      repository,
      bare,
      commit,
      databaseUrl: postgres.url,
      host,
      sentry: await startSentry(runbook, ends),
      async startPart(script, env, said) {
        const part = await startPart(options.node, script, env, said);
        ends.push(part.end);
        return part;
      },
    },
    ports,
  );

  const twin = await startGitHubTwin({
    repository: repositoryName,
    bareRepository: bare,
    collaborators: { octocat: "write", hubot: "write" },
    ...(options.onDispatch === undefined ? {} : { onDispatch: options.onDispatch }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  ends.push(() => twin.stop());
  // A fine-grained token of a person's, for what a job's own may not read.
  const read = { checks: "read", issues: "read", "pull-requests": "read", statuses: "read" } as const;
  const readToken = twin.issueToken({ permissions: read, jobId: "READ_TOKEN", actor: "octocat" });
  const slack = runbook.notify?.slack === undefined ? undefined : await startSlackTwin();
  if (slack !== undefined) ends.push(() => slack.stop());
  const groundTruthFile = path.join(directory, "ground-truth.ndjson");
  const traffic = startTrafficProcess(options, platform.production, groundTruthFile);
  ends.push(traffic.end);

  return {
    directory,
    repository,
    bare,
    platform,
    twin,
    groundTruthFile,
    secrets: {
      DATABASE_URL: postgres.url,
      ...divided(
        `${platform.secrets}READ_TOKEN=${readToken}\nDATABASE_MONITOR_URL=${postgres.monitorUrl}\n`,
        repository,
      ),
      ...(slack !== undefined && { SLACK_WEBHOOK_URL: slack.webhook }),
    },
    messages: slack?.messages,
    vars: { RUNBOOK_VARS: platform.vars },
    push: (change, branch = "main") => commitChange(options.consumer, repository, change, branch),
    issue: twin.openIssue({ title: "Releases", author: "octocat" }),
    people: peopleIn(repository),
    appliedMigrations: async () =>
      (await engine.status()).migrations.filter(({ state }) => state === "applied").map(({ name }) => name),
    leftOnHost: () => filesIn(host),
    stopTraffic: traffic.end,
    stop,
  };
}

const runbookPath = ".github/runbook.yml";

const readConsumerRunbook = (repository: string): Runbook =>
  accept(readRunbook(readFileSync(path.join(repository, runbookPath), "utf8"), runbookPath)).value;

/** The engine of the runbook's own migrations: the database of the first version is made with it. */
function engineOf(
  { stages }: Runbook,
  { repository, url }: { readonly repository: string; readonly url: string },
  ports: Ports,
): Promise<MigrationEngine> {
  const migrate = stages.find((stage) => stage.migrate !== undefined)?.migrate;
  if (migrate === undefined)
    throw new InputError(`${runbookPath} has no \`migrate\`: a rehearsal plays an application with a database.`);
  return openEngine({ ...migrate, url }, { workspace: repository }, ports);
}

/** A Sentry of the project that a preflight asks about, where one does. */
async function startSentry(
  { stages }: Runbook,
  ends: (() => Promise<void> | void)[],
): Promise<SentryPlace | undefined> {
  const check = stages.flatMap(({ preflight }) => preflight ?? []).find((line) => "sentry" in line);
  if (check === undefined || !("sentry" in check)) return undefined;
  const sentry = await startSentryTwin(check.sentry);
  ends.push(() => sentry.stop());
  return sentry;
}

/** The address of a package registry, where a preflight audits what is installed. */
async function startRegistry({ stages }: Runbook, ends: (() => Promise<void> | void)[]): Promise<string | undefined> {
  if (!stages.some(({ preflight = [] }) => preflight.some((line) => "audit" in line))) return undefined;
  const registry = await startRegistryTwin();
  ends.push(() => registry.stop());
  return registry.url;
}

/** Secrets that the consumer's workflow passes by their own names; the rest stands in RUNBOOK_ENV. */
function divided(lines: string, repository: string): Readonly<Record<string, string>> {
  const workflow = readFileSync(path.join(repository, ".github/workflows/release.yml"), "utf8");
  const secrets = Object.entries(readVariables(lines));
  const named = secrets.filter(([name]) => workflow.includes(`secrets.${name} `));
  const rest = secrets.filter(([name]) => !workflow.includes(`secrets.${name} `));
  const quoted = rest.map(([name, value]) => `${name}=${value.includes("\n") ? `"${value}"` : value}\n`);
  return { ...Object.fromEntries(named), RUNBOOK_ENV: quoted.join("") };
}

/** What maintenance left on a host: its commands keep a file for each in `maintenance` of the target's directory. */
function filesIn(host: HostPlaces | undefined): readonly string[] {
  const folder = path.join(host?.directory ?? "", "sluice", "maintenance");
  return host !== undefined && existsSync(folder) ? readdirSync(folder) : [];
}

/** Lines such as `octocat: /approve`. */
function peopleIn(repository: string): readonly Saying[] {
  const file = path.join(repository, "rehearsal.people");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, by, body] = /^([a-z][a-z0-9-]*): (.+)$/.exec(line) ?? [];
      if (by === undefined || body === undefined)
        throw new InputError(`A line of rehearsal.people is not \`login: words\`: ${line}`);
      return { by, body };
    });
}

const git = (folder: string, ...args: string[]) =>
  execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/** The consumer's repository as it was before the release: everything but the changes to come. */
function createRepository(
  consumer: string,
  directory: string,
  { host, registry }: { readonly host: HostPlaces | undefined; readonly registry: string | undefined },
) {
  const repository = path.join(directory, "repository");
  const bare = path.join(directory, "repository.git");
  const changes = path.join(consumer, "changes");
  cpSync(consumer, repository, {
    recursive: true,
    filter: (source) => source !== changes && path.basename(source) !== "node_modules",
  });
  if (host !== undefined) {
    const file = path.join(repository, runbookPath);
    writeFileSync(file, host.move(readFileSync(file, "utf8")));
  }
  // Npm reads its registry from the repository; a job's own environment never reaches it.
  if (registry !== undefined) writeFileSync(path.join(repository, ".npmrc"), `registry=${registry}\n`);
  git(directory, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  git(directory, "init", "--quiet", "--initial-branch=main", repository);
  git(repository, "config", "user.name", "Octo Cat");
  git(repository, "config", "user.email", "octo@example.com");
  git(repository, "remote", "add", "origin", bare);
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message", "The version that serves");
  git(repository, "push", "--quiet", "origin", "main");
  return { repository, bare, commit: git(repository, "rev-parse", "HEAD") };
}

function commitChange(consumer: string, repository: string, change: string, branch: string): string {
  if (branch !== "main") git(repository, "checkout", "--quiet", "-b", branch);
  const steps = stepsOf(path.join(consumer, "changes"), change);
  for (const [i, { name, overlays }] of steps.entries()) {
    for (const overlay of overlays) cpSync(overlay, repository, { recursive: true });
    git(repository, "add", "--all");
    git(repository, "commit", "--quiet", "--message", `Change: ${name}`);
    // What a stage names as its `ref`; the newest commit needs no name.
    if (i + 1 < steps.length) git(repository, "tag", "--force", name);
  }
  git(repository, "push", "--quiet", "--force", "origin", branch, "--tags");
  return git(repository, "rev-parse", "HEAD");
}

interface ChangeStep {
  readonly name: string;
  /** Folders that are copied over the repository, one after the other. */
  readonly overlays: readonly string[];
}

/**
 * The commits of a change: its folder is one, unless it holds folders such as `1-security` and `2-fixes`, which are one
 * commit each and tagged with their names. A file `like` names another change whose steps come first, each below this
 * one's step of the same name.
 */
function stepsOf(changes: string, change: string): readonly ChangeStep[] {
  const folder = path.join(changes, change);
  const names = readdirSync(folder);
  const like = names.includes("like") ? readFileSync(path.join(folder, "like"), "utf8").trim() : undefined;
  const known = like === undefined ? [] : stepsOf(changes, like);
  const numbered = names.filter((name) => /^\d+-/.test(name)).sort();
  if (numbered.length === 0) return [{ name: change, overlays: [folder] }];
  const own = numbered.map((name) => ({ name: name.replace(/^\d+-/, ""), overlays: [path.join(folder, name)] }));
  if (known.length === 0) return own;
  return known.map((step) => ({
    name: step.name,
    overlays: [...step.overlays, ...(own.find(({ name }) => name === step.name)?.overlays ?? [])],
  }));
}

type WorldProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Holding the child's standard input open is what keeps it alive: it ends with us, however we end. */
function startProcess(
  node: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): WorldProcess {
  const file = path.join(import.meta.dirname, script);
  return spawn(node, ["--disable-warning=ExperimentalWarning", file, ...args], {
    env: { PATH: `${path.dirname(node)}${path.delimiter}${process.env["PATH"] ?? ""}`, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C in a terminal goes to the whole group: production has to stay until the run has given it back.
    detached: true,
  });
}

const ended = (child: WorldProcess) =>
  new Promise<void>((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once("close", () => resolve()) : resolve(),
  );

function endProcess(child: WorldProcess): () => Promise<void> {
  return () => {
    child.stdin.end();
    return ended(child);
  };
}

/** Starts a part of the world that says in its first line where it is. */
async function startPart<T>(
  node: string,
  script: string,
  env: Readonly<Record<string, string>>,
  said: z.ZodType<T>,
): Promise<T & { end(): Promise<void> }> {
  const child = startProcess(node, script, [], env);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(undefined));
  });
  if (first === undefined)
    throw new InputError(`A part of the rehearsal (${script}) did not start. ${complaint.trim()}`);
  return { ...said.parse(JSON.parse(first)), end: endProcess(child) };
}

function startTrafficProcess(options: WorldOptions, url: string, file: string) {
  const child = startProcess(
    options.node,
    "traffic-main.ts",
    ["--url", url, "--record", file, "--rate", String(options.rate)],
    {},
  );
  child.stderr.pipe(process.stderr);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const parsed: GroundTruthSecond | { kind: "start" | "end" } = JSON.parse(line);
    if (parsed.kind === "second") options.onSecond(parsed);
  });
  return { end: endProcess(child) };
}
