import type { Client } from "pg";
import type { Ports } from "../ports.ts";

const sampleEveryMs = 20;

/** Longest wait, in milliseconds, of any session that a backend stands in the way of, directly or in the lock queue. */
const longestWait = `
  select coalesce(max(extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start))), 0) * 1000 as ms
  from pg_locks l left join pg_stat_activity a using (pid)
  where not l.granted and $1 = any(pg_blocking_pids(l.pid))`;

export interface StallWatch {
  /** Ends the watch; the longest time, in milliseconds, that a session was seen waiting for the backend. */
  stop(): Promise<number>;
}

/**
 * Watches from a session of its own how long others wait for the backend `pid`.
 *
 * A wait is seen up to one sample (20 ms) shorter than it was. pg_locks.waitstart needs PostgreSQL 14.
 */
export function watchStalls(client: Client, pid: number, ports: Ports): StallWatch {
  const stopped = new AbortController();
  let longest = 0;
  const sample = async () => {
    const { rows } = await client.query<{ ms: string }>({ name: "stall", text: longestWait, values: [pid] });
    longest = Math.max(longest, Number(rows[0]?.ms ?? 0));
  };
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await sample();
      await ports.clock.sleep(sampleEveryMs, stopped.signal).catch(() => {});
    }
  })().catch((error: unknown) => {
    if (stopped.signal.aborted) return;
    ports.log.warn(`The watch over waiting sessions broke off; stalls after that are not counted: ${String(error)}`);
  });
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return Math.round(longest);
    },
  };
}
