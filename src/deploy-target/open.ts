import type { DeployTarget } from "../deploy-target.ts";
import type { Ports } from "../ports.ts";
import type { TargetSpec } from "../target-spec.ts";

/** The adapter for what a runbook names under `target`, all references resolved; only its own code is loaded. */
export async function openTarget(spec: TargetSpec, ports: Ports): Promise<DeployTarget> {
  if ("compose" in spec) return (await import("./compose.ts")).composeTarget(spec.compose, ports);
  if ("command" in spec) return (await import("./command.ts")).commandTarget(spec.command, ports);
  if ("vercel" in spec) return (await import("./vercel.ts")).vercelTarget(spec.vercel, ports);
  if ("render" in spec) return (await import("./render.ts")).renderTarget(spec.render, ports);
  return (await import("./local.ts")).openLocal(spec.local, ports);
}
