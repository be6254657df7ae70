import { type StepName, stepNames } from "../plan.ts";
import { type Change, type ChangeName, contrary, isLasting } from "../record/changes.ts";
import type { Ending, ReleaseState } from "../record.ts";
import type { Effect } from "../release.ts";

/** Reason of waiting for a command that may still run in another process. */
export const otherCommand = "other-command";

const waitUntil = (until: number): Effect => ({
  do: "hold",
  reason: otherCommand,
  message: `A command that turns maintenance, workers or flags on or off may still run in another process, which has not said how it ended. It is ended by ${new Date(until).toISOString()}; then this goes on.`,
  until,
});

/** Turned on only when nothing can turn it off behind our back any more. */
function turningOn(release: ReleaseState, on: Pick<Change, "what" | "stage" | "handle">, now: number): Effect {
  const others = contrary(release.commands, { ...on, to: "on" }, now);
  return others.length === 0
    ? { do: "change", to: "on", ...on }
    : waitUntil(Math.max(...others.map(({ until }) => until)));
}

/** Undoes the newest of these; what was undone beside another's command is so once more when that has ended. */
function undone(left: readonly Change[], now: number): Effect | undefined {
  const due = left.findLast(({ again = 0 }) => again <= now);
  if (due !== undefined) return undoing(due);
  return left.length === 0 ? undefined : waitUntil(Math.min(...left.map(({ again = now }) => again)));
}

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
function flagsBefore(release: ReleaseState, stage: string, step: StepName | undefined, now: number) {
  const { plan, changes } = release;
  const planned = plan.stages.find(({ name }) => name === stage);
  if (planned?.flags === undefined || step === undefined || stepNames.indexOf(step) < flagsFrom) return undefined;
  const known = changes.find((made) => made.what === "flags" && made.stage === stage);
  if (known?.certain === true) return undefined;
  return turningOn(release, { what: "flags", stage, handle: known?.handle ?? null }, now);
}

/**
 * What has to be turned on or off before a step begins (before the end when there is none). The page comes up before
 * the workers stop, and goes when they are back.
 */
export function changeBefore(
  release: ReleaseState,
  stage: string,
  step: StepName | undefined,
  now: number,
): Effect | undefined {
  const wanted = wantedFor(release, step);
  const missing = wanted.find((what) => !release.changes.some((known) => known.what === what && known.certain));
  if (missing !== undefined) {
    const begun = release.changes.find(({ what }) => what === missing);
    return turningOn(release, { what: missing, stage: begun?.stage ?? stage, handle: null }, now);
  }
  const left = release.changes.filter(({ what }) => !isLasting(what) && !wanted.includes(what));
  const back = undone(left, now);
  // What is undone already keeps no step waiting, only the end.
  return back === undefined || (back.do === "hold" && step !== undefined)
    ? flagsBefore(release, stage, step, now)
    : back;
}

/** Endings after which another version than the one gone back to may serve. */
const unclear: ReadonlySet<Ending> = new Set(["halted", "rollback-incomplete"]);

/**
 * What is left to undo of a release that did not get to its end, newest first; without a time, whether it may be done
 * now or later. Where somebody moved traffic by hand, and until all of production has gone back, configuration and
 * flags stay: what serves may need them.
 */
export function changeToUndo({ ended, changes }: ReleaseState, now = Number.POSITIVE_INFINITY): Effect | undefined {
  if (ended === null || ended.as === "done") return undefined;
  return undone(
    changes.filter(({ what }) => !isLasting(what) || !unclear.has(ended.as)),
    now,
  );
}
