import assert from "node:assert/strict";
import type { GateConfig } from "../src/gate/config.ts";
import { assess as assessLook, type GateState, type MetricBatch, newGate } from "../src/gate.ts";
import { parseLimit } from "../src/limit.ts";
import type { Counts, Histogram, Value } from "../src/metric-provider.ts";
import { randomFrom } from "../src/seeded-random.ts";
import type { Verdict } from "../src/verdict.ts";

export const SECOND = 1_000;
export const CANDIDATE = "abc123";
export const STABLE = "def456";

export function limitsOf(...texts: readonly string[]) {
  return texts.map((text) => {
    const { limit, problems } = parseLimit(text, ["memory", "queue"]);
    assert.ok(limit, JSON.stringify(problems));
    return limit;
  });
}

/** 1,000 requests a second, looks every second, as in a rehearsal. */
export const config = (limits: readonly string[], more: Partial<GateConfig> = {}): GateConfig => ({
  limits: limitsOf(...limits),
  metrics: {
    "error-rate": { kind: "counts" },
    latency: { kind: "histogram", dimension: "time" },
    memory: { kind: "value", dimension: "share" },
    queue: { kind: "value" },
  },
  candidate: CANDIDATE,
  stable: STABLE,
  startedAt: 0,
  hold: 10 * SECOND,
  every: SECOND,
  ...more,
});

export const alone = (limits: readonly string[], more: Partial<GateConfig> = {}): GateConfig => {
  const { stable: _, ...rest } = config(limits, more);
  return rest;
};

export const stamp = (to: number, version: string, from = to - SECOND) => ({
  window: { from, to },
  observedAt: to,
  version,
  source: "test",
});

export const counts = (now: number, version: string, total: number, bad: number): Counts => ({
  kind: "counts",
  total,
  bad,
  ...stamp(now, version),
});

export const value = (now: number, version: string, found: number): Value => ({
  kind: "value",
  value: found,
  ...stamp(now, version, now),
});

/** Cumulative counts per bound in milliseconds; the last count is the total. */
export function histogram(
  now: number,
  version: string,
  buckets: readonly (readonly [number, number])[],
  mean = 100,
): Histogram {
  const total = buckets.at(-1)?.[1] ?? 0;
  return {
    kind: "histogram",
    buckets: buckets.map(([le, count]) => ({ le, count })),
    sum: mean * total,
    ...stamp(now, version),
  };
}

export function assess(state: GateState, batch: MetricBatch, now: number) {
  const { state: next, decision } = assessLook(state, batch, now);
  return { state: next, verdict: decision.explain() };
}

export interface Ended {
  readonly verdict: Verdict;
  readonly looks: number;
  readonly state: GateState;
}

/** Looks once a second until something other than waiting comes out. */
export function run(gate: GateConfig, measure: (now: number) => MetricBatch): Ended {
  let state = newGate(gate);
  for (let looks = 1; looks < 10_000; looks++) {
    const now = gate.startedAt + looks * gate.every;
    const { state: next, decision } = assessLook(state, measure(now), now);
    state = next;
    const { verdict, reason } = decision;
    if (verdict !== "hold" || reason === "inconclusive") return { verdict: decision.explain(), looks, state };
  }
  throw new Error("The gate never ended.");
}

/** Uniform in (0, 1): a logarithm of it is taken. */
export function seeded(seed: number): () => number {
  const random = randomFrom(seed);
  return () => random() + 1e-12;
}

/** Bad ones of n requests, by the gaps between them. */
export function binomial(n: number, p: number, random: () => number): number {
  if (p === 0) return 0;
  let bad = 0;
  for (let at = Math.log(random()) / Math.log1p(-p); at < n; at += 1 + Math.log(random()) / Math.log1p(-p)) bad++;
  return bad;
}

/** Real traffic: `share` of 1,000 requests a second goes to the candidate. */
export function traffic(share: number, candidateBad: number, stableBad: number, seed: number) {
  const random = seeded(seed);
  const requests = Math.round(1_000 * share);
  return (now: number): MetricBatch => ({
    "error-rate": {
      candidate: counts(now, CANDIDATE, requests, binomial(requests, candidateBad, random)),
      stable: counts(now, STABLE, 1_000 - requests, binomial(1_000 - requests, stableBad, random)),
    },
  });
}

export const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

export const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
