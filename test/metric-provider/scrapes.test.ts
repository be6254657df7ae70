import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isNoData } from "../../src/metric-provider/no-data.ts";
import { type Added, addScrapes, type Counted, type Series } from "../../src/metric-provider/scrapes.ts";
import type { NoData } from "../../src/metric-provider.ts";

const series = (instance: string, code: string, ...samples: readonly (readonly [number, number])[]): Series => ({
  labels: { job: "app", instance, code },
  samples: samples.map(([at, value]) => ({ at, value })),
});

const gains = (result: Added | NoData): readonly number[] | string => {
  if (isNoData(result)) return result.reason;
  return isNoData(result.added) ? result.added.reason : [...result.added.of.values()];
};

test("increments are taken between raw samples, per instance", () => {
  const a = series("a", "200", [10, 5], [20, 9]);
  const b = series("b", "200", [13, 100], [23, 150]);
  assert.deepEqual(gains(addScrapes([a, b], 10, undefined)), [4, 50]);
});

test("what was counted before the start does not count", () => {
  assert.deepEqual(gains(addScrapes([series("a", "200", [5, 1], [10, 5], [20, 9])], 10, undefined)), [4]);
});

test("the first errors of a version count, since their instance was being scraped before", () => {
  const total = series("a", "200", [10, 5], [20, 9]);
  assert.deepEqual(gains(addScrapes([series("a", "500", [20, 3]), total], 10, undefined)), [3, 4]);
});

test("a first scrape alone is no beginning at zero", () => {
  assert.equal(gains(addScrapes([series("a", "200", [20, 900])], 10, undefined)), "first-look");
});

test("F25: a total that goes down is a restart, and nothing of the look counts", () => {
  const a = series("a", "200", [10, 50], [20, 2]);
  const b = series("b", "200", [10, 1], [20, 2]);
  assert.equal(gains(addScrapes([a, b], 10, undefined)), "counter-reset");
});

test("no new scrape is no data, not zero", () => {
  const seen = [series("a", "200", [10, 5], [20, 9])];
  const first = addScrapes(seen, 10, undefined);
  assert.ok(!isNoData(first));
  assert.equal(gains(addScrapes(seen, 10, first.counted)), "not-scraped");
});

test("however looks fall, every scrape counts exactly once", () => {
  const step = fc.record({ at: fc.integer({ min: 1, max: 20 }), gain: fc.integer({ min: 0, max: 9 }) });
  const history = fc.array(step, { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(history, history, fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }), (one, two, looks) => {
      const all = [one, two].map((steps, i) => {
        let [at, value] = [0, 100];
        const samples = steps.map(({ at: after, gain }): readonly [number, number] => {
          at += after;
          value += gain;
          return [at, value];
        });
        return series(`i${i}`, "200", ...samples);
      });
      const upTo = (time: number) =>
        all.map((each) => ({ ...each, samples: each.samples.filter(({ at }) => at <= time) }));
      let counted: Counted | undefined;
      let sum = 0;
      for (const time of [...looks, 1_000].sort((a, b) => a - b)) {
        const result = addScrapes(upTo(time), 0, counted);
        if (isNoData(result)) continue;
        counted = result.counted;
        if (!isNoData(result.added)) for (const gain of result.added.of.values()) sum += gain;
      }
      const expected = all.reduce(
        (whole, { samples }) => whole + (samples.at(-1)?.value ?? 0) - (samples[0]?.value ?? 0),
        0,
      );
      assert.equal(sum, expected);
    }),
  );
});
