import {
  type Act,
  type EffectOf,
  endedAs,
  journal,
  lookEntry,
  maxTries,
  releaseOf,
  verdictEntry,
} from "./advance/journal.ts";
import { change, mark, runStep, tellPeople } from "./advance/steps.ts";
import { restore, type Seen, settle, shift, withoutWayBack } from "./advance/traffic.ts";
import type { Configured, DeployTarget } from "./deploy-target.ts";
import { messageOf } from "./failure.ts";
import type { JobOutcome } from "./job-results.ts";
import type { Plan, PlannedStage, StepName } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import type { ChangeName } from "./record/changes.ts";
import { type Entry, isSettled, knowsGeneration, type ReleaseState } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { otherCommand } from "./release/changes.ts";
import { type SentBack, sentBackFrom } from "./release/production.ts";
import {
  type Asker,
  decide,
  type Effect,
  type Judgement,
  type Look,
  type Notable,
  type Observation,
} from "./release.ts";
import { hold, pass, type Verdict } from "./verdict.ts";
import { wrongClock } from "./wrong-clock.ts";

/** How a step went; the deploy step also says what it staged. */
export interface StepOutcome extends Verdict {
  readonly candidate?: { readonly version: string; readonly url: string } | undefined;
  /** The configure step also says which variables it set, and the platform's handle of what was before. */
  readonly configured?: Configured | undefined;
}

/** Something besides traffic to turn on or off. */
export interface ChangeRequest {
  readonly what: ChangeName;
  readonly to: "on" | "off";
  readonly stage: string;
  /** What was before: the platform's handle of a configuration, the values of flags. */
  readonly handle: string | null;
  readonly plan: Plan;
  /** Milliseconds that all of it may take: its commands are ended then, for others rely on it. */
  readonly withinMs: number;
}

/** The steps that a program runs; the others are judged, or taken by people. */
export type ProgramStep = Exclude<StepName, "canary" | "approve" | "pause" | "watch" | "sign-off">;

export interface StepRequest {
  readonly stage: PlannedStage;
  readonly release: ReleaseState;
  /** Writes down what is about to be done, before it is: a process that dies after it cannot say so any more. */
  readonly announce: (reason: string, message: string, evidence?: unknown) => Promise<void>;
}

/** What one process brings to a release: the effects it is able and allowed to have. */
export interface Advance {
  readonly ports: Ports;
  readonly store: RecordStore;
  readonly environment: string;
  readonly asker: Asker;
  readonly author: Author;
  /** Absent in jobs that run the user's code: they see no platform. */
  readonly target?: DeployTarget | undefined;
  /** The steps this process may run. The canary needs `judge` besides. */
  readonly steps: Partial<Record<ProgramStep, (request: StepRequest) => Promise<StepOutcome>>>;
  /** Waits for the next look, measures and assesses. */
  readonly judge?: ((share: EffectOf<"judge">, release: ReleaseState) => Promise<Judgement>) | undefined;
  /** Measures and assesses what serves production; the time for it has come. */
  readonly watch?: ((due: EffectOf<"look">, release: ReleaseState) => Promise<Look>) | undefined;
  /** Turns maintenance, workers and flags on and off, and puts configuration back; may be asked for the same twice. */
  readonly change?: ((request: ChangeRequest) => Promise<Verdict>) | undefined;
  /** What a stage's flags are now, as the handle they are put back by; read before they are set for the first time. */
  readonly readFlags?: ((request: Pick<ChangeRequest, "stage" | "plan">) => Promise<string>) | undefined;
  /** Steps that another job of the same run ran in front of the user's code, and how GitHub says that job ended. */
  readonly proven?: Partial<Record<StepName, JobOutcome>> | undefined;
  /** Stop when this stage's step is recorded as passed; without it, go on until nothing is due. */
  readonly until?: { readonly stage: string; readonly step: StepName } | undefined;
  /** Run what is due, append nothing: jobs with the user's code may read the record and no more. */
  readonly readOnly?: boolean;
  readonly abort?: Observation["abort"];
  /** How long this process stays after it has looked at a share once; an hour when absent. A look may wait for its time. */
  readonly patienceMs?: number | undefined;
  /** Called after every entry that was appended. */
  readonly onEntry?: ((entry: Entry, snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** How far another clock is ahead of this one, milliseconds; absent where none was asked. */
  readonly clockSkewMs?: (() => number | undefined) | undefined;
  /** Called with a record that has ended: whoever ended it may have died before people were shown. */
  readonly show?: ((snapshot: RecordSnapshot) => Promise<void>) | undefined;
}

/** Longest a job waits for evidence before it ends as held and leaves the rest to ticks. */
export const maxWaitMs = 60 * 60_000;
/** More effects than any release can need: reaching it is a bug of ours, not a reason to go on. */
const maxEffects = 10_000;
/** Shortest time between two looks for what a person said while a share is judged. */
const orderEveryMs = 20_000;
/** Longest time between two looks for a person's answer. */
const answerEveryMs = 10_000;

/**
 * Ticks until nothing is due: read the record, observe production, decide, act, append, again.
 *
 * The only executor of effects. Every write to the platform is read back before it is believed, and every append is
 * compare-and-set, so that any number of processes may run this at once.
 */
export async function advance(context: Advance): Promise<Verdict> {
  let snapshot = await context.store.read(context.environment);
  const clock = wrongClock(context.clockSkewMs?.());
  if (clock?.verdict === "error") return clock;
  if (clock !== undefined) context.ports.log.warn(clock.message);
  let fresh = true;
  let judgement: Judgement | undefined;
  let seen: Look | undefined;
  let sentBack: SentBack | undefined;
  let judges = context.judge !== undefined;
  let parting: Verdict | undefined;
  let tries = 0;
  const started = context.ports.clock.monotonic();
  let readAt = started;

  for (let effects = 0; effects < maxEffects; effects++) {
    const production = await look(context);
    const { asker, abort } = context;
    const cancelled = context.ports.cancelled.aborted;
    const effect = decide(
      snapshot.record,
      { asker, production, judgement, look: seen, sentBack, judges, cancelled, abort },
      context.ports.clock.now(),
    );
    const passed = alreadyPassed(context, snapshot);
    // Whoever passed the last step also writes that the release is done.
    if (passed !== undefined && effect.do !== "end" && effect.do !== "refuse") return passed;

    // A decision to stop rests on the newest record, so that another process' entry is not mistaken for drift.
    if (!fresh && (effect.do === "refuse" || effect.do === "end")) {
      snapshot = await context.store.read(context.environment);
      fresh = true;
      continue;
    }
    if (effect.do === "restore" && !effect.already) {
      // Production was read after the record: what it shows may be the work of a later release, which begins with a
      // write. And a person may have answered just now; only a broken limit does not wait to hear of it.
      const broken = judgement?.verdict === "fail" || seen?.verdict === "fail";
      const mayBeOld = !fresh && !broken && tries === 0;
      const newest =
        mayBeOld || !knowsGeneration(releaseOf(snapshot), effect.ifGeneration)
          ? await readIfReachable(context)
          : undefined;
      if (newest !== undefined && newest.head !== snapshot.head) {
        snapshot = newest;
        fresh = true;
        continue;
      }
    }
    if (effect.do === "judge" && !cancelled) {
      if (context.judge === undefined)
        return hold("waiting", "A share of the canary is waiting for its verdict; the canary gate judges it.");
      const waitMs =
        judgement === undefined ? Math.max(0, effect.at - context.ports.clock.now()) : effect.planned.everyMs;
      const stayMs = judgement === undefined ? maxWaitMs : (context.patienceMs ?? maxWaitMs);
      if (context.ports.clock.monotonic() - started + waitMs > stayMs) return waiting(context, snapshot, judgement);
      judgement = await context.judge(effect, releaseOf(snapshot)).catch((problem: unknown) => {
        if (!effect.last) throw problem;
        judges = false;
        context.ports.log.warn(`The last look at this share failed. ${messageOf(problem)}`);
        return undefined;
      });
      fresh = false;
      const { clock } = context.ports;
      // What a person said meanwhile stands in the record; each reading is an API call, so not at every look. A broken
      // limit does not wait for it.
      if (judgement === undefined || judgement.verdict === "fail" || clock.monotonic() - readAt < orderEveryMs)
        continue;
      readAt = clock.monotonic();
      const newest = await readIfReachable(context);
      snapshot = newest ?? snapshot;
      fresh = newest !== undefined;
      continue;
    }
    if (effect.do === "look" && !cancelled) {
      if (context.watch === undefined)
        return hold("watching", `What serves is watched for stage ${effect.stage}; a tick looks at it.`);
      const waitMs = Math.max(0, effect.at - context.ports.clock.now());
      const stayMs = seen === undefined ? maxWaitMs : (context.patienceMs ?? maxWaitMs);
      if (context.ports.clock.monotonic() - started + waitMs > stayMs) return watching(context, snapshot, seen);
      await context.ports.clock.sleep(waitMs, context.ports.cancelled).catch(() => undefined);
      seen = await context.watch(effect, releaseOf(snapshot));
      fresh = false;
      continue;
    }
    if (
      effect.do === "hold" &&
      effect.until !== undefined &&
      (await waited(context, { ...effect, until: effect.until }, started))
    ) {
      const newest = await readIfReachable(context);
      snapshot = newest ?? snapshot;
      fresh = newest !== undefined;
      continue;
    }
    const act = await perform(context, snapshot, production, effect, { judgement, look: seen });
    if (act.verdict !== undefined) return effect.do === "nothing" ? (parting ?? act.verdict) : act.verdict;
    parting = act.parting ?? parting;
    tries = act.again === true ? tries + 1 : 0;
    if (effect.do === "restore" && context.target?.capabilities.compareAndSet)
      sentBack = sentBackFrom(releaseOf(snapshot), effect.ifGeneration);
    if (tries >= maxTries && effect.do === "restore") {
      const told = await withoutWayBack(context, snapshot, effect);
      if (told?.verdict !== undefined) return told.verdict;
    }
    if (tries >= maxTries)
      return {
        verdict: "error",
        reason: "no-progress",
        message: `The same effect (${effect.do}) was tried ${maxTries} times and production did not follow; nothing more is tried.`,
      };
    if (tries > 0) await context.ports.clock.sleep(200 * 2 ** tries);
    // Whoever takes users off a candidate is not kept from trying again by a record that is out of reach.
    const goesDown = effect.do === "restore" || (effect.do === "shift" && effect.back !== undefined);
    const newest =
      act.snapshot ?? (goesDown ? await readIfReachable(context) : await context.store.read(context.environment));
    fresh = newest !== undefined;
    snapshot = newest ?? snapshot;
    if (effect.do !== "shift" && effect.do !== "settle") continue;
    judgement = undefined;
  }
  return {
    verdict: "error",
    reason: "too-many-effects",
    message: `More than ${maxEffects} effects in one job: this is a defect of Sluice, please report it with the record.`,
  };
}

/** The newest record; undefined while it is out of reach, when judging and giving traffic back go on without it. */
async function readIfReachable({ store, environment, ports }: Advance): Promise<RecordSnapshot | undefined> {
  try {
    return await store.read(environment);
  } catch (problem) {
    const why = messageOf(problem);
    ports.log.warn(`The record cannot be read, so what people say is not heard at the moment. ${why}`);
    return undefined;
  }
}

/** Waits for a person's answer or for another's command where this process could act on it, and has the time; tells whether it did. */
async function waited(
  { ports, target, judge, change, readOnly }: Advance,
  { until, reason, message }: { readonly until: number } & Notable,
  started: number,
): Promise<boolean> {
  const { clock, cancelled } = ports;
  const left = Math.max(0, until - clock.now());
  const ofCommand = reason === otherCommand;
  const ms = ofCommand ? left : Math.min(left, answerEveryMs);
  const able = ofCommand ? change !== undefined && readOnly !== true : target !== undefined && judge !== undefined;
  if (!able || cancelled.aborted) return false;
  if (clock.monotonic() - started + ms > maxWaitMs) return false;
  if (ofCommand) ports.log.notice(message);
  await clock.sleep(ms, cancelled).catch(() => undefined);
  return true;
}

/** What a re-run finds done, it does not do again. */
function alreadyPassed(context: Advance, { record }: RecordSnapshot): Verdict | undefined {
  const { until, asker } = context;
  const { release } = record;
  if (until === undefined || release === null || release.id !== asker.release || release.ended !== null)
    return undefined;
  const state = release.steps[`${until.stage}/${until.step}`];
  return state !== undefined && isSettled(release, until.stage, until.step)
    ? pass(state.reason, state.message)
    : undefined;
}

async function look({ target, ports }: Advance): Promise<Observation["production"]> {
  if (target === undefined) return { unreadable: "This job does not look at production.", unasked: true };
  for (let attempt = 1; ; attempt++) {
    try {
      return await target.observe();
    } catch (problem) {
      const message = messageOf(problem);
      if (attempt === maxTries || ports.cancelled.aborted) return { unreadable: message };
      await ports.clock.sleep(100 * 2 ** attempt * (0.5 + ports.random()));
    }
  }
}

async function perform(
  context: Advance,
  snapshot: RecordSnapshot,
  production: Observation["production"],
  effect: Effect,
  seen: Seen,
): Promise<Act> {
  switch (effect.do) {
    case "refuse":
      return { verdict: { verdict: "error", reason: effect.reason, message: effect.message } };
    case "nothing":
      if (context.readOnly !== true) await context.show?.(snapshot);
      return { verdict: endedAs(effect.ended.as, effect.ended.reason, effect.ended.message) };
    case "hold":
    case "judge":
    case "look":
      return { verdict: urgent(effect, seen, await interrupted(context, snapshot, effect)) };
    case "step":
      return runStep(context, snapshot, effect);
    case "shift":
      return shift(context, snapshot, effect, seen.judgement);
    case "settle":
      return settle(context, snapshot, effect);
    case "accept":
      return { snapshot: await journal(context, snapshot, verdictEntry(effect.judgement)) };
    case "accept-look":
      return { snapshot: await journal(context, snapshot, lookEntry(effect.look)) };
    case "change":
      return change(context, snapshot, effect);
    case "promote": {
      const message = "Every share of the canary was proven; the candidate serves all traffic.";
      return {
        snapshot: await journal(context, snapshot, {
          kind: "step",
          stage: effect.stage,
          step: "canary",
          outcome: "passed",
          reason: "all-shares-proven",
          message,
        }),
      };
    }
    case "mark":
      return mark(context, snapshot, effect);
    case "ask":
      return tellPeople(context, snapshot, {
        kind: "asked",
        ...effect.question,
        message: effect.message.slice(0, 4000),
      });
    case "warn": {
      const { stage, step, reason, message } = effect;
      return tellPeople(context, snapshot, { kind: "warned", stage, step, reason, message: message.slice(0, 4000) });
    }
    case "restore":
      return restore(context, snapshot, production, effect, seen);
    case "end": {
      if (context.readOnly === true) return { verdict: endedAs(effect.as, effect.reason, effect.message) };
      const after = await journal(context, snapshot, {
        kind: "ended",
        as: effect.as,
        reason: effect.reason,
        message: effect.message.slice(0, 4000),
      });
      if (after === undefined) return { again: true };
      const verdict = endedAs(effect.as, effect.reason, effect.message);
      return releaseOf(after).changes.length === 0 ? { verdict } : { snapshot: after, parting: verdict };
    }
  }
}

/** A cancelled job leaves a mark, so that whoever comes next knows to go back instead of going on. */
async function interrupted(
  context: Advance,
  snapshot: RecordSnapshot,
  effect: EffectOf<"hold"> | EffectOf<"judge"> | EffectOf<"look">,
): Promise<Verdict> {
  const waiting =
    effect.do === "hold"
      ? effect
      : { reason: "cancelled", message: "The job was cancelled while production was being judged." };
  if (!context.ports.cancelled.aborted || releaseOf(snapshot).ended !== null)
    return hold(waiting.reason, waiting.message);
  if (context.readOnly !== true)
    await journal(context, snapshot, { kind: "interrupted", reason: "cancelled", message: waiting.message });
  return {
    verdict: "error",
    reason: "cancelled",
    message: "The job was cancelled; the rollback job gives traffic back to stable.",
  };
}

/**
 * Users are on what has to go back, and the platform does not say what serves: no good end of a job, whoever allows it to
 * hold. The rollback job, or the next tick, asks the platform again.
 */
function urgent(
  effect: EffectOf<"hold"> | EffectOf<"judge"> | EffectOf<"look">,
  { judgement, look }: Seen,
  verdict: Verdict,
): Verdict {
  if (effect.do !== "hold" || effect.reason !== "platform-unreadable" || verdict.verdict !== "hold") return verdict;
  const broken = [judgement, look].find((seen) => seen?.verdict === "fail");
  if (broken === undefined && effect.goesBack !== true) return verdict;
  const why = broken === undefined ? "" : `A limit is broken, and traffic could not be given back: ${broken.message} `;
  return { ...verdict, message: `${why}${verdict.message}`, evidence: broken, final: true };
}

/** The next look is not this job's any more: what was seen is written down, and a tick goes on from there. */
async function watching(context: Advance, snapshot: RecordSnapshot, seen: Look | undefined): Promise<Verdict> {
  const known = snapshot.record.release?.watch?.lookedAt ?? 0;
  if (seen !== undefined && seen.to > known && context.readOnly !== true)
    await journal(context, snapshot, lookEntry(seen.verdict === "pass" ? { ...seen, verdict: "hold" } : seen));
  return hold("watching", `${seen?.message ?? "Nothing was seen yet."} The next tick looks again.`);
}

/** The job has waited long enough; what the gate knows is written down, so that the next tick goes on from there. */
async function waiting(context: Advance, snapshot: RecordSnapshot, judgement: Judgement | undefined): Promise<Verdict> {
  if (judgement !== undefined && context.readOnly !== true) await journal(context, snapshot, verdictEntry(judgement));
  const message = `${judgement?.message ?? "No verdict yet."} This job has waited long enough; the next tick goes on.`;
  return hold("waiting", message);
}
