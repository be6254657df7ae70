import type { PlannedStage, StepName } from "../plan.ts";
import { isSettled, type ReleaseState } from "../record.ts";

export interface Due {
  readonly stage: PlannedStage;
  readonly step: StepName;
}

/** The first step in the order of the plan that is neither passed nor skipped. */
export function firstOpen(release: ReleaseState): Due | undefined {
  for (const stage of release.plan.stages)
    for (const step of stage.steps) if (!isSettled(release, stage.name, step)) return { stage, step };
  return undefined;
}
