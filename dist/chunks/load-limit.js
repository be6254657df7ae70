import { ct as keeps, st as formatLimit } from "./runbook-keys.js";
import { i as asTime, r as asPercent } from "./figures.js";
function stretchesOf(schedule) {
return "ramps" in schedule ? schedule.ramps.map((ramp, i) => ({
from: schedule.ramps[i - 1]?.rate ?? 0,
to: ramp.rate,
for: ramp.for
})) : [{
from: schedule.rate,
to: schedule.rate,
for: schedule.for
}];
}
const requestsOf = ({ from, to, for: ms }) => (from + to) / 2 * (ms / 1e3), durationOf = (schedule) => stretchesOf(schedule).reduce((sum, stretch) => sum + stretch.for, 0), arrivalsOf = (schedule) => Math.floor(stretchesOf(schedule).reduce((sum, stretch) => sum + requestsOf(stretch), 0) + 1e-9);
function* arrivals(schedule) {
let begin = 0, before = 0, next = 1;
for (let stretch of stretchesOf(schedule)) {
let { from, to, for: ms } = stretch, slope = (to - from) / (ms / 1e3), area = requestsOf(stretch);
for (; next - before <= area + 1e-9; next++) {
let n = next - before, seconds = 2 * n / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
yield begin + Math.min(ms, seconds * 1e3);
}
before += area, begin += ms;
}
}
const quantiles = {
p50: .5,
p75: .75,
p90: .9,
p95: .95,
p99: .99
}, judged = [
"error-rate",
"availability",
"checks",
"throughput",
"latency"
], isQuantile = (aggregate) => aggregate !== void 0 && Object.hasOwn(quantiles, aggregate);
function unfitForLoad(limit) {
let { metric, aggregate, versus, demand } = limit;
if (!judged.some((known) => known === metric)) return {
message: `a load test does not measure ${metric}`,
fix: `Limit ${judged.slice(0, -1).join(", ")} or a percentile such as \`p99\`.`
};
if (versus !== void 0 || demand.op === "not-worse") return {
message: "a load test runs against one version, so there is nobody to compare with",
fix: "Write the value it must keep, or compare in the canary's limits."
};
if (limit.for !== void 0) return {
message: "a load test is judged once, when it has ended",
fix: "Leave `for` away here; how long the test takes is its own `for`."
};
if (aggregate === "growth") return {
message: "a slope needs hours, not one test",
fix: "Limit a percentile such as `p99`."
};
}
function leastSample(limit) {
let share = shareAllowed(limit);
return share === void 0 || share <= 0 ? 30 : Math.max(30, Math.ceil(3 / share - 1e-9));
}
function shareAllowed({ metric, aggregate, demand }) {
if (isQuantile(aggregate)) return 1 - quantiles[aggregate];
if (metric !== "latency" && metric !== "throughput" && demand.op !== "not-worse") return metric === "error-rate" ? demand.quantity.value : 1 - demand.quantity.value;
}
function standingOf(limit, result) {
let text = formatLimit(limit), { value, sample } = reading(limit, result), of = `${sample.toLocaleString("en")} ${limit.metric === "checks" ? "checks" : "requests"}`;
if (value === void 0 || limit.demand.op === "not-worse") return {
limit: text,
standing: "no-data",
sample,
said: `\`${text}\`: ${result.source} does not report it`
};
let about = {
limit: text,
value,
sample
}, seen = `${named(limit)} ${shown(limit, value)} of ${of}`, { op, quantity } = limit.demand, holds = keeps[op](value, quantity.value), certain = !holds && shareAllowed(limit) === 0, needed = leastSample(limit);
return sample < needed && !certain ? {
...about,
standing: "not-enough-data",
said: `\`${text}\` needs ${needed} of them: ${seen}`
} : holds ? {
...about,
standing: "holds",
said: `\`${text}\` holds: ${seen}`
} : limit.metric === "latency" && blamesServerForDriver(limit, result) ? {
...about,
standing: "driver-late",
said: `\`${text}\` seems broken (${seen}), but ${result.late} requests left this machine late`
} : {
...about,
standing: "broken",
said: `\`${text}\` is broken: ${seen}`
};
}
function blamesServerForDriver({ aggregate }, { late = 0, requests }) {
return late > (isQuantile(aggregate) ? 1 - quantiles[aggregate] : .01) * requests.total;
}
function reading(limit, result) {
let { requests, checks, latency, throughput } = result;
switch (limit.metric) {
case "checks": return {
value: checks && share(checks.total - checks.bad, checks.total),
sample: checks?.total ?? 0
};
case "error-rate": return {
value: share(requests.bad, requests.total),
sample: requests.total
};
case "availability": return {
value: share(requests.total - requests.bad, requests.total),
sample: requests.total
};
case "throughput": return {
value: throughput,
sample: requests.total
};
default: {
let { aggregate } = limit;
return {
value: aggregate === void 0 || aggregate === "growth" ? void 0 : latency[aggregate],
sample: requests.total
};
}
}
}
const share = (part, total) => total > 0 ? part / total : void 0, named = ({ metric, aggregate }) => metric === "latency" ? `${aggregate}` : metric;
function shown({ metric }, value) {
if (metric === "latency") return asTime(value);
if (metric === "throughput") return `${Number(value.toPrecision(4))}/s`;
let percent = asPercent(value);
return percent === "100%" && value < 1 ? `${(Math.floor(value * 1e6) / 1e4).toFixed(4)}%` : percent;
}
export { arrivalsOf as a, arrivals as i, standingOf as n, durationOf as o, unfitForLoad as r, leastSample as t };
