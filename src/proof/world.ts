import type { Production, Serving } from "../deploy-target.ts";
import type { fold } from "../record/fold.ts";
import type { Entry, EnvironmentRecord } from "../record.ts";
import type { admit } from "../release/admit.ts";
import type { decide, Judgement, Look } from "../release.ts";
import type { chooseRollback } from "../rollback.ts";
import type { VerdictKind } from "../verdict.ts";
import { type Broken, checkAppend, checkFolded, checkWrite } from "./invariants.ts";

/** The functions under proof: the real ones, or a mutant of them. */
export interface Core {
  readonly admit: typeof admit;
  readonly decide: typeof decide;
  readonly fold: typeof fold;
  readonly chooseRollback: typeof chooseRollback;
}

/** A write of weights on its way to the platform. */
export interface Write {
  /** Who sent it: a release of ours, or a person's rollback. */
  readonly by: number | "person";
  readonly to: readonly Serving[];
  readonly ifGeneration: string | undefined;
  /** The share of a raise that stood announced in the record its sender decided on; undefined without one. */
  readonly announced?: number | undefined;
  /** A release that is not on record yet writes the shares once more as they are. */
  readonly pin?: true | undefined;
}

export interface Share {
  readonly stage: string;
  readonly shift: number;
  readonly weight: number;
  readonly generation: string;
}

/** What a process asks of the world; between two requests it only computes. */
export type Request =
  /** Read the record, after waiting for so many milliseconds, or until then. */
  | { readonly ask: "read"; readonly after?: number; readonly until?: number }
  | { readonly ask: "append"; readonly onto: number; readonly entries: readonly Entry[] }
  | { readonly ask: "observe" }
  | { readonly ask: "write"; readonly write: Write }
  | { readonly ask: "read-back" }
  | { readonly ask: "judge"; readonly share: Share }
  /** Look at what serves production, when the time has come. */
  | { readonly ask: "look"; readonly stage: string; readonly generation: string; readonly at: number }
  /** Run the commands that turn something on or off; they are ended at `until`. */
  | {
      readonly ask: "change";
      readonly what: string;
      readonly stage: string;
      readonly to: "on" | "off";
      readonly until: number;
      readonly release: number;
    }
  | { readonly ask: "run"; readonly stage: string; readonly step: string; readonly release: number };

export interface Snapshot {
  readonly head: number;
  readonly record: EnvironmentRecord;
}

export type Reply =
  | { readonly got: "snapshot"; readonly snapshot: Snapshot }
  | { readonly got: "conflict" }
  | { readonly got: "production"; readonly production: Production }
  | { readonly got: "taken" }
  | { readonly got: "refused"; readonly production: Production }
  | { readonly got: "unavailable" }
  | { readonly got: "silence" }
  | { readonly got: "judgement"; readonly judgement: Judgement }
  | { readonly got: "step"; readonly verdict: VerdictKind; readonly candidate?: string }
  | { readonly got: "look"; readonly look: Look }
  | { readonly got: "changed"; readonly verdict: "pass" | "fail" }
  /** The outside system failed; the process sees an exception. */
  | { readonly got: "failure" };

/**
 * What the adversary makes of a request. `ok` is what a healthy world does; `down` fails without effect; `lost` has its
 * effect and the answer is lost; `late` is a write that goes on travelling after its sender gave up; the rest are
 * verdicts of judges and steps.
 */
export type Chance = "ok" | "down" | "unavailable" | "lost" | "late" | "pass" | "fail" | "hold" | "throw";

/** The platform, the record and what really happened. Immutable: every change makes a new one. */
export interface World {
  readonly generation: number;
  /** Percent by version; staged ones have 0. Sorted by version. */
  readonly shares: readonly Serving[];
  /** Who set the present shares. */
  readonly setBy: number | "person" | "start";
  readonly head: number;
  readonly record: EnvironmentRecord;
  readonly late: Write | null;
  /** What is turned on besides traffic: `maintenance`, `workers`, and flags by their release and stage, such as `flags/1/second`. */
  readonly on: readonly string[];
  /** Milliseconds since the beginning. */
  readonly clock: number;
  readonly truth: Truth;
}

/** What an all-seeing observer remembers, to judge the releases by. */
export interface Truth {
  /** Shares whose candidate really was judged good while production stood still, as `shareKey`. */
  readonly proven: readonly string[];
  /** Passes in the journal, as `shareKey`. */
  readonly recorded: readonly string[];
  /** Raises in the journal that were announced, as `shareKey`. */
  readonly announced: readonly string[];
  /** Releases that gave traffic back or ended: their candidate must never come back. */
  readonly over: readonly number[];
  /** Releases that the journal once called done. */
  readonly done: readonly number[];
  /** Watches that were really judged good, as `release/stage/generation`. */
  readonly watched: readonly string[];
  /** A person moved traffic on the platform: a release may then begin on anything. */
  readonly byHand: boolean;
  /** Generations that a release read back as exactly what it had announced, whoever set them. */
  readonly adopted: readonly string[];
  /** Versions that an earlier stage proved on all traffic: what a later stage goes back to. */
  readonly promoted: readonly string[];
}

export const shareKey = (release: number, share: Share) =>
  `${release}/${share.stage}/${share.shift}/${share.weight}/${share.generation}`;

/** The stage of a plan with several that another one follows. */
export const earlierStage = "first";

/** What a release's stage brings: one version, or where stages have commits of their own one for each. */
export const candidateOf = (release: number, stage = "release") =>
  stage === "release" ? `candidate-${release}` : `candidate-${release}-${stage}`;

/** The version of a release that is not proven, of these shares: its weight is what gates are about. */
export function unprovenIn(shares: readonly Serving[], release: number, { promoted }: Truth): Serving | undefined {
  const ours = shares.filter(
    ({ version }) => version === candidateOf(release) || version.startsWith(`${candidateOf(release)}-`),
  );
  const unproven = ours.filter(({ version }) => !promoted.includes(version));
  return unproven.find(({ weight }) => weight > 0) ?? unproven[0];
}
/** What a stage of a release turns on; another release finds its own as this one left them. */
export const flagsOf = (release: number, stage: string) => `flags/${release}/${stage}`;
export const stableVersion = "stable";
export const foreignVersion = "foreign";

export const productionOf = (world: World): Production => ({
  generation: `g${world.generation}`,
  serving: world.shares,
});

export function weightOf(shares: readonly Serving[], version: string): number {
  return shares.find((share) => share.version === version)?.weight ?? 0;
}

/** Whether exactly these weights serve. */
export const serves = (shares: readonly Serving[], wanted: readonly Serving[]) =>
  [...shares, ...wanted].every(({ version }) => weightOf(shares, version) === weightOf(wanted, version));

export function setShares(world: World, wanted: readonly Serving[], setBy: World["setBy"]): World {
  const versions = new Set([...world.shares, ...wanted].map(({ version }) => version));
  const shares = [...versions].sort().map((version) => ({ version, weight: weightOf(wanted, version) }));
  const same = serves(world.shares, wanted);
  return { ...world, generation: world.generation + 1, shares, setBy: same ? world.setBy : setBy };
}

export const withFact = <T>(facts: readonly T[], fact: T): readonly T[] =>
  facts.includes(fact) ? facts : [...facts, fact].sort();

export interface Served {
  readonly world: World;
  readonly reply: Reply;
  readonly broken?: Broken | undefined;
}

export type FoldEntries = (record: EnvironmentRecord, entries: readonly Entry[]) => EnvironmentRecord;

/** As the record itself does it: one entry after the other. */
export const foldWith =
  (core: Pick<Core, "fold">): FoldEntries =>
  (record, entries) =>
    entries.reduce(core.fold, record);

/** Lets the world answer one request the way the adversary chose. */
export function serve(world: World, request: Request, chance: Chance, foldEntries: FoldEntries): Served {
  const failed = chance === "down";
  const failure: Reply = { got: "failure" };
  switch (request.ask) {
    case "read": {
      const { after = 0, until = 0 } = request;
      const clock = Math.max(world.clock + after, until);
      return {
        world: clock === world.clock ? world : { ...world, clock },
        reply: failed ? failure : { got: "snapshot", snapshot: snapshotOf(world) },
      };
    }
    case "observe":
    case "read-back":
      return { world, reply: failed ? failure : { got: "production", production: productionOf(world) } };
    case "append":
      return serveAppend(world, request, chance, foldEntries);
    case "write":
      return serveWrite(world, request.write, chance);
    case "judge":
      return serveJudge(world, request.share, chance);
    case "look":
      return serveLook(world, request, chance);
    case "change":
      return serveChange(world, request, chance);
    case "run":
      return serveRun(world, request, chance);
  }
}

const snapshotOf = (world: World): Snapshot => ({ head: world.head, record: world.record });

function serveAppend(
  world: World,
  request: Extract<Request, { ask: "append" }>,
  chance: Chance,
  foldEntries: FoldEntries,
): Served {
  if (chance === "down") return { world, reply: { got: "failure" } };
  if (request.onto !== world.head) return { world, reply: { got: "conflict" } };
  const broken = checkAppend(world, request.entries);
  const next = {
    ...world,
    head: world.head + 1,
    setBy: request.entries.some((entry) => adopts(entry, world)) ? "start" : world.setBy,
    record: foldEntries(world.record, request.entries),
    truth: request.entries.reduce(remember, world.truth),
  };
  const reply: Reply = chance === "lost" ? { got: "failure" } : { got: "snapshot", snapshot: snapshotOf(next) };
  return { world: next, reply, broken: broken ?? checkFolded(world, next, request.entries) };
}

/** A release that begins on what a person set takes it as its way back. */
const adopts = (entry: Entry, world: World) => entry.kind === "started" && entry.generation === `g${world.generation}`;

function remember(truth: Truth, entry: Entry): Truth {
  if (entry.kind === "intent")
    return { ...truth, announced: withFact(truth.announced, shareKey(entry.release, entry)) };
  if (entry.kind === "verdict" && entry.verdict === "pass")
    return { ...truth, recorded: withFact(truth.recorded, shareKey(entry.release, entry)) };
  if (entry.kind === "result" && entry.outcome === "applied")
    return { ...truth, adopted: withFact(truth.adopted, entry.generation) };
  if (entry.kind === "ended" && entry.as === "done")
    return { ...truth, done: withFact(truth.done, entry.release), over: withFact(truth.over, entry.release) };
  if ((entry.kind === "rollback" && entry.as !== "rollback-incomplete") || entry.kind === "ended")
    return { ...truth, over: withFact(truth.over, entry.release) };
  if (entry.kind === "started") return { ...truth, over: truth.over.filter((release) => release !== entry.release) };
  if (entry.kind === "step" && entry.stage === earlierStage && entry.step === "canary" && entry.outcome === "passed")
    return { ...truth, promoted: withFact(truth.promoted, candidateOf(entry.release, entry.stage)) };
  return truth;
}

/** A person who lets a share or a watch go on that was asked about has proven it. */
export function rememberWord({ record, truth }: World, entry: Entry): Truth {
  const question = record.release?.people.question ?? null;
  if (entry.kind !== "order" || entry.order !== "continue" || question === null || question.answered) return truth;
  if (entry.of !== "question") return truth;
  if (question.about === "page") return truth;
  if (question.step === "watch")
    return question.about === "short"
      ? { ...truth, watched: withFact(truth.watched, watchKey(entry.release, question.stage, question.generation)) }
      : truth;
  const key = shareKey(entry.release, question);
  return { ...truth, proven: withFact(truth.proven, key), recorded: withFact(truth.recorded, key) };
}

/** The platform takes or refuses a write: compare-and-set on the generation, which every accepted write changes. */
export function applyWrite(world: World, write: Write): { world: World; taken: boolean; broken?: Broken | undefined } {
  if (write.ifGeneration !== undefined && write.ifGeneration !== `g${world.generation}`) return { world, taken: false };
  const broken = checkWrite(world, write);
  const changed = setShares(world, write.to, write.by);
  const unproven = write.by === "person" ? undefined : unprovenIn(write.to, write.by, world.truth);
  const gaveBack = write.by !== "person" && write.pin !== true && (unproven?.weight ?? 0) === 0;
  const over = gaveBack ? withFact(world.truth.over, Number(write.by)) : world.truth.over;
  return { world: { ...changed, truth: { ...world.truth, over } }, taken: true, broken };
}

function serveWrite(world: World, write: Write, chance: Chance): Served {
  if (chance === "unavailable") return { world, reply: { got: "unavailable" } };
  if (chance === "down") return { world, reply: { got: "silence" } };
  if (chance === "late") return { world: { ...world, late: write }, reply: { got: "silence" } };
  const { world: after, taken, broken } = applyWrite(world, write);
  if (chance === "lost") return { world: after, reply: { got: "silence" }, broken };
  return {
    world: after,
    reply: taken ? { got: "taken" } : { got: "refused", production: productionOf(world) },
    broken,
  };
}

function serveJudge(world: World, share: Share, chance: Chance): Served {
  const verdict = chance === "ok" || chance === "pass" ? "pass" : chance === "fail" ? "fail" : "hold";
  const release = world.record.release?.id ?? 0;
  const stood = share.generation === `g${world.generation}`;
  const judgement = { ...share, verdict, reason: `judged-${verdict}`, message: `It was judged: ${verdict}.` } as const;
  if (verdict !== "pass" || !stood) return { world, reply: { got: "judgement", judgement } };
  const proven = withFact(world.truth.proven, shareKey(release, share));
  return { world: { ...world, truth: { ...world.truth, proven } }, reply: { got: "judgement", judgement } };
}

/** Time passes until the look is due; a look at another generation than the one that serves proves nothing. */
function serveLook(world: World, { stage, generation, at }: Extract<Request, { ask: "look" }>, chance: Chance): Served {
  const clock = Math.max(world.clock, at);
  const from = world.record.release?.watch?.lookedAt ?? 0;
  const verdict = chance === "fail" || chance === "hold" ? chance : "pass";
  const seen = { from, to: clock, seenMs: clock - from, largestGapMs: clock - from, seenAt: clock };
  const words = { verdict, reason: `watched-${verdict}`, message: `It was watched: ${verdict}.` } as const;
  const look: Look = { stage, generation, ...seen, ...words };
  const good = verdict === "pass" && generation === `g${world.generation}`;
  const key = watchKey(world.record.release?.id ?? 0, stage, generation);
  const truth = good ? { ...world.truth, watched: withFact(world.truth.watched, key) } : world.truth;
  return { world: { ...world, clock, truth }, reply: { got: "look", look } };
}

export const watchKey = (release: number, stage: string, generation: string) => `${release}/${stage}/${generation}`;

function serveChange(world: World, request: Extract<Request, { ask: "change" }>, chance: Chance): Served {
  if (chance === "throw") return { world, reply: { got: "failure" } };
  // A command that has not done its work by then is ended.
  if (world.clock >= request.until) return { world, reply: { got: "changed", verdict: "fail" } };
  const name = request.what === "flags" ? flagsOf(request.release, request.stage) : request.what;
  const off = world.on.filter((known) => known !== name);
  // A command that fails may have done its work all the same.
  const on = request.to === "on" ? withFact(world.on, name) : chance === "fail" ? world.on : off;
  return { world: { ...world, on }, reply: { got: "changed", verdict: chance === "fail" ? "fail" : "pass" } };
}

function serveRun(world: World, request: Extract<Request, { ask: "run" }>, chance: Chance): Served {
  if (chance === "throw") return { world, reply: { got: "failure" } };
  const verdict = chance === "fail" || chance === "hold" ? chance : "pass";
  if (request.step !== "deploy" || verdict !== "pass") return { world, reply: { got: "step", verdict } };
  const candidate = candidateOf(request.release, request.stage);
  const staged = world.shares.some((share) => share.version === candidate);
  const shares = staged
    ? world.shares
    : [...world.shares, { version: candidate, weight: 0 }].sort((a, b) => (a.version < b.version ? -1 : 1));
  return { world: { ...world, shares }, reply: { got: "step", verdict, candidate } };
}
