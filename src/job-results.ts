import * as z from "zod";
import { InputError } from "./failure.ts";
import type { StepName } from "./plan.ts";

const jobResults = z.record(
  z.string(),
  z.looseObject({ result: z.string(), outputs: z.record(z.string(), z.string()).optional() }),
);

/** How a step ended in the job that ran it: `held` when the job ended well because the step was not to run yet. */
export type JobOutcome = "passed" | "failed" | "held";

/** Which steps each job of stage.yml that runs the user's code stands for. */
const stepsOfJob: Readonly<Record<string, readonly StepName[]>> = {
  preflight: ["preflight"],
  probe: ["smoke-test", "load-test"],
};

/**
 * How the jobs before this one ended, as GitHub says. A job that ended well says by an output named for each step what
 * the step's verdict was: a step that was held ends its job well and proves nothing.
 */
export function provenBy(needs: string | undefined): Partial<Record<StepName, JobOutcome>> {
  if (needs === undefined) return {};
  const parsed = jobResults.safeParse(jsonOf(needs));
  if (!parsed.success)
    throw new InputError("Input `needs` is not the `needs` context; write `needs: ${{ toJSON(needs) }}`.");
  const proven: Partial<Record<StepName, JobOutcome>> = {};
  for (const [job, { result, outputs = {} }] of Object.entries(parsed.data))
    for (const step of stepsOfJob[job] ?? []) {
      if (result === "failure") proven[step] = "failed";
      if (result === "success") proven[step] = outputs[step] === "pass" ? "passed" : "held";
    }
  return proven;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
