import assert from "node:assert/strict";
import { test } from "node:test";
import { isBehindProtection, protectedSmokeTest } from "../src/protected-smoke-test.ts";
import { runChecks } from "../src/run-checks.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { throughProtection } from "../src/through-protection.ts";
import { accept } from "../src/written-runbook.ts";
import { commits, vercelScene } from "./deploy-target/vercel-scene.ts";
import { swiftPorts } from "./swift-ports.ts";

const runbook = (bypass: string) =>
  accept(
    readRunbook(
      `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { vercel: { project: prj_shop4711, team: team_acme0815${bypass} } }
stages:
  - name: release
    deploy: {}
    smoke-test:
      - { get: /, status: 200 }
      - { run: npm run test:smoke }
`,
      "runbook.yml",
    ),
  ).value;
const withBypass = runbook(", bypass: $VERCEL_AUTOMATION_BYPASS_SECRET");

test("`get` lines are the deploy job's where the address is protected, and the smoke test's own where it is not", () => {
  const lines = (value: typeof withBypass) =>
    (value.stages[0]?.["smoke-test"] ?? []).map((check) => isBehindProtection(value, check));
  assert.deepEqual(lines(withBypass), [true, false]);
  assert.deepEqual(lines(runbook("")), [false, false]);
});

test("a protected deployment is asked through its protection; without the secret the same line fails", async () => {
  await using small = await vercelScene({ bypass: ["open-sesame"] });
  const target = small.targetWith({ bypass: "open-sesame" });
  const staged = await target.stage({ commit: commits.two, directory: small.directory, env: {} });
  const scene = { stage: "release", target, directory: small.directory, ports: swiftPorts() };
  const prove = protectedSmokeTest({ ...scene, runbook: withBypass });
  const proven = await prove?.(staged.url, commits.two);
  assert.equal(proven?.reason, "checks-passed", proven?.message);
  assert.equal(protectedSmokeTest({ ...scene, runbook: runbook("") }), undefined, "nothing is protected");

  const context = { directory: small.directory, commit: commits.two, url: staged.url };
  const bare = await runChecks([{ get: "/", status: 200 }], context, { ports: swiftPorts(), variables: {} });
  assert.equal(bare.verdict, "fail");
  assert.match(bare.message, /401/);
});

test("the secret travels to addresses that the target gave and to no other, and no redirect takes it along", async () => {
  const sent: (readonly [string, string | null, RequestInit["redirect"]])[] = [];
  const ports = {
    fetch: (async (input: URL, init?: RequestInit) => {
      const secret = new Headers(init?.headers).get("x-secret");
      sent.push([input.host, secret, init?.redirect]);
      return new Response("fine");
    }) as typeof fetch,
  };
  const headersFor = ({ host }: URL): Readonly<Record<string, string>> =>
    host === "shop-abc.vercel.app" ? { "x-secret": "open-sesame" } : {};
  const through = throughProtection({ headersFor }, ports);
  await through.fetch(new URL("https://shop-abc.vercel.app/metrics"));
  await through.fetch(new URL("https://shop-abc.vercel.app/"), { redirect: "manual" });
  await through.fetch(new URL("https://evil.example/"), { redirect: "follow" });
  assert.deepEqual(sent, [
    ["shop-abc.vercel.app", "open-sesame", "error"],
    ["shop-abc.vercel.app", "open-sesame", "manual"],
    ["evil.example", null, "follow"],
  ]);
  assert.equal(throughProtection({}, ports), ports);
});

test("a target gives its secret only for what it gave out itself", async () => {
  await using small = await vercelScene({ bypass: ["open-sesame"] });
  const target = small.targetWith({ bypass: "open-sesame" });
  const address = await target.address(small.stable);
  assert.ok(address !== undefined);
  assert.deepEqual(target.headersFor?.(new URL("/x", address)), { "x-vercel-protection-bypass": "open-sesame" });
  assert.deepEqual(target.headersFor?.(new URL("https://evil.example/")), {});
  assert.deepEqual(small.target.headersFor?.(new URL(address)), {});
});
