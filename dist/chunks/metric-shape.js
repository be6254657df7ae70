import { D as parseDuration } from "./words.js";
import { t as every } from "./metric-spec.js";
import { t as parseSelector } from "./exposition-selector.js";
import { n as probeReach } from "./probe-bounds.js";
import { i as seriesUnits, t as dimensionOf } from "./series-unit.js";
const isPlain = (value) => typeof value == "object" && !!value && !Array.isArray(value), remembering = [
"prometheus",
"sql",
"logs",
"command",
"vercel",
"render",
"vercel-logs",
"render-logs"
], remembersEveryone = [
"prometheus",
"vercel",
"render",
"render-logs"
];
function forgetsBefore(declared) {
if (!isPlain(declared)) return;
let source = Object.keys(declared).find((key) => !Object.hasOwn(every, key)) ?? "", query = declared[source];
if (!remembering.includes(source) || source === "sql" && isPlain(query) && !("counts" in query)) return `\`${source}\` only tells what is now, so nothing is known from before the release`;
if (!(declared.before !== "last-week" || remembersEveryone.includes(source))) return `\`${source}\` tells of one version only, and another one served last week`;
}
const shapeOfSource = {
probe: ({ measure }) => measure === "latency" ? {
...shapeGiven("histogram"),
reach: probeReach
} : { kind: "counts" },
command: ({ gives, unit }) => gives === "value" ? valueIn("", unit) : gives === "histogram" || gives === "counts" ? shapeGiven(gives) : void 0,
haproxy: () => ({
kind: "counts",
divided: !0
}),
redis: ({ measure }) => measure === "misses" ? { kind: "counts" } : {
kind: "value",
dimension: measure === "memory" ? "size" : "number"
},
sentry: ({ measure }) => ({
kind: "value",
dimension: measure === "crash-free-sessions" ? "share" : "number"
}),
page: ({ measure }) => ({
kind: "value",
dimension: measure === "cls" ? "number" : "time"
}),
vercel: ({ measure = "errors" }) => measure === "errors" ? { kind: "counts" } : {
kind: "value",
dimension: "time"
},
render: ({ measure = "errors" }) => measure === "errors" ? { kind: "counts" } : measure === "memory" ? {
kind: "value",
dimension: "size"
} : {
kind: "value",
dimension: measure === "cpu" ? "number" : "time"
},
sql: (source) => "value" in source ? valueIn("", source.unit) : { kind: "counts" },
logs: linesShape,
"container-logs": linesShape,
"render-logs": linesShape,
"vercel-logs": linesShape,
docker: ({ measure }) => ({
kind: "value",
dimension: measure === "restarts" ? "number" : measure === "memory-bytes" ? "size" : "share"
})
};
function linesShape(source) {
return "total" in source ? { kind: "counts" } : {
kind: "value",
dimension: "number"
};
}
function valueIn(name, unit) {
let dimension = dimensionOf(name, seriesUnits.find((known) => known === unit));
return {
kind: "value",
...dimension && { dimension }
};
}
const shapeGiven = (kind) => kind === "histogram" ? {
kind,
dimension: "time"
} : { kind };
function reachOf(lastBucket) {
let reach = typeof lastBucket == "string" ? parseDuration(lastBucket) : lastBucket;
return typeof reach == "number" ? { reach } : {};
}
function shapeByKeys(source) {
if ("total" in source) return { kind: "counts" };
if ("histogram" in source) return {
...shapeGiven("histogram"),
...reachOf(source["last-bucket"])
};
if (typeof source.value == "string") return valueIn(parseSelector(source.value).selector?.name ?? source.value, source.unit);
}
function shapeOfMetric(declared) {
if (isPlain(declared)) {
for (let [name, source] of Object.entries(declared)) if (!Object.hasOwn(every, name) && isPlain(source)) return (shapeOfSource[name] ?? shapeByKeys)(source);
}
}
export { shapeOfMetric as n, forgetsBefore as t };
