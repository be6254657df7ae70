import { C as toJSONSchema, T as NEVER, _ as strictObject, a as ZodPrefault, b as union, c as array, f as literal, g as record, h as object, i as ZodOptional, l as boolean, m as number, n as ZodDefault, o as _enum, s as _null, v as string, w as globalRegistry } from "./zod.js";
import { n as formatDuration, r as parseDuration, t as DURATION_EXAMPLES } from "./duration.js";
import { t as nearName } from "./near-name.js";
import { t as parseSelector } from "./exposition-selector.js";
import { t as lineProblem } from "./line-pattern.js";
import { t as scaleOf } from "./series-unit.js";
import { n as ProviderError, t as InputError } from "./failure.js";
import { n as plainText, t as markdownText } from "./plain-text.js";
import { a as mergeRanges, i as hiddenIn, n as placeOf, o as writtenSecretsIn, r as quote, t as excerptOf } from "./source-text.js";
import { a as setOutput, c as summary, i as notice, n as getInput, o as setSecret, r as info, s as warning, t as error } from "./actions-toolkit.js";
import { t as require_dist } from "./yaml.js";
import { createHash } from "node:crypto";
import { lstat, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { setTimeout as setTimeout$1 } from "node:timers/promises";

// src/plan.ts
/** The steps of a stage in their canonical order; every one is optional, the order is not. */
const stepNames = [
	"preflight",
	"backup",
	"migrate",
	"deploy",
	"smoke-test",
	"load-test",
	"canary"
];
/**
* What a release will do, resolved from the runbook when the release starts and pinned in the record from then on:
* a runbook edited in the middle of a release changes the next release, never this one.
*/
const planSchema = strictObject({
	service: string(),
	stages: array(strictObject({
		name: string(),
		steps: array(_enum(stepNames)).min(1),
		shifts: array(strictObject({
			/** Percent of production traffic. */
			weight: number().gt(0).max(100),
			/** Milliseconds the candidate must hold this share at least. */
			holdMs: number().nonnegative(),
			/** Milliseconds between two looks. */
			everyMs: number().positive(),
			/** Whether somebody judges this share; only the last one, 100 %, may go without. */
			judged: boolean()
		})),
		/** Milliseconds after which a share without a verdict goes back to stable. */
		maxHoldMs: number().nonnegative(),
		/** A share without a verdict by then counts as failed; without this it only goes back unproven. */
		onShort: literal("fail").exactOptional()
	})).min(1)
});
/** All traffic at once: what a deploy without a canary comes to. */
const allAtOnce = {
	weight: 100,
	holdMs: 0,
	everyMs: 1e3,
	judged: false
};
/** The percents of traffic a release's candidate gets one after the other, the last one 100; none without a deploy. */
const sharesOf = ({ stages }) => stages.flatMap(({ shifts }) => shifts.map(({ weight }) => weight));
/** Resolves a runbook to the plan of one release. A deploy always ends in a canary step, if only of a single 100 % shift. */
function planOf(runbook) {
	return {
		service: runbook.service,
		stages: runbook.stages.map((stage) => {
			const wanted = (step) => step === "canary" ? stage.canary !== void 0 || stage.deploy !== void 0 : stage[step] !== void 0;
			const shifts = (stage.canary?.shifts ?? []).map((shift) => ({
				weight: shift.traffic,
				holdMs: shift.hold ?? 0,
				everyMs: shift.every ?? 6e4,
				judged: (shift.limits ?? []).length > 0
			}));
			const longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
			return {
				name: stage.name,
				steps: stepNames.filter(wanted),
				shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
				maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
				...stage.canary?.["on-short-evidence"] === "fail" && { onShort: "fail" }
			};
		})
	};
}

// src/channel.ts
/** What people can ask to be told about, as a runbook's `notify` names it. */
const noticeEvents = [
	"started",
	"held",
	"rolled-back",
	"halted",
	"finished",
	"failed",
	"interrupted",
	"locked",
	"unlocked"
];

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
	rate: {
		code: "RB038",
		expected: "a rate such as 50/s",
		why: "Load is offered at a fixed number of requests a second.",
		fix: "Write a number with its unit, more than zero and at most 5000/s, such as 50/s."
	},
	header: {
		code: "RB052",
		expected: "a header's value in one line, or a variable such as $API_KEY by itself",
		why: "A variable inside of a longer text is not replaced, and would be sent as its name.",
		fix: "Put the whole value into a variable and write its name here, such as $API_KEY."
	},
	method: {
		code: "RB029",
		expected: "one of GET, HEAD, POST, PUT, PATCH, DELETE",
		why: "A request is sent exactly as it is written here.",
		fix: "Write the method in capitals, such as GET."
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
	"plan-hash": {
		code: "RB029",
		expected: "the hash of a migration plan, 64 hexadecimal digits, or a variable with it",
		why: "Only the very plan that was approved may be applied.",
		fix: "Copy the hash that the plan printed."
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
	"source-address": {
		code: "RB050",
		expected: "the https address of a metrics source, or a variable such as $PROMETHEUS_URL",
		why: "The numbers a release is judged by come from here, and a credential may travel there.",
		fix: "Write scheme, host and path without user or query; http is for 127.0.0.1 and localhost only."
	},
	"sql-window": {
		code: "RB029",
		expected: "a query bounded by $from and $to",
		why: "Without the window every look would count the same events again.",
		fix: "Add for example `where at >= $from and at < $to`."
	},
	"series-unit": {
		code: "RB029",
		expected: "a series whose name ends in its unit, or `unit` beside it",
		why: "A bound of 0.5 may mean seconds or milliseconds, and limits name their unit.",
		fix: "Add `unit: seconds` or `unit: milliseconds`."
	},
	"line-pattern": {
		code: "RB029",
		expected: "a regular expression without look-around, back-references and repeated groups",
		why: "Log lines come from outside; some patterns take forever on a line made for it.",
		fix: "Write it plainer, such as `ERROR|FATAL`."
	},
	"one-place": {
		code: "RB029",
		expected: "either `url` or `socket`",
		why: "The numbers are read from one place.",
		fix: "Keep the one that this job can reach."
	},
	label: {
		code: "RB029",
		expected: "the name of a label, such as version",
		why: "Versions are told apart by this label.",
		fix: "Use letters, digits and underscores, as the label is called at its source."
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
	"notice-event": {
		code: "RB029",
		expected: "one of started, held, rolled-back, halted, finished, failed, interrupted, locked, unlocked",
		why: "Nobody would ever be told about anything else.",
		fix: "Write the names of the events as a list, such as [started, rolled-back, finished]."
	},
	check: {
		code: "RB047",
		expected: "a check that begins with run, get, http, env, git or lint",
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

// src/field.ts
const longestDuration = 7776e6;
/** Requests a second that one process of ours can still send at their times. */
const highestRate = 5e3;
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
/** Written as `50/s`, read as the number 50; more than zero. */
const rate = string({ error: expecting("rate") }).transform((text, context) => {
	const quantity = text.startsWith("+") ? void 0 : parseQuantity(text);
	if (quantity?.unit === "/s" && quantity.amount > 0 && quantity.amount <= highestRate) return quantity.amount;
	context.addIssue({
		code: "custom",
		message: "rate"
	});
	return NEVER;
}).meta({ examples: ["50/s", "0.5/s"] });
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
/** Where a metrics API is: https, or http on this machine; any other address only behind a variable. */
const sourceAddress = orReference("source-address", (text) => {
	const url = parsedUrl(text);
	return url !== void 0 && isPublicOrLocal(text, url) && url.search === "";
});
const checkAddress = string({ error: expecting("check-address") }).refine((text) => {
	const url = parsedUrl(text);
	return url !== void 0 && isPublicOrLocal(text, url);
}, { error: "check-address" });
/** A path on a host that is known otherwise: never `//host`, no backslash that a browser reads as a slash. */
const urlPath = textLike("path", /^\/(?!\/)[^\s\\#]{0,1000}$/);
/** A path in the repository: relative, no `..`, no backslash, no empty part. */
const directory = textLike("directory", /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_@.][A-Za-z0-9_@. -]*(?:\/[A-Za-z0-9_@.][A-Za-z0-9_@. -]*)*$/);
const command = textLike("command", /\S/).max(4e3, { error: "command" });
const listOf$1 = (entry) => array(entry).min(1, { error: "at-least-one" });
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

// src/metric-spec.ts
const series = textLike("series", /^[a-zA-Z_:][\s\S]{0,499}$/).refine((text) => parseSelector(text).selector !== void 0, {
	error: "series",
	abort: true
});
const label = textLike("label", /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/);
const jsonPath = textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/);
const unit = _enum([
	"seconds",
	"milliseconds",
	"bytes",
	"ratio",
	"percent",
	"none"
]).optional().meta({ description: "What the numbers measure, where the name does not end in its unit." });
const textPage = {
	path: urlPath.meta({ description: "Path of the metrics page." }),
	by: label.optional().meta({ description: "The label that tells versions apart." })
};
/** Numbers read from the metrics page that a version serves itself (Prometheus text format). */
const exposition = union([
	strictObject({
		...textPage,
		bad: series,
		total: series
	}),
	strictObject({
		...textPage,
		histogram: series
	}),
	strictObject({
		...textPage,
		value: series
	})
]);
const server = {
	url: sourceAddress.meta({ description: "Where the Prometheus server answers." }),
	token: secretReference.optional().meta({ description: "The secret sent as bearer token." }),
	by: label.meta({ description: "The label that tells versions apart." })
};
const nameIn = (selector) => parseSelector(selector).selector?.name ?? "";
/** Numbers from a Prometheus server's HTTP API. */
const prometheus = union([
	strictObject({
		...server,
		bad: series,
		total: series
	}),
	strictObject({
		...server,
		histogram: series,
		unit
	}).refine(({ histogram, unit }) => scaleOf(nameIn(histogram), unit) !== void 0, {
		error: "series-unit",
		path: ["histogram"]
	}),
	strictObject({
		...server,
		value: series,
		unit
	})
]);
const jsonPage = {
	path: urlPath.meta({ description: "Path of the JSON page on the version itself." }),
	version: jsonPath.optional().meta({ description: "Where the answer says which version it is about." }),
	instance: jsonPath.optional().meta({ description: "Where the answer says which process counted." }),
	instances: number().int().min(1).max(20).optional().meta({ description: "How many processes answer; 1." })
};
/** Numbers read by path from a JSON page that a version serves itself. */
const json = union([strictObject({
	...jsonPage,
	bad: jsonPath,
	total: jsonPath
}), strictObject({
	...jsonPage,
	value: jsonPath,
	unit
})]);
/** Requests of our own to the version itself. */
const probe = strictObject({
	get: urlPath.meta({ description: "A path on the version that is measured." }),
	status: number().int().min(200, { error: "status" }).max(599, { error: "status" }).default(200).meta({ description: "The status it must answer with." }),
	requests: number().int().min(1).max(200).default(5).meta({ description: "Requests per look." }),
	within: duration.prefault("5s").meta({ description: "Longest time an answer may take." }),
	measure: _enum(["failures", "latency"]).default("failures").meta({ description: "What is counted." })
});
const program = {
	run: command.meta({ description: "A command as one would type it; it learns the question from SLUICE_VERSION." }),
	env: record(variableName, secretReference).optional().meta({ description: "Variables of the command: `DD_API_KEY: $DD_API_KEY`." }),
	within: duration.optional().meta({ description: "Longest time the command may take; 30s if not given." })
};
/** Numbers from a command that prints JSON. */
const commandMetric = strictObject({
	...program,
	gives: _enum([
		"counts",
		"histogram",
		"value"
	]).meta({ description: "What the JSON it prints holds." })
});
const versioned = string().min(1).max(500);
/** Requests and errors of one server, from HAProxy's own counters. */
const haproxy = strictObject({
	url: sourceAddress.optional().meta({ description: "The statistics page." }),
	login: secretReference.optional().meta({ description: "The secret with `user:password` of the page." }),
	socket: string().regex(/^\/[^\0\s]{1,100}$/).optional().meta({ description: "Instead of `url`: the statistics socket on this machine." }),
	backend: name.meta({ description: "The backend that has a server per version." }),
	server: versioned.default("$version").meta({ description: "The server's name; `$version` stands for the version." })
}).refine(({ url, socket }) => url === void 0 !== (socket === void 0), { error: "one-place" });
/** What a Redis server, shared by all versions, says of itself. */
const redis = strictObject({
	url: secretReference.meta({ description: "The secret with the address: redis://user:password@host:6379." }),
	measure: _enum([
		"misses",
		"memory",
		"clients"
	]).meta({ description: "What is measured." })
});
const question = {
	database: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	within: duration.optional().meta({ description: "Longest time the query may take; 10s if not given." })
};
const query = string().min(1).max(4e3);
/** The answer to a query on PostgreSQL. */
const sql = union([strictObject({
	...question,
	value: query.meta({ description: "Gives one row with one number." })
}), strictObject({
	...question,
	counts: query.regex(/\$from\b[\s\S]*\$to\b|\$to\b[\s\S]*\$from\b/, { error: "sql-window" }).meta({ description: "Gives one row with `bad` and `total` of `$from` to `$to`." })
})]);
const log = {
	...program,
	lines: versioned.optional().meta({ description: "Only lines with this text; `$version` stands for the version." })
};
const pattern = string().min(1).refine((text) => lineProblem(text) === void 0, { error: "line-pattern" });
/** Log lines that a command prints. */
const logs = union([strictObject({
	...log,
	value: pattern.meta({ description: "Lines that match are counted." })
}), strictObject({
	...log,
	bad: pattern.meta({ description: "Lines that match are bad." }),
	total: pattern.meta({ description: "Among the lines that match this." })
})]);
/** What the Docker daemon says about a version's container. */
const docker = strictObject({
	container: versioned.meta({ description: "The container's name; `$version` stands for the version." }),
	host: secretReference.optional().meta({ description: "The variable with DOCKER_HOST: ssh://user@host." }),
	measure: _enum([
		"memory",
		"memory-bytes",
		"cpu",
		"restarts"
	]).meta({ description: "What is measured." })
});
/** What Sentry knows of one release. */
const sentry = strictObject({
	url: sourceAddress.default("https://sentry.io").meta({ description: "Where Sentry answers; a region's, or your own." }),
	token: secretReference.default("$SENTRY_AUTH_TOKEN").meta({ description: "The secret with a token that may read." }),
	organization: name.meta({ description: "The organization's slug." }),
	project: name.meta({ description: "The project's slug." }),
	release: versioned.default("$version").meta({ description: "The release's name at Sentry; `$version` stands for the version." }),
	environment: name.optional().meta({ description: "Only this environment of Sentry's." }),
	query: string().min(1).max(1e3).optional().meta({ description: "What counts, in Sentry's search language." }),
	measure: _enum([
		"errors",
		"new-issues",
		"crash-free-sessions"
	]).meta({ description: "What is measured, since the share of traffic began." })
});
/** One page, loaded in a real browser. */
const page = strictObject({
	path: urlPath.meta({ description: "A path on the version that is measured." }),
	measure: _enum([
		"load",
		"fcp",
		"lcp",
		"tti",
		"cls"
	]).meta({ description: "What is measured." })
});
const count = _enum(["requests", "users"]).optional().meta({ description: "What one event of the metric is." });
/** Where one metric's numbers come from: the single source key names the provider. */
const metric = union([
	strictObject({
		exposition,
		count
	}),
	strictObject({
		prometheus,
		count
	}),
	strictObject({
		json,
		count
	}),
	strictObject({
		probe,
		count
	}),
	strictObject({
		command: commandMetric,
		count
	}),
	strictObject({
		haproxy,
		count
	}),
	strictObject({
		redis,
		count
	}),
	strictObject({
		sql,
		count
	}),
	strictObject({
		logs,
		count
	}),
	strictObject({
		docker,
		count
	}),
	strictObject({
		sentry,
		count
	}),
	strictObject({
		page,
		count
	})
]);
const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const shapeOfSource = {
	probe: ({ measure }) => measure === "latency" ? {
		kind: "histogram",
		dimension: "time"
	} : { kind: "counts" },
	command: ({ gives }) => gives === "histogram" || gives === "counts" || gives === "value" ? shapeGiven(gives) : void 0,
	haproxy: () => ({ kind: "counts" }),
	redis: ({ measure }) => {
		if (measure === "misses") return { kind: "counts" };
		return {
			kind: "value",
			dimension: measure === "memory" ? "size" : "number"
		};
	},
	sentry: ({ measure }) => ({
		kind: "value",
		dimension: measure === "crash-free-sessions" ? "share" : "number"
	}),
	page: ({ measure }) => ({
		kind: "value",
		dimension: measure === "cls" ? "number" : "time"
	}),
	sql: (source) => ({ kind: "counts" in source ? "counts" : "value" }),
	docker: ({ measure }) => ({
		kind: "value",
		dimension: measure === "restarts" ? "number" : measure === "memory-bytes" ? "size" : "share"
	})
};
const shapeGiven = (kind) => kind === "histogram" ? {
	kind,
	dimension: "time"
} : { kind };
function shapeByKeys(source) {
	const kind = "total" in source ? "counts" : ["histogram", "value"].find((key) => key in source);
	return kind && shapeGiven(kind);
}
/** What kind of numbers a declared metric gives; undefined when the declaration is broken, so it may be any data. */
function shapeOfMetric(declared) {
	if (!isPlain(declared)) return void 0;
	for (const [name, source] of Object.entries(declared)) {
		if (name === "count" || !isPlain(source)) continue;
		return (shapeOfSource[name] ?? shapeByKeys)(source);
	}
}

// src/load-driver/arrivals.ts
function stretchesOf(schedule) {
	if (!("ramps" in schedule)) return [{
		from: schedule.rate,
		to: schedule.rate,
		for: schedule.for
	}];
	return schedule.ramps.map((ramp, i) => ({
		from: schedule.ramps[i - 1]?.rate ?? 0,
		to: ramp.rate,
		for: ramp.for
	}));
}
const requestsOf = ({ from, to, for: ms }) => (from + to) / 2 * (ms / 1e3);
/** Milliseconds the whole schedule takes. */
const durationOf = (schedule) => stretchesOf(schedule).reduce((sum, stretch) => sum + stretch.for, 0);
/** Requests the whole schedule is due to send. */
const arrivalsOf = (schedule) => Math.floor(stretchesOf(schedule).reduce((sum, stretch) => sum + requestsOf(stretch), 0) + 1e-9);
/**
* When each request is due, in milliseconds from the start: the n-th when the area under the rate has reached n.
*
* Inside a stretch the area is r0 t + a t^2 / 2, solved for t in the form 2n / (r0 + sqrt(r0^2 + 2 a n)), which does
* not cancel for flat stretches.
*/
function* arrivals(schedule) {
	let begin = 0;
	let before = 0;
	let next = 1;
	for (const stretch of stretchesOf(schedule)) {
		const { from, to, for: ms } = stretch;
		const slope = (to - from) / (ms / 1e3);
		const area = requestsOf(stretch);
		for (; next - before <= area + 1e-9; next++) {
			const n = next - before;
			const seconds = 2 * n / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
			yield begin + Math.min(ms, seconds * 1e3);
		}
		before += area;
		begin += ms;
	}
}

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
const share$1 = ({ bad, total }) => asPercent(total > 0 ? bad / total : 0);
/** What was seen: `error-rate 7.8% of 204 requests`, with stable's numbers when it is compared. */
function sayCounts(test, candidate, stable) {
	const requests = `${digits(candidate.total, 0)} ${test.unit}s`;
	if (test.counts === "mean") {
		const above = test.relative ? `${test.bound} times stable's` : asTime(test.bound);
		return `${test.metric} mean above ${above} in ${candidate.bad} of ${requests}`;
	}
	const beside = test.relative ? ` (stable: ${share$1(stable)} of ${digits(stable.total, 0)})` : "";
	if (test.counts === "bad") return `${test.metric} ${share$1(candidate)} of ${requests}${beside}`;
	const slower = test.relative ? "slower than the bound compared" : `slower than ${asTime(test.bound)}`;
	return `${test.metric}: ${share$1(candidate)} of ${requests} ${slower}${beside}`;
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
const sayWaiting = ({ hold }, elapsed) => `Every limit is proven; the hold of ${asTime(hold)} ends in ${asTime(Math.max(0, hold - elapsed))}.`;
function sayInconclusive(open, { candidate }, elapsed) {
	const last = open === void 0 ? "" : `: ${saySeen(open.test, open.state)} does not prove \`${open.test.text}\``;
	const reason = open && (open.missing?.message ?? sayBlind(open));
	const why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
	return `No verdict on candidate ${shortVersion(candidate)} after ${asTime(elapsed)}${last}${why}; it does not stay unproven.`;
}

// src/load-driver.ts
const quantiles = {
	p50: .5,
	p75: .75,
	p90: .9,
	p95: .95,
	p99: .99
};

// src/load-limit.ts
const judged = [
	"error-rate",
	"availability",
	"checks",
	"throughput",
	"latency"
];
const isQuantile = (aggregate) => aggregate !== void 0 && Object.hasOwn(quantiles, aggregate);
/** Undefined when a finished run can answer the limit. */
function unfitForLoad(limit) {
	const { metric, aggregate, versus, demand } = limit;
	if (!judged.some((known) => known === metric)) return {
		message: `a load test does not measure ${metric}`,
		fix: `Limit ${judged.slice(0, -1).join(", ")} or a percentile such as \`p99\`.`
	};
	if (versus !== void 0 || demand.op === "not-worse") return {
		message: "a load test runs against one version, so there is nobody to compare with",
		fix: "Write the value it must keep, or compare in the canary's limits."
	};
	if (limit.for !== void 0) return {
		message: "a load test is judged once, when it has ended",
		fix: "Leave `for` away here; how long the test takes is its own `for`."
	};
	if (aggregate === "growth") return {
		message: "a slope needs hours, not one test",
		fix: "Limit a percentile such as `p99`."
	};
}
/** Requests that say anything about a mean, a maximum or a rate at all. */
const leastOfAll = 30;
/**
* Requests a limit needs before it is judged. A share needs so many that a run without a single bad one rules the
* limit out at 95 %: 3 / share, the rule of three (Hanley and Lippman-Hand, JAMA 249:1743, 1983). A percentile is a
* limit on the share of slower requests.
*/
function leastSample(limit) {
	const share = shareAllowed(limit);
	return share === void 0 || share <= 0 ? leastOfAll : Math.max(leastOfAll, Math.ceil(3 / share - 1e-9));
}
function shareAllowed({ metric, aggregate, demand }) {
	if (isQuantile(aggregate)) return 1 - quantiles[aggregate];
	if (metric === "latency" || metric === "throughput" || demand.op === "not-worse") return void 0;
	return metric === "error-rate" ? demand.quantity.value : 1 - demand.quantity.value;
}
const compare = {
	"<": (value, bound) => value < bound,
	"<=": (value, bound) => value <= bound,
	">": (value, bound) => value > bound,
	">=": (value, bound) => value >= bound,
	"=": (value, bound) => value === bound
};
/** A plain comparison of the finished run with one limit. */
function standingOf(limit, result) {
	const text = formatLimit(limit);
	const { value, sample } = reading(limit, result);
	const of = `${sample.toLocaleString("en")} ${limit.metric === "checks" ? "checks" : "requests"}`;
	if (value === void 0 || limit.demand.op === "not-worse") return {
		limit: text,
		standing: "no-data",
		sample,
		said: `\`${text}\`: ${result.source} does not report it`
	};
	const about = {
		limit: text,
		value,
		sample
	};
	const seen = `${named(limit)} ${shown(limit, value)} of ${of}`;
	const { op, quantity } = limit.demand;
	const holds = compare[op](value, quantity.value);
	const certain = !holds && shareAllowed(limit) === 0;
	const needed = leastSample(limit);
	if (sample < needed && !certain) return {
		...about,
		standing: "not-enough-data",
		said: `\`${text}\` needs ${needed} of them: ${seen}`
	};
	if (holds) return {
		...about,
		standing: "holds",
		said: `\`${text}\` holds: ${seen}`
	};
	if (limit.metric === "latency" && blamesServerForDriver(limit, result)) return {
		...about,
		standing: "driver-late",
		said: `\`${text}\` seems broken (${seen}), but ${result.late} requests left this machine late`
	};
	return {
		...about,
		standing: "broken",
		said: `\`${text}\` is broken: ${seen}`
	};
}
/** Requests that left late look slow: they may be all that the limit's slow share consists of. */
function blamesServerForDriver({ aggregate }, { late = 0, requests }) {
	return late > (isQuantile(aggregate) ? 1 - quantiles[aggregate] : .01) * requests.total;
}
function reading(limit, result) {
	const { requests, checks, latency, throughput } = result;
	switch (limit.metric) {
		case "checks": return {
			value: checks && share(checks.total - checks.bad, checks.total),
			sample: checks?.total ?? 0
		};
		case "error-rate": return {
			value: share(requests.bad, requests.total),
			sample: requests.total
		};
		case "availability": return {
			value: share(requests.total - requests.bad, requests.total),
			sample: requests.total
		};
		case "throughput": return {
			value: throughput,
			sample: requests.total
		};
		default: {
			const { aggregate } = limit;
			return {
				value: aggregate === void 0 || aggregate === "growth" ? void 0 : latency[aggregate],
				sample: requests.total
			};
		}
	}
}
const share = (part, total) => total > 0 ? part / total : void 0;
const named = ({ metric, aggregate }) => metric === "latency" ? `${aggregate}` : metric;
function shown({ metric }, value) {
	if (metric === "latency") return asTime(value);
	if (metric === "throughput") return `${Number(value.toPrecision(4))}/s`;
	const percent = asPercent(value);
	return percent === "100%" && value < 1 ? `${(Math.floor(value * 1e6) / 1e4).toFixed(4)}%` : percent;
}

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
const lintCheck = strictObject({ lint: strictObject({
	directory: directory.meta({ description: "Folder with the migrations: .sql files, or folders with a migration.sql." }),
	from: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/).optional().meta({ description: "First file or folder that is judged; what sorts before it is history." }),
	must
}) });
/** One line of a preflight or smoke test. */
const check = union([
	runCheck,
	getCheck,
	httpCheck,
	envCheck,
	gitCheck,
	lintCheck
], { error: expecting("check") });
const preflight = listOf$1(check).meta({ description: "What must hold before anything moves. Runs the repository's own code, without secrets." });
const backup = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	scratch: secretReference.optional().meta({ description: "The secret with the address of a server on which the backup may be restored; one is started here if not given." }),
	verify: _enum(["restore"]).default("restore").meta({ description: "How the backup is proven: `restore` brings it up in an empty database and compares." })
}).meta({ description: "A backup that was proven by restoring it." });
const migrationsIn = (where) => directory.default(where).meta({ description: `Folder with the migrations; ${where} if not given.` });
/** The tools whose migrations can be applied, by the key that names them. */
const engines = {
	sql: strictObject({ directory: directory.meta({ description: "Folder with the .sql files, applied in the order of their numbers." }) }).optional().meta({ description: "Plain SQL files, one transaction each." }),
	supabase: strictObject({ directory: migrationsIn("supabase/migrations") }).optional().meta({ description: "The Supabase CLI's files and history, applied without the CLI." }),
	prisma: strictObject({ directory: migrationsIn("prisma/migrations") }).optional().meta({ description: "Prisma's files and history, applied without Prisma, one transaction each." })
};
const engineKeys = Object.keys(engines);
const migrate = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	...engines,
	"lock-timeout": duration.optional().meta({ description: "Longest time one attempt stands in a lock queue, and so makes others wait; 100ms." }),
	"retry-for": duration.optional().meta({ description: "How long attempts that gave way to other sessions are repeated; 60s." }),
	"statement-timeout": duration.optional().meta({ description: "Longest time of one statement; 1h." }),
	"out-of-order": _enum(["refuse", "apply"]).optional().meta({ description: "What to do with a migration older than the newest applied one; refuse." }),
	approved: textLike("plan-hash", /^[0-9a-f]{64}$|^\$[A-Z][A-Z0-9_]{0,99}$/).optional().meta({ description: "Hash of the plan that was approved; any other plan is refused." })
}).superRefine((step, context) => {
	const named = engineKeys.filter((key) => step[key] !== void 0);
	if (named.length === 1) return;
	const all = engineKeys.map((key) => `\`${key}\``).join(", ");
	context.addIssue(refusing({
		code: "RB140",
		message: named.length === 0 ? `none of ${all}` : `more than one of ${all}`,
		why: "One history says what a database has; two would not know of each other.",
		fix: "Name the one tool whose migrations these are, such as `sql: { directory: db/migrations }`."
	}));
}).meta({ description: "Brings the database to the schema this commit needs." });
const deploy = strictObject({}).meta({ description: "Starts the new version beside the old one, without traffic." });
const smokeTest = listOf$1(check).meta({ description: "What the new version must answer before it takes traffic." });
/** A request is written out, or it is nothing but a variable: `Bearer $TOKEN` would be sent as it stands. */
const sent = string().max(1e4).refine((text) => referencePattern.test(text) || !/\$[A-Z][A-Z0-9_]*/.test(text), { error: "header" });
const loadRequest = strictObject({
	path: urlPath.meta({ description: "A path on the release under test." }),
	method: _enum([
		"GET",
		"HEAD",
		"POST",
		"PUT",
		"PATCH",
		"DELETE"
	], { error: expecting("method") }).default("GET").meta({ description: "How it is asked." }),
	headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), sent.regex(/^[^\r\n\0]*$/, { error: "header" })).optional().meta({ description: "Headers to send; a value may be a variable such as $API_KEY." }),
	body: sent.optional().meta({ description: "Body to send, or the variable that holds it." }),
	weight: number().positive().max(1e6).default(1).meta({ description: "How often, compared with the others." }),
	status: answer.status.optional().meta({ description: "The only status expected; 200 to 399 if not given." })
});
const loadRamp = strictObject({
	rate: rate.meta({ description: "Requests a second at the end of this ramp; reached in a straight line." }),
	for: duration.meta({ description: "How long this ramp takes." })
});
const loadKeys = {
	requests: listOf$1(loadRequest).optional().meta({ description: "What is sent: one or several requests by weight." }),
	rate: rate.optional().meta({ description: "Requests that arrive each second, whether or not others were answered." }),
	for: duration.optional().meta({ description: "How long they arrive." }),
	ramps: listOf$1(loadRamp).optional().meta({ description: "Instead of `rate` and `for`: changes of the rate, beginning at zero." }),
	within: duration.optional().meta({ description: "Longest time an answer may take before it counts as none; 10s." }),
	"in-flight": number().int().min(1).max(1e4).optional().meta({ description: "Most requests without an answer at a time; further ones are dropped and counted; 500." }),
	"version-header": string().regex(/^[A-Za-z0-9-]{1,100}$/).optional().meta({ description: "Header of an answer that names the version; x-version." }),
	k6: directory.optional().meta({ description: "Instead of `requests`: a k6 script, run by the k6 on PATH." })
};
/** The own driver's part, or nothing when a script brings its own. */
function scheduleOf({ rate, for: time, ramps }) {
	if (ramps !== void 0) return { ramps };
	return rate !== void 0 && time !== void 0 ? {
		rate,
		for: time
	} : void 0;
}
function loadForm(step) {
	const own = Object.keys(loadKeys).filter((key) => key !== "k6" && step[key] !== void 0);
	if (step.k6 !== void 0) return own.length === 0 ? void 0 : `\`${own[0]}\` says nothing beside \`k6\`: the script has its own`;
	if (step.requests === void 0) return "neither `requests` nor a `k6` script";
	if (step.ramps === void 0) return scheduleOf(step) === void 0 ? "requests without `rate` and `for`, or `ramps`" : void 0;
	if (step.rate !== void 0 || step.for !== void 0) return "both `ramps` and a constant `rate` or `for`";
	return step.ramps.every((ramp, i) => ramp.rate === (step.ramps?.[i - 1]?.rate ?? 0)) ? "a load of nothing" : void 0;
}
/** Why a run of this schedule could never answer a limit; a script has no schedule that could be known before. */
function loadLimitProblem(limit, schedule) {
	const unfit = unfitForLoad(limit);
	if (unfit !== void 0 || schedule === void 0) return unfit;
	const { demand } = limit;
	const offered = "ramps" in schedule ? Math.max(...schedule.ramps.map(({ rate }) => rate)) : schedule.rate;
	if (limit.metric === "throughput" && demand.op !== "not-worse" && demand.op.startsWith(">") && demand.quantity.value > offered) return {
		message: `a load of ${offered}/s cannot show \`${formatLimit(limit)}\``,
		fix: "Offer more than the throughput that must be reached."
	};
	const due = arrivalsOf(schedule);
	const needed = leastSample(limit);
	if (due >= needed) return void 0;
	return {
		message: `${due} requests cannot answer \`${formatLimit(limit)}\`, which needs ${needed}`,
		fix: "Test longer or at a higher rate, or write a limit that fewer requests can answer."
	};
}
const loadTest = strictObject({
	...loadKeys,
	limits: listOf$1(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." })
}).superRefine((step, context) => {
	const form = loadForm(step);
	if (form !== void 0) context.addIssue(refusing({
		code: "RB048",
		message: form,
		why: "A load test is either described here, or it is a k6 script.",
		fix: "Write `requests: [{ path: / }]`, `rate: 50/s` and `for: 30s`, or only `k6: load-test.js`."
	}));
	const schedule = step.k6 === void 0 ? scheduleOf(step) : void 0;
	for (const [i, limit] of step.limits.entries()) {
		const problem = loadLimitProblem(limit, schedule);
		if (problem === void 0) continue;
		const why = "A limit that can never be decided would hold every release.";
		context.addIssue(refusing({
			code: "RB108",
			...problem,
			why
		}, ["limits", i]));
	}
}).meta({ description: "Load on the new version at its own address, before it takes traffic." });
const shift = strictObject({
	traffic: percentage.meta({ description: "Share of production traffic the candidate gets." }),
	hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
	every: duration.optional().meta({ description: "Time between two looks at the limits." }),
	limits: listOf$1(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." })
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
const shifts = listOf$1(shift).superRefine((shifts, context) => {
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
	"on-short-evidence": _enum(["hold", "fail"]).default("hold").meta({ description: "What too little traffic does: both wait until `max-hold` and give traffic back then; after `hold` the commit may be released again, after `fail` it counts as rolled back." }),
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
	"load-test": loadTest.optional(),
	canary: canary.optional()
});

// src/target-spec.ts
/** Processes on this machine behind a router: for rehearsals and for a first try. */
const local = strictObject({
	admin: adminAddress.meta({ description: "Where the router takes orders." }),
	token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
	start: command.meta({ description: "Starts one version; it listens on $PORT." }),
	health: urlPath.meta({ description: "Answers 200 once the version is ready." })
});
/** Anything that has commands: each gets a question as JSON and answers with one JSON object (docs/targets.md). */
const commands = strictObject({
	observe: command.meta({ description: "Prints what production serves right now." }),
	stage: command.meta({ description: "Builds and starts a version without traffic; prints its name and address." }),
	shift: command.meta({ description: "Gives the candidate its share and stable the rest." }),
	restore: command.meta({ description: "Gives one version all traffic." }),
	health: command.optional().meta({ description: "Prints whether a version exists and works." }),
	history: command.optional().meta({ description: "Prints the versions one could go back to, newest first." }),
	shifts: _enum([
		"traffic",
		"hosts",
		"all-at-once"
	]).default("traffic").meta({ description: "What `shift` can do: percent of requests, whole hosts, or nothing between none and all." }),
	env: record(variableName, string().max(1e4)).optional().meta({ description: "Variables of the commands, such as `KUBECONFIG: $KUBECONFIG`; nothing else is passed on." }),
	within: duration.optional().meta({ description: "Longest time `stage`, `shift` and `restore` may take; 10m." })
});
/** Where versions run, keyed by the platform's name: exactly one. A platform is added as one more member. */
const targetSchema = union([strictObject({ local }), strictObject({ command: commands })]);
const shiftsByPlatform = { local: "traffic" };
/** What the commands can do is for their owner to say. */
const toldOfCommands = object({ command: object({ shifts: commands.shape.shifts }) });
/** How the named platform divides production, read from data that may be broken elsewhere; undefined when it names none. */
function shiftsOf(target) {
	if (typeof target !== "object" || target === null) return void 0;
	const told = toldOfCommands.safeParse(target);
	if (told.success) return told.data.command.shifts;
	const [platform = ""] = Object.keys(target);
	return Object.hasOwn(shiftsByPlatform, platform) ? shiftsByPlatform[platform] : void 0;
}

// src/runbook.ts
const on = listOf$1(_enum(noticeEvents, { error: expecting("notice-event") })).optional().meta({ description: "What people are told about; everything when left away." });
/** Who is told, keyed by the channel's name. Addresses are secrets: whoever knows one can write there. */
const notifySchema = strictObject({
	slack: strictObject({
		webhook: secretReference.meta({ description: "The secret with the incoming webhook." }),
		on
	}).optional(),
	webhook: strictObject({
		url: secretReference.meta({ description: "The secret with the address that takes JSON." }),
		secret: secretReference.optional().meta({ description: "The secret that signs the body (HMAC-SHA256)." }),
		on
	}).optional()
}).refine((channels) => Object.keys(channels).length > 0, { error: "at-least-one" });
/** The user's `.github/runbook.yml`. Durations are milliseconds, percentages 0 to 100; `$NAME` is not resolved yet. */
const runbookSchema = strictObject({
	runbook: literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
	service: name.meta({ description: "What is released." }),
	environment: name.meta({ description: "Where it is released to, such as production." }),
	url: site.meta({ description: "Where people reach it." }),
	target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
	env: envContract.optional().meta({ description: "What must be true of the variables, checked before anything moves." }),
	metrics: record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric).optional().meta({ description: "Where numbers come from; limits use these names." }),
	stages: listOf$1(stage).meta({ description: "What a release does, in order." }),
	notify: notifySchema.optional().meta({ description: "Who is told what happens; never part of a verdict." })
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
	if (before.kind !== shape.kind) return `what was kept from before the release is a ${before.kind}.`;
	if (limit.for !== void 0 && shape.kind !== "value") return "`for` compares with `stable`, not with before.";
	if (before.kind === "counts" && !(before.total > 0)) return "nothing was served before the release.";
	if (before.kind !== "histogram") return void 0;
	if (limit.aggregate === "mean") return "a mean from before the release says too little; limit a percentile.";
	return quantileBound(before.buckets, quantileOf(limit) ?? 0) === void 0 ? "the buckets from before the release do not show this percentile." : void 0;
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
	if (before.kind === "value") return nobody;
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

// src/gate/config.ts
/** How many bad batches of one limit at least decide: no single look can. */
const DECIDING_BATCHES = 2;
/** One more where requests are known to come in clumps: a clump looks like a bad batch. */
const DECIDING_CLUMPED = 3;
const MOST_LOOKS = 1e5;
function settle(config) {
	const { stable, split, routing, hold: least, every } = config;
	return {
		limits: config.limits,
		warnLimits: config.warnLimits ?? [],
		before: config.before ?? {},
		metrics: config.metrics,
		candidate: config.candidate,
		...stable !== void 0 && { stable },
		...split !== void 0 && { split },
		...routing !== void 0 && { routing },
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
const termsOf = (config) => ({
	alpha: config.alpha,
	beta: config.beta,
	limits: Math.max(1, config.limits.length),
	looks: Math.min(MOST_LOOKS, Math.max(1, Math.ceil(config.hold / config.every))),
	batches: config.dispersion === 1 ? DECIDING_BATCHES : DECIDING_CLUMPED,
	margin: config.margin,
	hasStable: config.stable !== void 0,
	maxHold: config.maxHold,
	before: config.before
});
/** Both kinds of limits, in the order of a gate's state. */
const compileAll = (config) => [...config.limits.map((limit) => compileLimit(limit, "fail", config.metrics, termsOf(config))), ...config.warnLimits.map((limit) => compileLimit(limit, "warn", config.metrics, termsOf(config)))];
/** Why this gate could never decide; empty when it can. Asked when a runbook is checked, long before it runs. */
function gateProblems(config) {
	const settled = settle(config);
	const problems = compileAll(settled).flatMap((made) => "problem" in made ? [made.problem] : []);
	return [...numberProblems(settled), ...problems];
}
function numberProblems(config) {
	const { every, hold: least, maxHold, alpha, beta, dispersion, limits, split } = config;
	const factor = typeof dispersion === "number" ? dispersion : dispersion.prior;
	const within = (value, low, high) => value > low && value < high;
	return [
		[limits.length > 0, "A gate without limits proves nothing; give it at least one limit."],
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

// src/runner/define-action.ts
const defineAction = (action) => action;
const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
/** Reads and parses every input; all problems are reported at once. */
function readInputs(fields, read) {
	const values = {};
	const problems = [];
	for (const [name, field] of Object.entries(fields)) {
		const given = read(name);
		const result = field.safeParse(given === "" ? void 0 : given);
		if (result.success) values[camel(name)] = result.data;
		else if (given === "") problems.push(`Input \`${name}\` is required: ${field.meta()?.description ?? "give it a value"}`);
		else problems.push(...result.error.issues.map((issue) => `Input \`${name}\` is not usable: ${issue.message}.`));
	}
	if (problems.length > 0) throw new InputError(problems.join("\n"));
	return values;
}

// src/runner/input.ts
/** Vocabulary of action inputs. Every field reads the string the runner hands over; an empty one counts as absent. */
const text = (description) => string().min(1).meta({ description });
const secret = (description) => string().min(1).meta({
	description,
	secret: true
});
const oneOf = (values, description) => _enum(values, { error: `write one of ${values.join(", ")}` }).meta({ description });
const flag = (description) => _enum(["true", "false"], { error: "write true or false" }).transform((word) => word === "true").meta({ description });
/** A structured value, written as YAML in the string; it is read with the same schema the runbook uses. */
const yaml = (description) => string().min(1).meta({
	description,
	structured: true
});
/** What a field says about itself, also when it may be absent: zod keeps that on the type inside. */
function metaOf(field) {
	return {
		...field instanceof ZodOptional || field instanceof ZodPrefault || field instanceof ZodDefault ? metaOf(field.unwrap()) : {},
		...globalRegistry.get(field)
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

// src/resolve-references.ts
const commandKeys = /* @__PURE__ */ new Set(["run", "start"]);
/** Values that are shell text: what a dollar sign means there is the shell's business, and no secret belongs in argv. */
const isShellText = (path) => commandKeys.has(String(path.at(-1))) || path.at(-2) === "command";
const adminForm = {
	expectation: "admin-address",
	fits: isAdminAddress
};
const runbookForms = {
	url: {
		expectation: "site",
		fits: isSite
	},
	"target.local.admin": adminForm
};
/** For a target that stands alone, as in the rollback's own input. */
const targetForms = { "local.admin": adminForm };
function judge(name, value, path, known, forms) {
	if (value === void 0 || value === "") {
		const near = nearName(name, known);
		return {
			code: "RB063",
			message: `the variable ${name} is ${value === "" ? "empty" : "not set"}`,
			why: "This job needs its value, and nothing may be guessed in its place.",
			fix: near === void 0 || near === name ? `Add ${name} to the environment's variables or secrets, or to RUNBOOK_ENV.` : `There is a variable ${near}: did you mean that one? Otherwise add ${name}.`
		};
	}
	const form = forms[path.join(".")];
	if (form === void 0 || form.fits(value)) return void 0;
	const { code, expected, why, fix } = expectations[form.expectation];
	return {
		code,
		message: `the value of ${name} (not shown) is not ${expected.replace(/, or a variable .*$/, "")}`,
		why,
		fix
	};
}
/**
* What was read, a runbook or a part of one, with every `$NAME` replaced by that variable's value; pure.
*
* `parts` narrows it to what a job needs, such as `["url", "target"]` or `["stages.0.migrate"]`: jobs do not see each
* other's secrets. Values outside of these parts stay names. Every missing variable is reported with its place.
*/
function resolveReferences({ value, yaml }, variables, parts, forms = runbookForms) {
	const problems = [];
	const known = Object.keys(variables).filter((name) => variables[name] !== void 0 && variables[name] !== "");
	const isWanted = (path) => {
		const dotted = path.join(".");
		return parts === void 0 || parts.some((part) => dotted === part || dotted.startsWith(`${part}.`));
	};
	function resolveText(text, path) {
		if (!referencePattern.test(text) || isShellText(path) || !isWanted(path)) return text;
		const name = text.slice(1);
		const value = variables[name];
		const refusal = judge(name, value, path, known, forms);
		if (refusal !== void 0) problems.push(problemAt(yaml.source, yaml.at(path), path, refusal));
		return value ?? text;
	}
	const resolved = mapTexts(value, [], resolveText);
	return problems.length === 0 ? {
		ok: true,
		value: resolved
	} : {
		ok: false,
		problems: sortProblems(problems)
	};
}
/** The same structure with each text replaced; nothing else changes, so the type stays. */
function mapTexts(value, path, replace) {
	if (typeof value === "string") return replace(value, path);
	if (Array.isArray(value)) return value.map((inner, i) => mapTexts(inner, [...path, i], replace));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]));
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
	if ("load-test" in stage && !("deploy" in stage)) breaches.push({
		path: [...path, "load-test"],
		refusal: {
			code: "RB105",
			message: "a load test without a deploy",
			why: "There is no new version that could be loaded.",
			fix: "Add `deploy: {}` above it, or move the load test into the stage that deploys.",
			atKey: true
		}
	});
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
/** Every stage releases the same commit, so a second deploy would put a version beside itself. */
function deployRules(stages) {
	const first = stages.findIndex((stage) => "deploy" in stage);
	return stages.flatMap((stage, i) => {
		if (i <= first || !("deploy" in stage)) return [];
		const refusal = {
			code: "RB109",
			message: `stage ${first + 1} deploys this commit already`,
			why: "Every stage releases the same commit: a second deploy would change nothing.",
			fix: "Keep one `deploy` with its canary; split the database's changes into stages before or after it.",
			atKey: true
		};
		return [{
			path: [
				"stages",
				i,
				"deploy"
			],
			refusal
		}];
	});
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
	return Object.fromEntries(Object.entries(metrics).flatMap(([name, metric]) => {
		const shape = shapeOfMetric(metric);
		return shape === void 0 ? [] : [[name, shape]];
	}));
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
/** Shares that the platform cannot give are refused when they are written, not when they are due. */
function shareRules(shifts, canary, path) {
	if (shifts !== "all-at-once") return [];
	return listOf(canary["shifts"]).flatMap((shift, s) => {
		const { traffic } = mapOf(shift);
		if (typeof traffic !== "string" || traffic === "100%") return [];
		const refusal = {
			code: "RB120",
			message: `this target serves one version at a time, so it cannot give a candidate ${traffic}`,
			why: "The platform has no traffic splitting: a new version gets all requests at once, or none.",
			fix: "Keep only `- { traffic: 100% }` with its limits, so that the new version is judged right after it took over; or hide what is new behind a feature flag and roll the flag out; or put a router in front that divides traffic (`target.compose`)."
		};
		return [{
			path: [
				...path,
				"shifts",
				s,
				"traffic"
			],
			refusal
		}];
	});
}
/** Rules across parts of the document, judged on plain data so that they speak even when other parts are broken. */
function runbookRules(data) {
	const runbook = mapOf(data);
	const metrics = mapOf(runbook["metrics"]);
	const stages = listOf(runbook["stages"]).map(mapOf);
	const site = hostOf(runbook["url"]);
	return [
		...stageNameRules(stages),
		...deployRules(stages),
		...stages.flatMap((stage, i) => {
			const path = ["stages", i];
			const canary = mapOf(stage["canary"]);
			const shifts = listOf(canary["shifts"]).map(mapOf);
			return [
				...stageRules(stage, path),
				...shareRules(shiftsOf(runbook["target"]), canary, [...path, "canary"]),
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
		})
	];
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
const readRunbook = (text, file) => readBySchema(text, file, runbookSchema, ruleProblems);

// src/written-runbook.ts
/** Reads the runbook of the checked-out commit. */
async function loadRunbook(file, workspace) {
	return accept(readRunbook(await readInside(file, workspace), file));
}
/** What was read, or an InputError that tells every problem. */
function accept(read) {
	return read.ok ? read : refuse(read.problems);
}
/** One error that tells all of them: whole in its message, and each with its place for whoever annotates. */
function refuse(problems) {
	const places = problems.map(({ file, line, column, code, path: where, message, fix }) => ({
		file,
		line,
		column,
		message: `${code} ${where === "" ? "" : `${where}: `}${message}. ${fix}`
	}));
	throw new InputError(formatProblems(problems), problems[0], places);
}
/** The text of a file inside the repository: not a folder, not a link that leads out of it. */
async function readInside(file, workspace) {
	const root = await realpath(workspace);
	const full = path.resolve(root, file);
	const found = await lstat(full).catch(() => void 0);
	if (found === void 0) throw new InputError(`There is no runbook at ${file}. Check out the repository before this step, or name another path with \`runbook\`.`);
	if (found.isDirectory()) throw new InputError(`${file} is a folder; name the runbook inside of it, such as ${path.join(file, "runbook.yml")}.`);
	const inside = path.relative(root, await realpath(full));
	if (inside.startsWith("..") || path.isAbsolute(inside)) throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
	return readFile(full, "utf8");
}
/** What was read with the references in `parts`, or all of them, replaced; a missing variable is an InputError at its place. */
function resolveParts(written, variables, parts, forms = runbookForms) {
	const resolved = resolveReferences(written, variables, parts, forms);
	return resolved.ok ? resolved.value : refuse(resolved.problems);
}
/** Where people reach the service; undefined in a job that is not told. */
function siteOf(written, variables) {
	const resolved = resolveReferences(written, variables, ["url"]);
	return resolved.ok ? resolved.value.url : void 0;
}

// src/exit-code.ts
/** 0 fine, 1 gate failed, 2 configuration, 3 outside system, 4 drift or ambiguous, 5 held: look again. */
const exitCodes = {
	fine: 0,
	gateFailed: 1,
	configuration: 2,
	outsideSystem: 3,
	ambiguous: 4,
	held: 5
};
const byVerdict = {
	pass: exitCodes.fine,
	fail: exitCodes.gateFailed,
	hold: exitCodes.held,
	error: exitCodes.ambiguous
};
/** The code a program ends with after this verdict. */
const exitCodeOf = (verdict) => byVerdict[verdict.verdict];
/** The code a program ends with after this exception; our own defects count as ambiguous. */
function exitCodeOfError(problem) {
	if (problem instanceof InputError) return exitCodes.configuration;
	if (problem instanceof ProviderError) return exitCodes.outsideSystem;
	return exitCodes.ambiguous;
}

// src/report/summary.ts
const marks = {
	pass: "✅",
	fail: "❌",
	hold: "⏸️",
	error: "⚠️"
};
/** Job summary of one action: the verdict in one line, as Markdown that cannot be injected into. */
function summaryOf(action, verdict) {
	return `${marks[verdict.verdict]} **${markdownText(action)}**: ${verdict.verdict} (${markdownText(verdict.reason)})  \n${markdownText(verdict.message)}\n`;
}

// src/secret-forms.ts
/** A shorter value would mask ordinary words, and the runner drops every output that contains a masked value. */
const shortestMask = 6;
/**
* Every form in which a secret may come out in a log: itself, each of its lines, and for an address with credentials the
* password as written and as decoded (a driver's error message prints the decoded one), base64url and hexadecimal.
*/
function secretForms(secret) {
	const forms = /* @__PURE__ */ new Set([secret, ...secret.split(/\r?\n/)]);
	for (const password of passwords(secret)) {
		forms.add(password);
		forms.add(Buffer.from(password).toString("base64url"));
	}
	forms.add(Buffer.from(secret).toString("base64url"));
	forms.add(Buffer.from(secret).toString("hex"));
	return [...forms].filter((form) => form.trim().length >= shortestMask);
}
function passwords(secret) {
	const found = [];
	for (const [, user = "", password = ""] of secret.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/([^\s:/@]*):([^\s/]+)@/gi)) {
		found.push(password, `${user}:${password}`);
		try {
			found.push(decodeURIComponent(password));
		} catch {}
	}
	return found;
}

// src/runner/ports.ts
/** The real clock, network, processes and log of a workflow step. */
function runnerPorts(cancelled) {
	return {
		clock: {
			now: () => Date.now(),
			monotonic: () => performance.now(),
			sleep: async (ms, signal) => {
				await setTimeout$1(ms, void 0, signal === void 0 ? {} : { signal });
			}
		},
		random: Math.random,
		fetch: globalThis.fetch,
		exec,
		env: process.env,
		log: runnerLog,
		cancelled,
		mask: (secret) => {
			for (const form of secretForms(secret)) setSecret(form);
		}
	};
}
const runnerLog = {
	info: (message) => info(plainText(message)),
	notice: (message) => notice(plainText(message)),
	warn: (message) => warning(plainText(message)),
	error: (message, place) => error(plainText(message), place === void 0 ? {} : {
		file: place.file,
		startLine: place.line,
		startColumn: place.column
	})
};
/** Ends the whole process group: a shell's children do not die with the shell. */
function endGroup(pid, signal) {
	if (pid === void 0) return;
	try {
		process.kill(-pid, signal);
	} catch {}
}
/** Runs a program without a shell, with exactly the environment given. */
function exec(file, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(file, [...args], {
			cwd: options.cwd,
			env: { ...options.env },
			detached: true,
			stdio: [
				"pipe",
				"pipe",
				"pipe"
			]
		});
		const onExit = () => endGroup(child.pid, "SIGKILL");
		process.once("exit", onExit);
		const late = options.timeoutMs === void 0 ? void 0 : setTimeout(() => endGroup(child.pid, "SIGKILL"), options.timeoutMs);
		const out = collect(child.stdout, options.onLine);
		const err = collect(child.stderr, options.onLine);
		child.stdin.on("error", () => void 0);
		child.stdin.end(options.stdin ?? "");
		const done = () => {
			clearTimeout(late);
			process.off("exit", onExit);
		};
		child.on("error", (problem) => {
			done();
			reject(problem);
		});
		child.on("close", (code, signal) => {
			done();
			resolve({
				code,
				signal,
				stdout: out(),
				stderr: err()
			});
		});
	});
}
/** Gathers a stream, keeping its end, and hands out whole lines. */
function collect(stream, onLine) {
	let kept = "";
	let line = "";
	stream.setEncoding("utf8");
	stream.on("data", (chunk) => {
		kept = (kept + chunk).slice(-1048576);
		if (onLine === void 0) return;
		const lines = (line + chunk).split("\n");
		line = lines.pop() ?? "";
		lines.forEach(onLine);
	});
	stream.on("end", () => {
		if (line !== "") onLine?.(line);
	});
	return () => kept;
}

// src/runner/workflow.ts
/** Reads GITHUB_*; outside of a runner it says which names are missing. */
function readWorkflow(env) {
	const missing = [
		"GITHUB_REPOSITORY",
		"GITHUB_RUN_ID",
		"GITHUB_SHA",
		"GITHUB_WORKSPACE"
	].filter((name) => !env[name]);
	if (missing.length > 0) throw new InputError(`This action runs inside a GitHub workflow: ${missing.join(", ")} is not set. On your own machine use the \`sluice\` command instead.`);
	const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
	const repository = env["GITHUB_REPOSITORY"] ?? "";
	return {
		repository,
		runId: countIn(env, "GITHUB_RUN_ID"),
		attempt: countIn(env, "GITHUB_RUN_ATTEMPT", "1"),
		actor: env["GITHUB_TRIGGERING_ACTOR"] ?? env["GITHUB_ACTOR"] ?? "unknown",
		sha: env["GITHUB_SHA"] ?? "",
		branch: env["GITHUB_BASE_REF"] || (env["GITHUB_REF_TYPE"] === "branch" ? env["GITHUB_REF_NAME"] : void 0),
		eventName: env["GITHUB_EVENT_NAME"] ?? "",
		event: readEvent(env["GITHUB_EVENT_PATH"]),
		workspace: env["GITHUB_WORKSPACE"] ?? "",
		apiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
		input: (name) => env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] || void 0,
		runUrl: `${server}/${repository}/actions/runs/${env["GITHUB_RUN_ID"]}`
	};
}
/** Releases are ordered by these numbers, so a missing or odd one must never become NaN. */
function countIn(env, name, usual = "") {
	const value = env[name] || usual;
	if (/^[1-9]\d{0,15}$/.test(value)) return Number(value);
	throw new InputError(`${name} is ${JSON.stringify(value)} and must be a whole number; the runner sets it.`);
}
function readEvent(path) {
	if (path === void 0 || path === "") return {};
	const event = JSON.parse(readFileSync(path, "utf8"));
	return typeof event === "object" && event !== null ? { ...event } : {};
}

// src/runner/main.ts
/** GitHub keeps at most 1 MiB of outputs a job and drops a larger summary whole. */
const longestOutput = 65536;
/** Runs one action inside a workflow step: the only place that reads inputs, writes outputs, catches and exits. */
async function main(action) {
	const cancel = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => cancel.abort(/* @__PURE__ */ new Error(`cancelled by ${signal}`)));
	const ports = runnerPorts(cancel.signal);
	maskSecrets(action.inputs, ports.mask);
	try {
		const workflow = readWorkflow(process.env);
		const inputs = readInputs(action.inputs, (name) => getInput(name));
		const { verdict, outputs = {}, summary } = await action.run(inputs, ports, workflow);
		for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
		await leave(action.name, verdict, summary);
		return process.exit(allowed(verdict) ? exitCodes.fine : exitCodeOf(verdict));
	} catch (problem) {
		await leave(action.name, {
			verdict: "error",
			reason: reasonOf(problem),
			message: messageOf(problem)
		}, void 0, problem);
		return process.exit(exitCodeOfError(problem));
	}
}
function maskSecrets(fields, mask) {
	for (const [name, field] of Object.entries(fields)) {
		const value = getInput(name);
		if (metaOf(field)["secret"] === true && value !== "") mask(value);
	}
}
/** Only our own workflows set `allow-hold`: there a hold ends the run in good order, and a later tick goes on. */
const allowed = (verdict) => verdict.verdict === "pass" || verdict.verdict === "hold" && verdict.final !== true && getInput("allow-hold") === "true";
async function leave(name, verdict, summary$1, problem) {
	setOutput("verdict", verdict.verdict);
	setOutput("reason", verdict.reason);
	const evidence = JSON.stringify({
		"schema-version": 1,
		action: name,
		...verdict
	});
	setOutput("evidence", evidence.length <= longestOutput ? evidence : JSON.stringify({
		"schema-version": 1,
		action: name,
		verdict: verdict.verdict,
		reason: verdict.reason,
		omitted: "evidence larger than an output may be; it is in the record"
	}));
	tell(verdict, problem);
	if (process.env["GITHUB_STEP_SUMMARY"]) await summary.addRaw(summary$1 ?? summaryOf(name, verdict), true).write();
}
/** In the log: a problem with several places is annotated at each, and told whole once. */
function tell(verdict, problem) {
	const text = plainText(verdict.message);
	const { place, places } = problem instanceof InputError ? problem : {
		place: void 0,
		places: []
	};
	const at = ({ file, line, column }) => ({
		file,
		startLine: line,
		startColumn: column
	});
	if (places.length > 0) {
		for (const one of places) error(plainText(one.message), at(one));
		info(text);
	} else if (verdict.verdict === "pass") info(text);
	else if (verdict.verdict === "hold") warning(text);
	else error(text, place === void 0 ? {} : at(place));
}
const reasonOf = (problem) => {
	if (problem instanceof InputError) return "input";
	if (problem instanceof ProviderError) return `${problem.provider}-${problem.status ?? "error"}`;
	return "defect";
};
function messageOf(problem) {
	if (problem instanceof InputError || problem instanceof ProviderError) return problem.message;
	return `This is a defect of Sluice; please report it with these lines.\n${problem instanceof Error ? problem.stack ?? problem.message : String(problem)}`;
}

export { areWhole as $, smokeTest as A, sayShared as B, notifySchema as C, loadTest as D, backup as E, sayInconclusive as F, lookForGrowth as G, sayWaiting as H, sayMissing as I, lookForEvidence as J, newGrowthState as K, sayOpen as L, sayBefore as M, sayBlind as N, migrate as O, sayBroken as P, NO_EVIDENCE as Q, sayProven as R, quantileOf as S, targetSchema as T, sayWarnings as U, saySplit as V, growthStanding as W, stableOf as X, newEvidenceState as Y, sumsOf as Z, yaml as _, stepNames as _t, readInside as a, beyond as at, gateProblems as b, siteOf as c, arrivals as ct, resolveReferences as d, shapeOfMetric as dt, gather as et, targetForms as f, checkAddress as ft, text as g, sharesOf as gt, secret as h, planSchema as ht, loadRunbook as i, xLogY as it, standingOf as j, preflight as k, readBySchema as l, arrivalsOf as lt, oneOf as m, planOf as mt, summaryOf as n, logGamma as nt, refuse as o, quantileBound as ot, flag as p, noticeEvents as pt, candidateOf as q, accept as r, logSumExp as rt, resolveParts as s, slowRequests as st, main as t, logEValue as tt, readRunbook as u, durationOf as ut, defineAction as v, runbookHash as w, settle as x, compiled as y, saySeen as z };