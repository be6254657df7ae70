import type { Broken } from "./invariants.ts";
import { type Bounds, chancesOf, type Kind, kinds, type Move, wellOf } from "./moves.ts";
import type { Chance, Request, World } from "./world.ts";

/** What one seed played, move by move, and what came of it. */
export interface Schedule {
  readonly moves: readonly Move[];
  readonly broken?: Broken;
  /** How the release ended. */
  readonly end: string;
  readonly headlines: readonly string[];
}

/** The most trouble of each kind in one schedule. People speak only where the runbook has some. */
export const mostOf: Readonly<Record<Kind, number>> = {
  faults: 3,
  crashes: 2,
  reruns: 2,
  rollbacks: 1,
  ticks: 2,
  dispatches: 1,
  humans: 1,
  releases: 1,
  cancels: 1,
  verdicts: 3,
  waits: 2,
  words: 0,
};

/** How much trouble a schedule holds: mostly little of each kind, so that schedules also get far. */
export function troubleFrom(random: () => number, most = mostOf): Bounds {
  const trouble: Record<Kind, number> = { ...most };
  for (const kind of kinds) trouble[kind] = Math.floor(random() ** 2 * (most[kind] + 1));
  return trouble;
}

/** The bounds of a world whose schedules bring bounds of their own: every kind may happen. */
export const plenty = Object.fromEntries(kinds.map((kind) => [kind, 1])) as Record<Kind, number>;

/** Where a schedule stops, however much is still under way; what follows must end it. */
export const maxMoves = 600;

/** A process gets what it asked for, or something worse. */
export interface Answer {
  readonly pick: "answer";
  readonly index: number;
  readonly request: Request;
  readonly chance: Chance;
  readonly kind: Kind | undefined;
}

/** What happens next, to the process of that index; `around` is what happens without any of them. */
export type Choice =
  | Answer
  | { readonly pick: "crash"; readonly index: number }
  | { readonly pick: "cancel"; readonly index: number }
  | { readonly pick: "around" };

/** Chooses what happens next; mostly somebody is answered, and mostly well. */
export function pick(
  random: () => number,
  world: World,
  left: Bounds,
  count: number,
  requestOf: (index: number) => Request | undefined,
  cancellable: (index: number) => boolean,
): Choice {
  const index = Math.floor(random() * count);
  const request = requestOf(index);
  const luck = random();
  if (request === undefined || luck < 0.08) return { pick: "around" };
  if (luck < 0.1 && left.crashes > 0) return { pick: "crash", index };
  if (luck < 0.12 && left.cancels > 0 && cancellable(index)) return { pick: "cancel", index };
  if (luck < 0.72) return { pick: "answer", index, request, chance: wellOf(request), kind: undefined };
  const chances = chancesOf(request, world, left);
  const chosen = chances.length === 1 ? 0 : Math.floor(random() * chances.length);
  const [chance, kind] = chances[chosen] ?? ([wellOf(request), undefined] as const);
  return { pick: "answer", index, request, chance, kind };
}

/** What is left after one more trouble of this kind. */
export const without = (left: Bounds, kind: Kind): Bounds => ({ ...left, [kind]: left[kind] - 1 });
