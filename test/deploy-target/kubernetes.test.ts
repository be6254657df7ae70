import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { commandTarget } from "../../src/deploy-target/command.ts";
import type { DeployTarget } from "../../src/deploy-target.ts";
import { readRunbook } from "../../src/runbook-file.ts";
import type { CommandTarget } from "../../src/target-spec.ts";
import { swiftPorts } from "../swift-ports.ts";
import { type Cluster, cluster } from "./kubectl.ts";

/** The example is run as its runbook writes it; only kubectl and the cluster behind it are stood in for. */
const example = path.resolve(import.meta.dirname, "../../examples/kubernetes");
const stable = "a".repeat(40);
const commit = "b".repeat(40);

function written(): CommandTarget {
  const file = ".github/runbook.yml";
  const read = readRunbook(readFileSync(path.join(example, file), "utf8"), file);
  assert.ok(read.ok && "command" in read.value.target);
  return read.value.target.command;
}

function targetOn({ directory }: Cluster, more: Readonly<Record<string, string>> = {}): DeployTarget {
  const spec = written();
  const here = (text: string) => text.replace("deploy/", path.join(example, "deploy/"));
  const { observe, stage, shift, restore, health = "", history = "" } = spec;
  const commands = { observe, stage, shift, restore, health, history };
  const moved = Object.fromEntries(Object.entries(commands).map(([name, text]) => [name, here(text)]));
  const PATH = [directory, path.dirname(process.execPath), process.env["PATH"]].join(path.delimiter);
  return commandTarget({ ...spec, ...moved, env: { ...spec.env, ...more, PATH } }, swiftPorts());
}

const stage = (target: DeployTarget, env = {}) => target.stage({ commit, directory: example, env });

test("the Kubernetes example stages, shifts and restores, and the cluster holds what was reported", async () => {
  await using world = await cluster(stable);
  const target = targetOn(world);
  const before = await target.observe();
  assert.deepEqual(before, { generation: "3.0", serving: [{ version: stable, weight: 100 }] });
  const { url } = await stage(target, { DATABASE_URL: "postgres://u:p@db/shop" });
  assert.equal(url, `https://${commit.slice(0, 12)}.preview.example.com`);
  const objects = await world.objects();
  assert.deepEqual(objects[`secret/shop-${commit}`]?.stringData, { DATABASE_URL: "postgres://u:p@db/shop" });
  assert.equal((await target.observe()).generation, before.generation, "staging moves no traffic");

  const shifted = await target.shift({ candidate: commit, stable, weight: 5, ifGeneration: before.generation });
  assert.ok(shifted.outcome === "applied", JSON.stringify(shifted));
  const refs = (await world.objects())["httproute/shop"]?.spec?.rules?.[0]?.backendRefs;
  assert.deepEqual(
    refs?.map(({ name, weight }) => [name, weight]),
    [
      [`shop-${stable}`, 95],
      [`shop-${commit}`, 5],
    ],
  );
  const back = await target.restore({ to: stable, ifGeneration: shifted.production.generation });
  assert.ok(back.outcome === "applied");
  // The same shares once more are a new generation all the same, so that a late raise is shut out.
  const again = await target.restore({ to: stable, ifGeneration: back.production.generation });
  assert.ok(again.outcome === "applied" && again.production.generation !== back.production.generation);
  assert.deepEqual(await target.health(stable), {
    healthy: true,
    message: `2 of 2 replicas of ${stable} are available.`,
  });
  assert.equal((await target.health("c".repeat(40))).healthy, false);
  assert.deepEqual(
    (await target.history?.())?.map(({ version }) => version),
    [commit, stable],
  );
});

test("a version whose replicas never become ready is no candidate, and traffic stays", async () => {
  await using world = await cluster(stable);
  const target = targetOn(world, { KUBECTL_NEVER_READY: "1" });
  await assert.rejects(stage(target), /target\.command\.stage ended with 1.*No traffic was moved/);
  const { serving } = await target.observe();
  assert.equal(serving.find(({ version }) => version === stable)?.weight, 100);
});

test("somebody's edit between reading and writing is a refusal, not a lost edit", async () => {
  await using world = await cluster(stable);
  const target = targetOn(world);
  await stage(target);
  const { generation } = await target.observe();
  await world.edit("httproute/shop", (route) => route);
  const outcome = await target.shift({ candidate: commit, stable, weight: 5, ifGeneration: generation });
  assert.ok(outcome.outcome === "not-applied" && outcome.reason === "generation-differs", JSON.stringify(outcome));
});
