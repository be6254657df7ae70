import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { quantileInterval, ratioInterval, shareInterval } from "../src/evidence/confidence.ts";
import { addToDispersion, dispersionFactor, newDispersion } from "../src/evidence/dispersion.ts";
import { familyLogE } from "../src/evidence/family.ts";
import { BETTER_BETS, oneArmIncrement, twoArmIncrement, WORSE_BETS } from "../src/evidence/increment.ts";
import { logGamma } from "../src/evidence/log-space.ts";
import { binomialTail, isOutage } from "../src/evidence/outage.ts";
import { minutesFor, requestsLeft, trafficNeeded } from "../src/evidence/planner.ts";
import { sampleRatioLogE } from "../src/evidence/sample-ratio.ts";
import { slowRequests } from "../src/evidence/slow-requests.ts";
import {
  anytimePValue,
  areWhole,
  type EvidencePlan,
  gather,
  logEValue,
  NO_EVIDENCE,
  planEvidence,
  planMark,
  type Sums,
} from "../src/evidence.ts";

interface TwoArmBatch {
  readonly nc: number;
  readonly ec: number;
  readonly nb: number;
  readonly eb: number;
}

interface Sequence {
  readonly name: string;
  readonly side: "fail" | "pass";
  readonly T: number;
  readonly w0: number;
  readonly capM: number | null;
  readonly alpha: number;
  readonly logE: readonly number[];
  readonly firstLook: number | null;
}

interface Vectors {
  readonly _meta: { readonly gridFail: readonly number[]; readonly gridPass: readonly number[] };
  readonly relIncrement: readonly (TwoArmBatch & {
    readonly r: number;
    readonly d: number;
    readonly R: number;
    readonly logInc: number;
  })[];
  readonly relSequences: readonly (Sequence & {
    readonly r: number;
    readonly d: number;
    readonly phi: number;
    readonly batches: readonly TwoArmBatch[];
    readonly pAnytime: readonly number[];
  })[];
  readonly absSequences: readonly (Sequence & {
    readonly p0: number;
    readonly batches: readonly { readonly n: number; readonly e: number }[];
  })[];
  readonly signSequences: readonly (Omit<Sequence, "side" | "capM"> & {
    readonly p0: number;
    readonly grid: readonly number[];
    readonly slower: readonly number[];
  })[];
  readonly lindonMalek: readonly {
    readonly counts: readonly number[];
    readonly theta0: readonly number[];
    readonly k: number;
    readonly logBF: number;
  }[];
  readonly csProportion_Beta_half_half: readonly {
    readonly e: number;
    readonly n: number;
    readonly alpha: number;
    readonly lower: number;
    readonly upper: number;
  }[];
  readonly csRatio: readonly (TwoArmBatch & {
    readonly alpha: number;
    readonly ratioLower: number;
    readonly ratioUpper: number;
  })[];
  readonly quantileCS_orderIndices: readonly {
    readonly n: number;
    readonly p: number;
    readonly alpha: number;
    readonly indexLower: number | null;
    readonly indexUpper: number | null;
  }[];
  readonly dispersion: readonly {
    readonly phi0: number;
    readonly k0: number;
    readonly batches: readonly (readonly [number, number, number, number])[];
    readonly phiBeforeBatch: readonly number[];
    readonly phiAfter: number;
  }[];
  readonly planner: readonly {
    readonly name: string;
    readonly pc: number;
    readonly pb: number;
    readonly ratio: number;
    readonly r: number;
    readonly d: number;
    readonly side: "fail" | "pass";
    readonly alpha: number;
    readonly N_canary: number;
    readonly bestR: number;
    readonly growthPerCanaryRequest: number;
  }[];
  readonly familyAverage: readonly {
    readonly logE: readonly number[];
    readonly weights: readonly number[];
    readonly logAverage: number;
  }[];
  readonly histogram: readonly {
    readonly buckets: readonly (readonly [number | "+Inf", number])[];
    readonly limit: number;
    readonly failCount: number | null;
    readonly failBound: number | null;
    readonly passCount: number | null;
    readonly passBound: number | null;
  }[];
  readonly breaker: readonly {
    readonly n: number;
    readonly k: number;
    readonly p: number;
    readonly tail: number;
  }[];
  readonly expectationUnderNull: readonly {
    readonly nc: number;
    readonly nb: number;
    readonly pb: number;
    readonly pc: number;
    readonly r: number;
    readonly d: number;
    readonly R: number;
    readonly expectation: number;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("data/gate-vectors.json", import.meta.url), "utf8")) as Vectors;

/** 1e-9: relative for large numbers, absolute for those below 1. */
function close(actual: number | undefined, expected: number, what: string): void {
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);
}

const arms = ({ nc, ec, nb, eb }: TwoArmBatch) => ({
  candidate: { total: nc, bad: ec },
  stable: { total: nb, bad: eb },
});

const sideOf = (side: "fail" | "pass") => (side === "fail" ? "worse" : "better");

function assertSequence(plan: EvidencePlan, sequence: Omit<Sequence, "side" | "capM">, looks: readonly number[]): void {
  looks.forEach((logE, i) => {
    close(logE, sequence.logE[i] ?? Number.NaN, `${sequence.name} (${plan.id}), look ${i + 1}`);
  });
  const first = looks.findIndex((logE) => logE >= Math.log(1 / sequence.alpha));
  assert.equal(first === -1 ? null : first + 1, sequence.firstLook, `${sequence.name}: first alarm`);
}

/** ln of the e-value after each batch, each time from sums that went through JSON. */
function run<T>(
  plan: EvidencePlan,
  batches: readonly T[],
  toBatch: (batch: T) => Parameters<typeof gather>[3],
  phi = 1,
): readonly number[] {
  let saved = JSON.stringify(NO_EVIDENCE);
  return batches.map((batch, i) => {
    const before = JSON.parse(saved) as Sums;
    assert.ok(areWhole(plan, before, i));
    const sums = gather(plan, before, i + 1, toBatch(batch), phi);
    saved = JSON.stringify(sums);
    return logEValue(plan, sums, i + 1);
  });
}

const planOptions = ({ side, T, w0, capM, alpha }: Sequence) => ({
  risks: gridOf(side),
  looks: T,
  fromStart: w0,
  batches: capM ?? 1,
  level: alpha,
});

test("bets lie on their own side of the boundary", () => {
  assert.ok(WORSE_BETS.every((bet) => bet > 1));
  assert.ok(BETTER_BETS.every((bet) => bet > 0 && bet < 1));
});

/** The bets that the reference values were computed with. */
const gridOf = (side: "fail" | "pass") => (side === "fail" ? vectors._meta.gridFail : vectors._meta.gridPass);

test("two-arm increments agree with the reference", () => {
  for (const v of vectors.relIncrement) {
    const { candidate, stable } = arms(v);
    close(twoArmIncrement(candidate, stable, { ratio: v.r, margin: v.d }, v.R), v.logInc, JSON.stringify(v));
  }
});

for (const sequence of vectors.relSequences) {
  test(`two arms, look by look: ${sequence.name}`, () => {
    const question = { ratio: sequence.r, margin: sequence.d };
    const plan = planEvidence(question, sideOf(sequence.side), planOptions(sequence));
    const looks = run(plan, sequence.batches, arms, sequence.phi);
    assertSequence(plan, sequence, looks);
    looks.forEach((_, i) => {
      const largest = Math.max(0, ...looks.slice(0, i + 1));
      close(anytimePValue(largest), sequence.pAnytime[i] ?? Number.NaN, "anytime p");
    });
  });
}

for (const sequence of vectors.absSequences) {
  test(`one arm, look by look: ${sequence.name}`, () => {
    const plan = planEvidence({ limit: sequence.p0 }, sideOf(sequence.side), planOptions(sequence));
    const looks = run(plan, sequence.batches, ({ n, e }) => ({ candidate: { total: n, bad: e } }));
    assertSequence(plan, sequence, looks);
  });
}

for (const sequence of vectors.signSequences) {
  test(`sign of intervals, look by look: ${sequence.name}`, () => {
    const options = { looks: sequence.T, fromStart: sequence.w0, risks: sequence.grid };
    const plan = planEvidence({ limit: sequence.p0 }, "worse", options);
    const looks = run(plan, sequence.slower, (slower) => ({ candidate: { total: 1, bad: slower } }));
    assertSequence(plan, sequence, looks);
  });
}

/** P(X = k) for X binomial(n, p), k = 0..n. */
function binomial(n: number, p: number): readonly number[] {
  const choose = (k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const logs = (k: number) => (k === 0 ? 0 : k * Math.log(p)) + (k === n ? 0 : (n - k) * Math.log1p(-p));
  return Array.from({ length: n + 1 }, (_, k) => Math.exp(choose(k) + logs(k)));
}

test("the expected e-value of a two-arm batch at its boundary is what the reference enumerates, and at most 1", () => {
  for (const v of vectors.expectationUnderNull.filter(({ nb }) => nb <= 1000)) {
    const candidates = binomial(v.nc, v.pc);
    const stables = binomial(v.nb, v.pb);
    const at = (ec: number, eb: number) =>
      Math.exp(twoArmIncrement({ total: v.nc, bad: ec }, { total: v.nb, bad: eb }, { ratio: v.r, margin: v.d }, v.R));
    // The increment is a sum of a term per arm, so its expectation is a product of two sums.
    const origin = at(0, 0);
    const left = candidates.reduce((sum, p, ec) => sum + p * (at(ec, 0) / origin), 0);
    const right = stables.reduce((sum, p, eb) => sum + (p < 1e-300 ? 0 : p * (at(0, eb) / origin)), 0);
    close(origin * left * right, v.expectation, JSON.stringify(v));
    assert.ok(v.expectation <= 1 + 1e-9);
  }
});

test("a one-arm batch has expectation at most 1 on the null's side of the limit", () => {
  const shares = fc.double({ min: 0.001, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(shares, shares, fc.integer({ min: 1, max: 60 }), (limit, share, total) => {
      const bet = share <= limit ? Math.min(0.99, limit * 2) : limit / 2;
      const [perBad, perGood] = [Math.log(bet / limit), Math.log1p(-bet) - Math.log1p(-limit)];
      const expectation = binomial(total, share).reduce(
        (sum, p, bad) => sum + p * Math.exp(oneArmIncrement({ total, bad }, perBad, perGood)),
        0,
      );
      assert.ok(expectation <= 1 + 1e-9, `${expectation}`);
    }),
  );
});

test("a batch in which one arm saw nothing carries no evidence", () => {
  const nobody = { total: 0, bad: 0 };
  const somebody = { total: 50, bad: 7 };
  assert.equal(twoArmIncrement(somebody, nobody, { ratio: 1, margin: 0 }, 2), 0);
  assert.equal(twoArmIncrement(nobody, somebody, { ratio: 1, margin: 0 }, 2), 0);
});

test("every parameter of a plan is in its mark, and sums that are not whole are noticed", () => {
  const plan = planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01 });
  const others = [
    planEvidence({ limit: 0.02 }, "worse", { looks: 10, batches: 2, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "better", { looks: 10, batches: 2, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 11, batches: 2, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 3, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.05 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, fromStart: 0.4, batches: 2, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01, risks: [2] }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01, decimals: 6 }),
    planEvidence({ ratio: 1, margin: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01, decides: 5 }),
    planEvidence({ limit: 0.01 }, "worse", { looks: 10, batches: 2, level: 0.01, startsEvery: 3 }),
  ];
  assert.equal(new Set([plan, ...others].map((known) => planMark([known]))).size, others.length + 1);
  assert.equal(
    planMark([plan]),
    planMark([planEvidence(plan.question, "worse", { looks: 10, batches: 2, level: 0.01 })]),
  );
  const sums = gather(plan, NO_EVIDENCE, 1, { candidate: { total: 50, bad: 1 } });
  assert.equal(areWhole(plan, sums, 1), true);
  assert.equal(areWhole(plan, NO_EVIDENCE, 0), true);
  for (const broken of [[], sums.slice(1), [...sums.slice(1), Number.NaN]]) {
    assert.equal(areWhole(plan, broken, 1), false);
  }
});

test("bets on every fifth start alone are five times as large, and all of them weigh 1", () => {
  const plan = planEvidence({ limit: 0.01 }, "worse", { looks: 21, fromStart: 0.6, startsEvery: 5, risks: [3] });
  let sums: Sums = NO_EVIDENCE;
  const quiet = Array.from({ length: 30 }, (_, i) => {
    sums = gather(plan, sums, i + 1, undefined);
    return { weight: Math.exp(sums[0] ?? 0), all: logEValue(plan, sums, i + 1) };
  });
  for (const { all } of quiet) assert.ok(Math.abs(all) < 1e-12, "a look without a batch proves nothing");
  const started = [1, 6, 11, 16, 21, 30].map((look) => quiet[look - 1]?.weight ?? 0);
  [0.6, 0.7, 0.8, 0.9, 1, 1].forEach((weight, i) => {
    close(started[i], weight, `after start ${i}`);
  });
});

test("rounded sums are never more than exact ones, and lose less than their last digit at every look", () => {
  const [exact, rounded] = [undefined, 6].map((decimals) =>
    planEvidence({ limit: 0.01 }, "worse", { looks: 50, ...(decimals && { decimals }) }),
  );
  assert.ok(exact && rounded);
  let [a, b]: [Sums, Sums] = [NO_EVIDENCE, NO_EVIDENCE];
  for (let look = 1; look <= 200; look++) {
    const batch = { candidate: { total: 37, bad: look % 7 === 0 ? 2 : 0 } };
    [a, b] = [gather(exact, a, look, batch), gather(rounded, b, look, batch)];
    const lost = logEValue(exact, a, look) - logEValue(rounded, b, look);
    assert.ok(lost >= 0 && lost <= look * 1e-6, `${lost} at look ${look}`);
  }
  assert.ok(
    b.every((sum) => /^-?\d+(\.\d{1,6})?$/.test(String(sum))),
    `${b}`,
  );
});

test("family average agrees with the reference", () => {
  for (const { logE, weights, logAverage } of vectors.familyAverage) {
    close(familyLogE(logE.map((value, i) => ({ logE: value, weight: weights[i] ?? 0 }))), logAverage, "family");
  }
});

test("slow requests are counted at the bounds around the limit", () => {
  for (const { buckets, limit, ...expected } of vectors.histogram) {
    const slow = slowRequests(
      buckets.map(([le, count]) => ({ le: le === "+Inf" ? Number.POSITIVE_INFINITY : le, count })),
      limit,
    );
    assert.deepEqual(
      {
        failCount: slow.certainly?.bad ?? null,
        failBound: slow.blind.to ?? null,
        passCount: slow.possibly?.bad ?? null,
        passBound: slow.blind.from ?? null,
      },
      {
        failCount: expected.failCount,
        failBound: expected.failBound,
        passCount: expected.passCount,
        passBound: expected.passBound,
      },
    );
  }
});

test("an outage needs requests, bad ones, and a healthy stable", () => {
  const batch = (total: number, bad: number, stableBad: number) =>
    isOutage({ candidate: { total, bad }, stable: { total: 100, bad: stableBad } });
  assert.equal(batch(20, 10, 24), true);
  assert.equal(batch(19, 19, 0), false);
  assert.equal(batch(20, 9, 0), false);
  assert.equal(batch(20, 20, 25), false);
  assert.equal(isOutage({ candidate: { total: 20, bad: 20 } }), false);
  for (const { n, k, p, tail } of vectors.breaker) assert.ok(Math.abs(binomialTail(n, k, p) / tail - 1) < 1e-9);
});

test("dispersion agrees with the reference, before and after each batch", () => {
  for (const { phi0, k0, batches, phiBeforeBatch, phiAfter } of vectors.dispersion) {
    let state = newDispersion(phi0, k0);
    batches.forEach(([nc, ec, nb, eb], i) => {
      close(dispersionFactor(state), phiBeforeBatch[i] ?? Number.NaN, `before batch ${i + 1}`);
      state = addToDispersion(state, { total: nc, bad: ec }, { total: nb, bad: eb });
    });
    close(dispersionFactor(state), phiAfter, "after the last");
  }
});

test("planner agrees with the reference", () => {
  for (const v of vectors.planner) {
    const plan = planEvidence({ ratio: v.r, margin: v.d }, sideOf(v.side), { risks: gridOf(v.side) });
    const expected = { candidate: v.pc, stable: v.pb, stablePerCandidate: v.ratio };
    const { requests, bet } = trafficNeeded(plan, expected, { level: v.alpha });
    close(requests, v.N_canary, v.name);
    assert.equal(bet, v.bestR);
    const left = requestsLeft(plan, NO_EVIDENCE, expected, { level: v.alpha });
    assert.ok(left > 0 && left < requests, `${left}: on average a decision comes before its 80 % quantile`);
  }
  close(minutesFor(6000, 1000, 5), 120, "6,000 requests at 5 % of 1,000 a minute");
  const never = trafficNeeded(planEvidence({ limit: 0.01 }, "better"), { candidate: 0.01 }, { level: 0.05 });
  assert.deepEqual(never, { requests: Number.POSITIVE_INFINITY, bet: undefined });
});

test("confidence sequences agree with the reference", () => {
  for (const v of vectors.csProportion_Beta_half_half) {
    const interval = shareInterval(v.e, v.n, v.alpha);
    close(interval.lower, v.lower, `lower of ${v.e}/${v.n}`);
    close(interval.upper, v.upper, `upper of ${v.e}/${v.n}`);
  }
  for (const v of vectors.csRatio) {
    const { candidate, stable } = arms(v);
    const interval = ratioInterval(candidate, stable, v.alpha);
    close(interval.lower, v.ratioLower, "ratio, lower");
    close(interval.upper, v.ratioUpper, "ratio, upper");
  }
  for (const v of vectors.quantileCS_orderIndices) {
    const { lower, upper } = quantileInterval(v.n, v.p, v.alpha);
    assert.deepEqual([lower ?? null, upper ?? null], [v.indexLower, v.indexUpper]);
  }
});

test("a split that is not the planned one is noticed", () => {
  for (const { counts, theta0, k, logBF } of vectors.lindonMalek) {
    close(sampleRatioLogE(counts, theta0, k), logBF, `${counts}`);
  }
  assert.ok(sampleRatioLogE([900, 9100], [0.05, 0.95]) > Math.log(1000));
});
