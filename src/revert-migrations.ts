import { InputError } from "./failure.ts";
import { openEngine } from "./migration-engine/open.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface RevertMigrations {
  readonly step: NonNullable<Stage["migrate"]>;
  /** Where the database is to stand again, as the result of the release names it in `before`. */
  readonly before: string;
  readonly workspace: string;
  readonly ports: Ports;
}

/**
 * Takes back what a release applied, because a person said so: never part of a release or of a rollback, since what the
 * migrations brought is lost with them.
 */
export async function revertMigrations({ step, before, workspace, ports }: RevertMigrations): Promise<Verdict> {
  // One step back means something else when a release brought two, or when it is said twice.
  if (!/^\w+(?:\+\w+)*$/.test(before))
    throw new InputError(
      `\`revert\` takes the revision from before the release, such as ae1027a6acf or base, and "${before.slice(0, 80)}" is none. The result of the migrate step names it as \`before\`.`,
    );
  const engine = await openEngine(step, { workspace }, ports);
  if (engine.revert === undefined)
    throw new InputError(
      `The ${engine.kind} engine cannot go back: its files say only how to go on. Write a new migration that undoes the change, or restore a backup.`,
    );
  const result = await engine.revert(before);
  if (result.outcome === "failed") return fail(result.reason, result.message, { result });
  return pass("reverted", `The database is back at ${before}; it stood at ${result.before ?? "another revision"}.`, {
    result,
  });
}
