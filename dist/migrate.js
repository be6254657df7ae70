import { t as migrateDatabase } from "./chunks/migrate-database.js";
import { p as defineAction, r as loadRunbook, t as main } from "./chunks/main.js";
import { a as stageInputs, c as takePart, n as openSession } from "./chunks/session.js";

// src/actions/migrate.ts
var migrate_default = defineAction({
	name: "migrate",
	description: "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
	inputs: stageInputs,
	outputs: {},
	async run(inputs, ports, workflow) {
		const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const session = openSession(written, inputs, ports, workflow);
		const stage = session.stage(inputs.stage, "migrate");
		const migrate = () => migrateDatabase({
			step: stage.migrate,
			workspace: workflow.workspace,
			ports
		});
		return { verdict: inputs.record === "none" ? await migrate() : await takePart(session, inputs, "migrate", { steps: { migrate } }) };
	}
});

// src/entries/migrate.ts
await main(migrate_default);

export {  };