import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import type { MigrationExpectation } from "../../src/database-spec.ts";
import { verifySchema } from "../../src/migration/verify.ts";
import { startDatabases } from "../migration-engine/database.ts";

const databases = await startDatabases("verify");
after(() => databases.stop());
const admin = new pg.Client({ connectionString: databases.server.adminUrl });
await admin.connect();
await admin.query("create role anon nologin; create role visitor nologin; grant anon, visitor to app");
await admin.end();

/** What does not hold, of a fresh database after `sql`. */
async function broken(sql: string, expected: MigrationExpectation): Promise<readonly string[]> {
  const { url, query } = await databases.project();
  await query(sql);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await verifySchema(client, expected);
    assert.ok(found.length > 0, "something was looked at");
    return found.filter(({ holds }) => !holds).map(({ what, found: said }) => `${what}: ${said}`);
  } finally {
    await client.end();
  }
}

const tasks = "create table tasks (id int primary key, owner text);";
const secured = `${tasks} alter table tasks enable row level security; create policy own on tasks using (owner = current_user);`;

test("an index that is there and valid holds; one that is not is named", async () => {
  const found = await broken(`${tasks} create index tasks_owner on tasks (owner);`, {
    indexes: ["tasks_owner", "tasks_id"],
  });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /index tasks_id: It does not exist/);
});

test("an invalid unique index is not an index, whatever pg_indexes lists", async () => {
  const project = await databases.project();
  await project.query(`${tasks} insert into tasks values (1, 'a'), (2, 'a');`);
  await assert.rejects(project.query("create unique index concurrently tasks_one on tasks (owner)"));
  assert.equal((await project.rows("select 1 from pg_indexes where indexname = 'tasks_one'")).length, 1);
  const client = new pg.Client({ connectionString: project.url });
  await client.connect();
  const [found] = await verifySchema(client, { indexes: ["tasks_one"] }).finally(() => client.end());
  assert.equal(found?.holds, false);
  assert.match(found?.found ?? "", /INVALID.*DROP INDEX CONCURRENTLY public\.tasks_one/);
});

test("an index on another table, or of another definition, does not hold", async () => {
  const sql = `${tasks} create index tasks_owner on tasks (owner);`;
  const on = (table: string) => broken(sql, { indexes: [{ name: "tasks_owner", table }] });
  assert.match((await on("users"))[0] ?? "", /It is on public\.tasks, not on users/);
  assert.deepEqual(await on("public.tasks"), []);
  const definition = "CREATE INDEX tasks_owner ON public.tasks USING btree (owner)";
  assert.deepEqual(await broken(sql, { indexes: [{ name: "tasks_owner", definition }] }), []);
  assert.match(
    (await broken(sql, { indexes: [{ name: "tasks_owner", definition: definition.replace("owner)", "id)") }] }))[0] ??
      "",
    /defined as/,
  );
});

test("row level security of every table: off, without a policy, and on partitions that are asked by name", async () => {
  const sql = `${secured}
    create table notes (id int);
    create table logs (day int) partition by range (day);
    create table logs_1 partition of logs for values from (0) to (10);
    alter table logs enable row level security; create policy p on logs using (day > 0);
    create table silent (id int); alter table silent enable row level security;`;
  const found = await broken(sql, { "row-level-security": "all" });
  assert.deepEqual(
    found.map((text) => text.slice(0, text.indexOf(":"))),
    [
      "row level security of public.logs_1",
      "row level security of public.notes",
      "row level security of public.silent",
    ],
  );
  assert.match(found[2] ?? "", /no row and no error/);
  assert.deepEqual(await broken(sql, { "row-level-security": ["tasks"] }), []);
  assert.match((await broken(sql, { "row-level-security": ["nowhere"] }))[0] ?? "", /no such table/);
});

test("what migrators keep for themselves has to be closed, and no policy has to open it", async () => {
  const closed = "create table sluice_migrations (); alter table sluice_migrations enable row level security;";
  const found = await broken(`${closed} create table _prisma_migrations ();`, { "row-level-security": "all" });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /_prisma_migrations.*It is off/);
});

test("a policy for everybody and a view around the policies are found, unless they are meant", async () => {
  const sql = `${secured} create policy open on tasks for select using (true);
    create view seen as select * from tasks; grant select on seen to anon;`;
  const found = await broken(sql, { "row-level-security": "all" });
  assert.equal(found.length, 2);
  assert.match(found[0] ?? "", /policy open of public\.tasks/);
  assert.match(found[1] ?? "", /security_invoker/);
  assert.deepEqual(await broken(sql, { "row-level-security": "all", "open-policies": ["open", "seen"] }), []);
});

test("a constraint that was never validated is named with the command", async () => {
  const sql = `${tasks} alter table tasks add constraint owned check (owner is not null) not valid;`;
  assert.match(
    (await broken(sql, { constraints: "validated" }))[0] ?? "",
    /ALTER TABLE public\.tasks VALIDATE CONSTRAINT owned/,
  );
});

test("a probe asks as the role it names, and cannot write", async () => {
  const sql = `${secured} insert into tasks values (1, 'ada'); grant select on tasks to visitor;`;
  const probe = (gives: number) =>
    broken(sql, { probes: [{ sql: "select count(*) from tasks", as: "visitor", gives }] });
  assert.deepEqual(await probe(0), []);
  assert.match((await probe(1))[0] ?? "", /as visitor: select count.*It gives 0, expected 1/);
  assert.deepEqual(await broken(sql, { probes: [{ sql: "select count(*) from tasks", "at-least": 1 }] }), []);
  for (const hostile of ["delete from tasks returning 1", "select 1; commit; drop table tasks"])
    await assert.rejects(broken(sql, { probes: [{ sql: hostile, gives: 1 }] }), /read-only|multiple commands/);
});
