import { type Bounds, type Kind, kinds } from "./moves.ts";

/** What may be left of the trouble, as numbers: the whole is the largest, nothing is 0. */
export interface Budget {
  readonly whole: number;
  readonly boundsOf: (left: number) => Bounds;
  /** One of this kind, an index in `kinds`, as a number of the same sort: 0 where that is free, undefined where there is none. */
  readonly one: (kind: number) => number | undefined;
  /** Both together; undefined where there is less than that in the whole. */
  readonly sum: (some: number, more: number) => number | undefined;
  /** What is left after so much; undefined when there is less. */
  readonly spend: (left: number, cost: number) => number | undefined;
  /** Whether a cost holds a fault. */
  readonly hasFaults: (cost: number) => boolean;
  /** How much trouble there has been, of all kinds together. */
  readonly spent: (left: number) => number;
  /** Whether there is at least as much left of every kind. */
  readonly covers: (more: number, less: number) => boolean;
}

export function budgetOf(bounds: Bounds): Budget {
  const places = kinds.map((_, index) => kinds.slice(0, index).reduce((size, kind) => size * (bounds[kind] + 1), 1));
  const size = kinds.reduce((product, kind) => product * (bounds[kind] + 1), 1);
  const digit = (left: number, index: number): number => {
    const kind = kinds[index];
    return kind === undefined ? 0 : Math.floor(left / (places[index] ?? 1)) % (bounds[kind] + 1);
  };
  const all = Array.from({ length: size }, (_, left) => kinds.map((_, index) => digit(left, index)));
  const covering = new Uint8Array(size * size);
  for (const [more, digits] of all.entries())
    for (const [less, others] of all.entries())
      covering[more * size + less] = digits.every((n, index) => n >= (others[index] ?? 0)) ? 1 : 0;
  const most = kinds.reduce((sum, kind) => sum + bounds[kind], 0);
  const gone = Int32Array.from(all.map((digits) => most - digits.reduce((sum, n) => sum + n, 0)));
  const whole = size - 1;
  const covers = (more: number, less: number) => covering[more * size + less] === 1;
  return {
    whole,
    boundsOf: (left) =>
      Object.fromEntries(kinds.map((kind, index) => [kind, digit(left, index)])) as Record<Kind, number>,
    one: (kind) => (kind < 0 ? 0 : digit(whole, kind) === 0 ? undefined : places[kind]),
    sum: (some, more) => (covers(whole - some, more) ? some + more : undefined),
    spend: (left, cost) => (covers(left, cost) ? left - cost : undefined),
    hasFaults: (cost) => digit(cost, kinds.indexOf("faults")) > 0,
    spent: (left) => gone[left] ?? 0,
    covers,
  };
}
