import assert from "node:assert/strict";
import { test } from "node:test";
import type { Catalog, KnownTable } from "../../../src/migration/lint/catalog.ts";
import { breaksOldVersion, type LintOptions, lintMigrations, unanswered } from "../../../src/migration/lint.ts";
import { sqlParser } from "../../../src/migration/sql-parser.ts";

const parse = await sqlParser();
const lint = (sql: string, options: Partial<LintOptions> = {}) =>
  lintMigrations([{ name: "0001_x.sql", sql }], parse, { transaction: "file", ...options });

/** `rule tier`, and whether the version that serves can be relied on to work with what is left. */
const told = (sql: string, options?: Partial<LintOptions>) => {
  const found = lint(sql, options);
  return [...found.map(({ rule, tier }) => `${rule} ${tier}`), breaksOldVersion(found) ? "breaks" : "works"];
};

const add = "alter table a add b int;";
const cases: readonly (readonly [what: string, sql: string, ...told: string[]])[] = [
  ["a DO block that makes its SQL", "do $$ begin execute 'x'; end $$", "opaque acknowledge", "breaks"],
  ["a procedure", "call clean_up()", "opaque acknowledge", "breaks"],
  [
    "a function that runs what it is given",
    "select query_to_xml('drop table a', true, true, '')",
    "opaque acknowledge",
    "breaks",
  ],
  [
    "one within a write",
    "insert into a select pg_catalog.query_to_xml('drop table a', true, true, '')",
    "opaque acknowledge",
    "breaks",
  ],
  ["one that ends what others do", "select pg_terminate_backend(1)", "opaque acknowledge", "breaks"],
  ["one that reads a file", "select pg_catalog.pg_read_file('x')", "opaque acknowledge", "breaks"],
  ["a lock of the application's own", "select pg_advisory_xact_lock(1)", "explicit-lock acknowledge", "works"],
  ["a sleep", "alter table a add b int; select pg_sleep(600)", "explicit-lock acknowledge", "works"],
  ["a sleep that is only defined", "create view v as select pg_sleep(1)", "works"],
  [
    "what only asks",
    "select pg_get_serial_sequence('a', 'b'), pg_catalog.pg_total_relation_size('a'), trim(c), extract(day from d) from a",
    "works",
  ],

  ["no lock timeout", `set lock_timeout = 0; ${add} ${add}`, "explicit-lock acknowledge", "works"],
  ["a long one", `set local "lock_timeout" to '5s'; ${add}`, "explicit-lock acknowledge", "works"],
  ["a short one", `set lock_timeout to 500; set statement_timeout = '10min'; ${add}`, "works"],
  ["the login's own lock timeout", `reset lock_timeout; ${add}`, "explicit-lock acknowledge", "works"],
  ["the login's own settings", `reset all; ${add}`, "explicit-lock acknowledge", "works"],
  ["its default", `set session lock_timeout to default; ${add}`, "explicit-lock acknowledge", "works"],
  [
    "by a function",
    `select pg_catalog.set_config('lock_timeout', '0', false); ${add}`,
    "explicit-lock acknowledge",
    "works",
  ],
  [
    "by a function, who knows which",
    `select set_config(lower('X'), '0', true); ${add}`,
    "explicit-lock acknowledge",
    "works",
  ],
  ["taken away and given back", `set lock_timeout = 0; set lock_timeout = '1s'; ${add}`, "works"],
  ["only of one statement's run", `set statement_timeout = 0; ${add}`, "explicit-lock note", "works"],
  [
    "in front of what is new, as a dump begins",
    "set statement_timeout = 0; set lock_timeout = 0; create table n (id int); alter table n add b int; create index on n (b); create policy p on n using (id = 1)",
    "works",
  ],
  [
    "in front of a table that refers to one in use",
    "set lock_timeout = 0; create table n (id int references a)",
    "explicit-lock acknowledge",
    "works",
  ],
  ["in front of rows alone", "set lock_timeout = 0; update a set b = 1 where c = 2", "works"],

  ["a function of somebody's own", "select clean_up()", "opaque acknowledge", "breaks"],
  ["one deep in a query", "select 1 from (select lower(audit.enable('a')) as x) b", "opaque acknowledge", "breaks"],
  [
    "PostgreSQL's own functions",
    "select setval('s', (select max(id) from a)), pg_catalog.set_config('x', '', false)",
    "works",
  ],
  ["what was prepared elsewhere", "execute p(1)", "opaque acknowledge", "breaks"],
  [
    "what was prepared here is read where it stands",
    "prepare p as delete from a; execute p",
    "whole-table-write acknowledge",
    "works",
  ],
  ["a setting of a role", "alter role web set search_path = x", "opaque acknowledge", "breaks"],
  ["an extension brought up to date", "alter extension vector update", "opaque acknowledge", "breaks"],
  [
    "a rule that rewrites queries",
    "create rule r as on insert to a do instead nothing",
    "opaque acknowledge",
    "breaks",
  ],
  ["a form of ALTER that nobody judged", "alter table a disable trigger t", "opaque acknowledge", "breaks"],
  ["a sequence that counts otherwise", "alter sequence s restart with 5", "opaque acknowledge", "breaks"],
  ["a sequence given to its column", "alter sequence s owned by a.id", "works"],
  [
    "what leaves everybody alone",
    "comment on table a is 'x'; create extension if not exists pgcrypto; set search_path = x; analyze a",
    "works",
  ],

  [
    "a function that may be there",
    "create or replace function f() returns int language sql as 'select 1'",
    "replaced acknowledge",
    "breaks",
  ],
  ["a view that may be there", "create or replace view v as select 1 as x", "replaced acknowledge", "breaks"],
  [
    "a new function, and dropped again",
    "create function f() returns int language sql as 'select 1'; drop function f()",
    "works",
  ],
  [
    "a function replaced and then dropped",
    "create or replace function f() returns int language sql as 'select 1'; drop function f()",
    "replaced acknowledge",
    "drop-object acknowledge",
    "breaks",
  ],
  [
    "a view replaced, dropped and made anew",
    "create or replace view v as select 1 as x; drop view v; create view v as select 2 as y",
    "replaced acknowledge",
    "drop-object acknowledge",
    "breaks",
  ],
  [
    "a function replaced that this file made",
    "create function f() returns int language sql as 'select 1'; create or replace function f() returns int language sql as 'select 2'",
    "works",
  ],
  [
    "a table that may be there already",
    "create table if not exists a (id int); alter table a drop column b",
    "maybe-new note",
    "drop-column note",
    "breaks",
  ],
  [
    "an index and a trigger on a table that may be there already",
    "create table if not exists a (id int); create index i on a (id); create trigger t before insert on a for each row execute function f()",
    "maybe-new note",
    "index-build note",
    "trigger note",
    "breaks",
  ],
  [
    "an index that may be there already",
    "create index concurrently if not exists i on a (b); drop index i",
    "concurrently-in-transaction block",
    "index-drop block",
    "works",
  ],

  ["a domain that must not be null", "alter domain d set not null", "not-null-scan acknowledge", "breaks"],
  [
    "a domain's constraint",
    "alter domain d add constraint c check (value > 0)",
    "domain-constraint acknowledge",
    "breaks",
  ],
  [
    "a domain's constraint, unproven",
    "alter domain d add constraint c check (value > 0) not valid",
    "new-constraint note",
    "breaks",
  ],
  ["a domain's default dropped", "alter domain d drop default", "drop-default acknowledge", "breaks"],
  [
    "a new domain with a constraint: nobody uses it yet",
    "create domain d as int check (value > 0)",
    "domain-constraint acknowledge",
    "works",
  ],
  ["a table moved to another disk", "alter table a set tablespace t", "full-rewrite block", "works"],
  ["an index moved to another disk", "alter index i set tablespace t", "full-rewrite block", "works"],
  ["all tables of a disk moved", "alter table all in tablespace a set tablespace b", "full-rewrite block", "works"],
  ["another expression", "alter table a alter column b set expression as (c + 1)", "table-rewrite block", "breaks"],
  ["an expression dropped", "alter table a alter column b drop expression", "drop-default acknowledge", "breaks"],
  ["an identity dropped", "alter table a alter column b drop identity", "drop-default acknowledge", "breaks"],
  [
    "an identity that refuses values",
    "alter table a alter column b add generated always as identity",
    "new-constraint note",
    "breaks",
  ],
  [
    "an identity that refuses values from now on",
    "alter table a alter column b set generated always",
    "new-constraint note",
    "breaks",
  ],
  ["an identity that takes values", "alter table a alter column b set generated by default", "works"],
  [
    "row security forced upon the owner",
    "alter table a force row level security",
    "row-security-forced acknowledge",
    "breaks",
  ],
  ["row security forced on a new table", "create table a (id int); alter table a force row level security", "works"],
  ["the owner let through", "alter table a no force row level security", "row-security-off acknowledge", "works"],
  ["a view that asks as its reader", "alter view v set (security_invoker = on)", "policy-change acknowledge", "breaks"],
  [
    "a partition attached",
    "alter table a attach partition b for values from (1) to (2)",
    "attach-partition acknowledge",
    "breaks",
  ],
  [
    "a new table attached",
    "create table b (id int); alter table a attach partition b for values from (1) to (2)",
    "attach-partition note",
    "works",
  ],
  ["a new partition", "create table b partition of a for values from (1) to (2)", "attach-partition note", "works"],
  [
    "a partition detached",
    "alter table a detach partition b",
    "detach-partition block",
    "rows-leave acknowledge",
    "breaks",
  ],
  ["a child that inherits no more", "alter table b no inherit a", "rows-leave acknowledge", "breaks"],
  [
    "rows deleted on the way",
    "with gone as (delete from a returning *) insert into b select * from gone",
    "whole-table-write acknowledge",
    "works",
  ],
  [
    "rows updated on the way",
    "with x as (update a set b = 1 returning id) select count(*) from x",
    "whole-table-write acknowledge",
    "works",
  ],
  ["rows deleted where everything is true", "delete from a where true", "whole-table-write acknowledge", "works"],
  ["rows deleted while they are explained", "explain analyze delete from a", "whole-table-write acknowledge", "works"],
  [
    "rows that a source does not have",
    "merge into a using b on a.id = b.id when not matched by source then delete",
    "whole-table-write acknowledge",
    "works",
  ],
  ["rows that a source has", "merge into a using b on a.id = b.id when matched then update set c = 1", "works"],
  [
    "a new column filled",
    "alter table a add column b int; update a set b = 1",
    "whole-table-write acknowledge",
    "backfill-under-lock acknowledge",
    "works",
  ],
  ["all that a role owns", "drop owned by web", "drop-owned block", "breaks"],
  ["a role dropped", "drop role web", "drop-object acknowledge", "breaks"],
  ["a role taken away", "revoke admin from web", "revoke acknowledge", "breaks"],
  ["a role given to everybody", "grant admin to anon", "open-grant acknowledge", "works"],
  ["a role given to another", "grant admin to web", "works"],
  [
    "rights to come for everybody",
    "alter default privileges in schema public grant all on tables to anon",
    "open-grant acknowledge",
    "works",
  ],
  ["rights to come taken away", "alter default privileges revoke all on tables from web", "works"],
  [
    "rights on what the file made taken away",
    "create function f() returns int language sql as 'select 1'; revoke all on function f() from public",
    "works",
  ],
  ["another owner", "alter table a owner to web", "owner-change note", "breaks"],
  ["another owner of a function", "alter function f() owner to web", "owner-change note", "breaks"],
  ["another owner of what the file made", "create table a (id int); alter table a owner to web", "works"],
  ["an attribute dropped", "alter type t drop attribute x", "drop-column acknowledge", "breaks"],
  ["an attribute added", "alter type t add attribute x int", "type-change acknowledge", "breaks"],
  ["a column of a foreign table dropped", "alter foreign table a drop column b", "drop-column acknowledge", "breaks"],
  ["a trigger switched on", "alter table a enable trigger t", "trigger acknowledge", "breaks"],
];
for (const [what, sql, ...expected] of cases)
  test(`${what}: ${expected.join(", ")}`, () => assert.deepEqual(told(sql), expected));

const known = (rows: number, more: Partial<KnownTable> = {}): Catalog => ({
  serverMajor: 15,
  others: new Set(["public.there"]),
  tables: { "public.a": { rows, bytes: rows * 100, columns: { b: "integer", id: "bigint" }, ...more } },
});

test("an answer to what cannot be read is a promise, which keeps the way back; any other answer keeps nothing", () => {
  const answered = (rule: string, sql: string) => lint(`-- sluice: allow ${rule} because I looked\n${sql}`);
  for (const [rule, sql, breaks] of [
    ["opaque", "do $$ begin execute 'x'; end $$", false],
    ["replaced", "create or replace view v as select 1 as x", false],
    ["drop-column", "alter table a drop column b", true],
  ] as const) {
    const found = answered(rule, sql);
    assert.deepEqual(unanswered(found), [], rule);
    assert.equal(breaksOldVersion(found), breaks, rule);
  }
});

const small: readonly (readonly [sql: string, ...told: string[]])[] = [
  ["delete from a", "whole-table-write acknowledge", "works"],
  ["update a set b = 1", "whole-table-write acknowledge", "works"],
  ["alter table a add column c int; update a set c = b", "works"],
  ["alter table a alter column b set not null", "not-null-scan acknowledge", "breaks"],
  ["alter table a alter column b type text", "type-change acknowledge", "breaks"],
  ["alter table a drop column b", "drop-column acknowledge", "breaks"],
  ["alter table a add constraint k check (b > 0)", "check-scan note", "breaks"],
  ["alter table a add constraint k foreign key (b) references c (id)", "foreign-key-scan note", "breaks"],
  ["alter table a add constraint k unique (b)", "unique-build note", "breaks"],
  ["create index i on a (b)", "index-build note", "works"],
  ["alter table a set tablespace t", "full-rewrite note", "works"],
];
for (const [sql, ...expected] of small)
  test(`a small table makes nobody wait, and that is all it changes: ${sql}`, () => {
    assert.deepEqual(told(sql, { catalog: known(100) }), expected);
    assert.ok(lint(sql, { catalog: known(100) }).every(({ effects }) => !effects.includes("stalls")));
  });

const references: readonly (readonly [column: string, tier: string])[] = [
  ["r int references c", "note"],
  ["e int default 1, add column r int references c", "note"],
  ["r int default 1 references c", "block"],
  ["r serial references c", "block"],
  ["r int generated always as (b + 1) stored references c", "block"],
];
for (const [column, tier] of references)
  test(`the reference of a new column is validated where its own old rows have a value: ${column}`, () =>
    assert.equal(
      lint(`alter table a add column ${column}`).find(({ rule }) => rule === "foreign-key-scan")?.tier,
      tier,
    ));

test("a partition is attached unnoticed only where it and what is there are small: the default partition is read as well", () => {
  const sizes = (a: number, b: number): Catalog => {
    const { tables, ...rest } = known(a);
    return { ...rest, tables: { ...tables, "public.b": { rows: b, bytes: b * 100, columns: {} } } };
  };
  const attach = "alter table a attach partition b for values from (1) to (2)";
  const tier = (a: number, b: number) => lint(attach, { catalog: sizes(a, b) })[0]?.tier;
  assert.deepEqual([tier(1, 1), tier(1e7, 1), tier(1, 1e7)], ["note", "acknowledge", "acknowledge"]);
});

const key = "alter table a add constraint k primary key using index i";
const keys: readonly (readonly [what: string, sql: string, catalog: Catalog | undefined, ...told: string[]])[] = [
  ["nobody was asked", key, undefined, "not-null-scan acknowledge", "breaks"],
  ["it may be null", key, known(1e7, { indexes: { i: ["b"] }, required: ["id"] }), "not-null-scan block", "breaks"],
  ["it may not be null", key, known(1e7, { indexes: { i: ["id"] }, required: ["id"] }), "works"],
  [
    "the file makes it so, proven before",
    `alter table a validate constraint b_not_null; alter table a alter column b set not null; ${key}`,
    known(1e7, { indexes: { i: ["b"] }, required: [] }),
    "works",
  ],
];
for (const [what, sql, catalog, ...expected] of keys)
  test(`a primary key of an index whose column: ${what}`, () => assert.deepEqual(told(sql, { catalog }), expected));

test("what the database says is there tells a new function or table from one in use", () => {
  const replaced = (name: string) =>
    told(`create or replace function ${name}() returns int language sql as 'select 1'`, { catalog: known(1) });
  assert.deepEqual(replaced("there"), ["replaced acknowledge", "breaks"]);
  assert.deepEqual(replaced("fresh"), ["works"]);
  const table = (name: string) =>
    told(`create table if not exists ${name} (id int); alter table ${name} drop column b`, { catalog: known(1) });
  assert.deepEqual(table("a"), ["drop-column acknowledge", "breaks"]);
  assert.deepEqual(table("fresh"), ["works"]);
});

test("a name without a schema is looked up where the session looks, and nowhere else", () => {
  const table = { rows: 1e7, bytes: 1e9, columns: {} };
  const tables = { "public.a": { ...table, rows: 1, bytes: 1 }, "app.a": table };
  const catalog: Catalog = { serverMajor: 15, schema: "app", tables, others: new Set(["app.f"]) };
  const f = "create or replace function f() returns int language sql as 'select 1'";
  const looked: readonly (readonly [sql: string, options: Partial<LintOptions>, ...told: string[]])[] = [
    ["create index i on a (b)", { catalog }, "index-build block", "works"],
    ["create index i on public.a (b)", { catalog }, "index-build note", "works"],
    ["create index i on a (b)", { catalog, schema: "public" }, "index-build note", "works"],
    ["set search_path to public; create index i on a (b)", { catalog }, "index-build note", "works"],
    ["set search_path to x; reset search_path; create index i on a (b)", { catalog }, "index-build block", "works"],
    ["set search_path to x; create table a (b int); create index i on a (b); drop table a", { catalog }, "works"],
    ["create table x.a (b int); drop table a", { catalog }, "drop-table acknowledge", "breaks"],
    ["create temp table a (b int); alter table app.a drop column b", { catalog }, "drop-column acknowledge", "breaks"],
    [f, { catalog }, "replaced acknowledge", "breaks"],
    [f, { catalog, schema: "public" }, "works"],
    ["create function f() returns int language sql as 'select 1'; drop function f()", { catalog }, "works"],
  ];
  for (const [sql, options, ...expected] of looked) assert.deepEqual(told(sql, options), expected, sql);
});
