import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsIn, type Plan, type PlannedStage } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import type { Entry } from "../../src/record.ts";
import { decide, type Effect } from "../../src/release.ts";
import { ended, entry, journal, passed, rolledBack, seeing, started } from "../proof/release-journal.ts";

const deploying = (name: string, changes: Partial<PlannedStage> = {}): PlannedStage => ({
  name,
  steps: ["deploy", "canary"],
  shifts: [{ weight: 100, holdMs: 0, everyMs: 10, judged: false }],
  maxHoldMs: 0,
  ...changes,
});
const turning = (name: string, flags: Record<string, string>): PlannedStage => ({
  name,
  flags,
  steps: ["watch"],
  watch: { paces: [{ everyMs: 100, untilMs: 1000 }], coverage: 0.9 },
  shifts: [],
  maxHoldMs: 0,
});
const fixes = "a".repeat(40);
/** Two commits, then the newest one with a variable, then a flag for more and more people. */
const plan: Plan = {
  service: "shop",
  flags: { voice: { set: "set", read: "read" } },
  stages: [
    deploying("fixes", { commit: fixes }),
    deploying("beta", { flags: { ENABLE_VOICE: "true" } }),
    turning("few", { voice: "5%" }),
    turning("many", { voice: "25%" }),
  ],
};

/** A stage's version brought to all traffic. */
const through = (stage: string, version: string, from: string, to: string): Entry[] => [
  passed("deploy", { stage, candidate: { version, url: `http://${version}` } }),
  entry({
    kind: "intent",
    stage,
    shift: 0,
    weight: 100,
    generation: from,
    restore: { version: "old", generation: from },
  }),
  entry({ kind: "result", outcome: "applied", weight: 100, generation: to, message: "Read back." }),
  passed("canary", { stage }),
];
const turned = (stage: string, handle: string): Entry[] => [
  entry({ kind: "changing", what: "flags", to: "on", stage, handle }),
  entry({ kind: "changed", what: "flags", to: "on", stage, message: "" }),
];
const watched = (stage: string, outcome: "begun" | "passed" | "failed") =>
  entry({ kind: "step", stage, step: "watch", outcome, reason: outcome, message: "It was watched." });

const begin = started({ plan });
const fixed = [begin, ...through("fixes", "v1", "g1", "g2")];
const inBeta = [...fixed, ...turned("beta", '{"ENABLE_VOICE":null}'), ...through("beta", "v2", "g2", "g3")];
const atFew = [...inBeta, ...turned("few", '{"voice":"0%"}'), watched("few", "begun"), watched("few", "passed")];
const atMany = [...atFew, ...turned("many", '{"voice":"5%"}'), watched("many", "begun")];

const undone = (effect: Effect) =>
  effect.do === "change" ? `${effect.what} of ${effect.stage} ${effect.to}` : effect.do;
/** Everything that is undone one after the other, and what comes then. */
function undoing(entries: readonly Entry[], production: string): string[] {
  const story: string[] = [];
  let record = journal(...entries);
  for (let n = 0; n < 9; n++) {
    const effect = decide(record, seeing("g9", production), 5);
    story.push(undone(effect));
    if (effect.do !== "change") return story;
    record = fold(record, entry({ kind: "changed", what: effect.what, to: "off", stage: effect.stage, message: "" }));
  }
  return story;
}

test("a stage's variables are set before its version is staged, its flags before it is watched", () => {
  const next = (entries: readonly Entry[], production: string) =>
    decide(journal(...entries), seeing("g3", production), 5);
  assert.equal(undone(next(fixed, "old 0, v1 100")), "flags of beta on");
  const afterwards = next([...fixed, ...turned("beta", "{}")], "old 0, v1 100");
  assert.equal(afterwards.do, "step");
  assert.equal(undone(next(inBeta, "v1 0, v2 100")), "flags of few on");
});

test("what may have been set is set again with what was before as the record knows it", () => {
  const announced = entry({ kind: "changing", what: "flags", to: "on", stage: "beta", handle: "before" });
  const effect = decide(journal(...fixed, announced), seeing("g2", "old 0, v1 100"), 5);
  assert.deepEqual(effect, { do: "change", what: "flags", to: "on", stage: "beta", handle: "before" });
});

test("a flag that breaks something goes back one stage; what earlier stages turned on stays", () => {
  const failing = [...atMany, watched("many", "failed")];
  const effect = decide(journal(...failing), seeing("g3", "v1 0, v2 100"), 5);
  assert.deepEqual([effect.do, effect.do === "end" && effect.as], ["end", "failed"]);
  assert.deepEqual(undoing([...failing, ended("failed")], "v1 0, v2 100"), ["flags of many off", "nothing"]);
});

test("a version with flags that breaks something takes its flags along, and what the stage before it released stays", () => {
  const failing = [...fixed, ...turned("beta", "{}"), passed("deploy", { stage: "beta" })];
  const back = rolledBack({ to: "v1", stage: "beta" });
  assert.deepEqual(undoing([...failing, back], "v1 100, v2 0"), ["flags of beta off", "nothing"]);
  const record = journal(...failing, back);
  assert.deepEqual(record.lastGood, { version: "v1", commit: fixes, release: 7 });
});

test("a person who goes back to before the release undoes everything, newest first", () => {
  const all = ["flags of many off", "flags of few off", "flags of beta off", "nothing"];
  assert.deepEqual(undoing([...atMany, rolledBack({ to: "old" })], "old 100"), all);
  assert.deepEqual(undoing([...atMany, rolledBack({ to: "v1" })], "v1 100"), all);
  assert.deepEqual(undoing([...atMany, rolledBack({ to: "v2" })], "v2 100"), [...all.slice(0, 2), "nothing"]);
});

test("under traffic that a person moved by hand flags stay, and after a good end they stay too", () => {
  assert.deepEqual(undoing([...atMany, ended("halted")], "foreign 100"), ["nothing"]);
  assert.deepEqual(undoing([...atMany, ended("done")], "v2 100"), ["nothing"]);
});

test("a stage's own commit is what is rejected with the release's", () => {
  const record = journal(begin, passed("deploy", { stage: "fixes" }), rolledBack({ stage: "fixes" }));
  assert.deepEqual(
    record.rejected.map(({ commit }) => commit),
    [fixes, "c".repeat(40)],
  );
});

test("a stage's version has the flags of the stages before it", () => {
  assert.deepEqual(flagsIn(plan, "fixes"), {});
  assert.deepEqual(flagsIn(plan, "beta"), { ENABLE_VOICE: "true" });
  assert.deepEqual(flagsIn(plan, "many"), { ENABLE_VOICE: "true", voice: "25%" });
});

test("where production is back on what an earlier stage replaced, that is written down, and what it had turned on goes", () => {
  const failing = [...atFew, watched("many", "failed")];
  const back = decide(journal(...failing), seeing("g9", "v1 100, v2 0"), 5);
  assert.deepEqual(back.do === "restore" && [back.to, back.from, back.already, back.as], [
    "v1",
    "v2",
    true,
    "rolled-back",
  ]);
  assert.match(back.do === "restore" ? back.message : "", /back on what served before stage beta already/);
  const written = rolledBack({ from: "v2", to: "v1", stage: "many" });
  assert.deepEqual(undoing([...failing, written], "v1 100"), ["flags of few off", "flags of beta off", "nothing"]);
});

test("whether it is, is not guessed where production cannot be read; without an earlier stage nothing moved at all", () => {
  const blind = seeing("g9", "v1 100", { production: { unreadable: "It answers 503." } });
  const held = decide(journal(...atFew, watched("many", "failed")), blind, 5);
  assert.deepEqual([held.do, held.do === "hold" && held.reason], ["hold", "platform-unreadable"]);
  const first = decide(journal(begin, passed("deploy", { stage: "fixes", outcome: "failed" })), blind, 5);
  assert.deepEqual([first.do, first.do === "end" && first.as], ["end", "failed"]);
  const same = [...fixed, ...through("beta", "v1", "g2", "g3"), watched("few", "failed")];
  assert.equal(decide(journal(...same), seeing("g9", "v1 100"), 5).do, "end");
});

const failedInMany = [...atMany, watched("many", "failed"), ended("failed")];
const found: readonly (readonly [string, Parameters<typeof seeing>[1], Entry[], string[]])[] = [
  ["what was promoted still serves", "v1 0, v2 100", failedInMany, ["flags of many off", "nothing"]],
  [
    "what the stage before it replaced serves",
    "v1 100, v2 0",
    failedInMany,
    ["flags of many off", "restore v1", "flags of few off", "flags of beta off", "nothing"],
  ],
  [
    "what served before the release serves",
    "old 100, v2 0",
    failedInMany,
    ["flags of many off", "restore old", "flags of few off", "flags of beta off", "nothing"],
  ],
  [
    "a stage went back to one whose flags stay, and that is written down",
    "v1 100, v2 0",
    [
      begin,
      ...turned("fixes", '{"voice":"0%"}'),
      ...inBeta.slice(1),
      rolledBack({ from: "v2", to: "v1", stage: "beta" }),
    ],
    ["flags of beta off", "nothing"],
  ],
  ["somebody else's version serves", "foreign 100, v2 0", failedInMany, ["flags of many off", "nothing"]],
  [
    "a person goes back to before the release afterwards, after a stage went back",
    "old 100, v1 0",
    [...inBeta, rolledBack({ to: "v1", stage: "beta" }), rolledBack({ to: "old" })],
    ["flags of beta off", "nothing"],
  ],
  [
    "only a part of production went back, and the rest still needs the flags",
    "old 40, v2 60",
    [...inBeta, rolledBack({ to: "old", as: "rollback-incomplete" })],
    ["nothing"],
  ],
  [
    "the rest of production has gone back as well",
    "old 100, v2 0",
    [...inBeta, rolledBack({ to: "old", as: "rollback-incomplete" }), rolledBack({ to: "old", reason: "completed" })],
    ["flags of beta off", "nothing"],
  ],
  [
    "a person goes back to before the release after a later stage failed",
    "old 100, v2 0",
    [...failedInMany, rolledBack({ to: "old" })],
    ["flags of many off", "flags of few off", "flags of beta off", "nothing"],
  ],
];
for (const [what, shares, entries, expected] of found)
  test(`after the end, when ${what}: ${expected.join(", ")}`, () => {
    let record = journal(...entries);
    const story: string[] = [];
    for (let n = 0; n < 9 && story.at(-1) !== "nothing"; n++) {
      const effect = decide(record, seeing("g9", shares), 5);
      story.push(effect.do === "restore" ? `restore ${effect.to}` : undone(effect));
      if (effect.do === "change")
        record = fold(
          record,
          entry({ kind: "changed", what: effect.what, to: "off", stage: effect.stage, message: "" }),
        );
      if (effect.do !== "restore") continue;
      assert.equal(effect.already, true);
      record = fold(record, rolledBack({ from: effect.from, to: effect.to, stage: "many" }));
    }
    assert.deepEqual(story, expected);
  });

test("after the end nothing is guessed where production cannot be read", () => {
  const over = journal(
    ...failedInMany,
    entry({ kind: "changed", what: "flags", to: "off", stage: "many", message: "" }),
  );
  const blind = seeing("g9", "v1 100", { production: { unreadable: "It answers 503." } });
  assert.equal(decide(over, blind, 5).do, "nothing");
});
