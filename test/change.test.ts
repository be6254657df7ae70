import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { ChangeRequest } from "../src/advance.ts";
import { changer } from "../src/change.ts";
import type { DeployTarget } from "../src/deploy-target.ts";
import type { Plan } from "../src/plan.ts";
import { memoryPlatform } from "./proof/platform.ts";
import { swiftPorts } from "./swift-ports.ts";

const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-change-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const plan: Plan = {
  service: "shop",
  stages: [{ name: "release", steps: ["migrate"], shifts: [], maxHoldMs: 0 }],
  maintenance: {
    around: ["migrate"],
    page: { on: 'echo "up for $WHOM" > page', off: "rm page" },
    workers: { on: "echo they will not >&2; exit 3", off: "true" },
  },
};

function change(request: Partial<ChangeRequest>, target: Partial<DeployTarget> = {}) {
  const asked: string[] = [];
  const platform = { ...memoryPlatform(), unconfigure: async (before: string) => void asked.push(before), ...target };
  const env = { PATH: process.env["PATH"], GITHUB_TOKEN: "ghs_hidden" };
  const scene = { target: async () => platform, directory, variables: { WHOM: "$(id)" }, ports: swiftPorts({ env }) };
  const whole = {
    what: "maintenance",
    to: "on",
    stage: "release",
    handle: null,
    plan,
    withinMs: 60_000,
    ...request,
  } as const;
  return changer(scene)(whole).then(({ verdict, reason, message }) => ({ verdict, reason, message, asked }));
}

test("the page goes up and down by the commands that the plan pinned, with the runbook's variables as data", async () => {
  assert.deepEqual(await change({}), {
    verdict: "pass",
    reason: "maintenance-on",
    message: "maintenance is on.",
    asked: [],
  });
  assert.equal(readFileSync(path.join(directory, "page"), "utf8"), "up for $(id)\n");
  assert.equal((await change({ to: "off" })).reason, "maintenance-off");
  const again = await change({ to: "off" });
  assert.deepEqual([again.verdict, again.reason], ["fail", "maintenance-failed"]);
  assert.match(again.message, /ended with 1: .*page/);
});

test("a command that fails says so in its own words; one that the plan does not have is a person's to do", async () => {
  const failed = await change({ what: "workers" });
  assert.deepEqual([failed.verdict, failed.reason], ["fail", "workers-failed"]);
  assert.match(failed.message, /turns workers on ended with 3: they will not/);
  const { maintenance: _, ...bare } = plan;
  const none = await change({ plan: bare });
  assert.deepEqual([none.verdict, none.reason], ["fail", "no-command"]);
});

test("on the target's hosts every one runs the command, and each that fails is named", async () => {
  const onHosts: Plan = { ...plan, maintenance: { ...plan.maintenance, around: ["migrate"], via: "target" } };
  const asked: string[] = [];
  const runOnHosts = (codes: readonly number[]) => async (command: string) => {
    asked.push(command);
    return codes.map((code, i) => ({
      host: `web-${i + 1}`,
      code,
      stdout: "",
      stderr: code === 0 ? "" : "no such page",
    }));
  };
  const up = await change({ plan: onHosts }, { runOnHosts: runOnHosts([0, 0]) });
  assert.deepEqual(
    [up.reason, up.message, asked],
    ["maintenance-on", "maintenance is on on all 2 hosts.", ['echo "up for $WHOM" > page']],
  );
  const half = await change({ plan: onHosts }, { runOnHosts: runOnHosts([0, 3]) });
  assert.deepEqual([half.verdict, half.reason], ["fail", "maintenance-failed"]);
  assert.match(half.message, /on host web-2 it ended with 3: no such page/);
  assert.equal((await change({ plan: onHosts })).reason, "no-hosts");
});

test("configuration is put back by the handle the record kept, where the platform keeps variables at all", async () => {
  const back = await change({ what: "configuration", to: "off", handle: "before-7" });
  assert.deepEqual([back.verdict, back.reason, back.asked], ["pass", "unconfigured", ["before-7"]]);
  const own = await change({ what: "configuration", to: "off" });
  assert.deepEqual([own.reason, own.asked], ["nothing-to-do", []]);
  const { unconfigure: _, ...without } = memoryPlatform();
  const cannot = await changer({
    target: async () => without,
    ...{ directory, variables: {}, ports: swiftPorts() },
  })({ what: "configuration", to: "off", stage: "release", handle: "before-7", plan, withinMs: 60_000 });
  assert.equal(cannot.reason, "cannot-unconfigure");
});
