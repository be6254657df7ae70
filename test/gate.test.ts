import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../src/failure.ts";
import { type GateConfig, gateProblems } from "../src/gate/config.ts";
import type { GateEvidence } from "../src/gate/judgement.ts";
import { due, type GateState, newGate, nextLook, resumeGate, toMeasure } from "../src/gate.ts";
import { parseLimit } from "../src/limit.ts";
import type { Measurement } from "../src/metric-provider.ts";
import type { Verdict } from "../src/verdict.ts";
import {
  alone,
  assess,
  binomial,
  CANDIDATE,
  config,
  counts,
  histogram,
  limitsOf,
  median,
  run,
  SECOND,
  STABLE,
  seeded,
  seeds,
  stamp,
  traffic,
  value,
} from "./gate-world.ts";

const fast: readonly {
  readonly name: string;
  readonly limits: readonly string[];
  readonly share: number;
  readonly candidate: number;
  readonly stable: number;
  readonly verdict: "pass" | "fail";
  readonly looks: number;
}[] = [
  {
    name: "healthy at 5 %",
    limits: ["error-rate < 2%"],
    share: 0.05,
    candidate: 0,
    stable: 0,
    verdict: "pass",
    looks: 7,
  },
  {
    name: "8 % errors at 5 %",
    limits: ["error-rate < 2%"],
    share: 0.05,
    candidate: 0.08,
    stable: 0,
    verdict: "fail",
    looks: 5,
  },
  {
    name: "healthy at 25 %",
    limits: ["error-rate < 1%"],
    share: 0.25,
    candidate: 0,
    stable: 0,
    verdict: "pass",
    looks: 5,
  },
  {
    name: "healthy beside stable",
    limits: ["error-rate vs stable <= +2pp"],
    share: 0.05,
    candidate: 0,
    stable: 0,
    verdict: "pass",
    looks: 7,
  },
  {
    name: "8 % errors beside stable",
    limits: ["error-rate vs stable <= +2pp"],
    share: 0.05,
    candidate: 0.08,
    stable: 0,
    verdict: "fail",
    looks: 5,
  },
  {
    name: "8 % errors, two limits",
    limits: ["error-rate < 2%", "error-rate vs stable <= +2pp"],
    share: 0.05,
    candidate: 0.08,
    stable: 0,
    verdict: "fail",
    looks: 5,
  },
  {
    name: "60 % errors",
    limits: ["error-rate < 2%"],
    share: 0.05,
    candidate: 0.6,
    stable: 0,
    verdict: "fail",
    looks: 2,
  },
];

for (const { name, limits, share, candidate, stable, verdict, looks } of fast) {
  test(`fast tier, ${name}: ${verdict} in about ${looks} looks`, () => {
    const hold = verdict === "pass" ? SECOND : 10 * SECOND;
    const ends = seeds(200).map((seed) =>
      run(config(limits, { hold, maxHold: 40 * SECOND }), traffic(share, candidate, stable, seed)),
    );
    assert.ok(ends.filter((end) => end.verdict.verdict === verdict).length >= 199);
    assert.ok(median(ends.map((end) => end.looks)) <= looks);
  });
}

test("false alarms stay below 1 % over whole gates of 60 looks", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["error-rate vs stable not worse", 0.02],
    ["error-rate < 2%", 0.02],
  ];
  for (const [limit, share] of cases) {
    const gate = config([limit], { hold: 60 * SECOND, maxHold: 60 * SECOND });
    const alarms = seeds(2_000).filter((seed) => {
      const ended = run(limit.includes("vs") ? gate : alone([limit], gate), traffic(0.05, share, share, seed));
      return ended.verdict.verdict === "fail";
    });
    assert.ok(alarms.length <= 20, `${limit}: ${alarms.length} of 2,000`);
  }
});

test("a candidate exactly at the limit passes in at most 5 % of gates, however often one looks", () => {
  const passes = (gate: GateConfig, candidate: number, stable: number) =>
    seeds(1_000).filter((seed) => run(gate, traffic(0.05, candidate, stable, seed)).verdict.verdict === "pass").length;
  const impatient = { hold: SECOND, maxHold: 60 * SECOND };
  assert.ok(passes(alone(["error-rate < 2%"], impatient), 0.02, 0.02) <= 50);
  assert.ok(passes(config(["error-rate vs stable <= +2pp"], impatient), 0.025, 0.005) <= 50);
});

test("a regression that begins late is found soon, and its message speaks of the time since", () => {
  const random = seeded(7);
  const { verdict, looks } = run(config(["error-rate < 2%"], { hold: 100 * SECOND }), (now) => ({
    "error-rate": {
      candidate: counts(now, CANDIDATE, 50, binomial(50, now > 60 * SECOND ? 0.2 : 0, random)),
      stable: counts(now, STABLE, 950, 0),
    },
  }));
  assert.equal(verdict.verdict, "fail");
  assert.ok(looks > 60 && looks <= 66, `${looks}`);
  const share = Number(/error-rate ([\d.]+)% of/.exec(verdict.message)?.[1]);
  assert.ok(share > 10, verdict.message);
});

test("an outage after a long quiet time is found in two looks", () => {
  const begins = 2_000 * SECOND;
  const { verdict, looks } = run(config(["error-rate < 2%"], { hold: 7_200 * SECOND }), (now) => ({
    "error-rate": {
      candidate: counts(now, CANDIDATE, 50, now > begins ? 30 : 0),
      stable: counts(now, STABLE, 950, 1),
    },
  }));
  assert.deepEqual([verdict.verdict, verdict.reason, looks], ["fail", "outage", 2_002]);
  assert.match(verdict.message, /^error-rate 60% of 100 requests is an outage while stable is well \(2 looks in a row/);
});

test("the verdict is one sentence with value, sample, limit, e-value, time and candidate", () => {
  const bad = run(config(["error-rate < 2%"]), traffic(0.05, 0.08, 0, 3)).verdict;
  assert.match(
    bad.message,
    /^error-rate [\d.]+% of \d+ requests breaks `error-rate < 2%` \(e-value [\d,.]+, [\d.]+ s, candidate abc123\); traffic goes back to stable\.$/,
  );
  const good = run(config(["error-rate < 2%"]), traffic(0.05, 0, 0, 3)).verdict;
  assert.match(
    good.message,
    /^error-rate 0% of 500 requests keeps `error-rate < 2%` \(e-value [\d,]+\): candidate abc123 may go on\.$/,
  );
  const evidence = good.evidence as GateEvidence;
  assert.equal(evidence.looks, 10);
  assert.deepEqual(evidence.limits[0]?.candidate, { total: 500, bad: 0 });
  assert.deepEqual(JSON.parse(JSON.stringify(good.evidence)), good.evidence);
});

/** The state after `looks` quiet looks. */
function quiet(gate: GateConfig, looks: number): GateState {
  let state = newGate(gate);
  for (let i = 1; i <= looks; i++) state = assess(state, traffic(0.05, 0, 0, 1)(i * SECOND), i * SECOND).state;
  return state;
}

test("proven early, the gate still waits for the end of the hold", () => {
  const gate = config(["error-rate < 2%"]);
  const { verdict } = assess(quiet(gate, 8), traffic(0.05, 0, 0, 1)(9 * SECOND), 9 * SECOND);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "minimum-hold"]);
  assert.match(verdict.message, /the hold of 10 s ends in 1 s/);
});

test("F24: too little evidence says how much is there and how long the rest takes", () => {
  const { verdict } = assess(quiet(config(["error-rate < 2%"]), 1), traffic(0.05, 0, 0, 1)(2 * SECOND), 2 * SECOND);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "not-enough-data"]);
  assert.match(
    verdict.message,
    /0% of 100 requests does not prove .* \(e-value [\d.]+ of the 20 needed\); about [\d.]+ s more/,
  );
  const eta = (verdict.evidence as GateEvidence).limits[0]?.eta ?? Number.NaN;
  assert.ok(eta > SECOND && eta < 5 * SECOND, `${eta}`);
});

test("the longest hold ends without a verdict", () => {
  const ended = run(config(["error-rate < 2%"], { maxHold: 15 * SECOND }), () => ({}));
  assert.deepEqual([ended.verdict.verdict, ended.verdict.reason, ended.looks], ["hold", "inconclusive", 15]);
  assert.match(ended.verdict.message, /after 15 s.*was not measured/);
});

test("what breaks both versions holds: going back would mend nothing", () => {
  for (const share of [0.05, 0.5]) {
    const reasons = seeds(100).map((seed) => {
      let state = newGate(config(["error-rate < 2%"]));
      const world = traffic(share, 0.1, 0.1, seed);
      let verdict: Verdict | undefined;
      for (let i = 1; i <= 9; i++) ({ state, verdict } = assess(state, world(i * SECOND), i * SECOND));
      return verdict?.reason;
    });
    assert.ok(reasons.filter((reason) => reason === "environment").length >= 97, `${share}: ${reasons}`);
  }
});

test("a candidate much worse than a stable that also breaks the limit is still sent back", () => {
  for (const seed of seeds(50)) {
    const { verdict } = run(config(["error-rate < 2%"]), traffic(0.05, 0.3, 0.08, seed));
    assert.equal(verdict.verdict, "fail", verdict.message);
  }
});

/** One odd look after nine quiet ones, at the moment the gate would pass. */
const odd: readonly (readonly [name: string, reason: string, now: number, Measurement | undefined])[] = [
  ["nothing measured", "was not measured", 10, undefined],
  ["no data", "Connection refused", 10, { kind: "no-data", reason: "unreachable", message: "Connection refused." }],
  ["a counter reset", "restarted", 10, { kind: "no-data", reason: "counter-reset", message: "The process restarted." }],
  ["NaN", "cannot be", 10, counts(10 * SECOND, CANDIDATE, Number.NaN, 0)],
  ["infinity", "cannot be", 10, counts(10 * SECOND, CANDIDATE, Number.POSITIVE_INFINITY, 0)],
  ["a negative count", "cannot be", 10, counts(10 * SECOND, CANDIDATE, 50, -1)],
  ["more bad than all", "cannot be", 10, counts(10 * SECOND, CANDIDATE, 50, 51)],
  ["another version's label", "version def456, not abc123", 10, counts(10 * SECOND, STABLE, 50, 0)],
  ["another kind", "where counts was expected", 10, value(10 * SECOND, CANDIDATE, 0)],
  ["no request", "saw no request", 10, counts(10 * SECOND, CANDIDATE, 0, 0)],
  ["an old sample", "s old", 30, counts(10 * SECOND, CANDIDATE, 50, 0)],
  ["a sample from the future", "in the future", 10, counts(60 * SECOND, CANDIDATE, 50, 0)],
  ["time counted already", "counted already", 10, counts(9 * SECOND, CANDIDATE, 50, 0)],
  [
    "time from before the gate",
    "before this gate",
    10,
    { ...counts(10 * SECOND, CANDIDATE, 50, 0), window: { from: -5_000, to: 10_000 } },
  ],
  [
    "a window that ends before it begins",
    "no sensible window",
    10,
    { ...counts(10 * SECOND, CANDIDATE, 50, 0), window: { from: 9_500, to: 9_100 } },
  ],
  [
    "a window without a number",
    "no sensible window",
    10,
    { ...counts(10 * SECOND, CANDIDATE, 50, 0), observedAt: Number.NaN },
  ],
];

for (const [name, reason, seconds, candidate] of odd) {
  test(`${name} is no data: the gate holds where it would have passed`, () => {
    const gate = config(["error-rate < 2%"], { maxHold: 600 * SECOND });
    const state = quiet(gate, 9);
    const sane = assess(state, traffic(0.05, 0, 0, 1)(10 * SECOND), 10 * SECOND);
    assert.equal(sane.verdict.verdict, "pass");
    const now = seconds * SECOND;
    const stable = counts(now, STABLE, 950, 0);
    const { verdict } = assess(state, { "error-rate": candidate ? { candidate, stable } : { stable } }, now);
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-data"], verdict.message);
    assert.ok(verdict.message.includes(reason), verdict.message);
  });
}

test("a comparison holds while stable gives no data", () => {
  const gate = config(["error-rate vs stable <= +2pp"]);
  const candidate = counts(10 * SECOND, CANDIDATE, 50, 0);
  const { verdict } = assess(quiet(gate, 9), { "error-rate": { candidate } }, 10 * SECOND);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-data"]);
});

test("after a failed read the two versions are compared over the same time again", () => {
  const gate = config(["error-rate vs stable <= +2pp"]);
  const first = assess(newGate(gate), traffic(0.05, 0, 0, 1)(SECOND), SECOND);
  const missed = assess(first.state, { "error-rate": { stable: counts(2 * SECOND, STABLE, 950, 7) } }, 2 * SECOND);
  const wide = { ...counts(3 * SECOND, CANDIDATE, 100, 1), window: { from: SECOND, to: 3 * SECOND } };
  const last = assess(
    missed.state,
    { "error-rate": { candidate: wide, stable: counts(3 * SECOND, STABLE, 950, 2) } },
    3 * SECOND,
  );
  const [limit] = (last.verdict.evidence as GateEvidence).limits;
  assert.deepEqual(
    [limit?.candidate, limit?.stable],
    [
      { total: 150, bad: 1 },
      { total: 2_850, bad: 9 },
    ],
  );
});

/** 50 requests a second; `slow` of them beyond 500 ms. */
const latencies = (now: number, version: string, slow: number, mean = 100) =>
  histogram(
    now,
    version,
    [
      [100, 30],
      [250, 50 - slow],
      [500, 50 - slow],
      [1_000, 50],
      [Number.POSITIVE_INFINITY, 50],
    ],
    mean,
  );

test("latency by buckets: p95", () => {
  const look = (slow: number) => (now: number) => ({
    latency: { candidate: latencies(now, CANDIDATE, slow), stable: latencies(now, STABLE, 0) },
  });
  const good = run(config(["p95 <= 500ms"]), look(0));
  assert.deepEqual([good.verdict.verdict, good.looks], ["pass", 10]);
  const bad = run(config(["p95 <= 500ms"]), look(15));
  assert.equal(bad.verdict.verdict, "fail");
  assert.match(bad.verdict.message, /^latency: 30% of \d+ requests slower than 500 ms breaks `p95 <= 500ms`/);
  // Between 250 and 500 ms the buckets cannot tell: 15 of 50 may be slower than 400 ms, none is so for certain.
  const between = run(config(["p95 <= 400ms"]), (now) => ({
    latency: {
      candidate: histogram(now, CANDIDATE, [
        [250, 35],
        [500, 50],
        [Number.POSITIVE_INFINITY, 50],
      ]),
      stable: histogram(now, STABLE, [
        [250, 35],
        [500, 50],
        [Number.POSITIVE_INFINITY, 50],
      ]),
    },
  }));
  assert.equal(between.verdict.reason, "inconclusive");
  assert.match(between.verdict.message, /between the buckets 250 ms and 500 ms/);
});

test("latency beyond the last bucket cannot fail, so it never passes; a limit in another unit never passes", () => {
  const inside = (bounds: readonly number[]) => (now: number) => ({
    latency: {
      candidate: histogram(now, CANDIDATE, [
        ...bounds.map((le): [number, number] => [le, 40]),
        [Number.POSITIVE_INFINITY, 50],
      ]),
    },
  });
  const beyond = run(config(["p95 <= 3s"]), inside([100, 1_000]));
  assert.equal(beyond.verdict.reason, "inconclusive");
  assert.match(
    (beyond.verdict.evidence as GateEvidence).limits[0]?.note ?? "",
    /no bucket beyond 1000 ms, .* could never be seen to break/,
  );
  for (const bounds of [
    [0.1, 0.25, 1],
    [20_000, 50_000],
  ]) {
    const wrongUnit = run(config(["p95 <= 500ms"]), inside(bounds));
    assert.equal(wrongUnit.verdict.reason, "inconclusive");
    assert.match(wrongUnit.verdict.message, /declare the metric's unit/);
  }
});

test("latency by the mean of each look", () => {
  const look = (mean: number) => (now: number) => ({
    latency: { candidate: latencies(now, CANDIDATE, 0, mean), stable: latencies(now, STABLE, 0, 100) },
  });
  assert.equal(run(config(["latency mean < 150ms"]), look(100)).verdict.verdict, "pass");
  const bad = run(config(["latency mean < 150ms"], { hold: 20 * SECOND }), look(200));
  assert.equal(bad.verdict.verdict, "fail");
  assert.match(bad.verdict.message, /^latency mean above 150 ms in \d+ of \d+ looks breaks/);
  assert.equal(run(config(["latency mean vs stable <= 1.2x"]), look(110)).verdict.verdict, "pass");
  assert.equal(
    run(config(["latency mean vs stable <= 1.2x"], { hold: 20 * SECOND }), look(130)).verdict.verdict,
    "fail",
  );
});

test("latency beside stable's, at bounds chosen before they are used", () => {
  const look = (slow: number) => (now: number) => ({
    latency: { candidate: latencies(now, CANDIDATE, slow), stable: latencies(now, STABLE, 1) },
  });
  const gate = config(["p95 vs stable <= 1.5x"], { hold: 20 * SECOND, maxHold: 200 * SECOND });
  const bad = run(gate, look(20));
  assert.equal(bad.verdict.verdict, "fail");
  assert.equal(run(gate, look(0)).verdict.verdict, "pass");
});

test("buckets that cannot be are no data", () => {
  const infinity = Number.POSITIVE_INFINITY;
  const cases: readonly (readonly (readonly [number, number])[])[] = [
    [
      [100, 10],
      [500, 9],
      [infinity, 10],
    ],
    [
      [500, 9],
      [100, 10],
      [infinity, 10],
    ],
    [
      [100, 10],
      [500, 10],
    ],
    [
      [100, Number.NaN],
      [infinity, 10],
    ],
    [
      [100, -1],
      [infinity, 10],
    ],
    [],
  ];
  for (const buckets of cases) {
    const candidate = histogram(SECOND, CANDIDATE, buckets);
    const { verdict } = assess(newGate(config(["p95 <= 500ms"])), { latency: { candidate } }, SECOND);
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-data"]);
  }
});

test("a value breaks its limit at once, or after so much bad time in a row", () => {
  const look = (limit: string, found: (now: number) => number, beside = 0.4) =>
    run(config([limit]), (now) => ({
      memory: { candidate: value(now, CANDIDATE, found(now)), stable: value(now, STABLE, beside) },
    }));
  assert.deepEqual(
    [look("memory < 90%", () => 0.95).looks, look("memory < 90%", () => 0.95).verdict.reason],
    [1, "limit-broken"],
  );
  const lasting = look("memory < 90% for 3s", (now) => (now > 4 * SECOND ? 0.95 : 0.5));
  assert.deepEqual([lasting.verdict.verdict, lasting.looks], ["fail", 7]);
  assert.match(lasting.verdict.message, /^memory 95% for 3 s breaks `memory < 90% for 3s` \(candidate abc123\)/);
  const flickering = look("memory < 90% for 3s", (now) => (now % (2 * SECOND) === 0 ? 0.5 : 0.95));
  assert.deepEqual([flickering.verdict.verdict, flickering.looks], ["pass", 10]);
  assert.equal(look("memory < 90%", () => 0.5).verdict.verdict, "pass");
  assert.equal(look("memory < 90%", () => 0.95, 0.95).verdict.reason, "inconclusive");
});

test("a value passes only when fresh samples cover the hold", () => {
  const gappy = run(config(["memory < 90%"]), (now) =>
    now > 3 * SECOND && now <= 8 * SECOND ? {} : { memory: { candidate: value(now, CANDIDATE, 0.5) } },
  );
  assert.deepEqual([gappy.verdict.verdict, gappy.looks], ["pass", 14]);
});

test("F23: an old value repeated is counted once", () => {
  const stuck = run(config(["memory < 90%"]), (now) => ({
    memory: { candidate: value(Math.min(now, 3 * SECOND), CANDIDATE, 0.5) },
  }));
  assert.equal(stuck.verdict.reason, "inconclusive");
});

test("a window without any time in it is no data: it could be counted at every look", () => {
  const stuck = run(alone(["error-rate < 1%"]), (now) => {
    const at = Math.max(SECOND, now - (now % (3 * SECOND)));
    return { "error-rate": { candidate: { ...counts(at, CANDIDATE, 60, 0), ...stamp(at, CANDIDATE, at) } } };
  });
  assert.equal(stuck.verdict.reason, "inconclusive");
});

test("more events than can be counted are no data", () => {
  const odd = run(alone(["error-rate < 1%"]), (now) => ({
    "error-rate": { candidate: counts(now, CANDIDATE, 1e308, 0) },
  }));
  assert.equal(odd.verdict.reason, "inconclusive", odd.verdict.message);
});

test("percentiles of two versions with `for` are compared only where the buckets can tell", () => {
  const beside = (stable: readonly (readonly [number, number])[]) =>
    run(config(["p95 vs stable <= 1.2x for 3s"]), (now) => ({
      latency: {
        candidate: histogram(now, CANDIDATE, [
          [100, 0],
          [250, 0],
          [500, 1_000],
          [1_000, 1_000],
          [Number.POSITIVE_INFINITY, 1_000],
        ]),
        stable: histogram(now, STABLE, stable),
      },
    })).verdict;
  const all = (bound: number) =>
    [100, 250, 500, 1_000, Number.POSITIVE_INFINITY].map((le): [number, number] => [le, le >= bound ? 1_000 : 0]);
  assert.equal(beside(all(500)).reason, "inconclusive", "the candidate may be almost twice as slow");
  assert.equal(beside(all(100)).verdict, "fail", "at least 250 ms beside at most 100 ms");
  assert.equal(beside(all(1_000)).verdict, "pass", "at most 500 ms beside at least 500 ms");
});

test("`for` on a share needs that much bad time in a row", () => {
  const burst = (from: number, to: number) => (now: number) => ({
    "error-rate": {
      candidate: counts(now, CANDIDATE, 50, now > from * SECOND && now <= to * SECOND ? 25 : 0),
      stable: counts(now, STABLE, 950, 0),
    },
  });
  assert.equal(run(config(["error-rate <= 1% for 5s"]), burst(2, 6)).verdict.verdict, "pass");
  const long = run(config(["error-rate <= 1% for 5s"]), burst(2, 9));
  assert.deepEqual([long.verdict.verdict, long.looks], ["fail", 7]);
});

test("availability is the other side of the error rate", () => {
  const measure = (bad: number) => (now: number) => ({
    "error-rate": { candidate: counts(now, CANDIDATE, 50, bad), stable: counts(now, STABLE, 950, 0) },
  });
  assert.equal(run(config(["availability >= 98%"]), measure(0)).verdict.verdict, "pass");
  assert.equal(run(config(["availability >= 98%"]), measure(8)).verdict.verdict, "fail");
});

test("every limit must be proven, and one that breaks is enough", () => {
  const measure = (memory: number) => (now: number) => ({
    ...traffic(0.05, 0, 0, 1)(now),
    memory: { candidate: value(now, CANDIDATE, memory) },
  });
  assert.equal(run(config(["error-rate < 2%", "memory < 90%"]), measure(0.5)).verdict.verdict, "pass");
  assert.equal(run(config(["error-rate < 2%", "memory < 90%"]), measure(0.95)).verdict.verdict, "fail");
  const half = run(config(["error-rate < 2%", "p95 < 1s"]), traffic(0.05, 0, 0, 1));
  assert.equal(half.verdict.reason, "inconclusive");
});

test("looks are due at once and then every so often; stable is measured beside", () => {
  const gate = newGate(config(["error-rate < 2%", "p95 < 1s"], { startedAt: 5_000 }));
  assert.deepEqual([due(gate, 4_999), due(gate, 5_000), nextLook(gate)], [false, true, 5_000]);
  assert.deepEqual(
    toMeasure(gate).map(({ metric, version }) => `${metric} ${version}`),
    ["error-rate abc123", "error-rate def456", "latency abc123", "latency def456"],
  );
  const { state } = assess(gate, {}, 5_100);
  assert.deepEqual([due(state, 6_099), due(state, 6_100)], [false, true]);
});

test("a gate that goes through JSON at every look says the same as one that does not", () => {
  const gate = config(["error-rate < 2%", "error-rate vs stable <= +2pp", "memory < 90% for 3s"]);
  const world = traffic(0.05, 0.03, 0.01, 11);
  let [kept, saved] = [newGate(gate), newGate(gate)];
  for (let i = 1; i <= 12; i++) {
    const now = i * SECOND;
    const batch = { ...world(now), memory: { candidate: value(now, CANDIDATE, 0.5) } };
    const [a, b] = [assess(kept, batch, now), assess(saved, batch, now)];
    assert.deepEqual(a.verdict, b.verdict);
    [kept, saved] = [a.state, resumeGate(gate, JSON.parse(JSON.stringify(b.state)))];
  }
});

test("a gate is not resumed under other parameters", () => {
  const gate = config(["error-rate < 2%"]);
  const saved: unknown = JSON.parse(JSON.stringify(quiet(gate, 3)));
  const others: readonly Partial<GateConfig>[] = [
    { limits: limitsOf("error-rate < 3%") },
    { alpha: 0.05 },
    { beta: 0.1 },
    { hold: 20 * SECOND },
    { every: 2 * SECOND },
    { maxHold: 60 * SECOND },
    { margin: 0.01 },
    { dispersion: 2 },
    { startedAt: 1 },
    { candidate: "other" },
    { stable: "other" },
    { metrics: { "error-rate": { kind: "counts", dimension: "share" } } },
  ];
  for (const other of others) {
    assert.throws(
      () => resumeGate({ ...gate, ...other }, saved),
      (error) => error instanceof InputError && error.message.includes(Object.keys(other)[0] ?? ""),
      JSON.stringify(other),
    );
  }
  assert.doesNotThrow(() => resumeGate(gate, saved));
});

test("a saved gate that is not whole is refused", () => {
  const gate = config(["error-rate < 2%"]);
  const text = JSON.stringify(quiet(gate, 3));
  const broken = [
    "null",
    "{}",
    text.replace(/"fail":\[[^,]*/, '"fail":[null'),
    text.replace(/"fail":\[[^,]*,/, '"fail":['),
    text.replace(/"pass":\[[^\]]*\]/, '"pass":[]'),
    text.replace(/"world":\[[^\]]*\]/, '"world":[]'),
    text.replace('"limits":[{"kind"', '"limits":[{"kin"'),
    text.replace(/"plan":"\w+"/, '"plan":"1"'),
    text.replace(/"limits":\[\{"kind".*\],"counted"/, '"limits":[],"counted"'),
  ];
  for (const saved of broken) {
    assert.throws(() => resumeGate(gate, JSON.parse(saved)), InputError, saved.slice(0, 60));
  }
});

/** What could never be decided is refused before anything is released. */
const undecidable: readonly (readonly [limit: string, message: RegExp])[] = [
  ["throughput >= 50/s", /which nothing measures/],
  ["memory growth >= 2%/h", /limited from above/],
  ["memory growth vs stable < 1.5x", /without `vs`/],
  ["error-rate vs before <= 2x", /compare `vs stable`/],
  ["error-rate <= 0%", /largest share you accept/],
  ["latency max < 1s", /limit `p99`/],
  ["memory < 500MB", /the metric is a share, the limit a size/],
  ["error-rate < 1% for 5m", /does not fit into the longest hold/],
  ["memory p95 < 90%", /a value has no aggregate/],
];

for (const [limit, message] of undecidable) {
  test(`a gate cannot judge \`${limit}\``, () => {
    assert.match(gateProblems(config([limit])).join("\n"), message);
    assert.throws(() => newGate(config([limit])), InputError);
  });
}

test("a comparison that would be judged as another one is refused", () => {
  const asked = (limit: string) => {
    const [metric = ""] = limit.split(" ");
    const { limit: parsed } = parseLimit(limit, [metric]);
    assert.ok(parsed);
    return gateProblems({ ...config([]), limits: [parsed], metrics: { [metric]: { kind: "counts" } } }).join();
  };
  assert.match(asked("orders vs stable >= 0.9x"), /compared from above/);
  assert.match(asked("throughput vs stable >= 0.9x"), /its own share of the traffic/);
  assert.match(asked("throughput vs stable not worse"), /its own share of the traffic/);
  assert.equal(asked("orders vs stable <= 1.1x"), "");
});

test("a gate needs limits, sensible times, and a stable to compare with", () => {
  assert.match(gateProblems(config([])).join(), /at least one limit/);
  assert.match(gateProblems(config(["error-rate < 2%"], { every: 0 })).join(), /above zero/);
  assert.match(gateProblems(config(["error-rate < 2%"], { maxHold: 1 })).join(), /longest hold/);
  assert.match(gateProblems(config(["error-rate < 2%"], { alpha: 0 })).join(), /between 0 and 1/);
  assert.match(gateProblems(alone(["error-rate vs stable not worse"])).join(), /no stable version/);
});
