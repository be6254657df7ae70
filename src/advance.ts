import type { DeployTarget, Production } from "./deploy-target.ts";
import type { PlannedStage, StepName } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import { headline } from "./record/headline.ts";
import { type Entry, type EntryOf, isSettled, maxEvidenceBytes, type ReleaseState } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { type Asker, decide, type Effect, type Judgement, type Observation } from "./release.ts";
import { fail, hold, pass, type Verdict } from "./verdict.ts";

/** How a step went; the deploy step also says what it staged. */
export interface StepOutcome extends Verdict {
  readonly candidate?: { readonly version: string; readonly url: string } | undefined;
}

/** The steps that a program runs; the others are judged, or taken by people. */
export type ProgramStep = Exclude<StepName, "canary" | "approve" | "pause" | "sign-off">;

export interface StepRequest {
  readonly stage: PlannedStage;
  readonly release: ReleaseState;
}

type EffectOf<D extends Effect["do"]> = Extract<Effect, { do: D }>;

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
  /** Steps that another job of the same run ran in front of the user's code, and how GitHub says that job ended. */
  readonly proven?: Partial<Record<StepName, "passed" | "failed">> | undefined;
  /** Stop when this stage's step is recorded as passed; without it, go on until nothing is due. */
  readonly until?: { readonly stage: string; readonly step: StepName } | undefined;
  /** Run what is due, append nothing: jobs with the user's code may read the record and no more. */
  readonly readOnly?: boolean;
  readonly abort?: Observation["abort"];
  /** How long this process stays after it has looked at a share once; an hour when absent. A look may wait for its time. */
  readonly patienceMs?: number | undefined;
  /** Called after every entry that was appended. */
  readonly onEntry?: ((entry: Entry, snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** Called with a record that has ended: whoever ended it may have died before people were shown. */
  readonly show?: ((snapshot: RecordSnapshot) => Promise<void>) | undefined;
}

/** Longest a job waits for evidence before it ends as held and leaves the rest to ticks. */
export const maxWaitMs = 60 * 60_000;
/** More effects than any release can need: reaching it is a bug of ours, not a reason to go on. */
const maxEffects = 10_000;
const maxTries = 5;
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
  let fresh = true;
  let judgement: Judgement | undefined;
  let tries = 0;
  const started = context.ports.clock.monotonic();
  let readAt = started;

  for (let effects = 0; effects < maxEffects; effects++) {
    const production = await look(context);
    const { asker, abort } = context;
    const cancelled = context.ports.cancelled.aborted;
    const effect = decide(
      snapshot.record,
      { asker, production, judgement, cancelled, abort },
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
    if (effect.do === "judge" && !cancelled) {
      if (context.judge === undefined)
        return hold("waiting", "A share of the canary is waiting for its verdict; the canary gate judges it.");
      const stayMs = judgement === undefined ? maxWaitMs : (context.patienceMs ?? maxWaitMs);
      if (context.ports.clock.monotonic() - started + effect.planned.everyMs > stayMs)
        return waiting(context, snapshot, judgement);
      judgement = await context.judge(effect, releaseOf(snapshot));
      fresh = false;
      const { clock } = context.ports;
      // What a person said meanwhile stands in the record; each reading is an API call, so not at every look.
      if (clock.monotonic() - readAt < orderEveryMs) continue;
      readAt = clock.monotonic();
      snapshot = await context.store.read(context.environment);
      fresh = true;
      continue;
    }
    if (effect.do === "hold" && effect.until !== undefined && (await waited(context, effect.until, started))) {
      snapshot = await context.store.read(context.environment);
      fresh = true;
      continue;
    }
    const act = await perform(context, snapshot, production, effect, judgement);
    if (act.verdict !== undefined) return act.verdict;
    tries = act.again === true ? tries + 1 : 0;
    if (tries >= maxTries)
      return {
        verdict: "error",
        reason: "no-progress",
        message: `The same effect (${effect.do}) was tried ${maxTries} times and production did not follow; nothing more is tried.`,
      };
    if (tries > 0) await context.ports.clock.sleep(200 * 2 ** tries);
    snapshot = act.snapshot ?? (await context.store.read(context.environment));
    fresh = true;
    if (effect.do !== "shift" && effect.do !== "settle") continue;
    judgement = undefined;
  }
  return {
    verdict: "error",
    reason: "too-many-effects",
    message: `More than ${maxEffects} effects in one job: this is a defect of Sluice, please report it with the record.`,
  };
}

function releaseOf(snapshot: RecordSnapshot): ReleaseState {
  const { release } = snapshot.record;
  if (release === null) throw new Error("an effect was decided for an environment without a release");
  return release;
}

/** Waits for a person's answer where this process could act on it, and has the time; tells whether it did. */
async function waited({ ports, target, judge }: Advance, until: number, started: number): Promise<boolean> {
  const { clock, cancelled } = ports;
  const ms = Math.min(Math.max(0, until - clock.now()), answerEveryMs);
  if (target === undefined || judge === undefined || cancelled.aborted) return false;
  if (clock.monotonic() - started + ms > maxWaitMs) return false;
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
  if (target === undefined) return { unreadable: "This job does not look at production." };
  for (let attempt = 1; ; attempt++) {
    try {
      return await target.observe();
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : String(problem);
      if (attempt === maxTries || ports.cancelled.aborted) return { unreadable: message };
      await ports.clock.sleep(100 * 2 ** attempt * (0.5 + ports.random()));
    }
  }
}

interface Act {
  /** Set when the process is finished. */
  readonly verdict?: Verdict;
  /** The record after what was appended; absent when somebody else appended first. */
  readonly snapshot?: RecordSnapshot | undefined;
  /** Nothing was gained: the same effect will be decided again. */
  readonly again?: boolean;
}

type WithoutAuthor<E> = E extends Entry ? Omit<E, "at" | "by" | "release"> : never;

/** Appends entries; undefined when somebody else was first. */
async function journal(
  context: Advance,
  onto: RecordSnapshot,
  ...facts: WithoutAuthor<Entry>[]
): Promise<RecordSnapshot | undefined> {
  const entries = facts.map(
    (fact) => ({ ...fact, at: context.ports.clock.now(), by: context.author, release: context.asker.release }) as Entry,
  );
  const appended = await context.store.append(context.environment, onto, entries);
  if (!appended.appended) return undefined;
  for (const entry of entries) {
    context.ports.log.info(headline(entry));
    await context.onEntry?.(entry, appended.snapshot);
  }
  return appended.snapshot;
}

async function perform(
  context: Advance,
  snapshot: RecordSnapshot,
  production: Observation["production"],
  effect: Effect,
  judgement: Judgement | undefined,
): Promise<Act> {
  switch (effect.do) {
    case "refuse":
      return { verdict: { verdict: "error", reason: effect.reason, message: effect.message } };
    case "nothing":
      if (context.readOnly !== true) await context.show?.(snapshot);
      return { verdict: endedAs(effect.ended.as, effect.ended.reason, effect.ended.message) };
    case "hold":
    case "judge":
      return { verdict: await interrupted(context, snapshot, effect) };
    case "step":
      return runStep(context, snapshot, effect);
    case "shift":
      return shift(context, snapshot, effect, judgement);
    case "settle":
      return {
        snapshot: await journal(context, snapshot, {
          kind: "result",
          outcome: "applied",
          weight: effect.weight,
          generation: effect.generation,
          message: "Settled from what production shows.",
        }),
      };
    case "accept":
      return { snapshot: await journal(context, snapshot, verdictEntry(effect.judgement)) };
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
      return restore(context, snapshot, production, effect, judgement);
    case "end": {
      if (context.readOnly === true) return { verdict: endedAs(effect.as, effect.reason, effect.message) };
      const after = await journal(context, snapshot, {
        kind: "ended",
        as: effect.as,
        reason: effect.reason,
        message: effect.message.slice(0, 4000),
      });
      return after === undefined ? { again: true } : { verdict: endedAs(effect.as, effect.reason, effect.message) };
    }
  }
}

const endedAs = (as: string, reason: string, message: string): Verdict => {
  if (as === "done") return pass(reason, message);
  if (as === "held") return { ...hold(reason, message), final: true };
  return as === "halted" ? { verdict: "error", reason, message } : fail(reason, message);
};

/** A cancelled job leaves a mark, so that whoever comes next knows to go back instead of going on. */
async function interrupted(
  context: Advance,
  snapshot: RecordSnapshot,
  effect: EffectOf<"hold"> | EffectOf<"judge">,
): Promise<Verdict> {
  const waiting =
    effect.do === "hold"
      ? effect
      : { reason: "cancelled", message: "The job was cancelled while a share was being judged." };
  if (!context.ports.cancelled.aborted) return hold(waiting.reason, waiting.message);
  if (context.readOnly !== true)
    await journal(context, snapshot, { kind: "interrupted", reason: "cancelled", message: waiting.message });
  return {
    verdict: "error",
    reason: "cancelled",
    message: "The job was cancelled; the rollback job gives traffic back to stable.",
  };
}

async function runStep(context: Advance, snapshot: RecordSnapshot, { stage, step }: EffectOf<"step">): Promise<Act> {
  const place = { kind: "step", stage: stage.name, step } as const;
  const proven = context.proven?.[step];
  if (proven !== undefined) {
    const message = `The job that ran ${step} for stage ${stage.name} ${proven}.`;
    return {
      snapshot: await journal(context, snapshot, { ...place, outcome: proven, reason: `job-${proven}`, message }),
    };
  }
  const run = runs(step) ? context.steps[step] : undefined;
  if (run === undefined) return { verdict: outOfOrder(context, stage.name, step) };
  if (context.readOnly === true) return { verdict: await run({ stage, release: releaseOf(snapshot) }) };

  const begun = await journal(context, snapshot, {
    ...place,
    outcome: "begun",
    reason: "due",
    message: `${step} of stage ${stage.name} begins.`,
  });
  if (begun === undefined) return { again: true };
  const outcome = await run({ stage, release: releaseOf(begun) });
  const state = outcome.verdict === "pass" ? "passed" : outcome.verdict === "fail" ? "failed" : "held";
  const entry: WithoutAuthor<EntryOf<"step">> = {
    ...place,
    outcome: state,
    reason: outcome.reason,
    message: outcome.message.slice(0, 4000),
    evidence: bounded(outcome.evidence),
    ...(outcome.candidate === undefined ? {} : { candidate: outcome.candidate }),
  };
  const after = await journal(context, begun, entry);
  // Only waiting for a share's evidence may end a job in good order; a step that is not proven has to be looked at.
  if (outcome.verdict !== "pass") return { verdict: { ...outcome, final: true } };
  return after === undefined ? { again: true } : { snapshot: after };
}

const runs = (step: StepName): step is ProgramStep =>
  step !== "canary" && step !== "approve" && step !== "pause" && step !== "sign-off";

/** How a step stands that no program runs. */
async function mark(context: Advance, snapshot: RecordSnapshot, effect: EffectOf<"mark">): Promise<Act> {
  const { stage, step, outcome, reason, message } = effect;
  const waits = outcome === "held";
  if (context.readOnly === true)
    return { verdict: hold(waits ? reason : "dispatch", `${message} A job that may write to the record goes on.`) };
  const entry = { kind: "step", stage, step, outcome, reason, message: message.slice(0, 4000) } as const;
  return { snapshot: await journal(context, snapshot, entry) };
}

/** Written down before anybody is told: the channels follow the record. */
async function tellPeople(
  context: Advance,
  snapshot: RecordSnapshot,
  fact: WithoutAuthor<EntryOf<"asked"> | EntryOf<"warned">>,
): Promise<Act> {
  if (context.readOnly === true) return { verdict: hold("waiting", fact.message) };
  return { snapshot: await journal(context, snapshot, fact) };
}

/** The job has waited long enough; what the gate knows is written down, so that the next tick goes on from there. */
async function waiting(context: Advance, snapshot: RecordSnapshot, judgement: Judgement | undefined): Promise<Verdict> {
  if (judgement !== undefined && context.readOnly !== true) await journal(context, snapshot, verdictEntry(judgement));
  const message = `${judgement?.message ?? "No verdict yet."} This job has waited long enough; the next tick goes on.`;
  return hold("waiting", message);
}

function outOfOrder(context: Advance, stage: string, due: StepName): Verdict {
  const { until } = context;
  // A tick enters no step: it starts the workflow that has the jobs for it.
  if (until === undefined)
    return hold("dispatch", `Next is ${due} of stage ${stage}, which the release workflow runs.`);
  // The canary of an earlier stage waits for its evidence: nothing is wrong, and this job has nothing to do yet.
  if (due === "canary" && stage !== until.stage)
    return hold("waiting", `Stage ${stage} still holds its canary; stage ${until.stage} begins when that is proven.`);
  return {
    verdict: "error",
    reason: "out-of-order",
    message: `${until.step} of stage ${until.stage} was asked for, but ${due} of stage ${stage} is due and not recorded as passed. Run the steps in the order of the runbook.`,
  };
}

/** What a step back says before its raise in reverse: the judgement, and which share is given up. */
function givenUp({ stage, back }: EffectOf<"shift">, judgement: Judgement | undefined): WithoutAuthor<Entry>[] {
  if (back === undefined) return [];
  const { shift, reason, message } = back;
  const told = judgement !== undefined && judgement.verdict === "fail" ? [verdictEntry(judgement)] : [];
  return [...told, { kind: "stepped-back", stage, shift, reason, message: message.slice(0, 4000) }];
}

async function shift(
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
  const back = raises ? await context.target.health(effect.stable).catch((problem: Error) => problem) : undefined;
  if (back instanceof Error || back?.healthy === false)
    return {
      verdict: hold(
        "no-way-back",
        `${weight}% is not given: the version to return to, ${effect.stable.slice(0, 12)}, does not answer (${back.message}). ` +
          "Bring it back, or dispatch the rollback workflow with another version.",
      ),
    };
  const announced = await journal(context, snapshot, ...givenUp(effect, judgement), {
    kind: "intent",
    stage,
    shift: effect.shift,
    weight,
    generation: ifGeneration,
    restore: stable,
  });
  if (announced === undefined) return { again: true };
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

async function restore(
  context: Advance,
  snapshot: RecordSnapshot,
  production: Observation["production"],
  effect: EffectOf<"restore">,
  judgement: Judgement | undefined,
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
  const health = await target.health(to).catch((problem: Error) => ({ healthy: false, message: problem.message }));
  const as = health.healthy ? effect.as : "rolled-back-unhealthy";
  const message = `${effect.message} All traffic is back on ${to.slice(0, 12)} (${health.message}).`.slice(0, 4000);
  // A pass that was not accepted was overtaken: production had moved on while it was being judged.
  const told = judgement !== undefined && judgement.verdict !== "pass";
  const facts: WithoutAuthor<Entry>[] = told ? [verdictEntry(judgement)] : [];
  facts.push({ kind: "rollback", from, to, generation: written.generation, as, reason: effect.reason, message });
  // Traffic is safe; a record that cannot be written now is mended by the next tick.
  await journalAfterRollback(context, snapshot, facts, ifGeneration);
  return {
    verdict:
      effect.as === "held"
        ? { ...hold(effect.reason, message, judgement), final: true }
        : fail(effect.reason, message, judgement),
  };
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

/** Part of production stayed on the candidate: never called rolled back, and people are told what serves what. */
async function incomplete(
  context: Advance,
  snapshot: RecordSnapshot,
  { to, from, reason, ifGeneration, message: why }: EffectOf<"restore">,
  { serving, generation }: Production,
): Promise<Act> {
  const shares = serving
    .filter(({ weight }) => weight > 0)
    .map((one) => `${one.version.slice(0, 12)} at ${one.weight}%`);
  const message =
    `${why} But only a part of production went back: it serves ${shares.join(" and ")}. ` +
    "Dispatch the rollback workflow again, or move the rest on the platform by hand.";
  const fact = { kind: "rollback", from, to, generation, as: "rollback-incomplete", reason, message } as const;
  await journalAfterRollback(context, snapshot, [fact], ifGeneration);
  return { verdict: fail("rollback-incomplete", message) };
}

async function journalAfterRollback(
  context: Advance,
  snapshot: RecordSnapshot,
  facts: WithoutAuthor<Entry>[],
  replaced: string,
): Promise<void> {
  let onto = snapshot;
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    try {
      if ((await journal(context, onto, ...facts)) !== undefined) return;
      onto = await context.store.read(context.environment);
      if (!stillToTell(onto, context.asker, replaced)) return;
    } catch (problem) {
      context.ports.log.warn(
        `Traffic is back on stable, but the record could not be written: ${problem instanceof Error ? problem.message : String(problem)}`,
      );
      await context.ports.clock.sleep(100 * 2 ** attempt);
    }
  }
}

/**
 * Whether the record still lacks what this process did. A later attempt finds traffic on stable by itself; but what was
 * called done at the very generation that was replaced is not, and nobody else would say so.
 */
function stillToTell({ record }: RecordSnapshot, asker: Asker, replaced: string): boolean {
  const { release } = record;
  if (release?.id !== asker.release) return false;
  if (release.ended === null) return release.attempt === asker.attempt;
  return release.ended.as === "done" && release.stable.generation === replaced;
}

const verdictEntry = (judgement: Judgement): WithoutAuthor<EntryOf<"verdict">> => ({
  kind: "verdict",
  stage: judgement.stage,
  shift: judgement.shift,
  weight: judgement.weight,
  generation: judgement.generation,
  verdict: judgement.verdict,
  reason: judgement.reason,
  message: judgement.message.slice(0, 4000),
  evidence: bounded(judgement.evidence),
  ...(judgement.gate === undefined || judgement.verdict !== "hold" ? {} : { gate: bounded(judgement.gate) }),
});

/** Evidence as plain JSON, or a note that it was too large for the record. */
function bounded(evidence: unknown): unknown {
  if (evidence === undefined) return undefined;
  const json = JSON.stringify(evidence);
  return json.length <= maxEvidenceBytes
    ? JSON.parse(json)
    : { omitted: "too large for the record", bytes: json.length };
}
