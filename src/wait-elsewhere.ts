import { maxWaitMs } from "./advance.ts";
import type { TickSource } from "./hand-over.ts";
import type { Ports } from "./ports.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { provenElsewhere } from "./release/elsewhere.ts";

/** How often a tick that waits looks whether the record went on without it. */
const everyMs = 60_000;

/**
 * A tick of a chain stays while a release of this environment waits for nothing but time in another one: an hour at most,
 * and no longer than nothing else happens here. Gives the newest record; ticks by other means come back by themselves.
 */
export async function waitElsewhere(
  store: Pick<RecordStore, "read">,
  known: RecordSnapshot,
  source: TickSource,
  { clock, cancelled }: Pick<Ports, "clock" | "cancelled">,
): Promise<RecordSnapshot> {
  const { environment, queued } = known.record;
  if (queued?.after === undefined || source !== "chain") return known;
  const { record: other } = await store.read(queued.after.environment);
  const { from } = provenElsewhere(other, queued.commit, queued.after, clock.now());
  const until = Math.min(from ?? 0, clock.now() + maxWaitMs);
  let newest = known;
  while (newest.head === known.head && clock.now() < until && !cancelled.aborted) {
    await clock.sleep(Math.min(everyMs, until - clock.now()), cancelled).catch(() => undefined);
    newest = await store.read(environment);
  }
  return newest;
}
