import * as z from "zod";
import { openTarget } from "./deploy-target/open.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { Ports } from "./ports.ts";
import { targetForms } from "./resolve-references.ts";
import type { NotifySpec } from "./runbook.ts";
import type { Variables } from "./variables.ts";
import { accept, readInside, resolveParts, type Written } from "./written-runbook.ts";

export interface WhereToRollBack {
  /** The target as YAML; read from the runbook when absent. */
  readonly target?: string | undefined;
  /** Path of the runbook, of which only the target has to be readable. */
  readonly runbook: string;
  readonly workspace: string;
  readonly variables: Variables;
}

/** The platform a rollback writes to. Nothing else of the runbook can keep it from its work. */
export async function rollbackTarget(where: WhereToRollBack, ports: Ports): Promise<DeployTarget> {
  const { target, runbook, workspace, variables } = where;
  const [{ readBySchema }, { targetSchema }] = await Promise.all([
    import("./read-by-schema.ts"),
    import("./target-spec.ts"),
  ]);
  if (target !== undefined) {
    const written = accept(readBySchema(target, "input target", targetSchema));
    return openTarget(resolveParts(written, variables, undefined, targetForms), ports);
  }
  const text = await readInside(runbook, workspace);
  const written = accept(readBySchema(text, runbook, z.looseObject({ target: targetSchema })));
  return openTarget(resolveParts(written, variables, ["target"]).target, ports);
}

/** Whom the runbook tells; undefined where it cannot be read, which is no obstacle to a rollback. */
export async function rollbackNotify(
  runbook: string,
  workspace: string,
): Promise<Written<{ readonly notify?: NotifySpec | undefined }> | undefined> {
  const text = await readInside(runbook, workspace).catch(() => undefined);
  if (text === undefined) return undefined;
  const [{ readBySchema }, { notifySchema }] = await Promise.all([
    import("./read-by-schema.ts"),
    import("./runbook.ts"),
  ]);
  const read = readBySchema(text, runbook, z.looseObject({ notify: notifySchema.optional() }));
  return read.ok ? read : undefined;
}
