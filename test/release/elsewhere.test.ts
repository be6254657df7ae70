import assert from "node:assert/strict";
import { test } from "node:test";
import type { EnvironmentRecord } from "../../src/record.ts";
import { provenElsewhere } from "../../src/release/elsewhere.ts";
import { atFive, commit, ended, entry, journal, passed, rolledBack, started } from "../proof/release-journal.ts";

const hour = 3_600_000;
const other = "d".repeat(40);
const served = [...atFive, passed("canary", { at: hour })] as const;
const done = [...served, { ...ended("done"), at: 2 * hour }] as const;
const skipped = entry({ kind: "skipped", stage: "release", step: "watch", reason: "no time" });

const rows: readonly [string, EnvironmentRecord, number, string][] = [
  ["nothing was ever released there", journal(), 9, "hold not-released-there"],
  ["its newest release is of another commit", journal(started({ commit: other })), 9, "hold not-released-there"],
  ["it is under way there", journal(...served), 9, "hold under-way-there"],
  ["it was rolled back there", journal(...atFive, rolledBack()), 9, "fail rejected-there"],
  ["it was held there", journal(...atFive, rolledBack({ as: "held", reason: "max-hold" })), 9, "hold not-done-there"],
  ["it halted there", journal(...atFive, ended("halted")), 9, "hold not-done-there"],
  ["it is done, and has served half a day", journal(...done), 13, "hold not-watched-there"],
  ["it is done, and has served a day since it got all traffic", journal(...done), 25, "pass proven-there"],
  ["its watch was skipped", journal(...served, skipped, ended("done")), 25, "hold not-watched-there"],
  ["it was done too long ago", journal(...done), 2 + 7 * 24 + 1, "hold too-long-ago"],
  [
    "a release that moved no traffic counts from its end",
    journal(started(), { ...ended("done"), at: 2 * hour }),
    25,
    "hold not-watched-there",
  ],
];

for (const [what, record, hours, expected] of rows)
  test(`after another environment: ${what} -> ${expected}`, () => {
    const after = { environment: "staging", watchedMs: 24 * hour, withinMs: 7 * 24 * hour };
    const { verdict, reason, message } = provenElsewhere(record, commit, after, hours * hour);
    assert.equal(`${verdict} ${reason}`, expected, message);
    assert.match(message, /staging/);
  });
