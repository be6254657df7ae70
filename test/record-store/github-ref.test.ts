import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../src/failure.ts";
import { githubClient } from "../../src/github.ts";
import type { Ports } from "../../src/ports.ts";
import { githubRefStore } from "../../src/record-store/github-ref.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import type { RecordStore } from "../../src/record-store.ts";
import type { FaultKind } from "../../src/rehearsal/github-twin/faults.ts";
import type { Permissions } from "../../src/rehearsal/github-twin/tokens.ts";
import type { GitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { type TwinWorld, withTwin } from "../rehearsal/with-twin.ts";
import { swiftPorts } from "../swift-ports.ts";
import { appended, recordStoreConformance, started, verdict } from "./conformance.ts";

type Open = (permissions?: Permissions, ports?: Ports) => RecordStore;

/** Stores as jobs with these permissions have them, each with a client of its own. */
const withStores = (scene: (world: TwinWorld & { readonly open: Open }) => Promise<void>): Promise<void> =>
  withTwin((world) => {
    const open: Open = (permissions = { contents: "write" }, ports) => githubRefStore(world.client(permissions, ports));
    return scene({ ...world, open });
  });

recordStoreConformance("github-ref", 200, (scene) =>
  withStores(({ bare, open }) =>
    scene({
      open,
      async ruin(environment, content) {
        bare.commit("ruin", "record.json", content);
        bare.git("update-ref", `refs/sluice/${environment}`, "refs/heads/ruin");
      },
    }),
  ),
);

const requestsOf = (twin: GitHubTwin): string[] =>
  twin.state().requests.map(({ method, path }) => `${method} ${path.replace("/repos/octo/shop/", "")}`);

test("github-ref: a read costs two requests, one when nothing changed, and an append three", () =>
  withStores(async ({ twin, open }) => {
    const writer = open();
    const empty = await writer.read("production");
    const before = requestsOf(twin).length;
    await appended(writer, "production", empty, started(1));
    assert.deepEqual(requestsOf(twin).slice(before), ["POST git/trees", "POST git/commits", "POST git/refs"]);
    const reader = open();
    await reader.read("production");
    await reader.read("production");
    const reads = requestsOf(twin).slice(before + 3);
    const ref = "GET git/ref/sluice%2Fproduction";
    assert.deepEqual(reads, [ref, "GET contents/record.json", ref]);
  }));

const ambiguous: readonly FaultKind[] = ["502-after-apply", "reset-after-apply", "timeout-after-apply", "503", "reset"];

for (const kind of ambiguous) {
  test(`F05: github-ref: an append survives ${kind} at every one of its writes, and is made once`, () =>
    withStores(async ({ twin, open }) => {
      const store = open();
      let snapshot = await store.read("production");
      for (const path of [/trees$/, /commits$/, /refs$/, /refs\/sluice/]) {
        twin.faults.inject({ kind, match: { path } });
        snapshot = await appended(store, "production", snapshot, started(snapshot.record.entries + 1));
        twin.faults.clear();
      }
      assert.equal(snapshot.record.entries, 4);
      assert.deepEqual(await open().read("production"), snapshot);
    }));
}

test("github-ref: an update whose answer was lost is ours even when others appended since", () =>
  withStores(async ({ twin, bare, open }) => {
    const ours = open();
    const theirs = localGitStore(bare.directory, swiftPorts());
    const first = await appended(ours, "production", await ours.read("production"), started(1));
    twin.faults.inject({ kind: "timeout-after-apply", match: { method: "PATCH" } });
    // The look that follows is slow, and somebody else is quicker.
    twin.faults.inject({ kind: "delay", delayMs: 400, match: { method: "GET" } });
    const appending = ours.append("production", first, [started(2)]);
    let seen = await theirs.read("production");
    while (seen.head === first.head) seen = await theirs.read("production");
    await appended(theirs, "production", seen, started(3));
    assert.equal((await appending).appended, true);
    assert.equal((await open().read("production")).record.entries, 3);
  }));

test("github-ref: a refused update is an error that names the permission, never a conflict", () =>
  withStores(async ({ open }) => {
    const store = open({ contents: "read" });
    const onto = await store.read("production");
    await assert.rejects(store.append("production", onto, [started(1)]), (error) => {
      assert(error instanceof ProviderError, String(error));
      assert.equal(error.status, 403);
      assert.match(error.message, /Add contents: write to the permissions of the job/);
      return true;
    });
  }));

test("F34: github-ref: a record that cannot be reached is never empty", () =>
  withStores(async ({ twin, open }) => {
    await assert.rejects(open({}).read("production"), /Add contents: read/);
    const elsewhere = githubClient(
      {
        token: twin.issueToken({ permissions: { contents: "write" }, jobId: "x" }),
        repository: "octo/other",
        apiUrl: twin.url,
      },
      swiftPorts(),
    );
    await assert.rejects(githubRefStore(elsewhere).read("production"), ProviderError);
    twin.faults.inject({ kind: "503", times: 100 });
    await assert.rejects(open().read("production"), (error) => error instanceof ProviderError && error.retryable);
  }));

test("F33: github-ref: a record that vanished while it was followed blocks", () =>
  withStores(async ({ bare, open }) => {
    const store = open();
    await appended(store, "production", await store.read("production"), started(1));
    bare.git("update-ref", "-d", "refs/sluice/production");
    await assert.rejects(store.read("production"), /is gone: somebody deleted refs\/sluice\/production/);
  }));

test("F08: github-ref: a cancelled job still journals, in one attempt", () =>
  withStores(async ({ open }) => {
    const store = open({ contents: "write" }, swiftPorts({ cancelled: AbortSignal.abort() }));
    const first = await appended(store, "production", await store.read("production"), started(1));
    assert.equal((await appended(store, "production", first, verdict(1, 5))).record.entries, 2);
  }));
