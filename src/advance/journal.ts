import type { Advance } from "../advance.ts";
import { headline } from "../record/headline.ts";
import { type Entry, type EntryOf, maxEvidenceBytes, type ReleaseState } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import type { Effect, Judgement, Look } from "../release.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";

/** How often the same thing is tried before a process gives up. */
export const maxTries = 5;

export type EffectOf<D extends Effect["do"]> = Extract<Effect, { do: D }>;

/** What having an effect came to. */
export interface Act {
  /** Set when the process is finished. */
  readonly verdict?: Verdict;
  /** The record after what was appended; absent when somebody else appended first. */
  readonly snapshot?: RecordSnapshot | undefined;
  /** How the process ends when nothing is left to undo or to prove. */
  readonly parting?: Verdict | undefined;
  /** Nothing was gained: the same effect will be decided again. */
  readonly again?: boolean;
}

export type WithoutAuthor<E> = E extends Entry ? Omit<E, "at" | "by" | "release"> & { readonly at?: number } : never;

/** Appends entries; undefined when somebody else was first. */
export async function journal(
  context: Advance,
  onto: RecordSnapshot,
  ...facts: WithoutAuthor<Entry>[]
): Promise<RecordSnapshot | undefined> {
  const entries = facts.map(
    (fact) => ({ at: context.ports.clock.now(), ...fact, by: context.author, release: context.asker.release }) as Entry,
  );
  const appended = await context.store.append(context.environment, onto, entries);
  if (!appended.appended) return undefined;
  for (const entry of entries) {
    context.ports.log.info(headline(entry));
    await context.onEntry?.(entry, appended.snapshot);
  }
  return appended.snapshot;
}

export function releaseOf(snapshot: RecordSnapshot): ReleaseState {
  const { release } = snapshot.record;
  if (release === null) throw new Error("an effect was decided for an environment without a release");
  return release;
}

/** The verdict of a process that finds its release ended. */
export const endedAs = (as: string, reason: string, message: string): Verdict => {
  if (as === "done") return pass(reason, message);
  if (as === "held") return { ...hold(reason, message), final: true };
  return as === "halted" ? { verdict: "error", reason, message } : fail(reason, message);
};

export const verdictEntry = (judgement: Judgement): WithoutAuthor<EntryOf<"verdict">> => ({
  kind: "verdict",
  stage: judgement.stage,
  shift: judgement.shift,
  weight: judgement.weight,
  generation: judgement.generation,
  verdict: judgement.verdict,
  reason: judgement.reason,
  message: judgement.message.slice(0, 4000),
  evidence: bounded(judgement.evidence),
  ...(judgement.gate === undefined || judgement.verdict !== "hold" ? {} : { gate: bounded(judgement.gate) }),
});

/** Evidence as plain JSON, or a note that it was too large for the record. */
export function bounded(evidence: unknown): unknown {
  if (evidence === undefined) return undefined;
  const json = JSON.stringify(evidence);
  return json.length <= maxEvidenceBytes
    ? JSON.parse(json)
    : { omitted: "too large for the record", bytes: json.length };
}

export const lookEntry = (look: Look): WithoutAuthor<EntryOf<"look">> => {
  const { stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message, evidence, gate } = look;
  return {
    kind: "look",
    ...{ stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason },
    message: message.slice(0, 4000),
    evidence: bounded(evidence),
    ...(gate === undefined || verdict !== "hold" ? {} : { gate: bounded(gate) }),
  };
};
