import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { applyAll, failure, names, query, writeFiles } from "./database.ts";

/** A file system of its own; undefined where mounting is refused. */
function mountTmpfs(folder: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a disk that gets full in mid migration: the file is rolled back, named, and applied once there is room", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-disk-full-"));
  await chmod(folder, 0o755);
  try {
    const disk = path.join(folder, "disk");
    const directory = path.join(folder, "migrations");
    await mkdir(disk);
    await mkdir(directory);
    if (!mountTmpfs(disk)) return t.skip("this machine does not let us mount a tmpfs");
    try {
      const server = await startPostgres({ directory: path.join(disk, "server") });
      try {
        const url = await server.databases.create("full");
        const engine = sqlEngine({ directory, url }, quietPorts());
        await writeFiles(directory, { "1_users.sql": "create table users (id int primary key)" });
        names(await applyAll(engine));
        // Unlogged: the table fills the disk, not the write-ahead log, without which no server lives.
        const large = "create unlogged table large as select n, repeat('x', 900) from generate_series(1, ROWS) n;";
        await writeFiles(directory, { "2_large.sql": large.replace("ROWS", "1000000") });
        const result = failure(await applyAll(engine));
        assert.equal(result.failed, "2_large.sql");
        assert.match(result.message, /2_large\.sql:1:1: .*SQLSTATE 53100.*rolled back as a whole/);
        assert.deepEqual(await query(url, "select name from sluice_migrations"), ["1_users.sql"]);
        assert.deepEqual(await query(url, "select to_regclass('large') is null"), [true]);
        await writeFiles(directory, { "2_large.sql": large.replace("ROWS", "100") });
        assert.deepEqual(names(await applyAll(engine)), ["2_large.sql"]);
      } finally {
        await server.stop();
      }
    } finally {
      execFileSync("umount", ["--lazy", disk]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
