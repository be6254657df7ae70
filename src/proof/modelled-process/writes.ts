import type { EffectOf, Pin, Said, Turn } from "../modelled-process.ts";
import { type Reply, serves, type Write } from "../world.ts";

export const pinOf = (release: number, { stable, ifGeneration }: Pin): Write => ({
  by: release,
  to: [{ version: stable, weight: 100 }],
  ifGeneration,
  pin: true,
});

const announcedIn = ({ snapshot }: Turn) => snapshot.record.release?.intent?.weight;

export const raiseOf = (
  release: number,
  { turn, effect }: { readonly turn: Turn; readonly effect: EffectOf<"shift"> },
): Write => ({
  by: release,
  to: [
    { version: effect.candidate, weight: effect.weight },
    { version: effect.stable, weight: 100 - effect.weight },
  ],
  ifGeneration: effect.ifGeneration,
  announced: announcedIn(turn),
});

export const restoreOf = (
  release: number,
  { turn, effect }: { readonly turn: Turn; readonly effect: EffectOf<"restore"> },
): Write => ({
  by: release,
  to: [{ version: effect.to, weight: 100 }],
  ifGeneration: effect.ifGeneration,
  announced: announcedIn(turn),
});

/** What the platform answered to a write. */
export const saidBy = (reply: Reply): Said =>
  reply.got === "taken" || reply.got === "unavailable" ? reply.got : "silence";

/** What a write came to, from what production shows after it: the rule every target follows. */
export function settle(said: Said, reply: Reply, write: Write) {
  if (reply.got !== "production") return "unknown";
  const { production } = reply;
  if (serves(production.serving, write.to)) return { outcome: "applied", production } as const;
  return said === "silence" ? "unknown" : ({ outcome: "not-applied", production } as const);
}
