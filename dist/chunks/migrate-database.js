import { t as InputError } from "./failure.js";
import { r as pass, t as fail } from "./verdict.js";
import path from "node:path";

// src/migration-engine/open.ts
/** The engine that a runbook names under `migrate`, all references resolved; only its own code is loaded. */
async function openEngine({ url, sql }, workspace, ports) {
	const { sqlEngine } = await import("./sql2.js");
	return sqlEngine({
		directory: path.join(workspace, sql.directory),
		url
	}, ports);
}

// src/migrate-database.ts
/** Plans and applies what is pending; a history that does not fit the files is refused with the repair commands. */
async function migrateDatabase({ step, workspace, ports }) {
	if (step === void 0) throw new InputError("The runbook has no migrate step in this stage.");
	const engine = await openEngine(step, workspace, ports);
	const { problems } = await engine.status();
	const [problem] = problems;
	if (problem !== void 0) return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
	const plan = await engine.plan();
	if (plan.pending.length === 0) return pass("nothing-pending", "The database has every migration already.", { plan });
	const result = await engine.apply(plan.hash);
	if (result.outcome === "failed") return fail(result.reason, `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it and stay.`, {
		plan,
		result
	});
	const names = result.applied.map(({ name }) => name).join(", ");
	return pass("migrated", `Applied ${names}; other sessions waited for us at most ${Math.round(result.longestStallMs)} ms.`, {
		plan,
		result
	});
}

export { migrateDatabase as t };