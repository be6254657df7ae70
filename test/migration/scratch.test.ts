import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openScratch } from "../../src/migration/scratch.ts";
import { startDatabases } from "../migration-engine/database.ts";
import { quietPorts } from "./quiet-ports.ts";

const databases = await startDatabases("scratch");
const { adminUrl } = databases.server;
const admin = await session(adminUrl);
after(async () => {
  await admin.end();
  await databases.stop();
});

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function open({ url = adminUrl, roles = [] as readonly string[], ports = quietPorts() } = {}) {
  const scratch = await openScratch({ url, major: 14, roles }, ports);
  if (typeof scratch === "string") assert.fail(scratch);
  const { lines } = ports;
  return { name: scratch.address.database, url: scratch.address.url, remove: scratch.remove, lines };
}

async function names(sql: string, ...values: readonly unknown[]): Promise<readonly unknown[]> {
  const { rows } = await admin.query<{ name: string }>(sql, [...values]);
  return rows.map(({ name }) => name);
}
const scratches = () => names("select datname as name from pg_database where datname ~ '^sluice_scratch' order by 1");
const rolesOf = (made: readonly string[]) =>
  names("select rolname as name from pg_roles where rolname = any($1) order by 1", made);

/** What a kill does to a maker: its session is gone, and what it made stays. */
async function kill(database: string): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid, 10000) from pg_locks
     where locktype = 'advisory' and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0)`,
    [database],
  );
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await delay(10);
}

test("what a killed maker left goes with the next one; who lives keeps his, whichever database he is connected to", async () => {
  const elsewhere = new URL(adminUrl);
  elsewhere.pathname = "/app";
  const killed = await open();
  await kill(killed.name);
  const living = await open({ url: elsewhere.href });
  const next = await open();
  assert.deepEqual(await scratches(), [living.name, next.name].toSorted());
  await Promise.all([living.remove(), next.remove()]);
  assert.deepEqual(await scratches(), []);
  assert.deepEqual([...living.lines, ...next.lines], []);
});

test("what a killed maker's session still holds when the next maker comes is gone when that one has ended", async () => {
  const killed = await open();
  const next = await open();
  await kill(killed.name);
  await next.remove();
  assert.deepEqual(await scratches(), []);
});

test("a session of somebody greater, as autovacuum's is, delays the removal and does not prevent it", async () => {
  await admin.query("create role maker login createdb createrole password 'made'");
  const url = new URL(adminUrl);
  [url.username, url.password] = ["maker", "made"];
  const scratch = await open({ url: url.href });
  const greater = new URL(adminUrl);
  greater.pathname = `/${scratch.name}`;
  const visitor = await session(greater.href);
  let over = false;
  const removed = scratch.remove().finally(() => {
    over = true;
  });
  await until(async () => {
    const waiting =
      "select query as name from pg_stat_activity where usename = 'maker' and state = 'active' and query ~ '^drop'";
    return over || (await names(waiting)).some((query) => !String(query).includes("force"));
  });
  await visitor.end();
  await removed;
  assert.deepEqual([await scratches(), scratch.lines], [[], []]);
});

test("a role made for a restore stays while another restores, goes with the last one, and is known after a kill", async () => {
  const roles = ["billing", 'it\'s "odd" \\ $$'];
  const first = await open({ roles });
  const second = await open({ roles });
  await first.remove();
  assert.deepEqual(await rolesOf(roles), roles.toSorted());
  await second.remove();
  assert.deepEqual(await rolesOf(roles), []);

  const killed = await open({ roles });
  await kill(killed.name);
  await killed.remove();
  assert.match(
    killed.lines.join(),
    /The scratch database on the given scratch server could not be removed: .*next run/,
  );
  assert.deepEqual(await rolesOf(roles), roles.toSorted());
  await (await open()).remove();
  assert.deepEqual([await rolesOf(roles), await scratches()], [[], []]);
});

test("a role of the server's own stays, and one that something depends on is told", async () => {
  await admin.query("create role theirs");
  const scratch = await open({ roles: ["theirs", "wanted"] });
  await admin.query("create table kept (); alter table kept owner to wanted");
  await scratch.remove();
  assert.match(scratch.lines.join(), /Roles made for restoring stay on the given scratch server: wanted\. /);
  assert.deepEqual(await rolesOf(["theirs", "wanted"]), ["theirs", "wanted"]);
  await admin.query("drop table kept");
  await (await open()).remove();
  assert.deepEqual(await rolesOf(["theirs", "wanted"]), ["theirs"]);
});
