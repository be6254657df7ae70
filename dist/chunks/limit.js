import { n as formatDuration, r as parseDuration, t as DURATION_EXAMPLES } from "./duration.js";
import { t as nearName } from "./near-name.js";
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
function parsePercentage(text) {
	const quantity = parseQuantity(text);
	return quantity?.unit === "%" && !text.startsWith("+") && quantity.amount <= 100 ? quantity.amount : void 0;
}
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
const BUILT_IN = new Map([
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
const OTHER_SPELLINGS = new Map([
	["==", "="],
	["=<", "<="],
	["=>", ">="],
	["≤", "<="],
	["≥", ">="]
]);
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
function formatLimit(limit) {
	const { metric, aggregate, versus, demand } = limit;
	const words = metric === "latency" && isOneOf(PERCENTILES, aggregate) ? [aggregate] : [metric, aggregate];
	if (versus) words.push("vs", versus);
	if (demand.op === "not-worse") words.push("not worse");
	else words.push(demand.op, `${demand.quantity.unit === "pp" ? "+" : ""}${demand.quantity.amount}${demand.quantity.unit}`);
	if (limit.for !== void 0) words.push("for", formatDuration(limit.for));
	return words.filter((word) => word !== void 0).join(" ");
}
export { parseQuantity as i, parseLimit as n, parsePercentage as r, formatLimit as t };
