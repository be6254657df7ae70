import { n as patternProblem } from "./exposition-selector.js";

// src/metric-spec/line-pattern.ts
/** Why a pattern cannot be looked for in log lines: it is none, or could take forever on a hostile line. */
function lineProblem(pattern) {
	const problem = patternProblem(pattern);
	if (problem !== void 0) return problem;
	try {
		new RegExp(pattern, "u");
		return;
	} catch {
		return "is not a regular expression";
	}
}

export { lineProblem as t };