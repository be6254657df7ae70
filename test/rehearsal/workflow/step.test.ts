import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mainWorkflow, type Rehearsed, type SmallWorld, smallWorld } from "./small-world.ts";

/** One job `a` with these steps, as a YAML list. */
function job(steps: string, more = ""): SmallWorld {
  const indented = steps.trim().split("\n").join("\n      ");
  return smallWorld(
    mainWorkflow(`on: push\njobs:\n  a:\n    runs-on: x\n    ${more}\n    steps:\n      ${indented}\n`),
  );
}

function outcomes(run: Rehearsed): readonly (readonly [string, string, string])[] {
  return run.events.flatMap((event) =>
    event.type === "step-ended" ? [[event.step, event.outcome, event.conclusion] as const] : [],
  );
}

describe("the steps of a job", () => {
  it("after a failure run only where their condition asks for it", async () => {
    using world = job(`
- { id: soft, run: exit 3, continue-on-error: true }
- { id: told, run: "echo \${{ steps.soft.outcome }} \${{ steps.soft.conclusion }} \${{ job.status }}" }
- { id: hard, run: exit 4 }
- { id: plain, run: echo no }
- { id: onfail, if: failure(), run: "echo \${{ steps.hard.outcome }} \${{ job.status }}" }
- { id: mixed, if: "always() && steps.plain.outcome == 'skipped'", run: echo mixed }
- { id: never, if: cancelled(), run: echo no }
`);
    const run = await world.rehearse();
    assert.deepEqual(outcomes(run), [
      ["soft", "failure", "success"],
      ["told", "success", "success"],
      ["hard", "failure", "failure"],
      ["plain", "skipped", "skipped"],
      ["onfail", "success", "success"],
      ["mixed", "success", "success"],
      ["never", "skipped", "skipped"],
    ]);
    assert.match(run.log(), /^failure success success$/m);
    assert.match(run.log(), /^failure failure$/m);
    assert.ok(run.annotations.some(({ message }) => message === "Process completed with exit code 4."));
    assert.equal(run.result("a"), "failure");
  });

  it("leave outputs, environment, paths and summaries in the runner's files", async () => {
    using world = job(`
- id: one
  run: |
    { echo 'lines<<END'; echo first; echo second=2; echo END; echo 'plain=a=b<<c'; } >> "$GITHUB_OUTPUT"
    { echo "NAME=value"; echo 'TEXT<<E'; echo a; echo b; echo E; echo "GITHUB_SHA=forged"; } >> "$GITHUB_ENV"
    mkdir -p "$RUNNER_TEMP/bin"; printf '#!/bin/sh\\necho tool runs\\n' > "$RUNNER_TEMP/bin/tool"; chmod +x "$RUNNER_TEMP/bin/tool"
    echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
    echo "# Done" >> "$GITHUB_STEP_SUMMARY"
- env: { LINES_OUT: "\${{ steps.one.outputs.lines }}" }
  run: |
    echo "[$LINES_OUT]" | tr '\\n' '|'; echo
    echo "\${{ steps.one.outputs.plain }} $NAME \${{ env.NAME }} \${TEXT//$'\\n'/+}"
    tool; [ "$GITHUB_SHA" = forged ] || echo sha is kept
`);
    const run = await world.rehearse();
    assert.equal(run.conclusion, "success", run.log());
    for (const line of ["[first|second=2]|", "a=b<<c value value a+b", "tool runs", "sha is kept"]) {
      assert.ok(run.log().split("\n").includes(line), `${line} in\n${run.log()}`);
    }
    assert.deepEqual(
      run.summaries.map(({ job, markdown }) => [job, markdown]),
      [["a", "# Done\n"]],
    );
  });

  it("are failed by a runner file that cannot be read, and are refused NODE_OPTIONS and a summary beyond 1 MiB", async () => {
    using world = job(`
- { id: open, continue-on-error: true, run: 'echo "x<<END" >> "$GITHUB_OUTPUT"' }
- { id: bare, continue-on-error: true, run: 'echo "no pair" >> "$GITHUB_OUTPUT"' }
- { id: node, run: 'echo "NODE_OPTIONS=--require=/tmp/x.js" >> "$GITHUB_ENV"' }
- { id: long, run: 'head -c 1048577 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"; echo "[$NODE_OPTIONS]"' }
`);
    const run = await world.rehearse();
    assert.deepEqual(
      outcomes(run).map(([id, outcome]) => `${id} ${outcome}`),
      ["open failure", "bare failure", "node success", "long success"],
    );
    const messages = run.annotations.map(({ message }) => message).join("\n");
    assert.match(messages, /Matching delimiter not found 'END'/);
    assert.match(messages, /Invalid format 'no pair'/);
    assert.match(messages, /Can't store NODE_OPTIONS output parameter using '\$GITHUB_ENV' command/);
    assert.match(messages, /\$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1024k/);
    assert.match(run.log(), /^\[\]$/m);
    assert.deepEqual(run.summaries, []);
  });

  it("speak to the runner in commands, and not while these are stopped", async () => {
    using world = job(`
- run: |
    echo "::error file=a.ts,line=3,title=Oops%2C so::first%0Asecond 100%25"
    echo "::warning::careful"
    echo "::notice file=b.ts::by the way"
    echo "  ::group::Details"
    echo "::no-command::stays"
    echo "::stop-commands::pause-1"
    echo "::error::not a command"
    echo "::pause-1::"
    echo "::notice::again"
- { id: old, continue-on-error: true, run: 'echo "::set-env name=X::1"' }
- { id: path, continue-on-error: true, run: 'echo "::add-path::/x"' }
- run: echo "[$X]"
`);
    const run = await world.rehearse();
    const [error, warning, notice, again, ...refusals] = run.annotations;
    assert.deepEqual(error, {
      level: "error",
      message: "first\nsecond 100%",
      title: "Oops, so",
      file: "a.ts",
      line: 3,
      job: "a",
    });
    assert.deepEqual(
      [warning, notice, again].map((annotation) => `${annotation?.level} ${annotation?.message}`),
      ["warning careful", "notice by the way", "notice again"],
    );
    assert.match(
      refusals.map(({ message }) => message).join("\n"),
      /`set-env` command is disabled[\s\S]*`add-path` command is disabled/,
    );
    assert.match(run.log(), /^::no-command::stays$/m);
    assert.match(run.log(), /^::error::not a command$/m);
    assert.match(run.log(), /^\[\]$/m);
  });

  it("never show a secret, whole, by the line, or in base64", async () => {
    using world = job(
      `
- env: { KEY: "\${{ secrets.KEY }}" }
  run: |
    echo "$KEY"; echo "user:$KEY" | base64 -w0; echo; printf 'x%s' "$KEY" | base64 -w0; echo
    echo "::add-mask::derived-value"; echo derived-value; echo "::error::with derived-value"
    echo "derived-value" >> "$GITHUB_STEP_SUMMARY"
- { id: out, run: 'echo "v=has derived-value" >> "$GITHUB_OUTPUT"; echo "w=fine" >> "$GITHUB_OUTPUT"' }
- run: echo "in the job \${{ steps.out.outputs.v == 'has derived-value' }}"
- run: echo "token $(echo "\${{ github.token }}")"
`,
      'outputs: { v: "${{ steps.out.outputs.v }}", w: "${{ steps.out.outputs.w }}" }',
    );
    const secret = "line-one-of-the-key\nline-two-of-the-key";
    const run = await world.rehearse({ secrets: { KEY: secret } });
    const everything = JSON.stringify([run.events, run.summaries, run.annotations]) + run.written;
    for (const part of ["line-one-of", "line-two-of", "derived-value\n", "ghs_a0123456789"]) {
      assert.ok(!everything.includes(part), `${part} is shown`);
    }
    assert.ok(!everything.includes(Buffer.from(secret).toString("base64").slice(0, 30)));
    assert.match(run.log(), /^in the job true$/m);
    assert.deepEqual(run.jobs["a"]?.outputs, { w: "fine" });
    assert.ok(run.annotations.some(({ message }) => message === "Skip output 'v' since it may contain secret."));
    assert.ok(run.events.some((event) => event.type === "output-dropped" && event.output === "v"));
  });

  it("run in the shell GitHub would use", async () => {
    using world = job(`
- { id: default, run: 'false | true; echo "$-" | grep -c e' }
- { id: bash, shell: bash, continue-on-error: true, run: "false | true" }
- { id: sh, shell: sh, run: 'echo "shell $0" | grep -v bash; cat "$0" > /dev/null' }
- { id: own, shell: "node {0}", run: 'console.log("by node")' }
- { id: none, shell: nonsense, continue-on-error: true, run: x }
- { id: where, working-directory: sub, continue-on-error: true, run: pwd }
`);
    const run = await world.rehearse();
    assert.deepEqual(
      outcomes(run).map(([id, outcome]) => `${id} ${outcome}`),
      ["default success", "bash failure", "sh success", "own success", "none failure", "where failure"],
    );
    assert.match(run.log(), /Invalid shell option 'nonsense'/);
    assert.match(run.log(), /^by node$/m);
  });

  it("see the defaults and the environment nearest to them", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
env: { A: workflow, B: workflow, C: workflow }
defaults: { run: { shell: bash } }
jobs:
  a:
    runs-on: x
    env: { B: job, C: job }
    defaults: { run: { working-directory: sub } }
    steps:
      - { run: "mkdir sub", working-directory: . }
      - { env: { C: "step of \${{ env.B }}" }, run: 'echo "$A $B $C \${{ env.C }} $(basename "$PWD") $CUSTOM $-"' }
      - run: 'echo "\${LEAKED_FROM_HERE-nothing} $HOME"'
`),
    );
    process.env["LEAKED_FROM_HERE"] = "leaked";
    try {
      const run = await world.rehearse({ env: { CUSTOM: "extra" } });
      assert.match(run.log(), /^workflow job step of job step of job sub extra e?h?e?B/m);
      assert.match(run.log(), /shell: bash --noprofile --norc -e -o pipefail/);
      assert.match(run.log(), /^nothing \/.*\/home$/m);
      assert.ok(!run.log().includes(`nothing ${process.env["HOME"]}\n`));
    } finally {
      delete process.env["LEAKED_FROM_HERE"];
    }
  });

  it("know the run they are in", async () => {
    using world = job(`
- run: |
    echo "$GITHUB_REPOSITORY $GITHUB_REPOSITORY_OWNER $GITHUB_REF_NAME $GITHUB_REF_TYPE $GITHUB_ACTOR $GITHUB_EVENT_NAME"
    echo "$GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT $GITHUB_JOB $GITHUB_API_URL $GITHUB_SERVER_URL $GITHUB_ACTIONS $CI"
    echo "$GITHUB_WORKFLOW_REF $([ "$GITHUB_WORKFLOW_SHA" = "$GITHUB_SHA" ] && echo same)"
    echo "$(cat "$GITHUB_EVENT_PATH") $([ "$PWD" = "$GITHUB_WORKSPACE" ] && echo there) \${{ github.event.number }}"
    [ -w "$RUNNER_TEMP" ] && [ -n "$RUNNER_TRACKING_ID" ] && [ "$RUNNER_OS" = "\${{ runner.os }}" ] && echo equipped
    [ "\${{ github.token }}" = "\${{ secrets.GITHUB_TOKEN }}" ] && echo one token
`);
    const run = await world.rehearse({
      event: { name: "push", payload: { number: 3 } },
      server: "http://github.localhost:9",
      runAttempt: 2,
    });
    for (const line of [
      "octo/quickstart octo main branch mona push",
      "7 2 a http://127.0.0.1:9 http://github.localhost:9 true true",
      "octo/quickstart/.github/workflows/main.yml@refs/heads/main same",
      '{"number":3} there 3',
      "equipped",
      "one token",
    ]) {
      assert.ok(run.log().split("\n").includes(line), `${line} in\n${run.log()}`);
    }
  });

  it("that take too long fail, and the job goes on", async () => {
    using world = job(`
- { id: slow, timeout-minutes: 5, run: "exec node -e 'setTimeout(() => {}, 60000)'" }
- { id: plain, run: echo no }
- { id: after, if: failure(), run: echo after }
`);
    const run = await world.rehearse({ timing: { interrupt: 2000, terminate: 500, drain: 300, minute: 40 } });
    assert.deepEqual(
      outcomes(run).map(([id, outcome]) => `${id} ${outcome}`),
      ["slow failure", "plain skipped", "after success"],
    );
    assert.ok(run.annotations.some(({ message }) => message.endsWith("has timed out after 5 minutes.")));
    assert.equal(run.result("a"), "failure");
  });
});
