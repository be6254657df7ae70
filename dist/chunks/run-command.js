import { t as minimalEnv } from "./minimal-env.js";
import { d as quote } from "./words.js";
import { n as noData } from "./no-data.js";
async function runCommand({ run, env, within = 3e4 }, window, subject, ports) {
let question = {
SLUICE_VERSION: subject.version,
SLUICE_FROM: new Date(window.from).toISOString(),
SLUICE_TO: new Date(window.to).toISOString(),
...subject.address !== void 0 && { SLUICE_ADDRESS: subject.address }
}, result = await ports.exec("bash", [
"--noprofile",
"--norc",
"-eo",
"pipefail",
"-c",
run
], {
env: {
...minimalEnv(ports.env),
...env,
...question
},
timeoutMs: within
}).catch(() => void 0);
return result === void 0 ? noData("command-failed", "The command could not be started: bash is missing.") : result.code === 0 ? result.stdout.length >= 1048576 ? noData("too-large", "The command printed more than 1 MiB.") : { stdout: result.stdout } : noData("command-failed", `The command ${ending(result, within)}.`);
}
function ending({ code, signal, stderr }, within) {
let last = stderr.trimEnd().split("\n").at(-1)?.trim(), said = last === void 0 || last === "" ? "" : `: ${quote(last)}`;
return code === null ? `was ended by ${signal} (it may take ${within} ms)${said}` : `ended with ${code}${said}`;
}
export { runCommand as t };
