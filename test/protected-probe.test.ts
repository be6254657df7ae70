import assert from "node:assert/strict";
import { test } from "node:test";
import { isBehindProtection, loadIsBehindProtection, protectionWarnings } from "../src/behind-protection.ts";
import { protectedProbe } from "../src/protected-probe.ts";
import { runChecks } from "../src/run-checks.ts";
import { runLoadTest } from "../src/run-load-test.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { throughProtection } from "../src/through-protection.ts";
import { accept } from "../src/written-runbook.ts";
import { commits, vercelScene } from "./deploy-target/vercel-scene.ts";
import { swiftPorts } from "./swift-ports.ts";

const runbook = (bypass: string, more = "") =>
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
${more}`,
      "runbook.yml",
    ),
  ).value;
const bypass = ", bypass: $VERCEL_AUTOMATION_BYPASS_SECRET";
const withBypass = runbook(bypass);

/** A real process answers within a deadline of real time. */
const unhurried = swiftPorts({}, 1);

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
  const scene = { stage: "release", target, directory: small.directory, ports: unhurried };
  const prove = protectedProbe({ ...scene, runbook: withBypass });
  const proven = await prove?.(staged.url, commits.two);
  assert.equal(proven?.reason, "checks-passed", proven?.message);
  assert.equal(protectedProbe({ ...scene, runbook: runbook("") }), undefined, "nothing is protected");

  const context = { directory: small.directory, commit: commits.two, url: staged.url };
  const bare = await runChecks([{ get: "/", status: 200 }], context, { ports: unhurried, variables: {} });
  assert.equal(bare.verdict, "fail");
  assert.match(bare.message, /401/);
});

const load = "    load-test: { requests: [{ path: / }], rate: 200/s, for: 300ms, limits: [checks = 100%] }\n";
const script = "    load-test: { k6: load.js, limits: [checks = 100%] }\n";

test("a load of requests passes the protection, after the lines; without the secret every answer is a 401", async () => {
  await using small = await vercelScene({ bypass: ["open-sesame"] });
  const target = small.targetWith({ bypass: "open-sesame" });
  const staged = await target.stage({ commit: commits.two, directory: small.directory, env: {} });
  const scene = { stage: "release", target, directory: small.directory, ports: unhurried };
  const prove = protectedProbe({ ...scene, runbook: runbook(bypass, load) });
  const proven = await prove?.(staged.url, commits.two);
  assert.equal(proven?.reason, "limits-hold", proven?.message);
  assert.match(proven?.message ?? "", /^All 1 checks passed\. .*answers 200: 60/);
  assert.doesNotMatch(JSON.stringify(proven), /open-sesame/, "the secret is repeated nowhere");

  const bare = protectedProbe({
    ...scene,
    target: { ...target, headersFor: () => ({}) },
    runbook: runbook(bypass, load),
  });
  assert.equal(
    (await bare?.(staged.url, commits.two))?.reason,
    "unexpected-status",
    "a line that fails spares the load",
  );
  const loaded = await runLoadTest(
    runbook("", load).stages[0]?.["load-test"] ?? assert.fail("no load test"),
    { url: staged.url, allowed: [staged.url], directory: small.directory },
    unhurried,
  );
  assert.equal(loaded.reason, "limit-broken");
  assert.match(loaded.message, /answers 401: 60/);
});

test("the load test's own job leaves to the deploy job what that has made; a script stays the user's", () => {
  const own = (value: typeof withBypass) =>
    value.stages.map((stage) => stage["load-test"] !== undefined && loadIsBehindProtection(value, stage["load-test"]));
  assert.deepEqual(own(runbook(bypass, load)), [true]);
  assert.deepEqual(own(runbook(bypass, script)), [false]);
  assert.deepEqual(own(runbook("", load)), [false]);
});

test("each program of the user's that will meet the protection is named when the runbook is checked", () => {
  const warnings = protectionWarnings(runbook(bypass, script));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /^Stage release, smoke-test `run: npm run test:smoke`: .* `get` lines, or leave/);
  assert.match(warnings[1] ?? "", /^Stage release, load-test `k6: load\.js`: .* `requests`, which pass it/);
  assert.equal(protectionWarnings(runbook(bypass, load)).length, 1, "the own driver passes");
  assert.deepEqual(protectionWarnings(runbook("", script)), []);
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
