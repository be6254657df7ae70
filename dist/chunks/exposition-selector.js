const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*$/s, MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/y;
function patternProblem(pattern) {
if (pattern.length > 200) return "is longer than 200 characters";
let plain = pattern.replace(/\\./gs, "_").replace(/\[[^\]]*\]/g, "_");
if (/\(\?(?!:)/.test(plain) || /\\[1-9k]/.test(pattern)) return "uses look-around, flags or back-references";
if (/\)[*+{]/.test(plain)) return "repeats a group, which can take forever; write it without the group";
if ((plain.match(/[*+]|\{/g)?.length ?? 0) > 3) return "repeats more than 3 times";
}
function compilePattern(pattern) {
try {
return RegExp(`^(?:${pattern})$`, "su");
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
let problem = patternProblem(value), pattern = problem === void 0 ? compilePattern(value) : void 0;
if (pattern === void 0) return `The pattern of \`${label}\` ${problem ?? "is not a regular expression"}.`;
let found = (text) => text.length <= 256 && pattern.test(text);
return {
label,
matches: operator === "=~" ? found : (text) => !found(text)
};
}
const unescaped = (text) => text.replace(/\\(.)/g, (_, character) => character === "n" ? "\n" : character);
function parseSelector(text) {
let [, name, inside = ""] = SELECTOR.exec(text) ?? [];
if (name === void 0) return { problem: `\`${text}\` is no metric name with matchers, such as \`requests{code=~"5.."}\`.` };
let matchers = [];
MATCHER.lastIndex = 0;
for (let at = 0; inside.slice(at).trim() !== ""; at = MATCHER.lastIndex) {
MATCHER.lastIndex = at;
let [, label, operator, value] = MATCHER.exec(inside) ?? [];
if (label === void 0 || operator === void 0 || value === void 0) return { problem: `\`${text}\` has a matcher that is not \`label="value"\`, \`!=\`, \`=~\` or \`!~\`.` };
let matcher = compileMatcher(label, operator, unescaped(value));
if (typeof matcher == "string") return { problem: matcher };
matchers.push(matcher);
}
return { selector: newSelector(name, matchers) };
}
const newSelector = (name, matchers) => ({
name,
labels: matchers.map(({ label }) => label),
matches: (sample) => sample.name === name && matchers.every(({ label, matches }) => matches(sample.labels.get(label) ?? ""))
});
export { patternProblem as n, parseSelector as t };
