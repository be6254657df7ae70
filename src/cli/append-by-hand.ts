import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { Entry, EntryOf, EnvironmentRecord } from "../record.ts";
import type { Laptop } from "./laptop.ts";

type ByHand = Pick<EntryOf<"locked">, "kind" | "reason"> | Pick<EntryOf<"unlocked">, "kind" | "reason">;

const attempts = 5;

/**
 * Appends what a person decided, on top of whatever others append meanwhile; `wanted` answers undefined when the record
 * is already as wished.
 */
export async function appendByHand(
  { store, author, onEntry }: Pick<Laptop, "store" | "author" | "onEntry">,
  environment: string,
  { clock, random }: Pick<Ports, "clock" | "random">,
  wanted: (record: EnvironmentRecord) => ByHand | undefined,
): Promise<{ readonly appended: boolean; readonly record: EnvironmentRecord }> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const snapshot = await store.read(environment);
    const { record } = snapshot;
    const fact = wanted(record);
    if (fact === undefined) return { appended: false, record };
    // Not a number of its own: releases are ordered by it.
    const entry: Entry = { ...fact, at: clock.now(), by: author, release: record.release?.id ?? 0 };
    const done = await store.append(environment, snapshot, [entry]);
    if (done.appended) {
      await onEntry(entry, done.snapshot);
      return { appended: true, record: done.snapshot.record };
    }
    await clock.sleep(200 * attempt * (0.5 + random()));
  }
  throw new ProviderError(
    "git",
    `Others appended to the record of ${environment} each of ${attempts} times. Run the command again.`,
    { retryable: true },
  );
}
