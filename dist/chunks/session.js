import { f as string, g as toJSONSchema, s as looseObject, u as record } from "./zod.js";
import { C as stepNames, _ as fail, a as flag, c as text, g as advance, h as variablesOf, i as openTarget, m as resolved, n as projectDeployment, o as oneOf, p as resolveAll, r as githubRefStore, s as secret, y as pass } from "./main.js";
import { c as nearName, f as parseDuration, l as expectations, n as runbookSchema, o as formatLimit, s as parseLimit, t as runbookHash, u as isExpectation } from "./runbook.js";
import { c as InputError } from "./wasm-dump.js";
import { t as githubClient } from "./github.js";
import { t as require_dist } from "./yaml.js";
import { readFile } from "node:fs/promises";
import path from "node:path";

// src/evidence/log-space.ts
/** Beyond this difference the smaller term is below the last bit of the larger. */
const NEGLIGIBLE = 40;
/** ln(e^a + e^b) without overflow; -Infinity is ln 0. */
function logAdd(a, b) {
	const high = Math.max(a, b);
	const low = Math.min(a, b);
	return !(high - low < NEGLIGIBLE) ? high : high + Math.log1p(Math.exp(low - high));
}
/** ln of the sum of e^x over all x; ln 0 for none. */
function logSumExp(values) {
	let high = -1e400;
	for (const value of values) if (value > high) high = value;
	if (high === -1e400) return high;
	let sum = 0;
	for (const value of values) sum += Math.exp(value - high);
	return high + Math.log(sum);
}
/** x ln y, with 0 ln 0 = 0. */
const xLogY = (x, y) => x === 0 ? 0 : x * Math.log(y);
const HALF_LOG_TWO_PI = .5 * Math.log(2 * Math.PI);

// src/evidence/increment.ts
/** Bets on "worse": how many times riskier than the boundary the candidate might be. */
const WORSE_BETS = [
	1.25,
	1.5,
	2,
	3,
	5,
	10,
	30
];
/** Bets on "better than the boundary". */
const BETTER_BETS = [
	.02,
	.2,
	.4,
	.6,
	.75,
	.9
];
/**
* ln of the two-arm e-value of one batch: `e_c ln a + e_b ln b - n_c d (a - 1)` with `A = r n_c`, `D = R A + n_b`,
* `a = R (A + n_b) / D`, `b = (A + n_b) / D`.
*
* Its expectation is at most 1 for every risk of stable, every split and any random outage that both arms share, if
* the candidate is not beyond the boundary (R > 1: above it; R < 1: below it). Proof: for independent binomials
* `E[a^e_c b^e_b] <= exp(n_c p_c (a - 1) + n_b p_b (b - 1))` since `1 + x <= e^x`; at the boundary the terms in `p_b`
* cancel and `exp(n_c d (a - 1))` is left. It extends Lindon & Malek, "Anytime-valid inference for multinomial count
* data" (arXiv 2011.03567), by the margin and by changing splits.
*
* A batch in which an arm saw nothing carries no evidence: 0.
*/
function twoArmIncrement(candidate, stable, boundary, bet) {
	if (!(candidate.total > 0 && stable.total > 0)) return 0;
	const exposed = boundary.ratio * candidate.total;
	const scale = (exposed + stable.total) / (bet * exposed + stable.total);
	const a = bet * scale;
	return xLogY(candidate.bad, a) + xLogY(stable.bad, scale) - candidate.total * boundary.margin * (a - 1);
}
/**
* ln of the likelihood ratio of share `bet` against share `limit` for one batch: `e ln(q/p) + (n-e) ln((1-q)/(1-p))`
* (Wald, "Sequential tests of statistical hypotheses", 1945). Its expectation is at most 1 for every true share on the
* other side of `limit` from `bet`.
*/
const oneArmIncrement = ({ bad, total }, limit, bet) => xLogY(bad, bet / limit) + (total - bad) * (Math.log1p(-bet) - Math.log1p(-limit));
/** The shares that bets of relative risk `bets` mean at this limit, kept below 1. */
const oneArmBets = (limit, bets) => bets.map((bet) => Math.min(bet * limit, limit + .95 * (1 - limit)));

// src/evidence.ts
/**
* Fixes everything the guarantee depends on.
*
* The cap is `(ln(1/level) + ln K) / batches` for K bets: clipping an e-value from above keeps it valid.
*/
function planEvidence(question, side, options = {}) {
	const { looks = 1, fromStart = .5, batches = 1, level = 1, risks } = options;
	const grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS);
	const bets = "limit" in question ? oneArmBets(question.limit, grid) : grid;
	const cap = batches > 1 ? (Math.log(1 / level) + Math.log(grid.length)) / batches : Number.POSITIVE_INFINITY;
	const weight = looks > 1 ? fromStart : 1;
	return {
		question,
		side,
		id: `${side} ${"limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`} T=${looks} w=${weight}${batches > 1 ? ` m=${batches} a=${level}` : ""}${risks ? ` R=${risks.join(",")}` : ""}`,
		bets,
		looks,
		fromStart: weight,
		cap
	};
}
const newEvidence = (plan) => ({
	plan: plan.id,
	looks: 0,
	sums: [],
	logE: 0,
	maxLogE: 0
});
/** ln of the e-value of one batch under one bet of the plan. */
function increment(plan, { candidate, stable }, bet) {
	if ("limit" in plan.question) return oneArmIncrement(candidate, plan.question.limit, bet);
	return stable === void 0 ? 0 : twoArmIncrement(candidate, stable, plan.question, bet);
}
/** Weight of a defect that starts exactly at batch `look`, and of all later starts together. */
function startWeights({ looks, fromStart }, look) {
	if (looks === 1) return {
		now: look === 1 ? 1 : 0,
		later: 0
	};
	const each = (1 - fromStart) / (looks - 1);
	return {
		now: look === 1 ? fromStart : look <= looks ? each : 0,
		later: Math.max(0, looks - look) * each
	};
}
/**
* One more batch: a mixture over bets (Robbins' method of mixtures) and over the batch at which a defect starts.
*
* Per bet `S <- logadd(S, ln w) + min(increment / dispersion, cap)`, then
* `logE = logadd(logsumexp(S) - ln K, ln rest)`, where `rest` is the weight of starts still to come. Each start is an
* e-process that is 1 before it, so the mixture is one (weighted averages of e-values are e-values: Vovk & Wang,
* "E-values: calibration, combination and applications", Annals of Statistics 2021; the finite-horizon form of Shin,
* Ramdas & Rinaldo, "E-detectors", 2023).
*
* `dispersion` is the variance of the counts relative to independent requests, at least 1.
*/
function gather(plan, evidence, batch, dispersion = 1) {
	const looks = evidence.looks + 1;
	const weight = startWeights(plan, looks);
	const logNow = Math.log(weight.now);
	const sums = plan.bets.map((bet, k) => {
		const added = Math.min(increment(plan, batch, bet) / dispersion, plan.cap);
		return logAdd(evidence.sums[k] ?? Number.NEGATIVE_INFINITY, logNow) + added;
	});
	const logE = logAdd(logSumExp(sums) - Math.log(sums.length), Math.log(weight.later));
	return {
		plan: plan.id,
		looks,
		sums,
		logE,
		maxLogE: Math.max(evidence.maxLogE, logE)
	};
}

// src/gate/limit-test.ts
/** Bets for "an interval was slower": at most 55 % of them may be by chance, since the arms differ in size. */
const SIGN_LIMIT = .55;
const SIGN_RISKS = [
	1.1,
	1.3,
	1.55,
	1.75
];
const QUANTILES = {
	p50: .5,
	p75: .75,
	p90: .9,
	p95: .95,
	p99: .99
};
const quantileOf = (limit) => QUANTILES[limit.aggregate ?? ""];
/** The measured metric a limit is about: availability is the other side of the error rate. */
function measuredName(limit, metrics) {
	if (Object.hasOwn(metrics, limit.metric)) return limit.metric;
	return limit.metric === "availability" && Object.hasOwn(metrics, "error-rate") ? "error-rate" : void 0;
}
/** Makes a limit decidable, or says why it cannot be decided. */
function compileLimit(limit, metrics, terms) {
	const text = formatLimit(limit);
	const metric = measuredName(limit, metrics);
	const shape = metric === void 0 ? void 0 : metrics[metric];
	if (metric === void 0 || shape === void 0) return { problem: `\`${text}\` limits ${limit.metric}, which nothing measures; declare \`${limit.metric}\` under \`metrics\`.` };
	const problem = unfit(limit, shape, terms);
	if (problem !== void 0) return { problem: `\`${text}\` cannot be judged here: ${problem}` };
	const about = {
		limit,
		text,
		metric,
		shape
	};
	if (limit.for !== void 0 || shape.kind === "value" || isThroughput(limit)) return { test: {
		kind: "streak",
		...about,
		for: limit.for ?? 0
	} };
	return { test: {
		kind: "evidence",
		...about,
		...planTest(limit, shape, terms)
	} };
}
/** A rate of events, which is no share of anything: compared plainly. */
const isThroughput = ({ demand }) => demand.op !== "not-worse" && demand.quantity.dimension === "per-second";
/** Why the limit and what is measured do not go together. */
function unfit(limit, shape, terms) {
	if (limit.aggregate === "growth") return "growth needs hours of history.";
	if (limit.versus === "before") return "no measurements from before the release are kept; compare `vs stable`.";
	if (limit.versus === "stable" && !terms.hasStable) return "no stable version serves beside the candidate.";
	if ((limit.for ?? 0) > terms.maxHold) return "so much bad time in a row does not fit into the longest hold.";
	if (shape.kind === "counts") return unfitCounts(limit);
	if (shape.kind === "histogram") return unfitHistogram(limit, shape);
	return limit.aggregate === void 0 ? unfitDimension(limit, shape) : "a value has no aggregate; limit it alone.";
}
function unfitCounts(limit) {
	if (limit.aggregate !== void 0) return `counts of events have no ${limit.aggregate}.`;
	if (limit.demand.op === "not-worse" || limit.versus || isThroughput(limit)) return void 0;
	const { op, quantity } = limit.demand;
	if (quantity.dimension !== "share") return "counts of bad events are limited by a share, such as `1%`.";
	if (op === "=") return "a share is never proven to be exactly a number; write `<` or `>=`.";
	const share = badShare(op, quantity.value);
	if (share > 0 && share < 1) return void 0;
	return "no number of requests proves it; write the largest share you accept, such as `0.1%`.";
}
function unfitHistogram(limit, shape) {
	if (limit.aggregate === "max") return "buckets do not show the maximum; limit `p99`.";
	if (limit.aggregate === void 0) return "say which aggregate, such as `p95` or `mean`.";
	if (limit.demand.op === "not-worse") return void 0;
	const { op, quantity } = limit.demand;
	if (!op.startsWith("<")) return "a slow-down is limited from above; write `<` or `<=`.";
	if (quantity.dimension === "points") return "compare by a factor, such as `1.2x`.";
	return unfitDimension(limit, shape);
}
function unfitDimension({ demand, versus }, { dimension }) {
	if (demand.op === "not-worse" || versus !== void 0 || dimension === void 0) return void 0;
	const found = demand.quantity.dimension;
	return found === dimension ? void 0 : `the metric is a ${dimension}, the limit a ${found}.`;
}
/** The share of bad events that a limit from above, or a success share from below, allows. */
const badShare = (op, share) => op.startsWith(">") ? 1 - share : share;
function planTest(limit, shape, terms) {
	const quantile = quantileOf(limit) ?? 0;
	const value = limit.demand.op === "not-worse" ? 1 : limit.demand.quantity.value;
	const relative = limit.versus === "stable";
	const bound = {
		bound: value,
		quantile,
		relative
	};
	if (shape.kind === "histogram" && limit.aggregate === "mean") return {
		counts: "mean",
		...bound,
		...plans({ limit: SIGN_LIMIT }, { limit: SIGN_LIMIT }, terms, SIGN_RISKS)
	};
	if (shape.kind === "histogram") {
		const absolute = { limit: 1 - quantile };
		const [fail, pass] = relative ? [NOT_WORSE, {
			...NOT_WORSE,
			margin: terms.margin
		}] : [absolute, absolute];
		return {
			counts: "slow",
			...bound,
			...plans(fail, pass, terms),
			...relative ? {} : world(absolute.limit, terms)
		};
	}
	if (relative) return {
		counts: "bad",
		...bound,
		...plans(...boundaries(limit, terms), terms)
	};
	const share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
	return {
		counts: "bad",
		...bound,
		...plans({ limit: share }, { limit: share }, terms),
		...world(share, terms)
	};
}
const NOT_WORSE = {
	ratio: 1,
	margin: 0
};
/** Boundaries of FAIL and PASS. A ratio of nothing is nothing: PASS needs the margin, or no errors would prove nothing. */
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
function plans(fail, pass, terms, risks) {
	const { alpha, beta, looks, batches } = terms;
	return {
		fail: planEvidence(fail, "worse", {
			looks,
			batches,
			level: alpha,
			...risks === void 0 ? {} : { risks }
		}),
		pass: planEvidence(pass, "better", {
			looks: 1,
			level: beta
		})
	};
}
/** One bet each: they only decide whether the candidate or the world around it is broken. */
function world(share, { hasStable, looks }) {
	if (!hasStable) return {};
	const options = {
		looks,
		risks: [2]
	};
	return { world: {
		stableBreaks: planEvidence({ limit: share }, "worse", options),
		candidateWorse: planEvidence(NOT_WORSE, "worse", options)
	} };
}

// src/gate/config.ts
/** How many bad batches at least decide: no single look can. */
const DECIDING_BATCHES = 2;
const MOST_LOOKS = 1e5;
function settle(config) {
	const { stable, hold: least, every } = config;
	return {
		limits: config.limits,
		metrics: config.metrics,
		candidate: config.candidate,
		...stable !== void 0 && { stable },
		startedAt: config.startedAt,
		hold: least,
		every,
		maxHold: config.maxHold ?? 2 * least,
		alpha: config.alpha ?? .01,
		beta: config.beta ?? .05,
		margin: config.margin ?? .005,
		dispersion: config.dispersion ?? 1,
		staleAfter: config.staleAfter ?? Math.max(3 * every, 1e4)
	};
}
const termsOf = (config) => ({
	alpha: config.alpha,
	beta: config.beta,
	looks: Math.min(MOST_LOOKS, Math.max(1, Math.ceil(config.hold / config.every))),
	batches: DECIDING_BATCHES,
	margin: config.margin,
	hasStable: config.stable !== void 0,
	maxHold: config.maxHold
});
/** Why this gate could never decide; empty when it can. Asked when a runbook is checked, long before it runs. */
function gateProblems(config) {
	const settled = settle(config);
	const problems = settled.limits.map((limit) => compileLimit(limit, settled.metrics, termsOf(settled)));
	return [...numberProblems(settled), ...problems.flatMap((made) => "problem" in made ? [made.problem] : [])];
}
function numberProblems(config) {
	const { every, hold: least, maxHold, alpha, beta, dispersion, limits } = config;
	const within = (value, low, high) => value > low && value < high;
	return [
		[limits.length > 0, "A gate without limits proves nothing; give it at least one limit."],
		[within(every, 0, 1e400), "The time between looks must be above zero."],
		[least >= 0 && maxHold >= least, "The longest hold must not be shorter than the hold."],
		[within(alpha, 0, 1) && within(beta, 0, 1), "Error bounds lie between 0 and 1."],
		[dispersion >= 1, "Dispersion is at least 1."]
	].flatMap(([holds, message]) => holds ? [] : [message]);
}
/** Tests are derived from the config alone; kept per config object so that a look need not derive them again. */
const compiledOf = /* @__PURE__ */ new WeakMap();
function compiled(config) {
	const known = compiledOf.get(config);
	if (known) return known;
	const tests = config.limits.map((limit) => {
		const made = compileLimit(limit, config.metrics, termsOf(config));
		if ("problem" in made) throw new InputError(made.problem);
		return made.test;
	});
	compiledOf.set(config, tests);
	return tests;
}

// src/check/env.ts
const schemes = {
	https: ["https:"],
	http: ["http:", "https:"],
	postgres: ["postgres:", "postgresql:"],
	redis: ["redis:", "rediss:"]
};
/** What is wrong with one variable; never its value, which may be a secret whether it is called one or not. */
function breaches(name, rule, variables) {
	const value = variables[name];
	if (value === void 0 || value.trim() === "") {
		const set = Object.keys(variables).filter((other) => other !== name && variables[other] !== void 0);
		const near = nearName(name, set);
		return [`${name} is ${value === void 0 ? "not set" : "empty"}${near === void 0 ? "" : ` (there is ${near})`}`];
	}
	const found = [];
	if (rule.url !== void 0 && !isAddress(value, schemes[rule.url])) found.push(`${name} is no ${rule.url} address`);
	const least = rule["min-length"] ?? 0;
	if (value.length < least) found.push(`${name} has ${value.length} characters, at least ${least} are needed`);
	if (rule.equals !== void 0 && value !== rule.equals) found.push(`${name} is not ${JSON.stringify(rule.equals)}`);
	const other = rule["differs-from"];
	if (other !== void 0 && variables[other] === void 0) found.push(`${other}, from which ${name} must differ, is not set, so nothing is proven`);
	else if (other !== void 0 && variables[other] === value) found.push(`${name} has the same value as ${other}`);
	return found;
}
function isAddress(value, allowed) {
	if (!URL.canParse(value)) return false;
	const url = new URL(value);
	return allowed.includes(url.protocol) && url.hostname !== "";
}
/** The contract over the variables a release runs with: all that is broken, without a single value. */
function envCheck(contract, variables) {
	const names = Object.keys(contract);
	return {
		title: `env: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} as agreed`,
		async run() {
			const broken = Object.entries(contract).flatMap(([name, rule]) => breaches(name, rule, variables));
			const checked = `${names.length} ${names.length === 1 ? "variable" : "variables"}`;
			if (broken.length === 0) return pass("env-as-agreed", `env: ${checked} checked, all as agreed.`, { checked: names });
			return fail("env-broken", `env: ${broken.join("; ")}. Mend them in the environment's variables and secrets, then run this again.`, { broken });
		}
	};
}

// src/secret-shape.ts
/** Prefixes by which services mark their own tokens, and the two shapes that carry passwords or keys. */
const writtenSecrets = [
	/\bgh[pousr]_[A-Za-z0-9]{20,255}/g,
	/\bgithub_pat_\w{20,255}/g,
	/\b(?:sk|rk|pk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{20,255}/g,
	/\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g,
	/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
	/\bAIza[\w-]{30,60}/g,
	/\b(?:glpat|dop_v1|npm|rnd|sbp|sntrys|sntryu|whsec|vcp|hf)[-_][A-Za-z0-9_=-]{20,255}/g,
	/\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g,
	/\beyJ[\w-]{10,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,1000})?/g,
	/\bhooks\.slack\.com\/services\/[\w/]{10,100}/g,
	/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g,
	/[?&](?:api[-_]?key|key|token|access_token|secret|sig|signature)=[^\s&"'{}$]{6,300}/gi
];
/** The password in `scheme://user:password@host`, up to the last `@`, for a raw one may hold an `@` itself. */
const addressPassword = /(:\/\/[^\s/:@'"]{0,100}:)(?!\$)[^\s'"]{1,300}@/g;
/** Shapes too common to refuse, yet better not repeated in a message: what follows a telling key, and long random runs. */
const hiddenOnly = [/(?<=(?:token|password|passwd|secret|credential|api[-_]?key)["']?\s{0,3}[:=]\s{0,8}["']?)(?!\$|(?:true|false|null|yes|no|on|off)\b)[^\s"',}$]{4,500}/gi, /(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Z])(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,500}/g];
function matches(text, patterns) {
	return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => ({
		from: match.index,
		to: match.index + match[0].length
	})));
}
/** Where a secret is written out: known token shapes and passwords in addresses. */
function writtenSecretsIn(text) {
	const passwords = [...text.matchAll(addressPassword)].map((match) => ({
		from: match.index + (match[1] ?? "").length,
		to: match.index + match[0].length - 1
	}));
	return [...matches(text, writtenSecrets), ...passwords];
}
/** What must not be repeated to anybody: written secrets, and whatever merely looks like one. */
const hiddenIn = (text) => [...writtenSecretsIn(text), ...matches(text, hiddenOnly)];
/** The same places, without overlaps, in order. */
function mergeRanges(ranges) {
	const merged = [];
	for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
		const last = merged.at(-1);
		if (last === void 0 || range.from > last.to) merged.push(range);
		else merged[merged.length - 1] = {
			from: last.from,
			to: Math.max(last.to, range.to)
		};
	}
	return merged;
}

// src/source-text.ts
/** Most characters of input that a problem repeats. */
const longestExcerpt = 80;
const longestQuote = 40;
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;
/** One character as a terminal may see it: what is invisible or would steer it is named by its code point. */
function visible(text, at) {
	const char = text.charAt(at);
	if (char === "	") return " ";
	if (invisible.test(char)) return `<U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
	if (char === "[" && text.slice(Math.max(0, at - 2), at) === "##") return " [";
	return char;
}
function cells(text, from, to, hidden) {
	const shown = [];
	const secrets = mergeRanges(hidden);
	for (let at = from; at < to; at++) {
		const secret = secrets.find((range) => at >= range.from && at < range.to);
		if (secret === void 0) shown.push(visible(text, at));
		else shown.push(at === Math.max(secret.from, from) ? "***" : "");
	}
	return shown;
}
/** A piece of untrusted text inside quotes: printable, without secrets, at most 40 characters of it. */
function quote(text) {
	return `"${cells(text, 0, Math.min(text.length, longestQuote), hiddenIn(text.slice(0, 2e3))).join("")}${text.length > longestQuote ? "…" : ""}"`;
}
/** Line and column, from 1, of an offset; an offset past the end means the end. */
function placeOf({ file, text }, offset) {
	const at = Math.min(Math.max(0, offset), text.length);
	const before = text.slice(0, at);
	const lineStart = before.lastIndexOf("\n") + 1;
	return {
		file,
		line: before.split("\n").length,
		column: at - lineStart + 1
	};
}
/** The line around a range, cut to 80 characters, with secrets hidden and the caret under what is visible of the range. */
function excerptOf({ text, hidden }, range) {
	const at = Math.min(range.from, text.length);
	const start = text.lastIndexOf("\n", at - 1) + 1;
	const next = text.indexOf("\n", at);
	const end = next === -1 ? text.length : text.endsWith("\r\n", next + 1) ? Math.max(at, next - 1) : next;
	const from = Math.max(start, Math.min(at - longestExcerpt / 2, end - longestExcerpt));
	const to = Math.min(end, from + longestExcerpt);
	const line = cells(text, from, to, hidden);
	const caretEnd = Math.min(Math.max(range.to, at + 1), to);
	const width = (parts) => parts.join("").length;
	const lead = from > start ? "…" : "";
	return {
		text: lead + line.join("") + (to < end ? "…" : ""),
		caretAt: lead.length + width(line.slice(0, at - from)),
		caretLength: Math.max(1, width(line.slice(at - from, caretEnd - from)))
	};
}

// src/problem.ts
/** More than this nobody reads; the last one says how many were left away. */
const mostProblems = 50;
const longestSentence = 240;
/** `stages[0].name`, with odd keys made harmless. */
function formatPath(path) {
	return path.map((key) => {
		if (typeof key === "number") return `[${key}]`;
		if (hiddenIn(key.slice(0, 2e3)).length > 0) return ".***";
		return `.${key.slice(0, 40).replaceAll(/[^\w./$ -]/g, "?")}`;
	}).join("").replace(/^\./, "").slice(0, 160);
}
function sentence(text) {
	let shown = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "?");
	for (const { from, to } of mergeRanges(hiddenIn(shown)).reverse()) shown = `${shown.slice(0, from)}***${shown.slice(to)}`;
	shown = shown.replaceAll(/\S{61,}/g, (word) => `${word.slice(0, 60)}…`).replaceAll("##[", "## [");
	return shown.length > longestSentence ? `${shown.slice(0, longestSentence)}…` : shown;
}
/** The problem that a refusal means at a range of the source. */
function problemAt(source, range, path, refusal) {
	const end = placeOf(source, Math.max(range.from, range.to));
	return {
		...placeOf(source, range.from),
		endLine: end.line,
		endColumn: end.column,
		code: refusal.code,
		path: formatPath(path),
		message: sentence(refusal.message),
		excerpt: excerptOf(source, range),
		why: sentence(refusal.why),
		fix: sentence(refusal.fix)
	};
}
/** In the order of the file, without repetition. */
function sortProblems(problems) {
	const key = (p) => `${p.line}:${p.column} ${p.code} ${p.path} ${p.message}`;
	return [...new Map(problems.map((problem) => [key(problem), problem])).values()].sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
}
function formatProblem({ file, line, column, code, path, message, excerpt, why, fix }) {
	const gutter = String(line).padStart(4);
	const margin = " ".repeat(gutter.length);
	return [
		`${file}:${line}:${column} error[${code}] ${path === "" ? "" : `${path}: `}${message}`,
		`${gutter} | ${excerpt.text}`,
		`${margin} | ${" ".repeat(excerpt.caretAt)}${"^".repeat(excerpt.caretLength)}`,
		`  why: ${why}`,
		`  fix: ${fix}`
	].join("\n");
}
/** The terminal text of all problems (at most 50), each with its line, a caret, the reason and the mend. */
function formatProblems(problems) {
	const shown = problems.slice(0, 50).map(formatProblem);
	const left = problems.length - shown.length;
	if (left > 0) shown.push(`… and ${left} more. Mend these first; the others may follow from them.`);
	return shown.join("\n\n");
}

// src/runbook-rules.ts
const mapOf = (value) => typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const listOf = (value) => Array.isArray(value) ? value : [];
const changing = ["migrate", "deploy"];
function stageRules(stage, path) {
	const breaches = [];
	const steps = Object.keys(stage).filter((key) => stepNames.some((step) => step === key));
	const rank = (step) => stepNames.indexOf(step);
	for (const [i, step] of steps.entries()) {
		const before = steps[i - 1];
		if (before === void 0 || rank(before) < rank(step)) continue;
		breaches.push({
			path: [...path, step],
			refusal: {
				code: "RB107",
				message: `\`${step}\` stands below \`${before}\`, yet it runs before it`,
				why: `Steps of a stage always run in this order: ${stepNames.join(", ")}.`,
				fix: `Move \`${step}\` above \`${before}\`, or put it into a stage of its own.`,
				atKey: true
			}
		});
	}
	if ("canary" in stage && !("deploy" in stage)) breaches.push({
		path: [...path, "canary"],
		refusal: {
			code: "RB105",
			message: "a canary without a deploy",
			why: "There is no new version that could take traffic.",
			fix: "Add `deploy: {}` above it, or remove the canary.",
			atKey: true
		}
	});
	else if (steps.length > 0 && !changing.some((step) => step in stage)) breaches.push({
		path,
		refusal: {
			code: "RB103",
			message: "a stage that changes nothing",
			why: "It neither migrates nor deploys, so passing it would say nothing about the release.",
			fix: "Add `migrate` or `deploy`, or move its checks into the preflight of the next stage."
		}
	});
	return breaches;
}
function stageNameRules(stages) {
	const first = /* @__PURE__ */ new Map();
	return stages.flatMap(({ name }, i) => {
		if (typeof name !== "string") return [];
		const before = first.get(name);
		if (before === void 0) first.set(name, i);
		if (before === void 0) return [];
		return [{
			path: [
				"stages",
				i,
				"name"
			],
			refusal: {
				code: "RB102",
				message: `stage ${before + 1} is called ${quote(name)} already`,
				why: "The record tells stages apart by their names.",
				fix: "Give this stage another name."
			}
		}];
	});
}
/** What the declared sources give, read from data that may be broken elsewhere. */
function shapesOf(metrics) {
	const shapes = {};
	for (const [name, metric] of Object.entries(metrics)) {
		const source = mapOf(mapOf(metric)["exposition"]);
		if ("total" in source) shapes[name] = { kind: "counts" };
		else if ("histogram" in source) shapes[name] = {
			kind: "histogram",
			dimension: "time"
		};
		else if ("value" in source) shapes[name] = { kind: "value" };
	}
	return shapes;
}
function aroundOf(shift, canary) {
	const milliseconds = (value) => typeof value === "string" ? parseDuration(value) : void 0;
	const hold = milliseconds(shift["hold"]) || 6e4;
	return {
		hold,
		every: milliseconds(shift["every"]) || 1e3,
		maxHold: Math.max(hold, milliseconds(canary["max-hold"]) ?? 2 * hold),
		hasStable: shift["traffic"] !== "100%"
	};
}
/** A limit needs a declared metric, and a source that can decide it. */
function limitRules(written, metrics, around, path) {
	if (typeof written !== "string") return [];
	const [start = "", word = ""] = /^\s*([^\s<>=!]*)/.exec(written) ?? [];
	const { limit } = parseLimit(written, [word]);
	if (limit === void 0) return [];
	const within = {
		at: start.length - word.length,
		length: word.length
	};
	const measured = limit.metric === "availability" && "error-rate" in metrics ? "error-rate" : limit.metric;
	const declared = Object.keys(metrics);
	if (!declared.includes(measured)) {
		const near = nearName(word, declared);
		const names = declared.map((name) => `\`${name}\``).join(", ");
		return [{
			path,
			refusal: {
				code: "RB101",
				message: `no metric ${quote(limit.metric)} is declared${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "There is no `metrics` at all, so nobody provides numbers." : `\`metrics\` declares ${names}.`,
				fix: near === void 0 ? `Declare \`${limit.metric}\` under \`metrics\`.` : `Write \`${near}\`.`,
				within
			}
		}];
	}
	const shapes = shapesOf(metrics);
	if (!Object.hasOwn(shapes, measured)) return [];
	const { hasStable, ...times } = around;
	const gate = {
		limits: [limit],
		metrics: shapes,
		candidate: "candidate",
		startedAt: 0,
		...times
	};
	return gateProblems(hasStable ? {
		...gate,
		stable: "stable"
	} : gate).map((problem) => ({
		path,
		refusal: {
			code: "RB106",
			message: problem.replace(/\.$/, ""),
			why: "A limit that can never be decided would hold every release until it is given up.",
			fix: `Change the limit, or what \`metrics.${measured}\` reads: \`bad\` and \`total\`, a \`histogram\`, or a \`value\`.`,
			within
		}
	}));
}
const hostOf = (url) => typeof url === "string" && URL.canParse(url) ? new URL(url).host : void 0;
/** Checks send requests to the runbook's own site only. */
function addressRules(checks, site, path) {
	return checks.flatMap((check, i) => {
		const host = hostOf(mapOf(mapOf(check)["http"])["url"]);
		if (host === void 0 || site === void 0 || host === site) return [];
		return [{
			path: [
				...path,
				i,
				"http",
				"url"
			],
			refusal: {
				code: "RB050",
				message: `${quote(host)} is not the host of this runbook's \`url\``,
				why: "A check runs inside a release; it asks the site that is released and nobody else.",
				fix: "Use the host of `url`, or only a path with `get:`."
			}
		}];
	});
}
/** Rules across parts of the document, judged on plain data so that they speak even when other parts are broken. */
function runbookRules(data) {
	const runbook = mapOf(data);
	const metrics = mapOf(runbook["metrics"]);
	const stages = listOf(runbook["stages"]).map(mapOf);
	const site = hostOf(runbook["url"]);
	return [...stageNameRules(stages), ...stages.flatMap((stage, i) => {
		const path = ["stages", i];
		const canary = mapOf(stage["canary"]);
		const shifts = listOf(canary["shifts"]).map(mapOf);
		return [
			...stageRules(stage, path),
			...shifts.flatMap((shift, s) => listOf(shift["limits"]).flatMap((limit, l) => limitRules(limit, metrics, aroundOf(shift, canary), [
				...path,
				"canary",
				"shifts",
				s,
				"limits",
				l
			]))),
			...addressRules(listOf(stage["preflight"]), site, [...path, "preflight"]),
			...addressRules(listOf(stage["smoke-test"]), site, [...path, "smoke-test"])
		];
	})];
}

// src/yaml-text.ts
var import_dist = require_dist();
/** Bounds, checked before the text is composed: key comparison is quadratic and deep nesting overflows the stack. */
const bounds = {
	bytes: 131072,
	keys: 2e3,
	depth: 32,
	aliases: 100,
	nodes: 1e4
};
const pathKey = (path) => JSON.stringify(path);
const yamlFix = "List items and keys of one map begin in the same column; a value on the next line is indented by spaces.";
const invisibleInText = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]/g;
/** What no editor shows: it makes a file read differently for people and for programs. */
function refuseInvisible(text, refuse) {
	if (text.startsWith("\0") || text.charAt(1) === "\0") {
		refuse({
			from: 0,
			to: 1
		}, [], {
			code: "RB005",
			message: "the file is UTF-16, not UTF-8",
			why: "Every second byte of it is a zero.",
			fix: "Save the file as UTF-8."
		});
		return;
	}
	for (const match of text.matchAll(invisibleInText)) {
		const point = `U+${match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
		const range = {
			from: match.index,
			to: match.index + 1
		};
		if (match[0] === "�") refuse(range, [], {
			code: "RB003",
			message: "the file is not UTF-8: a byte here stands for no character",
			why: "A wrongly decoded name or limit would be another name or limit.",
			fix: "Save the file as UTF-8."
		});
		else if (match[0] > "") refuse(range, [], {
			code: "RB019",
			message: `an invisible character ${point} that changes how the line is shown`,
			why: "The line would not say what it seems to say.",
			fix: "Delete the character; retyping the word is the surest way."
		});
		else refuse(range, [], {
			code: "RB018",
			message: `a control character ${point}`,
			why: "No runbook needs one, and terminals obey them.",
			fix: "Delete the character."
		});
	}
}
/** A first, linear pass over the tokens: sizes, and brackets and quotes that are never closed. */
function measure(text) {
	const parser = new import_dist.Parser();
	const open = [];
	let keys = 0;
	let depth = 0;
	let tooMany;
	let tooDeep;
	let directive;
	let openQuote;
	for (const lexeme of new import_dist.Lexer().lex(text)) {
		const from = parser.offset;
		for (const token of parser.next(lexeme)) if (token.type === "directive") directive ??= token.offset;
		depth = Math.max(depth, parser.stack.length - 1);
		if (lexeme === ":" && ++keys > bounds.keys) tooMany ??= from;
		if (lexeme === "{" || lexeme === "[") open.push({
			from,
			bracket: lexeme
		});
		if (lexeme === "}" || lexeme === "]") open.pop();
		if (/^["']/.test(lexeme) && (lexeme.length === 1 || !lexeme.endsWith(lexeme.charAt(0)))) openQuote ??= from;
		if (depth > bounds.depth) tooDeep ??= from;
		if (tooMany !== void 0 || tooDeep !== void 0) break;
	}
	return {
		tooMany,
		tooDeep,
		directive,
		openQuote,
		openBracket: open.at(-1)
	};
}
function refuseOversize({ tooMany, tooDeep, directive }, refuse) {
	const point = (from) => ({
		from,
		to: from + 1
	});
	if (tooMany !== void 0) refuse(point(tooMany), [], {
		code: "RB014",
		message: `more than ${bounds.keys} keys`,
		why: "No runbook needs so many, and reading them takes longer than is safe.",
		fix: "Split the file, or remove what was generated into it."
	});
	if (tooDeep !== void 0) refuse(point(tooDeep), [], {
		code: "RB012",
		message: `more than ${bounds.depth} levels of nesting`,
		why: "No runbook needs so many, and reading them can exhaust the stack.",
		fix: "Remove the brackets or the indentation that do not belong here."
	});
	if (directive !== void 0) refuse(point(directive), [], {
		code: "RB010",
		message: "YAML directives are not supported",
		why: "A directive changes how everything below it is read (`no` becomes false, for one).",
		fix: "Delete the line that begins with a percent sign."
	});
}
/** The parser's first complaint; those after it mostly follow from it. */
function refuseSyntax(document, text, measured, refuse) {
	const [error] = [...document.errors, ...document.warnings];
	if (error === void 0) return;
	const indent = error.code === "TAB_AS_INDENT" ? 0 : /^ */.exec(text.slice(error.pos[0]))?.[0].length ?? 0;
	const from = error.pos[0] + indent;
	const range = {
		from,
		to: Math.max(from + 1, error.pos[1])
	};
	const { openQuote, openBracket } = measured;
	if (error.code === "TAB_AS_INDENT") refuse(range, [], {
		code: "RB006",
		message: "a tab is used as indentation",
		why: "YAML indents by spaces only, for editors disagree about the width of a tab.",
		fix: "Replace the tab by two spaces."
	});
	else if (error.code === "TAG_RESOLVE_FAILED") refuse(range, [], {
		code: "RB010",
		message: "a tag that is not known",
		why: "Tags make values into other types; a runbook has none of them.",
		fix: "Delete the tag (the word that begins with an exclamation mark)."
	});
	else if (openQuote !== void 0) refuse({
		from: openQuote,
		to: openQuote + 1
	}, [], {
		code: "RB020",
		message: "a quote is opened here and never closed",
		why: "Everything after it is read as one text.",
		fix: "Close the quote at the end of the value, or remove it."
	});
	else if (openBracket !== void 0) refuse({
		from: openBracket.from,
		to: openBracket.from + 1
	}, [], {
		code: "RB020",
		message: `\`${openBracket.bracket}\` is opened here and never closed`,
		why: "Everything after it is read as part of it.",
		fix: `Close it with \`${openBracket.bracket === "{" ? "}" : "]"}\`.`
	});
	else if (error.code === "BLOCK_AS_IMPLICIT_KEY" && range.to - range.from === 1 && /compact/.test(error.message)) refuse(range, [], {
		code: "RB021",
		message: "two keys stand on one line",
		why: "YAML reads what follows a colon and a space as the value.",
		fix: "Put the inner key on its own line, use `{ }`, or quote a text that contains a colon."
	});
	else if (error.code === "BAD_SCALAR_START") refuse(range, [], {
		code: "RB007",
		message: "a value cannot begin with this character",
		why: "YAML gives the character a meaning of its own.",
		fix: "Put the value into quotes."
	});
	else refuse(range, [], {
		code: "RB007",
		message: "the text is not YAML from here on",
		why: `The YAML parser says: ${error.message.replace(/\.$/, "")}.`,
		fix: yamlFix
	});
}
const tellingKey = /token|password|passwd|secret|credential|api[-_]?key|^equals$/i;
const harmless = /^(?:\$.*|yes|no|on|off|true|false)$/i;
/** A number must look like the number it is. */
function refuseOddNumber(node, range, path, refuse) {
	const written = node.source ?? "";
	const value = Number(node.value);
	if (!Number.isFinite(value)) refuse(range, path, {
		code: "RB032",
		message: "not a finite number",
		why: "Every comparison with it is true or false whatever is measured.",
		fix: "Write a plain number."
	});
	else if (/^[-+]?\d+$/.test(written) && !Number.isSafeInteger(value)) refuse(range, path, {
		code: "RB033",
		message: `this number would be rounded to ${value}`,
		why: "Whole numbers beyond 9007199254740991 are not kept exactly.",
		fix: "Put an identifier into quotes; write a smaller number otherwise."
	});
	else if (/^[-+]?0\d|^0[ox]|e|^\+|^\.|\.$/i.test(written)) refuse(range, path, {
		code: "RB034",
		message: `${quote(written)} is read as the number ${value}`,
		why: "People read this spelling as another number, or as none.",
		fix: `Write ${value}, or put it into quotes if it is a text.`
	});
}
/** Turns the composed document into plain data, refusing what YAML allows and a runbook must not have. */
function toPlain(document, text, refuse) {
	const spots = /* @__PURE__ */ new Map();
	const hidden = [];
	let nodes = 0;
	let aliases = 0;
	const rangeOf = (node, fallback) => {
		const range = node?.range;
		return range ? {
			from: range[0],
			to: Math.max(range[0], range[1])
		} : fallback;
	};
	function visitText(node, value, range, path) {
		if (value.indexOf("${{") !== -1) refuse(range, path, {
			code: "RB061",
			message: "a GitHub expression is not evaluated in this file",
			why: "GitHub fills in expressions in workflows only; here it would stay as it is written.",
			fix: "Name a variable or secret with a dollar sign, such as $APP_URL."
		});
		if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(value) !== null && node.type === "QUOTE_DOUBLE") refuse(range, path, {
			code: "RB018",
			message: "an escape in this text stands for a control character",
			why: "No runbook needs one, and terminals obey them.",
			fix: "Delete the escape."
		});
		if (writtenSecretsIn(value).length === 0) return;
		hidden.push(range);
		refuse(range, path, {
			code: "RB052",
			message: "a secret is written here (it is not shown)",
			why: "Everybody who can read the repository can read this file, and git keeps it for ever.",
			fix: "Revoke it, put the new one into a GitHub secret, and write its name here, such as $DATABASE_URL."
		});
	}
	function visitScalar(node, range, path) {
		const { value } = node;
		if (typeof value === "string") visitText(node, value, range, path);
		if (typeof value === "number") refuseOddNumber(node, range, path, refuse);
		const key = path.at(-1);
		if (typeof key === "string" && tellingKey.test(key) && typeof value === "string" && !harmless.test(value)) hidden.push(range);
		return value;
	}
	function readKey(node, range, path, seen) {
		const value = (0, import_dist.isScalar)(node) ? node.value : void 0;
		if (value === "<<") {
			refuse(range, path, {
				code: "RB015",
				message: "merge keys (`<<`) are not supported",
				why: "YAML 1.2 has no merge keys; other readers of this file would see another runbook.",
				fix: "Copy the keys of the other map here."
			});
			return;
		}
		if (typeof value !== "string") {
			refuse(range, path, {
				code: "RB016",
				message: "a key must be a text",
				why: "Numbers, lists and maps as keys mean different things to different readers.",
				fix: "Write a plain word as the key, or put it into quotes."
			});
			return;
		}
		if (value === "__proto__" || value === "constructor" || value === "prototype") {
			refuse(range, path, {
				code: "RB017",
				message: `unknown key \`${value}\``,
				why: "No runbook has it, and programs give it a meaning of its own.",
				fix: "Delete the key."
			});
			return;
		}
		const first = seen.get(value);
		if (first !== void 0) {
			const line = text.slice(0, first.from).split("\n").length;
			const column = first.from - text.lastIndexOf("\n", first.from - 1);
			refuse(range, path, {
				code: "RB008",
				message: `key ${quote(value)} stands here again; it was first written in line ${line}, column ${column}`,
				why: "Only one of the two would count, and readers differ in which.",
				fix: "Delete one of them, or merge their values."
			});
			return;
		}
		seen.set(value, range);
		return value;
	}
	function visitMap(node, path, around) {
		const plain = {};
		if (!(0, import_dist.isMap)(node)) return plain;
		const seen = /* @__PURE__ */ new Map();
		for (const pair of node.items) {
			const keyRange = rangeOf(pair.key, around);
			const written = (0, import_dist.isScalar)(pair.key) ? String(pair.key.value) : "?";
			const key = readKey(pair.key, keyRange, [...path, written], seen);
			if (key === void 0) continue;
			plain[key] = visit(pair.value, [...path, key], keyRange, keyRange);
		}
		return plain;
	}
	function visit(node, path, around, key) {
		const own = rangeOf(node, around);
		const range = own.from === own.to ? around : own;
		spots.set(pathKey(path), {
			value: range,
			node,
			...key && { key }
		});
		const refuseAlias = (message) => {
			refuse(range, path, {
				code: "RB011",
				message,
				why: "A few aliases of aliases grow into millions of values.",
				fix: "Write the value out instead of the alias."
			});
		};
		if (++nodes > bounds.nodes || path.length > bounds.depth) return nodes === bounds.nodes + 1 || path.length > bounds.depth ? refuseAlias("too many aliases") : void 0;
		if ((0, import_dist.isAlias)(node)) {
			const target = node.resolve(document);
			if (++aliases > bounds.aliases) return refuseAlias("too many aliases");
			if (target === void 0) return refuseAlias("an alias of nothing: no anchor above has this name");
			const value = visit(target, path, range, key);
			spots.set(pathKey(path), {
				value: range,
				node,
				...key && { key }
			});
			return value;
		}
		if ((0, import_dist.isMap)(node)) return visitMap(node, path, range);
		if ((0, import_dist.isSeq)(node)) return node.items.map((item, i) => visit(item, [...path, i], range));
		return (0, import_dist.isScalar)(node) ? visitScalar(node, range, path) : null;
	}
	return {
		data: visit(document.contents, [], {
			from: 0,
			to: 0
		}),
		spots,
		hidden
	};
}
const emptyFile = {
	code: "RB001",
	message: "the file is empty",
	why: "Without stages there is nothing to release.",
	fix: "Begin with `runbook: 1`, then service, environment, url, target and stages."
};
/**
* Reads a YAML 1.2 text of a person's: plain data with the place of every part, or what is wrong with the text.
*
* A byte order mark and CRLF are accepted. Size, number of keys, nesting and aliases are bounded; duplicate keys, merge
* keys, tags, directives, several documents, invisible characters and written secrets are refused.
*/
function readYaml(input, file) {
	const text = input.startsWith("﻿") ? input.slice(1) : input;
	const hidden = [];
	const source = {
		file,
		text,
		hidden
	};
	const found = [];
	const refuse = (range, path, refusal) => {
		if (found.length < 500) found.push({
			range,
			path,
			refusal
		});
	};
	const finish = (data, spots) => ({
		source,
		data,
		problems: found.map(({ range, path, refusal }) => problemAt(source, range, path, refusal)),
		refused: new Set(found.map(({ path }) => pathKey(path))),
		...finder(source, spots)
	});
	const nothing = () => finish(void 0, /* @__PURE__ */ new Map());
	if (Buffer.byteLength(text) > bounds.bytes) {
		refuse({
			from: 0,
			to: 1
		}, [], {
			code: "RB013",
			message: `the file is larger than ${bounds.bytes / 1024} KiB`,
			why: "No runbook needs so much, and reading it takes longer than is safe.",
			fix: "Split the file, or remove what was generated into it."
		});
		return finish(void 0, /* @__PURE__ */ new Map());
	}
	hidden.push(...hiddenIn(text));
	refuseInvisible(text, refuse);
	if (found.length > 0) return nothing();
	const measured = measure(text);
	refuseOversize(measured, refuse);
	if (found.length > 0) return nothing();
	const parsed = (0, import_dist.parseAllDocuments)(text, {
		version: "1.2",
		uniqueKeys: false,
		merge: false,
		prettyErrors: false
	});
	const [document, second] = Array.isArray(parsed) ? parsed : [];
	if (second !== void 0) {
		const from = Math.max(0, text.lastIndexOf("---", second.range[0]));
		refuse({
			from,
			to: from + 3
		}, [], {
			code: "RB009",
			message: "a second document begins here",
			why: "A runbook is one document; the second would be ignored.",
			fix: "Delete the line `---`, or move what follows to a file of its own."
		});
	}
	if (document !== void 0) refuseSyntax(document, text, measured, refuse);
	if (found.length > 0) return nothing();
	if (document === void 0 || document.contents === null || isEmptyScalar(document.contents)) {
		refuse({
			from: 0,
			to: 0
		}, [], emptyFile);
		return nothing();
	}
	const plain = toPlain(document, text, refuse);
	hidden.push(...plain.hidden);
	return finish(plain.data, plain.spots);
}
const isEmptyScalar = (node) => (0, import_dist.isScalar)(node) && node.value === null && node.source === "";
function finder({ text, hidden }, spots) {
	const nearest = (path) => {
		for (let length = path.length; length >= 0; length--) {
			const spot = spots.get(pathKey(path.slice(0, length)));
			if (spot === void 0) continue;
			return length === path.length ? spot : {
				...spot,
				value: spot.key ?? firstLine(spot.value)
			};
		}
		return {
			value: {
				from: 0,
				to: 0
			},
			node: null
		};
	};
	const firstLine = ({ from, to }) => {
		const end = text.indexOf("\n", from);
		const colon = text.slice(from, end === -1 ? to : Math.min(to, end)).search(/:(?:\s|$)/);
		return {
			from,
			to: colon === -1 ? from + 1 : from + colon
		};
	};
	const at = (path) => nearest(path).value;
	return {
		at,
		atKey: (path) => {
			const spot = nearest(path);
			return spot.key ?? firstLine(spot.value);
		},
		inside: (path, offset, length) => {
			const { value, node } = nearest(path);
			if (!(0, import_dist.isScalar)(node) || typeof node.value !== "string") return value;
			const from = value.from + (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0) + offset;
			return text.slice(from - offset, from + length) === node.value.slice(0, offset + length) ? {
				from,
				to: from + length
			} : value;
		},
		isHidden: (path) => {
			const { from, to } = at(path);
			return hidden.some((range) => range.from < to && from < range.to);
		}
	};
}

// src/schema-problem.ts
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
function valueAt(data, path) {
	let value = data;
	for (const key of path) if (Array.isArray(value) && typeof key === "number") value = value[key];
	else if (isMap(value) && Object.hasOwn(value, key)) value = value[key];
	else return void 0;
	return value;
}
const pathOf = (path) => path.map((key) => typeof key === "number" ? key : String(key));
const isMissing = (issue, data) => (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union") && valueAt(data, pathOf(issue.path)) === void 0;
/** Of the members of a union, the one the value was most likely meant to be. */
function likeliest(branches) {
	const strangeness = (issues) => issues.reduce((sum, issue) => {
		if (issue.code === "unrecognized_keys") return sum + 100 * issue.keys.length;
		if (issue.path.length === 0 && issue.code === "invalid_type") return sum + 1e4;
		return sum + 1;
	}, 0);
	return [...branches].sort((a, b) => strangeness(a) - strangeness(b))[0] ?? [];
}
/** Issues inside of unions, with the path from the document's root. */
function flatten(issues, prefix) {
	return issues.flatMap((issue) => {
		const path = [...prefix, ...issue.path];
		if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{
			...issue,
			path
		}];
		return issue.errors.every((branch) => branch.some((inner) => inner.path.length === 0 && inner.code === "invalid_type")) ? [{
			...issue,
			path
		}] : flatten(likeliest(issue.errors), path);
	});
}
/** What the schema allows at a path, for suggestions; of several possibilities, the one that shares most keys. */
function schemaAt(root, data, path) {
	const isSchema = (schema) => typeof schema === "object" && schema !== null;
	const settle = (schema, value) => {
		const shared = (variant) => isMap(value) ? Object.keys(value).filter((key) => Object.hasOwn(variant.properties ?? {}, key)).length : 0;
		return [...(schema.anyOf ?? []).filter(isSchema).filter((variant) => variant.type === "object")].sort((a, b) => shared(b) - shared(a))[0] ?? schema;
	};
	let schema = settle(root, data);
	for (const [i, key] of path.entries()) {
		const inner = typeof key === "number" ? schema.items : schema.properties?.[key] ?? schema.additionalProperties;
		if (!isSchema(inner) || Array.isArray(inner)) return void 0;
		schema = settle(inner, valueAt(data, path.slice(0, i + 1)));
	}
	return schema;
}
const sorts = {
	string: "a text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	object: "a map (keys with values)",
	record: "a map (keys with values)",
	array: "a list (lines that begin with a dash)"
};
function describe(value) {
	if (value === null) return "nothing";
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object") return "a map";
	if (typeof value === "string") return quote(value);
	return `the ${typeof value} ${String(value)}`;
}
const switches = {
	yes: "true",
	on: "true",
	y: "true",
	no: "false",
	off: "false",
	n: "false"
};
/** A mend that follows from what was found, where one does. */
function mendOf(expected, value) {
	if (expected === "boolean" && typeof value === "string" && Object.hasOwn(switches, value.toLowerCase())) return {
		code: "RB028",
		why: "YAML 1.2 reads yes, no, on and off as texts.",
		fix: `Write ${switches[value.toLowerCase()]}.`
	};
	if ((expected === "number" || expected === "int") && typeof value === "string" && /^[\d.]+$/.test(value)) return {
		code: "RB029",
		why: "Quotes make it a text.",
		fix: "Remove the quotes."
	};
	if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) return {
		code: "RB029",
		why: "Without quotes it is not a text.",
		fix: "Put it into quotes."
	};
	return {
		code: "RB029",
		why: "Only this kind of value has a meaning here.",
		fix: `Write ${sorts[expected] ?? expected}${value === null ? ", or remove the key" : ""}.`
	};
}
/** Turns what zod found wrong with a document into problems with places. */
function schemaProblems(yaml, schema, error) {
	const { data, source } = yaml;
	const issues = flatten(error.issues, []).filter((issue) => {
		const path = pathOf(issue.path);
		return !path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
	});
	const found = (path, value) => yaml.isHidden(path) && !isMap(value) ? "a value that is not shown" : describe(value);
	function expectation(issue, path) {
		if (!isExpectation(issue.message)) return void 0;
		const { code, expected, why, fix } = expectations[issue.message];
		const message = `expected ${expected}, got ${found(path, valueAt(data, path))}`;
		return problemAt(source, yaml.at(path), path, {
			code,
			message,
			why,
			fix
		});
	}
	function carried(issue, path) {
		if (issue.code !== "custom") return void 0;
		const refusal = issue.params?.["refusal"];
		if (refusal === void 0) return void 0;
		const range = refusal.within && yaml.inside(path, refusal.within.at, refusal.within.length);
		return problemAt(source, range ?? (refusal.atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
	}
	function wrongValue(issue, path) {
		const value = valueAt(data, path);
		const at = yaml.at(path);
		if (issue.code === "invalid_value") {
			const allowed = issue.values.map(String);
			const near = typeof value === "string" ? nearName(value, allowed) : void 0;
			return problemAt(source, at, path, {
				code: "RB029",
				message: `expected ${allowed.join(" or ")}, got ${found(path, value)}`,
				why: "Only these values have a meaning here.",
				fix: near === void 0 ? `Write ${allowed.join(" or ")}.` : `Did you mean \`${near}\`?`
			});
		}
		if (issue.code === "invalid_type") return problemAt(source, at, path, {
			...mendOf(issue.expected, value),
			message: `expected ${sorts[issue.expected] ?? issue.expected}, got ${found(path, value)}`
		});
		if (issue.code === "too_small" || issue.code === "too_big") {
			const least = issue.code === "too_small";
			const bound = `${least ? "at least" : "at most"} ${least ? issue.minimum : issue.maximum}`;
			const unit = issue.origin === "string" ? " characters" : "";
			return problemAt(source, at, path, {
				code: "RB029",
				message: `expected ${bound}${unit}, got ${found(path, value)}`,
				why: "The value is out of bounds.",
				fix: `Write ${bound}${unit}.`
			});
		}
		return problemAt(source, at, path, {
			code: "RB029",
			message: `got ${found(path, value)}, which has no meaning here`,
			why: "The value does not have the form this key needs.",
			fix: "See the example in the documentation of this key."
		});
	}
	function wrongKey(issue, path) {
		const name = issue.issues[0]?.message ?? "";
		const { code, expected, why, fix } = isExpectation(name) ? expectations[name] : {
			code: "RB029",
			expected: "another name",
			why: "The name does not have the form needed.",
			fix: "Rename it."
		};
		const message = `expected ${expected}, got ${quote(String(path.at(-1)))}`;
		return problemAt(source, yaml.atKey(path), path, {
			code,
			message,
			why,
			fix
		});
	}
	const rest = issues.filter((issue) => issue.code !== "unrecognized_keys" && !isMissing(issue, data));
	return [...keyProblems(yaml, issues.length === rest.length ? {} : toJSONSchema(schema, { io: "input" }), issues), ...rest.map((issue) => {
		const path = pathOf(issue.path);
		if (issue.code === "invalid_key") return wrongKey(issue, path);
		return carried(issue, path) ?? expectation(issue, path) ?? wrongValue(issue, path);
	})];
}
/** Unknown and missing keys; a misspelled key that is needed is one problem, not two. */
function keyProblems(yaml, jsonSchema, issues) {
	const { data, source } = yaml;
	const missing = new Map(issues.filter((issue) => isMissing(issue, data)).map((issue) => [pathKey(pathOf(issue.path)), pathOf(issue.path)]));
	const problems = [];
	for (const issue of issues) {
		if (issue.code !== "unrecognized_keys") continue;
		const around = pathOf(issue.path);
		const present = Object.keys(valueAt(data, around) ?? {});
		const known = Object.keys(schemaAt(jsonSchema, data, around)?.properties ?? {});
		for (const key of issue.keys) {
			const needed = known.filter((name) => missing.has(pathKey([...around, name])));
			const near = nearName(key, needed) ?? nearName(key, known.filter((name) => !present.includes(name)));
			const alone = issue.keys.length === 1 && present.length === 1 && needed.length === 1 ? needed[0] : void 0;
			const meant = near ?? alone;
			if (meant !== void 0) missing.delete(pathKey([...around, meant]));
			const names = known.map((name) => `\`${name}\``).join(", ");
			problems.push(problemAt(source, yaml.atKey([...around, key]), [...around, key], {
				code: "RB026",
				message: `unknown key ${quote(key)}${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "No key has a meaning here." : `Known keys here are ${names}.`,
				fix: meant === void 0 ? "Remove the key, or write one of the known keys." : `Write \`${meant}\`.`
			}));
		}
	}
	for (const path of missing.values()) {
		const name = String(path.at(-1));
		problems.push(problemAt(source, yaml.atKey(path), path.slice(0, -1), {
			code: "RB027",
			message: `missing key \`${name}\``,
			why: schemaAt(jsonSchema, data, path)?.description ?? "A runbook cannot do without it.",
			fix: `Add \`${name}:\` with its value here.`
		}));
	}
	return problems;
}

// src/runbook-file.ts
/** Reads any YAML text by a schema: the runbook, or one structured input of an action. All problems come at once. */
function readBySchema(text, file, schema, rules = () => []) {
	const yaml = readYaml(text, file);
	if (yaml.data === void 0) return {
		ok: false,
		problems: sortProblems(yaml.problems)
	};
	const parsed = schema.safeParse(yaml.data);
	const problems = [
		...yaml.problems,
		...parsed.success ? [] : schemaProblems(yaml, schema, parsed.error),
		...rules(yaml)
	];
	if (parsed.success && problems.length === 0) return {
		ok: true,
		value: parsed.data,
		yaml
	};
	return {
		ok: false,
		problems: sortProblems(problems)
	};
}
function ruleProblems(yaml) {
	const wasRefused = (path) => path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
	return runbookRules(yaml.data).filter(({ path }) => !wasRefused(path)).map(({ path, refusal }) => {
		const { within, atKey } = refusal;
		const range = within && yaml.inside(path, within.at, within.length);
		return problemAt(yaml.source, range ?? (atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
	});
}
/** The user's runbook, or everything that is wrong with it, in the order of the file. Reads no file and no variable. */
function readRunbook(text, file) {
	const read = readBySchema(text, file, runbookSchema, ruleProblems);
	return read.ok ? {
		ok: true,
		runbook: read.value,
		yaml: read.yaml
	} : read;
}

// src/session.ts
/** Inputs of every action that takes part in a release. */
const sessionInputs = {
	environment: text("Environment whose record is read and written.").prefault("production"),
	runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
	record: oneOf([
		"append",
		"read",
		"none"
	], "`append` takes part in the release; `read` consults its record and appends nothing (jobs that run your own code); `none` runs the step alone.").prefault("append"),
	"github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
	"runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
	"runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional(),
	"database-url": secret("Address of the database, with credentials: `$DATABASE_URL`.").optional(),
	"allow-hold": flag("Whether a hold ends the step in good order; only Sluice's own workflows set it.").prefault("false")
};
/** Inputs of an action that runs one step of one stage. */
const stageInputs = {
	...sessionInputs,
	stage: text("Stage of the runbook; the only one that has this step when empty.").optional(),
	needs: text("The needs context, as `toJSON(needs)` gives it: how the jobs before this one ended.").optional()
};
function openSession(runbook, inputs, ports, workflow) {
	const { environment } = inputs;
	const variables = variablesOf(inputs, ports);
	const client = githubClient({
		token: inputs.githubToken ?? "",
		repository: workflow.repository,
		apiUrl: workflow.apiUrl
	}, ports);
	const store = githubRefStore(client);
	const author = {
		run: workflow.runId,
		attempt: workflow.attempt,
		actor: workflow.actor
	};
	const project = async (snapshot) => {
		const warning = await projectDeployment(client, snapshot, {
			runUrl: workflow.runUrl,
			url: resolved(runbook.url, variables)
		});
		if (warning !== void 0) ports.log.warn(warning);
	};
	return {
		runbook,
		store,
		author,
		variables,
		base: {
			ports,
			store,
			environment,
			author,
			asker: {
				release: workflow.runId,
				attempt: workflow.attempt
			},
			onEntry: (_entry, snapshot) => project(snapshot)
		},
		project,
		target: () => openTarget(resolveAll(runbook.target, variables, "target"), ports)
	};
}
/** Reads the runbook of the checked-out commit; every problem becomes an annotation at its place. */
async function loadRunbook(file, workspace, ports) {
	const inside = path.relative(workspace, path.resolve(workspace, file));
	if (inside.startsWith("..") || path.isAbsolute(inside)) throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
	const content = await readFile(path.join(workspace, inside), "utf8").catch(() => void 0);
	if (content === void 0) throw new InputError(`There is no runbook at ${inside}. Check out the repository before this step, or name another path with \`runbook\`.`);
	const read = readRunbook(content, inside);
	if (read.ok) return read.runbook;
	for (const problem of read.problems) ports.log.error(`${problem.message} ${problem.fix}`, problem);
	const [first] = read.problems;
	throw new InputError(`${inside} has ${read.problems.length === 1 ? "a problem" : `${read.problems.length} problems`}, named above; nothing was started.`, first);
}
/** The stage that is meant, which must have the step. */
function stageOf(runbook, name, step) {
	const having = runbook.stages.filter((stage) => stage[step] !== void 0 || step === "canary" && stage.deploy !== void 0);
	const stage = name === void 0 && having.length === 1 ? having[0] : runbook.stages.find((candidate) => candidate.name === name);
	if (stage !== void 0) return stage;
	const names = runbook.stages.map((candidate) => candidate.name).join(", ");
	throw new InputError(name === void 0 ? `Several stages have a ${step}; say which with \`stage\`: ${names}.` : `The runbook has no stage ${name}; it has ${names}.`);
}
const jobResults = record(string(), looseObject({ result: string() }));
/** Which steps each job of stage.yml that runs the user's code stands for. */
const stepsOfJob = {
	preflight: ["preflight"],
	probe: ["smoke-test"]
};
/** How the jobs before this one ended, as GitHub says: the only word we take from jobs that run the user's code. */
function provenBy(needs) {
	if (needs === void 0) return {};
	const parsed = jobResults.safeParse(JSON.parse(needs));
	if (!parsed.success) throw new InputError("Input `needs` is not the `needs` context; write `needs: ${{ toJSON(needs) }}`.");
	const proven = {};
	for (const [job, { result }] of Object.entries(parsed.data)) {
		const outcome = result === "success" ? "passed" : result === "failure" ? "failed" : void 0;
		for (const step of stepsOfJob[job] ?? []) if (outcome !== void 0) proven[step] = outcome;
	}
	return proven;
}
/** Runs one step of one stage as part of the release. */
async function takePart(session, inputs, step, offer) {
	const stage = stageOf(session.runbook, inputs.stage, step);
	return advance({
		...session.base,
		...pinned(offer, session.runbook),
		readOnly: inputs.record === "read",
		until: {
			stage: stage.name,
			step
		},
		proven: provenBy(inputs.needs)
	});
}
/** Refuses to act on another runbook than the one the release was started with. */
function pinned(offer, runbook) {
	const hash = runbookHash(runbook);
	const same = (release) => {
		if (release.runbookHash !== hash) throw new InputError(`The runbook here is not the one release ${release.id} was started with. Check out the release's commit, ${release.commit.slice(0, 12)}.`);
	};
	const { judge } = offer;
	const steps = Object.entries(offer.steps).map(([name, run]) => [name, (request) => {
		same(request.release);
		return run(request);
	}]);
	if (judge === void 0) return {
		...offer,
		steps: Object.fromEntries(steps)
	};
	return {
		...offer,
		steps: Object.fromEntries(steps),
		judge: (share, release) => {
			same(release);
			return judge(share, release);
		}
	};
}
/** A step given as a structured input instead of in the runbook, read by the same schema. */
function stepOf(input, given, schema) {
	if (given === void 0) return void 0;
	const read = readBySchema(given, `input ${input}`, schema);
	if (read.ok) return read.value;
	throw new InputError(formatProblems(read.problems));
}
/** The runbook's contract over the variables, before anything moves. */
function checkContract({ runbook, variables }) {
	return envCheck(runbook.env ?? {}, variables).run({
		directory: ".",
		commit: ""
	});
}

export { increment as _, sessionInputs as a, xLogY as b, stepOf as c, envCheck as d, compiled as f, gather as g, quantileOf as h, pinned as i, takePart as l, settle as m, loadRunbook as n, stageInputs as o, gateProblems as p, openSession as r, stageOf as s, checkContract as t, quote as u, newEvidence as v, logSumExp as y };