import assert from "node:assert/strict";
import { test } from "node:test";
import { steppingPlan } from "../../src/proof/harnesses.ts";
import { fold } from "../../src/record/fold.ts";
import type { Entry, EnvironmentRecord } from "../../src/record.ts";
import { answerTo, type Speaker } from "../../src/release/answer.ts";
import { accepted, applied, entry, intent, journal, passed, started } from "../proof/release-journal.ts";

/** Three shares, a task before them, and everything that may wait for a person. */
const plan = {
  ...steppingPlan,
  people: { ops: ["carol"] },
  stages: steppingPlan.stages.map((stage) => ({
    ...stage,
    steps: ["pause" as const, ...stage.steps],
    pause: { task: "Rotate the key.", by: ["ops"] },
  })),
};
const begun = [started({ plan })] as const;
const at25 = [
  ...begun,
  ...[passed("pause"), passed("deploy"), intent(0, 5, "g1"), applied(5, "g2")],
  ...[accepted(), intent(1, 25, "g2"), applied(25, "g3")],
] as const;

const held = (at: number) => entry({ kind: "order", order: "hold", reason: "", at });
const share = { stage: "release", shift: 1, weight: 25, generation: "g3" } as const;
const asked = (at: number, about: "page" | "fail" | "short" = "page", step: "canary" | "watch" = "canary") =>
  entry({ kind: "asked", about, step, ...share, decideBy: 900, reason: "p95", message: "p95 4s > 3s", at });
const back = (at: number) =>
  entry({ kind: "stepped-back", stage: "release", shift: 1, reason: "limit-broken", message: "Bad.", at });
const told = (at: number) => passed("pause", { outcome: "held", reason: "awaiting-task", at });

const ada: Speaker = { actor: "ada", teams: [] };
const carol: Speaker = { actor: "carol", teams: [] };

const answer = (record: EnvironmentRecord, by: Speaker, at: number | undefined, now = 1_000) =>
  answerTo(record, { name: "continue", rest: "", at }, by, now);

/** What is left to answer, and how often a candidate may have tried again. */
function left(record: EnvironmentRecord): string {
  const { hold, question, steppedBack, attested } = record.release?.people ?? {};
  const open = [
    ...(hold != null ? ["hold"] : []),
    ...(question != null && !question.answered ? ["question"] : []),
    ...(steppedBack != null ? ["step-back"] : []),
    ...(attested?.["release"] !== undefined ? ["task done"] : []),
  ];
  return open.join(", ") || "nothing";
}

interface Case {
  readonly waits: string;
  readonly entries: readonly Entry[];
  readonly by?: Speaker;
  /** When the comment was written; now, at 1,000, when absent. */
  readonly written?: number;
  /** What is left open; a refusal's reason instead. */
  readonly left: string;
  readonly says: RegExp;
}

const lifted = /^This answers the hold of ada\. The release may go on\.$/;
const cases: readonly Case[] = [
  { waits: "a hold", entries: [...at25, held(10)], left: "nothing", says: lifted },
  {
    waits: "a question of level page",
    entries: [...at25, asked(10)],
    left: "nothing",
    says: /^This answers the question about 25% \(p95\)\. The release goes on\.$/,
  },
  {
    waits: "a question about a broken limit",
    entries: [...at25, asked(10, "fail")],
    left: "nothing",
    says: /25% counts as proven on this word\.$/,
  },
  {
    waits: "a question of a watch",
    entries: [...at25, asked(10, "short", "watch")],
    left: "nothing",
    says: /The watch goes on\.$/,
  },
  {
    waits: "a step back",
    entries: [...at25, back(10)],
    left: "nothing",
    says: /^This answers the step back \(limit-broken\)\. The candidate may try again \(retry 1\)\.$/,
  },
  {
    waits: "a question, then a hold",
    entries: [...at25, asked(10), held(20)],
    left: "question",
    says: /^This answers the hold of ada\. .* Still waiting for a `\/continue` of its own: the question about 25% \(p95\)\.$/,
  },
  {
    waits: "a hold, then a question",
    entries: [...at25, held(10), asked(20)],
    left: "hold",
    says: /^This answers the question .* of its own: the hold of ada\.$/,
  },
  {
    waits: "a hold, then a step back",
    entries: [...at25, held(10), back(20)],
    left: "hold",
    says: /^This answers the step back/,
  },
  {
    waits: "a step back, then a hold, and the comment was written between them",
    entries: [...at25, back(10), held(20)],
    written: 15,
    left: "hold",
    says: /^This answers the step back .* of its own: the hold of ada\.$/,
  },
  {
    waits: "a question that was asked after the comment was written",
    entries: [...at25, asked(20)],
    written: 19,
    left: "asked-later",
    says: /^This was written before what waits now: the question about 25% \(p95\)\. Look at it, then comment `\/continue`\.$/,
  },
  {
    waits: "a share with a question that is then given up: the question is gone with it",
    entries: [...at25, asked(10), back(20)],
    left: "nothing",
    says: /^This answers the step back \(limit-broken\)\. The candidate may try again \(retry 1\)\.$/,
  },
  { waits: "a question that was answered", entries: at25, left: "nothing-waits", says: /^Nothing waits for a person/ },
  {
    waits: "a task, told after a hold, to whoever may do it",
    entries: [...begun, held(10), told(20)],
    by: carol,
    left: "hold, task done",
    says: /^carol did it, as ops: Rotate the key\. Still waiting for a `\/continue` of its own: the hold of ada\.$/,
  },
  {
    waits: "a task, told after a hold, to whoever may not do it",
    entries: [...begun, held(10), told(20)],
    left: "nothing",
    says: /^This answers the hold of ada\. .* of its own: the task of stage release\.$/,
  },
  {
    waits: "a hold, placed after a task was told, to whoever may do both",
    entries: [...begun, told(10), held(20)],
    by: carol,
    left: "nothing",
    says: /^This answers the hold of ada/,
  },
  {
    waits: "a task that was asked after the comment was written",
    entries: [...begun, told(20)],
    by: carol,
    written: 19,
    left: "asked-later",
    says: /^This was written before what waits now: the task of stage release\. Look at it, then comment `\/continue`\.$/,
  },
  {
    waits: "a hold, answered before a task was asked, by whoever may do both",
    entries: [...begun, held(10), told(20)],
    by: carol,
    written: 15,
    left: "nothing",
    says: /^This answers the hold of ada\. .* of its own: the task of stage release\.$/,
  },
  {
    waits: "a task that is due and was not told to anybody yet",
    entries: begun,
    by: carol,
    left: "asked-later",
    says: /^This was written before what waits now: the task of stage release\./,
  },
  {
    waits: "a task, to whoever may not do it",
    entries: [...begun, told(10)],
    left: "not-in-role",
    says: /^ada may not say that this is done: it takes ops\.$/,
  },
];
for (const { waits, entries, by = ada, written, left: open, says } of cases)
  test(`one \`/continue\` where there is ${waits}`, () => {
    const record = journal(...entries);
    const said = answer(record, by, written);
    assert.match(said.message, says);
    if (said.answer === "refuse") return assert.equal(said.reason, open);
    const entryOf = { ...said.fact, at: 1_000, by: { run: 0, attempt: 1, actor: by.actor } } as Entry;
    assert.equal(left(fold(record, entryOf)), open);
  });

test("only the answer to its question proves a share", () => {
  const record = journal(...at25, asked(10, "fail"), held(20));
  const lifts = fold(record, entry({ kind: "order", order: "continue", of: "hold", reason: "" }));
  assert.equal(lifts.release?.verdict, null);
  const proves = fold(record, entry({ kind: "order", order: "continue", of: "question", reason: "" }));
  assert.equal(proves.release?.verdict?.verdict, "pass");
});

test("an entry of an older record, which says nothing of what it answers, answers all that waited", () => {
  const record = journal(...at25, back(10), asked(20), held(30));
  const said = fold(record, entry({ kind: "order", order: "continue", reason: "" }));
  assert.equal(left(said), "nothing");
  assert.equal(said.release?.people.retries, 1);
});
