import assert from "node:assert/strict";
import { test } from "node:test";
import { openForMs } from "../src/advance/steps.ts";
import { type Advance, advance, maxWaitMs } from "../src/advance.ts";
import { ProviderError } from "../src/failure.ts";
import { maintainedPlan, steppingPlan, watchedPlan } from "../src/proof/harnesses.ts";
import { fold } from "../src/record/fold.ts";
import { headline } from "../src/record/headline.ts";
import type { Entry } from "../src/record.ts";
import { maxEvidenceBytes } from "../src/record.ts";
import { type MemoryRecordStore, memoryRecordStore } from "../src/record-store/memory.ts";
import type { RecordStore } from "../src/record-store.ts";
import type { Judgement } from "../src/release.ts";
import { fail, hold, pass } from "../src/verdict.ts";
import { memoryPlatform, type Platform, type VirtualPorts, virtualPorts } from "./proof/platform.ts";
import {
  accepted,
  applied,
  atFive,
  atHundred,
  ended,
  entry,
  intent,
  passed,
  promoted,
  started,
} from "./proof/release-journal.ts";

interface Scene {
  readonly store: MemoryRecordStore;
  readonly target: Platform;
  readonly ports: VirtualPorts;
  readonly go: (changes?: Partial<Advance>) => ReturnType<typeof advance>;
  /** What was appended since the scene began. */
  readonly told: () => string[];
}

type Judge = NonNullable<Advance["judge"]>;

const judging =
  (...verdicts: readonly Judgement["verdict"][]): Judge =>
  async (share) => {
    const verdict = verdicts.length > 1 ? ([...verdicts].at(judged++) ?? "pass") : (verdicts[0] ?? "pass");
    const { stage, shift, weight, generation } = share;
    return { stage, shift, weight, generation, verdict, reason: `judged-${verdict}`, message: `It was ${verdict}.` };
  };
let judged = 0;

const steps: Advance["steps"] = {
  preflight: async () => pass("checked", "Every check passed."),
  deploy: async () => ({ ...pass("staged", "It runs."), candidate: { version: "new", url: "http://new" } }),
};

async function scene(
  entries: readonly Entry[],
  generation = "g1",
  shares: readonly [number, number] = [100, 0],
): Promise<Scene> {
  judged = 0;
  const store = memoryRecordStore();
  const target = memoryPlatform();
  const [old, fresh] = shares;
  target.production = {
    generation,
    serving: [
      { version: "old", weight: old },
      { version: "new", weight: fresh },
    ],
  };
  const ports = virtualPorts();
  if (entries.length > 0) await store.append("production", await store.read("production"), entries);
  const base: Advance = {
    ports,
    store,
    environment: "production",
    asker: { release: 7, attempt: 1 },
    author: { run: 7, attempt: 1, actor: "ada" },
    target,
    steps,
    judge: judging("pass"),
  };
  return {
    store,
    target,
    ports,
    go: (changes = {}) => advance({ ...base, ...changes }),
    told: () => store.entries("production").slice(entries.length).map(headline),
  };
}

const onFive = () => scene(atFive, "g2", [95, 5]);
const onHundred = () => scene(atHundred, "g3", [0, 100]);
const staged = [started(), passed("preflight"), passed("deploy")];

test("a healthy release goes from its first step to done, and tells every entry once", async () => {
  const { go, told, target } = await scene([started()]);
  const shown: string[] = [];
  const verdict = await go({ onEntry: async (told) => void shown.push(headline(told)) });
  assert.equal(verdict.verdict, "pass");
  assert.deepEqual(target.writes, ["new 5, old 95", "new 100, old 0"]);
  assert.deepEqual(told(), [
    "release: preflight begun (due)",
    "release: preflight passed (checked)",
    "release: deploy begun (due)",
    "release: deploy passed (staged)",
    "release: about to give the candidate 5%",
    "candidate at 5%: applied",
    "canary 5%: pass (judged-pass)",
    "release: about to give the candidate 100%",
    "candidate at 100%: applied",
    "canary 100%: pass (judged-pass)",
    "release: canary passed (all-shares-proven)",
    "release 7 done (all-steps-passed)",
  ]);
  assert.deepEqual(shown, told());
});

test("a step that fails ends the release; one that holds waits", async () => {
  const failing = await scene([started()]);
  const failed = await failing.go({ steps: { preflight: async () => fail("check-failed", "A test failed.") } });
  assert.deepEqual([failed.verdict, failed.reason], ["fail", "check-failed"]);
  assert.equal((await failing.go()).reason, "preflight-failed");
  assert.equal(failing.told().at(-1), "release 7 failed (preflight-failed)");
  const waiting = await scene([started()]);
  assert.equal((await waiting.go({ steps: { preflight: async () => hold("waits", "It waits.") } })).reason, "waits");
  assert.equal(waiting.told().at(-1), "release: preflight held (waits)");
});

test("a step of another job is not this job's; asked for too early it is out of order", async () => {
  const { go } = await scene([started()]);
  assert.equal((await go({ steps: {} })).reason, "dispatch");
  const early = await go({ steps: {}, until: { stage: "release", step: "deploy" } });
  assert.deepEqual([early.verdict, early.reason], ["error", "out-of-order"]);
});

test("a step stops when it is passed, and is not done twice", async () => {
  const { go, told } = await scene([started()]);
  const until = { stage: "release", step: "preflight" } as const;
  assert.equal((await go({ until })).reason, "checked");
  assert.equal((await go({ until })).reason, "checked");
  assert.equal(told().length, 2);
});

test("what a job with the user's code proved is taken from GitHub's word", async () => {
  const good = await scene([started()]);
  await good.go({ steps: {}, proven: { preflight: "passed" } });
  assert.deepEqual(good.told(), ["release: preflight passed (job-passed)"]);
  const bad = await scene([started()]);
  await bad.go({ proven: { preflight: "failed" } });
  assert.equal(bad.told().at(-1), "release 7 failed (preflight-failed)");
});

test("a job that may only read runs its step and writes nothing", async () => {
  const { go, told } = await scene([started()]);
  assert.equal((await go({ readOnly: true, target: undefined })).reason, "checked");
  const over = await scene([started(), passed("preflight", { outcome: "failed" })]);
  assert.equal((await over.go({ readOnly: true })).verdict, "fail");
  assert.deepEqual([told(), over.told()], [[], []]);
});

test("what a step announces is written before it goes on, whatever others write in between", async () => {
  const { go, told, store } = await scene([started(), passed("preflight")]);
  const dies: NonNullable<Advance["steps"]["deploy"]> = async ({ announce }) => {
    const meanwhile = entry({ kind: "attested", stage: "release", role: "ops", note: "" });
    await store.append("production", await store.read("production"), [meanwhile]);
    await announce("schema-moves-on", "About to apply 0002.", { plan: "abc" });
    throw new Error("killed");
  };
  await assert.rejects(go({ steps: { deploy: dies } }), /killed/);
  assert.equal(told().length, 3);
  assert.match(told().at(-1) ?? "", /deploy begun \(schema-moves-on\)/);
});

test("a step whose release was taken over meanwhile is told before it does anything", async () => {
  const { go, store } = await scene([started(), passed("preflight")]);
  const late: NonNullable<Advance["steps"]["deploy"]> = async ({ announce }) => {
    await store.append("production", await store.read("production"), [entry({ kind: "resumed" }, { attempt: 2 })]);
    await announce("schema-moves-on", "About to apply 0002.");
    throw new Error("it went on");
  };
  await assert.rejects(
    go({ steps: { deploy: late } }),
    /because others wrote to it\. Nothing was done\. Run the job again\.$/,
  );
});

test("an ended release says how it ended", async () => {
  const cases = [
    ["done", "pass"],
    ["failed", "fail"],
    ["halted", "error"],
  ] as const;
  for (const [as, verdict] of cases)
    assert.equal((await (await scene([...promoted, ended(as)])).go()).verdict, verdict);
});

test("F15: an older release is refused", async () => {
  const { go } = await scene([started()]);
  assert.deepEqual((await go({ asker: { release: 6, attempt: 1 } })).reason, "superseded");
});

test("a broken limit gives traffic back first and writes after", async () => {
  const { go, told, target } = await onFive();
  const verdict = await go({ judge: judging("fail") });
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "judged-fail"]);
  assert.deepEqual(target.writes, ["old 100"]);
  assert.deepEqual(told(), ["canary 5%: fail (judged-fail)", "rolled-back: traffic to old (judged-fail)"]);
});

test("stable that does not answer is said so", async () => {
  const { go, told, target } = await onFive();
  target.healthy = false;
  await go({ judge: judging("fail") });
  assert.match(told().at(-1) ?? "", /^rolled-back-unhealthy/);
});

test("stable that is slow to answer once is not called unhealthy", async () => {
  const { go, told, target } = await onFive();
  let asked = 0;
  target.health = async () => ({ healthy: ++asked > 1, message: "No answer came within 5000 ms." });
  await go({ judge: judging("fail") });
  assert.match(told().at(-1) ?? "", /^rolled-back: /);
});

test("a health check that cannot be asked does not keep the rollback from being told", async () => {
  const { go, told, target } = await onFive();
  target.health = async () => Promise.reject(new Error("It answered 502."));
  await go({ judge: judging("fail") });
  assert.match(told().at(-1) ?? "", /^rolled-back-unhealthy/);
});

test("no verdict for the longest time gives traffic back as held", async () => {
  const { go, told, ports } = await onFive();
  const slow: Judge = async (share, release) => {
    ports.pass(600);
    return judging("hold")(share, release);
  };
  const verdict = await go({ judge: slow });
  assert.deepEqual([verdict.verdict, verdict.final], ["hold", true]);
  assert.equal(told().at(-1), "held: traffic to old (max-hold)");
});

test("evidence that is too large is only mentioned", async () => {
  const { go, store } = await onHundred();
  const evidence = { all: "x".repeat(maxEvidenceBytes) };
  await go({ judge: async (share, release) => ({ ...(await judging("pass")(share, release)), evidence }) });
  const told = store
    .entries("production")
    .filter((known) => known.kind === "verdict")
    .at(-1);
  assert.deepEqual(told?.evidence, { omitted: "too large for the record", bytes: maxEvidenceBytes + 10 });
});

for (const trouble of ["lost", "silent", "unavailable"] as const)
  test(`a raise that is ${trouble} is looked at again, and the release goes on`, async () => {
    const { go, target } = await scene(staged);
    target.troubles.push(trouble);
    assert.equal((await go()).verdict, "pass");
    assert.deepEqual(new Set(target.writes), new Set(["new 5, old 95", "new 100, old 0"]));
  });

test("a raise that a person overtook halts", async () => {
  const { go, target, told } = await scene(staged);
  target.troubles.push("overtaken");
  assert.deepEqual((await go()).reason, "drift");
  assert.equal(told().at(-1), "release 7 halted (drift)");
});

test("F35: a platform that never takes a write is given up on, loudly", async () => {
  const { go, target } = await scene(staged);
  target.troubles.push(...Array.from({ length: 9 }, () => "unavailable" as const));
  assert.deepEqual((await go()).reason, "no-progress");
});

for (const trouble of ["lost", "silent", "unavailable", "overtaken"] as const)
  test(`a restore that is ${trouble} is not believed`, async () => {
    const { go, target, told } = await onFive();
    target.troubles.push(trouble);
    await go({ judge: judging("fail") });
    const { serving } = target.production;
    const served = serving.find(({ weight }) => weight === 100)?.version;
    assert.equal(served, trouble === "overtaken" ? "other" : "old");
    assert.match(told().at(-1) ?? "", trouble === "overtaken" ? /halted/ : /rolled-back/);
  });

test("F07: a raise that may still arrive is shut out by writing stable again", async () => {
  const { go, target } = await scene([...staged, intent(0, 5, "g1")]);
  target.troubles.push("unavailable");
  await go({ judge: undefined, abort: { reason: "job-failed", message: "A job failed." } });
  assert.deepEqual(target.writes, ["old 100", "old 100"]);
  assert.notEqual(target.production.generation, "g1");
});

test("F01: production that cannot be read is looked at five times, then the job holds", async () => {
  const patient = await scene(staged);
  patient.target.unreadable = 4;
  assert.equal((await patient.go()).verdict, "pass");
  const blind = await scene(staged);
  blind.target.unreadable = 5;
  assert.equal((await blind.go()).reason, "platform-unreadable");
});

test("where traffic has to go back and the platform says nothing, the job does not end well, whoever allows it to hold", async () => {
  const broken = await onFive();
  const failing: Judge = async (share, release) => {
    broken.target.unreadable = 5;
    return judging("fail")(share, release);
  };
  const told = await broken.go({ judge: failing });
  assert.deepEqual([told.verdict, told.reason, told.final], ["hold", "platform-unreadable", true]);
  assert.match(
    told.message,
    /^A limit is broken, and traffic could not be given back: .*cannot be read: It answered 502\./,
  );
  const cancelled = entry({ kind: "interrupted", reason: "cancelled", message: "It was cancelled." });
  for (const [said, final] of [
    [entry({ kind: "order", order: "rollback", reason: "errors" }), true],
    // The rollback job, which a failed job starts, would blame the commit.
    [entry({ kind: "order", order: "abort", reason: "not today" }), false],
    [cancelled, false],
  ] as const) {
    const wanted = await scene([...atFive, said], "g2", [95, 5]);
    wanted.target.unreadable = 5;
    const asked = await wanted.go();
    assert.deepEqual([asked.reason, asked.final ?? false], ["platform-unreadable", final]);
  }
  const judged = await onFive();
  judged.target.unreadable = 5;
  assert.notEqual((await judged.go()).final, true, "nothing is known to be wrong");
});

test("jobs without platform or judge leave the canary to others", async () => {
  assert.equal((await (await onFive()).go({ judge: undefined })).reason, "waiting");
  assert.equal((await (await scene(staged)).go({ judge: undefined })).reason, "dispatch");
  const abort = { reason: "job-failed", message: "A job failed." };
  assert.equal((await (await onFive()).go({ target: undefined, abort })).reason, "platform-unreadable");
});

test("F11: a job waits an hour for evidence and leaves the rest to ticks", async () => {
  const { go, ports } = await onFive();
  const waiting: Judge = async (share, release) => {
    ports.pass(maxWaitMs + 1);
    return judging("hold")(share, release);
  };
  const frozen = { ...ports, clock: { ...ports.clock, now: () => 0 } };
  assert.equal((await go({ judge: waiting, ports: frozen })).reason, "waiting");
});

test("F08: a cancelled job leaves a mark and starts nothing; the next one goes back", async () => {
  const { go, ports, told, target } = await onFive();
  ports.cancel();
  assert.deepEqual((await go()).reason, "cancelled");
  assert.deepEqual(told(), ["interrupted (cancelled)"]);
  await go({ ports: virtualPorts() });
  assert.deepEqual(target.writes, ["old 100"]);
  const reading = await scene([started()]);
  reading.ports.cancel();
  assert.equal((await reading.go({ readOnly: true })).reason, "cancelled");
  assert.deepEqual(reading.told(), []);
});

/** A store of which the first appends go wrong. */
function troubled(store: RecordStore, ...troubles: ("conflict" | "down")[]): RecordStore {
  return {
    read: (environment) => store.read(environment),
    async append(environment, onto, entries) {
      const trouble = troubles.shift();
      if (trouble === "down") throw new Error("The record is down.");
      return trouble === "conflict"
        ? { appended: false, reason: "conflict" }
        : store.append(environment, onto, entries);
    },
  };
}

test("F18: whoever loses a race reads again and goes on", async () => {
  const conflicts = Array.from({ length: 4 }, () => "conflict" as const);
  const { go, store } = await scene([started()]);
  assert.equal((await go({ store: troubled(store, ...conflicts) })).verdict, "pass");
  const late = await scene(staged);
  assert.equal((await late.go({ store: troubled(late.store, "conflict") })).verdict, "pass");
  const last = await scene(promoted, "g3", [0, 100]);
  assert.equal((await last.go({ store: troubled(last.store, "conflict") })).verdict, "pass");
});

test("F34: a rollback whose entry cannot be written is tried again, and stands in any case", async () => {
  const mended = await onFive();
  await mended.go({ store: troubled(mended.store, "down", "conflict"), judge: judging("fail") });
  assert.match(mended.told().at(-1) ?? "", /^rolled-back/);
  const lost = await onFive();
  const down = Array.from({ length: 9 }, () => "down" as const);
  const verdict = await lost.go({ store: troubled(lost.store, ...down), judge: judging("fail") });
  assert.equal(verdict.verdict, "fail");
  assert.deepEqual([lost.told(), lost.target.writes], [[], ["old 100"]]);
  await lost.go();
  assert.equal(lost.told().at(-1), "rolled-back: traffic to old (found-on-stable)");
});

/** Another process appends these in front of our first append. */
function overtaken(store: MemoryRecordStore, ...entries: readonly Entry[]): RecordStore {
  let pending = true;
  return {
    read: (environment) => store.read(environment),
    async append(environment, onto, ours) {
      if (pending) {
        pending = false;
        await store.append(environment, await store.read(environment), entries);
      }
      return store.append(environment, onto, ours);
    },
  };
}

const takenOver: readonly [string, readonly Entry[], RegExp][] = [
  [
    "to a release that another process called done at that very share",
    [
      entry({
        kind: "verdict",
        stage: "release",
        shift: 1,
        weight: 100,
        generation: "g3",
        verdict: "pass",
        reason: "kept",
        message: "",
      }),
      passed("canary"),
      ended("done"),
    ],
    /^rolled-back/,
  ],
  [
    "to one that a later attempt has taken over, which may have looked before and be about to call it done",
    [entry({ kind: "resumed" }, { attempt: 2 })],
    /^rolled-back/,
  ],
  [
    "not to one that a later attempt is about to give a share",
    [entry({ kind: "resumed" }, { attempt: 2 }), intent(0, 5, "g3")],
    /^release: about to give the candidate 5%/,
  ],
  [
    "not to one that a later attempt has taken to another share",
    [entry({ kind: "resumed" }, { attempt: 2 }), intent(0, 5, "g3"), applied(5, "g4")],
    /^candidate at 5%: applied/,
  ],
  [
    "to one of which a later stage failed when its promoted version got that very share",
    [accepted({ shift: 1, weight: 100, generation: "g3" }), passed("canary"), ended("failed")],
    /^rolled-back/,
  ],
  ["not to one that ended otherwise", [ended("halted")], /^release 7 halted/],
  ["not to another release", [started({ release: 8, by: { run: 8, attempt: 1, actor: "ada" } })], /^release 8 started/],
];

for (const [name, entries, expected] of takenOver)
  test(`a rollback is told ${name}`, async () => {
    const { go, store, told } = await onHundred();
    await go({ store: overtaken(store, ...entries), judge: judging("fail") });
    assert.match(told().at(-1) ?? "", expected);
  });

test("a rollback that was found is not told to a re-run that began anew on what it found", async () => {
  const { go, store, told } = await scene(atFive, "g3", [100, 0]);
  const held = { kind: "rollback", from: "new", to: "old", as: "held", reason: "max-hold", message: "" } as const;
  const anew: readonly Entry[] = [
    entry({ ...held, generation: "g3" }),
    started({ generation: "g3", by: { run: 7, attempt: 2, actor: "ada" } }),
  ];
  const abort = { reason: "job-failed", message: "A job of the release failed." };
  const verdict = await go({ store: overtaken(store, ...anew), abort, judge: undefined });
  assert.equal(verdict.reason, "job-failed");
  assert.match(told().at(-1) ?? "", /^release 7 started/);
  assert.equal((await store.read("production")).record.release?.ended, null);
});

test("the journal folds to the record that is stored", async () => {
  const { go, store } = await scene([started()]);
  await go();
  const { record } = await store.read("production");
  const empty = (await memoryRecordStore().read("production")).record;
  assert.deepEqual(store.entries("production").reduce(fold, empty), record);
});

test("F19: a job that has waited long enough writes down what the gate knows, for the next one to go on from", async () => {
  const { go, ports, store } = await onFive();
  const holding: Judge = async (share, release) => {
    ports.pass(maxWaitMs);
    return { ...(await judging("hold")(share, release)), gate: { looks: 7 } };
  };
  const frozen = { ...ports, clock: { ...ports.clock, now: () => 0 } };
  const verdict = await go({ judge: holding, ports: frozen });
  assert.equal(verdict.reason, "waiting");
  assert.notEqual(verdict.final, true);
  const { record } = await store.read("production");
  assert.deepEqual(record.release?.verdict?.gate, { looks: 7 });
});

test("F11: a look that would outlast the job is left to the next one", async () => {
  const { go, ports } = await onFive();
  let looks = 0;
  const counting: Judge = async (share, release) => {
    looks += 1;
    ports.pass(maxWaitMs - 5);
    return judging("hold")(share, release);
  };
  const frozen = { ...ports, clock: { ...ports.clock, now: () => 0 } };
  assert.equal((await go({ judge: counting, ports: frozen })).reason, "waiting");
  assert.equal(looks, 1);
});

test("F19: what is looked at no more often than a job may last is still looked at, once by every tick that is due", async () => {
  const twoHours = 2 * maxWaitMs;
  const stages = steppingPlan.stages.map((stage) => ({
    ...stage,
    shifts: stage.shifts.map((shift) => ({ ...shift, everyMs: twoHours })),
    maxHoldMs: 10 * twoHours,
  }));
  const { go, ports, store } = await scene(
    [started({ plan: { ...steppingPlan, stages } }), ...atFive.slice(1)],
    "g2",
    [95, 5],
  );
  let looks = 0;
  const judge: Judge = (share, release) => {
    looks += 1;
    return judging("hold")(share, release);
  };
  const due = [];
  for (const later of [0, maxWaitMs - 1, 2, twoHours]) {
    ports.pass(later);
    const before = looks;
    assert.equal((await go({ judge })).reason, "waiting");
    due.push(looks - before);
  }
  assert.deepEqual(due, [1, 0, 1, 1]);
  assert.equal((await store.read("production")).record.release?.verdict?.verdict, "hold");
});

test("F11: a share whose last look fails is given back, as one that nobody can judge", async () => {
  const { go, ports, target } = await onFive();
  ports.pass(10_000);
  const verdict = await go({
    judge: async () => {
      throw new ProviderError("prometheus", "It is down.");
    },
  });
  assert.deepEqual([verdict.reason, target.production.serving.map(({ weight }) => weight)], ["max-hold", [100, 0]]);
  assert.ok(ports.said.includes("The last look at this share failed. It is down."), ports.said.join("\n"));
});

for (const [order, end] of [
  ["abort", "held: traffic to old (aborted)"],
  ["rollback", "rolled-back: traffic to old (requested)"],
] as const)
  test(`a person's /${order} is heard while a share is judged`, async () => {
    const plan = { ...steppingPlan, stages: steppingPlan.stages.map((stage) => ({ ...stage, maxHoldMs: 3_600_000 })) };
    const { go, store, ports, target, told } = await scene([started({ plan }), ...atFive.slice(1)], "g2", [95, 5]);
    let looks = 0;
    const judge: Judge = async (share, release) => {
      looks += 1;
      ports.pass(15_000);
      if (looks === 2)
        await store.append("production", await store.read("production"), [entry({ kind: "order", order, reason: "" })]);
      return judging("hold")(share, release);
    };
    await go({ judge });
    assert.deepEqual([looks, target.writes, told().at(-1)], [2, ["old 100"], end]);
  });

test("a watch that is handed over keeps a good look as hold: it ends when its time is over, and not before", async () => {
  const watched = [started({ plan: watchedPlan }), passed("deploy"), intent(0, 100, "g1"), applied(100, "g2")];
  const { go, told, ports, store } = await scene([...watched, passed("canary")], "g2", [0, 100]);
  const watch: NonNullable<Advance["watch"]> = async ({ stage, generation }) => {
    const [from, to] = [ports.clock.now() - 100, ports.clock.now()];
    const seen = { from, to, seenMs: 100, largestGapMs: 0, seenAt: to };
    return { stage, generation, ...seen, verdict: "pass", reason: "limits-kept", message: "All is well." };
  };
  assert.equal((await go({ watch, patienceMs: 0 })).reason, "watching");
  assert.deepEqual(told(), ["release: watch begun (due)", "release: watch hold (limits-kept)"]);
  assert.equal((await store.read("production")).record.release?.watch?.verdict, "hold");
  await go({ watch, patienceMs: 0 });
  assert.deepEqual(told().slice(2, 4), ["release: watch pass (limits-kept)", "release: watch passed (limits-kept)"]);
});

test("a step of a later stage waits for the canary of an earlier one, and nothing is wrong with that", async () => {
  const { go } = await onFive();
  const until = { stage: "contract", step: "migrate" } as const;
  const verdict = await go({ until, judge: undefined, target: undefined });
  assert.equal(verdict.verdict, "hold");
  assert.notEqual(verdict.final, true);
});

test("a step that could not be proven ends its job for good: no tick would mend it", async () => {
  const { go } = await scene([started()]);
  const verdict = await go({ steps: { preflight: async () => hold("no-data", "Nothing was measured.") } });
  assert.equal(verdict.final, true);
});

test("F01: a way back that is slow to answer keeps no release waiting for a tick", async () => {
  const { go, target } = await scene(staged);
  let asked = 0;
  target.health = async () => {
    asked += 1;
    if (asked === 2) throw new Error("It answered 502.");
    return { healthy: asked > 4, message: "503" };
  };
  assert.equal((await go()).verdict, "pass");
  assert.ok(target.writes.includes("new 5, old 95"));
  const gone = await scene(staged);
  let all = 0;
  gone.target.health = async () => {
    all += 1;
    throw new Error("It answered 502.");
  };
  const held = await gone.go();
  assert.deepEqual([held.reason, all, gone.target.writes], ["no-way-back", 5, []]);
  assert.match(held.message, /does not answer \(It answered 502\.\)/);
});

test("F28: nobody is sent to 100 % when the way back is gone; one that goes away later ends as incomplete, and is told", async () => {
  const before = await onFive();
  before.target.healthy = false;
  const held = await before.go();
  assert.deepEqual([held.verdict, held.reason], ["hold", "no-way-back"]);
  assert.deepEqual(before.target.writes, []);

  const later = await onHundred();
  later.target.healthy = false;
  later.target.troubles.push(...Array<"unavailable">(9).fill("unavailable"));
  const verdict = await later.go({ judge: judging("fail") });
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "rollback-incomplete"]);
  assert.match(
    verdict.message,
    /The version to return to, old, is not there any more|is not there any more \(503\): production serves new at 100%/,
  );
  assert.equal(later.told().at(-1), "rollback-incomplete: traffic to old (judged-fail)");
});

test("F26: a clock that differs from GitHub's by more than five minutes moves nothing, a smaller difference is told", async () => {
  for (const skewMs of [400_000, -400_000]) {
    const { go, target, told } = await onFive();
    const verdict = await go({ clockSkewMs: () => skewMs });
    assert.deepEqual([verdict.verdict, verdict.reason], ["error", "clock-differs"]);
    assert.match(verdict.message, skewMs > 0 ? /6m40s behind GitHub's/ : /6m40s ahead of GitHub's/);
    assert.deepEqual([target.writes, told()], [[], []]);
  }
  const { go, ports } = await onFive();
  assert.equal((await go({ clockSkewMs: () => -60_000 })).verdict, "pass");
  assert.match(ports.said.join(), /clock is 1m ahead of GitHub's/);
});

/** A release with a maintenance page, in whose first command others write to the record. */
async function overtakenInCommand(works: boolean, ...others: readonly Entry[]) {
  const { go, store, ports } = await scene([started({ plan: maintainedPlan })]);
  const asked: string[] = [];
  const change: NonNullable<Advance["change"]> = async ({ what, to }) => {
    asked.push(`${what} ${to}`);
    if (asked.length > 1) return pass(`${what}-${to}`, "Done.");
    await store.append("production", await store.read("production"), others);
    return works ? pass(`${what}-${to}`, "Done.") : fail(`${what}-failed`, "It ended with 1.");
  };
  return { verdict: await go({ change, steps: {} }), asked, store, ports, go };
}

/** What attempt 2 does that found a command of attempt 1 announced: it undoes it, though that command may still run. */
const undoneByAnother = (since: number) => {
  const by = { attempt: 2 };
  const off = { what: "maintenance", to: "off", stage: "release" } as const;
  return [
    entry({ kind: "resumed" }, by),
    entry({ kind: "ended", as: "failed", reason: "job-failed", message: "It failed." }, by),
    { ...entry({ kind: "changing", ...off, until: since + openForMs }, by), at: since },
    { ...entry({ kind: "changed", ...off, since, message: "" }, by), at: since },
  ];
};

for (const works of [true, false])
  test(`F18: a command that ${works ? "worked" : "failed"} behind those who had undone it is undone once more when its time is over`, async () => {
    const { asked, verdict, store, ports, go } = await overtakenInCommand(works, ...undoneByAnother(2_000));
    assert.deepEqual(asked, ["maintenance on"]);
    assert.equal(verdict.reason, "superseded", "whoever took over undoes it");
    const began = ports.clock.now();
    const undoing: string[] = [];
    const change: NonNullable<Advance["change"]> = async ({ what, to }) => {
      undoing.push(`${what} ${to}`);
      return pass(`${what}-${to}`, "Done.");
    };
    await go({ asker: { release: 7, attempt: 2 }, change, steps: {} });
    assert.deepEqual(undoing, ["maintenance off"]);
    assert(ports.clock.now() - began >= openForMs - 10_000, "not before the other's command has ended");
    assert.deepEqual((await store.read("production")).record.release?.changes, []);
  });

test("F18: what others append while a command runs keeps nobody from saying how it ended", async () => {
  const { asked, store } = await overtakenInCommand(true, entry({ kind: "locked", reason: "A fair." }));
  assert.deepEqual(asked, ["maintenance on", "workers on"]);
  const { changes, commands } = (await store.read("production")).record.release ?? {};
  assert.deepEqual(
    [changes?.map(({ what, certain }) => [what, certain]), commands],
    [
      [
        ["maintenance", true],
        ["workers", true],
      ],
      [],
    ],
  );
});

test("F18: what whoever took over still wants on is left on", async () => {
  const { asked, verdict } = await overtakenInCommand(true, entry({ kind: "resumed" }, { attempt: 2 }));
  assert.deepEqual(asked, ["maintenance on"]);
  assert.equal(verdict.reason, "superseded");
});
