import type { Plan } from "../../plan.ts";
import type { Author } from "../../record/author.ts";
import type { Entry } from "../../record.ts";
import type { NewCommitPolicy } from "../../release/admit.ts";
import type { Judgement, Look } from "../../release.ts";
import type { VerdictKind } from "../../verdict.ts";
import type { Modelled, Place, Turn, Unread } from "../modelled-process.ts";
import type { Core, Snapshot } from "../world.ts";

export const maxTries = 5;

/** What a process knows of the world besides its replies. */
export interface Surroundings {
  readonly core: Core;
  readonly plan: Plan;
  readonly onNewCommit?: NewCommitPolicy | undefined;
  /** Milliseconds. */
  readonly now: number;
}

/** An entry before it has a time, an author and a release. */
export type Fact<E = Entry> = E extends Entry ? Omit<E, "at" | "by" | "release"> : never;

/** Who replaces a release speaks as its newest attempt; who undoes what it left on speaks for itself. */
export const authorOf = ({ release, attempt, own }: Modelled): Author => ({
  run: release,
  attempt: own?.doing === "undo" ? own.attempt : attempt,
  actor: "ada",
});

export const entryOf = (process: Modelled, { now }: Surroundings, fact: Fact): Entry =>
  ({ ...fact, at: now, by: authorOf(process), release: process.release }) as Entry;

/** The process in front of another request. */
export const at = (process: Modelled, place: Place): Modelled => ({ ...process, place });
/** What ends a process as an exception does, whatever it was about to do next. */
const thrown: ReadonlySet<string> = new Set(["record-down", "change-threw", "step-threw"]);

/** The end of a process; whoever acted for another release goes on as itself, unless it threw. */
export function ended(process: Modelled, verdict: VerdictKind, reason: string): Modelled {
  const { own, ...acting } = process;
  if (own === undefined) return at(process, { at: "end", verdict, reason });
  const { release, attempt, pins, doing } = own;
  const itself: Modelled = { ...acting, role: "release", release, attempt };
  if (thrown.has(reason)) return at(itself, { at: "end", verdict, reason });
  return at(itself, { at: doing === "undo" ? "begin-undone" : "begin-replaced", other: process.release, pins });
}
export const lookAgain = (process: Modelled, turn: Turn) => at(process, { at: "look", turn });

/** The commit of a release, made of its number. */
export const commitOf = (release: number) => release.toString(16).padStart(40, "0");

export function unread({ snapshot: _, ...turn }: Turn): Unread {
  return { ...turn, fresh: true };
}

/** After a taken append comes another turn. */
export const goOn = { do: "turn", again: false, onConflictAgain: false, forget: false } as const;

/** Another turn of the loop; `again` where nothing came of this one. */
export function nextTurn(
  process: Modelled,
  turn: Turn,
  again: boolean,
  snapshot: Snapshot | undefined,
  forget: boolean,
  /** What it goes on with when the record cannot be read now. */
  known?: Snapshot,
): Modelled {
  const tries = again ? turn.tries + 1 : 0;
  if (tries >= maxTries) return ended(process, "error", "no-progress");
  const { look, sentBack, readAt } = turn;
  const next = {
    fresh: true,
    judgement: forget ? undefined : turn.judgement,
    look,
    ...(sentBack && { sentBack }),
    ...(readAt !== undefined && { readAt }),
    tries,
  };
  return snapshot === undefined
    ? at(process, { at: "read", turn: next, ...(known !== undefined && { known }) })
    : lookAgain(process, { ...next, snapshot });
}

export function lookFact(look: Look): Fact {
  const { stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message } = look;
  return { kind: "look", stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message };
}

export function verdictEntry(judgement: Judgement): Fact {
  const { stage, shift, weight, generation, verdict, reason, message } = judgement;
  return { kind: "verdict", stage, shift, weight, generation, verdict, reason, message };
}
