import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrivals, arrivalsOf, durationOf, type Schedule } from "../../src/load-driver/arrivals.ts";

const rounded = (schedule: Schedule) => [...arrivals(schedule)].map((ms) => Math.round(ms * 1000) / 1000);

test("a constant rate sends at equal distances", () => {
  assert.deepEqual(rounded({ rate: 4, for: 1000 }), [250, 500, 750, 1000]);
});

test("a ramp from zero sends the n-th request when the area under the rate has reached n", () => {
  // From 0 to 4/s in 2 s: n = t^2, so requests are due after 1, sqrt 2, sqrt 3 and 2 seconds.
  assert.deepEqual(rounded({ ramps: [{ rate: 4, for: 2000 }] }), [1000, 1414.214, 1732.051, 2000]);
});

test("a ramp begins at the rate of the one before it, and its fractions are carried on", () => {
  const ramps = [
    { rate: 3, for: 1000 },
    { rate: 3, for: 1000 },
    { rate: 1, for: 1000 },
  ];
  const times = rounded({ ramps });
  assert.equal(times.length, arrivalsOf({ ramps }));
  // 1.5 requests in the ramp: the second request is due when half of one more has come.
  assert.equal(times[1], 1166.667);
});

test("times ascend, stay inside the schedule and are as many as announced", () => {
  const ramp = fc.record({ rate: fc.integer({ min: 1, max: 500 }), for: fc.integer({ min: 10, max: 3000 }) });
  fc.assert(
    fc.property(fc.array(ramp, { minLength: 1, maxLength: 5 }), (ramps) => {
      const times = [...arrivals({ ramps })];
      assert.equal(times.length, arrivalsOf({ ramps }));
      const whole = durationOf({ ramps });
      times.forEach((time, i) => {
        assert.ok(time >= (times[i - 1] ?? 0) && time <= whole, `${time} of ${whole}`);
      });
    }),
  );
});
