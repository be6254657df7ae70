const UNITS$1 = [
["d", 864e5],
["h", 36e5],
["m", 6e4],
["s", 1e3],
["ms", 1]
], PATTERN = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?$/, DURATION_EXAMPLES = "`30s`, `15m`, `1h30m` or `2d`";
function parseDuration(text) {
let match = PATTERN.exec(text);
if (match !== null && text !== "") return UNITS$1.reduce((sum, [, size], i) => sum + Number(match[i + 1] ?? 0) * size, 0);
}
function formatDuration(milliseconds) {
let rest = Math.max(0, Math.round(milliseconds)), text = "";
for (let [unit, size] of UNITS$1) {
let count = Math.floor(rest / size);
count > 0 && (text += `${count}${unit}`), rest -= count * size;
}
return text === "" ? "0s" : text;
}
function distance(a, b) {
let rows = [Array.from({ length: b.length + 1 }, (_, j) => j)], at = (i, j) => rows[i]?.[j] ?? 0;
for (let i = 1; i <= a.length; i++) {
let row = [i];
rows.push(row);
for (let j = 1; j <= b.length; j++) {
let replace = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1), swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replace;
row.push(Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, replace, swap));
}
}
return at(a.length, b.length);
}
function nearName(name, known) {
let plain = (text) => text.slice(0, 64).toLowerCase().replaceAll(/[_\s]/g, "-"), best;
for (let candidate of known) {
let edits = distance(plain(name), plain(candidate));
edits <= Math.max(1, Math.floor(candidate.length / 3)) && edits < (best?.edits ?? Infinity) && (best = {
name: candidate,
edits
});
}
return best?.name;
}
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
}, UNIT_NAMES = Object.keys(UNITS).filter((unit) => unit !== ""), isUnit = (text) => Object.hasOwn(UNITS, text);
function parseQuantity(text) {
let [, digits, unit] = /^\+?(\d{1,12}(?:\.\d{1,6})?)(\D*)$/.exec(text) ?? [];
if (digits === void 0 || unit === void 0 || !isUnit(unit)) return;
let { dimension, size } = UNITS[unit], value = size < 1 ? Number(digits) / Math.round(1 / size) : Number(digits) * size;
return {
amount: Number(digits),
unit,
dimension,
value
};
}
function parsePercentage(text) {
let quantity = parseQuantity(text);
return quantity?.unit === "%" && !text.startsWith("+") && quantity.amount <= 100 ? quantity.amount : void 0;
}
const severity = {
pass: 0,
hold: 1,
error: 2,
fail: 3
}, pass = (reason, message, evidence) => ({
verdict: "pass",
reason,
message,
evidence
}), fail = (reason, message, evidence) => ({
verdict: "fail",
reason,
message,
evidence
}), hold = (reason, message, evidence) => ({
verdict: "hold",
reason,
message,
evidence
});
function worst(verdicts) {
let [first, ...rest] = verdicts;
return first === void 0 ? hold("nothing-judged", "Nothing was judged, so nothing is proven.") : rest.reduce((a, b) => severity[b.verdict] > severity[a.verdict] ? b : a, first);
}
var InputError = class extends Error {
name = "InputError";
code = "input";
place;
places;
constructor(message, place, places = []) {
super(message), this.place = place, this.places = places;
}
}, ProviderError = class extends Error {
name = "ProviderError";
code = "provider";
provider;
status;
retryable;
constructor(provider, message, details = {}) {
super(message, { cause: details.cause }), this.provider = provider, this.status = details.status, this.retryable = details.retryable ?? !1;
}
};
const messageOf = (problem) => problem instanceof Error ? problem.message : String(problem), writtenSecrets = [
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
], addressPassword = /(:\/\/[^\s/:@'"]{0,100}:)(?!\$)[^\s'"]{1,300}@/g, hiddenOnly = [/(?<=(?:token|password|passwd|secret|credential|api[-_]?key)["']?\s{0,3}[:=]\s{0,8}["']?)(?!\$|(?:true|false|null|yes|no|on|off)\b)[^\s"',}$]{4,500}/gi, /(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Z])(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,500}/g];
function matches(text, patterns) {
return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => ({
from: match.index,
to: match.index + match[0].length
})));
}
function writtenSecretsIn(text) {
let passwords = [...text.matchAll(addressPassword)].map((match) => ({
from: match.index + (match[1] ?? "").length,
to: match.index + match[0].length - 1
}));
return [...matches(text, writtenSecrets), ...passwords];
}
const hiddenIn = (text) => [...writtenSecretsIn(text), ...matches(text, hiddenOnly)];
function mergeRanges(ranges) {
let merged = [];
for (let range of [...ranges].sort((a, b) => a.from - b.from)) {
let last = merged.at(-1);
last === void 0 || range.from > last.to ? merged.push(range) : merged[merged.length - 1] = {
from: last.from,
to: Math.max(last.to, range.to)
};
}
return merged;
}
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;
function visible(text, at) {
let char = text.charAt(at);
return char === "	" ? " " : invisible.test(char) ? `<U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>` : char === "[" && text.slice(Math.max(0, at - 2), at) === "##" ? " [" : char;
}
function cells(text, from, to, hidden) {
let shown = [], secrets = mergeRanges(hidden);
for (let at = from; at < to; at++) {
let secret = secrets.find((range) => at >= range.from && at < range.to);
secret === void 0 ? shown.push(visible(text, at)) : shown.push(at === Math.max(secret.from, from) ? "***" : "");
}
return shown;
}
function quote(text) {
return `"${cells(text, 0, Math.min(text.length, 40), hiddenIn(text.slice(0, 2e3))).join("")}${text.length > 40 ? "…" : ""}"`;
}
function placeOf({ file, text }, offset) {
let at = Math.min(Math.max(0, offset), text.length), before = text.slice(0, at), lineStart = before.lastIndexOf("\n") + 1;
return {
file,
line: before.split("\n").length,
column: at - lineStart + 1
};
}
function excerptOf({ text, hidden }, range) {
let at = Math.min(range.from, text.length), start = text.lastIndexOf("\n", at - 1) + 1, next = text.indexOf("\n", at), end = next === -1 ? text.length : text.endsWith("\r\n", next + 1) ? Math.max(at, next - 1) : next, from = Math.max(start, Math.min(at - 40, end - 80)), to = Math.min(end, from + 80), line = cells(text, from, to, hidden), caretEnd = Math.min(Math.max(range.to, at + 1), to), width = (parts) => parts.join("").length, lead = from > start ? "…" : "";
return {
text: lead + line.join("") + (to < end ? "…" : ""),
caretAt: lead.length + width(line.slice(0, at - from)),
caretLength: Math.max(1, width(line.slice(at - from, caretEnd - from)))
};
}
const pathKey = (path) => JSON.stringify(path);
function formatPath(path) {
return path.map((key) => typeof key == "number" ? `[${key}]` : hiddenIn(key.slice(0, 2e3)).length > 0 ? ".***" : `.${key.slice(0, 40).replaceAll(/[^\w./$ -]/g, "?")}`).join("").replace(/^\./, "").slice(0, 160);
}
function sentence(text) {
let shown = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "?");
for (let { from, to } of mergeRanges(hiddenIn(shown)).reverse()) shown = `${shown.slice(0, from)}***${shown.slice(to)}`;
return shown = shown.replaceAll(/\S{61,}/g, (word) => `${word.slice(0, 60)}…`).replaceAll("##[", "## ["), shown.length > 240 ? `${shown.slice(0, 240)}…` : shown;
}
function problemAt(source, range, path, refusal) {
let end = placeOf(source, Math.max(range.from, range.to));
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
function sortProblems(problems) {
let key = (p) => `${p.line}:${p.column} ${p.code} ${p.path} ${p.message}`;
return [...new Map(problems.map((problem) => [key(problem), problem])).values()].sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : +(a.code > b.code)));
}
function formatProblem({ file, line, column, code, path, message, excerpt, why, fix }) {
let gutter = String(line).padStart(4), margin = " ".repeat(gutter.length);
return [
`${file}:${line}:${column} error[${code}] ${path === "" ? "" : `${path}: `}${message}`,
`${gutter} | ${excerpt.text}`,
`${margin} | ${" ".repeat(excerpt.caretAt)}${"^".repeat(excerpt.caretLength)}`,
`  why: ${why}`,
`  fix: ${fix}`
].join("\n");
}
function formatProblems(problems) {
let shown = problems.slice(0, 50).map(formatProblem), left = problems.length - shown.length;
return left > 0 && shown.push(`… and ${left} more. Mend these first; the others may follow from them.`), shown.join("\n\n");
}
const exitCodes = {
fine: 0,
gateFailed: 1,
configuration: 2,
outsideSystem: 3,
ambiguous: 4,
held: 5
}, byVerdict = {
pass: exitCodes.fine,
fail: exitCodes.gateFailed,
hold: exitCodes.held,
error: exitCodes.ambiguous
}, exitCodeOf = (verdict) => byVerdict[verdict.verdict];
function exitCodeOfError(problem) {
return problem instanceof InputError ? exitCodes.configuration : problem instanceof ProviderError ? exitCodes.outsideSystem : exitCodes.ambiguous;
}
function plainText(untrusted) {
return untrusted.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "").replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "").replaceAll("##[", "## [").split("\n").map((line) => /^\s*::/.test(line) ? `· ${line.trimStart()}` : line).join("\n");
}
function markdownText(untrusted) {
return plainText(untrusted).replace(/\s*\n\s*/g, " ").trim().replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/[\\`*_[\]|~]/g, (mark) => `\\${mark}`).replace(/([@#])(?=\w)/g, "$1​").replace(/(https?):\/\//gi, "$1:​//").replace(/\b(www)\./gi, "$1​.").replace(/^([#+=-])/, "\\$1").replace(/^(\d+)([.)])/, "$1\\$2");
}
function secretForms(secret) {
let forms = new Set([secret, ...secret.split(/\r?\n/)]);
for (let password of passwords(secret)) forms.add(password), forms.add(Buffer.from(password).toString("base64url"));
return forms.add(Buffer.from(secret).toString("base64url")), forms.add(Buffer.from(secret).toString("hex")), [...forms].filter((form) => form.trim().length >= 6);
}
function passwords(secret) {
let found = [];
for (let [, user = "", password = ""] of secret.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/([^\s:/@]*):([^\s/]+)@/gi)) {
found.push(password, `${user}:${password}`);
try {
found.push(decodeURIComponent(password));
} catch {}
}
return found;
}
export { parseQuantity as C, parseDuration as D, formatDuration as E, parsePercentage as S, DURATION_EXAMPLES as T, fail as _, exitCodeOfError as a, worst as b, pathKey as c, quote as d, hiddenIn as f, messageOf as g, ProviderError as h, exitCodeOf as i, problemAt as l, InputError as m, markdownText as n, exitCodes as o, writtenSecretsIn as p, plainText as r, formatProblems as s, secretForms as t, sortProblems as u, hold as v, nearName as w, UNIT_NAMES as x, pass as y };
