import assert from "node:assert/strict";
import { test } from "node:test";
import type { Catalog } from "../../src/migration/lint/catalog.ts";
import type { RuleName } from "../../src/migration/lint/rules.ts";
import { breaksOldVersion, type LintOptions, lintMigrations, unanswered } from "../../src/migration/lint.ts";
import { sqlParser } from "../../src/migration/sql-parser.ts";

const parse = await sqlParser();
const lint = (sql: string | readonly string[], options: Partial<LintOptions> = {}) =>
  lintMigrations(
    (typeof sql === "string" ? [sql] : sql).map((text, i) => ({ name: `000${i + 1}_x.sql`, sql: text })),
    parse,
    { transaction: "file", ...options },
  );

const cases: readonly (readonly [what: string, sql: string | readonly string[], rules: readonly RuleName[]])[] = [
  ["a nullable column is nothing", "alter table a add column b text", []],
  [
    "a column of a table these files create is nothing",
    ["create table a (id int)", "alter table a add column b int not null"],
    [],
  ],
  [
    "an index on a new table in another schema is told from one in use",
    "create table s.a (x int); create index i on a (x)",
    ["index-build"],
  ],
  [
    "row security with its policy in the same file",
    "alter table a enable row level security; create policy p on a to member using (owner = current_user)",
    [],
  ],
  ["row security alone", "alter table a enable row level security", ["row-security-without-policy"]],
  ["a policy that is always true, for everybody", "create policy p on a using (true)", ["open-policy"]],
  ["a policy that is always true, for one role", "create policy p on a to service using (true)", []],
  ["a policy taken away", "drop policy p on a", ["policy-change"]],
  ["a policy altered", "alter policy p on a using (false)", ["policy-change"]],
  ["row security switched off", "alter table a disable row level security", ["row-security-off"]],
  ["rights taken away", "revoke select on a from web", ["revoke"]],
  ["rights to write for everybody", "grant all on a to anon", ["open-grant"]],
  ["rights to read for everybody", "grant select on a to anon", []],
  ["a default dropped", "alter table a alter column b drop default", ["drop-default"]],
  ["a view dropped", "drop view v", ["drop-object"]],
  ["a function dropped", "drop function f(int)", ["drop-object"]],
  ["a type dropped", "drop type t", ["drop-object"]],
  ["a schema dropped", "drop schema s", ["drop-object"]],
  ["a table moved", "alter table a set schema s", ["set-schema"]],
  ["an enum value renamed", "alter type t rename value 'a' to 'b'", ["rename"]],
  ["every row updated", "update a set b = 1", ["whole-table-write"]],
  ["some rows updated", "update a set b = 1 where c = 2", []],
  ["every row deleted", "delete from a", ["whole-table-write"]],
  ["a table emptied", "truncate a", ["truncate"]],
  [
    "rows changed under the lock of their own table's change",
    "alter table a add column b int; update a set b = 1 where c = 2",
    ["backfill-under-lock"],
  ],
  ["rows changed in a file of their own", ["alter table a add column b int", "update a set b = 1 where c = 2"], []],
  ["a unique index built without a stop", "create unique index concurrently i on a (b)", ["unique-index"]],
  [
    "several indexes built without a stop, which the engine runs one by one",
    "set maintenance_work_mem = '1GB'; create index concurrently i on a (b); drop index concurrently j",
    [],
  ],
  [
    "an index built without a stop, beside what needs a transaction",
    "create index concurrently i on a (b); alter table a add column c int",
    ["concurrently-in-transaction"],
  ],
  [
    "a partition detached without a stop, which cannot be repeated, beside such an index",
    "alter table a detach partition b concurrently; create index concurrently i on a (b)",
    ["concurrently-in-transaction", "rows-leave", "concurrently-in-transaction"],
  ],
  ["a trigger on a table in use", "create trigger t before insert on a for each row execute function f()", ["trigger"]],
  [
    "a foreign key added unproven",
    "alter table a add constraint k foreign key (b) references c (id) not valid",
    ["new-constraint"],
  ],
  ["a virtual column stores nothing", "alter table a add column b int generated always as (c + 1) virtual", []],
  [
    "an identity for rows that are there",
    "alter table a add column b int generated always as identity",
    ["table-rewrite"],
  ],
  ["a materialised view refreshed", "refresh materialized view v", ["full-rewrite"]],
  ["a lock by hand", "lock table a", ["explicit-lock"]],
  ["BEGIN and COMMIT around the whole file, as the engine does it", "begin; select 1; commit", []],
  [
    "BEGIN where the engine has begun",
    "select 1; begin; select 1; commit",
    ["nested-transaction", "nested-transaction"],
  ],
  ["a COMMIT within", "begin; select 1; commit; select 1; commit", ["nested-transaction"]],
  [
    "a transaction of another kind",
    "begin isolation level serializable; select 1; commit",
    ["nested-transaction", "nested-transaction"],
  ],
  [
    "START TRANSACTION, which the engine refuses",
    "start transaction; select 1; commit",
    ["nested-transaction", "nested-transaction"],
  ],
  ["a savepoint within", "savepoint x; select 1; rollback to x", []],
  ["CONCURRENTLY within", "begin; create index concurrently i on a (b); commit", ["concurrently-in-transaction"]],
  ["what PostgreSQL cannot read", "alter tabel a add b int", ["syntax"]],
  ["nothing at all", "-- only a comment\n", []],
];
for (const [what, sql, rules] of cases)
  test(`${what}: ${rules.join(", ") || "nothing to say"}`, () => {
    assert.deepEqual(
      lint(sql).map(({ rule }) => rule),
      rules,
    );
  });

test("a finding stands at its statement, behind comments, and counts letters outside of ASCII as one", () => {
  const [found] = lint("-- größer: ünïcödé\n/* /* nested */ */\n  create table ö (id int);\n  -- x\n  drop table b;");
  assert.deepEqual([found?.line, found?.column, found?.file], [5, 3, "0001_x.sql"]);
});

test("a syntax error stands where the parser gave up", () => {
  const [found] = lint("-- é\nselect 1;\nalter tabel a");
  assert.deepEqual([found?.line, found?.column], [3, 7]);
});

const dropped = (comment: string) => `${comment}\nalter table a drop column b;\nalter table a drop column c;`;

test("a reason above a statement answers its finding, and only that one", () => {
  const found = lint(dropped("-- sluice: allow drop-column because nothing reads it since May"));
  assert.deepEqual(
    found.map(({ acknowledged }) => acknowledged),
    ["nothing reads it since May", undefined],
  );
  assert.equal(unanswered(found).length, 1);
});

test("an acknowledgement without a reason, or of no rule, is refused with what to write", () => {
  const noReason = lint(dropped("-- sluice: allow drop-column"));
  assert.deepEqual(
    noReason.map(({ rule }) => rule),
    ["drop-column", "drop-column", "acknowledgement"],
  );
  const [, , misspelt] = lint(dropped("-- sluice: allow drop-colum because x"));
  assert.match(misspelt?.message ?? "", /did you mean `drop-column`/);
  assert.equal(unanswered(noReason).length, 3);
});

const catalog = (rows: number, type = "character varying(20)"): Catalog => ({
  serverMajor: 15,
  tables: { "public.a": { rows, bytes: rows * 100, columns: { b: type } } },
});

test("what is known of a table: small ones are only noted, large ones are not", () => {
  const tier = (rows: number) => lint("create index i on a (b)", { catalog: catalog(rows) })[0]?.tier;
  assert.deepEqual([tier(200), tier(2_000_000)], ["note", "block"]);
});

test("a table nobody ever analysed is judged by its size", () => {
  const known = { ...catalog(-1).tables["public.a"], bytes: 1e9 } as Catalog["tables"][string];
  const [found] = lint("create index i on a (b)", { catalog: { serverMajor: 15, tables: { "public.a": known } } });
  assert.equal(found?.tier, "block");
});

test("a wider text is no rewrite, a narrower one is", () => {
  const tier = (type: string) => lint(`alter table a alter column b type ${type}`, { catalog: catalog(1e7) })[0]?.tier;
  assert.deepEqual(
    [tier("varchar(40)"), tier("text"), tier("varchar(10)"), tier("int")],
    ["note", "note", "block", "block"],
  );
});

test("what the version that serves cannot live with is told apart from what only takes time", () => {
  assert.equal(breaksOldVersion(lint("alter table a drop column b")), true);
  assert.equal(breaksOldVersion(lint("create index i on a (b)")), false);
  const wider = lint("alter table a alter column b type varchar(40)", { catalog: catalog(1e7) });
  assert.equal(breaksOldVersion(wider), false, "a wider text is read by every version");
});

test("a table that `if not exists` finds there is not a new one, where the database was asked", () => {
  const sql = "create table if not exists a (id int); alter table a drop column b;";
  const rules = (catalog?: Catalog) => lint(sql, catalog === undefined ? {} : { catalog }).map(({ rule }) => rule);
  assert.deepEqual(rules({ serverMajor: 15, tables: {} }), []);
  assert.ok(rules(catalog(1e7)).length > 0);
});

test("a validated check proves a column that its name holds as a word, not as a part of one", () => {
  const proven = (constraint: string) =>
    lint(`alter table a validate constraint ${constraint}; alter table a alter column id set not null`, {
      catalog: catalog(1e7),
    }).every(({ rule }) => !rule.includes("not-null"));
  assert.equal(proven("a_id_check"), true);
  assert.equal(proven("a_paid_check"), false);
});
