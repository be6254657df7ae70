import { c as looseObject } from "./chunks/zod.js";
import { a as advance, i as openTarget, n as projectDeployment, r as githubRefStore, t as variablesOf } from "./chunks/variables.js";
import { t as githubClient } from "./chunks/github.js";
import { F as fail, L as pass, O as targetSchema, c as readBySchema, f as secret, h as defineAction, i as readInside, m as yaml, n as accept, o as resolveParts, p as text, t as main } from "./chunks/main.js";

// src/rollback.ts
/** Which version production should return to: the one named, else what served before the newest release. */
function chooseRollback({ to, record, production }) {
	const serving = production.serving.filter((version) => version.weight > 0);
	const known = production.serving.map((version) => version.version);
	const target = to ?? wayBack(record);
	if (target === void 0) return {
		choice: "refuse",
		reason: "no-target",
		message: `The record names no version to return to. Name one yourself with \`to\`; the platform knows ${known.join(", ") || "none"}.`
	};
	const matches = known.filter((version) => version === target || target.length >= 7 && version.startsWith(target));
	const [version, ...others] = matches;
	if (version === void 0) return {
		choice: "refuse",
		reason: "target-missing",
		message: `Version ${target} does not exist on the platform any more; it knows ${known.join(", ") || "none"}. Name one of these with \`to\`.`
	};
	if (others.length > 0) return {
		choice: "refuse",
		reason: "target-ambiguous",
		message: `${target} could be any of ${matches.join(", ")}. Give the whole identifier.`
	};
	const underWay = record?.release != null && record.release.ended === null;
	if (serving.length === 1 && serving[0]?.version === version && !underWay) return {
		choice: "nothing-to-do",
		to: version,
		message: `Version ${version} already serves all traffic.`
	};
	return {
		choice: "restore",
		to: version,
		from: serving.find((candidate) => candidate.version !== version)?.version ?? null,
		why: to === void 0 ? "it served before the newest release" : "it was named"
	};
}
/** What served before the newest release; after a rollback what that returned to, so that asking twice changes nothing. */
function wayBack(record) {
	const release = record?.release;
	if (release === void 0 || release === null) return record?.lastGood?.version;
	if (release.ended === null) return release.stable.version;
	return wentBack.has(release.ended.as) ? record?.lastGood?.version : release.before;
}
const wentBack = /* @__PURE__ */ new Set([
	"rolled-back",
	"rolled-back-unhealthy",
	"rollback-incomplete",
	"held"
]);

// src/restore-production.ts
/**
* Gives production back. As the second line of one release it asks `decide` like everybody else; asked by a person it
* needs only the platform: not the runbook, not the record, not a metric, not a lock.
*/
async function restoreProduction(inputs, ports, workflow) {
	const client = githubClient({
		token: inputs.githubToken ?? "",
		repository: workflow.repository,
		apiUrl: workflow.apiUrl
	}, ports);
	const target = openTarget(await targetSpec(inputs, ports, workflow), ports);
	const scene = {
		inputs,
		ports,
		workflow,
		target,
		store: githubRefStore(client),
		onEntry: async (_entry, snapshot) => {
			const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
			if (warning !== void 0) ports.log.warn(warning);
		}
	};
	const verdict = inputs.release === void 0 ? await asAsked(scene) : await asSecondLine(scene, Number(inputs.release));
	const serving = await target.observe().then(servingAll, () => void 0);
	return {
		verdict,
		outputs: serving === void 0 ? {} : { version: serving }
	};
}
const servingAll = (production) => production.serving.find((version) => version.weight === 100)?.version;
/** The target from the input, or from the runbook when the input is empty: of it, only this part has to be readable. */
async function targetSpec(inputs, ports, workflow) {
	const variables = variablesOf(inputs, ports);
	if (inputs.target !== void 0) {
		const written = accept(readBySchema(inputs.target, "input target", targetSchema), ports);
		return resolveParts(written, variables, ["local"], ports);
	}
	const text = await readInside(inputs.runbook, workflow.workspace);
	const written = accept(readBySchema(text, inputs.runbook, looseObject({ target: targetSchema })), ports);
	return resolveParts(written, variables, ["target"], ports).target;
}
/** For a release that failed or was cancelled: whatever is left to give back is given back. */
async function asSecondLine(scene, release) {
	const { inputs, ports, workflow, store, target } = scene;
	const { record } = await store.read(inputs.environment);
	if (record.release?.id !== release) return pass("not-started", `Release ${release} never started here, so there is nothing to give back.`);
	const author = {
		run: workflow.runId,
		attempt: workflow.attempt,
		actor: workflow.actor
	};
	const abort = {
		reason: inputs.reason,
		message: inputs.reason === "cancelled" ? "The run was cancelled." : "A job of the release failed."
	};
	const verdict = await advance({
		ports,
		store,
		target,
		author,
		environment: inputs.environment,
		asker: {
			release,
			attempt: Math.max(workflow.attempt, record.release.attempt)
		},
		steps: {},
		abort,
		onEntry: scene.onEntry
	});
	const after = (await store.read(inputs.environment)).record.release?.ended;
	if (after === null || after === void 0) return verdict;
	return [
		"failed",
		"rolled-back",
		"held",
		"done"
	].includes(after.as) ? pass(after.as, `Release ${release} ended as ${after.as}: ${after.message}`) : verdict;
}
/** For a person: the platform first, the record after, and no record is no obstacle. */
async function asAsked(scene) {
	const { inputs, ports, target, store } = scene;
	const snapshot = await store.read(inputs.environment).catch((problem) => {
		ports.log.warn(`The record cannot be read (${problem.message}); going on with what the platform knows.`);
	});
	const production = await target.observe();
	const choice = chooseRollback({
		to: inputs.to,
		record: snapshot?.record,
		production
	});
	if (choice.choice === "refuse") return fail(choice.reason, choice.message);
	if (choice.choice === "nothing-to-do") return pass("nothing-to-do", choice.message);
	const health = await target.health(choice.to);
	if (!health.healthy) return fail("target-unhealthy", `${choice.to} does not answer its health check (${health.message}), so traffic was not moved to it. Name another version with \`to\`.`);
	const outcome = await target.restore({ to: choice.to });
	const after = outcome.outcome === "applied" ? outcome.production : await target.observe();
	const complete = servingAll(after) === choice.to;
	const shares = after.serving.filter((version) => version.weight > 0).map((version) => `${version.version.slice(0, 12)} at ${version.weight}%`);
	const message = complete ? `All traffic is on ${choice.to}, read back at generation ${after.generation}; chosen because ${choice.why}.` : `Production is not all on ${choice.to}: it serves ${shares.join(" and ")}. Run the rollback again, or move traffic on the platform by hand.`;
	if (snapshot !== void 0) await journal(scene, snapshot, choice.to, choice.from, after.generation, complete, message);
	return complete ? pass("rolled-back", message) : fail("rollback-incomplete", message);
}
async function journal(scene, snapshot, to, from, generation, complete, message) {
	const { inputs, ports, workflow, store } = scene;
	const entryFor = (record) => ({
		kind: "rollback",
		at: ports.clock.now(),
		by: {
			run: workflow.runId,
			attempt: workflow.attempt,
			actor: workflow.actor
		},
		release: record.release?.id ?? 0,
		from,
		to,
		generation,
		as: complete ? "rolled-back" : "rollback-incomplete",
		reason: inputs.reason,
		message
	});
	let onto = snapshot;
	for (let attempt = 0; attempt < 5; attempt++) try {
		const entry = entryFor(onto.record);
		const appended = await store.append(inputs.environment, onto, [entry]);
		if (appended.appended) return await scene.onEntry(entry, appended.snapshot);
		onto = await store.read(inputs.environment);
	} catch (problem) {
		ports.log.warn(`Traffic is where it should be, but the record could not be written: ${problem instanceof Error ? problem.message : String(problem)}`);
		await ports.clock.sleep(100 * 2 ** attempt);
	}
}

// src/actions/rollback.ts
var rollback_default = defineAction({
	name: "rollback",
	description: "Give production back to the version that served before, or to the one that is named, and prove it by reading back.",
	inputs: {
		environment: text("Environment to roll back.").prefault("production"),
		to: text("Version to return to; what served before the newest release when empty.").optional(),
		release: text("Only go back if this release is the one under way; empty when a person decides.").optional(),
		reason: text("Why, for the record.").prefault("requested"),
		target: yaml("Where versions run, as under `target` in the runbook; read from the runbook when empty.").optional(),
		runbook: text("Path of the runbook, read only when `target` is empty.").prefault(".github/runbook.yml"),
		"github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
		"runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
		"runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional()
	},
	outputs: { version: "The version that serves all traffic now." },
	run: restoreProduction
});

// src/entries/rollback.ts
await main(rollback_default);

export {  };