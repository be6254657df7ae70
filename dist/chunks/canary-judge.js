import { b as union, c as array, d as discriminatedUnion, f as literal, g as record, h as object, l as boolean, m as number$2, o as _enum, p as looseObject, u as custom, v as string, x as unknown, y as tuple } from "./zod.js";
import { t as InputError } from "./failure.js";
import { $ as areWhole, B as sayShared, F as sayInconclusive, G as lookForGrowth, H as sayWaiting, I as sayMissing, J as lookForEvidence, K as newGrowthState, L as sayOpen, M as sayBefore, N as sayBlind, P as sayBroken, Q as NO_EVIDENCE, R as sayProven, S as quantileOf, U as sayWarnings, V as saySplit, W as growthStanding, X as stableOf, Y as newEvidenceState, Z as sumsOf, at as beyond, b as gateProblems, dt as shapeOfMetric, et as gather, it as xLogY, nt as logGamma, ot as quantileBound, q as candidateOf, rt as logSumExp, st as slowRequests, tt as logEValue, x as settle, y as compiled, z as saySeen } from "./main.js";

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
const noData$2 = (reason, message) => ({
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
	if (candidate.kind !== "histogram" || stable?.kind !== "histogram") return noData$2("wrong-kind", "Latency is compared between two histograms.");
	return Math.max(Math.abs(candidate.window.from - stable.window.from), Math.abs(candidate.window.to - stable.window.to)) > slack ? noData$2("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
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
		missing: noData$2("first-look", `${test.metric} chose its bounds at this look and counts from the next.`)
	};
	const state = add(test, old, pairing, pace.look);
	if ((candidate.buckets.at(-1)?.count ?? 0) > 0) return { state };
	return {
		state,
		missing: noData$2("no-traffic", `${test.metric} saw no request of the candidate.`)
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
const noData$1 = (reason, message) => ({
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
	if (own === void 0) return noData$1("no-traffic", `${test.metric} saw no request of the candidate.`);
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
	return stable?.kind === "no-data" ? stable : noData$1("no-traffic", `${test.metric} saw no request of stable.`);
}
function compareAbsolute(test, own, beside) {
	const breaks = breaksLimit(test, own);
	if (breaks === void 0) return noData$1("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
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
const CLOCK_SKEW = 5e3;
/** Until when a counted measurement reaches: a later one must begin there or after. */
const countedUpTo = ({ kind, window, observedAt }) => kind === "value" ? observedAt : window.to;
const noData = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const isCount = (value) => Number.isFinite(value) && value >= 0;
/** The measurement if every number in it can be believed, else why not. Anything odd is no data: never zero. */
function usable(measurement, expected) {
	const { metric, shape, version } = expected;
	if (measurement === void 0) return noData("not-measured", `${metric} was not measured for ${version}.`);
	if (measurement.kind === "no-data") return measurement;
	if (measurement.kind !== shape.kind) return noData("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
	if (measurement.version !== version) return noData("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`);
	return wrongTime(measurement, expected) ?? wrongNumbers(measurement, metric) ?? measurement;
}
function wrongTime({ kind, window, observedAt }, expected) {
	const { metric, now, startedAt, staleAfter, countedUntil } = expected;
	const { from, to } = window;
	if (![
		from,
		to,
		observedAt
	].every(Number.isFinite) || from > to) return noData("odd-window", `${metric} covers no sensible window.`);
	if (observedAt > now + CLOCK_SKEW || to > now + CLOCK_SKEW) return noData("future", `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1e3)} s in the future.`);
	if (observedAt < now - staleAfter || to < now - staleAfter) return noData("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1e3)} s old.`);
	const begin = kind === "value" ? observedAt : from;
	if (begin < startedAt) return noData("before-start", `${metric} covers time from before this gate began.`);
	if (countedUntil === void 0 || begin > countedUntil || kind !== "value" && begin === countedUntil) return void 0;
	return noData("counted-already", `${metric} covers time that was counted already.`);
}
function wrongNumbers(measurement, metric) {
	switch (measurement.kind) {
		case "counts": {
			const { bad, total } = measurement;
			if (isCount(bad) && isCount(total) && bad <= total) return void 0;
			return noData("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
		}
		case "histogram": return wrongBuckets(measurement.buckets, measurement.sum) ? noData("odd-histogram", `${metric} has buckets that cannot be.`) : void 0;
		case "value":
			if (isCount(measurement.value)) return void 0;
			return noData("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
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

// src/metric-provider/open.ts
/** The adapter for what a runbook declares as one metric, its references resolved; only its own code is loaded. */
async function openMetric(spec, ports) {
	if ("exposition" in spec) return (await import("./exposition.js")).expositionProvider(spec.exposition, ports);
	if ("prometheus" in spec) return (await import("./prometheus.js")).prometheusProvider(spec.prometheus, ports);
	if ("json" in spec) return (await import("./json.js")).jsonProvider(spec.json, ports);
	if ("probe" in spec) return (await import("./probe.js")).probeProvider(spec.probe, ports);
	if ("command" in spec) return (await import("./command2.js")).commandProvider(spec.command, ports);
	if ("haproxy" in spec) return (await import("./haproxy.js")).haproxyProvider(spec.haproxy, ports);
	if ("redis" in spec) return (await import("./redis.js")).redisProvider(spec.redis, ports);
	if ("sql" in spec) return (await import("./sql.js")).sqlProvider(spec.sql, ports);
	if ("logs" in spec) return (await import("./logs.js")).logsProvider(spec.logs, ports);
	if ("docker" in spec) return (await import("./docker.js")).dockerProvider(spec.docker, ports);
	if ("sentry" in spec) return (await import("./sentry.js")).sentryProvider(spec.sentry, ports);
	return (await import("./page.js")).pageProvider(spec.page, ports);
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
			providers: await openedMetrics(runbook, ports),
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
async function openedMetrics({ metrics = {} }, ports) {
	return new Map(await Promise.all(Object.entries(metrics).map(async ([name, spec]) => [name, await openMetric(spec, ports)])));
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