import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { InputError } from "../../src/failure.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";

const directory = await mkdtemp(join(tmpdir(), "sluice-postgres-"));
const server = await startPostgres({ directory });
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test("the application's role owns its database and is no superuser", async () => {
  assert.equal(await ask(server.url, "select rolsuper from pg_roles where rolname = current_user"), false);
  assert.equal(await ask(server.adminUrl, "select rolsuper from pg_roles where rolname = current_user"), true);
  await ask(server.url, "create table mine ()");
});

test("a wrong password is refused", async () => {
  const wrong = new URL(server.url);
  wrong.password = "wrong";
  await assert.rejects(ask(wrong.href, "select 1"), { code: "28P01" });
});

test("databases come and go, also while somebody is in them", async () => {
  const url = await server.databases.create("a b");
  assert.equal(await ask(url, "select current_database()"), "a b");
  const visitor = new pg.Client({ connectionString: url });
  visitor.on("error", () => {});
  await visitor.connect();
  await server.databases.drop("a b");
  await assert.rejects(ask(url, "select 1"), { code: "3D000" });
  await visitor.end().catch(() => {});
});

test("a taken port is named", async () => {
  await assert.rejects(startPostgres({ directory, port: server.port }), (error) => {
    return error instanceof InputError && error.message.includes(`Port ${server.port}`);
  });
});

test("stopping leaves neither process nor file", async () => {
  const own = await mkdtemp(join(tmpdir(), "sluice-postgres-"));
  const other = await startPostgres({ directory: own });
  process.kill(other.pid, 0);
  await other.stop();
  assert.throws(() => process.kill(other.pid, 0), { code: "ESRCH" });
  assert.deepEqual(await readdir(own), []);
  await rm(own, { recursive: true });
});

test("a folder that the server's user may not enter is no obstacle", async () => {
  const own = await mkdtemp(join(tmpdir(), "sluice-postgres-"));
  await chmod(own, 0o700);
  const other = await startPostgres({ directory: own });
  try {
    assert.equal(await ask(other.url, "select 1"), 1);
  } finally {
    await other.stop();
    await rm(own, { recursive: true });
  }
});
