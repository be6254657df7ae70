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
const addressPassword = /(:\/\/[^\s/:@'"]{0,100}:)(?!\$)[^\s'"]{1,300}@/g;
const hiddenOnly = [/(?<=(?:token|password|passwd|secret|credential|api[-_]?key)["']?\s{0,3}[:=]\s{0,8}["']?)(?!\$|(?:true|false|null|yes|no|on|off)\b)[^\s"',}$]{4,500}/gi, /(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Z])(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,500}/g];
function matches(text, patterns) {
	return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => ({
		from: match.index,
		to: match.index + match[0].length
	})));
}
function writtenSecretsIn(text) {
	const passwords = [...text.matchAll(addressPassword)].map((match) => ({
		from: match.index + (match[1] ?? "").length,
		to: match.index + match[0].length - 1
	}));
	return [...matches(text, writtenSecrets), ...passwords];
}
const hiddenIn = (text) => [...writtenSecretsIn(text), ...matches(text, hiddenOnly)];
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
const longestExcerpt = 80;
const longestQuote = 40;
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;
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
function quote(text) {
	return `"${cells(text, 0, Math.min(text.length, longestQuote), hiddenIn(text.slice(0, 2e3))).join("")}${text.length > longestQuote ? "…" : ""}"`;
}
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
export { mergeRanges as a, hiddenIn as i, placeOf as n, writtenSecretsIn as o, quote as r, excerptOf as t };
