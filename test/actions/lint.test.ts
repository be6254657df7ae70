import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, test } from "node:test";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

const old = "create table notes (id bigint primary key);\ncreate index notes_body on notes (id);\n";
const risky =
  "create index notes_title on notes (title);\n-- \u001b[31m @ops <img src=x> ::warning::x\nalter table notes drop column body;\n";

/** Pushes what the work tree holds as a branch of the repository, as a person would propose it. */
function propose(branch: string): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: shop.workspace, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("add", "--all");
  git("-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit", "--quiet", "--message", branch);
  git("push", "--quiet", path.join(shop.workspace, "../bare.git"), `HEAD:${branch}`);
  return git("rev-parse", "HEAD");
}

shop.write(
  ".github/runbook.yml",
  `${runbook}    migrate: { sql: { directory: migrations } }\n`.replace(
    /( {4}deploy: \{\}\n(?:.*\n)*?)( {4}migrate:.*\n)/,
    "$2$1",
  ),
);
shop.write("migrations/0001_notes.sql", old);
propose("main");
shop.write("migrations/0002_risky.sql", risky);
const sha = propose("topic");
const pull = shop.twin.openPullRequest({ title: "Topic", head: "topic", base: "main", author: "eve" });

const event = (fork: boolean) => {
  const repo = (name: string) => ({ full_name: name });
  const body = {
    number: pull,
    head: { repo: repo(fork ? "eve/shop" : "octo/shop") },
    base: { repo: repo("octo/shop") },
  };
  shop.write("../event.json", JSON.stringify({ pull_request: body }));
  return { GITHUB_EVENT_PATH: path.join(shop.workspace, "../event.json"), GITHUB_EVENT_NAME: "pull_request" };
};
const permissions = { contents: "read", "pull-requests": "write" } as const;
const comments = () => shop.twin.state().issues.find(({ number }) => number === pull)?.comments ?? [];

test("only what the pull request changes is read; each finding stands at its line", async () => {
  const run = await shop.run("lint", { env: event(false), permissions, sha });
  assert.equal(run.code, 1, run.visible);
  assert.equal(run.outputs["reason"], "migration-hazard");
  assert.equal(run.outputs["findings"], "2");
  const places = run.commands
    .filter(({ name }) => name === "error")
    .map(({ properties }) => [properties["file"], properties["line"]]);
  assert.deepEqual(places.slice(0, 2), [
    ["migrations/0002_risky.sql", "1"],
    ["migrations/0002_risky.sql", "3"],
  ]);
  assert.doesNotMatch(run.visible, /0001_notes/);
});

test("a note stands at its line too, and stops nothing", async () => {
  shop.write("migrations/0002_risky.sql", "\nalter table notes alter column body drop not null;\n");
  const run = await shop.run("lint", { env: event(false), permissions, sha });
  assert.equal(run.code, 0, run.visible);
  const [note] = run.commands.filter(({ name }) => name === "notice");
  assert.deepEqual([note?.properties["file"], note?.properties["line"]], ["migrations/0002_risky.sql", "2"]);
  shop.write("migrations/0002_risky.sql", risky);
  await shop.run("lint", { env: event(false), permissions, sha });
});

test("there is one comment, updated in place, and it follows what the files say", async () => {
  assert.equal(comments().length, 1);
  assert.match(comments()[0]?.body ?? "", /index-build[\s\S]*drop-column/);
  shop.write("migrations/0002_risky.sql", "alter table notes add column title text;\n");
  const run = await shop.run("lint", { env: event(false), permissions, sha });
  assert.equal(run.code, 0, run.visible);
  assert.equal(comments().length, 1);
  assert.match(comments()[0]?.body ?? "", /nothing to say about 1 file/);
});

test("comments that cannot be read take nothing away from what was found", async () => {
  shop.write("migrations/0002_risky.sql", risky);
  shop.twin.faults.inject({ kind: "reset", match: { path: /comments/ }, times: 20 });
  const run = await shop.run("lint", { env: event(false), permissions, sha });
  shop.twin.faults.clear();
  assert.deepEqual([run.code, run.outputs["reason"]], [1, "migration-hazard"], run.visible);
  assert.match(run.visible, /The comment was not written/);
});

test("for a fork there is no comment, only annotations and the summary", async () => {
  const before = comments()[0]?.body;
  shop.write("migrations/0002_risky.sql", risky);
  const run = await shop.run("lint", {
    env: event(true),
    permissions: { contents: "read", "pull-requests": "read" },
    sha,
  });
  assert.equal(run.code, 1);
  assert.match(run.summary, /drop-column/);
  assert.equal(comments()[0]?.body, before);
});

test("a runbook that migrates nothing is fine", async () => {
  shop.write(".github/runbook.yml", runbook);
  const run = await shop.run("lint", {
    env: event(true),
    permissions: { contents: "read", "pull-requests": "read" },
    sha,
  });
  assert.deepEqual([run.code, run.outputs["reason"]], [0, "no-migrations"]);
});
