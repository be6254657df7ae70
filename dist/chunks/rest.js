import { h as ProviderError, r as plainText } from "./words.js";
const defaultPatience = {
requestMs: 15e3,
totalMs: 9e4,
attempts: 5
}, largestBody = 4194304;
function restClient(api, ports) {
let patience = {
...defaultPatience,
...api.patience
}, name = api.provider.charAt(0).toUpperCase() + api.provider.slice(1), ahead = 0, failed = (message, details = {}) => new ProviderError(api.provider, message, details);
function addressOf({ path, query }) {
let url = new URL(`${api.base.origin}${api.base.pathname.replace(/\/+$/, "")}${path}`);
for (let [key, value] of Object.entries({
...api.query,
...query
})) url.searchParams.set(key, value);
return url;
}
async function attempt(call, method, body) {
let deadline = new AbortController(), done = new AbortController();
ports.clock.sleep(patience.requestMs, done.signal).then(() => deadline.abort(Error(`no answer within ${patience.requestMs / 1e3} s`)), () => void 0);
let headers = {
accept: "application/json",
authorization: `Bearer ${api.token}`,
"user-agent": "sluice",
...body === void 0 ? {} : { "content-type": "application/json" }
}, sent = body === void 0 ? {
method,
headers
} : {
method,
headers,
body: JSON.stringify(body)
};
try {
let response = await ports.fetch(addressOf(call), {
...sent,
redirect: "manual",
signal: deadline.signal
}), text = await boundedText(response), date = Date.parse(response.headers.get("date") ?? "");
return Number.isNaN(date) || (ahead = date - ports.clock.now()), classify(call, response, text);
} catch (error) {
let why = reasonOf(error), message = `${name} did not answer the request to ${call.to}: ${why}. Run it again when it does.`;
return {
kind: "broken",
error: failed(message, {
retryable: !0,
cause: error
})
};
} finally {
done.abort();
}
}
function classify({ to, needs }, response, text) {
let { status, headers } = response, body = parsed(text), isJson = body !== void 0;
if (status >= 200 && status < 300) return {
kind: "answered",
status,
body,
isJson
};
let refused = {
status,
...wordsOf(body, text)
}, said = `${status}${refused.said === "" ? "" : `: ${refused.said}`}`;
if (status >= 500 || status < 400 || status === 408) {
let message = `${name} failed to ${to} (${said}). Look at the platform's status page and run it again.`;
return {
kind: "broken",
error: failed(message, {
status,
retryable: !0
})
};
}
if (status === 429) {
let waitMs = waitAsked(headers, ports.clock.now() + ahead), later = waitMs === void 0 ? "" : ` after ${Math.ceil(waitMs / 1e3)} s`, message = `${name} refused to ${to} because of a rate limit (${said}). Run it again${later}.`;
return {
kind: "limited",
refused,
waitMs,
error: failed(message, {
status,
retryable: !0
})
};
}
let message = [`${name} refused to ${to} (${said}).`, api.mend(refused, needs)].filter((part) => part !== "").join(" ");
return {
kind: "refused",
refused,
error: failed(message, { status })
};
}
async function waitFor(waitMs, startedAt) {
return ports.clock.monotonic() - startedAt + waitMs > patience.totalMs ? !1 : ports.clock.sleep(waitMs, ports.cancelled).then(() => !0, () => !1);
}
let backoff = (tries) => 500 * 2 ** (tries - 1) * (.5 + ports.random() / 2);
async function settle(call, method, body, retryBroken) {
let startedAt = ports.clock.monotonic();
for (let tries = 1;; tries += 1) {
let tried = await attempt(call, method, body);
if (!(tried.kind === "limited" || tried.kind === "broken" && retryBroken) || tries >= patience.attempts || !await waitFor((tried.kind === "limited" ? tried.waitMs : void 0) ?? backoff(tries), startedAt)) return tried;
}
}
function accept({ to }, tried, schema) {
let found = schema.safeParse(tried.body);
if (found.success) return found.data;
let where = found.error.issues[0]?.path.join(".") ?? "", what = tried.isJson ? `without a readable ${where || "body"}` : "with a page that is not JSON";
throw failed(`${name} answered the request to ${to} ${what}, so nothing is known. Run it again, and report it if it stays.`, {
status: tried.status,
retryable: !0
});
}
return {
async read(call) {
let tried = await settle(call, "GET", void 0, !0);
if (tried.kind === "answered") return accept(call, tried, call.schema);
if (tried.kind !== "refused" || tried.refused.status !== 404) throw tried.error;
},
async write({ schema, ...call }) {
let tried = await settle(call, call.method, call.body, !1);
if (tried.kind === "refused" || tried.kind === "limited") return {
outcome: "refused",
refused: tried.refused,
error: tried.error
};
if (tried.kind === "broken") return {
outcome: "unknown",
error: tried.error
};
if (schema === void 0) return {
outcome: "accepted",
status: tried.status,
value: void 0
};
try {
return {
outcome: "accepted",
status: tried.status,
value: accept(call, tried, schema)
};
} catch (error) {
if (!(error instanceof ProviderError)) throw error;
return {
outcome: "unknown",
error
};
}
},
now: () => ports.clock.now() + ahead
};
}
async function boundedText(response) {
let chunks = [], size = 0;
for await (let chunk of response.body ?? []) {
if (size += chunk.byteLength, size > largestBody) throw Error(`the answer is larger than ${largestBody / 1048576} MiB`);
chunks.push(chunk);
}
return Buffer.concat(chunks).toString("utf8");
}
function parsed(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
function waitAsked(headers, now) {
let after = headers.get("retry-after") ?? "";
if (/^\d{1,6}$/.test(after)) return Number(after) * 1e3;
let at = Date.parse(after);
if (after !== "" && !Number.isNaN(at)) return Math.max(0, at - now);
let reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? "";
if (!/^\d{1,12}$/.test(reset)) return;
let seconds = Number(reset);
return seconds > 1e9 ? Math.max(0, seconds * 1e3 - now) : seconds * 1e3;
}
function wordsOf(body, text) {
if (typeof body != "object" || !body) return {
code: void 0,
detail: body,
said: /^\s*</.test(text) ? "a web page, not JSON" : oneLine(text)
};
let inner = "error" in body && typeof body.error == "object" && body.error !== null ? body.error : body, { code, message } = inner;
return {
code: typeof code == "string" ? code : void 0,
detail: inner,
said: oneLine(typeof message == "string" ? message : typeof code == "string" ? code : "")
};
}
const oneLine = (text) => plainText(text).replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim().slice(0, 300).replace(/[.\s]+$/, "");
function reasonOf(error) {
if (!(error instanceof Error)) return String(error);
let { cause } = error;
return oneLine(cause instanceof Error && "code" in cause ? String(cause.code) : error.message);
}
export { oneLine as n, restClient as r, defaultPatience as t };
