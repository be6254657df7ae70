import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createConcurrencyGroups, type GroupRequest } from "../../../src/rehearsal/workflow/concurrency.ts";
import { mainWorkflow, smallWorld } from "./small-world.ts";

function request(changes: Partial<GroupRequest> = {}): GroupRequest {
  return {
    group: "g",
    queue: "single",
    cancelInProgress: false,
    cancel: () => {},
    onWait: () => {},
    signal: new AbortController().signal,
    ...changes,
  };
}

describe("a concurrency group", () => {
  it("by default lets one wait, the newest", async () => {
    const groups = createConcurrencyGroups();
    const first = await groups.enter(request());
    const second = groups.enter(request());
    const third = groups.enter(request({ group: "G" }));
    assert.equal(await second, undefined);
    first?.();
    assert.equal(typeof (await third), "function");
  });

  it("with queue: max admits a hundred in their order and no more", async () => {
    const groups = createConcurrencyGroups();
    const order: number[] = [];
    const first = await groups.enter(request({ queue: "max" }));
    const waiting = Array.from({ length: 101 }, async (_, index) => {
      const release = await groups.enter(request({ queue: "max" }));
      if (release) order.push(index);
      release?.();
      return release !== undefined;
    });
    assert.equal(await waiting[100], false);
    first?.();
    const admitted = await Promise.all(waiting);
    assert.equal(admitted.filter(Boolean).length, 100);
    assert.deepEqual(order, [...Array(100).keys()]);
  });

  it("asks the one in progress to stop when a newer one says so", async () => {
    const groups = createConcurrencyGroups();
    let asked = 0;
    const first = await groups.enter(request({ cancel: () => asked++ }));
    const second = groups.enter(request({ cancelInProgress: true }));
    assert.equal(asked, 1);
    first?.();
    assert.equal(typeof (await second), "function");
  });

  it("forgets one that gave up waiting", async () => {
    const groups = createConcurrencyGroups();
    const first = await groups.enter(request());
    const gone = new AbortController();
    const second = groups.enter(request({ queue: "max", signal: gone.signal }));
    const third = groups.enter(request({ queue: "max" }));
    gone.abort();
    assert.equal(await second, undefined);
    first?.();
    assert.equal(typeof (await third), "function");
  });

  it("keeps the jobs of several runs apart, first come first served", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  release:
    runs-on: x
    concurrency: { group: "sluice-\${{ github.ref_name }}", queue: max }
    steps: [{ run: 'mkdir "$ALONE/taken" && sleep 0.05 && rmdir "$ALONE/taken" && echo "run \${{ github.run_id }}"' }]
`),
    );
    const groups = createConcurrencyGroups();
    const ended: number[] = [];
    const runs = await Promise.all(
      [1, 2, 3].map(async (runId) => {
        const run = await world.rehearse({ groups, runId, env: { ALONE: world.toolkit } });
        ended.push(runId);
        return run;
      }),
    );
    assert.deepEqual(
      runs.map((run) => run.conclusion),
      ["success", "success", "success"],
    );
    assert.equal(ended.length, 3);
    assert.ok(
      runs.some((run) => run.events.some((event) => event.type === "job-waiting" && event.group === "sluice-main")),
    );
  });

  it("cancels a run that a newer one replaced while it waited", async () => {
    using world = smallWorld(
      mainWorkflow(`on: push\nconcurrency: tick\njobs:\n  a: { runs-on: x, steps: [{ run: "true" }] }\n`),
    );
    const groups = createConcurrencyGroups();
    const holder = await groups.enter(request({ group: "tick" }));
    const waitingRun = (runId: number): { waits: Promise<void>; done: ReturnType<typeof world.rehearse> } => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = world.rehearse({ groups, runId, onEvent: (event) => event.type === "job-waiting" && resolve() });
      return { waits: promise, done };
    };
    const older = waitingRun(1);
    await older.waits;
    const newer = waitingRun(2);
    await newer.waits;
    const cancelled = await older.done;
    assert.equal(cancelled.conclusion, "cancelled");
    assert.match(cancelled.annotations[0]?.message ?? "", /higher priority waiting request for 'tick' exists/);
    holder?.();
    assert.equal((await newer.done).conclusion, "success");
  });

  it("stops a running run for a newer one with cancel-in-progress", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
concurrency: { group: preview, cancel-in-progress: true }
jobs:
  a: { runs-on: x, steps: [{ if: github.run_id == 1, run: "echo ready; exec node -e 'setTimeout(() => {}, 60000)'" }] }
`),
    );
    const groups = createConcurrencyGroups();
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const older = world.rehearse({
      groups,
      runId: 1,
      onEvent: (event) => event.type === "log" && event.line === "ready" && resolve(),
    });
    await ready;
    const newer = await world.rehearse({ groups, runId: 2 });
    assert.equal((await older).conclusion, "cancelled");
    assert.equal(newer.conclusion, "success");
  });

  it("held by a caller and asked for by what it calls is a deadlock, told and cancelled", async () => {
    using world = smallWorld({
      ...mainWorkflow(`
on: push
jobs:
  release: { concurrency: sluice-production, uses: ./.github/workflows/release.yml }
`),
      ".github/workflows/release.yml": `
on: workflow_call
jobs:
  deploy: { concurrency: Sluice-Production, runs-on: x, steps: [{ run: "true" }] }
`,
    });
    const run = await world.rehearse();
    assert.equal(run.conclusion, "cancelled");
    assert.deepEqual(
      run.annotations.map(({ message }) => message),
      [
        "Canceling since a deadlock for concurrency group 'Sluice-Production' was detected between 'release' and 'release / deploy'.",
      ],
    );
  });
});
