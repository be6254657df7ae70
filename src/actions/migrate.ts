import { migrateDatabase } from "../migrate-database.ts";
import { defineAction } from "../runner/define-action.ts";
import { loadRunbook, openSession, stageInputs, stageOf, takePart } from "../session.ts";

export default defineAction({
  name: "migrate",
  description:
    "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
  inputs: stageInputs,
  outputs: {},
  async run(inputs, ports, workflow) {
    const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const session = openSession(runbook, inputs, ports, workflow);
    const stage = stageOf(runbook, inputs.stage, "migrate");
    const migrate = () =>
      migrateDatabase({ step: stage.migrate, workspace: workflow.workspace, variables: session.variables, ports });
    const verdict =
      inputs.record === "none" ? await migrate() : await takePart(session, inputs, "migrate", { steps: { migrate } });
    return { verdict };
  },
});
