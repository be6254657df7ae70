import { f as paceAt, g as changeToUndo } from "./release.js";
import { r as wentBack } from "./rollback.js";
const tickSources = [
	"chain",
	"wait-timer",
	"cron",
	"external"
];
const looksAfterRollbackMs = [
	6e4,
	3e5,
	9e5
];
const soonMs = 6e4;
function handOver({ release, queued }, { source, verdict, now, elsewhere }) {
	if (release !== null && verdict !== void 0 && changeToUndo(release) !== void 0) return {
		next: "release",
		release: release.id,
		why: "What the release had turned on is still to be undone."
	};
	if (queued !== null && (release === null || release.ended !== null)) {
		const next = nextInLine(queued, release, elsewhere);
		if (next.next === "release" || release === null) return next;
	}
	if (release === null) return {
		next: "nothing",
		why: "No release was ever recorded here."
	};
	if (verdict?.verdict === "error") return {
		next: "nothing",
		why: "The tick failed; the next one is started by whoever mends it, or by the schedule."
	};
	if (release.ended === null && verdict?.verdict === "hold" && verdict.reason === "dispatch") return {
		next: "release",
		release: release.id,
		why: verdict.message
	};
	const afterMs = nextLookIn(release, now);
	if (afterMs === void 0) return {
		next: "nothing",
		why: restingBecause(release)
	};
	if (source === "cron" || source === "external") return {
		next: "nothing",
		why: `The next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`
	};
	return {
		next: "tick",
		afterMs,
		why: "The release waits, and somebody has to look again."
	};
}
function nextInLine({ release, commit, reason, message }, before, elsewhere) {
	if (reason === "after" && elsewhere?.verdict !== "pass") return {
		next: "nothing",
		why: elsewhere?.message ?? message
	};
	if (before?.ended?.as === "halted") return {
		next: "nothing",
		why: `Release ${before.id} halted, because somebody moved traffic. Release ${release} waits: start the release workflow with \`resume: ${release}\` when it may begin.`
	};
	return {
		next: "release",
		release,
		why: `Release ${release} of commit ${commit.slice(0, 12)} waited in line.`
	};
}
const restingBecause = ({ ended }) => ended === null ? "What it waits for is no matter of time." : `The release ended as ${ended.as}.`;
function nextLookIn(release, now) {
	if (release.ended !== null) return nextLookAfterRollback(release, now);
	const at = nextLookAt(release);
	return at === void 0 ? void 0 : Math.max(0, at - now);
}
function nextLookAt(release) {
	const { traffic, intent, interrupted, people, watch, steps } = release;
	const { question, wanted } = people;
	if (intent !== null) return intent.at;
	if (interrupted !== null) return interrupted.at;
	if (wanted !== null) return wanted.at;
	const times = [];
	if (question !== null && !question.answered && question.decideBy !== null) times.push(question.decideBy);
	if (traffic !== null) times.push(lastLookAt(release, traffic) + everyMsOf(release, traffic));
	if (watch !== null && steps[`${watch.stage}/watch`]?.outcome === "begun") times.push(watch.lookedAt + watchEveryMs(release, watch));
	return times.length === 0 ? void 0 : Math.min(...times);
}
function watchEveryMs({ plan }, { stage, lookedAt, since }) {
	const planned = plan.stages.find(({ name }) => name === stage)?.watch;
	return planned === void 0 ? 0 : paceAt(planned, lookedAt - since);
}
const isDue = (release, now) => (nextLookIn(release, now) ?? 0) <= soonMs;
function lastLookAt({ verdict }, traffic) {
	return verdict !== null && verdict.generation === traffic.generation ? verdict.at : traffic.since;
}
function everyMsOf({ plan }, { stage, shift }) {
	return plan.stages.find(({ name }) => name === stage)?.shifts[shift]?.everyMs ?? 0;
}
function nextLookAfterRollback({ ended, candidate, promoted }, now) {
	if (ended === null || !wentBack.has(ended.as) || (candidate ?? promoted) === null) return void 0;
	const since = now - ended.at;
	const next = looksAfterRollbackMs.find((look) => look > since);
	return next === void 0 ? void 0 : next - since;
}
export { tickSources as a, nextLookIn as i, isDue as n, looksAfterRollbackMs as r, handOver as t };
