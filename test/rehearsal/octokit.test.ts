import assert from "node:assert/strict";
import { test } from "node:test";
import { Octokit } from "octokit";
import { withTwin } from "./with-twin.ts";

/** The client most people write against GitHub with, its retries and throttling included, finds its way around. */
test("octokit reads and writes the twin as it would GitHub", () =>
  withTwin(async ({ twin, bare }) => {
    const here = { owner: "octo", repo: "shop" };
    const auth = twin.issueToken({ permissions: { contents: "write", deployments: "write" }, jobId: "octokit" });
    const octokit = new Octokit({ auth, baseUrl: twin.url });
    const { data: main } = await octokit.rest.git.getRef({ ...here, ref: "heads/main" });
    assert.equal(main.object.sha, bare.main);
    await octokit.rest.git.createRef({ ...here, ref: "refs/sluice/octokit", sha: bare.main });
    const made = await octokit.rest.repos.createDeployment({
      ...here,
      ref: bare.main,
      auto_merge: false,
      required_contexts: [],
    });
    assert.equal(made.status, 201);
    const all = await octokit.paginate(octokit.rest.repos.listDeployments, { ...here, per_page: 1 });
    assert.deepEqual(
      all.map(({ sha }) => sha),
      [bare.main],
    );
  }));

test("a token that may only read is refused a write, and octokit says so", () =>
  withTwin(async ({ twin, bare }) => {
    const auth = twin.issueToken({ permissions: { contents: "read" }, jobId: "octokit" });
    const octokit = new Octokit({ auth, baseUrl: twin.url });
    const write = octokit.rest.git.createRef({ owner: "octo", repo: "shop", ref: "refs/sluice/x", sha: bare.main });
    await assert.rejects(write, { status: 403 });
  }));
