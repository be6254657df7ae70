import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { explore } from "../../src/proof/explore.ts";
import { smallHarnesses } from "../../src/proof/harnesses.ts";
import { modelledSchedules } from "../../src/proof/modelled-schedule.ts";
import type { Move } from "../../src/proof/moves.ts";
import { hunt, mutants } from "../../src/proof/mutants.ts";
import { realCore } from "../../src/proof/prove.ts";
import { attendedRunbook, replacingRunbook, stagedRunbook, steppingRunbook } from "../../src/proof/proven-runbooks.ts";
import { realProgram } from "../../src/proof/real-process.ts";
import { realSchedule } from "../../src/proof/real-schedule.ts";
import { replay } from "../../src/proof/replay.ts";
import { storyOf } from "../../src/proof/story.ts";

for (const { name, ...harness } of smallHarnesses)
  test(`every schedule within small bounds keeps every promise: ${name}`, () => {
    const { exhausted, counterexample } = explore({ core: realCore, ...harness });
    assert(counterexample === undefined, counterexample && storyOf(counterexample.moves, counterexample.broken));
    assert(exhausted);
  });

test("seeded schedules of the modelled and of the real code keep every promise", async () => {
  const modelled = modelledSchedules(realCore);
  for (let seed = 1; seed <= 2_000; seed++) {
    const { moves, broken } = modelled(seed);
    assert(broken === undefined, broken && `seed ${seed}\n${storyOf(moves, broken)}`);
  }
  for (let seed = 1; seed <= 500; seed++) {
    const { moves, broken } = await realSchedule(seed, realProgram, realCore);
    assert(broken === undefined, broken && `seed ${seed}\n${storyOf(moves, broken)}`);
  }
});

test("what schedules share changes none of them: each is the same when it is played alone", () => {
  const modelled = modelledSchedules(realCore);
  for (let seed = 1; seed <= 1_000; seed++) assert.deepEqual(modelled(seed), modelledSchedules(realCore)(seed));
});

test("so do schedules of the real code where a broken limit takes the candidate one share down", async () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { moves, broken } = await realSchedule(seed, realProgram, realCore, steppingRunbook);
    assert(broken === undefined, broken && `seed ${seed}\n${storyOf(moves, broken)}`);
  }
});

test("so do schedules of the real code with people, watches and maintenance", async () => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    const { moves, broken, end } = await realSchedule(seed, realProgram, realCore, attendedRunbook);
    assert(broken === undefined, broken && `seed ${seed}\n${storyOf(moves, broken)}`);
    ends.add(end);
  }
  for (const end of ["done", "failed", "rolled-back", "halted"]) assert(ends.has(end), `none ended as ${end}`);
});

for (const [name, runbook, seeds] of [
  ["one stage, and a newer push that waits", undefined, 500],
  ["a newer push that replaces", replacingRunbook, 300],
  ["two stages with versions and flags of their own", stagedRunbook, 300],
] as const)
  test(`the model asks for the same effects in the same order as the real code, and both end alike: ${name}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { moves, broken } = await realSchedule(seed, realProgram, realCore, runbook);
      assert(broken === undefined, broken && `seed ${seed}\n${storyOf(moves, broken)}`);
      const { differs } = await replay(moves, realProgram, realCore, runbook);
      assert(differs === undefined, `seed ${seed}: ${differs}`);
    }
  });

const corpus = path.resolve(import.meta.dirname, "../data/schedules");

for (const file of readdirSync(corpus))
  test(`a schedule that once broke a promise keeps it: ${file}`, async () => {
    const { moves } = JSON.parse(readFileSync(path.join(corpus, file), "utf8")) as { moves: Move[] };
    const { differs, broken } = await replay(moves, realProgram, realCore);
    assert(broken === undefined, broken && storyOf(moves, broken));
    assert(differs === undefined, differs);
  });

test("every mutant fits a line of the code as it is today", () => {
  for (const { name, file, from } of mutants) {
    const text = readFileSync(path.resolve(import.meta.dirname, "../../src", file), "utf8");
    assert(
      text.includes(from),
      `the mutant "${name}" fits no line of ${file} any more; give it the line it was made for`,
    );
  }
});

test("the checker notices a protocol that is broken on purpose", async () => {
  const some = new Set([
    "two releases at once",
    "a raise on its way is not shut out",
    "a refused raise counts as settled",
  ]);
  for (const mutant of mutants.filter(({ name }) => some.has(name))) {
    const { by } = await hunt(mutant, 1_000);
    assert(by !== undefined, `the mutant "${mutant.name}" lives`);
  }
});
