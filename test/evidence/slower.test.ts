import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cellsOf, cutsOf, rankDifference, SLOWER_BETS, slowerIncrements } from "../../src/evidence/slower.ts";

const buckets = (counts: readonly (readonly [number, number])[]) => counts.map(([le, count]) => ({ le, count }));
const stable = buckets([
  [50, 70],
  [75, 215],
  [100, 380],
  [250, 890],
  [500, 990],
  [1000, 1000],
  [Number.POSITIVE_INFINITY, 1000],
]);

test("cuts lie at stable's quantiles, and the candidate's at what is at least so many times slower", () => {
  assert.deepEqual(
    cutsOf(stable, 1).map(([own]) => own),
    [50, 75, 100, 250, 500],
  );
  assert.ok(cutsOf(stable, 1).every(([own, other]) => own === other));
  assert.deepEqual(cutsOf(stable, 1.2), [
    [50, 75],
    [75, 100],
    [100, 250],
    [250, 500],
    [500, 1000],
  ]);
  assert.deepEqual(cutsOf(stable, 3), [
    [75, 250],
    [100, 500],
    [250, 1000],
  ]);
  assert.deepEqual(cutsOf([], 1), []);
});

test("cells are what lies between the cuts, and none when a bound is gone", () => {
  const cuts = cutsOf(stable, 1);
  assert.deepEqual(cellsOf(stable, cuts, 0), [70, 145, 165, 510, 100, 10]);
  assert.equal(cellsOf(stable.slice(2), cuts, 0), undefined);
  assert.equal(cellsOf([], cuts, 0), undefined);
});

/** All ways to divide `total` requests over `cells` cells, with their chances under `shares`. */
function multinomial(total: number, shares: readonly number[]): readonly (readonly [readonly number[], number])[] {
  const [share = 0, ...others] = shares;
  if (others.length === 0) return [[[total], share ** total]];
  const all: (readonly [readonly number[], number])[] = [];
  let choose = 1;
  for (let here = 0; here <= total; here++) {
    for (const [rest, p] of multinomial(total - here, others)) all.push([[here, ...rest], choose * share ** here * p]);
    choose *= (total - here) / (here + 1);
  }
  return all;
}

const cells = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 4, maxLength: 4 })
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0)));

test("the expected e-value is at most 1 for a candidate that is like stable or faster, whatever was bet on", () => {
  const property = fc.property(cells, cells, fc.integer({ min: 0, max: 4 }), (shares, guessed, faster) => {
    // A quarter of every cell or more moves to the cell before it: stochastically faster.
    const quicker = shares.map((share, i) => {
      const moved = faster / 4;
      return share * (i === 0 ? 1 : 1 - moved) + (shares[i + 1] ?? 0) * moved;
    });
    const reference = guessed.map((share) => 100 * share);
    const sum = SLOWER_BETS.map(() => 0);
    for (const [own, p] of multinomial(3, quicker)) {
      for (const [others, q] of multinomial(5, shares)) {
        slowerIncrements(SLOWER_BETS, reference, own, others).forEach((logE, k) => {
          sum[k] = (sum[k] ?? 0) + p * q * Math.exp(logE);
        });
      }
    }
    for (const expected of sum) assert.ok(expected <= 1 + 1e-9, `${expected}`);
  });
  fc.assert(property, { numRuns: 25, seed: 6 });
});

test("a slower candidate is evidence, an equal one is none, and nobody's requests are neither", () => {
  const reference = [70, 145, 165, 510, 100, 10];
  const slower = slowerIncrements(SLOWER_BETS, reference, [2, 5, 7, 27, 8, 1], [70, 145, 165, 510, 100, 10]);
  assert.ok(Math.max(...slower) > 0.5, `${slower}`);
  const equal = slowerIncrements(SLOWER_BETS, reference, [7, 15, 16, 51, 10, 1], [70, 145, 165, 510, 100, 10]);
  assert.ok(Math.max(...equal) < 0, `${equal}`);
  assert.deepEqual(slowerIncrements(SLOWER_BETS, reference, [0, 0, 0, 0, 0, 0], reference), [0, 0, 0, 0]);
});

test("ranks differ by nothing between equals, by standard errors otherwise, and by nothing known of nobody", () => {
  const reference = [250, 250, 250, 250];
  assert.equal(rankDifference(reference, [5, 5, 5, 5], [50, 50, 50, 50]), 0);
  assert.ok((rankDifference(reference, [0, 0, 10, 10], [50, 50, 50, 50]) ?? 0) > 3);
  assert.equal(rankDifference(reference, [0, 0, 0, 0], [1, 1, 1, 1]), undefined);
  assert.equal(rankDifference([0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]), undefined);
});
