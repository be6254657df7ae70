import { t as matchingLines } from "./matching-lines.js";
import { t as isNoData } from "./no-data.js";
import { t as runCommand } from "./run-command.js";
function logsProvider(config, ports) {
let { lines = "" } = config, count = matchingLines(config);
return {
kind: "logs",
async measure(window, subject) {
let output = await runCommand(config, window, subject, ports);
if (isNoData(output)) return output;
let mark = lines.replaceAll("$version", subject.version), own = output.stdout.split("\n").filter((line) => line.includes(mark));
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
