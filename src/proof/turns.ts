import type { Broken } from "./invariants.ts";
import { answered, pendingOf } from "./modelled-process.ts";
import { type Bounds, chancesOf, checkAtEnd, happeningsIn, type Kind, kinds, type Move } from "./moves.ts";
import type { Numbering } from "./numbering.ts";
import type { Played } from "./rest.ts";
import { type Column, column, rows } from "./rows.ts";
import { serve, type World } from "./world.ts";

/** The process of an outcome that has come to its end. */
export const atItsEnd = -1;

/**
 * Things that can happen, each computed once: what it costs, the world and the process after it, and whether others'
 * snapshots grew old.
 */
export interface Outcomes {
  /** Index in `kinds`, or -1 for free. */
  readonly costOf: (outcome: number) => number;
  readonly worldOf: (outcome: number) => number;
  readonly processOf: (outcome: number) => number;
  readonly appended: (outcome: number) => boolean;
  readonly brokenBy: (outcome: number) => Broken | undefined;
  readonly moveOf: (outcome: number) => Move;
}

/** Outcomes of things that are numbered as they come; those of one stand next to each other. */
interface OutcomeTable extends Outcomes {
  readonly begin: () => void;
  readonly add: (outcome: {
    readonly costs: Kind | undefined;
    readonly world: World;
    readonly process: number;
    readonly move: Move;
    readonly broken: Broken | undefined;
  }) => void;
  readonly from: Column;
  readonly count: () => number;
}

function outcomes(names: Numbering): OutcomeTable {
  const from = column();
  const costs = column();
  const worlds = column();
  const processes = column();
  const moves = column();
  const told: Move[] = [];
  const toldNumbers = new Map<string, number>();
  const broken = new Map<number, Broken>();
  return {
    from,
    count: costs.count,
    begin: () => from.push(costs.count()),
    add(outcome) {
      const { move } = outcome;
      const text = `${move.who} ${move.what}`;
      const number = toldNumbers.get(text) ?? told.push(move) - 1;
      toldNumbers.set(text, number);
      if (outcome.broken !== undefined) broken.set(costs.count(), outcome.broken);
      const cost = outcome.costs === undefined ? -1 : kinds.indexOf(outcome.costs);
      costs.push(2 * cost + (outcome.world.head === 0 ? 0 : 1));
      worlds.push(names.worldNumber(outcome.world));
      processes.push(outcome.process);
      moves.push(number);
    },
    costOf: (outcome) => costs.at(outcome) >> 1,
    worldOf: worlds.at,
    processOf: processes.at,
    appended: (outcome) => (costs.at(outcome) & 1) === 1,
    brokenBy: (outcome) => (broken.size === 0 ? undefined : broken.get(outcome)),
    moveOf: (outcome) => told[moves.at(outcome)] ?? { who: "", what: "" },
  };
}

/** Outcomes `from` to before `end` of the table. */
export interface Turns extends Outcomes {
  /** Calculates what a process may come to in a world, if that is not known yet; answers where it stands. */
  readonly turnOf: (process: number, world: number) => number;
  readonly from: (turn: number) => number;
  readonly end: (turn: number) => number;
}

const until = (table: OutcomeTable, turn: number) =>
  turn + 1 === table.from.count() ? table.count() : table.from.at(turn + 1);

/** What becomes of what a process asks of a world: whatever the adversary may make of it, paid for or not. */
export function turnsIn({ core, plan, onNewCommit }: Played, bounds: Bounds, names: Numbering): Turns {
  const table = outcomes(names);
  const turns = rows(2);
  const key = [0, 0];
  const calculate = (number: number, worldNumber: number) => {
    const process = names.processOf(number);
    const world = names.worldOf(worldNumber);
    const request = pendingOf(process);
    if (request === undefined) return;
    for (const [chance, costs] of chancesOf(request, world, bounds)) {
      const { world: after, reply, broken } = serve(world, request, chance, names.foldEntries);
      const next = answered(process, reply, { core, plan, onNewCommit, now: after.clock });
      table.add({
        costs,
        world: after,
        process: next.place.at === "end" ? atItsEnd : names.processNumber(next, after.head),
        move: { who: process.name, what: chance },
        broken: broken ?? checkAtEnd(next, after),
      });
    }
  };
  return {
    ...table,
    from: table.from.at,
    end: (turn) => until(table, turn),
    turnOf(process, world) {
      key[0] = process;
      key[1] = world;
      const turn = turns.numberOf(key);
      if (turn === table.from.count()) {
        table.begin();
        calculate(process, world);
      }
      return turn;
    },
  };
}

/** What happens to a world without any process asking. */
export function happenings(bounds: Bounds, names: Numbering): Turns {
  const table = outcomes(names);
  const turns = rows(1);
  const key = [0];
  return {
    ...table,
    from: table.from.at,
    end: (turn) => until(table, turn),
    turnOf(_process, world) {
      key[0] = world;
      const turn = turns.numberOf(key);
      if (turn === table.from.count()) {
        table.begin();
        for (const { move, world: after, costs, broken } of happeningsIn(names.worldOf(world), bounds))
          table.add({ costs, world: after, process: atItsEnd, move, broken });
      }
      return turn;
    },
  };
}
