import { type Budget, budgetOf } from "./budget.ts";
import type { Broken } from "./invariants.ts";
import { type Bounds, kinds, type Moment, startKinds } from "./moves.ts";
import type { Numbering } from "./numbering.ts";
import type { Played } from "./rest.ts";
import { rows } from "./rows.ts";
import { atItsEnd, type Happenings, happenings, type Turns, turnsIn } from "./turns.ts";
import { type Whereabouts, whereaboutsIn } from "./whereabouts.ts";

/** A state, by its numbers: the world, the crew that lives in it, and what is left of the trouble. */
export interface State {
  readonly world: number;
  readonly crew: number;
  readonly left: number;
}

/** Something that changes the world, or tells a process to stop; `who` is where the one stands that it comes from. */
export type Event =
  | { readonly kind: "change"; readonly who: number; readonly change: number }
  | { readonly kind: "cancel"; readonly who: number }
  | { readonly kind: "happening"; readonly outcome: number };

export interface Crews {
  readonly budget: Budget;
  readonly first: State;
  /** Everything that can happen next; stops at the first promise that is broken. */
  readonly from: (state: State, visit: (world: number, crew: number, left: number) => void) => Broken | undefined;
  /** What led to the latest visit, or broke the promise. */
  readonly latest: () => Event;
  /** Everybody may have ended, or never begun, without any fault. */
  readonly mayHaveEnded: (state: State) => boolean;
  /** Where each of a crew may stand. */
  readonly membersOf: (crew: number) => readonly number[];
  /** What it is made of, for whoever tells the story. */
  readonly parts: CrewParts;
}

export interface CrewParts {
  readonly names: Numbering;
  readonly turns: Turns;
  readonly around: Happenings;
  readonly where: Whereabouts;
  readonly firstWorld: number;
  /** Processes that are there from the start, and who may begin later. */
  readonly founders: readonly number[];
}

/** The place in a crew of somebody who has ended. */
export const nobody = -1;

/** Crews of one exploration: the first release, everybody who may begin besides, and what they may do next. */
export function crewsOf(played: Played & { readonly bounds: Bounds }, names: Numbering, moment: Moment): Crews {
  const { bounds } = played;
  // Who may begin is in the crew from the start, and nobody has to die to do nothing any more.
  const paid: Bounds = { ...bounds, reruns: 0, releases: 0, dispatches: 0, rollbacks: 0, ticks: 0, crashes: 0 };
  const budget = budgetOf(paid);
  const turns = turnsIn(played, bounds, names);
  const around = happenings(bounds, names);
  const where = whereaboutsIn(turns, budget, names);
  const cancel = budget.one(kinds.indexOf("cancels"));
  const firstWorld = names.worldNumber(moment.world);
  const founders = [
    ...moment.processes.map((process) => names.processNumber(process, moment.world.head)),
    ...startKinds.flatMap((kind) => Array.from({ length: bounds[kind] }, (_, nth) => where.newcomer({ kind, nth }))),
  ];
  const size = founders.length;
  /** Where each of a crew may stand, in ascending order. */
  const crews = rows(size);
  const members = Int32Array.from(founders, (process) => where.of(process, firstWorld));
  const row = new Int32Array(size);
  let latest: Event = { kind: "happening", outcome: -1 };

  const numberOf = (): number => {
    let count = 0;
    for (const member of members) {
      if (member === nobody) continue;
      let at = count++;
      for (; at > 0 && (row[at - 1] ?? 0) > member; at--) row[at] = row[at - 1] ?? 0;
      row[at] = member;
    }
    row.fill(nobody, count);
    return crews.numberOf(row);
  };
  /** The crew when somebody, who stays as they are, or nobody of it has changed the world. */
  const copyAfter = (crew: number, who: number, before: number, world: number, appended: boolean) => {
    for (let index = 0; index < size; index++) {
      const member = crews.at(crew, index);
      members[index] = member === nobody || index === who ? member : where.after(member, before, world, appended);
    }
  };
  const costOf = (outcome: number) => budget.one(around.costOf(outcome));

  return {
    budget,
    parts: { names, turns, around, where, firstWorld, founders },
    first: { world: firstWorld, crew: numberOf(), left: budget.whole },
    latest: () => latest,
    membersOf: (crew) =>
      Array.from({ length: size }, (_, index) => crews.at(crew, index)).filter((who) => who !== nobody),
    from({ world, crew, left }, visit) {
      for (let index = 0; index < size; index++) {
        const who = crews.at(crew, index);
        if (who === nobody) break;
        const [first, end] = where.changes(who, world);
        for (let change = first; change < end; change++) {
          const rest = budget.spend(left, where.costOf(change));
          if (rest === undefined) continue;
          latest = { kind: "change", who, change };
          const outcome = where.outcomeOf(change);
          const broken = turns.brokenBy(outcome);
          if (broken !== undefined) return broken;
          const [after, process] = [turns.worldOf(outcome), turns.processOf(outcome)];
          copyAfter(crew, index, world, after, turns.appended(outcome));
          members[index] = process === atItsEnd ? nobody : where.of(process, after);
          visit(after, numberOf(), rest);
        }
        const rest = cancel === undefined ? undefined : budget.spend(left, cancel);
        if (rest === undefined) continue;
        const cancelled = where.cancelled(who, world);
        if (cancelled === who) continue;
        latest = { kind: "cancel", who };
        for (let other = 0; other < size; other++) members[other] = crews.at(crew, other);
        members[index] = cancelled;
        visit(world, numberOf(), rest);
      }
      const turn = around.turnOf(world);
      for (let outcome = around.from(turn); outcome < around.end(turn); outcome++) {
        const cost = costOf(outcome);
        const rest = cost === undefined ? undefined : budget.spend(left, cost);
        if (rest === undefined) continue;
        latest = { kind: "happening", outcome };
        const broken = around.brokenBy(outcome);
        if (broken !== undefined) return broken;
        copyAfter(crew, nobody, world, around.worldOf(outcome), around.appended(outcome));
        visit(around.worldOf(outcome), numberOf(), rest);
      }
      return undefined;
    },
    mayHaveEnded({ crew, left }) {
      const from = (index: number, rest: number): boolean => {
        if (budget.hasFaults(budget.whole - rest)) return false;
        const member = index < size ? crews.at(crew, index) : nobody;
        if (member === nobody) return true;
        return where.placesOf(member).some(({ process, cost }) => {
          const less = process < 0 ? budget.spend(rest, cost) : undefined;
          return less !== undefined && from(index + 1, less);
        });
      };
      return from(0, left);
    },
  };
}
