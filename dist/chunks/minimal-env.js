// src/minimal-env.ts
/** What a command needs to work at all. Everything else (tokens, GitHub's files, our own inputs) stays with us. */
const passedOn = [
	"PATH",
	"HOME",
	"USER",
	"LANG",
	"LC_ALL",
	"TZ",
	"TMPDIR",
	"CI",
	"RUNNER_TEMP",
	"RUNNER_TOOL_CACHE",
	"RUNNER_TRACKING_ID"
];
/** The environment of a program that is not ours. */
function minimalEnv(env) {
	return Object.fromEntries(passedOn.flatMap((name) => env[name] === void 0 ? [] : [[name, env[name]]]));
}

export { minimalEnv as t };