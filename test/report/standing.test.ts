import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import { type Entry, emptyRecord } from "../../src/record.ts";
import { standingOf, unreadText } from "../../src/report/standing.ts";
import { accepted, atFive, ended, entry, journal, plan, started } from "../proof/release-journal.ts";

const waits = (changes: object): Entry =>
  ({
    ...entry(
      { kind: "queued", commit: "d".repeat(40), reason: "busy", message: "Another one is under way." },
      { release: 8 },
    ),
    ...changes,
  }) as Entry;
const after = { reason: "after", after: { environment: "staging", watchedMs: 0 } };

const frozen: Plan = {
  ...plan,
  // The epoch was a Thursday.
  freeze: [{ from: 0, until: 7 * 24 * 60, zone: "UTC", text: "Mon 00:00 - Mon 00:00 UTC" }],
};
const asking = plan.stages.map((stage) => ({ ...stage, steps: ["approve" as const, ...stage.steps] }));
const inFreeze = started({ plan: frozen });
const steppedBack = entry({ kind: "stepped-back", stage: "release", shift: 1, reason: "limit-broken", message: "" });
const change = { what: "maintenance", stage: "release", to: "on" } as const;

for (const [what, record, expected] of [
  [
    "after a release that is done",
    journal(started(), waits({}), ended("done")),
    /^the release workflow, which the next tick/,
  ],
  ["after one that halted", journal(started(), waits({}), ended("halted")), /^a person, .*`resume: 8`/],
  ["for another environment", fold(emptyRecord("production"), waits(after)), /^staging, for the release in line/],
  ["for nothing", journal(started(), ended("done")), /^nothing: the newest release has ended/],
  [
    "for what a release that failed left on",
    journal(started(), entry({ kind: "changed", ...change, message: "" }), ended("failed")),
    /^the release workflow, which the next tick starts: maintenance of stage release .* to be turned off/,
  ],
  [
    "for the end of a freeze",
    journal(inFreeze),
    /^the end of Mon 00:00 - Mon 00:00 UTC, .*\(1970-01-0\dT00:00:00\.000Z\)/,
  ],
  [
    "for people, whom no freeze keeps",
    journal(started({ plan: { ...frozen, stages: asking } })),
    /^the job that runs approve of stage release/,
  ],
  [
    "for proof, and then for the end of a freeze",
    journal(inFreeze, ...atFive.slice(1)),
    /^proof at 5%: .* without proof it goes back after 1s\. Then the end of Mon/,
  ],
  ["for whoever raises what is proven", journal(...atFive, accepted()), /^what comes next: 5% is proven$/],
  [
    "for an unlock, where the share is proven",
    journal(...atFive, accepted(), entry({ kind: "locked", reason: "Inventory." })),
    /^`sluice unlock --environment production`: .*\. 5% is proven, and goes back 1s after it was given$/,
  ],
  [
    "for a person, after a step back",
    journal(...atFive, steppedBack, accepted()),
    /^a person, after the step back \(limit-broken\): `\/continue` .* `\/rollback` .*\. 5% is proven/,
  ],
  ["for nothing, where nothing ever was", emptyRecord("production"), /^nothing: no release was ever recorded/],
] as const)
  test(`what an environment waits for: ${what}`, () => {
    const standing = standingOf({ record, production: { unreadable: "down" }, now: 0 });
    assert.match(standing.waitsFor, expected);
    assert.equal(standing.inLine?.number, record.queued?.release);
  });

test("where the record cannot be read the screen says what serves, and nothing of it is a command of a terminal", () => {
  const serving = [
    { version: "new\u001b[2J", weight: 30 },
    { version: "old", weight: 70 },
  ];
  assert.deepEqual(unreadText("production", { generation: "g1", serving }).split("\n"), [
    "production: the record cannot be read",
    "  serves     new 30%, old 70% (read from the platform just now)",
  ]);
  assert.match(unreadText("production", { unreadable: "It is down." }), /serves {5}not read: It is down\.$/);
});
