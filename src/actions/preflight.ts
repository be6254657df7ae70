import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { yaml } from "../runner/input.ts";
import { openSession, stageInputs, stageOf, stepOf, takePart } from "../session.ts";
import { preflight } from "../step.ts";
import { readVariables } from "../variables.ts";
import { loadRunbook, siteOf } from "../written-runbook.ts";

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
    const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const stage = stageOf(written.value, inputs.stage, "preflight");
    const checks = stepOf("checks", inputs.checks, preflight, ports) ?? stage.preflight ?? [];
    const variables = readVariables(inputs.runbookVars);
    const site = siteOf(written, variables);
    const context = { directory: workflow.workspace, url: site, commit: workflow.sha, branch: workflow.branch };
    const run = () => runChecks(checks, context, { ports, variables, site });
    if (inputs.record === "none") return { verdict: await run() };
    return {
      verdict: await takePart(openSession(written, inputs, ports, workflow), inputs, "preflight", {
        steps: { preflight: run },
      }),
    };
  },
});
