import { formatDuration } from "./duration.ts";
import type { Plan, PlannedShift } from "./plan.ts";

/** What a release will do, a line each, for people. */
export function planText(plan: Plan): readonly string[] {
  return plan.stages.flatMap((stage, index) => [
    `${index + 1}. ${stage.name}: ${stage.steps.join(" -> ")}`,
    ...stage.shifts.map((shift) =>
      shift.judged
        ? `   ${shareText(shift)} for at least ${formatDuration(shift.holdMs)}, a look every ${formatDuration(shift.everyMs)}`
        : `   ${shareText(shift)} at once`,
    ),
  ]);
}

const shareText = ({ weight, hosts }: PlannedShift): string =>
  hosts === undefined
    ? `${weight}%`
    : `${hosts.count} of ${hosts.of} hosts (${Number(weight.toFixed(1))}% of traffic, if hosts get equally many requests)`;
