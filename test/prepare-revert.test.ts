import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { prepareRevert } from "../src/prepare-revert.ts";
import { fold } from "../src/record/fold.ts";
import { type EnvironmentRecord, emptyRecord } from "../src/record.ts";
import { entry, intent, rolledBack, started } from "./proof/release-journal.ts";
import { withTwin } from "./rehearsal/with-twin.ts";
import { swiftPorts } from "./swift-ports.ts";

/** The twin starts git for each request: a busy machine must not look like a dead server. */
const ports = swiftPorts({
  clock: {
    now: Date.now,
    monotonic: () => performance.now(),
    sleep: async (ms, signal) => void (await wait(ms, undefined, signal === undefined ? {} : { signal })),
  },
});
const author = { name: "github-actions[bot]", email: "bot@example.org" };
const may = { contents: "write", "pull-requests": "write" } as const;

/** A release of `bad` that was rolled back to `good`; versions are commits. */
const record = (good: string, bad: string): EnvironmentRecord =>
  [
    started({ commit: bad, stable: good }),
    entry({
      kind: "step",
      stage: "release",
      step: "deploy",
      outcome: "passed",
      reason: "ok",
      message: "",
      candidate: { version: bad, url: "" },
    }),
    intent(0, 5, "g1"),
    rolledBack({ from: bad, to: good }),
  ].reduce(fold, emptyRecord("production"));

test("one commit on the branch's head has the tree that serves, and a pull request asks for it", () =>
  withTwin(async ({ twin, bare, client }) => {
    const bad = bare.commit("main", "bad.txt", "bad\n");
    const scene = { client: client(may, ports), record: record(bare.main, bad), branch: "main", author };
    const verdict = await prepareRevert(scene);
    assert.equal(verdict.reason, "revert-prepared", verdict.message);
    const branch = `sluice/revert-${bad.slice(0, 12)}`;
    assert.equal(bare.git("rev-parse", `${branch}^{tree}`), bare.git("rev-parse", `${bare.main}^{tree}`));
    assert.equal(bare.git("rev-parse", `${branch}^`), bad);
    const [pull] = twin.state().issues;
    assert.deepEqual(pull?.pull, { head: branch, base: "main", fork: false });
    // Prepared again it is the same branch with the same pull request.
    assert.equal((await prepareRevert(scene)).reason, "revert-prepared");
    assert.equal(twin.state().issues.length, 1);
  }));

test("F09: killed between the branch and its pull request, the next attempt opens it", () =>
  withTwin(async ({ twin, bare, client }) => {
    const bad = bare.commit("main", "bad.txt", "bad\n");
    const scene = { record: record(bare.main, bad), branch: "main", author };
    const alone = await prepareRevert({ ...scene, client: client({ contents: "write" }, ports) });
    assert.equal(alone.reason, "revert-by-hand");
    assert.equal(twin.state().issues.length, 0);
    const again = await prepareRevert({ ...scene, client: client(may, ports) });
    assert.equal(again.reason, "revert-prepared", again.message);
    assert.equal(twin.state().issues.length, 1);
  }));

test("where the branch has moved on, or Actions may open no pull request, the commands are printed", () =>
  withTwin(async ({ bare, client }) => {
    const bad = bare.commit("main", "bad.txt", "bad\n");
    const forbidden = await prepareRevert({
      client: client({ contents: "write" }, ports),
      record: record(bare.main, bad),
      branch: "main",
      author,
    });
    assert.match(forbidden.message, /could not be opened .*\n.*git switch -c sluice\/revert-/);
    bare.commit("main", "later.txt", "later\n");
    const moved = await prepareRevert({
      client: client(may, ports),
      record: record(bare.main, bad),
      branch: "main",
      author,
    });
    assert.match(moved.message, new RegExp(`git revert --no-edit ${bare.main}\\.\\.${bad}`));
  }));

test("nothing is reverted that was not at fault", () =>
  withTwin(async ({ bare, client }) => {
    const scene = { client: client(may, ports), branch: "main", author };
    const held = [started({ commit: bare.main }), rolledBack({ as: "held" })].reduce(fold, emptyRecord("production"));
    assert.equal((await prepareRevert({ ...scene, record: held })).reason, "nothing-to-revert");
    assert.equal((await prepareRevert({ ...scene, record: emptyRecord("production") })).reason, "nothing-to-revert");
  }));
