import { changeWithinMs, isStill, openForMs } from "../../advance/steps.ts";
import { givenBackWhole, wholeBack } from "../../advance/traffic.ts";
import { otherCommand } from "../../release/changes.ts";
import { firstOpen } from "../../release/due.ts";
import type { Effect, Judgement } from "../../release.ts";
import type { VerdictKind } from "../../verdict.ts";
import type { EffectOf, Modelled, Place, Then, Turn } from "../modelled-process.ts";
import type { Reply } from "../world.ts";
import { restoring } from "./give-back.ts";
import {
  at,
  ended,
  entryOf,
  type Fact,
  goOn,
  lookAgain,
  lookFact,
  maxTries,
  nextTurn,
  type Surroundings,
  unread,
  verdictEntry,
} from "./next-place.ts";
import { raiseOf, saidBy, settle } from "./writes.ts";

const answerEveryMs = 10_000;
const orderEveryMs = 20_000;

/** A judgement that breaks no limit may wait for what people said since the record was last read for it. */
export function judged(process: Modelled, turn: Turn, reply: Reply, { now }: Surroundings): Modelled {
  if (reply.got !== "judgement") return ended(process, "error", "judge-failed");
  const { judgement } = reply;
  const { snapshot: known, readAt = now } = turn;
  return judgement.verdict === "fail" || now - readAt < orderEveryMs
    ? lookAgain(process, { ...turn, judgement, fresh: false })
    : at(process, { at: "read", turn: { ...unread(turn), judgement, readAt: now }, known });
}

/** Production was looked at, or could not be: one turn of the loop of `advance`. */
export function decided(process: Modelled, turn: Turn, reply: Reply, scene: Surroundings): Modelled {
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

/** The effect that is due, up to its first request. */
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

/** What follows an append: what it was made for, or another turn where others appended before. */
export function appended(
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

/** A step back without the record: asked again until the platform has it, and told afterwards. */
export function lowered(
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

/** What a command of maintenance or flags came to. */
export function changed(
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
export function insisted(
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

/** What a step came to. */
export function ran(
  process: Modelled,
  place: Extract<Place, { at: "run" }>,
  reply: Reply,
  scene: Surroundings,
): Modelled {
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

/** What a raise came to. */
export function raised(
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
