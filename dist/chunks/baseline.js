import { f as quantileBound, n as quantileOf } from "./limit-test.js";
import { n as usable } from "./usable.js";
import { n as shapeOf, t as openMetric } from "./open.js";

// src/baseline.ts
/** Long enough for a share of rare errors, short enough to be about what served just now. */
const DEFAULT_BEFORE = 36e5;
const WEEK = 6048e5;
/** One number says little about an hour: so many are averaged. */
const SAMPLES = 12;
/** The past of one metric that a limit compares with. */
function pastWindow(before, { releasedAt, sharedAt, hold }) {
	if (before === "last-week") return {
		from: sharedAt - WEEK,
		to: sharedAt - WEEK + hold
	};
	return {
		from: releasedAt - before,
		to: releasedAt
	};
}
/**
* What every metric with a limit `vs before` was, read from its source once, when the gate begins; what cannot be read
* is no data, and such a limit is never proven. A source that is asked here is opened anew, so that reading the past
* changes nothing about what it counts from now on.
*/
async function measureBaselines(request, ports) {
	const compared = request.limits.filter(({ versus }) => versus === "before");
	const names = [...new Set(compared.map(({ metric }) => measuredName(metric, request.metrics)))];
	const found = await Promise.all(names.flatMap((name) => {
		const spec = request.metrics[name];
		return spec === void 0 ? [] : [measureOne(name, spec, request, ports)];
	}));
	return Object.fromEntries(found);
}
const measuredName = (metric, metrics) => metric === "availability" && !Object.hasOwn(metrics, metric) ? "error-rate" : metric;
async function measureOne(name, spec, request, ports) {
	const before = spec.before ?? DEFAULT_BEFORE;
	const provider = await openMetric(spec, ports);
	const subject = {
		version: request.stable,
		...before === "last-week" && { everyone: true }
	};
	const shape = shapeOf(spec);
	const read = async (window) => usable(await provider.measure(window, subject), {
		metric: name,
		shape,
		version: subject.version,
		startedAt: Number.NEGATIVE_INFINITY,
		now: window.to,
		staleAfter: window.to - window.from + DEFAULT_BEFORE,
		countedUntil: void 0
	});
	const window = pastWindow(before, request);
	return [name, recorded(name, shape.kind === "value" ? await average(window, read) : await read(window), request.limits.filter(({ metric }) => measuredName(metric, request.metrics) === name))];
}
/** The mean of several samples; one that is missing is left out, too many of them are no data. */
async function average({ from, to }, read) {
	const step = (to - from) / SAMPLES;
	const found = [];
	let missing;
	for (let i = 0; i < SAMPLES; i++) {
		const sample = await read({
			from: from + i * step,
			to: from + (i + 1) * step
		});
		if (sample.kind === "value") found.push(sample);
		else if (sample.kind === "no-data") missing ??= sample;
	}
	const [first] = found;
	if (first === void 0 || found.length * 2 < SAMPLES) return missing ?? {
		kind: "no-data",
		reason: "no-baseline",
		message: "The source had no value."
	};
	return {
		...first,
		value: found.reduce((sum, { value }) => sum + value, 0) / found.length
	};
}
/** Only what a limit needs is kept; what nothing can be compared with is no data. */
function recorded(name, measured, limits) {
	const none = (why) => ({
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
		case "counts":
			if (measured.total === 0) return none("nothing was served then.");
			return {
				kind: "counts",
				bad: measured.bad,
				total: measured.total
			};
		case "histogram": {
			const { buckets } = measured;
			return limits.some((limit) => quantileBound(buckets, quantileOf(limit) ?? 0) === void 0) ? none("its buckets from then do not show the percentile.") : {
				kind: "histogram",
				buckets
			};
		}
	}
}

export { measureBaselines };