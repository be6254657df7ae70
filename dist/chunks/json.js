import { d as quote, m as InputError } from "./words.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { t as isRemembered } from "./remembered.js";
import { i as below, n as askJson } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
import { t as runningTotals } from "./running-totals.js";
function jsonProvider(config, ports, saved) {
if ((config.instances ?? 1) > 1 && config.instance === void 0) throw new InputError("Several instances can only be told apart by `instance`, the path of their id in the answer.");
let totals = runningTotals(JSON.stringify(config), saved);
return {
kind: "json",
totals: totals.save,
async measure(_window, subject) {
let reading = await read(config, subject, ports);
return isNoData(reading) ? reading : "bad" in config ? takeCounts(config, reading, subject, totals) : takeValue(config.value, config.unit, reading, subject);
}
};
}
async function read(config, { address, version }, ports) {
if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to read from.`);
let { instances = 1 } = config, url = below(new URL(address), config.path), source = placeOf(url), at = ports.clock.now(), answers = new Map();
for (let reads = 0; answers.size < instances && reads < 8 * instances; reads++) {
let page = await askJson(ports, {
provider: "json",
url,
headers: {
"cache-control": "no-cache",
connection: "close"
}
}, noData("unreachable", `${source} answered 404.`));
if (isNoData(page)) return page;
if (isRemembered(page.headers)) return noData("stale", `${source} was answered by a cache, not by the version.`);
let answer = answerOf(page.json, config, version, source);
if (isNoData(answer)) return answer;
answers.set(answer.instance, answer);
}
return answers.size < instances ? noData("instances-missing", `${source} was answered by ${answers.size} of ${instances} instances.`) : {
answers: [...answers.values()],
at,
source
};
}
function answerOf(json, config, version, source) {
if (config.version !== void 0) {
let found = lookUp(json, config.version);
if (found !== version) return noData("other-version", `${source} is about version ${told(found)}, not ${version}.`);
}
if (config.instance === void 0) return {
json,
instance: ""
};
let instance = lookUp(json, config.instance);
return typeof instance == "string" || typeof instance == "number" ? {
json,
instance: String(instance)
} : noData("no-instance", `${source} has ${told(instance)} at \`${config.instance}\`, which names no instance.`);
}
function told(value) {
return value === void 0 ? "nothing" : quote(typeof value == "string" ? value : JSON.stringify(value) ?? "");
}
function lookUp(document, path) {
let value = document;
for (let name of path.split(".")) {
if (typeof value != "object" || !value || !Object.hasOwn(value, name)) return;
value = value[name];
}
return value;
}
function numberAt(json, path, source) {
let value = lookUp(json, path);
return typeof value == "number" && Number.isFinite(value) && value >= 0 ? value : value === void 0 ? noData("no-series", `${source} has nothing at \`${path}\`; expose it from the start, at 0.`) : noData("odd-number", `${source} says ${told(value)} at \`${path}\`, which counts for nothing.`);
}
function takeCounts({ bad, total }, { answers, at, source }, { version, address, place }, running) {
let totals = {};
for (let { json, instance } of answers) for (let [what, path] of Object.entries({
bad,
total
})) {
let found = numberAt(json, path, source);
if (typeof found != "number") return found;
totals[`${what} ${instance}`] = found;
}
let increase = running.add(JSON.stringify([version, place ?? address]), {
at,
totals
});
if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew, so a process restarted; nothing of this look counts.`);
let sum = (what) => Object.entries(increase.totals).reduce((all, [name, added]) => name.startsWith(`${what} `) ? all + added : all, 0), stamp = {
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
let values = [];
for (let { json } of answers) {
let found = numberAt(json, path, source);
if (typeof found != "number") return found;
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
