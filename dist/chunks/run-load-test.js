import { C as unknown, _ as object, b as string, g as number, l as array, u as boolean, v as record } from "./zod.js";
import { E as formatDuration, _ as fail, d as quote, m as InputError, r as plainText, v as hold, y as pass } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { a as arrivalsOf, i as arrivals, n as standingOf, o as durationOf } from "./load-limit.js";
import path from "node:path";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import * as http from "node:http";
import * as https from "node:https";
import { createHistogram } from "node:perf_hooks";
const numbers = record(string(), unknown()), exported = object({
root_group: unknown(),
metrics: record(string(), numbers)
}), crossedThere = object({ thresholds: record(string(), boolean()) }), handled = object({
metrics: record(string(), object({
values: numbers,
thresholds: record(string(), object({ ok: boolean() })).optional()
})),
state: object({ testRunDurationMs: number().nonnegative() })
}), machineReadable = object({
version: string(),
config: object({ duration: number().nonnegative().optional() }).optional(),
metadata: object({
generatedAt: string().optional(),
k6Version: string().optional()
}).optional(),
results: object({
checks: object({ results: array(object({
passes: number().nonnegative(),
fails: number().nonnegative()
})) }).optional(),
metrics: array(object({
name: string(),
values: numbers
}))
})
});
function readK6Summary(text) {
let document;
try {
document = JSON.parse(text);
} catch {
return "it is not JSON";
}
let machine = machineReadable.safeParse(document);
if (machine.success) return fromMachineReadable(machine.data);
let handle = handled.safeParse(document);
if (handle.success) {
let metrics = new Map(Object.entries(handle.data.metrics).map(([name, { values }]) => [name, values])), crossed = Object.entries(handle.data.metrics).flatMap(([name, { thresholds = {} }]) => Object.entries(thresholds).flatMap(([text, { ok }]) => ok ? [] : [`${name} ${text}`]));
return summaryOf("handleSummary", metrics, {
seconds: handle.data.state.testRunDurationMs / 1e3,
crossed
});
}
let legacy = exported.safeParse(document);
if (legacy.success) {
let metrics = Object.entries(legacy.data.metrics), crossed = metrics.flatMap(([name, metric]) => Object.entries(crossedThere.safeParse(metric).data?.thresholds ?? {}).flatMap(([text, isCrossed]) => isCrossed ? [`${name} ${text}`] : []));
return summaryOf("summary-export", new Map(metrics), { crossed });
}
return "it has none of the three shapes that k6 writes";
}
function fromMachineReadable({ results, metadata, config }) {
let metrics = new Map(results.metrics.map(({ name, values }) => [name, values]));
!metrics.has("checks") && results.checks !== void 0 && metrics.set("checks", {
passes: results.checks.results.reduce((sum, { passes }) => sum + passes, 0),
fails: results.checks.results.reduce((sum, { fails }) => sum + fails, 0)
});
let summary = summaryOf("machine-readable", metrics, {
seconds: config?.duration,
crossed: []
}), generatedAt = Date.parse(metadata?.generatedAt ?? "");
return typeof summary == "string" || Number.isNaN(generatedAt) ? summary : {
...summary,
generatedAt
};
}
function summaryOf(form, metrics, { seconds, crossed }) {
let total = numberOf(metrics, "http_reqs", "count"), rate = numberOf(metrics, "http_reqs", "rate"), duration = seconds ?? (total !== void 0 && rate !== void 0 && rate > 0 ? total / rate : void 0);
if (total === void 0 || total === 0 || duration === void 0 || duration <= 0) return "it counts no HTTP requests";
let failed = failedOf(metrics, total);
if (failed === void 0) return "it does not say how many requests failed";
let iterations = numberOf(metrics, "iterations", "count") ?? 0;
if (iterations === 0) return "no iteration of the script was completed";
let dropped = numberOf(metrics, "dropped_iterations", "count") ?? 0, checks = checksOf(metrics);
return {
form,
crossed,
result: {
kind: "result",
source: `k6 (${form})`,
seconds: duration,
offered: {
due: iterations + dropped,
dropped
},
requests: {
total,
bad: failed
},
...checks !== void 0 && { checks },
latency: latencyOf(metrics),
throughput: rate ?? total / duration
}
};
}
function numberOf(metrics, metric, ...names) {
let values = metrics.get(metric), found = names.map((name) => values?.[name]).find((value) => typeof value == "number");
return typeof found == "number" && Number.isFinite(found) && found >= 0 ? found : void 0;
}
function failedOf(metrics, total) {
let counted = numberOf(metrics, "http_req_failed", "passes", "matches");
if (counted !== void 0) return Math.min(total, counted);
let rate = numberOf(metrics, "http_req_failed", "rate", "value");
return rate === void 0 || rate > 1 ? void 0 : Math.round(rate * total);
}
function checksOf(metrics) {
let passes = numberOf(metrics, "checks", "passes", "matches"), fails = numberOf(metrics, "checks", "fails"), total = numberOf(metrics, "checks", "total");
if (passes !== void 0) return fails === void 0 ? total === void 0 || total < passes ? void 0 : {
total,
bad: total - passes
} : {
total: passes + fails,
bad: fails
};
}
function latencyOf(metrics) {
return Object.fromEntries([
["mean", ["avg"]],
["p50", [
"med",
"p(50)",
"p50"
]],
["p75", ["p(75)", "p75"]],
["p90", ["p(90)", "p90"]],
["p95", ["p(95)", "p95"]],
["p99", ["p(99)", "p99"]],
["max", ["max"]]
].flatMap(([figure, names]) => {
let value = numberOf(metrics, "http_req_duration", ...names);
return value === void 0 ? [] : [[figure, value]];
}));
}
function k6Driver({ script, directory }, ports) {
return {
kind: "k6",
async run(url) {
if (await stat(path.join(directory, script)).catch(() => void 0) === void 0) throw new InputError(`There is no k6 script at ${script}. Write its path from the root of the repository.`);
let folder = await mkdtemp(path.join(ports.env.RUNNER_TEMP ?? os.tmpdir(), "sluice-k6-"));
try {
let summary = path.join(folder, "summary.json"), begun = ports.clock.now();
return notJudged(await runK6(script, {
directory,
url,
summary
}, ports), ports) ?? await readResult(summary, begun);
} finally {
await rm(folder, {
recursive: !0,
force: !0
});
}
}
};
}
async function runK6(script, { directory, url, summary }, ports) {
let args = [
"run",
"--no-usage-report",
"--summary-trend-stats",
"avg,min,med,max,p(75),p(90),p(95),p(99)",
"--summary-export",
summary,
script
];
try {
return await ports.exec("k6", args, {
cwd: directory,
env: {
...minimalEnv(ports.env),
SLUICE_URL: url
},
timeoutMs: 36e5,
onLine: (line) => ports.log.info(`  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`)
});
} catch (problem) {
throw problem instanceof Error && "code" in problem && problem.code === "ENOENT" ? new InputError("There is no k6 on PATH. Install it on the runner, or describe the load with `requests`, `rate` and `for`.") : problem;
}
}
const none = (verdict, reason, message) => ({
kind: "no-result",
verdict,
reason,
message
});
function notJudged({ code, signal, stderr }, ports) {
let last = stderr.trimEnd().split("\n").at(-1)?.trim(), said = last === void 0 || last === "" ? "The log above has its output" : `Its last line is ${quote(last)}`;
if (code !== 0) {
if (ports.cancelled.aborted) return none("hold", "cancelled", "The job was cancelled during the load test; run it again.");
switch (code) {
case 99: return none("fail", "k6-thresholds", `A threshold of the script was crossed (k6 ended with 99). ${said}.`);
case 104: return none("error", "k6-configuration", `k6 refused its configuration (104). ${said}; mend the script's options.`);
case 105: return none("hold", "k6-interrupted", "k6 was told to stop from outside (105), so nothing is proven; run it again.");
case 107: return none("error", "k6-script", `The script threw an exception (k6 ended with 107). ${said}; mend the script.`);
case 108: return none("fail", "k6-aborted", `The script gave the test up with test.abort() (k6 ended with 108). ${said}.`);
case 110: return none("fail", "k6-marked-failed", `The script marked the test as failed (k6 ended with 110). ${said}.`);
default: {
let how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
return none("hold", "k6-unfinished", `k6 ${how}, which proves nothing either way. ${said}; run it again.`);
}
}
}
}
async function readResult(file, begun) {
let found = await stat(file).catch(() => void 0);
if (found === void 0) return none("fail", "k6-no-summary", "k6 ended with 0 and left no summary, so there is nothing to judge; see its log.");
let summary = readK6Summary(await readFile(file, "utf8"));
if (typeof summary == "string") return none("fail", "k6-odd-summary", `The summary of k6 cannot be judged: ${summary}. Use k6 0.50 or newer.`);
let written = Math.min(found.mtimeMs, summary.generatedAt ?? found.mtimeMs), [crossed] = summary.crossed;
if (crossed !== void 0) return none("fail", "k6-thresholds", `k6 ended with 0, but its summary says that the threshold ${quote(crossed)} was crossed.`);
if (written >= begun - 2e3) return summary.result;
let age = Math.round((begun - written) / 1e3);
return none("fail", "k6-stale-summary", `The summary of k6 is ${age} s older than its run, so it tells of another one.`);
}
const progressEvery = 5e3;
function openLoopDriver(plan, ports) {
return {
kind: "open-loop",
run: (url) => run(plan, new URL(url), ports)
};
}
async function run(plan, url, ports) {
for (let { headers = {} } of plan.requests) for (let entry of Object.entries(headers)) checkHeader(entry);
let { clock, log, cancelled } = ports, board = newScoreboard(), wire = openWire(plan, url, ports, board), total = arrivalsOf(plan.schedule), whole = durationOf(plan.schedule), begun = clock.monotonic(), told = 0, rest = async (ms) => {
await clock.sleep(ms, cancelled).catch(() => void 0), wire.giveUpLate();
let elapsed = clock.monotonic() - begun;
elapsed < told + progressEvery || cancelled.aborted || (told = Math.floor(elapsed / progressEvery) * progressEvery, log.info(`load test, ${formatDuration(told)} of ${formatDuration(whole)}: ${board.progress(total)}`));
}, inOneGo = 0;
for (let at of arrivals(plan.schedule)) {
let due = begun + at;
for (++inOneGo >= 50 && await rest(0), (inOneGo >= 50 || clock.monotonic() < due) && (inOneGo = 0); clock.monotonic() < due && !cancelled.aborted;) await rest(Math.max(0, Math.min(due - clock.monotonic(), 20)));
if (cancelled.aborted) break;
wire.send(due);
}
for (; wire.underWay() > 0 && !cancelled.aborted;) await rest(20);
let seconds = Math.max(whole, clock.monotonic() - begun) / 1e3;
return wire.close(), cancelled.aborted ? {
kind: "no-result",
verdict: "hold",
reason: "cancelled",
message: `The job was cancelled after ${board.progress(total)}; run it again.`
} : board.result(total, seconds);
}
function openWire(plan, url, { clock, random }, board) {
let { request, Agent } = url.protocol === "https:" ? https : http, agent = new Agent({
keepAlive: !0,
maxSockets: plan.inFlight,
maxFreeSockets: plan.inFlight
}), choose = weighted(plan.requests, random), underWay = new Set();
function end(exchange, status, version) {
underWay.delete(exchange) && board.answer(clock.monotonic() - exchange.due, status, isExpected(exchange.planned, status), version);
}
function begin(exchange) {
let { planned } = exchange, outgoing = request(new URL(planned.path, url), {
agent,
method: planned.method,
headers: {
"user-agent": "sluice-load-test",
...planned.headers
}
});
exchange.outgoing = outgoing, outgoing.on("response", (answer) => {
let version = answer.headers[plan.versionHeader];
answer.on("close", () => answer.complete ? end(exchange, answer.statusCode ?? 0, typeof version == "string" ? version : void 0) : end(exchange, "no answer")), answer.resume();
}), outgoing.on("error", (problem) => {
outgoing.reusedSocket && "code" in problem && problem.code === "ECONNRESET" && isRepeatable(planned) && underWay.has(exchange) ? begin(exchange) : end(exchange, "no answer");
}), outgoing.end(planned.body);
}
return {
send(due) {
if (underWay.size >= plan.inFlight) return board.drop();
board.sent(clock.monotonic() - due);
let exchange = {
planned: choose(),
due
};
underWay.add(exchange), begin(exchange);
},
giveUpLate() {
for (let exchange of underWay) {
if (exchange.due + plan.within > clock.monotonic()) return;
end(exchange, "timeout"), exchange.outgoing?.destroy();
}
},
underWay: () => underWay.size,
close() {
for (let { outgoing } of underWay) outgoing?.destroy();
underWay.clear(), agent.destroy();
}
};
}
function checkHeader([name, value]) {
try {
http.validateHeaderValue(name, value);
} catch {
throw new InputError(`The header ${name} of the load test (its value is not shown) holds a line break or another character that cannot be sent; mend the value, or the variable it comes from.`);
}
}
const isRepeatable = ({ method }) => method === "GET" || method === "HEAD", isExpected = ({ status }, found) => typeof found == "number" && (status === void 0 ? found >= 200 && found < 400 : found === status);
function weighted(requests, random) {
let all = requests.reduce((sum, { weight }) => sum + weight, 0), last = requests.at(-1);
if (last === void 0) throw Error("a load test without a request");
return () => {
let left = random() * all;
for (let request of requests) if (left -= request.weight, left < 0) return request;
return last;
};
}
function newScoreboard() {
let latencies = createHistogram({
lowest: 1,
highest: 36e8,
figures: 3
}), statuses = new Map(), versions = new Map(), [sent, dropped, late, answered, bad, sum] = [
0,
0,
0,
0,
0,
0
], count = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1), milliseconds = (quantile) => latencies.percentile(quantile * 100) / 1e3;
return {
sent(lateBy) {
sent += 1, lateBy > 100 && (late += 1);
},
drop() {
dropped += 1;
},
answer(ms, status, expected, version) {
if (latencies.record(Math.min(36e8, Math.max(1, Math.round(ms * 1e3)))), sum += ms, expected || (bad += 1), count(statuses, String(status)), typeof status != "number") return;
answered += 1;
let name = version?.slice(0, 60) ?? "unknown";
count(versions, versions.size < 50 || versions.has(name) ? name : "others");
},
progress: (total) => `${sent} of ${total} requests sent, ${dropped} dropped, ${bad} failed, p95 ${Math.round(milliseconds(.95))} ms`,
result: (total, seconds) => ({
kind: "result",
source: "the open-loop driver",
seconds,
offered: {
due: total,
dropped
},
requests: {
total: sent,
bad
},
checks: {
total: sent,
bad
},
latency: sent === 0 ? {} : figuresOf(milliseconds, sum / sent, latencies.max / 1e3),
throughput: answered / seconds,
statuses: Object.fromEntries(statuses),
versions: Object.fromEntries(versions),
late
})
};
}
const figuresOf = (at, mean, max) => ({
mean,
p50: at(.5),
p75: at(.75),
p90: at(.9),
p95: at(.95),
p99: at(.99),
max
});
async function runLoadTest(step, target, ports) {
let url = allowedAddress(target), outcome = await driverOf(step, target, ports).run(url);
return outcome.kind === "result" ? judgeRun(step, outcome) : unfinished(outcome);
}
function allowedAddress({ url, allowed }) {
if (url === void 0) throw new InputError("There is no version to load: give `url`, or deploy one before this step.");
let origins = allowed.flatMap((address) => address !== void 0 && URL.canParse(address) ? [new URL(address).origin] : []), wanted = URL.canParse(url) ? new URL(url) : void 0;
if (wanted !== void 0 && wanted.username === "" && wanted.password === "" && /^https?:$/.test(wanted.protocol) && origins.includes(wanted.origin)) return wanted.origin;
throw new InputError(`A load test may aim at ${origins.join(" and ") || "no host at all"}, not at ${quote(wanted?.host ?? url)}. Give the address of the candidate, or the runbook's \`url\`.`);
}
function driverOf(step, { directory, headers }, ports) {
if (step.k6 !== void 0) return k6Driver({
script: step.k6,
directory
}, ports);
let { requests = [], rate, for: time, ramps } = step, schedule = ramps === void 0 ? rate !== void 0 && time !== void 0 ? {
rate,
for: time
} : void 0 : { ramps };
if (schedule === void 0 || requests.length === 0) throw new InputError("A load test needs `requests` with `rate` and `for` or `ramps`, or a `k6` script.");
return openLoopDriver({
schedule,
requests: requests.map((request) => ({
...request,
headers: {
...request.headers,
...headers
}
})),
within: step.within ?? 1e4,
inFlight: step["in-flight"] ?? 500,
versionHeader: (step["version-header"] ?? "x-version").toLowerCase()
}, ports);
}
function unfinished({ verdict, reason, message }) {
return {
verdict,
reason,
message
};
}
function judgeRun({ limits }, result) {
let { due, dropped } = result.offered, short = dropped > .01 * due, standings = limits.map((limit) => {
let standing = standingOf(limit, result);
return limit.metric === "throughput" && standing.standing === "broken" && short ? {
...standing,
standing: "not-enough-data"
} : standing;
}), evidence = {
...result,
limits: standings
}, about = `(${told(result)})`, found = (kind) => standings.find(({ standing }) => standing === kind), broken = standings.filter(({ standing }) => standing === "broken");
if (broken.length > 0) return fail("limit-broken", `${broken.map(({ said }) => said).join("; ")} ${about}.`, evidence);
if (short) return hold("load-not-offered", `${dropped.toLocaleString("en")} of ${due.toLocaleString("en")} were dropped, more than 1%, so the load was never offered ${about}. Allow more requests \`in-flight\`, or offer less.`, evidence);
let late = found("driver-late");
if (late !== void 0) return hold("driver-late", `${late.said} ${about}. Run it again on a machine with nothing else to do.`, evidence);
let missing = found("no-data");
if (missing !== void 0) return hold("no-data", `${missing.said} ${about}.`, evidence);
let thin = found("not-enough-data");
return thin === void 0 ? pass("limits-hold", `${standings.map(({ said }) => said).join("; ")} ${about}.`, evidence) : hold("not-enough-data", `${thin.said} ${about}. Test longer or at a higher rate.`, evidence);
}
function told({ source, seconds, offered, statuses = {}, versions = {} }) {
let list = (counts) => Object.entries(counts).map(([name, count]) => `${name}: ${count}`).join(", ");
return [
`${source}, ${Number(seconds.toFixed(1))} s`,
...Object.keys(statuses).length > 0 ? [`answers ${list(statuses)}`] : [],
...Object.keys(versions).length > 0 ? [`versions ${list(versions)}`] : [],
`${offered.dropped} dropped`
].join("; ");
}
export { runLoadTest };
