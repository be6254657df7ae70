import { createHash } from "node:crypto";
import type { Client } from "pg";
import type { Ports } from "../ports.ts";

export type LockResult =
  | { readonly held: true; readonly waitedMs: number }
  /** `holder` is a sentence about the session that has the lock. */
  | { readonly held: false; readonly waitedMs: number; readonly holder: string };

const pollMs = 200;

/** The one lock of a database's migrators, whatever engine they are; advisory keys are per database by themselves. */
const ourKey = createHash("sha256").update("sluice migrations").digest().readBigInt64BE();

/**
 * Takes the advisory lock that one migrator per database may hold, on the session of `client`, and then the locks
 * `also` that other tools take for the same purpose.
 *
 * The server frees them when that session ends, however it ends.
 */
export async function takeMigrationLock(
  client: Client,
  options: { readonly withinMs: number; readonly also?: readonly bigint[] },
  ports: Ports,
): Promise<LockResult> {
  const began = ports.clock.monotonic();
  for (const key of [ourKey, ...(options.also ?? [])].map(String)) {
    for (let asked = 0; ; asked++) {
      const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [key]);
      if (rows[0]?.held === true) break;
      const waitedMs = ports.clock.monotonic() - began;
      const holder = await describeHolder(client, key);
      if (waitedMs >= options.withinMs) return { held: false, waitedMs, holder };
      if (asked === 0) ports.log.info(`Waiting for the migration lock: ${holder}`);
      await ports.clock.sleep(pollMs * (0.5 + ports.random()), ports.cancelled);
    }
  }
  return { held: true, waitedMs: ports.clock.monotonic() - began };
}

async function describeHolder(client: Client, key: string): Promise<string> {
  const { rows } = await client.query<{ pid: number; application: string | null; since: string | null }>(
    `select l.pid, a.application_name as application, a.backend_start::text as since
     from pg_locks l left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::bigint = ($1::bigint >> 32) & 4294967295 and l.objid::bigint = $1::bigint & 4294967295`,
    [key],
  );
  const [holder] = rows;
  if (holder === undefined) return "its holder has just left.";
  const name = holder.application === null || holder.application === "" ? "without a name" : holder.application;
  return `session ${holder.pid} (${name}, connected since ${holder.since ?? "unknown"}) holds it.`;
}
