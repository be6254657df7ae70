import type { DeployTarget } from "../deploy-target.ts";
import type { Ports } from "../ports.ts";
import type { TargetSpec } from "../target-spec.ts";

/** The adapter for what a runbook names under `target`, all references resolved; only its own code is loaded. */
export async function openTarget(spec: TargetSpec, ports: Ports): Promise<DeployTarget> {
  const { openLocal } = await import("./local.ts");
  return openLocal(spec.local, ports);
}
