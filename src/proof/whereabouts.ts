import type { Budget } from "./budget.ts";
import { pendingOf } from "./modelled-process.ts";
import { type Move, type Newcomer, startIn } from "./moves.ts";
import type { Numbering } from "./numbering.ts";
import { column, lists, rows } from "./rows.ts";
import { atItsEnd, isSpent, type Turns } from "./turns.ts";

/**
 * Where a process may stand: every place that it may have read its way to by now, each with the trouble it took. Nobody
 * hears a process read, so that the others and the world are the same whether it has read yet or not; which of the places
 * it was matters only when it changes something, and is told, and paid for, then. This is the subset construction, made
 * for each process on its own: what one has read says nothing about what another has.
 *
 * A process that dies is one that never does anything again. So all of them may have died in every state, and no move
 * says so.
 */
export interface Whereabouts {
  /** Of a process that stands there in this world and has read nothing since. */
  readonly of: (process: number, world: number) => number;
  /** The number of a process for somebody who may begin, or may never do so. */
  readonly newcomer: (newcomer: Newcomer) => number;
  /** Of what was told to stop; itself where that is told already, or tells it nothing. */
  readonly cancelled: (where: number, world: number) => number;
  /** When others have changed the world from one to another, by an append to the record or otherwise. */
  readonly after: (where: number, from: number, to: number, appended: boolean) => number;
  /** Changes `from` to before `end` that it may make in this world, and ends that break a promise. */
  readonly changes: (where: number, world: number) => readonly [from: number, end: number];
  /** The outcome of a change, among those of the turns. */
  readonly outcomeOf: (change: number) => number;
  /** What it costs with all readings before it, as a number of the budget. */
  readonly costOf: (change: number) => number;
  /** Places below zero are its end, and never having begun. */
  readonly placesOf: (where: number) => readonly Place[];
  /** Goes from places to all those that can be read from there in this world, and tells each that is new. */
  readonly follow: (places: readonly Place[], world: number, found: Found) => void;
}

type Found = (from: Place, to: Place, move: Move) => void;

/** A place and what it cost to get there. */
export interface Place {
  readonly process: number;
  readonly cost: number;
}

/** Who has not begun yet is numbered from here downwards. */
const firstNewcomer = -2;

export function whereaboutsIn(turns: Turns, budget: Budget, names: Numbering): Whereabouts {
  const newcomers: Newcomer[] = [];
  /** Places in ascending order, each as one number. */
  const sets = lists();
  const factor = budget.whole + 1;
  const [alone, stopped, later] = [remembered(2), remembered(2), remembered(3)];
  const moving = rows(2);
  const [changesFrom, outcomes, costs] = [column(), column(), column()];

  const numberOf = (places: Places): number => {
    const list: number[] = [];
    places.each((process, cost) => {
      if (Math.abs(process) * factor > 2 ** 31 - factor)
        throw new RangeError("There are too many processes to number.");
      list.push(process * factor + cost);
    });
    return sets.numberOf(Int32Array.from(list).sort());
  };
  const eachOf = (where: number, tell: (process: number, cost: number) => void) => {
    const end = sets.end(where);
    for (let at = sets.from(where); at < end; at++) {
      const process = Math.floor(sets.at(at) / factor);
      tell(process, sets.at(at) - process * factor);
    }
  };
  const cancelled = (where: number): Places => {
    const places = placesIn(budget);
    eachOf(where, (process, cost) => void places.add(process < 0 ? process : names.cancelled(process), cost));
    return places;
  };
  const placed = (list: readonly Place[]): Places => {
    const places = placesIn(budget);
    for (const { process, cost } of list) places.add(process, cost);
    return places;
  };
  /** Where somebody stands after something that costs so much besides what it cost before. */
  const withCost = (spent: number, outcome: number): number | undefined => {
    const one = budget.one(turns.costOf(outcome));
    return one === undefined ? undefined : budget.sum(spent, one);
  };
  const all = (places: Places): number[] => {
    const list: number[] = [];
    places.each((process, cost) => void list.push(process, cost));
    return list;
  };
  /** From the open ones, pairs of process and cost, on to whatever can be read. */
  const follow = (places: Places, world: number, open: number[], found?: Found) => {
    while (open.length > 0) {
      const spent = open.pop() ?? 0;
      const process = open.pop() ?? atItsEnd;
      if (process === atItsEnd) continue;
      if (process <= firstNewcomer) {
        const begun = beginning(process, world);
        if (begun === undefined || !places.add(begun, spent)) continue;
        open.push(begun, spent);
        found?.({ process, cost: spent }, { process: begun, cost: spent }, starting(begun));
        continue;
      }
      const turn = turns.turnOf(process, world);
      const end = turns.end(turn);
      for (let outcome = turns.from(turn); outcome < end; outcome++) {
        if (!turns.isReading(outcome) || turns.brokenBy(outcome) !== undefined) continue;
        const cost = withCost(spent, outcome);
        const to = turns.processOf(outcome);
        if (cost === undefined || !places.add(to, cost)) continue;
        open.push(to, cost);
        found?.({ process, cost: spent }, { process: to, cost }, turns.moveOf(outcome));
      }
    }
  };
  const starting = (process: number): Move => ({ who: names.processOf(process).name, what: "starts" });
  const beginning = (newcomer: number, world: number): number | undefined => {
    const { kind, nth } = newcomers[firstNewcomer - newcomer] ?? { kind: "reruns", nth: 0 };
    const begun = startIn(names.worldOf(world), kind, nth);
    return begun && names.processNumber(begun, 0);
  };
  /** Who asks a record that has gone on gets the same answer for ever: only what comes after it is a place to stand. */
  const isPassed = passedIn(names);
  const closed = (places: Places, world: number, open = all(places)): number => {
    follow(places, world, open);
    places.drop((process) => process >= 0 && isPassed(process));
    return numberOf(places);
  };
  /** Who stays as they are and is told the same as before reads nothing new. */
  const closedAfter = (where: number, from: number, to: number, appended: boolean): number => {
    const places = placesIn(budget);
    const open: number[] = [];
    eachOf(where, (before, cost) => {
      const process = appended && before >= 0 ? names.overtaken(before) : before;
      if (!places.add(process, cost)) return;
      const unmoved = process === before && process >= 0 && turns.onlyReads(process);
      if (!unmoved || !turns.isToldTheSame(process, from, to, appended)) open.push(process, cost);
    });
    return closed(places, to, open);
  };
  const calculate = (where: number, world: number) => {
    const told = new Map<string, readonly number[]>();
    eachOf(where, (process, spent) => {
      if (process < 0 || (turns.onlyReads(process) && !turns.breaksAny())) return;
      const turn = turns.turnOf(process, world);
      const end = turns.end(turn);
      for (let outcome = turns.from(turn); outcome < end; outcome++) {
        const broken = turns.brokenBy(outcome)?.promise;
        const cost = withCost(spent, outcome);
        if (cost === undefined || (turns.isReading(outcome) && broken === undefined)) continue;
        const text = `${turns.worldOf(outcome)} ${turns.processOf(outcome)} ${turns.appended(outcome)} ${broken}`;
        const some = told.get(text) ?? [];
        if (some.some((other) => budget.covers(cost, other))) continue;
        told.set(text, [...some, cost]);
        outcomes.push(outcome);
        costs.push(cost);
      }
    });
  };

  return {
    of: (process, world) => alone([process, world], () => closed(placed([{ process, cost: 0 }]), world)),
    newcomer: (newcomer) => firstNewcomer - (newcomers.push(newcomer) - 1),
    cancelled: (where, world) => stopped([where, world], () => closed(cancelled(where), world)),
    after: (where, from, to, appended) =>
      later([where, to, appended ? 1 : 0], () => closedAfter(where, from, to, appended)),
    changes(where, world) {
      const number = moving.numberOf([where, world]);
      if (number === changesFrom.count()) {
        changesFrom.push(outcomes.count());
        calculate(where, world);
      }
      const end = number + 1 === changesFrom.count() ? outcomes.count() : changesFrom.at(number + 1);
      return [changesFrom.at(number), end];
    },
    outcomeOf: outcomes.at,
    costOf: costs.at,
    placesOf(where) {
      const places: Place[] = [];
      eachOf(where, (process, cost) => void places.push({ process, cost }));
      return places;
    },
    follow(places, world, found) {
      const from = placed(places);
      follow(from, world, all(from), found);
    },
  };
}

/** Places with what each cost: no two of one process where the one is enough for the other. */
interface Places {
  /** Whether it is new, and no other of the same process costs as little. */
  readonly add: (process: number, cost: number) => boolean;
  readonly each: (tell: (process: number, cost: number) => void) => void;
  readonly drop: (unwanted: (process: number) => boolean) => void;
}

function placesIn(budget: Budget): Places {
  /** Nearly all of them. */
  const free = new Set<number>();
  const paid = new Map<number, readonly number[]>();
  return {
    add(process, cost) {
      if (free.has(process)) return false;
      if (cost === 0) {
        paid.delete(process);
        free.add(process);
        return true;
      }
      const some = paid.get(process) ?? [];
      if (some.some((other) => budget.covers(cost, other))) return false;
      paid.set(process, [...some.filter((other) => !budget.covers(other, cost)), cost]);
      return true;
    },
    each(tell) {
      for (const process of free) tell(process, 0);
      for (const [process, some] of paid) for (const cost of some) tell(process, cost);
    },
    drop(unwanted) {
      for (const process of free) if (unwanted(process)) free.delete(process);
      for (const process of paid.keys()) if (unwanted(process)) paid.delete(process);
    },
  };
}

function passedIn(names: Numbering): (process: number) => boolean {
  const answers: (boolean | undefined)[] = [];
  return (process) => {
    answers[process] ??= isSpent(pendingOf(names.processOf(process)));
    return answers[process] === true;
  };
}

/** Computes once for each row of so many numbers; computing one never asks for another of the same table. */
function remembered(width: number) {
  const keys = rows(width);
  const values = column();
  return (key: readonly number[], compute: () => number): number => {
    const number = keys.numberOf(key);
    if (number === values.count()) values.push(compute());
    return values.at(number);
  };
}
