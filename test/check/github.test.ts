import assert from "node:assert/strict";
import { test } from "node:test";
import { githubCheck } from "../../src/check/github.ts";
import type { GitHubCheck } from "../../src/check-spec.ts";
import { ProviderError } from "../../src/failure.ts";
import type { Permissions } from "../../src/rehearsal/github-twin/tokens.ts";
import { type TwinWorld, withTwin } from "../rehearsal/with-twin.ts";
import { swiftPorts } from "../swift-ports.ts";

const may: Permissions = {
  checks: "read",
  statuses: "read",
  "pull-requests": "read",
  issues: "read",
  contents: "read",
};
const runId = 77;

function ask(world: TwinWorld, github: GitHubCheck["github"], commit = world.bare.main, permissions = may) {
  const token = world.twin.issueToken({ permissions, jobId: "plan" });
  const access = { token, repository: "octo/shop", apiUrl: world.twin.url, patience: { requestMs: 10_000 } };
  return githubCheck({ github }, swiftPorts(), { access, runId }).run({ directory: ".", commit });
}

const inShort = async (asked: ReturnType<typeof ask>) => {
  const { verdict, reason } = await asked;
  return `${verdict} ${reason}`;
};

/** What another workflow, or this very release, reports on the commit. */
async function report(world: TwinWorld, name: string, conclusion: string | undefined, run = 5): Promise<void> {
  const token = world.twin.issueToken({ permissions: { checks: "write" }, jobId: "ci" });
  const body = {
    name,
    head_sha: world.bare.main,
    details_url: `https://github.com/octo/shop/actions/runs/${run}/job/1`,
    ...(conclusion === undefined ? { status: "in_progress" } : { status: "completed", conclusion }),
  };
  const answer = await fetch(`${world.twin.url}/repos/octo/shop/check-runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201);
}

test("checks of the commit must be green; the release's own jobs are not among them", async () => {
  await withTwin(async (world) => {
    assert.equal(await inShort(ask(world, { checks: "green" })), "hold no-checks");
    await report(world, "release / plan", undefined, runId);
    assert.equal(
      await inShort(ask(world, { checks: "green" })),
      "hold no-checks",
      "a release is no proof of its commit",
    );
    await report(world, "test", "success");
    await report(world, "optional", "skipped");
    assert.equal(await inShort(ask(world, { checks: "green" })), "pass github-as-expected");
    assert.equal(await inShort(ask(world, { checks: ["test"] })), "pass github-as-expected");
    assert.equal(await inShort(ask(world, { checks: ["test", "lint"] })), "hold checks-pending");
    await report(world, "lint", undefined);
    assert.equal(await inShort(ask(world, { checks: "green" })), "hold checks-pending");
    await report(world, "scan", "failure");
    assert.equal(await inShort(ask(world, { checks: "green" })), "fail checks-failed");
    assert.equal(await inShort(ask(world, { checks: ["test"] })), "pass github-as-expected");
  });
});

test("the newest word of each reviewer counts, and a push past every pull request has none", async () => {
  await withTwin(async (world) => {
    assert.equal(await inShort(ask(world, { reviews: 1 })), "fail no-pull-request");
    const commit = world.bare.commit("change", "a.txt", "a");
    const pull = world.twin.openPullRequest({ title: "Change", head: "change", base: "main", author: "ada" });
    const said = async (author: string, state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED") => {
      world.twin.review({ pull, author, state });
      return inShort(ask(world, { reviews: 1 }, commit));
    };
    assert.equal(await said("bob", "COMMENTED"), "fail too-few-reviews");
    assert.equal(await said("bob", "APPROVED"), "pass github-as-expected");
    assert.equal(await said("bob", "COMMENTED"), "pass github-as-expected");
    assert.equal(await said("eve", "CHANGES_REQUESTED"), "fail changes-requested");
    assert.equal(await said("eve", "APPROVED"), "pass github-as-expected");
    assert.equal(await said("bob", "DISMISSED"), "pass github-as-expected");
    assert.equal(await inShort(ask(world, { reviews: 2 }, commit)), "fail too-few-reviews");
  });
});

test("open issues of a label stop a release, pull requests do not; a branch is protected or not", async () => {
  const options = { protectedBranches: ["main"] };
  await withTwin(async (world) => {
    const token = world.twin.issueToken({ permissions: { issues: "write" }, jobId: "ci" });
    const open = (labels: readonly string[]) =>
      fetch(`${world.twin.url}/repos/octo/shop/issues`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title: "It breaks", labels }),
      });
    await open(["P1"]);
    assert.equal(await inShort(ask(world, { issues: { label: "P0", open: 0 } })), "pass github-as-expected");
    await open(["P0"]);
    const { verdict, message } = await ask(world, { issues: { label: "P0", open: 0 } });
    assert.equal(verdict, "fail");
    assert.match(message, /1 open issues are labelled P0 \(#2\), 0 are allowed/);
    assert.equal(await inShort(ask(world, { issues: { label: "P0", open: 1 } })), "pass github-as-expected");

    world.bare.commit("feature", "b.txt", "b");
    assert.equal(await inShort(ask(world, { protected: "main" })), "pass github-as-expected");
    assert.equal(await inShort(ask(world, { protected: "feature" })), "fail branch-unprotected");
    assert.equal(await inShort(ask(world, { protected: "gone" })), "fail no-branch");
  }, options);
});

test("a token that may not read is an error that names the permission; a server in trouble holds", async () => {
  await withTwin(async (world) => {
    await assert.rejects(ask(world, { checks: "green" }, world.bare.main, { contents: "read" }), (problem) => {
      assert.ok(problem instanceof ProviderError);
      assert.match(problem.message, /checks: read/);
      return true;
    });
    world.twin.faults.inject({ kind: "503", times: 50 });
    assert.equal(await inShort(ask(world, { checks: "green" })), "hold no-data");
  });
});

test("the token of the runbook is used instead of the job's", async () => {
  await withTwin(async (world) => {
    await report(world, "test", "success");
    const token = world.twin.issueToken({ permissions: may, jobId: "reader" });
    const none = { contents: "read" } as const;
    assert.equal(
      await inShort(ask(world, { checks: "green", token }, world.bare.main, none)),
      "pass github-as-expected",
    );
  });
});
