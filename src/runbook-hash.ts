import type { Runbook } from "./runbook.ts";
import { sha256 } from "./sha256.ts";

/** The same keys in the same order, whatever order they were written in. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** sha256, hexadecimal, of what the runbook means: comments, order of keys and spelling do not change it. */
export const runbookHash = (runbook: Runbook): string => sha256(JSON.stringify(canonical(runbook)));
