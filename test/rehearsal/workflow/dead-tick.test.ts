import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { mainWorkflow, smallWorld } from "./small-world.ts";

const action = (name: string, inputs: readonly string[]) => `
name: ${name}
description: ${name}
inputs: { ${inputs.map((input) => `${input}: { description: i }`).join(", ")} }
outputs: { verdict: { description: o } }
runs: { using: node24, main: ../../dist/${name}.js }
`;
/** What either action is given in the workflow. */
const given = ["environment", "runbook", "release-workflow", "watch-workflow"];
const ticked = [
  ...[...given, "steps", "vercel-token", "render-api-key", "ssh-key", "sentry-auth-token"],
  ...["runbook-env", "slack-webhook-url", "runbook-vars", "allow-hold"],
];

/** The workflow as it is, and a tick that ends like this. */
const world = (tick: string) =>
  smallWorld(
    mainWorkflow(
      "on: push\njobs:\n  watch:\n    permissions: { contents: write, deployments: write, actions: write }\n    uses: acme/toolkit/.github/workflows/watch.yml@v1\n",
    ),
    {
      ".github/workflows/watch.yml": readFileSync(".github/workflows/watch.yml", "utf8"),
      "actions/advance/action.yml": action("advance", ticked),
      "dist/advance.js": tick,
      "actions/hand-over/action.yml": action("hand-over", [...given, "after-failed-tick"]),
      "dist/hand-over.js": `console.log("next tick, after a failed one:", process.env["INPUT_AFTER-FAILED-TICK"]);`,
    },
  );

const says = (verdict: string, code: number) =>
  `require("node:fs").appendFileSync(process.env.GITHUB_OUTPUT, "verdict=${verdict}\\n"); process.exit(${code});`;

const ends: readonly (readonly [string, string, boolean])[] = [
  ["is killed", "process.kill(process.pid, 'SIGKILL');", true],
  ["could not look", says("error", 1), true],
  ["waits", says("hold", 0), false],
  ["gave traffic back", says("fail", 1), false],
];

describe("the chain of ticks", () => {
  for (const [what, tick, again] of ends)
    it(`${again ? "goes on" : "is the tick's own matter"} when a tick ${what}`, async () => {
      using made = world(tick);
      const run = await made.rehearse({ environments: { production: {} } });
      assert.equal(/next tick, after a failed one: true/.test(run.log()), again, run.log());
      assert.equal(run.result("watch / again"), again ? "success" : "skipped", JSON.stringify(run.jobs));
    });
});
