import { t as migrateDatabase } from "./chunks/migrate-database.js";
import { t as main, u as defineAction } from "./chunks/main.js";
import { l as takePart, n as loadRunbook, o as stageInputs, r as openSession, s as stageOf } from "./chunks/session.js";

// src/actions/migrate.ts
var migrate_default = defineAction({
	name: "migrate",
	description: "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
	inputs: stageInputs,
	outputs: {},
	async run(inputs, ports, workflow) {
		const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const session = openSession(runbook, inputs, ports, workflow);
		const stage = stageOf(runbook, inputs.stage, "migrate");
		const migrate = () => migrateDatabase({
			step: stage.migrate,
			workspace: workflow.workspace,
			variables: session.variables,
			ports
		});
		return { verdict: inputs.record === "none" ? await migrate() : await takePart(session, inputs, "migrate", { steps: { migrate } }) };
	}
});

// src/entries/migrate.ts
await main(migrate_default);

export {  };