import { r as noticeWhenGone } from "./connection.js";
import { s as refusedBy } from "./refusal2.js";
import { c as invalidIndexProblems, d as told, l as invalidIndexes, m as toolSession, p as guardSessions, s as dropIndexes, u as notBuilt } from "./files.js";
async function lookBeforeTool(client, look) {
let seen = await look(client), problems = [...seen.status.problems, ...await invalidIndexProblems(client)];
return {
...seen,
status: {
...seen.status,
problems
}
};
}
async function applyByTool(client, seen, tool, ports) {
let { address, limits } = tool, applicationName = `${toolSession}${Math.floor(ports.random() * 2 ** 32).toString(16)}`, env = await boundedBy(client, applicationName, limits), before = new Set((await invalidIndexes(client)).map(({ name }) => name)), leftInvalid = async () => (await invalidIndexes(client)).filter(({ name }) => !before.has(name)), guard = await guardSessions({ applicationName }, address, ports), began = ports.clock.monotonic(), seconds = {}, dropped = [], drop = async (indexes) => {
await dropIndexes(client, indexes, ports), dropped.push(...indexes.map(({ name }) => name));
};
try {
for (let retries = 0, now = seen;; retries++) {
guard.forgetOwnWaits();
let run = await tool.run(env, now.pending);
if (Object.assign(seconds, run.seconds), ports.cancelled.aborted) return await guard.release(), cancelled(tool, seen, seconds, await leftInvalid());
now = await tool.look(client);
let left = new Set(now.pending.map(({ name }) => name)), applied = seen.pending.filter(({ name }) => !left.has(name)).map(({ name }) => ({
name,
seconds: seconds[name],
lockRetries: retries
})), failed = now.pending[0]?.name ?? "(none)", invalid = await leftInvalid();
if (now.status.problems.length > 0) return {
...withSaid(refusedBy(now.status), run, invalid),
applied
};
if (now.pending.length === 0) {
let missing = await notBuilt(client, dropped);
return invalid.length === 0 && missing.length === 0 ? finished(applied, run, tool, guard, ports) : {
outcome: "failed",
applied,
failed,
...unusable(tool, run, invalid, missing)
};
}
let gaveWay = run.failure !== void 0 && (run.gaveWay === !0 || guard.longestOwnWaitMs() * 2 >= limits.lockTimeoutMs), pause = Math.min(2e3, limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (.5 + ports.random() / 2), goesOn = gaveWay && ports.clock.monotonic() - began + pause < limits.retryForMs, ownerIsPending = run.failure !== void 0 && applied.length === 0;
if ((goesOn || ownerIsPending) && await drop(invalid), !goesOn) {
let why = gaveWay ? neverHadItsLock(tool, run, retries) : unfinished(tool, run, now), message = [why.message, ...ownerIsPending ? [] : invalid.map(told)].join(" ");
return {
outcome: "failed",
applied,
failed,
...why,
message
};
}
await ports.clock.sleep(pause, ports.cancelled).catch(() => {});
}
} finally {
await guard.release();
}
}
async function boundedBy(client, applicationName, limits) {
let options = [
`-c lock_timeout=${limits.lockTimeoutMs}ms`,
`-c statement_timeout=${limits.statementTimeoutMs}ms`,
"-c idle_in_transaction_session_timeout=60s"
];
return await noticeWhenGone(client) !== void 0 && options.push("-c client_connection_check_interval=1s"), {
PGAPPNAME: applicationName,
PGOPTIONS: options.join(" ")
};
}
async function finished(applied, run, tool, guard, ports) {
let { longestMs } = await guard.stalls();
return run.failure !== void 0 && ports.log.warn(`${tool.name} applied everything and then failed: ${run.failure}`), longestMs === void 0 && ports.log.warn(`No session of ${tool.name} was seen under its name, so its lock timeout may not be in force: let it connect with the environment it is given (PGOPTIONS, PGAPPNAME).`), {
outcome: "applied",
applied,
longestStallMs: longestMs
};
}
function withSaid(refused, { failure }, invalid) {
let said = [
...failure === void 0 ? [] : [failure],
refused.message,
...invalid.map(told)
];
return {
...refused,
message: said.join(" ")
};
}
function cancelled({ name }, { pending }, seconds, invalid) {
let applied = pending.filter((each) => seconds[each.name] !== void 0).map((each) => ({
name: each.name,
seconds: seconds[each.name],
lockRetries: 0
})), message = `The job was cancelled while ${name} ran; its sessions were ended, what was not committed is rolled back, and the next run reads from the history how far it came.`;
return {
outcome: "failed",
applied,
failed: pending.find((each) => seconds[each.name] === void 0)?.name ?? "(none)",
reason: "cancelled",
message: [message, ...invalid.map(told)].join(" ")
};
}
function unusable({ name }, { failure }, invalid, missing) {
let gone = missing.map((index) => `The index ${index} was left invalid by an attempt that gave way, was dropped, and was not built by the one after it: build it by hand.`);
return {
reason: "index-invalid",
message: [
`${name} says that everything is applied, but what it left cannot be used.`,
...failure === void 0 ? [] : [failure],
...invalid.map(told),
...gone
].join(" ")
};
}
function unfinished({ name }, { failure }, { pending }) {
let left = pending.map((each) => each.name).join(", ");
return failure === void 0 ? {
reason: "migration-left-pending",
message: `${name} ended well, but afterwards ${left} is still pending. Look at what it did in the log above; does it use this database?`
} : {
reason: "migration-failed",
message: `${failure} Still pending: ${left}. Correct it and release again; the version that serves is not touched.`
};
}
const neverHadItsLock = ({ name, limits }, { failure }, retries) => ({
reason: "lock-not-available",
message: `${name} did not get its lock: ${retries + 1} attempts of ${limits.lockTimeoutMs} ms each within ${Math.round(limits.retryForMs / 1e3)} s all gave way to other sessions. ${failure ?? ""} Find the long transaction (select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.`
});
export { boundedBy as n, lookBeforeTool as r, applyByTool as t };
