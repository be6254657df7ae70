import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ports } from "../ports.ts";
import { connect, type DatabaseAddress, describeError, noticeWhenGone, parseDatabaseUrl } from "./connection.ts";
import { dropDatabase } from "./drop-database.ts";
import { embeddedPostgresBinaries, findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";
import { startPostgresServer } from "./postgres-server.ts";
import { createRoles, holdScratch, removeAbandoned, removeRoles } from "./scratch-leftovers.ts";

/** An empty database that nobody misses. */
export interface ScratchDatabase {
  readonly address: DatabaseAddress;
  readonly major: number;
  /** Where it is, for the manifest. */
  readonly origin: string;
  /** Extensions that could be created here. */
  readonly extensions: ReadonlySet<string>;
  /** Removes the database, and the server or the roles that were made for it. Never throws: what stays is told in the log. */
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
  // The runner empties its own folder after every job: rows of a backup that was killed do not stay on the machine.
  const directory = await mkdtemp(join(ports.env["RUNNER_TEMP"] ?? tmpdir(), "sluice-scratch-"));
  const trackingId = ports.env["RUNNER_TRACKING_ID"];
  const server = await startPostgresServer({ binaries, directory, trackingId, settings: forOneRestore });
  const stop = async () => {
    try {
      await server.stop("immediately");
      await rm(directory, { recursive: true, force: true });
    } catch (error) {
      ports.log.warn(
        `What was restored stays in ${directory}: ${describeError(error).message}. Remove that folder by hand.`,
      );
    }
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
  const admin = await connect(server, "sluice restore", ports);
  const remove = async () => {
    await dropDatabase(admin, database);
    // Once more: the sessions of one who was killed shortly before may have had to end first.
    await removeAbandoned(admin);
    const left = await removeRoles(admin, database);
    if (left.length > 0)
      ports.log.warn(
        `Roles made for restoring stay on ${origin}: ${left.join(", ")}. Something there depends on them, or another login made them; drop them by hand when nobody restores.`,
      );
  };
  const scratch = {
    origin,
    // What was proven stays proven when the server is gone by now.
    remove: () =>
      remove()
        .catch((error: unknown) => {
          const { message } = describeError(error);
          ports.log.warn(
            `The scratch database on ${origin} could not be removed: ${message}. The next run that restores there removes it.`,
          );
        })
        .finally(() => admin.end().catch(() => {})),
  };
  try {
    // A killed maker's lock must not outlive it for the length of a statement.
    await noticeWhenGone(admin);
    await removeAbandoned(admin);
    await holdScratch(admin, database);
    await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
    await createRoles(admin, request.roles);
    const { rows } = await admin.query<{ name: string }>("select name from pg_available_extensions");
    const version = await admin.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    );
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return {
      ...scratch,
      address: parseDatabaseUrl(url.href, "Restoring"),
      major: version.rows[0]?.major ?? 0,
      extensions: new Set(rows.map(({ name }) => name)),
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}
