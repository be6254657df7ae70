import { t as InputError } from "./failure.js";
import { t as lineProblem } from "./line-pattern.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as runCommand } from "./run-command.js";
const LONGEST_LINE = 2e3;
function logsProvider(config, ports) {
	const { value, bad, total, lines = "" } = config;
	const [wanted, among] = [compile(value ?? bad ?? ""), total === void 0 ? void 0 : compile(total)];
	return {
		kind: "logs",
		async measure(window, subject) {
			const output = await runCommand(config, window, subject, ports);
			if (isNoData(output)) return output;
			const mark = lines.replaceAll("$version", subject.version);
			const own = output.stdout.split("\n").filter((line) => line.trim() !== "" && line.includes(mark)).map((line) => line.slice(0, LONGEST_LINE));
			if (own.length === 0) return noData("no-lines", `The log has no line of version ${subject.version} since the last look, good or bad.`);
			const stamp = {
				window,
				observedAt: window.to,
				version: subject.version,
				source: "log lines"
			};
			if (among === void 0) return {
				kind: "value",
				value: own.filter((line) => wanted.test(line)).length,
				...stamp
			};
			const all = own.filter((line) => among.test(line));
			return {
				kind: "counts",
				bad: all.filter((line) => wanted.test(line)).length,
				total: all.length,
				...stamp
			};
		}
	};
}
function compile(pattern) {
	const problem = lineProblem(pattern);
	if (problem !== void 0) throw new InputError(`The pattern \`${pattern}\` ${problem}.`);
	return new RegExp(pattern, "u");
}
export { logsProvider };
