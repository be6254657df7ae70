import os from "node:os";
import path from "node:path";
import { InputError } from "../failure.ts";
import { restoreBackup } from "../restore-backup.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, oneOf, secret, text } from "../runner/input.ts";
import { sessionInputs, stageOf } from "../session.ts";
import { variablesOf } from "../variables.ts";
import { loadRunbook, resolveParts } from "../written-runbook.ts";

export default defineAction({
  name: "restore",
  description:
    "Bring a backup back: say what would be lost, dump what is there, restore beside it, compare, and swap the names; what was there is kept.",
  inputs: {
    environment: sessionInputs.environment,
    runbook: sessionInputs.runbook,
    "runbook-vars": sessionInputs["runbook-vars"],
    "runbook-env": sessionInputs["runbook-env"],
    "database-url": sessionInputs["database-url"],
    stage: text("Stage whose backup it is; the only one that has a backup when empty.").optional(),
    backup: text("File name of the backup, as it was stored.").prefault(""),
    database: text("Name of the database that is to be replaced, typed by whoever asks.").prefault(""),
    mode: oneOf(
      ["estimate", "restore"],
      "`estimate` says what would be lost and changes nothing; `restore` goes back.",
    ).prefault("estimate"),
    swap: flag("Whether the restored database takes the name of the present one; else it is left beside it.").prefault(
      "true",
    ),
    "backup-key": secret("The age key that opens the backup.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const written = await loadRunbook(inputs.runbook, workflow.workspace);
    const found = written.value.stages.indexOf(stageOf(written.value, inputs.stage, "backup"));
    const { stages } = resolveParts(written, variablesOf(inputs, ports), [`stages.${found}.backup`]);
    const step = stages[found]?.backup;
    if (step === undefined) throw new InputError("The stage has no backup.");
    const verdict = await restoreBackup({
      step,
      database: inputs.database,
      backup: inputs.backup,
      identity: inputs.backupKey,
      mode: inputs.mode,
      swap: inputs.swap,
      workspace: workflow.workspace,
      directory: path.join(
        ports.env["RUNNER_TEMP"] ?? os.tmpdir(),
        `sluice-restore-${workflow.runId}-${workflow.attempt}`,
      ),
      ports,
    });
    return { verdict };
  },
});
