import type { WorkflowRun, WorkflowRunResult } from "./workflow-run.ts";

/**
 * The next attempt of a run, as GitHub's buttons make it: the same id, commit and event, one attempt more. "Re-run
 * failed jobs" keeps the results and outputs of what succeeded and runs the rest and everything that needs it;
 * "Re-run all jobs" keeps nothing. Whoever presses the button is the triggering actor.
 */
export function rerunOf(
  run: WorkflowRun,
  result: Pick<WorkflowRunResult, "jobs">,
  which: "failed" | "all",
): WorkflowRun {
  const { earlier: _, ...bare } = run;
  const next = { ...bare, runAttempt: run.runAttempt + 1 };
  return which === "all" ? next : { ...next, earlier: result.jobs };
}
