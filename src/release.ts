import type { Production } from "./deploy-target.ts";
import { frozenAt } from "./freeze.ts";
import type { PlannedShift, PlannedStage, PlannedWatch, StepName } from "./plan.ts";
import type { ChangeName } from "./record/changes.ts";
import type { EntryOf, EnvironmentRecord, ReleaseState } from "./record.ts";
import { stepKey } from "./record.ts";
import { lockedMessage } from "./release/admit.ts";
import { agreement } from "./release/agreement.ts";
import { canary } from "./release/canary.ts";
import { changeBefore, changeToUndo } from "./release/changes.ts";
import { type Due, firstOpen } from "./release/due.ts";
import { foundEarlier, goBack } from "./release/go-back.ts";
import { driftMessage, type SentBack, servesAll } from "./release/production.ts";
import { watching } from "./release/watch.ts";
import type { VerdictKind } from "./verdict.ts";

/** Who asks: one attempt of one release. */
export interface Asker {
  /** GitHub's run id: releases are ordered by it, not by arrival. */
  readonly release: number;
  readonly attempt: number;
}

/** Something people have to know, with its stable code. */
export interface Notable {
  readonly reason: string;
  readonly message: string;
}

/** A judgement made just now, at the weight and generation it names. */
export interface Judgement {
  readonly stage: string;
  readonly shift: number;
  readonly weight: number;
  readonly generation: string;
  readonly verdict: VerdictKind;
  readonly reason: string;
  readonly message: string;
  /** Everything the judgement rests on, as plain JSON. */
  readonly evidence?: unknown;
  /** What the gate knows so far, as plain JSON: saved when another process is to go on. */
  readonly gate?: unknown;
  /** A limit of level page is broken: a person decides. */
  readonly page?: Notable | undefined;
  /** Limits of level warn that are broken: people are told once. */
  readonly warnings?: readonly Notable[] | undefined;
}

/** A look at what serves production, made just now; everything since the last one that the record knows. */
export interface Look {
  readonly stage: string;
  readonly generation: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds of windows that had numbers, the longest time without, and when there were numbers last. */
  readonly seenMs: number;
  readonly largestGapMs: number;
  readonly seenAt: number;
  readonly verdict: VerdictKind;
  readonly reason: string;
  readonly message: string;
  readonly evidence?: unknown;
  readonly gate?: unknown;
  readonly page?: Notable | undefined;
  readonly warnings?: readonly Notable[] | undefined;
}

export interface Observation {
  readonly asker: Asker;
  /** What production serves, read just now; a message instead when it could not be read, or when this job never does. */
  readonly production: Production | { readonly unreadable: string; readonly unasked?: true };
  readonly judgement?: Judgement | undefined;
  readonly look?: Look | undefined;
  /** What this process sent back before and looks at again; undefined where the platform takes late writes. */
  readonly sentBack?: SentBack | undefined;
  /** Whether this process can judge a share: it does so once more before the share counts as unproven. */
  readonly judges?: boolean | undefined;
  /** The job was told to stop. */
  readonly cancelled?: boolean;
  /** Something outside this process failed for good, such as an earlier job: the release must go back. */
  readonly abort?: { readonly reason: string; readonly message: string } | undefined;
}

export type Question = Omit<EntryOf<"asked">, "kind" | "at" | "by" | "release" | "message">;

/** The one thing to do next. Everything else follows from doing it and asking again. */
export type Effect =
  /** Run a step and append how it went. */
  | { readonly do: "step"; readonly stage: PlannedStage; readonly step: StepName }
  /** Append the intent, write to the platform, read it back, append what is true. */
  | {
      readonly do: "shift";
      readonly stage: string;
      readonly shift: number;
      readonly weight: number;
      /** The share is so many whole hosts. */
      readonly hosts?: number;
      readonly candidate: string;
      readonly stable: string;
      readonly ifGeneration: string;
      /** A broken limit takes the candidate down to this share: the share that is given up, and why. */
      readonly back?: (Notable & { readonly shift: number }) | undefined;
    }
  /** An announced raise that took effect without anybody writing it down: append what production shows. */
  | {
      readonly do: "settle";
      readonly weight: number;
      readonly generation: string;
      /** A step back that was not even announced: the stage, and the share that was given up at which generation. */
      readonly back?: (Notable & { readonly stage: string; readonly shift: number; readonly from: string }) | undefined;
    }
  /** Measure and assess the present share, at `at`; the judgement comes back as an observation. */
  | {
      readonly do: "judge";
      readonly stage: string;
      readonly shift: number;
      readonly planned: PlannedShift;
      readonly weight: number;
      readonly generation: string;
      /** Milliseconds since the epoch; over when the look is late. */
      readonly at: number;
      /** The longest time of the share is over: this look decides. */
      readonly last: boolean;
    }
  /** Measure and assess what serves production, at `at`; the look comes back as an observation. */
  | {
      readonly do: "look";
      readonly stage: string;
      readonly generation: string;
      readonly planned: PlannedWatch;
      /** Milliseconds since the epoch. */
      readonly at: number;
    }
  /** Append the look that ends a watch well. */
  | { readonly do: "accept-look"; readonly look: Look }
  /** Announce, turn on or off what is not traffic, and append that it was done. */
  | {
      readonly do: "change";
      readonly what: ChangeName;
      readonly to: "on" | "off";
      readonly stage: string;
      /** The platform's own handle of what was before; configuration only. */
      readonly handle: string | null;
    }
  /** Append a passing judgement: only a recorded pass moves traffic. */
  | { readonly do: "accept"; readonly judgement: Judgement }
  /** Every share is proven: append the canary step as passed. */
  | { readonly do: "promote"; readonly stage: string }
  /** Append how a step stands that no program runs: people and time decide it. */
  | {
      readonly do: "mark";
      readonly stage: string;
      readonly step: StepName;
      readonly outcome: "begun" | "passed" | "held";
      readonly reason: string;
      readonly message: string;
    }
  /** Append that a person is asked, and by when silence decides. */
  | { readonly do: "ask"; readonly question: Question; readonly message: string }
  /** Append that people are warned; the release goes on. */
  | {
      readonly do: "warn";
      readonly stage: string;
      readonly step: "canary" | "watch";
      readonly reason: string;
      readonly message: string;
    }
  /** Write the platform first, journal after. */
  | {
      readonly do: "restore";
      readonly to: string;
      readonly from: string;
      readonly ifGeneration: string;
      /** Production serves `to` alone and no announced raise can arrive any more: nothing is left to write. */
      readonly already: boolean;
      readonly as: "rolled-back" | "held";
      readonly reason: string;
      readonly message: string;
    }
  | { readonly do: "end"; readonly as: "done" | "failed" | "halted"; readonly reason: string; readonly message: string }
  /** Nothing may move now; look again, at the latest at `until`, when silence decides. */
  | {
      readonly do: "hold";
      readonly reason: string;
      readonly message: string;
      readonly until?: number | undefined;
      /** Traffic has to go back for a fault of the commit, and nothing but the platform keeps it from doing so. */
      readonly goesBack?: true;
    }
  /** This asker may not act. */
  | { readonly do: "refuse"; readonly reason: string; readonly message: string }
  /** The release ended before. */
  | { readonly do: "nothing"; readonly ended: NonNullable<ReleaseState["ended"]> };

/**
 * What this attempt of this release should do now.
 *
 * Pure and total: the same arguments give the same effect, and every state has one. Protective effects come first
 * (who may act, going back), then the step that is due.
 */
export function decide(record: EnvironmentRecord, observation: Observation, now: number): Effect {
  const { release } = record;
  const { asker } = observation;
  if (asker.release < record.highest)
    return refuse(
      "superseded",
      `Release ${asker.release} was superseded by release ${record.highest}; it may not write any more.`,
    );
  if (release === null || release.id !== asker.release)
    return refuse("not-started", `Release ${asker.release} was never started here; the plan job starts it.`);
  if (asker.attempt < release.attempt)
    return refuse(
      "superseded",
      `Attempt ${asker.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`,
    );
  // What else was changed by a release that did not get to its end is undone when traffic is back.
  if (release.ended !== null)
    return (
      changeToUndo(release, now) ??
      foundEarlier(release, observation.production) ?? { do: "nothing", ended: release.ended }
    );
  // What is proven to the end is done, even if the job that proved it died before it could say so.
  const due = firstOpen(release);
  if (due === undefined) return changeBefore(release, "", undefined, now) ?? finish(release, observation.production);
  if (observation.abort !== undefined) return goBack(release, observation, "rolled-back", observation.abort);
  if (release.interrupted !== null)
    return goBack(release, observation, "rolled-back", {
      reason: "interrupted",
      message: `The release was interrupted (${release.interrupted.reason}), so traffic goes back to stable.`,
    });
  const { wanted } = release.people;
  if (wanted !== null) return asWanted(release, wanted, observation);
  return unlessHeld(record, due.stage, nextDue(release, due, observation, now), observation, now);
}

const refuse = (reason: string, message: string): Effect => ({ do: "refuse", reason, message });
const holdOn = (reason: string, message: string): Effect => ({ do: "hold", reason, message });

/** A person's word ends the release; somebody who only aborts says nothing against its commit. */
function asWanted(
  release: ReleaseState,
  { order, actor, reason }: NonNullable<ReleaseState["people"]["wanted"]>,
  observation: Observation,
): Effect {
  const said = `${actor} asked for it${reason === "" ? "." : `: ${reason}`}`;
  return order === "rollback"
    ? goBack(release, observation, "rolled-back", { reason: "requested", message: said })
    : goBack(release, observation, "held", { reason: "aborted", message: said });
}

/**
 * Who keeps this release from going on: a lock of the environment every raise, a person's hold and a freeze every step
 * as well.
 */
function stopOf({ lock, environment, release }: EnvironmentRecord, effect: Effect, now: number) {
  const raise = effect.do === "shift" && effect.back === undefined;
  if (lock !== null && raise) return { reason: "locked", message: lockedMessage(lock, environment) };
  // What a step needs turned on stays off as long as the step waits; what is on may always be turned off.
  const begins = effect.do === "step" || (effect.do === "change" && effect.to === "on");
  if (!(raise || begins)) return undefined;
  const frozen = frozenAt(release?.plan.freeze ?? [], now);
  if (frozen !== undefined)
    return {
      reason: "frozen",
      message: `Nothing goes on during ${frozen.window.text}, which ends ${new Date(frozen.until).toISOString()}. Rolling back works all the time.`,
    };
  const hold = release?.people.hold ?? null;
  if (hold === null) return undefined;
  const why = hold.reason === "" ? "" : `: ${hold.reason}`;
  const message = `${hold.actor} holds this release since ${new Date(hold.at).toISOString()}${why}. Comment \`/continue\` to let it go on, or \`/rollback\`.`;
  return { reason: "on-hold", message };
}

/** What may not go on waits; a candidate that waits does not stay on users for ever either. */
function unlessHeld(
  record: EnvironmentRecord,
  stage: PlannedStage,
  effect: Effect,
  observation: Observation,
  now: number,
): Effect {
  const { release } = record;
  const stop = stopOf(record, effect, now);
  if (stop === undefined || release === null) return effect;
  const { traffic } = release;
  if (traffic === null || now - traffic.since < stage.maxHoldMs) return holdOn(stop.reason, stop.message);
  const message = `${traffic.weight}% was held for its longest time while raising was stopped. ${stop.message}`;
  return goBack(release, observation, "held", { reason: "max-hold", message });
}

function nextDue(release: ReleaseState, due: Due, observation: Observation, now: number): Effect {
  const { stage, step } = due;
  const state = release.steps[stepKey(stage.name, step)];
  if (state?.outcome === "failed")
    return goBack(release, observation, "rolled-back", { reason: `${step}-failed`, message: state.message });
  if (observation.cancelled === true) return holdOn("cancelled", "The job was cancelled; nothing new is started.");
  const change = changeBefore(release, stage.name, step, now);
  if (change !== undefined) return change;
  switch (step) {
    case "canary":
      return canary(release, stage, observation, now);
    case "approve":
    case "pause":
    case "sign-off":
      return agreement(release, stage, step, now);
    case "watch":
      return watching(release, stage, observation, now);
    default:
      return { do: "step", stage, step };
  }
}

/** Done is what production shows; a job that cannot see production takes the word of the canary that could. */
function finish(release: ReleaseState, production: Observation["production"]): Effect {
  // Done says what serves: a platform that does not answer is asked again.
  if (release.promoted !== null && "unreadable" in production && production.unasked !== true)
    return holdOn("platform-unreadable", `Every step passed, and what serves cannot be read: ${production.unreadable}`);
  if (release.promoted !== null && !("unreadable" in production) && !servesAll(production, release.promoted.version))
    return { do: "end", as: "halted", reason: "drift", message: driftMessage(production) };
  return {
    do: "end",
    as: "done",
    reason: "all-steps-passed",
    message: `Release ${release.id} serves all traffic: every step of every stage passed.`,
  };
}
