import { z } from "zod";
import { sha256 } from "../sha256.ts";

const read = z.object({
  /** When it was read, milliseconds since the epoch. */
  at: z.number(),
  /** When the process that counted began, as it says itself. */
  processStart: z.number().exactOptional(),
  totals: z.record(z.string(), z.number().nonnegative()),
});

const savedTotals = z.object({ of: z.string(), reads: z.record(z.string(), read) });

export type Read = z.infer<typeof read>;
/** Plain JSON by which a later process goes on where this one stopped. */
export type SavedTotals = z.infer<typeof savedTotals>;

export type Increase =
  | { readonly from: number; readonly totals: Readonly<Record<string, number>> }
  | { readonly from?: undefined; readonly reason: "first-look" | "counter-reset" };

/** Versions remembered at once: candidate, stable, and some that came before. */
const MOST_READS = 8;

/** Remembers the last totals per instance and version, and gives what was added since. */
export interface RunningTotals {
  /**
   * What was added between the last read of this key and this one. A total that went down, another set of totals or
   * another process means a restart: the interval is dropped, since what was counted before the crash, likely the worst
   * part, is lost, and the rest would speak for the candidate.
   */
  add(key: string, next: Read): Increase;
  save(): SavedTotals;
}

/** `of` names what is counted: totals saved for something else, or odd ones, are not gone on with. */
export function runningTotals(of: string, saved?: unknown): RunningTotals {
  // What is counted may be named by more than people should read in a record.
  const mark = sha256(of);
  const { data } = savedTotals.safeParse(saved);
  const reads = new Map<string, Read>(data?.of === mark ? Object.entries(data.reads) : []);
  return {
    add(key, next) {
      const last = reads.get(key);
      reads.delete(key);
      reads.set(key, next);
      for (const oldest of reads.keys()) if (reads.size > MOST_READS) reads.delete(oldest);
      return last === undefined ? { reason: "first-look" } : increase(last, next);
    },
    save: () => ({ of: mark, reads: Object.fromEntries(reads) }),
  };
}

function increase(last: Read, next: Read): Increase {
  const names = Object.keys(next.totals);
  const same = names.length === Object.keys(last.totals).length && next.processStart === last.processStart;
  const added = names.map((name) => [name, (next.totals[name] ?? 0) - (last.totals[name] ?? Number.NaN)] as const);
  if (!same || !added.every(([, count]) => count >= 0)) return { reason: "counter-reset" };
  return { from: last.at, totals: Object.fromEntries(added) };
}
