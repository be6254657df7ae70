import type { ConcurrencyGroups } from "./concurrency.ts";
import type { Masks } from "./mask.ts";
import type { World } from "./reference.ts";
import type { Timing } from "./timing.ts";
import type { Annotation, JobResult, RunEvent, Summary, WorkflowRun } from "./workflow-run.ts";

/** What all jobs of one run share. */
export interface Setting {
  readonly run: WorkflowRun;
  readonly world: World;
  readonly masks: Masks;
  readonly timing: Timing;
  readonly groups: ConcurrencyGroups;
  readonly workflowName: string;
  readonly emit: (event: RunEvent) => void;
  /** Filled as the run goes. */
  readonly jobs: Record<string, JobResult>;
  readonly annotations: Annotation[];
  readonly summaries: Summary[];
}
