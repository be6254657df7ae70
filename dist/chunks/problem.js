import { a as mergeRanges, i as hiddenIn, n as placeOf, t as excerptOf } from "./source-text.js";
const mostProblems = 50;
const longestSentence = 240;
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
function formatProblems(problems) {
	const shown = problems.slice(0, 50).map(formatProblem);
	const left = problems.length - shown.length;
	if (left > 0) shown.push(`… and ${left} more. Mend these first; the others may follow from them.`);
	return shown.join("\n\n");
}
export { problemAt as n, sortProblems as r, formatProblems as t };
