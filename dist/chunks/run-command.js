import { t as minimalEnv } from "./minimal-env.js";
import { u as quote } from "./words.js";
import { n as noData } from "./no-data.js";
const LONGEST = 3e4;
const MOST_CHARACTERS = 1048576;
async function runCommand({ run, env, within = LONGEST }, window, subject, ports) {
	const question = {
		SLUICE_VERSION: subject.version,
		SLUICE_FROM: new Date(window.from).toISOString(),
		SLUICE_TO: new Date(window.to).toISOString(),
		...subject.address !== void 0 && { SLUICE_ADDRESS: subject.address }
	};
	const result = await ports.exec("bash", [
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
	if (result === void 0) return noData("command-failed", "The command could not be started: bash is missing.");
	if (result.code !== 0) return noData("command-failed", `The command ${ending(result, within)}.`);
	if (result.stdout.length >= MOST_CHARACTERS) return noData("too-large", "The command printed more than 1 MiB.");
	return { stdout: result.stdout };
}
function ending({ code, signal, stderr }, within) {
	const last = stderr.trimEnd().split("\n").at(-1)?.trim();
	const said = last === void 0 || last === "" ? "" : `: ${quote(last)}`;
	if (code === null) return `was ended by ${signal} (it may take ${within} ms)${said}`;
	return `ended with ${code}${said}`;
}
export { runCommand as t };
