import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { revisionsInLine } from "../src/migration/alembic-files.ts";
import { alembicEngine } from "../src/migration-engine/alembic.ts";
import { planRevisions } from "../src/plan-revisions.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { alembicProject, python, revision, skip } from "./migration-engine/alembic-project.ts";
import { applyAll, type Files, names, startDatabases, writeFiles } from "./migration-engine/database.ts";

const databases = await startDatabases("plan-revisions");
after(() => databases.stop());

const table = (id: string, before: string | undefined) =>
  revision(id, before, `op.execute("create table ${id} (id int)")`);
const three: Files = { ...alembicProject, ...table("aaa", undefined), ...table("ccc", "bbb"), ...table("bbb", "aaa") };

async function project(files: Files) {
  const made = await databases.project(files);
  const { directory, url } = made;
  const ports = quietPorts();
  const step = { alembic: { config: `${path.basename(directory)}/alembic.ini`, python }, url };
  return {
    ...made,
    planned: () => planRevisions(step, path.dirname(directory), ports),
    engine: alembicEngine({ config: path.join(directory, "alembic.ini"), python, url }, ports),
  };
}

test("an approval of Alembic's revisions is for the very plan that its own engine makes later", { skip }, async () => {
  const { planned, engine, add } = await project({ ...alembicProject, ...table("aaa", undefined) });
  names(await applyAll(engine));
  await add(three);
  const found = await planned();
  if (typeof found === "string") assert.fail(found);
  assert.deepEqual(
    found.files.map(({ name }) => name),
    ["bbb_change.py", "ccc_change.py"],
  );
  const plan = await engine.plan();
  assert.equal(found.hash, plan.hash);
  await add(revision("ccc", "bbb", "pass"));
  assert.equal((await engine.plan()).isRestOf(found.hash), false, "another text of a revision is another plan");
});

test("in an empty database all of them are pending", async () => {
  const { planned } = await project(three);
  const found = await planned();
  assert.deepEqual(typeof found === "string" ? found : found.files.map(({ name }) => name), [
    "aaa_change.py",
    "bbb_change.py",
    "ccc_change.py",
  ]);
});

test("where env.py names a table of its own, alembic_version may be somebody else's", async () => {
  const env = "context.configure(connection=connection, version_table='our_version')";
  const { planned } = await project({ ...three, "migrations/env.py": env });
  assert.match(String(await planned()), /a version_table of its own/);
});

const unknown: readonly [title: string, sql: string, why: RegExp][] = [
  ["tables and no version", "create table there ()", /has tables and no alembic_version/],
  [
    "a revision of nobody",
    "create table alembic_version as select 'zzz' as version_num",
    /revision zzz, which no file/,
  ],
  [
    "two heads",
    "create table alembic_version as select * from (values ('aaa'), ('bbb')) x (version_num)",
    /at several revisions/,
  ],
];
for (const [title, sql, why] of unknown)
  test(`what cannot be known from the database is not bound: ${title}`, async () => {
    const { planned, query } = await project(three);
    await query(sql);
    assert.match(String(await planned()), why);
  });

const said = (head: string): Files => ({ "migrations/versions/x.py": `from alembic import op\n${head}\n` });
const ini = (line: string): Files => ({ "alembic.ini": `[alembic]\n${line}\n` });
const forms: readonly [title: string, files: Files, found: string | RegExp][] = [
  [
    "with types, quotes of one kind and a comment",
    said("revision: str = 'x'\ndown_revision: Union[str, None] = None  # first"),
    "x",
  ],
  [
    "with labels that are None",
    said('revision = "x"\ndown_revision = None\nbranch_labels = None\ndepends_on: str = None'),
    "x",
  ],
  ["the folder by its place", { ...ini("script_location = %(here)s/migrations"), ...table("x", undefined) }, "x"],
  ["no revision", said("down_revision = None"), /x\.py does not say/],
  ["a revision that is computed", said("revision = name()\ndown_revision = None"), /x\.py does not say/],
  ["a revision that is said twice", said('revision = "x"\nrevision = "y"\ndown_revision = None'), /does not say/],
  ["a merge", said('revision = "x"\ndown_revision = ("a", "b")'), /does not say/],
  ["one that depends on another", said('revision = "x"\ndown_revision = None\ndepends_on = "a"'), /does not say/],
  ["two lines", { ...table("x", undefined), ...table("y", undefined) }, /not one line/],
  ["a gap", { ...table("x", undefined), ...table("z", "y") }, /not one line/],
  ["a circle", { ...table("x", "y"), ...table("y", "x") }, /not one line/],
  ["other folders", ini("script_location = migrations\nversion_locations = a b"), /sets version_locations/],
  ["no folder", ini("other = 1"), /has no script_location/],
  ["a folder that is not there", ini("script_location = elsewhere"), /elsewhere\/versions is no folder/],
];
for (const [i, [title, files, expected]] of forms.entries())
  test(`revisions read as text: ${title}`, async () => {
    const directory = path.join(databases.scratch, `form${i}`);
    await writeFiles(directory, { ...ini("script_location = migrations"), ...files });
    const found = await revisionsInLine(path.join(directory, "alembic.ini"));
    if (typeof expected === "string") assert.equal(typeof found === "string" ? found : found[0]?.id, expected);
    else assert.match(String(found), expected);
  });
