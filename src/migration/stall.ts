import type { Client } from "pg";
import { messageOf } from "../failure.ts";
import type { Ports } from "../ports.ts";

const sampleEveryMs = 20;

/** Longest waits, in milliseconds: of sessions that ours stand in the way of, directly or in the queue, and of ours. */
const longestWaits = (ours: string) => `
  with ours as (select pid from pg_stat_activity where ${ours} and datname = current_database()),
  waiting as (
    select l.pid, l.pid in (select pid from ours) as own,
           extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start)) * 1000 as ms
    from pg_locks l left join pg_stat_activity a using (pid) where not l.granted)
  select (select count(*) from ours)::int as sessions,
         coalesce((select max(ms) from waiting where own), 0)::float8 as own,
         coalesce((select max(ms) from waiting
                   where not own and pg_blocking_pids(pid) && array(select pid from ours)), 0)::float8 as others`;

/** Sessions that migrate: one by its number, or all that log in under a name nobody else uses. */
export type Migrating = { readonly pid: number } | { readonly applicationName: string };

export interface Stalls {
  /** Longest time, in whole milliseconds, that a session was seen waiting; undefined when none of ours was seen. */
  readonly longestMs: number | undefined;
}

export interface StallWatch {
  /** Ends the watch. */
  stop(): Promise<Stalls>;
  /** Longest time, milliseconds, that one of the migrating sessions was seen waiting for a lock. */
  longestOwnWaitMs(): number;
  forgetOwnWaits(): void;
}

/**
 * Watches from a session of its own how long others wait for the migrating sessions.
 *
 * A wait is seen up to one sample (20 ms) shorter than it was. pg_locks.waitstart needs PostgreSQL 14.
 */
export function watchStalls(client: Client, who: Migrating, ports: Ports): StallWatch {
  const stopped = new AbortController();
  const [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
  const text = longestWaits(which);
  let longest: number | undefined;
  let ownWait = 0;
  const sample = async () => {
    const { rows } = await client.query<{ sessions: number; own: number; others: number }>({
      name: "stall",
      text,
      values: [value],
    });
    const [row] = rows;
    if (row === undefined || row.sessions === 0) return;
    longest = Math.max(longest ?? 0, row.others);
    ownWait = Math.max(ownWait, row.own);
  };
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await sample();
      await ports.clock.sleep(sampleEveryMs, stopped.signal).catch(() => {});
    }
  })().catch((error: unknown) => {
    if (stopped.signal.aborted) return;
    longest = undefined;
    ports.log.warn(`The watch over waiting sessions broke off; the stall is not known: ${messageOf(error)}`);
  });
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return { longestMs: longest === undefined ? undefined : Math.round(longest) };
    },
    longestOwnWaitMs: () => ownWait,
    forgetOwnWaits: () => {
      ownWait = 0;
    },
  };
}
