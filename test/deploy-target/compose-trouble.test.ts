import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import type { Production } from "../../src/deploy-target.ts";
import { InputError, ProviderError } from "../../src/failure.ts";
import { missingForHosts } from "../../src/rehearsal/host-twin.ts";
import { noSmallDisk, smallDisk } from "../small-disk.ts";
import { type Fleet, fleet } from "./host-fleet.ts";

/** Each trouble is told clearly, and production is as it was. */
describe("what can go wrong on a compose host", { skip: missingForHosts() ?? false }, () => {
  let hosts: Fleet;
  let serving: Production;
  let stable = "";

  before(async () => {
    hosts = await fleet();
    stable = hosts.commit("fine");
    await hosts.stage(stable);
    const outcome = await hosts.target.restore({ to: stable });
    assert.ok(outcome.outcome === "applied");
    serving = outcome.production;
  });
  after(() => hosts[Symbol.asyncDispose]());

  const host = () => {
    const [first] = hosts.hosts;
    assert.ok(first !== undefined);
    return first;
  };
  const unchanged = async () => {
    assert.deepEqual(await hosts.target.observe(), serving);
    assert.equal(await (await fetch(host().production)).text(), stable);
  };
  const refused = async (work: Promise<unknown>, kind: typeof InputError | typeof ProviderError, message: RegExp) => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof kind, String(error));
      assert.match(error.message, message);
      return true;
    });
    await unchanged();
  };

  test("an image that does not build", async () => {
    const Dockerfile = "FROM node:24\nRUN exit 1\n";
    await refused(hosts.stage(hosts.commit("broken", { Dockerfile })), InputError, /does not build[\s\S]*exit code: 1/);
    hosts.commit("mended", { Dockerfile: 'FROM node:24\nCOPY . .\nCMD ["node", "server.mjs"]\n' });
  });

  test("no health check, and a service that runs something else", async () => {
    const yaml = (service: string) => ({ "docker-compose.yml": `services:\n  backend: ${service}\n` });
    const without = yaml("{ build: ., image: '${SLUICE_IMAGE}', ports: ['127.0.0.1:${SLUICE_PORT}:8000'] }");
    await refused(hosts.stage(hosts.commit("unwatched", without)), InputError, /has no health check/);
    const other = yaml("{ build: ., image: 'shop:latest', healthcheck: { test: [CMD, 'true'] } }");
    await refused(hosts.stage(hosts.commit("other", other)), InputError, /needs `image: \$\{SLUICE_IMAGE\}`/);
    const nothing = { "docker-compose.yml": "services:\n  frontend: { image: nginx }\n" };
    await refused(hosts.stage(hosts.commit("nothing", nothing)), InputError, /backend/);
    hosts.commit("mended", { "docker-compose.yml": hosts.composeFile });
  });

  test("a version that ends at its start, and one that never becomes healthy", async () => {
    await refused(
      hosts.stage(hosts.commit("exits")),
      InputError,
      /does not start on host web-1[\s\S]*no such table: notes/,
    );
    await refused(hosts.stage(hosts.commit("sick")), InputError, /does not start on host web-1[\s\S]*unhealthy/);
    assert.equal(host().docker.containers().length, 1, "nothing of them is left");
  });

  test("`up` says that all is well, and nothing of the new version runs", async () => {
    host().docker.faults.upDoesNothing = true;
    await refused(hosts.stage(hosts.commit("fine")), ProviderError, /Nothing runs in slot green of host web-1/);
    host().docker.faults.upDoesNothing = false;
  });

  for (const [sick, message] of [
    ["ps", /`docker ps` on host web-1 ended with 1 \(Cannot connect to the Docker daemon/],
    ["inspect", /`docker inspect` on host web-1 gave an answer that cannot be read/],
  ] as const)
    test(`Docker does not answer, or with half an answer (${sick})`, async () => {
      host().docker.faults.sick = sick;
      const raise = { candidate: stable, stable, weight: 100, ifGeneration: serving.generation };
      await refused(hosts.target.shift(raise), ProviderError, message);
      await refused(hosts.target.health(stable), ProviderError, message);
      host().docker.faults.sick = undefined;
    });

  test("the slot's port is taken by a stranger", async () => {
    const stranger = createServer((_request, response) => response.end("stranger"));
    await new Promise<void>((resolve) => stranger.listen(host().slots["green"], "127.0.0.1", resolve));
    await refused(hosts.stage(hosts.commit("fine")), ProviderError, /Port \d+ of host web-1.*slot green.*taken/);
    await new Promise((resolve) => stranger.close(resolve));
  });

  test("an image that was never pushed", async () => {
    const target = await hosts.targetWith({ build: "registry" });
    const commit = hosts.commit("elsewhere");
    const stage = target.stage({ commit, directory: hosts.repository, env: {} });
    await refused(stage, ProviderError, /could not be pulled[\s\S]*manifest unknown/);
  });

  test("HAProxy's socket, its backend and its servers are not what the runbook says", async () => {
    const { haproxy } = hosts.spec;
    const to = (more: Partial<typeof haproxy>, slots = host().slots) =>
      hosts.targetWith({}, { "web-1": { haproxy: { ...haproxy, ...more }, slots, directory: hosts.spec.directory } });
    await refused(
      (await to({ socket: "/nowhere/ha.sock" })).observe(),
      ProviderError,
      /nowhere\/ha\.sock on host web-1 did not answer/,
    );
    await refused((await to({ backend: "web" })).observe(), ProviderError, /no backend web/);
    await refused(
      (await to({}, { blue: 1, red: 2 })).observe(),
      InputError,
      /server green is no slot, slot red is no server/,
    );
  });

  test("a full disk: nothing is written to HAProxy, and staging says where space is needed", async (t) => {
    await using small = await smallDisk("16k");
    if (small === undefined) return t.skip(noSmallDisk);
    const target = await hosts.targetWith({}, { "web-1": { ...hosts.spec, directory: small.disk } });
    await target.observe();
    execFileSync("sh", ["-c", `cat /dev/zero > ${small.disk}/rest 2> /dev/null || :`]);
    await refused(
      target.stage({
        commit: hosts.commit("larger", { blob: "x".repeat(200_000) }),
        directory: hosts.repository,
        env: {},
      }),
      ProviderError,
      /could not be brought there[\s\S]*No space left on device/,
    );
  });

  test("the host is down, comes back with another key, and with its own", async () => {
    const { ssh } = host();
    await ssh.stop();
    const target = await hosts.targetWith({});
    await assert.rejects(target.observe(), /Host web-1.*cannot be reached/);
    const raise = { candidate: stable, stable, weight: 5, ifGeneration: serving.generation };
    await assert.rejects(target.shift(raise), /cannot be reached/);
    await ssh.start();
    await ssh.changeHostKey();
    await assert.rejects((await hosts.targetWith({})).observe(), /another key than the one in `known-hosts`/);
    assert.equal(await (await fetch(host().production)).text(), stable);
  });
});
