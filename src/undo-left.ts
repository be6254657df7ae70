import { type Advance, advance } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { changeToUndo } from "./release/changes.ts";
import { pass, type Verdict } from "./verdict.ts";

type Scene = Pick<Advance, "ports" | "store" | "environment" | "author" | "onEntry" | "show" | "change">;

/**
 * Undoes what a release that ended left on, such as its flags: a tick that gave traffic back has no work tree for the
 * commands. An error when something is left all the same.
 */
export async function undoLeft(scene: Scene, target: DeployTarget): Promise<Verdict> {
  const { store, environment } = scene;
  const { release } = (await store.read(environment)).record;
  if (release === null || changeToUndo(release) === undefined) return pass("nothing-left", "Nothing is left to undo.");
  const asker = { release: release.id, attempt: release.attempt };
  const verdict = await advance({ ...scene, target, asker, steps: {} });
  const after = (await store.read(environment)).record.release;
  if (after === null || after.id !== release.id || changeToUndo(after) === undefined)
    return pass("undone", `What release ${release.id} had turned on is as it was before.`);
  const message = `Release ${release.id} left something on that could not be undone: ${verdict.message}`;
  return { verdict: "error", reason: "left-on", message };
}
