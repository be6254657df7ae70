import { headline } from "../record/headline.ts";
import type { Entry } from "../record.ts";
import { changeToUndo } from "../release/changes.ts";
import type { Runbook } from "../runbook.ts";
import { randomFrom } from "../seeded-random.ts";
import { type Broken, checkEnd, checkRollback, leftOn } from "./invariants.ts";
import { answeredByPeople, type Bounds, firstMoment, type Move, surroundings } from "./moves.ts";
import { provenRunbook } from "./proven-runbooks.ts";
import { type Program, type RealProcess, type Running, runningOn, type Stopped, startReal } from "./real-process.ts";
import { type Choice, maxMoves, mostOf, pick, type Schedule, troubleFrom, without } from "./schedule.ts";
import { type Core, type FoldEntries, type Request, serve, type World } from "./world.ts";

/** How often people answer what waits for them within one schedule. */
const mostResumed = 6;

interface Stage {
  world: World;
  readonly entries: Entry[];
}

/** One seeded schedule of the real `begin` and `advance` on virtual time. */
export async function realSchedule(
  seed: number,
  program: Program,
  core: Core,
  runbook: Runbook = provenRunbook,
): Promise<Schedule> {
  const random = randomFrom(seed);
  const people = runbook.people === undefined ? 0 : 8;
  const bounds = troubleFrom(random, { ...mostOf, words: people });
  return playReal(
    { program, core, bounds, runbook },
    (world, left, requests, cancellable) =>
      pick(random, world, left, requests.length, (at) => requests[at], cancellable),
    (count) => Math.floor(random() * count),
  );
}

type Chooser = (
  world: World,
  left: Bounds,
  requests: readonly Request[],
  cancellable: (index: number) => boolean,
) => Choice;

interface Playing {
  readonly program: Program;
  readonly core: Core;
  readonly bounds: Bounds;
  readonly runbook: Runbook;
}

async function playReal(
  { program, core, bounds, runbook }: Playing,
  choose: Chooser,
  among: (count: number) => number,
): Promise<Schedule> {
  const stage: Stage = { world: firstMoment(bounds).world, entries: [] };
  const foldEntries: FoldEntries = (record, entries) => {
    stage.entries.push(...entries);
    return entries.reduce(core.fold, record);
  };
  const running = runningOn(stage, program, runbook);
  const moves: Move[] = [];
  let left = bounds;
  let resumed = 0;
  let alive: readonly RealProcess[] = [startReal("release", 1, 1, "release 1.1", running)];
  const ended = (broken?: Broken): Schedule => ({
    moves,
    end: stage.world.record.release?.ended?.as ?? "under way",
    headlines: stage.entries.map(headline),
    ...(broken === undefined ? {} : { broken }),
  });

  for (let made = 0; made < maxMoves; made++) {
    const stopped = await Promise.all(alive.map((process) => process.stopped()));
    const silent = stopped.map((state, index) => silentEnd(state, alive[index], stage.world)).find(Boolean);
    if (silent !== undefined) return ended(silent);
    const going = alive.flatMap((process, index) => {
      const state = stopped[index];
      return state !== undefined && "asks" in state ? [{ process, request: state.asks }] : [];
    });
    alive = going.map(({ process }) => process);
    if (alive.length === 0) {
      // Whoever waited for people ended its run: they answer, and the release is taken up by a run of its own.
      const asked = runbook.people !== undefined && resumed < mostResumed;
      const told = asked ? answeredByPeople(stage.world) : undefined;
      const id = stage.world.record.release?.id;
      if (told === undefined || id === undefined) break;
      resumed += 1;
      stage.world = told;
      moves.push({ who: "somebody", what: "answers" });
      alive = [startReal("release", id, 100 + resumed, `release ${id}.${100 + resumed}`, running)];
      continue;
    }
    const cancellable = (at: number) => alive[at]?.role === "release" && alive[at]?.cancelled() === false;
    const picked = choose(
      stage.world,
      left,
      going.map(({ request }) => request),
      cancellable,
    );
    if (picked.pick === "around") {
      const around = surroundings({ world: stage.world, processes: [], left }, bounds).filter(
        ({ moment }) => moment.processes[0]?.role !== "person",
      );
      const step = around[among(around.length)];
      if (step === undefined) continue;
      moves.push(step.move);
      stage.world = step.moment.world;
      left = step.moment.left;
      if (step.broken !== undefined) return ended(step.broken);
      const [begun] = step.moment.processes;
      if (begun !== undefined)
        alive = [...alive, startReal(begun.role, begun.release, begun.attempt, begun.name, running)];
      continue;
    }
    const chosen = going[picked.index];
    if (chosen === undefined) continue;
    const { process, request } = chosen;
    if (picked.pick === "crash") {
      moves.push({ who: process.name, what: "crash" });
      left = without(left, "crashes");
      alive = alive.filter((other) => other !== process);
    } else if (picked.pick === "cancel") {
      moves.push({ who: process.name, what: "cancel" });
      left = without(left, "cancels");
      process.cancel();
    } else {
      moves.push({ who: process.name, what: picked.chance });
      if (picked.kind !== undefined) left = without(left, picked.kind);
      const served = serve(stage.world, request, picked.chance, foldEntries);
      stage.world = served.world;
      if (served.broken !== undefined) return ended(served.broken);
      process.answer(served.reply);
    }
  }
  return ended(await realRest(stage, running, core, foldEntries, moves));
}

function silentEnd(state: Stopped, process: RealProcess | undefined, world: World): Broken | undefined {
  if ("asks" in state || process === undefined) return undefined;
  if (state.ended.startsWith("threw: ") && !state.ended.includes("The step threw"))
    return { promise: "I10 no silent end", seen: `${process.name} ${state.ended}` };
  if (state.ended !== "pass" || world.truth.done.includes(process.release)) return undefined;
  return { promise: "I10 no silent end", seen: `${process.name} reported success, and its release was never done` };
}

async function realRest(
  stage: Stage,
  running: Running,
  core: Core,
  foldEntries: FoldEntries,
  moves: Move[],
): Promise<Broken | undefined> {
  stage.world = { ...stage.world, late: null };
  const { release } = stage.world.record;
  // Later than every attempt before it.
  const healing = running.runbook.people === undefined ? 9 : 900;
  // A release that has ended may still have a page up, or workers that stand still.
  const unfinished = () => {
    const { release: newest } = stage.world.record;
    return newest === null || newest.ended === null || changeToUndo(newest) !== undefined;
  };
  for (let attempt = healing; release !== null && unfinished(); attempt++) {
    const told =
      attempt === healing || stage.world.record.release?.ended != null ? stage.world : answeredByPeople(stage.world);
    if (told === undefined || attempt > healing + 12)
      return { promise: "I5 convergence", seen: "a healthy re-run left the release under way" };
    stage.world = told;
    // What has ended is left to the second line: a re-run may be refused, because a newer release waits.
    const { ended = null, attempt: newest = 1 } = stage.world.record.release ?? {};
    const process =
      ended === null
        ? startReal("release", release.id, attempt, "healing re-run", running)
        : startReal("rollback", release.id, newest, "healing rollback", running);
    for (let state = await process.stopped(); "asks" in state; state = await process.stopped()) {
      if (moves.length > 2 * maxMoves) return { promise: "I5 convergence", seen: "a healthy re-run did not end" };
      moves.push({ who: process.name, what: "ok" });
      const served = serve(stage.world, state.asks, "ok", foldEntries);
      stage.world = served.world;
      if (served.broken !== undefined) return served.broken;
      process.answer(served.reply);
    }
  }
  const odd = release === null ? undefined : leftOn(stage.world);
  if (odd !== undefined) return { promise: "I5 convergence", seen: odd };
  return checkEnd(stage.world) ?? checkRollback(core, stage.world);
}
