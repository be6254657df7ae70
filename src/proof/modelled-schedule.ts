import type { Plan } from "../plan.ts";
import { randomFrom } from "../seeded-random.ts";
import { beginnings, type Rest, type SharedMoment, sharedMoment, type Turn, type TurnFrom } from "./beginnings.ts";
import { type Broken, checkEnd, checkRollback } from "./invariants.ts";
import { answered, type Modelled, newProcess, pendingOf } from "./modelled-process.ts";
import { checkAtEnd, firstMoment, type Move, surroundings } from "./moves.ts";
import { provenPlan } from "./proven-runbooks.ts";
import { type Answer, type Choice, maxMoves, pick, plenty, type Schedule, troubleFrom, without } from "./schedule.ts";
import { type Core, type FoldEntries, foldWith, serve, type World } from "./world.ts";

/** Seeded schedules of the modelled processes: the real `decide` and `fold`, nothing asynchronous. */
export function modelledSchedules(core: Core, plan: Plan = provenPlan): (seed: number) => Schedule {
  const { world, processes } = firstMoment(plenty);
  const beginning = sharedMoment(world, processes);
  const modelling = { core, plan, foldEntries: foldWith(core), turnFrom: beginnings(), rests: new Map() };
  return (seed) => modelledSchedule(seed, beginning, modelling);
}

interface Modelling {
  readonly core: Core;
  readonly plan: Plan;
  readonly foldEntries: FoldEntries;
  readonly turnFrom: TurnFrom;
  /** By the world at rest, of which there are few. */
  readonly rests: Map<string, Rest>;
}

function modelledSchedule(seed: number, beginning: SharedMoment, modelling: Modelling): Schedule {
  const random = randomFrom(seed);
  const bounds = troubleFrom(random);
  const moves: Move[] = [];
  let moment = beginning;
  let left = bounds;
  const requestOf = (at: number) => pendingOf(moment.alive[at] as Modelled);
  const cancellable = (at: number) => moment.alive[at]?.role === "release" && !moment.alive[at]?.cancelled;
  const ended = (broken?: Broken): Schedule => ({
    moves,
    end: moment.world.record.release?.ended?.as ?? "under way",
    headlines: [],
    ...(broken === undefined ? {} : { broken }),
  });
  for (let made = 0; made < maxMoves && moment.alive.length > 0; made++) {
    const { world, alive } = moment;
    const picked = pick(random, world, left, alive.length, requestOf, cancellable);
    let turn: Turn;
    if (picked.pick === "around") {
      const around = surroundings({ world, processes: alive, left }, bounds);
      const step = around[Math.floor(random() * around.length)];
      if (step === undefined) continue;
      const { move, broken, moment: after } = step;
      left = after.left;
      turn = modelling.turnFrom(moment, -1, `${move.who} ${move.what}`, () => ({
        move,
        to: sharedMoment(after.world, after.processes),
        broken,
      }));
    } else if (picked.pick === "answer") {
      if (picked.kind !== undefined) left = without(left, picked.kind);
      turn = answeredIn(moment, picked, modelling);
    } else {
      left = without(left, picked.pick === "crash" ? "crashes" : "cancels");
      turn = struck(moment, picked, modelling);
    }
    moves.push(turn.move);
    if (turn.broken !== undefined) return ended(turn.broken);
    moment = turn.to;
  }
  moment.rest ??= modelledRest(moment.world, modelling);
  moves.push(...moment.rest.moves);
  return ended(moment.rest.broken);
}

/** The world answers what a process asks, and the process makes something of it. */
const answeredIn = (
  moment: SharedMoment,
  { index, request, chance }: Answer,
  { core, plan, foldEntries, turnFrom }: Modelling,
): Turn =>
  turnFrom(moment, index, chance, () => {
    const { alive } = moment;
    const process = alive[index] as Modelled;
    const { world, reply, broken } = serve(moment.world, request, chance, foldEntries);
    const next = answered(process, reply, { core, plan, now: world.clock });
    const others = next.place.at === "end" ? alive.toSpliced(index, 1) : alive.with(index, next);
    return {
      move: { who: process.name, what: chance },
      to: sharedMoment(world, others),
      broken: broken ?? checkAtEnd(next, world),
    };
  });

/** A process dies, or its job is told to stop. */
const struck = (
  moment: SharedMoment,
  { pick: what, index }: Extract<Choice, { pick: "crash" | "cancel" }>,
  { turnFrom }: Modelling,
): Turn =>
  turnFrom(moment, index, what, () => {
    const { world, alive } = moment;
    const process = alive[index] as Modelled;
    const others = what === "crash" ? alive.toSpliced(index, 1) : alive.with(index, { ...process, cancelled: true });
    return { move: { who: process.name, what }, to: sharedMoment(world, others) };
  });

/** A late write is lost, and one healthy re-run follows. */
function modelledRest(last: World, modelling: Modelling): Rest {
  const world: World = { ...last, head: 0, late: null };
  const { release } = world.record;
  if (release === null || release.ended !== null) return { moves: [], broken: atRest(world, modelling) };
  const text = JSON.stringify(world);
  const rest = modelling.rests.get(text) ?? healed(world, release.id, modelling);
  modelling.rests.set(text, rest);
  return rest;
}

function healed(from: World, release: number, modelling: Modelling): Rest {
  const { core, plan, foldEntries } = modelling;
  const moves: Move[] = [];
  const broken = (seen: string) => ({ moves, broken: { promise: "I5 convergence", seen } });
  let world = from;
  let process = newProcess("release", release, 9, "healing re-run");
  for (let request = pendingOf(process); request !== undefined; request = pendingOf(process)) {
    const served = serve(world, request, "ok", foldEntries);
    moves.push({ who: process.name, what: "ok" });
    if (served.broken !== undefined) return { moves, broken: served.broken };
    world = served.world;
    process = answered(process, served.reply, { core, plan, now: world.clock });
    if (moves.length > maxMoves) return broken("a healthy re-run did not end");
  }
  if (world.record.release?.ended == null) return broken("a healthy re-run left the release under way");
  return { moves, broken: checkAtEnd(process, world) ?? atRest(world, modelling) };
}

const atRest = (world: World, { core }: Modelling) => checkEnd(world) ?? checkRollback(core, world);
