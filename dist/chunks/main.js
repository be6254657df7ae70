import { a as setOutput, c as summary, i as notice, n as getInput, o as setSecret, r as info, s as warning, t as error } from "./actions-toolkit.js";
import { a as exitCodeOfError, h as ProviderError, i as exitCodeOf, m as InputError, n as markdownText, o as exitCodes, r as plainText, t as secretForms } from "./words.js";
import { n as metaOf } from "./input.js";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
const defineAction = (action) => action, camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
function readInputs(fields, read) {
let values = {}, problems = [];
for (let [name, field] of Object.entries(fields)) {
let given = read(name), result = field.safeParse(given === "" ? void 0 : given);
result.success ? values[camel(name)] = result.data : given === "" ? problems.push(`Input \`${name}\` is required: ${field.meta()?.description ?? "give it a value"}`) : problems.push(...result.error.issues.map((issue) => `Input \`${name}\` is not usable: ${issue.message}.`));
}
if (problems.length > 0) throw new InputError(problems.join("\n"));
return values;
}
const marks = {
pass: "✅",
fail: "❌",
hold: "⏸️",
error: "⚠️"
};
function summaryOf(action, verdict) {
return `${marks[verdict.verdict]} **${markdownText(action)}**: ${verdict.verdict} (${markdownText(verdict.reason)})  \n${markdownText(verdict.message)}\n`;
}
function boundedSummary(text, mostBytes = 524288) {
let bytes = new TextEncoder().encode(text);
if (bytes.length <= mostBytes) return text;
let kept = new TextDecoder().decode(bytes.subarray(0, mostBytes));
return `${kept.slice(0, kept.lastIndexOf("\n") + 1)}\n**This summary was cut: it has ${bytes.length} bytes, and GitHub would drop it whole. The evidence is in the outputs.**\n`;
}
function runnerPorts(cancelled) {
return {
clock: {
now: () => Date.now(),
monotonic: () => performance.now(),
sleep: async (ms, signal) => {
await setTimeout$1(ms, void 0, signal === void 0 ? {} : { signal });
}
},
random: Math.random,
fetch: globalThis.fetch,
exec,
env: process.env,
log: runnerLog,
cancelled,
mask: (secret) => {
for (let form of secretForms(secret)) setSecret(form);
}
};
}
const runnerLog = {
info: (message) => info(plainText(message)),
notice: (message, place) => notice(plainText(message), annotated(place)),
warn: (message) => warning(plainText(message)),
error: (message, place) => error(plainText(message), annotated(place))
}, annotated = (place) => place === void 0 ? {} : {
file: place.file,
startLine: place.line,
startColumn: place.column
};
function endGroup(pid, signal) {
if (pid !== void 0) try {
process.kill(-pid, signal);
} catch {}
}
const running = new Set();
process.once("exit", () => {
for (let child of running) endGroup(child.pid, "SIGKILL");
});
function exec(file, args, options = {}) {
let { spawn } = process.getBuiltinModule("node:child_process");
return new Promise((resolve, reject) => {
let child = spawn(file, [...args], {
cwd: options.cwd,
env: { ...options.env },
detached: !0,
stdio: [
"pipe",
"pipe",
"pipe"
]
});
running.add(child);
let late = options.timeoutMs === void 0 ? void 0 : setTimeout(() => endGroup(child.pid, "SIGKILL"), options.timeoutMs), onAbort = () => endGroup(child.pid, "SIGKILL");
options.signal?.addEventListener("abort", onAbort, { once: !0 }), options.signal?.aborted && onAbort();
let out = collect(child.stdout, options.onLine), err = collect(child.stderr, options.onLine);
child.stdin.on("error", () => void 0), options.holdInput === !0 ? child.stdin.write(options.stdin ?? "") : child.stdin.end(options.stdin ?? "");
let done = () => {
clearTimeout(late), options.signal?.removeEventListener("abort", onAbort), running.delete(child);
};
child.on("error", (problem) => {
done(), reject(problem);
}), child.on("close", (code, signal) => {
done(), resolve({
code,
signal,
stdout: out(),
stderr: err()
});
});
});
}
function collect(stream, onLine) {
let kept = "", line = "";
return stream.setEncoding("utf8"), stream.on("data", (chunk) => {
if (kept = (kept + chunk).slice(-1048576), onLine === void 0) return;
let lines = (line + chunk).split("\n");
line = lines.pop() ?? "", lines.forEach(onLine);
}), stream.on("end", () => {
line !== "" && onLine?.(line);
}), () => kept;
}
function readWorkflow(env) {
let missing = [
"GITHUB_REPOSITORY",
"GITHUB_RUN_ID",
"GITHUB_SHA",
"GITHUB_WORKSPACE"
].filter((name) => !env[name]);
if (missing.length > 0) throw new InputError(`This action runs inside a GitHub workflow: ${missing.join(", ")} is not set. On your own machine use the \`sluice\` command instead.`);
let server = env.GITHUB_SERVER_URL ?? "https://github.com", repository = env.GITHUB_REPOSITORY ?? "";
return {
repository,
runId: countIn(env, "GITHUB_RUN_ID"),
attempt: countIn(env, "GITHUB_RUN_ATTEMPT", "1"),
actor: env.GITHUB_TRIGGERING_ACTOR ?? env.GITHUB_ACTOR ?? "unknown",
sha: env.GITHUB_SHA ?? "",
branch: env.GITHUB_BASE_REF || (env.GITHUB_REF_TYPE === "branch" ? env.GITHUB_REF_NAME : void 0),
file: /\/\.github\/workflows\/([^/@]+)@/.exec(env.GITHUB_WORKFLOW_REF ?? "")?.[1],
eventName: env.GITHUB_EVENT_NAME ?? "",
event: readEvent(env.GITHUB_EVENT_PATH),
workspace: env.GITHUB_WORKSPACE ?? "",
apiUrl: env.GITHUB_API_URL ?? "https://api.github.com",
input: (name) => env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] || void 0,
runUrl: `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}`
};
}
function countIn(env, name, usual = "") {
let value = env[name] || usual;
if (/^[1-9]\d{0,15}$/.test(value)) return Number(value);
throw new InputError(`${name} is ${JSON.stringify(value)} and must be a whole number; the runner sets it.`);
}
function readEvent(path) {
if (path === void 0 || path === "") return {};
let { readFileSync } = process.getBuiltinModule("node:fs"), event = JSON.parse(readFileSync(path, "utf8"));
return typeof event == "object" && event ? { ...event } : {};
}
async function main(action) {
let cancel = new AbortController();
for (let signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => cancel.abort(Error(`cancelled by ${signal}`)));
let ports = runnerPorts(cancel.signal);
maskSecrets(action.inputs, ports.mask);
try {
let workflow = readWorkflow(process.env), inputs = readInputs(action.inputs, (name) => getInput(name)), { verdict, outputs = {}, summary } = await action.run(inputs, ports, workflow);
for (let [name, value] of Object.entries(outputs)) setOutput(name, value);
return await leave(action.name, verdict, summary), process.exit(allowed(verdict) ? exitCodes.fine : exitCodeOf(verdict));
} catch (problem) {
let stopped = cancel.signal.aborted && problem === cancel.signal.reason, verdict = stopped ? cancelledHere : {
verdict: "error",
reason: reasonOf(problem),
message: messageOf(problem)
};
return await leave(action.name, verdict, void 0, stopped ? void 0 : problem), process.exit(stopped ? exitCodeOf(verdict) : exitCodeOfError(problem));
}
}
const cancelledHere = {
verdict: "error",
reason: "cancelled",
message: "The job was cancelled before this step was done; re-run it, or leave the rest to the rollback job."
};
function maskSecrets(fields, mask) {
for (let [name, field] of Object.entries(fields)) {
let value = getInput(name);
metaOf(field).secret === !0 && value !== "" && mask(value);
}
}
const allowed = (verdict) => verdict.verdict === "pass" || verdict.verdict === "hold" && verdict.final !== !0 && getInput("allow-hold") === "true";
async function leave(name, verdict, summary$1, problem) {
setOutput("verdict", verdict.verdict), setOutput("reason", verdict.reason);
let evidence = JSON.stringify({
"schema-version": 1,
action: name,
...verdict
});
setOutput("evidence", evidence.length <= 65536 ? evidence : JSON.stringify({
"schema-version": 1,
action: name,
verdict: verdict.verdict,
reason: verdict.reason,
omitted: "evidence larger than an output may be; it is in the record"
})), tell(verdict, problem), process.env.GITHUB_STEP_SUMMARY && await summary.addRaw(boundedSummary(summary$1 ?? summaryOf(name, verdict)), !0).write();
}
function tell(verdict, problem) {
let text = plainText(verdict.message), { place, places } = problem instanceof InputError ? problem : {
place: void 0,
places: []
}, at = ({ file, line, column }) => ({
file,
startLine: line,
startColumn: column
});
if (places.length > 0) {
for (let one of places) error(plainText(one.message), at(one));
info(text);
} else verdict.verdict === "pass" ? info(text) : verdict.verdict === "hold" ? warning(text) : error(text, place === void 0 ? {} : at(place));
}
const reasonOf = (problem) => problem instanceof InputError ? "input" : problem instanceof ProviderError ? `${problem.provider}-${problem.status ?? "error"}` : "defect";
function messageOf(problem) {
return problem instanceof InputError || problem instanceof ProviderError ? problem.message : `This is a defect of Sluice; please report it with these lines.\n${problem instanceof Error ? problem.stack ?? problem.message : String(problem)}`;
}
export { summaryOf as n, defineAction as r, main as t };
