import { InputError } from "./failure.ts";
import { openEngine } from "./migration-engine/open.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface MigrateDatabase {
  readonly step: Stage["migrate"];
  readonly workspace: string;
  readonly ports: Ports;
}

/** Plans and applies what is pending; a history that does not fit the files is refused with the repair commands. */
export async function migrateDatabase({ step, workspace, ports }: MigrateDatabase): Promise<Verdict> {
  if (step === undefined) throw new InputError("The runbook has no migrate step in this stage.");
  const engine = await openEngine(step, workspace, ports);
  const { problems } = await engine.status();
  const [problem] = problems;
  if (problem !== undefined)
    return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
  const plan = await engine.plan();
  if (plan.pending.length === 0) return pass("nothing-pending", "The database has every migration already.", { plan });
  const result = await engine.apply(plan.hash);
  if (result.outcome === "failed")
    return fail(
      result.reason,
      `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it and stay.`,
      { plan, result },
    );
  const names = result.applied.map(({ name }) => name).join(", ");
  return pass(
    "migrated",
    `Applied ${names}; other sessions waited for us at most ${Math.round(result.longestStallMs)} ms.`,
    { plan, result },
  );
}
