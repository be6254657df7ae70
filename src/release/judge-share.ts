import type { PlannedShift, PlannedStage } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import type { Effect, Judgement, Notable, Observation } from "../release.ts";
import { awaiting, usualDecideWithinMs } from "./ask.ts";
import { goBack } from "./go-back.ts";

export interface Share {
  readonly stage: string;
  readonly shift: number;
  readonly weight: number;
  readonly generation: string;
}

export const sameShare = (a: Share, b: Share) =>
  a.stage === b.stage && a.shift === b.shift && a.weight === b.weight && a.generation === b.generation;

export interface HeldShare {
  readonly release: ReleaseState;
  readonly traffic: NonNullable<ReleaseState["traffic"]>;
  readonly stage: PlannedStage;
  readonly planned: PlannedShift;
  readonly observation: Observation;
  readonly now: number;
  readonly stepBack: (why: Notable) => Effect;
}

type Asked = NonNullable<ReleaseState["people"]["question"]>;

/**
 * What is due of a share that is not proven: to act on the judgement made just now, to wait for a person who was asked,
 * to give up when its longest time is over, or to be judged.
 */
export function judgeShare(held: HeldShare): Effect {
  const { release, traffic, stage, planned, observation, now, stepBack } = held;
  const judgement =
    observation.judgement !== undefined && sameShare(observation.judgement, traffic)
      ? observation.judgement
      : undefined;
  const asked = questionOf(release, traffic);
  const open = asked?.answered === false ? asked : undefined;
  if (open !== undefined && open.decideBy !== null && now >= open.decideBy) return silence(held, open);
  if (judgement?.verdict === "fail") {
    if (stage.onFail === "step-back") return stepBack(judgement);
    if (stage.onFail !== "ask") return goBack(release, observation, "rolled-back", judgement);
    return open?.about === "fail" ? awaiting(open) : ask(held, "fail", judgement, open);
  }
  if (open !== undefined && open.about !== "page") return awaiting(open);
  const news = newsOf(held, judgement, asked);
  if (news !== undefined) return news;
  if (judgement?.verdict === "pass") return open === undefined ? { do: "accept", judgement } : awaiting(open);
  // What can be known of this share has the last word, however late the look at the end comes.
  const last = now - traffic.since >= stage.maxHoldMs;
  if (last && (judgement !== undefined || observation.judges !== true)) return unproven(held, judgement);
  const looked = release.verdict?.generation === traffic.generation ? release.verdict.at : undefined;
  return {
    do: "judge",
    stage: stage.name,
    shift: traffic.shift,
    planned,
    weight: traffic.weight,
    generation: traffic.generation,
    last,
    // The first look is due at once: running totals need a beginning.
    at: looked === undefined ? traffic.since : Math.min(looked + planned.everyMs, traffic.since + stage.maxHoldMs),
  };
}

/** The question that was asked about exactly this share, answered or not. */
function questionOf({ people }: ReleaseState, traffic: Share): Asked | undefined {
  const { question } = people;
  return question !== null && question.step === "canary" && sameShare(question, traffic) ? question : undefined;
}

/** What people have to hear of this judgement and did not hear yet. */
function newsOf(held: HeldShare, judgement: Judgement | undefined, asked: Asked | undefined): Effect | undefined {
  const { page, warnings } = judgement ?? {};
  // Another limit than the one that was answered asks again.
  const known = asked !== undefined && (!asked.answered || asked.reason === page?.reason);
  if (page !== undefined && !known) return ask(held, "page", page, undefined);
  const { stage, release } = held;
  const untold = warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/canary/${reason}`));
  return untold && { do: "warn", stage: stage.name, step: "canary", ...untold };
}

function ask(held: HeldShare, about: Asked["about"], why: Notable, before: Asked | undefined): Effect {
  const { traffic, stage, now } = held;
  const { shift, weight, generation } = traffic;
  const within = now + (stage.decideWithinMs ?? usualDecideWithinMs);
  // Another question does not give more time than the one before it.
  const decideBy = Math.min(within, before?.decideBy ?? within);
  return {
    do: "ask",
    question: { about, step: "canary", stage: stage.name, shift, weight, generation, decideBy, reason: why.reason },
    message: why.message,
  };
}

function silence({ release, observation }: HeldShare, { about, weight, reason }: Asked): Effect {
  return goBack(release, observation, about === "short" ? "held" : "rolled-back", {
    reason: "nobody-decided",
    message: `Nobody decided in time about ${weight}% (${reason}), so traffic goes back to stable.`,
  });
}

/** The longest time is over without proof. */
function unproven(held: HeldShare, judgement: Judgement | undefined): Effect {
  const { release, traffic, stage, observation } = held;
  const why = judgement?.message ?? "No verdict was reached.";
  const reason = "max-hold";
  const longest = `${traffic.weight}% was held for its longest time without proof`;
  if (stage.onShort === "approve") return ask(held, "short", { reason, message: `${longest}. ${why}` }, undefined);
  return goBack(release, observation, stage.onShort === "fail" ? "rolled-back" : "held", {
    reason,
    message: `${longest}, so traffic goes back to stable. ${why}`,
  });
}
