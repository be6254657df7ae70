import { formatDuration } from "./duration.ts";
import type { Plan, PlannedShift } from "./plan.ts";

/** What a release will do, a line each, for people. */
export function planText(plan: Plan): readonly string[] {
  return plan.stages.flatMap((stage, index) => [
    `${index + 1}. ${stage.name}${stage.ref === undefined ? "" : ` (${stage.ref})`}: ${stage.steps.join(" -> ")}`,
    ...Object.entries(stage.flags ?? {}).map(([name, value]) => `   turns ${name} to ${value}`),
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
