import type { Json, Scope, Status } from "./expression.ts";
import type { JobLog } from "./job-log.ts";
import type { Machine } from "./machine.ts";
import type { Origin } from "./reference.ts";
import type { Setting } from "./setting.ts";

/** One running job, as its steps see and change it. */
export interface JobState {
  readonly key: string;
  readonly setting: Setting;
  readonly machine: Machine;
  readonly log: JobLog;
  /** GitHub asked the job to stop: every `if` is looked at again, steps that still hold run on. */
  readonly cancelled: AbortSignal;
  /** The time to stop is over: whatever runs is killed. */
  readonly killed: AbortSignal;
  status: "success" | "failure" | "cancelled";
  /** Of workflow, job and GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** Of GITHUB_PATH, the latest first. */
  readonly paths: string[];
  /** The latest first. */
  readonly posts: PostStep[];
  readonly defaults: { readonly shell: string; readonly workingDirectory: string };
}

/** A list of steps being run: the job's own, or those of a composite action. */
export interface Frame {
  /** `github`, `inputs`, `needs` and the like; `env`, `steps` and `job` are added where an expression is evaluated. */
  readonly contexts: Readonly<Record<string, Json>>;
  /** Where the file with these steps lies. */
  readonly origin: Origin;
  /** The `steps` context. */
  readonly steps: Record<string, Json>;
  /** Set by the step that uses the composite action. */
  readonly env: Readonly<Record<string, string>>;
  readonly composite: boolean;
  /** Aborts when the step that uses the composite action is stopped. */
  readonly stop: AbortSignal | undefined;
  failed: boolean;
}

/** What one step accumulates. */
export interface StepState {
  /** For GITHUB_ACTION. */
  readonly id: string;
  readonly name: string;
  readonly outputs: Record<string, string>;
  readonly state: Record<string, string>;
  /** A refused command or runner file fails a step whatever its exit code. */
  refused: boolean;
}

/** What an attempt at a step is given to run with. */
export interface Attempt {
  readonly job: JobState;
  readonly frame: Frame;
  readonly step: StepState;
  /** Of job, composite and step. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when this step is to stop. */
  readonly stop: AbortSignal;
}

export interface PostStep {
  readonly name: string;
  readonly condition: string;
  readonly frame: Frame;
  readonly env: Readonly<Record<string, string>>;
  readonly step: StepState;
  readonly execute: (attempt: Attempt) => Promise<number>;
}

export function scopeOf(job: JobState, frame: Frame, env: Readonly<Record<string, string>>): Scope {
  const jobContext = frame.contexts["job"];
  return {
    contexts: {
      ...frame.contexts,
      env,
      steps: frame.steps,
      job: typeof jobContext === "object" ? { ...jobContext, status: job.status } : { status: job.status },
    },
    status: statusOf(job, frame),
    workspace: job.machine.workspace,
  };
}

/** In a composite action success and failure are the action's own; cancellation is always the job's. */
function statusOf(job: JobState, frame: Frame): Status {
  const cancelled = job.status === "cancelled";
  const failed = frame.composite ? frame.failed : job.status === "failure";
  return { success: !cancelled && !failed, failure: !cancelled && failed, cancelled };
}
