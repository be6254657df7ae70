import assert from "node:assert/strict";
import { test } from "node:test";
import { budgetOf } from "../../src/proof/budget.ts";
import { explore } from "../../src/proof/explore.ts";
import { type Harness, smallHarnesses } from "../../src/proof/harnesses.ts";
import type { Broken } from "../../src/proof/invariants.ts";
import { answered, pendingOf } from "../../src/proof/modelled-process.ts";
import {
  type Bounds,
  chancesOf,
  checkAtEnd,
  firstMoment,
  kinds,
  type Moment,
  surroundings,
} from "../../src/proof/moves.ts";
import { numbering } from "../../src/proof/numbering.ts";
import { realCore } from "../../src/proof/prove.ts";
import { column, rows } from "../../src/proof/rows.ts";
import { type Core, serve } from "../../src/proof/world.ts";
import { randomFrom } from "../../src/seeded-random.ts";

test("rows are numbered as they come, and none is taken for another", () => {
  const random = randomFrom(7);
  const table = rows(3);
  const known = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const row = [0, 0, 0].map(() => Math.floor(random() * 30) - 1);
    const text = row.join();
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    assert.equal(table.numberOf(row), number);
    assert.deepEqual(
      [0, 1, 2].map((at) => table.at(number, at)),
      row,
    );
  }
  assert.equal(table.count(), known.size);
});

test("a column grows and keeps what it was given", () => {
  const values = column();
  for (let i = 0; i < 5_000; i++) values.push(i);
  values.set(4_000, -7);
  assert.deepEqual([values.count(), values.at(1_023), values.at(4_000), values.at(4_999)], [5_000, 1_023, -7, 4_999]);
});

test("what is left of the trouble is a number, and spent kind by kind", () => {
  const none = Object.fromEntries(kinds.map((kind) => [kind, 0])) as unknown as Bounds;
  const bounds = { ...none, faults: 2, reruns: 1 };
  const budget = budgetOf(bounds);
  const faults = kinds.indexOf("faults");
  const once = budget.spend(budget.whole, faults) ?? -1;
  const twice = budget.spend(once, faults) ?? -1;
  assert.deepEqual(budget.boundsOf(budget.whole), bounds);
  assert.deepEqual(budget.boundsOf(twice), { ...bounds, faults: 0 });
  assert.equal(budget.spend(twice, faults), undefined);
  assert.equal(budget.spend(twice, -1), twice);
  assert(budget.covers(budget.whole, twice) && !budget.covers(twice, once) && budget.covers(once, once));
  const other = budget.spend(budget.whole, kinds.indexOf("reruns")) ?? -1;
  assert(!budget.covers(once, other) && !budget.covers(other, once));
});

interface Found {
  readonly places: number;
  readonly broken?: Broken;
}

/** The plain search: whole moments, each followed by itself, nothing remembered but which were seen. */
function plainly(core: Core, { plan, bounds, onNewCommit }: Omit<Harness, "name">): Found {
  const { foldEntries, worldNumber, processNumber } = numbering(core);
  const seen = new Map<string, Bounds[]>();
  const covers = (more: Bounds, less: Bounds) => kinds.every((kind) => more[kind] >= less[kind]);
  const isNew = ({ world, processes, left }: Moment): boolean => {
    const crew = processes.map((process) => processNumber(process, world.head)).sort();
    const key = [worldNumber(world), ...crew].join();
    const known = seen.get(key) ?? [];
    if (known.some((other) => covers(other, left))) return false;
    seen.set(key, [...known, left]);
    return true;
  };
  const queue: Moment[] = [];
  const visit = (moment: Moment) => {
    const lean = { ...moment, processes: moment.processes.filter(({ place }) => place.at !== "end") };
    if (isNew(lean)) queue.push(lean);
  };
  visit(firstMoment(bounds));
  for (let moment = queue.shift(); moment !== undefined; moment = queue.shift()) {
    const { world, processes, left } = moment;
    for (const [index, process] of processes.entries()) {
      const others = processes.filter((_, other) => other !== index);
      const request = pendingOf(process);
      if (request === undefined) continue;
      for (const [chance, kind] of chancesOf(request, world, left)) {
        const served = serve(world, request, chance, foldEntries);
        const next = answered(process, served.reply, { core, plan, onNewCommit, now: served.world.clock });
        const broken = served.broken ?? checkAtEnd(next, served.world);
        if (broken !== undefined) return { places: seen.size, broken };
        const rest = kind === undefined ? left : { ...left, [kind]: left[kind] - 1 };
        visit({ world: served.world, processes: [...others, next], left: rest });
      }
      if (left.crashes > 0) visit({ world, processes: others, left: { ...left, crashes: left.crashes - 1 } });
      if (left.cancels > 0 && process.role === "release" && !process.cancelled) {
        const cancelled = [...others, { ...process, cancelled: true }];
        visit({ world, processes: cancelled, left: { ...left, cancels: left.cancels - 1 } });
      }
    }
    for (const { moment: after, broken } of surroundings(moment, bounds)) {
      if (broken !== undefined) return { places: seen.size, broken };
      visit(after);
    }
  }
  return { places: seen.size };
}

/** The plain search takes its time: the small ones that pair living processes, people, commands and pushes. */
const compared = new Set([
  "faults and crash",
  "re-run beside the living",
  "cancelled",
  "a person moves traffic",
  "without a canary",
  "approved and signed",
  "watched",
  "maintenance",
  "a newer push replaces",
  "two commits with flags",
]);

for (const { name, ...harness } of smallHarnesses.filter(({ name }) => compared.has(name)))
  test(`the exploration by numbers finds exactly the places of the plain search: ${name}`, () => {
    assert.equal(explore({ core: realCore, ...harness }).places, plainly(realCore, harness).places);
  });

test("what breaks a promise breaks it in both, and the story leads there", () => {
  const core: Core = {
    ...realCore,
    decide: (record, observation, now) =>
      realCore.decide(
        { ...record, highest: 0, release: record.release && { ...record.release, attempt: 1 } },
        observation,
        now,
      ),
  };
  const harness = smallHarnesses.find(({ name }) => name === "re-run beside the living");
  assert(harness !== undefined);
  const { counterexample } = explore({ core, ...harness });
  assert(counterexample !== undefined);
  assert.equal(counterexample.broken.promise, plainly(core, harness).broken?.promise);
  assert(counterexample.moves.some(({ who, what }) => who === "release 1.2" && what === "starts"));
});
