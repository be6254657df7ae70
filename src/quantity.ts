/** What a unit measures; quantities of different dimensions cannot be compared. */
export type Dimension = "share" | "points" | "factor" | "time" | "size" | "per-second" | "share-per-hour" | "number";

/** Units as people write them, with the size of one in the base unit of its dimension. */
const UNITS = {
  "%": { dimension: "share", size: 1 / 100 },
  pp: { dimension: "points", size: 1 / 100 },
  x: { dimension: "factor", size: 1 },
  ms: { dimension: "time", size: 1 },
  s: { dimension: "time", size: 1_000 },
  m: { dimension: "time", size: 60_000 },
  h: { dimension: "time", size: 3_600_000 },
  MB: { dimension: "size", size: 1_000_000 },
  GB: { dimension: "size", size: 1_000_000_000 },
  "/s": { dimension: "per-second", size: 1 },
  "%/h": { dimension: "share-per-hour", size: 1 / 100 },
  "": { dimension: "number", size: 1 },
} as const satisfies Record<string, { readonly dimension: Dimension; readonly size: number }>;

export type Unit = keyof typeof UNITS;

export const UNIT_NAMES = Object.keys(UNITS).filter((unit) => unit !== "") as readonly Unit[];

export interface Quantity {
  /** The number as written. */
  readonly amount: number;
  readonly unit: Unit;
  readonly dimension: Dimension;
  /**
   * The number in the dimension's base unit: share and points 0.02 for `2%` and `2pp`, milliseconds for times,
   * bytes for sizes (1 MB = 10^6), share per hour for `%/h`.
   */
  readonly value: number;
}

const isUnit = (text: string): text is Unit => Object.hasOwn(UNITS, text);

/** Reads `2%`, `+0.5pp`, `1.5x`, `500ms`, `2GB`, `50/s`, `2%/h` or `3`; undefined when it is none of these. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^\+?(\d{1,12}(?:\.\d{1,6})?)(\D*)$/.exec(text);
  const [, digits, unit] = match ?? [];
  if (digits === undefined || unit === undefined || !isUnit(unit)) return undefined;
  const { dimension, size } = UNITS[unit];
  // Dividing gives the double nearest to the decimal number; multiplying by 0.01 does not (7% would be 0.07000000000000001).
  const value = size < 1 ? Number(digits) / Math.round(1 / size) : Number(digits) * size;
  return { amount: Number(digits), unit, dimension, value };
}

/** Percent, 0 to 100, of a text such as `5%`; undefined when it is not a percentage. */
export function parsePercentage(text: string): number | undefined {
  const quantity = parseQuantity(text);
  return quantity?.unit === "%" && !text.startsWith("+") && quantity.amount <= 100 ? quantity.amount : undefined;
}
