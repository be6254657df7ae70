import { n as migrate } from "./chunks/database-spec.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { n as reachedThroughTarget, t as notThroughTarget } from "./chunks/through-target2.js";
import { i as variablesOf } from "./chunks/release.js";
var migrate_default = defineAction({
	name: "migrate",
	description: "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
	inputs: {
		...stageInputs,
		...stepInputs(migrate)
	},
	outputs: {},
	async run(inputs, ports, workflow) {
		const { migrateDatabase } = await import("./chunks/migrate-database.js");
		const given = await givenStep(migrate, {
			read: workflow.input,
			variables: variablesOf(inputs, ports)
		});
		refuseInRelease(given, inputs.record);
		const { workspace } = workflow;
		if (given !== void 0) return { verdict: await migrateDatabase({
			step: notThroughTarget(given),
			workspace,
			ports
		}) };
		const written = await releaseRunbook(inputs, ports, workflow);
		const session = openSession(written, inputs, ports, workflow);
		const run = async (request) => {
			const step = await reachedThroughTarget(session.stage(inputs.stage, "migrate").migrate, session.target);
			const release = request && String(request.release.id);
			const agreed = request?.stage.migration?.hash;
			const { announce, release: { movesSchema: schemaMoves } = {} } = request ?? {};
			return migrateDatabase({
				step,
				workspace,
				release,
				agreed,
				announce,
				schemaMoves,
				ports
			});
		};
		return { verdict: inputs.record === "none" ? await run() : await takePart(session, inputs, "migrate", { steps: { migrate: run } }) };
	}
});
await main(migrate_default);
export {};
