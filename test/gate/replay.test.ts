import assert from "node:assert/strict";
import { test } from "node:test";
import { keptReplay, longestReplay, newReplay, replay, withLook } from "../../src/gate/replay.ts";
import { assess, type MetricBatch, newGate } from "../../src/gate.ts";
import { parseLimit } from "../../src/limit.ts";
import type { Measurement } from "../../src/metric-provider.ts";

const minute = 60_000;

function gateOf(...texts: readonly string[]) {
  const limits = texts.map((text) => {
    const { limit, problems } = parseLimit(text, ["memory"]);
    assert.ok(limit, JSON.stringify(problems));
    return limit;
  });
  return newGate({
    limits,
    metrics: {
      "error-rate": { kind: "counts" },
      latency: { kind: "histogram", dimension: "time" },
      memory: { kind: "value", dimension: "share" },
    },
    candidate: "new",
    stable: "old",
    startedAt: 0,
    hold: 600 * minute,
    every: minute,
  });
}

function batchAt(at: number, version: string): { readonly [metric: string]: Measurement } {
  const stamp = { window: { from: at - minute, to: at }, observedAt: at, version, source: "http://10.0.0.7:9/metrics" };
  const n = at / minute;
  return {
    "error-rate": { kind: "counts", total: 100 + n, bad: n % 3, ...stamp },
    latency: {
      kind: "histogram",
      sum: 1e4 + 0.1 * n,
      buckets: [
        { le: 100, count: 90 },
        { le: 250, count: 99 },
        { le: Number.POSITIVE_INFINITY, count: 100 },
      ],
      ...stamp,
    },
    memory:
      n % 7 === 0
        ? { kind: "no-data", reason: "gone", message: "Nothing." }
        : { kind: "value", value: n === 11 ? Number.NaN : 0.5, ...stamp },
  };
}

function both(at: number): MetricBatch {
  const [candidate, stable] = [batchAt(at, at === 5 * minute ? "another" : "new"), batchAt(at, "old")];
  return Object.fromEntries(
    ["error-rate", "latency", "memory"].map((name) => {
      const [a, b] = [candidate[name], stable[name]];
      return [name, { ...(a && { candidate: a }), ...(b && { stable: b }) }];
    }),
  );
}

test("at every look of a long hold the newest verdict is computed again from bounded JSON", () => {
  let gate = gateOf("error-rate < 2%", "p95 < 250ms", "error-rate vs stable < +1pp", "memory < 90% for 5m");
  let kept = newReplay(gate);
  let most = 0;
  for (let look = 1; look <= 500; look++) {
    const at = look * minute;
    const batch = both(at);
    kept = withLook(kept, batch, at);
    const { state, decision } = assess(gate, batch, at);
    gate = state;
    if (look > 20 && look % 50 !== 0) continue;
    const stored = JSON.stringify(keptReplay(kept));
    most = Math.max(most, stored.length);
    assert.equal(JSON.stringify(replay(JSON.parse(stored)).at(-1)?.verdict), JSON.stringify(decision.explain()));
    assert.doesNotMatch(stored, /10\.0\.0\.7/, "where numbers were read is not kept");
  }
  assert.ok(most <= longestReplay, `${most} bytes`);
  assert.ok(kept.looks.length >= 10 && kept.looks.length < 500, `${kept.looks.length} looks are kept`);
});

test("what is no replay is refused, never believed", () => {
  const gate = gateOf("error-rate < 2%");
  const whole = JSON.parse(JSON.stringify(withLook(newReplay(gate), both(minute), minute)));
  assert.equal(replay(whole).length, 1);
  const bad: readonly unknown[] = [
    undefined,
    null,
    {},
    { ...whole, version: 2 },
    { ...whole, looks: [] },
    { ...whole, looks: [{ at: 1, batch: { "error-rate": { candidate: ["counts", 1] } } }] },
    { ...whole, gate: { ...whole.gate, limits: [] } },
    { ...whole, gate: { ...whole.gate, config: null } },
  ];
  for (const saved of bad) assert.throws(() => replay(saved), { name: "InputError" }, JSON.stringify(saved));
});
