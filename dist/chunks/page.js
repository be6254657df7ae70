import { _ as object, b as string, g as number } from "./zod.js";
import { t as minimalEnv } from "./minimal-env.js";
import { i as below } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
import path from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
const isMessage = (value) => typeof value === "object" && value !== null;
async function openDevTools(address, signal) {
	const socket = new WebSocket(address);
	const waiting = new Map();
	const listeners = [];
	let last = 0;
	const end = (reason) => {
		for (const { reject } of waiting.values()) reject(new Error(reason));
		waiting.clear();
		socket.close();
	};
	await new Promise((resolve, reject) => {
		socket.addEventListener("open", () => resolve());
		socket.addEventListener("error", () => reject(new Error("the browser does not answer")));
		signal.addEventListener("abort", () => {
			reject(new Error("late"));
			end("late");
		});
	});
	socket.addEventListener("close", () => end("the browser is gone"));
	socket.addEventListener("message", ({ data }) => {
		const message = JSON.parse(String(data));
		if (!isMessage(message)) return;
		const { id, method, params, result, error } = message;
		if (typeof method === "string") {
			for (const listener of listeners) if (listener.method === method) listener.heard(isMessage(params) ? params : {});
			return;
		}
		const asked = typeof id === "number" ? waiting.get(id) : void 0;
		if (typeof id === "number") waiting.delete(id);
		if (isMessage(error)) asked?.reject(new Error(String(error["message"])));
		else asked?.resolve(isMessage(result) ? result : {});
	});
	return {
		send: (method, params = {}, session) => new Promise((resolve, reject) => {
			if (signal.aborted || socket.readyState !== WebSocket.OPEN) return reject(new Error("the browser is gone"));
			const id = ++last;
			waiting.set(id, {
				resolve,
				reject
			});
			socket.send(JSON.stringify({
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
];
const DEADLINE = 45e3;
const LOAD_WITHIN = 2e4;
const QUIET = 5e3;
const SETTLE = 1e3;
const FLAGS = [
	"--headless",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--remote-debugging-port=0"
];
const OBSERVE = `(() => {
  const seen = (window.__sluice = { fcp: null, lcp: null, cls: 0, busy: 0 });
  const watch = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch("paint", (e) => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  watch("largest-contentful-paint", (e) => { seen.lcp = e.startTime; });
  watch("longtask", (e) => { seen.busy = e.startTime + e.duration; });
  let first = 0, last = 0, sum = 0;
  watch("layout-shift", (e) => {
    if (e.hadRecentInput) return;
    // Shifts form windows of at most 5 s with gaps below 1 s; the worst window counts (https://web.dev/articles/cls).
    if (sum > 0 && e.startTime - last < 1000 && e.startTime - first < 5000) sum += e.value;
    else { first = e.startTime; sum = e.value; }
    last = e.startTime;
    seen.cls = Math.max(seen.cls, sum);
  });
})()`;
const READ = `(() => {
  const [page] = performance.getEntriesByType("navigation");
  const { loadEventEnd: load, domContentLoadedEventEnd: ready } = page;
  return { ...window.__sluice, load, ready, now: performance.now(), origin: location.origin };
})()`;
const time = number().nonnegative();
const read = object({
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
			const url = below(new URL(address), config.path);
			const next = turn.then(async () => {
				const found = await openInBrowser(url, config.measure === "tti", ports);
				if (isNoData(found)) return found;
				const value = numberOf(found, config.measure);
				const at = ports.clock.now();
				if (value === void 0) return noData("no-paint", `${placeOf(url)} painted nothing, so it has no ${config.measure}.`);
				const source = `synthetic load of ${placeOf(url)} in Chromium`;
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
			turn = next.catch(() => void 0);
			return next;
		}
	};
}
function numberOf(found, measure) {
	if (measure !== "tti") return found[measure] ?? void 0;
	return found.fcp === null ? void 0 : Math.max(found.fcp, found.ready, found.busy);
}
async function openInBrowser(url, untilQuiet, ports) {
	const profile = await mkdtemp(path.join(tmpdir(), "sluice-page-"));
	const deadline = AbortSignal.any([ports.cancelled, AbortSignal.timeout(DEADLINE)]);
	const flags = [
		...FLAGS,
		...process.getuid?.() === 0 ? ["--no-sandbox"] : [],
		`--user-data-dir=${profile}`
	];
	try {
		for (const browser of BROWSERS) {
			const found = await withBrowser(browser, flags, url, untilQuiet, deadline, ports);
			if (found !== void 0) return found;
		}
		return noData("no-browser", `None of ${BROWSERS.join(", ")} is on PATH; install one to measure pages.`);
	} finally {
		await rm(profile, {
			recursive: true,
			force: true,
			maxRetries: 5
		});
	}
}
async function withBrowser(browser, flags, url, untilQuiet, deadline, ports) {
	const listening = Promise.withResolvers();
	let missing = false;
	const ended = ports.exec(browser, [...flags, "about:blank"], {
		env: minimalEnv(ports.env),
		timeoutMs: DEADLINE,
		onLine: (line) => {
			const [, address] = /^DevTools listening on (ws:\/\/127\.0\.0\.1:\S+)$/.exec(line) ?? [];
			if (address !== void 0) listening.resolve(address);
		}
	}).catch((error) => {
		missing = error.code === "ENOENT";
	}).finally(() => listening.resolve(void 0));
	const address = await listening.promise;
	if (address === void 0) return missing ? void 0 : noData("no-browser", `${browser} ended before it could be used.`);
	const tools = await openDevTools(address, deadline).catch(() => void 0);
	if (tools === void 0) return noData("no-browser", `${browser} did not answer.`);
	try {
		return await openPage(tools, url, untilQuiet, ports);
	} catch (error) {
		return noData("unreachable", `${placeOf(url)} could not be measured: ${error instanceof Error ? error.message : "unknown"}.`);
	} finally {
		await tools.send("Browser.close").catch(() => void 0);
		tools.close();
		await ended;
	}
}
async function within(ms, happens, { clock, cancelled }) {
	const done = new AbortController();
	const late = clock.sleep(ms, AbortSignal.any([done.signal, cancelled])).then(() => false, () => false);
	const inTime = await Promise.race([happens.then(() => true), late]);
	done.abort();
	return inTime;
}
async function openPage(tools, url, untilQuiet, ports) {
	const { targetId } = await tools.send("Target.createTarget", { url: "about:blank" });
	const { sessionId } = await tools.send("Target.attachToTarget", {
		targetId,
		flatten: true
	});
	const session = String(sessionId);
	const loaded = new Promise((resolve) => tools.on("Page.loadEventFired", () => resolve()));
	let status;
	tools.on("Network.responseReceived", ({ type, response }) => {
		if (type === "Document" && status === void 0) status = Reflect.get(Object(response), "status");
	});
	await tools.send("Page.enable", {}, session);
	await tools.send("Network.enable", {}, session);
	await tools.send("Page.addScriptToEvaluateOnNewDocument", { source: OBSERVE }, session);
	const { errorText } = await tools.send("Page.navigate", { url: url.href }, session);
	if (errorText !== void 0) return noData("unreachable", `${placeOf(url)} could not be opened: ${String(errorText)}.`);
	if (!await within(LOAD_WITHIN, loaded, ports)) return noData("late", `${placeOf(url)} was not loaded after ${LOAD_WITHIN / 1e3} s.`);
	if (status !== 200) return noData("unreachable", `${placeOf(url)} answered ${String(status)}.`);
	for (;;) {
		await ports.clock.sleep(SETTLE, ports.cancelled);
		const { result } = await tools.send("Runtime.evaluate", {
			expression: READ,
			returnByValue: true
		}, session);
		const found = read.safeParse(Reflect.get(Object(result), "value"));
		if (!found.success) return noData("unparsable", `${placeOf(url)} gave the browser no numbers.`);
		if (found.data.origin !== url.origin) return noData("redirected", `${placeOf(url)} led to ${found.data.origin}.`);
		const { busy, load, ready, now } = found.data;
		if (!untilQuiet || now - Math.max(busy, load, ready) >= QUIET) return found.data;
	}
}
export { pageProvider };
