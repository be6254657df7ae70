import { finalStage } from "../plan.ts";
import { keptGoes } from "../record/standing-changes.ts";
import type { ReleaseState } from "../record.ts";
import type { Effect, Notable, Observation } from "../release.ts";
import { firstOpen } from "./due.ts";
import { driftMessage, servesAll, shares, showsAnnounced, showsLower } from "./production.ts";

/** What is ours to take off, and what gets the traffic then. */
interface Hand {
  readonly from: string;
  readonly to: string;
  /** At which our version was proven to serve. */
  readonly generation: string | undefined;
}

/** What served before a stage whose candidate serves all traffic; the release's end goes back to its beginning. */
export function wayBackOf({ promoted, replaced, before }: ReleaseState, stage: string | undefined): string | undefined {
  if (promoted === null) return undefined;
  if (stage === finalStage) return before;
  return replaced !== null && replaced.stage === stage ? replaced.version : undefined;
}

/** A candidate in traffic, or one that was promoted in the very stage that did not get to its end. */
function handOf(release: ReleaseState): Hand | undefined {
  const { candidate, traffic, intent, stable, promoted } = release;
  if (candidate !== null && (traffic !== null || intent !== null))
    return { from: candidate.version, to: stable.version, generation: traffic?.generation };
  const to = wayBackOf(release, firstOpen(release)?.stage.name);
  return promoted === null || to === undefined
    ? undefined
    : { from: promoted.version, to, generation: stable.generation };
}

/** Where the commit is not at fault no job may fail for it: the rollback job would blame it. */
const unreadable = (problem: string, as: "rolled-back" | "held", { reason }: Notable): Effect => ({
  do: "hold",
  reason: "platform-unreadable",
  message: `Traffic should go back to stable, but production cannot be read: ${problem}`,
  ...(as === "rolled-back" && reason !== "interrupted" && { goesBack: true }),
});

const told = ({ reason, message }: Notable): Notable => ({ reason, message });

/**
 * Nothing of this stage has traffic, and production is back on what the stage before it had replaced: the entry of a
 * rollback was lost, or a person did it. It is written down, so that what that stage had turned on goes as well.
 */
function foundBack(
  { promoted, replaced }: ReleaseState,
  production: Observation["production"],
  as: "rolled-back" | "held",
  why: Notable,
): Effect | undefined {
  if (promoted === null || replaced === null) return undefined;
  if ("unreadable" in production) return unreadable(production.unreadable, as, why);
  if (replaced.version === promoted.version || !servesAll(production, replaced.version)) return undefined;
  return {
    do: "restore",
    to: replaced.version,
    from: promoted.version,
    ifGeneration: production.generation,
    already: true,
    as,
    reason: why.reason,
    message: `${why.message} Production is back on what served before stage ${replaced.stage} already.`,
  };
}

/**
 * A release that did not get to its end left what an earlier stage promoted serving, with that stage's flags. Production
 * on something that served before: the entry of a rollback was lost, or a person did it. It is written down, so that
 * these flags go as well.
 */
export function foundEarlier(release: ReleaseState, production: Observation["production"]): Effect | undefined {
  const { promoted, promotions, before } = release;
  if (promoted === null || "unreadable" in production) return undefined;
  const earlier = [before, ...promotions.map(({ version }) => version)].filter((one) => one !== promoted.version);
  const to = earlier.findLast((version) => servesAll(production, version));
  if (to === undefined || !keptGoes(release, to, firstOpen(release)?.stage.name)) return undefined;
  return {
    do: "restore",
    ...{ to, from: promoted.version, ifGeneration: production.generation, already: true, as: "rolled-back" },
    reason: "found-on-stable",
    message:
      "Production is back on what served before a stage whose flags are on: a rollback whose entry was lost, or a person's.",
  };
}

/**
 * Gives traffic back to what served before the stage, if it is ours to give.
 *
 * Only our own candidate is ever replaced; when a person moved traffic meanwhile, their decision stands and the release
 * halts. When no traffic was ever moved the release just ends as failed.
 */
export function goBack(
  release: ReleaseState,
  observation: Observation,
  as: "rolled-back" | "held",
  why: Notable,
): Effect {
  const hand = handOf(release);
  const { production } = observation;
  if (hand === undefined) return foundBack(release, production, as, why) ?? { do: "end", as: "failed", ...told(why) };
  if ("unreadable" in production) return unreadable(production.unreadable, as, why);
  const { intent } = release;
  const share = shares(production, hand);
  const ours =
    share.ours === 0 ||
    production.generation === hand.generation ||
    showsLower(release, production, share.ours) !== undefined ||
    showsAnnounced(release, production, share.ours, observation.sentBack);
  if (share.foreign.length > 0 || !ours)
    return { do: "end", as: "halted", reason: "drift", message: driftMessage(production) };
  return {
    do: "restore",
    to: hand.to,
    from: hand.from,
    ifGeneration: production.generation,
    // Writing the same shares again makes a new generation, which shuts out a raise that is still on its way.
    already: servesAll(production, hand.to) && production.generation !== intent?.generation,
    as,
    reason: why.reason,
    message: why.message,
  };
}
