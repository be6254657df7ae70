import { type Bounds, type Kind, kinds } from "./moves.ts";

/** What may be left of the trouble, as numbers: the whole is the largest, nothing is 0. */
export interface Budget {
  readonly whole: number;
  readonly boundsOf: (left: number) => Bounds;
  /** What is left after one of this kind, an index in `kinds`; undefined when there is none. Free ones are -1. */
  readonly spend: (left: number, kind: number) => number | undefined;
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
  const after = Int32Array.from(
    all.flatMap((digits, left) => digits.map((n, index) => (n === 0 ? -1 : left - (places[index] ?? 0)))),
  );
  const covering = new Uint8Array(size * size);
  for (const [more, digits] of all.entries())
    for (const [less, others] of all.entries())
      covering[more * size + less] = digits.every((n, index) => n >= (others[index] ?? 0)) ? 1 : 0;
  const most = kinds.reduce((sum, kind) => sum + bounds[kind], 0);
  const gone = Int32Array.from(all.map((digits) => most - digits.reduce((sum, n) => sum + n, 0)));
  return {
    whole: size - 1,
    boundsOf: (left) =>
      Object.fromEntries(kinds.map((kind, index) => [kind, digit(left, index)])) as Record<Kind, number>,
    spend(left, kind) {
      if (kind < 0) return left;
      const rest = after[left * kinds.length + kind] ?? -1;
      return rest < 0 ? undefined : rest;
    },
    spent: (left) => gone[left] ?? 0,
    covers: (more, less) => covering[more * size + less] === 1,
  };
}
