import { finalStage } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import type { Change } from "./changes.ts";
import { isLasting } from "./changes.ts";

/**
 * What a release that did not get to its end has to undo, once `to` serves: the flags and variables that stages before
 * the one that failed left behind belong to what they promoted, and stay with it.
 *
 * `stage` is the one whose beginning is returned to; without it, as when a person names a version, everything since
 * that version began to serve is undone.
 */
export function leftToUndo(release: ReleaseState, to: string, stage: string | undefined): Change[] {
  const { plan, promotions, before, changes } = release;
  const order = plan.stages.map(({ name }) => name);
  const servedAtStartOf = (index: number): string =>
    promotions.filter(({ stage }) => order.indexOf(stage) < index).at(-1)?.version ?? before;
  const named = stage === undefined || stage === finalStage ? -1 : order.indexOf(stage);
  const standing =
    named >= 0 && servedAtStartOf(named) === to ? named : order.findIndex((_, index) => servedAtStartOf(index) === to);
  return changes.filter((change) => !isLasting(change.what) || order.indexOf(change.stage) >= standing);
}
