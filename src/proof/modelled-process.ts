import { changeWithinMs, isStill, openForMs } from "../advance/steps.ts";
import { givenBackWhole, wholeBack } from "../advance/traffic.ts";
import type { Production } from "../deploy-target.ts";
import type { Plan } from "../plan.ts";
import type { Author } from "../record/author.ts";
import { type Entry, type EnvironmentRecord, knowsGeneration } from "../record.ts";
import { broughtBy, type NewCommitPolicy } from "../release/admit.ts";
import { changeToUndo, otherCommand } from "../release/changes.ts";
import { firstOpen } from "../release/due.ts";
import { type SentBack, sentBackFrom } from "../release/production.ts";
import type { Effect, Judgement, Look } from "../release.ts";
import type { VerdictKind } from "../verdict.ts";
import { type Core, type Reply, type Request, type Snapshot, serves, type Write } from "./world.ts";

/**
 * `release` begins and runs everything; `tick` only judges and shifts; `rollback` is the second line; `person` asks;
 * `ender` is a release that ends the one it replaces before it begins.
 */
export type Role = "release" | "tick" | "rollback" | "person" | "ender";

type EffectOf<D extends Effect["do"]> = Extract<Effect, { do: D }>;

/** What one turn of the loop of `advance` carries to the next. */
interface Turn {
  readonly snapshot: Snapshot;
  readonly fresh: boolean;
  readonly judgement: Judgement | undefined;
  readonly look?: Look | undefined;
  readonly sentBack?: SentBack | undefined;
  readonly tries: number;
  /** When it last read the record to hear what people say; absent where nothing is judged any more. */
  readonly readAt?: number;
}

/** A turn that is about to read the record anew. */
type Unread = Omit<Turn, "snapshot"> & { readonly snapshot?: never };

/** Where a process stands: always in front of a request, or at its end. */
type Place =
  | { readonly at: "begin-read"; readonly pins: number }
  | { readonly at: "begin-look"; readonly snapshot: Snapshot; readonly pins: number }
  | { readonly at: "begin-pin"; readonly snapshot: Snapshot; readonly pin: Pin }
  | { readonly at: "begin-pin-read"; readonly snapshot: Snapshot; readonly pin: Pin; readonly said: Said }
  | { readonly at: "begin-append"; readonly snapshot: Snapshot; readonly entry: Entry; readonly pins: number }
  | { readonly at: "begin-wait"; readonly snapshot: Snapshot; readonly entry: Entry; readonly pins: number }
  /** Orders the release under way to end, then ends it, then looks whether it has ended. */
  | { readonly at: "begin-replace"; readonly snapshot: Snapshot; readonly entry: Entry; readonly pins: number }
  | { readonly at: "begin-replaced"; readonly other: number; readonly pins: number }
  /** Undoes what the newest release left on, then looks whether it has. */
  | { readonly at: "begin-undo"; readonly pins: number }
  | { readonly at: "begin-undone"; readonly other: number; readonly pins: number }
  | { readonly at: "first-read" }
  | { readonly at: "look"; readonly turn: Turn }
  /** Without the record it had: `known` is what it goes on with when this cannot be read. */
  | {
      readonly at: "read";
      readonly turn: Unread;
      readonly after?: number;
      readonly until?: number;
      readonly known?: Snapshot;
    }
  | { readonly at: "judge"; readonly turn: Turn; readonly effect: EffectOf<"judge"> }
  | { readonly at: "append"; readonly turn: Turn; readonly entries: readonly Entry[]; readonly next: Then }
  | { readonly at: "run"; readonly turn: Turn; readonly effect: EffectOf<"step"> }
  | { readonly at: "watch"; readonly turn: Turn; readonly effect: EffectOf<"look"> }
  | { readonly at: "change"; readonly turn: Turn; readonly effect: EffectOf<"change">; readonly since: number }
  /** Others appended before what a command came to: looks whether the release is still its own, and appends again. */
  | {
      readonly at: "insist";
      readonly turn: Turn;
      readonly entries: readonly Entry[];
      readonly left: number;
    }
  | { readonly at: "raise"; readonly turn: Turn; readonly effect: EffectOf<"shift"> }
  | { readonly at: "raise-read"; readonly turn: Turn; readonly effect: EffectOf<"shift">; readonly said: Said }
  /** A step back that the record could not take: what it still has to be told, and how often the platform was asked. */
  | {
      readonly at: "lower";
      readonly turn: Turn;
      readonly effect: Parameters<typeof wholeBack>[0];
      readonly facts: readonly Entry[];
      readonly sent: number;
    }
  | {
      readonly at: "lower-read";
      readonly turn: Turn;
      readonly effect: Parameters<typeof wholeBack>[0];
      readonly facts: readonly Entry[];
      readonly sent: number;
      readonly said: Said;
    }
  /** What production shows is not in the record, or that was read long ago: looks whether it has gone on meanwhile. */
  | { readonly at: "restore-check"; readonly turn: Turn; readonly effect: EffectOf<"restore"> }
  | { readonly at: "restore"; readonly turn: Turn; readonly effect: EffectOf<"restore"> }
  | { readonly at: "restore-read"; readonly turn: Turn; readonly effect: EffectOf<"restore">; readonly said: Said }
  | {
      readonly at: "back";
      readonly onto: Snapshot;
      readonly facts: readonly Entry[];
      readonly left: number;
      readonly verdict: VerdictKind;
      /** The generation that giving back replaced. */
      readonly replaced: string;
    }
  | {
      readonly at: "back-read";
      readonly onto: Snapshot;
      readonly facts: readonly Entry[];
      readonly left: number;
      readonly verdict: VerdictKind;
      /** The generation that giving back replaced. */
      readonly replaced: string;
    }
  | { readonly at: "person-read" }
  | { readonly at: "person-look"; readonly snapshot: Snapshot | undefined }
  | {
      readonly at: "person-restore";
      readonly snapshot: Snapshot | undefined;
      readonly to: string;
      readonly from: string | null;
      readonly before: string;
    }
  | {
      readonly at: "person-proof";
      readonly snapshot: Snapshot | undefined;
      readonly to: string;
      readonly from: string | null;
      readonly before: string;
      readonly said: Said | "again";
    }
  | { readonly at: "end"; readonly verdict: VerdictKind; readonly reason: string };

type Said = "taken" | "unavailable" | "silence";

/** The shares as they are, written once more to shut out what an earlier release sent. */
interface Pin {
  readonly stable: string;
  readonly ifGeneration: string;
  /** How often production was asked before. */
  readonly pins: number;
}

/** What follows an append that was taken: the next turn, running the step, writing the raise, or the end. */
type Then =
  | {
      readonly do: "turn";
      readonly again: boolean;
      readonly onConflictAgain: boolean;
      readonly forget: boolean;
      /** How often the entries are appended to what others made of the record meanwhile. */
      readonly insists?: number;
      /** How often the entries are offered again to a record that is down. */
      readonly patience?: number;
    }
  | { readonly do: "run"; readonly effect: EffectOf<"step"> }
  | { readonly do: "raise"; readonly effect: EffectOf<"shift"> }
  | { readonly do: "change"; readonly effect: EffectOf<"change"> }
  | { readonly do: "end"; readonly verdict: VerdictKind; readonly reason: string; readonly evenOnConflict: boolean };

export interface Modelled {
  readonly name: string;
  readonly role: Role;
  readonly release: number;
  readonly attempt: number;
  readonly cancelled: boolean;
  readonly place: Place;
  /** Which release it is itself, while it ends the one that it replaces or undoes what the one before left on. */
  readonly own?: {
    readonly release: number;
    readonly attempt: number;
    readonly pins: number;
    readonly doing: "replace" | "undo";
  };
}

const maxTries = 5;
const answerEveryMs = 10_000;
const orderEveryMs = 20_000;

export function newProcess(role: Role, release: number, attempt: number, name: string): Modelled {
  const at = role === "release" ? "begin-read" : role === "person" ? "person-read" : "first-read";
  const place = at === "begin-read" ? ({ at, pins: 0 } as const) : ({ at } as const);
  return { name, role, release, attempt, cancelled: false, place };
}

/** What the process asks the world for next; undefined at its end. */
export function pendingOf({ place, release }: Modelled): Request | undefined {
  switch (place.at) {
    case "begin-read":
    case "begin-replaced":
    case "begin-undo":
    case "begin-undone":
    case "first-read":
    case "insist":
    case "back-read":
    case "person-read":
    case "restore-check":
      return { ask: "read" };
    case "read":
      return { ask: "read", ...waitOf(place) };
    case "begin-look":
    case "look":
    case "person-look":
      return { ask: "observe" };
    case "begin-pin":
      return { ask: "write", write: pinOf(release, place.pin) };
    case "begin-append":
    case "begin-wait":
    case "begin-replace":
      return { ask: "append", onto: place.snapshot.head, entries: [place.entry] };
    case "judge":
      return { ask: "judge", share: place.effect };
    case "append":
      return { ask: "append", onto: place.turn.snapshot.head, entries: place.entries };
    case "run":
      return { ask: "run", stage: place.effect.stage.name, step: place.effect.step, release };
    case "watch": {
      const { stage, generation, at } = place.effect;
      return { ask: "look", stage, generation, at };
    }
    case "change":
      return {
        ask: "change",
        what: place.effect.what,
        stage: place.effect.stage,
        to: place.effect.to,
        until: place.since + changeWithinMs,
        release,
      };
    case "raise":
    case "lower":
      return { ask: "write", write: raiseOf(release, place) };
    case "restore":
      return { ask: "write", write: restoreOf(release, place) };
    case "person-restore":
      return {
        ask: "write",
        write: { by: "person", to: [{ version: place.to, weight: 100 }], ifGeneration: undefined },
      };
    case "begin-pin-read":
    case "raise-read":
    case "lower-read":
    case "restore-read":
      return { ask: "read-back" };
    case "person-proof":
      return { ask: place.said === "again" ? "observe" : "read-back" };
    case "back":
      return { ask: "append", onto: place.onto.head, entries: place.facts };
    case "end":
      return undefined;
  }
}

const waitOf = ({ after, until }: Extract<Place, { at: "read" }>) => ({
  ...(after !== undefined && { after }),
  ...(until !== undefined && { until }),
});

const pinOf = (release: number, { stable, ifGeneration }: Pin): Write => ({
  by: release,
  to: [{ version: stable, weight: 100 }],
  ifGeneration,
  pin: true,
});

const announcedIn = ({ snapshot }: Turn) => snapshot.record.release?.intent?.weight;

const raiseOf = (
  release: number,
  { turn, effect }: { readonly turn: Turn; readonly effect: EffectOf<"shift"> },
): Write => ({
  by: release,
  to: [
    { version: effect.candidate, weight: effect.weight },
    { version: effect.stable, weight: 100 - effect.weight },
  ],
  ifGeneration: effect.ifGeneration,
  announced: announcedIn(turn),
});

const restoreOf = (
  release: number,
  { turn, effect }: { readonly turn: Turn; readonly effect: EffectOf<"restore"> },
): Write => ({
  by: release,
  to: [{ version: effect.to, weight: 100 }],
  ifGeneration: effect.ifGeneration,
  announced: announcedIn(turn),
});

/** What a process knows of the world besides its replies. */
export interface Surroundings {
  readonly core: Core;
  readonly plan: Plan;
  readonly onNewCommit?: NewCommitPolicy | undefined;
  /** Milliseconds. */
  readonly now: number;
}

type Fact<E = Entry> = E extends Entry ? Omit<E, "at" | "by" | "release"> : never;

/** Who replaces a release speaks as its newest attempt; who undoes what it left on speaks for itself. */
const authorOf = ({ release, attempt, own }: Modelled): Author => ({
  run: release,
  attempt: own?.doing === "undo" ? own.attempt : attempt,
  actor: "ada",
});

const entryOf = (process: Modelled, { now }: Surroundings, fact: Fact): Entry =>
  ({ ...fact, at: now, by: authorOf(process), release: process.release }) as Entry;

const at = (process: Modelled, place: Place): Modelled => ({ ...process, place });
/** What ends a process as an exception does, whatever it was about to do next. */
const thrown: ReadonlySet<string> = new Set(["record-down", "change-threw", "step-threw"]);

function ended(process: Modelled, verdict: VerdictKind, reason: string): Modelled {
  const { own, ...acting } = process;
  if (own === undefined) return at(process, { at: "end", verdict, reason });
  const { release, attempt, pins, doing } = own;
  const itself: Modelled = { ...acting, role: "release", release, attempt };
  if (thrown.has(reason)) return at(itself, { at: "end", verdict, reason });
  return at(itself, { at: doing === "undo" ? "begin-undone" : "begin-replaced", other: process.release, pins });
}
const lookAgain = (process: Modelled, turn: Turn) => at(process, { at: "look", turn });

/** The commit of a release, made of its number. */
export const commitOf = (release: number) => release.toString(16).padStart(40, "0");

/** The process after a reply to what it asked. Mirrors `begin`, `advance` and a person's rollback, request by request. */
export function answered(process: Modelled, reply: Reply, scene: Surroundings): Modelled {
  const { place } = process;
  switch (place.at) {
    case "begin-read":
      return reply.got === "snapshot"
        ? admitted(process, place.pins, reply.snapshot, scene)
        : ended(process, "error", "record-down");
    case "begin-look":
      return reply.got === "production"
        ? beginning(process, place, reply.production, scene)
        : ended(process, "error", "platform-down");
    case "begin-pin":
    case "begin-pin-read":
      return pinning(process, place, reply, scene);
    case "begin-append":
      if (reply.got === "failure") return ended(process, "error", "record-down");
      return at(process, reply.got === "conflict" ? { at: "begin-read", pins: place.pins } : { at: "first-read" });
    case "begin-replace":
      if (reply.got === "failure") return ended(process, "error", "record-down");
      return reply.got === "conflict"
        ? at(process, { at: "begin-read", pins: place.pins })
        : actingFor(process, place.snapshot, place.pins, "replace");
    case "begin-undo":
      if (reply.got !== "snapshot") return ended(process, "error", "record-down");
      return leftOnIn(reply.snapshot) === undefined
        ? at(process, { at: "begin-read", pins: place.pins })
        : actingFor(process, reply.snapshot, place.pins, "undo");
    case "begin-undone":
      if (reply.got !== "snapshot") return ended(process, "error", "record-down");
      return leftOnIn(reply.snapshot) === place.other
        ? ended(process, "error", "left-on")
        : at(process, { at: "begin-read", pins: place.pins });
    case "begin-replaced": {
      if (reply.got !== "snapshot") return ended(process, "error", "record-down");
      const { release } = reply.snapshot.record;
      return release?.id === place.other && release.ended === null
        ? ended(process, "hold", "not-replaced")
        : at(process, { at: "begin-read", pins: place.pins });
    }
    case "begin-wait":
      if (reply.got === "conflict") return at(process, { at: "begin-read", pins: place.pins });
      return reply.got === "snapshot" ? ended(process, "hold", "queued") : ended(process, "error", "record-down");
    case "first-read":
      return reply.got === "snapshot"
        ? lookAgain(process, {
            snapshot: reply.snapshot,
            fresh: true,
            judgement: undefined,
            tries: 0,
            readAt: scene.now,
          })
        : ended(process, "error", "record-down");
    case "read":
      if (reply.got === "snapshot") return lookAgain(process, { ...place.turn, snapshot: reply.snapshot });
      // Whoever waits for a person's word goes on with what it knows.
      return place.known === undefined
        ? ended(process, "error", "record-down")
        : lookAgain(process, { ...place.turn, snapshot: place.known, fresh: false });
    case "look":
      return decided(process, place.turn, reply, scene);
    case "judge":
      return judged(process, place.turn, reply, scene);
    case "watch":
      return reply.got === "look"
        ? lookAgain(process, { ...place.turn, look: reply.look, fresh: false })
        : ended(process, "error", "look-failed");
    case "change":
      return changed(process, place, reply, scene);
    case "insist":
      return insisted(process, place, reply, scene);
    case "append":
      return appended(process, place, reply, scene);
    case "run":
      return ran(process, place, reply, scene);
    case "raise":
    case "raise-read":
      return raised(process, place, reply, scene);
    case "lower":
    case "lower-read":
      return lowered(process, place, reply, scene);
    case "restore-check":
      return reply.got === "snapshot" && reply.snapshot.head !== place.turn.snapshot.head
        ? lookAgain(process, { ...place.turn, snapshot: reply.snapshot, fresh: true })
        : at(process, { at: "restore", turn: place.turn, effect: place.effect });
    case "restore":
    case "restore-read":
      return restored(process, place, reply, scene);
    case "back":
      return wroteBack(process, place, reply);
    case "back-read":
      return readBack(process, place, reply);
    case "person-read":
      return at(process, { at: "person-look", snapshot: reply.got === "snapshot" ? reply.snapshot : undefined });
    case "person-look":
    case "person-restore":
    case "person-proof":
      return asPerson(process, place, reply, scene);
    case "end":
      return process;
  }
}

/** A judgement that breaks no limit may wait for what people said since the record was last read for it. */
function judged(process: Modelled, turn: Turn, reply: Reply, { now }: Surroundings): Modelled {
  if (reply.got !== "judgement") return ended(process, "error", "judge-failed");
  const { judgement } = reply;
  const { snapshot: known, readAt = now } = turn;
  return judgement.verdict === "fail" || now - readAt < orderEveryMs
    ? lookAgain(process, { ...turn, judgement, fresh: false })
    : at(process, { at: "read", turn: { ...unread(turn), judgement, readAt: now }, known });
}

function admitted(process: Modelled, pins: number, snapshot: Snapshot, scene: Surroundings): Modelled {
  const { release, attempt } = process;
  const commit = commitOf(release);
  const { onNewCommit = "wait-latest" } = scene;
  const admission = scene.core.admit(snapshot.record, { release, attempt, commit, onNewCommit });
  if (admission.admit === "refuse") return ended(process, "error", admission.reason);
  if (admission.admit === "replace") {
    const under = snapshot.record.release;
    if (under === null || under.people.wanted !== null) return actingFor(process, snapshot, pins, "replace");
    const by = { ...authorOf(process), attempt: under.attempt };
    const order = { kind: "order", order: "abort", reason: "a newer release replaces it" } as const;
    const entry: Entry = { ...order, at: scene.now, by, release: admission.other };
    return at(process, { at: "begin-replace", snapshot, entry, pins });
  }
  if (admission.admit === "wait") {
    if (snapshot.record.queued?.release === release) return ended(process, "hold", "queued");
    const { message } = admission;
    const entry = entryOf(process, scene, { kind: "queued", commit, reason: "busy", message });
    return at(process, { at: "begin-wait", snapshot, pins, entry });
  }
  if (admission.admit === "begin" && leftOnIn(snapshot) !== undefined) return at(process, { at: "begin-undo", pins });
  if (admission.admit === "begin") return at(process, { at: "begin-look", snapshot, pins });
  if (snapshot.record.release?.attempt === attempt) return at(process, { at: "first-read" });
  return at(process, { at: "begin-append", snapshot, pins, entry: entryOf(process, scene, { kind: "resumed" }) });
}

/** The newest release, where something of it is still to be undone. */
const leftOnIn = ({ record: { release } }: Snapshot): number | undefined =>
  release !== null && changeToUndo(release) !== undefined ? release.id : undefined;

/** Acts for the newest release from here on, as its newest attempt, until nothing is left to do for it. */
function actingFor(process: Modelled, { record }: Snapshot, pins: number, doing: "replace" | "undo"): Modelled {
  const { id: release = process.release, attempt = 1 } = record.release ?? {};
  const own = { release: process.release, attempt: process.attempt, pins, doing };
  return at({ ...process, role: "ender", release, attempt, own }, { at: "first-read" });
}

const maxPins = 5;

function beginning(
  process: Modelled,
  { snapshot, pins }: Extract<Place, { at: "begin-look" }>,
  { serving, generation }: Production,
  scene: Surroundings,
): Modelled {
  const stable = serving.find((version) => version.weight === 100)?.version;
  if (stable === undefined) return ended(process, "hold", "unclear-way-back");
  const { release } = snapshot.record;
  if (broughtBy(snapshot.record, process.release, stable)) return ended(process, "error", "serves-already");
  return release === null || release.id === process.release
    ? starting(process, snapshot, { stable, ifGeneration: generation, pins }, generation, scene)
    : at(process, { at: "begin-pin", snapshot, pin: { stable, ifGeneration: generation, pins } });
}

function pinning(
  process: Modelled,
  place: Extract<Place, { at: "begin-pin" | "begin-pin-read" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
  const { snapshot, pin } = place;
  if (place.at === "begin-pin" && reply.got !== "refused")
    return at(process, { at: "begin-pin-read", snapshot, pin, said: saidBy(reply) });
  const settled = place.at === "begin-pin" ? "unknown" : settle(place.said, reply, pinOf(process.release, pin));
  if (settled !== "unknown" && settled.outcome === "applied" && settled.production.generation !== pin.ifGeneration)
    return starting(process, snapshot, pin, settled.production.generation, scene);
  const pins = pin.pins + 1;
  return pins < maxPins ? at(process, { at: "begin-read", pins }) : ended(process, "hold", "production-unsettled");
}

function starting(
  process: Modelled,
  snapshot: Snapshot,
  { stable, pins }: Pin,
  generation: string,
  scene: Surroundings,
): Modelled {
  const entry = entryOf(process, scene, {
    kind: "started",
    commit: commitOf(process.release),
    runbookHash: "hash",
    plan: scene.plan,
    stable,
    generation,
  });
  return at(process, { at: "begin-append", snapshot, entry, pins });
}

function decided(process: Modelled, turn: Turn, reply: Reply, scene: Surroundings): Modelled {
  const { release, attempt, cancelled, role } = process;
  const production = reply.got === "production" ? reply.production : { unreadable: "down" };
  const abort = role === "rollback" ? { reason: "job-failed", message: "A job of the release failed." } : undefined;
  const { judgement, look } = turn;
  const bare = role === "rollback" || role === "ender";
  const observation = {
    asker: { release, attempt },
    production,
    judgement,
    look,
    sentBack: turn.sentBack,
    judges: !bare,
    cancelled,
    abort,
  };
  const effect = scene.core.decide(turn.snapshot.record, observation, scene.now);
  if (!turn.fresh && (effect.do === "refuse" || effect.do === "end"))
    return at(process, { at: "read", turn: unread(turn) });
  if (effect.do === "judge" && !cancelled)
    return bare ? ended(process, "hold", "not-this-job") : at(process, { at: "judge", turn, effect });
  if (effect.do === "look" && !cancelled)
    return bare ? ended(process, "hold", "watching") : at(process, { at: "watch", turn, effect });
  const ofCommand = effect.do === "hold" && effect.reason === otherCommand;
  if (effect.do === "hold" && effect.until !== undefined && !cancelled && (ofCommand || !bare)) {
    const after = Math.min(Math.max(0, effect.until - scene.now), answerEveryMs);
    const wait = ofCommand ? { until: effect.until } : { after };
    return at(process, { at: "read", turn: unread(turn), ...wait, known: turn.snapshot });
  }
  return performing(process, turn, effect, scene);
}

function unread({ snapshot: _, ...turn }: Turn): Unread {
  return { ...turn, fresh: true };
}

const goOn = { do: "turn", again: false, onConflictAgain: false, forget: false } as const;

function performing(process: Modelled, turn: Turn, effect: Effect, scene: Surroundings): Modelled {
  const append = (fact: Fact, next: Then, before: readonly Fact[] = []) =>
    at(process, {
      at: "append",
      turn,
      entries: [...before.map((earlier) => entryOf(process, scene, earlier)), entryOf(process, scene, fact)],
      next,
    });
  switch (effect.do) {
    case "refuse":
      return ended(process, "error", effect.reason);
    case "nothing":
      return ended(process, verdictOf(effect.ended.as), effect.ended.reason);
    case "hold":
    case "judge":
    case "look":
      if (!process.cancelled || turn.snapshot.record.release?.ended != null)
        return ended(process, "hold", effect.do === "hold" ? effect.reason : effect.do);
      return append(
        { kind: "interrupted", reason: "cancelled", message: "The job was cancelled." },
        { do: "end", verdict: "error", reason: "cancelled", evenOnConflict: true },
      );
    case "step": {
      if (process.role !== "release") return ended(process, "hold", "dispatch");
      const place = { kind: "step", stage: effect.stage.name, step: effect.step } as const;
      return append({ ...place, outcome: "begun", reason: "due", message: "It begins." }, { do: "run", effect });
    }
    case "shift": {
      if (process.role === "rollback" || process.role === "ender") return ended(process, "hold", "not-this-job");
      const { stage, shift, weight, ifGeneration: generation } = effect;
      const restore = turn.snapshot.record.release?.stable ?? { version: effect.stable, generation };
      const intent: Fact = { kind: "intent", stage, shift, weight, generation, restore };
      return append(intent, { do: "raise", effect }, givenUp(effect, turn.judgement));
    }
    case "settle": {
      const { weight, generation, back } = effect;
      const message = "Settled from what production shows.";
      const result: Fact = { kind: "result", outcome: "applied", weight, generation, message };
      return append(result, { ...goOn, forget: true }, lostBack(effect, turn, back));
    }
    case "accept":
      return append(verdictEntry(effect.judgement), goOn);
    case "promote":
      return append(
        {
          kind: "step",
          stage: effect.stage,
          step: "canary",
          outcome: "passed",
          reason: "all-shares-proven",
          message: "Every share was proven.",
        },
        goOn,
      );
    case "accept-look":
      return append(lookFact(effect.look), goOn);
    case "change": {
      const { what, to, stage } = effect;
      const until = scene.now + openForMs;
      return append({ kind: "changing", what, to, stage, until }, { do: "change", effect });
    }
    case "mark": {
      const { stage, step, outcome, reason, message } = effect;
      return append({ kind: "step", stage, step, outcome, reason, message }, goOn);
    }
    case "ask":
      return append({ kind: "asked", ...effect.question, message: effect.message }, goOn);
    case "warn": {
      const { stage, step, reason, message } = effect;
      return append({ kind: "warned", stage, step, reason, message }, goOn);
    }
    case "restore":
      return restoring(process, turn, effect, scene);
    case "end":
      return append(
        { kind: "ended", as: effect.as, reason: effect.reason, message: effect.message.slice(0, 4000) },
        (turn.snapshot.record.release?.changes.length ?? 0) > 0
          ? { ...goOn, onConflictAgain: true }
          : { do: "end", verdict: verdictOf(effect.as), reason: effect.reason, evenOnConflict: false },
      );
  }
}

function lookFact(look: Look): Fact {
  const { stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message } = look;
  return { kind: "look", stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message };
}

function givenUp({ stage, back }: EffectOf<"shift">, judgement: Judgement | undefined): Fact[] {
  if (back === undefined) return [];
  const { shift, reason, message } = back;
  const told = judgement?.verdict === "fail" ? [verdictEntry(judgement)] : [];
  return [...told, { kind: "stepped-back", stage, shift, reason, message }];
}

function lostBack({ weight }: EffectOf<"settle">, turn: Turn, back: EffectOf<"settle">["back"]): Fact[] {
  if (back === undefined) return [];
  const { stage, shift, from: generation, reason, message } = back;
  const restore = turn.snapshot.record.release?.stable ?? { version: "", generation };
  return [
    { kind: "stepped-back", stage, shift, reason, message },
    { kind: "intent", stage, shift: shift - 1, weight, generation, restore },
  ];
}

const verdictOf = (as: string): VerdictKind =>
  as === "done" ? "pass" : as === "held" ? "hold" : as === "halted" ? "error" : "fail";

function verdictEntry(judgement: Judgement): Fact {
  const { stage, shift, weight, generation, verdict, reason, message } = judgement;
  return { kind: "verdict", stage, shift, weight, generation, verdict, reason, message };
}

function appended(
  process: Modelled,
  place: Extract<Place, { at: "append" }>,
  reply: Reply,
  { now }: Surroundings,
): Modelled {
  const { turn, next } = place;
  if (reply.got === "failure") return unwritten(process, place);
  if (reply.got === "snapshot") {
    const after = { ...turn, snapshot: reply.snapshot };
    if (next.do === "run") return at(process, { at: "run", turn: after, effect: next.effect });
    if (next.do === "raise") return at(process, { at: "raise", turn: after, effect: next.effect });
    if (next.do === "change") {
      const since = place.entries[0]?.at ?? now;
      return now < since + changeWithinMs
        ? at(process, { at: "change", turn: after, effect: next.effect, since })
        : nextTurn(process, turn, true, undefined, false);
    }
    if (next.do === "end") return ended(process, next.verdict, next.reason);
    return nextTurn(process, after, next.again, reply.snapshot, next.forget);
  }
  if (next.do === "turn" && next.insists !== undefined)
    return at(process, { at: "insist", turn, entries: place.entries, left: next.insists - 1 });
  if (next.do === "end" && next.evenOnConflict) return ended(process, next.verdict, next.reason);
  const again = next.do === "turn" ? next.onConflictAgain : true;
  const known = next.do === "raise" && next.effect.back !== undefined ? turn.snapshot : undefined;
  return nextTurn(process, turn, again, undefined, next.do === "raise" || (next.do === "turn" && next.forget), known);
}

/** The record is down: fewer users never wait for it, and what was done without it is told as soon as it can be. */
function unwritten(process: Modelled, place: Extract<Place, { at: "append" }>): Modelled {
  const { turn, next, entries } = place;
  const { release } = turn.snapshot.record;
  const whole = next.do === "raise" && release !== null ? givenBackWhole(release, next.effect) : undefined;
  if (whole !== undefined) return at(process, { at: "restore", turn, effect: whole });
  if (next.do === "raise" && next.effect.back !== undefined) {
    const effect = { ...next.effect, back: next.effect.back };
    return at(process, { at: "lower", turn, effect, facts: entries, sent: 1 });
  }
  const { patience = 1 } = next.do === "turn" ? next : {};
  return next.do === "turn" && patience > 1
    ? at(process, { ...place, next: { ...next, patience: patience - 1 } })
    : ended(process, "error", "record-down");
}

function lowered(
  process: Modelled,
  place: Extract<Place, { at: "lower" | "lower-read" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
  const { turn, effect, facts, sent } = place;
  if (place.at === "lower" && reply.got !== "refused")
    return at(process, { at: "lower-read", turn, effect, facts, sent, said: saidBy(reply) });
  const settled = place.at === "lower" ? "refused" : settle(place.said, reply, raiseOf(process.release, place));
  if (settled !== "refused" && settled !== "unknown" && settled.outcome === "applied") {
    const { generation } = settled.production;
    const { weight } = effect;
    const result = entryOf(process, scene, { kind: "result", outcome: "applied", weight, generation, message: "" });
    const next = { ...goOn, forget: true, patience: maxTries };
    return at(process, { at: "append", turn, entries: [...facts, result], next });
  }
  const moved =
    settled === "refused" || (settled !== "unknown" && settled.production.generation !== effect.ifGeneration);
  if (moved) return nextTurn(process, turn, true, undefined, true, turn.snapshot);
  return sent === maxTries
    ? at(process, { at: "restore", turn, effect: wholeBack(effect) })
    : at(process, { at: "lower", turn, effect, facts, sent: sent + 1 });
}

function nextTurn(
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

function changed(
  process: Modelled,
  { turn, effect, since }: Extract<Place, { at: "change" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
  if (reply.got !== "changed") return ended(process, "error", "change-threw");
  const { what, to, stage } = effect;
  const told: Fact = { kind: "changed", what, to, stage, since, message: "It was tried." };
  const append = (next: Then, ...facts: Fact[]) =>
    at(process, { at: "append", turn, entries: facts.map((fact) => entryOf(process, scene, fact)), next });
  if (reply.verdict === "pass") return append({ ...goOn, insists: maxTries }, told);
  const { release } = turn.snapshot.record;
  const due = release === null ? undefined : firstOpen(release);
  if (to === "off" || release?.ended != null || due === undefined)
    return append(
      { do: "end", verdict: "error", reason: `${what}-stuck`, evenOnConflict: true },
      { ...told, failed: true },
    );
  const place = { kind: "step", stage: due.stage.name, step: due.step } as const;
  const failed: Fact = { ...place, outcome: "failed", reason: `${what}-failed`, message: "It failed." };
  return append(goOn, { ...told, failed: true }, failed);
}

/** What a command came to is appended also after others, as long as the release stands as it did. */
function insisted(
  process: Modelled,
  place: Extract<Place, { at: "insist" }>,
  reply: Reply,
  { now }: Surroundings,
): Modelled {
  const { turn, left } = place;
  const entries = place.entries.map((entry) => ({ ...entry, at: now }));
  if (reply.got !== "snapshot") return ended(process, "error", "record-down");
  const { snapshot } = reply;
  const { release } = turn.snapshot.record;
  const still = release !== null && isStill(release, snapshot.record.release);
  return still && left > 0
    ? at(process, { at: "append", turn: { ...turn, snapshot }, entries, next: { ...goOn, insists: left } })
    : nextTurn(process, turn, false, undefined, false);
}

function ran(process: Modelled, place: Extract<Place, { at: "run" }>, reply: Reply, scene: Surroundings): Modelled {
  if (reply.got !== "step") return ended(process, "error", "step-threw");
  const { stage, step } = place.effect;
  const outcome = reply.verdict === "pass" ? "passed" : reply.verdict === "fail" ? "failed" : "held";
  const candidate = reply.candidate === undefined ? {} : { candidate: { version: reply.candidate, url: "" } };
  const fact: Fact = {
    kind: "step",
    stage: stage.name,
    step,
    outcome,
    reason: "ran",
    message: "It ran.",
    ...candidate,
  };
  const next: Then =
    reply.verdict === "pass"
      ? { ...goOn, onConflictAgain: true }
      : { do: "end", verdict: reply.verdict, reason: "ran", evenOnConflict: true };
  return at(process, { at: "append", turn: place.turn, entries: [entryOf(process, scene, fact)], next });
}

function raised(
  process: Modelled,
  place: Extract<Place, { at: "raise" | "raise-read" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
  const { turn, effect } = place;
  const result = (outcome: "applied" | "not-applied", generation: string): Modelled =>
    at(process, {
      at: "append",
      turn,
      entries: [
        entryOf(process, scene, { kind: "result", outcome, weight: effect.weight, generation, message: outcome }),
      ],
      next: { do: "turn", again: outcome === "not-applied", onConflictAgain: outcome === "not-applied", forget: true },
    });
  if (place.at === "raise") {
    if (reply.got === "refused") return result("not-applied", reply.production.generation);
    return at(process, { at: "raise-read", turn, effect, said: saidBy(reply) });
  }
  const settled = settle(place.said, reply, raiseOf(process.release, place));
  if (settled === "unknown") return nextTurn(process, turn, true, turn.snapshot, true);
  return result(settled.outcome, settled.production.generation);
}

const saidBy = (reply: Reply): Said => (reply.got === "taken" || reply.got === "unavailable" ? reply.got : "silence");

/** What a write came to, from what production shows after it: the rule every target follows. */
export function settle(said: Said, reply: Reply, write: Write) {
  if (reply.got !== "production") return "unknown";
  const { production } = reply;
  if (serves(production.serving, write.to)) return { outcome: "applied", production } as const;
  return said === "silence" ? "unknown" : ({ outcome: "not-applied", production } as const);
}

function restoring(process: Modelled, turn: Turn, effect: EffectOf<"restore">, scene: Surroundings): Modelled {
  if (effect.already) return goneBack(process, turn, effect, effect.ifGeneration, scene);
  const { release } = turn.snapshot.record;
  const known = release === null || knowsGeneration(release, effect.ifGeneration);
  const broken = turn.judgement?.verdict === "fail" || turn.look?.verdict === "fail";
  const mayBeOld = !turn.fresh && !broken && turn.tries === 0;
  return at(process, { at: known && !mayBeOld ? "restore" : "restore-check", turn, effect });
}

function restored(
  process: Modelled,
  place: Extract<Place, { at: "restore" | "restore-read" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
  const { turn, effect } = place;
  if (place.at === "restore" && reply.got !== "refused")
    return at(process, { at: "restore-read", turn, effect, said: saidBy(reply) });
  const settled = place.at === "restore" ? "unknown" : settle(place.said, reply, restoreOf(process.release, place));
  const fenced = settled !== "unknown" && settled.production.generation !== effect.ifGeneration;
  const { release } = turn.snapshot.record;
  const sentBack = release === null ? undefined : sentBackFrom(release, effect.ifGeneration);
  return !fenced || settled.outcome === "not-applied"
    ? nextTurn(process, { ...turn, sentBack }, true, undefined, false, turn.snapshot)
    : goneBack(process, turn, effect, settled.production.generation, scene);
}

function goneBack(
  process: Modelled,
  turn: Turn,
  effect: EffectOf<"restore">,
  generation: string,
  scene: Surroundings,
): Modelled {
  const { to, from, as, reason } = effect;
  const { judgement } = turn;
  const facts: Fact[] = judgement === undefined || judgement.verdict === "pass" ? [] : [verdictEntry(judgement)];
  if (turn.look !== undefined && turn.look.verdict !== "pass") facts.push(lookFact(turn.look));
  facts.push({ kind: "rollback", from, to, generation, as, reason, message: "All traffic is back." });
  return at(process, {
    at: "back",
    onto: turn.snapshot,
    facts: facts.map((fact) => entryOf(process, scene, fact)),
    left: maxTries,
    verdict: as === "held" ? "hold" : "fail",
    replaced: effect.ifGeneration,
  });
}

function wroteBack(process: Modelled, place: Extract<Place, { at: "back" }>, reply: Reply): Modelled {
  const { facts, left, verdict, onto, replaced } = place;
  if (reply.got === "snapshot" && process.role !== "person" && (reply.snapshot.record.release?.changes.length ?? 0) > 0)
    return lookAgain(process, { snapshot: reply.snapshot, fresh: true, judgement: undefined, tries: 0 });
  if (reply.got === "snapshot" || left === 1) return ended(process, verdict, "went-back");
  if (reply.got === "failure") return at(process, { at: "back", onto, facts, left: left - 1, verdict, replaced });
  return at(process, { at: "back-read", onto, facts, left: left - 1, verdict, replaced });
}

function readBack(process: Modelled, place: Extract<Place, { at: "back-read" }>, reply: Reply): Modelled {
  const { facts, left, verdict, onto, replaced } = place;
  if (reply.got !== "snapshot") return at(process, { at: "back", onto, facts, left, verdict, replaced });
  const { release } = reply.snapshot.record;
  if (process.role === "person") {
    const before = onto.record.release;
    return release?.id === before?.id && release?.attempt === before?.attempt
      ? at(process, { at: "back", onto: reply.snapshot, facts, left, verdict, replaced })
      : ended(process, verdict, "overtaken");
  }
  if (!stillToTell(release, process, place.replaced)) return ended(process, verdict, "went-back");
  return at(process, { at: "back", onto: reply.snapshot, facts, left, verdict, replaced });
}

function stillToTell(release: EnvironmentRecord["release"], process: Modelled, replaced: string): boolean {
  if (release?.id !== process.release) return false;
  if (release.ended === null)
    return release.attempt === process.attempt || (release.intent === null && knowsGeneration(release, replaced));
  const stood = release.ended.as === "done" || (release.ended.as === "failed" && release.promoted !== null);
  return stood && release.stable.generation === replaced;
}

type PersonPlace = Extract<Place, { at: "person-look" | "person-restore" | "person-proof" }>;

function asPerson(process: Modelled, place: PersonPlace, reply: Reply, scene: Surroundings): Modelled {
  const { snapshot } = place;
  if (place.at === "person-restore") return at(process, { ...place, at: "person-proof", said: saidBy(reply) });
  if (reply.got !== "production")
    return place.at === "person-proof" && place.said !== "again"
      ? at(process, { ...place, said: "again" })
      : ended(process, "error", "platform-down");
  const { production } = reply;
  if (place.at === "person-look") {
    const choice = scene.core.chooseRollback({ record: snapshot?.record, production });
    if (choice.choice !== "restore") return ended(process, choice.choice === "refuse" ? "fail" : "pass", choice.choice);
    return at(process, {
      at: "person-restore",
      snapshot,
      to: choice.to,
      from: choice.from,
      before: production.generation,
    });
  }
  const complete =
    serves(production.serving, [{ version: place.to, weight: 100 }]) && production.generation !== place.before;
  if (!complete && place.said !== "again") return at(process, { ...place, said: "again" });
  if (snapshot === undefined) return ended(process, complete ? "pass" : "fail", "rolled-back");
  const release = snapshot.record.release?.id ?? 0;
  const fact: Fact = {
    kind: "rollback",
    from: place.from,
    to: place.to,
    generation: production.generation,
    as: complete ? "rolled-back" : "rollback-incomplete",
    reason: "requested",
    message: "A person asked for it.",
  };
  const facts = [{ ...entryOf(process, scene, fact), release }];
  return at(process, {
    at: "back",
    onto: snapshot,
    facts,
    left: maxTries,
    verdict: complete ? "pass" : "fail",
    replaced: place.before,
  });
}
