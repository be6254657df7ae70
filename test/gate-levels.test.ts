import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../src/failure.ts";
import { type GateConfig, gateProblems, gateWarnings } from "../src/gate/config.ts";
import type { GateEvidence } from "../src/gate/judgement.ts";
import { type GateState, newGate, resumeGate } from "../src/gate.ts";
import {
  alone,
  assess,
  binomial,
  CANDIDATE,
  config,
  counts,
  histogram,
  limitsOf,
  run,
  SECOND,
  STABLE,
  seeded,
  seeds,
  traffic,
  value,
} from "./gate-world.ts";

const HOUR = 3_600 * SECOND;

test("a broken warn-limit is reported with the pass, and never sends anything back", () => {
  const gate = config(["error-rate < 10%"], { warnLimits: limitsOf("error-rate < 1%") });
  const { verdict } = run(gate, traffic(0.05, 0.04, 0.001, 1));
  assert.equal(verdict.verdict, "pass");
  assert.match(verdict.message, /may go on\. Warning: error-rate [\d.]+% of 500 requests breaks `error-rate < 1%`\.$/);
  const [limit, warn] = (verdict.evidence as GateEvidence).limits;
  assert.deepEqual([limit?.level, limit?.standing, warn?.level, warn?.standing], ["fail", "proven", "warn", "broken"]);
});

test("a warn-limit nobody measures delays nothing, and an outage breaks only what may be broken", () => {
  const gate = config(["error-rate < 10%"], { warnLimits: limitsOf("memory < 90%") });
  assert.equal(run(gate, traffic(0.05, 0, 0, 1)).verdict.verdict, "pass");
  const warned = config(["memory < 90%"], { warnLimits: limitsOf("error-rate < 1%") });
  const { verdict } = run(warned, (now) => ({
    ...traffic(0.05, 0.9, 0, 1)(now),
    memory: { candidate: value(now, CANDIDATE, 0.5) },
  }));
  assert.deepEqual([verdict.verdict, verdict.message.includes("Warning: error-rate")], ["pass", true]);
});

test("without a verdict at the longest hold, `fail` is a failure and `hold` is none", () => {
  const short = { maxHold: 15 * SECOND };
  const reasons = (["hold", "fail"] as const).map((onShort) => {
    const { verdict } = run(config(["error-rate < 2%"], { ...short, onShort }), () => ({}));
    return `${verdict.verdict} ${verdict.reason}`;
  });
  assert.deepEqual(reasons, ["hold inconclusive", "fail short-evidence"]);
});

const before = { "error-rate": { kind: "counts", total: 20_000, bad: 100 } } as const;

test("worse than before holds and says why, and never sends traffic back", () => {
  const gate = alone(["error-rate vs before <= 2x"], { before, maxHold: 60 * SECOND });
  let state = newGate(gate);
  const world = traffic(0.5, 0.08, 0, 3);
  const found = new Set<string>();
  for (let now = SECOND; now <= 30 * SECOND; now += SECOND) {
    const looked = assess(state, world(now), now);
    state = looked.state;
    found.add(`${looked.verdict.verdict} ${looked.verdict.reason}`);
    if (looked.verdict.reason === "worse-than-before") assert.match(looked.verdict.message, /roll back by hand/);
  }
  assert.ok(found.has("hold worse-than-before"), [...found].join());
  assert.ok(
    [...found].every((reason) => reason.startsWith("hold ")),
    [...found].join(),
  );
});

test("as good as before passes; a candidate like the baseline is called worse in at most 1 % of gates", () => {
  const gate = (total: number, bad: number) =>
    alone(["error-rate vs before not worse"], {
      before: { "error-rate": { kind: "counts", total, bad } },
      maxHold: 40 * SECOND,
      margin: 0.02,
    });
  assert.equal(run(gate(20_000, 100), traffic(0.5, 0.005, 0, 3)).verdict.verdict, "pass");
  const worse = seeds(400).filter((seed) => {
    const recorded = binomial(4_000, 0.02, seeded(seed + 10_000));
    const world = traffic(0.5, 0.02, 0, seed);
    let state = newGate(gate(4_000, recorded));
    for (let now = SECOND; now <= 40 * SECOND; now += SECOND) {
      const looked = assess(state, world(now), now);
      state = looked.state;
      if (looked.verdict.reason === "worse-than-before") return true;
    }
    return false;
  });
  assert.ok(worse.length <= 4, `${worse.length} of 400`);
});

test("values and percentiles are compared with what was recorded", () => {
  const memory = (found: number) =>
    run(alone(["memory vs before <= 1.2x"], { before: { memory: { kind: "value", value: 0.5 } } }), (now) => ({
      memory: { candidate: value(now, CANDIDATE, found) },
    })).verdict;
  assert.equal(memory(0.55).verdict, "pass");
  assert.deepEqual([memory(0.7).verdict, memory(0.7).reason], ["hold", "inconclusive"]);
  const buckets = (slow: number): readonly (readonly [number, number])[] => [
    [250, 980 - slow],
    [500, 1_000 - slow],
    [1_000, 1_000],
    [Number.POSITIVE_INFINITY, 1_000],
  ];
  const recorded = histogram(0, STABLE, buckets(0));
  const p95 = (slow: number) => {
    const gate = alone(["p95 vs before <= 2x"], { before: { latency: recorded }, margin: 0.02, maxHold: 20 * SECOND });
    return run(gate, (now) => ({ latency: { candidate: histogram(now, CANDIDATE, buckets(slow)) } })).verdict;
  };
  assert.equal(p95(0).verdict, "pass");
  assert.equal(p95(300).reason, "inconclusive");
});

const unfit: readonly (readonly [string, GateConfig["before"], RegExp])[] = [
  ["error-rate vs before <= 2x", {}, /no measurements from before/],
  [
    "error-rate vs before <= 2x",
    { "error-rate": { kind: "value", value: 1 } },
    /kept from before the release is a value/,
  ],
  ["error-rate vs before <= 2x", { "error-rate": { kind: "counts", total: 0, bad: 0 } }, /nothing was served before/],
  ["latency mean vs before <= 2x", { latency: { kind: "histogram", buckets: [] } }, /limit a percentile/],
  ["p95 vs before <= 2x", { latency: { kind: "histogram", buckets: [] } }, /do not show this percentile/],
];

for (const [limit, recorded, message] of unfit) {
  test(`\`${limit}\` is refused where ${message.source}`, () => {
    assert.match(gateProblems(alone([limit], { before: recorded ?? {} })).join("\n"), message);
  });
}

/** An hour with a sample a minute, but in the minutes `missing`: `perHour` of growth from 50 %, and noise of this size. */
function growing(perHour: number, noise: number, missing?: readonly [from: number, to: number]) {
  const random = seeded(5);
  const gate = alone(["memory growth < 2%/h"], { hold: HOUR, every: 60 * SECOND, maxHold: 2 * HOUR });
  return run(gate, (now) => {
    const found = 0.5 * (1 + (perHour * now) / HOUR) * (1 + noise * (random() - 0.5));
    const minute = now / (60 * SECOND);
    return missing && minute > missing[0] && minute < missing[1]
      ? {}
      : { memory: { candidate: value(now, CANDIDATE, found) } };
  });
}

test("growth is the slope over the whole hold, decided once", () => {
  const leak = growing(0.1, 0.02);
  assert.deepEqual([leak.verdict.verdict, leak.looks], ["fail", 60]);
  assert.match(
    leak.verdict.message,
    /^memory grew by \d+(\.\d+)?% an hour \(give or take [\d.]+%\) breaks `memory growth < 2%\/h`/,
  );
  const flat = growing(0, 0.02);
  assert.deepEqual([flat.verdict.verdict, flat.looks], ["pass", 60]);
  const shrinking = growing(-0.1, 0.02);
  assert.match(shrinking.verdict.message, /grew by -\d/);
  assert.equal(growing(0.02, 0.5).verdict.reason, "inconclusive", "noise hides a slope near the limit");
  assert.equal(growing(0, 0.02, [5, 999]).verdict.reason, "inconclusive", "five samples make no line");
  const unseen = growing(0, 0.02, [20, 55]);
  assert.deepEqual([unseen.verdict.verdict, unseen.looks], ["pass", 78], "three quarters of the hold must be seen");
});

test("a split far from the planned one holds; one a little off does not, and a failure stays one", () => {
  const router = { "error-rate": { kind: "counts", divided: true } } as const;
  const gate = config(["error-rate < 2%"], { split: 0.05, metrics: router });
  const uneven = run({ ...gate, maxHold: 12 * SECOND }, traffic(0.2, 0, 0, 1));
  assert.equal(uneven.verdict.reason, "inconclusive");
  const { verdict } = assess(newGate(gate), traffic(0.2, 0, 0, 1)(SECOND), SECOND);
  assert.equal(verdict.reason, "uneven-split");
  assert.match(verdict.message, /^The candidate has 20% of 1,000 events of error-rate where 5% was planned/);
  assert.equal(run(gate, traffic(0.055, 0, 0, 1)).verdict.verdict, "pass");
  assert.equal(run(gate, traffic(0.2, 0.3, 0, 1)).verdict.verdict, "fail");
  const own = config(["error-rate < 2%"], { split: 0.05 });
  assert.equal(
    run(own, traffic(0.2, 0, 0, 1)).verdict.verdict,
    "pass",
    "an application counts more than the router sent",
  );
});

test("with an estimate of dispersion, clumps of errors weigh less, through JSON as well", () => {
  const limit = ["error-rate vs stable not worse"];
  const clumps = (now: number) => ({
    "error-rate": {
      candidate: counts(now, CANDIDATE, 50, now % (4 * SECOND) === 0 ? 6 : 0),
      stable: counts(now, STABLE, 950, now % (3 * SECOND) === 0 ? 40 : 0),
    },
  });
  const evidence = (more: Partial<GateConfig>) => {
    const gate = config(limit, { hold: 60 * SECOND, ...more });
    let state: GateState = newGate(gate);
    let largest = 0;
    for (let now = SECOND; now <= 40 * SECOND; now += SECOND) {
      const looked = assess(resumeGate(gate, JSON.parse(JSON.stringify(state))), clumps(now), now);
      state = looked.state;
      largest = Math.max(largest, (looked.verdict.evidence as GateEvidence).familyLogE ?? 0);
    }
    return largest;
  };
  const estimated = { dispersion: { prior: 2, weight: 20 } };
  assert.ok(evidence(estimated) < evidence({}) - 1, `${evidence(estimated)} against ${evidence({})}`);
  const saved: unknown = JSON.parse(JSON.stringify(newGate(config(limit, estimated))));
  const other = config(limit, { dispersion: { prior: 3, weight: 20 } });
  assert.throws(() => resumeGate(other, saved), InputError);
});

/** Lognormal latencies around 120 ms; the candidate's are `factor` times as long. */
function latencies(factor: number, seed: number, perLook = 50) {
  const random = seeded(seed);
  const bounds = [50, 100, 250, 500, 1_000, 2_500, Number.POSITIVE_INFINITY];
  const sample = (now: number, version: string, total: number, times: number) => {
    const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    const all = Array.from({ length: total }, () => 120 * times * Math.exp(0.6 * normal()));
    const below = bounds.map((le): readonly [number, number] => [le, all.filter((time) => time <= le).length]);
    return histogram(now, version, below, all.reduce((sum, time) => sum + time, 0) / total);
  };
  return (now: number) => ({
    latency: { candidate: sample(now, CANDIDATE, perLook, factor), stable: sample(now, STABLE, 300, 1) },
  });
}

test("latency as a whole: three thresholds and the means of the looks", () => {
  const gate = config(["latency vs stable not worse"], { hold: 40 * SECOND, maxHold: 200 * SECOND, margin: 0.1 });
  const slow = run(gate, latencies(1.5, 1)).verdict;
  assert.equal(slow.verdict, "fail");
  assert.match(
    slow.message,
    /^latency mean above stable's in \d+ of \d+ looks \(\d+ requests beside [\d,]+ of stable\) breaks/,
  );
  assert.equal(run(gate, latencies(0.9, 2)).verdict.verdict, "pass");
  const twice = config(["latency vs stable <= 2x"], { hold: 40 * SECOND, maxHold: 200 * SECOND, margin: 0.1 });
  assert.equal(run(twice, latencies(1.5, 3)).verdict.verdict, "pass");
  const alarms = seeds(60).filter((seed) => run(gate, latencies(1, seed + 50)).verdict.verdict === "fail");
  assert.ok(alarms.length <= 2, `${alarms.length} of 60`);
});

test("latency as a whole is not judged without numbers of both versions over the same time", () => {
  const gate = config(["latency vs stable not worse"]);
  const world = latencies(3, 4);
  const looks = [
    (now: number) => ({ latency: { candidate: world(now).latency.candidate } }),
    (now: number) => {
      const { candidate, stable } = world(now).latency;
      return { latency: { candidate, stable: { ...stable, window: { from: now - 10, to: now } } } };
    },
  ];
  for (const look of looks) assert.equal(run(gate, look).verdict.reason, "inconclusive");
  const saved = JSON.stringify(assess(newGate(gate), world(SECOND), SECOND).state);
  assert.doesNotThrow(() => resumeGate(gate, JSON.parse(saved)));
  for (const broken of [saved.replace(/"sign":\[[^\]]*\]/, '"sign":[]'), saved.replace(/"plan":"\w+"/, '"plan":"1"')]) {
    assert.throws(() => resumeGate(gate, JSON.parse(broken)), InputError);
  }
});

test("users are named as what is counted, and requests of sticky users are warned of", () => {
  const metrics = { "error-rate": { kind: "counts", count: "users" } } as const;
  const { verdict } = run({ ...config(["error-rate < 2%"]), metrics }, traffic(0.05, 0, 0, 1));
  assert.match(verdict.message, /^error-rate 0% of 500 users keeps/);
  assert.deepEqual(gateWarnings({ ...config(["error-rate < 2%"]), metrics, routing: "sticky" }), []);
  const [warning, ...others] = gateWarnings({
    ...config(["error-rate < 2%"]),
    metrics: { "error-rate": { kind: "counts" } },
    routing: "sticky",
  });
  assert.match(warning ?? "", /one unlucky user can look like a defect; count users/);
  assert.deepEqual(others, []);
  assert.deepEqual(gateWarnings(config(["error-rate < 2%"])), []);
});

test("what is kept per limit is small, and does not grow", () => {
  const sizes = [200, 4_000].map((looks) => {
    const started = { startedAt: 1_790_000_000_000, hold: 24 * HOUR, maxHold: 48 * HOUR, split: 0.05 };
    const gate = config(["error-rate < 2%", "error-rate vs stable <= +1pp", "latency vs stable not worse"], started);
    const [errors, slow] = [traffic(0.05, 0.01, 0.009, 1), latencies(1, 9, 20)(SECOND).latency];
    let state = newGate(gate);
    for (let i = 1; i <= looks; i++) {
      const now = started.startedAt + i * SECOND;
      const window = { window: { from: now - SECOND, to: now }, observedAt: now };
      const latency = { candidate: { ...slow.candidate, ...window }, stable: { ...slow.stable, ...window } };
      ({ state } = assess(state, { ...errors(now), latency }, now));
    }
    return state.limits.map((limit) => JSON.stringify(limit).length);
  });
  for (const size of sizes.flat()) assert.ok(size <= 400, `${size} bytes`);
});
