import assert from "node:assert/strict";
import { test } from "node:test";
import { advance } from "../src/advance.ts";
import { canaryJudge } from "../src/canary-judge.ts";
import { planOf } from "../src/plan.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { memoryPlatform, virtualPorts } from "./proof/platform.ts";
import { applied, intent, passed, started } from "./proof/release-journal.ts";

const hour = 3_600_000;
const text = `runbook: 1
service: shop
environment: production
url: https://shop.example
target: { local: { admin: "http://127.0.0.1:4001", start: node server.mjs, health: /health } }
metrics:
  error-rate: { json: { path: /n, bad: bad, total: all } }
stages:
  - name: release
    deploy: {}
    canary:
      max-hold: 4d
      shifts:
        - { traffic: 5%, hold: 2d, every: 1h, limits: [error-rate < 2%] }
        - { traffic: 100% }
`;

/** A share of 5 % that began at 0, over a page that counts 1,000 requests an hour; each tick is a process of its own. */
async function waitingForDays() {
  const read = readRunbook(text, "runbook.yml");
  assert(read.ok, JSON.stringify(read));
  const runbook = read.value;
  const ports = virtualPorts();
  const all = () => Math.floor((1000 * ports.clock.now()) / hour);
  const fetch: typeof ports.fetch = async () => Response.json({ bad: 0, all: all() });
  const store = memoryRecordStore();
  for (const entry of [started({ plan: planOf(runbook) }), passed("deploy"), intent(0, 5, "g1"), applied(5, "g2")])
    await store.append("production", await store.read("production"), [entry]);
  const platform = memoryPlatform();
  platform.production = {
    generation: "g2",
    serving: [
      { version: "old", weight: 95 },
      { version: "new", weight: 5 },
    ],
  };
  const target = { ...platform, address: async (version: string) => `http://${version}.example` };
  const tick = () =>
    advance({
      ports: { ...ports, fetch },
      store,
      environment: "production",
      asker: { release: 7, attempt: 1 },
      author: { run: 7, attempt: 1, actor: "ada" },
      target,
      steps: {},
      judge: canaryJudge({ ports: { ...ports, fetch }, target, runbook }),
      patienceMs: 0,
    });
  return { ports, tick, release: async () => (await store.read("production")).record.release };
}

test("hourly ticks, each a process of its own, add up what a page counts until two days are proven", async () => {
  const { ports, tick, release } = await waitingForDays();
  const reasons: string[] = [];
  for (let hours = 0; hours <= 48; hours++) {
    await tick();
    reasons.push((await release())?.verdict?.reason ?? "none");
    ports.pass(hour);
  }
  assert.deepEqual(reasons.slice(0, 2), ["no-data", "minimum-hold"], "the first look is the only one without numbers");
  assert.equal(reasons.at(47), "minimum-hold");
  assert.equal((await release())?.ended?.as, "done", reasons.at(-1));
});

test("a tick that comes after the longest time still counts what happened meanwhile", async () => {
  const { ports, tick, release } = await waitingForDays();
  await tick();
  ports.pass(5 * 24 * hour);
  await tick();
  assert.equal((await release())?.ended?.as, "done");
});
