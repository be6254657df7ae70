import { InputError } from "../failure.ts";
import { protectedProbe } from "../protected-probe.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";
import { stageCandidate } from "../stage-candidate.ts";
import { tagBefore } from "../tag-production.ts";

export default defineAction({
  name: "deploy",
  description: "Build and start the new version beside the one that serves, without traffic.",
  inputs: stageInputs,
  outputs: {
    version: "The platform's identifier of the new version.",
    url: "Where the new version answers without taking traffic.",
  },
  async run(inputs, ports, workflow) {
    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    const target = await session.target();
    if (inputs.record !== "append")
      throw new InputError("A deployment is part of a release; leave `record` at `append`.");
    const verdict = await takePart(session, inputs, "deploy", {
      target,
      steps: {
        configure: async () => {
          const { setVariables } = await import("../set-variables.ts");
          const { configure = {} } = session.stage(inputs.stage, "configure");
          return setVariables(configure, { target, variables: session.variables });
        },
        deploy: ({ stage, release }) =>
          stageCandidate({
            target,
            release,
            stage,
            workspace: workflow.workspace,
            variables: session.variables,
            ports,
            tag: tagBefore(session, { stage: stage.name, target, release }),
            prove: protectedProbe({
              runbook: session.runbook,
              stage: stage.name,
              target,
              directory: workflow.workspace,
              ports,
            }),
          }),
      },
    });
    const { record } = await session.store.read(inputs.environment);
    const candidate = record.release?.candidate;
    return {
      verdict,
      outputs: candidate === null || candidate === undefined ? {} : { version: candidate.version, url: candidate.url },
    };
  },
});
