import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../../src/failure.ts";
import { migrationFile } from "../../src/migration/migration-files.ts";
import { parseScript } from "../../src/migration/migration-script.ts";
import { ruleFor } from "../../src/migration/statement-rule.ts";
import { lexSql, lineAndColumn } from "../../src/migration/statements.ts";

/** Things that may hold a semicolon without ending a statement. */
const holders = [
  "';'",
  "';'';'",
  "E'\\';'",
  '";"";"',
  "$$;$$",
  "$tag$;$$;$other$;$tag$",
  "(a; b)",
  "/* ; /* ; */ ; */",
  "-- ; $$ ' \n",
  "$1",
  "a$b$c",
  "1e5",
  "'\\'",
];

test("a text has as many statements as were joined, wherever semicolons hide", () => {
  const piece = fc.constantFrom(...holders, "select", "update", "x", "+", ",");
  const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => `do ${pieces.join(" ")}`);
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), fc.constantFrom(";", ";;", "\n;\n"), (parts, separator) => {
      const lexed = lexSql(parts.join(separator));
      assert.equal(lexed.statements.length, parts.length);
      assert.equal(lexed.unterminated, undefined);
      assert.deepEqual(lexed.metaCommands, []);
    }),
  );
});

test("no text makes the lexer throw, and statements lie in order inside it", () => {
  const piece = fc.oneof(
    fc.constantFrom("'", '"', "$$", "$a$", "/*", "*/", "--", "\n", ";", "(", ")", "\\", "E'"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const sql = pieces.join("");
      let at = 0;
      for (const { start, end, text } of lexSql(sql).statements) {
        assert.ok(at <= start && start < end && end <= sql.length);
        assert.equal(text, sql.slice(start, end));
        at = end;
      }
    }),
  );
});

const bodies: readonly [sql: string, count: number][] = [
  ["create function f() returns int begin atomic select 1; select 2; end; select 3", 2],
  ["create or replace procedure p() begin atomic select case when a then 1 end; end; select 3", 2],
  ["create rule r as on insert to a do also (insert into b values (1); delete from c); select 1", 2],
  ["create table f (begin int); select 1; commit", 3],
];

for (const [sql, count] of bodies) {
  test(`${count} statements: ${sql}`, () => assert.equal(lexSql(sql).statements.length, count));
}

const rules: readonly [sql: string, rule: string][] = [
  ["create index concurrently i on t (a)", "alone"],
  ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I;x" ON public."T" (a)', "alone"],
  ["create index concurrently on t (a)", "refused"],
  ["create index i on t (concurrently)", "in-transaction"],
  ["drop index concurrently i", "alone"],
  ["reindex (concurrently, verbose) index i", "alone"],
  ["reindex table concurrently t", "alone"],
  ["reindex table t", "in-transaction"],
  ["vacuum (full) t", "alone"],
  ["alter table t detach partition p concurrently", "alone"],
  ["alter table t detach partition /* old */ p concurrently", "refused"],
  ["alter table t detach partition p finalize", "in-transaction"],
  ["create index concurrently /* why */ i on t (a)", "refused"],
  ["reindex database concurrently", "alone"],
  ["alter system set work_mem = '1MB'", "alone"],
  ["create database d", "alone"],
  ["refresh materialized view concurrently v", "in-transaction"],
  ["alter type mood add value 'calm'", "in-transaction"],
  ["comment on table t is 'concurrently; commit'", "in-transaction"],
  ["begin", "refused"],
  ["start transaction", "refused"],
  ["rollback", "refused"],
  ["rollback to savepoint s", "in-transaction"],
  ["savepoint s", "in-transaction"],
  ["prepare transaction 'x'", "refused"],
  ["prepare q as select 1", "in-transaction"],
  ["copy t from stdin", "refused"],
  ["copy t to stdout", "in-transaction"],
];

for (const [sql, rule] of rules) {
  test(`${rule}: ${sql}`, () => {
    const [statement] = lexSql(sql).statements;
    assert.equal(statement && ruleFor(statement).rule, rule);
  });
}

test("a concurrent index is known by its catalog name and its table as written", () => {
  const [statement] = lexSql('create index concurrently "My ""Index" on Public."T x" using gin (a)').statements;
  const rule = statement && ruleFor(statement);
  assert.deepEqual(rule?.rule === "alone" ? rule.index : undefined, {
    name: 'My "Index',
    table: 'Public."T x"',
    unique: false,
    ifNotExists: false,
    definition: "using gin (a)",
  });
});

test("lines and columns count from one", () => {
  assert.deepEqual(lineAndColumn("ab\ncd", 0), { line: 1, column: 1 });
  assert.deepEqual(lineAndColumn("ab\ncd", 4), { line: 2, column: 2 });
});

test("a file's refusal names the place, also for machines", () => {
  const refuse = () => parseScript(migrationFile("1_a.sql", "db/1_a.sql", Buffer.from("select 1;\n  commit")));
  assert.throws(refuse, (error) => {
    assert.ok(error instanceof InputError);
    assert.deepEqual(error.place, { file: "db/1_a.sql", line: 2, column: 3 });
    return true;
  });
});

test("bytes that are not UTF-8 are refused, a byte order mark is not part of the SQL", () => {
  assert.throws(() => migrationFile("1_a.sql", "1_a.sql", Buffer.from([0x73, 0xff])), InputError);
  assert.equal(migrationFile("1_a.sql", "1_a.sql", Buffer.from("\ufeffselect 1")).sql, "select 1");
});
