import type { DeployTarget } from "./deploy-target.ts";
import { quantileBound } from "./evidence/slow-requests.ts";
import { type Baseline, quantileOf } from "./gate/limit-test.ts";
import { usable } from "./gate/usable.ts";
import type { Limit } from "./limit.ts";
import { openMetric, shapeOf } from "./metric-provider/open.ts";
import type { Measurement, NoData, Subject, Window } from "./metric-provider.ts";
import type { MetricSpec } from "./metric-spec.ts";
import type { Ports } from "./ports.ts";

/** What `vs before` means for one metric: so long before the release, milliseconds, or the same hours last week. */
export type Before = number | "last-week";

/** Long enough for a share of rare errors, short enough to be about what served just now. */
const DEFAULT_BEFORE = 3_600_000;
const WEEK = 7 * 86_400_000;
/** One number says little about an hour: so many are averaged. */
const SAMPLES = 12;

export interface BaselineRequest {
  readonly limits: readonly Limit[];
  readonly metrics: Readonly<Record<string, MetricSpec>>;
  /** The version that served before the release. */
  readonly stable: string;
  /** The target, for sources that only its network reaches. */
  readonly target?: DeployTarget | undefined;
  /** When the release began, and when this share did, milliseconds since the epoch. */
  readonly releasedAt: number;
  readonly sharedAt: number;
  /** How long this share is held at least: so many hours of last week are read. */
  readonly hold: number;
}

/** The past of one metric that a limit compares with. */
export function pastWindow(before: Before, { releasedAt, sharedAt, hold }: BaselineRequest): Window {
  if (before === "last-week") return { from: sharedAt - WEEK, to: sharedAt - WEEK + hold };
  return { from: releasedAt - before, to: releasedAt };
}

/**
 * What every metric with a limit `vs before` was, read from its source once, when the gate begins; what cannot be read
 * is no data, and such a limit is never proven. A source that is asked here is opened anew, so that reading the past
 * changes nothing about what it counts from now on.
 */
export async function measureBaselines(
  request: BaselineRequest,
  ports: Ports,
): Promise<Readonly<Record<string, Baseline>>> {
  const compared = request.limits.filter(({ versus }) => versus === "before");
  const names = [...new Set(compared.map(({ metric }) => measuredName(metric, request.metrics)))];
  const found = await Promise.all(
    names.flatMap((name) => {
      const spec = request.metrics[name];
      return spec === undefined ? [] : [measureOne(name, spec, request, ports)];
    }),
  );
  return Object.fromEntries(found);
}

const measuredName = (metric: string, metrics: BaselineRequest["metrics"]): string =>
  metric === "availability" && !Object.hasOwn(metrics, metric) ? "error-rate" : metric;

async function measureOne(name: string, spec: MetricSpec, request: BaselineRequest, ports: Ports) {
  const before = spec.before ?? DEFAULT_BEFORE;
  const provider = await openMetric(spec, ports, request.target);
  const subject: Subject = { version: request.stable, ...(before === "last-week" && { everyone: true }) };
  const shape = shapeOf(spec);
  const expected = { metric: name, shape, version: subject.version, startedAt: Number.NEGATIVE_INFINITY };
  const read = async (window: Window): Promise<Measurement> =>
    usable(
      await provider.measure(window, subject),
      { ...expected, staleAfter: window.to - window.from + DEFAULT_BEFORE },
      window.to,
    );
  const window = pastWindow(before, request);
  const measured = shape.kind === "value" ? await average(window, read) : await read(window);
  const limits = request.limits.filter(({ metric }) => measuredName(metric, request.metrics) === name);
  return [name, recorded(name, measured, limits)] as const;
}

/** The mean of several samples; one that is missing is left out, too many of them are no data. */
async function average({ from, to }: Window, read: (window: Window) => Promise<Measurement>): Promise<Measurement> {
  const step = (to - from) / SAMPLES;
  const found: Extract<Measurement, { kind: "value" }>[] = [];
  let missing: NoData | undefined;
  for (let i = 0; i < SAMPLES; i++) {
    const sample = await read({ from: from + i * step, to: from + (i + 1) * step });
    if (sample.kind === "value") found.push(sample);
    else if (sample.kind === "no-data") missing ??= sample;
  }
  const [first] = found;
  if (first === undefined || found.length * 2 < SAMPLES)
    return missing ?? { kind: "no-data", reason: "no-baseline", message: "The source had no value." };
  return { ...first, value: found.reduce((sum, { value }) => sum + value, 0) / found.length };
}

/** Only what a limit needs is kept; what nothing can be compared with is no data. */
function recorded(name: string, measured: Measurement, limits: readonly Limit[]): Baseline {
  const none = (why: string): NoData => ({
    kind: "no-data",
    reason: "no-baseline",
    message: `${name} cannot be compared with before the release: ${why}`,
  });
  switch (measured.kind) {
    case "no-data":
      return none(measured.message);
    case "value":
      return { kind: "value", value: measured.value };
    case "counts":
      if (measured.total === 0) return none("nothing was served then.");
      return { kind: "counts", bad: measured.bad, total: measured.total };
    case "histogram": {
      const { buckets } = measured;
      const hidden = limits.some((limit) => quantileBound(buckets, quantileOf(limit) ?? 0) === undefined);
      return hidden ? none("its buckets from then do not show the percentile.") : { kind: "histogram", buckets };
    }
  }
}
