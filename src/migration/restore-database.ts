import type { Client } from "pg";
import { InputError, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { BackupManifest } from "./backup.ts";
import { type DatabaseAddress, describeError, parseDatabaseUrl, withConnection } from "./connection.ts";
import { createStatement, type DatabaseItself, likeItself, readDatabaseItself } from "./database-itself.ts";
import { dropDatabase } from "./drop-database.ts";
import { differences, fingerprint } from "./fingerprint.ts";
import { archiveTools, restoreArchive } from "./pg-dump.ts";
import { restoreScript } from "./restore-script.ts";

export interface RestoreRequest {
  /** The database that is to be replaced; its login owns it, or may rename it, and may create databases. */
  readonly url: string;
  /** The dump, decrypted and with its checksum checked. */
  readonly file: string;
  readonly manifest: BackupManifest;
  /** Whether the restored database takes the name of the present one; else it is left beside it. */
  readonly swap: boolean;
}

export interface Restored {
  /** Name of the database that holds the backup now. */
  readonly database: string;
  /** Name under which what was there before is kept; undefined without a swap. */
  readonly kept: string | undefined;
  /** Milliseconds in which nobody could connect. */
  readonly outageMs: number | undefined;
  readonly seconds: number;
}

const longestName = 63;

/**
 * Restores a backup into a new database beside the present one, compares it with the manifest table by table, and only
 * then swaps their names. Until the swap nothing of the present database is touched, and after it it is kept.
 *
 * Restoring in place (`pg_restore --clean`) is not done: it fails as soon as a later migration added something that
 * depends on what the backup holds, and leaves neither the old state nor the new one.
 *
 * Throws `ProviderError` when the server refuses, `InputError` when the backup is not what its manifest says; in both
 * cases the new database is removed again and the present one is as it was.
 */
export async function restoreDatabase({ url, file, manifest, swap }: RestoreRequest, ports: Ports): Promise<Restored> {
  const present = parseDatabaseUrl(url, "Restoring");
  const began = ports.clock.monotonic();
  const stamp = new Date(ports.clock.now()).toISOString().replace(/\D/g, "").slice(0, 14);
  const fresh = suffixed(present.database, `_restored_${stamp}`);
  const kept = suffixed(present.database, `_before_${stamp}`);
  return withConnection(onDatabase(present, "postgres"), "sluice restore", ports, async (admin) => {
    const found = await readDatabaseItself(admin, present.database);
    if (found === undefined) throw new ProviderError("postgres", `${present.name} is gone.`);
    await admin.query(createStatement(fresh, found, admin)).catch((problem: unknown) => {
      throw new ProviderError(
        "postgres",
        `No database could be made beside ${present.database}: ${describeError(problem).message}. Nothing was changed. ` +
          "Restore as the login that owns the database and may create others (`alter role NAME createdb`).",
      );
    });
    try {
      await fill(onDatabase(present, fresh), file, manifest, ports);
      // Afterwards, for a database that is read-only by its own setting could not be filled.
      await liken(admin, fresh, found, ports);
    } catch (problem) {
      await dropDatabase(admin, fresh).catch((left: unknown) => {
        ports.log.warn(`${fresh} could not be removed again: ${describeError(left).message}. Drop it by hand.`);
      });
      throw problem;
    }
    const seconds = () => (ports.clock.monotonic() - began) / 1000;
    if (!swap) return { database: fresh, kept: undefined, outageMs: undefined, seconds: seconds() };
    const outageMs = await swapNames(admin, { present: present.database, fresh, kept }, ports);
    return { database: present.database, kept, outageMs, seconds: seconds() };
  });
}

/** What the names of a database's restores begin with; fourteen digits of a time follow. */
const prefixOf = (name: string, suffix: string): string =>
  `${name.slice(0, longestName - suffix.length - 14)}${suffix}`;

const suffixed = (name: string, suffix: string): string => `${name.slice(0, longestName - suffix.length)}${suffix}`;

function onDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  const url = new URL(address.url);
  url.pathname = `/${encodeURIComponent(database)}`;
  return parseDatabaseUrl(url.href, "Restoring");
}

/**
 * Throws where an earlier restore was stopped in its swap: before the renames nobody may connect, between them nobody
 * has the name. Nothing is lost in either case, and a person decides which way it goes on.
 */
export async function refuseHalfSwapped(url: string, ports: Ports): Promise<void> {
  const address = parseDatabaseUrl(url, "Restoring");
  const { database } = address;
  await withConnection(onDatabase(address, "postgres"), "sluice restore", ports, async (admin) => {
    const { rows } = await admin.query<{ name: string; open: boolean }>(
      "select datname as name, datallowconn as open from pg_database order by 1",
    );
    const id = (name: string) => admin.escapeIdentifier(name);
    const reopen = `alter database ${id(database)} allow_connections true;`;
    const present = rows.find(({ name }) => name === database);
    const fresh = rows.filter(({ name }) => name.startsWith(prefixOf(database, "_restored_")));
    if (present?.open === true) {
      if (fresh.length > 0)
        ports.log.warn(
          `An earlier restore left ${fresh.map(({ name }) => name).join(", ")} beside ${database}; drop it when nobody needs it any more.`,
        );
      return;
    }
    if (present !== undefined)
      throw new ProviderError(
        "postgres",
        `Nobody may connect to ${database}: a restore was stopped before its renames. Nothing is lost. Run: ${reopen} Then restore again.`,
      );
    const before = rows.find(({ name }) => name.startsWith(prefixOf(database, "_before_")))?.name;
    const restored = fresh[0]?.name;
    if (before === undefined)
      throw new InputError(`There is no database ${database} on ${address.host}:${address.port} to replace.`);
    const rename = (from: string) => `alter database ${id(from)} rename to ${id(database)};`;
    throw new ProviderError(
      "postgres",
      `A restore of ${database} was stopped between its two renames, so no database has that name. Nothing is lost. ` +
        `${restored === undefined ? "" : `To finish it: ${rename(restored)} `}To undo it: ${rename(before)} ${reopen}`,
    );
  });
}

/** Brings the backup into an empty database, with its owners and privileges, and proves that it is all there. */
async function fill(address: DatabaseAddress, file: string, manifest: BackupManifest, ports: Ports): Promise<void> {
  const ownership = "keep" as const;
  await withConnection(address, "sluice restore", ports, async (client) => {
    try {
      if (manifest.format === "plain") {
        const { rows } = await client.query<{ major: number }>(
          "select current_setting('server_version_num')::int / 10000 as major",
        );
        await restoreScript(client, file, rows[0]?.major ?? 0, ownership);
      } else {
        const binaries = await archiveTools(manifest, ports);
        if (binaries === undefined)
          throw new InputError(
            `No pg_restore here can read ${manifest.file}, which ${manifest.dumpedWith} wrote. Install postgresql-client of that major version or a newer one. Nothing was changed.`,
          );
        await restoreArchive({ binaries, address, file, ownership, jobs: 1 }, ports);
      }
    } catch (problem) {
      if (problem instanceof InputError || problem instanceof ProviderError) throw problem;
      throw new ProviderError(
        "postgres",
        `The backup could not be restored: ${describeError(problem).message}. The present database was not touched.`,
      );
    }
    await client.query("begin isolation level repeatable read read only");
    const found = differences(manifest, await fingerprint(client, { hashedBy: manifest.hashedBy }));
    await client.query("commit");
    if (found.length > 0)
      throw new InputError(
        `What was restored is not what the manifest says: ${found.slice(0, 5).join("; ")}. The present database was not touched.`,
      );
  });
}

/** What this login may not carry over is named; it is no reason to be without the rows. */
async function liken(admin: Client, fresh: string, itself: DatabaseItself, ports: Ports): Promise<void> {
  for (const { statement, what } of likeItself(fresh, itself, admin))
    await admin.query(statement).catch((problem: unknown) => {
      const { message } = describeError(problem);
      ports.log.warn(
        `The restored database lacks ${what}, which belongs to the database itself: ${message}. Set it by hand, as a superuser.`,
      );
    });
}

interface Names {
  readonly present: string;
  readonly fresh: string;
  readonly kept: string;
}

/** Gives the name from one database to the other; when the second rename fails the first is undone. */
async function swapNames(admin: Client, { present, fresh, kept }: Names, ports: Ports): Promise<number> {
  const id = (name: string) => admin.escapeIdentifier(name);
  const began = ports.clock.monotonic();
  await admin.query(`alter database ${id(present)} allow_connections false`);
  try {
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
      [present],
    );
    await admin.query(`alter database ${id(present)} rename to ${id(kept)}`);
    try {
      await admin.query(`alter database ${id(fresh)} rename to ${id(present)}`);
    } catch (problem) {
      await admin.query(`alter database ${id(kept)} rename to ${id(present)}`);
      throw problem;
    }
  } catch (problem) {
    await admin.query(`alter database ${id(present)} allow_connections true`);
    throw new ProviderError(
      "postgres",
      `The names could not be swapped: ${describeError(problem).message}. ${present} serves as before, and ${fresh} holds the backup.`,
    );
  }
  return ports.clock.monotonic() - began;
}
