import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { migrate } from "../src/database-spec.ts";
import { migrateDatabase } from "../src/migrate-database.ts";
import { parseDatabaseUrl, withConnection } from "../src/migration/connection.ts";
import { isSmall } from "../src/migration/lint/catalog.ts";
import { readCatalog } from "../src/migration/read-catalog.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { type Files, startDatabases } from "./migration-engine/database.ts";

const databases = await startDatabases("lint-pending");
after(() => databases.stop());

type Project = Awaited<ReturnType<typeof databases.project>>;

const migrated = (project: Project, keys: Record<string, unknown> = {}) =>
  migrateDatabase({
    // The schema takes the secret's name; by now it stands for the address.
    step: { ...migrate.parse({ sql: { directory: path.basename(project.directory) }, ...keys }), url: project.url },
    workspace: path.dirname(project.directory),
    ports: quietPorts(),
  });

const orders: Files = { "0001_orders.sql": "create table orders (id bigint primary key, code varchar(10));\n" };
const index: Files = { "0002_index.sql": "create index orders_code on orders (code);\n" };

test("an index over a large table is refused before anything is applied; with a reason it is built", async () => {
  const project = await databases.project(orders);
  assert.equal((await migrated(project)).verdict, "pass");
  await project.query("insert into orders select i, i::text from generate_series(1, 20000) i; analyze orders");
  await project.add(index);
  const refused = await migrated(project);
  assert.deepEqual([refused.verdict, refused.reason], ["fail", "migration-hazard"]);
  assert.match(refused.message, /0002_index\.sql:1:1 index-build.*CONCURRENTLY.*Nothing was applied\.$/s);
  const indexes = "select 1 from pg_indexes where indexname = 'orders_code'";
  assert.equal((await project.rows(indexes)).length, 0);
  await project.add({
    "0002_index.sql":
      "-- sluice: allow index-build because the shop is closed\ncreate index orders_code on orders (code);\n",
  });
  assert.equal((await migrated(project)).reason, "migrated");
  assert.equal((await project.rows(indexes)).length, 1);
});

for (const [how, parts] of [
  [
    "partitions",
    "create table orders (id bigint, code text) partition by range (id); create table p partition of orders default",
  ],
  ["tables that inherit", "create table orders (id bigint, code text); create table p () inherits (orders)"],
] as const)
  test(`a parent is as large as its ${how}, though it holds nothing itself`, async () => {
    const project = await databases.project({});
    await project.query(`${parts}; insert into p select i, i::text from generate_series(1, 20000) i; analyze p`);
    await project.query("create table empty ()");
    const catalog = await withConnection(
      parseDatabaseUrl(project.url, "A test"),
      "sluice test",
      quietPorts(),
      readCatalog,
    );
    assert.ok((catalog.tables["public.orders"]?.rows ?? 0) >= 20_000, JSON.stringify(catalog.tables["public.orders"]));
    assert.equal(isSmall(catalog.tables["public.orders"] ?? { rows: 0, bytes: 0, columns: {} }), false);
    assert.equal(isSmall(catalog.tables["public.empty"] ?? { rows: 1e9, bytes: 0, columns: {} }), true);
  });

test("over a small table the same index is only noted", async () => {
  const project = await databases.project({ ...orders, ...index });
  assert.equal((await migrated(project)).reason, "migrated");
});

test("files are linted in the order in which they run, however many digits their numbers have", async () => {
  const project = await databases.project({
    "9_orders.sql": orders["0001_orders.sql"] ?? "",
    "10_index.sql": index["0002_index.sql"] ?? "",
  });
  const { reason, message } = await migrated(project);
  assert.equal(reason, "migrated", message);
});

test("what the database knows of a column tells a wider type from a narrower one", async () => {
  const project = await databases.project(orders);
  await migrated(project);
  await project.query("insert into orders select i, i::text from generate_series(1, 20000) i; analyze orders");
  await project.add({ "0002_wider.sql": "alter table orders alter column code type varchar(40);\n" });
  assert.equal((await migrated(project)).reason, "migrated");
  await project.add({ "0003_narrower.sql": "alter table orders alter column code type varchar(20);\n" });
  assert.equal((await migrated(project)).reason, "migration-hazard");
});

test("SET NOT NULL of a column that a check of an earlier release proved reads nothing", async () => {
  const project = await databases.project(orders);
  await migrated(project);
  await project.query("insert into orders select i, i::text from generate_series(1, 20000) i; analyze orders");
  await project.add({ "0002_required.sql": "alter table orders alter column code set not null;\n" });
  assert.equal((await migrated(project)).reason, "migration-hazard");
  await project.query("alter table orders add constraint c check (code is not null) not valid");
  assert.equal((await migrated(project)).reason, "migration-hazard");
  await project.query("alter table orders validate constraint c");
  const { reason, message } = await migrated(project);
  assert.equal(reason, "migrated", message);
});

test("what only a command knows counts as breaking, unless the runbook gives its word; `breaks` counts for any engine", async () => {
  const status = "if [ $1 = status ]; then echo applied one; echo $(cat done 2> /dev/null || echo pending) two; ";
  const run = async (more: Record<string, unknown>) => {
    const project = await databases.project({ "m.sh": `${status}else echo applied > done; fi\n` });
    const { reason, evidence } = await migrated(project, {
      sql: undefined,
      command: `cd '${project.directory}' && sh m.sh`,
      ...more,
    });
    return [reason, (evidence as Record<string, unknown>)["breaks-old-version"]];
  };
  assert.deepEqual(await run({}), ["schema-moved-on", true]);
  assert.deepEqual(await run({ "old-version": "works" }), ["migrated", false]);
  const plain = await migrated(await databases.project(orders), { "old-version": "breaks" });
  assert.equal(plain.reason, "schema-moved-on");
});

test("a word about what cannot be read does not cover what was read", async () => {
  const project = await databases.project(orders);
  await migrated(project);
  await project.add({
    "0002_drop.sql": "-- sluice: allow drop-column because nobody reads it\nalter table orders drop column code;\n",
  });
  assert.equal((await migrated(project, { "old-version": "works" })).reason, "schema-moved-on");
});

test("the database knows which function is replaced, and which column of a key may be null", async () => {
  const f = "create or replace function f() returns int language sql as 'select 1';\n";
  const project = await databases.project({ ...orders, "0002_f.sql": f });
  assert.equal((await migrated(project)).reason, "migrated");
  await project.add({ "0003_f.sql": f.replace("1", "2") });
  assert.match((await migrated(project)).message, /0003_f\.sql:1:1 replaced/);
  await project.remove("0003_f.sql");
  await project.query(
    "create table keys (a int not null, b int); create unique index ka on keys (a); create unique index kb on keys (b)",
  );
  await project.query("insert into keys select i, i from generate_series(1, 20000) i; analyze keys");
  await project.add({ "0003_key.sql": "alter table keys add primary key using index kb;\n" });
  assert.match((await migrated(project)).message, /not-null-scan: The primary key makes `b` NOT NULL/);
  await project.add({ "0003_key.sql": "alter table keys add primary key using index ka;\n" });
  assert.equal((await migrated(project)).reason, "migrated");
});

test("rows of a small table are asked about as those of a large one", async () => {
  const project = await databases.project(orders);
  await migrated(project);
  await project.query("insert into orders values (1, 'a')");
  await project.add({ "0002_less.sql": "delete from orders;\n" });
  assert.match((await migrated(project)).message, /whole-table-write: .*gone for good/);
});

test("BEGIN and COMMIT around a file are what the engine does anyway; anything else is found before it is tried", async () => {
  const project = await databases.project({ "0001_a.sql": "begin;\ncreate table a (id int);\ncommit;\n" });
  assert.equal((await migrated(project)).reason, "migrated");
  await project.add({ "0002_b.sql": "create table b (id int);\ncommit;\ncreate table c (id int);\n" });
  await assert.rejects(migrated(project), /0002_b\.sql:2:1: COMMIT is not for a migration file/);
});

test("Prisma's tables are in the schema that its URL names, however small their namesakes elsewhere", async () => {
  const project = await databases.project({ "1_a/migration.sql": "create table orders (id int, code text);\n" });
  const prisma = { sql: undefined, prisma: { directory: path.basename(project.directory) } };
  await project.query("create table orders (id int); create schema shop");
  const at = { ...project, url: `${project.url}?schema=shop` };
  assert.equal((await migrated(at, prisma)).reason, "migrated");
  await project.query("insert into shop.orders select i, i from generate_series(1, 20000) i; analyze shop.orders");
  await project.add({ "2_b/migration.sql": "create index i on orders (code);\n" });
  assert.match((await migrated(at, prisma)).message, /index-build: Nobody can write `shop\.orders`/);
});

test("what Prisma itself applies is one message, in which nothing can be built concurrently", async () => {
  const two = "create index concurrently i on orders (code);\ncreate index concurrently j on orders (id);\n";
  const project = await databases.project({ "1_a/migration.sql": two });
  await project.query(
    "create table orders (id int, code text); create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)",
  );
  const run = { directory: path.basename(project.directory), run: "true" };
  assert.match((await migrated(project, { sql: undefined, prisma: run })).message, /concurrently-in-transaction/);
});

test("`lint: report` says it and applies all the same; the evidence tells whether the old version can still serve", async () => {
  const project = await databases.project(orders);
  await migrated(project);
  await project.add({ "0002_drop.sql": "alter table orders drop column code;\n" });
  const { verdict, reason, evidence } = await migrated(project, { lint: "report" });
  assert.deepEqual([verdict, reason], ["pass", "schema-moved-on"]);
  assert.equal((evidence as Record<string, unknown>)["breaks-old-version"], true);
});
