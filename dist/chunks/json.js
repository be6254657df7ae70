import { p as InputError, u as quote } from "./words.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { t as isRemembered } from "./remembered.js";
import { i as below, n as askJson } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
import { t as runningTotals } from "./running-totals.js";
const PATIENCE = 8;
function jsonProvider(config, ports) {
	if ((config.instances ?? 1) > 1 && config.instance === void 0) throw new InputError("Several instances can only be told apart by `instance`, the path of their id in the answer.");
	const totals = runningTotals(JSON.stringify(config));
	return {
		kind: "json",
		async measure(_window, subject) {
			const reading = await read(config, subject, ports);
			if (isNoData(reading)) return reading;
			return "bad" in config ? takeCounts(config, reading, subject, totals) : takeValue(config.value, config.unit, reading, subject);
		}
	};
}
async function read(config, { address, version }, ports) {
	if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to read from.`);
	const { instances = 1 } = config;
	const url = below(new URL(address), config.path);
	const source = placeOf(url);
	const at = ports.clock.now();
	const answers = new Map();
	for (let reads = 0; answers.size < instances && reads < PATIENCE * instances; reads++) {
		const page = await askJson(ports, {
			provider: "json",
			url,
			headers: {
				"cache-control": "no-cache",
				connection: "close"
			}
		}, noData("unreachable", `${source} answered 404.`));
		if (isNoData(page)) return page;
		if (isRemembered(page.headers)) return noData("stale", `${source} was answered by a cache, not by the version.`);
		const answer = answerOf(page.json, config, version, source);
		if (isNoData(answer)) return answer;
		answers.set(answer.instance, answer);
	}
	if (answers.size < instances) return noData("instances-missing", `${source} was answered by ${answers.size} of ${instances} instances.`);
	return {
		answers: [...answers.values()],
		at,
		source
	};
}
function answerOf(json, config, version, source) {
	if (config.version !== void 0) {
		const found = lookUp(json, config.version);
		if (found !== version) return noData("other-version", `${source} is about version ${told(found)}, not ${version}.`);
	}
	if (config.instance === void 0) return {
		json,
		instance: ""
	};
	const instance = lookUp(json, config.instance);
	if (typeof instance === "string" || typeof instance === "number") return {
		json,
		instance: String(instance)
	};
	return noData("no-instance", `${source} has ${told(instance)} at \`${config.instance}\`, which names no instance.`);
}
function told(value) {
	if (value === void 0) return "nothing";
	return quote(typeof value === "string" ? value : JSON.stringify(value) ?? "");
}
function lookUp(document, path) {
	let value = document;
	for (const name of path.split(".")) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return void 0;
		value = value[name];
	}
	return value;
}
function numberAt(json, path, source) {
	const value = lookUp(json, path);
	if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
	if (value === void 0) return noData("no-series", `${source} has nothing at \`${path}\`; expose it from the start, at 0.`);
	return noData("odd-number", `${source} says ${told(value)} at \`${path}\`, which counts for nothing.`);
}
function takeCounts({ bad, total }, { answers, at, source }, { version, address }, running) {
	const totals = {};
	for (const { json, instance } of answers) for (const [what, path] of Object.entries({
		bad,
		total
	})) {
		const found = numberAt(json, path, source);
		if (typeof found !== "number") return found;
		totals[`${what} ${instance}`] = found;
	}
	const increase = running.add(JSON.stringify([version, address]), {
		at,
		totals
	});
	if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew, so a process restarted; nothing of this look counts.`);
	const sum = (what) => Object.entries(increase.totals).reduce((all, [name, added]) => name.startsWith(`${what} `) ? all + added : all, 0);
	const stamp = {
		window: {
			from: increase.from,
			to: at
		},
		observedAt: at,
		version,
		source
	};
	return {
		kind: "counts",
		bad: sum("bad"),
		total: sum("total"),
		...stamp
	};
}
function takeValue(path, unit, { answers, at, source }, { version }) {
	const values = [];
	for (const { json } of answers) {
		const found = numberAt(json, path, source);
		if (typeof found !== "number") return found;
		values.push(found);
	}
	return {
		kind: "value",
		value: scaled(Math.max(...values), scaleOf(path, unit) ?? 1),
		window: {
			from: at,
			to: at
		},
		observedAt: at,
		version,
		source
	};
}
export { jsonProvider };
