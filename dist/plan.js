import { n as begin, r as remaining, t as checkBeforehand } from "./chunks/check-beforehand.js";
import { t as tickCostText } from "./chunks/billed-minutes.js";
import { i as planOf } from "./chunks/plan.js";
import { l as defineAction, r as flag, t as main } from "./chunks/main.js";
import { n as openSession, o as sessionInputs, s as stageCommitsOf, t as openRecord } from "./chunks/session.js";
import { t as InputError } from "./chunks/failure.js";
import { r as pass } from "./chunks/verdict.js";
import { n as loadRunbook, t as accept } from "./chunks/written-runbook.js";
async function takeUp(resume, inputs, ports, workflow) {
	const { client, store } = openRecord(inputs, ports, workflow);
	const { record } = await store.read(inputs.environment);
	const { release } = record;
	if (release === null || release.id !== resume) {
		const newest = release === null ? "none was ever recorded" : `the newest one is ${release.id}`;
		return {
			record,
			verdict: {
				verdict: "error",
				reason: "not-under-way",
				message: `Release ${resume} is not under way in ${inputs.environment}; ${newest}. Start a release of its own, without \`resume\`.`
			}
		};
	}
	if (release.ended !== null) return {
		record,
		verdict: pass("already-ended", `Release ${resume} has ended as ${release.ended.as} meanwhile; nothing is left to do.`)
	};
	const text = await client.readFile(release.commit, inputs.runbook);
	if (text === null) throw new InputError(`Commit ${release.commit.slice(0, 12)} of release ${resume} has no ${inputs.runbook}; name its runbook.`);
	const { readRunbook } = await import("./chunks/runbook-file.js");
	const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
	return begin({
		...session.base,
		target: await session.target(),
		runbook: session.runbook,
		commit: release.commit,
		overrideRejected: false,
		resumeOnly: true
	});
}
var plan_default = defineAction({
	name: "plan",
	description: "Begin a release or take it up again: read the runbook, pin its plan in the record, and say what is left to do.",
	inputs: {
		...sessionInputs,
		"override-rejected": flag("Release a commit that was rolled back before.").prefault("false")
	},
	outputs: {
		stages: "Stages that are left, as a JSON list of `{name, commit, steps}`.",
		release: "Number of the release.",
		commit: "Commit that is released."
	},
	async run(inputs, ports, workflow) {
		const { verdict, record } = inputs.resume === void 0 ? await start(inputs, ports, workflow) : await takeUp(inputs.resume, inputs, ports, workflow);
		const release = record?.release ?? null;
		if (verdict.verdict !== "pass" || release === null || release.ended !== null) return { verdict };
		return {
			verdict,
			outputs: {
				stages: JSON.stringify(remaining(release)),
				release: String(release.id),
				commit: release.commit
			}
		};
	}
});
async function start(inputs, ports, workflow) {
	const written = await loadRunbook(inputs.runbook, workflow.workspace);
	const session = openSession(written, inputs, ports, workflow);
	const { runbook, variables, repository } = session;
	const target = await session.target();
	const beforehand = await checkBeforehand({
		written,
		variables,
		target,
		repository,
		ports,
		commit: workflow.sha
	});
	if (beforehand.verdict !== "pass") return { verdict: beforehand };
	for (const line of tickCostText(planOf(runbook), runbook.ticks ?? "chain")) ports.log.info(line);
	return begin({
		...session.base,
		target,
		runbook,
		commit: workflow.sha,
		overrideRejected: inputs.overrideRejected,
		stageCommits: stageCommitsOf(inputs, runbook, ports, workflow)
	});
}
await main(plan_default);
export {};
