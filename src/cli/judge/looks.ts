import { InputError } from "../../failure.ts";
import type { GateConfig } from "../../gate/config.ts";
import { assess, type MetricBatch, newGate } from "../../gate.ts";
import type { Limit } from "../../limit.ts";
import type { Measurement } from "../../metric-provider.ts";
import type { Verdict } from "../../verdict.ts";
import type { Batch, Sample, Samples } from "./batch.ts";
import type { Series } from "./series.ts";

/** One look's verdict. */
export interface Look {
  readonly at: number;
  /** Milliseconds since the gate began. */
  readonly after: number;
  readonly verdict: Verdict;
}

/** The gate's parameters, where the defaults are not wanted; milliseconds. */
export interface GateOptions {
  readonly limits: readonly Limit[];
  readonly candidate: string;
  readonly stable: string;
  readonly hold?: number | undefined;
  readonly every?: number | undefined;
  readonly maxHold?: number | undefined;
  readonly alpha?: number | undefined;
  readonly beta?: number | undefined;
}

/** Judges a series look by look, as a canary would have been: until it is decided, or until the series ends. */
export function judgeSeries(series: Series, options: GateOptions): readonly Look[] {
  const spacing = spacingOf(series.batches);
  const every = options.every ?? spacing;
  const [first] = series.batches;
  if (first === undefined) return [];
  const startedAt = first.at - spacing;
  const batches = paced(series.batches, { startedAt, every, slack: spacing / 2 });
  const last = series.batches.at(-1)?.at ?? startedAt;
  const hold = options.hold ?? last - startedAt;
  const hasStable = series.batches.some(({ metrics }) => Object.values(metrics).some(({ stable }) => stable));
  const config: GateConfig = {
    limits: options.limits,
    metrics: series.shapes,
    candidate: options.candidate,
    ...(hasStable && { stable: options.stable }),
    startedAt,
    hold,
    every,
    ...(options.maxHold !== undefined && { maxHold: options.maxHold }),
    ...(options.alpha !== undefined && { alpha: options.alpha }),
    ...(options.beta !== undefined && { beta: options.beta }),
  };
  let state = newGate(config);
  const looks: Look[] = [];
  for (const batch of batches) {
    const from = state.lastLook ?? startedAt;
    const assessed = assess(state, measured(batch, from, options), batch.at);
    state = assessed.state;
    const verdict = assessed.decision.explain();
    looks.push({ at: batch.at, after: batch.at - startedAt, verdict });
    if (isDecided(verdict)) break;
  }
  return looks;
}

/** After these nothing is looked at any more. */
export const isDecided = ({ verdict, reason }: Verdict): boolean => verdict !== "hold" || reason === "inconclusive";

/** The usual distance between batches: their median, so that a gap does not count. */
function spacingOf(batches: readonly Batch[]): number {
  const gaps = batches.slice(1).map(({ at }, i) => at - (batches[i]?.at ?? at));
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return middle ?? 60_000;
}

interface Pace {
  readonly startedAt: number;
  readonly every: number;
  /** Measurements are rarely on the dot. */
  readonly slack: number;
}

/** Batches between two looks are added up; counts of which a part is missing would be compared over unequal time. */
function paced(batches: readonly Batch[], { startedAt, every, slack }: Pace): readonly Batch[] {
  const looks: Batch[] = [];
  let gathered: Batch["metrics"] | undefined;
  let next = startedAt + every;
  for (const [i, batch] of batches.entries()) {
    gathered = gathered === undefined ? batch.metrics : added(gathered, batch.metrics);
    if (batch.at < next - slack && i < batches.length - 1) continue;
    looks.push({ at: batch.at, metrics: gathered });
    gathered = undefined;
    next = batch.at + every;
  }
  return looks;
}

function added(
  sums: Readonly<Record<string, Samples>>,
  more: Readonly<Record<string, Samples>>,
): Record<string, Samples> {
  const names = new Set([...Object.keys(sums), ...Object.keys(more)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [a, b] = [sums[name], more[name]];
      return [name, { candidate: sum(a?.candidate, b?.candidate), stable: sum(a?.stable, b?.stable) }];
    }),
  );
}

function sum(a: Sample | undefined, b: Sample | undefined): Sample | undefined {
  if (a === undefined || b === undefined) return [a, b].find((sample) => sample?.kind === "value");
  if (a.kind === "counts" && b.kind === "counts")
    return { kind: "counts", total: a.total + b.total, bad: a.bad + b.bad };
  if (a.kind !== "histogram" || b.kind !== "histogram") return b;
  if (a.buckets.some(([le], i) => b.buckets[i]?.[0] !== le) || a.buckets.length !== b.buckets.length)
    throw new InputError("The buckets of the histogram change in the middle, so batches cannot be added up to looks.");
  const buckets = a.buckets.map(([le, count], i) => [le, count + (b.buckets[i]?.[1] ?? 0)] as const);
  return { kind: "histogram", buckets, sum: a.sum + b.sum };
}

function measured(batch: Batch, from: number, { candidate, stable }: GateOptions): MetricBatch {
  return Object.fromEntries(
    Object.entries(batch.metrics).map(([name, samples]) => [
      name,
      {
        ...(samples.candidate && { candidate: measurement(samples.candidate, batch.at, from, candidate) }),
        ...(samples.stable && { stable: measurement(samples.stable, batch.at, from, stable) }),
      },
    ]),
  );
}

function measurement(sample: Sample, at: number, from: number, version: string): Measurement {
  const stamp = { window: { from, to: at }, observedAt: at, version, source: "series" };
  if (sample.kind !== "histogram") return { ...sample, ...stamp };
  return {
    ...stamp,
    kind: "histogram",
    sum: sample.sum,
    buckets: sample.buckets.map(([le, count]) => ({ le, count })),
  };
}
