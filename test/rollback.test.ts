import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Entry,
  type EnvironmentRecord,
  emptyRecord,
  schemaMovedOn,
  schemaMovesOn,
  schemaStays,
} from "../src/record.ts";
import { chooseRollback, type RollbackChoice, secondLineTold, type Witness } from "../src/rollback.ts";
import {
  applied,
  atFive,
  ended,
  entry,
  intent,
  journal,
  passed,
  production,
  promoted,
  rolledBack,
  started,
} from "./proof/release-journal.ts";

const inShort = (choice: RollbackChoice) =>
  choice.choice === "restore"
    ? `restore ${choice.to} from ${choice.from}`
    : choice.choice === "refuse"
      ? choice.reason
      : `nothing to do: ${choice.to}`;

const done = [...promoted, ended("done")] as const;
const byHand = { from: null, to: "older" } as const;

test("what the platform keeps besides can be named, and is told when the name fits nothing", () => {
  const past = [{ version: "older", at: 1 }];
  const served = { generation: "g3", serving: [{ version: "new", weight: 100 }] };
  const asked = { record: undefined, production: served, history: past };
  assert.equal(inShort(chooseRollback({ ...asked, to: "older" })), "restore older from new");
  const choice = chooseRollback({ ...asked, to: "oldest" });
  assert.match(choice.choice === "refuse" ? choice.message : "", /it knows new, older\./);
});

test("where nothing is left to go back to, a person who goes by the record hears what else there is", () => {
  // Release 7 brought `new` and was done; release 8 failed before it moved anything.
  const record = journal(...done, started({ release: 8, stable: "new", generation: "g3" }), {
    ...ended("failed"),
    release: 8,
  });
  const served = production("g3", "old 0, new 100");
  const byRecord = chooseRollback({ record, production: served });
  assert.equal(inShort(byRecord), "nothing to do: new");
  assert.match(
    "message" in byRecord ? byRecord.message : "",
    /^Version new already serves all traffic\. .*to go back further, name a version with `to`: the platform knows old, new\.$/,
  );
  const named = chooseRollback({ record, production: served, to: "new" });
  assert.equal("message" in named && named.message, "Version new already serves all traffic.");
});

const choices: readonly [string, EnvironmentRecord | undefined, string, string | undefined, string][] = [
  [
    "a named version wins over the record",
    journal(...done),
    "old 0, older 0, new 100",
    "older",
    "restore older from new",
  ],
  ["and needs no record", undefined, "old 0, new 100", "old", "restore old from new"],
  [
    "the beginning of a name is enough from seven characters on",
    undefined,
    "1234567890 0, new 100",
    "1234567",
    "restore 1234567890 from new",
  ],
  [
    "a whole name is that version, also where another one begins with it",
    undefined,
    "12345678 0, 12345678-f1a9 0, new 100",
    "12345678",
    "restore 12345678 from new",
  ],
  [
    "going back to before a release that only turned flags on undoes them",
    journal(
      started(),
      entry({ kind: "changed", what: "flags", to: "on", stage: "release", message: "" }),
      ended("done"),
    ),
    "old 100",
    undefined,
    "restore old from null",
  ],
  ["but not with fewer", undefined, "1234567890 0, new 100", "123456", "target-missing"],
  [
    "two versions with that beginning are ambiguous",
    undefined,
    "12345678 0, 12345679 0, new 100",
    "1234567",
    "target-ambiguous",
  ],
  ["a version that is gone is refused", undefined, "new 100", "old", "target-missing"],
  ["without a record a person must name one", undefined, "new 100", undefined, "no-target"],
  ["an empty record names none", emptyRecord("production"), "new 100", undefined, "no-target"],
  ["nor does an empty platform", undefined, "none 0", "old", "target-missing"],
  [
    "a rollback without any release names where it went",
    journal(entry({ ...rolledBackBefore() }, { release: 0 })),
    "old 0, new 100",
    undefined,
    "restore old from new",
  ],
  [
    "a release under way returns to what served before it",
    journal(...atFive),
    "old 95, new 5",
    undefined,
    "restore old from new",
  ],
  [
    "also when it moved nothing yet, to stop it",
    journal(started()),
    "old 100, new 0",
    undefined,
    "restore old from null",
  ],
  [
    "and when its candidate is proven but not done",
    journal(...promoted),
    "old 0, new 100",
    undefined,
    "restore old from new",
  ],
  ["a done release too", journal(...done), "old 0, new 100", undefined, "restore old from new"],
  [
    "a done release whose traffic is back needs nothing",
    journal(...done),
    "old 100, new 0",
    undefined,
    "nothing to do: old",
  ],
  [
    "shared production is put right, whatever is listed first",
    journal(...done),
    "old 50, new 50",
    undefined,
    "restore old from new",
  ],
  [
    "a release that went back needs nothing",
    journal(...atFive, rolledBack()),
    "old 100, new 0",
    undefined,
    "nothing to do: old",
  ],
  [
    "a rollback by hand is not undone by asking again",
    journal(...done, rolledBack(byHand)),
    "older 100, old 0, new 0",
    undefined,
    "nothing to do: older",
  ],
  [
    "an incomplete rollback is tried again",
    journal(...atFive, rolledBack({ as: "rollback-incomplete" })),
    "old 50, new 50",
    undefined,
    "restore old from new",
  ],
  [
    "an unhealthy one stays where it is",
    journal(...atFive, rolledBack({ as: "rolled-back-unhealthy" })),
    "old 100, new 0",
    undefined,
    "nothing to do: old",
  ],
  [
    "a halted release returns to what served before",
    journal(...atFive, ended("halted")),
    "new 50, other 50, old 0",
    undefined,
    "restore old from new",
  ],
];

function rolledBackBefore() {
  return {
    kind: "rollback",
    from: "new",
    to: "old",
    generation: "g9",
    as: "rolled-back",
    reason: "requested",
    message: "",
  } as const;
}

for (const [name, record, shares, to, expected] of choices)
  test(`chooseRollback: ${name} -> ${expected}`, () => {
    const choice = chooseRollback({ to, record, production: production("g5", shares) });
    assert.equal(inShort(choice), expected);
  });

test("a restore says why this version", () => {
  const named = chooseRollback({ to: "old", production: production("g5", "old 0, new 100") });
  const known = chooseRollback({ record: journal(...done), production: production("g5", "old 0, new 100") });
  assert(named.choice === "restore" && known.choice === "restore");
  assert.equal(named.why, "it was named");
  assert.equal(known.why, "it served before the newest release");
});

test("a refusal names what there is to choose from", () => {
  const refused = chooseRollback({ production: { generation: "g", serving: [] } });
  assert(refused.choice === "refuse");
  assert.match(refused.message, /Name one yourself with `to`; the platform knows none/);
  const missing = chooseRollback({ to: "old", production: { generation: "g", serving: [] } });
  assert(missing.choice === "refuse");
  assert.match(missing.message, /it knows none/);
});

test("over a migration that broke the old version nobody goes back by habit", () => {
  const migrated = passed("migrate", { reason: schemaMovedOn });
  const record = journal(...promoted, migrated, ended("done"));
  assert.deepEqual(record.outgrown, ["old"]);
  const asked = { record, production: production("g5", "old 0, new 100") };
  for (const to of [undefined, "old"]) {
    const refused = chooseRollback({ ...asked, to });
    assert.equal(inShort(refused), "schema-outgrown");
    assert.match(refused.choice === "refuse" ? refused.message : "", /Release a fix.*`force`/);
  }
  assert.equal(inShort(chooseRollback({ ...asked, force: true })), "restore old from new");
});

test("a migration that every version can live with, or that only says it failed, takes no way back away", () => {
  const harmless = [passed("migrate"), passed("migrate", { outcome: "failed", reason: schemaMovedOn })];
  for (const entry of harmless) assert.deepEqual(journal(...promoted, entry, ended("done")).outgrown, []);
});

const announced = passed("migrate", { outcome: "begun", reason: schemaMovesOn });

test("a migration that was announced counts, whatever its re-run found", () => {
  const again = [
    passed("migrate", { outcome: "begun", reason: "due" }),
    passed("migrate", { reason: "nothing-pending" }),
  ];
  assert.deepEqual(journal(...promoted, announced, ...again, ended("done")).outgrown, ["old"]);
});

test("an announcement that was taken back, because nothing of the migration is left, leaves every way back", () => {
  const stays = passed("migrate", { outcome: "begun", reason: schemaStays });
  const failed = [started(), announced, stays, ended("failed")];
  assert.equal(journal(...failed).schemaAhead, false);
  assert.equal(journal(started(), announced, stays, announced, ended("failed")).schemaAhead, true);
});

/** A release from what served before to its own version, with what else its journal holds. */
const released = (release: number, before: string, version: string, more: readonly Entry[] = []) =>
  [
    started({ stable: before }),
    ...more,
    passed("deploy", { candidate: { version, url: "http://new" } }),
    intent(0, 100, "g"),
    applied(100, `g${release}`),
    passed("canary"),
    ended("done"),
  ].map((one) => ({ ...one, release }));

test("a release that announced one and was not done leaves it to the next that is", () => {
  for (const end of [ended("failed"), ended("halted"), rolledBack()]) {
    const unfinished = [started(), announced, end];
    assert.deepEqual([journal(...unfinished).outgrown, journal(...unfinished).schemaAhead], [[], true], end.kind);
    const fixed = journal(...unfinished, ...released(8, "old", "fixed"));
    assert.deepEqual([fixed.outgrown, fixed.schemaAhead], [["old"], false]);
  }
});

test("every version that served before it is left behind, not only the last one", () => {
  const before = [...released(7, "v6", "v7"), ...released(8, "v7", "v8")];
  assert.deepEqual(journal(...before).served, ["v6", "v7", "v8"]);
  const after = journal(...before, ...released(9, "v8", "v9", [announced]), ...released(10, "v9", "v10"));
  assert.deepEqual(
    [after.outgrown, after.served],
    [
      ["v6", "v7", "v8"],
      ["v9", "v10"],
    ],
  );
});

const underWay: Witness = {
  release: 7,
  candidate: "new",
  stable: "middle",
  before: "old",
  movesSchema: false,
  stands: "under way",
};
const told: readonly [string, Witness | undefined, string, string][] = [
  [
    "what served before the release under way is gone back to",
    underWay,
    "old 0, middle 95, new 5",
    "restore old from middle",
  ],
  [
    "also when nothing was moved yet, to stop it",
    { ...underWay, stable: "old" },
    "old 100, new 0",
    "restore old from null",
  ],
  ["a done release too", { ...underWay, stands: "done" }, "old 0, new 100", "restore old from new"],
  [
    "one that went back needs nothing",
    { ...underWay, stands: "gone back" },
    "old 0, middle 100",
    "nothing to do: middle",
  ],
  [
    "one that halted returns to before it",
    { ...underWay, stands: "unclear" },
    "old 50, new 50",
    "restore old from new",
  ],
  ["a version that nobody told of makes it a question for people", underWay, "old 90, new 5, other 5", "no-target"],
  ["and so does a record that contradicts it", { ...underWay, contradicted: true }, "old 95, new 5", "no-target"],
  [
    "and a migration behind a release that is done",
    { ...underWay, stands: "done", movesSchema: true },
    "old 0, new 100",
    "no-target",
  ],
  ["what is gone from the platform is no way back", underWay, "middle 95, new 5", "target-missing"],
  ["without it a person has to search", undefined, "old 0, new 100", "no-target"],
];
for (const [name, witness, shares, expected] of told)
  test(`F33: without a record GitHub's deployment tells the way back: ${name} -> ${expected}`, () => {
    const choice = chooseRollback({ production: production("g5", shares), witness });
    assert.equal(inShort(choice), expected);
    if (witness !== undefined && expected === "no-target")
      assert.match(
        choice.choice === "refuse" ? choice.message : "",
        /release 7 says that old served before it.*Name one/,
      );
  });

test("the deployment counts for less than a name, than a record, and than whoever forces it", () => {
  const served = production("g5", "old 0, middle 0, new 100");
  const choose = (request: Partial<Parameters<typeof chooseRollback>[0]>) =>
    inShort(
      chooseRollback({ production: served, witness: { ...underWay, stands: "done", movesSchema: true }, ...request }),
    );
  assert.equal(choose({ to: "middle" }), "restore middle from new");
  assert.equal(choose({ record: journal(...done) }), "restore old from new");
  assert.equal(choose({ force: true }), "restore old from new");
  const restored = chooseRollback({ production: served, witness: underWay });
  assert.match(restored.choice === "restore" ? restored.why : "", /release 7 says that old served before it/);
});

const secondLines: readonly [string, Witness | undefined, string, string][] = [
  ["its candidate goes back to what served before its stage", underWay, "middle 95, new 5", "restore middle from new"],
  ["a raise that may still come is shut out", underWay, "middle 100, new 0", "restore middle from null"],
  ["no deployment proves nothing", undefined, "old 95, new 5", "no-witness"],
  ["nor does one of an earlier release", { ...underWay, release: 6 }, "old 95, new 5", "no-witness"],
  ["a later release answers for itself", { ...underWay, release: 8 }, "old 95, new 5", "superseded"],
  ["a record that contradicts it blocks", { ...underWay, contradicted: true }, "middle 95, new 5", "record-differs"],
  ["what is done stays", { ...underWay, stands: "done" }, "new 100, old 0", "nothing to do: middle"],
  ["what went back needs nothing", { ...underWay, stands: "gone back" }, "middle 100, new 0", "nothing to do: middle"],
  ["what ended otherwise is a person's", { ...underWay, stands: "unclear" }, "old 50, new 50", "unclear"],
  ["and so is what somebody else serves", underWay, "other 95, new 5", "drift"],
  ["even what served before the release", underWay, "old 95, new 5", "drift"],
];
for (const [name, witness, shares, expected] of secondLines)
  test(`F33, F34: the second line without a record: ${name} -> ${expected}`, () => {
    const choice = secondLineTold(7, witness, production("g5", shares));
    assert.equal(inShort(choice), expected);
    if (choice.choice === "refuse" && expected !== "superseded")
      assert.match(choice.message, /dispatch the rollback workflow with the version you want/);
  });
