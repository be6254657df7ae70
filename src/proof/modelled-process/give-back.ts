import { type EnvironmentRecord, knowsGeneration } from "../../record.ts";
import { sentBackFrom } from "../../release/production.ts";
import type { EffectOf, Modelled, Place, Turn } from "../modelled-process.ts";
import type { Reply } from "../world.ts";
import {
  at,
  ended,
  entryOf,
  type Fact,
  lookAgain,
  lookFact,
  maxTries,
  nextTurn,
  type Surroundings,
  verdictEntry,
} from "./next-place.ts";
import { restoreOf, saidBy, settle } from "./writes.ts";

/** Gives traffic back to stable; looks first where the record may have gone on without this process. */
export function restoring(process: Modelled, turn: Turn, effect: EffectOf<"restore">, scene: Surroundings): Modelled {
  if (effect.already) return goneBack(process, turn, effect, effect.ifGeneration, scene);
  const { release } = turn.snapshot.record;
  const known = release === null || knowsGeneration(release, effect.ifGeneration);
  const broken = turn.judgement?.verdict === "fail" || turn.look?.verdict === "fail";
  const mayBeOld = !turn.fresh && !broken && turn.tries === 0;
  return at(process, { at: known && !mayBeOld ? "restore" : "restore-check", turn, effect });
}

/** What giving back came to. */
export function restored(
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
    replaced: effect.already ? null : effect.ifGeneration,
  });
}

/** That traffic went back is told as long as there is patience; nobody waits for it. */
export function wroteBack(process: Modelled, place: Extract<Place, { at: "back" }>, reply: Reply): Modelled {
  const { facts, left, verdict, onto, replaced } = place;
  if (reply.got === "snapshot" && process.role !== "person" && (reply.snapshot.record.release?.changes.length ?? 0) > 0)
    return lookAgain(process, { snapshot: reply.snapshot, fresh: true, judgement: undefined, tries: 0 });
  if (reply.got === "snapshot" || left === 1) return ended(process, verdict, "went-back");
  if (reply.got === "failure") return at(process, { at: "back", onto, facts, left: left - 1, verdict, replaced });
  return at(process, { at: "back-read", onto, facts, left: left - 1, verdict, replaced });
}

/** Others appended meanwhile: whether it still is this process that has to tell. */
export function readBack(process: Modelled, place: Extract<Place, { at: "back-read" }>, reply: Reply): Modelled {
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

function stillToTell(release: EnvironmentRecord["release"], process: Modelled, replaced: string | null): boolean {
  if (release?.id !== process.release) return false;
  if (release.attempt === process.attempt && release.ended === null) return true;
  if (replaced === null) return false;
  if (release.ended === null) return release.intent === null && knowsGeneration(release, replaced);
  const stood = release.ended.as === "done" || (release.ended.as === "failed" && release.promoted !== null);
  return stood && release.stable.generation === replaced;
}
