import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { WorkflowRun } from "../../../src/rehearsal/workflow/workflow-run.ts";
import { mainWorkflow, type Rehearsed, type SmallWorld, smallWorld } from "./small-world.ts";

const quick = { interrupt: 400, terminate: 200, drain: 200, minute: 60_000 };

/** Ends when the button was pressed: what comes after it ran on through the cancellation. */
const untilPressed = 'for i in $(seq 200); do [ -e "$PRESSED" ] && break; sleep 0.05; done; [ -e "$PRESSED" ]';

/** Rehearses and presses cancel as soon as a job's log says `ready`. */
function cancelWhenReady(world: SmallWorld, job: string, changes: Partial<WorkflowRun> = {}): Promise<Rehearsed> {
  const button = new AbortController();
  const pressed = join(world.toolkit, "pressed");
  return world.rehearse({
    timing: quick,
    env: { PRESSED: pressed },
    ...changes,
    cancel: button.signal,
    onEvent: (event) => {
      if (event.type === "log" && event.job === job && event.line === "ready") {
        button.abort();
        writeFileSync(pressed, "");
      }
    },
  });
}

/** A quoted YAML value: a script that becomes a process which says it is ready and stays. */
const node = (script: string): string =>
  JSON.stringify(`exec node -e '${script} setTimeout(() => {}, 60000); console.log("ready")'`);
const waits = node("");

describe("cancelling a run", () => {
  it("looks again at the condition of every job, running or not yet begun", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  canary: { runs-on: x, steps: [{ run: ${waits} }] }
  watch: { runs-on: x, if: always(), steps: [{ run: ${JSON.stringify(untilPressed)} }, { run: echo to its end }] }
  after: { needs: canary, runs-on: x, steps: [{ run: echo no }] }
  unless-failed: { needs: canary, if: "!failure()", runs-on: x, steps: [{ run: echo no-really }] }
  not-cancelled: { needs: canary, if: "!cancelled() && needs.canary.result != 'success'", runs-on: x, steps: [{ run: x }] }
  on-failure: { needs: canary, if: failure(), runs-on: x, steps: [{ run: echo no }] }
  rollback:
    needs: [canary, watch]
    if: always() && contains(needs.*.result, 'cancelled')
    runs-on: x
    steps: [{ run: "echo rolling back after \${{ needs.canary.result }}" }]
  told: { needs: canary, if: cancelled(), runs-on: x, steps: [{ run: echo told }] }
`),
    );
    const run = await cancelWhenReady(world, "canary");
    assert.equal(run.conclusion, "cancelled");
    assert.equal(run.result("canary"), "cancelled");
    assert.equal(run.result("watch"), "success");
    assert.match(run.log("watch"), /^to its end$/m);
    assert.equal(run.result("after"), "cancelled");
    assert.equal(run.result("not-cancelled"), "cancelled");
    assert.equal(run.result("on-failure"), "cancelled");
    assert.equal(run.result("rollback"), "success");
    assert.match(run.log("rollback"), /^rolling back after cancelled$/m);
    assert.equal(run.result("told"), "success");
    assert.equal(run.result("unless-failed"), "success");
  });

  it("in a running job looks again at the condition of each step", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { id: slow, run: ${waits} }
      - { id: plain, run: echo no }
      - { id: failed, if: failure(), run: echo no }
      - { id: always, if: always(), run: "echo \${{ steps.slow.outcome }} \${{ job.status }}" }
      - { id: cancelled, if: cancelled(), run: echo restored }
`),
    );
    const run = await cancelWhenReady(world, "a");
    const outcomes = run.events.flatMap((event) =>
      event.type === "step-ended" ? [`${event.step} ${event.outcome}`] : [],
    );
    assert.deepEqual(outcomes, [
      "slow cancelled",
      "plain skipped",
      "failed skipped",
      "always success",
      "cancelled success",
    ]);
    assert.match(run.log(), /^cancelled cancelled$/m);
    assert.match(run.log(), /^restored$/m);
  });

  it("lets a step that says always() run to its end, undisturbed", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - if: always()
        run: |
          trap 'echo disturbed' INT TERM
          echo ready; ${untilPressed}; sleep 0.1; echo whole
      - run: echo no
`),
    );
    const run = await cancelWhenReady(world, "a");
    assert.match(run.log(), /^whole$/m);
    assert.doesNotMatch(run.log(), /^(disturbed|no)$/m);
    assert.equal(run.result("a"), "cancelled");
  });

  it("sends SIGINT, then SIGTERM, to the entry process alone, and keeps what it leaves behind", async () => {
    const script = `
const { appendFileSync } = require("node:fs"), { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", "process.on('SIGINT', () => console.log('child disturbed')); process.on('SIGTERM', () => console.log('child disturbed')); console.log('ready'); setTimeout(() => {}, 60000)"], { stdio: "inherit" });
process.on("SIGINT", () => { console.log("got SIGINT"); appendFileSync(process.env.GITHUB_OUTPUT, "left=behind\\n"); });
process.on("SIGTERM", () => { console.log("got SIGTERM"); child.kill("SIGKILL"); process.exit(0); });
`;
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    outputs: { left: "\${{ steps.one.outputs.left }}" }
    steps: [{ id: one, uses: acme/toolkit/stubborn@v1 }]
`),
      {
        "stubborn/action.yml": "name: s\ndescription: s\nruns: { using: node24, main: m.js }\n",
        "stubborn/m.js": script,
      },
    );
    const run = await cancelWhenReady(world, "a");
    assert.match(run.log(), /got SIGINT[\s\S]*got SIGTERM/);
    assert.doesNotMatch(run.log(), /child disturbed/);
    assert.equal(run.result("a"), "cancelled");
    assert.deepEqual(run.jobs["a"]?.outputs, { left: "behind" });
  });

  it("kills the whole group of a process that will not go", async () => {
    const deaf = `process.on("SIGINT", () => {}); process.on("SIGTERM", () => {}); console.log("pid " + process.pid);`;
    using world = smallWorld(mainWorkflow(`on: push\njobs:\n  a: { runs-on: x, steps: [{ run: ${node(deaf)} }] }\n`));
    const run = await cancelWhenReady(world, "a");
    assert.equal(run.result("a"), "cancelled");
    const pid = Number(/^pid (\d+)$/m.exec(run.log())?.[1]);
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });

  it("kills what runs on beyond the job's cancel-timeout-minutes", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    cancel-timeout-minutes: 10
    steps: [{ if: always(), run: ${node('process.on("SIGINT", () => {});')} }]
`),
    );
    const run = await cancelWhenReady(world, "a", { timing: { ...quick, minute: 20 } });
    assert.equal(run.result("a"), "cancelled");
  });

  describe("of a called workflow", () => {
    const world = (condition: string): SmallWorld =>
      smallWorld({
        ...mainWorkflow(`
on: push
jobs:
  canary: { runs-on: x, steps: [{ run: ${waits} }] }
  rollback: { needs: canary, if: "${condition}", uses: ./.github/workflows/rollback.yml }
  running: { if: "${condition}", uses: ./.github/workflows/running.yml }
`),
        ".github/workflows/rollback.yml": `
on: workflow_call
jobs:
  restore: { if: always(), runs-on: x, steps: [{ run: echo restored }] }
  report: { needs: restore, if: always(), runs-on: x, steps: [{ run: echo reported }] }
  plain: { runs-on: x, steps: [{ run: echo no }] }
`,
        ".github/workflows/running.yml": `
on: workflow_call
jobs:
  keeps: { if: always(), runs-on: x, steps: [{ run: ${JSON.stringify(untilPressed)} }] }
  stops: { runs-on: x, steps: [{ run: ${waits} }] }
`,
      });

    it("goes on where calling job and called job both still hold", async () => {
      using called = world("always()");
      const run = await cancelWhenReady(called, "canary");
      assert.deepEqual(["rollback / restore", "rollback / report", "rollback / plain", "rollback"].map(run.result), [
        "success",
        "success",
        "cancelled",
        "cancelled",
      ]);
      assert.deepEqual(["running / keeps", "running / stops"].map(run.result), ["success", "cancelled"]);
      assert.match(run.log("rollback / report"), /^reported$/m);
    });

    it("stops as a whole where the calling job does not", async () => {
      using called = world("success()");
      const run = await cancelWhenReady(called, "canary");
      assert.deepEqual(["rollback", "running / keeps", "running / stops", "running"].map(run.result), [
        "cancelled",
        "cancelled",
        "cancelled",
        "cancelled",
      ]);
      assert.equal(run.result("rollback / restore"), undefined);
    });
  });

  it("before anything began leaves every job cancelled but those that run always", async () => {
    using world = smallWorld(
      mainWorkflow(
        `on: push\njobs:\n  a: { runs-on: x, steps: [{ run: x }] }\n  b: { if: always(), runs-on: x, steps: [{ run: echo ran }] }\n`,
      ),
    );
    const run = await world.rehearse({ cancel: AbortSignal.abort() });
    assert.deepEqual(["a", "b"].map(run.result), ["cancelled", "success"]);
  });
});

describe("a job", () => {
  it("that takes too long is cancelled, alone", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  slow:
    runs-on: x
    timeout-minutes: 10
    steps: [{ run: ${waits} }, { if: always(), run: echo cleaned }]
  other: { runs-on: x, steps: [{ run: sleep 0.4 }] }
  after: { needs: slow, if: "always() && needs.slow.result == 'cancelled'", runs-on: x, steps: [{ run: "true" }] }
`),
    );
    const run = await world.rehearse({ timing: { ...quick, minute: 20 } });
    assert.deepEqual(["slow", "other", "after"].map(run.result), ["cancelled", "success", "success"]);
    assert.match(run.log("slow"), /^cleaned$/m);
    assert.ok(run.annotations.some(({ message }) => message.includes("maximum execution time of 10 minutes")));
  });

  it("leaves no process behind, unless the process says it is not the job's", {
    skip: process.platform !== "linux",
  }, async () => {
    const sleeper = `require("node:child_process").spawn("sleep", ["60"], { detached: true, stdio: "ignore", env: { ...process.env, ...extra } })`;
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          node -e 'const extra = {}; const child = ${sleeper}; console.log("mine " + child.pid); child.unref()'
          node -e 'const extra = { RUNNER_TRACKING_ID: "" }; const child = ${sleeper}; console.log("free " + child.pid); child.unref()'
`),
    );
    const run = await world.rehearse();
    const pid = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(run.log())?.[1]);
    try {
      assert.match(run.log(), new RegExp(`Terminate orphan process: pid \\(${pid("mine")}\\)`));
      assert.ok(!alive(pid("mine")));
      assert.ok(alive(pid("free")));
    } finally {
      process.kill(pid("free"), "SIGKILL");
    }
  });
});

/** A killed process may still be listed, as a zombie, until its parent asks for it. */
function alive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, "utf8"));
}
