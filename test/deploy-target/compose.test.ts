import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { changer } from "../../src/change.ts";
import { composeTarget } from "../../src/deploy-target/compose.ts";
import type { Outcome, Production } from "../../src/deploy-target.ts";
import { routerProvider } from "../../src/metric-provider/haproxy.ts";
import type { Plan } from "../../src/plan.ts";
import { missingForHosts } from "../../src/rehearsal/host-twin.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { told } from "../metric-provider/real-part.ts";
import { swiftPorts } from "../swift-ports.ts";
import { type Fleet, fleet } from "./host-fleet.ts";

const skip = missingForHosts() ?? false;

function applied(outcome: Outcome): Production {
  assert.ok(outcome.outcome === "applied", JSON.stringify(outcome));
  return outcome.production;
}

const weightsIn = ({ serving }: Production) =>
  Object.fromEntries(serving.map(({ version, weight }) => [version, weight]));

test("a release to a compose host: staged without traffic, raised share by share, and back", { skip }, async () => {
  await using hosts = await fleet();
  const {
    target,
    hosts: [host],
  } = hosts;
  assert.ok(host !== undefined);
  assert.deepEqual(await target.findings?.({ shares: [100] }), []);
  const v1 = hosts.commit("fine");
  await hosts.stage(v1);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 0 });
  applied(await target.restore({ to: v1 }));
  assert.equal(await (await fetch(host.production)).text(), v1);

  // Of versions that came and went only the newest five keep their tree and image, besides what runs.
  const shop = path.join(hosts.spec.directory, "shop");
  const old = Array.from({ length: 7 }, (_, i) => String(i).repeat(40));
  for (const commit of old) mkdirSync(path.join(shop, "releases", commit));
  appendFileSync(path.join(shop, "history"), old.map((commit, i) => `${i} ${commit} sha256:${commit}\n`).join(""));
  const v2 = hosts.commit("fine too");
  const before = await target.observe();
  const url = await hosts.stage(v2, { COLOUR: "it's $blue" });
  assert.deepEqual(readdirSync(path.join(shop, "releases")).sort(), [...old.slice(3), v1, v2].sort());
  const staged = await target.observe();
  assert.equal(staged.generation, before.generation, "staging moves no traffic");
  assert.deepEqual(weightsIn(staged), { [v1]: 100, [v2]: 0 });
  assert.equal(await (await fetch(url)).text(), v2);
  const address = (await target.address(v2)) ?? "";
  assert.match(
    target.placeOf?.(address) ?? "",
    /^[\w.-]+\/\w+$/,
    "a name that does not change with the forwarded port",
  );
  const env = await (await fetch(`${address}/env`)).text();
  assert.match(env, /"COLOUR":"it's \$blue"/);
  assert.equal(await hosts.stage(v2), url, "staging again is the same version");

  const counter = routerProvider(target, { clock: runnerPorts(new AbortController().signal).clock });
  const counted = async (version: string) => told(await counter.measure({ from: 0, to: 1 }, { version }));
  assert.deepEqual([await counted(v1), await counted(v2)], ["first-look", "first-look"]);
  for (let i = 0; i < 3; i++) await (await fetch(host.production)).text();
  assert.deepEqual([await counted(v1), await counted(v2)], ["counts 0/3", "counts 0/0"]);
  assert.equal(await counted("0".repeat(40)), "no-series");
  let { generation } = staged;
  for (const weight of [5, 25, 100]) {
    const production = applied(await target.shift({ candidate: v2, stable: v1, weight, ifGeneration: generation }));
    assert.notEqual(production.generation, generation);
    assert.deepEqual(production, await target.observe());
    assert.deepEqual(weightsIn(production), { [v1]: 100 - weight, [v2]: weight });
    generation = production.generation;
  }
  const printed = await target.askContainers?.(v2, (container) => [
    "logs",
    "--since",
    "2026-01-01T00:00:00Z",
    container,
  ]);
  assert.deepEqual(
    printed?.map(({ host: label, code, stdout }) => [label, code, stdout.trim()]),
    [[host.label, 0, `started as ${v2}`]],
  );
  assert.deepEqual(await target.askContainers?.("0".repeat(40), (container) => ["logs", container]), []);
  const inside = await target.forward?.("127.0.0.1", host.slots["green"] ?? 0);
  assert.equal(await (await fetch(`http://${inside?.host}:${inside?.port}`)).text(), v2);

  const late = await target.shift({ candidate: v2, stable: v1, weight: 5, ifGeneration: staged.generation });
  assert.ok(late.outcome === "not-applied" && late.reason === "generation-differs");

  assert.deepEqual(await target.cleanup([]), [], "the way back stays");
  const back = applied(await target.restore({ to: v1, ifGeneration: generation }));
  assert.deepEqual(weightsIn(back), { [v1]: 100, [v2]: 0 });
  assert.equal((await target.health(v1)).healthy, true);
  assert.deepEqual(
    (await target.history?.())?.map(({ version }) => version),
    [v2, v1],
  );
  assert.deepEqual(await target.cleanup([]), [v2]);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 100 });

  // What a version would run with is read from the compose file as compose itself reads it, before anything starts.
  const asked = { commit: v2, directory: hosts.repository, env: { COLOUR: "it's $blue", UNUSED: "1" } };
  assert.deepEqual(await target.variables?.(asked), {
    values: { VERSION: v2, PORT: "8000", COLOUR: "it's $blue" },
    unreadable: [],
  });
  assert.equal(await target.variables?.(), undefined);

  // The same commit with another flag is another version, of the same image.
  const flagged = { commit: v1, variant: "0a1b2c3d", directory: hosts.repository, env: { COLOUR: "blue" } };
  const beta = await target.stage(flagged);
  assert.equal(beta.version, `${v1}-0a1b2c3d`);
  assert.equal(await (await fetch(beta.url)).text(), beta.version);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 100, [beta.version]: 0 });
  assert.deepEqual(
    (await target.history?.())?.map(({ commit }) => commit),
    [v1, v1],
  );
  assert.deepEqual(await target.cleanup([]), [beta.version]);
  assert.equal((await target.health(v1)).healthy, true, "its image is still there");
});

/** v1 serves everything on every host, v2 is staged. */
async function twoVersions(hosts: Fleet) {
  const v1 = hosts.commit("fine");
  await hosts.stage(v1);
  applied(await hosts.target.restore({ to: v1 }));
  const v2 = hosts.commit("fine too");
  await hosts.stage(v2);
  return { v1, v2, production: await hosts.target.observe() };
}

const answers = async (url: string, count: number): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (let i = 0; i < count; i += 1) {
    const version = await (await fetch(url)).text();
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
};

test("shares are exact, late writes lose, a hand is noticed, a restart forgets nothing", { skip }, async (t) => {
  await using hosts = await fleet();
  const {
    target,
    hosts: [host],
  } = hosts;
  assert.ok(host !== undefined);
  const { v1, v2, production } = await twoVersions(hosts);
  const raise = (weight: number, ifGeneration: string) =>
    target.shift({ candidate: v2, stable: v1, weight, ifGeneration });

  await t.test("of several writes for one generation exactly one is taken", async () => {
    const outcomes = await Promise.all([5, 10, 20, 40].map((weight) => raise(weight, production.generation)));
    const winner = outcomes.filter(({ outcome }) => outcome === "applied");
    assert.equal(winner.length, 1);
    for (const lost of outcomes.filter(({ outcome }) => outcome === "not-applied"))
      assert.ok(lost.outcome === "not-applied" && lost.reason === "generation-differs", JSON.stringify(lost));
    const after = await target.observe();
    assert.ok(winner[0]?.outcome === "applied");
    assert.deepEqual(winner[0].production, after);
  });

  await t.test("HAProxy divides exactly as its weights say", async () => {
    applied(await raise(5, (await target.observe()).generation));
    const counts = await answers(host.production, 400);
    assert.ok(Math.abs((counts[v2] ?? 0) - 20) <= 1, JSON.stringify(counts));
    applied(await raise(25, (await target.observe()).generation));
    assert.deepEqual(hosts.said, []);
  });

  await t.test("the shares are still there after HAProxy was restarted", async () => {
    const before = await target.observe();
    await host.proxy.restart();
    assert.deepEqual(await target.observe(), before);
  });

  await t.test("weights that a person changed by hand are another generation", async () => {
    const before = await target.observe();
    await host.proxy.ask("set server app/green weight 50");
    const after = await target.observe();
    assert.notEqual(after.generation, before.generation);
    const late = await raise(100, before.generation);
    assert.ok(late.outcome === "not-applied" && late.reason === "generation-differs");
  });

  await t.test("nothing is raised while HAProxy finds stable not answering, and restoring is not asked", async () => {
    const { generation } = await target.observe();
    await host.proxy.ask("set server app/blue health down");
    await host.proxy.ask("disable health app/blue");
    const refused = await raise(75, generation);
    assert.ok(refused.outcome === "not-applied" && refused.reason === "not-up", JSON.stringify(refused));
    applied(await target.restore({ to: v1 }));
    await host.proxy.ask("enable health app/blue");
  });

  await t.test("a version that is not there cannot be given traffic", async () => {
    await assert.rejects(target.restore({ to: "0".repeat(40) }), /does not run version 0000/);
  });
});

test("clients that stick to the candidate leave it the moment traffic goes back", { skip }, async () => {
  await using hosts = await fleet({ sticky: true });
  const {
    target,
    hosts: [host],
  } = hosts;
  assert.ok(host !== undefined);
  const { v1, v2, production } = await twoVersions(hosts);
  applied(await target.shift({ candidate: v2, stable: v1, weight: 50, ifGeneration: production.generation }));
  const pinned = async () => {
    for (;;) {
      const answer = await fetch(host.production);
      if ((await answer.text()) === v2) return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    }
  };
  const cookie = await pinned();
  const visit = async () => (await fetch(host.production, { headers: { cookie } })).text();
  assert.deepEqual([await visit(), await visit(), await visit()], [v2, v2, v2]);
  // Enough of them that HAProxy's own count shows it, which the next shift says.
  for (let batch = 0; batch < 20; batch++) await Promise.all(Array.from({ length: 55 }, visit));
  assert.deepEqual(hosts.said, []);
  const divided = await target.observe();
  applied(await target.shift({ candidate: v2, stable: v1, weight: 60, ifGeneration: divided.generation }));
  assert.match(
    hosts.said.join(),
    /^HAProxy on host web-1 does not divide traffic as its weights say: .* instead of 50\.0%/,
  );
  applied(await target.restore({ to: v1 }));
  assert.deepEqual([await visit(), await visit()], [v1, v1]);

  // Users wait for every way to the host: a rollback goes there for one look at everything, and for the order.
  const commands: string[] = [];
  const ports = runnerPorts(new AbortController().signal);
  const exec: typeof ports.exec = (file, args, options) => {
    if (!args.includes("-O")) commands.push(file);
    return ports.exec(file, args, options);
  };
  const env = { PATH: process.env["PATH"], HOME: hosts.directory };
  const counted = await composeTarget(hosts.spec, { ...ports, env, exec });
  const seen = await counted.lookBack?.();
  assert.deepEqual(weightsIn(seen?.production ?? production), { [v1]: 100, [v2]: 0 });
  assert.deepEqual(
    seen?.history?.map(({ version }) => version),
    [v2, v1],
  );
  assert.equal((await seen?.health(v2))?.healthy, true);
  applied(await counted.restore({ to: v2 }));
  assert.deepEqual(commands, ["ssh", "ssh"]);

  // What was read may be old by then: a slot that was given to another version meanwhile gets nothing.
  applied(await target.restore({ to: v1 }));
  const { generation } = await counted.observe();
  const v3 = hosts.commit("fine as well");
  await hosts.stage(v3);
  const late = await counted.restore({ to: v2, ifGeneration: generation });
  assert.ok(late.outcome === "not-applied" && late.reason === "other-version", JSON.stringify(late));
  await assert.rejects(counted.restore({ to: v2 }), /does not run version/);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 100, [v3]: 0 });
});

test("a fleet: every host or none, whole hosts rounded up, and one stale host of eight stops the release", {
  skip,
}, async (t) => {
  await using hosts = await fleet({ hosts: 8 });
  const { target } = hosts;
  const { v1, v2, production } = await twoVersions(hosts);
  assert.deepEqual(weightsIn(production), { [v1]: 100, [v2]: 0 });
  const raise = (weight: number, count: number | undefined, ifGeneration: string) =>
    target.shift({ candidate: v2, stable: v1, weight, hosts: count, ifGeneration });
  const servedBy = async () =>
    (await Promise.all(hosts.hosts.map(async ({ production }) => (await fetch(production)).text()))).filter(
      (version) => version === v2,
    ).length;

  await t.test("one host runs something else: nothing moves, and it is named", async () => {
    const stale = hosts.hosts[6];
    assert.ok(stale !== undefined);
    const container = stale.docker.containers().find(({ reference }) => reference.endsWith(v2));
    await container?.stop();
    const refused = await raise(12.5, 1, production.generation);
    assert.ok(refused.outcome === "not-applied" && refused.reason === "stale-host", JSON.stringify(refused));
    assert.match(refused.message, /host web-7 it is exited/);
    assert.deepEqual(await target.observe(), production);
    assert.equal((await target.health(v2)).healthy, false);
    await hosts.stage(v2);
  });

  await t.test("5% of eight hosts is one host, 50% are four, and then all of them", async () => {
    const one = applied(await raise(12.5, 1, (await target.observe()).generation));
    assert.deepEqual(weightsIn(one), { [v1]: 87.5, [v2]: 12.5 });
    assert.deepEqual(await target.cleanup([]), [], "the seven hosts where it serves nobody yet will need it");
    assert.equal(await servedBy(), 1);
    const four = applied(await raise(50, 4, one.generation));
    assert.equal(await servedBy(), 4);
    const all = applied(await raise(100, undefined, four.generation));
    assert.deepEqual(weightsIn(all), { [v1]: 0, [v2]: 100 });
  });

  await t.test("all of it goes back; while a host does not answer the others do, and it is told", async () => {
    const last = hosts.hosts[7];
    await last?.ssh.stop();
    await assert.rejects(target.observe(), /web-8/);
    const seen = await target.lookBack?.();
    assert.deepEqual(seen?.outOfReach, ["unknown-on-web-8"]);
    assert.deepEqual(weightsIn(seen?.production ?? production), { [v1]: 0, [v2]: 87.5, "unknown-on-web-8": 12.5 });
    const part = await target.restore({ to: v1, ifGeneration: seen?.production.generation ?? "" });
    assert.ok(part.outcome === "not-applied" && part.partly === true, JSON.stringify(part));
    assert.match(part.message, /^Host web-8 did not answer/);
    assert.equal(await servedBy(), 1);
    await last?.ssh.start();
    const back = applied(await target.restore({ to: v1 }));
    assert.deepEqual(weightsIn(back), { [v1]: 100, [v2]: 0 });
    assert.equal(await servedBy(), 0);
  });
});

test("workers stand still and a page is up on every host while a step runs, and all of it is undone", {
  skip,
}, async () => {
  await using hosts = await fleet({ hosts: 2 });
  const commit = hosts.commit("fine");
  await hosts.stage(commit);
  applied(await hosts.target.restore({ to: commit }));
  const file = path.join(hosts.directory, "workers.yml");
  writeFileSync(
    file,
    `services: { worker: { image: "${hosts.spec.image}:${commit}", command: [sleep, "600"], restart: always } }\n`,
  );
  const workers = async () => {
    const told = await hosts.target.runOnHosts?.("docker compose -p shop-workers ps --all --format json", 10_000);
    return told?.map(({ stdout }) => JSON.parse(stdout.trim()).State);
  };
  const started = await hosts.target.runOnHosts?.(`docker compose -f ${file} -p shop-workers up -d`, 10_000);
  assert.deepEqual(
    started?.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(await workers(), ["running", "running"]);

  const plan: Plan = {
    service: "shop",
    stages: [{ name: "release", steps: ["migrate"], shifts: [], maxHoldMs: 0 }],
    maintenance: {
      via: "target",
      around: ["migrate"],
      page: { on: "touch sluice-page-$(id -u)", off: "rm -f sluice-page-$(id -u)" },
      workers: { on: "docker compose -p shop-workers stop", off: "docker compose -p shop-workers start" },
    },
  };
  const change = changer({
    target: async () => hosts.target,
    directory: hosts.directory,
    variables: {},
    ports: swiftPorts(),
  });
  const turn = (what: "maintenance" | "workers", to: "on" | "off") =>
    change({ what, to, stage: "release", handle: null, plan, withinMs: 60_000 });
  assert.equal((await turn("maintenance", "on")).message, "maintenance is on on all 2 hosts.");
  assert.equal((await turn("workers", "on")).verdict, "pass");
  assert.deepEqual(await workers(), ["exited", "exited"]);
  assert.equal((await turn("workers", "on")).verdict, "pass", "after a crash it is done twice");
  assert.equal((await turn("workers", "off")).verdict, "pass");
  assert.equal((await turn("maintenance", "off")).verdict, "pass");
  assert.deepEqual(await workers(), ["running", "running"]);
  assert.equal((await hosts.target.health(commit)).healthy, true, "the service itself was left alone");

  const broken = await changer({
    target: async () => hosts.target,
    directory: hosts.directory,
    variables: {},
    ports: swiftPorts(),
  })({
    what: "workers",
    to: "on",
    stage: "release",
    handle: null,
    withinMs: 60_000,
    plan: {
      ...plan,
      maintenance: {
        via: "target",
        around: ["migrate"],
        workers: { on: "docker compose -p shop-workers halt", off: "true" },
      },
    },
  });
  assert.equal(broken.reason, "workers-failed");
  assert.match(broken.message, /on host web-1 it ended with 16: unknown docker command: "compose halt"; on host web-2/);
});
