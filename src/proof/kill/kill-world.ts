import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { localTarget } from "../../deploy-target/local.ts";
import type { DeployTarget } from "../../deploy-target.ts";
import type { Ports } from "../../ports.ts";
import { revertBranch } from "../../prepare-revert.ts";
import type { Entry, EnvironmentRecord } from "../../record.ts";
import { journalHistory } from "../../record-store/journal-history.ts";
import { localGitStore } from "../../record-store/local-git.ts";
import type { TwinComment } from "../../rehearsal/github-twin/issues.ts";
import type { TwinRun } from "../../rehearsal/github-twin/workflow-runs.ts";
import { type GitHubTwin, startGitHubTwin } from "../../rehearsal/github-twin.ts";
import { startLocalHost } from "../../rehearsal/local-host.ts";
import type { Postgres } from "../../rehearsal/postgres.ts";
import { type ActionCall, type Ended, runBuiltAction } from "./built-action.ts";
import { openDatabaseDoor } from "./database-door.ts";
import { type Answered, type Door, openHttpDoor } from "./http-door.ts";
import { type Blow, createTurnstile } from "./turnstile.ts";
import { runUnharmed, type Unharmed } from "./unharmed-action.ts";

const repository = "octo/shop";

/** Answers its health check and a number that a gate can judge, and notes that it was started. */
const server = `import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
appendFileSync("../starts", process.env.VERSION + "\\n");
createServer((request, response) => {
  if (request.url === "/health") response.end("ok");
  else if (request.url === "/queue") response.end('{"length":1}');
  else response.writeHead(404).end();
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Each file notes that it ran: one that ran twice shows. The last one cannot run inside a transaction. */
const migrations: Readonly<Record<string, string>> = {
  "migrations/0001_orders.sql":
    "create table orders (id int primary key, note text);\ninsert into applied values ('0001_orders.sql');\n",
  "migrations/0002_author.sql":
    "alter table orders add column author text;\ninsert into applied values ('0002_author.sql');\n",
  "migrations/0003_index.sql": "create index concurrently orders_author on orders (author);\n",
  // The version before it is no way back, and the record has to know that whenever the process dies.
  "migrations/0004_forgotten.sql":
    "-- sluice: allow drop-table because nobody reads it\ndrop table forgotten;\ninsert into applied values ('0004_forgotten.sql');\n",
};

/** What a run can be started by besides a push. */
export type EventName = "hold by comment" | "pull request";
const eventNames: Readonly<Record<EventName, string>> = {
  "hold by comment": "issue_comment",
  "pull request": "pull_request",
};

const workflows: Readonly<Record<string, string>> = {
  ".github/workflows/release.yml": "on: { workflow_dispatch: { inputs: { resume: { type: string } } } }\njobs: {}\n",
  ".github/workflows/watch.yml": "on: { workflow_dispatch: { inputs: { wait: { type: string } } } }\njobs: {}\n",
};
const changeBranch = "a-column";
const permissions = {
  contents: "write",
  deployments: "write",
  actions: "write",
  issues: "write",
  "pull-requests": "write",
} as const;

export interface ActionStep {
  readonly action: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

export interface Run extends ActionStep {
  readonly environment: string;
  /** Its path in the repository. */
  readonly runbook: string;
  readonly runId: number;
  readonly attempt: number;
  readonly database?: string | undefined;
  /** GitHub's words about what started the run. */
  readonly event?: StartingEvent | undefined;
}

export interface StartingEvent {
  readonly name: EventName;
  readonly payload: unknown;
}

/** What people and workflows were told since the last reset. */
export interface Told {
  /** Workflow files that were started. */
  readonly started: readonly string[];
  /** Each as its first line and its reactions, such as `/hold (+1)`. */
  readonly comments: readonly string[];
  /** Titles of the pull requests that were opened. */
  readonly pulls: readonly string[];
}

/** A write to the platform, and the run that made it. */
export interface Written extends Answered {
  readonly runId: number;
}

/** A repository with GitHub's twin, a platform with one version that serves, and a database server: all behind doors. */
export interface KillWorld {
  run(run: Run, blow?: Blow): Promise<Ended>;
  /** The same code without a process of its own, for what nobody hits. */
  runUnharmed(run: Run): Promise<Unharmed>;
  record(environment: string): Promise<EnvironmentRecord>;
  journal(environment: string): Promise<readonly Entry[]>;
  readonly twin: GitHubTwin;
  readonly target: DeployTarget;
  readonly commit: string;
  readonly stable: string;
  /** Writes that the platform has answered since the last reset. */
  readonly written: readonly Written[];
  /** How often each version was started since the last reset. */
  starts(): Readonly<Record<string, number>>;
  /** Lets something happen on GitHub, and answers the event that starts a run. */
  happens(event: EventName): StartingEvent;
  told(): Told;
  /** Back to one version that serves, with nothing counted. */
  reset(): Promise<void>;
  /** A new database that the actions reach through their door; undefined where no server was given. */
  createDatabase(name: string): Promise<string | undefined>;
  /** Asks a database directly. */
  ask(database: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** With everything that restores of it left beside it. */
  dropDatabase(name: string): Promise<void>;
  /** File name of the oldest backup of a database that was kept; undefined when none was. */
  keptBackup(database: string): string | undefined;
  stop(): Promise<void>;
}

export interface KillWorldOptions {
  readonly ports: Ports;
  /** Of this world alone, so that nobody counts or removes what another's killed action left; without one there is no database. */
  readonly postgres: Postgres | undefined;
  /** Files of the only commit, besides the server and its migrations. */
  readonly files: Readonly<Record<string, string>>;
}

export async function openKillWorld({ ports, postgres, files }: KillWorldOptions): Promise<KillWorld> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-kill-"));
  const { workspace, bare, stable, commit } = createRepository(directory, files);
  const token = "local-host-token-3f9a";
  const turnstile = createTurnstile();
  const written: Written[] = [];
  // One action at a time, so that what the platform is asked for is the newest one's.
  let runId = 0;
  const host = await startLocalHost({ directory, token });
  const runs = startedRuns();
  const twin = await startGitHubTwin({
    repository,
    bareRepository: bare,
    rateLimit: 1_000_000,
    collaborators: { ada: "write" },
    onDispatch: (workflow) => runs.start(twin, workflow, commit),
  });
  const root = `/repos/${repository}/`;
  const github = await openHttpDoor({
    where: "github",
    to: twin.url,
    turnstile,
    shortPath: (given) =>
      given
        .replace(root, "")
        .replace(/\?.*/, "")
        .replace(/\/\d+(?=\/|$)/g, "/N")
        .replace(/sluice(?:\/|%2F).*/, "sluice/..."),
  });
  const platform = await openHttpDoor({
    where: "platform",
    to: host.admin,
    turnstile,
    shortPath: (given) => given.slice(1).replace(/versions\/.*/, "versions/..."),
    onAnswer: (answered) => written.push({ ...answered, runId }),
  });
  const database: Door | undefined =
    postgres === undefined ? undefined : await openDatabaseDoor({ port: postgres.port, turnstile });
  const health = { path: "/health", withinMs: 20_000 };
  const target = localTarget({ admin: host.admin, token, command: ["node", "server.mjs"], health }, ports);
  await target.stage({ commit: stable, directory: workspace, env: {} });
  await target.restore({ to: stable });
  const startsFile = path.join(directory, "releases", "starts");
  const throughDoor = (url: string) => url.replace(/@[^/]+\//, `@${database?.url}/`);

  const scratch = postgres === undefined ? "" : `SCRATCH_URL=${throughDoor(postgres.adminUrl)}\n`;
  const secrets = `LOCAL_TOKEN=${token}\n${scratch}`;
  const callOf = (run: Run): ActionCall => {
    runId = run.runId;
    return {
      name: run.action,
      inputs: {
        environment: run.environment,
        runbook: run.runbook,
        "runbook-vars": `LOCAL_ADMIN=${platform.url}\nAPP_URL=${host.production}\n`,
        "runbook-env": secrets,
        ...(run.database === undefined ? {} : { "database-url": run.database }),
        ...run.inputs,
      },
      env: environmentOf(directory, workspace, commit, github.url, run),
      token: twin.issueToken({ permissions, jobId: run.action }),
      temp: directory,
    };
  };

  const cleaner = twin.issueToken({ permissions: { issues: "write" }, jobId: "reset" });
  /** A pull request that is open would be found by the next journey. */
  const closeIssues = async () => {
    for (const { number, state } of twin.state().issues)
      if (state === "open")
        await fetch(`${twin.url}${root}issues/${number}`, {
          method: "PATCH",
          headers: { authorization: `Bearer ${cleaner}` },
          body: JSON.stringify({ state: "closed" }),
        });
  };
  let before = { dispatches: 0, issues: 0 };

  return {
    twin,
    target,
    commit,
    stable,
    written,
    run: (run, blow) => runBuiltAction(callOf(run), turnstile, blow),
    runUnharmed: (run) => runUnharmed(callOf(run), ports),
    record: async (environment) => (await localGitStore(bare, ports).read(environment)).record,
    journal: (environment) => journalHistory(bare, environment, ports),
    starts() {
      const lines = existsSync(startsFile) ? readFileSync(startsFile, "utf8").trim().split("\n") : [];
      return Object.fromEntries(
        Array.from(
          Map.groupBy(lines, (line) => line),
          ([name, all]) => [name, all.length],
        ),
      );
    },
    happens: (name) => ({ name, payload: payloadOf(name, twin) }),
    told() {
      const { dispatches, issues } = twin.state();
      const fresh = issues.slice(before.issues);
      return {
        started: dispatches.slice(before.dispatches).map(({ workflow }) => workflow),
        comments: fresh.flatMap(({ comments }) => comments.map(commentInWords)),
        pulls: fresh.filter(({ pull }) => pull !== undefined).map(({ title }) => title),
      };
    },
    async reset() {
      runs.finish(twin);
      await closeIssues();
      // What a journey prepared would be found prepared by the next one.
      execFileSync("git", ["-C", bare, "update-ref", "-d", `refs/heads/${revertBranch(commit)}`]);
      const { dispatches, issues } = twin.state();
      before = { dispatches: dispatches.length, issues: issues.length };
      await target.restore({ to: stable });
      await target.cleanup([stable]);
      rmSync(startsFile, { force: true });
      written.length = 0;
    },
    async createDatabase(name) {
      if (postgres === undefined) return undefined;
      const url = await postgres.databases.create(name);
      await asked(url, "create table applied (name text not null); create table forgotten ()");
      // Who restores makes a database beside the present one.
      await asked(postgres.adminUrl, `alter role ${pg.escapeIdentifier(new URL(url).username)} createdb`);
      return throughDoor(url);
    },
    ask: (name, sql) => {
      const url = new URL(postgres?.adminUrl ?? "");
      url.pathname = `/${name}`;
      return asked(url.href, sql);
    },
    async dropDatabase(name) {
      const beside = `select datname from pg_database where datname ~ '^${name}(_before_\\d+|_restored_\\d+)?$'`;
      const found = postgres === undefined ? [] : await asked(postgres.adminUrl, beside);
      for (const { datname } of found) await postgres?.databases.drop(String(datname));
    },
    keptBackup(name) {
      const folder = path.join(directory, "kept");
      const files = existsSync(folder) ? readdirSync(folder) : [];
      return files.filter((file) => file.startsWith(`${name}-`) && !file.endsWith(".json")).sort()[0];
    },
    async stop() {
      await Promise.all([github.close(), platform.close(), database?.close()]);
      await twin.stop();
      await host.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

const commentInWords = ({ body, reactions }: TwinComment): string =>
  `${body.split("\n")[0]} (${reactions.map(({ content }) => content).join(" ")})`;

function payloadOf(event: EventName, twin: GitHubTwin): unknown {
  if (event === "pull request") {
    const side = { repo: { full_name: repository } };
    const number = twin.openPullRequest({ title: "A column", head: changeBranch, base: "main", author: "ada" });
    return { action: "opened", pull_request: { number, head: side, base: side } };
  }
  const issue = twin.openIssue({ title: "Release", author: "ada" });
  const body = "/hold the numbers look odd";
  const id = twin.comment({ issue, author: "ada", body });
  return { action: "created", issue: { number: issue }, comment: { id, body, user: { login: "ada", type: "User" } } };
}

/** Runs that a dispatch started: they wait until the world is reset. */
function startedRuns() {
  const waiting: TwinRun[] = [];
  let last = 5000;
  return {
    start(twin: GitHubTwin, workflow: string, headSha: string): number {
      const at = new Date().toISOString();
      const run: TwinRun = {
        id: ++last,
        attempt: 1,
        name: workflow,
        path: `.github/workflows/${workflow}`,
        event: "workflow_dispatch",
        headSha,
        headBranch: "main",
        actor: "github-actions[bot]",
        status: "queued",
        conclusion: null,
        startedAt: at,
        updatedAt: at,
        jobs: [],
      };
      waiting.push(run);
      twin.reportRun(run);
      return run.id;
    },
    finish(twin: GitHubTwin): void {
      for (const run of waiting.splice(0)) twin.reportRun({ ...run, status: "completed", conclusion: "success" });
    },
  };
}

async function asked(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function createRepository(directory: string, files: Readonly<Record<string, string>>) {
  const workspace = path.join(directory, "repository");
  const bare = path.join(directory, "bare.git");
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: workspace, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const commitAll = (message: string, written: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(written)) {
      mkdirSync(path.join(workspace, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(workspace, name), text);
    }
    git("add", "--all");
    git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", message);
    return git("rev-parse", "HEAD");
  };
  mkdirSync(workspace);
  git("init", "--quiet", "--bare", "--initial-branch=main", bare);
  git("init", "--quiet", "--initial-branch=main");
  const stable = commitAll("The shop", { "server.mjs": server });
  const commit = commitAll("Orders", { ...migrations, ...workflows, ...files });
  git("checkout", "--quiet", "-b", changeBranch);
  commitAll("A column", { "pending/0004_total.sql": "alter table orders alter column note type int using 0;\n" });
  git("push", "--quiet", bare, "main", changeBranch);
  git("checkout", "--quiet", "main");
  git("worktree", "add", "--quiet", path.join(directory, changeBranch), changeBranch);
  return { workspace, bare, stable, commit };
}

function environmentOf(directory: string, workspace: string, commit: string, api: string, run: Run) {
  const event = path.join(directory, "event.json");
  writeFileSync(event, JSON.stringify(run.event?.payload ?? {}));
  return {
    HOME: directory,
    RUNNER_TEMP: directory,
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKSPACE: run.event?.name === "pull request" ? path.join(directory, changeBranch) : workspace,
    GITHUB_ACTOR: "ada",
    GITHUB_EVENT_PATH: event,
    GITHUB_EVENT_NAME: run.event === undefined ? "push" : eventNames[run.event.name],
    GITHUB_REF_TYPE: "branch",
    GITHUB_REF_NAME: "main",
    GITHUB_RUN_ID: String(run.runId),
    GITHUB_RUN_ATTEMPT: String(run.attempt),
    GITHUB_SHA: commit,
    GITHUB_API_URL: api,
  };
}
