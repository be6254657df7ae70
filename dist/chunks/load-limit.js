import { ct as keeps, st as formatLimit } from "./runbook-keys.js";
import { i as asTime, r as asPercent } from "./figures.js";
function stretchesOf(schedule) {
	if (!("ramps" in schedule)) return [{
		from: schedule.rate,
		to: schedule.rate,
		for: schedule.for
	}];
	return schedule.ramps.map((ramp, i) => ({
		from: schedule.ramps[i - 1]?.rate ?? 0,
		to: ramp.rate,
		for: ramp.for
	}));
}
const requestsOf = ({ from, to, for: ms }) => (from + to) / 2 * (ms / 1e3);
const durationOf = (schedule) => stretchesOf(schedule).reduce((sum, stretch) => sum + stretch.for, 0);
const arrivalsOf = (schedule) => Math.floor(stretchesOf(schedule).reduce((sum, stretch) => sum + requestsOf(stretch), 0) + 1e-9);
function* arrivals(schedule) {
	let begin = 0;
	let before = 0;
	let next = 1;
	for (const stretch of stretchesOf(schedule)) {
		const { from, to, for: ms } = stretch;
		const slope = (to - from) / (ms / 1e3);
		const area = requestsOf(stretch);
		for (; next - before <= area + 1e-9; next++) {
			const n = next - before;
			const seconds = 2 * n / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
			yield begin + Math.min(ms, seconds * 1e3);
		}
		before += area;
		begin += ms;
	}
}
const quantiles = {
	p50: .5,
	p75: .75,
	p90: .9,
	p95: .95,
	p99: .99
};
const judged = [
	"error-rate",
	"availability",
	"checks",
	"throughput",
	"latency"
];
const isQuantile = (aggregate) => aggregate !== void 0 && Object.hasOwn(quantiles, aggregate);
function unfitForLoad(limit) {
	const { metric, aggregate, versus, demand } = limit;
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
const leastOfAll = 30;
function leastSample(limit) {
	const share = shareAllowed(limit);
	return share === void 0 || share <= 0 ? leastOfAll : Math.max(leastOfAll, Math.ceil(3 / share - 1e-9));
}
function shareAllowed({ metric, aggregate, demand }) {
	if (isQuantile(aggregate)) return 1 - quantiles[aggregate];
	if (metric === "latency" || metric === "throughput" || demand.op === "not-worse") return void 0;
	return metric === "error-rate" ? demand.quantity.value : 1 - demand.quantity.value;
}
function standingOf(limit, result) {
	const text = formatLimit(limit);
	const { value, sample } = reading(limit, result);
	const of = `${sample.toLocaleString("en")} ${limit.metric === "checks" ? "checks" : "requests"}`;
	if (value === void 0 || limit.demand.op === "not-worse") return {
		limit: text,
		standing: "no-data",
		sample,
		said: `\`${text}\`: ${result.source} does not report it`
	};
	const about = {
		limit: text,
		value,
		sample
	};
	const seen = `${named(limit)} ${shown(limit, value)} of ${of}`;
	const { op, quantity } = limit.demand;
	const holds = keeps[op](value, quantity.value);
	const certain = !holds && shareAllowed(limit) === 0;
	const needed = leastSample(limit);
	if (sample < needed && !certain) return {
		...about,
		standing: "not-enough-data",
		said: `\`${text}\` needs ${needed} of them: ${seen}`
	};
	if (holds) return {
		...about,
		standing: "holds",
		said: `\`${text}\` holds: ${seen}`
	};
	if (limit.metric === "latency" && blamesServerForDriver(limit, result)) return {
		...about,
		standing: "driver-late",
		said: `\`${text}\` seems broken (${seen}), but ${result.late} requests left this machine late`
	};
	return {
		...about,
		standing: "broken",
		said: `\`${text}\` is broken: ${seen}`
	};
}
function blamesServerForDriver({ aggregate }, { late = 0, requests }) {
	return late > (isQuantile(aggregate) ? 1 - quantiles[aggregate] : .01) * requests.total;
}
function reading(limit, result) {
	const { requests, checks, latency, throughput } = result;
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
			const { aggregate } = limit;
			return {
				value: aggregate === void 0 || aggregate === "growth" ? void 0 : latency[aggregate],
				sample: requests.total
			};
		}
	}
}
const share = (part, total) => total > 0 ? part / total : void 0;
const named = ({ metric, aggregate }) => metric === "latency" ? `${aggregate}` : metric;
function shown({ metric }, value) {
	if (metric === "latency") return asTime(value);
	if (metric === "throughput") return `${Number(value.toPrecision(4))}/s`;
	const percent = asPercent(value);
	return percent === "100%" && value < 1 ? `${(Math.floor(value * 1e6) / 1e4).toFixed(4)}%` : percent;
}
export { arrivalsOf as a, arrivals as i, standingOf as n, durationOf as o, unfitForLoad as r, leastSample as t };
