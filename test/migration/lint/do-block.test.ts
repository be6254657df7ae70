import assert from "node:assert/strict";
import { test } from "node:test";
import { breaksOldVersion, type LintOptions, lintMigrations, unanswered } from "../../../src/migration/lint.ts";
import { sqlParser } from "../../../src/migration/sql-parser.ts";

const parse = await sqlParser();
const lint = (sql: string, transaction: LintOptions["transaction"] = "file") =>
  lintMigrations([{ name: "0001_x.sql", sql }], parse, { transaction });
const rules = (sql: string, transaction?: LintOptions["transaction"]) => lint(sql, transaction).map(({ rule }) => rule);
const block = (body: string) => `do $$ ${body} $$;`;

const drop = "drop table a;";
const seen: readonly (readonly [where: string, body: string])[] = [
  ["plainly", `begin ${drop} end`],
  ["behind what was declared", `declare n int := 1; begin ${drop} end`],
  ["in a block within", `begin begin ${drop} end; end`],
  ["where an error is caught", `begin ${drop} exception when undefined_table then null; end`],
  ["because an error was caught", `begin null; exception when others then ${drop} end`],
  ["in a condition", `begin if true then ${drop} end if; end`],
  ["in another condition", `begin if true then null; elsif false then ${drop} end if; end`],
  ["in no condition", `begin if true then null; else ${drop} end if; end`],
  ["in a case", `begin case when true then ${drop} end case; end`],
  ["in a case of something", `begin case 1 when 1 then ${drop} end case; end`],
  ["in no case", `begin case 1 when 1 then null; else ${drop} end case; end`],
  ["in a loop", `begin loop ${drop} exit when not found; end loop; end`],
  ["while something holds", `begin while true loop ${drop} end loop; end`],
  ["so many times", `begin for i in 1..3 loop ${drop} end loop; end`],
  ["for each row", `declare r record; begin for r in select 1 loop ${drop} end loop; end`],
  ["for each element", `declare x int; begin foreach x in array array[1] loop ${drop} end loop; end`],
  ["behind a way out", `begin if true then return; end if; ${drop} end`],
  ["beside an answer of the database", `declare n int; begin select 1 into strict n; n := n + 1; ${drop} end`],
];
for (const [where, body] of seen)
  test(`what a DO block drops is seen: ${where}`, () => assert.deepEqual(rules(block(body)), ["drop-table"]));

const unread: readonly (readonly [why: string, sql: string])[] = [
  ["EXECUTE", block("begin execute 'drop table a'; end")],
  ["EXECUTE deep in it", block("begin if true then loop execute 'x'; end loop; end if; end")],
  ["a loop over made SQL", block("declare r record; begin for r in execute 'x' loop null; end loop; end")],
  ["a procedure", block("begin call p(); end")],
  ["a cursor", block("declare c cursor for select 1; begin open c; close c; end")],
  ["a transaction that it ends", block("begin commit; end")],
  ["another block", block("begin do 'begin end'; end")],
  ["another language", "do language plpython3u $$ import os $$"],
  ["what is no PL/pgSQL", block("begin drop table; end")],
  ["a function of somebody's own", block("begin perform clean_up(); end")],
  ["one in a condition", block("begin if clean_up() then null; end if; end")],
  ["one in an assignment", block("declare n int; begin n := clean_up(); end")],
  ["one in a declaration", block("declare n int := clean_up(); begin null; end")],
  ["one in what it says", block("begin raise notice '%', clean_up(); end")],
  ["one in a loop's end", block("begin for i in 1..clean_up() loop null; end loop; end")],
  ["one in a way out", block("begin loop exit when clean_up(); end loop; end")],
];
for (const [why, sql] of unread)
  test(`a DO block is not read for ${why}`, () => {
    assert.deepEqual(rules(sql), ["opaque"]);
    assert.ok(breaksOldVersion(lint(sql)));
  });

const table = "create table n (id int)";
const alter = "alter table n drop column id";
const together: readonly (readonly [what: string, sql: string, ...rules: string[]])[] = [
  ["nothing is nothing", block("begin null; end")],
  ["a table it makes is nobody's, within and behind", `${block(`begin ${table}; ${alter}; end`)} ${alter};`],
  [
    "one that it may make is so only there",
    `${block(`begin if not exists (select from pg_class) then ${table}; ${alter}; end if; end`)} ${alter};`,
    "drop-column",
  ],
  [
    "nor is it another branch's",
    block(`begin if true then ${table}; elsif false then ${alter}; end if; end`),
    "drop-column",
  ],
  ["one behind a way out", `${block(`begin if true then return; end if; ${table}; end`)} ${alter};`, "drop-column"],
  ["one behind an exit", `${block(`begin <<b>> begin exit b; ${table}; end; end`)} ${alter};`, "drop-column"],
  [
    "a policy somewhere in it",
    `alter table a enable row level security; ${block("begin if true then create policy p on a using (id = 1); end if; end")}`,
  ],
  [
    "the lock of a statement in front",
    `alter table a add constraint c check (b > 0) not valid; ${block("begin alter table a validate constraint c; end")}`,
    "new-constraint",
    "validate-under-lock",
  ],
  ["CONCURRENTLY", block("begin create index concurrently i on a (b); end"), "concurrently-in-transaction"],
  ["a file of names in a schema", `set search_path = x; ${block("begin create table a (); end")} drop table x.a;`],
];
for (const [what, sql, ...expected] of together)
  test(`a DO block among other statements: ${what}`, () => assert.deepEqual(rules(sql), expected));

const add = "alter table big add column y int;";
const update = "update big set x = 1 where id = 2;";
const waits: readonly (readonly [what: string, body: string, ...rules: string[]])[] = [
  ["without a lock timeout", `begin set local lock_timeout = '0'; ${add} end`, "explicit-lock"],
  ["without one, by a function", `begin perform set_config('lock_timeout', '0', false); ${add} end`, "explicit-lock"],
  ["where one may be taken away", `begin if true then set lock_timeout = 0; end if; ${add} end`, "explicit-lock"],
  [
    "where one is taken away and may be given back",
    `begin set lock_timeout = 0; if true then set lock_timeout = '1s'; end if; ${add} end`,
    "explicit-lock",
  ],
  ["that sleeps", `begin ${add} perform pg_sleep(600); end`, "explicit-lock"],
  ["for every row", `declare r record; begin for r in select 1 loop ${update} end loop; end`, "whole-table-write"],
  ["in rounds", `begin loop if true then ${update} end if; exit when not found; end loop; end`, "whole-table-write"],
  ["so many times", "begin for i in 1..9 loop insert into big values (i); end loop; end", "whole-table-write"],
  ["in rounds of every row", "begin while true loop delete from big; end loop; end", "whole-table-write"],
  ["in rounds, of what it made", `begin ${table}; loop insert into n values (1); end loop; end`],
  ["once, behind a loop", `begin for i in 1..2 loop null; end loop; ${update} end`],
];
for (const [what, body, ...expected] of waits)
  test(`what others wait for in a DO block: ${what}`, () => assert.deepEqual(rules(block(body)), expected));

test("a block that makes SQL by a function of PostgreSQL's own is not read", () =>
  assert.deepEqual(rules(block("begin perform pg_catalog.query_to_xml('drop table a', true, true, ''); end")), [
    "opaque",
  ]));

test("a timeout that a file took away counts for the files behind it where their engine does not set it again", () => {
  const files = ["set lock_timeout = 0;", "alter table a add b int;"].map((sql, i) => ({ name: `${i}.sql`, sql }));
  const found = (transaction: LintOptions["transaction"]) =>
    lintMigrations(files, parse, { transaction }).map(({ file, rule }) => `${file} ${rule}`);
  assert.deepEqual(found("none"), ["1.sql explicit-lock"]);
  assert.deepEqual(found("file"), []);
});

test("where nobody opened a transaction, a block is one by itself", () => {
  const add = "alter table a add constraint c check (b > 0) not valid;";
  const validate = "alter table a validate constraint c;";
  assert.deepEqual(rules(block(`begin ${add} ${validate} end`), "none"), ["new-constraint", "validate-under-lock"]);
  assert.deepEqual(rules(`${block(`begin ${add} end`)} ${block(`begin ${validate} end`)}`, "none"), ["new-constraint"]);
  assert.deepEqual(rules(block("begin create index concurrently i on a (b); end"), "none"), [
    "concurrently-in-transaction",
  ]);
});

test("a finding is told at its own statement, and answered there or above the block", () => {
  const sql = (above: string, within: string) =>
    `${above}\ndo $body$\nbegin\n  raise notice 'é';\n  ${within}\n  drop table a;\nend $body$;\n`;
  const answer = "-- sluice: allow drop-table because nobody reads it";
  const [found] = lint(sql("", ""));
  assert.deepEqual([found?.line, found?.column], [6, 3]);
  for (const answered of [sql(answer, ""), sql("", answer)]) assert.deepEqual(unanswered(lint(answered)), []);
  assert.equal(unanswered(lint(sql("", `${answer}\n  drop table b;`))).length, 1, "an answer is for its statement");
  const [quoted] = lint("select 1;\ndo 'begin update \"a\" set b = ''x''; end'");
  assert.deepEqual([quoted?.rule, quoted?.line, quoted?.column], ["whole-table-write", 2, 1]);
});
