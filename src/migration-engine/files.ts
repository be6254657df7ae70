import type { Client } from "pg";
import { ProviderError } from "../failure.ts";
import { type ApplyLimits, applyFile, prepareSession } from "../migration/apply-file.ts";
import { type DatabaseAddress, describeError, withConnection } from "../migration/connection.ts";
import { halfApplied } from "../migration/half-applied.ts";
import { compareWithHistory, type History, pendingFiles, planFor, remainsOfPlan } from "../migration/history.ts";
import { takeMigrationLock } from "../migration/lock.ts";
import type { MigrationFile, ReadFiles } from "../migration/migration-files.ts";
import { isRepeatable, parseScript } from "../migration/migration-script.ts";
import { cancelledBefore, identifyDatabase, locked, planChanged, refusedBy } from "../migration/refusal.ts";
import { guardSessions } from "../migration/session-guard.ts";
import type { AppliedMigration, ApplyResult, MigrationEngine, MigrationStatus } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";

/** What every engine is told about how it may apply; milliseconds. */
export interface ApplyOptions {
  /** Longest time one attempt stands in a lock queue; default 100. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long attempts are repeated that gave way; default 60,000. */
  readonly retryForMs?: number | undefined;
  /** Longest time of one statement; default one hour. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long another migrator is waited for; default 60,000. */
  readonly waitForLockMs?: number | undefined;
  /** Whether files below the newest applied one are refused (default) or applied. */
  readonly outOfOrder?: "refuse" | "apply" | undefined;
  /** Release written beside each migration where the history has a place for it. */
  readonly release?: string | undefined;
}

export const limitsOf = (options: ApplyOptions): ApplyLimits => ({
  lockTimeoutMs: options.lockTimeoutMs ?? 100,
  retryForMs: options.retryForMs ?? 60_000,
  statementTimeoutMs: options.statementTimeoutMs ?? 3_600_000,
});

export interface FilesEngine {
  readonly kind: string;
  readonly address: DatabaseAddress;
  readonly directory: string;
  readonly read: ReadFiles;
  readonly history: History;
  /** Schemas in which unqualified names are looked up; the login's own when undefined. */
  readonly searchPath?: string;
  /** Advisory locks that the tool whose history this is takes for the same purpose. */
  readonly alsoLock?: readonly bigint[];
  readonly options: ApplyOptions;
}

const applicationName = "sluice";

/**
 * Applies files of SQL: one transaction per file, its history row in the same transaction, one migrator per database,
 * and never longer in a lock queue than `lockTimeoutMs`.
 *
 * The methods throw `InputError` for files that cannot work and `ProviderError` when the database is not reached.
 */
export function filesEngine(engine: FilesEngine, ports: Ports): MigrationEngine {
  const { address, directory, history, options, searchPath } = engine;
  const limits = limitsOf(options);

  const look = async (client: Client): Promise<Look> => {
    const files = await engine.read();
    const target = await identifyDatabase(client);
    const rows = await history.read(client, files);
    const refusal = await history.refusal?.(client);
    const compared = compareWithHistory(files, rows, {
      directory,
      history,
      outOfOrder: options.outOfOrder ?? "refuse",
      repeatable: (file) => isRepeatable(parseScript(file)),
    });
    const pending = pendingFiles(files, compared);
    const half = refusal === undefined ? await halfApplied(client, pending, rows, history) : undefined;
    const problems = [refusal, half].flatMap((problem) => problem ?? []);
    return { files, target, status: { ...compared, problems: [...compared.problems, ...problems] }, pending };
  };

  const applyLocked = async (client: Client, planHash: string): Promise<ApplyResult> => {
    const { files, target, status, pending } = await look(client);
    const [problem] = status.problems;
    if (problem !== undefined) return refusedBy(status);
    if (!remainsOfPlan(planHash, files, pending, target)) return planChanged(pending);
    const applied: AppliedMigration[] = [];
    if (pending.length === 0) return { outcome: "applied", applied, longestStallMs: 0 };
    const scripts = pending.map(parseScript);
    await prepareSession(client, limits, searchPath);
    await history.create(client);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
    try {
      for (const script of scripts) {
        if (ports.cancelled.aborted) return { ...cancelledBefore(script.name), applied };
        const outcome = await applyFile({ client, history, limits, release: options.release, ports }, script);
        if (outcome.outcome === "failed") return { ...outcome, applied, failed: script.name };
        applied.push(outcome.applied);
        ports.log.info(`Applied ${script.path} in ${outcome.applied.seconds.toFixed(3)} s.`);
        await prepareSession(client, limits, searchPath);
      }
      return { outcome: "applied", applied, longestStallMs: (await guard.stalls()).longestMs };
    } finally {
      await guard.release();
    }
  };

  return {
    kind: engine.kind,
    status: () => withConnection(address, applicationName, ports, async (client) => (await look(client)).status),
    plan: () =>
      withConnection(address, applicationName, ports, async (client) => {
        const { pending, target, status } = await look(client);
        if (status.problems.length === 0) pending.forEach(parseScript);
        return planFor(pending, target);
      }),
    apply: async (planHash) => {
      if (ports.cancelled.aborted) return cancelledBefore("(none)");
      return withConnection(address, applicationName, ports, async (client) => {
        try {
          const waiting = { withinMs: options.waitForLockMs ?? 60_000, also: engine.alsoLock ?? [] };
          const lock = await takeMigrationLock(client, waiting, ports);
          return lock.held ? await applyLocked(client, planHash) : locked(lock.waitedMs, lock.holder);
        } catch (error) {
          if (ports.cancelled.aborted) return cancelledBefore("(none)");
          throw asProviderError(error, address);
        }
      });
    },
  };
}

interface Look {
  readonly files: readonly MigrationFile[];
  readonly target: string;
  readonly status: MigrationStatus;
  readonly pending: readonly MigrationFile[];
}

function asProviderError(error: unknown, address: DatabaseAddress): unknown {
  const { code, message } = describeError(error);
  if (error instanceof ProviderError || code === undefined || code === "input") return error;
  const what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
  return new ProviderError("postgres", what, { status: code, cause: error });
}
