import { c as stepKey, i as maxEvidenceBytes, l as firstOpen, r as isSettled, u as isLasting } from "./record.js";
import { n as hold, r as pass, t as fail } from "./verdict.js";
import { n as ProviderError } from "./failure.js";
import { a as goBack, d as servesAll$1, f as shares, i as usualDecideWithinMs, l as driftMessage, n as watching$1, p as showsAnnounced, r as awaiting, s as lockedMessage, u as sentBackFrom } from "./watch.js";
import { f as frozenAt, h as countApprovals, m as approvalDigest, s as stepNames, t as finalStage } from "./plan.js";
function headline(entry) {
	switch (entry.kind) {
		case "started": return `release ${entry.release} started: ${entry.commit.slice(0, 12)}`;
		case "resumed": return `release ${entry.release} resumed by attempt ${entry.by.attempt}`;
		case "step": return `${entry.stage}: ${entry.step} ${entry.outcome} (${entry.reason})`;
		case "intent": return `${entry.stage}: about to give the candidate ${entry.weight}%`;
		case "result": return `candidate at ${entry.weight}%: ${entry.outcome}`;
		case "verdict": return `canary ${entry.weight}%: ${entry.verdict} (${entry.reason})`;
		case "interrupted": return `interrupted (${entry.reason})`;
		case "rollback": return `${entry.as}: traffic to ${entry.to.slice(0, 12)} (${entry.reason})`;
		case "ended": return `release ${entry.release} ${entry.as} (${entry.reason})`;
		case "approval": return `${entry.stage}: approved by ${entry.by.actor} as ${entry.role}`;
		case "signature": return `signed by ${entry.by.actor} as ${entry.role}`;
		case "attested": return `${entry.stage}: task done, says ${entry.by.actor} as ${entry.role}`;
		case "order": return `${entry.by.actor} says ${entry.order}${entry.reason === "" ? "" : `: ${entry.reason}`}`;
		case "skipped": return `${entry.stage}: ${entry.step} skipped by ${entry.by.actor}: ${entry.reason}`;
		case "asked": return `${entry.stage}: ${entry.step} asks a person (${entry.reason})`;
		case "warned": return `${entry.stage}: warning (${entry.reason})`;
		case "stepped-back": return `${entry.stage}: back by one share (${entry.reason})`;
		case "look": return `${entry.stage}: watch ${entry.verdict} (${entry.reason})`;
		case "changing": return `${entry.stage}: about to turn ${entry.what} ${entry.to}`;
		case "changed": return `${entry.stage}: ${entry.what} ${entry.to}`;
		case "recovery": return entry.healthy ? "what serves now does its work" : "what serves now is NOT healthy";
		case "queued": return `release ${entry.release} of ${entry.commit.slice(0, 12)} waits (${entry.reason})`;
		case "dequeued": return `release ${entry.release} waits no more (${entry.reason})`;
		case "locked": return `locked by ${entry.by.actor}: ${entry.reason}`;
		case "unlocked": return `unlocked by ${entry.by.actor}`;
	}
}
async function journal(context, onto, ...facts) {
	const entries = facts.map((fact) => ({
		...fact,
		at: context.ports.clock.now(),
		by: context.author,
		release: context.asker.release
	}));
	const appended = await context.store.append(context.environment, onto, entries);
	if (!appended.appended) return void 0;
	for (const entry of entries) {
		context.ports.log.info(headline(entry));
		await context.onEntry?.(entry, appended.snapshot);
	}
	return appended.snapshot;
}
function releaseOf(snapshot) {
	const { release } = snapshot.record;
	if (release === null) throw new Error("an effect was decided for an environment without a release");
	return release;
}
const endedAs = (as, reason, message) => {
	if (as === "done") return pass(reason, message);
	if (as === "held") return {
		...hold(reason, message),
		final: true
	};
	return as === "halted" ? {
		verdict: "error",
		reason,
		message
	} : fail(reason, message);
};
const verdictEntry = (judgement) => ({
	kind: "verdict",
	stage: judgement.stage,
	shift: judgement.shift,
	weight: judgement.weight,
	generation: judgement.generation,
	verdict: judgement.verdict,
	reason: judgement.reason,
	message: judgement.message.slice(0, 4e3),
	evidence: bounded(judgement.evidence),
	...judgement.gate === void 0 || judgement.verdict !== "hold" ? {} : { gate: bounded(judgement.gate) }
});
function bounded(evidence) {
	if (evidence === void 0) return void 0;
	const json = JSON.stringify(evidence);
	return json.length <= 32768 ? JSON.parse(json) : {
		omitted: "too large for the record",
		bytes: json.length
	};
}
const lookEntry = (look) => {
	const { stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message, evidence, gate } = look;
	return {
		kind: "look",
		stage,
		generation,
		from,
		to,
		seenMs,
		largestGapMs,
		seenAt,
		verdict,
		reason,
		message: message.slice(0, 4e3),
		evidence: bounded(evidence),
		...gate === void 0 || verdict !== "hold" ? {} : { gate: bounded(gate) }
	};
};
async function runStep(context, snapshot, { stage, step }) {
	const place = {
		kind: "step",
		stage: stage.name,
		step
	};
	const proven = context.proven?.[step];
	if (proven === "held") return { verdict: hold("dispatch", `${step} of stage ${stage.name} was not to run yet in its job; it runs next time.`) };
	if (proven !== void 0) {
		const message = `The job that ran ${step} for stage ${stage.name} ${proven}.`;
		return { snapshot: await journal(context, snapshot, {
			...place,
			outcome: proven,
			reason: `job-${proven}`,
			message
		}) };
	}
	const run = runs(step) ? context.steps[step] : void 0;
	if (run === void 0) return { verdict: outOfOrder(context, stage.name, step) };
	if (context.readOnly === true) return { verdict: await run({
		stage,
		release: releaseOf(snapshot),
		announce: async () => {}
	}) };
	const begun = await journal(context, snapshot, {
		...place,
		outcome: "begun",
		reason: "due",
		message: `${step} of stage ${stage.name} begins.`
	});
	if (begun === void 0) return { again: true };
	let onto = begun;
	const announce = async (reason, message, evidence) => {
		const entry = {
			...place,
			outcome: "begun",
			reason,
			message: message.slice(0, 4e3)
		};
		onto = await announced(context, onto, {
			...entry,
			evidence: bounded(evidence)
		});
	};
	const outcome = await run({
		stage,
		release: releaseOf(begun),
		announce
	});
	const state = outcome.verdict === "pass" ? "passed" : outcome.verdict === "fail" ? "failed" : "held";
	const entry = {
		...place,
		outcome: state,
		reason: outcome.reason,
		message: outcome.message.slice(0, 4e3),
		evidence: bounded(outcome.evidence),
		...outcome.candidate === void 0 ? {} : { candidate: outcome.candidate },
		...outcome.configured === void 0 ? {} : { configured: namesIn(outcome.configured) }
	};
	const after = await journal(context, onto, entry);
	if (outcome.verdict !== "pass") return { verdict: {
		...outcome,
		final: true
	} };
	return after === void 0 ? { again: true } : { snapshot: after };
}
async function announced(context, onto, fact) {
	const { id, attempt } = releaseOf(onto);
	let newest = onto;
	for (let tries = 0; tries < 5; tries++) {
		const after = await journal(context, newest, fact);
		if (after !== void 0) return after;
		newest = await context.store.read(context.environment);
		const { release } = newest.record;
		if (release === null || release.id !== id || release.attempt !== attempt || release.ended !== null) break;
	}
	throw new ProviderError("record", `The record could not take what ${fact.step} of stage ${fact.stage} is about to do, because others wrote to it. Nothing was done. Run the job again.`, { retryable: true });
}
const namesIn = ({ changed, unreadable, before }) => ({
	changed: [...changed],
	unreadable: [...unreadable],
	...before === void 0 ? {} : { before }
});
const runs = (step) => step !== "canary" && step !== "approve" && step !== "pause" && step !== "watch" && step !== "sign-off";
async function mark(context, snapshot, effect) {
	const { stage, step, outcome, reason, message } = effect;
	const waits = outcome === "held";
	if (context.readOnly === true) return { verdict: hold(waits ? reason : "dispatch", `${message} A job that may write to the record goes on.`) };
	const entry = {
		kind: "step",
		stage,
		step,
		outcome,
		reason,
		message: message.slice(0, 4e3)
	};
	return { snapshot: await journal(context, snapshot, entry) };
}
async function tellPeople(context, snapshot, fact) {
	if (context.readOnly === true) return { verdict: hold("waiting", fact.message) };
	return { snapshot: await journal(context, snapshot, fact) };
}
function outOfOrder(context, stage, due) {
	const { until } = context;
	if (until === void 0) return hold("dispatch", `Next is ${due} of stage ${stage}, which the release workflow runs.`);
	if (due === "canary" && stage !== until.stage) return hold("waiting", `Stage ${stage} still holds its canary; stage ${until.stage} begins when that is proven.`);
	return {
		verdict: "error",
		reason: "out-of-order",
		message: `${until.step} of stage ${until.stage} was asked for, but ${due} of stage ${stage} is due and not recorded as passed. Run the steps in the order of the runbook.`
	};
}
async function change(context, snapshot, effect) {
	const { what, to, stage, handle } = effect;
	const release = releaseOf(snapshot);
	const { ended, plan } = release;
	if (context.change === void 0 || context.readOnly === true) return { verdict: ended === null ? hold("dispatch", `Next ${what} is turned ${to} for stage ${stage}, by a job that may write to the record.`) : endedAs(ended.as, ended.reason, ended.message) };
	const before = what === "flags" && to === "on" && handle === null ? await context.readFlags?.({
		stage,
		plan
	}) : void 0;
	const announced = await journal(context, snapshot, {
		kind: "changing",
		what,
		to,
		stage,
		...before !== void 0 && { handle: before }
	});
	if (announced === void 0) return { again: true };
	const outcome = await context.change({
		what,
		to,
		stage,
		handle: handle ?? before ?? null,
		plan
	});
	const message = outcome.message.slice(0, 4e3);
	if (outcome.verdict === "pass") return { snapshot: await journal(context, announced, {
		kind: "changed",
		what,
		to,
		stage,
		message
	}) };
	const due = firstOpen(release);
	if (to === "off" || ended !== null || due === void 0) return { verdict: {
		verdict: "error",
		reason: `${what}-stuck`,
		message: outcome.message,
		final: true
	} };
	const failed = {
		kind: "step",
		stage: due.stage.name,
		step: due.step,
		outcome: "failed"
	};
	return { snapshot: await journal(context, announced, {
		...failed,
		reason: `${what}-failed`,
		message
	}) };
}
function givenUp({ stage, back }, judgement) {
	if (back === void 0) return [];
	const { shift, reason, message } = back;
	return [...judgement !== void 0 && judgement.verdict === "fail" ? [verdictEntry(judgement)] : [], {
		kind: "stepped-back",
		stage,
		shift,
		reason,
		message: message.slice(0, 4e3)
	}];
}
async function shift(context, snapshot, effect, judgement) {
	const { stable } = releaseOf(snapshot);
	const { stage, weight, hosts, candidate, ifGeneration } = effect;
	if (context.target === void 0 || context.judge === void 0) return { verdict: outOfOrder(context, stage, "canary") };
	const back = weight > (releaseOf(snapshot).traffic?.weight ?? 0) ? await context.target.health(effect.stable).catch((problem) => problem) : void 0;
	if (back instanceof Error || back?.healthy === false) return { verdict: hold("no-way-back", `${weight}% is not given: the version to return to, ${effect.stable.slice(0, 12)}, does not answer (${back.message}). Bring it back, or dispatch the rollback workflow with another version.`) };
	const announced = await journal(context, snapshot, ...givenUp(effect, judgement), {
		kind: "intent",
		stage,
		shift: effect.shift,
		weight,
		generation: ifGeneration,
		restore: stable
	});
	if (announced === void 0) return { again: true };
	const outcome = await context.target.shift({
		candidate,
		stable: effect.stable,
		weight,
		hosts,
		ifGeneration
	});
	if (outcome.outcome === "unknown") {
		context.ports.log.warn(`Whether the candidate got ${weight}% is unknown: ${outcome.message} Production is read again.`);
		return {
			snapshot: announced,
			again: true
		};
	}
	const generation = outcome.outcome === "applied" ? outcome.production.generation : outcome.production?.generation ?? ifGeneration;
	const message = outcome.outcome === "applied" ? `Read back: the candidate has ${weight}% at generation ${generation}.` : outcome.message;
	return {
		snapshot: await journal(context, announced, {
			kind: "result",
			outcome: outcome.outcome,
			weight,
			generation,
			message
		}),
		again: outcome.outcome === "not-applied"
	};
}
async function restore(context, snapshot, production, effect, { judgement, look }) {
	const { target, ports } = context;
	if (target === void 0) return { verdict: hold("not-this-job", `${effect.message} The rollback job gives traffic back.`) };
	const { to, from, ifGeneration } = effect;
	const written = effect.already && !("unreadable" in production) ? production : await restoreTraffic(context, target, effect);
	if (written === void 0) {
		ports.log.warn("Traffic could not be proven to be back on stable; production is read again.");
		return { again: true };
	}
	if (!servesAll(written, to)) return incomplete(context, snapshot, effect, written);
	const health = await target.health(to).catch((problem) => ({
		healthy: false,
		message: problem.message
	}));
	const as = health.healthy ? effect.as : "rolled-back-unhealthy";
	const message = `${effect.message} All traffic is back on ${to.slice(0, 12)} (${health.message}).`.slice(0, 4e3);
	const facts = judgement !== void 0 && judgement.verdict !== "pass" ? [verdictEntry(judgement)] : [];
	if (look !== void 0 && look.verdict !== "pass") facts.push(lookEntry(look));
	const stage = firstOpen(releaseOf(snapshot))?.stage.name;
	const { generation } = written;
	facts.push({
		kind: "rollback",
		from,
		to,
		generation,
		as,
		reason: effect.reason,
		message,
		...stage !== void 0 && { stage }
	});
	const after = await journalAfterRollback(context, snapshot, facts, ifGeneration);
	const evidence = judgement ?? look;
	const parting = effect.as === "held" ? {
		...hold(effect.reason, message, evidence),
		final: true
	} : fail(effect.reason, message, evidence);
	return after !== void 0 && releaseOf(after).changes.length > 0 ? {
		snapshot: after,
		parting
	} : { verdict: parting };
}
const servesAll = (production, version) => !("unreadable" in production) && production.serving.some((serving) => serving.version === version && serving.weight === 100);
async function restoreTraffic({ ports }, target, { to, ifGeneration }) {
	let at = ifGeneration;
	for (let sent = 1;; sent++) {
		const outcome = await target.restore({
			to,
			ifGeneration: at
		});
		if (outcome.outcome === "applied") {
			if (!servesAll(outcome.production, to)) return void 0;
			return outcome.production.generation === ifGeneration && outcome.settled !== true ? void 0 : outcome.production;
		}
		if (outcome.outcome !== "not-applied" || outcome.partly !== true || outcome.production === void 0) return void 0;
		if (sent === 5) return outcome.production;
		ports.log.warn(`Only a part of production went back: ${outcome.message} The rest is asked again.`);
		at = outcome.production.generation;
		await ports.clock.sleep(500 * 2 ** sent);
	}
}
async function incomplete(context, snapshot, { to, from, reason, ifGeneration, message: why }, { serving, generation }) {
	const message = `${why} But only a part of production went back: it serves ${serving.filter(({ weight }) => weight > 0).map((one) => `${one.version.slice(0, 12)} at ${one.weight}%`).join(" and ")}. Dispatch the rollback workflow again, or move the rest on the platform by hand.`;
	await journalAfterRollback(context, snapshot, [{
		kind: "rollback",
		from,
		to,
		generation,
		as: "rollback-incomplete",
		reason,
		message
	}], ifGeneration);
	return { verdict: fail("rollback-incomplete", message) };
}
async function journalAfterRollback(context, snapshot, facts, replaced) {
	let onto = snapshot;
	for (let attempt = 1; attempt <= 5; attempt++) try {
		const after = await journal(context, onto, ...facts);
		if (after !== void 0) return after;
		onto = await context.store.read(context.environment);
		if (!stillToTell(onto, context.asker, replaced)) return void 0;
	} catch (problem) {
		context.ports.log.warn(`Traffic is back on stable, but the record could not be written: ${problem instanceof Error ? problem.message : String(problem)}`);
		await context.ports.clock.sleep(100 * 2 ** attempt);
	}
}
function stillToTell({ record }, asker, replaced) {
	const { release } = record;
	if (release?.id !== asker.release) return false;
	if (release.ended === null) return release.attempt === asker.attempt;
	return release.ended.as === "done" && release.stable.generation === replaced;
}
function agreement(release, stage, step, now) {
	switch (step) {
		case "approve": {
			const { granted, message } = approvalsOf(release, stage);
			if (granted) return passed(stage, step, "approved", message);
			return waiting$1(release, stage, step, "approval", `${message}${migrationsBehind(release, stage)}`);
		}
		case "pause": {
			const done = release.people.attested[stage.name];
			if (done !== void 0) return passed(stage, step, "attested", `${done.actor} did it, as ${done.role}.`);
			const { task = "", by = [] } = stage.pause ?? {};
			return waiting$1(release, stage, step, "task", `${task} Comment \`/continue\` when it is done, as ${by.join(" or ")}.`);
		}
		case "sign-off": {
			const open = nextSignature(release, stage);
			if (open === void 0) return passed(stage, step, "signed", `Signed by ${signers(release)}.`);
			return waiting$1(release, stage, step, "sign-off", signatureMessage(release, open, now));
		}
	}
}
const passed = (stage, step, reason, message) => ({
	do: "mark",
	stage: stage.name,
	step,
	outcome: "passed",
	reason,
	message
});
function waiting$1(release, stage, step, what, message) {
	const reason = `awaiting-${what}`;
	if (release.steps[stepKey(stage.name, step)]?.outcome === "held") return {
		do: "hold",
		reason,
		message
	};
	return {
		do: "mark",
		stage: stage.name,
		step,
		outcome: "held",
		reason,
		message
	};
}
function provenBefore({ plan, steps }, stage, step) {
	const proven = [];
	for (const planned of plan.stages) for (const name of planned.steps) {
		if (planned.name === stage && name === step) return proven;
		const state = steps[stepKey(planned.name, name)];
		if (state !== void 0) proven.push(`${stepKey(planned.name, name)} ${state.outcome} ${state.at}`);
	}
	return proven;
}
function approvedEvidence(release, stage) {
	const planned = migrationsFrom(release, stage).map(({ name, migration }) => `${name} applies ${migration.hash}`);
	const proven = [...provenBefore(release, stage, "approve"), ...planned];
	return approvalDigest(release.commit, release.runbookHash, proven);
}
const migrationsFrom = ({ plan }, stage) => plan.stages.slice(plan.stages.findIndex(({ name }) => name === stage)).flatMap(({ name, migration }) => migration === void 0 ? [] : [{
	name,
	migration
}]);
function migrationsBehind(release, { name: from }) {
	return migrationsFrom(release, from).map(({ name, migration: { hash, files, count, breaks, locks } }) => {
		if (count === 0) return ` Stage ${name} has no migration to apply.`;
		const more = count > files.length ? ` and ${count - files.length} more` : "";
		const way = breaks === true ? ", after which the version that serves now is no way back" : "";
		const [heaviest] = locks ?? [];
		const lock = heaviest === void 0 ? "" : ` Its heaviest lock: ${heaviest}`;
		return ` Stage ${name} applies ${files.join(", ")}${more} (plan ${hash.slice(0, 12)})${way}.${lock}`;
	}).join("");
}
function signedEvidence(release) {
	const first = release.plan.stages.find(({ name }) => name === "final")?.steps[0] ?? "sign-off";
	return approvalDigest(release.commit, release.runbookHash, provenBefore(release, finalStage, first));
}
function approvalsOf(release, stage) {
	const rule = stage.approve ?? {
		by: {},
		minimum: 1
	};
	return countApprovals(rule, release.people.approvals, stage.name, approvedEvidence(release, stage.name));
}
function nextSignature(release, stage) {
	const digest = signedEvidence(release);
	return stage.signOff?.find(({ role }) => !release.people.signatures.some((given) => given.role === role && given.digest === digest));
}
function stagesEndedAt({ plan, steps }) {
	let newest = 0;
	for (const stage of plan.stages) {
		if (stage.name === "final") break;
		for (const step of stage.steps) {
			const state = steps[stepKey(stage.name, step)];
			if (state?.outcome !== "passed" && state?.outcome !== "skipped") return void 0;
			newest = Math.max(newest, state.at);
		}
	}
	return newest;
}
const signers = ({ people }) => people.signatures.map(({ actor, role }) => `${actor} (${role})`).join(", ");
function signatureMessage(release, { role, by, afterMs, notAuthor }, now) {
	const from = (stagesEndedAt(release) ?? now) + (afterMs ?? 0);
	const when = from > now ? ` from ${new Date(from).toISOString()} on` : "";
	const who = notAuthor === true ? `, but not ${release.actor}, who began it` : "";
	return `The signature \`${role}\` is missing: comment \`/sign-off ${role}\`${when}, as ${by.join(" or ")}${who}.`;
}
const sameShare = (a, b) => a.stage === b.stage && a.shift === b.shift && a.weight === b.weight && a.generation === b.generation;
function judgeShare(held) {
	const { release, traffic, stage, planned, observation, now, stepBack } = held;
	const judgement = observation.judgement !== void 0 && sameShare(observation.judgement, traffic) ? observation.judgement : void 0;
	const asked = questionOf(release, traffic);
	const open = asked?.answered === false ? asked : void 0;
	if (open !== void 0 && open.decideBy !== null && now >= open.decideBy) return silence(held, open);
	if (judgement?.verdict === "fail") {
		if (stage.onFail === "step-back") return stepBack(judgement);
		if (stage.onFail !== "ask") return goBack(release, observation, "rolled-back", judgement);
		return open?.about === "fail" ? awaiting(open) : ask(held, "fail", judgement, open);
	}
	if (open !== void 0 && open.about !== "page") return awaiting(open);
	const news = newsOf(held, judgement, asked);
	if (news !== void 0) return news;
	if (judgement?.verdict === "pass") return open === void 0 ? {
		do: "accept",
		judgement
	} : awaiting(open);
	const unasked = judgement === void 0 && stage.onShort === "synthetic";
	if (now - traffic.since >= stage.maxHoldMs && !unasked) return unproven(held, judgement);
	return {
		do: "judge",
		stage: stage.name,
		shift: traffic.shift,
		planned,
		weight: traffic.weight,
		generation: traffic.generation
	};
}
function questionOf({ people }, traffic) {
	const { question } = people;
	return question !== null && question.step === "canary" && sameShare(question, traffic) ? question : void 0;
}
function newsOf(held, judgement, asked) {
	const { page, warnings } = judgement ?? {};
	const known = asked !== void 0 && (!asked.answered || asked.reason === page?.reason);
	if (page !== void 0 && !known) return ask(held, "page", page, void 0);
	const { stage, release } = held;
	const untold = warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/canary/${reason}`));
	return untold && {
		do: "warn",
		stage: stage.name,
		step: "canary",
		...untold
	};
}
function ask(held, about, why, before) {
	const { traffic, stage, now } = held;
	const { shift, weight, generation } = traffic;
	const within = now + (stage.decideWithinMs ?? 6e5);
	const decideBy = Math.min(within, before?.decideBy ?? within);
	return {
		do: "ask",
		question: {
			about,
			step: "canary",
			stage: stage.name,
			shift,
			weight,
			generation,
			decideBy,
			reason: why.reason
		},
		message: why.message
	};
}
function silence({ release, observation }, { about, weight, reason }) {
	return goBack(release, observation, about === "short" ? "held" : "rolled-back", {
		reason: "nobody-decided",
		message: `Nobody decided in time about ${weight}% (${reason}), so traffic goes back to stable.`
	});
}
function unproven(held, judgement) {
	const { release, traffic, stage, observation } = held;
	const why = judgement?.message ?? "No verdict was reached.";
	const reason = "max-hold";
	const longest = `${traffic.weight}% was held for its longest time without proof`;
	if (stage.onShort === "approve") return ask(held, "short", {
		reason,
		message: `${longest}. ${why}`
	}, void 0);
	return goBack(release, observation, stage.onShort === "fail" ? "rolled-back" : "held", {
		reason,
		message: `${longest}, so traffic goes back to stable. ${why}`
	});
}
const halt = (production) => ({
	do: "end",
	as: "halted",
	reason: "drift",
	message: driftMessage(production)
});
const failed = (reason, message) => ({
	do: "end",
	as: "failed",
	reason,
	message
});
function canary(release, stage, observation, now) {
	const { production } = observation;
	if ("unreadable" in production) return {
		do: "hold",
		reason: "platform-unreadable",
		message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`
	};
	const { candidate } = release;
	if (candidate === null) return failed("no-candidate", `Stage ${stage.name} has a canary, but no version was deployed before it.`);
	const share = shares(production, {
		from: candidate.version,
		to: release.stable.version
	});
	if (share.foreign.length > 0) return halt(production);
	if (wentBackUnrecorded(release, production, share.ours)) return goBack(release, observation, "rolled-back", {
		reason: "found-on-stable",
		message: "Production is back on stable although the record shows the candidate in traffic: a rollback whose entry was lost, or a person's."
	});
	if (release.intent !== null && production.generation !== release.intent.generation) return showsAnnounced(release, production, share.ours, observation.sentBack) ? {
		do: "settle",
		weight: share.ours,
		generation: production.generation
	} : halt(production);
	const shift = (index, planned, back) => ({
		do: "shift",
		stage: stage.name,
		shift: index,
		weight: planned.weight,
		...planned.hosts !== void 0 && { hosts: planned.hosts.count },
		candidate: candidate.version,
		stable: release.stable.version,
		ifGeneration: production.generation,
		...back !== void 0 && { back }
	});
	const { traffic } = release;
	const first = stage.shifts[0];
	if (first === void 0) return failed("no-shifts", `The canary of stage ${stage.name} has no shifts.`);
	if (traffic === null || traffic.stage !== stage.name) return share.ours === 0 && production.generation === release.stable.generation ? shift(0, first) : halt(production);
	if (production.generation !== traffic.generation || share.ours !== traffic.weight) return halt(production);
	const planned = stage.shifts[traffic.shift];
	if (planned === void 0) return failed("plan-changed", `The record is at shift ${traffic.shift + 1} of stage ${stage.name}, which the plan does not have.`);
	const stepBack = (why) => {
		const lower = stage.shifts[traffic.shift - 1];
		return lower === void 0 ? goBack(release, observation, "rolled-back", why) : shift(traffic.shift - 1, lower, {
			...why,
			shift: traffic.shift
		});
	};
	const { steppedBack } = release.people;
	if (release.intent !== null && release.intent.stage === stage.name && release.intent.shift < traffic.shift) return stepBack({
		reason: "step-back",
		message: "The step back that was announced is finished."
	});
	if (steppedBack !== null && steppedBack.stage === stage.name && steppedBack.shift === traffic.shift) return stepBack({
		reason: steppedBack.reason,
		message: "The share was to be given up, and still is held."
	});
	if (!isProven(release, traffic, planned)) return judgeShare({
		release,
		traffic,
		stage,
		planned,
		observation,
		now,
		stepBack
	});
	const next = stage.shifts[traffic.shift + 1];
	if (next === void 0) return {
		do: "promote",
		stage: stage.name
	};
	if (steppedBack !== null) return waitToRetry({
		release,
		traffic,
		steppedBack,
		stage,
		observation,
		now
	});
	return shift(traffic.shift + 1, next);
}
function waitToRetry({ release, traffic, steppedBack, stage, observation, now }) {
	const { weight } = traffic;
	const until = traffic.since + stage.maxHoldMs;
	if (now >= until) return goBack(release, observation, "held", {
		reason: "max-hold",
		message: `${weight}% was held for its longest time after a step back, and nobody let it try again.`
	});
	return {
		do: "hold",
		reason: "stepped-back",
		message: `The candidate was taken back to ${weight}% (${steppedBack.reason}). Comment \`/continue\` to let it try again (retry ${release.people.retries + 1}), or \`/rollback\`; without a word it goes back to stable.`,
		until
	};
}
function isProven({ verdict }, traffic, planned) {
	if (!planned.judged) return planned.weight === 100;
	return verdict !== null && verdict.verdict === "pass" && sameShare(verdict, traffic);
}
function wentBackUnrecorded(release, production, candidateShare) {
	const expected = release.intent ?? release.traffic;
	return expected !== null && candidateShare === 0 && production.generation !== expected.generation;
}
const undoing = ({ what, stage, handle }) => ({
	do: "change",
	what,
	to: "off",
	stage,
	handle
});
function wantedFor({ plan }, step) {
	const { maintenance } = plan;
	if (maintenance === void 0 || step === void 0 || !maintenance.around.includes(step)) return [];
	return [...maintenance.page === void 0 ? [] : ["maintenance"], ...maintenance.workers === void 0 ? [] : ["workers"]];
}
const flagsFrom = stepNames.indexOf("deploy");
function flagsBefore({ plan, changes }, stage, step) {
	if (plan.stages.find(({ name }) => name === stage)?.flags === void 0 || step === void 0 || stepNames.indexOf(step) < flagsFrom) return void 0;
	const known = changes.find((made) => made.what === "flags" && made.stage === stage);
	if (known?.certain === true) return void 0;
	return {
		do: "change",
		what: "flags",
		to: "on",
		stage,
		handle: known?.handle ?? null
	};
}
function changeBefore(release, stage, step) {
	const wanted = wantedFor(release, step);
	const missing = wanted.find((what) => !release.changes.some((known) => known.what === what && known.certain));
	if (missing !== void 0) return {
		do: "change",
		what: missing,
		to: "on",
		stage: release.changes.find(({ what }) => what === missing)?.stage ?? stage,
		handle: null
	};
	const left = release.changes.findLast(({ what }) => !isLasting(what) && !wanted.includes(what));
	return left === void 0 ? flagsBefore(release, stage, step) : undoing(left);
}
function changeToUndo({ ended, changes }) {
	if (ended === null || ended.as === "done") return void 0;
	const left = changes.findLast(({ what }) => !isLasting(what) || ended.as !== "halted");
	return left && undoing(left);
}
function decide(record, observation, now) {
	const { release } = record;
	const { asker } = observation;
	if (asker.release < record.highest) return refuse("superseded", `Release ${asker.release} was superseded by release ${record.highest}; it may not write any more.`);
	if (release === null || release.id !== asker.release) return refuse("not-started", `Release ${asker.release} was never started here; the plan job starts it.`);
	if (asker.attempt < release.attempt) return refuse("superseded", `Attempt ${asker.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`);
	if (release.ended !== null) return changeToUndo(release) ?? {
		do: "nothing",
		ended: release.ended
	};
	const due = firstOpen(release);
	if (due === void 0) return changeBefore(release, "", void 0) ?? finish(release, observation.production);
	if (observation.abort !== void 0) return goBack(release, observation, "rolled-back", observation.abort);
	if (release.interrupted !== null) return goBack(release, observation, "rolled-back", {
		reason: "interrupted",
		message: `The release was interrupted (${release.interrupted.reason}), so traffic goes back to stable.`
	});
	const { wanted } = release.people;
	if (wanted !== null) return asWanted(release, wanted, observation);
	return unlessHeld(record, due.stage, nextDue(release, due, observation, now), observation, now);
}
const refuse = (reason, message) => ({
	do: "refuse",
	reason,
	message
});
const holdOn = (reason, message) => ({
	do: "hold",
	reason,
	message
});
function asWanted(release, { order, actor, reason }, observation) {
	const said = `${actor} asked for it${reason === "" ? "." : `: ${reason}`}`;
	return order === "rollback" ? goBack(release, observation, "rolled-back", {
		reason: "requested",
		message: said
	}) : goBack(release, observation, "held", {
		reason: "aborted",
		message: said
	});
}
function stopOf({ lock, environment, release }, effect, now) {
	const raise = effect.do === "shift" && effect.back === void 0;
	if (lock !== null && raise) return {
		reason: "locked",
		message: lockedMessage(lock, environment)
	};
	if (!(raise || effect.do === "step")) return void 0;
	const frozen = frozenAt(release?.plan.freeze ?? [], now);
	if (frozen !== void 0) return {
		reason: "frozen",
		message: `Nothing goes on during ${frozen.window.text}, which ends ${new Date(frozen.until).toISOString()}. Rolling back works all the time.`
	};
	const hold = release?.people.hold ?? null;
	if (hold === null) return void 0;
	const why = hold.reason === "" ? "" : `: ${hold.reason}`;
	return {
		reason: "on-hold",
		message: `${hold.actor} holds this release since ${new Date(hold.at).toISOString()}${why}. Comment \`/continue\` to let it go on, or \`/rollback\`.`
	};
}
function unlessHeld(record, stage, effect, observation, now) {
	const { release } = record;
	const stop = stopOf(record, effect, now);
	if (stop === void 0 || release === null) return effect;
	const { traffic } = release;
	if (traffic === null || now - traffic.since < stage.maxHoldMs) return holdOn(stop.reason, stop.message);
	const message = `${traffic.weight}% was held for its longest time while raising was stopped. ${stop.message}`;
	return goBack(release, observation, "held", {
		reason: "max-hold",
		message
	});
}
function nextDue(release, due, observation, now) {
	const { stage, step } = due;
	const state = release.steps[stepKey(stage.name, step)];
	if (state?.outcome === "failed") return goBack(release, observation, "rolled-back", {
		reason: `${step}-failed`,
		message: state.message
	});
	if (observation.cancelled === true) return holdOn("cancelled", "The job was cancelled; nothing new is started.");
	const change = changeBefore(release, stage.name, step);
	if (change !== void 0) return change;
	switch (step) {
		case "canary": return canary(release, stage, observation, now);
		case "approve":
		case "pause":
		case "sign-off": return agreement(release, stage, step, now);
		case "watch": return watching$1(release, stage, observation, now);
		default: return {
			do: "step",
			stage,
			step
		};
	}
}
function finish(release, production) {
	if (release.promoted !== null && !("unreadable" in production) && !servesAll$1(production, release.promoted.version)) return {
		do: "end",
		as: "halted",
		reason: "drift",
		message: driftMessage(production)
	};
	return {
		do: "end",
		as: "done",
		reason: "all-steps-passed",
		message: `Release ${release.id} serves all traffic: every step of every stage passed.`
	};
}
const maxWaitMs = 36e5;
const maxEffects = 1e4;
const orderEveryMs = 2e4;
const answerEveryMs = 1e4;
async function advance(context) {
	let snapshot = await context.store.read(context.environment);
	let fresh = true;
	let judgement;
	let seen;
	let sentBack;
	let parting;
	let tries = 0;
	const started = context.ports.clock.monotonic();
	let readAt = started;
	for (let effects = 0; effects < maxEffects; effects++) {
		const production = await look(context);
		const { asker, abort } = context;
		const cancelled = context.ports.cancelled.aborted;
		const effect = decide(snapshot.record, {
			asker,
			production,
			judgement,
			look: seen,
			sentBack,
			cancelled,
			abort
		}, context.ports.clock.now());
		const passed = alreadyPassed(context, snapshot);
		if (passed !== void 0 && effect.do !== "end" && effect.do !== "refuse") return passed;
		if (!fresh && (effect.do === "refuse" || effect.do === "end")) {
			snapshot = await context.store.read(context.environment);
			fresh = true;
			continue;
		}
		if (effect.do === "judge" && !cancelled) {
			if (context.judge === void 0) return hold("waiting", "A share of the canary is waiting for its verdict; the canary gate judges it.");
			const stayMs = judgement === void 0 ? maxWaitMs : context.patienceMs ?? 36e5;
			if (context.ports.clock.monotonic() - started + effect.planned.everyMs > stayMs) return waiting(context, snapshot, judgement);
			judgement = await context.judge(effect, releaseOf(snapshot));
			fresh = false;
			const { clock } = context.ports;
			if (clock.monotonic() - readAt < orderEveryMs) continue;
			readAt = clock.monotonic();
			snapshot = await context.store.read(context.environment);
			fresh = true;
			continue;
		}
		if (effect.do === "look" && !cancelled) {
			if (context.watch === void 0) return hold("watching", `What serves is watched for stage ${effect.stage}; a tick looks at it.`);
			const waitMs = Math.max(0, effect.at - context.ports.clock.now());
			const stayMs = seen === void 0 ? maxWaitMs : context.patienceMs ?? 36e5;
			if (context.ports.clock.monotonic() - started + waitMs > stayMs) return watching(context, snapshot, seen);
			await context.ports.clock.sleep(waitMs, context.ports.cancelled).catch(() => void 0);
			seen = await context.watch(effect, releaseOf(snapshot));
			fresh = false;
			continue;
		}
		if (effect.do === "hold" && effect.until !== void 0 && await waited(context, effect.until, started)) {
			snapshot = await context.store.read(context.environment);
			fresh = true;
			continue;
		}
		const act = await perform(context, snapshot, production, effect, {
			judgement,
			look: seen
		});
		if (act.verdict !== void 0) return effect.do === "nothing" ? parting ?? act.verdict : act.verdict;
		parting = act.parting ?? parting;
		tries = act.again === true ? tries + 1 : 0;
		if (effect.do === "restore" && context.target?.capabilities.compareAndSet) sentBack = sentBackFrom(releaseOf(snapshot), effect.ifGeneration);
		if (tries >= 5) return {
			verdict: "error",
			reason: "no-progress",
			message: `The same effect (${effect.do}) was tried ${5} times and production did not follow; nothing more is tried.`
		};
		if (tries > 0) await context.ports.clock.sleep(200 * 2 ** tries);
		snapshot = act.snapshot ?? await context.store.read(context.environment);
		fresh = true;
		if (effect.do !== "shift" && effect.do !== "settle") continue;
		judgement = void 0;
	}
	return {
		verdict: "error",
		reason: "too-many-effects",
		message: `More than ${maxEffects} effects in one job: this is a defect of Sluice, please report it with the record.`
	};
}
async function waited({ ports, target, judge }, until, started) {
	const { clock, cancelled } = ports;
	const ms = Math.min(Math.max(0, until - clock.now()), answerEveryMs);
	if (target === void 0 || judge === void 0 || cancelled.aborted) return false;
	if (clock.monotonic() - started + ms > 36e5) return false;
	await clock.sleep(ms, cancelled).catch(() => void 0);
	return true;
}
function alreadyPassed(context, { record }) {
	const { until, asker } = context;
	const { release } = record;
	if (until === void 0 || release === null || release.id !== asker.release || release.ended !== null) return void 0;
	const state = release.steps[`${until.stage}/${until.step}`];
	return state !== void 0 && isSettled(release, until.stage, until.step) ? pass(state.reason, state.message) : void 0;
}
async function look({ target, ports }) {
	if (target === void 0) return { unreadable: "This job does not look at production." };
	for (let attempt = 1;; attempt++) try {
		return await target.observe();
	} catch (problem) {
		const message = problem instanceof Error ? problem.message : String(problem);
		if (attempt === 5 || ports.cancelled.aborted) return { unreadable: message };
		await ports.clock.sleep(100 * 2 ** attempt * (.5 + ports.random()));
	}
}
async function perform(context, snapshot, production, effect, seen) {
	switch (effect.do) {
		case "refuse": return { verdict: {
			verdict: "error",
			reason: effect.reason,
			message: effect.message
		} };
		case "nothing":
			if (context.readOnly !== true) await context.show?.(snapshot);
			return { verdict: endedAs(effect.ended.as, effect.ended.reason, effect.ended.message) };
		case "hold":
		case "judge":
		case "look": return { verdict: await interrupted(context, snapshot, effect) };
		case "step": return runStep(context, snapshot, effect);
		case "shift": return shift(context, snapshot, effect, seen.judgement);
		case "settle": return { snapshot: await journal(context, snapshot, {
			kind: "result",
			outcome: "applied",
			weight: effect.weight,
			generation: effect.generation,
			message: "Settled from what production shows."
		}) };
		case "accept": return { snapshot: await journal(context, snapshot, verdictEntry(effect.judgement)) };
		case "accept-look": return { snapshot: await journal(context, snapshot, lookEntry(effect.look)) };
		case "change": return change(context, snapshot, effect);
		case "promote": return { snapshot: await journal(context, snapshot, {
			kind: "step",
			stage: effect.stage,
			step: "canary",
			outcome: "passed",
			reason: "all-shares-proven",
			message: "Every share of the canary was proven; the candidate serves all traffic."
		}) };
		case "mark": return mark(context, snapshot, effect);
		case "ask": return tellPeople(context, snapshot, {
			kind: "asked",
			...effect.question,
			message: effect.message.slice(0, 4e3)
		});
		case "warn": {
			const { stage, step, reason, message } = effect;
			return tellPeople(context, snapshot, {
				kind: "warned",
				stage,
				step,
				reason,
				message: message.slice(0, 4e3)
			});
		}
		case "restore": return restore(context, snapshot, production, effect, seen);
		case "end": {
			if (context.readOnly === true) return { verdict: endedAs(effect.as, effect.reason, effect.message) };
			const after = await journal(context, snapshot, {
				kind: "ended",
				as: effect.as,
				reason: effect.reason,
				message: effect.message.slice(0, 4e3)
			});
			if (after === void 0) return { again: true };
			const verdict = endedAs(effect.as, effect.reason, effect.message);
			return releaseOf(after).changes.length === 0 ? { verdict } : {
				snapshot: after,
				parting: verdict
			};
		}
	}
}
async function interrupted(context, snapshot, effect) {
	const waiting = effect.do === "hold" ? effect : {
		reason: "cancelled",
		message: "The job was cancelled while production was being judged."
	};
	if (!context.ports.cancelled.aborted) return hold(waiting.reason, waiting.message);
	if (context.readOnly !== true) await journal(context, snapshot, {
		kind: "interrupted",
		reason: "cancelled",
		message: waiting.message
	});
	return {
		verdict: "error",
		reason: "cancelled",
		message: "The job was cancelled; the rollback job gives traffic back to stable."
	};
}
async function watching(context, snapshot, seen) {
	const known = snapshot.record.release?.watch?.lookedAt ?? 0;
	if (seen !== void 0 && seen.to > known && context.readOnly !== true) await journal(context, snapshot, lookEntry(seen.verdict === "pass" ? {
		...seen,
		verdict: "hold"
	} : seen));
	return hold("watching", `${seen?.message ?? "Nothing was seen yet."} The next tick looks again.`);
}
async function waiting(context, snapshot, judgement) {
	if (judgement !== void 0 && context.readOnly !== true) await journal(context, snapshot, verdictEntry(judgement));
	const message = `${judgement?.message ?? "No verdict yet."} This job has waited long enough; the next tick goes on.`;
	return hold("waiting", message);
}
export { signedEvidence as a, nextSignature as i, maxWaitMs as n, stagesEndedAt as o, approvedEvidence as r, headline as s, advance as t };
