import { n as noData } from "./no-data.js";
const CLOCK_SKEW = 5e3;
const countedUpTo = ({ kind, window, observedAt }) => kind === "value" ? observedAt : window.to;
const isCount = (value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
function usable(measurement, expected, now, countedUntil) {
	const { metric, shape, version } = expected;
	if (measurement === void 0) return noData("not-measured", `${metric} was not measured for ${version}.`);
	if (measurement.kind === "no-data") return measurement;
	if (measurement.kind !== shape.kind) return noData("wrong-kind", `${metric} gave a ${measurement.kind} where ${shape.kind} was expected.`);
	if (measurement.version !== version) return noData("version-changed", `${metric} is about version ${measurement.version}, not ${version}.`);
	return wrongTime(measurement, expected, now, countedUntil) ?? wrongNumbers(measurement, metric) ?? measurement;
}
function wrongTime({ kind, window, observedAt }, { metric, startedAt, staleAfter }, now, countedUntil) {
	const { from, to } = window;
	const isEmpty = kind === "value" ? from > to : from >= to;
	if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(observedAt) || isEmpty) return noData("odd-window", `${metric} covers no sensible window.`);
	if (observedAt > now + CLOCK_SKEW || to > now + CLOCK_SKEW) return noData("future", `${metric} is dated ${Math.round((Math.max(observedAt, to) - now) / 1e3)} s in the future.`);
	if (observedAt < now - staleAfter || to < now - staleAfter) return noData("stale", `${metric} is ${Math.round((now - Math.min(observedAt, to)) / 1e3)} s old.`);
	const begin = kind === "value" ? observedAt : from;
	if (begin < startedAt) return noData("before-start", `${metric} covers time from before this gate began.`);
	if (countedUntil === void 0 || begin > countedUntil || kind !== "value" && begin === countedUntil) return void 0;
	return noData("counted-already", `${metric} covers time that was counted already.`);
}
function wrongNumbers(measurement, metric) {
	switch (measurement.kind) {
		case "counts": {
			const { bad, total } = measurement;
			if (isCount(bad) && isCount(total) && bad <= total) return void 0;
			return noData("odd-counts", `${metric} counts ${bad} bad of ${total}, which cannot be.`);
		}
		case "histogram": return wrongBuckets(measurement.buckets, measurement.sum) ? noData("odd-histogram", `${metric} has buckets that cannot be.`) : void 0;
		case "value":
			if (isCount(measurement.value)) return void 0;
			return noData("odd-value", `${metric} is ${measurement.value}, which cannot be.`);
	}
}
function wrongBuckets(buckets, sum) {
	let [bound, count] = [Number.NEGATIVE_INFINITY, 0];
	for (const bucket of buckets) {
		if (!(bucket.le > bound) || !isCount(bucket.count) || bucket.count < count) return true;
		bound = bucket.le;
		count = bucket.count;
	}
	return bound !== Number.POSITIVE_INFINITY || !isCount(sum);
}
export { usable as n, countedUpTo as t };
