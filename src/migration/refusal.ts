import type { Client } from "pg";
import { ProviderError } from "../failure.ts";
import type { ApplyResult, Migration, MigrationStatus } from "../migration-engine.ts";

type Refused = ApplyResult & { readonly outcome: "failed" };

/** pg_locks.waitstart and client_connection_check_interval came with 14. */
const oldestMajor = 14;

/** A question whose answer tells one database from all others. */
export const databaseIdentity =
  "select (select system_identifier::text from pg_control_system()) || ' ' || oid || ' ' || datname " +
  "from pg_database where datname = current_database()";

/** The answer, so that a plan approved for one database is not applied to another. */
export async function identifyDatabase(client: Client): Promise<string> {
  const { rows } = await client.query<{ identity: string; major: number }>(
    `select (${databaseIdentity}) as identity, current_setting('server_version_num')::int / 10000 as major`,
  );
  const [found] = rows;
  if (found === undefined || found.major < oldestMajor) {
    throw new ProviderError("postgres", `PostgreSQL ${oldestMajor} or newer is needed; this is ${found?.major}.`);
  }
  return found.identity;
}

/** Nothing is applied because of what the status says. */
export function refusedBy(status: MigrationStatus): Refused {
  const bad = status.migrations.find(({ state }) => state !== "applied" && state !== "pending");
  const message = status.problems.map((each) => each.message).join("\n");
  const reason = status.problems[0]?.reason ?? "migration-failed";
  return { outcome: "failed", applied: [], failed: bad?.name ?? "(none)", reason, message };
}

export function planChanged(pending: readonly Pick<Migration, "name">[]): Refused {
  const names = pending.map(({ name }) => name).join(", ") || "none";
  return {
    outcome: "failed",
    applied: [],
    failed: pending[0]?.name ?? "(none)",
    reason: "plan-changed",
    message:
      "The plan that was approved is not what would be applied now: the files or the database changed since. " +
      `Pending now: ${names}. Nothing was applied. Plan again and have that plan approved.`,
  };
}

export function cancelledBefore(name: string): Refused {
  return {
    outcome: "failed",
    applied: [],
    failed: name,
    reason: "cancelled",
    message: "The job was cancelled before this migration began; nothing of it was applied.",
  };
}

/** For whatever else went wrong once the job had been cancelled in mid migration. */
export function cancelledWithin(): Refused {
  return {
    outcome: "failed",
    applied: [],
    failed: "(none)",
    reason: "cancelled",
    message:
      "The job was cancelled while migrations were applied or taken back; the next run reads from the history how far it came.",
  };
}

export function locked(waitedMs: number, holder: string): Refused {
  return {
    outcome: "failed",
    applied: [],
    failed: "(none)",
    reason: "migration-locked",
    message:
      `Another migrator has held this database's migration lock for the ${Math.round(waitedMs / 1000)} s we waited: ` +
      `${holder} Wait for that release, or end the session (select pg_terminate_backend(pid)), then run again.`,
  };
}
