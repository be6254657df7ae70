import type { ConcurrencyGroups } from "./concurrency.ts";
import type { JsonObject } from "./expression.ts";
import type { Permissions } from "./permissions.ts";
import type { Timing } from "./timing.ts";

/** One run of a consumer's workflow, and the world it runs in. */
export interface WorkflowRun {
  /** Git work tree of the consumer; the run sees it at `sha`. */
  readonly consumer: string;
  /** Folder of the toolkit, taken as it stands: `uses: <toolkitName>/...@ref` means it, whatever the ref. */
  readonly toolkit: string;
  /** `owner/name` */
  readonly toolkitName: string;
  /** The workflow's path within the consumer. */
  readonly workflow: string;
  readonly event: RunTrigger;
  /** `owner/name` of the consumer */
  readonly repository: string;
  /** Full, such as `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, RunEnvironment>>;
  /** Base URL of the GitHub twin's API. */
  readonly api: string;
  /** GITHUB_SERVER_URL; the same as `api` when not given. */
  readonly server?: string;
  /** A fresh GITHUB_TOKEN that holds exactly the job's permissions. */
  readonly token: (job: { readonly id: string; readonly permissions: Permissions }) => Promise<string>;
  /** What a token holds when no file declares anything; GitHub's restricted default when not given. */
  readonly defaultPermissions?: Permissions;
  /** No token may write, as in runs from forks. */
  readonly readOnlyToken?: boolean;
  /** The Node 24 binary that runs the actions. */
  readonly node: string;
  /** Added to every process's environment; nothing of this process's own is inherited but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Receives a log and a summary for each job. */
  readonly logDirectory: string;
  readonly onEvent: (event: RunEvent) => void;
  /** Aborting is GitHub's cancel button. */
  readonly cancel: AbortSignal;
  /** Shared by the runs of one repository; the process's own when not given. */
  readonly groups?: ConcurrencyGroups;
  readonly timing?: Timing;
  /** Results of an earlier attempt: what succeeded in it is not run again, its outputs stay (see rerun.ts). */
  readonly earlier?: Readonly<Record<string, JobResult>>;
}

export interface RunTrigger {
  readonly name: string;
  readonly payload: JsonObject;
  /** Of a workflow_dispatch. */
  readonly inputs?: Readonly<Record<string, string>>;
}

export interface RunEnvironment {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** `false`: a reviewer rejects every job of this environment. */
  readonly approve?: boolean;
  /** Asked for every job of this environment, whose path of ids it is given; `false` rejects the job. */
  readonly review?: (job: string) => Promise<boolean>;
  /** Whole minutes of `timing.minute` that every job waits before it begins; nobody is billed for them. */
  readonly waitMinutes?: number;
}

export type Result = "success" | "failure" | "cancelled" | "skipped";

export interface JobResult {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Annotation {
  readonly job: string;
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * What happens, as it happens. `job` is the path of job ids with each matrix leg's values, such as
 * `release / stage (database) / migrate`; a calling job and each of its legs have events of their own.
 */
export type RunEvent =
  | { readonly type: "job-waiting"; readonly job: string; readonly group: string }
  /** For a reviewer, for the wait timer, or for both. */
  | { readonly type: "environment-waiting"; readonly job: string; readonly name: string }
  /** A machine was found; what follows is billed. */
  | { readonly type: "machine"; readonly job: string }
  | { readonly type: "job-started"; readonly job: string; readonly name: string }
  | ({ readonly type: "job-ended"; readonly job: string } & JobResult)
  | { readonly type: "environment"; readonly job: string; readonly name: string; readonly deployment: boolean }
  | { readonly type: "environment-url"; readonly job: string; readonly name: string; readonly url: string }
  /** A step's own process, which leads a group. */
  | { readonly type: "process"; readonly job: string; readonly pid: number }
  | { readonly type: "step-started"; readonly job: string; readonly step: string; readonly name: string }
  | {
      readonly type: "step-ended";
      readonly job: string;
      readonly step: string;
      readonly name: string;
      /** Before `continue-on-error`. */
      readonly outcome: Result;
      readonly conclusion: Result;
    }
  | { readonly type: "annotation"; readonly job: string; readonly annotation: Annotation }
  | { readonly type: "output-dropped"; readonly job: string; readonly output: string }
  | { readonly type: "log"; readonly job: string; readonly line: string };

export interface Summary {
  readonly job: string;
  readonly step: string;
  readonly markdown: string;
}

export interface WorkflowRunResult {
  readonly conclusion: "success" | "failure" | "cancelled";
  /** By the same paths as in the events: the jobs, the legs and everything called. */
  readonly jobs: Readonly<Record<string, JobResult>>;
  readonly annotations: readonly Annotation[];
  readonly summaries: readonly Summary[];
}
