import type { Broken } from "./invariants.ts";
import type { Modelled } from "./modelled-process.ts";
import type { Move } from "./moves.ts";
import type { World } from "./world.ts";

/**
 * A moment of schedules. They begin alike, and only the choice of moves is random: what a move leads to is calculated
 * once where many schedules come by, and known to all of them from then on.
 */
export interface SharedMoment {
  readonly world: World;
  readonly alive: readonly Modelled[];
  /** How many schedules came by. */
  seen: number;
  /** By who moves, and by what the move is; undefined until enough came by. */
  turns: Map<string, Turn>[] | undefined;
}

export interface Turn {
  readonly move: Move;
  readonly to: SharedMoment;
  readonly broken?: Broken | undefined;
}

/** A moment that fewer come by is remembered by nobody: nearly all of them are one schedule's own. */
const many = 16;

export const sharedMoment = (world: World, alive: readonly Modelled[]): SharedMoment => ({
  world,
  alive,
  seen: 0,
  turns: undefined,
});

/** What a move leads to. `who` is the place of a process in `alive`, or -1 where none of them moves. */
export function turnFrom(moment: SharedMoment, who: number, what: string, calculate: () => Turn): Turn {
  moment.seen += 1;
  if (moment.seen < many) return calculate();
  moment.turns ??= [new Map(), ...moment.alive.map(() => new Map<string, Turn>())];
  const turns = moment.turns[who + 1];
  let turn = turns?.get(what);
  if (turn === undefined) {
    turn = calculate();
    turns?.set(what, turn);
  }
  return turn;
}
