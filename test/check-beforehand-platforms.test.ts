import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBeforehand } from "../src/check-beforehand.ts";
import type { DeployTarget } from "../src/deploy-target.ts";
import { missingForHosts } from "../src/rehearsal/host-twin.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { fleet } from "./deploy-target/host-fleet.ts";
import { ids, renderWorld } from "./deploy-target/render-world.ts";
import { vercelScene } from "./deploy-target/vercel-scene.ts";
import { swiftPorts } from "./swift-ports.ts";

/** The contract of the documents: a key that is long enough, and another one than staging's. */
const text = `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /health } }
env:
  COLOUR: { min-length: 8, differs-from: STAGING_COLOUR, secret: true }
stages: [{ name: release, deploy: {} }]
`;

/** What the contract says of a platform whose variable has this value, and never the value. */
async function judged(target: DeployTarget, { commit = "c".repeat(40), directory = "." } = {}, own = {}) {
  const written = readRunbook(text, "runbook.yml");
  assert.ok(written.ok, JSON.stringify(written));
  const repository = { access: { token: "t", repository: "octo/shop", apiUrl: "http://127.0.0.1:1" }, runId: 1 };
  const variables = { STAGING_COLOUR: "ultramarine", LOCAL_ADMIN: "http://127.0.0.1:1", ...own };
  const scene = { written, variables, target, repository, ports: swiftPorts(), commit, directory };
  const verdict = await checkBeforehand(scene);
  assert.doesNotMatch(JSON.stringify(verdict), /ultramarine|vermilion|red-red/);
  return `${verdict.verdict}: ${verdict.message}`;
}

const values: readonly (readonly [string, RegExp])[] = [
  ["vermilion", /^pass/],
  ["ultramarine", /^fail: .*COLOUR has the same value as STAGING_COLOUR/],
  ["red-red", /^fail: .*COLOUR has 7 characters, at least 8 are needed/],
];

test("Render's variables, its own and those of a linked group, keep the contract or do not", async () => {
  for (const [value, expected] of values) {
    await using world = await renderWorld({ service: { env: { COLOUR: value } } });
    assert.match(await judged(world.target), expected);
  }
  await using lent = await renderWorld();
  assert.match(await judged(lent.target, {}, { COLOUR: "vermilion" }), /^fail: .*COLOUR is not set/);
  lent.twin.linkGroup(ids.production, { COLOUR: "vermilion" });
  assert.match(await judged(lent.target), /^pass/);
});

test("Vercel's variables of production keep the contract or do not", async () => {
  for (const [value, expected] of values) {
    await using small = await vercelScene();
    small.twin.variables.put({ key: "COLOUR", value, type: "encrypted", target: ["production"] });
    assert.match(await judged(small.target), expected);
  }
});

test("what compose would hand to the service keeps the contract or does not", {
  skip: missingForHosts() ?? false,
}, async () => {
  await using hosts = await fleet();
  const at = { commit: hosts.commit("fine"), directory: hosts.repository };
  for (const [value, expected] of values) assert.match(await judged(hosts.target, at, { COLOUR: value }), expected);
  assert.match(await judged(hosts.target, at), /^fail: .*COLOUR is (not set|empty)/);
});
