import { m as InputError } from "./words.js";
import { t as lineProblem } from "./line-pattern.js";
import { n as noData } from "./no-data.js";
function matchingLines({ value, bad, total }) {
let [wanted, among] = [compile(value ?? bad ?? ""), total === void 0 ? void 0 : compile(total)];
return (lines, stamp) => {
let own = lines.filter((line) => line.trim() !== "").map((line) => line.slice(0, 2e3));
if (own.length === 0) {
let message = `The log has no line of version ${stamp.version} since the last look, good or bad.`;
return noData("no-lines", message);
}
if (among === void 0) return {
kind: "value",
value: own.filter((line) => wanted.test(line)).length,
...stamp
};
let all = own.filter((line) => among.test(line));
return {
kind: "counts",
bad: all.filter((line) => wanted.test(line)).length,
total: all.length,
...stamp
};
};
}
function compile(pattern) {
let problem = lineProblem(pattern);
if (problem !== void 0) throw new InputError(`The pattern \`${pattern}\` ${problem}.`);
return new RegExp(pattern, "u");
}
export { matchingLines as t };
