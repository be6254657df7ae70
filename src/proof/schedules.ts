import type { Plan } from "../plan.ts";
import { planOf } from "../plan.ts";
import { headline } from "../record/headline.ts";
import type { Entry } from "../record.ts";
import { changeToUndo } from "../release/changes.ts";
import { type Runbook, runbookSchema } from "../runbook.ts";
import { beginnings, type Rest, type SharedMoment, sharedMoment, type Turn, type TurnFrom } from "./beginnings.ts";
import { type Broken, checkEnd, checkRollback, leftOn } from "./invariants.ts";
import { answered, type Modelled, newProcess, pendingOf } from "./modelled-process.ts";
import {
  answeredByPeople,
  type Bounds,
  chancesOf,
  checkAtEnd,
  firstMoment,
  type Kind,
  kinds,
  type Move,
  surroundings,
  wellOf,
} from "./moves.ts";
import { type Program, type RealProcess, type Running, startReal } from "./real-process.ts";
import { type Chance, type Core, type FoldEntries, type Request, serve, type World } from "./world.ts";

const baseOfRunbook = {
  runbook: 1,
  service: "shop",
  environment: "production",
  url: "https://shop.example",
  "on-new-commit": "wait-latest",
  target: { local: { admin: "http://127.0.0.1:4001", start: "node server.mjs", health: "/health" } },
  metrics: { "error-rate": { exposition: { path: "/metrics", bad: "bad_total", total: "all_total" } } },
};
const twoShares = {
  shifts: [
    { traffic: "5%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] },
    { traffic: "100%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] },
  ],
  "max-hold": "1s",
};

/** A release of one stage: deploy, then a canary of two judged shares. */
export const provenRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  stages: [{ name: "release", deploy: {}, canary: twoShares }],
});
export const provenPlan: Plan = planOf(provenRunbook);

/** The same where a newer push ends what is under way. */
export const replacingRunbook: Runbook = { ...provenRunbook, "on-new-commit": "replace" };

/** Three shares, and a broken limit takes the candidate one share down. */
export const steppingRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  stages: [
    {
      name: "release",
      deploy: {},
      canary: {
        shifts: ["5%", "25%", "100%"].map((traffic) => ({ ...twoShares.shifts[0], traffic })),
        "max-hold": "1s",
        "on-fail": "step-back",
      },
    },
  ],
});

const atOnce = { shifts: [{ traffic: "100%", hold: "500ms", every: "100ms", limits: ["error-rate < 1%"] }] };

/**
 * Two stages, each with a version and flags of its own. The second one is watched: what its watch sends back went to all
 * traffic before, and the flags of the first stage stay with what that one brought.
 */
export const stagedRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  flags: { beta: { set: "set", read: "read" } },
  stages: [
    { name: "first", flags: { beta: "few" }, deploy: {}, canary: { ...atOnce, "max-hold": "1s" } },
    {
      name: "second",
      flags: { beta: "all" },
      deploy: {},
      canary: { ...atOnce, "max-hold": "1s" },
      watch: { for: "200ms", every: "100ms", limits: ["error-rate < 1%"] },
    },
  ],
});

/** The same with people, maintenance and watches: everything that waits for somebody, or is turned on besides traffic. */
export const attendedRunbook: Runbook = runbookSchema.parse({
  ...baseOfRunbook,
  people: { cto: ["ada"] },
  maintenance: { around: ["migrate"], page: { on: "up", off: "down" }, jobs: { stop: "stop", start: "start" } },
  stages: [
    {
      name: "release",
      approve: { by: ["cto"], minimum: 1 },
      migrate: { sql: { directory: "migrations" } },
      deploy: {},
      canary: { ...twoShares, "on-fail": "ask", "on-short-evidence": "approve", "decide-within": "500ms" },
      watch: { for: "200ms", every: "100ms", limits: ["error-rate < 1%"], "on-fail": "ask", "decide-within": "300ms" },
    },
  ],
  watch: { for: "100ms", every: "100ms", limits: ["error-rate < 1%"] },
  "sign-off": { order: ["final"], final: { by: ["cto"] } },
});

/** Uniform in [0, 1), from a 32-bit seed: mulberry32 by Tommy Ettinger, public domain. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Schedule {
  readonly moves: readonly Move[];
  readonly broken?: Broken;
  /** How the release ended. */
  readonly end: string;
  readonly headlines: readonly string[];
}

const mostOf: Readonly<Record<Kind, number>> = {
  faults: 3,
  crashes: 2,
  reruns: 2,
  rollbacks: 1,
  ticks: 2,
  dispatches: 1,
  humans: 1,
  releases: 1,
  cancels: 1,
  verdicts: 3,
  waits: 2,
  words: 0,
};

/** How much trouble a schedule holds: mostly little of each kind, so that schedules also get far. */
function troubleFrom(random: () => number, most = mostOf): Bounds {
  const trouble: Record<Kind, number> = { ...most };
  for (const kind of kinds) trouble[kind] = Math.floor(random() ** 2 * (most[kind] + 1));
  return trouble;
}

const plenty = Object.fromEntries(kinds.map((kind) => [kind, 1])) as Record<Kind, number>;

const foldWith =
  (core: Pick<Core, "fold">): FoldEntries =>
  (record, entries) =>
    entries.reduce(core.fold, record);

const maxMoves = 600;
/** How often people answer what waits for them within one schedule. */
const mostResumed = 6;

interface Answer {
  readonly pick: "answer";
  readonly index: number;
  readonly request: Request;
  readonly chance: Chance;
  readonly kind: Kind | undefined;
}

type Choice =
  | Answer
  | { readonly pick: "crash"; readonly index: number }
  | { readonly pick: "cancel"; readonly index: number }
  | { readonly pick: "around" };

/** Chooses what happens next; mostly somebody is answered, and mostly well. */
function pick(
  random: () => number,
  world: World,
  left: Bounds,
  count: number,
  requestOf: (index: number) => Request | undefined,
  cancellable: (index: number) => boolean,
): Choice {
  const index = Math.floor(random() * count);
  const request = requestOf(index);
  const luck = random();
  if (request === undefined || luck < 0.08) return { pick: "around" };
  if (luck < 0.1 && left.crashes > 0) return { pick: "crash", index };
  if (luck < 0.12 && left.cancels > 0 && cancellable(index)) return { pick: "cancel", index };
  if (luck < 0.72) return { pick: "answer", index, request, chance: wellOf(request), kind: undefined };
  const chances = chancesOf(request, world, left);
  const chosen = chances.length === 1 ? 0 : Math.floor(random() * chances.length);
  const [chance, kind] = chances[chosen] ?? ([wellOf(request), undefined] as const);
  return { pick: "answer", index, request, chance, kind };
}

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

const without = (left: Bounds, kind: Kind): Bounds => ({ ...left, [kind]: left[kind] - 1 });

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
      left = { ...left, crashes: left.crashes - 1 };
      alive = alive.filter((other) => other !== process);
    } else if (picked.pick === "cancel") {
      moves.push({ who: process.name, what: "cancel" });
      left = { ...left, cancels: left.cancels - 1 };
      process.cancel();
    } else {
      moves.push({ who: process.name, what: picked.chance });
      if (picked.kind !== undefined) left = { ...left, [picked.kind]: left[picked.kind] - 1 };
      const served = serve(stage.world, request, picked.chance, foldEntries);
      stage.world = served.world;
      if (served.broken !== undefined) return ended(served.broken);
      process.answer(served.reply);
    }
  }
  return ended(await realRest(stage, running, core, foldEntries, moves));
}

/** Virtual time moves when somebody sleeps, and never otherwise. */
const runningOn = (stage: Stage, program: Program, runbook: Runbook): Running => ({
  program,
  runbook,
  now: () => stage.world.clock,
  pass(ms) {
    stage.world = { ...stage.world, clock: stage.world.clock + Math.round(ms) };
  },
});

function silentEnd(
  state: { readonly asks: Request } | { readonly ended: string },
  process: RealProcess | undefined,
  world: World,
): Broken | undefined {
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

export interface Replayed {
  readonly broken?: Broken | undefined;
  /** Where the model and the real code parted; undefined when they agreed on every request. */
  readonly differs?: string | undefined;
  readonly end: string;
}

/** Plays recorded moves with the model and the real code side by side, in one world. */
export async function replay(
  moves: readonly Move[],
  program: Program,
  core: Core,
  runbook: Runbook = provenRunbook,
): Promise<Replayed> {
  const { "on-new-commit": onNewCommit } = runbook;
  const plan = planOf(runbook);
  const stage: Stage = { world: firstMoment(plenty).world, entries: [] };
  const foldEntries = foldWith(core);
  const running = runningOn(stage, program, runbook);
  const models = new Map<string, Modelled>();
  const reals = new Map<string, RealProcess>();
  const start = (role: Modelled["role"], release: number, attempt: number, name: string) => {
    models.set(name, newProcess(role, release, attempt, name));
    if (role !== "person") reals.set(name, startReal(role, release, attempt, name, running));
  };
  const result = (rest: Partial<Replayed>): Replayed => ({
    end: stage.world.record.release?.ended?.as ?? "under way",
    ...rest,
  });
  start("release", 1, 1, "release 1.1");
  for (const [index, { who, what }] of moves.entries()) {
    if (!models.has(who) && (what === "starts" || who.startsWith("healing"))) {
      const begun = processNamed(who, stage.world);
      start(begun.role, begun.release, begun.attempt, who);
      if (who.startsWith("healing")) stage.world = { ...stage.world, late: null };
      if (what === "starts") continue;
    }
    const model = models.get(who);
    const real = reals.get(who);
    if (model === undefined) {
      const around = surroundings({ world: stage.world, processes: [], left: plenty }, plenty);
      const step = around.find(({ move }) => move.who === who && move.what === what);
      if (step === undefined) return result({ differs: `move ${index + 1}, "${who} ${what}", cannot happen any more` });
      stage.world = step.moment.world;
      if (step.broken !== undefined) return result({ broken: step.broken });
      continue;
    }
    if (what === "crash") {
      models.delete(who);
      reals.delete(who);
      continue;
    }
    if (what === "cancel") {
      models.set(who, { ...model, cancelled: true });
      real?.cancel();
      continue;
    }
    const stopped = await real?.stopped();
    const request = pendingOf(model);
    const asked = stopped === undefined ? request : "asks" in stopped ? stopped.asks : undefined;
    if (request === undefined && asked === undefined) continue;
    if (request === undefined || asked === undefined || inShort(request) !== inShort(asked))
      return result({ differs: `move ${index + 1}: the model asks ${inShort(request)}, the code ${inShort(asked)}` });
    const served = serve(stage.world, asked, what as Chance, foldEntries);
    stage.world = served.world;
    if (served.broken !== undefined) return result({ broken: served.broken });
    real?.answer(served.reply);
    await real?.stopped();
    // The real code may have slept on until its next request; the model decides at the moment of the answer.
    models.set(who, answered(model, served.reply, { core, plan, onNewCommit, now: served.world.clock }));
  }
  return result({ broken: stage.world.late === null ? checkRollback(core, stage.world) : undefined });
}

function processNamed(name: string, { record }: World): { role: Modelled["role"]; release: number; attempt: number } {
  const numbered = /^release (\d+)\.(\d+)$/.exec(name);
  if (numbered !== null) return { role: "release", release: Number(numbered[1]), attempt: Number(numbered[2]) };
  const { id = 1, attempt = 1 } = record.release ?? {};
  if (name === "healing re-run") return { role: "release", release: id, attempt: 9 };
  if (name === "tick") return { role: "tick", release: id, attempt };
  return { role: name.includes("person") ? "person" : "rollback", release: id, attempt };
}

/** A request without what the two may word differently. */
function inShort(request: Request | undefined): string {
  if (request === undefined) return "nothing";
  if (request.ask === "append") return `append ${request.entries.map(entryInShort).join(" + ")}`;
  if (request.ask === "write") return `write ${JSON.stringify(request.write)}`;
  if (request.ask === "judge") return `judge ${request.share.weight} at ${request.share.generation}`;
  return request.ask;
}

function entryInShort(entry: Entry): string {
  const generation = "generation" in entry ? entry.generation : "";
  const outcome = "outcome" in entry ? entry.outcome : "as" in entry ? entry.as : "";
  const weight = "weight" in entry ? entry.weight : "";
  return [entry.kind, entry.release, entry.by.attempt, outcome, weight, generation].join(" ");
}
