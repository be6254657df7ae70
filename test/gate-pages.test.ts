import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../src/failure.ts";
import { gateProblems } from "../src/gate/config.ts";
import type { GateEvidence } from "../src/gate/judgement.ts";
import { newReplay, replay, withLook } from "../src/gate/replay.ts";
import { newGate, resumeGate, waivePages } from "../src/gate.ts";
import { alone, assess, CANDIDATE, config, limitsOf, run, SECOND, seeds, traffic, value } from "./gate-world.ts";

const paging = config(["error-rate < 50%"], { pageLimits: limitsOf("error-rate < 1%"), maxHold: 60 * SECOND });

/** The first look at which a person is asked; undefined when the gate decided without. */
function firstPage(gate: typeof paging, world: ReturnType<typeof traffic>) {
  let state = newGate(gate);
  for (let now = SECOND; now <= 60 * SECOND; now += SECOND) {
    const looked = assess(state, world(now), now);
    state = looked.state;
    if (looked.verdict.reason === "page-limit-broken") return { now, ...looked };
    if (looked.verdict.verdict !== "hold") return undefined;
  }
  return undefined;
}

test("a broken page-limit holds and asks a person; it neither fails nor passes by itself", () => {
  const paged = firstPage(paging, traffic(0.05, 0.06, 0.001, 1));
  assert.ok(paged);
  assert.equal(paged.verdict.verdict, "hold");
  assert.match(
    paged.verdict.message,
    /^error-rate [\d.]+% of \d+ requests breaks `error-rate < 1%` \(e-value [\d,]+, candidate abc123\), which a person has to judge/,
  );
  const evidence = paged.verdict.evidence as GateEvidence;
  assert.deepEqual(
    evidence.limits.map(({ level, standing }) => `${level} ${standing}`),
    ["fail proven", "page broken"],
  );
  assert.ok((evidence.pageLogE ?? 0) >= Math.log(100));
});

test("a page-limit has to be proven for a pass, like a limit", () => {
  assert.equal(run(paging, traffic(0.05, 0, 0, 1)).verdict.verdict, "pass");
  const nobodyMeasures = config(["error-rate < 50%"], { pageLimits: limitsOf("memory < 90%"), maxHold: 20 * SECOND });
  assert.equal(run(nobodyMeasures, traffic(0.05, 0, 0, 1)).verdict.reason, "inconclusive");
});

test("a limit that fails comes before one that pages", () => {
  assert.equal(run(paging, traffic(0.05, 0.9, 0, 1)).verdict.verdict, "fail");
});

test("a limit that both versions break pages nobody", () => {
  assert.equal(firstPage(paging, traffic(0.05, 0.06, 0.06, 2)), undefined);
});

test("once a person said to go on, the broken page-limit only stands in the evidence, also through JSON", () => {
  const world = traffic(0.05, 0.06, 0.001, 1);
  const paged = firstPage(paging, world);
  assert.ok(paged);
  let state = resumeGate(paging, JSON.parse(JSON.stringify(waivePages(paged.state, "error-rate < 1%"))));
  let verdict = paged.verdict;
  for (let now = paged.now + SECOND; verdict.verdict === "hold" && now < 60 * SECOND; now += SECOND)
    ({ state, verdict } = assess(state, world(now), now));
  assert.equal(verdict.verdict, "pass");
  assert.deepEqual((verdict.evidence as GateEvidence).waived, ["error-rate < 1%"]);
});

test("another page-limit that breaks later asks again", () => {
  const gate = alone(["error-rate < 50%"], {
    pageLimits: limitsOf("error-rate < 1%", "memory < 90%"),
    maxHold: 60 * SECOND,
  });
  const world = traffic(0.05, 0.06, 0, 1);
  const memory = (now: number, found: number) => ({
    ...world(now),
    memory: { candidate: value(now, CANDIDATE, found) },
  });
  const paged = firstPage(gate, (now) => memory(now, 0.5));
  assert.ok(paged);
  const waived = waivePages(paged.state, "error-rate < 1%");
  assert.deepEqual(waived.waived, ["error-rate < 1%"]);
  const next = paged.now + SECOND;
  assert.notEqual(assess(waived, memory(next, 0.5), next).verdict.reason, "page-limit-broken");
  const { verdict } = assess(waived, memory(next, 0.95), next);
  assert.equal(verdict.reason, "page-limit-broken");
  assert.match(verdict.message, /^memory 95% breaks `memory < 90%` \(candidate abc123\)/);
});

test("what was asked about stays answered, though it held again when the answer came", () => {
  const gate = alone(["error-rate < 50%"], { pageLimits: limitsOf("memory < 90%"), maxHold: 60 * SECOND });
  const world = traffic(0.05, 0, 0, 1);
  const memory = (now: number, found: number) => ({
    ...world(now),
    memory: { candidate: value(now, CANDIDATE, found) },
  });
  const paged = firstPage(gate, (now) => memory(now, 0.95));
  assert.ok(paged);
  const next = paged.now + SECOND;
  const recovered = assess(paged.state, memory(next, 0.5), next).state;
  const waived = waivePages(recovered, "memory < 90%");
  assert.deepEqual(waived.waived, ["memory < 90%"]);
  assert.notEqual(assess(waived, memory(next + SECOND, 0.95), next + SECOND).verdict.reason, "page-limit-broken");
  assert.equal(waivePages(recovered, "nonsense").waived?.length, 0, "only the gate's own limits are waived");
});

test("healthy releases page in at most 1 % of gates, whatever the other limits cost", () => {
  const gate = config(["error-rate < 50%", "error-rate vs stable < +20pp"], {
    pageLimits: limitsOf("error-rate vs stable not worse"),
    margin: 0.5,
  });
  const paged = seeds(400).filter((seed) => firstPage(gate, traffic(0.05, 0.01, 0.01, seed)) !== undefined);
  assert.ok(paged.length <= 4, `${paged.length} of 400`);
});

test("a gate of page-limits alone is one; a gate without any limit is none", () => {
  assert.deepEqual(gateProblems({ ...paging, limits: [] }), []);
  assert.match(gateProblems({ ...paging, limits: [], pageLimits: [] }).join(), /without limits proves nothing/);
});

test("page-limits are frozen with the gate, and a page is replayed byte for byte", () => {
  const paged = firstPage(paging, traffic(0.05, 0.06, 0.001, 1));
  assert.ok(paged);
  const other = { ...paging, pageLimits: limitsOf("error-rate < 2%") };
  assert.throws(() => resumeGate(other, JSON.parse(JSON.stringify(paged.state))), InputError);
  const world = traffic(0.05, 0.06, 0.001, 1);
  let state = newGate(paging);
  let kept = newReplay(state);
  for (let now = SECOND; now <= paged.now; now += SECOND) {
    const batch = world(now);
    kept = withLook(kept, batch, now);
    ({ state } = assess(state, batch, now));
  }
  const again = replay(JSON.parse(JSON.stringify(kept))).at(-1)?.verdict;
  assert.equal(JSON.stringify(again), JSON.stringify(paged.verdict));
});
