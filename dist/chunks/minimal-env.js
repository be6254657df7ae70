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
function minimalEnv(env) {
return Object.fromEntries(passedOn.flatMap((name) => env[name] === void 0 ? [] : [[name, env[name]]]));
}
export { minimalEnv as t };
