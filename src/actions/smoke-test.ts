import { InputError } from "../failure.ts";
import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { text, yaml } from "../runner/input.ts";
import { openSession, stageInputs, stageOf, stepOf, takePart } from "../session.ts";
import { smokeTest } from "../step.ts";
import { readVariables } from "../variables.ts";
import { loadRunbook, siteOf } from "../written-runbook.ts";

export default defineAction({
  name: "smoke-test",
  description: "Probe the new version at its own address, before it takes traffic.",
  inputs: {
    ...stageInputs,
    url: text("Address to probe; the candidate's own, from the record, when empty.").optional(),
    checks: yaml("The checks, as under `smoke-test` in the runbook; the runbook's own when empty.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const stage = stageOf(written.value, inputs.stage, "smoke-test");
    const checks = stepOf("checks", inputs.checks, smokeTest, ports) ?? stage["smoke-test"] ?? [];
    const variables = readVariables(inputs.runbookVars);
    const site = siteOf(written, variables);
    const probe = (url: string | undefined) => {
      if (url === undefined)
        throw new InputError("There is no version to probe: give `url`, or deploy one before this step.");
      return runChecks(
        checks,
        { directory: workflow.workspace, url, commit: workflow.sha, branch: workflow.branch },
        { ports, variables, site },
      );
    };
    if (inputs.record === "none") return { verdict: await probe(inputs.url) };
    const session = openSession(written, inputs, ports, workflow);
    const offer = {
      steps: {
        "smoke-test": ({ release }: { release: { candidate: { url: string } | null } }) =>
          probe(inputs.url ?? release.candidate?.url),
      },
    };
    return { verdict: await takePart(session, inputs, "smoke-test", offer) };
  },
});
