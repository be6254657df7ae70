import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../src/failure.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import { bareRepository } from "../rehearsal/twin-repository.ts";
import { swiftPorts } from "../swift-ports.ts";
import { appended, recordStoreConformance, started, verdict } from "./conformance.ts";

recordStoreConformance("local-git", 30, async (scene) => {
  using bare = bareRepository();
  await scene({
    open: () => localGitStore(bare.directory, swiftPorts()),
    async ruin(environment, content) {
      bare.commit("ruin", "record.json", content);
      bare.git("update-ref", `refs/sluice/${environment}`, "refs/heads/ruin");
    },
  });
});

test("local-git: the log of the ref reads as the story of the releases", async () => {
  using bare = bareRepository();
  const store = localGitStore(bare.directory, swiftPorts());
  const first = await appended(store, "production", await store.read("production"), started(7));
  await appended(store, "production", first, verdict(7, 5), verdict(7, 25));
  const log = bare.git("log", "--format=%an: %B", "refs/sluice/production").split("\n");
  assert.deepEqual(
    log.filter((line) => line !== ""),
    [
      "github-actions[bot]: canary 5%: pass (limits-kept)",
      "canary 25%: pass (limits-kept)",
      `github-actions[bot]: release 7 started: ${"0".repeat(12)}`,
    ],
  );
  assert.equal(bare.git("fsck", "--strict"), "");
});

test("local-git: a folder that is no repository is git's failure, not an empty record", async () => {
  const store = localGitStore("/nonexistent", swiftPorts());
  await assert.rejects(store.read("production"), (error) => error instanceof ProviderError);
});
