import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { planOf } from "../src/plan.ts";
import { decide } from "../src/release.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { atFive, journal, plan, seeing } from "./proof/release-journal.ts";

const example = readFileSync(new URL("../examples/quickstart/.github/runbook.yml", import.meta.url), "utf8");

/** What the plan of the example says about short evidence, with this key in the runbook. */
function planned(policy: string) {
  const read = readRunbook(example.replace("on-short-evidence: hold", `on-short-evidence: ${policy}`), "runbook.yml");
  assert.ok(read.ok, JSON.stringify(read));
  return planOf(read.value).stages.map(({ onShort }) => onShort);
}

test("the runbook's policy for short evidence is in the plan; and no other policy is taken", () => {
  assert.ok(planned("fail").includes("fail"));
  assert.ok(planned("hold").every((onShort) => onShort === undefined));
  assert.ok(planned("synthetic").includes("synthetic"));
  assert.ok(planned("approve").includes("approve"));
  assert.throws(() => planned("guess"));
});

test("at the longest hold without a verdict, `fail` rolls the release back where `hold` only gives traffic back", () => {
  const ends = ([undefined, "fail"] as const).map((onShort) => {
    const record = journal(...atFive);
    const { release } = record;
    assert.ok(release);
    const stages = plan.stages.map((stage) => ({ ...stage, ...(onShort && { onShort }) }));
    const short = { ...record, release: { ...release, plan: { ...plan, stages } } };
    const observed = seeing("g2", "old 95, new 5");
    const effect = decide(short, observed, (release.traffic?.since ?? 0) + 1000);
    return effect.do === "restore" ? effect.as : effect.do;
  });
  assert.deepEqual(ends, ["held", "rolled-back"]);
});
