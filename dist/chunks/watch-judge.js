import { m as InputError } from "./words.js";
import { i as resumeGate, n as newGate, t as assess } from "./gate.js";
import { n as waivedBy, t as noticesIn } from "./limit-notices.js";
import { a as savedState, i as openedMetrics, n as countedShape, o as shareOfAlpha, r as measure, t as baselinesOf } from "./measuring.js";
import "./runbook-keys.js";
function watchJudge({ ports, target, runbook }) {
let sitting;
return async ({ stage, generation }, release) => {
let { watch } = release;
if (watch === null) throw Error("a look was decided for a watch that never began");
let of = `${stage}/${generation}/${watch.judgedFrom}`;
sitting?.of !== of && (sitting = await open(of, {
release,
watch,
runbook,
stage
}, target, ports)), sitting.knownUntil !== watch.lookedAt && forget(sitting, watch);
let { question } = release.people;
question?.answered === !0 && question.at !== sitting.waivedAt && question.generation === generation && (sitting.waivedAt = question.at, sitting.gate = waivedBy(sitting.gate, question));
let batch = await measure(sitting, target, ports), now = ports.clock.now(), { state, decision } = assess(sitting.gate, batch, now);
sitting.gate = state;
let verdict = decision.explain();
addUp(sitting, verdict, now), ports.log.info(`watch, look ${state.looks}: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
let { seenMs, largestGapMs, seenAt, knownUntil: from } = sitting, saved = savedState(state, sitting.providers);
return {
...verdict,
stage,
generation,
from,
to: now,
seenMs,
largestGapMs,
seenAt,
gate: saved,
...noticesIn(verdict)
};
};
}
function forget(sitting, { lookedAt, seenAt }) {
Object.assign(sitting, {
knownUntil: lookedAt,
lookedAt: Math.max(sitting.lookedAt, lookedAt),
seenMs: 0
}), sitting.seenAt = Math.max(sitting.seenAt, seenAt), sitting.largestGapMs = 0;
}
function addUp(sitting, { evidence }, now) {
let { limits = [] } = evidence ?? {}, seen = limits.length > 0 && limits.every(({ standing }) => standing !== "no-data");
sitting.largestGapMs = Math.max(sitting.largestGapMs, now - sitting.seenAt), seen && (sitting.seenMs += now - sitting.lookedAt, sitting.seenAt = now), sitting.lookedAt = now;
}
async function open(of, opening, target, ports) {
let { release, watch, runbook } = opening, { limits = [], "page-limits": page, "warn-limits": warnLimits = [] } = watchOf(opening), planned = release.plan.stages.find(({ name }) => name === opening.stage)?.watch, lasting = planned?.paces.at(-1)?.untilMs ?? 0, every = planned?.paces[0]?.everyMs ?? 6e4, hold = Math.max(every, watch.since + lasting - watch.judgedFrom), { metrics = {} } = runbook, asked = {
limits: [
...limits,
...page?.limits ?? [],
...warnLimits
],
metrics,
stable: release.before,
target,
releasedAt: release.startedAt,
sharedAt: watch.judgedFrom,
hold
}, config = {
limits,
pageLimits: page?.limits ?? [],
warnLimits,
before: await baselinesOf(asked, watch.gate, ports),
metrics: Object.fromEntries(Object.entries(metrics).map(([name, spec]) => [name, countedShape(spec)])),
alpha: shareOfAlpha(release),
candidate: release.stable.version,
startedAt: watch.judgedFrom,
hold,
every,
maxHold: 2 * hold + every,
staleAfter: 3 * Math.max(...(planned?.paces ?? []).map(({ everyMs }) => everyMs), every)
}, providers = await openedMetrics(runbook, ports, target, watch.gate), gate = watch.gate === void 0 ? newGate(config) : resumeGate(config, watch.gate), { lookedAt, seenAt } = watch;
return {
of,
providers,
gate,
seenMs: 0,
largestGapMs: 0,
seenAt,
lookedAt,
knownUntil: lookedAt
};
}
function watchOf({ runbook, stage }) {
let found = stage === "final" ? runbook.watch : runbook.stages.find(({ name }) => name === stage)?.watch;
if (found === void 0) throw new InputError(`The runbook has no watch for stage ${stage}. Check out the commit of the release.`);
return found;
}
export { watchJudge };
