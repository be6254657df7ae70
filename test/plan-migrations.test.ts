import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { migrate } from "../src/database-spec.ts";
import { type GitHubClient, githubClient } from "../src/github.ts";
import { migrateDatabase } from "../src/migrate-database.ts";
import { type PlanMigrations, planMigrations } from "../src/plan-migrations.ts";
import { startGitHubTwin } from "../src/rehearsal/github-twin.ts";
import type { Stage } from "../src/step.ts";
import type { Verdict } from "../src/verdict.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { alembicProject, revision } from "./migration-engine/alembic-project.ts";
import { type Files, startDatabases } from "./migration-engine/database.ts";
import { swiftPorts } from "./swift-ports.ts";

const databases = await startDatabases("plan-migrations");
after(() => databases.stop());

/** A repository whose commits are on GitHub's twin; its work tree holds the last one. */
async function repository(...commits: readonly Files[]) {
  const made = await databases.project();
  const { directory } = made;
  const git = (...args: string[]) => execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Octo Cat");
  git("config", "user.email", "octo@example.com");
  const shas: string[] = [];
  for (const files of commits) {
    await made.add(files);
    git("add", "--all");
    git("commit", "--quiet", "--message", "next");
    shas.push(git("rev-parse", "HEAD"));
  }
  const bareRepository = path.join(directory, "bare.git");
  execFileSync("git", ["clone", "--quiet", "--bare", directory, bareRepository]);
  const twin = await startGitHubTwin({ repository: "octo/shop", bareRepository, rateLimit: 10_000 });
  const token = twin.issueToken({ permissions: { contents: "read" }, jobId: "job" });
  const client = githubClient({ token, repository: "octo/shop", apiUrl: twin.url }, swiftPorts());
  const [sha = ""] = shas.slice(-1);
  const blobsAsked = () => twin.state().requests.filter(({ path: asked }) => asked.includes("/contents/")).length;
  return { ...made, git, shas, sha, client, blobsAsked, [Symbol.asyncDispose]: () => twin.stop() };
}

interface Planned {
  readonly directory: string;
  readonly url: string;
  readonly sha: string;
  readonly client: GitHubClient;
}

const stageOf = (url: string, written: object, ref?: string): Stage => ({
  name: "database",
  ...(ref !== undefined && { ref }),
  approve: { by: ["dba"], minimum: 1 },
  migrate: { ...migrate.parse(written), url, scratch: databases.server.adminUrl },
});

function plan(
  { directory, url, sha, client }: Planned,
  written: object,
  { ref, ...more }: Partial<PlanMigrations> & { readonly ref?: string } = {},
  ports = quietPorts(),
) {
  const stage = stageOf(url, written, ref);
  const session = {
    runbook: { stages: [stage] },
    stage: () => stage,
    target: () => assert.fail("no target is opened"),
    client,
  };
  const stages = { commits: {}, released: [] };
  return planMigrations(session, { workflow: { workspace: directory, sha }, commit: sha, stages, ...more }, ports);
}

async function planned(...args: Parameters<typeof plan>) {
  const found = await plan(...args);
  if ("verdict" in found || found["database"] === undefined) assert.fail(JSON.stringify(found));
  return found["database"];
}

const sql = { sql: { directory: "db/migrations" } };
const file = (name: string, text: string): Files => ({ [`db/migrations/${name}`]: text });

test("a stage with a commit of its own is planned from that commit's files, and only what differs is asked for", async () => {
  await using shop = await repository(
    { ...file("0001_one.sql", "create table one ();"), ...file("0002_two.sql", "create table two ();") },
    { ...file("0002_two.sql", "create table two (id int);"), ...file("0003_three.sql", "create table three ();") },
  );
  const [older = ""] = shop.shas;
  const stages = { commits: { database: older }, released: [] };
  const found = await planned(shop, sql, { stages });
  assert.deepEqual(found.files, ["0001_one.sql", "0002_two.sql"]);
  assert.equal(shop.blobsAsked(), 1);
  const own = await planned(shop, sql);
  assert.deepEqual(own.files, ["0001_one.sql", "0002_two.sql", "0003_three.sql"]);
  // What the stage's own job does later, with its commit checked out.
  const step = stageOf(shop.url, sql).migrate;
  const apply = () => migrateDatabase({ step, workspace: shop.directory, agreed: found.hash, ports: quietPorts() });
  assert.equal((await apply()).reason, "plan-changed", "the work tree still holds the newer commit");
  shop.git("checkout", "--quiet", older);
  assert.match((await apply()).message, /^Applied 0001_one\.sql, 0002_two\.sql;/);
});

test("a release that waited in line is planned from its own commit", async () => {
  await using shop = await repository(file("0001_one.sql", "create table one ();"), file("0002_two.sql", "select 1;"));
  const [older = ""] = shop.shas;
  assert.deepEqual((await planned(shop, sql, { commit: older })).files, ["0001_one.sql"]);
  assert.deepEqual(await plan(shop, sql, { stages: { commits: {}, released: ["database"] } }), {});
});

const wrong: readonly [title: string, files: Files, said: RegExp][] = [
  ["a name without a number", file("first.sql", "select 1;"), /^WHERE db\/migrations\/first\.sql does not begin/],
  ["SQL that cannot be run", file("0001_a.sql", "\n\\d"), /^WHERE db\/migrations\/0001_a\.sql:2:1: commands of psql/],
  [
    "a hazard",
    { ...file("0001_a.sql", "create table a ();"), ...file("0002_b.sql", "vacuum full;") },
    /^WHERE db\/migrations\/0002_b\.sql:1:1 full-rewrite/,
  ],
];
for (const [title, files, said] of wrong)
  test(`what is wrong in another commit is named as it is there, and by what people call it: ${title}`, async () => {
    await using shop = await repository(files, { more: "" });
    const [older = ""] = shop.shas;
    const stages = { commits: { database: older }, released: [] };
    const ports = quietPorts();
    const { message, evidence } = await plan(shop, sql, { stages, ref: "v1.4.0" }, ports).then(
      (found) => found as Verdict,
      (error: Error) => ({ message: error.message, evidence: undefined }),
    );
    const where = `In \`v1.4.0\` (commit ${older.slice(0, 12)}):`;
    assert.match(message.replace(where, "WHERE"), said);
    for (const text of [message, JSON.stringify(evidence ?? ""), ...ports.lines])
      assert.doesNotMatch(text, /sluice-commit/);
    const annotated = ports.lines.filter((line) => line.includes("full-rewrite"));
    assert.deepEqual(
      annotated.map((line) => line.startsWith(`${where} db/migrations/0002_b.sql:1:1:`)),
      title === "a hazard" ? [true] : [],
    );
  });

test("Alembic's revisions of another commit, and what becomes of the way back where they are nothing but SQL", async () => {
  const within = (files: Files) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`api/${name}`, text]));
  await using shop = await repository(
    within({ ...alembicProject, ...revision("aaa", undefined, 'op.add_column("a", sa.Column("b"))') }),
    within(revision("bbb", "aaa", 'op.execute("drop table a")')),
    within(revision("ccc", "bbb", 'op.execute("create table c ()")')),
  );
  const alembic = { alembic: { config: "api/alembic.ini" } };
  const at = async (commit: string | undefined, more: object = {}) => {
    const stages = { commits: { database: commit ?? shop.sha }, released: [] };
    const { files, breaks, unread } = await planned(shop, { ...alembic, ...more }, { stages });
    return [files.map((name) => name.slice(0, 3)).join(" "), breaks ?? unread];
  };
  const [python, dropped] = shop.shas;
  assert.deepEqual(await at(python), ["aaa", "until-applied"]);
  assert.deepEqual(await at(python, { "old-version": "breaks" }), ["aaa", true]);
  assert.deepEqual(await at(python, { "old-version": "works" }), ["aaa", "until-applied"], "it can be read later");
  assert.deepEqual(await at(dropped), ["aaa bbb", true], "one that breaks is enough");
  assert.deepEqual(await at(dropped, { "old-version": "works" }), ["aaa bbb", true], "no word covers what is read");
  await shop.query("create table alembic_version as select 'bbb' as version_num");
  assert.deepEqual(await at(undefined), ["ccc", undefined]);
  assert.deepEqual(await at(undefined, { "old-version": "breaks" }), ["ccc", true]);
  assert.deepEqual(await at(dropped, { "old-version": "breaks" }), ["", undefined], "nothing is pending");
});

test("Alembic's revisions that are nothing but SQL are rehearsed before anybody is asked", async () => {
  const alter = revision("aaa", undefined, 'op.execute("alter table there alter column id type bigint")');
  await using shop = await repository({ ...alembicProject, ...alter });
  await shop.query("create table there (id int)");
  await shop.query("create table alembic_version (version_num text)");
  const rehearsing = { alembic: { config: "alembic.ini" }, rehearse: true, scratch: "$SCRATCH" };
  assert.match(
    JSON.stringify(await plan(shop, rehearsing)),
    /"locks":\["aaa_change\.py:\d+:1: AccessExclusiveLock on public\.there /,
  );
  await shop.add(revision("bbb", "aaa", 'op.execute("alter table nowhere add b int")'));
  const refused = (await plan(shop, rehearsing)) as Verdict;
  assert.deepEqual([refused.verdict, refused.reason], ["fail", "rehearsal-failed"], JSON.stringify(refused));
});

/** A migrator whose list of migrations is nobody's but its own. */
const script: Files = {
  "migrate.sh": `case "$1" in
  status) if test "$(psql -Atc "select to_regclass('one') is null")" = t; then echo pending one; else echo applied one; fi;;
  migrate) psql -qc "create table one ()";;
esac`,
};

test("a command is approved as the tool, in its commit, for this database, and runs as nothing else", async () => {
  await using shop = await repository(script);
  const { hash, by, count, breaks } = await planned(shop, { command: "sh migrate.sh" });
  assert.deepEqual([by, count, breaks], ["`sh migrate.sh migrate`", 0, true]);
  const word = { command: "sh migrate.sh", "old-version": "works" };
  const promised = await planned(shop, word);
  assert.deepEqual([promised.hash, promised.breaks, promised.unread], [hash, undefined, "promised"]);
  const announced: string[] = [];
  const applied = async (written: object, url = shop.url) => {
    const { migrate: step } = stageOf(url, written);
    const { verdict, reason } = await migrateDatabase({
      step,
      workspace: shop.directory,
      agreed: hash,
      announce: async (of, message, evidence) => void announced.push(`${of}: ${message} ${JSON.stringify(evidence)}`),
      ports: quietPorts(),
    });
    return verdict === "pass" ? verdict : reason;
  };
  assert.equal(await applied({ command: "sh ./migrate.sh" }), "plan-changed", "another line");
  const other = await databases.project();
  assert.equal(await applied({ command: "sh migrate.sh" }, other.url), "plan-changed", "another database");
  await writeFile(path.join(shop.directory, "more"), "");
  shop.git("add", "more");
  shop.git("commit", "--quiet", "--message", "another commit");
  assert.equal(await applied({ command: "sh migrate.sh" }), "plan-changed", "another commit");
  shop.git("checkout", "--quiet", "HEAD~1");
  assert.deepEqual(announced, []);
  assert.equal(await applied(word), "pass");
  // On the record before it is applied: these are the names that nobody could approve.
  assert.equal(announced.length, 1);
  assert.match(
    String(announced[0]),
    /^migrations-listed: About to apply one\. People approved the tool, .*not these names\./,
  );
  assert.ok(String(announced[0]).includes(`"approved":"${hash}"`));
  await shop.query("drop table one");
  assert.equal(await applied({ command: "sh migrate.sh" }), "pass");
  assert.match(String(announced[1]), /^schema-moves-on: About to apply one, which the .*\. People approved the tool, /);
});

const unread: readonly [title: string, files: Files, written: object][] = [
  ["a folder that is not there", {}, sql],
  ["a file that is no text", file("0001_one.sql", "\uFEFFselect 1;"), sql],
  [
    "revisions that are no line",
    { "alembic.ini": "[alembic]\nscript_location = db\n", "db/versions/x.py": "revision = name()\n" },
    { alembic: {} },
  ],
  ["revisions outside of the repository", { "alembic.ini": "[alembic]\nscript_location = ../db\n" }, { alembic: {} }],
];
for (const [title, files, written] of unread)
  test(`what another commit does not show is approved as its tool: ${title}`, async () => {
    await using shop = await repository({ README: "", ...files }, { more: "", ...file("0001_one.sql", "select 2;") });
    const [older = ""] = shop.shas;
    const { by, files: names } = await planned(shop, written, { commit: older });
    assert.deepEqual([by, names], ["its tool", []]);
  });
