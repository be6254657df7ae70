import { E as formatDuration, _ as fail, d as quote, r as plainText, v as hold, y as pass } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
const harmless = (line) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`;
function runCheck(spec, ports) {
let title = `run: ${spec.run.trim().split("\n")[0]?.slice(0, 80)}`, timeoutMs = spec.within ?? 6e5;
return {
title,
async run({ directory, url, commit }) {
ports.log.info(`${plainText(title)}`);
let begun = ports.clock.monotonic(), result = await ports.exec("bash", [
"--noprofile",
"--norc",
"-eo",
"pipefail",
"-c",
spec.run
], {
cwd: directory,
env: {
...minimalEnv(ports.env),
SLUICE_COMMIT: commit,
...url !== void 0 && { SLUICE_URL: url }
},
timeoutMs,
signal: ports.cancelled,
onLine: (line) => ports.log.info(harmless(line))
}), seconds = Math.round((ports.clock.monotonic() - begun) / 100) / 10, evidence = {
code: result.code,
signal: result.signal,
seconds
};
if (result.code === 0) return pass("command-passed", `${title}: it ended with 0 after ${seconds} s.`, evidence);
if (ports.cancelled.aborted) return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`, evidence);
if (result.code === null && seconds * 1e3 >= timeoutMs) return fail("command-timed-out", `${title}: it was ended after ${formatDuration(timeoutMs)}. Make it faster, or give it more time with \`within\`.`, evidence);
let how = result.code === null ? `was ended by ${result.signal}` : `ended with ${result.code}`, last = lastLine(result.stderr) ?? lastLine(result.stdout), said = last === void 0 ? "It printed nothing" : `Its last line is ${quote(last)}`;
return fail("command-failed", `${title}: it ${how} after ${seconds} s. ${said}; the log above has the rest.`, evidence);
}
};
}
const lastLine = (text) => text.trimEnd().split("\n").at(-1)?.trim() || void 0;
export { runCheck };
