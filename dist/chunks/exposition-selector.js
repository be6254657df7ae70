const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*$/s;
const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/y;
const LONGEST_PATTERN = 200;
const MOST_REPETITIONS = 3;
const LONGEST_VALUE = 256;
function patternProblem(pattern) {
	if (pattern.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
	const plain = pattern.replace(/\\./gs, "_").replace(/\[[^\]]*\]/g, "_");
	if (/\(\?(?!:)/.test(plain) || /\\[1-9k]/.test(pattern)) return "uses look-around, flags or back-references";
	if (/\)[*+{]/.test(plain)) return "repeats a group, which can take forever; write it without the group";
	if ((plain.match(/[*+]|\{/g)?.length ?? 0) > MOST_REPETITIONS) return `repeats more than ${MOST_REPETITIONS} times`;
}
function compilePattern(pattern) {
	try {
		return new RegExp(`^(?:${pattern})$`, "su");
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
	const problem = patternProblem(value);
	const pattern = problem === void 0 ? compilePattern(value) : void 0;
	if (pattern === void 0) return `The pattern of \`${label}\` ${problem ?? "is not a regular expression"}.`;
	const found = (text) => text.length <= LONGEST_VALUE && pattern.test(text);
	return {
		label,
		matches: operator === "=~" ? found : (text) => !found(text)
	};
}
const unescaped = (text) => text.replace(/\\(.)/g, (_, character) => character === "n" ? "\n" : character);
function parseSelector(text) {
	const [, name, inside = ""] = SELECTOR.exec(text) ?? [];
	if (name === void 0) return { problem: `\`${text}\` is no metric name with matchers, such as \`requests{code=~"5.."}\`.` };
	const matchers = [];
	MATCHER.lastIndex = 0;
	for (let at = 0; inside.slice(at).trim() !== ""; at = MATCHER.lastIndex) {
		MATCHER.lastIndex = at;
		const [, label, operator, value] = MATCHER.exec(inside) ?? [];
		if (label === void 0 || operator === void 0 || value === void 0) return { problem: `\`${text}\` has a matcher that is not \`label="value"\`, \`!=\`, \`=~\` or \`!~\`.` };
		const matcher = compileMatcher(label, operator, unescaped(value));
		if (typeof matcher === "string") return { problem: matcher };
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
