import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget, Production } from "../src/deploy-target.ts";
import { ProviderError } from "../src/failure.ts";
import { handOver } from "../src/hand-over.ts";
import { twoCommitsPlan } from "../src/proof/harnesses.ts";
import { headline } from "../src/record/headline.ts";
import type { Entry } from "../src/record.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import { type RecordStore, recordDiffers } from "../src/record-store.ts";
import { type RestoreScene, restoreProduction } from "../src/restore-production.ts";
import type { Witness } from "../src/rollback.ts";
import { pass } from "../src/verdict.ts";
import { memoryPlatform, type Trouble, virtualPorts } from "./proof/platform.ts";
import { atFive, ended, entry, passed, promoted, started } from "./proof/release-journal.ts";

const witness: Witness = {
  ...{ release: 7, candidate: "new", stable: "old", before: "old", movesSchema: false, stands: "under way" },
};
const down = new ProviderError("github", "GitHub answered 503.");

/** Release 7 has given its candidate 5 %, and its record cannot be read for the first `fails` times. */
async function secondLine({
  fails = 99,
  problem = down,
  told = async () => witness,
  shares = [95, 5],
  compareAndSet = true,
  trouble,
  entries = [...atFive],
}: {
  readonly fails?: number;
  readonly problem?: Error;
  readonly told?: RestoreScene["witness"];
  readonly shares?: readonly [number, number];
  readonly compareAndSet?: boolean;
  readonly trouble?: Trouble;
  readonly entries?: Parameters<RecordStore["append"]>[2];
}) {
  const store = memoryRecordStore();
  await store.append("production", await store.read("production"), entries);
  let left = fails;
  const unreadable: RecordStore = {
    append: store.append,
    read: (environment) => (left-- > 0 ? Promise.reject(problem) : store.read(environment)),
  };
  const target = memoryPlatform({ version: "old", weight: shares[0] }, { version: "new", weight: shares[1] });
  if (trouble !== undefined) target.troubles.push(trouble);
  const ports = virtualPorts();
  const { verdict } = await restoreProduction({
    ...{ ports, store: unreadable, environment: "production", release: 7, reason: "job-failed", witness: told },
    target: { ...target, capabilities: { ...target.capabilities, compareAndSet } },
    author: { run: 7, attempt: 1, actor: "ada" },
    onEntry: async () => undefined,
  });
  const serving = target.production.serving
    .filter(({ weight }) => weight > 0)
    .map((one) => `${one.version} ${one.weight}`);
  const appended = store.entries("production").slice(entries.length).map(headline);
  return { verdict, serving, writes: target.writes, appended, said: ports.said.join("\n") };
}

test("F34: with the record down, the second line gives the candidate's traffic back and says how to write it down", async () => {
  const { verdict, serving, appended, said } = await secondLine({});
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "rolled-back"]);
  assert.deepEqual([serving, appended], [["old 100"], []]);
  assert.match(verdict.message, /deployment of release 7 says that it served before.* when this job is run again/);
  assert.match(said, /sluice rollback --only-record --environment production --to old --reason job-failed/);
});

test("a record that can be read again by then is told, unless it knows of an end already", async () => {
  const told = await secondLine({ fails: 1 });
  assert.deepEqual(told.appended, ["rolled-back: traffic to old (job-failed)"]);
  const over = await secondLine({ fails: 1, entries: [...atFive, ended("failed")] });
  assert.deepEqual([over.verdict.reason, over.appended], ["rolled-back", []]);
  const other = await secondLine({ fails: 1, entries: [started({ release: 8 })] });
  assert.deepEqual([other.verdict.reason, other.appended], ["rolled-back", []]);
});

test("F33: what contradicts the record, and what nobody can read either, moves nothing", async () => {
  const differs = new ProviderError("github", "It was tampered with.", { status: recordDiffers });
  const failing = () => Promise.reject(down);
  for (const [scene, reason] of [
    [{ problem: differs }, "record-differs"],
    [{ told: async () => undefined }, "no-witness"],
    [{ told: failing }, "no-witness"],
  ] as const) {
    const { verdict, serving, writes } = await secondLine(scene);
    assert.deepEqual([verdict.verdict, verdict.reason], ["error", reason]);
    assert.deepEqual([serving, writes], [["old 95", "new 5"], []]);
  }
});

test("whoever moves traffic at that moment is not overwritten", async () => {
  const { verdict, serving } = await secondLine({ trouble: "overtaken" });
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "rollback-incomplete"]);
  assert.deepEqual(serving, ["other 100"]);
});

test("with nothing of ours in traffic, a write that may still come is shut out where the platform can do that", async () => {
  const fenced = await secondLine({ shares: [100, 0] });
  assert.deepEqual([fenced.verdict.reason, fenced.writes], ["rolled-back", ["old 100"]]);
  const open = await secondLine({ shares: [100, 0], compareAndSet: false });
  assert.deepEqual([open.verdict.reason, open.writes], ["nothing-to-do", []]);
  const over = await secondLine({ told: async () => ({ ...witness, stands: "done" }) });
  assert.deepEqual([over.verdict.reason, over.writes], ["nothing-to-do", []]);
});

/** Half of production does not answer: the other half is as given, and takes what it is told. */
async function halfOutOfReach(shares: readonly [number, number], foreign?: string) {
  const store = memoryRecordStore();
  await store.append("production", await store.read("production"), [...atFive]);
  const memory = memoryPlatform(
    { version: "old", weight: shares[0] },
    { version: foreign ?? "new", weight: shares[1] },
  );
  const missing = "unknown-on-web-2";
  const half = (): Production => ({
    generation: memory.production.generation,
    serving: [
      ...memory.production.serving.map(({ version, weight }) => ({ version, weight: weight / 2 })),
      { version: missing, weight: 50 },
    ],
  });
  const target: DeployTarget = {
    ...memory,
    observe: () => Promise.reject(new ProviderError("compose", "Host web-2 does not answer.")),
    lookBack: async () => ({
      production: half(),
      outOfReach: [missing],
      history: undefined,
      health: async () => ({ healthy: true, message: "It is." }),
    }),
    async restore(request) {
      await memory.restore(request);
      return {
        outcome: "not-applied",
        reason: "host-unreached",
        message: "One is out.",
        production: half(),
        partly: true,
      };
    },
  };
  return {
    writes: memory.writes,
    restore: (more: Partial<RestoreScene>) =>
      restoreProduction({
        ...{ ports: virtualPorts(), store, environment: "production", reason: "job-failed", target },
        author: { run: 7, attempt: 1, actor: "ada" },
        onEntry: async () => undefined,
        ...more,
      }),
    appended: () => store.entries("production").slice(atFive.length).map(headline),
  };
}

for (const [who, more] of [
  ["the second line", { release: 7 }],
  ["a person", {}],
  ["a person who names the version", { to: "old" }],
] as const)
  test(`one host that does not answer keeps no other on the candidate: ${who}`, async () => {
    const scene = await halfOutOfReach([95, 5]);
    const { verdict } = await scene.restore(more);
    assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "rollback-incomplete"]);
    assert.match(verdict.message, /it serves old at 50% and unknown-on-web-2 at 50%/);
    assert.deepEqual([...new Set(scene.writes)], ["old 100"]);
    assert.match(scene.appended().join(), /^rollback-incomplete: .*old/);
  });

test("what answers is left alone where it serves none of ours, or what a person chose", async () => {
  for (const scene of [await halfOutOfReach([100, 0]), await halfOutOfReach([95, 5], "by-hand")]) {
    const { verdict } = await scene.restore({ release: 7 });
    assert.notEqual(verdict.verdict, "pass");
    assert.deepEqual([scene.writes, scene.appended()], [[], []]);
  }
});

test("F15: the second line of an old run ends nothing that a later run has in hand", async () => {
  const taken = entry({ kind: "resumed" }, { attempt: 5001 });
  const { verdict, writes, appended } = await secondLine({ fails: 0, entries: [...atFive, taken] });
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "superseded"]);
  assert.deepEqual([writes, appended], [[], []]);
});

const inLine = entry(
  { kind: "queued", commit: "d".repeat(40), reason: "busy", message: "Release 7 is under way." },
  { release: 9 },
);

/** The job that was to begin release 9, which waits in line, ended badly; `meanwhile` is appended in front of it. */
async function notBegun(reason: string, meanwhile: readonly Entry[] = []) {
  const store = memoryRecordStore();
  const entries = [...atFive, ended("failed"), inLine];
  await store.append("production", await store.read("production"), entries);
  let first = true;
  const raced: RecordStore = {
    read: store.read,
    async append(environment, onto, facts) {
      if (first && meanwhile.length > 0) await store.append(environment, await store.read(environment), meanwhile);
      first = false;
      return store.append(environment, onto, facts);
    },
  };
  const target = memoryPlatform({ version: "old", weight: 100 }, { version: "new", weight: 0 });
  const told: string[] = [];
  const { verdict } = await restoreProduction({
    ...{ ports: virtualPorts(), store: raced, target, environment: "production", release: 9, reason },
    author: { run: 12, attempt: 1, actor: "ada" },
    onEntry: async (one) => void told.push(headline(one)),
  });
  const { record } = await store.read("production");
  return { verdict, told, record, writes: target.writes };
}

test("a release in line whose job ends badly before it begins leaves the line: nobody starts that job over and over", async () => {
  for (const [reason, says] of [
    [
      "job-failed",
      /the job that was to begin it failed before it could begin it.*log of run 12.*all jobs of run 9 again/,
    ],
    ["cancelled", /the job that was to begin it was cancelled/],
  ] as const) {
    const { verdict, told, record, writes } = await notBegun(reason);
    assert.deepEqual([verdict.verdict, verdict.reason, writes], ["pass", "not-started", []]);
    assert.match(verdict.message, says);
    assert.deepEqual(told, [`release 9 waits no more (${reason})`]);
    assert.equal(record.queued, null);
    assert.equal(handOver(record, { source: "chain", now: 3_600_000 }).next, "nothing");
  }
});

test("one that others begin at that moment, or that a newer one overtakes, is left to them", async () => {
  const begun = await notBegun("job-failed", [started({ release: 9 })]);
  assert.deepEqual([begun.told, begun.record.release?.id, begun.record.release?.ended], [[], 9, null]);
  const newer = { ...inLine, release: 10, by: { ...inLine.by, run: 10 } };
  const overtaken = await notBegun("job-failed", [newer]);
  assert.deepEqual([overtaken.told, overtaken.record.queued?.release], [[], 10]);
  const busy = await notBegun("job-failed", [entry({ kind: "locked", reason: "Inventory." })]);
  assert.deepEqual([busy.told, busy.record.queued], [["release 9 waits no more (job-failed)"], null]);
});

test("a version that does not answer is gone back to only by name and by force", async () => {
  const asked = async (more: Partial<RestoreScene>) => {
    const store = memoryRecordStore();
    await store.append("production", await store.read("production"), [...atFive]);
    const memory = memoryPlatform({ version: "old", weight: 95 }, { version: "new", weight: 5 });
    const target = { ...memory, health: async () => ({ healthy: false, message: "It answers 503." }) };
    const { verdict } = await restoreProduction({
      ...{ ports: virtualPorts(), store, environment: "production", reason: "requested", target },
      author: { run: 9, attempt: 1, actor: "ada" },
      onEntry: async () => undefined,
      ...more,
    });
    return [verdict.reason, memory.writes];
  };
  assert.deepEqual(await asked({}), ["target-unhealthy", []]);
  assert.deepEqual(await asked({ force: true }), ["target-unhealthy", []]);
  assert.deepEqual(await asked({ to: "old" }), ["target-unhealthy", []]);
  assert.deepEqual(await asked({ to: "old", force: true }), ["rolled-back", ["old 100"]]);
});

test("one answer that does not come refuses nobody the way back", async () => {
  const store = memoryRecordStore();
  await store.append("production", await store.read("production"), [...atFive]);
  const memory = memoryPlatform({ version: "old", weight: 95 }, { version: "new", weight: 5 });
  let asked = 0;
  const health = async () => ({ healthy: ++asked > 2, message: "No answer came within 5000 ms." });
  const { verdict } = await restoreProduction({
    ...{ ports: virtualPorts(), store, environment: "production", reason: "requested", target: { ...memory, health } },
    author: { run: 9, attempt: 1, actor: "ada" },
    onEntry: async () => undefined,
  });
  assert.deepEqual([verdict.reason, memory.writes], ["rolled-back", ["old 100"]]);
});

/** A person writes down a rollback that was done without the record; the first append meets `meanwhile`. */
async function writtenDown(
  meanwhile: "nothing" | "another attempt" | "the same attempt" | "an outage" | "an outage of reads",
  { entries = atFive, onlyRecord = true }: { entries?: readonly Entry[]; onlyRecord?: boolean } = {},
) {
  const store = memoryRecordStore();
  await store.append("production", await store.read("production"), entries);
  let first = true;
  let reads = 0;
  const raced: RecordStore = {
    read: (environment) =>
      meanwhile === "an outage of reads" && reads++ > 0 ? Promise.reject(down) : store.read(environment),
    async append(environment, onto, facts) {
      if (meanwhile === "an outage") throw down;
      if (first && meanwhile !== "nothing") {
        const by = { attempt: meanwhile === "another attempt" ? 2 : 1 };
        const entries = [entry({ kind: "resumed" }, by)];
        await store.append(environment, await store.read(environment), entries);
      }
      first = false;
      return store.append(environment, onto, facts);
    },
  };
  const target = memoryPlatform({ version: "old", weight: 100 }, { version: "new", weight: 0 });
  const { verdict } = await restoreProduction({
    ...{
      ports: virtualPorts(),
      store: raced,
      target,
      environment: "production",
      reason: "it's done",
      onlyRecord,
    },
    author: { run: 1, attempt: 1, actor: "ada" },
    onEntry: async () => undefined,
  });
  const told = store.entries("production").some(({ kind }) => kind === "rollback");
  return { verdict: verdict.verdict, reason: verdict.reason, message: verdict.message, told };
}

test("a rollback that died before its entry, and that cannot be written down now either, is no success", async () => {
  const dead = { entries: [...promoted, ended("done")], onlyRecord: false };
  const now = await writtenDown("nothing", dead);
  assert.deepEqual([now.verdict, now.reason, now.told], ["pass", "recorded", true]);
  for (const [meanwhile, why] of [
    ["an outage", "The record could not be written; run it again."],
    ["an outage of reads", "GitHub answered 503."],
  ] as const) {
    const later = await writtenDown(meanwhile, dead);
    assert.deepEqual([later.verdict, later.reason, later.told], ["fail", "not-recorded", false]);
    assert.match(later.message, /^Version old already serves all traffic\. /);
    assert.ok(later.message.endsWith(why), later.message);
  }
});

for (const [meanwhile, reason, says] of [
  ["nothing", "recorded", /^All traffic is on old, read at generation g1/],
  ["the same attempt", "recorded", /^All traffic is on old/],
  ["another attempt", "not-recorded", /took the release over.*nothing was written/],
  ["an outage", "not-recorded", /^The record could not be written; run it again\.$/],
] as const)
  test(`a rollback that is written down afterwards says what is true: ${meanwhile} in between comes to ${reason}`, async () => {
    const seen = await writtenDown(meanwhile);
    assert.equal(seen.reason, reason);
    assert.match(seen.message, says);
    assert.equal(seen.told, reason === "recorded");
  });

test("a rollback that died before its entry, after a later stage had failed, is written down and its flags go", async () => {
  const store = memoryRecordStore();
  const flags = { what: "flags", to: "on", stage: "first" } as const;
  const restore = { version: "old", generation: "g1" };
  const entries = [
    started({ plan: twoCommitsPlan }),
    passed("deploy", { stage: "first", candidate: { version: "new", url: "" } }),
    entry({ kind: "changing", ...flags, handle: "before" }),
    entry({ kind: "changed", ...flags, message: "" }),
    entry({ kind: "intent", stage: "first", shift: 0, weight: 100, generation: "g1", restore }),
    entry({ kind: "result", outcome: "applied", weight: 100, generation: "g2", message: "" }),
    passed("canary", { stage: "first" }),
    ended("failed"),
  ];
  await store.append("production", await store.read("production"), entries);
  const target = memoryPlatform({ version: "old", weight: 100 }, { version: "new", weight: 0 });
  const undone: string[] = [];
  const { verdict } = await restoreProduction({
    ...{ ports: virtualPorts(), store, target, environment: "production", reason: "requested" },
    author: { run: 8, attempt: 1, actor: "ada" },
    onEntry: async () => undefined,
    change: async ({ what, to, stage, handle }) => {
      undone.push(`${what} of ${stage} ${to} (${handle})`);
      return pass("flags-off", "Done.");
    },
  });
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "recorded"]);
  assert.deepEqual(undone, ["flags of first off (before)"]);
  assert.deepEqual(target.writes, []);
});
