import assert from "node:assert/strict";
import { after, test } from "node:test";
import { admit } from "../../src/release/admit.ts";
import { decide } from "../../src/release.ts";
import { startSlackTwin } from "../channel/slack-twin.ts";
import { openLaptopWorld } from "./laptop.ts";
import { underWay } from "./release-story.ts";

const world = await openLaptopWorld();
after(() => world[Symbol.asyncDispose]());

const request = { release: 5000, attempt: 1, commit: "b".repeat(40) };

test("a lock is written with reason and name, tells whom the runbook names, and refuses new releases", async () => {
  await using receiver = await startSlackTwin();
  receiver.fail({ status: 204 });
  const { code, stdout, stderr } = await world.sluice(["lock", "--reason", "Black\nFriday"], {
    env: { HOOK: receiver.webhook },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^production is locked\..*rolling back works/);
  const record = await world.record();
  assert.deepEqual({ ...record.lock, at: 0 }, { reason: "Black Friday", actor: "Ada Lovelace", at: 0 });
  assert.equal(record.highest, 0, "a lock has no place in the order of releases");
  const admission = admit(record, request);
  assert.equal(admission.admit, "refuse");
  assert(admission.admit === "refuse" && admission.reason === "locked" && admission.message.includes("Black Friday"));
  assert.equal(JSON.parse(receiver.requests[0]?.body ?? "{}").event, "locked");
  assert.match((await world.sluice(["status"])).stdout, /lock +by Ada Lovelace, .*: Black Friday/);
});

test("locked twice stays the first lock; unlocked twice is said", async () => {
  assert.match(
    (await world.sluice(["lock", "--reason", "again"])).stdout,
    /locked already, by Ada Lovelace: Black Friday/,
  );
  const { entries } = await world.record();
  assert.match((await world.sluice(["unlock"])).stdout, /production is unlocked/);
  assert.match((await world.sluice(["unlock"])).stdout, /production is not locked/);
  const record = await world.record();
  assert.equal(record.lock, null);
  assert.equal(record.entries, entries + 1);
  assert.equal(admit(record, request).admit, "begin");
});

test("a lock of an environment that nothing was ever recorded of says so: its name may be mistyped", async () => {
  const { stdout } = await world.sluice(["lock", "--environment", "prodution", "--reason", "incident"]);
  assert.match(stdout, /^prodution is locked\..* first that was ever recorded of prodution: see that this is its name/);
  assert.doesNotMatch((await world.sluice(["lock", "--reason", "incident"])).stdout, /see that this is its name/);
  await world.sluice(["unlock"]);
});

test("under a lock nothing is raised, and everything can go back", async () => {
  const versions = { ...world, generation: "g1" };
  await world.append(...underWay(versions, Date.now()).slice(0, 2));
  assert.equal((await world.sluice(["lock", "--reason", "incident"])).code, 0);
  const record = await world.record();
  const asker = { release: 4711, attempt: 1 };
  const production = { generation: "g1", serving: [{ version: world.stable, weight: 100 }] };
  const held = decide(record, { asker, production }, Date.now());
  assert.equal(held.do, "hold");
  assert(held.do === "hold" && held.reason === "locked");
  await world.append(...underWay(versions, Date.now()).slice(2, 4));
  const shared = {
    generation: "g1",
    serving: [
      { version: world.stable, weight: 95 },
      { version: world.candidate, weight: 5 },
    ],
  };
  const abort = { reason: "job-failed", message: "A job failed." };
  assert.equal(decide(await world.record(), { asker, production: shared, abort }, Date.now()).do, "restore");
});

test("a lock without a reason is refused, with how to give one", async () => {
  for (const args of [["lock"], ["lock", "--reason", " \n"], ["lock", "--reason", "x".repeat(501)]]) {
    const { code, stderr } = await world.sluice(args);
    assert.equal(code, 2);
    assert.match(stderr, /needs a reason/);
  }
});
