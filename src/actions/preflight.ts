import { needsSecret } from "../check-secret.ts";
import { preflight } from "../check-spec.ts";
import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, repositoryOf, stageInputs, stageOf, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { variablesOf } from "../variables.ts";
import { pass } from "../verdict.ts";
import { siteOf } from "../written-runbook.ts";

export default defineAction({
  name: "preflight",
  description:
    "Prove what must hold before anything moves: your tests and linters, the state of the repository, the site as it is.",
  inputs: { ...stageInputs, ...stepInputs(preflight) },
  outputs: {},
  async run(inputs, ports, workflow) {
    const variables = variablesOf(inputs, ports);
    const given = await givenStep(preflight, { read: workflow.input, variables });
    refuseInRelease(given, inputs.record);
    const place = { directory: workflow.workspace, commit: workflow.sha, branch: workflow.branch };
    if (given !== undefined) {
      const repository = repositoryOf(inputs, workflow);
      return { verdict: await runChecks(given, place, { ports, variables, repository }) };
    }

    const written = await releaseRunbook(inputs, ports, workflow);
    // A line that needs a secret is for the job that begins the release; this one runs the repository's own code.
    const all = stageOf(written.value, inputs.stage, "preflight").preflight ?? [];
    const checks = all.filter((check) => !needsSecret(check));
    const site = siteOf(written, variables);
    const beforehand = pass("proven-beforehand", "Every check of this preflight was made before the release began.");
    const run = async (commit: string) =>
      checks.length === 0 ? beforehand : runChecks(checks, { ...place, commit, url: site }, { ports, variables, site });
    if (inputs.record === "none") return { verdict: await run(workflow.sha) };
    const session = openSession(written, inputs, ports, workflow);
    return {
      verdict: await takePart(session, inputs, "preflight", {
        // A release that was taken up again is of its own commit, whatever its branch holds by now.
        steps: { preflight: ({ stage, release }) => run(stage.commit ?? release.commit) },
      }),
    };
  },
});
