import { a as boolean, d as record, h as unknown, i as array, l as number$1, o as discriminatedUnion, p as string, s as literal, u as object } from "./zod.js";
import { c as InputError, l as ProviderError } from "./wasm-dump.js";
import { C as increment, E as xLogY, F as fail, I as hold, L as pass, S as gather, T as logSumExp, b as settle, v as compiled, w as newEvidence, x as quantileOf, y as gateProblems } from "./main.js";

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

// src/evidence/slow-requests.ts
/**
* "p95 <= L" is the same as "at most 5 % are slower than L": latency becomes counts, and no quantile is estimated.
* Evidence against the candidate takes only what is certainly slow, evidence for it everything that may be.
*/
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
/** Smallest finite bound that holds the quantile `p`; undefined for no requests or beyond the last finite bound. */
function quantileBound(buckets, p) {
	const total = buckets.at(-1)?.count ?? 0;
	if (!(total > 0)) return void 0;
	const bound = buckets.find(({ count }) => count >= p * total)?.le;
	return bound !== void 0 && Number.isFinite(bound) ? bound : void 0;
}
/** Requests beyond `bound`, one of the buckets' own; undefined when it is none of them. */
function beyond(buckets, bound) {
	const bucket = buckets.find(({ le }) => le === bound);
	const total = buckets.at(-1)?.count ?? 0;
	return bucket && {
		total,
		bad: total - bucket.count
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
function pairSpans(old, next, slack) {
	const candidate = extend(old.candidate, next.candidate, slack);
	const stable = extend(old.stable, next.stable, slack);
	const waiting = {
		...candidate && { candidate },
		...stable && { stable }
	};
	if (!candidate || !stable || Math.abs(candidate.to - stable.to) > slack) return { waiting };
	if (Math.abs(candidate.from - stable.from) > slack) return { waiting: {} };
	return {
		waiting: {},
		pair: {
			candidate,
			stable
		}
	};
}

// src/gate/evidence-look.ts
const NOBODY = {
	total: 0,
	bad: 0
};
/** Requests of stable that must be seen before a bound is chosen from them. */
const ENOUGH_FOR_BOUND = 20;
/** A limit so many times outside of all buckets is more likely in another unit than meant. */
const SUSPICIOUS = 20;
const noData$4 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const newEvidenceState = (test, startedAt) => ({
	kind: "evidence",
	candidate: NOBODY,
	stable: NOBODY,
	fail: newEvidence(test.fail),
	pass: newEvidence(test.pass),
	...test.world && {
		stableBreaks: newEvidence(test.world.stableBreaks),
		candidateWorse: newEvidence(test.world.candidateWorse)
	},
	waiting: {},
	outages: 0,
	run: {
		since: startedAt,
		score: 0,
		candidate: NOBODY,
		stable: NOBODY
	}
});
/** Adds what one look saw to everything one limit knows. */
function lookForEvidence(test, old, pair, pace) {
	const odd = pair.candidate.kind === "no-data" ? pair.candidate : suspiciousScale(test, pair.candidate);
	const candidate = odd ? void 0 : spanOf(test, pair.candidate, old.bounds, "candidate");
	const stable = spanOf(test, pair.stable, old.bounds, "stable");
	const { waiting, pair: both } = pairSpans(old.waiting, {
		candidate,
		stable
	}, pace.every / 2);
	let state = withBounds(test, {
		...old,
		waiting,
		...candidate && blindZone(test, pair.candidate)
	}, pair.stable);
	if (candidate && !test.relative) state = addOneArm(test, state, candidate, pace);
	if (both) state = addPair(test, state, both, pace);
	const missing = odd ?? missingHere(test, pair, candidate, both !== void 0);
	return missing === void 0 ? { state } : {
		state,
		missing
	};
}
function missingHere(test, { stable }, span, paired) {
	const { metric } = test;
	if (span === void 0) return noData$4("first-look", `${metric} chose its bounds at this look and counts from the next.`);
	if ((span.fail ?? span.pass ?? NOBODY).total === 0) return noData$4("no-traffic", `${metric} saw no request of the candidate.`);
	if (!test.relative) return void 0;
	if (stable?.kind === "no-data") return stable;
	return paired ? void 0 : noData$4("windows-differ", `${metric} does not cover the same time for both versions yet.`);
}
/** A bound in seconds read as milliseconds, or the other way round, must not decide anything. */
function suspiciousScale(test, measured) {
	if (measured.kind !== "histogram" || test.relative) return void 0;
	const finite = measured.buckets.filter(({ le }) => Number.isFinite(le));
	const [first, last] = [finite[0]?.le, finite.at(-1)?.le];
	if (first === void 0 || last === void 0) return noData$4("odd-histogram", `${test.metric} has no bucket bounds.`);
	if (test.bound < last * SUSPICIOUS && test.bound * SUSPICIOUS > first) return void 0;
	const range = `bucket bounds from ${first} to ${last}`;
	return noData$4("suspicious-scale", `${test.metric} has ${range}, far from the limit; declare the metric's unit.`);
}
/** Where the buckets cannot tell slow from fast; nothing when the limit is one of their bounds. */
function blindZone(test, measured) {
	if (test.counts !== "slow" || test.relative || measured.kind !== "histogram") return void 0;
	const { from, to } = slowRequests(measured.buckets, test.bound).blind;
	if (from === to) return void 0;
	return { blind: {
		...from !== void 0 && { from },
		...to !== void 0 && { to }
	} };
}
function spanOf(test, measured, bounds, who) {
	if (measured === void 0 || measured.kind === "no-data") return void 0;
	const arms = armsOf(test, measured, bounds, who);
	if (arms === void 0) return void 0;
	const { fail, pass } = arms;
	return {
		...measured.window,
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
function withBounds(test, state, stable) {
	if (test.counts !== "slow" || !test.relative || state.bounds || stable?.kind !== "histogram") return state;
	const bounds = chooseBounds(test, stable.buckets);
	return bounds === void 0 ? state : {
		...state,
		bounds
	};
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
const plus = (a, b) => b === void 0 ? a : {
	total: a.total + b.total,
	bad: a.bad + b.bad
};
function addOneArm(test, state, { fail, pass, to }, pace) {
	const { dispersion } = pace;
	const shown = fail ?? pass ?? NOBODY;
	if (shown.total === 0) return state;
	return {
		...state,
		candidate: plus(state.candidate, shown),
		fail: fail ? gather(test.fail, state.fail, { candidate: fail }, dispersion) : state.fail,
		pass: pass ? gather(test.pass, state.pass, { candidate: pass }, dispersion) : state.pass,
		run: fail ? extendRun(test.fail, state.run, { candidate: fail }, to) : state.run
	};
}
function addPair(test, state, both, pace) {
	const { candidate, stable } = both;
	const fail = candidate.fail && stable.fail && {
		candidate: candidate.fail,
		stable: stable.fail
	};
	const pass = candidate.pass && stable.pass && {
		candidate: candidate.pass,
		stable: stable.pass
	};
	if (test.relative) return addRelative(test, state, fail, pass, candidate.to, pace.dispersion);
	if (fail === void 0) return state;
	const outage = test.counts === "bad" && isOutage(fail);
	return {
		...addWorld(test, state, fail, pace.dispersion),
		outages: outage ? state.outages + 1 : 0
	};
}
function addRelative(test, state, fail, pass, to, dispersion) {
	const against = test.counts === "mean" && fail ? slowerMean(test, fail) : fail;
	const shown = against ?? pass;
	if (!shown || shown.candidate.total === 0 || shown.stable?.total === 0) return state;
	const inFavour = test.counts === "mean" ? against : pass;
	const outage = test.counts === "bad" && isOutage(shown);
	return {
		...state,
		candidate: plus(state.candidate, shown.candidate),
		stable: plus(state.stable, shown.stable),
		fail: against ? gather(test.fail, state.fail, against, dispersion) : state.fail,
		pass: inFavour ? gather(test.pass, state.pass, inFavour, dispersion) : state.pass,
		run: against ? extendRun(test.fail, state.run, against, to) : state.run,
		outages: outage ? state.outages + 1 : 0
	};
}
/** One look in which the candidate's mean was more than `factor` times stable's, or not. */
function slowerMean(test, { candidate, stable = NOBODY }) {
	if (candidate.total === 0 || stable.total === 0) return { candidate: NOBODY };
	return { candidate: {
		total: 1,
		bad: candidate.bad / candidate.total > test.bound * stable.bad / stable.total ? 1 : 0
	} };
}
/** Whether stable breaks the same limit, and whether the candidate is worse than stable. */
function addWorld(test, state, batch, dispersion) {
	const { stableBreaks, candidateWorse } = state;
	if (!test.world || !stableBreaks || !candidateWorse || batch.stable.total === 0) return state;
	return {
		...state,
		stable: plus(state.stable, batch.stable),
		stableBreaks: gather(test.world.stableBreaks, stableBreaks, { candidate: batch.stable }, dispersion),
		candidateWorse: gather(test.world.candidateWorse, candidateWorse, batch, dispersion)
	};
}
function extendRun(plan, run, batch, to) {
	const score = run.score + increment(plan, batch, plan.bets[2] ?? 0);
	if (!(score > 0)) return {
		since: to,
		score: 0,
		candidate: NOBODY,
		stable: NOBODY
	};
	return {
		since: run.since,
		score,
		candidate: plus(run.candidate, batch.candidate),
		stable: plus(run.stable, batch.stable)
	};
}

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
* Further requests of the candidate until `evidence` reaches 1/level if shares stay as expected; Infinity when no bet
* grows. Each bet alone decides once its sum reaches `ln(K / level)`.
*/
function requestsLeft(plan, evidence, expected, options) {
	const height = Math.log(plan.bets.length / options.level);
	let least = Number.POSITIVE_INFINITY;
	plan.bets.forEach((bet, k) => {
		const growth = drift(plan, bet, expected).growth / (options.dispersion ?? 1);
		if (growth > 0) least = Math.min(least, Math.max(0, height - (evidence.sums[k] ?? 0)) / growth);
	});
	return Math.ceil(least);
}

// src/gate/wording.ts
/** At most `most` decimals, thousands grouped. By hand: `toLocaleString` takes longer than all the statistics of a look. */
function digits(value, most) {
	const rounded = Number(value.toFixed(most));
	if (Math.abs(rounded) < 1e3) return String(rounded);
	const [whole = "", fraction] = String(rounded).split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return fraction === void 0 ? grouped : `${grouped}.${fraction}`;
}
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
	const requests = `${digits(candidate.total, 0)} ${test.counts === "mean" ? "looks" : "requests"}`;
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
	const beside = versus && state.stableValue !== void 0 ? ` (stable: ${asValue(state.stableValue, unit)})` : "";
	const lasting = test.for > 0 && state.badFor > 0 ? ` for ${asTime(state.badFor)}` : "";
	return `${[test.metric, aggregate].filter(Boolean).join(" ")} ${found}${beside}${lasting}`;
}
function saySeen(test, state) {
	if (test.kind === "evidence" && state.kind === "evidence") return sayCounts(test, state.candidate, state.stable);
	return test.kind === "streak" && state.kind === "streak" ? sayValue(test, state) : "nothing";
}
/** Why the candidate must go, with the counts since it most likely began. */
function sayBroken({ test, state }, { candidate, stable }, now) {
	const consequence = stable === void 0 ? "go back to the version before it" : "traffic goes back to stable";
	const who = `candidate ${shortVersion(candidate)}`;
	if (test.kind !== "evidence" || state.kind !== "evidence") return `${saySeen(test, state)} breaks \`${test.text}\` (${who}); ${consequence}.`;
	const { run, fail, outages } = state;
	const seen = sayCounts(test, run.candidate, run.stable);
	if (outages >= 2) return `${seen} is an outage while stable is well (${outages} looks in a row, ${who}); ${consequence}.`;
	const lasted = asTime(now - run.since);
	return `${seen} breaks \`${test.text}\` (e-value ${asEValue(fail.logE)}, ${lasted}, ${who}); ${consequence}.`;
}
function sayProven(standings, { candidate }) {
	return `${standings.map(({ test, state }) => {
		const proof = state.kind === "evidence" ? ` (e-value ${asEValue(state.pass.logE)})` : "";
		return `${saySeen(test, state)} keeps \`${test.text}\`${proof}`;
	}).join("; ")}: candidate ${shortVersion(candidate)} may go on.`;
}
const sayMissing = ({ message }) => `${message} Nothing is proven by this look; looking again.`;
const sayShared = ({ test, state }) => `${saySeen(test, state)} breaks \`${test.text}\`, and so does stable: sending traffic back would mend nothing. Look at what both versions depend on.`;
/** What is still needed, and how long that takes if things stay as they are. */
function sayOpen({ test, state }, { beta }, eta) {
	const seen = saySeen(test, state);
	if (state.kind !== "evidence") return `${seen}: \`${test.text}\` is not proven yet${sayEta(eta)}.`;
	const reached = `e-value ${asEValue(state.pass.logE)} of the ${asEValue(Math.log(1 / beta))} needed`;
	const blind = sayBlind({
		test,
		state
	});
	return `${seen} does not prove \`${test.text}\` yet (${reached})${sayEta(eta)}.${blind ? ` ${blind}` : ""}`;
}
const sayEta = (eta) => eta === void 0 ? "; at this rate it never will" : `; about ${asTime(eta)} more at this rate and traffic`;
const sayWaiting = ({ hold }, elapsed) => `Every limit is proven; the hold of ${asTime(hold)} ends in ${asTime(Math.max(0, hold - elapsed))}.`;
function sayInconclusive(open, { candidate }, elapsed) {
	const last = open === void 0 ? "" : `: ${saySeen(open.test, open.state)} does not prove \`${open.test.text}\``;
	const reason = open && (open.missing?.message ?? sayBlind(open));
	const why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
	return `No verdict on candidate ${shortVersion(candidate)} after ${asTime(elapsed)}${last}${why}; it does not stay unproven.`;
}

// src/gate/judgement.ts
/** Protective first; `pass` only when every limit is proven by what this very look saw, and the hold is over. */
function judge(look) {
	const { config, standings, now } = look;
	const family = familyOf(standings, config);
	const evidence = describe(look, family);
	const elapsed = now - config.startedAt;
	const broken = standings.find(isOut) ?? standings.find(isStreakBroken) ?? blamed(family, config);
	if (broken) return fail(isOut(broken) ? "outage" : "limit-broken", sayBroken(broken, config, now), evidence);
	const shared = standings.find((standing) => isShared(standing, config));
	const open = standings.filter((standing) => !isProven(standing, config));
	if (open.length === 0 && !shared && elapsed >= config.hold) return pass("limits-hold", sayProven(standings, config), evidence);
	if (elapsed >= config.maxHold) return hold("inconclusive", sayInconclusive(shared ?? open[0], config, elapsed), evidence);
	if (shared) return hold("environment", sayShared(shared), evidence);
	const missing = standings.find((standing) => standing.missing !== void 0)?.missing;
	if (missing) return hold("no-data", sayMissing(missing), evidence);
	const [first] = open;
	if (first) return hold("not-enough-data", sayOpen(first, config, etaOf(first, look)), evidence);
	return hold("minimum-hold", sayWaiting(config, elapsed), evidence);
}
const isOut = ({ state }) => state.kind === "evidence" && state.outages >= 2;
function isStreakBroken({ test, state, missing }) {
	if (test.kind !== "streak" || state.kind !== "streak" || missing) return false;
	return test.for === 0 ? state.breaks : state.badFor >= test.for;
}
/** Both versions break the limit and the candidate is not shown to be the worse one: sending traffic back mends nothing. */
function isShared({ test, state }, { alpha, beta }) {
	if (state.kind === "streak") return state.shared;
	return test.kind === "evidence" && worldBreaks(state, alpha, beta) && state.fail.logE >= Math.log(1 / beta);
}
function worldBreaks({ stableBreaks, candidateWorse }, alpha, beta) {
	if (!stableBreaks || !candidateWorse) return false;
	return stableBreaks.logE >= Math.log(1 / beta) && candidateWorse.logE < Math.log(1 / alpha);
}
function isProven({ test, state, missing }, config) {
	if (missing) return false;
	if (state.kind === "evidence") return state.pass.logE >= Math.log(1 / config.beta);
	return test.kind === "streak" && !state.breaks && !state.shared && state.badFor === 0 && state.covered >= config.hold;
}
/** Evidence against any limit, each with the same weight; what also breaks stable counts as none. */
function familyOf(standings, { alpha, beta }) {
	const members = standings.flatMap((standing) => {
		const { state } = standing;
		if (state.kind !== "evidence") return [];
		return [{
			standing,
			logE: worldBreaks(state, alpha, beta) ? Number.NEGATIVE_INFINITY : state.fail.logE
		}];
	});
	const weight = 1 / members.length;
	return {
		logE: familyLogE(members.map(({ logE }) => ({
			logE,
			weight
		}))),
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
	const { test, state, missing } = standing;
	const eta = etaOf(standing, look);
	const note = missing?.message ?? sayBlind(standing);
	return {
		limit: test.text,
		standing: standingOf(standing, look.config),
		seen: saySeen(test, state),
		...note !== void 0 && { note },
		...state.kind === "evidence" && {
			candidate: state.candidate,
			...look.config.stable !== void 0 && { stable: state.stable },
			logE: {
				fail: state.fail.logE,
				pass: state.pass.logE
			},
			needed: {
				fail: Math.log(1 / look.config.alpha),
				pass: Math.log(1 / look.config.beta)
			}
		},
		...eta !== void 0 && { eta }
	};
}
function standingOf(standing, config) {
	if (isOut(standing) || isStreakBroken(standing) || isBrokenAlone(standing, config)) return "broken";
	if (isShared(standing, config)) return "environment";
	if (standing.missing) return "no-data";
	return isProven(standing, config) ? "proven" : "open";
}
const isBrokenAlone = ({ state }, { alpha, beta }) => state.kind === "evidence" && !worldBreaks(state, alpha, beta) && state.fail.logE >= Math.log(1 / alpha);
/** Milliseconds until the limit is proven if rates and traffic stay as seen; undefined when it never would be. */
function etaOf(standing, { config, now }) {
	const { test, state } = standing;
	if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
	const { candidate, stable } = state;
	if (test.kind !== "evidence" || candidate.total === 0 || isProven(standing, config)) return void 0;
	const expected = {
		candidate: candidate.bad / candidate.total,
		stable: stable.total > 0 ? stable.bad / stable.total : 0,
		stablePerCandidate: stable.total / candidate.total
	};
	const { beta, dispersion } = config;
	const left = requestsLeft(test.pass, state.pass, expected, {
		level: beta,
		dispersion
	});
	return Number.isFinite(left) ? left * (now - config.startedAt) / candidate.total : void 0;
}

// src/gate/state.ts
const number = number$1();
const count = number$1().nonnegative();
const arm = object({
	total: count,
	bad: count
});
const evidence = object({
	plan: string(),
	looks: count,
	sums: array(number).readonly(),
	logE: number,
	maxLogE: number
});
/** Counts of one version that wait for the other version's, over the same time. */
const span = object({
	from: number,
	to: number,
	fail: arm.exactOptional(),
	pass: arm.exactOptional()
});
const evidenceState = object({
	kind: literal("evidence"),
	/** All that was counted since the gate began. */
	candidate: arm,
	stable: arm,
	fail: evidence,
	pass: evidence,
	stableBreaks: evidence.exactOptional(),
	candidateWorse: evidence.exactOptional(),
	waiting: object({
		candidate: span.exactOptional(),
		stable: span.exactOptional()
	}),
	/** Bounds between which slow requests of the two versions are compared, chosen before they are used. */
	bounds: object({
		at: number,
		fail: number.exactOptional(),
		pass: number
	}).exactOptional(),
	/** The bucket bounds around an absolute limit, between which slow cannot be told from fast. */
	blind: object({
		from: number.exactOptional(),
		to: number.exactOptional()
	}).exactOptional(),
	/** Outages in a row. */
	outages: count,
	/** Counts since the defect most likely began: Page's CUSUM (Biometrika 1954), for the message only. */
	run: object({
		since: number,
		score: number,
		candidate: arm,
		stable: arm
	})
});
const streakState = object({
	kind: literal("streak"),
	/** The newest value, and stable's. */
	value: number.exactOptional(),
	stableValue: number.exactOptional(),
	breaks: boolean(),
	/** Whether stable broke the same limit at the newest look. */
	shared: boolean(),
	/** Milliseconds of bad time in a row, and of time seen at all. */
	badFor: count,
	covered: count,
	sampledAt: number.exactOptional()
});
const savedGate = object({
	version: literal(1),
	config: unknown(),
	looks: count,
	lastLook: number.exactOptional(),
	limits: array(discriminatedUnion("kind", [evidenceState, streakState])),
	/** Per metric, until when each version's numbers are counted. */
	counted: record(string(), object({
		candidate: number.exactOptional(),
		stable: number.exactOptional()
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
const noData$3 = (reason, message) => ({
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
	if (own === void 0) return noData$3("no-traffic", `${test.metric} saw no request of the candidate.`);
	const beside = stable === void 0 || stable.kind === "no-data" ? void 0 : readingOf(test, stable);
	if (test.limit.versus === void 0) return compareAbsolute(test, own, beside);
	if (beside !== void 0) return {
		value: own.shown,
		breaks: breaksBeside(test, own.shown, beside.shown),
		stableValue: beside.shown
	};
	return stable?.kind === "no-data" ? stable : noData$3("no-traffic", `${test.metric} saw no request of stable.`);
}
function compareAbsolute(test, own, beside) {
	const breaks = breaksLimit(test, own);
	if (breaks === void 0) return noData$3("between-buckets", `${test.metric} has no bucket bound near enough to \`${test.text}\`.`);
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
const noData$2 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const isCount = (value) => Number.isFinite(value) && value >= 0;
/** The measurement if every number in it can be believed, else why not. Anything odd is no data: never zero. */
function usable(measurement, expected) {
	const { metric, shape, version } = expected;
	if (measurement === void 0) return noData$2("not-measured", `${metric} was not measured for ${version}.`);
	if (measurement.kind === "no-data") return measurement;
	if (measurement.kind !== shape.kind) return noData$2("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
	if (measurement.version !== version) return noData$2("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`);
	return wrongTime(measurement, expected) ?? wrongNumbers(measurement, metric) ?? measurement;
}
function wrongTime({ kind, window, observedAt }, expected) {
	const { metric, now, startedAt, staleAfter, countedUntil } = expected;
	const { from, to } = window;
	if (![
		from,
		to,
		observedAt
	].every(Number.isFinite) || from > to) return noData$2("odd-window", `${metric} covers no sensible window.`);
	if (observedAt > now + CLOCK_SKEW$1 || to > now + CLOCK_SKEW$1) return noData$2("future", `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1e3)} s in the future.`);
	if (observedAt < now - staleAfter || to < now - staleAfter) return noData$2("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1e3)} s old.`);
	const begin = kind === "value" ? observedAt : from;
	if (begin < startedAt) return noData$2("before-start", `${metric} covers time from before this gate began.`);
	if (countedUntil === void 0 || begin > countedUntil || kind !== "value" && begin === countedUntil) return void 0;
	return noData$2("counted-already", `${metric} covers time that was counted already.`);
}
function wrongNumbers(measurement, metric) {
	switch (measurement.kind) {
		case "counts": {
			const { bad, total } = measurement;
			if (isCount(bad) && isCount(total) && bad <= total) return void 0;
			return noData$2("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
		}
		case "histogram": return wrongBuckets(measurement.buckets, measurement.sum) ? noData$2("odd-histogram", `${metric} has buckets that cannot be.`) : void 0;
		case "value":
			if (isCount(measurement.value)) return void 0;
			return noData$2("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
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
		limits: compiled(settled).map((test) => test.kind === "evidence" ? newEvidenceState(test, settled.startedAt) : newStreakState()),
		counted: {}
	};
}
/** When to look next: at once at first, since running totals need a beginning. */
const nextLook = ({ lastLook, config }) => lastLook === void 0 ? config.startedAt : lastLook + config.every;
/** Which metrics a look needs, and of whom. Stable is measured beside, to tell a broken candidate from a broken world. */
function toMeasure({ config }) {
	return [...new Set(compiled(config).map(({ metric }) => metric))].flatMap((metric) => [{
		metric,
		version: config.candidate,
		of: "candidate"
	}, ...config.stable === void 0 ? [] : [{
		metric,
		version: config.stable,
		of: "stable"
	}]]);
}
/**
* Judges one look. Protective first: outage, then evidence of a broken limit; then a world broken for both versions;
* then pass, when the hold is over and every limit is proven at this very look; else hold with what is still needed.
*/
function assess(state, batch, now) {
	const { config } = state;
	const measured = believe(state, batch, now);
	const pace = {
		now,
		every: config.every,
		dispersion: config.dispersion
	};
	const standings = compiled(config).map((test, i) => {
		const pair = measured.pairs.get(test.metric);
		const old = state.limits[i];
		if (!pair || !old) throw new Error(`The gate has no state for ${test.text}.`);
		const { state: limit, missing } = look(test, old, pair, pace);
		return {
			test,
			state: limit,
			missing
		};
	});
	const next = {
		...state,
		looks: state.looks + 1,
		lastLook: now,
		limits: standings.map((s) => s.state),
		counted: measured.counted
	};
	return {
		state: next,
		verdict: judge({
			config,
			looks: next.looks,
			standings,
			now
		})
	};
}
function look(test, old, pair, pace) {
	if (test.kind === "evidence" && old.kind === "evidence") return lookForEvidence(test, old, pair, pace);
	if (test.kind === "streak" && old.kind === "streak") return lookForStreak(test, old, pair, pace);
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
			...pair,
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

// src/metric-provider/exposition-selector.ts
const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*$/s;
const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/y;
const LONGEST_PATTERN = 200;
/** With so few repetitions over values so short, backtracking stays below a moment. */
const MOST_REPETITIONS = 3;
const LONGEST_VALUE = 256;
/** Why a pattern is refused: Prometheus' RE2 never backtracks, JavaScript's engine does. */
function patternProblem(pattern) {
	if (pattern.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
	const plain = pattern.replace(/\\./gs, "_").replace(/\[[^\]]*\]/g, "_");
	if (/\(\?(?!:)/.test(plain) || /\\[1-9k]/.test(pattern)) return "uses look-around, flags or back-references";
	if (/\)[*+{]/.test(plain)) return "repeats a group, which can take forever; write it without the group";
	if ((plain.match(/[*+]|\{/g)?.length ?? 0) > MOST_REPETITIONS) return `repeats more than ${MOST_REPETITIONS} times`;
}
function compilePattern(pattern) {
	try {
		return new RegExp(`^(?:${pattern})$`, "su");
	} catch {
		return;
	}
}
function compileMatcher(label, operator, value) {
	if (operator === "=") return {
		label,
		matches: (found) => found === value
	};
	if (operator === "!=") return {
		label,
		matches: (found) => found !== value
	};
	const problem = patternProblem(value);
	const pattern = problem === void 0 ? compilePattern(value) : void 0;
	if (pattern === void 0) return `The pattern of \`${label}\` ${problem ?? "is not a regular expression"}.`;
	const found = (text) => text.length <= LONGEST_VALUE && pattern.test(text);
	return {
		label,
		matches: operator === "=~" ? found : (text) => !found(text)
	};
}
const unescaped = (text) => text.replace(/\\(.)/g, (_, character) => character === "n" ? "\n" : character);
/**
* Reads a selector as PromQL writes it (https://prometheus.io/docs/prometheus/latest/querying/basics/): matchers `=`, `!=`,
* `=~`, `!~`; patterns match the whole value; a label that is absent counts as empty.
*/
function parseSelector(text) {
	const [, name, inside = ""] = SELECTOR.exec(text) ?? [];
	if (name === void 0) return { problem: `\`${text}\` is no metric name with matchers, such as \`requests{code=~"5.."}\`.` };
	const matchers = [];
	MATCHER.lastIndex = 0;
	for (let at = 0; inside.slice(at).trim() !== ""; at = MATCHER.lastIndex) {
		MATCHER.lastIndex = at;
		const [, label, operator, value] = MATCHER.exec(inside) ?? [];
		if (label === void 0 || operator === void 0 || value === void 0) return { problem: `\`${text}\` has a matcher that is not \`label="value"\`, \`!=\`, \`=~\` or \`!~\`.` };
		const matcher = compileMatcher(label, operator, unescaped(value));
		if (typeof matcher === "string") return { problem: matcher };
		matchers.push(matcher);
	}
	return { selector: newSelector(name, matchers) };
}
const newSelector = (name, matchers) => ({
	name,
	labels: matchers.map(({ label }) => label),
	matches: (sample) => sample.name === name && matchers.every(({ label, matches }) => matches(sample.labels.get(label) ?? ""))
});

// src/metric-provider/exposition-text.ts
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
const seriesOf = ({ name, labels }) => JSON.stringify([name, ...[...labels].sort()]);
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
		const series = seriesOf(sample);
		if (seen.has(series)) return { problem: `says line ${index + 1} twice` };
		seen.add(series);
		samples.push(sample);
	}
	return samples.length === 0 ? { problem: "is empty" } : { samples };
}

// src/metric-provider/read-page.ts
const MOST_BYTES = 1048576;
const DEADLINE = 5e3;
const noData$1 = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
/** The address without credentials and query: fit for messages. */
const placeOf = ({ origin, pathname }) => `${origin}${pathname}`;
/**
* The text of one page, at most 1 MiB, or why there is none this time. Redirects are not followed: they lead to login
* pages. Throws `ProviderError` when the question itself is refused: a wrong credential, or a page that, asked with a
* credential, does not exist.
*/
async function readPage(ports, request) {
	const { url, headers = {}, deadline = DEADLINE } = request;
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
		return noData$1("unreachable", `${placeOf(url)} answered ${response.status}.`);
	} catch (error) {
		if (error instanceof ProviderError) throw error;
		return noData$1("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
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
async function readBody(response, url) {
	const chunks = [];
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		bytes += chunk.byteLength;
		if (bytes > MOST_BYTES) return noData$1("too-large", `${placeOf(url)} answered more than 1 MiB.`);
		chunks.push(chunk);
	}
	try {
		return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
	} catch {
		return noData$1("unparsable", `${placeOf(url)} did not answer with UTF-8 text.`);
	}
}

// src/metric-provider/running-totals.ts
const read$1 = object({
	/** When it was read, milliseconds since the epoch. */
	at: number$1(),
	/** When the process that counted began, as it says itself. */
	processStart: number$1().exactOptional(),
	totals: record(string(), number$1().nonnegative())
});
const savedTotals = object({
	of: string(),
	reads: record(string(), read$1)
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
/** Size of one unit in the base units of limits: milliseconds, bytes, shares. */
const SCALE = {
	seconds: 1e3,
	milliseconds: 1,
	bytes: 1,
	ratio: 1,
	percent: .01,
	none: 1
};
/** The unit that the name ends in (https://prometheus.io/docs/practices/naming/). */
function unitOf(name) {
	return [
		"milliseconds",
		"seconds",
		"bytes",
		"ratio",
		"percent"
	].find((unit) => name.endsWith(`_${unit}`));
}
const noData = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
/**
* Reads a version's own metrics page in the Prometheus text format. Totals become increments between two reads of the
* same process and version, so the first look gives no data. Times come out in milliseconds.
*
* Throws `InputError` for a selector, path or unit that cannot be used.
*/
function expositionProvider(config, ports, options = {}) {
	if (!/^\/(?!\/)/.test(config.path)) throw new InputError(`\`${config.path}\` is no path; begin it with one slash.`);
	const take = taker(config);
	const totals = runningTotals(JSON.stringify(config), resumed(options.snapshot));
	return {
		kind: "exposition",
		snapshot: () => totals.save(),
		async measure(_window, subject) {
			const reading = await read(config, subject, ports, options);
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
function taker(config) {
	if ("bad" in config) return takeCounts(selectorOf(config.bad), selectorOf(config.total));
	if ("histogram" in config) return takeHistogram(selectorOf(config.histogram), config.unit);
	return takeValue(selectorOf(config.value), config.unit);
}
function selectorOf(text) {
	const { selector, problem } = parseSelector(text);
	if (selector === void 0) throw new InputError(problem);
	return selector;
}
async function read({ path, by }, subject, ports, { headers, deadline }) {
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
function chosen(selector, { samples, source, subject }) {
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
const isNoData = (found) => "kind" in found;
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
function stampOf({ at, observedAt, subject, source }, from) {
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
function takeCounts(bad, total) {
	return (reading, totals) => {
		const [badSeries, totalSeries] = [chosen(bad, reading), chosen(total, reading)];
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
			...stampOf(reading, increase.from)
		};
	};
}
function takeValue(selector, unit) {
	const scale = SCALE[unit ?? unitOf(selector.name) ?? "none"];
	return (reading) => {
		const series = chosen(selector, reading);
		if (isNoData(series)) return series;
		const [only, second] = series;
		if (only === void 0) return noData("no-series", `${reading.source} has no series that \`${selector.name}\` means.`);
		if (second) return noData("ambiguous", `${reading.source} has ${series.length} series that \`${selector.name}\` means; add matchers.`);
		return {
			kind: "value",
			value: only.value * scale,
			...stampOf(reading, Math.min(reading.at, reading.observedAt))
		};
	};
}
function takeHistogram(selector, unit) {
	const known = unit ?? unitOf(selector.name);
	if (known === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
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
		const [buckets, sums] = [chosen(bucket, reading), chosen(sum, reading)];
		if (isNoData(buckets)) return buckets;
		if (isNoData(sums)) return sums;
		const perBound = bucketTotals(buckets, sums.length);
		if (perBound === void 0) return noData("odd-histogram", `${reading.source} has buckets of \`${selector.name}\` that do not fit together.`);
		const increase = increaseOf(reading, totals, {
			...Object.fromEntries(perBound),
			sum: sumOf(sums)
		});
		if ("kind" in increase) return increase;
		return histogramOf(increase.totals, SCALE[known], stampOf(reading, increase.from));
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
function histogramOf(totals, scale, stamp) {
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
/** 1.1 s are 1100 ms, not 1100.0000000000002. */
const scaled = (bound, scale) => Number((bound * scale).toPrecision(12));

// src/metric-provider/open.ts
/** The adapter for what a runbook declares as one metric. */
const openMetric = (spec, ports) => expositionProvider(spec.exposition, ports);
/** What kind of numbers a declared metric gives. */
function shapeOf({ exposition }) {
	if ("bad" in exposition) return { kind: "counts" };
	return "histogram" in exposition ? {
		kind: "histogram",
		dimension: "time"
	} : { kind: "value" };
}

// src/canary-judge.ts
/** Judges one share after the other: waits for the next look, measures both versions, assesses. */
function canaryJudge({ ports, target, runbook }) {
	let sitting;
	return async (effect, release) => {
		const { weight, generation } = effect;
		const share = `${effect.stage}/${effect.shift}/${weight}/${generation}`;
		const { candidate, stable } = release;
		const canary = runbook.stages.find(({ name }) => name === effect.stage)?.canary;
		const limits = canary?.shifts[effect.shift]?.limits;
		if (candidate === null || limits === void 0 || limits.length === 0) throw new InputError(`Shift ${effect.shift + 1} of stage ${effect.stage} has no limits, so nothing can judge it. Check out the commit of the release.`);
		if (sitting?.share !== share) sitting = {
			share,
			providers: new Map(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, openMetric(spec, ports)])),
			gate: newGate({
				limits,
				metrics: Object.fromEntries(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, shapeOf(spec)])),
				candidate: candidate.version,
				...weight < 100 ? { stable: stable.version } : {},
				startedAt: release.traffic?.since ?? ports.clock.now(),
				hold: effect.planned.holdMs,
				every: effect.planned.everyMs,
				maxHold: Math.max(canary?.["max-hold"] ?? 0, 2 * effect.planned.holdMs)
			})
		};
		await ports.clock.sleep(Math.max(0, nextLook(sitting.gate) - ports.clock.now()), ports.cancelled).catch(() => void 0);
		const batch = await measure(sitting, target, ports);
		const { state, verdict } = assess(sitting.gate, batch, ports.clock.now());
		sitting.gate = state;
		ports.log.info(`look ${state.looks} at ${weight}%: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
		return {
			...verdict,
			stage: effect.stage,
			shift: effect.shift,
			weight,
			generation
		};
	};
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