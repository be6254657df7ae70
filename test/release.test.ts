import assert from "node:assert/strict";
import { test } from "node:test";
import { type EnvironmentRecord, emptyRecord } from "../src/record.ts";
import { admit, broughtBy } from "../src/release/admit.ts";
import { decide, type Effect, type Observation } from "../src/release.ts";
import {
  accepted,
  applied,
  atFive,
  atHundred,
  commit,
  ended,
  entry,
  intent,
  journal,
  judged,
  notApplied,
  passed,
  plan,
  production,
  promoted,
  proven,
  rolledBack,
  seeing,
  started,
} from "./proof/release-journal.ts";

const locked = entry({ kind: "locked", reason: "a fire drill" });
const unlocked = entry({ kind: "unlocked", reason: "" });
const request = { release: 7, attempt: 1, commit };
const unreadable = { unreadable: "It answered 502." };

const admissions: readonly [string, EnvironmentRecord, Partial<Parameters<typeof admit>[1]>, string][] = [
  ["an empty record admits anybody", emptyRecord("production"), {}, "begin"],
  ["an older release is superseded", journal(started()), { release: 6 }, "superseded"],
  ["the same release resumes", journal(started()), { attempt: 2 }, "resume"],
  ["the same attempt resumes too", journal(started()), {}, "resume"],
  [
    "an attempt that was taken over is superseded",
    journal(started(), entry({ kind: "resumed" }, { attempt: 2 })),
    {},
    "superseded",
  ],
  ["another release waits", journal(started()), { release: 8 }, "busy"],
  ["after a done release the next begins", journal(...promoted, ended("done")), { release: 8 }, "begin"],
  ["a done release is not begun again", journal(...promoted, ended("done")), { attempt: 2 }, "already-ended"],
  ["a failed one is begun again by a re-run", journal(started(), ended("failed")), { attempt: 2 }, "begin"],
  ["but not by the same attempt", journal(started(), ended("failed")), {}, "already-ended"],
  ["a held one is begun again", journal(...atFive, rolledBack({ as: "held" })), { attempt: 2 }, "begin"],
  ["a rolled-back one is not", journal(...atFive, rolledBack()), { attempt: 2 }, "already-ended"],
  ["nor one of which a stage serves", journal(...promoted, ended("failed")), { attempt: 2 }, "already-ended"],
  ["a rejected commit is refused", journal(...atFive, rolledBack()), { release: 8 }, "rejected"],
  ["unless overridden", journal(...atFive, rolledBack()), { release: 8, overrideRejected: true }, "begin"],
  [
    "a commit whose run was cancelled is not rejected",
    journal(...atFive, rolledBack({ reason: "cancelled" })),
    { release: 8 },
    "begin",
  ],
  ["a lock stops new releases", journal(...promoted, ended("done"), locked), { release: 8 }, "locked"],
  ["and those that would begin again", journal(started(), ended("failed"), locked), { attempt: 2 }, "locked"],
  ["but not one that is under way", journal(started(), locked), { attempt: 2 }, "resume"],
  [
    "nor is one ended under a lock for one that may not begin",
    journal(...atFive, locked),
    { release: 8, onNewCommit: "replace" },
    "locked",
  ],
  ["unlocked, they begin", journal(...promoted, ended("done"), locked, unlocked), { release: 8 }, "begin"],
  ["another commit is not rejected", journal(...atFive, rolledBack()), { release: 8, commit: "d".repeat(40) }, "begin"],
];

for (const [name, record, changes, expected] of admissions)
  test(`admit: ${name}`, () => {
    const admission = admit(record, { ...request, ...changes });
    assert.equal(admission.admit === "refuse" ? admission.reason : admission.admit, expected);
  });

test("what a release brought itself is no way back for it, in whichever attempt it did", () => {
  const brought = journal(started(), passed("deploy"), ended("failed"), started(), ended("failed"));
  assert.deepEqual(
    [
      broughtBy(brought, 7, "new"),
      broughtBy(brought, 7, "old"),
      broughtBy(brought, 8, "new"),
      broughtBy(emptyRecord("production"), 7, "new"),
    ],
    [true, false, false, false],
  );
});

/** An effect in a few words. */
function inShort(effect: Effect): string {
  switch (effect.do) {
    case "step":
      return `step ${effect.step}`;
    case "shift":
      return `shift ${effect.shift} to ${effect.weight}% if ${effect.ifGeneration}${effect.back === undefined ? "" : `, back from ${effect.back.shift}: ${effect.back.reason}`}`;
    case "settle":
      return `settle ${effect.weight}% at ${effect.generation}`;
    case "judge":
      return `judge ${effect.weight}% at ${effect.generation}`;
    case "accept":
      return `accept ${effect.judgement.weight}%`;
    case "promote":
      return `promote ${effect.stage}`;
    case "mark":
      return `mark ${effect.step} ${effect.outcome}: ${effect.reason}`;
    case "ask":
      return `ask about ${effect.question.about} by ${effect.question.decideBy}: ${effect.question.reason}`;
    case "warn":
      return `warn ${effect.reason}`;
    case "look":
      return `look at ${effect.at}`;
    case "accept-look":
      return "accept look";
    case "change":
      return `${effect.what} ${effect.to}`;
    case "restore":
      return `restore ${effect.to} if ${effect.ifGeneration}${effect.already ? ", already" : ""}: ${effect.as}, ${effect.reason}`;
    case "end":
      return `end ${effect.as}: ${effect.reason}`;
    case "hold":
      return `hold ${effect.reason}`;
    case "refuse":
      return `refuse ${effect.reason}`;
    case "nothing":
      return `nothing: ${effect.ended.as}`;
  }
}

const onStable = seeing("g1", "old 100, new 0");
const five = seeing("g2", "old 95, new 5");
const judging = { ...five, judges: true };
const hundred = seeing("g3", "old 0, new 100");
const abort = { reason: "job-failed", message: "A job failed." };
const interruption = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });
const failedVerdict = judged({ verdict: "fail", reason: "limit-broken" });
const staged = [started(), passed("preflight"), passed("deploy")] as const;
const noShifts = { ...plan, stages: plan.stages.map((stage) => ({ ...stage, shifts: [] })) };
const unjudged = {
  ...plan,
  stages: plan.stages.map((stage) => ({
    ...stage,
    shifts: stage.shifts.map((shift) => ({ ...shift, judged: false })),
  })),
};
const oneShift = { ...plan, stages: plan.stages.map((stage) => ({ ...stage, shifts: stage.shifts.slice(0, 1) })) };

const decisions: readonly [string, EnvironmentRecord, Observation, string, number?][] = [
  // Who may act.
  [
    "an older release may not act",
    journal(started()),
    { ...onStable, asker: { release: 6, attempt: 1 } },
    "refuse superseded",
  ],
  [
    "a release that never started may not act",
    journal(started()),
    { ...onStable, asker: { release: 8, attempt: 1 } },
    "refuse not-started",
  ],
  ["nobody acts on an empty record", emptyRecord("production"), onStable, "refuse not-started"],
  [
    "an attempt that was taken over may not act",
    journal(started(), entry({ kind: "resumed" }, { attempt: 2 })),
    onStable,
    "refuse superseded",
  ],
  ["an ended release does nothing", journal(started(), ended("failed")), onStable, "nothing: failed"],

  // Steps in order.
  ["the first step is due first", journal(started()), onStable, "step preflight"],
  ["then the next", journal(started(), passed("preflight")), onStable, "step deploy"],
  [
    "a step that only began runs again",
    journal(started(), passed("preflight", { outcome: "begun" })),
    onStable,
    "step preflight",
  ],
  ["a held step runs again", journal(started(), passed("preflight", { outcome: "held" })), onStable, "step preflight"],
  [
    "a failed step ends a release that moved nothing",
    journal(started(), passed("preflight", { outcome: "failed" })),
    onStable,
    "end failed: preflight-failed",
  ],
  ["a cancelled job starts nothing", journal(started()), { ...onStable, cancelled: true }, "hold cancelled"],

  // Raising.
  ["the first share is given", journal(...staged), onStable, "shift 0 to 5% if g1"],
  [
    "not while production cannot be read",
    journal(...staged),
    { ...onStable, production: unreadable },
    "hold platform-unreadable",
  ],
  [
    "not without a candidate",
    journal(
      started(),
      passed("preflight"),
      entry({ kind: "step", stage: "release", step: "deploy", outcome: "passed", reason: "ok", message: "" }),
    ),
    onStable,
    "end failed: no-candidate",
  ],
  ["not over a foreign version", journal(...staged), seeing("g1", "other 100"), "end halted: drift"],
  ["nor when nothing serves", journal(...staged), seeing("g9", "other 0"), "end halted: drift"],
  [
    "not when the candidate has traffic already",
    journal(...staged),
    seeing("g1", "old 50, new 50"),
    "end halted: drift",
  ],
  [
    "not when somebody gave traffic back before",
    journal(...staged),
    seeing("g2", "old 100, new 0"),
    "end halted: drift",
  ],
  [
    "not without shifts",
    journal(started({ plan: noShifts }), passed("preflight"), passed("deploy")),
    onStable,
    "end failed: no-shifts",
  ],

  // An announced raise.
  ["one that nobody wrote is sent again", journal(...staged, intent(0, 5, "g1")), onStable, "shift 0 to 5% if g1"],
  [
    "one that was refused at the same generation is sent again",
    journal(...staged, intent(0, 5, "g1"), notApplied(5, "g1")),
    onStable,
    "shift 0 to 5% if g1",
  ],
  ["one that took effect is settled", journal(...staged, intent(0, 5, "g1")), five, "settle 5% at g2"],
  [
    "one that took effect after a refusal is settled",
    journal(...staged, intent(0, 5, "g1"), notApplied(5, "g2")),
    five,
    "settle 5% at g2",
  ],
  [
    "one that production contradicts halts",
    journal(...staged, intent(0, 5, "g1")),
    seeing("g2", "old 50, new 50"),
    "end halted: drift",
  ],
  [
    "one that was shut out went back",
    journal(...staged, intent(0, 5, "g1")),
    seeing("g2", "old 100, new 0"),
    "restore old if g2, already: rolled-back, found-on-stable",
  ],

  // Judging.
  ["a share in traffic is judged", journal(...atFive), five, "judge 5% at g2"],
  ["a pass is accepted", journal(...atFive), { ...five, judgement: judged() }, "accept 5%"],
  [
    "a pass of another weight is not",
    journal(...atFive),
    { ...five, judgement: judged({ weight: 25 }) },
    "judge 5% at g2",
  ],
  [
    "nor of another generation",
    journal(...atFive),
    { ...five, judgement: judged({ generation: "g0" }) },
    "judge 5% at g2",
  ],
  ["nor of another shift", journal(...atFive), { ...five, judgement: judged({ shift: 1 }) }, "judge 5% at g2"],
  ["nor of another stage", journal(...atFive), { ...five, judgement: judged({ stage: "other" }) }, "judge 5% at g2"],
  [
    "a fail goes back",
    journal(...atFive),
    { ...five, judgement: failedVerdict },
    "restore old if g2: rolled-back, limit-broken",
  ],
  [
    "a stale fail does not",
    journal(...atFive),
    { ...five, judgement: { ...failedVerdict, generation: "g0" } },
    "judge 5% at g2",
  ],
  ["a hold is judged again", journal(...atFive), { ...five, judgement: judged({ verdict: "hold" }) }, "judge 5% at g2"],
  [
    "an error is judged again",
    journal(...atFive),
    { ...five, judgement: judged({ verdict: "error" }) },
    "judge 5% at g2",
  ],
  [
    "until the longest hold is over",
    journal(...atFive),
    { ...five, judgement: judged({ verdict: "hold" }) },
    "restore old if g2: held, max-hold",
    1000,
  ],
  ["even when nobody judged at all", journal(...atFive), five, "restore old if g2: held, max-hold", 1000],
  ["but who can judge does so once more, however late", journal(...atFive), judging, "judge 5% at g2", 9000],
  ["and a pass that comes so late counts", journal(...atFive), { ...judging, judgement: judged() }, "accept 5%", 9000],
  [
    "a hold does not",
    journal(...atFive),
    { ...judging, judgement: judged({ verdict: "hold" }) },
    "restore old if g2: held, max-hold",
    9000,
  ],
  ["but not one millisecond before", journal(...atFive), five, "judge 5% at g2", 999],
  ["a pass at the last moment still counts", journal(...atFive), { ...five, judgement: judged() }, "accept 5%", 1000],
  ["a recorded pass raises", journal(...atFive, accepted()), five, "shift 1 to 100% if g2"],
  ["a recorded fail does not", journal(...atFive, accepted({ verdict: "fail" })), five, "judge 5% at g2"],
  [
    "a recorded pass of another generation does not",
    journal(...atFive, accepted({ generation: "g0" })),
    five,
    "judge 5% at g2",
  ],
  [
    "an unjudged share below 100 % is judged",
    journal(started({ plan: unjudged }), ...atFive.slice(1)),
    five,
    "judge 5% at g2",
  ],
  [
    "an unjudged 100 % is proven by being served",
    journal(started({ plan: unjudged }), ...atHundred.slice(1)),
    hundred,
    "promote release",
  ],
  [
    "a shift the plan does not have ends",
    journal(started({ plan: oneShift }), ...atHundred.slice(1)),
    hundred,
    "end failed: plan-changed",
  ],

  // A person's hand.
  ["a changed weight halts", journal(...atFive), seeing("g9", "old 50, new 50"), "end halted: drift"],
  ["a changed generation halts", journal(...atFive), seeing("g9", "old 95, new 5"), "end halted: drift"],
  ["a foreign version halts", journal(...atFive), seeing("g9", "other 95, new 5"), "end halted: drift"],
  [
    "a rollback by hand is written down",
    journal(...atFive),
    seeing("g9", "old 100, new 0"),
    "restore old if g9, already: rolled-back, found-on-stable",
  ],

  // Going back.
  ["the second line gives back", journal(...atFive), { ...five, abort }, "restore old if g2: rolled-back, job-failed"],
  ["an interruption gives back", journal(...atFive, interruption), five, "restore old if g2: rolled-back, interrupted"],
  [
    "not while production cannot be read",
    journal(...atFive),
    { ...five, production: unreadable, abort },
    "hold platform-unreadable",
  ],
  ["what never had traffic just ends", journal(...staged), { ...onStable, abort }, "end failed: job-failed"],
  [
    "a raise that may still arrive is shut out",
    journal(...staged, intent(0, 5, "g1")),
    { ...onStable, abort },
    "restore old if g1: rolled-back, job-failed",
  ],
  [
    "a raise that arrived unrecorded is given back",
    journal(...staged, intent(0, 5, "g1")),
    { ...five, abort },
    "restore old if g2: rolled-back, job-failed",
  ],
  [
    "a raise that this process sent back is sent back again where it was",
    journal(...atFive, accepted(), intent(1, 100, "g2")),
    { ...seeing("g3", "new 100"), sentBack: { announcedAt: "g2", generation: "g3" }, abort },
    "restore old if g3: rolled-back, job-failed",
  ],
  [
    "the same share at a later generation is a person's",
    journal(...atFive, accepted(), intent(1, 100, "g2")),
    { ...seeing("g5", "new 100"), sentBack: { announcedAt: "g2", generation: "g3" }, abort },
    "end halted: drift",
  ],
  [
    "and nobody settles it",
    journal(...atFive, accepted(), intent(1, 100, "g2")),
    { ...seeing("g5", "new 100"), sentBack: { announcedAt: "g2", generation: "g3" } },
    "end halted: drift",
  ],
  [
    "what arrived of an earlier raise says nothing of this one",
    journal(...atFive, accepted(), intent(1, 100, "g2")),
    { ...seeing("g3", "new 100"), sentBack: { announcedAt: "g1", generation: "g2" }, abort },
    "restore old if g3: rolled-back, job-failed",
  ],
  [
    "a person's share is left alone",
    journal(...atFive),
    { ...seeing("g9", "old 50, new 50"), abort },
    "end halted: drift",
  ],
  ["a foreign version is left alone", journal(...atFive), { ...seeing("g9", "other 100"), abort }, "end halted: drift"],
  [
    "a failed step after traffic goes back",
    journal(...atFive, passed("preflight", { outcome: "failed" })),
    five,
    "restore old if g2: rolled-back, preflight-failed",
  ],

  // The end.
  ["the last proof promotes", journal(...proven), hundred, "promote release"],
  ["after the last step it is done", journal(...promoted), hundred, "end done: all-steps-passed"],
  ["also for the second line", journal(...promoted), { ...hundred, abort }, "end done: all-steps-passed"],
  [
    "also for a job that does not look at production",
    journal(...promoted),
    { ...hundred, production: { ...unreadable, unasked: true } },
    "end done: all-steps-passed",
  ],
  [
    "but not while the platform does not answer",
    journal(...promoted),
    { ...hundred, production: unreadable },
    "hold platform-unreadable",
  ],
  [
    "but not when production shows something else",
    journal(...promoted),
    seeing("g4", "old 100, new 0"),
    "end halted: drift",
  ],
];

for (const [name, record, observation, expected, now = 0] of decisions)
  test(`decide: ${name} -> ${expected}`, () => {
    assert.equal(inShort(decide(record, observation, now)), expected);
  });

test("every stop says what to do next", () => {
  const drift = decide(journal(...atFive), seeing("g9", "other 100"), 0);
  assert(drift.do === "end");
  assert.match(drift.message, /other at 100%.*dispatch the rollback workflow/);
  const held = decide(
    journal(...atFive),
    { ...five, judgement: judged({ verdict: "hold", message: "3 of 100 answers." }) },
    1000,
  );
  assert(held.do === "restore");
  assert.match(held.message, /5% was held.*3 of 100 answers/);
});

test("the second stage returns to the candidate of the first", () => {
  const [stage] = plan.stages;
  assert(stage !== undefined);
  const twoStages = { ...plan, stages: [stage, { ...stage, name: "second" }] };
  const second = { stage: "second" } as const;
  const record = journal(
    started({ plan: twoStages }),
    ...promoted.slice(1),
    passed("preflight", second),
    passed("deploy", { ...second, candidate: { version: "newer", url: "http://newer" } }),
  );
  const onFirst: Observation = { ...five, production: production("g3", "new 100, newer 0") };
  assert.equal(inShort(decide(record, onFirst, 0)), "shift 0 to 5% if g3");
  const raised = journal(
    started({ plan: twoStages }),
    ...promoted.slice(1),
    passed("preflight", second),
    passed("deploy", { ...second, candidate: { version: "newer", url: "http://newer" } }),
    entry({
      kind: "intent",
      ...second,
      shift: 0,
      weight: 5,
      generation: "g3",
      restore: { version: "new", generation: "g3" },
    }),
    applied(5, "g4"),
  );
  const back = decide(raised, { ...five, production: production("g4", "new 95, newer 5"), abort }, 0);
  assert.equal(inShort(back), "restore new if g4: rolled-back, job-failed");
});

const lockedFacts: readonly [string, EnvironmentRecord, Observation["production"], number, string][] = [
  [
    "holds the first raise",
    journal(started(), passed("preflight"), passed("deploy"), locked),
    production("g1", "old 100, new 0"),
    0,
    "locked",
  ],
  [
    "holds a proven share where it is",
    journal(...atFive, accepted(), locked),
    production("g2", "old 95, new 5"),
    999,
    "locked",
  ],
  [
    "gives it back after the longest hold",
    journal(...atFive, accepted(), locked),
    production("g2", "old 95, new 5"),
    1000,
    "max-hold",
  ],
];
for (const [what, record, seen, now, expected] of lockedFacts)
  test(`a lock ${what}`, () => {
    const effect = decide(record, { asker: { release: 7, attempt: 1 }, production: seen }, now);
    assert.equal("reason" in effect ? effect.reason : effect.do, expected);
    assert.equal(effect.do, expected === "locked" ? "hold" : "restore");
  });

test("a lock never keeps traffic from going back", () => {
  const asker = { release: 7, attempt: 1 };
  const abort = { reason: "cancelled", message: "The run was cancelled." };
  const record = journal(...atFive, locked);
  assert.equal(decide(record, { asker, production: production("g2", "old 95, new 5"), abort }, 0).do, "restore");
  const failed = judged({ verdict: "fail" });
  assert.equal(
    decide(record, { asker, production: production("g2", "old 95, new 5"), judgement: failed }, 0).do,
    "restore",
  );
});

test("a job may not end well where users are on what is at fault; nobody blames a commit that is not", () => {
  const blind = { ...onStable, production: unreadable };
  const interrupted = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });
  const said = (order: "rollback" | "abort") => entry({ kind: "order", order, reason: "" });
  for (const [fact, goesBack] of [
    [said("rollback"), true],
    [said("abort"), undefined],
    [interrupted, undefined],
  ] as const) {
    const effect = decide(journal(...atFive, fact), blind, 5);
    assert.ok(effect.do === "hold" && effect.reason === "platform-unreadable");
    assert.equal(effect.goesBack, goesBack);
  }
});
