import { p as InputError } from "./words.js";
import { t as probeBounds } from "./probe-bounds.js";
import { t as isRemembered } from "./remembered.js";
import { i as below } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
const SPACING = 50;
function probeProvider(config, ports) {
	if (config.requests * SPACING > 1e4) throw new InputError("A probe sends at most 200 requests per look.");
	return {
		kind: "probe",
		measure: (_window, subject) => probe(config, subject, ports)
	};
}
const probe = async (config, subject, ports) => {
	const asked = await askVersion(config, subject, ports);
	return isNoData(asked) ? asked : asked[config.measure];
};
async function askVersion(config, { address, version }, ports) {
	if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to probe.`);
	const url = below(new URL(address), config.get);
	const source = `synthetic requests to ${placeOf(url)}`;
	const from = ports.clock.now();
	const begun = ports.clock.monotonic();
	const latencies = await Promise.all(Array.from({ length: config.requests }, (_, i) => request(url, config, begun + i * SPACING, ports)));
	if (ports.cancelled.aborted) return noData("cancelled", `The job was cancelled while ${placeOf(url)} was probed.`);
	const to = Math.max(from + 1, ports.clock.now());
	const stamp = {
		window: {
			from,
			to
		},
		observedAt: to,
		version,
		source
	};
	const total = latencies.length;
	const good = latencies.filter((latency) => latency <= config.within);
	const buckets = probeBounds.map((le) => ({
		le,
		count: latencies.filter((latency) => latency <= le).length
	}));
	const sum = latencies.reduce((all, latency) => all + Math.min(latency, config.within), 0);
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
	const early = due - ports.clock.monotonic();
	if (early > 0) await ports.clock.sleep(early, ports.cancelled).catch(() => void 0);
	try {
		const response = await ports.fetch(url, {
			redirect: "manual",
			signal: AbortSignal.any([ports.cancelled, AbortSignal.timeout(within)]),
			headers: {
				"user-agent": "sluice-probe",
				"cache-control": "no-cache"
			}
		});
		let bytes = 0;
		for await (const chunk of response.body ?? []) {
			bytes += chunk.byteLength;
			if (bytes > 1048576) return Number.POSITIVE_INFINITY;
		}
		if (isRemembered(response.headers)) return Number.POSITIVE_INFINITY;
		return response.status === status ? ports.clock.monotonic() - due : Number.POSITIVE_INFINITY;
	} catch {
		return Number.POSITIVE_INFINITY;
	}
}
export { probeProvider as n, askVersion as t };
