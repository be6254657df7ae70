import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../src/plan.ts";
import type { Entry } from "../../src/record.ts";
import { decide } from "../../src/release.ts";
import { ended, entry, journal, passed, plan, seeing, started } from "../proof/release-journal.ts";

const maintained: Plan = {
  ...plan,
  flags: { voice: { set: "set", read: "read" } },
  maintenance: { around: ["migrate"], page: { on: "up", off: "down" } },
  stages: plan.stages.map((stage) => ({
    ...stage,
    flags: { voice: "on" },
    steps: ["migrate", "deploy", "smoke-test", "canary"],
  })),
};
const begin = started({ plan: maintained });
const [first, second] = [{ attempt: 1 }, { attempt: 2 }];
type What = "maintenance" | "flags";

/** A command that may run until 100 milliseconds after it was announced. */
const announced = (what: What, to: "on" | "off", at: number, by = first, stage = "release"): Entry => ({
  ...entry({ kind: "changing", what, to, stage, until: at + 100, ...(what === "flags" && { handle: "{}" }) }, by),
  at,
});
const told = (what: What, to: "on" | "off", since: number, at: number, by = first, changes = {}): Entry => ({
  ...entry({ kind: "changed", what, to, stage: "release", since, message: "", ...changes }, by),
  at,
});
const resumed = entry({ kind: "resumed" }, second);
const failed = ended("failed");

/** Attempt 1 puts the page up and says nothing more; attempt 2 does it as well, and takes it down when it has migrated. */
const behind = [
  ...[begin, announced("maintenance", "on", 0), resumed, announced("maintenance", "on", 10, second)],
  ...[told("maintenance", "on", 10, 12, second), passed("migrate"), announced("maintenance", "off", 20, second)],
  told("maintenance", "off", 20, 21, second),
];
/** Attempt 1 takes the flags back and says nothing more; attempt 2 does it as well, and the release begins anew. */
const anew = [
  ...[begin, passed("migrate"), announced("flags", "on", 0), told("flags", "on", 0, 1), failed],
  ...[announced("flags", "off", 10), announced("flags", "off", 20, second), told("flags", "off", 20, 21, second)],
  ...[started({ plan: maintained }), passed("migrate")],
];

const rows: readonly (readonly [string, readonly Entry[], number, string])[] = [
  ["what was undone beside another's command keeps no step waiting", behind, 30, "flags on"],
  ["is undone once more when that has ended", behind, 100, "maintenance off"],
  [
    "and then it is over",
    [...behind, announced("maintenance", "off", 100, second), told("maintenance", "off", 100, 101, second)],
    102,
    "flags on",
  ],
  [
    "told by whoever slept while others counted on its end, it is not over",
    [...behind, announced("maintenance", "off", 200, second), told("maintenance", "off", 20, 210)],
    211,
    "maintenance off",
  ],
  ["the end waits for it", [...behind, passed("deploy"), passed("smoke-test"), passed("canary")], 30, "hold until 100"],
  ["it waits after a failure", [...behind, failed], 30, "hold until 100"],
  ["and is undone then", [...behind, failed], 100, "maintenance off"],
  [
    "what comes on again meanwhile is no longer undone",
    [
      ...[begin, announced("maintenance", "on", 0), resumed, announced("maintenance", "off", 20, second)],
      ...[told("maintenance", "off", 20, 21, second), announced("maintenance", "on", 130, second)],
      told("maintenance", "on", 130, 131, second),
    ],
    132,
    "step migrate",
  ],
  ["nothing comes on that another's command may turn off", anew, 30, "hold until 110"],
  ["it comes on when that has ended", anew, 110, "flags on"],
  [
    "a command of another stage counts as well",
    [begin, passed("migrate"), announced("flags", "on", 0, first, "later"), resumed],
    30,
    "hold until 100",
  ],
  [
    "what was turned on beside another's command is not relied on",
    [
      ...[begin, announced("maintenance", "on", 0), announced("maintenance", "off", 10, second)],
      told("maintenance", "on", 0, 20),
    ],
    21,
    "hold until 110",
  ],
  [
    "a command that failed is not waited for",
    [
      ...[begin, announced("maintenance", "on", 0), told("maintenance", "on", 0, 5, first, { failed: true }), failed],
      ...[announced("maintenance", "off", 10, second), told("maintenance", "off", 10, 11, second)],
    ],
    12,
    "nothing",
  ],
  [
    "what is undone of two stages at once is over when both are",
    [
      ...[begin, passed("migrate"), announced("flags", "on", 0), told("flags", "on", 0, 1), failed],
      ...[announced("flags", "off", 10, first, "later"), announced("flags", "off", 20, second)],
      told("flags", "off", 20, 21, second),
    ],
    22,
    "nothing",
  ],
  [
    "the newest of what is undone once more goes first",
    [
      ...[begin, announced("maintenance", "on", 0), passed("migrate"), announced("flags", "on", 5), failed],
      ...[announced("flags", "off", 10, second), told("flags", "off", 10, 11, second)],
      ...[announced("maintenance", "off", 12, second), told("maintenance", "off", 12, 13, second)],
    ],
    14,
    "hold until 100",
  ],
];

for (const [what, entries, now, expected] of rows)
  test(`F18: commands side by side: ${what}`, () => {
    const observation = { ...seeing("g1", "old 100, new 0"), asker: { release: 7, attempt: 2 } };
    const effect = decide(journal(...entries), observation, now);
    const said =
      effect.do === "change"
        ? `${effect.what} ${effect.to}`
        : effect.do === "step"
          ? `step ${effect.step}`
          : effect.do === "hold" && effect.reason === "other-command"
            ? `hold until ${effect.until}`
            : effect.do;
    assert.equal(said, expected);
  });

test("a command that may still run is known to the next release as well, for as long as it may", () => {
  const next = [...anew.slice(0, 6), started({ plan: maintained, release: 8 })];
  const commands = (at: number) =>
    journal(...next, { ...announced("flags", "on", at), release: 8 }).release?.commands.map(({ since }) => since);
  assert.deepEqual(commands(150), [10, 150]);
  assert.deepEqual(commands(250), [250]);
});

test("an announcement of a toolkit that told no time is waited for by nobody", () => {
  const bare = entry({ kind: "changing", what: "maintenance", to: "on", stage: "release" });
  assert.deepEqual(journal(begin, bare).release?.commands, []);
  const off = entry({ kind: "changed", what: "maintenance", to: "off", stage: "release", message: "" });
  assert.deepEqual(journal(begin, bare, off).release?.changes, []);
});
