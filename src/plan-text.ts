import { formatDuration } from "./duration.ts";
import type { Plan } from "./plan.ts";

/** What a release will do, a line each, for people. */
export function planText(plan: Plan): readonly string[] {
  return plan.stages.flatMap((stage, index) => [
    `${index + 1}. ${stage.name}: ${stage.steps.join(" -> ")}`,
    ...stage.shifts.map(({ weight, holdMs, everyMs, judged }) =>
      judged
        ? `   ${weight}% for at least ${formatDuration(holdMs)}, a look every ${formatDuration(everyMs)}`
        : `   ${weight}% at once`,
    ),
  ]);
}
