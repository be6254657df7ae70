import { _ as object, b as string, l as array, u as boolean } from "./zod.js";
import { _ as fail, d as quote, m as InputError, r as plainText, v as hold, y as pass } from "./words.js";
const answerMs = 1e4, seenWithinMs = 6e4, projectAnswer = object({
id: string(),
slug: string(),
status: string().optional()
}), keyList = array(object({
isActive: boolean(),
dsn: object({ public: string() })
}));
function sentryCheck({ sentry }, ports) {
let { organization, project, dsn, url, token } = sentry, title = `sentry: ${organization}/${project} ${dsn === void 0 ? "exists" : sentry.event === !0 ? "gets what the DSN sends" : "owns the DSN"}`, base = new URL(`${url.replace(/\/+$/, "")}/api/0/`), at = `projects/${encodeURIComponent(organization)}/${encodeURIComponent(project)}/`, ask = (path) => request(ports, new URL(path, base), { headers: {
authorization: `Bearer ${token}`,
accept: "application/json"
} }), refused = (answer) => {
if ("unreachable" in answer) return hold("no-data", `${title}: ${base.host} did not answer (${answer.unreachable}). Run this again.`);
let { status } = answer;
if (status === 404) return fail("no-project", `${title}: there is no such project, or the token may not see it. Compare both with the project's address.`);
if (status === 401 || status === 403) return fail("token-refused", `${title}: the token was refused (${status}). It needs the scopes project:read${sentry.event === !0 ? " and event:read" : ""}.`);
if (status !== 200) return hold("no-data", `${title}: ${base.host} answered ${status}. Run this again.`);
};
return {
title,
async run() {
let found = await ask(at), trouble = refused(found);
if (trouble !== void 0 || "unreachable" in found) return trouble ?? unread(title);
let about = projectAnswer.safeParse(found.json);
if (!about.success) return unread(title);
let { status = "active", id } = about.data;
if (status !== "active") return fail("project-inactive", `${title}: the project is ${quote(status)}. Activate it, or name another.`);
if (dsn === void 0) return pass("project-exists", `${title}: it does.`, { project: id });
let keys = await ask(`${at}keys/`), refusedKeys = refused(keys);
if (refusedKeys !== void 0 || "unreachable" in keys) return refusedKeys ?? unread(title);
let list = keyList.safeParse(keys.json);
if (!list.success) return unread(title);
let key = list.data.find((one) => one.dsn.public === dsn);
return key === void 0 ? fail("other-dsn", `${title}: the DSN is none of the project's ${list.data.length} keys. Copy it from the project's Client Keys.`) : key.isActive ? sentry.event === !0 ? eventSeen(dsn, id) : pass("dsn-matches", `${title}: it is one of its active keys.`, { project: id }) : fail("dsn-inactive", `${title}: the key of this DSN is switched off. Switch it on, or use another.`);
}
};
async function eventSeen(dsnText, projectId) {
let id = Array.from({ length: 32 }, () => Math.floor(ports.random() * 16).toString(16)).join(""), sent = await sendEvent(ports, dsnText, id);
if ("unreachable" in sent) return hold("no-data", `${title}: the DSN's server did not answer (${sent.unreachable}). Run this again.`);
if (sent.status !== 200) return sent.status === 429 || sent.status >= 500 ? hold("no-data", `${title}: the DSN's server answered ${sent.status} to a test event. Run this again.`) : fail("event-refused", `${title}: a test event was refused (${sent.status}). Look at the key's and the project's filters and limits.`);
let deadline = ports.clock.monotonic() + seenWithinMs;
for (;;) {
let seen = await ask(`${at}events/${id}/`);
if (!("unreachable" in seen) && seen.status === 200) return pass("event-seen", `${title}: test event ${id} was seen.`, {
project: projectId,
event: id
});
let left = deadline - ports.clock.monotonic();
if (left <= 0 || ports.cancelled.aborted) return hold("event-not-seen", `${title}: test event ${id} was taken and did not show in ${seenWithinMs / 1e3} s. Look at the project's inbound filters, then run this again.`);
await ports.clock.sleep(Math.min(2e3, left), ports.cancelled).catch(() => void 0);
}
}
}
const unread = (title) => hold("no-data", `${title}: Sentry's answer cannot be read. Run this again, and report it if it stays.`);
async function sendEvent(ports, dsnText, id) {
let dsn = URL.canParse(dsnText) ? new URL(dsnText) : void 0;
if (dsn === void 0 || dsn.username === "" || !/^https?:$/.test(dsn.protocol)) throw new InputError("The DSN (not shown) is no address with a key in it. Copy it from the project's Client Keys.");
let at = dsn.pathname.lastIndexOf("/"), address = new URL(`${dsn.pathname.slice(0, at)}/api/${dsn.pathname.slice(at + 1)}/envelope/`, dsn.origin), time = new Date(ports.clock.now()).toISOString(), lines = [
{
event_id: id,
sent_at: time
},
{ type: "event" },
{
event_id: id,
timestamp: time,
platform: "other",
level: "info",
logger: "sluice",
message: { formatted: "Sluice asks whether this project hears of errors." },
tags: { sluice: "preflight" }
}
].map((line) => JSON.stringify(line));
return request(ports, address, {
method: "POST",
headers: {
"content-type": "application/x-sentry-envelope",
"x-sentry-auth": `Sentry sentry_version=7, sentry_client=sluice/1, sentry_key=${dsn.username}`
},
body: `${lines.join("\n")}\n`
});
}
async function request(ports, address, init) {
let finished = new AbortController(), late = new AbortController();
ports.clock.sleep(answerMs, finished.signal).then(() => late.abort(), () => void 0);
try {
let response = await ports.fetch(address, {
...init,
redirect: "error",
signal: AbortSignal.any([late.signal, ports.cancelled])
}), text = await response.text();
return {
status: response.status,
json: parsed(text)
};
} catch (problem) {
let { cause } = problem instanceof Error ? problem : { cause: void 0 }, code = cause instanceof Error && "code" in cause ? String(cause.code) : "no connection";
return { unreachable: late.signal.aborted ? `nothing in ${answerMs / 1e3} s` : plainText(code) };
} finally {
finished.abort();
}
}
function parsed(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
export { sentryCheck };
