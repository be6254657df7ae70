import { InputError } from "../../failure.ts";
import { type Replayed, replay } from "../../gate/replay.ts";
import type { Entry, EntryOf } from "../../record.ts";

/** One verdict of the record, computed again from the evidence that was recorded with it. */
export interface Recomputed {
  readonly entry: EntryOf<"verdict">;
  /** `identical`: the very same bytes; `different` is drift or tampering; `not-replayable`: the record keeps too little. */
  readonly outcome: "identical" | "different" | "not-replayable";
  readonly message: string;
  readonly looks: readonly Replayed[];
}

/** The record cuts a message there. */
const longestMessage = 4000;

/** Computes every verdict of a journal again. */
export function recompute(entries: readonly Entry[]): readonly Recomputed[] {
  return entries.flatMap((entry) => (entry.kind === "verdict" ? [recomputed(entry)] : []));
}

function recomputed(entry: EntryOf<"verdict">): Recomputed {
  const { replay: saved, judged, note } = partsOf(entry.evidence);
  let looks: readonly Replayed[];
  try {
    looks = replay(saved);
  } catch (problem) {
    if (!(problem instanceof InputError)) throw problem;
    return { entry, outcome: "not-replayable", message: problem.message, looks: [] };
  }
  const last = looks.at(-1)?.verdict;
  const { verdict, reason, message } = entry;
  const recorded = JSON.stringify({ verdict, reason, message, evidence: judged });
  const again = JSON.stringify({
    verdict: last?.verdict,
    reason: last?.reason,
    message: (last && `${last.message}${note}`)?.slice(0, longestMessage),
    evidence: last?.evidence,
  });
  if (recorded === again)
    return { entry, outcome: "identical", message: `computed again from ${looks.length} looks: identical`, looks };
  return { entry, outcome: "different", message: differenceOf(recorded, again), looks };
}

interface Parts {
  readonly replay: unknown;
  readonly judged: unknown;
  /** What stands behind the message because synthetic requests could not help. */
  readonly note: string;
}

/** The verdict's own evidence and what it was computed from; why synthetic requests were sent is told beside it. */
function partsOf(evidence: unknown): Parts {
  if (typeof evidence !== "object" || evidence === null) return { replay: undefined, judged: evidence, note: "" };
  const { replay, short, ...judged }: { replay?: unknown; short?: { note?: unknown } } = evidence;
  return { replay, judged, note: typeof short?.note === "string" ? ` ${short.note}` : "" };
}

function differenceOf(recorded: string, again: string): string {
  const length = [...recorded].findIndex((char, i) => char !== again[i]);
  const at = length === -1 ? recorded.length : length;
  const around = (text: string) => text.slice(Math.max(0, at - 30), at + 30);
  return `the record says …${around(recorded)}…, its evidence gives …${around(again)}…`;
}
