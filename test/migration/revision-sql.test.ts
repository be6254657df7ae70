import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScript } from "../../src/migration/migration-script.ts";
import { revisionSql, transactionsIn } from "../../src/migration/revision-sql.ts";
import { lexSql } from "../../src/migration/statements.ts";

const row = "UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a'";
const autocommit = "begin|alter table t add c int|commit|create index concurrently i on t (c)|begin";
const cases: readonly [title: string, printed: string, left: string, apart: string, more?: object][] = [
  ["one transaction", `BEGIN|alter table t add c int|${row}|COMMIT`, "BEGIN|alter table t add c int|COMMIT", "2"],
  ["nothing", `BEGIN|${row}|COMMIT`, "BEGIN|COMMIT", ""],
  [
    "the first one",
    "BEGIN|CREATE TABLE alembic_version (a)|create table t ()|INSERT INTO alembic_version (version_num) VALUES ('b')|COMMIT",
    "BEGIN|create table t ()|COMMIT",
    "2",
  ],
  [
    "a table of another name",
    'BEGIN|create table t ()|DELETE FROM audit."my versions" WHERE version_num = 1|COMMIT',
    "BEGIN|create table t ()|COMMIT",
    "2",
    { table: 'audit."my versions"' },
  ],
  [
    "what only looks like it",
    "BEGIN|do $$begin COMMIT; update alembic_version set x = 1; end$$|update alembic_versions set x = 1|COMMIT",
    "BEGIN|do $$begin COMMIT; update alembic_version set x = 1; end$$|update alembic_versions set x = 1|COMMIT",
    "3",
  ],
  ["an autocommit block", `${autocommit}|${row}|commit`, `${autocommit}|commit`, "2,1"],
  [
    "a transaction ended by hand",
    `BEGIN|alter table t add c int|COMMIT|vacuum t|${row}|COMMIT`,
    "BEGIN|alter table t add c int|COMMIT|vacuum t",
    "2,1",
  ],
  [
    "a savepoint, which ends nothing",
    "BEGIN|savepoint s|rollback to s|COMMIT",
    "BEGIN|savepoint s|rollback to s|COMMIT",
    "3",
  ],
  ["no transaction in the offline part", `create table t ()|${row}`, "BEGIN|create table t ()|COMMIT", "2"],
  [
    "and an autocommit block in it",
    `COMMIT|create index concurrently i on t (c)|BEGIN|${row}`,
    "BEGIN|COMMIT|create index concurrently i on t (c)|BEGIN|COMMIT",
    "1",
  ],
  ["none at all", `vacuum t|${row}|COMMIT`, "vacuum t|COMMIT", "1,1", { transactional: false }],
];

const statements = (sql: string) => lexSql(sql).statements.map(({ text }) => text);
for (const [title, printed, left, apart, more] of cases)
  test(`what Alembic prints of a revision, without its own rows: ${title}`, () => {
    const sql = `${printed.replaceAll("|", ";\n\n")};`;
    const found = revisionSql({ sql, table: "alembic_version", transactional: true, ...more });
    assert.deepEqual(statements(found), left.split("|"));
    const parts = transactionsIn(found);
    // A transaction counts with its BEGIN.
    const sizes = parts.map((part) => Math.max(1, statements(part).length - 1));
    assert.equal(sizes.join(","), apart);
  });

test("a transaction that never ends is refused where it would be run", () => {
  const [part = ""] = transactionsIn("begin; create table t ();");
  assert.throws(() => parseScript({ name: "x", path: "x", checksum: "", sql: part }), /BEGIN is not for a migration/);
});
