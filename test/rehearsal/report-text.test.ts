import assert from "node:assert/strict";
import { test } from "node:test";
import { type Aftermath, figuresOf, judge } from "../../src/rehearsal/judge.ts";
import type { Rehearsal } from "../../src/rehearsal/rehearse.ts";
import { reportText } from "../../src/rehearsal/report-text.ts";
import { badAftermath, goodAftermath, truthOf } from "./small-aftermath.ts";

function rehearsal(aftermath: Aftermath): Rehearsal {
  const findings = judge(aftermath);
  return {
    scenario: aftermath.scenario.name,
    passed: findings.every(({ holds }) => holds),
    exitCode: aftermath.scenario.exitCode,
    findings,
    figures: figuresOf(aftermath),
    aftermath,
  };
}

test("one screen: what held, what users got, and a chart no wider than the screen", () => {
  const text = reportText(rehearsal(badAftermath()), 80);
  const lines = text.split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.match(text, /^✓ errors: /m);
  assert.match(text, /off all traffic 4\.0 s after its first bad answer/);
  assert.match(text, /40 failed answers reached users; its share of traffic until the verdict implies 40/);
  assert.match(text, /candidate {2} [▁▂▃▄▅▆▇█]{4} {4}▏share of users/);
  assert.match(text, /failures .*▏most 10\/s/);
});

test("what did not hold is marked, in the line and in the headline", () => {
  const text = reportText(rehearsal({ ...goodAftermath(), leaks: ["a.log"] }), 80);
  assert.match(text, /^✗ good: /m);
  assert.match(text, /^ {2}✗ a secret stands in a\.log$/m);
});

test("where nobody visited there is no chart", () => {
  const aftermath = goodAftermath();
  const truth = truthOf([]);
  const quiet = { ...aftermath, truth: { ...truth, start: { ...truth.start, rate: 0 } } };
  assert.doesNotMatch(reportText(rehearsal(quiet), 80), /▏/);
});
