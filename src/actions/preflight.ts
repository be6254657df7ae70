import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { yaml } from "../runner/input.ts";
import { loadRunbook, openSession, stageInputs, stageOf, stepOf, takePart } from "../session.ts";
import { preflight } from "../step.ts";
import { readVariables, resolved } from "../variables.ts";

export default defineAction({
  name: "preflight",
  description:
    "Prove what must hold before anything moves: your tests and linters, the state of the repository, the site as it is.",
  inputs: {
    ...stageInputs,
    checks: yaml("The checks, as under `preflight` in the runbook; the runbook's own when empty.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const stage = stageOf(runbook, inputs.stage, "preflight");
    const checks = stepOf("checks", inputs.checks, preflight) ?? stage.preflight ?? [];
    const variables = readVariables(inputs.runbookVars);
    const site = resolved(runbook.url, variables);
    const context = { directory: workflow.workspace, url: site, commit: workflow.sha, branch: workflow.branch };
    const run = () => runChecks(checks, context, { ports, variables, site });
    if (inputs.record === "none") return { verdict: await run() };
    return {
      verdict: await takePart(openSession(runbook, inputs, ports, workflow), inputs, "preflight", {
        steps: { preflight: run },
      }),
    };
  },
});
