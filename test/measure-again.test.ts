import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { DeployTarget } from "../src/deploy-target.ts";
import { measureAgain } from "../src/measure-again.ts";
import { planOf } from "../src/plan.ts";
import type { ReleaseState } from "../src/record.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { accept } from "../src/written-runbook.ts";
import { journal, rolledBack, started } from "./proof/release-journal.ts";
import { swiftPorts } from "./swift-ports.ts";

const runbookWith = (limits: string, watch = "queue < 5") =>
  accept(
    readRunbook(
      `runbook: 1
service: shop
environment: production
url: http://127.0.0.1
target:
  local: { admin: http://127.0.0.1:9, token: $TOKEN, start: node server.mjs, health: /health }
metrics:
  queue: { json: { path: /queue, value: length } }
stages:
  - name: release
    deploy: {}
    canary:
      shifts:
        - { traffic: 5%, hold: 10s, every: 5s, limits: [${limits}] }
        - { traffic: 100% }
    watch: { for: 1h, every: 1m, limits: [${watch}] }
`,
      "runbook.yml",
    ),
  ).value;

/** What serves again has so many things in its queue; undefined does not answer. */
async function servingWith(queue: number | undefined) {
  const server = createServer((_, response) =>
    queue === undefined ? response.writeHead(503).end() : response.end(JSON.stringify({ length: queue })),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: Pick<DeployTarget, "observe" | "address"> = {
    observe: async () => ({ generation: "g2", serving: [{ version: "old", weight: 100 }] }) as never,
    address: async () => url,
  };
  return { target: target as DeployTarget, [Symbol.dispose]: () => void server.close() };
}

type Failed = "canary" | "watch" | "nothing";

function sentBack(runbook: ReturnType<typeof runbookWith>, failed: Failed): ReleaseState {
  const { release } = journal(started({ plan: planOf(runbook) }), rolledBack());
  assert.ok(release !== null);
  const share = { stage: "release", shift: 0, weight: 5, generation: "g1", at: 0 };
  const look = { since: 0, judgedFrom: 0, lookedAt: 0, seenMs: 0, largestGapMs: 0, seenAt: 0, reason: "limit-broken" };
  return {
    ...release,
    verdict: failed === "canary" ? { ...share, verdict: "fail", reason: "limit-broken" } : null,
    watch: failed === "watch" ? { stage: "release", verdict: "fail", ...look } : null,
  };
}

async function measured(queue: number | undefined, limits: string, failed: Failed, watch?: string) {
  using serving = await servingWith(queue);
  const runbook = runbookWith(limits, watch);
  const ports = swiftPorts();
  const began = ports.clock.now();
  const verdict = await measureAgain({ runbook, target: serving.target, release: sentBack(runbook, failed) }, ports);
  return { verdict: verdict?.verdict, message: verdict?.message ?? "", tookMs: ports.clock.now() - began };
}

test("the limit that sent a release back is proven again of what serves now", async () => {
  const { verdict, message } = await measured(1, "queue < 5", "canary");
  assert.equal(verdict, "pass", message);
  assert.match(message, /queue 1 keeps `queue < 5`\.$/);
});

test("a fault that stays is no recovery", async () => {
  const { verdict, message } = await measured(9, "queue < 5", "canary");
  assert.equal(verdict, "fail", message);
  assert.match(message, /queue 9 breaks `queue < 5`/);
});

test("every limit of the share is measured, whichever was broken", async () => {
  const { verdict, message } = await measured(4, "queue < 5, queue < 3", "canary");
  assert.equal(verdict, "fail", message);
  assert.match(message, /queue 4 breaks `queue < 3`/);
});

test("numbers that do not come prove nothing, and nobody waits longer than a minute for them", async () => {
  const { verdict, tookMs } = await measured(undefined, "queue < 5", "canary");
  assert.equal(verdict, "hold");
  assert.ok(tookMs >= 50_000, `${tookMs}`);
});

test("after a watch it is the watch's limits", async () => {
  const { verdict, message } = await measured(7, "queue < 9", "watch", "queue < 6");
  assert.equal(verdict, "fail", message);
  assert.match(message, /`queue < 6`/);
});

test("nothing is measured when no limit sent it back, or none that says anything of one version alone", async () => {
  assert.equal((await measured(9, "queue < 5", "nothing")).verdict, undefined);
  assert.equal((await measured(9, "queue vs stable < 2x", "canary")).verdict, undefined);
});
