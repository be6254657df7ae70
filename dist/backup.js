import { t as backupDatabase } from "./chunks/backup-database.js";
import { p as defineAction, r as loadRunbook, t as main } from "./chunks/main.js";
import { a as stageInputs, c as takePart, n as openSession } from "./chunks/session.js";

// src/actions/backup.ts
var backup_default = defineAction({
	name: "backup",
	description: "Back the database up and prove it: restored into an empty database and compared table by table.",
	inputs: stageInputs,
	outputs: {
		file: "Path of the backup on this machine.",
		manifest: "What it holds and how it was proven, as JSON."
	},
	async run(inputs, ports, workflow) {
		const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const session = openSession(written, inputs, ports, workflow);
		const { backup: step } = session.stage(inputs.stage, "backup");
		let outputs = {};
		const backup = async () => {
			const { verdict, file, manifest } = await backupDatabase({
				step,
				ports
			});
			outputs = {
				file,
				manifest
			};
			return verdict;
		};
		return {
			verdict: inputs.record === "none" ? await backup() : await takePart(session, inputs, "backup", { steps: { backup } }),
			outputs
		};
	}
});

// src/entries/backup.ts
await main(backup_default);

export {  };