import {
  candidatesOf,
  commitIn,
  type Entry,
  type EntryOf,
  type EnvironmentRecord,
  type ReleaseState,
  type StepState,
  schemaMovedOn,
  schemaMovesOn,
  schemaStays,
  stepKey,
} from "../record.ts";
import { firstOpen } from "../release/due.ts";
import { foldChange, withConfigured } from "./changes.ts";
import { answers, foldPeople, nobody } from "./people.ts";
import { leftToUndo } from "./standing-changes.ts";
import { foldQueue } from "./waiting.ts";
import { continuedWatch, foldLook, newWatch } from "./watching.ts";

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
  readonly outcome: StepState["outcome"];
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
