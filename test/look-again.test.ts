import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget, Outcome, Production } from "../src/deploy-target.ts";
import { lookAgain } from "../src/look-again.ts";
import { twoCommitsPlan } from "../src/proof/harnesses.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import { atFive, entry, passed, production, rolledBack, started } from "./proof/release-journal.ts";
import { swiftPorts } from "./swift-ports.ts";

/** A platform that cannot refuse a late write; `shares` is what it serves at each reading, the last one for ever. */
function platform(...shares: readonly string[]) {
  const restored: string[] = [];
  let seen = 0;
  let serving: Production | undefined;
  const observe = async (): Promise<Production> =>
    serving ?? production(`g${20 + seen}`, shares[Math.min(seen++, shares.length - 1)] ?? "old 100");
  const restore = async ({ to }: { readonly to: string }): Promise<Outcome> => {
    restored.push(to);
    serving = production("g99", `${to} 100`);
    return { outcome: "applied", production: serving };
  };
  const target: Pick<DeployTarget, "observe" | "restore" | "capabilities"> = {
    observe,
    restore,
    capabilities: { shifts: "traffic", compareAndSet: false },
  };
  return { target: target as DeployTarget, restored };
}

async function looked(shares: readonly string[], as: "rolled-back" | "rollback-incomplete" = "rolled-back") {
  const store = memoryRecordStore();
  const ports = swiftPorts();
  const at = ports.clock.now();
  const journal = [...atFive, { ...rolledBack({ as }), at }];
  await store.append("production", await store.read("production"), journal);
  const { target, restored } = platform(...shares);
  const author = { run: 9, attempt: 1, actor: "clock" };
  const scene = { ports, store, environment: "production", target, author };
  return { scene, store, restored, entries: () => store.entries("production").slice(journal.length) };
}

test("where stable still serves nothing is written", async () => {
  const { scene, restored, entries } = await looked(["old 100"]);
  const verdict = await lookAgain({ ...scene, stay: false });
  assert.deepEqual([verdict.reason, restored, entries()], ["still-back", [], []]);
});

test("a write that came late is taken back, and the record says so", async () => {
  const { scene, restored, entries } = await looked(["new 5, old 95"]);
  const verdict = await lookAgain({ ...scene, stay: false });
  assert.deepEqual([verdict.reason, restored], ["given-back-again", ["old"]]);
  assert.deepEqual(
    entries().map((entry) => (entry.kind === "rollback" ? [entry.as, entry.reason, entry.to] : entry.kind)),
    [["rolled-back", "late-write", "old"]],
  );
});

test("a hotfix that somebody put there meanwhile is theirs", async () => {
  const { scene, restored, entries } = await looked(["hotfix 100"]);
  const verdict = await lookAgain({ ...scene, stay: false });
  assert.deepEqual([verdict.reason, restored, entries()], ["moved-since", [], []]);
});

test("a rollback in parts that has become whole ends as rolled back", async () => {
  const { scene, store } = await looked(["old 100"], "rollback-incomplete");
  await lookAgain({ ...scene, stay: false });
  assert.equal((await store.read("production")).record.release?.ended?.as, "rolled-back");
});

test("a rollback in parts of a later stage goes to what the stage before it promoted, whose flags stay", async () => {
  const store = memoryRecordStore();
  const ports = swiftPorts();
  const restore = { version: "old", generation: "g1" };
  const stage = (name: string, version: string, from: string, to: string) => [
    passed("deploy", { stage: name, candidate: { version, url: "" } }),
    entry({ kind: "changing", what: "flags", to: "on", stage: name, handle: "before" }),
    entry({ kind: "changed", what: "flags", to: "on", stage: name, message: "" }),
    entry({ kind: "intent", stage: name, shift: 0, weight: 100, generation: from, restore }),
    entry({ kind: "result", outcome: "applied", weight: 100, generation: to, message: "" }),
  ];
  const parts = { stage: "second", from: "two", to: "one", as: "rollback-incomplete" } as const;
  const journal = [
    started({ plan: twoCommitsPlan }),
    ...stage("first", "one", "g1", "g2"),
    passed("canary", { stage: "first" }),
    ...stage("second", "two", "g2", "g3"),
    { ...rolledBack(parts), at: ports.clock.now() },
  ];
  await store.append("production", await store.read("production"), journal);
  const { target, restored } = platform("two 40, one 60");
  const author = { run: 9, attempt: 1, actor: "clock" };
  await lookAgain({ ports, store, environment: "production", target, author, stay: false });
  const { release, lastGood } = (await store.read("production")).record;
  assert.deepEqual([restored, release?.ended?.as, lastGood?.version], [["one"], "rolled-back", "one"]);
  assert.deepEqual(
    release?.changes.map(({ what, stage: of }) => `${what} of ${of}`),
    ["flags of second"],
  );
});
