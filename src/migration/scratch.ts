import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import type { Ports } from "../ports.ts";
import { connect, type DatabaseAddress, parseDatabaseUrl } from "./connection.ts";
import { embeddedPostgresBinaries, findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";
import { startPostgresServer } from "./postgres-server.ts";

/** An empty database that nobody misses. */
export interface ScratchDatabase {
  readonly address: DatabaseAddress;
  readonly major: number;
  /** Where it is, for the manifest. */
  readonly origin: string;
  /** Extensions that could be created here. */
  readonly extensions: ReadonlySet<string>;
  /** Removes the database, and the server or the roles that were made for it. */
  remove(): Promise<void>;
}

export interface ScratchRequest {
  /** Server on which a scratch database may be created; without it a server is started from programs found here. */
  readonly url: string | undefined;
  /** Major version of the database that is to be restored. */
  readonly major: number;
  /** Roles that the dump names, in policies for instance. */
  readonly roles: readonly string[];
}

/**
 * A server for one restore: rows copied into a table of the same transaction are not written to the log at all, indexes
 * are sorted in memory, and nobody cleans up behind rows that are read once.
 * https://www.postgresql.org/docs/current/populate.html
 */
const forOneRestore = {
  wal_level: "minimal",
  max_wal_senders: 0,
  max_wal_size: "4GB",
  checkpoint_timeout: "1h",
  autovacuum: "off",
  shared_buffers: "128MB",
  maintenance_work_mem: "256MB",
};

/** A new database on the server that was given, else on one started for it; a sentence when there is neither. */
export async function openScratch(request: ScratchRequest, ports: Ports): Promise<ScratchDatabase | string> {
  if (request.url !== undefined) {
    return createDatabase(parseDatabaseUrl(request.url, "Restoring"), request, "the given scratch server", ports);
  }
  const binaries = await serverFor(request.major, ports);
  if (binaries === undefined) {
    return (
      `No PostgreSQL ${request.major} or newer was found to restore into. Install postgresql-${request.major}, set ` +
      "SLUICE_POSTGRES_BIN to the folder with its programs, or give a scratch server's URL."
    );
  }
  const directory = await mkdtemp(join(tmpdir(), "sluice-scratch-"));
  const trackingId = ports.env["RUNNER_TRACKING_ID"];
  const server = await startPostgresServer({ binaries, directory, trackingId, settings: forOneRestore });
  const stop = async () => {
    await server.stop("immediately");
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const address = parseDatabaseUrl(server.adminUrl, "Restoring");
    const scratch = await createDatabase(address, request, binaries.version, ports);
    return { ...scratch, remove: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server of the same major version, else the next newer one: dumps are made to be read upwards. */
async function serverFor(major: number, ports: Ports): Promise<PostgresBinaries | undefined> {
  const embedded = await embeddedPostgresBinaries();
  const found = [...(await findPostgresBinaries("postgres", ports.env)), ...(embedded === undefined ? [] : [embedded])];
  return found.filter((each) => each.major >= major).toSorted((a, b) => a.major - b.major)[0];
}

async function createDatabase(
  server: DatabaseAddress,
  request: ScratchRequest,
  origin: string,
  ports: Ports,
): Promise<ScratchDatabase> {
  const database = `sluice_scratch_${randomBytes(6).toString("hex")}`;
  const created: string[] = [];
  const admin = await connect(server, "sluice restore", ports);
  const remove = async () => {
    await admin.query(`drop database if exists ${database} with (force)`);
    for (const role of created) await admin.query(`drop role ${admin.escapeIdentifier(role)}`);
    await admin.end();
  };
  try {
    await removeAbandoned(admin);
    // Held for as long as this process lives: what nobody holds was left by one that was killed.
    await admin.query("select pg_advisory_lock(hashtextextended($1, 0))", [database]);
    await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
    for (const role of await missingRoles(admin, request.roles)) {
      await admin.query(`create role ${admin.escapeIdentifier(role)}`);
      created.push(role);
    }
    const { rows } = await admin.query<{ name: string }>("select name from pg_available_extensions");
    const version = await admin.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    );
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return {
      address: parseDatabaseUrl(url.href, "Restoring"),
      major: version.rows[0]?.major ?? 0,
      origin,
      extensions: new Set(rows.map(({ name }) => name)),
      remove,
    };
  } catch (error) {
    await remove().catch(() => {});
    throw error;
  }
}

/** A backup that was killed could not remove its scratch database; the next one does. */
async function removeAbandoned(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    "select datname as name from pg_database where datname ~ '^sluice_scratch_[0-9a-f]{12}$'",
  );
  for (const { name } of rows) {
    const lock = await admin.query<{ free: boolean }>("select pg_try_advisory_lock(hashtextextended($1, 0)) as free", [
      name,
    ]);
    if (lock.rows[0]?.free !== true) continue;
    // Another role's database stays; it is not ours to remove, and it is in nobody's way.
    await admin.query(`drop database if exists ${admin.escapeIdentifier(name)} with (force)`).catch(() => undefined);
    await admin.query("select pg_advisory_unlock(hashtextextended($1, 0))", [name]);
  }
}

async function missingRoles(client: Client, roles: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ role: string }>(
    "select role from unnest($1::text[]) role where role not in (select rolname from pg_roles)",
    [roles],
  );
  return rows.map(({ role }) => role);
}
