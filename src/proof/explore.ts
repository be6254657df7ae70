import type { Plan } from "../plan.ts";
import { type Entry, type EnvironmentRecord, emptyRecord, fold } from "../record.ts";
import type { NewCommitPolicy } from "../release/admit.ts";
import { answerTo, type Said } from "../release/answer.ts";
import { changeToUndo } from "../release/changes.ts";
import { type Broken, checkEnd, checkRollback, leftOn } from "./invariants.ts";
import { answered, type Modelled, newProcess, pendingOf } from "./modelled-process.ts";
import {
  applyWrite,
  type Chance,
  type Core,
  candidateOf,
  type FoldEntries,
  foreignVersion,
  type Request,
  rememberWord,
  serve,
  serves,
  setShares,
  stableVersion,
  type Truth,
  unprovenIn,
  type World,
} from "./world.ts";

/** How much of each kind of trouble one schedule may hold. */
export interface Bounds {
  /** Failures of the platform or the record. */
  readonly faults: number;
  readonly crashes: number;
  /** Re-runs of the first release, while earlier attempts may still live. */
  readonly reruns: number;
  /** A second line of the first release. */
  readonly rollbacks: number;
  readonly ticks: number;
  /** Rollbacks dispatched by a person. */
  readonly dispatches: number;
  /** Changes of traffic made by hand. */
  readonly humans: number;
  /** Releases besides the first. */
  readonly releases: number;
  readonly cancels: number;
  /** Steps that fail, hold or throw, and judgements that hold or fail: the adversary may lie this often. */
  readonly verdicts: number;
  /** Times that the longest hold passes. */
  readonly waits: number;
  /** Words of people to the release: holds, answers, approvals, signatures. */
  readonly words: number;
}

export const kinds = [
  "faults",
  "crashes",
  "reruns",
  "rollbacks",
  "ticks",
  "dispatches",
  "humans",
  "releases",
  "cancels",
  "verdicts",
  "waits",
  "words",
] as const;
export type Kind = (typeof kinds)[number];

/** One move of the adversary: a process gets its answer, or something happens around it. */
export interface Move {
  /** Name of the process, or of what happens: `late write`, `person`, `time`. */
  readonly who: string;
  readonly what: string;
}

/** Everything there is at one moment. */
export interface Moment {
  readonly world: World;
  readonly processes: readonly Modelled[];
  readonly left: Bounds;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Rest states from which a fault-free continuation was followed to its end. */
  readonly convergences: number;
  /** Every state within the bounds was visited. */
  readonly exhausted: boolean;
  readonly counterexample?: { readonly broken: Broken; readonly moves: readonly Move[] };
}

export interface Exploring {
  readonly core: Core;
  readonly plan: Plan;
  readonly bounds: Bounds;
  readonly maxStates?: number;
  /** What a second push does while the first release is under way; `wait-latest` when absent. */
  readonly onNewCommit?: NewCommitPolicy | undefined;
}

export function firstMoment(bounds: Bounds): Moment {
  const world: World = {
    generation: 1,
    shares: [{ version: stableVersion, weight: 100 }],
    setBy: "start",
    head: 0,
    record: emptyRecord("production"),
    late: null,
    on: [],
    clock: 0,
    truth: {
      ...{ proven: [], recorded: [], announced: [], over: [], done: [], watched: [], adopted: [], promoted: [] },
      byHand: false,
    },
  };
  return { world, processes: [newProcess("release", 1, 1, "release 1.1")], left: bounds };
}

export interface Step {
  readonly move: Move;
  readonly moment: Moment;
  readonly broken?: Broken | undefined;
}

const spend = (left: Bounds, kind: Kind): Bounds => ({ ...left, [kind]: left[kind] - 1 });

/** What may become of a request, and what each possibility costs. */
export function chancesOf(
  request: Request,
  world: World,
  left: Bounds,
): readonly (readonly [Chance, Kind | undefined])[] {
  const fault = left.faults > 0;
  const list: (readonly [Chance, Kind | undefined])[] = [];
  const add = (chance: Chance, kind?: Kind) => void list.push([chance, kind]);
  switch (request.ask) {
    case "read":
    case "observe":
    case "read-back":
      add("ok");
      if (fault) add("down", "faults");
      return list;
    case "append":
      add("ok");
      if (fault) add("down", "faults");
      if (fault && request.onto === world.head) add("lost", "faults");
      return list;
    case "write": {
      add("ok");
      if (!fault) return list;
      add("unavailable", "faults");
      add("down", "faults");
      const taken = request.write.ifGeneration === undefined || request.write.ifGeneration === `g${world.generation}`;
      if (taken) add("lost", "faults");
      if (taken && world.late === null) add("late", "faults");
      return list;
    }
    case "judge":
    case "look":
      add("pass");
      if (left.verdicts > 0) {
        add("fail", "verdicts");
        add("hold", "verdicts");
      }
      return list;
    case "change":
    case "run":
      add("ok");
      if (left.verdicts > 0) {
        add("fail", "verdicts");
        add("hold", "verdicts");
        add("throw", "verdicts");
      }
      return list;
  }
}

/** Everything that can happen next. */
export function nextSteps(
  moment: Moment,
  { core, plan, bounds, onNewCommit }: Exploring,
  foldEntries: FoldEntries,
): Step[] {
  const steps: Step[] = [];
  const { world, processes, left } = moment;
  processes.forEach((process, index) => {
    const request = pendingOf(process);
    if (request === undefined) return;
    const others = processes.filter((_, other) => other !== index);
    for (const [chance, kind] of chancesOf(request, world, left)) {
      const served = serve(world, request, chance, foldEntries);
      const next = answered(process, served.reply, { core, plan, onNewCommit, now: served.world.clock });
      const paid = kind === undefined ? left : spend(left, kind);
      steps.push({
        move: { who: process.name, what: chance },
        moment: { world: served.world, processes: [...others, next], left: paid },
        broken: served.broken ?? checkAtEnd(next, served.world),
      });
    }
    if (left.crashes > 0)
      steps.push({
        move: { who: process.name, what: "crash" },
        moment: { world, processes: others, left: spend(left, "crashes") },
      });
    if (left.cancels > 0 && !process.cancelled && process.role === "release")
      steps.push({
        move: { who: process.name, what: "cancel" },
        moment: { world, processes: [...others, { ...process, cancelled: true }], left: spend(left, "cancels") },
      });
  });
  return [...steps, ...surroundings(moment, bounds)];
}

/** I10: who reports success has a finished release to show for it; who reports going back has traffic on stable. */
export function checkAtEnd(process: Modelled, world: World): Broken | undefined {
  const { place, role, release } = process;
  if (place.at !== "end" || role === "person") return undefined;
  if (place.verdict === "pass" && !world.truth.done.includes(release))
    return {
      promise: "I10 no silent end",
      seen: `${process.name} reported success, and release ${release} was never done`,
    };
  return undefined;
}

/** What happens without any process asking. */
export function surroundings({ world, processes, left }: Moment, bounds: Bounds): Step[] {
  const steps: Step[] = [];
  const { release } = world.record;
  const add = (who: string, what: string, changes: Partial<Moment>, broken?: Broken) =>
    void steps.push({ move: { who, what }, moment: { world, processes, left, ...changes }, broken });
  const start = (kind: Kind, role: Modelled["role"], id: number, attempt: number, name: string) => {
    if (left[kind] > 0)
      add(name, "starts", { processes: [...processes, newProcess(role, id, attempt, name)], left: spend(left, kind) });
  };
  if (world.late !== null) {
    const landed = applyWrite({ ...world, late: null }, world.late);
    add("late write", "lands", { world: landed.world }, landed.broken);
    add("late write", "is lost", { world: { ...world, late: null } });
  }
  if (left.humans > 0)
    for (const shares of byHand(world))
      add("person", `moves traffic: ${shares.map((s) => `${s.version} ${s.weight}%`).join(", ")}`, {
        world: setShares({ ...world, truth: { ...world.truth, byHand: true } }, shares, "person"),
        left: spend(left, "humans"),
      });
  if (left.waits > 0 && release?.traffic != null && release.ended === null)
    add("time", "passes", { world: { ...world, clock: world.clock + 1000 }, left: spend(left, "waits") });
  if (left.words > 0 && release !== null && release.ended === null)
    for (const said of allWords) {
      const after = toldBy(world, said);
      if (after !== undefined) add("somebody", `says ${said.name}`, { world: after, left: spend(left, "words") });
    }
  if (release === null) return steps;
  const attempt = 2 + bounds.reruns - left.reruns;
  start("reruns", "release", 1, attempt, `release 1.${attempt}`);
  const again = 1 + bounds.releases - left.releases;
  start("releases", "release", 2, again, `release 2.${again}`);
  start("dispatches", "person", release.id, 1, "person's rollback");
  if (release.ended === null) {
    start("rollbacks", "rollback", release.id, release.attempt, "rollback job");
    start("ticks", "tick", release.id, release.attempt, "tick");
  }
  return steps;
}

const allWords: readonly Said[] = [
  { name: "hold", rest: "" },
  { name: "continue", rest: "" },
  { name: "rollback", rest: "" },
  { name: "approve", rest: "" },
  { name: "sign-off", rest: "final" },
];

/** The world after somebody with every role said something; undefined when it is refused. */
function toldBy(world: World, said: Said): World | undefined {
  const answer = answerTo(world.record, said, { actor: "ada", teams: [] }, world.clock);
  if (answer.answer === "refuse") return undefined;
  const entry: Entry = { ...answer.fact, at: world.clock, by: { run: 0, attempt: 1, actor: "ada" } };
  const truth = rememberWord(world, entry);
  return { ...world, head: world.head + 1, record: fold(world.record, entry), truth };
}

/** Ways in which a person may move traffic from where it is. */
function byHand(world: World) {
  const release = world.record.release?.id ?? 1;
  const candidate = unprovenIn(world.shares, release, world.truth)?.version ?? candidateOf(release);
  const staged = world.shares.some(({ version }) => version === candidate);
  const ways = [[{ version: stableVersion, weight: 100 }], [{ version: foreignVersion, weight: 100 }]];
  if (staged)
    ways.push(
      [{ version: candidate, weight: 100 }],
      [
        { version: candidate, weight: 50 },
        { version: stableVersion, weight: 50 },
      ],
    );
  return ways.filter((shares) => !serves(world.shares, shares));
}

/** Numbers records, so that equal ones are the same object and states can be told apart cheaply. */
function recordNumbers(core: Core) {
  const known = new Map<string, EnvironmentRecord>();
  const numbers = new Map<EnvironmentRecord, number>();
  const intern = (record: EnvironmentRecord): EnvironmentRecord => {
    const slim = withoutNoise(record);
    const text = JSON.stringify(slim);
    const present = known.get(text);
    if (present !== undefined) return present;
    known.set(text, slim);
    numbers.set(slim, known.size);
    return slim;
  };
  const folded = new Map<string, EnvironmentRecord>();
  const foldEntries: FoldEntries = (record, entries) => {
    const key = `${numberOf(record)}|${JSON.stringify(entries)}`;
    const present = folded.get(key);
    if (present !== undefined) return present;
    const made = intern(entries.reduce(core.fold, record));
    folded.set(key, made);
    return made;
  };
  const numberOf = (record: EnvironmentRecord): number => numbers.get(record) ?? numbers.get(intern(record)) ?? 0;
  return { foldEntries, numberOf };
}

/** Times, counts and texts that no decision reads would only tell equal states apart. */
function withoutNoise(record: EnvironmentRecord): EnvironmentRecord {
  const { release } = record;
  const { queued } = record;
  const waits = queued && { ...queued, at: 0, message: "" };
  const lean = { ...record, entries: 0, served: [], queued: waits };
  if (release === null) return lean;
  const quiet = <T extends object>(value: T | null) => (value === null ? null : { ...value, at: 0 });
  const steps = Object.entries(release.steps)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, step]) => [key, { ...step, at: 0, attempt: 1, message: "", reason: "" }]);
  return {
    ...lean,
    rejected: record.rejected.map((known) => ({ ...known, reason: "" })),
    release: {
      ...release,
      startedAt: 0,
      steps: Object.fromEntries(steps),
      intent: quiet(release.intent),
      verdict: release.verdict === null ? null : { ...release.verdict, at: 0, reason: "" },
      interrupted: release.interrupted === null ? null : { reason: "", at: 0 },
      ended: release.ended === null ? null : { ...release.ended, at: 0, reason: "", message: "" },
    },
  };
}

/** Breadth first, so that the first counterexample is a shortest one. */
export function explore(exploring: Exploring): Exploration {
  const { bounds, core, maxStates = 20_000_000 } = exploring;
  const { foldEntries, numberOf } = recordNumbers(core);
  const seen = new Map<string, number[]>();
  const converged = new Set<string>();
  const parents: number[] = [-1];
  const moves: (Move | undefined)[] = [undefined];
  let frontier: { moment: Moment; index: number }[] = [{ moment: firstMoment(bounds), index: 0 }];
  let transitions = 0;

  const story = (index: number, last?: Move): Move[] => {
    const told: Move[] = last === undefined ? [] : [last];
    for (let at = index; at > 0; at = parents[at] ?? -1) {
      const move = moves[at];
      if (move !== undefined) told.unshift(move);
    }
    return told;
  };
  const result = (rest: Partial<Exploration>): Exploration => ({
    states: parents.length,
    transitions,
    convergences: converged.size,
    exhausted: false,
    ...rest,
  });

  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { moment, index } of frontier) {
      const { world } = moment;
      const rest = `${worldKey(world, numberOf)}`;
      if (world.late === null && !converged.has(rest)) {
        converged.add(rest);
        const unhealed = checkRest(world, exploring, foldEntries);
        if (unhealed !== undefined)
          return result({ counterexample: { broken: unhealed.broken, moves: [...story(index), ...unhealed.moves] } });
      }
      for (const { move, moment: after, broken } of nextSteps(moment, exploring, foldEntries)) {
        transitions++;
        if (broken !== undefined) return result({ counterexample: { broken, moves: story(index, move) } });
        const alive = after.processes.filter((process) => process.place.at !== "end");
        const lean = { ...after, processes: alive };
        if (!isNew(seen, lean, numberOf)) continue;
        parents.push(index);
        moves.push(move);
        next.push({ moment: lean, index: parents.length - 1 });
      }
      if (parents.length > maxStates) return result({});
    }
    frontier = next;
  }
  return result({ exhausted: true });
}

/** A state with no more trouble left than one seen before leads nowhere new. */
function isNew(seen: Map<string, number[]>, moment: Moment, numberOf: (record: EnvironmentRecord) => number): boolean {
  const key = momentKey(moment, numberOf);
  const left = pack(moment.left);
  const known = seen.get(key);
  if (known === undefined) {
    seen.set(key, [left]);
    return true;
  }
  if (known.some((other) => covers(other, left))) return false;
  seen.set(key, [...known.filter((other) => !covers(left, other)), left]);
  return true;
}

/** Two bits for each kind of trouble. */
const pack = (left: Bounds): number => kinds.reduce((packed, kind) => packed * 4 + left[kind], 0);

function covers(more: number, less: number): boolean {
  for (let a = more, b = less; b > 0; a = Math.floor(a / 4), b = Math.floor(b / 4)) if (a % 4 < b % 4) return false;
  return true;
}

function worldKey(world: World, numberOf: (record: EnvironmentRecord) => number): string {
  const { truth, late } = world;
  const shares = world.shares.map(({ version, weight }) => `${version}${weight}`).join();
  const sent =
    late === null
      ? ""
      : `${late.by}>${late.to.map(({ version, weight }) => `${version}${weight}`).join()}@${late.ifGeneration}/${late.announced}${late.pin === true ? "!" : ""}`;
  const on = world.on.join();
  return [numberOf(world.record), world.generation, shares, world.setBy, sent, on, world.clock, truthKey(truth)].join(
    "|",
  );
}

const truthKeys = new WeakMap<Truth, string>();

function truthKey(truth: Truth): string {
  const known = truthKeys.get(truth);
  if (known !== undefined) return known;
  const { proven, recorded, announced, over, done, adopted, watched, promoted } = truth;
  const facts = [proven, recorded, announced, over, done, adopted, watched, promoted];
  const key = `${facts.map((known) => known.join()).join("|")}${truth.byHand ? "|by hand" : ""}`;
  truthKeys.set(truth, key);
  return key;
}

function momentKey({ world, processes }: Moment, numberOf: (record: EnvironmentRecord) => number): string {
  const keys = processes.map((process) => processKey(process, world.head, numberOf)).sort();
  return `${worldKey(world, numberOf)}#${keys.join("#")}`;
}

/** A snapshot as its record and whether it is still the newest: an old one can never be appended to again. */
function processKey(process: Modelled, head: number, numberOf: (record: EnvironmentRecord) => number): string {
  const snapshot = snapshotOf(process.place);
  const basis = snapshot === undefined ? "" : `${numberOf(snapshot.record)}${snapshot.head === head ? "=" : "<"}`;
  return basis + placeKey(process);
}

function snapshotOf(place: Modelled["place"]) {
  if ("turn" in place && "snapshot" in place.turn) return place.turn.snapshot;
  if ("onto" in place) return place.onto;
  if ("known" in place) return place.known;
  return "snapshot" in place ? place.snapshot : undefined;
}

const placeKeys = new WeakMap<Modelled, string>();
/** What decisions never read, or what the snapshot says already. */
const untold = new Set(["snapshot", "onto", "known", "message", "plan", "planned", "steps", "shifts"]);

function placeKey(process: Modelled): string {
  const known = placeKeys.get(process);
  if (known !== undefined) return known;
  const place = JSON.stringify(process.place, (key, value) => (untold.has(key) ? undefined : value));
  const acting = process.own === undefined ? "" : `~${process.release}.${process.attempt}`;
  const key = `${process.name}${acting}${process.cancelled ? "!" : ""}${place}`;
  placeKeys.set(process, key);
  return key;
}

/** At rest everything agrees, a person can roll back, and whoever comes next brings the release to an end. */
function checkRest(
  world: World,
  exploring: Exploring,
  foldEntries: FoldEntries,
): { broken: Broken; moves: readonly Move[] } | undefined {
  const broken = checkEnd(world) ?? checkRollback(exploring.core, world);
  if (broken !== undefined) return { broken, moves: [] };
  const { release } = world.record;
  if (release === null || (release.ended !== null && changeToUndo(release) === undefined)) return undefined;
  // What ended is left to the second line and to who comes next: a re-run is refused, or would overtake who waits.
  const anew = release.ended?.as === "failed" && release.promoted === null && world.record.queued === null;
  const refused = release.ended !== null && !anew;
  const roles = refused ? (["rollback"] as const) : (["release", "rollback"] as const);
  for (const verdict of ["pass", "fail"] as const)
    for (const role of roles) {
      const attempt = role === "release" ? 9 : release.attempt;
      const process = newProcess(role, release.id, attempt, role === "release" ? "healing re-run" : "healing rollback");
      const unhealed = heal(world, process, verdict, exploring, foldEntries);
      if (unhealed !== undefined) return unhealed;
    }
  return undefined;
}

const patience = 240;
/** How often people answer before a release that waits on counts as stuck. */
const answers = 8;

/** Follows one process through a healthy world to its end; tells what is wrong when it does not end well. */
function heal(
  from: World,
  first: Modelled,
  verdict: Chance,
  { core, plan, onNewCommit }: Exploring,
  foldEntries: FoldEntries,
): { broken: Broken; moves: readonly Move[] } | undefined {
  const moves: Move[] = [];
  let world = from;
  let process = first;
  let words = answers;
  const failed = (broken: Broken) => ({ broken, moves });
  const seen = (text: string) => failed({ promise: "I5 convergence", seen: text });
  for (let asked = 0; asked < patience; asked++) {
    const request = pendingOf(process);
    if (request === undefined) {
      // What waits for people goes on when they answer.
      const told = words > 0 && world.record.release?.ended === null ? answeredByPeople(world) : undefined;
      if (told === undefined) break;
      words -= 1;
      world = told;
      process = first;
      continue;
    }
    const chance = request.ask === "judge" || request.ask === "look" ? verdict : "ok";
    const served = serve(world, request, chance, foldEntries);
    moves.push({ who: first.name, what: chance });
    process = answered(process, served.reply, { core, plan, onNewCommit, now: served.world.clock });
    world = served.world;
    const broken = served.broken ?? checkAtEnd(process, world);
    if (broken !== undefined) return failed(broken);
  }
  if (process.place.at !== "end") return seen(`a fault-free ${first.name} did not end within ${patience} requests`);
  if (world.record.release?.ended == null)
    return seen(`a fault-free ${first.name} ended with "${process.place.reason}", and the release is still under way`);
  if (world.record.release.ended.as === "halted" && world.generation !== from.generation)
    return seen("the release halted although it was the release itself that moved traffic");
  const odd = leftOn(world);
  if (odd !== undefined) return seen(odd);
  const broken = checkEnd(world);
  return broken === undefined ? undefined : failed(broken);
}

/** What people answer to whatever waits for them. */
export const answeredByPeople = (world: World): World | undefined =>
  (["continue", "approve", "sign-off"] as const)
    .map((name) => toldBy(world, { name, rest: name === "sign-off" ? "final" : "" }))
    .find((told) => told !== undefined);
