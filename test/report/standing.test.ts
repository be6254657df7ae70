import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, emptyRecord, fold } from "../../src/record.ts";
import { standingOf } from "../../src/report/standing.ts";
import { ended, entry, journal, started } from "../proof/release-journal.ts";

const waits = (changes: object): Entry =>
  ({
    ...entry(
      { kind: "queued", commit: "d".repeat(40), reason: "busy", message: "Another one is under way." },
      { release: 8 },
    ),
    ...changes,
  }) as Entry;
const after = { reason: "after", after: { environment: "staging", watchedMs: 0 } };

for (const [what, record, expected] of [
  [
    "after a release that is done",
    journal(started(), waits({}), ended("done")),
    /^the release workflow, which the next tick/,
  ],
  ["after one that halted", journal(started(), waits({}), ended("halted")), /^a person, .*`resume: 8`/],
  ["for another environment", fold(emptyRecord("production"), waits(after)), /^staging, for the release in line/],
  ["for nothing", journal(started(), ended("done")), /^nothing: the newest release has ended/],
  ["for nothing, where nothing ever was", emptyRecord("production"), /^nothing: no release was ever recorded/],
] as const)
  test(`what an environment waits for: ${what}`, () => {
    const standing = standingOf({ record, production: { unreadable: "down" }, now: 0 });
    assert.match(standing.waitsFor, expected);
    assert.equal(standing.inLine?.number, record.queued?.release);
  });
