import assert from "node:assert/strict";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type HostState, splitProblem } from "../../src/deploy-target/compose/router.ts";
import { ProviderError } from "../../src/failure.ts";
import { missingForHosts } from "../../src/rehearsal/host-twin.ts";
import type { ComposeTarget } from "../../src/target-spec/compose.ts";
import { type Fleet, fleet } from "./host-fleet.ts";

/** What is tested is what serves: however an image comes to the hosts, every one runs the very same. */
describe("how an image comes to two hosts", { skip: missingForHosts() ?? false }, () => {
  let hosts: Fleet;
  before(async () => {
    hosts = await fleet({ hosts: 2 });
  });
  after(() => hosts[Symbol.asyncDispose]());

  const staged = async (more: Partial<ComposeTarget>, commit: string) => {
    const target = await hosts.targetWith(more);
    const { version } = await target.stage({ commit, directory: hosts.repository, env: {} });
    const found = hosts.hosts.map(({ docker }) =>
      docker.containers().find(({ reference }) => reference.includes(`:${commit}`) || reference.includes("@sha256:")),
    );
    assert.equal(new Set(found.map((container) => container?.image.id)).size, 1);
    assert.equal((await target.health(version)).healthy, true);
    await target.cleanup([]);
    return found.map((container) => container?.reference);
  };

  test("built in this job, and loaded through the session", async () => {
    const commit = hosts.commit("built here");
    const tagged = `${hosts.spec.image}:${commit}`;
    assert.deepEqual(await staged({ build: "ci" }, commit), [tagged, tagged]);
  });

  test("pushed, then pulled by its digest; and once it is there, without a build of ours", async () => {
    const commit = hosts.commit("pushed");
    const [digest, ...others] = await staged({ build: "host", push: true }, commit);
    assert.match(digest ?? "", /^registry\.example\.com\/acme\/shop@sha256:[0-9a-f]{64}$/);
    assert.deepEqual(others, [digest]);
    assert.deepEqual(await staged({ build: "registry" }, commit), [digest, digest]);
  });

  test("a host that says it loaded the image and has another one, or none", async () => {
    const [, second] = hosts.hosts;
    assert.ok(second !== undefined);
    const commit = hosts.commit("lost on its way");
    second.docker.faults.loadDoesNothing = true;
    await assert.rejects(staged({ build: "ci" }, commit), (problem) => {
      assert.ok(problem instanceof ProviderError && problem.status === "other-digest", String(problem));
      assert.match(problem.message, /^Host web-2 has no image as .* what is tested would not be what serves/);
      return true;
    });
    second.docker.faults.loadDoesNothing = false;
    assert.deepEqual((await hosts.target.observe()).serving, []);
  });

  test("a push that the registry does not keep", async () => {
    const commit = hosts.commit("never kept");
    for (const { docker } of hosts.hosts) docker.faults.pushDoesNothing = true;
    await assert.rejects(staged({ build: "host", push: true }, commit), /registry's digest of .* is not known/);
    for (const { docker } of hosts.hosts) docker.faults.pushDoesNothing = false;
  });

  test("this machine itself, without SSH", async () => {
    const [first] = hosts.hosts;
    assert.ok(first !== undefined);
    const commit = hosts.commit("right here");
    const target = await hosts.targetWith({ hosts: { [first.label]: "local" }, build: "ci" });
    const { version, url } = await target.stage({ commit, directory: hosts.repository, env: {} });
    assert.equal(await (await fetch(url)).text(), commit);
    const outcome = await target.restore({ to: version });
    assert.equal(outcome.outcome, "applied");
    assert.equal(await (await fetch(first.production)).text(), commit);
  });

  test("weights that cannot be kept are said, and weights that cannot be written move nothing", async () => {
    const [first] = hosts.hosts;
    assert.ok(first !== undefined);
    const { haproxy } = hosts.spec;
    const keeping = (stateFile: string) =>
      hosts.targetWith(
        { hosts: { [first.label]: "local" } },
        { [first.label]: { haproxy: { ...haproxy, "state-file": stateFile } } },
      );
    const before = await (await keeping(haproxy["state-file"])).observe();
    const [{ version } = { version: "" }] = before.serving;
    const nowhere = await (await keeping("/nowhere/server-state")).restore({ to: version });
    assert.ok(nowhere.outcome === "not-applied" && nowhere.reason === "cannot-write", JSON.stringify(nowhere));
    assert.match(nowhere.message, /web-1.*(Directory nonexistent|No such file)/);
    assert.deepEqual(await (await keeping(haproxy["state-file"])).observe(), before);
    // What is written to it has no space: https://man7.org/linux/man-pages/man4/full.4.html
    const full = path.join(hosts.directory, "full-state");
    symlinkSync("/dev/full", `${full}.new`);
    assert.equal((await (await keeping(full)).restore({ to: version })).outcome, "applied");
    assert.match(hosts.said.join("\n"), /The weights hold, but could not be saved to HAProxy's state file/);
  });

  test("a host that another write keeps locked is not read as something else, and is not written to", async () => {
    const [first] = hosts.hosts;
    assert.ok(first !== undefined);
    const here = () => hosts.targetWith({ hosts: { [first.label]: "local" } });
    const before = await (await here()).observe();
    const [{ version } = { version: "" }] = before.serving;
    const flock = path.join(first.docker.bin, "flock");
    const mark = path.join(hosts.directory, "locked");
    // Somebody takes the lock after the first look, and keeps it for longer than anyone waits.
    writeFileSync(flock, `#!/bin/sh\n[ ! -e '${mark}' ] || exit 1\n: > '${mark}'\n`, { mode: 0o755 });
    const busy = await (await here()).restore({ to: version });
    assert.ok(busy.outcome === "not-applied" && busy.reason === "busy", JSON.stringify(busy));
    assert.match(busy.message, /^Host web-1 is locked by another write/);
    assert.equal(busy.production?.generation, before.generation, "nothing was written");
    await assert.rejects((await here()).observe(), (problem) => {
      assert.ok(problem instanceof ProviderError && problem.status === "locked" && problem.retryable, String(problem));
      return true;
    });
    rmSync(flock);
    assert.deepEqual(await (await here()).observe(), before);
  });
});

/** One host with two slots: requests since HAProxy started, and weights. */
const counted = (requests: readonly [number, number], weights: readonly [number, number] = [95, 5]): HostState => ({
  generation: "1",
  wayBack: undefined,
  slots: requests.map((count, i) => ({
    ...{ name: i === 0 ? "blue" : "green", weight: weights[i] ?? 0, up: true, running: undefined },
    requests: count,
  })),
});

const divided: readonly (readonly [string, HostState, HostState, RegExp | undefined])[] = [
  ["as the weights say", counted([0, 0]), counted([9_500, 500]), undefined],
  ["within chance", counted([0, 0]), counted([9_400, 600]), undefined],
  [
    "twice what was meant",
    counted([0, 0]),
    counted([9_000, 1_000]),
    /green got 10\.0% of 10000 requests instead of 5\.0%/,
  ],
  ["to one server alone", counted([0, 0]), counted([10_000, 0]), /blue got 100\.0%/],
  ["too few to tell", counted([0, 0]), counted([400, 400]), undefined],
  ["only what came since", counted([50_000, 50_000]), counted([59_500, 50_500]), undefined],
  ["counted anew after a restart", counted([9_000, 9_000]), counted([100, 5_000]), undefined],
  ["nobody was to get any", counted([0, 0], [0, 0]), counted([5_000, 5_000], [0, 0]), undefined],
];
for (const [name, before, now, expected] of divided)
  test(`requests divided ${name}`, () => {
    const problem = splitProblem("web-1", before, now);
    if (expected === undefined) assert.equal(problem, undefined);
    else assert.match(problem ?? "", expected);
  });
