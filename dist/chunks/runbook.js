import { _ as NEVER, c as number, d as strictObject, f as string, i as boolean, n as _null, o as literal, p as union, r as array, t as _enum, u as record } from "./zod.js";
import { createHash } from "node:crypto";

// src/duration.ts
const UNITS$1 = [
	["d", 864e5],
	["h", 36e5],
	["m", 6e4],
	["s", 1e3],
	["ms", 1]
];
/** Largest unit first, each at most once, whole numbers: one way to write a duration, so that files read alike. */
const PATTERN = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?$/;
/** What a person may write, for messages. */
const DURATION_EXAMPLES = "`30s`, `15m`, `1h30m` or `2d`";
/** Milliseconds of `30s`, `15m`, `1h30m`, `2d` or `500ms`; undefined when the text is not a duration. */
function parseDuration(text) {
	const match = PATTERN.exec(text);
	if (match === null || text === "") return void 0;
	return UNITS$1.reduce((sum, [, size], i) => sum + Number(match[i + 1] ?? 0) * size, 0);
}
/** The shortest text that `parseDuration` reads back as `milliseconds` (rounded to whole ones). */
function formatDuration(milliseconds) {
	let rest = Math.max(0, Math.round(milliseconds));
	let text = "";
	for (const [unit, size] of UNITS$1) {
		const count = Math.floor(rest / size);
		if (count > 0) text += `${count}${unit}`;
		rest -= count * size;
	}
	return text === "" ? "0s" : text;
}

// src/expectation.ts
/** What a value should have been. A schema names the entry, the reporter completes it with what was found. */
const expectations = {
	duration: {
		code: "RB036",
		expected: `a duration such as ${DURATION_EXAMPLES}`,
		why: "A number alone does not say whether it means seconds or minutes.",
		fix: "Write whole numbers with their units, largest first: d, h, m, s or ms, more than zero and at most 90d."
	},
	percentage: {
		code: "RB031",
		expected: "a whole percentage from 1% to 100%",
		why: "Platforms divide traffic in whole percents, and a share of nothing proves nothing.",
		fix: "Write a whole number with its sign, such as 5%."
	},
	"percent-sign": {
		code: "RB035",
		expected: "a percentage with its sign",
		why: "A bare number may mean a percentage or a ratio (1 is 100 %).",
		fix: "Add the percent sign, such as 5%."
	},
	version: {
		code: "RB057",
		expected: "the format version 1",
		why: "This release of Sluice reads runbooks of version 1 only.",
		fix: "Write `runbook: 1`; for a newer format use a newer release of Sluice."
	},
	name: {
		code: "RB029",
		expected: "a name of at most 60 letters, digits and single dots, dashes or underscores between them",
		why: "Names become parts of git refs, log lines and addresses.",
		fix: "Use plain ASCII letters and digits, such as `quickstart` or `release-1`."
	},
	"metric-name": {
		code: "RB029",
		expected: "a metric name in lower case with dashes",
		why: "Limits refer to metrics by this name.",
		fix: "Write it like `error-rate` or `latency`."
	},
	"variable-name": {
		code: "RB029",
		expected: "the name of a variable in capitals, such as DATABASE_URL",
		why: "GitHub and shells accept only capitals, digits and underscores here.",
		fix: "Use capitals, digits and underscores, beginning with a letter."
	},
	reference: {
		code: "RB052",
		expected: "the name of a secret, such as $DATABASE_URL",
		why: "Secrets are named in a runbook, never written: everybody who can read the repository can read this file.",
		fix: "Put the value into a GitHub secret and write its name here with a dollar sign, in capitals."
	},
	site: {
		code: "RB050",
		expected: "the https address of the site, such as https://example.com, or a variable such as $APP_URL",
		why: "Checks send requests only to this address, so it must be one host, spelled plainly, without user or query.",
		fix: "Write scheme and host name, nothing after them; http is for 127.0.0.1 and localhost only."
	},
	"admin-address": {
		code: "RB050",
		expected: "an http address of this machine such as http://127.0.0.1:8080, or a variable such as $LOCAL_ADMIN",
		why: "Whoever reaches this address can move traffic.",
		fix: "Name the variable that holds the address, such as $LOCAL_ADMIN."
	},
	"check-address": {
		code: "RB050",
		expected: "an https address without user, password or fragment",
		why: "A check sends a request there from a machine that may reach more than the public does.",
		fix: "Write a full address such as https://example.com/api/health, or only a path with `get:`."
	},
	path: {
		code: "RB029",
		expected: "a path that begins with one slash, such as /api/health",
		why: "The host comes from the release itself, so that a check cannot ask another server.",
		fix: "Leave scheme and host away and begin with a slash."
	},
	directory: {
		code: "RB025",
		expected: "a path inside the repository",
		why: "Absolute paths and `..` lead out of the commit that is released.",
		fix: "Write it relative to the repository's root with forward slashes, such as `migrations`."
	},
	command: {
		code: "RB029",
		expected: "a shell command",
		why: "An empty command always succeeds and proves nothing.",
		fix: "Write the command as you would type it, such as `npm test`."
	},
	limit: {
		code: "RB041",
		expected: "a limit such as `error-rate < 1%`",
		why: "A limit says in one line what must hold.",
		fix: "Write metric, comparison, value and unit, such as `error-rate < 1%` or `p95 < 250ms`."
	},
	series: {
		code: "RB029",
		expected: "the name of a series, such as http_requests_total",
		why: "The numbers are looked up by this name on the metrics page.",
		fix: "Copy the series' name from the page, with labels in braces where only some of it counts."
	},
	status: {
		code: "RB029",
		expected: "an HTTP status from 200 to 599",
		why: "A check that expects no particular status passes on an error page too.",
		fix: "Write the status the page must answer with, such as 200."
	},
	"json-path": {
		code: "RB029",
		expected: "names joined by dots, such as services.database",
		why: "The value is looked up name by name in the JSON answer.",
		fix: "Join the names by single dots."
	},
	scalar: {
		code: "RB029",
		expected: "a text, a number, true, false or null",
		why: "The value in the answer is compared with this one.",
		fix: "Name the inner value by its path, such as `services.database: true`."
	},
	check: {
		code: "RB047",
		expected: "a check that begins with run, get, http, env or git",
		why: "Each line of the list proves one thing.",
		fix: "Write for example `- run: npm test` or `- { get: /api/health, status: 200 }`."
	},
	"at-least-one": {
		code: "RB060",
		expected: "at least one entry",
		why: "An empty list proves nothing, and nothing may pass unproven.",
		fix: "Add an entry, or remove the key."
	}
};
const isExpectation = (name) => Object.hasOwn(expectations, name);
/** For zod's `error`: names the expectation for a value that is there but wrong; a missing one is reported as missing. */
const expecting = (name) => (issue) => issue.input === void 0 ? void 0 : name;
/** The custom issue that carries a refusal from a schema to the reporter. */
const refusing = (refusal, path = []) => ({
	code: "custom",
	message: refusal.message,
	path,
	params: { refusal }
});

// src/near-name.ts
/** Edits (insert, delete, replace, swap neighbours) between two names: optimal string alignment, Damerau 1964. */
function distance(a, b) {
	const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
	const at = (i, j) => rows[i]?.[j] ?? 0;
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		rows.push(row);
		for (let j = 1; j <= b.length; j++) {
			const replace = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
			const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replace;
			row.push(Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, replace, swap));
		}
	}
	return at(a.length, b.length);
}
/** The known name a person most likely meant, or undefined when none is near (a third of its letters may differ). */
function nearName(name, known) {
	const plain = (text) => text.slice(0, 64).toLowerCase().replaceAll(/[_\s]/g, "-");
	let best;
	for (const candidate of known) {
		const edits = distance(plain(name), plain(candidate));
		if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && edits < (best?.edits ?? 1e400)) best = {
			name: candidate,
			edits
		};
	}
	return best?.name;
}

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
	checkAggregate(reader, named, builtIn);
	if (demand === void 0) return;
	if (demand.op === "not-worse") {
		if (versus === void 0) reader.problem(op, "`not worse` needs somebody to compare with.", "Write `vs stable not worse`.");
		return;
	}
	checkDirection(reader, op, named, builtIn, demand.op);
	if (versus !== void 0) checkRelative(reader, op, value, builtIn, demand);
	else checkAbsolute(reader, named, value, builtIn, demand.quantity);
}
function checkAggregate(reader, { token, metric, aggregate }, builtIn) {
	if (metric === "latency" && aggregate === void 0) reader.problem(token, "`latency` alone does not say which one.", "Write `p95`, `latency mean` or another aggregate.");
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

// src/field.ts
const longestDuration = 7776e6;
/** A text that must match, told in the words of the expectation. */
const textLike = (name, pattern) => string({ error: expecting(name) }).regex(pattern, { error: name });
/** Written as `1h30m`, read as milliseconds; more than zero. */
const duration = string({ error: expecting("duration") }).transform((text, context) => {
	const milliseconds = parseDuration(text);
	if (milliseconds !== void 0 && milliseconds > 0 && milliseconds <= longestDuration) return milliseconds;
	context.addIssue({
		code: "custom",
		message: "duration"
	});
	return NEVER;
}).meta({ examples: [
	"30s",
	"15m",
	"1h30m"
] });
/** Written as `5%`, read as the number 5; whole percents from 1 to 100. */
const percentage = string({ error: expecting("percent-sign") }).transform((text, context) => {
	const percent = parsePercentage(text);
	if (percent !== void 0 && Number.isInteger(percent) && percent >= 1) return percent;
	context.addIssue({
		code: "custom",
		message: /^\d+$/.test(text) ? "percent-sign" : "percentage"
	});
	return NEVER;
}).meta({ examples: [
	"5%",
	"25%",
	"100%"
] });
const name = textLike("name", /^(?=.{1,60}$)[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/);
const variableName = textLike("variable-name", /^[A-Z][A-Z0-9_]{0,99}$/);
/** `$NAME` of a variable or secret. Names that begin with GITHUB_ belong to GitHub and cannot be secrets. */
const referencePattern = /^\$(?!GITHUB_)[A-Z][A-Z0-9_]{0,99}$/;
/** The name of a secret with a dollar sign; the value itself is refused. */
const secretReference = textLike("reference", referencePattern);
/** A value, or the variable that holds it when the runbook runs. */
const orReference = (field, allowed) => string({ error: expecting(field) }).refine((text) => referencePattern.test(text) || allowed(text), { error: field });
const parsedUrl = (text) => URL.canParse(text) ? new URL(text) : void 0;
const isThisMachine = (url) => url.hostname === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
const isAddressLiteral = (url) => url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname);
/** Written as it is read: a parser that changes `0x7f.1` or look-alike letters into another host is not trusted. */
const isPlainlySpelled = (text, url) => text.toLowerCase().startsWith(`${url.protocol}//${url.host}`);
const isPublicOrLocal = (text, url) => {
	if (url.username !== "" || url.password !== "" || url.hash !== "" || !isPlainlySpelled(text, url)) return false;
	if (isThisMachine(url)) return url.protocol === "http:" || url.protocol === "https:";
	const port = url.port === "" ? 443 : Number(url.port);
	const named = !isAddressLiteral(url) && url.hostname.includes(".") && !url.hostname.endsWith(".");
	return url.protocol === "https:" && named && (port === 443 || port >= 1024);
};
const isSite = (text) => {
	const url = parsedUrl(text);
	return url !== void 0 && isPublicOrLocal(text, url) && url.search === "" && url.pathname === "/";
};
const isAdminAddress = (text) => {
	const url = parsedUrl(text);
	return url?.protocol === "http:" && isThisMachine(url) && url.username === "" && url.password === "";
};
/** Scheme and host of the site: https, or http on this machine. */
const site = orReference("site", isSite);
const adminAddress = orReference("admin-address", isAdminAddress);
const checkAddress = string({ error: expecting("check-address") }).refine((text) => {
	const url = parsedUrl(text);
	return url !== void 0 && isPublicOrLocal(text, url);
}, { error: "check-address" });
/** A path on a host that is known otherwise: never `//host`, no backslash that a browser reads as a slash. */
const urlPath = textLike("path", /^\/(?!\/)[^\s\\#]{0,1000}$/);
/** A path in the repository: relative, no `..`, no backslash, no empty part. */
const directory = textLike("directory", /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_@.][A-Za-z0-9_@. -]*(?:\/[A-Za-z0-9_@.][A-Za-z0-9_@. -]*)*$/);
const command = textLike("command", /\S/).max(4e3, { error: "command" });
const listOf = (entry) => array(entry).min(1, { error: "at-least-one" });
/** The metric a limit begins with; `p95` alone stands for latency. */
const firstWord = (text) => /^\s*([^\s<>=!]*)/.exec(text)?.[1] ?? "";
/**
* One line such as `error-rate < 1%`. Any metric name is accepted here; whether somebody declared it is judged where
* the declarations are known.
*/
const limit = string({ error: expecting("limit") }).transform((text, context) => {
	const { limit, problems } = parseLimit(text, [firstWord(text)]);
	if (problems === void 0) return limit;
	for (const { at, length, message, hint } of problems) context.addIssue(refusing({
		code: "RB041",
		message: message.replace(/\.$/, ""),
		why: "A limit that can be read in two ways would judge something nobody meant.",
		fix: hint,
		within: {
			at,
			length
		}
	}));
	return NEVER;
}).meta({ examples: [
	"error-rate < 1%",
	"p95 < 250ms",
	"error-rate vs stable < +0.5pp"
] });

// src/step.ts
const must = boolean().optional().meta({ description: "With `false` a failing check is reported and the release goes on." });
const envRule = strictObject({
	url: _enum([
		"https",
		"http",
		"postgres",
		"redis"
	]).optional().meta({ description: "Scheme the address must have." }),
	secret: boolean().optional().meta({ description: "The value is a secret: masked everywhere, never written here." }),
	"min-length": number().int().min(1).max(1e4).optional().meta({ description: "Shortest length allowed." }),
	equals: string().max(1e3).optional().meta({ description: "The exact value." }),
	"differs-from": variableName.optional().meta({ description: "Another variable that must not have the same value." })
}).superRefine((rule, context) => {
	if (rule.secret !== true || rule.equals === void 0) return;
	context.addIssue(refusing({
		code: "RB052",
		message: "the value of a secret is written here (it is not shown)",
		why: "Everybody who can read the repository can read this file.",
		fix: "Remove `equals`, or `secret` when the value is none."
	}, ["equals"]));
});
/** What must be true of the variables a release runs with, by name. A bare name must be set and not empty. */
const envContract = record(variableName, envRule.nullable().transform((rule) => rule ?? {}));
const scalar = union([
	string(),
	number(),
	boolean(),
	_null()
], { error: expecting("scalar") });
const answer = {
	status: number({ error: expecting("status") }).int({ error: "status" }).min(200, { error: "status" }).max(599, { error: "status" }).meta({ description: "The status it must answer with." }),
	json: record(textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), scalar).optional().meta({ description: "Values the JSON answer must have, by path: `services.database: true`." }),
	headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), string().max(1e3)).optional().meta({ description: "Headers the answer must have: a value, or `present`." }),
	within: duration.optional().meta({ description: "Longest time an answer may take." }),
	retry: duration.optional().meta({ description: "How long to keep asking before the verdict is final." }),
	must
};
const runCheck = strictObject({
	run: command.meta({ description: "A command; it proves its point by ending with 0." }),
	within: duration.optional().meta({ description: "Longest time the command may take; 10m if not given." }),
	must
});
const getCheck = strictObject({
	get: urlPath.meta({ description: "A path on the release that is being checked." }),
	...answer
});
const httpCheck = strictObject({ http: strictObject({
	url: checkAddress.meta({ description: "A full address on the runbook's own site." }),
	...answer
}) });
const envCheck = strictObject({ env: envContract });
const gitCheck = strictObject({ git: strictObject({
	clean: boolean().optional().meta({ description: "No file differs from the commit." }),
	branch: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional().meta({ description: "The branch the release must come from." })
}) });
/** One line of a preflight or smoke test. */
const check = union([
	runCheck,
	getCheck,
	httpCheck,
	envCheck,
	gitCheck
], { error: expecting("check") });
const preflight = listOf(check).meta({ description: "What must hold before anything moves. Runs the repository's own code, without secrets." });
const backup = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	verify: _enum(["restore"]).default("restore").meta({ description: "How the backup is proven: `restore` brings it up in an empty database and compares." })
}).meta({ description: "A backup that was proven by restoring it." });
const migrate = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	sql: strictObject({ directory: directory.meta({ description: "Folder with the .sql files, applied in name order." }) }).meta({ description: "Plain SQL files, one transaction each." })
}).meta({ description: "Brings the database to the schema this commit needs." });
const deploy = strictObject({}).meta({ description: "Starts the new version beside the old one, without traffic." });
const smokeTest = listOf(check).meta({ description: "What the new version must answer before it takes traffic." });
const shift = strictObject({
	traffic: percentage.meta({ description: "Share of production traffic the candidate gets." }),
	hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
	every: duration.optional().meta({ description: "Time between two looks at the limits." }),
	limits: listOf(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." })
}).superRefine((shift, context) => {
	const { hold, every, limits, traffic } = shift;
	if (limits === void 0 && (hold !== void 0 || traffic < 100)) context.addIssue(refusing({
		code: "RB043",
		message: `${traffic}% of traffic is judged by nothing: \`limits\` is missing`,
		why: "A gate without a limit would always pass.",
		fix: "Add limits, such as `limits: [error-rate < 1%]`."
	}));
	for (const key of ["hold", "every"]) {
		if (shift[key] !== void 0 || limits === void 0) continue;
		context.addIssue(refusing({
			code: "RB027",
			message: `missing key \`${key}\``,
			why: "Limits are judged again and again while the candidate holds its share.",
			fix: key === "hold" ? "Say how long, such as `hold: 10m`." : "Say how often to look, such as `every: 1m`."
		}));
	}
	if (hold !== void 0 && every !== void 0 && every > hold) context.addIssue(refusing({
		code: "RB040",
		message: `a look every ${formatDuration(every)} does not fit into a hold of ${formatDuration(hold)}`,
		why: "The hold would end before the first look, so it could never pass.",
		fix: `Look at least every ${formatDuration(hold)}, or hold longer.`
	}, ["every"]));
});
const shifts = listOf(shift).superRefine((shifts, context) => {
	for (const [i, { traffic }] of shifts.entries()) {
		const before = shifts[i - 1]?.traffic;
		if (before === void 0 || traffic > before) continue;
		context.addIssue(refusing({
			code: "RB037",
			message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
			why: "Going down again would release to fewer people what was already proven on more.",
			fix: "Sort the shifts from the smallest share to 100%."
		}, [i, "traffic"]));
	}
	const last = shifts.at(-1);
	if (last === void 0 || last.traffic === 100) return;
	context.addIssue(refusing({
		code: "RB039",
		message: `the last shift ends at ${last.traffic}%, not at 100%`,
		why: "The release would stop half-way with two versions in production.",
		fix: "Add a last shift: `- { traffic: 100% }`."
	}, [shifts.length - 1, "traffic"]));
});
const canary = strictObject({
	shifts: shifts.meta({ description: "Shares of traffic in rising order; the last is 100%." }),
	"on-fail": _enum(["rollback"]).default("rollback").meta({ description: "What a broken limit does." }),
	"on-short-evidence": _enum(["hold"]).default("hold").meta({ description: "What too little traffic does: `hold` waits, until `max-hold` gives traffic back." }),
	"max-hold": duration.optional().meta({ description: "Longest stay at one share without a verdict; twice the longest hold if not given." })
}).superRefine((canary, context) => {
	const longest = Math.max(0, ...canary.shifts.map((shift) => shift.hold ?? 0));
	const max = canary["max-hold"];
	if (max === void 0 || max >= longest) return;
	context.addIssue(refusing({
		code: "RB104",
		message: `${formatDuration(max)} is shorter than the longest hold, ${formatDuration(longest)}`,
		why: "The candidate would be taken off before its hold could end.",
		fix: `Write at least ${formatDuration(longest)}, or leave the key away (twice the longest hold).`
	}, ["max-hold"]));
}).meta({ description: "Gives the new version its traffic in shares, each judged by limits." });
/** The value a bare key has, such as `deploy:` with nothing behind it. */
const orBare = (step) => union([step, _null().transform(() => ({}))]);
const stage = strictObject({
	name: name.meta({ description: "What people call this stage." }),
	preflight: preflight.optional(),
	backup: backup.optional(),
	migrate: migrate.optional(),
	deploy: orBare(deploy).optional(),
	"smoke-test": smokeTest.optional(),
	canary: canary.optional()
});

// src/runbook.ts
const series = textLike("series", /^[a-zA-Z_:][\s\S]{0,499}$/);
const page = {
	path: urlPath.meta({ description: "Path of the metrics page." }),
	by: textLike("series", /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/).optional().meta({ description: "The label that tells versions apart." })
};
/** Numbers read from the metrics page that a version serves itself (Prometheus text format). */
const exposition = union([
	strictObject({
		...page,
		bad: series,
		total: series
	}),
	strictObject({
		...page,
		histogram: series
	}),
	strictObject({
		...page,
		value: series
	})
]);
/** Where one metric's numbers come from: the single source key names the provider. */
const metric = strictObject({
	exposition,
	count: _enum(["requests", "users"]).optional().meta({ description: "What one event of the metric is." })
});
/** Processes on this machine behind a router: for rehearsals and for a first try. */
const local = strictObject({
	admin: adminAddress.meta({ description: "Where the router takes orders." }),
	token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
	start: command.meta({ description: "Starts one version; it listens on $PORT." }),
	health: urlPath.meta({ description: "Answers 200 once the version is ready." })
});
/** Where versions run, keyed by the platform's name: exactly one. A platform is added as one more member. */
const targetSchema = union([strictObject({ local })]);
/** The user's `.github/runbook.yml`. Durations are milliseconds, percentages 0 to 100; `$NAME` is not resolved yet. */
const runbookSchema = strictObject({
	runbook: literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
	service: name.meta({ description: "What is released." }),
	environment: name.meta({ description: "Where it is released to, such as production." }),
	url: site.meta({ description: "Where people reach it." }),
	target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
	env: envContract.optional().meta({ description: "What must be true of the variables, checked before anything moves." }),
	metrics: record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric).optional().meta({ description: "Where numbers come from; limits use these names." }),
	stages: listOf(stage).meta({ description: "What a release does, in order." })
}).meta({
	title: "Sluice runbook",
	description: "How a commit gets to production, and back."
});
/** The same keys in the same order, whatever order they were written in. */
function canonical(value) {
	if (Array.isArray(value)) return value.map(canonical);
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).filter(([, inner]) => inner !== void 0);
	return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, canonical(inner)]));
}
/** sha256, hexadecimal, of what the runbook means: comments, order of keys and spelling do not change it. */
const runbookHash = (runbook) => createHash("sha256").update(JSON.stringify(canonical(runbook))).digest("hex");

export { smokeTest as a, nearName as c, formatDuration as d, parseDuration as f, preflight as i, expectations as l, runbookSchema as n, formatLimit as o, targetSchema as r, parseLimit as s, runbookHash as t, isExpectation as u };