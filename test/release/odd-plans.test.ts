import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan, PlannedMigration } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import type { Entry } from "../../src/record.ts";
import { agreement, signedEvidence } from "../../src/release/agreement.ts";
import { answerTo } from "../../src/release/answer.ts";
import { sentBackFrom } from "../../src/release/production.ts";
import { paceAt } from "../../src/release/watch.ts";
import { decide, type Effect, type Observation } from "../../src/release.ts";
import { atFive, entry, intent, journal, judged, passed, plan, seeing, started } from "../proof/release-journal.ts";

type Stage = Plan["stages"][number];
const onStable = seeing("g1", "old 100, new 0");
const stageWith = (changes: Partial<Stage>): Stage => ({
  name: "release",
  steps: [],
  shifts: [],
  maxHoldMs: 0,
  ...changes,
});
const planWith = (...stages: readonly Stage[]): Plan => ({ service: "shop", stages: [...stages] });
const doing = (changes: Partial<Stage>, entries: readonly Entry[] = [], seen: Observation = onStable): Effect =>
  decide(entries.reduce(fold, journal(started({ plan: planWith(stageWith(changes)) }))), seen, 0);

// A plan is pinned once and read for days: decide answers every one that a record can hold, also one that contradicts itself.
test("an approval that nobody may give waits, and one without a rule takes one person of no role", () => {
  const effect = doing({ steps: ["approve"] });
  assert(effect.do === "mark");
  assert.equal(`${effect.outcome} ${effect.reason}`, "held awaiting-approval");
});

test("a task that is not said waits all the same", () => {
  const effect = doing({ steps: ["pause"] });
  assert(effect.do === "mark");
  assert.equal(`${effect.outcome} ${effect.reason}`, "held awaiting-task");
});

test("a watch without what to watch ends the release, one without a rhythm asks a person", () => {
  const nothing = doing({ steps: ["watch"] });
  assert.deepEqual(nothing.do === "end" && [nothing.as, nothing.reason], ["failed", "no-watch"]);
  const timeless = { paces: [], coverage: 0.9 };
  const asks = doing({ steps: ["watch"], watch: timeless }, [passed("watch", { outcome: "begun" })]);
  assert.equal(asks.do === "ask" && asks.question.about, "short");
  assert.equal(paceAt(timeless, 0), 60_000);
});

test("evidence of a plan that nobody signs is everything that was proven", () => {
  const digestOf = (...entries: readonly Entry[]) => {
    const { release } = journal(started(), ...entries);
    return release === null ? "" : signedEvidence(release);
  };
  assert.equal(digestOf(passed("preflight")), digestOf(passed("preflight")));
  assert.notEqual(digestOf(), digestOf(passed("preflight")));
});

test("nobody has a role where the plan names no people", () => {
  const record = journal(
    started({ plan: planWith(stageWith({ steps: ["pause"], pause: { task: "Wait.", by: ["ops"] } })) }),
    passed("pause", { outcome: "begun" }),
  );
  const answer = answerTo(record, { name: "continue", rest: "" }, { actor: "ada", teams: [] }, 100);
  assert.equal(answer.answer === "refuse" && answer.reason, "not-in-role");
});

const signing: Plan = {
  ...planWith(
    stageWith({ steps: ["preflight", "load-test"] }),
    stageWith({
      name: "final",
      steps: ["sign-off"],
      signOff: [{ role: "final", by: ["cto"], afterMs: 5_000, notAuthor: true }],
    }),
  ),
  people: { cto: ["ada"] },
};
const skipped = entry({ kind: "skipped", stage: "release", step: "load-test", reason: "no host" });

test("a signature is asked for from its time on, and not of the author; what was skipped counts as settled", () => {
  const record = journal(started({ plan: signing }), passed("preflight", { at: 1_000 }), { ...skipped, at: 2_000 });
  const early = decide(record, onStable, 3_000);
  assert.match(early.do === "mark" ? early.message : "", /from 1970-01-01T00:00:07.000Z on, as cto, but not ada/);
  const late = decide(record, onStable, 8_000);
  assert.doesNotMatch(late.do === "mark" ? late.message : "", /from 1970/);
});

test("asked about a signature while stages are open, it says who signs and no time", () => {
  const [, final] = signing.stages;
  const { release } = journal(started({ plan: signing }));
  assert(final !== undefined && release !== null);
  const effect = agreement(release, { ...final, signOff: [{ role: "final", by: ["cto"] }] }, "sign-off", 0);
  assert.match(effect.do === "mark" ? effect.message : "", /comment `\/sign-off final`, as cto\.$/);
});

test("a share of whole hosts is told as such", () => {
  const shifts = [{ weight: 50, hosts: { count: 1, of: 2 }, holdMs: 0, everyMs: 10, judged: true }];
  const effect = doing({ steps: ["deploy", "canary"], shifts }, [passed("deploy")]);
  assert.deepEqual(effect.do === "shift" && [effect.weight, effect.hosts], [50, 1]);
});

const steps = ["migrate", "deploy"] as const;
const pair = { on: "up", off: "down" };
for (const [what, maintenance, expected] of [
  ["only the page", { page: pair }, "maintenance"],
  ["only the workers", { workers: pair }, "workers"],
] as const)
  test(`maintenance may be ${what}`, () => {
    const around = ["migrate" as const];
    const one = { ...planWith(stageWith({ steps: [...steps] })), maintenance: { around, ...maintenance } };
    const effect = decide(journal(started({ plan: one })), onStable, 0);
    assert.deepEqual(effect.do === "change" && [effect.what, effect.to], [expected, "on"]);
  });

const five = (changes: Partial<Stage>) =>
  journal(started({ plan: planWith(stageWith({ ...plan.stages[0], ...changes })) }), ...atFive.slice(1));
const fiveSeen = (verdict: "fail" | "hold") => seeing("g2", "old 95, new 5", { judgement: judged({ verdict }) });

test("on-fail ask gives ten minutes when the plan says no time", () => {
  const effect = decide(five({ onFail: "ask" }), fiveSeen("fail"), 50);
  assert.deepEqual(effect.do === "ask" && effect.question.decideBy, 600_050);
});

test("evidence that stays short counts as failed where the plan says so", () => {
  const effect = decide(five({ onShort: "fail" }), fiveSeen("hold"), 1_000);
  assert.deepEqual(effect.do === "restore" && [effect.as, effect.reason], ["rolled-back", "max-hold"]);
});

test("a question without a time waits for its answer and for nothing else", () => {
  const short = entry({
    kind: "asked",
    ...{ about: "short", step: "canary", stage: "release", shift: 0, weight: 5, generation: "g2" },
    ...{ decideBy: null, reason: "max-hold", message: "" },
  });
  const effect = decide(fold(five({}), short), seeing("g2", "old 95, new 5"), 99_000);
  assert(effect.do === "hold");
  assert.deepEqual([effect.reason, effect.until], ["awaiting-decision", undefined]);
  assert.match(effect.message, /`\/rollback`\.$/);
});

test("what was sent back is remembered while a raise stands announced that had landed", () => {
  const release = (...entries: readonly Entry[]) => {
    const made = journal(...atFive, ...entries).release;
    assert(made !== null);
    return made;
  };
  assert.equal(sentBackFrom(release(), "g2"), undefined);
  assert.equal(sentBackFrom(release(intent(1, 100, "g2")), "g2"), undefined, "it had not landed yet");
  const sent = sentBackFrom(release(intent(1, 100, "g2")), "g3");
  assert.deepEqual(sent, { announcedAt: "g2", generation: "g3" });
});

const files: PlannedMigration = { hash: "abcdef0123456789", files: ["001_a.sql"], count: 1 };
const applies: readonly [string, PlannedMigration, RegExp][] = [
  ["nothing", { ...files, files: [], count: 0 }, / Stage release has no migration to apply\.$/],
  ["one file", files, / Stage release applies 001_a\.sql \(plan abcdef012345\)\.$/],
  [
    "many files that break what serves, with locks",
    { ...files, count: 31, breaks: true, locks: ["ACCESS EXCLUSIVE on orders", "SHARE on users"] },
    /001_a\.sql and 30 more \(plan .*\), after which the version that serves now is no way back\. Its heaviest lock: ACCESS EXCLUSIVE on orders$/,
  ],
];

for (const [what, migration, expected] of applies)
  test(`whoever approves is told what is applied: ${what}`, () => {
    const effect = doing({ steps: ["approve", "migrate"], migration });
    assert.match(effect.do === "mark" ? effect.message : "", expected);
  });
