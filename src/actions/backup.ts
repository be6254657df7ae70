import { backupDatabase } from "../backup-database.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, stageInputs, takePart } from "../session.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "backup",
  description: "Back the database up and prove it: restored into an empty database and compared table by table.",
  inputs: stageInputs,
  outputs: { file: "Path of the backup on this machine.", manifest: "What it holds and how it was proven, as JSON." },
  async run(inputs, ports, workflow) {
    const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const session = openSession(written, inputs, ports, workflow);
    const { backup: step } = session.stage(inputs.stage, "backup");
    let outputs: { file?: string; manifest?: string } = {};
    const backup = async () => {
      const { verdict, file, manifest } = await backupDatabase({ step, ports });
      outputs = { file, manifest };
      return verdict;
    };
    const verdict =
      inputs.record === "none" ? await backup() : await takePart(session, inputs, "backup", { steps: { backup } });
    return { verdict, outputs };
  },
});
