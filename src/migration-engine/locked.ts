import type { Client } from "pg";
import { ProviderError } from "../failure.ts";
import { type DatabaseAddress, describeError, withConnection } from "../migration/connection.ts";
import { planHash, remainsOfPlan } from "../migration/history.ts";
import { takeMigrationLock } from "../migration/lock.ts";
import { cancelledBefore, cancelledWithin, locked, planChanged, refusedBy } from "../migration/refusal.ts";
import { endOrphans } from "../migration/session-guard.ts";
import type { ApplyResult, Migration, MigrationEngine, MigrationStatus } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";

export type Planned = Pick<Migration, "name" | "checksum">;

/** What files and database say together. */
export interface Look {
  /** Every migration there is a file for, in the order in which they run. */
  readonly all: readonly Planned[];
  readonly pending: readonly Planned[];
  readonly status: MigrationStatus;
  /** What tells this database from all others. */
  readonly target: string;
}

export interface LockedEngine<L extends Look> {
  readonly kind: string;
  readonly address: DatabaseAddress;
  /** How long another migrator is waited for, milliseconds; default 60,000. */
  readonly waitForLockMs: number | undefined;
  /** Advisory locks that the tool whose history this is takes for the same purpose. */
  readonly alsoLock?: readonly bigint[] | undefined;
  /** Reads and compares; writes nothing. */
  look(client: Client): Promise<L>;
  /** Refuses what cannot work before anything is touched, by throwing. */
  check?(seen: L): void;
  /** Applies what is pending, which is at least one migration and what was approved; `client` holds the lock. */
  apply(client: Client, seen: L): Promise<ApplyResult>;
  revert?(client: Client, before: string): Promise<ApplyResult>;
}

const applicationName = "sluice";

/**
 * The part that all engines share: one migrator per database at a time, and under its lock everything is looked at
 * again, so that only the plan that was approved is applied.
 *
 * The methods throw `InputError` for migrations that cannot work and `ProviderError` when the database is not reached.
 */
export function lockedEngine<L extends Look>(engine: LockedEngine<L>, ports: Ports): MigrationEngine {
  const { address } = engine;
  const underLock = (use: (client: Client, begun: () => void) => Promise<ApplyResult>): Promise<ApplyResult> => {
    let begun = false;
    const holding = async (client: Client) => {
      try {
        const waiting = { withinMs: engine.waitForLockMs ?? 60_000, also: engine.alsoLock ?? [] };
        const lock = await takeMigrationLock(client, waiting, ports);
        if (!lock.held) return locked(lock.waitedMs, lock.holder);
        await endOrphans(client, ports);
        return await use(client, () => {
          begun = true;
        });
      } catch (error) {
        if (ports.cancelled.aborted) return begun ? cancelledWithin() : cancelledBefore("(none)");
        throw asProviderError(error, address);
      }
    };
    return withConnection(address, applicationName, ports, holding, { pipeline: true });
  };
  const { revert } = engine;
  return {
    kind: engine.kind,
    status: () => withConnection(address, applicationName, ports, async (client) => (await engine.look(client)).status),
    plan: () =>
      withConnection(address, applicationName, ports, async (client) => {
        const seen = await engine.look(client);
        if (seen.status.problems.length === 0) engine.check?.(seen);
        const pending = seen.pending.map(({ name, checksum }) => ({ name, checksum, state: "pending" }) as const);
        const isRestOf = (hash: string) => remainsOfPlan(hash, seen.all, seen.pending, seen.target);
        return { ...seen.status, pending, hash: planHash(pending, seen.target), database: seen.target, isRestOf };
      }),
    apply: async (approved) => {
      if (ports.cancelled.aborted) return cancelledBefore("(none)");
      return underLock(async (client, begun) => {
        const seen = await engine.look(client);
        if (seen.status.problems.length > 0) return refusedBy(seen.status);
        if (!remainsOfPlan(approved, seen.all, seen.pending, seen.target)) return planChanged(seen.pending);
        if (seen.pending.length === 0) return { outcome: "applied", applied: [], longestStallMs: 0 };
        engine.check?.(seen);
        begun();
        return engine.apply(client, seen);
      });
    },
    ...(revert !== undefined && {
      revert: (before) =>
        underLock((client, begun) => {
          begun();
          return revert.call(engine, client, before);
        }),
    }),
  };
}

function asProviderError(error: unknown, address: DatabaseAddress): unknown {
  const { code, message } = describeError(error);
  if (error instanceof ProviderError || code === undefined || code === "input") return error;
  const what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
  return new ProviderError("postgres", what, { status: code, cause: error });
}
