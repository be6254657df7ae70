import assert from "node:assert/strict";
import { readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { actionFile, openShop, runbook, spawned } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());

const names = readdirSync(path.resolve(import.meta.dirname, "../../actions"));
/** A hand-over reads the release's own commit: without a release there is nothing to read. */
const withRunbook = names.filter((name) => actionFile(name).inputs["runbook"] !== undefined && name !== "hand-over");
const inSession = names.filter((name) => actionFile(name).inputs["allow-hold"] !== undefined);

test("the actions run on the Node that GitHub runs them on", () => {
  assert.equal(process.version.split(".")[0], "v24");
});

for (const name of names) {
  test(`${name}: outside of a workflow it says so and what to do, exit code 2`, async () => {
    const { code, stdout, stderr } = await spawned(actionFile(name).main, { PATH: process.env["PATH"] });
    assert.equal(code, 2, stdout + stderr);
    assert.match(stdout, /::error::This action runs inside a GitHub workflow/);
    assert.doesNotMatch(stdout + stderr, /\n +at /, "no stack");
  });
}

for (const name of inSession) {
  test(`${name}: every input that is not usable is named at once`, async () => {
    const inputs = { ...shop.inputs, record: "maybe", "allow-hold": "yes", "override-rejected": "1", steps: "some" };
    const run = await shop.run(name, { inputs });
    assert.equal(run.code, 2);
    assert.equal(run.outputs["reason"], "input");
    const known = Object.keys(actionFile(name).inputs);
    for (const input of ["record", "allow-hold", "override-rejected", "steps"].filter((one) => known.includes(one)))
      assert.match(run.visible, new RegExp(`Input \`${input}\` is not usable: write `));
    assert.equal(run.commands.length, 1, "one annotation for all of them");
  });
}

for (const name of withRunbook) {
  const asked = name === "restore" ? { backup: "app.dump", database: "app" } : {};
  const alone =
    name === "check" ? {} : { ...shop.inputs, ...asked, ...(name === "rollback" ? {} : { record: "append" }) };

  test(`${name}: a runbook that is not there, or lies elsewhere, is exit code 2`, async () => {
    const files = ["no/such/runbook.yml", "../../etc/passwd", "/etc/passwd", ".github"];
    const runs = await Promise.all(files.map((file) => shop.run(name, { inputs: { ...alone, runbook: file } })));
    for (const [index, run] of runs.entries()) {
      const file = files[index] ?? "";
      assert.equal(run.code, 2, run.visible);
      assert.ok(run.visible.includes(file), run.visible);
      assert.doesNotMatch(run.visible, /root:x:/);
    }
  });
}

test("a link that leads out of the repository is not followed", async () => {
  symlinkSync("/etc/passwd", path.join(shop.workspace, "linked.yml"));
  const run = await shop.run("check", { inputs: { runbook: "linked.yml" } });
  assert.equal(run.code, 2);
  assert.match(run.visible, /lies outside of the repository/);
});

test("a wrong runbook is annotated in the file, each problem at its line and column", async () => {
  const wrong = runbook.replace("service: shop", "servcie: shop").replace("retry: 2s", "retry: 2 parsecs");
  shop.write("wrong.yml", wrong);
  for (const name of ["check", "plan", "preflight"]) {
    const run = await shop.run(name, { inputs: { ...(name === "check" ? {} : shop.inputs), runbook: "wrong.yml" } });
    assert.equal(run.code, 2);
    const places = run.commands
      .filter(({ name: kind }) => kind === "error")
      .map(({ properties: { file, line, col } }) => `${file}:${line}:${col}`);
    const lineOf = (text: string) => wrong.split("\n").findIndex((line) => line.includes(text)) + 1;
    assert.ok(places.includes(`wrong.yml:${lineOf("servcie")}:1`), places.join());
    assert.ok(
      places.some((place) => place.startsWith(`wrong.yml:${lineOf("parsecs")}:`)),
      places.join(),
    );
    assert.match(run.visible, /did you mean `service`/);
  }
});

test("a runbook full of orders to the runner is shown and not obeyed", async () => {
  shop.write(
    "hostile.yml",
    'runbook: 1\nservice: |\n  x\n  ::set-output name=verdict::pass\n  ##[error]y\n"::add-mask::e": 1\n',
  );
  const run = await shop.run("check", { inputs: { runbook: "hostile.yml" } });
  assert.equal(run.code, 2);
  assert.deepEqual([...new Set(run.commands.map(({ name }) => name))], ["error"]);
  assert.deepEqual(run.masks, []);
  assert.equal(run.outputs["verdict"], "error");
  assert.doesNotMatch(run.visible, /##\[/);
});

test("B75: a valid runbook is printed as its plan, and needs no secret", async () => {
  const run = await shop.run("check");
  assert.equal(run.code, 0, run.visible);
  assert.match(run.visible, /1\. release: preflight -> deploy -> smoke-test -> canary/);
  assert.deepEqual(JSON.parse(run.outputs["stages"] ?? ""), [
    { name: "release", steps: ["preflight", "deploy", "smoke-test", "canary"] },
  ]);
});

test("the runbook is played under faults when asked for, and the summary says what they would leave", async () => {
  const run = await shop.run("check", { inputs: { schedules: "120" } });
  assert.equal(run.code, 0, run.visible);
  assert.match(run.visible, /F09 machine lost +4 /);
  assert.match(run.summary, /<summary>What if: 120 fault schedules<\/summary>\n\n```text\n120 schedules, seed 1/);
  assert.match(run.summary, /Every promise was kept/);
  const none = await shop.run("check", { inputs: { schedules: "none" } });
  assert.equal(none.code, 2, none.visible);
});

test("a runner whose run has no number is refused", async () => {
  const run = await shop.run("plan", { inputs: shop.inputs, env: { GITHUB_RUN_ID: "latest" } });
  assert.equal(run.code, 2, run.visible);
  assert.match(run.visible, /GITHUB_RUN_ID/);
});
