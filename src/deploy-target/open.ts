import type { DeployTarget } from "../deploy-target.ts";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { TargetSpec } from "../runbook.ts";
import { type LocalTargetOptions, localTarget } from "./local.ts";

const startWithinMs = 60_000;

/** The adapter for what a runbook names under `target`, all references resolved. */
export function openTarget(spec: TargetSpec, ports: Ports): DeployTarget {
  const { admin, token, start, health } = spec.local;
  return localTarget(
    { admin, token: token ?? "", command: words(start), health: { path: health, withinMs: startWithinMs } },
    ports,
  );
}

/** A program and its arguments, split at blanks: no shell reads them. */
function words(command: string): LocalTargetOptions["command"] {
  const [program, ...args] = command.trim().split(/\s+/);
  if (program === undefined || program === "")
    throw new InputError("target.local.start names no program; write for example `start: node server.mjs`.");
  return [program, ...args];
}
