import type { Refusal } from "../expectation.ts";
import type { Path } from "../problem.ts";
import type { Range } from "../secret-shape.ts";

/** Bounds, checked before the text is composed: key comparison is quadratic and deep nesting overflows the stack. */
export const bounds = { bytes: 128 * 1024, keys: 2000, depth: 32, aliases: 100, nodes: 10_000 } as const;

/** Says what is wrong, at which part of the text and under which path. */
export type Refuse = (range: Range, path: Path, refusal: Refusal) => void;
