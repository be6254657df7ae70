import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, remaining } from "../src/begin.ts";
import { provenRunbook } from "../src/proof/schedules.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import type { RecordStore } from "../src/record-store.ts";
import { memoryPlatform, virtualPorts } from "./proof/platform.ts";
import { commit, ended, journal, passed, started } from "./proof/release-journal.ts";

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

test("F16: the same attempt finds its release under way, a later one takes it over, the earlier one is out", async () => {
  const asked = scene();
  await asked(7, 1);
  assert.equal((await asked(7, 1)).verdict.reason, "under-way");
  const second = await asked(7, 2);
  assert.deepEqual([second.verdict.reason, second.record.release?.attempt], ["resumed", 2]);
  const first = await asked(7, 1);
  assert.deepEqual([first.verdict.verdict, first.verdict.reason], ["error", "superseded"]);
  assert.equal((await asked(8, 1)).verdict.reason, "busy");
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
