import { n as reachedThroughTarget } from "./through-target2.js";
const mostNamed = 20;
const longestLine = 300;
async function planMigrations({ runbook, stage: resolved, target }, workspace, ports) {
	const planned = {};
	const first = runbook.stages.findIndex(({ approve }) => approve !== void 0);
	for (const { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
		if (migrate === void 0) continue;
		const unbound = (why) => ports.log.notice(`An approval of stage ${name} binds its commit, and not the migrations it will apply: ${why}.`);
		if (ref !== void 0 || migrate.command !== void 0) {
			unbound(ref === void 0 ? "only the command knows which these are" : "they are in the stage's own commit");
			continue;
		}
		const step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
		if (step === void 0) continue;
		if (step.alembic !== void 0) {
			const { planRevisions } = await import("./plan-revisions.js");
			const found = await planRevisions(step, workspace, ports);
			if (typeof found === "string") unbound(found);
			else planned[name] = {
				hash: found.hash,
				...named(found.files)
			};
			continue;
		}
		const { prepareMigration } = await import("./migrate-database.js");
		const prepared = await prepareMigration({
			step,
			workspace,
			ports
		});
		if ("verdict" in prepared) return prepared;
		planned[name] = await inShort(prepared);
	}
	return planned;
}
async function inShort({ plan, breaks, rehearsal }) {
	const { rehearsalLines } = await import("./rehearse.js");
	const locks = rehearsal?.outcome === "rehearsed" ? rehearsalLines(rehearsal) : [];
	return {
		hash: plan.hash,
		...named(plan.pending.map(({ name }) => name)),
		...breaks && { breaks: true },
		...locks.length > 0 && { locks: locks.slice(0, mostNamed).map((line) => line.slice(0, longestLine)) }
	};
}
const named = (names) => ({
	files: names.slice(0, mostNamed).map((name) => name.slice(0, longestLine)),
	count: names.length
});
export { planMigrations };
