import type { Client } from "pg";
import type { Ports } from "../ports.ts";

const sampleEveryMs = 20;

/** Longest wait, in milliseconds, of any session that one of `pids` stands in the way of, directly or in the queue. */
const longestWait = (pids: string) => `
  with ours as (select pid from pg_stat_activity where ${pids} and datname = current_database())
  select (select count(*) from ours)::int as sessions,
         (select coalesce(max(extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start))), 0) * 1000
          from pg_locks l left join pg_stat_activity a using (pid)
          where not l.granted and l.pid not in (select pid from ours)
            and pg_blocking_pids(l.pid) && array(select pid from ours)) as ms`;

/** Sessions that migrate: one by its number, or all that log in under a name nobody else uses. */
export type Migrating = { readonly pid: number } | { readonly applicationName: string };

export interface Stalls {
  /** Longest time, in whole milliseconds, that a session was seen waiting; undefined when none of ours was seen. */
  readonly longestMs: number | undefined;
}

export interface StallWatch {
  /** Ends the watch. */
  stop(): Promise<Stalls>;
}

/**
 * Watches from a session of its own how long others wait for the migrating sessions.
 *
 * A wait is seen up to one sample (20 ms) shorter than it was. pg_locks.waitstart needs PostgreSQL 14.
 */
export function watchStalls(client: Client, who: Migrating, ports: Ports): StallWatch {
  const stopped = new AbortController();
  const [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
  const text = longestWait(which);
  let longest: number | undefined;
  const sample = async () => {
    const { rows } = await client.query<{ sessions: number; ms: string }>({ name: "stall", text, values: [value] });
    const [row] = rows;
    if (row !== undefined && row.sessions > 0) longest = Math.max(longest ?? 0, Number(row.ms));
  };
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await sample();
      await ports.clock.sleep(sampleEveryMs, stopped.signal).catch(() => {});
    }
  })().catch((error: unknown) => {
    if (stopped.signal.aborted) return;
    longest = undefined;
    ports.log.warn(`The watch over waiting sessions broke off; the stall is not known: ${String(error)}`);
  });
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return { longestMs: longest === undefined ? undefined : Math.round(longest) };
    },
  };
}
