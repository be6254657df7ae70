import type { ReleaseState } from "../record.ts";
import type { Effect, Notable, Observation } from "../release.ts";
import { driftMessage, servesAll, shares } from "./production.ts";

/**
 * Gives traffic back to stable, if it is ours to give.
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
  const { traffic, intent, candidate, stable } = release;
  if (candidate === null || (traffic === null && intent === null))
    return { do: "end", as: "failed", reason: why.reason, message: why.message };
  const { production } = observation;
  if ("unreadable" in production)
    return {
      do: "hold",
      reason: "platform-unreadable",
      message: `Traffic should go back to stable, but production cannot be read: ${production.unreadable}`,
    };
  const share = shares(release, production);
  const ours =
    share.candidate === 0 ||
    production.generation === traffic?.generation ||
    (intent !== null && share.candidate === intent.weight);
  if (share.foreign.length > 0 || !ours)
    return { do: "end", as: "halted", reason: "drift", message: driftMessage(production) };
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
