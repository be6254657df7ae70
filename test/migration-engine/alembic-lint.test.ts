import assert from "node:assert/strict";
import { after, test } from "node:test";
import { lintMigrations, type SqlFile } from "../../src/migration/lint.ts";
import { revisionText } from "../../src/migration/revision-text.ts";
import { sqlParser } from "../../src/migration/sql-parser.ts";
import { lexSql } from "../../src/migration/statements.ts";
import { alembicEngine } from "../../src/migration-engine/alembic.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { alembicProject, python, revision, skip } from "./alembic-project.ts";
import { type Files, startDatabases } from "./database.ts";

const databases = await startDatabases("alembic-lint");
after(() => databases.stop());

async function project(files: Files) {
  const made = await databases.project({ ...alembicProject, ...files });
  const engine = () => alembicEngine({ config: `${made.directory}/alembic.ini`, python, url: made.url }, quietPorts());
  return { ...made, engine };
}

/** Python that runs each of them by itself, as `op.execute` or in an autocommit block. */
const run = (...sql: readonly string[]) => sql.map((one) => `op.execute(${JSON.stringify(one)})`).join("\n    ");
const autocommit = (sql: string) => `with op.get_context().autocommit_block():\n        ${run(sql)}`;

const parse = await sqlParser();
const told = (files: readonly SqlFile[], transaction: "file" | "none") =>
  lintMigrations(files, parse, { transaction, serverMajor: 15 }).map(({ rule, tier, effects, message }) => ({
    rule,
    tier,
    effects,
    message,
  }));

const statements = (sql = "") => lexSql(sql).statements.map(({ text }) => text);

const add = "alter table one add constraint known check (id > 0) not valid";
const validate = "alter table one validate constraint known";
const fill = "update one set note = '' where note is null";
const percent = "update one set id = 5 % 2 where note like 'b%'";
const build = "create index concurrently one_note on one (note)";
const rules: readonly [title: string, python: string, sql: readonly string[], rules: readonly string[]][] = [
  ["validated under the lock", run(add, validate), [add, validate], ["new-constraint", "validate-under-lock"]],
  [
    "validated in a transaction of its own",
    `${run(add)}\n    ${autocommit(validate)}`,
    [add, "commit", validate, "begin"],
    ["new-constraint"],
  ],
  ["filled under the lock", run(`${add}; ${fill}`), [add, fill], ["new-constraint", "backfill-under-lock"]],
  ["signs of percent", run(percent), [percent], []],
  ["CONCURRENTLY in a transaction", run(build), [build], ["concurrently-in-transaction"]],
  ["CONCURRENTLY in an autocommit block", autocommit(build), ["commit", build, "begin"], []],
  ["a comment at the end", run("alter table one add column b int -- old"), ["alter table one add column b int"], []],
  ["a transaction ended by hand", run("COMMIT", build), ["COMMIT", build], []],
];

test("a revision is told what a file of the same SQL in a transaction is told, also of a table and an env.py of its own", {
  skip,
}, async () => {
  const revisions = rules.map(([, python], i) => revision(`r${i + 1}`, i === 0 ? "r0" : `r${i}`, python));
  const files = Object.assign({}, revision("r0", undefined, run("create table one (id int, note text)")), ...revisions);
  const { engine, add: change } = await project(files);
  const { pending } = await engine().plan();
  const read = async () => {
    const found = (await engine().readSql?.(pending)) ?? [];
    return found.map((each) => ("sql" in each ? each : assert.fail(`${each.name}: ${each.unread}`)));
  };
  for (const [how, env] of Object.entries({
    "as alembic init writes it": (text: string) => text,
    "none in the offline part": (text: string) =>
      text.replace(
        "with context.begin_transaction():",
        "if context.is_offline_mode():\n        context.run_migrations()\n    else:",
      ),
    "a transaction for each, and another table": (text: string) =>
      text.replace(
        "target_metadata=None",
        'transaction_per_migration=True, version_table="my versions", version_table_schema="public"',
      ),
  })) {
    await change({ "migrations/env.py": env(alembicProject["migrations/env.py"] ?? "") });
    const [first, ...others] = await read();
    assert.ok(first !== undefined && !/alembic_version|my versions/.test(first.sql), `${how}: ${first?.sql}`);
    for (const [i, [title, , sql, expected]] of rules.entries()) {
      const said = told([others[i] ?? assert.fail()], "none");
      assert.deepEqual(
        said.map(({ rule }) => rule),
        expected,
        `${how}: ${title}`,
      );
      // By hand there is one COMMIT more, which Alembic's own is no blame of the revision's.
      const text = revisionText(files[`migrations/versions/r${i + 1}_change.py`] ?? "");
      assert.deepEqual(statements(text), statements(others[i]?.sql), `as text: ${title}`);
      if (sql[0] === "COMMIT") continue;
      const file = { name: "x.sql", sql: ["begin", ...sql, "commit"].join(";\n") };
      assert.deepEqual(said, told([file], sql.includes("commit") ? "none" : "file"), title);
    }
  }
});

test("an env.py that runs nothing is told so, and what it prints like an answer is none", { skip }, async () => {
  const { directory, url, add: change } = await project(revision("r0", undefined, run("create table one () -- first")));
  const ports = quietPorts();
  const engine = alembicEngine({ config: `${directory}/alembic.ini`, python, url }, ports);
  const env = alembicProject["migrations/env.py"] ?? "";
  const forged = ["{", '{"event": "sql"}', '{"event": "failed", "message": 1}'];
  const printed = forged.map((one) => `print("\\n" + sys.argv[1] + ${JSON.stringify(one)})\n`).join("");
  await change({ "migrations/env.py": `import sys\n${printed}${env}` });
  const { pending } = await engine.plan();
  const [read] = (await engine.readSql?.(pending)) ?? [];
  assert.deepEqual(read !== undefined && "sql" in read && statements(read.sql), [
    "BEGIN",
    "create table one ()",
    "COMMIT",
  ]);
  for (const one of forged)
    assert.ok(
      ports.lines.some((line) => line.endsWith(one)),
      `${one} is shown`,
    );

  await change({
    "migrations/env.py": env.replace(
      "context.run_migrations()",
      "context.is_offline_mode() or context.run_migrations()",
    ),
  });
  const why = /r0_change\.py.*env\.py runs no migrations offline/;
  assert.match(JSON.stringify(await engine.readSql?.(pending)), why);
  assert.match(JSON.stringify(await engine.rehearse?.(databases.server.adminUrl)), why);

  await change({ "migrations/env.py": env.replace("context.run_migrations()", "pass") });
  await assert.rejects(engine.plan(), /env\.py runs no migrations: it has to call context\.run_migrations\(\)\. Run/);
});
