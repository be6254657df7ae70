import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { readSqlFiles } from "../../src/migration/sql-files.ts";

const folders: readonly (readonly [string, readonly string[]])[] = [
  ["numbers as numbers", ["1_users.sql", "2_notes.sql", "10_tags.sql"]],
  ["padded numbers", ["0001_users.sql", "0002_notes.sql", "0010_tags.sql"]],
  ["times", ["20250101000000_users.sql", "20260101000000_notes.sql"]],
  ["Prisma's folders", ["20250101_users/migration.sql", "20260101_notes/migration.sql"]],
  ["without numbers as text", ["notes.sql", "users.sql"]],
];
for (const [name, files] of folders)
  test(`a folder is read in the order in which it runs: ${name}`, async () => {
    const workspace = await mkdtemp(path.join(tmpdir(), "sluice-sql-files-"));
    try {
      for (const file of files.toReversed()) {
        await mkdir(path.dirname(path.join(workspace, "db", file)), { recursive: true });
        await writeFile(path.join(workspace, "db", file), "select 1;\n");
      }
      const read = await readSqlFiles("db", workspace);
      assert.deepEqual(
        read.map((file) => file.name),
        files.map((file) => `db/${file}`),
      );
    } finally {
      await rm(workspace, { recursive: true });
    }
  });
