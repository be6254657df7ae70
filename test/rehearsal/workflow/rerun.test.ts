import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rerunOf } from "../../../src/rehearsal/workflow/rerun.ts";
import type { WorkflowRun } from "../../../src/rehearsal/workflow/workflow-run.ts";
import { mainWorkflow, type Rehearsed, type SmallWorld, smallWorld } from "./small-world.ts";

/** Every job leaves a line in $TRACE; `flaky` fails until the file $MENDED is there. */
const trace = (name: string) => `echo "${name} $GITHUB_RUN_ATTEMPT" >> "$TRACE"`;
const flaky = `${trace("flaky")}; test -e "$MENDED"`;

interface Attempts {
  readonly first: Rehearsed;
  readonly second: Rehearsed;
  /** What ran, in order, with its attempt. */
  readonly ran: readonly string[];
}

async function twice(world: SmallWorld, which: "failed" | "all"): Promise<Attempts> {
  const file = join(world.toolkit, "trace");
  const mended = join(world.toolkit, "mended");
  const base: Partial<WorkflowRun> = { env: { TRACE: file, MENDED: mended } };
  const first = await world.rehearse(base);
  writeFileSync(mended, "");
  const { runAttempt, earlier } = rerunOf(asRun(base), first, which);
  const second = await world.rehearse({ ...base, runAttempt, ...(earlier === undefined ? {} : { earlier }) });
  const ran = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").toSorted() : [];
  return { first, second, ran };
}

/** The parts of a run that a re-run looks at. */
const asRun = (changes: Partial<WorkflowRun>): WorkflowRun => ({
  consumer: "",
  toolkit: "",
  toolkitName: "acme/toolkit",
  workflow: ".github/workflows/main.yml",
  event: { name: "push", payload: {} },
  repository: "octo/quickstart",
  ref: "refs/heads/main",
  sha: "",
  actor: "mona",
  runId: 7,
  runAttempt: 1,
  secrets: {},
  vars: {},
  environments: {},
  api: "",
  token: async () => "",
  node: "",
  logDirectory: "",
  onEvent: () => undefined,
  cancel: new AbortController().signal,
  ...changes,
});

const workflow = `
on: push
jobs:
  plan:
    runs-on: x
    outputs: { stages: "\${{ steps.s.outputs.stages }}" }
    steps: [{ id: s, run: '${trace("plan")}; echo "stages=one,$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"' }]
  beside: { runs-on: x, steps: [{ run: '${trace("beside")}' }] }
  stage: { needs: plan, runs-on: x, steps: [{ run: '${flaky}' }, { run: 'echo "planned \${{ needs.plan.outputs.stages }}"' }] }
  cleanup: { needs: stage, if: always(), runs-on: x, steps: [{ run: '${trace("cleanup")}' }] }
  after: { needs: stage, runs-on: x, steps: [{ run: '${trace("after")}' }] }
`;

describe("re-running a run", () => {
  it("of failed jobs runs what failed and all that needs it, with the outputs of the first attempt", async () => {
    using world = smallWorld(mainWorkflow(workflow));
    const { first, second, ran } = await twice(world, "failed");
    assert.equal(first.conclusion, "failure");
    assert.equal(first.result("after"), "skipped");
    assert.equal(second.conclusion, "success");
    assert.equal(second.result("after"), "success");
    assert.match(second.log("stage"), /^planned one,1$/m);
    assert.equal(second.result("plan"), "success");
    assert.deepEqual(ran, ["after 2", "beside 1", "cleanup 1", "cleanup 2", "flaky 1", "flaky 2", "plan 1"]);
  });

  it("of all jobs keeps nothing", async () => {
    using world = smallWorld(mainWorkflow(workflow));
    const { second, ran } = await twice(world, "all");
    assert.equal(second.conclusion, "success");
    assert.match(second.log("stage"), /^planned one,2$/m);
    assert.ok(ran.includes("plan 2") && ran.includes("beside 2"));
  });

  it("of failed jobs goes into called workflows, and keeps the legs of a matrix that succeeded", async () => {
    using world = smallWorld({
      ...mainWorkflow(`
on: push
jobs:
  release: { uses: ./.github/workflows/called.yml }
`),
      ".github/workflows/called.yml": `
on: workflow_call
jobs:
  first: { runs-on: x, steps: [{ run: '${trace("first")}' }] }
  stage:
    needs: first
    strategy: { fail-fast: true, max-parallel: 1, matrix: { name: [one, two, three] } }
    runs-on: x
    steps: [{ run: '${trace("leg-$NAME")}; test "$NAME" != two || test -e "$MENDED"', env: { NAME: "\${{ matrix.name }}" } }]
  last: { needs: stage, runs-on: x, steps: [{ run: '${trace("last")}' }] }
`,
    });
    const { first, second, ran } = await twice(world, "failed");
    assert.equal(first.result("release / stage (three)"), "cancelled");
    assert.equal(second.conclusion, "success");
    assert.equal(second.result("release / first"), "success");
    assert.equal(second.result("release / stage (one)"), "success");
    assert.deepEqual(ran, ["first 1", "last 2", "leg-one 1", "leg-three 2", "leg-two 1", "leg-two 2"]);
  });
});
