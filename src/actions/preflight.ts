import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, stageInputs, stageOf, takePart } from "../session.ts";
import { preflight } from "../step.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { variablesOf } from "../variables.ts";
import { loadRunbook, siteOf } from "../written-runbook.ts";

export default defineAction({
  name: "preflight",
  description:
    "Prove what must hold before anything moves: your tests and linters, the state of the repository, the site as it is.",
  inputs: { ...stageInputs, ...stepInputs(preflight) },
  outputs: {},
  async run(inputs, ports, workflow) {
    const variables = variablesOf(inputs, ports);
    const given = givenStep(preflight, { read: workflow.input, variables });
    refuseInRelease(given, inputs.record);
    const place = { directory: workflow.workspace, commit: workflow.sha, branch: workflow.branch };
    if (given !== undefined) return { verdict: await runChecks(given, place, { ports, variables }) };

    const written = await loadRunbook(inputs.runbook, workflow.workspace);
    const checks = stageOf(written.value, inputs.stage, "preflight").preflight ?? [];
    const site = siteOf(written, variables);
    const run = () => runChecks(checks, { ...place, url: site }, { ports, variables, site });
    if (inputs.record === "none") return { verdict: await run() };
    const session = openSession(written, inputs, ports, workflow);
    return { verdict: await takePart(session, inputs, "preflight", { steps: { preflight: run } }) };
  },
});
