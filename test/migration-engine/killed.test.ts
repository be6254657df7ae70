import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { alembicProject, revision, skip as withoutAlembic } from "./alembic-project.ts";
import { type Killable, killable, ports } from "./apply-in-child.ts";
import { applyAll, eventually, type Files, failure, names, startDatabases, states } from "./database.ts";
import { part } from "./parts.ts";

const databases = await startDatabases("killed");
after(() => databases.stop());

const users = "create table users (id int primary key, email text not null);";
/** Waits as long as somebody keeps it waiting, and not in the run after it. */
const slow = "create table half (); select pg_sleep(case when exists (select from held) then 30 else 0 end);";
const index = "create index concurrently half on users (email);";

/** A migrator such as a team writes itself: files beside it, and a table of those it has run. */
const migrator = `
const { readFileSync, readdirSync } = require("node:fs");
const pg = require(${JSON.stringify(createRequire(import.meta.url).resolve("pg"))});
const client = new pg.Client({ connectionString: process.env.DATABASE_URL, application_name: process.env.PGAPPNAME });
(async () => {
  await client.connect();
  await client.query("create table if not exists done (name text)");
  const done = new Set((await client.query("select name from done")).rows.map((row) => row.name));
  for (const name of readdirSync(".").filter((file) => file.endsWith(".sql")).sort()) {
    if (process.argv[2] === "status") console.log(done.has(name) ? "applied" : "pending", name);
    else if (!done.has(name)) {
      await client.query(readFileSync(name, "utf8"));
      await client.query("insert into done values ($1)", [name]);
    }
  }
  await client.end();
})().catch((error) => { console.error("migrator: " + error.message); process.exit(1); });
`;

/** How each engine writes the same two migrations. */
const written: Readonly<Record<Killable, (first: string, second: string) => readonly [Files, Files]>> = {
  sql: (first, second) => [{ "0001_users.sql": first }, { "0002_half.sql": second }],
  supabase: (first, second) => [{ "20240101000000_users.sql": first }, { "20240102000000_half.sql": second }],
  prisma: (first, second) => [
    { "20240101000000_users/migration.sql": first },
    { "20240102000000_half/migration.sql": second },
  ],
  "prisma's own": (first, second) => written.prisma(first, second),
  alembic: (first, second) => [
    { ...alembicProject, ...revision("aaa", undefined, `op.execute("""${first}""")`) },
    revision(
      "bbb",
      "aaa",
      `${second === slow ? "" : "with op.get_context().autocommit_block(): "}op.execute("""${second}""")`,
    ),
  ],
  command: (first, second) => [{ "migrate.cjs": migrator, "1.sql": first }, { "2.sql": second }],
};

const inMidStatement =
  "select 1 from pg_stat_activity where application_name like 'sluice%' and state = 'active' and query ~ 'half'";
const leftInvalid = "select 1 from pg_index where not indisvalid and indexrelid = to_regclass('half')";

/** Applies the first migration, is killed in the second, and gives the project once the server is rid of its session. */
async function killedIn(kind: Killable, sql: string, how: { more?: Files; until?: string; first?: string } = {}) {
  const { more = {} } = how;
  const [first, second] = written[kind](how.first ?? users, sql);
  const made = await databases.project(first);
  const engine = killable[kind](made.directory, made.url);
  names(await applyAll(engine));
  await made.query("create table held as select 1 as x");
  await made.add({ ...second, ...more });
  // An open writer keeps an index build waiting.
  const writer = new pg.Client({ connectionString: made.url });
  await writer.connect();
  await writer.query("begin; insert into users values (9, 'x')");
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("apply-in-child.ts", import.meta.url)), kind, made.directory, made.url],
    { stdio: "inherit" },
  );
  const exited = new Promise((done) => child.once("exit", done));
  const busy = `${inMidStatement} and datname = '${new URL(made.url).pathname.slice(1)}'`;
  await eventually("the child is in mid DDL", async () => (await made.query(how.until ?? busy)).length === 1);
  child.kill("SIGKILL");
  await exited;
  return {
    ...made,
    engine,
    /** The server notices by itself that its client is gone, long before the statement would have ended. */
    gone: () => eventually("the server ended the session", async () => (await made.query(busy)).length === 0),
    async free() {
      await writer.query("rollback");
      await writer.end();
      await made.query("delete from held");
    },
  };
}

type Killed = Awaited<ReturnType<typeof killedIn>>;

async function converges({ engine, query }: Killed): Promise<void> {
  assert.equal(names(await applyAll(engine)).length, 1);
  assert.deepEqual(await query("select count(*)::int from pg_class where relname = 'half'"), [1]);
  assert.deepEqual(await query("select count(*)::int from pg_index where not indisvalid"), [0]);
  assert.deepEqual(Object.values(await states(engine)), ["applied", "applied"]);
}

for (const kind of ["sql", "supabase", "prisma"] as const)
  for (const [where, sql] of [
    ["in mid transaction", slow],
    ["in mid index build", index],
  ] as const)
    test(`F30, kill -9: ${kind}, killed ${where}: the next run converges`, async () => {
      const killed = await killedIn(kind, sql);
      await killed.gone();
      await killed.free();
      await converges(killed);
    });

test("F30, kill -9: sql, killed in a row of files: those behind the one that ran are not there, and the next run applies them", async () => {
  const killed = await killedIn("sql", slow, { more: { "0003_more.sql": "create table more ();" } });
  await killed.gone();
  assert.deepEqual(await killed.query("select to_regclass('more') is null"), [true]);
  await killed.free();
  assert.deepEqual(names(await applyAll(killed.engine)), ["0002_half.sql", "0003_more.sql"]);
});

test("F30, kill -9: sql, killed between the two transactions of a DETACH: nothing is applied until the printed repair was done", async () => {
  const first =
    "create table users (id int, email text) partition by range (id); create table half partition of users for values from (0) to (99);";
  const killed = await killedIn("sql", "alter table users detach partition half concurrently;", {
    first,
    until: "select 1 from pg_inherits where inhdetachpending",
  });
  await killed.gone();
  await killed.free();
  const { reason, message } = failure(await applyAll(killed.engine));
  assert.equal(reason, "migration-failed");
  await killed.query(/alter table users detach partition half finalize/.exec(message)?.[0] ?? assert.fail(message));
  await killed.query(/insert into public\.sluice_migrations [^;]+;/.exec(message)?.[0] ?? assert.fail(message));
  assert.deepEqual(Object.values(await states(killed.engine)), ["applied", "applied"]);
  assert.deepEqual(await killed.query("select count(*)::int from pg_inherits"), [0]);
});

const prisma = part("prisma");
test("F30, kill -9: prisma's own engine, killed in mid transaction: nothing is left but its row, which is named with the repair", {
  skip: prisma.skip,
}, async () => {
  const killed = await killedIn("prisma's own", slow);
  await killed.gone();
  await killed.free();
  const { engine, query } = killed;
  const [problem] = (await engine.status()).problems;
  assert.equal(problem?.reason, "migration-failed");
  assert.match(problem?.message ?? "", /npx prisma migrate resolve --rolled-back 20240102000000_half/);
  assert.deepEqual(await query("select to_regclass('half') is null"), [true]);
  // What the printed command does.
  await query("update _prisma_migrations set rolled_back_at = now() where finished_at is null");
  await converges(killed);
});

test("F10, F30, kill -9: alembic, which outlives a killed job: the next run ends its session first, and converges", {
  skip: withoutAlembic,
}, async () => {
  const killed = await killedIn("alembic", slow);
  const running = "select 1 from pg_stat_activity where application_name like 'sluice tool %'";
  assert.equal((await killed.query(running)).length, 1, "its session goes on without us");
  await killed.free();
  await converges(killed);
  assert.ok(ports.lines.some((line) => /Ending the session of a tool \(sluice tool [0-9a-f]+\)/.test(line)));
  assert.equal((await killed.query(running)).length, 0);
});

for (const [kind, skip] of [
  ["alembic", withoutAlembic],
  ["command", false],
] as const)
  test(`F30, kill -9: ${kind}, killed in mid index build: the invalid index is named, not taken for the real one, and the printed repair works`, {
    skip,
  }, async () => {
    const lenient = index.replace("concurrently", "concurrently if not exists");
    const killed = await killedIn(kind, lenient, { until: leftInvalid });
    const { engine, query } = killed;
    // A tool goes on without us until it gives way; only then is nobody building any more.
    await killed.gone();
    await killed.free();
    const result = failure(await engine.apply("any plan: it is refused before"));
    assert.equal(result.reason, "index-invalid");
    assert.match(result.message, /public\.half of public\.users is invalid/);
    assert.deepEqual(await query(leftInvalid.replace("select 1", "select count(*)::int")), [1], "it was not touched");
    await query(/drop index concurrently [^;]+/.exec(result.message)?.[0] ?? assert.fail(result.message));
    await converges(killed);
  });
