import { type StepName, stepNames } from "../plan.ts";
import { type Change, type ChangeName, isLasting } from "../record/changes.ts";
import type { Ending, ReleaseState } from "../record.ts";
import type { Effect } from "../release.ts";

const undoing = ({ what, stage, handle }: Change): Effect => ({ do: "change", what, to: "off", stage, handle });

/** What must be on while a step runs, in the order in which it is turned on. */
function wantedFor({ plan }: ReleaseState, step: StepName | undefined): ChangeName[] {
  const { maintenance } = plan;
  if (maintenance === undefined || step === undefined || !maintenance.around.includes(step)) return [];
  return [
    ...(maintenance.page === undefined ? [] : ["maintenance" as const]),
    ...(maintenance.workers === undefined ? [] : ["workers" as const]),
  ];
}

/** Flags come on before the first step that gives them to anybody. */
const flagsFrom = stepNames.indexOf("deploy");

/** The flags of a stage that are not on yet, when the step needs them. */
function flagsBefore({ plan, changes }: ReleaseState, stage: string, step: StepName | undefined): Effect | undefined {
  const planned = plan.stages.find(({ name }) => name === stage);
  if (planned?.flags === undefined || step === undefined || stepNames.indexOf(step) < flagsFrom) return undefined;
  const known = changes.find((made) => made.what === "flags" && made.stage === stage);
  if (known?.certain === true) return undefined;
  return { do: "change", what: "flags", to: "on", stage, handle: known?.handle ?? null };
}

/**
 * What has to be turned on or off before a step begins (before the end when there is none). The page comes up before
 * the workers stop, and goes when they are back.
 */
export function changeBefore(release: ReleaseState, stage: string, step: StepName | undefined): Effect | undefined {
  const wanted = wantedFor(release, step);
  const missing = wanted.find((what) => !release.changes.some((known) => known.what === what && known.certain));
  if (missing !== undefined) {
    const begun = release.changes.find(({ what }) => what === missing);
    return { do: "change", what: missing, to: "on", stage: begun?.stage ?? stage, handle: null };
  }
  const left = release.changes.findLast(({ what }) => !isLasting(what) && !wanted.includes(what));
  return left === undefined ? flagsBefore(release, stage, step) : undoing(left);
}

/** Endings after which another version than the one gone back to may serve. */
const unclear: ReadonlySet<Ending> = new Set(["halted", "rollback-incomplete"]);

/**
 * What is left to undo of a release that did not get to its end, newest first. Where somebody moved traffic by hand, and
 * until all of production has gone back, configuration and flags stay: what serves may need them.
 */
export function changeToUndo({ ended, changes }: ReleaseState): Effect | undefined {
  if (ended === null || ended.as === "done") return undefined;
  const left = changes.findLast(({ what }) => !isLasting(what) || !unclear.has(ended.as));
  return left && undoing(left);
}
