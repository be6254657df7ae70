import { _ as strictObject, b as union, c as array, d as discriminatedUnion, f as literal, g as record, h as object, l as boolean, m as number$2, o as _enum, p as looseObject, t as datetime, u as custom, v as string, x as unknown, y as tuple } from "./zod.js";
import { n as ProviderError, t as InputError } from "./failure.js";
import { $ as NO_EVIDENCE, B as saySeen, C as quantileOf, F as sayBroken, G as growthStanding, H as saySplit, I as sayInconclusive, J as candidateOf, K as lookForGrowth, L as sayMissing, N as sayBefore, P as sayBlind, Q as sumsOf, R as sayOpen, S as settle, U as sayWaiting, V as sayShared, W as sayWarnings, X as newEvidenceState, Y as lookForEvidence, Z as stableOf, at as xLogY, b as compiled, ct as slowRequests, et as areWhole, ft as shapeOfMetric, gt as parseSelector, ht as lineProblem, it as logSumExp, mt as scaled, nt as logEValue, ot as beyond, pt as scaleOf, q as newGrowthState, rt as logGamma, st as quantileBound, tt as gather, v as quote, x as gateProblems, y as plainText, z as sayProven } from "./main.js";
import { t as minimalEnv } from "./minimal-env.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError } from "./connection.js";
import { connect } from "node:net";
import { connect as connect$1 } from "node:tls";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

// src/evidence/family.ts
/**
* ln of the weighted average of e-values, weights summing to 1: itself an e-value under any dependence, and never
* weaker than Bonferroni's correction (Vovk & Wang, "E-values: calibration, combination and applications", 2021).
*/
const familyLogE = (members) => logSumExp(members.map(({ logE, weight }) => logE + Math.log(weight)));

// src/evidence/planner.ts
function oneArmDrift(limit, bet, share) {
	const bad = Math.log(bet / limit);
	const good = Math.log1p(-bet) - Math.log1p(-limit);
	return {
		growth: share * bad + (1 - share) * good,
		variance: share * (1 - share) * (bad - good) ** 2
	};
}
function twoArmDrift(ratio, margin, bet, expected) {
	const { candidate, stable = 0, stablePerCandidate: s = 1 } = expected;
	const scale = (ratio + s) / (bet * ratio + s);
	const a = bet * scale;
	return {
		growth: xLogY(candidate, a) + s * xLogY(stable, scale) - margin * (a - 1),
		variance: candidate * Math.log(a) ** 2 + s * stable * Math.log(scale) ** 2
	};
}
const drift = ({ question }, bet, expected) => "limit" in question ? oneArmDrift(question.limit, bet, expected.candidate) : twoArmDrift(question.ratio, question.margin, bet, expected);
/**
* Further requests of the candidate until `sums` reach 1/level if shares stay as expected; Infinity when no bet
* grows. Each bet alone decides once its sum reaches `ln(K / level)`.
*/
function requestsLeft(plan, sums, expected, options) {
	const height = Math.log(plan.bets.length / options.level);
	let least = Number.POSITIVE_INFINITY;
	plan.bets.forEach((bet, k) => {
		const growth = drift(plan, bet, expected).growth / (options.dispersion ?? 1);
		if (growth > 0) least = Math.min(least, Math.max(0, height - (sums[k] ?? 0)) / growth);
	});
	return Math.ceil(least);
}

// src/evidence/sample-ratio.ts
/**
* ln Bayes factor that counts per arm do not follow the planned shares, valid at every look; 1/0.001 is a usual alarm.
* `lnG(A) - lnG(A+N) + sum(lnG(a_i+S_i) - lnG(a_i) - S_i ln share_i)` with `a_i = k share_i`: Lindon & Malek,
* "Anytime-valid inference for multinomial count data" (arXiv 2011.03567). A wrong split voids comparisons.
*/
function sampleRatioLogE(counts, shares, concentration = 100) {
	const total = counts.reduce((sum, count) => sum + count, 0);
	return counts.reduce((sum, count, i) => {
		const share = shares[i] ?? 0;
		return sum + logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
	}, logGamma(concentration) - logGamma(concentration + total));
}

// src/gate/latency-look.ts
/** Requests of stable that must be seen before bounds are chosen from them. */
const ENOUGH_FOR_BOUNDS = 20;
/** Where the candidate's bound would lie beyond the last bucket. */
const BEYOND = -1;
const noData$3 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const newLatencyState = (test) => ({
	kind: "latency",
	plan: test.mark,
	seen: [
		0,
		0,
		0,
		0
	],
	bounds: [],
	fail: test.thresholds.map(() => NO_EVIDENCE),
	pass: test.thresholds.map(() => NO_EVIDENCE),
	sign: NO_EVIDENCE
});
/** Both versions' latency over the same time; anything else is not compared. */
function pairOf({ candidate, stable }, slack) {
	if (candidate.kind === "no-data") return candidate;
	if (stable?.kind === "no-data") return stable;
	if (candidate.kind !== "histogram" || stable?.kind !== "histogram") return noData$3("wrong-kind", "Latency is compared between two histograms.");
	return Math.max(Math.abs(candidate.window.from - stable.window.from), Math.abs(candidate.window.to - stable.window.to)) > slack ? noData$3("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
}
/** Adds one look: requests beyond each threshold, and whether the candidate's mean was the slower one. */
function lookForLatency(test, old, pair, pace) {
	const pairing = pairOf(pair, pace.every / 2);
	if ("kind" in pairing) return {
		state: add(test, old, void 0, pace.look),
		missing: pairing
	};
	const [candidate, stable] = pairing;
	if (old.bounds.length === 0) return {
		state: {
			...add(test, old, void 0, pace.look),
			bounds: chooseBounds(test, stable)
		},
		missing: noData$3("first-look", `${test.metric} chose its bounds at this look and counts from the next.`)
	};
	const state = add(test, old, pairing, pace.look);
	if ((candidate.buckets.at(-1)?.count ?? 0) > 0) return { state };
	return {
		state,
		missing: noData$3("no-traffic", `${test.metric} saw no request of the candidate.`)
	};
}
/** At stable's quantiles as first seen; none until enough was seen. */
function chooseBounds(test, { buckets }) {
	if ((buckets.at(-1)?.count ?? 0) < ENOUGH_FOR_BOUNDS) return [];
	const bounds = test.thresholds.map(({ quantile }) => {
		const at = quantileBound(buckets, quantile) ?? buckets.findLast(({ le }) => Number.isFinite(le))?.le;
		const { blind } = slowRequests(buckets, (at ?? 0) * test.bound);
		return [
			at ?? 0,
			blind.to ?? BEYOND,
			blind.from ?? at ?? 0
		];
	});
	return bounds.some(([at]) => at === 0) ? [] : bounds;
}
/** The state after a look; without a pair the look only passes. */
function add(test, old, pair, look) {
	const arms = (threshold, which) => {
		const bounds = old.bounds[threshold];
		if (!pair || !bounds) return void 0;
		const [candidate, stable] = [beyond(pair[0].buckets, bounds[which]), beyond(pair[1].buckets, bounds[0])];
		return candidate && stable && {
			candidate,
			stable
		};
	};
	const slower = pair && isSlower(test, pair);
	const sign = slower === void 0 ? void 0 : { candidate: {
		total: 1,
		bad: slower ? 1 : 0
	} };
	return {
		kind: "latency",
		plan: old.plan,
		seen: pair ? nextSeen(old.seen, pair, slower) : old.seen,
		bounds: old.bounds,
		fail: test.thresholds.map(({ fail }, i) => gather(fail, old.fail[i] ?? NO_EVIDENCE, look, arms(i, 1))),
		pass: test.thresholds.map(({ pass }, i) => gather(pass, old.pass[i] ?? NO_EVIDENCE, look, arms(i, 2))),
		sign: gather(test.sign, old.sign, look, sign)
	};
}
/** Whether the candidate's mean was more than `bound` times stable's; undefined where somebody served nothing. */
function isSlower({ bound }, [candidate, stable]) {
	const [n, m] = [candidate.buckets.at(-1)?.count ?? 0, stable.buckets.at(-1)?.count ?? 0];
	return n > 0 && m > 0 ? candidate.sum / n > bound * stable.sum / m : void 0;
}
const nextSeen = ([candidate, stable, slower, looks], pair, isMore) => [
	candidate + (pair[0].buckets.at(-1)?.count ?? 0),
	stable + (pair[1].buckets.at(-1)?.count ?? 0),
	slower + (isMore === true ? 1 : 0),
	looks + (isMore === void 0 ? 0 : 1)
];
/**
* FAIL averages the three thresholds with the sign of the means, half and half: one is better for many requests, the
* other where the requests of a look depend on each other. PASS needs every threshold.
*/
function weighLatency(test, state, looks) {
	const thresholds = test.thresholds.map(({ fail }, i) => ({
		logE: logEValue(fail, state.fail[i] ?? NO_EVIDENCE, looks),
		weight: .5 / test.thresholds.length
	}));
	const sign = {
		logE: logEValue(test.sign, state.sign, looks),
		weight: .5
	};
	const passes = test.thresholds.map(({ pass }, i) => logEValue(pass, state.pass[i] ?? NO_EVIDENCE, looks));
	return {
		fail: familyLogE([...thresholds, sign]),
		pass: Math.min(...passes)
	};
}
const isWholeLatencyState = (test, state, looks) => areWhole(test.sign, state.sign, looks) && state.fail.length === test.thresholds.length && state.pass.length === test.thresholds.length && test.thresholds.every(({ fail, pass }, i) => areWhole(fail, state.fail[i] ?? NO_EVIDENCE, looks) && areWhole(pass, state.pass[i] ?? NO_EVIDENCE, looks));

// src/gate/judgement.ts
const WEIGHTLESS = {
	fail: 0,
	pass: 0,
	stableBreaks: 0,
	candidateWorse: 0
};
/** The e-values of one limit's state after so many looks. */
function weigh(test, state, looks) {
	if (test.kind === "latency" && state.kind === "latency") return {
		...WEIGHTLESS,
		...weighLatency(test, state, looks)
	};
	if (test.kind !== "evidence" || state.kind !== "evidence") return WEIGHTLESS;
	const { fail, pass, world, handicap } = test;
	const [breaks, worse] = state.world;
	return {
		fail: logEValue(fail, state.fail, looks) - handicap,
		pass: logEValue(pass, state.pass, looks) - handicap,
		stableBreaks: world ? logEValue(world.stableBreaks, sumsOf(breaks), looks) : 0,
		candidateWorse: world ? logEValue(world.candidateWorse, sumsOf(worse), looks) : 0
	};
}
/** Protective first; `pass` only when every limit is proven by what this very look saw, and the hold is over. */
function judge(look) {
	const { config, now } = look;
	const standings = look.standings.filter(({ test }) => test.level !== "warn");
	const family = familyOf(standings, config);
	const elapsed = now - config.startedAt;
	const conclude = (verdict, reason, say) => ({
		verdict,
		reason,
		explain: () => ({
			verdict,
			reason,
			message: say() + warningsOf(look),
			evidence: describe(look, family)
		})
	});
	const broken = standings.find((standing) => isBrokenAtOnce(standing, look)) ?? blamed(family, config);
	if (broken) return conclude("fail", isOut(broken) ? "outage" : "limit-broken", () => sayBroken(broken, config, now));
	const shared = standings.find((standing) => isShared(standing, config));
	const uneven = standings.find((standing) => isUneven(standing, config));
	const [first] = standings.filter((standing) => !isProven(standing, look));
	if (first === void 0 && !shared && !uneven && elapsed >= config.hold) return conclude("pass", "limits-hold", () => sayProven(standings, config));
	if (elapsed >= config.maxHold) {
		const last = () => sayInconclusive(shared ?? first, config, elapsed);
		return config.onShort === "fail" ? conclude("fail", "short-evidence", last) : conclude("hold", "inconclusive", last);
	}
	if (shared) return conclude("hold", "environment", () => sayShared(shared));
	if (uneven) return conclude("hold", "uneven-split", () => saySplit(uneven, config));
	const missing = standings.find((standing) => standing.missing !== void 0)?.missing;
	if (missing) return conclude("hold", "no-data", () => sayMissing(missing));
	const worse = standings.find((standing) => isWorseThanBefore(standing, look));
	if (worse) return conclude("hold", "worse-than-before", () => sayBefore(worse));
	if (first) return conclude("hold", "not-enough-data", () => sayOpen(first, config, etaOf(first, look)));
	return conclude("hold", "minimum-hold", () => sayWaiting(config, elapsed));
}
/** Whether evidence decides the limit, rather than plain comparison. */
const isWeighed = ({ test }) => test.kind === "evidence" || test.kind === "latency";
const isOut = ({ state }) => state.kind === "evidence" && state.outages >= 2;
function isStreakBroken({ test, state, missing }) {
	if (test.kind !== "streak" || state.kind !== "streak" || missing) return false;
	return test.for === 0 ? state.breaks : state.badFor >= test.for;
}
function growthOver({ test, state }, { config, now }) {
	if (test.kind !== "growth" || state.kind !== "growth" || now - config.startedAt < config.hold) return "open";
	return growthStanding(test, state);
}
/** Broken without weighing it against other limits; comparisons with before only hold. */
const isBrokenAtOnce = (standing, look) => standing.test.level === "fail" && (isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken");
/** Broken by itself, whatever breaking it does. */
const isBroken = (standing, look) => isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken" || isBrokenAlone(standing, look.config);
const isWorseThanBefore = (standing, look) => standing.test.level === "hold" && isBroken(standing, look);
const warningsOf = (look) => sayWarnings(look.standings.filter((standing) => standing.test.level === "warn" && isBroken(standing, look)));
/** Both versions break the limit and the candidate is not shown to be the worse one: sending traffic back mends nothing. */
function isShared(standing, config) {
	if (standing.state.kind === "streak") return standing.state.shared;
	return worldBreaks(standing, config) && standing.logE.fail >= Math.log(1 / config.beta);
}
const worldBreaks = ({ test, logE }, { alpha, beta }) => test.kind === "evidence" && test.world !== void 0 && logE.stableBreaks >= Math.log(1 / beta) && logE.candidateWorse < Math.log(1 / alpha);
/** Odds of 1,000 to 1 against the planned split, and off by more than a fifth: less changes no comparison. */
const SPLIT_LOG_ODDS = Math.log(1e3);
const SPLIT_SLACK = .2;
/**
* Whether the events are divided otherwise than planned. Comparisons allow for the split that is seen, so that a small
* difference does no harm; a large one means that numbers are missing or belong to the wrong version.
*/
function isUneven({ test, state }, { split }) {
	if (split === void 0 || test.kind !== "evidence" || state.kind !== "evidence" || test.unit === "look") return false;
	const [candidate, , stable] = state.seen;
	const seen = candidate / (candidate + stable);
	if (!(stable > 0) || Math.abs(seen / split - 1) <= SPLIT_SLACK) return false;
	return sampleRatioLogE([candidate, stable], [split, 1 - split]) >= SPLIT_LOG_ODDS;
}
function isProven(standing, look) {
	const { test, state, missing, logE } = standing;
	if (missing) return false;
	if (isWeighed(standing)) return logE.pass >= Math.log(1 / look.config.beta);
	if (test.kind === "growth") return growthOver(standing, look) === "proven";
	if (state.kind !== "streak") return false;
	return !state.breaks && !state.shared && state.badFor === 0 && state.covered >= look.config.hold;
}
/** Evidence against any limit, each with the same weight; what also breaks stable counts as none. */
function familyOf(standings, config) {
	const deciding = standings.filter((standing) => isWeighed(standing) && standing.test.level === "fail");
	const weight = 1 / deciding.length;
	const members = deciding.map((standing) => ({
		standing,
		logE: worldBreaks(standing, config) ? Number.NEGATIVE_INFINITY : standing.logE.fail,
		weight
	}));
	return {
		logE: familyLogE(members),
		members
	};
}
/** The limit with the most evidence against it, once all together suffice. */
function blamed(family, { alpha }) {
	if (!(family.logE >= Math.log(1 / alpha))) return void 0;
	return family.members.reduce((worst, member) => member.logE > worst.logE ? member : worst).standing;
}
function describe(look, family) {
	const { config, looks, standings, now } = look;
	return {
		candidate: config.candidate,
		...config.stable !== void 0 && { stable: config.stable },
		window: {
			from: config.startedAt,
			to: now
		},
		looks,
		...Number.isFinite(family.logE) && { familyLogE: family.logE },
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
		standing: standingOf(standing, look),
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
				fail: Math.log(1 / look.config.alpha),
				pass: Math.log(1 / look.config.beta)
			}
		},
		...eta !== void 0 && Number.isFinite(eta) && { eta }
	};
}
function standingOf(standing, look) {
	if (isBroken(standing, look)) return "broken";
	if (isShared(standing, look.config)) return "environment";
	if (standing.missing) return "no-data";
	return isProven(standing, look) ? "proven" : "open";
}
const isBrokenAlone = (standing, config) => isWeighed(standing) && !worldBreaks(standing, config) && standing.logE.fail >= Math.log(1 / config.alpha);
/** Milliseconds until the limit is proven if rates and traffic stay as seen: Infinity for never, undefined if unknown. */
function etaOf(standing, look) {
	const { test, state } = standing;
	const { config, now } = look;
	if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
	if (state.kind === "growth") return Math.max(0, config.startedAt + config.hold - now);
	if (state.kind === "latency") return void 0;
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

// src/gate/state.ts
const number$1 = number$2();
const count = number$2().nonnegative();
const arm = object({
	total: count,
	bad: count
});
/** What was counted, without keys since it is kept per limit: candidate's total and bad, stable's total and bad. */
const seen = tuple([
	count,
	count,
	count,
	count
]).readonly();
const sums = array(number$1).readonly();
/** Counts of one version that wait for the other version's, over the same time. */
const span = object({
	from: number$1,
	to: number$1,
	fail: arm.exactOptional(),
	pass: arm.exactOptional()
});
const evidenceState = object({
	kind: literal("evidence"),
	/** `planMark` of the plans the sums were gathered under. */
	plan: string(),
	/** All that was counted since the gate began. */
	seen,
	/** ln of the e-value per bet that the limit is broken, and that it holds. */
	fail: sums,
	pass: sums,
	/** That stable breaks the same limit, and that the candidate is worse than stable; empty where nobody asks. */
	world: sums,
	waiting: object({
		candidate: span.exactOptional(),
		stable: span.exactOptional()
	}).exactOptional(),
	/** Bounds between which slow requests of the two versions are compared, chosen before they are used. */
	bounds: object({
		at: number$1,
		fail: number$1.exactOptional(),
		pass: number$1
	}).exactOptional(),
	/** The bucket bounds around an absolute limit, between which slow cannot be told from fast. */
	blind: object({
		from: number$1.exactOptional(),
		to: number$1.exactOptional()
	}).exactOptional(),
	/** Pearson's statistic and its batches, where the dispersion is estimated from the run itself. */
	spread: tuple([count, count]).readonly().exactOptional(),
	/** Outages in a row. */
	outages: count,
	/**
	* Since the defect most likely began, milliseconds after the gate's start, with what was counted since: Page's CUSUM
	* (Biometrika 1954), for the message only.
	*/
	run: object({
		since: number$1,
		score: number$1,
		seen
	})
});
const streakState = object({
	kind: literal("streak"),
	/** The newest value, and stable's. */
	value: number$1.exactOptional(),
	stableValue: number$1.exactOptional(),
	breaks: boolean(),
	/** Whether stable broke the same limit at the newest look. */
	shared: boolean(),
	/** Milliseconds of bad time in a row, and of time seen at all. */
	badFor: count,
	covered: count,
	sampledAt: number$1.exactOptional()
});
const latencyState = object({
	kind: literal("latency"),
	plan: string(),
	/** Requests of candidate and stable that were compared, and in how many of so many looks the candidate was slower. */
	seen: tuple([
		count,
		count,
		count,
		count
	]).readonly(),
	/** Per threshold: stable's bound, and the candidate's bounds for FAIL (-1 beyond the last) and for PASS. */
	bounds: array(tuple([
		number$1,
		number$1,
		number$1
	]).readonly()).readonly(),
	/** ln of the e-values per bet: of each threshold, and of the sign of the means. */
	fail: array(sums).readonly(),
	pass: array(sums).readonly(),
	sign: sums
});
const growthState = object({
	kind: literal("growth"),
	/** Samples; means of time (hours since the start) and value; sums of squares and products around them. */
	fit: tuple([
		count,
		number$1,
		number$1,
		count,
		number$1,
		count
	]).readonly(),
	covered: count,
	sampledAt: number$1.exactOptional()
});
const savedGate = object({
	version: literal(1),
	config: unknown(),
	looks: count,
	lastLook: number$1.exactOptional(),
	limits: array(discriminatedUnion("kind", [
		evidenceState,
		latencyState,
		streakState,
		growthState
	])),
	/** Per metric, until when each version's numbers are counted. */
	counted: record(string(), object({
		candidate: number$1.exactOptional(),
		stable: number$1.exactOptional()
	}))
});

// src/gate/streak-look.ts
const newStreakState = () => ({
	kind: "streak",
	breaks: false,
	shared: false,
	badFor: 0,
	covered: 0
});
const noData$2 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
/** Compares the newest sample with the limit and counts the bad time in a row. */
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
/** Counts cover their window; a single value speaks for the time since the one before, at most two looks of it. */
function timeSeen(measured, sampledAt, every) {
	if (measured.kind !== "value") return measured.window.to - measured.window.from;
	return sampledAt === void 0 ? every : Math.min(measured.observedAt - sampledAt, 2 * every);
}
function compare(test, candidate, stable) {
	const own = readingOf(test, candidate);
	if (own === void 0) return noData$2("no-traffic", `${test.metric} saw no request of the candidate.`);
	const beside = stable === void 0 || stable.kind === "no-data" ? void 0 : readingOf(test, stable);
	if (test.before !== void 0) return {
		value: own.shown,
		breaks: breaksBeside(test, own.shown, test.before)
	};
	if (test.limit.versus === void 0) return compareAbsolute(test, own, beside);
	if (beside !== void 0) return {
		value: own.shown,
		breaks: breaksBeside(test, own.shown, beside.shown),
		stableValue: beside.shown
	};
	return stable?.kind === "no-data" ? stable : noData$2("no-traffic", `${test.metric} saw no request of stable.`);
}
function compareAbsolute(test, own, beside) {
	const breaks = breaksLimit(test, own);
	if (breaks === void 0) return noData$2("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
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
/** The bucket the quantile lies in. */
function quantileRange(buckets, quantile, total) {
	const index = buckets.findIndex(({ count }) => count >= quantile * total);
	const [least, most] = [buckets[index - 1]?.le ?? 0, buckets[index]?.le ?? Number.POSITIVE_INFINITY];
	return {
		least,
		most,
		shown: Number.isFinite(most) ? most : least
	};
}
const COMPARE = {
	"<": (value, bound) => value < bound,
	"<=": (value, bound) => value <= bound,
	">": (value, bound) => value > bound,
	">=": (value, bound) => value >= bound,
	"=": (value, bound) => value === bound
};
/** Undefined when the reading's range lies on both sides of the limit. */
function breaksLimit({ limit: { demand } }, { least, most }) {
	if (demand.op === "not-worse") return void 0;
	const holds = COMPARE[demand.op];
	const bound = demand.quantity.value;
	if (least === most) return !holds(most, bound);
	if (least >= bound) return true;
	return most <= bound ? false : void 0;
}
function breaksBeside({ limit: { demand, metric } }, own, beside) {
	if (demand.op === "not-worse") return metric === "throughput" ? own < beside : own > beside;
	const { dimension, value } = demand.quantity;
	return !COMPARE[demand.op](own, dimension === "points" ? beside + value : beside * value);
}

// src/gate/usable.ts
/** Clocks of two machines may differ so much, milliseconds. */
const CLOCK_SKEW$1 = 5e3;
/** Until when a counted measurement reaches: a later one must begin there or after. */
const countedUpTo = ({ kind, window, observedAt }) => kind === "value" ? observedAt : window.to;
const noData$1 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const isCount = (value) => Number.isFinite(value) && value >= 0;
/** The measurement if every number in it can be believed, else why not. Anything odd is no data: never zero. */
function usable(measurement, expected) {
	const { metric, shape, version } = expected;
	if (measurement === void 0) return noData$1("not-measured", `${metric} was not measured for ${version}.`);
	if (measurement.kind === "no-data") return measurement;
	if (measurement.kind !== shape.kind) return noData$1("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
	if (measurement.version !== version) return noData$1("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`);
	return wrongTime(measurement, expected) ?? wrongNumbers(measurement, metric) ?? measurement;
}
function wrongTime({ kind, window, observedAt }, expected) {
	const { metric, now, startedAt, staleAfter, countedUntil } = expected;
	const { from, to } = window;
	if (![
		from,
		to,
		observedAt
	].every(Number.isFinite) || from > to) return noData$1("odd-window", `${metric} covers no sensible window.`);
	if (observedAt > now + CLOCK_SKEW$1 || to > now + CLOCK_SKEW$1) return noData$1("future", `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1e3)} s in the future.`);
	if (observedAt < now - staleAfter || to < now - staleAfter) return noData$1("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1e3)} s old.`);
	const begin = kind === "value" ? observedAt : from;
	if (begin < startedAt) return noData$1("before-start", `${metric} covers time from before this gate began.`);
	if (countedUntil === void 0 || begin > countedUntil || kind !== "value" && begin === countedUntil) return void 0;
	return noData$1("counted-already", `${metric} covers time that was counted already.`);
}
function wrongNumbers(measurement, metric) {
	switch (measurement.kind) {
		case "counts": {
			const { bad, total } = measurement;
			if (isCount(bad) && isCount(total) && bad <= total) return void 0;
			return noData$1("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
		}
		case "histogram": return wrongBuckets(measurement.buckets, measurement.sum) ? noData$1("odd-histogram", `${metric} has buckets that cannot be.`) : void 0;
		case "value":
			if (isCount(measurement.value)) return void 0;
			return noData$1("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
	}
}
function wrongBuckets(buckets, sum) {
	let [bound, count] = [Number.NEGATIVE_INFINITY, 0];
	for (const bucket of buckets) {
		if (!(bucket.le > bound) || !isCount(bucket.count) || bucket.count < count) return true;
		bound = bucket.le;
		count = bucket.count;
	}
	return bound !== Number.POSITIVE_INFINITY || !isCount(sum);
}

// src/gate.ts
/** A gate that has seen nothing yet. Throws `InputError` for one that could never decide. */
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
	return test.kind === "growth" ? newGrowthState() : newStreakState();
}
/**
* Goes on from saved JSON. Throws `InputError` when any parameter differs from those the gate began with, since the
* error bounds hold only for parameters fixed before the data, or when the state is not whole.
*/
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
/** The first key in which a saved config differs. */
function differing(config, saved) {
	const [now, then] = [config, saved].map((side) => new Map(Object.entries(side ?? {})));
	return [.../* @__PURE__ */ new Set([...now?.keys() ?? [], ...then?.keys() ?? []])].find((key) => JSON.stringify(now?.get(key)) !== JSON.stringify(then?.get(key)));
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
/** When to look next: at once at first, since running totals need a beginning. */
const nextLook = ({ lastLook, config }) => lastLook === void 0 ? config.startedAt : lastLook + config.every;
const wantedOf = /* @__PURE__ */ new WeakMap();
/** Which metrics a look needs, and of whom. Stable is measured beside, to tell a broken candidate from a broken world. */
function toMeasure({ config }) {
	const known = wantedOf.get(config);
	if (known) return known;
	const wanted = [...new Set(compiled(config).map(({ metric }) => metric))].flatMap((metric) => [{
		metric,
		version: config.candidate,
		of: "candidate"
	}, ...config.stable === void 0 ? [] : [{
		metric,
		version: config.stable,
		of: "stable"
	}]]);
	wantedOf.set(config, wanted);
	return wanted;
}
/**
* Judges one look. Protective first: outage, then evidence of a broken limit; then a world broken for both versions;
* then pass, when the hold is over and every limit is proven at this very look; else hold with what is still needed.
*/
function assess(state, batch, now) {
	const { config } = state;
	const looks = state.looks + 1;
	const { startedAt, every, dispersion } = config;
	const measured = believe(state, batch, now);
	const pace = {
		look: looks,
		now,
		startedAt,
		every,
		dispersion
	};
	const standings = compiled(config).map((test, i) => {
		const pair = measured.pairs.get(test.metric);
		const old = state.limits[i];
		if (!pair || !old) throw new Error(`The gate has no state for ${test.text}.`);
		const { state: limit, missing } = look(test, old, pair, pace);
		return {
			test,
			state: limit,
			missing,
			logE: weigh(test, limit, looks)
		};
	});
	return {
		state: {
			version: 1,
			config,
			looks,
			lastLook: now,
			limits: standings.map((standing) => standing.state),
			counted: measured.counted
		},
		decision: judge({
			config,
			looks,
			standings,
			now
		})
	};
}
function look(test, old, pair, pace) {
	if (test.kind === "evidence" && old.kind === "evidence") return lookForEvidence(test, old, pair, pace);
	if (test.kind === "streak" && old.kind === "streak") return lookForStreak(test, old, pair, pace);
	if (test.kind === "latency" && old.kind === "latency") return lookForLatency(test, old, pair, pace);
	if (test.kind === "growth" && old.kind === "growth") return lookForGrowth(test, old, pair, pace);
	throw new Error(`The gate's state for ${test.text} is of another kind.`);
}
/** Each metric's measurements, or why they cannot be believed, and how far they count. */
function believe(state, batch, now) {
	const { config } = state;
	const pairs = /* @__PURE__ */ new Map();
	const counted = { ...state.counted };
	for (const { metric, version, of } of toMeasure(state)) {
		const shape = config.metrics[metric];
		if (shape === void 0) continue;
		const measured = usable(batch[metric]?.[of], {
			metric,
			shape,
			version,
			startedAt: config.startedAt,
			now,
			staleAfter: config.staleAfter,
			countedUntil: state.counted[metric]?.[of]
		});
		const pair = pairs.get(metric);
		if (of === "candidate") pairs.set(metric, {
			candidate: measured,
			stable: void 0
		});
		else if (pair) pairs.set(metric, {
			candidate: pair.candidate,
			stable: measured
		});
		if (measured.kind !== "no-data") counted[metric] = {
			...counted[metric],
			[of]: countedUpTo(measured)
		};
	}
	return {
		pairs,
		counted
	};
}

// src/gate/replay.ts
/** A number that JSON would turn into null is kept as its name, because it decided something too. */
const number = union([number$2(), _enum([
	"NaN",
	"Infinity",
	"-Infinity"
]).transform(Number)]);
function plain(value) {
	if (Number.isFinite(value)) return value;
	if (Number.isNaN(value)) return "NaN";
	return value > 0 ? "Infinity" : "-Infinity";
}
/** Window from and to, and when it was observed. */
const times = [
	number,
	number,
	number
];
/** Only where it is not the version that was asked for. */
const version = string().optional();
const savedMeasurement = union([
	tuple([
		literal("counts"),
		...times,
		number,
		number,
		version
	]),
	tuple([
		literal("histogram"),
		...times,
		number,
		array(tuple([number, number])),
		version
	]),
	tuple([
		literal("value"),
		...times,
		number,
		version
	]),
	tuple([
		literal("no-data"),
		string(),
		string()
	])
]);
const savedLook = object({
	at: number$2(),
	batch: record(string(), object({
		candidate: savedMeasurement.exactOptional(),
		stable: savedMeasurement.exactOptional()
	}))
});
const savedReplay = object({
	version: literal(1),
	gate: looseObject({ config: custom((value) => typeof value === "object" && value !== null && "limits" in value) }),
	looks: array(savedLook)
});
/** The evidence of a record's entry may be 32 KiB; the verdict's own part needs room beside this. */
const longestReplay = 20480;
const newReplay = (gate) => ({
	version: 1,
	gate,
	looks: []
});
/** One look more. What no longer fits is folded into the gate the replay begins with, oldest first. */
function withLook({ gate, looks }, batch, at) {
	let begin = gate;
	let kept = [...looks, saveLook(batch, at, gate)];
	while (kept.length > 1 && sizeOf({
		version: 1,
		gate: begin,
		looks: kept
	}) > 20480) {
		const folded = kept.slice(0, Math.ceil(kept.length / 2));
		for (const look of folded) begin = assess(begin, restoreBatch(savedLook.parse(look), begin), look.at).state;
		kept = kept.slice(folded.length);
	}
	return {
		version: 1,
		gate: begin,
		looks: kept
	};
}
const sizeOf = (replay) => JSON.stringify(replay).length;
/** What the record keeps: the replay, or why there is none. */
const keptReplay = (replay) => sizeOf(replay) <= 20480 ? replay : { omitted: "one look of this gate is larger than the record allows" };
const versionOf = ({ config }, of) => of === "candidate" ? config.candidate : config.stable ?? "";
function saveLook(batch, at, gate) {
	const saved = {};
	for (const [metric, { candidate, stable }] of Object.entries(batch)) saved[metric] = {
		...candidate && { candidate: save(candidate, versionOf(gate, "candidate")) },
		...stable && { stable: save(stable, versionOf(gate, "stable")) }
	};
	return {
		at,
		batch: saved
	};
}
function save(measured, expected) {
	if (measured.kind === "no-data") return [
		"no-data",
		measured.reason,
		measured.message
	];
	const { window, observedAt, version } = measured;
	const when = [
		plain(window.from),
		plain(window.to),
		plain(observedAt)
	];
	const other = version === expected ? [] : [version];
	switch (measured.kind) {
		case "counts": return [
			"counts",
			...when,
			plain(measured.bad),
			plain(measured.total),
			...other
		];
		case "value": return [
			"value",
			...when,
			plain(measured.value),
			...other
		];
		case "histogram": {
			const buckets = measured.buckets.map(({ le, count }) => [plain(le), plain(count)]);
			return [
				"histogram",
				...when,
				plain(measured.sum),
				buckets,
				...other
			];
		}
	}
}
function restoreBatch({ batch }, gate) {
	const restored = {};
	for (const [metric, { candidate, stable }] of Object.entries(batch)) restored[metric] = {
		...candidate && { candidate: restore(candidate, versionOf(gate, "candidate")) },
		...stable && { stable: restore(stable, versionOf(gate, "stable")) }
	};
	return restored;
}
function restore(saved, expected) {
	if (saved[0] === "no-data") return {
		kind: "no-data",
		reason: saved[1],
		message: saved[2]
	};
	const [, from, to, observedAt] = saved;
	const stamp = {
		window: {
			from,
			to
		},
		observedAt,
		source: "record"
	};
	switch (saved[0]) {
		case "counts": return {
			kind: "counts",
			bad: saved[4],
			total: saved[5],
			version: saved[6] ?? expected,
			...stamp
		};
		case "value": return {
			kind: "value",
			value: saved[4],
			version: saved[5] ?? expected,
			...stamp
		};
		case "histogram": {
			const buckets = saved[5].map(([le, count]) => ({
				le,
				count
			}));
			return {
				kind: "histogram",
				sum: saved[4],
				buckets,
				version: saved[6] ?? expected,
				...stamp
			};
		}
	}
}

// src/metric-provider/no-data.ts
/** Why there are no numbers this time: a stable code, and a sentence for people. */
const noData = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const isNoData = (found) => "kind" in found && found.kind === "no-data";

// src/metric-provider/read-page.ts
const MOST_BYTES$2 = 1048576;
const DEADLINE$4 = 5e3;
/** The address without credentials and query: fit for messages. */
const placeOf = ({ origin, pathname }) => `${origin}${pathname}`;
/**
* The text of one page, at most 1 MiB, or why there is none this time. Redirects are not followed: they lead to login
* pages. Throws `ProviderError` when the question itself is refused: a wrong credential, or a page that, asked with a
* credential, does not exist.
*/
async function readPage(ports, request) {
	const { url, headers = {}, deadline = DEADLINE$4 } = request;
	const signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]);
	try {
		const response = await ports.fetch(url, {
			headers,
			signal,
			redirect: "manual"
		});
		if (response.status === 200) return await readBody(response, url);
		await response.body?.cancel();
		refuseQuestion(response.status, url, Object.keys(headers).length > 0);
		return noData("unreachable", `${placeOf(url)} answered ${response.status}.`);
	} catch (error) {
		if (error instanceof ProviderError) throw error;
		return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
	}
}
function refuseQuestion(status, url, asked) {
	if (status !== 401 && status !== 403 && !(status === 404 && asked)) return;
	const message = `${placeOf(url)} answered ${status}: check the path and the credential.`;
	throw new ProviderError("exposition", message, { status });
}
/** The shortest true name of what went wrong; the built-in fetch hides it in `cause`. */
function causeOf(error, deadline) {
	if (!(error instanceof Error)) return "unknown";
	if (error.name === "TimeoutError") return `no whole answer within ${deadline} ms`;
	if (error.name === "AbortError") return "cancelled";
	const { cause } = error;
	if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
	return cause instanceof Error ? cause.name : error.name;
}
/** The whole body as text, or why not. */
async function readBody(response, url, mostBytes = MOST_BYTES$2) {
	const chunks = [];
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		bytes += chunk.byteLength;
		if (bytes > mostBytes) return noData("too-large", `${placeOf(url)} answered more than ${mostBytes / MOST_BYTES$2} MiB.`);
		chunks.push(chunk);
	}
	try {
		return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
	} catch {
		return noData("unparsable", `${placeOf(url)} did not answer with UTF-8 text.`);
	}
}

// src/metric-provider/ask-json.ts
const DEADLINE$3 = 1e4;
/** Refusals that a later look may not meet: a plan's limit, a slow server, too many questions. */
const passing = /* @__PURE__ */ new Map([
	[402, "payment-required"],
	[408, "unreachable"],
	[425, "unreachable"],
	[429, "rate-limited"]
]);
/**
* Asks an HTTP API for JSON. Redirects are not followed, so no credential travels to another host. Unreachable, 402, 408,
* 429, 5xx, too large and unparsable are no data; `missing` makes 404 so too. Any other refusal throws `ProviderError`.
*/
async function askJson(ports, question, missing) {
	const { url, body, deadline = DEADLINE$3, mostBytes } = question;
	const signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]);
	const headers = {
		accept: "application/json",
		"user-agent": "sluice",
		...question.headers
	};
	const sent = body === void 0 ? { headers } : posted(body, headers);
	try {
		const response = await ports.fetch(url, {
			...sent,
			signal,
			redirect: "manual"
		});
		const page = await readBody(response, url, mostBytes);
		if (response.status === 404 && missing !== void 0) return missing;
		if (!response.ok) return refused(question, response, isNoData(page) ? "" : page.text);
		if (isNoData(page)) return page;
		const json = parsed(page.text);
		if (json === void 0) return noData("unparsable", `${placeOf(url)} ${notJson(page.text)}.`);
		return {
			json,
			headers: response.headers
		};
	} catch (error) {
		if (error instanceof ProviderError) throw error;
		return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
	}
}
const posted = (body, headers) => ({
	method: "POST",
	headers: {
		...headers,
		"content-type": "application/json"
	},
	body: JSON.stringify(body)
});
function refused({ provider, url }, response, text) {
	const { status } = response;
	const why = reasonIn(text);
	const said = `${placeOf(url)} answered ${status}${why === void 0 ? "" : `: ${sentence(why)}`}`;
	const wait = response.headers.get("retry-after");
	const later = wait !== null && /^\d{1,6}$/.test(wait) ? ` It asks to wait ${wait} s.` : "";
	const reason = passing.get(status) ?? (status >= 500 || status < 400 ? "unreachable" : void 0);
	if (reason !== void 0) return noData(reason, `${said}.${later}`);
	throw new ProviderError(provider, `${said}. ${status === 401 || status === 403 ? "Check the credential and what it may read." : "Check the address and the query."}`, { status });
}
/** Another system's words as one line that fits into a message. */
const sentence = (text) => plainText(text).replace(/\s+/g, " ").trim().slice(0, 200).replace(/[.\s]+$/, "");
/** What an error answer says about itself, in the field most APIs use for it. */
function reasonIn(text) {
	const answer = parsed(text);
	if (typeof answer !== "object" || answer === null) return void 0;
	const { error, message, detail } = answer;
	return [
		error,
		typeof error === "object" && error !== null ? error["message"] : void 0,
		message,
		detail
	].find((found) => typeof found === "string");
}
function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function notJson(text) {
	if (/^\s*</.test(text)) return "is a web page, not JSON";
	return text.trim() === "" ? "answered nothing" : "did not answer with JSON";
}
/**
* Where an API is. A credential travels only under https, or to this machine.
*
* Throws `InputError` for anything else; the address itself may be a secret and is not shown.
*/
function apiAddress(address, credential) {
	const url = URL.canParse(address) ? new URL(address) : void 0;
	if (url === void 0 || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") throw new InputError("The address of a metrics source (not shown) must be http or https, without user or password.");
	const here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
	if (url.protocol === "http:" && credential !== void 0 && !here) throw new InputError(`${url.host} is asked with a credential, so its address must begin with https.`);
	return url;
}
/** An address below the API's own, whatever path that one has. */
function below(api, path, query = {}) {
	const url = new URL(`${api.origin}${api.pathname.replace(/\/+$/, "")}${path}`);
	for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
	return url;
}
const bearer = (token) => token === void 0 ? {} : { authorization: `Bearer ${token}` };

// src/metric-provider/run-command.ts
const LONGEST$1 = 3e4;
/** What is kept of a command's output; as much or more may lack its beginning. */
const MOST_CHARACTERS = 1048576;
/**
* Runs a command of the user's and gives what it printed, or why that says nothing. It learns the question from
* SLUICE_VERSION, SLUICE_ADDRESS, SLUICE_FROM and SLUICE_TO (ISO 8601); its whole process group ends at the deadline.
*/
async function runCommand({ run, env, within = LONGEST$1 }, window, subject, ports) {
	const question = {
		SLUICE_VERSION: subject.version,
		SLUICE_FROM: new Date(window.from).toISOString(),
		SLUICE_TO: new Date(window.to).toISOString(),
		...subject.address !== void 0 && { SLUICE_ADDRESS: subject.address }
	};
	const result = await ports.exec("bash", [
		"--noprofile",
		"--norc",
		"-eo",
		"pipefail",
		"-c",
		run
	], {
		env: {
			...minimalEnv(ports.env),
			...env,
			...question
		},
		timeoutMs: within
	}).catch(() => void 0);
	if (result === void 0) return noData("command-failed", "The command could not be started: bash is missing.");
	if (result.code !== 0) return noData("command-failed", `The command ${ending(result, within)}.`);
	if (result.stdout.length >= MOST_CHARACTERS) return noData("too-large", "The command printed more than 1 MiB.");
	return { stdout: result.stdout };
}
function ending({ code, signal, stderr }, within) {
	const last = stderr.trimEnd().split("\n").at(-1)?.trim();
	const said = last === void 0 || last === "" ? "" : `: ${quote(last)}`;
	if (code === null) return `was ended by ${signal} (it may take ${within} ms)${said}`;
	return `ended with ${code}${said}`;
}

// src/metric-provider/command.ts
const time$1 = datetime({ offset: true }).transform((text) => Date.parse(text));
const amount = number$2().nonnegative();
const stamp = {
	/** Which version the numbers are about: proof that the command asked for the right one. */
	version: string(),
	/** When the source itself said so. */
	observedAt: time$1,
	from: time$1.optional(),
	to: time$1.optional()
};
const printed = {
	counts: strictObject({
		...stamp,
		bad: amount,
		total: amount
	}),
	histogram: strictObject({
		...stamp,
		/** Cumulative counts inside the window per upper bound in milliseconds; `null` is the bound of everything. */
		buckets: array(strictObject({
			le: amount.nullable(),
			count: amount
		})).min(1),
		sum: amount
	}),
	value: strictObject({
		...stamp,
		value: amount
	})
};
/**
* Numbers from a command that prints one JSON object: `{"version", "observedAt", "bad", "total"}`, `{..., "value"}` or
* `{..., "buckets": [{"le": 250, "count": 9}, {"le": null, "count": 10}], "sum"}`, with `from` and `to` when the window
* differs from the one asked for. A command that fails, is late or prints anything else gives no data.
*/
function commandProvider(config, ports) {
	return {
		kind: "command",
		async measure(window, subject) {
			const output = await runCommand(config, window, subject, ports);
			return isNoData(output) ? output : measurementIn(output.stdout, config.gives, window, subject);
		}
	};
}
function measurementIn(text, gives, asked, { version }) {
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		return noData("unparsable", `What the command printed ${notJson(text)}.`);
	}
	const found = printed[gives].safeParse(json);
	if (!found.success) {
		const [issue] = found.error.issues;
		const place = issue?.path.join(".") || "the object";
		return noData("unparsable", `The command's JSON is not as documented for ${gives}: ${place} is missing or odd.`);
	}
	const { from = asked.from, to = asked.to, observedAt, version: about, ...numbers } = found.data;
	if (about !== version) return noData("other-version", `The command's numbers are not about version ${version}.`);
	const stamp = {
		window: {
			from,
			to
		},
		observedAt,
		version,
		source: "command"
	};
	if ("value" in numbers) return {
		kind: "value",
		value: numbers.value,
		...stamp
	};
	if ("total" in numbers) return {
		kind: "counts",
		bad: numbers.bad,
		total: numbers.total,
		...stamp
	};
	return {
		kind: "histogram",
		buckets: numbers.buckets.map(({ le, count }) => ({
			le: le ?? Number.POSITIVE_INFINITY,
			count
		})),
		sum: numbers.sum,
		...stamp
	};
}

// src/metric-provider/docker.ts
const DEADLINE$2 = 2e4;
/** https://docs.docker.com/reference/cli/docker/container/stats/#format */
const stats = object({
	Name: string(),
	CPUPerc: string(),
	MemPerc: string(),
	MemUsage: string()
});
const inspected = object({
	RestartCount: number$2(),
	State: object({ Running: boolean() })
});
/** Sizes as the Docker command prints them (docker/go-units): powers of 1024 for memory. */
const UNITS = {
	B: 1,
	KiB: 1024,
	MiB: 1024 ** 2,
	GiB: 1024 ** 3,
	TiB: 1024 ** 4
};
/** What the Docker daemon says about a version's container, through the `docker` command. */
function dockerProvider({ container, host, measure }, ports) {
	return {
		kind: "docker",
		async measure(_window, { version }) {
			const at = ports.clock.now();
			const name = container.replaceAll("$version", version);
			const value = await (measure === "restarts" ? restarts(name, host, ports) : usage(name, host, measure, ports));
			if (typeof value !== "number") return value;
			const source = `docker, container ${name}`;
			return {
				kind: "value",
				value,
				window: {
					from: at,
					to: at
				},
				observedAt: at,
				version,
				source
			};
		}
	};
}
async function usage(name, host, measure, ports) {
	const line = await docker([
		"stats",
		"--no-stream",
		"--no-trunc",
		"--format",
		"{{json .}}",
		"--",
		name
	], host, ports);
	if (isNoData(line)) return line;
	const found = stats.safeParse(line.json);
	if (!found.success) return noData("unparsable", `\`docker stats\` said something else than numbers about ${name}.`);
	const { CPUPerc, MemPerc, MemUsage } = found.data;
	const value = measure === "cpu" ? share(CPUPerc) : measure === "memory" ? share(MemPerc) : bytes(MemUsage);
	if (value === void 0 || bytes(MemUsage) === 0) return noData("odd-number", `\`docker stats\` has no numbers of ${name}; it may not be running.`);
	return value;
}
async function restarts(name, host, ports) {
	const line = await docker([
		"inspect",
		"--type",
		"container",
		"--format",
		"{{json .}}",
		"--",
		name
	], host, ports);
	if (isNoData(line)) return line;
	const found = inspected.safeParse(line.json);
	if (!found.success) return noData("unparsable", `\`docker inspect\` said nothing about restarts of ${name}.`);
	return found.data.RestartCount;
}
/** The single line of JSON that a docker command prints about one container. */
async function docker(args, host, ports) {
	const env = {
		...minimalEnv(ports.env),
		...host !== void 0 && { DOCKER_HOST: host }
	};
	const result = await ports.exec("docker", args, {
		env,
		timeoutMs: DEADLINE$2
	}).catch(() => void 0);
	if (result === void 0) return noData("unreachable", "There is no `docker` command on this machine.");
	if (result.code !== 0) {
		const last = result.stderr.trimEnd().split("\n").at(-1) ?? "";
		return noData("unreachable", `\`docker ${args[0]}\` ended with ${result.code ?? result.signal}: ${quote(last)}.`);
	}
	const lines = result.stdout.split("\n").filter((line) => line.trim() !== "");
	if (lines.length !== 1) return noData(lines.length === 0 ? "no-series" : "ambiguous", `\`docker ${args[0]}\` told of ${lines.length} containers, not one.`);
	try {
		return { json: JSON.parse(lines[0] ?? "") };
	} catch {
		return noData("unparsable", `\`docker ${args[0]}\` did not print JSON.`);
	}
}
function share(text) {
	const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
	return percent === void 0 ? void 0 : Number(percent) / 100;
}
/** The first half of `12.5MiB / 1.9GiB`. */
function bytes(text) {
	const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?i?B) \//.exec(text) ?? [];
	const size = UNITS[unit];
	return amount === void 0 || size === void 0 ? void 0 : Math.round(Number(amount) * size);
}

// src/metric-spec/exposition-text.ts
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const SPACES = /[ \t]*/y;
const WORD = /[^ \t]+/y;
const PLAIN = /[^"\\]*/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const ESCAPED = {
	"\\": "\\",
	"\"": "\"",
	n: "\n"
};
/** Takes what matches at the cursor; undefined when nothing does. */
function take(cursor, pattern) {
	pattern.lastIndex = cursor.at;
	const found = pattern.exec(cursor.line)?.[0];
	if (found !== void 0) cursor.at += found.length;
	return found;
}
function skip(cursor, character) {
	take(cursor, SPACES);
	if (cursor.line[cursor.at] !== character) return false;
	cursor.at++;
	return true;
}
/** A number as Go writes it: JavaScript's own `Number` knows neither `+Inf` nor refuses an empty text. */
function parseNumber(text) {
	if (NUMBER.test(text)) return Number(text);
	switch (text.toLowerCase()) {
		case "nan": return NaN;
		case "inf":
		case "+inf": return Number.POSITIVE_INFINITY;
		case "-inf": return Number.NEGATIVE_INFINITY;
		default: return;
	}
}
function readQuoted(cursor) {
	if (!skip(cursor, "\"")) return void 0;
	let text = "";
	for (;;) {
		text += take(cursor, PLAIN) ?? "";
		const next = cursor.line[cursor.at];
		if (next === "\"") {
			cursor.at++;
			return text;
		}
		const escaped = ESCAPED[cursor.line[cursor.at + 1] ?? ""];
		if (next !== "\\" || escaped === void 0) return void 0;
		text += escaped;
		cursor.at += 2;
	}
}
/** `{a="1",b="2"}`, a comma at the end allowed; undefined when it is anything else. */
function readLabels(cursor) {
	const labels = /* @__PURE__ */ new Map();
	if (!skip(cursor, "{")) return labels;
	while (!skip(cursor, "}")) {
		if (labels.size > 0 && !skip(cursor, ",")) return void 0;
		if (skip(cursor, "}")) return labels;
		take(cursor, SPACES);
		const name = take(cursor, LABEL);
		if (name === void 0 || labels.has(name) || !skip(cursor, "=")) return void 0;
		const value = readQuoted(cursor);
		if (value === void 0) return void 0;
		labels.set(name, value);
	}
	return labels;
}
/** Everything after the value: nothing, a timestamp, and in OpenMetrics an exemplar. */
function readTimestamp(cursor, openMetrics) {
	take(cursor, SPACES);
	const rest = cursor.line.slice(cursor.at).trimEnd();
	const [stamp = ""] = openMetrics ? rest.split(/[ \t]*#/, 1) : [rest];
	if (stamp === "") return {};
	if (!openMetrics) return /^-?\d{1,16}$/.test(stamp) ? { timestamp: Number(stamp) } : void 0;
	return NUMBER.test(stamp) ? { timestamp: Number(stamp) * 1e3 } : void 0;
}
function readSample(line, openMetrics) {
	const cursor = {
		line,
		at: 0
	};
	take(cursor, SPACES);
	const name = take(cursor, NAME);
	const labels = name === void 0 ? void 0 : readLabels(cursor);
	take(cursor, SPACES);
	const value = parseNumber(take(cursor, WORD) ?? "");
	const time = readTimestamp(cursor, openMetrics);
	if (name === void 0 || labels === void 0 || value === void 0 || time === void 0) return void 0;
	return {
		name,
		labels,
		value,
		...time
	};
}
const seriesOf$1 = ({ name, labels }) => JSON.stringify([name, ...[...labels].sort()]);
/**
* Reads the Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), and OpenMetrics
* text as far as the two agree. All or nothing: one odd line makes the whole text unbelievable.
*/
function parseExposition(text) {
	if (/^\s*</.test(text)) return { problem: "is a web page, not metrics" };
	if (!text.endsWith("\n")) return { problem: "does not end with a line feed, so it may be cut off" };
	const lines = text.split("\n").map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
	const end = lines.findIndex((line) => line.trimEnd() === "# EOF");
	if (end !== -1 && lines.slice(end + 1).some((line) => line.trim() !== "")) return { problem: "goes on after its `# EOF`" };
	const samples = [];
	const seen = /* @__PURE__ */ new Set();
	for (const [index, line] of lines.entries()) {
		if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
		const sample = readSample(line, end !== -1);
		if (sample === void 0) return { problem: `is no metrics text in line ${index + 1}` };
		const series = seriesOf$1(sample);
		if (seen.has(series)) return { problem: `says line ${index + 1} twice` };
		seen.add(series);
		samples.push(sample);
	}
	return samples.length === 0 ? { problem: "is empty" } : { samples };
}

// src/metric-provider/running-totals.ts
const read$3 = object({
	/** When it was read, milliseconds since the epoch. */
	at: number$2(),
	/** When the process that counted began, as it says itself. */
	processStart: number$2().exactOptional(),
	totals: record(string(), number$2().nonnegative())
});
const savedTotals = object({
	of: string(),
	reads: record(string(), read$3)
});
/** Versions remembered at once: candidate, stable, and some that came before. */
const MOST_READS = 8;
/** `of` names what is counted: totals saved for something else are not gone on with. */
function runningTotals(of, saved) {
	const reads = new Map(saved?.of === of ? Object.entries(saved.reads) : []);
	return {
		add(key, next) {
			const last = reads.get(key);
			reads.delete(key);
			reads.set(key, next);
			for (const oldest of reads.keys()) if (reads.size > MOST_READS) reads.delete(oldest);
			return last === void 0 ? { reason: "first-look" } : increase(last, next);
		},
		save: () => ({
			of,
			reads: Object.fromEntries(reads)
		})
	};
}
function increase(last, next) {
	const names = Object.keys(next.totals);
	const same = names.length === Object.keys(last.totals).length && next.processStart === last.processStart;
	const added = names.map((name) => [name, (next.totals[name] ?? 0) - (last.totals[name] ?? NaN)]);
	if (!same || !added.every(([, count]) => count >= 0)) return { reason: "counter-reset" };
	return {
		from: last.at,
		totals: Object.fromEntries(added)
	};
}

// src/metric-provider/exposition.ts
/** Clocks of two machines may differ so much, milliseconds. */
const CLOCK_SKEW = 5e3;
/**
* Reads a version's own metrics page in the Prometheus text format. Totals become increments between two reads of the
* same process and version, so the first look gives no data. Times come out in milliseconds.
*
* Throws `InputError` for a selector, path or unit that cannot be used.
*/
function expositionProvider(config, ports, options = {}) {
	if (!/^\/(?!\/)/.test(config.path)) throw new InputError(`\`${config.path}\` is no path; begin it with one slash.`);
	const take = taker$1(config);
	const totals = runningTotals(JSON.stringify(config), resumed(options.snapshot));
	return {
		kind: "exposition",
		snapshot: () => totals.save(),
		async measure(_window, subject) {
			const reading = await read$2(config, subject, ports, options);
			return "kind" in reading ? reading : take(reading, totals);
		}
	};
}
function resumed(snapshot) {
	if (snapshot === void 0) return void 0;
	const parsed = savedTotals.safeParse(snapshot);
	if (!parsed.success) throw new InputError("The saved reads of a metrics page are not whole; begin the hold again.");
	return parsed.data;
}
function taker$1(config) {
	if ("bad" in config) return takeCounts$2(selectorOf(config.bad), selectorOf(config.total));
	if ("histogram" in config) return takeHistogram$1(selectorOf(config.histogram), config.unit);
	return takeValue$2(selectorOf(config.value), config.unit);
}
function selectorOf(text) {
	const { selector, problem } = parseSelector(text);
	if (selector === void 0) throw new InputError(problem);
	return selector;
}
async function read$2({ path, by }, subject, ports, { headers, deadline }) {
	const { address, version } = subject;
	if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to read from.`);
	const url = new URL(`${address.replace(/\/+$/, "")}${path}`);
	const at = ports.clock.now();
	const page = await readPage(ports, {
		url,
		...headers && { headers },
		...deadline && { deadline }
	});
	if ("kind" in page) return page;
	const source = placeOf(url);
	const { samples, problem } = parseExposition(page.text);
	if (samples === void 0) return noData("unparsable", `${source} ${problem}.`);
	const own = by === void 0 ? samples : samples.filter(({ labels }) => labels.get(by) === version);
	if (by !== void 0 && own.length === 0) return noData("other-version", otherVersions(samples, by, version, source));
	const processStart = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
	return dated({
		samples: own,
		at,
		subject,
		source,
		...processStart !== void 0 && { processStart }
	}, ports.clock.now());
}
/** Names from outside are shown only as far as they look like versions. */
function otherVersions(samples, by, version, source) {
	const found = [...new Set(samples.flatMap(({ labels }) => labels.get(by) ?? []))];
	if (found.length === 0) return `${source} has no series with the label \`${by}\`; add it to the application's metrics.`;
	return `${source} is about ${by} ${found.slice(0, 5).map((name) => `\`${name.slice(0, 40).replace(/[^\w.+-]/g, "?")}\``).join(", ")}, not \`${version}\`.`;
}
/** Lines may carry their own time: the oldest one counts, and none may lie ahead. */
function dated(reading, now) {
	const stamps = reading.samples.flatMap(({ timestamp }) => timestamp ?? []);
	if (stamps.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) > now + CLOCK_SKEW) return noData("future", `${reading.source} is dated in the future.`);
	return {
		...reading,
		observedAt: stamps.reduce((a, b) => Math.min(a, b), now)
	};
}
/** The series a selector means, or why none can be believed. */
function chosen$1(selector, { samples, source, subject }) {
	const named = samples.filter(({ name }) => name === selector.name);
	if (named.length === 0) {
		const message = `${source} has no series \`${selector.name}\` of version ${subject.version}; expose it from the start, at 0.`;
		return noData("no-series", message);
	}
	const label = selector.labels.find((wanted) => named.every(({ labels }) => !labels.has(wanted)));
	if (label !== void 0) return noData("no-label", `${source} has no \`${selector.name}\` with the label \`${label}\`.`);
	const matching = named.filter((sample) => selector.matches(sample));
	const odd = matching.find(({ value }) => !Number.isFinite(value) || value < 0);
	if (odd) return noData("odd-number", `${source} says ${odd.value} for \`${selector.name}\`, which counts for nothing.`);
	return matching;
}
const sumOf = (samples) => samples.reduce((sum, { value }) => sum + value, 0);
/** What was added since the last read, or why that cannot be said. */
function increaseOf(reading, totals, named) {
	const { at, observedAt, subject, processStart, source } = reading;
	const key = JSON.stringify([subject.version, subject.address]);
	const time = Math.min(at, observedAt);
	const increase = totals.add(key, {
		at: time,
		totals: named,
		...processStart !== void 0 && { processStart }
	});
	if (increase.from !== void 0 && increase.from < time) return increase;
	if (increase.from !== void 0) return noData("stale", `${source} has not changed its time since the last look.`);
	if (increase.reason === "first-look") return noData("first-look", `${source} was read for the first time; the next look compares.`);
	return noData("counter-reset", `${source} counts from anew, so its process restarted; the time since the last look is not counted.`);
}
function stampOf$1({ at, observedAt, subject, source }, from) {
	const to = Math.min(at, observedAt);
	return {
		window: {
			from,
			to
		},
		observedAt: to,
		version: subject.version,
		source
	};
}
function takeCounts$2(bad, total) {
	return (reading, totals) => {
		const [badSeries, totalSeries] = [chosen$1(bad, reading), chosen$1(total, reading)];
		if (isNoData(badSeries)) return badSeries;
		if (isNoData(totalSeries)) return totalSeries;
		if (totalSeries.length === 0) return noData("no-series", `${reading.source} has no series that \`${total.name}\` means.`);
		const increase = increaseOf(reading, totals, {
			bad: sumOf(badSeries),
			total: sumOf(totalSeries)
		});
		if ("kind" in increase) return increase;
		const { bad: moreBad = 0, total: more = 0 } = increase.totals;
		return {
			kind: "counts",
			bad: moreBad,
			total: more,
			...stampOf$1(reading, increase.from)
		};
	};
}
function takeValue$2(selector, unit) {
	const scale = scaleOf(selector.name, unit) ?? 1;
	return (reading) => {
		const series = chosen$1(selector, reading);
		if (isNoData(series)) return series;
		const [only, second] = series;
		if (only === void 0) return noData("no-series", `${reading.source} has no series that \`${selector.name}\` means.`);
		if (second) return noData("ambiguous", `${reading.source} has ${series.length} series that \`${selector.name}\` means; add matchers.`);
		return {
			kind: "value",
			value: only.value * scale,
			...stampOf$1(reading, Math.min(reading.at, reading.observedAt))
		};
	};
}
function takeHistogram$1(selector, unit) {
	const scale = scaleOf(selector.name, unit);
	if (scale === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
	const part = (suffix) => ({
		...selector,
		name: `${selector.name}_${suffix}`,
		matches: (sample) => sample.name === `${selector.name}_${suffix}` && selector.matches({
			...sample,
			name: selector.name
		})
	});
	const [bucket, sum] = [part("bucket"), part("sum")];
	return (reading, totals) => {
		const [buckets, sums] = [chosen$1(bucket, reading), chosen$1(sum, reading)];
		if (isNoData(buckets)) return buckets;
		if (isNoData(sums)) return sums;
		const perBound = bucketTotals(buckets, sums.length);
		if (perBound === void 0) return noData("odd-histogram", `${reading.source} has buckets of \`${selector.name}\` that do not fit together.`);
		const increase = increaseOf(reading, totals, {
			...Object.fromEntries(perBound),
			sum: sumOf(sums)
		});
		if ("kind" in increase) return increase;
		return histogramOf$1(increase.totals, scale, stampOf$1(reading, increase.from));
	};
}
/** Sums over series per bound; undefined when a series lacks a bound that another has, or the one for everything. */
function bucketTotals(buckets, series) {
	const perBound = /* @__PURE__ */ new Map();
	for (const sample of buckets) {
		const bound = sample.labels.get("le") ?? "";
		if (bound !== "+Inf" && !/^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(bound)) return void 0;
		perBound.set(bound, [...perBound.get(bound) ?? [], sample]);
	}
	return perBound.has("+Inf") && [...perBound.values()].every((samples) => samples.length === series) ? new Map([...perBound].map(([bound, samples]) => [bound, sumOf(samples)])) : void 0;
}
function histogramOf$1(totals, scale, stamp) {
	const { sum = 0, ...perBound } = totals;
	const buckets = Object.entries(perBound).map(([bound, count]) => ({
		le: bound === "+Inf" ? Number.POSITIVE_INFINITY : scaled(Number(bound), scale),
		count
	})).sort((a, b) => a.le - b.le);
	if (buckets.some(({ count }, i) => count < (buckets[i - 1]?.count ?? 0)) || buckets.some(({ le }) => Number.isNaN(le))) return noData("odd-histogram", `${stamp.source} has buckets that cannot be.`);
	return {
		kind: "histogram",
		buckets,
		sum: sum * scale,
		...stamp
	};
}

// src/metric-provider/exchange.ts
const DEADLINE$1 = 5e3;
const MOST_BYTES$1 = 4194304;
/**
* Sends one text over a connection of its own and gathers the answer, until `whole` says it is complete or the peer
* ends. Rejects with a short reason: the system's code, `late`, `too-large`, or `cancelled`.
*/
function exchange({ at, deadline = DEADLINE$1 }, sent, whole, cancelled) {
	return new Promise((resolve, reject) => {
		const socket = dial(at);
		let answer = Buffer.alloc(0);
		const settle = (finish) => {
			clearTimeout(late);
			cancelled.removeEventListener("abort", stop);
			socket.destroy();
			finish();
		};
		const fail = (reason) => settle(() => reject(new Error(reason)));
		const late = setTimeout(() => fail("late"), deadline);
		const stop = () => fail("cancelled");
		cancelled.addEventListener("abort", stop, { once: true });
		socket.on("error", (error) => fail(error.code ?? error.name));
		socket.on("data", (chunk) => {
			answer = Buffer.concat([answer, chunk]);
			if (answer.length > MOST_BYTES$1) fail("too-large");
			else if (whole(answer)) settle(() => resolve(answer));
		});
		socket.on("close", () => settle(() => resolve(answer)));
		socket.write(sent);
	});
}
function dial(at) {
	if ("path" in at) return connect(at.path);
	const { host, port, tls } = at;
	return tls ? connect$1({
		host,
		port,
		servername: host
	}) : connect({
		host,
		port
	});
}

// src/metric-provider/haproxy.ts
const ANSWERED = [
	"hrsp_1xx",
	"hrsp_2xx",
	"hrsp_3xx",
	"hrsp_4xx",
	"hrsp_5xx",
	"hrsp_other"
];
/** Requests that got no answer of the server's: no connection, or one that broke. Clients saw a 503 or 502. */
const UNANSWERED = ["econ", "eresp"];
/**
* Requests and errors of one server as HAProxy counts them
* (https://docs.haproxy.org/2.6/management.html#9.1): bad are 5xx answers, refused and broken connections.
*/
function haproxyProvider(config, ports) {
	if (config.url === void 0 === (config.socket === void 0)) throw new InputError("HAProxy is read either from its page, `url`, or from its `socket`; give one of them.");
	const totals = runningTotals(JSON.stringify([
		config.url,
		config.socket,
		config.backend,
		config.server
	]));
	const read = reader(config, ports);
	return {
		kind: "haproxy",
		async measure(_window, subject) {
			const at = ports.clock.now();
			const page = await read();
			if (isNoData(page)) return page;
			const row = rowOf(page.text, config, subject, page.source);
			if (isNoData(row)) return row;
			const counted = countsOf(row, page.source);
			if (isNoData(counted)) return counted;
			const increase = totals.add(subject.version, {
				at,
				totals: counted
			});
			if (increase.from !== void 0) return measurementOf$1(increase, at, subject, page.source);
			return increase.reason === "first-look" ? noData("first-look", `${page.source} was read for the first time; the next look compares.`) : noData("counter-reset", `${page.source} counts from anew, so HAProxy restarted; nothing of this look counts.`);
		}
	};
}
function reader({ url, login, socket }, ports) {
	if (url === void 0) return () => readSocket(socket ?? "", ports);
	const page = apiAddress(url, login);
	const headers = login === void 0 ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
	const source = placeOf(page);
	return async () => {
		const found = await readPage(ports, {
			url: new URL(`${page.href.replace(/;.*$/, "")};csv;norefresh`),
			headers
		});
		return isNoData(found) ? found : {
			text: found.text,
			source
		};
	};
}
async function readSocket(path, { cancelled }) {
	try {
		return {
			text: (await exchange({ at: { path } }, "show stat\n", () => false, cancelled)).toString("utf8"),
			source: `HAProxy's socket ${path}`
		};
	} catch (error) {
		const reason = error instanceof Error ? error.message : "unknown";
		return noData("unreachable", `HAProxy's socket ${path} did not answer: ${reason}.`);
	}
}
/** The one row of the version's server, or why there is none. */
function rowOf(text, { backend, server }, { version }, source) {
	const [head = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
	if (!head.startsWith("# pxname,svname,")) return noData("unparsable", `${source} did not answer with HAProxy's CSV.`);
	const names = fieldsOf(head.slice(2));
	const name = server.replaceAll("$version", version);
	const rows = lines.map((line) => Object.fromEntries(fieldsOf(line).map((field, i) => [names[i] ?? "", field]))).filter((row) => row["pxname"] === backend && row["svname"] === name);
	const [row, second] = rows;
	if (row === void 0) return noData("no-series", `${source} has no server ${name} in backend ${backend}.`);
	if (second !== void 0) return noData("ambiguous", `${source} has ${rows.length} servers ${name} in ${backend}.`);
	return row;
}
/** Fields of one line of CSV; quotes are doubled inside of quotes. */
function fieldsOf(line) {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll("\"\"", "\"") ?? plain ?? "");
}
function countsOf(row, source) {
	const totals = {};
	for (const name of [...ANSWERED, ...UNANSWERED]) {
		const text = row[name];
		if (text === void 0 || !/^\d{1,15}$/.test(text)) return noData("odd-number", `${source} has no count \`${name}\`; the backend must be in http mode.`);
		totals[name] = Number(text);
	}
	return totals;
}
function measurementOf$1({ from, totals }, to, { version }, source) {
	const sum = (names) => names.reduce((all, name) => all + (totals[name] ?? 0), 0);
	return {
		kind: "counts",
		bad: sum(["hrsp_5xx", ...UNANSWERED]),
		total: sum([...ANSWERED, ...UNANSWERED]),
		window: {
			from,
			to
		},
		observedAt: to,
		version,
		source
	};
}

// src/metric-provider/json.ts
/** Reads per instance that are tried to meet every one of them. */
const PATIENCE = 8;
/**
* Reads numbers from a version's own JSON page, by path: `http.errors`. Totals become increments between two reads of
* the same processes, so the first look gives no data.
*/
function jsonProvider(config, ports) {
	if ((config.instances ?? 1) > 1 && config.instance === void 0) throw new InputError("Several instances can only be told apart by `instance`, the path of their id in the answer.");
	const totals = runningTotals(JSON.stringify(config));
	return {
		kind: "json",
		async measure(_window, subject) {
			const reading = await read$1(config, subject, ports);
			if (isNoData(reading)) return reading;
			return "bad" in config ? takeCounts$1(config, reading, subject, totals) : takeValue$1(config.value, config.unit, reading, subject);
		}
	};
}
async function read$1(config, { address, version }, ports) {
	if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to read from.`);
	const { instances = 1 } = config;
	const url = below(new URL(address), config.path);
	const source = placeOf(url);
	const at = ports.clock.now();
	const answers = /* @__PURE__ */ new Map();
	for (let reads = 0; answers.size < instances && reads < PATIENCE * instances; reads++) {
		const page = await askJson(ports, {
			provider: "json",
			url,
			headers: {
				"cache-control": "no-cache",
				connection: "close"
			}
		}, noData("unreachable", `${source} answered 404.`));
		if (isNoData(page)) return page;
		const age = Number(page.headers.get("age") ?? 0);
		if (age > 0) return noData("stale", `${source} was answered by a cache, ${age} s old.`);
		const answer = answerOf(page.json, config, version, source);
		if (isNoData(answer)) return answer;
		answers.set(answer.instance, answer);
	}
	if (answers.size < instances) return noData("instances-missing", `${source} was answered by ${answers.size} of ${instances} instances.`);
	return {
		answers: [...answers.values()],
		at,
		source
	};
}
function answerOf(json, config, version, source) {
	if (config.version !== void 0) {
		const found = lookUp(json, config.version);
		if (found !== version) return noData("other-version", `${source} is about version ${told(found)}, not ${version}.`);
	}
	if (config.instance === void 0) return {
		json,
		instance: ""
	};
	const instance = lookUp(json, config.instance);
	if (typeof instance === "string" || typeof instance === "number") return {
		json,
		instance: String(instance)
	};
	return noData("no-instance", `${source} has ${told(instance)} at \`${config.instance}\`, which names no instance.`);
}
function told(value) {
	if (value === void 0) return "nothing";
	return quote(typeof value === "string" ? value : JSON.stringify(value) ?? "");
}
/** Own properties only, so that no name reaches what every object inherits. */
function lookUp(document, path) {
	let value = document;
	for (const name of path.split(".")) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return void 0;
		value = value[name];
	}
	return value;
}
/** A number, or why what stands there is none: no text with a unit, no empty list counts as a number. */
function numberAt(json, path, source) {
	const value = lookUp(json, path);
	if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
	if (value === void 0) return noData("no-series", `${source} has nothing at \`${path}\`; expose it from the start, at 0.`);
	return noData("odd-number", `${source} says ${told(value)} at \`${path}\`, which counts for nothing.`);
}
function takeCounts$1({ bad, total }, { answers, at, source }, { version, address }, running) {
	const totals = {};
	for (const { json, instance } of answers) for (const [what, path] of Object.entries({
		bad,
		total
	})) {
		const found = numberAt(json, path, source);
		if (typeof found !== "number") return found;
		totals[`${what} ${instance}`] = found;
	}
	const increase = running.add(JSON.stringify([version, address]), {
		at,
		totals
	});
	if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew, so a process restarted; nothing of this look counts.`);
	const sum = (what) => Object.entries(increase.totals).reduce((all, [name, added]) => name.startsWith(`${what} `) ? all + added : all, 0);
	const stamp = {
		window: {
			from: increase.from,
			to: at
		},
		observedAt: at,
		version,
		source
	};
	return {
		kind: "counts",
		bad: sum("bad"),
		total: sum("total"),
		...stamp
	};
}
/** Of several instances the worst counts. */
function takeValue$1(path, unit, { answers, at, source }, { version }) {
	const values = [];
	for (const { json } of answers) {
		const found = numberAt(json, path, source);
		if (typeof found !== "number") return found;
		values.push(found);
	}
	return {
		kind: "value",
		value: scaled(Math.max(...values), scaleOf(path, unit) ?? 1),
		window: {
			from: at,
			to: at
		},
		observedAt: at,
		version,
		source
	};
}

// src/metric-provider/logs.ts
/** Backtracking stays short on lines so short; what is cut off is rarely the level or the version. */
const LONGEST_LINE = 2e3;
/**
* Counts log lines of one version and window. A command prints them: it gets the window and the version, and must print
* nothing else. Nothing at all is no data, since a log that cannot be read looks the same.
*/
function logsProvider(config, ports) {
	const { value, bad, total, lines = "" } = config;
	const [wanted, among] = [compile(value ?? bad ?? ""), total === void 0 ? void 0 : compile(total)];
	return {
		kind: "logs",
		async measure(window, subject) {
			const output = await runCommand(config, window, subject, ports);
			if (isNoData(output)) return output;
			const mark = lines.replaceAll("$version", subject.version);
			const own = output.stdout.split("\n").filter((line) => line.trim() !== "" && line.includes(mark)).map((line) => line.slice(0, LONGEST_LINE));
			if (own.length === 0) return noData("no-lines", `The log has no line of version ${subject.version} since the last look, good or bad.`);
			const stamp = {
				window,
				observedAt: window.to,
				version: subject.version,
				source: "log lines"
			};
			if (among === void 0) return {
				kind: "value",
				value: own.filter((line) => wanted.test(line)).length,
				...stamp
			};
			const all = own.filter((line) => among.test(line));
			return {
				kind: "counts",
				bad: all.filter((line) => wanted.test(line)).length,
				total: all.length,
				...stamp
			};
		}
	};
}
function compile(pattern) {
	const problem = lineProblem(pattern);
	if (problem !== void 0) throw new InputError(`The pattern \`${pattern}\` ${problem}.`);
	return new RegExp(pattern, "u");
}

// src/metric-provider/devtools.ts
const isMessage = (value) => typeof value === "object" && value !== null;
/** Opens the conversation; everything in it ends when `signal` aborts. */
async function openDevTools(address, signal) {
	const socket = new WebSocket(address);
	const waiting = /* @__PURE__ */ new Map();
	const listeners = [];
	let last = 0;
	const end = (reason) => {
		for (const { reject } of waiting.values()) reject(new Error(reason));
		waiting.clear();
		socket.close();
	};
	await new Promise((resolve, reject) => {
		socket.addEventListener("open", () => resolve());
		socket.addEventListener("error", () => reject(/* @__PURE__ */ new Error("the browser does not answer")));
		signal.addEventListener("abort", () => {
			reject(/* @__PURE__ */ new Error("late"));
			end("late");
		});
	});
	socket.addEventListener("close", () => end("the browser is gone"));
	socket.addEventListener("message", ({ data }) => {
		const message = JSON.parse(String(data));
		if (!isMessage(message)) return;
		const { id, method, params, result, error } = message;
		if (typeof method === "string") {
			for (const listener of listeners) if (listener.method === method) listener.heard(isMessage(params) ? params : {});
			return;
		}
		const asked = typeof id === "number" ? waiting.get(id) : void 0;
		if (typeof id === "number") waiting.delete(id);
		if (isMessage(error)) asked?.reject(new Error(String(error["message"])));
		else asked?.resolve(isMessage(result) ? result : {});
	});
	return {
		send: (method, params = {}, session) => new Promise((resolve, reject) => {
			if (signal.aborted || socket.readyState !== WebSocket.OPEN) return reject(/* @__PURE__ */ new Error("the browser is gone"));
			const id = ++last;
			waiting.set(id, {
				resolve,
				reject
			});
			socket.send(JSON.stringify({
				id,
				method,
				params,
				...session !== void 0 && { sessionId: session }
			}));
		}),
		on: (method, heard) => void listeners.push({
			method,
			heard
		}),
		close: () => end("closed")
	};
}

// src/metric-provider/page.ts
const BROWSERS = [
	"chromium",
	"chromium-browser",
	"google-chrome",
	"google-chrome-stable"
];
const DEADLINE = 45e3;
/** A page that has not fired its load event by then does not get a number. */
const LOAD_WITHIN = 2e4;
/** Milliseconds without a long task: the quiet window of time to interactive (https://web.dev/articles/tti). */
const QUIET = 5e3;
/** Later paints and shifts than this after the load event are the user's doing, not the page's. */
const SETTLE = 1e3;
const FLAGS = [
	"--headless",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--remote-debugging-port=0"
];
/** Runs in the page before its own code: gathers what the browser tells only to observers. */
const OBSERVE = `(() => {
  const seen = (window.__sluice = { fcp: null, lcp: null, cls: 0, busy: 0 });
  const watch = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch("paint", (e) => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  watch("largest-contentful-paint", (e) => { seen.lcp = e.startTime; });
  watch("longtask", (e) => { seen.busy = e.startTime + e.duration; });
  let first = 0, last = 0, sum = 0;
  watch("layout-shift", (e) => {
    if (e.hadRecentInput) return;
    // Shifts form windows of at most 5 s with gaps below 1 s; the worst window counts (https://web.dev/articles/cls).
    if (sum > 0 && e.startTime - last < 1000 && e.startTime - first < 5000) sum += e.value;
    else { first = e.startTime; sum = e.value; }
    last = e.startTime;
    seen.cls = Math.max(seen.cls, sum);
  });
})()`;
const READ = `(() => {
  const [page] = performance.getEntriesByType("navigation");
  const { loadEventEnd: load, domContentLoadedEventEnd: ready } = page;
  return { ...window.__sluice, load, ready, now: performance.now(), origin: location.origin };
})()`;
const time = number$2().nonnegative();
const read = object({
	fcp: time.nullable(),
	lcp: time.nullable(),
	cls: time,
	busy: time,
	load: time,
	ready: time,
	now: time,
	origin: string()
});
/**
* Loads one page of a version in a real headless Chromium and gives one number of it: synthetic, from this machine, with
* an empty cache. The browser found on PATH is used; one page at a time, so that versions do not slow each other down.
*/
function pageProvider(config, ports) {
	let turn = Promise.resolve();
	return {
		kind: "page",
		measure(_window, { address, version }) {
			if (address === void 0) return Promise.resolve(noData("no-address", `Version ${version} has no address of its own to open.`));
			const url = below(new URL(address), config.path);
			const next = turn.then(async () => {
				const found = await openInBrowser(url, config.measure === "tti", ports);
				if (isNoData(found)) return found;
				const value = numberOf$2(found, config.measure);
				const at = ports.clock.now();
				if (value === void 0) return noData("no-paint", `${placeOf(url)} painted nothing, so it has no ${config.measure}.`);
				const source = `synthetic load of ${placeOf(url)} in Chromium`;
				return {
					kind: "value",
					value,
					window: {
						from: at,
						to: at
					},
					observedAt: at,
					version,
					source
				};
			});
			turn = next.catch(() => void 0);
			return next;
		}
	};
}
function numberOf$2(found, measure) {
	if (measure !== "tti") return found[measure] ?? void 0;
	return found.fcp === null ? void 0 : Math.max(found.fcp, found.ready, found.busy);
}
/** Starts a browser of its own, with a profile that is removed again. */
async function openInBrowser(url, untilQuiet, ports) {
	const profile = await mkdtemp(path.join(tmpdir(), "sluice-page-"));
	const deadline = AbortSignal.any([ports.cancelled, AbortSignal.timeout(DEADLINE)]);
	const flags = [
		...FLAGS,
		...process.getuid?.() === 0 ? ["--no-sandbox"] : [],
		`--user-data-dir=${profile}`
	];
	try {
		for (const browser of BROWSERS) {
			const found = await withBrowser(browser, flags, url, untilQuiet, deadline, ports);
			if (found !== void 0) return found;
		}
		return noData("no-browser", `None of ${BROWSERS.join(", ")} is on PATH; install one to measure pages.`);
	} finally {
		await rm(profile, {
			recursive: true,
			force: true,
			maxRetries: 5
		});
	}
}
/** Undefined when there is no such browser. */
async function withBrowser(browser, flags, url, untilQuiet, deadline, ports) {
	const listening = Promise.withResolvers();
	let missing = false;
	const ended = ports.exec(browser, [...flags, "about:blank"], {
		env: minimalEnv(ports.env),
		timeoutMs: DEADLINE,
		onLine: (line) => {
			const [, address] = /^DevTools listening on (ws:\/\/127\.0\.0\.1:\S+)$/.exec(line) ?? [];
			if (address !== void 0) listening.resolve(address);
		}
	}).catch((error) => {
		missing = error.code === "ENOENT";
	}).finally(() => listening.resolve(void 0));
	const address = await listening.promise;
	if (address === void 0) return missing ? void 0 : noData("no-browser", `${browser} ended before it could be used.`);
	const tools = await openDevTools(address, deadline).catch(() => void 0);
	if (tools === void 0) return noData("no-browser", `${browser} did not answer.`);
	try {
		return await openPage(tools, url, untilQuiet, ports);
	} catch (error) {
		return noData("unreachable", `${placeOf(url)} could not be measured: ${error instanceof Error ? error.message : "unknown"}.`);
	} finally {
		await tools.send("Browser.close").catch(() => void 0);
		tools.close();
		await ended;
	}
}
/** Whether something happens in time; no timer is left that would keep the process from ending. */
async function within(ms, happens, { clock, cancelled }) {
	const done = new AbortController();
	const late = clock.sleep(ms, AbortSignal.any([done.signal, cancelled])).then(() => false, () => false);
	const inTime = await Promise.race([happens.then(() => true), late]);
	done.abort();
	return inTime;
}
async function openPage(tools, url, untilQuiet, ports) {
	const { targetId } = await tools.send("Target.createTarget", { url: "about:blank" });
	const { sessionId } = await tools.send("Target.attachToTarget", {
		targetId,
		flatten: true
	});
	const session = String(sessionId);
	const loaded = new Promise((resolve) => tools.on("Page.loadEventFired", () => resolve()));
	let status;
	tools.on("Network.responseReceived", ({ type, response }) => {
		if (type === "Document" && status === void 0) status = Reflect.get(Object(response), "status");
	});
	await tools.send("Page.enable", {}, session);
	await tools.send("Network.enable", {}, session);
	await tools.send("Page.addScriptToEvaluateOnNewDocument", { source: OBSERVE }, session);
	const { errorText } = await tools.send("Page.navigate", { url: url.href }, session);
	if (errorText !== void 0) return noData("unreachable", `${placeOf(url)} could not be opened: ${String(errorText)}.`);
	if (!await within(LOAD_WITHIN, loaded, ports)) return noData("late", `${placeOf(url)} was not loaded after ${LOAD_WITHIN / 1e3} s.`);
	if (status !== 200) return noData("unreachable", `${placeOf(url)} answered ${String(status)}.`);
	for (;;) {
		await ports.clock.sleep(SETTLE, ports.cancelled);
		const { result } = await tools.send("Runtime.evaluate", {
			expression: READ,
			returnByValue: true
		}, session);
		const found = read.safeParse(Reflect.get(Object(result), "value"));
		if (!found.success) return noData("unparsable", `${placeOf(url)} gave the browser no numbers.`);
		if (found.data.origin !== url.origin) return noData("redirected", `${placeOf(url)} led to ${found.data.origin}.`);
		const { busy, load, ready, now } = found.data;
		if (!untilQuiet || now - Math.max(busy, load, ready) >= QUIET) return found.data;
	}
}

// src/metric-provider/probe.ts
/** Milliseconds between two requests: they leave on time whether or not the ones before were answered. */
const SPACING = 50;
/** Upper bounds in milliseconds, a tenth apart, so that limits in common use lie on or near one. */
const BOUNDS = [
	...decade(1),
	...decade(10),
	...decade(100),
	...decade(1e3),
	1e4,
	Number.POSITIVE_INFINITY
];
function decade(from) {
	return [
		1,
		1.1,
		1.2,
		1.3,
		1.5,
		1.7,
		2,
		2.2,
		2.5,
		3,
		3.5,
		4,
		4.5,
		5,
		5.5,
		6,
		6.5,
		7,
		7.5,
		8,
		8.5,
		9,
		9.5
	].map((step) => Number((step * from).toPrecision(3)));
}
/**
* Asks a version itself, a few times per look, and says so: the numbers are synthetic, no user's. The requests form an
* open loop: latency counts from when a request was due, so a stalled server cannot slow down its own measurement.
*/
function probeProvider(config, ports) {
	if (config.requests * SPACING > 1e4) throw new InputError("A probe sends at most 200 requests per look.");
	return {
		kind: "probe",
		measure: (_window, subject) => probe(config, subject, ports)
	};
}
async function probe(config, { address, version }, ports) {
	if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to probe.`);
	const url = below(new URL(address), config.get);
	const source = `synthetic requests to ${placeOf(url)}`;
	const from = ports.clock.now();
	const begun = ports.clock.monotonic();
	const latencies = await Promise.all(Array.from({ length: config.requests }, (_, i) => request(url, config, begun + i * SPACING, ports)));
	if (ports.cancelled.aborted) return noData("cancelled", `The job was cancelled while ${placeOf(url)} was probed.`);
	const to = Math.max(from + 1, ports.clock.now());
	const stamp = {
		window: {
			from,
			to
		},
		observedAt: to,
		version,
		source
	};
	const total = latencies.length;
	const good = latencies.filter((latency) => latency <= config.within);
	if (config.measure === "failures") return {
		kind: "counts",
		bad: total - good.length,
		total,
		...stamp
	};
	return {
		kind: "histogram",
		buckets: BOUNDS.map((le) => ({
			le,
			count: latencies.filter((latency) => latency <= le).length
		})),
		sum: latencies.reduce((all, latency) => all + Math.min(latency, config.within), 0),
		...stamp
	};
}
/** Milliseconds from when the request was due to the end of its answer; infinite when the answer was not the right one. */
async function request(url, { status, within }, due, ports) {
	const early = due - ports.clock.monotonic();
	if (early > 0) await ports.clock.sleep(early, ports.cancelled).catch(() => void 0);
	try {
		const response = await ports.fetch(url, {
			redirect: "manual",
			signal: AbortSignal.any([ports.cancelled, AbortSignal.timeout(within)]),
			headers: {
				"user-agent": "sluice-probe",
				"cache-control": "no-cache"
			}
		});
		let bytes = 0;
		for await (const chunk of response.body ?? []) {
			bytes += chunk.byteLength;
			if (bytes > 1048576) return Number.POSITIVE_INFINITY;
		}
		if (Number(response.headers.get("age") ?? 0) > 0) return Number.POSITIVE_INFINITY;
		return response.status === status ? ports.clock.monotonic() - due : Number.POSITIVE_INFINITY;
	} catch {
		return Number.POSITIVE_INFINITY;
	}
}

// src/metric-provider/scrapes.ts
/** An instance unseen for so long is forgotten; when it comes back its totals have no beginning. */
const FORGOTTEN_AFTER = 3e5;
const instanceOf = ({ labels }) => JSON.stringify([labels["job"], labels["instance"]]);
/** Where reading must begin so that no scrape is missed. */
const beginOf = (counted, start) => counted === void 0 ? start : Math.min(counted.until, ...counted.instances.values());
/**
* What running totals gained between scrapes, each scrape counted in exactly one look.
*
* Increments are taken between neighbouring raw samples, never extrapolated as `increase()` does, and never across
* `start`: before it traffic had another split. A series that first appears while its instance was being scraped began
* at zero, or the first errors of a version would never count. A total that went down means a restart: nothing of this
* look counts, since what was counted before the crash, likely the worst part, is lost.
*/
function addScrapes(series, start, before) {
	const scrapes = scrapesOf(series, start);
	const newest = Math.max(...[...scrapes.values()].map((times) => times.at(-1) ?? Number.NEGATIVE_INFINITY));
	if (!Number.isFinite(newest)) return noData("not-scraped", "Nothing was scraped since this share began.");
	const stretches = series.flatMap((one) => {
		const times = scrapes.get(instanceOf(one)) ?? [];
		const since = before?.instances.get(instanceOf(one)) ?? before?.until ?? start;
		return stretchesOf(one, times).filter(({ to }) => to > since);
	});
	const counted = countedAfter(scrapes, newest, before);
	if (stretches.length === 0) {
		if (before !== void 0 && newest <= before.until) return noData("not-scraped", "Nothing was scraped since the last look; look less often than it is scraped.");
		return {
			counted,
			added: noData("first-look", "One scrape only; the next one compares.")
		};
	}
	if (stretches.find(({ gain }) => gain < 0) !== void 0) return {
		counted,
		added: noData("counter-reset", "Its totals went down, so a process restarted; nothing of this look counts.")
	};
	const of = new Map(series.map((one) => [one, 0]));
	for (const { series: one, gain } of stretches) of.set(one, (of.get(one) ?? 0) + gain);
	return {
		counted,
		added: {
			from: before?.until ?? Math.min(...stretches.map((stretch) => stretch.from)),
			to: newest,
			of
		}
	};
}
/** When each instance was scraped, ascending. */
function scrapesOf(series, start) {
	const times = /* @__PURE__ */ new Map();
	for (const one of series) {
		const seen = times.get(instanceOf(one)) ?? /* @__PURE__ */ new Set();
		for (const { at } of one.samples) if (at >= start) seen.add(at);
		times.set(instanceOf(one), seen);
	}
	return new Map([...times].map(([instance, seen]) => [instance, [...seen].sort((a, b) => a - b)]));
}
function stretchesOf(series, times) {
	const samples = series.samples.filter(({ at }) => at >= (times[0] ?? Number.POSITIVE_INFINITY));
	return samples.flatMap(({ at: to, value }, i) => {
		const last = samples[i - 1];
		if (last !== void 0) return [{
			series,
			from: last.at,
			to,
			gain: value - last.value
		}];
		const from = times.filter((time) => time < to).at(-1);
		return from === void 0 ? [] : [{
			series,
			from,
			to,
			gain: value
		}];
	});
}
function countedAfter(scrapes, until, before) {
	const instances = new Map(before?.instances);
	for (const [instance, times] of scrapes) {
		const newest = times.at(-1);
		if (newest !== void 0) instances.set(instance, newest);
	}
	for (const [instance, at] of instances) if (at < until - FORGOTTEN_AFTER) instances.delete(instance);
	return {
		until,
		instances
	};
}

// src/metric-provider/prometheus.ts
/** Some minutes of a few dozen series; more is a query nobody meant. */
const MOST_BYTES = 16777216;
const sample = tuple([number$2(), string()]);
const labels = record(string(), string());
/** https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats */
const answer = object({
	status: literal("success"),
	warnings: array(string()).optional(),
	data: discriminatedUnion("resultType", [object({
		resultType: literal("vector"),
		result: array(object({
			metric: labels,
			value: sample
		}))
	}), object({
		resultType: literal("matrix"),
		result: array(object({
			metric: labels,
			values: array(sample)
		}))
	})])
});
/**
* Numbers of one version from a Prometheus server's HTTP API. Totals are read as raw samples and become increments from
* scrape to scrape, over all instances; what happened since the share began counts at the first look already.
*
* Throws `InputError` for an address or selector that cannot be used, `ProviderError` when the server refuses the query.
*/
function prometheusProvider(config, ports) {
	const api = apiAddress(config.url, config.token);
	const ask = (query, at) => askServer(ports, api, config.token, query, at);
	const take = taker(config, ask, placeOf(api));
	return {
		kind: "prometheus",
		measure: (window, subject) => take({
			window,
			subject
		})
	};
}
async function askServer(ports, api, token, query, at) {
	const url = below(api, "/api/v1/query", {
		query,
		time: (at / 1e3).toFixed(3),
		timeout: "8s"
	});
	const page = await askJson(ports, {
		provider: "prometheus",
		url,
		headers: bearer(token),
		mostBytes: MOST_BYTES
	});
	if (isNoData(page)) return page;
	const parsed = answer.safeParse(page.json);
	if (!parsed.success) return noData("unparsable", `${placeOf(url)} did not answer as Prometheus does.`);
	const { data, warnings = [] } = parsed.data;
	const [warning] = warnings;
	if (warning !== void 0) return noData("partial", `${placeOf(url)} answered in part only: ${quote(warning)}.`);
	const series = data.resultType === "vector" ? data.result.map(({ metric, value }) => seriesOf(metric, [value])) : data.result.map(({ metric, values }) => seriesOf(metric, values));
	const odd = series.find(({ samples }) => samples.some(({ value }) => !Number.isFinite(value) || value < 0));
	if (odd !== void 0) return noData("odd-number", `${placeOf(url)} has a sample of ${shown(odd)} that counts for nothing (NaN, infinite or negative).`);
	return series;
}
const seriesOf = (metric, values) => ({
	labels: metric,
	samples: values.map(([seconds, text]) => ({
		at: Math.round(seconds * 1e3),
		value: numberOf$1(text)
	}))
});
/** Numbers come as text, in Go's spelling; what is none of them becomes NaN, which nothing counts. */
const numberOf$1 = (text) => /^-?\d/.test(text) ? Number(text) : NaN;
function taker(config, ask, source) {
	if ("bad" in config) return takeCounts(chosen(config.bad, config.by), chosen(config.total, config.by), config.by, ask, source);
	if ("histogram" in config) return takeHistogram(chosen(config.histogram, config.by), config, ask, source);
	return takeValue(chosen(config.value, config.by), config, ask, source);
}
function chosen(text, by) {
	const { selector, problem } = parseSelector(text);
	if (selector === void 0) throw new InputError(problem);
	if (selector.labels.includes(by)) throw new InputError(`\`${text}\` names \`${by}\` itself; leave it out, each version is asked for by \`by\`.`);
	const inside = /\{(.*)\}/s.exec(text)?.[1] ?? "";
	return {
		name: selector.name,
		labels: selector.labels,
		inside: inside.trim().replace(/,$/, "")
	};
}
const escaped = (value) => value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
function queryOf(name, inside, by, version) {
	return `${name}{${inside === "" ? "" : `${inside},`}${by}="${escaped(version)}"}`;
}
/** Counts scrapes once, per version, over the life of one gate. */
function scrapeReader(ask, source) {
	const starts = /* @__PURE__ */ new Map();
	const memory = /* @__PURE__ */ new Map();
	return async (queries, { window, subject }) => {
		const { version } = subject;
		const start = starts.get(version) ?? window.from;
		starts.set(version, start);
		const known = memory.get(version);
		const range = Math.max(1e3, Math.ceil(window.to - beginOf(known, start)) + 1e3);
		const answers = await Promise.all(queries.map((query) => ask(`${query}[${range}ms]`, window.to)));
		const missing = answers.find((found) => isNoData(found));
		if (missing !== void 0 && isNoData(missing)) return missing;
		const groups = answers.map((found) => isNoData(found) ? [] : found);
		const about = `${source}, version ${version}`;
		if ((groups.at(-1) ?? []).length === 0) return noData("no-series", `${about}: nothing answers \`${queries.at(-1)}\`; expose it from the start, at 0.`);
		const result = addScrapes(groups.flat(), start, known);
		if (isNoData(result)) return {
			...result,
			message: `${about}: ${result.message}`
		};
		memory.set(version, result.counted);
		const { added } = result;
		return isNoData(added) ? {
			...added,
			message: `${about}: ${added.message}`
		} : {
			groups,
			added,
			range
		};
	};
}
function stampOf({ from, to }, subject, source) {
	return {
		window: {
			from,
			to
		},
		observedAt: to,
		version: subject.version,
		source
	};
}
const gained = (series, { of }) => series.reduce((sum, one) => sum + (of.get(one) ?? 0), 0);
function takeCounts(bad, total, by, ask, source) {
	const read = scrapeReader(ask, source);
	return async (look) => {
		const { subject } = look;
		const queries = [bad, total].map(({ name, inside }) => queryOf(name, inside, by, subject.version));
		const found = await read(queries, look);
		if (isNoData(found)) return found;
		const [badSeries = [], totalSeries = []] = found.groups;
		if (badSeries.length === 0) {
			const doubt = await whyNoBad(bad, by, look, found.range, ask, source);
			if (doubt !== void 0) return doubt;
		}
		return {
			kind: "counts",
			bad: gained(badSeries, found.added),
			total: gained(totalSeries, found.added),
			...stampOf(found.added, subject, source)
		};
	};
}
/** No bad series may mean no bad event, or a label that nothing has: only the first is zero. */
async function whyNoBad({ name, labels: wanted }, by, { window, subject }, range, ask, source) {
	const query = queryOf(name, wanted.map((label) => `${label}!=""`).join(","), by, subject.version);
	const found = await ask(`${query}[${range}ms]`, window.to);
	if (isNoData(found)) return found;
	if (found.length > 0) return void 0;
	return noData("no-series", `${source} has no \`${query}\`, so no bad event could ever show; check the names in \`bad\`.`);
}
function takeHistogram(selector, { by, unit }, ask, source) {
	const scale = scaleOf(selector.name, unit);
	if (scale === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
	const read = scrapeReader(ask, source);
	return async (look) => {
		const { subject } = look;
		const parts = ["sum", "bucket"].map((part) => queryOf(`${selector.name}_${part}`, selector.inside, by, subject.version));
		const found = await read(parts, look);
		if (isNoData(found)) return found;
		const [sums = [], buckets = []] = found.groups;
		const perBound = gainsPerBound(buckets, found.added);
		if (perBound === void 0 || sums.length === 0) return noData("odd-histogram", `${source} has buckets of \`${selector.name}\` that do not fit together.`);
		return histogramOf(perBound, scale, gained(sums, found.added) * scale, stampOf(found.added, subject, source));
	};
}
/** Sums per bound; undefined when a series lacks a bound that another has, or the one for everything. */
function gainsPerBound(buckets, added) {
	const sets = /* @__PURE__ */ new Map();
	const gains = /* @__PURE__ */ new Map();
	for (const one of buckets) {
		const { le = "", ...rest } = one.labels;
		if (le !== "+Inf" && !/^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(le)) return void 0;
		const set = JSON.stringify(Object.entries(rest).sort());
		sets.set(set, [...sets.get(set) ?? [], le]);
		gains.set(le, (gains.get(le) ?? 0) + (added.of.get(one) ?? 0));
	}
	return gains.has("+Inf") && [...sets.values()].every((bounds) => bounds.length === gains.size) ? gains : void 0;
}
function histogramOf(perBound, scale, sum, stamp) {
	const buckets = [...perBound].map(([bound, count]) => ({
		le: bound === "+Inf" ? Number.POSITIVE_INFINITY : scaled(Number(bound), scale),
		count
	})).sort((a, b) => a.le - b.le);
	if (buckets.some(({ count, le }, i) => Number.isNaN(le) || count < (buckets[i - 1]?.count ?? 0))) return noData("odd-histogram", `${stamp.source} has buckets that cannot be.`);
	return {
		kind: "histogram",
		buckets,
		sum,
		...stamp
	};
}
function takeValue(selector, { by, unit }, ask, source) {
	const scale = scaleOf(selector.name, unit) ?? 1;
	return async ({ window, subject }) => {
		const query = queryOf(selector.name, selector.inside, by, subject.version);
		const [found, times] = [await ask(query, window.to), await ask(`timestamp(${query})`, window.to)];
		if (isNoData(found)) return found;
		if (isNoData(times)) return times;
		const [only, second] = found;
		if (only === void 0) return noData("no-series", `${source} has no \`${query}\` now.`);
		if (second !== void 0) return noData("ambiguous", tooMany(found, query, source));
		const [value, time] = [only.samples[0]?.value, times[0]?.samples[0]?.value];
		if (value === void 0 || time === void 0 || times.length !== 1) return noData("no-series", `${source} has no \`${query}\` now.`);
		const observedAt = Math.round(time * 1e3);
		return {
			kind: "value",
			value: scaled(value, scale),
			...stampOf({
				from: observedAt,
				to: observedAt,
				of: /* @__PURE__ */ new Map()
			}, subject, source)
		};
	};
}
function tooMany(found, query, source) {
	const some = found.slice(0, 3).map(shown).join(", ");
	return `${`${source} has ${found.length} series where \`${query}\` should mean one: ${some}`}. Add matchers, or a recording rule that sums them.`;
}
/** A series by its labels, as far as they are fit to show. */
const shown = ({ labels: own }) => quote(Object.entries(own).filter(([name]) => name !== "__name__").map(([name, value]) => `${name}=${value}`).join(" "));

// src/metric-provider/redis.ts
const FIELD = {
	memory: "used_memory",
	clients: "connected_clients"
};
/** Passing states of a server: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const PASSING = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/;
/**
* What a Redis server counts (https://redis.io/docs/latest/commands/info/). The server is shared by all versions: its
* numbers speak for the service, whichever version asks.
*/
function redisProvider({ url, measure }, ports) {
	const server = serverAt(url);
	const totals = runningTotals(server.name);
	const source = `Redis at ${server.name}, shared by all versions`;
	return {
		kind: "redis",
		async measure(_window, { version }) {
			const at = ports.clock.now();
			const info = await readInfo(server, ports.cancelled);
			if (isNoData(info)) return info;
			const stamp = {
				observedAt: at,
				version,
				source
			};
			if (measure !== "misses") {
				const value = numberOf(info, FIELD[measure]);
				return value === void 0 ? noData("no-series", `${source} says no \`${FIELD[measure]}\`.`) : {
					kind: "value",
					value,
					window: {
						from: at,
						to: at
					},
					...stamp
				};
			}
			const [hits, misses] = [numberOf(info, "keyspace_hits"), numberOf(info, "keyspace_misses")];
			if (hits === void 0 || misses === void 0) return noData("no-series", `${source} says no \`keyspace_hits\` and \`keyspace_misses\`.`);
			const run = info.get("run_id") ?? "";
			const increase = totals.add(version, {
				at,
				totals: {
					[`hits ${run}`]: hits,
					[`misses ${run}`]: misses
				}
			});
			if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew: it restarted, or its statistics were reset.`);
			const [newHits = 0, newMisses = 0] = Object.values(increase.totals);
			return {
				kind: "counts",
				bad: newMisses,
				total: newHits + newMisses,
				window: {
					from: increase.from,
					to: at
				},
				...stamp
			};
		}
	};
}
function serverAt(address) {
	const url = URL.canParse(address) ? new URL(address) : void 0;
	if (url === void 0 || !/^rediss?:$/.test(url.protocol) || url.hostname === "") throw new InputError("The address of Redis (not shown) must look like redis://user:password@host:6379.");
	const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
	const port = url.port === "" ? 6379 : Number(url.port);
	const [user, password] = [url.username, url.password].map(decodeURIComponent);
	const login = password ? [...user ? [user] : [], password] : [];
	return {
		peer: { at: {
			host,
			port,
			tls: url.protocol === "rediss:"
		} },
		login,
		name: `${url.hostname}:${port}`
	};
}
/** One command in the protocol's own form, so that no value can become another command. */
const command = (...words) => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
async function readInfo({ peer, login, name }, cancelled) {
	const commands = [...login.length > 0 ? [command("AUTH", ...login)] : [], command("INFO")];
	const count = commands.length;
	try {
		return infoIn(repliesIn(await exchange(peer, commands.join(""), (bytes) => {
			const replies = repliesIn(bytes);
			return replies.length === count || replies.some((reply) => "error" in reply);
		}, cancelled)), count, name);
	} catch (error) {
		if (error instanceof ProviderError) throw error;
		return noData("unreachable", `Redis at ${name} did not answer: ${error instanceof Error ? error.message : "unknown"}.`);
	}
}
/** The whole replies at the beginning of the bytes; anything but a simple string, an error or a bulk string is an error. */
function repliesIn(bytes) {
	const replies = [];
	for (let at = 0; at < bytes.length;) {
		const end = bytes.indexOf("\r\n", at);
		if (end === -1) break;
		const kind = String.fromCharCode(bytes[at] ?? 0);
		const line = bytes.toString("utf8", at + 1, end);
		at = end + 2;
		if (kind === "+") replies.push({ text: line });
		else if (kind === "$" && /^\d{1,7}$/.test(line)) {
			const length = Number(line);
			if (bytes.length < at + length + 2) break;
			replies.push({ text: bytes.toString("utf8", at, at + length) });
			at += length + 2;
		} else return [...replies, { error: kind === "-" ? line : "it does not speak Redis' protocol" }];
	}
	return replies;
}
function infoIn(replies, count, name) {
	for (const reply of replies) {
		if (!("error" in reply)) continue;
		const said = `Redis at ${name} answered: ${plainText(reply.error).slice(0, 100).replace(/\.$/, "")}.`;
		if (PASSING.test(reply.error)) return noData("unreachable", said);
		if (/^(NOAUTH|WRONGPASS|NOPERM|ERR)\b/.test(reply.error)) throw new ProviderError("redis", `${said} Check the user and password in its address.`, { status: reply.error.split(" ", 1)[0] ?? "ERR" });
		return noData("unparsable", said);
	}
	const last = replies[count - 1];
	if (last === void 0 || !("text" in last)) return noData("unreachable", `Redis at ${name} ended before it answered.`);
	return new Map(last.text.split("\r\n").flatMap((line) => {
		const colon = line.indexOf(":");
		return colon > 0 && !line.startsWith("#") ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
	}));
}
const numberOf = (info, field) => {
	const text = info.get(field) ?? "";
	return /^\d{1,15}$/.test(text) ? Number(text) : void 0;
};

// src/metric-provider/sentry.ts
const HOUR = 36e5;
const MOST_PAGES = 10;
const projectAnswer = object({
	id: string().regex(/^\d+$/),
	slug: string()
});
const releaseAnswer = object({ version: string() });
const issuesAnswer = array(object({ id: string() }));
const eventsAnswer = object({ data: tuple([object({ "count()": number$2().int().nonnegative() })]) });
const sessionsAnswer = object({ groups: array(object({ totals: object({
	"sum(session)": number$2().nonnegative(),
	"crash_free_rate(session)": number$2().min(0).max(1).nullable()
}) })) });
/**
* What Sentry knows of one release (https://docs.sentry.io/api/): error events, issues first seen in it, or the share of
* sessions without a crash, all since the share of traffic began. Events that arrive late are thus counted later, not
* lost. A release Sentry does not know is no data: nothing was sent, or under another name.
*/
function sentryProvider(config, ports) {
	const api = below(apiAddress(config.url, config.token), "/api/0");
	const source = `Sentry's ${config.measure} of ${config.project}`;
	const starts = /* @__PURE__ */ new Map();
	async function ask(path, query, shape, missing) {
		const url = below(api, path, query);
		const answer = await askJson(ports, {
			provider: "sentry",
			url,
			headers: bearer(config.token)
		}, missing);
		if (isNoData(answer)) return answer;
		const parsed = shape.safeParse(answer.json);
		if (!parsed.success) return noData("unparsable", `${source}: ${url.pathname} did not answer as documented.`);
		return {
			found: parsed.data,
			headers: answer.headers
		};
	}
	async function count(about) {
		if (config.measure === "new-issues") return newIssues(about);
		return config.measure === "errors" ? errors(about) : crashFree(about);
	}
	const organization = `/organizations/${encodeURIComponent(config.organization)}`;
	const filters = ({ project }) => ({
		project,
		...config.environment !== void 0 && { environment: config.environment }
	});
	const search = (field, { release }) => `${field}:"${release}"${config.query === void 0 ? "" : ` ${config.query}`}`;
	const span = ({ since }) => ({
		start: new Date(since.from).toISOString(),
		end: new Date(since.to).toISOString()
	});
	async function errors(about) {
		const query = {
			dataset: "errors",
			field: "count()",
			query: search("release", about),
			...span(about)
		};
		const answer = await ask(`${organization}/events/`, {
			...filters(about),
			...query
		}, eventsAnswer);
		return isNoData(answer) ? answer : answer.found.data[0]["count()"];
	}
	async function newIssues(about) {
		let total = 0;
		let cursor;
		for (let page = 0; page < MOST_PAGES; page++) {
			const query = {
				query: search("firstRelease", about),
				sort: "new",
				limit: "100"
			};
			const at = {
				...filters(about),
				...query,
				...cursor !== void 0 && { cursor }
			};
			const answer = await ask(`${organization}/issues/`, at, issuesAnswer);
			if (isNoData(answer)) return answer;
			total += answer.found.length;
			cursor = nextCursor(answer.headers.get("link"));
			if (cursor === void 0) break;
		}
		return total;
	}
	async function crashFree(about) {
		if (about.since.to - about.since.from < HOUR) return noData("window-too-short", `${source} are counted by the hour, and this share began less than one ago.`);
		const url = below(api, `${organization}/sessions/`, {
			...filters(about),
			...span(about),
			query: `release:"${about.release}"`,
			interval: "1h"
		});
		for (const field of ["crash_free_rate(session)", "sum(session)"]) url.searchParams.append("field", field);
		const answer = await askJson(ports, {
			provider: "sentry",
			url,
			headers: bearer(config.token)
		});
		if (isNoData(answer)) return answer;
		const parsed = sessionsAnswer.safeParse(answer.json);
		if (!parsed.success) return noData("unparsable", `${source}: the sessions are not as documented.`);
		const [group, second] = parsed.data.groups;
		const rate = group?.totals["crash_free_rate(session)"];
		if (second !== void 0) return noData("ambiguous", `${source} come in several groups.`);
		if (rate === void 0 || rate === null || group?.totals["sum(session)"] === 0) return noData("no-traffic", `${source}: there was no session of this release yet.`);
		return rate;
	}
	async function aboutOf(release, since) {
		const slug = encodeURIComponent(config.project);
		const project = await ask(`/projects/${encodeURIComponent(config.organization)}/${slug}/`, {}, projectAnswer);
		if (isNoData(project)) return project;
		const unknown = noData("no-release", `Sentry knows no release ${release}; set this name as the application's release, or give \`release\`.`);
		const found = await ask(`${organization}/releases/${encodeURIComponent(release)}/`, {}, releaseAnswer, unknown);
		if (isNoData(found)) return found;
		return {
			project: project.found.id,
			release,
			since
		};
	}
	return {
		kind: "sentry",
		async measure(window, { version }) {
			const release = config.release.replaceAll("$version", version);
			if (/["\\\n*]/.test(release)) throw new InputError(`The release's name ${release} cannot be searched for at Sentry.`);
			const from = starts.get(version) ?? window.from;
			starts.set(version, from);
			const at = ports.clock.now();
			const about = await aboutOf(release, {
				from,
				to: Math.max(at, from + 1e3)
			});
			if (isNoData(about)) return about;
			const value = await count(about);
			if (typeof value !== "number") return value;
			return {
				kind: "value",
				value,
				window: {
					from: at,
					to: at
				},
				observedAt: at,
				version,
				source
			};
		}
	};
}
/** `<...>; rel="next"; results="true"; cursor="0:100:0"`: only the cursor is taken, never the address. */
function nextCursor(link) {
	const next = link?.split(",").find((part) => /rel="next"/.test(part) && /results="true"/.test(part));
	return /cursor="([\w:.-]{1,100})"/.exec(next ?? "")?.[1];
}

// src/metric-provider/sql.ts
const LONGEST = 1e4;
/** What a question may ask about; sent as parameters, never pasted into the text. */
const PLACEHOLDER = /\$(version|from|to)\b/g;
/**
* Numbers from a query on PostgreSQL, in a read-only transaction with a deadline. `$version`, `$from` and `$to` in the
* text stand for the version and the window (text and timestamptz).
*
* Throws `InputError` for counts without their window: they would count the same events at every look.
*/
function sqlProvider(config, ports) {
	const address = parseDatabaseUrl(config.database, "Reading a metric");
	const text = config.value ?? config.counts ?? "";
	if (config.counts !== void 0 && !(/\$from\b/.test(text) && /\$to\b/.test(text))) throw new InputError("A query for counts must be bounded by `$from` and `$to`, or every look would count the same events.");
	const { within = LONGEST } = config;
	return {
		kind: "sql",
		async measure(window, subject) {
			const asked = ports.clock.now();
			try {
				return measurementOf(await withConnection(address, "sluice metric", ports, (client) => ask(client, parameterised(text, window, subject), within)), config, {
					asked,
					window,
					stamp: {
						version: subject.version,
						source: `a query on ${address.name}`
					}
				});
			} catch (error) {
				return failureOf(error, address.name);
			}
		}
	};
}
function parameterised(text, window, { version }) {
	const known = {
		version: [version, "text"],
		from: [new Date(window.from).toISOString(), "timestamptz"],
		to: [new Date(window.to).toISOString(), "timestamptz"]
	};
	const values = [];
	return {
		text: text.replace(PLACEHOLDER, (_, name) => {
			const [value, type] = known[name];
			values.push(value);
			return `$${values.length}::${type}`;
		}),
		values
	};
}
async function ask(client, { text, values }, within) {
	await client.query("begin transaction read only");
	await client.query("select set_config('statement_timeout', $1, true)", [String(within)]);
	const result = await client.query({
		name: "metric",
		text,
		values: [...values]
	});
	await client.query("rollback");
	return result.rows;
}
function measurementOf(rows, config, { asked, window, stamp }) {
	const [row] = rows;
	if (rows.length !== 1 || typeof row !== "object" || row === null) return noData(rows.length === 0 ? "no-series" : "ambiguous", `${stamp.source} gave ${rows.length} rows, not one.`);
	const columns = Object.entries(row);
	if (config.counts !== void 0) {
		const [bad, total] = [numberIn(columns, "bad"), numberIn(columns, "total")];
		if (bad === void 0 || total === void 0 || bad > total) return noData("odd-number", `${stamp.source} gave no numbers \`bad\` and \`total\` that fit together.`);
		return {
			kind: "counts",
			bad,
			total,
			window,
			observedAt: asked,
			...stamp
		};
	}
	const [only] = columns;
	const value = columns.length === 1 && only !== void 0 ? numberIn(columns, only[0]) : void 0;
	if (value === void 0) return noData("odd-number", `${stamp.source} gave something else than one number.`);
	return {
		kind: "value",
		value,
		window: {
			from: asked,
			to: asked
		},
		observedAt: asked,
		...stamp
	};
}
/** Big integers and decimals come as text; null, NaN, negative and anything else is no number. */
function numberIn(columns, name) {
	const value = columns.find(([column]) => column === name)?.[1];
	const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
	return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : void 0;
}
/** A query that is wrong, or not allowed, is an error; a server that is away, busy or slow is no data. */
function failureOf(error, name) {
	if (error instanceof ProviderError) {
		if (!error.retryable) throw error;
		return noData("unreachable", error.message);
	}
	const { code, message } = describeError(error);
	if (code === "57014") return noData("late", `The query on ${name} took too long and was ended.`);
	if (/^(22|25|26|42|0A)/.test(code ?? "")) throw new ProviderError("postgres", `The query on ${name} was refused: ${message}. Mend the query.`, {
		...code !== void 0 && { status: code },
		cause: error
	});
	return noData("unreachable", `The query on ${name} was not answered: ${message}.`);
}

// src/metric-provider/open.ts
/** The adapter for what a runbook declares as one metric, its references resolved. */
function openMetric(spec, ports) {
	if ("exposition" in spec) return expositionProvider(spec.exposition, ports);
	if ("prometheus" in spec) return prometheusProvider(spec.prometheus, ports);
	if ("json" in spec) return jsonProvider(spec.json, ports);
	if ("probe" in spec) return probeProvider(spec.probe, ports);
	if ("command" in spec) return commandProvider(spec.command, ports);
	if ("haproxy" in spec) return haproxyProvider(spec.haproxy, ports);
	if ("redis" in spec) return redisProvider(spec.redis, ports);
	if ("sql" in spec) return sqlProvider(spec.sql, ports);
	if ("logs" in spec) return logsProvider(spec.logs, ports);
	if ("docker" in spec) return dockerProvider(spec.docker, ports);
	if ("sentry" in spec) return sentryProvider(spec.sentry, ports);
	return pageProvider(spec.page, ports);
}
/** What kind of numbers a declared metric gives. */
function shapeOf(spec) {
	const shape = shapeOfMetric(spec);
	if (shape === void 0) throw new Error("A metric that was accepted says nothing about what it gives.");
	return shape;
}

// src/canary-judge.ts
/** Judges one share after the other: waits for the next look, measures both versions, assesses. */
function canaryJudge({ ports, target, runbook }) {
	let sitting;
	return async (effect, release) => {
		const { weight, generation } = effect;
		const share = `${effect.stage}/${effect.shift}/${weight}/${generation}`;
		const { candidate, stable } = release;
		const limits = runbook.stages.find(({ name }) => name === effect.stage)?.canary?.shifts[effect.shift]?.limits;
		if (candidate === null || limits === void 0 || limits.length === 0) throw new InputError(`Shift ${effect.shift + 1} of stage ${effect.stage} has no limits, so nothing can judge it. Check out the commit of the release.`);
		const stage = release.plan.stages.find(({ name }) => name === effect.stage);
		if (sitting?.share !== share) sitting = {
			share,
			providers: new Map(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, openMetric(spec, ports)])),
			gate: gateOf(release, effect, {
				limits,
				metrics: Object.fromEntries(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, countedShape(spec)])),
				alpha: shareOfAlpha(release),
				candidate: candidate.version,
				...weight < 100 ? { stable: stable.version } : {},
				startedAt: release.traffic?.since ?? ports.clock.now(),
				hold: effect.planned.holdMs,
				every: effect.planned.everyMs,
				maxHold: stage?.maxHoldMs ?? effect.planned.holdMs,
				...stage?.onShort !== void 0 && { onShort: stage.onShort }
			})
		};
		await ports.clock.sleep(Math.max(0, nextLook(sitting.gate) - ports.clock.now()), ports.cancelled).catch(() => void 0);
		const batch = await measure(sitting, target, ports);
		const now = ports.clock.now();
		sitting.replay = withLook(sitting.replay ?? newReplay(sitting.gate), batch, now);
		const { state, decision } = assess(sitting.gate, batch, now);
		sitting.gate = state;
		const verdict = decision.explain();
		ports.log.info(`look ${state.looks} at ${weight}%: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
		const evidence = Object.assign({}, verdict.evidence, { replay: keptReplay(sitting.replay) });
		return {
			...verdict,
			evidence,
			gate: state,
			stage: effect.stage,
			shift: effect.shift,
			weight,
			generation
		};
	};
}
/** What a metric gives, and what one event of it is. */
const countedShape = (spec) => ({
	...shapeOf(spec),
	...spec.count !== void 0 && { count: spec.count }
});
/** The largest part of healthy releases that may be sent back, over all of a release's shares together. */
const RELEASE_ALPHA = .01;
/** The shares divide the error bound evenly, so that it holds for the whole release (Bonferroni). */
function shareOfAlpha({ plan }) {
	const judged = plan.stages.flatMap(({ shifts }) => shifts).filter((shift) => shift.judged);
	return RELEASE_ALPHA / Math.max(1, judged.length);
}
/** A share that another process began to judge is judged on from what it wrote down, with the same error bounds. */
function gateOf({ verdict }, share, config) {
	return verdict !== null && verdict.stage === share.stage && verdict.shift === share.shift && verdict.weight === share.weight && verdict.generation === share.generation && verdict.gate !== void 0 ? resumeGate(config, verdict.gate) : newGate(config);
}
/** Everything the gate wants to know at this look, of both versions at once. */
async function measure({ gate, providers }, target, ports) {
	const window = {
		from: gate.lastLook ?? gate.config.startedAt,
		to: ports.clock.now()
	};
	const wanted = toMeasure(gate);
	const addresses = new Map(await Promise.all([...new Set(wanted.map(({ version }) => version))].map(async (version) => [version, await target.address(version)])));
	const batch = {};
	await Promise.all(wanted.map(async ({ metric, version, of }) => {
		const provider = providers.get(metric);
		if (provider === void 0) return;
		const measured = await provider.measure(window, {
			version,
			address: addresses.get(version)
		});
		batch[metric] = {
			...batch[metric],
			[of]: measured
		};
	}));
	return batch;
}

export { canaryJudge as t };