import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../src/failure.ts";
import type { FaultKind } from "../src/rehearsal/github-twin/faults.ts";
import { withTwin } from "./rehearsal/with-twin.ts";
import { swiftPorts } from "./swift-ports.ts";

const contents = { contents: "read" } as const;
const main = "refs/heads/main";

test("F01: reads are retried with growing pauses until GitHub answers", () =>
  withTwin(async ({ twin, bare, client }) => {
    for (const kind of ["503", "reset", "timeout-after-apply"] satisfies FaultKind[]) twin.faults.inject({ kind });
    assert.equal(await client(contents).readRef(main), bare.main);
    const statuses = twin.state().requests.map(({ status }) => status);
    assert.deepEqual(statuses, [503, 0, 0, 200]);
  }));

test("F01: reads give up within their budget, and say that it was GitHub", () =>
  withTwin(async ({ twin, client }) => {
    twin.faults.inject({ kind: "503", times: 1000 });
    await assert.rejects(client(contents).readRef(main), (error) => {
      assert(error instanceof ProviderError);
      assert.deepEqual([error.provider, error.status, error.retryable], ["github", 503, true]);
      assert.match(error.message, /GitHub failed to read refs\/heads\/main in octo\/shop \(503: Service Unavailable\)/);
      return true;
    });
    assert.equal(twin.state().requests.length, 5);
  }));

test("F02: a rate limit is waited out for as long as GitHub says", () =>
  withTwin(async ({ twin, bare, client }) => {
    for (const kind of ["429", "secondary-limit"] satisfies FaultKind[]) {
      const ports = swiftPorts();
      twin.faults.inject({ kind, retryAfterSeconds: 7 });
      assert.equal(await client(contents, ports).readRef(main), bare.main);
      assert(ports.slept.includes(7000), `${kind}: ${ports.slept}`);
    }
  }));

test("F02, F03: a whole minute is waited for, where GitHub names it and where it names no time at all", () =>
  withTwin(async ({ twin, bare, client }) => {
    const named = swiftPorts();
    twin.faults.inject({ kind: "secondary-limit", retryAfterSeconds: 60 });
    assert.equal(await client(contents, named).readRef(main), bare.main);
    assert(named.slept.includes(60_000), `${named.slept}`);

    let refused = 0;
    const silent = swiftPorts({
      fetch: async (input, init) =>
        refused++ === 0
          ? Response.json({ message: "You have exceeded a secondary rate limit." }, { status: 403 })
          : fetch(input, init),
    });
    assert.equal(await client(contents, silent).readRef(main), bare.main);
    assert(silent.slept.includes(60_000), `${silent.slept}`);
  }));

test("a rate limit longer than the budget ends the read at once", () =>
  withTwin(async ({ twin, client }) => {
    twin.faults.inject({ kind: "429", retryAfterSeconds: 3600 });
    await assert.rejects(client(contents).readRef(main), /because of a rate limit .* Run it again after 3600 s\./);
    assert.equal(twin.state().requests.length, 1);
  }));

test("F02: an hourly limit that is used up is a rate limit, not a missing permission", () =>
  withTwin(
    async ({ client }) => {
      const github = client(contents);
      await github.readRef(main);
      await assert.rejects(github.readRef(main), /because of a rate limit/);
    },
    { rateLimit: 1 },
  ));

const deployment = {
  environment: "production",
  task: "release",
  description: "Release 7",
  payload: { release: 7 },
  production: true,
};

test("a write is sent once: refused is not-applied, no answer is unknown", () =>
  withTwin(async ({ twin, bare, client }) => {
    const github = client({ deployments: "write" });
    const create = async (commit: string) => (await github.createDeployment({ ...deployment, commit })).outcome;
    const kinds: FaultKind[] = ["503", "502-after-apply", "reset", "reset-after-apply", "timeout-after-apply"];
    for (const kind of kinds) {
      const before = twin.state().requests.length;
      twin.faults.inject({ kind });
      assert.equal(await create(bare.main), "unknown", kind);
      assert.equal(twin.state().requests.length, before + 1, kind);
    }
    assert.equal(await create("0".repeat(40)), "not-applied");
    assert.equal(await create(bare.main), "applied");
    // The three faults after the effect, and the one that went well.
    assert.equal(twin.state().deployments.length, 4);
  }));

test("F03: a write stopped by a rate limit is sent again, for it cannot have happened", () =>
  withTwin(async ({ twin, bare, client }) => {
    twin.faults.inject({ kind: "429" });
    const created = await client({ deployments: "write" }).createDeployment({ ...deployment, commit: bare.main });
    assert.equal(created.outcome, "applied");
    assert.equal(twin.state().deployments.length, 1);
  }));

test("a missing permission is named as a workflow writes it", () =>
  withTwin(async ({ client, bare }) => {
    const refused = await client(contents).createDeployment({ ...deployment, commit: bare.main });
    assert(refused.outcome === "not-applied");
    assert.match(refused.error.message, /403: Resource not accessible.*Add deployments: write to the permissions/);
    const comment = client(contents).upsertComment({ issue: 1, marker: "<!-- m -->", body: "x" });
    await assert.rejects(comment, /Add issues: read, or pull-requests: read to/);
  }));

test("F20: an expired token is said to be one", () =>
  withTwin(async ({ twin, client }) => {
    const token = twin.issueToken({ permissions: contents, jobId: "old" });
    twin.revokeToken(token);
    const seen: unknown[] = [];
    const ports = swiftPorts({
      fetch: (input, init) => {
        seen.push(input);
        return fetch(input, { ...init, headers: { authorization: `token ${token}` } });
      },
    });
    await assert.rejects(client(contents, ports).readRef(main), (error) => {
      assert(error instanceof ProviderError);
      assert.match(error.message, /401: Bad credentials.*wrong or has expired/);
      assert(!`${error.stack}${JSON.stringify(error.cause)}`.includes(token));
      return true;
    });
    assert.equal(seen.length, 1);
  }));

test("B78: an answer that breaks off is no answer, never a shorter file", () =>
  withTwin(async ({ bare, client }) => {
    const commit = bare.commit("main", "record.json", "{}\n");
    let cuts = 2;
    const ports = swiftPorts({
      async fetch(input, init) {
        const response = await fetch(input, init);
        if (cuts-- <= 0) return response;
        const cut = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
          pull: (controller) => controller.error(new Error("terminated")),
        });
        return new Response(cut, response);
      },
    });
    assert.equal(await client(contents, ports).readFile(commit, "record.json"), "{}\n");
    assert.equal(cuts, -1);
  }));

test("B76: a page of a proxy with status 200 is GitHub's failure", () =>
  withTwin(async ({ client }) => {
    const page = () => Promise.resolve(new Response("<html>", { headers: { "content-type": "text/html" } }));
    await assert.rejects(client(contents, swiftPorts({ fetch: page })).readRef(main), ProviderError);
  }));

test("hostile text in an answer stays one short line", () =>
  withTwin(async ({ client }) => {
    const message = `no\n::set-output name=x::y\u001b[2J${"x".repeat(5000)}`;
    const answer = () => Promise.resolve(Response.json({ message }, { status: 422 }));
    await assert.rejects(client(contents, swiftPorts({ fetch: answer })).readRef(main), (error) => {
      assert(error instanceof ProviderError);
      assert.doesNotMatch(error.message, /[\n\u001b]/);
      assert(error.message.length < 500);
      return true;
    });
  }));

test("F26, B86: GitHub's clock is compared with ours", () =>
  withTwin(
    async ({ client }) => {
      const ports = swiftPorts();
      const github = client(contents, { ...ports, clock: { ...ports.clock, now: () => 1_000_000 } });
      assert.equal(github.clockSkew(), undefined);
      await github.readRef(main);
      assert.equal(github.clockSkew(), 600_000);
    },
    { now: () => 1_600_000 },
  ));

test("F03: one comment is kept up to date, and nobody else's is touched", () =>
  withTwin(async ({ twin, client }) => {
    const issue = twin.openPullRequest({ title: "Topic", head: "main", base: "main", author: "eve" });
    const asEve = twin.issueToken({ permissions: { issues: "write" }, jobId: "eve", actor: "eve" });
    const marker = "<!-- sluice release 7 -->";
    await fetch(`${twin.url}/repos/octo/shop/issues/${issue}/comments`, {
      method: "POST",
      headers: { authorization: `token ${asEve}` },
      body: JSON.stringify({ body: `${marker} mine` }),
    });
    const github = client({ issues: "write" });
    for (const body of ["first", "second", "second"])
      assert.equal((await github.upsertComment({ issue, marker, body })).outcome, "applied");
    const bodies = () => twin.state().issues[0]?.comments.map(({ body }) => body);
    assert.deepEqual(bodies(), [`${marker} mine`, `${marker}\nsecond`]);

    twin.faults.inject({ kind: "reset-after-apply", match: { method: "PATCH" } });
    assert.equal((await github.upsertComment({ issue, marker, body: "third" })).outcome, "applied");
    assert.deepEqual(bodies()?.at(-1), `${marker}\nthird`);
  }));

test("a dispatch answers the run it started", () =>
  withTwin(
    async ({ client }) => {
      const github = client({ actions: "write" });
      const dispatched = await github.dispatchWorkflow({ workflow: "watch.yml", ref: "main", inputs: {} });
      assert.deepEqual(dispatched, { outcome: "applied", value: { runId: 42 } });
    },
    { onDispatch: () => 42 },
    { ".github/workflows/watch.yml": "on: workflow_dispatch\n" },
  ));

test("runs of a workflow that are not finished are told, newest first; those of others and of no file are not", () =>
  withTwin(async ({ twin, bare, client }) => {
    const run = (
      id: number,
      file: string,
      status: "completed" | "waiting" | "in_progress",
      conclusion: "success" | "failure" | "timed_out" | "cancelled" | "skipped" | "action_required" = "success",
      { neverBegan, again }: { readonly neverBegan?: true; readonly again?: "success" | "failure" | "cancelled" } = {},
    ) =>
      twin.reportRun({
        id,
        attempt: 1,
        name: file,
        path: `.github/workflows/${file}`,
        event: "workflow_dispatch",
        headSha: bare.main,
        headBranch: "main",
        actor: "octocat",
        status,
        conclusion: status === "completed" ? conclusion : null,
        startedAt: "2026-11-20T10:00:00Z",
        updatedAt: "2026-11-20T10:00:00Z",
        jobs: [
          {
            ...{ id: id * 10, name: "tick", status: "completed", conclusion, completedAt: null },
            ...{ startedAt: "2026-11-20T10:00:00Z", ...(neverBegan && { neverBegan }) },
          },
          {
            ...{ id: id * 10 + 1, name: "watch / again", status: "completed", conclusion: again ?? "skipped" },
            ...{ startedAt: "2026-11-20T10:00:00Z", completedAt: null },
            ...(again === "cancelled" && { neverBegan: true }),
          },
        ],
      });
    run(1, "watch.yml", "completed");
    run(2, "watch.yml", "in_progress");
    run(3, "watch.yml", "waiting");
    run(4, "release.yml", "in_progress");
    const github = client({ actions: "read" });
    assert.deepEqual(await github.unfinishedRuns("watch.yml"), [3, 2]);
    assert.deepEqual(await github.unfinishedRuns("absent.yml"), []);
    const died = () => github.diedInARow("watch.yml");
    assert.equal(await died(), 0);
    run(5, "watch.yml", "completed", "failure", { again: "success" });
    run(6, "watch.yml", "in_progress");
    run(7, "watch.yml", "completed", "timed_out", { again: "failure" });
    assert.equal(await died(), 2);
    run(9, "watch.yml", "completed", "cancelled", { neverBegan: true, again: "success" });
    assert.equal(await github.wasReplaced(9), true);
    assert.equal(await died(), 2, "a newer one took its place");
    run(10, "watch.yml", "completed", "cancelled", { again: "success" });
    assert.equal(await github.wasReplaced(10), false);
    assert.equal(await died(), 3, "its machine was lost, or its time was over");
    run(11, "watch.yml", "completed", "failure");
    assert.equal(await died(), 3, "it gave traffic back");
    run(12, "watch.yml", "completed", "cancelled");
    run(13, "watch.yml", "completed", "cancelled", { again: "cancelled" });
    assert.equal(await died(), 3, "a person cancelled it");
    run(14, "watch.yml", "completed", "skipped");
    run(15, "watch.yml", "completed", "action_required");
    assert.equal(await died(), 3, "it never was a tick");
    for (const id of [16, 17, 18]) run(id, "watch.yml", "completed", "failure", { again: "success" });
    assert.equal(await died(), 5, "more of them change nothing");
    run(19, "watch.yml", "completed");
    assert.equal(await died(), 0);
  }));
