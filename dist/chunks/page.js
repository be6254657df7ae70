import { _ as object, b as string, g as number } from "./zod.js";
import { t as minimalEnv } from "./minimal-env.js";
import { i as below } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
import path from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
const isMessage = (value) => typeof value == "object" && !!value;
async function openDevTools(address, signal) {
let socket = new WebSocket(address), waiting = new Map(), listeners = [], last = 0, end = (reason) => {
for (let { reject } of waiting.values()) reject(Error(reason));
waiting.clear(), socket.close();
};
return await new Promise((resolve, reject) => {
socket.addEventListener("open", () => resolve()), socket.addEventListener("error", () => reject(Error("the browser does not answer"))), signal.addEventListener("abort", () => {
reject(Error("late")), end("late");
});
}), socket.addEventListener("close", () => end("the browser is gone")), socket.addEventListener("message", ({ data }) => {
let message = JSON.parse(String(data));
if (!isMessage(message)) return;
let { id, method, params, result, error } = message;
if (typeof method == "string") {
for (let listener of listeners) listener.method === method && listener.heard(isMessage(params) ? params : {});
return;
}
let asked = typeof id == "number" ? waiting.get(id) : void 0;
typeof id == "number" && waiting.delete(id), isMessage(error) ? asked?.reject(Error(String(error.message))) : asked?.resolve(isMessage(result) ? result : {});
}), {
send: (method, params = {}, session) => new Promise((resolve, reject) => {
if (signal.aborted || socket.readyState !== WebSocket.OPEN) return reject(Error("the browser is gone"));
let id = ++last;
waiting.set(id, {
resolve,
reject
}), socket.send(JSON.stringify({
id,
method,
params,
...session !== void 0 && { sessionId: session }
}));
}),
on: (method, heard) => void listeners.push({
method,
heard
}),
close: () => end("closed")
};
}
const BROWSERS = [
"chromium",
"chromium-browser",
"google-chrome",
"google-chrome-stable"
], DEADLINE = 45e3, LOAD_WITHIN = 2e4, FLAGS = [
"--headless",
"--disable-gpu",
"--disable-quic",
"--no-first-run",
"--disable-background-networking",
"--disable-component-update",
"--disable-sync",
"--remote-debugging-port=0"
], time = number().nonnegative(), read = object({
fcp: time.nullable(),
lcp: time.nullable(),
cls: time,
busy: time,
load: time,
ready: time,
now: time,
origin: string()
});
function pageProvider(config, ports) {
let turn = Promise.resolve();
return {
kind: "page",
measure(_window, { address, version }) {
if (address === void 0) return Promise.resolve(noData("no-address", `Version ${version} has no address of its own to open.`));
let url = below(new URL(address), config.path), next = turn.then(async () => {
let found = await openInBrowser(url, config.measure === "tti", ports);
if (isNoData(found)) return found;
let value = numberOf(found, config.measure), at = ports.clock.now();
if (value === void 0) return noData("no-paint", `${placeOf(url)} painted nothing, so it has no ${config.measure}.`);
let source = `synthetic load of ${placeOf(url)} in Chromium`;
return {
kind: "value",
value,
window: {
from: at,
to: at
},
observedAt: at,
version,
source
};
});
return turn = next.catch(() => void 0), next;
}
};
}
function numberOf(found, measure) {
return measure === "tti" ? found.fcp === null ? void 0 : Math.max(found.fcp, found.ready, found.busy) : found[measure] ?? void 0;
}
async function openInBrowser(url, untilQuiet, ports) {
let profile = await mkdtemp(path.join(tmpdir(), "sluice-page-")), deadline = AbortSignal.any([ports.cancelled, AbortSignal.timeout(DEADLINE)]), flags = [
...FLAGS,
...process.getuid?.() === 0 ? ["--no-sandbox"] : [],
`--user-data-dir=${profile}`
];
try {
for (let browser of BROWSERS) {
let found = await withBrowser(browser, flags, url, untilQuiet, deadline, ports);
if (found !== void 0) return found;
}
return noData("no-browser", `None of ${BROWSERS.join(", ")} is on PATH; install one to measure pages.`);
} finally {
await rm(profile, {
recursive: !0,
force: !0,
maxRetries: 5
});
}
}
async function withBrowser(browser, flags, url, untilQuiet, deadline, ports) {
let listening = Promise.withResolvers(), missing = !1, ended = ports.exec(browser, [...flags, "about:blank"], {
env: minimalEnv(ports.env),
timeoutMs: DEADLINE,
onLine: (line) => {
let [, address] = /^DevTools listening on (ws:\/\/127\.0\.0\.1:\S+)$/.exec(line) ?? [];
address !== void 0 && listening.resolve(address);
}
}).catch((error) => {
missing = error.code === "ENOENT";
}).finally(() => listening.resolve(void 0)), address = await listening.promise;
if (address === void 0) return missing ? void 0 : noData("no-browser", `${browser} ended before it could be used.`);
let tools = await openDevTools(address, deadline).catch(() => void 0);
if (tools === void 0) return noData("no-browser", `${browser} did not answer.`);
try {
return await openPage(tools, url, untilQuiet, ports);
} catch (error) {
return noData("unreachable", `${placeOf(url)} could not be measured: ${error instanceof Error ? error.message : "unknown"}.`);
} finally {
await tools.send("Browser.close").catch(() => void 0), tools.close(), await ended;
}
}
async function within(ms, happens, { clock, cancelled }) {
let done = new AbortController(), late = clock.sleep(ms, AbortSignal.any([done.signal, cancelled])).then(() => !1, () => !1), inTime = await Promise.race([happens.then(() => !0), late]);
return done.abort(), inTime;
}
async function openPage(tools, url, untilQuiet, ports) {
let { targetId } = await tools.send("Target.createTarget", { url: "about:blank" }), { sessionId } = await tools.send("Target.attachToTarget", {
targetId,
flatten: !0
}), session = String(sessionId), loaded = new Promise((resolve) => tools.on("Page.loadEventFired", () => resolve())), status;
tools.on("Network.responseReceived", ({ type, response }) => {
type === "Document" && status === void 0 && (status = Reflect.get(Object(response), "status"));
}), await tools.send("Page.enable", {}, session), await tools.send("Network.enable", {}, session), await tools.send("Page.addScriptToEvaluateOnNewDocument", { source: "(() => {\n  const seen = (window.__sluice = { fcp: null, lcp: null, cls: 0, busy: 0 });\n  const watch = (type, each) =>\n    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });\n  watch(\"paint\", (e) => { if (e.name === \"first-contentful-paint\") seen.fcp = e.startTime; });\n  watch(\"largest-contentful-paint\", (e) => { seen.lcp = e.startTime; });\n  watch(\"longtask\", (e) => { seen.busy = e.startTime + e.duration; });\n  let first = 0, last = 0, sum = 0;\n  watch(\"layout-shift\", (e) => {\n    if (e.hadRecentInput) return;\n    // Shifts form windows of at most 5 s with gaps below 1 s; the worst window counts (https://web.dev/articles/cls).\n    if (sum > 0 && e.startTime - last < 1000 && e.startTime - first < 5000) sum += e.value;\n    else { first = e.startTime; sum = e.value; }\n    last = e.startTime;\n    seen.cls = Math.max(seen.cls, sum);\n  });\n})()" }, session);
let { errorText } = await tools.send("Page.navigate", { url: url.href }, session);
if (errorText !== void 0) return noData("unreachable", `${placeOf(url)} could not be opened: ${String(errorText)}.`);
if (!await within(LOAD_WITHIN, loaded, ports)) return noData("late", `${placeOf(url)} was not loaded after ${LOAD_WITHIN / 1e3} s.`);
if (status !== 200) return noData("unreachable", `${placeOf(url)} answered ${String(status)}.`);
for (;;) {
await ports.clock.sleep(1e3, ports.cancelled);
let { result } = await tools.send("Runtime.evaluate", {
expression: "(() => {\n  const [page] = performance.getEntriesByType(\"navigation\");\n  const { loadEventEnd: load, domContentLoadedEventEnd: ready } = page;\n  return { ...window.__sluice, load, ready, now: performance.now(), origin: location.origin };\n})()",
returnByValue: !0
}, session), found = read.safeParse(Reflect.get(Object(result), "value"));
if (!found.success) return noData("unparsable", `${placeOf(url)} gave the browser no numbers.`);
if (found.data.origin !== url.origin) return noData("redirected", `${placeOf(url)} led to ${found.data.origin}.`);
let { busy, load, ready, now } = found.data;
if (!untilQuiet || now - Math.max(busy, load, ready) >= 5e3) return found.data;
}
}
export { pageProvider };
