import assert from "node:assert/strict";
import { test } from "node:test";
import { lintMigrations } from "../../src/migration/lint.ts";
import { sqlParser } from "../../src/migration/sql-parser.ts";
import { lintReport } from "../../src/report/lint-report.ts";

const parse = await sqlParser();
const reported = (sql: string) =>
  lintReport(1, lintMigrations([{ name: "migrations/0001_a.sql", sql }], parse, { transaction: "file" }));

test("what stops the migration comes first, answers last, and nothing in a file becomes HTML, a table or a mention", () => {
  const text = reported(
    'alter table a alter column b drop not null;\n-- sluice: allow drop-column because @ops said <b>so</b> | yes\nalter table a drop column c;\ndrop table "x<img>|@all";\ncreate index i on a (b);',
  );
  const rows = text.split("\n").filter((line) => /^\| (?:⛔|✋|ℹ️|✔️) /.test(line));
  assert.deepEqual(
    rows.map((row) => row.split(" | ")[2]),
    ["index-build", "drop-table", "drop-not-null", "drop-column"].map((rule) => rule),
  );
  assert.doesNotMatch(text, /<b>|<img>|[^\\]\|@all|@ops/);
});

test("however long the reasons and however many the findings, a comment of GitHub's holds it", () => {
  const answered = `-- sluice: allow drop-column because ${"x".repeat(5000)}\nalter table a drop column c;\n`;
  assert.ok(reported(answered.repeat(200)).length < 65_000);
});
