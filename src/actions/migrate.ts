import type { StepRequest } from "../advance.ts";
import { migrate } from "../database-spec.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { notThroughTarget, reachedThroughTarget } from "../through-target.ts";
import { variablesOf } from "../variables.ts";

export default defineAction({
  name: "migrate",
  description:
    "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
  inputs: { ...stageInputs, ...stepInputs(migrate) },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { migrateDatabase } = await import("../migrate-database.ts");
    const given = await givenStep(migrate, { read: workflow.input, variables: variablesOf(inputs, ports) });
    refuseInRelease(given, inputs.record);
    const { workspace } = workflow;
    if (given !== undefined)
      return { verdict: await migrateDatabase({ step: notThroughTarget(given), workspace, ports }) };

    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    const run = async (request?: StepRequest) => {
      const { toolsInside } = await import("../tool-inside.ts");
      const { migrate: asWritten } = session.stage(inputs.stage, "migrate");
      const step = await reachedThroughTarget(asWritten, session.target);
      const commit = request?.stage.commit ?? request?.release.commit ?? workflow.sha;
      const { variables, target } = session;
      const place = await toolsInside(asWritten, { target, commit, workspace, variables, ports });
      const release = request && String(request.release.id);
      const agreed = request?.stage.migration?.hash;
      const { announce, release: { movesSchema: schemaMoves } = {} } = request ?? {};
      return migrateDatabase({ step, workspace, release, agreed, announce, schemaMoves, place, ports });
    };
    return {
      verdict:
        inputs.record === "none"
          ? await run()
          : await takePart(session, inputs, "migrate", { steps: { migrate: run } }),
    };
  },
});
