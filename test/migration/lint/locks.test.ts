import assert from "node:assert/strict";
import { after, test } from "node:test";
import pg from "pg";
import { lintMigrations } from "../../../src/migration/lint.ts";
import { sqlParser } from "../../../src/migration/sql-parser.ts";
import { rows, startDatabases } from "../../migration-engine/database.ts";

/* What the messages say of locks, asked of the server itself: PostgreSQL's documentation names few of them. */

const databases = await startDatabases("lint-locks");
after(() => databases.stop());
const parse = await sqlParser();

const url = databases.server.adminUrl;
const client = new pg.Client({ connectionString: url });
await client.connect();
await client.query("set allow_in_place_tablespaces to on");
await client.query("create tablespace t location ''");
await client.end();
await rows(
  url,
  `
  create domain d as int; create table ref (id int primary key);
  create table a (id int, need int not null, sum int generated always as (id + 1) stored, x d);
  create index i on a (id); create unique index nullable on a (id); create unique index required on a (need);
  create materialized view m as select 1 as x;
  create table p (id int) partition by range (id);
  create table p1 partition of p for values from (0) to (10);
  create table rest partition of p default;
  create table full_one (id int);
  create table checked (id int, check (id >= 20 and id < 30 and id is not null))`,
);

const all = "reads and writes";
type Kept = typeof all | "writes" | "nobody";

/** Whom the strongest lock on each relation keeps waiting. */
const blocked = (modes: readonly string[]): Kept => {
  if (modes.includes("AccessExclusiveLock")) return all;
  return modes.some((mode) => ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock"].includes(mode))
    ? "writes"
    : "nobody";
};

/** Runs a statement, looks at its locks, reads and rewrites in its own transaction, and takes it back. */
async function seen(sql: string, relation: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const one = async (text: string) => Object.values((await client.query(text)).rows[0] ?? {})[0];
    const file = () =>
      one(`select relfilenode || ' ' || reltablespace from pg_class where oid = '${relation}'::regclass`);
    const before = await file();
    await client.query("begin");
    await client.query(sql);
    const locks = await client.query<{ mode: string }>(
      `select mode from pg_locks where pid = pg_backend_pid() and relation = '${relation}'::regclass`,
    );
    const reads = Number(
      await one(
        `select coalesce((select seq_scan from pg_stat_xact_all_tables where relid = '${relation}'::regclass), 0)`,
      ),
    );
    const result = {
      keeps: blocked(locks.rows.map(({ mode }) => mode)),
      reads: reads > 0,
      written: (await file()) !== before,
    };
    await client.query("rollback");
    return result;
  } finally {
    await client.end();
  }
}

const cases: readonly (readonly [
  sql: string,
  relation: string,
  rule: string,
  keeps: Kept,
  more?: "reads" | "writes",
])[] = [
  ["alter table a set tablespace t", "a", "full-rewrite", all, "writes"],
  ["alter index i set tablespace t", "i", "full-rewrite", all, "writes"],
  ["alter materialized view m set tablespace t", "m", "full-rewrite", all, "writes"],
  ["alter table a alter column sum set expression as (id + 2)", "a", "table-rewrite", all, "writes"],
  ["alter table a add column c int check (c > 0)", "a", "check-scan", all, "reads"],
  ["alter table a add column r int references ref", "a", "foreign-key-scan", all],
  ["alter table a add column r int references ref", "ref", "foreign-key-scan", "writes"],
  ["alter domain d set not null", "a", "not-null-scan", "writes", "reads"],
  ["alter domain d add constraint c check (value > 0)", "a", "domain-constraint", "writes", "reads"],
  ["alter domain d add constraint c check (value > 0) not valid", "a", "new-constraint", "nobody"],
  ["alter table a add primary key using index nullable", "a", "not-null-scan", all, "reads"],
  ["alter table a add primary key using index required", "a", "not-null-scan", all],
  [
    "alter table p attach partition full_one for values from (20) to (30)",
    "full_one",
    "attach-partition",
    all,
    "reads",
  ],
  ["alter table p attach partition checked for values from (20) to (30)", "checked", "attach-partition", all],
  ["alter table p attach partition full_one for values from (20) to (30)", "rest", "attach-partition", all, "reads"],
  ["alter table p attach partition full_one for values from (20) to (30)", "p", "attach-partition", "nobody"],
  ["create table p2 partition of p for values from (20) to (30)", "p", "attach-partition", all],
  ["alter table p detach partition p1", "p", "detach-partition", all],
];
for (const [sql, relation, rule, keeps, more] of cases)
  test(`${sql}: of ${relation} it keeps ${keeps} waiting${more === undefined ? "" : `, and ${more} all of it`}`, async () => {
    const found = lintMigrations([{ name: "x.sql", sql }], parse, { transaction: "file" });
    assert.ok(
      found.some((each) => each.rule === rule),
      JSON.stringify(found),
    );
    const { reads, ...rest } = await seen(sql, relation);
    assert.deepEqual(rest, { keeps, written: more === "writes" });
    if (more !== "writes") assert.equal(reads, more === "reads");
  });
