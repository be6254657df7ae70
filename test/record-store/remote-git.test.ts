import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ProviderError } from "../../src/failure.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import { remoteGitStore } from "../../src/record-store/remote-git.ts";
import { bareRepository } from "../rehearsal/twin-repository.ts";
import { swiftPorts } from "../swift-ports.ts";
import { appended, recordStoreConformance, started, verdict } from "./conformance.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "sluice-clones-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let clones = 0;

/** A clone of its own for each writer, as each laptop has one. */
function cloneOf(bare: string) {
  const directory = path.join(scratch, `clone-${++clones}`);
  execFileSync("git", ["clone", "--quiet", "--bare", bare, directory], { stdio: "ignore" });
  const git = (...args: string[]) =>
    execFileSync("git", ["--git-dir", directory, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const author = { name: "Ada", email: "ada@example.org" };
  return { git, store: remoteGitStore({ directory, remote: "origin", author, withinMs: 30_000 }, swiftPorts()) };
}

recordStoreConformance("remote-git", 2, async (scene) => {
  using bare = bareRepository();
  await scene({
    open: () => cloneOf(bare.directory).store,
    async ruin(environment, content) {
      bare.commit("ruin", "record.json", content);
      bare.git("update-ref", `refs/sluice/${environment}`, "refs/heads/ruin");
    },
  });
});

test("remote-git: a clone's branches, tags and work tree stay as they are; the commits are the person's", async () => {
  using bare = bareRepository();
  const { git, store } = cloneOf(bare.directory);
  const before = git("for-each-ref");
  const first = await appended(store, "production", await store.read("production"), started(7));
  await store.read("production");
  const added = git("for-each-ref", "--format=%(refname)")
    .split("\n")
    .filter((ref) => !before.includes(ref));
  assert.deepEqual(added, ["refs/sluice-seen/origin/production"]);
  assert.equal(bare.git("log", "-1", "--format=%an <%ae>", "refs/sluice/production"), "Ada <ada@example.org>");
  assert.equal(bare.git("rev-parse", "refs/sluice/production"), first.head);
  assert.equal(bare.git("fsck", "--strict"), "");
});

test("remote-git: with the remote gone the record cannot be read, and what was fetched last still can", async () => {
  using bare = bareRepository();
  const { git, store } = cloneOf(bare.directory);
  assert.equal(await store.lastSeen("production"), undefined);
  const theirs = localGitStore(bare.directory, swiftPorts());
  const onto = await appended(theirs, "production", await theirs.read("production"), started(7), verdict(7, 5));
  const read = await store.read("production");
  git("remote", "set-url", "origin", "http://ada:token-9f2@127.0.0.1:1/gone.git");
  assert.deepEqual(await store.lastSeen("production"), read);
  assert.deepEqual(
    (await store.history("production", 10)).map(({ kind }) => kind),
    ["started", "verdict"],
  );
  for (const failing of [store.read("production"), store.append("production", onto, [verdict(7, 25)])])
    await assert.rejects(failing, (error) => error instanceof ProviderError && !error.message.includes("token-9f2"));
});

test("remote-git: a hook of the person's own does not keep the record from being written", async () => {
  using bare = bareRepository();
  const { git, store } = cloneOf(bare.directory);
  git("config", "core.hooksPath", scratch);
  git("config", "push.followTags", "true");
  git("tag", "-a", "-m", "mine", "v1", "HEAD");
  await appended(store, "production", await store.read("production"), started(7));
  assert.equal(bare.git("tag", "--list"), "");
});

test("remote-git: whatever git says about an address, its password is not repeated", async () => {
  const stderr = "fatal: unable to access 'https://ada:token-9f2@example.com/octo/shop.git': no";
  const exec = async () => ({ code: 128, signal: null, stdout: "", stderr });
  const author = { name: "Ada", email: "" };
  const store = remoteGitStore({ directory: "/clone", remote: "origin", author }, { exec, env: {} });
  await assert.rejects(store.read("production"), ({ message }: Error) => {
    assert.match(message, /example\.com/);
    return !message.includes("token-9f2");
  });
});
