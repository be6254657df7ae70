import assert from "node:assert/strict";
import { test } from "node:test";
import handOver from "../../src/actions/hand-over.ts";
import type { Entry } from "../../src/record.ts";
import { githubRefStore } from "../../src/record-store/github-ref.ts";
import type { GitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { readInputs } from "../../src/runner/define-action.ts";
import { atFive, ended, passed, started } from "../proof/release-journal.ts";
import { withTwin } from "../rehearsal/with-twin.ts";
import { swiftPorts } from "../swift-ports.ts";

const given: Readonly<Record<string, string>> = { "after-failed-tick": "true", "github-token": "of the job" };
const inputs = readInputs(handOver.inputs, (name) => given[name] ?? "");
const at = "2026-11-20T10:00:00Z";

/** How the newest ticks ended, the oldest first; their run ids count from 1. The tick of run 50 is the one that died. */
type Ran = keyof typeof ends | "under way";
/** How the tick ended, and the job behind it. */
const ends = {
  success: ["success", "skipped"],
  failure: ["failure", "success"],
  cancelled: ["cancelled", "success"],
  replaced: ["cancelled", "success"],
  "gave back": ["failure", "skipped"],
  "stopped by a person": ["cancelled", "skipped"],
} as const;

interface Scene {
  readonly entries?: readonly Entry[];
  readonly before?: readonly Ran[];
  readonly tick?: Exclude<Ran, "success">;
  readonly newer?: Ran;
  readonly runbook?: string;
  readonly outage?: (twin: GitHubTwin) => void;
  /** What is appended while the job waits. */
  readonly meanwhile?: readonly Entry[];
}

/** The job behind a tick that died, on the twin: what it came to, started and said, and how many minutes it waited. */
async function again({ entries = [], before = [], tick = "failure", newer, runbook = "", ...scene }: Scene) {
  const started: string[] = [];
  const said: string[] = [];
  const waited: number[] = [];
  let reason = "";
  await withTwin(
    async ({ twin, bare, client }) => {
      const run = (id: number, ran: Ran) => {
        const [tickEnded, againEnded] = ran === "under way" ? [null, null] : ends[ran];
        const isOver = id !== 50 && ran !== "under way";
        twin.reportRun({
          ...{ id, attempt: 1, name: "watch", path: ".github/workflows/watch.yml", event: "workflow_dispatch" },
          ...{ headSha: bare.main, headBranch: "main", actor: "octocat", startedAt: at, updatedAt: at },
          status: isOver ? "completed" : "in_progress",
          conclusion: isOver ? tickEnded : null,
          jobs: [
            {
              ...{ id: id * 10, name: "watch / tick", startedAt: at, completedAt: null },
              status: ran === "under way" ? "in_progress" : "completed",
              conclusion: tickEnded,
              ...(ran === "replaced" && { neverBegan: true as const }),
            },
            {
              ...{ id: id * 10 + 1, name: "watch / again", startedAt: at, completedAt: null },
              status: isOver ? "completed" : "in_progress",
              conclusion: isOver ? againEnded : null,
            },
          ],
        });
      };
      for (const [n, ran] of before.entries()) run(n + 1, ran);
      run(50, tick);
      if (newer !== undefined) run(51, newer);
      const store = githubRefStore(client({ contents: "write" }));
      const append = async (facts: readonly Entry[]) => {
        if (facts.length === 0) return;
        const ofMain = facts.map((one) => (one.kind === "started" ? { ...one, commit: bare.main } : one));
        await store.append("production", await store.read("production"), ofMain);
      };
      await append(entries);
      const ports = swiftPorts();
      const log = (message: string) => void said.push(message);
      const token = twin.issueToken({ permissions: { contents: "read", actions: "write" }, jobId: "again" });
      scene.outage?.(twin);
      const result = await handOver.run(
        { ...inputs, githubToken: token },
        {
          ...ports,
          log: { info: log, notice: log, warn: log, error: log },
          clock: {
            ...ports.clock,
            async sleep(ms, signal) {
              if (ms % 60_000 !== 0) return ports.clock.sleep(ms, signal);
              waited.push(ms / 60_000);
              await append(scene.meanwhile ?? []);
            },
          },
        },
        {
          ...{ repository: "octo/shop", runId: 50, attempt: 1, actor: "ada", sha: bare.main, branch: "main" },
          ...{ file: "watch.yml", eventName: "workflow_dispatch", event: {}, workspace: "", apiUrl: twin.url },
          ...{ runUrl: "", input: () => undefined },
        },
      );
      reason = result.verdict.reason;
      started.push(...twin.state().dispatches.map(({ workflow }) => workflow));
    },
    { onDispatch: () => 99 },
    { ".github/workflows/watch.yml": "on: workflow_dispatch\n", ".github/runbook.yml": runbook },
  );
  return { reason, started, waited, said: said.join("\n") };
}

const approved = [started(), passed("approve")];
const tenMinutesAway = (twin: GitHubTwin) => twin.faults.inject({ kind: "503", times: 6, match: { method: "GET" } });

test("the first tick that dies is followed at once, also where nothing has traffic yet", async () => {
  const { reason, started, waited } = await again({ entries: approved, before: ["success"] });
  assert.deepEqual([reason, started, waited], ["next-tick", ["watch.yml"], [0]]);
});

test("an outage that killed the tick does not kill the job behind it", async () => {
  const { started } = await again({ entries: approved, outage: tenMinutesAway });
  assert.deepEqual(started, ["watch.yml"]);
});

test("what happened while the job waited counts: a release that is done needs no tick", async () => {
  const before = ["success", "failure", "failure"] as const;
  const { started, waited } = await again({ entries: atFive, before, meanwhile: [ended("done")] });
  assert.deepEqual([started, waited], [[], [2]]);
});

test("ticks that are cancelled in their work count as failed, and after several nobody is started", async () => {
  const before = ["success", "cancelled", "failure", "cancelled", "replaced", "cancelled", "cancelled"] as const;
  const { reason, started } = await again({ entries: atFive, before });
  assert.deepEqual([reason, started], ["ticks-fail", []]);
});

test("ticks that looked, and those a person stopped, did not die: the next one that does is followed", async () => {
  const before = [
    "failure",
    "gave back",
    "stopped by a person",
    "gave back",
    "stopped by a person",
    "gave back",
  ] as const;
  const { reason, started, waited, said } = await again({ entries: approved, before });
  assert.deepEqual([reason, started, waited], ["next-tick", ["watch.yml"], [1]]);
  assert.match(said, /died, as did 1 before it/);
});

test("where the schedule looks nothing is waited for", async () => {
  const { reason, waited, started } = await again({ entries: atFive, before: ["failure"], runbook: "ticks: cron\n" });
  assert.deepEqual([reason, waited, started], ["next-nothing", [], []]);
});

test("a tick that never began is not called dead, and the newer one that took its place goes on alone", async () => {
  const replaced = { entries: atFive, before: ["replaced", "replaced"], tick: "replaced" } as const;
  const { started, waited, said } = await again({ ...replaced, newer: "under way" });
  assert.deepEqual([started, waited], [[], []]);
  assert.match(said, /never began: a newer one took its place/);
  assert.doesNotMatch(said, /died/);
});
