import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fold } from "../src/record/fold.ts";
import { headline } from "../src/record/headline.ts";
import {
  type Entry,
  type EntryOf,
  emptyRecord,
  entrySchema,
  knowsGeneration,
  recordSchema,
  stepKey,
} from "../src/record.ts";
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
  notApplied,
  passed,
  plan,
  promoted,
  rolledBack,
  started,
} from "./proof/release-journal.ts";

const interrupted = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });
const question = entry({
  kind: "asked",
  ...{ about: "page", step: "canary", stage: "release", shift: 0, weight: 5, generation: "g2" },
  ...{ decideBy: null, reason: "p95", message: "" },
});
const looked = (changes: Partial<EntryOf<"look">> = {}) =>
  entry({
    kind: "look",
    ...{ stage: "release", generation: "g3", from: 0, to: 100, seenMs: 90, largestGapMs: 10, seenAt: 100 },
    ...{ verdict: "hold", reason: "minimum-hold", message: "" },
    ...changes,
  });
const recovery = (healthy: boolean) => entry({ kind: "recovery", healthy, message: "It was asked.", at: 5 });
const resumed = entry({ kind: "resumed" }, { attempt: 2 });

test("a started release knows its way back and nothing else", () => {
  const { release, highest, entries } = journal(started());
  assert.deepEqual(release?.stable, { version: "old", generation: "g1" });
  assert.equal(release?.before, "old");
  assert.equal(release?.candidate, null);
  assert.equal(highest, 7);
  assert.equal(entries, 1);
});

test("a re-run takes over", () => {
  assert.equal(journal(started(), resumed).release?.attempt, 2);
});

test("a deploy names the candidate, and later steps keep it", () => {
  const { release } = journal(started(), passed("deploy"), passed("preflight"));
  assert.deepEqual(release?.candidate, { version: "new", url: "http://new" });
  assert.equal(release?.steps[stepKey("release", "deploy")]?.outcome, "passed");
});

test("an intent stays announced until production proves it", () => {
  const announced = intent(0, 5, "g1");
  assert.equal(journal(started(), announced).release?.intent?.weight, 5);
  assert.equal(journal(started(), announced, notApplied(5, "g1")).release?.intent?.weight, 5);
  assert.equal(journal(started(), announced, notApplied(5, "g2")).release?.intent?.weight, 5);
  assert.equal(journal(started(), announced, applied(5, "g2")).release?.intent, null);
});

test("an applied raise is traffic, and what was judged before counts no more", () => {
  const { release } = journal(...atFive.slice(0, -1), accepted(), applied(5, "g2", 40));
  assert.deepEqual(release?.traffic, { stage: "release", shift: 0, weight: 5, generation: "g2", since: 40 });
  assert.equal(release?.verdict, null);
});

test("a result that nobody announced changes nothing", () => {
  assert.equal(journal(started(), applied(5, "g2")).release?.traffic, null);
});

test("a verdict is kept with its share", () => {
  const { release } = journal(...atFive, accepted());
  assert.deepEqual(
    [release?.verdict?.verdict, release?.verdict?.weight, release?.verdict?.generation],
    ["pass", 5, "g2"],
  );
});

test("a passed canary makes the candidate the way back", () => {
  const { release } = journal(...promoted);
  assert.deepEqual(release?.stable, { version: "new", generation: "g3" });
  assert.deepEqual(release?.promoted, { version: "new", url: "http://new" });
  assert.deepEqual([release?.candidate, release?.traffic, release?.verdict], [null, null, null]);
  assert.equal(release?.before, "old");
});

test("a canary that passed without traffic promotes nothing", () => {
  assert.equal(journal(started(), passed("canary")).release?.promoted, null);
  assert.equal(journal(started(), passed("deploy"), passed("canary")).release?.promoted, null);
});

test("an interruption is remembered", () => {
  assert.equal(journal(started(), interrupted).release?.interrupted?.reason, "cancelled");
});

test("done makes the last good version; failed does not", () => {
  assert.deepEqual(journal(...promoted, ended("done")).lastGood, { version: "new", commit, release: 7 });
  assert.equal(journal(...promoted, ended("failed")).lastGood, null);
  assert.equal(journal(...atFive, intent(1, 100, "g2"), ended("halted")).release?.intent, null);
});

test("a rollback ends the release and blames the commit once", () => {
  const record = journal(...atFive, rolledBack(), rolledBack({ reason: "requested" }));
  assert.equal(record.release?.ended?.as, "rolled-back");
  assert.deepEqual([record.release?.traffic, record.release?.intent], [null, null]);
  assert.deepEqual(record.rejected, [{ commit, release: 7, reason: "limit-broken" }]);
  assert.deepEqual(record.lastGood, { version: "old", commit: null, release: 7 });
});

test("a commit that was rejected before is not listed twice, and keeps no other of the release from being", () => {
  const [first = "", second = ""] = ["1".repeat(40), "2".repeat(40)];
  const [stage] = plan.stages;
  assert.ok(stage !== undefined);
  const staged = { ...plan, stages: [{ ...stage, commit: second }] };
  const again = { release: 8, by: { run: 8, attempt: 1, actor: "ada" } };
  const record = journal(
    started({ commit: first }),
    rolledBack(),
    started({ ...again, commit: first, plan: staged }),
    rolledBack({ ...again, stage: "release" }),
  );
  assert.deepEqual(
    record.rejected.map((known) => [known.commit, known.release]),
    [
      [first, 7],
      [second, 8],
    ],
  );
});

test("F42: what an earlier release brought is its own commit's fault, and not that of a later one that never had traffic", () => {
  const fix = "f".repeat(40);
  const failed = [...promoted, ended("done"), started({ release: 8, commit: fix, stable: "new", generation: "g3" })];
  const over = [...failed, { ...ended("failed"), release: 8 }];
  const back = { ...rolledBack({ reason: "requested" }), release: 8 };
  assert.deepEqual(journal(...over, back).rejected, [{ commit, release: 7, reason: "requested" }]);
  // What serves by then was gone back to, and nobody knows its commit: nobody is blamed.
  const further = { ...rolledBack({ from: "old", to: "older" }), release: 9 };
  const ninth = [started({ release: 9, commit: fix, stable: "old" }), { ...ended("failed"), release: 9 }];
  assert.deepEqual(journal(...over, back, ...ninth, further).rejected, [{ commit, release: 7, reason: "requested" }]);
  // Its own version, what nobody knows, and a release that is still under way are its own affair.
  for (const [facts, from] of [
    [[...over], "by-hand"],
    [[...failed], "new"],
    [[...failed, { ...passed("deploy", { candidate: { version: "fixed", url: "" } }), release: 8 }], "fixed"],
  ] as const)
    assert.deepEqual(
      journal(...facts, { ...rolledBack({ from }), release: 8 }).rejected.map((known) => [known.commit, known.release]),
      [[fix, 8]],
    );
});

test("a release knows the generations that its record shows, and no other", () => {
  const { release } = journal(...atFive, intent(1, 100, "g2"));
  assert.ok(release !== null);
  assert.deepEqual(
    ["g1", "g2", "g3"].map((generation) => knowsGeneration(release, generation)),
    [true, true, false],
  );
});

test("a held release is not the commit's fault", () => {
  assert.deepEqual(journal(...atHundred, rolledBack({ as: "held" })).rejected, []);
});

test("a rollback to the last good version keeps what is known of it", () => {
  const next = { release: 8, by: { run: 8, attempt: 1, actor: "ada" } };
  const record = journal(
    ...promoted,
    ended("done"),
    started({ ...next, commit: "d".repeat(40), stable: "new" }),
    rolledBack({ ...next, to: "new" }),
  );
  assert.deepEqual(record.lastGood, { version: "new", commit, release: 7 });
});

test("a rollback of no release only names where traffic went", () => {
  const record = journal(rolledBack({ release: 0 }));
  assert.equal(record.release, null);
  assert.equal(record.lastGood?.version, "old");
  const other = journal(started(), rolledBack({ release: 6 }));
  assert.equal(other.release?.ended, null);
});

test("an entry of another release only counts", () => {
  const before = journal(started());
  const after = fold(before, entry({ kind: "interrupted", reason: "cancelled", message: "" }, { release: 6 }));
  assert.deepEqual(after, { ...before, entries: 2 });
  assert.deepEqual(journal(interrupted), { ...emptyRecord("production"), entries: 1, highest: 7 });
});

test("a lock says who, why and since when, until it is taken away", () => {
  const locked = entry({ kind: "locked", reason: "incident 12", at: 9 });
  assert.deepEqual(journal(started(), locked).lock, { reason: "incident 12", actor: "ada", at: 9 });
  assert.equal(journal(started(), locked, entry({ kind: "unlocked", reason: "over" })).lock, null);
});

test("at most a hundred rejected commits are kept, the newest", () => {
  const entries = Array.from({ length: 120 }, (_, index) => {
    const release = index + 1;
    const by = { release, by: { run: release, attempt: 1, actor: "ada" } };
    return [started({ ...by, commit: release.toString(16).padStart(40, "0") }), rolledBack(by)];
  });
  const { rejected } = journal(...entries.flat());
  assert.equal(rejected.length, 100);
  assert.equal(rejected.at(-1)?.release, 120);
});

const everyKind: readonly [Entry, string][] = [
  [started(), "release 7 started: cccccccccccc"],
  [resumed, "release 7 resumed by attempt 2"],
  [passed("deploy"), "release: deploy passed (ok)"],
  [intent(0, 5, "g1"), "release: about to give the candidate 5%"],
  [applied(5, "g2"), "candidate at 5%: applied"],
  [accepted(), "canary 5%: pass (limits-kept)"],
  [interrupted, "interrupted (cancelled)"],
  [rolledBack(), "rolled-back: traffic to old (limit-broken)"],
  [ended("done"), "release 7 done (done)"],
  [entry({ kind: "locked", reason: "incident 12" }), "locked by ada: incident 12"],
  [entry({ kind: "unlocked", reason: "over" }), "unlocked by ada"],
  [entry({ kind: "approval", stage: "release", role: "cto", digest: "d" }), "release: approved by ada as cto"],
  [entry({ kind: "signature", role: "final", digest: "d", note: "" }), "signed by ada as final"],
  [entry({ kind: "attested", stage: "release", role: "ops", note: "" }), "release: task done, says ada as ops"],
  [entry({ kind: "order", order: "hold", reason: "" }), "ada says hold"],
  [entry({ kind: "order", order: "abort", reason: "typo" }), "ada says abort: typo"],
  [
    entry({ kind: "skipped", stage: "release", step: "load-test", reason: "no host" }),
    "release: load-test skipped by ada: no host",
  ],
  [question, "release: canary asks a person (p95)"],
  [entry({ kind: "warned", stage: "release", step: "watch", reason: "cpu", message: "" }), "release: warning (cpu)"],
  [
    entry({ kind: "stepped-back", stage: "release", shift: 1, reason: "p95", message: "" }),
    "release: back by one share (p95)",
  ],
  [looked(), "release: watch hold (minimum-hold)"],
  [entry({ kind: "changing", what: "workers", to: "on", stage: "release" }), "release: about to turn workers on"],
  [entry({ kind: "changed", what: "workers", to: "on", stage: "release", message: "" }), "release: workers on"],
  [recovery(true), "what serves now does its work"],
  [recovery(false), "what serves now is NOT healthy"],
  [
    entry({ kind: "queued", commit, reason: "busy", message: "" }, { release: 9 }),
    "release 9 of cccccccccccc waits (busy)",
  ],
  [entry({ kind: "dequeued", reason: "locked", message: "" }, { release: 9 }), "release 9 waits no more (locked)"],
];

test("every kind of entry has a headline", () => {
  const kinds = entrySchema.options.map(({ shape }) => shape.kind.value);
  const told = new Set(everyKind.map(([{ kind }]) => kind));
  assert.deepEqual(
    kinds.filter((kind) => !told.has(kind)),
    [],
  );
});

for (const [told, expected] of everyKind)
  test(`headline: ${expected}`, () => {
    assert.equal(headline(told), expected);
  });

test("whatever is written in whatever order, the record stays a record and its numbers only grow", () => {
  const entries = fc.array(fc.constantFrom(...everyKind.map(([told]) => told), notApplied(5, "g1"), passed("canary")), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(entries, (list) => {
      let record = emptyRecord("production");
      for (const next of list) {
        assert(entrySchema.safeParse(next).success);
        const after = fold(record, next);
        assert(recordSchema.safeParse(after).success);
        assert(after.highest >= record.highest && after.entries === record.entries + 1);
        record = after;
      }
    }),
    { numRuns: 300 },
  );
});

const waits = (release: number) => entry({ kind: "queued", commit, reason: "busy", message: "It waits." }, { release });
const leaves = (release: number) => entry({ kind: "dequeued", reason: "locked", message: "No." }, { release });
const lines: readonly [string, readonly Entry[], number | undefined][] = [
  ["a release waits", [waits(9)], 9],
  ["a newer one takes its place", [waits(9), waits(10)], 10],
  ["an older one does not", [waits(9), waits(8)], 9],
  ["it leaves", [waits(9), leaves(9)], undefined],
  ["another one's leaving is nothing to it", [waits(9), leaves(8)], 9],
  ["it begins", [waits(9), { ...started(), release: 9 }], undefined],
  ["a newer one begins", [waits(9), { ...started(), release: 10 }], undefined],
  ["an older one begins", [waits(9), { ...started(), release: 8 }], 9],
];

for (const [what, entries, expected] of lines)
  test(`in line: ${what}`, () => {
    const record = journal(started(), ...entries);
    assert.equal(record.queued?.release, expected);
    assert.equal(record.entries, entries.length + 1);
  });

test("F42: that a rejected commit may be released again is kept for whoever begins it in its turn", () => {
  const overridden = entry(
    { kind: "queued", commit, reason: "busy", message: "", overrideRejected: true },
    { release: 9 },
  );
  assert.equal(journal(started(), overridden).queued?.overrideRejected, true);
  assert.equal(journal(started(), waits(9)).queued?.overrideRejected, undefined);
});

test("who waits in line has no number yet that shuts anybody out", () => {
  assert.equal(journal(started(), waits(9), leaves(9)).highest, 7);
});

test("after traffic went back the record knows whether what serves does its work", () => {
  assert.equal(journal(started(), recovery(true)).release?.recovery, null, "a release under way has not gone back");
  const well = journal(...atFive, rolledBack(), recovery(true)).release;
  assert.deepEqual([well?.ended?.as, well?.recovery], ["rolled-back", { healthy: true, at: 5 }]);
  const badly = journal(...atFive, rolledBack(), recovery(false)).release;
  assert.deepEqual([badly?.ended?.as, badly?.ended?.message], ["rolled-back-unhealthy", "It was asked."]);
});

test("the next look goes on from what the gate knew; one that knows nothing begins anew", () => {
  const begun = passed("watch", { outcome: "begun" });
  const knows = journal(started(), begun, looked({ gate: { looks: 3 } }));
  assert.deepEqual(knows.release?.watch?.gate, { looks: 3 });
  const forgot = fold(knows, looked({ from: 100, to: 200 }));
  assert.equal(forgot.release?.watch?.gate, undefined);
});

test("variables that a stage sets again are put back to what was before it, other changes stay", () => {
  const configured = (before: string) =>
    passed("configure", { configured: { changed: ["A"], unreadable: [], before } });
  const page = entry({ kind: "changed", what: "maintenance", to: "on", stage: "release", message: "" });
  const { release } = journal(started(), page, configured("one"), configured("two"));
  assert.deepEqual(
    release?.changes.map(({ what, handle }) => [what, handle]),
    [
      ["maintenance", null],
      ["configuration", "two"],
    ],
  );
});

test("F19: what was seen already changes nothing, in whatever order two processes tell it", () => {
  const begun = passed("watch", { outcome: "begun" });
  const once = journal(started(), begun, looked({ gate: { looks: 3 } }));
  for (const late of [looked(), looked({ to: 60, seenMs: 60, verdict: "pass", reason: "limits-kept" })])
    assert.deepEqual(fold(once, late).release?.watch, once.release?.watch);
});
