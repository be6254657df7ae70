import * as z from "zod";
import type { Runbook } from "./runbook.ts";

/** The steps of a stage in their canonical order; every one is optional, the order is not. */
export const stepNames = ["preflight", "backup", "migrate", "deploy", "smoke-test", "load-test", "canary"] as const;
export type StepName = (typeof stepNames)[number];

/**
 * What a release will do, resolved from the runbook when the release starts and pinned in the record from then on:
 * a runbook edited in the middle of a release changes the next release, never this one.
 */
export const planSchema = z.strictObject({
  service: z.string(),
  stages: z
    .array(
      z.strictObject({
        name: z.string(),
        steps: z.array(z.enum(stepNames)).min(1),
        shifts: z.array(
          z.strictObject({
            /** Percent of production traffic. */
            weight: z.number().gt(0).max(100),
            /** Milliseconds the candidate must hold this share at least. */
            holdMs: z.number().nonnegative(),
            /** Milliseconds between two looks. */
            everyMs: z.number().positive(),
            /** Whether somebody judges this share; only the last one, 100 %, may go without. */
            judged: z.boolean(),
          }),
        ),
        /** Milliseconds after which a share without a verdict goes back to stable. */
        maxHoldMs: z.number().nonnegative(),
        /**
         * A share without a verdict by then counts as failed, or requests of our own decide; without this it only goes
         * back unproven.
         */
        onShort: z.enum(["fail", "synthetic"]).exactOptional(),
      }),
    )
    .min(1),
});
export type Plan = z.infer<typeof planSchema>;
export type PlannedStage = Plan["stages"][number];
export type PlannedShift = PlannedStage["shifts"][number];

/** All traffic at once: what a deploy without a canary comes to. */
const allAtOnce: PlannedShift = { weight: 100, holdMs: 0, everyMs: 1000, judged: false };

/** The percents of traffic a release's candidate gets one after the other, the last one 100; none without a deploy. */
export const sharesOf = ({ stages }: Plan): readonly number[] =>
  stages.flatMap(({ shifts }) => shifts.map(({ weight }) => weight));

/** Resolves a runbook to the plan of one release. A deploy always ends in a canary step, if only of a single 100 % shift. */
export function planOf(runbook: Runbook): Plan {
  return {
    service: runbook.service,
    stages: runbook.stages.map((stage) => {
      const wanted = (step: StepName) =>
        step === "canary" ? stage.canary !== undefined || stage.deploy !== undefined : stage[step] !== undefined;
      const shifts = (stage.canary?.shifts ?? []).map((shift) => ({
        weight: shift.traffic,
        holdMs: shift.hold ?? 0,
        everyMs: shift.every ?? 60_000,
        judged: (shift.limits ?? []).length > 0,
      }));
      const onShort = stage.canary?.["on-short-evidence"] ?? "hold";
      const longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
      return {
        name: stage.name,
        steps: stepNames.filter(wanted),
        shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
        maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
        ...(onShort !== "hold" && { onShort }),
      };
    }),
  };
}
