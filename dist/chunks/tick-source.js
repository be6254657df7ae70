import { T as frozenAt, dt as expecting } from "./runbook-keys.js";
import { s as _enum } from "./zod.js";
import { p as paceAt, y as changeToUndo } from "./release.js";
import { r as wentBack } from "./rollback.js";
const tickSources = [
"chain",
"wait-timer",
"cron",
"external"
], looksAfterRollbackMs = [
6e4,
3e5,
9e5
];
function handOver({ release, queued }, { source, verdict, now, elsewhere }) {
if (release !== null && verdict !== void 0 && changeToUndo(release) !== void 0) return {
next: "release",
release: release.id,
why: "What the release had turned on is still to be undone."
};
if (queued !== null && (release === null || release.ended !== null)) {
let next = nextInLine(queued, release, {
source,
now,
elsewhere
}), rests = release === null || next.next === "tick" && nextLookIn(release, now) === void 0;
if (next.next === "release" || rests) return next;
}
if (release === null) return {
next: "nothing",
why: noneRecorded
};
if (verdict?.verdict === "error") return {
next: "nothing",
why: "The tick failed; the next one is started by the job behind it in watch.yml, by whoever mends it, or by the schedule."
};
if (release.ended === null && verdict?.verdict === "hold" && verdict.reason === "dispatch") return {
next: "release",
release: release.id,
why: verdict.message
};
let afterMs = nextLookIn(release, now);
return afterMs === void 0 ? {
next: "nothing",
why: restingBecause(release, now)
} : source === "cron" || source === "external" ? {
next: "nothing",
why: `The next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`
} : {
next: "tick",
afterMs,
why: "The release waits, and somebody has to look again."
};
}
function afterDeadTick({ release, queued }, now) {
return release !== null && (release.ended === null || changeToUndo(release) !== void 0 || nextLookIn(release, now) !== void 0) || queued !== null ? {
next: "tick",
afterMs: 0,
why: "Whatever waits has still to be looked at."
} : {
next: "nothing",
why: release === null ? noneRecorded : restingBecause(release, now)
};
}
const noneRecorded = "No release was ever recorded here.";
function nextInLine({ release, commit, reason, message }, before, { source, now, elsewhere }) {
if (reason === "after" && elsewhere?.verdict !== "pass") {
let why = elsewhere?.message ?? message;
return elsewhere?.from === void 0 || source === "cron" || source === "external" ? {
next: "nothing",
why
} : {
next: "tick",
afterMs: Math.max(0, elsewhere.from - now),
why
};
}
return before?.ended?.as === "halted" ? {
next: "nothing",
why: `Release ${before.id} halted, because somebody moved traffic. Release ${release} waits: start the release workflow with \`resume: ${release}\` when it may begin.`
} : {
next: "release",
release,
why: `Release ${release} of commit ${commit.slice(0, 12)} waited in line.`
};
}
function restingBecause({ ended, plan }, now) {
if (ended !== null) return `The release ended as ${ended.as}.`;
let frozen = frozenAt(plan.freeze ?? [], now);
return frozen === void 0 ? "What it waits for is no matter of time." : `It is frozen until ${new Date(frozen.until).toISOString()}; the schedule of the watch workflow goes on after that, or a tick by hand.`;
}
function nextLookIn(release, now) {
if (release.ended !== null) return nextLookAfterRollback(release, now);
let at = nextLookAt(release);
return at === void 0 ? void 0 : Math.max(0, at - now);
}
function nextLookAt(release) {
let { traffic, intent, interrupted, people, watch, steps } = release, { question, wanted } = people;
if (intent !== null) return intent.at;
if (interrupted !== null) return interrupted.at;
if (wanted !== null) return wanted.at;
let times = [];
return question !== null && !question.answered && question.decideBy !== null && times.push(question.decideBy), traffic !== null && times.push(lastLookAt(release, traffic) + everyMsOf(release, traffic)), watch !== null && steps[`${watch.stage}/watch`]?.outcome === "begun" && times.push(watch.lookedAt + watchEveryMs(release, watch)), times.length === 0 ? void 0 : Math.min(...times);
}
function watchEveryMs({ plan }, { stage, lookedAt, since }) {
let planned = plan.stages.find(({ name }) => name === stage)?.watch;
return planned === void 0 ? 0 : paceAt(planned, lookedAt - since);
}
const isDue = (release, now) => (nextLookIn(release, now) ?? 0) <= 6e4;
function lastLookAt({ verdict }, traffic) {
return verdict !== null && verdict.generation === traffic.generation ? verdict.at : traffic.since;
}
function everyMsOf({ plan }, { stage, shift }) {
return plan.stages.find(({ name }) => name === stage)?.shifts[shift]?.everyMs ?? 0;
}
function nextLookAfterRollback({ ended, candidate, promoted }, now) {
if (ended === null || !wentBack.has(ended.as) || (candidate ?? promoted) === null) return;
let since = now - ended.at, next = looksAfterRollbackMs.find((look) => look > since);
return next === void 0 ? void 0 : next - since;
}
const tickSourceSchema = _enum(tickSources, { error: expecting("tick-source") });
export { looksAfterRollbackMs as a, isDue as i, afterDeadTick as n, nextLookIn as o, handOver as r, tickSourceSchema as t };
