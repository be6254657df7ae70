import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InputError } from "../../../src/failure.ts";
import { readWorkflow } from "../../../src/rehearsal/workflow/load.ts";
import { plain } from "../../../src/rehearsal/workflow/template.ts";

const head = "name: t\non: workflow_dispatch\n";
const body = "    runs-on: ubuntu-latest\n    steps: [{ run: 'true' }]\n";
const steps = (list: string): string => `${head}jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: ${list}\n`;

const refused: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "secrets in a job's if": [
    `${head}jobs:\n  a:\n    if: secrets.X != 0\n${body}`,
    /Unrecognized named-value: 'secrets'/,
  ],
  "secrets in a step's if": [steps("[{ if: secrets.X, run: x }]"), /Unrecognized named-value: 'secrets'/],
  "env in a job's if": [`${head}env: { A: b }\njobs:\n  a:\n    if: env.A == 'b'\n${body}`, /named-value: 'env'/],
  "env in the with of a call": [
    `${head}jobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    with: { q: "\${{ env.A }}" }\n`,
    /named-value: 'env'/,
  ],
  "needs of a job that is not there": [`${head}jobs:\n  a:\n    needs: z\n${body}  b:\n${body}`, /unknown job 'z'/],
  "needs in a circle": [
    `${head}jobs:\n  a:\n    needs: b\n${body}  b:\n    needs: a\n${body}`,
    /at least one job with no dependencies/,
  ],
  "needs read in a step without being listed": [
    `${head}jobs:\n  a:\n${body}  b:\n    runs-on: x\n    steps: [{ run: "echo \${{ needs.a.result }}" }]\n`,
    /Job 'b' reads needs\.a, but its needs do not list 'a'/,
  ],
  "needs read in a job's if without being listed": [
    `${head}jobs:\n  a:\n${body}  b:\n    if: needs['a'].result == 'success'\n${body}`,
    /Job 'b' reads needs\.a/,
  ],
  "needs read in the with of a call without being listed": [
    `${head}jobs:\n  a:\n${body}  b:\n    uses: ./.github/workflows/x.yml\n    with: { q: "\${{ needs.a.outputs.q }}" }\n`,
    /Job 'b' reads needs\.a/,
  ],
  "a misspelt key": [`${head}jobs:\n  a:\n    runs-onn: x\n    steps: [{ run: x }]\n`, /Unexpected value 'runs-onn'/],
  "a function that is not there": [steps('[{ run: "${{ now() }}" }]'), /Unrecognized function: 'now'/],
  "two steps of one id": [
    steps("[{ id: q, run: x }, { id: q, run: x }]"),
    /identifier 'q' may not be used more than once/,
  ],
  "a permission that is not there": [`${head}permissions: { deployment: write }\njobs:\n  a:\n${body}`, /'deployment'/],
  "a queue that is not there": [`${head}concurrency: { group: g, queue: many }\njobs:\n  a:\n${body}`, /'many'/],
  "queue: max with cancel-in-progress": [
    `${head}concurrency: { group: g, queue: max, cancel-in-progress: true }\njobs:\n  a:\n${body}`,
    /'queue: max' cannot stand with 'cancel-in-progress: true'/,
  ],
  "an environment at a calling job": [
    `${head}jobs:\n  a:\n    environment: production\n    uses: ./.github/workflows/x.yml\n`,
    /Unexpected value 'uses'/,
  ],
  "a timeout at a calling job": [
    `${head}jobs:\n  a:\n    timeout-minutes: 5\n    uses: ./.github/workflows/x.yml\n`,
    /Unexpected value 'uses'/,
  ],
  "a ref after $/ in a step": [steps("[{ uses: $/actions/x@v1 }]"), /'uses: \$\/actions\/x@v1' must not name a ref/],
  "a ref after $/ in a call": [`${head}jobs:\n  a:\n    uses: $/.github/workflows/x.yml@v1\n`, /must not name a ref/],
  "a token passed to a called workflow": [
    `${head}jobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    secrets: { T: "\${{ secrets.GITHUB_TOKEN }}" }\n`,
    /Job 'a' passes its token to what it calls/,
  ],
  "a container": [`${head}jobs:\n  a:\n    container: node:24\n${body}`, /Job 'a' asks for a container/],
  "broken YAML": ["on: [push\njobs:", /flow/i],
  "an empty file": ["", /empty|Expected|required/i],
};

describe("a workflow file", () => {
  for (const [what, [text, message]] of Object.entries(refused)) {
    it(`is refused for ${what}`, async () => {
      await assert.rejects(readWorkflow("w.yml", text), (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, message);
        assert.equal(error.place?.file, "w.yml");
        return true;
      });
    });
  }

  it("tells where the fault is", async () => {
    const text = `${head}jobs:\n  a:\n${body}  b:\n    if: needs.a.result == 'success'\n${body}`;
    await assert.rejects(readWorkflow("w.yml", text), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual(error.place, { file: "w.yml", line: 7, column: 3 });
      return true;
    });
  });

  it("may use what GitHub added lately", async () => {
    await readWorkflow(
      "w.yml",
      `${head}concurrency: { group: g, queue: max }\njobs:\n  a:\n    environment: { name: p, deployment: false }\n` +
        "    timeout-minutes: ${{ fromJSON('5') }}\n    runs-on: x\n" +
        "    steps: [{ uses: $/actions/x, with: { a: \"${{ case(true, 'A', 'B') }}\" } }]\n",
    );
  });

  it("is plain data to whoever walks it", async () => {
    const workflow = await readWorkflow(
      "release.yml",
      `
name: release
on:
  workflow_call:
    inputs: { environment: { type: string, required: true }, resume: { type: boolean } }
    secrets: { TOKEN: { required: true }, OTHER: }
    outputs: { url: { value: "\${{ jobs.deploy.outputs.url }}" } }
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions: { contents: read, deployments: write, issues: none }
    concurrency: { group: "sluice-\${{ inputs.environment }}", queue: max }
    steps: [{ id: d, uses: $/actions/deploy, env: { A: "\${{ secrets.TOKEN }}" } }]
  after:
    needs: [deploy]
    if: "!cancelled() && needs.deploy.result == 'success'"
    uses: $/.github/workflows/watch.yml
    secrets: { TOKEN: "\${{ secrets.TOKEN }}" }
  plain: { needs: deploy, if: github.actor == 'mona', uses: ./.github/workflows/x.yml, secrets: inherit }
`,
    );
    assert.deepEqual(workflow.triggers, ["workflow_call"]);
    assert.deepEqual(workflow.call?.secrets, { TOKEN: { required: true }, OTHER: { required: false } });
    assert.deepEqual(
      workflow.call?.inputs.map(({ name, type, required }) => [name, type, required]),
      [
        ["environment", "string", true],
        ["resume", "boolean", false],
      ],
    );
    assert.deepEqual(workflow.permissions, {});
    const { deploy, after, plain: third } = workflow.jobs;
    assert.ok(deploy?.kind === "ordinary" && after?.kind === "calling" && third?.kind === "calling");
    assert.deepEqual(deploy.permissions, { contents: "read", deployments: "write" });
    assert.deepEqual(plain(deploy.concurrency ?? null), { group: "sluice-${{ inputs.environment }}", queue: "max" });
    assert.equal(deploy.timeoutMinutes, 10);
    assert.equal(deploy.condition, "success()");
    assert.deepEqual(
      deploy.steps.map((step) => [step.id, step.uses, plain(step.env ?? null)]),
      [["d", "$/actions/deploy", { A: "${{ secrets.TOKEN }}" }]],
    );
    assert.equal(after.if, "!cancelled() && needs.deploy.result == 'success'");
    assert.equal(after.condition, after.if);
    assert.deepEqual(after.needs, ["deploy"]);
    assert.equal(after.uses, "$/.github/workflows/watch.yml");
    assert.notEqual(after.secrets, "inherit");
    assert.equal(third.condition, "success() && (github.actor == 'mona')");
    assert.equal(third.secrets, "inherit");
  });
});
