import assert from "node:assert/strict";
import { test } from "node:test";
import { getOctokit } from "@actions/github";
import type { Permissions } from "../../src/rehearsal/github-twin/tokens.ts";
import { type GitHubTwin, type GitHubTwinOptions, startGitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { type BareFixture, bareRepository } from "./twin-repository.ts";

const here = { owner: "octo", repo: "shop" };
const all: Permissions = {
  actions: "write",
  checks: "write",
  contents: "write",
  deployments: "write",
  issues: "write",
  "pull-requests": "write",
  statuses: "write",
};

interface World {
  readonly twin: GitHubTwin;
  readonly bare: BareFixture;
  readonly octokit: ReturnType<typeof getOctokit>;
  /** A client whose token holds exactly these permissions. */
  holding(permissions: Permissions): ReturnType<typeof getOctokit>;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A test against a fresh twin on a fresh repository; both are gone afterwards. */
function twinTest(
  name: string,
  scene: (world: World) => Promise<void>,
  options: Partial<GitHubTwinOptions> = {},
  files?: Readonly<Record<string, string>>,
): void {
  test(name, async () => {
    using bare = bareRepository(files);
    const twin = await startGitHubTwin({ repository: "octo/shop", bareRepository: bare.directory, ...options });
    const client = (token: string) =>
      getOctokit(token, { baseUrl: twin.url, request: { fetch: globalThis.fetch }, log: quiet });
    const holding = (permissions: Permissions) => client(twin.issueToken({ permissions, jobId: "job" }));
    try {
      await scene({ twin, bare, octokit: holding(all), holding });
    } finally {
      await twin.stop();
    }
  });
}

/** The status and message of a refused call. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await call.then(
    () => assert.fail("GitHub would have refused this"),
    (reason: unknown) => reason,
  );
  assert(error instanceof Error && "status" in error && typeof error.status === "number", String(error));
  return { status: error.status, message: error.message };
}

async function assertRefused(call: Promise<unknown>, status: number, message: RegExp): Promise<void> {
  const refused = await refusal(call);
  assert.equal(refused.status, status, refused.message);
  assert.match(refused.message, message);
}

const line = (message: string, tree: string, parents: string[]) => ({ ...here, message, tree, parents });

twinTest("an unknown, a revoked and a missing token are 401", async ({ twin }) => {
  const url = `${twin.url}/repos/octo/shop`;
  const token = twin.issueToken({ permissions: {}, jobId: "job" });
  const status = async (authorization?: string) =>
    (await fetch(url, authorization === undefined ? {} : { headers: { authorization } })).status;
  assert.equal(await status(`Bearer ${token}`), 200);
  assert.equal(await status("Bearer ghs_invented"), 401);
  assert.equal(await status(), 401);
  twin.revokeToken(token);
  assert.equal(await status(`Bearer ${token}`), 401);
});

twinTest("a token does what its job's permissions say and no more", async ({ holding, bare }) => {
  const reader = holding({ contents: "read" });
  assert.equal((await reader.rest.git.getRef({ ...here, ref: "heads/main" })).data.object.sha, bare.main);
  const creating = reader.rest.git.createRef({ ...here, ref: "refs/sluice/production", sha: bare.main });
  await assertRefused(creating, 403, /Resource not accessible by integration/);
  await assertRefused(holding({}).rest.git.getRef({ ...here, ref: "heads/main" }), 403, /not accessible/);
  await assertRefused(holding({ contents: "write" }).rest.actions.listRepoVariables(here), 403, /not accessible/);
});

twinTest("a refusal names the permission that was missing, and every answer the rate limit", async ({ twin }) => {
  const token = twin.issueToken({ permissions: { contents: "read" }, jobId: "job" });
  const answer = await fetch(`${twin.url}/repos/octo/shop/deployments`, {
    headers: { authorization: `token ${token}` },
  });
  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get("x-accepted-github-permissions"), "deployments=read");
  assert.equal(answer.headers.get("x-ratelimit-limit"), "1000");
  assert.equal(answer.headers.get("x-ratelimit-remaining"), "999");
});

twinTest(
  "what the hourly limit does not allow is refused with nothing remaining",
  async ({ octokit }) => {
    await octokit.rest.repos.get(here);
    await assertRefused(octokit.rest.repos.get(here), 403, /rate limit exceeded/);
  },
  { rateLimit: 1 },
);

twinTest("git data written through the API is real git", async ({ octokit, bare }) => {
  const { git } = octokit.rest;
  const blob = await git.createBlob({ ...here, content: "aGk=", encoding: "base64" });
  const base = (await git.getCommit({ ...here, commit_sha: bare.main })).data.tree.sha;
  const tree = await git.createTree({
    ...here,
    base_tree: base,
    tree: [
      { path: "deep/er/file.txt", mode: "100644", type: "blob", content: "grüße\n" },
      { path: "deep.txt", mode: "100755", type: "blob", sha: blob.data.sha },
    ],
  });
  const commit = await git.createCommit(line("two\nlines", tree.data.sha, [bare.main]));
  await git.createRef({ ...here, ref: "refs/sluice/production", sha: commit.data.sha });

  assert.equal(bare.git("rev-parse", "refs/sluice/production"), commit.data.sha);
  assert.equal(bare.git("show", "refs/sluice/production:deep/er/file.txt"), "grüße");
  assert.equal(bare.git("show", "refs/sluice/production:deep.txt"), "hi");
  assert.equal(bare.git("show", "refs/sluice/production:README.md"), "hello");
  assert.equal(bare.git("fsck", "--strict"), "");
  const listed = await git.getTree({ ...here, tree_sha: tree.data.sha, recursive: "1" });
  assert.deepEqual(
    listed.data.tree.map(({ path, mode }) => [path, mode]),
    [
      ["README.md", "100644"],
      ["deep.txt", "100755"],
      ["deep", "040000"],
      ["deep/er", "040000"],
      ["deep/er/file.txt", "100644"],
    ],
  );
});

twinTest("a tree loses a path whose sha is null, and its directory when that is empty", async ({ octokit, bare }) => {
  const { git } = octokit.rest;
  const two = bare.commit("main", "folder/only.txt", "x");
  const base_tree = (await git.getCommit({ ...here, commit_sha: two })).data.tree.sha;
  const gone = { path: "folder/only.txt", mode: "100644" as const, type: "blob" as const, sha: null };
  const tree = await git.createTree({ ...here, base_tree, tree: [gone] });
  assert.deepEqual(
    tree.data.tree.map(({ path }) => path),
    ["README.md"],
  );
});

twinTest("refs move forward only, and exist once", async ({ octokit, bare }) => {
  const { git } = octokit.rest;
  const ref = "sluice/production";
  const next = bare.commit("main", "next.txt", "next");
  const other = bare.commit("other", "other.txt", "other");
  await assertRefused(git.updateRef({ ...here, ref, sha: next }), 422, /Reference does not exist/);
  await git.createRef({ ...here, ref: `refs/${ref}`, sha: bare.main });
  await assertRefused(git.createRef({ ...here, ref: `refs/${ref}`, sha: next }), 422, /Reference already exists/);
  await git.updateRef({ ...here, ref, sha: other });
  await assertRefused(git.updateRef({ ...here, ref, sha: next }), 422, /Update is not a fast forward/);
  await git.updateRef({ ...here, ref, sha: next, force: true });
  await assertRefused(git.createRef({ ...here, ref: "refs/toplevel", sha: next }), 422, /two slashes/);
  await assertRefused(git.createRef({ ...here, ref: "refs/a/b", sha: "0".repeat(40) }), 422, /does not exist/);
  await git.createRef({ ...here, ref: "refs/sluice/production-eu", sha: next });
  const matching = await git.listMatchingRefs({ ...here, ref });
  assert.deepEqual(
    matching.data.map((found) => found.ref),
    ["refs/sluice/production", "refs/sluice/production-eu"],
  );
  await git.deleteRef({ ...here, ref });
  await assertRefused(git.getRef({ ...here, ref }), 404, /Not Found/);
});

twinTest("of many updates from the same commit exactly one wins", async ({ octokit, bare }) => {
  const { git } = octokit.rest;
  await git.createRef({ ...here, ref: "refs/sluice/race", sha: bare.main });
  const { tree } = (await git.getCommit({ ...here, commit_sha: bare.main })).data;
  const rivals = await Promise.all(
    Array.from({ length: 8 }, (_, n) => git.createCommit(line(`rival ${n}`, tree.sha, [bare.main]))),
  );
  const outcomes = await Promise.allSettled(
    rivals.map(({ data }) => git.updateRef({ ...here, ref: "sluice/race", sha: data.sha })),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

twinTest("a body that GitHub would not take is 422 and changes nothing", async ({ octokit, twin, bare }) => {
  const bodies: [string, Record<string, unknown>, RegExp][] = [
    ["POST /repos/{owner}/{repo}/git/refs", { sha: bare.main }, /"ref" wasn't supplied/],
    ["POST /repos/{owner}/{repo}/deployments", { ref: "main", wait: 1 }, /"wait" is not a permitted key/],
    ["POST /repos/{owner}/{repo}/deployments", { ref: "nowhere" }, /No ref found for: nowhere/],
    ["POST /repos/{owner}/{repo}/issues", { title: 7 }, /properties\/title/],
    ["POST /repos/{owner}/{repo}/git/trees", { tree: [] }, /properties\/tree/],
    [
      "POST /repos/{owner}/{repo}/git/trees",
      { tree: [{ path: "../x", mode: "100644", type: "blob", content: "x" }] },
      /malformed path/,
    ],
  ];
  for (const [route, body, message] of bodies)
    await assertRefused(octokit.request(route, { ...here, ...body }), 422, message);
  assert.deepEqual([twin.state().deployments, twin.state().issues], [[], []]);
});

twinTest("files are read at a ref or a commit, as JSON or raw", async ({ octokit, bare }) => {
  const next = bare.commit("feature/x", "record.json", "{}\n");
  const read = (ref: string) => octokit.rest.repos.getContent({ ...here, path: "record.json", ref });
  const asJson = (await read(next)).data;
  assert(!Array.isArray(asJson) && "content" in asJson && asJson.type === "file");
  assert.equal(Buffer.from(asJson.content, "base64").toString(), "{}\n");
  const raw: unknown = (
    await octokit.rest.repos.getContent({
      ...here,
      path: "record.json",
      ref: "feature/x",
      mediaType: { format: "raw" },
    })
  ).data;
  assert.equal(raw, "{}\n");
  await assertRefused(read("main"), 404, /Not Found/);
  await assertRefused(read("nowhere"), 404, /No commit found for the ref nowhere/);
});

twinTest("two commits are compared as ahead, behind, diverged or identical", async ({ octokit, bare }) => {
  const left = bare.commit("left", "left.txt", "l");
  const right = bare.commit("right", "right.txt", "r");
  const status = async (base: string, head: string) =>
    (await octokit.rest.repos.compareCommitsWithBasehead({ ...here, basehead: `${base}...${head}` })).data;
  assert.equal((await status(bare.main, left)).status, "ahead");
  assert.equal((await status(left, bare.main)).status, "behind");
  assert.equal((await status(left, left)).status, "identical");
  const diverged = await status("left", "right");
  assert.deepEqual(
    [diverged.status, diverged.ahead_by, diverged.behind_by, diverged.merge_base_commit.sha],
    ["diverged", 1, 1, bare.main],
  );
  assert.deepEqual(
    diverged.commits.map(({ sha }) => sha),
    [right],
  );
});

twinTest("a deployment's defaults merge the default branch and wait for every context", async ({ octokit, bare }) => {
  const { repos } = octokit.rest;
  bare.commit("topic", "topic.txt", "t");
  bare.commit("main", "main.txt", "m");
  const merged = await octokit.request("POST /repos/{owner}/{repo}/deployments", { ...here, ref: "topic" });
  assert.equal(merged.status, 202);
  assert.equal(bare.git("show", "topic:main.txt"), "m");

  const sha = bare.git("rev-parse", "main");
  await repos.createCommitStatus({ ...here, sha, state: "pending", context: "ci" });
  await assertRefused(repos.createDeployment({ ...here, ref: "main" }), 409, /status checks failed/);
  const forced = await repos.createDeployment({ ...here, ref: "main", required_contexts: [] });
  assert.equal(forced.status, 201);
});

twinTest("production deployments stay active until somebody retires them; others do not", async ({ octokit, twin }) => {
  const { repos } = octokit.rest;
  const release = async (environment: string) => {
    const options = { ...here, ref: "main", environment, auto_merge: false, required_contexts: [], task: "release" };
    const { data } = await repos.createDeployment(options);
    assert("id" in data);
    await repos.createDeploymentStatus({ ...here, deployment_id: data.id, state: "success" });
    return data.id;
  };
  for (const environment of ["production", "production", "staging", "staging"]) await release(environment);
  assert.deepEqual(
    twin.state().deployments.map(({ environment, statuses }) => [environment, statuses.at(-1)?.state]),
    [
      ["production", "success"],
      ["production", "success"],
      ["staging", "inactive"],
      ["staging", "success"],
    ],
  );
  const listed = await repos.listDeployments({ ...here, environment: "staging", task: "release" });
  assert.deepEqual(
    listed.data.map(({ environment }) => environment),
    ["staging", "staging"],
  );
});

twinTest("a status of 141 characters or an invented state is 422", async ({ octokit }) => {
  const { repos } = octokit.rest;
  const options = { ...here, ref: "main", auto_merge: false, required_contexts: [] };
  const { data } = await repos.createDeployment(options);
  assert("id" in data);
  const status = (state: "success", description: string) =>
    repos.createDeploymentStatus({ ...here, deployment_id: data.id, state, description });
  await status("success", "x".repeat(140));
  await assertRefused(status("success", "x".repeat(141)), 422, /maximum is 140/);
  const route = "POST /repos/{owner}/{repo}/deployments/{id}/statuses";
  await assertRefused(octokit.request(route, { ...here, id: data.id, state: "done" }), 422, /properties\/state/);
});

twinTest("issues, comments and labels are kept, and lists come in pages", async ({ octokit, twin }) => {
  const { issues } = octokit.rest;
  const { data: issue } = await issues.create({ ...here, title: "Release 7", labels: ["release"] });
  for (let n = 1; n <= 5; n += 1)
    await issues.createComment({ ...here, issue_number: issue.number, body: `comment ${n}` });
  const paged = await octokit.paginate(issues.listComments, { ...here, issue_number: issue.number, per_page: 2 });
  assert.deepEqual(
    paged.map(({ body }) => body),
    [1, 2, 3, 4, 5].map((n) => `comment ${n}`),
  );
  const last = paged.at(-1);
  assert(last !== undefined);
  await issues.updateComment({ ...here, comment_id: Number(last.id), body: "edited" });
  await issues.update({ ...here, issue_number: issue.number, state: "closed", state_reason: "completed" });
  assert.deepEqual((await issues.listForRepo({ ...here, labels: "release" })).data, []);
  const [kept] = twin.state().issues;
  assert.deepEqual([kept?.state, kept?.labels, kept?.comments.at(-1)?.body], ["closed", ["release"], "edited"]);
});

twinTest("pull requests are issues with two sides", async ({ octokit, twin, bare }) => {
  const head = bare.commit("topic", "topic.txt", "t");
  const number = twin.openPullRequest({ title: "Topic", head: "topic", base: "main", author: "eve", fork: true });
  const { data } = await octokit.rest.pulls.get({ ...here, pull_number: number });
  assert.deepEqual([data.head.sha, data.base.sha, data.head.repo?.fork], [head, bare.main, true]);
  assert.equal((await octokit.rest.pulls.list(here)).data.length, 1);
});

twinTest("checks and statuses of a commit are combined", async ({ octokit, bare }) => {
  const { checks, repos } = octokit.rest;
  const ref = bare.main;
  const combined = async () => (await repos.getCombinedStatusForRef({ ...here, ref })).data.state;
  assert.equal(await combined(), "pending");
  await repos.createCommitStatus({ ...here, sha: ref, state: "failure", context: "ci" });
  await repos.createCommitStatus({ ...here, sha: ref, state: "success", context: "ci" });
  assert.equal(await combined(), "success");

  const run = await checks.create({ ...here, name: "sluice", head_sha: ref, status: "in_progress" });
  const unfinished = checks.update({ ...here, check_run_id: Number(run.data.id), status: "completed" });
  await assertRefused(unfinished, 422, /conclusion is required/);
  const output = { title: "Canary", summary: "5%: pass" };
  await checks.update({ ...here, check_run_id: Number(run.data.id), conclusion: "success", output });
  const listed = await checks.listForRef({ ...here, ref, check_name: "sluice" });
  assert.deepEqual(
    listed.data.check_runs.map(({ status, conclusion, output: { summary } }) => [status, conclusion, summary]),
    [["completed", "success", "5%: pass"]],
  );
});

const releaseWorkflow = `
on:
  workflow_dispatch:
    inputs:
      commit: { required: true }
      mode: { type: choice, options: [fast, careful], default: careful }
      dry: { type: boolean, default: false }
`;
const started: unknown[] = [];
twinTest(
  "a dispatch starts the runner with complete inputs, and only where the workflow allows it",
  async ({ octokit, twin }) => {
    const { actions } = octokit.rest;
    const dispatch = (workflow_id: string, ref: string, inputs: Record<string, string>) =>
      actions.createWorkflowDispatch({ ...here, workflow_id, ref, inputs, return_run_details: true });
    const { status, data } = await dispatch("release.yml", "main", { commit: "abc" });
    assert.equal(status, 200);
    const details: unknown = data;
    assert(typeof details === "object" && details !== null && "workflow_run_id" in details);
    assert.equal(details.workflow_run_id, 77);
    const inputs = { commit: "abc", mode: "careful", dry: "false" };
    assert.deepEqual(started, [["release.yml", "refs/heads/main", inputs, "github-actions[bot]"]]);

    await assertRefused(dispatch("release.yml", "main", {}), 422, /Required input 'commit' not provided/);
    await assertRefused(dispatch("release.yml", "main", { commit: "a", x: "y" }), 422, /Unexpected inputs.*"x"/);
    await assertRefused(dispatch("release.yml", "main", { commit: "a", mode: "wild" }), 422, /not in the list/);
    await assertRefused(dispatch("release.yml", "nowhere", { commit: "a" }), 422, /No ref found/);
    await assertRefused(dispatch("absent.yml", "main", {}), 404, /Not Found/);
    await assertRefused(dispatch("ci.yml", "main", {}), 422, /does not have 'workflow_dispatch'/);
    assert.equal(twin.state().dispatches.length, 1);

    const at = "2026-11-20T10:00:00Z";
    const job = { id: 5, name: "plan", status: "completed" as const, conclusion: "success" };
    twin.reportRun({
      id: 77,
      attempt: 1,
      name: "Release",
      path: ".github/workflows/release.yml",
      event: "workflow_dispatch",
      headSha: "0".repeat(40),
      headBranch: "main",
      actor: "ada",
      status: "in_progress",
      conclusion: null,
      startedAt: at,
      updatedAt: at,
      jobs: [{ ...job, startedAt: at, completedAt: at }],
    });
    assert.equal((await actions.getWorkflowRun({ ...here, run_id: 77 })).data.status, "in_progress");
    const jobs = await actions.listJobsForWorkflowRun({ ...here, run_id: 77 });
    assert.deepEqual(
      jobs.data.jobs.map(({ name }) => name),
      ["plan"],
    );
  },
  {
    onDispatch: (...dispatched) => {
      started.push(dispatched);
      return 77;
    },
  },
  { ".github/workflows/release.yml": releaseWorkflow, ".github/workflows/ci.yml": "on: push\n" },
);

twinTest(
  "collaborators have the permission they were given",
  async ({ octokit }) => {
    const of = async (username: string) =>
      (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...here, username })).data;
    assert.deepEqual([(await of("ada")).permission, (await of("ada")).role_name], ["write", "maintain"]);
    assert.equal((await of("eve")).permission, "none");
  },
  { collaborators: { ada: "maintain" } },
);

twinTest("injected faults strike once, before or after the effect", async ({ octokit, twin }) => {
  const create = () => octokit.rest.issues.create({ ...here, title: "once" });
  const path = /\/issues$/;
  const count = () => twin.state().issues.length;
  const before = ["503", "429", "secondary-limit", "reset"] as const;
  for (const kind of before) {
    twin.faults.inject({ kind, match: { method: "POST", path } });
    await assert.rejects(create());
  }
  assert.equal(count(), 0);
  for (const kind of ["502-after-apply", "reset-after-apply"] as const) {
    twin.faults.inject({ kind, match: { method: "POST", path } });
    await assert.rejects(create());
  }
  assert.equal(count(), 2);
  twin.faults.inject({ kind: "timeout-after-apply", match: { path } });
  const hung = octokit.rest.issues.create({ ...here, title: "hung", request: { signal: AbortSignal.timeout(200) } });
  await assert.rejects(hung);
  assert.equal(count(), 3);
  twin.faults.inject({ kind: "delay", delayMs: 5 });
  await create();
  assert.equal(count(), 4);
  const statuses = twin.state().requests.map(({ status }) => status);
  assert.deepEqual(statuses, [503, 429, 403, 0, 502, 0, 0, 201]);
});
