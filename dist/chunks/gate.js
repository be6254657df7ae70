import { C as unknown, S as union, _ as object, b as string, f as discriminatedUnion, g as number$1, l as array, m as literal, u as boolean, v as record, x as tuple } from "./zod.js";
import { C as quantileBound, S as beyond, _ as NOBODY, a as addIncrements, b as logSumExp, c as gatherBet, d as SLOWER_BETS, f as cellsOf, g as withStable, h as slowerIncrements, i as NO_EVIDENCE, l as increment, m as rankDifference, o as areWhole, p as cutsOf, r as quantileOf, s as gather, t as SIGN_WEIGHT, u as logEValue, v as addArms, w as slowRequests, y as logGamma } from "./limit-test.js";
import { m as InputError } from "./words.js";
import { a as settle, i as prepared, n as gateProblems, t as compiled } from "./config.js";
import { n as noData } from "./no-data.js";
import { t as requestsLeft } from "./planner.js";
import { a as digits, i as asTime, n as asEValue, o as shortVersion, r as asPercent } from "./figures.js";
import { ct as keeps, st as formatLimit } from "./runbook-keys.js";
import { n as usable, t as countedUpTo } from "./usable.js";
const dispersionFactor = ({ prior, weight, chiSquare, batches }) => Math.max(1, (weight * prior + chiSquare) / (weight + batches)), carefulFactor = (state) => dispersionFactor(state) * (1 + Math.sqrt(2 / (state.weight + state.batches)));
function addToDispersion(state, candidate, stable) {
let sums = {
candidate: addArms(state.candidate, candidate),
stable: addArms(state.stable, stable)
}, bad = candidate.bad + stable.bad;
if (!(state.candidate.bad > 0 && state.stable.bad > 0 && bad > 0 && candidate.total > 0 && stable.total > 0)) return {
...state,
...sums
};
let risk = ({ bad: count, total }) => (count + .5) / total, exposed = risk(state.candidate) / risk(state.stable) * candidate.total, share = exposed / (exposed + stable.total), chiSquare = state.chiSquare + (candidate.bad - bad * share) ** 2 / (bad * share * (1 - share));
return {
...state,
...sums,
chiSquare,
batches: state.batches + 1
};
}
function isOutage({ candidate, stable }) {
return stable === void 0 || !(stable.total > 0) || candidate.total < 20 ? !1 : candidate.bad >= .5 * candidate.total && stable.bad < .25 * stable.total;
}
const plus$1 = (a, b) => a && b && addArms(a, b);
function extend(old, next, slack) {
if (old === void 0 || next === void 0) return next ?? old;
if (Math.abs(next.from - old.to) > slack) return next;
let [fail, pass] = [plus$1(old.fail, next.fail), plus$1(old.pass, next.pass)];
return {
from: old.from,
to: next.to,
...fail && { fail },
...pass && { pass }
};
}
function pairSpans(old, nextCandidate, nextStable, slack) {
let candidate = extend(old?.candidate, nextCandidate, slack), stable = extend(old?.stable, nextStable, slack);
return !candidate && !stable ? {} : !candidate || !stable || Math.abs(candidate.to - stable.to) > slack ? { waiting: {
...candidate && { candidate },
...stable && { stable }
} } : Math.abs(candidate.from - stable.from) > slack ? {} : { pair: {
candidate,
stable
} };
}
const number = number$1(), count = number$1().nonnegative(), arm = object({
total: count,
bad: count
}), seen = tuple([
count,
count,
count,
count
]).readonly(), sums = array(number).readonly(), span = object({
from: number,
to: number,
fail: arm.exactOptional(),
pass: arm.exactOptional()
}), evidenceState = object({
kind: literal("evidence"),
plan: string(),
seen,
fail: sums,
pass: sums,
world: sums,
waiting: object({
candidate: span.exactOptional(),
stable: span.exactOptional()
}).exactOptional(),
bounds: object({
at: number,
fail: number.exactOptional(),
pass: number
}).exactOptional(),
blind: object({
from: number.exactOptional(),
to: number.exactOptional()
}).exactOptional(),
spread: tuple([count, count]).readonly().exactOptional(),
outages: count,
run: object({
since: number,
score: number,
seen
})
}), streakState = object({
kind: literal("streak"),
value: number.exactOptional(),
stableValue: number.exactOptional(),
breaks: boolean(),
shared: boolean(),
badFor: count,
covered: count,
sampledAt: number.exactOptional()
}), latencyState = object({
kind: literal("latency"),
plan: string(),
seen: tuple([
count,
count,
count,
count
]).readonly(),
cuts: array(tuple([number, number]).readonly()).readonly(),
reference: array(count).readonly(),
spread: union([tuple([count, count]).readonly(), tuple([
count,
count,
number
]).readonly()]),
bounds: array(tuple([number, number]).readonly()).readonly(),
fail: sums,
pass: array(sums).readonly(),
sign: sums
}), growthState = object({
kind: literal("growth"),
fit: tuple([
count,
number,
number,
count,
number,
count
]).readonly(),
covered: count,
sampledAt: number.exactOptional()
}), baselessState = object({ kind: literal("baseless") }), savedGate = object({
version: literal(1),
config: unknown(),
looks: count,
lastLook: number.exactOptional(),
limits: array(discriminatedUnion("kind", [
evidenceState,
latencyState,
streakState,
growthState,
baselessState
])),
waived: array(string()).readonly().exactOptional(),
counted: record(string(), object({
candidate: number.exactOptional(),
stable: number.exactOptional()
}))
}), candidateOf = (seen) => ({
total: seen[0],
bad: seen[1]
}), stableOf = (seen) => ({
total: seen[2],
bad: seen[3]
}), sumsOf = (sum) => sum === void 0 ? NO_EVIDENCE : [sum], NOTHING = [
0,
0,
0,
0
], newEvidenceState = (test) => ({
kind: "evidence",
plan: test.mark,
seen: NOTHING,
fail: NO_EVIDENCE,
pass: NO_EVIDENCE,
world: NO_EVIDENCE,
outages: 0,
run: {
since: 0,
score: 0,
seen: NOTHING
}
});
function lookForEvidence(test, old, pair, pace) {
let odd = pair.candidate.kind === "no-data" ? pair.candidate : suspiciousScale(test, pair.candidate) ?? saturated(test, pair.candidate), candidate = odd ? void 0 : spanOf(test, pair.candidate, old.bounds, "candidate"), stable = spanOf(test, pair.stable, old.bounds, "stable"), { waiting, pair: both } = pairSpans(old.waiting, candidate, stable, pace.every / 2), state = add$1(test, old, test.relative ? addedRelative(test, both) : addedAbsolute(test, candidate, both), pace, both !== void 0);
waiting && (state.waiting = waiting);
let bounds = old.bounds ?? boundsFor(test, pair.stable);
bounds && (state.bounds = bounds);
let blind = (candidate && blindZone(test, pair.candidate)) ?? old.blind;
return blind && (state.blind = blind), {
state,
missing: odd ?? missingHere(test, pair, candidate, both !== void 0)
};
}
function addedAbsolute(test, candidate, both) {
let fail = candidate?.fail && { candidate: candidate.fail }, pass = candidate?.pass === candidate?.fail ? fail : candidate?.pass && { candidate: candidate.pass };
if (!both?.candidate.fail || !both.stable.fail) return {
fail,
pass
};
let world = {
candidate: both.candidate.fail,
stable: both.stable.fail
};
return {
fail,
pass,
world,
outage: test.counts === "bad" && isOutage(world)
};
}
function addedRelative(test, both) {
if (!both) return {};
let { candidate, stable } = both, fail = candidate.fail && stable.fail && {
candidate: candidate.fail,
stable: stable.fail
}, pass = candidate.pass === candidate.fail && stable.pass === stable.fail ? fail : candidate.pass && stable.pass && {
candidate: candidate.pass,
stable: stable.pass
};
if (!isCounted(fail ?? pass)) return {};
if (test.counts !== "mean") return {
fail,
pass,
outage: test.counts === "bad" && !!fail && isOutage(fail)
};
let slower = fail && slowerMean(test, fail);
return {
fail: slower,
pass: slower
};
}
const isCounted = (batch) => batch !== void 0 && batch.candidate.total > 0 && (batch.stable?.total ?? 0) > 0;
function add$1(test, old, added, pace, paired) {
let { look, dispersion } = pace, { fail, pass, world } = added, shown = fail ?? pass, estimated = typeof dispersion != "number", factor = estimated ? carefulFactor(dispersionOf(old, dispersion)) : dispersion, stable = test.relative ? shown?.stable : world?.stable, state = {
kind: "evidence",
plan: old.plan,
seen: shown || stable ? plus(old.seen, shown?.candidate ?? NOBODY, stable ?? NOBODY) : old.seen,
fail: gather(test.fail, old.fail, look, fail, factor),
pass: gather(test.pass, old.pass, look, pass, factor),
world: test.world ? gatherWorld(test.world, old.world, look, world, factor) : old.world,
outages: paired ? added.outage ? old.outages + 1 : 0 : old.outages,
run: fail ? extendRun(test, old.run, fail, pace) : old.run
};
return estimated && (state.spread = nextSpread$1(old, dispersion, shown)), state;
}
const dispersionOf = ({ seen, spread = [0, 0] }, { prior, weight }) => ({
prior,
weight,
chiSquare: spread[0],
batches: spread[1],
candidate: candidateOf(seen),
stable: stableOf(seen)
});
function nextSpread$1(old, known, batch) {
let before = dispersionOf(old, known);
if (batch?.stable === void 0) return [before.chiSquare, before.batches];
let { chiSquare, batches } = addToDispersion(before, batch.candidate, batch.stable);
return [Math.round(chiSquare * 1e4) / 1e4, batches];
}
function gatherWorld({ stableBreaks, candidateWorse }, old, look, batch, factor) {
let counted = batch && batch.stable.total > 0 ? batch : void 0, alone = counted && { candidate: counted.stable };
return [gatherBet(stableBreaks, old[0], look, alone, factor), gatherBet(candidateWorse, old[1], look, counted, factor)];
}
function missingHere(test, { stable }, span, paired) {
let { metric } = test;
if (span === void 0) return noData("first-look", `${metric} chose its bounds at this look and counts from the next.`);
if ((span.fail ?? span.pass ?? NOBODY).total === 0) return noData("no-traffic", `${metric} saw no ${test.unit} of the candidate.`);
if (test.relative) return stable?.kind === "no-data" ? stable : paired ? void 0 : noData("windows-differ", `${metric} does not cover the same time for both versions yet.`);
}
function suspiciousScale(test, measured) {
if (measured.kind !== "histogram" || test.relative) return;
let finite = measured.buckets.filter(({ le }) => Number.isFinite(le)), [first, last] = [finite[0]?.le, finite.at(-1)?.le];
if (first === void 0 || last === void 0) return noData("odd-histogram", `${test.metric} has no bucket bounds.`);
if (test.bound < last * 20 && test.bound * 20 > first) return;
let range = `bucket bounds from ${first} to ${last}`;
return noData("suspicious-scale", `${test.metric} has ${range}, far from the limit; declare the metric's unit.`);
}
function saturated(test, measured) {
if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return;
let last = measured.buckets.findLast(({ le }) => Number.isFinite(le))?.le;
if (last === void 0 || test.bound <= last) return;
let message = `${test.metric} has no bucket beyond ${last} ms, so \`${test.text}\` could never be seen to break; add buckets, or limit it at ${last}ms at most.`;
return noData("saturated-histogram", message);
}
function blindZone(test, measured) {
if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return;
let { from, to } = slowRequests(measured.buckets, test.bound).blind;
if (from !== to) return {
...from !== void 0 && { from },
...to !== void 0 && { to }
};
}
function spanOf(test, measured, bounds, who) {
if (measured === void 0 || measured.kind === "no-data") return;
let { from, to } = measured.window;
if (measured.kind === "counts") {
let arm = {
total: measured.total,
bad: measured.bad
};
return {
from,
to,
fail: arm,
pass: arm
};
}
let arms = armsOf(test, measured, bounds, who);
if (arms === void 0) return;
let { fail, pass } = arms;
return {
from,
to,
...fail && { fail },
...pass && { pass }
};
}
function armsOf(test, measured, bounds, who) {
if (measured.kind !== "histogram") return;
let { buckets, sum } = measured;
if (test.counts === "mean") return meanArms(test, {
total: buckets.at(-1)?.count ?? 0,
bad: sum
});
if (!test.relative) {
let { certainly, possibly } = slowRequests(buckets, test.bound);
return {
fail: certainly,
pass: possibly
};
}
if (bounds !== void 0) return who === "stable" ? {
fail: beyond(buckets, bounds.at),
pass: beyond(buckets, bounds.at)
} : {
fail: bounds.fail === void 0 ? void 0 : beyond(buckets, bounds.fail),
pass: beyond(buckets, bounds.pass)
};
}
function meanArms(test, sums) {
if (test.relative) return {
fail: sums,
pass: sums
};
let arm = sums.total === 0 ? NOBODY : {
total: 1,
bad: +(sums.bad > test.bound * sums.total)
};
return {
fail: arm,
pass: arm
};
}
function boundsFor(test, stable) {
if (test.counts === "slow" && test.relative && stable?.kind === "histogram") return chooseBounds(test, stable.buckets);
}
function chooseBounds(test, buckets) {
if ((buckets.at(-1)?.count ?? 0) < 20) return;
let at = quantileBound(buckets, test.quantile);
if (at === void 0) return;
let { blind } = slowRequests(buckets, at * test.bound);
return {
at,
pass: blind.from ?? at,
...blind.to !== void 0 && { fail: blind.to }
};
}
const plus = (seen, candidate, stable) => [
seen[0] + candidate.total,
seen[1] + candidate.bad,
seen[2] + stable.total,
seen[3] + stable.bad
];
function slowerMean(test, { candidate, stable = NOBODY }) {
return candidate.total === 0 || stable.total === 0 ? { candidate: NOBODY } : { candidate: {
total: 1,
bad: +(candidate.bad / candidate.total > test.bound * stable.bad / stable.total)
} };
}
function extendRun(test, run, batch, { now, startedAt }) {
let score = run.score + increment(test.fail, batch, 1);
if (!(score > 0)) return {
since: now - startedAt,
score: 0,
seen: NOTHING
};
let rounded = Math.round(score * 1e3) / 1e3;
return {
since: run.since,
score: rounded,
seen: plus(run.seen, batch.candidate, batch.stable ?? NOBODY)
};
}
const newGrowthState = () => ({
kind: "growth",
fit: [
0,
0,
0,
0,
0,
0
],
covered: 0
});
function lookForGrowth(test, old, pair, pace) {
let { candidate } = pair;
if (candidate.kind === "no-data") return {
state: old,
missing: candidate
};
if (candidate.kind !== "value") return {
state: old,
missing: notValue(test)
};
let { observedAt, value } = candidate, seen = old.sampledAt === void 0 ? pace.every : Math.min(observedAt - old.sampledAt, 2 * pace.every), [count, time, level, timeSquares, products, levelSquares] = old.fit, hours = (observedAt - pace.startedAt) / 36e5, [timeOff, levelOff] = [hours - time, value - level], newTime = time + timeOff / (count + 1), newLevel = level + levelOff / (count + 1);
return { state: {
kind: "growth",
fit: [
count + 1,
newTime,
newLevel,
timeSquares + timeOff * (hours - newTime),
products + timeOff * (value - newLevel),
levelSquares + levelOff * (value - newLevel)
],
covered: old.covered + seen,
sampledAt: observedAt
} };
}
const notValue = ({ metric }) => noData("wrong-kind", `${metric} gave no value, and only a value grows.`);
function growthOf({ fit: [count, time, level, timeSquares, products, levelSquares] }) {
if (count < 10 || !(timeSquares > 0)) return;
let slope = products / timeSquares, start = level - slope * time;
if (!(start > 0)) return;
let left = Math.max(0, levelSquares - slope * products);
return {
perHour: slope / start,
error: Math.sqrt(left / (count - 2) / timeSquares) / start
};
}
function growthStanding({ bound }, state, hold) {
let growth = growthOf(state);
return growth === void 0 ? "open" : growth.perHour - 3 * growth.error > bound ? "broken" : growth.perHour + 3 * growth.error <= bound && state.covered >= .75 * hold ? "proven" : "open";
}
const familyLogE = (members) => logSumExp(members.map(({ logE, weight }) => logE + Math.log(weight)));
function sampleRatioLogE(counts, shares, concentration = 100) {
let total = counts.reduce((sum, count) => sum + count, 0);
return counts.reduce((sum, count, i) => {
let share = shares[i] ?? 0;
return sum + logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
}, logGamma(concentration) - logGamma(concentration + total));
}
const newLatencyState = (test) => ({
kind: "latency",
plan: test.mark,
seen: [
0,
0,
0,
0
],
cuts: [],
reference: [],
spread: [0, 0],
bounds: [],
fail: NO_EVIDENCE,
pass: test.thresholds.map(() => NO_EVIDENCE),
sign: NO_EVIDENCE
});
function pairOf({ candidate, stable }, slack) {
return candidate.kind === "no-data" ? candidate : stable?.kind === "no-data" ? stable : candidate.kind !== "histogram" || stable?.kind !== "histogram" ? noData("wrong-kind", "Latency is compared between two histograms.") : Math.max(Math.abs(candidate.window.from - stable.window.from), Math.abs(candidate.window.to - stable.window.to)) > slack ? noData("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
}
function lookForLatency(test, old, pair, pace) {
let pairing = pairOf(pair, pace.every / 2), idle = (missing, change = {}) => ({
state: {
...add(test, old, void 0, pace.look),
...change
},
missing
});
if ("kind" in pairing) return idle(pairing);
let [candidate, stable] = pairing;
if (old.cuts.length === 0) {
let message = `${test.metric} chose its bounds at this look and counts from the next.`;
return idle(noData("first-look", message), chosen(test, stable));
}
let [own, others] = [cellsOf(candidate.buckets, old.cuts, 1), cellsOf(stable.buckets, old.cuts, 0)];
if (own === void 0 || others === void 0) return idle(noData("buckets-changed", `${test.metric} lost bucket bounds that it was compared at.`));
let state = add(test, old, {
candidate,
stable,
own,
others
}, pace.look);
return totalOf(candidate) > 0 ? { state } : {
state,
missing: noData("no-traffic", `${test.metric} saw no request of the candidate.`)
};
}
const totalOf = ({ buckets }) => buckets.at(-1)?.count ?? 0;
function chosen(test, stable) {
if (totalOf(stable) < 20) return {};
let cuts = cutsOf(stable.buckets, test.bound), reference = cellsOf(stable.buckets, cuts, 0);
return cuts.length === 0 || reference === void 0 ? {} : {
cuts,
reference,
bounds: boundsOf(test, stable)
};
}
function boundsOf(test, { buckets }) {
return test.thresholds.map(({ quantile }) => {
let at = quantileBound(buckets, quantile) ?? buckets.findLast(({ le }) => Number.isFinite(le))?.le ?? 0;
return [at, slowRequests(buckets, at * test.bound).blind.from ?? at];
});
}
function add(test, old, seen, look) {
let arms = (threshold) => {
let bounds = old.bounds[threshold];
if (!seen || !bounds) return;
let [candidate, stable] = [beyond(seen.candidate.buckets, bounds[1]), beyond(seen.stable.buckets, bounds[0])];
return candidate && stable && {
candidate,
stable
};
}, slower = seen && isSlower(test, seen), sign = slower === void 0 ? void 0 : { candidate: {
total: 1,
bad: +!!slower
} }, increments = seen && slowerIncrements(SLOWER_BETS, old.reference, seen.own, seen.others);
return {
...old,
seen: seen ? nextSeen(old.seen, seen, slower) : old.seen,
reference: seen ? withStable(old.reference, seen.others) : old.reference,
spread: seen ? nextSpread(old, seen) : old.spread,
fail: addIncrements(test.fail, old.fail, look, increments, factorOf(old)),
pass: test.thresholds.map(({ pass }, i) => gather(pass, old.pass[i] ?? NO_EVIDENCE, look, arms(i))),
sign: gather(test.sign, old.sign, look, sign)
};
}
const factorOf = ({ spread: [squares, looks] }) => Math.max(1, (20 + squares) / (20 + looks));
function nextSpread(old, { own, others }) {
let [squares, looks, before] = old.spread, difference = rankDifference(old.reference, own, others);
if (difference === void 0) return old.spread;
let now = Math.round(difference * 1e3) / 1e3;
return before === void 0 ? [
squares,
looks,
now
] : [
Math.round((squares + (now - before) ** 2 / 2) * 1e3) / 1e3,
looks + 1,
now
];
}
function isSlower({ bound }, { candidate, stable }) {
let [n, m] = [totalOf(candidate), totalOf(stable)];
return n > 0 && m > 0 ? candidate.sum / n > bound * stable.sum / m : void 0;
}
const nextSeen = ([total, stableTotal, slower, looks], { candidate, stable }, isMore) => [
total + totalOf(candidate),
stableTotal + totalOf(stable),
slower + +(isMore === !0),
looks + (isMore === void 0 ? 0 : 1)
];
function weighLatency(test, state, looks) {
let passes = test.thresholds.map(({ pass }, i) => logEValue(pass, state.pass[i] ?? NO_EVIDENCE, looks));
return {
fail: familyLogE([{
logE: logEValue(test.fail, state.fail, looks),
weight: 1 - SIGN_WEIGHT
}, {
logE: logEValue(test.sign, state.sign, looks),
weight: SIGN_WEIGHT
}]),
pass: Math.min(...passes)
};
}
const isWholeLatencyState = (test, state, looks) => areWhole(test.fail, state.fail, looks) && areWhole(test.sign, state.sign, looks) && state.reference.length === (state.cuts.length === 0 ? 0 : state.cuts.length + 1) && state.bounds.length === (state.cuts.length === 0 ? 0 : test.thresholds.length) && state.pass.length === test.thresholds.length && test.thresholds.every(({ pass }, i) => areWhole(pass, state.pass[i] ?? NO_EVIDENCE, looks)), WEIGHTLESS = {
fail: 0,
pass: 0,
stableBreaks: 0,
candidateWorse: 0
};
function weigh(test, state, looks) {
if (test.kind === "latency" && state?.kind === "latency") return {
...WEIGHTLESS,
...weighLatency(test, state, looks)
};
if (test.kind !== "evidence" || state?.kind !== "evidence") return WEIGHTLESS;
let { fail, pass, world, handicap } = test, [breaks, worse] = state.world;
return {
fail: logEValue(fail, state.fail, looks) - handicap,
pass: logEValue(pass, state.pass, looks) - handicap,
stableBreaks: world ? logEValue(world.stableBreaks, sumsOf(breaks), looks) : 0,
candidateWorse: world ? logEValue(world.candidateWorse, sumsOf(worse), looks) : 0
};
}
function most({ looks }, sums) {
let high = looks > 1 ? 0 : -Infinity;
for (let k = 0; k < sums.length; k++) {
let sum = sums[k] ?? high;
sum > high && (high = sum);
}
return looks > 1 ? high + Math.LN2 : high;
}
function mayMatter(test, state, least) {
if (test.kind === "latency" && state?.kind === "latency") return Math.max(most(test.fail, state.fail), most(test.sign, state.sign)) >= least;
if (test.kind !== "evidence" || state?.kind !== "evidence") return !1;
let { fail, world, handicap } = test;
if (most(fail, state.fail) - handicap >= least) return !0;
let breaks = state.world[0];
return world !== void 0 && breaks !== void 0 && Math.max(0, breaks) + Math.LN2 >= least;
}
function passForDecision(test, state, looks, needed) {
if (test.kind === "latency" && state?.kind === "latency") {
let least = Infinity;
for (let i = 0; i < test.thresholds.length; i++) {
let plan = test.thresholds[i]?.pass, here = plan === void 0 ? 0 : planPass(plan, state.pass[i] ?? [], looks, needed);
here < least && (least = here);
}
return least;
}
if (test.kind !== "evidence" || state?.kind !== "evidence") return 0;
let { handicap } = test;
return planPass(test.pass, state.pass, looks, needed + handicap) - handicap;
}
function planPass(plan, sums, looks, needed) {
let high = most(plan, sums);
if (high < needed) return 0;
let low = high - Math.log(plan.size);
return plan.looks === 1 && low >= needed ? low : logEValue(plan, sums, looks);
}
function weighForDecision(tests, states, looks, needed) {
let least = Math.min(needed.fail, needed.pass), exact = tests.some((test, i) => mayMatter(test, states[i], least));
return tests.map((test, i) => exact ? weigh(test, states[i], looks) : onlyPass(passForDecision(test, states[i], looks, needed.pass)));
}
const onlyPass = (pass) => pass === 0 ? WEIGHTLESS : {
fail: 0,
pass,
stableBreaks: 0,
candidateWorse: 0
}, isWeighed$1 = ({ kind }) => kind === "evidence" || kind === "latency";
function asValue(value, dimension) {
return dimension === "share" ? asPercent(value) : dimension === "time" ? asTime(value) : dimension === "size" ? `${digits(value / 1e6, 1)} MB` : dimension === "per-second" ? `${digits(value, 1)}/s` : digits(value, 3);
}
const share = ({ bad, total }) => asPercent(total > 0 ? bad / total : 0);
function sayCounts(test, candidate, stable) {
if (candidate.total === 0) return `${test.metric} of no ${test.unit} yet`;
let requests = `${digits(candidate.total, 0)} ${test.unit}s`;
if (test.counts === "mean") {
let above = test.relative ? `${test.bound} times stable's` : asTime(test.bound);
return `${test.metric} mean above ${above} in ${candidate.bad} of ${requests}`;
}
let beside = test.relative ? ` (stable: ${share(stable)} of ${digits(stable.total, 0)})` : "";
if (test.counts === "bad") return `${test.metric} ${share(candidate)} of ${requests}${beside}`;
let slower = test.relative ? "slower than the bound compared" : `slower than ${asTime(test.bound)}`;
return `${test.metric}: ${share(candidate)} of ${requests} ${slower}${beside}`;
}
function sayBlind({ test, state }) {
if (test.kind !== "evidence" || state.kind !== "evidence" || state.blind === void 0) return;
let { from, to } = state.blind, limit = `${test.metric}'s limit of ${asTime(test.bound)}`;
return from === void 0 ? `${limit} lies below the first bucket (${asTime(to ?? 0)}), so it can never be proven.` : to === void 0 ? `${limit} lies beyond the last bucket (${asTime(from)}), so it can never be seen to break.` : `${limit} lies between the buckets ${asTime(from)} and ${asTime(to)}, which cannot tell slow from fast there.`;
}
function sayValue(test, state) {
let { demand, aggregate, versus } = test.limit, unit = demand.op === "not-worse" || versus ? test.shape.dimension : demand.quantity.dimension, found = state.value === void 0 ? "unseen" : asValue(state.value, unit), rival = test.before ?? (versus && state.stableValue), beside = rival === void 0 ? "" : ` (${versus}: ${asValue(rival, unit)})`, lasting = test.for > 0 && state.badFor > 0 ? ` for ${asTime(state.badFor)}` : "";
return `${[test.metric, aggregate].filter(Boolean).join(" ")} ${found}${beside}${lasting}`;
}
function sayGrowth(test, state) {
let growth = growthOf(state);
return growth === void 0 ? `${test.metric} has ${state.fit[0]} of the 10 samples a slope needs` : `${test.metric} grew by ${((share) => `${share < 0 ? "-" : ""}${asPercent(Math.abs(share))}`)(growth.perHour)} an hour (give or take ${asPercent(3 * growth.error)})`;
}
function sayLatency({ metric, bound }, { seen: [candidate, stable, slower, looks] }) {
return `${metric} mean above ${bound === 1 ? "stable's" : `${bound} times stable's`} in ${slower} of ${looks} looks (${`${digits(candidate, 0)} requests beside ${digits(stable, 0)} of stable`})`;
}
function saySeen(test, state) {
return test.kind === "evidence" && state.kind === "evidence" ? sayCounts(test, candidateOf(state.seen), stableOf(state.seen)) : test.kind === "latency" && state.kind === "latency" ? sayLatency(test, state) : test.kind === "growth" && state.kind === "growth" ? sayGrowth(test, state) : test.kind === "streak" && state.kind === "streak" ? sayValue(test, state) : "nothing";
}
const candidateNamed = (version) => version === "candidate" ? "the candidate" : `candidate ${shortVersion(version)}`;
function sayBroken(standing, { candidate, stable, startedAt }, now) {
let { test, state, logE } = standing, consequence = stable === void 0 ? "go back to the version before it" : "traffic goes back to stable", who = candidateNamed(candidate);
if (test.kind === "latency") return `${saySeen(test, state)} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${who}); ${consequence}.`;
if (test.kind !== "evidence" || state.kind !== "evidence") return `${saySeen(test, state)} breaks \`${test.text}\` (${who}); ${consequence}.`;
let { run, outages } = state, seen = sayCounts(test, candidateOf(run.seen), stableOf(run.seen));
if (outages >= 2) return `${seen} is an outage while stable is well (${outages} looks in a row, ${who}); ${consequence}.`;
let lasted = asTime(now - startedAt - run.since);
return `${seen} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${lasted}, ${who}); ${consequence}.`;
}
function sayProven(standings, { candidate }) {
return `${standings.map(({ test, state, logE }) => {
let proof = isWeighed$1(test) ? ` (e-value ${asEValue(logE.pass)})` : "";
return `${saySeen(test, state)} keeps \`${test.text}\`${proof}`;
}).join("; ")}: ${candidateNamed(candidate)} may go on.`;
}
const sayWarnings = (broken) => broken.map(({ test, state }) => ` Warning: ${saySeen(test, state)} breaks \`${test.text}\`.`).join("");
function sayPaged({ test, state, logE }, { candidate }) {
let weight = isWeighed$1(test) ? `e-value ${asEValue(logE.fail)}, ` : "";
return `${saySeen(test, state)} breaks \`${test.text}\` (${weight}${candidateNamed(candidate)}), which a person has to judge: say whether the release goes on or goes back. Without an answer it goes back.`;
}
const sayBefore = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`. More than the version may have changed since then, so nothing is sent back; find out what did, and roll back by hand if it was the version.`;
function saySplit({ test, state }, { split = 0 }) {
let [candidate, stable] = state.kind === "evidence" ? [candidateOf(state.seen).total, stableOf(state.seen).total] : [0, 0], [seen, all] = [asPercent(candidate / (candidate + stable)), digits(candidate + stable, 0)];
return `The candidate has ${seen} of ${all} events of ${test.metric} where ${asPercent(split)} was planned, so numbers are missing or belong to the other version. Look at how traffic is divided and how versions are labelled.`;
}
const sayMissing = ({ message }) => `${message} Nothing is proven by this look; looking again.`, sayShared = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`, and so does stable: sending traffic back would mend nothing. Look at what both versions depend on.`;
function sayOpen({ test, state, logE }, { beta }, eta) {
let seen = saySeen(test, state);
if (!isWeighed$1(test)) return `${seen}: \`${test.text}\` is not proven yet${sayEta(eta)}.`;
let reached = `e-value ${asEValue(logE.pass)} of the ${asEValue(Math.log(1 / beta))} needed`, blind = sayBlind({
test,
state
});
return `${seen} does not prove \`${test.text}\` yet (${reached})${sayEta(eta)}.${blind ? ` ${blind}` : ""}`;
}
function sayEta(eta) {
return eta === void 0 ? "" : Number.isFinite(eta) ? `; about ${asTime(eta)} more at this rate and traffic` : "; at this rate it never will";
}
const sayWhose = ({ synthetic }) => synthetic === !0 ? "By synthetic requests, no user's: " : "", sayWaiting = ({ hold }, elapsed) => `Every limit is proven; the hold of ${asTime(hold)} ends in ${asTime(Math.max(0, hold - elapsed))}.`, AT_THE_END = {
hold: "it does not stay unproven",
fail: "it does not stay unproven",
approve: "a person has to say whether that is enough",
synthetic: "only synthetic requests can tell now"
};
function sayInconclusive(open, { candidate, onShort }, elapsed) {
let last = open === void 0 ? "" : `: ${saySeen(open.test, open.state)} does not prove \`${open.test.text}\``, reason = open && (open.missing?.message ?? sayBlind(open)), why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
return `No verdict on ${candidateNamed(candidate)} after ${asTime(elapsed)}${last}${why}; ${AT_THE_END[onShort]}.`;
}
function judge(look) {
let { config, needed, now } = look, standings = deciding(look), elapsed = now - config.startedAt, conclude = (verdict, reason, say) => ({
verdict,
reason,
explain: () => ({
verdict,
reason,
message: sayWhose(config) + say() + warningsOf(look),
evidence: describe(look)
})
}), broken = standings.find((standing) => isBrokenAtOnce(standing, look)) ?? blamed(standings, "fail", needed);
if (broken) return conclude("fail", isOut(broken) ? "outage" : "limit-broken", () => sayBroken(exactly$1(broken, look), config, now));
let [paged] = pagesOf(look, standings);
if (paged) return conclude("hold", "page-limit-broken", () => sayPaged(exactly$1(paged, look), config));
let shared = standings.find((standing) => isShared(standing, needed)), uneven = config.split === void 0 ? void 0 : standings.find((standing) => isUneven(standing, config)), first = standings.find((standing) => !isProven(standing, look));
if (first === void 0 && !shared && !uneven && elapsed >= config.hold) return conclude("pass", "limits-hold", () => sayProven(standings.map((standing) => exactly$1(standing, look)), config));
if (elapsed >= config.maxHold) return atLast(config, conclude, () => sayInconclusive(shared ?? first, config, elapsed));
if (shared) return conclude("hold", "environment", () => sayShared(shared));
if (uneven) return conclude("hold", "uneven-split", () => saySplit(uneven, config));
let missing = standings.find((standing) => standing.missing !== void 0)?.missing;
if (missing) return conclude("hold", "no-data", () => sayMissing(missing));
let worse = standings.find((standing) => isWorseThanBefore(standing, look));
return worse ? conclude("hold", "worse-than-before", () => sayBefore(worse)) : first ? conclude("hold", "not-enough-data", () => sayOpen(exactly$1(first, look), config, etaOf(first, look))) : conclude("hold", "minimum-hold", () => sayWaiting(config, elapsed));
}
function atLast({ onShort }, conclude, say) {
switch (onShort) {
case "fail": return conclude("fail", "short-evidence", say);
case "approve": return conclude("hold", "short-evidence", say);
case "hold":
case "synthetic": return conclude("hold", "inconclusive", say);
}
}
const exactly$1 = (standing, { looks }) => ({
...standing,
logE: weigh(standing.test, standing.state, looks)
}), deciding = ({ standings, waived }) => waived.length === 0 && standings.every(({ test }) => test.level !== "warn") ? standings : standings.filter(({ test }) => test.level !== "warn" && !(test.level === "page" && waived.includes(test.text)));
function pagesOf(look, standings) {
if (look.config.pageLimits.length === 0) return [];
let paging = standings.filter(({ test }) => test.level === "page"), worst = blamed(paging, "page", look.needed), broken = paging.filter((standing) => standing !== worst && isBrokenNow(standing, look));
return worst === void 0 ? broken : [worst, ...broken];
}
const brokenPages = (look) => pagesOf(look, deciding(look)).map(({ test }) => test.text), isWeighed = ({ test }) => test.kind === "evidence" || test.kind === "latency", isOut = ({ state }) => state.kind === "evidence" && state.outages >= 2;
function isStreakBroken({ test, state, missing }) {
return test.kind !== "streak" || state.kind !== "streak" || missing ? !1 : test.for === 0 ? state.breaks : state.badFor >= test.for;
}
function growthOver({ test, state }, { config, now }) {
return test.kind !== "growth" || state.kind !== "growth" || now - config.startedAt < config.hold ? "open" : growthStanding(test, state, config.hold);
}
const isBrokenNow = (standing, look) => isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken", isBrokenAtOnce = (standing, look) => standing.test.level === "fail" && isBrokenNow(standing, look), isBroken = (standing, look) => isBrokenNow(standing, look) || isBrokenAlone(standing, look.needed), isWorseThanBefore = (standing, look) => standing.test.level === "hold" && isBroken(standing, look), warningsOf = (look) => sayWarnings(look.standings.filter((standing) => standing.test.level === "warn" && isBroken(standing, look)));
function isShared(standing, needed) {
return standing.state.kind === "streak" ? standing.state.shared : worldBreaks(standing, needed) && standing.logE.fail >= needed.pass;
}
const worldBreaks = ({ test, logE }, needed) => test.kind === "evidence" && test.world !== void 0 && logE.stableBreaks >= needed.pass && logE.candidateWorse < needed.fail, SPLIT_LOG_ODDS = Math.log(1e3);
function isUneven({ test, state }, { split }) {
if (split === void 0 || test.shape.divided !== !0 || test.kind !== "evidence" || state.kind !== "evidence" || test.unit === "look") return !1;
let [candidate, , stable] = state.seen, seen = candidate / (candidate + stable);
return !(stable > 0) || Math.abs(seen / split - 1) <= .2 ? !1 : sampleRatioLogE([candidate, stable], [split, 1 - split]) >= SPLIT_LOG_ODDS;
}
function isProven(standing, look) {
let { test, state, missing, logE } = standing;
return missing ? !1 : isWeighed(standing) ? logE.pass >= look.needed.pass : test.kind === "growth" ? growthOver(standing, look) === "proven" : state.kind === "streak" && !state.breaks && !state.shared && state.badFor === 0 && state.covered >= look.config.hold;
}
const against = (standing, needed) => worldBreaks(standing, needed) ? -Infinity : standing.logE.fail, inFamily = (standing, level) => isWeighed(standing) && standing.test.level === level;
function familyEvidence(standings, level, needed) {
let members = standings.filter((standing) => inFamily(standing, level)), weight = 1 / members.length;
return familyLogE(members.map((standing) => ({
logE: against(standing, needed),
weight
})));
}
function blamed(standings, level, needed) {
let worst;
for (let standing of standings) inFamily(standing, level) && (worst === void 0 || against(standing, needed) > against(worst, needed)) && (worst = standing);
if (!(worst === void 0 || against(worst, needed) < needed.fail)) return familyEvidence(standings, level, needed) >= needed.fail ? worst : void 0;
}
function describe(decided) {
let look = {
...decided,
standings: decided.standings.map((standing) => exactly$1(standing, decided))
}, { config, needed, looks, standings, now, waived } = look, [family, pages] = ["fail", "page"].map((level) => familyEvidence(deciding(look), level, needed));
return {
candidate: config.candidate,
...config.stable !== void 0 && { stable: config.stable },
...config.synthetic === !0 && { synthetic: !0 },
window: {
from: config.startedAt,
to: now
},
looks,
...Number.isFinite(family) && { familyLogE: family },
...Number.isFinite(pages) && { pageLogE: pages },
...waived.length > 0 && { waived },
alpha: config.alpha,
beta: config.beta,
limits: standings.map((standing) => describeLimit(standing, look))
};
}
function describeLimit(standing, look) {
let { test, state, missing, logE } = standing, eta = etaOf(standing, look), note = missing?.message ?? sayBlind(standing);
return {
limit: test.text,
level: test.level,
standing: standingOf$1(standing, look),
seen: saySeen(test, state),
...note !== void 0 && { note },
...state.kind === "evidence" && {
candidate: candidateOf(state.seen),
...look.config.stable !== void 0 && { stable: stableOf(state.seen) }
},
...isWeighed(standing) && {
logE: {
fail: logE.fail,
pass: logE.pass
},
needed: {
fail: look.needed.fail,
pass: look.needed.pass
}
},
...eta !== void 0 && Number.isFinite(eta) && { eta }
};
}
function standingOf$1(standing, look) {
return isBroken(standing, look) ? "broken" : isShared(standing, look.needed) ? "environment" : standing.missing ? "no-data" : isProven(standing, look) ? "proven" : "open";
}
const isBrokenAlone = (standing, needed) => isWeighed(standing) && against(standing, needed) >= needed.fail;
function etaOf(standing, look) {
let { test, state } = standing, { config, now } = look;
if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
if (state.kind === "growth") return Math.max(0, config.startedAt + config.hold - now);
if (state.kind === "latency" || state.kind === "baseless") return;
let [candidate, candidateBad, stable, stableBad] = state.seen;
if (test.kind !== "evidence" || candidate === 0 || isProven(standing, look)) return;
let expected = {
candidate: candidateBad / candidate,
stable: stable > 0 ? stableBad / stable : 0,
stablePerCandidate: stable / candidate
}, { beta, dispersion } = config, factor = typeof dispersion == "number" ? dispersion : dispersion.prior, level = beta * Math.exp(-test.handicap);
return requestsLeft(test.pass, state.pass, expected, {
level,
dispersion: factor
}) * (now - config.startedAt) / candidate;
}
const newStreakState = () => ({
kind: "streak",
breaks: !1,
shared: !1,
badFor: 0,
covered: 0
});
function lookForStreak(test, old, pair, pace) {
let { candidate, stable } = pair;
if (candidate.kind === "no-data") return {
state: old,
missing: candidate
};
let compared = compare(test, candidate, stable);
if ("kind" in compared) return {
state: old,
missing: compared
};
let shared = compared.breaks && compared.stableBreaks === !0, seen = timeSeen(candidate, old.sampledAt, pace.every), alone = compared.breaks && !shared;
return { state: {
kind: "streak",
value: compared.value,
...compared.stableValue !== void 0 && { stableValue: compared.stableValue },
breaks: alone,
shared,
badFor: alone ? old.badFor + seen : shared ? old.badFor : 0,
covered: old.covered + seen,
sampledAt: candidate.observedAt
} };
}
function timeSeen(measured, sampledAt, every) {
return measured.kind === "value" ? sampledAt === void 0 ? every : Math.min(measured.observedAt - sampledAt, 2 * every) : measured.window.to - measured.window.from;
}
function compare(test, candidate, stable) {
let own = readingOf(test, candidate);
if (own === void 0) return noData("no-traffic", `${test.metric} saw no request of the candidate.`);
let beside = stable === void 0 || stable.kind === "no-data" ? void 0 : readingOf(test, stable);
return test.before === void 0 ? test.limit.versus === void 0 ? compareAbsolute(test, own, beside) : beside === void 0 ? stable?.kind === "no-data" ? stable : noData("no-traffic", `${test.metric} saw no request of stable.`) : compareBeside(test, own, beside) : {
value: own.shown,
breaks: breaksBeside(test, own.shown, test.before)
};
}
function compareBeside(test, own, beside) {
let [lowest, highest] = [breaksBeside(test, own.least, beside.most), breaksBeside(test, own.most, beside.least)];
if (lowest === highest) return {
value: own.shown,
breaks: lowest,
stableValue: beside.shown
};
let message = `${test.metric}'s buckets are too coarse to tell whether \`${test.text}\` holds; add bucket bounds, or leave \`for\` away.`;
return noData("between-buckets", message);
}
function compareAbsolute(test, own, beside) {
let breaks = breaksLimit(test, own);
if (breaks === void 0) return noData("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
let stableBreaks = beside && breaksLimit(test, beside);
return {
value: own.shown,
breaks,
...beside && { stableValue: beside.shown },
...stableBreaks !== void 0 && { stableBreaks }
};
}
const exactly = (value) => ({
least: value,
most: value,
shown: value
});
function readingOf(test, measured) {
if (measured.kind === "value") return exactly(measured.value);
let seconds = (measured.window.to - measured.window.from) / 1e3;
if (measured.kind === "counts") return countsValue(test, measured.bad, measured.total, seconds);
let total = measured.buckets.at(-1)?.count ?? 0;
if (total === 0) return;
let quantile = quantileOf(test.limit);
return quantile === void 0 ? exactly(measured.sum / total) : quantileRange(measured.buckets, quantile, total);
}
function countsValue({ limit: { demand } }, bad, total, seconds) {
if (demand.op !== "not-worse" && demand.quantity.dimension === "per-second") return seconds > 0 ? exactly(total / seconds) : void 0;
if (total !== 0) return exactly(demand.op === ">" || demand.op === ">=" ? 1 - bad / total : bad / total);
}
function quantileRange(buckets, quantile, total) {
let index = buckets.findIndex(({ count }) => count >= quantile * total), [least, most] = [buckets[index - 1]?.le ?? 0, buckets[index]?.le ?? Infinity];
return {
least,
most,
shown: Number.isFinite(most) ? most : least
};
}
function breaksLimit({ limit: { demand } }, { least, most }) {
if (demand.op === "not-worse") return;
let holds = keeps[demand.op], bound = demand.quantity.value;
return least === most ? !holds(most, bound) : least >= bound ? !0 : most <= bound ? !1 : void 0;
}
function breaksBeside({ limit: { demand, metric } }, own, beside) {
if (demand.op === "not-worse") return metric === "throughput" ? own < beside : own > beside;
let { dimension, value } = demand.quantity;
return !keeps[demand.op](own, dimension === "points" ? beside + value : beside * value);
}
function newGate(config) {
let [problem] = gateProblems(config);
if (problem !== void 0) throw new InputError(problem);
let settled = settle(config);
return {
version: 1,
config: settled,
looks: 0,
limits: compiled(settled).map(newState),
counted: {}
};
}
function newState(test) {
return test.kind === "evidence" ? newEvidenceState(test) : test.kind === "latency" ? newLatencyState(test) : test.kind === "baseless" ? { kind: "baseless" } : test.kind === "growth" ? newGrowthState() : newStreakState();
}
function resumeGate(config, saved) {
let parsed = savedGate.safeParse(saved);
if (!parsed.success) throw new InputError("The saved state of the gate is not whole; begin the hold again.");
let fresh = newGate(config), changed = differing(fresh.config, parsed.data.config);
if (changed !== void 0) throw new InputError(`The gate began with another \`${changed}\`; keep it, or begin the hold again.`);
let tests = compiled(fresh.config);
if (tests.length !== parsed.data.limits.length) throw new InputError("The saved gate has other limits; begin again.");
for (let [i, test] of tests.entries()) requireSameEvidence(test, parsed.data.limits[i], parsed.data.looks);
return {
...parsed.data,
config: fresh.config
};
}
function differing(config, saved) {
let [now, then] = [config, saved].map((side) => new Map(Object.entries(side ?? {})));
return [...new Set([...now?.keys() ?? [], ...then?.keys() ?? []])].find((key) => JSON.stringify(now?.get(key)) !== JSON.stringify(then?.get(key)));
}
const notWhole = ({ text }) => new InputError(`The saved state of \`${text}\` is not whole; begin the hold again.`);
function requireSameEvidence(test, state, looks) {
if (state?.kind !== test.kind) throw notWhole(test);
if ("plan" in state && "mark" in test && state.plan !== test.mark) {
let message = `The evidence on \`${test.text}\` was gathered under other parameters and proves nothing under these`;
throw new InputError(`${message}; begin the hold again.`);
}
if (!isWhole(test, state, looks)) throw notWhole(test);
}
function isWhole(test, state, looks) {
if (test.kind === "latency" && state.kind === "latency") return isWholeLatencyState(test, state, looks);
if (test.kind !== "evidence" || state.kind !== "evidence") return !0;
let worlds = test.world && looks > 0 ? 2 : 0;
return areWhole(test.fail, state.fail, looks) && areWhole(test.pass, state.pass, looks) && state.world.length === worlds;
}
const nextLook = ({ lastLook, config: { startedAt, every, maxHold } }) => lastLook === void 0 ? startedAt : Math.min(lastLook + every, startedAt + maxHold), toMeasure = ({ config }) => prepared(config).metrics.flatMap(({ name: metric }) => [{
metric,
version: config.candidate,
of: "candidate"
}, ...config.stable === void 0 ? [] : [{
metric,
version: config.stable,
of: "stable"
}]]);
function assess(state, batch, now) {
let { config } = state, { tests, metrics, metricOf, needed } = prepared(config), looks = state.looks + 1, { startedAt, every, dispersion } = config, { pairs, counted } = believe(metrics, state.counted, batch, now), pace = {
look: looks,
now,
startedAt,
every,
dispersion
}, looked = tests.map((test, i) => {
let old = state.limits[i], pair = pairs[metricOf[i] ?? -1];
if (!old || !pair) throw Error(`The gate has no state for ${test.text}.`);
return look(test, old, pair, pace);
}), limits = looked.map((each) => each.state), weights = weighForDecision(tests, limits, looks, needed), standings = tests.map((test, i) => standingOf(test, looked[i], weights[i])), { version, waived } = state;
return {
state: {
version,
config,
looks,
lastLook: now,
limits,
counted,
...waived && { waived }
},
decision: judge({
config,
needed,
looks,
standings,
now,
waived: waived ?? NOTHING_WAIVED
})
};
}
function standingOf(test, looked, logE) {
if (!looked || !logE) throw Error(`The gate did not look at ${test.text}.`);
return {
test,
state: looked.state,
missing: looked.missing,
logE
};
}
const NOTHING_WAIVED = [];
function waivePages(state, asked) {
let { config, looks, lastLook = config.startedAt, waived = [] } = state, { tests, needed } = prepared(config), look = {
config,
needed,
looks,
standings: tests.flatMap((test, i) => {
let limit = state.limits[i];
return limit === void 0 ? [] : [{
test,
state: limit,
missing: void 0,
logE: weigh(test, limit, looks)
}];
}),
now: lastLook,
waived
}, known = config.pageLimits.some((limit) => formatLimit(limit) === asked);
return {
...state,
waived: [...new Set([
...waived,
...known ? [asked] : [],
...brokenPages(look)
])]
};
}
function look(test, old, pair, pace) {
if (test.kind === "evidence" && old.kind === "evidence") return lookForEvidence(test, old, pair, pace);
if (test.kind === "streak" && old.kind === "streak") return lookForStreak(test, old, pair, pace);
if (test.kind === "latency" && old.kind === "latency") return lookForLatency(test, old, pair, pace);
if (test.kind === "growth" && old.kind === "growth") return lookForGrowth(test, old, pair, pace);
if (test.kind === "baseless") return {
state: old,
missing: test.missing
};
throw Error(`The gate's state for ${test.text} is of another kind.`);
}
function believe(metrics, before, batch, now) {
let pairs = [], counted = {};
for (let { name, candidate: own, stable: others } of metrics) {
let until = before[name], measured = batch[name], candidate = usable(measured?.candidate, own, now, until?.candidate), stable = others && usable(measured?.stable, others, now, until?.stable);
pairs.push({
candidate,
stable
}), counted[name] = nowCounted(until, candidate, stable);
}
return {
pairs,
counted
};
}
function nowCounted(before, candidate, stable) {
let own = candidate.kind === "no-data" ? before?.candidate : countedUpTo(candidate), others = stable === void 0 || stable.kind === "no-data" ? before?.stable : countedUpTo(stable);
return own !== void 0 && others !== void 0 ? {
candidate: own,
stable: others
} : {
...own !== void 0 && { candidate: own },
...others !== void 0 && { stable: others }
};
}
export { toMeasure as a, resumeGate as i, newGate as n, waivePages as o, nextLook as r, assess as t };
