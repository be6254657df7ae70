// node_modules/content-type/
import { h as ProviderError } from "./words.js";
import { t as getOctokit } from "./octokit.js";
const NON_ASCII = 65280, CASE_FLAGS = 65281, CHAR_MAP = new Uint8Array(256);
CHAR_MAP[9] |= 2, CHAR_MAP[32] |= 2, CHAR_MAP[59] |= 4, CHAR_MAP[44] |= 8;
for (let code = 128; code <= 255; code++) CHAR_MAP[code] |= 1;
for (let char of "!#$%&'*+-.^_`|~") CHAR_MAP[char.charCodeAt(0)] |= 16;
for (let code = 48; code <= 57; code++) CHAR_MAP[code] |= 16;
for (let code = 65; code <= 90; code++) CHAR_MAP[code] |= 17;
for (let code = 97; code <= 122; code++) CHAR_MAP[code] |= 16;
const NullObject = (() => {
let C = function() {};
return C.prototype = Object.create(null), C;
})();
function parse(header, options) {
let stopFlags = 4 | (options?.comma === !0 ? 8 : 0), len = header.length, valueStart = options?.start ?? 0;
for (; CHAR_MAP[header.charCodeAt(valueStart)] & 2;) valueStart++;
let index = valueStart, typeFlags = 0, whitespace = -1, stop = options?.parameters === !1 ? 8 : 0;
for (; index < len;) {
let code = header.charCodeAt(index), flags = CHAR_MAP[code];
if ((flags & stopFlags) !== 0) {
stop |= flags & 8;
break;
}
flags & 2 ? whitespace === -1 && (whitespace = index) : whitespace = -1, typeFlags |= code & NON_ASCII | flags, index++;
}
let valueEnd = whitespace === -1 ? index : whitespace, value = header.slice(valueStart, valueEnd), type = typeFlags & CASE_FLAGS ? value.toLowerCase() : value;
return index === len || stop !== 0 ? {
type,
index,
parameters: new NullObject()
} : parseParameters(header, type, index, len, stopFlags);
}
function parseParameters(header, type, index, len, stopFlags) {
let parameters = new NullObject();
parameter: for (; index < len;) {
for (index++; CHAR_MAP[header.charCodeAt(index)] & 2;) index++;
let keyStart = index, keyFlags = 0, keyWhitespace = -1;
for (; index < len;) {
let code = header.charCodeAt(index), flags = CHAR_MAP[code];
if ((flags & stopFlags) !== 0) {
if (flags & 8) break parameter;
continue parameter;
}
if (code === 61) {
let keyEnd = keyWhitespace === -1 ? index : keyWhitespace, value = header.slice(keyStart, keyEnd), key = keyFlags & CASE_FLAGS ? value.toLowerCase() : value;
for (index++; CHAR_MAP[header.charCodeAt(index)] & 2;) index++;
if (index < len && header.charCodeAt(index) === 34) {
let quotedStart = ++index, escaped = !1;
for (; index < len;) {
let code = header.charCodeAt(index);
if (code === 34) {
parameters[key] === void 0 && (parameters[key] = escaped ? unescapeQuotedPairs(header, quotedStart, index) : header.slice(quotedStart, index)), index++;
let stop = 0;
for (; index < len;) {
let code = header.charCodeAt(index), flags = CHAR_MAP[code];
if ((flags & stopFlags) !== 0) {
stop = flags & 8;
break;
}
index++;
}
if (stop !== 0) break parameter;
continue parameter;
}
code === 92 && index + 1 < len ? (escaped = !0, index += 2) : index++;
}
continue parameter;
}
let valueStart = index, stop = 0, valueWhitespace = -1;
for (; index < len;) {
let code = header.charCodeAt(index), flags = CHAR_MAP[code];
if ((flags & stopFlags) !== 0) {
stop = flags & 8;
break;
}
flags & 2 ? valueWhitespace === -1 && (valueWhitespace = index) : valueWhitespace = -1, index++;
}
if (parameters[key] === void 0) {
let valueEnd = valueWhitespace === -1 ? index : valueWhitespace;
parameters[key] = header.slice(valueStart, valueEnd);
}
if (stop !== 0) break parameter;
continue parameter;
}
flags & 2 ? keyWhitespace === -1 && (keyWhitespace = index) : keyWhitespace = -1, keyFlags |= code & NON_ASCII | flags, index++;
}
}
return {
type,
index,
parameters
};
}
function unescapeQuotedPairs(str, start, end) {
let result = "";
for (let index = start; index < end; index++) str.charCodeAt(index) === 92 && (result += str.slice(start, index), start = ++index);
return result + str.slice(start, end);
}
const defaultPatience = {
requestMs: 15e3,
totalMs: 9e4,
attempts: 5
}, largestBody = 33554432;
function exchange(access, ports) {
let patience = {
...defaultPatience,
...access.patience
}, { endsAt = Infinity } = patience, [owner = "", repo = ""] = access.repository.split("/"), skew, octokit = getOctokit(access.token, {
baseUrl: access.apiUrl,
request: { fetch: wholeBodyFetch(ports, (measured) => {
skew = measured;
}) },
log: {
debug: () => {},
info: () => {},
warn: () => {},
error: () => {}
}
});
async function attempt(call, longestMs) {
let deadline = new AbortController(), done = new AbortController(), withinMs = Math.min(patience.requestMs, longestMs);
ports.clock.sleep(withinMs, done.signal).then(() => deadline.abort(Error(`no answer within ${Math.round(withinMs)} ms`)), () => {});
try {
let { data } = await call.send(octokit, { signal: deadline.signal });
return {
kind: "answered",
value: data
};
} catch (error) {
return error instanceof ProviderError ? {
kind: "broken",
error
} : classify(call.to, access.repository, error, ports.clock.now());
} finally {
done.abort();
}
}
async function waitFor(waitMs, startedAt) {
if (ports.clock.monotonic() + waitMs > Math.min(startedAt + patience.totalMs, endsAt)) return !1;
try {
return await ports.clock.sleep(waitMs, ports.cancelled), !0;
} catch {
return !1;
}
}
let backoff = (tries) => Math.min(6e4, 500 * 2 ** (tries - 1)) * (.5 + ports.random() / 2);
async function settle(call, retryBroken) {
let startedAt = ports.clock.monotonic();
for (let tries = 1;; tries += 1) {
let tried = await attempt(call, retryBroken ? Math.max(0, endsAt - ports.clock.monotonic()) : patience.requestMs);
if (!(tried.kind === "limited" || tried.kind === "broken" && retryBroken) || tries >= patience.attempts || !await waitFor((tried.kind === "limited" ? tried.waitMs : void 0) ?? backoff(tries), startedAt)) return tried;
}
}
return {
here: {
owner,
repo
},
async read(call) {
let tried = await settle(call, !0);
if (tried.kind === "answered") return tried.value;
if (tried.kind !== "refused" || tried.status !== 404) throw tried.error;
},
async store(call) {
let tried = await settle(call, !0);
if (tried.kind === "answered") return tried.value;
throw tried.error;
},
async write(call) {
let tried = await settle(call, !1);
return tried.kind === "answered" ? {
outcome: "applied",
value: tried.value
} : {
outcome: tried.kind === "broken" ? "unknown" : "not-applied",
error: tried.error
};
},
clockSkew: () => skew
};
}
function wholeBodyFetch(ports, onSkew) {
return async (input, init) => {
let sent = ports.clock.now(), response = await ports.fetch(input, init), date = Date.parse(response.headers.get("date") ?? "");
Number.isNaN(date) || onSkew(skewBetween(date, {
sent,
received: ports.clock.now()
}));
let chunks = [], size = 0;
for await (let chunk of response.body ?? []) {
if (size += chunk.byteLength, size > largestBody) throw Error(`the answer is larger than ${largestBody} bytes`);
chunks.push(chunk);
}
let { status, statusText, headers } = response;
return new Response(size === 0 ? null : Buffer.concat(chunks), {
status,
statusText,
headers
});
};
}
function skewBetween(date, { sent, received }) {
return date > received ? date - received : date + 999 < sent ? date - sent : 0;
}
function answerOf(error) {
if (!(error instanceof Error) || !("response" in error)) return;
let { response } = error;
if (typeof response != "object" || !response || !("status" in response)) return;
let { status } = response, headers = "headers" in response ? response.headers : {}, data = "data" in response ? response.data : void 0;
if (typeof status != "number" || typeof headers != "object" || !headers) return;
let texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
return {
status,
headers: Object.fromEntries(texts),
data
};
}
function classify(to, repository, error, now) {
let answer = answerOf(error), fail = (message, retryable) => new ProviderError("github", message, {
...answer === void 0 ? {} : { status: answer.status },
retryable,
cause: error
}), refusal = `GitHub refused to ${to} in ${repository}`;
if (answer === void 0) return {
kind: "broken",
error: fail(`GitHub did not answer the request to ${to} in ${repository}: ${error instanceof Error ? oneLine(error.message) : "no answer"}. Run it again when it does.`, !0)
};
let said = `${answer.status}: ${oneLine(messageOf(answer.data))}`;
if (answer.status >= 500) return {
kind: "broken",
error: fail(`GitHub failed to ${to} in ${repository} (${said}). Look at githubstatus.com and run it again.`, !0)
};
let limit = limitOf(answer, now);
if (limit !== void 0) {
let message = `${refusal} because of a rate limit (${said}). Run it again after ${wait(limit.waitMs)}.`;
return {
kind: "limited",
waitMs: limit.waitMs,
error: fail(message, !0)
};
}
let error_ = fail(`${refusal} (${said}).${mend(answer)}`, !1);
return {
kind: "refused",
status: answer.status,
error: error_
};
}
function limitOf({ status, headers, data }, now) {
if (status !== 429 && status !== 403) return;
let after = Number(headers["retry-after"]);
if (headers["retry-after"] !== void 0 && after >= 0) return { waitMs: after * 1e3 };
let reset = Number(headers["x-ratelimit-reset"]);
return headers["x-ratelimit-remaining"] === "0" && reset > 0 ? { waitMs: Math.max(0, reset * 1e3 - now) } : status === 429 || /secondary rate limit/i.test(messageOf(data)) ? { waitMs: 6e4 } : void 0;
}
const wait = (ms) => `${Math.ceil(ms / 1e3)} s`;
function mend({ status, headers }) {
if (status === 401) return " The token is wrong or has expired: a job's token ends with its job.";
let accepted = headers["x-accepted-github-permissions"];
return status !== 403 || accepted === void 0 ? "" : ` Add ${accepted.split(";").map((alternative) => alternative.split(",").map((needed) => needed.trim().replaceAll("_", "-").replace("=", ": ")).join(" and ")).map(oneLine).join(", or ")} to the permissions of the job and of every job that calls it.`;
}
function messageOf(data) {
if (typeof data == "string") return data;
if (typeof data != "object" || !data || !("message" in data)) return "no message";
let errors = "errors" in data && Array.isArray(data.errors) ? ` ${JSON.stringify(data.errors)}` : "";
return `${data.message}${errors}`;
}
const oneLine = (text) => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim().slice(0, 300);
export { parse as n, exchange as t };
