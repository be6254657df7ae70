import { isBehindProtection } from "../behind-protection.ts";
import { type CheckSpec, smokeTest } from "../check-spec.ts";
import { InputError } from "../failure.ts";
import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { text } from "../runner/input.ts";
import { openSession, releaseRunbook, stageInputs, stageOf, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { variablesOf } from "../variables.ts";
import { pass } from "../verdict.ts";
import { siteOf } from "../written-runbook.ts";

export default defineAction({
  name: "smoke-test",
  description: "Probe the new version at its own address, before it takes traffic.",
  inputs: {
    ...stageInputs,
    ...stepInputs(smokeTest),
    url: text("Address to probe; the candidate's own, from the record, when empty.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const variables = variablesOf(inputs, ports);
    const given = await givenStep(smokeTest, { read: workflow.input, variables });
    refuseInRelease(given, inputs.record);
    const place = { directory: workflow.workspace, commit: workflow.sha, branch: workflow.branch };
    const probe = (checks: readonly CheckSpec[], url: string | undefined, site?: string, commit = workflow.sha) => {
      if (url === undefined)
        throw new InputError("There is no version to probe: give `url`, or deploy one before this step.");
      return runChecks(checks, { ...place, commit, url }, { ports, variables, site });
    };
    if (given !== undefined) return { verdict: await probe(given, inputs.url) };

    const written = await releaseRunbook(inputs, ports, workflow);
    const lines = stageOf(written.value, inputs.stage, "smoke-test")["smoke-test"] ?? [];
    const site = siteOf(written, variables);
    if (inputs.record === "none") return { verdict: await probe(lines, inputs.url, site) };
    // The job that deployed holds the secret and has asked these.
    const checks = lines.filter((check) => !isBehindProtection(written.value, check));
    const session = openSession(written, inputs, ports, workflow);
    const verdict = await takePart(session, inputs, "smoke-test", {
      steps: {
        "smoke-test": async ({ stage, release }) =>
          checks.length === 0
            ? pass("asked-when-deployed", "Every line was asked when the version was deployed.")
            : probe(checks, inputs.url ?? release.candidate?.url, site, stage.commit ?? release.commit),
      },
    });
    return { verdict };
  },
});
