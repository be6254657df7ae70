import { type Crews, crewsOf, type Event, type State } from "./crews.ts";
import { type Broken, checkEnd } from "./invariants.ts";
import { type Bounds, firstMoment, type Move } from "./moves.ts";
import { numbering } from "./numbering.ts";
import { checkRest, type Played } from "./rest.ts";
import { retold } from "./retold.ts";
import { column, rows } from "./rows.ts";
import type { World } from "./world.ts";

export interface Exploring extends Played {
  readonly bounds: Bounds;
  readonly maxStates?: number;
  /** Called for each state that is followed; the trouble is what is left of faults, verdicts and what happens around. */
  readonly seen?: (world: World, left: Bounds) => void;
  /** Called now and then with how many states were followed, and how many are known. */
  readonly tell?: (states: number, known: number) => void;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Worlds at rest from which a fault-free continuation was followed to its end. */
  readonly convergences: number;
  /** Every state within the bounds was visited. */
  readonly exhausted: boolean;
  readonly counterexample?: { readonly broken: Broken; readonly moves: readonly Move[] };
}

/**
 * Little trouble before much, and breadth first within: the first counterexample is one of the least trouble and, among
 * those, one of the fewest changes.
 *
 * A state is three numbers: its world, its crew (where each process that lives in it may stand) and what is left of the
 * trouble. What a process may come to depends on itself and the world alone, and is computed once for each such pair,
 * however many crews it belongs to; what happens around, once for each world. Every comparison is exact: no state is taken
 * for another.
 */
export function explore(exploring: Exploring): Exploration {
  const { bounds, maxStates = 2 ** 31, seen, tell } = exploring;
  const names = numbering(exploring.core);
  const crews = crewsOf(exploring, names, firstMoment(bounds));
  const { budget } = crews;
  const places = rows(2);
  /** The newest state of each place; the others are linked behind it. */
  const newest = column();
  const [placeOf, leftOf, parentOf, olderOf] = [column(), column(), column(), column()];
  /** States still to be followed, by how much trouble they have seen. */
  const waiting = Array.from({ length: budget.spent(0) + 1 }, column);
  const rested = column();
  const place = [0, 0];
  let states = 0;
  let transitions = 0;
  let convergences = 0;

  /** A state with no more trouble left than one seen before leads nowhere new. */
  const visit = (world: number, crew: number, left: number, parent: number) => {
    place[0] = world;
    place[1] = crew;
    const number = places.numberOf(place);
    if (number === newest.count()) newest.push(-1);
    for (let state = newest.at(number); state >= 0; state = olderOf.at(state))
      if (budget.covers(leftOf.at(state), left)) return;
    olderOf.push(newest.at(number));
    newest.set(number, placeOf.count());
    waiting[budget.spent(left)]?.push(placeOf.count());
    placeOf.push(number);
    leftOf.push(left);
    parentOf.push(parent);
  };
  /** One step may cost more than one trouble, so that a state with more left may be found after this one. */
  const isCovered = (index: number): boolean => {
    for (let state = newest.at(placeOf.at(index)); state > index; state = olderOf.at(state))
      if (budget.covers(leftOf.at(state), leftOf.at(index))) return true;
    return false;
  };
  const stateAt = (index: number): State => ({
    world: places.at(placeOf.at(index), 0),
    crew: places.at(placeOf.at(index), 1),
    left: leftOf.at(index),
  });
  const result = (rest: Partial<Exploration>): Exploration => ({
    states,
    transitions,
    convergences,
    exhausted: false,
    ...rest,
  });
  const counterexample = (broken: Broken, index: number, last?: Event | "end", after: readonly Move[] = []) => {
    const way = last === undefined ? [] : [{ state: stateAt(index), event: last }];
    for (let at = index; parentOf.at(at) >= 0; at = parentOf.at(at)) {
      const state = stateAt(parentOf.at(at));
      way.unshift({ state, event: eventBetween(crews, state, stateAt(at)) });
    }
    return result({ counterexample: { broken, moves: [...retold(crews, way), ...after] } });
  };

  visit(crews.first.world, crews.first.crew, crews.first.left, -1);
  for (const queue of waiting)
    for (let at = 0; at < queue.count(); at++) {
      const index = queue.at(at);
      if (isCovered(index)) continue;
      const state = stateAt(index);
      states++;
      if (states % 1_000_000 === 0) tell?.(states, placeOf.count());
      seen?.(names.worldOf(state.world), budget.boundsOf(state.left));
      while (rested.count() < names.worlds()) rested.push(0);
      if (rested.at(state.world) === 0) {
        rested.set(state.world, 1);
        const world = names.worldOf(state.world);
        if (world.late === null) {
          convergences++;
          const unhealed = checkRest(world, exploring, names.foldEntries);
          if (unhealed !== undefined) return counterexample(unhealed.broken, index, undefined, unhealed.moves);
        }
      }
      // Everybody has ended, and nothing kept them from writing down what they did.
      if (crews.mayHaveEnded(state)) {
        const broken = checkEnd(names.worldOf(state.world), false);
        if (broken !== undefined) return counterexample(broken, index, "end");
      }
      const broken = crews.from(state, (world, crew, left) => {
        transitions++;
        visit(world, crew, left, index);
      });
      if (broken !== undefined) return counterexample(broken, index, crews.latest());
      if (placeOf.count() > maxStates) return result({});
    }
  return result({ exhausted: true });
}

/** What leads from a state to the one that was found from it. */
function eventBetween(crews: Crews, from: State, to: State): Event {
  let event: Event | undefined;
  crews.from(from, (world, crew, left) => {
    if (event === undefined && world === to.world && crew === to.crew && left === to.left) event = crews.latest();
  });
  if (event === undefined) throw new Error("A state is not found again from the one before it.");
  return event;
}
