import assert from "node:assert/strict";
import { test } from "node:test";
import { tickCosts, tickCostText } from "../src/billed-minutes.ts";
import { retryTickAfter } from "../src/dead-tick.ts";
import { goOn } from "../src/go-on.ts";
import { afterDeadTick, type HandOver, handOver, isDue, nextLookIn, type TickSource } from "../src/hand-over.ts";
import { readAftermath } from "../src/look-again.ts";
import type { Plan } from "../src/plan.ts";
import type { EntryOf, EnvironmentRecord } from "../src/record.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import type { Proven } from "../src/release/elsewhere.ts";
import { fail, hold, pass, type Verdict } from "../src/verdict.ts";
import { waitElsewhere } from "../src/wait-elsewhere.ts";
import { virtualPorts } from "./proof/platform.ts";
import {
  accepted,
  atFive,
  commit,
  ended,
  entry,
  intent,
  journal,
  passed,
  plan,
  production,
  rolledBack,
  started,
} from "./proof/release-journal.ts";
import { swiftPorts } from "./swift-ports.ts";

const minute = 60_000;
/** Five percent since the epoch, a look every 15 minutes. */
const slow: Plan = {
  ...plan,
  stages: plan.stages.map((stage) => ({
    ...stage,
    shifts: stage.shifts.map((shift) => ({ ...shift, holdMs: 48 * 60 * minute, everyMs: 15 * minute })),
    maxHoldMs: 96 * 60 * minute,
  })),
};
const slowAtFive = [started({ plan: slow }), ...atFive.slice(1)];
const nine = { release: 9 };
const forStaging = {
  reason: "after",
  after: { environment: "staging", watchedMs: 60 * minute },
  workflow: "ship.yml",
} as const;
/** Release 9 waits. */
const waits = (why: Partial<EntryOf<"queued">> = {}) =>
  entry({ kind: "queued", commit, reason: "busy", message: "It waits.", ...why }, nine);
const cancelled = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });
const waiting = hold("waiting", "No verdict yet.");
const elsewhere = hold("dispatch", "Next is migrate of stage two.");

const rows: readonly {
  readonly when: string;
  readonly record: EnvironmentRecord;
  readonly source?: TickSource;
  readonly verdict?: Verdict;
  readonly now?: number;
  readonly elsewhere?: Proven;
  readonly expected: HandOver["next"];
  readonly afterMs?: number;
}[] = [
  { when: "no release was ever recorded", record: journal(), expected: "nothing" },
  { when: "nothing is in traffic yet", record: journal(started(), passed("preflight")), expected: "nothing" },
  {
    when: "a tick ended it and could not undo its flags",
    record: journal(started(), entry({ kind: "changing", what: "flags", to: "on", stage: "release" }), ended("failed")),
    verdict: fail("limit-broken", "A limit is broken."),
    expected: "release",
  },
  {
    when: "its own workflow could not undo them either: no loop",
    record: journal(started(), entry({ kind: "changing", what: "flags", to: "on", stage: "release" }), ended("failed")),
    expected: "nothing",
  },
  { when: "a share is held", record: journal(...slowAtFive), expected: "tick", afterMs: 15 * minute },
  { when: "a look is overdue", record: journal(...slowAtFive), now: 60 * minute, expected: "tick", afterMs: 0 },
  {
    when: "the newest look was of this share",
    record: journal(...slowAtFive, { ...accepted({ verdict: "hold" }), at: 40 * minute }),
    now: 45 * minute,
    expected: "tick",
    afterMs: 10 * minute,
  },
  { when: "a raise is announced", record: journal(...slowAtFive, intent(1, 100, "g2")), expected: "tick", afterMs: 0 },
  { when: "it was cancelled", record: journal(...slowAtFive, cancelled), expected: "tick", afterMs: 0 },
  {
    when: "a person wants it rolled back",
    record: journal(...slowAtFive, entry({ kind: "order", order: "rollback", reason: "errors" })),
    expected: "tick",
    afterMs: 0,
  },
  {
    when: "a person is asked, and silence gives traffic back",
    record: journal(
      ...slowAtFive,
      entry({
        kind: "asked",
        about: "page",
        step: "canary",
        stage: "release",
        shift: 0,
        weight: 5,
        generation: "g2",
        decideBy: 10 * minute,
        reason: "p95",
        message: "Slow.",
      }),
    ),
    expected: "tick",
    afterMs: 10 * minute,
  },
  { when: "the schedule looks", record: journal(...slowAtFive), source: "cron", expected: "nothing" },
  { when: "an outside timer looks", record: journal(...slowAtFive), source: "external", expected: "nothing" },
  { when: "a tick held", record: journal(...slowAtFive), verdict: waiting, source: "wait-timer", expected: "tick" },
  {
    when: "a tick failed",
    record: journal(...slowAtFive),
    verdict: { ...waiting, verdict: "error" },
    expected: "nothing",
  },
  { when: "another job's step is due", record: journal(...slowAtFive), verdict: elsewhere, expected: "release" },
  {
    when: "another job's step is due and the schedule looks",
    record: journal(...slowAtFive),
    verdict: elsewhere,
    source: "cron",
    expected: "release",
  },
  {
    when: "it is done",
    record: journal(...atFive, ended("done")),
    verdict: pass("done", "Done."),
    expected: "nothing",
  },
  {
    when: "it went back just now",
    record: journal(...atFive, rolledBack()),
    verdict: fail("limit", "Broken."),
    expected: "tick",
    afterMs: minute,
  },
  {
    when: "it went back two minutes ago",
    record: journal(...atFive, rolledBack()),
    now: 2 * minute,
    expected: "tick",
    afterMs: 3 * minute,
  },
  {
    when: "another release waited for its end",
    record: journal(...atFive, ended("done"), waits()),
    expected: "release",
  },
  {
    when: "it went back, and another one waits",
    record: journal(...atFive, rolledBack(), waits()),
    expected: "release",
  },
  { when: "it is under way, and another one waits", record: journal(started(), waits()), expected: "nothing" },
  {
    when: "a person moved traffic, and another release waits",
    record: journal(...atFive, ended("halted"), waits()),
    expected: "nothing",
  },
  {
    when: "the release that waits was refused",
    record: journal(
      ...atFive,
      ended("done"),
      waits(),
      entry({ kind: "dequeued", reason: "locked", message: "" }, nine),
    ),
    expected: "nothing",
  },
  { when: "one waits for staging, which is unknown", record: journal(waits(forStaging)), expected: "nothing" },
  {
    when: "one waits for staging, which is not done",
    record: journal(...atFive, ended("done"), waits(forStaging)),
    elsewhere: hold("under-way-there", "Not yet."),
    expected: "nothing",
  },
  {
    when: "one waited for staging, which is done",
    record: journal(waits(forStaging)),
    elsewhere: pass("proven-there", "Done there."),
    source: "cron",
    expected: "release",
  },
  {
    when: "one waits for nothing but time in staging",
    record: journal(waits(forStaging)),
    elsewhere: { ...hold("not-watched-there", "Until noon."), from: 60 * minute },
    now: 10 * minute,
    expected: "tick",
    afterMs: 50 * minute,
  },
  {
    when: "one waits for nothing but time in staging, behind one that is done",
    record: journal(...atFive, ended("done"), waits(forStaging)),
    elsewhere: { ...hold("not-watched-there", "Until noon."), from: 60 * minute },
    source: "wait-timer",
    expected: "tick",
    afterMs: 60 * minute,
  },
  {
    when: "one waits for nothing but time in staging, behind one that went back just now",
    record: journal(...atFive, rolledBack(), waits(forStaging)),
    elsewhere: { ...hold("not-watched-there", "Until noon."), from: 60 * minute },
    expected: "tick",
    afterMs: minute,
  },
  {
    when: "one waits for nothing but time in staging, and the schedule looks",
    record: journal(waits(forStaging)),
    elsewhere: { ...hold("not-watched-there", "Until noon."), from: 60 * minute },
    source: "cron",
    expected: "nothing",
  },
  { when: "it went back long ago", record: journal(...atFive, rolledBack()), now: 15 * minute, expected: "nothing" },
];

for (const { when, record, source = "chain", verdict, now = 0, elsewhere, expected, afterMs } of rows)
  test(`when ${when}, ${source}: ${expected}`, () => {
    const next = handOver(record, { source, verdict, now, elsewhere });
    assert.equal(next.next, expected, next.why);
    if (afterMs !== undefined) assert.equal(next.next === "tick" ? next.afterMs : undefined, afterMs);
  });

test("a release that is frozen with nothing in traffic is left to the schedule, and says until when", () => {
  const always = { from: 0, until: 7 * 24 * 60, zone: "UTC", text: "Mon 00:00 - Mon 00:00 UTC" };
  const next = handOver(journal(started({ plan: { ...plan, freeze: [always] } })), { source: "chain", now: 0 });
  assert.equal(next.next, "nothing");
  assert.match(next.why, /^It is frozen until 1970-01-0\dT00:00:00\.000Z; the schedule of the watch workflow/);
});

const flagsOn = entry({ kind: "changing", what: "flags", to: "on", stage: "release" });
const afterDeath: readonly (readonly [
  when: string,
  record: EnvironmentRecord,
  expected: HandOver["next"],
  now?: number,
])[] = [
  ["no release was ever recorded", journal(), "nothing"],
  ["an approved release has no traffic yet", journal(started(), passed("approve")), "tick"],
  ["a share is held", journal(...slowAtFive), "tick"],
  ["one waits in line", journal(waits(forStaging)), "tick"],
  ["it is done", journal(...atFive, ended("done")), "nothing"],
  ["it failed, and its flags are still on", journal(started(), flagsOn, ended("failed")), "tick"],
  ["it went back just now", journal(...atFive, rolledBack()), "tick"],
  ["it went back long ago", journal(...atFive, rolledBack()), "nothing", 15 * minute],
];
for (const [when, record, expected, now = 0] of afterDeath)
  test(`after a tick that died, when ${when}: ${expected}`, () => {
    assert.equal(afterDeadTick(record, now).next, expected);
  });

test("a tick that looks once does not wait for a look that is far away", () => {
  const { release } = journal(...slowAtFive);
  assert.ok(release !== null);
  assert.equal(isDue(release, 0), false);
  assert.equal(isDue(release, 14.5 * minute), true);
  assert.equal(nextLookIn(release, 40 * minute), 0);
});

const scene = (others: readonly number[], outcome: "applied" | "not-applied" = "applied") => {
  const started: { workflow: string; ref: string; inputs: Readonly<Record<string, string>> }[] = [];
  const client: Parameters<typeof goOn>[0]["client"] = {
    listRefs: async () => ["refs/sluice/production", "refs/sluice/staging", "refs/sluice/=no"],
    unfinishedRuns: async () => others,
    dispatchWorkflow: async (dispatch) => {
      started.push(dispatch);
      if (outcome === "applied") return { outcome, value: { runId: 99 } };
      return {
        outcome,
        error: Object.assign(new Error("403 Resource not accessible"), { name: "ProviderError" }) as never,
      };
    },
  };
  const base = {
    client,
    store: memoryRecordStore(),
    record: journal(...slowAtFive),
    environment: "production",
    source: "chain" as TickSource,
    run: 8,
    branch: "main",
    workflows: { release: "release.yml", watch: "watch.yml" },
    ports: swiftPorts(),
  };
  return { base, started };
};

test("after a tick that died the next one comes later each time, and after five more a person looks", () =>
  assert.deepEqual([0, 1, 2, 3, 4, 5, 30].map(retryTickAfter), [
    ...[0, minute, 2 * minute, 4 * minute, 8 * minute],
    ...[undefined, undefined],
  ]));

test("the next tick is dispatched on the branch of this one", async () => {
  const { base, started } = scene([8]);
  await goOn(base);
  assert.deepEqual(started, [{ workflow: "watch.yml", ref: "main", inputs: {} }]);
});

test("with wait timers it waits in the environment that has one, unless the tick before it died", async () => {
  const { base, started } = scene([8]);
  await goOn({ ...base, source: "wait-timer" });
  await goOn({ ...base, source: "wait-timer", dead: true });
  assert.deepEqual(
    started.map(({ inputs }) => inputs),
    [{ wait: "production-tick" }, {}],
  );
});

test("a step of another job is entered by the release workflow, which takes the release up", async () => {
  const { base, started } = scene([8]);
  await goOn({ ...base, source: "cron", verdict: elsewhere });
  assert.deepEqual(started, [{ workflow: "release.yml", ref: "main", inputs: { resume: "7" } }]);
});

test("where a run waits already nothing is started: two chains become one", async () => {
  const { base, started } = scene([8, 12]);
  assert.equal((await goOn(base)).next, "nothing");
  assert.deepEqual(started, []);
});

test("of two ticks that see each other the newer one goes on", async () => {
  const { base, started } = scene([8, 3]);
  await goOn(base);
  assert.equal(started.length, 1);
});

test("a release workflow that is under way is left to go on, whichever is newer", async () => {
  const { base, started } = scene([8, 3]);
  assert.equal((await goOn({ ...base, verdict: elsewhere })).next, "nothing");
  assert.deepEqual(started, []);
});

test("a dispatch that is refused is an error that says what is missing", async () => {
  const { base } = scene([], "not-applied");
  await assert.rejects(goOn(base), /actions: write/);
});

/** Staging is done with the commit that production waits to release. */
async function doneInStaging(now: number) {
  const { base, started } = scene([8]);
  const store = memoryRecordStore();
  const [onto, ports] = [await store.read("production"), swiftPorts()];
  await store.append("production", onto, [waits(forStaging)]);
  const record = { ...journal(...atFive, passed("canary"), ended("done")), environment: "staging" };
  const clock = { ...ports.clock, now: () => now };
  await goOn({ ...base, store, record, environment: "staging", ports: { ...ports, clock } });
  return started;
}

test("whoever is done in staging begins what waits for it in production, by production's own workflow", async () => {
  assert.deepEqual(await doneInStaging(60 * minute), [{ workflow: "ship.yml", ref: "main", inputs: { resume: "9" } }]);
});

test("before it served there for long enough it is started to wait again, and its own ticks begin it in time", async () => {
  assert.deepEqual(await doneInStaging(59 * minute), [{ workflow: "ship.yml", ref: "main", inputs: { resume: "9" } }]);
});

/** What a tick of production comes to that waits for staging, which was done at the beginning; others may append. */
async function waitedElsewhere(source: TickSource, meanwhileAt?: number) {
  const store = memoryRecordStore();
  await store.append("staging", await store.read("staging"), [...atFive, passed("canary"), ended("done")]);
  await store.append("production", await store.read("production"), [waits(forStaging)]);
  const ports = virtualPorts();
  const known = await store.read("production");
  const read: typeof store.read = async (environment) => {
    if (environment === "production" && meanwhileAt !== undefined && ports.clock.now() >= meanwhileAt)
      await store.append("production", await store.read("production"), [started({ release: 10 })]);
    return store.read(environment);
  };
  const { record } = await waitElsewhere({ read }, known, source, ports);
  return { minutes: ports.clock.now() / minute, queued: record.queued?.release };
}

test("a tick of a chain stays until staging has served for long enough, or until something happens here", async () => {
  assert.deepEqual(await waitedElsewhere("chain"), { minutes: 60, queued: 9 });
  assert.deepEqual(await waitedElsewhere("cron"), { minutes: 0, queued: 9 });
  assert.deepEqual(await waitedElsewhere("wait-timer"), { minutes: 0, queued: 9 });
  assert.deepEqual(await waitedElsewhere("chain", 5 * minute), { minutes: 5, queued: undefined });
});

test("another environment that cannot be read is a warning, and this one has gone on", async () => {
  const { base, started } = scene([8]);
  const store = { ...memoryRecordStore(), read: async () => Promise.reject(new Error("502")) };
  const said: string[] = [];
  const ports = swiftPorts();
  const log = { ...ports.log, warn: (message: string) => void said.push(message) };
  const record = journal(...atFive, ended("done"), waits());
  assert.equal((await goOn({ ...base, store, record, ports: { ...ports, log } })).next, "release");
  assert.equal(started.length, 1);
  assert.match(said.join(), /could not be found out. 502/);
});

/** After a rollback from `new` to `old`. */
const afterwards: readonly {
  readonly what: string;
  readonly shares: string;
  readonly compareAndSet: boolean;
  readonly as?: "rolled-back" | "rollback-incomplete";
  readonly shows: string;
}[] = [
  { what: "stable serves", shares: "old 100, new 0", compareAndSet: true, shows: "settled" },
  { what: "a late write landed", shares: "new 100", compareAndSet: false, shows: "ours" },
  { what: "a late share landed", shares: "new 5, old 95", compareAndSet: false, shows: "ours" },
  { what: "late writes are refused, so a person did it", shares: "new 100", compareAndSet: true, shows: "foreign" },
  { what: "a hotfix serves", shares: "hotfix 100", compareAndSet: false, shows: "foreign" },
  { what: "a hotfix has a share", shares: "hotfix 5, new 5, old 90", compareAndSet: false, shows: "foreign" },
  {
    what: "a rollback in parts is still in parts",
    shares: "new 5, old 95",
    compareAndSet: true,
    as: "rollback-incomplete",
    shows: "ours",
  },
];

for (const { what, shares, compareAndSet, as = "rolled-back", shows } of afterwards)
  test(`after a rollback ${what}: ${shows}`, () => {
    const record = journal(...atFive, rolledBack({ as }));
    assert.equal(readAftermath(record, production("g10", shares), { compareAndSet }).shows, shows);
  });

test("billed minutes: a job counts as whole minutes, and what one job can wait for costs no tick", () => {
  assert.deepEqual(tickCosts(plan), []);
  const days: Plan = { ...slow, stages: slow.stages.map((stage) => ({ ...stage, shifts: stage.shifts.slice(0, 1) })) };
  assert.deepEqual(tickCosts(days), [
    { source: "chain", ticks: 47, minutes: 47 * 60 + 47 },
    { source: "wait-timer", ticks: 188, minutes: 376 },
    { source: "cron", ticks: 188, minutes: 188 },
    { source: "external", ticks: 188, minutes: 188 },
  ]);
  assert.match(tickCostText(days, "cron").join("\n"), /cron {7}188 minutes.*2880 minutes a month.*in use/);
});
