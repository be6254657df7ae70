import { m as InputError } from "./words.js";
import { t as probeBounds } from "./probe-bounds.js";
import { t as isRemembered } from "./remembered.js";
import { i as below } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
function probeProvider(config, ports) {
if (config.requests * 50 > 1e4) throw new InputError("A probe sends at most 200 requests per look.");
return {
kind: "probe",
measure: (_window, subject) => probe(config, subject, ports)
};
}
const probe = async (config, subject, ports) => {
let asked = await askVersion(config, subject, ports);
return isNoData(asked) ? asked : asked[config.measure];
};
async function askVersion(config, { address, version }, ports) {
if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to probe.`);
let url = below(new URL(address), config.get), source = `synthetic requests to ${placeOf(url)}`, from = ports.clock.now(), begun = ports.clock.monotonic(), latencies = await Promise.all(Array.from({ length: config.requests }, (_, i) => request(url, config, begun + i * 50, ports)));
if (ports.cancelled.aborted) return noData("cancelled", `The job was cancelled while ${placeOf(url)} was probed.`);
let to = Math.max(from + 1, ports.clock.now()), stamp = {
window: {
from,
to
},
observedAt: to,
version,
source
}, total = latencies.length, good = latencies.filter((latency) => latency <= config.within), buckets = probeBounds.map((le) => ({
le,
count: latencies.filter((latency) => latency <= le).length
})), sum = latencies.reduce((all, latency) => all + Math.min(latency, config.within), 0);
return {
failures: {
kind: "counts",
bad: total - good.length,
total,
...stamp
},
latency: {
kind: "histogram",
buckets,
sum,
...stamp
}
};
}
async function request(url, { status, within }, due, ports) {
let early = due - ports.clock.monotonic();
early > 0 && await ports.clock.sleep(early, ports.cancelled).catch(() => void 0);
try {
let response = await ports.fetch(url, {
redirect: "manual",
signal: AbortSignal.any([ports.cancelled, AbortSignal.timeout(within)]),
headers: {
"user-agent": "sluice-probe",
"cache-control": "no-cache"
}
}), bytes = 0;
for await (let chunk of response.body ?? []) if (bytes += chunk.byteLength, bytes > 1048576) return Infinity;
return isRemembered(response.headers) ? Infinity : response.status === status ? ports.clock.monotonic() - due : Infinity;
} catch {
return Infinity;
}
}
export { probeProvider as n, askVersion as t };
