import assert from "node:assert/strict";
import { test } from "node:test";
import { type Advance, advance } from "../../src/advance.ts";
import { steppingPlan } from "../../src/proof/harnesses.ts";
import { headline } from "../../src/record/headline.ts";
import type { Entry } from "../../src/record.ts";
import { memoryRecordStore } from "../../src/record-store/memory.ts";
import type { RecordStore } from "../../src/record-store.ts";
import { decide, type Judgement } from "../../src/release.ts";
import { restoreProduction } from "../../src/restore-production.ts";
import { memoryPlatform, type Trouble, virtualPorts } from "../proof/platform.ts";
import { accepted, applied, entry, intent, journal, passed, seeing, started } from "../proof/release-journal.ts";

const begun = [started({ plan: steppingPlan }), passed("deploy"), intent(0, 5, "g1"), applied(5, "g2")] as const;
const at25 = [...begun, accepted(), intent(1, 25, "g2"), applied(25, "g3")] as const;
const at100 = [
  ...at25,
  accepted({ shift: 1, weight: 25, generation: "g3" }),
  intent(2, 100, "g3"),
  applied(100, "g4"),
] as const;

type Judge = NonNullable<Advance["judge"]>;
const judging =
  (verdict: Judgement["verdict"]): Judge =>
  async ({ stage, shift, weight, generation }) => ({
    ...{ stage, shift, weight, generation, verdict },
    reason: `judged-${verdict}`,
    message: `It was ${verdict}.`,
  });

/** A candidate with this share at this generation, its record, and a store whose answers can be taken away. */
async function scene(entries: readonly Entry[], weight: number, generation: string) {
  const store = memoryRecordStore();
  const target = memoryPlatform();
  target.production = {
    generation,
    serving: [
      { version: "old", weight: 100 - weight },
      { version: "new", weight },
    ],
  };
  await store.append("production", await store.read("production"), entries);
  const outage = { appends: 0, reads: 0 };
  const down = () => Promise.reject(new Error("The record is down."));
  const weak: RecordStore = {
    read: (environment) => (outage.reads-- > 0 ? down() : store.read(environment)),
    append: (environment, onto, facts) => (outage.appends-- > 0 ? down() : store.append(environment, onto, facts)),
  };
  const ports = virtualPorts();
  const author = { run: 7, attempt: 1, actor: "ada" };
  const base: Advance = {
    ...{ ports, author, target, steps: {}, store: weak, environment: "production" },
    asker: { release: 7, attempt: 1 },
    judge: judging("fail"),
  };
  return {
    ...{ store, weak, target, outage, ports, author },
    go: (changes: Partial<Advance> = {}) => advance({ ...base, ...changes }),
    told: () => store.entries("production").slice(entries.length).map(headline),
    share: () => target.production.serving.find(({ version }) => version === "new")?.weight,
  };
}

const afterwards = [
  "canary 25%: fail (judged-fail)",
  "release: back by one share (judged-fail)",
  "release: about to give the candidate 5%",
  "candidate at 5%: applied",
];

test("F34: a step back does not wait for a record that is down, and the record hears of it after", async () => {
  const { go, told, target, outage } = await scene(at25, 25, "g3");
  outage.appends = 3;
  const judge: Judge = (share, release) => judging(share.weight === 25 ? "fail" : "hold")(share, release);
  const judgedOnce = await go({ judge, patienceMs: 0 });
  assert.equal(judgedOnce.reason, "waiting");
  assert.deepEqual(target.writes, ["new 5, old 95"]);
  assert.deepEqual(told(), [...afterwards, "canary 5%: hold (judged-hold)"]);
});

const once = "new 5, old 95";
const troubles: readonly (readonly [string, readonly Trouble[], readonly string[]])[] = [
  ["does not answer once", ["silent"], [once, once]],
  ["answers 503 once", ["unavailable"], [once, once]],
  ["cannot be reached once", ["unreachable"], [once, once]],
  ["follows in parts twice", ["partly", "partly"], [once, once, once]],
  // The answer of the second try shows what became of the first: nothing that a person did.
  ["follows in parts and does not say so", ["partly, lost"], [once, once, once]],
];
for (const [what, list, writes] of troubles)
  test(`the platform is asked again for a step back without a record when it ${what}`, async () => {
    const { go, told, target, outage } = await scene(at25, 25, "g3");
    outage.appends = 1;
    target.troubles.push(...list);
    const judge: Judge = (share, release) => judging(share.weight === 25 ? "fail" : "hold")(share, release);
    await go({ judge, patienceMs: 0 });
    assert.deepEqual(target.writes, writes);
    assert.deepEqual(told().slice(0, 4), afterwards);
  });

test("a step back without a record whose answer is lost is found in production, and told", async () => {
  const { go, told, target, outage, share } = await scene(at25, 25, "g3");
  outage.appends = 1;
  target.troubles.push("lost");
  const judge: Judge = (due, release) => judging(due.weight === 25 ? "fail" : "hold")(due, release);
  await go({ judge, patienceMs: 0 });
  assert.equal(share(), 5);
  assert.deepEqual(told().slice(0, 3), [
    "release: back by one share (found-lower)",
    "release: about to give the candidate 5%",
    "candidate at 5%: applied",
  ]);
});

test("F18: a step back without a record moves nothing that somebody else moved before", async () => {
  const { go, told, target, outage } = await scene(at25, 25, "g3");
  outage.appends = 1;
  target.troubles.push("overtaken");
  assert.equal((await go()).reason, "drift");
  assert.equal(told().at(-1), "release 7 halted (drift)");
});

test("F27: where a part of production never follows a step back without a record, all of it goes to stable", async () => {
  const { go, told, target, outage } = await scene(at25, 25, "g3");
  outage.appends = 1;
  target.troubles.push("partly", "partly", "partly", "partly", "partly", "unavailable");
  assert.equal((await go()).reason, "judged-fail");
  assert.deepEqual(target.writes, [...Array.from({ length: 5 }, () => once), "old 100", "old 100"]);
  assert.match(told().at(-1) ?? "", /^rolled-back: traffic to old \(judged-fail\)/);
});

for (const meanwhile of ["overtaken", "joined"] as const)
  test(`what somebody chose while a step back without a record had no answer is theirs: ${meanwhile}`, async () => {
    const { go, told, target, outage } = await scene(at25, 25, "g3");
    outage.appends = 1;
    target.troubles.push("silent", meanwhile);
    assert.equal((await go()).reason, "drift");
    assert.deepEqual(target.writes, [once, once]);
    assert.equal(told().at(-1), "release 7 halted (drift)");
  });

test("a platform that never answers a step back is given up in the end, and nobody is told that it happened", async () => {
  const { go, told, outage, target } = await scene(at25, 25, "g3");
  outage.appends = 99;
  for (let n = 0; n < 99; n++) target.troubles.push("silent");
  assert.equal((await go()).reason, "no-progress");
  assert.deepEqual(told(), []);
});

/** The record stays down: the share is lower, the job fails, and nothing of it is written. */
async function lowered() {
  const made = await scene(at25, 25, "g3");
  made.outage.appends = 99;
  await assert.rejects(made.go(), /The record is down/);
  assert.equal(made.share(), 5);
  assert.deepEqual(made.told(), []);
  made.outage.appends = 0;
  return made;
}

test("F09: a re-run understands a step back of which nothing was written, and judges the lower share anew", async () => {
  const { go, told } = await lowered();
  await go({ judge: judging("hold"), patienceMs: 0 });
  assert.deepEqual(told().slice(0, 3), [
    "release: back by one share (found-lower)",
    "release: about to give the candidate 5%",
    "candidate at 5%: applied",
  ]);
});

test("the second line takes the rest off after a step back of which nothing was written", async () => {
  const { weak, target, ports, author, told } = await lowered();
  const { verdict } = await restoreProduction({
    ...{ environment: "production", release: 7, reason: "job-failed", store: weak, target, ports, author },
    onEntry: async () => undefined,
  });
  assert.equal(verdict.verdict, "pass");
  assert.deepEqual(target.production.serving.find(({ version }) => version === "old")?.weight, 100);
  assert.match(told().at(-1) ?? "", /^rolled-back/);
});

test("from all traffic a step back without a record goes to stable: somebody else may have called it done", async () => {
  const { go, told, target, outage } = await scene(at100, 100, "g4");
  outage.appends = 2;
  assert.equal((await go()).verdict, "fail");
  assert.deepEqual(target.writes, ["old 100"]);
  assert.match(told().at(-1) ?? "", /^rolled-back: traffic to old \(judged-fail\)/);
});

test("a raise always waits for the record", async () => {
  const { go, target, outage } = await scene([...at25, accepted({ shift: 1, weight: 25, generation: "g3" })], 25, "g3");
  outage.appends = 1;
  await assert.rejects(go({ judge: judging("pass") }), /The record is down/);
  assert.deepEqual(target.writes, []);
});

test("a record that cannot be read keeps nobody from judging, nor from giving traffic back", async () => {
  const plan = { ...steppingPlan, stages: steppingPlan.stages.map((stage) => ({ ...stage, maxHoldMs: 3_600_000 })) };
  const { go, told, target, outage, ports } = await scene([started({ plan }), ...begun.slice(1)], 5, "g2");
  let looks = 0;
  const judge: Judge = async (share, release) => {
    ports.pass(21_000);
    looks += 1;
    if (looks === 1) outage.reads = 99;
    return judging(looks < 3 ? "hold" : "fail")(share, release);
  };
  assert.equal((await go({ judge })).reason, "judged-fail");
  assert.deepEqual([looks, target.writes], [3, ["old 100"]]);
  assert.match(told().at(-1) ?? "", /^rolled-back/);
});

test("silence gives traffic back although the record cannot be read", async () => {
  const asked = entry({
    ...{ kind: "asked", about: "page", step: "canary", stage: "release", shift: 0, weight: 5, generation: "g2" },
    ...{ decideBy: 500, reason: "p95", message: "p95 4s > 3s" },
  });
  const { go, target, outage, ports } = await scene([...begun, asked], 5, "g2");
  const judge: Judge = async (share, release) => {
    outage.reads = 99;
    return judging("pass")(share, release);
  };
  assert.equal((await go({ judge })).reason, "nobody-decided");
  assert.deepEqual(target.writes, ["old 100"]);
  assert.match(ports.said.join("\n"), /what people say is not heard/);
});

test("an answer that comes seconds before silence decides is heard, although the record was out of reach before", async () => {
  const asked = entry({
    ...{ kind: "asked", about: "page", step: "canary", stage: "release", shift: 0, weight: 5, generation: "g2" },
    ...{ decideBy: 500, reason: "p95", message: "p95 4s > 3s" },
  });
  const plan = { ...steppingPlan, stages: steppingPlan.stages.map((stage) => ({ ...stage, maxHoldMs: 3_600_000 })) };
  const { go, store, target, outage, ports } = await scene([started({ plan }), ...begun.slice(1), asked], 5, "g2");
  const judge: Judge = async (share, release) => {
    if (ports.clock.now() > 500) return judging("hold")(share, release);
    ports.pass(30_000);
    outage.reads = 1;
    const said = entry({ kind: "order", order: "continue", of: "question", reason: "" });
    await store.append("production", await store.read("production"), [said]);
    return judging("hold")(share, release);
  };
  assert.equal((await go({ judge, patienceMs: 0 })).reason, "waiting");
  assert.deepEqual(target.writes, []);
});

const found: readonly (readonly [string, readonly Entry[], string, string, string])[] = [
  ["one share down", at25, "g4", "old 95, new 5", "settle"],
  ["another share", at25, "g4", "old 90, new 10", "end"],
  ["one share down at the generation on record", at25, "g3", "old 95, new 5", "end"],
  ["one share down from all traffic", at100, "g5", "old 75, new 25", "end"],
  ["below the first share", begun, "g4", "old 98, new 2", "end"],
];
for (const [what, entries, generation, shares, effect] of found)
  test(`production that shows ${what} comes to ${effect}`, () => {
    assert.equal(decide(journal(...entries), seeing(generation, shares), 10).do, effect);
    const abort = { reason: "job-failed", message: "A job failed." };
    const back = decide(journal(...entries), seeing(generation, shares, { abort }), 10).do;
    assert.equal(back === "restore", effect === "settle" || generation === "g3");
  });

test("a lower share is somebody else's where the runbook knows no step back", () => {
  const [stage] = steppingPlan.stages;
  assert(stage !== undefined);
  const { onFail: _, ...plain } = stage;
  const plan = { ...steppingPlan, stages: [plain] };
  const record = journal(started({ plan }), ...at25.slice(1));
  assert.equal(decide(record, seeing("g4", "old 95, new 5"), 10).do, "end");
});
