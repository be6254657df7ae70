import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { shown, startSlackTwin } from "../channel/slack-twin.ts";
import { eventually } from "../rehearsal/tiny-commit.ts";
import { openShop, runbook } from "./shop.ts";

const shop = await openShop();
after(() => shop.stop());
afterEach(() => shop.reset());
shop.write(
  ".github/runbook.yml",
  `${runbook}notify:\n  slack: { webhook: $SLACK_WEBHOOK_URL, on: [started, rolled-back] }\n`,
);

const needs = JSON.stringify({
  preflight: { result: "success", outputs: { preflight: "pass" } },
  probe: { result: "success", outputs: { "smoke-test": "pass", "load-test": "pass" } },
});
const inputsFor = (environment: string, slack: string) => ({
  ...shop.inputs,
  environment,
  needs,
  "slack-webhook-url": slack,
});

test("a release and its rollback are told, each once, with a link to the run", async () => {
  await using slack = await startSlackTwin();
  const inputs = inputsFor("told", slack.webhook);
  for (const name of ["plan", "deploy", "canary-gate"]) {
    const run = await shop.run(name, { runId: 31, inputs });
    assert.equal(run.code, 0, run.visible);
    assert(run.masks.includes(slack.webhook));
  }
  const back = await shop.run("rollback", {
    runId: 32,
    inputs: { ...inputs, reason: "<!channel> customers complain" },
  });
  assert.equal(back.code, 0, back.visible);
  const messages = slack.messages.map(shown);
  assert.deepEqual(
    messages.map(({ text }) => text.split("\n")[0]),
    ["shop: release 31 to told started", "Release 31 to told was rolled back"],
  );
  assert.match(messages[1]?.text ?? "", /<!channel> customers complain/);
  assert.deepEqual(
    messages.map(({ orders }) => orders.map((order) => /actions\/runs\/(\d+)/.exec(order)?.[1])),
    [["31"], ["32"]],
  );
});

test("F38: a channel that is down, or a secret that is missing, changes no verdict and is one warning", async () => {
  for (const [environment, slack, why] of [
    ["down", "http://127.0.0.1:1/services/T0/B0/secretpart", /slack .*cannot be reached/],
    ["missing", "", /SLACK_WEBHOOK_URL is not set/],
  ] as const) {
    const run = await shop.run("plan", { runId: 33, inputs: inputsFor(environment, slack) });
    assert.equal(run.code, 0, run.visible);
    assert.equal(run.outputs["reason"], "started");
    // Each environment of this test is a record of its own beside the runbook's, which is told as well.
    const warnings = run.commands
      .filter(({ name, value }) => name === "warning" && !value.startsWith("The runbook is of production"))
      .map(({ value }) => value);
    assert.equal(warnings.length, 1, warnings.join());
    assert.match(warnings.join(), why);
    assert.doesNotMatch(run.visible, /secretpart/);
  }
});

test("F38: a rollback is as fast and as good with a channel that never answers", async () => {
  await using slack = await startSlackTwin();
  const inputs = inputsFor("silent", slack.webhook);
  await shop.target.stage({ commit: shop.commit, directory: shop.workspace, env: {} });
  await shop.target.restore({ to: shop.commit });
  slack.fail({ status: undefined });
  const rollback = shop.run("rollback", { runId: 34, inputs: { ...inputs, to: shop.stable } });
  await eventually("somebody is being told", () => slack.requests.length > 0);
  assert.deepEqual(await shop.shares(), { [shop.stable]: 100 }, "traffic was back before anybody was told");
  const run = await rollback;
  assert.equal(run.code, 0, run.visible);
  assert.equal(run.outputs["reason"], "rolled-back");
});
