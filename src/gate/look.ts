import type { NoData } from "../metric-provider.ts";
import type { Usable } from "./usable.ts";

/** One look's measurements of both versions. */
export interface Pair {
  readonly candidate: Usable | NoData;
  readonly stable: Usable | NoData | undefined;
}

/** What is known of the counts' variance before the first look: a fixed factor, or where its estimate begins. */
export type KnownDispersion = number | { readonly prior: number; readonly weight: number };

/** When a look happens, and what its evidence is divided by. */
export interface Pace {
  /** Number of this look, from 1. */
  readonly look: number;
  readonly now: number;
  readonly startedAt: number;
  readonly every: number;
  readonly dispersion: KnownDispersion;
}

/** What one limit knows after a look. */
export interface Looked<State> {
  readonly state: State;
  /** Why this look proves nothing by itself. */
  readonly missing?: NoData | undefined;
}
