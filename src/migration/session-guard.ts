import type { Client } from "pg";
import { messageOf } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { connect, type DatabaseAddress } from "./connection.ts";
import { type Migrating, type Stalls, watchStalls } from "./stall.ts";

const goneWithinMs = 5_000;

export interface SessionGuard {
  /** Ends the watch and says how long others waited for the sessions guarded. */
  stalls(): Promise<Stalls>;
  /** Longest time, milliseconds, that a guarded session was seen waiting for a lock itself. */
  longestOwnWaitMs(): number;
  /** Begins to count own waits anew, before another attempt. */
  forgetOwnWaits(): void;
  /** Ends the guard; returns once sessions that had to be ended are gone. */
  release(): Promise<void>;
}

/** From a session of its own: watches whom the migrating sessions block, and ends them when the job is cancelled. */
export async function guardSessions(who: Migrating, address: DatabaseAddress, ports: Ports): Promise<SessionGuard> {
  const second = await connect(address, "sluice watch", ports);
  const watch = watchStalls(second, who, ports);
  let ending: Promise<void> | undefined;
  const end = () => {
    ending = watch
      .stop()
      .then(() => endBackends(second, who, ports))
      .catch((error: unknown) => {
        ports.log.error(`The sessions that apply migrations could not be ended: ${messageOf(error)}`);
      });
  };
  ports.cancelled.addEventListener("abort", end, { once: true });
  if (ports.cancelled.aborted) end();
  return {
    stalls: () => watch.stop(),
    longestOwnWaitMs: () => watch.longestOwnWaitMs(),
    forgetOwnWaits: () => watch.forgetOwnWaits(),
    release: async () => {
      ports.cancelled.removeEventListener("abort", end);
      await watch.stop();
      await ending;
      await second.end().catch(() => {});
    },
  };
}

/** What the name of every session of a tool begins with; a number of its own follows. */
export const toolSession = "sluice tool ";

/**
 * Ends the sessions of tools whose migrator is gone: `client` holds the lock, so nobody else has one that is running. A
 * process that was killed took its own sessions with it, and not those of its children.
 */
export async function endOrphans(client: Client, ports: Ports): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where starts_with(application_name, $1) and datname = current_database()`,
    [toolSession],
  );
  for (const { name } of rows) {
    ports.log.notice(`Ending the session of a tool (${name}) that an earlier job, which was killed, had left running.`);
    await endBackends(client, { applicationName: name }, ports);
  }
}

/** Returns once the sessions are gone, so that their locks and transactions are gone too. */
export async function endBackends(client: Client, who: Migrating, ports: Ports): Promise<void> {
  const deadline = ports.clock.monotonic() + goneWithinMs;
  const [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
  for (;;) {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where ${which} and datname = current_database()`,
      [value],
    );
    if (rowCount === 0) return;
    if (ports.clock.monotonic() > deadline) throw new Error(`some still run after ${goneWithinMs / 1000} s`);
    await ports.clock.sleep(20);
  }
}
