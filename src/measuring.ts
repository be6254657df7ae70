import * as z from "zod";
import type { BaselineRequest } from "./baseline.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { GateConfig } from "./gate/config.ts";
import type { MetricShape } from "./gate/limit-test.ts";
import { type GateState, type MetricBatch, toMeasure } from "./gate.ts";
import { openMetric, shapeOf } from "./metric-provider/open.ts";
import type { MetricProvider } from "./metric-provider.ts";
import type { MetricSpec } from "./metric-spec.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import type { Runbook } from "./runbook.ts";
import { throughProtection } from "./through-protection.ts";

export type Providers = ReadonlyMap<string, MetricProvider>;

/** A provider for every declared metric, which goes on from the running totals that `savedState` gave. */
export async function openedMetrics(
  { metrics = {} }: Runbook,
  own: Ports,
  target: DeployTarget,
  saved?: unknown,
): Promise<Providers> {
  const ports = throughProtection(target, own);
  const totals = withTotals.safeParse(saved).data?.totals ?? {};
  return new Map(
    await Promise.all(
      Object.entries(metrics).map(
        async ([name, spec]) => [name, await openMetric(spec, ports, target, totals[name])] as const,
      ),
    ),
  );
}

const withTotals = z.object({ totals: z.record(z.string(), z.unknown()) });

/** The gate as another process goes on from it: with the running totals that its next look compares with. */
export function savedState(gate: GateState, providers: Providers): unknown {
  const totals = [...providers].flatMap(([name, provider]) =>
    provider.totals === undefined ? [] : [[name, provider.totals()] as const],
  );
  return totals.length === 0 ? gate : { ...gate, totals: Object.fromEntries(totals) };
}

/** What a metric gives, and what one event of it is. */
export const countedShape = (spec: MetricSpec): MetricShape => ({
  ...shapeOf(spec),
  ...(spec.count !== undefined && { count: spec.count }),
});

/** The largest part of healthy releases that may be sent back, over all of a release's shares together. */
const RELEASE_ALPHA = 0.01;

/** The shares divide the error bound evenly, so that it holds for the whole release (Bonferroni). */
export function shareOfAlpha({ plan }: ReleaseState): number {
  const judged = plan.stages.flatMap(({ shifts }) => shifts).filter((shift) => shift.judged);
  const watched = plan.stages.filter(({ watch }) => watch !== undefined);
  return RELEASE_ALPHA / Math.max(1, judged.length + watched.length);
}

/**
 * What limits `vs before` compare with: as the saved gate has it, since the past is read once or the bounds would not
 * hold; else measured now.
 */
export async function baselinesOf(
  asked: BaselineRequest,
  saved: unknown,
  ports: Ports,
): Promise<NonNullable<GateConfig["before"]>> {
  const known = withBaselines.safeParse(saved);
  if (known.success) return known.data.config.before;
  if (asked.limits.every(({ versus }) => versus !== "before")) return {};
  return (await import("./baseline.ts")).measureBaselines(asked, ports);
}

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const withBaselines = z.object({ config: z.object({ before: z.custom<NonNullable<GateConfig["before"]>>(isRecord) }) });

/** Everything the gate wants to know at this look, of both versions at once. */
export async function measure(
  { gate, providers }: { readonly gate: GateState; readonly providers: Providers },
  target: DeployTarget,
  ports: Ports,
): Promise<MetricBatch> {
  const window = { from: gate.lastLook ?? gate.config.startedAt, to: ports.clock.now() };
  const wanted = toMeasure(gate);
  const addresses = new Map(
    await Promise.all(
      [...new Set(wanted.map(({ version }) => version))].map(
        async (version) => [version, await target.address(version)] as const,
      ),
    ),
  );
  const batch: Record<
    string,
    {
      candidate?: Awaited<ReturnType<MetricProvider["measure"]>>;
      stable?: Awaited<ReturnType<MetricProvider["measure"]>>;
    }
  > = {};
  await Promise.all(
    wanted.map(async ({ metric, version, of }) => {
      const provider = providers.get(metric);
      if (provider === undefined) return;
      const address = addresses.get(version);
      const place = address === undefined ? undefined : target.placeOf?.(address);
      const measured = await provider.measure(window, { version, address, place });
      batch[metric] = { ...batch[metric], [of]: measured };
    }),
  );
  return batch;
}
