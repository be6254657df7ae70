import { budgetOf } from "./budget.ts";
import { type Broken, checkEnd } from "./invariants.ts";
import { type Bounds, firstMoment, kinds, type Move, startsIn } from "./moves.ts";
import { type Numbering, numbering } from "./numbering.ts";
import { checkRest, type Played } from "./rest.ts";
import { column, rows } from "./rows.ts";
import { atItsEnd, happenings, type Turns, turnsIn } from "./turns.ts";

export interface Exploring extends Played {
  readonly bounds: Bounds;
  readonly maxStates?: number;
  /** Called now and then with how far it has come. */
  readonly tell?: (states: number, followed: number) => void;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** States without what is left of the trouble: worlds with the processes that live in them. */
  readonly places: number;
  /** Rest states from which a fault-free continuation was followed to its end. */
  readonly convergences: number;
  /** Every state within the bounds was visited. */
  readonly exhausted: boolean;
  readonly counterexample?: { readonly broken: Broken; readonly moves: readonly Move[] };
}

/** A state, and how its predecessor came to it. */
type Visit = (world: number, crew: number, left: number, move: () => Move) => void;

interface State {
  readonly world: number;
  readonly crew: number;
  readonly left: number;
}

/**
 * Little trouble before much, and breadth first within: the first counterexample is one of the least trouble and, among
 * those, a shortest. It also means that a state is never covered by one that comes later.
 *
 * A state is three numbers: its world, its crew (the processes that live in it) and what is left of the trouble. What a
 * process may come to depends on itself and the world alone, and is computed once for each such pair, however many crews
 * it belongs to; what happens around, once for each world. Every comparison is exact: no state is taken for another.
 */
export function explore(exploring: Exploring): Exploration {
  const { bounds, maxStates = 2 ** 31, tell } = exploring;
  const names = numbering(exploring.core);
  const budget = budgetOf(bounds);
  const follow = followed(exploring, names);
  const places = rows(2);
  /** The newest state of each place; the others are linked behind it. */
  const newest = column();
  const [placeOf, leftOf, parentOf, olderOf] = [column(), column(), column(), column()];
  /** States still to be followed, by how much trouble they have seen. */
  const waiting = Array.from({ length: budget.spent(0) + 1 }, column);
  const rested = column();
  const place = [0, 0];
  let transitions = 0;
  let convergences = 0;
  let followedStates = 0;

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
  const stateAt = (index: number): State => ({
    world: places.at(placeOf.at(index), 0),
    crew: places.at(placeOf.at(index), 1),
    left: leftOf.at(index),
  });
  /** The moves that led to a state, found again by following its ancestors. */
  const story = (index: number, ...last: readonly Move[]): Move[] => {
    const told = [...last];
    for (let at = index; parentOf.at(at) >= 0; at = parentOf.at(at)) {
      const wanted = stateAt(at);
      let made: Move | undefined;
      follow.from(stateAt(parentOf.at(at)), (world, crew, left, move) => {
        if (made === undefined && world === wanted.world && crew === wanted.crew && left === wanted.left) made = move();
      });
      if (made !== undefined) told.unshift(made);
    }
    return told;
  };
  const untroubled = (left: number) => {
    const { faults, crashes } = budget.boundsOf(left);
    return faults === bounds.faults && crashes === bounds.crashes;
  };
  const result = (rest: Partial<Exploration>): Exploration => ({
    states: placeOf.count(),
    transitions,
    places: places.count(),
    convergences,
    exhausted: false,
    ...rest,
  });

  const first = firstMoment(bounds);
  visit(
    names.worldNumber(first.world),
    follow.crewOf(first.processes.map((one) => names.processNumber(one, 0))),
    budget.whole,
    -1,
  );
  for (const queue of waiting)
    for (let at = 0; at < queue.count(); at++) {
      const index = queue.at(at);
      const state = stateAt(index);
      while (rested.count() < names.worlds()) rested.push(0);
      if (rested.at(state.world) === 0) {
        rested.set(state.world, 1);
        const world = names.worldOf(state.world);
        if (world.late === null) {
          convergences++;
          const unhealed = checkRest(world, exploring, names.foldEntries);
          if (unhealed !== undefined)
            return result({ counterexample: { broken: unhealed.broken, moves: story(index, ...unhealed.moves) } });
        }
      }
      // Everybody has ended, and nothing kept them from writing down what they did.
      if (follow.isEmpty(state.crew) && untroubled(state.left)) {
        const broken = checkEnd(names.worldOf(state.world), false);
        if (broken !== undefined) return result({ counterexample: { broken, moves: story(index) } });
      }
      const found = follow.from(state, (world, crew, left) => {
        transitions++;
        visit(world, crew, left, index);
      });
      if (found !== undefined)
        return result({ counterexample: { broken: found.broken, moves: story(index, found.move) } });
      if (placeOf.count() > maxStates) return result({});
      if (tell !== undefined && followedStates++ % 1_000_000 === 0) tell(placeOf.count(), followedStates);
    }
  return result({ exhausted: true });
}

interface Follow {
  readonly isEmpty: (crew: number) => boolean;
  readonly crewOf: (processes: readonly number[]) => number;
  /** Everything that can happen next; stops at the first promise that is broken. */
  readonly from: (state: State, visit: Visit) => { readonly broken: Broken; readonly move: Move } | undefined;
}

const [crashes, cancels] = [kinds.indexOf("crashes"), kinds.indexOf("cancels")];

function followed(exploring: Exploring, names: Numbering): Follow {
  const { bounds } = exploring;
  const budget = budgetOf(bounds);
  const { reruns, rollbacks, ticks, dispatches, releases } = bounds;
  /** A crew in ascending order, and -1 where it has nobody. */
  const size = 1 + reruns + rollbacks + ticks + dispatches + releases;
  const crews = rows(size);
  const turns = turnsIn(exploring, bounds, names);
  const around = happenings(bounds, names);
  const starts = startsOf(bounds, names);
  const row = new Int32Array(size);

  /** The crew with another process in the place of one; nobody where that has ended. All others are overtaken by an append. */
  const crewAfter = (crew: number, index: number, process: number, appended: boolean): number => {
    let count = 0;
    for (let i = 0; i < size; i++) {
      const other = i === index ? process : crews.at(crew, i);
      if (other < 0) continue;
      row[count++] = appended && i !== index ? names.overtaken(other) : other;
    }
    if (index >= size && process >= 0) row[count++] = process;
    return numberOf(count);
  };
  const numberOf = (count: number): number => {
    row.fill(-1, count);
    for (let i = 1; i < count; i++)
      for (let j = i; j > 0 && (row[j - 1] ?? 0) > (row[j] ?? 0); j--) {
        const one = row[j] ?? 0;
        row[j] = row[j - 1] ?? 0;
        row[j - 1] = one;
      }
    return crews.numberOf(row);
  };

  /** Outcomes of one turn that what is left pays for. */
  const each = (table: Turns, turn: number, { crew, left }: State, index: number, visit: Visit) => {
    const end = table.end(turn);
    for (let outcome = table.from(turn); outcome < end; outcome++) {
      const rest = budget.spend(left, table.costOf(outcome));
      if (rest === undefined) continue;
      const broken = table.brokenBy(outcome);
      if (broken !== undefined) return { broken, move: table.moveOf(outcome) };
      const after =
        index < 0
          ? crewAfter(crew, -1, atItsEnd, table.appended(outcome))
          : crewAfter(crew, index, table.processOf(outcome), table.appended(outcome));
      visit(table.worldOf(outcome), after, rest, () => table.moveOf(outcome));
    }
    return undefined;
  };

  return {
    isEmpty: (crew) => crews.at(crew, 0) < 0,
    crewOf(processes) {
      row.set(processes);
      return numberOf(processes.length);
    },
    from(state, visit) {
      const { world, crew, left } = state;
      for (let index = 0; index < size; index++) {
        const process = crews.at(crew, index);
        if (process < 0) break;
        const found = each(turns, turns.turnOf(process, world), state, index, visit);
        if (found !== undefined) return found;
        const crashed = budget.spend(left, crashes);
        if (crashed !== undefined)
          visit(world, crewAfter(crew, index, atItsEnd, false), crashed, () => told(process, "crash"));
        const stopped = budget.spend(left, cancels);
        if (stopped === undefined) continue;
        const cancelled = names.cancelled(process);
        if (cancelled !== process)
          visit(world, crewAfter(crew, index, cancelled, false), stopped, () => told(process, "cancel"));
      }
      const found = each(around, around.turnOf(0, world), state, -1, visit);
      if (found !== undefined) return found;
      for (const { costs, process, name } of starts(world, left)) {
        const rest = budget.spend(left, costs);
        if (rest !== undefined)
          visit(world, crewAfter(crew, size, process, false), rest, () => ({ who: name, what: "starts" }));
      }
      return undefined;
    },
  };

  function told(process: number, what: string): Move {
    return { who: names.processOf(process).name, what };
  }
}

/** Processes that may begin: of a world only its newest release counts. */
function startsOf(bounds: Bounds, names: Numbering) {
  interface Start {
    readonly costs: number;
    readonly process: number;
    readonly name: string;
  }
  const budget = budgetOf(bounds);
  const keyOf = column();
  const keys = new Map<string, number>();
  const known: (readonly Start[] | undefined)[] = [];
  const keyIn = (number: number): number => {
    while (keyOf.count() <= number) keyOf.push(-1);
    const present = keyOf.at(number);
    if (present >= 0) return present;
    const { release } = names.worldOf(number).record;
    const text = release === null ? "" : `${release.id}.${release.attempt}.${release.ended === null}`;
    const key = keys.get(text) ?? keys.size;
    keys.set(text, key);
    keyOf.set(number, key);
    return key;
  };
  return (world: number, left: number): readonly Start[] => {
    const at = keyIn(world) * (budget.whole + 1) + left;
    known[at] ??= startsIn(names.worldOf(world), budget.boundsOf(left), bounds).map(({ costs, starts }) => ({
      costs: kinds.indexOf(costs),
      process: names.processNumber(starts, 0),
      name: starts.name,
    }));
    return known[at] ?? [];
  };
}
