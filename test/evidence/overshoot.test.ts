import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { logGamma } from "../../src/evidence/log-space.ts";
import { oneArmLaw, twoArmLaw } from "../../src/evidence/overshoot.ts";
import { type EvidencePlan, gather, logEValue, NO_EVIDENCE, planEvidence, type Sums } from "../../src/evidence.ts";

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
const binomial = (n: number, p: number) =>
  Array.from({ length: n + 1 }, (_, k) => Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p)));
/** P(k of the e bad ones are among the n_c) when e of n are drawn without replacement. */
const hypergeometric = (own: number, others: number, bad: number) =>
  Array.from({ length: bad + 1 }, (_, k) =>
    k > own || bad - k > others
      ? 0
      : Math.exp(logChoose(own, k) + logChoose(others, bad - k) - logChoose(own + others, bad)),
  );

interface Batches {
  readonly own: number;
  readonly others: number;
  /** Bad events of both arms together, per look. */
  readonly bad: readonly number[];
}

/** P(the evidence ever reaches its threshold), by enumeration of every way in which bad events may fall. */
function chanceOfAlarm(plan: EvidencePlan, { own, others, bad }: Batches, terms: (bad: number) => readonly number[]) {
  const alarm = Math.log(1 / LEVEL);
  const go = (sums: Sums, look: number): number => {
    const all = bad[look - 1];
    if (all === undefined) return 0;
    return terms(all).reduce((chance, p, k) => {
      if (p === 0) return chance;
      const batch = { candidate: { total: own, bad: k }, stable: { total: others, bad: all - k } };
      const next = gather(plan, sums, look, batch);
      return chance + p * (logEValue(plan, next, look) >= alarm ? 1 : go(next, look + 1));
    }, 0);
  };
  return go(NO_EVIDENCE, 1);
}

const LEVEL = 0.05;
const PLAIN = { looks: 20, fromStart: 0.9, batches: 2, level: LEVEL, risks: [1.5, 2.5, 5, 12] };
const SHARP = { ...PLAIN, decides: Math.log(1 / LEVEL) };
const NOT_WORSE = { ratio: 1, margin: 0 };

test("two arms, every path: false alarms stay below the level, and what overshoot wasted is won back", () => {
  const worlds: readonly Batches[] = [
    { own: 50, others: 950, bad: [4, 6, 5, 3, 7, 5] },
    { own: 400, others: 1200, bad: [3, 2, 4, 3, 2, 4, 3] },
    { own: 30, others: 30, bad: [3, 3, 4, 3, 4, 3] },
  ];
  for (const world of worlds) {
    const { own, others } = world;
    const [plain, sharp] = [planEvidence(NOT_WORSE, "worse", PLAIN), planEvidence(NOT_WORSE, "worse", SHARP)];
    for (const terms of [
      (bad: number) => binomial(bad, own / (own + others)),
      (bad: number) => hypergeometric(own, others, bad),
    ]) {
      const [before, after] = [plain, sharp].map((plan) => chanceOfAlarm(plan, world, terms));
      assert.ok((after ?? 1) <= LEVEL, `${after}`);
      assert.ok((after ?? 0) >= (before ?? 1), `${after} is not above ${before}`);
    }
    const fewer = (bad: number) => binomial(bad, (0.6 * own) / (0.6 * own + others));
    assert.ok(chanceOfAlarm(sharp, world, fewer) < LEVEL, "a candidate better than stable alarms no more often");
  }
  const [first] = worlds;
  assert.ok(first);
  const chance = (options: typeof PLAIN) =>
    chanceOfAlarm(planEvidence(NOT_WORSE, "worse", options), first, (bad) => binomial(bad, 0.05));
  assert.ok(chance(SHARP) > 1.2 * chance(PLAIN), `${chance(SHARP)} beside ${chance(PLAIN)}`);
});

test("one arm, every path: false alarms stay below the level, and come nearer to it", () => {
  const alarm = Math.log(1 / LEVEL);
  const chances = [PLAIN, SHARP].map((options) => {
    const plan = planEvidence({ limit: 0.05 }, "worse", options);
    const go = (sums: Sums, look: number): number =>
      look > 4
        ? 0
        : binomial(20, 0.05).reduce((chance, p, bad) => {
            if (p < 1e-12) return chance;
            const next = gather(plan, sums, look, { candidate: { total: 20, bad } });
            return chance + p * (logEValue(plan, next, look) >= alarm ? 1 : go(next, look + 1));
          }, 0);
    return go(NO_EVIDENCE, 1);
  });
  const [plain = 1, sharp = 0] = chances;
  assert.ok(sharp <= LEVEL && sharp > plain, `${sharp} beside ${plain}`);
});

test("one batch keeps the expected evidence, up to where it decides, at what it was before", () => {
  const decides = Math.log(100);
  const plan = planEvidence(NOT_WORSE, "worse", { looks: 100, fromStart: 0.9, decides });
  const sums = fc.array(fc.double({ min: -3, max: 4.5, noNaN: true }), { minLength: 4, maxLength: 4 });
  const property = fc.property(
    sums,
    fc.integer({ min: 1, max: 25 }),
    fc.integer({ min: 5, max: 900 }),
    (old, bad, own) => {
      const others = 1000 - own;
      const before = logEValue(plan, old, 7);
      if (before >= decides) return;
      for (const terms of [binomial(bad, own / 1000), hypergeometric(own, others, bad)]) {
        const expected = terms.reduce((sum, p, k) => {
          const batch = { candidate: { total: own, bad: k }, stable: { total: others, bad: bad - k } };
          return sum + p * Math.exp(Math.min(decides, logEValue(plan, gather(plan, old, 8, batch), 8)));
        }, 0);
        assert.ok(expected <= Math.exp(before) * (1 + 1e-9), `${expected} after ${Math.exp(before)}`);
      }
    },
  );
  fc.assert(property, { numRuns: 200, seed: 4 });
});

test("nothing is won back where the null does not say how bad events fall", () => {
  const batch = { candidate: { total: 50, bad: 3 }, stable: { total: 950, bad: 5 } };
  assert.equal(twoArmLaw({ ratio: 1, margin: 0.01 }, batch), undefined);
  assert.equal(twoArmLaw({ ratio: 2, margin: 0 }, batch), undefined);
  assert.equal(twoArmLaw(NOT_WORSE, { candidate: batch.candidate }), undefined);
  assert.equal(twoArmLaw(NOT_WORSE, { ...batch, candidate: { total: 50, bad: 2.5 } }), undefined, "counts are whole");
  const outage = { candidate: { total: 50, bad: 50 }, stable: { total: 950, bad: 900 } };
  assert.equal(twoArmLaw(NOT_WORSE, outage), undefined, "so many are no sample of the others");
  assert.equal(oneArmLaw(0.01, { candidate: { total: 0, bad: 0 } }), undefined);
  assert.ok((twoArmLaw(NOT_WORSE, batch)?.excess ?? 0) > 1);
});

test("a look that is far from deciding is as it would be without, and so is one with a dispersion", () => {
  const [plain, sharp] = [planEvidence(NOT_WORSE, "worse", PLAIN), planEvidence(NOT_WORSE, "worse", SHARP)];
  const batch = { candidate: { total: 50, bad: 3 }, stable: { total: 950, bad: 5 } };
  assert.deepEqual(gather(sharp, NO_EVIDENCE, 1, batch), gather(plain, NO_EVIDENCE, 1, batch));
  const near = [2.5, 2.6, 2.4, 1];
  assert.deepEqual(gather(sharp, near, 2, batch, 1.5), gather(plain, near, 2, batch, 1.5));
  assert.notDeepEqual(gather(sharp, near, 2, batch), gather(plain, near, 2, batch));
});
