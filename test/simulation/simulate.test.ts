import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Runbook } from "../../src/runbook.ts";
import { readRunbook } from "../../src/runbook-file.ts";
import { menu } from "../../src/simulation/fault-menu.ts";
import { type FaultRow, type Simulated, simulate } from "../../src/simulation/simulate.ts";
import { simulationText } from "../../src/simulation/simulation-text.ts";
import { createTimeline } from "../../src/simulation/timeline.ts";

const file = path.resolve(import.meta.dirname, "../../examples/quickstart/.github/runbook.yml");

function runbookFrom(change: (text: string) => string = (text) => text): Runbook {
  const read = readRunbook(change(readFileSync(file, "utf8")), file);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const play = (options: { only?: readonly string[]; schedules?: number; seed?: number; runbook?: Runbook } = {}) =>
  simulate({
    runbook: options.runbook ?? runbookFrom(),
    schedules: options.schedules ?? 60,
    seed: options.seed ?? 1,
    tickEveryMs: 900_000,
    only: options.only ?? [],
  });

function rowOf({ rows }: Simulated, id: string): FaultRow {
  const row = rows.find((one) => one.id === id);
  assert.ok(row, `there is a row ${id}`);
  return row;
}

test("the menu lists F00 to F42 once each, and says why a fault is not played", () => {
  const expected = Array.from({ length: 43 }, (_, number) => `F${String(number).padStart(2, "0")}`);
  assert.deepEqual(
    menu.map(({ id }) => id),
    expected,
  );
  for (const { id, trouble, why } of menu) assert.ok((trouble === undefined) !== (why === undefined), id);
});

test("under every fault the record and production agree in the end: no promise is broken", async () => {
  const result = await play({ schedules: 740 });
  assert.deepEqual(result.broken, []);
  assert.equal(result.schedules, 740);
  assert.ok(result.rows.length >= 36, `${result.rows.length} faults were played`);
});

test("without a fault a good version is released and a bad one taken back, within looks and not within hours", async () => {
  const { ends, leftBad, badMs, alone } = rowOf(await play({ only: ["F00"] }), "F00");
  assert.deepEqual(Object.keys(ends), ["done", "rolled-back"]);
  assert.equal(leftBad, 0);
  assert.ok(badMs.longest <= 10_000, `${badMs.longest} ms`);
  assert.equal(alone.ms, 0);
});

test("F27 a part of production that does not follow is asked again until it does", async () => {
  const { ends, leftBad } = rowOf(await play({ only: ["F27"] }), "F27");
  assert.deepEqual(Object.keys(ends), ["done", "rolled-back"]);
  assert.equal(leftBad, 0);
});

test("F28 a way back that is removed while the candidate serves everybody is told: the release ends as incomplete", async () => {
  const { ends, leftBad, worst } = rowOf(await play({ only: ["F28"], schedules: 120 }), "F28");
  assert.equal(ends["open"], undefined);
  assert.ok(leftBad > 0);
  assert.equal(leftBad, ends["rollback-incomplete"]);
  assert.equal(worst.badShare, 100);
});

test("F32 what a person moved stays where the person put it", async () => {
  const { ends } = rowOf(await play({ only: ["F32"] }), "F32");
  assert.ok((ends["halted"] ?? 0) > 0, JSON.stringify(ends));
});

test("a lost machine leaves a share alone for no longer than GitHub needs to notice", async () => {
  const { alone } = rowOf(await play({ only: ["F09"], schedules: 200 }), "F09");
  assert.ok(alone.ms > 0 && alone.ms <= 660_000, `${alone.ms} ms`);
});

test("the same seed gives the same numbers, another seed others", async () => {
  const options = { only: ["F07", "F09"], schedules: 40 };
  assert.deepEqual(await play(options), await play(options));
  assert.notDeepEqual((await play({ ...options, seed: 2 })).rows, (await play(options)).rows);
});

test("a share that nobody judges leaves a version that turns bad with everybody", async () => {
  const unjudged = runbookFrom((text) => text.replace(/- \{ traffic: 100%.*\}/, "- { traffic: 100% }"));
  const { ends, leftBad } = rowOf(await play({ only: ["F00"], runbook: unjudged, schedules: 200 }), "F00");
  assert.ok(leftBad > 0, JSON.stringify(ends));
});

test("a hold of days is played as fast as one of seconds", async () => {
  const days = runbookFrom((text) => text.replace("hold: 5s", "hold: 2d").replace("max-hold: 20s", "max-hold: 5d"));
  const { baseline, rows, broken } = await play({ runbook: days, only: ["F00", "F19"], schedules: 40 });
  assert.ok(baseline.ms > 2 * 86_400_000, `${baseline.ms} ms`);
  assert.deepEqual(broken, []);
  assert.ok(rows.some(({ ends }) => (ends["done"] ?? 0) > 0));
});

test("what a runbook asks of people is taken as answered", async () => {
  const asking = runbookFrom((text) =>
    text
      .replace("target:\n", "people: { cto: [ada] }\nsign-off: { order: [final], final: { by: [cto] } }\ntarget:\n")
      .replace("    backup:", "    approve: { by: [cto], minimum: 1 }\n    backup:"),
  );
  const { ends } = rowOf(await play({ runbook: asking, only: ["F00"], schedules: 30 }), "F00");
  assert.deepEqual(Object.keys(ends), ["done", "rolled-back"]);
});

test("people read a row for each fault, the distribution and the worst cases", async () => {
  const text = simulationText(await play({ schedules: 120 }), "sluice simulate");
  assert.match(text, /^120 schedules, seed 1; a release without faults takes 10m here\.$/m);
  for (const { id, trouble } of menu) if (trouble !== undefined) assert.match(text, new RegExp(`^${id} `, "m"));
  assert.match(text, /^ {2}up to 10s +\d+ +[\d.]+ % {2}#+$/m);
  assert.match(text, /^Every promise was kept/m);
  assert.match(text, /^ {2}F10 children outlive their parent: /m);
});

test("on the timeline nobody waits for real, the dead are not woken, and the order is the clock's", async () => {
  const timeline = createTimeline();
  const told: string[] = [];
  const actor = (name: string) => ({ name, skewMs: 0, dead: false, frozenUntil: 0 });
  const [ada, bob, cy] = [actor("ada"), actor("bob"), actor("cy")];
  const walk = async (who: typeof ada, ms: number) => {
    for (let step = 1; step <= 2; step++) {
      await timeline.sleep(who, ms);
      told.push(`${who.name} ${timeline.now()}`);
    }
  };
  timeline.start(ada, () => walk(ada, 86_400_000));
  timeline.start(bob, () => walk(bob, 50_000_000));
  timeline.start(cy, () => walk(cy, 1));
  timeline.at(60_000_000, () => timeline.kill(bob));
  cy.frozenUntil = 70_000_000;
  await timeline.play(1e12);
  assert.deepEqual(told, ["bob 50000000", "cy 70000001", "cy 70000002", "ada 86400000", "ada 172800000"]);
});
