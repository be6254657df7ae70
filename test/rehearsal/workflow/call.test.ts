import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Files, mainWorkflow, smallWorld } from "./small-world.ts";

const callee = `
on:
  workflow_call:
    inputs:
      environment: { type: string, required: true }
      weight: { type: number, default: 5 }
      dry: { type: boolean }
    secrets: { TOKEN: { required: true }, OPTIONAL: { required: false } }
    outputs:
      url: { value: "\${{ jobs.deploy.outputs.url }}" }
      leak: { value: "from \${{ vars.LEAK }}" }
jobs:
  deploy:
    runs-on: x
    outputs: { url: "https://\${{ inputs.environment }}" }
    steps:
      - env: { ALL: "\${{ toJSON(inputs) }}", TOKEN: "\${{ secrets.TOKEN }}", NOT: "\${{ secrets.NOT_PASSED }}" }
        run: 'echo $ALL; echo "token of \${#TOKEN} letters, other [$NOT]"'
`;

function caller(more: string): readonly [Files, Files] {
  return [
    mainWorkflow(`
on: push
jobs:
  release: { uses: acme/toolkit/.github/workflows/release.yml@v1, ${more} }
  after:
    needs: release
    runs-on: x
    steps: [{ run: "echo url=\${{ needs.release.outputs.url }} leak=[\${{ needs.release.outputs.leak }}]" }]
`),
    { ".github/workflows/release.yml": callee },
  ];
}

const refused: Readonly<Record<string, readonly [more: string, message: RegExp]>> = {
  "lacks a required input": [
    'secrets: { TOKEN: "${{ secrets.TOP }}" }',
    /Input environment is required, but not provided/,
  ],
  "passes an input nobody declared": [
    'with: { environment: p, speed: 3 }, secrets: { TOKEN: "${{ secrets.TOP }}" }',
    /Invalid input, speed is not defined in the referenced workflow/,
  ],
  "lacks a required secret": ["with: { environment: p }", /Secret TOKEN is required, but not provided/],
  "passes a secret nobody declared": [
    'with: { environment: p }, secrets: { TOKEN: "${{ secrets.TOP }}", EXTRA: "${{ secrets.TOP }}" }',
    /Invalid secret, EXTRA is not defined in the referenced workflow/,
  ],
};

describe("a call of a reusable workflow", () => {
  for (const [what, [more, message]] of Object.entries(refused)) {
    it(`that ${what} is refused before any job`, async () => {
      using world = smallWorld(...caller(more));
      await assert.rejects(world.rehearse(), message);
    });
  }

  it("binds typed inputs, defaults and only the secrets passed by name, and returns outputs", async () => {
    using world = smallWorld(
      ...caller('with: { environment: p, dry: true }, secrets: { TOKEN: "${{ secrets.TOP }}" }'),
    );
    const run = await world.rehearse({
      secrets: { TOP: "top-secret", NOT_PASSED: "other-secret" },
      vars: { LEAK: "top-secret" },
    });
    const log = run.log("release / deploy");
    assert.match(log, /\{ "environment": "p", "weight": 5, "dry": true \}/);
    assert.match(log, /token of 10 letters, other \[\]/);
    assert.match(run.log("after"), /^url=https:\/\/p leak=\[\]$/m);
    assert.deepEqual(run.jobs["release"]?.outputs, { url: "https://p" });
    assert.ok(
      run.annotations.some(
        ({ job, message }) => job === "release" && message === "Skip output 'leak' since it may contain secret.",
      ),
    );
    assert.ok(run.events.some((event) => event.type === "output-dropped" && event.output === "leak"));
    assert.doesNotMatch(run.written, /top-secret/);
  });

  it("fails its job when a value has the wrong type", async () => {
    using world = smallWorld(
      ...caller('with: { environment: p, dry: "${{ github.ref }}" }, secrets: { TOKEN: "${{ secrets.TOP }}" }'),
    );
    const run = await world.rehearse({ secrets: { TOP: "top-secret" } });
    assert.equal(run.result("release"), "failure");
    assert.match(run.log("release"), /Input dry must be a boolean/);
  });

  it("with secrets: inherit sees all of the caller's", async () => {
    using world = smallWorld(...caller("with: { environment: p }, secrets: inherit"));
    const run = await world.rehearse({ secrets: { TOKEN: "top-secret", NOT_PASSED: "other-secret" } });
    assert.match(run.log("release / deploy"), /token of 10 letters, other \[\*\*\*\]/);
  });

  it("resolves $/ and ./ in the repository of the file they stand in, three workflows deep", async () => {
    const where =
      'run: "echo in ${{ job.workflow_repository }} ${{ job.workflow_file_path }} for ${{ github.repository }}"';
    using world = smallWorld(
      {
        ...mainWorkflow("on: push\njobs:\n  a: { uses: $/.github/workflows/own.yml }\n"),
        ".github/workflows/own.yml": `on: workflow_call\njobs:\n  b: { uses: acme/toolkit/.github/workflows/one.yml@v1 }\n`,
        "actions/mark/action.yml": composite("action of the consumer"),
      },
      {
        ".github/workflows/one.yml": "on: workflow_call\njobs:\n  c: { uses: ./.github/workflows/two.yml }\n",
        ".github/workflows/two.yml": `
on: workflow_call
jobs:
  d:
    runs-on: x
    steps: [{ ${where} }, { uses: $/actions/mark }, { uses: actions/checkout@v4 }, { uses: ./actions/mark }]
`,
        "actions/mark/action.yml": composite("action of the toolkit"),
      },
    );
    const run = await world.rehearse();
    const log = run.log("a / b / c / d");
    assert.equal(run.conclusion, "success", run.log());
    assert.match(log, /^in acme\/toolkit \.github\/workflows\/two\.yml for octo\/quickstart$/m);
    assert.match(log, /^action of the toolkit$[\s\S]*^action of the consumer$/m);
  });

  it("of a repository the rehearsal does not have is refused", async () => {
    using world = smallWorld(mainWorkflow("on: push\njobs:\n  a: { uses: other/one/.github/workflows/x.yml@v1 }\n"));
    await assert.rejects(world.rehearse(), /names a repository this rehearsal does not have/);
  });

  it("of a workflow that cannot be called is refused", async () => {
    using world = smallWorld({
      ...mainWorkflow("on: push\njobs:\n  a: { uses: ./.github/workflows/b.yml }\n"),
      ".github/workflows/b.yml": "on: push\njobs:\n  b: { runs-on: x, steps: [{ run: x }] }\n",
    });
    await assert.rejects(world.rehearse(), /does not name workflow_call/);
  });

  it("of itself is refused", async () => {
    using world = smallWorld(
      mainWorkflow("on: [push, workflow_call]\njobs:\n  a: { uses: ./.github/workflows/main.yml }\n"),
    );
    await assert.rejects(world.rehearse(), /more than 10 workflows deep/);
  });
});

function composite(words: string): string {
  return `name: mark\ndescription: x\nruns:\n  using: composite\n  steps: [{ shell: bash, run: "echo ${words}" }]\n`;
}
