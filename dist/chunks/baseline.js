import { C as quantileBound, r as quantileOf } from "./limit-test.js";
import { n as usable } from "./usable.js";
import { n as shapeOf, t as openMetric } from "./open.js";
const DEFAULT_BEFORE = 36e5, WEEK = 6048e5;
function pastWindow(before, { releasedAt, sharedAt, hold }) {
return before === "last-week" ? {
from: sharedAt - WEEK,
to: sharedAt - WEEK + hold
} : {
from: releasedAt - before,
to: releasedAt
};
}
async function measureBaselines(request, ports) {
let compared = request.limits.filter(({ versus }) => versus === "before"), names = [...new Set(compared.map(({ metric }) => measuredName(metric, request.metrics)))], found = await Promise.all(names.flatMap((name) => {
let spec = request.metrics[name];
return spec === void 0 ? [] : [measureOne(name, spec, request, ports)];
}));
return Object.fromEntries(found);
}
const measuredName = (metric, metrics) => metric === "availability" && !Object.hasOwn(metrics, metric) ? "error-rate" : metric;
async function measureOne(name, spec, request, ports) {
let before = spec.before ?? DEFAULT_BEFORE, provider = await openMetric(spec, ports, request.target), subject = {
version: request.stable,
...before === "last-week" && { everyone: !0 }
}, shape = shapeOf(spec), expected = {
metric: name,
shape,
version: subject.version,
startedAt: -Infinity
}, read = async (window) => usable(await provider.measure(window, subject), {
...expected,
staleAfter: window.to - window.from + DEFAULT_BEFORE
}, window.to), window = pastWindow(before, request);
return [name, recorded(name, shape.kind === "value" ? await average(window, read) : await read(window), request.limits.filter(({ metric }) => measuredName(metric, request.metrics) === name))];
}
async function average({ from, to }, read) {
let step = (to - from) / 12, found = [], missing;
for (let i = 0; i < 12; i++) {
let sample = await read({
from: from + i * step,
to: from + (i + 1) * step
});
sample.kind === "value" ? found.push(sample) : sample.kind === "no-data" && (missing ??= sample);
}
let [first] = found;
return first === void 0 || found.length * 2 < 12 ? missing ?? {
kind: "no-data",
reason: "no-baseline",
message: "The source had no value."
} : {
...first,
value: found.reduce((sum, { value }) => sum + value, 0) / found.length
};
}
function recorded(name, measured, limits) {
let none = (why) => ({
kind: "no-data",
reason: "no-baseline",
message: `${name} cannot be compared with before the release: ${why}`
});
switch (measured.kind) {
case "no-data": return none(measured.message);
case "value": return {
kind: "value",
value: measured.value
};
case "counts": return measured.total === 0 ? none("nothing was served then.") : {
kind: "counts",
bad: measured.bad,
total: measured.total
};
case "histogram": {
let { buckets } = measured;
return limits.some((limit) => quantileBound(buckets, quantileOf(limit) ?? 0) === void 0) ? none("its buckets from then do not show the percentile.") : {
kind: "histogram",
buckets
};
}
}
}
export { measureBaselines };
