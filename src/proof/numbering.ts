import type { EnvironmentRecord } from "../record.ts";
import type { Modelled } from "./modelled-process.ts";
import { type Column, column, rows } from "./rows.ts";
import type { Core, FoldEntries, Truth, World, Write } from "./world.ts";

/**
 * Numbers for worlds and processes, so that equal ones have one number and a state is three of them. The head of a
 * world is always 0 here: of a snapshot it only counts whether it is still the newest, because an old one can never be
 * appended to again. What no decision reads is left out.
 */
export interface Numbering {
  readonly foldEntries: FoldEntries;
  readonly worlds: () => number;
  readonly worldNumber: (world: World) => number;
  readonly worldOf: (number: number) => World;
  /** A number for what is seen of a world by who looks at no more than this: worlds that have it in common answer alike. */
  readonly seen: (world: number, sight: Sight) => number;
  /** The number of a process whose snapshots were taken of a record with this head or an older one. */
  readonly processNumber: (process: Modelled, head: number) => number;
  readonly processOf: (number: number) => Modelled;
  /** The same process when somebody else has appended. */
  readonly overtaken: (number: number) => number;
  /** The same process with its job told to stop; itself where that is told already, or tells it nothing. */
  readonly cancelled: (number: number) => number;
}

/** What is looked at; the time, and which releases are done, belong to all of it. */
export const sight = { world: 0, record: 1, platform: 2, time: 3 } as const;
export type Sight = (typeof sight)[keyof typeof sight];

/** Equal things, by a text that tells them apart, once each. */
function numbered<T>(textOf: (thing: T) => string) {
  const known = new Map<string, number>();
  const things: T[] = [];
  return {
    of(number: number): T {
      const thing = things[number];
      if (thing === undefined) throw new RangeError(`Nothing has the number ${number}.`);
      return thing;
    },
    numberOf(thing: T): number {
      const text = textOf(thing);
      const present = known.get(text);
      if (present !== undefined) return present;
      known.set(text, things.length);
      return things.push(thing) - 1;
    },
  };
}

const sharesText = (shares: World["shares"]) => shares.map(({ version, weight }) => `${version}${weight}`).join();
const writeText = (write: Write) =>
  `${write.by}>${sharesText(write.to)}@${write.ifGeneration}/${write.announced}${write.pin === true ? "!" : ""}`;

function truthText(truth: Truth): string {
  const { proven, recorded, announced, over, done, adopted, watched, promoted } = truth;
  const facts = [proven, recorded, announced, over, done, adopted, watched, promoted];
  return `${facts.map((known) => known.join()).join("|")}${truth.byHand ? "|by hand" : ""}`;
}

export function numbering(core: Pick<Core, "fold">): Numbering {
  const { foldEntries, numberOf: recordNumber, of: recordOf } = records(core);
  const sets = numbered(sharesText);
  const setters = numbered<World["setBy"]>(String);
  const writes = numbered<Write | null>((write) => (write === null ? "" : writeText(write)));
  const turnedOn = numbered<World["on"]>((on) => on.join());
  const truths = numbered(truthText);
  const known = rows(8);
  const dones = numbered<readonly number[]>((done) => done.join());
  const times = rows(2);
  const [recordSights, platformSights] = [rows(2), rows(3)];
  /** By sight and world: what is seen. */
  const seen = Object.values(sight).map(column);
  const look = (world: number) => {
    const { done } = truths.of(known.at(world, 7));
    const time = times.numberOf([known.at(world, 6), dones.numberOf(done)]);
    seen[sight.world]?.push(world);
    seen[sight.record]?.push(recordSights.numberOf([time, known.at(world, 0)]));
    seen[sight.platform]?.push(platformSights.numberOf([time, known.at(world, 1), known.at(world, 2)]));
    seen[sight.time]?.push(time);
  };

  const processes = numbered<Modelled>((process) => processText(process, recordNumber));

  const processNumber = (process: Modelled, head: number) =>
    processes.numberOf(
      withSnapshot(process, (snapshot) => ({
        head: snapshot.head === head ? 0 : -1,
        record: recordOf(recordNumber(snapshot.record)),
      })),
    );

  return {
    foldEntries,
    worlds: known.count,
    worldNumber(world) {
      const count = known.count();
      const number = known.numberOf([
        recordNumber(world.record),
        world.generation,
        sets.numberOf(world.shares),
        setters.numberOf(world.setBy),
        writes.numberOf(world.late),
        turnedOn.numberOf(world.on),
        world.clock,
        truths.numberOf(world.truth),
      ]);
      if (number === count) look(number);
      return number;
    },
    worldOf: (number) => ({
      head: 0,
      record: recordOf(known.at(number, 0)),
      generation: known.at(number, 1),
      shares: sets.of(known.at(number, 2)),
      setBy: setters.of(known.at(number, 3)),
      late: writes.of(known.at(number, 4)),
      on: turnedOn.of(known.at(number, 5)),
      clock: known.at(number, 6),
      truth: truths.of(known.at(number, 7)),
    }),
    seen: (world, sight) => seen[sight]?.at(world) ?? world,
    processNumber,
    processOf: processes.of,
    // One ahead of every head there is: what was the newest is not any more.
    overtaken: remembered(column(), (number) => processNumber(processes.of(number), 1)),
    cancelled: remembered(column(), (number) => {
      const process = processes.of(number);
      return process.cancelled || process.role !== "release"
        ? number
        : processNumber({ ...process, cancelled: true }, 0);
    }),
  };
}

/** Computes once for each number. */
const remembered = (known: Column, compute: (number: number) => number) => (number: number) => {
  while (known.count() <= number) known.push(-1);
  if (known.at(number) < 0) known.set(number, compute(number));
  return known.at(number);
};

/** Numbers records, so that equal ones are the same object and states can be told apart cheaply. */
function records(core: Pick<Core, "fold">) {
  const slim = numbered<EnvironmentRecord>((record) => textOf(record));
  const numbers = new WeakMap<EnvironmentRecord, number>();
  const numberOf = (record: EnvironmentRecord): number => {
    const present = numbers.get(record);
    if (present !== undefined) return present;
    const number = slim.numberOf(withoutNoise(record));
    numbers.set(record, number);
    numbers.set(slim.of(number), number);
    return number;
  };
  const folded = new Map<string, number>();
  const foldEntries: FoldEntries = (record, entries) => {
    const key = `${numberOf(record)}|${JSON.stringify(entries)}`;
    const number = folded.get(key) ?? numberOf(entries.reduce(core.fold, record));
    folded.set(key, number);
    return slim.of(number);
  };
  return { foldEntries, numberOf, of: slim.of };
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

type Snapshot = Extract<Modelled["place"], { at: "begin-look" }>["snapshot"];

/** The process with the one snapshot it stands on changed; itself when it has none. */
function withSnapshot(process: Modelled, change: (snapshot: Snapshot) => Snapshot): Modelled {
  const { place } = process;
  // Who reads anew goes on with what it knows where it cannot, whatever its turn began with.
  if ("known" in place && place.known !== undefined)
    return { ...process, place: { ...place, known: change(place.known) } };
  if ("turn" in place && "snapshot" in place.turn)
    return { ...process, place: { ...place, turn: { ...place.turn, snapshot: change(place.turn.snapshot) } } as Place };
  if ("onto" in place) return { ...process, place: { ...place, onto: change(place.onto) } };
  if ("snapshot" in place && place.snapshot !== undefined)
    return { ...process, place: { ...place, snapshot: change(place.snapshot) } };
  return process;
}

type Place = Modelled["place"];

/** What decisions never read, or what the snapshot says already. */
const untold = new Set(["snapshot", "onto", "known", "message", "plan", "planned", "steps", "shifts"]);

function processText(process: Modelled, recordNumber: (record: EnvironmentRecord) => number): string {
  let basis = "";
  withSnapshot(process, (snapshot) => {
    basis = `${recordNumber(snapshot.record)}${snapshot.head === 0 ? "=" : "<"}`;
    return snapshot;
  });
  const acting = process.own === undefined ? "" : `~${process.release}.${process.attempt}`;
  const place = textOf(process.place, untold);
  return `${process.name}${acting}${process.cancelled ? "!" : ""}${basis}${place}`;
}

/** One text for equal things, in whatever order they were put together. */
function textOf(thing: unknown, without: ReadonlySet<string> = nothing): string {
  if (typeof thing !== "object" || thing === null)
    return typeof thing === "string" ? JSON.stringify(thing) : `${thing}`;
  if (Array.isArray(thing)) return `[${thing.map((part) => textOf(part, without)).join()}]`;
  let text = "{";
  const parts = thing as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(parts).sort())
    if (parts[key] !== undefined && !without.has(key)) text += `${key}:${textOf(parts[key], without)},`;
  return `${text}}`;
}

const nothing: ReadonlySet<string> = new Set();
