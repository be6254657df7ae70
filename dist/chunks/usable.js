import { n as noData } from "./no-data.js";
const CLOCK_SKEW = 5e3, countedUpTo = ({ kind, window, observedAt }) => kind === "value" ? observedAt : window.to, isCount = (value) => value >= 0 && value <= 2 ** 53 - 1;
function usable(measurement, expected, now, countedUntil) {
let { metric, shape, version } = expected;
return measurement === void 0 ? noData("not-measured", `${metric} was not measured for ${version}.`) : measurement.kind === "no-data" ? measurement : measurement.kind === shape.kind ? measurement.version === version ? wrongTime(measurement, expected, now, countedUntil) ?? wrongNumbers(measurement, metric) ?? measurement : noData("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`) : noData("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
}
function wrongTime({ kind, window, observedAt }, { metric, startedAt, staleAfter }, now, countedUntil) {
let { from, to } = window, isEmpty = kind === "value" ? from > to : from >= to;
if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(observedAt) || isEmpty) return noData("odd-window", `${metric} covers no sensible window.`);
if (observedAt > now + CLOCK_SKEW || to > now + CLOCK_SKEW) return noData("future", `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1e3)} s in the future.`);
if (observedAt < now - staleAfter || to < now - staleAfter) return noData("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1e3)} s old.`);
let begin = kind === "value" ? observedAt : from;
if (begin < startedAt) return noData("before-start", `${metric} covers time from before this gate began.`);
if (!(countedUntil === void 0 || begin > countedUntil || kind !== "value" && begin === countedUntil)) return noData("counted-already", `${metric} covers time that was counted already.`);
}
function wrongNumbers(measurement, metric) {
switch (measurement.kind) {
case "counts": {
let { bad, total } = measurement;
return isCount(bad) && isCount(total) && bad <= total ? void 0 : noData("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
}
case "histogram": return wrongBuckets(measurement.buckets, measurement.sum) ? noData("odd-histogram", `${metric} has buckets that cannot be.`) : void 0;
case "value": return isCount(measurement.value) ? void 0 : noData("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
}
}
function wrongBuckets(buckets, sum) {
let [bound, count] = [-Infinity, 0];
for (let bucket of buckets) {
if (!(bucket.le > bound) || !isCount(bucket.count) || bucket.count < count) return !0;
bound = bucket.le, count = bucket.count;
}
return bound !== Infinity || !isCount(sum);
}
export { usable as n, countedUpTo as t };
