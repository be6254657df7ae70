import type { Production } from "../../deploy-target.ts";
import type { Entry } from "../../record.ts";
import { broughtBy } from "../../release/admit.ts";
import { changeToUndo } from "../../release/changes.ts";
import type { Modelled, Pin, Place } from "../modelled-process.ts";
import type { Reply, Snapshot } from "../world.ts";
import { at, authorOf, commitOf, ended, entryOf, type Surroundings } from "./next-place.ts";
import { pinOf, saidBy, settle } from "./writes.ts";

/** What `begin` makes of the record: whether the release may begin, and what has to be done or waited for first. */
export function admitted(process: Modelled, pins: number, snapshot: Snapshot, scene: Surroundings): Modelled {
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
export const leftOnIn = ({ record: { release } }: Snapshot): number | undefined =>
  release !== null && changeToUndo(release) !== undefined ? release.id : undefined;

/** Acts for the newest release from here on, as its newest attempt, until nothing is left to do for it. */
export function actingFor(process: Modelled, { record }: Snapshot, pins: number, doing: "replace" | "undo"): Modelled {
  const { id: release = process.release, attempt = 1 } = record.release ?? {};
  const own = { release: process.release, attempt: process.attempt, pins, doing };
  return at({ ...process, role: "ender", release, attempt, own }, { at: "first-read" });
}

const maxPins = 5;

/** What serves now is the way back; what an earlier release may still have on its way is shut out first. */
export function beginning(
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

/** The shares as they are, written once more: the release begins on a generation of its own. */
export function pinning(
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
