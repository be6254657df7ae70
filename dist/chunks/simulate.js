import { f as planOf, h as stepNames } from "./runbook-keys.js";
import { S as emptyRecord, c as fold, d as advance } from "./release.js";
import { t as begin } from "./begin.js";
import { t as isWithItsJob } from "./tick.js";
import { h as ProviderError, v as hold, y as pass } from "./words.js";
const second$1 = 1e3, minute$2 = 60 * second$1, hour$1 = 60 * minute$2, menu = [
{
id: "F00",
name: "nothing goes wrong",
trouble: { kind: "none" }
},
{
id: "F01",
name: "reads fail",
trouble: {
kind: "outage",
of: ["platform-read", "record"],
from: [second$1, 10 * minute$2]
}
},
{
id: "F02",
name: "rate limit",
trouble: {
kind: "outage",
of: ["platform-read", "platform-write"],
from: [minute$2, 10 * minute$2]
}
},
{
id: "F03",
name: "secondary rate limit",
trouble: {
kind: "outage",
of: ["record"],
from: [minute$2, 5 * minute$2]
}
},
{
id: "F04",
name: "everything is slow",
trouble: {
kind: "slow",
each: [5 * second$1, 30 * second$1]
}
},
{
id: "F05",
name: "answer lost after a write",
trouble: { kind: "answer-lost" }
},
{
id: "F06",
name: "acknowledged before it happens",
trouble: {
kind: "ack-before-effect",
after: [10 * second$1, 5 * minute$2]
}
},
{
id: "F07",
name: "write lands late",
trouble: {
kind: "late-write",
after: [minute$2, 20 * minute$2]
}
},
{
id: "F08",
name: "run cancelled",
trouble: { kind: "cancel" }
},
{
id: "F09",
name: "machine lost",
trouble: { kind: "kill" }
},
{
id: "F10",
name: "children outlive their parent",
why: "processes; the kill matrix counts them"
},
{
id: "F11",
name: "job timeout",
trouble: { kind: "timeout" }
},
{
id: "F12",
name: "cancelled in a raise",
trouble: { kind: "cancel-at-raise" }
},
{
id: "F13",
name: "failed jobs re-run",
trouble: { kind: "defect" }
},
{
id: "F14",
name: "all jobs re-run",
trouble: { kind: "re-run" }
},
{
id: "F15",
name: "old run re-run",
trouble: { kind: "old-release" }
},
{
id: "F16",
name: "same push twice",
trouble: { kind: "same-again" }
},
{
id: "F17",
name: "two releases at once",
trouble: { kind: "next-release" }
},
{
id: "F18",
name: "zombie attempt",
trouble: {
kind: "zombie",
frozen: [minute$2, 2 * hour$1]
}
},
{
id: "F19",
name: "ticks hours late",
trouble: { kind: "ticks-late" }
},
{
id: "F20",
name: "token expires",
trouble: { kind: "token-expires" }
},
{
id: "F21",
name: "metrics down",
trouble: {
kind: "outage",
of: ["metrics"],
from: [minute$2, 12 * hour$1]
}
},
{
id: "F22",
name: "metrics are not numbers",
trouble: {
kind: "evidence",
looks: [1, 1e3]
}
},
{
id: "F23",
name: "metrics are stale",
trouble: {
kind: "evidence",
looks: [1, 100]
}
},
{
id: "F24",
name: "too little traffic",
trouble: {
kind: "evidence",
looks: [1e4, 1e4]
}
},
{
id: "F25",
name: "counters start anew",
trouble: {
kind: "evidence",
looks: [1, 2]
}
},
{
id: "F26",
name: "clock is wrong",
trouble: {
kind: "skew",
by: [-10 * minute$2, 10 * minute$2]
}
},
{
id: "F27",
name: "partial rollback",
trouble: { kind: "partial-restore" }
},
{
id: "F28",
name: "rollback target gone",
trouble: { kind: "target-gone" }
},
{
id: "F29",
name: "migration fails",
trouble: {
kind: "step-fails",
step: "migrate"
}
},
{
id: "F30",
name: "migration half applied",
trouble: {
kind: "step-fails",
step: "migrate"
}
},
{
id: "F31",
name: "backup cannot be proven",
trouble: {
kind: "step-fails",
step: "backup"
}
},
{
id: "F32",
name: "person moves traffic",
trouble: { kind: "person" }
},
{
id: "F33",
name: "record unreadable",
trouble: { kind: "record-unreadable" }
},
{
id: "F34",
name: "record store down",
trouble: {
kind: "outage",
of: ["record"],
from: [minute$2, 2 * hour$1]
}
},
{
id: "F35",
name: "our own exception",
trouble: { kind: "defect" }
},
{
id: "F36",
name: "job output dropped",
why: "nothing travels by outputs; tested on the workflows"
},
{
id: "F37",
name: "summary too large",
why: "moves no traffic; tested on the summary"
},
{
id: "F38",
name: "notification fails",
why: "never part of a verdict; tested on the channels"
},
{
id: "F39",
name: "runbook changes meanwhile",
why: "the plan is pinned in the record; tested on the actions"
},
{
id: "F40",
name: "GitHub is down",
trouble: {
kind: "outage",
of: ["record", "machines"],
from: [10 * minute$2, 4 * hour$1]
}
},
{
id: "F41",
name: "another build was shipped",
why: "a matter of the platform; tested on the targets"
},
{
id: "F42",
name: "bad commit pushed again",
trouble: { kind: "pushed-again" }
}
];
function randomFrom(seed) {
let state = seed >>> 0;
return () => {
state = state + 1831565813 >>> 0;
let mixed = state;
return mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1), mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61), ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
};
}
const calm = {
down: {
of: new Set(),
from: 0,
until: 0
},
slow: {
eachMs: 0,
from: 0,
until: 0
},
lostFrom: 0,
lostTo: 0,
ackMs: 0,
late: void 0,
onEffect: () => void 0,
partialRestores: 0,
targetGoneFrom: Infinity,
unreadableFrom: Infinity,
unreadableUntil: Infinity
}, stableVersion = "stable", candidateOf = (commit) => `candidate-${commit.slice(0, 8)}`, pollMs = 5e3;
function createWorld(timeline, knobs, environment) {
let shares = [{
version: stableVersion,
weight: 100
}], staged = new Set([stableVersion]), generation = 1, head = 0, record = emptyRecord(environment), entries = [], history = [{
at: 0,
shares,
by: "start"
}], effects = 0, writes = 0, partials = knobs.partialRestores, isDown = (system) => {
let { of, from, until } = knobs.down;
return of.has(system) && timeline.now() >= from && timeline.now() < until;
}, setShares = (next, by) => {
shares = next.filter(({ weight }) => weight > 0), generation += 1, history.push({
at: timeline.now(),
shares,
by
});
}, effect = async (actor, what, ms, happen) => {
let count = effects++, slow = timeline.now() >= knobs.slow.from && timeline.now() < knobs.slow.until ? knobs.slow.eachMs : 0;
knobs.onEffect(count, "before", actor, what), await timeline.sleep(actor, (ms + slow) / 2);
let result = happen(count);
return knobs.onEffect(count, "after", actor, what), await timeline.sleep(actor, (ms + slow) / 2), result;
}, unavailable = (what) => new ProviderError("simulation", `The ${what} is down.`, { retryable: !0 }), lost = (count) => count >= knobs.lostFrom && count < knobs.lostTo, production = () => {
let known = new Map([...staged].map((version) => [version, 0]));
for (let { version, weight } of shares) known.set(version, weight);
return {
generation: `g${generation}`,
serving: [...known].map(([version, weight]) => ({
version,
weight
}))
};
}, store = (actor) => {
let readable = () => {
let broken = timeline.now() >= knobs.unreadableFrom && timeline.now() < knobs.unreadableUntil;
if (isDown("record")) throw unavailable("record");
if (broken) throw new ProviderError("simulation", "The record cannot be read: it has not the shape of a record.");
}, snapshot = () => ({
head: head === 0 ? null : String(head),
record
});
return {
read: async () => effect(actor, "read", 250, () => (readable(), snapshot())),
append: async (_environment, onto, added) => {
let answer = await effect(actor, "append", 750, (count) => {
if (readable(), Number(onto.head ?? 0) === head) {
if (head += 1, record = added.reduce(fold, record), entries.push(...added), lost(count)) throw unavailable("answer of the record");
return snapshot();
}
});
return answer === void 0 ? {
appended: !1,
reason: "conflict"
} : {
appended: !0,
snapshot: answer
};
}
};
}, target = (actor) => {
let serves = (wanted) => [...wanted, ...shares].every(({ version }) => weightOf(wanted, version) === weightOf(shares, version)), write = async (what, wanted, ifGeneration) => {
let said = await effect(actor, what, 500, (count) => {
let number = writes++;
if (isDown("platform-write")) return {
outcome: "not-applied",
reason: "unavailable",
message: "The platform asks to come back later."
};
let gone = wanted.find(({ version, weight }) => weight > 0 && isGone(version));
if (gone !== void 0) return {
outcome: "not-applied",
reason: "unknown-version",
message: `${gone.version} does not exist any more.`
};
let refused = () => ifGeneration !== void 0 && ifGeneration !== `g${generation}`, apply = () => {
refused() || setShares(partly(what, wanted), actor.name);
};
return knobs.late?.write === number ? (timeline.at(timeline.now() + knobs.late.afterMs, apply), {
outcome: "unknown",
message: "No answer came."
}) : refused() ? {
outcome: "not-applied",
reason: "generation-differs",
message: "It differs.",
production: production()
} : (knobs.ackMs > 0 ? timeline.at(timeline.now() + knobs.ackMs, apply) : apply(), lost(count) ? {
outcome: "unknown",
message: "No answer came."
} : "sent");
});
if (said !== "sent" && said.outcome !== "unknown") return said;
let before = ifGeneration ?? "";
for (let looks = 1;; looks++) {
let seen = await effect(actor, "observe", 250, () => {
if (isDown("platform-read")) return {
outcome: "unknown",
message: "Production cannot be read."
};
let now = production();
return serves(wanted) ? {
outcome: "applied",
production: now
} : said !== "sent" || now.generation === before ? {
outcome: "unknown",
message: "Production does not show it yet."
} : {
outcome: "not-applied",
reason: "changed-meanwhile",
message: "A part of production serves something else.",
production: now,
...history.at(-1)?.by === actor.name ? { partly: !0 } : {}
};
});
if (said !== "sent" || seen.outcome !== "unknown" || looks * pollMs > 12e4) return seen;
await timeline.sleep(actor, pollMs);
}
};
return {
kind: "simulation",
capabilities: {
shifts: "traffic",
compareAndSet: !0
},
observe: () => effect(actor, "observe", 250, () => {
if (isDown("platform-read")) throw unavailable("platform");
return production();
}),
async stage({ commit }) {
return staged.add(candidateOf(commit)), {
version: candidateOf(commit),
url: "https://candidate.invalid"
};
},
shift: ({ candidate, stable, weight, ifGeneration }) => write("shift", [{
version: candidate,
weight
}, {
version: stable,
weight: 100 - weight
}], ifGeneration),
restore: ({ to, ifGeneration }) => write("restore", [{
version: to,
weight: 100
}], ifGeneration),
health: async (version) => ({
healthy: !isGone(version),
message: isGone(version) ? "It is gone." : "It answered 200."
}),
address: async () => void 0,
cleanup: async () => []
};
}, isGone = (version) => version === "stable" && timeline.now() >= knobs.targetGoneFrom && weightOf(shares, version) === 0, partly = (what, wanted) => {
let before = shares.find(({ version, weight }) => weight > 0 && weightOf(wanted, version) === 0);
if (what !== "restore" || before === void 0 || partials === 0) return wanted;
--partials;
let kept = before.weight / 2;
return [...wanted.map((one) => ({
...one,
weight: one.weight - kept
})), {
...before,
weight: kept
}];
}, quiet = () => void 0;
return {
history,
entries,
record: () => record,
shares: () => shares,
store,
target,
isDown,
setShares,
effect: (actor, what, ms) => effect(actor, what, ms, quiet),
ports: (actor, cancelled) => ({
clock: {
now: () => Math.round(timeline.now() + actor.skewMs),
monotonic: timeline.now,
sleep: (ms, signal) => timeline.sleep(actor, ms, signal)
},
random: () => .5,
fetch: async () => {
throw Error("A simulation has no network.");
},
exec: async () => ({
code: 0,
signal: null,
stdout: "",
stderr: ""
}),
env: {},
log: {
info: quiet,
notice: quiet,
warn: quiet,
error: quiet
},
cancelled,
mask: quiet
})
};
}
const weightOf = (shares, version) => shares.find((share) => share.version === version)?.weight ?? 0, second = 1e3, minute$1 = 60 * second, stepMs = {
preflight: 3 * minute$1,
deploy: 2 * minute$1,
backup: 2 * minute$1
}, jobStartMs = 20 * second;
function createProduction(play) {
let { timeline, world, runbook, truth, environment } = play, jobs = [], commits = new Map(), skewed = !1, badAt = (commit) => {
let first = world.history.find(({ shares }) => weightOf(shares, candidateOf(commit)) > 0);
return first === void 0 ? Infinity : first.at + truth.badAfterMs;
}, judge = (actor, cancelled) => async (share, release) => {
let { planned, stage, shift, weight, generation } = share, since = (release.traffic?.since ?? timeline.now()) - actor.skewMs, holdEnd = since + planned.holdMs, bad = badAt(release.commit), found = Math.max(bad, since) + truth.looksNeeded * planned.everyMs, now = timeline.now(), usual = now + Math.max(planned.everyMs, Math.min(10 * minute$1, planned.holdMs / 20)), next = Math.min(usual, ...[holdEnd, found].filter((moment) => moment > now));
return await timeline.sleep(actor, Math.max(next - now, Math.min(planned.everyMs, 100)), cancelled).catch(() => void 0), await world.effect(actor, "look", 500), {
...assessed(holdEnd, bad, found),
stage,
shift,
weight,
generation,
gate: { simulated: !0 }
};
}, assessed = (holdEnd, bad, found) => {
let now = timeline.now();
return world.isDown("metrics") ? hold("no-data", "The metrics are down.") : now >= truth.blind.from && truth.blind.looks > 0 ? (--truth.blind.looks, hold("no-data", "The numbers tell nothing.")) : now >= found ? {
verdict: "fail",
reason: "limit-broken",
message: "A limit is broken."
} : now >= holdEnd && bad > now ? pass("limits-hold", "Every limit is proven.") : hold("not-enough-data", "Not enough is known yet.");
}, stepsFor = (actor, commit) => {
let run = (step) => async () => {
if (await world.effect(actor, "step", stepMs[step] ?? 6e4), truth.failing === step) return {
verdict: "fail",
reason: `${step}-failed`,
message: `${step} failed.`
};
if (step !== "deploy") return pass("ran", `${step} passed.`);
let staged = await world.target(actor).stage({
commit,
directory: ".",
env: {}
});
return {
...pass("staged", "It is staged."),
candidate: staged
};
};
return Object.fromEntries(stepNames.filter((step) => step !== "canary").map((step) => [step, run(step)]));
}, newJob = (role, release, attempt) => {
let skewMs = skewed ? 0 : play.skewMs;
skewed = !0;
let job = {
actor: {
name: `${role} ${release}.${attempt}`,
skewMs,
dead: !1,
frozenUntil: 0
},
cancel: new AbortController(),
role,
release,
attempt,
from: timeline.now(),
abandoned: !1,
until: void 0
};
return jobs.push(job), job;
}, run = (job, work, after) => {
timeline.start(job.actor, async () => {
let verdict = await work().catch((problem) => ({
verdict: "error",
reason: "threw",
message: String(problem)
}));
job.until = timeline.now(), after(verdict);
});
}, baseOf = ({ actor, cancel, release, attempt }) => ({
ports: world.ports(actor, cancel.signal),
store: world.store(actor),
environment,
asker: {
release,
attempt
},
author: {
run: release,
attempt,
actor: "ada"
},
target: world.target(actor)
}), whenMachine = (afterMs, start) => {
timeline.at(timeline.now() + afterMs, () => world.isDown("machines") ? whenMachine(minute$1, start) : start());
}, startRollback = (release, attempt, afterMs) => whenMachine(afterMs, () => {
let job = newJob("rollback", release, attempt);
run(job, async () => {
let base = baseOf(job), { record } = await base.store.read(environment);
if (record.release?.id !== release) return pass("not-started", "It never started.");
let asker = {
release,
attempt: Math.max(attempt, record.release.attempt)
}, abort = {
reason: "job-failed",
message: "A job of the release failed."
};
return advance({
...base,
asker,
steps: {},
abort
});
}, () => void 0);
}), startRelease = (release, attempt, commit) => {
commits.set(release, commit);
let job = newJob("release", release, attempt);
run(job, async () => {
let base = baseOf(job), begun = await begin({
...base,
runbook,
commit,
overrideRejected: !1
});
return begun.verdict.verdict === "pass" ? advance({
...base,
steps: stepsFor(job.actor, commit),
judge: judge(job.actor, job.cancel.signal)
}) : {
...begun.verdict,
reason: `begin-${begun.verdict.reason}`
};
}, ({ verdict, reason, final }) => {
verdict === "pass" || verdict === "hold" && final !== !0 || job.cancel.signal.aborted || job.abandoned || reason === "begin-superseded" || startRollback(release, attempt, jobStartMs);
});
}, startTick = () => {
let { release } = world.record();
if (release === null || jobs.some(({ role, until }) => role === "tick" && until === void 0)) return;
let job = newJob("tick", release.id, release.attempt);
run(job, async () => {
let base = baseOf(job), { record } = await base.store.read(environment), now = record.release;
if (now === null || now.ended !== null) return pass("nothing-under-way", "Nothing is under way.");
if (isWithItsJob(now, base.ports.clock.now())) return pass("with-its-job", "Its job is judging.");
let asker = {
release: now.id,
attempt: now.attempt
};
return advance({
...base,
asker,
steps: {},
judge: judge(job.actor, job.cancel.signal)
});
}, ({ reason }) => {
if (reason !== "not-this-job") return;
let { release: now } = world.record(), commit = now === null ? void 0 : commits.get(now.id);
now !== null && commit !== void 0 && whenMachine(jobStartMs, () => startRelease(now.id, now.attempt + 1, commit));
});
};
return {
jobs,
jobOf: (actor) => jobs.find((job) => job.actor === actor),
startRelease,
badAt,
lose(job, noticedAfterMs = 6e5) {
job.until === void 0 && (timeline.kill(job.actor), job.until = timeline.now(), job.role === "release" && startRollback(job.release, job.attempt, noticedAfterMs));
},
cancel(job) {
job.until !== void 0 || job.cancel.signal.aborted || (job.cancel.abort(Error("The run was cancelled.")), timeline.at(timeline.now() + 1e4, () => {
job.until === void 0 && (timeline.kill(job.actor), job.until = timeline.now());
}), job.role === "release" && startRollback(job.release, job.attempt, 3e4));
},
abandon(job) {
job.abandoned = !0;
},
startTicks(until) {
let { from, until: back } = play.noTicks, next = () => {
let now = timeline.now(), { release } = world.record(), over = release?.ended != null && jobs.every((job) => job.until !== void 0) && now > minute$1;
now > until || over || (!world.isDown("machines") && (now < from || now >= back) && startTick(), timeline.at(now + play.tickEveryMs, next));
};
timeline.at(play.tickEveryMs, next);
}
};
}
function createTimeline() {
let heap = [], clock = 0, order = 0, busy = 0, settled, rest = () => {
--busy, busy === 0 && settled?.();
}, push = (at, actor, happen) => {
let moment = {
at,
order: order++,
actor,
happen
};
return insert(heap, moment), moment;
};
return {
now: () => clock,
sleep(actor, ms, signal) {
return new Promise((resolve, reject) => {
if (signal?.aborted) return reject(signal.reason);
let stop = () => {
moment.happen !== void 0 && (moment.happen = void 0, push(clock, actor, () => {
busy += 1, reject(signal?.reason);
}));
}, moment = push(clock + Math.max(0, ms), actor, () => {
signal?.removeEventListener("abort", stop), busy += 1, resolve();
});
signal?.addEventListener("abort", stop, { once: !0 }), rest();
});
},
at: (time, happen) => void push(Math.max(time, clock), void 0, happen),
start(actor, work) {
push(clock, actor, () => {
busy += 1, work().then(rest, rest);
});
},
kill(actor) {
actor.dead = !0;
},
async play(until) {
for (let next = heap[0]; next !== void 0 && next.at <= until; next = heap[0]) {
remove(heap);
let { actor, happen } = next;
happen !== void 0 && actor?.dead !== !0 && (actor !== void 0 && actor.frozenUntil > next.at ? (next.at = actor.frozenUntil, next.order = order++, insert(heap, next)) : (clock = Math.max(clock, next.at), next.happen = void 0, happen(), busy > 0 && await new Promise((resolve) => {
settled = resolve;
}), settled = void 0));
}
clock = Math.max(clock, heap.length === 0 ? clock : until);
}
};
}
const earlier = (a, b) => a.at < b.at || a.at === b.at && a.order < b.order;
function insert(heap, moment) {
heap.push(moment);
for (let child = heap.length - 1; child > 0;) {
let parent = child - 1 >> 1, [above, below] = [heap[parent], heap[child]];
if (above === void 0 || below === void 0 || !earlier(below, above)) return;
heap[parent] = below, heap[child] = above, child = parent;
}
}
function remove(heap) {
let last = heap.pop();
if (last !== void 0 && heap.length !== 0) {
heap[0] = last;
for (let parent = 0;;) {
let left = 2 * parent + 1, right = left + 1, at = (index) => heap[index], first = parent;
for (let child of [left, right]) {
let [a, b] = [at(child), at(first)];
a !== void 0 && b !== void 0 && earlier(a, b) && (first = child);
}
let [a, b] = [at(parent), at(first)];
if (first === parent || a === void 0 || b === void 0) return;
heap[parent] = b, heap[first] = a, parent = first;
}
}
}
function traffic(world, production, candidate, commit, end) {
let spans = world.history.map(({ at, shares }, index) => ({
from: at,
until: world.history[index + 1]?.at ?? end,
share: weightOf(shares, candidate)
})), bad = production.badAt(commit), during = spans.filter(({ until, share }) => until > bad && share > 0), badMinutes = during.reduce((sum, { from, until, share }) => sum + (until - Math.max(from, bad)) * share / 100, 0), last = during.at(-1), done = world.entries.find(({ kind }) => kind === "ended" || kind === "rollback")?.at ?? end, alone = spans.filter(({ share }) => share > 0).flatMap(({ from, until, share }) => gaps(production, from, Math.min(until, done)).map((ms) => ({
ms,
share
}))).reduce((worst, gap) => gap.ms > worst.ms ? gap : worst, {
ms: 0,
share: 0
}), rest = spans.at(-1)?.share ?? 0;
return {
badMinutes: badMinutes / 6e4,
badMs: during.length === 0 ? 0 : rest > 0 ? null : (last?.until ?? 0) - Math.max(during[0]?.from ?? 0, bad),
badShare: Math.max(0, ...during.map(({ share }) => share)),
aloneMs: alone.ms,
aloneShare: alone.share,
restShare: rest,
ms: end
};
}
function gaps({ jobs }, from, until) {
let busy = jobs.map((job) => ({
from: job.from,
until: job.until ?? until
})).filter((job) => job.until > from && job.from < until).sort((a, b) => a.from - b.from), found = [], free = from;
for (let job of busy) job.from > free && found.push(job.from - free), free = Math.max(free, job.until);
return until > free && found.push(until - free), found;
}
const minute = 6e4, hour = 60 * minute, commit = "c0".repeat(20), otherCommit = "d1".repeat(20), afterwardsMs = 24 * hour;
async function baselineOf(simulation) {
let effects = 0, { played, world } = await playWith(simulation, {
truth: {
badAfterMs: Infinity,
looksNeeded: 1,
blind: {
from: 0,
looks: 0
},
failing: void 0
},
knobs: {
...calm,
onEffect: (count) => {
effects = Math.max(effects, count + 1);
}
},
until: plannedMs(simulation.plan) + afterwardsMs
}), last = world.entries.at(-1)?.at ?? played.ms;
return {
ms: Math.max(minute, last),
effects: Math.max(1, effects),
writes: Math.max(1, world.history.length - 1),
trialMs: trialMs(simulation.plan, world)
};
}
const plannedMs = (plan) => plan.stages.reduce((sum, stage) => sum + stage.steps.length * 3 * minute + stage.shifts.length * stage.maxHoldMs, hour);
function trialMs({ stages }, { history }) {
let shifts = stages.flatMap((stage) => stage.shifts), last = shifts.at(-1), hold = last?.judged === !0 ? last.holdMs : Math.max(minute, ...shifts.map(({ holdMs }) => holdMs));
return (history.at(-1)?.at ?? 0) - (history[1]?.at ?? 0) + hold;
}
async function playSchedule(simulation, baseline, item, seed) {
let random = randomFrom(seed), kind = [
"good",
"bad",
"turns bad"
][Math.min(2, Math.floor(random() * 3))] ?? "good", truth = {
badAfterMs: kind === "good" ? Infinity : kind === "bad" ? 0 : random() * baseline.trialMs,
looksNeeded: 1 + Math.floor(random() * 3),
blind: {
from: 0,
looks: 0
},
failing: void 0
}, set = troubled(item.trouble ?? { kind: "none" }, random, baseline, truth), until = plannedMs(simulation.plan) + afterwardsMs, { played } = await playWith(simulation, {
...set,
until
});
return {
...played,
fault: item.id,
seed,
version: kind
};
}
async function playWith(simulation, setting) {
let { runbook, plan, environment, tickEveryMs } = simulation, timeline = createTimeline(), world = createWorld(timeline, setting.knobs, environment), production = createProduction({
timeline,
world,
runbook,
plan,
truth: setting.truth,
skewMs: setting.skewMs ?? 0,
tickEveryMs,
noTicks: setting.noTicks ?? {
from: 0,
until: 0
},
environment
});
production.startRelease(2, 1, commit), production.startTicks(setting.until), setting.begin?.({
production,
world,
at: timeline.at,
now: timeline.now
}), await timeline.play(setting.until);
let left = traffic(world, production, candidateOf(commit), commit, timeline.now() + hour), ended = endOf(world);
return {
played: {
...left,
ended,
broken: brokenPromise(world, ended),
ms: timeline.now()
},
world
};
}
function endOf(world) {
let end = world.entries.find((entry) => entry.release === 2 && (entry.kind === "ended" || entry.kind === "rollback")), last = world.entries.findLast((entry) => entry.release === 2 && (entry.kind === "ended" || entry.kind === "rollback"));
return end === void 0 || last === void 0 ? world.record().release === null ? "not begun" : "open" : "as" in last ? last.as : "open";
}
function brokenPromise(world, ended) {
if (world.history.some(({ by }) => by === "person") || world.record().release?.id !== 2) return;
let weight = weightOf(world.shares(), candidateOf(commit));
if (ended === "done" && weight !== 100) return `it ended as done, and the candidate has ${weight}%`;
if ((ended === "rolled-back" || ended === "held" || ended === "failed") && weight > 0) return `it ended as ${ended}, and the candidate has ${weight}%`;
}
function troubled(trouble, random, baseline, truth) {
let between = (low, high) => low + random() * (high - low), lasting = ([low, high]) => low * (high / low) ** random(), sometime = () => random() * baseline.ms, some = () => Math.floor(random() * baseline.effects), plain = {
truth,
knobs: calm
};
switch (trouble.kind) {
case "none": return plain;
case "outage": {
let from = sometime(), of = new Set(trouble.of);
return {
truth,
knobs: {
...calm,
down: {
of,
from,
until: from + lasting(trouble.from)
}
}
};
}
case "slow": {
let from = sometime(), eachMs = between(...trouble.each);
return {
truth,
knobs: {
...calm,
slow: {
eachMs,
from,
until: from + between(minute, 20 * minute)
}
}
};
}
case "answer-lost": {
let lostFrom = some();
return {
truth,
knobs: {
...calm,
lostFrom,
lostTo: lostFrom + 1 + Math.floor(random() * 3)
}
};
}
case "ack-before-effect": return {
truth,
knobs: {
...calm,
ackMs: lasting(trouble.after)
}
};
case "late-write": return {
truth,
knobs: {
...calm,
late: {
write: Math.floor(random() * baseline.writes),
afterMs: lasting(trouble.after)
}
}
};
case "kill":
case "timeout":
case "zombie":
case "token-expires":
case "defect": return struckJob(trouble, some(), random() < .5 ? "before" : "after", truth, lasting);
case "cancel": {
let at = sometime();
return {
...plain,
begin: ({ production, at: when }) => when(at, () => cancelNewest(production))
};
}
case "cancel-at-raise": return atRaise(Math.floor(random() * baseline.writes), truth);
case "re-run": return {
...plain,
begin: (stage) => reRun(stage, baseline.ms * 3)
};
case "old-release":
case "same-again":
case "next-release": {
let at = trouble.kind === "same-again" ? between(0, minute) : sometime(), [id, attempt, what] = besides[trouble.kind];
return {
...plain,
begin: ({ production, at: when }) => when(at, () => production.startRelease(id, attempt, what))
};
}
case "pushed-again": return {
...plain,
begin: (stage) => pushAgain(stage, baseline.ms * 3)
};
case "ticks-late": {
let from = sometime();
return {
...struckJob({ kind: "kill" }, some(), "after", truth, lasting),
noTicks: {
from,
until: from + between(4 * hour, 8 * hour)
}
};
}
case "evidence": {
let looks = Math.round(lasting(trouble.looks));
return {
truth: {
...truth,
blind: {
from: sometime(),
looks
}
},
knobs: calm
};
}
case "skew": return {
...plain,
skewMs: between(...trouble.by)
};
case "partial-restore": return {
truth,
knobs: {
...calm,
partialRestores: 1 + Math.floor(random() * 3)
}
};
case "target-gone": return {
truth,
knobs: {
...calm,
targetGoneFrom: sometime()
}
};
case "record-unreadable": {
let unreadableFrom = sometime();
return {
truth,
knobs: {
...calm,
unreadableFrom,
unreadableUntil: unreadableFrom + between(minute, 6 * hour)
}
};
}
case "person": {
let at = sometime(), to = [
"stable",
candidateOf(commit),
"foreign"
][Math.floor(random() * 3)] ?? "stable";
return {
...plain,
begin: ({ world, at: when }) => when(at, () => world.setShares([{
version: to,
weight: 100
}], "person"))
};
}
case "step-fails": return {
truth: {
...truth,
failing: trouble.step
},
knobs: calm
};
}
}
const besides = {
"old-release": [
1,
2,
otherCommit
],
"same-again": [
3,
1,
commit
],
"next-release": [
3,
1,
otherCommit
]
}, newest = (production) => production.jobs.findLast(({ until, role }) => until === void 0 && role !== "rollback");
function cancelNewest(production) {
let job = newest(production);
job !== void 0 && production.cancel(job);
}
function struckJob(trouble, effect, side, truth, lasting) {
let production, now = () => 0, expired, onEffect = (count, at, actor) => {
if (expired === actor) throw Error("The token is not accepted any more (401).");
let job = production?.jobOf(actor);
if (count === effect && at === side && job !== void 0) {
if (trouble.kind === "kill" && production?.lose(job), trouble.kind === "timeout" && production?.lose(job, minute / 3), trouble.kind === "token-expires" && (expired = actor), trouble.kind === "defect") throw Error("This is a defect.");
if (trouble.kind === "zombie") {
if (actor.frozenUntil = now() + lasting(trouble.frozen), job.role !== "release") return;
production?.abandon(job), production?.startRelease(2, job.attempt + 1, commit);
}
}
};
return {
truth,
knobs: {
...calm,
onEffect
},
begin: (stage) => {
({production, now} = stage);
}
};
}
function atRaise(raise, truth) {
let production, raises = 0, onEffect = (_count, side, actor, what) => {
if (what !== "shift" || side !== "before" || raises++ !== raise) return;
let job = production?.jobOf(actor);
job !== void 0 && production?.cancel(job);
};
return {
truth,
knobs: {
...calm,
onEffect
},
begin: (stage) => {
({production} = stage);
}
};
}
function reRun({ production, at, now }, until) {
let look = () => {
production.jobs.every((job) => job.until !== void 0) ? production.startRelease(2, 2, commit) : now() < until && at(now() + minute, look);
};
at(minute, look);
}
function pushAgain({ production, world, at, now }, until) {
let look = () => {
let ended = world.record().release?.ended?.as;
ended === "rolled-back" ? production.startRelease(3, 1, commit) : ended === void 0 && now() < until && at(now() + minute, look);
};
at(minute, look);
}
const usualTickMs = 9e5, classes = [
0,
1e4,
6e4,
3e5,
9e5,
36e5,
216e5,
864e5
];
async function simulate({ runbook: written, schedules, seed, tickEveryMs, only }) {
let runbook = answeredAtOnce(written), simulation = {
runbook,
plan: planOf(runbook),
environment: runbook.environment,
tickEveryMs
}, steps = new Set(simulation.plan.stages.flatMap((stage) => stage.steps)), absent = ({ trouble }) => trouble?.kind === "step-fails" && !steps.has(trouble.step), wanted = menu.filter(({ id }) => only.length === 0 || only.includes(id)), played = wanted.filter((item) => item.trouble !== void 0 && !absent(item)), baseline = await baselineOf(simulation), results = new Map(played.map(({ id }) => [id, []]));
for (let number = 0; number < schedules && played.length > 0; number++) {
let item = played[number % played.length];
item !== void 0 && results.get(item.id)?.push(await playSchedule(simulation, baseline, item, seed + number));
}
let all = [...results.values()].flat();
return {
schedules: all.length,
seed,
baseline,
rows: played.flatMap((item) => rowOf(item, results.get(item.id) ?? [])),
notPlayed: wanted.filter((item) => !played.includes(item)).map((item) => ({
id: item.id,
name: item.name,
why: item.why ?? "the runbook has no such step"
})),
broken: all.flatMap(({ fault, seed: at, broken }) => broken === void 0 ? [] : [{
id: fault,
seed: at,
seen: broken
}]),
histogram: histogramOf(all.filter(({ badShare }) => badShare > 0))
};
}
function answeredAtOnce({ "sign-off": _, ...runbook }) {
return {
...runbook,
stages: runbook.stages.map(({ approve: _a, pause: _p, ...stage }) => stage)
};
}
function rowOf({ id, name }, played) {
let [first] = played;
if (first === void 0) return [];
let bad = played.filter(({ badShare }) => badShare > 0), times = bad.flatMap(({ badMs }) => badMs ?? []).sort((a, b) => a - b), at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0, worst = played.reduce((most, one) => one.badMinutes > most.badMinutes ? one : most, first), alone = played.reduce((most, one) => one.aloneMs > most.aloneMs ? one : most, first), { badMinutes, badShare, seed, ended } = worst;
return [{
id,
name,
schedules: played.length,
ends: Object.fromEntries(Array.from(Map.groupBy(played, (one) => one.ended), ([end, ones]) => [end, ones.length]).sort(([a], [b]) => a < b ? -1 : 1)),
leftBad: bad.filter(({ badMs }) => badMs === null).length,
badMs: {
median: at(.5),
p99: at(.99),
longest: times.at(-1) ?? 0
},
worst: {
badMinutes,
badShare,
seed,
ended
},
alone: {
ms: alone.aloneMs,
share: alone.aloneShare,
seed: alone.seed
}
}];
}
function histogramOf(bad) {
let counts = classes.map((upTo, index) => ({
upTo,
count: bad.filter(({ badMs }) => badMs !== null && badMs <= upTo && badMs > (classes[index - 1] ?? -1)).length
})), longer = bad.filter(({ badMs }) => badMs !== null && badMs > (classes.at(-1) ?? 0)).length, left = bad.filter(({ badMs }) => badMs === null).length;
return [...counts, {
upTo: null,
count: longer + left
}];
}
export { simulate, usualTickMs };
