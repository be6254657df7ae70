import * as z from "zod";
import { planSchema, stepNames } from "./plan.ts";
import { common, sha, share, shortText, text, version } from "./record/author.ts";
import { change, changedEntry, changingEntry, openCommand } from "./record/changes.ts";
import {
  approvalEntry,
  askedEntry,
  attestedEntry,
  nobody,
  orderEntry,
  peopleState,
  signatureEntry,
  skippedEntry,
  steppedBackEntry,
  warnedEntry,
} from "./record/people.ts";
import { dequeuedEntry, queuedEntry, waitingRelease } from "./record/waiting.ts";
import { lookEntry, watchState } from "./record/watching.ts";

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

export type StepState = z.infer<typeof stepState>;

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

/** Reason of an announcement that a migration is about to run which breaks the version that serves. */
export const schemaMovesOn = "schema-moves-on";
/** Reason of a migrate step whose files break the version that served before them. */
export const schemaMovedOn = "schema-moved-on";
/** Takes the announcement back that this very attempt made: it is proven that nothing of the migration is left. */
export const schemaStays = "schema-stays";

/** What a stage releases: its own commit, or the release's. */
export const commitIn = ({ plan, commit }: Pick<ReleaseState, "plan" | "commit">, stage: string | undefined): string =>
  plan.stages.find(({ name }) => name === stage)?.commit ?? commit;

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
