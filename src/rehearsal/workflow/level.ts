import type { WorkflowNode } from "./call-graph.ts";
import type { Json } from "./expression.ts";
import type { Permissions } from "./permissions.ts";

/** One workflow being run: the run's own, or one that a job calls. */
export interface Level {
  readonly node: WorkflowNode;
  /** Path of the calling jobs with a separator at its end; empty for the run's own workflow. */
  readonly prefix: string;
  /** The same, of the names GitHub shows. */
  readonly namePrefix: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly secrets: VisibleSecrets;
  /** What the calling job holds, or the repository's default. */
  readonly granted: Permissions;
  /** Every `if` is looked at again; jobs whose condition still holds run on. */
  readonly cancelled: AbortSignal;
  /** Everything stops, whatever its condition. */
  readonly forced: AbortSignal;
  /** Whether what succeeded in an earlier attempt may stay as it is: not below a job that needs one which runs again. */
  readonly keepsEarlier: boolean;
  /** Concurrency groups that the run and the calling jobs hold. */
  readonly held: readonly HeldGroup[];
}

export interface HeldGroup {
  readonly group: string;
  /** For the message: a job's path, or `top level workflow`. */
  readonly by: string;
}

/**
 * The secrets a workflow sees. A called one sees what was passed by name, or everything when inherited; an
 * environment's secret reaches it only under a name that was passed (actions/runner#1490).
 */
export interface VisibleSecrets {
  readonly values: Readonly<Record<string, string>>;
  /** `undefined`: all names. */
  readonly names: ReadonlySet<string> | undefined;
}
