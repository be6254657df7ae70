import { d as maxWaitMs, g as changeToUndo, u as advance } from "./release.js";
import { _ as pass, h as fail, p as InputError } from "./words.js";
import { t as goOn } from "./go-on.js";
import { i as nextLookIn, n as isDue, r as looksAfterRollbackMs } from "./hand-over.js";
import { t as shortVersion } from "./short-version.js";
import { t as projectDeployment } from "./deployment.js";
import { n as openSession, r as pinned, t as openRecord } from "./session.js";
import { t as accept } from "./runbook-keys.js";
function readAftermath({ release, lastGood }, production, { compareAndSet }) {
	const shares = production.serving.filter(({ weight }) => weight > 0);
	const shown = shares.map(({ version, weight }) => `${shortVersion(version)} at ${weight}%`).join(" and ") || "nothing";
	const to = lastGood?.version;
	const from = (release?.candidate ?? release?.promoted)?.version;
	if (to === void 0 || shares.length === 1 && shares[0]?.version === to) return {
		shows: "settled",
		message: `Production still serves ${shown}, as the rollback left it.`
	};
	const incomplete = release?.ended?.as === "rollback-incomplete";
	const ours = shares.every(({ version }) => version === to || version === from) && shares.some((s) => s.version === from);
	if (from === void 0 || !ours || compareAndSet && !incomplete) return {
		shows: "foreign",
		message: `Production serves ${shown}, which the rollback did not leave: somebody moved traffic since. Nothing is changed.`
	};
	return {
		shows: "ours",
		to,
		from,
		message: `Production serves ${shown} again although traffic was given back to ${shortVersion(to)}: a write that came late.`
	};
}
async function lookAgain(scene) {
	const { ports, store, environment, target, stay } = scene;
	const { clock, cancelled } = ports;
	let verdict = pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
	for (let looks = 0; looks <= looksAfterRollbackMs.length; looks++) {
		const snapshot = await store.read(environment);
		const { release } = snapshot.record;
		if (release === null || release.ended === null || cancelled.aborted) return verdict;
		const production = await target.observe();
		const found = readAftermath(snapshot.record, production, target.capabilities);
		ports.log.info(found.message);
		if (found.shows === "foreign") return pass("moved-since", found.message);
		if (found.shows === "ours") verdict = await giveBack(scene, snapshot, release, found, production);
		else if (release.ended.as === "rollback-incomplete") verdict = await complete(scene, snapshot, release, production);
		else verdict = pass("still-back", found.message);
		const afterMs = nextLookIn(release, clock.now());
		if (!stay || afterMs === void 0) return verdict;
		await clock.sleep(afterMs, cancelled).catch(() => void 0);
	}
	return verdict;
}
async function giveBack(scene, snapshot, release, { to, from, message }, production) {
	const outcome = await scene.target.restore({
		to,
		ifGeneration: production.generation
	});
	const after = outcome.outcome === "applied" ? outcome.production : await scene.target.observe();
	const whole = after.serving.some(({ version, weight }) => version === to && weight === 100);
	const told = whole ? `${message} All traffic is back on ${shortVersion(to)}.` : `${message} It could not be given back.`;
	const as = whole ? "rolled-back" : "rollback-incomplete";
	await append(scene, snapshot, release, {
		from,
		to,
		generation: after.generation,
		as,
		reason: "late-write",
		message: told
	});
	return whole ? pass("given-back-again", told) : fail("rollback-incomplete", `${told} Move traffic on the platform by hand.`);
}
async function complete(scene, snapshot, release, { generation }) {
	const to = snapshot.record.lastGood?.version ?? release.stable.version;
	const message = `All traffic is on ${shortVersion(to)}: the rollback that was not complete has become so.`;
	await append(scene, snapshot, release, {
		from: null,
		to,
		generation,
		as: "rolled-back",
		reason: "completed",
		message
	});
	return pass("still-back", message);
}
async function append(scene, onto, release, facts) {
	const { ports, store, environment, author } = scene;
	const entry = {
		kind: "rollback",
		at: ports.clock.now(),
		by: author,
		release: release.id,
		...facts
	};
	const appended = await store.append(environment, onto, [entry]);
	if (appended.appended) await scene.onEntry?.(entry, appended.snapshot);
	else ports.log.warn("Somebody appended to the record meanwhile; the next look tells what is still to tell.");
}
function isWithItsJob({ traffic, verdict, interrupted, intent }, now) {
	if (interrupted !== null || intent !== null || traffic === null) return false;
	return !(verdict !== null && verdict.generation === traffic.generation && verdict.gate !== void 0) && now - traffic.since <= 36e5;
}
const chainPaceMs = 3e5;
async function tick(inputs, ports, workflow, successors) {
	const { client, store } = openRecord(inputs, ports, workflow);
	const snapshot = await store.read(inputs.environment);
	const { release } = snapshot.record;
	const now = ports.clock.now();
	if (release !== null && release.ended !== null) {
		const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
		if (warning !== void 0) ports.log.warn(warning);
	}
	const scene = {
		client,
		store,
		environment: inputs.environment,
		run: workflow.runId,
		ports
	};
	const branch = workflow.branch ?? "main";
	const handed = async (verdict) => {
		const left = release !== null && changeToUndo(release) !== void 0;
		if ((snapshot.record.queued !== null || left) && successors !== void 0) await goOn({
			...scene,
			record: snapshot.record,
			source: "cron",
			verdict,
			branch,
			workflows: successors
		});
		return verdict;
	};
	if (release === null || release.ended !== null && nextLookIn(release, now) === void 0) return handed(pass("nothing-under-way", "No release is under way, so there is nothing to look at."));
	if (release.ended === null && isWithItsJob(release, now)) return pass("with-its-job", `The job of run ${release.run} is judging this share; a tick goes on when it hands over.`);
	const text = await client.readFile(release.commit, inputs.runbook);
	if (text === null) throw new InputError(`Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`);
	const { readRunbook } = await import("./runbook-file.js");
	const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
	const source = session.runbook.ticks ?? "chain";
	const verdict = await look(session, release, source, ports);
	if (successors === void 0 || ports.cancelled.aborted) return verdict;
	const after = (await store.read(inputs.environment)).record;
	await pace(after, {
		source,
		verdict,
		began: now
	}, ports);
	await goOn({
		...scene,
		record: after,
		source,
		verdict,
		branch,
		workflows: successors
	});
	return verdict;
}
async function look(session, release, source, ports) {
	const target = await session.target();
	const { store, environment, author, onEntry } = session.base;
	const stay = source === "chain";
	if (release.ended !== null) return lookAgain({
		ports,
		store,
		environment,
		target,
		author,
		onEntry,
		stay
	});
	const now = ports.clock.now();
	if (!stay && !isDue(release, now)) return pass("not-due", `The next look is due in ${Math.ceil((nextLookIn(release, now) ?? 0) / 6e4)} minutes.`);
	const { canaryJudge } = await import("./canary-judge.js");
	const judge = canaryJudge({
		ports,
		target,
		runbook: session.judged()
	});
	const asker = {
		release: release.id,
		attempt: release.attempt
	};
	const patience = stay ? {} : { patienceMs: 0 };
	const { watchJudge } = await import("./watch-judge.js");
	const offer = {
		target,
		judge,
		watch: watchJudge({
			ports,
			target,
			runbook: session.judged()
		}),
		steps: {},
		change: void 0
	};
	return advance({
		...session.base,
		...pinned(offer, session.runbook),
		...patience,
		asker
	});
}
async function pace({ release }, tick, { clock, cancelled }) {
	const afterMs = release === null ? void 0 : nextLookIn(release, clock.now());
	if (tick.source !== "chain" || tick.verdict.verdict !== "hold" || tick.verdict.reason === "dispatch") return;
	if (afterMs === void 0) return;
	const spentMs = clock.now() - tick.began;
	await clock.sleep(Math.max(0, chainPaceMs - spentMs), cancelled).catch(() => void 0);
}
export { tick as n, isWithItsJob as t };
