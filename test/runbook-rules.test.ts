import assert from "node:assert/strict";
import { test } from "node:test";
import { shareRules } from "../src/runbook-rules.ts";
import { shiftsOf } from "../src/target-spec.ts";

const canary = { shifts: [{ traffic: "5%" }, { traffic: "25%" }, { traffic: "100%" }] };

test("shares on a platform that serves one version at a time are refused, with what to do instead", () => {
  const breaches = shareRules("all-at-once", canary, ["stages", 0, "canary"]);
  assert.deepEqual(
    breaches.map(({ path }) => path.join(".")),
    ["stages.0.canary.shifts.0.traffic", "stages.0.canary.shifts.1.traffic"],
  );
  assert.match(breaches[0]?.refusal.message ?? "", /cannot give a candidate 5%/);
  for (const alternative of ["100%", "feature flag", "target.compose"])
    assert.ok(breaches[0]?.refusal.fix.includes(alternative), alternative);
});

test("everywhere else, and for a single share of all traffic, there is nothing to refuse", () => {
  assert.deepEqual(shareRules("traffic", canary, []), []);
  assert.deepEqual(shareRules(undefined, canary, []), []);
  assert.deepEqual(shareRules("all-at-once", { shifts: [{ traffic: "100%" }] }, []), []);
});

test("how commands divide traffic is what their owner says, percent of requests if nothing", () => {
  const commands = { observe: "o", stage: "s", shift: "s", restore: "r" };
  assert.equal(shiftsOf({ command: { ...commands, shifts: "all-at-once" } }), "all-at-once");
  assert.equal(shiftsOf({ command: commands }), "traffic");
  assert.equal(shiftsOf({ unheard: {} }), undefined);
});
