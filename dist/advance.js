import { a as advance, o as maxWaitMs, t as projectDeployment } from "./chunks/deployment.js";
import { t as begin } from "./chunks/begin.js";
import { t as canaryJudge } from "./chunks/canary-judge.js";
import { t as backupDatabase } from "./chunks/backup-database.js";
import { t as migrateDatabase } from "./chunks/migrate-database.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { t as runLoadTest } from "./chunks/run-load-test.js";
import { t as stageCandidate } from "./chunks/stage-candidate.js";
import { h as oneOf, i as loadRunbook, m as flag, r as accept, t as main, u as readRunbook, y as defineAction } from "./chunks/main.js";
import { a as sessionInputs, i as pinned, n as openRecord, r as openSession, t as checkContract } from "./chunks/session.js";
import { t as InputError } from "./chunks/failure.js";
import { r as pass } from "./chunks/verdict.js";

// src/every-step.ts
/** Every step of the runbook, for a release that runs in one job. */
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
		migrate: ({ stage: { name }, release }) => migrateDatabase({
			step: session.stage(name, "migrate").migrate,
			workspace,
			release: String(release.id),
			ports
		}),
		deploy: ({ release }) => stageCandidate({
			target,
			release,
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

// src/tick.ts
/**
* Whether the job that raised the share is still judging it: two gates over the same numbers would spend the budget of
* false alarms twice. A job hands over by writing down what its gate knows, by leaving a mark when it is cancelled, or
* at the latest when it may not wait any longer.
*/
function isWithItsJob({ traffic, verdict, interrupted, intent }, now) {
	if (interrupted !== null || intent !== null || traffic === null) return false;
	return !(verdict !== null && verdict.generation === traffic.generation && verdict.gate !== void 0) && now - traffic.since <= 36e5;
}
/**
* A tick acts for whatever release is under way, whoever started it. It reads the runbook at the release's own commit,
* so that nothing has to be checked out and a runbook edited since does not matter.
*/
async function tick(inputs, ports, workflow) {
	const { client, store } = openRecord(inputs, ports, workflow);
	const snapshot = await store.read(inputs.environment);
	const { release } = snapshot.record;
	if (release !== null && release.ended !== null) {
		const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
		if (warning !== void 0) ports.log.warn(warning);
	}
	if (release === null || release.ended !== null) return pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
	if (isWithItsJob(release, ports.clock.now())) return pass("with-its-job", `The job of run ${release.run} is judging this share; a tick goes on when it hands over.`);
	const text = await client.readFile(release.commit, inputs.runbook);
	if (text === null) throw new InputError(`Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`);
	const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
	const target = await session.target();
	const judge = canaryJudge({
		ports,
		target,
		runbook: session.judged()
	});
	const asker = {
		release: release.id,
		attempt: release.attempt
	};
	return advance({
		...session.base,
		...pinned({
			target,
			judge,
			steps: {}
		}, session.runbook),
		asker
	});
}

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
		if (inputs.steps === "canary") return { verdict: await tick(inputs, ports, workflow) };
		const written = await loadRunbook(inputs.runbook, workflow.workspace);
		const session = openSession(written, inputs, ports, workflow);
		const target = await session.target();
		const judge = canaryJudge({
			ports,
			target,
			runbook: session.judged()
		});
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

// src/entries/advance.ts
await main(advance_default);

export {  };