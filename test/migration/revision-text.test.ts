import assert from "node:assert/strict";
import { test } from "node:test";
import { revisionText } from "../../src/migration/revision-text.ts";
import { lexSql } from "../../src/migration/statements.ts";

const file = (body: string, head = "from alembic import op\nimport sqlalchemy as sa\n") =>
  `"""a revision"""\n${head}revision = "a"\n\n\ndef upgrade() -> None:\n${body}\n\ndef downgrade() -> None:\n    op.execute("drop table a")\n`;

const read: readonly (readonly [what: string, body: string, ...sql: string[]])[] = [
  ["nothing", "    pass"],
  ["one line", '    op.execute("create table a ()")', "create table a ()"],
  ["single quotes", "    op.execute('select 1')", "select 1"],
  [
    "many lines, some at the margin, with comments around",
    "    # ### by hand ###\n    op.execute(\"\"\"\ncreate table a (\n  id int\n);\n\"\"\")  # first\n\n    op.execute(\n        '''select 2''',\n    )\n    # ### end ###",
    "create table a (\n  id int\n)",
    "select 2",
  ],
  [
    "raw strings and text()",
    '    op.execute(r"select 1");\n    op.execute(sa.text("select 2"))',
    "select 1",
    "select 2",
  ],
  [
    "a comment at the end",
    '    op.execute("select 1 -- old")\n    op.execute("select 2 -- new")',
    "select 1",
    "select 2",
  ],
  ["a docstring", '    """Upgrade schema."""\n    op.execute("select 1")', "select 1"],
  ["a text that names upgrade", `    op.execute("select 'upgrade; @op'")`, "select 'upgrade; @op'"],
  ["casts, which are no parameters", `    op.execute("select '1'::int")`, "select '1'::int"],
  [
    "an autocommit block among others",
    '    op.execute("select 1")\n    with op.get_context().autocommit_block():\n        op.execute("vacuum a")\n    op.execute("select 2")',
    "select 1",
    "COMMIT",
    "vacuum a",
    "BEGIN",
    "select 2",
  ],
];
for (const [what, body, ...sql] of read)
  test(`a revision that is nothing but SQL is read as text: ${what}`, () => {
    for (const text of [file(body), file(body).replaceAll("\n", "\r\n")]) {
      const found = lexSql(revisionText(text) ?? assert.fail("it was not read")).statements;
      const plain = found.map((one) => one.text.replaceAll("\r", ""));
      assert.deepEqual(plain, ["BEGIN", ...sql, "COMMIT"]);
    }
  });

const plain = file('    op.execute("select 1")');
const python: readonly (readonly [what: string, text: string])[] = [
  ["an operation of Alembic's", file('    op.drop_column("a", "b")')],
  ["one behind SQL", file('    op.execute("select 1")\n    op.drop_column("a", "b")')],
  ["a text put together", file('    op.execute("select " + column)')],
  ["a text in two parts", file('    op.execute("select " "1")')],
  ["a text with values", file('    op.execute(f"drop table {name}")')],
  ["an escape", file(String.raw`    op.execute("select '\x41'")`)],
  ["a parameter", file('    op.execute("select :a")')],
  ["more arguments", file('    op.execute("select 1", execution_options={})')],
  ["a condition", file('    if context.is_offline_mode():\n        op.execute("select 1")')],
  ["two statements in a line", file('    op.execute("select 1"); drop()')],
  ["another op", file('    op.execute("select 1")', "from mine import op\n")],
  ["an op of its own", file('    op.execute("select 1")', "from alembic import op\nop = mine(op)\n")],
  ["two upgrades", file("    pass").replace("def downgrade", "def upgrade")],
  ["a second upgrade in one line", `${plain}\ndef upgrade(): drop()\n`],
  ["an upgrade set anew further in", `${plain}\nif True:\n    upgrade = None\n`],
  ["an upgrade behind what looks like a comment", `${plain}\nx = "#"; upgrade = None\n`],
  ["a decorator", plain.replace("def upgrade", "@twice\ndef upgrade")],
  ["a decorator of several lines", plain.replace("def upgrade", "@twice(\n    1\n)\n\n# and\ndef upgrade")],
  ["names that nobody sees", `${plain}\nfrom mine import *\n`],
  ["such names in two lines", `${plain}\nfrom mine import \\\n    *\n`],
  ["a class op", `${plain}\nclass op:\n    execute = print\n`],
  ["an op further in", `${plain}\nfor op in range(1):\n    pass\n`],
  ["an execute of its own", `${plain}\nop.execute = print\n`],
  ["a text of its own", `${plain}\ndef text(one):\n    return "drop table a"\n`],
  ["a text from elsewhere", `${plain}\nfrom mine import text\n`],
  ["an sa.text of its own", `${plain}\nsa.text = print\n`],
  ["an upgrade within a string", `from alembic import op\nnote = """\n${plain}"""\n`.replace('"""a revision"""', "")],
  ["a form feed, which is no margin", file('    op.execute("select 1")\n\f    drop()')],
  ["no upgrade", "from alembic import op\n"],
];
for (const [what, text] of python)
  test(`a revision is not read as text for ${what}`, () => assert.equal(revisionText(text), undefined));
