import { InputError } from "./failure.ts";
import { openEngine } from "./migration-engine/open.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface MigrateDatabase {
  readonly step: Stage["migrate"];
  readonly workspace: string;
  /** The release this is part of. */
  readonly release?: string | undefined;
  readonly ports: Ports;
}

/** Plans and applies what is pending; a history that does not fit the files is refused with the repair commands. */
export async function migrateDatabase({ step, workspace, release, ports }: MigrateDatabase): Promise<Verdict> {
  if (step === undefined) throw new InputError("The runbook has no migrate step in this stage.");
  const engine = await openEngine(step, { workspace, release }, ports);
  const { problems } = await engine.status();
  const [problem] = problems;
  if (problem !== undefined)
    return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
  const plan = await engine.plan();
  const evidence = { engine: engine.kind, plan };
  if (step.approved !== undefined && step.approved !== plan.hash)
    return fail(
      "plan-changed",
      `The plan that was approved (${step.approved.slice(0, 12)}) is not what would be applied now (${plan.hash.slice(0, 12)}): ` +
        `${namesOf(plan.pending)}. Nothing was applied. Look at it and approve it, or bring the approved files back.`,
      evidence,
    );
  if (plan.pending.length === 0) return pass("nothing-pending", "The database has every migration already.", evidence);
  const result = await engine.apply(plan.hash);
  if (result.outcome === "failed")
    return fail(
      result.reason,
      `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it and stay.`,
      { ...evidence, result },
    );
  return pass("migrated", `Applied ${namesOf(result.applied)}; ${stallOf(result.longestStallMs)}.`, {
    ...evidence,
    result,
  });
}

const namesOf = (migrations: readonly { readonly name: string }[]): string =>
  migrations.map(({ name }) => name).join(", ") || "none";

const stallOf = (ms: number | undefined): string =>
  ms === undefined
    ? "whether other sessions waited for it could not be seen"
    : `other sessions waited for us at most ${ms} ms`;
