import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commit, git, mainWorkflow, smallWorld, write } from "./small-world.ts";

const probe = {
  "actions/probe/action.yml": `
name: probe
description: tells what it was given
inputs:
  target: { description: t, required: true }
  token: { description: t, default: "\${{ github.token }}" }
  with space: { description: t, default: "\${{ github.repository }}" }
outputs: { told: { description: o } }
runs: { using: node24, main: ../../dist/main.js, post: ../../dist/post.js }
`,
  "dist/main.js": `
const { appendFileSync } = require("node:fs");
const given = Object.entries(process.env).filter(([name]) => name.startsWith("INPUT_")).map(([n, v]) => n + "=" + v.length);
console.log(process.version.split(".")[0], given.sort().join(" "));
appendFileSync(process.env.GITHUB_STATE, "seen=" + process.env.INPUT_TARGET + "\\n");
appendFileSync(process.env.GITHUB_OUTPUT, "told=" + process.env.GITHUB_ACTION_REPOSITORY + "@" + process.env.GITHUB_ACTION_REF + "\\n");
`,
  "dist/post.js": `console.log("post of", process.env.STATE_seen, process.env.INPUT_TARGET, process.env.LATE);`,
};

const steps = (list: string): string => `on: push\njobs:\n  a:\n    runs-on: x\n    steps:${list}`;

describe("an action", () => {
  it("in JavaScript runs with its inputs and afterwards in reverse order", async () => {
    using world = smallWorld(
      mainWorkflow(
        steps(`
      - { id: one, uses: acme/toolkit/actions/probe@v1, with: { Target: first, nope: 1 } }
      - { uses: acme/toolkit/actions/probe@v1, with: { target: second } }
      - run: echo "LATE=late" >> "$GITHUB_ENV"; echo "told \${{ steps.one.outputs.told }}"
      - run: exit 1
`),
      ),
      probe,
    );
    const run = await world.rehearse();
    const lines = run.log().split("\n");
    assert.ok(lines.includes("v24 INPUT_NOPE=1 INPUT_TARGET=5 INPUT_TOKEN=15 INPUT_WITH_SPACE=15"), run.log());
    assert.ok(lines.includes("told acme/toolkit@v1"));
    const posts = lines.filter((line) => line.startsWith("post of"));
    assert.deepEqual(posts, ["post of second second late", "post of first first late"]);
    assert.ok(
      run.annotations.some(
        ({ level, message }) =>
          level === "warning" &&
          message === "Unexpected input(s) 'nope', valid inputs are ['target', 'token', 'with space']",
      ),
    );
  });

  it("runs its post step only under its post-if", async () => {
    const action = (postIf: string): string =>
      `name: p\ndescription: p\nruns: { using: node24, main: m.js, post: p.js, post-if: "${postIf}" }\n`;
    using world = smallWorld(
      mainWorkflow(
        steps(
          `\n      - uses: acme/toolkit/on-failure@v1\n      - uses: acme/toolkit/on-success@v1\n      - run: exit 1\n`,
        ),
      ),
      {
        "on-failure/action.yml": action("failure()"),
        "on-failure/m.js": "",
        "on-failure/p.js": "console.log('after a failure')",
        "on-success/action.yml": action("success()"),
        "on-success/m.js": "",
        "on-success/p.js": "console.log('after a success')",
      },
    );
    const run = await world.rehearse();
    assert.match(run.log(), /^after a failure$/m);
    assert.doesNotMatch(run.log(), /after a success/);
  });

  it("made of steps has inputs, outputs, environment and status of its own", async () => {
    using world = smallWorld(
      mainWorkflow(
        steps(`
      - { id: c, continue-on-error: true, uses: acme/toolkit/both@v1, env: { OUTER: outer }, with: { who: mona } }
      - run: echo "said \${{ steps.c.outputs.said }} \${{ steps.c.outcome }} [\${{ steps.inner.outcome }}] [$OUTER]"
`),
      ),
      {
        ...probe,
        "both/action.yml": `
name: both
description: b
inputs: { who: { description: w, default: you } }
outputs: { said: { description: s, value: "\${{ steps.inner.outputs.words }}" } }
runs:
  using: composite
  steps:
    - { id: inner, shell: bash, run: 'echo "words=hi \${{ inputs.who }} $OUTER" >> "$GITHUB_OUTPUT"; ls "$GITHUB_ACTION_PATH"' }
    - { uses: $/actions/probe, with: { target: nested } }
    - { shell: bash, run: exit 7 }
    - { shell: bash, run: echo not reached }
    - { if: failure(), shell: bash, run: echo own failure seen }
`,
      },
    );
    const run = await world.rehearse();
    assert.equal(run.conclusion, "success", run.log());
    assert.match(run.log(), /^said hi mona outer failure \[\] \[\]$/m);
    assert.match(run.log(), /^action\.yml$/m);
    assert.match(run.log(), /^own failure seen$/m);
    assert.match(run.log(), /^post of nested nested/m);
    assert.doesNotMatch(run.log(), /^not reached$/m);
  });

  it("that is not there, or cannot be run here, fails its step with a reason", async () => {
    using world = smallWorld(
      mainWorkflow(
        steps(`
      - { continue-on-error: true, uses: ./actions/none }
      - { continue-on-error: true, uses: acme/toolkit/docker@v1 }
      - { continue-on-error: true, uses: other/action@v1 }
`),
      ),
      { "docker/action.yml": "name: d\ndescription: d\nruns: { using: docker, image: Dockerfile }\n" },
    );
    const run = await world.rehearse();
    assert.match(run.log(), /Did you forget to run actions\/checkout/);
    assert.match(run.log(), /runs using 'docker', which a rehearsal cannot run/);
    assert.match(run.log(), /names a repository this rehearsal does not have/);
  });
});

describe("the stand-in for actions/checkout", () => {
  it("makes a real, clean work tree of the run's commit", async () => {
    using world = smallWorld(
      mainWorkflow(
        steps(`
      - { run: 'ls -A | wc -l' }
      - { id: co, uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 }
      - run: |
          echo "head $(git rev-parse HEAD) on $(git branch --show-current), $(git rev-list --count HEAD) deep, [$(git status --porcelain)]"
          cat README.md; echo "commit \${{ steps.co.outputs.commit }}"
          git config --get-regexp extraheader | sed 's/ .*basic/ basic/'
`),
      ),
    );
    write(world.consumer, { "README.md": "second\n" });
    const second = commit(world.consumer, "second");
    write(world.consumer, { "README.md": "not committed\n" });
    const run = await world.rehearse({ sha: second });
    const lines = run.log().split("\n");
    assert.ok(lines.includes(`head ${second} on main, 1 deep, []`), run.log());
    assert.ok(lines.includes("second") && lines.includes("0") && lines.includes(`commit ${second}`));
    assert.ok(lines.includes("http.http://127.0.0.1:9/.extraheader basic ***"), run.log());
    const before = await world.rehearse();
    assert.ok(before.log().includes(`head ${world.head} on main`));
    assert.match(before.log(), /^quickstart$/m);
  });

  it("knows path, ref, fetch-depth, persist-credentials and the toolkit's repository", async () => {
    using world = smallWorld(
      mainWorkflow(
        steps(`
      - { uses: actions/checkout@v7, with: { path: deep/er, fetch-depth: 0, persist-credentials: false } }
      - { uses: actions/checkout@v7, with: { path: old, ref: v1 } }
      - { uses: actions/checkout@v7, with: { path: side, ref: "\${{ github.event.side }}" } }
      - { uses: actions/checkout@v7, with: { path: kit, repository: acme/toolkit } }
      - run: |
          echo "all $(git -C deep/er rev-list --count HEAD) [$(git -C deep/er config --get-regexp extraheader)]"
          echo "tag $(cat old/README.md) side $(git -C side rev-parse HEAD) kit $(cat kit/README.md)"
      - { id: none, continue-on-error: true, uses: actions/checkout@v7, with: { path: no, ref: no-such-branch } }
`),
      ),
    );
    git(world.consumer, "tag", "v1");
    write(world.consumer, { "README.md": "second\n" });
    const second = commit(world.consumer, "second");
    const event = { name: "push", payload: { side: world.head } };
    const run = await world.rehearse({ sha: second, event });
    assert.match(run.log(), /^all 2 \[\]$/m);
    assert.ok(run.log().split("\n").includes(`tag quickstart side ${world.head} kit toolkit`), run.log());
    assert.match(run.log(), /A branch or tag with the name 'no-such-branch' could not be found/);
  });
});
