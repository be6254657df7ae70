import assert from "node:assert/strict";
import { chown, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { backup } from "../../src/migration/backup.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { noSmallDisk, smallDisk } from "../small-disk.ts";
import { applyAll, failure, names, query, writeFiles } from "./database.ts";

test("disk full of a scratch server proves nothing: the backup is not called damaged", async (t) => {
  await using small = await smallDisk("100m");
  if (small === undefined) return t.skip(noSmallDisk);
  const { disk, folder } = small;
  const [server, full] = await Promise.all([
    startPostgres({ directory: path.join(folder, "server") }),
    startPostgres({ directory: path.join(disk, "server") }),
  ]);
  try {
    const url = await server.databases.create("large");
    await query(url, "create table large as select n, repeat(md5(n::text), 28) from generate_series(1, 60000) n");
    const scratchUrl = full.adminUrl;
    const { verdict } = await backup(
      { url, directory: path.join(folder, "kept"), verify: "restore", scratchUrl },
      quietPorts(),
    );
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "backup-unverified"], verdict.message);
    assert.match(verdict.message, /read to its end, and where it was to be restored.*No space left on device/);
  } finally {
    await Promise.all([server.stop(), full.stop()]);
  }
});

test("disk full in mid migration: the file is rolled back, named, and applied once there is room", async (t) => {
  await using small = await smallDisk("160m");
  if (small === undefined) return t.skip(noSmallDisk);
  const directory = path.join(small.folder, "migrations");
  await mkdir(directory);
  const server = await startPostgres({ directory: path.join(small.disk, "server") });
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
});

test("disk full while an index is built concurrently: nothing is ticked, ours is taken away, another's is named with its repair", async (t) => {
  await using small = await smallDisk("1m");
  if (small === undefined) return t.skip(noSmallDisk);
  const { disk, folder } = small;
  const directory = path.join(folder, "migrations");
  await mkdir(directory);
  const server = await startPostgres({ directory: path.join(folder, "server") });
  try {
    // Only the index lies there: a server whose write-ahead log has no room does not live to tell.
    const { uid, gid } = await stat(`/proc/${server.pid}`);
    await chown(disk, uid, gid);
    await query(server.adminUrl, `create tablespace small location '${disk}'`);
    await query(server.adminUrl, "grant create on tablespace small to app");
    const url = await server.databases.create("full");
    await query(url, "create table large as select n, repeat(md5(n::text), 8) as text from generate_series(1, 8000) n");
    const engine = sqlEngine({ directory, url }, quietPorts());
    const build = "create index concurrently large_text on large (text) tablespace small";
    await writeFiles(directory, { "1_index.sql": build });
    const full = failure(await applyAll(engine));
    assert.match(full.message, /1_index\.sql:1:1: .*No space left on device.*SQLSTATE 53100.*nothing of it was left/);
    const ticked = "select name from sluice_migrations";
    const invalid = "select indexrelid::regclass::text from pg_index where not indisvalid";
    assert.deepEqual([await query(url, ticked), await query(url, invalid)], [[], []]);

    await assert.rejects(query(url, build), { code: "53100" });
    assert.deepEqual(await query(url, invalid), ["large_text"]);
    await writeFiles(directory, { "1_index.sql": "create index if not exists large_text on large (text);" });
    const taken = failure(await applyAll(engine));
    assert.equal(taken.reason, "index-invalid");
    assert.deepEqual(await query(url, ticked), []);
    const [repair = ""] = /drop index concurrently [^;]+;/.exec(taken.message) ?? [];
    await query(url, repair);
    await writeFiles(directory, { "1_index.sql": `${build} where n < 1000` });
    assert.deepEqual(names(await applyAll(engine)), ["1_index.sql"]);
  } finally {
    await server.stop();
  }
});
