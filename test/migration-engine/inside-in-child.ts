import { readFileSync } from "node:fs";
import { composeTarget } from "../../src/deploy-target/compose.ts";
import { migrateDatabase } from "../../src/migrate-database.ts";
import type { Ports } from "../../src/ports.ts";
import type { Stage } from "../../src/step.ts";
import type { ComposeTarget } from "../../src/target-spec/compose.ts";
import { reachedThroughTarget } from "../../src/through-target.ts";
import { toolsInside } from "../../src/tool-inside.ts";
import type { Verdict } from "../../src/verdict.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

export interface Inside {
  readonly spec: ComposeTarget;
  readonly step: NonNullable<Stage["migrate"]>;
  readonly commit: string;
  readonly workspace: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Hash of the plan that people agreed to. */
  readonly agreed?: string;
}

/** The migrate step as its action runs it. */
export async function migrateInside({ spec, step, agreed, ...world }: Inside, ports: Ports): Promise<Verdict> {
  const target = await composeTarget(spec, ports);
  const place = await toolsInside(step, { target: async () => target, ...world, ports });
  const reached = await reachedThroughTarget(step, async () => target);
  return migrateDatabase({ step: reached, place, agreed, workspace: world.workspace, ports });
}

// In a process of its own, for a test that kills it; what it is told lies in a file, as its database has a password.
const [file] = process.argv.slice(2);
if (import.meta.main && file !== undefined) await migrateInside(JSON.parse(readFileSync(file, "utf8")), quietPorts());
