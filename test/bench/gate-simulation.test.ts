import assert from "node:assert/strict";
import { test } from "node:test";
import { argo, sluice } from "../../bench/gate/methods.ts";
import { alarmsIn, medianTime, simulate, upperLimit } from "../../bench/gate/simulate.ts";
import { DAY, type Scenario } from "../../bench/gate/traffic.ts";

const SEED = 20_260_801;
const NOT_WORSE = "error-rate vs stable not worse";

/** Twice the errors at 5 % of 1,000 requests a minute, and so on: minutes that a capped e-value needs on average. */
const regressions: readonly (readonly [name: string, Omit<Scenario, "model">, target: number])[] = [
  ["x2", { perMinute: 10_000, share: 0.05, bad: 0.001, regression: (bad) => 2 * bad }, 33],
  ["x5", { perMinute: 1000, share: 0.05, bad: 0.005, regression: (bad) => 5 * bad }, 7],
  ["x5 at 25 %", { perMinute: 1000, share: 0.25, bad: 0.001, regression: (bad) => 5 * bad }, 10],
  ["+0.5pp", { perMinute: 10_000, share: 0.05, bad: 0.001, regression: (bad) => bad + 0.005 }, 4],
  ["half bad", { perMinute: 1000, share: 0.05, bad: 0.005, regression: () => 0.5 }, 2],
];

for (const [name, scenario, target] of regressions) {
  test(`${name} is found within ${target} minutes in half of all runs`, () => {
    const alarms = simulate(sluice(NOT_WORSE), { model: "binomial", ...scenario }, 120, 200, SEED);
    assert.ok(medianTime(alarms) <= target, `${medianTime(alarms)}`);
  });
}

test("a day of looks at healthy versions ends in at most 1 % of false alarms, where a plain limit always alarms", () => {
  const healthy: Scenario = { model: "shared outages", perMinute: 1000, share: 0.05, bad: 0.005 };
  const alarms = alarmsIn(simulate(sluice(NOT_WORSE), healthy, DAY, 150, SEED + 1));
  assert.ok(alarms <= 1, `${alarms} of 150`);
  assert.equal(alarmsIn(simulate(argo, healthy, DAY, 20, SEED)), 20);
});

test("the upper limit of a share is Clopper and Pearson's", () => {
  assert.ok(Math.abs(upperLimit(0, 300) - (1 - 0.05 ** (1 / 300))) < 1e-9);
  assert.ok(Math.abs(upperLimit(3, 100) - 0.0757) < 1e-3);
  assert.equal(upperLimit(5, 5), 1);
});
