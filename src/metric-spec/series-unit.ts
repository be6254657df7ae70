import type { Dimension } from "../quantity.ts";

/** What one series measures, when its name does not end in its unit as Prometheus' naming rules ask. */
export const seriesUnits = ["seconds", "milliseconds", "bytes", "ratio", "percent", "none"] as const;
export type SeriesUnit = (typeof seriesUnits)[number];

/** Size of one unit in the base units of limits: milliseconds, bytes, shares. */
const SIZE: Readonly<Record<SeriesUnit, number>> = {
  seconds: 1_000,
  milliseconds: 1,
  bytes: 1,
  ratio: 1,
  percent: 0.01,
  none: 1,
};

/** The unit that is the name's last word (https://prometheus.io/docs/practices/naming/). */
function unitOf(name: string): SeriesUnit | undefined {
  const units = ["milliseconds", "seconds", "bytes", "ratio", "percent"] as const;
  return units.find((unit) => name === unit || name.endsWith(`_${unit}`));
}

/** The factor to the base unit; undefined when neither the declaration nor the name says the unit. */
export function scaleOf(name: string, declared: SeriesUnit | undefined): number | undefined {
  const unit = declared ?? unitOf(name);
  return unit && SIZE[unit];
}

const DIMENSION: Readonly<Record<SeriesUnit, Dimension>> = {
  seconds: "time",
  milliseconds: "time",
  bytes: "size",
  ratio: "share",
  percent: "share",
  none: "number",
};

/** What a limit on it must be written in; undefined when neither the declaration nor the name says the unit. */
export function dimensionOf(name: string, declared: SeriesUnit | undefined): Dimension | undefined {
  const unit = declared ?? unitOf(name);
  return unit && DIMENSION[unit];
}

/** 1.1 s are 1100 ms, not 1100.0000000000002. */
export const scaled = (amount: number, scale: number): number => Number((amount * scale).toPrecision(12));
