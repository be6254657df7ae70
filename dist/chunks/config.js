import { a as gather, d as beyond, f as quantileBound, o as increment, p as slowRequests, r as NO_EVIDENCE, t as compileLimit } from "./limit-test.js";
import { t as InputError } from "./failure.js";

// src/evidence/outage.ts
const REQUESTS = 20;
const CANDIDATE_BAD = .5;
const STABLE_BAD = .25;
/**
* A batch so bad that no long good run may outvote it: at least 20 requests, half of them bad, while stable is well.
* By the binomial tail P(10 or more bad of 20) is 1.1e-8 at a true share of 5 %.
*/
function isOutage({ candidate, stable }) {
	if (stable === void 0 || !(stable.total > 0) || candidate.total < REQUESTS) return false;
	return candidate.bad >= CANDIDATE_BAD * candidate.total && stable.bad < STABLE_BAD * stable.total;
}

// src/evidence/dispersion.ts
/** The factor to divide increments by: quasi-likelihood (Wedderburn 1974), shrunk towards the prior, at least 1. */
const dispersionFactor = ({ prior, weight, chiSquare, batches }) => Math.max(1, (weight * prior + chiSquare) / (weight + batches));
/**
* The factor with one standard error of its estimate added, `sqrt(2 / batches)` of it for Pearson's statistic: too small
* a factor raises false alarms faster than too large a one delays true ones.
*/
const carefulFactor = (state) => dispersionFactor(state) * (1 + Math.sqrt(2 / (state.weight + state.batches)));
const plus$2 = (a, b) => ({
	total: a.total + b.total,
	bad: a.bad + b.bad
});
/**
* Adds a batch after its increment was taken with the factor from before it: only then does the factor not depend on
* what it divides. Pearson's statistic is taken of the candidate's part of all bad events, given the ratio of risks seen
* in earlier batches.
*/
function addToDispersion(state, candidate, stable) {
	const sums = {
		candidate: plus$2(state.candidate, candidate),
		stable: plus$2(state.stable, stable)
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

// src/gate/pair-spans.ts
const plus$1 = (a, b) => a && b && {
	total: a.total + b.total,
	bad: a.bad + b.bad
};
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
/**
* Pairs the two versions' counts over the same time, within `slack` milliseconds.
*
* After a failed read one version's next counts cover more time than the other's; comparing them would let a shared
* change of load or errors look like a difference. They wait until both end together; unequal beginnings are dropped.
*/
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

// src/gate/evidence-look.ts
const NOBODY = {
	total: 0,
	bad: 0
};
const NOTHING = [
	0,
	0,
	0,
	0
];
/** Requests of stable that must be seen before a bound is chosen from them. */
const ENOUGH_FOR_BOUND = 20;
/** A limit so many times outside of all buckets is more likely in another unit than meant. */
const SUSPICIOUS = 20;
const noData = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
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
const candidateOf = (seen) => ({
	total: seen[0],
	bad: seen[1]
});
const stableOf = (seen) => ({
	total: seen[2],
	bad: seen[3]
});
/** Adds what one look saw to everything one limit knows. */
function lookForEvidence(test, old, pair, pace) {
	const odd = pair.candidate.kind === "no-data" ? pair.candidate : suspiciousScale(test, pair.candidate);
	const candidate = odd ? void 0 : spanOf(test, pair.candidate, old.bounds, "candidate");
	const stable = spanOf(test, pair.stable, old.bounds, "stable");
	const { waiting, pair: both } = pairSpans(old.waiting, candidate, stable, pace.every / 2);
	const added = test.relative ? addedRelative(test, both) : addedAbsolute(test, candidate, both);
	const bounds = old.bounds ?? boundsFor(test, pair.stable);
	const blind = (candidate && blindZone(test, pair.candidate)) ?? old.blind;
	const state = add(test, old, added, pace, both !== void 0, {
		...waiting && { waiting },
		...bounds && { bounds },
		...blind && { blind }
	});
	const missing = odd ?? missingHere(test, pair, candidate, both !== void 0);
	return missing === void 0 ? { state } : {
		state,
		missing
	};
}
function addedAbsolute(test, candidate, both) {
	const fail = candidate?.fail && { candidate: candidate.fail };
	const pass = candidate?.pass && { candidate: candidate.pass };
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
	const pass = candidate.pass && stable.pass && {
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
/** The state after a look; sums move on at every look, so that its number is the clock of them all. */
function add(test, old, added, pace, paired, rest) {
	const { look, dispersion } = pace;
	const { fail, pass, world } = added;
	const shown = fail ?? pass;
	const factor = typeof dispersion === "number" ? dispersion : carefulFactor(dispersionOf(old, dispersion));
	const stable = test.relative ? shown?.stable : world?.stable;
	return {
		kind: "evidence",
		plan: old.plan,
		seen: shown || stable ? plus(old.seen, shown?.candidate ?? NOBODY, stable ?? NOBODY) : old.seen,
		fail: gather(test.fail, old.fail, look, fail, factor),
		pass: gather(test.pass, old.pass, look, pass, factor),
		world: test.world ? gatherWorld(test.world, old.world, look, world, factor) : old.world,
		outages: paired ? added.outage ? old.outages + 1 : 0 : old.outages,
		run: fail ? extendRun(test, old.run, fail, pace) : old.run,
		...typeof dispersion !== "number" && { spread: nextSpread(old, dispersion, shown) },
		...rest
	};
}
const dispersionOf = ({ seen, spread = [0, 0] }, { prior, weight }) => ({
	prior,
	weight,
	chiSquare: spread[0],
	batches: spread[1],
	candidate: candidateOf(seen),
	stable: stableOf(seen)
});
/** Only after its batch was gathered, so that the factor never depends on what it divides. */
function nextSpread(old, known, batch) {
	const before = dispersionOf(old, known);
	if (batch?.stable === void 0) return [before.chiSquare, before.batches];
	const { chiSquare, batches } = addToDispersion(before, batch.candidate, batch.stable);
	return [Math.round(chiSquare * 1e4) / 1e4, batches];
}
/** Whether stable breaks the same limit, and whether the candidate is worse than stable: one bet each. */
function gatherWorld({ stableBreaks, candidateWorse }, [breaks, worse], look, batch, factor) {
	const counted = batch && batch.stable.total > 0 ? batch : void 0;
	return [...gather(stableBreaks, sumsOf(breaks), look, counted && { candidate: counted.stable }, factor), ...gather(candidateWorse, sumsOf(worse), look, counted, factor)];
}
const sumsOf = (sum) => sum === void 0 ? NO_EVIDENCE : [sum];
function missingHere(test, { stable }, span, paired) {
	const { metric } = test;
	if (span === void 0) return noData("first-look", `${metric} chose its bounds at this look and counts from the next.`);
	if ((span.fail ?? span.pass ?? NOBODY).total === 0) return noData("no-traffic", `${metric} saw no ${test.unit} of the candidate.`);
	if (!test.relative) return void 0;
	if (stable?.kind === "no-data") return stable;
	return paired ? void 0 : noData("windows-differ", `${metric} does not cover the same time for both versions yet.`);
}
/** A bound in seconds read as milliseconds, or the other way round, must not decide anything. */
function suspiciousScale(test, measured) {
	if (measured.kind !== "histogram" || test.relative) return void 0;
	const finite = measured.buckets.filter(({ le }) => Number.isFinite(le));
	const [first, last] = [finite[0]?.le, finite.at(-1)?.le];
	if (first === void 0 || last === void 0) return noData("odd-histogram", `${test.metric} has no bucket bounds.`);
	if (test.bound < last * SUSPICIOUS && test.bound * SUSPICIOUS > first) return void 0;
	const range = `bucket bounds from ${first} to ${last}`;
	return noData("suspicious-scale", `${test.metric} has ${range}, far from the limit; declare the metric's unit.`);
}
/** Where the buckets cannot tell slow from fast; nothing when the limit is one of their bounds. */
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
	const arms = armsOf(test, measured, bounds, who);
	if (arms === void 0) return void 0;
	const { fail, pass } = arms;
	const { from, to } = measured.window;
	return {
		from,
		to,
		...fail && { fail },
		...pass && { pass }
	};
}
/** What the look counts against and for this version; undefined when it cannot be counted yet. */
function armsOf(test, measured, bounds, who) {
	if (measured.kind === "counts") {
		const arm = {
			total: measured.total,
			bad: measured.bad
		};
		return {
			fail: arm,
			pass: arm
		};
	}
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
/** Absolute: one look whose mean was too high or not. Relative: the sum, since the means are compared when paired. */
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
/**
* Chooses where to compare slow requests: at stable's quantile as first seen, against the bounds around `factor` times
* it. If the candidate is at most `factor` times slower then P(candidate > factor t) <= P(stable > t) at every t.
*/
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
/** One look in which the candidate's mean was more than `factor` times stable's, or not. */
function slowerMean(test, { candidate, stable = NOBODY }) {
	if (candidate.total === 0 || stable.total === 0) return { candidate: NOBODY };
	return { candidate: {
		total: 1,
		bad: candidate.bad / candidate.total > test.bound * stable.bad / stable.total ? 1 : 0
	} };
}
/** The bet that the run of bad looks is scored with: a doubled risk. */
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

// src/gate/growth-look.ts
const HOUR = 36e5;
/** A line through fewer points says little about its own error. */
const ENOUGH_SAMPLES = 10;
/** Standard errors that the slope must lie beyond the limit, or below it. */
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
/** Adds the newest sample to the line through all of them (Welford, Technometrics 1962): constant memory. */
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
const notValue = ({ metric }) => ({
	kind: "no-data",
	reason: "wrong-kind",
	message: `${metric} gave no value, and only a value grows.`
});
/** Slope of the least-squares line; undefined for too few samples or a level of nothing. */
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
/**
* Whether the slope lies beyond the limit by three standard errors, below it by as much, or neither. Asked once, when
* the hold is over: a slope over minutes says nothing, and asking again and again would find one by chance.
*/
function growthStanding({ bound }, state) {
	const growth = growthOf(state);
	if (growth === void 0) return "open";
	if (growth.perHour - ERRORS * growth.error > bound) return "broken";
	return growth.perHour + ERRORS * growth.error <= bound ? "proven" : "open";
}

// src/gate/wording.ts
const isWeighed = ({ kind }) => kind === "evidence" || kind === "latency";
/** At most `most` decimals, thousands grouped. By hand: `toLocaleString` takes longer than all the statistics of a look. */
function digits(value, most) {
	const rounded = Number(value.toFixed(most));
	if (Math.abs(rounded) < 1e3) return String(rounded);
	const [whole = "", fraction] = String(rounded).split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return fraction === void 0 ? grouped : `${grouped}.${fraction}`;
}
/** A number of requests, thousands grouped. */
const asCount = (count) => digits(count, 0);
/** Three significant digits are enough to see a rate beside its limit. */
const asPercent = (share) => `${Number((share * 100).toPrecision(share >= .1 ? 3 : 2))}%`;
function asTime(milliseconds) {
	if (milliseconds < 1e3) return `${Math.round(milliseconds)} ms`;
	if (milliseconds < 6e4) return `${digits(milliseconds / 1e3, 1)} s`;
	if (milliseconds < 36e5) return `${digits(milliseconds / 6e4, 1)} min`;
	return `${digits(milliseconds / 36e5, 1)} h`;
}
/** An e-value for people: nobody needs the digits of a large one. */
function asEValue(logE) {
	const value = Math.exp(logE);
	if (value > 1e6) return "over 1,000,000";
	return digits(value, value < 10 ? 1 : 0);
}
function asValue(value, dimension) {
	if (dimension === "share") return asPercent(value);
	if (dimension === "time") return asTime(value);
	if (dimension === "size") return `${digits(value / 1e6, 1)} MB`;
	if (dimension === "per-second") return `${digits(value, 1)}/s`;
	return digits(value, 3);
}
/** Forty hexadecimal digits help nobody: a commit is shown by its first seven. */
const shortVersion = (version) => /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version.slice(0, 40);
const share = ({ bad, total }) => asPercent(total > 0 ? bad / total : 0);
/** What was seen: `error-rate 7.8% of 204 requests`, with stable's numbers when it is compared. */
function sayCounts(test, candidate, stable) {
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
/** What the buckets cannot show about the limit; undefined when they show it exactly. */
function sayBlind({ test, state }) {
	if (test.kind !== "evidence" || state.kind !== "evidence" || state.blind === void 0) return void 0;
	const { from, to } = state.blind;
	const limit = `${test.metric}'s limit of ${asTime(test.bound)}`;
	if (from === void 0) return `${limit} lies below the first bucket (${asTime(to ?? 0)}), so it can never be proven.`;
	if (to === void 0) return `${limit} lies beyond the last bucket (${asTime(from)}), so it can never be seen to break.`;
	return `${limit} lies between the buckets ${asTime(from)} and ${asTime(to)}, which cannot tell slow from fast there.`;
}
/** What was seen of a limit that plain comparison decides. */
function sayValue(test, state) {
	const { demand, aggregate, versus } = test.limit;
	const unit = demand.op === "not-worse" || versus ? test.shape.dimension : demand.quantity.dimension;
	const found = state.value === void 0 ? "unseen" : asValue(state.value, unit);
	const rival = test.before ?? (versus && state.stableValue);
	const beside = rival === void 0 ? "" : ` (${versus}: ${asValue(rival, unit)})`;
	const lasting = test.for > 0 && state.badFor > 0 ? ` for ${asTime(state.badFor)}` : "";
	return `${[test.metric, aggregate].filter(Boolean).join(" ")} ${found}${beside}${lasting}`;
}
/** How fast a value grew, with three standard errors on either side. */
function sayGrowth(test, state) {
	const growth = growthOf(state);
	if (growth === void 0) return `${test.metric} has ${state.fit[0]} of the ${10} samples a slope needs`;
	const signed = (share) => `${share < 0 ? "-" : ""}${asPercent(Math.abs(share))}`;
	return `${test.metric} grew by ${signed(growth.perHour)} an hour (give or take ${asPercent(3 * growth.error)})`;
}
/** How the candidate's latency compares: the means of the looks, and how much was compared. */
function sayLatency({ metric, bound }, { seen: [candidate, stable, slower, looks] }) {
	return `${metric} mean above ${bound === 1 ? "stable's" : `${bound} times stable's`} in ${slower} of ${looks} looks (${`${digits(candidate, 0)} requests beside ${digits(stable, 0)} of stable`})`;
}
function saySeen(test, state) {
	if (test.kind === "evidence" && state.kind === "evidence") return sayCounts(test, candidateOf(state.seen), stableOf(state.seen));
	if (test.kind === "latency" && state.kind === "latency") return sayLatency(test, state);
	if (test.kind === "growth" && state.kind === "growth") return sayGrowth(test, state);
	return test.kind === "streak" && state.kind === "streak" ? sayValue(test, state) : "nothing";
}
/** Why the candidate must go, with the counts since it most likely began. */
function sayBroken(standing, { candidate, stable, startedAt }, now) {
	const { test, state, logE } = standing;
	const consequence = stable === void 0 ? "go back to the version before it" : "traffic goes back to stable";
	const who = `candidate ${shortVersion(candidate)}`;
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
		const proof = isWeighed(test) ? ` (e-value ${asEValue(logE.pass)})` : "";
		return `${saySeen(test, state)} keeps \`${test.text}\`${proof}`;
	}).join("; ")}: candidate ${shortVersion(candidate)} may go on.`;
}
/** What broke without ending anything; empty for nothing. */
const sayWarnings = (broken) => broken.map(({ test, state }) => ` Warning: ${saySeen(test, state)} breaks \`${test.text}\`.`).join("");
/** What broke a limit that a person is asked about. */
function sayPaged({ test, state, logE }, { candidate }) {
	const weight = isWeighed(test) ? `e-value ${asEValue(logE.fail)}, ` : "";
	return `${saySeen(test, state)} breaks \`${test.text}\` (${weight}candidate ${shortVersion(candidate)}), which a person has to judge: say whether the release goes on or goes back. Without an answer it goes back.`;
}
const sayBefore = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`. More than the version may have changed since then, so nothing is sent back; find out what did, and roll back by hand if it was the version.`;
function saySplit({ test, state }, { split = 0 }) {
	const [candidate, stable] = state.kind === "evidence" ? [candidateOf(state.seen).total, stableOf(state.seen).total] : [0, 0];
	const [seen, all] = [asPercent(candidate / (candidate + stable)), digits(candidate + stable, 0)];
	return `The candidate has ${seen} of ${all} events of ${test.metric} where ${asPercent(split)} was planned, so numbers are missing or belong to the other version. Look at how traffic is divided and how versions are labelled.`;
}
const sayMissing = ({ message }) => `${message} Nothing is proven by this look; looking again.`;
const sayShared = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`, and so does stable: sending traffic back would mend nothing. Look at what both versions depend on.`;
/** What is still needed, and how long that takes if things stay as they are. */
function sayOpen({ test, state, logE }, { beta }, eta) {
	const seen = saySeen(test, state);
	if (!isWeighed(test)) return `${seen}: \`${test.text}\` is not proven yet${sayEta(eta)}.`;
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
/** Evidence that is no user's is never taken for one. */
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
	return `No verdict on candidate ${shortVersion(candidate)} after ${asTime(elapsed)}${last}${why}; ${AT_THE_END[onShort]}.`;
}

// src/gate/config.ts
/** How many bad batches of one limit at least decide: no single look can. */
const DECIDING_BATCHES = 2;
/** One more where requests are known to come in clumps: a clump looks like a bad batch. */
const DECIDING_CLUMPED = 3;
const MOST_LOOKS = 1e5;
function settle(config) {
	const { stable, split, routing, synthetic, hold: least, every } = config;
	return {
		limits: config.limits,
		pageLimits: config.pageLimits ?? [],
		warnLimits: config.warnLimits ?? [],
		before: config.before ?? {},
		metrics: config.metrics,
		candidate: config.candidate,
		...stable !== void 0 && { stable },
		...split !== void 0 && { split },
		...routing !== void 0 && { routing },
		...synthetic !== void 0 && { synthetic },
		startedAt: config.startedAt,
		hold: least,
		every,
		maxHold: config.maxHold ?? 2 * least,
		alpha: config.alpha ?? .01,
		beta: config.beta ?? .05,
		margin: config.margin ?? .005,
		dispersion: config.dispersion ?? 1,
		onShort: config.onShort ?? "hold",
		staleAfter: config.staleAfter ?? Math.max(3 * every, 1e4)
	};
}
/** Every family of limits, those that fail and those that page, has the whole error bound for itself. */
const termsOf = (config, family) => ({
	alpha: config.alpha,
	beta: config.beta,
	limits: Math.max(1, family.length),
	looks: Math.min(MOST_LOOKS, Math.max(1, Math.ceil(config.hold / config.every))),
	batches: config.dispersion === 1 ? DECIDING_BATCHES : DECIDING_CLUMPED,
	margin: config.margin,
	hasStable: config.stable !== void 0,
	maxHold: config.maxHold,
	before: config.before
});
/** All kinds of limits, in the order of a gate's state. */
const compileAll = (config) => [
	["fail", config.limits],
	["page", config.pageLimits],
	["warn", config.warnLimits]
].flatMap(([level, family]) => family.map((limit) => compileLimit(limit, level, config.metrics, termsOf(config, family))));
/** Why this gate could never decide; empty when it can. Asked when a runbook is checked, long before it runs. */
function gateProblems(config) {
	const settled = settle(config);
	const problems = compileAll(settled).flatMap((made) => "problem" in made ? [made.problem] : []);
	return [...numberProblems(settled), ...problems];
}
/** What a person should know about this gate before it begins, though it can decide. */
function gateWarnings(config) {
	if (config.routing !== "sticky") return [];
	return Object.entries(config.metrics).filter(([, { kind, count }]) => kind !== "value" && count !== "users").map(([name]) => `\`${name}\` counts requests while each user stays on one version, so one unlucky user can look like a defect; count users (\`count: users\`), or expect false alarms.`);
}
function numberProblems(config) {
	const { every, hold: least, maxHold, alpha, beta, dispersion, limits, pageLimits, split } = config;
	const factor = typeof dispersion === "number" ? dispersion : dispersion.prior;
	const within = (value, low, high) => value > low && value < high;
	return [
		[limits.length + pageLimits.length > 0, "A gate without limits proves nothing; give it at least one limit."],
		[within(every, 0, Infinity), "The time between looks must be above zero."],
		[least >= 0 && maxHold >= least, "The longest hold must not be shorter than the hold."],
		[within(alpha, 0, 1) && within(beta, 0, 1), "Error bounds lie between 0 and 1."],
		[factor >= 1, "Dispersion is at least 1."],
		[split === void 0 || within(split, 0, 1), "The planned share of the candidate lies between 0 and 1."]
	].flatMap(([holds, message]) => holds ? [] : [message]);
}
/** Tests are derived from the config alone; kept per config object so that a look need not derive them again. */
const compiledOf = /* @__PURE__ */ new WeakMap();
function compiled(config) {
	const known = compiledOf.get(config);
	if (known) return known;
	const tests = compileAll(config).map((made) => {
		if ("problem" in made) throw new InputError(made.problem);
		return made.test;
	});
	compiledOf.set(config, tests);
	return tests;
}

export { lookForGrowth as C, newEvidenceState as D, lookForEvidence as E, stableOf as O, growthStanding as S, candidateOf as T, sayShared as _, asCount as a, sayWarnings as b, sayBefore as c, sayInconclusive as d, sayMissing as f, saySeen as g, sayProven as h, settle as i, sumsOf as k, sayBlind as l, sayPaged as m, gateProblems as n, asPercent as o, sayOpen as p, gateWarnings as r, asTime as s, compiled as t, sayBroken as u, saySplit as v, newGrowthState as w, sayWhose as x, sayWaiting as y };