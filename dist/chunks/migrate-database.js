import { t as InputError } from "./failure.js";
import { r as pass, t as fail } from "./verdict.js";
import path from "node:path";

// src/migration-engine/open.ts
/** The engine that a runbook names under `migrate`, all references resolved; only its own code is loaded. */
async function openEngine(step, { workspace, release }, ports) {
	const { url, sql, supabase, prisma } = step;
	const options = {
		lockTimeoutMs: step["lock-timeout"],
		retryForMs: step["retry-for"],
		statementTimeoutMs: step["statement-timeout"],
		outOfOrder: step["out-of-order"],
		release
	};
	const inside = (directory) => path.join(workspace, directory);
	if (sql !== void 0) {
		const { sqlEngine } = await import("./sql2.js");
		return sqlEngine({
			...options,
			directory: inside(sql.directory),
			url
		}, ports);
	}
	if (supabase !== void 0) {
		const { supabaseEngine } = await import("./supabase.js");
		return supabaseEngine({
			...options,
			directory: inside(supabase.directory),
			url
		}, ports);
	}
	if (prisma !== void 0) {
		const { prismaEngine } = await import("./prisma.js");
		return prismaEngine({
			...options,
			directory: inside(prisma.directory),
			url
		}, ports);
	}
	throw new Error("the schema lets exactly one engine through");
}

// src/migrate-database.ts
/** Plans and applies what is pending; a history that does not fit the files is refused with the repair commands. */
async function migrateDatabase({ step, workspace, release, ports }) {
	if (step === void 0) throw new InputError("The runbook has no migrate step in this stage.");
	const engine = await openEngine(step, {
		workspace,
		release
	}, ports);
	const { problems } = await engine.status();
	const [problem] = problems;
	if (problem !== void 0) return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
	const plan = await engine.plan();
	const evidence = {
		engine: engine.kind,
		plan
	};
	if (step.approved !== void 0 && step.approved !== plan.hash) return fail("plan-changed", `The plan that was approved (${step.approved.slice(0, 12)}) is not what would be applied now (${plan.hash.slice(0, 12)}): ${namesOf(plan.pending)}. Nothing was applied. Look at it and approve it, or bring the approved files back.`, evidence);
	if (plan.pending.length === 0) return pass("nothing-pending", "The database has every migration already.", evidence);
	const result = await engine.apply(plan.hash);
	if (result.outcome === "failed") return fail(result.reason, `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it and stay.`, {
		...evidence,
		result
	});
	return pass("migrated", `Applied ${namesOf(result.applied)}; ${stallOf(result.longestStallMs)}.`, {
		...evidence,
		result
	});
}
const namesOf = (migrations) => migrations.map(({ name }) => name).join(", ") || "none";
const stallOf = (ms) => ms === void 0 ? "whether other sessions waited for it could not be seen" : `other sessions waited for us at most ${ms} ms`;

export { migrateDatabase as t };