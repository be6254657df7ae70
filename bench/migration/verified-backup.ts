import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { backup } from "../../src/migration/backup.ts";
import { findPostgresBinaries } from "../../src/migration/postgres-binaries.ts";
import { startPostgresServer } from "../../src/migration/postgres-server.ts";
import { ports } from "./tools.ts";

export interface BackupFigures {
  readonly bytes: number;
  /** `pg_dump -Fc` of the same database, as a runbook has it; the file is never looked at. */
  readonly plainSeconds: number;
  readonly plainBytes: number;
  readonly dumpSeconds: number;
  readonly verifiedSeconds: number;
  readonly verifiedBytes: number;
}

/** A verified backup of about so many megabytes beside plain `pg_dump -Fc`; a sentence where this machine cannot. */
export async function verifiedBackup(scratch: string, megabytes: number): Promise<BackupFigures | string> {
  const [binaries] = await findPostgresBinaries("postgres", process.env);
  if (binaries === undefined) return "not run: no PostgreSQL with pg_dump is installed (apt-get install postgresql)";
  const directory = await mkdtemp(path.join(scratch, "backup-"));
  const server = await startPostgresServer({ binaries, directory: path.join(directory, "server") });
  try {
    const url = server.adminUrl;
    const bytes = await fill(url, megabytes);
    const plain = path.join(directory, "plain.dump");
    const plainBegan = performance.now();
    await promisify(execFile)(path.join(binaries.directory, "pg_dump"), ["-Fc", `--file=${plain}`], {
      env: environmentOf(url),
    });
    const plainSeconds = (performance.now() - plainBegan) / 1000;
    const began = performance.now();
    const made = await backup({ url, directory: path.join(directory, "kept"), verify: "restore" }, ports);
    if (made.verdict.verdict !== "pass") throw new Error(made.verdict.message);
    return {
      bytes,
      plainSeconds,
      plainBytes: (await stat(plain)).size,
      dumpSeconds: made.manifest.seconds,
      verifiedSeconds: (performance.now() - began) / 1000,
      verifiedBytes: made.manifest.bytes,
    };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Rows as applications have them: numbers, times, words and JSON, with an index each. Gives the database's bytes. */
async function fill(url: string, megabytes: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // About 240 bytes of a database to a row, with its indexes.
  const rows = Math.round((megabytes * 1024 * 1024) / 240 / 2);
  try {
    for (const name of ["orders", "events"]) {
      await client.query(
        `create table ${name} (id bigint primary key, at timestamptz, customer int, note text, detail jsonb);
         insert into ${name} select n, now() - n * interval '1 second', n % 10000, md5(n::text) || ' ' || md5((n * 7)::text),
           jsonb_build_object('total', n % 977, 'currency', 'EUR', 'lines', n % 13) from generate_series(1, ${rows}) n;
         create index on ${name} (customer)`,
      );
      // As tables in use are; else the server cleans up behind the rows for the first time while it is measured.
      await client.query(`vacuum analyze ${name}`);
    }
    const { rows: found } = await client.query<{ bytes: string }>(
      "select pg_database_size(current_database()) as bytes",
    );
    return Number(found[0]?.bytes);
  } finally {
    await client.end();
  }
}

function environmentOf(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(url);
  const login = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
  return { ...login, PGDATABASE: pathname.slice(1), LC_ALL: "C" };
}
