import assert from "node:assert/strict";
import { test } from "node:test";
import type { GitHubClient } from "../../src/github.ts";
import { fold } from "../../src/record/fold.ts";
import { type Ending, type Entry, emptyRecord, endings } from "../../src/record.ts";
import type { RecordSnapshot } from "../../src/record-store.ts";
import {
  deploymentFor,
  deploymentStatusFor,
  projectDeployment,
  witnessed,
  witnessIn,
  witnessOf,
} from "../../src/report/deployment.ts";
import { withTwin } from "../rehearsal/with-twin.ts";

const places = { runUrl: "https://github.com/octo/shop/actions/runs/7", url: "https://shop.example.org" };
const head = "c".repeat(40);

/** The entries of one release, up to any point of it. */
function story(release: number, commit = "a".repeat(40)) {
  const common = { at: release, by: { run: release, attempt: 1, actor: "ada" }, release };
  const plan = { service: "shop", stages: [{ name: "web", steps: ["deploy" as const], shifts: [], maxHoldMs: 0 }] };
  const place = { stage: "web", shift: 0, weight: 5, generation: "g2" };
  const message = "Said in full elsewhere.";
  return {
    started: { kind: "started", ...common, commit, runbookHash: "h", plan, stable: "v1", generation: "g1" },
    deployed: {
      kind: "step",
      ...common,
      stage: "web",
      step: "deploy",
      outcome: "passed",
      reason: "staged",
      message,
      candidate: { version: `v${release}`, url: "http://127.0.0.1:1" },
    },
    intent: { kind: "intent", ...common, ...place, restore: { version: "v1", generation: "g1" } },
    applied: { kind: "result", ...common, outcome: "applied", weight: 5, generation: "g2", message },
    verdict: { kind: "verdict", ...common, ...place, verdict: "pass", reason: "limits-kept", message },
    done: { kind: "ended", ...common, as: "done", reason: "promoted", message },
    rolledBack: {
      kind: "rollback",
      ...common,
      from: `v${release}`,
      to: "v1",
      generation: "g3",
      as: "rolled-back",
      reason: "limit-broken",
      message,
    },
  } satisfies Record<string, Entry>;
}

const recordAfter = (...entries: readonly Entry[]) => entries.reduce(fold, emptyRecord("production"));
const snapshotAfter = (...entries: readonly Entry[]): RecordSnapshot => ({ head, record: recordAfter(...entries) });

test("the status follows the release", () => {
  const { started, deployed, intent, applied, verdict, done, rolledBack } = story(7);
  const path: [Entry, string | undefined][] = [
    [started, undefined],
    [deployed, "in_progress web/deploy: passed (staged)"],
    [intent, "in_progress web/deploy: passed (staged)"],
    [applied, "in_progress canary 5%"],
    [verdict, "in_progress canary 5%: pass (limits-kept)"],
  ];
  let record = emptyRecord("production");
  for (const [entry, expected] of path) {
    record = fold(record, entry);
    const status = deploymentStatusFor(record);
    assert.equal(status && `${status.state} ${status.description}`, expected);
  }
  assert.deepEqual(deploymentStatusFor(fold(record, done)), { state: "success", description: "done (promoted)" });
  const back = { state: "failure", description: "rolled-back (limit-broken)" };
  assert.deepEqual(deploymentStatusFor(fold(record, rolledBack)), back);
});

test("only a release that is done reads as success", () => {
  const running = recordAfter(story(7).started, story(7).deployed);
  assert(running.release !== null);
  for (const as of endings) {
    const ended: { as: Ending; reason: string; message: string; at: number } = { as, reason: "r", message: "", at: 8 };
    const status = deploymentStatusFor({ ...running, release: { ...running.release, ended } });
    assert.equal(status?.state === "success", as === "done", as);
    assert.notEqual(status?.state, "in_progress");
  }
});

test("the deployment names the way back", () => {
  assert.deepEqual(deploymentFor(recordAfter(story(7).started, story(7).deployed)), {
    commit: "a".repeat(40),
    environment: "production",
    task: "release",
    description: "Release 7 of shop",
    payload: { sluice: 1, release: 7, candidate: "v7", stable: "v1", before: "v1" },
    production: true,
  });
});

test("a status line fits into 140 characters and keeps its witness whole", () => {
  for (const text of ["", "short", "🚀".repeat(200)]) {
    const line = witnessed(text, head);
    assert([...line].length <= 140);
    assert.equal(witnessIn(line), head);
  }
  assert.equal(witnessIn("no witness"), undefined);
});

const permissions = { deployments: "write" } as const;

async function project(client: GitHubClient, ...entries: readonly Entry[]): Promise<void> {
  for (let count = 1; count <= entries.length; count += 1)
    assert.equal(await projectDeployment(client, snapshotAfter(...entries.slice(0, count)), places), undefined);
}

test("a release is one deployment, with a status for each change", () =>
  withTwin(async ({ twin, bare, client }) => {
    const { started, deployed, intent, applied, verdict, done } = story(7, bare.main);
    await project(client(permissions), started, deployed, intent, applied);
    // The canary's later steps run in another job, which knows nothing of the first one's client.
    const later = client(permissions);
    for (const entries of [[verdict], [verdict, verdict], [verdict, done]]) {
      const snapshot = snapshotAfter(started, deployed, intent, applied, ...entries);
      assert.equal(await projectDeployment(later, snapshot, places), undefined);
    }
    const [deployment, ...others] = twin.state().deployments;
    assert.deepEqual(others, []);
    assert.deepEqual(
      deployment?.statuses.map(({ state, description }) => `${state}: ${description}`),
      [
        `in_progress: web/deploy: passed (staged) @${head}`,
        `in_progress: canary 5% @${head}`,
        `in_progress: canary 5%: pass (limits-kept) @${head}`,
        `success: done (promoted) @${head}`,
      ],
    );
    assert.equal(deployment?.statuses[0]?.logUrl, places.runUrl);
    assert.equal(deployment?.statuses[0]?.environmentUrl, places.url);
  }));

test("a release that is done retires the production deployment it replaces, and no other", () =>
  withTwin(async ({ twin, bare, client }) => {
    const github = client(permissions);
    for (const [release, ending] of [
      [1, "done"],
      [2, "rolledBack"],
      [3, "done"],
    ] as const) {
      const { started, deployed, applied, ...rest } = story(release, bare.main);
      await project(github, started, deployed, applied, rest[ending]);
    }
    const last = twin.state().deployments.map(({ statuses }) => statuses.at(-1)?.state);
    assert.deepEqual(last, ["inactive", "failure", "success"]);
  }));

test("F05: a deployment whose creation got no answer is found, not created twice", () =>
  withTwin(async ({ twin, bare, client }) => {
    twin.faults.inject({ kind: "reset-after-apply", match: { method: "POST", path: /deployments$/ } });
    const { started, deployed } = story(7, bare.main);
    await project(client(permissions), started, deployed);
    assert.deepEqual(
      twin.state().deployments.map(({ statuses }) => statuses.length),
      [1],
    );
  }));

test("a check that is not green does not keep the deployment from being shown", () =>
  withTwin(async ({ twin, bare, client }) => {
    const token = twin.issueToken({ permissions: { statuses: "write" }, jobId: "ci" });
    const pending = await fetch(`${twin.url}/repos/octo/shop/statuses/${bare.main}`, {
      method: "POST",
      headers: { authorization: `token ${token}` },
      body: JSON.stringify({ state: "pending", context: "ci" }),
    });
    assert.equal(pending.status, 201);
    const { started, deployed } = story(7, bare.main);
    await project(client(permissions), started, deployed);
    assert.equal(twin.state().deployments.length, 1);
  }));

test("what GitHub refuses is a warning, never an exception", () =>
  withTwin(async ({ bare, client }) => {
    const { started, deployed } = story(7, bare.main);
    const warning = await projectDeployment(client({ contents: "write" }), snapshotAfter(started, deployed), places);
    assert.match(warning ?? "", /release itself goes on\..*deployments: read/s);
  }));

/** A release of two stages that bring versions of their own, up to each of its ends. */
function twoStages(release: number, commit: string) {
  const common = { at: release, by: { run: release, attempt: 1, actor: "ada" }, release };
  const message = "Said in full elsewhere.";
  const stage = (name: string) => ({ name, steps: ["deploy", "canary"] as const, shifts: [], maxHoldMs: 0, commit });
  const plan = {
    service: "shop",
    stages: [stage("first"), stage("second")].map((one) => ({ ...one, steps: [...one.steps] })),
  };
  const step = (name: string, which: "deploy" | "canary", candidate?: string): Entry => ({
    ...{ kind: "step", ...common, stage: name, step: which, outcome: "passed", reason: "ok", message },
    ...(candidate !== undefined && { candidate: { version: candidate, url: "http://127.0.0.1:1" } }),
  });
  const shares = (name: string, generation: string): Entry[] => [
    {
      kind: "intent",
      ...common,
      stage: name,
      shift: 0,
      weight: 100,
      generation,
      restore: { version: "v1", generation },
    },
    { kind: "result", ...common, outcome: "applied", weight: 100, generation: `${generation}+`, message },
  ];
  const started: Entry = { kind: "started", ...common, commit, runbookHash: "h", plan, stable: "v1", generation: "g1" };
  const first = [started, step("first", "deploy", "one"), ...shares("first", "g1"), step("first", "canary")];
  const second = [...first, step("second", "deploy", "two"), ...shares("second", "g2")];
  const back = (to: string): Entry => ({
    ...{ kind: "rollback", ...common, from: "two", to, generation: "g9", as: "rolled-back", reason: "limit", message },
    ...(to === "one" && { stage: "second" }),
  });
  const done: Entry = { kind: "ended", ...common, as: "done", reason: "promoted", message };
  return {
    first,
    second,
    done: [...second, step("second", "canary"), done],
    back: (to: string) => [...second, back(to)],
  };
}

test("stages that bring versions of their own are a deployment each, and the newest names its own way back", () => {
  const { first, second } = twoStages(8, "b".repeat(40));
  const payloads = [first, second].map((entries) => deploymentFor(recordAfter(...entries))?.payload);
  assert.deepEqual(payloads, [
    { sluice: 1, release: 8, candidate: "one", stable: "v1", before: "v1" },
    { sluice: 1, release: 8, candidate: "two", stable: "one", before: "v1" },
  ]);
  assert.equal(deploymentFor(recordAfter(...second))?.description, "Release 8 of shop, stage second");
});

for (const [end, states] of [
  ["done", ["inactive", "inactive", "success"]],
  ["back to its first stage", ["inactive", "success", "failure"]],
  ["back to before it", ["inactive", "inactive", "failure"]],
] as const)
  test(`of a release of two versions that is ${end}, only what serves reads as success`, () =>
    withTwin(async ({ twin, bare, client }) => {
      const github = client(permissions);
      const { started, deployed, applied, done } = story(1, bare.main);
      await project(github, started, deployed, applied, done);
      const two = twoStages(8, bare.main);
      await project(client(permissions), ...two.second);
      const between = twin.state().deployments.map(({ statuses }) => statuses.at(-1)?.state);
      assert.deepEqual(between, ["inactive", "success", "in_progress"]);
      const entries = end === "done" ? two.done : two.back(end === "back to before it" ? "v1" : "one");
      await project(client(permissions), ...entries);
      const last = twin.state().deployments.map(({ statuses }) => statuses.at(-1)?.state);
      assert.deepEqual(last, states);
    }));

test("the newest deployment tells of its release what a rollback without a record has to know", () =>
  withTwin(async ({ bare, client }) => {
    const github = client(permissions);
    assert.equal(await witnessOf(github, "production"), undefined);
    const { started, deployed, applied, done, rolledBack } = story(7, bare.main);
    const moves = { kind: "step", stage: "web", step: "migrate", outcome: "passed", message: "" } as const;
    const { at, by, release } = started;
    const migrated: Entry = { ...moves, at, by, release, reason: "schema-moved-on" };
    const names = { release: 7, candidate: "v7", stable: "v1", before: "v1", head };
    for (const [entries, told] of [
      [[started, deployed], { stands: "under way", movesSchema: false }],
      [[started, deployed, migrated, applied], { stands: "under way", movesSchema: true }],
      [[started, deployed, migrated, applied, rolledBack], { stands: "gone back", movesSchema: true }],
      [[started, deployed, migrated, applied, done], { stands: "done", movesSchema: true }],
    ] as const) {
      assert.equal(await projectDeployment(client(permissions), snapshotAfter(...entries), places), undefined);
      assert.deepEqual(await witnessOf(github, "production"), { ...names, ...told });
    }
  }));
