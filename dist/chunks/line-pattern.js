import { n as patternProblem } from "./exposition-selector.js";
function lineProblem(pattern) {
let problem = patternProblem(pattern);
if (problem !== void 0) return problem;
try {
new RegExp(pattern, "u");
return;
} catch {
return "is not a regular expression";
}
}
export { lineProblem as t };
