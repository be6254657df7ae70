import { changeWithinMs } from "../advance/steps.ts";
import type { wholeBack } from "../advance/traffic.ts";
import type { Entry } from "../record.ts";
import type { SentBack } from "../release/production.ts";
import type { Effect, Judgement, Look } from "../release.ts";
import type { VerdictKind } from "../verdict.ts";
import { appended, changed, decided, insisted, judged, lowered, raised, ran } from "./modelled-process/advance.ts";
import { actingFor, admitted, beginning, leftOnIn, pinning } from "./modelled-process/begin.ts";
import { readBack, restored, wroteBack } from "./modelled-process/give-back.ts";
import { at, ended, lookAgain, type Surroundings } from "./modelled-process/next-place.ts";
import { asPerson } from "./modelled-process/person.ts";
import { pinOf, raiseOf, restoreOf } from "./modelled-process/writes.ts";
import type { Reply, Request, Snapshot } from "./world.ts";

/**
 * `release` begins and runs everything; `tick` only judges and shifts; `rollback` is the second line; `person` asks;
 * `ender` is a release that ends the one it replaces before it begins.
 */
export type Role = "release" | "tick" | "rollback" | "person" | "ender";

export type EffectOf<D extends Effect["do"]> = Extract<Effect, { do: D }>;

/** What one turn of the loop of `advance` carries to the next. */
export interface Turn {
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
export type Unread = Omit<Turn, "snapshot"> & { readonly snapshot?: never };

/** Where a process stands: always in front of a request, or at its end. */
export type Place =
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
      /** The generation that giving back replaced; null where it was found. */
      readonly replaced: string | null;
    }
  | {
      readonly at: "back-read";
      readonly onto: Snapshot;
      readonly facts: readonly Entry[];
      readonly left: number;
      readonly verdict: VerdictKind;
      /** The generation that giving back replaced; null where it was found. */
      readonly replaced: string | null;
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

export type Said = "taken" | "unavailable" | "silence";

/** The shares as they are, written once more to shut out what an earlier release sent. */
export interface Pin {
  readonly stable: string;
  readonly ifGeneration: string;
  /** How often production was asked before. */
  readonly pins: number;
}

/** What follows an append that was taken: the next turn, running the step, writing the raise, or the end. */
export type Then =
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
