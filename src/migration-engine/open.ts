import path from "node:path";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import type { Stage } from "../step.ts";

/** The engine that a runbook names under `migrate`, all references resolved; only its own code is loaded. */
export async function openEngine(
  { url, sql }: NonNullable<Stage["migrate"]>,
  workspace: string,
  ports: Ports,
): Promise<MigrationEngine> {
  const { sqlEngine } = await import("./sql.ts");
  return sqlEngine({ directory: path.join(workspace, sql.directory), url }, ports);
}
