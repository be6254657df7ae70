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
// Only a superuser makes a wrapper, and every database of a test is made after this one.
const template = new pg.Client({ connectionString: databases.server.adminUrl.replace(/[^/]*$/, "template1") });
await template.connect();
await template.query("create foreign data wrapper files; grant usage on foreign data wrapper files to app");
await template.end();

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
  const { url, query } = await databases.project();
  await query(`${tasks} insert into tasks values (1, 'a'); create index tasks_owner on tasks (owner);`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [held] = await verifySchema(client, { indexes: ["tasks_owner"] }).finally(() => client.end());
  assert.match(held?.found ?? "", /USING btree \(owner\), 16384 bytes, valid/);
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

test("an index is looked for where a session finds it, and its definition is compared as it is written", async () => {
  const sql = `create schema archive; create table archive.tasks (id int, "Owner" text);
    create index tasks_owner on archive.tasks ("Owner") where "Owner" <> 'Ada';`;
  assert.deepEqual(await broken(sql, { indexes: ["tasks_owner", "archive.tasks_owner"] }), []);
  assert.match((await broken(sql, { indexes: ["public.tasks_owner"] }))[0] ?? "", /does not exist/);
  const two = `${sql} create schema old; create table old.tasks (id int); create index tasks_owner on old.tasks (id);`;
  assert.match((await broken(two, { indexes: ["tasks_owner"] }))[0] ?? "", /2 of that name: archive\..*, old\./);
  assert.deepEqual(await broken(two, { indexes: [{ name: "tasks_owner", table: "old.tasks" }] }), []);
  // The one that sessions see counts, though another is where it was expected by nobody.
  const seen = `${two} ${tasks} create index tasks_owner on tasks (owner);`;
  assert.deepEqual(
    await broken(seen, { indexes: [{ name: "tasks_owner", table: "public.tasks" }, "tasks_owner"] }),
    [],
  );
  const definition = `create index tasks_owner  ON archive.tasks using BTREE ("Owner") where ("Owner" <> 'Ada'::text);`;
  const written = (text: string) => broken(sql, { indexes: [{ name: "tasks_owner", definition: text }] });
  assert.deepEqual(await written(definition), []);
  assert.match((await written(definition.replace("'Ada'", "'ada'")))[0] ?? "", /defined as/);
});

test("an index of a partitioned table that not every partition has is not one, and is mended partition by partition", async () => {
  const sql = `create table logs (day int) partition by range (day);
    create table logs_1 partition of logs for values from (0) to (10);
    create index logs_day on only logs (day);`;
  assert.match(
    (await broken(sql, { indexes: ["logs_day"] }))[0] ?? "",
    /INVALID: not every partition.*ATTACH PARTITION/,
  );
  const attached = `${sql} create index logs_1_day on logs_1 (day); alter index logs_day attach partition logs_1_day;`;
  assert.deepEqual(await broken(attached, { indexes: ["logs_day"] }), []);
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
  assert.match((await broken(sql, { "row-level-security": ["logs"] }))[0] ?? "", /public\.logs_1: It is a partition/);
  const closed = `${sql} alter table logs_1 enable row level security;`;
  assert.deepEqual(await broken(closed, { "row-level-security": ["logs"] }), []);
  assert.match((await broken(sql, { "row-level-security": ["nowhere"] }))[0] ?? "", /no such table/);
});

test("row level security with restrictive policies only lets nobody in", async () => {
  const sql = `${tasks} alter table tasks enable row level security;
    create policy mine on tasks as restrictive using (owner = current_user);`;
  assert.match((await broken(sql, { "row-level-security": "all" }))[0] ?? "", /All its policies are restrictive/);
});

test("row level security of all means every schema that the API's roles see, and not what the platform keeps", async () => {
  const sql = `create schema api; create table api."Tasks" (id int); create schema hidden; create table hidden.t (id int);
    create schema storage; create table storage.objects (id int);
    grant usage on schema api, storage to anon; grant select (id) on api."Tasks", storage.objects to anon;`;
  const found = await broken(sql, { "row-level-security": "all" });
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", /^row level security of api\."Tasks": It is off.*ALTER TABLE api\."Tasks" ENABLE/);
  assert.match((await broken(sql, { "row-level-security": ["api.Tasks"] }))[0] ?? "", /It is off/);
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

test("a policy of constants asks nobody; a view is around the policies with one column that a role may read", async () => {
  const sql = `${secured} create policy one on tasks for insert to anon with check (1 = 1);
    create policy never on tasks for delete to anon using (false);
    create policy asks on tasks for update to anon using (current_user = 'anon' or true = (owner is null));
    create view seen as select * from tasks; grant select (id) on seen to anon;
    create view asking with (security_invoker = yes) as select * from tasks; grant select on asking to anon;
    create server files foreign data wrapper files; create foreign table far (id int) server files; grant select on far to anon;`;
  const found = await broken(sql, { "row-level-security": ["tasks"] });
  assert.deepEqual(
    found.map((text) => text.slice(0, text.indexOf(":"))),
    ["policy one of public.tasks", "foreign table public.far", "view public.seen"],
  );
});

test("a constraint that was never validated is named with the command", async () => {
  const sql = `${tasks} alter table tasks add constraint owned check (owner is not null) not valid;`;
  assert.match(
    (await broken(sql, { constraints: "validated" }))[0] ?? "",
    /ALTER TABLE public\.tasks VALIDATE CONSTRAINT owned/,
  );
  const domain = `create domain email as text; create table users (mail email);
    alter domain email add constraint "has an @" check (value like '%@%') not valid;`;
  const [found] = await broken(domain, { constraints: "validated" });
  assert.match(found ?? "", /ALTER DOMAIN public\.email VALIDATE CONSTRAINT "has an @"/);
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
