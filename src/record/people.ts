import * as z from "zod";
import { approval } from "../approval.ts";
import { stepNames } from "../plan.ts";
import { common, share, shortText, text } from "./author.ts";

/** What a person may tell a release under way, besides agreeing to something. */
export const orders = ["hold", "continue", "rollback", "abort"] as const;
export type Order = (typeof orders)[number];

/** What a person's `continue` may answer: a person's hold, an open question, a share that was given up. */
export const continuable = ["hold", "question", "step-back"] as const;
export type Continuable = (typeof continuable)[number];

/** Why a person was asked: a limit of level page, a broken limit with `on-fail: ask`, or evidence that stayed short. */
export const questionKinds = ["page", "fail", "short"] as const;
export type QuestionKind = (typeof questionKinds)[number];

/** Somebody agrees that a stage goes on; counts only for the digest, which names the commit and what was proven. */
export const approvalEntry = z.strictObject({
  kind: z.literal("approval"),
  ...common,
  stage: z.string(),
  role: z.string(),
  digest: z.string(),
});

/** Somebody puts their name under the whole release. */
export const signatureEntry = z.strictObject({
  kind: z.literal("signature"),
  ...common,
  role: z.string(),
  digest: z.string(),
  note: shortText,
});

/** Somebody says that the task of a pause was done. */
export const attestedEntry = z.strictObject({
  kind: z.literal("attested"),
  ...common,
  stage: z.string(),
  role: z.string(),
  note: shortText,
});

export const orderEntry = z.strictObject({
  kind: z.literal("order"),
  ...common,
  order: z.enum(orders),
  /** What a `continue` answers; one that says nothing, as older records hold it, answers all that waits. */
  of: z.enum(continuable).optional(),
  reason: shortText,
});

/** A step that will not run, because a person said so and why. */
export const skippedEntry = z.strictObject({
  kind: z.literal("skipped"),
  ...common,
  stage: z.string(),
  step: z.enum(stepNames),
  reason: z.string().min(1).max(500),
});

const question = {
  about: z.enum(questionKinds),
  /** The step that asks: its canary at this share, or its watch. */
  step: z.enum(["canary", "watch"]),
  ...share,
  /** Milliseconds since the epoch: silence until then gives traffic back. Null when silence only waits. */
  decideBy: z.number().nullable(),
  reason: z.string(),
};

/** The release asks a person. */
export const askedEntry = z.strictObject({ kind: z.literal("asked"), ...common, ...question, message: text });

/** Something is not as it should be, and the release goes on. */
export const warnedEntry = z.strictObject({
  kind: z.literal("warned"),
  ...common,
  stage: z.string(),
  step: z.enum(["canary", "watch"]),
  reason: z.string(),
  message: text,
});

/** A broken limit took the candidate one share down; a person says whether it may try again. */
export const steppedBackEntry = z.strictObject({
  kind: z.literal("stepped-back"),
  ...common,
  stage: z.string(),
  /** The share that was given up. */
  shift: z.number().int().nonnegative(),
  reason: z.string(),
  message: text,
});

const said = z.strictObject({ actor: z.string(), reason: shortText, at: z.number() });

export const peopleState = z.strictObject({
  approvals: z.array(approval).max(200),
  signatures: z
    .array(z.strictObject({ role: z.string(), actor: z.string(), digest: z.string(), at: z.number() }))
    .max(200),
  /** By stage: who did the task of its pause. */
  attested: z.record(z.string(), z.strictObject({ role: z.string(), actor: z.string(), at: z.number() })),
  /** Who stopped this release from going on; null while it may. */
  hold: said.nullable(),
  /** Somebody decided that the release ends here. */
  wanted: z.strictObject({ order: z.enum(["rollback", "abort"]), ...said.shape }).nullable(),
  question: z.strictObject({ ...question, at: z.number(), answered: z.boolean() }).nullable(),
  /** The share that was given up, until a person lets the release try again. */
  steppedBack: z.strictObject({ stage: z.string(), shift: z.number(), reason: z.string(), at: z.number() }).nullable(),
  /** How often a person let it try again. */
  retries: z.number().int(),
  /** What was warned of, so that each is told once. */
  warned: z.array(z.string()).max(100),
});
export type PeopleState = z.infer<typeof peopleState>;

export const nobody: PeopleState = {
  approvals: [],
  signatures: [],
  attested: {},
  hold: null,
  wanted: null,
  question: null,
  steppedBack: null,
  retries: 0,
  warned: [],
};

export const peopleEntry = z.discriminatedUnion("kind", [
  approvalEntry,
  signatureEntry,
  attestedEntry,
  orderEntry,
  askedEntry,
  warnedEntry,
  steppedBackEntry,
]);
export type PeopleEntry = z.infer<typeof peopleEntry>;

/** What people said and were asked, after one more entry. */
export function foldPeople(people: PeopleState, entry: PeopleEntry): PeopleState {
  const { at } = entry;
  const { actor } = entry.by;
  switch (entry.kind) {
    case "approval": {
      const { stage, role, digest } = entry;
      return { ...people, approvals: [...people.approvals, { stage, role, actor, digest, at }].slice(-200) };
    }
    case "signature": {
      const { role, digest } = entry;
      return { ...people, signatures: [...people.signatures, { role, actor, digest, at }].slice(-200) };
    }
    case "attested":
      return { ...people, attested: { ...people.attested, [entry.stage]: { role: entry.role, actor, at } } };
    case "order":
      return foldOrder(people, entry);
    case "asked": {
      const { about, step, stage, shift, weight, generation, decideBy, reason } = entry;
      const question = { about, step, stage, shift, weight, generation, decideBy, reason, at, answered: false };
      return { ...people, question };
    }
    case "warned":
      return { ...people, warned: [...people.warned, `${entry.stage}/${entry.step}/${entry.reason}`].slice(-100) };
    case "stepped-back":
      // What was asked of the share that was given up is no question any more.
      return {
        ...people,
        question: null,
        steppedBack: { stage: entry.stage, shift: entry.shift, reason: entry.reason, at },
      };
  }
}

/** Whether a `continue` answers this. */
export const answers = ({ of }: Pick<z.infer<typeof orderEntry>, "of">, what: Continuable): boolean =>
  of === undefined || of === what;

function foldOrder(people: PeopleState, entry: z.infer<typeof orderEntry>): PeopleState {
  const { order, reason, at, by } = entry;
  const said = { actor: by.actor, reason, at };
  switch (order) {
    case "hold":
      return { ...people, hold: said };
    case "rollback":
    case "abort":
      return { ...people, wanted: { order, ...said } };
    case "continue": {
      const { hold, question, steppedBack, retries } = people;
      const retried = steppedBack !== null && answers(entry, "step-back");
      return {
        ...people,
        hold: answers(entry, "hold") ? null : hold,
        question: question !== null && answers(entry, "question") ? { ...question, answered: true } : question,
        steppedBack: retried ? null : steppedBack,
        retries: retried ? retries + 1 : retries,
      };
    }
  }
}
