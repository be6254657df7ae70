import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, remaining } from "../src/begin.ts";
import { provenRunbook } from "../src/proof/proven-runbooks.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import type { RecordStore } from "../src/record-store.ts";
import { fail, pass } from "../src/verdict.ts";
import { memoryPlatform, virtualPorts } from "./proof/platform.ts";
import {
  applied,
  commit,
  ended,
  entry,
  intent,
  journal,
  passed,
  rolledBack,
  started,
} from "./proof/release-journal.ts";

const old = { version: "old", weight: 100 };

function scene(store: RecordStore = memoryRecordStore(), target = memoryPlatform(old)) {
  return (release: number, attempt: number, changes: object = {}) =>
    begin({
      ports: virtualPorts(),
      store,
      environment: "production",
      asker: { release, attempt },
      author: { run: release, attempt, actor: "ada" },
      target,
      runbook: provenRunbook,
      commit,
      overrideRejected: false,
      ...changes,
    });
}

test("a release begins with its plan and its way back pinned, and is shown", async () => {
  const shown: (string | null)[] = [];
  const { verdict, record } = await scene()(7, 1, {
    onEntry: async ({ head }: { head: string | null }) => void shown.push(head),
  });
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "started"]);
  assert.deepEqual(record.release?.stable, { version: "old", generation: "g1" });
  assert.deepEqual(record.release?.plan.stages[0]?.steps, ["deploy", "canary"]);
  assert.equal(shown.length, 1);
});

test("a runbook of another environment than the job's is told: its record would be the other one's", async () => {
  const ports = virtualPorts();
  await scene()(7, 1, { ports, runbook: { ...provenRunbook, environment: "staging" } });
  assert.match(
    ports.said.join("\n"),
    /^The runbook is of staging, and this job releases to production: .*`environment: staging`/,
  );
  const right = virtualPorts();
  await scene()(7, 1, { ports: right });
  assert.deepEqual(right.said, []);
});

test("F16: the same attempt finds its release under way, a later one takes it over, the earlier one is out", async () => {
  const asked = scene();
  await asked(7, 1);
  assert.equal((await asked(7, 1)).verdict.reason, "under-way");
  const second = await asked(7, 2);
  assert.deepEqual([second.verdict.reason, second.record.release?.attempt], ["resumed", 2]);
  const first = await asked(7, 1);
  assert.deepEqual([first.verdict.verdict, first.verdict.reason], ["error", "superseded"]);
  const refusing = { ...provenRunbook, "on-new-commit": "refuse" as const };
  assert.equal((await asked(8, 1, { runbook: refusing })).verdict.reason, "busy");
});

test("what a tick could not undo of the release before is undone before another one begins", async () => {
  const store = memoryRecordStore();
  const on = entry({ kind: "changing", what: "flags", to: "on", stage: "release", handle: "{}" });
  await store.append("production", await store.read("production"), [started(), on, ended("failed")]);
  const undone: string[] = [];
  const change = async ({ what, to }: { readonly what: string; readonly to: string }) => {
    undone.push(`${what} ${to}`);
    return undone.length === 1 ? fail("flag-failed", "The flags' service is down.") : pass("flags-back", "It is back.");
  };
  const asked = scene(store);
  const stuck = await asked(8, 1, { change });
  assert.deepEqual([stuck.verdict.verdict, stuck.verdict.reason], ["error", "left-on"]);
  assert.match(
    stuck.verdict.message,
    /Release 7 left something on that could not be undone: The flags' service is down/,
  );
  const { verdict, record } = await asked(8, 1, { change });
  assert.deepEqual([verdict.reason, record.release?.id], ["started", 8]);
  assert.deepEqual(undone, ["flags off", "flags off"]);
});

test("settings of the platform that would let a release be a lie stop it before it begins", async () => {
  const asked: (readonly number[])[] = [];
  const target = {
    ...memoryPlatform(old),
    findings: async ({ shares }: { readonly shares: readonly number[] }) => {
      asked.push(shares);
      return [
        { reason: "auto-deploy-on", message: "Pushes ship by themselves: turn it off." },
        { reason: "plan-too-small", message: "The plan has no shares." },
      ];
    },
  };
  const { verdict, record } = await scene(memoryRecordStore(), target)(7, 1);
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "auto-deploy-on"]);
  assert.equal(verdict.message, "Pushes ship by themselves: turn it off. The plan has no shares.");
  assert.deepEqual([record.release, asked], [null, [[5, 100]]]);
});

test("what the migrations behind an approval would apply is pinned; what cannot be applied begins no release", async () => {
  const migration = { hash: "abc", files: ["0002_note.sql"], count: 1 };
  const stage = provenRunbook.stages[0]?.name ?? "";
  const { record } = await scene()(7, 1, { migrations: async () => ({ [stage]: migration }) });
  assert.deepEqual(record.release?.plan.stages[0]?.migration, migration);
  const edited = fail("migration-edited", "0001 was changed.");
  const refused = await scene()(7, 1, { migrations: async () => edited });
  assert.deepEqual([refused.verdict, refused.record.release], [edited, null]);
});

test("F26: with a wrong clock nothing begins", async () => {
  const { verdict, record } = await scene()(7, 1, { clockSkewMs: () => 600_000 });
  assert.deepEqual([verdict.verdict, verdict.reason, record.release], ["error", "clock-differs", null]);
});

for (const [when, facts] of [
  ["its candidate stood staged", [started(), passed("deploy"), ended("failed")]],
  ["an attempt between brought nothing", [started(), passed("deploy"), ended("failed"), started(), ended("failed")]],
] as const)
  test(`F32: a release never takes itself for its way back, when a person gave it all traffic after ${when}`, async () => {
    const store = memoryRecordStore();
    await store.append("production", await store.read("production"), [...facts]);
    const { verdict, record } = await scene(store, memoryPlatform({ version: "new", weight: 100 }))(7, 3);
    assert.deepEqual([verdict.verdict, verdict.reason], ["error", "serves-already"]);
    assert.match(verdict.message, /^new is what release 7 itself had brought/);
    assert.deepEqual([record.release?.before, record.release?.ended?.as], ["old", "failed"]);
    const other = await scene(store, memoryPlatform({ version: "other", weight: 100 }))(7, 3);
    assert.equal(other.verdict.reason, "started");
  });

test("shared or empty production has no way back", async () => {
  const shared = memoryPlatform({ version: "old", weight: 50 }, { version: "other", weight: 50 });
  const { verdict } = await scene(memoryRecordStore(), shared)(7, 1);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "shared-production"]);
  assert.match(verdict.message, /old at 50% and other at 50%/);
  const empty = await scene(memoryRecordStore(), memoryPlatform())(7, 1);
  assert.equal(empty.verdict.reason, "nothing-serves");
});

/** Somebody else appends first, once. */
function contested(store: RecordStore): RecordStore {
  let conflicts = 1;
  return {
    read: (environment) => store.read(environment),
    append: async (environment, onto, entries) =>
      conflicts-- > 0 ? { appended: false, reason: "conflict" } : store.append(environment, onto, entries),
  };
}

test("F17: whoever loses the race to append reads again", async () => {
  const store = memoryRecordStore();
  assert.equal((await scene(contested(store))(7, 1)).verdict.reason, "started");
  assert.equal((await scene(contested(store))(7, 2)).verdict.reason, "resumed");
  assert.deepEqual(
    store.entries("production").map(({ kind }) => kind),
    ["started", "resumed"],
  );
});

test("a release that finds another one under way waits in line, and a newer one takes its place", async () => {
  const store = memoryRecordStore();
  const ports = virtualPorts();
  const asked = scene(store);
  await asked(7, 1);
  for (const release of [8, 8, 9]) {
    const { verdict, record } = await asked(release, 1, { ports, workflow: "ship.yml" });
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "queued"]);
    const { queued, highest } = record;
    assert.deepEqual([queued?.release, queued?.workflow, queued?.actor], [release, "ship.yml", "ada"]);
    assert.equal(highest, 7, "who waits shuts nobody out");
  }
  assert.match(ports.said.join(), /Release 8 of commit c{12} waited and is superseded: release 9/);
  assert.equal((await asked(8, 1)).verdict.reason, "superseded");
  assert.equal((await asked(7, 2)).verdict.reason, "resumed");
  const by = { run: 7, attempt: 2, actor: "ada" };
  await store.append("production", await store.read("production"), [
    { kind: "ended", at: 1, by, release: 7, as: "failed", reason: "job-failed", message: "It failed." },
  ]);
  assert.equal((await asked(7, 3)).verdict.reason, "superseded", "a re-run does not overtake who waits");
  const begun = await asked(9, 2);
  assert.deepEqual([begun.verdict.reason, begun.record.queued], ["started", null]);
});

test("what people are to set anew is pinned as the platform shows it when the release begins", async () => {
  const target = { ...memoryPlatform(old), marks: async () => ({ KEY: "set:1" }) };
  const [stage] = provenRunbook.stages;
  const pause = { task: "Rotate the keys.", by: ["ops"], changed: ["KEY", "NEW_KEY"] };
  const runbook = { ...provenRunbook, stages: [{ ...stage, pause }] };
  const { record } = await scene(memoryRecordStore(), target)(7, 1, { runbook });
  assert.deepEqual(record.release?.plan.stages[0]?.pause?.changed, { KEY: "set:1", NEW_KEY: null });
});

const replacing = { runbook: { ...provenRunbook, "on-new-commit": "replace" as const } };

/** Release 7 has given its candidate five percent, and holds it. */
async function holding(target = memoryPlatform(old)) {
  const store = memoryRecordStore();
  const asked = scene(store, target);
  await asked(7, 1);
  const raised = await target.shift({ candidate: "new", stable: "old", weight: 5, ifGeneration: "g1" });
  assert(raised.outcome === "applied");
  const facts = [passed("deploy"), intent(0, 5, "g1"), applied(5, "g2")];
  await store.append("production", await store.read("production"), facts);
  return { store, target, asked };
}

test("a release that replaces the one under way gives its traffic back first, and blames nobody", async () => {
  const { store, target, asked } = await holding();
  const { verdict, record } = await asked(8, 1, replacing);
  assert.equal(verdict.reason, "started");
  assert.deepEqual(target.production.serving, [
    { version: "old", weight: 100 },
    { version: "new", weight: 0 },
  ]);
  assert.deepEqual([record.release?.id, record.rejected], [8, []]);
  const told = store.entries("production").map(({ kind }) => kind);
  assert.deepEqual(told.slice(4), ["order", "rollback", "started"]);
});

test("nothing is ended for a release that may not begin: under a lock, or before another environment is done", async () => {
  const locked = await holding();
  const lock = entry({ kind: "locked", reason: "an incident" });
  await locked.store.append("production", await locked.store.read("production"), [lock]);
  const refused = await locked.asked(8, 1, replacing);
  assert.deepEqual(
    [refused.verdict.reason, refused.record.release?.id, refused.record.release?.ended],
    ["locked", 7, null],
  );
  assert.equal(refused.record.release?.people.wanted, null);

  const early = await holding();
  const runbook = { ...replacing.runbook, after: { environment: "staging", watched: 0 } };
  const waits = await early.asked(8, 1, { runbook });
  assert.deepEqual(
    [waits.verdict.reason, waits.record.queued?.release, waits.record.release?.ended],
    ["queued", 8, null],
  );
  assert.equal(waits.record.release?.people.wanted, null);
  const done = [started({ stable: "older" }), passed("deploy"), passed("canary"), ended("done")];
  await early.store.append("staging", await early.store.read("staging"), done);
  const begun = await early.asked(8, 2, { runbook });
  assert.deepEqual([begun.verdict.reason, begun.record.release?.id, begun.record.queued], ["started", 8, null]);
});

test("one that cannot be ended keeps its place", async () => {
  const { target, asked } = await holding();
  target.troubles.push(...Array<"unavailable">(9).fill("unavailable"));
  const { verdict, record } = await asked(8, 1, replacing);
  assert.deepEqual([verdict.verdict, verdict.reason, record.release?.id], ["hold", "not-replaced", 7]);
});

test("after another environment: it waits in line until the commit is done there, and a commit that went back is refused", async () => {
  const store = memoryRecordStore();
  const asked = scene(store);
  const runbook = { ...provenRunbook, after: { environment: "staging", watched: 1 } };
  const waits = await asked(7, 1, { runbook });
  assert.deepEqual([waits.verdict.verdict, waits.verdict.reason], ["hold", "queued"]);
  assert.deepEqual(waits.record.queued?.after, { environment: "staging", watchedMs: 1 });
  assert.equal(waits.record.release, null);
  const serving = [started(), passed("deploy"), passed("canary")];
  await store.append("staging", await store.read("staging"), [...serving, ended("done")]);
  const begun = await asked(7, 2, {
    runbook,
    ports: { ...virtualPorts(), clock: { ...virtualPorts().clock, now: () => 5 } },
  });
  assert.deepEqual([begun.verdict.reason, begun.record.queued], ["started", null]);
  await store.append("back", await store.read("back"), [...serving, rolledBack()]);
  const refused = await scene(store)(7, 3, {
    environment: "blue",
    runbook: { ...runbook, after: { environment: "back" } },
  });
  assert.deepEqual([refused.verdict.verdict, refused.verdict.reason], ["fail", "rejected-there"]);
});

/** Release 7 is done, and the next one begins on what it left. */
async function afterAnother(target = memoryPlatform(old), capabilities = target.capabilities) {
  const store = memoryRecordStore();
  const asked = scene(store, { ...target, capabilities });
  await asked(7, 1);
  const release = 7;
  const by = { run: 7, attempt: 1, actor: "ada" };
  const ended = {
    kind: "ended",
    at: 1,
    by,
    release,
    as: "done",
    reason: "all-steps-passed",
    message: "Done.",
  } as const;
  await store.append("production", await store.read("production"), [ended]);
  return { ...(await asked(8, 1)), writes: target.writes };
}

test("the first release of an environment begins without a write, a later one on a generation of its own", async () => {
  const target = memoryPlatform(old);
  const { verdict, record, writes } = await afterAnother(target);
  assert.equal(verdict.reason, "started");
  assert.deepEqual(writes, ["old 100"]);
  assert.deepEqual(record.release?.stable, { version: "old", generation: "g2" });
  const late = await target.restore({ to: "older", ifGeneration: "g1" });
  assert.equal(late.outcome, "not-applied", "what the release before sent is shut out");
});

test("where the platform takes late writes, a release begins without one of its own", async () => {
  const target = memoryPlatform(old);
  const { verdict, writes } = await afterAnother(target, { ...target.capabilities, compareAndSet: false });
  assert.deepEqual([verdict.reason, writes], ["started", []]);
});

test("the same release begins again on the generation its own rollback left", async () => {
  const store = memoryRecordStore();
  const target = memoryPlatform(old);
  const asked = scene(store, target);
  await asked(7, 1);
  const held = {
    as: "held",
    reason: "max-hold",
    message: "Unproven.",
    from: null,
    to: "old",
    generation: "g1",
  } as const;
  const by = { run: 7, attempt: 1, actor: "ada" };
  await store.append("production", await store.read("production"), [
    { kind: "rollback", at: 1, by, release: 7, ...held },
  ]);
  assert.equal((await asked(7, 2)).verdict.reason, "started");
  assert.deepEqual(target.writes, []);
});

const pins = [
  {
    what: "the answer is lost, and production shows the write",
    troubles: ["lost"],
    reason: "started",
    generation: "g3",
  },
  { what: "the platform says nothing once", troubles: ["silent"], reason: "started", generation: "g2" },
  { what: "somebody moves traffic in between", troubles: ["overtaken"], reason: "started", generation: "g3" },
  {
    what: "the platform never takes it",
    troubles: Array(9).fill("unavailable"),
    reason: "production-unsettled",
    generation: undefined,
  },
] as const;

for (const { what, troubles, reason, generation } of pins)
  test(`a generation of its own, when ${what}: ${reason}`, async () => {
    const target = memoryPlatform(old);
    target.troubles.push(...troubles);
    const { verdict, record } = await afterAnother(target);
    assert.equal(verdict.reason, reason, verdict.message);
    assert.equal(record.release?.id === 8 ? record.release.stable.generation : undefined, generation);
  });

test("what is left of a release are the steps that are not recorded as passed", () => {
  const { release } = journal(started(), passed("preflight"), passed("deploy", { outcome: "failed" }), ended("failed"));
  assert(release !== null);
  assert.deepEqual(remaining(release), [{ name: "release", commit, steps: ["deploy", "canary"] }]);
  const all = journal(started(), passed("preflight"), passed("deploy"), passed("canary"));
  assert(all.release !== null);
  assert.deepEqual(remaining(all.release), []);
});
