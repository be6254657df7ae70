import { st as formatLimit } from "./runbook-keys.js";
function slowRequests(buckets, limit) {
	const total = buckets.at(-1)?.count ?? 0;
	const above = buckets.find(({ le }) => le >= limit && Number.isFinite(le));
	const below = buckets.findLast(({ le }) => le <= limit);
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
	const total = buckets.at(-1)?.count ?? 0;
	if (!(total > 0)) return void 0;
	const bound = buckets.find(({ count }) => count >= p * total)?.le;
	return bound !== void 0 && Number.isFinite(bound) ? bound : void 0;
}
function beyond(buckets, bound) {
	const bucket = buckets.find(({ le }) => le === bound);
	const total = buckets.at(-1)?.count ?? 0;
	return bucket && {
		total,
		bad: total - bucket.count
	};
}
const NEGLIGIBLE$1 = 40;
function logAdd(a, b) {
	const high = Math.max(a, b);
	const low = Math.min(a, b);
	return !(high - low < NEGLIGIBLE$1) ? high : high + Math.log1p(Math.exp(low - high));
}
function logSumExp(values) {
	let high = -Infinity;
	for (const value of values) if (value > high) high = value;
	if (high === -Infinity) return high;
	let sum = 0;
	for (const value of values) sum += Math.exp(value - high);
	return high + Math.log(sum);
}
const xLogY = (x, y) => x === 0 ? 0 : x * Math.log(y);
const HALF_LOG_TWO_PI = .5 * Math.log(2 * Math.PI);
function logGamma(x) {
	let shift = 1;
	let y = x;
	for (; y < 10; y++) shift *= y;
	const z = 1 / (y * y);
	const series = (1 / 12 + z * (-1 / 360 + z * (1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 - z * 691 / 360360))))) / y;
	return (y - .5) * Math.log(y) - y + HALF_LOG_TWO_PI + series - Math.log(shift);
}
const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b);
const ARCSINE = logBeta(.5, .5);
function logMixture(bad, total, p) {
	return logBeta(bad + .5, total - bad + .5) - ARCSINE - xLogY(bad, p) - (total === bad ? 0 : (total - bad) * Math.log1p(-p));
}
function edge(inside, outside, holds) {
	let [good, bad] = [inside, outside];
	for (let i = 0; i < 200 && Math.abs(bad - good) > 1e-15 * Math.abs(good); i++) {
		const middle = (good + bad) / 2;
		if (holds(middle)) good = middle;
		else bad = middle;
	}
	return (good + bad) / 2;
}
function shareInterval(bad, total, alpha) {
	if (!(total > 0)) return {
		lower: 0,
		upper: 1
	};
	const holds = (p) => logMixture(bad, total, p) < Math.log(1 / alpha);
	const seen = bad / total;
	return {
		lower: bad === 0 ? 0 : edge(seen, 0, holds),
		upper: bad === total ? 1 : edge(seen, 1, holds)
	};
}
const NOBODY = {
	total: 0,
	bad: 0
};
const addArms = (a, b) => ({
	total: a.total + b.total,
	bad: a.bad + b.bad
});
const WORSE_BETS = [
	1.5,
	2.5,
	5,
	12
];
const BETTER_BETS = [
	.02,
	.2,
	.4,
	.6,
	.75,
	.9
];
function twoArmIncrement(candidate, stable, { ratio, margin }, bet, logBet = Math.log(bet)) {
	if (!(candidate.total > 0 && stable.total > 0)) return 0;
	const exposed = ratio * candidate.total;
	const scale = (exposed + stable.total) / (bet * exposed + stable.total);
	const bad = candidate.bad + stable.bad;
	const counted = bad === 0 ? 0 : candidate.bad * logBet + bad * Math.log(scale);
	return margin === 0 ? counted : counted - candidate.total * margin * (bet * scale - 1);
}
const oneArmIncrement = ({ bad, total }, perBad, perGood) => bad * perBad + (total - bad) * perGood;
const oneArmBets = (limit, bets) => bets.map((bet) => Math.min(bet * limit, limit + .95 * (1 - limit)));
const SLOWER_BETS = [
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
];
const QUANTILES$1 = [
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
	const total = buckets.at(-1)?.count ?? 0;
	const cuts = new Map();
	for (const quantile of QUANTILES$1) {
		const own = buckets.find(({ count }) => count >= quantile * total)?.le ?? Number.POSITIVE_INFINITY;
		const other = buckets.find(({ le }) => le >= own * factor)?.le ?? Number.POSITIVE_INFINITY;
		if (other < Number.POSITIVE_INFINITY) cuts.set(other, own);
	}
	return [...cuts].map(([candidate, stable]) => [stable, candidate]);
}
function cellsOf(buckets, cuts, version) {
	const cells = [];
	let [at, below] = [0, 0];
	for (const cut of cuts) {
		while (at < buckets.length && (buckets[at]?.le ?? 0) < cut[version]) at++;
		const bucket = buckets[at];
		if (bucket?.le !== cut[version]) return void 0;
		cells.push(bucket.count - below);
		below = bucket.count;
	}
	cells.push((buckets.at(-1)?.count ?? 0) - below);
	return cells;
}
const SMOOTHING = .5;
function sumOf(counts) {
	let sum = 0;
	for (const count of counts) sum += count;
	return sum;
}
const MOST_REFERENCE = 2e4;
function withStable(reference, stable) {
	const sums = reference.map((count, cell) => count + (stable[cell] ?? 0));
	let total = sumOf(sums);
	let halvings = 0;
	for (; total > MOST_REFERENCE; total /= 2) halvings++;
	return halvings === 0 ? sums : sums.map((count) => Math.round(count / 2 ** halvings));
}
function ratioIn(bet, from, to) {
	if ("odds" in bet) return bet.odds / ((from + bet.odds * (1 - from)) * (to + bet.odds * (1 - to)));
	return (from + to) / 2 >= bet.beyond ? bet.times : 1;
}
function slowerIncrements(bets, reference, candidate, stable) {
	const [own, others] = [sumOf(candidate), sumOf(stable)];
	const increments = bets.map(() => 0);
	if (own === 0 || others === 0) return increments;
	const total = sumOf(reference) + SMOOTHING * reference.length;
	let [from, below] = [0, 0];
	for (let cell = 0; cell < reference.length; cell++) {
		below += (reference[cell] ?? 0) + SMOOTHING;
		const to = below / total;
		const [slow, fast] = [candidate[cell] ?? 0, stable[cell] ?? 0];
		for (let k = 0; k < bets.length && slow + fast > 0; k++) {
			const ratio = ratioIn(bets[k] ?? { odds: 1 }, from, to);
			if (ratio === 1) continue;
			const scale = (own + others) / (ratio * own + others);
			const here = (slow + fast) * Math.log(scale) + (slow === 0 ? 0 : slow * Math.log(ratio));
			increments[k] = (increments[k] ?? 0) + here;
		}
		from = to;
	}
	return increments;
}
function rankDifference(reference, candidate, stable) {
	const total = sumOf(reference);
	const [own, others] = [sumOf(candidate), sumOf(stable)];
	let below = 0;
	let [spread, mine, theirs] = [
		0,
		0,
		0
	];
	reference.forEach((count, cell) => {
		const rank = (below + count / 2) / total - .5;
		below += count;
		spread += count / total * rank * rank;
		mine += (candidate[cell] ?? 0) * rank;
		theirs += (stable[cell] ?? 0) * rank;
	});
	if (!(spread > 0 && own > 0 && others > 0)) return void 0;
	return (mine / own - theirs / others) / Math.sqrt(spread * (1 / own + 1 / others));
}
const MOST_EXCESS = 1.5;
function oneArmLaw(limit, { candidate }) {
	const { total } = candidate;
	if (!Number.isInteger(total) || !Number.isInteger(candidate.bad) || total === 0) return void 0;
	return {
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
	if (ratio !== 1 || margin !== 0 || stable === void 0) return void 0;
	const [n, size] = [candidate.total + stable.total, candidate.bad + stable.bad];
	if (![
		candidate.total,
		candidate.bad,
		stable.total,
		stable.bad
	].every(Number.isInteger) || size === 0 || candidate.total === 0 || stable.total === 0) return void 0;
	let excess = 1;
	for (let drawn = 1; drawn < size; drawn++) {
		excess /= 1 - drawn / n;
		if (!(excess < MOST_EXCESS)) return void 0;
	}
	const batchWith = (bad) => ({
		candidate: {
			total: candidate.total,
			bad
		},
		stable: {
			total: stable.total,
			bad: size - bad
		}
	});
	return {
		size,
		share: candidate.total / n,
		excess,
		batchWith
	};
}
const NEGLIGIBLE = 1e-13;
function spareEvidence(law, mixed, standing) {
	const { size, share, excess } = law;
	const { before, rest, decides } = standing;
	if (before + rest >= decides) return 0;
	const [probability, running] = [[], []];
	let logTerm = size * Math.log1p(-share);
	let left = 1;
	for (let i = 0; i <= size && left > NEGLIGIBLE; i++) {
		const [p, value] = [Math.exp(logTerm), mixed(i)];
		if (value + rest >= decides) break;
		probability.push(p);
		running.push(value);
		left -= p;
		logTerm += Math.log((size - i) / (i + 1)) + Math.log(share) - Math.log1p(-share);
	}
	let cut = excess * Math.max(0, left) * decides;
	let kept = 0;
	let waiting = 0;
	probability.forEach((p, i) => {
		kept += excess * p * (running[i] ?? 0);
		waiting += excess * p * rest;
	});
	for (let last = running.length - 1; last >= 0; last--) {
		const [p, value] = [excess * (probability[last] ?? 0), running[last] ?? 0];
		const factor = (before + rest - cut - waiting) / kept;
		if (!(factor > 1)) return 0;
		if (factor * value + rest <= decides) return Math.log(factor);
		kept -= p * value;
		waiting -= p * rest;
		cut += p * decides;
	}
	return 0;
}
const NO_EVIDENCE = [];
function planMixture(about, size, options) {
	const { looks = 1, fromStart = .5, startsEvery = 1, batches = 1, level = 1, decimals } = options;
	const weight = looks > startsEvery ? fromStart : 1;
	return {
		id: `${about} T=${looks} w=${weight}${startsEvery > 1 ? ` e=${startsEvery}` : ""}${batches > 1 ? ` m=${batches} a=${level}` : ""}${decimals === void 0 ? "" : ` d=${decimals}`}`,
		size,
		looks,
		fromStart: weight,
		startsEvery,
		cap: batches > 1 ? (Math.log(1 / level) + Math.log(size)) / batches : Number.POSITIVE_INFINITY,
		grain: decimals === void 0 ? 0 : 10 ** decimals
	};
}
function planEvidence(question, side, options = {}) {
	const { risks, decides = Number.POSITIVE_INFINITY } = options;
	const grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS);
	const limit = "limit" in question ? question.limit : void 0;
	const bets = limit === void 0 ? grid : oneArmBets(limit, grid);
	const about = "limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`;
	const wonBack = Number.isFinite(decides) ? ` c=${decides}` : "";
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
	const perBad = plan.perBad[k] ?? 0;
	const { boundary } = plan;
	if (boundary === void 0) return oneArmIncrement(candidate, perBad, plan.perGood[k] ?? 0);
	return stable === void 0 ? 0 : twoArmIncrement(candidate, stable, boundary, plan.bets[k] ?? 1, perBad);
}
const startsUpTo = ({ looks, startsEvery }, look) => Math.floor((Math.min(look, looks) - 1) / startsEvery);
function weightOf(mixture, look) {
	const { looks, fromStart, startsEvery } = mixture;
	if (look === 1) return fromStart;
	return look <= looks && (look - 1) % startsEvery === 0 ? (1 - fromStart) / startsUpTo(mixture, looks) : 0;
}
function weightAfter(mixture, look) {
	const all = startsUpTo(mixture, mixture.looks);
	const left = all - startsUpTo(mixture, look);
	return left > 0 ? (1 - mixture.fromStart) * left / all : 0;
}
function withStart(mixture, sums, look) {
	const weight = weightOf(mixture, look);
	if (weight === 0 && sums.length === mixture.size) return sums.slice();
	const logWeight = weight > 0 ? Math.log(weight) : Number.NEGATIVE_INFINITY;
	const started = [];
	for (let k = 0; k < mixture.size; k++) started.push(logAdd(sums[k] ?? Number.NEGATIVE_INFINITY, logWeight));
	return started;
}
const rounded = ({ grain }, sum) => grain === 0 ? sum : Math.floor(sum * grain) / grain;
function addIncrements(mixture, sums, look, increments, dispersion = 1) {
	const next = withStart(mixture, sums, look);
	for (let k = 0; k < next.length; k++) {
		const added = increments === void 0 ? 0 : Math.min((increments[k] ?? 0) / dispersion, mixture.cap);
		next[k] = rounded(mixture, (next[k] ?? 0) + added);
	}
	return next;
}
function gather(plan, sums, look, batch, dispersion = 1) {
	const next = withStart(plan, sums, look);
	const spare = batch && dispersion === 1 && mayDecide(plan, next, batch) ? spareOf(plan, next, look, batch) : 0;
	for (let k = 0; k < next.length; k++) next[k] = rounded(plan, (next[k] ?? 0) + clipped(plan, batch, k, dispersion) + spare);
	return next;
}
function gatherBet(plan, sum, look, batch, dispersion = 1) {
	const weight = weightOf(plan, look);
	const started = weight === 0 && sum !== void 0 ? sum : logAdd(sum ?? Number.NEGATIVE_INFINITY, Math.log(weight));
	return rounded(plan, started + clipped(plan, batch, 0, dispersion));
}
function clipped(plan, batch, k, dispersion) {
	if (batch === void 0) return 0;
	const added = increment(plan, batch, k) / dispersion;
	return added < plan.cap ? added : plan.cap;
}
function mayDecide({ decides, cap, perBad, boundary }, started, batch) {
	if (decides === Number.POSITIVE_INFINITY) return false;
	const { candidate, stable } = batch;
	const events = boundary === void 0 ? candidate.total : candidate.bad + (stable?.bad ?? 0);
	let most = Number.NEGATIVE_INFINITY;
	for (let k = 0; k < started.length; k++) {
		const reached = (started[k] ?? 0) + Math.min(cap, events * (perBad[k] ?? 0));
		if (reached > most) most = reached;
	}
	return most + Math.LN2 >= decides;
}
function spareOf(plan, started, look, batch) {
	const { question, cap, decides } = plan;
	const law = "limit" in question ? oneArmLaw(question.limit, batch) : twoArmLaw(question, batch);
	if (law === void 0) return 0;
	const mixed = (bad) => {
		const seen = law.batchWith(bad);
		let sum = 0;
		for (let k = 0; k < started.length; k++) sum += Math.exp((started[k] ?? 0) + Math.min(increment(plan, seen, k), cap));
		return sum / started.length;
	};
	const before = started.reduce((sum, start) => sum + Math.exp(start), 0) / started.length;
	return spareEvidence(law, mixed, {
		before,
		rest: weightAfter(plan, look),
		decides: Math.exp(decides)
	});
}
function logEValue(plan, sums, look) {
	if (sums.length === 0) return 0;
	const mixed = logSumExp(sums) - Math.log(sums.length);
	const rest = weightAfter(plan, look);
	return rest > 0 ? logAdd(mixed, Math.log(rest)) : mixed;
}
const areWhole = (plan, sums, looks) => sums.length === (looks === 0 ? 0 : plan.size) && sums.every(Number.isFinite);
function planMark(plans) {
	let hash = 2166136261;
	for (const character of plans.map(({ id }) => id).join("\n")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
	return (hash >>> 0).toString(36);
}
const SIGN_LIMIT = .55;
const SIGN_RISKS = [
	1.1,
	1.3,
	1.55,
	1.75
];
const SIGN_WEIGHT = .1;
const THRESHOLDS = [
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
];
const roomBeyond = (quantile, { margin }) => ({
	ratio: 1,
	margin: Math.max(margin, Math.min(.05, .2 * (1 - quantile)))
});
const FROM_START = .9;
const startsEvery = (looks) => looks < 100 ? 1 : 5;
const DECIMALS = 5;
const QUANTILES = {
	p50: .5,
	p75: .75,
	p90: .9,
	p95: .95,
	p99: .99
};
const quantileOf = (limit) => QUANTILES[limit.aggregate ?? ""];
function measuredName(limit, metrics) {
	if (Object.hasOwn(metrics, limit.metric)) return limit.metric;
	return limit.metric === "availability" && Object.hasOwn(metrics, "error-rate") ? "error-rate" : void 0;
}
function compileLimit(limit, wanted, metrics, terms) {
	const text = formatLimit(limit);
	const metric = measuredName(limit, metrics);
	const shape = metric === void 0 ? void 0 : metrics[metric];
	if (metric === void 0 || shape === void 0) return { problem: `\`${text}\` limits ${limit.metric}, which nothing measures; declare \`${limit.metric}\` under \`metrics\`.` };
	const before = limit.versus === "before" && Object.hasOwn(terms.before, metric) ? terms.before[metric] : void 0;
	const problem = unfit(limit, shape, terms, before);
	if (problem !== void 0) return { problem: `\`${text}\` cannot be judged here: ${problem}` };
	const about = {
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
		const known = before?.kind === "value" ? { before: before.value } : {};
		return { test: {
			kind: "streak",
			...about,
			for: limit.for ?? 0,
			...known
		} };
	}
	const planned = before ? planAgainst(before, limit, shape, terms) : planTest(limit, shape, terms);
	const { fail, pass, world } = planned;
	const mark = planMark([
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
	const { beta, looks, batches } = terms;
	const thresholds = THRESHOLDS.map(({ quantile, better }) => {
		const options = {
			level: beta,
			risks: better,
			decimals: DECIMALS
		};
		return {
			quantile,
			pass: planEvidence(roomBeyond(quantile, terms), "better", options)
		};
	});
	const mixed = {
		looks,
		fromStart: FROM_START,
		startsEvery: startsEvery(looks),
		decimals: DECIMALS
	};
	const fail = planMixture(`slower ${JSON.stringify(SLOWER_BETS)} s=${SIGN_WEIGHT}`, SLOWER_BETS.length, {
		...mixed,
		batches,
		level: levelOf(terms)
	});
	const decides = decidingAt(terms) - Math.log(SIGN_WEIGHT);
	const sign = planEvidence({ limit: SIGN_LIMIT }, "worse", {
		...mixed,
		risks: SIGN_RISKS,
		decides
	});
	const mark = planMark([
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
const amountOf = ({ demand }) => demand.op === "not-worse" ? 1 : demand.quantity.value;
const isThroughput = ({ demand }) => demand.op !== "not-worse" && demand.quantity.dimension === "per-second";
function unfit(limit, shape, terms, before) {
	if (limit.aggregate === "growth") return unfitGrowth(limit, shape);
	if (limit.versus === "before") {
		const problem = unfitBaseline(limit, shape, before);
		if (problem !== void 0) return problem;
	}
	if (limit.metric === "throughput" && (limit.versus === "stable" || limit.versus && shape.kind === "counts")) return "each version gets its own share of the traffic; limit the rate itself, such as `throughput > 5/s`.";
	if (limit.versus === "stable" && !terms.hasStable) return "no stable version serves beside the candidate.";
	if ((limit.for ?? 0) > terms.maxHold) return "so much bad time in a row does not fit into the longest hold.";
	if (shape.kind === "counts") return unfitCounts(limit);
	if (shape.kind === "histogram") return unfitHistogram(limit, shape);
	return limit.aggregate === void 0 ? unfitDimension(limit, shape) : "a value has no aggregate; limit it alone.";
}
function unfitGrowth({ versus, demand, for: lasting }, shape) {
	if (shape.kind !== "value") return "only a value grows; limit the share or the percentile itself.";
	if (versus !== void 0 || lasting !== void 0) return "a slope is limited alone, without `vs` and `for`.";
	if (demand.op === "<" || demand.op === "<=") return void 0;
	return "growth is limited from above; write `<` or `<=`.";
}
function unfitBaseline(limit, shape, before) {
	if (before === void 0) return "no measurements from before the release are kept; compare `vs stable`.";
	if (before.kind === "no-data") return unfitAgainst(limit, shape);
	if (before.kind !== shape.kind) return `what was kept from before the release is a ${before.kind}.`;
	if (before.kind === "counts" && !(before.total > 0)) return "nothing was served before the release.";
	return unfitAgainst(limit, shape) ?? (before.kind === "histogram" ? unshown(limit, before) : void 0);
}
function unfitAgainst(limit, shape) {
	if (limit.for !== void 0 && shape.kind !== "value") return "`for` compares with `stable`, not with before.";
	if (limit.aggregate === "mean" && shape.kind === "histogram") return "a mean from before the release says too little; limit a percentile.";
}
const unshown = (limit, before) => quantileBound(before.buckets, quantileOf(limit) ?? 0) === void 0 ? "the buckets from before the release do not show this percentile." : void 0;
function unfitCounts(limit) {
	if (limit.aggregate !== void 0) return `counts of events have no ${limit.aggregate}.`;
	if (limit.demand.op === "not-worse" || isThroughput(limit)) return void 0;
	const { op, quantity } = limit.demand;
	if (limit.versus !== void 0) return op.startsWith("<") ? void 0 : "two shares of bad events are compared from above; write `<` or `<=`.";
	if (quantity.dimension !== "share") return "counts of bad events are limited by a share, such as `1%`.";
	if (op === "=") return "a share is never proven to be exactly a number; write `<` or `>=`.";
	const share = badShare(op, quantity.value);
	if (share > 0 && share < 1) return void 0;
	return "no number of requests proves it; write the largest share you accept, such as `0.1%`.";
}
function unfitHistogram(limit, shape) {
	if (limit.aggregate === "max") return "buckets do not show the maximum; limit `p99`.";
	const whole = limit.versus === "stable" && limit.for === void 0;
	if (limit.aggregate === void 0 && !whole) return "say which aggregate, such as `p95` or `mean`.";
	if (limit.demand.op === "not-worse") return void 0;
	const { op, quantity } = limit.demand;
	if (!op.startsWith("<")) return "a slow-down is limited from above; write `<` or `<=`.";
	const { reach = Number.POSITIVE_INFINITY } = shape;
	if (limit.versus === void 0 && limit.aggregate !== "mean" && quantity.value > reach) return `its last bucket ends at ${reach} ms, so nothing could be seen to break it; limit it there or below.`;
	if (quantity.dimension === "points") return "compare by a factor, such as `1.2x`.";
	return unfitDimension(limit, shape);
}
function unfitDimension({ demand, versus }, { dimension }) {
	if (demand.op === "not-worse" || versus !== void 0 || dimension === void 0) return void 0;
	const found = demand.quantity.dimension;
	return found === dimension ? void 0 : `the metric is a ${dimension}, the limit a ${found}.`;
}
const badShare = (op, share) => op.startsWith(">") ? 1 - share : share;
function planTest(limit, shape, terms) {
	const quantile = quantileOf(limit) ?? 0;
	const value = amountOf(limit);
	const relative = limit.versus === "stable";
	const about = {
		unit: shape.count === "users" ? "user" : "request",
		bound: value,
		quantile,
		relative
	};
	if (shape.kind === "histogram" && limit.aggregate === "mean") {
		const sign = { limit: SIGN_LIMIT };
		return {
			...about,
			counts: "mean",
			unit: "look",
			...plans(sign, sign, terms, 0, SIGN_RISKS)
		};
	}
	if (shape.kind === "histogram") {
		const absolute = { limit: 1 - quantile };
		const [fail, pass] = relative ? [NOT_WORSE, roomBeyond(quantile, terms)] : [absolute, absolute];
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
	const share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
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
	const { dimension, value } = demand.quantity;
	if (dimension === "points") return [{
		ratio: 1,
		margin: value
	}, {
		ratio: 1,
		margin: value > 0 ? value : margin
	}];
	return [{
		ratio: value,
		margin: 0
	}, {
		ratio: value,
		margin
	}];
}
const asShare = (share) => Math.min(.999, Math.max(1e-6, share));
function planAgainst(before, limit, shape, terms) {
	const quantile = quantileOf(limit) ?? 0;
	const about = {
		unit: shape.count === "users" ? "user" : "request",
		quantile,
		relative: false
	};
	const margins = before.kind === "counts" ? boundaries(limit, terms) : [NOT_WORSE, roomBeyond(quantile, terms)];
	const [highest, lowest] = [terms.alpha, terms.beta].map((error) => {
		const { bad, total } = baselineArm(before, quantile);
		return shareInterval(bad, total, error / 2);
	});
	const [fail, pass] = margins;
	const questions = [{ limit: asShare(fail.ratio * (highest?.upper ?? 1) + fail.margin) }, { limit: asShare(pass.ratio * (lowest?.lower ?? 0) + pass.margin) }];
	if (before.kind !== "histogram") return {
		...about,
		counts: "bad",
		bound: 1,
		...plans(...questions, terms, Math.LN2)
	};
	const bound = (quantileBound(before.buckets, quantile) ?? 0) * amountOf(limit);
	return {
		...about,
		counts: "slow",
		bound,
		...plans(...questions, terms, Math.LN2)
	};
}
function baselineArm(before, quantile) {
	if (before.kind === "counts") return before;
	if (before.kind !== "histogram") return NOBODY;
	return beyond(before.buckets, quantileBound(before.buckets, quantile) ?? 0) ?? NOBODY;
}
const levelOf = ({ alpha, limits }) => alpha / limits * FROM_START;
const decidingAt = ({ alpha, limits }) => Math.log(limits / alpha);
function plans(fail, pass, terms, handicap, risks) {
	const { beta, looks, batches } = terms;
	const mixed = {
		looks,
		fromStart: FROM_START,
		startsEvery: startsEvery(looks),
		decimals: DECIMALS
	};
	const capped = {
		batches,
		level: levelOf(terms)
	};
	const decides = decidingAt(terms) + handicap;
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
			decimals: DECIMALS
		})
	};
}
function world(share, { hasStable, looks }) {
	if (!hasStable) return {};
	const options = {
		looks,
		startsEvery: startsEvery(looks),
		risks: [2],
		decimals: DECIMALS
	};
	return { world: {
		stableBreaks: planEvidence({ limit: share }, "worse", options),
		candidateWorse: planEvidence(NOT_WORSE, "worse", options)
	} };
}
export { quantileBound as C, beyond as S, NOBODY as _, addIncrements as a, logSumExp as b, gatherBet as c, SLOWER_BETS as d, cellsOf as f, withStable as g, slowerIncrements as h, NO_EVIDENCE as i, increment as l, rankDifference as m, compileLimit as n, areWhole as o, cutsOf as p, quantileOf as r, gather as s, SIGN_WEIGHT as t, logEValue as u, addArms as v, slowRequests as w, xLogY as x, logGamma as y };
