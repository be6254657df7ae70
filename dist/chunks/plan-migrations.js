import { n as reachedThroughTarget } from "./through-target2.js";
const mostNamed = 20;
const longestLine = 300;
async function planMigrations({ runbook, stage: resolved, target }, workspace, ports) {
	const planned = {};
	const first = runbook.stages.findIndex(({ approve }) => approve !== void 0);
	for (const { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
		if (migrate === void 0 || ref !== void 0) continue;
		if (migrate.alembic !== void 0 || migrate.command !== void 0) continue;
		const step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
		if (step === void 0) continue;
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
	const names = plan.pending.map(({ name }) => name.slice(0, longestLine));
	const { rehearsalLines } = await import("./rehearse.js");
	const locks = rehearsal?.outcome === "rehearsed" ? rehearsalLines(rehearsal) : [];
	return {
		hash: plan.hash,
		files: names.slice(0, mostNamed),
		count: names.length,
		...breaks && { breaks: true },
		...locks.length > 0 && { locks: locks.slice(0, mostNamed).map((line) => line.slice(0, longestLine)) }
	};
}
export { planMigrations };
