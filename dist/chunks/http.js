import { E as formatDuration, _ as fail, d as quote, m as InputError, v as hold, y as pass } from "./words.js";
import { t as isRemembered } from "./remembered.js";
function getCheck(spec, ports) {
let { get, ...answer } = spec;
return answerCheck(`GET ${get} answers ${spec.status}`, answer, ports, ({ url }) => {
if (url === void 0) throw new InputError(`There is no address to ask for ${get}: give the check a \`url\`.`);
return new URL(get, url);
});
}
function httpCheck({ http }, ports, site) {
let asked = new URL(http.url);
return answerCheck(`GET ${asked.host}${asked.pathname} answers ${http.status}`, http, ports, ({ url }) => {
let allowed = [site, url].filter((address) => address !== void 0).map((address) => new URL(address).host);
if (!allowed.includes(asked.host)) throw new InputError(`A check may ask ${allowed.join(" and ") || "no host"}, not ${asked.host}: use the host of the runbook's \`url\`.`);
return asked;
});
}
function answerCheck(title, spec, ports, addressIn) {
return {
title,
async run(context) {
let address = addressIn(context), deadline = ports.clock.monotonic() + (spec.retry ?? 0);
for (let attempts = 1, pause = 250;; attempts++, pause = Math.min(2 * pause, 2e3)) {
if (ports.cancelled.aborted) return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`);
let attempt = await ask(address, spec, ports);
if (attempt.reason === void 0) return pass("answered", `${title}: ${attempt.finding}.`, {
attempts,
...attempt
});
let left = deadline - ports.clock.monotonic();
if (left <= 0) return failed(title, spec, attempt, attempts);
await ports.clock.sleep(Math.min(pause, left), ports.cancelled).catch(() => void 0);
}
}
};
}
function failed(title, spec, attempt, attempts) {
let message = `${title}: it does not${spec.retry === void 0 ? "" : ` after ${attempts} attempts in ${formatDuration(spec.retry)}`}. ${attempt.finding}. Look at the log of this version, mend it and push again.`;
return fail(attempt.reason ?? "unexpected-answer", message, {
attempts,
...attempt
});
}
async function ask(address, spec, ports) {
let answer = await request(address, spec, ports);
if ("reason" in answer) return answer;
let { status, ms } = answer, wrong = wrongStatus(answer, spec) ?? wrongHeader(answer, spec) ?? wrongJson(answer, spec) ?? tooSlow(answer, spec);
return wrong === void 0 ? {
finding: `it answered ${status} in ${ms} ms${Object.entries(spec.json ?? {}).map(([path, value]) => ` and ${path} is ${JSON.stringify(value)}`).join("")}`,
status,
ms
} : {
...wrong,
status,
ms
};
}
async function request(address, spec, ports) {
let begun = ports.clock.monotonic(), elapsed = () => Math.round(ports.clock.monotonic() - begun), limit = Math.max(1e4, 2 * (spec.within ?? 0)), finished = new AbortController(), late = new AbortController();
ports.clock.sleep(limit, finished.signal).then(() => late.abort(), () => void 0);
try {
let response = await ports.fetch(address, {
redirect: "manual",
signal: AbortSignal.any([late.signal, ports.cancelled]),
headers: {
accept: spec.json ? "application/json" : "*/*",
"cache-control": "no-cache",
"user-agent": "sluice"
}
}), body = await readBody(response);
return {
status: response.status,
headers: response.headers,
...body,
ms: elapsed()
};
} catch (problem) {
return late.signal.aborted ? {
reason: "unreachable",
finding: `It did not finish its answer in ${formatDuration(limit)}`
} : {
reason: "unreachable",
finding: `It could not be reached (${causeOf(problem)})`
};
} finally {
finished.abort();
}
}
function causeOf(problem) {
for (let error = problem; error instanceof Error; error = error.cause) if ("code" in error && typeof error.code == "string" && /^[A-Z_]{3,40}$/.test(error.code)) return error.code;
return problem instanceof Error ? quote(problem.message) : "no reason given";
}
async function readBody(response) {
let chunks = [], size = 0, reader = response.body?.getReader();
for (; reader !== void 0;) {
let { done, value } = await reader.read();
if (done) break;
if (chunks.push(value), size += value.length, !(size <= 1048576)) return await reader.cancel(), {
body: "",
truncated: !0
};
}
return {
body: Buffer.concat(chunks).toString("utf8"),
truncated: !1
};
}
function wrongStatus({ status, headers }, spec) {
if (status === spec.status) return;
let location = status >= 300 && status < 400 ? headers.get("location") : null;
return location === null ? {
reason: "unexpected-status",
finding: `It answered ${status}, expected ${spec.status}`
} : {
reason: "redirected",
finding: `It answered ${status} with a redirect to ${quote(location)}, which is not followed; expected ${spec.status}`
};
}
function wrongHeader({ headers }, spec) {
for (let [name, expected] of Object.entries(spec.headers ?? {})) {
let found = headers.get(name);
if (found === null) return {
reason: "unexpected-header",
finding: `The header ${name} is missing`
};
if (expected !== "present" && found !== expected) return {
reason: "unexpected-header",
finding: `The header ${name} is ${quote(found)}, expected ${quote(expected)}`
};
}
}
function wrongJson({ body, truncated, headers }, spec) {
if (truncated) return {
reason: "unexpected-body",
finding: "Its answer is larger than 1 MiB"
};
if (spec.json === void 0) return;
if (isRemembered(headers)) return {
reason: "cached-answer",
finding: "A cache answered with what was true some time ago, not the release itself"
};
let document;
try {
document = JSON.parse(body);
} catch {
return {
reason: "unexpected-body",
finding: `Its answer should be JSON and is ${/^\s*</.test(body) ? "an HTML page" : body === "" ? "nothing" : quote(body)}`
};
}
for (let [path, expected] of Object.entries(spec.json)) {
let found = lookUp(document, path.split("."));
if (found !== expected) return {
reason: "unexpected-body",
finding: `${path} is ${found === void 0 ? "missing" : quote(JSON.stringify(found))}, expected ${JSON.stringify(expected)}`
};
}
}
function lookUp(document, path) {
let value = document;
for (let name of path) {
if (typeof value != "object" || !value || !Object.hasOwn(value, name)) return;
value = value[name];
}
return value;
}
function tooSlow({ ms }, { within }) {
if (!(within === void 0 || ms <= within)) return {
reason: "too-slow",
finding: `It took ${ms} ms, and ${formatDuration(within)} are allowed`
};
}
export { getCheck, httpCheck };
