import { f as string, g as toJSONSchema, s as looseObject, u as record } from "./zod.js";
import { C as stepNames, _ as fail, a as flag, c as text, g as advance, h as variablesOf, i as openTarget, m as resolved, n as projectDeployment, o as oneOf, p as resolveAll, r as githubRefStore, s as secret, y as pass } from "./main.js";
import { c as nearName, l as expectations, n as runbookSchema, s as parseLimit, t as runbookHash, u as isExpectation } from "./runbook.js";
import { c as InputError } from "./wasm-dump.js";
import { t as githubClient } from "./github.js";
import { t as require_dist } from "./yaml.js";
import { readFile } from "node:fs/promises";
import path from "node:path";

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
const isShare = (aggregate, metric) => aggregate === void 0 && metric === "error-rate";
/** A limit needs a source that can answer it: a share needs counts, a percentile needs a histogram. */
function limitRules(limit, metrics, path) {
	if (typeof limit !== "string") return [];
	const written = /^\s*([^\s<>=!]*)/.exec(limit);
	const word = written?.[1] ?? "";
	const parsed = parseLimit(limit, [word]).limit;
	if (parsed === void 0) return [];
	const { metric, aggregate } = parsed;
	const within = {
		at: (written?.[0].length ?? 0) - word.length,
		length: word.length
	};
	const declared = Object.keys(metrics);
	if (!Object.hasOwn(metrics, metric)) {
		const near = nearName(word, declared);
		const names = declared.map((name) => `\`${name}\``).join(", ");
		return [{
			path,
			refusal: {
				code: "RB101",
				message: `no metric ${quote(metric)} is declared${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "There is no `metrics` at all, so nobody provides numbers." : `\`metrics\` declares ${names}.`,
				fix: near === void 0 ? `Declare \`${metric}\` under \`metrics\`.` : `Write \`${near}\`.`,
				within
			}
		}];
	}
	const source = mapOf(mapOf(metrics[metric])["exposition"]);
	if (!(isShare(aggregate, metric) ? ["histogram", "value"] : aggregate === void 0 ? [] : ["total", "value"]).some((shape) => shape in source)) return [];
	return [{
		path,
		refusal: {
			code: "RB106",
			message: `\`metrics.${metric}\` cannot answer this limit`,
			why: isShare(aggregate, metric) ? "A share of bad requests needs two counters, `bad` and `total`." : "A mean or a percentile needs a `histogram`.",
			fix: isShare(aggregate, metric) ? `Give \`metrics.${metric}.exposition\` the keys \`bad\` and \`total\`.` : `Give \`metrics.${metric}.exposition\` the key \`histogram\`.`,
			within
		}
	}];
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
		const shifts = listOf(mapOf(stage["canary"])["shifts"]).map(mapOf);
		return [
			...stageRules(stage, path),
			...shifts.flatMap((shift, s) => listOf(shift["limits"]).flatMap((limit, l) => limitRules(limit, metrics, [
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
	needs: text("`${{ toJSON(needs) }}`: how the jobs before this one ended.").optional()
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

export { sessionInputs as a, stepOf as c, envCheck as d, pinned as i, takePart as l, loadRunbook as n, stageInputs as o, openSession as r, stageOf as s, checkContract as t, quote as u };