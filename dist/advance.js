import { c as advance } from "./chunks/variables.js";
import { t as backupDatabase } from "./chunks/backup-database.js";
import { t as begin } from "./chunks/begin.js";
import { t as canaryJudge } from "./chunks/canary-judge.js";
import { t as migrateDatabase } from "./chunks/migrate-database.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { t as runLoadTest } from "./chunks/run-load-test.js";
import { d as oneOf, gt as pass, h as defineAction, r as loadRunbook, t as main, u as flag } from "./chunks/main.js";
import { i as sessionInputs, n as openSession, r as pinned, t as checkContract } from "./chunks/session.js";
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
		const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const session = openSession(written, inputs, ports, workflow);
		const target = session.target();
		const judge = canaryJudge({
			ports,
			target,
			runbook: session.judged()
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
			runbook: session.runbook,
			commit: workflow.sha,
			overrideRejected
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
	const { variables, site } = session;
	const { workspace, sha: commit, branch } = workflow;
	const world = {
		ports,
		variables,
		site
	};
	return {
		preflight: ({ stage: { name } }) => {
			const checks = session.stage(name, "preflight").preflight ?? [];
			return runChecks(checks, {
				directory: workspace,
				url: site,
				commit,
				branch
			}, world);
		},
		backup: async ({ stage: { name } }) => {
			const { verdict } = await backupDatabase({
				step: session.stage(name, "backup").backup,
				ports
			});
			return verdict;
		},
		migrate: ({ stage: { name } }) => migrateDatabase({
			step: session.stage(name, "migrate").migrate,
			workspace,
			ports
		}),
		deploy: ({ release }) => stageCandidate({
			target,
			commit: release.commit,
			workspace,
			variables,
			ports
		}),
		"smoke-test": ({ stage: { name }, release }) => {
			const checks = session.stage(name, "smoke-test")["smoke-test"] ?? [];
			return runChecks(checks, {
				directory: workspace,
				url: release.candidate?.url,
				commit,
				branch
			}, world);
		},
		"load-test": ({ stage: { name }, release }) => {
			const step = session.stage(name, "load-test")["load-test"];
			if (step === void 0) throw new Error(`stage ${name} has no load-test`);
			const url = release.candidate?.url;
			return runLoadTest(step, {
				url,
				allowed: [site, url],
				directory: workspace
			}, ports);
		}
	};
}

// src/entries/advance.ts
await main(advance_default);

export {  };