import { t as matchingLines } from "./matching-lines.js";
import { t as isNoData } from "./no-data.js";
import { t as runCommand } from "./run-command.js";
function logsProvider(config, ports) {
	const { lines = "" } = config;
	const count = matchingLines(config);
	return {
		kind: "logs",
		async measure(window, subject) {
			const output = await runCommand(config, window, subject, ports);
			if (isNoData(output)) return output;
			const mark = lines.replaceAll("$version", subject.version);
			const own = output.stdout.split("\n").filter((line) => line.includes(mark));
			return count(own, {
				window,
				observedAt: window.to,
				version: subject.version,
				source: "log lines"
			});
		}
	};
}
export { logsProvider };
