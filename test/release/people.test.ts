import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import type { Entry, EnvironmentRecord } from "../../src/record.ts";
import { approvedEvidence } from "../../src/release/agreement.ts";
import { type Answer, answerTo, type Said, type Speaker } from "../../src/release/answer.ts";
import { decide } from "../../src/release.ts";
import {
  applied,
  atFive,
  entry,
  journal,
  judged,
  passed,
  plan,
  rolledBack,
  seeing,
  started,
} from "../proof/release-journal.ts";

/** A database stage with an approval and a task, a release stage, and two signatures under the whole. */
const peoplePlan: Plan = {
  service: "shop",
  people: { cto: ["ada"], qa: ["Bob", "@shop/testers"], ops: ["carol"] },
  stages: [
    {
      name: "database",
      steps: ["preflight", "approve", "migrate", "pause"],
      approve: { by: { cto: ["ada"], qa: ["Bob", "@shop/testers"] }, minimum: 2 },
      pause: { task: "Rotate the key.", by: ["ops"] },
      must: ["preflight"],
      shifts: [],
      maxHoldMs: 0,
    },
    { name: "release", steps: ["deploy", "smoke-test", "canary"], shifts: [], maxHoldMs: 0 },
    {
      name: "final",
      steps: ["sign-off"],
      signOff: [
        { role: "technical", by: ["ops"] },
        { role: "business", by: ["cto", "qa"], afterMs: 3_600_000, notAuthor: true },
      ],
      shifts: [],
      maxHoldMs: 0,
    },
  ],
};
const begun = started({ plan: peoplePlan });
const inDatabase = (step: Parameters<typeof passed>[0], at = 1) => passed(step, { stage: "database", at });
const toApprove = [begun, inDatabase("preflight")] as const;
const ada: Speaker = { actor: "ada", teams: [] };
const bob: Speaker = { actor: "bob", teams: [] };
const carol: Speaker = { actor: "carol", teams: [] };
const mallory: Speaker = { actor: "mallory", teams: [] };
const onStable = seeing("g1", "old 100, new 0");

const said = (record: EnvironmentRecord, name: Said["name"], rest: string, by: Speaker, now = 0): Answer =>
  answerTo(record, { name, rest }, by, now);

/** The record after somebody said something that counts. */
function after(record: EnvironmentRecord, name: Said["name"], rest: string, by: Speaker, now = 0): EnvironmentRecord {
  const answer = said(record, name, rest, by, now);
  assert(answer.answer === "append", answer.message);
  const told = { ...answer.fact, at: now, by: { run: 0, attempt: 1, actor: by.actor } };
  return foldOne(record, told);
}
const foldOne = (record: EnvironmentRecord, told: Entry) => fold(record, told);

const reasonOf = (answer: Answer) => (answer.answer === "refuse" ? answer.reason : answer.fact.kind);

type PlannedMigration = NonNullable<Plan["stages"][number]["migration"]>;
const withMigration = (migration: PlannedMigration) => {
  const stages = peoplePlan.stages.map((stage) => (stage.name === "database" ? { ...stage, migration } : stage));
  return journal(started({ plan: { ...peoplePlan, stages } }), inDatabase("preflight"));
};
const hash = "abcdef0123456789";
const readings: readonly (readonly [title: string, migration: PlannedMigration, message: RegExp])[] = [
  ["nothing", { hash, files: [], count: 0 }, /\. Stage database has no migration to apply\.$/],
  [
    "one file",
    { hash, files: ["0002_note.sql"], count: 1 },
    / Stage database applies 0002_note\.sql \(plan abcdef012345\)\.$/,
  ],
  [
    "what only a tool knows",
    { hash, files: [], count: 0, by: "`./migrate.sh migrate`" },
    / Stage database applies what `\.\/migrate\.sh migrate` says is pending then, in its commit and to this database \(plan abcdef012345\)\.$/,
  ],
  [
    "what only a tool knows, and nobody can read",
    { hash, files: [], count: 0, by: "`./migrate.sh migrate`", breaks: true },
    /to this database \(plan abcdef012345\), after which the version that serves now is no way back: nobody can read .* does not say `old-version: works`\.$/,
  ],
  [
    "what nobody can read, on the runbook's word",
    { hash, files: [], count: 0, by: "`./migrate.sh migrate`", unread: "promised" },
    /\(plan abcdef012345\)\. Nobody can read beforehand what it does; the runbook promises .*\(`old-version: works`\)\.$/,
  ],
  [
    "revisions, which the job that migrates reads",
    { hash, files: ["a.py"], count: 1, unread: "until-applied" },
    /applies a\.py \(plan abcdef012345\)\. What that does is read by the job that applies it, .* no way back afterwards\.$/,
  ],
  [
    "many, of which one takes the way back away and one a heavy lock",
    { hash, files: ["0002_note.sql"], count: 3, breaks: true, locks: ["0002:1:1: a lock on users.", "another"] },
    /0002_note\.sql and 2 more \(plan abcdef012345\), after which the version that serves now is no way back\. Its heaviest lock: 0002:1:1: a lock on users\.$/,
  ],
];
for (const [title, migration, message] of readings)
  test(`whoever is asked to approve reads what the migration would apply: ${title}`, () => {
    const effect = decide(withMigration(migration), onStable, 5);
    assert.match(effect.do === "mark" ? effect.message : "", message);
  });

test("an approval is for the migration that was planned: another plan asks anew", () => {
  const digests = [hash, "another"].map((of) => {
    const { release } = withMigration({ hash: of, files: [], count: 1 });
    return release === null ? "" : approvedEvidence(release, "database");
  });
  assert.notEqual(digests[0], digests[1]);
});

test("an approval is waited for, told once, counted by people and then passed", () => {
  let record = journal(...toApprove);
  const first = decide(record, onStable, 5);
  assert.equal(
    first.do === "mark" && `${first.step} ${first.outcome} ${first.reason}`,
    "approve held awaiting-approval",
  );
  record = foldOne(record, passed("approve", { stage: "database", outcome: "held", reason: "awaiting-approval" }));
  const waits = decide(record, onStable, 5);
  assert.equal(waits.do === "hold" && waits.reason, "awaiting-approval");
  record = after(record, "approve", "", ada);
  assert.equal(decide(record, onStable, 5).do, "hold");
  record = after(record, "approve", "", { actor: "dora", teams: ["@shop/testers"] });
  const done = decide(record, onStable, 5);
  assert.equal(done.do === "mark" && `${done.outcome} ${done.reason}`, "passed approved");
});

test("an approval is for exactly this evidence: a preflight that ran again needs another one", () => {
  const before = after(after(journal(...toApprove), "approve", "", ada), "approve", "", bob);
  assert.equal(decide(before, onStable, 5).do, "mark");
  const again = foldOne(before, inDatabase("preflight", 2));
  const held = decide(again, onStable, 5);
  assert.equal(held.do === "mark" && held.outcome, "held");
  assert(before.release !== null && again.release !== null);
  assert.notEqual(approvedEvidence(before.release, "database"), approvedEvidence(again.release, "database"));
});

const toldOfTask = passed("pause", { stage: "database", outcome: "held", reason: "awaiting-task" });

test("a task is done when somebody with its role says so", () => {
  const due = [...toApprove, inDatabase("approve"), inDatabase("migrate")];
  const waits = decide(journal(...due), onStable, 5);
  assert.match(
    waits.do === "mark" ? waits.message : "",
    /Rotate the key\. Comment `\/continue` when it is done, as ops\./,
  );
  const record = journal(...due, toldOfTask);
  assert.equal(reasonOf(said(record, "continue", "", ada)), "not-in-role");
  const done = decide(after(record, "continue", "rotated", carol), onStable, 5);
  assert.equal(done.do === "mark" && `${done.step} ${done.outcome}`, "pause passed");
});

test("a task that sets variables anew says what the platform is asked, and may be said again", () => {
  const changing = {
    ...peoplePlan,
    stages: peoplePlan.stages.map((stage) =>
      stage.pause === undefined ? stage : { ...stage, pause: { ...stage.pause, changed: { KEY: "set:1" } } },
    ),
  };
  const steps = [inDatabase("preflight"), inDatabase("approve"), inDatabase("migrate")];
  const waits = decide(journal(started({ plan: changing }), ...steps), onStable, 5);
  assert.match(
    waits.do === "mark" ? waits.message : "",
    /as ops\. Then the platform is asked whether KEY was set anew\./,
  );
  const once = after(journal(started({ plan: changing }), ...steps, toldOfTask), "continue", "rotated", carol);
  assert.equal(said(once, "continue", "now really", carol).answer, "append");
  const plain = after(
    journal(...toApprove, inDatabase("approve"), inDatabase("migrate"), toldOfTask),
    "continue",
    "",
    carol,
  );
  assert.equal(reasonOf(said(plain, "continue", "", carol)), "nothing-waits");
});

const served = { candidate: { version: "new", url: "" } };
const toSign = [
  begun,
  ...(["preflight", "approve", "migrate", "pause"] as const).map((step) => inDatabase(step)),
  passed("deploy", served),
  passed("smoke-test"),
  applied(100, "g3"),
  passed("canary", { at: 1000 }),
] as const;

test("signatures are given in their order, in time, by the right people, and end the release", () => {
  let record = journal(...toSign);
  assert.equal(reasonOf(said(record, "sign-off", "business", bob)), "not-this-signature");
  assert.equal(reasonOf(said(record, "sign-off", "technical", ada, 2_000)), "not-in-role");
  record = after(record, "sign-off", "technical looks good", carol, 2_000);
  assert.equal(reasonOf(said(record, "sign-off", "business", bob, 2_000)), "too-early");
  assert.equal(reasonOf(said(record, "sign-off", "business", ada, 4_000_000)), "author");
  const waits = decide(record, seeing("g3", "old 0, new 100"), 5_000);
  assert.match(waits.do === "mark" ? waits.message : "", /`\/sign-off business` from 1970-01-01T01:00:01/);
  record = after(record, "sign-off", "business", bob, 4_000_000);
  assert.equal(reasonOf(said(record, "sign-off", "business", bob, 4_000_000)), "nothing-to-sign");
  const signed = decide(record, seeing("g3", "old 0, new 100"), 5_000);
  assert.equal(
    signed.do === "mark" && `${signed.reason} ${signed.message}`,
    "signed Signed by carol (technical), bob (business).",
  );
});

const refused: readonly [string, EnvironmentRecord, Said["name"], string, Speaker, string][] = [
  ["nothing under way", journal(), "hold", "", ada, "nothing-under-way"],
  ["a release that ended", journal(...atFive, rolledBack()), "continue", "", ada, "nothing-under-way"],
  ["an approval before anything waits for one", journal(begun), "approve", "", ada, "nothing-to-approve"],
  ["an approval without the role", journal(...toApprove), "approve", "", mallory, "not-in-role"],
  ["a signature of a release that has none", journal(...atFive), "sign-off", "final", ada, "nothing-to-sign"],
  ["a signature before there is anything to sign", journal(begun), "sign-off", "technical", carol, "too-early"],
  ["going on when nothing waits", journal(...atFive), "continue", "", ada, "nothing-waits"],
  ["skipping what must be", journal(begun), "skip", "database/preflight no time", ada, "must"],
  ["skipping an approval", journal(...toApprove), "skip", "database/approve no time", ada, "must"],
  ["skipping without a reason", journal(...toApprove), "skip", "release/smoke-test", ada, "no-reason"],
  ["skipping nothing", journal(begun), "skip", "elsewhere/backup why", ada, "no-such-step"],
  ["skipping what passed", journal(...toSign), "skip", "release/smoke-test why", ada, "already-passed"],
];
for (const [what, record, name, rest, by, reason] of refused)
  test(`a word is refused: ${what}`, () => assert.equal(reasonOf(said(record, name, rest, by)), reason));

for (const [what, record, name, rest, by, since] of [
  ["an approval", journal({ ...begun, at: 40 }, inDatabase("preflight", 50)), "approve", "", ada, 50],
  [
    "an approval of the release before",
    journal({ ...begun, at: 60 }, inDatabase("preflight", 50)),
    "approve",
    "",
    ada,
    60,
  ],
  ["a signature", journal(...toSign), "sign-off", "technical", carol, 1000],
  ["a step that is skipped", journal({ ...begun, at: 70 }), "skip", "release/smoke-test why", ada, 70],
] as const)
  test(`a word that was written before what it is given for counts for nothing: ${what}`, () => {
    const early = answerTo(record, { name, rest, at: since - 1 }, by, 2_000);
    assert.equal(reasonOf(early), "asked-later");
    assert.match(early.answer === "refuse" ? early.message : "", /Look at it, then comment `\/[a-z-]+.*` once more/);
    assert.equal(answerTo(record, { name, rest, at: since }, by, 2_000).answer, "append");
  });

test("a step that is skipped with a reason is not run, and the reason is in the record", () => {
  const staged = journal(...toSign.slice(0, 6));
  const skipped = after(staged, "skip", "release/smoke-test the probe host is down", mallory);
  assert.equal(skipped.release?.steps["release/smoke-test"]?.message, "the probe host is down");
  const next = decide(skipped, onStable, 5);
  assert.notEqual(next.do === "step" && next.step, "smoke-test");
});

test("a person's hold stops steps and raises, judging goes on, and `continue` lifts it", () => {
  const held = after(journal(started()), "hold", "wait for the press", ada);
  const effect = decide(held, onStable, 5);
  assert.match(effect.do === "hold" ? effect.message : "", /ada holds this release since .*: wait for the press\./);
  assert.equal(decide(after(held, "continue", "", bob), onStable, 5).do, "step");
  const five = after(journal(...atFive), "hold", "", ada);
  assert.equal(decide(five, seeing("g2", "old 95, new 5"), 5).do, "judge");
});

test("a candidate that a person holds goes back when its longest time is over", () => {
  const first = journal(started(), passed("preflight"), passed("deploy"));
  assert.equal(decide(after(first, "hold", "", ada), onStable, 5_000).do, "hold");
  const raise = after(journal(...atFive, entry({ kind: "verdict", ...judged(), message: "" })), "hold", "", ada);
  const five = seeing("g2", "old 95, new 5");
  assert.equal(decide(raise, five, 5).do, "hold");
  const back = decide(raise, five, 5_000);
  assert.equal(back.do === "restore" && `${back.as} ${back.reason}`, "held max-hold");
});

for (const [order, as, reason] of [
  ["rollback", "rolled-back", "requested"],
  ["abort", "held", "aborted"],
] as const)
  test(`a person's ${order} gives traffic back`, () => {
    const record = after(journal(...atFive), order, "users complain", ada);
    const back = decide(record, seeing("g2", "old 95, new 5"), 5);
    assert.equal(back.do === "restore" && `${back.as} ${back.reason}`, `${as} ${reason}`);
    assert.match(back.do === "restore" ? back.message : "", /ada asked for it: users complain/);
    const early = decide(after(journal(started()), order, "", ada), onStable, 5);
    assert.equal(early.do === "end" && `${early.as} ${early.reason}`, `failed ${reason}`);
  });

const levels = (changes: Partial<Plan["stages"][number]>): Plan => ({
  ...plan,
  stages: plan.stages.map((stage) => ({ ...stage, decideWithinMs: 500, ...changes })),
});
const atFiveWith = (changes: Partial<Plan["stages"][number]>) =>
  journal(started({ plan: levels(changes) }), ...atFive.slice(1));
const five = (changes = {}) => seeing("g2", "old 95, new 5", changes);
const failing = judged({ verdict: "fail", reason: "limit-broken", message: "error-rate 4% > 1%" });
const asked = (about: "page" | "fail" | "short", decideBy = 500) =>
  entry({
    kind: "asked",
    about,
    step: "canary",
    stage: "release",
    shift: 0,
    weight: 5,
    generation: "g2",
    decideBy,
    reason: about === "page" ? "p95" : "limit-broken",
    message: "It is broken.",
  });

test("on-fail ask: a person is asked, `continue` proves the share, silence gives traffic back", () => {
  const record = atFiveWith({ onFail: "ask" });
  const ask = decide(record, five({ judgement: failing }), 100);
  assert.equal(ask.do === "ask" && `${ask.question.about} ${ask.question.decideBy}`, "fail 600");
  const open = foldOne(record, asked("fail"));
  const waits = decide(open, five({ judgement: failing }), 100);
  assert.equal(waits.do === "hold" && `${waits.reason} ${waits.until}`, "awaiting-decision 500");
  const silent = decide(open, five(), 500);
  assert.equal(silent.do === "restore" && `${silent.as} ${silent.reason}`, "rolled-back nobody-decided");
  const raise = decide(after(open, "continue", "known and harmless", ada), five(), 600);
  assert.equal(raise.do === "shift" && raise.weight, 100);
});

test("a page asks, judging goes on, a broken limit still gives traffic back, and the answer counts for the share", () => {
  const record = atFiveWith({});
  const page = { reason: "p95", message: "p95 4s > 3s" };
  const paging = judged({ verdict: "hold", reason: "not-enough-data", page });
  const ask = decide(record, five({ judgement: paging }), 100);
  assert.equal(
    ask.do === "ask" && `${ask.question.about} ${ask.question.reason} ${ask.message}`,
    "page p95 p95 4s > 3s",
  );
  const open = foldOne(record, asked("page"));
  assert.equal(decide(open, five({ judgement: paging }), 200).do, "judge");
  assert.equal(decide(open, five({ judgement: judged() }), 200).do, "hold");
  assert.equal(decide(open, five({ judgement: failing }), 200).do, "restore");
  assert.equal(decide(open, five(), 500).do, "restore");
  const answered = after(open, "continue", "", ada);
  assert.equal(decide(answered, five({ judgement: paging }), 600).do, "judge");
  assert.equal(decide(answered, five({ judgement: judged() }), 600).do, "accept");
});

test("a page that turns into a question about the share gives no more time", () => {
  const open = foldOne(atFiveWith({ onFail: "ask" }), asked("page"));
  const ask = decide(open, five({ judgement: failing }), 400);
  assert.equal(ask.do === "ask" && `${ask.question.about} ${ask.question.decideBy}`, "fail 500");
});

test("on-short-evidence approve: a person takes the share, silence is unproven", () => {
  const record = atFiveWith({ onShort: "approve" });
  const ask = decide(record, five(), 1_000);
  assert.equal(ask.do === "ask" && `${ask.question.about} ${ask.question.decideBy}`, "short 1500");
  const open = foldOne(record, asked("short", 1_500));
  assert.equal(decide(open, five(), 1_100).do, "hold");
  const silent = decide(open, five(), 1_500);
  assert.equal(silent.do === "restore" && `${silent.as} ${silent.reason}`, "held nobody-decided");
  assert.equal(decide(after(open, "continue", "", ada), five(), 1_600).do, "shift");
});

test("a warning is told once for each limit", () => {
  const record = atFiveWith({});
  const warnings = [{ reason: "p95", message: "p95 2s > 1s" }];
  const warned = decide(record, five({ judgement: judged({ warnings }) }), 100);
  assert.equal(warned.do === "warn" && warned.reason, "p95");
  const told = foldOne(record, entry({ kind: "warned", stage: "release", step: "canary", reason: "p95", message: "" }));
  assert.equal(decide(told, five({ judgement: judged({ warnings }) }), 100).do, "accept");
});

const threeShares: Plan = levels({
  onFail: "step-back",
  shifts: [5, 25, 100].map((weight) => ({ weight, holdMs: 100, everyMs: 10, judged: true })),
});
const steppedBack = entry({
  kind: "stepped-back",
  stage: "release",
  shift: 1,
  reason: "limit-broken",
  message: "Bad.",
});

test("on-fail step-back: one share down, proven again, and tried again only when a person says so", () => {
  const at25 = journal(
    started({ plan: threeShares }),
    ...atFive.slice(1),
    entry({
      kind: "intent",
      stage: "release",
      shift: 1,
      weight: 25,
      generation: "g2",
      restore: { version: "old", generation: "g1" },
    }),
    applied(25, "g3"),
  );
  const bad = judged({ shift: 1, weight: 25, generation: "g3", verdict: "fail", reason: "limit-broken" });
  const down = decide(at25, seeing("g3", "old 75, new 25", { judgement: bad }), 100);
  assert.equal(down.do === "shift" && `${down.weight} ${down.back?.shift}`, "5 1");
  const crashed = decide(foldOne(at25, steppedBack), seeing("g3", "old 75, new 25"), 100);
  assert.equal(crashed.do === "shift" && `${crashed.weight} ${crashed.back?.reason}`, "5 limit-broken");
  const back = [
    steppedBack,
    entry({
      kind: "intent",
      stage: "release",
      shift: 0,
      weight: 5,
      generation: "g3",
      restore: { version: "old", generation: "g1" },
    }),
    applied(5, "g4"),
  ].reduce(foldOne, at25);
  const at5 = (changes = {}) => seeing("g4", "old 95, new 5", changes);
  assert.equal(decide(back, at5(), 100).do, "judge");
  const again = foldOne(back, entry({ kind: "verdict", ...judged({ generation: "g4" }), message: "" }));
  const waits = decide(again, at5(), 100);
  assert.equal(waits.do === "hold" && `${waits.reason} ${waits.until}`, "stepped-back 1000");
  assert.equal(decide(again, at5(), 1_000).do, "restore");
  const retried = after(again, "continue", "the cache is warm now", ada);
  assert.equal(retried.release?.people.retries, 1);
  const up = decide(retried, at5(), 200);
  assert.equal(up.do === "shift" && `${up.weight} ${up.back}`, "25 undefined");
});

test("a step back that was announced is finished, although somebody let the release go on meanwhile", () => {
  const restore = { version: "old", generation: "g1" };
  const at25 = journal(
    started({ plan: threeShares }),
    ...atFive.slice(1),
    entry({ kind: "intent", stage: "release", shift: 1, weight: 25, generation: "g2", restore }),
    applied(25, "g3"),
    steppedBack,
    entry({ kind: "intent", stage: "release", shift: 0, weight: 5, generation: "g3", restore }),
  );
  const down = decide(after(at25, "continue", "", ada), seeing("g3", "old 75, new 25"), 100);
  assert.equal(down.do === "shift" && `${down.weight} ${down.back?.shift}`, "5 1");
});

test("on-fail step-back at the first share gives all traffic back", () => {
  const record = atFiveWith({ onFail: "step-back" });
  assert.equal(decide(record, five({ judgement: failing }), 100).do, "restore");
});
