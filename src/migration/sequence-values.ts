import type { Client } from "pg";
import { ofNoExtension, ofUsers } from "./users-objects.ts";

/** Where a sequence stood. */
export interface SequenceValue {
  /** The value it gave last, as decimal digits; null while it gave none. */
  readonly last: string | null;
  /** Whether its values grow; undefined for one that begins again at its end, of which nothing can be said. */
  readonly grows?: boolean | undefined;
}

/** Sequences stand outside of snapshots: what is read is where they stand at this moment. */
export async function readSequences(client: Client): Promise<Readonly<Record<string, SequenceValue>>> {
  const { rows } = await client.query<{ name: string; last: string | null; grows: boolean | null }>(
    `select format('%I.%I', n.nspname, c.relname) as name, pg_sequence_last_value(c.oid)::text as last,
       case when not s.seqcycle then s.seqincrement > 0 end as grows
     from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")} order by 1`,
  );
  return Object.fromEntries(rows.map(({ name, last, grows }) => [name, grows === null ? { last } : { last, grows }]));
}

/**
 * Sequences that would give a value once more, as sentences. A dump reads them after `expected` was read, so they may have
 * gone on and never back; one that is missing altogether is told as an object.
 */
export function sequenceDifferences(
  expected: Readonly<Record<string, SequenceValue>>,
  found: Readonly<Record<string, SequenceValue>>,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, { last, grows }]) => {
    const restored = found[name];
    if (last === null || grows === undefined || restored === undefined) return [];
    const reaches =
      restored.last !== null && (grows ? BigInt(restored.last) >= BigInt(last) : BigInt(restored.last) <= BigInt(last));
    return reaches ? [] : [`the sequence ${name} stands at ${restored.last ?? "its beginning"} instead of ${last}`];
  });
}
