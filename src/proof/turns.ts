import type { Broken } from "./invariants.ts";
import { answered, pendingOf } from "./modelled-process.ts";
import { type Bounds, chancesOf, checkAtEnd, happeningsIn, type Kind, kinds, type Move } from "./moves.ts";
import { type Numbering, type Sight, sight } from "./numbering.ts";
import type { Played } from "./rest.ts";
import { type Column, column, rows } from "./rows.ts";
import { type Request, serve } from "./world.ts";

/** The process of an outcome that has come to its end. */
export const atItsEnd = -1;

/**
 * Things that can happen, each computed once: what it costs, the world and the process after it, and whether others'
 * snapshots grew old.
 */
export interface Outcomes {
  /** Index in `kinds`, or -1 for free. */
  readonly costOf: (outcome: number) => number;
  /** Of a reading, one in which the answer is the same. */
  readonly worldOf: (outcome: number) => number;
  readonly processOf: (outcome: number) => number;
  readonly appended: (outcome: number) => boolean;
  /** It leaves the world as it is: nobody else hears of it. */
  readonly isReading: (outcome: number) => boolean;
  readonly brokenBy: (outcome: number) => Broken | undefined;
  readonly breaksAny: () => boolean;
  readonly moveOf: (outcome: number) => Move;
}

/** Outcomes of things that are numbered as they come; those of one stand next to each other. */
interface OutcomeTable extends Outcomes {
  readonly begin: () => void;
  readonly add: (outcome: {
    readonly costs: Kind | undefined;
    readonly world: number;
    readonly appended: boolean;
    readonly process: number;
    readonly move: Move;
    readonly broken: Broken | undefined;
    readonly reading: boolean;
  }) => void;
  readonly from: Column;
  readonly count: () => number;
}

function outcomes(): OutcomeTable {
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
      costs.push(4 * cost + (outcome.reading ? 2 : 0) + (outcome.appended ? 1 : 0));
      worlds.push(outcome.world);
      processes.push(outcome.process);
      moves.push(number);
    },
    costOf: (outcome) => costs.at(outcome) >> 2,
    worldOf: worlds.at,
    processOf: processes.at,
    appended: (outcome) => (costs.at(outcome) & 1) === 1,
    isReading: (outcome) => (costs.at(outcome) & 2) === 2,
    brokenBy: (outcome) => (broken.size === 0 ? undefined : broken.get(outcome)),
    breaksAny: () => broken.size > 0,
    moveOf: (outcome) => told[moves.at(outcome)] ?? { who: "", what: "" },
  };
}

/** Outcomes `from` to before `end` of the table. */
export interface Turns extends Outcomes {
  /** Whether a process changes nothing by what it asks, whatever it is told; it may still break a promise by its end. */
  readonly onlyReads: (process: number) => boolean;
  /** Whether it is told the same in both worlds; a record that was appended to is another one, even with the same text. */
  readonly isToldTheSame: (process: number, from: number, to: number, appended: boolean) => boolean;
  /** Calculates what a process may come to in a world, if that is not known yet; answers where it stands. */
  readonly turnOf: (process: number, world: number) => number;
  readonly from: (turn: number) => number;
  readonly end: (turn: number) => number;
}

export interface Happenings extends Outcomes {
  readonly turnOf: (world: number) => number;
  readonly from: (turn: number) => number;
  readonly end: (turn: number) => number;
}

const until = (table: OutcomeTable, turn: number) =>
  turn + 1 === table.from.count() ? table.count() : table.from.at(turn + 1);

/** What becomes of what a process asks of a world: whatever the adversary may make of it, paid for or not. */
export function turnsIn({ core, plan, onNewCommit }: Played, bounds: Bounds, names: Numbering): Turns {
  const table = outcomes();
  const turns = rows(2);
  const key = [0, 0];
  const calculate = (number: number, worldNumber: number) => {
    const process = names.processOf(number);
    const world = names.worldOf(worldNumber);
    const request = pendingOf(process);
    if (request === undefined) return;
    for (const [chance, costs] of chancesOf(request, world, bounds)) {
      const { world: after, reply, broken } = serve(world, request, chance, names.foldEntries);
      const afterNumber = names.worldNumber(after);
      const next = answered(process, reply, { core, plan, onNewCommit, now: after.clock });
      table.add({
        costs,
        world: afterNumber,
        appended: after.head !== world.head,
        process: next.place.at === "end" ? atItsEnd : names.processNumber(next, after.head),
        move: { who: process.name, what: chance },
        broken: broken ?? checkAtEnd(next, after),
        reading: afterNumber === worldNumber && after.head === world.head,
      });
    }
  };
  /** What a process looks at decides what it comes to: of the whole world only who may change it. */
  const sights: (Sight | undefined)[] = [];
  const sightBy = (process: number): Sight => {
    let known = sights[process];
    if (known === undefined) {
      known = sightOf(pendingOf(names.processOf(process)));
      sights[process] = known;
    }
    return known;
  };
  return {
    ...table,
    from: table.from.at,
    end: (turn) => until(table, turn),
    onlyReads: (process) => sightBy(process) !== sight.world,
    isToldTheSame(process, from, to, appended) {
      const looksAt = sightBy(process);
      return !(appended && looksAt === sight.record) && names.seen(from, looksAt) === names.seen(to, looksAt);
    },
    turnOf(process, world) {
      key[0] = process;
      key[1] = names.seen(world, sightBy(process));
      const turn = turns.numberOf(key);
      if (turn === table.from.count()) {
        table.begin();
        calculate(process, world);
      }
      return turn;
    },
  };
}

/** What the answer to a request depends on, where that changes nothing whatever it is. */
function sightOf(request: Request | undefined): Sight {
  switch (request?.ask) {
    case "read":
      return request.after === undefined && request.until === undefined ? sight.record : sight.world;
    case "observe":
    case "read-back":
      return sight.platform;
    case "append":
      return isSpent(request) ? sight.time : sight.world;
    default:
      return sight.world;
  }
}

/** Whether a record that has gone on will never take it. */
export const isSpent = (request: Request | undefined) => request?.ask === "append" && request.onto !== 0;

/** What happens to a world without any process asking. */
export function happenings(bounds: Bounds, names: Numbering): Happenings {
  const table = outcomes();
  const turns = rows(1);
  const key = [0];
  return {
    ...table,
    from: table.from.at,
    end: (turn) => until(table, turn),
    turnOf(number) {
      key[0] = number;
      const turn = turns.numberOf(key);
      if (turn === table.from.count()) {
        table.begin();
        const before = names.worldOf(number);
        for (const { move, world: after, costs, broken } of happeningsIn(before, bounds))
          table.add({
            costs,
            world: names.worldNumber(after),
            appended: after.head !== before.head,
            process: atItsEnd,
            move,
            broken,
            reading: false,
          });
      }
      return turn;
    },
  };
}
