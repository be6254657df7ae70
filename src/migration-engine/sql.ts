import type { Client } from "pg";
import { ProviderError } from "../failure.ts";
import { type ApplyLimits, applyFile, prepareSession } from "../migration/apply-file.ts";
import {
  connect,
  type DatabaseAddress,
  describeError,
  parseDatabaseUrl,
  withConnection,
} from "../migration/connection.ts";
import {
  compareWithHistory,
  createHistory,
  historyTable,
  pendingFiles,
  planFor,
  readHistory,
  remainsOfPlan,
} from "../migration/history.ts";
import { takeMigrationLock } from "../migration/lock.ts";
import { type MigrationFile, readMigrationFiles } from "../migration/migration-files.ts";
import { type StallWatch, watchStalls } from "../migration/stall.ts";
import type { AppliedMigration, ApplyResult, MigrationEngine, MigrationStatus } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";

export interface SqlEngineOptions {
  /** Folder of numbered files such as `0001_create_users.sql`. */
  readonly directory: string;
  /** Direct connection or session pooler; never a transaction pooler. */
  readonly url: string;
  /** `schema.table`; default `public.sluice_migrations`. */
  readonly historyTable?: string;
  /** Longest time one attempt stands in a lock queue, milliseconds; default 100. */
  readonly lockTimeoutMs?: number;
  /** How long attempts are repeated that gave way, milliseconds; default 60,000. */
  readonly retryForMs?: number;
  /** Longest time of one statement, milliseconds; default one hour. */
  readonly statementTimeoutMs?: number;
  /** How long another migrator is waited for, milliseconds; default 60,000. */
  readonly waitForLockMs?: number;
  /** Release written beside each migration in the history. */
  readonly release?: string;
}

const applicationName = "sluice";
const goneWithinMs = 5_000;
/** pg_locks.waitstart and client_connection_check_interval came with 14. */
const oldestMajor = 14;

/**
 * Applies a directory of SQL files: one transaction per file, its history row in the same transaction, one migrator
 * per database, and never longer in a lock queue than `lockTimeoutMs`.
 *
 * Throws `InputError` for a URL or files that cannot work, `ProviderError` when the database is not reached.
 */
export function sqlEngine(options: SqlEngineOptions, ports: Ports): MigrationEngine {
  const address = parseDatabaseUrl(options.url, "Applying migrations");
  const table = historyTable(options.historyTable ?? "public.sluice_migrations");
  const { directory } = options;
  const limits: ApplyLimits = {
    lockTimeoutMs: options.lockTimeoutMs ?? 100,
    retryForMs: options.retryForMs ?? 60_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 3_600_000,
  };

  const look = async (client: Client) => {
    const files = await readMigrationFiles(directory);
    const target = await identify(client);
    const status = compareWithHistory(files, await readHistory(client, table), { directory, table });
    return { files, target, status, pending: pendingFiles(files, status) };
  };

  const applyLocked = async (client: Client, planHash: string): Promise<ApplyResult> => {
    const { files, target, status, pending } = await look(client);
    const refusal = refuse(status, planHash, files, pending, target);
    if (refusal !== undefined) return refusal;
    const applied: AppliedMigration[] = [];
    if (pending.length === 0) return { outcome: "applied", applied, longestStallMs: 0 };
    await prepareSession(client, limits);
    await createHistory(client, table);
    const guard = await guardSession(client, address, ports);
    try {
      for (const file of pending) {
        if (ports.cancelled.aborted) return { ...cancelledBefore(file.name), applied };
        const outcome = await applyFile({ client, table, limits, release: options.release, ports }, file);
        if (outcome.outcome === "failed") return { ...outcome, applied, failed: file.name };
        applied.push(outcome.applied);
        ports.log.info(`Applied ${file.path} in ${outcome.applied.seconds.toFixed(3)} s.`);
        await prepareSession(client, limits);
      }
      return { outcome: "applied", applied, longestStallMs: await guard.watch.stop() };
    } finally {
      await guard.release();
    }
  };

  return {
    kind: "sql",
    status: () => withConnection(address, applicationName, ports, async (client) => (await look(client)).status),
    plan: () =>
      withConnection(address, applicationName, ports, async (client) => {
        const { pending, target } = await look(client);
        return planFor(pending, target);
      }),
    apply: async (planHash) => {
      if (ports.cancelled.aborted) return cancelledBefore("(none)");
      return withConnection(address, applicationName, ports, async (client) => {
        try {
          const lock = await takeMigrationLock(client, table, { withinMs: options.waitForLockMs ?? 60_000 }, ports);
          return lock.held ? await applyLocked(client, planHash) : locked(lock.waitedMs, lock.holder);
        } catch (error) {
          if (ports.cancelled.aborted) return cancelledBefore("(none)");
          throw asProviderError(error, address);
        }
      });
    },
  };
}

/** What tells one database from all others, so that a plan approved for one is not applied to another. */
async function identify(client: Client): Promise<string> {
  const { rows } = await client.query<{ system: string; database: string; major: number }>(
    `select (select system_identifier::text from pg_control_system()) as system,
            oid || ' ' || datname as database, current_setting('server_version_num')::int / 10000 as major
     from pg_database where datname = current_database()`,
  );
  const [found] = rows;
  if (found === undefined || found.major < oldestMajor) {
    throw new ProviderError("postgres", `PostgreSQL ${oldestMajor} or newer is needed; this is ${found?.major}.`);
  }
  return `${found.system} ${found.database}`;
}

function refuse(
  status: MigrationStatus,
  planHash: string,
  files: readonly MigrationFile[],
  pending: readonly MigrationFile[],
  target: string,
): ApplyResult | undefined {
  const [problem] = status.problems;
  if (problem !== undefined) {
    const bad = status.migrations.find(({ state }) => state !== "applied" && state !== "pending");
    const message = status.problems.map((each) => each.message).join("\n");
    return { outcome: "failed", applied: [], failed: bad?.name ?? "(none)", reason: problem.reason, message };
  }
  if (remainsOfPlan(planHash, files, pending, target)) return undefined;
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

interface Guard {
  readonly watch: StallWatch;
  release(): Promise<void>;
}

/** From a second session: watches whom the first one blocks, and ends it when the job is cancelled. */
async function guardSession(client: Client, address: DatabaseAddress, ports: Ports): Promise<Guard> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = rows[0]?.pid ?? 0;
  const second = await connect(address, `${applicationName} watch`, ports);
  const watch = watchStalls(second, pid, ports);
  let ending: Promise<void> | undefined;
  const end = () => {
    ending = watch
      .stop()
      .then(() => endBackend(second, pid, ports))
      .catch((error: unknown) => {
        ports.log.error(`The session ${pid} that applies migrations could not be ended: ${String(error)}`);
      });
  };
  ports.cancelled.addEventListener("abort", end, { once: true });
  if (ports.cancelled.aborted) end();
  return {
    watch,
    release: async () => {
      ports.cancelled.removeEventListener("abort", end);
      await watch.stop();
      await ending;
      await second.end().catch(() => {});
    },
  };
}

/** Returns once the session is gone, so that its locks and its transaction are gone too. */
async function endBackend(client: Client, pid: number, ports: Ports): Promise<void> {
  const deadline = ports.clock.monotonic() + goneWithinMs;
  await client.query("select pg_terminate_backend($1)", [pid]);
  for (;;) {
    const { rowCount } = await client.query("select from pg_stat_activity where pid = $1", [pid]);
    if (rowCount === 0) return;
    if (ports.clock.monotonic() > deadline) throw new Error(`it still runs after ${goneWithinMs / 1000} s`);
    await ports.clock.sleep(20);
  }
}

function cancelledBefore(name: string): ApplyResult & { outcome: "failed" } {
  return {
    outcome: "failed",
    applied: [],
    failed: name,
    reason: "cancelled",
    message: "The job was cancelled before this migration began; nothing of it was applied.",
  };
}

function locked(waitedMs: number, holder: string): ApplyResult {
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

function asProviderError(error: unknown, address: DatabaseAddress): unknown {
  const { code, message } = describeError(error);
  if (error instanceof ProviderError || code === undefined || code === "input") return error;
  const what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
  return new ProviderError("postgres", what, { status: code, cause: error });
}
