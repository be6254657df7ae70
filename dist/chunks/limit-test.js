import { st as formatLimit } from "./runbook-keys.js";
function slowRequests(buckets, limit) {
let total = buckets.at(-1)?.count ?? 0, above = buckets.find(({ le }) => le >= limit && Number.isFinite(le)), below = buckets.findLast(({ le }) => le <= limit);
return {
certainly: above && {
total,
bad: total - above.count
},
possibly: below && {
total,
bad: total - below.count
},
blind: {
from: below?.le,
to: above?.le
}
};
}
function quantileBound(buckets, p) {
let total = buckets.at(-1)?.count ?? 0;
if (!(total > 0)) return;
let bound = buckets.find(({ count }) => count >= p * total)?.le;
return bound !== void 0 && Number.isFinite(bound) ? bound : void 0;
}
function beyond(buckets, bound) {
let bucket = buckets.find(({ le }) => le === bound), total = buckets.at(-1)?.count ?? 0;
return bucket && {
total,
bad: total - bucket.count
};
}
function logAdd(a, b) {
let high = Math.max(a, b), low = Math.min(a, b);
return high - low < 40 ? high + Math.log1p(Math.exp(low - high)) : high;
}
function logSumExp(values) {
let high = -Infinity;
for (let value of values) value > high && (high = value);
if (high === -Infinity) return high;
let sum = 0;
for (let value of values) sum += Math.exp(value - high);
return high + Math.log(sum);
}
const xLogY = (x, y) => x === 0 ? 0 : x * Math.log(y), HALF_LOG_TWO_PI = .5 * Math.log(2 * Math.PI);
function logGamma(x) {
let shift = 1, y = x;
for (; y < 10; y++) shift *= y;
let z = 1 / (y * y), series = (1 / 12 + z * (-1 / 360 + z * (1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 - z * 691 / 360360))))) / y;
return (y - .5) * Math.log(y) - y + HALF_LOG_TWO_PI + series - Math.log(shift);
}
const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b), ARCSINE = logBeta(.5, .5);
function logMixture(bad, total, p) {
return logBeta(bad + .5, total - bad + .5) - ARCSINE - xLogY(bad, p) - (total === bad ? 0 : (total - bad) * Math.log1p(-p));
}
function edge(inside, outside, holds) {
let [good, bad] = [inside, outside];
for (let i = 0; i < 200 && Math.abs(bad - good) > 1e-15 * Math.abs(good); i++) {
let middle = (good + bad) / 2;
holds(middle) ? good = middle : bad = middle;
}
return (good + bad) / 2;
}
function shareInterval(bad, total, alpha) {
if (!(total > 0)) return {
lower: 0,
upper: 1
};
let holds = (p) => logMixture(bad, total, p) < Math.log(1 / alpha), seen = bad / total;
return {
lower: bad === 0 ? 0 : edge(seen, 0, holds),
upper: bad === total ? 1 : edge(seen, 1, holds)
};
}
const NOBODY = {
total: 0,
bad: 0
}, addArms = (a, b) => ({
total: a.total + b.total,
bad: a.bad + b.bad
}), WORSE_BETS = [
1.5,
2.5,
5,
12
], BETTER_BETS = [
.02,
.2,
.4,
.6,
.75,
.9
];
function twoArmIncrement(candidate, stable, { ratio, margin }, bet, logBet = Math.log(bet)) {
if (!(candidate.total > 0 && stable.total > 0)) return 0;
let exposed = ratio * candidate.total, scale = (exposed + stable.total) / (bet * exposed + stable.total), bad = candidate.bad + stable.bad, counted = bad === 0 ? 0 : candidate.bad * logBet + bad * Math.log(scale);
return margin === 0 ? counted : counted - candidate.total * margin * (bet * scale - 1);
}
const oneArmIncrement = ({ bad, total }, perBad, perGood) => bad * perBad + (total - bad) * perGood, oneArmBets = (limit, bets) => bets.map((bet) => Math.min(bet * limit, limit + .95 * (1 - limit))), SLOWER_BETS = [
{ odds: 1.7 },
{ odds: 4 },
{
beyond: .9,
times: 2
},
{
beyond: .97,
times: 4
}
], QUANTILES$1 = [
.05,
.2,
.35,
.5,
.65,
.8,
.9,
.97,
.99
];
function cutsOf(buckets, factor) {
let total = buckets.at(-1)?.count ?? 0, cuts = new Map();
for (let quantile of QUANTILES$1) {
let own = buckets.find(({ count }) => count >= quantile * total)?.le ?? Infinity, other = buckets.find(({ le }) => le >= own * factor)?.le ?? Infinity;
other < Infinity && cuts.set(other, own);
}
return [...cuts].map(([candidate, stable]) => [stable, candidate]);
}
function cellsOf(buckets, cuts, version) {
let cells = [], [at, below] = [0, 0];
for (let cut of cuts) {
for (; at < buckets.length && (buckets[at]?.le ?? 0) < cut[version];) at++;
let bucket = buckets[at];
if (bucket?.le !== cut[version]) return;
cells.push(bucket.count - below), below = bucket.count;
}
return cells.push((buckets.at(-1)?.count ?? 0) - below), cells;
}
const SMOOTHING = .5;
function sumOf(counts) {
let sum = 0;
for (let count of counts) sum += count;
return sum;
}
function withStable(reference, stable) {
let sums = reference.map((count, cell) => count + (stable[cell] ?? 0)), total = sumOf(sums), halvings = 0;
for (; total > 2e4; total /= 2) halvings++;
return halvings === 0 ? sums : sums.map((count) => Math.round(count / 2 ** halvings));
}
function ratioIn(bet, from, to) {
return "odds" in bet ? bet.odds / ((from + bet.odds * (1 - from)) * (to + bet.odds * (1 - to))) : (from + to) / 2 >= bet.beyond ? bet.times : 1;
}
function slowerIncrements(bets, reference, candidate, stable) {
let [own, others] = [sumOf(candidate), sumOf(stable)], increments = bets.map(() => 0);
if (own === 0 || others === 0) return increments;
let total = sumOf(reference) + SMOOTHING * reference.length, [from, below] = [0, 0];
for (let cell = 0; cell < reference.length; cell++) {
below += (reference[cell] ?? 0) + SMOOTHING;
let to = below / total, [slow, fast] = [candidate[cell] ?? 0, stable[cell] ?? 0];
for (let k = 0; k < bets.length && slow + fast > 0; k++) {
let ratio = ratioIn(bets[k] ?? { odds: 1 }, from, to);
if (ratio === 1) continue;
let scale = (own + others) / (ratio * own + others), here = (slow + fast) * Math.log(scale) + (slow === 0 ? 0 : slow * Math.log(ratio));
increments[k] = (increments[k] ?? 0) + here;
}
from = to;
}
return increments;
}
function rankDifference(reference, candidate, stable) {
let total = sumOf(reference), [own, others] = [sumOf(candidate), sumOf(stable)], below = 0, [spread, mine, theirs] = [
0,
0,
0
];
if (reference.forEach((count, cell) => {
let rank = (below + count / 2) / total - .5;
below += count, spread += count / total * rank * rank, mine += (candidate[cell] ?? 0) * rank, theirs += (stable[cell] ?? 0) * rank;
}), spread > 0 && own > 0 && others > 0) return (mine / own - theirs / others) / Math.sqrt(spread * (1 / own + 1 / others));
}
function oneArmLaw(limit, { candidate }) {
let { total } = candidate;
if (Number.isInteger(total) && Number.isInteger(candidate.bad) && total !== 0) return {
size: total,
share: limit,
excess: 1,
batchWith: (bad) => ({ candidate: {
total,
bad
} })
};
}
function twoArmLaw({ ratio, margin }, { candidate, stable }) {
if (ratio !== 1 || margin !== 0 || stable === void 0) return;
let [n, size] = [candidate.total + stable.total, candidate.bad + stable.bad];
if (![
candidate.total,
candidate.bad,
stable.total,
stable.bad
].every(Number.isInteger) || size === 0 || candidate.total === 0 || stable.total === 0) return;
let excess = 1;
for (let drawn = 1; drawn < size; drawn++) if (excess /= 1 - drawn / n, !(excess < 1.5)) return;
return {
size,
share: candidate.total / n,
excess,
batchWith: (bad) => ({
candidate: {
total: candidate.total,
bad
},
stable: {
total: stable.total,
bad: size - bad
}
})
};
}
function spareEvidence(law, mixed, standing) {
let { size, share, excess } = law, { before, rest, decides } = standing;
if (before + rest >= decides) return 0;
let [probability, running] = [[], []], logTerm = size * Math.log1p(-share), left = 1;
for (let i = 0; i <= size && left > 1e-13; i++) {
let [p, value] = [Math.exp(logTerm), mixed(i)];
if (value + rest >= decides) break;
probability.push(p), running.push(value), left -= p, logTerm += Math.log((size - i) / (i + 1)) + Math.log(share) - Math.log1p(-share);
}
let cut = excess * Math.max(0, left) * decides, kept = 0, waiting = 0;
probability.forEach((p, i) => {
kept += excess * p * (running[i] ?? 0), waiting += excess * p * rest;
});
for (let last = running.length - 1; last >= 0; last--) {
let [p, value] = [excess * (probability[last] ?? 0), running[last] ?? 0], factor = (before + rest - cut - waiting) / kept;
if (!(factor > 1)) return 0;
if (factor * value + rest <= decides) return Math.log(factor);
kept -= p * value, waiting -= p * rest, cut += p * decides;
}
return 0;
}
const NO_EVIDENCE = [];
function planMixture(about, size, options) {
let { looks = 1, fromStart = .5, startsEvery = 1, batches = 1, level = 1, decimals } = options, weight = looks > startsEvery ? fromStart : 1;
return {
id: `${about} T=${looks} w=${weight}${startsEvery > 1 ? ` e=${startsEvery}` : ""}${batches > 1 ? ` m=${batches} a=${level}` : ""}${decimals === void 0 ? "" : ` d=${decimals}`}`,
size,
looks,
fromStart: weight,
startsEvery,
cap: batches > 1 ? (Math.log(1 / level) + Math.log(size)) / batches : Infinity,
grain: decimals === void 0 ? 0 : 10 ** decimals
};
}
function planEvidence(question, side, options = {}) {
let { risks, decides = Infinity } = options, grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS), limit = "limit" in question ? question.limit : void 0, bets = limit === void 0 ? grid : oneArmBets(limit, grid), about = "limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`, wonBack = Number.isFinite(decides) ? ` c=${decides}` : "";
return {
...planMixture(`${side} ${about} R=${grid.join(",")}${wonBack}`, grid.length, options),
question,
boundary: "limit" in question ? void 0 : question,
side,
bets,
perBad: bets.map((bet) => Math.log(limit === void 0 ? bet : bet / limit)),
perGood: limit === void 0 ? [] : bets.map((bet) => Math.log1p(-bet) - Math.log1p(-limit)),
decides
};
}
function increment(plan, { candidate, stable }, k) {
let perBad = plan.perBad[k] ?? 0, { boundary } = plan;
return boundary === void 0 ? oneArmIncrement(candidate, perBad, plan.perGood[k] ?? 0) : stable === void 0 ? 0 : twoArmIncrement(candidate, stable, boundary, plan.bets[k] ?? 1, perBad);
}
const startsUpTo = ({ looks, startsEvery }, look) => Math.floor((Math.min(look, looks) - 1) / startsEvery);
function weightOf(mixture, look) {
let { looks, fromStart, startsEvery } = mixture;
return look === 1 ? fromStart : look <= looks && (look - 1) % startsEvery == 0 ? (1 - fromStart) / startsUpTo(mixture, looks) : 0;
}
function weightAfter(mixture, look) {
let all = startsUpTo(mixture, mixture.looks), left = all - startsUpTo(mixture, look);
return left > 0 ? (1 - mixture.fromStart) * left / all : 0;
}
function withStart(mixture, sums, look) {
let weight = weightOf(mixture, look);
if (weight === 0 && sums.length === mixture.size) return sums.slice();
let logWeight = weight > 0 ? Math.log(weight) : -Infinity, started = [];
for (let k = 0; k < mixture.size; k++) started.push(logAdd(sums[k] ?? -Infinity, logWeight));
return started;
}
const rounded = ({ grain }, sum) => grain === 0 ? sum : Math.floor(sum * grain) / grain;
function addIncrements(mixture, sums, look, increments, dispersion = 1) {
let next = withStart(mixture, sums, look);
for (let k = 0; k < next.length; k++) {
let added = increments === void 0 ? 0 : Math.min((increments[k] ?? 0) / dispersion, mixture.cap);
next[k] = rounded(mixture, (next[k] ?? 0) + added);
}
return next;
}
function gather(plan, sums, look, batch, dispersion = 1) {
let next = withStart(plan, sums, look), spare = batch && dispersion === 1 && mayDecide(plan, next, batch) ? spareOf(plan, next, look, batch) : 0;
for (let k = 0; k < next.length; k++) next[k] = rounded(plan, (next[k] ?? 0) + clipped(plan, batch, k, dispersion) + spare);
return next;
}
function gatherBet(plan, sum, look, batch, dispersion = 1) {
let weight = weightOf(plan, look), started = weight === 0 && sum !== void 0 ? sum : logAdd(sum ?? -Infinity, Math.log(weight));
return rounded(plan, started + clipped(plan, batch, 0, dispersion));
}
function clipped(plan, batch, k, dispersion) {
if (batch === void 0) return 0;
let added = increment(plan, batch, k) / dispersion;
return added < plan.cap ? added : plan.cap;
}
function mayDecide({ decides, cap, perBad, boundary }, started, batch) {
if (decides === Infinity) return !1;
let { candidate, stable } = batch, events = boundary === void 0 ? candidate.total : candidate.bad + (stable?.bad ?? 0), most = -Infinity;
for (let k = 0; k < started.length; k++) {
let reached = (started[k] ?? 0) + Math.min(cap, events * (perBad[k] ?? 0));
reached > most && (most = reached);
}
return most + Math.LN2 >= decides;
}
function spareOf(plan, started, look, batch) {
let { question, cap, decides } = plan, law = "limit" in question ? oneArmLaw(question.limit, batch) : twoArmLaw(question, batch);
return law === void 0 ? 0 : spareEvidence(law, (bad) => {
let seen = law.batchWith(bad), sum = 0;
for (let k = 0; k < started.length; k++) sum += Math.exp((started[k] ?? 0) + Math.min(increment(plan, seen, k), cap));
return sum / started.length;
}, {
before: started.reduce((sum, start) => sum + Math.exp(start), 0) / started.length,
rest: weightAfter(plan, look),
decides: Math.exp(decides)
});
}
function logEValue(plan, sums, look) {
if (sums.length === 0) return 0;
let mixed = logSumExp(sums) - Math.log(sums.length), rest = weightAfter(plan, look);
return rest > 0 ? logAdd(mixed, Math.log(rest)) : mixed;
}
const areWhole = (plan, sums, looks) => sums.length === (looks === 0 ? 0 : plan.size) && sums.every(Number.isFinite);
function planMark(plans) {
let hash = 2166136261;
for (let character of plans.map(({ id }) => id).join("\n")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
return (hash >>> 0).toString(36);
}
const SIGN_LIMIT = .55, SIGN_RISKS = [
1.1,
1.3,
1.55,
1.75
], SIGN_WEIGHT = .1, THRESHOLDS = [
{
quantile: .5,
better: [.9]
},
{
quantile: .9,
better: [.8]
},
{
quantile: .99,
better: [.6]
}
], roomBeyond = (quantile, { margin }) => ({
ratio: 1,
margin: Math.max(margin, Math.min(.05, .2 * (1 - quantile)))
}), FROM_START = .9, startsEvery = (looks) => looks < 100 ? 1 : 5, QUANTILES = {
p50: .5,
p75: .75,
p90: .9,
p95: .95,
p99: .99
}, quantileOf = (limit) => QUANTILES[limit.aggregate ?? ""];
function measuredName(limit, metrics) {
return Object.hasOwn(metrics, limit.metric) ? limit.metric : limit.metric === "availability" && Object.hasOwn(metrics, "error-rate") ? "error-rate" : void 0;
}
function compileLimit(limit, wanted, metrics, terms) {
let text = formatLimit(limit), metric = measuredName(limit, metrics), shape = metric === void 0 ? void 0 : metrics[metric];
if (metric === void 0 || shape === void 0) return { problem: `\`${text}\` limits ${limit.metric}, which nothing measures; declare \`${limit.metric}\` under \`metrics\`.` };
let before = limit.versus === "before" && Object.hasOwn(terms.before, metric) ? terms.before[metric] : void 0, problem = unfit(limit, shape, terms, before);
if (problem !== void 0) return { problem: `\`${text}\` cannot be judged here: ${problem}` };
let about = {
limit,
text,
metric,
shape,
level: wanted === "fail" && limit.versus === "before" ? "hold" : wanted
};
if (before?.kind === "no-data") return { test: {
kind: "baseless",
...about,
missing: before
} };
if (isWholeLatency(limit, shape)) return { test: {
kind: "latency",
...about,
...planLatency(limit, terms)
} };
if (limit.aggregate === "growth") return { test: {
kind: "growth",
...about,
bound: amountOf(limit)
} };
if (limit.for !== void 0 || shape.kind === "value" || isThroughput(limit)) {
let known = before?.kind === "value" ? { before: before.value } : {};
return { test: {
kind: "streak",
...about,
for: limit.for ?? 0,
...known
} };
}
let planned = before ? planAgainst(before, limit, shape, terms) : planTest(limit, shape, terms), { fail, pass, world } = planned, mark = planMark([
fail,
pass,
...world ? [world.stableBreaks, world.candidateWorse] : []
]);
return { test: {
kind: "evidence",
...about,
...planned,
mark
} };
}
const isWholeLatency = ({ aggregate, versus, for: lasting }, { kind }) => kind === "histogram" && aggregate === void 0 && versus === "stable" && lasting === void 0;
function planLatency(limit, terms) {
let { beta, looks, batches } = terms, thresholds = THRESHOLDS.map(({ quantile, better }) => {
let options = {
level: beta,
risks: better,
decimals: 5
};
return {
quantile,
pass: planEvidence(roomBeyond(quantile, terms), "better", options)
};
}), mixed = {
looks,
fromStart: FROM_START,
startsEvery: startsEvery(looks),
decimals: 5
}, fail = planMixture(`slower ${JSON.stringify(SLOWER_BETS)} s=${SIGN_WEIGHT}`, SLOWER_BETS.length, {
...mixed,
batches,
level: levelOf(terms)
}), decides = decidingAt(terms) - Math.log(SIGN_WEIGHT), sign = planEvidence({ limit: SIGN_LIMIT }, "worse", {
...mixed,
risks: SIGN_RISKS,
decides
}), mark = planMark([
fail,
...thresholds.map(({ pass }) => pass),
sign
]);
return {
bound: amountOf(limit),
fail,
thresholds,
sign,
mark
};
}
const amountOf = ({ demand }) => demand.op === "not-worse" ? 1 : demand.quantity.value, isThroughput = ({ demand }) => demand.op !== "not-worse" && demand.quantity.dimension === "per-second";
function unfit(limit, shape, terms, before) {
if (limit.aggregate === "growth") return unfitGrowth(limit, shape);
if (limit.versus === "before") {
let problem = unfitBaseline(limit, shape, before);
if (problem !== void 0) return problem;
}
return limit.metric === "throughput" && (limit.versus === "stable" || limit.versus && shape.kind === "counts") ? "each version gets its own share of the traffic; limit the rate itself, such as `throughput > 5/s`." : limit.versus === "stable" && !terms.hasStable ? "no stable version serves beside the candidate." : (limit.for ?? 0) > terms.maxHold ? "so much bad time in a row does not fit into the longest hold." : shape.kind === "counts" ? unfitCounts(limit) : shape.kind === "histogram" ? unfitHistogram(limit, shape) : limit.aggregate === void 0 ? unfitDimension(limit, shape) : "a value has no aggregate; limit it alone.";
}
function unfitGrowth({ versus, demand, for: lasting }, shape) {
if (shape.kind !== "value") return "only a value grows; limit the share or the percentile itself.";
if (versus !== void 0 || lasting !== void 0) return "a slope is limited alone, without `vs` and `for`.";
if (demand.op !== "<" && demand.op !== "<=") return "growth is limited from above; write `<` or `<=`.";
}
function unfitBaseline(limit, shape, before) {
return before === void 0 ? "no measurements from before the release are kept; compare `vs stable`." : before.kind === "no-data" ? unfitAgainst(limit, shape) : before.kind === shape.kind ? before.kind === "counts" && !(before.total > 0) ? "nothing was served before the release." : unfitAgainst(limit, shape) ?? (before.kind === "histogram" ? unshown(limit, before) : void 0) : `what was kept from before the release is a ${before.kind}.`;
}
function unfitAgainst(limit, shape) {
if (limit.for !== void 0 && shape.kind !== "value") return "`for` compares with `stable`, not with before.";
if (limit.aggregate === "mean" && shape.kind === "histogram") return "a mean from before the release says too little; limit a percentile.";
}
const unshown = (limit, before) => quantileBound(before.buckets, quantileOf(limit) ?? 0) === void 0 ? "the buckets from before the release do not show this percentile." : void 0;
function unfitCounts(limit) {
if (limit.aggregate !== void 0) return `counts of events have no ${limit.aggregate}.`;
if (limit.demand.op === "not-worse" || isThroughput(limit)) return;
let { op, quantity } = limit.demand;
if (limit.versus !== void 0) return op.startsWith("<") ? void 0 : "two shares of bad events are compared from above; write `<` or `<=`.";
if (quantity.dimension !== "share") return "counts of bad events are limited by a share, such as `1%`.";
if (op === "=") return "a share is never proven to be exactly a number; write `<` or `>=`.";
let share = badShare(op, quantity.value);
if (!(share > 0 && share < 1)) return "no number of requests proves it; write the largest share you accept, such as `0.1%`.";
}
function unfitHistogram(limit, shape) {
if (limit.aggregate === "max") return "buckets do not show the maximum; limit `p99`.";
let whole = limit.versus === "stable" && limit.for === void 0;
if (limit.aggregate === void 0 && !whole) return "say which aggregate, such as `p95` or `mean`.";
if (limit.demand.op === "not-worse") return;
let { op, quantity } = limit.demand;
if (!op.startsWith("<")) return "a slow-down is limited from above; write `<` or `<=`.";
let { reach = Infinity } = shape;
return limit.versus === void 0 && limit.aggregate !== "mean" && quantity.value > reach ? `its last bucket ends at ${reach} ms, so nothing could be seen to break it; limit it there or below.` : quantity.dimension === "points" ? "compare by a factor, such as `1.2x`." : unfitDimension(limit, shape);
}
function unfitDimension({ demand, versus }, { dimension }) {
if (demand.op === "not-worse" || versus !== void 0 || dimension === void 0) return;
let found = demand.quantity.dimension;
return found === dimension ? void 0 : `the metric is a ${dimension}, the limit a ${found}.`;
}
const badShare = (op, share) => op.startsWith(">") ? 1 - share : share;
function planTest(limit, shape, terms) {
let quantile = quantileOf(limit) ?? 0, value = amountOf(limit), relative = limit.versus === "stable", about = {
unit: shape.count === "users" ? "user" : "request",
bound: value,
quantile,
relative
};
if (shape.kind === "histogram" && limit.aggregate === "mean") {
let sign = { limit: SIGN_LIMIT };
return {
...about,
counts: "mean",
unit: "look",
...plans(sign, sign, terms, 0, SIGN_RISKS)
};
}
if (shape.kind === "histogram") {
let absolute = { limit: 1 - quantile }, [fail, pass] = relative ? [NOT_WORSE, roomBeyond(quantile, terms)] : [absolute, absolute];
return {
...about,
counts: "slow",
...plans(fail, pass, terms, 0),
...relative ? {} : world(absolute.limit, terms)
};
}
if (relative) return {
...about,
counts: "bad",
...plans(...boundaries(limit, terms), terms, 0)
};
let share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
return {
...about,
counts: "bad",
...plans({ limit: share }, { limit: share }, terms, 0),
...world(share, terms)
};
}
const NOT_WORSE = {
ratio: 1,
margin: 0
};
function boundaries({ demand }, { margin }) {
if (demand.op === "not-worse") return [NOT_WORSE, {
ratio: 1,
margin
}];
let { dimension, value } = demand.quantity;
return dimension === "points" ? [{
ratio: 1,
margin: value
}, {
ratio: 1,
margin: value > 0 ? value : margin
}] : [{
ratio: value,
margin: 0
}, {
ratio: value,
margin
}];
}
const asShare = (share) => Math.min(.999, Math.max(1e-6, share));
function planAgainst(before, limit, shape, terms) {
let quantile = quantileOf(limit) ?? 0, about = {
unit: shape.count === "users" ? "user" : "request",
quantile,
relative: !1
}, margins = before.kind === "counts" ? boundaries(limit, terms) : [NOT_WORSE, roomBeyond(quantile, terms)], [highest, lowest] = [terms.alpha, terms.beta].map((error) => {
let { bad, total } = baselineArm(before, quantile);
return shareInterval(bad, total, error / 2);
}), [fail, pass] = margins, questions = [{ limit: asShare(fail.ratio * (highest?.upper ?? 1) + fail.margin) }, { limit: asShare(pass.ratio * (lowest?.lower ?? 0) + pass.margin) }];
if (before.kind !== "histogram") return {
...about,
counts: "bad",
bound: 1,
...plans(...questions, terms, Math.LN2)
};
let bound = (quantileBound(before.buckets, quantile) ?? 0) * amountOf(limit);
return {
...about,
counts: "slow",
bound,
...plans(...questions, terms, Math.LN2)
};
}
function baselineArm(before, quantile) {
return before.kind === "counts" ? before : before.kind === "histogram" ? beyond(before.buckets, quantileBound(before.buckets, quantile) ?? 0) ?? NOBODY : NOBODY;
}
const levelOf = ({ alpha, limits }) => alpha / limits * FROM_START, decidingAt = ({ alpha, limits }) => Math.log(limits / alpha);
function plans(fail, pass, terms, handicap, risks) {
let { beta, looks, batches } = terms, mixed = {
looks,
fromStart: FROM_START,
startsEvery: startsEvery(looks),
decimals: 5
}, capped = {
batches,
level: levelOf(terms)
}, decides = decidingAt(terms) + handicap;
return {
handicap,
fail: planEvidence(fail, "worse", {
...mixed,
...capped,
decides,
...risks !== void 0 && { risks }
}),
pass: planEvidence(pass, "better", {
looks: 1,
level: beta,
decimals: 5
})
};
}
function world(share, { hasStable, looks }) {
if (!hasStable) return {};
let options = {
looks,
startsEvery: startsEvery(looks),
risks: [2],
decimals: 5
};
return { world: {
stableBreaks: planEvidence({ limit: share }, "worse", options),
candidateWorse: planEvidence(NOT_WORSE, "worse", options)
} };
}
export { quantileBound as C, beyond as S, NOBODY as _, addIncrements as a, logSumExp as b, gatherBet as c, SLOWER_BETS as d, cellsOf as f, withStable as g, slowerIncrements as h, NO_EVIDENCE as i, increment as l, rankDifference as m, compileLimit as n, areWhole as o, cutsOf as p, quantileOf as r, gather as s, SIGN_WEIGHT as t, logEValue as u, addArms as v, slowRequests as w, xLogY as x, logGamma as y };
