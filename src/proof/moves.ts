import { fold } from "../record/fold.ts";
import { type Entry, emptyRecord } from "../record.ts";
import { answerTo, type Said } from "../release/answer.ts";
import type { Broken } from "./invariants.ts";
import { type Modelled, newProcess } from "./modelled-process.ts";
import {
  applyWrite,
  type Chance,
  candidateOf,
  foreignVersion,
  type Request,
  rememberWord,
  serves,
  setShares,
  stableVersion,
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

/** Something that happens without any process asking, and what it costs. */
export interface Happening {
  readonly move: Move;
  readonly world: World;
  readonly costs?: Kind;
  readonly broken?: Broken | undefined;
}

export interface Step {
  readonly move: Move;
  readonly moment: Moment;
  readonly broken?: Broken | undefined;
}

/** What becomes of a request when all is well, which costs nothing. */
export const wellOf = ({ ask }: Request): Chance => (ask === "judge" || ask === "look" ? "pass" : "ok");

/** What may become of a request, and what each possibility costs; all is well in the first. */
export function chancesOf(
  request: Request,
  world: World,
  left: Bounds,
): readonly (readonly [Chance, Kind | undefined])[] {
  const fault = left.faults > 0;
  const list: (readonly [Chance, Kind | undefined])[] = [];
  const add = (chance: Chance, kind?: Kind) => void list.push([chance, kind]);
  add(wellOf(request));
  switch (request.ask) {
    case "read":
    case "observe":
    case "read-back":
      if (fault) add("down", "faults");
      return list;
    case "append":
      if (fault) add("down", "faults");
      if (fault && request.onto === world.head) add("lost", "faults");
      return list;
    case "write": {
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
      if (left.verdicts > 0) {
        add("fail", "verdicts");
        add("hold", "verdicts");
      }
      return list;
    case "change":
    case "run":
      if (left.verdicts > 0) {
        add("fail", "verdicts");
        add("hold", "verdicts");
        add("throw", "verdicts");
      }
      return list;
  }
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

/** What happens to the world without any process asking, as far as what is left of the trouble pays for it. */
export function happeningsIn(world: World, left: Bounds): Happening[] {
  const list: Happening[] = [];
  const { release } = world.record;
  const add = (who: string, what: string, happening: Omit<Happening, "move">) =>
    void list.push({ move: { who, what }, ...happening });
  if (world.late !== null) {
    const landed = applyWrite({ ...world, late: null }, world.late);
    add("late write", "lands", { world: landed.world, broken: landed.broken });
    add("late write", "is lost", { world: { ...world, late: null } });
  }
  if (left.humans > 0)
    for (const shares of byHand(world))
      add("person", `moves traffic: ${shares.map((s) => `${s.version} ${s.weight}%`).join(", ")}`, {
        world: setShares({ ...world, truth: { ...world.truth, byHand: true } }, shares, "person"),
        costs: "humans",
      });
  if (left.waits > 0 && release?.traffic != null && release.ended === null)
    add("time", "passes", { world: { ...world, clock: world.clock + 1000 }, costs: "waits" });
  if (left.words > 0 && release !== null && release.ended === null)
    for (const said of allWords) {
      const after = toldBy(world, said);
      if (after !== undefined) add("somebody", `says ${said.name}`, { world: after, costs: "words" });
    }
  return list;
}

/** A process that may begin now, and what it costs. */
export interface Start {
  readonly costs: StartKind;
  readonly starts: Modelled;
}

/** Kinds of trouble that are processes besides the first release. */
export const startKinds = ["reruns", "releases", "dispatches", "rollbacks", "ticks"] as const;
export type StartKind = (typeof startKinds)[number];

/** Somebody who may begin: the so-manieth of its kind, from 0. */
export interface Newcomer {
  readonly kind: StartKind;
  readonly nth: number;
}

/** The process that begins in this world; undefined where none of that kind can. */
export function startIn({ record: { release } }: World, kind: StartKind, nth: number): Modelled | undefined {
  if (release === null) return undefined;
  switch (kind) {
    case "reruns":
      return newProcess("release", 1, 2 + nth, `release 1.${2 + nth}`);
    case "releases":
      return newProcess("release", 2, 1 + nth, `release 2.${1 + nth}`);
    case "dispatches":
      return newProcess("person", release.id, 1, "person's rollback");
    case "rollbacks":
      return release.ended === null ? newProcess("rollback", release.id, release.attempt, "rollback job") : undefined;
    case "ticks":
      return release.ended === null ? newProcess("tick", release.id, release.attempt, "tick") : undefined;
  }
}

/** Which processes may begin, as far as what is left of the trouble pays for them. */
export const startsIn = (world: World, left: Bounds, bounds: Bounds): Start[] =>
  startKinds.flatMap((costs) => {
    const starts = left[costs] > 0 ? startIn(world, costs, bounds[costs] - left[costs]) : undefined;
    return starts === undefined ? [] : [{ costs, starts }];
  });

/** What happens without any process asking. */
export function surroundings({ world, processes, left }: Moment, bounds: Bounds): Step[] {
  const paid = (kind: Kind | undefined): Bounds => (kind === undefined ? left : { ...left, [kind]: left[kind] - 1 });
  const around = happeningsIn(world, left).map(
    ({ move, world: after, costs, broken }): Step => ({
      move,
      moment: { world: after, processes, left: paid(costs) },
      broken,
    }),
  );
  const begun = startsIn(world, left, bounds).map(
    ({ costs, starts }): Step => ({
      move: { who: starts.name, what: "starts" },
      moment: { world, processes: [...processes, starts], left: paid(costs) },
    }),
  );
  return [...around, ...begun];
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
  // Where a broken limit takes a candidate one share down, that very share looks like the release's own doing.
  const { traffic = null, plan } = world.record.release ?? {};
  const stepping = plan?.stages.find(({ name, onFail }) => name === traffic?.stage && onFail === "step-back");
  const lower = stepping?.shifts[(traffic?.shift ?? 0) - 1];
  if (staged && lower !== undefined)
    ways.push([
      { version: candidate, weight: lower.weight },
      { version: stableVersion, weight: 100 - lower.weight },
    ]);
  return ways.filter((shares) => !serves(world.shares, shares));
}

/** What people answer to whatever waits for them. */
export const answeredByPeople = (world: World): World | undefined =>
  (["continue", "approve", "sign-off"] as const)
    .map((name) => toldBy(world, { name, rest: name === "sign-off" ? "final" : "" }))
    .find((told) => told !== undefined);
