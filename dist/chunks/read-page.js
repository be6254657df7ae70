import { h as ProviderError } from "./words.js";
import { t as isRemembered } from "./remembered.js";
import { n as noData } from "./no-data.js";
const MOST_BYTES = 1048576, placeOf = ({ origin, pathname }) => `${origin}${pathname}`;
async function readPage(ports, request) {
let { provider, url, headers = {}, deadline = 5e3 } = request, signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]);
try {
let response = await ports.fetch(url, {
headers,
signal,
redirect: "manual"
});
if (response.status === 200 && !isRemembered(response.headers)) return await readBody(response, url);
if (await response.body?.cancel(), isRefusal(response.status, Object.keys(headers).length > 0)) {
let message = `${placeOf(url)} answered ${response.status}: check the path and the credential.`;
throw new ProviderError(provider, message, { status: response.status });
}
return response.status === 200 ? noData("stale", `${placeOf(url)} was answered by a cache, not by the version.`) : noData("unreachable", `${placeOf(url)} answered ${response.status}.`);
} catch (error) {
if (error instanceof ProviderError) throw error;
return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
}
}
const isRefusal = (status, hasCredential) => status === 401 || status === 403 || status === 404 && hasCredential;
function causeOf(error, deadline) {
if (!(error instanceof Error)) return "unknown";
if (error.name === "TimeoutError") return `no whole answer within ${deadline} ms`;
if (error.name === "AbortError") return "cancelled";
let { cause } = error;
return cause instanceof Error && "code" in cause && typeof cause.code == "string" ? cause.code : cause instanceof Error ? cause.name : error.name;
}
async function readBody(response, url, mostBytes = MOST_BYTES) {
let chunks = [], bytes = 0;
for await (let chunk of response.body ?? []) {
if (bytes += chunk.byteLength, bytes > mostBytes) return noData("too-large", `${placeOf(url)} answered more than ${mostBytes / MOST_BYTES} MiB.`);
chunks.push(chunk);
}
try {
return { text: new TextDecoder("utf-8", { fatal: !0 }).decode(Buffer.concat(chunks)) };
} catch {
return noData("unparsable", `${placeOf(url)} did not answer with UTF-8 text.`);
}
}
export { readPage as i, placeOf as n, readBody as r, causeOf as t };
