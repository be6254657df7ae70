import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderError } from "../../src/failure.ts";
import { githubRefStore } from "../../src/record-store/github-ref.ts";
import { witnessedStore } from "../../src/record-store/witnessed.ts";
import type { RecordStore } from "../../src/record-store.ts";
import { deploymentTask, witnessed } from "../../src/report/deployment.ts";
import { entry } from "../proof/release-journal.ts";
import { type TwinWorld, withTwin } from "../rehearsal/with-twin.ts";
import { swiftPorts } from "../swift-ports.ts";

const permissions = { contents: "write", deployments: "write" } as const;
const ref = "refs/sluice/production";

/** Two entries in the record, and a deployment whose status bears witness to `head`. */
async function recorded({ client }: TwinWorld) {
  const github = client(permissions);
  const store = githubRefStore(github);
  const heads: string[] = [];
  for (const reason of ["one", "two"]) {
    const onto = await store.read("production");
    const appended = await store.append("production", onto, [entry({ kind: "locked", reason })]);
    assert(appended.appended);
    heads.push(appended.snapshot.head ?? "");
  }
  return { github, heads };
}

async function bearWitness({ client, bare }: TwinWorld, head: string, payload: object = {}): Promise<number> {
  const github = client(permissions);
  const place = { commit: bare.main, environment: "production", task: deploymentTask, production: true };
  const ours = { sluice: 1, release: 7, candidate: "new", stable: "old", ...payload };
  const created = await github.createDeployment({ ...place, description: "Release 7", payload: ours });
  assert(created.outcome === "applied");
  const status = {
    state: "in_progress",
    description: witnessed("canary 5%", head),
    logUrl: "https://x.example",
  } as const;
  await github.createDeploymentStatus(created.value.id, status);
  return created.value.id;
}

/** A process of its own that asks the witness, and what it warned of. */
function asking({ client }: TwinWorld, rights: Parameters<TwinWorld["client"]>[0] = permissions) {
  const warned: string[] = [];
  const ports = swiftPorts();
  const log = { ...ports.log, warn: (message: string) => void warned.push(message) };
  const github = client(rights);
  return { store: witnessedStore(githubRefStore(github), github, { clock: ports.clock, log }), warned };
}

const refusal = (store: RecordStore) =>
  store.read("production").then(
    ({ head }) => assert.fail(`the record was believed at ${head}`),
    (problem: ProviderError) => problem,
  );

test("a record that descends from what its witness saw is believed, and appended to", () =>
  withTwin(async (world) => {
    const { heads } = await recorded(world);
    for (const head of heads) {
      await bearWitness(world, head);
      const { store, warned } = asking(world);
      const snapshot = await store.read("production");
      assert.deepEqual([snapshot.head, warned], [heads[1], []]);
      assert.equal((await store.read("production")).head, heads[1]);
    }
    const { store } = asking(world);
    const next = await store.append("production", await store.read("production"), [
      entry({ kind: "unlocked", reason: "" }),
    ]);
    assert(next.appended);
  }));

test("F33: a record that was reset to an older entry blocks, and says how it is put back", () =>
  withTwin(async (world) => {
    const { heads } = await recorded(world);
    const [older = "", newer = ""] = heads;
    await bearWitness(world, newer);
    world.bare.git("update-ref", ref, older);
    const problem = await refusal(asking(world).store);
    assert.equal(problem.status, "record-differs");
    assert.match(problem.message, new RegExp(`tampered with: .* ${newer}, .* is at ${older}`));
    assert.match(problem.message, new RegExp(`git push --force origin ${newer}:${ref}`));
    world.bare.git("update-ref", ref, newer);
    assert.equal((await asking(world).store.read("production")).head, newer);
  }));

test("F33: a record that was rewritten or taken away blocks as well", () =>
  withTwin(async (world) => {
    const { heads } = await recorded(world);
    await bearWitness(world, heads[1] ?? "");
    world.bare.git("update-ref", "-d", ref);
    assert.match((await refusal(asking(world).store)).message, /and the record is gone/);
    const forged = githubRefStore(world.client(permissions));
    await forged.append("production", await forged.read("production"), [entry({ kind: "locked", reason: "forged" })]);
    assert.match((await refusal(asking(world).store)).message, /does not descend from it/);
  }));

test("an answer that is older than the newest write is asked for again, not called tampering", () =>
  withTwin(async (world) => {
    const { heads, github } = await recorded(world);
    const [older = "", newer = ""] = heads;
    await bearWitness(world, newer);
    const fresh = githubRefStore(github);
    const stale = { ...(await fresh.read("production")), head: older };
    const answers = [stale, stale];
    const lagging: RecordStore = { ...fresh, read: async (name) => answers.shift() ?? fresh.read(name) };
    const { clock, log } = swiftPorts();
    assert.equal((await witnessedStore(lagging, github, { clock, log }).read("production")).head, newer);
    assert.deepEqual(answers, []);
  }));

test("no deployment of our own bears witness to nothing", () =>
  withTwin(async (world) => {
    const { heads } = await recorded(world);
    await bearWitness(world, "f".repeat(40), { sluice: 2 });
    assert.equal((await asking(world).store.read("production")).head, heads[1]);
  }));

test("a witness that cannot be read is a warning: a token without the right, or a page that is down", () =>
  withTwin(async (world) => {
    const { heads } = await recorded(world);
    await bearWitness(world, "f".repeat(40));
    const { store, warned } = asking(world, { contents: "write" });
    assert.equal((await store.read("production")).head, heads[1]);
    assert.match(warned.join(), /cannot be compared with GitHub's deployments/);
  }));
