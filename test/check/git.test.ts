import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { checkOf } from "../../src/check/check-of.ts";
import type { GitCheck } from "../../src/check-spec.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

const git = (directory: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", ...args], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

async function repository(t: TestContext) {
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-git-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  git(directory, "init", "--quiet", "--initial-branch=main");
  await writeFile(path.join(directory, "app.txt"), "one\n");
  git(directory, "add", ".");
  git(directory, "commit", "--quiet", "--message=one");
  return { directory, commit: git(directory, "rev-parse", "HEAD") };
}

const spec: GitCheck = { git: { clean: true, branch: "main" } };
const check = await checkOf(spec, { ports: quietPorts(), variables: {} });

test("a clean tree at the commit, on the branch, passes", async (t) => {
  const verdict = await check.run(await repository(t));
  assert.equal(verdict.verdict, "pass", verdict.message);
});

test("changed and new files are named", async (t) => {
  const at = await repository(t);
  await writeFile(path.join(at.directory, "app.txt"), "two\n");
  await writeFile(path.join(at.directory, "new\n::error::.txt"), "");
  const verdict = await check.run(at);
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "dirty-tree"]);
  assert.match(verdict.message, /2 files differ from the commit: "app\.txt"/);
  assert.doesNotMatch(verdict.message, /\n/);
});

test("another commit than the one under release fails", async (t) => {
  const verdict = await check.run({ ...(await repository(t)), commit: "c".repeat(40) });
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "other-commit"]);
});

test("another branch fails, whether git knows it or the workflow says so", async (t) => {
  const at = await repository(t);
  assert.equal((await check.run({ ...at, branch: "topic" })).reason, "other-branch");
  git(at.directory, "switch", "--quiet", "--create", "topic");
  const verdict = await check.run(at);
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "other-branch"]);
  assert.match(verdict.message, /the branch is "topic", and releases come from main/);
});

test("a commit without a branch holds unless the workflow names the branch", async (t) => {
  const at = await repository(t);
  git(at.directory, "checkout", "--quiet", "--detach");
  assert.deepEqual((await check.run(at)).reason, "branch-unknown");
  assert.equal((await check.run(at)).verdict, "hold");
  assert.equal((await check.run({ ...at, branch: "main" })).verdict, "pass");
});

test("a folder that is no repository holds", async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-git-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const verdict = await check.run({ directory, commit: "c".repeat(40) });
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-repository"]);
});
