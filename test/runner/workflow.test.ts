import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../src/failure.ts";
import { readWorkflow } from "../../src/runner/workflow.ts";

const env = {
  GITHUB_REPOSITORY: "octo/shop",
  GITHUB_RUN_ID: "11223344556",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
  GITHUB_WORKSPACE: "/home/runner/work/shop/shop",
  GITHUB_ACTOR: "ada",
  GITHUB_REF_TYPE: "branch",
  GITHUB_REF_NAME: "main",
};

test("the run as the runner tells it", () => {
  const { runId, attempt, branch, actor, apiUrl, runUrl, event } = readWorkflow(env);
  assert.deepEqual(
    { runId, attempt, branch, actor, apiUrl, event },
    { runId: 11223344556, attempt: 2, branch: "main", actor: "ada", apiUrl: "https://api.github.com", event: {} },
  );
  assert.equal(runUrl, "https://github.com/octo/shop/actions/runs/11223344556");
});

test("whoever started a re-run acts, not whoever pushed", () => {
  assert.equal(readWorkflow({ ...env, GITHUB_TRIGGERING_ACTOR: "grace" }).actor, "grace");
});

test("a pull request is judged against the branch it would be merged into; a tag has none", () => {
  assert.equal(readWorkflow({ ...env, GITHUB_BASE_REF: "main", GITHUB_REF_NAME: "12/merge" }).branch, "main");
  assert.equal(
    readWorkflow({ ...env, GITHUB_BASE_REF: "", GITHUB_REF_TYPE: "tag", GITHUB_REF_NAME: "v1" }).branch,
    undefined,
  );
});

test("outside of a runner every missing name is said", () => {
  assert.throws(
    () => readWorkflow({ GITHUB_SHA: env.GITHUB_SHA, GITHUB_RUN_ID: "" }),
    (problem) =>
      problem instanceof InputError &&
      problem.message.includes("GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_WORKSPACE is not set"),
  );
});

for (const [name, value] of [
  ["GITHUB_RUN_ID", "latest"],
  ["GITHUB_RUN_ID", "1e3"],
  ["GITHUB_RUN_ID", "0"],
  ["GITHUB_RUN_ATTEMPT", "two"],
] as const) {
  test(`${name}=${value} is refused: releases are ordered by it`, () => {
    assert.throws(() => readWorkflow({ ...env, [name]: value }), InputError);
  });
}
