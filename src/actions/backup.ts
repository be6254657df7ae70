import { backup } from "../database-spec.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { notThroughTarget, reachedThroughTarget } from "../through-target.ts";
import { variablesOf } from "../variables.ts";

export default defineAction({
  name: "backup",
  description: "Back the database up and prove it: restored into an empty database and compared table by table.",
  inputs: { ...stageInputs, ...stepInputs(backup) },
  outputs: {
    file: "Path of the backup on this machine, encrypted where a key was given: ready for an artifact or a bucket.",
    manifest: "What it holds and how it was proven, as JSON.",
  },
  async run(inputs, ports, workflow) {
    const { backupDatabase } = await import("../backup-database.ts");
    const given = await givenStep(backup, { read: workflow.input, variables: variablesOf(inputs, ports) });
    refuseInRelease(given, inputs.record);
    if (given !== undefined) {
      const { verdict, ...outputs } = await backupDatabase({
        step: notThroughTarget(given),
        workspace: workflow.workspace,
        ports,
      });
      return { verdict, outputs };
    }
    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    let outputs: { file?: string; manifest?: string } = {};
    const run = async () => {
      const step = await reachedThroughTarget(session.stage(inputs.stage, "backup").backup, session.target);
      const { verdict, ...made } = await backupDatabase({ step, workspace: workflow.workspace, ports });
      outputs = made;
      return verdict;
    };
    const verdict =
      inputs.record === "none" ? await run() : await takePart(session, inputs, "backup", { steps: { backup: run } });
    return { verdict, outputs };
  },
});
