import { T as globalRegistry } from "./zod.js";
import { c as pathKey, d as quote, f as hiddenIn, l as problemAt, p as writtenSecretsIn, u as sortProblems, w as nearName } from "./words.js";
import { ft as isExpectation, ut as expectations } from "./runbook-keys.js";
import { a as isMap$1, i as isAlias, n as Parser, o as isScalar, r as Lexer, s as isSeq, t as parseAllDocuments } from "./yaml.js";
const isMap = (value) => typeof value == "object" && !!value && !Array.isArray(value);
function valueAt(data, path) {
let value = data;
for (let key of path) if (Array.isArray(value) && typeof key == "number") value = value[key];
else if (isMap(value) && Object.hasOwn(value, key)) value = value[key];
else return;
return value;
}
const pathOf = (path) => path.map((key) => typeof key == "number" ? key : String(key)), isMissing = (issue, data) => (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union") && valueAt(data, pathOf(issue.path)) === void 0;
function likeliest(branches) {
let strangeness = (issues) => issues.reduce((sum, issue) => issue.code === "unrecognized_keys" ? sum + (issue.path.length === 0 ? 100 : 2) * issue.keys.length : issue.path.length === 0 && issue.code === "invalid_type" ? sum + 1e4 : issue.path.length === 0 && issue.code === "invalid_value" ? sum + 1e3 : sum + 1, 0);
return [...branches].sort((a, b) => strangeness(a) - strangeness(b))[0] ?? [];
}
function flatten(issues, prefix) {
return issues.flatMap((issue) => {
let path = [...prefix, ...issue.path];
return issue.code !== "invalid_union" || issue.errors.length === 0 || issue.errors.every((branch) => branch.some((inner) => inner.path.length === 0 && inner.code === "invalid_type")) ? [{
...issue,
path
}] : flatten(likeliest(issue.errors), path);
});
}
function unwrapped(schema, said) {
let description = said ?? globalRegistry.get(schema)?.description, { def } = schema._zod;
return def.type === "pipe" ? unwrapped(def.in, description) : "innerType" in def ? unwrapped(def.innerType, description) : {
schema,
description
};
}
function keysOf(schema) {
let def = schema?._zod.def;
return def?.type === "object" ? def.shape : def?.type === "record" ? {} : void 0;
}
function schemaAt(root, data, path) {
let settle = (wrapped, value) => {
let { schema, description } = unwrapped(wrapped);
if (schema._zod.def.type !== "union") return {
schema,
description
};
let shared = (keys) => isMap(value) ? Object.keys(value).filter((key) => Object.hasOwn(keys, key)).length : 0;
return schema._zod.def.options.flatMap((option) => {
let member = unwrapped(option), keys = keysOf(member.schema);
return keys === void 0 ? [] : [{
member,
shared: shared(keys)
}];
}).toSorted((a, b) => b.shared - a.shared)[0]?.member ?? {
schema,
description
};
}, found = settle(root, data);
for (let [i, key] of path.entries()) {
let { def } = found.schema._zod, others = def.type === "array" ? def.element : def.type === "record" ? def.valueType : void 0, inner = def.type === "object" ? def.shape[key] ?? def.catchall : others;
if (inner === void 0) return;
found = settle(inner, valueAt(data, path.slice(0, i + 1)));
}
return found;
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
return value === null ? "nothing" : Array.isArray(value) ? "a list" : typeof value == "object" ? "a map" : typeof value == "string" ? quote(value) : `the ${typeof value} ${String(value)}`;
}
const switches = {
yes: "true",
on: "true",
y: "true",
no: "false",
off: "false",
n: "false"
};
function mendOf(expected, value) {
return expected === "boolean" && typeof value == "string" && Object.hasOwn(switches, value.toLowerCase()) ? {
code: "RB028",
why: "YAML 1.2 reads yes, no, on and off as texts.",
fix: `Write ${switches[value.toLowerCase()]}.`
} : (expected === "number" || expected === "int") && typeof value == "string" && /^[\d.]+$/.test(value) ? {
code: "RB029",
why: "Quotes make it a text.",
fix: "Remove the quotes."
} : expected === "string" && (typeof value == "number" || typeof value == "boolean") ? {
code: "RB029",
why: "Without quotes it is not a text.",
fix: "Put it into quotes."
} : {
code: "RB029",
why: "Only this kind of value has a meaning here.",
fix: `Write ${sorts[expected] ?? expected}${value === null ? ", or remove the key" : ""}.`
};
}
function schemaProblems(yaml, schema, error) {
let { data, source } = yaml, issues = flatten(error.issues, []).filter((issue) => {
let path = pathOf(issue.path);
return !path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
}), found = (path, value) => yaml.isHidden(path) && !isMap(value) ? "a value that is not shown" : describe(value);
function expectation(issue, path) {
if (!isExpectation(issue.message)) return;
let { code, expected, why, fix } = expectations[issue.message], message = `expected ${expected}, got ${found(path, valueAt(data, path))}`;
return problemAt(source, yaml.at(path), path, {
code,
message,
why,
fix
});
}
function carried(issue, path) {
if (issue.code !== "custom") return;
let refusal = issue.params?.refusal;
if (refusal === void 0) return;
let range = refusal.within && yaml.inside(path, refusal.within.at, refusal.within.length);
return problemAt(source, range ?? (refusal.atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
}
function wrongValue(issue, path) {
let value = valueAt(data, path), at = yaml.at(path);
if (issue.code === "invalid_value") {
let allowed = issue.values.map(String), near = typeof value == "string" ? nearName(value, allowed) : void 0;
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
let least = issue.code === "too_small", bound = `${least ? "at least" : "at most"} ${least ? issue.minimum : issue.maximum}`, unit = issue.origin === "string" ? " characters" : "";
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
let name = issue.issues[0]?.message ?? "", { code, expected, why, fix } = isExpectation(name) ? expectations[name] : {
code: "RB029",
expected: "another name",
why: "The name does not have the form needed.",
fix: "Rename it."
}, message = `expected ${expected}, got ${quote(String(path.at(-1)))}`;
return problemAt(source, yaml.atKey(path), path, {
code,
message,
why,
fix
});
}
let rest = issues.filter((issue) => issue.code !== "unrecognized_keys" && !isMissing(issue, data));
return [...keyProblems(yaml, schema, issues), ...rest.map((issue) => {
let path = pathOf(issue.path);
return issue.code === "invalid_key" ? wrongKey(issue, path) : carried(issue, path) ?? expectation(issue, path) ?? wrongValue(issue, path);
})];
}
function keyProblems(yaml, schema, issues) {
let { data, source } = yaml, missing = new Map(issues.filter((issue) => isMissing(issue, data)).map((issue) => [pathKey(pathOf(issue.path)), pathOf(issue.path)])), problems = [];
for (let issue of issues) {
if (issue.code !== "unrecognized_keys") continue;
let around = pathOf(issue.path), present = Object.keys(valueAt(data, around) ?? {}), known = Object.keys(keysOf(schemaAt(schema, data, around)?.schema) ?? {});
for (let key of issue.keys) {
let needed = known.filter((name) => missing.has(pathKey([...around, name]))), near = nearName(key, needed) ?? nearName(key, known.filter((name) => !present.includes(name))), alone = issue.keys.length === 1 && present.length === 1 && needed.length === 1 ? needed[0] : void 0, meant = near ?? alone;
meant !== void 0 && missing.delete(pathKey([...around, meant]));
let names = known.map((name) => `\`${name}\``).join(", ");
problems.push(problemAt(source, yaml.atKey([...around, key]), [...around, key], {
code: "RB026",
message: `unknown key ${quote(key)}${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
why: names === "" ? "No key has a meaning here." : `Known keys here are ${names}.`,
fix: meant === void 0 ? "Remove the key, or write one of the known keys." : `Write \`${meant}\`.`
}));
}
}
for (let path of missing.values()) {
let name = String(path.at(-1));
problems.push(problemAt(source, yaml.atKey(path), path.slice(0, -1), {
code: "RB027",
message: `missing key \`${name}\``,
why: schemaAt(schema, data, path)?.description ?? "A runbook cannot do without it.",
fix: `Add \`${name}:\` with its value here.`
}));
}
return problems;
}
const bounds = {
bytes: 131072,
keys: 2e3,
depth: 32,
aliases: 100,
nodes: 1e4
}, tellingKey = /token|password|passwd|secret|credential|api[-_]?key|^equals$/i, harmless = /^(?:\$.*|yes|no|on|off|true|false)$/i;
function refuseOddNumber(node, range, path, refuse) {
let written = node.source ?? "", value = Number(node.value);
Number.isFinite(value) ? /^[-+]?\d+$/.test(written) && !Number.isSafeInteger(value) ? refuse(range, path, {
code: "RB033",
message: `this number would be rounded to ${value}`,
why: "Whole numbers beyond 9007199254740991 are not kept exactly.",
fix: "Put an identifier into quotes; write a smaller number otherwise."
}) : /^[-+]?0\d|^0[ox]|e|^\+|^\.|\.$/i.test(written) && refuse(range, path, {
code: "RB034",
message: `${quote(written)} is read as the number ${value}`,
why: "People read this spelling as another number, or as none.",
fix: `Write ${value}, or put it into quotes if it is a text.`
}) : refuse(range, path, {
code: "RB032",
message: "not a finite number",
why: "Every comparison with it is true or false whatever is measured.",
fix: "Write a plain number."
});
}
function toPlain(document, text, refuse) {
let spots = new Map(), hidden = [], nodes = 0, aliases = 0, rangeOf = (node, fallback) => {
let range = node?.range;
return range ? {
from: range[0],
to: Math.max(range[0], range[1])
} : fallback;
};
function visitText(node, value, range, path) {
value.indexOf("${{") !== -1 && refuse(range, path, {
code: "RB061",
message: "a GitHub expression is not evaluated in this file",
why: "GitHub fills in expressions in workflows only; here it would stay as it is written.",
fix: "Name a variable or secret with a dollar sign, such as $APP_URL."
}), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(value) !== null && node.type === "QUOTE_DOUBLE" && refuse(range, path, {
code: "RB018",
message: "an escape in this text stands for a control character",
why: "No runbook needs one, and terminals obey them.",
fix: "Delete the escape."
}), writtenSecretsIn(value).length !== 0 && (hidden.push(range), refuse(range, path, {
code: "RB052",
message: "a secret is written here (it is not shown)",
why: "Everybody who can read the repository can read this file, and git keeps it for ever.",
fix: "Revoke it, put the new one into a GitHub secret, and write its name here, such as $DATABASE_URL."
}));
}
function visitScalar(node, range, path) {
let { value } = node;
typeof value == "string" && visitText(node, value, range, path), typeof value == "number" && refuseOddNumber(node, range, path, refuse);
let key = path.at(-1);
return typeof key == "string" && tellingKey.test(key) && typeof value == "string" && !harmless.test(value) && hidden.push(range), value;
}
function readKey(node, range, path, seen) {
let value = isScalar(node) ? node.value : void 0;
if (value === "<<") {
refuse(range, path, {
code: "RB015",
message: "merge keys (`<<`) are not supported",
why: "YAML 1.2 has no merge keys; other readers of this file would see another runbook.",
fix: "Copy the keys of the other map here."
});
return;
}
if (typeof value != "string") {
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
let first = seen.get(value);
if (first !== void 0) {
let line = text.slice(0, first.from).split("\n").length, column = first.from - text.lastIndexOf("\n", first.from - 1);
refuse(range, path, {
code: "RB008",
message: `key ${quote(value)} stands here again; it was first written in line ${line}, column ${column}`,
why: "Only one of the two would count, and readers differ in which.",
fix: "Delete one of them, or merge their values."
});
} else return seen.set(value, range), value;
}
function visitMap(node, path, around) {
let plain = {};
if (!isMap$1(node)) return plain;
let seen = new Map();
for (let pair of node.items) {
let keyRange = rangeOf(pair.key, around), written = isScalar(pair.key) ? String(pair.key.value) : "?", key = readKey(pair.key, keyRange, [...path, written], seen);
key !== void 0 && (plain[key] = visit(pair.value, [...path, key], keyRange, keyRange));
}
return plain;
}
function visit(node, path, around, key) {
let own = rangeOf(node, around), range = own.from === own.to ? around : own;
spots.set(pathKey(path), {
value: range,
node,
...key && { key }
});
let refuseAlias = (message) => {
refuse(range, path, {
code: "RB011",
message,
why: "A few aliases of aliases grow into millions of values.",
fix: "Write the value out instead of the alias."
});
};
if (++nodes > bounds.nodes || path.length > bounds.depth) return nodes === bounds.nodes + 1 || path.length > bounds.depth ? refuseAlias("too many aliases") : void 0;
if (isAlias(node)) {
let target = node.resolve(document);
if (++aliases > bounds.aliases) return refuseAlias("too many aliases");
if (target === void 0) return refuseAlias("an alias of nothing: no anchor above has this name");
let value = visit(target, path, range, key);
return spots.set(pathKey(path), {
value: range,
node,
...key && { key }
}), value;
}
return isMap$1(node) ? visitMap(node, path, range) : isSeq(node) ? node.items.map((item, i) => visit(item, [...path, i], range)) : isScalar(node) ? visitScalar(node, range, path) : null;
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
const invisibleInText = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]/g;
function refuseInvisible(text, refuse) {
if (text.startsWith("\0") || text.charAt(1) === "\0") refuse({
from: 0,
to: 1
}, [], {
code: "RB005",
message: "the file is UTF-16, not UTF-8",
why: "Every second byte of it is a zero.",
fix: "Save the file as UTF-8."
});
else for (let match of text.matchAll(invisibleInText)) {
let point = `U+${match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`, range = {
from: match.index,
to: match.index + 1
};
match[0] === "�" ? refuse(range, [], {
code: "RB003",
message: "the file is not UTF-8: a byte here stands for no character",
why: "A wrongly decoded name or limit would be another name or limit.",
fix: "Save the file as UTF-8."
}) : match[0] > "" ? refuse(range, [], {
code: "RB019",
message: `an invisible character ${point} that changes how the line is shown`,
why: "The line would not say what it seems to say.",
fix: "Delete the character; retyping the word is the surest way."
}) : refuse(range, [], {
code: "RB018",
message: `a control character ${point}`,
why: "No runbook needs one, and terminals obey them.",
fix: "Delete the character."
});
}
}
function measure(text) {
let parser = new Parser(), open = [], keys = 0, depth = 0, tooMany, tooDeep, directive, openQuote;
for (let lexeme of new Lexer().lex(text)) {
let from = parser.offset;
for (let token of parser.next(lexeme)) token.type === "directive" && (directive ??= token.offset);
if (depth = Math.max(depth, parser.stack.length - 1), lexeme === ":" && ++keys > bounds.keys && (tooMany ??= from), (lexeme === "{" || lexeme === "[") && open.push({
from,
bracket: lexeme
}), (lexeme === "}" || lexeme === "]") && open.pop(), /^["']/.test(lexeme) && (lexeme.length === 1 || !lexeme.endsWith(lexeme.charAt(0))) && (openQuote ??= from), depth > bounds.depth && (tooDeep ??= from), tooMany !== void 0 || tooDeep !== void 0) break;
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
let point = (from) => ({
from,
to: from + 1
});
tooMany !== void 0 && refuse(point(tooMany), [], {
code: "RB014",
message: `more than ${bounds.keys} keys`,
why: "No runbook needs so many, and reading them takes longer than is safe.",
fix: "Split the file, or remove what was generated into it."
}), tooDeep !== void 0 && refuse(point(tooDeep), [], {
code: "RB012",
message: `more than ${bounds.depth} levels of nesting`,
why: "No runbook needs so many, and reading them can exhaust the stack.",
fix: "Remove the brackets or the indentation that do not belong here."
}), directive !== void 0 && refuse(point(directive), [], {
code: "RB010",
message: "YAML directives are not supported",
why: "A directive changes how everything below it is read (`no` becomes false, for one).",
fix: "Delete the line that begins with a percent sign."
});
}
function refuseSyntax(document, text, measured, refuse) {
let [error] = [...document.errors, ...document.warnings];
if (error === void 0) return;
let indent = error.code === "TAB_AS_INDENT" ? 0 : /^ */.exec(text.slice(error.pos[0]))?.[0].length ?? 0, from = error.pos[0] + indent, range = {
from,
to: Math.max(from + 1, error.pos[1])
}, { openQuote, openBracket } = measured;
error.code === "TAB_AS_INDENT" ? refuse(range, [], {
code: "RB006",
message: "a tab is used as indentation",
why: "YAML indents by spaces only, for editors disagree about the width of a tab.",
fix: "Replace the tab by two spaces."
}) : error.code === "TAG_RESOLVE_FAILED" ? refuse(range, [], {
code: "RB010",
message: "a tag that is not known",
why: "Tags make values into other types; a runbook has none of them.",
fix: "Delete the tag (the word that begins with an exclamation mark)."
}) : openQuote === void 0 ? openBracket === void 0 ? error.code === "BLOCK_AS_IMPLICIT_KEY" && range.to - range.from === 1 && /compact/.test(error.message) ? refuse(range, [], {
code: "RB021",
message: "two keys stand on one line",
why: "YAML reads what follows a colon and a space as the value.",
fix: "Put the inner key on its own line, use `{ }`, or quote a text that contains a colon."
}) : error.code === "BAD_SCALAR_START" ? refuse(range, [], {
code: "RB007",
message: "a value cannot begin with this character",
why: "YAML gives the character a meaning of its own.",
fix: "Put the value into quotes."
}) : refuse(range, [], {
code: "RB007",
message: "the text is not YAML from here on",
why: `The YAML parser says: ${error.message.replace(/\.$/, "")}.`,
fix: "List items and keys of one map begin in the same column; a value on the next line is indented by spaces."
}) : refuse({
from: openBracket.from,
to: openBracket.from + 1
}, [], {
code: "RB020",
message: `\`${openBracket.bracket}\` is opened here and never closed`,
why: "Everything after it is read as part of it.",
fix: `Close it with \`${openBracket.bracket === "{" ? "}" : "]"}\`.`
}) : refuse({
from: openQuote,
to: openQuote + 1
}, [], {
code: "RB020",
message: "a quote is opened here and never closed",
why: "Everything after it is read as one text.",
fix: "Close the quote at the end of the value, or remove it."
});
}
const emptyFile = {
code: "RB001",
message: "the file is empty",
why: "Without stages there is nothing to release.",
fix: "Begin with `runbook: 1`, then service, environment, url, target and stages."
};
function readYaml(input, file) {
let text = input.startsWith("﻿") ? input.slice(1) : input, hidden = [], source = {
file,
text,
hidden
}, found = [], refuse = (range, path, refusal) => {
found.length < 500 && found.push({
range,
path,
refusal
});
}, finish = (data, spots) => ({
source,
data,
problems: found.map(({ range, path, refusal }) => problemAt(source, range, path, refusal)),
refused: new Set(found.map(({ path }) => pathKey(path))),
...finder(source, spots)
}), nothing = () => finish(void 0, new Map());
if (Buffer.byteLength(text) > bounds.bytes) return refuse({
from: 0,
to: 1
}, [], {
code: "RB013",
message: `the file is larger than ${bounds.bytes / 1024} KiB`,
why: "No runbook needs so much, and reading it takes longer than is safe.",
fix: "Split the file, or remove what was generated into it."
}), finish(void 0, new Map());
if (hidden.push(...hiddenIn(text)), refuseInvisible(text, refuse), found.length > 0) return nothing();
let measured = measure(text);
if (refuseOversize(measured, refuse), found.length > 0) return nothing();
let parsed = parseAllDocuments(text, {
version: "1.2",
uniqueKeys: !1,
merge: !1,
prettyErrors: !1
}), [document, second] = Array.isArray(parsed) ? parsed : [];
if (second !== void 0) {
let from = Math.max(0, text.lastIndexOf("---", second.range[0]));
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
if (document !== void 0 && refuseSyntax(document, text, measured, refuse), found.length > 0) return nothing();
if (document === void 0 || document.contents === null || isEmptyScalar(document.contents)) return refuse({
from: 0,
to: 0
}, [], emptyFile), nothing();
let plain = toPlain(document, text, refuse);
return hidden.push(...plain.hidden), finish(plain.data, plain.spots);
}
const isEmptyScalar = (node) => isScalar(node) && node.value === null && node.source === "";
function finder({ text, hidden }, spots) {
let nearest = (path) => {
for (let length = path.length; length >= 0; length--) {
let spot = spots.get(pathKey(path.slice(0, length)));
if (spot !== void 0) return length === path.length ? spot : {
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
}, firstLine = ({ from, to }) => {
let end = text.indexOf("\n", from), colon = text.slice(from, end === -1 ? to : Math.min(to, end)).search(/:(?:\s|$)/);
return {
from,
to: colon === -1 ? from + 1 : from + colon
};
}, at = (path) => nearest(path).value;
return {
at,
atKey: (path) => {
let spot = nearest(path);
return spot.key ?? firstLine(spot.value);
},
inside: (path, offset, length) => {
let { value, node } = nearest(path);
if (!isScalar(node) || typeof node.value != "string") return value;
let from = value.from + +(node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") + offset;
return text.slice(from - offset, from + length) === node.value.slice(0, offset + length) ? {
from,
to: from + length
} : value;
},
isHidden: (path) => {
let { from, to } = at(path);
return hidden.some((range) => range.from < to && from < range.to);
}
};
}
function readBySchema(text, file, schema, rules = () => []) {
let yaml = readYaml(text, file);
if (yaml.data === void 0) return {
ok: !1,
problems: sortProblems(yaml.problems)
};
let parsed = schema.safeParse(yaml.data), problems = [
...yaml.problems,
...parsed.success ? [] : schemaProblems(yaml, schema, parsed.error),
...rules(yaml)
];
return parsed.success && problems.length === 0 ? {
ok: !0,
value: parsed.data,
yaml
} : {
ok: !1,
problems: sortProblems(problems)
};
}
export { readBySchema as t };
