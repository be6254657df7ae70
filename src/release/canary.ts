import type { Production } from "../deploy-target.ts";
import type { PlannedShift, PlannedStage } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import type { Effect, Notable, Observation } from "../release.ts";
import { goBack } from "./go-back.ts";
import { judgeShare, sameShare } from "./judge-share.ts";
import { driftMessage, shares, showsAnnounced, showsLower } from "./production.ts";

const halt = (production: Production): Effect => ({
  do: "end",
  as: "halted",
  reason: "drift",
  message: driftMessage(production),
});
const failed = (reason: string, message: string): Effect => ({ do: "end", as: "failed", reason, message });

/** The next thing a canary needs: to find out where it stands, to raise, to be judged, or to go back. */
export function canary(release: ReleaseState, stage: PlannedStage, observation: Observation, now: number): Effect {
  const { production } = observation;
  if ("unreadable" in production)
    return {
      do: "hold",
      reason: "platform-unreadable",
      message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`,
    };
  const { candidate } = release;
  if (candidate === null)
    return failed("no-candidate", `Stage ${stage.name} has a canary, but no version was deployed before it.`);
  const share = shares(production, { from: candidate.version, to: release.stable.version });
  if (share.foreign.length > 0) return halt(production);
  if (wentBackUnrecorded(release, production, share.ours))
    return goBack(release, observation, "rolled-back", {
      reason: "found-on-stable",
      message:
        "Production is back on stable although the record shows the candidate in traffic: a rollback whose entry was lost, or a person's.",
    });
  // At the generation it was announced for, the raise may still arrive: sent once more, one of the two is refused.
  if (release.intent !== null && production.generation !== release.intent.generation)
    return showsAnnounced(release, production, share.ours, observation.sentBack)
      ? { do: "settle", weight: share.ours, generation: production.generation }
      : halt(production);

  const shift = (index: number, planned: PlannedShift, back?: Notable & { readonly shift: number }): Effect => ({
    do: "shift",
    stage: stage.name,
    shift: index,
    weight: planned.weight,
    ...(planned.hosts !== undefined && { hosts: planned.hosts.count }),
    candidate: candidate.version,
    stable: release.stable.version,
    ifGeneration: production.generation,
    ...(back !== undefined && { back }),
  });
  const { traffic } = release;
  const first = stage.shifts[0];
  if (first === undefined) return failed("no-shifts", `The canary of stage ${stage.name} has no shifts.`);
  if (traffic === null || traffic.stage !== stage.name) {
    // Another generation than the one that was pinned: somebody moved traffic, perhaps gave it back, before the first raise.
    const untouched = share.ours === 0 && production.generation === release.stable.generation;
    return untouched ? shift(0, first) : halt(production);
  }
  if (showsLower(release, production, share.ours) !== undefined)
    return {
      do: "settle",
      weight: share.ours,
      generation: production.generation,
      back: {
        ...{ stage: stage.name, shift: traffic.shift, from: traffic.generation },
        reason: "found-lower",
        message: `Production shows ${share.ours}% although the record shows ${traffic.weight}%: a step back while the record could not be written, or a person's.`,
      },
    };
  if (production.generation !== traffic.generation || share.ours !== traffic.weight) return halt(production);

  const planned = stage.shifts[traffic.shift];
  if (planned === undefined)
    return failed(
      "plan-changed",
      `The record is at shift ${traffic.shift + 1} of stage ${stage.name}, which the plan does not have.`,
    );
  /** One share down, or all the way when this is the first one. */
  const stepBack = (why: Notable): Effect => {
    const lower = stage.shifts[traffic.shift - 1];
    return lower === undefined
      ? goBack(release, observation, "rolled-back", why)
      : shift(traffic.shift - 1, lower, { ...why, shift: traffic.shift });
  };
  const { steppedBack } = release.people;
  // A step back that was announced may still arrive: it is finished, whatever people said meanwhile.
  if (release.intent !== null && release.intent.stage === stage.name && release.intent.shift < traffic.shift)
    return stepBack({ reason: "step-back", message: "The step back that was announced is finished." });
  if (steppedBack !== null && steppedBack.stage === stage.name && steppedBack.shift === traffic.shift)
    return stepBack({ reason: steppedBack.reason, message: "The share was to be given up, and still is held." });
  if (!isProven(release, traffic, planned))
    return judgeShare({ release, traffic, stage, planned, observation, now, stepBack });
  const next = stage.shifts[traffic.shift + 1];
  if (next === undefined) return { do: "promote", stage: stage.name };
  if (steppedBack !== null) return waitToRetry({ release, traffic, steppedBack, stage, observation, now });
  return shift(traffic.shift + 1, next);
}

interface SteppedBack {
  readonly release: ReleaseState;
  readonly traffic: NonNullable<ReleaseState["traffic"]>;
  readonly steppedBack: NonNullable<ReleaseState["people"]["steppedBack"]>;
  readonly stage: PlannedStage;
  readonly observation: Observation;
  readonly now: number;
}

/** After a step back only a person lets the candidate try again; it does not wait on users for ever. */
function waitToRetry({ release, traffic, steppedBack, stage, observation, now }: SteppedBack): Effect {
  const { weight } = traffic;
  const until = traffic.since + stage.maxHoldMs;
  if (now >= until)
    return goBack(release, observation, "held", {
      reason: "max-hold",
      message: `${weight}% was held for its longest time after a step back, and nobody let it try again.`,
    });
  return {
    do: "hold",
    reason: "stepped-back",
    message:
      `The candidate was taken back to ${weight}% (${steppedBack.reason}). ` +
      `Comment \`/continue\` to let it try again (retry ${release.people.retries + 1}), or \`/rollback\`; without a word it goes back to stable.`,
    until,
  };
}

/** A share is proven by a pass recorded for exactly this weight and generation; a last share of 100 % may go unjudged. */
export function isProven(
  { verdict }: ReleaseState,
  traffic: NonNullable<ReleaseState["traffic"]>,
  planned: PlannedShift,
): boolean {
  if (!planned.judged) return planned.weight === 100;
  return verdict !== null && verdict.verdict === "pass" && sameShare(verdict, traffic);
}

/** A rollback writes to the platform first; a crash right after leaves exactly this behind. */
function wentBackUnrecorded(release: ReleaseState, production: Production, candidateShare: number): boolean {
  const expected = release.intent ?? release.traffic;
  return expected !== null && candidateShare === 0 && production.generation !== expected.generation;
}
