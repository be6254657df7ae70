import { t as finalStage } from "./plan.js";
import { c as stepKey, l as firstOpen } from "./record.js";
function shares(production, { from, to }) {
	return {
		ours: production.serving.find((serving) => serving.version === from)?.weight ?? 0,
		foreign: production.serving.filter((serving) => serving.weight > 0 && serving.version !== from && serving.version !== to).map((serving) => serving.version)
	};
}
const driftMessage = (production) => `Production serves ${production.serving.filter((s) => s.weight > 0).map((s) => `${s.version.slice(0, 12)} at ${s.weight}%`).join(" and ") || "nothing"}, which this release did not do: somebody moved traffic by hand. Nothing is changed; dispatch the rollback workflow with an explicit target, or push again.`;
const servesAll = (production, version) => production.serving.some((serving) => serving.version === version && serving.weight === 100);
function sentBackFrom({ intent }, generation) {
	return intent === null || intent.generation === generation ? void 0 : {
		announcedAt: intent.generation,
		generation
	};
}
function showsAnnounced({ intent }, production, ours, sentBack) {
	if (intent === null || ours !== intent.weight) return false;
	return sentBack?.announcedAt !== intent.generation || sentBack.generation === production.generation;
}
const newCommitPolicies = [
	"wait-latest",
	"replace",
	"refuse"
];
function admit(record, request) {
	const refuse = (reason, message) => ({
		admit: "refuse",
		reason,
		message
	});
	const { release, queued } = record;
	if (request.release < record.highest) return refuse("superseded", `Release ${request.release} is older than release ${record.highest}, which this environment has already seen; push again, or dispatch a rollback instead.`);
	const overtaken = queued !== null && request.release < queued.release ? refuse("superseded", `Release ${request.release} is older than release ${queued.release} of commit ${queued.commit.slice(0, 12)}, which waits already; nothing of it begins.`) : void 0;
	if (release !== null && release.id === request.release) {
		if (request.attempt < release.attempt) return refuse("superseded", `Attempt ${request.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`);
		if (release.ended === null) return { admit: "resume" };
		return (release.ended.as === "failed" || release.ended.as === "held") && release.promoted === null && request.attempt > release.attempt ? overtaken ?? unlessLocked(record) : refuse("already-ended", `Release ${release.id} ended as ${release.ended.as}: ${release.ended.message} Push a commit to start another one.`);
	}
	if (overtaken !== void 0) return overtaken;
	const rejected = record.rejected.find((known) => known.commit === request.commit);
	if (rejected !== void 0 && request.overrideRejected !== true) return refuse("rejected", `Commit ${request.commit.slice(0, 12)} was rolled back in release ${rejected.release} (${rejected.reason}); fix it and push, or dispatch the release with override-rejected.`);
	if (release !== null && release.ended === null) {
		if (request.onNewCommit === "replace") return {
			admit: "replace",
			other: release.id
		};
		if (request.onNewCommit === "wait-latest") return {
			admit: "wait",
			message: `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; release ${request.release} begins when it has ended.`
		};
		return refuse("busy", `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; let it finish, or dispatch the rollback workflow to end it.`);
	}
	return unlessLocked(record);
}
const unlessLocked = ({ lock, environment }) => lock === null ? { admit: "begin" } : {
	admit: "refuse",
	reason: "locked",
	message: lockedMessage(lock, environment)
};
const lockedMessage = (lock, environment) => `${environment} was locked by ${lock.actor} at ${new Date(lock.at).toISOString()}: ${lock.reason} Unlock it when releases may go on (\`unlock --environment ${environment}\`); rolling back works all the time.`;
function wayBackOf({ promoted, replaced, before }, stage) {
	if (promoted === null) return void 0;
	if (stage === "final") return before;
	return replaced !== null && replaced.stage === stage ? replaced.version : void 0;
}
function handOf(release) {
	const { candidate, traffic, intent, stable, promoted } = release;
	if (candidate !== null && (traffic !== null || intent !== null)) return {
		from: candidate.version,
		to: stable.version,
		generation: traffic?.generation
	};
	const to = wayBackOf(release, firstOpen(release)?.stage.name);
	return promoted === null || to === void 0 ? void 0 : {
		from: promoted.version,
		to,
		generation: stable.generation
	};
}
function goBack(release, observation, as, why) {
	const hand = handOf(release);
	if (hand === void 0) return {
		do: "end",
		as: "failed",
		reason: why.reason,
		message: why.message
	};
	const { production } = observation;
	if ("unreadable" in production) return {
		do: "hold",
		reason: "platform-unreadable",
		message: `Traffic should go back to stable, but production cannot be read: ${production.unreadable}`
	};
	const { intent } = release;
	const share = shares(production, hand);
	const ours = share.ours === 0 || production.generation === hand.generation || showsAnnounced(release, production, share.ours, observation.sentBack);
	if (share.foreign.length > 0 || !ours) return {
		do: "end",
		as: "halted",
		reason: "drift",
		message: driftMessage(production)
	};
	return {
		do: "restore",
		to: hand.to,
		from: hand.from,
		ifGeneration: production.generation,
		already: servesAll(production, hand.to) && production.generation !== intent?.generation,
		as,
		reason: why.reason,
		message: why.message
	};
}
const usualDecideWithinMs = 6e5;
const awaiting = ({ weight, decideBy, reason }) => ({
	do: "hold",
	reason: "awaiting-decision",
	message: `A person decides about ${weight}% (${reason}): comment \`/continue\` or \`/rollback\`` + (decideBy === null ? "." : `; without a word by ${new Date(decideBy).toISOString()} traffic goes back.`),
	...decideBy !== null && { until: decideBy }
});
const servedBy = ({ stable }) => stable;
function watching(release, stage, observation, now) {
	const { production } = observation;
	const { watch: planned } = stage;
	if (planned === void 0) return {
		do: "end",
		as: "failed",
		reason: "no-watch",
		message: `Stage ${stage.name} says nothing about its watch.`
	};
	if ("unreadable" in production) return {
		do: "hold",
		reason: "platform-unreadable",
		message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`
	};
	const { version, generation } = servedBy(release);
	if (!servesAll(production, version) || production.generation !== generation) {
		const back = wayBackOf(release, stage.name);
		if (back !== void 0 && back !== version && servesAll(production, back)) return goBack(release, observation, "rolled-back", {
			reason: "found-on-stable",
			message: "Production is back on what served before: a rollback whose entry was lost, or a person's."
		});
		return {
			do: "end",
			as: "halted",
			reason: "drift",
			message: driftMessage(production)
		};
	}
	const { watch } = release;
	if (watch === null || watch.stage !== stage.name || release.steps[stepKey(stage.name, "watch")] === void 0) return {
		do: "mark",
		stage: stage.name,
		step: "watch",
		outcome: "begun",
		reason: "due",
		message: `What serves is watched: ${version.slice(0, 12)}.`
	};
	return look({
		release,
		stage,
		planned,
		watch,
		generation,
		observation,
		now
	});
}
function look(watching) {
	const { release, stage, planned, watch, generation, observation, now } = watching;
	const seen = observation.look;
	const fresh = seen !== void 0 && seen.stage === stage.name && seen.generation === generation && seen.to > watch.lookedAt ? seen : void 0;
	const asked = questionOf(watching);
	const open = asked?.answered === false ? asked : void 0;
	if (open !== void 0 && open.decideBy !== null && now >= open.decideBy) return goBack(release, observation, "rolled-back", {
		reason: "nobody-decided",
		message: `Nobody decided in time about what serves (${open.reason}), so traffic goes back.`
	});
	if (fresh?.verdict === "fail") {
		if (planned.onFail !== "ask") return goBack(release, observation, "rolled-back", fresh);
		return open?.about === "fail" ? awaiting(open) : ask(watching, "fail", fresh, open);
	}
	if (open !== void 0 && open.about !== "page") return awaiting(open);
	const news = newsOf(watching, fresh, asked);
	if (news !== void 0) return news;
	if (open === void 0 && watch.verdict === "pass") return over(watching);
	const longest = planned.paces.at(-1)?.untilMs ?? 0;
	const elapsed = now - watch.since;
	if (open === void 0 && fresh?.verdict === "pass" && elapsed >= longest && isCovered(watching, fresh)) return {
		do: "accept-look",
		look: fresh
	};
	const lookedOnce = seen !== void 0 || watch.lookedAt >= watch.since + longest;
	if (open === void 0 && elapsed >= 2 * longest && lookedOnce) return unproven(watching, fresh);
	const from = fresh?.to ?? watch.lookedAt;
	return {
		do: "look",
		stage: stage.name,
		generation,
		planned,
		at: from + paceAt(planned, from - watch.since)
	};
}
function paceAt({ paces }, after) {
	const [last] = paces.slice(-1);
	return (paces.find(({ untilMs }) => after < untilMs) ?? last)?.everyMs ?? 6e4;
}
function isCovered({ watch, planned }, look) {
	return watch.seenMs + look.seenMs >= planned.coverage * (look.to - watch.since);
}
function questionOf({ release, stage, generation }) {
	const { question } = release.people;
	if (question === null || question.step !== "watch") return void 0;
	return question.stage === stage.name && question.generation === generation ? question : void 0;
}
function newsOf(watching, look, asked) {
	const { stage, release } = watching;
	const known = asked?.about === "page" && asked.reason === look?.page?.reason;
	if (look?.page !== void 0 && asked?.answered !== false && !known) return ask(watching, "page", look.page, void 0);
	const untold = look?.warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/watch/${reason}`));
	return untold && {
		do: "warn",
		stage: stage.name,
		step: "watch",
		...untold
	};
}
function ask({ stage, planned, generation, now }, about, why, before) {
	const within = now + (planned.decideWithinMs ?? 6e5);
	const decideBy = about === "short" ? null : Math.min(within, before?.decideBy ?? within);
	return {
		do: "ask",
		question: {
			about,
			step: "watch",
			stage: stage.name,
			shift: 0,
			weight: 100,
			generation,
			decideBy,
			reason: why.reason
		},
		message: why.message
	};
}
function unproven(watching, look) {
	const { planned, release, observation, watch } = watching;
	const why = {
		reason: "watch-unproven",
		message: `After twice its time the watch has no proof (seen: ${shareSeen(watch)}). ${look?.message ?? watch.reason}`
	};
	return planned.onShort === "fail" ? goBack(release, observation, "rolled-back", why) : ask(watching, "short", why, void 0);
}
const shareSeen = ({ seenMs, lookedAt, since }) => `${lookedAt > since ? Math.round(100 * seenMs / (lookedAt - since)) : 0}% of the time`;
function over({ stage, watch }) {
	return {
		do: "mark",
		stage: stage.name,
		step: "watch",
		outcome: "passed",
		reason: watch.reason,
		message: `${shareSeen(watch)} was seen; the longest time without numbers was ${Math.round(watch.largestGapMs / 1e3)} s.`
	};
}
export { goBack as a, newCommitPolicies as c, servesAll as d, shares as f, usualDecideWithinMs as i, driftMessage as l, watching as n, admit as o, showsAnnounced as p, awaiting as r, lockedMessage as s, paceAt as t, sentBackFrom as u };
