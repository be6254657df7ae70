import assert from "node:assert/strict";
import { test } from "node:test";
import { maxWaitMs } from "../src/advance.ts";
import type { EnvironmentRecord } from "../src/record.ts";
import { isJudged, isWithItsJob } from "../src/tick.ts";
import { virtualPorts } from "./proof/platform.ts";
import { accepted, atFive, entry, intent, journal, passed, started } from "./proof/release-journal.ts";
import { withTwin } from "./rehearsal/with-twin.ts";
import { swiftPorts } from "./swift-ports.ts";

const handedOver = { ...accepted({ verdict: "hold", reason: "waiting" }), gate: { looks: 3 } };
const otherShare = { ...accepted({ verdict: "hold", generation: "g1" }), gate: { looks: 3 } };
const cancelled = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });

const steppedBack = entry({ kind: "stepped-back", stage: "release", shift: 1, reason: "limit-broken", message: "" });

const rows: readonly (readonly [string, EnvironmentRecord, number, boolean])[] = [
  ["a share that was just raised is with its job", journal(...atFive), 0, true],
  ["until that job may not wait any longer", journal(...atFive), maxWaitMs + 1, false],
  ["or hands over what its gate knows", journal(...atFive, handedOver), 0, false],
  ["of this very share", journal(...atFive, otherShare), 0, true],
  ["a share that is proven is raised by its job", journal(...atFive, accepted()), 60_000, true],
  ["and where it is not, something stops it and the job has ended", journal(...atFive, accepted()), 121_000, false],
  ["a step back waits for a person in its job", journal(...atFive, steppedBack, accepted()), 121_000, true],
  ["or was cancelled", journal(...atFive, cancelled), 0, false],
  ["an announced raise has to be settled by whoever comes", journal(...atFive, intent(1, 100, "g2")), 0, false],
  ["before any raise nobody judges", journal(started(), passed("preflight")), 0, false],
];

for (const [what, record, now, expected] of rows)
  test(`a tick: ${what}`, () => {
    assert.ok(record.release !== null);
    assert.equal(isWithItsJob(record.release, now), expected);
  });

test("F18: a share is judged by the first tick after its run is over, whether or not that handed anything over", () =>
  withTwin(async ({ twin, bare, client }) => {
    const at = "2026-11-20T10:00:00Z";
    const run = (id: number, status: "in_progress" | "completed") =>
      twin.reportRun({
        ...{ id, attempt: 1, name: "release", path: ".github/workflows/release.yml", event: "push", jobs: [] },
        ...{ headSha: bare.main, headBranch: "main", actor: "octocat", startedAt: at, updatedAt: at, status },
        conclusion: status === "completed" ? "cancelled" : null,
      });
    const github = client({ contents: "read", actions: "write" });
    const judged = async (record: EnvironmentRecord, reader = github) => {
      assert.ok(record.release !== null);
      return isJudged(record.release, 0, { client: reader, ports: swiftPorts(), askForMs: 0 });
    };
    const raised = journal(...atFive);
    assert.equal(await judged(raised), true, "a run that GitHub does not know");
    run(7, "in_progress");
    assert.equal(await judged(raised), true);
    assert.equal(await judged(raised, client({ contents: "read" })), true, "nobody may ask");
    run(7, "completed");
    assert.equal(await judged(raised), false);
    const asked = twin.state().requests.length;
    assert.equal(await judged(journal(...atFive, handedOver)), false);
    assert.equal(twin.state().requests.length, asked, "what was handed over need not be asked for");
  }));

test("a tick that the end of a run has started gives that run time to end", async () => {
  const { release } = journal(...atFive);
  assert.ok(release !== null);
  const asked = async (endsAfter: number, askForMs: number) => {
    let looks = 0;
    const client = { isOver: async () => ++looks > endsAfter };
    const ports = virtualPorts();
    const judged = await isJudged(release, 0, { client, ports, askForMs });
    return [judged, looks, ports.clock.monotonic()];
  };
  assert.deepEqual(await asked(2, 60_000), [false, 3, 30_000]);
  assert.deepEqual(await asked(99, 60_000), [true, 5, 60_000]);
  assert.deepEqual(await asked(2, 0), [true, 1, 0]);
});
