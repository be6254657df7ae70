import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTarget } from "../../src/deploy-target/command.ts";
import type { Outcome } from "../../src/deploy-target.ts";
import { InputError, ProviderError } from "../../src/failure.ts";
import type { CommandTarget } from "../../src/target-spec.ts";
import { swiftPorts } from "../swift-ports.ts";
import { type CommandPlatform, commandPlatform } from "./command-platform.ts";

const targetOn = ({ commands }: CommandPlatform, more: Partial<CommandTarget> = {}) =>
  commandTarget({ ...commands, shifts: "traffic", ...more }, swiftPorts());

const stage = (platform: CommandPlatform, commit = "v2", env: Readonly<Record<string, string>> = {}) =>
  targetOn(platform).stage({ commit, directory: platform.directory, env });

const raise = (weight: number, ifGeneration: string) =>
  ({ candidate: "v2", stable: "v1", weight, ifGeneration }) as const;

function applied(outcome: Outcome) {
  assert.ok(outcome.outcome === "applied", JSON.stringify(outcome));
  return outcome.production;
}

test("a release goes up and back through real commands, and what is reported is what observe printed", async () => {
  await using platform = await commandPlatform();
  const target = targetOn(platform);
  assert.deepEqual(await stage(platform), { version: "v2", url: "http://v2.example.com" });
  let { generation } = await target.observe();
  for (const weight of [5, 25, 100]) {
    const production = applied(await target.shift(raise(weight, generation)));
    assert.notEqual(production.generation, generation);
    assert.deepEqual((await platform.state()).weights, { v2: weight, v1: 100 - weight });
    assert.deepEqual(production, await target.observe());
    generation = production.generation;
  }
  applied(await target.restore({ to: "v1", ifGeneration: generation }));
  assert.deepEqual((await platform.state()).weights, { v2: 0, v1: 100 });
  assert.equal(await target.address("v2"), "http://v2.example.com");
  assert.deepEqual(await target.history?.(), [{ version: "v1", at: Date.parse("2026-11-27T10:00:00Z") }]);
  assert.deepEqual(await target.health("v2"), { healthy: true, message: "asked about v2" });
});

test("a command gets the question on standard input and as variables, its own variables, and nothing else of ours", async () => {
  await using platform = await commandPlatform();
  const { commands } = platform;
  const ports = swiftPorts({ env: { ...process.env, INPUT_GITHUB_TOKEN: "ours", GITHUB_TOKEN: "ours" } });
  const target = commandTarget({ ...commands, shifts: "traffic", env: { KUBECONFIG: "/kube" } }, ports);
  await target.stage({ commit: "v2", directory: platform.directory, env: { DATABASE_URL: "postgres://secret" } });
  await target.shift(raise(5, "g1"));
  const seen = await platform.seen();
  for (const { env, argv, name, question } of seen) {
    assert.equal(env["KUBECONFIG"], "/kube");
    assert.equal(env["SLUICE_COMMAND"], name);
    assert.deepEqual([question["contract"], question["command"]], [1, name]);
    assert.doesNotMatch(JSON.stringify([env, argv]), /ours|postgres:/);
  }
  const staged = seen.find(({ name }) => name === "stage");
  assert.deepEqual(staged?.question["variables"], { DATABASE_URL: "postgres://secret" });
  assert.equal(staged?.env["SLUICE_COMMIT"], "v2");
  const shifted = seen.find(({ name }) => name === "shift");
  assert.deepEqual(shifted?.question, { contract: 1, command: "shift", ...raise(5, "g1") });
  const { SLUICE_CANDIDATE, SLUICE_STABLE, SLUICE_WEIGHT, SLUICE_IF_GENERATION } = shifted?.env ?? {};
  assert.deepEqual([SLUICE_CANDIDATE, SLUICE_STABLE, SLUICE_WEIGHT, SLUICE_IF_GENERATION], ["v2", "v1", "5", "g1"]);
});

test("a write for another generation is refused before its command runs", async () => {
  await using platform = await commandPlatform();
  await stage(platform);
  const outcome = await targetOn(platform).shift(raise(5, "g7"));
  assert.ok(outcome.outcome === "not-applied" && outcome.reason === "generation-differs");
  assert.equal((await platform.seen()).filter(({ name }) => name === "shift").length, 0);
});

/** What `observe` prints: none of it is believed. */
const brokenObservations: readonly (readonly [what: string, odd: string, message: RegExp])[] = [
  ["nothing", "return undefined", /printed nothing/],
  ["a page", 'return "<html>502</html>"', /one JSON object.*"<html>502/],
  ["a second line", 'return "{}\\n{}"', /one JSON object/],
  ["no generation", "return { serving: [] }", /generation is missing/],
  ["a number as generation", "return { generation: 3, serving: [] }", /generation is missing or odd/],
  ["an unknown key", 'return { ...plain.observe(), colour: "red" }', /unknown key "colour"/],
  ["weights of 90", 'return { generation: "g", serving: [{ version: "v1", weight: 90 }] }', /do not sum to 100/],
  [
    "weights above 100",
    'return { generation: "g", serving: [{ version: "v1", weight: 200 }] }',
    /weight is missing or odd/,
  ],
  [
    "a version twice",
    'return { generation: "g", serving: [{ version: "a", weight: 50 }, { version: "a", weight: 50 }] }',
    /named twice/,
  ],
  [
    "a version that is an option",
    'return { generation: "g", serving: [{ version: "--all", weight: 100 }] }',
    /a version is/,
  ],
  [
    "a workflow command",
    'return { generation: "g", serving: [{ version: "a\\n::set-output", weight: 100 }] }',
    /a version is/,
  ],
  [
    "a credential in an address",
    'return { generation: "g", serving: [{ version: "a", weight: 100, url: "https://u:p@h" }] }',
    /user or password/,
  ],
  ["more than 1 MiB", 'return "x".repeat(1200000)', /more than 1 MiB/],
];

for (const [what, odd, message] of brokenObservations)
  test(`observe that prints ${what} is an error with its place`, async () => {
    await using platform = await commandPlatform();
    await platform.behave({ observe: odd });
    await assert.rejects(targetOn(platform).observe(), (problem) => {
      assert.ok(problem instanceof ProviderError);
      assert.match(problem.message, /^target\.command\.observe /);
      assert.match(problem.message, message);
      return true;
    });
  });

test("a command that fails says so with its last line, and a read of it may be tried again", async () => {
  await using platform = await commandPlatform();
  await platform.behave({ observe: 'console.error("no such context"); process.exit(3)' });
  await assert.rejects(targetOn(platform).observe(), (problem) => {
    assert.ok(problem instanceof ProviderError && problem.retryable);
    assert.match(problem.message, /ended with 3 and said "no such context"/);
    return true;
  });
});

test("a stage that fails is the commit's fault; one that observe does not list is a broken contract", async () => {
  await using platform = await commandPlatform();
  await platform.behave({ stage: 'console.error("image not found"); process.exit(1)' });
  await assert.rejects(stage(platform), (problem) => {
    assert.ok(problem instanceof InputError);
    assert.match(problem.message, /image not found.*No traffic was moved/);
    return true;
  });
  await platform.behave({ stage: 'return { version: "v2", url: "https://v2.example.com" }' });
  await assert.rejects(stage(platform), /said that version "v2" was staged, and `observe` does not list it/);
});

test("a shift that says applied and changed nothing is an error, never a success", async () => {
  await using platform = await commandPlatform();
  await stage(platform);
  await platform.behave({ shift: 'return { outcome: "applied" }' });
  await assert.rejects(targetOn(platform).shift(raise(5, "g1")), /still shows generation "g1"/);
  // The right shares without a new generation are no proof either: a late raise could not be told from this write.
  await platform.behave({ restore: 'return { outcome: "applied" }' });
  await assert.rejects(targetOn(platform).restore({ to: "v1" }), /every write that was accepted has to change it/);
});

test("a shift that fails is what production shows: applied, refused, or changed by somebody else", async () => {
  await using platform = await commandPlatform();
  await stage(platform);
  await platform.behave({ shift: "process.exit(1)" });
  const failed = await targetOn(platform).shift(raise(5, "g1"));
  assert.ok(failed.outcome === "not-applied" && failed.reason === "command-failed", JSON.stringify(failed));
  assert.match(failed.message, /ended with 1\. Production is unchanged at generation g1/);

  await platform.behave({ shift: "put({ v2: 5, v1: 95 }); process.exit(1)" });
  const done = applied(await targetOn(platform).shift(raise(5, "g1")));
  assert.equal(done.generation, "g2");

  await platform.behave({ shift: 'put({ v1: 100 }); return { outcome: "applied" }' });
  const overtaken = await targetOn(platform).shift(raise(25, "g2"));
  assert.ok(overtaken.outcome === "not-applied" && overtaken.reason === "changed-meanwhile");
  assert.equal(overtaken.production?.generation, "g3");

  const words = 'return { outcome: "not-applied", reason: "quota", message: "No room for \\u001b[31mit." }';
  await platform.behave({ shift: words });
  const refused = await targetOn(platform).shift(raise(25, "g3"));
  assert.ok(refused.outcome === "not-applied" && refused.reason === "quota" && refused.message === "No room for it.");
});

test("a shift that is late is unknown, and one that shows later is waited for", async () => {
  await using platform = await commandPlatform();
  await stage(platform);
  await platform.behave({ shift: "await new Promise((resolve) => setTimeout(resolve, 60_000))" });
  const late = await targetOn(platform, { within: 300 }).shift(raise(5, "g1"));
  assert.ok(late.outcome === "unknown", JSON.stringify(late));
  assert.match(late.message, /ended by SIGKILL.*unchanged at generation g1/);

  // The third look is the first that shows the write.
  const laggard = `const state = read(); const looks = (state.looks ?? 0) + 1; save({ ...state, looks });
    return looks < 3 && state.asked ? { generation: "g1", serving: [{ version: "v1", weight: 100 }] } : plain.observe()`;
  const shift = 'put({ v2: 5, v1: 95 }); save({ ...read(), asked: true, looks: 0 }); return { outcome: "applied" }';
  await platform.behave({ observe: laggard, shift });
  applied(await targetOn(platform).shift(raise(5, "g1")));
});

test("without a health command a version is as healthy as it is listed, and the message says so", async () => {
  await using platform = await commandPlatform();
  const { health: _, history, ...commands } = platform.commands;
  const bare = commandTarget({ ...commands, shifts: "traffic" }, swiftPorts());
  assert.match((await bare.health("v1")).message, /whether it works is unknown/);
  assert.equal((await bare.health("v0")).healthy, false);
  await platform.behave({ history: 'return { versions: [{ version: "v0", at: "2026-11-27T10:00:00Z" }] }' });
  const withPast = commandTarget({ ...commands, history, shifts: "traffic" }, swiftPorts());
  assert.equal((await withPast.health("v0")).healthy, true);
});
