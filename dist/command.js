import { t as nearName } from "./chunks/near-name.js";
import { b as string, g as number, h as looseObject } from "./chunks/zod.js";
import { n as ProviderError } from "./chunks/failure.js";
import { n as plainText, t as markdownText } from "./chunks/plain-text.js";
import { g as rolesOf, s as stepNames, t as finalStage } from "./chunks/plan.js";
import { l as firstOpen, r as isSettled } from "./chunks/record.js";
import { a as signedEvidence, i as nextSignature, o as stagesEndedAt, r as approvedEvidence } from "./chunks/advance.js";
import { r as pass } from "./chunks/verdict.js";
import { t as githubClient } from "./chunks/github.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret } from "./chunks/input.js";
import { t as openRecord } from "./chunks/session.js";
const commandNames = [
	"approve",
	"sign-off",
	"hold",
	"continue",
	"rollback",
	"abort",
	"skip"
];
const longestRest = 500;
function readComment(body) {
	const [line = ""] = body.trimStart().split(/\r?\n/);
	const match = /^\/([a-z][a-z-]{0,30})(?:\s+(.*))?$/.exec(line.trimEnd());
	if (match === null) return { kind: "none" };
	const [, word = "", rest = ""] = match;
	const name = commandNames.find((known) => known === word);
	if (name !== void 0) return {
		kind: "command",
		name,
		rest: rest.slice(0, longestRest)
	};
	const near = nearName(word, commandNames);
	if (near === void 0) return { kind: "none" };
	return {
		kind: "unknown",
		message: `There is no command /${word}; did you mean /${near}? Commands are ${commandNames.map((other) => `/${other}`).join(", ")}.`
	};
}
const refuse = (reason, message) => ({
	answer: "refuse",
	reason,
	message
});
function answerTo(record, { name, rest }, speaker, now) {
	const { release } = record;
	const due = release === null ? void 0 : firstOpen(release);
	if (release === null || release.ended !== null || due === void 0) return refuse("nothing-under-way", `No release is under way in ${record.environment}${name === "rollback" ? "; dispatch the rollback workflow to return to what served before" : ""}.`);
	switch (name) {
		case "approve": return approve(release, due, speaker);
		case "sign-off": return sign(release, rest, speaker, now);
		case "skip": return skip(release, rest);
		case "continue": return goOn(release, due, rest, speaker);
		case "hold": return order(release, name, rest, "Nothing new begins and no traffic is raised until somebody says `/continue`.");
		case "rollback": return order(release, name, rest, "The release ends, and traffic goes back to what served before.");
		case "abort": return order(release, name, rest, "The release ends and traffic goes back; nothing is said against the commit.");
	}
}
const order = (release, name, reason, message) => ({
	answer: "append",
	fact: {
		kind: "order",
		release: release.id,
		order: name,
		reason
	},
	message
});
const rolesIn = ({ plan }, { actor, teams }) => rolesOf({ by: plan.people ?? {} }, actor, teams);
function approve(release, { stage, step }, speaker) {
	if (step !== "approve" || stage.approve === void 0) return refuse("nothing-to-approve", `Nothing waits for an approval: next is ${step} of stage ${stage.name}.`);
	const [role] = rolesOf(stage.approve, speaker.actor, speaker.teams);
	if (role === void 0) return refuse("not-in-role", `${speaker.actor} may not approve stage ${stage.name}: it takes ${Object.keys(stage.approve.by).join(" or ")}.`);
	const digest = approvedEvidence(release, stage.name);
	return {
		answer: "append",
		fact: {
			kind: "approval",
			release: release.id,
			stage: stage.name,
			role,
			digest
		},
		message: `${speaker.actor} approves stage ${stage.name} as ${role}, for commit ${release.commit.slice(0, 12)} and evidence ${digest}.`
	};
}
function sign(release, rest, speaker, now) {
	const [wanted = ""] = rest.trim().split(/\s+/);
	const note = rest.trim().slice(wanted.length).trim();
	const stage = release.plan.stages.find(({ name }) => name === finalStage);
	const next = stage === void 0 ? void 0 : nextSignature(release, stage);
	if (next === void 0) return refuse("nothing-to-sign", "No signature of this release is missing, or its runbook asks for none.");
	if (wanted !== next.role) return refuse("not-this-signature", `The next signature is \`${next.role}\`: comment \`/sign-off ${next.role}\`, as ${next.by.join(" or ")}.`);
	const ended = stagesEndedAt(release);
	if (ended === void 0) return refuse("too-early", "There is nothing to sign yet: stages of the release are still open.");
	const from = ended + (next.afterMs ?? 0);
	if (now < from) return refuse("too-early", `\`${next.role}\` can be signed from ${new Date(from).toISOString()} on.`);
	if (next.notAuthor === true && speaker.actor.toLowerCase() === release.actor.toLowerCase()) return refuse("author", `${speaker.actor} began this release, so somebody else signs \`${next.role}\`.`);
	if (!rolesIn(release, speaker).some((role) => next.by.includes(role))) return refuse("not-in-role", `${speaker.actor} may not sign \`${next.role}\`: it takes ${next.by.join(" or ")}.`);
	return {
		answer: "append",
		fact: {
			kind: "signature",
			release: release.id,
			role: next.role,
			digest: signedEvidence(release),
			note
		},
		message: `${speaker.actor} signs \`${next.role}\` of release ${release.id}.`
	};
}
const skippable = new Set([
	"preflight",
	"backup",
	"pause",
	"smoke-test",
	"load-test",
	"watch"
]);
function skip(release, rest) {
	const [place = "", ...words] = rest.trim().split(/\s+/);
	const reason = words.join(" ");
	const stage = release.plan.stages.find(({ name }) => place.startsWith(`${name}/`));
	const step = stepNames.find((name) => place === `${stage?.name}/${name}`);
	if (stage === void 0 || step === void 0 || !stage.steps.includes(step)) return refuse("no-such-step", "Name the stage, the step and why, such as `/skip release/load-test the load host is down`.");
	if (!skippable.has(step) || stage.must?.includes(step) === true) return refuse("must", `${step} of stage ${stage.name} cannot be skipped.`);
	if (reason === "") return refuse("no-reason", `Say why ${step} is skipped, in the same line.`);
	if (isSettled(release, stage.name, step)) return refuse("already-passed", `${step} of stage ${stage.name} is settled already.`);
	return {
		answer: "append",
		fact: {
			kind: "skipped",
			release: release.id,
			stage: stage.name,
			step,
			reason: reason.slice(0, 500)
		},
		message: `${step} of stage ${stage.name} is skipped: ${reason}`
	};
}
function goOn(release, { stage, step }, rest, speaker) {
	const { hold, question, steppedBack, attested } = release.people;
	const asked = question !== null && !question.answered;
	if (hold !== null || asked || steppedBack !== null) return order(release, "continue", rest, "The release goes on from here.");
	if (step !== "pause" || stage.pause === void 0 || attested[stage.name] !== void 0) return refuse("nothing-waits", `Nothing waits for a person: next is ${step} of stage ${stage.name}.`);
	const { by, task } = stage.pause;
	const role = rolesIn(release, speaker).find((known) => by.includes(known));
	if (role === void 0) return refuse("not-in-role", `${speaker.actor} may not say that this is done: it takes ${by.join(" or ")}.`);
	return {
		answer: "append",
		fact: {
			kind: "attested",
			release: release.id,
			stage: stage.name,
			role,
			note: rest.slice(0, 500)
		},
		message: `${speaker.actor} did it, as ${role}: ${task}`
	};
}
const commentEvent = looseObject({
	action: string(),
	issue: looseObject({ number: number().int().positive() }),
	comment: looseObject({
		id: number().int().positive(),
		body: string().max(7e4),
		user: looseObject({
			login: string().regex(/^[A-Za-z0-9-]{1,39}(?:\[bot\])?$/),
			type: string()
		})
	})
});
const appendAttempts = 5;
async function answerComment(scene) {
	const parsed = commentEvent.safeParse(scene.event);
	if (!parsed.success || parsed.data.action !== "created") return pass("no-comment", "This event is not a new comment, so nobody said anything.");
	const { issue, comment } = parsed.data;
	const read = readComment(comment.body);
	if (read.kind === "none" || comment.user.type === "Bot") return pass("no-command", "The comment is conversation; nothing was asked for.");
	const reply = replyTo(scene, issue.number, comment.id);
	if (read.kind === "unknown") return reply("confused", "unknown-command", read.message);
	const actor = comment.user.login;
	if (![
		"write",
		"maintain",
		"admin"
	].includes(await scene.client.permissionOf(actor))) return reply("-1", "not-a-writer", `${actor} may not write to this repository, so nothing was done.`);
	const heard = {
		said: {
			name: read.name,
			rest: plainText(read.rest)
		},
		actor
	};
	const { answer, record } = await append(scene, heard);
	if (answer.answer === "append") {
		await start(scene, scene.workflows.watch, {});
		return reply("+1", "done", answer.message);
	}
	if (read.name === "rollback" && answer.reason === "nothing-under-way") return goBack(scene, heard, reply, record);
	return reply("-1", answer.reason, answer.message);
}
async function goBack(scene, { said, actor }, reply, { environment }) {
	const reason = said.rest === "" ? `asked for by ${actor}` : said.rest;
	await start(scene, scene.workflows.rollback, { reason });
	return reply("+1", "rollback-started", `The rollback of ${environment} was started; nothing is under way besides.`);
}
async function append(scene, heard) {
	const { store, environment, ports, run } = scene;
	for (let attempt = 1; attempt <= appendAttempts; attempt++) {
		const snapshot = await store.read(environment);
		const { record } = snapshot;
		const now = ports.clock.now();
		const answer = answerTo(record, heard.said, await speaker(scene, record, heard.actor), now);
		if (answer.answer === "refuse") return {
			answer,
			record
		};
		const by = {
			run: run.id,
			attempt: run.attempt,
			actor: heard.actor
		};
		const entry = {
			...answer.fact,
			at: now,
			by
		};
		const appended = await store.append(environment, snapshot, [entry]);
		if (appended.appended) {
			await scene.onEntry?.(entry, appended.snapshot);
			return {
				answer,
				record: appended.snapshot.record
			};
		}
		await ports.clock.sleep(200 * attempt * (.5 + ports.random()));
	}
	throw new ProviderError("github", `Others appended to the record of ${environment} each of ${appendAttempts} times. Write the comment again.`, { retryable: true });
}
async function speaker(scene, { release }, actor) {
	const named = new Set(Object.values(release?.plan.people ?? {}).flat());
	for (const { approve } of release?.plan.stages ?? []) for (const who of Object.values(approve?.by ?? {}).flat()) named.add(who);
	const teams = [];
	for (const team of [...named].filter((name) => name.startsWith("@"))) {
		const member = await scene.isInTeam(team, actor);
		if (member === true) teams.push(team);
		if (member === null) scene.ports.log.warn(`Whether ${actor} is in ${team} may not be asked with this token; give \`team-token\`.`);
	}
	return {
		actor,
		teams
	};
}
async function start(scene, workflow, inputs) {
	const started = await scene.client.dispatchWorkflow({
		workflow,
		ref: scene.branch,
		inputs
	});
	if (started.outcome === "not-applied") scene.ports.log.warn(`${workflow} could not be started (${started.error.message}); start it by hand, or wait for the schedule.`);
}
function replyTo({ client, environment, ports }, issue, comment) {
	return async (reaction, reason, message) => {
		const body = `**${markdownText(environment)}**: ${markdownText(message)}`;
		const told = await Promise.all([client.react(comment, reaction), client.upsertComment({
			issue,
			marker: `<!-- sluice ${environment} answer -->`,
			body
		})]);
		for (const written of told) if (written.outcome !== "applied") ports.log.warn(`The answer was not told: ${written.error.message}`);
		return pass(reason, message);
	};
}
var command_default = defineAction({
	name: "command",
	description: "Do what a comment says: /approve, /sign-off, /hold, /continue, /rollback, /abort or /skip, if its author may say it.",
	inputs: {
		environment: text("Environment whose release is spoken to.").prefault("production"),
		"watch-workflow": text("Your workflow that calls watch.yml, below `.github/workflows`; it acts on the word.").prefault("watch.yml"),
		"rollback-workflow": text("Your workflow that calls rollback.yml, below `.github/workflows`; for /rollback when nothing is under way.").prefault("rollback.yml"),
		"github-token": secret("Token that appends to the record, answers, and starts workflows.").meta({ default: "${{ github.token }}" }),
		"team-token": secret("Token that may read the members of teams named in the runbook; logins need none.").optional()
	},
	outputs: {},
	async run(inputs, ports, workflow) {
		const { client, store } = openRecord(inputs, ports, workflow);
		const { repository, apiUrl } = workflow;
		const teams = githubClient({
			token: inputs.teamToken ?? inputs.githubToken ?? "",
			repository,
			apiUrl
		}, ports);
		return { verdict: await answerComment({
			event: workflow.event,
			environment: inputs.environment,
			run: {
				id: workflow.runId,
				attempt: workflow.attempt
			},
			client,
			isInTeam: teams.isInTeam,
			store,
			branch: workflow.branch ?? "main",
			workflows: {
				watch: inputs.watchWorkflow,
				rollback: inputs.rollbackWorkflow
			},
			ports
		}) };
	}
});
await main(command_default);
export {};
