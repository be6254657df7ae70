import type { Production } from "./deploy-target.ts";
import type { PlannedShift, PlannedStage, StepName } from "./plan.ts";
import { type EnvironmentRecord, type ReleaseState, stepKey } from "./record.ts";
import type { VerdictKind } from "./verdict.ts";

/** Who asks: one attempt of one release. */
export interface Asker {
  /** GitHub's run id: releases are ordered by it, not by arrival. */
  readonly release: number;
  readonly attempt: number;
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
}

export interface Observation {
  readonly asker: Asker;
  /** What production serves, read just now; a message instead when it could not be read. */
  readonly production: Production | { readonly unreadable: string };
  readonly judgement?: Judgement | undefined;
  /** The job was told to stop. */
  readonly cancelled?: boolean;
  /** Something outside this process failed for good, such as an earlier job: the release must go back. */
  readonly abort?: { readonly reason: string; readonly message: string } | undefined;
}

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
      readonly candidate: string;
      readonly stable: string;
      readonly ifGeneration: string;
    }
  /** An announced raise that took effect without anybody writing it down: append what production shows. */
  | {
      readonly do: "settle";
      readonly weight: number;
      readonly generation: string;
    }
  /** Measure and assess the present share; the judgement comes back as an observation. */
  | {
      readonly do: "judge";
      readonly stage: string;
      readonly shift: number;
      readonly planned: PlannedShift;
      readonly weight: number;
      readonly generation: string;
    }
  /** Append a passing judgement: only a recorded pass moves traffic. */
  | { readonly do: "accept"; readonly judgement: Judgement }
  /** Every share is proven: append the canary step as passed. */
  | { readonly do: "promote"; readonly stage: string }
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
  /** Nothing may move now; look again. */
  | { readonly do: "hold"; readonly reason: string; readonly message: string }
  /** This asker may not act. */
  | { readonly do: "refuse"; readonly reason: string; readonly message: string }
  /** The release ended before. */
  | { readonly do: "nothing"; readonly ended: NonNullable<ReleaseState["ended"]> };

export type Admission =
  | { readonly admit: "begin" }
  | { readonly admit: "resume" }
  | { readonly admit: "refuse"; readonly reason: string; readonly message: string };

/** Whether a release may begin, or goes on where an earlier attempt of it stopped. */
export function admit(
  record: EnvironmentRecord,
  request: Asker & { readonly commit: string; readonly overrideRejected?: boolean },
): Admission {
  const refuse = (reason: string, message: string): Admission => ({ admit: "refuse", reason, message });
  const { release } = record;
  if (request.release < record.highest)
    return refuse(
      "superseded",
      `Release ${request.release} is older than release ${record.highest}, which this environment has already seen; push again, or dispatch a rollback instead.`,
    );
  if (release !== null && release.id === request.release) {
    if (request.attempt < release.attempt)
      return refuse(
        "superseded",
        `Attempt ${request.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`,
      );
    if (release.ended === null) return { admit: "resume" };
    // A release that ended without its commit being at fault may be tried again by a re-run, unless a stage of it
    // serves: begun anew, it would take itself for the way back.
    const blameless = release.ended.as === "failed" || release.ended.as === "held";
    const again = blameless && release.promoted === null && request.attempt > release.attempt;
    return again
      ? unlessLocked(record)
      : refuse(
          "already-ended",
          `Release ${release.id} ended as ${release.ended.as}: ${release.ended.message} Push a commit to start another one.`,
        );
  }
  if (release !== null && release.ended === null)
    return refuse(
      "busy",
      `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; let it finish, or dispatch the rollback workflow to end it.`,
    );
  const rejected = record.rejected.find((known) => known.commit === request.commit);
  if (rejected !== undefined && request.overrideRejected !== true)
    return refuse(
      "rejected",
      `Commit ${request.commit.slice(0, 12)} was rolled back in release ${rejected.release} (${rejected.reason}); fix it and push, or dispatch the release with override-rejected.`,
    );
  return unlessLocked(record);
}

/** A lock stops new releases; one that is under way is held by `decide` before its next raise. */
const unlessLocked = ({ lock, environment }: EnvironmentRecord): Admission =>
  lock === null ? { admit: "begin" } : { admit: "refuse", reason: "locked", message: lockedMessage(lock, environment) };

const lockedMessage = (lock: NonNullable<EnvironmentRecord["lock"]>, environment: string): string =>
  `${environment} was locked by ${lock.actor} at ${new Date(lock.at).toISOString()}: ${lock.reason} ` +
  `Unlock it when releases may go on (\`unlock --environment ${environment}\`); rolling back works all the time.`;

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
  if (release.ended !== null) return { do: "nothing", ended: release.ended };
  // What is proven to the end is done, even if the job that proved it died before it could say so.
  const due = firstOpen(release);
  if (due === undefined) return finish(release, observation.production);
  if (observation.abort !== undefined) return goBack(release, observation, "rolled-back", observation.abort);
  if (release.interrupted !== null)
    return goBack(release, observation, "rolled-back", {
      reason: "interrupted",
      message: `The release was interrupted (${release.interrupted.reason}), so traffic goes back to stable.`,
    });
  return heldByLock(record, nextDue(release, due, observation, now), observation, now);
}

/** A lock holds every raise; a candidate that may not go on does not stay on users for ever either. */
function heldByLock(
  { lock, environment, release }: EnvironmentRecord,
  effect: Effect,
  observation: Observation,
  now: number,
): Effect {
  if (lock === null || release === null || effect.do !== "shift") return effect;
  const { traffic, plan } = release;
  const longest = plan.stages.find(({ name }) => name === effect.stage)?.maxHoldMs ?? 0;
  if (traffic === null || now - traffic.since < longest) return holdOn("locked", lockedMessage(lock, environment));
  const message = `${traffic.weight}% was held for its longest time while raising was stopped. ${lockedMessage(lock, environment)}`;
  return goBack(release, observation, "held", { reason: "max-hold", message });
}

const refuse = (reason: string, message: string): Effect => ({ do: "refuse", reason, message });
const holdOn = (reason: string, message: string): Effect => ({ do: "hold", reason, message });
const halt = (message: string): Effect => ({ do: "end", as: "halted", reason: "drift", message });

interface Due {
  readonly stage: PlannedStage;
  readonly step: StepName;
}

/** The first step in the order of the plan that is not recorded as passed. */
function firstOpen({ plan, steps }: ReleaseState): Due | undefined {
  for (const stage of plan.stages)
    for (const step of stage.steps) if (steps[stepKey(stage.name, step)]?.outcome !== "passed") return { stage, step };
  return undefined;
}

function nextDue(release: ReleaseState, { stage, step }: Due, observation: Observation, now: number): Effect {
  const state = release.steps[stepKey(stage.name, step)];
  if (state?.outcome === "failed")
    return goBack(release, observation, "rolled-back", { reason: `${step}-failed`, message: state.message });
  if (observation.cancelled === true) return holdOn("cancelled", "The job was cancelled; nothing new is started.");
  return step === "canary" ? canary(release, stage, observation, now) : { do: "step", stage, step };
}

/** Done is what production shows; a job that cannot see production takes the word of the canary that could. */
function finish(release: ReleaseState, production: Observation["production"]): Effect {
  if (release.promoted !== null && !("unreadable" in production) && !servesAll(production, release.promoted.version))
    return halt(driftMessage(production));
  return {
    do: "end",
    as: "done",
    reason: "all-steps-passed",
    message: `Release ${release.id} serves all traffic: every step of every stage passed.`,
  };
}

/** Which share of production each side has; `foreign` names what is neither ours nor the version we came from. */
function shares(release: ReleaseState, production: Production) {
  const weight = (version: string | undefined) =>
    production.serving.find((serving) => serving.version === version)?.weight ?? 0;
  const known = new Set([release.stable.version, release.candidate?.version]);
  return {
    candidate: weight(release.candidate?.version),
    stable: weight(release.stable.version),
    foreign: production.serving
      .filter((serving) => serving.weight > 0 && !known.has(serving.version))
      .map((serving) => serving.version),
  };
}

const driftMessage = (production: Production) =>
  `Production serves ${
    production.serving
      .filter((s) => s.weight > 0)
      .map((s) => `${s.version.slice(0, 12)} at ${s.weight}%`)
      .join(" and ") || "nothing"
  }, which this release did not do: ` +
  "somebody moved traffic by hand. Nothing is changed; dispatch the rollback workflow with an explicit target, or push again.";

function canary(release: ReleaseState, stage: PlannedStage, observation: Observation, now: number): Effect {
  const { production } = observation;
  if ("unreadable" in production)
    return holdOn(
      "platform-unreadable",
      `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`,
    );
  const { candidate } = release;
  if (candidate === null)
    return {
      do: "end",
      as: "failed",
      reason: "no-candidate",
      message: `Stage ${stage.name} has a canary, but no version was deployed before it.`,
    };
  const share = shares(release, production);
  if (share.foreign.length > 0) return halt(driftMessage(production));
  if (wentBackUnrecorded(release, production, share.candidate))
    return goBack(release, observation, "rolled-back", {
      reason: "found-on-stable",
      message:
        "Production is back on stable although the record shows the candidate in traffic: a rollback whose entry was lost, or a person's.",
    });
  // At the generation it was announced for, the raise may still arrive: sent once more, one of the two is refused.
  if (release.intent !== null && production.generation !== release.intent.generation)
    return settle(release.intent, production, share.candidate);

  const raise = (index: number, planned: PlannedShift): Effect => ({
    do: "shift",
    stage: stage.name,
    shift: index,
    weight: planned.weight,
    candidate: candidate.version,
    stable: release.stable.version,
    ifGeneration: production.generation,
  });
  const { traffic } = release;
  const first = stage.shifts[0];
  if (first === undefined)
    return {
      do: "end",
      as: "failed",
      reason: "no-shifts",
      message: `The canary of stage ${stage.name} has no shifts.`,
    };
  if (traffic === null || traffic.stage !== stage.name) {
    // Another generation than the one that was pinned: somebody moved traffic, perhaps gave it back, before the first raise.
    const untouched = share.candidate === 0 && production.generation === release.stable.generation;
    return untouched ? raise(0, first) : halt(driftMessage(production));
  }
  if (production.generation !== traffic.generation || share.candidate !== traffic.weight)
    return halt(driftMessage(production));

  const planned = stage.shifts[traffic.shift];
  if (planned === undefined)
    return {
      do: "end",
      as: "failed",
      reason: "plan-changed",
      message: `The record is at shift ${traffic.shift + 1} of stage ${stage.name}, which the plan does not have.`,
    };
  const next = stage.shifts[traffic.shift + 1];
  if (isProven(release, traffic, planned))
    return next === undefined ? { do: "promote", stage: stage.name } : raise(traffic.shift + 1, next);
  return judgeShare(release, traffic, stage, planned, observation, now);
}

/** A share is proven by a pass recorded for exactly this weight and generation; a last share of 100 % may go unjudged. */
function isProven({ verdict }: ReleaseState, traffic: Share, planned: PlannedShift): boolean {
  if (!planned.judged) return planned.weight === 100;
  return verdict !== null && verdict.verdict === "pass" && sameShare(verdict, traffic);
}

interface Share {
  readonly stage: string;
  readonly shift: number;
  readonly weight: number;
  readonly generation: string;
}

const sameShare = (a: Share, b: Share) =>
  a.stage === b.stage && a.shift === b.shift && a.weight === b.weight && a.generation === b.generation;

function judgeShare(
  release: ReleaseState,
  traffic: NonNullable<ReleaseState["traffic"]>,
  stage: PlannedStage,
  planned: PlannedShift,
  observation: Observation,
  now: number,
): Effect {
  const { judgement } = observation;
  if (judgement !== undefined && sameShare(judgement, traffic)) {
    if (judgement.verdict === "fail") return goBack(release, observation, "rolled-back", judgement);
    if (judgement.verdict === "pass") return { do: "accept", judgement };
  }
  // Requests of our own have the last word, also when the look at the end comes late.
  const unasked = judgement === undefined && stage.onShort === "synthetic";
  if (now - traffic.since >= stage.maxHoldMs && !unasked) {
    const why = judgement?.message ?? "No verdict was reached.";
    return goBack(release, observation, stage.onShort === "fail" ? "rolled-back" : "held", {
      reason: "max-hold",
      message: `${traffic.weight}% was held for its longest time without proof, so traffic goes back to stable. ${why}`,
    });
  }
  return {
    do: "judge",
    stage: stage.name,
    shift: traffic.shift,
    planned,
    weight: traffic.weight,
    generation: traffic.generation,
  };
}

const servesAll = (production: Production, version: string) =>
  production.serving.some((serving) => serving.version === version && serving.weight === 100);

/** A rollback writes to the platform first; a crash right after leaves exactly this behind. */
function wentBackUnrecorded(release: ReleaseState, production: Production, candidateShare: number): boolean {
  const expected = release.intent ?? release.traffic;
  return expected !== null && candidateShare === 0 && production.generation !== expected.generation;
}

function settle(intent: NonNullable<ReleaseState["intent"]>, production: Production, candidateShare: number): Effect {
  if (candidateShare === intent.weight)
    return { do: "settle", weight: candidateShare, generation: production.generation };
  return halt(driftMessage(production));
}

/**
 * Gives traffic back to stable, if it is ours to give.
 *
 * Only our own candidate is ever replaced; when a person moved traffic meanwhile, their decision stands and the release
 * halts. When no traffic was ever moved the release just ends as failed.
 */
function goBack(
  release: ReleaseState,
  observation: Observation,
  as: "rolled-back" | "held",
  why: { readonly reason: string; readonly message: string },
): Effect {
  const { traffic, intent, candidate, stable } = release;
  if (candidate === null || (traffic === null && intent === null))
    return { do: "end", as: "failed", reason: why.reason, message: why.message };
  const { production } = observation;
  if ("unreadable" in production)
    return holdOn(
      "platform-unreadable",
      `Traffic should go back to stable, but production cannot be read: ${production.unreadable}`,
    );
  const share = shares(release, production);
  const ours =
    share.candidate === 0 ||
    production.generation === traffic?.generation ||
    (intent !== null && share.candidate === intent.weight);
  if (share.foreign.length > 0 || !ours) return halt(driftMessage(production));
  return {
    do: "restore",
    to: stable.version,
    from: candidate.version,
    ifGeneration: production.generation,
    // Writing the same shares again makes a new generation, which shuts out a raise that is still on its way.
    already: servesAll(production, stable.version) && production.generation !== intent?.generation,
    as,
    reason: why.reason,
    message: why.message,
  };
}
