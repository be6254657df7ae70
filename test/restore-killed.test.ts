import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { backupDatabase } from "../src/backup-database.ts";
import { backup } from "../src/database-spec.ts";
import { openDatabaseDoor } from "../src/proof/kill/database-door.ts";
import { type Blow, createTurnstile } from "../src/proof/kill/turnstile.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { startDatabases } from "./migration-engine/database.ts";
import { restoreFrom } from "./restore-in-child.ts";

const databases = await startDatabases("restore-killed");
const admin = new pg.Client({ connectionString: databases.server.adminUrl });
await admin.connect();
await admin.query("alter role app createdb");
const turnstile = createTurnstile();
const door = await openDatabaseDoor({ port: databases.server.port, turnstile });
after(async () => {
  await door.close();
  await admin.end();
  await databases.stop();
});

/** A database of two users whose backup is kept, and in which a third one came after it. */
async function shop() {
  const project = await databases.project();
  await project.query(
    "create table users (id int primary key, name text); insert into users values (1, 'Ada'), (2, 'Bob')",
  );
  const bucket = path.join(databases.scratch, `bucket-${path.basename(project.directory)}`);
  await mkdir(bucket);
  const ports = quietPorts({ env: { PATH: process.env["PATH"] } });
  await backupDatabase({
    step: { ...backup.parse({ verify: "read" }), url: project.url },
    ports,
    workspace: bucket,
    directory: bucket,
  });
  const file = (await readdir(bucket)).find((name) => /\.(dump|sql)$/.test(name)) ?? assert.fail("no backup");
  await project.query("insert into users values (3, 'Late')");
  return { ...project, bucket, file, database: new URL(project.url).pathname.slice(1) };
}
type Shop = Awaited<ReturnType<typeof shop>>;

/** Restores through the door, in a process of its own that may be hit on its way; what it changed. */
async function restoring({ url, bucket, file }: Shop, blow?: Blow) {
  const through = new URL(url);
  through.host = door.url;
  const program = fileURLToPath(new URL("restore-in-child.ts", import.meta.url));
  const child = spawn(process.execPath, [program, bucket, file, through.href], { detached: true, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  turnstile.watch({ pid: child.pid ?? 0, ended }, blow);
  const code = await ended;
  return { ...turnstile.leave(), code };
}

const rowsIn = async ({ url }: Shop, database: string) => {
  const other = new URL(url);
  other.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: other.href });
  await client.connect();
  const { rows } = await client.query<{ name: string }>("select name from users order by id");
  await client.end();
  return rows.map(({ name }) => name);
};

/** Does what a refusal prints, as a person would who takes the way back. */
async function obey(message: string): Promise<void> {
  const [, undo = message] = message.split("To undo it:");
  const statements = undo.match(/alter database "[^"]+" (?:rename to "[^"]+"|allow_connections true);/g) ?? [];
  assert.ok(statements.length > 0, message);
  for (const statement of statements) await admin.query(statement);
}

test("F09: a restore that is killed in its swap, or before, loses nothing: the next one names the way or goes on", async (t) => {
  const unharmed = await restoring(await shop());
  assert.equal(unharmed.code, 0);
  const swap = unharmed.changes.flatMap(({ what }, index) => (what === "alter database" ? [index] : []));
  assert.equal(swap.length, 3, "closed, and two renames");
  const [closed = 0, , last = 0] = swap;
  for (const change of [closed - 1, ...swap])
    await t.test(`behind change ${change} of ${last}: ${unharmed.changes[change]?.what}`, async () => {
      const made = await shop();
      assert.equal((await restoring(made, { change, side: "after", signal: "SIGKILL" })).struck, true);
      const again = () => restoreFrom(made.bucket, made.file, made.url);
      const first = await again().catch((problem: Error) => problem);
      if (first instanceof Error) {
        assert.match(first.message, /Nothing is lost/);
        await obey(first.message);
        assert.equal((await again()).verdict, "pass");
      } else assert.equal(first.verdict, "pass");
      assert.deepEqual(await rowsIn(made, made.database), ["Ada", "Bob"]);
      const { rows } = await admin.query<{ name: string }>(
        "select datname as name from pg_database where datname ~ ('^' || $1 || '_before_') order by 1",
        [made.database],
      );
      const kept = rows[0]?.name ?? assert.fail("nothing was kept");
      await admin.query(`alter database "${kept}" allow_connections true`);
      assert.deepEqual(await rowsIn(made, kept), ["Ada", "Bob", "Late"]);
    });
});
