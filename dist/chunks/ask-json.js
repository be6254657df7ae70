import { h as ProviderError, m as InputError, r as plainText } from "./words.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf, r as readBody, t as causeOf } from "./read-page.js";
const passing = new Map([
[402, "payment-required"],
[408, "unreachable"],
[425, "unreachable"],
[429, "rate-limited"]
]);
async function askJson(ports, question, missing) {
let { url, body, deadline = 1e4, mostBytes } = question, signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]), headers = {
accept: "application/json",
"user-agent": "sluice",
...question.headers
}, sent = body === void 0 ? { headers } : posted(body, headers);
try {
let response = await ports.fetch(url, {
...sent,
signal,
redirect: "manual"
}), page = await readBody(response, url, mostBytes);
if (response.status === 404 && missing !== void 0) return missing;
if (!response.ok) return refused(question, response, isNoData(page) ? "" : page.text);
if (isNoData(page)) return page;
let json = parsed(page.text);
return json === void 0 ? noData("unparsable", `${placeOf(url)} ${notJson(page.text)}.`) : {
json,
headers: response.headers
};
} catch (error) {
if (error instanceof ProviderError) throw error;
return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
}
}
const posted = (body, headers) => ({
method: "POST",
headers: {
...headers,
"content-type": "application/json"
},
body: JSON.stringify(body)
});
function refused({ provider, url }, response, text) {
let { status } = response, why = reasonIn(text), said = `${placeOf(url)} answered ${status}${why === void 0 ? "" : `: ${sentence(why)}`}`, wait = response.headers.get("retry-after"), later = wait !== null && /^\d{1,6}$/.test(wait) ? ` It asks to wait ${wait} s.` : "", reason = passing.get(status) ?? (status >= 500 || status < 400 ? "unreachable" : void 0);
if (reason !== void 0) return noData(reason, `${said}.${later}`);
throw new ProviderError(provider, `${said}. ${status === 401 || status === 403 ? "Check the credential and what it may read." : "Check the address and the query."}`, { status });
}
const sentence = (text) => plainText(text).replace(/\s+/g, " ").trim().slice(0, 200).replace(/[.\s]+$/, "");
function reasonIn(text) {
let answer = parsed(text);
if (typeof answer != "object" || !answer) return;
let { error, message, detail } = answer;
return [
error,
typeof error == "object" && error ? error.message : void 0,
message,
detail
].find((found) => typeof found == "string");
}
function parsed(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
function notJson(text) {
return /^\s*</.test(text) ? "is a web page, not JSON" : text.trim() === "" ? "answered nothing" : "did not answer with JSON";
}
function apiAddress(address, credential) {
let url = URL.canParse(address) ? new URL(address) : void 0;
if (url === void 0 || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") throw new InputError("The address of a metrics source (not shown) must be http or https, without user or password.");
let here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
if (url.protocol === "http:" && credential !== void 0 && !here) throw new InputError(`${url.host} is asked with a credential, so its address must begin with https.`);
return url;
}
function below(api, path, query = {}) {
let url = new URL(`${api.origin}${api.pathname.replace(/\/+$/, "")}${path}`);
for (let [name, value] of Object.entries(query)) url.searchParams.append(name, value);
return url;
}
function bearer(token) {
if (token === void 0) return {};
if (!/^[\x21-\x7e]+$/.test(token.trim())) throw new InputError("The token of a metrics source (not shown) holds a blank, a line break or another character that cannot be sent; store it again, alone and in one line.");
return { authorization: `Bearer ${token.trim()}` };
}
export { notJson as a, below as i, askJson as n, bearer as r, apiAddress as t };
