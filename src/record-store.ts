import type { Entry, EnvironmentRecord } from "./record.ts";

/** The record as read, with the head that an append must name. */
export interface RecordSnapshot {
  /** Identifier of the newest entry (a commit sha); null when the environment has no record yet. */
  readonly head: string | null;
  readonly record: EnvironmentRecord;
}

/** Status of the `ProviderError` when the record is not the one that its witness saw. */
export const recordDiffers = "record-differs";

export type Appended =
  | { readonly appended: true; readonly snapshot: RecordSnapshot }
  /** Somebody else appended first: read again and decide again. */
  | { readonly appended: false; readonly reason: "conflict" };

/**
 * An append-only journal per environment.
 *
 * Appending is compare-and-set on the head. A record that cannot be read or does not parse throws `ProviderError`:
 * an unreadable record blocks, it is never treated as empty.
 */
export interface RecordStore {
  read(environment: string): Promise<RecordSnapshot>;
  append(environment: string, onto: RecordSnapshot, entries: readonly Entry[]): Promise<Appended>;
}
