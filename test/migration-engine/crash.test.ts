import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { embeddedPostgresBinaries } from "../../src/migration/postgres-binaries.ts";
import { type PostgresServer, startPostgresServer } from "../../src/migration/postgres-server.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, eventually, failure, names, query, writeFiles } from "./database.ts";

const skip = process.platform === "linux" ? false : "a server is started again by what Linux says of its process";

/** A server that writes to its disk only what a commit waits for: a crash loses everything that may be lost. */
const careful = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_writer_delay: "10s",
  wal_writer_flush_after: "1GB",
  wal_buffers: "16MB",
};

let scratch: string;
let server: PostgresServer;
let postmaster: number;

if (skip === false) {
  scratch = await mkdtemp(join(tmpdir(), "sluice-crash-"));
  const binaries = (await embeddedPostgresBinaries()) ?? assert.fail("no PostgreSQL is packaged for this machine");
  server = await startPostgresServer({ binaries, directory: join(scratch, "server"), settings: careful });
  postmaster = server.pid;
}
after(async () => {
  if (skip !== false) return;
  if (postmaster !== server.pid) process.kill(postmaster, "SIGKILL");
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** Kills the server as a power cut would, and starts it again on what it had written. */
async function crash(): Promise<void> {
  const words = async (file: string) =>
    (await readFile(`/proc/${postmaster}/${file}`, "utf8")).split("\0").slice(0, -1);
  const [[program = "", ...args], environ] = [await words("cmdline"), await words("environ")];
  const status = await readFile(`/proc/${postmaster}/status`, "utf8");
  const id = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const env = Object.fromEntries(environ.map((entry) => [entry.split("=", 1)[0] ?? "", entry.replace(/^[^=]*=/, "")]));
  const as = process.getuid?.() === 0 ? { uid: id("Uid"), gid: id("Gid") } : {};
  process.kill(postmaster, "SIGKILL");
  const deadline = performance.now() + 20_000;
  // Until the last of the old server's processes is gone, a new one refuses to start.
  for (;;) {
    const child = spawn(program, args, { env, ...as, stdio: "ignore" });
    postmaster = child.pid ?? assert.fail("the server could not be started");
    while (child.exitCode === null && child.signalCode === null) {
      if (await answers()) return;
      await delay(20);
    }
    if (performance.now() > deadline) assert.fail("The server did not start again.");
    await delay(50);
  }
}

const answers = async () => {
  const client = new pg.Client({ connectionString: server.adminUrl });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
};

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i + 1}_make.sql`, `create table t${i + 1} ();`]));

async function project(name: string, files: Readonly<Record<string, string>>) {
  await query(server.adminUrl, `create database ${name}`);
  const url = server.url(name);
  const directory = join(scratch, name);
  await writeFiles(directory, files);
  const ports = quietPorts();
  return { url, directory, ports, engine: sqlEngine({ directory, url }, ports) };
}

/** How many files are recorded, once it is proven that these are the first ones and that exactly their tables are there. */
async function recorded(url: string): Promise<number> {
  const numbers = await query(url, "select substring(name, '^\\d+')::int as n from sluice_migrations order by 1");
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
    "no file is recorded without those before it",
  );
  const tables = "select substring(relname, 2)::int as n from pg_class where relname ~ '^t\\d+$' order by 1";
  assert.deepEqual(await query(url, tables), numbers, "a file is there exactly when its row is");
  return numbers.length;
}

test("a server that crashes while files are applied loses the newest, each with its row, and the next run goes on", {
  skip,
}, async () => {
  const files = { ...many(60), "40_make.sql": "create table t40 (); select pg_sleep(60);" };
  const { url, directory, engine, ports } = await project("midway", files);
  const applying = applyAll(engine);
  const asleep = "select from pg_stat_activity where wait_event = 'PgSleep'";
  await eventually("the fortieth file runs", async () => (await query(server.adminUrl, asleep)).length === 1);
  await crash();
  const result = failure(await applying.catch((error: unknown) => assert.fail(String(error))));
  assert.deepEqual([result.failed, result.mayBeLost], ["40_make.sql", true]);
  assert.equal(ports.lines.filter((line) => line.startsWith("Applied ")).length, 39);
  const kept = await recorded(url);
  assert.ok(kept < 39, `${kept} files were on the disk, so nothing was proven`);
  await writeFiles(directory, { "40_make.sql": "create table t40 ();" });
  assert.equal(names(await applyAll(engine)).length, 60 - kept);
  assert.equal(await recorded(url), 60);
});

test("what was reported as applied survives a crash right behind the report", { skip }, async () => {
  const { url, engine } = await project("reported", many(40));
  assert.equal(names(await applyAll(engine)).length, 40);
  await crash();
  assert.equal(await recorded(url), 40);
});

test("so do the files in front of one that failed", { skip }, async () => {
  const { url, engine } = await project("failed", { ...many(40), "30_make.sql": "select 1 / 0;" });
  const result = failure(await applyAll(engine));
  assert.deepEqual([result.applied.length, result.mayBeLost], [29, undefined]);
  await crash();
  assert.equal(await recorded(url), 29);
});
