import { execFileSync } from "node:child_process";
import path from "node:path";
import type { TwinRun } from "./github-twin/workflow-runs.ts";
import { createConcurrencyGroups } from "./workflow/concurrency.ts";
import { rerunOf } from "./workflow/rerun.ts";
import { runWorkflow } from "./workflow/run.ts";
import type { Timing } from "./workflow/timing.ts";
import type { RunEnvironment, RunEvent, WorkflowRun, WorkflowRunResult } from "./workflow/workflow-run.ts";
import { repositoryName, type World } from "./world.ts";

/** What starts a run, as GitHub would hear of it. */
export interface Trigger {
  /** File below `.github/workflows`. */
  readonly workflow: string;
  readonly ref: string;
  readonly sha: string;
  readonly event: WorkflowRun["event"];
  readonly actor?: string;
  /** A run from a fork holds no secret and a token that reads. */
  readonly fork?: boolean;
}

export interface RunsOptions {
  readonly world: World;
  readonly toolkit: string;
  readonly toolkitName: string;
  readonly node: string;
  /** Receives a folder of logs for each attempt. */
  readonly logs: string;
  readonly environments: Readonly<Record<string, RunEnvironment>>;
  readonly timing?: Timing | undefined;
  /** Added to every process of a run. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly onEvent: (event: RunEvent, run: number) => void;
}

/** The runs of one repository: what GitHub Actions is besides its API. */
export interface Runs {
  /** Starts a run and answers its number at once. */
  start(trigger: Trigger): number;
  /** Another attempt of a finished run. */
  rerun(run: number, which: "failed" | "all"): void;
  /** How the newest attempt of a run ends. */
  ended(run: number): Promise<WorkflowRunResult>;
  /** Presses the cancel button of every run under way, or of one. */
  cancel(run?: number): void;
  /** Resolves when no run is under way any more, those that other runs started included. */
  settled(): Promise<void>;
  /** Numbers of all runs so far, with their workflow and how they ended. */
  list(): readonly { readonly run: number; readonly workflow: string; readonly conclusion: string | undefined }[];
}

interface Known {
  readonly trigger: Trigger;
  cancel: AbortController;
  attempt: WorkflowRun;
  done: Promise<WorkflowRunResult>;
  result?: WorkflowRunResult;
}

/** Run numbers begin here; GitHub's are long, and nothing may depend on their size. */
const firstRun = 101;

export function createRuns(options: RunsOptions): Runs {
  const { world } = options;
  const groups = createConcurrencyGroups();
  const known = new Map<number, Known>();
  let next = firstRun;

  const report = (run: number, { trigger, attempt, result }: Known): void => {
    const now = new Date().toISOString();
    const told: TwinRun = {
      id: run,
      attempt: attempt.runAttempt,
      name: trigger.workflow.replace(/\.yml$/, ""),
      path: `.github/workflows/${trigger.workflow}`,
      event: trigger.event.name,
      headSha: trigger.sha,
      headBranch: trigger.ref.replace(/^refs\/heads\//, ""),
      actor: attempt.actor,
      status: result === undefined ? "in_progress" : "completed",
      conclusion: result?.conclusion ?? null,
      startedAt: now,
      updatedAt: now,
      jobs: [],
    };
    world.twin.reportRun(told);
  };

  const follow = (run: number, one: Known): void => {
    const { result: _, ...unfinished } = one;
    report(run, unfinished);
    one.done = runWorkflow(one.attempt).then((result) => {
      one.result = result;
      report(run, one);
      return result;
    });
    // Whoever asks how it ended hears of a file that is not valid; nobody else has to.
    one.done.catch(() => undefined);
  };

  const attemptOf = (run: number, trigger: Trigger, cancel: AbortSignal): WorkflowRun => ({
    consumer: world.repository,
    toolkit: options.toolkit,
    toolkitName: options.toolkitName,
    workflow: `.github/workflows/${trigger.workflow}`,
    event: trigger.event,
    repository: repositoryName,
    ref: trigger.ref,
    sha: trigger.sha,
    actor: trigger.actor ?? "octocat",
    runId: run,
    runAttempt: 1,
    secrets: trigger.fork === true ? {} : world.secrets,
    vars: trigger.fork === true ? {} : world.vars,
    environments: options.environments,
    api: world.twin.url,
    token: async (job) => world.twin.issueToken({ permissions: job.permissions, jobId: job.id }),
    readOnlyToken: trigger.fork === true,
    node: options.node,
    env: options.env ?? {},
    logDirectory: path.join(options.logs, String(run)),
    onEvent: (event) => options.onEvent(event, run),
    cancel,
    groups,
    ...(options.timing === undefined ? {} : { timing: options.timing }),
  });

  const found = (run: number): Known => {
    const one = known.get(run);
    if (one === undefined) throw new Error(`There is no run ${run}.`);
    return one;
  };

  return {
    start(trigger) {
      const run = next++;
      const cancel = new AbortController();
      const one: Known = { trigger, cancel, attempt: attemptOf(run, trigger, cancel.signal), done: never };
      known.set(run, one);
      follow(run, one);
      return run;
    },
    rerun(run, which) {
      const one = found(run);
      if (one.result === undefined) throw new Error(`Run ${run} is still under way; only a finished one runs again.`);
      const again = rerunOf(one.attempt, one.result, which);
      delete one.result;
      one.cancel = new AbortController();
      const logDirectory = path.join(options.logs, `${run}-${again.runAttempt}`);
      one.attempt = { ...again, cancel: one.cancel.signal, logDirectory };
      follow(run, one);
    },
    ended: (run) => found(run).done,
    cancel(run) {
      for (const [number, one] of known) if (run === undefined || run === number) one.cancel.abort();
    },
    async settled() {
      for (;;) {
        const open = [...known.values()].filter(({ result }) => result === undefined);
        if (open.length === 0) return;
        const ends = await Promise.allSettled(open.map(({ done }) => done));
        for (const end of ends) if (end.status === "rejected") throw end.reason;
      }
    },
    list: () =>
      [...known].map(([run, { trigger, result }]) => ({
        run,
        workflow: trigger.workflow,
        conclusion: result?.conclusion,
      })),
  };
}

const never = new Promise<WorkflowRunResult>(() => undefined);

/** The commit a branch names in the bare repository right now. */
export const headOf = (bare: string, ref: string): string =>
  execFileSync("git", ["-C", bare, "rev-parse", ref], { encoding: "utf8" }).trim();
