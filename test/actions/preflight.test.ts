import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

/** A preflight of checks that are given with the step, outside of any release. */
const preflight = (checks: string, inputs: Readonly<Record<string, string>> = {}) =>
  shop.run("preflight", { inputs: { record: "none", checks, ...inputs }, permissions: { contents: "read" } });

test("checks that pass end with 0 and are all in the evidence", async () => {
  const run = await preflight("- run: test -f server.mjs\n- run: test -d .github\n");
  assert.equal(run.code, 0, run.visible);
  assert.equal(run.outputs["reason"], "checks-passed");
  const { evidence } = JSON.parse(run.outputs["evidence"] ?? "");
  assert.deepEqual(
    evidence.checks.map(({ verdict }: { verdict: string }) => verdict),
    ["pass", "pass"],
  );
});

test("one failing check ends with 1; the others still run, and its last line is shown", async () => {
  const run = await preflight("- run: echo the lint is red >&2; exit 3\n- run: echo all the same\n");
  assert.equal(run.code, 1);
  assert.equal(run.outputs["reason"], "command-failed");
  assert.match(run.visible, /1 of 2 checks passed\..*it ended with 3 .*the lint is red/);
});

test("a check that is not required is reported and stops nothing", async () => {
  const run = await preflight("- { run: 'false', must: false }\n");
  assert.equal(run.code, 0, run.visible);
});

test("what a command prints gives no orders to the runner", async () => {
  const hostile = ["::set-output name=verdict::pass", "  ::error file=x::boo", "::add-mask::e", "##[error]boo"];
  const script = [
    ...hostile.map((line) => `printf '%s\\n' '${line}'`),
    "printf '\\r::stop-commands::x\\r\\n\\033[2K::warning::hidden\\n'",
    "printf ':\\000:notice::nul\\n' || true",
    'echo "verdict=pass" >> "$GITHUB_OUTPUT" || true',
    "printf 'early ##[group]late\\n'; exit 1",
  ].join("\n");
  const run = await preflight(`- run: |\n${script.replace(/^/gm, "    ")}\n`);
  assert.equal(run.code, 1);
  assert.deepEqual(
    run.commands.map(({ name }) => name),
    ["error"],
    run.visible,
  );
  assert.ok(!run.masks.includes("e"));
  assert.equal(run.outputs["verdict"], "fail");
  // The runner's older command form counts wherever it stands in a line.
  assert.doesNotMatch(run.visible, /##\[/);
  assert.doesNotMatch(run.visible, /\u001b|\u0000|\r/);
});

test("a command sees neither our inputs, nor the token, nor the runner's files", async () => {
  const run = await preflight("- run: env\n", { "runbook-vars": "APP_URL=http://127.0.0.1:9\n" });
  assert.equal(run.code, 0, run.visible);
  assert.match(run.visible, /SLUICE_COMMIT=[0-9a-f]{40}/);
  assert.doesNotMatch(run.visible, /INPUT_|GITHUB_OUTPUT|GITHUB_TOKEN|ghs_/);
});

test("as part of a release it needs one that was begun, and appends nothing", async () => {
  const options = {
    inputs: { ...shop.inputs, record: "read", environment: "reads" },
    permissions: { contents: "read" },
    runId: 7,
  } as const;
  const early = await shop.run("preflight", options);
  assert.equal(early.code, 4);
  assert.equal(early.outputs["reason"], "not-started");

  await shop.run("plan", { inputs: { ...shop.inputs, environment: "reads" }, runId: 7 });
  const before = await shop.record("reads");
  const run = await shop.run("preflight", options);
  assert.equal(run.code, 0, run.visible);
  assert.deepEqual(await shop.record("reads"), before);
});

test("which stage is meant must be said when several have the step", async () => {
  shop.write(
    "two.yml",
    `${runbook}  - name: second\n    preflight: [{ run: 'true' }]\n    migrate: { sql: { directory: migrations } }\n`,
  );
  const inputs = { runbook: "two.yml", record: "none" };
  const silent = await shop.run("preflight", { inputs });
  assert.equal(silent.code, 2);
  assert.match(silent.visible, /Several stages have a preflight; say which with `stage`: release, second\./);
  const wrong = await shop.run("preflight", { inputs: { ...inputs, stage: "third" } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.visible, /The runbook has no stage third; it has release, second\./);
  assert.equal((await shop.run("preflight", { inputs: { ...inputs, stage: "second" } })).code, 0);
});

test("checks that cannot be read are refused with their place", async () => {
  const run = await preflight("- runn: npm test\n");
  assert.equal(run.code, 2);
  assert.match(run.visible, /unknown key "runn", did you mean `run`/);
  assert.equal(run.commands[0]?.properties["line"], "1");
});
