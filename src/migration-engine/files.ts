import type { Client } from "pg";
import { applyFiles } from "../migration/apply-files.ts";
import { type DatabaseAddress, withConnection } from "../migration/connection.ts";
import { halfApplied } from "../migration/half-applied.ts";
import { compareWithHistory, type History, pendingFiles } from "../migration/history.ts";
import { type ApplyLimits, prepareSession } from "../migration/migrating-session.ts";
import type { MigrationFile, ReadFiles } from "../migration/migration-files.ts";
import { isRepeatable, parseScript } from "../migration/migration-script.ts";
import { identifyDatabase } from "../migration/refusal.ts";
import { guardSessions } from "../migration/session-guard.ts";
import type { ToolPlace } from "../migration/tool-environment.ts";
import type { AppliedMigration, ApplyResult, MigrationEngine, Rehearsal } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type LockedEngine, type Look, lockedEngine } from "./locked.ts";

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
  /** Where tools of the project run; this machine when undefined. */
  readonly place?: ToolPlace | undefined;
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

export interface FilesLook extends Look {
  readonly all: readonly MigrationFile[];
  readonly pending: readonly MigrationFile[];
}

/**
 * Applies files of SQL ourselves: one transaction per file, its history row in the same transaction, and never longer
 * in a lock queue than `lockTimeoutMs`.
 */
export function filesEngine(engine: FilesEngine, ports: Ports): MigrationEngine {
  const { address, history, options, searchPath } = engine;
  const limits = limitsOf(options);

  const apply = async (client: Client, { pending }: FilesLook): Promise<ApplyResult> => {
    const scripts = pending.map(parseScript);
    const applied: AppliedMigration[] = [];
    const settings = await prepareSession(client, limits, searchPath);
    await history.create(client);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
    try {
      const context = { client, settings, history, limits, release: options.release, ports };
      const stopped = await applyFiles(context, scripts, (one) => {
        applied.push(one);
        ports.log.info(`Applied ${one.name} in ${(one.seconds ?? 0).toFixed(3)} s.`);
      });
      if (stopped !== undefined)
        return { ...stopped, outcome: "failed", applied, leftNothing: stopped.leftNothing && applied.length === 0 };
      return { outcome: "applied", applied, longestStallMs: (await guard.stalls()).longestMs };
    } finally {
      await guard.release();
    }
  };
  const seeing = lookingAtFiles(engine);
  return {
    ...lockedEngine({ ...seeing, apply }, ports),
    rehearse: rehearsingFiles(engine, seeing.look, ports),
  };
}

/** The rehearsal of pending files, whoever applies them. */
export const rehearsingFiles =
  ({ address, searchPath }: FilesEngine, look: LockedEngine<FilesLook>["look"], ports: Ports) =>
  async (scratchUrl: string | undefined): Promise<Rehearsal> => {
    const { rehearse } = await import("../migration/rehearse.ts");
    const { pending } = await withConnection(address, "sluice rehearsal", ports, look);
    return rehearse({ address, scratchUrl, scripts: pending.map(parseScript), searchPath }, ports);
  };

/** What files and their history say, for whoever applies them. */
export function lookingAtFiles(engine: FilesEngine): Omit<LockedEngine<FilesLook>, "apply"> {
  const { kind, address, directory, history, options, alsoLock, searchPath } = engine;
  return {
    kind,
    address,
    waitForLockMs: options.waitForLockMs,
    alsoLock,
    look: async (client) => {
      const all = await engine.read();
      const target = await identifyDatabase(client);
      const rows = await history.read(client, all);
      const refusal = await history.refusal?.(client);
      const compared = compareWithHistory(all, rows, {
        directory,
        history,
        outOfOrder: options.outOfOrder ?? "refuse",
        repeatable: (file) => isRepeatable(parseScript(file)),
      });
      const pending = pendingFiles(all, compared);
      const applied = new Set(compared.migrations.flatMap(({ name, state }) => (state === "applied" ? [name] : [])));
      const files = all.filter(({ name }) => !applied.has(name));
      const half = refusal === undefined ? await halfApplied(client, { files, rows, history, searchPath }) : undefined;
      const problems = [refusal, half].flatMap((problem) => problem ?? []);
      return { all, target, status: { ...compared, problems: [...compared.problems, ...problems] }, pending };
    },
    check: ({ pending }) => {
      for (const file of pending) parseScript(file);
    },
  };
}
