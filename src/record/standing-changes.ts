import { finalStage } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import type { Change } from "./changes.ts";
import { isLasting } from "./changes.ts";

/**
 * What a release that did not get to its end has to undo, once `to` serves: the flags and variables that stages before
 * the one that failed left behind belong to what they promoted, and stay with it.
 *
 * They are kept apart, for somebody may go back further afterwards.
 *
 * `stage` is the one whose beginning is returned to; without it, as when a person names a version, everything since
 * that version began to serve is undone.
 */
export function leftToUndo(
  release: ReleaseState,
  to: string,
  stage: string | undefined,
): Pick<ReleaseState, "changes" | "kept"> {
  const { plan, promotions, before, changes, kept } = release;
  const order = plan.stages.map(({ name }) => name);
  const servedAtStartOf = (index: number): string =>
    promotions.filter(({ stage }) => order.indexOf(stage) < index).at(-1)?.version ?? before;
  const named = stage === undefined || stage === finalStage ? -1 : order.indexOf(stage);
  const standing =
    named >= 0 && servedAtStartOf(named) === to ? named : order.findIndex((_, index) => servedAtStartOf(index) === to);
  const undone = ({ what, stage: of }: Change) => !isLasting(what) || order.indexOf(of) >= standing;
  const all = [...kept, ...changes];
  return { changes: all.filter(undone), kept: all.filter((change) => !undone(change)) };
}

/** Whether something that an earlier stage left on goes once `to` serves; what stays with `to` does not. */
export const keptGoes = (release: ReleaseState, to: string, stage: string | undefined): boolean =>
  leftToUndo({ ...release, changes: [] }, to, stage).changes.length > 0;
