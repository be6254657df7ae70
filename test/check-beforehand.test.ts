import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBeforehand } from "../src/check-beforehand.ts";
import type { DeployTarget, PlatformVariables } from "../src/deploy-target.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { memoryPlatform } from "./proof/platform.ts";
import { swiftPorts } from "./swift-ports.ts";

const text = `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /health } }
env:
  KEY: { min-length: 6, differs-from: OLD_KEY }
  NAME:
stages:
  - name: release
    preflight:
      - run: exit 1
      - sentry: { organization: acme, project: shop, url: http://127.0.0.1:1 }
    deploy: {}
`;

function scene(runbook: string, variables: Readonly<Record<string, string>>, platform?: PlatformVariables) {
  const written = readRunbook(runbook, "runbook.yml");
  assert.ok(written.ok, JSON.stringify(written));
  const base = memoryPlatform({ version: "stable", weight: 100 });
  const target: DeployTarget = platform === undefined ? base : { ...base, variables: async () => platform };
  const repository = { access: { token: "t", repository: "octo/shop", apiUrl: "http://127.0.0.1:1" }, runId: 1 };
  return checkBeforehand({ written, variables, target, repository, ports: swiftPorts(), commit: "c".repeat(40) });
}

const noSentry = text.replace(/ {6}- sentry.*\n/, "");
const good = { KEY: "long enough", NAME: "shop", OLD_KEY: "another" };

test("the contract is judged over what this job was given where the platform has no variables", async () => {
  assert.equal((await scene(noSentry, good)).verdict, "pass");
  const broken = await scene(noSentry, { ...good, KEY: "hush" });
  assert.equal(broken.reason, "env-broken");
  assert.match(broken.message, /KEY has 4 characters/);
  assert.doesNotMatch(JSON.stringify(broken), /hush/);
});

test("where the platform has variables they are judged, and this job's own are no proof of them", async () => {
  const missing = await scene(noSentry, good, { values: { NAME: "shop" }, unreadable: [] });
  assert.match(missing.message, /KEY is not set/);
  const same = await scene(noSentry, good, { values: { NAME: "shop", KEY: "another" }, unreadable: [] });
  assert.match(same.message, /KEY has the same value as OLD_KEY/, "what it must differ from may be this job's");
  assert.equal(
    (await scene(noSentry, good, { values: { NAME: "x", KEY: "long enough" }, unreadable: [] })).verdict,
    "pass",
  );
});

test("what the target is opened with is this job's own", async () => {
  const opened = noSentry.replace("  NAME:", "  LOCAL_ADMIN: { url: http }\n  NAME:");
  const values = { NAME: "x", KEY: "long enough" };
  const given = { ...good, LOCAL_ADMIN: "http://127.0.0.1:1" };
  assert.equal((await scene(opened, given, { values, unreadable: [] })).verdict, "pass");
});

test("what the platform never shows again is set, and nothing more is proven of it", async () => {
  const hidden = await scene(noSentry, good, { values: { NAME: "shop" }, unreadable: ["KEY"] });
  assert.deepEqual([hidden.verdict, hidden.reason], ["hold", "env-unreadable"]);
  assert.match(hidden.message, /KEY \(min-length, differs-from\)/);
  const bare = noSentry.replace("KEY: { min-length: 6, differs-from: OLD_KEY }", "KEY:");
  assert.equal((await scene(bare, good, { values: { NAME: "shop" }, unreadable: ["KEY"] })).verdict, "pass");
});

test("lines that need a secret are proven here with it, and lines that run code are not run here", async () => {
  await assert.rejects(scene(text, good), /SENTRY_AUTH_TOKEN is not set/);
  const asked = await scene(text, { ...good, SENTRY_AUTH_TOKEN: "t" });
  assert.deepEqual([asked.verdict, asked.reason], ["hold", "no-data"], asked.message);
});
