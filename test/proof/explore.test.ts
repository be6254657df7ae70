import assert from "node:assert/strict";
import { test } from "node:test";
import { budgetOf } from "../../src/proof/budget.ts";
import { crewsOf, type State } from "../../src/proof/crews.ts";
import { explore } from "../../src/proof/explore.ts";
import { type Harness, smallHarnesses } from "../../src/proof/harnesses.ts";
import type { Broken } from "../../src/proof/invariants.ts";
import { answered, newProcess, pendingOf } from "../../src/proof/modelled-process.ts";
import {
  type Bounds,
  chancesOf,
  checkAtEnd,
  firstMoment,
  kinds,
  type Moment,
  type Move,
  startKinds,
  surroundings,
} from "../../src/proof/moves.ts";
import { numbering } from "../../src/proof/numbering.ts";
import { realCore } from "../../src/proof/prove.ts";
import { column, lists, rows } from "../../src/proof/rows.ts";
import { isSpent } from "../../src/proof/turns.ts";
import { type Core, serve, type World } from "../../src/proof/world.ts";
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

test("lists are numbered as they come, whatever their length, and none is taken for another", () => {
  const random = randomFrom(11);
  const table = lists();
  const known = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const list = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * 12) - 1);
    const text = list.join();
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    assert.equal(table.numberOf(list), number);
    const length = table.end(number) - table.from(number);
    assert.deepEqual(
      Array.from({ length }, (_, index) => table.at(table.from(number) + index)),
      list,
    );
  }
  assert(known.size > 5_000);
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
  const [fault = -1, rerun = -1] = [budget.one(faults), budget.one(kinds.indexOf("reruns"))];
  const once = budget.spend(budget.whole, fault) ?? -1;
  const twice = budget.spend(once, fault) ?? -1;
  assert.deepEqual(budget.boundsOf(budget.whole), bounds);
  assert.deepEqual(budget.boundsOf(twice), { ...bounds, faults: 0 });
  assert.equal(budget.spend(twice, fault), undefined);
  assert.equal(budget.spend(twice, budget.one(-1) ?? -1), twice);
  assert.equal(budget.one(kinds.indexOf("humans")), undefined);
  assert.deepEqual([budget.sum(fault, fault), budget.sum(rerun, rerun)], [2 * fault, undefined]);
  assert.equal(budget.spend(budget.whole, fault + rerun), budget.spend(once, rerun));
  assert.deepEqual([fault, rerun, fault + rerun].map(budget.hasFaults), [true, false, true]);
  assert(budget.covers(budget.whole, twice) && !budget.covers(twice, once) && budget.covers(once, once));
  const other = budget.spend(budget.whole, rerun) ?? -1;
  assert(!budget.covers(once, other) && !budget.covers(other, once));
});

interface Found {
  /** Every world that is reached, with the least trouble it takes. */
  readonly worlds: readonly string[];
  readonly broken?: Broken;
}

/** Kinds of trouble that an exploration spends; others are processes, which it leaves open whether they begin or die. */
const spent = kinds.filter((kind) => kind !== "crashes" && !(startKinds as readonly string[]).includes(kind));

/** Worlds, and of what is left of the trouble in them what no other of the same world covers. */
function reached() {
  const worlds = new Map<string, Bounds[]>();
  const covers = (more: Bounds, less: Bounds) => spent.every((kind) => more[kind] >= less[kind]);
  return {
    add(world: World, left: Bounds) {
      const text = sorted(world);
      const known = worlds.get(text) ?? [];
      if (!known.some((other) => covers(other, left)))
        worlds.set(text, [...known.filter((other) => !covers(left, other)), left]);
    },
    told: () =>
      [...worlds]
        .map(([text, all]) => `${text} ${all.map((left) => spent.map((kind) => left[kind]).join()).sort()}`)
        .sort(),
  };
}

const sorted = (thing: unknown): string =>
  JSON.stringify(thing, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );

/** The plain search: whole moments, each followed by itself, nothing remembered but which were seen. */
function plainly(core: Core, { plan, bounds, onNewCommit }: Omit<Harness, "name">): Found {
  const { foldEntries, worldNumber, worldOf, processNumber } = numbering(core);
  const found = reached();
  const seen = new Map<string, Bounds[]>();
  const covers = (more: Bounds, less: Bounds) => kinds.every((kind) => more[kind] >= less[kind]);
  const isNew = ({ world, processes, left }: Moment): boolean => {
    const number = worldNumber(world);
    found.add(worldOf(number), left);
    const crew = processes.map((process) => processNumber(process, world.head)).sort();
    const key = [number, ...crew].join();
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
        if (broken !== undefined) return { worlds: found.told(), broken };
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
      if (broken !== undefined) return { worlds: found.told(), broken };
      visit(after);
    }
  }
  return { worlds: found.told() };
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
  "maintenance, and a second line",
  "a newer push replaces",
  "two commits with flags",
]);

for (const { name, ...harness } of smallHarnesses.filter(({ name }) => compared.has(name)))
  test(`what may have been read is left open, and exactly the worlds of the plain search are reached: ${name}`, () => {
    const found = reached();
    const { exhausted } = explore({ core: realCore, ...harness, seen: found.add });
    assert(exhausted);
    const wanted = plainly(realCore, harness).worlds;
    assert(wanted.length > 20);
    assert.deepEqual(found.told(), wanted);
  });

test("wherever a process may stand, nothing can be read that leads elsewhere", () => {
  const { plan, bounds } = smallHarnesses.find(({ name }) => name === "two releases") ?? assert.fail();
  const names = numbering(realCore);
  const crews = crewsOf({ core: realCore, plan, bounds: { ...bounds, reruns: 1 } }, names, firstMoment(bounds));
  const { where } = crews.parts;
  const isOpen = (process: number) => process < 0 || !isSpent(pendingOf(names.processOf(process)));
  const seen = new Set<string>();
  const states: State[] = [crews.first];
  let places = 0;
  for (const { world, crew, left } of states) {
    if (states.length < 20_000)
      crews.from({ world, crew, left }, (after, others, rest) => {
        const key = `${after} ${others} ${rest}`;
        if (!seen.has(key)) states.push({ world: after, crew: others, left: rest });
        seen.add(key);
      });
    for (const member of crews.membersOf(crew)) {
      const known = where.placesOf(member);
      places += known.length;
      where.follow(known, world, (_, to) =>
        assert(!isOpen(to.process), `${JSON.stringify(to)} of ${member} in ${world}`),
      );
    }
  }
  assert(states.length >= 20_000 && places > 100_000);
});

/** Mistakes, and a harness that shows each. */
const mistakes: readonly { readonly mistake: string; readonly harness: string; readonly core: Core }[] = [
  {
    mistake: "an attempt that was taken over goes on",
    harness: "re-run beside the living",
    core: {
      ...realCore,
      decide: (record, observation, now) =>
        realCore.decide(
          { ...record, highest: 0, release: record.release && { ...record.release, attempt: 1 } },
          observation,
          now,
        ),
    },
  },
  {
    mistake: "a release begins beside another one",
    harness: "two releases",
    core: {
      ...realCore,
      admit: (record, asked) =>
        record.release?.id === asked.release ? realCore.admit(record, asked) : { admit: "begin" },
    },
  },
  {
    mistake: "a raise is taken whatever serves",
    harness: "a person moves traffic",
    core: {
      ...realCore,
      decide(record, observation, now) {
        const effect = realCore.decide(record, observation, now);
        if (effect.do !== "shift") return effect;
        const { ifGeneration: _, ...blind } = effect;
        return blind as typeof effect;
      },
    },
  },
  {
    mistake: "traffic is given back whatever serves by then",
    harness: "a person moves traffic",
    core: {
      ...realCore,
      decide(record, observation, now) {
        const effect = realCore.decide(record, observation, now);
        if (effect.do !== "restore" || observation.judgement?.verdict !== "fail") return effect;
        const { ifGeneration: _, ...blind } = effect;
        return blind as typeof effect;
      },
    },
  },
];

for (const { mistake, harness: name, core } of mistakes)
  test(`what breaks a promise breaks it in both searches, and the story leads there: ${mistake}`, () => {
    const harness = smallHarnesses.find((known) => known.name === name);
    assert(harness !== undefined);
    const { counterexample } = explore({ core, ...harness });
    assert(counterexample !== undefined);
    assert(plainly(core, harness).broken !== undefined);
    assert.deepEqual(brokenBy(counterexample.moves, core, harness), counterexample.broken);
  });

/** Makes the moves of a story one by one, as they are told; answers what the last of them breaks. */
function brokenBy(moves: readonly Move[], core: Core, { plan, bounds, onNewCommit }: Omit<Harness, "name">) {
  const { foldEntries } = numbering(core);
  let { world, processes, left } = firstMoment(bounds);
  for (const [index, { who, what }] of moves.entries()) {
    const heals = who.startsWith("healing");
    if (heals && !processes.some(({ name }) => name === who)) {
      const { id = 1, attempt = 1 } = world.record.release ?? {};
      const role = who === "healing rollback" ? "rollback" : "release";
      processes = [newProcess(role, id, role === "release" ? 9 : attempt, who)];
    }
    const process = processes.find(({ name }) => name === who);
    const request = process && pendingOf(process);
    let broken: Broken | undefined;
    if (process !== undefined && request !== undefined) {
      const offered = chancesOf(request, world, heals ? { ...left, verdicts: 1 } : left).find(
        ([chance]) => chance === what,
      );
      assert(offered !== undefined, `${who} cannot ${what}`);
      const served = serve(world, request, offered[0], foldEntries);
      const next = answered(process, served.reply, { core, plan, onNewCommit, now: served.world.clock });
      broken = served.broken ?? checkAtEnd(next, served.world);
      world = served.world;
      processes = processes.map((one) => (one === process ? next : one));
      const [, kind] = offered;
      if (kind !== undefined && !heals) left = { ...left, [kind]: left[kind] - 1 };
    } else {
      const steps = surroundings({ world, processes, left }, bounds);
      const step = steps.find(({ move }) => move.who === who && move.what === what);
      assert(step !== undefined, `${who} cannot ${what}`);
      ({ world, processes, left } = step.moment);
      broken = step.broken;
    }
    if (broken !== undefined || index === moves.length - 1) return index === moves.length - 1 ? broken : undefined;
  }
  return undefined;
}
