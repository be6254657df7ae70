import { h as ProviderError, m as InputError } from "./words.js";
import { t as apiAddress } from "./ask-json.js";
import { t as exchange } from "./exchange2.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { i as readPage, n as placeOf } from "./read-page.js";
import { t as runningTotals } from "./running-totals.js";
const ANSWERED = [
"hrsp_1xx",
"hrsp_2xx",
"hrsp_3xx",
"hrsp_4xx",
"hrsp_5xx",
"hrsp_other"
], UNANSWERED = ["econ", "eresp"], COUNTED = [...ANSWERED, ...UNANSWERED];
function haproxyProvider(config, ports, saved) {
if (config.url === void 0 == (config.socket === void 0)) throw new InputError("HAProxy is read either from its page, `url`, or from its `socket`; give one of them.");
let { url, socket, backend, server = "$version" } = config, read = reader(config, ports);
return providerOf(runningTotals(JSON.stringify([
url,
socket,
backend,
server
]), saved), ports, async (version) => {
let page = await read();
return isNoData(page) ? page : [{
backend,
server: server.replaceAll("$version", version),
statistics: page.text,
source: page.source
}];
});
}
function routerProvider(target, ports, saved) {
let ask = target?.askRouter?.bind(target);
if (ask === void 0) {
let which = target === void 0 ? "none is open here" : `\`${target.kind}\` has none`;
throw new InputError(`\`haproxy: { via: target }\` reads the HAProxy of \`target.compose\`; ${which}.`);
}
return providerOf(runningTotals("target", saved), ports, async (version) => {
try {
let hosts = await ask(version);
return hosts.length === 0 ? noData("no-series", `No host has a slot with version ${version}.`) : hosts.map(({ host, ...counted }) => ({
...counted,
source: `HAProxy on host ${host}`
}));
} catch (problem) {
if (!(problem instanceof ProviderError)) throw problem;
return noData("unreachable", `HAProxy was not read on every host: ${problem.message}`);
}
});
}
function providerOf(totals, { clock }, ask) {
return {
kind: "haproxy",
totals: totals.save,
async measure(_window, { version }) {
let at = clock.now(), asked = await ask(version);
if (isNoData(asked)) return asked;
let source = asked.map((each) => each.source).join(", "), counted = {};
for (let each of asked) {
let row = rowOf(each), counts = isNoData(row) ? row : countsOf(row, each.source);
if (isNoData(counts)) return counts;
for (let name of COUNTED) counted[`${name} ${each.source}`] = counts[name] ?? 0;
}
let increase = totals.add(version, {
at,
totals: counted
});
return increase.from === void 0 ? increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew, so HAProxy restarted; nothing of this look counts.`) : measurementOf(increase, at, version, source);
}
};
}
function reader({ url, login, socket }, ports) {
if (url === void 0) return () => readSocket(socket ?? "", ports);
let page = apiAddress(url, login), headers = login === void 0 ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }, source = placeOf(page);
return async () => {
let asked = new URL(`${page.href.replace(/;.*$/, "")};csv;norefresh`), found = await readPage(ports, {
provider: "haproxy",
url: asked,
headers
});
return isNoData(found) ? found : {
text: found.text,
source
};
};
}
async function readSocket(path, { cancelled }) {
try {
return {
text: (await exchange({ at: { path } }, "show stat\n", () => !1, cancelled)).toString("utf8"),
source: `HAProxy's socket ${path}`
};
} catch (error) {
let reason = error instanceof Error ? error.message : "unknown";
return noData("unreachable", `HAProxy's socket ${path} did not answer: ${reason}.`);
}
}
function rowOf({ backend, server: name, statistics, source }) {
let [head = "", ...lines] = statistics.split("\n").filter((line) => line.trim() !== "");
if (!head.startsWith("# pxname,svname,")) return noData("unparsable", `${source} did not answer with HAProxy's CSV.`);
let names = fieldsOf(head.slice(2)), rows = lines.map((line) => Object.fromEntries(fieldsOf(line).map((field, i) => [names[i] ?? "", field]))).filter((row) => row.pxname === backend && row.svname === name), [row, second] = rows;
return row === void 0 ? noData("no-series", `${source} has no server ${name} in backend ${backend}.`) : second === void 0 ? row : noData("ambiguous", `${source} has ${rows.length} servers ${name} in ${backend}.`);
}
function fieldsOf(line) {
return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll("\"\"", "\"") ?? plain ?? "");
}
function countsOf(row, source) {
let totals = {};
for (let name of COUNTED) {
let text = row[name];
if (text === void 0 || !/^\d{1,15}$/.test(text)) return noData("odd-number", `${source} has no count \`${name}\`; the backend must be in http mode.`);
totals[name] = Number(text);
}
return totals;
}
function measurementOf({ from, totals }, to, version, source) {
let sum = (names) => Object.entries(totals).reduce((all, [key, count]) => all + (names.includes(key.split(" ")[0] ?? "") ? count : 0), 0);
return {
kind: "counts",
bad: sum(["hrsp_5xx", ...UNANSWERED]),
total: sum(COUNTED),
window: {
from,
to
},
observedAt: to,
version,
source
};
}
export { haproxyProvider, routerProvider };
