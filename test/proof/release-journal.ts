import type { Production } from "../../src/deploy-target.ts";
import type { Plan } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import { type Entry, type EntryOf, type EnvironmentRecord, emptyRecord } from "../../src/record.ts";
import type { Judgement, Observation } from "../../src/release.ts";

type Fact<E = Entry> = E extends Entry ? Omit<E, "at" | "by" | "release"> & Partial<Pick<E, "at">> : never;

export const commit = "c".repeat(40);

/** Two shares of one canary, 5 % and 100 %; a share may be held for a second. */
export const plan: Plan = {
  service: "shop",
  stages: [
    {
      name: "release",
      steps: ["preflight", "deploy", "canary"],
      shifts: [
        { weight: 5, holdMs: 100, everyMs: 10, judged: true },
        { weight: 100, holdMs: 100, everyMs: 10, judged: true },
      ],
      maxHoldMs: 1000,
    },
  ],
};

export const entry = (fact: Fact, by: { release?: number; attempt?: number } = {}): Entry =>
  ({
    at: 0,
    release: by.release ?? 7,
    by: { run: by.release ?? 7, attempt: by.attempt ?? 1, actor: "ada" },
    ...fact,
  }) as Entry;

export const journal = (...facts: readonly (Fact | Entry)[]): EnvironmentRecord =>
  facts.map((fact) => ("by" in fact ? fact : entry(fact))).reduce(fold, emptyRecord("production"));

export const started = (changes: Partial<EntryOf<"started">> = {}): Entry =>
  entry({ kind: "started", commit, runbookHash: "hash", plan, stable: "old", generation: "g1", ...changes });

export const passed = (step: EntryOf<"step">["step"], changes: Partial<EntryOf<"step">> = {}): Entry =>
  entry({
    kind: "step",
    stage: "release",
    step,
    outcome: "passed",
    reason: "ok",
    message: `${step} went well.`,
    ...(step === "deploy" ? { candidate: { version: "new", url: "http://new" } } : {}),
    ...changes,
  });

export const intent = (shift: number, weight: number, generation: string): Entry =>
  entry({ kind: "intent", stage: "release", shift, weight, generation, restore: { version: "old", generation: "g1" } });

export const applied = (weight: number, generation: string, at = 0): Entry =>
  entry({ kind: "result", outcome: "applied", weight, generation, message: "Read back.", at });

export const notApplied = (weight: number, generation: string): Entry =>
  entry({ kind: "result", outcome: "not-applied", weight, generation, message: "Refused." });

export const judged = (changes: Partial<Judgement> = {}): Judgement => ({
  stage: "release",
  shift: 0,
  weight: 5,
  generation: "g2",
  verdict: "pass",
  reason: "limits-kept",
  message: "Every limit was kept.",
  ...changes,
});

export const accepted = (changes: Partial<Judgement> = {}): Entry => {
  const { stage, shift, weight, generation, verdict, reason, message } = judged(changes);
  return entry({ kind: "verdict", stage, shift, weight, generation, verdict, reason, message });
};

export const rolledBack = (changes: Partial<EntryOf<"rollback">> = {}): Entry =>
  entry({
    kind: "rollback",
    from: "new",
    to: "old",
    generation: "g9",
    as: "rolled-back",
    reason: "limit-broken",
    message: "Traffic is back.",
    ...changes,
  });

export const ended = (as: EntryOf<"ended">["as"]): Entry =>
  entry({ kind: "ended", as, reason: as, message: `It ended as ${as}.` });

/** The entries up to a share in traffic. */
export const atFive = [started(), passed("preflight"), passed("deploy"), intent(0, 5, "g1"), applied(5, "g2")] as const;
export const atHundred = [...atFive, accepted(), intent(1, 100, "g2"), applied(100, "g3")] as const;
export const proven = [...atHundred, accepted({ shift: 1, weight: 100, generation: "g3" })] as const;
export const promoted = [...proven, passed("canary")] as const;

/** `new 5, old 95` as production at a generation. */
export const production = (generation: string, shares: string): Production => ({
  generation,
  serving: shares.split(", ").map((share) => {
    const [version = "", weight = "0"] = share.split(" ");
    return { version, weight: Number(weight) };
  }),
});

export const seeing = (generation: string, shares: string, changes: Partial<Observation> = {}): Observation => ({
  asker: { release: 7, attempt: 1 },
  production: production(generation, shares),
  ...changes,
});
