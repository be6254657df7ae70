import { n as formatDuration, r as parseDuration, t as DURATION_EXAMPLES } from "./duration.js";
import { t as nearName } from "./near-name.js";

// src/quantity.ts
/** Units as people write them, with the size of one in the base unit of its dimension. */
const UNITS = {
	"%": {
		dimension: "share",
		size: 1 / 100
	},
	pp: {
		dimension: "points",
		size: 1 / 100
	},
	x: {
		dimension: "factor",
		size: 1
	},
	ms: {
		dimension: "time",
		size: 1
	},
	s: {
		dimension: "time",
		size: 1e3
	},
	m: {
		dimension: "time",
		size: 6e4
	},
	h: {
		dimension: "time",
		size: 36e5
	},
	MB: {
		dimension: "size",
		size: 1e6
	},
	GB: {
		dimension: "size",
		size: 1e9
	},
	"/s": {
		dimension: "per-second",
		size: 1
	},
	"%/h": {
		dimension: "share-per-hour",
		size: 1 / 100
	},
	"": {
		dimension: "number",
		size: 1
	}
};
const UNIT_NAMES = Object.keys(UNITS).filter((unit) => unit !== "");
const isUnit = (text) => Object.hasOwn(UNITS, text);
/** Reads `2%`, `+0.5pp`, `1.5x`, `500ms`, `2GB`, `50/s`, `2%/h` or `3`; undefined when it is none of these. */
function parseQuantity(text) {
	const [, digits, unit] = /^\+?(\d{1,12}(?:\.\d{1,6})?)(\D*)$/.exec(text) ?? [];
	if (digits === void 0 || unit === void 0 || !isUnit(unit)) return void 0;
	const { dimension, size } = UNITS[unit];
	const value = size < 1 ? Number(digits) / Math.round(1 / size) : Number(digits) * size;
	return {
		amount: Number(digits),
		unit,
		dimension,
		value
	};
}
/** Percent, 0 to 100, of a text such as `5%`; undefined when it is not a percentage. */
function parsePercentage(text) {
	const quantity = parseQuantity(text);
	return quantity?.unit === "%" && !text.startsWith("+") && quantity.amount <= 100 ? quantity.amount : void 0;
}

// src/limit.ts
const COMPARISONS = [
	"<",
	"<=",
	">",
	">=",
	"="
];
const PERCENTILES = [
	"p50",
	"p75",
	"p90",
	"p95",
	"p99"
];
const AGGREGATES = [
	"mean",
	...PERCENTILES,
	"max",
	"growth"
];
const RIVALS = ["stable", "before"];
/** Metrics whose meaning is fixed; every other name must be declared under `metrics`. */
const BUILT_IN = /* @__PURE__ */ new Map([
	["error-rate", {
		dimension: "share",
		good: "low"
	}],
	["availability", {
		dimension: "share",
		good: "high"
	}],
	["checks", {
		dimension: "share",
		good: "high"
	}],
	["health", {
		dimension: "share",
		good: "high"
	}],
	["latency", {
		dimension: "time",
		good: "low"
	}],
	["throughput", {
		dimension: "per-second",
		good: "either"
	}],
	["restarts", {
		dimension: "number",
		good: "low"
	}]
]);
const EXAMPLE = {
	share: "1%",
	points: "+0.5pp",
	factor: "1.5x",
	time: "500ms",
	size: "512MB",
	"per-second": "50/s",
	"share-per-hour": "2%/h",
	number: "3"
};
const GRAMMAR = "`<metric> [aggregate] [vs stable | vs before] <op> <value><unit> [for <duration>]`";
const LONGEST = 200;
const isOneOf = (list, text) => list.some((item) => item === text);
const quoted = (items) => items.map((item) => `\`${item}\``).join(", ");
const didYouMean = (near, otherwise) => near === void 0 ? otherwise : `Did you mean \`${near}\`?`;
function newReader(text) {
	const tokens = [...text.matchAll(/[<>=!≤≥]+|[^\s<>=!≤≥]+/g)].map((m) => ({
		text: m[0],
		at: m.index
	}));
	const end = text.trimEnd().length;
	const problems = [];
	let next = 0;
	const peek = () => tokens[next]?.text;
	const take = () => tokens[next++];
	return {
		problems,
		peek,
		take,
		skip: (word) => peek() === word ? take() : void 0,
		problem: (token, message, hint) => problems.push({
			at: token?.at ?? end,
			length: token?.text.length ?? 0,
			message,
			hint
		})
	};
}
/** `error-rate`, `latency p95`, or `p95` alone, which means latency. */
function readMetric(reader, declared) {
	const token = reader.take();
	if (token === void 0) {
		reader.problem(token, "The limit is empty.", `Write ${GRAMMAR}, such as \`error-rate < 1%\`.`);
		return;
	}
	const name = token.text;
	if (isOneOf(PERCENTILES, name)) return {
		token,
		metric: "latency",
		aggregate: name
	};
	const known = [...BUILT_IN.keys(), ...declared];
	if (!known.includes(name)) {
		const near = isOneOf(AGGREGATES, name) ? `latency ${name}` : nearName(name, [...known, ...PERCENTILES]);
		const otherwise = `Declare it under \`metrics\`, or use one of ${quoted(known)}.`;
		reader.problem(token, `The metric \`${name}\` is not known.`, didYouMean(near, otherwise));
	}
	const aggregate = readAggregate(reader);
	return aggregate === void 0 ? {
		token,
		metric: name
	} : {
		token,
		metric: name,
		aggregate
	};
}
function readAggregate(reader) {
	const text = reader.peek();
	if (text === void 0 || /^[<>=!≤≥]/.test(text) || text === "vs" || text === "not") return void 0;
	const token = reader.take();
	if (isOneOf(AGGREGATES, text)) return text;
	const hint = didYouMean(nearName(text, [...AGGREGATES, "vs"]), `Aggregates are ${quoted(AGGREGATES)}.`);
	reader.problem(token, `\`${text}\` is neither an aggregate, \`vs\` nor a comparison.`, hint);
}
function readRival(reader) {
	if (reader.skip("vs") === void 0) return void 0;
	const token = reader.take();
	if (isOneOf(RIVALS, token?.text)) return token?.text;
	const found = token === void 0 ? "nothing" : `\`${token.text}\``;
	const near = nearName(token?.text ?? "", RIVALS);
	const hint = didYouMean(near && `vs ${near}`, "Write `vs stable` or `vs before`.");
	reader.problem(token, `After \`vs\` stands ${found}, not \`stable\` or \`before\`.`, hint);
}
const OTHER_SPELLINGS = /* @__PURE__ */ new Map([
	["==", "="],
	["=<", "<="],
	["=>", ">="],
	["≤", "<="],
	["≥", ">="]
]);
/** `< 2%` or `not worse`. */
function readDemand(reader) {
	const op = reader.take();
	if (op?.text === "not" && reader.skip("worse")) return {
		op,
		demand: { op: "not-worse" }
	};
	if (!isOneOf(COMPARISONS, op?.text) || op === void 0) {
		const found = op === void 0 ? "The limit ends before its comparison." : `\`${op.text}\` is not a comparison.`;
		const hint = didYouMean(OTHER_SPELLINGS.get(op?.text ?? ""), `Comparisons are ${quoted(COMPARISONS)}.`);
		reader.problem(op, found, hint);
		return;
	}
	const value = reader.take();
	const quantity = parseQuantity(value?.text ?? "");
	if (quantity !== void 0 && value !== void 0) return {
		op,
		value,
		demand: {
			op: op.text,
			quantity
		}
	};
	reader.problem(value, valueMessage(value), valueHint(value, reader));
	return value === void 0 ? void 0 : {
		op,
		value
	};
}
function valueMessage(token) {
	if (token === void 0) return "The limit ends before its value.";
	if (token.text.startsWith("-")) return `\`${token.text}\` is negative; a limit is zero or more.`;
	return `\`${token.text}\` is not a number with a unit.`;
}
function valueHint(token, reader) {
	const unit = /^\+?[\d.]+(\D+)$/.exec(token?.text ?? "")?.[1];
	const near = unit && UNIT_NAMES.find((known) => known.toLowerCase() === unit.toLowerCase());
	if (near) return `Did you mean \`${token?.text.slice(0, -near.length)}${near}\`?`;
	if (token?.text.includes(",")) return `Write decimals with a point: \`${token.text.replace(",", ".")}\`.`;
	return reader.peek() === void 0 ? `Units are ${quoted(UNIT_NAMES)}.` : "Write number and unit without a space.";
}
function readFor(reader) {
	if (reader.peek() === void 0) return void 0;
	const word = reader.take();
	if (word?.text !== "for") {
		const unit = UNIT_NAMES.find((known) => known === word?.text);
		const hint = unit ? `Write number and unit without a space: \`500${unit}\`.` : "Only `for <duration>` may follow.";
		reader.problem(word, `\`${word?.text}\` stands after the value.`, hint);
		return;
	}
	const token = reader.take();
	const duration = parseDuration(token?.text ?? "");
	if (duration === void 0 || duration === 0) {
		const found = token === void 0 ? "The limit ends after `for`." : `\`${token.text}\` is not a duration above zero.`;
		reader.problem(token, found, `Write one such as ${DURATION_EXAMPLES}.`);
	}
	const extra = reader.take();
	if (extra) reader.problem(extra, `\`${extra.text}\` stands after the end of the limit.`, `A limit is ${GRAMMAR}.`);
	return duration;
}
/** What the value's unit must be, given metric, aggregate and comparison. */
function checkMeaning(reader, named, versus, demanded) {
	const { demand, op, value } = demanded;
	const builtIn = BUILT_IN.get(named.metric);
	checkAggregate(reader, named, builtIn, versus);
	if (demand === void 0) return;
	if (demand.op === "not-worse") {
		if (versus === void 0) reader.problem(op, "`not worse` needs somebody to compare with.", "Write `vs stable not worse`.");
		return;
	}
	checkDirection(reader, op, named, builtIn, demand.op);
	if (versus !== void 0) checkRelative(reader, op, value, builtIn, demand);
	else checkAbsolute(reader, named, value, builtIn, demand.quantity);
}
/** Only two versions can be compared by all of their latency; a limit in time needs to say which part of it is meant. */
function checkAggregate(reader, { token, metric, aggregate }, builtIn, versus) {
	if (metric === "latency" && aggregate === void 0 && versus !== "stable") reader.problem(token, "`latency` alone does not say which one.", "Write `p95`, `latency mean` or another aggregate.");
	if (builtIn && metric !== "latency" && aggregate !== void 0 && aggregate !== "growth") reader.problem(token, `\`${metric}\` has no \`${aggregate}\`.`, `Write \`${metric}\` alone.`);
}
function checkDirection(reader, op, named, builtIn, sign) {
	if (!(builtIn?.good === "low" && sign.startsWith(">") || builtIn?.good === "high" && sign.startsWith("<"))) return;
	const turned = sign.startsWith(">") ? sign.replace(">", "<") : sign.replace("<", ">");
	reader.problem(op, `A limit states what must hold, and this one demands a bad ${named.metric}.`, `Did you mean \`${turned}\`?`);
}
function checkRelative(reader, op, value, builtIn, demand) {
	const { amount, dimension } = demand.quantity;
	if (demand.op === "=") reader.problem(op, "Two versions are never exactly equal.", "Write `<=`, `>=` or `not worse`.");
	if (builtIn?.dimension === "share" && builtIn.good === "high") reader.problem(value, "A success share is compared by `not worse`.", "Write `vs stable not worse`, or limit `error-rate`.");
	else if (dimension === "points" && builtIn && builtIn.dimension !== "share") reader.problem(value, "Percentage points compare shares only.", "Compare by a factor, such as `1.5x`.");
	else if (dimension === "factor" && amount === 0) reader.problem(value, "No version can be `0x` of another.", "Write a factor above zero, such as `1.5x`.");
	else if (dimension !== "points" && dimension !== "factor") {
		const hint = `Write \`+${amount}pp\` for a difference or \`${1 + amount / 100}x\` for a ratio.`;
		reader.problem(value, "A comparison needs percentage points or a factor.", hint);
	}
}
function checkAbsolute(reader, named, value, builtIn, found) {
	const wanted = named.aggregate === "growth" ? "share-per-hour" : builtIn?.dimension;
	if (found.dimension === "points" || found.dimension === "factor") reader.problem(value, `\`${found.unit}\` compares two versions.`, "Put `vs stable` or `vs before` before the comparison.");
	else if (value?.text.startsWith("+")) reader.problem(value, "`+` belongs to a difference.", "Remove it, or compare with `vs stable <= +0.5pp`.");
	else if (wanted === "share" && found.dimension === "number") reader.problem(value, `\`${value?.text}\` has no unit.`, rateHint(found.amount));
	else if (wanted !== void 0 && wanted !== found.dimension) {
		const name = named.aggregate === "growth" ? "growth" : named.metric;
		reader.problem(value, `\`${value?.text}\` does not fit ${name}.`, `Write a value such as \`${EXAMPLE[wanted]}\`.`);
	} else if (found.dimension === "share-per-hour" && named.aggregate !== "growth") reader.problem(value, "`%/h` is a slope.", `Write \`${named.metric} growth\`.`);
	else if (wanted === "share" && found.value > 1) reader.problem(value, `\`${value?.text}\` is more than everything.`, "A share is at most `100%`.");
}
function rateHint(amount) {
	const percent = Number((amount * 100).toPrecision(12));
	if (amount >= 1) return `\`${amount}\` means ${percent} %: did you mean \`${amount}%\`?`;
	return `\`${amount}\` could mean \`${percent}%\` or \`${amount}%\`: write the one you mean.`;
}
/**
* Reads one limit. `knownMetrics` are the names declared under `metrics`; the built-in ones are known anyway.
* All problems are reported at once, each with its place in the text.
*/
function parseLimit(text, knownMetrics) {
	if (text.length > LONGEST) return { problems: [{
		at: LONGEST,
		length: text.length - LONGEST,
		message: "A limit is one short line.",
		hint: GRAMMAR
	}] };
	const reader = newReader(text);
	const named = readMetric(reader, new Set(knownMetrics));
	const versus = named && readRival(reader);
	const demanded = named && readDemand(reader);
	const duration = demanded && readFor(reader);
	if (named && demanded) checkMeaning(reader, named, versus, demanded);
	if (reader.problems.length > 0 || !named || !demanded?.demand) return { problems: reader.problems };
	const { metric, aggregate } = named;
	return { limit: {
		metric,
		...aggregate && { aggregate },
		...versus && { versus },
		demand: demanded.demand,
		...duration && { for: duration }
	} };
}
/** The limit in one spelling; `parseLimit` reads it back as the same limit. */
function formatLimit(limit) {
	const { metric, aggregate, versus, demand } = limit;
	const words = metric === "latency" && isOneOf(PERCENTILES, aggregate) ? [aggregate] : [metric, aggregate];
	if (versus) words.push("vs", versus);
	if (demand.op === "not-worse") words.push("not worse");
	else words.push(demand.op, `${demand.quantity.unit === "pp" ? "+" : ""}${demand.quantity.amount}${demand.quantity.unit}`);
	if (limit.for !== void 0) words.push("for", formatDuration(limit.for));
	return words.filter((word) => word !== void 0).join(" ");
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

// src/evidence/increment.ts
/**
* Bets on "worse": how many times riskier than the boundary the candidate might be. Four suffice from a doubled risk to
* a total outage, and each more would cost everybody a share of the evidence; `npm run bench -- gate` measures it.
*/
const WORSE_BETS = [
	1.5,
	2.5,
	5,
	12
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
* A batch in which an arm saw nothing carries no evidence: 0. `logBet` is `ln bet`, given by whoever has it already.
*/
function twoArmIncrement(candidate, stable, { ratio, margin }, bet, logBet = Math.log(bet)) {
	if (!(candidate.total > 0 && stable.total > 0)) return 0;
	const exposed = ratio * candidate.total;
	const scale = (exposed + stable.total) / (bet * exposed + stable.total);
	const bad = candidate.bad + stable.bad;
	const counted = bad === 0 ? 0 : candidate.bad * logBet + bad * Math.log(scale);
	return margin === 0 ? counted : counted - candidate.total * margin * (bet * scale - 1);
}
/**
* ln of the likelihood ratio of share q against share p for one batch: `e ln(q/p) + (n-e) ln((1-q)/(1-p))` (Wald,
* "Sequential tests of statistical hypotheses", 1945), given the two logarithms. Its expectation is at most 1 for every
* true share on the other side of p from q.
*/
const oneArmIncrement = ({ bad, total }, perBad, perGood) => bad * perBad + (total - bad) * perGood;
/** The shares that bets of relative risk `bets` mean at this limit, kept below 1. */
const oneArmBets = (limit, bets) => bets.map((bet) => Math.min(bet * limit, limit + .95 * (1 - limit)));

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
	let high = -Infinity;
	for (const value of values) if (value > high) high = value;
	if (high === -Infinity) return high;
	let sum = 0;
	for (const value of values) sum += Math.exp(value - high);
	return high + Math.log(sum);
}
/** x ln y, with 0 ln 0 = 0. */
const xLogY = (x, y) => x === 0 ? 0 : x * Math.log(y);
const HALF_LOG_TWO_PI = .5 * Math.log(2 * Math.PI);
/** ln Γ(x) for x > 0: Stirling's series after shifting x above 10 (Abramowitz & Stegun 6.1.41 and 6.1.15). */
function logGamma(x) {
	let shift = 1;
	let y = x;
	for (; y < 10; y++) shift *= y;
	const z = 1 / (y * y);
	const series = (1 / 12 + z * (-1 / 360 + z * (1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 - z * 691 / 360360))))) / y;
	return (y - .5) * Math.log(y) - y + HALF_LOG_TWO_PI + series - Math.log(shift);
}
/** ln B(a, b), Euler's beta function. */
const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b);

// src/evidence.ts
const NO_EVIDENCE = [];
/**
* Fixes everything the guarantee depends on.
*
* The cap is `(ln(1/level) + ln K) / batches` for K bets: clipping an e-value from above keeps it valid.
*/
function planEvidence(question, side, options = {}) {
	const { looks = 1, fromStart = .5, batches = 1, level = 1, risks, decimals } = options;
	const grid = risks ?? (side === "worse" ? WORSE_BETS : BETTER_BETS);
	const limit = "limit" in question ? question.limit : void 0;
	const bets = limit === void 0 ? grid : oneArmBets(limit, grid);
	const weight = looks > 1 ? fromStart : 1;
	const about = "limit" in question ? `p=${question.limit}` : `r=${question.ratio} d=${question.margin}`;
	const capped = batches > 1 ? ` m=${batches} a=${level}` : "";
	const rounded = decimals === void 0 ? "" : ` d=${decimals}`;
	return {
		question,
		side,
		id: `${side} ${about} T=${looks} w=${weight}${capped} R=${grid.join(",")}${rounded}`,
		bets,
		perBad: bets.map((bet) => Math.log(limit === void 0 ? bet : bet / limit)),
		perGood: limit === void 0 ? [] : bets.map((bet) => Math.log1p(-bet) - Math.log1p(-limit)),
		looks,
		fromStart: weight,
		cap: batches > 1 ? (Math.log(1 / level) + Math.log(grid.length)) / batches : Number.POSITIVE_INFINITY,
		grain: decimals === void 0 ? 0 : 10 ** decimals
	};
}
/** ln of the e-value of one batch under bet number `k` of the plan. */
function increment(plan, { candidate, stable }, k) {
	const perBad = plan.perBad[k] ?? 0;
	if ("limit" in plan.question) return oneArmIncrement(candidate, perBad, plan.perGood[k] ?? 0);
	return stable === void 0 ? 0 : twoArmIncrement(candidate, stable, plan.question, plan.bets[k] ?? 1, perBad);
}
/** Weight of a defect that starts exactly at look number `look`, from 1. */
function weightOf({ looks, fromStart }, look) {
	if (look === 1) return fromStart;
	return look <= looks ? (1 - fromStart) / (looks - 1) : 0;
}
/** Weight of a defect that starts after look number `look`. */
const weightAfter = ({ looks, fromStart }, look) => look < looks ? (1 - fromStart) * (looks - look) / (looks - 1) : 0;
/**
* What look number `look` (from 1, no number left out) adds: a mixture over bets (Robbins' method of mixtures) and over
* the look at which a defect starts. Without a batch the look only passes.
*
* Per bet `S <- logadd(S, ln w) + min(increment / dispersion, cap)`. Each start is an e-process that is 1 before it, so
* the mixture is one (weighted averages of e-values are e-values: Vovk & Wang, "E-values: calibration, combination and
* applications", Annals of Statistics 2021; the finite-horizon form of Shin, Ramdas & Rinaldo, "E-detectors", 2023).
*
* `dispersion` is the variance of the counts relative to independent requests, at least 1.
*/
function gather(plan, sums, look, batch, dispersion = 1) {
	const weight = weightOf(plan, look);
	const logWeight = weight > 0 ? Math.log(weight) : Number.NEGATIVE_INFINITY;
	const { bets, cap, grain } = plan;
	const next = [];
	for (let k = 0; k < bets.length; k++) {
		const before = logAdd(sums[k] ?? Number.NEGATIVE_INFINITY, logWeight);
		const sum = batch === void 0 ? before : before + Math.min(increment(plan, batch, k) / dispersion, cap);
		next.push(grain === 0 ? sum : Math.floor(sum * grain) / grain);
	}
	return next;
}
/**
* ln of the e-value after look number `look`: `logadd(logsumexp(S) - ln K, ln rest)`, where `rest` is the weight of
* starts still to come. By Ville's inequality P(e^logE ever >= 1/alpha) <= alpha under the null.
*/
function logEValue(plan, sums, look) {
	if (sums.length === 0) return 0;
	const mixed = logSumExp(sums) - Math.log(sums.length);
	const rest = weightAfter(plan, look);
	return rest > 0 ? logAdd(mixed, Math.log(rest)) : mixed;
}
/** Whether sums read back from JSON can be continued under this plan. */
const areWhole = (plan, sums, looks) => sums.length === (looks === 0 ? 0 : plan.bets.length) && sums.every(Number.isFinite);
/**
* A short name of plans, to refuse evidence that was gathered under others: FNV-1a (Fowler, Noll & Vo), 32 bits in
* base 36. It guards against changed parameters, not against forgers.
*/
function planMark(plans) {
	let hash = 2166136261;
	for (const character of plans.map(({ id }) => id).join("\n")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
	return (hash >>> 0).toString(36);
}

// src/evidence/confidence.ts
const ARCSINE = logBeta(.5, .5);
/** ln of the Beta(1/2, 1/2) mixture likelihood ratio against share `p` after `bad` of `total`. */
function logMixture(bad, total, p) {
	return logBeta(bad + .5, total - bad + .5) - ARCSINE - xLogY(bad, p) - (total === bad ? 0 : (total - bad) * Math.log1p(-p));
}
/** Where a monotone condition changes between `inside` and `outside`, by bisection to the last bits. */
function edge(inside, outside, holds) {
	let [good, bad] = [inside, outside];
	for (let i = 0; i < 200 && Math.abs(bad - good) > 1e-15 * Math.abs(good); i++) {
		const middle = (good + bad) / 2;
		if (holds(middle)) good = middle;
		else bad = middle;
	}
	return (good + bad) / 2;
}
/**
* The shares that `bad` of `total` do not exclude, valid at every look: all p whose mixture likelihood ratio stays below
* 1/alpha (Robbins 1970; Howard & Ramdas, "Sequential estimation of quantiles", Bernoulli 2022, for the beta-binomial form).
*/
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

// src/gate/limit-test.ts
/** Bets for "an interval was slower": at most 55 % of them may be by chance, since the arms differ in size. */
const SIGN_LIMIT = .55;
const SIGN_RISKS = [
	1.1,
	1.3,
	1.55,
	1.75
];
/** Where two latencies are compared, and the bets on how many more requests are slower than there. */
const THRESHOLDS = [
	{
		quantile: .5,
		worse: [1.2, 1.5],
		better: [.6, .85]
	},
	{
		quantile: .9,
		worse: [
			1.3,
			1.8,
			4
		],
		better: [.4, .75]
	},
	{
		quantile: .99,
		worse: [
			1.7,
			3,
			10
		],
		better: [.1, .6]
	}
];
/** Most regressions are there from the first request on; the rest of the bet is spread over later starts. */
const FROM_START = .9;
/** Sums are kept to a millionth: all of a limit fit into a short line of JSON. */
const DECIMALS = 6;
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
/** If the candidate is at most `bound` times slower, then at every t `P(candidate > bound t) <= P(stable > t)`. */
function planLatency(limit, terms) {
	const thresholds = THRESHOLDS.map(({ quantile, worse, better }) => {
		const inFavour = {
			...NOT_WORSE,
			margin: terms.margin
		};
		const { fail } = plans(NOT_WORSE, inFavour, terms, worse);
		return {
			quantile,
			fail,
			pass: planEvidence(inFavour, "better", {
				level: terms.beta,
				risks: better,
				decimals: DECIMALS
			})
		};
	});
	const { looks } = terms;
	const sign = planEvidence({ limit: SIGN_LIMIT }, "worse", {
		looks,
		fromStart: FROM_START,
		risks: SIGN_RISKS,
		decimals: DECIMALS
	});
	const mark = planMark([...thresholds.flatMap(({ fail, pass }) => [fail, pass]), sign]);
	return {
		bound: amountOf(limit),
		thresholds,
		sign,
		mark
	};
}
const amountOf = ({ demand }) => demand.op === "not-worse" ? 1 : demand.quantity.value;
/** A rate of events, which is no share of anything: compared plainly. */
const isThroughput = ({ demand }) => demand.op !== "not-worse" && demand.quantity.dimension === "per-second";
/** Why the limit and what is measured do not go together. */
function unfit(limit, shape, terms, before) {
	if (limit.aggregate === "growth") return unfitGrowth(limit, shape);
	if (limit.versus === "before") {
		const problem = unfitBaseline(limit, shape, before);
		if (problem !== void 0) return problem;
	}
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
/** What no baseline could help with. */
function unfitAgainst(limit, shape) {
	if (limit.for !== void 0 && shape.kind !== "value") return "`for` compares with `stable`, not with before.";
	if (limit.aggregate === "mean" && shape.kind === "histogram") return "a mean from before the release says too little; limit a percentile.";
}
const unshown = (limit, before) => quantileBound(before.buckets, quantileOf(limit) ?? 0) === void 0 ? "the buckets from before the release do not show this percentile." : void 0;
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
	const whole = limit.versus === "stable" && limit.for === void 0;
	if (limit.aggregate === void 0 && !whole) return "say which aggregate, such as `p95` or `mean`.";
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
	const value = amountOf(limit);
	const relative = limit.versus === "stable";
	const about = {
		unit: shape.count === "users" ? "user" : "request",
		bound: value,
		quantile,
		relative,
		handicap: 0
	};
	if (shape.kind === "histogram" && limit.aggregate === "mean") {
		const sign = { limit: SIGN_LIMIT };
		return {
			...about,
			counts: "mean",
			unit: "look",
			...plans(sign, sign, terms, SIGN_RISKS)
		};
	}
	if (shape.kind === "histogram") {
		const absolute = { limit: 1 - quantile };
		const [fail, pass] = relative ? [NOT_WORSE, {
			...NOT_WORSE,
			margin: terms.margin
		}] : [absolute, absolute];
		return {
			...about,
			counts: "slow",
			...plans(fail, pass, terms),
			...relative ? {} : world(absolute.limit, terms)
		};
	}
	if (relative) return {
		...about,
		counts: "bad",
		...plans(...boundaries(limit, terms), terms)
	};
	const share = limit.demand.op === "not-worse" ? value : badShare(limit.demand.op, value);
	return {
		...about,
		counts: "bad",
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
/** A share that no bet can reach, and one that none can fall below, would make plans that never decide. */
const asShare = (share) => Math.min(.999, Math.max(1e-6, share));
/**
* Against what was recorded: the shares that the baseline does not exclude at half of the error, FAIL from their upper
* end and PASS from their lower; the other half of the error is the e-value's, hence the handicap of ln 2.
*/
function planAgainst(before, limit, shape, terms) {
	const quantile = quantileOf(limit) ?? 0;
	const about = {
		unit: shape.count === "users" ? "user" : "request",
		quantile,
		relative: false,
		handicap: Math.LN2
	};
	const margins = before.kind === "counts" ? boundaries(limit, terms) : slowBoundaries(terms);
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
		...plans(...questions, terms)
	};
	const bound = (quantileBound(before.buckets, quantile) ?? 0) * amountOf(limit);
	return {
		...about,
		counts: "slow",
		bound,
		...plans(...questions, terms)
	};
}
const slowBoundaries = ({ margin }) => [NOT_WORSE, {
	...NOT_WORSE,
	margin
}];
/** The events before the release, and how many of them were bad or beyond the quantile's bound. */
function baselineArm(before, quantile) {
	if (before.kind === "counts") return before;
	const nobody = {
		total: 0,
		bad: 0
	};
	if (before.kind !== "histogram") return nobody;
	return beyond(before.buckets, quantileBound(before.buckets, quantile) ?? 0) ?? nobody;
}
function plans(fail, pass, terms, risks) {
	const { alpha, beta, limits, looks, batches } = terms;
	const betting = risks === void 0 ? {} : { risks };
	const rounding = { decimals: DECIMALS };
	const level = alpha / limits * FROM_START;
	return {
		fail: planEvidence(fail, "worse", {
			looks,
			fromStart: FROM_START,
			batches,
			level,
			...betting,
			...rounding
		}),
		pass: planEvidence(pass, "better", {
			looks: 1,
			level: beta,
			...rounding
		})
	};
}
/** One bet each: they only decide whether the candidate or the world around it is broken. */
function world(share, { hasStable, looks }) {
	if (!hasStable) return {};
	const options = {
		looks,
		risks: [2],
		decimals: DECIMALS
	};
	return { world: {
		stableBreaks: planEvidence({ limit: share }, "worse", options),
		candidateWorse: planEvidence(NOT_WORSE, "worse", options)
	} };
}

export { parseQuantity as _, gather as a, logGamma as c, beyond as d, quantileBound as f, parsePercentage as g, parseLimit as h, areWhole as i, logSumExp as l, formatLimit as m, quantileOf as n, increment as o, slowRequests as p, NO_EVIDENCE as r, logEValue as s, compileLimit as t, xLogY as u };