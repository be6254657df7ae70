import { C as unknown, S as union, _ as object, b as string, f as discriminatedUnion, g as number$1, l as array, m as literal, u as boolean, v as record, x as tuple } from "./zod.js";
import { C as quantileBound, S as beyond, _ as NOBODY, a as addIncrements, b as logSumExp, c as gatherBet, d as SLOWER_BETS, f as cellsOf, g as withStable, h as slowerIncrements, i as NO_EVIDENCE, l as increment, m as rankDifference, o as areWhole, p as cutsOf, r as quantileOf, s as gather, t as SIGN_WEIGHT, u as logEValue, v as addArms, w as slowRequests, y as logGamma } from "./limit-test.js";
import { p as InputError } from "./words.js";
import { a as settle, i as prepared, n as gateProblems, t as compiled } from "./config.js";
import { n as noData } from "./no-data.js";
import { t as requestsLeft } from "./planner.js";
import { a as digits, i as asTime, n as asEValue, o as shortVersion, r as asPercent } from "./figures.js";
import { ct as keeps, st as formatLimit } from "./runbook-keys.js";
import { n as usable, t as countedUpTo } from "./usable.js";
const dispersionFactor = ({ prior, weight, chiSquare, batches }) => Math.max(1, (weight * prior + chiSquare) / (weight + batches));
const carefulFactor = (state) => dispersionFactor(state) * (1 + Math.sqrt(2 / (state.weight + state.batches)));
function addToDispersion(state, candidate, stable) {
	const sums = {
		candidate: addArms(state.candidate, candidate),
		stable: addArms(state.stable, stable)
	};
	const bad = candidate.bad + stable.bad;
	if (!(state.candidate.bad > 0 && state.stable.bad > 0 && bad > 0 && candidate.total > 0 && stable.total > 0)) return {
		...state,
		...sums
	};
	const risk = ({ bad: count, total }) => (count + .5) / total;
	const exposed = risk(state.candidate) / risk(state.stable) * candidate.total;
	const share = exposed / (exposed + stable.total);
	const chiSquare = state.chiSquare + (candidate.bad - bad * share) ** 2 / (bad * share * (1 - share));
	return {
		...state,
		...sums,
		chiSquare,
		batches: state.batches + 1
	};
}
const REQUESTS = 20;
const CANDIDATE_BAD = .5;
const STABLE_BAD = .25;
function isOutage({ candidate, stable }) {
	if (stable === void 0 || !(stable.total > 0) || candidate.total < REQUESTS) return false;
	return candidate.bad >= CANDIDATE_BAD * candidate.total && stable.bad < STABLE_BAD * stable.total;
}
const plus$1 = (a, b) => a && b && addArms(a, b);
function extend(old, next, slack) {
	if (old === void 0 || next === void 0) return next ?? old;
	if (Math.abs(next.from - old.to) > slack) return next;
	const [fail, pass] = [plus$1(old.fail, next.fail), plus$1(old.pass, next.pass)];
	return {
		from: old.from,
		to: next.to,
		...fail && { fail },
		...pass && { pass }
	};
}
function pairSpans(old, nextCandidate, nextStable, slack) {
	const candidate = extend(old?.candidate, nextCandidate, slack);
	const stable = extend(old?.stable, nextStable, slack);
	if (!candidate && !stable) return {};
	if (!candidate || !stable || Math.abs(candidate.to - stable.to) > slack) return { waiting: {
		...candidate && { candidate },
		...stable && { stable }
	} };
	return Math.abs(candidate.from - stable.from) > slack ? {} : { pair: {
		candidate,
		stable
	} };
}
const number = number$1();
const count = number$1().nonnegative();
const arm = object({
	total: count,
	bad: count
});
const seen = tuple([
	count,
	count,
	count,
	count
]).readonly();
const sums = array(number).readonly();
const span = object({
	from: number,
	to: number,
	fail: arm.exactOptional(),
	pass: arm.exactOptional()
});
const evidenceState = object({
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
});
const streakState = object({
	kind: literal("streak"),
	value: number.exactOptional(),
	stableValue: number.exactOptional(),
	breaks: boolean(),
	shared: boolean(),
	badFor: count,
	covered: count,
	sampledAt: number.exactOptional()
});
const latencyState = object({
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
});
const growthState = object({
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
});
const baselessState = object({ kind: literal("baseless") });
const savedGate = object({
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
});
const candidateOf = (seen) => ({
	total: seen[0],
	bad: seen[1]
});
const stableOf = (seen) => ({
	total: seen[2],
	bad: seen[3]
});
const sumsOf = (sum) => sum === void 0 ? NO_EVIDENCE : [sum];
const NOTHING = [
	0,
	0,
	0,
	0
];
const ENOUGH_FOR_BOUND = 20;
const SUSPICIOUS = 20;
const newEvidenceState = (test) => ({
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
	const odd = pair.candidate.kind === "no-data" ? pair.candidate : suspiciousScale(test, pair.candidate) ?? saturated(test, pair.candidate);
	const candidate = odd ? void 0 : spanOf(test, pair.candidate, old.bounds, "candidate");
	const stable = spanOf(test, pair.stable, old.bounds, "stable");
	const { waiting, pair: both } = pairSpans(old.waiting, candidate, stable, pace.every / 2);
	const state = add$1(test, old, test.relative ? addedRelative(test, both) : addedAbsolute(test, candidate, both), pace, both !== void 0);
	if (waiting) state.waiting = waiting;
	const bounds = old.bounds ?? boundsFor(test, pair.stable);
	if (bounds) state.bounds = bounds;
	const blind = (candidate && blindZone(test, pair.candidate)) ?? old.blind;
	if (blind) state.blind = blind;
	return {
		state,
		missing: odd ?? missingHere(test, pair, candidate, both !== void 0)
	};
}
function addedAbsolute(test, candidate, both) {
	const fail = candidate?.fail && { candidate: candidate.fail };
	const pass = candidate?.pass === candidate?.fail ? fail : candidate?.pass && { candidate: candidate.pass };
	if (!both?.candidate.fail || !both.stable.fail) return {
		fail,
		pass
	};
	const world = {
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
	const { candidate, stable } = both;
	const fail = candidate.fail && stable.fail && {
		candidate: candidate.fail,
		stable: stable.fail
	};
	const pass = candidate.pass === candidate.fail && stable.pass === stable.fail ? fail : candidate.pass && stable.pass && {
		candidate: candidate.pass,
		stable: stable.pass
	};
	if (!isCounted(fail ?? pass)) return {};
	if (test.counts !== "mean") return {
		fail,
		pass,
		outage: test.counts === "bad" && !!fail && isOutage(fail)
	};
	const slower = fail && slowerMean(test, fail);
	return {
		fail: slower,
		pass: slower
	};
}
const isCounted = (batch) => batch !== void 0 && batch.candidate.total > 0 && (batch.stable?.total ?? 0) > 0;
function add$1(test, old, added, pace, paired) {
	const { look, dispersion } = pace;
	const { fail, pass, world } = added;
	const shown = fail ?? pass;
	const estimated = typeof dispersion !== "number";
	const factor = estimated ? carefulFactor(dispersionOf(old, dispersion)) : dispersion;
	const stable = test.relative ? shown?.stable : world?.stable;
	const state = {
		kind: "evidence",
		plan: old.plan,
		seen: shown || stable ? plus(old.seen, shown?.candidate ?? NOBODY, stable ?? NOBODY) : old.seen,
		fail: gather(test.fail, old.fail, look, fail, factor),
		pass: gather(test.pass, old.pass, look, pass, factor),
		world: test.world ? gatherWorld(test.world, old.world, look, world, factor) : old.world,
		outages: paired ? added.outage ? old.outages + 1 : 0 : old.outages,
		run: fail ? extendRun(test, old.run, fail, pace) : old.run
	};
	if (estimated) state.spread = nextSpread$1(old, dispersion, shown);
	return state;
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
	const before = dispersionOf(old, known);
	if (batch?.stable === void 0) return [before.chiSquare, before.batches];
	const { chiSquare, batches } = addToDispersion(before, batch.candidate, batch.stable);
	return [Math.round(chiSquare * 1e4) / 1e4, batches];
}
function gatherWorld({ stableBreaks, candidateWorse }, old, look, batch, factor) {
	const counted = batch && batch.stable.total > 0 ? batch : void 0;
	const alone = counted && { candidate: counted.stable };
	return [gatherBet(stableBreaks, old[0], look, alone, factor), gatherBet(candidateWorse, old[1], look, counted, factor)];
}
function missingHere(test, { stable }, span, paired) {
	const { metric } = test;
	if (span === void 0) return noData("first-look", `${metric} chose its bounds at this look and counts from the next.`);
	if ((span.fail ?? span.pass ?? NOBODY).total === 0) return noData("no-traffic", `${metric} saw no ${test.unit} of the candidate.`);
	if (!test.relative) return void 0;
	if (stable?.kind === "no-data") return stable;
	return paired ? void 0 : noData("windows-differ", `${metric} does not cover the same time for both versions yet.`);
}
function suspiciousScale(test, measured) {
	if (measured.kind !== "histogram" || test.relative) return void 0;
	const finite = measured.buckets.filter(({ le }) => Number.isFinite(le));
	const [first, last] = [finite[0]?.le, finite.at(-1)?.le];
	if (first === void 0 || last === void 0) return noData("odd-histogram", `${test.metric} has no bucket bounds.`);
	if (test.bound < last * SUSPICIOUS && test.bound * SUSPICIOUS > first) return void 0;
	const range = `bucket bounds from ${first} to ${last}`;
	return noData("suspicious-scale", `${test.metric} has ${range}, far from the limit; declare the metric's unit.`);
}
function saturated(test, measured) {
	if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return void 0;
	const last = measured.buckets.findLast(({ le }) => Number.isFinite(le))?.le;
	if (last === void 0 || test.bound <= last) return void 0;
	const message = `${test.metric} has no bucket beyond ${last} ms, so \`${test.text}\` could never be seen to break; add buckets, or limit it at ${last}ms at most.`;
	return noData("saturated-histogram", message);
}
function blindZone(test, measured) {
	if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return void 0;
	const { from, to } = slowRequests(measured.buckets, test.bound).blind;
	if (from === to) return void 0;
	return {
		...from !== void 0 && { from },
		...to !== void 0 && { to }
	};
}
function spanOf(test, measured, bounds, who) {
	if (measured === void 0 || measured.kind === "no-data") return void 0;
	const { from, to } = measured.window;
	if (measured.kind === "counts") {
		const arm = {
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
	const arms = armsOf(test, measured, bounds, who);
	if (arms === void 0) return void 0;
	const { fail, pass } = arms;
	return {
		from,
		to,
		...fail && { fail },
		...pass && { pass }
	};
}
function armsOf(test, measured, bounds, who) {
	if (measured.kind !== "histogram") return void 0;
	const { buckets, sum } = measured;
	if (test.counts === "mean") return meanArms(test, {
		total: buckets.at(-1)?.count ?? 0,
		bad: sum
	});
	if (!test.relative) {
		const { certainly, possibly } = slowRequests(buckets, test.bound);
		return {
			fail: certainly,
			pass: possibly
		};
	}
	if (bounds === void 0) return void 0;
	if (who === "stable") return {
		fail: beyond(buckets, bounds.at),
		pass: beyond(buckets, bounds.at)
	};
	return {
		fail: bounds.fail === void 0 ? void 0 : beyond(buckets, bounds.fail),
		pass: beyond(buckets, bounds.pass)
	};
}
function meanArms(test, sums) {
	if (test.relative) return {
		fail: sums,
		pass: sums
	};
	const arm = sums.total === 0 ? NOBODY : {
		total: 1,
		bad: sums.bad > test.bound * sums.total ? 1 : 0
	};
	return {
		fail: arm,
		pass: arm
	};
}
function boundsFor(test, stable) {
	if (test.counts !== "slow" || !test.relative || stable?.kind !== "histogram") return void 0;
	return chooseBounds(test, stable.buckets);
}
function chooseBounds(test, buckets) {
	if ((buckets.at(-1)?.count ?? 0) < ENOUGH_FOR_BOUND) return void 0;
	const at = quantileBound(buckets, test.quantile);
	if (at === void 0) return void 0;
	const { blind } = slowRequests(buckets, at * test.bound);
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
	if (candidate.total === 0 || stable.total === 0) return { candidate: NOBODY };
	return { candidate: {
		total: 1,
		bad: candidate.bad / candidate.total > test.bound * stable.bad / stable.total ? 1 : 0
	} };
}
const RUN_BET = 1;
function extendRun(test, run, batch, { now, startedAt }) {
	const score = run.score + increment(test.fail, batch, RUN_BET);
	if (!(score > 0)) return {
		since: now - startedAt,
		score: 0,
		seen: NOTHING
	};
	const rounded = Math.round(score * 1e3) / 1e3;
	return {
		since: run.since,
		score: rounded,
		seen: plus(run.seen, batch.candidate, batch.stable ?? NOBODY)
	};
}
const HOUR = 36e5;
const ENOUGH_SAMPLES = 10;
const ERRORS = 3;
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
	const { candidate } = pair;
	if (candidate.kind === "no-data") return {
		state: old,
		missing: candidate
	};
	if (candidate.kind !== "value") return {
		state: old,
		missing: notValue(test)
	};
	const { observedAt, value } = candidate;
	const seen = old.sampledAt === void 0 ? pace.every : Math.min(observedAt - old.sampledAt, 2 * pace.every);
	const [count, time, level, timeSquares, products, levelSquares] = old.fit;
	const hours = (observedAt - pace.startedAt) / HOUR;
	const [timeOff, levelOff] = [hours - time, value - level];
	const newTime = time + timeOff / (count + 1);
	const newLevel = level + levelOff / (count + 1);
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
	if (count < 10 || !(timeSquares > 0)) return void 0;
	const slope = products / timeSquares;
	const start = level - slope * time;
	if (!(start > 0)) return void 0;
	const left = Math.max(0, levelSquares - slope * products);
	return {
		perHour: slope / start,
		error: Math.sqrt(left / (count - 2) / timeSquares) / start
	};
}
const ENOUGH_COVERED = .75;
function growthStanding({ bound }, state, hold) {
	const growth = growthOf(state);
	if (growth === void 0) return "open";
	if (growth.perHour - ERRORS * growth.error > bound) return "broken";
	return growth.perHour + ERRORS * growth.error <= bound && state.covered >= ENOUGH_COVERED * hold ? "proven" : "open";
}
const familyLogE = (members) => logSumExp(members.map(({ logE, weight }) => logE + Math.log(weight)));
function sampleRatioLogE(counts, shares, concentration = 100) {
	const total = counts.reduce((sum, count) => sum + count, 0);
	return counts.reduce((sum, count, i) => {
		const share = shares[i] ?? 0;
		return sum + logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
	}, logGamma(concentration) - logGamma(concentration + total));
}
const ENOUGH_FOR_BOUNDS = 20;
const CALM_LOOKS = 20;
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
	if (candidate.kind === "no-data") return candidate;
	if (stable?.kind === "no-data") return stable;
	if (candidate.kind !== "histogram" || stable?.kind !== "histogram") return noData("wrong-kind", "Latency is compared between two histograms.");
	return Math.max(Math.abs(candidate.window.from - stable.window.from), Math.abs(candidate.window.to - stable.window.to)) > slack ? noData("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
}
function lookForLatency(test, old, pair, pace) {
	const pairing = pairOf(pair, pace.every / 2);
	const idle = (missing, change = {}) => ({
		state: {
			...add(test, old, void 0, pace.look),
			...change
		},
		missing
	});
	if ("kind" in pairing) return idle(pairing);
	const [candidate, stable] = pairing;
	if (old.cuts.length === 0) {
		const message = `${test.metric} chose its bounds at this look and counts from the next.`;
		return idle(noData("first-look", message), chosen(test, stable));
	}
	const [own, others] = [cellsOf(candidate.buckets, old.cuts, 1), cellsOf(stable.buckets, old.cuts, 0)];
	if (own === void 0 || others === void 0) return idle(noData("buckets-changed", `${test.metric} lost bucket bounds that it was compared at.`));
	const state = add(test, old, {
		candidate,
		stable,
		own,
		others
	}, pace.look);
	if (totalOf(candidate) > 0) return { state };
	return {
		state,
		missing: noData("no-traffic", `${test.metric} saw no request of the candidate.`)
	};
}
const totalOf = ({ buckets }) => buckets.at(-1)?.count ?? 0;
function chosen(test, stable) {
	if (totalOf(stable) < ENOUGH_FOR_BOUNDS) return {};
	const cuts = cutsOf(stable.buckets, test.bound);
	const reference = cellsOf(stable.buckets, cuts, 0);
	if (cuts.length === 0 || reference === void 0) return {};
	return {
		cuts,
		reference,
		bounds: boundsOf(test, stable)
	};
}
function boundsOf(test, { buckets }) {
	return test.thresholds.map(({ quantile }) => {
		const at = quantileBound(buckets, quantile) ?? buckets.findLast(({ le }) => Number.isFinite(le))?.le ?? 0;
		return [at, slowRequests(buckets, at * test.bound).blind.from ?? at];
	});
}
function add(test, old, seen, look) {
	const arms = (threshold) => {
		const bounds = old.bounds[threshold];
		if (!seen || !bounds) return void 0;
		const [candidate, stable] = [beyond(seen.candidate.buckets, bounds[1]), beyond(seen.stable.buckets, bounds[0])];
		return candidate && stable && {
			candidate,
			stable
		};
	};
	const slower = seen && isSlower(test, seen);
	const sign = slower === void 0 ? void 0 : { candidate: {
		total: 1,
		bad: slower ? 1 : 0
	} };
	const increments = seen && slowerIncrements(SLOWER_BETS, old.reference, seen.own, seen.others);
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
const factorOf = ({ spread: [squares, looks] }) => Math.max(1, (CALM_LOOKS + squares) / (CALM_LOOKS + looks));
function nextSpread(old, { own, others }) {
	const [squares, looks, before] = old.spread;
	const difference = rankDifference(old.reference, own, others);
	if (difference === void 0) return old.spread;
	const now = Math.round(difference * 1e3) / 1e3;
	if (before === void 0) return [
		squares,
		looks,
		now
	];
	return [
		Math.round((squares + (now - before) ** 2 / 2) * 1e3) / 1e3,
		looks + 1,
		now
	];
}
function isSlower({ bound }, { candidate, stable }) {
	const [n, m] = [totalOf(candidate), totalOf(stable)];
	return n > 0 && m > 0 ? candidate.sum / n > bound * stable.sum / m : void 0;
}
const nextSeen = ([total, stableTotal, slower, looks], { candidate, stable }, isMore) => [
	total + totalOf(candidate),
	stableTotal + totalOf(stable),
	slower + (isMore === true ? 1 : 0),
	looks + (isMore === void 0 ? 0 : 1)
];
function weighLatency(test, state, looks) {
	const passes = test.thresholds.map(({ pass }, i) => logEValue(pass, state.pass[i] ?? NO_EVIDENCE, looks));
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
const isWholeLatencyState = (test, state, looks) => areWhole(test.fail, state.fail, looks) && areWhole(test.sign, state.sign, looks) && state.reference.length === (state.cuts.length === 0 ? 0 : state.cuts.length + 1) && state.bounds.length === (state.cuts.length === 0 ? 0 : test.thresholds.length) && state.pass.length === test.thresholds.length && test.thresholds.every(({ pass }, i) => areWhole(pass, state.pass[i] ?? NO_EVIDENCE, looks));
const WEIGHTLESS = {
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
	const { fail, pass, world, handicap } = test;
	const [breaks, worse] = state.world;
	return {
		fail: logEValue(fail, state.fail, looks) - handicap,
		pass: logEValue(pass, state.pass, looks) - handicap,
		stableBreaks: world ? logEValue(world.stableBreaks, sumsOf(breaks), looks) : 0,
		candidateWorse: world ? logEValue(world.candidateWorse, sumsOf(worse), looks) : 0
	};
}
function most({ looks }, sums) {
	let high = looks > 1 ? 0 : Number.NEGATIVE_INFINITY;
	for (let k = 0; k < sums.length; k++) {
		const sum = sums[k] ?? high;
		if (sum > high) high = sum;
	}
	return looks > 1 ? high + Math.LN2 : high;
}
function mayMatter(test, state, least) {
	if (test.kind === "latency" && state?.kind === "latency") return Math.max(most(test.fail, state.fail), most(test.sign, state.sign)) >= least;
	if (test.kind !== "evidence" || state?.kind !== "evidence") return false;
	const { fail, world, handicap } = test;
	if (most(fail, state.fail) - handicap >= least) return true;
	const breaks = state.world[0];
	return world !== void 0 && breaks !== void 0 && Math.max(0, breaks) + Math.LN2 >= least;
}
function passForDecision(test, state, looks, needed) {
	if (test.kind === "latency" && state?.kind === "latency") {
		let least = Number.POSITIVE_INFINITY;
		for (let i = 0; i < test.thresholds.length; i++) {
			const plan = test.thresholds[i]?.pass;
			const here = plan === void 0 ? 0 : planPass(plan, state.pass[i] ?? [], looks, needed);
			if (here < least) least = here;
		}
		return least;
	}
	if (test.kind !== "evidence" || state?.kind !== "evidence") return 0;
	const { handicap } = test;
	return planPass(test.pass, state.pass, looks, needed + handicap) - handicap;
}
function planPass(plan, sums, looks, needed) {
	const high = most(plan, sums);
	if (high < needed) return 0;
	const low = high - Math.log(plan.size);
	return plan.looks === 1 && low >= needed ? low : logEValue(plan, sums, looks);
}
function weighForDecision(tests, states, looks, needed) {
	const least = Math.min(needed.fail, needed.pass);
	const exact = tests.some((test, i) => mayMatter(test, states[i], least));
	return tests.map((test, i) => exact ? weigh(test, states[i], looks) : onlyPass(passForDecision(test, states[i], looks, needed.pass)));
}
const onlyPass = (pass) => pass === 0 ? WEIGHTLESS : {
	fail: 0,
	pass,
	stableBreaks: 0,
	candidateWorse: 0
};
const isWeighed$1 = ({ kind }) => kind === "evidence" || kind === "latency";
function asValue(value, dimension) {
	if (dimension === "share") return asPercent(value);
	if (dimension === "time") return asTime(value);
	if (dimension === "size") return `${digits(value / 1e6, 1)} MB`;
	if (dimension === "per-second") return `${digits(value, 1)}/s`;
	return digits(value, 3);
}
const share = ({ bad, total }) => asPercent(total > 0 ? bad / total : 0);
function sayCounts(test, candidate, stable) {
	if (candidate.total === 0) return `${test.metric} of no ${test.unit} yet`;
	const requests = `${digits(candidate.total, 0)} ${test.unit}s`;
	if (test.counts === "mean") {
		const above = test.relative ? `${test.bound} times stable's` : asTime(test.bound);
		return `${test.metric} mean above ${above} in ${candidate.bad} of ${requests}`;
	}
	const beside = test.relative ? ` (stable: ${share(stable)} of ${digits(stable.total, 0)})` : "";
	if (test.counts === "bad") return `${test.metric} ${share(candidate)} of ${requests}${beside}`;
	const slower = test.relative ? "slower than the bound compared" : `slower than ${asTime(test.bound)}`;
	return `${test.metric}: ${share(candidate)} of ${requests} ${slower}${beside}`;
}
function sayBlind({ test, state }) {
	if (test.kind !== "evidence" || state.kind !== "evidence" || state.blind === void 0) return void 0;
	const { from, to } = state.blind;
	const limit = `${test.metric}'s limit of ${asTime(test.bound)}`;
	if (from === void 0) return `${limit} lies below the first bucket (${asTime(to ?? 0)}), so it can never be proven.`;
	if (to === void 0) return `${limit} lies beyond the last bucket (${asTime(from)}), so it can never be seen to break.`;
	return `${limit} lies between the buckets ${asTime(from)} and ${asTime(to)}, which cannot tell slow from fast there.`;
}
function sayValue(test, state) {
	const { demand, aggregate, versus } = test.limit;
	const unit = demand.op === "not-worse" || versus ? test.shape.dimension : demand.quantity.dimension;
	const found = state.value === void 0 ? "unseen" : asValue(state.value, unit);
	const rival = test.before ?? (versus && state.stableValue);
	const beside = rival === void 0 ? "" : ` (${versus}: ${asValue(rival, unit)})`;
	const lasting = test.for > 0 && state.badFor > 0 ? ` for ${asTime(state.badFor)}` : "";
	return `${[test.metric, aggregate].filter(Boolean).join(" ")} ${found}${beside}${lasting}`;
}
function sayGrowth(test, state) {
	const growth = growthOf(state);
	if (growth === void 0) return `${test.metric} has ${state.fit[0]} of the ${10} samples a slope needs`;
	const signed = (share) => `${share < 0 ? "-" : ""}${asPercent(Math.abs(share))}`;
	return `${test.metric} grew by ${signed(growth.perHour)} an hour (give or take ${asPercent(3 * growth.error)})`;
}
function sayLatency({ metric, bound }, { seen: [candidate, stable, slower, looks] }) {
	return `${metric} mean above ${bound === 1 ? "stable's" : `${bound} times stable's`} in ${slower} of ${looks} looks (${`${digits(candidate, 0)} requests beside ${digits(stable, 0)} of stable`})`;
}
function saySeen(test, state) {
	if (test.kind === "evidence" && state.kind === "evidence") return sayCounts(test, candidateOf(state.seen), stableOf(state.seen));
	if (test.kind === "latency" && state.kind === "latency") return sayLatency(test, state);
	if (test.kind === "growth" && state.kind === "growth") return sayGrowth(test, state);
	return test.kind === "streak" && state.kind === "streak" ? sayValue(test, state) : "nothing";
}
const candidateNamed = (version) => version === "candidate" ? "the candidate" : `candidate ${shortVersion(version)}`;
function sayBroken(standing, { candidate, stable, startedAt }, now) {
	const { test, state, logE } = standing;
	const consequence = stable === void 0 ? "go back to the version before it" : "traffic goes back to stable";
	const who = candidateNamed(candidate);
	if (test.kind === "latency") return `${saySeen(test, state)} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${who}); ${consequence}.`;
	if (test.kind !== "evidence" || state.kind !== "evidence") return `${saySeen(test, state)} breaks \`${test.text}\` (${who}); ${consequence}.`;
	const { run, outages } = state;
	const seen = sayCounts(test, candidateOf(run.seen), stableOf(run.seen));
	if (outages >= 2) return `${seen} is an outage while stable is well (${outages} looks in a row, ${who}); ${consequence}.`;
	const lasted = asTime(now - startedAt - run.since);
	return `${seen} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${lasted}, ${who}); ${consequence}.`;
}
function sayProven(standings, { candidate }) {
	return `${standings.map(({ test, state, logE }) => {
		const proof = isWeighed$1(test) ? ` (e-value ${asEValue(logE.pass)})` : "";
		return `${saySeen(test, state)} keeps \`${test.text}\`${proof}`;
	}).join("; ")}: ${candidateNamed(candidate)} may go on.`;
}
const sayWarnings = (broken) => broken.map(({ test, state }) => ` Warning: ${saySeen(test, state)} breaks \`${test.text}\`.`).join("");
function sayPaged({ test, state, logE }, { candidate }) {
	const weight = isWeighed$1(test) ? `e-value ${asEValue(logE.fail)}, ` : "";
	return `${saySeen(test, state)} breaks \`${test.text}\` (${weight}${candidateNamed(candidate)}), which a person has to judge: say whether the release goes on or goes back. Without an answer it goes back.`;
}
const sayBefore = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`. More than the version may have changed since then, so nothing is sent back; find out what did, and roll back by hand if it was the version.`;
function saySplit({ test, state }, { split = 0 }) {
	const [candidate, stable] = state.kind === "evidence" ? [candidateOf(state.seen).total, stableOf(state.seen).total] : [0, 0];
	const [seen, all] = [asPercent(candidate / (candidate + stable)), digits(candidate + stable, 0)];
	return `The candidate has ${seen} of ${all} events of ${test.metric} where ${asPercent(split)} was planned, so numbers are missing or belong to the other version. Look at how traffic is divided and how versions are labelled.`;
}
const sayMissing = ({ message }) => `${message} Nothing is proven by this look; looking again.`;
const sayShared = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`, and so does stable: sending traffic back would mend nothing. Look at what both versions depend on.`;
function sayOpen({ test, state, logE }, { beta }, eta) {
	const seen = saySeen(test, state);
	if (!isWeighed$1(test)) return `${seen}: \`${test.text}\` is not proven yet${sayEta(eta)}.`;
	const reached = `e-value ${asEValue(logE.pass)} of the ${asEValue(Math.log(1 / beta))} needed`;
	const blind = sayBlind({
		test,
		state
	});
	return `${seen} does not prove \`${test.text}\` yet (${reached})${sayEta(eta)}.${blind ? ` ${blind}` : ""}`;
}
function sayEta(eta) {
	if (eta === void 0) return "";
	return Number.isFinite(eta) ? `; about ${asTime(eta)} more at this rate and traffic` : "; at this rate it never will";
}
const sayWhose = ({ synthetic }) => synthetic === true ? "By synthetic requests, no user's: " : "";
const sayWaiting = ({ hold }, elapsed) => `Every limit is proven; the hold of ${asTime(hold)} ends in ${asTime(Math.max(0, hold - elapsed))}.`;
const AT_THE_END = {
	hold: "it does not stay unproven",
	fail: "it does not stay unproven",
	approve: "a person has to say whether that is enough",
	synthetic: "only synthetic requests can tell now"
};
function sayInconclusive(open, { candidate, onShort }, elapsed) {
	const last = open === void 0 ? "" : `: ${saySeen(open.test, open.state)} does not prove \`${open.test.text}\``;
	const reason = open && (open.missing?.message ?? sayBlind(open));
	const why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
	return `No verdict on ${candidateNamed(candidate)} after ${asTime(elapsed)}${last}${why}; ${AT_THE_END[onShort]}.`;
}
function judge(look) {
	const { config, needed, now } = look;
	const standings = deciding(look);
	const elapsed = now - config.startedAt;
	const conclude = (verdict, reason, say) => ({
		verdict,
		reason,
		explain: () => ({
			verdict,
			reason,
			message: sayWhose(config) + say() + warningsOf(look),
			evidence: describe(look)
		})
	});
	const broken = standings.find((standing) => isBrokenAtOnce(standing, look)) ?? blamed(standings, "fail", needed);
	if (broken) {
		const said = () => sayBroken(exactly$1(broken, look), config, now);
		return conclude("fail", isOut(broken) ? "outage" : "limit-broken", said);
	}
	const [paged] = pagesOf(look, standings);
	if (paged) return conclude("hold", "page-limit-broken", () => sayPaged(exactly$1(paged, look), config));
	const shared = standings.find((standing) => isShared(standing, needed));
	const uneven = config.split === void 0 ? void 0 : standings.find((standing) => isUneven(standing, config));
	const first = standings.find((standing) => !isProven(standing, look));
	if (first === void 0 && !shared && !uneven && elapsed >= config.hold) {
		const said = () => sayProven(standings.map((standing) => exactly$1(standing, look)), config);
		return conclude("pass", "limits-hold", said);
	}
	if (elapsed >= config.maxHold) return atLast(config, conclude, () => sayInconclusive(shared ?? first, config, elapsed));
	if (shared) return conclude("hold", "environment", () => sayShared(shared));
	if (uneven) return conclude("hold", "uneven-split", () => saySplit(uneven, config));
	const missing = standings.find((standing) => standing.missing !== void 0)?.missing;
	if (missing) return conclude("hold", "no-data", () => sayMissing(missing));
	const worse = standings.find((standing) => isWorseThanBefore(standing, look));
	if (worse) return conclude("hold", "worse-than-before", () => sayBefore(worse));
	if (first) return conclude("hold", "not-enough-data", () => sayOpen(exactly$1(first, look), config, etaOf(first, look)));
	return conclude("hold", "minimum-hold", () => sayWaiting(config, elapsed));
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
});
const deciding = ({ standings, waived }) => waived.length === 0 && standings.every(({ test }) => test.level !== "warn") ? standings : standings.filter(({ test }) => test.level !== "warn" && !(test.level === "page" && waived.includes(test.text)));
function pagesOf(look, standings) {
	if (look.config.pageLimits.length === 0) return [];
	const paging = standings.filter(({ test }) => test.level === "page");
	const worst = blamed(paging, "page", look.needed);
	const broken = paging.filter((standing) => standing !== worst && isBrokenNow(standing, look));
	return worst === void 0 ? broken : [worst, ...broken];
}
const brokenPages = (look) => pagesOf(look, deciding(look)).map(({ test }) => test.text);
const isWeighed = ({ test }) => test.kind === "evidence" || test.kind === "latency";
const isOut = ({ state }) => state.kind === "evidence" && state.outages >= 2;
function isStreakBroken({ test, state, missing }) {
	if (test.kind !== "streak" || state.kind !== "streak" || missing) return false;
	return test.for === 0 ? state.breaks : state.badFor >= test.for;
}
function growthOver({ test, state }, { config, now }) {
	if (test.kind !== "growth" || state.kind !== "growth" || now - config.startedAt < config.hold) return "open";
	return growthStanding(test, state, config.hold);
}
const isBrokenNow = (standing, look) => isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken";
const isBrokenAtOnce = (standing, look) => standing.test.level === "fail" && isBrokenNow(standing, look);
const isBroken = (standing, look) => isBrokenNow(standing, look) || isBrokenAlone(standing, look.needed);
const isWorseThanBefore = (standing, look) => standing.test.level === "hold" && isBroken(standing, look);
const warningsOf = (look) => sayWarnings(look.standings.filter((standing) => standing.test.level === "warn" && isBroken(standing, look)));
function isShared(standing, needed) {
	if (standing.state.kind === "streak") return standing.state.shared;
	return worldBreaks(standing, needed) && standing.logE.fail >= needed.pass;
}
const worldBreaks = ({ test, logE }, needed) => test.kind === "evidence" && test.world !== void 0 && logE.stableBreaks >= needed.pass && logE.candidateWorse < needed.fail;
const SPLIT_LOG_ODDS = Math.log(1e3);
const SPLIT_SLACK = .2;
function isUneven({ test, state }, { split }) {
	if (split === void 0 || test.shape.divided !== true) return false;
	if (test.kind !== "evidence" || state.kind !== "evidence" || test.unit === "look") return false;
	const [candidate, , stable] = state.seen;
	const seen = candidate / (candidate + stable);
	if (!(stable > 0) || Math.abs(seen / split - 1) <= SPLIT_SLACK) return false;
	return sampleRatioLogE([candidate, stable], [split, 1 - split]) >= SPLIT_LOG_ODDS;
}
function isProven(standing, look) {
	const { test, state, missing, logE } = standing;
	if (missing) return false;
	if (isWeighed(standing)) return logE.pass >= look.needed.pass;
	if (test.kind === "growth") return growthOver(standing, look) === "proven";
	if (state.kind !== "streak") return false;
	return !state.breaks && !state.shared && state.badFor === 0 && state.covered >= look.config.hold;
}
const against = (standing, needed) => worldBreaks(standing, needed) ? Number.NEGATIVE_INFINITY : standing.logE.fail;
const inFamily = (standing, level) => isWeighed(standing) && standing.test.level === level;
function familyEvidence(standings, level, needed) {
	const members = standings.filter((standing) => inFamily(standing, level));
	const weight = 1 / members.length;
	return familyLogE(members.map((standing) => ({
		logE: against(standing, needed),
		weight
	})));
}
function blamed(standings, level, needed) {
	let worst;
	for (const standing of standings) {
		if (!inFamily(standing, level)) continue;
		if (worst === void 0 || against(standing, needed) > against(worst, needed)) worst = standing;
	}
	if (worst === void 0 || against(worst, needed) < needed.fail) return void 0;
	return familyEvidence(standings, level, needed) >= needed.fail ? worst : void 0;
}
function describe(decided) {
	const look = {
		...decided,
		standings: decided.standings.map((standing) => exactly$1(standing, decided))
	};
	const { config, needed, looks, standings, now, waived } = look;
	const [family, pages] = ["fail", "page"].map((level) => familyEvidence(deciding(look), level, needed));
	return {
		candidate: config.candidate,
		...config.stable !== void 0 && { stable: config.stable },
		...config.synthetic === true && { synthetic: true },
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
	const { test, state, missing, logE } = standing;
	const eta = etaOf(standing, look);
	const note = missing?.message ?? sayBlind(standing);
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
	if (isBroken(standing, look)) return "broken";
	if (isShared(standing, look.needed)) return "environment";
	if (standing.missing) return "no-data";
	return isProven(standing, look) ? "proven" : "open";
}
const isBrokenAlone = (standing, needed) => isWeighed(standing) && against(standing, needed) >= needed.fail;
function etaOf(standing, look) {
	const { test, state } = standing;
	const { config, now } = look;
	if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
	if (state.kind === "growth") return Math.max(0, config.startedAt + config.hold - now);
	if (state.kind === "latency" || state.kind === "baseless") return void 0;
	const [candidate, candidateBad, stable, stableBad] = state.seen;
	if (test.kind !== "evidence" || candidate === 0 || isProven(standing, look)) return void 0;
	const expected = {
		candidate: candidateBad / candidate,
		stable: stable > 0 ? stableBad / stable : 0,
		stablePerCandidate: stable / candidate
	};
	const { beta, dispersion } = config;
	const factor = typeof dispersion === "number" ? dispersion : dispersion.prior;
	const level = beta * Math.exp(-test.handicap);
	return requestsLeft(test.pass, state.pass, expected, {
		level,
		dispersion: factor
	}) * (now - config.startedAt) / candidate;
}
const newStreakState = () => ({
	kind: "streak",
	breaks: false,
	shared: false,
	badFor: 0,
	covered: 0
});
function lookForStreak(test, old, pair, pace) {
	const { candidate, stable } = pair;
	if (candidate.kind === "no-data") return {
		state: old,
		missing: candidate
	};
	const compared = compare(test, candidate, stable);
	if ("kind" in compared) return {
		state: old,
		missing: compared
	};
	const shared = compared.breaks && compared.stableBreaks === true;
	const seen = timeSeen(candidate, old.sampledAt, pace.every);
	const alone = compared.breaks && !shared;
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
	if (measured.kind !== "value") return measured.window.to - measured.window.from;
	return sampledAt === void 0 ? every : Math.min(measured.observedAt - sampledAt, 2 * every);
}
function compare(test, candidate, stable) {
	const own = readingOf(test, candidate);
	if (own === void 0) return noData("no-traffic", `${test.metric} saw no request of the candidate.`);
	const beside = stable === void 0 || stable.kind === "no-data" ? void 0 : readingOf(test, stable);
	if (test.before !== void 0) return {
		value: own.shown,
		breaks: breaksBeside(test, own.shown, test.before)
	};
	if (test.limit.versus === void 0) return compareAbsolute(test, own, beside);
	if (beside !== void 0) return compareBeside(test, own, beside);
	return stable?.kind === "no-data" ? stable : noData("no-traffic", `${test.metric} saw no request of stable.`);
}
function compareBeside(test, own, beside) {
	const [lowest, highest] = [breaksBeside(test, own.least, beside.most), breaksBeside(test, own.most, beside.least)];
	if (lowest === highest) return {
		value: own.shown,
		breaks: lowest,
		stableValue: beside.shown
	};
	const message = `${test.metric}'s buckets are too coarse to tell whether \`${test.text}\` holds; add bucket bounds, or leave \`for\` away.`;
	return noData("between-buckets", message);
}
function compareAbsolute(test, own, beside) {
	const breaks = breaksLimit(test, own);
	if (breaks === void 0) return noData("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
	const stableBreaks = beside && breaksLimit(test, beside);
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
	const seconds = (measured.window.to - measured.window.from) / 1e3;
	if (measured.kind === "counts") return countsValue(test, measured.bad, measured.total, seconds);
	const total = measured.buckets.at(-1)?.count ?? 0;
	if (total === 0) return void 0;
	const quantile = quantileOf(test.limit);
	if (quantile === void 0) return exactly(measured.sum / total);
	return quantileRange(measured.buckets, quantile, total);
}
function countsValue({ limit: { demand } }, bad, total, seconds) {
	if (demand.op !== "not-worse" && demand.quantity.dimension === "per-second") return seconds > 0 ? exactly(total / seconds) : void 0;
	if (total === 0) return void 0;
	return exactly(demand.op === ">" || demand.op === ">=" ? 1 - bad / total : bad / total);
}
function quantileRange(buckets, quantile, total) {
	const index = buckets.findIndex(({ count }) => count >= quantile * total);
	const [least, most] = [buckets[index - 1]?.le ?? 0, buckets[index]?.le ?? Number.POSITIVE_INFINITY];
	return {
		least,
		most,
		shown: Number.isFinite(most) ? most : least
	};
}
function breaksLimit({ limit: { demand } }, { least, most }) {
	if (demand.op === "not-worse") return void 0;
	const holds = keeps[demand.op];
	const bound = demand.quantity.value;
	if (least === most) return !holds(most, bound);
	if (least >= bound) return true;
	return most <= bound ? false : void 0;
}
function breaksBeside({ limit: { demand, metric } }, own, beside) {
	if (demand.op === "not-worse") return metric === "throughput" ? own < beside : own > beside;
	const { dimension, value } = demand.quantity;
	return !keeps[demand.op](own, dimension === "points" ? beside + value : beside * value);
}
function newGate(config) {
	const [problem] = gateProblems(config);
	if (problem !== void 0) throw new InputError(problem);
	const settled = settle(config);
	return {
		version: 1,
		config: settled,
		looks: 0,
		limits: compiled(settled).map(newState),
		counted: {}
	};
}
function newState(test) {
	if (test.kind === "evidence") return newEvidenceState(test);
	if (test.kind === "latency") return newLatencyState(test);
	if (test.kind === "baseless") return { kind: "baseless" };
	return test.kind === "growth" ? newGrowthState() : newStreakState();
}
function resumeGate(config, saved) {
	const parsed = savedGate.safeParse(saved);
	if (!parsed.success) throw new InputError("The saved state of the gate is not whole; begin the hold again.");
	const fresh = newGate(config);
	const changed = differing(fresh.config, parsed.data.config);
	if (changed !== void 0) throw new InputError(`The gate began with another \`${changed}\`; keep it, or begin the hold again.`);
	const tests = compiled(fresh.config);
	if (tests.length !== parsed.data.limits.length) throw new InputError("The saved gate has other limits; begin again.");
	for (const [i, test] of tests.entries()) requireSameEvidence(test, parsed.data.limits[i], parsed.data.looks);
	return {
		...parsed.data,
		config: fresh.config
	};
}
function differing(config, saved) {
	const [now, then] = [config, saved].map((side) => new Map(Object.entries(side ?? {})));
	return [...new Set([...now?.keys() ?? [], ...then?.keys() ?? []])].find((key) => JSON.stringify(now?.get(key)) !== JSON.stringify(then?.get(key)));
}
const notWhole = ({ text }) => new InputError(`The saved state of \`${text}\` is not whole; begin the hold again.`);
function requireSameEvidence(test, state, looks) {
	if (state?.kind !== test.kind) throw notWhole(test);
	if ("plan" in state && "mark" in test && state.plan !== test.mark) {
		const message = `The evidence on \`${test.text}\` was gathered under other parameters and proves nothing under these`;
		throw new InputError(`${message}; begin the hold again.`);
	}
	if (!isWhole(test, state, looks)) throw notWhole(test);
}
function isWhole(test, state, looks) {
	if (test.kind === "latency" && state.kind === "latency") return isWholeLatencyState(test, state, looks);
	if (test.kind !== "evidence" || state.kind !== "evidence") return true;
	const worlds = test.world && looks > 0 ? 2 : 0;
	return areWhole(test.fail, state.fail, looks) && areWhole(test.pass, state.pass, looks) && state.world.length === worlds;
}
const nextLook = ({ lastLook, config }) => lastLook === void 0 ? config.startedAt : lastLook + config.every;
const toMeasure = ({ config }) => prepared(config).metrics.flatMap(({ name: metric }) => [{
	metric,
	version: config.candidate,
	of: "candidate"
}, ...config.stable === void 0 ? [] : [{
	metric,
	version: config.stable,
	of: "stable"
}]]);
function assess(state, batch, now) {
	const { config } = state;
	const { tests, metrics, metricOf, needed } = prepared(config);
	const looks = state.looks + 1;
	const { startedAt, every, dispersion } = config;
	const { pairs, counted } = believe(metrics, state.counted, batch, now);
	const pace = {
		look: looks,
		now,
		startedAt,
		every,
		dispersion
	};
	const looked = tests.map((test, i) => {
		const old = state.limits[i];
		const pair = pairs[metricOf[i] ?? -1];
		if (!old || !pair) throw new Error(`The gate has no state for ${test.text}.`);
		return look(test, old, pair, pace);
	});
	const limits = looked.map((each) => each.state);
	const weights = weighForDecision(tests, limits, looks, needed);
	const standings = tests.map((test, i) => standingOf(test, looked[i], weights[i]));
	const { version, waived } = state;
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
	if (!looked || !logE) throw new Error(`The gate did not look at ${test.text}.`);
	return {
		test,
		state: looked.state,
		missing: looked.missing,
		logE
	};
}
const NOTHING_WAIVED = [];
function waivePages(state, asked) {
	const { config, looks, lastLook = config.startedAt, waived = [] } = state;
	const { tests, needed } = prepared(config);
	const look = {
		config,
		needed,
		looks,
		standings: tests.flatMap((test, i) => {
			const limit = state.limits[i];
			return limit === void 0 ? [] : [{
				test,
				state: limit,
				missing: void 0,
				logE: weigh(test, limit, looks)
			}];
		}),
		now: lastLook,
		waived
	};
	const known = config.pageLimits.some((limit) => formatLimit(limit) === asked);
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
	throw new Error(`The gate's state for ${test.text} is of another kind.`);
}
function believe(metrics, before, batch, now) {
	const pairs = [];
	const counted = {};
	for (const { name, candidate: own, stable: others } of metrics) {
		const until = before[name];
		const measured = batch[name];
		const candidate = usable(measured?.candidate, own, now, until?.candidate);
		const stable = others && usable(measured?.stable, others, now, until?.stable);
		pairs.push({
			candidate,
			stable
		});
		counted[name] = nowCounted(until, candidate, stable);
	}
	return {
		pairs,
		counted
	};
}
function nowCounted(before, candidate, stable) {
	const own = candidate.kind === "no-data" ? before?.candidate : countedUpTo(candidate);
	const others = stable === void 0 || stable.kind === "no-data" ? before?.stable : countedUpTo(stable);
	if (own !== void 0 && others !== void 0) return {
		candidate: own,
		stable: others
	};
	return {
		...own !== void 0 && { candidate: own },
		...others !== void 0 && { stable: others }
	};
}
export { toMeasure as a, resumeGate as i, newGate as n, waivePages as o, nextLook as r, assess as t };
