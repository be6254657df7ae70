import * as z from "zod";
import { InputError } from "./failure.ts";
import type { StepName } from "./plan.ts";

const jobResults = z.record(z.string(), z.looseObject({ result: z.string() }));

/** Which steps each job of stage.yml that runs the user's code stands for. */
const stepsOfJob: Readonly<Record<string, readonly StepName[]>> = {
  preflight: ["preflight"],
  probe: ["smoke-test", "load-test"],
};

/** How the jobs before this one ended, as GitHub says: the only word we take from jobs that run the user's code. */
export function provenBy(needs: string | undefined): Partial<Record<StepName, "passed" | "failed">> {
  if (needs === undefined) return {};
  const parsed = jobResults.safeParse(jsonOf(needs));
  if (!parsed.success)
    throw new InputError("Input `needs` is not the `needs` context; write `needs: ${{ toJSON(needs) }}`.");
  const proven: Partial<Record<StepName, "passed" | "failed">> = {};
  for (const [job, { result }] of Object.entries(parsed.data)) {
    const outcome = result === "success" ? "passed" : result === "failure" ? "failed" : undefined;
    for (const step of stepsOfJob[job] ?? []) if (outcome !== undefined) proven[step] = outcome;
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
