import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createConcurrencyGroups } from "../../../src/rehearsal/workflow/concurrency.ts";
import type { Permissions } from "../../../src/rehearsal/workflow/permissions.ts";
import { runWorkflow } from "../../../src/rehearsal/workflow/run.ts";
import type { RunEvent, WorkflowRun, WorkflowRunResult } from "../../../src/rehearsal/workflow/workflow-run.ts";

export type Files = Readonly<Record<string, string>>;

/** A consumer and a toolkit, both real git repositories in a temp folder. */
export interface SmallWorld extends Disposable {
  readonly consumer: string;
  readonly toolkit: string;
  readonly head: string;
  /** Runs `.github/workflows/main.yml` of the consumer. */
  readonly rehearse: (changes?: Partial<WorkflowRun>) => Promise<Rehearsed>;
}

export interface Rehearsed extends WorkflowRunResult {
  readonly events: readonly RunEvent[];
  /** The permissions each token was asked with, by job. */
  readonly tokens: Readonly<Record<string, Permissions>>;
  /** The lines of one job's log, or of all jobs. */
  readonly log: (job?: string) => string;
  /** Everything that was written to the log directory. */
  readonly written: string;
  readonly result: (job: string) => string | undefined;
}

export function smallWorld(consumer: Files, toolkit: Files = {}): SmallWorld {
  const root = mkdtempSync(join(tmpdir(), "small-world-"));
  const consumerFolder = repository(join(root, "consumer"), { "README.md": "quickstart\n", ...consumer });
  const toolkitFolder = repository(join(root, "toolkit"), { "README.md": "toolkit\n", ...toolkit });
  const head = git(consumerFolder, "rev-parse", "HEAD");
  let runs = 0;
  return {
    consumer: consumerFolder,
    toolkit: toolkitFolder,
    head,
    rehearse: async (changes = {}) => {
      const events: RunEvent[] = [];
      const tokens: Record<string, Permissions> = {};
      const logDirectory = join(root, `log-${++runs}`);
      const result = await runWorkflow({
        consumer: consumerFolder,
        toolkit: toolkitFolder,
        toolkitName: "acme/toolkit",
        workflow: ".github/workflows/main.yml",
        event: { name: "push", payload: {} },
        repository: "octo/quickstart",
        ref: "refs/heads/main",
        sha: head,
        actor: "mona",
        runId: 7,
        runAttempt: 1,
        secrets: {},
        vars: {},
        environments: {},
        api: "http://127.0.0.1:9",
        node: process.execPath,
        logDirectory,
        cancel: new AbortController().signal,
        groups: createConcurrencyGroups(),
        timing: { interrupt: 1500, terminate: 1000, drain: 300, minute: 60_000 },
        ...changes,
        token: async ({ id, permissions }) => {
          tokens[id] = permissions;
          return `ghs_${id.replace(/\W/g, "")}0123456789`;
        },
        onEvent: (event) => {
          events.push(event);
          changes.onEvent?.(event);
        },
      });
      const written = readdirSync(logDirectory).map((file) => readFileSync(join(logDirectory, file), "utf8"));
      return {
        ...result,
        events,
        tokens,
        log: (job) => logOf(events, job),
        written: written.join("\n"),
        result: (job) => result.jobs[job]?.result,
      };
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function logOf(events: readonly RunEvent[], job: string | undefined): string {
  const lines = events.flatMap((event) =>
    event.type === "log" && (job === undefined || event.job === job) ? [event.line] : [],
  );
  return `${lines.join("\n")}\n`;
}

function repository(folder: string, files: Files): string {
  mkdirSync(folder, { recursive: true });
  write(folder, files);
  git(folder, "init", "--quiet", "--initial-branch=main");
  commit(folder, "first");
  return folder;
}

export function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Commits everything and returns the commit. */
export function commit(folder: string, message: string): string {
  git(folder, "add", "--all");
  git(folder, "-c", "user.name=mona", "-c", "user.email=mona@example.com", "commit", "--quiet", "-m", message);
  return git(folder, "rev-parse", "HEAD");
}

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
}

/** A consumer with one workflow. */
export function mainWorkflow(text: string): Files {
  return { ".github/workflows/main.yml": text };
}
