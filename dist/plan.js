import { n as remaining, t as begin } from "./chunks/begin.js";
import { t as tickCostText } from "./chunks/billed-minutes.js";
import { t as checkBeforehand } from "./chunks/check-beforehand2.js";
import { f as planOf, n as loadRunbook, t as accept } from "./chunks/runbook-keys.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { t as flag } from "./chunks/input.js";
import { n as openSession, o as sessionInputs, s as stageCommitsOf, t as openRecord } from "./chunks/session.js";
import { _ as pass, p as InputError } from "./chunks/words.js";
import { g as changeToUndo } from "./chunks/release.js";
import { t as undoLeft } from "./chunks/undo-left2.js";
async function takeUp(resume, inputs, ports, workflow) {
	const { client, store } = openRecord(inputs, ports, workflow);
	const { record } = await store.read(inputs.environment);
	const { release, queued } = record;
	if (queued?.release === resume) return beginQueued(queued, inputs, ports, workflow);
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
	if (release.ended !== null && changeToUndo(release) !== void 0) {
		const ended = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
		return {
			record,
			verdict: await undoLeft(ended.base, await ended.target())
		};
	}
	if (release.ended !== null) return {
		record,
		verdict: pass("already-ended", `Release ${resume} has ended as ${release.ended.as} meanwhile; nothing is left to do.`)
	};
	const session = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
	return begin({
		...session.base,
		target: await session.target(),
		runbook: session.runbook,
		commit: release.commit,
		overrideRejected: false,
		resumeOnly: true
	});
}
async function runbookAt(client, commit, release, { runbook }) {
	const text = await client.readFile(commit, runbook);
	if (text === null) throw new InputError(`Commit ${commit.slice(0, 12)} of release ${release} has no ${runbook}; name its runbook.`);
	const { readRunbook } = await import("./chunks/runbook-file.js");
	return accept(readRunbook(text, runbook));
}
async function beginQueued({ release, commit, actor }, inputs, ports, workflow) {
	const { client } = openRecord(inputs, ports, workflow);
	const written = await runbookAt(client, commit, release, inputs);
	const session = openSession(written, inputs, ports, workflow);
	const { variables, repository, runbook } = session;
	const { store, environment } = session.base;
	const target = await session.target();
	const { checkBeforehand } = await import("./chunks/check-beforehand.js");
	const beforehand = await checkBeforehand({
		written,
		variables,
		target,
		repository,
		ports,
		commit
	});
	const author = {
		...session.author,
		actor
	};
	const begun = beforehand.verdict === "pass" ? await begin({
		...session.base,
		author,
		target,
		runbook,
		commit,
		workflow: workflow.file,
		overrideRejected: false,
		stageCommits: stageCommitsOf(inputs, runbook, ports, workflow, commit),
		...workflow.sha === commit && { migrations: async () => (await import("./chunks/plan-migrations.js")).planMigrations(session, workflow.workspace, ports) }
	}) : {
		record: (await store.read(environment)).record,
		verdict: beforehand
	};
	if (begun.verdict.verdict === "pass" || begun.verdict.reason === "queued") return begun;
	const { reason, message } = begun.verdict;
	const snapshot = await store.read(environment);
	const left = {
		kind: "dequeued",
		at: ports.clock.now(),
		by: author,
		release,
		reason,
		message: message.slice(0, 4e3)
	};
	if (snapshot.record.queued?.release !== release) return begun;
	const appended = await store.append(environment, snapshot, [left]);
	if (appended.appended) await session.base.onEntry?.(left, appended.snapshot);
	return begun;
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
		if (verdict.reason === "queued") return { verdict: pass("queued", verdict.message) };
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
		commit: workflow.sha,
		directory: workflow.workspace
	});
	if (beforehand.verdict !== "pass") return { verdict: beforehand };
	for (const line of tickCostText(planOf(runbook), runbook.ticks ?? "chain")) ports.log.info(line);
	return begin({
		...session.base,
		target,
		runbook,
		commit: workflow.sha,
		workflow: workflow.file,
		overrideRejected: inputs.overrideRejected,
		stageCommits: stageCommitsOf(inputs, runbook, ports, workflow),
		migrations: async () => (await import("./chunks/plan-migrations.js")).planMigrations(session, workflow.workspace, ports)
	});
}
await main(plan_default);
export {};
