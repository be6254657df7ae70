import { a as flag, g as advance, m as resolved, o as oneOf, t as main, u as defineAction, y as pass } from "./chunks/main.js";
import { t as backupDatabase } from "./chunks/backup-database.js";
import { t as begin } from "./chunks/begin.js";
import { t as canaryJudge } from "./chunks/canary-judge.js";
import { t as migrateDatabase } from "./chunks/migrate-database.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { a as sessionInputs, i as pinned, n as loadRunbook, r as openSession, t as checkContract } from "./chunks/session.js";
import { t as stageCandidate } from "./chunks/stage-candidate.js";

// src/actions/advance.ts
var advance_default = defineAction({
	name: "advance",
	description: "Release a commit the way the runbook says, in one job: run whatever is due, and give traffic back when the evidence says so.",
	inputs: {
		...sessionInputs,
		steps: oneOf(["all", "canary"], "`all` begins a release and runs every step that is due; `canary` only judges, shifts and rolls back the one under way (a tick).").prefault("all"),
		"override-rejected": flag("Release a commit that was rolled back before.").prefault("false")
	},
	outputs: {},
	async run(inputs, ports, workflow) {
		const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const session = openSession(runbook, inputs, ports, workflow);
		const target = session.target();
		const judge = canaryJudge({
			ports,
			target,
			runbook
		});
		if (inputs.steps === "canary") return { verdict: await tick(session, {
			target,
			judge,
			steps: {}
		}) };
		const contract = await checkContract(session);
		if (contract.verdict !== "pass") return { verdict: contract };
		const { overrideRejected } = inputs;
		const begun = await begin({
			...session.base,
			target,
			runbook,
			commit: workflow.sha,
			overrideRejected,
			onEntry: session.project
		});
		if (begun.verdict.verdict !== "pass") return { verdict: begun.verdict };
		return { verdict: await advance({
			...session.base,
			target,
			judge,
			steps: everyStep(session, ports, workflow, target)
		}) };
	}
});
/** A tick acts for whatever release is under way, whoever started it. */
async function tick(session, offer) {
	const { base, runbook } = session;
	const { release } = (await base.store.read(base.environment)).record;
	if (release === null || release.ended !== null) return pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
	return advance({
		...base,
		...pinned(offer, runbook),
		asker: {
			release: release.id,
			attempt: release.attempt
		}
	});
}
function everyStep(session, ports, workflow, target) {
	const { runbook, variables } = session;
	const workspace = workflow.workspace;
	const site = resolved(runbook.url, variables);
	const stage = ({ stage: { name } }) => runbook.stages.find((candidate) => candidate.name === name);
	const context = (url) => ({
		directory: workspace,
		url,
		commit: workflow.sha,
		branch: workflow.branch
	});
	return {
		preflight: (request) => runChecks(stage(request)?.preflight ?? [], context(site), {
			ports,
			variables,
			site
		}),
		backup: async (request) => (await backupDatabase({
			step: stage(request)?.backup,
			variables,
			ports
		})).verdict,
		migrate: (request) => migrateDatabase({
			step: stage(request)?.migrate,
			workspace,
			variables,
			ports
		}),
		deploy: ({ release }) => stageCandidate({
			target,
			commit: release.commit,
			workspace,
			variables,
			ports
		}),
		"smoke-test": (request) => runChecks(stage(request)?.["smoke-test"] ?? [], context(request.release.candidate?.url), {
			ports,
			variables,
			site
		})
	};
}

// src/entries/advance.ts
await main(advance_default);

export {  };