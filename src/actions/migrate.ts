import type { StepRequest } from "../advance.ts";
import { migrate } from "../database-spec.ts";
import { InputError } from "../failure.ts";
import { defineAction } from "../runner/define-action.ts";
import { text } from "../runner/input.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { notThroughTarget, reachedThroughTarget } from "../through-target.ts";
import { variablesOf } from "../variables.ts";

export default defineAction({
  name: "migrate",
  description:
    "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
  inputs: {
    ...stageInputs,
    ...stepInputs(migrate),
    revert: text(
      "Takes the database back to this revision, the `before` of a release's result, instead of applying anything; only where the step runs alone, with Alembic.",
    ).optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { migrateDatabase } = await import("../migrate-database.ts");
    const given = await givenStep(migrate, { read: workflow.input, variables: variablesOf(inputs, ports) });
    refuseInRelease(given, inputs.record);
    const { workspace } = workflow;
    if (inputs.revert !== undefined) {
      if (given === undefined)
        throw new InputError("`revert` counts only where the step runs alone (`record: none`) and names its engine.");
      const { revertMigrations } = await import("../revert-migrations.ts");
      return {
        verdict: await revertMigrations({ step: notThroughTarget(given), before: inputs.revert, workspace, ports }),
      };
    }
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
