import { C as quantileBound, r as quantileOf } from "./limit-test.js";
import { n as usable } from "./usable.js";
import { n as shapeOf, t as openMetric } from "./open.js";
const DEFAULT_BEFORE = 36e5;
const WEEK = 6048e5;
const SAMPLES = 12;
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
	const provider = await openMetric(spec, ports, request.target);
	const subject = {
		version: request.stable,
		...before === "last-week" && { everyone: true }
	};
	const shape = shapeOf(spec);
	const expected = {
		metric: name,
		shape,
		version: subject.version,
		startedAt: Number.NEGATIVE_INFINITY
	};
	const read = async (window) => usable(await provider.measure(window, subject), {
		...expected,
		staleAfter: window.to - window.from + DEFAULT_BEFORE
	}, window.to);
	const window = pastWindow(before, request);
	return [name, recorded(name, shape.kind === "value" ? await average(window, read) : await read(window), request.limits.filter(({ metric }) => measuredName(metric, request.metrics) === name))];
}
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
