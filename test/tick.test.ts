import assert from "node:assert/strict";
import { test } from "node:test";
import { maxWaitMs } from "../src/advance.ts";
import type { EnvironmentRecord } from "../src/record.ts";
import { isWithItsJob } from "../src/tick.ts";
import { accepted, atFive, entry, intent, journal, passed, started } from "./proof/release-journal.ts";

const handedOver = { ...accepted({ verdict: "hold", reason: "waiting" }), gate: { looks: 3 } };
const otherShare = { ...accepted({ verdict: "hold", generation: "g1" }), gate: { looks: 3 } };
const cancelled = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });

const rows: readonly (readonly [string, EnvironmentRecord, number, boolean])[] = [
  ["a share that was just raised is with its job", journal(...atFive), 0, true],
  ["until that job may not wait any longer", journal(...atFive), maxWaitMs + 1, false],
  ["or hands over what its gate knows", journal(...atFive, handedOver), 0, false],
  ["of this very share", journal(...atFive, otherShare), 0, true],
  ["or was cancelled", journal(...atFive, cancelled), 0, false],
  ["an announced raise has to be settled by whoever comes", journal(...atFive, intent(1, 100, "g2")), 0, false],
  ["before any raise nobody judges", journal(started(), passed("preflight")), 0, false],
];

for (const [what, record, now, expected] of rows)
  test(`a tick: ${what}`, () => {
    assert.ok(record.release !== null);
    assert.equal(isWithItsJob(record.release, now), expected);
  });
