import type { Advance } from "../advance.ts";
import type { DeployTarget, Production } from "../deploy-target.ts";
import { messageOf } from "../failure.ts";
import { type Entry, knowsGeneration, type ReleaseState } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import { firstOpen } from "../release/due.ts";
import { shares } from "../release/production.ts";
import type { Asker, Judgement, Look, Observation } from "../release.ts";
import { shortVersion } from "../short-version.ts";
import { fail, hold } from "../verdict.ts";
import {
  type Act,
  type EffectOf,
  journal,
  lookEntry,
  maxTries,
  releaseOf,
  verdictEntry,
  type WithoutAuthor,
} from "./journal.ts";
import { outOfOrder } from "./steps.ts";

/** What this process saw and the record does not know yet. */
export interface Seen {
  readonly judgement?: Judgement | undefined;
  readonly look?: Look | undefined;
}

/** What a step back says before its raise in reverse: the judgement, and which share is given up. */
function givenUp({ stage, back }: EffectOf<"shift">, judgement: Judgement | undefined): WithoutAuthor<Entry>[] {
  if (back === undefined) return [];
  const { shift, reason, message } = back;
  const told = judgement !== undefined && judgement.verdict === "fail" ? [verdictEntry(judgement)] : [];
  return [...told, { kind: "stepped-back", stage, shift, reason, message: message.slice(0, 4000) }];
}

/** Whether a version is there; one that does not answer once may only be slow, and a release would wait for a tick. */
async function answers({ ports }: Advance, target: DeployTarget, version: string): ReturnType<DeployTarget["health"]> {
  for (let asked = 1; ; asked++) {
    const health = await target.health(version).catch(({ message }: Error) => ({ healthy: false, message }));
    if (health.healthy || asked === maxTries || ports.cancelled.aborted) return health;
    await ports.clock.sleep(200 * 2 ** asked);
  }
}

export async function shift(
  context: Advance,
  snapshot: RecordSnapshot,
  effect: EffectOf<"shift">,
  judgement: Judgement | undefined,
): Promise<Act> {
  const { stable } = releaseOf(snapshot);
  const { stage, weight, hosts, candidate, ifGeneration } = effect;
  if (context.target === undefined || context.judge === undefined)
    return { verdict: outOfOrder(context, stage, "canary") };
  // The way back may have been removed since the release began: then nobody else is sent to the candidate.
  const raises = weight > (releaseOf(snapshot).traffic?.weight ?? 0);
  const back = raises ? await answers(context, context.target, effect.stable) : undefined;
  if (back?.healthy === false)
    return {
      verdict: hold(
        "no-way-back",
        `${weight}% is not given: the version to return to, ${shortVersion(effect.stable)}, does not answer (${back.message}). ` +
          "Bring it back, or dispatch the rollback workflow with another version.",
      ),
    };
  const { shift: index } = effect;
  const facts: WithoutAuthor<Entry>[] = [
    ...givenUp(effect, judgement),
    { kind: "intent", stage, shift: index, weight, generation: ifGeneration, restore: stable },
  ];
  const announced = await journal(context, snapshot, ...facts).catch((problem: unknown) => {
    // More users need the record; fewer users never wait for it.
    if (effect.back === undefined) throw problem;
    const why = messageOf(problem);
    context.ports.log.warn(`The record could not be written; the candidate is taken down to ${weight}% first. ${why}`);
    return { unwritten: effect.back };
  });
  if (announced === undefined) return { again: true };
  if ("unwritten" in announced) {
    const whole = givenBackWhole(releaseOf(snapshot), effect);
    return whole === undefined
      ? lower(context, context.target, snapshot, { ...effect, back: announced.unwritten }, facts, judgement)
      : restore(context, snapshot, notAsked, whole, { judgement });
  }
  const outcome = await context.target.shift({ candidate, stable: effect.stable, weight, hosts, ifGeneration });
  if (outcome.outcome === "unknown") {
    context.ports.log.warn(
      `Whether the candidate got ${weight}% is unknown: ${outcome.message} Production is read again.`,
    );
    return { snapshot: announced, again: true };
  }
  const generation =
    outcome.outcome === "applied" ? outcome.production.generation : (outcome.production?.generation ?? ifGeneration);
  const message =
    outcome.outcome === "applied"
      ? `Read back: the candidate has ${weight}% at generation ${generation}.`
      : outcome.message;
  const after = await journal(context, announced, {
    kind: "result",
    outcome: outcome.outcome,
    weight,
    generation,
    message,
  });
  return { snapshot: after, again: outcome.outcome === "not-applied" };
}

const notAsked = { unreadable: "It was not asked again." };

type StepBack = EffectOf<"shift"> & { readonly back: NonNullable<EffectOf<"shift">["back"]> };

/**
 * From all traffic the way down without a record goes to stable: another attempt may have proven the last share
 * meanwhile, and a candidate that is called done is never left on a part of the users.
 */
export function givenBackWhole(
  { plan }: ReleaseState,
  { back, ...effect }: EffectOf<"shift">,
): EffectOf<"restore"> | undefined {
  const stage = plan.stages.find((planned) => planned.name === effect.stage);
  const last = (stage?.shifts.length ?? 0) - 1;
  return back?.shift === last ? wholeBack({ ...effect, back }) : undefined;
}

/** All the way to stable, where one share down cannot be had. */
export const wholeBack = ({ candidate, stable, ifGeneration, back }: StepBack): EffectOf<"restore"> => ({
  do: "restore",
  ...{ to: stable, from: candidate, ifGeneration, already: false, as: "rolled-back" },
  ...{ reason: back.reason, message: back.message },
});

/**
 * Takes the candidate down by a share while the record cannot be written: the platform first and the journal after, as
 * in a rollback. Whoever comes next reads production, and understands a share that was given up without an entry, but
 * not one that only a part of production followed: where the rest does not follow either, all of it goes to stable.
 */
async function lower(
  context: Advance,
  target: DeployTarget,
  snapshot: RecordSnapshot,
  effect: StepBack,
  facts: readonly WithoutAuthor<Entry>[],
  judgement: Judgement | undefined,
): Promise<Act> {
  const { clock } = context.ports;
  const { candidate, stable, weight, hosts } = effect;
  const present = releaseOf(snapshot).traffic?.weight ?? 100;
  let { ifGeneration } = effect;
  let unanswered = false;
  for (let sent = 1; sent <= maxTries; sent++) {
    const outcome = await target
      .shift({ candidate, stable, weight, hosts, ifGeneration })
      .catch(({ message }: Error) => ({ outcome: "unknown", message }) as const);
    if (outcome.outcome === "applied") {
      const { generation } = outcome.production;
      const message = `Read back: the candidate has ${weight}% at generation ${generation}. The record heard of it after.`;
      const result = { kind: "result", outcome: "applied", weight, generation, message } as const;
      return journalLate(context, snapshot, `The candidate has ${weight}%, read back.`, [...facts, result]);
    }
    unanswered ||= outcome.outcome === "unknown";
    const { production, partly } = outcome.outcome === "not-applied" ? outcome : {};
    if (production !== undefined && production.generation !== ifGeneration) {
      const { ours, foreign } = shares(production, { from: candidate, to: stable });
      const inParts = unanswered && foreign.length === 0 && ours > weight && ours < present;
      // Another generation: an earlier try of ours has arrived, or somebody moved traffic.
      if (partly !== true && !inParts) return { again: true };
      ifGeneration = production.generation;
    }
    await clock.sleep(200 * 2 ** sent);
  }
  context.ports.log.warn(`The candidate could not be taken down to ${weight}%; all its traffic is given back.`);
  for (let sent = 1; ; sent++) {
    const act = await restore(context, snapshot, notAsked, wholeBack({ ...effect, ifGeneration }), { judgement });
    if (act.again !== true || sent === maxTries) return act;
    await clock.sleep(200 * 2 ** sent);
  }
}

/** What was done without the record is written to it as soon as it can be; throws when it stays out of reach. */
async function journalLate(
  context: Advance,
  onto: RecordSnapshot,
  done: string,
  facts: readonly WithoutAuthor<Entry>[],
): Promise<Act> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { snapshot: await journal(context, onto, ...facts) };
    } catch (problem) {
      const why = messageOf(problem);
      context.ports.log.warn(`${done} But the record could not be written: ${why}`);
      if (attempt === maxTries) throw problem;
      await context.ports.clock.sleep(500 * 2 ** attempt);
    }
  }
}

/** What production shows was never written down: how the announced raise ended, or a step back that nobody announced. */
export async function settle(
  context: Advance,
  snapshot: RecordSnapshot,
  { weight, generation, back }: EffectOf<"settle">,
): Promise<Act> {
  const facts: WithoutAuthor<Entry>[] = [];
  if (back !== undefined) {
    const { stage, shift, from, reason, message } = back;
    const { stable } = releaseOf(snapshot);
    facts.push({ kind: "stepped-back", stage, shift, reason, message });
    facts.push({ kind: "intent", stage, shift: shift - 1, weight, generation: from, restore: stable });
  }
  const message = "Settled from what production shows.";
  facts.push({ kind: "result", outcome: "applied", weight, generation, message });
  return { snapshot: await journal(context, snapshot, ...facts) };
}

export async function restore(
  context: Advance,
  snapshot: RecordSnapshot,
  production: Observation["production"],
  effect: EffectOf<"restore">,
  { judgement, look }: Seen,
): Promise<Act> {
  const { target, ports } = context;
  if (target === undefined)
    return { verdict: hold("not-this-job", `${effect.message} The rollback job gives traffic back.`) };
  const { to, from, ifGeneration } = effect;
  const written =
    effect.already && !("unreadable" in production) ? production : await restoreTraffic(context, target, effect);
  if (written === undefined) {
    ports.log.warn("Traffic could not be proven to be back on stable; production is read again.");
    return { again: true };
  }
  if (!servesAll(written, to)) return incomplete(context, snapshot, effect, written);
  const health = await answers(context, target, to);
  const as = health.healthy ? effect.as : "rolled-back-unhealthy";
  const message = `${effect.message} All traffic is back on ${shortVersion(to)} (${health.message}).`.slice(0, 4000);
  // A pass that was not accepted was overtaken: production had moved on while it was being judged.
  const told = judgement !== undefined && judgement.verdict !== "pass";
  const facts: WithoutAuthor<Entry>[] = told ? [verdictEntry(judgement)] : [];
  if (look !== undefined && look.verdict !== "pass") facts.push(lookEntry(look));
  const stage = firstOpen(releaseOf(snapshot))?.stage.name;
  const { generation } = written;
  facts.push({
    kind: "rollback",
    ...{ from, to, generation, as, reason: effect.reason, message },
    ...(stage !== undefined && { stage }),
  });
  // Traffic is safe; a record that cannot be written now is mended by the next tick.
  const after = await journalAfterRollback(context, snapshot, facts, effect.already ? null : ifGeneration);
  const evidence = judgement ?? look;
  const parting =
    effect.as === "held"
      ? { ...hold(effect.reason, message, evidence), final: true }
      : fail(effect.reason, message, evidence);
  const more = after !== undefined && releaseOf(after).changes.length > 0;
  return more ? { snapshot: after, parting } : { verdict: parting };
}

const servesAll = (production: Observation["production"], version: string): production is Production =>
  !("unreadable" in production) &&
  production.serving.some((serving) => serving.version === version && serving.weight === 100);

/**
 * Production after all traffic was given back; with part of it elsewhere when some of production did not follow however
 * often it was asked; undefined when it has to be read and decided anew.
 */
async function restoreTraffic(
  { ports }: Advance,
  target: DeployTarget,
  { to, ifGeneration }: EffectOf<"restore">,
): Promise<Production | undefined> {
  let at = ifGeneration;
  for (let sent = 1; ; sent++) {
    const outcome = await target.restore({ to, ifGeneration: at });
    if (outcome.outcome === "applied") {
      if (!servesAll(outcome.production, to)) return undefined;
      // The same generation means that nothing was written, and that an announced raise may still arrive.
      const mayArrive = outcome.production.generation === ifGeneration && outcome.settled !== true;
      return mayArrive ? undefined : outcome.production;
    }
    if (outcome.outcome !== "not-applied" || outcome.partly !== true || outcome.production === undefined)
      return undefined;
    if (sent === maxTries) return outcome.production;
    ports.log.warn(`Only a part of production went back: ${outcome.message} The rest is asked again.`);
    // What this very write made of production is ours: at its generation the rest may follow.
    at = outcome.production.generation;
    await ports.clock.sleep(500 * 2 ** sent);
  }
}

/**
 * Traffic was sent back as often as one may, and what it was sent to is gone: the release ends, and people are told that
 * the candidate serves. Undefined when the version is there, so that a later look may still bring traffic back.
 */
export async function withoutWayBack(
  context: Advance,
  snapshot: RecordSnapshot,
  effect: EffectOf<"restore">,
): Promise<Act | undefined> {
  const { target } = context;
  const health = await target?.health(effect.to).catch(() => undefined);
  if (target === undefined || health === undefined || health.healthy) return undefined;
  const why = `${effect.message} But the version to return to, ${shortVersion(effect.to)}, is not there any more (${health.message}):`;
  const serving = await target.observe().catch(() => undefined);
  return serving && incomplete(context, snapshot, effect, serving, `${why} production`);
}

/** Part of production stayed on the candidate: never called rolled back, and people are told what serves what. */
async function incomplete(
  context: Advance,
  snapshot: RecordSnapshot,
  { to, from, reason, ifGeneration, message: why }: EffectOf<"restore">,
  { serving, generation }: Production,
  what = `${why} But only a part of production went back: it`,
): Promise<Act> {
  const shown = serving
    .filter(({ weight }) => weight > 0)
    .map((one) => `${shortVersion(one.version)} at ${one.weight}%`);
  const message =
    `${what} serves ${shown.join(" and ")}. ` +
    "Dispatch the rollback workflow with a version that is there, or move traffic on the platform by hand.";
  const fact = { kind: "rollback", from, to, generation, as: "rollback-incomplete", reason, message } as const;
  await journalAfterRollback(context, snapshot, [fact], ifGeneration);
  return { verdict: fail("rollback-incomplete", message) };
}

async function journalAfterRollback(
  context: Advance,
  snapshot: RecordSnapshot,
  facts: WithoutAuthor<Entry>[],
  /** The generation that this process replaced; null where it found traffic back already. */
  replaced: string | null,
): Promise<RecordSnapshot | undefined> {
  let onto = snapshot;
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    try {
      const after = await journal(context, onto, ...facts);
      if (after !== undefined) return after;
      onto = await context.store.read(context.environment);
      if (!stillToTell(onto, context.asker, replaced)) return undefined;
    } catch (problem) {
      context.ports.log.warn(`Traffic is back on stable, but the record could not be written: ${messageOf(problem)}`);
      await context.ports.clock.sleep(100 * 2 ** attempt);
    }
  }
  return undefined;
}

/**
 * Whether the record still lacks what this process did. A later attempt finds traffic on stable by itself, unless it has
 * looked already and is about to write down that it is done; a raise of its own that stands announced is left to it, since
 * not every platform refuses one for another generation. Of what was called done, or left serving when a later stage
 * failed, at the very generation that was replaced, nobody else would say so. Who replaced nothing has nothing to tell a
 * later attempt: what it found may be what that one began on.
 */
function stillToTell({ record }: RecordSnapshot, asker: Asker, replaced: string | null): boolean {
  const { release } = record;
  if (release?.id !== asker.release) return false;
  if (release.attempt === asker.attempt && release.ended === null) return true;
  if (replaced === null) return false;
  if (release.ended === null) return release.intent === null && knowsGeneration(release, replaced);
  const stood = release.ended.as === "done" || (release.ended.as === "failed" && release.promoted !== null);
  return stood && release.stable.generation === replaced;
}
