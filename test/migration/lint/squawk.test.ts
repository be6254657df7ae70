import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { RuleName } from "../../../src/migration/lint/rules.ts";
import { lintMigrations } from "../../../src/migration/lint.ts";
import { sqlParser } from "../../../src/migration/sql-parser.ts";

interface Case {
  readonly rule: string;
  readonly expect: "ok" | "violation";
  readonly sql: string;
  readonly settings?: { readonly pg_version?: string; readonly assume_in_transaction?: boolean };
  readonly note?: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../data/lint/squawk.json", import.meta.url), "utf8"),
);
const parse = await sqlParser();

/** Which of our rules says what a rule of squawk says. */
const hazards: Readonly<Record<string, readonly RuleName[]>> = {
  "adding-field-with-default": ["table-rewrite"],
  "adding-foreign-key-constraint": ["foreign-key-scan"],
  "adding-not-nullable-field": ["not-null-scan"],
  "adding-required-field": ["required-column"],
  "adding-serial-primary-key-field": ["primary-key-build"],
  "ban-alter-domain-with-add-constraint": ["domain-constraint"],
  "ban-concurrent-index-creation-in-transaction": ["concurrently-in-transaction"],
  "ban-create-domain-with-constraint": ["domain-constraint"],
  "ban-drop-column": ["drop-column"],
  "ban-drop-database": ["drop-database"],
  "ban-drop-not-null": ["drop-not-null"],
  "ban-drop-table": ["drop-table"],
  "ban-duplicate-column-assignments": ["duplicate-column"],
  "ban-truncate-cascade": ["truncate-cascade"],
  "ban-uncommitted-transaction": ["open-transaction"],
  "changing-column-type": ["type-change"],
  "constraint-missing-not-valid": [
    "foreign-key-scan",
    "check-scan",
    "unique-build",
    "primary-key-build",
    "validate-under-lock",
  ],
  "disallowed-unique-constraint": ["unique-build"],
  "prefer-repack": ["full-rewrite"],
  "renaming-column": ["rename"],
  "renaming-table": ["rename"],
  "require-concurrent-index-creation": ["index-build"],
  "require-concurrent-index-deletion": ["index-drop"],
  "require-concurrent-partition-detach": ["detach-partition"],
  "require-concurrent-reindex": ["reindex"],
  "require-enum-value-ordering": ["enum-order"],
  "transaction-nesting": ["nested-transaction"],
};

/** Rules about taste, or about timeouts that the engine sets itself: nothing of ours answers to them. */
const hygiene = [
  ...["ban-char-field", "identifier-too-long", "prefer-bigint-over-int", "prefer-bigint-over-smallint"],
  ...["prefer-identity", "prefer-robust-stmts", "prefer-text-field", "prefer-timestamp-tz", "require-lock-timeout"],
  ...["require-statement-timeout", "require-table-schema", "require-timeout-settings"],
];

test("every rule of the cases is a hazard of ours or a matter of taste", () => {
  const known = [...Object.keys(hazards), ...hygiene].sort();
  assert.deepEqual([...new Set(cases.map(({ rule }) => rule))].sort(), known);
});

/** Cases that say `disable-assume-in-transaction` switch off, inside the file, what the setting switches on. */
const inTransaction = ({ sql, settings }: Case) =>
  settings?.assume_in_transaction === true && !sql.includes("squawk-disable-assume-in-transaction");

/** Rows that are not a target, each with why. */
const disputed = (row: Case): string | undefined => {
  if (row.note !== undefined) return row.note;
  if (/^(?:CLUSTER|VACUUM FULL) /.test(row.sql))
    return "squawk says nothing before PostgreSQL 19 has REPACK; the rewrite stops traffic all the same";
  if (row.settings?.pg_version === "11") return "PostgreSQL 14 is the oldest that is supported";
  return undefined;
};

for (const [i, row] of cases.entries()) {
  const expected = hazards[row.rule];
  if (expected === undefined || disputed(row) !== undefined) continue;
  test(`squawk ${i} ${row.rule}: ${row.expect} ${JSON.stringify(row.sql.replaceAll(/\s+/g, " ").slice(0, 60))}`, () => {
    const found = lintMigrations([{ name: "case.sql", sql: row.sql }], parse, {
      transaction: inTransaction(row) ? "file" : "none",
    });
    const rules = found.map(({ rule }) => rule);
    assert.equal(
      rules.some((rule) => expected.includes(rule)),
      row.expect === "violation",
      JSON.stringify(rules),
    );
  });
}
