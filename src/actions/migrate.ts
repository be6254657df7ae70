import { migrateDatabase } from "../migrate-database.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, stageInputs, takePart } from "../session.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "migrate",
  description:
    "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
  inputs: stageInputs,
  outputs: {},
  async run(inputs, ports, workflow) {
    const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const session = openSession(written, inputs, ports, workflow);
    const stage = session.stage(inputs.stage, "migrate");
    const migrate = () => migrateDatabase({ step: stage.migrate, workspace: workflow.workspace, ports });
    const verdict =
      inputs.record === "none" ? await migrate() : await takePart(session, inputs, "migrate", { steps: { migrate } });
    return { verdict };
  },
});
