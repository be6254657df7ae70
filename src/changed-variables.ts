import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import type { PlannedStage } from "./plan.ts";
import { hold, type Verdict } from "./verdict.ts";

/** The platform's marks of variables by name; none for those that are not set. */
export async function marksNow(
  target: DeployTarget,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (target.marks === undefined)
    throw new InputError(
      `The target ${target.kind} keeps no variables for a service, so nothing tells whether ${names.join(", ")} changed. Remove \`pause.changed\`.`,
    );
  return target.marks(names);
}

/**
 * Whether the task of a stage's pause still has to be done, whatever a person said: a variable is what it was when the
 * release began, or not set at all. Undefined when every one was set anew.
 */
export async function taskLeft(target: DeployTarget, { pause }: PlannedStage): Promise<Verdict | undefined> {
  const { changed: before = {}, task = "" } = pause ?? {};
  const names = Object.keys(before);
  const now = await marksNow(target, names);
  const unset = names.filter((name) => now[name] === undefined);
  const same = names.filter((name) => now[name] !== undefined && now[name] === before[name]);
  const untold = names.filter((name) => makerOf(now[name]) !== makerOf(before[name] ?? now[name]));
  const what = [
    ...(unset.length === 0 ? [] : [`${unset.join(", ")} ${unset.length === 1 ? "is" : "are"} not set`]),
    ...(same.length === 0 ? [] : [`${same.join(", ")} did not change since the release began`]),
    ...(untold.length === 0
      ? []
      : [`whether ${untold.join(", ")} changed cannot be told, because the key that reads them did`]),
  ];
  if (what.length === 0) return undefined;
  return hold(
    "not-changed",
    `Somebody said that the task of the pause is done (${task}), but on the platform ${what.join("; ")}. ` +
      "Set it anew and comment `/continue` again, leave the task out with `/skip`, or end the release with `/abort`.",
    { unset, same, untold },
  );
}

/** A mark says in front of a colon what it was made with; two of different makers cannot be compared. */
const makerOf = (mark: string | undefined): string | undefined => mark?.split(":", 1)[0];
