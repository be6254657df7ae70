import { S as unknown, _ as record, b as tuple, d as custom, f as discriminatedUnion, g as object, h as number$2, l as array, m as looseObject, p as literal, s as _enum, u as boolean, x as union, y as string } from "./zod.js";
import { a as gather, c as logGamma, d as beyond, f as quantileBound, i as areWhole, l as logSumExp, n as quantileOf, p as slowRequests, r as NO_EVIDENCE, s as logEValue } from "./limit-test.js";
import { t as InputError } from "./failure.js";
import { C as lookForGrowth, D as newEvidenceState, E as lookForEvidence, O as stableOf, S as growthStanding, T as candidateOf, _ as sayShared, b as sayWarnings, c as sayBefore, d as sayInconclusive, f as sayMissing, g as saySeen, h as sayProven, i as settle, k as sumsOf, l as sayBlind, m as sayPaged, n as gateProblems, p as sayOpen, t as compiled, u as sayBroken, v as saySplit, w as newGrowthState, x as sayWhose, y as sayWaiting } from "./config.js";
import { t as requestsLeft } from "./planner.js";
import { n as usable, t as countedUpTo } from "./usable.js";

// src/evidence/family.ts
/**
* ln of the weighted average of e-values, weights summing to 1: itself an e-value under any dependence, and never
* weaker than Bonferroni's correction (Vovk & Wang, "E-values: calibration, combination and applications", 2021).
*/
const familyLogE = (members) => logSumExp(members.map(({ logE, weight }) => logE + Math.log(weight)));

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
const noData$1 = (reason, message) => ({
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
	if (candidate.kind !== "histogram" || stable?.kind !== "histogram") return noData$1("wrong-kind", "Latency is compared between two histograms.");
	return Math.max(Math.abs(candidate.window.from - stable.window.from), Math.abs(candidate.window.to - stable.window.to)) > slack ? noData$1("windows-differ", "The two versions do not cover the same time.") : [candidate, stable];
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
		missing: noData$1("first-look", `${test.metric} chose its bounds at this look and counts from the next.`)
	};
	const state = add(test, old, pairing, pace.look);
	if ((candidate.buckets.at(-1)?.count ?? 0) > 0) return { state };
	return {
		state,
		missing: noData$1("no-traffic", `${test.metric} saw no request of the candidate.`)
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
	const standings = deciding(look);
	const family = familyOf(standings, "fail", config);
	const elapsed = now - config.startedAt;
	const conclude = (verdict, reason, say) => ({
		verdict,
		reason,
		explain: () => ({
			verdict,
			reason,
			message: sayWhose(config) + say() + warningsOf(look),
			evidence: describe(look, standings, family)
		})
	});
	const broken = standings.find((standing) => isBrokenAtOnce(standing, look)) ?? blamed(family, config);
	if (broken) return conclude("fail", isOut(broken) ? "outage" : "limit-broken", () => sayBroken(broken, config, now));
	const [paged] = pagesOf(look, standings);
	if (paged) return conclude("hold", "page-limit-broken", () => sayPaged(paged, config));
	const shared = standings.find((standing) => isShared(standing, config));
	const uneven = standings.find((standing) => isUneven(standing, config));
	const [first] = standings.filter((standing) => !isProven(standing, look));
	if (first === void 0 && !shared && !uneven && elapsed >= config.hold) return conclude("pass", "limits-hold", () => sayProven(standings, config));
	if (elapsed >= config.maxHold) {
		const last = () => sayInconclusive(shared ?? first, config, elapsed);
		switch (config.onShort) {
			case "fail": return conclude("fail", "short-evidence", last);
			case "approve": return conclude("hold", "short-evidence", last);
			case "hold":
			case "synthetic": return conclude("hold", "inconclusive", last);
		}
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
/** What a verdict depends on: not what only warns, nor what a person said to go on in spite of. */
const deciding = ({ standings, waived }) => standings.filter(({ test }) => test.level !== "warn" && !(test.level === "page" && waived.includes(test.text)));
/** The page-limits that are broken now, the worst first. */
function pagesOf(look, standings) {
	const paging = standings.filter(({ test }) => test.level === "page");
	if (paging.length === 0) return paging;
	const worst = blamed(familyOf(paging, "page", look.config), look.config);
	const broken = paging.filter((standing) => standing !== worst && isBrokenNow(standing, look));
	return worst === void 0 ? broken : [worst, ...broken];
}
/** The page-limits that are broken at this look, as they are written. */
const brokenPages = (look) => pagesOf(look, deciding(look)).map(({ test }) => test.text);
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
/** Broken without weighing it against other limits. */
const isBrokenNow = (standing, look) => isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken";
/** Comparisons with before only hold. */
const isBrokenAtOnce = (standing, look) => standing.test.level === "fail" && isBrokenNow(standing, look);
/** Broken by itself, whatever breaking it does. */
const isBroken = (standing, look) => isBrokenNow(standing, look) || isBrokenAlone(standing, look.config);
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
function familyOf(standings, level, config) {
	const weighed = standings.filter((standing) => isWeighed(standing) && standing.test.level === level);
	const weight = 1 / weighed.length;
	const members = weighed.map((standing) => ({
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
function describe(look, decided, family) {
	const { config, looks, standings, now, waived } = look;
	const pages = familyOf(decided, "page", config);
	return {
		candidate: config.candidate,
		...config.stable !== void 0 && { stable: config.stable },
		...config.synthetic === true && { synthetic: true },
		window: {
			from: config.startedAt,
			to: now
		},
		looks,
		...Number.isFinite(family.logE) && { familyLogE: family.logE },
		...Number.isFinite(pages.logE) && { pageLogE: pages.logE },
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
/** Nothing is kept of a limit that has nothing to be compared with. */
const baselessState = object({ kind: literal("baseless") });
const savedGate = object({
	version: literal(1),
	config: unknown(),
	looks: count,
	lastLook: number$1.exactOptional(),
	limits: array(discriminatedUnion("kind", [
		evidenceState,
		latencyState,
		streakState,
		growthState,
		baselessState
	])),
	/** Broken page-limits that a person said to go on in spite of, as they are written. */
	waived: array(string()).readonly().exactOptional(),
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
const noData = (reason, message) => ({
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
	if (own === void 0) return noData("no-traffic", `${test.metric} saw no request of the candidate.`);
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
	return stable?.kind === "no-data" ? stable : noData("no-traffic", `${test.metric} saw no request of stable.`);
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
	if (test.kind === "baseless") return { kind: "baseless" };
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
	const limits = standings.map((standing) => standing.state);
	const { counted } = measured;
	return {
		state: {
			...state,
			looks,
			lastLook: now,
			limits,
			counted
		},
		decision: judge({
			config,
			looks,
			standings,
			now,
			waived: state.waived ?? []
		})
	};
}
/**
* A person said to go on in spite of the page-limits that are broken now: from here on these only warn. Others that
* break later ask again.
*/
function waivePages(state) {
	const { config, looks, lastLook = config.startedAt, waived = [] } = state;
	const look = {
		config,
		looks,
		standings: compiled(config).flatMap((test, i) => {
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
	return {
		...state,
		waived: [...waived, ...brokenPages(look)]
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

export { newGate as a, toMeasure as c, assess as i, waivePages as l, newReplay as n, nextLook as o, withLook as r, resumeGate as s, keptReplay as t };