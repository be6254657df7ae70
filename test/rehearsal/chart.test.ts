import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bars, squeeze } from "../../src/rehearsal/chart.ts";

test("a row of values is a row of blocks, and the full height is a full block", () => {
  assert.equal(bars([0, 0.5, 1], 1), " ▄█");
  assert.equal(bars([1, 2, 3, 4, 5, 6, 7, 8], 8), "▁▂▃▄▅▆▇█");
  assert.equal(bars([], 1), "");
});

test("what is there shows, however small; what is odd shows as nothing", () => {
  assert.equal(bars([0.0001], 1000), "▁");
  assert.equal(bars([Number.NaN, -1, 0], 1), "   ");
  assert.equal(bars([5], 0), " ");
  assert.equal(bars([7], 1), "█");
});

test("squeezed, a series fits its width and keeps its peak", () => {
  const series = fc.array(fc.nat(1000), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 120 }), (values, width) => {
      const squeezed = squeeze(values, width);
      assert.ok(squeezed.length <= width);
      assert.equal(Math.max(...squeezed), Math.max(...values));
    }),
  );
  assert.deepEqual(squeeze([1, 2, 3], 3), [1, 2, 3]);
});
