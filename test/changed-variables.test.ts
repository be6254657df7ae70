import assert from "node:assert/strict";
import { test } from "node:test";
import { advance } from "../src/advance.ts";
import { taskLeft } from "../src/changed-variables.ts";
import { type Plan, withMarks } from "../src/plan.ts";
import { headline } from "../src/record/headline.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import { memoryPlatform, virtualPorts } from "./proof/platform.ts";
import { entry, started } from "./proof/release-journal.ts";

const stage: Plan["stages"][number] = {
  name: "release",
  steps: ["pause", "deploy", "canary"],
  pause: { task: "Rotate KEY.", by: ["ops"], changed: { KEY: null } },
  shifts: [],
  maxHoldMs: 0,
};
const plan: Plan = {
  service: "shop",
  people: { ops: ["carol"] },
  stages: [stage, { ...stage, name: "other", pause: { task: "", by: ["ops"] } }],
};

/** A platform that shows these marks, as they are when it is asked. */
const showing = (marks: Readonly<Record<string, string>>) => ({ ...memoryPlatform(), marks: async () => marks });

for (const [what, before, now, left] of [
  ["a variable that was set anew is done", "set:1", "set:2", undefined],
  ["one that was not set before and is now as well", null, "set:1", undefined],
  ["one that stayed is not", "set:1", "set:1", /KEY did not change since the release began/],
  ["one that was taken away is not", "set:1", undefined, /KEY is not set/],
  ["one that never was set is not", null, undefined, /KEY is not set/],
  ["marks of another maker prove nothing", "aa:1", "bb:2", /whether KEY changed cannot be told/],
] as const)
  test(`the task of a pause: ${what}`, async () => {
    const planned = { ...stage, pause: { task: "Rotate KEY.", by: ["ops"], changed: { KEY: before } } };
    const verdict = await taskLeft(showing(now === undefined ? {} : { KEY: now }), planned);
    if (left === undefined) return assert.equal(verdict, undefined);
    assert.deepEqual([verdict?.verdict, verdict?.reason], ["hold", "not-changed"]);
    assert.match(verdict?.message ?? "", left);
    assert.match(verdict?.message ?? "", /comment `\/continue` again/);
  });

test("the plan holds what the platform showed when the release began, and nothing for other pauses", () => {
  const [first, second] = withMarks(plan, { KEY: "set:1", OTHER: "set:9" }).stages;
  assert.deepEqual(first?.pause?.changed, { KEY: "set:1" });
  assert.equal(second?.pause?.changed, undefined);
});

test("a target that keeps no variables is a mistake in the runbook", () =>
  assert.rejects(taskLeft(memoryPlatform(), stage), /Remove `pause\.changed`/));

test("the stage goes on when the platform shows the change, whoever said that it was done; each word is answered once", async () => {
  const store = memoryRecordStore();
  const marks: Record<string, string> = { KEY: "set:1" };
  const target = { ...showing(marks), production: memoryPlatform({ version: "old", weight: 100 }).production };
  const attested = (at: number) => entry({ kind: "attested", at, stage: "release", role: "ops", note: "" });
  const begun = started({ plan: withMarks(plan, marks) });
  await store.append("production", await store.read("production"), [begun, attested(1)]);
  const ports = virtualPorts();
  await ports.clock.sleep(10);
  const look = (offer: object = { target }) =>
    advance({
      ...{ ports, store, environment: "production", asker: { release: 7, attempt: 1 }, steps: {} },
      author: { run: 7, attempt: 1, actor: "ada" },
      ...offer,
    });
  const told = () => store.entries("production").slice(2).map(headline);
  const twice = [await look(), await look()].map(({ verdict, reason }) => `${verdict} ${reason}`);
  assert.deepEqual(twice, ["hold not-changed", "hold not-changed"]);
  assert.equal(told().length, 1, "people are told once");
  assert.equal((await look({})).reason, "dispatch", "a job that does not see the platform believes nobody");
  await ports.clock.sleep(10);
  await store.append("production", await store.read("production"), [attested(ports.clock.now())]);
  assert.equal((await look()).reason, "not-changed");
  assert.equal(told().length, 3, "and again when it is said again");
  marks["KEY"] = "set:2";
  assert.equal((await look()).reason, "dispatch");
  assert.match(told().at(-1) ?? "", /release\/pause passed|pause.*passed/);
});
