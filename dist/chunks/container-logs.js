import { t as matchingLines } from "./matching-lines.js";
import { n as noData, t as isNoData } from "./no-data.js";
function containerLogsProvider(config, ask) {
let count = matchingLines(config);
return {
kind: "container-logs",
async measure(window, { version }) {
let [since = "", until = ""] = [window.from, window.to].map((at) => new Date(at).toISOString()), answers = await ask(version, (container) => [
"logs",
"--since",
since,
"--until",
until,
container
]);
if (isNoData(answers)) return answers;
if (answers.some(({ stdout, stderr }) => Math.max(stdout.length, stderr.length) >= 1048576)) return noData("too-large", "A container printed more than 1 MiB since the last look.");
let lines = answers.flatMap(({ stdout, stderr }) => [...stdout.split("\n"), ...stderr.split("\n")]);
return count(lines, {
window,
observedAt: window.to,
version,
source: "docker logs"
});
}
};
}
export { containerLogsProvider };
