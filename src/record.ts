import * as z from "zod";
import { planSchema, stepNames } from "./plan.ts";
import { common, sha, share, shortText, text, version } from "./record/author.ts";
import { change, changedEntry, changingEntry, foldChange, openCommand, withConfigured } from "./record/changes.ts";
import {
  answers,
  approvalEntry,
  askedEntry,
  attestedEntry,
  foldPeople,
  nobody,
  orderEntry,
  peopleState,
  signatureEntry,
  skippedEntry,
  steppedBackEntry,
  warnedEntry,
} from "./record/people.ts";
import { leftToUndo } from "./record/standing-changes.ts";
import { dequeuedEntry, foldQueue, queuedEntry, waitingRelease } from "./record/waiting.ts";
import { continuedWatch, foldLook, lookEntry, newWatch, watchState } from "./record/watching.ts";
import { firstOpen } from "./release/due.ts";

/** Entries carry at most this much evidence; what is larger is summarised by whoever appends it. */
export const maxEvidenceBytes = 32 * 1024;

/** How a release can end. `held` means: put back on stable unproven, the commit is not at fault. */
export const endings = [
  "done",
  "failed",
  "rolled-back",
  "rolled-back-unhealthy",
  "rollback-incomplete",
  "held",
  "halted",
  "superseded",
] as const;
export type Ending = (typeof endings)[number];

export const verdictKinds = ["pass", "fail", "hold", "error"] as const;

/** One fact about a release. Entries are only ever added; `fold` turns them into the present state. */
export const entrySchema = z.discriminatedUnion("kind", [
  /** A release begins: what it is, what it will do, and what served before it. */
  z.strictObject({
    kind: z.literal("started"),
    ...common,
    commit: sha,
    runbookHash: z.string(),
    plan: planSchema,
    stable: version,
    generation: z.string(),
  }),
  /** A re-run takes the release over; earlier attempts may not write any more. */
  z.strictObject({ kind: z.literal("resumed"), ...common }),
  z.strictObject({
    kind: z.literal("step"),
    ...common,
    stage: z.string(),
    step: z.enum(stepNames),
    outcome: z.enum(["begun", "passed", "failed", "held"]),
    reason: z.string(),
    message: text,
    /** Set by the deploy step: the version that was staged and where it answers. */
    candidate: z.strictObject({ version, url: z.string() }).optional(),
    /** Set by the configure step: names of variables, never a value, and the platform's handle of what was before. */
    configured: z
      .strictObject({
        changed: z.array(z.string().max(200)).max(500),
        unreadable: z.array(z.string().max(200)).max(500),
        before: z.string().max(2000).optional(),
      })
      .optional(),
    evidence: z.unknown().optional(),
  }),
  /** Written before traffic is raised: the share wanted, the generation seen, and the way back. */
  z.strictObject({
    kind: z.literal("intent"),
    ...common,
    ...share,
    restore: z.strictObject({ version, generation: z.string() }),
  }),
  /** What the platform said when it was read after the write. */
  z.strictObject({
    kind: z.literal("result"),
    ...common,
    outcome: z.enum(["applied", "not-applied"]),
    weight: z.number(),
    generation: z.string(),
    message: text,
  }),
  /** A judgement of one share; it counts only for the weight and generation it was made at. */
  z.strictObject({
    kind: z.literal("verdict"),
    ...common,
    ...share,
    verdict: z.enum(verdictKinds),
    reason: z.string(),
    message: text,
    evidence: z.unknown().optional(),
    /** What the gate knows so far: a hold that goes on in another process goes on from here. */
    gate: z.unknown().optional(),
  }),
  /** The process was told to stop in the middle; whoever comes next finishes or goes back. */
  z.strictObject({ kind: z.literal("interrupted"), ...common, reason: z.string(), message: text }),
  /** Traffic was given back. Follows the platform write, never precedes it. */
  z.strictObject({
    kind: z.literal("rollback"),
    ...common,
    from: version.nullable(),
    to: version,
    generation: z.string(),
    /** The stage whose beginning was returned to; absent when a person chose the version. */
    stage: z.string().optional(),
    as: z.enum(["rolled-back", "rolled-back-unhealthy", "rollback-incomplete", "held"]),
    reason: z.string(),
    message: text,
    evidence: z.unknown().optional(),
  }),
  z.strictObject({
    kind: z.literal("ended"),
    ...common,
    as: z.enum(["done", "failed", "halted", "superseded"]),
    reason: z.string(),
    message: text,
  }),
  /** A person stops every raise of traffic in this environment. Giving traffic back is never stopped. */
  z.strictObject({ kind: z.literal("locked"), ...common, reason: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal("unlocked"), ...common, reason: shortText }),
  queuedEntry,
  dequeuedEntry,
  approvalEntry,
  signatureEntry,
  attestedEntry,
  orderEntry,
  skippedEntry,
  askedEntry,
  warnedEntry,
  steppedBackEntry,
  lookEntry,
  changingEntry,
  changedEntry,
  /** After traffic was given back: whether what serves now does its work. */
  z.strictObject({
    kind: z.literal("recovery"),
    ...common,
    healthy: z.boolean(),
    message: text,
    evidence: z.unknown().optional(),
  }),
]);
export type Entry = z.infer<typeof entrySchema>;
export type EntryOf<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;

const stepState = z.strictObject({
  outcome: z.enum(["begun", "passed", "failed", "held", "skipped"]),
  reason: z.string(),
  message: text,
  at: z.number(),
  attempt: z.number(),
});

const releaseSchema = z.strictObject({
  id: z.number().int(),
  attempt: z.number().int(),
  run: z.number().int(),
  actor: z.string(),
  commit: sha,
  runbookHash: z.string(),
  plan: planSchema,
  startedAt: z.number(),
  /** What served when the release started. */
  before: version,
  /** The way back: what served before the present stage. A promoted candidate is the next stage's stable. */
  stable: z.strictObject({ version, generation: z.string() }),
  candidate: z.strictObject({ version, url: z.string() }).nullable(),
  /** The newest candidate that was proven on all traffic. */
  promoted: z.strictObject({ version, url: z.string() }).nullable().default(null),
  /** What served before the newest candidate was promoted, and in which stage that was. */
  replaced: z.strictObject({ version, stage: z.string() }).nullable().default(null),
  /** What every stage so far brought to all traffic, oldest first. */
  promotions: z
    .array(z.strictObject({ stage: z.string(), version }))
    .max(50)
    .default([]),
  /** Candidates of attempts of this release that ended before it began anew. */
  earlierCandidates: z.array(version).max(50).default([]),
  /** By `<stage>/<step>`. */
  steps: z.record(z.string(), stepState),
  /** The share last proven on the platform. */
  traffic: z
    .strictObject({
      stage: z.string(),
      shift: z.number(),
      weight: z.number(),
      generation: z.string(),
      since: z.number(),
    })
    .nullable(),
  /** A raise that was announced and may still take effect. */
  intent: z
    .strictObject({ stage: z.string(), shift: z.number(), weight: z.number(), generation: z.string(), at: z.number() })
    .nullable(),
  verdict: z
    .strictObject({
      stage: z.string(),
      shift: z.number(),
      weight: z.number(),
      generation: z.string(),
      verdict: z.enum(verdictKinds),
      reason: z.string(),
      at: z.number(),
      gate: z.unknown().optional(),
    })
    .nullable(),
  interrupted: z.strictObject({ reason: z.string(), at: z.number() }).nullable(),
  /** What people agreed to, asked for and were asked. */
  people: peopleState.default(nobody),
  /** The watch that is going on, or the newest one that ended. */
  watch: watchState.nullable().default(null),
  /** What was changed besides traffic and has to be undone should the release not get to its end; oldest first. */
  changes: z.array(change).max(50).default([]),
  /** Commands of this release, and of those before it, that may still run in a process which has not told how they ended. */
  commands: z.array(openCommand).max(50).default([]),
  /** What earlier stages left behind of a release that did not get to its end: it stays as long as their version serves. */
  kept: z.array(change).max(50).default([]),
  /** A migration was announced that versions before this release cannot be relied on to work with. */
  movesSchema: z.boolean().default(false),
  /** Whether what serves after giving traffic back was proven to do its work; null until somebody looked. */
  recovery: z.strictObject({ healthy: z.boolean(), at: z.number() }).nullable().default(null),
  ended: z.strictObject({ as: z.enum(endings), reason: z.string(), message: text, at: z.number() }).nullable(),
});
export type ReleaseState = z.infer<typeof releaseSchema>;

/** Everything a decision needs about one environment: the fold of its journal. */
export const recordSchema = z.strictObject({
  version: z.literal(1),
  environment: z.string(),
  /** How many entries were folded. */
  entries: z.number().int().nonnegative(),
  /** The highest release number ever recorded; a lower one never writes again. */
  highest: z.number().int().nonnegative(),
  /** The newest release, running or ended. */
  release: releaseSchema.nullable(),
  /** The newest version that was proven at 100 %, or that a rollback returned to. */
  lastGood: z.strictObject({ version, commit: sha.nullable(), release: z.number().int() }).nullable(),
  /** Versions that served at the end of a release and that no migration left behind since. Newest last. */
  served: z.array(version).max(100).default([]),
  /** Versions that served before a migration which they cannot be relied on to work with. Newest last. */
  outgrown: z.array(version).max(100).default([]),
  /** Such a migration was begun by a release that was not done; the next one that is done leaves the others behind. */
  schemaAhead: z.boolean().default(false),
  /** Commits that were rolled back; they need an explicit override to be released again. Newest last. */
  rejected: z.array(z.strictObject({ commit: sha, release: z.number().int(), reason: z.string() })).max(100),
  /** Who stopped raising traffic, why and since when; null while releases may go on. */
  lock: z.strictObject({ reason: z.string(), actor: z.string(), at: z.number() }).nullable().default(null),
  /** The release that begins when it may; null while none waits. */
  queued: waitingRelease.nullable().default(null),
});
export type EnvironmentRecord = z.infer<typeof recordSchema>;

export const emptyRecord = (environment: string): EnvironmentRecord => ({
  version: 1,
  environment,
  entries: 0,
  highest: 0,
  release: null,
  lastGood: null,
  served: [],
  outgrown: [],
  schemaAhead: false,
  rejected: [],
  lock: null,
  queued: null,
});

export const stepKey = (stage: string, step: string): string => `${stage}/${step}`;

/** Whether the release may go on behind this step. */
export const isSettled = ({ steps }: Pick<ReleaseState, "steps">, stage: string, step: string): boolean => {
  const outcome = steps[stepKey(stage, step)]?.outcome;
  return outcome === "passed" || outcome === "skipped";
};

/** The record after one more entry. Total: an entry that fits no release leaves all but the counters unchanged. */
export function fold(record: EnvironmentRecord, entry: Entry): EnvironmentRecord {
  if (entry.kind === "queued" || entry.kind === "dequeued")
    return { ...record, entries: record.entries + 1, queued: foldQueue(record.queued, entry) };
  const counted = { ...record, entries: record.entries + 1, highest: Math.max(record.highest, entry.release) };
  if (entry.kind === "started")
    return { ...counted, release: newRelease(entry, record), queued: stillQueued(record, entry) };
  if (entry.kind === "rollback") return afterRollback(counted, entry);
  if (entry.kind === "locked")
    return { ...counted, lock: { reason: entry.reason, actor: entry.by.actor, at: entry.at } };
  if (entry.kind === "unlocked") return { ...counted, lock: null };
  const release = counted.release;
  if (release === null || release.id !== entry.release) return counted;
  return {
    ...counted,
    release: foldRelease(release, entry),
    ...(entry.kind === "ended" && (entry.as === "done" ? whenDone(counted, release) : whenNotDone(counted, release))),
  };
}

/** Whoever begins has overtaken what waited for less. */
const stillQueued = ({ queued }: EnvironmentRecord, { release }: EntryOf<"started">) =>
  queued !== null && queued.release > release ? queued : null;

/** Reason of an announcement that a migration is about to run which breaks the version that serves. */
export const schemaMovesOn = "schema-moves-on";
/** Reason of a migrate step whose files break the version that served before them. */
export const schemaMovedOn = "schema-moved-on";
/** Takes the announcement back that this very attempt made: it is proven that nothing of the migration is left. */
export const schemaStays = "schema-stays";

/** Once a release whose migration breaks old versions is done, what served before it is no way back any more. */
function whenDone(record: EnvironmentRecord, release: ReleaseState): Partial<EnvironmentRecord> {
  const now = release.stable.version;
  const others = (versions: readonly string[]) => [...new Set(versions)].filter((one) => one !== now).slice(-99);
  const { served, outgrown, lastGood } = record;
  const before = [...served, ...(lastGood === null ? [] : [lastGood.version]), release.before];
  const moved = release.movesSchema || record.schemaAhead;
  return {
    lastGood: good(release),
    schemaAhead: false,
    served: moved ? [now] : [...others(before), now],
    outgrown: others(moved ? [...outgrown, ...before] : outgrown),
  };
}

/** A release that was not done may have applied its migration, or a part of it, all the same. */
const whenNotDone = ({ schemaAhead }: EnvironmentRecord, { movesSchema }: ReleaseState) => ({
  schemaAhead: schemaAhead || movesSchema,
});

/** What a stage releases: its own commit, or the release's. */
export const commitIn = ({ plan, commit }: Pick<ReleaseState, "plan" | "commit">, stage: string | undefined): string =>
  plan.stages.find(({ name }) => name === stage)?.commit ?? commit;

/** The commit of a version that a stage of this release brought to all traffic; null when none did. */
function promotedCommit(release: ReleaseState, version: string): string | null {
  const promotion = release.promotions.findLast((known) => known.version === version);
  return promotion === undefined ? null : commitIn(release, promotion.stage);
}

const good = (release: ReleaseState): EnvironmentRecord["lastGood"] => ({
  version: release.stable.version,
  commit: commitIn(release, release.promotions.at(-1)?.stage),
  release: release.id,
});

/**
 * Whether this is a generation that the release knows of. Another one was made by a write that its record does not show
 * yet: its own raise or rollback, a person's, or the beginning of a later release.
 */
export const knowsGeneration = ({ stable, traffic, intent }: ReleaseState, generation: string): boolean =>
  [stable.generation, traffic?.generation, intent?.generation].includes(generation);

/** Every version this release brought and did not promote, as far as the record knows. */
export const candidatesOf = ({ earlierCandidates, candidate }: ReleaseState): readonly string[] => [
  ...new Set([...earlierCandidates, ...(candidate === null ? [] : [candidate.version])]),
];

function newRelease(entry: EntryOf<"started">, { release }: EnvironmentRecord): ReleaseState {
  return {
    id: entry.release,
    attempt: entry.by.attempt,
    run: entry.by.run,
    actor: entry.by.actor,
    commit: entry.commit,
    runbookHash: entry.runbookHash,
    plan: entry.plan,
    startedAt: entry.at,
    before: entry.stable,
    stable: { version: entry.stable, generation: entry.generation },
    candidate: null,
    promoted: null,
    replaced: null,
    promotions: [],
    earlierCandidates: release?.id === entry.release ? candidatesOf(release).slice(-50) : [],
    steps: {},
    traffic: null,
    intent: null,
    verdict: null,
    interrupted: null,
    people: nobody,
    watch: null,
    changes: [],
    commands: release?.commands ?? [],
    kept: [],
    movesSchema: false,
    recovery: null,
    ended: null,
  };
}

type EntryOfRelease = Exclude<Entry, { kind: "started" | "rollback" | "locked" | "unlocked" | "queued" | "dequeued" }>;

function foldRelease(release: ReleaseState, entry: EntryOfRelease): ReleaseState {
  switch (entry.kind) {
    case "resumed":
      return { ...release, attempt: entry.by.attempt, run: entry.by.run };
    case "step":
      return afterStep(release, entry);
    case "skipped":
      return withStep(release, entry.step, { ...entry, outcome: "skipped", reason: "skipped", message: entry.reason });
    case "intent":
      return {
        ...release,
        intent: {
          stage: entry.stage,
          shift: entry.shift,
          weight: entry.weight,
          generation: entry.generation,
          at: entry.at,
        },
      };
    case "result":
      return afterResult(release, entry);
    case "verdict": {
      const { stage, shift, weight, generation, verdict, reason, at, gate } = entry;
      const kept = gate === undefined ? {} : { gate };
      return { ...release, verdict: { stage, shift, weight, generation, verdict, reason, at, ...kept } };
    }
    case "interrupted":
      return { ...release, interrupted: { reason: entry.reason, at: entry.at } };
    case "order":
      return { ...continued(release, entry), people: foldPeople(release.people, entry) };
    case "approval":
    case "signature":
    case "attested":
    case "asked":
    case "warned":
    case "stepped-back":
      return { ...release, people: foldPeople(release.people, entry) };
    case "look":
      return { ...release, watch: foldLook(release.watch, entry) };
    case "changing":
    case "changed":
      return { ...release, ...foldChange(release, entry) };
    case "recovery":
      return afterRecovery(release, entry);
    case "ended":
      return {
        ...release,
        ...(entry.as === "failed" && leftToUndo(release, release.stable.version, firstOpen(release)?.stage.name)),
        intent: null,
        ended: { as: entry.as, reason: entry.reason, message: entry.message, at: entry.at },
      };
  }
}

interface StepFact {
  readonly stage: string;
  readonly outcome: z.infer<typeof stepState>["outcome"];
  readonly reason: string;
  readonly message: string;
  readonly at: number;
  readonly by: { readonly attempt: number };
}

function withStep(release: ReleaseState, step: string, fact: StepFact): ReleaseState {
  const { stage, outcome, reason, message, at, by } = fact;
  const state = { outcome, reason, message, at, attempt: by.attempt };
  return { ...release, steps: { ...release.steps, [stepKey(stage, step)]: state } };
}

function afterStep(release: ReleaseState, entry: EntryOf<"step">): ReleaseState {
  const { stage, step, outcome, candidate, configured, at } = entry;
  const after = withStep(release, step, entry);
  if (step === "canary" && outcome === "passed") return promoted(after, stage);
  if (step === "watch" && outcome === "begun") return { ...after, watch: newWatch(stage, at) };
  const { before } = configured ?? {};
  const changes = before === undefined ? after.changes : withConfigured(after.changes, stage, before);
  const movesSchema = step === "migrate" ? schemaMovesAfter(entry, release.movesSchema) : release.movesSchema;
  return { ...after, changes, movesSchema, candidate: candidate ?? release.candidate };
}

/** The announcement counts by itself: a process that was killed after applying files finds nothing pending any more. */
function schemaMovesAfter({ outcome, reason }: EntryOf<"step">, before: boolean): boolean {
  if (outcome === "begun" && reason === schemaStays) return false;
  return (
    before || (outcome === "begun" && reason === schemaMovesOn) || (outcome === "passed" && reason === schemaMovedOn)
  );
}

/** A person who lets a share go on that was asked about has proven it, for exactly this weight and generation. */
function continued(release: ReleaseState, entry: EntryOf<"order">): ReleaseState {
  const { question } = release.people;
  const { order, at, by } = entry;
  if (order !== "continue" || !answers(entry, "question") || question === null || question.answered) return release;
  if (question.about === "page") return release;
  const reason = `continued-by-${by.actor}`.slice(0, 200);
  const { stage, shift, weight, generation, step } = question;
  if (step === "watch")
    return { ...release, watch: release.watch && continuedWatch(release.watch, question.about, reason, at) };
  return { ...release, verdict: { stage, shift, weight, generation, verdict: "pass", reason, at } };
}

function afterRecovery(release: ReleaseState, { healthy, at, message }: EntryOf<"recovery">): ReleaseState {
  const { ended } = release;
  if (ended === null) return release;
  const unhealthy = { ...ended, as: "rolled-back-unhealthy", message } as const;
  return { ...release, recovery: { healthy, at }, ended: healthy ? ended : unhealthy };
}

/** The proven candidate is what the next stage would return to. */
function promoted(release: ReleaseState, stage: string): ReleaseState {
  const { candidate, traffic } = release;
  if (candidate === null || traffic === null) return release;
  return {
    ...release,
    stable: { version: candidate.version, generation: traffic.generation },
    candidate: null,
    promoted: candidate,
    replaced: { version: release.stable.version, stage },
    promotions: [...release.promotions, { stage, version: candidate.version }],
    traffic: null,
    verdict: null,
  };
}

function afterResult(release: ReleaseState, entry: EntryOf<"result">): ReleaseState {
  const intent = release.intent;
  // A refusal says nothing about an earlier try of the same raise that is still on its way: it stays announced.
  if (intent === null || entry.outcome === "not-applied") return release;
  const { stage, shift } = intent;
  return {
    ...release,
    intent: null,
    verdict: null,
    traffic: { stage, shift, weight: entry.weight, generation: entry.generation, since: entry.at },
  };
}

/**
 * Whose commits are at fault. After a release that ended without bringing what serves, a person takes off what an earlier
 * one had brought: the newest commit, perhaps the very fix, has nothing to do with it.
 */
function faultOf(
  { lastGood }: EnvironmentRecord,
  release: ReleaseState,
  entry: EntryOf<"rollback">,
): { readonly release: number; readonly commits: readonly string[] } {
  const { from } = entry;
  const own = [...candidatesOf(release), ...release.promotions.map(({ version }) => version)];
  if (release.ended !== null && from !== null && lastGood?.version === from && !own.includes(from))
    return { release: lastGood.release, commits: lastGood.commit === null ? [] : [lastGood.commit] };
  return { release: release.id, commits: [...new Set([commitIn(release, entry.stage), release.commit])] };
}

function afterRollback(record: EnvironmentRecord, entry: EntryOf<"rollback">): EnvironmentRecord {
  const release = record.release;
  if (release === null || release.id !== entry.release)
    return { ...record, lastGood: { version: entry.to, commit: null, release: entry.release } };
  // Somebody who cancels a run says nothing against its commit.
  const blamed = entry.as !== "held" && entry.reason !== "cancelled" && entry.reason !== "interrupted";
  const fault = faultOf(record, release, entry);
  const commits = fault.commits.filter((commit) => record.rejected.every((known) => known.commit !== commit));
  return {
    ...record,
    ...whenNotDone(record, release),
    release: {
      ...release,
      ...leftToUndo(release, entry.to, entry.stage),
      intent: null,
      traffic: null,
      ended: { as: entry.as, reason: entry.reason, message: entry.message, at: entry.at },
    },
    lastGood:
      record.lastGood?.version === entry.to
        ? record.lastGood
        : { version: entry.to, commit: promotedCommit(release, entry.to), release: entry.release },
    rejected: blamed
      ? [
          ...record.rejected,
          ...commits.map((commit) => ({ commit, release: fault.release, reason: entry.reason })),
        ].slice(-100)
      : record.rejected,
  };
}
