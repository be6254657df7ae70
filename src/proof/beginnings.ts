import { createHash } from "node:crypto";
import type { Broken } from "./invariants.ts";
import type { Modelled } from "./modelled-process.ts";
import type { Move } from "./moves.ts";
import type { World } from "./world.ts";

/** A moment of schedules, and what moves from there led to. */
export interface SharedMoment {
  readonly world: World;
  readonly alive: readonly Modelled[];
  /** How many schedules came by. */
  seen: number;
  /** By who moves, and by what the move is; undefined until enough came by. */
  turns: Map<string, Turn>[] | undefined;
  /** What follows when nothing else happens. */
  rest: Rest | undefined;
}

/** How a healthy re-run brings a release to its end that was left under way. */
export interface Rest {
  readonly moves: readonly Move[];
  readonly broken: Broken | undefined;
}

export interface Turn {
  readonly move: Move;
  readonly to: SharedMoment;
  readonly broken?: Broken | undefined;
}

export const sharedMoment = (world: World, alive: readonly Modelled[]): SharedMoment => ({
  world,
  alive,
  seen: 0,
  turns: undefined,
  rest: undefined,
});

/** What a move leads to. `who` is the place of a process in `alive`, or -1 where none of them moves. */
export type TurnFrom = (moment: SharedMoment, who: number, what: string, calculate: () => Turn) => Turn;

/** A moment that fewer come by is remembered by nobody: nearly all of them are one schedule's own. */
const many = 24;

/**
 * Schedules begin alike, and only the choice of moves is random: what a move leads to is calculated once where many
 * schedules come by, in whatever order they came there, and is known to all of them from then on.
 */
export function beginnings(): TurnFrom {
  const moments = new Map<string, SharedMoment>();
  const known = (turn: Turn): Turn => {
    const { world, alive } = turn.to;
    const text = createHash("sha256")
      .update(JSON.stringify([world, alive]))
      .digest("base64");
    const to = moments.get(text) ?? turn.to;
    moments.set(text, to);
    return { ...turn, to };
  };
  return (moment, who, what, calculate) => {
    moment.seen += 1;
    if (moment.seen < many) return calculate();
    moment.turns ??= [new Map(), ...moment.alive.map(() => new Map<string, Turn>())];
    const turns = moment.turns[who + 1];
    let turn = turns?.get(what);
    if (turn === undefined) {
      turn = known(calculate());
      turns?.set(what, turn);
    }
    return turn;
  };
}
